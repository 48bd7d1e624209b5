"""What a student wrote, as exact values.

An answer is text, or nested lists and dicts of texts.  Text goes through the language of answers and never reaches
SymPy before its bounds were checked.  What was understood is echoed as LaTeX.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.language import Node, parse_formula
from hessmath.symbolic.from_tree import to_sympy


@dataclass(frozen=True)
class Scalar:
    """One number or expression; ``tree`` is how it was written (for forms and for the digits of decimals)."""

    value: sympy.Expr
    tree: Node


@dataclass(frozen=True)
class Items:
    """Several values: a list, tuple, set, vector or matrix before anybody asked what it is.

    ``bracket`` is "[", "(", "{" or "" (separated by commas only).
    """

    items: tuple[Any, ...]
    bracket: str = "["


@dataclass(frozen=True)
class Relation:
    """left op right, with op one of == != < <= > >=."""

    op: str
    left: Scalar
    right: Scalar


@dataclass(frozen=True)
class Word:
    """A word such as "saddle", "positive definite", "yes", in lower case."""

    text: str


@dataclass(frozen=True)
class Parts:
    """Named parts, such as {"P": …, "D": …}."""

    parts: Mapping[str, Any]


Value = Scalar | Items | Relation | Word | Parts


@dataclass(frozen=True)
class Reading:
    """An answer as it was understood."""

    value: Value
    latex: str


def read(answer: Any, symbols: Mapping[str, sympy.Symbol]) -> Reading:
    """The value of an answer; names other than those of ``symbols`` are refused.

    Raises
    ------
    InputError
        With one sentence for the student, if the answer cannot be read.
    """
    value = _value(answer, symbols)
    return Reading(value, _latex(value))


def _value(answer: Any, symbols: Mapping[str, sympy.Symbol]) -> Value:
    if isinstance(answer, str):
        tree = parse_formula(answer, tuple(symbols))
        return Scalar(to_sympy(tree, symbols), tree)
    if isinstance(answer, bool) or answer is None:
        raise InputError(f"An answer is text, or lists of texts, but this is {answer!r}.")
    if isinstance(answer, int | float):
        return _value(repr(answer), symbols)
    if isinstance(answer, Mapping):
        return Parts({str(name): _value(part, symbols) for name, part in answer.items()})
    if isinstance(answer, Sequence):
        return Items(tuple(_value(part, symbols) for part in answer))
    raise InputError(f"An answer is text, or lists of texts, but this is {type(answer).__name__}.")


def _latex(value: Value) -> str:
    if isinstance(value, Scalar):
        return str(sympy.latex(value.value))
    if isinstance(value, Items):
        return r"\left[" + ", ".join(map(_latex, value.items)) + r"\right]"
    if isinstance(value, Relation):
        return f"{_latex(value.left)} {value.op} {_latex(value.right)}"
    if isinstance(value, Word):
        return rf"\text{{{value.text}}}"
    return r",\; ".join(f"{name} = {_latex(part)}" for name, part in value.parts.items())


def matrix(value: Value, what: str = "The answer") -> sympy.ImmutableDenseMatrix:
    """A matrix from rows of scalars.

    Raises
    ------
    InputError
        If it is no list of rows of one length.
    """
    if not isinstance(value, Items) or not value.items or not all(isinstance(row, Items) for row in value.items):
        raise InputError(f"{what} must be a matrix: a list of rows such as [[1, 2], [3, 4]].")
    widths = {len(row.items) for row in value.items}
    if len(widths) != 1 or not widths.pop():
        raise InputError(f"{what} must have rows of one length.")
    return sympy.ImmutableDenseMatrix([[scalar(entry, what) for entry in row.items] for row in value.items])


def vector(value: Value, what: str = "The answer") -> sympy.ImmutableDenseMatrix:
    """A column vector from a list, a row or a column.

    Raises
    ------
    InputError
        If it is no vector.
    """
    if isinstance(value, Items) and value.items:
        if all(isinstance(entry, Scalar) for entry in value.items):
            return sympy.ImmutableDenseMatrix([scalar(entry, what) for entry in value.items])
        whole = matrix(value, what)
        if 1 in whole.shape:
            return whole if whole.cols == 1 else whole.T
    raise InputError(f"{what} must be a vector such as [1, 2].")


def scalar(value: Value, what: str = "The answer") -> sympy.Expr:
    """One expression.

    Raises
    ------
    InputError
        If it is a list, a relation, a word or has parts.
    """
    if not isinstance(value, Scalar):
        raise InputError(f"{what} must be one expression.")
    return value.value
