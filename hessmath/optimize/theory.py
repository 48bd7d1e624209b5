"""What theory promises of a method, compared with what a run did.

A law is one row of ``LAWS``: the methods it is about, and a function of the course of a run that gives the bound, what
was observed, and the assumptions with whether they were seen to hold.  A law of the limit (Newton's order, steps of
gradient descent where f is not quadratic) is compared on the end of the run, where the Hessian differs from that at x*
by at most ``NEAR``; a contraction may then exceed the bound by that difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hessmath.optimize import first_order_laws as first
from hessmath.optimize import second_order_laws as second
from hessmath.optimize.course import Course, course
from hessmath.optimize.law import Law
from hessmath.optimize.solution import Solution


@dataclass(frozen=True, eq=False)
class Theory:
    """A run beside the laws that are about its method."""

    solution: Solution
    course: Course
    laws: tuple[Law, ...]


def theory(solution: Solution) -> Theory:
    """The laws about the method of a solution, compared with its trace.

    Raises
    ------
    InputError
        As ``course``: no trace, no second derivatives, or no critical point near the end.

    Examples
    --------
    >>> import hessmath as hm
    >>> s = hm.minimize("x**2 + 9*y**2", [9.0, 1.0], hm.GradientDescent(hm.ExactStep()), trace=True)
    >>> law = theory(s).laws[0]
    >>> law.outcome.value, round(law.bound, 9), round(law.observed, 9)  # the start is the worst there is
    ('holds', 0.8, 0.8)
    """
    seen = course(solution)
    chosen = LAWS.get(type(solution.method).__name__, ())
    with np.errstate(all="ignore"):
        return Theory(solution, seen, tuple(law for state in chosen for law in state(seen, solution.method)))


LAWS: dict[str, tuple[Callable[[Course, Any], Iterator[Law]], ...]] = {
    "GradientDescent": (first.gradient_descent,),
    "Momentum": (first.two_step,),
    "Nesterov": (first.two_step,),
    "ConjugateGradient": (first.conjugate_gradients,),
    "Newton": (second.newton,),
    "RegularisedNewton": (second.newton,),
    "SaddleFreeNewton": (second.newton,),
    "NewtonCG": (second.truncated,),
    "TrustRegion": (second.trust_region,),
    "BFGS": (first.superlinear,),
    "LBFGS": (first.linear_only,),
    "LevenbergMarquardt": (second.gauss_newton, second.model_ratios),
    "GaussNewton": (second.gauss_newton,),
}
"""The laws about each method, by the name of its class; no law with numbers is known for those that are missing."""
