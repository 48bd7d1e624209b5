"""Polynomials in array entries, expanded and collected where that is shorter to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

Expr = Any

#: A power of a sum is expanded up to this exponent.
LARGEST_EXPONENT = 4
#: A sum is collected even where that makes it longer by this factor: then all its parts look alike.
SUMS_MAY_GROW = 1.25
#: No more monomials than this are written out.
MOST_MONOMIALS = 40


def collected(expression: Expr) -> Expr:
    """The expression expanded as a polynomial in what is not a sum, product or power, if that is not longer.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> collected(-2 * x * (y - x**2) + 2 * (x - 1))
    2*x**3 - 2*x*y + 2*x - 2
    >>> collected((x - y) ** 3)
    (x - y)**3
    """
    if expression.has(sympy.Piecewise):
        return _by_branches(expression)
    if not isinstance(expression, sympy.Add | sympy.Mul | sympy.Pow) or not _has_sum(expression):
        return expression
    choices = [_sums_joined(e) for e in (expression, *(_numbers_in_front(expression, c) for c in (_content, _signed)))]
    expanded = _polynomial(expression)
    if expanded is not None:
        terms = [c * sympy.Mul(*(base**e for base, e in monomial)) for monomial, c in expanded.items()]
        written = sympy.Add(*terms)
        if expression.is_Add and length(written) <= SUMS_MAY_GROW * min(map(length, choices)):
            return written
        choices.append(written)
    return min(choices, key=length)


Content = Callable[[Expr], tuple[Expr, Expr]]
"""An expression as number · expression."""


def _numbers_in_front(expression: Expr, content: Content) -> Expr:
    """6·(x − y)² for (3x − 3y)·(2x − 2y)."""
    if not isinstance(expression, sympy.Add | sympy.Mul | sympy.Pow):
        return expression
    parts = [_numbers_in_front(arg, content) for arg in expression.args]
    if isinstance(expression, sympy.Add):
        return sympy.Add(*parts)
    if isinstance(expression, sympy.Pow):
        base, exponent = parts
        if not exponent.is_Integer:
            return sympy.Pow(base, exponent)
        number, rest = content(base)
        return number**exponent * rest**exponent
    split = [content(part) for part in parts]
    return sympy.Mul(*(number for number, _ in split), *(rest for _, rest in split))


def _content(part: Expr) -> tuple[Expr, Expr]:
    """A sum as a number times a sum with coprime coefficients."""
    number, rest = part.primitive() if part.is_Add else (sympy.Integer(1), part)
    return number, rest


def _signed(part: Expr) -> tuple[Expr, Expr]:
    """As ``_content``, with the sign that SymPy prefers: x − y and y − x become alike."""
    number, rest = _content(part)
    return (-number, -rest) if part.is_Add and rest.could_extract_minus_sign() else (number, rest)


def _sums_joined(expression: Expr) -> Expr:
    """c·Σ (a + b) for c·Σ a + c·Σ b with the same limits."""
    if not expression.is_Add:
        return expression
    groups: dict[tuple[Expr, ...], list[tuple[Expr, Expr]]] = {}
    rest = []
    for term in expression.args:
        totals = [factor for factor in sympy.Mul.make_args(term) if isinstance(factor, sympy.Sum)]
        if len(totals) != 1:
            rest.append(term)
            continue
        number, factor = (term / totals[0]).as_coeff_Mul()
        groups.setdefault((factor, *totals[0].limits), []).append((number, totals[0]))
    for (factor, *limits), found in groups.items():
        first = found[0][0]
        body = sympy.Add(*(number / first * total.function for number, total in found))
        joined = sympy.Sum(collected(body) if len(found) > 1 else body, *limits)
        rest.append(first * factor * joined)
    return sympy.Add(*rest)


def _by_branches(expression: Expr) -> Expr:
    """One distinction in the place of many that ask the same; others stay as they are."""
    pieces = {piece for piece in expression.atoms(sympy.Piecewise) if not piece.has(sympy.Sum, sympy.Product)}
    inside_sums = {p for total in expression.atoms(sympy.Sum, sympy.Product) for p in total.atoms(sympy.Piecewise)}
    conditions = {condition for piece in pieces - inside_sums for _, condition in piece.args} - {sympy.true}
    two_ways = all(len(piece.args) == 2 and piece.args[1][1] == sympy.true for piece in pieces)
    if len(conditions) != 1 or not two_ways or pieces & inside_sums:
        return expression
    (condition,) = conditions
    branches = []
    for truth in (True, False):
        chosen = expression
        while chosen.has(sympy.Piecewise):  # innermost first: a branch may hold another distinction
            inner = [p for p in chosen.atoms(sympy.Piecewise) if not any(arg.has(sympy.Piecewise) for arg in p.args)]
            chosen = chosen.xreplace({p: p.args[0 if truth else -1][0] for p in inner})
        branches.append(collected(chosen))
    return sympy.Piecewise((branches[0], condition), (branches[1], sympy.true))


def length(expression: Expr) -> int:
    """How long an expression is: its operands, counted with repetition; an entry counts once."""
    if isinstance(expression, sympy.Indexed) or not expression.args:
        return 1
    if expression.is_Mul and expression.args[0] == -1:  # the sum around it counts the sign
        return length(-expression)
    signs = sum(1 for arg in expression.args if arg.could_extract_minus_sign()) if expression.is_Add else 0
    return 1 + signs + sum(length(arg) for arg in expression.args)


def _has_sum(expression: Expr) -> bool:
    """Whether there is something to expand or to collect."""
    if isinstance(expression, sympy.Add):
        return True
    if isinstance(expression, sympy.Mul | sympy.Pow):
        return any(_has_sum(arg) for arg in expression.args)
    return False


Monomial = frozenset[tuple[Expr, int]]
Polynomial = dict[Monomial, Expr]
_ONE: Monomial = frozenset()


def _polynomial(expression: Expr) -> Polynomial | None:
    """Coefficients by monomial, None where there would be too many."""
    if isinstance(expression, sympy.Rational):
        return {_ONE: expression} if expression != 0 else {}
    if isinstance(expression, sympy.Add):
        total: Polynomial = {}
        for arg in expression.args:
            part = _polynomial(arg)
            if part is None:
                return None
            for monomial, c in part.items():
                total[monomial] = total.get(monomial, 0) + c
        return _bounded(total)
    if isinstance(expression, sympy.Mul):
        product: Polynomial | None = {_ONE: sympy.Integer(1)}
        for arg in expression.args:
            product = _times(product, _polynomial(arg))
        return product
    if isinstance(expression, sympy.Pow) and isinstance(expression.exp, sympy.Integer) and expression.exp > 0:
        if not _has_sum(expression.base):
            return {frozenset({(expression.base, int(expression.exp))}): sympy.Integer(1)}
        if expression.exp > LARGEST_EXPONENT:
            return None
        base = _polynomial(expression.base)
        power: Polynomial | None = base
        for _ in range(int(expression.exp) - 1):
            power = _times(power, base)
        return power
    return {frozenset({(expression, 1)}): sympy.Integer(1)}


def _bounded(polynomial: Polynomial) -> Polynomial | None:
    polynomial = {monomial: c for monomial, c in polynomial.items() if c != 0}
    return polynomial if len(polynomial) <= MOST_MONOMIALS else None


def _times(left: Polynomial | None, right: Polynomial | None) -> Polynomial | None:
    if left is None or right is None:
        return None
    total: Polynomial = {}
    for a, c in left.items():
        for b, d in right.items():
            monomial = _joined(a, b)
            total[monomial] = total.get(monomial, 0) + c * d
    return _bounded(total)


def _joined(a: Monomial, b: Monomial) -> Monomial:
    if not a or not b:
        return a or b
    powers = dict(a)
    for base, e in b:
        powers[base] = powers.get(base, 0) + e
    return frozenset(powers.items())
