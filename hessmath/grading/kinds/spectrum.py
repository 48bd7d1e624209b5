"""Eigenvalues and eigenspaces behind the kinds of spectra: characteristic polynomials, their roots, subspaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce

import flint
import sympy

from hessmath.grading.exact import (
    CannotTell,
    Number,
    Table,
    characteristic,
    inverse,
    kernel,
    minus,
    number,
    plus,
    reciprocal,
    sign_of,
    times,
)
from hessmath.grading.kinds.data import joined
from hessmath.grading.kinds.kind import Problem
from hessmath.grading.shapes import Grid, agrees, half_width
from hessmath.symbolic import spectrum
from hessmath.symbolic.roots import RealRoot, factors, integer_polynomial, roots_of_factor
from hessmath.symbolic.surds import Surd


@dataclass(frozen=True)
class Roots:
    """The roots of a polynomial with rational coefficients: its irreducible factors with their multiplicities."""

    factors: tuple[tuple[tuple[int, ...], int], ...]

    @property
    def total(self) -> int:
        """The degree."""
        return sum((len(factor) - 1) * times_ for factor, times_ in self.factors)

    @cached_property
    def real_roots(self) -> tuple[RealRoot, ...]:
        """The distinct real roots with their multiplicities."""
        return tuple(root for factor, m in self.factors for root in roots_of_factor(factor, m))

    @property
    def real(self) -> int:
        """How many roots are real, with multiplicity."""
        return sum(root.multiplicity for root in self.real_roots)

    @property
    def rational(self) -> tuple[tuple[sympy.Rational, int], ...]:
        """The rational roots with their multiplicities."""
        return tuple((sympy.Rational(-f[0], f[1]), m) for f, m in self.factors if len(f) == 2)

    @property
    def squarefree(self) -> tuple[sympy.Integer, ...]:
        """Coefficients of the product of the factors, leading one first."""
        product = reduce(lambda a, b: a * b, (flint.fmpz_poly(list(f)) for f, _ in self.factors), flint.fmpz_poly([1]))
        return tuple(sympy.Integer(int(c)) for c in reversed(product.coeffs()))


@lru_cache(maxsize=256)
def algebraic_roots(coefficients: tuple[sympy.Expr, ...]) -> Roots:
    """The roots of a polynomial with rational coefficients, leading one first."""
    polynomial = integer_polynomial(flint.fmpq(int(c.p), int(c.q)) for c in reversed(coefficients))
    return Roots(tuple(factors(polynomial)))


def evaluate(coefficients: Sequence[Number], at: Number) -> Number:
    """The value of a polynomial, leading coefficient first (Horner)."""
    total: Number = Surd({})
    for c in coefficients:
        total = plus(times(total, at), c)
    return total


@dataclass(frozen=True)
class Eigenspace:
    """A real eigenvalue with a basis of its eigenspace; ``multiplicity`` is the algebraic one."""

    value: Number
    multiplicity: int
    basis: tuple[Table, ...]


def eigenspaces(A: Table) -> tuple[Eigenspace, ...]:
    """The real eigenvalues of a rational matrix with their eigenspaces, ascending for symmetric matrices.

    Raises
    ------
    CannotTell
        If the matrix is not rational, or an elimination cannot be followed.
    """
    if not A.is_rational:
        raise CannotTell("the eigenspaces of a matrix with irrational entries")
    if (A - A.T).nonzero() is None:
        found = spectrum(A.matrix)
        spaces = []
        for value, count in found.multiplicities.items():
            vectors = [v for other, v in zip(found.eigenvalues, found.eigenvectors, strict=True) if other == value]
            spaces.append(Eigenspace(number(value), count, tuple(Table.of(v) for v in vectors)))
        return tuple(spaces)
    one = Table.identity(A.shape[0])
    return tuple(
        Eigenspace(number(root.value), root.multiplicity, kernel(A - one.scaled(number(root.value))))
        for root in algebraic_roots(characteristic(A)).real_roots
    )


def dot(u: Table, v: Table) -> Number:
    """uᵀv of two columns."""
    return (u.T @ v).rows[0][0]


def orthogonalised(given: Sequence[Table]) -> tuple[Table, ...]:
    """Gram and Schmidt without square roots; vectors that depend on earlier ones are left out."""
    done: list[Table] = []
    for v in given:
        u = v
        for w in done:
            u = u - w.scaled(times(dot(w, v), reciprocal(dot(w, w))))
        if u.nonzero() is not None:
            done.append(u)
    return tuple(done)


# ---- decimals: is there a vector of a subspace in a box ------------------------------------------------------


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
    """A vector ≠ 0 of the span in the box of a vector of decimals; None if there is none.

    Raises
    ------
    CannotTell
        If neither is shown.
    """
    if is_nearly_zero(box, problem) or not basis:
        return None
    if len(basis) == 1:
        return basis[0] if near_multiple(box, basis[0], problem) else None
    centre = box.table
    nearest = projection(centre, basis)
    if all(agrees(row[0], entry, problem) for row, (entry,) in zip(box.rows, nearest.rows, strict=True)):
        return nearest
    widths = _widths(box, problem)
    for c in kernel(joined(basis).T):  # cᵀv = 0 for every v of the span
        reach: Number = Surd({})
        for (entry,), h in zip(c.rows, widths, strict=True):
            reach = plus(reach, times(h, entry if sign_of(entry) >= 0 else minus(entry)))
        value = dot(c, centre)
        if sign_of(plus(reach, minus(value))) < 0 or sign_of(plus(reach, value)) < 0:
            return None
    raise CannotTell("whether a vector of the subspace has these digits")
