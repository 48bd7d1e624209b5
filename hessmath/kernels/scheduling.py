"""Array programs → steps in order: fused loops, matrix products, factorisations.

A node gets memory of its own only where something must read it as an array: sums, scatters, matrix products, and the
operands of products and factorisations.  Everything else is computed inside the loops that use it.  Loops over the
same axes that do not wait for each other become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram
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
from hessmath.program.primitives import OPCODE

ADD = OPCODE["add"]
ZERO = Affine.of(0)

#: The size of a matrix that is assembled by tables: how many entries it stores.
ENTRIES = "#entries"

#: Where the places of tables are on lines, as sizes; and how many places must be cleared.
INNER_BEGIN, INNER_END, UNTOUCHED = "#begin", "#end", "#untouched"


@dataclass(frozen=True)
class Buffer:
    """Memory for a node's value: contiguous, the last axis fastest.

    ``place`` says where: ("input", name), ("out", number of the output) or ("scratch", number).
    """

    axes: Axes
    place: tuple[str, str | int]


@dataclass(frozen=True)
class Table:
    """Places that are looked up: 32-bit integers over axes, used where every condition is ≥ 0.

    Where ``line`` is not None, they are line[0] · index + line[1] for indices from ``INNER_BEGIN`` to ``INNER_END``.
    With ``stores`` nothing has been added at such a place before, so that it need not be cleared.
    """

    number: int
    axes: Axes
    conditions: Places
    line: tuple[int, int] | None = None
    stores: bool = False

    @property
    def buffer(self) -> Buffer:
        """Where the integers are."""
        return Buffer(self.axes, ("table", self.number))


@dataclass(frozen=True)
class Sink:
    """What a loop does with the value of a node: store it, add it to a place, or sum it.

    ``buffer`` is where the result goes; ``scatter`` tells the places, for a sum or a store they are the axes.
    With ``adds`` the result is added to what is there.  Along ``over`` values are reduced, to a "sum" or the "largest".
    """

    node: int
    buffer: Buffer
    axes: Axes
    over: Axes = ()
    scatter: Scatter | Table | None = None
    adds: bool = False
    reduction: str = "sum"

    @property
    def iteration(self) -> Axes:
        """All axes of the loops."""
        return (*self.axes, *self.over)


@dataclass
class Loop:
    """Nested loops over axes, outermost first, with everything that happens in them."""

    axes: Axes
    sinks: list[Sink] = field(default_factory=list)
    begin: Affine = ZERO  # of the outermost loop
    end: Affine | None = None
    upper: bool = False  # the second index begins at the first


@dataclass(frozen=True)
class Clear:
    """Fill a buffer with zeros."""

    buffer: Buffer


@dataclass(frozen=True)
class ClearPlaces:
    """Fill the looked-up places of a buffer with zeros."""

    buffer: Buffer
    places: Buffer


@dataclass(frozen=True)
class Multiply:
    """A matrix product; ``adds`` as in a sink."""

    node: Contract
    buffer: Buffer
    adds: bool


@dataclass(frozen=True)
class Factorise:
    """An inverse, a solution or a determinant; ``matrix`` holds the matrix and is overwritten.

    The buffer of a solution holds the right-hand side before, its equations' axis last.
    """

    node: Inverse | Solve | LogDet | Det
    buffer: Buffer
    matrix: Buffer


@dataclass(frozen=True)
class Accumulate:
    """Products along an axis: of all, of all the others, or the tangent of these."""

    node: Product | Others | OthersTangent
    buffer: Buffer
    sources: tuple[Buffer, ...]


@dataclass(frozen=True)
class Mirror:
    """Copy what is above the diagonal of a square matrix below it."""

    buffer: Buffer


Step = Loop | Clear | ClearPlaces | Multiply | Factorise | Accumulate | Mirror


@dataclass
class Schedule:
    """The steps in order, where each array node is kept, and how many scratch buffers there are."""

    program: ArrayProgram
    steps: list[Step]
    buffers: dict[int, Buffer]
    scratch: list[Buffer]


def schedule(
    program: ArrayProgram, tables: Sequence[Sequence[Table]] | None = None, *, symmetric: bool = False
) -> Schedule:
    """The steps of a program.

    Functions such as exp that several loops would compute again are computed once and kept.  So is what an early loop
    computes for itself and a later step turns out to need as an array: otherwise the loop would read it too early.

    Parameters
    ----------
    tables : for each output the tables of the places in ``out`` at which its entries are added; without, outputs are
        written one after the other
    symmetric : the only output is a symmetric matrix: its halves are made equal bit for bit, and where entries are
        computed one by one, only those on and above the diagonal are
    """
    kept: set[int] = set()
    while True:
        scheduler = _Scheduler(program, kept)
        made = scheduler.run() if tables is None else scheduler.assemble(tables)
        again = (_computed_again(made) | scheduler.early) - kept
        if not again:
            return _with_equal_halves(made) if symmetric else made
        kept |= again


class _Scheduler:
    def __init__(self, program: ArrayProgram, kept: Iterable[int]) -> None:
        self.program = program
        self.nodes = program.nodes
        self.kept = set(kept)
        self.steps: list[Step] = []
        self.clears: list[Step] = []
        self.ready: dict[Buffer, int] = {}  # the step after which a buffer holds its value
        self.buffers: dict[int, Buffer] = {}
        self.scratch: list[Buffer] = []
        self.early: set[int] = set()  # nodes that some loop would read before they are stored

        for k, node in enumerate(self.nodes):
            if isinstance(node, Input):
                self.buffers[k] = Buffer(node.axes, ("input", node.name))

    def assemble(self, tables: Sequence[Sequence[Table]]) -> Schedule:
        """Add every output's entries at looked-up places."""
        out = Buffer((Axis("#place", Affine.of(ENTRIES)),), ("out", 0))
        every = [table for found in tables for table in found]
        if any(table.stores for table in every):
            rest = Buffer((Axis("#place", Affine.of(UNTOUCHED)),), ("table", len(every)))
            self.clears.append(ClearPlaces(out, rest))
        else:
            self.clears.append(Clear(out))
        for output, found in zip(self.program.outputs, tables, strict=True):
            self.loop_for([Sink(output.node, out, (), output.axes, scatter=table, adds=True) for table in found])
        made = self.finished()
        made.steps = [part for step in made.steps for part in _cut(step)]
        return made

    def run(self) -> Schedule:
        """Write every output."""
        for number, output in enumerate(self.program.outputs):
            self.output(output.node, Buffer(output.axes, ("out", number)))
        return self.finished()

    def finished(self) -> Schedule:
        for number, step in enumerate(self.steps):
            for sink in step.sinks if isinstance(step, Loop) else ():
                for k in leaves(self.nodes, set(self.buffers) - {sink.node}, sink.node):
                    if k in self.buffers and self.ready.get(self.buffers[k], -1) >= number:
                        self.early.add(k)
        return Schedule(self.program, [*self.clears, *self.steps], self.buffers, self.scratch)

    # ---- what is needed ---------------------------------------------------------------------------

    def output(self, k: int, buffer: Buffer) -> None:
        terms = self.terms(k)
        whole = [t for t in terms if self.is_whole(t, buffer.axes)]
        rest = [t for t in terms if t not in whole]
        if k in self.buffers or not whole:
            self.store(k, buffer)
            return
        begun = False
        if rest:
            self.loop_for([Sink(t, buffer, buffer.axes, adds=t != rest[0]) for t in rest])
            begun = True
        for t in whole:
            self.compute(t, buffer, adds=begun)
            begun = True
        if len(terms) == 1:
            self.buffers[k] = buffer

    def terms(self, k: int) -> list[int]:
        """The summands of a node that is a sum of others, else the node."""
        node = self.nodes[k]
        if k in self.buffers or not isinstance(node, Map) or not _is_addition(node):
            return [k]
        return [term for operand in node.operands for term in self.terms(operand)]

    def is_whole(self, k: int, axes: Axes) -> bool:
        """Whether a node is computed as an array by itself, straight into memory with these axes."""
        node = self.nodes[k]
        return k not in self.buffers and node.axes == axes and isinstance(node, Scatter | Sum | Contract)

    def need(self, k: int) -> Buffer:
        """The buffer of a node, computed now if it is not there yet."""
        if k not in self.buffers:
            node = self.nodes[k]
            axes = (*node.axes[1:], node.axes[0]) if isinstance(node, Solve) else node.axes
            buffer = self.new(axes)
            if _is_array_step(node):
                self.compute(k, buffer, adds=False)
            else:
                self.store(k, buffer)
            self.buffers[k] = buffer
        return self.buffers[k]

    def new(self, axes: Axes) -> Buffer:
        buffer = Buffer(axes, ("scratch", len(self.scratch)))
        self.scratch.append(buffer)
        return buffer

    def store(self, k: int, buffer: Buffer) -> None:
        self.loop_for([Sink(k, buffer, buffer.axes)])

    def compute(self, k: int, buffer: Buffer, adds: bool) -> None:
        """Have a node computed into a buffer."""
        node = self.nodes[k]
        match node:
            case Sum() | Largest():
                reduction = "sum" if isinstance(node, Sum) else "largest"
                self.loop_for([Sink(node.source, buffer, node.axes, node.over, adds=adds, reduction=reduction)])
            case Scatter():
                if not adds:
                    self.clears.append(Clear(buffer))
                self.loop_for([Sink(node.source, buffer, (), node.over, scatter=node, adds=True)])
            case Contract():
                self.contract(node, buffer, adds)
            case Product() | Others() | OthersTangent():
                self.append(Accumulate(node, buffer, tuple(self.need(operand) for operand in node.operands)))
            case Inverse() | Solve() | LogDet() | Det():
                self.factorise(node, buffer)
            case _:
                self.store(k, buffer)

    def contract(self, node: Contract, buffer: Buffer, adds: bool) -> None:
        for k in node.operands:
            self.need(k if not self.is_view(k) else self.source(k))
        self.append(Multiply(node, buffer, adds))

    def is_view(self, k: int) -> bool:
        """Whether a node is a matrix or vector inside another buffer."""
        node = self.nodes[k]
        if k in self.buffers:
            return True
        if not isinstance(node, Gather) or node.conditions or len(node.places) != len(node.axes):
            return False
        names = [place.names for place in node.places]
        single = all(place.factor(place.names[0]) == 1 for place in node.places if len(place.names) == 1)
        sizes = {name for axis in node.axes for name in axis.size.names}
        moving = sorted(each for each in names if each and each[0] not in sizes)
        has_unit_stride = len(node.axes) < 2 or len(names[-1]) == 1
        return single and has_unit_stride and moving == sorted((axis.name,) for axis in node.axes)

    def source(self, k: int) -> int:
        node = self.nodes[k]
        return node.source if k not in self.buffers and isinstance(node, Gather) else k

    def factorise(self, node: Inverse | Solve | LogDet | Det, buffer: Buffer) -> None:
        matrix = node.matrix if isinstance(node, Solve) else node.source
        axes = self.nodes[matrix].axes
        work = Buffer(axes, buffer.place) if isinstance(node, Inverse) else self.new(axes)
        self.store(matrix, work)
        if isinstance(node, Solve):
            right = self.nodes[node.right].axes
            self.store(node.right, Buffer((*right[1:], right[0]), buffer.place))
        self.append(Factorise(node, buffer, work))

    # ---- order ------------------------------------------------------------------------------------

    def append(self, step: Multiply | Factorise | Accumulate) -> None:
        self.steps.append(step)
        self.ready[step.buffer] = len(self.steps) - 1

    def loop_for(self, sinks: Sequence[Sink]) -> None:
        """Put sinks into the first loop over their axes that comes late enough, else into a new one."""
        for sink in sinks:
            reads = [self.need(k) for k in self.arrays_in(sink.node)]
            after = max((self.ready[b] for b in reads if b in self.ready), default=-1)
            before = self.ready.get(sink.buffer, -1)
            at_hand = (at for at in range(after + 1, len(self.steps)) if self.may_join(sink, at, before))
            place = next(at_hand, None)
            if place is None:
                self.steps.append(Loop(sink.iteration))
                place = len(self.steps) - 1
            loop = self.steps[place]
            if isinstance(loop, Loop):
                loop.sinks.append(sink)
            self.ready[sink.buffer] = max(place, before)

    def may_join(self, sink: Sink, at: int, before: int) -> bool:
        """Whether a sink can go into step ``at``, its buffer having been written by step ``before``."""
        step = self.steps[at]
        if not isinstance(step, Loop) or set(step.axes) != set(sink.iteration) or at < before:
            return False
        if sink.over and sink.scatter is None and set(step.axes[: len(sink.axes)]) != set(sink.axes):
            return False  # a sum is kept in a register while the loops over its own axes are the outer ones
        earlier = [other for other in step.sinks if other.buffer == sink.buffer]
        return all((other.scatter is None) == (sink.scatter is None) for other in earlier)

    def arrays_in(self, k: int) -> list[int]:
        """The nodes that a value inside a loop reads from memory."""
        return leaves(self.nodes, self.kept | set(self.buffers), k)


