"""Which slip explains a wrong answer.

Causes come first: the slips in the row of the kind (what the mistake would have given, derived from the problem) and
wrong rules that explain every wrong entry.  A cause is named only if it alone explains the answer.  Otherwise what can
be seen is named, which is true whatever the cause: the opposite sign, a transpose, one wrong term or entry, the first
that fits in the order of the tables.  The search is counted in candidates, so that the same answer gets the same
diagnosis everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sympy

from hessmath.errors import HessmathError
from hessmath.grading import answers, edits, repairs
from hessmath.grading.answers import Value
from hessmath.grading.equality import equal
from hessmath.grading.grade import Judgement, Verdict
from hessmath.grading.kinds.kind import Kind, Problem

MAX_CANDIDATES = 200
"""Most candidates that one answer is compared with."""

MAX_REPAIRS = 80
"""Most repaired answers that are judged."""

MAX_SIZE = 800
"""Parts of an answer above which no slip is looked for."""

MAX_STEPS = 8000
"""Most parts of repaired answers that are judged: of a large answer fewer repairs are tried."""

SEEN = (*edits.WHOLE, *edits.PARTS)
"""Names that say what can be seen, not why."""

EVERYWHERE = set(edits.WHOLE) - {"swapped_variables"}
"""Names that explain several wrong entries better than a rule that went wrong in each of them."""

WEAK = {
    "wrong_variable",
    "one_derivative_missing",
    "one_derivative_too_many",
    "direction_swapped",
    "eigenvalues_of_the_inverse",
    "eigenvalues_of_the_square",
}
"""Causes that count only where nothing else is seen: they explain many answers by accident."""

ARGUMENTS = {"derivation", "proof", "counterexample", "code"}
"""Kinds whose answers are of the student's own making: a change that makes one right shows no slip."""

RARE = {
    "function_kept",
    "constant_factor_lost",
    "derivative_inside",
    "exponential_as_power",
    "constant_kept",
    "other_variable_differentiated",
}
"""Rules that are seldom broken in this way: another rule that explains the same goes before them."""

FINDINGS = {
    "wrong_multiplicity": "wrong_multiplicity",
    "wrong_multiplicities": "wrong_multiplicity",
    "eigenvalues_missing": "part_missing",
    "eigenpairs_missing": "part_missing",
    "critical_points_missing": "part_missing",
    "missing_members": "part_missing",
    "span_too_small": "part_missing",
    "vectors_dependent": "vectors_dependent",
    "row_equivalent_not_reduced": "not_reduced",
    "negative_singular_value": "negative_singular_value",
    "wrong_kind_of_point": "kind_of_a_point",
}
"""Slips that the judgement itself has found, by the key of its message."""


@dataclass
class _Comparison:
    """Whether a candidate is what was answered; each is judged once, and only so many."""

    kind: Kind
    problem: Problem
    truth: Any
    answer: Value
    size: int
    left: int = MAX_CANDIDATES
    known: dict[Any, bool] = field(default_factory=dict)

    def fits(self, candidate: Any) -> bool:
        """Whether an answer to a problem with this truth would be right."""
        if candidate not in self.known:
            if self.left == 0:
                return False
            self.left -= 1
            self.known[candidate] = self._is_right(candidate, self.answer)
        return self.known[candidate]

    def judged(self, answer: Value) -> Judgement | None:
        """The judgement on another answer; None if there is none."""
        try:
            return self.kind.judge(self.problem, self.truth, answer)
        except (HessmathError, ArithmeticError, ValueError, TypeError):
            return None  # a slip that leads to no answer of this kind

    def _is_right(self, truth: Any, answer: Value) -> bool:
        try:
            return self.kind.judge(self.problem, truth, answer).verdict is Verdict.RIGHT
        except (HessmathError, ArithmeticError, ValueError, TypeError):
            return False


