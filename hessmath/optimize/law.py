"""A law about a method as data: its bound, what a run did, and the assumptions."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hessmath.optimize.course import NEAR, Course

Vector = NDArray[np.float64]


class Outcome(enum.Enum):
    """How a run compares with a law."""

    HOLDS = "holds"
    MISSED = "is not met"
    NO_CLAIM = "does not apply"
    UNMEASURED = "cannot be measured"


@dataclass(frozen=True)
class Assumption:
    """What a law assumes, and whether it was seen to hold: None where nothing was seen."""

    text: str
    seen: bool | None


@dataclass(frozen=True, eq=False)
class Law:
    """One law: its bound, what was observed, and whether that is within.

    ``bound`` and ``observed`` are numbers to compare, None where there are none; ``formula`` says what the bound is.
    ``gap_bound`` bounds f(xₖ) − f(x*) at every point of the trace, nan where the law does not say anything.
    """

    name: str
    formula: str
    source: str
    outcome: Outcome
    bound: float | None = None
    observed: float | None = None
    assumptions: tuple[Assumption, ...] = ()
    note: str = ""
    gap_bound: Vector | None = field(default=None, repr=False)


def nearly_quadratic(seen: Course) -> Assumption:
    """That f is quadratic where the law is compared."""
    looked = int(np.isfinite(seen.drift).sum())
    if seen.is_quadratic:
        return Assumption("f is quadratic: its Hessian is the same at all points looked at", True)
    count = max(len(seen.records) - seen.tail, 0)
    return Assumption(
        f"f is nearly quadratic: over the last {count} points its Hessian is within {NEAR:.0%} of that at x* "
        f"({looked} looked at)",
        count > 1,
    )


def positive_definite(seen: Course) -> Assumption:
    """That x* is a strict minimum in floating point."""
    return Assumption("the Hessian at x* is positive definite", seen.is_minimum)
