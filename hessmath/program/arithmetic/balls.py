"""Balls (FLINT's arb): intervals that provably contain every value.

A domain violation gives nan; a comparison that the balls cannot decide gives [0, 1] and ``select`` then the hull of
both sides, so that what is returned always contains the truth.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hessmath.errors import InputError
from hessmath.program.arithmetic.exact import rational
from hessmath.program.interpreting import Values, in_order, interpret, outputs
from hessmath.program.primitives import Primitive
from hessmath.program.tape import Constant, NamedConstant, Tape

DEFAULT_PRECISION = 128
"""Bits of the midpoints."""


def run(tape: Tape, values: Values, precision: int = DEFAULT_PRECISION) -> list[Any]:
    """Balls (flint.arb) that contain the outputs for every point of the input balls.

    Parameters
    ----------
    values : one int, float, Fraction or arb per input, in order or by name
    precision : bits of the midpoints, at least 2

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x = sympy.Symbol("x")
    >>> [e] = run(lower(sympy.exp(x), [x]), [1])
    >>> e.str(20, radius=False), e.rad() < 1e-37
    ('2.7182818284590452354', True)
    """
    return outputs(tape, slot_values(tape, values, precision))


def slot_values(tape: Tape, values: Values, precision: int = DEFAULT_PRECISION) -> list[Any]:
    """The ball of every slot."""
    import flint

    if precision < 2:
        raise InputError(f"Balls need a precision of at least 2 bits, but got {precision}.")
    with flint.ctx.workprec(precision):
        inputs = [ball(value, name) for value, name in zip(in_order(tape, values), tape.names, strict=True)]
        return interpret(tape, inputs, _constant, _apply)


def ball(value: Any, name: str = "the value") -> Any:
    """A ball around a number, exact when its denominator is a power of two that fits the precision."""
    from flint import arb, fmpq

    if isinstance(value, arb):
        return value
    exact = rational(value, name)
    return arb(fmpq(exact.numerator, exact.denominator))


def _constant(constant: Constant) -> Any:
    from flint import arb

    if isinstance(constant, Fraction):
        return ball(constant)
    return arb.pi() if constant is NamedConstant.PI else arb.const_e()


def _apply(row: Primitive, operands: tuple[Any, ...]) -> Any:
    return row.enclosure(*operands)
