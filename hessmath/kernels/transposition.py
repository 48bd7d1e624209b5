"""Rows of numbers ↔ lanes, as LLVM IR: W rows of a row-major array become columns of W lanes each, and back.

A tile is W rows by C columns, C a power of two up to W.  It lies in C registers of W lanes, each with W/C pieces of
rows; exchanging entries of two registers at a distance s = 1, 2, 4, … transposes all C × C blocks at once.  The same
exchanges lead back.
"""

from __future__ import annotations

from hessmath.kernels.lanes import Lanes


def tiles(columns: int, width: int) -> list[tuple[int, int]]:
    """(first column, columns) of tiles that cover all columns."""
    found, at = [], 0
    while at < columns:
        size = width
        while size > columns - at:
            size //= 2
        found.append((at, size))
        at += size
    return found


def read_tile(base: str, stride: int, size: int, width: int, prefix: str) -> tuple[list[str], list[str]]:
    """Lines that load a tile whose first entry is at ``base``, and the names of its columns."""
    lines: list[str] = []
    registers = []
    for j in range(size):
        pieces = []
        for row in range(j, width, size):
            name = f"%{prefix}.r{row}"
            lines += _load(name, base, row * stride, size)
            pieces.append(name)
        registers.append(_join(pieces, size, width, f"{prefix}.j{j}", lines))
    return lines, _exchange(registers, width, prefix, lines)


def write_tile(base: str, stride: int, values: list[str], width: int, prefix: str) -> list[str]:
    """Lines that store columns as a tile whose first entry is at ``base``."""
    lines: list[str] = []
    size = len(values)
    kind = Lanes(width).double
    for j, register in enumerate(_exchange(values, width, prefix, lines)):
        for block, row in enumerate(range(j, width, size)):
            name = f"%{prefix}.p{row}"
            if size == width:
                name = register
            elif size == 1:
                lines.append(f"{name} = extractelement {kind} {register}, i32 {row}")
            else:
                lanes = range(block * size, (block + 1) * size)
                lines.append(_shuffle(name, register, register, lanes, width))
            lines += _store(name, f"%{prefix}.o{row}", base, row * stride, size)
    return lines


def _join(pieces: list[str], size: int, width: int, prefix: str, lines: list[str]) -> str:
    """One register of the pieces, side by side."""
    if size == 1:
        last = "poison"
        for lane, piece in enumerate(pieces):
            lines.append(f"%{prefix}.{lane} = insertelement {Lanes(width).double} {last}, double {piece}, i32 {lane}")
            last = f"%{prefix}.{lane}"
        return last
    while size < width:
        joined = []
        for k in range(0, len(pieces), 2):
            name = f"%{prefix}.{size}.{k}"
            lines.append(_shuffle(name, pieces[k], pieces[k + 1], range(2 * size), size))
            joined.append(name)
        pieces, size = joined, 2 * size
    return pieces[0]


def _exchange(registers: list[str], width: int, prefix: str, lines: list[str]) -> list[str]:
    distance = 1
    while distance < len(registers):
        turned = list(registers)
        for j in range(len(registers)):
            if j & distance:
                continue
            a, b = registers[j], registers[j + distance]
            low = [width + lane - distance if lane & distance else lane for lane in range(width)]
            high = [width + lane if lane & distance else lane + distance for lane in range(width)]
            turned[j], turned[j + distance] = f"%{prefix}.x{distance}.{j}", f"%{prefix}.x{distance}.{j + distance}"
            lines.append(_shuffle(turned[j], a, b, low, width))
            lines.append(_shuffle(turned[j + distance], a, b, high, width))
        registers = turned
        distance *= 2
    return registers


def _shuffle(name: str, a: str, b: str, lanes: list[int] | range, width: int) -> str:
    kind, mask = Lanes(width).double, ", ".join(f"i32 {lane}" for lane in lanes)
    return f"{name} = shufflevector {kind} {a}, {kind} {b}, <{len(lanes)} x i32> <{mask}>"


def _load(name: str, base: str, offset: int, size: int) -> list[str]:
    return [
        f"{name}.at = getelementptr double, ptr {base}, i64 {offset}",
        f"{name} = load {Lanes(size).double}, ptr {name}.at, align 8",
    ]


def _store(value: str, name: str, base: str, offset: int, size: int) -> list[str]:
    return [
        f"{name} = getelementptr double, ptr {base}, i64 {offset}",
        f"store {Lanes(size).double} {value}, ptr {name}, align 8",
    ]
