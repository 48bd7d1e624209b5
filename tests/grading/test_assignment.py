"""Assignments: reading, variants, follow-through, lint."""

import pytest

from hessmath.errors import InputError
from hessmath.grading import Assignment, Exercise, Verdict
from hessmath.grading.lint import Level, lint
from hessmath.grading.variants import drawn, filled

FIRST = {"id": "a", "kind": "expression", "variables": "x", "answer": "x**2 + x", "prompt": "Say it."}
SECOND = {
    "id": "b", "kind": "expression", "variables": "x", "depends": {"answer": "a"}, "points": 4, "method": 0.25,
}  # fmt: skip


def sheet(*tables, **fields):
    return Assignment.from_dict({"title": "T", "exercise": list(tables), **fields})


def test_every_exercise_is_graded_in_order():
    grades = sheet(FIRST, SECOND).grade({"b": "x + x**2", "a": "x*(x + 1)"})
    assert [(grade.exercise, grade.score) for grade in grades] == [("a", 1.0), ("b", 4.0)]


def test_what_is_not_answered_gets_nothing_and_says_so():
    (grade,) = sheet(FIRST).grade({"a": "  "})
    assert grade.score == 0
    assert grade.feedback == ("There is no answer.",)


def test_a_later_part_that_fits_the_own_earlier_answer_gets_marks_for_method():
    first, second = sheet(FIRST, SECOND).grade({"a": "x**2 - x", "b": "x*(x - 1)"})
    assert first.verdict is Verdict.WRONG
    assert (second.verdict, second.score, second.diagnosis) == (Verdict.WRONG, 1.0, "follow_through")
    assert "for your own earlier answer" in second.feedback[0]


@pytest.mark.parametrize(("own", "said"), [("0", "zero"), ("7", "much simpler")])
def test_an_own_value_that_makes_the_rest_trivial_gives_no_marks_for_method(own, said):
    _, second = sheet(FIRST, SECOND).grade({"a": own, "b": own})
    assert second.score == 0
    assert said in second.feedback[-1]


def test_a_right_earlier_answer_gives_no_follow_through():
    _, second = sheet(FIRST, SECOND).grade({"a": "x**2 + x", "b": "x**2 - x"})
    assert (second.score, second.diagnosis) == (0.0, "sign_of_a_term")


def test_feedback_reveals_no_more_than_it_may():
    (grade,) = sheet({**FIRST, "reveal": "verdict"}).grade({"a": "x**2 - x"})
    assert (grade.feedback, grade.where) == (("Not right.",), {})
    (grade,) = sheet({**FIRST, "reveal": "nothing"}).grade({"a": "x**2 - x"})
    assert grade.feedback == ("Received.",)
    _, second = sheet(FIRST, {**SECOND, "reveal": "nothing"}).grade({"a": "x**2 - x", "b": "x**2 - x"})
    assert (second.score, second.feedback) == (1.0, ("Received.",))


def test_a_student_gets_the_same_numbers_every_time_and_others_get_others():
    varied = sheet({**FIRST, "answer": "{a}*x", "prompt": "Take {a}.", "parameters": {"a": {"from": -50, "to": 50}}})
    alice, again, bob = (varied.for_student(name).exercises[0] for name in ("alice", "alice", "bob"))
    assert alice == again
    assert alice.prompt != bob.prompt
    number = alice.prompt.removeprefix("Take ").removesuffix(".")
    assert varied.for_student("alice").grade({"a": f"{number}*x"})[0].score == 1


