"""What kind of critical point lies near a float64 point: existence, uniqueness and curvature, proved in balls.

Krawczyk's test proves that a box around x holds exactly one critical point; LDLᵀ in balls, after a congruence that
nearly diagonalises, proves the signs of all eigenvalues of the Hessian there (Sylvester's law of inertia).  Trusts
python-flint.  Where the balls decide nothing, exact rationals are tried at a nearby rational point: only they can
say that a Hessian is singular.
Rump (2010), Verification methods, Acta Numerica 19, section 13 (Krawczyk's operator, theorem 13.2).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError
from hessmath.program import Tape, kinks
from hessmath.program.arithmetic import balls, exact
from hessmath.program.sparsity import derivative_masks
from hessmath.verify import dense

PRECISION = 192
"""Bits of the balls."""

_NEWTON_STEPS = 12
_FARTHEST = 1e-2
"""How far from x, relative to 1 + ‖x‖∞, the critical point may be to count as near."""


class Nature(enum.Enum):
    """What a critical point is."""

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SADDLE = "saddle"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class PointKind:
    """What was proved about the critical point near a point.

    Attributes
    ----------
    nature : minimum and maximum are local, and strict unless the Hessian is singular
    hessian_singular : proved regular (False), proved singular in rational arithmetic (True), or not known (None)
    radius : the box x ± radius holds exactly one critical point; None when that was not proved
    reason : what was proved and how, or what stood in the way
    """

    nature: Nature
    hessian_singular: bool | None
    radius: float | None
    reason: str


def critical_point_kind(
    gradient_tape: Tape,
    hessian_tape: Tape,
    x: ArrayLike,
    *,
    parameters: Sequence[float] = (),
    value_tape: Tape | None = None,
) -> PointKind:
    """The nature of the critical point near x, never more than is proved.

    Parameters
    ----------
    gradient_tape, hessian_tape : ∇f of shape (n,) and ∇²f of shape (n, n), with the same inputs
    x : (n,) float64, finite; the values of the first n inputs
    parameters : the values of the other inputs
    value_tape : f itself, so that its jumps and the edges of its domain are seen: they may leave no trace in the
        gradient (x + log x has the derivative 1 + 1/x, which is 0 at −1); without it, f is taken to be smooth
        wherever its gradient is

    Raises
    ------
    InputError
        If a length is wrong or a number is not finite.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import gradient, hessian, lower
    >>> x, y = sympy.symbols("x y")
    >>> f = lower(x**2 - 3 * y**2 + x * y**3, [x, y])
    >>> kind = critical_point_kind(gradient(f), hessian(f), [1e-9, 0])
    >>> kind.nature, kind.hessian_singular
    (<Nature.SADDLE: 'saddle'>, False)
    """
    n = len(gradient_tape.outputs)
    point = _checked(x, n, "x")
    rest = _checked(parameters, len(gradient_tape.names) - n, "parameters")
    if len(hessian_tape.outputs) != n * n:
        raise InputError(
            f"The Hessian of {n} variables has {n * n} entries, but this program has {hessian_tape.shape}."
        )
    problem = _Problem(n, value_tape, gradient_tape, hessian_tape, tuple(map(float, rest)))
    with flint.ctx.workprec(PRECISION):
        proved = _by_balls(problem, point)
    if isinstance(proved, PointKind):
        return proved
    return _by_rationals(problem, point, proved)


@dataclass(frozen=True)
class _Problem:
    """The programs, and values for the inputs that are not variables."""

    n: int
    value: Tape | None
    gradient: Tape
    hessian: Tape
    parameters: tuple[float, ...]

    @property
    def tapes(self) -> list[Tape]:
        return [tape for tape in (self.value, self.gradient, self.hessian) if tape is not None]

    def gradient_in(self, box: Sequence[Any]) -> flint.arb_mat:
        values = balls.run(self.gradient, [*box, *self.parameters], flint.ctx.prec)
        return flint.arb_mat(self.n, 1, values)

    def hessian_in(self, box: Sequence[Any]) -> flint.arb_mat:
        values = balls.run(self.hessian, [*box, *self.parameters], flint.ctx.prec)
        return flint.arb_mat(self.n, self.n, values)


def _checked(values: ArrayLike, length: int, name: str) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (length,):
        raise InputError(f"{name} should be {length} numbers, but has shape {array.shape}.")
    if not np.isfinite(array).all():
        raise InputError(f"{name} should be finite, but is {array.tolist()}.")
    return array


# ---- balls -----------------------------------------------------------------------------------------


def _by_balls(problem: _Problem, x: NDArray[np.float64]) -> PointKind | str:
    """What balls prove, or the reason why they do not."""
    scale = 1 + float(np.abs(x).max(initial=0.0))
    start = [flint.arb(float(value)) for value in x]
    centre = _newton(problem, start, _FARTHEST * scale)
    if isinstance(centre, str):
        return centre
    distance = max((_magnitude(c - s) for c, s in zip(centre, start, strict=True)), default=0.0)
    failed = "Krawczyk's test fails on every box around x, as it does where the Hessian is singular or nearly so"
    reason = failed
    for radius in _radii(distance, scale):
        box = [c.union(c + radius).union(c - radius) for c in centre]
        obstacle = _obstacle(problem, box)
        if obstacle is not None:
            reason = f"{obstacle} within {radius:.1g} of x"
            continue
        reason = failed
        inner = _krawczyk(problem, centre, box)
        if inner is None:
            continue
        inner = _tightened(problem, inner)
        # x ± (radius − distance) lies in the box; the one critical point of the box lies in `inner`.
        claimed = _rounded_down(radius - distance)
        if all(_magnitude(k - s) < claimed for k, s in zip(inner, start, strict=True)):
            return _nature(problem, inner, claimed)
    return reason


def _rounded_down(radius: float) -> float:
    """One significant digit, safely below."""
    unit = 10.0 ** math.floor(math.log10(radius))
    digits = math.floor(radius / unit * (1 - 1e-12))
    return float(f"{digits * unit:.0e}") if digits else float(f"{9 * unit / 10:.0e}")


def _newton(problem: _Problem, start: Sequence[Any], farthest: float) -> list[Any] | str:
    """An exact point very near a zero of the gradient, found from x by Newton's method in high precision."""
    x = list(start)
    for _ in range(_NEWTON_STEPS):
        step = _newton_step(problem, x)
        if step is None:
            return "Newton's method from x meets a singular Hessian or a point where the formula is not defined"
        x = [(xi - si).mid() for xi, si in zip(x, step, strict=True)]
        if any(_magnitude(xi - s) > farthest for xi, s in zip(x, start, strict=True)):
            return f"no critical point was found within {farthest:.1g} of x"
        if all(
            _magnitude(si) <= 2.0 ** (16 - PRECISION) * (1 + _magnitude(xi)) for xi, si in zip(x, step, strict=True)
        ):
            break
    return x


