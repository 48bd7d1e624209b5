"""When to stop: a test returns the status that it justifies, or None to go on; ``a | b`` and ``a & b`` combine two."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from hessmath.errors import InputError
from hessmath.optimize.state import State
from hessmath.optimize.status import Status


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
