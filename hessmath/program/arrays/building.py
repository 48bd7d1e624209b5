"""The builder of array programs: equal nodes are shared, and what is simple is made simple at once.

Everything goes through here, formulas and derivatives alike, so that both meet the same normal forms: gathers of
gathers are one gather, sums along an axis that is not there are products, a scatter that fills everything once is a
gather, contractions with a Kronecker delta rename an axis, zeros vanish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

from hessmath.errors import InputError
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram, Output, reachable
from hessmath.program.arrays.nodes import (
    Axes,
    Axis,
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
    Places,
    Position,
    Product,
    Scatter,
    Solve,
    Sum,
)
from hessmath.program.passes import clean
from hessmath.program.primitives import CONSTANT, INPUT, primitive
from hessmath.program.tape import NamedConstant, Tape, TapeBuilder


class ArrayBuilder:
    """Collects nodes; ``build`` freezes them into an ArrayProgram.

    Examples
    --------
    >>> b = ArrayBuilder()
    >>> n = Affine.of("n")
    >>> x, i = b.input("x", [n]), Axis("i", n - 1)
    >>> step = b.apply("sub", b.gather(x, [i], [Affine.of("i") + 1]), b.gather(x, [i], [Affine.of("i")]))
    >>> print(b.build([b.sum(b.apply("mul", step, step), [i])], ["x"]))
    0  Input (x.0 < n) x
    1  Gather (i < n - 1) 0 (i + 1) ()
    2  Gather (i < n - 1) 0 (i) ()
    3  Map (i < n - 1) {2  sub 0 1} (1, 2)
    4  Map (i < n - 1) {1  mul 0 0} (3)
    5  Sum () 4 (i < n - 1)
    → 5 ()
    in x
    """

    def __init__(self, program: ArrayProgram | None = None) -> None:
        self.nodes: list[Node] = list(program.nodes) if program else []
        self._places: dict[Node, int] = {node: k for k, node in enumerate(self.nodes)}

    def _add(self, node: Node) -> int:
        k = self._places.setdefault(node, len(self.nodes))
        if k == len(self.nodes):
            self.nodes.append(node)
        return k

    def axes(self, node: int) -> Axes:
        """The axes of a node's value."""
        return self.nodes[node].axes

    # ---- leaves -----------------------------------------------------------------------------------

    def input(self, name: str, sizes: Sequence[Affine]) -> int:
        """An array from outside."""
        return self._add(Input(tuple(Axis(f"{name}.{d}", size) for d, size in enumerate(sizes)), name))

    def constant(self, value: Fraction | int | NamedConstant) -> int:
        """A number."""
        return self._add(Map((), _constant_tape(value), ()))

    def position(self, value: Affine, axes: Axes) -> int:
        """An affine expression in axes and sizes as a number."""
        if value.is_constant:
            return self.constant(value.constant)
        return self._add(Position(tuple(a for a in axes if value.factor(a.name)), value))

    def identity(self, left: Axis, right: Axis) -> int:
        """The Kronecker delta of two axes."""
        return self._add(Identity((left, right)))

    def number(self, node: int) -> Fraction | NamedConstant | None:
        """The constant that a node is, or None."""
        found = self.nodes[node]
        if isinstance(found, Map) and not found.operands:
            return found.body.constant_at(int(found.body.outputs[0]))
        return None

    def is_zero(self, node: int) -> bool:
        """Whether a node is the number 0."""
        return self.number(node) == 0

    # ---- pointwise --------------------------------------------------------------------------------

    def map(self, body: Tape, operands: Sequence[int]) -> int:
        """A scalar program at every index; the axes are those of the operands, in order of appearance."""
        body, kept = _canonical(body, operands, self)
        if len(body) == 1 and kept:  # the body hands its only input on
            return kept[0]
        return self._add(Map(union(*(self.axes(k) for k in kept)), body, tuple(kept)))

    def apply(self, name: str, *operands: int) -> int:
        """One primitive, such as ``mul``, at every index."""
        return self.map(_primitive_tape(name), operands)

    def add(self, terms: Iterable[int]) -> int:
        """A sum of nodes, index by index."""
        total: int | None = None
        for term in terms:
            if not self.is_zero(term):
                total = term if total is None else self.apply("add", total, term)
        return self.constant(0) if total is None else total

    def mul(self, left: int, right: int) -> int:
        """A product, index by index."""
        if self.is_zero(left) or self.is_zero(right):
            return self.constant(0)
        return self.apply("mul", left, right)

    # ---- moving entries ---------------------------------------------------------------------------

    def gather(self, source: int, axes: Sequence[Axis], places: Sequence[Affine], conditions: Places = ()) -> int:
        """source[places] over ``axes``, 0 where a condition is negative; axes that nothing depends on are left out."""
        own = self.axes(source)
        if len(places) != len(own):
            raise InputError(f"An array with {len(own)} indices is given {len(places)}.")
        node = self.nodes[source]
        put = dict(zip((axis.name for axis in own), places, strict=True))
        if isinstance(node, Gather):
            inner = tuple(p.put(put) for p in node.places)
            return self.gather(node.source, axes, inner, conditions + tuple(c.put(put) for c in node.conditions))
        if not conditions:
            if isinstance(node, Map):
                if not node.operands:
                    return source
                moved = [self.gather(k, axes, [put[a.name] for a in self.axes(k)]) for k in node.operands]
                return self.map(node.body, moved)
            if isinstance(node, Position):
                return self.position(node.value.put(put), tuple(axes))
            if isinstance(node, Identity):
                sides = [_moved_axis(p, a, axes) for p, a in zip(places, own, strict=True)]
                if None not in sides and sides[0] != sides[1]:
                    return self._add(Identity(tuple(a for a in sides if a is not None)))
        used = tuple(a for a in axes if any(e.factor(a.name) for e in (*places, *conditions)))
        if not conditions and used == own and all(p == Affine.of(a.name) for p, a in zip(places, own, strict=True)):
            return source
        return self._add(Gather(used, source, tuple(places), conditions))

    def rename(self, source: int, names: Mapping[str, Axis]) -> int:
        """The same array with other axes in the place of some."""
        own = self.axes(source)
        axes = tuple(names.get(a.name, a) for a in own)
        return self.gather(source, axes, [Affine.of(a.name) for a in axes])

    def full(self, source: int, axes: Axes) -> int:
        """An array over exactly these axes in this order, repeated along those that it lacks."""
        own = self.axes(source)
        return source if own == axes else self._add(Gather(axes, source, tuple(Affine.of(a.name) for a in own)))

    def scatter(
        self, source: int, over: Sequence[Axis], axes: Axes, places: Sequence[Affine], conditions: Places = ()
    ) -> int:
        """value[places] += source over ``over``; the adjoint of ``gather``."""
        if self.is_zero(source):
            return source
        moving = [a for a in over if any(e.factor(a.name) for e in (*places, *conditions))]
        source = self.sum(source, [a for a in over if a not in moving])
        if not conditions and _fills_once(axes, places, moving):
            back = {p.names[0]: a for p, a in zip(places, axes, strict=True)}
            return self.rename(source, back)
        return self._add(Scatter(axes, source, tuple(moving), tuple(places), conditions))

    # ---- sums and products ------------------------------------------------------------------------

    def sum(self, source: int, over: Sequence[Axis]) -> int:
        """Σ along axes; along one that the source lacks it is a multiple."""
        if self.is_zero(source):
            return source
        own = self.axes(source)
        for axis in over:
            if axis not in own:
                source = self._repeated(source, axis)
        over = tuple(a for a in over if a in own)
        if not over:
            return source
        node = self.nodes[source]
        if isinstance(node, Sum):
            return self.sum(node.source, (*over, *node.over))
        factors = self._factors(source)
        if len(factors) == 2:
            return self.contract(*factors, over)
        return self._add(Sum(tuple(a for a in self.axes(source) if a not in over), source, tuple(over)))

    def _repeated(self, source: int, axis: Axis) -> int:
        """Σ along an axis that the source lacks: a multiple, unless the size may be negative and the sum is 0."""
        if axis.size.is_never_negative:
            return self.mul(source, self.position(axis.size, ()))
        return self._add(Sum(self.axes(source), self._copies(source, axis), (axis,)))

    def _copies(self, source: int, axis: Axis) -> int:
        own = self.axes(source)
        return self._add(Gather((*own, axis), source, tuple(Affine.of(a.name) for a in own)))

    def _factors(self, source: int) -> tuple[int, ...]:
        node = self.nodes[source]
        if isinstance(node, Map) and node.body == _primitive_tape("mul") and len(node.operands) == 2:
            return node.operands
        return (source,)

    def largest(self, source: int, over: Sequence[Axis]) -> int:
        """The largest entry along axes, whose derivative counts as 0."""
        over = tuple(a for a in over if a in self.axes(source))
        if not over:
            return source
        return self._add(Largest(tuple(a for a in self.axes(source) if a not in over), source, over))

    def product(self, source: int, over: Axis) -> int:
        """Π along an axis."""
        if over not in self.axes(source):
            if over.size.is_never_negative:
                return self.apply("pow", source, self.position(over.size, ()))
            source = self._copies(source, over)
        return self._add(Product(tuple(a for a in self.axes(source) if a != over), source, over))

    def others(self, source: int, over: Axis) -> int:
        """The product of all the others along an axis."""
        return self._add(Others(self.axes(source), source, over))

    def others_tangent(self, source: int, direction: int, over: Axis) -> int:
        """Σ_{j≠i} direction_j Π_{k≠i,j} source_k."""
        if self.is_zero(direction):
            return direction
        return self._add(OthersTangent(union(self.axes(source), self.axes(direction)), source, direction, over))

    def contract(self, left: int, right: int, over: Sequence[Axis]) -> int:
        """Σ left · right along axes."""
        if self.is_zero(left) or self.is_zero(right):
            return self.constant(0)
        own, others = self.axes(left), self.axes(right)
        for axis in over:
            if axis not in own and axis not in others:
                left = self._repeated(left, axis)
        left = self.sum(left, [a for a in over if a in own and a not in others])
        right = self.sum(right, [a for a in over if a in others and a not in own])
        over = tuple(a for a in over if a in own and a in others)
        if not over:
            return self.mul(left, right)
        sides = self._all_factors(left), self._all_factors(right)
        for simplify in (self._without_delta, self._distributed):
            simpler = simplify([*sides[0], *sides[1]], over)
            if simpler is not None:
                return simpler
        still = [k for side in sides for k in side if not set(over) & set(self.axes(k))]
        if still:  # factors that do not depend on the index stand before the sum
            left, right = (self._times([k for k in side if k not in still]) for side in sides)
            return self.mul(self._times(still), self.contract(left, right, over))
        rows = [a for a in self.axes(left) if a not in over]
        columns = [a for a in self.axes(right) if a not in over]
        is_matrix_product = len(over) == 1 and len(rows) <= 1 and len(columns) <= 1 and rows != columns
        if is_matrix_product:
            return self._add(Contract((*rows, *columns), left, right))
        product = self.mul(left, right)
        if self.is_zero(product) or not set(over) <= set(self.axes(product)):
            return self.sum(product, over)
        return self._add(Sum(tuple(a for a in self.axes(product) if a not in over), product, over))

    def _all_factors(self, source: int) -> list[int]:
        """The factors of a product of products."""
        factors = self._factors(source)
        return [source] if len(factors) == 1 else [each for factor in factors for each in self._all_factors(factor)]

    def _without_delta(self, factors: list[int], over: Sequence[Axis]) -> int | None:
        """Σ of a product with a Kronecker delta: the other factors with one axis in the place of another."""
        for number, delta in enumerate(factors):
            node = self.nodes[delta]
            others = factors[:number] + factors[number + 1 :]
            for gone, kept in (node.axes, node.axes[::-1]) if isinstance(node, Identity) else ():
                moved = [k for k in others if gone in self.axes(k)]
                if gone in over and not any(kept in self.axes(k) for k in moved):
                    product = self._times([self.rename(k, {gone.name: kept}) for k in others])
                    return self.sum(product, [a for a in over if a != gone])
        return None

    def _distributed(self, factors: list[int], over: Sequence[Axis]) -> int | None:
        """Σ of a product with a sum in which Kronecker deltas wait to be absorbed, as a sum of two."""
        for number, k in enumerate(factors):
            node = self.nodes[k]
            if isinstance(node, Map) and node.body == _primitive_tape("add") and len(node.operands) == 2:
                deltas = (self.nodes[d] for operand in node.operands for d in self._all_factors(operand))
                if any(isinstance(d, Identity) and set(d.axes) & set(over) for d in deltas):
                    others = factors[:number] + factors[number + 1 :]
                    return self.add(self.sum(self._times([*others, term]), over) for term in node.operands)
        return None

    def _times(self, factors: Iterable[int]) -> int:
        """The product of all these."""
        product = self.constant(1)
        for k in factors:
            product = self.mul(product, k)
        return product

    # ---- linear algebra ---------------------------------------------------------------------------

    def inverse(self, source: int) -> int:
        """The inverse of a matrix; its axes are called after the matrix's columns and rows, with ~."""
        row, column = self._matrix(source)
        return self._add(Inverse((_after(column), _after(row)), source))

    def logdet(self, source: int) -> int:
        """log det of a matrix."""
        self._matrix(source)
        return self._add(LogDet((), source))

    def det(self, source: int) -> int:
        """The determinant of a matrix."""
        self._matrix(source)
        return self._add(Det((), source))

    def solve(self, matrix: int, right: int) -> int:
        """matrix⁻¹ · right; the first axis of ``right`` is the equations'."""
        _, column = self._matrix(matrix)
        return self._add(Solve((_after(column), *self.axes(right)[1:]), matrix, right))

    def _matrix(self, source: int) -> Axes:
        axes = self.axes(source)
        if len(axes) != 2 or axes[0].size != axes[1].size:
            raise InputError(f"A square matrix is needed, but this has {' × '.join(str(a.size) for a in axes) or '1'}.")
        return axes

    # ---- the end ----------------------------------------------------------------------------------

    def build(
        self,
        outputs: Sequence[int | Output],
        variables: Sequence[str],
        parameters: Sequence[str] = (),
    ) -> ArrayProgram:
        """The program with these outputs; inputs stay even where nothing uses them."""
        wanted = [o if isinstance(o, Output) else Output(o, self.axes(o)) for o in outputs]
        inputs = [k for k, node in enumerate(self.nodes) if isinstance(node, Input)]
        kept = reachable(self.nodes, (*(o.node for o in wanted), *inputs))
        number = {old: new for new, old in enumerate(kept)}
        nodes = tuple(_renumbered(self.nodes[k], number) for k in kept)
        results = tuple(Output(number[o.node], o.axes) for o in wanted)
        return ArrayProgram(nodes, tuple(variables), tuple(parameters), results)


