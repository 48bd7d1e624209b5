"""How far a kernel's float64 results are from the truth, in units of what rounding can explain.

The truth is an enclosure of the same tape in balls of high precision, which shares no code with the machine
code.  The yardstick is a running error bound: the tape is run once more in balls, and after each instruction that
rounds the ball is widened by one unit, |vᵢ| 2⁻⁵², as if that instruction had been off by as much.  To first order the
radius that an output ends up with is 2⁻⁵² Σ |∂out/∂vᵢ| |vᵢ| over these instructions, paths added in absolute
value.  So an ill-conditioned formula is not blamed on the kernel.

A kernel passes when every error is at most 4 of these units.  The reason for 4: IEEE operations are off by half a unit,
the C library's functions by one or two, SciPy's special functions by up to four.

References
----------
Higham (2002), Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.3 (running error analysis).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from hessmath.errors import InputError
from hessmath.program import NamedConstant, Primitive, Tape
from hessmath.program.arithmetic import balls
from hessmath.program.interpreting import interpret
from hessmath.program.tape import Constant

if TYPE_CHECKING:
    from hessmath.kernels.kernel import Kernel

BOUND = 4.0
"""Largest error that passes, in units of the running error bound."""

_UNIT = -52  # one unit is |v| 2⁻⁵²
_TINY = -1074  # the smallest positive float64: what an underflow may lose
_PRECISIONS = (128, 256, 512, 1024, 2048)
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class WorstCase:
    """One result of one function at one point; ``error`` is in units of the running error bound."""

    kind: str
    output: int
    x: tuple[float, ...]
    v: tuple[float, ...]
    parameters: tuple[float, ...]
    computed: float
    error: float


@dataclass(frozen=True)
class Accuracy:
    """The outcome of ``verify``.

    Attributes
    ----------
    compared : results that were compared
    skipped : results without a finite true value, or beyond float64's range on the way
    worst : the largest error found; None when nothing could be compared
    bound : the largest error that passes
    """

    compared: int
    skipped: int
    worst: WorstCase | None
    bound: float = BOUND

    @property
    def ok(self) -> bool:
        """Whether something was compared and no error exceeds the bound."""
        return self.worst is not None and self.worst.error <= self.bound


def verify(
    kernel: Kernel, *, points: int | ArrayLike = 64, scale: float = 2.0, rng: np.random.Generator | int = 0
) -> Accuracy:
    """Compare f and all its derivatives with rigorous enclosures.

    Parameters
    ----------
    points : how many random points, or the points themselves, (m, n)
    scale : spread of the random coordinates; every fourth point is positive, every fourth is rounded to integers
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
    n, p = len(kernel.variables), len(kernel.parameters)
    scalar = kernel.tape("f").shape == ()
    kinds = ("f", "gradient", "hessian", "hvp", "value_and_gradient") if scalar else ("f", "jacobian")
    compared = skipped = 0
    worst: WorstCase | None = None
    tapes = {kind: kernel.piece(kind).tape for kind in kinds}
    for x in _points(points, n, scale, rng):
        v, parameters = rng.standard_normal(n), scale * np.abs(rng.standard_normal(p))
        for kind, tape in tapes.items():
            inputs = [*x, *parameters, *v] if kind == "hvp" else [*x, *parameters]
            computed = _evaluate(kernel, kind, x, v, parameters)
            for output, (value, error) in enumerate(zip(computed, errors(tape, inputs, computed), strict=True)):
                if error is None:
                    skipped += 1
                    continue
                compared += 1
                if worst is None or error > worst.error:
                    direction = tuple(v.tolist()) if kind == "hvp" else ()
                    worst = WorstCase(
                        kind, output, tuple(x.tolist()), direction, tuple(parameters.tolist()), value, error
                    )
    return Accuracy(compared, skipped, worst)