def _with_equal_halves(made: Schedule) -> Schedule:
    """The schedule of a symmetric matrix with what is below its diagonal copied from above.

    Scatters of such a program come in pairs, for an entry and its mirror image, and need no copy.
    """
    buffers: set[Buffer] = set()
    for step in made.steps:
        if isinstance(step, Multiply) and step.buffer.place == ("out", 0):
            buffers.add(step.buffer)
        if isinstance(step, Loop):
            written = [sink.buffer for sink in step.sinks if sink.scatter is None and sink.buffer.place == ("out", 0)]
            buffers.update(written)
            step.upper = len(written) == len(step.sinks) and step.axes[:2] == written[0].axes
    made.steps += [Mirror(buffer) for buffer in buffers]
    return made


def _cut(step: Step) -> list[Step]:
    """A loop whose places are on lines as three: before, inside and after the range where they are."""
    if not isinstance(step, Loop):
        return [step]
    tables = [sink.scatter for sink in step.sinks if isinstance(sink.scatter, Table)]
    if len(tables) < len(step.sinks) or any(table.line is None for table in tables):
        return [step]
    looked_up = [
        replace(sink, scatter=replace(table, line=None, stores=False))
        for sink, table in zip(step.sinks, tables, strict=True)
    ]
    # What stores comes first: it is the place's first term in this iteration.
    on_lines = sorted(step.sinks, key=lambda sink: not (isinstance(sink.scatter, Table) and sink.scatter.stores))
    begin, end = Affine.of(INNER_BEGIN), Affine.of(INNER_END)
    return [
        Loop(step.axes, looked_up, end=begin),
        Loop(step.axes, on_lines, begin, end),
        Loop(step.axes, looked_up, begin=end),
    ]


