"""SciPy's solve_ivp on the problems of the work-precision diagrams: one line of JSON for each method and tolerance.

    python3 scipy_work_precision.py --problem lorenz --tolerances 1e-3,1e-6,1e-9

Evaluations are counted in the right-hand side, in a solve that is not timed, so those spent on Jacobians are among them.
"""
import argparse
import json
import statistics
import sys
import time
import warnings

import numpy as np
from scipy.integrate import solve_ivp

MU = 0.012277471


def lotka_volterra(t, y):
    a, b = y.tolist()
    return [1.5 * a - a * b, a * b - 3.0 * b]


def van_der_pol(t, y):
    a, b = y.tolist()
    return [b, (1.0 - a * a) * b - a]


def lorenz(t, y):
    x, u, z = y.tolist()
    return [10.0 * (u - x), x * (28.0 - z) - u, x * u - 8.0 / 3.0 * z]


def arenstorf(t, y):
    x, u, vx, vu = y.tolist()
    m = 1.0 - MU
    p, q = x + MU, x - m
    d1, d2 = p * p + u * u, q * q + u * u
    d1, d2 = d1 * d1 ** 0.5, d2 * d2 ** 0.5
    return [vx, vu, x + 2.0 * vu - m * p / d1 - MU * q / d2, u - 2.0 * vx - m * u / d1 - MU * u / d2]


MASSES = np.arange(1.0, 8.0)
OWN = np.eye(7)


def pleiades(t, w):
    dx = w[0:7] - w[0:7, None]
    dy = w[7:14] - w[7:14, None]
    r2 = dx * dx + dy * dy + OWN
    c = MASSES / (r2 * np.sqrt(r2))
    return np.concatenate([w[14:28], (c * dx).sum(1), (c * dy).sum(1)])


def hires(t, y):
    a, b, c, d, e, f, g, h = y.tolist()
    r = 280.0 * f * h
    return [-1.71 * a + 0.43 * b + 8.32 * c + 0.0007, 1.71 * a - 8.75 * b, -10.03 * c + 0.43 * d + 0.035 * e,
            8.32 * b + 1.71 * c - 1.12 * d, -1.745 * e + 0.43 * f + 0.43 * g,
            -r + 0.69 * d + 1.71 * e - 0.43 * f + 0.69 * g, r - 1.81 * g, 1.81 * g - r]


def rober(t, y):
    a, b, c = y.tolist()
    slow, middle, fast = 0.04 * a, 1e4 * b * c, 3e7 * b * b
    return [middle - slow, slow - middle - fast, fast]


PLEIADES_START = [3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0]
NONSTIFF = ["RK23", "RK45", "DOP853", "LSODA"]
STIFF = ["LSODA", "BDF", "Radau"]
PROBLEMS = {  # right-hand side, initial state, end time, absolute over relative tolerance, methods
    "lotka-volterra": (lotka_volterra, [10.0, 5.0], 15.0, 1.0, NONSTIFF),
    "van-der-pol": (van_der_pol, [2.0, 0.0], 20.0, 1.0, NONSTIFF),
    "lorenz": (lorenz, [1.0, 1.0, 1.0], 10.0, 1.0, NONSTIFF),
    "arenstorf": (arenstorf, [0.994, 0.0, 0.0, -2.00158510637908252240537862224], 17.0652165601579625588917206249, 1.0, NONSTIFF),
    "pleiades": (pleiades, PLEIADES_START, 3.0, 1.0, NONSTIFF),
    "hires": (hires, [1, 0, 0, 0, 0, 0, 0, 0.0057], 321.8122, 1e-4, STIFF),
    "rober": (rober, [1.0, 0.0, 0.0], 100.0, 1e-6, STIFF),
}


def measure(problem, method, relative, samples, patience):
    """Prints one line; returns whether a solve took less than `patience` seconds."""
    field, start, end_time, scale, _ = PROBLEMS[problem]
    absolute = relative * scale
    evaluations = 0

    def counted(t, y):
        nonlocal evaluations
        evaluations += 1
        return field(t, y)

    began = time.perf_counter()
    solution = solve_ivp(counted, (0.0, end_time), start, method=method, rtol=relative, atol=absolute, t_eval=[end_time])
    took = time.perf_counter() - began
    if not solution.success:
        print(f"SciPy {method}: {problem} at {relative:g}: {solution.message}", file=sys.stderr)
        return took < patience
    seconds = []
    for _ in range(samples if took < 0.3 * patience else 1):
        began = time.perf_counter()
        solve_ivp(field, (0.0, end_time), start, method=method, rtol=relative, atol=absolute, t_eval=[end_time])
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"problem": problem, "library": "SciPy", "method": method, "rtol": relative, "atol": absolute,
                      "evaluations": evaluations, "end": solution.y[:, -1].tolist(),
                      "min_s": min(seconds), "median_s": statistics.median(seconds)}), flush=True)
    return took < patience


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", choices=PROBLEMS)
    parser.add_argument("--tolerances", default="1e-3,1e-5,1e-7,1e-9,1e-11")
    parser.add_argument("--samples", type=int, default=3)
    parser.add_argument("--patience", type=float, default=0.5, help="a method whose solve takes more seconds tries no tighter tolerance")
    parser.add_argument("--version", action="version", version=f"SciPy {__import__('scipy').__version__}, NumPy {np.__version__}, Python {sys.version.split()[0]}")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # LSODA announces every change of its step size that it dislikes
    for problem in [arguments.problem] if arguments.problem else PROBLEMS:
        for method in PROBLEMS[problem][-1]:
            for relative in map(float, arguments.tolerances.split(",")):
                if not measure(problem, method, relative, arguments.samples, arguments.patience):
                    break


if __name__ == "__main__":
    main()
