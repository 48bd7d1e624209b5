"""Array programs written out: at given sizes each is a Tape, the oracle of every test.

Determinants and inverses are written by minors, so that no pivot can vanish; they are for small sizes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from hessmath.errors import InputError
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.nodes import (
    Axes,
    Contract,
    Det,
    Gather,
    Identity,
    Input,
    Inverse,
    Largest,
    LogDet,
    Map,
    Node,
    Others,
    OthersTangent,
    Position,
    Product,
    Scatter,
    Solve,
    Sum,
)
from hessmath.program.passes import clean
from hessmath.program.tape import Tape, TapeBuilder

#: The largest matrix whose determinant or inverse is written out: 2ⁿ minors.
LARGEST_MATRIX = 8

Index = tuple[int, ...]
Minors = Callable[[Index, Index], int]


def expand(f: ArrayProgram, sizes: Mapping[str, int]) -> Tape:
    """The program at given sizes as a Tape.

    Its inputs are the entries x[0], x[1], …, A[0,0], A[0,1], … of the variables, then those of the parameters; its
    outputs are the entries of all outputs, array after array, row by row.

    Raises
    ------
    InputError
        If a size has no value, a place lies outside its array, or a matrix is too large to be written out.
    """
    names = [name for each in (*f.variables, *f.parameters) for name in entry_names(each, f.shape(each), sizes)]
    return _Expansion(f, sizes, TapeBuilder(names)).tape()


def entry_names(name: str, axes: Axes, sizes: Mapping[str, int]) -> list[str]:
    """x[0], x[1], …; the name itself for a number."""
    if not axes:
        return [name]
    return [f"{name}[{','.join(map(str, index))}]" for index in indices(axes, sizes)]


def indices(axes: Axes, sizes: Mapping[str, int]) -> list[Index]:
    """All indices of an array, row by row."""
    return list(itertools.product(*(range(axis.size.at(sizes)) for axis in axes)))


class _Expansion:
    def __init__(self, f: ArrayProgram, sizes: Mapping[str, int], builder: TapeBuilder) -> None:
        self.f, self.sizes, self.builder = f, sizes, builder
        self.values: list[dict[Index, int]] = []
        self.place = {name: slot for slot, name in enumerate(builder.names)}

    def tape(self) -> Tape:
        for node in self.f.nodes:
            self.values.append(self.entries(node))
        slots = [
            self.at(output.node, output.axes, index)
            for output in self.f.outputs
            for index in indices(output.axes, self.sizes)
        ]
        shape: Index = (len(slots),)
        if len(self.f.outputs) == 1:
            shape = tuple(axis.size.at(self.sizes) for axis in self.f.outputs[0].axes)
        return clean(self.builder.build(slots, shape))

    def at(self, node: int, axes: Axes, index: Index) -> int:
        """The slot of a node's entry, the index being over ``axes``."""
        where = dict(zip(axes, index, strict=True))
        return self.values[node][tuple(where[axis] for axis in self.f.nodes[node].axes)]

    def total(self, slots: Sequence[int], operation: str = "add") -> int:
        if not slots:
            return self.builder.constant(0 if operation == "add" else 1)
        result = slots[0]
        for slot in slots[1:]:
            result = self.builder.emit(operation, result, slot)
        return result

    def env(self, axes: Axes, index: Index) -> dict[str, int]:
        return {**self.sizes, **{axis.name: i for axis, i in zip(axes, index, strict=True)}}

    def entries(self, node: Node) -> dict[Index, int]:
        if isinstance(node, Scatter):
            return self.scattered(node)
        if isinstance(node, Inverse):
            return self.inverse(node.source)
        return {index: self.entry(node, index) for index in self.own(node)}

    def own(self, node: Node) -> list[Index]:
        return indices(node.axes, self.sizes)

    def entry(self, node: Node, index: Index) -> int:  # one case per kind of node
        build, axes = self.builder, node.axes
        match node:
            case Input():
                return self.place[f"{node.name}[{','.join(map(str, index))}]" if index else node.name]
            case Position():
                return build.constant(node.value.at(self.env(axes, index)))
            case Identity():
                return build.constant(int(index[0] == index[1]))
            case Map():
                inputs = [self.at(k, axes, index) for k in node.operands]
                return build.inline(node.body, inputs)[int(node.body.outputs[0])]
            case Gather():
                return self.gathered(node, self.env(axes, index))
            case Sum() | Contract():
                return self.total(self.terms(node, index))
            case Largest():
                return self.total(self.terms(node, index), "max")
            case Product():
                source = self.f.nodes[node.source].axes
                own = dict(zip(axes, index, strict=True))
                factors = [
                    self.at(node.source, source, tuple(own.get(a, j) for a in source))
                    for j in range(node.over.size.at(self.sizes))
                ]
                return self.total(factors, "mul")
            case Others() | OthersTangent():
                return self.others(node, index)
            case Solve():
                return self.solved(node, index)
            case Det() | LogDet():
                det = self.minors(node.source)(*[tuple(range(self.order(node.source)))] * 2)
                return det if isinstance(node, Det) else build.emit("log", det)
            case _:
                raise AssertionError("scatters and inverses are written as wholes")

    def gathered(self, node: Gather, env: Mapping[str, int]) -> int:
        if any(c.at(env) < 0 for c in node.conditions):
            return self.builder.constant(0)
        place = tuple(p.at(env) for p in node.places)
        source = self.values[node.source]
        if place not in source:
            raise InputError(_outside(self.f, node, place, self.sizes))
        return source[place]

    def scattered(self, node: Scatter) -> dict[Index, int]:
        terms: dict[Index, list[int]] = {index: [] for index in self.own(node)}
        for index in indices(node.over, self.sizes):
            env = self.env(node.over, index)
            if all(c.at(env) >= 0 for c in node.conditions):
                place = tuple(p.at(env) for p in node.places)
                if place not in terms:
                    raise InputError(f"A scatter writes to the place {place}, outside its array.")
                terms[place].append(self.at(node.source, node.over, index))
        return {index: self.total(slots) for index, slots in terms.items()}

    def terms(self, node: Sum | Largest | Contract, index: Index) -> list[int]:
        axes = self.f.nodes[node.operands[0]].axes
        over = tuple(a for a in axes if a not in node.axes)
        together = (*node.axes, *over)
        terms = []
        for j in indices(over, self.sizes):
            factors = [self.at(k, self.f.nodes[k].axes, self.pick(k, together, (*index, *j))) for k in node.operands]
            terms.append(self.total(factors, "mul"))
        return terms

    def pick(self, node: int, axes: Axes, index: Index) -> Index:
        where = dict(zip(axes, index, strict=True))
        return tuple(where[a] for a in self.f.nodes[node].axes)

    def others(self, node: Others | OthersTangent, index: Index) -> int:
        own = dict(zip(node.axes, index, strict=True))
        here = own[node.over]

        def entry(k: int, j: int) -> int:
            where = {**own, node.over: j}
            return self.values[k][tuple(where[a] for a in self.f.nodes[k].axes)]

        rest = [j for j in range(node.over.size.at(self.sizes)) if j != here]
        if isinstance(node, Others):
            return self.total([entry(node.source, j) for j in rest], "mul")
        terms = [
            self.total([entry(node.direction, j), *(entry(node.source, m) for m in rest if m != j)], "mul")
            for j in rest
        ]
        return self.total(terms)

    # ---- matrices ---------------------------------------------------------------------------------

    def order(self, node: int) -> int:
        n = self.f.nodes[node].axes[0].size.at(self.sizes)
        if n > LARGEST_MATRIX:
            raise InputError(f"A {n} × {n} determinant is too large to be written out; up to {LARGEST_MATRIX} it is.")
        return n

    def minors(self, node: int) -> Minors:
        """The minor of given rows and columns, by Laplace expansion."""
        entries, build = self.values[node], self.builder

        @cache
        def minor(rows: Index, columns: Index) -> int:
            if not rows:
                return build.constant(1)
            total: int | None = None
            for j, column in enumerate(columns):
                rest = minor(rows[1:], columns[:j] + columns[j + 1 :])
                term = build.emit("mul", entries[rows[0], column], rest)
                if total is None:
                    total = term
                else:
                    total = build.emit("sub" if j % 2 else "add", total, term)
            return build.constant(0) if total is None else total

        return minor

    def inverse(self, node: int) -> dict[Index, int]:
        n, minor = self.order(node), self.minors(node)
        every = tuple(range(n))
        det = minor(every, every)
        result: dict[Index, int] = {}
        for i, j in itertools.product(every, every):
            cofactor = minor(every[:j] + every[j + 1 :], every[:i] + every[i + 1 :])
            if (i + j) % 2:
                cofactor = self.builder.emit("neg", cofactor)
            result[i, j] = self.builder.emit("div", cofactor, det)
        return result

    def solved(self, node: Solve, index: Index) -> int:
        inverse, right = self.inverse(node.matrix), self.values[node.right]
        n = self.order(node.matrix)
        terms = [self.builder.emit("mul", inverse[index[0], j], right[(j, *index[1:])]) for j in range(n)]
        return self.total(terms)


def _outside(f: ArrayProgram, node: Gather, place: Index, sizes: Mapping[str, int]) -> str:
    source = f.nodes[node.source]
    shape = " × ".join(str(axis.size.at(sizes)) for axis in source.axes)
    name = source.name if isinstance(source, Input) else "an intermediate array"
    at = ", ".join(map(str, place))
    return f"The formula uses {name}[{at}], but {name} has {shape} entries, counted from 0."
