"""The loops of the incomplete Cholesky factorisation on sparse rows.  Importing this module loads Numba."""

from __future__ import annotations

import math
from typing import Any

import numba


@numba.njit(cache=True, nogil=True)
def factorise(start: Any, columns: Any, entries: Any, shift: float, values: Any) -> bool:  # pragma: no cover
    """Values ← the entries of L where A has entries, row by row, columns rising; False at a pivot that is not positive.

    The last entry of every row is the diagonal one.
    """
    for i in range(start.size - 1):
        first, last = start[i], start[i + 1] - 1
        for at in range(first, last + 1):
            k = columns[at]
            total = entries[at] * (1.0 + shift) if at == last else entries[at]
            here, there, end = first, start[k], start[k + 1] - 1
            while here < at and there < end:
                if columns[here] == columns[there]:
                    total -= values[here] * values[there]
                    here += 1
                    there += 1
                elif columns[here] < columns[there]:
                    here += 1
                else:
                    there += 1
            if at < last:
                values[at] = total / values[end]
            elif not total > 1e-12 * entries[at]:
                return False
            else:
                values[at] = math.sqrt(total)
    return True


@numba.njit(cache=True, nogil=True)
def solve(start: Any, columns: Any, values: Any, b: Any, out: Any) -> None:  # pragma: no cover
    """out ← (LLᵀ)⁻¹b."""
    n = start.size - 1
    for i in range(n):
        total = b[i]
        for at in range(start[i], start[i + 1] - 1):
            total -= values[at] * out[columns[at]]
        out[i] = total / values[start[i + 1] - 1]
    for i in range(n - 1, -1, -1):
        out[i] /= values[start[i + 1] - 1]
        for at in range(start[i], start[i + 1] - 1):
            out[columns[at]] -= values[at] * out[i]
