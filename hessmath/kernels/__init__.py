"""Machine code: a tape as functions that Python calls with NumPy arrays and Numba calls by address."""

from hessmath.kernels import cache
from hessmath.kernels.accuracy import Accuracy
from hessmath.kernels.kernel import Kernel, compile_tapes
from hessmath.kernels.lambdify import lambdify
from hessmath.kernels.report import PieceReport, Report
from hessmath.kernels.tiers import Automatic, Interpreter, Optimised, Quick, Tier

__all__ = [
    "Accuracy",
    "Automatic",
    "Interpreter",
    "Kernel",
    "Optimised",
    "PieceReport",
    "Quick",
    "Report",
    "Tier",
    "cache",
    "compile_tapes",
    "lambdify",
]
