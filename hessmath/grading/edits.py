"""Slips that any answer can have, as edits of the right one.

An edit takes the right value and gives the values that one mistake would make of it: a sign, a factor of 2, a
transpose, two entries or variables exchanged, a term lost.  Values are expressions, matrices, or tuples of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations, islice
from math import comb
from typing import Any

import sympy

Edit = Callable[[Any, Sequence[sympy.Symbol]], Iterator[Any]]

MAX_TERMS = 12
"""Terms of a sum, or entries of a matrix, that are edited one by one."""


def sign(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """The whole with the opposite sign."""
    if isinstance(value, sympy.MatrixBase | sympy.Expr):
        yield -value


def factor_two(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """Twice or half of it."""
    if isinstance(value, sympy.MatrixBase | sympy.Expr):
        yield 2 * value
        yield value / 2


def reciprocal(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """1 over it."""
    if isinstance(value, sympy.Expr) and not isinstance(value, sympy.MatrixBase) and not value.is_zero:
        yield 1 / value


def transpose(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """Rows for columns."""
    if isinstance(value, sympy.MatrixBase) and value.rows > 1 and value.cols > 1:
        yield value.T


def swapped_entries(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """Two entries exchanged."""
    if isinstance(value, sympy.MatrixBase):
        places = [(i, j) for i in range(value.rows) for j in range(value.cols)][:MAX_TERMS]
        for a, b in combinations(places, 2):
            if value[a] != value[b]:
                changed = value.as_mutable()
                changed[a], changed[b] = value[b], value[a]
                yield sympy.ImmutableDenseMatrix(changed)
    elif isinstance(value, tuple):
        for i, j in combinations(range(min(len(value), MAX_TERMS)), 2):
            items = list(value)
            items[i], items[j] = items[j], items[i]
            yield tuple(items)


def swapped_rows(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """Two rows exchanged."""
    if isinstance(value, sympy.MatrixBase) and value.cols > 1:
        for i, j in combinations(range(min(value.rows, MAX_TERMS)), 2):
            if value[i, :] != value[j, :]:
                yield sympy.ImmutableDenseMatrix(value.elementary_row_op("n<->m", row1=i, row2=j))


def swapped_columns(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """Two columns exchanged."""
    if isinstance(value, sympy.MatrixBase) and value.rows > 1:
        for swapped in swapped_rows(value.T, variables):
            yield swapped.T


def swapped_variables(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """Two variables exchanged."""
    if isinstance(value, sympy.MatrixBase | sympy.Expr):
        for a, b in combinations(variables, 2):
            yield value.xreplace({a: b, b: a})


def sign_of_a_term(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """One term of a sum, or one entry, with the wrong sign."""
    yield from _in_one_place(value, lambda part: -part)


def exponent_off_by_one(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """One variable to the power k ± 1 instead of k, in one term."""
    for x in variables:
        for factor in (x, 1 / x):
            yield from _in_one_place(value, partial(_with_factor, x=x, factor=factor))


def _with_factor(part: sympy.Expr, x: sympy.Symbol, factor: sympy.Expr) -> sympy.Expr | None:
    return part * factor if _has_power(part, x) else None


def _has_power(part: sympy.Expr, x: sympy.Symbol) -> bool:
    return any(factor.as_base_exp()[0] == x for factor in sympy.Mul.make_args(part))


def sign_inside(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """The argument of a function, an exponent, or one term of it, with the wrong sign."""
    yield from _inside(value, lambda inner: (-inner, *(() if not inner.is_Add else _changed_terms(inner, _negated))))


def function_of_a_sum(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """f(a + b) taken for f(a) + f(b)."""
    if isinstance(value, sympy.Expr) and not isinstance(value, sympy.MatrixBase):
        for node, place in _functions(value):
            if node.args[place].is_Add:
                parts = [node.func(*_with_argument(node, place, term)) for term in node.args[place].args]
                yield value.xreplace({node: sympy.Add(*(sympy.powdenest(part, force=True) for part in parts))})


def _negated(term: sympy.Expr) -> sympy.Expr:
    return -term


def _inside(value: Any, changes: Callable[[sympy.Expr], Sequence[sympy.Expr]]) -> Iterator[Any]:
    if isinstance(value, sympy.Expr) and not isinstance(value, sympy.MatrixBase):
        for node, place in _functions(value):
            for inner in changes(node.args[place]):
                changed = value.xreplace({node: node.func(*_with_argument(node, place, inner))})
                # ln and roots of what is negative everywhere equal anything, because they are nowhere defined
                nowhere = isinstance(node, sympy.log) or (isinstance(node, sympy.Pow) and not node.exp.is_Integer)
                if changed != value and not (nowhere and place == 0 and inner == -node.args[0]):
                    yield changed


def _functions(value: sympy.Expr) -> list[tuple[sympy.Expr, int]]:
    """Functions and powers of something with symbols, and the place of that among their arguments."""
    found = []
    for node in sympy.preorder_traversal(value):
        if isinstance(node, sympy.Function | sympy.exp | sympy.Pow):
            found += [(node, k) for k, inner in enumerate(node.args) if inner.free_symbols]
    return found[:MAX_TERMS]


def _with_argument(node: sympy.Expr, place: int, inner: sympy.Expr) -> list[sympy.Expr]:
    return [*node.args[:place], inner, *node.args[place + 1 :]]


def lost_term(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """One term of a sum forgotten."""
    yield from _in_one_place(value, lambda part: sympy.S.Zero)


def factor_in_a_term(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """One term of a sum, or one entry, twice or half as large."""
    yield from _in_one_place(value, lambda part: 2 * part)
    yield from _in_one_place(value, lambda part: part / 2)


def _in_one_place(value: Any, change: Callable[[sympy.Expr], sympy.Expr | None]) -> Iterator[Any]:
    if isinstance(value, sympy.MatrixBase):
        for i, j in islice(((i, j) for i in range(value.rows) for j in range(value.cols)), MAX_TERMS):
            for part in _changed_terms(value[i, j], change):
                changed = value.as_mutable()
                changed[i, j] = part
                yield sympy.ImmutableDenseMatrix(changed)
    elif isinstance(value, sympy.Expr):
        yield from _changed_terms(value, change)
    elif isinstance(value, tuple):
        for i, part in enumerate(value[:MAX_TERMS]):
            if isinstance(part, sympy.MatrixBase | sympy.Expr):
                for changed in _in_one_place(part, change):
                    yield (*value[:i], changed, *value[i + 1 :])


def written_out(expr: sympy.Expr) -> sympy.Expr:
    """The expanded expression, or the expression itself if that has too many terms or a large power."""
    large = any(power.exp.is_Integer and abs(power.exp) > MAX_TERMS for power in expr.atoms(sympy.Pow))
    return expr if large or expanded_terms(expr) > MAX_EXPANDED else sympy.expand(expr)


MAX_EXPANDED = 300
"""Terms of a sum that is written out."""


def expanded_terms(expr: sympy.Expr) -> int:
    """How many terms the expanded expression has at most, counted before like terms are collected; 10⁶ for more.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> expanded_terms((x + y + 1) ** 2 * (x - y)), expanded_terms((x + 1) ** 9999)
    (12, 10000)
    """
    if expr.is_Add:
        return min(sum(map(expanded_terms, expr.args)), UNCOUNTED)
    if expr.is_Mul:
        count = 1
        for factor in expr.args:
            count = min(count * expanded_terms(factor), UNCOUNTED)
        return count
    if expr.is_Pow and expr.exp.is_Integer:
        n, terms = abs(int(expr.exp)), expanded_terms(expr.base)
        fewer = min(n, terms - 1)
        return 1 if terms == 1 else UNCOUNTED if fewer > 20 else min(comb(n + terms - 1, fewer), UNCOUNTED)
    return 1


UNCOUNTED = 10**6


def _changed_terms(entry: sympy.Expr, change: Callable[[sympy.Expr], sympy.Expr | None]) -> Iterator[sympy.Expr]:
    forms = [entry] if entry.is_Add else [entry, written_out(entry)]
    for form in dict.fromkeys(forms):
        terms = sympy.Add.make_args(form)
        for i, term in enumerate(terms[:MAX_TERMS]):
            changed = change(term) if term != 0 else None
            if changed is not None:
                yield sympy.Add(*terms[:i], changed, *terms[i + 1 :])


def wrong_coefficient(written: sympy.Expr, right: sympy.Expr) -> bool:
    """Whether one coefficient of a sum explains the difference: it is a multiple of one term of the right one."""
    terms = sympy.Add.make_args(written_out(right))
    if right == 0 or (len(terms) == 1 and not right.free_symbols):
        return False
    if expanded_terms(written - right) > MAX_EXPANDED:
        return False
    difference = written_out(written - right)
    if difference.as_coeff_Mul()[1] in [term.as_coeff_Mul()[1] for term in terms]:
        return True
    symbols = sorted(right.free_symbols, key=str)
    if not (right.is_Add and right.is_polynomial(*symbols) and difference.is_polynomial(*symbols)):
        return False
    quotients = (sympy.cancel(difference / term) for term in right.args[:MAX_TERMS])  # powers of x − a, as written
    return any(quotient.is_number for quotient in quotients)


WHOLE: dict[str, Edit] = {
    "sign": sign,
    "factor_two": factor_two,
    "reciprocal": reciprocal,
    "transpose": transpose,
    "swapped_rows": swapped_rows,
    "swapped_columns": swapped_columns,
    "swapped_entries": swapped_entries,
    "swapped_variables": swapped_variables,
}
"""Edits of the whole by the name of the slip; what comes first says more."""

PARTS: dict[str, Edit] = {
    "sign_of_a_term": sign_of_a_term,
    "lost_term": lost_term,
    "factor_in_a_term": factor_in_a_term,
    "exponent_off_by_one": exponent_off_by_one,
    "sign_inside": sign_inside,
    "function_of_a_sum": function_of_a_sum,
}
"""Edits of one term or entry."""
