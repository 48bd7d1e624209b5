"""Partial derivatives of the primitives: derived by SymPy from each row's meaning, and lowered.

What SymPy found is kept in ``partials_table``; new rows are derived on first use.

A partial derivative is kept as sign · numerator / denominator, so that an adjoint is divided once and quotients are
shared: x/y gives w/y to x and −(w/y)·v to y, with v = x/y itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.program import partials_table
from hessmath.program.lowering import lower
from hessmath.program.primitives import Primitive, primitive
from hessmath.program.tape import Tape, TapeBuilder


@dataclass(frozen=True)
class Partial:
    """sign · numerator / denominator: tapes in the operands and the value itself; None stands for 1."""

    sign: int
    numerator: Tape | None
    denominator: Tape | None


@cache
def partials(name: str) -> tuple[Partial | None, ...]:
    """The partial derivatives of a primitive by its operands; None where the derivative is 0."""
    known = partials_table.split(name)
    if known is None:
        return derived_partials(name)
    return tuple(None if part is None else Partial(*part) for part in known)


def derived_partials(name: str) -> tuple[Partial | None, ...]:
    """The partial derivatives as SymPy derives them now."""
    row = primitive(name)
    symbols = [sympy.Symbol(letter, real=True) for letter in "xyzv"]
    operands, value = symbols[: row.arity], symbols[-1]
    return tuple(_partial(d, [*operands, value]) for d in symbolic_partials(row, operands, value))


def symbolic_partials(row: Primitive, operands: list[Any], value: Any) -> tuple[Any, ...]:
    """The partial derivatives as SymPy expressions in the operands, and in the value where that is shorter."""
    if row.partials is not None:
        return row.partials(*operands)
    meaning = row.meaning(*operands)
    derived = [sympy.powsimp(sympy.diff(meaning, x)) for x in operands]  # xʸ·y/x becomes y·xʸ⁻¹, defined at 0
    return tuple(d.subs(meaning, value) if row.ring else d for d in derived)


def _partial(derivative: Any, symbols: list[Any]) -> Partial | None:
    if derivative == 0:
        return None
    if derivative.has(sympy.Derivative, sympy.Subs, sympy.meijerg):
        return Partial(0, None, None)  # exists, but no primitive computes it
    sign = 1
    if derivative.could_extract_minus_sign() and not isinstance(derivative, sympy.Add):
        sign, derivative = -1, -derivative
    above, below = [], []
    for factor in sympy.Mul.make_args(derivative):
        base, exponent = factor.as_base_exp() if isinstance(factor, sympy.Pow) else (factor, sympy.Integer(1))
        if isinstance(factor, sympy.Rational):
            above.append(sympy.Integer(factor.p))
            below.append(sympy.Integer(factor.q))
        elif exponent.is_Rational and exponent < 0 and not _is_logistic(base):
            below.append(base**-exponent)
        else:
            above.append(factor)
    return Partial(sign, _tape(above, symbols), _tape(below, symbols))


def _is_logistic(base: Any) -> bool:
    """1 + eᵘ stays where it is: lowering turns eᵘ/(1 + eᵘ) into a sigmoid."""
    return isinstance(base, sympy.Add) and any(isinstance(term, sympy.exp) for term in base.args)


def _tape(factors: list[Any], symbols: list[Any]) -> Tape | None:
    product = sympy.Mul(*factors)
    return None if product == 1 else lower(product, symbols)


@dataclass(frozen=True)
class Factor:
    """What a weight is multiplied with: sign · numerator / denominator, as slots; None stands for 1."""

    sign: int
    numerator: int | None
    denominator: int | None


_ONE = Factor(1, None, None)


def factor(builder: TapeBuilder, name: str, operands: tuple[int, ...], value: int, k: int) -> Factor | None:
    """∂name/∂operand k, written once for any number of weights; None where it is 0.

    ``operands`` and ``value`` are slots of the builder.

    Raises
    ------
    InputError
        If no primitive computes the derivative (ζ(s, a) by s).
    """
    partial = partials(name)[k]
    if partial is None:
        return None
    if partial.numerator is None and partial.denominator is None and partial.sign > 0:
        return _ONE
    if partial.sign == 0:
        raise InputError(f"No primitive computes the derivative of {name} by its operand {k + 1}.")
    known = [*operands, value]
    denominator = None if partial.denominator is None else _write(builder, partial.denominator, known)
    numerator = None if partial.numerator is None else _write(builder, partial.numerator, known)
    return Factor(partial.sign, numerator, denominator)


def weighted(builder: TapeBuilder, by: Factor, weight: int) -> int:
    """The slot of weight · factor: an adjoint in reverse mode, a tangent in forward mode."""
    if by is _ONE:
        return weight
    if by.denominator is not None:
        weight = builder.emit("div", weight, by.denominator)
    if by.numerator is not None:
        if by.denominator is None and builder.constant_at(weight) == 1:
            weight = by.numerator
        else:
            weight = builder.emit("mul", weight, by.numerator)
    return weight if by.sign > 0 else builder.emit("neg", weight)


def contribution(
    builder: TapeBuilder, name: str, operands: tuple[int, ...], value: int, k: int, weight: int
) -> int | None:
    """weight · ∂name/∂operand k as a slot, or None where that is 0.

    Raises
    ------
    InputError
        If no primitive computes the derivative.
    """
    by = factor(builder, name, operands, value, k)
    return None if by is None else weighted(builder, by, weight)


def _write(builder: TapeBuilder, tape: Tape, operands: list[int]) -> int:
    output = tape.outputs.item(0)
    return operands[output] if output < len(tape.names) else builder.inline(tape, operands)[output]
