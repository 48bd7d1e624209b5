"""PyTorch: torch.func's derivatives, float64, on the processor."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import Entry, call
from benchmarks.peers.formula import Calls, Formula, arguments, product

NAME, NEEDS = "torch", "torch"


def function(formula: Formula, kind: str) -> Any:
    """The product of tensors."""
    import torch

    torch.set_num_threads(1)
    f = formula.traced(torch)
    if kind == "hvp":
        return lambda x, v: torch.func.jvp(torch.func.grad(f), (x,), (v,))[1]
    return product({"f": lambda g: g, "gradient": torch.func.grad, "hessian": torch.func.hessian}, kind)(f)


def build(formula: Formula, kind: str, x: Any, v: Any) -> Calls:
    """One product from NumPy to NumPy; the conversions copy nothing."""
    import torch

    passed = ", ".join(f"tensor({name})" for name in arguments(kind).split(", "))
    names = {"g": function(formula, kind), "x": x, "v": v, "tensor": torch.from_numpy}
    return Calls(names, f"g({passed}).numpy()")


def batch(formula: Formula, kind: str, points: Any) -> Entry:
    """vmap."""
    import torch

    many = torch.func.vmap(function(formula, kind))
    return call("g(tensor(points)).numpy()", g=many, points=points, tensor=torch.from_numpy)


COLD = """
import numpy as np, torch
f = lambda x: 100*(x[1] - x[0]**2)**2 + (1 - x[0])**2
H = torch.func.hessian(f)(torch.tensor([-1.2, 1.0], dtype=torch.float64)).numpy()
"""
