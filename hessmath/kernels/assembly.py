"""Sparse Hessians of sums of local terms: the pattern, and the place in it of every second derivative.

The pattern is exact and found once for given sizes; each second derivative is computed once and added at its place
and at the mirrored one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hessmath.kernels.scheduling import Table
from hessmath.program.arrays.separable import SeparableHessian, places_of
from hessmath.program.pattern import Pattern

Int32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Assembly:
    """A pattern, and for each table the places of its second derivatives in the pattern's data."""

    pattern: Pattern
    tables: tuple[Int32, ...]


def tables_of(hessian: SeparableHessian) -> list[list[Table]]:
    """For each pair its table, and one more for the mirrored entries."""
    found: list[list[Table]] = []
    count = 0
    for pair in hessian.pairs:
        conditions = (*pair.row.conditions, *pair.column.conditions)
        sides = 1 if pair.is_square else 2
        found.append([Table(count + side, pair.axes, conditions) for side in range(sides)])
        count += sides
    return found


def assemble(hessian: SeparableHessian, sizes: Mapping[str, int]) -> Assembly:
    """The pattern at given sizes, and all places."""
    n = hessian.program.dimension(sizes)
    rows, columns = [], []
    for pair in hessian.pairs:
        row, column = places_of(hessian, pair, sizes)
        sides = [(row, column)] if pair.is_square else [(row, column), (column, row)]
        rows += [side[0] for side in sides]
        columns += [side[1] for side in sides]
    flat_rows = np.concatenate([row.ravel() for row in rows]) if rows else np.zeros(0, dtype=np.int64)
    flat_columns = np.concatenate([column.ravel() for column in columns]) if rows else flat_rows
    there = flat_rows >= 0
    pattern = Pattern.of(flat_rows[there], flat_columns[there], n)
    places = np.zeros(len(flat_rows), dtype=np.int32)
    places[there] = pattern.places(flat_rows[there], flat_columns[there])
    ends = np.cumsum([row.size for row in rows])[:-1]
    return Assembly(pattern, tuple(np.ascontiguousarray(part) for part in np.split(places, ends)) if rows else ())
