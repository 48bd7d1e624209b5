"""Operators on grids that need no matrix: a weight at each point, and one for its neighbours along each axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hessmath.errors import InputError
from hessmath.linear.operators import LinearOperator, Vector


@dataclass(frozen=True)
class Stencil(LinearOperator):
    """(Av)ᵢ = centre·vᵢ + Σ sides[k]·(neighbours of i along axis k), with zeros outside of the grid.

    A vector holds the grid's points in C order.  The operator is symmetric.  A product costs one pass over v.

    Parameters
    ----------
    grid : (m,), (m, n) or (l, m, n), numbers of points along the axes
    centre : float
    sides : as many numbers as axes

    Raises
    ------
    InputError
        If the grid has no or more than three axes, is empty, or ``sides`` has another length.

    Examples
    --------
    >>> from hessmath.linear import Stencil
    >>> Stencil((3,), 2.0, (-1.0,)).to_dense()
    array([[ 2., -1.,  0.],
           [-1.,  2., -1.],
           [ 0., -1.,  2.]])
    """

    grid: tuple[int, ...]
    centre: float
    sides: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.grid) <= 3 or any(points < 1 for points in self.grid):
            raise InputError(f"A Stencil needs a grid of one to three axes with points on each, but got {self.grid}.")
        if len(self.sides) != len(self.grid):
            raise InputError(
                f"A Stencil on {len(self.grid)} axes needs as many sides, one weight for the neighbours along each, "
                f"but sides = {self.sides}."
            )
        if not all(map(math.isfinite, (self.centre, *self.sides))):
            raise InputError(f"The weights of a Stencil must be finite, but are {self.centre} and {self.sides}.")

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n) for n points."""
        points = math.prod(self.grid)
        return points, points

    @property
    def T(self) -> Stencil:
        """Itself: it is symmetric."""
        return self

    def product(self, v: Vector) -> Vector:
        """Av."""
        V = v.reshape(self.grid)
        AV = self.centre * V
        for axis, weight in enumerate(self.sides):
            into, given = np.moveaxis(AV, axis, 0), np.moveaxis(V, axis, 0)
            into[1:] += weight * given[:-1]
            into[:-1] += weight * given[1:]
        return np.asarray(AV.ravel())


def poisson(*grid: int) -> Stencil:
    """−Δ with spacing 1 and zeros on the boundary: the 3-, 5- or 7-point stencil, positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.linear import conjugate_gradient, poisson
    >>> A = poisson(20, 30)
    >>> conjugate_gradient(A, np.ones(600)).converged
    True
    """
    return Stencil(grid, 2.0 * len(grid), (-1.0,) * len(grid))
