"""Where a program may fail to be differentiable: |x| at 0, ties of max, case distinctions, √ at 0.

Near a point a program with kinks is one of finitely many smooth pieces: each kink that is hit there is resolved to one
side or the other.  If all pieces have the value of the program and one gradient at the point, the program is
differentiable there with that gradient (|x|³ and x·|x| at 0); otherwise the kink that makes the difference is named.
Scholtes (2012), Introduction to Piecewise Differentiable Equations, section 4.1.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from hessmath.errors import InputError
from hessmath.program.arithmetic import balls, exact
from hessmath.program.arithmetic.symbols import read_back
from hessmath.program.derivatives import value_and_gradient
from hessmath.program.interpreting import Undefined, Values, in_order
from hessmath.program.passes import clean
from hessmath.program.primitives import CONSTANT, INPUT, PRIMITIVES
from hessmath.program.tape import Tape, TapeBuilder

_STEPS = {"abs", "sign", "heaviside"}
_DIFFERENCES = {"min", "max", "lt", "le", "eq"}
_JUMPS = {"floor", "ceil", "mod"}
_EDGES: dict[str, tuple[int, ...]] = {
    "sqrt": (0,),
    "pow": (0,),
    "hypot": (0,),
    "sqrt1pm1": (-1,),
    "asin": (-1, 1),
    "acos": (-1, 1),
    "acosh": (1,),
}
"""Primitives that are defined at the edge of their domain and have no derivative there, and the edges."""

_MOST_KINKS_COMBINED = 5
_PRECISION = 256


@dataclass(frozen=True)
class Kink:
    """A slot whose derivative fails where its argument (or the difference of its two arguments) is 0.

    floor and ceil fail where their argument, and mod where the quotient of its arguments, is an integer.
    """

    slot: int
    primitive: str
    arguments: tuple[int, ...]


def kinks(tape: Tape) -> list[Kink]:
    """Every |u|, sign, step, min, max, comparison and integer part of a program, in order.

    Examples
    --------
    >>> from hessmath.program import lower
    >>> x, y = sympy.symbols("x y", real=True)
    >>> [kink.primitive for kink in kinks(lower(abs(x) + sympy.Max(x, y), [x, y]))]
    ['abs', 'max']
    """
    names = _STEPS | _DIFFERENCES | _JUMPS
    return [Kink(slot, name, operands) for slot, name, operands in tape.instructions() if name in names]


def nondifferentiable_at(tape: Tape, point: Values) -> str | None:
    """What keeps a program from being differentiable at an exact point, as words; None when nothing was found.

    Kinks are found and pieces compared in exact rationals where these suffice, else in balls of 256 bits.
    More than five kinks at one point are resolved one at a time instead of in all combinations.

    Parameters
    ----------
    tape : a program, scalar or not
    point : one int, float or Fraction per input, in order or by name; a float means its binary value

    Examples
    --------
    >>> from hessmath.program import lower
    >>> x, y = sympy.symbols("x y", real=True)
    >>> f = lower(abs(x - 1) + y, [x, y])
    >>> nondifferentiable_at(f, {"x": 1, "y": 2})
    'Abs(x - 1) at x = 1'
    >>> nondifferentiable_at(f, {"x": 0, "y": 2}) is None
    True
    """
    values = [exact.rational(v, name) for v, name in zip(in_order(tape, point), tape.names, strict=True)]
    for slot in tape.outputs.tolist():
        found = _scalar_nondifferentiable_at(clean(_with_outputs(tape, [slot])), values)
        if found is not None:
            return found
    return None


def _scalar_nondifferentiable_at(tape: Tape, point: Sequence[Fraction]) -> str | None:
    slots = _slot_values(tape, point)
    if not _is_defined(slots[int(tape.outputs[0])]):
        return None  # the program has no value here: nothing to say about its derivative
    hit = [kink for kink in kinks(tape) if _vanishes(kink, slots)]
    value = slots[int(tape.outputs[0])]
    reference: list[Any] | None = None
    for sides in _patterns(hit):
        piece = value_and_gradient(_piece(tape, sides))
        try:
            found = _run(piece, point)
        except InputError:
            found = None
        if found is None or not all(map(_is_defined, found)):
            return _blame(tape, point, slots, hit)
        if reference is None:
            reference = [value, *found[1:]]
        if not all(map(_may_be_equal, reference, found)):
            return _describe(tape, point, _responsible(tape, point, hit))
    return None


def _patterns(hit: Sequence[Kink]) -> list[Mapping[int, bool]]:
    """Which side each kink is resolved to, for every piece to compare."""
    slots = [kink.slot for kink in hit]
    if len(hit) <= _MOST_KINKS_COMBINED:
        return [dict(zip(slots, sides, strict=True)) for sides in itertools.product((True, False), repeat=len(hit))]
    all_up = dict.fromkeys(slots, True)
    return [all_up, *({**all_up, slot: False} for slot in slots)]


def _piece(tape: Tape, sides: Mapping[int, bool]) -> Tape:
    """The program with its kinks resolved: True for the side where the argument (difference) is positive."""
    builder = TapeBuilder(tape.names)
    slots: list[int] = []
    for slot, (code, *used) in enumerate(tape.rows):
        if code == INPUT:
            slots.append(used[0])
        elif code == CONSTANT:
            slots.append(builder.constant(tape.constants[used[0]]))
        else:
            row = PRIMITIVES[code]
            operands = [slots[k] for k in used[: row.arity]]
            if slot in sides:
                slots.append(_resolve(builder, row.name, operands, sides[slot]))
            else:
                slots.append(builder.emit(row.name, *operands))
    return builder.build([slots[k] for k in tape.outputs.tolist()], tape.shape)


def _resolve(builder: TapeBuilder, name: str, operands: Sequence[int], positive: bool) -> int:
    if name == "abs":
        return operands[0] if positive else builder.emit("neg", operands[0])
    if name in ("min", "max"):
        return operands[0] if positive == (name == "max") else operands[1]
    if name in _JUMPS:
        here = builder.emit(name, *operands)  # at the jump floor and mod have the upper side's value, ceil the lower's
        if name == "ceil":
            return builder.emit("add", here, builder.constant(1)) if positive else here
        if name == "floor":
            return here if positive else builder.emit("sub", here, builder.constant(1))
        return here if positive else builder.emit("add", here, operands[1])
    up, down = {"sign": (1, -1), "heaviside": (1, 0), "lt": (0, 1), "le": (0, 1), "eq": (0, 0)}[name]
    return builder.constant(up if positive else down)


# ---- values, exact where possible -------------------------------------------------------------------


def _slot_values(tape: Tape, point: Sequence[Fraction]) -> list[Any]:
    """A Fraction per slot, or a ball where there is no rational value."""
    rational = exact.slot_values(tape, point)
    if not any(isinstance(v, Undefined) for v in rational):
        return rational
    enclosed = balls.slot_values(tape, point, _PRECISION)
    return [b if isinstance(v, Undefined) else v for v, b in zip(rational, enclosed, strict=True)]


def _run(tape: Tape, point: Sequence[Fraction]) -> list[Any]:
    slots = _slot_values(tape, point)
    return [slots[k] for k in tape.outputs.tolist()]


def _is_defined(value: Any) -> bool:
    return isinstance(value, Fraction) or bool(value.is_finite())


def _may_be_equal(a: Any, b: Any) -> bool:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    return bool(balls.ball(a).overlaps(balls.ball(b)))


def _vanishes(kink: Kink, slots: Sequence[Any]) -> bool:
    arguments = [slots[k] for k in kink.arguments]
    if not all(map(_is_defined, arguments)):
        return False
    if kink.primitive in _JUMPS:
        return _may_be_integer(*arguments)
    return _may_be_equal(arguments[0], arguments[1] if len(arguments) == 2 else Fraction(0))


def _may_be_integer(x: Any, divisor: Any = Fraction(1)) -> bool:
    if isinstance(x, Fraction) and isinstance(divisor, Fraction):
        return divisor != 0 and (x / divisor).denominator == 1
    return bool((balls.ball(x) / balls.ball(divisor)).contains_integer())


# ---- words ------------------------------------------------------------------------------------------


def _responsible(tape: Tape, point: Sequence[Fraction], hit: Sequence[Kink]) -> int:
    """The first kink that makes a difference when it alone is resolved both ways."""
    if len(hit) > 1:
        up = dict.fromkeys([kink.slot for kink in hit], True)
        first = _run(value_and_gradient(_piece(tape, up)), point)
        for kink in hit:
            other = _run(value_and_gradient(_piece(tape, {**up, kink.slot: False})), point)
            if all(map(_is_defined, [*first, *other])) and not all(map(_may_be_equal, first, other)):
                return kink.slot
    return hit[0].slot


def _blame(tape: Tape, point: Sequence[Fraction], slots: Sequence[Any], hit: Sequence[Kink]) -> str:
    """Words for a gradient that is undefined although the value exists."""
    for slot, name, operands in tape.instructions():
        if name in _EDGES and _is_defined(slots[slot]) and _at_edge(name, [slots[k] for k in operands]):
            return _describe(tape, point, slot)
    if hit:
        return _describe(tape, point, hit[0].slot)
    return _describe(tape, point, int(tape.outputs[0]))


def _at_edge(name: str, arguments: Sequence[Any]) -> bool:
    deciding = arguments if name == "hypot" else arguments[:1]
    return any(all(_may_be_equal(each, Fraction(edge)) for each in deciding) for edge in _EDGES[name])


def _describe(tape: Tape, point: Sequence[Fraction], slot: int) -> str:
    symbols = [sympy.Symbol(name, real=True) for name in tape.names]
    code, *operands = tape.rows[slot]
    name = PRIMITIVES[code].name
    if name in ("lt", "le", "eq"):
        left, right = read_back(_with_outputs(tape, operands[:2]), symbols)
        what, names = f"the choice between cases where {left} = {right}", left.free_symbols | right.free_symbols
    else:
        what = read_back(_with_outputs(tape, [slot]), symbols)
        names = what.free_symbols
    at = ", ".join(f"{s} = {v}" for s, v in zip(symbols, point, strict=True) if s in names)
    return f"{what} at {at}" if at else str(what)


def _with_outputs(tape: Tape, slots: Sequence[int]) -> Tape:
    shape = () if len(slots) == 1 else (len(slots),)
    return Tape(tape.names, tape.code, tape.operands, tape.constants, np.array(slots), shape)
