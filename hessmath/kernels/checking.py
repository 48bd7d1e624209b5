"""What kernels take: real numbers as float64, and arrays that results can be written to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError

Float64 = NDArray[np.float64]


def real_array(values: Any, what: str) -> Float64:
    """Real numbers as float64.

    Raises
    ------
    InputError
        If they are complex, text or ragged.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise InputError(f"{what} must be one row of real numbers, but its entries have different lengths.") from None
    if array.dtype.kind in "fiub":
        return array.astype(np.float64, copy=False)
    if array.dtype.kind == "O":
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            pass
    kind = {"c": "complex numbers", "U": "text", "S": "bytes"}.get(array.dtype.kind, f"objects ({array.dtype})")
    raise InputError(f"{what} must hold real numbers, but holds {kind}.")


def check_out(out: Any, shape: tuple[int, ...], name: str) -> None:
    """Refuse an array that cannot take the result."""
    if not isinstance(out, np.ndarray) or out.dtype != np.float64:
        had = f"an array of {out.dtype}" if isinstance(out, np.ndarray) else f"a {type(out).__name__}"
        raise InputError(f"out must be a float64 array of shape {shape}, but is {had}.")
    if out.shape != shape:
        raise InputError(f"out has shape {out.shape}, but the result of {name} has shape {shape}.")
    if not out.flags.writeable:
        raise InputError("out is read-only: pass an array that can be written.")
