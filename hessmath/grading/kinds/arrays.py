"""Kinds whose answer is a vector or a matrix, compared entry by entry."""

from __future__ import annotations

from typing import Any

import sympy

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
    given = answers.vector(answer)
    return compare_matrix(problem, given, truth, trees(answer, *given.shape))


ROWS = (
    Kind("matrix", ("answer",), lambda problem: problems.matrix(problem, "answer"), judge_matrix, sympy.latex),
    Kind("vector", ("answer",), lambda problem: problems.vector(problem, "answer"), judge_vector, sympy.latex),
)
