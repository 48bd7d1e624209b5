"""Bounds on what a formula may grow into, checked before any algebra is done with it.

A short text can mean a huge number (9**9**9), a huge polynomial (((x**99)**99)**99) or a tree that exhausts the stack
of whoever walks it.  Whatever passes here has at most MAX_NODES parts in MAX_LEVELS levels, no constant of more than
MAX_BITS bits, and, written out as a polynomial, degree at most MAX_DEGREE and coefficients of about MAX_CONTENT_BITS.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hessmath.errors import FormulaError
from hessmath.language.tokenizer import cannot_read, shortened
from hessmath.language.tree import NUMBER, SYMBOL, Node

MAX_NODES = 200_000
MAX_LEVELS = 150
MAX_EXPONENT = 1000
MAX_DEGREE = 10_000
MAX_BITS = 4096
MAX_CONTENT_BITS = 100_000

_PRODUCTS = frozenset({"mul", "matmul", "div", "had", "kron", "outer"})


@dataclass(frozen=True, slots=True)
class _Growth:
    """Degree as a polynomial, bits of its largest coefficient, and the value if it is a rational constant."""

    degree: int
    bits: int
    value: Fraction | None = None


def check_bulk(tree: Node, text: str) -> None:
    """The bounds on the number of parts and on the depth, without recursion.

    Raises
    ------
    FormulaError
        If there are too many parts or levels.
    """
    count, stack = 0, [(tree, 1)]
    while stack:
        node, level = stack.pop()
        count += 1
        if count > MAX_NODES:
            raise FormulaError(f"The formula has more than {MAX_NODES:,} parts; build it in Python instead.", text)
        if level > MAX_LEVELS:
            raise problem(node, text, f"it is nested more than {MAX_LEVELS} levels deep; split it into parts")
        stack.extend((arg, level + 1) for arg in node.args)


def check_growth(tree: Node, text: str) -> None:
    """The bounds on exponents, constants, degree and coefficients.

    Raises
    ------
    FormulaError
        If the formula may grow too large, with the column of the part that does.
    """
    _growth(tree, text)


def problem(node: Node, text: str, advice: str) -> FormulaError:
    """The error for a part of a formula, at its column when it has one."""
    if text and node.column:
        return cannot_read(text, node.column, advice)
    return FormulaError(f"Cannot read this formula: {advice}.", shortened(text))


def _growth(node: Node, text: str) -> _Growth:
    if node.op == NUMBER and isinstance(node.value, Fraction):
        return _Growth(0, _bits(node.value), node.value)
    parts = [_growth(arg, text) for arg in node.args]
    if not parts:
        return _Growth(int(node.op == SYMBOL), 0)
    if node.op in ("pow", "mpow"):
        return _power(node, parts[0], parts[1], text)
    value = _value(node, parts, text)
    combine = sum if node.op in _PRODUCTS else max
    degree, bits = combine(part.degree for part in parts), combine(part.bits for part in parts)
    if degree > MAX_DEGREE:
        raise problem(node, text, f"its degree may be {degree}, but at most {MAX_DEGREE} is worked with")
    if value is None and bits > MAX_CONTENT_BITS:
        raise problem(node, text, f"its coefficients may have more than {MAX_CONTENT_BITS} bits")
    return _Growth(degree, bits if value is None else _bits(value), value)


def _power(node: Node, base: _Growth, exponent: _Growth, text: str) -> _Growth:
    e = exponent.value
    if e is None:
        return _Growth(max(base.degree, exponent.degree), max(base.bits, exponent.bits))
    if abs(e) > MAX_EXPONENT or e.denominator > MAX_EXPONENT:
        raise problem(node, text, f"an exponent may be at most {MAX_EXPONENT} in size")
    if base.value is not None and base.bits * abs(e) > MAX_BITS:
        raise problem(node, text, f"this number would have more than {MAX_BITS} bits")
    if base.value == 0 and e < 0:
        raise problem(node, text, "this divides by zero")
    whole = max(1, -(-abs(e.numerator) // e.denominator))
    degree, bits = base.degree * whole, base.bits * whole
    if degree > MAX_DEGREE:
        raise problem(node, text, f"its degree may be {degree}, but at most {MAX_DEGREE} is worked with")
    if bits > MAX_CONTENT_BITS:
        raise problem(node, text, f"its coefficients may have more than {MAX_CONTENT_BITS} bits")
    folded = base.value ** int(e) if base.value is not None and e.denominator == 1 else None
    return _Growth(degree, bits, folded)


def _value(node: Node, parts: list[_Growth], text: str) -> Fraction | None:
    """The value of a sum, product or quotient of rational constants; it never gets long on the way."""
    if node.op not in ("neg", "add", "mul", "div"):
        return None
    result = Fraction(node.op != "add")
    for position, part in enumerate(parts):
        if part.value is None:
            return None
        if node.op == "add":
            result += part.value
        elif node.op == "neg":
            result = -part.value
        elif node.op == "div" and position == 1:
            if part.value == 0:
                return None
            result /= part.value
        else:
            result *= part.value
        if _bits(result) > MAX_BITS:
            raise problem(node, text, f"this number would have more than {MAX_BITS} bits")
    return result


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())
