"""Answers with one slip: the slip is named, with a sentence for it, and marks stay what the rule gives."""

from __future__ import annotations

import json

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.grading import Exercise
from hessmath.grading import diagnosis as search
from hessmath.grading.edits import PARTS, WHOLE
from hessmath.grading.feedback import texts
from hessmath.grading.grade import Message, Verdict
from hessmath.grading.kinds import KINDS
from hessmath.grading.kinds.calculus_slips import SUM_SLIPS
from hessmath.grading.repairs import repaired, without_one
from tests.grading.slip_answers import ACCIDENTS, SLIPS


def made(kind, fields):
    return Exercise.from_dict({"id": "1", "kind": kind, **fields})


@pytest.mark.parametrize(("kind", "fields", "answer", "name"), SLIPS, ids=[f"{row[0]}-{row[3]}" for row in SLIPS])
def test_a_slip_is_named(kind, fields, answer, name):
    exercise = made(kind, fields)
    grade = exercise.grade(answer)
    assert grade.diagnosis == name
    assert grade.score < exercise.points
    judgement = KINDS[kind].judge(exercise.problem, exercise.truth, exercise.value(answer))
    assert grade.score == pytest.approx(exercise.points * float(judgement.fraction), abs=1e-6)


@pytest.mark.parametrize(("kind", "fields", "answer"), ACCIDENTS)
def test_what_two_slips_or_none_explain_is_not_named(kind, fields, answer):
    grade = made(kind, fields).grade(answer)
    assert grade.verdict is Verdict.WRONG
    assert grade.diagnosis is None


def test_every_name_has_a_sentence():
    names = {slip.name for kind in KINDS.values() for slip in kind.slips} | {*WHOLE, *PARTS, *SUM_SLIPS}
    names |= {*search.FINDINGS.values(), *search.WEAK, *search.RARE, *(row[3] for row in SLIPS)}
    names |= {"one_entry", "entry_and_its_mirror", "coefficient_of_a_term", "one_too_many", "one_column"}
    for name in sorted(names):
        assert texts((Message(f"slip_{name}"),))[0].endswith(".")


small = st.integers(-4, 4)


@settings(deadline=None, max_examples=40)
@given(a=small, b=small, c=small, wrong=small.filter(bool), place=st.integers(0, 3))
def test_one_wrong_number_in_a_matrix_never_gets_another_entry_blamed(a, b, c, wrong, place):
    right = [[a, b], [c, 7]]
    answer = [list(row) for row in right]
    answer[place // 2][place % 2] += wrong
    grade = made("matrix", {"answer": [[str(e) for e in row] for row in right]}).grade(json.dumps(answer))
    assert grade.verdict is Verdict.WRONG
    assert grade.diagnosis in {"one_entry", "sign_of_a_term", "lost_term", "factor_in_a_term", *WHOLE}
    if grade.diagnosis == "sign_of_a_term":
        assert answer[place // 2][place % 2] == -right[place // 2][place % 2]


@settings(deadline=None, max_examples=40)
@given(values=st.lists(st.integers(1, 9), min_size=2, max_size=5))
def test_a_repair_changes_one_thing_and_a_shorter_answer_is_shorter(values):
    exercise = made("list", {"answer": [str(v) for v in values]})
    value = exercise.value(json.dumps(values))
    for name, other in repaired(value):
        changed = [sympy.Rational(new.value) for new in other.items]
        assert len(changed) == len(values)
        if name == "sign_of_a_term":
            assert sorted(abs(c) for c in changed) == sorted(values)
            assert sum(bool(c < 0) for c in changed) == 1
        if name == "swapped_entries":
            assert sorted(changed) == sorted(values)
    assert {len(other.items) for other in without_one(value)} == {len(values) - 1}


def test_the_same_answer_gets_the_same_diagnosis():
    kind, fields, answer, _ = SLIPS[0]
    assert len({json.dumps(made(kind, fields).grade(answer).to_dict()) for _ in range(3)}) == 1
