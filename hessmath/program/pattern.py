"""Which entries of a matrix can differ from 0: compressed sparse rows without values, and the form they make.

A pattern is found once, from a program, and serves every matrix that the program gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

#: A form is named only when at least this part of its entries is stored.
_LEAST_FILL = 1 / 3


@dataclass(frozen=True)
class Structure:
    """The form of a pattern; ``str`` says it in words.

    Attributes
    ----------
    name : "dense", "diagonal", "banded", "arrow" or "sparse"
    lower, upper : number of diagonals below and above the main one; of an arrow without its border
    border : of an arrow, the number of full rows and columns
    border_first : whether the border comes before the band, not after it
    """

    name: str
    lower: int = 0
    upper: int = 0
    border: int = 0
    border_first: bool = False

    def __str__(self) -> str:
        if self.name == "banded":
            return f"banded ({self.lower}, {self.upper})"
        if self.name == "arrow":
            return f"arrow ({self.border}, {self.lower})"
        return self.name


@dataclass(frozen=True, eq=False)
class Pattern:
    """The stored entries of a matrix, row by row, columns ascending, each once.

    Attributes
    ----------
    indptr : (m + 1,) int32, where each row begins in ``indices``
    indices : (nnz,) int32, the columns
    shape : (m, n)

    Examples
    --------
    >>> pattern = Pattern.of([0, 0, 1, 1, 1, 2, 2], [0, 1, 0, 1, 2, 1, 2], 3)
    >>> pattern.indices.tolist(), str(pattern.structure)
    ([0, 1, 0, 1, 2, 1, 2], 'banded (1, 1)')
    """

    indptr: Int32
    indices: Int32
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        for name in ("indptr", "indices"):
            array = np.array(getattr(self, name), dtype=np.int32)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.indptr.shape != (self.shape[0] + 1,) or self.indptr[-1] != len(self.indices):
            raise InputError(
                f"A pattern of shape {self.shape} with {len(self.indices)} entries needs indptr of length "
                f"{self.shape[0] + 1} that ends with {len(self.indices)}."
            )

    @staticmethod
    def of(rows: ArrayLike, columns: ArrayLike, shape: int | tuple[int, int]) -> Pattern:
        """The pattern of these coordinates in any order; repeated ones count once.

        Parameters
        ----------
        rows, columns : (k,) integers
        shape : (m, n), or n for a square matrix

        Raises
        ------
        InputError
            If the lengths differ or a coordinate lies outside.

        Notes
        -----
        One sort of k integers; 3·10⁶ coordinates take about 0.3 s.
        """
        m, n = (shape, shape) if isinstance(shape, int) else shape
        i, j = np.asarray(rows, dtype=np.int64).ravel(), np.asarray(columns, dtype=np.int64).ravel()
        if i.shape != j.shape:
            raise InputError(f"A pattern needs as many rows as columns, but got {len(i)} rows and {len(j)} columns.")
        if len(i) and (min(i.min(), j.min()) < 0 or i.max() >= m or j.max() >= n):
            raise InputError(f"A pattern of shape {(m, n)} cannot have an entry in row {i.max()} or column {j.max()}.")
        keys = i * n + j
        steps = np.diff(keys)
        if np.any(steps <= 0):
            keys.sort()
            keys = keys[np.concatenate(([True], np.diff(keys) > 0))]
        i, j = np.divmod(keys, n) if n else (keys, keys)
        indptr = np.zeros(m + 1, dtype=np.int64)
        np.cumsum(np.bincount(i, minlength=m), out=indptr[1:])
        if indptr[-1] > np.iinfo(np.int32).max:
            raise InputError(f"A pattern holds up to {np.iinfo(np.int32).max} entries, but got {indptr[-1]}.")
        return Pattern(indptr.astype(np.int32), j.astype(np.int32), (m, n))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Pattern)
            and self.shape == other.shape
            and np.array_equal(self.indptr, other.indptr)
            and np.array_equal(self.indices, other.indices)
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.indptr.tobytes(), self.indices.tobytes()))

    def __repr__(self) -> str:
        return f"<Pattern {self.shape[0]} × {self.shape[1]}, {self.nnz} entries, {self.structure}>"

    @property
    def nnz(self) -> int:
        """The number of stored entries."""
        return len(self.indices)

    @cached_property
    def rows(self) -> Int32:
        """(nnz,) the row of each stored entry."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int32), np.diff(self.indptr))

    @cached_property
    def mirror(self) -> Int64:
        """(nnz,) for each stored entry (i, j) the place of (j, i).

        Raises
        ------
        InputError
            If the pattern is not symmetric.
        """
        if not self.is_symmetric:
            raise InputError(f"Only a symmetric pattern has mirrored places, but this one ({self!r}) is not symmetric.")
        return self._by_columns

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether (j, i) is stored with every (i, j)."""
        if self.shape[0] != self.shape[1]:
            return False
        order = self._by_columns
        return np.array_equal(self.indices[order], self.rows) and np.array_equal(self.rows[order], self.indices)

    @cached_property
    def _by_columns(self) -> Int64:
        """The places of the entries in the order of columns, then rows."""
        return np.argsort(self.indices, kind="stable")

    def places(self, rows: ArrayLike, columns: ArrayLike) -> Int64:
        """Where in the data the entries with these coordinates are.

        Raises
        ------
        InputError
            If one is not stored.
        """
        i, j = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
        known = self.rows.astype(np.int64) * self.shape[1] + self.indices
        wanted = i * self.shape[1] + j
        found = np.searchsorted(known, wanted)
        missing = np.append(known, -1)[found] != wanted
        if np.any(missing):
            k = int(np.argmax(missing))
            raise InputError(f"The pattern does not store the entry ({i.flat[k]}, {j.flat[k]}).")
        return found

    def matrix(self, data: NDArray[np.float64]) -> Any:
        """The scipy.sparse.csr_array with these values, which it shares; its index arrays are its own."""
        if data.shape != (self.nnz,):
            raise InputError(f"The pattern stores {self.nnz} entries, but got data of shape {data.shape}.")
        # SciPy's constructor takes 30 µs, most of it to look at index arrays that are the same every time.
        matrix = object.__new__(type(self._empty))
        matrix.__dict__.update(self._empty.__dict__)
        matrix.data, matrix.indices, matrix.indptr = data, self.indices.copy(), self.indptr.copy()
        matrix.hessmath_pattern = (self, matrix.indices, matrix.indptr)  # so that ``is_of`` need not compare the arrays
        return matrix

    def is_of(self, matrix: Any) -> bool:
        """Whether a matrix is stored by rows with exactly these entries in this order."""
        made, indices, indptr = getattr(matrix, "hessmath_pattern", (None, None, None))
        if made is self and matrix.indices is indices and matrix.indptr is indptr:
            return True
        return (
            getattr(matrix, "format", None) == "csr"
            and matrix.shape == self.shape
            and np.array_equal(matrix.indptr, self.indptr)
            and np.array_equal(matrix.indices, self.indices)
        )

    @cached_property
    def _empty(self) -> Any:
        from scipy.sparse import csr_array

        matrix = csr_array((np.zeros(self.nnz), self.indices, self.indptr), shape=self.shape, copy=False)
        matrix.has_canonical_format = True  # sorted and unique: SciPy need not look
        return matrix

    @cached_property
    def structure(self) -> Structure:
        """The narrowest form that holds all entries and is at least a third filled; "sparse" when there is none.

        "dense": no narrower form, and at least half of all entries.
        """
        m, n = self.shape
        if self.nnz == m * n and m * n != 1:
            return Structure("dense", max(m - 1, 0), max(n - 1, 0))
        offsets = self.indices - self.rows
        lower, upper = (max(0, -int(offsets.min())), max(0, int(offsets.max()))) if self.nnz else (0, 0)
        if lower == upper == 0:
            return Structure("diagonal")
        forms: list[tuple[int, Structure]] = []
        if m == n and (lower + upper + 1) * n <= n * n:
            area = _diagonals(n, lower) + _diagonals(n, upper) + n
            forms.append((area, Structure("banded", lower, upper)))
        if self.is_symmetric:
            forms += [form for first in (False, True) for form in _arrows(self.rows, self.indices, n, first)]
        best = min(forms, key=lambda form: (form[0], form[1].border), default=(m * n, Structure("sparse")))
        if self.nnz >= _LEAST_FILL * best[0] and best[0] < m * n:
            return best[1]
        if 2 * self.nnz >= m * n:
            return Structure("dense", max(m - 1, 0), max(n - 1, 0))
        return Structure("sparse", lower, upper)


def _diagonals(n: int, count: int) -> int:
    """The number of entries on this many diagonals next to the main one."""
    return count * n - count * (count + 1) // 2


def _arrows(rows: Int32, columns: Int32, n: int, first: bool) -> Sequence[tuple[int, Structure]]:
    """The arrow with the fewest entries that holds all: a border of k full rows and columns, a band for the rest."""
    ends = np.minimum(rows, columns) if first else np.maximum(rows, columns)
    widest = np.zeros(n, dtype=np.int64)  # by the end nearer to the border: the largest distance to the diagonal
    np.maximum.at(widest, ends, np.abs(rows.astype(np.int64) - columns))
    if first:
        widest = widest[::-1]
    k = np.arange(1, n)
    width = np.maximum.accumulate(widest)[n - 1 - k]  # of the band that a border of k leaves
    m = n - k
    area = k * (2 * n - k) + m * (2 * width + 1) - width * (width + 1)
    fits = k * (2 * n - k) + m * (2 * width + 1) <= n * n  # else it saves nothing to store it as an arrow
    if not fits.any():
        return ()
    best = int(np.argmin(np.where(fits, area, np.iinfo(np.int64).max)))
    band = int(width[best])
    return ((int(area[best]), Structure("arrow", band, band, int(k[best]), first)),)
