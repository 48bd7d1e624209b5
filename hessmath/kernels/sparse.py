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
    if isinstance(out, np.ndarray):
        return kernel.array(piece, x, None, out, parameters)
    if not _has_pattern(out, pattern):
        had = f"{out.shape[0]} × {out.shape[1]} with {out.nnz} entries" if hasattr(out, "nnz") else type(out).__name__
        raise InputError(
            f"out must be a csr_array with the pattern of the Hessian of {kernel.name} ({pattern!r}), or the array "
            f"of its {pattern.nnz} values, but is {had}. Take one that sparse_hessian returned."
        )
    kernel.array(piece, x, None, out.data, parameters)
    return out


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


def _has_pattern(matrix: Any, pattern: Pattern) -> bool:
    """Whether a matrix is stored by rows with exactly these entries in this order."""
    return (
        getattr(matrix, "format", None) == "csr"
        and matrix.shape == pattern.shape
        and np.array_equal(matrix.indptr, pattern.indptr)
        and np.array_equal(matrix.indices, pattern.indices)
    )
