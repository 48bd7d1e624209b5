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
import struct
from dataclasses import dataclass
from fractions import Fraction

from hessmath.errors import InputError
from hessmath.kernels.special import DECLARATIONS, DEFINITIONS
from hessmath.program import PRIMITIVES, NamedConstant, Tape

#: Instructions in one emitted function: the measured optimum is flat between 250 and 1,000.
CHUNK = 500

#: Scratch buffers up to this many numbers (64 KiB) lie on the stack, longer ones on the heap.
STACK_SCRATCH = 8192

SIGNATURE = "ptr %x, ptr %v, ptr %p, ptr %out"

#: What the emission ``"inline"`` (of the primitive itself) or ``"inline:NAME"`` stands for: ``{r}`` is the result,
#: ``{a} {b} {c}`` the operands; names that begin with ``{r}.`` are temporaries.
INLINE = {
    "add": "{r} = fadd double {a}, {b}",
    "sub": "{r} = fsub double {a}, {b}",
    "mul": "{r} = fmul double {a}, {b}",
    "div": "{r} = fdiv double {a}, {b}",
    "neg": "{r} = fneg double {a}",
    "abs": "{r} = call double @llvm.fabs.f64(double {a})",
    "min": "{r} = call double @llvm.minimum.f64(double {a}, double {b})",
    "max": "{r} = call double @llvm.maximum.f64(double {a}, double {b})",
    "lt": "{r}.i = fcmp olt double {a}, {b}\n{r} = uitofp i1 {r}.i to double",
    "le": "{r}.i = fcmp ole double {a}, {b}\n{r} = uitofp i1 {r}.i to double",
    "eq": "{r}.i = fcmp oeq double {a}, {b}\n{r} = uitofp i1 {r}.i to double",
    "select": "{r}.i = fcmp une double {a}, 0.0\n{r} = select i1 {r}.i, double {b}, double {c}",
    # ±1 where |a| > 0; at 0 and NaN the operand itself
    "sign": (
        "{r}.i = fcmp one double {a}, 0.0\n"
        "{r}.s = call double @llvm.copysign.f64(double 1.0, double {a})\n"
        "{r} = select i1 {r}.i, double {r}.s, double {a}"
    ),
    # H(0) = ½, as in SymPy; NaN stays
    "heaviside": (
        "{r}.i = fcmp ogt double {a}, 0.0\n{r}.j = fcmp olt double {a}, 0.0\n{r}.k = fcmp oeq double {a}, 0.0\n"
        "{r}.a = select i1 {r}.k, double 0.5, double {a}\n{r}.b = select i1 {r}.j, double 0.0, double {r}.a\n"
        "{r} = select i1 {r}.i, double 1.0, double {r}.b"
    ),
    # with e = exp(−|a|): 1/(1 + e) for a ≥ 0 and e/(1 + e) below, so that no exponential overflows
    "sigmoid": (
        "{r}.a = call double @llvm.fabs.f64(double {a})\n{r}.n = fneg double {r}.a\n"
        "{r}.e = call double @exp(double {r}.n)\n{r}.i = fcmp olt double {a}, 0.0\n"
        "{r}.t = select i1 {r}.i, double {r}.e, double 1.0\n{r}.d = fadd double 1.0, {r}.e\n"
        "{r} = fdiv double {r}.t, {r}.d"
    ),
    # log(1 + exp a) = max(a, 0) + log1p(exp(−|a|))
    "softplus": (
        "{r}.a = call double @llvm.fabs.f64(double {a})\n{r}.n = fneg double {r}.a\n"
        "{r}.e = call double @exp(double {r}.n)\n{r}.l = call double @log1p(double {r}.e)\n"
        "{r}.m = call double @llvm.maximum.f64(double {a}, double 0.0)\n{r} = fadd double {r}.m, {r}.l"
    ),
    # log(exp a + exp b) = max(a, b) + log1p(exp(−|a − b|)); a = b is apart, since ∞ − ∞ is no number
    "logaddexp": (
        "{r}.i = fcmp oeq double {a}, {b}\n{r}.s = fsub double {a}, {b}\n"
        "{r}.d = select i1 {r}.i, double 0.0, double {r}.s\n{r}.a = call double @llvm.fabs.f64(double {r}.d)\n"
        "{r}.n = fneg double {r}.a\n{r}.e = call double @exp(double {r}.n)\n"
        "{r}.l = call double @log1p(double {r}.e)\n"
        "{r}.m = call double @llvm.maximum.f64(double {a}, double {b})\n{r} = fadd double {r}.m, {r}.l"
    ),
    # cos a − 1 = −2 sin²(a/2)
    "cosm1": (
        "{r}.h = fmul double {a}, 0.5\n{r}.s = call double @sin(double {r}.h)\n"
        "{r}.q = fmul double {r}.s, {r}.s\n{r} = fmul double {r}.q, -2.0"
    ),
    # the remainder with the sign of b
    "mod": (
        "{r}.m = call double @fmod(double {a}, double {b})\n{r}.i = fcmp one double {r}.m, 0.0\n"
        "{r}.s = fcmp olt double {r}.m, 0.0\n{r}.t = fcmp olt double {b}, 0.0\n{r}.j = xor i1 {r}.s, {r}.t\n"
        "{r}.k = and i1 {r}.i, {r}.j\n{r}.a = fadd double {r}.m, {b}\n"
        "{r} = select i1 {r}.k, double {r}.a, double {r}.m"
    ),
    # √(a² + b²) = √((ca)² + (cb)²)/c with c = 2⁻⁶⁰⁰, 1 or 2⁶⁰⁰, so that no square overflows or vanishes; twice as
    # fast as the C library's
    "hypot": (
        "{r}.a = call double @llvm.fabs.f64(double {a})\n{r}.b = call double @llvm.fabs.f64(double {b})\n"
        "{r}.m = call double @llvm.maximum.f64(double {r}.a, double {r}.b)\n"
        "{r}.i = fcmp ogt double {r}.m, 0x5F30000000000000\n{r}.j = fcmp olt double {r}.m, 0x20B0000000000000\n"
        "{r}.k = select i1 {r}.j, double 0x6570000000000000, double 1.0\n"
        "{r}.c = select i1 {r}.i, double 0x1A70000000000000, double {r}.k\n"
        "{r}.l = select i1 {r}.j, double 0x1A70000000000000, double 1.0\n"
        "{r}.d = select i1 {r}.i, double 0x6570000000000000, double {r}.l\n"
        "{r}.x = fmul double {r}.a, {r}.c\n{r}.y = fmul double {r}.b, {r}.c\n"
        "{r}.p = fmul double {r}.x, {r}.x\n{r}.q = fmul double {r}.y, {r}.y\n{r}.s = fadd double {r}.p, {r}.q\n"
        "{r}.t = call double @llvm.sqrt.f64(double {r}.s)\n{r} = fmul double {r}.t, {r}.d"
    ),
    # √(1 + a) − 1 = a/(1 + √(1 + a)); ∞ stays
    "sqrt1pm1": (
        "{r}.p = fadd double {a}, 1.0\n{r}.q = call double @llvm.sqrt.f64(double {r}.p)\n"
        "{r}.d = fadd double {r}.q, 1.0\n{r}.f = fdiv double {a}, {r}.d\n"
        "{r}.i = fcmp oeq double {a}, 0x7FF0000000000000\n{r} = select i1 {r}.i, double {a}, double {r}.f"
    ),
}

