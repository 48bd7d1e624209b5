"""The results of a class on disk: a JSON file for each student, a table, a summary, all written atomically."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hessmath.errors import InputError
from hessmath.grading.assignment import Assignment
from hessmath.grading.grade import Verdict
from hessmath.grading.running import Result


@dataclass(frozen=True)
class ExerciseSummary:
    """How a class did in one exercise; ``part`` is the mean part of the points that was earned."""

    exercise: str
    points: float
    part: float
    verdicts: Mapping[str, int]
    slips: Mapping[str, int]


@dataclass(frozen=True)
class Summary:
    """A class in figures: exercises from the hardest, slips from the commonest, answers that need a human."""

    title: str
    students: int
    points: float
    mean: float
    median: float
    hardest: tuple[ExerciseSummary, ...]
    slips: tuple[tuple[str, int], ...]
    undecided: tuple[tuple[str, str, str], ...]
    problems: tuple[tuple[str, str], ...]
    isolation: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "title": self.title,
            "students": self.students,
            "points": self.points,
            "mean": self.mean,
            "median": self.median,
            "hardest": [
                {
                    "exercise": each.exercise,
                    "points": each.points,
                    "part": each.part,
                    "verdicts": dict(each.verdicts),
                    "slips": dict(each.slips),
                }
                for each in self.hardest
            ],
            "slips": [{"slip": name, "count": count} for name, count in self.slips],
            "undecided": [
                {"student": student, "exercise": exercise, "reason": reason}
                for student, exercise, reason in self.undecided
            ],
            "problems": [{"student": student, "problem": problem} for student, problem in self.problems],
            "isolation": self.isolation,
        }


def summary(assignment: Assignment, results: Sequence[Result], isolation: str = "") -> Summary:
    """The figures of a class; the same for the same results in any order."""
    ordered = sorted(results, key=lambda result: result.student)
    totals = sorted(result.score for result in ordered)
    middle = len(totals) // 2
    median = 0.0 if not totals else totals[middle] if len(totals) % 2 else (totals[middle - 1] + totals[middle]) / 2
    grades = [(result.student, grade) for result in ordered for grade in result.grades]
    exercises = []
    for exercise in assignment.exercises:
        own = [grade for _, grade in grades if grade.exercise == exercise.id]
        earned = [grade.score / grade.points for grade in own if grade.points > 0]
        exercises.append(
            ExerciseSummary(
                exercise.id,
                exercise.points,
                round(sum(earned) / len(earned), 4) if earned else 0.0,
                dict(sorted(Counter(grade.verdict.value for grade in own).items())),
                dict(_commonest(grade.diagnosis for grade in own)),
            )
        )
    return Summary(
        title=assignment.title,
        students=len(ordered),
        points=assignment.points,
        mean=round(sum(totals) / len(totals), 4) if totals else 0.0,
        median=round(median, 4),
        hardest=tuple(sorted(exercises, key=lambda each: each.part)),
        slips=_commonest(grade.diagnosis for _, grade in grades),
        undecided=tuple(
            (student, grade.exercise, " ".join(grade.feedback))
            for student, grade in grades
            if grade.verdict is Verdict.UNDECIDED
        ),
        problems=tuple((result.student, problem) for result in ordered for problem in result.problems),
        isolation=isolation,
    )


def _commonest(names: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    found = Counter(name for name in names if name)
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def file_name(student: str) -> str:
    """A student's name as the stem of a file; names that are no file names are refused by the reader of folders."""
    if not student or student in (".", "..") or "/" in student or "\0" in student:
        raise InputError(f"{student!r} cannot be the name of a file of results.")
    return student


def write_text(path: Path, text: str) -> None:
    """Write a text file at once; characters that no file can hold are written as escapes."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file at once: a reader sees the old content or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def as_json(data: Any) -> str:
    """JSON without NaN or infinity, for every writer of this package."""
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_result(folder: Path, result: Result) -> Path:
    """A student's result as JSON."""
    path = folder / "students" / f"{file_name(result.student)}.json"
    write_text(path, as_json(result.to_dict()))
    return path


def read_result(folder: Path, student: str, fingerprint: str) -> Result | None:
    """A result that was written before for the same assignment and files; None if there is none that can be used."""
    path = folder / "students" / f"{file_name(student)}.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Result.from_dict(data) if data["fingerprint"] == fingerprint else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def class_rows(assignment: Assignment, results: Sequence[Result]) -> list[list[str]]:
    """The class as a table: one row a student, with a head; harmless in a spreadsheet."""
    ids = [exercise.id for exercise in assignment.exercises]
    rows = [["student", "score", "points", "undecided", *ids, "problems"]]
    for result in sorted(results, key=lambda each: each.student):
        scores = {
            grade.exercise: "?" if grade.verdict is Verdict.UNDECIDED else f"{grade.score:g}" for grade in result.grades
        }
        row = [result.student, f"{result.score:g}", f"{result.points:g}", str(len(result.undecided))]
        rows.append([*row, *(scores.get(name, "") for name in ids), " ".join(result.problems)])
    return [[_cell(text) for text in row] for row in rows]


def _cell(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def write_class(folder: Path, assignment: Assignment, results: Sequence[Result], isolation: str = "") -> Summary:
    """The table ``class.csv`` and ``summary.json``."""
    import csv
    import io

    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(class_rows(assignment, results))
    write_text(folder / "class.csv", table.getvalue())
    found = summary(assignment, results, isolation)
    write_text(folder / "summary.json", as_json(found.to_dict()))
    return found
