"""The diagonal approximation of a Hessian and the error it makes."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from hessmath.symbolic.quadratic import require_symmetric

Matrix = sympy.ImmutableDenseMatrix


@dataclass(frozen=True)
class DiagonalApproximation:
    """D = diag(H) in the place of H.

    Attributes
    ----------
    diagonal : (n,) entries of D
    error : (n, n) the off-diagonal part H − D
    """

    diagonal: tuple[sympy.Expr, ...]
    error: sympy.ImmutableDenseMatrix

    @property
    def matrix(self) -> sympy.ImmutableDenseMatrix:
        """D as a matrix (n, n)."""
        return Matrix(sympy.diag(*self.diagonal))

    @property
    def exact(self) -> bool:
        """Whether H is diagonal, so that nothing is lost."""
        return all(sympy.expand(entry) == 0 for entry in self.error)

    @property
    def error_squared(self) -> sympy.Expr:
        """‖H − D‖_F² = 2 Σ_{i<j} hᵢⱼ², which also bounds the squared spectral norm."""
        return sympy.Add(*(entry**2 for entry in self.error))

    @property
    def error_bound(self) -> sympy.Expr:
        """The largest absolute row sum of H − D, a bound on its spectral norm (Gershgorin)."""
        return sympy.Max(*(sympy.Add(*map(sympy.Abs, self.error.row(i))) for i in range(self.error.rows)))


def diagonal_approximation(H: sympy.Matrix) -> DiagonalApproximation:
    """diag(H) with its error; D is the best diagonal approximation in the Frobenius norm.

    Raises
    ------
    InputError
        If H is not symmetric.

    Examples
    --------
    >>> d = diagonal_approximation(sympy.Matrix([[2, 3], [3, 5]]))
    >>> d.diagonal, d.error_squared, d.error_bound, d.exact
    ((2, 5), 18, 3, False)
    """
    require_symmetric(H, "diagonal_approximation")
    diagonal = tuple(H[i, i] for i in range(H.rows))
    return DiagonalApproximation(diagonal, Matrix(H - sympy.diag(*diagonal)))
