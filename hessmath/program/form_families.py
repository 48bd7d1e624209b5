"""Better forms of sums and quotients of any length: log Σ exp, log(1 + Σ), and exp(uᵢ)/Σ exp(uⱼ) with its powers.

Each function takes an operation about to be written and gives the slot that replaces it with the identity in words, or
None.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hessmath.program.passes import simplest
from hessmath.program.tape import TapeBuilder
from hessmath.program.terms import multiple
from hessmath.program.writing import write_product, write_sum

Found = tuple[int, str] | None
"""The slot that replaces an operation, and the identity in words."""


_LONGEST_SUM = 1000
"""Terms looked at below one logarithm or quotient: a program with many prefix sums must not take quadratic time."""

_MOST_FACTORS = 16


def _terms(builder: TapeBuilder, slot: int) -> list[tuple[int, int]] | None:
    """The terms (sign, slot) of a sum in order; None when there are too many."""
    terms: list[tuple[int, int]] = []
    stack = [(1, slot)]
    while stack:
        sign, top = stack.pop()
        name, operands = builder.row(top)
        if name in ("add", "sub"):
            stack += [(sign if name == "add" else -sign, operands[1]), (sign, operands[0])]
        else:
            terms.append((sign, top))
        if len(terms) + len(stack) > _LONGEST_SUM:
            return None
    return terms


def _exponents(builder: TapeBuilder, slot: int) -> list[int | None] | None:
    """The uᵢ of Σ exp(uᵢ), with None for a term 1; None when the slot is no such sum of at least two terms."""
    found: list[int | None] = []
    stack = [slot]
    while stack:
        top = stack.pop()
        name, operands = builder.row(top)
        if name == "add":
            stack += operands[::-1]
        elif name == "exp":
            found.append(operands[0])
        elif builder.constant_at(top) == 1 and None not in found:
            found.append(None)
        else:
            return None
        if len(found) + len(stack) > _LONGEST_SUM:
            return None
    return found if len(found) > 1 else None


def _exponent(builder: TapeBuilder, slot: int) -> int | None:
    name, operands = builder.row(slot)
    return operands[0] if name == "exp" else None


def log_of_sum(builder: TapeBuilder, _name: str, operands: tuple[int, ...]) -> Found:
    """log Σ exp(uᵢ), a term 1 among them allowed, by nested logaddexp."""
    exponents = _exponents(builder, operands[0])
    if exponents is None:
        return None
    return _log_sum_exp(builder, exponents), "log(Σ exp(uᵢ)) → logaddexp(u₁, u₂), nested"


def _log_sum_exp(builder: TapeBuilder, exponents: Sequence[int | None]) -> int:
    """log Σ exp(uᵢ) as a balanced tree, whose rounding errors grow with log n only."""
    level = [u for u in exponents if u is not None]
    if None in exponents:  # log(1 + eᵘ) is softplus
        level[0] = builder.emit("softplus", level[0])
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [builder.emit("logaddexp", a, b) for a, b in pairs] + level[len(level) // 2 * 2 :]
    return level[0]


def log_of_one_plus(builder: TapeBuilder, _name: str, operands: tuple[int, ...]) -> Found:
    """log(1 + Σ) by log1p, wherever the 1 stands in the sum."""
    (slot,) = operands
    if builder.row(slot)[0] not in ("add", "sub"):
        return None
    terms = _terms(builder, slot) or []
    one = next((i for i, (sign, k) in enumerate(terms) if sign > 0 and builder.constant_at(k) == 1), None)
    if one is None:
        return None
    rest = terms[:one] + terms[one + 1 :]
    if all(sign < 0 for sign, _ in rest):
        total = simplest(builder, "neg", write_sum(builder, [k for _, k in rest], ()))
    else:
        total = write_sum(builder, [k for sign, k in rest if sign > 0], [k for sign, k in rest if sign < 0])
    return builder.emit("log1p", total), "log(1 + u) → log1p(u)"


def share_of_sum(builder: TapeBuilder, _name: str, operands: tuple[int, ...]) -> Found:
    """exp(j·uᵢ)/(Σ exp(uⱼ))ᵏ, other factors beside them, by the shares exp(uᵢ)/Σ exp(uⱼ)."""
    above, below = (_factors(builder, k) for k in operands)
    for total in dict.fromkeys(below):
        exponents = _exponents(builder, total)
        if exponents is None:
            continue
        room = below.count(total)
        shares: list[int] = []
        rest: list[int] = []
        words = ""
        for factor in above:
            i, j = _which(builder, factor, exponents)
            if 0 < j <= room - len(shares):
                shares += [_share(builder, exponents, i)] * j
                words = _share_in_words(len(exponents), None in exponents)
            else:
                rest.append(factor)
        if not shares:
            continue
        if None in exponents and len(exponents) == 2:  # the power that is left: 1/(1 + eᵘ) is a share as well
            shares += [_share(builder, exponents, exponents.index(None))] * (room - len(shares))
        left = [k for k in below if k != total] + [total] * (room - len(shares))
        product = write_product(builder, [*rest, *shares])
        return (builder.emit("div", product, write_product(builder, left)) if left else product), words
    return None


def _factors(builder: TapeBuilder, slot: int) -> list[int]:
    """The factors of a product; the slot itself when there are too many."""
    factors: list[int] = []
    stack = [slot]
    while stack:
        top = stack.pop()
        name, operands = builder.row(top)
        if name == "mul":
            stack += operands[::-1]
        else:
            factors.append(top)
        if len(factors) + len(stack) > _MOST_FACTORS:
            return [slot]
    return factors


def _which(builder: TapeBuilder, factor: int, exponents: Sequence[int | None]) -> tuple[int, int]:
    """(i, j) when the factor is exp(j·uᵢ), with j = 0 when it is none."""
    w = _exponent(builder, factor)
    for i, u in enumerate(exponents):
        if w is not None and u is not None:
            c = Fraction(1) if w == u else multiple(builder, w, u)
            if c is not None and c > 0 and c.denominator == 1:
                return i, c.numerator
    return 0, 0


def _share(builder: TapeBuilder, exponents: Sequence[int | None], i: int) -> int:
    """exp(uᵢ)/Σ exp(uⱼ), which neither overflows nor cancels."""
    u = exponents[i]
    if len(exponents) == 2:
        other = exponents[1 - i]
        if u is None and other is not None:
            return builder.emit("sigmoid", simplest(builder, "neg", other))
        if u is not None and other is not None:
            return builder.emit("sigmoid", simplest(builder, "sub", u, other))
        if u is not None:
            return builder.emit("sigmoid", u)
    total = _log_sum_exp(builder, exponents)
    return builder.emit("exp", simplest(builder, "neg", total) if u is None else simplest(builder, "sub", u, total))


def _share_in_words(terms: int, one: bool) -> str:
    if terms > 2:
        return "exp(uᵢ)/Σ exp(uⱼ) → exp(uᵢ − log Σ exp(uⱼ))"
    return "exp(u)/(1 + exp(u)) → sigmoid(u)" if one else "exp(a)/(exp(a) + exp(b)) → sigmoid(a − b)"
