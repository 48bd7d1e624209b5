"""PrairieLearn's external grader: results.json from a result, the question to upload, and the program that it runs.

Fields as in PrairieLearn's documentation of external grading.  ``tests/run.sh`` calls ``python -m
hessmath.grading.exports.prairielearn /grade``.
"""

from __future__ import annotations

import hashlib
import html
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from hessmath.errors import HessmathError
from hessmath.grading.assignment import Assignment
from hessmath.grading.exports.archive import shortened, wheel_files, write_zip
from hessmath.grading.feedback import texts
from hessmath.grading.grade import Verdict
from hessmath.grading.results import as_json, write_text
from hessmath.grading.running import Result, grade_class, sheet
from hessmath.grading.submissions import READERS, Submission, read_submission

LARGEST_RESULT = 1_000_000
LARGEST_DATA = 5_000_000


def results(assignment: Assignment, result: Result) -> dict[str, Any]:
    """What goes into results.json; an answer that cannot be read makes the whole not gradable, so no attempt is used.

    Examples
    --------
    >>> square = {"id": "1", "kind": "expression", "variables": "x", "answer": "x*x"}
    >>> sheet = Assignment.from_dict({"title": "Squares", "exercise": [square]})
    >>> right, unreadable = (Result("alice", tuple(sheet.grade({"1": text}))) for text in ("x**2", "x**"))
    >>> results(sheet, right)["score"], results(sheet, unreadable)["gradable"]
    (1.0, False)
    """
    unread = [f"{grade.exercise}: {grade.error}" for grade in result.grades if grade.verdict is Verdict.NOT_READ]
    unread += result.problems
    if unread:
        return {"gradable": False, "format_errors": [shortened(text) for text in unread]}
    titles = {exercise.id: exercise.title for exercise in assignment.exercises}
    tests: list[dict[str, Any]] = [
        {
            "name": f"{grade.exercise} {titles.get(grade.exercise, '')}".strip(),
            "description": grade.verdict.value,
            "points": grade.score,
            "max_points": grade.points,
            "message": shortened("\n".join(texts(grade.messages, "plain", assignment.language))),
            "output": shortened(f"Understood as: {grade.understood_as}") if grade.understood_as else "",
        }
        for grade in result.grades
    ]
    data: dict[str, Any] = {
        "gradable": True,
        "score": round(result.score / result.points, 12) if result.points else 0.0,
        "message": "",
        "output": "",
        "tests": tests,
    }
    if result.undecided:
        data["message"] = f"{len(result.undecided)} answers will be looked at by somebody."
    if len(as_json(data)) > LARGEST_RESULT:
        for test in tests:
            test["message"], test["output"] = test["message"][:200], ""
    return data


_RUN = """#!/usr/bin/env bash
# The entry point of the grading container.
exec "${PYTHON:-python3}" -m hessmath.grading.exports.prairielearn "${GRADE_ROOT:-/grade}"
"""

_IMAGE = """# The image of the grading container: docker build -t IMAGE . && docker push IMAGE
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends bubblewrap && rm -rf /var/lib/apt/lists/*
COPY . /wheels
RUN if ls /wheels/*.whl > /dev/null 2>&1; then pip install /wheels/*.whl; else pip install 'hessmath==VERSION'; fi
"""


def write_package(assignment: Path, path: Path, wheel: Path | None = None) -> None:
    """The zip with a question folder (info.json, question.html, tests/) and the Dockerfile of its image."""
    from hessmath import __version__

    loaded = Assignment.load(assignment)
    content = assignment.read_bytes()
    seed = hashlib.sha256(content).hexdigest()
    info = {
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, seed)),
        "title": loaded.title,
        "topic": "hessmath",
        "type": "v3",
        "gradingMethod": "External",
        "externalGradingOptions": {
            "image": "hessmath/grader",
            "entrypoint": "/grade/tests/run.sh",
            "timeout": 120,
            "enableNetworking": False,
        },
    }
    files: dict[str, str | bytes] = {
        "question/info.json": as_json(info),
        "question/question.html": _question(loaded),
        "question/tests/run.sh": _RUN,
        "question/tests/assignment.toml": content,
        "image/Dockerfile": _IMAGE.replace("VERSION", __version__),
        **wheel_files(wheel, "image/"),
    }
    write_zip(path, files)


def _question(assignment: Assignment) -> str:
    """A page with an editor for each program and a field for each other answer."""
    parts = []
    for exercise in assignment.exercises:
        name = html.escape(exercise.id, quote=True)
        parts.append(f"<h3>{html.escape(exercise.title or exercise.id)}</h3>")
        parts.append(f"<markdown>\n{exercise.prompt}\n</markdown>")
        if exercise.kind == "code":
            parts.append(f'<pl-file-editor file-name="{name}.py" ace-mode="ace/mode/python"></pl-file-editor>')
        else:
            parts.append(f'<pl-string-input answers-name="{name}" allow-blank="true"></pl-string-input>')
    return (
        "<pl-question-panel></pl-question-panel>\n"
        + "\n".join(parts)
        + "\n<pl-external-grader-results></pl-external-grader-results>\n"
    )


def run(root: Path) -> dict[str, Any]:
    """Grade ``root/student`` and the fields of ``root/data/data.json``, and write ``root/results/results.json``."""
    try:
        assignment = Assignment.load(root / "tests" / "assignment.toml")
        (result,) = grade_class(assignment, [_submission(root, assignment)], executor=1)
        data = results(assignment, result)
    except (HessmathError, OSError) as error:
        data = {"gradable": False, "format_errors": [f"This could not be graded: {error}"]}
    write_text(root / "results" / "results.json", as_json(data))
    return data


def _submission(root: Path, assignment: Assignment) -> Submission:
    """Fields of the page and files of the editors (``ID.py`` belongs to exercise ID)."""
    known = sheet(assignment)
    try:
        path = root / "data" / "data.json"
        data = json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size <= LARGEST_DATA else {}
    except (OSError, ValueError, RecursionError):
        data = {}
    fields = data.get("submitted_answers") if isinstance(data, dict) else None
    answers = {name: fields[name] for name in known.ids if name in fields} if isinstance(fields, dict) else {}
    folder = root / "student"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    files = [each for each in files if each.suffix.lower() in READERS]
    own = [each for each in files if each.suffix == ".py" and each.stem in known.code]
    problems: tuple[str, ...] = ()
    if rest := [each for each in files if each not in own]:
        read = read_submission("student", rest, known)
        answers, problems = {**read.answers, **answers}, read.problems
    for path in own:
        read = read_submission("student", [path], type(known)((path.stem,), (path.stem,)))
        answers.update(read.answers)
        problems += read.problems
    variant = data.get("variant_seed", "student") if isinstance(data, dict) else "student"
    return Submission(str(variant), answers, problems)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
