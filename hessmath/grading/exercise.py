"""An exercise, and the grading of one answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy

from hessmath.errors import HessmathError, InputError
from hessmath.grading.answers import read
from hessmath.grading.grade import Grade, Judgement, Verdict
from hessmath.grading.kinds import KINDS, Kind, Problem

COMMON = frozenset({"id", "kind", "points", "prompt", "title", "variables", "depends"})
"""Fields that every exercise may have."""

OPTIONS = frozenset({"domain", "tolerance", "mode"})


@dataclass(frozen=True)
class Exercise:
    """One question: a kind, the problem's data, and how much it is worth.

    Examples
    --------
    >>> from hessmath.grading import Exercise
    >>> square = Exercise.from_dict({"id": "1", "kind": "expression", "variables": "x", "answer": "(x + 1)**2"})
    >>> square.grade("x**2 + 2*x + 1").verdict
    <Verdict.RIGHT: 'proved right'>
    >>> square.grade("x**2 + 1").correct
    False
    """

    id: str
    kind: str
    data: Mapping[str, Any]
    points: float = 1.0
    prompt: str = ""
    variables: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    depends: tuple[str, ...] = ()

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Exercise:
        """The exercise that a table of an assignment describes.

        Raises
        ------
        InputError
            If a field is missing or unknown, or the kind does not exist.
        """
        given = dict(data)
        name = given.get("kind")
        if name not in KINDS:
            raise InputError(f"There is no kind {name!r}; the kinds are {', '.join(sorted(KINDS))}.")
        kind = KINDS[name]
        fields = {key: value for key, value in given.items() if key not in COMMON | OPTIONS}
        unknown = fields.keys() - {*kind.needs, *kind.may}
        if unknown:
            raise InputError(f"An exercise of kind {name} has no field {sorted(unknown)[0]!r}.")
        missing = [key for key in kind.needs if key not in fields]
        if missing:
            raise InputError(f'An exercise of kind {name} needs the field "{missing[0]}".')
        variables = given.get("variables", ())
        return Exercise(
            id=str(given.get("id", "")),
            kind=str(name),
            data=fields,
            points=float(given.get("points", 1)),
            prompt=str(given.get("prompt", "")),
            variables=tuple(variables.split() if isinstance(variables, str) else map(str, variables)),
            options={key: given[key] for key in OPTIONS & given.keys()},
            depends=tuple(given.get("depends", ())),
        )

    @cached_property
    def problem(self) -> Problem:
        """The data, with symbols for the variables."""
        symbols = {name: sympy.Symbol(name, real=True) for name in self.variables}
        return Problem(self.kind, self.data, symbols, self.options)

    @cached_property
    def truth(self) -> Any:
        """The right answer, derived from the problem."""
        return self._row.truth(self.problem)

    @property
    def _row(self) -> Kind:
        return KINDS[self.kind]

    def grade(self, answer: Any) -> Grade:
        """Judge an answer; what cannot be read gives a Grade with an ``error``, not an exception."""
        truth = self.truth
        try:
            reading = read(answer, self.problem.symbols)
            judgement = self._row.judge(self.problem, truth, reading.value)
        except HessmathError as error:
            return Grade(self.id, self.points, 0.0, Verdict.NOT_READ, error=str(error))
        return self._graded(judgement, reading.latex)

    def _graded(self, judgement: Judgement, latex: str) -> Grade:
        return Grade(
            exercise=self.id,
            points=self.points,
            score=self.points * float(judgement.fraction),
            verdict=judgement.verdict,
            understood_as=latex,
            where=judgement.where,
            error_bound=None if judgement.error_bound is None else float(judgement.error_bound),
        )
