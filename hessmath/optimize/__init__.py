"""Solvers: a Problem, a method that goes down, and one loop that runs it."""

from hessmath.optimize.choice import default_method
from hessmath.optimize.gradient_descent import GradientDescent
from hessmath.optimize.line_search import Armijo, ExactStep, FixedStep, LineSearch
from hessmath.optimize.loop import minimize
from hessmath.optimize.method import Method
from hessmath.optimize.newton import Newton
from hessmath.optimize.newton_cg import NewtonCG
from hessmath.optimize.oracle import Evaluations
from hessmath.optimize.problem import Need, Problem
from hessmath.optimize.regularised_newton import AdaptiveShift, ModifiedCholesky, RegularisedNewton
from hessmath.optimize.solution import Record, Solution
from hessmath.optimize.status import Status
from hessmath.optimize.stopping import AllOf, AnyOf, GradientBelow, StepBelow, StoppingTest, ValueBelow

__all__ = [
    "AdaptiveShift",
    "AllOf",
    "AnyOf",
    "Armijo",
    "Evaluations",
    "ExactStep",
    "FixedStep",
    "GradientBelow",
    "GradientDescent",
    "LineSearch",
    "Method",
    "ModifiedCholesky",
    "Need",
    "Newton",
    "NewtonCG",
    "Problem",
    "Record",
    "RegularisedNewton",
    "Solution",
    "Status",
    "StepBelow",
    "StoppingTest",
    "ValueBelow",
    "default_method",
    "minimize",
]
