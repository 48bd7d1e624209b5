"""Array programs → LLVM IR: a function that runs the steps of a schedule.

The signature is that of all kernels, ``double (const double *x, const double *v, const double *p, double *out)``.  The
third array is the context, 64-bit integers: the value of each size, then the address of each parameter's numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hessmath.kernels import matrix_steps
from hessmath.kernels.emission import SIGNATURE
from hessmath.kernels.instructions import ZERO
from hessmath.kernels.loop_emission import Block, LoopEmitter, LoopFunction, LoopInstructions
from hessmath.kernels.matrix_steps import View
from hessmath.kernels.scheduling import (
    Accumulate,
    Buffer,
    Clear,
    ClearPlaces,
    Factorise,
    Loop,
    Mirror,
    Multiply,
    Schedule,
    Step,
    Table,
    schedule,
)
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.nodes import (
    Det,
    Gather,
    Inverse,
    LogDet,
    Others,
    OthersTangent,
    Product,
    Solve,
)
from hessmath.program.tape import Tape


@dataclass(frozen=True)
class EmittedArrays:
    """A module that defines ``kernel``, the outside functions it calls, and its steps in words.

    ``bodies`` are the tapes inside the loops.
    """

    text: str
    symbols: tuple[str, ...]
    bodies: tuple[Tape, ...]
    steps: tuple[str, ...]


def emit_arrays(
    program: ArrayProgram,
    sizes: Sequence[str],
    *,
    returns_first: bool = False,
    tables: Sequence[Sequence[Table]] | None = None,
    symmetric: bool = False,
) -> EmittedArrays:
    """The LLVM IR of an array program; ``sizes`` are the names in the context, in order.

    With ``returns_first`` the first output, a number, is returned, and the others are written to ``out`` one after
    the other, row by row; without, all are written.  With ``tables`` the entries of the outputs are added to the
    numbers of ``out`` at looked-up places; the context then has one more size, the length of ``out``, and after the
    parameters the addresses of the tables.  ``symmetric`` as in ``schedule``.  The length of the text does not depend
    on the sizes.
    """
    return _Driver(program, sizes, returns_first, tables, symmetric).module()


class _Driver:
    def __init__(
        self,
        program: ArrayProgram,
        sizes: Sequence[str],
        returns_first: bool,
        tables: Sequence[Sequence[Table]] | None,
        symmetric: bool,
    ) -> None:
        self.program, self.returns_first = program, returns_first
        self.tables = tables
        self.made: Schedule = schedule(program, tables, symmetric=symmetric)
        self.known = LoopInstructions()
        self.sizes = {name: place for place, name in enumerate(sizes)}
        self.block = Block(self.sizes, {})
        self.lines = self.block.lines[0]
        self.functions: list[LoopFunction] = []
        self.pointers_at: dict[tuple[str, str | int], str] = {}
        self.parts: dict[str, str] = {}
        self.words: list[str] = []

    def module(self) -> EmittedArrays:
        """The whole module."""
        self.inputs()
        self.outputs()
        heap = self.scratch()
        for step in self.made.steps:
            self.step(step)
        result = ZERO
        if self.returns_first:
            result = self.block.put(0, f"load double, ptr {self.pointers_at[('out', 0)]}")
        if heap:
            self.lines.append("call void @free(ptr %heap)")
        body = "\n".join([f"define double @kernel({SIGNATURE}) nounwind {{", *self.lines, f"ret double {result}", "}"])
        texts = [*self.known.declared.values(), *self.parts.values(), *(f.text for f in self.functions), body]
        return EmittedArrays(
            "\n".join(texts),
            tuple(self.known.symbols),
            tuple(function.body for function in self.functions),
            tuple(self.words),
        )

    # ---- memory -----------------------------------------------------------------------------------

    def inputs(self) -> None:
        """Where each input begins: variables in x, directions in v, parameters where the context says."""
        self.lines.append("%ctx = getelementptr i8, ptr %p, i64 0")
        offset = ("0", 0)
        for name in self.program.variables:
            self.pointers_at["input", name] = self.moved("%x", offset[0])
            if f"d.{name}" in self.program.inputs:
                self.pointers_at["input", f"d.{name}"] = self.moved("%v", offset[0])
            offset = self.block.combine("add", offset, self.block.length(self.program.shape(name)))
        given = [name for name in self.program.parameters if not self.is_direction(name)]
        for place, name in enumerate(given, len(self.sizes)):
            at = self.block.put(0, f"getelementptr ptr, ptr %p, i64 {place}")
            self.pointers_at["input", name] = self.block.put(0, f"load ptr, ptr {at}")
        tables = [table for found in self.tables or () for table in found]
        if any(table.stores for table in tables):
            tables.append(Table(len(tables), (), ()))  # what must be cleared
        for table in tables:
            at = self.block.put(0, f"getelementptr ptr, ptr %p, i64 {len(self.sizes) + len(given) + table.number}")
            self.pointers_at[table.buffer.place] = self.block.put(0, f"load ptr, ptr {at}")

    def is_direction(self, name: str) -> bool:
        return name.startswith("d.") and name[2:] in self.program.variables

    def outputs(self) -> None:
        """Where each output goes."""
        if self.tables is not None:
            self.pointers_at["out", 0] = "%out"
            return
        offset = ("0", 0)
        for number, output in enumerate(self.program.outputs):
            if number == 0 and self.returns_first:
                self.pointers_at["out", 0] = self.block.put(0, "alloca double")
                continue
            self.pointers_at["out", number] = self.moved("%out", offset[0])
            offset = self.block.combine("add", offset, self.block.length(output.axes))

    def scratch(self) -> bool:
        """Memory for what is kept between steps; whether some of it is on the heap."""
        offset = ("0", 0)
        arrays = []
        for number, buffer in enumerate(self.made.scratch):
            if not buffer.axes:
                self.pointers_at["scratch", number] = self.block.put(0, "alloca double")
            else:
                arrays.append((number, offset[0]))
                offset = self.block.combine("add", offset, self.block.length(buffer.axes))
        if not arrays:
            return False
        self.allocates()
        size = self.block.combine("mul", self.block.combine("add", offset, ("1", 0)), ("8", 0))
        self.lines.append(f"%heap = call ptr @malloc(i64 {size[0]})")
        self.lines.append("%none = icmp eq ptr %heap, null\nbr i1 %none, label %exhausted, label %run")
        self.lines.append("exhausted:\nret double 0x7FF8000000000000\nrun:")
        for number, begin in arrays:
            self.pointers_at["scratch", number] = self.moved("%heap", begin)
        return True

    def allocates(self) -> None:
        self.declare("malloc", "declare ptr @malloc(i64)")
        self.declare("free", "declare void @free(ptr)")

    def declare(self, symbol: str, text: str) -> None:
        self.known.declared[symbol] = text
        self.known.symbols[symbol] = None

    def moved(self, pointer: str, offset: str) -> str:
        if offset == "0":
            return pointer
        return self.block.put(0, f"getelementptr double, ptr {pointer}, i64 {offset}")

    def pointer(self, buffer: Buffer) -> str:
        return self.pointers_at[buffer.place]

    # ---- steps ------------------------------------------------------------------------------------

    def step(self, step: Step) -> None:
        match step:
            case Loop():
                emitter = LoopEmitter(f"loop{len(self.functions)}", step, self.made, self.sizes, self.known)
                self.call(emitter.function())
                sizes = " × ".join(str(axis.size) for axis in step.axes) or "1"
                self.words.append(f"loop of {sizes}, {self.functions[-1].body.cost.total} operations each")
            case Clear():
                size = self.block.combine("mul", self.block.length(step.buffer.axes), ("8", 0))
                self.known.declared["llvm.memset.p0.i64"] = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"
                self.known.symbols["memset"] = None
                self.lines.append(
                    f"call void @llvm.memset.p0.i64(ptr {self.pointer(step.buffer)}, i8 0, i64 {size[0]}, i1 false)"
                )
            case ClearPlaces():
                self.clear_places(step)
            case Multiply():
                self.multiply(step)
                self.words.append("matrix product")
            case Factorise():
                self.factorise(step)
                self.words.append(f"factorisation for {type(step.node).__name__.lower()}")
            case Accumulate():
                self.accumulate(step)
                self.words.append("running products")
            case Mirror():
                n = self.block.affine(step.buffer.axes[0].size)[0]
                self.parts["mirror"] = matrix_steps.MIRROR
                self.lines.append(f"call void @hm.mirror(ptr {self.pointer(step.buffer)}, i64 {n})")

    def clear_places(self, step: ClearPlaces) -> None:
        emitter = LoopEmitter(f"loop{len(self.functions)}", Loop(step.places.axes), self.made, self.sizes, self.known)
        index = Affine.of(step.places.axes[0].name)
        place = emitter.looked_up(step.places, [index])
        at = emitter.block.put(1, f"getelementptr double, ptr {emitter.pointer(step.buffer)}, i64 {place}")
        emitter.lines[1].append(f"store double {ZERO}, ptr {at}")
        self.call(emitter.function())

    def call(self, function: LoopFunction) -> None:
        self.functions.append(function)
        self.lines.append(function.call({buffer: self.pointer(buffer) for buffer in function.buffers}))

    def multiply(self, step: Multiply) -> None:
        node = step.node
        left, right = self.program.nodes[node.left].axes, self.program.nodes[node.right].axes
        over = next(axis for axis in left if axis not in node.axes)
        k = self.block.affine(over.size)[0]
        rows = [axis for axis in left if axis != over]
        columns = [axis for axis in right if axis != over]
        out_strides = dict(zip(step.buffer.axes, self.block.strides(step.buffer.axes), strict=True))
        if rows and columns:
            m, n = (self.block.affine(axes[0].size)[0] for axes in (rows, columns))
            out = View(self.pointer(step.buffer), out_strides[rows[0]][0], out_strides[columns[0]][0])
            sides = self.view(node.left, rows[0].name, over.name), self.view(node.right, over.name, columns[0].name)
            self.part("blas_dgemm", matrix_steps.GEMM)
            beta = "1.0" if step.adds else "0.0"
            self.lines.append(matrix_steps.gemm(m, n, k, *sides, out, beta))
            return
        free = (rows or columns)[0]
        matrix, vector = (node.left, node.right) if rows else (node.right, node.left)
        out = View(self.pointer(step.buffer), out_strides[free][0], "1")
        if not step.adds:
            self.step(Clear(step.buffer))
        self.part("blas_dgemv", matrix_steps.GEMV)
        self.lines.append(
            matrix_steps.gemv(
                self.block.affine(free.size)[0],
                k,
                self.view(matrix, free.name, over.name),
                self.view(vector, over.name, over.name),
                out,
            )
        )

    def part(self, routine: str, text: str) -> None:
        self.declare(routine, matrix_steps.declarations()[routine])
        self.parts[routine] = text
        self.known.declared["llvm.smax.i64"] = "declare i64 @llvm.smax.i64(i64, i64)"
        self.known.declared["llvm.smax.i32"] = "declare i32 @llvm.smax.i32(i32, i32)"

    def view(self, k: int, row: str, column: str) -> View:
        """A node as a matrix inside memory, with the distances along two of its axes."""
        node = self.program.nodes[k]
        if k in self.made.buffers:
            buffer = self.made.buffers[k]
            places = [Affine.of(axis.name) for axis in buffer.axes]
        else:
            assert isinstance(node, Gather)
            buffer = self.made.buffers[node.source]
            by_axis = dict(zip(self.program.nodes[node.source].axes, node.places, strict=True))
            places = [by_axis[axis] for axis in buffer.axes]
        axes = {axis.name for axis in node.axes}
        start, distance = ("0", 0), {row: ("0", 0), column: ("0", 0)}
        for place, stride in zip(places, self.block.strides(buffer.axes), strict=True):
            moving = [name for name in place.names if name in axes]
            fixed = place.put(dict.fromkeys(moving, 0))
            start = self.block.combine("add", start, self.block.combine("mul", self.block.affine(fixed), stride))
            for name in moving:
                distance[name] = self.block.combine("add", distance[name], stride)
        return View(self.moved(self.pointer(buffer), start[0]), distance[row][0], distance[column][0])

    def factorise(self, step: Factorise) -> None:
        self.allocates()
        for routine in ("lapack_dgetrf", "lapack_dgetri", "lapack_dgetrs"):
            self.part(routine, "")
        self.parts["factor"] = matrix_steps.FACTOR
        for function, arity in (("llvm.fabs.f64", 1), ("llvm.copysign.f64", 2), ("log", 1)):
            self.known.declare(function, arity)
        n = self.block.affine(step.matrix.axes[0].size)[0]
        matrix, out = self.pointer(step.matrix), self.pointer(step.buffer)
        match step.node:
            case Inverse():
                self.lines.append(f"call void @hm.invert(ptr {matrix}, i64 {n})")
            case Solve():
                count, _ = self.block.length(step.buffer.axes[:-1])
                self.lines.append(f"call void @hm.solve(ptr {matrix}, i64 {n}, ptr {out}, i64 {count})")
            case Det() | LogDet():
                logarithm = "true" if isinstance(step.node, LogDet) else "false"
                self.lines.append(f"call void @hm.det(ptr {matrix}, i64 {n}, ptr {out}, i1 {logarithm})")

    def accumulate(self, step: Accumulate) -> None:
        """Running products: loops over the other axes around a call along one."""
        self.allocates()
        self.parts["running"] = matrix_steps.RUNNING
        node = step.node
        axes = [axis for axis in step.buffer.axes if axis != node.over]
        emitter = LoopEmitter(f"loop{len(self.functions)}", Loop(tuple(axes)), self.made, self.sizes, self.known)
        block = emitter.block
        arguments = []
        for buffer in (*step.sources, step.buffer):
            at, step_ = self.along(emitter, buffer, node)
            arguments.append((at, step_))
        n = block.affine(node.over.size)[0]
        v, out = arguments[0], arguments[-1]
        match node:
            case Product():
                text = f"call void @hm.product(ptr {v[0]}, i64 {n}, i64 {v[1]}, ptr {out[0]})"
            case Others():
                text = f"call void @hm.others(ptr {v[0]}, i64 {n}, i64 {v[1]}, ptr {out[0]}, i64 {out[1]})"
            case OthersTangent():
                w = arguments[1]
                text = (
                    f"call void @hm.others.tangent(ptr {v[0]}, i64 {n}, i64 {v[1]}, ptr {w[0]}, i64 {w[1]}, "
                    f"ptr {out[0]}, i64 {out[1]})"
                )
        emitter.lines[emitter.depth].append(text)
        self.call(emitter.function())

    def along(self, emitter: LoopEmitter, buffer: Buffer, node: Product | Others | OthersTangent) -> tuple[str, str]:
        """Where a line of an array begins at the current indices, and the distance of its entries."""
        places = [Affine.of(0) if axis == node.over else Affine.of(axis.name) for axis in buffer.axes]
        flat, depth = emitter.block.flat(buffer.axes, places)
        at = emitter.block.put(depth, f"getelementptr double, ptr {emitter.pointer(buffer)}, i64 {flat}")
        strides = dict(zip(buffer.axes, emitter.block.strides(buffer.axes), strict=True))
        return at, strides[node.over][0] if node.over in strides else "0"
