"""Tape → LLVM IR, as text: one instruction of the tape becomes one line (for a few primitives, some lines).

Every emitted function has the same C signature, whatever it computes::

    double kernel(const double *x, const double *v, const double *parameters, double *out)

It returns the scalar part of the result (f, or 0 where there is none) and writes the array part to ``out``
in row-major order.  Pointers that a function does not need may be null; ``out`` must not overlap the inputs.

Every arithmetic instruction rounds once, as IEEE 754 says, in the tape's order: nothing is contracted,
reassociated or assumed finite, so NaN and ∞ propagate quietly and polynomial tapes give bit for bit what the
slow float64 reference gives.  Long tapes are cut into functions of a few hundred instructions each, since
LLVM's time grows faster than linearly with the length of a function; what one piece computes and a later
one needs travels through a scratch buffer, whose places are used again once their value is dead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from hessmath.errors import InputError
from hessmath.kernels.lanes import Lanes, float_bits
from hessmath.kernels.special import DEFINITIONS
from hessmath.program import PRIMITIVES, NamedConstant, Tape

#: Instructions in one emitted function: the measured optimum is flat between 250 and 1,000.
CHUNK = 500

#: Scratch buffers up to this many numbers (64 KiB) lie on the stack, longer ones on the heap.
STACK_SCRATCH = 8192

SIGNATURE = "ptr %x, ptr %v, ptr %p, ptr %out"

#: What the emission ``"inline"`` (of the primitive itself) or ``"inline:NAME"`` stands for: ``{r}`` is the result,
#: ``{a} {b} {c}`` the operands; names that begin with ``{r}.`` are temporaries.  ``{T}`` is the type of the numbers
#: (``double``, or several side by side), ``{B}`` that of comparisons, ``{S}`` the end of an intrinsic's name;
#: ``{zero} {half} {one}`` are constants.
INLINE = {
    "add": "{r} = fadd {T} {a}, {b}",
    "sub": "{r} = fsub {T} {a}, {b}",
    "mul": "{r} = fmul {T} {a}, {b}",
    "div": "{r} = fdiv {T} {a}, {b}",
    "neg": "{r} = fneg {T} {a}",
    "abs": "{r} = call {T} @llvm.fabs.{S}({T} {a})",
    "min": "{r} = call {T} @llvm.minimum.{S}({T} {a}, {T} {b})",
    "max": "{r} = call {T} @llvm.maximum.{S}({T} {a}, {T} {b})",
    "lt": "{r}.i = fcmp olt {T} {a}, {b}\n{r} = uitofp {B} {r}.i to {T}",
    "le": "{r}.i = fcmp ole {T} {a}, {b}\n{r} = uitofp {B} {r}.i to {T}",
    "eq": "{r}.i = fcmp oeq {T} {a}, {b}\n{r} = uitofp {B} {r}.i to {T}",
    "select": "{r}.i = fcmp une {T} {a}, {zero}\n{r} = select {B} {r}.i, {T} {b}, {T} {c}",
    # ±1 where |a| > 0; at 0 and NaN the operand itself
    "sign": (
        "{r}.i = fcmp one {T} {a}, {zero}\n"
        "{r}.s = call {T} @llvm.copysign.{S}({T} {one}, {T} {a})\n"
        "{r} = select {B} {r}.i, {T} {r}.s, {T} {a}"
    ),
    # H(0) = ½, as in SymPy; NaN stays
    "heaviside": (
        "{r}.i = fcmp ogt {T} {a}, {zero}\n{r}.j = fcmp olt {T} {a}, {zero}\n{r}.k = fcmp oeq {T} {a}, {zero}\n"
        "{r}.a = select {B} {r}.k, {T} {half}, {T} {a}\n{r}.b = select {B} {r}.j, {T} {zero}, {T} {r}.a\n"
        "{r} = select {B} {r}.i, {T} {one}, {T} {r}.b"
    ),
    # with e = exp(−|a|): 1/(1 + e) for a ≥ 0 and e/(1 + e) below, so that no exponential overflows
    "sigmoid": (
        "{r}.a = call {T} @llvm.fabs.{S}({T} {a})\n{r}.n = fneg {T} {r}.a\n"
        "{r}.e = call {T} @exp({T} {r}.n)\n{r}.i = fcmp olt {T} {a}, {zero}\n"
        "{r}.t = select {B} {r}.i, {T} {r}.e, {T} {one}\n{r}.d = fadd {T} {one}, {r}.e\n"
        "{r} = fdiv {T} {r}.t, {r}.d"
    ),
    # log(1 + exp a) = max(a, 0) + log1p(exp(−|a|))
    "softplus": (
        "{r}.a = call {T} @llvm.fabs.{S}({T} {a})\n{r}.n = fneg {T} {r}.a\n"
        "{r}.e = call {T} @exp({T} {r}.n)\n{r}.l = call {T} @log1p({T} {r}.e)\n"
        "{r}.m = call {T} @llvm.maximum.{S}({T} {a}, {T} {zero})\n{r} = fadd {T} {r}.m, {r}.l"
    ),
}

SCALAR = Lanes(1)

#: The functions of two arguments among those that inline templates call.
_BINARY = ("llvm.minimum.", "llvm.maximum.", "llvm.copysign.")


@dataclass(frozen=True)
class Inputs:
    """How the inputs of a tape are spread over the three arrays: first x, then the parameters, then v."""

    variables: int
    parameters: int = 0
    directions: int = 0

    def place(self, number: int) -> tuple[str, int]:
        """The array (``x``, ``p`` or ``v``) and index of an input."""
        if number < self.variables:
            return "x", number
        if number < self.variables + self.parameters:
            return "p", number - self.variables
        return "v", number - self.variables - self.parameters

    @property
    def total(self) -> int:
        """The number of inputs of the tape."""
        return self.variables + self.parameters + self.directions


@dataclass(frozen=True)
class Emitted:
    """A module in LLVM IR that defines ``kernel``, and the outside functions it calls.

    ``symbols`` are their names: ``tanh`` from the C library, ``scipy_psi`` from SciPy.
    """

    text: str
    symbols: tuple[str, ...]
    instructions: int
    chunks: int


def emit(tape: Tape, inputs: Inputs, *, returns_first: bool, chunk: int = CHUNK) -> Emitted:
    """The LLVM IR of a tape.

    With ``returns_first`` the first output is returned and the others are written to ``out``; without, all
    outputs are written.  Cost: linear in the length of the tape, about 1 µs an instruction.

    Raises
    ------
    InputError
        If the tape has not as many inputs as ``inputs`` says.
    """
    if inputs.total != len(tape.names):
        raise InputError(f"The tape has {len(tape.names)} inputs, but the kernel would supply {inputs.total}.")
    return Emitter(tape, inputs, returns_first, chunk).module()


class Instructions:
    """Writes single instructions on numbers of a type, and collects the declarations that they need."""

    def __init__(self, lanes: Lanes = SCALAR) -> None:
        self.lanes = lanes
        self.form = {
            "T": lanes.double,
            "B": lanes.truth,
            "S": lanes.suffix,
            **{name: lanes.literal(value) for name, value in (("zero", 0.0), ("half", 0.5), ("one", 1.0))},
        }
        self.declared: dict[str, str] = {}
        self.symbols: dict[str, None] = {}

    def instruction(self, name: str, emission: str, result: str, values: list[str]) -> str:
        """The line or lines of one instruction; the functions that it calls are declared."""
        kind, _, symbol = emission.partition(":")
        if kind == "inline":
            return self.inline(symbol or name, result, values)
        if kind == "intrinsic":
            function = f"{symbol}.{self.lanes.suffix}"
            self.declare(function, len(values))
            arguments = ", ".join(f"{self.lanes.double} {value}" for value in values)
            return f"{result} = call {self.lanes.double} @{function}({arguments})"
        if kind not in ("libm", "scipy"):
            raise InputError(f'The op table asks for the emission "{emission}" of {name}; kernels knows no {kind}.')
        return self.call(f"scipy_{symbol}" if kind == "scipy" else symbol, result, values)

    def inline(self, template: str, result: str, values: list[str]) -> str:
        """The lines of a template."""
        text = INLINE[template].format(r=result, **self.form, **dict(zip("abc", values, strict=False)))
        for called in text.split("@")[1:]:
            function = called.partition("(")[0]
            self.declare(function, 2 if function.startswith(_BINARY) else 1)
        return text

    def call(self, function: str, result: str, values: list[str]) -> str:
        """A call of a function of the C library or of SciPy."""
        self.declare(function, len(values))
        skip = ", i32 0" * function.startswith("scipy_")  # Cython's "skip dispatch"
        return f"{result} = call double @{function}({', '.join(f'double {value}' for value in values)}{skip})"

    def declare(self, function: str, arity: int) -> None:
        """Declare a function, or define it where no library has it."""
        if function in DEFINITIONS and function not in self.declared:
            text, calls = DEFINITIONS[function]
            for called in calls:
                self.declare(called, 2 if called == "pow" else 1)
            self.declared[function] = text
        elif function not in self.declared:
            kind = self.lanes.double if function.startswith("llvm.") else "double"
            types = [kind] * arity + ["i32"] * function.startswith("scipy_")
            self.declared[function] = f"declare {kind} @{function}({', '.join(types)})"
            if not function.startswith("llvm."):
                self.symbols[function] = None


class Emitter(Instructions):
    """The state of one emission: where each slot's value is found at the current instruction.

    ``lanes`` is the type of the numbers; ``batch_emission`` emits several of them side by side.
    """

    def __init__(self, tape: Tape, inputs: Inputs, returns_first: bool, chunk: int, lanes: Lanes = SCALAR) -> None:
        super().__init__(lanes)
        self.inputs = inputs
        self.chunk = chunk
        self.code = tape.code.tolist()
        self.operands = tape.operands.tolist()
        self.constants = [lanes.literal(nearest(c)) for c in tape.constants]
        outputs = tape.outputs.tolist()
        self.returned = outputs[0] if returns_first else None
        self.written = outputs[1:] if returns_first else outputs

    def module(self) -> Emitted:
        """The function ``kernel``, in one piece or with the pieces that it calls."""
        work, places, stores, first = self.plan()
        chunks, extra = self.cut(work, stores)
        if len(chunks) == 1:
            body = [*first, *self.piece(chunks[0], places, {}, extra[0])]
            result = self.result(body)
            functions = [function_text("double @kernel", SIGNATURE, [*body, f"ret double {result}"])]
            return self.finish(functions, len(work), 1)
        scratch, size = self.scratch_places(chunks)
        functions = self.pieces(chunks, extra, places, scratch)
        functions.append(self.driver(first, len(chunks), scratch, size))
        return self.finish(functions, len(work), len(chunks))

    def plan(self) -> tuple[list[int], dict[int, list[int]], list[tuple[int, int]], list[str]]:
        """What is computed, where slots are written in ``out``, the leaves among them, and lines that come first."""
        places: dict[int, list[int]] = {}
        for index, slot in enumerate(self.written):
            places.setdefault(slot, []).append(index)
        work = [slot for slot, code in enumerate(self.code) if PRIMITIVES[code].name not in LEAVES]
        leaves = [slot for slot in places if PRIMITIVES[self.code[slot]].name in LEAVES]
        zeros = next((slot for slot in leaves if self.leaf_text(slot) == ZERO and len(places[slot]) > 1), None)
        if zeros is not None:
            leaves.remove(zeros)  # all of out is cleared first
        return work, places, [(slot, index) for slot in leaves for index in places[slot]], self.clear(zeros)

    def cut(
        self, work: list[int], stores: list[tuple[int, int]]
    ) -> tuple[list[list[int]], list[list[tuple[int, int]]]]:
        """Pieces of bounded length, as many of instructions as of stores.

        A store counts as an instruction, so that long lists of outputs are cut as well.
        """
        chunks = [work[i : i + self.chunk] for i in range(0, len(work), self.chunk)]
        extra = [stores[i : i + self.chunk] for i in range(0, len(stores), self.chunk)]
        count = max(len(chunks), len(extra), 1)
        chunks += [[] for _ in range(count - len(chunks))]
        extra += [[] for _ in range(count - len(extra))]
        return chunks, extra

    def pieces(
        self,
        chunks: list[list[int]],
        extra: list[list[tuple[int, int]]],
        places: dict[int, list[int]],
        scratch: dict[int, int],
    ) -> list[str]:
        """The functions ``chunk0``, ``chunk1``, …"""
        functions = []
        for number, (slots, leaf_stores) in enumerate(zip(chunks, extra, strict=True)):
            body = self.piece(slots, places, scratch, leaf_stores)
            functions.append(
                function_text(f"void @chunk{number}", f"{SIGNATURE}, ptr %s", [*body, "ret void"], INTERNAL)
            )
        return functions

    def result(self, lines: list[str]) -> str:
        """The value that is returned."""
        return self.form["zero"] if self.returned is None else self.value(self.returned, lines)

    def piece(
        self,
        slots: list[int],
        places: dict[int, list[int]],
        scratch: dict[int, int],
        leaf_stores: list[tuple[int, int]],
    ) -> list[str]:
        """The lines that compute ``slots``, write their outputs and save what later pieces need."""
        self.known: dict[int, str] = self.given()
        self.scratch = scratch
        lines: list[str] = []
        for slot in slots:
            row = PRIMITIVES[self.code[slot]]
            values = [self.value(operand, lines) for operand in self.operands[slot][: row.arity]]
            result = f"%t{slot}"
            lines.append(self.instruction(row.name, row.emission, result, values))
            self.known[slot] = result
            for index in places.get(slot, ()):
                self.write(result, index, lines)
            if slot in scratch:
                lines.extend(self.store(result, "s", scratch[slot], f"%k{slot}"))
        for slot, index in leaf_stores:
            self.write(self.value(slot, lines), index, lines)
        return lines

    def given(self) -> dict[int, str]:
        """Slots whose values are in registers when a piece begins."""
        return {}

    def write(self, value: str, index: int, lines: list[str]) -> None:
        """Write an output."""
        lines.extend(self.store(value, "out", index, f"%o{index}"))

    def value(self, slot: int, lines: list[str]) -> str:
        """The name of a slot's value, loaded into a register where it is not in one yet."""
        name = self.known.get(slot)
        if name is not None:
            return name
        if PRIMITIVES[self.code[slot]].name in LEAVES:
            name = self.leaf_text(slot)
            if name is None:
                array, index = self.inputs.place(self.operands[slot][0])
                lines.extend(self.load(f"%t{slot}", array, index))
                name = f"%t{slot}"
        else:
            lines.extend(self.load(f"%t{slot}", "s", self.scratch[slot]))
            name = f"%t{slot}"
        self.known[slot] = name
        return name

    def load(self, result: str, array: str, index: int) -> list[str]:
        """Read a number of an array."""
        kind = self.lanes.double
        if index == 0:
            return [f"{result} = load {kind}, ptr %{array}"]
        return [
            f"{result}.at = getelementptr {kind}, ptr %{array}, i64 {index}",
            f"{result} = load {kind}, ptr {result}.at",
        ]

    def store(self, value: str, array: str, index: int, name: str) -> list[str]:
        """Write a number of an array."""
        kind = self.lanes.double
        if index == 0:
            return [f"store {kind} {value}, ptr %{array}"]
        return [f"{name}.at = getelementptr {kind}, ptr %{array}, i64 {index}", f"store {kind} {value}, ptr {name}.at"]

    def leaf_text(self, slot: int) -> str | None:
        """The literal of a constant slot; None for an input."""
        if PRIMITIVES[self.code[slot]].name == "constant":
            return self.constants[self.operands[slot][0]]
        return None

    def scratch_places(self, chunks: list[list[int]]) -> tuple[dict[int, int], int]:
        """A place in the scratch buffer for each value that leaves its chunk, and the buffer's length.

        A place is free again after the last chunk that reads it.
        """
        home = {slot: number for number, slots in enumerate(chunks) for slot in slots}
        last: dict[int, int] = {}
        for number, slots in enumerate(chunks):
            for slot in slots:
                for operand in self.operands[slot]:
                    if operand >= 0 and home.get(operand, number) != number:
                        last[operand] = number
        if self.returned in home:
            last[self.returned] = len(chunks)
        ends: list[list[int]] = [[] for _ in range(len(chunks) + 1)]
        places: dict[int, int] = {}
        free: list[int] = []
        size = 0
        for number, slots in enumerate(chunks):
            for slot in slots:
                if slot not in last:
                    continue
                if free:
                    place = free.pop()
                else:
                    place, size = size, size + 1
                places[slot] = place
                ends[last[slot]].append(place)
            free.extend(ends[number])
        return places, size

    def driver(self, first: list[str], chunks: int, scratch: dict[int, int], size: int) -> str:
        """The function ``kernel`` that calls the chunks in order."""
        lines = list(first)
        on_heap = size > STACK_SCRATCH
        if on_heap:
            self.declared["malloc"] = "declare ptr @malloc(i64)"
            self.declared["free"] = "declare void @free(ptr)"
            self.symbols |= {"malloc": None, "free": None}
            lines.append(f"%s = call ptr @malloc(i64 {8 * size})")
            lines.append("%none = icmp eq ptr %s, null\nbr i1 %none, label %exhausted, label %run")
            lines.append(f"exhausted:\nret double {float_bits(math.nan)}\nrun:")
        else:
            lines.append(f"%s = alloca [{max(size, 1)} x double], align 16")
        lines += [f"call void @chunk{i}({SIGNATURE}, ptr %s)" for i in range(chunks)]
        self.known = {}
        self.scratch = scratch
        result = self.result(lines)
        if on_heap:
            lines.append("call void @free(ptr %s)")
        return function_text("double @kernel", SIGNATURE, [*lines, f"ret double {result}"])

    def clear(self, zeros: int | None) -> list[str]:
        """Set all of ``out`` to zero when a slot holds zeros for it."""
        if zeros is None:
            return []
        self.declared["llvm.memset.p0.i64"] = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"
        self.symbols["memset"] = None
        return [f"call void @llvm.memset.p0.i64(ptr %out, i8 0, i64 {8 * len(self.written)}, i1 false)"]

    def finish(self, functions: list[str], instructions: int, chunks: int) -> Emitted:
        """The module's text."""
        text = "\n".join([*self.declared.values(), *functions])
        return Emitted(text, tuple(self.symbols), instructions, chunks)


LEAVES = frozenset({"input", "constant"})
INTERNAL = "internal "
ZERO = "0x0000000000000000"


def nearest(constant: Fraction | NamedConstant) -> float:
    """The float64 nearest to an exact constant."""
    if isinstance(constant, NamedConstant):
        return math.pi if constant is NamedConstant.PI else math.e
    try:
        return float(constant)
    except OverflowError:
        return math.inf if constant > 0 else -math.inf


def function_text(head: str, arguments: str, lines: list[str], linkage: str = "") -> str:
    """The definition of a function; internal ones stay functions."""
    attributes = " noinline nounwind" if linkage else " nounwind"
    return "\n".join([f"define {linkage}{head}({arguments}){attributes} {{", *lines, "}"])
