"""Prints the rows of OptimizerReferences.cs with torch.optim in float64.

Objective: theta.H.theta / 2 - b.theta, gradient H theta - b, from theta = (1.5, -2, 0.25).
"""
import torch
from torch import optim

H = torch.tensor([[2.0, 0.5, 0.0], [0.5, 1.0, -0.25], [0.0, -0.25, 4.0]], dtype=torch.float64)
B = torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64)
STEPS = 6

CASES = {
    "Sgd": lambda p: optim.SGD(p, lr=0.1),
    "SgdWeightDecay": lambda p: optim.SGD(p, lr=0.1, weight_decay=0.3),
    "Momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
    "MomentumWeightDecay": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.3),
    "Nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "RmsProp": lambda p: optim.RMSprop(p),
    "RmsPropMomentum": lambda p: optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-6, momentum=0.5),
    "Adam": lambda p: optim.Adam(p),
    "AdamOtherNumbers": lambda p: optim.Adam(p, lr=0.1, betas=(0.8, 0.95), eps=1e-3),
    "AdamW": lambda p: optim.AdamW(p),
    "AdamWOtherNumbers": lambda p: optim.AdamW(p, lr=0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.3),
}

print(f"// torch {torch.__version__}")
for name, create in CASES.items():
    theta = torch.tensor([1.5, -2.0, 0.25], dtype=torch.float64, requires_grad=True)
    optimizer = create([theta])
    print(f"    public static readonly double[][] {name} =\n    [")
    for _ in range(STEPS):
        theta.grad = H @ theta.detach() - B
        optimizer.step()
        print("        [" + ", ".join(repr(x) for x in theta.tolist()) + "],")
    print("    ];\n")
