"""Which second derivatives of an array program can differ from 0 at given sizes, from its nodes alone.

Every entry of every node has the set of variables it depends on, a row of a sparse matrix of ones.  A nonlinear
operation on entries u, v couples all variables of u with all of v.
Walther (2008), "Computing sparse Hessians with automatic differentiation", section 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from hessmath import program
from hessmath.errors import InputError
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.nodes import (
    Axes,
    Contract,
    Gather,
    Identity,
    Input,
    Map,
    Node,
    Position,
    Product,
    Scatter,
    Sum,
)
from hessmath.program.pattern import Pattern
from hessmath.program.tape import Tape

Int64 = NDArray[np.int64]

#: Larger sets of dependences are not written down.
MOST_DEPENDENCES = 50_000_000


def hessian_pattern(f: ArrayProgram, sizes: Mapping[str, int]) -> Pattern:
    """The entries of ∇²f that can differ from 0, over all variables.

    Raises
    ------
    InputError
        If too many entries depend on too many variables for the sets to be written down.
    """
    return _Dependence(f, sizes).pattern()


class _Dependence:
    def __init__(self, f: ArrayProgram, sizes: Mapping[str, int]) -> None:
        self.f, self.sizes = f, sizes
        self.n = f.dimension(sizes)
        self.rows: list[Any] = []  # per node a sparse matrix of ones, or None where it depends on nothing
        self.couples: list[Any] = []

    def pattern(self) -> Pattern:
        for node in self.f.nodes:
            self.rows.append(self.dependences(node))
        total: Any = csr_array((self.n, self.n), dtype=np.int32)
        for part in self.couples:
            total = total + part
        both = (total + total.T).tocoo()
        return Pattern.of(both.row, both.col, self.n)

    def shape(self, axes: Axes) -> tuple[int, ...]:
        return tuple(max(axis.size.at(self.sizes), 0) for axis in axes)

    def dependences(self, node: Node) -> Any:
        """The rows of a node; what it couples is noted."""
        match node:
            case Input():
                return self.variable(node) if node.name in self.f.variables else None
            case Position() | Identity():
                return None
            case Map():
                return self.mapped(node)
            case Gather():
                source = self.rows[node.source]
                if source is None:
                    return None
                flat, holds = self.places(node.axes, self.f.nodes[node.source].axes, node.places, node.conditions)
                chosen = source[np.where(holds, flat, 0)]
                return _masked(chosen, holds)
            case Scatter():
                source = self.along(node.source, node.over)
                if source is None:
                    return None
                flat, holds = self.places(node.over, node.axes, node.places, node.conditions)
                count = int(np.prod(self.shape(node.axes), dtype=np.int64))
                return self.collected(source[holds], flat[holds], count)
            case Sum():
                axes = (*node.axes, *node.over)
                source = self.along(node.source, axes)
                return None if source is None else self.reduced(source, axes, node.axes)
            case Contract():
                return self.contracted(node)
            case Product():
                return self.multiplied(node)
            case _:
                return self.coupled_as_a_whole(node)

    def variable(self, node: Input) -> Any:
        begin = 0
        for name in self.f.variables[: self.f.variables.index(node.name)]:
            begin += int(np.prod(self.shape(self.f.shape(name)), dtype=np.int64))
        count = int(np.prod(self.shape(node.axes), dtype=np.int64))
        ones = np.ones(count, dtype=np.int32)
        return csr_array((ones, (np.arange(count), begin + np.arange(count))), shape=(count, self.n))

    def along(self, k: int, axes: Axes) -> Any:
        """The rows of a node over more axes: the same along those that it lacks."""
        source = self.rows[k]
        own = self.f.nodes[k].axes
        if source is None or own == axes:
            return source
        flat, _ = self.places(axes, own, [Affine.of(axis.name) for axis in own], ())
        self.affordable(source, len(flat))
        return source[flat]

    def affordable(self, source: Any, count: int) -> None:
        if source.nnz / max(source.shape[0], 1) * count > MOST_DEPENDENCES:
            raise InputError("Too many entries depend on too many variables: the Hessian is full, use hvp.")

    def places(
        self, over: Axes, array: Axes, places: Sequence[Affine], conditions: Sequence[Affine]
    ) -> tuple[Int64, NDArray[np.bool_]]:
        """Flat places in an array for every index over axes, and where the conditions hold."""
        shape = self.shape(over)
        grids = np.meshgrid(*(np.arange(size) for size in shape), indexing="ij", sparse=True)
        index = dict(zip((axis.name for axis in over), grids, strict=True))
        flat: Any = np.zeros((), dtype=np.int64)
        for place, axis in zip(places, array, strict=True):
            flat = flat * axis.size.at(self.sizes) + self.value(place, index)
        holds: Any = np.ones((), dtype=bool)
        for condition in conditions:
            holds = holds & (self.value(condition, index) >= 0)
        return np.broadcast_to(flat, shape).ravel(), np.broadcast_to(holds, shape).ravel()

    def value(self, affine: Affine, index: Mapping[str, Any]) -> Any:
        total: Any = np.asarray(affine.constant, dtype=np.int64)
        for name, a in affine.terms:
            total = total + a * (index[name] if name in index else self.sizes[name])
        return total

    def collected(self, rows: Any, groups: Int64, count: int) -> Any:
        """The union of the rows of each group."""
        ones = np.ones(len(groups), dtype=np.int32)
        return _ones(csr_array((ones, (groups, np.arange(len(groups)))), shape=(count, len(groups))) @ rows)

    def reduced(self, rows: Any, axes: Axes, kept: Axes) -> Any:
        """The union along all axes but some."""
        groups, _ = self.places(axes, kept, [Affine.of(axis.name) for axis in kept], ())
        return self.collected(rows, groups, int(np.prod(self.shape(kept), dtype=np.int64)))

    def mapped(self, node: Map) -> Any:
        active, pairs = _structure(node.body)
        rows = {i: self.along(k, node.axes) for i, k in enumerate(node.operands) if i in active}
        present = {i: row for i, row in rows.items() if row is not None}
        for i, j in pairs:
            if i in present and j in present:
                self.couples.append(_ones(present[i].T @ present[j]))
        return _union(list(present.values()))

    def contracted(self, node: Contract) -> Any:
        left, right = self.f.nodes[node.left].axes, self.f.nodes[node.right].axes
        (over,) = (axis for axis in left if axis not in node.axes)
        sides = [(self.rows[k], axes) for k, axes in ((node.left, left), (node.right, right))]
        if all(rows is not None for rows, _ in sides):
            a, b = (self.reduced(rows, axes, (over,)) for rows, axes in sides)
            self.couples.append(_ones(a.T @ b))
        parts = []
        for rows, axes in sides:
            if rows is None:
                continue
            kept = tuple(axis for axis in axes if axis != over)
            union = self.reduced(rows, axes, kept)
            flat, _ = self.places(node.axes, kept, [Affine.of(axis.name) for axis in kept], ())
            self.affordable(union, len(flat))
            parts.append(union[flat])
        return _union(parts)

    def multiplied(self, node: Product) -> Any:
        """A product along an axis couples every factor with all the others, but not with itself."""
        axes = (*node.axes, node.over)
        source = self.along(node.source, axes)
        if source is None:
            return None
        groups, _ = self.places(axes, node.axes, [Affine.of(axis.name) for axis in node.axes], ())
        for group in np.unique(groups):
            factors = source[groups == group]
            total = csr_array(factors.sum(axis=0).reshape(1, -1))
            self.couples.append(_ones(total.T @ total - factors.T @ factors))
        return self.reduced(source, axes, node.axes)

    def coupled_as_a_whole(self, node: Node) -> Any:
        """Products along an axis and linear algebra: everything depends on everything that goes in."""
        found = [self.rows[k] for k in node.operands if self.rows[k] is not None]
        if not found:
            return None
        union = _ones(csr_array(vstack(found).sum(axis=0).reshape(1, -1)))
        self.couples.append(_ones(union.T @ union))
        count = int(np.prod(self.shape(node.axes), dtype=np.int64))
        self.affordable(union, count)
        return union[np.zeros(count, dtype=np.int64)]


def _ones(matrix: Any) -> Any:
    """The same places, all with the number 1."""
    result = csr_array(matrix, dtype=np.int32)
    result.eliminate_zeros()
    result.data[:] = 1
    return result


def _union(parts: Sequence[Any]) -> Any:
    """The places of several matrices of one shape; None of none."""
    return _ones(sum(parts[1:], parts[0])) if parts else None


def _masked(rows: Any, holds: NDArray[np.bool_]) -> Any:
    if holds.all():
        return rows
    diagonal = csr_array((holds.astype(np.int32), (np.arange(len(holds)),) * 2), shape=(len(holds),) * 2)
    return _ones(diagonal @ rows)


@cache
def _structure(body: Tape) -> tuple[frozenset[int], tuple[tuple[int, int], ...]]:
    """The inputs that a body depends on, and the pairs whose second derivative need not vanish."""
    count = len(body.names)
    second = program.hessian(body)
    slots = second.outputs.tolist()
    pairs = tuple((i, j) for i in range(count) for j in range(i + 1) if second.constant_at(slots[i * count + j]) != 0)
    first = program.gradient(body)
    active = frozenset(i for i, slot in enumerate(first.outputs.tolist()) if first.constant_at(slot) != 0)
    return active, pairs
