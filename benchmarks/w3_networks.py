"""W3: losses of small networks as explicit programs, one call at a time.

SymPy's own derivatives are asked of the small network only.  By hand: backpropagation by loops over layers, whose
sizes and data are constants of the code; it writes into an array that is there, while all others make a new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import hessmath as hm
from benchmarks import building, peers
from benchmarks.cases import BY_HAND, OURS, AtMost, Case, Entry, call
from benchmarks.networks import NetworkLoss
from benchmarks.peers.formula import KINDS, arguments, result_array
from benchmarks.scope import Scope

TITLE = "network losses as explicit programs"

NETWORKS = (NetworkLoss(2, 3, 1), NetworkLoss(4, 8, 3))
WITHOUT_SYMPY = tuple(name for name in peers.PEERS if not name.startswith("sympy"))


def cases(scope: Scope) -> Iterator[Case]:
    """Compilation, then each product."""
    for loss in scope.some(NETWORKS):
        x, v = loss.point()
        rivals = peers.PEERS if loss.size < 20 else WITHOUT_SYMPY
        contenders = {OURS: partial(building.cold, partial(_all, loss))}
        contenders |= peers.builders(loss.formula, x, v, names=rivals)
        yield Case("W3", f"{loss.name}: derive + compile all four", contenders)
        kernel = hm.compile(loss.function)
        for kind in KINDS:
            contenders = {BY_HAND: partial(_by_hand, loss, kind), OURS: partial(_ours, kernel, kind, x, v)}
            contenders |= peers.contenders(loss.formula, kind, x, v, names=rivals)
            limit = 0.25 if (loss.name, kind) == ("4-8-3", "hessian") else 1
            yield Case("W3", f"{loss.name} {kind}", contenders, (AtMost(limit, "best peer"),))


def _all(loss: NetworkLoss) -> list[Any]:
    x, v = loss.point()
    k = hm.compile(hm.Function(loss.function.expr, loss.function.variables))
    return [k.f(x), k.gradient(x), k.hessian(x), k.hvp(x, v)]


def _ours(kernel: Any, kind: str, x: Any, v: Any) -> Entry:
    getattr(kernel, kind)(*((x, v) if kind == "hvp" else (x,)))
    return call(f"k.{kind}({arguments(kind)})", k=building.settled(kernel), x=x, v=v)


def _by_hand(loss: NetworkLoss, kind: str) -> Entry:
    x, v = loss.point()
    made = loss.by_hand
    if kind == "f":
        return call("value(x, work)", value=made.value, x=x, work=made.work)
    names = {"x": x, "v": v, "work": made.work, "out": result_array(kind, len(x))}
    return call(f"g({arguments(kind)}, work, out)", "out", g=getattr(made, kind), **names)
