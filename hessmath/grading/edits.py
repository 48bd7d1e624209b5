"""Slips that any answer can have, as edits of the right one.

An edit takes the right value and gives the values that one mistake would make of it: a sign, a factor of 2, a
transpose, two entries or variables exchanged, a term lost.  Values are expressions, matrices, or tuples of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, islice
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


def swapped_variables(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """Two variables exchanged."""
    if isinstance(value, sympy.MatrixBase | sympy.Expr):
        for a, b in combinations(variables, 2):
            yield value.xreplace({a: b, b: a})


def sign_of_a_term(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """One term of a sum, or one entry, with the wrong sign."""
    yield from _in_one_place(value, lambda part: -part)


def lost_term(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """One term of a sum forgotten."""
    yield from _in_one_place(value, lambda part: sympy.S.Zero)


def factor_in_a_term(value: Any, variables: Sequence[sympy.Symbol]) -> Iterator[Any]:
    """One term of a sum, or one entry, twice or half as large."""
    yield from _in_one_place(value, lambda part: 2 * part)
    yield from _in_one_place(value, lambda part: part / 2)


def _in_one_place(value: Any, change: Callable[[sympy.Expr], sympy.Expr]) -> Iterator[Any]:
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
    """The expanded expression, or the expression itself if it has a large power."""
    large = any(power.exp.is_Integer and abs(power.exp) > MAX_TERMS for power in expr.atoms(sympy.Pow))
    return expr if large else sympy.expand(expr)


def _changed_terms(entry: sympy.Expr, change: Callable[[sympy.Expr], sympy.Expr]) -> Iterator[sympy.Expr]:
    forms = [entry] if entry.is_Add else [entry, written_out(entry)]
    for form in dict.fromkeys(forms):
        terms = sympy.Add.make_args(form)
        for i, term in enumerate(terms[:MAX_TERMS]):
            if term != 0:
                yield sympy.Add(*terms[:i], change(term), *terms[i + 1 :])


WHOLE: dict[str, Edit] = {
    "sign": sign,
    "factor_two": factor_two,
    "reciprocal": reciprocal,
    "transpose": transpose,
    "swapped_variables": swapped_variables,
    "swapped_entries": swapped_entries,
}
"""Edits of the whole by the name of the slip."""

PARTS: dict[str, Edit] = {
    "sign_of_a_term": sign_of_a_term,
    "lost_term": lost_term,
    "factor_in_a_term": factor_in_a_term,
}
"""Edits of one term or entry."""
