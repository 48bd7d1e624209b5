"""Small dense matrices as tuples of rows, over the numbers of ``scalars.py``.

Pivots are chosen by primal value, so everything works on duals too.  Sizes here are 1 to 9: simple and
exact comes before fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import flint

from hessmath.verify.scalars import (
    ONE,
    ZERO,
    Dual,
    Number,
    OutsideDomain,
    Undecidable,
    apply,
    divide,
    is_zero,
    primal,
    reciprocal,
    sign,
)

Vector = tuple[Number, ...]
Matrix = tuple[Vector, ...]


def eye(n: int) -> Matrix:
    """The identity."""
    return tuple(tuple(ONE if i == j else ZERO for j in range(n)) for i in range(n))


def transpose(A: Matrix) -> Matrix:
    """Aᵀ."""
    return tuple(zip(*A, strict=True))


def dot(x: Sequence[Number], y: Sequence[Number]) -> Number:
    """Σ xᵢyᵢ."""
    total: Number = ZERO
    for a, b in zip(x, y, strict=True):
        total = total + a * b
    return total


def matmul(A: Matrix, B: Matrix) -> Matrix:
    """A B."""
    columns = transpose(B)
    return tuple(tuple(dot(row, column) for column in columns) for row in A)


def matvec(A: Matrix, x: Vector) -> Vector:
    """A x."""
    return tuple(dot(row, x) for row in A)


def entrywise(f: Callable[..., Number], *matrices: Matrix) -> Matrix:
    """f applied entry by entry to matrices of one shape."""
    return tuple(tuple(f(*entries) for entries in zip(*rows, strict=True)) for rows in zip(*matrices, strict=True))


def diagonal(v: Vector) -> Matrix:
    """The diagonal matrix of a vector."""
    return tuple(tuple(v[i] if i == j else ZERO for j in range(len(v))) for i in range(len(v)))


def inverse(A: Matrix) -> Matrix:
    """A⁻¹ by Gauss–Jordan elimination; outside the domain when A is singular."""
    n = len(A)
    rows = [list(row) + list(unit) for row, unit in zip(A, eye(n), strict=True)]
    for k in range(n):
        pivot = next((i for i in range(k, n) if sign(rows[i][k])), None)
        if pivot is None:
            raise OutsideDomain
        rows[k], rows[pivot] = rows[pivot], rows[k]
        scale = reciprocal(rows[k][k])
        rows[k] = [scale * entry for entry in rows[k]]
        for i in range(n):
            if i != k and not is_zero(rows[i][k]):
                factor = rows[i][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return tuple(tuple(row[n:]) for row in rows)


def determinant(A: Matrix) -> Number:
    """det A by expansion along the first row for duals, else by elimination."""
    n = len(A)
    if n == 0:
        return ONE
    if any(isinstance(entry, Dual) for row in A for entry in row):
        total: Number = ZERO
        for j in range(n):
            minor = tuple(row[:j] + row[j + 1 :] for row in A[1:])
            term = A[0][j] * determinant(minor)
            total = total + (term if j % 2 == 0 else -term)
        return total
    rows, value = [list(row) for row in A], ONE
    for k in range(n):
        pivot = next((i for i in range(k, n) if sign(rows[i][k])), None)
        if pivot is None:
            return ZERO
        if pivot != k:
            rows[k], rows[pivot], value = rows[pivot], rows[k], -value
        value = value * rows[k][k]
        for i in range(k + 1, n):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return value


def adjugate(A: Matrix) -> Matrix:
    """The transposed matrix of cofactors."""
    n = len(A)

    def cofactor(i: int, j: int) -> Number:
        value = determinant(tuple(row[:j] + row[j + 1 :] for k, row in enumerate(A) if k != i))
        return value if (i + j) % 2 == 0 else -value

    return tuple(tuple(cofactor(j, i) for j in range(n)) for i in range(n))


def echelon(A: Matrix) -> tuple[list[list[Number]], list[int]]:
    """The reduced row echelon form and its pivot columns."""
    rows = [list(row) for row in A]
    pivots: list[int] = []
    for column in range(len(rows[0]) if rows else 0):
        top = len(pivots)
        found = next((i for i in range(top, len(rows)) if sign(rows[i][column])), None)
        if found is None:
            continue
        rows[top], rows[found] = rows[found], rows[top]
        scale = rows[top][column]
        rows[top] = [entry / scale for entry in rows[top]]
        for i in range(len(rows)):
            if i != top and sign(rows[i][column]):
                factor = rows[i][column]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[top], strict=True)]
        pivots.append(column)
    return rows, pivots


def rank(A: Matrix) -> int:
    """The number of independent rows."""
    _forbid_duals(A)
    return len(echelon(A)[1])


def solve_affine(A: Matrix, b: Vector, free: Callable[[], Number]) -> Vector | None:
    """One solution of A x = b, its free components filled by ``free``; None when there is none."""
    width = len(A[0])
    rows, pivots = echelon(tuple((*row, value) for row, value in zip(A, b, strict=True)))
    if width in pivots:
        return None
    x: list[Number] = [ZERO if j in pivots else free() for j in range(width)]
    for row, pivot in zip(rows, pivots, strict=False):
        x[pivot] = row[width] - dot(row[pivot + 1 : width], x[pivot + 1 :])
    return tuple(x)


def pseudo_inverse(A: Matrix) -> Matrix:
    """A⁺ from a full-rank factorisation A = C F: Fᵀ(F Fᵀ)⁻¹(CᵀC)⁻¹Cᵀ."""
    _forbid_duals(A)
    rows, pivots = echelon(A)
    if not pivots:
        return tuple((ZERO,) * len(A) for _ in A[0])
    F = tuple(tuple(row) for row in rows[: len(pivots)])
    C = tuple(tuple(row[j] for j in pivots) for row in A)
    right = matmul(transpose(F), inverse(matmul(F, transpose(F))))
    left = matmul(inverse(matmul(transpose(C), C)), transpose(C))
    return matmul(right, left)


def is_symmetric(A: Matrix) -> bool:
    """Whether A = Aᵀ."""
    return all(sign(A[i][j] - A[j][i]) == 0 for i in range(len(A)) for j in range(i))


def inertia(A: Matrix) -> tuple[int, int, int]:
    """How many eigenvalues of a symmetric matrix are positive, negative, zero (Descartes on det(t − A))."""
    _forbid_duals(A)
    if not all(isinstance(entry, flint.fmpq) for row in A for entry in row):
        return _ball_inertia(A)
    coefficients = [c for c in characteristic_polynomial(A).coeffs() if c != 0]
    # Every root is real, so Descartes' bound on the number of positive ones is attained.
    positive = sum(1 for a, b in pairwise(coefficients) if a * b < 0)
    zero = _valuation(A)
    return positive, len(A) - positive - zero, zero


def characteristic_polynomial(A: Matrix) -> flint.fmpq_poly:
    """det(t − A) over the rationals."""
    n = len(A)
    return flint.fmpq_mat(n, n, [entry for row in A for entry in row]).charpoly()


def _valuation(A: Matrix) -> int:
    coefficients = characteristic_polynomial(A).coeffs()
    return next(k for k, c in enumerate(coefficients) if c != 0)


def _ball_inertia(A: Matrix) -> tuple[int, int, int]:
    """Inertia by elimination without pivoting; every pivot must be provably nonzero."""
    rows, signs = [list(row) for row in A], []
    for k in range(len(rows)):
        signs.append(sign(rows[k][k]))
        if signs[-1] == 0:
            raise Undecidable("a pivot cannot be told from zero")
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return signs.count(1), signs.count(-1), 0


def eigenvalues(A: Matrix) -> Vector:
    """The eigenvalues of a symmetric matrix in ascending order, rational where they are rational."""
    _forbid_duals(A)
    if not all(isinstance(entry, flint.fmpq) for row in A for entry in row):
        raise Undecidable("eigenvalues of a matrix of balls are not evaluated")
    roots = real_roots(characteristic_polynomial(A))
    return tuple(sorted(roots, key=lambda root: float(flint.arb(root))))


def real_roots(polynomial: flint.fmpq_poly) -> list[Number]:
    """All roots of a polynomial whose roots are all real, with multiplicity."""
    roots: list[Number] = []
    for factor, multiplicity in polynomial.numer().factor()[1]:
        if factor.degree() == 1:
            found: Iterable[Number] = [flint.fmpq(-factor[0], factor[1])]
        else:
            found = [root.real for root, _ in factor.complex_roots()]
        roots += [root for root in found for _ in range(multiplicity)]
    return roots


def singular_values(A: Matrix) -> Vector:
    """The min(n, m) singular values in descending order."""
    gram = matmul(A, transpose(A)) if len(A) <= len(A[0]) else matmul(transpose(A), A)
    return tuple(_root(value) for value in reversed(eigenvalues(gram)))


def _root(value: Number) -> Number:
    return apply("sqrt", value)


def exponential(A: Matrix) -> Matrix:
    """exp(A): a finite sum for nilpotent A, entrywise for diagonal A, else an enclosure."""
    _forbid_duals(A)
    n = len(A)
    term, total = eye(n), eye(n)
    for k in range(1, n + 1):
        term = entrywise(lambda entry, k=k: divide(entry, flint.fmpq(k)), matmul(term, A))
        if all(is_zero(entry) for row in term for entry in row):
            return total
        total = entrywise(lambda a, b: a + b, total, term)
    if all(i == j or is_zero(A[i][j]) for i in range(n) for j in range(n)):
        return diagonal(tuple(apply("exp", A[i][i]) for i in range(n)))
    enclosure = flint.arb_mat(n, n, [flint.arb(entry) for row in A for entry in row]).exp()
    return tuple(tuple(enclosure[i, j] for j in range(n)) for i in range(n))


def _forbid_duals(A: Matrix) -> None:
    if any(isinstance(entry, Dual) for row in A for entry in row):
        raise Undecidable("this operation is not differentiated at a point")


def strip(value: Matrix) -> Matrix:
    """The primal part of every entry."""
    return tuple(tuple(primal(entry) for entry in row) for row in value)
