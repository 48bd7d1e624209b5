"""The Euclidean norm, also where squares would overflow or vanish."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def norm(v: NDArray[np.float64]) -> float:
    """‖v‖₂ of a vector; nan if an entry is nan, else inf if one is infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.linear import norm
    >>> norm(np.array([0.0, -3e200]))
    3e+200
    """
    with np.errstate(over="ignore", invalid="ignore"):
        squared = float(v @ v)
    if 1e-280 < squared < math.inf:
        return math.sqrt(squared)
    largest = float(np.abs(v).max(initial=0.0))
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    w = v / largest
    return largest * math.sqrt(float(w @ w))
