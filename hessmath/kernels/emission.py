"""Tape → LLVM IR, as text: one instruction of the tape becomes one line (for a few primitives, some lines).

Every emitted function has the same C signature, whatever it computes::

    double kernel(const double *x, const double *v, const double *parameters, double *out)

It returns the scalar part of the result (f, or 0 where there is none) and writes the array part to ``out``
in row-major order.  Pointers that a function does not need may be null; ``out`` must not overlap the inputs.

Every arithmetic instruction rounds once, as IEEE 754 says, with the tape's operands: nothing is contracted,
reassociated or assumed finite, so NaN and ∞ propagate quietly and polynomial tapes give bit for bit what the
slow float64 reference gives.  Only the order in which instructions stand is ours (``ordering.py``).

Long tapes are cut into functions of a few hundred instructions each, since LLVM's time grows faster than linearly
with the length of a function; what one piece computes and a later one needs travels through a scratch buffer,
whose places are used again once their value is dead.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from string import Formatter

from hessmath.errors import InputError
from hessmath.kernels.ordering import depth_first
from hessmath.kernels.special import DEFINITIONS
from hessmath.program import PRIMITIVES, NamedConstant, Primitive, Tape
from hessmath.program.primitives import CONSTANT, INPUT

#: Instructions in one emitted function: the measured optimum is flat between 250 and 1,000.
CHUNK = 500

#: Scratch buffers up to this many numbers (64 KiB) lie on the stack, longer ones on the heap.
STACK_SCRATCH = 8192

#: A module is closed after this many instructions, so that a compilation can be given up between two modules.
PART = 2000

#: The inputs are only read and ``out`` does not overlap them: LLVM need not keep loads and stores in order, which
#: costs it time that grows with the square of their number.
SIGNATURE = "ptr noalias readonly %x, ptr noalias readonly %v, ptr noalias readonly %p, ptr noalias %out"
SCRATCH = "ptr noalias %s"

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
}

#: The functions of two arguments among those that inline templates call.
_BINARY = {"llvm.minimum.f64", "llvm.maximum.f64", "llvm.copysign.f64"}


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
    """Modules in LLVM IR, one of which defines ``kernel``, and the outside functions that they call.

    ``parts`` are the modules, to be built together; ``symbols`` are the functions' names: ``tanh`` from the C
    library, ``scipy_psi`` from SciPy.
    """

    parts: tuple[str, ...]
    symbols: tuple[str, ...]
    instructions: int
    chunks: int

    @property
    def text(self) -> str:
        """All modules, one after the other; a module by itself when there is one part only."""
        return "\n".join(self.parts)


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
    return _Emitter(tape, inputs, returns_first, chunk).modules()


class _Emitter:
    """The state of one emission: where each slot's value is found at the current instruction."""

    def __init__(self, tape: Tape, inputs: Inputs, returns_first: bool, chunk: int) -> None:
        self.inputs = inputs
        self.chunk = chunk
        self.rows = tape.rows
        self.constants = [_literal(nearest(c)) for c in tape.constants]
        outputs = tape.outputs.tolist()
        self.returned = outputs[0] if returns_first else None
        self.written = outputs[1:] if returns_first else outputs
        self.work = depth_first(tape)
        self.forms = {code: _Form.of(code) for code in {self.rows[slot][0] for slot in self.work}}
        self.symbols: dict[str, None] = {}
        self.declared: dict[str, str] = {}  # in the module at work
        self.scratch: dict[int, int] = {}
        self.begin_function()

    def modules(self) -> Emitted:
        places: dict[int, list[int]] = {}  # slot → where in out it is written
        for index, slot in enumerate(self.written):
            places.setdefault(slot, []).append(index)
        leaves = [slot for slot in places if self.rows[slot][0] in LEAVES]
        zeros = next((slot for slot in leaves if self.leaf_text(slot) == ZERO and len(places[slot]) > 1), None)
        if zeros is not None:
            leaves.remove(zeros)  # all of out is cleared first
        # A store counts as an instruction, so that long lists of outputs are cut as well.
        stores = [(slot, index) for slot in leaves for index in places[slot]]
        chunks = [self.work[i : i + self.chunk] for i in range(0, len(self.work), self.chunk)] or [[]]
        extra = [stores[i : i + self.chunk] for i in range(0, len(stores), self.chunk)]
        if len(chunks) == 1 and len(extra) <= 1:
            body = self.clear(zeros)
            self.piece(body, chunks[0], places, extra[0] if extra else [])
            result = ZERO if self.returned is None else self.value(self.returned, body)
            kernel = _function("double @kernel", SIGNATURE, [*body, f"ret double {result}"])
            return Emitted((self.module([kernel]),), tuple(self.symbols), len(self.work), 1)
        chunks += [[] for _ in range(len(extra) - len(chunks))]
        extra += [[] for _ in range(len(chunks) - len(extra))]
        self.scratch, size = self.scratch_places(chunks)
        parts: list[str] = []
        functions: list[str] = []
        names: list[str] = []
        whole = len(chunks) * self.chunk <= PART  # everything in one module
        for slots, leaf_stores in zip(chunks, extra, strict=True):
            self.begin_function()
            body = []
            self.piece(body, slots, places, leaf_stores)
            names.append(f"chunk{len(names)}")
            linkage = "internal " if whole else "hidden "
            head = f"{linkage}void @{names[-1]}"
            functions.append(_function(head, f"{SIGNATURE}, {SCRATCH}", [*body, "ret void"], " noinline"))
            if not whole and len(functions) * self.chunk >= PART:
                parts.append(self.module(functions))
                functions = []
        if functions and not whole:
            parts.append(self.module(functions))
            functions = []
        functions.append(self.driver(zeros, names, size))
        declared = [] if whole else [f"declare hidden void @{name}({SIGNATURE}, {SCRATCH})" for name in names]
        parts.append(self.module(functions, declared))
        return Emitted(tuple(parts), tuple(self.symbols), len(self.work), len(chunks))

    def module(self, functions: list[str], declarations: Sequence[str] = ()) -> str:
        """One module of these functions, with what they call declared; the next one begins empty."""
        text = "\n".join([*declarations, *self.declared.values(), *functions])
        self.declared = {}
        return text

    def begin_function(self) -> None:
        """No value is in a register yet, and unnamed values are counted from 1 (0 is the first block)."""
        self.known: dict[int, str] = {}
        self.counter = 1

    def piece(
        self,
        lines: list[str],
        slots: list[int],
        places: dict[int, list[int]],
        leaf_stores: list[tuple[int, int]],
    ) -> None:
        """Append the lines that compute ``slots``, write their outputs and save what later pieces need."""
        known, rows, scratch, forms, value = self.known, self.rows, self.scratch, self.forms, self.value
        for code in sorted({rows[slot][0] for slot in slots}):  # the text must be the same in every process
            for function in forms[code].calls:
                self.declare(*function)
        for slot in slots:
            code, a, b, c = rows[slot]
            form = forms[code]
            arity = form.arity
            first = known.get(a) or value(a, lines)
            second = "" if arity < 2 else known.get(b) or value(b, lines)
            if form.simple:
                result = f"%{self.counter}"
                self.counter += 1
                lines.append(form.simple % ((result, first, second) if arity == 2 else (result, first)))
            else:
                third = value(c, lines) if arity > 2 else ""
                result = f"%t{slot}"
                lines.append(form.text.format(r=result, a=first, b=second, c=third))
            known[slot] = result
            if slot in places:
                for index in places[slot]:
                    self.store(result, "out", index, lines)
            if slot in scratch:
                self.store(result, "s", scratch[slot], lines)
        for slot, index in leaf_stores:
            self.store(value(slot, lines), "out", index, lines)

    def value(self, slot: int, lines: list[str]) -> str:
        """The name of a slot's value, loaded into a register where it is not in one yet."""
        name = self.known.get(slot)
        if name is not None:
            return name
        code, which, _, _ = self.rows[slot]
        if code == CONSTANT:
            name = self.constants[which]
        elif code == INPUT:
            name = self.load(*self.inputs.place(which), lines)
        else:
            name = self.load("s", self.scratch[slot], lines)
        self.known[slot] = name
        return name

    def load(self, array: str, index: int, lines: list[str]) -> str:
        at = self.entry(array, index, lines)
        name = f"%{self.counter}"
        self.counter += 1
        lines.append(f"{name} = load double, ptr {at}")
        return name

    def store(self, value: str, array: str, index: int, lines: list[str]) -> None:
        lines.append(f"store double {value}, ptr {self.entry(array, index, lines)}")

    def entry(self, array: str, index: int, lines: list[str]) -> str:
        """The address of an entry of an array."""
        if index == 0:
            return f"%{array}"
        name = f"%{self.counter}"
        self.counter += 1
        lines.append(f"{name} = getelementptr double, ptr %{array}, i64 {index}")
        return name

    def leaf_text(self, slot: int) -> str | None:
        """The literal of a constant slot; None for an input."""
        code, which, _, _ = self.rows[slot]
        return self.constants[which] if code == CONSTANT else None

    def declare(self, function: str, arity: int) -> None:
        declare(function, arity, self.declared, self.symbols)

    def scratch_places(self, chunks: list[list[int]]) -> tuple[dict[int, int], int]:
        """A place in the scratch buffer for each value that leaves its chunk, and the buffer's length.

        A place is free again after the last chunk that reads it.
        """
        home = {slot: number for number, slots in enumerate(chunks) for slot in slots}
        last: dict[int, int] = {}
        for number, slots in enumerate(chunks):
            for slot in slots:
                for operand in self.rows[slot][1:]:
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

    def driver(self, zeros: int | None, chunks: Sequence[str], size: int) -> str:
        """The function ``kernel`` that calls the chunks in order."""
        self.begin_function()
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
        lines += [f"call void @{name}(ptr %x, ptr %v, ptr %p, ptr %out, ptr %s)" for name in chunks]
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


