"""The gradient that SciML documents, with torchdiffeq: the cubic spiral from (2, 0), 30 points on [0, 1.5], Linear(2, 50) - tanh - Linear(50, 2)
fed z^3, the sum of the squared misses, rtol 1e-3, atol 1e-6. dopri5, since torchdiffeq has no Tsit5.

Weights uniform in +-sqrt(6/52), biases 0. Facts: loss and gradient; in double precision also those at rtol 1e-9, atol 1e-11.
"""
import argparse

from worker import Lcg, add_arguments, flat, import_torch, serve, version_line

torch = import_torch()
import torchdiffeq  # noqa: E402
from torchdiffeq import odeint, odeint_adjoint  # noqa: E402

parser = argparse.ArgumentParser()
add_arguments(parser)
parser.add_argument("--gradient", choices=["adjoint", "backprop"], default="adjoint")
parser.add_argument("--dtype", choices=["float32", "float64"], default="float64")
a = parser.parse_args()

dtype = getattr(torch, a.dtype)
matrix = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]], dtype=torch.float64)
times = torch.linspace(0.0, 1.5, 30, dtype=torch.float64)
start = torch.tensor([[2.0, 0.0]], dtype=torch.float64)
truth = odeint(lambda t, z: z ** 3 @ matrix, start, times, rtol=1e-10, atol=1e-12).to(dtype)
times, start = times.to(dtype), start.to(dtype)


class Field(torch.nn.Module):
    def __init__(self, random):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(2, 50), torch.nn.Tanh(), torch.nn.Linear(50, 2)).to(dtype)
        limit = (6 / 52) ** 0.5
        with torch.no_grad():
            for layer, shape in ((self.net[0], (50, 2)), (self.net[2], (2, 50))):
                layer.weight.copy_(torch.tensor(random.uniform(-limit, limit, *shape)))
                layer.bias.zero_()
        self.calls = 0

    def forward(self, t, z):
        self.calls += 1
        return self.net(z ** 3)


field = Field(Lcg(5))
solve = odeint_adjoint if a.gradient == "adjoint" else odeint
last = {}


def run(rtol=1e-3, atol=1e-6):
    field.zero_grad()
    field.calls = 0
    loss = (solve(field, start, times, rtol=rtol, atol=atol, method="dopri5") - truth).square().sum()
    forward = field.calls
    loss.backward()
    last["loss"] = loss.item()
    return forward, field.calls - forward if a.gradient == "adjoint" else None


def facts(suffix="", **tolerances):
    run(**tolerances)
    gradient = flat(torch.cat([parameter.grad.flatten() for parameter in field.parameters()]))
    return {"loss" + suffix: [last["loss"]], "gradient" + suffix: gradient}


exact = facts(" at 1e-9", rtol=1e-9, atol=1e-11) if a.dtype == "float64" else {}
serve(a, f"torchdiffeq {a.gradient}", version_line(torchdiffeq, torch), {**exact, **facts()}, run)
