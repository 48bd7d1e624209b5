"""Exports: every field as the grading systems' documentation states it, and the points those of the grades."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import subprocess
import sys
import types
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hessmath.errors import InputError
from hessmath.grading import Assignment, Exercise
from hessmath.grading.exports import PACKAGES, gradescope, nbgrader, otter, prairielearn
from hessmath.grading.grade import Grade, Message, Verdict
from hessmath.grading.running import Result

ROOT = Path(__file__).resolve().parents[2]
TABLES = [
    {"id": "1a", "kind": "expression", "variables": "x", "answer": "x*x + 1", "points": 2, "title": "A square"},
    {"id": "1b", "kind": "expression", "variables": "x", "answer": "2*x", "points": 3},
]
SHEET = Assignment.from_dict({"title": "Sheet", "exercise": TABLES})


def _result(answers: dict[str, Any], *problems: str) -> Result:
    return Result("alice", tuple(SHEET.grade(answers)), problems, answers)


@st.composite
def results(draw: st.DrawFn) -> Result:
    """Results with any verdicts and texts, as data."""
    text = st.text(max_size=30)
    grades = []
    for exercise in SHEET.exercises:
        verdict = draw(st.sampled_from(Verdict))
        part = 1.0 if verdict in (Verdict.RIGHT, Verdict.SAMPLED) else draw(st.sampled_from([0.0, 0.5]))
        grades.append(
            Grade(
                exercise.id,
                exercise.points,
                exercise.points * part if verdict is not Verdict.NOT_READ else 0.0,
                verdict,
                (Message("program", {"sentence": draw(text)}),),
                draw(st.sampled_from([None, "lost_term"])),
                draw(st.none() | text),
                draw(text) if verdict is Verdict.NOT_READ else None,
            )
        )
    return Result(draw(text), tuple(grades), tuple(draw(st.lists(text, max_size=2))), {})


def _strict(data: Any) -> Any:
    """The data as JSON without NaN and infinity."""
    return json.loads(json.dumps(data, allow_nan=False))


FORMATS = {"text", "html", "simple_format", "md", "ansi"}


@given(result=results(), visibility=st.sampled_from(gradescope.VISIBILITIES), seconds=st.none() | st.floats(0, 1e4))
def test_gradescopes_results_have_the_documented_fields_and_types(result, visibility, seconds):
    data = _strict(gradescope.results(SHEET, result, visibility=visibility, seconds=seconds))
    top = {"tests", "visibility", "stdout_visibility", "output", "output_format", "extra_data", "execution_time"}
    assert set(data) <= top and data["visibility"] == visibility
    assert data["stdout_visibility"] in gradescope.VISIBILITIES and data["output_format"] in FORMATS
    assert isinstance(data["output"], str) and isinstance(data["extra_data"], dict)
    assert seconds is None or isinstance(data["execution_time"], float)
    fields = {
        "name",
        "name_format",
        "number",
        "score",
        "max_score",
        "status",
        "output",
        "output_format",
        "tags",
        "extra_data",
    }
    for test, grade in zip(data["tests"], result.grades, strict=True):
        assert set(test) == fields
        assert (test["score"], test["max_score"]) == (grade.score, grade.points)
        assert test["status"] == ("passed" if grade.correct else "failed")
        assert test["name_format"] in FORMATS and test["output_format"] in FORMATS
        assert all(isinstance(test[name], str) for name in ("name", "number", "output"))
        assert all(isinstance(tag, str) for tag in test["tags"])


def test_gradescopes_total_is_the_sum_of_the_tests():
    result = _result({"1a": "1 + x**2", "1b": "x"})
    data = gradescope.results(SHEET, result)
    assert "score" not in data  # it would override the sum
    assert sum(test["score"] for test in data["tests"]) == result.score == 2.0
    assert [test["name"] for test in data["tests"]] == ["1a: A square", "1b"]
    with pytest.raises(InputError, match="visibilities are visible, hidden, after_due_date, after_published, not 'x'"):
        gradescope.results(SHEET, result, visibility="x")


@given(result=results())
def test_prairielearns_results_have_the_documented_fields_and_types(result):
    data = _strict(prairielearn.results(SHEET, result))
    unread = [grade for grade in result.grades if grade.verdict is Verdict.NOT_READ]
    assert data["gradable"] is (not unread and not result.problems)
    if not data["gradable"]:
        assert set(data) == {"gradable", "format_errors"}
        assert data["format_errors"] and all(isinstance(text, str) for text in data["format_errors"])
        return
    assert 0 <= data["score"] <= 1
    assert math.isclose(data["score"] * SHEET.points, result.score, abs_tol=1e-9)
    for test, grade in zip(data["tests"], result.grades, strict=True):
        assert set(test) == {"name", "description", "points", "max_points", "message", "output"}
        assert (test["points"], test["max_points"]) == (grade.score, grade.points)


def test_prairielearns_results_stay_below_a_megabyte():
    long = tuple(
        Grade(str(i), 1.0, 0.0, Verdict.WRONG, (Message("program", {"sentence": "x" * 50_000}),), None, "y" * 50_000)
        for i in range(100)
    )
    assert len(json.dumps(prairielearn.results(SHEET, Result("a", long)))) < 1_000_000


@pytest.fixture
def assignment(tmp_path) -> Path:
    path = tmp_path / "sheet.toml"
    rows = ["[[exercise]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in t.items()) for t in TABLES]
    path.write_text('title = "Sheet"\n' + "\n".join(rows))
    return path


def _unpacked(system: str, assignment: Path, folder: Path) -> Path:
    archive = folder.parent / f"{system}.zip"
    PACKAGES[system](assignment, archive, None)
    again = folder.parent / "again.zip"
    PACKAGES[system](assignment, again, None)
    assert archive.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            target = Path(opened.extract(entry, folder))
            target.chmod(entry.external_attr >> 16)
    return folder


def _run(script: Path, **environment: str) -> None:
    run = subprocess.run(
        [str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHON": sys.executable, **environment},
        capture_output=True,
        timeout=120,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_the_gradescope_zip_grades_a_submission(assignment, tmp_path):
    root = tmp_path / "autograder"
    source = _unpacked("gradescope", assignment, root / "source")
    assert os.access(source / "setup.sh", os.X_OK) and os.access(source / "run_autograder", os.X_OK)
    assert subprocess.run(["bash", "-n", str(source / "setup.sh")], check=False).returncode == 0
    (root / "submission").mkdir()
    (root / "submission" / "answers.json").write_text('{"1a": "x**2 + 1", "1b": "x"}')
    (root / "submission_metadata.json").write_text('{"users": [{"email": "a@b.c", "id": 1, "name": "A"}]}')
    _run(source / "run_autograder", AUTOGRADER_ROOT=str(root))
    data = json.loads((root / "results" / "results.json").read_text())
    assert [(test["score"], test["status"]) for test in data["tests"]] == [(2.0, "passed"), (0.0, "failed")]


def test_gradescopes_run_says_what_hinders_it(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "assignment.toml").write_text("exercise = 3")
    assert "could not be graded" in gradescope.run(tmp_path)["output"]
    assert json.loads((tmp_path / "results" / "results.json").read_text())["score"] == 0


def test_the_prairielearn_zip_grades_fields_and_files(assignment, tmp_path):
    root = _unpacked("prairielearn", assignment, tmp_path / "zip")
    info = json.loads((root / "question" / "info.json").read_text())
    options = info["externalGradingOptions"]
    assert info["gradingMethod"] == "External" and options["timeout"] <= 600
    assert {"image", "entrypoint", "timeout", "enableNetworking"} == set(options)
    page = (root / "question" / "question.html").read_text()
    assert '<pl-string-input answers-name="1a"' in page
    grade = tmp_path / "grade"
    (grade / "data").mkdir(parents=True)
    (grade / "data" / "data.json").write_text(json.dumps({"submitted_answers": {"1a": "x**2 + 1", "other": "?"}}))
    (grade / "student").mkdir()
    (grade / "student" / "rest.md").write_text("# 1b\nx + x")
    (root / "question" / "tests").rename(grade / "tests")
    _run(grade / "tests" / "run.sh", GRADE_ROOT=str(grade))
    data = json.loads((grade / "results" / "results.json").read_text())
    assert (data["gradable"], data["score"]) == (True, 1.0)


# --- nbgrader


def _cell_grade(text: str, exercise: dict[str, Any], answer: Any) -> float:
    """The rule of nbgrader's determine_grade for an autograded cell, applied to what the cell gives."""
    outputs, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(outputs), contextlib.redirect_stderr(errors):
        value = eval(text, {"points": nbgrader.points, "exercise": exercise, "answer": answer})
    if errors.getvalue():
        return 0.0
    return float(repr(value))


