"""The fields of an exercise as exact objects; what an author wrote is read by the same language as answers."""

from __future__ import annotations

from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading import answers
from hessmath.grading.kinds.kind import Problem


def expression(problem: Problem, name: str) -> sympy.Expr:
    """A field that is one expression in the variables."""
    return answers.scalar(field(problem, name), f'The field "{name}"')


def matrix(problem: Problem, name: str) -> sympy.ImmutableDenseMatrix:
    """A field that is a matrix."""
    return answers.matrix(field(problem, name), f'The field "{name}"')


def vector(problem: Problem, name: str) -> sympy.ImmutableDenseMatrix:
    """A field that is a vector."""
    return answers.vector(field(problem, name), f'The field "{name}"')


def field(problem: Problem, name: str) -> Any:
    """A field as it was understood.

    Raises
    ------
    InputError
        If it is missing or cannot be read.
    """
    if name not in problem.data:
        raise InputError(f'An exercise of kind {problem.kind} needs the field "{name}".')
    return answers.read(problem.data[name], problem.symbols, answers.Manner.of(problem.options, problem.kind)).value
