"""Colourings: columns of a matrix that one product can serve together, and where each entry is then found.

With one colour for several columns, the product of the matrix with the sum of these columns' unit vectors holds their
entries side by side.  A symmetric matrix needs fewer colours, since each entry may be read at (i, j) or at (j, i).

References
----------
Coleman & Moré (1984), Estimation of sparse Hessian matrices and graph coloring problems, section 3.
Gebremedhin, Manne & Pothen (2005), What color is your Jacobian? Graph coloring for computing derivatives, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.program.pattern import Int32, Int64, Pattern, Structure

#: A band at least this full is coloured in closed form, without looking at its entries.
_FULL_BAND = 0.8


@dataclass(frozen=True, eq=False)
class Colouring:
    """A colour for each column of a pattern, and where each stored entry is read in the products.

    Attributes
    ----------
    pattern : the matrix's stored entries
    colours : (n,) int32, the colour of each column
    count : the number of colours
    rows, columns : (nnz,) int32; entry k of the pattern is entry (rows[k], columns[k]) of A @ seeds

    Examples
    --------
    >>> colouring = star_colouring(Pattern.of([0, 0, 1, 1, 1, 2, 2], [0, 1, 0, 1, 2, 1, 2], 3))
    >>> colouring.colours.tolist()
    [0, 1, 2]
    """

    pattern: Pattern
    colours: Int32
    count: int
    rows: Int32
    columns: Int32

    @cached_property
    def seeds(self) -> NDArray[np.float64]:
        """(n, count): column c is the sum of the unit vectors of colour c."""
        seeds = np.zeros((len(self.colours), self.count))
        seeds[np.arange(len(self.colours)), self.colours] = 1.0
        return seeds

    def recover(self, products: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values (nnz,) in the pattern's order, from the products A @ seeds, shape (m, count)."""
        return products[self.rows, self.columns]


def star_colouring(pattern: Pattern) -> Colouring:
    """A colouring for symmetric matrices: every entry is read off one product at (i, j) or at (j, i).

    No two neighbours share a colour, and no path of four vertices has two colours only.  Entries (i, j) and (j, i)
    are read at the same place, so that what is recovered is symmetric bit for bit.

    Raises
    ------
    InputError
        If the pattern is not symmetric.

    Notes
    -----
    Full bands take 2b + 1 colours, arrows one more per row of their border, at once.  Everything else is coloured
    greedily, vertices with many neighbours first; linear in the number of entries, about 1 µs each.
    """
    if not pattern.is_symmetric:
        raise InputError(f"A star colouring needs a symmetric pattern, but {pattern!r} is not symmetric.")
    colours = _closed_form(pattern)
    if colours is None:
        colours = _greedy_star(pattern)
    return _symmetric_recovery(pattern, colours)


def column_colouring(pattern: Pattern) -> Colouring:
    """A colouring for any matrix: no two columns of one colour have an entry in the same row."""
    order = _by_size(np.bincount(pattern.indices, minlength=pattern.shape[1]))
    by_columns = pattern.rows[np.argsort(pattern.indices, kind="stable")].tolist()
    ends = np.cumsum(np.bincount(pattern.indices, minlength=pattern.shape[1])).tolist()
    taken = [0] * pattern.shape[0]  # bit c: a column of colour c has an entry in this row
    colours = [0] * pattern.shape[1]
    for j in order:
        rows = by_columns[ends[j - 1] if j else 0 : ends[j]]
        forbidden = 0
        for i in rows:
            forbidden |= taken[i]
        bit = ~forbidden & (forbidden + 1)
        colours[j] = bit.bit_length() - 1
        for i in rows:
            taken[i] |= bit
    chosen = np.array(colours, dtype=np.int32)
    return Colouring(pattern, chosen, _count(chosen), pattern.rows, chosen[pattern.indices])


def _closed_form(pattern: Pattern) -> Int32 | None:
    """Colours j mod (2b + 1) of a full band, and each row of an arrow's border alone."""
    form: Structure = pattern.structure
    n = pattern.shape[0]
    border = form.border if form.name == "arrow" else 0
    if form.name not in ("diagonal", "banded", "arrow"):
        return None
    width = max(form.lower, form.upper)
    m = n - border
    area = m * (2 * width + 1) - width * (width + 1) + border * (2 * n - border)
    if pattern.nnz < _FULL_BAND * area:
        return None
    period = min(2 * width + 1, m)
    band = np.arange(m, dtype=np.int32) % max(period, 1)
    alone = np.arange(border, dtype=np.int32) + period
    return np.concatenate((alone, band) if form.border_first else (band, alone))


def _greedy_star(pattern: Pattern) -> Int32:
    """Each vertex gets the first colour that makes no path of four vertices with two colours.

    Around each vertex the colours of its neighbours are the bits of an integer.  A vertex v avoids the colours of its
    neighbours w, all colours around a w that has none yet, and those around a coloured w that come before w's.
    """
    n = pattern.shape[0]
    neighbours, starts = pattern.indices.tolist(), pattern.indptr.tolist()
    around = [0] * n
    own = [0] * n  # the bit of a vertex's colour; 0 while it has none
    for v in _by_size(np.diff(pattern.indptr)):
        near = neighbours[starts[v] : starts[v + 1]]
        forbidden = 0
        for w in near:
            bit = own[w]
            if not bit:
                if w != v:
                    forbidden |= around[w]
            else:
                forbidden |= bit | (around[w] & (bit - 1))
        bit = ~forbidden & (forbidden + 1)
        own[v] = bit
        for w in near:
            around[w] |= bit
    return np.array([bit.bit_length() - 1 for bit in own], dtype=np.int32)


def _by_size(sizes: Int64) -> list[int]:
    """The numbers 0, 1, … by descending size; equal ones keep their order."""
    order: list[int] = np.argsort(-sizes.astype(np.int64), kind="stable").tolist()
    return order


def _symmetric_recovery(pattern: Pattern, colours: Int32) -> Colouring:
    """Where each entry is read: at (i, j) when no other column of j's colour meets row i, else at (j, i)."""
    count = _count(colours)
    rows, columns = pattern.rows, pattern.indices
    meets = np.bincount(rows.astype(np.int64) * count + colours[columns], minlength=len(colours) * count)
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    direct = meets[high.astype(np.int64) * count + colours[low]] == 1
    other = meets[low.astype(np.int64) * count + colours[high]] == 1
    if not np.all(direct | other):
        k = int(np.argmin(direct | other))
        raise InputError(f"The colouring does not separate the entry ({rows[k]}, {columns[k]}).")
    return Colouring(pattern, colours, count, np.where(direct, high, low), colours[np.where(direct, low, high)])


def _count(colours: Int32) -> int:
    return int(colours.max()) + 1 if len(colours) else 0
