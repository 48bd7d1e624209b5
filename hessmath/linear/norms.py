"""The Euclidean norm, also where squares would overflow or vanish."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hessmath.linear.twofold import with_loops


def _norm_by_loops(v: NDArray[np.float64]) -> float:
    squared = 0.0
    for i in range(v.size):
        squared += v[i] * v[i]
    if 1e-280 < squared < math.inf:
        return math.sqrt(squared)
    largest = 0.0
    for i in range(v.size):
        if math.isnan(v[i]):
            return math.nan
        largest = max(largest, abs(v[i]))
    if largest == 0.0 or largest == math.inf:
        return largest
    squared = 0.0
    for i in range(v.size):
        squared += (v[i] / largest) ** 2
    return largest * math.sqrt(squared)


@with_loops(_norm_by_loops)
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
