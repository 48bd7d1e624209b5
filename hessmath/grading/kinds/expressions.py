"""Kinds whose answer is one expression or one number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Scalar, Value, Word, written
from hessmath.grading.comparison import compare
from hessmath.grading.forms import FORMS, same_form
from hessmath.grading.grade import Judgement, Message, Verdict
from hessmath.grading.kinds.kind import Kind, Problem
from hessmath.grading.problems import expression, field
from hessmath.language import Node
from hessmath.symbolic.from_answer import answer_to_sympy

MAX_OPERATIONS = 100
"""Largest answer that is looked through for gaps."""


MAX_POWER = 12


@dataclass(frozen=True)
class Written:
    """A key with how it was written."""

    value: sympy.Expr
    tree: Node


def _key(problem: Problem) -> Any:
    value = field(problem, "answer")
    if isinstance(value, Word):
        return sympy.nan
    return expression(problem, "answer")


def _number(problem: Problem) -> Any:
    truth = _key(problem)
    if truth.free_symbols:
        raise InputError(f'The field "answer" of a number has no variables, but it is {truth}.')
    return truth


def _written_key(problem: Problem) -> Written:
    key = written(field(problem, "answer"), 'The field "answer"')
    return Written(key.value, key.tree)


def judge_expression(problem: Problem, truth: Any, answer: Value) -> Judgement:
    """One expression or number, and its form where the exercise asks for one."""
    judgement = compare(problem, answer, truth)
    if judgement.verdict not in (Verdict.RIGHT, Verdict.SAMPLED) or isinstance(answer, Word):
        return judgement
    given = written(answer)
    form = problem.options.get("form")
    if form is not None:
        if form not in FORMS:
            raise InputError(f'The option "form" is one of {", ".join(FORMS)}, but it is {form!r}.')
        if not FORMS[form](given.tree, problem.symbols):
            return Judgement(Verdict.WRONG, messages=(Message("not_in_form", {"form": str(form)}),))
    if has_removable_gap(given, problem):
        return replace(judgement, messages=(*judgement.messages, Message("removable_gap")))
    return judgement


def has_removable_gap(given: Scalar, problem: Problem) -> bool:
    """Whether the answer, as written, divides by something that its value does not divide by: x²/x."""
    value = given.value
    if not any(node.op == "div" and node.args[1].op not in ("num", "decimal") for node in given.tree.walk()):
        return False
    if not value.is_rational_function() or sympy.count_ops(value) > MAX_OPERATIONS or not _has_small_powers(value):
        return False
    below = sympy.cancel(value).as_numer_denom()[1]
    for node in given.tree.walk():
        if node.op == "div":
            part = answer_to_sympy(node.args[1], problem.symbols, real=False) if _known(node, problem) else None
            if part is not None and part.free_symbols and part.is_polynomial():
                gens = sorted(part.free_symbols, key=str)
                if below.is_polynomial(*gens) and sympy.rem(below, part, *gens) != 0:
                    return True
    return False


def _has_small_powers(value: sympy.Expr) -> bool:
    return all(abs(power.exp) <= MAX_POWER for power in value.atoms(sympy.Pow) if power.exp.is_Integer)


def _known(node: Node, problem: Problem) -> bool:
    return all(part.value in problem.symbols for part in node.args[1].walk() if part.op == "var")


def _judge_form(problem: Problem, truth: Written, answer: Value) -> Judgement:
    judgement = compare(problem, answer, truth.value)
    if judgement.verdict is Verdict.WRONG:
        return judgement
    if same_form(written(answer).tree, truth.tree):
        return Judgement(Verdict.RIGHT, Fraction(1))
    return Judgement(Verdict.WRONG, messages=(Message("other_form"),))


def _show(truth: Any) -> str:
    return r"\text{does not exist}" if truth is sympy.nan else str(sympy.latex(truth))


ROWS = (
    Kind("expression", ("answer",), _key, judge_expression, _show),
    Kind("number", ("answer",), _number, judge_expression, _show),
    Kind("same_form", ("answer",), _written_key, _judge_form, lambda truth: str(sympy.latex(truth.value))),
)
