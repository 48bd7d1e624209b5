"""JAX: jit of its own derivatives, float64, on the processor."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import Entry, call
from benchmarks.peers.formula import Calls, Formula, arguments, product

NAME, NEEDS = "jax", "jax"


def function(formula: Formula, kind: str) -> Any:
    """The product before jit."""
    import jax
    import jax.numpy as jnp

    f = formula.traced(jnp)
    if kind == "hvp":
        return lambda x, v: jax.jvp(jax.grad(f), (x,), (v,))[1]
    return product({"f": lambda g: g, "gradient": jax.grad, "hessian": jax.hessian}, kind)(f)


def build(formula: Formula, kind: str, x: Any, v: Any) -> Calls:
    """One product; the result as a NumPy array, which waits for it and copies nothing."""
    import jax
    import numpy as np

    compiled = jax.jit(function(formula, kind))
    return Calls({"g": compiled, "x": x, "v": v, "asarray": np.asarray}, f"asarray(g({arguments(kind)}))")


def batch(formula: Formula, kind: str, points: Any) -> Entry:
    """vmap, then jit."""
    import jax
    import numpy as np

    compiled = jax.jit(jax.vmap(function(formula, kind)))
    return call("asarray(g(points))", g=compiled, points=points, asarray=np.asarray)


COLD = """
import jax, numpy as np
f = lambda x: 100*(x[1] - x[0]**2)**2 + (1 - x[0])**2
H = np.asarray(jax.jit(jax.hessian(f))(np.array([-1.2, 1.0])))
"""
