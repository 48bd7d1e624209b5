"""Bounds on what an answer may grow into, checked on its tree before any algebra is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hessmath.language.answer_tokens import unreadable
from hessmath.language.answer_words import FUNCTIONS
from hessmath.language.tree import NUMBER, Node

MAX_LEVELS = 120
"""Levels of operations; parentheses alone, of which there may be 200, do not count."""

MAX_ROWS = 50
MAX_ITEMS = 1000
MAX_LINKS = 20
MAX_FUNCTIONS = 250
"""Functions, roots and other powers in one answer: their algebra costs far more than that of polynomials."""

MAX_NESTED_PRODUCTS = 8
"""Levels of functions of products of functions: SymPy evaluates every factor twice, so time doubles with each."""

MAX_EXPONENT = 10_000
MAX_DEGREE = 20_000
MAX_BITS = 4096
MAX_CONTENT_BITS = 100_000
MAX_FACTORIAL = 400

_APPLIED = frozenset(FUNCTIONS.values())
_PRODUCTS = frozenset({"mul", "div", "cross", "dot"})
_SAME = frozenset({"group", "neg", "pm", "mp", "T"})


@dataclass(frozen=True, slots=True)
class _Growth:
    """Degree as a polynomial, bits of numbers in it, and the value if it is a rational constant."""

    degree: int
    bits: int
    value: Fraction | None = None


def check_answer(tree: Node, text: str) -> None:
    """The bounds on depth, sizes, exponents and numbers.

    Raises
    ------
    FormulaError
        With one sentence for the student, if one is exceeded.
    """
    stack, functions = [(tree, 1, 0)], 0  # node, level, 2·(functions of products around it) + (inside a product)
    while stack:
        node, level, nested = stack.pop()
        if level > MAX_LEVELS:
            raise unreadable(text, node.column or 1, f"it is nested more than {MAX_LEVELS} levels deep")
        if node.op == "matrix" and (len(node.args) > MAX_ROWS or len(node.args[0].args) > MAX_ROWS):
            raise unreadable(text, node.column, f"a matrix may have at most {MAX_ROWS} rows and columns")
        if node.op in ("list", "tuple", "set", "vector", "commas", "or", "and") and len(node.args) > MAX_ITEMS:
            raise unreadable(text, node.column, f"at most {MAX_ITEMS:,} values can stand here")
        if node.op == "and" and len(node.args) > MAX_LINKS:
            raise unreadable(text, node.column, f"at most {MAX_LINKS} conditions can be joined or chained")
        applied = node.op in _APPLIED or (node.op == "pow" and not _is_whole(node.args[1]))
        functions += applied
        nested = nested + nested % 2 if applied else nested | (node.op in ("mul", "div", "neg"))
        if nested // 2 > MAX_NESTED_PRODUCTS:
            advice = f"functions of products are nested more than {MAX_NESTED_PRODUCTS} levels deep"
            raise unreadable(text, node.column or 1, advice)
        if functions > MAX_FUNCTIONS:
            raise unreadable(
                text, node.column or 1, f"at most {MAX_FUNCTIONS} functions and roots can stand in one answer"
            )
        stack.extend((arg, level + (node.op != "group"), nested) for arg in node.args)
    _growth(tree, text)


def _is_whole(exponent: Node) -> bool:
    while exponent.op in _SAME and len(exponent.args) == 1:
        exponent = exponent.args[0]
    return exponent.op == NUMBER


def decimal_value(word: str) -> Fraction:
    """The exact value of a decimal as it was written: ".5" is 1/2, "2.e3" is 2000."""
    digits, sign, exponent = word.lower().partition("e")
    if digits.endswith("."):
        digits = digits[:-1]
    return Fraction(f"{digits}{sign}{exponent}")


def _growth(node: Node, text: str) -> _Growth:
    if node.op == NUMBER and isinstance(node.value, Fraction):
        return _Growth(0, _bits(node.value), node.value)
    if node.op == "decimal":
        value = decimal_value(str(node.value))
        return _Growth(0, _bits(value), value)
    parts = [_growth(arg, text) for arg in node.args]
    if not parts:
        return _Growth(int(node.op == "var"), 0)
    if node.op == "pow":
        return _power(node, parts[0], parts[1], text)
    if node.op in ("factorial", "gamma", "binomial") and parts[0].value is not None:
        return _factorial(node, parts[0].value, text)
    if node.op in _SAME and len(parts) == 1:
        same = parts[0].value
        return _Growth(parts[0].degree, parts[0].bits, -same if node.op == "neg" and same is not None else same)
    folded = _value(node, parts, text)
    combine = sum if node.op in _PRODUCTS else max
    degree, bits = combine(part.degree for part in parts), combine(part.bits for part in parts)
    if degree > MAX_DEGREE:
        raise unreadable(text, node.column or 1, f"its degree is more than {MAX_DEGREE}")
    return _Growth(degree, bits if folded is None else _bits(folded), folded)


def _factorial(node: Node, value: Fraction, text: str) -> _Growth:
    if abs(value) > MAX_FACTORIAL:
        raise unreadable(text, node.column, f"a factorial is read up to {MAX_FACTORIAL}!")
    return _Growth(0, 4 * MAX_FACTORIAL)


def _power(node: Node, base: _Growth, exponent: _Growth, text: str) -> _Growth:
    e = exponent.value
    if e is None:
        return _Growth(max(base.degree, exponent.degree), max(base.bits, exponent.bits))
    if abs(e) > MAX_EXPONENT or e.denominator > 1000:
        raise unreadable(text, node.column, f"an exponent may be at most {MAX_EXPONENT} in size")
    if base.value is not None and base.bits * abs(e) > MAX_BITS and base.value not in (1, -1):
        raise unreadable(text, node.column, "this number is too long")
    if base.bits * abs(e) > MAX_CONTENT_BITS and base.value is None:
        raise unreadable(text, node.column, "this power is too large")
    whole = max(1, -(-abs(e.numerator) // e.denominator))
    degree, bits = base.degree * whole, base.bits * whole
    if degree > MAX_DEGREE:
        raise unreadable(text, node.column, f"its degree is more than {MAX_DEGREE}")
    folded = None
    if base.value is not None and e.denominator == 1 and (base.value or e > 0):
        folded = base.value ** int(e)
    return _Growth(degree, bits if folded is None else _bits(folded), folded)


def _value(node: Node, parts: list[_Growth], text: str) -> Fraction | None:
    """The value of a sum, product or quotient of rational constants; it never gets long on the way."""
    if node.op not in ("add", "mul", "div"):
        return None
    result = Fraction(node.op != "add")
    for position, part in enumerate(parts):
        value = part.value
        if value is None or (node.op == "div" and position and value == 0):
            return None
        if node.op == "add":
            result += value
        elif node.op == "div" and position:
            result /= value
        else:
            result *= value
        if _bits(result) > MAX_BITS:
            raise unreadable(text, node.column, "this number is too long")
    return result


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())
