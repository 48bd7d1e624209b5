"""A critical point, proved: exactly one in a box around x, its kind over the whole box, and f's value there.

Newton's method in high precision goes from x to the critical point; the widest box on which the derivatives of the
program, run over balls, pass Krawczyk's test is found by bisection.  What is returned rests on the certificate alone:
the enclosure checker (``kernel.boxes``) differentiates the formula by itself and accepts or rejects it.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

import flint
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError
from hessmath.program import Tape
from hessmath.program.arithmetic import balls
from hessmath.verify import kernel
from hessmath.verify.enclosure import Nature
from hessmath.verify.kernel.checker import FORMAT
from hessmath.verify.smooth import Condition, Program, Smooth, around, instructions
from hessmath.verify.verdicts import Certificate, Undecided

__all__ = ["BITS", "CertifiedPoint", "certified", "certify"]

BITS = 128
"""Precision of the balls in the certificate; Newton's method has half as many more."""

DIGITS = 30
"""Decimal places to which the critical point is rounded to become the centre of the box."""

MOST_STEPS = 20
FARTHEST = Fraction(1, 100)
"""How far from x, relative to 1 + ‖x‖∞, the critical point may be."""

_LADDER = [Fraction(m) * Fraction(10) ** e for e in range(-24, 4) for m in (1, 2, 5)]
"""Radii of boxes, relative to 1 + ‖x‖∞ rounded to a power of ten."""


@dataclass(frozen=True, repr=False)
class CertifiedPoint:
    """Exactly one critical point of f in a box, with everything that was proved about it.

    Attributes
    ----------
    names : the variables
    centre : the exact middle of the box, at most ``precision`` from the critical point in each coordinate
    radius : half the side of the box, which holds exactly one critical point, in units of ``scale``
    precision : the critical point is this near to ``centre`` in each coordinate, in units of ``scale``
    inertia : how many eigenvalues of the Hessian are positive and negative, the same at all points of the box
    value : two exact numbers; f at the critical point lies between them
    statement : the statement that the checker accepted
    certificate : JSON that ``python -m hessmath.verify.kernel`` checks in a fresh process
    scale : the unit of each coordinate; 1 for all in a cube, else those of a badly scaled function
    """

    names: tuple[str, ...]
    centre: tuple[Fraction, ...]
    radius: Fraction
    precision: Fraction
    inertia: tuple[int, int]
    value: tuple[Fraction, Fraction]
    statement: str
    certificate: Certificate
    scale: tuple[Fraction, ...]

    @property
    def kind(self) -> Nature:
        """Minimum, maximum or saddle; both extrema are strict."""
        positive, negative = self.inertia
        return Nature.SADDLE if positive and negative else Nature.MINIMUM if positive else Nature.MAXIMUM

    @property
    def index(self) -> int:
        """The number of negative eigenvalues."""
        return self.inertia[1]

    @property
    def x(self) -> NDArray[np.float64]:
        """The critical point in float64, (n,)."""
        return np.array([float(c) for c in self.centre])

    @property
    def box(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """The two exact ends of each side."""
        sides = [(c, self.radius * s) for c, s in zip(self.centre, self.scale, strict=True)]
        return tuple((c - side, c + side) for c, side in sides)

    def __contains__(self, point: Sequence[Any]) -> bool:
        return len(point) == len(self.centre) and all(
            low <= Fraction(p) <= high for p, (low, high) in zip(point, self.box, strict=True)
        )

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "What certify returns is not a bool: match on CertifiedPoint and Undecided, or look at its kind."
        )

    def __str__(self) -> str:
        kind = f"saddle of index {self.index}" if self.kind is Nature.SADDLE else self.kind.value
        shown = [f"{float(c):.12g}" for c in self.centre]
        where = ", ".join(shown if len(shown) <= 4 else [*shown[:3], "…"])
        sides = sorted({float(self.radius * s) for s in self.scale})
        within = f"{sides[0]:.3g}" if len(sides) == 1 else f"{sides[0]:.3g} to {sides[-1]:.3g} in each coordinate"
        return (
            f"proved: {kind} at ({where}), the only critical point within {within}; "
            f"f = {float(sum(self.value) / 2):.12g}; "
            f"eigenvalues: {self.inertia[0]} positive, {self.inertia[1]} negative"
        )

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        """The result in words, and what the checker accepted to unfold."""
        return (
            f'<div class="hessmath-verdict hessmath-proved">{html.escape(str(self))}'
            f"<details><summary>statement</summary>{html.escape(self.statement)}</details></div>"
        )


