"""An interpreter for tapes in machine code: runs any instruction list over float64 without compiling it.

One function, emitted once from the op table with the very lines that compiled kernels consist of, so that both give
the same result bit for bit.  Each instruction ends with its own jump to the next, through a table of addresses.
Registers are the constants, the inputs, and places for values that are used again once their value is dead, so that
a program of a million operations works in a small part of memory.

A program is four 32-bit integers an instruction: operation and third operand, result, first and second operand.  Its
head (``Program``) is what the code of a kernel carries along; see ``trampoline.py``.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.kernels.emission import Inputs
from hessmath.kernels.instructions import declare, nearest, operation
from hessmath.kernels.machine import Library, build, symbol_addresses
from hessmath.kernels.ordering import depth_first
from hessmath.program import PRIMITIVES, Tape
from hessmath.program.primitives import CLOSED, CONSTANT, INPUT

#: How many operands the operations have that the interpreter knows: the library's own.
ARITY = tuple(row.arity for row in PRIMITIVES[:CLOSED])

#: Operations of our own, in the places of those that are never computed: end, and out[result] = first operand.
END, STORE = INPUT, CONSTANT

#: Registers up to this many numbers (64 KiB) lie on the stack, more of them on the heap.
STACK_REGISTERS = 8192

#: The third operand shares 32 bits with the operation.
_MOST_REGISTERS = 1 << 24


class Head(ctypes.Structure):
    """What the interpreter is given: where everything is, and how much of it."""

    _fields_ = (
        ("code", ctypes.c_void_p),  # int32[4] per instruction
        ("constants", ctypes.c_void_p),  # the first registers
        ("copies", ctypes.c_void_p),  # int64 pairs (register, place in out) of outputs that are inputs or constants
        ("constant_count", ctypes.c_int64),
        ("variable_count", ctypes.c_int64),
        ("parameter_count", ctypes.c_int64),
        ("direction_count", ctypes.c_int64),
        ("register_count", ctypes.c_int64),
        ("copy_count", ctypes.c_int64),
        ("cleared", ctypes.c_int64),  # number of entries of out to set to 0 first
        ("returned", ctypes.c_int64),  # the register whose value is returned; −1 for none
    )


@dataclass(frozen=True)
class Program:
    """A tape as the interpreter takes it; the arrays are what ``head`` points into."""

    head: Head
    code: NDArray[np.int32]
    constants: NDArray[np.float64]
    copies: NDArray[np.int64]
    instructions: int
    operations: frozenset[int]

    @property
    def address(self) -> int:
        """Where the head is."""
        return ctypes.addressof(self.head)

    @property
    def size(self) -> int:
        """Bytes of the instruction list."""
        return self.code.nbytes


def interprets(tape: Tape) -> bool:
    """Whether the interpreter knows all operations of a tape."""
    return not len(tape) or int(tape.code.max()) < CLOSED


def assemble(tape: Tape, inputs: Inputs, *, returns_first: bool) -> Program:
    """The instruction list of a tape; results go where ``emission.emit`` has them.

    Cost: linear, about 1 µs an instruction.

    Raises
    ------
    InputError
        If the tape has other inputs than ``inputs`` says, needs 2²⁴ values at the same time, or calls functions that
        a user defined.
    """
    if not interprets(tape):
        raise InputError("The interpreter cannot call user-defined functions: use Quick() or Optimised().")
    if inputs.total != len(tape.names):
        raise InputError(f"The tape has {len(tape.names)} inputs, but the kernel would supply {inputs.total}.")
    outputs = tape.outputs.tolist()
    returned = outputs[0] if returns_first else None
    written = outputs[1:] if returns_first else outputs
    constants = np.array([nearest(c) for c in tape.constants], dtype=np.float64)
    base = len(constants) + inputs.total
    rows = tape.rows
    # registers: constants, x, p, v, then what is computed
    register = [row[1] + len(constants) if row[0] == INPUT else row[1] for row in rows]
    code, count = _allocate(tape, register, written, returned, base)
    if count > _MOST_REGISTERS:
        raise InputError(
            f"The interpreter keeps up to {_MOST_REGISTERS} values at a time, but this program has {count}."
        )
    instructions = len(code) // 4
    fixed = [(slot, place) for place, slot in enumerate(written) if rows[slot][0] in (INPUT, CONSTANT)]
    zeros = [place for slot, place in fixed if rows[slot][0] == CONSTANT and tape.constants[rows[slot][1]] == 0]
    clears = len(zeros) > 1
    skipped = set(zeros) if clears else set()
    copies = np.array([(register[slot], place) for slot, place in fixed if place not in skipped], dtype=np.int64)
    listing = np.array([*code, END, 0, 0, 0], dtype=np.int32)
    head = Head(
        listing.ctypes.data,
        constants.ctypes.data,
        copies.ctypes.data,
        len(constants),
        inputs.variables,
        inputs.parameters,
        inputs.directions,
        count,
        len(copies),
        len(written) if clears else 0,
        -1 if returned is None else register[returned],
    )
    return Program(head, listing, constants, copies, instructions, frozenset(row[0] for row in rows))


def _allocate(
    tape: Tape, register: list[int], written: list[int], returned: int | None, base: int
) -> tuple[list[int], int]:
    """The instructions as a flat list, and the number of registers; ``register`` is completed."""
    rows = tape.rows
    order = depth_first(tape)
    stores: dict[int, list[int]] = {}
    for place, slot in enumerate(written):
        if ARITY[rows[slot][0]]:
            stores.setdefault(slot, []).append(place)
    uses = np.bincount(tape.operands[order].ravel() + 1, minlength=len(tape) + 1)[1:].tolist()
    if returned is not None:
        uses[returned] += 1  # never dead
    code: list[int] = []
    free: list[int] = []
    count = base
    for slot in order:
        operation, a, b, c = rows[slot]
        ra, rb, rc = register[a], register[b], register[c]
        for operand in (a, b, c):
            if operand >= 0:
                uses[operand] -= 1
                if not uses[operand] and register[operand] >= base:
                    free.append(register[operand])
        if free:
            result = free.pop()
        else:
            result = count
            count += 1
        register[slot] = result
        code += (operation | rc << 8 if c >= 0 else operation, result, ra, rb if b >= 0 else 0)
        if slot in stores:
            for place in stores[slot]:
                code += (STORE, place, result, 0)
            if not uses[slot]:
                free.append(result)
    return code, count


def code_address(codes: Iterable[int]) -> int:
    """The address of ``double interpret(x, v, parameters, out, head)``, ready for these operations."""
    with _LOADING:
        built, places = _machine()
        fill_table(built, places, (name for code in codes for name in outside(code)))
    return built.addresses["interpret"]


_LOADING = threading.Lock()


@cache
def _machine() -> tuple[Library, dict[str, int]]:
    """The interpreter, and the places of outside functions in its table."""
    text, functions = module()
    needed = ["malloc", "free", "memcpy", "memset"]
    return build(text, ["interpret", "functions"], symbol_addresses(needed)), functions


def fill_table(built: Library, places: dict[str, int], names: Iterable[str]) -> None:
    """Put the addresses of these outside functions into an interpreter's table."""
    table = (ctypes.c_void_p * max(len(places), 1)).from_address(built.addresses["functions"])
    for name in names:
        if name in places and not table[places[name]]:
            table[places[name]] = symbol_addresses([name])[name]


