"""Answers as scalars, vectors, matrices, lists and named parts, with how precisely their numbers were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Items, Parts, Relation, Scalar, Value, Word, written
from hessmath.grading.comparison import MIN_DIGITS, digits_given, tolerance
from hessmath.grading.equality import equal
from hessmath.grading.exact import CannotTell, Matrix, Number, Table, expression, minus, number, plus, sign_of, vanishes
from hessmath.grading.grade import Verdict
from hessmath.grading.kinds.kind import Problem
from hessmath.symbolic.surds import Surd

MAX_SIDE = 50


@dataclass(frozen=True)
class Grid:
    """A matrix of scalars as they were written."""

    rows: tuple[tuple[Scalar, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return len(self.rows), len(self.rows[0])

    @cached_property
    def matrix(self) -> sympy.ImmutableDenseMatrix:
        """The values."""
        return Matrix([[entry.value for entry in row] for row in self.rows])

    @cached_property
    def table(self) -> Table:
        """The values in normal form."""
        return Table.of(self.matrix)

    @property
    def T(self) -> Grid:
        """The transpose."""
        return Grid(tuple(zip(*self.rows, strict=True)))

    @property
    def entries(self) -> tuple[Scalar, ...]:
        """Row by row."""
        return tuple(entry for row in self.rows for entry in row)


def scalar(value: Value, what: str = "The answer") -> Scalar:
    """One expression with how it was written; a label as in "lambda = 3" is dropped.

    Raises
    ------
    InputError
        If it is a list, a word or has parts.
    """
    return written(value, what)


def grid(value: Value, what: str = "The answer") -> Grid:
    """A matrix from rows of scalars.

    Raises
    ------
    InputError
        If it is no list of rows of one length.
    """
    if isinstance(value, Scalar):
        return Grid(((value,),))
    if not isinstance(value, Items) or not value.items or not all(isinstance(row, Items) for row in value.items):
        raise InputError(f"{what} must be a matrix: a list of rows such as [[1, 2], [3, 4]].")
    widths = {len(row.items) for row in value.items}
    if len(widths) != 1 or not max(widths):
        raise InputError(f"{what} must have rows of one length.")
    if max(*widths, len(value.items)) > MAX_SIDE:
        raise InputError(f"{what} may have at most {MAX_SIDE} rows and columns.")
    return Grid(tuple(tuple(scalar(entry, what) for entry in row.items) for row in value.items))


def column(value: Value, what: str = "The answer") -> Grid:
    """A vector, written as a list, a row, a column or with named components, as a column.

    Raises
    ------
    InputError
        If it is no vector.
    """
    if isinstance(value, Scalar):
        return Grid(((value,),))
    if isinstance(value, Items) and value.items:
        if not any(isinstance(entry, Items) for entry in value.items):
            if len(value.items) > MAX_SIDE:
                raise InputError(f"{what} may have at most {MAX_SIDE} components.")
            return Grid(tuple((scalar(entry, what),) for entry in value.items))
        whole = grid(value, what)
        if 1 in whole.shape:
            return whole if whole.shape[1] == 1 else whole.T
    raise InputError(f"{what} must be a vector such as [1, 2].")


def columns(value: Value, length: int, what: str = "The answer") -> tuple[Grid, ...]:
    """Vectors of one length from a list of vectors; one vector alone is a list of one.

    Raises
    ------
    InputError
        If it is no list of vectors of this length.
    """
    if isinstance(value, Word) and value.text in ("none", "no", "zero"):
        return ()
    if isinstance(value, Items) and not value.items:
        raise InputError(f"{what} is empty; if there is no such vector, write none.")
    items: Sequence[Any] = value.items if isinstance(value, Items) else [value]
    if length != 1 and not any(isinstance(item, Items) for item in items):
        items = [value]
    elif length > 1 and len(items) == length and all(_is_short(item) for item in items):
        items = [value]  # one column vector
    found = tuple(column(item, f"Vector {k}") for k, item in enumerate(items, start=1))
    for k, vector in enumerate(found, start=1):
        if vector.shape[0] != length:
            raise InputError(f"Vector {k} must have {length} components, but it has {vector.shape[0]}.")
    return found


def _is_short(item: Any) -> bool:
    return isinstance(item, Items) and len(item.items) == 1 and not isinstance(item.items[0], Items)


def parts(value: Value, names: Mapping[str, Sequence[str]], what: str) -> dict[str, Value]:
    """Named parts, by any of their spellings, or a list of the parts in the order of ``names``.

    Raises
    ------
    InputError
        If a part is missing or has a name that is not known.
    """
    wanted = " and ".join(names)
    if isinstance(value, Items) and len(value.items) == len(names) and all(map(_is_large, value.items)):
        return dict(zip(names, value.items, strict=True))
    if isinstance(value, Items) and value.items and all(isinstance(item, Relation) for item in value.items):
        value = Parts({str(item.left.value): item.right for item in value.items})
    if not isinstance(value, Parts):
        raise InputError(f"The answer must have the parts {wanted}: {what}.")
    found: dict[str, Value] = {}
    for given, part in value.parts.items():
        for name, spellings in names.items():
            if given.strip() in (name, *spellings):
                if name in found:
                    raise InputError(f"The part {name} is there twice.")
                found[name] = part
                break
        else:
            raise InputError(f"There is no part {given[:20]!r}; the answer has the parts {wanted}.")
    for name in names:
        if name not in found:
            raise InputError(f"The part {name} is missing; the answer has the parts {wanted}.")
    return found


def _is_large(value: Any) -> bool:
    return isinstance(value, Items)


# ---- decimals -----------------------------------------------------------------------------------------------


def half_width(entry: Scalar, problem: Problem) -> Fraction | None:
    """Half the width of the interval that a decimal stands for; None for a number that is meant exactly.

    A decimal stands for an interval with the option ``decimals = "rounded"`` (half a unit of its last digit) or
    ``tolerance``.

    Raises
    ------
    InputError
        If decimals are refused.
    """
    decimals = problem.options.get("decimals", "exact")
    rounded = digits_given(entry.tree)
    if decimals == "refused" and any(node.op == "decimal" for node in entry.tree.walk()):
        raise InputError("Write exact numbers such as 1/3 or sqrt(2) instead of decimals.")
    if rounded is None:
        return None
    allowed = tolerance(problem.options.get("tolerance"), entry.value)
    if decimals == "rounded":
        allowed = rounded[1] if allowed is None else max(allowed, rounded[1])
    return None if allowed is None else Fraction(int(allowed.p), int(allowed.q))


def has_decimals(entries: Sequence[Scalar], problem: Problem) -> bool:
    """Whether one of the entries stands for an interval."""
    widths = [half_width(entry, problem) for entry in entries]
    return any(width is not None for width in widths)


def agrees(entry: Scalar, truth: Number, problem: Problem) -> bool:
    """Whether a constant or formula is the entry, or lies in the interval that the entry stands for.

    Raises
    ------
    CannotTell
        If that is not decided.
    """
    if _is_formula(truth) or entry.value.free_symbols:
        return is_same(entry.value, truth, problem)
    difference = plus(number(entry.value), minus(truth))
    half = half_width(entry, problem)
    if "tolerance" in problem.options:
        allowed = tolerance(problem.options["tolerance"], expression(truth))
        return within(difference, number(max(allowed, _rational(half)) if half is not None else allowed))
    if half is None:
        return vanishes(difference)
    rounded = digits_given(entry.tree)
    least = int(problem.options.get("digits", MIN_DIGITS))
    short = rounded is not None and rounded[0] < least and not entry.value.is_Integer
    if short and not _is_whole(truth):
        return False
    return within(difference, number(_rational(half)))


def _rational(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)


def _is_formula(truth: Number) -> bool:
    return not isinstance(truth, Surd) and bool(truth.free_symbols)


def _is_whole(truth: Number) -> bool:
    return isinstance(truth, Surd) and truth.is_rational and truth.as_rational.q == 1


def is_same(entry: sympy.Expr, truth: Number, problem: Problem) -> bool:
    """Whether two formulas are equal on the domain.

    Raises
    ------
    CannotTell
        If that is not decided.
    """
    domain = str(problem.options.get("domain", "real"))
    verdict = equal(entry, expression(truth), problem.variables, domain).verdict
    if verdict not in (Verdict.RIGHT, Verdict.WRONG):
        raise CannotTell(f"whether {entry} is {expression(truth)}")
    return verdict is Verdict.RIGHT


def within(difference: Number, half: Number) -> bool:
    """|difference| ≤ half, for real constants."""
    return sign_of(plus(half, minus(difference))) >= 0 and sign_of(plus(half, difference)) >= 0