#: The functions of two arguments among those that inline templates call.
_BINARY = {"llvm.minimum.f64", "llvm.maximum.f64", "llvm.copysign.f64", "fmod"}


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
    return _Emitter(tape, inputs, returns_first, chunk).module()


class _Emitter:
    """The state of one emission: where each slot's value is found at the current instruction."""

    def __init__(self, tape: Tape, inputs: Inputs, returns_first: bool, chunk: int) -> None:
        self.inputs = inputs
        self.chunk = chunk
        self.code = tape.code.tolist()
        self.operands = tape.operands.tolist()
        self.constants = [_literal(nearest(c)) for c in tape.constants]
        outputs = tape.outputs.tolist()
        self.returned = outputs[0] if returns_first else None
        self.written = outputs[1:] if returns_first else outputs
        self.declared: dict[str, str] = {}
        self.symbols: dict[str, None] = {}

    def module(self) -> Emitted:
        places: dict[int, list[int]] = {}  # slot → where in out it is written
        for index, slot in enumerate(self.written):
            places.setdefault(slot, []).append(index)
        work = [slot for slot, code in enumerate(self.code) if PRIMITIVES[code].name not in LEAVES]
        leaves = [slot for slot in places if PRIMITIVES[self.code[slot]].name in LEAVES]
        zeros = next((slot for slot in leaves if self.leaf_text(slot) == ZERO and len(places[slot]) > 1), None)
        if zeros is not None:
            leaves.remove(zeros)  # all of out is cleared first
        # A store counts as an instruction, so that long lists of outputs are cut as well.
        stores = [(slot, index) for slot in leaves for index in places[slot]]
        chunks = [work[i : i + self.chunk] for i in range(0, len(work), self.chunk)] or [[]]
        extra = [stores[i : i + self.chunk] for i in range(0, len(stores), self.chunk)]
        if len(chunks) == 1 and len(extra) <= 1:
            body = [*self.clear(zeros), *self.piece(chunks[0], places, {}, extra[0] if extra else [])]
            result = ZERO if self.returned is None else self.value(self.returned, body)
            functions = [_function("double @kernel", SIGNATURE, [*body, f"ret double {result}"])]
            return self.finish(functions, len(work), 1)
        chunks += [[] for _ in range(len(extra) - len(chunks))]
        extra += [[] for _ in range(len(chunks) - len(extra))]
        scratch, size = self.scratch_places(chunks)
        functions = []
        for number, (slots, leaf_stores) in enumerate(zip(chunks, extra, strict=True)):
            body = self.piece(slots, places, scratch, leaf_stores)
            functions.append(_function(f"void @chunk{number}", f"{SIGNATURE}, ptr %s", [*body, "ret void"], INTERNAL))
        functions.append(self.driver(zeros, len(chunks), scratch, size))
        return self.finish(functions, len(work), len(chunks))

    def piece(
        self,
        slots: list[int],
        places: dict[int, list[int]],
        scratch: dict[int, int],
        leaf_stores: list[tuple[int, int]],
    ) -> list[str]:
        """The lines that compute ``slots``, write their outputs and save what later pieces need."""
        self.known: dict[int, str] = {}
        self.scratch = scratch
        lines: list[str] = []
        for slot in slots:
            row = PRIMITIVES[self.code[slot]]
            values = [self.value(operand, lines) for operand in self.operands[slot][: row.arity]]
            result = f"%t{slot}"
            lines.append(self.instruction(row.name, row.emission, result, values))
            self.known[slot] = result
            for index in places.get(slot, ()):
                lines.extend(_store(result, "out", index, f"%o{index}"))
            if slot in scratch:
                lines.extend(_store(result, "s", scratch[slot], f"%k{slot}"))
        for slot, index in leaf_stores:
            lines.extend(_store(self.value(slot, lines), "out", index, f"%o{index}"))
        return lines

    def value(self, slot: int, lines: list[str]) -> str:
        """The name of a slot's value, loaded into a register where it is not in one yet."""
        name = self.known.get(slot)
        if name is not None:
            return name
        primitive = PRIMITIVES[self.code[slot]].name
        if primitive in LEAVES:
            name = self.leaf_text(slot)
            if name is None:
                array, index = self.inputs.place(self.operands[slot][0])
                lines.extend(_load(f"%t{slot}", array, index))
                name = f"%t{slot}"
        else:
            lines.extend(_load(f"%t{slot}", "s", self.scratch[slot]))
            name = f"%t{slot}"
        self.known[slot] = name
        return name

    def leaf_text(self, slot: int) -> str | None:
        """The literal of a constant slot; None for an input."""
        if PRIMITIVES[self.code[slot]].name == "constant":
            return self.constants[self.operands[slot][0]]
        return None

    def instruction(self, name: str, emission: str, result: str, values: list[str]) -> str:
        """The line or lines of one instruction; the functions that it calls are declared."""
        kind, _, symbol = emission.partition(":")
        if kind == "inline":
            text = INLINE[symbol or name].format(r=result, **dict(zip("abc", values, strict=False)))
            for called in text.split("@")[1:]:
                function = called.partition("(")[0]
                self.declare(function, 2 if function in _BINARY else 1)
            return text
        arguments = ", ".join(f"double {value}" for value in values)
        if kind == "intrinsic":
            symbol = f"{symbol}.f64"
        elif kind == "scipy":
            symbol = f"scipy_{symbol}"
            arguments += ", i32 0"  # Cython's "skip dispatch"
        elif kind == "user":
            symbol = f"user_{symbol}"
        elif kind != "libm":
            raise InputError(f'The op table asks for the emission "{emission}" of {name}; kernels knows no {kind}.')
        self.declare(symbol, len(values))
        return f"{result} = call double @{symbol}({arguments})"

    def declare(self, function: str, arity: int) -> None:
        if function in DEFINITIONS and function not in self.declared:
            text, calls = DEFINITIONS[function]
            for called in calls:
                self.declare(called, 2 if called in ("pow", "scipy_expn") else 1)
            self.declared[function] = text
        elif function not in self.declared:
            types = ["double"] * arity + ["i32"] * function.startswith("scipy_")
            usual = f"declare double @{function}({', '.join(types)})"
            self.declared[function] = DECLARATIONS.get(function, usual)
            if not function.startswith("llvm."):
                self.symbols[function] = None

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

    def driver(self, zeros: int | None, chunks: int, scratch: dict[int, int], size: int) -> str:
        """The function ``kernel`` that calls the chunks in order."""
        lines = self.clear(zeros)
        on_heap = size > STACK_SCRATCH
        if on_heap:
            self.declared["malloc"] = "declare ptr @malloc(i64)"
            self.declared["free"] = "declare void @free(ptr)"
            self.symbols |= {"malloc": None, "free": None}
            lines.append(f"%s = call ptr @malloc(i64 {8 * size})")
            lines.append("%none = icmp eq ptr %s, null\nbr i1 %none, label %exhausted, label %run")
            lines.append(f"exhausted:\nret double {_literal(float('nan'))}\nrun:")
        else:
            lines.append(f"%s = alloca [{max(size, 1)} x double], align 16")
        lines += [f"call void @chunk{i}({SIGNATURE}, ptr %s)" for i in range(chunks)]
        self.known = {}
        self.scratch = scratch
        result = ZERO if self.returned is None else self.value(self.returned, lines)
        if on_heap:
            lines.append("call void @free(ptr %s)")
        return _function("double @kernel", SIGNATURE, [*lines, f"ret double {result}"])

    def clear(self, zeros: int | None) -> list[str]:
        if zeros is None:
            return []
        self.declared["llvm.memset.p0.i64"] = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"
        self.symbols["memset"] = None
        return [f"call void @llvm.memset.p0.i64(ptr %out, i8 0, i64 {8 * len(self.written)}, i1 false)"]

    def finish(self, functions: list[str], instructions: int, chunks: int) -> Emitted:
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


def _function(head: str, arguments: str, lines: list[str], linkage: str = "") -> str:
    attributes = " noinline nounwind" if linkage else " nounwind"
    return "\n".join([f"define {linkage}{head}({arguments}){attributes} {{", *lines, "}"])


def _literal(value: float) -> str:
    """A float64 as LLVM writes it: its bits in hexadecimal."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def _load(result: str, array: str, index: int) -> list[str]:
    if index == 0:
        return [f"{result} = load double, ptr %{array}"]
    return [
        f"{result}.at = getelementptr double, ptr %{array}, i64 {index}",
        f"{result} = load double, ptr {result}.at",
    ]


def _store(value: str, array: str, index: int, name: str) -> list[str]:
    if index == 0:
        return [f"store double {value}, ptr %{array}"]
    return [f"{name}.at = getelementptr double, ptr %{array}, i64 {index}", f"store double {value}, ptr {name}.at"]
