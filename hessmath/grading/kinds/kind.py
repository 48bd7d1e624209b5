"""The row of the table of kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy

from hessmath.grading.answers import Reading, Value
from hessmath.grading.grade import Judgement
from hessmath.grading.kinds.plain import plain


@dataclass(frozen=True)
class Problem:
    """The data of an exercise, read: what a kind derives the truth from.

    ``data`` holds the fields of the kind, as they were given; ``symbols`` the declared variables by name; ``options``
    the rest (domain, tolerance, mode …).
    """

    kind: str
    data: Mapping[str, Any]
    symbols: Mapping[str, sympy.Symbol]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[sympy.Symbol, ...]:
        """The variables in order."""
        return tuple(self.symbols.values())


@dataclass(frozen=True)
class Slip:
    """A mistake that students make: a name, and the answers that it would give, derived from the problem.

    ``answers(problem, truth)`` yields what the right answer would be to somebody who makes the mistake: things that
    ``Kind.judge`` takes in the place of the truth.  ``rank`` 1 is for slips that explain many answers by accident,
    such as another point: they count only where nothing else explains the answer.
    """

    name: str
    answers: Callable[[Problem, Any], Iterable[Any]]
    rank: int = 0


@dataclass(frozen=True)
class Kind:
    """One kind of exercise.

    Parameters
    ----------
    name : as in an assignment's ``kind = "…"``
    needs : fields that the problem must have
    may : fields that it may have
    truth : Problem → the right answer (any object that ``judge`` and ``show`` understand)
    judge : (Problem, truth, answer) → Judgement
    show : truth → LaTeX of a right answer
    entry_slips : (Problem, i, j) → what one mistake makes of entry (i, j) of an array, as (name, expression)
    answer : truth → a right answer as a student would give it, in texts and lists
    entries : truth → its entries as a matrix with one row for each item of an answer, where it is no matrix itself
    shown : (Problem, truth, answer) → the name of what is wrong, where the answer's own parts show it
    slips : mistakes to look for when the answer is wrong
    read : (Problem, what the student wrote) → Reading; where words or claims may be answers.  By default
        ``answers.read`` with the problem's symbols.
    synonyms : other names of fields, with the field that each means
    """

    name: str
    needs: tuple[str, ...]
    truth: Callable[[Problem], Any]
    judge: Callable[[Problem, Any, Value], Judgement]
    show: Callable[[Any], str]
    may: tuple[str, ...] = ()
    slips: tuple[Slip, ...] = ()
    entry_slips: Callable[[Problem, int, int], Sequence[tuple[str, sympy.Expr]]] | None = None
    answer: Callable[[Any], Any] = plain
    read: Callable[[Problem, Any], Reading] | None = None
    entries: Callable[[Any], sympy.MatrixBase | None] | None = None
    shown: Callable[[Problem, Any, Value], str | None] | None = None
    synonyms: Mapping[str, str] = field(default_factory=dict)
