"""Judgements put together: conditions that must hold, entries that must agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import wraps
from typing import Any

from hessmath.errors import InputError
from hessmath.grading.answers import Scalar, Value
from hessmath.grading.comparison import MIN_DIGITS, digits_given
from hessmath.grading.exact import CannotTell, Entry, Table, minus, number, plus
from hessmath.grading.grade import Judgement, Message, Verdict
from hessmath.grading.kinds.kind import Problem
from hessmath.grading.shapes import Grid, agrees
from hessmath.grading.shown import text_of

Judge = Callable[[Problem, Any, Value], Judgement]


def right(*messages: Message) -> Judgement:
    """Full marks."""
    return Judgement(Verdict.RIGHT, Fraction(1), messages)


def wrong(
    key: str,
    fields: Mapping[str, str] | None = None,
    *,
    fraction: Fraction | int = 0,
    where: Mapping[str, str] | None = None,
) -> Judgement:
    """Refuted, with the sentence that says why; ``where`` is the fields unless it is given."""
    said = dict(fields or {})
    return Judgement(
        Verdict.WRONG, Fraction(fraction), (Message(key, said),), dict(where) if where is not None else said
    )


def undecided(what: str) -> Judgement:
    """For a human."""
    return Judgement(Verdict.UNDECIDED, messages=(Message("cannot_tell", {"what": what[:300]}),))


def decided(judge: Judge) -> Judge:
    """The judge; where something could not be told exactly, its judgement is that nothing is decided."""

    @wraps(judge)
    def guarded(problem: Problem, truth: Any, answer: Value) -> Judgement:
        try:
            return judge(problem, truth, answer)
        except CannotTell as reason:
            return undecided(str(reason))

    return guarded


@dataclass(frozen=True)
class Condition:
    """An equation between matrices that a right answer satisfies: ``residual`` computes left minus right."""

    name: str
    residual: Callable[[], Table]


def first_failure(conditions: Sequence[Condition], problem: Problem, fraction: Fraction | int = 0) -> Judgement | None:
    """The judgement on the first condition that does not hold; None when all do.

    Raises
    ------
    CannotTell
        If a condition is not decided.
    """
    for condition in conditions:
        entry = condition.residual().nonzero(domain_of(problem))
        if entry is not None:
            return wrong("condition_fails", place(entry, condition.name), fraction=fraction)
    return None


def place(entry: Entry, condition: str) -> dict[str, str]:
    """Where a condition fails, counted from 1."""
    said = {
        "condition": condition,
        "row": str(entry.row + 1),
        "column": str(entry.column + 1),
        "difference": entry.value,
    }
    return said | ({"point": ", ".join(f"{k} = {v}" for k, v in entry.point.items())} if entry.point else {})


def domain_of(problem: Problem) -> str:
    """The domain that formulas are compared on."""
    return str(problem.options.get("domain", "real"))


def require_shape(answer: Grid, shape: tuple[int, int], what: str = "The answer") -> Judgement | None:
    """The judgement on a matrix of the wrong shape; None when it fits."""
    if answer.shape == shape:
        return None
    given = " × ".join(map(str, answer.shape))
    return wrong("wrong_shape", {"what": what, "needed": " × ".join(map(str, shape)), "given": given})


def compare_entries(answer: Grid, truth: Table, problem: Problem, what: str = "The answer") -> Judgement:
    """Entry by entry; the share of right entries is earned, none if no more than half of them are right.

    Raises
    ------
    CannotTell
        If all entries that are decided are right, but not all are decided.
    """
    misfit = require_shape(answer, truth.shape, what)
    if misfit is not None:
        return misfit
    bad: list[tuple[int, int]] = []
    doubt: CannotTell | None = None
    for i, j, value in truth.entries():
        try:
            if not agrees(answer.rows[i][j], value, problem):
                bad.append((i, j))
        except CannotTell as error:
            doubt = error
    if not bad:
        if doubt is not None:
            raise doubt
        return right()
    i, j = bad[0]
    total = truth.shape[0] * truth.shape[1]
    share = Fraction(total - len(bad), total)
    difference = plus(number(answer.rows[i][j].value), minus(truth.rows[i][j]))
    entry = Entry(i, j, difference, domain_of(problem))
    where = {"row": str(i + 1), "column": str(j + 1), "yours": text_of(answer.rows[i][j].value)}
    if entry.point:
        where["point"] = ", ".join(f"{k} = {v}" for k, v in entry.point.items())
    where["wrong_entries"] = "; ".join(f"{a + 1}, {b + 1}" for a, b in bad)
    key = "one_entry_wrong" if len(bad) == 1 and total > 1 else "entries_wrong" if total > 1 else "value_wrong"
    return wrong(key, where, fraction=share if share > Fraction(1, 2) else 0)


def too_few_digits(entries: Sequence[Scalar], problem: Problem) -> Judgement | None:
    """The judgement on decimals with fewer digits than a rounded answer needs; None when they have enough."""
    if "tolerance" in problem.options:
        return None
    least = int(problem.options.get("digits", MIN_DIGITS))
    for entry in entries:
        rounded = digits_given(entry.tree)
        if rounded is not None and rounded[0] < least and not entry.value.is_Integer:
            return wrong("too_few_digits", {"digits": str(least)}, where={"yours": str(entry.value)})
    return None


def flag(problem: Problem, name: str, default: bool) -> bool:
    """A field that is true or false.

    Raises
    ------
    InputError
        If it is something else.
    """
    value = problem.data.get(name, default)
    if not isinstance(value, bool):
        raise InputError(f'The field "{name}" must be true or false, but it is {value!r}.')
    return value


def choice(problem: Problem, name: str, options: Sequence[str], default: str) -> str:
    """A field that is one of some words.

    Raises
    ------
    InputError
        If it is something else.
    """
    value = problem.data.get(name, default)
    if value not in options:
        raise InputError(f'The field "{name}" must be one of {", ".join(options)}, but it is {value!r}.')
    return str(value)


def whole_number(problem: Problem, name: str, default: int, most: int) -> int:
    """A field that is a whole number from 1 to ``most``.

    Raises
    ------
    InputError
        If it is something else.
    """
    value = problem.data.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise InputError(f'The field "{name}" must be a whole number from 1 to {most}, but it is {value!r}.')
    return value
