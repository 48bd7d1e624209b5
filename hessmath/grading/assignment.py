"""An assignment: exercises in order, read from TOML, with variants and follow-through."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import sympy

from hessmath.errors import HessmathError, InputError
from hessmath.grading import answers as reading
from hessmath.grading.exercise import OPTIONS, Exercise
from hessmath.grading.follow_through import easier
from hessmath.grading.grade import Grade, Message, Verdict
from hessmath.grading.variants import drawn, filled

MAX_BYTES = 1_000_000
MAX_EXERCISES = 500

_FIELDS = frozenset({"title", "exercise", "options", "seed", "language", "intro", "total"})


@dataclass(frozen=True)
class Assignment:
    """Exercises in order; a field of one may be the answer of an earlier one.

    Examples
    --------
    >>> from hessmath.grading import Assignment
    >>> sheet = Assignment.from_dict(
    ...     {"title": "Squares", "exercise": [{"id": "1", "kind": "expression", "variables": "x", "answer": "x*x"}]}
    ... )
    >>> [grade.score for grade in sheet.grade({"1": "x**2"})]
    [1.0]
    """

    title: str
    exercises: tuple[Exercise, ...]
    seed: str = ""
    intro: str = ""
    language: str = "en"
    total: float | None = None

    @staticmethod
    def load(path: str | Path) -> Assignment:
        """The assignment of a TOML file.

        Raises
        ------
        InputError
            If the file is too large, no TOML, or not an assignment; the message says where.
        """
        path = Path(path)
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise InputError(f"{path} has {len(raw):,} bytes, but an assignment has at most {MAX_BYTES:,}.")
        try:
            data = tomllib.loads(raw.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is not a TOML file: {error}.") from None
        try:
            return Assignment.from_dict(data)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Assignment:
        """The assignment that tables describe.

        Raises
        ------
        InputError
            If a table is not an exercise, two have one id, or one depends on what does not come before it.
        """
        unknown = sorted(data.keys() - _FIELDS)
        if unknown:
            raise InputError(f"An assignment has no field {unknown[0]!r}; its fields are {', '.join(sorted(_FIELDS))}.")
        tables = data.get("exercise", [])
        if not isinstance(tables, list) or not tables:
            raise InputError("An assignment has at least one [[exercise]].")
        if len(tables) > MAX_EXERCISES:
            raise InputError(f"An assignment has at most {MAX_EXERCISES} exercises, but this has {len(tables)}.")
        defaults = data.get("options", {})
        if not isinstance(defaults, Mapping) or defaults.keys() - OPTIONS:
            raise InputError(f"[options] holds {', '.join(sorted(OPTIONS))}, but is {defaults!r}.")
        exercises: list[Exercise] = []
        for number, table in enumerate(tables, 1):
            name = str(table.get("id", number)) if isinstance(table, Mapping) else str(number)
            try:
                exercise = Exercise.from_dict({**defaults, **table, "id": name})
            except (InputError, TypeError) as error:
                raise InputError(f"Exercise {name}: {error}") from None
            _require_new(exercise, exercises)
            exercises.append(exercise)
        return Assignment(
            str(data.get("title", "Assignment")),
            tuple(exercises),
            str(data.get("seed", "")),
            str(data.get("intro", "")),
            str(data.get("language", "en")),
            data.get("total"),
        )

    def to_dict(self) -> dict[str, Any]:
        """The tables that ``from_dict`` reads."""
        stated = {"seed": self.seed, "language": self.language, "intro": self.intro, "total": self.total}
        tables = [exercise.to_dict() for exercise in self.exercises]
        return {"title": self.title, **{name: value for name, value in stated.items() if value}, "exercise": tables}

    @property
    def points(self) -> float:
        """What all exercises are worth."""
        return sum(exercise.points for exercise in self.exercises)

    def for_student(self, student: str) -> Assignment:
        """The assignment with this student's parameters filled in; the same one where there are none."""
        if not any(exercise.parameters for exercise in self.exercises):
            return self
        return replace(self, exercises=tuple(self._variant(exercise, student) for exercise in self.exercises))

    def _variant(self, exercise: Exercise, student: str) -> Exercise:
        if not exercise.parameters:
            return exercise
        numbers = drawn(exercise.parameters, self.seed, student, exercise.id)
        return replace(
            exercise,
            data=filled(exercise.data, numbers),
            key=filled(exercise.key, numbers),
            prompt=filled(exercise.prompt, numbers),
            parameters={},
        )

    @cached_property
    def solved(self) -> dict[str, Exercise]:
        """Every exercise by id, what depends on an earlier answer filled with the right one.

        Raises
        ------
        InputError
            If an exercise cannot be solved.
        """
        found: dict[str, Exercise] = {}
        for exercise in self.exercises:
            known = {name: found[source].right_answer for name, source in exercise.depends.items()}
            found[exercise.id] = exercise.with_data(**known) if known else exercise
        return found

    def grade(self, answers: Mapping[str, Any]) -> list[Grade]:
        """A grade for every exercise, in order; one that was not answered gets 0 points and says so."""
        return list(self.graded(answers))

    def graded(self, answers: Mapping[str, Any]) -> Iterator[Grade]:
        """The grades of :meth:`grade`, one at a time, so that a limit of time can be set for each."""
        grades: dict[str, Grade] = {}
        for exercise in self.exercises:
            if exercise.id not in answers or _is_empty(answers[exercise.id]):
                grades[exercise.id] = Grade(
                    exercise.id, exercise.points, 0.0, Verdict.WRONG, (Message("not_answered"),)
                )
                yield grades[exercise.id]
                continue
            grade = self.solved[exercise.id].grade(answers[exercise.id])
            if exercise.depends and grade.verdict is Verdict.WRONG:
                grade = self._followed(exercise, answers, grades, grade)
            grades[exercise.id] = grade
            yield grade

    def _followed(
        self, exercise: Exercise, answers: Mapping[str, Any], grades: Mapping[str, Grade], grade: Grade
    ) -> Grade:
        """The grade with marks for method, if the answer is right for the student's own earlier values."""
        own = {
            name: answers[source]
            for name, source in exercise.depends.items()
            if grades[source].verdict is Verdict.WRONG and source in answers
        }
        if not own:
            return grade
        for name in own:
            right = self.solved[exercise.depends[name]]
            reason = _easier(right, own[name])
            if reason is not None:
                if exercise.reveal != "everything":
                    return grade
                return replace(grade, messages=(*grade.messages, Message(reason)))
        try:
            again = self.solved[exercise.id].with_data(**own).grade(answers[exercise.id])
        except HessmathError:
            return grade
        if again.verdict is not Verdict.RIGHT:
            return grade
        score = max(grade.score, round(exercise.points * exercise.method, 6))
        said = (Message("follow_through"),) if exercise.reveal == "everything" else grade.messages
        return replace(grade, score=score, messages=said, diagnosis="follow_through")


