"""Which slip explains a wrong answer.

Candidates come from three sources, in this order: the slips in the row of the kind (what the mistake would have
given, derived from the problem), edits that any value can have, and, for arrays, what explains every wrong entry.  A
slip is named only if it alone explains the answer, among those of the first source that explains it at all.  The
search is counted in candidates, so that the same answer gets the same diagnosis everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sympy

from hessmath.errors import HessmathError
from hessmath.grading import answers, edits
from hessmath.grading.answers import Value
from hessmath.grading.equality import equal
from hessmath.grading.grade import Verdict
from hessmath.grading.kinds.kind import Kind, Problem

MAX_CANDIDATES = 200
"""Most candidates that one answer is compared with."""


@dataclass
class _Comparison:
    """Whether a candidate is what was answered; each is judged once, and only so many."""

    kind: Kind
    problem: Problem
    answer: Value
    left: int = MAX_CANDIDATES
    known: dict[Any, bool] = field(default_factory=dict)

    def fits(self, candidate: Any) -> bool:
        """Whether an answer to a problem with this truth would be right."""
        if candidate not in self.known:
            if self.left == 0:
                return False
            self.left -= 1
            try:
                verdict = self.kind.judge(self.problem, candidate, self.answer).verdict
            except (HessmathError, ArithmeticError, ValueError, TypeError):
                verdict = Verdict.UNDECIDED  # a slip that leads to no answer of this kind
            self.known[candidate] = verdict is Verdict.RIGHT
        return self.known[candidate]


def diagnose(kind: Kind, problem: Problem, truth: Any, answer: Value) -> str | None:
    """The name of the one slip that explains a wrong answer; None if none or several do."""
    comparison = _Comparison(kind, problem, answer)
    for candidates in (_of_the_kind(kind, problem, truth), _edited(edits.WHOLE, problem, truth)):
        names = _explaining(comparison, candidates)
        if names:
            return names[0] if len(names) == 1 else None
    names = _explaining_entries(kind, problem, truth, answer)
    if not names:
        names = _explaining(comparison, _edited(edits.PARTS, problem, truth))
    return names[0] if len(names) == 1 else None


def _of_the_kind(kind: Kind, problem: Problem, truth: Any) -> Iterator[tuple[str, Any]]:
    for slip in kind.slips:
        try:
            yield from ((slip.name, candidate) for candidate in slip.answers(problem, truth))
        except (HessmathError, ArithmeticError):
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


def _explaining_entries(kind: Kind, problem: Problem, truth: Any, answer: Value) -> list[str]:
    """The names that explain every wrong entry; ``one_entry`` when nothing does and only one is wrong."""
    pairs = _wrong_entries(problem, truth, answer)
    if not pairs:
        return []
    common: list[str] | None = None
    for i, j, written, right in pairs:
        names = [
            name for name, candidate in _of_entry(kind, problem, right, i, j) if _same(written, candidate, problem)
        ]
        common = [name for name in dict.fromkeys(names) if common is None or name in common]
    if common:
        own = [name for name in common if name not in edits.PARTS]  # a wrong rule says more than an edit
        return own or common
    return ["one_entry"] if len(pairs) == 1 and isinstance(truth, sympy.MatrixBase) and len(truth) > 1 else []


def _of_entry(kind: Kind, problem: Problem, right: sympy.Expr, i: int, j: int) -> Iterator[tuple[str, sympy.Expr]]:
    if kind.entry_slips is not None:
        yield from kind.entry_slips(problem, i, j)
    for name, edit in edits.PARTS.items():
        for candidate in edit(right, problem.variables):
            yield name, candidate


def _wrong_entries(problem: Problem, truth: Any, answer: Value) -> list[tuple[int, int, sympy.Expr, sympy.Expr]]:
    """(i, j, what was written, what is right) for every entry that differs; nothing if the shapes do."""
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
    if written.shape != truth.shape:
        return []
    return [
        (i, j, written[i, j], truth[i, j])
        for i in range(truth.rows)
        for j in range(truth.cols)
        if not _same(written[i, j], truth[i, j], problem)
    ]


def _same(a: sympy.Expr, b: sympy.Expr, problem: Problem) -> bool:
    if a == b:
        return True
    return equal(a, b, problem.variables, str(problem.options.get("domain", "real"))).verdict is Verdict.RIGHT