@cache
def outside(code: int) -> tuple[str, ...]:
    """The functions of the C library or SciPy that an operation calls."""
    if not ARITY[code]:
        return ()
    symbols: dict[str, None] = {}
    for function, arity in operation(PRIMITIVES[code])[1]:
        declare(function, arity, {}, symbols)
    return tuple(symbols)


def module() -> tuple[str, dict[str, int]]:
    """The interpreter as LLVM IR, and the outside functions' places in ``functions``, the table of their addresses."""
    declared: dict[str, str] = {}
    symbols: dict[str, None] = {}
    blocks: list[str] = []
    computed = [code for code, arity in enumerate(ARITY) if arity]
    for code in computed:
        text, calls = operation(PRIMITIVES[code])
        for function, arity in calls:
            declare(function, arity, declared, symbols)
        operands = [line for letter in "abc"[: ARITY[code]] for line in _operand(code, letter)]
        result = text.format(r=f"%r{code}", a=f"%a{code}", b=f"%b{code}", c=f"%c{code}")
        blocks.append("\n".join([f"op{code}:", *operands, result, *_keep(code), "br label %next"]))
    places = {name: k for k, name in enumerate(symbols)}
    # What comes from outside is called through the table, so that only what a program needs has to exist.
    stubs = [stub(name, declared.pop(name), k, len(places)) for name, k in places.items()]
    previous = ", ".join(f"[ %pc.next, %op{code} ]" for code in [STORE, *computed])
    labels = " ".join(f"i32 {code}, label %op{code}" for code in [END, STORE, *computed])
    text = "\n".join(
        [
            f"@functions = global [{max(len(places), 1)} x ptr] zeroinitializer",
            *declared.values(),
            *stubs,
            *(_HELPERS[name] for name in _HELPERS if name not in declared),
            _BEGIN,
            f"%pc = phi ptr [ %code, %ready ], {previous}",
            *FETCH,
            f"switch i32 %op, label %op{END} [ {labels} ]",
            *blocks,
            _FINISH,
        ]
    )
    return text, places


