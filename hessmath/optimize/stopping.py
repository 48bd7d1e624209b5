"""When to stop: a test returns the status that it justifies, or None to go on; ``a | b`` and ``a & b`` combine two."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.linear.twofold import family
from hessmath.optimize.memory import GRADIENT_NORM, START_GRADIENT_NORM, STEP_NORM, VALUE, Memory
from hessmath.optimize.state import State
from hessmath.optimize.status import CODES, GOING, SMALL_STEP, STATIONARY, TARGET_REACHED, Status


class StoppingTest(ABC):
    """A test of the state after every step."""

    @abstractmethod
    def __call__(self, state: State) -> Status | None:
        """The status to stop with, or None.

        ``Status.STATIONARY`` makes the loop ask the method what kind of point this is, as far as it can tell.
        """

    def __or__(self, other: StoppingTest) -> AnyOf:
        return AnyOf(self, other)

    def __and__(self, other: StoppingTest) -> AllOf:
        return AllOf(self, other)


@dataclass(frozen=True)
class GradientBelow(StoppingTest):
    """‖∇f(x)‖₂ ≤ max(atol, rtol·‖∇f(x0)‖₂).

    Examples
    --------
    >>> from hessmath.optimize import GradientBelow, ValueBelow
    >>> GradientBelow(1e-6) | ValueBelow(0.0)
    AnyOf(first=GradientBelow(atol=1e-06, rtol=0.0), second=ValueBelow(target=0.0))
    """

    atol: float = 1e-8
    rtol: float = 0.0

    def __post_init__(self) -> None:
        for name, tolerance in (("atol", self.atol), ("rtol", self.rtol)):
            if not 0.0 <= tolerance < float("inf"):
                raise InputError(f"GradientBelow needs {name} ≥ 0 and finite, but {name} = {tolerance}.")

    def __call__(self, state: State) -> Status | None:
        """STATIONARY where the gradient is small."""
        small = state.gradient_norm <= max(self.atol, self.rtol * state.start_gradient_norm)
        return Status.STATIONARY if small else None


@dataclass(frozen=True)
class ValueBelow(StoppingTest):
    """f(x) ≤ target."""

    target: float

    def __post_init__(self) -> None:
        if self.target != self.target:
            raise InputError("ValueBelow needs a number as target, but got nan.")

    def __call__(self, state: State) -> Status | None:
        """TARGET_REACHED where f is low enough."""
        return Status.TARGET_REACHED if state.value <= self.target else None


@dataclass(frozen=True)
class StepBelow(StoppingTest):
    """The last step was no longer than ``length`` (Euclidean norm)."""

    length: float

    def __post_init__(self) -> None:
        if not self.length >= 0.0:
            raise InputError(f"StepBelow needs length ≥ 0, but length = {self.length}.")

    def __call__(self, state: State) -> Status | None:
        """SMALL_STEP after a short step."""
        return Status.SMALL_STEP if state.step_norm <= self.length else None


@dataclass(frozen=True)
class AnyOf(StoppingTest):
    """Stop when one of two tests holds, with its status; the first is asked first."""

    first: StoppingTest
    second: StoppingTest

    def __call__(self, state: State) -> Status | None:
        """The status of the first test that holds."""
        return self.first(state) or self.second(state)


@dataclass(frozen=True)
class AllOf(StoppingTest):
    """Stop when both tests hold, with the status of the first."""

    first: StoppingTest
    second: StoppingTest

    def __call__(self, state: State) -> Status | None:
        """The first test's status if the second holds too."""
        status = self.first(state)
        return status if status is not None and self.second(state) is not None else None


@family
def status_now(test, memory):  # type: ignore[no-untyped-def]
    """The status to stop with, or GOING."""


class Table(NamedTuple):
    """Stopping tests as rows (kind, a, b, 0), in the order of a calculator with a stack: first, second, ``AnyOf``."""

    rows: NDArray[np.float64]
    stack: NDArray[np.float64]


class Judged(NamedTuple):
    """A test that is a Python function of a State."""

    test: StoppingTest


GRADIENT, VALUE_BELOW, STEP, ANY, ALL = range(5)


@status_now.of(Table)
def _(table: Table, memory: Memory) -> int:
    s, rows, stack, top = memory.s, table.rows, table.stack, 0
    for i in range(rows.shape[0]):
        kind, a, b, status = rows[i, 0], rows[i, 1], rows[i, 2], GOING
        if kind == GRADIENT:
            if s[GRADIENT_NORM] <= max(a, b * s[START_GRADIENT_NORM]):
                status = STATIONARY
        elif kind == VALUE_BELOW:
            if s[VALUE] <= a:
                status = TARGET_REACHED
        elif kind == STEP:
            if s[STEP_NORM] <= a:
                status = SMALL_STEP
        else:
            top -= 2
            first, second = int(stack[top]), int(stack[top + 1])
            if kind == ANY:
                status = first if first != GOING else second
            elif second != GOING:
                status = first
        stack[top] = status
        top += 1
    return int(stack[0])


@status_now.of(Judged)
def _(judged: Judged, memory: Memory) -> int:
    return CODES.index(judged.test(State.of(memory)))


def as_table(test: object) -> Table | None:
    """The table of a test that is made of those in this file; None for others."""
    rows = _rows(test)
    return None if rows is None else Table(np.array(rows), np.zeros(len(rows)))


def _rows(test: object) -> list[tuple[float, float, float]] | None:
    kind = type(test)  # exactly: a class derived from one of these may test something else
    if isinstance(test, GradientBelow) and kind is GradientBelow:
        return [(GRADIENT, test.atol, test.rtol)]
    if isinstance(test, ValueBelow) and kind is ValueBelow:
        return [(VALUE_BELOW, test.target, 0.0)]
    if isinstance(test, StepBelow) and kind is StepBelow:
        return [(STEP, test.length, 0.0)]
    if isinstance(test, AnyOf | AllOf) and kind in (AnyOf, AllOf):
        first, second = _rows(test.first), _rows(test.second)
        if first is not None and second is not None:
            return [*first, *second, (ANY if kind is AnyOf else ALL, 0.0, 0.0)]
    return None