def diagnose(kind: Kind, problem: Problem, truth: Any, answer: Value) -> str | None:
    """The name of the slip that explains a wrong answer; None if none does."""
    comparison = _Comparison(kind, problem, truth, answer, repairs.size(answer))
    judgement = comparison.judged(answer)
    if comparison.size > MAX_SIZE:
        return _found(judgement)
    wrong = _wrong_entries(kind, problem, truth, answer, judgement)
    of_kind = _explaining(comparison, _of_the_kind(kind, problem, truth, 0))
    common = _explaining_entries(kind, problem, wrong)
    rules = [name for name in common if name not in SEEN]
    causes = [name for name in of_kind if name not in SEEN and name not in WEAK]
    if _is_value(truth) and set(causes) - RARE:
        causes = [name for name in causes if name not in RARE]
    doubts = set(of_kind) & set(SEEN) - ({"lost_term"} if "product_rule" in causes else set())
    if len(causes) == 1 and not (_is_value(truth) and doubts):
        return causes[0]
    whole = _explaining(comparison, _edited(edits.WHOLE, problem, truth))
    strong = [name for name in rules if name not in WEAK]
    strong = [name for name in strong if name not in RARE] or strong
    if not causes and len(strong) == 1 and not (len(wrong) > 2 or (len(wrong) == 2 and set(whole) & EVERYWHERE)):
        return strong[0]
    if whole:
        return _first(whole)
    if not causes and len(strong) == 1:
        return strong[0]
    visible = [name for name in (*of_kind, *common) if name in SEEN]
    elsewhere = _explaining(comparison, _of_the_kind(kind, problem, truth, 1)) if not causes and not strong else []
    if visible and elsewhere and len(wrong) == 1 and "point" in problem.data:
        return None if _is_value(truth) else "one_entry"
    if visible and not (_is_value(truth) and (causes or strong or len(set(visible)) > 1)):
        return _first(visible)
    if not causes and not strong:
        weak = list(dict.fromkeys(name for name in (*of_kind, *rules) if name in WEAK))
        guesses = weak + elsewhere if not (len(wrong) == 1 and _has_hidden_terms(problem, truth)) else []
        if len(guesses) == 1 and not visible:
            return guesses[0]
    parts = _explaining(comparison, _edited(edits.PARTS, problem, truth)) if not wrong else []
    if parts:
        return _first(parts)
    seen = _of_few_entries(truth, wrong) or _found(judgement)
    if seen or causes:
        return seen
    return _by_repair(comparison) or _shown(comparison)


def _is_value(truth: Any) -> bool:
    """Whether the truth is one number, which many slips can give by accident."""
    return isinstance(truth, sympy.Expr) and not isinstance(truth, sympy.MatrixBase) and not truth.free_symbols


def _has_hidden_terms(problem: Problem, truth: Any) -> bool:
    return "point" in problem.data and isinstance(truth, sympy.MatrixBase)


def _first(names: list[str]) -> str:
    return min(names, key=SEEN.index)


def _of_the_kind(kind: Kind, problem: Problem, truth: Any, rank: int) -> Iterator[tuple[str, Any]]:
    for slip in kind.slips:
        if slip.rank == rank:
            try:
                yield from ((slip.name, candidate) for candidate in slip.answers(problem, truth))
            except (HessmathError, ArithmeticError, ValueError, TypeError):
                continue  # a slip that leads nowhere in this problem