def _newton_step(problem: _Problem, x: Sequence[Any]) -> list[Any] | None:
    """H⁻¹g at a point, about; None where H is singular or something is undefined."""
    g, H = problem.gradient_in(x).mid(), problem.hessian_in(x).mid()
    if not all(entry.is_finite() for entry in [*g.entries(), *H.entries()]):
        return None
    try:
        step = H.solve(g)
    except ZeroDivisionError:
        return None
    entries = [entry.mid() for entry in step.entries()]
    return entries if all(entry.is_finite() for entry in entries) else None


def _radii(distance: float, scale: float) -> Iterator[float]:
    """Radii to try, from the widest claim to the narrowest; each box contains x."""
    for k in range(1, 15):
        radius = scale * 10.0**-k
        if radius > 2 * distance:
            yield radius
    if distance > 0:
        yield 4 * distance


def _obstacle(problem: _Problem, box: Sequence[Any]) -> str | None:
    """Why f may fail to be smooth somewhere in the box, as far as balls can tell."""
    if problem.value is not None:
        (value,) = balls.run(problem.value, [*box, *problem.parameters], flint.ctx.prec)
        if not value.is_finite():
            return "the formula may be undefined"
    variables = (1 << problem.n) - 1
    for tape in problem.tapes:
        found = kinks(tape)
        if not found:
            continue
        slots = balls.slot_values(tape, [*box, *problem.parameters], flint.ctx.prec)
        depends = derivative_masks(tape)
        for kink in found:
            if not any(depends[k] & variables for k in kink.arguments):
                continue  # decided by the parameters alone
            argument = slots[kink.arguments[0]]
            if len(kink.arguments) == 2:
                argument = argument - slots[kink.arguments[1]]
            if not argument.is_nan() and argument.contains(0):
                return f"{kink.primitive} in the formula has a kink"
    return None


