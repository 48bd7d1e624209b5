"""nbgrader: the points of an answer as the value of an autograded cell, with nothing on standard error.

nbgrader takes the first value that such a cell returns as partial credit, and any error or line on standard error as
no points.  So the cell's last line is ``points(exercise, answer)``.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from hessmath.grading.exercise import Exercise
from hessmath.grading.grade import Grade, Verdict


def points(exercise: Exercise | Mapping[str, Any], answer: Any) -> float:
    """The points that an answer earns, between 0 and the exercise's points; what is to be said is printed.

    Parameters
    ----------
    exercise : an ``Exercise`` or its table
    answer : text, numbers, lists; NumPy arrays and SymPy objects are taken as they are printed

    Raises
    ------
    InputError
        If the exercise itself cannot be used; never for an answer.

    Examples
    --------
    >>> exercise = {"id": "1", "kind": "expression", "variables": "x", "answer": "x*x", "points": 2}
    >>> points(exercise, "x**2")
    Right.
    2.0
    """
    grade = judged(exercise, answer)
    for line in grade.feedback:
        print(line)
    if grade.verdict is Verdict.NOT_READ:
        print(grade.error)
    return float(grade.score)


def judged(exercise: Exercise | Mapping[str, Any], answer: Any) -> Grade:
    """The grade of a value from a notebook, with standard error and warnings kept quiet."""
    table = exercise if isinstance(exercise, Exercise) else Exercise.from_dict(exercise)
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return table.grade(written(answer))


def written(value: Any, depth: int = 0) -> Any:
    """A value of a notebook as texts and lists: arrays and matrices as lists, formulas as their text."""
    if depth > 8 or value is None or isinstance(value, str | bool):
        return value if not isinstance(value, bool) else str(value)
    if isinstance(value, Mapping):
        return {str(name): written(part, depth + 1) for name, part in value.items()}
    if hasattr(value, "tolist"):
        return written(value.tolist(), depth + 1)
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(str(part) for part in value)) + "}"
    if isinstance(value, Sequence):
        return [written(part, depth + 1) for part in value]
    return str(value)
