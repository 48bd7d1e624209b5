"""The interpreter across lanes: runs any instruction list at W points side by side, without compiling it.

The same instruction lists as in ``interpreter``, with registers of W numbers; one instruction is fetched for W
points, so that fetching hardly counts.  Arithmetic and functions are those of compiled batches
(``lane_instructions``), bit for bit.  The emitted function has the signature of ``batch_emission`` and two more
arguments, the program's head and the number of entries in a row of the result::

    void batch(int64_t blocks, const double *x, const double *v, const double *parameters,
               double *values, double *out, double *registers, const void *head, int64_t columns)

The constants' registers have been filled in beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from hessmath.kernels.instructions import INTERNAL
from hessmath.kernels.interpreter import ARITY, END, FETCH, STORE, Head, fill_table, outside, stub
from hessmath.kernels.lane_emission import function_text
from hessmath.kernels.lane_instructions import LaneInstructions
from hessmath.kernels.lanes import Lanes
from hessmath.kernels.machine import Library, build, lane_count, symbol_addresses
from hessmath.program import PRIMITIVES

_HEAD = "i64 %blocks, ptr %xs, ptr %vs, ptr %p, ptr %values, ptr %outs, ptr %registers, ptr %head, i64 %columns"


def width() -> int:
    """Points in a block: two registers of the processor, so that one's delay hides the other's."""
    return 2 * lane_count()


def library(codes: Iterable[int]) -> Library:
    """The machine code, ready for these operations; emitted on first use."""
    built, places = _machine()
    fill_table(built, places, (name for code in codes for name in outside(code)))
    return built


@cache
def _machine() -> tuple[Library, dict[str, int]]:
    text, functions = module(width())
    needed = ["memset", "fma"]
    return build(text, ["batch", "functions"], symbol_addresses(needed)), functions


def module(width: int) -> tuple[str, dict[str, int]]:
    """The interpreter as LLVM IR, and the outside functions' places in ``functions``, the table of their addresses."""
    writer = LaneInstructions(Lanes(width))
    blocks: list[str] = []
    computed = [code for code, arity in enumerate(ARITY) if arity]
    for code in computed:
        row = PRIMITIVES[code]
        operands = "abc"[: row.arity]
        lines = [line for letter in operands for line in _read(f"%{letter}{code}", f"%{letter}.at", width)]
        lines.append(
            writer.instruction(row.name, row.emission, f"%r{code}", [f"%{letter}{code}" for letter in operands])
        )
        blocks.append("\n".join([f"op{code}:", *lines, *_keep(f"%r{code}", "%r.at", width), "br label %next"]))
    outside = [name for name in writer.symbols if name != "fma"]
    places = {name: k for k, name in enumerate(outside)}
    stubs = [stub(name, writer.declared.pop(name), k, len(places)) for name, k in places.items()]
    memset = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"
    text = [
        f"@functions = global [{max(len(places), 1)} x ptr] zeroinitializer",
        *dict.fromkeys([*writer.declared.values(), memset]),
        *stubs,
        _gather(width),
        _scatter(width),
        function_text("void @batch", _HEAD, [*_begin(width, computed), *blocks, *_finish(width)]),
    ]
    return "\n".join(text), places


def _place(name: str, register: str, width: int) -> str:
    """The line that finds a register."""
    return f"{name}.p = getelementptr {Lanes(width).double}, ptr %registers, i64 {register}"


def _read(name: str, register: str, width: int) -> list[str]:
    """Lines that load a register."""
    kind = Lanes(width).double
    return [_place(name, register, width), f"{name} = load {kind}, ptr {name}.p, align {_alignment(width)}"]


def _keep(name: str, register: str, width: int) -> list[str]:
    """Lines that store a value into a register."""
    kind = Lanes(width).double
    return [_place(name, register, width), f"store {kind} {name}, ptr {name}.p, align {_alignment(width)}"]


def _alignment(width: int) -> int:
    return min(64, 8 * width)


def _gather(width: int) -> str:
    """A function that turns a block of rows into registers."""
    kind = Lanes(width).double
    lines = ["entry:", "%some = icmp sgt i64 %count, 0", "br i1 %some, label %loop, label %done"]
    lines += ["loop:", "%j = phi i64 [0, %entry], [%j.next, %loop]"]
    lines.append("%first = getelementptr double, ptr %rows, i64 %j")
    last = "poison"
    for lane in range(width):
        lines.append(f"%at{lane} = mul i64 %count, {lane}")
        lines.append(f"%p{lane} = getelementptr double, ptr %first, i64 %at{lane}")
        lines.append(f"%n{lane} = load double, ptr %p{lane}, align 8")
        lines.append(f"%s{lane} = insertelement {kind} {last}, double %n{lane}, i32 {lane}")
        last = f"%s{lane}"
    lines.append(f"%to = getelementptr {kind}, ptr %registers, i64 %j")
    lines.append(f"store {kind} {last}, ptr %to, align {_alignment(width)}")
    lines += ["%j.next = add i64 %j, 1", "%more = icmp slt i64 %j.next, %count"]
    lines += ["br i1 %more, label %loop, label %done", "done:", "ret void"]
    return function_text("void @gather", "ptr %rows, ptr %registers, i64 %count", lines, INTERNAL)


