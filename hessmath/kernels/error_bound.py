"""What the results of a tape at one point should be, and how far rounding can take them.

The truth is an enclosure in balls of high precision, which shares no code with the machine code.  The yardstick is a
running error bound: the tape is run once more in balls, and after each instruction that rounds the ball is
widened by one unit, |vᵢ| 2⁻⁵², as if that instruction had been off by as much.  To first order the radius that an
output ends up with is 2⁻⁵² Σ |∂out/∂vᵢ| |vᵢ| over these instructions, paths added in absolute value.  So an
ill-conditioned formula is not blamed on the kernel.

Beside its two balls each value carries what may have happened on the way: a number beyond float64's range, a
division by zero (which IEEE arithmetic gives an infinity), no value at all.

References
----------
Higham (2002), Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.3 (running error analysis).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hessmath.program import NamedConstant, Primitive, Tape
from hessmath.program.arithmetic import balls
from hessmath.program.interpreting import interpret
from hessmath.program.tape import Constant

_UNIT = -52  # one unit is |v| 2⁻⁵²
_TINY = -1074  # the smallest positive float64: what an underflow may lose
_PRECISIONS = (128, 256, 512, 1024, 2048)
_LARGEST = float(np.finfo(np.float64).max)


class Way(enum.Flag):
    """What may have happened before a value was there."""

    PLAIN = 0
    BEYOND = enum.auto()  # a number beyond float64's range
    POLE = enum.auto()  # no number, but float64 arithmetic goes on with an infinity
    NOWHERE = enum.auto()  # no number
    OPEN = enum.auto()  # the balls cannot tell


class Outcome(enum.Enum):
    """How a computed number relates to the truth."""

    COMPARED = "compared"
    AGREED = "NaN or infinite, as it must be"
    LIMIT = "finite, after a division by zero"
    BEYOND = "wrong, after a value beyond float64's range"
    OPEN = "undecided"
    DISAGREES = "disagrees"


@dataclass(frozen=True)
class Judgement:
    """One computed number: ``error`` is in units of the bound where it was compared, ``reason`` says what is wrong."""

    outcome: Outcome
    error: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Value:
    """A number enclosed: exactly, and with every instruction that rounds off by a unit."""

    true: Any
    wide: Any
    way: Way


class Enclosure:
    """The outputs of a tape at one point, enclosed; asked as often as there are computed results.

    ``overflows`` tells whether any number of the tape is beyond float64's range.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x = sympy.Symbol("x")
    >>> Enclosure(lower(1 / x, [x]), [3.0]).judge(0, 0.3333).error > 1e11
    True
    """

    def __init__(self, tape: Tape, inputs: Sequence[float]) -> None:
        from flint import ctx

        self.tape, self.inputs = tape, list(inputs)
        self._slots = tape.outputs.tolist()
        with ctx.workprec(_PRECISIONS[0]):
            start = [_given(float(value)) for value in inputs]
            values = interpret(tape, start, _constant, self.apply)
        self.overflows = any(Way.BEYOND in value.way for value in values)
        self._values: list[Value] = [values[slot] for slot in self._slots]
        self._sharper: dict[int, list[Any]] = {}

    @staticmethod
    def apply(row: Primitive, operands: tuple[Any, ...]) -> Value:
        """The enclosure of one instruction's value."""
        return applied(row, operands)

    def judge(self, output: int, computed: float, limit: float = 4.0) -> Judgement:
        """Whether a computed output is what it should be; after an overflow errors up to ``limit`` units are fine."""
        value, finite = self._values[output], math.isfinite(computed)
        if Way.OPEN in value.way:
            return Judgement(Outcome.OPEN)
        if Way.NOWHERE in value.way:
            if not finite:
                return Judgement(Outcome.AGREED)
            open_ = Way.BEYOND in value.way
            return Judgement(Outcome.OPEN) if open_ else _wrong("a number where the formula has no value")
        if Way.POLE in value.way:
            return Judgement(Outcome.LIMIT if finite else Outcome.AGREED)
        if Way.BEYOND in value.way:
            return self._after_overflow(output, computed, limit)
        if not finite:
            if not value.wide.is_finite():  # a denominator may underflow, or an argument leave the domain
                return Judgement(Outcome.OPEN)
            return _wrong(f"the value is {_shown(value.true)}")
        error = self.error(output, computed)
        return Judgement(Outcome.OPEN) if error is None else Judgement(Outcome.COMPARED, error)

    def _after_overflow(self, output: int, computed: float, limit: float) -> Judgement:
        true = self._values[output].true
        if not math.isfinite(computed):
            if not abs(true) < _LARGEST:
                return Judgement(Outcome.AGREED)
            return Judgement(Outcome.BEYOND, reason=f"the value is {_shown(true)}")
        error = self.error(output, computed)
        if error is None:
            return Judgement(Outcome.OPEN)
        if error <= limit:
            return Judgement(Outcome.COMPARED, error)
        return Judgement(Outcome.BEYOND, reason=f"the value is {_shown(true)}")

    def error(self, output: int, computed: float) -> float | None:
        """|computed − truth| in units of the running error bound; None where the balls cannot tell."""
        from flint import arb, ctx

        value = self._values[output]
        if not value.wide.is_finite():
            return None
        bound = value.wide.rad()
        for precision in _PRECISIONS:
            truth = value.true if precision == _PRECISIONS[0] else self._at(precision)[output]
            with ctx.workprec(precision):
                distance = abs(truth - arb(computed))
                if distance.is_zero():
                    return 0.0
                if bound.is_zero():
                    if distance > 0:
                        return math.inf
                elif distance.rad() * 1000 < bound:
                    return float((distance / bound).upper())
        return None

    def _at(self, precision: int) -> list[Any]:
        if precision not in self._sharper:
            self._sharper[precision] = balls.run(self.tape, self.inputs, precision)
        return self._sharper[precision]