def certify(
    tape: Tape, x: ArrayLike, parameters: Sequence[Fraction] = (), conditions: Sequence[Condition] = ()
) -> CertifiedPoint | Undecided:
    """A proof of what critical point lies near x, or the reason why there is none.

    Parameters
    ----------
    tape : a scalar program of n variables, then the parameters, as the formula is written
    x : (n,) finite numbers
    parameters : exact values of the other inputs
    conditions : the domain, with the same inputs; they hold on the whole box, of which the certificate says nothing

    Raises
    ------
    InputError
        If a length is wrong, a number is not finite, or f is not defined at x.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import LITERAL, lower
    >>> x, y = sympy.symbols("x y")
    >>> found = certify(lower(x**2 - y**2 + y**4 / 4, [x, y], passes=LITERAL), [1e-9, 0])
    >>> print(found)
    proved: saddle of index 1 at (0, 0), the only critical point within 0.5; f = 0; eigenvalues: 1 positive, 1 negative
    >>> found.certificate.check().verdict
    'proved'
    """
    problem = Smooth(tape, parameters, conditions)
    start = _checked(x, problem.n)
    program = instructions(tape, problem.parameters)
    if isinstance(program, str):
        return Undecided(program)
    with flint.ctx.workprec(BITS):
        if not problem.value_in([flint.arb(float(v)) for v in start]).is_finite():
            raise InputError(f"f is not defined at x = {_shown(start)}: certify a point inside its domain.")
        failed = problem.outside([flint.arb(float(v)) for v in start])
        if failed is not None:
            raise InputError(f"x = {_shown(start)} is not inside f's domain {failed}: certify a point where it holds.")
    return certified(problem, program, start.tolist())


Shape = Callable[[Any, Any], list[Fraction]]
"""The unit of each coordinate, from the Hessian at the centre and its inverse."""


def certified(
    problem: Smooth,
    program: Program,
    start: Sequence[float],
    farthest: Fraction | None = None,
    shapes: Sequence[Shape] | None = None,
) -> CertifiedPoint | Undecided:
    """The proof for a program that the checker can read.

    ``farthest`` is how far the point may be from the start; of the boxes with these shapes the largest is taken.
    """
    if farthest is None:
        farthest = FARTHEST * (1 + Fraction(max(abs(float(v)) for v in start)))
    with flint.ctx.workprec(BITS + BITS // 2):
        centre = _newton(problem, start, farthest)
    if isinstance(centre, str):
        return Undecided(centre)
    with flint.ctx.workprec(BITS):
        boxes = _boxes(problem, centre, SHAPES if shapes is None else shapes)
    if isinstance(boxes, str):
        return Undecided(boxes)
    return _accepted(problem, program, centre, boxes)


def _checked(x: ArrayLike, n: int) -> NDArray[np.float64]:
    try:
        array = np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"x should be {n} number{'s' * (n != 1)}, but is {x!r}.") from None
    if array.shape != (n,):
        raise InputError(f"x should be {n} number{'s' * (n != 1)}, but has shape {array.shape}.")
    if not np.isfinite(array).all():
        raise InputError(f"x should be finite, but is {_shown(array)}.")
    return array


def _shown(x: NDArray[np.float64]) -> str:
    return f"({', '.join(f'{v:g}' for v in x[:4])}{', …' if len(x) > 4 else ''})"


# ---- the centre --------------------------------------------------------------------------------------


def _newton(problem: Smooth, start: Sequence[float], farthest: Fraction) -> list[Fraction] | str:
    """The critical point near x to ``DIGITS`` decimals, by Newton's method in high precision."""
    x = [flint.arb(float(v)) for v in start]
    limit, near = balls.ball(farthest), flint.arb(10) ** -(DIGITS + 2)
    for _ in range(MOST_STEPS):
        g, H = problem.gradient_in(x).mid(), problem.hessian_in(x).mid()
        if not all(entry.is_finite() for entry in [*g.entries(), *H.entries()]):
            return "f is not twice differentiable at x, or at a point on Newton's way from x to a critical point"
        try:
            step = H.solve(g).mid().entries()
        except ZeroDivisionError:
            return _singular(all(entry.is_zero() for entry in g.entries()))
        if not all(s.is_finite() for s in step):
            return _singular(all(entry.is_zero() for entry in g.entries()))
        x = [(a - s).mid() for a, s in zip(x, step, strict=True)]
        if any(abs(a - float(v)) > limit for a, v in zip(x, start, strict=True)):
            return f"no critical point was found near x: Newton's method from x goes farther than {float(farthest):.1g}"
        if all(abs(s) < near for s in step):
            return [_rounded(a) for a in x]
    return (
        "Newton's method from x does not settle: x is not near a critical point, or the Hessian is singular there "
        "(a degenerate point)"
    )


