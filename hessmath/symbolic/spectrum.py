"""The spectral theorem, computed: H = QΛQᵀ with exact eigenvalues and orthonormal eigenvectors.

For rational matrices the eigenvalues are the roots of the irreducible factors of the characteristic polynomial, and
eigenvectors are found over the number field of each factor, so nothing is rounded and nothing is simplified away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import flint
import sympy

from hessmath.errors import InputError
from hessmath.symbolic.constants import ball_bounds, enclosure, is_zero, sign
from hessmath.symbolic.quadratic import require_symmetric, to_flint
from hessmath.symbolic.roots import RealRoot, ascending, factors, integer_polynomial, roots_of_factor

Matrix = sympy.ImmutableDenseMatrix
Element: TypeAlias = Any
"""A polynomial over ℚ (flint.fmpq_poly), which has no types of its own."""

MAX_BITS = 4096
"""Precision at which the search for enclosures ends."""


@dataclass(frozen=True)
class Spectrum:
    """H = QΛQᵀ.

    Attributes
    ----------
    matrix : (n, n) the symmetric H
    eigenvalues : n exact numbers, ascending, each as often as its multiplicity
    eigenvectors : n orthonormal columns (n, 1), in the same order

    Examples
    --------
    >>> s = spectrum(sympy.Matrix([[2, 1], [1, 2]]))
    >>> s.eigenvalues
    (1, 3)
    >>> s.Q * s.Lambda * s.Q.T
    Matrix([
    [2, 1],
    [1, 2]])
    """

    matrix: sympy.ImmutableDenseMatrix
    eigenvalues: tuple[sympy.Expr, ...]
    eigenvectors: tuple[sympy.ImmutableDenseMatrix, ...] = field(repr=False)

    @property
    def Q(self) -> sympy.ImmutableDenseMatrix:
        """The orthogonal matrix whose columns are the eigenvectors."""
        return Matrix(sympy.Matrix.hstack(*self.eigenvectors))

    @property
    def Lambda(self) -> sympy.ImmutableDenseMatrix:
        """diag(λ₁, …, λₙ)."""
        return Matrix(sympy.diag(*self.eigenvalues))

    @cached_property
    def multiplicities(self) -> dict[sympy.Expr, int]:
        """How often each eigenvalue occurs."""
        return {value: self.eigenvalues.count(value) for value in self.eigenvalues}

    @property
    def condition_number(self) -> sympy.Expr:
        """max|λ| / min|λ|; infinite when an eigenvalue is 0."""
        sizes = [value if sign(value) != -1 else -value for value in self.eigenvalues]
        if any(is_zero(size) for size in sizes):
            return sympy.oo
        return sympy.Max(*sizes) / sympy.Min(*sizes)

    def _repr_latex_(self) -> str:
        parts = (self.matrix, self.Q, self.Lambda, self.Q.T)
        return "$\\displaystyle {} = {} {} {}$".format(*map(sympy.latex, parts))


def spectrum(H: sympy.Matrix) -> Spectrum:
    """Exact eigenvalues and orthonormal eigenvectors of a symmetric matrix.

    Parameters
    ----------
    H : (n, n) symmetric Matrix of rationals; other real constants where n ≤ 2 or H is diagonal

    Raises
    ------
    InputError
        If H is not symmetric, holds symbols, or is a larger matrix with irrational entries off the diagonal.

    Notes
    -----
    One elimination over ℚ(λ) for each irreducible factor of the characteristic polynomial.

    References
    ----------
    Horn & Johnson (2013), Matrix Analysis, 2nd ed., theorem 4.1.5.

    Examples
    --------
    >>> spectrum(sympy.Matrix([[0, 1], [1, 1]])).eigenvalues
    (1/2 - sqrt(5)/2, 1/2 + sqrt(5)/2)
    """
    H = Matrix(H)
    require_symmetric(H, "spectrum")
    if H.free_symbols:
        names = ", ".join(sorted(map(str, H.free_symbols)))
        raise InputError(f"spectrum needs numbers, but the matrix has the symbols {names}: give a point.")
    if all(entry.is_Rational for entry in H):
        return _rational(H)
    n = H.rows
    if all(H[i, j] == 0 for i in range(n) for j in range(n) if i != j):
        return _diagonal(H)
    if n == 2:
        return _two_by_two(H)
    raise InputError(
        f"spectrum is exact for matrices of rationals; this {n}×{n} matrix has the entry "
        f"{next(e for e in H if not e.is_Rational)}. Choose a point where it is rational, or use eigenvalue_enclosures."
    )


def _rational(H: sympy.ImmutableDenseMatrix) -> Spectrum:
    A = to_flint(H)
    found: dict[RealRoot, list[sympy.ImmutableDenseMatrix]] = {}
    for factor, multiplicity in factors(integer_polynomial(A.charpoly().coeffs())):
        basis = _orthogonal(_Field(factor).eigenspace(A), factor)
        for root in roots_of_factor(factor, multiplicity):
            found[root] = [_unit_vector(v, root) for v in basis]
    ordered = ascending(list(found))
    values = tuple(root.value for root in ordered for _ in found[root])
    vectors = tuple(v for root in ordered for v in found[root])
    return Spectrum(H, values, vectors)


def _diagonal(H: sympy.ImmutableDenseMatrix) -> Spectrum:
    n = H.rows
    order = _by_size([H[i, i] for i in range(n)])
    vectors = tuple(Matrix(n, 1, [int(i == k) for i in range(n)]) for k in order)
    return Spectrum(H, tuple(H[k, k] for k in order), vectors)


def _two_by_two(H: sympy.ImmutableDenseMatrix) -> Spectrum:
    """(a + c ± √((a − c)² + 4b²))/2 with b ≠ 0, so that the eigenvalues differ."""
    a, b, c = H[0, 0], H[0, 1], H[1, 1]
    root = sympy.sqrt((a - c) ** 2 + 4 * b**2)
    values = ((a + c - root) / 2, (a + c + root) / 2)
    vectors = []
    for value in values:
        length = sympy.sqrt(b**2 + (value - a) ** 2)
        vectors.append(Matrix([b / length, (value - a) / length]))
    return Spectrum(H, values, tuple(vectors))


def _by_size(values: Sequence[sympy.Expr]) -> list[int]:
    order: list[int] = []
    for k, value in enumerate(values):
        place = next((p for p, other in enumerate(order) if sign(value - values[other]) == -1), len(order))
        order.insert(place, k)
    return order


class _Field:
    """ℚ(t) for a root t of an irreducible polynomial: elements are remainders modulo it."""

    def __init__(self, factor: tuple[int, ...]) -> None:
        self.modulus = flint.fmpq_poly(list(factor))

    def inverse(self, a: Element) -> Element:
        """1/a for a ≠ 0."""
        gcd, s, _ = a.xgcd(self.modulus)
        return s / gcd[0]

    def eigenspace(self, A: flint.fmpq_mat) -> list[list[Element]]:
        """A basis of the kernel of A − tI, by Gauss–Jordan elimination."""
        n = A.nrows()
        t = flint.fmpq_poly([0, 1]) % self.modulus
        rows = [[flint.fmpq_poly([A[i, j]]) - (t if i == j else 0) for j in range(n)] for i in range(n)]
        rows = [[entry % self.modulus for entry in row] for row in rows]
        pivots: list[int] = []
        for column in range(n):
            place = next((r for r in range(len(pivots), n) if rows[r][column]), None)
            if place is None:
                continue
            top = len(pivots)
            rows[top], rows[place] = rows[place], rows[top]
            scale = self.inverse(rows[top][column])
            rows[top] = [(scale * entry) % self.modulus for entry in rows[top]]
            for r in range(n):
                c = rows[r][column]
                if r != top and c:
                    rows[r] = [(a - c * b) % self.modulus for a, b in zip(rows[r], rows[top], strict=True)]
            pivots.append(column)
        basis = []
        for free in (c for c in range(n) if c not in pivots):
            vector = [flint.fmpq_poly([int(i == free)]) for i in range(n)]
            for r, column in enumerate(pivots):
                vector[column] = -rows[r][free]
            basis.append(vector)
        return basis

    def dot(self, u: Sequence[Element], v: Sequence[Element]) -> Element:
        """uᵀv."""
        return sum((a * b for a, b in zip(u, v, strict=True)), flint.fmpq_poly([0])) % self.modulus


def _orthogonal(basis: list[list[Element]], factor: tuple[int, ...]) -> list[list[Element]]:
    """Gram and Schmidt without square roots; vᵀv is never 0 because it is a sum of squares of real numbers."""
    K = _Field(factor)
    done: list[list[Element]] = []
    for vector in basis:
        for other in done:
            c = K.dot(vector, other) * K.inverse(K.dot(other, other)) % K.modulus
            vector = [(a - c * b) % K.modulus for a, b in zip(vector, other, strict=True)]
        done.append(vector)
    return done


def _unit_vector(vector: Sequence[Element], root: RealRoot) -> sympy.ImmutableDenseMatrix:
    K = _Field(root.factor)
    length = sympy.sqrt(_at(K.dot(vector, vector), root))
    return Matrix([_at(entry, root) / length for entry in vector])


def _at(element: Element, root: RealRoot) -> sympy.Expr:
    """The value of an element at the root."""
    powers = [sympy.Rational(int(c.numer()), int(c.denom())) * root.value**k for k, c in enumerate(element.coeffs())]
    total = sympy.Add(*powers)
    return sympy.expand(total) if not isinstance(root.value, sympy.CRootOf) else total


def eigenvalue_enclosures(H: sympy.Matrix, bits: int = 128) -> tuple[tuple[sympy.Rational, sympy.Rational], ...]:
    """Intervals that hold the eigenvalues of a symmetric matrix of real constants, ascending, one for each.

    Raises
    ------
    InputError
        If H is not symmetric, an entry cannot be enclosed, or the eigenvalues cannot be separated at 4096 bits.

    References
    ----------
    Johansson (2017), Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, IEEE Trans. Comput. 66.

    Examples
    --------
    >>> ((low, high),) = eigenvalue_enclosures(sympy.Matrix([[sympy.pi]]))
    >>> low < sympy.pi < high, float(low)
    (True, 3.141592653589793)
    """
    require_symmetric(H, "eigenvalue_enclosures")
    while bits <= MAX_BITS:
        balls = [enclosure(entry, bits) for entry in H]
        if any(ball is None for ball in balls):
            raise InputError("eigenvalue_enclosures needs real constants, but an entry of the matrix has no enclosure.")
        with flint.ctx.workprec(bits):
            try:
                found = flint.acb_mat(H.rows, H.cols, balls).eig(multiple=True)
            except ValueError:  # not isolated at this precision
                bits *= 2
                continue
            # The matrix is real and symmetric, so the imaginary parts are 0 whatever their balls say.
            parts = sorted((value.real for value in found), key=lambda ball: ball.mid())
            return tuple(ball_bounds(part) for part in parts)
    raise InputError(f"The eigenvalues could not be enclosed at {MAX_BITS} bits; they may lie too close together.")
