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
from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter

from hessmath.errors import InputError
from hessmath.kernels.instructions import LEAVES, ZERO, declare, nearest, operation
from hessmath.kernels.lanes import float_bits
from hessmath.kernels.ordering import depth_first, scratch_places
from hessmath.program import PRIMITIVES, Tape
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
        self.constants = [float_bits(nearest(c)) for c in tape.constants]
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
        self.scratch, size = scratch_places(chunks, [row[1:] for row in self.rows], self.returned)
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
            lines.append(f"exhausted:\nret double {float_bits(math.nan)}\nrun:")
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


def _function(head: str, arguments: str, lines: list[str], attributes: str = "") -> str:
    return "\n".join([f"define {head}({arguments}){attributes} nounwind {{", *lines, "}"])