def _require_new(exercise: Exercise, before: Sequence[Exercise]) -> None:
    ids = [other.id for other in before]
    if exercise.id in ids:
        raise InputError(f"Two exercises have the id {exercise.id!r}.")
    for source in exercise.depends.values():
        if source not in ids:
            raise InputError(f"Exercise {exercise.id} depends on {source!r}, which does not come before it.")


def _is_empty(answer: Any) -> bool:
    return answer is None or (isinstance(answer, str) and not answer.strip())


def _easier(exercise: Exercise, own: Any) -> str | None:
    """Why the own value makes the rest easier than the right one; unreadable values give no follow-through."""
    try:
        return easier(_exact(exercise.value(own)), _exact(exercise.value(exercise.right_answer)))
    except HessmathError:
        return "own_value_other_shape"


def _exact(value: reading.Value) -> Any:
    """A value as SymPy has it, to look at its structure."""
    if isinstance(value, reading.Scalar):
        return value.value
    if isinstance(value, reading.Items):
        parts = tuple(_exact(part) for part in value.items)
        if parts and all(isinstance(part, tuple) and len(part) == len(parts[0]) for part in parts):
            flat = [entry for part in parts for entry in part]
            if flat and all(isinstance(entry, sympy.Expr) for entry in flat):
                return sympy.ImmutableDenseMatrix([list(part) for part in parts])
        return parts
    return None
