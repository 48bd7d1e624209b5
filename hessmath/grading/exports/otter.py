"""otter: one test file for each exercise (the exception form), which passes when the answer earns full points.

The student's answer is the global ``answer_ID`` of the notebook (signs other than letters and digits become ``_``).
A case of otter's has no part of its points, so partial credit needs another export.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hessmath.grading.assignment import Assignment
from hessmath.grading.exercise import Exercise
from hessmath.grading.exports.archive import write_zip
from hessmath.grading.exports.nbgrader import judged
from hessmath.grading.grade import Verdict

_FILE = """# Written by hessmath from exercise {id}.
OK_FORMAT = False

from otter.test_files import test_case

name = {name!r}
points = {points!r}

EXERCISE = {text!r}


@test_case(points={points!r}, hidden=False)
def test_{variable}(env):
    from hessmath.grading.exports.otter import check

    check(EXERCISE, env)
"""


def test_file(exercise: Exercise) -> str:
    """The text of the test file of one exercise."""
    variable = _variable(exercise.id)
    text = json.dumps(exercise.to_dict(), default=str)
    name = re.sub(r"[^A-Za-z0-9]", "_", exercise.id)
    return _FILE.format(id=repr(exercise.id), name=name, points=exercise.points, text=text, variable=variable)


def _variable(name: str) -> str:
    return "answer_" + re.sub(r"[^A-Za-z0-9]", "_", name)


def check(text: str, env: Mapping[str, Any]) -> None:
    """Raise unless the answer in the notebook's globals earns full points; the message is the feedback.

    Examples
    --------
    >>> exercise = Exercise.from_dict({"id": "1a", "kind": "expression", "variables": "x", "answer": "x*x"})
    >>> check(json.dumps(exercise.to_dict()), {"answer_1a": "x**2"})
    """
    exercise = Exercise.from_dict(json.loads(text))
    variable = _variable(exercise.id)
    if variable not in env:
        raise AssertionError(f"There is no {variable}; write {variable} = your answer.")
    grade = judged(exercise, env[variable])
    if grade.score < grade.points:
        said = grade.error if grade.verdict is Verdict.NOT_READ else " ".join(grade.feedback)
        raise AssertionError(said)


def write_package(assignment: Path, path: Path, wheel: Path | None = None) -> None:
    """The zip with a folder ``tests`` of one file for each exercise, filled with the answers they depend on."""
    del wheel  # the environment of an otter notebook is its author's
    loaded = Assignment.load(assignment)
    solved = loaded.solved
    files: dict[str, str | bytes] = {
        f"tests/{re.sub(r'[^A-Za-z0-9]', '_', name)}.py": test_file(exercise) for name, exercise in solved.items()
    }
    write_zip(path, files)
