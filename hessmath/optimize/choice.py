"""Which method to use when none is named."""

from __future__ import annotations

from hessmath.optimize.gradient_descent import GradientDescent
from hessmath.optimize.method import Method
from hessmath.optimize.newton_cg import NewtonCG
from hessmath.optimize.problem import Need, Problem
from hessmath.optimize.regularised_newton import RegularisedNewton
from hessmath.optimize.trust_region import TrustRegion

LARGEST_DENSE = 500  # above this the factorisation, n³/3, costs more than the products of a truncated solve


def default_method(problem: Problem) -> Method:
    """TrustRegion with a Hessian of moderate size, else NewtonCG, else GradientDescent.

    Of the methods with Hessians TrustRegion solves most of the collection (docs/benchmarks.md).  It may factorise a
    Hessian several times, so that a large one for which there are no products is left to RegularisedNewton.

    Examples
    --------
    >>> from hessmath.optimize import Problem, default_method
    >>> default_method(Problem(1, lambda x: x @ x, lambda x: 2 * x, lambda x: [[2.0]])).__class__.__name__
    'TrustRegion'
    >>> default_method(Problem(2, lambda x: x @ x, lambda x: 2 * x, hvp=lambda x, v: 2 * v)).__class__.__name__
    'NewtonCG'
    """
    if problem.can(Need.HESSIAN) and problem.dimension <= LARGEST_DENSE:
        return TrustRegion()
    if problem.can(Need.HESSIAN) and problem.hvp is None:
        return RegularisedNewton()
    if problem.can(Need.CURVATURE):
        return NewtonCG()
    return GradientDescent()
