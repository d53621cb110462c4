"""W5 with torchdiffeq: the memory of one gradient through the network of W1, fed z^3, over t in [0, --end], batch 20.

Starts on a circle of radius 1.5, the loss is the mean of the squares of the end states, rtol 1e-7, atol 1e-9, dopri5. The peak of the
resident set belongs to a process: one process for each setting. One line of JSON: what the peak grew by from before the gradient
(after a short one as warm-up), the time, evaluations, loss and gradient. Weights: a JSON array of arrays in PyTorch's order.
"""
import argparse
import json
import math
import time

from worker import flat, import_torch, version_line

parser = argparse.ArgumentParser()
parser.add_argument("--gradient", choices=["adjoint", "backprop"], default="adjoint")
parser.add_argument("--end", type=float, default=25.0)
parser.add_argument("--weights", required=True)
a = parser.parse_args()

torch = import_torch()
import torchdiffeq  # noqa: E402

net = torch.nn.Sequential(torch.nn.Linear(2, 50), torch.nn.Tanh(), torch.nn.Linear(50, 2)).double()
with torch.no_grad(), open(a.weights) as file:
    for parameter, values in zip(net.parameters(), json.load(file)):
        parameter.copy_(torch.tensor(values, dtype=torch.float64).view_as(parameter))


class Field(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = net
        self.calls = 0

    def forward(self, t, z):
        self.calls += 1
        return self.net(z ** 3)


field = Field()
angles = [2 * math.pi * i / 20 for i in range(20)]
start = torch.tensor([[1.5 * math.cos(angle), 1.5 * math.sin(angle)] for angle in angles], dtype=torch.float64)
solve = torchdiffeq.odeint_adjoint if a.gradient == "adjoint" else torchdiffeq.odeint


def gradient(end):
    field.zero_grad()
    field.calls = 0
    loss = solve(field, start, torch.tensor([0.0, end], dtype=torch.float64), rtol=1e-7, atol=1e-9, method="dopri5")[-1].square().mean()
    calls = field.calls
    loss.backward()
    return loss.item(), calls, field.calls - calls


def peak():
    # Not getrusage, whose maximum begins with that of the process that started this one.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024


gradient(0.1)
before, began = peak(), time.perf_counter()
loss, forward, backward = gradient(a.end)
seconds = time.perf_counter() - began
print(json.dumps({
    "name": f"torchdiffeq {a.gradient}", "version": version_line(torchdiffeq, torch), "seconds": [seconds], "bytes": peak() - before,
    "evaluations": [forward, backward if a.gradient == "adjoint" else None],
    "facts": {"loss": [loss], "gradient": flat(torch.cat([parameter.grad.flatten() for parameter in field.parameters()]))}}))
