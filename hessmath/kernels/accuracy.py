"""``k.verify()``: a kernel's float64 results against rigorous enclosures, at random and at nasty points.

What a result should be and how far rounding can take it is in ``error_bound.py``, the points are in
``nasty_points.py``.  A kernel passes when every error is at most 4 units of the running error bound and nothing
disagrees about NaN and infinity.  The reason for 4: IEEE operations are off by half a unit, the C library's
functions by one or two, SciPy's special functions by up to four.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from hessmath.errors import InputError
from hessmath.kernels.error_bound import Enclosure, Outcome
from hessmath.kernels.nasty_points import nasty_points, random_points, take

if TYPE_CHECKING:
    from hessmath.kernels.kernel import Kernel

BOUND = 4.0
"""Largest error that passes, in units of the running error bound."""


@dataclass(frozen=True)
class Case:
    """One result of one function at one point; ``error`` is in units of the running error bound.

    ``kind`` is "f", "gradient", … or, for the same at many points, "batch.f", …
    """

    kind: str
    output: int
    x: tuple[float, ...]
    v: tuple[float, ...]
    parameters: tuple[float, ...]
    computed: float
    error: float
    reason: str = ""

    def __str__(self) -> str:
        given = [f"x = {_list(self.x)}"]
        given += [f"{name} = {_list(values)}" for name, values in (("v", self.v), ("p", self.parameters)) if values]
        return f"{self.kind}[{self.output}] = {self.computed!r} at {', '.join(given)}" + (
            f": {self.reason}" if self.reason else ""
        )


@dataclass(frozen=True)
class Accuracy:
    """The outcome of ``verify``.

    Attributes
    ----------
    points : how many points were tried
    errors : per kind the largest error, in units of the running error bound
    outcomes : how many results were compared, agreed to have no value, …
    worst : the largest error found; None when nothing could be compared
    disagreements : NaN or infinite results where there is a value, and numbers where there is none
    overflow : a result that is off because a number on the way is beyond float64's range; no fault of the kernel
    limit : a number where the formula divides by zero, as 1/(1/x) at 0; IEEE arithmetic wants it so
    bound : the largest error that passes
    """

    points: int
    errors: Mapping[str, float]
    outcomes: Mapping[Outcome, int]
    worst: Case | None
    disagreements: tuple[Case, ...] = ()
    overflow: Case | None = None
    limit: Case | None = None
    bound: float = BOUND

    @property
    def ok(self) -> bool:
        """Whether something was compared, no error exceeds the bound, and nothing disagrees."""
        return self.worst is not None and self.worst.error <= self.bound and not self.disagreements

    @property
    def compared(self) -> int:
        """Results that were compared with a true value."""
        return self.outcomes.get(Outcome.COMPARED, 0)

    @property
    def skipped(self) -> int:
        """Results that were not: undecided, or off after an overflow or a division by zero."""
        return sum(self.outcomes.get(each, 0) for each in (Outcome.OPEN, Outcome.BEYOND, Outcome.LIMIT))

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {error:.2f}" for kind, error in self.errors.items())
        verdict = "passes" if self.ok else "fails" if self.worst else "nothing could be compared"
        count = ", ".join(f"{count:,} {each.value}" for each in Outcome if (count := self.outcomes.get(each, 0)))
        lines = [
            f"{verdict}: errors up to {self.worst.error:.2f} of {self.bound:g} ULP" if self.worst else verdict,
            f"  {self.points} points; results: {count or 'none'}",
            f"  worst per kind, in ULP of the conditioned result: {kinds or 'none'}",
        ]
        if self.worst is not None:
            lines.append(f"  worst: {self.worst}")
        lines += [f"  disagrees: {each}" for each in self.disagreements[:5]]
        if len(self.disagreements) > 5:
            lines.append(f"  … and {len(self.disagreements) - 5} more that disagree")
        lines += [f"  {name}: {case}" for name, case in (("overflow", self.overflow), ("limit", self.limit)) if case]
        return "\n".join(lines)


@dataclass
class Findings:
    """What has been found so far; ``report`` freezes it."""

    errors: dict[str, float] = field(default_factory=dict)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    worst: Case | None = None
    disagreements: list[Case] = field(default_factory=list)
    first: dict[Outcome, Case] = field(default_factory=dict)

    def judge(self, enclosure: Enclosure, kind: str, computed: list[float], at: tuple[Any, Any, Any]) -> None:
        """Compare the results of one function at one point (x, v, parameters)."""
        for output, value in enumerate(computed):
            found = enclosure.judge(output, value, BOUND)
            self.outcomes[found.outcome] += 1
            if found.outcome in (Outcome.OPEN, Outcome.AGREED) or (
                found.outcome in self.first and found.outcome in (Outcome.BEYOND, Outcome.LIMIT)
            ):
                continue
            error = 0.0 if found.error is None else found.error
            if found.outcome is Outcome.COMPARED and self.worst is not None:
                self.errors[kind] = max(error, self.errors.get(kind, 0.0))
                if error <= self.worst.error:
                    continue
            x, v, parameters = (tuple(np.asarray(each, dtype=np.float64).tolist()) for each in at)
            case = Case(kind, output, x, v, parameters, value, error, found.reason)
            if found.outcome is Outcome.COMPARED:
                self.errors[kind] = max(error, self.errors.get(kind, 0.0))
                self.worst = case
            elif found.outcome is Outcome.DISAGREES:
                self.disagreements.append(case)
            else:
                self.first[found.outcome] = case

    def report(self, points: int) -> Accuracy:
        """What has been found, frozen."""
        return Accuracy(
            points,
            self.errors,
            dict(self.outcomes),
            self.worst,
            tuple(self.disagreements),
            self.first.get(Outcome.BEYOND),
            self.first.get(Outcome.LIMIT),
        )


def verify(
    kernel: Kernel, *, points: int | ArrayLike = 64, scale: float = 2.0, rng: np.random.Generator | int = 0
) -> Accuracy:
    """Compare f and all its derivatives with rigorous enclosures, one point at a time and through ``kernel.batch``.

    Parameters
    ----------
    points : how many points, half of them random, half of them nasty; or the points themselves, (m, n)
    scale : spread of the random coordinates
    rng : generator or seed, also for directions and parameters

    Raises
    ------
    InputError
        If the given points do not have the kernel's dimension.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.kernels import compile_tapes
    >>> from hessmath.program import lower
    >>> x, y = sympy.symbols("x y")
    >>> compile_tapes(lower(sympy.exp(x) * y, [x, y])).verify(points=4).ok
    True
    """
    rng = np.random.default_rng(rng)
    p = len(kernel.parameters)
    scalar = kernel.tape("f").shape == ()
    kinds = ("f", "gradient", "hessian", "hvp", "value_and_gradient") if scalar else ("f", "jacobian")
    parameters = scale * np.abs(rng.standard_normal(p))
    chosen = _points(kernel, points, scale, parameters, rng)
    directions = rng.standard_normal(chosen.shape)
    findings = Findings()
    for kind in kinds:
        tape = kernel.piece(kind).tape
        takes_v = kind == "hvp"
        rows = _batch(kernel, kind, chosen, directions, parameters)
        for k, (x, v) in enumerate(zip(chosen, directions, strict=True)):
            inputs = [*x, *parameters, *v] if takes_v else [*x, *parameters]
            enclosure = Enclosure(tape, inputs)
            at = (x, v if takes_v else (), parameters)
            findings.judge(enclosure, kind, _evaluate(kernel, kind, x, v, parameters), at)
            findings.judge(enclosure, f"batch.{kind}", rows[k], at)
    return findings.report(len(chosen))


def _evaluate(kernel: Kernel, kind: str, x: Any, v: Any, parameters: Any) -> list[float]:
    """The kernel's results as one flat list, in the order of the tape's outputs."""
    given = parameters if len(parameters) else None
    if kind == "hvp":
        return [float(value) for value in kernel.hvp(x, v, parameters=given)]
    result = getattr(kernel, kind)(x, parameters=given)
    if kind == "value_and_gradient":
        return [float(result[0]), *map(float, result[1])]
    return [float(value) for value in np.ravel(result)]


def _batch(kernel: Kernel, kind: str, x: Any, v: Any, parameters: Any) -> list[list[float]]:
    """The same for all points at once, per point."""
    given = parameters if len(parameters) else None
    if kind == "hvp":
        return [row.tolist() for row in kernel.batch.hvp(x, v, parameters=given)]
    result = getattr(kernel.batch, kind)(x, parameters=given)
    if kind == "value_and_gradient":
        return [[value, *row] for value, row in zip(result[0].tolist(), result[1].tolist(), strict=True)]
    return [np.ravel(row).tolist() for row in result]


def _points(kernel: Kernel, points: int | ArrayLike, scale: float, parameters: Any, rng: np.random.Generator) -> Any:
    n = len(kernel.variables)
    if not isinstance(points, int):
        given = np.asarray(points, dtype=np.float64)
        if given.ndim != 2 or given.shape[1] != n:
            raise InputError(f"points must be a number or an array of shape (m, {n}), but has shape {given.shape}.")
        return given
    nasty = take(nasty_points(kernel.tape("f"), n, parameters, rng), points // 2)
    return np.array([*take(random_points(n, scale, rng), points - points // 2), *nasty]).reshape(points, n)


def _list(values: tuple[float, ...]) -> str:
    shown = ", ".join(repr(value) for value in values[:8])
    return f"[{shown}{', …' if len(values) > 8 else ''}]"
