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
        yield from _in_one_place(value, lambda part, x=x: part * x if _has_power(part, x) else None)
        yield from _in_one_place(value, lambda part, x=x: part / x if _has_power(part, x) else None)


def _has_power(part: sympy.Expr, x: sympy.Symbol) -> bool:
    return any(factor.as_base_exp()[0] == x for factor in sympy.Mul.make_args(part))


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
    """The expanded expression, or the expression itself if it has a large power."""
    large = any(power.exp.is_Integer and abs(power.exp) > MAX_TERMS for power in expr.atoms(sympy.Pow))
    return expr if large else sympy.expand(expr)


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
    terms = [term.as_coeff_Mul()[1] for term in sympy.Add.make_args(written_out(right))]
    if right == 0 or (len(terms) == 1 and not right.free_symbols):
        return False
    return bool(written_out(written - right).as_coeff_Mul()[1] in terms)


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
}
"""Edits of one term or entry."""
