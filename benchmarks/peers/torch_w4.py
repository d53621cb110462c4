"""W4 with torchdiffeq (one step for the whole batch) or torchode (one for each trajectory): 4096 trajectories to t = 10, end states alone.

  lotka-volterra  x' = a x - x y, y' = x y - c y with a in [1, 2], c in [2, 4], start in [0.5, 5]^2
  van-der-pol     x' = v, v' = mu (1 - x^2) v - x with mu in [0.5, 5], start in [-2, 2]^2

rtol 1e-6, atol 1e-9, dopri5. Facts: the end states.
"""
import argparse
import os
import sys

from worker import Lcg, add_arguments, flat, import_torch, serve, version_line

parser = argparse.ArgumentParser()
add_arguments(parser)
parser.add_argument("--library", choices=["torchdiffeq", "torchode"], default="torchdiffeq")
parser.add_argument("--problem", choices=["lotka-volterra", "van-der-pol"], default="lotka-volterra")
parser.add_argument("--count", type=int, default=4096)
a = parser.parse_args()

torch = import_torch()
random = Lcg(4)
if a.problem == "lotka-volterra":
    ranges = [(1, 2), (2, 4), (0.5, 5), (0.5, 5)]
else:
    ranges = [(0.5, 5), (-2, 2), (-2, 2)]
rows = torch.tensor([[low + (high - low) * random.next() for low, high in ranges] for _ in range(a.count)], dtype=torch.float64)
parameters, start = rows[:, :-2], rows[:, -2:].contiguous()
calls = [0]
last = {}


def field(t, y):
    calls[0] += 1
    p, q = y[:, 0], y[:, 1]
    if a.problem == "lotka-volterra":
        both = p * q
        return torch.stack([parameters[:, 0] * p - both, both - parameters[:, 1] * q], 1)
    return torch.stack([q, parameters[:, 0] * (1 - p * p) * q - p], 1)


if a.library == "torchdiffeq":
    import torchdiffeq

    times = torch.tensor([0.0, 10.0], dtype=torch.float64)
    versions = version_line(torchdiffeq, torch)

    def solve():
        last["end"] = torchdiffeq.odeint(field, start, times, rtol=1e-6, atol=1e-9, method="dopri5")[-1]
else:
    # Last, so that the package itself is taken where there is one.
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "stubs"))
    import torchode

    term = torchode.ODETerm(field)
    solver = torchode.AutoDiffAdjoint(torchode.Dopri5(term=term), torchode.IntegralController(atol=1e-9, rtol=1e-6, term=term))
    times = torch.tensor([[0.0, 10.0]], dtype=torch.float64).expand(a.count, 2)
    versions = version_line(torchode, torch)

    def solve():
        last["end"] = solver.solve(torchode.InitialValueProblem(y0=start, t_eval=times)).ys[:, -1]


def run():
    calls[0] = 0
    with torch.no_grad():
        solve()
    return calls[0], 0


run()
serve(a, a.library, versions, {"end": flat(last["end"])}, run)