def union(*axes: Axes) -> Axes:
    """All axes in order of first appearance."""
    return tuple(dict.fromkeys(axis for part in axes for axis in part))


def _moved_axis(place: Affine, own: Axis, axes: Sequence[Axis]) -> Axis | None:
    """The axis whose index a place is, if it is as long as the source's own."""
    return next((a for a in axes if place == Affine.of(a.name) and a.size == own.size), None)


def _after(axis: Axis) -> Axis:
    return Axis(f"{axis.name}~", axis.size)


def _fills_once(axes: Axes, places: Sequence[Affine], over: Sequence[Axis]) -> bool:
    """Whether each entry gets exactly one value: the places are the moving axes, each once and in full."""
    if len(over) != len(axes):
        return False
    sizes = {a.name: a.size for a in over}
    names = [p.names[0] for p in places if p.terms and p == Affine.of(p.names[0])]
    if sorted(names) != sorted(sizes) or len(names) != len(places):
        return False
    return all(sizes[name] == axis.size for name, axis in zip(names, axes, strict=True))


def _renumbered(node: Node, number: Mapping[int, int]) -> Node:
    match node:
        case Map():
            return replace(node, operands=tuple(number[k] for k in node.operands))
        case Contract():
            return replace(node, left=number[node.left], right=number[node.right])
        case OthersTangent():
            return replace(node, source=number[node.source], direction=number[node.direction])
        case Solve():
            return replace(node, matrix=number[node.matrix], right=number[node.right])
        case Input() | Position() | Identity():
            return node
        case _:
            return replace(node, source=number[node.source])


