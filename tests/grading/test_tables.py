"""Tables of answers with known verdicts: pairs after other graders' suites, and notations of students."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hessmath.grading import Exercise, Verdict
from hessmath.grading.prose import by_eigenvalue, labelled, points_with_kinds, with_multiplicities, without_remarks

FOLDER = Path(__file__).parent / "tables"
LEAST = {"suites": 650, "notations": 700, "other_suites": 1050}
CORRECT = {"right": True, "wrong": False, "undecided": None, "unread": None}


def rows(name: str) -> Iterator[tuple[dict[str, Any], list[tuple[Any, dict[str, Any], str]]]]:
    """Every exercise with its answers, the fields they add and the verdicts."""
    fields: dict[str, Any] = {}
    found: list[tuple[Any, dict[str, Any], str]] = []
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("@"):
            if found:
                yield fields, found
            fields, found = json.loads(line[1:]), []
        elif line.split(" ", 1)[0] in CORRECT:
            verdict, _, answer = line.partition(" ")
            found.append((json.loads(answer[5:]) if answer.startswith("json ") else answer, {}, verdict))
        else:
            answer, key, verdict = line.rsplit(" ~ ", 2)
            found.append((answer, {"answer": key}, verdict))
    yield fields, found


GROUPS = [(name, k, fields, answers) for name in LEAST for k, (fields, answers) in enumerate(rows(name))]


@pytest.mark.parametrize(
    ("fields", "answers"),
    [group[2:] for group in GROUPS],
    ids=[f"{name} {k} {fields['kind']}" for name, k, fields, _ in GROUPS],
)
def test_the_verdicts_are_those_of_the_table(fields, answers):
    wrong = []
    for answer, more, verdict in answers:
        grade = Exercise.from_dict({"id": "1", **fields, **more}).grade(answer)
        expected = CORRECT[verdict], verdict == "unread"
        if (grade.correct, grade.verdict is Verdict.NOT_READ) != expected:
            wrong.append((answer, more, verdict, grade.verdict.value, grade.error))
    assert not wrong


@pytest.mark.parametrize("name", LEAST)
def test_the_tables_are_long(name):
    assert sum(len(answers) for _, answers in rows(name)) >= LEAST[name]


# ---- sentences --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "(0, 0) is not a saddle",
        "minimum - (1, 1)",  # a dash or a minus
        "(0, 0) saddle, minimum (1, 1)",
        "saddle at (0, 0) (1, 1) minimum",
        "neither minimum nor maximum at (0, 0)",
        "x + 1",
    ],
)
def test_a_sentence_that_could_mean_two_things_is_left_alone(text):
    assert points_with_kinds(text, 2) is None


def test_a_minus_behind_a_kind_stays_with_its_number():
    assert points_with_kinds("max: -1; min: 1", 1) == [["-1", "maximum"], ["1", "minimum"]]


def test_parts_are_found_by_their_names_in_any_order():
    exercise = Exercise.from_dict({"id": "1", "kind": "diagonalisation", "matrix": [[2, 1], [1, 2]]})
    for text in ("D = diag(3, 1), P = [[1, 1], [1, -1]]", "P = [[1, 1], [1, -1]], D = diag(3, 1)"):
        assert exercise.grade(text).correct is True
    assert exercise.grade("D = diag(1, 3), P = [[1, 1], [1, -1]]").correct is False
    assert labelled("x + y") is None


@pytest.mark.parametrize("text", ["1, 3", "x m 3 + 1", "(2, 1), (3, 1)", "sqrt(3) + 2"])
def test_numbers_without_a_multiplicity_are_left_alone(text):
    assert with_multiplicities(text) == text


def test_a_remark_that_says_something_is_kept():
    assert without_remarks("x = 1, y = 2, y free", ["x", "y"]) == "x = 1, y = 2, y free"
    assert without_remarks("x = t", ["x"]) == "x = t"
    assert by_eigenvalue("(1, 1)") == "(1, 1)"


@pytest.mark.parametrize(
    "text",
    [
        "minimum at " + "(1,1), " * 280,
        "at the a and " * 150 + "(0,0) saddle",
        "3 " + "a " * 950 + "(twice)",
        "1" + " " * 1950 + "(twice",
        "P = " * 2400,
        "where " * 320 + "t in R",
        "{x : " * 390 + "x > 0" + "}" * 390,
        "]" * 900,
        "\\lfloor" * 250,
        "\\begin{cases}" * 140,
        "diag(" * 180 + "1" + ")" * 180,
        "λ = " * 490 + "3",
        "+".join(["I_20"] * 1900),
        "+".join(["diag(" + ",".join("1" * 50) + ")"] * 90),
    ],
    ids=lambda text: text[:12],
)
def test_long_sentences_are_read_or_refused_in_time(text):
    import time

    kinds = [
        {"kind": "critical_points", "function": "x^3 + y^3 - 3 x y", "variables": "x y"},
        {"kind": "eigenvalues", "matrix": [[1, 0], [0, 3]]},
        {"kind": "eigenpairs", "matrix": [[1, 0], [0, 3]]},
        {"kind": "diagonalisation", "matrix": [[2, 1], [1, 2]]},
        {"kind": "solve", "matrix": [[1, 1]], "vector": [1]},
        {"kind": "set", "variables": "x", "answer": "(0, oo)"},
        {"kind": "matrix", "answer": [[1, 2], [3, 4]]},
    ]
    for fields in kinds:
        exercise = Exercise.from_dict({"id": "1", **fields})
        assert exercise.truth is not None
        start = time.process_time()
        grade = exercise.grade(text)
        assert time.process_time() - start < 2
        assert grade.correct is not True


def test_a_long_system_is_refused():
    exercise = Exercise.from_dict({"id": "1", "kind": "system", "variables": "x y", "answer": "x = 1, y = 1"})
    assert "at most 60 equations" in exercise.grade("x = 1, " * 500 + "y = 1").error


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("+".join(["I_2"] * 13), "at most 12 matrices"),
        ("diag([" + ",".join("1" * 60) + "])", "at most 50 entries"),
        ("3\\frac{1}{2}", "before a fraction is ambiguous"),
    ],
)
def test_what_is_refused_says_why(text, message):
    exercise = Exercise.from_dict({"id": "1", "kind": "matrix", "answer": [[1, 2], [3, 4]]})
    assert message in exercise.grade(text).error


def test_deep_tables_are_refused_by_every_reader():
    deep: dict = {}
    for _ in range(900):
        deep = {"P": deep}
    for fields in ({"kind": "definiteness", "matrix": [[2]]}, {"kind": "diagonalisation", "matrix": [[2, 1], [1, 2]]}):
        grade = Exercise.from_dict({"id": "1", **fields}).grade(deep)
        assert grade.verdict is Verdict.NOT_READ
        assert "nested" in grade.error
