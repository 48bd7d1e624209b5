"""Comparing one entry of an answer with the truth, as the options of the exercise ask for.

Numbers may be compared exactly (the default), within a tolerance, or to the digits that the student gave; expressions
as functions.  Every entry of a vector, matrix, set or list is compared here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Items, Scalar, Value, Word, scalar, written
from hessmath.grading.equality import RIGHT, equal, equal_up_to_constant
from hessmath.grading.grade import Judgement, Message, Verdict
from hessmath.grading.kinds.kind import Problem
from hessmath.language import Node
from hessmath.language.answer_words import NUMBERS
from hessmath.symbolic.constants import exact_number, sign

MIN_DIGITS = 3
"""Significant digits that a rounded answer needs, where the exercise does not say."""

DECIMALS = ("exact", "rounded", "refused")

_UNDEFINED = frozenset({"dne", "does not exist", "undefined", "not defined", "none", "no solution", "no"})


def compare(problem: Problem, answer: Value, truth: Any) -> Judgement:
    """Judge one expression or number, or a tuple of them (a sequence of truths)."""
    if isinstance(truth, tuple):
        return compare_all(problem, answer, truth)
    if isinstance(answer, Word) and answer.text not in NUMBERS:
        if answer.text in _UNDEFINED:
            return RIGHT if truth is sympy.nan else Judgement(Verdict.WRONG, messages=(Message("does_exist"),))
        raise InputError("The answer must be an expression, not words.")
    given = written(answer)
    if truth is sympy.nan:
        return Judgement(Verdict.WRONG, messages=(Message("does_not_exist"),))
    truth = sympy.sympify(truth, strict=True)
    decimals = str(problem.options.get("decimals", "exact"))
    if decimals == "refused" and any(node.op == "decimal" for node in given.tree.walk()):
        raise InputError("Write exact numbers such as 1/3 or sqrt(2) instead of decimals.")
    if not truth.free_symbols and not given.value.free_symbols:
        close = _close(problem, given, truth, decimals)
        if close is not None:
            return close
    domain = str(problem.options.get("domain", "real"))
    if problem.options.get("up_to") == "constant":
        return equal_up_to_constant(given.value, truth, problem.variables, domain)
    return _with_hint(equal(given.value, truth, problem.variables, domain), given, truth)


def compare_all(problem: Problem, answer: Value, truths: Sequence[Any]) -> Judgement:
    """Judge a list entry by entry, in order."""
    if not isinstance(answer, Items) or len(answer.items) != len(truths):
        count = len(answer.items) if isinstance(answer, Items) else 1
        message = Message("wrong_count", {"needed": str(len(truths)), "given": str(count)})
        return Judgement(Verdict.WRONG, messages=(message,))
    judgements = [compare(problem, item, truth) for item, truth in zip(answer.items, truths, strict=True)]
    return together(judgements, [f"entry {i + 1}" for i in range(len(truths))])


def compare_matrix(problem: Problem, answer: sympy.Matrix, truth: sympy.Matrix, trees: Any = None) -> Judgement:
    """Judge a matrix or vector entry by entry; ``where`` names the first entry that differs."""
    if answer.shape != truth.shape:
        fields = {"needed": _size(truth.shape), "given": _size(answer.shape)}
        return Judgement(Verdict.WRONG, messages=(Message("wrong_size", fields),), where={"size": fields["given"]})
    judgements, names = [], []
    for i in range(truth.rows):
        for j in range(truth.cols):
            tree = trees[i][j] if trees is not None else Node("num", value=Fraction(0))
            judgements.append(compare(problem, Scalar(answer[i, j], tree), truth[i, j]))
            names.append(f"entry {i + 1}" if truth.cols == 1 else f"row {i + 1}, column {j + 1}")
    return together(judgements, names)


def together(judgements: Sequence[Judgement], names: Sequence[str]) -> Judgement:
    """One judgement of several entries: wrong if one is wrong, with the share of the entries that are right."""
    wrong = [(name, j) for name, j in zip(names, judgements, strict=True) if j.verdict is Verdict.WRONG]
    right = sum(1 for j in judgements if j.verdict in (Verdict.RIGHT, Verdict.SAMPLED))
    share = Fraction(right, len(judgements)) if judgements else Fraction(1)
    if wrong:
        where = {"entry": wrong[0][0], **wrong[0][1].where}
        messages = tuple(Message("wrong_entry", {"entry": name}) for name, _ in wrong[:3])
        return Judgement(Verdict.WRONG, share, messages, where)
    if any(j.verdict is Verdict.UNDECIDED for j in judgements):
        return Judgement(Verdict.UNDECIDED, share)
    remarks = _unhashed(tuple(dict.fromkeys(_hashed(m) for j in judgements for m in j.messages)))
    bounds = [j.error_bound for j in judgements if j.error_bound is not None]
    if bounds:
        return Judgement(Verdict.SAMPLED, Fraction(1), remarks, error_bound=sum(bounds, Fraction(0)))
    return Judgement(Verdict.RIGHT, Fraction(1), remarks)


def _hashed(message: Message) -> tuple[str, tuple[tuple[str, str], ...]]:
    return message.key, tuple(sorted(message.fields.items()))


def _unhashed(messages: Sequence[Any]) -> tuple[Message, ...]:
    return tuple(Message(key, dict(fields)) for key, fields in messages)


def _size(shape: tuple[int, int]) -> str:
    return f"{shape[0]} entries" if shape[1] == 1 else f"{shape[0]}×{shape[1]}"


# ---- decimals and tolerances ------------------------------------------------------------------------------


def _close(problem: Problem, given: Scalar, truth: sympy.Expr, decimals: str) -> Judgement | None:
    """The judgement by tolerance or digits, None if neither is asked for."""
    allowed = tolerance(problem.options.get("tolerance"), truth)
    if decimals not in DECIMALS:
        raise InputError(f'The option "decimals" is one of {", ".join(DECIMALS)}, but it is {decimals!r}.')
    if decimals == "rounded":
        rounded = digits_given(given.tree)
        if rounded is not None and truth != given.value:
            least = int(problem.options.get("digits", MIN_DIGITS))
            digits, half = rounded
            if digits < least and not truth.is_Integer:
                return Judgement(Verdict.WRONG, messages=(Message("too_few_digits", {"digits": str(least)}),))
            allowed = half if allowed is None else sympy.Max(allowed, half)
    if allowed is None:
        return None
    if given.value.has(sympy.oo, -sympy.oo) or truth.has(sympy.oo, -sympy.oo, sympy.I) or given.value.has(sympy.I):
        return None
    off = sign(allowed - sympy.Abs(given.value - truth))
    if off is None:
        return Judgement(Verdict.UNDECIDED)
    if off >= 0:
        return RIGHT
    return Judgement(Verdict.WRONG, messages=(Message("outside_tolerance"),))


def tolerance(option: Any, truth: sympy.Expr) -> sympy.Expr | None:
    """How far an answer may be from the truth.

    Parameters
    ----------
    option : a number (absolute), or a table with ``absolute``, ``relative`` or ``significant`` (figures)

    Raises
    ------
    InputError
        If the option is none of these.
    """
    if option is None:
        return None
    if not isinstance(option, Mapping):
        return _not_negative(option)
    found = []
    for name, value in option.items():
        if name == "absolute":
            found.append(_not_negative(value))
        elif name == "relative":
            found.append(_not_negative(value) * sympy.Abs(truth))
        elif name == "significant":
            found.append(_half_unit(truth, int(value)))
        else:
            raise InputError(f'A tolerance is "absolute", "relative" or "significant", but it is {name!r}.')
    if not found:
        raise InputError('A tolerance needs "absolute", "relative" or "significant".')
    return sympy.Max(*found)


def _not_negative(value: Any) -> sympy.Expr:
    number = exact_number(value, "tolerance")
    if sign(number) not in (0, 1):
        raise InputError(f"A tolerance is at least 0, but it is {value}.")
    return number


def _half_unit(truth: sympy.Expr, figures: int) -> sympy.Expr:
    """Half a unit of the last of so many significant figures of the truth."""
    if figures < 1:
        raise InputError(f"Significant figures are at least 1, but they are {figures}.")
    if truth == 0:
        return sympy.Integer(0)
    size = int(sympy.floor(sympy.log(sympy.Abs(truth), 10).evalf(30)))
    return sympy.Rational(10) ** (size - figures + 1) / 2


def digits_given(tree: Node) -> tuple[int, sympy.Expr] | None:
    """Significant digits and half a unit of the last place of a decimal as written; None if it is no decimal."""
    while tree.op in ("neg", "group"):
        tree = tree.args[0]
    scale = 0
    if tree.op == "mul" and len(tree.args) == 2 and tree.args[1].op == "pow":  # 1.5·10^3
        base, exponent = tree.args[1].args
        if base.op == "num" and base.value == 10:
            negative = exponent.op == "neg"
            exponent = exponent.args[0] if negative else exponent
            if exponent.op == "num" and isinstance(exponent.value, Fraction) and exponent.value <= 300:
                scale = -int(exponent.value) if negative else int(exponent.value)
                tree = tree.args[0]
    if tree.op != "decimal":
        return None
    digits, _, power = str(tree.value).lower().partition("e")
    places = len(digits.partition(".")[2])
    significant = len(digits.replace(".", "").lstrip("0"))
    return significant, sympy.Rational(10) ** (int(power or 0) + scale - places) / 2


def _with_hint(judgement: Judgement, given: Scalar, truth: sympy.Expr) -> Judgement:
    """A wrong decimal that is the truth rounded: say that the exact value is asked for."""
    if judgement.verdict is not Verdict.WRONG or given.value.free_symbols or truth.free_symbols:
        return judgement
    rounded = digits_given(given.tree)
    if rounded is None or truth.has(sympy.I, sympy.oo, -sympy.oo):
        return judgement
    if sign(rounded[1] - sympy.Abs(given.value - truth)) in (0, 1):
        return replace(judgement, messages=(Message("rounded_value"),))
    return judgement


__all__ = ["compare", "compare_all", "compare_matrix", "digits_given", "scalar", "together", "tolerance"]
