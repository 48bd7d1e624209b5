"""Sums of local terms: f = Σ over indices of functions of a few entries each, and their Hessians entry by entry.

The Hessian of such a sum is the sum of the small Hessians of its terms, each at the places of its entries: it is
sparse when the terms overlap little, and one pass over the terms computes it.
Griewank & Toint (1982), "On the unconstrained optimization of partially separable functions".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hessmath import program
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram, Output, reachable
from hessmath.program.arrays.building import ArrayBuilder
from hessmath.program.arrays.nodes import Axes, Axis, Contract, Gather, Input, Map, Places, Sum
from hessmath.program.tape import Tape, TapeBuilder

Int64 = NDArray[np.int64]

#: A term may depend on so many entries; with more, its small Hessian is not small.
MOST_ENTRIES = 24


@dataclass(frozen=True)
class Place:
    """An entry of a variable, at places affine in the axes of a loop; it is there where all conditions are ≥ 0."""

    variable: str
    places: Places
    conditions: Places

    @property
    def names(self) -> frozenset[str]:
        """The axes and sizes in it."""
        return frozenset(name for affine in (*self.places, *self.conditions) for name in affine.names)


@dataclass(frozen=True)
class Pair:
    """A second derivative ∂²/∂row∂column summed at these places, and at the mirrored ones when they differ."""

    row: Place
    column: Place
    axes: Axes

    @property
    def is_square(self) -> bool:
        """Whether it is ∂²/∂x² of one entry."""
        return self.row == self.column


@dataclass(frozen=True)
class SeparableHessian:
    """The program of all second derivatives, one output per pair; each is added at the pair's places."""

    program: ArrayProgram
    pairs: tuple[Pair, ...]


def separable_hessian(f: ArrayProgram) -> SeparableHessian | None:
    """The Hessian of a sum of local terms; None when f is no such sum."""
    if not f.is_scalar:
        return None
    search = _Search(f)
    if not search.collect(f.outputs[0].node, None, ()):
        return None
    pairs = list(search.pairs)
    outputs = [Output(search.builder.add(search.pairs[pair]), pair.axes) for pair in pairs]
    return SeparableHessian(search.builder.build(outputs, f.variables, f.parameters), tuple(pairs))


class _Search:
    def __init__(self, f: ArrayProgram) -> None:
        self.f = f
        self.builder = ArrayBuilder(f)
        self.variables = {f.inputs[name] for name in f.variables}
        self.pairs: dict[Pair, list[int]] = {}

    def depends(self, k: int) -> bool:
        return not self.variables.isdisjoint(reachable(self.builder.nodes, (k,)))

    def collect(self, k: int, weight: int | None, axes: Axes) -> bool:
        """Collect the second derivatives of Σ weight · node over axes; False when it is not local."""
        if not self.depends(k):
            return True
        node = self.builder.nodes[k]
        if isinstance(node, Sum):
            return self.collect(node.source, weight, (*axes, *node.over))
        if isinstance(node, Contract):
            over = tuple(a for a in self.builder.axes(node.left) if a not in node.axes)
            return self.collect(self.builder.mul(node.left, node.right), weight, (*axes, *over))
        if weight is None and self.entry(k) is not None:
            return True  # linear: nothing to collect
        if self.is_local(k):
            return self.local(k, weight, axes)
        if not isinstance(node, Map):
            return False
        # The body is affine in the sums among its operands: Σ slope · sum + rest, with local slopes and rest.
        far = [o for o in node.operands if self.depends(o) and not self.is_local(o)]
        zero = self.builder.constant(0)
        rest = self.builder.map(node.body, [zero if o in far else o for o in node.operands])
        for operand in far:
            slope = self.builder.map(_slope(node.body, node.operands.index(operand)), node.operands)
            if not self.is_local(slope):
                return False
            if not self.collect(operand, slope if weight is None else self.builder.mul(weight, slope), axes):
                return False
        return self.local(rest, weight, axes)

    def is_local(self, k: int) -> bool:
        """Whether a node is computed from entries of the variables without sums."""
        node = self.builder.nodes[k]
        if not self.depends(k) or self.entry(k) is not None:
            return True
        return isinstance(node, Map) and all(self.is_local(operand) for operand in node.operands)

    def entry(self, k: int) -> Place | None:
        """The entry of a variable that a node is."""
        node = self.builder.nodes[k]
        if k in self.variables and not node.axes and isinstance(node, Input):
            return Place(node.name, (), ())
        if isinstance(node, Gather) and node.source in self.variables:
            source = self.builder.nodes[node.source]
            assert isinstance(source, Input)
            return Place(source.name, node.places, node.conditions)
        return None

    def local(self, k: int, weight: int | None, axes: Axes) -> bool:
        """The second derivatives of one term by its entries."""
        term = k if weight is None else self.builder.mul(weight, k)
        body, operands = self.inlined(term)
        entries = [(i, place) for i, o in enumerate(operands) for place in [self.entry(o)] if place is not None]
        if len(entries) > MOST_ENTRIES:
            return False
        names = [body.names[i] for i, _ in entries]
        second = program.hessian(body, names)
        slots = second.outputs.tolist()
        for a, (_, row) in enumerate(entries):
            for b, (_, column) in enumerate(entries[: a + 1]):
                slot = slots[a * len(entries) + b]
                if second.constant_at(slot) == 0:
                    continue
                value = self.builder.map(_one(second, slot), operands)
                kept = tuple(axis for axis in axes if axis.name in row.names | column.names)
                value = self.builder.sum(value, [axis for axis in axes if axis not in kept])
                self.pairs.setdefault(Pair(row, column, kept), []).append(value)
        return True

    def inlined(self, k: int) -> tuple[Tape, list[int]]:
        """A local node as one tape on entries, and on nodes that do not depend on the variables."""
        leaves: dict[int, None] = {}
        stack = [k]
        while stack:
            each = stack.pop()
            node = self.builder.nodes[each]
            if isinstance(node, Map) and (each == k or self.depends(each)):
                stack.extend(reversed(node.operands))
            else:
                leaves[each] = None
        operands = list(leaves)
        builder = TapeBuilder([f"a{i}" for i in range(len(operands))])
        slots = {each: i for i, each in enumerate(operands)}

        def write(each: int) -> int:
            if each not in slots:
                node = self.builder.nodes[each]
                assert isinstance(node, Map)
                inner = [write(o) for o in node.operands]
                slots[each] = builder.inline(node.body, inner)[int(node.body.outputs[0])]
            return slots[each]

        return builder.build([write(k)]), operands


