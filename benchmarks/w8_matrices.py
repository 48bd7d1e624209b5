"""W8: matrix formulas, ridge and logistic regression with 10⁴ × 50 data.

By hand twice: as Numba loops (the reference) and with NumPy, whose products are BLAS; the latter stands among the
peers.  PyTorch and autograd take the same formula as JAX.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import hessmath as hm
from benchmarks import building, peers
from benchmarks.cases import BY_HAND, OURS, AtMost, Case, Entry, call
from benchmarks.handwritten.regression import LOOPS, NUMPY
from benchmarks.peers.formula import KINDS, Formula, arguments
from benchmarks.scope import Scope

TITLE = "matrix formulas, 10⁴ × 50 data"

SHAPE = (10_000, 50)
LAMBDA = 0.1
TRACING = ("jax_jit", "torch_func", "autograd")

TEXTS = {
    "ridge": "norm2(X @ b - y)**2 + lam * (b @ b)",
    "logistic": "sum(softplus(-y * (X @ b))) + lam * (b @ b)",
}


def cases(scope: Scope) -> Iterator[Case]:
    """Compilation and each product of both formulas."""
    rng = np.random.default_rng(8)
    X, b, v = rng.standard_normal(SHAPE), rng.standard_normal(SHAPE[1]) / 5, rng.standard_normal(SHAPE[1])
    y = np.where(X @ rng.standard_normal(SHAPE[1]) + rng.standard_normal(SHAPE[0]) > 0, 1.0, -1.0)
    for name, text in scope.some(list(TEXTS.items())):
        formula = Formula(array=partial(_array, name, X, y))
        make = partial(_all, text, X, y, b, v)
        contenders = {OURS: partial(building.cold, make), **peers.builders(formula, b, v, names=TRACING)}
        yield Case("W8", f"{name}: derive + compile all four + first calls", contenders, (AtMost(1, "jax"),))
        kernel = building.attempt(partial(_kernel, text, X, y))
        for kind in KINDS:
            contenders = {
                BY_HAND: partial(_by_hand, LOOPS[name][kind], kind, X, y, b, v),
                OURS: partial(_ours, kernel, kind, b, v),
                "NumPy by hand": partial(_by_hand, NUMPY[name][kind], kind, X, y, b, v),
                **peers.contenders(formula, kind, b, v, names=TRACING),
            }
            yield Case("W8", f"{name} {kind}", contenders, (AtMost(1, "jax"),))


def _array(name: str, X: Any, y: Any, b: Any, xp: Any) -> Any:
    """The formula with the functions of ``xp``."""
    data, signs = _constant(X, xp), _constant(y, xp)
    if name == "ridge":
        return xp.sum((data @ b - signs) ** 2) + LAMBDA * xp.sum(b * b)
    t = -signs * (data @ b)
    return xp.sum(xp.logaddexp(0 * t, t)) + LAMBDA * xp.sum(b * b)


def _constant(array: Any, xp: Any) -> Any:
    """The array as a peer holds it: PyTorch does not take NumPy's."""
    return xp.from_numpy(array) if hasattr(xp, "from_numpy") else array


def _kernel(text: str, X: Any, y: Any) -> Any:
    parameters = {"X": "m k", "y": "m", "lam": ""}
    return hm.compile(hm.Function(text, {"b": "k"}, parameters=parameters)).bind(X=X, y=y, lam=LAMBDA)


def _all(text: str, X: Any, y: Any, b: Any, v: Any) -> list[Any]:
    k = _kernel(text, X, y)
    return [k.f(b), k.gradient(b), k.hessian(b), k.hvp(b, v)]


def _ours(kernel: Callable[[], Any], kind: str, b: Any, v: Any) -> Entry:
    return call(f"k.{kind}({arguments(kind)})", k=kernel(), x=b, v=v)


def _by_hand(function: Any, kind: str, X: Any, y: Any, b: Any, v: Any) -> Entry:
    return call(f"g({arguments(kind)}, X, y, lam)", g=function, x=b, v=v, X=X, y=y, lam=LAMBDA)
