"""Sparse and banded Hessians: the entries that need not vanish, each pair of mirrored ones computed once.

The machine code writes the values in the order in which they are stored; where they belong is known from the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hessmath.errors import InputError
from hessmath.program import Pattern, Tape, TapeBuilder, drop_dead

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from hessmath.kernels.kernel import Kernel, Parameters


def sparse_hessian(kernel: Kernel, x: ArrayLike, out: Any, parameters: Parameters | None) -> Any:
    """∇²f(x) as a csr_array; ``out`` is one with the same pattern, or its data array.

    Raises
    ------
    InputError
        If ``out`` is neither.
    """
    pattern = kernel.hessian_pattern
    piece = kernel.piece("sparse_hessian")
    if out is None:
        data = np.empty(pattern.nnz)
        return pattern.matrix(kernel.array(piece, x, None, data, parameters))
    kernel.array(piece, x, None, numbers_of(out, pattern, kernel.name), parameters)
    return out


def require_pattern(out: Any, pattern: Pattern, name: str) -> None:
    """Refuse a matrix with other entries than those of a pattern."""
    if not pattern.is_of(out):
        had = f"{out.shape[0]} × {out.shape[1]} with {out.nnz} entries" if hasattr(out, "nnz") else type(out).__name__
        raise InputError(
            f"out must be a csr_array with the pattern of the Hessian of {name} ({pattern!r}), or the array "
            f"of its {pattern.nnz} values, but is {had}. Take one that sparse_hessian returned."
        )


def numbers_of(out: Any, pattern: Pattern, name: str) -> Any:
    """The array that takes the values: ``out`` itself, or the data of a matrix with the pattern."""
    if isinstance(out, np.ndarray):
        return out
    require_pattern(out, pattern, name)
    return out.data


def banded_tape(values: Tape, pattern: Pattern, name: str) -> Tape:
    """The program of the upper diagonals, (b + 1, n), from that of the stored entries: (i, j) is at [b + i − j, j].

    Raises
    ------
    InputError
        If the pattern is no band.
    """
    form = pattern.structure
    if form.name not in ("diagonal", "banded", "dense"):
        raise InputError(f"The Hessian of {name} is {form}, not banded: use sparse_hessian.")
    n = pattern.shape[0]
    width = max(form.lower, form.upper)
    upper = pattern.rows <= pattern.indices
    i, j = pattern.rows[upper], pattern.indices[upper]
    builder, slots = TapeBuilder.extending(values)
    outputs = np.full((width + 1, n), builder.constant(0))
    outputs[width + i - j, j] = np.array(slots)[values.outputs[upper]]
    return drop_dead(builder.build(outputs.ravel().tolist(), outputs.shape))
