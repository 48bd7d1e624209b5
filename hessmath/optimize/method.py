"""What every method offers to the loop."""

from __future__ import annotations

from typing import Any, Protocol

from hessmath.linear.twofold import family
from hessmath.optimize.problem import Need


class Method(Protocol):
    """A way to go from one point to the next; its parameters are the fields of a frozen dataclass.

    How it goes is written as functions of its ``numbers``, a NamedTuple whose class chooses ``advance`` and
    ``confirm``.  A method keeps nothing between calls: what it must remember is in the memory.
    """

    @property
    def needs(self) -> frozenset[Need]:
        """What it evaluates besides f."""
        ...

    @property
    def numbers(self) -> Any:
        """Its parameters."""
        ...

    def rows(self, n: int) -> int:
        """How many vectors it keeps from step to step, in ``memory.store``."""
        ...


@family
def advance(method, oracle, memory):  # type: ignore[no-untyped-def]
    """One step, or the same point with HALT set."""


@family
def confirm(method, oracle, memory):  # type: ignore[no-untyped-def]
    """What to make of a small gradient: HALT is set, or the point is lower down.

    A method that knows curvature looks at it here and leaves a saddle.
    """
