"""Sums, products and powers as instructions: what lowering from SymPy and from the typed tree share."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hessmath.program.tape import TapeBuilder


def write_sum(builder: TapeBuilder, positive: Sequence[int], negative: Sequence[int]) -> int:
    """Σ positive − Σ negative, from left to right."""
    if not positive:
        return builder.emit("neg", write_sum(builder, negative, ())) if negative else builder.constant(0)
    total = positive[0]
    for slot in positive[1:]:
        total = builder.emit("add", total, slot)
    for slot in negative:
        total = builder.emit("sub", total, slot)
    return total


def write_product(builder: TapeBuilder, factors: Sequence[int]) -> int:
    """Π factors, from left to right."""
    if not factors:
        return builder.constant(1)
    product = factors[0]
    for slot in factors[1:]:
        product = builder.emit("mul", product, slot)
    return product


def write_power(builder: TapeBuilder, base: int, exponent: Fraction) -> int:
    """base^exponent: multiplications for integers, a square root for halves, else the primitive ``pow``."""
    if exponent < 0:
        return builder.emit("div", builder.constant(1), write_power(builder, base, -exponent))
    if exponent.denominator == 1:
        return _integer_power(builder, base, exponent.numerator)
    if exponent.denominator == 2:
        root, whole = builder.emit("sqrt", base), exponent.numerator // 2
        return builder.emit("mul", _integer_power(builder, base, whole), root) if whole else root
    return builder.emit("pow", base, builder.constant(exponent))


def _integer_power(builder: TapeBuilder, base: int, n: int) -> int:
    """Repeated squaring: at most 2·log₂ n multiplications, x², x⁴, x⁸ shared between powers of x."""
    power, square = None, base
    while n:
        if n & 1:
            power = square if power is None else builder.emit("mul", power, square)
        n >>= 1
        if n:
            square = builder.emit("mul", square, square)
    return builder.constant(1) if power is None else power


def write_not(builder: TapeBuilder, condition: int) -> int:
    """1 − condition, for a condition that is 0 or 1."""
    return builder.emit("select", condition, builder.constant(0), builder.constant(1))


def write_all(builder: TapeBuilder, conditions: Sequence[int]) -> int:
    """1 when every condition holds, else 0."""
    holds = builder.constant(1)
    for condition in reversed(conditions):
        holds = builder.emit("select", condition, holds, builder.constant(0))
    return holds


def write_any(builder: TapeBuilder, conditions: Sequence[int]) -> int:
    """1 when some condition holds, else 0."""
    holds = builder.constant(0)
    for condition in reversed(conditions):
        holds = builder.emit("select", condition, builder.constant(1), holds)
    return holds


RELATIONS = {"lt": ("lt", False), "gt": ("lt", True), "le": ("le", False), "ge": ("le", True), "eq": ("eq", False)}
"""How each relation is written: which primitive, and whether the sides change places."""


def write_relation(builder: TapeBuilder, relation: str, left: int, right: int) -> int:
    """1 when left relation right holds, else 0; ``relation`` is one of lt, le, gt, ge, eq, ne."""
    if relation == "ne":
        return write_not(builder, builder.emit("eq", left, right))
    name, swapped = RELATIONS[relation]
    return builder.emit(name, right, left) if swapped else builder.emit(name, left, right)


def write_cases(builder: TapeBuilder, values: Sequence[int], conditions: Sequence[int]) -> int:
    """The value of the first condition that holds; undefined (0/0) when none does."""
    zero = builder.constant(0)
    always = builder.constant(1)
    if conditions[-1] == always:
        chosen, values, conditions = values[-1], values[:-1], conditions[:-1]
    else:
        chosen = builder.emit("div", zero, zero)
    for value, condition in zip(reversed(values), reversed(conditions), strict=True):
        chosen = builder.emit("select", condition, value, chosen)
    return chosen


def write_extreme(builder: TapeBuilder, name: str, slots: Sequence[int]) -> int:
    """The least or greatest of some slots; ``name`` is min or max."""
    extreme = slots[0]
    for slot in slots[1:]:
        extreme = builder.emit(name, extreme, slot)
    return extreme


def write_polygamma(builder: TapeBuilder, n: int, argument: int) -> int:
    """ψ⁽ⁿ⁾ = (−1)ⁿ⁺¹ n! ζ(n + 1, ·), and digamma for n = 0."""
    if n == 0:
        return builder.emit("digamma", argument)
    factorial = 1
    for k in range(2, n + 1):
        factorial *= k
    hurwitz = builder.emit("zeta", builder.constant(n + 1), argument)
    return builder.emit("mul", hurwitz, builder.constant(factorial * (-1) ** (n + 1)))
