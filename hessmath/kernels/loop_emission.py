"""One group of nested loops → one function in LLVM IR.

Everything computed in the loops is one tape, so that the sinks share their subexpressions.  Each instruction stands in
the outermost loop that knows its operands.  exp, log, tanh and the like are our own, within 2 ULP, so that their loops
run in SIMD lanes.  Sums run in a register and may be added up in any order (several partial sums at once, which vector
units need and which rounds no worse); nothing else is reassociated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from hessmath.kernels import vector_math
from hessmath.kernels.instructions import INTERNAL, LEAVES, ZERO, Instructions, nearest
from hessmath.kernels.lanes import float_bits
from hessmath.kernels.loop_body import loop_body
from hessmath.kernels.scheduling import Buffer, Loop, Schedule, Sink, Table
from hessmath.kernels.vector_functions import STRAIGHT
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.nodes import Axes, Gather, Identity, Position
from hessmath.program.primitives import PRIMITIVES
from hessmath.program.tape import Tape

Placed = tuple[str, int]
"""A register or literal, and the number of loops around the place where it is known."""


#: How values are reduced: what the register begins with, and the operation.
REDUCTIONS = {
    "sum": (ZERO, "fadd reassoc double {a}, {b}"),
    "largest": (float_bits(-inf), "call double @llvm.maximum.f64(double {a}, double {b})"),
}


@dataclass(frozen=True)
class LoopFunction:
    """The text of a function ``void NAME(ptr %ctx, ptr buffers …)``, its buffers in order, and its operations."""

    name: str
    text: str
    buffers: tuple[Buffer, ...]
    body: Tape

    def call(self, pointers: Mapping[Buffer, str]) -> str:
        """The instruction that runs it."""
        given = "".join(f", ptr {pointers[buffer]}" for buffer in self.buffers)
        return f"call void @{self.name}(ptr %ctx{given})"


class LoopInstructions(Instructions):
    """Single instructions in loops: elementary functions without branches are our own, which LLVM widens to lanes."""

    def inline(self, template: str, result: str, values: list[str]) -> str:
        """The template, or the function of its name."""
        if template in STRAIGHT:
            return self.call(template, result, values)
        text = super().inline(template, result, values)
        for function in STRAIGHT:
            if f"@{function}(" in text:
                text = text.replace(f"@{function}(", f"@{self.own(function)}(")
        return text

    def call(self, function: str, result: str, values: list[str]) -> str:
        """A call of a function of our own, or else of a library."""
        if function not in STRAIGHT:
            return super().call(function, result, values)
        return f"{result} = call double @{self.own(function)}(double {values[0]})"

    def own(self, function: str) -> str:
        """The name of our own function, defined in the module."""
        name = f"hm_{function}_v1"
        if name not in self.declared:
            text, calls = vector_math.definition(function, 1)
            for called in calls:
                self.declared.setdefault(called, vector_math.declaration(called))
            self.symbols |= dict.fromkeys(vector_math.library_symbols(calls))
            self.declared[name] = text
        return name


class Block:
    """Integer arithmetic on sizes and indices in one function, each value computed once, as far out as it can be."""

    def __init__(self, sizes: Mapping[str, int], depths: Mapping[str, int]) -> None:
        self.sizes, self.depths = sizes, depths
        self.lines: list[list[str]] = [[] for _ in range(max(depths.values(), default=0) + 1)]
        self._known: dict[tuple[str, str, str], Placed] = {}
        self._count = 0

    def put(self, depth: int, text: str) -> str:
        """Append an instruction at a depth; the register that holds its result."""
        self._count += 1
        self.lines[depth].append(f"%r{self._count} = {text}")
        return f"%r{self._count}"

    def name(self, name: str) -> Placed:
        """A size or the index of an axis."""
        if name in self.depths:
            return f"%i{self.depths[name]}", self.depths[name]
        if ("size", name, "") not in self._known:
            at = self.put(0, f"getelementptr i64, ptr %ctx, i64 {self.sizes[name]}")
            self._known["size", name, ""] = self.put(0, f"load i64, ptr {at}"), 0
        return self._known["size", name, ""]

    def combine(self, operation: str, a: Placed, b: Placed) -> Placed:
        """``add`` or ``mul`` of two integers."""
        if operation == "add" and "0" in (a[0], b[0]):
            return b if a[0] == "0" else a
        if operation == "mul" and "1" in (a[0], b[0]):
            return b if a[0] == "1" else a
        if operation == "mul" and "0" in (a[0], b[0]):
            return "0", 0
        key = (operation, a[0], b[0])
        if key not in self._known:
            depth = max(a[1], b[1])
            self._known[key] = self.put(depth, f"{operation} nsw i64 {a[0]}, {b[0]}"), depth
        return self._known[key]

    def affine(self, value: Affine) -> Placed:
        """c + Σ aₖ·nameₖ, outer indices first."""
        parts = [(self.name(name), a) for name, a in value.terms]
        total: Placed = (str(value.constant), 0)
        for placed, a in sorted(parts, key=lambda part: part[0][1]):
            total = self.combine("add", total, self.combine("mul", placed, (str(a), 0)))
        return total

    def strides(self, axes: Axes) -> list[Placed]:
        """The distance between neighbours along each axis of a contiguous array."""
        strides: list[Placed] = [("1", 0)]
        for axis in reversed(axes[1:]):
            strides.append(self.combine("mul", strides[-1], self.affine(axis.size)))
        return strides[: len(axes)][::-1]

    def length(self, axes: Axes) -> Placed:
        """The number of entries of an array."""
        total: Placed = ("1", 0)
        for axis in axes:
            size = self.affine(axis.size)
            total = self.combine("mul", total, size if axis.size.is_never_negative else self.at_least_zero(size))
        return total

    def at_least_zero(self, a: Placed) -> Placed:
        """The integer, or 0 where it is negative: an axis of size n − 2 has no entry for n = 1."""
        key = ("at least zero", a[0], "")
        if key not in self._known:
            positive = self.put(a[1], f"icmp sgt i64 {a[0]}, 0")
            self._known[key] = self.put(a[1], f"select i1 {positive}, i64 {a[0]}, i64 0"), a[1]
        return self._known[key]

    def flat(self, axes: Axes, places: Sequence[Affine]) -> Placed:
        """Where an entry of a contiguous array is."""
        parts = [
            self.combine("mul", self.affine(place), stride)
            for place, stride in zip(places, self.strides(axes), strict=True)
        ]
        total: Placed = ("0", 0)
        for part in sorted(parts, key=lambda part: part[1]):
            total = self.combine("add", total, part)
        return total


class LoopEmitter:
    """The state of the emission of one group of loops."""

    def __init__(
        self, name: str, loop: Loop, made: Schedule, sizes: Mapping[str, int], known: LoopInstructions
    ) -> None:
        self.fname, self.loop, self.made, self.known = name, loop, made, known
        self.nodes = made.program.nodes
        self.depth = len(loop.axes)
        self.block = Block(sizes, {axis.name: d for d, axis in enumerate(loop.axes, 1)})
        self.lines = self.block.lines
        self.lines += [[] for _ in range(self.depth + 1 - len(self.lines))]
        self.tails: list[list[str]] = [[] for _ in range(self.depth + 1)]
        self.pointers: dict[Buffer, str] = {}

    def function(self) -> LoopFunction:
        """The whole function."""
        body, values = self.values()
        for number, (sink, value) in enumerate(zip(self.loop.sinks, values, strict=True)):
            self.sink(number, sink, value)
        text = ["entry:", *self.nest(0)]
        parameters = "".join(f", ptr noalias {register}" for register in self.pointers.values())
        head = f"define {INTERNAL}void @{self.fname}(ptr noalias readonly %ctx{parameters}) nounwind {{"
        return LoopFunction(self.fname, "\n".join([head, *text, "ret void", "}"]), tuple(self.pointers), body)

    def nest(self, d: int) -> list[str]:
        """The lines inside ``d`` loops, with the loops further in."""
        if d == self.depth:
            return [*self.lines[d], *self.tails[d]]
        end = self.loop.end if d == 0 and self.loop.end is not None else self.loop.axes[d].size
        size, _ = self.block.affine(end)
        begin, _ = self.block.affine(self.loop.begin) if d == 0 else ("0", 0)
        if d == 1 and self.loop.upper:
            begin = "%i1"
        k = d + 1
        inner = self.nest(k)
        return [
            *self.lines[d],
            f"br label %before{k}",
            f"before{k}:",
            f"%some{k} = icmp sgt i64 {size}, {begin}",
            f"br i1 %some{k}, label %body{k}, label %after{k}",
            f"body{k}:",
            f"%i{k} = phi i64 [ {begin}, %before{k} ], [ %next{k}, %last{k} ]",
            *inner,
            f"br label %last{k}",
            f"last{k}:",
            f"%next{k} = add nuw nsw i64 %i{k}, 1",
            f"%more{k} = icmp slt i64 %next{k}, {size}",
            f"br i1 %more{k}, label %body{k}, label %after{k}",
            f"after{k}:",
            *self.tails[d],
        ]

    # ---- values -----------------------------------------------------------------------------------

    def values(self) -> tuple[Tape, list[Placed]]:
        """One tape for all sinks, emitted; the value of each sink."""
        body = loop_body(self.loop, self.made)
        return body.tape, self.emitted(body.tape, [self.entry(k, is_root) for k, is_root in body.entries])

    def entry(self, k: int, is_root: bool) -> Placed:
        """The value of an entry of an array, a position, or a Kronecker delta."""
        node = self.nodes[k]
        computed = is_root and isinstance(node, Gather | Position | Identity)
        if k in self.made.buffers and not computed:
            return self.load(self.made.buffers[k], [Affine.of(a.name) for a in self.made.buffers[k].axes], ())
        if isinstance(node, Position):
            value, depth = self.block.affine(node.value)
            return self.block.put(depth, f"sitofp i64 {value} to double"), depth
        if isinstance(node, Identity):
            return self.delta([Affine.of(axis.name) for axis in node.axes], ())
        assert isinstance(node, Gather)
        source = self.nodes[node.source]
        if isinstance(source, Identity):
            return self.delta(node.places, node.conditions)
        buffer = self.made.buffers[node.source]
        by_axis = dict(zip(source.axes, node.places, strict=True))
        return self.load(buffer, [by_axis[axis] for axis in buffer.axes], node.conditions)

    def load(self, buffer: Buffer, places: Sequence[Affine], conditions: Sequence[Affine]) -> Placed:
        """An entry of a buffer, 0 where a condition fails."""
        flat = self.block.flat(buffer.axes, places)
        holds = self.holds(conditions)
        if holds is not None:
            depth = max(flat[1], holds[1])
            flat = self.block.put(depth, f"select i1 {holds[0]}, i64 {flat[0]}, i64 0"), depth
        at = self.block.put(flat[1], f"getelementptr double, ptr {self.pointer(buffer)}, i64 {flat[0]}")
        value = self.block.put(flat[1], f"load double, ptr {at}")
        if holds is not None:
            value = self.block.put(flat[1], f"select i1 {holds[0]}, double {value}, double {ZERO}")
        return value, flat[1]

    def delta(self, places: Sequence[Affine], conditions: Sequence[Affine]) -> Placed:
        """1 where two places are equal and the conditions hold, else 0."""
        left, right = (self.block.affine(place) for place in places)
        depth = max(left[1], right[1])
        same = self.block.put(depth, f"icmp eq i64 {left[0]}, {right[0]}")
        holds = self.holds(conditions)
        if holds is not None:
            depth = max(depth, holds[1])
            same = self.block.put(depth, f"and i1 {same}, {holds[0]}")
        return self.block.put(depth, f"uitofp i1 {same} to double"), depth

    def holds(self, conditions: Sequence[Affine]) -> Placed | None:
        """Whether all conditions are ≥ 0; None when there are none."""
        result: Placed | None = None
        for condition in conditions:
            value, depth = self.block.affine(condition)
            test = self.block.put(depth, f"icmp sge i64 {value}, 0")
            if result is None:
                result = test, depth
            else:
                depth = max(depth, result[1])
                result = self.block.put(depth, f"and i1 {result[0]}, {test}"), depth
        return result

    def pointer(self, buffer: Buffer) -> str:
        """The parameter that points to a buffer."""
        return self.pointers.setdefault(buffer, f"%b{len(self.pointers)}")

    def emitted(self, tape: Tape, loaded: Sequence[Placed]) -> list[Placed]:
        """The instructions of the tape, each as far out as its operands allow."""
        values: list[Placed] = []
        for slot, (code, *operands) in enumerate(tape.rows):
            row = PRIMITIVES[code]
            if row.name == "input":
                values.append(loaded[operands[0]])
            elif code in LEAVES:
                values.append((float_bits(nearest(tape.constants[operands[0]])), 0))
            else:
                given = [values[o] for o in operands[: row.arity]]
                depth = max((d for _, d in given), default=0)
                name = f"%t{slot}"
                text = self.known.instruction(row.name, row.emission, name, [register for register, _ in given])
                self.lines[depth].append(text)
                values.append((name, depth))
        return [values[slot] for slot in tape.outputs.tolist()]

    # ---- sinks ------------------------------------------------------------------------------------

    def sink(self, number: int, sink: Sink, value: Placed) -> None:
        """What happens with one value."""
        if sink.scatter is not None:
            self.scatter(sink, value[0])
        elif sink.over:
            self.sum(number, sink, value[0])
        else:
            self.write(sink.buffer, [Affine.of(a.name) for a in sink.axes], value[0], sink.adds, self.lines)

    def write(
        self, buffer: Buffer, places: Sequence[Affine], value: str, adds: bool, where: list[list[str]], depth: int = -1
    ) -> None:
        """Store or add a value at a place, by lines of the innermost loop or of the end of another."""
        flat, _ = self.block.flat(buffer.axes, places)
        lines = where[depth]
        self._serial = getattr(self, "_serial", 0) + 1
        at = f"%w{self._serial}"
        lines.append(f"{at} = getelementptr double, ptr {self.pointer(buffer)}, i64 {flat}")
        if adds:
            lines += [f"{at}.old = load double, ptr {at}", f"{at}.new = fadd double {at}.old, {value}"]
            value = f"{at}.new"
        lines.append(f"store double {value}, ptr {at}")

    def sum(self, number: int, sink: Sink, value: str) -> None:
        """Add up in a register, begun and written in the loop that runs over the sum's own axes."""
        outer, total = len(sink.axes), f"%sum{number}"
        begin, text = REDUCTIONS[sink.reduction]
        for function in (part.partition("(")[0] for part in text.split("@")[1:]):
            self.known.declare(function, 2)
        self.lines[0].insert(0, f"{total} = alloca double")
        self.lines[outer].append(f"store double {begin}, ptr {total}")
        self.lines[self.depth] += [
            f"{total}.old = load double, ptr {total}",
            f"{total}.new = {text.format(a=f'{total}.old', b=value)}",
            f"store double {total}.new, ptr {total}",
        ]
        self.tails[outer].append(f"{total}.all = load double, ptr {total}")
        self.write(sink.buffer, [Affine.of(a.name) for a in sink.axes], f"{total}.all", sink.adds, self.tails, outer)

    def looked_up(self, table: Buffer, index: Sequence[Affine]) -> str:
        """A place from a table, in the innermost loop."""
        entry, _ = self.block.flat(table.axes, index)
        at = self.block.put(self.depth, f"getelementptr i32, ptr {self.pointer(table)}, i64 {entry}")
        place = self.block.put(self.depth, f"load i32, ptr {at}")
        return self.block.put(self.depth, f"zext i32 {place} to i64")

    def scatter(self, sink: Sink, value: str) -> None:
        """Add a value at places that depend on the indices, where the conditions hold."""
        assert sink.scatter is not None
        depth = self.depth
        stores = False
        if isinstance(sink.scatter, Table) and sink.scatter.line is not None:
            stores = sink.scatter.stores
            (axis,), (distance, first) = sink.scatter.axes, sink.scatter.line
            flat, _ = self.block.affine(distance * Affine.of(axis.name) + first)
        elif isinstance(sink.scatter, Table):
            table = sink.scatter.buffer
            flat = self.looked_up(table, [Affine.of(axis.name) for axis in table.axes])
        else:
            flat, _ = self.block.flat(sink.buffer.axes, sink.scatter.places)
        holds = self.holds(sink.scatter.conditions)
        if holds is not None:
            flat = self.block.put(depth, f"select i1 {holds[0]}, i64 {flat}, i64 0")
            value = self.block.put(depth, f"select i1 {holds[0]}, double {value}, double {ZERO}")
        at = self.block.put(depth, f"getelementptr double, ptr {self.pointer(sink.buffer)}, i64 {flat}")
        if not stores:
            old = self.block.put(depth, f"load double, ptr {at}")
            value = self.block.put(depth, f"fadd double {old}, {value}")
        self.lines[depth].append(f"store double {value}, ptr {at}")
