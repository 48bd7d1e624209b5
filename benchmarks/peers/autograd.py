"""autograd: derivatives of NumPy code, run operation by operation."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.formula import Calls, Formula, arguments, product

NAME, NEEDS = "autograd", "autograd"


def build(formula: Formula, kind: str, x: Any, v: Any) -> Calls:
    """One product."""
    import autograd
    import autograd.numpy as anp

    f = formula.traced(anp)
    derivatives = {
        "f": lambda g: g,
        "gradient": autograd.grad,
        "hessian": autograd.hessian,
        "hvp": autograd.hessian_vector_product,
    }
    return Calls({"g": product(derivatives, kind)(f), "x": x, "v": v}, f"g({arguments(kind)})")


COLD = """
import autograd, numpy as np
f = lambda x: 100*(x[1] - x[0]**2)**2 + (1 - x[0])**2
H = autograd.hessian(f)(np.array([-1.2, 1.0]))
"""
