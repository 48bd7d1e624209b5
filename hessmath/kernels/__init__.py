"""Machine code: a program as functions that Python calls with NumPy arrays and Numba calls by address."""

from hessmath.kernels import cache
from hessmath.kernels.accuracy import Accuracy
from hessmath.kernels.array_kernel import ArrayKernel
from hessmath.kernels.batch import Batch
from hessmath.kernels.kernel import Kernel, compile_tapes
from hessmath.kernels.lambdify import lambdify

__all__ = ["Accuracy", "ArrayKernel", "Batch", "Kernel", "cache", "compile_tapes", "lambdify"]
