"""Decimals as boxes: is there an exact vector, or an orthonormal pair, of a subspace with the digits given."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, TypeAlias

import flint
import sympy

from hessmath.grading.answers import Scalar
from hessmath.grading.exact import CannotTell, Number, Table, inverse, minus, number, plus, reciprocal, sign_of, times
from hessmath.grading.kinds.data import joined
from hessmath.grading.kinds.kind import Problem
from hessmath.grading.kinds.spectrum import dot, orthogonalised
from hessmath.grading.shapes import Grid, agrees, half_width
from hessmath.symbolic.constants import enclosure
from hessmath.symbolic.surds import Surd

MAX_DIMENSION = 3
"""Largest subspace in which a vector is looked for."""

MAX_PIECES = 3000
BITS = 192
ROUNDING = flint.arb(2) ** -150
"""More than what the middles of halved pieces lose by rounding."""


def _widths(box: Grid, problem: Problem) -> list[Number]:
    halves = [half_width(row[0], problem) for row in box.rows]
    return [Surd({}) if h is None else Surd.rational(flint.fmpq(h.numerator, h.denominator)) for h in halves]


def is_nearly_zero(box: Grid, problem: Problem) -> bool:
    """Whether the zero vector lies in the box of a vector of decimals."""
    return all(agrees(row[0], Surd({}), problem) for row in box.rows)


def near_multiple(box: Grid, v: Table, problem: Problem) -> bool:
    """Whether c·v lies in the box for some c ≠ 0; v is not zero."""
    if is_nearly_zero(box, problem):
        return False
    low: Number | None = None
    high: Number | None = None
    for (entry,), (a,), h in zip(box.table.rows, v.rows, _widths(box, problem), strict=True):
        side = sign_of(a)
        if side == 0:
            if sign_of(plus(h, entry)) < 0 or sign_of(plus(h, minus(entry))) < 0:
                return False
            continue
        ends = [plus(entry, minus(h)), plus(entry, h)]
        lower, upper = (times(end, reciprocal(a)) for end in (ends if side > 0 else reversed(ends)))
        low = lower if low is None or sign_of(plus(lower, minus(low))) > 0 else low
        high = upper if high is None or sign_of(plus(high, minus(upper))) > 0 else high
    return low is not None and high is not None and sign_of(plus(high, minus(low))) >= 0


def near_unit(box: Grid, v: Table, problem: Problem) -> bool:
    """Whether v or −v, divided by its length, lies in the box."""
    length = sympy.sqrt(_expr(dot(v, v)))
    for side in (1, -1):
        unit = v.scaled(number(side / length))
        if all(agrees(row[0], entry, problem) for row, (entry,) in zip(box.rows, unit.rows, strict=True)):
            return True
    return False


def _expr(value: Number) -> sympy.Expr:
    return value.expr if isinstance(value, Surd) else value


def projection(v: Table, basis: Sequence[Table]) -> Table:
    """The nearest vector of the span of independent columns.

    Raises
    ------
    CannotTell
        If the elimination cannot be followed.
    """
    B = joined(basis)
    gram = inverse(B.T @ B)
    if gram is None:
        raise CannotTell("the projection onto dependent vectors")
    return B @ (gram @ (B.T @ v))


def near_subspace(box: Grid, basis: Sequence[Table], problem: Problem) -> Table | None:
    """A vector ≠ 0 of the span of real columns in the box of a vector of decimals; None if there is none.

    Raises
    ------
    CannotTell
        If a sign on the way is not decided, or the dimension is too large.
    """
    if is_nearly_zero(box, problem) or not basis:
        return None
    if len(basis) == 1:
        return basis[0] if near_multiple(box, basis[0], problem) else None
    if len(basis) > MAX_DIMENSION:
        raise CannotTell("whether a vector of a large subspace has these digits")
    conditions: list[_Inequality] = []
    for i, ((entry,), h) in enumerate(zip(box.table.rows, _widths(box, problem), strict=True)):
        row = tuple(v.rows[i][0] for v in basis)
        conditions.append((row, plus(entry, h)))
        conditions.append((tuple(map(minus, row)), plus(h, minus(entry))))
    found = _solution(conditions, len(basis))
    if found is None:
        return None
    return reduce(lambda a, b: a + b, (v.scaled(c) for v, c in zip(basis, found, strict=True)))


_Inequality: TypeAlias = tuple[tuple[Number, ...], Number]
"""c·y ≤ d as (c, d)."""


def _solution(conditions: Sequence[_Inequality], n: int) -> list[Number] | None:
    """A point that satisfies linear inequalities, exactly; None when there is none (Fourier and Motzkin)."""
    if n == 0:
        return [] if all(sign_of(d) >= 0 for _, d in conditions) else None
    above: list[_Inequality] = []  # y_n ≤ d − c·y
    below: list[_Inequality] = []  # y_n ≥ d − c·y
    rest: list[_Inequality] = []
    for c, d in conditions:
        side = sign_of(c[n - 1])
        if side == 0:
            rest.append((c[: n - 1], d))
            continue
        scale = reciprocal(c[n - 1])
        (above if side > 0 else below).append((tuple(times(scale, e) for e in c[: n - 1]), times(scale, d)))
    combined = [
        (tuple(plus(a, minus(b)) for a, b in zip(c, e, strict=True)), plus(d, minus(f)))
        for c, d in above
        for e, f in below
    ]
    found = _solution(_thinned([*rest, *combined]), n - 1)
    if found is None:
        return None
    highs, lows = ([plus(d, minus(_product(c, found))) for c, d in side] for side in (above, below))
    high, low = _extreme(highs, -1), _extreme(lows, 1)
    if high is None or low is None:
        return [*found, high if high is not None else low if low is not None else Surd({})]
    return [*found, times(Surd.rational(flint.fmpq(1, 2)), plus(high, low))]


def _thinned(conditions: Sequence[_Inequality]) -> list[_Inequality]:
    """Without repetitions."""
    return list(dict.fromkeys(conditions))


def _product(c: Sequence[Number], y: Sequence[Number]) -> Number:
    return reduce(plus, (times(a, b) for a, b in zip(c, y, strict=True)), Surd({}))


def _extreme(values: Sequence[Number], side: int) -> Number | None:
    """The largest of the values (side 1) or the smallest (side −1)."""
    best: Number | None = None
    for value in values:
        if best is None or side * sign_of(plus(value, minus(best))) > 0:
            best = value
    return best


def near_orthonormal_pair(boxes: Sequence[Grid], basis: Sequence[Table], problem: Problem) -> bool:
    """Whether an orthonormal basis of a plane lies in the boxes of two vectors of decimals.

    The bases are (cos t·u + sin t·v, ∓sin t·u ± cos t·v) for an orthonormal u, v.  Pieces of the circle are left out
    when balls show that an entry leaves its interval, accepted when a point of them is inside, else halved.

    Raises
    ------
    CannotTell
        If neither is shown within MAX_PIECES pieces.
    """
    first, second = (w.scaled(number(1 / sympy.sqrt(_expr(dot(w, w))))) for w in orthogonalised(basis))
    for k, box in enumerate(boxes):
        for i, row in enumerate(box.rows):
            ends = first.rows[i][0], second.rows[i][0]
            if half_width(row[0], problem) is None and any(sign_of(e) for e in ends):
                return _pair_through(boxes, (first, second), problem, k, i)
    u, v = _balls(first), _balls(second)
    with flint.ctx.workprec(BITS):
        limits = [[_ball(row[0], problem) for row in box.rows] for box in boxes]
        step = flint.arb.pi() / 32
        pieces = [(flint.arb(2 * k + 1) * step / 2, step / 2, turn) for k in range(64) for turn in (1, -1)]
        looked = 0
        while pieces:
            middle, radius, turn = pieces.pop()
            looked += 1
            if looked > MAX_PIECES:
                raise CannotTell("whether an orthonormal basis of the eigenspace has these digits")
            piece = flint.arb(middle.mid(), (radius + middle.rad() + ROUNDING).upper())
            if not _fits(piece, turn, u, v, limits, possible=True):
                continue
            if _fits(flint.arb(middle.mid()), turn, u, v, limits, possible=False):
                return True
            half = radius / 2
            pieces += [(flint.arb((middle - half).mid()), half, turn), (flint.arb((middle + half).mid()), half, turn)]
    return False


def _fits(t: Any, turn: int, u: Any, v: Any, limits: Any, *, possible: bool) -> bool:
    """Whether every entry may be (or certainly is) inside its interval for the angles of a ball."""
    c, s = t.cos(), t.sin()
    for k, pair in enumerate(((c, s), (-turn * s, turn * c))):
        for a, b, (entry, half) in zip(u, v, limits[k], strict=True):
            off = abs(pair[0] * a + pair[1] * b - entry)
            if off > half if possible else not off <= half:
                return False
    return True


def _pair_through(boxes: Sequence[Grid], basis: tuple[Table, Table], problem: Problem, k: int, i: int) -> bool:
    """The case that entry i of vector k is exact, which leaves two directions: α cos t + β sin t = a."""
    u, v = basis
    alpha, beta, a = _expr(u.rows[i][0]), _expr(v.rows[i][0]), boxes[k].rows[i][0].value
    square = alpha**2 + beta**2
    rest = number(square - a**2)
    if sign_of(rest) < 0:
        return False
    root = sympy.sqrt(_expr(rest))
    for side in (1, -1):
        c, s = (a * alpha + side * beta * root) / square, (a * beta - side * alpha * root) / square
        this = u.scaled(number(c)) + v.scaled(number(s))
        other = u.scaled(number(-s)) + v.scaled(number(c))
        for turn in (1, -1):
            pair = (this, other.scaled(Surd.rational(turn)))
            ordered = pair if k == 0 else pair[::-1]
            if all(_in_box(box, w, problem) for box, w in zip(boxes, ordered, strict=True)):
                return True
    return False


def _in_box(box: Grid, v: Table, problem: Problem) -> bool:
    return all(agrees(row[0], entry, problem) for row, (entry,) in zip(box.rows, v.rows, strict=True))


def _balls(w: Table) -> list[Any]:
    balls = [enclosure(_expr(entry), BITS) for (entry,) in w.rows]
    if any(ball is None for ball in balls):
        raise CannotTell("the value of an eigenvector")
    return balls


def _ball(entry: Scalar, problem: Problem) -> tuple[Any, Any]:
    half = half_width(entry, problem) or Fraction(0)
    value = enclosure(entry.value, BITS)
    if value is None:
        raise CannotTell(f"the value of {entry.value}")
    return value, flint.arb(flint.fmpq(half.numerator, half.denominator))
