"""Rational quadratic forms: semidefiniteness, restriction to a hyperplane, directions that vectors span."""

from __future__ import annotations

from fractions import Fraction

from hessmath.verify.kernel.algebra import Form, known
from hessmath.verify.kernel.entries import reduce_rows
from hessmath.verify.kernel.shapes import Vector


def augmented(q: tuple[list[list[Fraction]], list[Fraction], Form], sign: int) -> list[list[Fraction]]:
    """M with q = ½·(x, 1)ᵀM(x, 1), times the sign."""
    H, g, c = q
    rows = [[*row, b] for row, b in zip(H, g, strict=True)] + [[*g, 2 * (known(c) or Fraction(0))]]
    return [[sign * cell for cell in row] for row in rows]


def eliminated(matrix: list[list[Fraction]], line: list[Fraction], i: int) -> list[list[Fraction]]:
    """The form on the set where the line vanishes, as a form in the other coordinates."""
    n = len(matrix)
    others = [k for k in range(n) if k != i]
    columns = [[Fraction(int(r == k)) if r != i else -line[k] / line[i] for r in range(n)] for k in others]
    images = [[sum((matrix[r][s] * v[s] for s in range(n)), Fraction(0)) for r in range(n)] for v in columns]
    return [[sum((u[r] * image[r] for r in range(n)), Fraction(0)) for u in columns] for image in images]


def semidefinite(matrix: list[list[Fraction]]) -> bool:
    """Whether a symmetric rational matrix is positive semidefinite, by symmetric elimination."""
    rows = [list(row) for row in matrix]
    left = list(range(len(rows)))
    while left:
        if any(rows[k][k] < 0 for k in left):
            return False
        pivot = next((k for k in left if rows[k][k]), None)
        if pivot is None:
            return all(not rows[i][j] for i in left for j in left)
        left.remove(pivot)
        for i in left:
            factor = rows[i][pivot] / rows[pivot][pivot]
            for j in left:
                rows[i][j] -= factor * rows[pivot][j]
    return True


def spans(vectors: frozenset[Vector], n: int) -> bool:
    """Whether every direction d ≠ 0 has a·d ≠ 0 for some vector a."""
    return bool(vectors) and len(reduce_rows([list(v) for v in vectors])[1]) == n
