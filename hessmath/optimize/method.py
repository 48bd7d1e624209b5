"""What every method offers to the loop."""

from __future__ import annotations

from typing import Protocol

from hessmath.optimize.oracle import Oracle
from hessmath.optimize.problem import Need, Vector
from hessmath.optimize.state import State


class Method(Protocol):
    """A way to go from one point to the next; its parameters are the fields of a frozen dataclass.

    A method keeps nothing between calls: what it must remember is in the state.
    """

    @property
    def needs(self) -> frozenset[Need]:
        """What it evaluates besides f."""
        ...

    def start(self, oracle: Oracle, x: Vector) -> State:
        """The state at the start."""
        ...

    def advance(self, oracle: Oracle, state: State) -> State:
        """The state after one step, or the same point with ``halt`` set."""
        ...

    def confirm(self, oracle: Oracle, state: State) -> State:
        """What to make of a small gradient: the same point with ``halt`` set, or a state lower down.

        A method that knows curvature looks at it here and leaves a saddle.
        """
        ...