def errors(tape: Tape, inputs: Sequence[float], computed: Sequence[float]) -> list[float | None]:
    """The error of each computed output in units of the bound, ∞ where it disagrees, None where none can be told."""
    enclosure = Enclosure(tape, inputs)
    return [enclosure.judge(output, value).error for output, value in enumerate(computed)]


def _wrong(reason: str) -> Judgement:
    return Judgement(Outcome.DISAGREES, math.inf, reason)


def _shown(ball: Any) -> str:
    return str(ball.mid().str(6, radius=False))


# ---- one step ---------------------------------------------------------------------------------------


def _given(value: float) -> Value:
    ball = balls.ball(value)
    return Value(ball, ball, Way.PLAIN)


def _constant(constant: Constant) -> Value:
    from flint import arb

    if isinstance(constant, NamedConstant):
        true = arb.pi() if constant is NamedConstant.PI else arb.const_e()
    else:
        true = balls.ball(constant)
    return Value(true, _widen(true), _size(true))


def _size(ball: Any) -> Way:
    return Way.PLAIN if abs(ball) < _LARGEST else Way.BEYOND


def applied(row: Primitive, operands: tuple[Value, ...]) -> Value:
    """The enclosure of one instruction's value, the instruction being as written."""
    true = _enclosed(row, [x.true for x in operands])
    wide = _widened(row, [x.wide for x in operands])
    if row.name == "select":
        way = _selected(*operands)
    else:
        way = Way.PLAIN
        for x in operands:
            way |= x.way
    if not way & (Way.POLE | Way.NOWHERE | Way.OPEN):
        if not true.is_finite():
            way |= _gone(row, [x.true for x in operands])
        elif wide.is_finite():
            way |= _size(wide)
    return Value(true, wide, way)


def _selected(test: Value, yes: Value, no: Value) -> Way:
    if test.true.is_exact():
        return test.way | (yes.way if test.true != 0 else no.way)
    return test.way | (yes.way | no.way if yes.way == no.way else Way.OPEN)


def _enclosed(row: Primitive, operands: Sequence[Any]) -> Any:
    from flint import arb

    if row.name == "exp" and operands[0] < -(10**6):  # FLINT gives up far out
        return arb(0, arb(2) ** -1_000_000)
    return row.enclosure(*operands)


def _gone(row: Primitive, operands: Sequence[Any]) -> Way:
    """Why there is no finite ball: nowhere in the operands' balls is there a value, or the balls cannot tell."""
    for place in ("mid", "lower", "upper"):
        at = [getattr(x, place)() for x in operands]
        if not _enclosed(row, at).is_nan():
            return Way.OPEN
    with np.errstate(all="ignore"):
        here = row.value(*[np.float64(float(x.mid())) for x in operands])
    return Way.POLE if np.isinf(here) else Way.NOWHERE


def _widened(row: Primitive, operands: Sequence[Any]) -> Any:
    value = _enclosed(row, operands)
    if row.cost == "test":
        return value  # tests, signs and selections do not round
    if row.cost != "call":
        return _widen(value)
    if row.units > 1:
        value += row.units * (_unit(value) + _moved(row, [x.mid() for x in operands]))
    for term in row.terms(*operands) if row.terms else ():
        value += _unit(term)
    return value + _unit(value)


def _moved(row: Primitive, point: list[Any]) -> Any:
    """How far the value goes when one operand after the other is off by a unit; integers (orders) stay."""
    from flint import arb

    here, total = row.enclosure(*point), arb(0)
    for k, x in enumerate(point):
        if not x.is_integer():
            there = row.enclosure(*point[:k], x + arb(_unit(x).rad()), *point[k + 1 :])
            total += arb(0, abs(there - here).upper())
    return total


def _widen(value: Any) -> Any:
    """The ball with one unit more of radius, unless the value is a float64 number, which nothing rounds."""
    from flint import arb

    if value.is_exact() and value == arb(float(value)):
        return value
    return value + _unit(value)


def _unit(value: Any) -> Any:
    """One unit around 0: |v| 2⁻⁵², and what an underflow may lose."""
    from flint import arb

    return arb(0, abs(value).upper() * arb(2) ** _UNIT + arb(2) ** _TINY)
