"""Passes: tapes to shorter tapes with the same value wherever the old one is defined.

Each pass is a function Tape → Tape, so that ``run_passes`` composes any list of them.  Removing what is not needed
can make a program defined at more points (0·log x becomes 0): definedness is settled before, on the syntax tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from hessmath.program.primitives import CONSTANT, INPUT, OPCODE, PRIMITIVES, primitive
from hessmath.program.tape import Tape, TapeBuilder

Pass = Callable[[Tape], Tape]

Rule = Callable[[TapeBuilder, str, tuple[int, ...]], int | None]
"""Given an operation about to be written, the slot of something simpler, or None."""

_LARGEST_FOLDED_BITS = 2048


def run_passes(tape: Tape, passes: Sequence[Pass]) -> Tape:
    """The tape after these passes, in order.

    Examples
    --------
    >>> builder = TapeBuilder(("x",))
    >>> same = builder.emit("mul", 0, builder.constant(1))
    >>> print(run_passes(builder.build([same]), [simplify, drop_dead]))
    0  x
    → 0
    """
    for one in passes:
        tape = one(tape)
    return tape


def drop_dead(tape: Tape) -> Tape:
    """Leave out what no output needs; the inputs stay."""
    rows = tape.rows
    needed = bytearray(len(tape))
    for slot in tape.outputs.tolist():
        needed[slot] = 1
    for slot in range(len(tape) - 1, -1, -1):
        if needed[slot]:
            code, a, b, c = rows[slot]
            if code not in _LEAVES:
                needed[a] = 1
                if b >= 0:
                    needed[b] = 1
                    if c >= 0:
                        needed[c] = 1
    if all(needed):
        return tape
    n = len(tape.names)
    keep = np.frombuffer(needed, dtype=bool).copy()
    keep[:n] = True
    moved = np.cumsum(keep, dtype=np.int64) - 1  # old slot → new slot
    code, operands = tape.code[keep], tape.operands[keep].astype(np.int64)
    computed = ~np.isin(code, list(_LEAVES))
    operands[computed] = np.where(operands[computed] >= 0, moved[operands[computed]], -1)
    # constants in the order in which they occur
    is_constant = code == CONSTANT
    which, first, place = np.unique(operands[is_constant, 0], return_index=True, return_inverse=True)
    order = np.argsort(first)
    operands[is_constant, 0] = np.argsort(order)[place]
    constants = tuple(tape.constants[k] for k in which[order].tolist())
    outputs = moved[tape.outputs].astype(np.int32)
    return Tape(tape.names, code, operands.astype(np.int32), constants, outputs, tape.shape, tape.rewrites)


def fold_constants(tape: Tape) -> Tape:
    """Compute exactly what depends on rational constants alone and is rational itself."""
    return _rewrite(tape, (_fold,))


def simplify(tape: Tape) -> Tape:
    """Algebraic clean-up: x + 0, x·1, x·0, −−x, x − x, x + (−y), choices already made, …, and constants folded."""
    return _rewrite(tape, (_fold, _algebra))


def clean(tape: Tape) -> Tape:
    """Simplify and leave out what is dead: what every derived program goes through."""
    return run_passes(tape, LITERAL)


LITERAL: tuple[Pass, ...] = (simplify, drop_dead)
"""The formula as it was written, cleaned up; ``better_forms.STANDARD`` also looks for better forms."""


def rewritten(tape: Tape, rule: Rule) -> Tape:
    """The tape written again, each operation as the rule has it, or else cleaned up."""
    return _rewrite(tape, (rule, _fold, _algebra))


def simplest(builder: TapeBuilder, name: str, *operands: int) -> int:
    """The slot of an operation after folding and algebraic clean-up."""
    return _simple(builder, name, *operands)


_LEAVES = frozenset((INPUT, CONSTANT))


def _rewrite(tape: Tape, rules: Sequence[Rule]) -> Tape:
    """Write the tape again, each operation as the first rule that applies has it."""
    builder = TapeBuilder(tape.names)
    slots: list[int] = []
    for code, a, b, c in tape.rows:
        if code == INPUT:
            slots.append(a)
            continue
        if code == CONSTANT:
            slots.append(builder.constant(tape.constants[a]))
            continue
        if b < 0:
            operands: tuple[int, ...] = (slots[a],)
        elif c < 0:
            operands = (slots[a], slots[b])
        else:
            operands = (slots[a], slots[b], slots[c])
        for rule in rules:
            slot = rule(builder, PRIMITIVES[code].name, operands)
            if slot is not None:
                break
        else:
            slot = builder.put(code, *operands)
        slots.append(slot)
    return builder.build([slots[k] for k in tape.outputs.tolist()], tape.shape, tape.rewrites)


def _write(builder: TapeBuilder, rules: Sequence[Rule], name: str, operands: tuple[int, ...]) -> int:
    for rule in rules:
        slot = rule(builder, name, operands)
        if slot is not None:
            return slot
    return builder.emit(name, *operands)


def _fold(builder: TapeBuilder, name: str, operands: tuple[int, ...]) -> int | None:
    if builder.rows[operands[0]][0] != CONSTANT:
        return None
    values = []
    for slot in operands:
        value = builder.constant_at(slot)
        if not isinstance(value, Fraction):
            return None
        values.append(value)
    try:
        result = primitive(name).exact(*values)
    except ZeroDivisionError:
        return None  # undefined: left for whoever runs the program to report
    if result is None or max(result.numerator.bit_length(), result.denominator.bit_length()) > _LARGEST_FOLDED_BITS:
        return None
    return builder.constant(result)


def _algebra(builder: TapeBuilder, name: str, operands: tuple[int, ...]) -> int | None:
    found = _ALGEBRA.get(name)
    if found is None:
        return None
    rule, codes = found
    if codes is not None:  # most operations have no operand that the rule could use
        rows = builder.rows
        if rows[operands[0]][0] not in codes and rows[operands[-1]][0] not in codes:
            return None
    return rule(builder, *operands)


def _simple(builder: TapeBuilder, name: str, *operands: int) -> int:
    return _write(builder, (_fold, _algebra), name, operands)


def _negated(builder: TapeBuilder, slot: int) -> int | None:
    """y when the slot is −y."""
    code, operand, _, _ = builder.rows[slot]
    return operand if code == _NEG else None


def _scaled(builder: TapeBuilder, slot: int) -> tuple[Fraction, int] | None:
    """(c, y) when the slot is c·y with a rational constant c."""
    code, a, b, _ = builder.rows[slot]
    if code == _MUL:
        for c, y in ((a, b), (b, a)):
            kind, which, _, _ = builder.rows[c]
            if kind == CONSTANT:
                constant = builder.constants[which]
                if isinstance(constant, Fraction):
                    return constant, y
    return None


def _add(builder: TapeBuilder, x: int, y: int) -> int | None:
    for a, b in ((x, y), (y, x)):
        if builder.constant_at(b) == 0:
            return a
        minus = _negated(builder, b)
        if minus is not None:
            return _simple(builder, "sub", a, minus)
    left = _scaled(builder, x)
    right = _scaled(builder, y) if left else None
    if left and right and left[1] == right[1]:  # c·x + d·x; mirrored derivatives bring many
        return _simple(builder, "mul", left[1], builder.constant(left[0] + right[0]))
    return None


def _sub(builder: TapeBuilder, x: int, y: int) -> int | None:
    if x == y:
        return builder.constant(0)
    if builder.rows[x][0] not in _SIGNED and builder.rows[y][0] not in _SIGNED:
        return None
    if builder.constant_at(y) == 0:
        return x
    if builder.constant_at(x) == 0:
        return _simple(builder, "neg", y)
    minus = _negated(builder, y)
    if minus is not None:
        return _simple(builder, "add", x, minus)
    minus = _negated(builder, x)
    if minus is not None:
        return _simple(builder, "neg", _simple(builder, "add", minus, y))
    return None


def _neg(builder: TapeBuilder, x: int) -> int | None:
    name, operands = builder.row(x)
    if name == "neg":
        return operands[0]
    if name == "sub":
        return _simple(builder, "sub", operands[1], operands[0])
    scaled = _scaled(builder, x)
    if scaled:
        return _simple(builder, "mul", scaled[1], builder.constant(-scaled[0]))
    return None


def _mul(builder: TapeBuilder, x: int, y: int) -> int | None:
    for a, b in ((x, y), (y, x)):
        c = builder.constant_at(b)
        if isinstance(c, Fraction):
            if c == 0:
                return b
            if abs(c) == 1:
                return a if c == 1 else _simple(builder, "neg", a)
            scaled = _scaled(builder, a)
            if scaled:
                return _simple(builder, "mul", scaled[1], builder.constant(c * scaled[0]))
        minus = _negated(builder, b)
        if minus is not None:
            return _simple(builder, "neg", _simple(builder, "mul", a, minus))
        name, operands = builder.row(b)
        if name == "div" and builder.constant_at(operands[0]) == 1:
            return _simple(builder, "div", a, operands[1])
    return None


def _div(builder: TapeBuilder, x: int, y: int) -> int | None:
    if builder.constant_at(x) == 0 and builder.constant_at(y) != 0:
        return x
    if builder.constant_at(y) == 1:
        return x
    if builder.constant_at(y) == -1:
        return _simple(builder, "neg", x)
    top, bottom = _negated(builder, x), _negated(builder, y)
    if top is not None and bottom is not None:
        return _simple(builder, "div", top, bottom)
    if top is not None:
        return _simple(builder, "neg", _simple(builder, "div", top, y))
    if bottom is not None:
        return _simple(builder, "neg", _simple(builder, "div", x, bottom))
    return None


def _abs(builder: TapeBuilder, x: int) -> int | None:
    minus = _negated(builder, x)
    if minus is not None:
        return _simple(builder, "abs", minus)
    return x if builder.row(x)[0] == "abs" else None


def _extreme(_builder: TapeBuilder, x: int, y: int) -> int | None:
    return x if x == y else None


def _select(builder: TapeBuilder, c: int, a: int, b: int) -> int | None:
    if a == b:
        return a
    constant = builder.constant_at(c)
    if constant is not None:
        return b if constant == 0 else a
    name, operands = builder.row(c)
    if name == "select" and builder.constant_at(operands[1]) == 0 and builder.constant_at(operands[2]) == 1:
        return _simple(builder, "select", operands[0], b, a)  # select(not c, a, b)
    return None


def _expn(builder: TapeBuilder, n: int, x: int) -> int | None:
    """E₁ has a row of its own; E₀ = e⁻ˣ/x and E₋ₖ = (e⁻ˣ + k E₁₋ₖ)/x come from derivatives only."""
    order = builder.constant_at(n)
    if order == 1:
        return builder.emit("E1", x)
    if not isinstance(order, Fraction) or order.denominator > 1 or order > 0:
        return None
    power = builder.emit("exp", _simple(builder, "neg", x))
    total = builder.emit("div", power, x)
    for k in range(1, 1 - order.numerator):
        total = builder.emit("mul", builder.constant(k), total)
        total = builder.emit("div", _simple(builder, "add", power, total), x)
    return total


_NEG, _MUL, _DIV = OPCODE["neg"], OPCODE["mul"], OPCODE["div"]
_SIGNED = frozenset((CONSTANT, _NEG))

_ALGEBRA: dict[str, tuple[Callable[..., int | None], frozenset[int] | None]] = {
    "add": (_add, _SIGNED | {_MUL}),
    "sub": (_sub, None),
    "neg": (_neg, None),
    "mul": (_mul, _SIGNED | {_DIV}),
    "div": (_div, _SIGNED),
    "abs": (_abs, None),
    "expn": (_expn, None),
    "min": (_extreme, None),
    "max": (_extreme, None),
    "select": (_select, None),
}
"""Per primitive its rule, and the codes of which the first or last operand must be one for the rule to apply."""
