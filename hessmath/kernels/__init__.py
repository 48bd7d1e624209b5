"""Machine code: a program as functions that Python calls with NumPy arrays and Numba calls by address.

What one formula does not need is loaded when it is first used: array kernels (with sparse matrices), batches, reports.
"""

import importlib
from typing import TYPE_CHECKING, Any

from hessmath.kernels import cache
from hessmath.kernels.kernel import Kernel, compile_tapes
from hessmath.kernels.lambdify import lambdify
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

if TYPE_CHECKING:
    from hessmath.kernels.accuracy import Accuracy
    from hessmath.kernels.array_kernel import ArrayKernel
    from hessmath.kernels.batch import Batch
    from hessmath.kernels.report import PieceReport, Report

_LATER = {
    "Accuracy": "accuracy",
    "ArrayKernel": "array_kernel",
    "Batch": "batch",
    "PieceReport": "report",
    "Report": "report",
}


def __getattr__(name: str) -> Any:
    """A name that is loaded when it is first used."""
    if name not in _LATER:
        raise AttributeError(f"hessmath.kernels has no {name!r}.")
    return getattr(importlib.import_module(f"hessmath.kernels.{_LATER[name]}"), name)
