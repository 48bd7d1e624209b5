"""SymPy expressions as typed trees, so that a formula built in Python can go into claims and be printed as text."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.language import Node, with_shapes
from hessmath.language.tokenizer import is_name
from hessmath.symbolic.from_tree import SAME


def from_sympy(expr: Any) -> Node:
    """The typed tree of a SymPy expression in real symbols; ``to_sympy`` gives an equal expression again.

    Parameters
    ----------
    expr : an expression or condition made of the functions of the language, with exact numbers

    Raises
    ------
    InputError
        If it has a function that the language does not have, a float, or a symbol whose name no formula can have.

    Examples
    --------
    >>> from hessmath.language import to_text
    >>> x, y = sympy.symbols("x y", real=True)
    >>> to_text(from_sympy(sympy.sqrt(x) / 2 - sympy.exp(-y) / x))
    'sqrt(x)/2 - exp(-y)/x'
    """
    if not isinstance(expr, sympy.Basic):
        raise InputError(f"A SymPy expression is needed, but this is {type(expr).__name__}.")
    names = sorted(str(symbol) for symbol in expr.free_symbols)
    for name in names:
        if not is_name(name):
            raise InputError(f"{name[:60]!r} cannot be the name of a variable in a formula; rename the symbol.")
    return with_shapes(_tree(expr), dict.fromkeys(names, ()))


def _tree(expr: Any) -> Node:
    if expr.is_Rational:
        return Node("num", value=Fraction(int(expr.p), int(expr.q)))
    if expr.is_Symbol:
        return Node("var", value=str(expr))
    if expr in _CONSTANTS:
        return Node(_CONSTANTS[expr])
    if expr.is_Add:
        return Node("add", tuple(map(_term, sorted(expr.args, key=lambda term: bool(term.is_Rational)))))
    if expr.is_Mul or expr.is_Pow:
        return _factors(expr)
    if isinstance(expr, sympy.Piecewise):
        return Node("Piecewise", tuple(Node("case", tuple(map(_tree, case.args))) for case in expr.args))
    name = _NAMES.get(expr.func)
    if name is None:
        wrong = f"a rounded number, {expr}; use exact ones" if expr.is_Float else f"`{expr.func.__name__}`"
        raise InputError(f"The language has no formula for this expression: it contains {wrong}.")
    args = expr.args
    if name == "Heaviside" and args[1:] == (sympy.Rational(1, 2),):
        args = args[:1]
    return Node(name, tuple(map(_tree, args)))


def _term(expr: Any) -> Node:
    """A term of a sum: a − b rather than a + (−1)·b."""
    factor = expr.as_coeff_Mul()[0]
    if factor.is_Rational and factor < 0 and not expr.is_Rational:
        return Node("neg", (_tree(-expr),))
    return _tree(expr)


def _factors(expr: Any) -> Node:
    """A product or power, written as a quotient where exponents are negative numbers."""
    above: list[Node] = []
    below: list[Node] = []
    negative = False
    for factor in sympy.Mul.make_args(expr):
        if factor.is_Rational:
            negative = factor.p == -1
            above += [_tree(sympy.Integer(factor.p))] * (abs(factor.p) != 1)
            below += [_tree(sympy.Integer(factor.q))] * (factor.q != 1)
            continue
        base, exponent = factor.as_base_exp() if factor.is_Pow else (factor, sympy.Integer(1))
        if exponent.is_Rational and exponent < 0:
            below.append(_power_tree(base, -exponent))
        else:
            above.append(_power_tree(base, exponent))
    if negative:
        above[:1] = [Node("neg", tuple(above[:1]))] if above else [Node("num", value=Fraction(-1))]
    product = _product_tree(above)
    return Node("div", (product, _product_tree(below))) if below else product


def _power_tree(base: Any, exponent: Any) -> Node:
    if exponent == 1:
        return _tree(base)
    if exponent == sympy.Rational(1, 2):
        return Node("sqrt", (_tree(base),))
    return Node("pow", (_tree(base), _tree(exponent)))


def _product_tree(parts: list[Node]) -> Node:
    if not parts:
        return Node("num", value=Fraction(1))
    return parts[0] if len(parts) == 1 else Node("mul", tuple(parts))


_CONSTANTS = {sympy.E: "E", sympy.pi: "pi", sympy.true: "true", sympy.false: "false"}

_NAMES = {
    **{function: name for name, function in SAME.items() if isinstance(function, type)},
    sympy.exp: "exp",
    sympy.loggamma: "loggamma",
    sympy.polygamma: "polygamma",
}