def test_negative_parameters_are_inserted_in_parentheses():
    assert filled({"f": ["x**2 - {a}*x", "{b}"]}, {"a": "-3"}) == {"f": ["x**2 - (-3)*x", "{b}"]}
    assert drawn({"a": [5]}, "", "s", "1") == {"a": "5"}
    assert drawn({"a": {"from": 0, "to": 1, "not": [0]}}, "", "s", "1") == {"a": "1"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"exercise": []}, "at least one"),
        ({"exercise": [FIRST], "colour": 1}, "no field 'colour'"),
        ({"exercise": [FIRST, FIRST]}, "Two exercises have the id 'a'"),
        ({"exercise": [SECOND]}, "depends on 'a', which does not come before it"),
        ({"exercise": [{"kind": "riddle"}]}, "There is no kind 'riddle'"),
        ({"exercise": [{"kind": "expression"}]}, 'needs the field "answer"'),
        ({"exercise": [{**FIRST, "size": 3}]}, "has no field 'size'"),
        ({"exercise": [{**FIRST, "points": -1}]}, '"points" is a number of at least 0'),
        ({"exercise": [{**FIRST, "method": 2}]}, '"method" is at most 1'),
        ({"exercise": [{**FIRST, "reveal": "all"}]}, '"reveal" is one of'),
        ({"exercise": [{**FIRST, "variables": 3}]}, '"variables" are names'),
        ({"exercise": [{**FIRST, "depends": 3}]}, '"depends" is a table'),
        ({"exercise": [FIRST], "options": {"colour": 1}}, "[options] holds"),
        ({"exercise": ["x"]}, "Exercise 1:"),
    ],
)
def test_what_is_no_assignment_is_refused_with_the_place(data, said):
    with pytest.raises(InputError) as error:
        Assignment.from_dict(data)
    assert said in str(error.value)


def test_an_assignment_is_read_from_toml(tmp_path):
    file = tmp_path / "sheet.toml"
    file.write_text('title = "S"\n[[exercise]]\nkind = "expression"\nvariables = "x"\nanswer = "x"\n')
    assert Assignment.load(file).grade({"1": "x"})[0].score == 1
    file.write_text("title = ")
    with pytest.raises(InputError, match="is not a TOML file"):
        Assignment.load(file)


def test_a_dependent_exercise_alone_is_refused():
    with pytest.raises(InputError, match="grade it in its assignment"):
        sheet(FIRST, SECOND).exercises[1].grade("x")


def test_exercises_survive_being_written_as_tables():
    for exercise in sheet({**FIRST, "domain": "real", "key": "x*(x + 1)"}, SECOND).exercises:
        assert type(exercise).from_dict(exercise.to_dict()) == exercise


def test_an_answer_beside_a_problem_is_the_authors_key():
    """Nothing is graded by it, and lint says where it is wrong."""
    fields = {"id": "1", "kind": "eigenvalues", "matrix": [[2, 1], [1, 2]], "answer": "1, 2"}
    exercise = Exercise.from_dict(fields)
    assert exercise.key == "1, 2" and exercise.grade("1, 3").correct is True
    assert any("The key 1, 2 is wrong" in finding.text for finding in lint(sheet(fields)))


def test_the_direction_of_a_derivative_may_be_called_vector():
    fields = {"id": "1", "kind": "directional_derivative", "function": "x^2 + y", "variables": "x y", "point": [1, 1]}
    for name in ("direction", "vector"):
        assert Exercise.from_dict({**fields, name: [3, 4]}).grade("2").correct is True


def test_lint_is_silent_about_a_clean_sheet():
    assert lint(sheet({**FIRST, "key": "x*(x + 1)"}, total=1)) == []


@pytest.mark.parametrize(
    ("fields", "level", "said"),
    [
        ({"key": "x**2 - x"}, Level.ERROR, "is wrong (x = "),
        ({"key": "x**"}, Level.ERROR, "cannot be read"),
        ({"prompt": ""}, Level.WARNING, "no prompt"),
        ({"points": 0}, Level.WARNING, "0 points"),
        ({"answer": "x +"}, Level.ERROR, "cannot be solved"),
    ],
)
def test_lint_points_at_what_is_wrong(fields, level, said):
    (found,) = lint(sheet({**FIRST, **fields}))
    assert found.level is level
    assert said in found.text


def test_lint_adds_up_points():
    (found,) = lint(sheet(FIRST, total=10))
    assert found.text == "The points add up to 1, but 10 were stated."


def test_grades_survive_json():
    for grade in sheet(FIRST, SECOND).grade({"a": "x**2 - x", "b": "x +"}):
        assert type(grade).from_dict(grade.to_dict()) == grade