def _scatter(width: int) -> str:
    """A function that writes one entry of each of W rows of the result."""
    kind = Lanes(width).double
    lines = ["entry:", "%first = getelementptr double, ptr %out, i64 %place"]
    for lane in range(width):
        lines.append(f"%at{lane} = mul i64 %columns, {lane}")
        lines.append(f"%p{lane} = getelementptr double, ptr %first, i64 %at{lane}")
        lines.append(f"%n{lane} = extractelement {kind} %value, i32 {lane}")
        lines.append(f"store double %n{lane}, ptr %p{lane}, align 8")
    arguments = f"ptr %out, i64 %columns, i64 %place, {kind} %value"
    return function_text("void @scatter", arguments, [*lines, "ret void"], INTERNAL)


def _begin(width: int, computed: list[int]) -> list[str]:
    """The lines up to the first instruction of a block, and the fetching of one."""
    kind = Lanes(width).double
    mask = ", ".join(["i32 0"] * width)
    previous = ", ".join(f"[%pc.next, %op{code}]" for code in [STORE, *computed])
    labels = " ".join(f"i32 {code}, label %op{code}" for code in [END, STORE, *computed])
    steps = {"x": "%variable_count", "v": "%direction_count", "out": "%columns"}
    lines = ["entry:"]
    for name, _ in Head._fields_:
        pointer = name in ("code", "constants", "copies")
        lines.append(f"%{name}.f = getelementptr i8, ptr %head, i64 {getattr(Head, name).offset}")
        lines.append(f"%{name} = load {'ptr' if pointer else 'i64'}, ptr %{name}.f")
    lines += [f"%{name}.step = mul i64 {count}, {width}" for name, count in steps.items()]
    lines += [
        "%p.first = add i64 %constant_count, %variable_count",
        "%v.first = add i64 %p.first, %parameter_count",
        f"%x.r = getelementptr {kind}, ptr %registers, i64 %constant_count",
        f"%v.r = getelementptr {kind}, ptr %registers, i64 %v.first",
        f"%cleared.bytes = mul i64 %cleared, {8 * width}",
        "%parametric = icmp sgt i64 %parameter_count, 0",
        "br i1 %parametric, label %fill, label %ready",
        "fill:",  # a parameter is the same in all lanes
        "%f = phi i64 [0, %entry], [%f.next, %fill]",
        "%f.from = getelementptr double, ptr %p, i64 %f",
        "%f.1 = load double, ptr %f.from, align 8",
        f"%f.2 = insertelement {kind} poison, double %f.1, i32 0",
        f"%f.3 = shufflevector {kind} %f.2, {kind} poison, <{width} x i32> <{mask}>",
        "%f.to = add i64 %p.first, %f",
        *_keep("%f.3", "%f.to", width),
        "%f.next = add i64 %f, 1",
        "%f.more = icmp slt i64 %f.next, %parameter_count",
        "br i1 %f.more, label %fill, label %ready",
        "ready:",
        "%some = icmp sgt i64 %blocks, 0",
        "br i1 %some, label %block, label %finished",
        "block:",
        f"%i = phi i64 [0, %ready], [%i.next, %op{END}.next]",
        *(
            f"%{name} = phi ptr [%{name}s, %ready], [%{name}.next, %op{END}.next]"
            for name in ("x", "v", "out", "value")
        ),
        "call void @gather(ptr %x, ptr %x.r, i64 %variable_count)",
        "call void @gather(ptr %v, ptr %v.r, i64 %direction_count)",
        "call void @llvm.memset.p0.i64(ptr %out, i8 0, i64 %cleared.bytes, i1 false)",
        "%copies.some = icmp sgt i64 %copy_count, 0",
        "br i1 %copies.some, label %copying, label %start",
        "copying:",  # outputs that are inputs or constants
        "%k = phi i64 [0, %block], [%k.next, %copying]",
        "%from.at = shl i64 %k, 1",
        "%from.p = getelementptr i64, ptr %copies, i64 %from.at",
        "%from = load i64, ptr %from.p",
        "%to.p = getelementptr i64, ptr %from.p, i64 1",
        "%to = load i64, ptr %to.p",
        *_read("%copied", "%from", width),
        f"call void @scatter(ptr %out, i64 %columns, i64 %to, {kind} %copied)",
        "%k.next = add i64 %k, 1",
        "%k.more = icmp slt i64 %k.next, %copy_count",
        "br i1 %k.more, label %copying, label %start",
        "start:",
        "br label %next",
        "next:",
        f"%pc = phi ptr [%code, %start], {previous}",
        *FETCH,
        f"switch i32 %op, label %op{END} [ {labels} ]",
    ]
    return lines


def _finish(width: int) -> list[str]:
    """The lines of the two operations of our own: a store, and the end of a block."""
    kind = Lanes(width).double
    return [
        f"op{STORE}:",
        *_read("%stored", "%a.at", width),
        f"call void @scatter(ptr %out, i64 %columns, i64 %r.at, {kind} %stored)",
        "br label %next",
        f"op{END}:",
        "%returns = icmp sge i64 %returned, 0",
        f"br i1 %returns, label %op{END}.value, label %op{END}.next",
        f"op{END}.value:",
        *_read("%result", "%returned", width),
        f"store {kind} %result, ptr %value, align 8",
        f"br label %op{END}.next",
        f"op{END}.next:",
        *(f"%{name}.next = getelementptr double, ptr %{name}, i64 %{name}.step" for name in ("x", "v", "out")),
        f"%value.next = getelementptr double, ptr %value, i64 {width}",
        "%i.next = add i64 %i, 1",
        "%more = icmp slt i64 %i.next, %blocks",
        "br i1 %more, label %block, label %finished",
        "finished:",
        "ret void",
    ]
