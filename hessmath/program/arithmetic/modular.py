"""Integers modulo a prime: fast identity testing of rational functions (Schwartz–Zippel)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hessmath.errors import InputError
from hessmath.program.interpreting import Undefined, Values, in_order, interpret, outputs, strictly
from hessmath.program.primitives import Primitive
from hessmath.program.tape import Constant, NamedConstant, Tape

DEFAULT_PRIME = 2**61 - 1


def run(tape: Tape, values: Values, prime: int = DEFAULT_PRIME) -> list[int]:
    """The outputs modulo a prime, as integers from 0 to prime − 1.

    Parameters
    ----------
    values : one int or Fraction per input, in order or by name
    prime : a prime below 2⁶⁴

    Raises
    ------
    InputError
        If something is divided by zero modulo the prime, or an operation is not one of a field (exp, abs, …).

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x = sympy.Symbol("x")
    >>> run(lower(1 / x, [x]), [2], prime=7)
    [4]
    """
    from flint import fmpz, nmod

    if not 1 < prime < 2**64 or not fmpz(prime).is_prime():
        raise InputError(f"Modular arithmetic needs a prime below 2**64, but got {prime}.")

    def constant(c: Constant) -> Any:
        if isinstance(c, NamedConstant):
            return Undefined(f"{c.value} has no meaning modulo a prime. Use balls instead.")
        return element(c)

    def element(value: Fraction | int) -> Any:
        exact = Fraction(value)
        if exact.denominator % prime == 0:
            return Undefined(f"{exact} has no value modulo {prime}: its denominator is zero. Choose another prime.")
        return nmod(exact.numerator, prime) / nmod(exact.denominator, prime)

    def apply(row: Primitive, operands: tuple[Any, ...]) -> Any:
        if not row.ring:
            return Undefined(f"{row.name} has no meaning modulo a prime. Use exact rationals or balls instead.")
        try:
            return row.exact(*operands)
        except ZeroDivisionError:
            return Undefined(f"{operands[0]}/0 modulo {prime}: choose another point or another prime.")

    inputs = [element(value) for value in in_order(tape, values)]
    return [int(value) for value in outputs(tape, interpret(tape, inputs, constant, strictly(apply)))]
