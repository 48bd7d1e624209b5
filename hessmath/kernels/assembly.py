"""Sparse Hessians of sums of local terms: the pattern, and the place in it of every second derivative.

The pattern is exact and found once for given sizes; each second derivative is computed once and added at its place
and at the mirrored one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hessmath.kernels.scheduling import Table
from hessmath.program.arrays.separable import SeparableHessian, places_of
from hessmath.program.pattern import Pattern

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


#: With fewer terms no loop is made for the places that are on lines.
FEWEST_ON_LINES = 64


@dataclass(frozen=True, eq=False)
class Assembly:
    """A pattern and the places of all second derivatives in its data.

    Attributes
    ----------
    pattern : the stored entries
    tables : for each output of the program its tables, one or two
    places : the integers of each table, in the order of their numbers; then the places that must be cleared
    inner : the range of indices in which places are on lines
    """

    pattern: Pattern
    tables: list[list[Table]]
    places: tuple[Int32, ...]
    inner: tuple[int, int]

    @property
    def lines(self) -> str:
        """The lines on which places are, as words: machine code is made for them."""
        found = [table.line for one in self.tables for table in one if table.line is not None]
        stores = [table.number for one in self.tables for table in one if table.stores]
        return ", ".join(f"{distance}·i + {first}" for distance, first in found) + f", stored by {stores}"


def assemble(hessian: SeparableHessian, sizes: Mapping[str, int]) -> Assembly:
    """The pattern at given sizes, and all places.

    Cost: a sort of all places, about 0.3 µs each.
    """
    rows: list[Int64] = []
    columns: list[Int64] = []
    tables: list[list[Table]] = []
    for pair in hessian.pairs:
        row, column = places_of(hessian, pair, sizes)
        sides = [(row, column)] if pair.is_square else [(row, column), (column, row)]
        conditions = (*pair.row.conditions, *pair.column.conditions)
        tables.append([Table(len(rows) + side, pair.axes, conditions) for side in range(len(sides))])
        rows += [side[0] for side in sides]
        columns += [side[1] for side in sides]
    nothing = np.zeros(0, dtype=np.int64)
    flat_rows = np.concatenate([nothing, *(row.ravel() for row in rows)])
    flat_columns = np.concatenate([nothing, *(column.ravel() for column in columns)])
    n = hessian.program.dimension(sizes)
    there = np.flatnonzero(flat_rows >= 0)
    if len(there) < len(flat_rows):
        flat_rows, flat_columns = flat_rows[there], flat_columns[there]
    order = np.argsort(flat_rows * n + flat_columns, kind="stable")  # a few ascending runs: merged in linear time
    flat_rows, flat_columns = flat_rows[order], flat_columns[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (flat_rows[1:] != flat_rows[:-1]) | (flat_columns[1:] != flat_columns[:-1])
    indptr = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(flat_rows[is_new], minlength=n), out=indptr[1:])
    pattern = Pattern(indptr, flat_columns[is_new].astype(np.int32), (n, n))
    flat = np.zeros(sum(row.size for row in rows), dtype=np.int32)
    flat[there[order]] = np.cumsum(is_new, dtype=np.int32) - 1
    places = [np.ascontiguousarray(part) for part in np.split(flat, np.cumsum([row.size for row in rows])[:-1])]
    return _on_lines(Assembly(pattern, tables, tuple(places[: len(rows)]), (0, 0)))


def _on_lines(found: Assembly) -> Assembly:
    """The same with places on lines where all tables of one loop are affine in its index, but for the ends."""
    every = [table for one in found.tables for table in one]
    if not every or any(len(t.axes) != 1 or t.axes != every[0].axes or t.conditions for t in every):
        return found
    length = len(found.places[0])
    if length < FEWEST_ON_LINES:
        return found
    steps = [np.diff(places) for places in found.places]
    distance = int(steps[0][length // 2])
    begin, end = 0, length
    for step in steps:
        bent = np.flatnonzero(step != distance)
        begin = max([begin, *(bent[bent < length // 2][-1:] + 1)])
        end = min([end, *(bent[bent >= length // 2][:1] + 1)])
    if distance <= 0 or end - begin < length // 2:
        return found
    begin, end = int(begin), int(end)
    first = [int(places[begin]) - distance * begin for places in found.places]
    # Of the places that meet in a later iteration, the largest comes first.
    leading = [c == max(d for d in first if (d - c) % distance == 0) and first.count(c) == 1 for c in first]
    touched = np.zeros(found.pattern.nnz, dtype=bool)
    for places, leads in zip(found.places, leading, strict=True):
        if leads:
            touched[places[begin:end]] = True
    if any(touched[places[:begin]].any() for places in found.places):
        leading = [False] * len(first)
    tables = [
        [replace(t, line=(distance, first[t.number]), stores=leading[t.number]) for t in one] for one in found.tables
    ]
    rest = np.flatnonzero(~touched).astype(np.int32)
    return Assembly(found.pattern, tables, (*found.places, rest), (begin, end))
