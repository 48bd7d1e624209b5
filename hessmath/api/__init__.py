"""The front desk: joins formulas, kernels, solvers and verdicts; decides nothing itself.

Every function here takes what users have at hand (text, a SymPy expression, a :class:`Function`) and hands it
to the part that does the work.
"""

from __future__ import annotations

from hessmath.api.accounts import plot, report
from hessmath.api.compiling import compile, lambdify
from hessmath.api.problems import problem
from hessmath.api.solving import fit, minimize, minimize_many, solver
from hessmath.api.verdicts import certify, check, check_derivatives, critical_points

__all__ = [
    "certify",
    "check",
    "check_derivatives",
    "compile",
    "critical_points",
    "fit",
    "lambdify",
    "minimize",
    "minimize_many",
    "plot",
    "problem",
    "report",
    "solver",
]
