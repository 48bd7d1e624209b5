"""Kinds whose answer is one expression."""

from __future__ import annotations

from typing import Any

import sympy

from hessmath.grading.answers import Value, scalar
from hessmath.grading.equality import equal
from hessmath.grading.grade import Judgement
from hessmath.grading.kinds.kind import Kind, Problem
from hessmath.grading.problems import expression


def _key(problem: Problem) -> sympy.Expr:
    return expression(problem, "answer")


def _equal(problem: Problem, truth: Any, answer: Value) -> Judgement:
    return equal(scalar(answer), truth, problem.variables, str(problem.options.get("domain", "real")))


ROWS = (Kind("expression", ("answer",), _key, _equal, sympy.latex),)
