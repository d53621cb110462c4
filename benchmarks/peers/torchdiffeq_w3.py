"""W3 with torchdiffeq: Linear(64, 256) - tanh - Linear(256, 64), batch 256, t in [0, 1], rtol 1e-5, atol 1e-7, dopri5.

Weights and biases are uniform in +-3/sqrt(inputs), starts uniform in [-1, 1], the loss is the mean of the squares of the end state.
Facts: the end state (forward), or loss and gradient.
"""
import argparse

from worker import Lcg, add_arguments, flat, import_torch, serve, version_line

torch = import_torch()
import torchdiffeq  # noqa: E402
from torchdiffeq import odeint, odeint_adjoint  # noqa: E402

parser = argparse.ArgumentParser()
add_arguments(parser)
parser.add_argument("--task", choices=["forward", "backprop", "adjoint"], default="backprop")
parser.add_argument("--dtype", choices=["float32", "float64"], default="float64")
a = parser.parse_args()

dtype = getattr(torch, a.dtype)
random = Lcg(3)


class Field(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.Tanh(), torch.nn.Linear(256, 64)).to(dtype)
        with torch.no_grad():
            for layer, inputs, outputs in ((self.net[0], 64, 256), (self.net[2], 256, 64)):
                limit = 3.0 * inputs ** -0.5
                layer.weight.copy_(torch.tensor(random.uniform(-limit, limit, outputs, inputs)))
                layer.bias.copy_(torch.tensor(random.uniform(-limit, limit, outputs)))
        self.calls = 0

    def forward(self, t, z):
        self.calls += 1
        return self.net(z)


field = Field()
start = torch.tensor(random.uniform(-1, 1, 256, 64)).to(dtype)
times = torch.tensor([0.0, 1.0], dtype=dtype)
options = dict(rtol=1e-5, atol=1e-7, method="dopri5")
last = {}


def forward():
    field.calls = 0
    with torch.no_grad():
        last["end"] = odeint(field, start, times, **options)[-1]
    return field.calls, 0


def gradient():
    field.zero_grad()
    field.calls = 0
    loss = (odeint_adjoint if a.task == "adjoint" else odeint)(field, start, times, **options)[-1].square().mean()
    calls = field.calls
    loss.backward()
    last["loss"] = loss.item()
    return calls, field.calls - calls if a.task == "adjoint" else None


if a.task == "forward":
    forward()
    facts = {"end": flat(last["end"])}
else:
    gradient()
    facts = {"loss": [last["loss"]], "gradient": flat(torch.cat([parameter.grad.flatten() for parameter in field.parameters()]))}
serve(a, f"torchdiffeq {a.task}", version_line(torchdiffeq, torch), facts, forward if a.task == "forward" else gradient)