@dataclass(frozen=True)
class _Form:
    """How a primitive is written: ``text`` with {r} {a} {b} {c}, and the functions (name, arity) that it calls.

    ``simple`` is the same text for the % operator, faster, where it is one line that names {r} {a} {b} once in order.
    """

    text: str
    arity: int
    calls: tuple[tuple[str, int], ...]
    simple: str

    @staticmethod
    def of(code: int) -> _Form:
        row = PRIMITIVES[code]
        text, calls = operation(row)
        marks = "".join(part[1] for part in Formatter().parse(text) if part[1])
        plain = marks == "rab"[: row.arity + 1]
        return _Form(text, row.arity, calls, text.format(r="%s", a="%s", b="%s") if plain else "")


def operation(row: Primitive) -> tuple[str, tuple[tuple[str, int], ...]]:
    """The line or lines of one primitive in terms of {r}, {a}, {b}, {c}, and the functions (name, arity) it calls.

    Raises
    ------
    InputError
        If the row asks for an emission that kernels does not know.
    """
    kind, _, symbol = row.emission.partition(":")
    if kind == "inline":
        text = INLINE[symbol or row.name]
        functions = [part.partition("(")[0] for part in text.split("@")[1:]]
        return text, tuple((function, 2 if function in _BINARY else 1) for function in functions)
    arguments = ", ".join(f"double {{{letter}}}" for letter in "abc"[: row.arity])
    if kind == "intrinsic":
        symbol = f"{symbol}.f64"
    elif kind == "scipy":
        symbol = f"scipy_{symbol}"
        arguments += ", i32 0"  # Cython's "skip dispatch"
    elif kind != "libm":
        raise InputError(f'The op table asks for the emission "{row.emission}" of {row.name}; kernels knows no {kind}.')
    return f"{{r}} = call double @{symbol}({arguments})", ((symbol, row.arity),)


