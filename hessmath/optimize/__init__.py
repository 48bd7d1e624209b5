"""Solvers: a Problem, a method that goes down, and one loop that runs it."""

from hessmath.optimize.adam import Adam
from hessmath.optimize.bfgs import BFGS
from hessmath.optimize.choice import default_method
from hessmath.optimize.cubic_newton import CubicNewton
from hessmath.optimize.finite_sum import FiniteSum
from hessmath.optimize.following import Every
from hessmath.optimize.gauss_newton import GaussNewton
from hessmath.optimize.gradient_descent import GradientDescent
from hessmath.optimize.hessian_free import HessianFree, SquaredGradients
from hessmath.optimize.inner_solvers import MINRES, ConjugateGradient
from hessmath.optimize.lanczos_subproblem import LanczosSubproblem
from hessmath.optimize.lbfgs import LBFGS
from hessmath.optimize.least_squares import least_squares
from hessmath.optimize.levenberg_marquardt import LevenbergMarquardt
from hessmath.optimize.line_search import Armijo, ExactStep, FixedStep, LineSearch
from hessmath.optimize.loop import minimize
from hessmath.optimize.method import Method
from hessmath.optimize.momentum import Momentum, Nesterov
from hessmath.optimize.natural_gradient import NaturalGradient
from hessmath.optimize.newton import Newton
from hessmath.optimize.newton_cg import NewtonCG
from hessmath.optimize.oracle import Evaluations
from hessmath.optimize.perturbed_descent import PerturbedGradientDescent
from hessmath.optimize.problem import Need, Problem
from hessmath.optimize.regularised_newton import AdaptiveShift, ModifiedCholesky, RegularisedNewton
from hessmath.optimize.resumable import Run
from hessmath.optimize.saddle_free_newton import SaddleFreeNewton
from hessmath.optimize.schedules import Constant, Cosine, InverseTime, StepDecay
from hessmath.optimize.solution import Record, Solution
from hessmath.optimize.status import Status
from hessmath.optimize.stochastic import SGD, NoProgress, minimize_sum
from hessmath.optimize.stopping import AllOf, AnyOf, GradientBelow, StepBelow, StoppingTest, ValueBelow
from hessmath.optimize.trust_region import Direct, SteihaugCG, TrustRegion
from hessmath.optimize.wolfe import Wolfe

__all__ = [
    "BFGS",
    "LBFGS",
    "MINRES",
    "SGD",
    "Adam",
    "AdaptiveShift",
    "AllOf",
    "AnyOf",
    "Armijo",
    "ConjugateGradient",
    "Constant",
    "Cosine",
    "CubicNewton",
    "Direct",
    "Evaluations",
    "Every",
    "ExactStep",
    "FiniteSum",
    "FixedStep",
    "GaussNewton",
    "GradientBelow",
    "GradientDescent",
    "HessianFree",
    "InverseTime",
    "LanczosSubproblem",
    "LevenbergMarquardt",
    "LineSearch",
    "Method",
    "ModifiedCholesky",
    "Momentum",
    "NaturalGradient",
    "Need",
    "Nesterov",
    "Newton",
    "NewtonCG",
    "NoProgress",
    "PerturbedGradientDescent",
    "Problem",
    "Record",
    "RegularisedNewton",
    "Run",
    "SaddleFreeNewton",
    "Solution",
    "SquaredGradients",
    "Status",
    "SteihaugCG",
    "StepBelow",
    "StepDecay",
    "StoppingTest",
    "TrustRegion",
    "ValueBelow",
    "Wolfe",
    "default_method",
    "least_squares",
    "minimize",
    "minimize_sum",
]