def leaves(nodes: Sequence[Node], kept: Iterable[int], k: int) -> list[int]:
    """The arrays that a value inside a loop is computed from; ``kept`` are in memory, ``k`` itself is computed."""
    kept = set(kept)
    found: dict[int, None] = {}
    stack = [k]
    while stack:
        each = stack.pop()
        node = nodes[each]
        if isinstance(node, Map) and (each == k or each not in kept):
            stack.extend(reversed(node.operands))
        elif isinstance(node, Gather) and (each == k or each not in kept):
            if not isinstance(nodes[node.source], Identity):
                found[node.source] = None
        elif not isinstance(node, Position | Identity):
            found[each] = None
    return list(found)


def _is_array_step(node: Node) -> bool:
    return not isinstance(node, Input | Map | Gather | Position | Identity)


def _is_addition(node: Map) -> bool:
    rows = node.body.rows
    return len(node.operands) == 2 and len(rows) == 3 and rows[2][0] == ADD


def _computed_again(made: Schedule) -> set[int]:
    """Maps with calls that more than one loop computes."""
    seen: dict[int, set[int]] = {}
    for number, step in enumerate(made.steps):
        if isinstance(step, Loop):
            for sink in step.sinks:
                for k in _inside(made, sink.node):
                    seen.setdefault(k, set()).add(number)
    nodes = made.program.nodes
    return {
        k
        for k, loops in seen.items()
        if len(loops) > 1 and isinstance(node := nodes[k], Map) and node.axes and node.body.cost.calls
    }


def _inside(made: Schedule, k: int) -> set[int]:
    """The nodes computed inside a loop for a value."""
    nodes, found, stack = made.program.nodes, set(), [k]
    while stack:
        each = stack.pop()
        if each in found or each in made.buffers:
            continue
        found.add(each)
        node = nodes[each]
        if isinstance(node, Map | Gather):
            stack.extend(node.operands)
    return found