def _operand(code: int, letter: str) -> list[str]:
    """Lines that load an operand from its register."""
    return [
        f"%{letter}.p{code} = getelementptr double, ptr %registers, i64 %{letter}.at",
        f"%{letter}{code} = load double, ptr %{letter}.p{code}",
    ]


def _keep(code: int) -> list[str]:
    """Lines that store a result in its register."""
    return [
        f"%r.p{code} = getelementptr double, ptr %registers, i64 %r.at",
        f"store double %r{code}, ptr %r.p{code}",
    ]


def stub(name: str, declaration: str, place: int, places: int) -> str:
    """The definition of an outside function as a call through the table."""
    types = declaration.partition("(")[2].partition(")")[0].split(", ")
    arguments = ", ".join(f"{kind} %{k}" for k, kind in enumerate(types))
    return (
        f"define internal double @{name}({arguments}) nounwind {{\n"
        f"%at = getelementptr [{places} x ptr], ptr @functions, i64 0, i64 {place}\n"
        f"%code = load ptr, ptr %at\n%value = tail call double %code({arguments})\nret double %value\n}}"
    )


_HELPERS = {
    "malloc": "declare ptr @malloc(i64)",
    "free": "declare void @free(ptr)",
    "llvm.memcpy.p0.p0.i64": "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
    "llvm.memset.p0.i64": "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
}


def _field(name: str) -> str:
    """Lines that load a field of the head."""
    kind = "ptr" if name in ("code", "constants", "copies") else "i64"
    offset = getattr(Head, name).offset
    return f"%{name}.f = getelementptr i8, ptr %head, i64 {offset}\n%{name} = load {kind}, ptr %{name}.f"


def _copy(array: str, source: str, count: str) -> str:
    """Lines that copy an array to the registers from ``%{array}.r`` on."""
    return f"""%{array}.bytes = shl i64 %{count}, 3
call void @llvm.memcpy.p0.p0.i64(ptr %{array}.r, ptr %{source}, i64 %{array}.bytes, i1 false)"""