@cache
def _constant_tape(value: Fraction | int | NamedConstant) -> Tape:
    builder = TapeBuilder(())
    return builder.build([builder.constant(value)])


@cache
def _primitive_tape(name: str) -> Tape:
    names = [f"a{k}" for k in range(primitive(name).arity)]
    builder = TapeBuilder(names)
    return builder.build([builder.emit(name, *range(len(names)))])


def _canonical(body: Tape, operands: Sequence[int], nodes: ArrayBuilder) -> tuple[Tape, list[int]]:
    """The body with inputs a0, a1, …: numbers written in, equal operands merged, unused ones dropped."""
    if len(operands) != len(body.names):
        raise InputError(f"The body of a map takes {len(body.names)} operands, but got {len(operands)}.")
    numbers = [nodes.number(k) for k in operands]
    kept = list(dict.fromkeys(k for k, c in zip(operands, numbers, strict=True) if c is None))
    while True:
        builder = TapeBuilder([f"a{k}" for k in range(len(kept))])
        slots = [
            kept.index(k) if k in kept else builder.constant(0 if c is None else c)
            for k, c in zip(operands, numbers, strict=True)
        ]
        result = clean(builder.build([builder.inline(body, slots)[int(body.outputs[0])]], (), body.rewrites))
        used = _used_inputs(result)
        if len(used) == len(kept):
            return result, kept
        kept = [k for number, k in enumerate(kept) if number in used]


def _used_inputs(tape: Tape) -> set[int]:
    inputs = {slot: row[1] for slot, row in enumerate(tape.rows) if row[0] == INPUT}
    read = {k for row in tape.rows if row[0] not in (INPUT, CONSTANT) for k in row[1:]} | set(tape.outputs.tolist())
    return {number for slot, number in inputs.items() if slot in read}
