"""Kinds whose answer is a vector or a matrix, compared entry by entry."""

from __future__ import annotations

from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading import answers, problems
from hessmath.grading.answers import Value
from hessmath.grading.comparison import compare_matrix
from hessmath.grading.grade import Judgement
from hessmath.grading.kinds.kind import Kind, Problem


def trees(value: Any, rows: int, cols: int) -> Any:
    """How each entry was written, in rows."""
    flat = _written(value)
    if len(flat) != rows * cols:
        return None
    return [[flat[i * cols + j] for j in range(cols)] for i in range(rows)]


def _written(value: Any) -> list[Any]:
    if isinstance(value, answers.Items):
        return [tree for item in value.items for tree in _written(item)]
    return [answers.written(value).tree]


def judge_matrix(problem: Problem, truth: Any, answer: Value) -> Judgement:
    """A matrix."""
    given = answers.matrix(answer)
    return compare_matrix(problem, given, truth, trees(answer, *given.shape))


def judge_vector(problem: Problem, truth: Any, answer: Value) -> Judgement:
    """A vector, in a row or a column."""
    if truth.rows == 1 and isinstance(answer, answers.Scalar | answers.Relation):
        answer = answers.Items((answer,))
    if isinstance(answer, answers.Scalar | answers.Relation):
        answer = in_units(problem, answers.written(answer), truth.rows)
    given = answers.vector(answer)
    return compare_matrix(problem, given, truth, trees(answer, *given.shape))


def in_units(problem: Problem, given: answers.Scalar, count: int) -> Value:
    """2i + 3j as the list of its coefficients.

    Raises
    ------
    InputError
        If it is no sum of multiples of unit vectors.
    """
    units = [sympy.Symbol(name, real=True) for name in answers.UNITS]
    names = [unit for unit in units if unit not in problem.variables]
    entries = [given.value.diff(unit) if unit in names else sympy.Integer(0) for unit in units]
    rest = given.value.xreplace(dict.fromkeys(names, sympy.Integer(0)))
    if rest != 0 or any(entry.free_symbols & set(names) for entry in entries):
        raise InputError("The answer must be a vector such as [1, 2].")
    used = entries[: max(count, *(i + 1 for i, entry in enumerate(entries) if entry != 0), 1)]
    return answers.Items(tuple(answers.Scalar(entry, given.tree) for entry in used))


ROWS = (
    Kind("matrix", ("answer",), lambda problem: problems.matrix(problem, "answer"), judge_matrix, sympy.latex),
    Kind("vector", ("answer",), lambda problem: problems.vector(problem, "answer"), judge_vector, sympy.latex),
)