_BEGIN = "\n".join(
    [
        "define double @interpret(ptr %x, ptr %v, ptr %p, ptr %out, ptr %head) nounwind {",
        f"%stack = alloca [{STACK_REGISTERS} x double], align 16",
        *(_field(name) for name, _ in Head._fields_),
        f"%small = icmp ule i64 %register_count, {STACK_REGISTERS}",
        "br i1 %small, label %begin, label %allocate",
        "allocate:",
        "%bytes = shl i64 %register_count, 3",
        "%heap = call ptr @malloc(i64 %bytes)",
        "%none = icmp eq ptr %heap, null",
        "br i1 %none, label %exhausted, label %begin",
        "exhausted:",
        "ret double 0x7FF8000000000000",
        "begin:",
        "%registers = phi ptr [ %stack, %0 ], [ %heap, %allocate ]",
        "%constants.r = getelementptr double, ptr %registers, i64 0",
        _copy("constants", "constants", "constant_count"),
        "%x.r = getelementptr double, ptr %registers, i64 %constant_count",
        _copy("x", "x", "variable_count"),
        "%p.r = getelementptr double, ptr %x.r, i64 %variable_count",
        _copy("p", "p", "parameter_count"),
        "%v.r = getelementptr double, ptr %p.r, i64 %parameter_count",
        _copy("v", "v", "direction_count"),
        "%cleared.bytes = shl i64 %cleared, 3",
        "call void @llvm.memset.p0.i64(ptr %out, i8 0, i64 %cleared.bytes, i1 false)",
        "%some = icmp sgt i64 %copy_count, 0",
        "br i1 %some, label %copying, label %ready",
        "copying:",  # outputs that are inputs or constants
        "%k = phi i64 [ 0, %begin ], [ %k.next, %copying ]",
        "%k.2 = shl i64 %k, 1",
        "%from.p = getelementptr i64, ptr %copies, i64 %k.2",
        "%from = load i64, ptr %from.p",
        "%to.p = getelementptr i64, ptr %from.p, i64 1",
        "%to = load i64, ptr %to.p",
        "%copied.p = getelementptr double, ptr %registers, i64 %from",
        "%copied = load double, ptr %copied.p",
        "%copy.p = getelementptr double, ptr %out, i64 %to",
        "store double %copied, ptr %copy.p",
        "%k.next = add i64 %k, 1",
        "%more = icmp slt i64 %k.next, %copy_count",
        "br i1 %more, label %copying, label %ready",
        "ready:",
        "br label %next",
        "next:",
    ]
)

FETCH = """%word = load i32, ptr %pc
%r.word.p = getelementptr i32, ptr %pc, i64 1
%r.word = load i32, ptr %r.word.p
%a.word.p = getelementptr i32, ptr %pc, i64 2
%a.word = load i32, ptr %a.word.p
%b.word.p = getelementptr i32, ptr %pc, i64 3
%b.word = load i32, ptr %b.word.p
%r.at = zext i32 %r.word to i64
%a.at = zext i32 %a.word to i64
%b.at = zext i32 %b.word to i64
%c.word = lshr i32 %word, 8
%c.at = zext i32 %c.word to i64
%op = and i32 %word, 255
%pc.next = getelementptr i32, ptr %pc, i64 4""".splitlines()

_FINISH = f"""op{STORE}:
%stored.p = getelementptr double, ptr %registers, i64 %a.at
%stored = load double, ptr %stored.p
%store.p = getelementptr double, ptr %out, i64 %r.at
store double %stored, ptr %store.p
br label %next
op{END}:
%returns = icmp sge i64 %returned, 0
br i1 %returns, label %read, label %done
read:
%returned.p = getelementptr double, ptr %registers, i64 %returned
%returned.value = load double, ptr %returned.p
br label %done
done:
%value = phi double [ 0.0, %op{END} ], [ %returned.value, %read ]
br i1 %small, label %leave, label %release
release:
call void @free(ptr %registers)
br label %leave
leave:
ret double %value
}}"""