def errors(tape: Tape, inputs: list[float], computed: list[float]) -> list[float | None]:
    """The error of each computed output in units of the running error bound.

    None where the true value is not finite, or where a value on the way is beyond float64's range.
    """
    from flint import arb, ctx

    with ctx.workprec(_PRECISIONS[0]):
        start = [balls.ball(float(value)) for value in inputs]
        widened = interpret(tape, start, _constant, _widened)
    slots = tape.outputs.tolist()
    bounds = [widened[slot].rad() for slot in slots]
    in_range = all(not value.is_finite() or abs(value) < _LARGEST for value in widened)
    result: list[float | None] = [None] * len(slots)
    left = [i for i, slot in enumerate(slots) if widened[slot].is_finite() and in_range]
    for precision in _PRECISIONS:
        if not left:
            break
        truth = balls.run(tape, inputs, precision)
        with ctx.workprec(precision):
            for i in left:
                if not np.isfinite(computed[i]):
                    result[i] = np.inf
                elif (distance := abs(truth[i] - arb(computed[i]))).is_zero():
                    result[i] = 0.0
                elif bounds[i].is_zero():
                    result[i] = np.inf if distance > 0 else None
                elif distance.rad() * 1000 < bounds[i]:
                    result[i] = float((distance / bounds[i]).upper())
        left = [i for i in left if result[i] is None]
    return result


def _constant(constant: Constant) -> Any:
    from flint import arb

    if isinstance(constant, NamedConstant):
        return _widen(arb.pi() if constant is NamedConstant.PI else arb.const_e())
    return _widen(balls.ball(constant))


def _widened(row: Primitive, operands: tuple[Any, ...]) -> Any:
    value = row.enclosure(*operands)
    if row.cost == "test":
        return value  # tests, signs and selections do not round
    if row.cost != "call":
        return _widen(value)
    if row.units > 1:
        value += row.units * (_unit(value) + _moved(row, [x.mid() for x in operands]))
    for term in row.terms(*operands) if row.terms else ():
        value += _unit(term)
    return value + _unit(value)


def _moved(row: Primitive, point: list[Any]) -> Any:
    """How far the value goes when one operand after the other is off by a unit; integers (orders) stay."""
    from flint import arb

    here, total = row.enclosure(*point), arb(0)
    for k, x in enumerate(point):
        if not x.is_integer():
            there = row.enclosure(*point[:k], x + arb(_unit(x).rad()), *point[k + 1 :])
            total += arb(0, abs(there - here).upper())
    return total


def _widen(value: Any) -> Any:
    """The ball with one unit more of radius, unless the value is a float64 number, which nothing rounds."""
    from flint import arb

    if value.is_exact() and value == arb(float(value)):
        return value
    return value + _unit(value)


def _unit(value: Any) -> Any:
    """One unit around 0: |v| 2⁻⁵², and what an underflow may lose."""
    from flint import arb

    return arb(0, abs(value).upper() * arb(2) ** _UNIT + arb(2) ** _TINY)


def _evaluate(kernel: Kernel, kind: str, x: Any, v: Any, parameters: Any) -> list[float]:
    """The kernel's results as one flat list, in the order of the tape's outputs."""
    given = parameters if len(parameters) else None
    if kind == "hvp":
        return [float(value) for value in kernel.hvp(x, v, parameters=given)]
    result = getattr(kernel, kind)(x, parameters=given)
    if kind == "value_and_gradient":
        return [float(result[0]), *map(float, result[1])]
    return [float(value) for value in np.ravel(result)]


def _points(points: int | ArrayLike, n: int, scale: float, rng: np.random.Generator) -> Iterator[Any]:
    if not isinstance(points, int):
        given = np.asarray(points, dtype=np.float64)
        if given.ndim != 2 or given.shape[1] != n:
            raise InputError(f"points must be a number or an array of shape (m, {n}), but has shape {given.shape}.")
        yield from given
        return
    for k in range(points):
        x = scale * rng.standard_normal(n)
        if k % 4 == 1:
            x = np.abs(x)
        elif k % 4 == 3:
            x = np.round(x)
        yield x