def _krawczyk(problem: _Problem, centre: Sequence[Any], box: Sequence[Any]) -> list[Any] | None:
    """K(X) = c − Y g(c) + (I − Y H(X))(X − c) if it lies inside X; then X has exactly one zero of g, and K has it."""
    n = problem.n
    H = problem.hessian_in(box)
    if not all(entry.is_finite() for entry in H.entries()):
        return None
    try:
        Y = H.mid().inv().mid()
    except ZeroDivisionError:
        return None
    identity = flint.arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
    offset = flint.arb_mat(n, 1, [b - c for b, c in zip(box, centre, strict=True)])
    K = flint.arb_mat(n, 1, list(centre)) - Y * problem.gradient_in(centre) + (identity - Y * H) * offset
    entries = K.entries()
    inside = all(b.contains_interior(k) for b, k in zip(box, entries, strict=True))
    return entries if inside else None


def _tightened(problem: _Problem, box: Sequence[Any]) -> list[Any]:
    """A smaller box with the same critical point, by repeating Krawczyk's operator."""
    for _ in range(6):
        smaller = _krawczyk(problem, [b.mid() for b in box], box)
        if smaller is None:
            break
        box = smaller
    return list(box)


def _nature(problem: _Problem, box: Sequence[Any], radius: float) -> PointKind:
    """Signs of the eigenvalues of the Hessian at the one critical point, which lies in the box."""
    n = problem.n
    where = f"exactly one critical point within {radius:.1g} of x"
    signs = _inertia_signs(problem.hessian_in(box))
    if signs is None:
        # Krawczyk's test has also proved that every matrix in H(X) is regular.
        return PointKind(
            Nature.UNDECIDED, False, radius, f"{where}, but the signs of its Hessian's eigenvalues stay open"
        )
    if min(signs) > 0 or max(signs) < 0:
        nature, word = (Nature.MINIMUM, "positive") if signs[0] > 0 else (Nature.MAXIMUM, "negative")
        count = "the eigenvalue" if n == 1 else f"all {n} eigenvalues"
        return PointKind(nature, False, radius, f"{where}; {count} of its Hessian proved {word}")
    positive = signs.count(1)
    described = f"{positive} positive and {n - positive} negative eigenvalues of its Hessian proved"
    return PointKind(Nature.SADDLE, False, radius, f"{where}; {described}")


def _inertia_signs(H: flint.arb_mat) -> list[int] | None:
    """The signs of the pivots of LDLᵀ of QᵀHQ, Q near the eigenvectors; None when a pivot may be 0.

    Nonzero pivots show that QᵀHQ, and so Q, is regular; by Sylvester's law their signs are those of the eigenvalues.
    """
    n = H.nrows()
    middle = np.array([float(entry.mid()) for entry in H.entries()]).reshape(n, n)
    if not np.isfinite(middle).all():
        return None
    eigenvalues, vectors = np.linalg.eigh((middle + middle.T) / 2)
    vectors = vectors[:, np.argsort(-np.abs(eigenvalues))]  # large pivots first
    Q = flint.arb_mat(n, n, [float(q) for q in vectors.ravel()])
    B = Q.transpose() * H * Q
    rows = [[B[i, j] for j in range(n)] for i in range(n)]
    signs = []
    for k in range(n):
        pivot = rows[k][k]
        if not (pivot > 0 or pivot < 0):
            return None
        signs.append(1 if pivot > 0 else -1)
        for i in range(k + 1, n):
            factor = rows[i][k] / pivot
            for j in range(k + 1, n):
                rows[i][j] -= factor * rows[k][j]
    return signs


def _magnitude(ball: Any) -> float:
    """An upper bound of |ball| as a float."""
    bound = float(ball.abs_upper())
    return math.nextafter(bound, math.inf) if bound else 0.0