def test_the_points_of_a_notebook_cell_are_those_of_the_grade():
    for answer in ("x**2 + 1", "x", "x**", "", None, ["x"], 3, 2.5):
        found = _cell_grade("points(exercise, answer)", TABLES[0], answer)
        assert found == Exercise.from_dict(TABLES[0]).grade(nbgrader.written(answer)).score
        assert 0 <= found <= 2


def test_nbgrader_itself_gives_these_points():
    utils = pytest.importorskip("nbgrader.utils", reason="needs nbgrader")
    notebooks = pytest.importorskip("nbformat")
    about = {"grade": True, "solution": False, "points": 2, "grade_id": "1a", "locked": True, "schema_version": 3}
    for answer, expected in (("x**2 + 1", 2.0), ("x", 0.0)):
        cell = notebooks.v4.new_code_cell("points(exercise, answer)", metadata={"nbgrader": about})
        value = nbgrader.points(TABLES[0], answer)
        cell.outputs = [notebooks.v4.new_output("execute_result", {"text/plain": repr(value)}, execution_count=1)]
        assert utils.determine_grade(cell) == (expected, 2.0)


def test_values_of_a_notebook_are_taken_as_they_are_written():
    numpy, sympy = pytest.importorskip("numpy"), pytest.importorskip("sympy")
    x = sympy.Symbol("x")
    assert nbgrader.written(x**2 + 1) == "x**2 + 1"
    assert nbgrader.written(sympy.Matrix([[1, x], [0, 2]])) == [["1", "x"], ["0", "2"]]
    assert nbgrader.written(numpy.array([[1, 2]])) == [["1", "2"]]
    assert nbgrader.written({"P": (1, 2), "D": {3}}) == {"P": ["1", "2"], "D": "{3}"}


