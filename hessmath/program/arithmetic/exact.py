"""Exact rationals: the truth that every other arithmetic is measured against."""

from __future__ import annotations

import math
import numbers
from fractions import Fraction
from typing import Any

from hessmath.errors import InputError
from hessmath.program.interpreting import Undefined, Values, in_order, interpret, outputs, strictly
from hessmath.program.primitives import Primitive
from hessmath.program.tape import Constant, NamedConstant, Tape

LARGEST_BITS = 1_000_000
"""Longest numerator or denominator that is computed, in bits."""


def run(tape: Tape, values: Values) -> list[Fraction]:
    """The outputs at a rational point.

    Parameters
    ----------
    values : one int, float or Fraction per input, in order or by name; floats mean their exact binary value

    Raises
    ------
    InputError
        If an output is undefined or not rational; the message names the operation.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x, y = sympy.symbols("x y")
    >>> run(lower(x / y + sympy.exp(x * 0), [x, y]), ["1", "3"])
    Traceback (most recent call last):
    hessmath.errors.InputError: Exact arithmetic needs an int, float or Fraction for x, but got '1'.
    >>> run(lower(x / y + 1, [x, y]), [1, 3])
    [Fraction(4, 3)]
    """
    return outputs(tape, slot_values(tape, values))


def slot_values(tape: Tape, values: Values) -> list[Any]:
    """The value of every slot; ``Undefined`` where there is none."""
    point = [rational(value, name) for value, name in zip(in_order(tape, values), tape.names, strict=True)]
    return interpret(tape, point, _constant, strictly(_apply))


def rational(value: Any, name: str = "the value") -> Fraction:
    """The exact value of a number.

    Raises
    ------
    InputError
        If it is not a finite int, float or Fraction (or NumPy's or SymPy's like).
    """
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, numbers.Real):
        number = float(value)
        if not math.isfinite(number):
            raise InputError(f"Exact arithmetic needs finite numbers, but {name} is {number}.")
        return Fraction(number)
    raise InputError(f"Exact arithmetic needs an int, float or Fraction for {name}, but got {value!r}.")


def _constant(constant: Constant) -> Fraction | Undefined:
    if isinstance(constant, NamedConstant):
        return Undefined(
            f"Exact arithmetic cannot hold {constant.value}, which is not rational or too long. Use balls instead."
        )
    return constant


def _apply(row: Primitive, operands: tuple[Fraction, ...]) -> Fraction | Undefined:
    try:
        result = row.exact(*operands)
    except ZeroDivisionError:
        return Undefined(f"{_call(row, operands)} is a division by zero.")
    if result is None and row.identity:
        return Undefined(
            f"Exact arithmetic cannot evaluate {row.name}: it is a user-defined function, known in floats."
        )
    if result is None:
        return Undefined(
            f"Exact arithmetic cannot evaluate {_call(row, operands)}, which is not rational or too long. "
            "Use balls instead."
        )
    if max(result.numerator.bit_length(), result.denominator.bit_length()) > LARGEST_BITS:
        return Undefined(f"The exact value of {row.name} has more than {LARGEST_BITS} binary digits.")
    return result


def _call(row: Primitive, operands: tuple[Fraction, ...]) -> str:
    def short(x: Fraction) -> str:
        small = max(x.numerator.bit_length(), x.denominator.bit_length()) <= 64
        return str(x) if small else f"{float(x):.6g}" if abs(x) < 10**300 else "a long number"

    return f"{row.name}({', '.join(map(short, operands))})"
