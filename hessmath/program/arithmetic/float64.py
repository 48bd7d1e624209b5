"""float64, one instruction at a time: the slow reference that machine code is compared with."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from hessmath.program.interpreting import Values, in_order, interpret
from hessmath.program.primitives import Primitive
from hessmath.program.tape import Constant, Tape


def run(tape: Tape, values: Values) -> list[Any]:
    """The outputs in float64; nan or inf where the formula is undefined or overflows, without a warning.

    Parameters
    ----------
    values : one float per input, in order or by name; or arrays of one shape, for as many points at once

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x = sympy.Symbol("x")
    >>> [float(y) for y in run(lower([x**2, 1 / x], [x]), [0.0])]
    [0.0, inf]
    """
    inputs = [np.asarray(value, dtype=np.float64)[()] for value in in_order(tape, values)]
    with np.errstate(all="ignore"):
        slots = interpret(tape, inputs, nearest, _apply)
    return [slots[k] for k in tape.outputs.tolist()]


def nearest(constant: Constant) -> np.float64:
    """The float64 nearest to a constant; infinite when it is too large."""
    if isinstance(constant, Fraction):
        try:
            return np.float64(constant.numerator / constant.denominator)  # correctly rounded
        except OverflowError:
            return np.float64(math.inf if constant > 0 else -math.inf)
    return np.float64({"pi": math.pi, "E": math.e}[constant.value])


def _apply(row: Primitive, operands: tuple[Any, ...]) -> Any:
    return row.value(*operands)
