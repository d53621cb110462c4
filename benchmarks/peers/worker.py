"""What the Python peers share: one thread, the portable generator, and how they are asked for work.

A peer works in one of two ways:

    python3 torchdiffeq_w1.py --samples 20      one line of JSON: name, versions, facts, evaluations, shortest and median time
    python3 torchdiffeq_w1.py --resident        a line with name, versions and facts; then for every number n read from standard
                                                input, n timed runs and a line with their seconds and mean evaluations

Resident peers wait while another program runs, so that the two can take turns in short blocks.
"""
import json
import os
import statistics
import sys
import time

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np  # noqa: E402


class Lcg:
    """s <- 1664525 s + 1013904223 (mod 2^32); the draw is s / 2^32 in [0, 1). The same as Lcg.cs."""

    def __init__(self, seed):
        self.state = seed & 0xFFFFFFFF

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return self.state / 4294967296.0

    def uniform(self, low, high, *shape):
        values = np.array([low + (high - low) * self.next() for _ in range(int(np.prod(shape)))])
        return values.reshape(shape)

    def choice(self, count, chosen):
        """Different integers below count, by a partial Fisher-Yates shuffle."""
        values = list(range(count))
        for i in range(chosen):
            j = i + int(self.next() * (count - i))
            values[i], values[j] = values[j], values[i]
        return values[:chosen]


def import_torch():
    import torch
    torch.set_num_threads(1)
    try:
        torch.set_num_interop_threads(1)
    except RuntimeError:
        pass
    return torch


def add_arguments(parser):
    parser.add_argument("--resident", action="store_true", help="take the number of runs from standard input, block after block")
    parser.add_argument("--samples", type=int, default=5, help="timed runs, if not resident")


def flat(tensor):
    return tensor.detach().double().flatten().tolist()


def serve(arguments, name, versions, facts, run):
    """run() does the work once and returns its evaluations, forward and backward (None where they are not counted)."""
    row = {"name": name, "version": versions, "facts": facts}
    if not arguments.resident:
        run()
        block = measure(run, arguments.samples)
        seconds = block.pop("seconds")
        print(json.dumps({**row, **block, "min_s": min(seconds), "median_s": statistics.median(seconds)}), flush=True)
        return
    print(json.dumps(row), flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(run, int(line))), flush=True)


def measure(run, count):
    seconds, evaluations = [], []
    for _ in range(count):
        start = time.perf_counter()
        evaluations.append(run())
        seconds.append(time.perf_counter() - start)
    means = [None if values[0] is None else float(np.mean(values)) for values in zip(*evaluations)]
    return {"seconds": seconds, "evaluations": means}


def version_line(*modules):
    words = [f"{module.__name__} {module.__version__}" for module in modules]
    return ", ".join(words + [f"Python {sys.version.split()[0]}"])
