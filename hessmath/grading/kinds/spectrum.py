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
    kernel,
    number,
    plus,
    reciprocal,
    times,
)
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
            if isinstance(number(value), Surd):  # one elimination, and short numbers
                shifted = A - Table.identity(A.shape[0]).scaled(number(value))
                spaces.append(Eigenspace(number(value), count, kernel(shifted)))
                continue
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
