"""What a run found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from hessmath.errors import InputError
from hessmath.optimize.memory import (
    DAMPING,
    GRADIENT_NORM,
    HALT,
    NEGATIVE,
    POSITIVE,
    RADIUS,
    SMALLEST_CURVATURE,
    STEP_NORM,
    STEP_SIZE,
    STEPS,
    VALUE,
)
from hessmath.optimize.oracle import Evaluations
from hessmath.optimize.problem import Problem, Vector
from hessmath.optimize.status import CODES, Status


@dataclass(frozen=True, eq=False)
class Record:
    """One line of the trace, and what a callback is given: the state after ``steps`` steps.

    ``step_size`` is α, ``step_norm`` the length of the step (inf at the start), ``damping`` what the method added to
    the Hessian, ``radius`` that of the trust region for the next step, None for methods without one.
    ``smallest_curvature`` is the smallest dᵀ∇²f d / dᵀd that the method computed so far, inf if it computed none.
    """

    steps: int
    x: Vector
    value: float
    gradient_norm: float
    step_size: float
    step_norm: float
    damping: float
    evaluations: Evaluations
    radius: float | None = None
    smallest_curvature: float = math.inf

    @staticmethod
    def read(x: Vector, s: Vector, evaluations: Evaluations) -> Record:
        """A copy of where a run is, from the numbers of its memory."""
        return Record(
            int(s[STEPS]),
            x.copy(),
            float(s[VALUE]),
            float(s[GRADIENT_NORM]),
            float(s[STEP_SIZE]),
            float(s[STEP_NORM]),
            float(s[DAMPING]),
            evaluations,
            float(s[RADIUS]) if s[RADIUS] > 0.0 else None,
            float(s[SMALLEST_CURVATURE]),
        )


@dataclass(frozen=True, eq=False)
class Solution:
    """The last point of a run, why it ended there, and what it cost.

    ``x`` and ``gradient`` have shape (n,).  ``positive_curvature_seen`` and ``negative_curvature_seen`` are about the
    whole run, not about x.  ``trace`` is empty unless it was asked for.  ``problem`` is what was solved.  ``notes``
    says what was done to the start, if anything.
    """

    x: Vector
    value: float
    gradient: Vector
    gradient_norm: float
    status: Status
    steps: int
    evaluations: Evaluations
    method: object
    positive_curvature_seen: bool = False
    negative_curvature_seen: bool = False
    trace: tuple[Record, ...] = ()
    names: tuple[str, ...] = ()
    classify: Callable[[Vector], Any] | None = field(default=None, repr=False)
    problem: Problem | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @staticmethod
    def read(
        x: Vector,
        gradient: Vector,
        s: Vector,
        evaluations: Evaluations,
        method: object,
        trace: tuple[Record, ...],
        names: tuple[str, ...],
        classify: Callable[[Vector], Any] | None,
        problem: Problem | None = None,
        notes: tuple[str, ...] = (),
    ) -> Solution:
        """A copy of where a run is, from the numbers of its memory."""
        return Solution(
            x=x.copy(),
            value=float(s[VALUE]),
            gradient=gradient.copy(),
            gradient_norm=float(s[GRADIENT_NORM]),
            status=CODES[int(s[HALT])] or Status.STEPS_EXHAUSTED,
            steps=int(s[STEPS]),
            evaluations=evaluations,
            method=method,
            positive_curvature_seen=bool(s[POSITIVE] == 1.0),
            negative_curvature_seen=bool(s[NEGATIVE] == 1.0),
            trace=trace,
            names=names,
            classify=classify,
            problem=problem,
            notes=notes,
        )

    @property
    def success(self) -> bool:
        """Whether the status is CONVERGED: a small gradient, and positive curvature as far as it was seen."""
        return self.status.success

    @property
    def advice(self) -> str:
        """What the status means and what to do."""
        return self.status.advice

    @cached_property
    def kind(self) -> Any:
        """What kind of critical point x is, found out when first asked for.

        Raises
        ------
        InputError
            If the problem came without ``classify``.
        """
        if self.classify is None:
            raise InputError(
                "The kind of this point is not known, because the problem came as plain functions: "
                "solve with a Function, or pass classify=, a function of x, to Problem."
            )
        return self.classify(self.x)

    def __eq__(self, other: object) -> bool:
        """The same point reached in the same way; how to classify it is not compared, nor is the trace."""
        if not isinstance(other, Solution):
            return NotImplemented
        return (
            np.array_equal(self.x, other.x, equal_nan=True)
            and np.array_equal(self.gradient, other.gradient, equal_nan=True)
            and np.array_equal(self.value, other.value, equal_nan=True)
            and (self.status, self.steps, self.evaluations, self.method)
            == (other.status, other.steps, other.evaluations, other.method)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        coordinates = [f"{name}=" for name in self.names] or [""] * self.x.size
        shown = [f"{name}{value:.6g}" for name, value in zip(coordinates, self.x[:6], strict=False)]
        if self.x.size > 6:
            shown.append(f"… {self.x.size} numbers")
        steps = "1 step" if self.steps == 1 else f"{self.steps} steps"
        return (
            f"Solution({self.status.name} after {steps}: x = [{', '.join(shown)}], "
            f"f = {self.value:.6g}, ‖∇f‖ = {self.gradient_norm:.2g}){''.join(f'  # {note}' for note in self.notes)}"
        )
