"""Tape → LLVM IR that evaluates it at many points: a loop over blocks of W points, one in each SIMD lane.

The emitted function has this C signature::

    void batch(int64_t blocks, const double *x, const double *v, const double *parameters,
               double *values, double *out, double *work)

It evaluates at blocks · W points, the rows of ``x`` (and of ``v``); ``values`` takes the scalar parts, ``out`` the
array parts row by row.  Arithmetic is that of ``emission``, lane by lane, so that a point gives the same bits
wherever it stands; functions such as exp and tanh are those of ``vector_math`` where it has them, and otherwise the C
library's or SciPy's, called for each lane.

Short tapes run within registers.  Long ones are cut into pieces as in ``emission``; then the lanes of inputs, outputs
and values in transit lie in ``work``, aligned to 64 bytes, and so do many inputs or outputs.  There entries of the
result that are constant have been filled in beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

from hessmath.errors import InputError
from hessmath.kernels.emission import CHUNK, Inputs
from hessmath.kernels.instructions import INTERNAL, nearest
from hessmath.kernels.lane_emission import LaneEmitter, function_text
from hessmath.kernels.lanes import Lanes
from hessmath.kernels.ordering import scratch_places
from hessmath.kernels.streaming import group_size, streamed
from hessmath.kernels.transposition import read_tile, tiles, write_tile
from hessmath.program import PRIMITIVES, Tape

#: Up to so many inputs, or outputs, stay in registers (the code generator spills what does not fit).
MOST_IN_REGISTERS = 32

#: Neighbours in a row of the result that are stored together: 16 bytes, as NumPy aligns arrays.  Wider stores save some
#: shuffles and lose more where they straddle cache lines.
STORED_TOGETHER = 2

HEAD = "i64 %blocks, ptr %xs, ptr %vs, ptr %p, ptr %values, ptr %outs, ptr %work"


@dataclass(frozen=True)
class BatchCode:
    """Modules in LLVM IR that define ``batch`` and, with the same signature, ``batch_streamed`` (``streaming``).

    Attributes
    ----------
    parts : the modules, to be built together
    width : points in a block
    work : numbers that ``work`` must hold
    buffer : how many more, after a multiple of 8, ``batch_streamed`` needs; 0 where there is no such function
    fixed : where in ``work`` constant outputs begin (W equal numbers each), and their values
    """

    parts: tuple[str, ...]
    symbols: tuple[str, ...]
    width: int
    work: int
    buffer: int
    fixed: tuple[tuple[int, float], ...]
    instructions: int
    chunks: int


def emit_batch(tape: Tape, inputs: Inputs, *, returns_first: bool, width: int, chunk: int = CHUNK) -> BatchCode:
    """The LLVM IR of a tape over blocks of ``width`` points; the other arguments are those of ``emit``."""
    if inputs.total != len(tape.names):
        raise InputError(f"The tape has {len(tape.names)} inputs, but the batch would supply {inputs.total}.")
    return _BatchEmitter(tape, inputs, returns_first, chunk, width).batch()


class _BatchEmitter(LaneEmitter):
    def __init__(self, tape: Tape, inputs: Inputs, returns_first: bool, chunk: int, width: int) -> None:
        super().__init__(tape, inputs, returns_first, chunk, Lanes(width))
        self.exact = [nearest(c) for c in tape.constants]
        self.width = width
        self.columns: dict[str, list[str]] = {}  # registers of the inputs, array by array
        self.results: list[str] | None = None  # registers of the outputs
        self.copies: list[str] = []  # functions between rows and lanes
        self.suffix = ""  # of the names of the arrays of lanes

    def batch(self) -> BatchCode:
        """The whole module."""
        work, places, stores = self.plan()
        few_inputs = sum(count for _, count in self.arrays()) <= MOST_IN_REGISTERS
        few_outputs = len(self.written) <= MOST_IN_REGISTERS
        fixed: tuple[tuple[int, float], ...] = ()
        before = self.width * (self.inputs.variables + self.inputs.directions)
        if not few_outputs or len(work) > self.chunk:
            constant = [(slot, index) for slot, index in stores if self.leaf_text(slot) is not None]
            fixed = tuple((before + self.width * at, self.exact[self.operands[slot][0]]) for slot, at in constant)
            stores = [(slot, index) for slot, index in stores if self.leaf_text(slot) is None]
        chunks, extra = self.cut(work, stores)
        scratch, size = scratch_places(chunks, self.operands, self.returned) if len(chunks) > 1 else ({}, 0)
        modules, functions = self.pieces(chunks, extra, places, scratch) if len(chunks) > 1 else ([], [])
        self.suffix = ".lanes"  # in the pieces %x is the lanes, in the loop the rows
        if functions:
            body = self.read_through_memory()
            arguments = "ptr %x.lanes, ptr %v.lanes, ptr %p, ptr %out.lanes, ptr %s"
            body += [f"call void @chunk{i}({arguments})" for i in range(len(chunks))]
            self.known, self.scratch = {}, scratch
        else:
            body = self.read_into_registers() if few_inputs else self.read_through_memory()
            self.results = [""] * len(self.written) if few_outputs else None
            body += self.piece(chunks[0], places, scratch, extra[0])
        if self.returned is not None:
            body.append(f"store {self.lanes.double} {self.result(body)}, ptr %value, align 8")
        body += self.write_outputs()
        total = before + self.width * (len(self.written) + size) if functions or self.copies else 0
        group = group_size(self.steps["out"])
        functions = [*self.declared.values(), *self.copies, *functions, self.loop(body)]
        if group:
            functions.append(streamed(self.steps, -(-total // 8) * 8, group))
        parts, buffer = (*modules, "\n".join(functions)), group * self.steps["out"]
        return BatchCode(parts, tuple(self.symbols), self.width, total, buffer, fixed, len(work), len(chunks))

    # ---- rows and lanes ---------------------------------------------------------------------------

    def read_into_registers(self) -> list[str]:
        """Lines that turn a block of rows into one register for each input."""
        lines: list[str] = []
        for array, count in self.arrays():
            self.columns[array] = []
            for first, size in tiles(count, self.width):
                lines.append(f"%{array}.{first} = getelementptr double, ptr %{array}, i64 {first}")
                loads, names = read_tile(f"%{array}.{first}", count, size, self.width, f"{array}{first}")
                lines += loads
                self.columns[array] += names
        return lines

    def read_through_memory(self) -> list[str]:
        """Lines that turn a block of rows into lanes in ``work``."""
        copied = [(array, count) for array, count in self.arrays() if count]
        self.copies += [self.copy(f"read.{array}", count, True) for array, count in copied]
        return [f"call void @read.{array}(ptr %{array}, ptr %{array}.lanes)" for array, _ in copied]

    def write_outputs(self) -> list[str]:
        """Lines that turn the outputs into a block of rows."""
        columns = len(self.written)
        if self.results is None:
            self.copies.append(self.copy("write.out", columns, False))
            return ["call void @write.out(ptr %out, ptr %out.lanes)"]
        lines: list[str] = []
        for first, size in tiles(columns, STORED_TOGETHER):
            lines.append(f"%out.{first} = getelementptr double, ptr %out, i64 {first}")
            lines += write_tile(f"%out.{first}", columns, self.results[first : first + size], self.width, f"out{first}")
        return lines

    def arrays(self) -> list[tuple[str, int]]:
        """The inputs that differ from point to point, with the numbers of their columns."""
        return [("x", self.inputs.variables), ("v", self.inputs.directions)]

    def given(self) -> dict[int, str]:
        """The inputs, when they are in registers."""
        found = {}
        for slot, code in enumerate(self.code[: self.inputs.total]):
            if PRIMITIVES[code].name == "input":
                array, index = self.inputs.place(self.operands[slot][0])
                if index < len(self.columns.get(array, ())):
                    found[slot] = self.columns[array][index]
        return found

    def write(self, value: str, index: int, lines: list[str]) -> None:
        """Keep or store the lanes of an output."""
        if self.results is None:
            super().write(value, index, lines)
        else:
            self.results[index] = value

    def load(self, result: str, array: str, index: int) -> list[str]:
        """Lanes of an array in ``work``; a parameter is the same in all lanes."""
        if array != "p":
            return super().load(result, array if array == "s" else array + self.suffix, index)
        kind = self.lanes.double
        mask = ", ".join(["i32 0"] * self.width)
        return [
            f"{result}.at = getelementptr double, ptr %p, i64 {index}",
            f"{result}.1 = load double, ptr {result}.at, align 8",
            f"{result}.2 = insertelement {kind} poison, double {result}.1, i32 0",
            f"{result} = shufflevector {kind} {result}.2, {kind} poison, <{self.width} x i32> <{mask}>",
        ]

    def store(self, value: str, array: str, index: int, name: str) -> list[str]:
        """Lanes into an array in ``work``."""
        return super().store(value, array if array == "s" else array + self.suffix, index, name)

    # ---- the loop ---------------------------------------------------------------------------------

    @property
    def steps(self) -> dict[str, int]:
        """How many numbers of each array belong to a block."""
        return {
            "x": self.width * self.inputs.variables,
            "v": self.width * self.inputs.directions,
            "out": self.width * len(self.written),
            "value": self.width,
        }

    def loop(self, body: list[str]) -> str:
        """The function ``batch``: all pointers move on by one block."""
        steps = self.steps
        starts = {"x": "%xs", "v": "%vs", "out": "%outs", "value": "%values"}
        places = {"x.lanes": 0, "v.lanes": steps["x"], "out.lanes": steps["x"] + steps["v"]}
        places["s"] = places["out.lanes"] + steps["out"]
        lines = ["entry:"]
        lines += [f"%{name} = getelementptr double, ptr %work, i64 {at}" for name, at in places.items()]
        lines += ["%some = icmp sgt i64 %blocks, 0", "br i1 %some, label %loop, label %done", "loop:"]
        lines.append("%i = phi i64 [0, %entry], [%i.next, %loop]")
        lines += [f"%{name} = phi ptr [{starts[name]}, %entry], [%{name}.next, %loop]" for name in steps]
        lines += body
        lines += [f"%{name}.next = getelementptr double, ptr %{name}, i64 {step}" for name, step in steps.items()]
        lines += ["%i.next = add i64 %i, 1", "%more = icmp slt i64 %i.next, %blocks"]
        lines += ["br i1 %more, label %loop, label %done", "done:", "ret void"]
        return function_text("void @batch", HEAD, lines)

    def copy(self, name: str, columns: int, reads: bool) -> str:
        """A function that transposes a block of rows into lanes, or back."""
        whole = columns - columns % self.width
        lines = ["entry:"]
        if whole:
            lines += ["br label %loop", "loop:", "%i = phi i64 [0, %entry], [%i.next, %loop]"]
            lines += self.copy_tile("%i", columns, self.width, reads, "w")
            lines += [f"%i.next = add i64 %i, {self.width}", f"%more = icmp slt i64 %i.next, {whole}"]
            lines += ["br i1 %more, label %loop, label %rest", "rest:"]
        for first, size in tiles(columns - whole, self.width):
            lines += self.copy_tile(str(whole + first), columns, size, reads, f"t{first}")
        return function_text(f"void @{name}", "ptr %rows, ptr %lanes", [*lines, "ret void"], INTERNAL)

    def copy_tile(self, first: str, columns: int, size: int, reads: bool, prefix: str) -> list[str]:
        """The lines for the tile that begins at column ``first``."""
        kind = self.lanes.double
        lines = [
            f"%{prefix}.rows = getelementptr double, ptr %rows, i64 {first}",
            f"%{prefix}.lanes = getelementptr {kind}, ptr %lanes, i64 {first}",
        ]
        addresses = [f"%{prefix}.a{k}" for k in range(size)]
        lines += [f"{a} = getelementptr {kind}, ptr %{prefix}.lanes, i64 {k}" for k, a in enumerate(addresses)]
        if reads:
            loads, names = read_tile(f"%{prefix}.rows", columns, size, self.width, prefix)
            return [*lines, *loads, *(f"store {kind} {n}, ptr {a}" for n, a in zip(names, addresses, strict=True))]
        values = [f"%{prefix}.v{k}" for k in range(size)]
        lines += [f"{v} = load {kind}, ptr {a}" for v, a in zip(values, addresses, strict=True)]
        for at, few in tiles(size, STORED_TOGETHER):
            lines.append(f"%{prefix}.{at} = getelementptr double, ptr %{prefix}.rows, i64 {at}")
            lines += write_tile(f"%{prefix}.{at}", columns, values[at : at + few], self.width, f"{prefix}.{at}")
        return lines
