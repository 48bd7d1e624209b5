"""Gradescope: results.json from a result, the zip of an autograder, and the program that it runs.

Fields as in Gradescope's autograder specification.  ``run_autograder`` calls ``python -m
hessmath.grading.exports.gradescope /autograder``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hessmath.errors import HessmathError, InputError
from hessmath.grading.assignment import Assignment
from hessmath.grading.exports.archive import shortened, wheel_files, write_zip
from hessmath.grading.feedback import texts
from hessmath.grading.grade import Grade, Verdict
from hessmath.grading.results import as_json, write_text
from hessmath.grading.running import Result, grade_class, sheet
from hessmath.grading.submissions import LARGEST_FILE, READERS, read_submission

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")


def results(
    assignment: Assignment, result: Result, *, visibility: str = "visible", seconds: float | None = None
) -> dict[str, Any]:
    """What goes into results.json: one test for each exercise, the whole result under ``extra_data``.

    Raises
    ------
    InputError
        If the visibility is none of Gradescope's.

    Examples
    --------
    >>> from hessmath.grading import Exercise
    >>> square = {"id": "1", "kind": "expression", "variables": "x", "answer": "x*x"}
    >>> sheet = Assignment.from_dict({"title": "Squares", "exercise": [square]})
    >>> result = Result("alice", tuple(sheet.grade({"1": "x**2"})))
    >>> [(test["name"], test["score"], test["status"]) for test in results(sheet, result)["tests"]]
    [('1', 1.0, 'passed')]
    """
    if visibility not in VISIBILITIES:
        raise InputError(f"Gradescope's visibilities are {', '.join(VISIBILITIES)}, not {visibility!r}.")
    titles = {exercise.id: exercise.title for exercise in assignment.exercises}
    tests = [_test(grade, number, titles, assignment.language) for number, grade in enumerate(result.grades, 1)]
    said = [*result.problems]
    if result.undecided:
        said.append(f"{len(result.undecided)} answers will be looked at by somebody.")
    data: dict[str, Any] = {
        "tests": tests,
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "output": shortened("\n".join(said)),
        "output_format": "text",
        "extra_data": {"hessmath": [grade.to_dict() for grade in result.grades]},
    }
    if seconds is not None:
        data["execution_time"] = round(seconds, 3)
    return data


def _test(grade: Grade, number: int, titles: Mapping[str, str], language: str) -> dict[str, Any]:
    title = titles.get(grade.exercise, "")
    lines = list(texts(grade.messages, "plain", language))
    if grade.error:
        lines.append(grade.error)
    if grade.understood_as:
        lines.append(f"Understood as: {grade.understood_as}")
    return {
        "name": f"{grade.exercise}: {title}" if title else grade.exercise,
        "name_format": "text",
        "number": str(number),
        "score": grade.score,
        "max_score": grade.points,
        "status": "passed" if grade.correct else "failed",
        "output": shortened("\n".join(lines)),
        "output_format": "text",
        "tags": [grade.verdict.value, *([grade.diagnosis] if grade.diagnosis else [])],
        "extra_data": {"verdict": grade.verdict.value, "waits": grade.verdict is Verdict.UNDECIDED},
    }


_SETUP = """#!/usr/bin/env bash
# Run once when Gradescope builds the image: Python 3.11 or newer, bubblewrap for student programs, hessmath.
set -eu
cd "$(dirname "$0")"
apt-get update
apt-get install -y --no-install-recommends bubblewrap || true
python=$(command -v python3.13 || command -v python3.12 || command -v python3.11 || true)
if [ -z "$python" ]; then
    if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        apt-get install -y --no-install-recommends python3.11 python3.11-venv
        python=$(command -v python3.11)
    else
        python=$(command -v python3)
    fi
fi
"$python" -m venv venv
if ls ./*.whl > /dev/null 2>&1; then venv/bin/pip install ./*.whl; else venv/bin/pip install 'hessmath==VERSION'; fi
# Student programs run as another user, who must not read the exercises.
chmod 600 assignment.toml
"""

_RUN = """#!/usr/bin/env bash
# Run for every submission.
root=${AUTOGRADER_ROOT:-/autograder}
python=$root/source/venv/bin/python
[ -x "$python" ] || python=${PYTHON:-python3}
mkdir -p "$root/results"
chmod 700 "$root/results"
exec "$python" -m hessmath.grading.exports.gradescope "$root"
"""


def write_package(assignment: Path, path: Path, wheel: Path | None = None) -> None:
    """The zip to upload as a Gradescope autograder: setup.sh, run_autograder, the assignment, a wheel if given."""
    from hessmath import __version__

    Assignment.load(assignment)
    files: dict[str, str | bytes] = {
        "setup.sh": _SETUP.replace("VERSION", __version__),
        "run_autograder": _RUN,
        "assignment.toml": assignment.read_bytes(),
        **wheel_files(wheel),
    }
    write_zip(path, files)


def run(root: Path) -> dict[str, Any]:
    """Grade what is in ``root/submission`` and write ``root/results/results.json``, whatever happens."""
    begun = time.monotonic()
    try:
        assignment = Assignment.load(root / "source" / "assignment.toml")
        found = sorted((root / "submission").rglob("*"))
        files = [path for path in found if path.suffix.lower() in READERS and path.is_file()]
        submission = read_submission(_student(root / "submission_metadata.json"), files, sheet(assignment))
        (result,) = grade_class(assignment, [submission], executor=1)
        data = results(assignment, result, seconds=time.monotonic() - begun)
    except (HessmathError, OSError) as error:
        data = {"score": 0, "output": f"This could not be graded, and somebody has to look at it: {error}", "tests": []}
    write_text(root / "results" / "results.json", as_json(data))
    return data


def _student(metadata: Path) -> str:
    """Who handed in, for exercises with parameters: the first e-mail address of the group, in order."""
    try:
        if metadata.stat().st_size > LARGEST_FILE:
            return "student"
        users = json.loads(metadata.read_text(encoding="utf-8"))["users"]
        return min(str(user.get("email") or user["id"]) for user in users)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "student"


if __name__ == "__main__":
    run(Path(sys.argv[1]))
