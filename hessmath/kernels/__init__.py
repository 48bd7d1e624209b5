"""Machine code: a program as functions that Python calls with NumPy arrays and Numba calls by address."""

from hessmath.kernels import cache
from hessmath.kernels.accuracy import Accuracy
from hessmath.kernels.array_kernel import ArrayKernel
from hessmath.kernels.batch import Batch
from hessmath.kernels.kernel import Kernel, compile_tapes
from hessmath.kernels.lambdify import lambdify
from hessmath.kernels.report import PieceReport, Report
from hessmath.kernels.tiers import Automatic, Interpreter, Optimised, Quick, Tier

__all__ = [
    "Accuracy",
    "ArrayKernel",
    "Automatic",
    "Batch",
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
