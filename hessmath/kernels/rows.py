"""Arrays of points as a batch reads and writes them: checked once, converted slab by slab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.kernels.checking import real_array
from hessmath.kernels.kernel import _count

if TYPE_CHECKING:
    from hessmath.kernels.kernel import Kernel

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Points (m, n) of any real dtype and layout."""

    array: NDArray[Any]

    def __len__(self) -> int:
        return len(self.array)

    @property
    def columns(self) -> int:
        """n."""
        return int(self.array.shape[1])

    def slab(self, first: int, last: int) -> Float64:
        """Some of the rows as C-contiguous float64, without a copy where they are so already."""
        rows = self.array[first:last]
        if rows.dtype == np.float64 and rows.flags.c_contiguous and rows.flags.aligned:
            return rows
        return np.require(rows, np.float64, ["C", "A"])


def points(kernel: Kernel, values: Any, what: str) -> Rows:
    """The rows of an argument.

    Raises
    ------
    InputError
        If it is no array of real numbers with one row for each point.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise InputError(f"{what} must be rows of real numbers, but its rows have different lengths.") from None
    if array.dtype.kind not in "fiub":
        array = real_array(array, what)
    n = len(kernel.variables)
    if array.ndim != 2 or array.shape[1] != n:
        had = "is a single number" if array.ndim == 0 else f"has shape {array.shape}"
        raise InputError(
            f"{what} {had}, but {kernel.name} takes {_count(kernel.variables, 'variables')}: give the points as "
            f"rows, shape (m, {n})."
        )
    return Rows(array)


def check_results(
    name: str, results: Sequence[tuple[Any, tuple[int, ...], str]], inputs: Sequence[Rows | None]
) -> None:
    """Refuse arrays (array, wanted shape, name) that cannot take a result.

    Raises
    ------
    InputError
        If one is no writable float64 array of the right shape, or shares memory with an input or another one.
    """
    for out, shape, what in results:
        if not isinstance(out, np.ndarray) or out.dtype != np.float64:
            had = f"an array of {out.dtype}" if isinstance(out, np.ndarray) else f"a {type(out).__name__}"
            raise InputError(f"{what} must be a float64 array of shape {shape}, but is {had}.")
        if out.shape != shape:
            raise InputError(f"{what} has shape {out.shape}, but the result of {name} has shape {shape}.")
        if not out.flags.writeable:
            raise InputError(f"{what} is read-only: pass an array that can be written.")
    written = [(out, what) for out, _, what in results]
    others = [(rows.array, letter) for rows, letter in zip(inputs, "XV", strict=False) if rows is not None]
    for number, (out, what) in enumerate(written):
        for other, letter in [*others, *written[:number]]:
            if np.shares_memory(out, other):
                raise InputError(f"{what} shares memory with {letter}: pass an array of its own.")
