"""The course sheet under docs/examples: clean for the author, and every submission graded as expected."""

import json
from pathlib import Path

import pytest

from hessmath.grading import Assignment
from hessmath.grading.lint import lint
from hessmath.grading.running import grade_class
from hessmath.grading.running import sheet as known_by
from hessmath.grading.submissions import read_folder

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "examples" / "curvature"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sheet():
    return Assignment.load(FOLDER / "sheet.toml")


@pytest.fixture(scope="module")
def results(sheet):
    submissions = list(read_folder(FOLDER / "answers", known_by(sheet)))
    return {result.student: result for result in grade_class(sheet, submissions, executor=2)}


def test_the_author_has_nothing_to_correct(sheet):
    assert lint(sheet) == []


def test_every_submission_is_here(results):
    assert len(results) >= 30
    assert results.keys() == EXPECTED.keys()


@pytest.mark.parametrize("student", sorted(EXPECTED))
def test_a_submission_is_graded_as_expected(results, student):
    found = {grade.exercise: [grade.verdict.value, grade.score, grade.diagnosis] for grade in results[student].grades}
    assert found == EXPECTED[student]
