"""Hostile answers: each is read or refused within two seconds, with one sentence, and never judged right."""

from __future__ import annotations

import time

import pytest

from hessmath.grading import Exercise, Verdict
from tests.grading.hostile import HOSTILE

EXERCISE = Exercise.from_dict({"id": "1", "kind": "expression", "variables": "x y", "answer": "x sin(y) + 1"})
OTHERS = [
    Exercise.from_dict({"id": "2", "kind": "set", "variables": "x y", "answer": "{x, y^2, 7}"}),
    Exercise.from_dict({"id": "3", "kind": "matrix", "variables": "x y", "answer": [["x", 1], [2, "y"]]}),
    Exercise.from_dict({"id": "4", "kind": "equation", "variables": "x y", "answer": "x = y^2"}),
    Exercise.from_dict({"id": "5", "kind": "number", "answer": "sqrt(2)", "decimals": "rounded"}),
]
SECONDS = 2
PARTS = 12


def check(exercise: Exercise, answer: object) -> None:
    start = time.process_time()
    grade = exercise.grade(answer)
    assert time.process_time() - start < SECONDS, repr(answer)[:60]
    assert grade.correct is not True, repr(answer)[:60]
    if grade.verdict is Verdict.NOT_READ:
        assert grade.error and "\n" not in grade.error and grade.error.endswith(".") and len(grade.error) < 600


def test_there_are_hundreds():
    assert len(HOSTILE) > 400


@pytest.mark.parametrize("part", range(PARTS))
def test_hostile_answers_are_refused_or_read_in_time(part):
    for answer in HOSTILE[part::PARTS]:
        check(EXERCISE, answer)


@pytest.mark.parametrize("exercise", OTHERS, ids=lambda exercise: exercise.kind)
def test_other_kinds_withstand_a_sample(exercise):
    for answer in HOSTILE[::30]:
        check(exercise, answer)


UNION = "∪".join(f"(sqrt({2 * k + 1}),sqrt({2 * k + 2})+pi)" for k in range(28))


@pytest.mark.parametrize(
    "kind, fields, answer",
    [
        ("svd", {"matrix": [[3, 0], [4, 5]]}, dict.fromkeys("USV", "acos(10^9)")),
        ("quadratic_form", {"matrix": [[2, 1], [1, 2]], "variables": "x y"}, "(x+y+1)^9999"),
        ("quadratic_form", {"matrix": [[2, 1], [1, 2]], "variables": "x y"}, "(x+y)^1000(x-y)^1000"),
        ("taylor", {"function": "exp(x)", "variables": "x", "order": 2, "point": [0]}, "(x+1)^9999"),
        ("set", {"answer": "{1, 2}"}, UNION),
        ("set", {"answer": "{1, 2}"}, UNION + "∪(30,40)∪(41,42)∪(43,44)"),
        ("derivation", {"variables": "x", "start": "x + x", "goal": "2*x"}, "(10^(sqrt(10^8)))^(sqrt(10^8))"),
    ],
    ids=lambda part: part[:20] if isinstance(part, str) else "",
)
def test_what_was_slow_for_one_kind_is_not(kind, fields, answer):
    check(Exercise.from_dict({"id": "1", "kind": kind, **fields}), answer)


@pytest.mark.parametrize("exercise", OTHERS, ids=lambda exercise: exercise.kind)
@pytest.mark.slow
def test_other_kinds_withstand_all(exercise):
    for answer in HOSTILE:
        check(exercise, answer)


@pytest.mark.parametrize(
    "answer",
    [
        [[]],
        [[[[[[[["1"]]]]]]]],
        ["1"] * 3000,
        {"P": {"Q": "x"}},
        None,
        True,
        b"x",
        10**5000,
        float("nan"),
        {},
        [None],
        [1, [2]],
    ],
    ids=lambda answer: repr(answer)[:20] if not isinstance(answer, int) else "long",
)
def test_data_of_a_strange_shape_is_refused(answer):
    grade = EXERCISE.grade(answer)
    assert grade.verdict is Verdict.NOT_READ
    assert grade.error


def test_the_same_answer_gives_the_same_result():
    for answer in HOSTILE[::25]:
        again = Exercise.from_dict({"id": "1", "kind": "expression", "variables": "x y", "answer": "x sin(y) + 1"})
        assert again.grade(answer).to_dict() == EXERCISE.grade(answer).to_dict()