def declare(function: str, arity: int, declared: dict[str, str], symbols: dict[str, None]) -> None:
    """Add the declaration (or definition) of a called function, and its name where it comes from outside."""
    if function in declared:
        return
    if function in DEFINITIONS:
        text, calls = DEFINITIONS[function]
        for called in calls:
            declare(called, 2 if called == "pow" else 1, declared, symbols)
        declared[function] = text
        return
    types = ["double"] * arity + ["i32"] * function.startswith("scipy_")
    outside = not function.startswith("llvm.")
    # "nobuiltin": LLVM must not replace a call by what it holds to be equal, pow(x, 0.5) by a root for one
    declared[function] = f"declare double @{function}({', '.join(types)})" + " nobuiltin" * outside
    if outside:
        symbols[function] = None


LEAVES = frozenset({INPUT, CONSTANT})
ZERO = "0x0000000000000000"


def nearest(constant: Fraction | NamedConstant) -> float:
    """The float64 nearest to an exact constant."""
    if isinstance(constant, NamedConstant):
        return math.pi if constant is NamedConstant.PI else math.e
    try:
        return float(constant)
    except OverflowError:
        return math.inf if constant > 0 else -math.inf


def _function(head: str, arguments: str, lines: list[str], attributes: str = "") -> str:
    return "\n".join([f"define {head}({arguments}){attributes} nounwind {{", *lines, "}"])


def _literal(value: float) -> str:
    """A float64 as LLVM writes it: its bits in hexadecimal."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