def _edited(table: dict[str, edits.Edit], problem: Problem, truth: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(truth, sympy.MatrixBase | sympy.Expr | tuple):
        for name, edit in table.items():
            for candidate in edit(truth, problem.variables):
                yield name, candidate


def _explaining(comparison: _Comparison, candidates: Iterable[tuple[str, Any]]) -> list[str]:
    """The names of the slips whose answer this is, each once."""
    names: list[str] = []
    for name, candidate in candidates:
        if name not in names and comparison.fits(candidate):
            names.append(name)
    return names


# ---- entries ----------------------------------------------------------------------------------------------------

Wrong = tuple[int, int, sympy.Expr, sympy.Expr]
"""Row, column, what was written, and what is right."""


def _explaining_entries(kind: Kind, problem: Problem, wrong: list[Wrong]) -> list[str]:
    """The names that explain every wrong entry."""
    common: list[str] | None = None
    for i, j, written, right in wrong:
        names: list[str] = []
        for name, candidate in _of_entry(kind, problem, right, i, j):
            possible = name not in names and (common is None or name in common)
            if possible and _same(written, candidate, problem):
                names.append(name)
        common = names
        if not common:
            break
    few = len(wrong) == 1 or _are_mirrored(wrong)  # "one term" is no word for several entries
    return [name for name in common or [] if few or name not in SEEN]


def _of_few_entries(truth: Any, wrong: list[Wrong]) -> str | None:
    """A wrong coefficient, one wrong entry, or one with the entry that mirrors it."""
    mirrored = _are_mirrored(wrong)
    if len(wrong) != 1 and not mirrored:
        return None
    _, _, written, right = wrong[0]
    if edits.wrong_coefficient(written, right):
        return "coefficient_of_a_term"
    if mirrored:
        return "entry_and_its_mirror"
    return "one_entry" if isinstance(truth, sympy.MatrixBase) or not isinstance(truth, sympy.Expr) else None


def _are_mirrored(wrong: list[Wrong]) -> bool:
    return len(wrong) == 2 and wrong[0][:2] == wrong[1][1::-1] and wrong[0][2:] == wrong[1][2:]


def _of_entry(kind: Kind, problem: Problem, right: sympy.Expr, i: int, j: int) -> Iterator[tuple[str, sympy.Expr]]:
    if kind.entry_slips is not None:
        yield from kind.entry_slips(problem, i, j)
    for name, edit in edits.PARTS.items():
        for candidate in edit(right, problem.variables):
            yield name, candidate
    yield from (("sign_of_a_term", -right), ("factor_in_a_term", 2 * right), ("factor_in_a_term", right / 2))


def _wrong_entries(kind: Kind, problem: Problem, truth: Any, answer: Value, judgement: Judgement | None) -> list[Wrong]:
    """Every entry that differs; nothing if the shapes do."""
    if kind.entries is not None:
        truth = kind.entries(truth)
    try:
        if isinstance(truth, sympy.MatrixBase):
            written = answers.vector(answer) if 1 in truth.shape else answers.matrix(answer)
            if written.shape == truth.T.shape and 1 in truth.shape:
                written = written.reshape(*truth.shape)
        elif isinstance(truth, sympy.Expr):
            truth, written = sympy.Matrix([truth]), sympy.Matrix([answers.scalar(answer)])
        else:
            return []
    except HessmathError:
        return []
    if kind.entries is not None and written.shape == (truth.rows + 1, truth.cols):
        written = written[1:, :]  # the start was written too
    if written.shape != truth.shape:
        return []
    rows = range(truth.rows)
    where = judgement.where if judgement is not None else {}
    if "followed" in where and int(where["iterate"]) + int(where["followed"]) == truth.rows:
        rows = range(int(where["iterate"]))  # what comes after follows from it
    return [
        (i, j, written[i, j], truth[i, j])
        for i in rows
        for j in range(truth.cols)
        if not _same(written[i, j], truth[i, j], problem)
    ]


def _same(a: sympy.Expr, b: sympy.Expr, problem: Problem) -> bool:
    if a == b:
        return True
    if a.is_Rational and b.is_Rational:
        return False
    return equal(a, b, problem.variables, str(problem.options.get("domain", "real"))).verdict is Verdict.RIGHT


# ---- answers that are right in many ways -------------------------------------------------------------------------


def _by_repair(comparison: _Comparison) -> str | None:
    """What makes the answer right when it is undone."""
    if isinstance(comparison.truth, sympy.MatrixBase | sympy.Expr | str) or comparison.kind.name in ARGUMENTS:
        return None  # there, every edit of the truth was tried, or the answer is not the truth written otherwise
    left = MAX_STEPS // comparison.size
    shorter = [comparison.judged(answer) for answer in islice(repairs.without_one(comparison.answer), left)]
    if any(judged is not None and judged.verdict is Verdict.RIGHT for judged in shorter):
        return "one_too_many"
    left = min(MAX_REPAIRS, left)
    for name, answer in repairs.repaired(comparison.answer):
        left -= 1
        judged = comparison.judged(answer) if left >= 0 and answer != comparison.answer else None
        if judged is not None and judged.verdict is Verdict.RIGHT:
            return name
    for judged in shorter:
        if _found(judged) == "part_missing" and judged is not None and _count(judged) == 1:
            return "one_entry"
    return None


def _shown(comparison: _Comparison) -> str | None:
    """What the parts of the answer show of each other."""
    if comparison.kind.shown is None:
        return None
    try:
        return comparison.kind.shown(comparison.problem, comparison.truth, comparison.answer)
    except (HessmathError, ArithmeticError, ValueError, TypeError):
        return None


def _count(judged: Judgement) -> int:
    fields = judged.messages[0].fields
    return int(fields["count"]) if "count" in fields else int(fields["needed"]) - int(fields["given"])


def _found(judgement: Judgement | None) -> str | None:
    """The slip that the judgement has found."""
    if judgement is None or len(judgement.messages) != 1:
        return None
    message = judgement.messages[0]
    if message.key == "wrong_number_of_vectors":
        given, needed = int(message.fields["given"]), int(message.fields["needed"])
        return "part_missing" if given < needed else "one_too_many"
    if message.key == "wrong_kind_of_point" and judgement.fraction == 0:
        return None  # there is only one point
    return FINDINGS.get(message.key)
