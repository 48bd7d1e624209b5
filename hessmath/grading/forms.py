"""The form of an answer: how it is written, beyond what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from hessmath.language import Node
from hessmath.language.answer_bounds import decimal_value
from hessmath.symbolic.from_answer import answer_to_sympy

Key = tuple[Any, ...]


def same_form(a: Node, b: Node) -> bool:
    """Whether two trees are one up to the order and the grouping of sums and products.

    Quotients are products with a power −1, signs factors −1; a root is a power.

    Examples
    --------
    >>> from hessmath.language.answer_reading import parse_answer
    >>> tree = lambda text: parse_answer(text, ["x"]).tree
    >>> same_form(tree("x^2 + 2x + 1"), tree("1 + x*2 + x^2")), same_form(tree("2x + x"), tree("3x"))
    (True, False)
    """
    return _key(a) == _key(b)


def _key(node: Node) -> Key:
    op, args = node.op, node.args
    if op == "group":
        return _key(args[0])
    if op == "num":
        return ("num", Fraction(str(node.value)))
    if op == "decimal":
        return ("num", decimal_value(str(node.value)))
    if op in ("add", "neg", "mul", "div"):
        sign, factors = _factors(node) if op != "add" else (1, [])
        if op == "add":
            return ("add", *sorted((_key(term) for part in args for term in _terms(part)), key=repr))
        return _product(sign, factors)
    if op == "exp":
        return ("pow", ("E", None), _exponent(args[0]))
    if op in ("sqrt", "cbrt"):
        return ("pow", _key(args[0]), ("num", Fraction(1, 2 if op == "sqrt" else 3)))
    if op == "pow":
        return ("pow", _key(args[0]), _exponent(args[1]))
    if op == "root":
        return ("pow", _key(args[0]), _exponent(Node("div", (Node("num", value=Fraction(1)), args[1]))))
    if op in ("Max", "Min", "set"):
        return (op, *sorted((_key(arg) for arg in args), key=repr))
    return (op, node.value, *(_key(arg) for arg in args))


def _exponent(node: Node) -> Key:
    """Exponents that are fractions count as one number: x^(1/2)."""
    key = _key(node)
    if key[0] == "inverse" and key[1][0] == "num" and key[1][1]:
        return ("num", 1 / key[1][1])
    if key[0] == "mul" and len(key) == 3 and all(part[0] in ("num", "inverse") for part in key[1:]):
        values = [part[1] if part[0] == "num" else 1 / part[1][1] for part in key[1:] if part[0] == "num" or part[1][1]]
        lowest = len(values) == 2 and 1 in (values[0].denominator, values[1].denominator)
        value = values[0] * values[1] if lowest else None
        same = value is not None and {value.numerator, value.denominator} == {
            number for part in values for number in (part.numerator, part.denominator) if number != 1
        } | ({1} if 1 in (value.numerator, value.denominator) else set())
        return ("num", value) if same else key
    return key


def _terms(node: Node) -> list[Node]:
    """The terms of a sum, through groups and signs."""
    if node.op == "group":
        return _terms(node.args[0])
    if node.op == "add":
        return [term for arg in node.args for term in _terms(arg)]
    return [node]


def _factors(node: Node) -> tuple[int, list[Key]]:
    """The sign and the factors of a product, through groups, signs and quotients."""
    op, args = node.op, node.args
    if op == "group":
        return _factors(args[0])
    if op == "neg":
        sign, factors = _without_one(args[0])
        if args[0].op == "mul" and args[0].args[0].op == "num" and args[0].args[0].value == 1:
            factors.remove(("num", Fraction(1)))  # −1·2 is (−1)·2
        return -sign, factors
    if op == "mul":
        sign, factors = 1, []
        for arg in args:
            s, more = _factors(arg)
            sign, factors = sign * s, factors + more
        return sign, factors
    if op == "div":
        sign, above = _without_one(args[0])
        s, below = _factors(args[1])
        return sign * s, above + [_inverse(key) for key in below]
    return 1, [_key(node)]


def _without_one(node: Node) -> tuple[int, list[Key]]:
    """The 1 of 1/x and of −1 is no factor of its own, that of 1·x is."""
    return (1, []) if node.op == "num" and node.value == 1 else _factors(node)


def _inverse(key: Key) -> Key:
    return key[1] if key[0] == "inverse" else ("inverse", key)


def _product(sign: int, factors: list[Key]) -> Key:
    factors = sorted(factors, key=repr)
    if sign < 0:
        if factors and factors[-1][0] == "num" and len(factors) == 1:
            return ("num", -factors[0][1])
        factors = [("minus",), *factors]
    return factors[0] if len(factors) == 1 else ("mul", *factors)


# ---- named forms ------------------------------------------------------------------------------------------


def is_expanded(tree: Node, symbols: Mapping[str, sympy.Symbol]) -> bool:
    """A sum of terms none of which has a sum as a factor, with like terms collected."""
    terms = _terms(tree)
    if any(_has_sum(term) for term in terms):
        return False
    monomials = []
    for term in terms:
        value = answer_to_sympy(term, symbols, real=False)
        monomials.append(value.as_coeff_Mul()[1] if value.free_symbols else sympy.Integer(1))
    return len(set(monomials)) == len(monomials)


def _has_sum(node: Node) -> bool:
    """Whether a product or power of this term would grow by being written out."""
    if node.op in ("group", "neg"):
        return _has_sum(node.args[0])
    if node.op == "add":
        return True
    if node.op in ("mul", "div"):
        return any(_has_sum(arg) for arg in node.args)
    return node.op == "pow" and _has_sum(node.args[0])


def is_factored(tree: Node, symbols: Mapping[str, sympy.Symbol]) -> bool:
    """A product of powers of polynomials that have no rational factors."""
    for factor in _written_factors(tree):
        value = answer_to_sympy(factor, symbols, real=False)
        if not value.free_symbols:
            continue
        if not value.is_polynomial():
            return False
        content, parts = sympy.factor_list(value)
        if len(parts) != 1 or parts[0][1] != 1 or (abs(content) != 1 and not value.is_Mul):
            return False
    return True


def _written_factors(node: Node) -> list[Node]:
    if node.op in ("group", "neg"):
        return _written_factors(node.args[0])
    if node.op == "mul":
        return [factor for arg in node.args for factor in _written_factors(arg)]
    if node.op == "pow" and node.args[1].op == "num":
        return _written_factors(node.args[0])
    if node.op == "div" and node.args[1].op == "num":
        return _written_factors(node.args[0])
    return [node]


FORMS: dict[str, Callable[[Node, Mapping[str, sympy.Symbol]], bool]] = {
    "expanded": is_expanded,
    "factored": is_factored,
}
"""Forms that an exercise can ask for."""