# ---- exact rationals -------------------------------------------------------------------------------


def _by_rationals(problem: _Problem, x: NDArray[np.float64], reason: str) -> PointKind:
    """What exact arithmetic proves at a rational critical point near x, when balls have failed for this reason."""
    parameters = [Fraction(p) for p in problem.parameters]
    for candidate in _rational_candidates(problem, x):
        values = [*candidate, *parameters]
        try:
            gradient, entries = exact.run(problem.gradient, values), exact.run(problem.hessian, values)
        except InputError:
            continue
        if any(gradient) or _obstacle_at(problem, candidate) is not None:
            continue
        return _exact_nature(problem, candidate, entries)
    return PointKind(Nature.UNDECIDED, None, None, reason)


def _rational_candidates(problem: _Problem, x: NDArray[np.float64]) -> Iterator[list[Fraction]]:
    """Rational points near x that may be critical: the simplest ones, x itself, and the nearest of a quadratic's."""
    tolerance = Fraction(_FARTHEST) * (1 + max((abs(Fraction(v)) for v in x.tolist()), default=Fraction(0)))
    exact_x = [Fraction(v) for v in x.tolist()]
    for largest in (1, 10, 100, 10**4, 10**6):
        candidate = [v.limit_denominator(largest) for v in exact_x]
        if all(abs(c - v) <= tolerance for c, v in zip(candidate, exact_x, strict=True)):
            yield candidate
    yield exact_x
    solution = _solved_quadratic(problem, exact_x)
    if solution is not None and all(abs(c - v) <= tolerance for c, v in zip(solution, exact_x, strict=True)):
        yield solution


def _is_constant(tape: Tape) -> bool:
    return all(tape.constant_at(slot) is not None for slot in tape.outputs.tolist())


def _solved_quadratic(problem: _Problem, x: list[Fraction]) -> list[Fraction] | None:
    """A zero of the gradient of a quadratic f: x − d with H d = g(x)."""
    if not _is_constant(problem.hessian):
        return None
    values = [*x, *(Fraction(p) for p in problem.parameters)]
    try:
        g, H = exact.run(problem.gradient, values), exact.run(problem.hessian, values)
    except InputError:
        return None
    n = problem.n
    step = dense.solve_affine(_rational_matrix(H, n), tuple(map(_fmpq, g)), lambda: flint.fmpq(0))
    if step is None:
        return None
    return [v - Fraction(int(d.p), int(d.q)) for v, d in zip(x, step, strict=True)]


def _obstacle_at(problem: _Problem, point: Sequence[Fraction]) -> str | None:
    with flint.ctx.workprec(PRECISION):
        return _obstacle(problem, point)


def _exact_nature(problem: _Problem, point: list[Fraction], entries: list[Fraction]) -> PointKind:
    positive, negative, zero = dense.inertia(_rational_matrix(entries, problem.n))
    shown = ", ".join(map(str, point)) if problem.n <= 6 and max(map(_digits, point)) <= 12 else "near x"
    where = f"exactly at the critical point ({shown})"
    counts = f"{positive} positive, {negative} negative and {zero} zero eigenvalues of the Hessian"
    if positive and negative:
        return PointKind(Nature.SADDLE, zero > 0, None, f"{where}: {counts}")
    if not zero:
        nature = Nature.MINIMUM if positive else Nature.MAXIMUM
        return PointKind(nature, False, None, f"{where}: {counts}")
    if _is_constant(problem.hessian) and (positive or negative):
        nature = Nature.MINIMUM if positive else Nature.MAXIMUM
        return PointKind(
            nature,
            True,
            None,
            f"{where}: f is quadratic near it and constant along {_count(zero, 'direction')}; {counts}",
        )
    return PointKind(Nature.UNDECIDED, True, None, f"{where} the Hessian is singular: {counts}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _digits(value: Fraction) -> int:
    return len(str(value))


def _fmpq(value: Fraction) -> flint.fmpq:
    return flint.fmpq(value.numerator, value.denominator)


def _rational_matrix(entries: Sequence[Fraction], n: int) -> tuple[tuple[flint.fmpq, ...], ...]:
    return tuple(tuple(_fmpq(entries[i * n + j]) for j in range(n)) for i in range(n))
