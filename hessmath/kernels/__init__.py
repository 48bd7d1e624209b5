"""Machine code: a tape as functions that Python calls with NumPy arrays and Numba calls by address."""

from hessmath.kernels import cache
from hessmath.kernels.accuracy import Accuracy
from hessmath.kernels.batch import Batch
from hessmath.kernels.kernel import Kernel, compile_tapes
from hessmath.kernels.lambdify import lambdify

__all__ = ["Accuracy", "Batch", "Kernel", "cache", "compile_tapes", "lambdify"]
