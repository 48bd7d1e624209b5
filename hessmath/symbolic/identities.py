"""Proofs that two functions agree wherever both are defined.

Beyond the normal form of the difference d: exp is injective on the reals, so exp(k·d) = 1 proves d = 0; and
cos(k·d) = 1 with sin(k·d) = 0 proves that k·d is a multiple of 2π, the same one on every connected piece of the domain,
so that one point in each piece settles it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import flint
import sympy

from hessmath.symbolic.constants import is_zero, separation_bits
from hessmath.symbolic.normal import is_formally_zero
from hessmath.symbolic.parity import without_absolute_arguments
from hessmath.symbolic.point_values import Lack, value_at
from hessmath.symbolic.positivity import gaps

MAX_PIECES = 40
MAX_SEPARATION = 1 << 16

_LOGARITHMIC = (sympy.log, sympy.asinh, sympy.acosh, sympy.atanh, sympy.acoth)
_ANGLES = (sympy.atan, sympy.asin, sympy.acos, sympy.acot, sympy.asec, sympy.acsc)


def agree(a: sympy.Expr, b: sympy.Expr, *, domain: str = "real") -> bool:
    """Whether it is proved that a = b wherever both are defined and nothing divides by zero.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> agree(sympy.atan(x) + sympy.atan(1/x), sympy.pi/2), agree(sympy.tan(x/2), (1 - sympy.cos(x))/sympy.sin(x))
    (False, True)
    >>> agree(2*sympy.atan(x), sympy.asin(2*x/(1 + x**2))), agree(sympy.asin(x/sympy.sqrt(1 + x**2)), sympy.atan(x))
    (False, True)
    """
    if domain != "complex":
        a, b = without_absolute_arguments(a), without_absolute_arguments(b)
    if a == b:
        return True
    difference = a - b
    if is_formally_zero(difference, domain=domain, defined=(a, b)):
        return True
    if not difference.free_symbols and _is_zero_number(difference, domain):
        return True
    if domain == "complex":
        return False
    scaled = _whole_multiple(difference)
    if difference.has(*_LOGARITHMIC) and not difference.has(*_ANGLES):
        # The square has no absolute values left: |p|² = p².
        return any(is_formally_zero(_exp(k * scaled) - 1, domain=domain, defined=(a, b)) for k in (1, 2))
    if difference.has(*_ANGLES):
        return _same_angle(scaled, (a, b), domain)
    return False


def _exp(expr: sympy.Expr) -> sympy.Expr:
    return sympy.exp(expr, evaluate=False)


def _is_zero_number(value: sympy.Expr, domain: str) -> bool:
    if domain != "complex":
        return not isinstance(value_at(value, {}), Lack) and is_zero(value) is True
    bits = separation_bits(value)
    if bits is None or bits > MAX_SEPARATION:
        return False
    ball = value_at(value, {}, bits + 64, complex_numbers=True)
    if isinstance(ball, Lack):
        return False
    with flint.ctx.workprec(64):
        return bool(abs(ball).upper() < flint.arb(2) ** (-bits))


def _whole_multiple(expr: sympy.Expr) -> sympy.Expr:
    """k·expr, with whole coefficients of its terms."""
    terms = sympy.Add.make_args(expr)
    k = math.lcm(*(int(term.as_coeff_Mul()[0].q) for term in terms if term.as_coeff_Mul()[0].is_Rational), 1)
    return sympy.Add(*(k * term for term in terms))


def _same_angle(scaled: sympy.Expr, defined: Sequence[sympy.Expr], domain: str) -> bool:
    if not is_formally_zero(sympy.cos(scaled, evaluate=False) - 1, domain=domain, defined=defined):
        return False
    pieces = _one_point_in_each_piece(defined, domain)
    if pieces is None:
        return False
    seen = False
    for point in pieces:
        values = [value_at(expr, point) for expr in defined]
        if any(value is Lack.UNDEFINED for value in values):
            continue
        ball = value_at(scaled, point)
        if isinstance(ball, Lack) or not abs(ball) < 6:  # the only multiple of 2π there is 0
            return False
        seen = True
    return seen


# ---- connected pieces of the domain -----------------------------------------------------------------------


def _one_point_in_each_piece(exprs: Sequence[sympy.Expr], domain: str) -> list[dict[Any, Any]] | None:
    """Points of which every connected piece of the domain, and of where nothing jumps, has one; None if not known."""
    names = sorted(set().union(*(expr.free_symbols for expr in exprs)), key=str)
    conditions = [c for expr in exprs for c in _conditions(expr)]
    if not names:
        return [{}]
    polynomials = []
    for condition in conditions:
        above, below = sympy.together(condition).as_numer_denom()
        for side in (above, below):
            if side.is_number:
                continue
            if not side.is_polynomial(*names) or len(names) > 1:
                return None
            polynomials.append(sympy.Poly(side, names[0]))
    if len(names) > 1 or not polynomials:
        value = sympy.Rational(3, 7)
        return [dict.fromkeys(names, value)]
    product = sympy.prod(polynomials[1:], start=polynomials[0])
    if not all(c.is_Rational for c in product.all_coeffs()) or product.degree() > MAX_PIECES:
        return None
    try:
        ends = gaps(product)
    except ArithmeticError:
        return None
    return [{names[0]: end} for end in ends if domain != "positive" or end > 0]


def _conditions(expr: sympy.Expr) -> Iterator[sympy.Expr]:
    """What must not be 0 on a piece where the expression is defined and continuous."""
    for node in sympy.preorder_traversal(expr):
        if node.is_Pow and not (node.exp.is_Integer and node.exp > 0) and not node.base.is_number:
            yield node.base
        elif isinstance(node, sympy.log | sympy.Abs | sympy.sign):
            yield node.args[0]
        elif isinstance(node, sympy.asin | sympy.acos | sympy.atanh):
            yield 1 - node.args[0] ** 2
        elif isinstance(node, sympy.acot):
            yield node.args[0]
        elif isinstance(node, sympy.asec | sympy.acsc | sympy.acoth):
            yield node.args[0]
            yield node.args[0] ** 2 - 1
        elif isinstance(node, sympy.acosh):
            yield node.args[0] - 1
        elif isinstance(node, sympy.tan | sympy.sec):
            yield sympy.cos(node.args[0])
        elif isinstance(node, sympy.cot | sympy.csc | sympy.coth | sympy.csch):
            yield node.args[0] if isinstance(node, sympy.coth | sympy.csch) else sympy.sin(node.args[0])
        elif isinstance(node, sympy.Function) and not isinstance(node, _SMOOTH):
            yield sympy.Function("jump")(node)


_SMOOTH = (sympy.exp, sympy.sin, sympy.cos, sympy.atan, sympy.sinh, sympy.cosh, sympy.tanh, sympy.sech, sympy.asinh,
           sympy.erf)  # fmt: skip