def _singular(critical: bool) -> str:
    if critical:
        return "x is a degenerate critical point: its Hessian is singular, or too nearly so to decide with balls"
    return "the Hessian at x is singular, so that Newton's method does not lead to a critical point"


def _rounded(a: Any) -> Fraction:
    mantissa, exponent = a.man_exp()
    exact = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return Fraction(round(exact * 10**DIGITS), 10**DIGITS)


# ---- the box -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Box:
    """c ± radius·scale holds at most one critical point, c ± inner·scale at least one."""

    radius: Fraction
    inner: Fraction
    scale: tuple[Fraction, ...]

    @property
    def size(self) -> float:
        """The logarithm of the volume."""
        return math.log(self.radius) * len(self.scale) + sum(map(math.log, self.scale))


def cube(H: Any, inverse: Any) -> list[Fraction]:
    """The same unit for all."""
    return [Fraction(1)] * int(H.nrows())


def by_curvature(H: Any, inverse: Any) -> list[Fraction]:
    """1/√|Hᵢᵢ|, relative to the largest, in powers of ten: what makes the diagonal of the scaled Hessian one."""
    return _units([-0.5 * _logarithm(H[i, i]) for i in range(H.nrows())])


def by_inverse(H: Any, inverse: Any) -> list[Fraction]:
    """√|(H⁻¹)ᵢᵢ|, relative to the largest, in powers of ten: half the sides of a box around the ellipsoid of H."""
    return _units([0.5 * _logarithm(inverse[i, i]) for i in range(H.nrows())])


CUBES: tuple[Shape, ...] = (cube,)
SHAPES: tuple[Shape, ...] = (cube, by_curvature, by_inverse)


def _logarithm(entry: Any) -> float:
    size = abs(entry).mid()
    return float(size.log()) / math.log(10.0) if size > 0 else 0.0


