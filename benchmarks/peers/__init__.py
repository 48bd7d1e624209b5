"""What users would take instead: one file for each peer, one line here.

A peer's file has ``NAME``; ``NEEDS``, the package to import; ``build(formula, kind, x, v)``, which gives a
:class:`Calls`; and, where the peer has them, ``batch(formula, kind, points)`` (an entry) and ``COLD``, a script
that starts from nothing and prints the Hessian of Rosenbrock's function at (−1.2, 1).
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from sympy.core.cache import clear_cache

from benchmarks.cases import Entry, NotAvailable
from benchmarks.peers.formula import KINDS, Calls, Formula
from benchmarks.table import NOT_INSTALLED
from benchmarks.timing import stopwatch

PEERS = ("sympy_lambdify", "sympy_njit", "casadi_vm", "casadi_c", "symengine_llvm", "jax_jit", "torch_func", "autograd")


def load(names: Sequence[str] = PEERS) -> list[ModuleType]:
    """The peers' modules; importing one does not import the package it needs."""
    return [importlib.import_module(f"benchmarks.peers.{name}") for name in names]


def missing() -> list[str]:
    """The names of peers whose packages are not installed."""
    return [peer.NAME for peer in load() if importlib.util.find_spec(peer.NEEDS) is None]


def need(peer: ModuleType) -> None:
    """Raise NotAvailable when the peer's package is not installed."""
    if importlib.util.find_spec(peer.NEEDS) is None:
        raise NotAvailable(NOT_INSTALLED)


def contenders(
    formula: Formula, kind: str, x: Any, v: Any = None, *, convention: str = "new", names: Sequence[str] = PEERS
) -> dict[str, Callable[[], Entry]]:
    """The peers as contenders for one product with one calling convention; see :class:`Calls`."""

    def builder(peer: ModuleType) -> Callable[[], Entry]:
        def build() -> Entry:
            need(peer)
            calls: Calls = peer.build(formula, kind, x, v)
            return calls.entry(convention)

        return build

    return {peer.NAME: builder(peer) for peer in load(names)}


def builders(
    formula: Formula, x: Any, v: Any, *, kinds: Sequence[str] = KINDS, names: Sequence[str] = PEERS
) -> dict[str, Callable[[], Entry]]:
    """The peers as contenders for derivation and compilation of several products and one call of each."""

    def builder(peer: ModuleType) -> Callable[[], Entry]:
        def make_all() -> list[Any]:
            return [peer.build(formula, kind, x, v).value() for kind in kinds]

        def build() -> Entry:
            need(peer)
            return Entry(make_all(), stopwatch(make_all, clear_cache))

        return build

    return {peer.NAME: builder(peer) for peer in load(names)}
