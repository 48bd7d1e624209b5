"""Which method to use when none is named."""

from __future__ import annotations

from hessmath.optimize.gradient_descent import GradientDescent
from hessmath.optimize.method import Method
from hessmath.optimize.newton_cg import NewtonCG
from hessmath.optimize.problem import Need, Problem
from hessmath.optimize.regularised_newton import RegularisedNewton

LARGEST_DENSE = 500  # above this the factorisation, n³/3, costs more than the products of a truncated solve


def default_method(problem: Problem) -> Method:
    """RegularisedNewton with a Hessian of moderate size, else NewtonCG, else GradientDescent.

    Examples
    --------
    >>> from hessmath.optimize import Problem, default_method
    >>> default_method(Problem(2, lambda x: x @ x, lambda x: 2 * x, hvp=lambda x, v: 2 * v)).__class__.__name__
    'NewtonCG'
    """
    if problem.can(Need.HESSIAN) and (problem.dimension <= LARGEST_DENSE or problem.hvp is None):
        return RegularisedNewton()
    if problem.can(Need.CURVATURE):
        return NewtonCG()
    return GradientDescent()