def _units(logarithms: Sequence[float]) -> list[Fraction]:
    top = max(logarithms)
    return [Fraction(10) ** max(round(value - top), -DIGITS // 2) for value in logarithms]


def _boxes(problem: Smooth, centre: list[Fraction], shapes: Sequence[Shape]) -> _Box | str:
    """The largest box over the shapes, or why the first shape gives none."""
    middle = [balls.ball(c) for c in centre]
    H = problem.hessian_in(middle).mid()
    try:
        inverse = H.inv().mid()
    except ZeroDivisionError:
        return _singular(True)
    step = (inverse * problem.gradient_in(middle)).entries()
    if not all(s.is_finite() for s in step):
        return _singular(True)
    scales = list(dict.fromkeys(tuple(shape(H, inverse)) for shape in shapes))
    found = [_box(problem, centre, inverse, step, scale) for scale in scales]
    boxes = [box for box in found if isinstance(box, _Box)]
    return max(boxes, key=lambda box: box.size) if boxes else found[0]


def _box(
    problem: Smooth, centre: list[Fraction], inverse: Any, step: Sequence[Any], scale: tuple[Fraction, ...]
) -> _Box | str:
    """The widest box of one shape."""
    unit = _power_of_ten(1 + max(map(abs, centre)))
    radii = [r * unit for r in _LADDER]
    widest = _last(
        radii,
        lambda r: problem.obstacle(around(centre, r, scale)) is None and _contracts(problem, inverse, centre, r, scale),
    )
    if widest is None:
        obstacle = problem.obstacle(around(centre, radii[0], scale))
        nearly = "its Hessian is singular or nearly so: Krawczyk's test fails on every box"
        return f"near the critical point, {obstacle}" if obstacle else f"the critical point may be degenerate: {nearly}"
    bound = max((abs(s / balls.ball(side)).upper() for s, side in zip(step, scale, strict=True)), key=float)
    inner = next((r for r in _inner(unit) if r <= widest and balls.ball(r) > 4 * bound), None)
    if inner is None:
        return "the critical point was not located precisely enough for Krawczyk's test"
    return _Box(widest, inner, scale)


def _power_of_ten(size: Fraction) -> Fraction:
    return Fraction(10) ** (len(str(int(size))) - 1)


def _inner(scale: Fraction) -> list[Fraction]:
    return [Fraction(10) ** e * scale for e in range(3 - DIGITS, -1)]


def _last(radii: Sequence[Fraction], passes: Callable[[Fraction], bool]) -> Fraction | None:
    """The largest that passes, if passing is downward closed: bisection."""
    low, high = -1, len(radii)
    while high - low > 1:
        middle = (low + high) // 2
        if passes(radii[middle]):
            low = middle
        else:
            high = middle
    return radii[low] if low >= 0 else None


def _contracts(
    problem: Smooth, inverse: Any, centre: Sequence[Fraction], radius: Fraction, scale: Sequence[Fraction]
) -> bool:
    """‖I − Y H(X)‖ ≤ 0.99 in the norm of the scale, in balls and rounded sums: a little stricter than the checker."""
    n, sides = problem.n, np.array([float(s) for s in scale])
    entries = (inverse * problem.hessian_in(around(centre, radius, scale))).entries()
    if not all(entry.is_finite() for entry in entries):
        return False
    sizes = np.array([float(entry.abs_upper()) for entry in entries]).reshape(n, n)
    np.fill_diagonal(sizes, [float((entries[i * n + i] - 1).abs_upper()) for i in range(n)])
    return bool((sizes @ sides / sides).max() <= 0.99)


def _accepted(problem: Smooth, program: Program, centre: list[Fraction], box: _Box) -> CertifiedPoint | Undecided:
    """The result, once the checker has accepted a certificate; it proves the inertia that float64 has guessed."""
    radius, inner, scale = box.radius, box.inner, box.scale
    with flint.ctx.workprec(BITS):
        value = _ends(problem.value_in(around(centre, inner, scale)))
        H = problem.hessian_in([balls.ball(c) for c in centre])
    middle = np.array([float(entry.mid()) for entry in H.entries()]).reshape(problem.n, problem.n)
    positive = _count_positive(middle)
    reason = ""
    names = problem.tape.names[: problem.n]
    for shrink in (1, 2, 5, 20, 1000):
        for guess in (positive, positive - 1, positive + 1):
            claim: dict[str, Any] = {
                "kind": "critical_box",
                "vars": problem.words,
                "program": program[0],
                "output": program[1],
                "centre": [str(c) for c in centre],
                "radius": str(max(radius / shrink, inner)),
                "inertia": [guess, problem.n - guess],
                "value": [str(v) for v in value],
            }
            if any(s != 1 for s in scale):
                claim["scale"] = [str(s) for s in scale]
            proof = {"by": "krawczyk", "bits": BITS, "inner": str(inner)}
            data = json.loads(json.dumps({"format": FORMAT, "claim": claim, "verdict": "proved", "proof": proof}))
            try:
                statement = kernel.check(data)
            except kernel.Rejected as rejected:
                reason = str(rejected)
                if "inertia" not in reason:
                    break
                continue
            certificate = Certificate({**data, "axioms": list(statement.axioms)})
            low, high = value
            return CertifiedPoint(
                names,
                tuple(centre),
                max(radius / shrink, inner),
                inner,
                (guess, problem.n - guess),
                (low, high),
                statement.text,
                certificate,
                scale,
            )
    return Undecided(f"the checker does not accept the certificate: {reason}")


def _ends(value: Any) -> tuple[Fraction, Fraction]:
    """Decimals a little outside the two ends of a ball."""
    ends = []
    for end, sign in ((value.lower(), -1), (value.upper(), 1)):
        mantissa, exponent = end.man_exp()
        exact = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
        unit = Fraction(1, 10**20) * max(Fraction(1), _power_of_ten(abs(exact)))
        ends.append((exact // unit + (2 if sign > 0 else -1)) * unit)
    return ends[0], ends[1]


def _count_positive(H: NDArray[np.float64]) -> int:
    scale = np.sqrt(np.maximum(np.abs(H).max(axis=1), 1e-300))
    return int((np.linalg.eigvalsh(H / np.outer(scale, scale)) > 0).sum())