def dense_hessian(hessian: SeparableHessian) -> ArrayProgram | None:
    """The program of the full matrix, shape (N, N) over all variables; None when one of them is a matrix.

    Places in a matrix variable are not affine in the sizes.
    """
    f = hessian.program
    if any(len(f.shape(name)) > 1 for name in f.variables):
        return None
    begins, total = {}, Affine.of(0)
    for name in f.variables:
        begins[name] = total
        total = Affine.sum([(total, 1), *((axis.size, 1) for axis in f.shape(name))], 0 if f.shape(name) else 1)
    builder = ArrayBuilder(f)
    axes = (Axis("row", total), Axis("column", total))
    terms = []
    for pair, output in zip(hessian.pairs, f.outputs, strict=True):
        conditions = (*pair.row.conditions, *pair.column.conditions)
        row, column = (
            begins[place.variable] + (place.places[0] if place.places else 0) for place in (pair.row, pair.column)
        )
        places = [(row, column)] if pair.is_square else [(row, column), (column, row)]
        terms += [builder.scatter(output.node, pair.axes, axes, place, conditions) for place in places]
    return builder.build([Output(builder.add(terms), axes)], f.variables, f.parameters)


def _slope(body: Tape, i: int) -> Tape:
    tape = program.gradient(body, [body.names[i]])
    return Tape(tape.names, tape.code, tape.operands, tape.constants, tape.outputs)


def _one(tape: Tape, slot: int) -> Tape:
    return Tape(tape.names, tape.code, tape.operands, tape.constants, np.array([slot], dtype=np.int32))


def places_of(hessian: SeparableHessian, pair: Pair, sizes: Mapping[str, int]) -> tuple[Int64, Int64]:
    """The rows and columns of a pair's second derivatives, each of the shape of its loops.

    They count all variables one after the other, row by row; −1 where a condition fails.
    """
    shape = [axis.size.at(sizes) for axis in pair.axes]
    grids = np.meshgrid(*(np.arange(max(size, 0)) for size in shape), indexing="ij", sparse=True)
    index = dict(zip((axis.name for axis in pair.axes), grids, strict=True))
    row, column = (_flat(hessian.program, place, index, sizes) for place in (pair.row, pair.column))
    full = tuple(max(size, 0) for size in shape)
    holds = np.ones(full, dtype=bool)
    for condition in (*pair.row.conditions, *pair.column.conditions):
        holds &= _value(condition, index, sizes) >= 0
    return np.where(holds, np.broadcast_to(row, full), -1), np.where(holds, np.broadcast_to(column, full), -1)


def _flat(f: ArrayProgram, place: Place, index: Mapping[str, Int64], sizes: Mapping[str, int]) -> Int64:
    begin = 0
    for name in f.variables[: f.variables.index(place.variable)]:
        begin += int(np.prod([axis.size.at(sizes) for axis in f.shape(name)], dtype=np.int64))
    flat = np.asarray(0, dtype=np.int64)
    for affine, axis in zip(place.places, f.shape(place.variable), strict=True):
        flat = flat * axis.size.at(sizes) + _value(affine, index, sizes)
    return begin + flat


def _value(affine: Affine, index: Mapping[str, Int64], sizes: Mapping[str, int]) -> Int64:
    value = np.asarray(affine.constant, dtype=np.int64)
    for name, a in affine.terms:
        value = value + a * (index[name] if name in index else np.asarray(sizes[name], dtype=np.int64))
    return value