# --- otter


@pytest.fixture
def otter_files(monkeypatch):
    """otter's decorator: the real one, or one that does what its documentation says."""
    try:
        return pytest.importorskip("otter.test_files")
    except pytest.skip.Exception:
        module = types.ModuleType("otter.test_files")

        class Case:
            def __init__(self, name=None, points=None, hidden=False, success_message=None, failure_message=None):
                self.points, self.hidden = points, hidden

            def __call__(self, test_func):
                self.test_func = test_func
                return self

        module.test_case = Case
        monkeypatch.setitem(sys.modules, "otter", types.ModuleType("otter"))
        monkeypatch.setitem(sys.modules, "otter.test_files", module)
        return module


def test_an_otter_file_passes_exactly_for_full_points(otter_files, assignment, tmp_path):
    folder = _unpacked("otter", assignment, tmp_path / "zip")
    names: dict[str, Any] = {}
    exec((folder / "tests" / "1a.py").read_text(), names)
    assert names["OK_FORMAT"] is False and (names["name"], names["points"]) == ("1a", 2.0)
    (case,) = (value for value in names.values() if isinstance(value, names["test_case"]))
    assert case.points == 2.0 and case.hidden is False
    case.test_func(env={"answer_1a": "1 + x**2"})
    for env, sentence in (
        ({}, "There is no answer_1a; write answer_1a = your answer."),
        ({"answer_1a": "x"}, "Not right."),
        ({"answer_1a": "x**"}, "Cannot read"),
    ):
        with pytest.raises(AssertionError, match=sentence):
            case.test_func(env=env)


def test_a_file_that_is_no_wheel_is_refused(assignment, tmp_path):
    with pytest.raises(InputError, match="is not a wheel; make one with"):
        gradescope.write_package(assignment, tmp_path / "a.zip", assignment)


def test_the_otter_check_is_the_grade_of_the_exercise():
    text = json.dumps(SHEET.exercises[1].to_dict())
    otter.check(text, {"answer_1b": "2*x"})
    with pytest.raises(AssertionError):
        otter.check(text, {"answer_1b": "3*x"})
