"""W1 with torchdiffeq: a training iteration of Linear(2, 50) - tanh - Linear(50, 2) on a spiral, torchdiffeq's own demo.

  cube    dz/dt = (z^3) A, A = [[-0.1, 2], [-2, -0.1]]; the network is given z^3; mean absolute error; RMSprop 1e-3
  linear  dz/dt = z A,     A = [[-0.1, -1], [1, -0.1]];                           mean squared error;  Adam 1e-3

Both: z0 = (2, 0), 1000 times on [0, 25], minibatches of 20 windows of 10, weights uniform with standard deviation 0.1, biases 0,
rtol 1e-7, atol 1e-9, dopri5. Facts: the losses of the first ten iterations, and the gradient of the first.
"""
import argparse

from worker import Lcg, add_arguments, flat, import_torch, serve, version_line

torch = import_torch()
import torchdiffeq  # noqa: E402
from torchdiffeq import odeint, odeint_adjoint  # noqa: E402

parser = argparse.ArgumentParser()
add_arguments(parser)
parser.add_argument("--variant", choices=["cube", "linear"], default="cube")
parser.add_argument("--gradient", choices=["adjoint", "backprop"], default="adjoint")
parser.add_argument("--dtype", choices=["float32", "float64"], default="float64")
a = parser.parse_args()

dtype = getattr(torch, a.dtype)
cube = a.variant == "cube"
matrix = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]] if cube else [[-0.1, -1.0], [1.0, -0.1]], dtype=torch.float64)
times = torch.linspace(0.0, 25.0, 1000, dtype=torch.float64)
truth = odeint(lambda t, z: (z ** 3 if cube else z) @ matrix, torch.tensor([[2.0, 0.0]], dtype=torch.float64), times,
               rtol=1e-10, atol=1e-12).to(dtype)
window_times = times[:10].to(dtype)


class Field(torch.nn.Module):
    def __init__(self, random):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(2, 50), torch.nn.Tanh(), torch.nn.Linear(50, 2)).to(dtype)
        limit = 0.1 * 3 ** 0.5
        with torch.no_grad():
            for layer, shape in ((self.net[0], (50, 2)), (self.net[2], (2, 50))):
                layer.weight.copy_(torch.tensor(random.uniform(-limit, limit, *shape)))
                layer.bias.zero_()
        self.calls = 0

    def forward(self, t, z):
        self.calls += 1
        return self.net(z ** 3 if cube else z)


random = Lcg(1)
field = Field(random)
optimizer = (torch.optim.RMSprop if cube else torch.optim.Adam)(field.parameters(), lr=1e-3)
solve = odeint_adjoint if a.gradient == "adjoint" else odeint
losses = []


def iterate():
    optimizer.zero_grad()
    starts = torch.tensor(random.choice(1000 - 10, 20))
    start = truth[starts, 0]
    target = torch.stack([truth[starts + i, 0] for i in range(10)], dim=0)
    field.calls = 0
    prediction = solve(field, start, window_times, rtol=1e-7, atol=1e-9, method="dopri5")
    loss = (prediction - target).abs().mean() if cube else ((prediction - target) ** 2).mean()
    forward = field.calls
    loss.backward()
    backward = field.calls - forward
    optimizer.step()
    losses.append(loss.item())
    return forward, backward if a.gradient == "adjoint" else None


iterate()
gradient = torch.cat([parameter.grad.flatten() for parameter in field.parameters()])
facts = {"gradient": flat(gradient)}
for _ in range(9):
    iterate()
facts["losses"] = losses[:10]
serve(a, f"torchdiffeq {a.gradient}", version_line(torchdiffeq, torch), facts, iterate)
