"""W4: batches of points, one thread: Rosenbrock's chain in four variables, and the loss of the network 2-3-1.

Everything is written into an array that is there already, where a contender can; JAX, PyTorch and SymEngine return
new ones.  The Hessians of the network are taken at fewer points, since a million of them are 1.4 GB a contender.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

import hessmath as hm
from benchmarks import peers
from benchmarks.cases import BY_HAND, OURS, AtMost, Case, Entry, NotApplicable, call
from benchmarks.handwritten import points
from benchmarks.networks import NetworkLoss
from benchmarks.peers.formula import Formula
from benchmarks.scope import Scope
from benchmarks.w2_chain import formula as chain

TITLE = "batches of points"

LOSS = NetworkLoss(2, 3, 1)
SHARE = 1 / 0.95


def cases(scope: Scope) -> Iterator[Case]:
    """Gradient and Hessian of both functions."""
    many, fewer = (1_000, 1_000) if scope.is_quick else (1_000_000, 100_000)
    rosenbrock = chain(4)
    rosenbrock = Formula(rosenbrock.expr, rosenbrock.variables)
    limits = (AtMost(SHARE, BY_HAND),)
    yield _case("Rosenbrock-4", rosenbrock, "gradient", many, points.gradients, limits)
    yield _case("Rosenbrock-4", rosenbrock, "hessian", many, points.hessians, limits)
    limits = (AtMost(1 / 2.5, "casadi C"), AtMost(1 / 2.5, "symengine"))
    loss = Formula(LOSS.function.expr, LOSS.function.variables)
    yield _case("loss 2-3-1", loss, "gradient", many, LOSS.by_hand.gradients, limits)
    yield _case("loss 2-3-1", loss, "hessian", fewer, LOSS.by_hand.hessians, limits)


def _case(name: str, formula: Formula, kind: str, m: int, by_hand: Any, limits: tuple[AtMost, ...]) -> Case:
    n = len(formula.variables)
    at = np.random.default_rng(4).uniform(-1.5, 1.5, (m, n))
    shape = (m, n) if kind == "gradient" else (m, n, n)

    def ours() -> Entry:
        kernel = hm.compile(hm.Function(formula.expr, formula.variables))
        return call(f"b.{kind}(X, out=out)", "out", b=kernel.batch, X=at, out=np.empty(shape))

    contenders = {
        BY_HAND: lambda: call("g(X, out)", "out", g=by_hand, X=at, out=np.empty(shape)),
        OURS: ours,
        **{peer.NAME: _peer(peer, formula, kind, at) for peer in peers.load()},
    }
    return Case("W4", f"{name} {kind}, {m:,} points", contenders, limits)


def _peer(peer: ModuleType, formula: Formula, kind: str, at: Any) -> Callable[[], Entry]:
    def build() -> Entry:
        if not hasattr(peer, "batch"):
            raise NotApplicable("has no batches")
        peers.need(peer)
        entry: Entry = peer.batch(formula, kind, at)
        return entry

    return build
