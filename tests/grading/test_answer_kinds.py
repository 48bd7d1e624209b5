"""Kinds of expressions, sets, arrays and calculus, against SymPy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError
from hessmath.grading import Exercise, Verdict
from hessmath.grading.answers import Items, Parts, Relation, Word, read, vector
from hessmath.grading.kinds import KINDS
from hessmath.language.answer_reading import parse_answer

x, y, z = SYMBOLS = sympy.symbols("x y z", real=True)
NAMES = {"x": x, "y": y, "z": z}


def exercise(kind, **fields):
    return Exercise.from_dict({"id": "1", "kind": kind, **fields})


# ---- numbers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "answer", "correct", "key"),
    [
        ({}, "1.4142", False, "rounded_value"),
        ({}, "1.5", False, "differs"),
        ({"decimals": "rounded"}, "1.414", True, None),
        ({"decimals": "rounded"}, "1.4142136", True, None),
        ({"decimals": "rounded"}, "1.415", False, "outside_tolerance"),
        ({"decimals": "rounded"}, "1.41421357", False, "outside_tolerance"),
        ({"decimals": "rounded"}, "1.4", False, "too_few_digits"),
        ({"decimals": "rounded", "digits": 2}, "1.4", True, None),
        ({"decimals": "rounded"}, "0.1414e1", True, None),
        ({"decimals": "rounded"}, "141.4 * 10^-2", True, None),
        ({"decimals": "rounded"}, "sqrt(2)", True, None),
        ({"tolerance": "0.01"}, "1.42", True, None),
        ({"tolerance": "0.01"}, "1.43", False, "outside_tolerance"),
        ({"tolerance": {"relative": "0.01"}}, "1.4", False, "outside_tolerance"),
        ({"tolerance": {"relative": "0.02"}}, "1.4", True, None),
        ({"tolerance": {"significant": 3}}, "1.41", True, None),
        ({"tolerance": {"significant": 3}}, "1.42", False, "outside_tolerance"),
    ],
)
def test_a_number_is_judged_as_its_options_say(options, answer, correct, key):
    grade = exercise("number", answer="sqrt(2)", **options).grade(answer)
    assert grade.correct is correct
    assert key is None or key in [message.key for message in grade.messages]


def test_decimals_can_be_refused():
    grade = exercise("number", answer="1/2", decimals="refused").grade("0.5")
    assert grade.error == "Write exact numbers such as 1/3 or sqrt(2) instead of decimals."


@given(st.integers(1, 10**6), st.integers(1, 9))
def test_rounding_to_the_digits_given_is_accepted_and_the_next_number_is_not(n, places):
    root = sympy.sqrt(n)
    if root.is_Integer:
        return
    unit = sympy.Rational(1, 10**places)
    nearest = sympy.floor(root / unit + sympy.Rational(1, 2)) * unit
    ex = exercise("number", answer=f"sqrt({n})", decimals="rounded", digits=1)

    def text(value):
        digits = str(int(value * 10**places)).rjust(places + 1, "0")
        return f"{digits[:-places]}.{digits[-places:]}"

    assert ex.grade(text(nearest)).correct
    assert not ex.grade(text(nearest + unit)).correct


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimals": "often"}, "is one of exact, rounded, refused"),
        ({"tolerance": {"about": 1}}, '"absolute", "relative" or "significant"'),
        ({"tolerance": "-1"}, "A tolerance is at least 0"),
        ({"tolerance": {"significant": 0}}, "Significant figures are at least 1"),
        ({"tolerance": {}}, "A tolerance needs"),
    ],
)
def test_wrong_options_say_what_is_possible(options, message):
    assert message in (exercise("number", answer="2", **options).grade("3").error or "")


def test_a_number_has_no_variables():
    with pytest.raises(InputError, match="of a number has no variables"):
        exercise("number", answer="x", variables="x").grade("1")


# ---- forms ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "answer", "correct"),
    [
        ("factored", "(x+1)(x-1)", True),
        ("factored", "x^2-1", False),
        ("factored", "(x-1)(1+x)", True),
        ("expanded", "x^2-1", True),
        ("expanded", "(x+1)(x-1)", False),
        ("expanded", "x^2 - x + x - 1", False),
        ("expanded", "-1 + x*x", True),
    ],
)
def test_forms(form, answer, correct):
    assert exercise("expression", variables="x", answer="x^2-1", form=form).grade(answer).correct is correct


def test_a_removable_gap_is_right_with_a_remark():
    grade = exercise("expression", variables="x", answer="x + 1").grade("(x^2-1)/(x-1)")
    assert grade.correct and "removable_gap" in [message.key for message in grade.messages]
    assert "removable_gap" not in [
        m.key for m in exercise("expression", variables="x", answer="1/x").grade("2/(2x)").messages
    ]


def test_a_constant_of_integration_is_free():
    ex = exercise("expression", variables="x", answer="sin(x)^2/2", up_to="constant")
    assert ex.grade("-cos(x)^2/2 + C").correct
    assert ex.grade("-cos(2x)/4").correct
    assert ex.grade("-cos(2x)/2 + C").correct is False
    assert "C is not a name" in (exercise("expression", variables="x", answer="x").grade("x + C").error or "")


# ---- answers ----------------------------------------------------------------------------------------------


def test_answers_keep_what_they_are():
    assert read("x = 2", NAMES).value == Relation("==", read("x", NAMES).value, read("2", NAMES).value)
    assert read("saddle", NAMES).value == Word("saddle")
    assert isinstance(read({"P": [["1"]], "D": "2"}, NAMES).value, Parts)
    assert read("1 ± x", NAMES).value.bracket == "±"
    assert [str(item.left.value) for item in read("y = 3, x = 2, z = 1", NAMES).value.items] == ["x", "y", "z"]
    assert vector(read("2(1, x) - (y, 0)", NAMES).value) == sympy.Matrix([2 - y, 2 * x])
    assert vector(read(["1", 2, 0.5], NAMES).value) == sympy.Matrix([1, 2, sympy.Rational(1, 2)])
    pair = read("(0, 1) is a saddle point", NAMES).value
    assert isinstance(pair, Items) and pair.bracket == ":" and pair.items[1] == Word("saddle point")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1/(x-x)", "divides by zero"),
        ("sqrt(-4)", "is not a real number"),
        ("x + oo", "calculates with infinity"),
        ("[1,2] + [1,2,3]", "sizes of vectors and matrices here do not fit"),
        ("[[1,2]]*[[1,2]]", "sizes of the matrices of this product"),
        ("[[1,1],[1,1]]^-1", "has no inverse"),
        ("[[1,1],[1,1]]^x", "Write a power of a matrix"),
        ("{1, 2} + 2", "cannot stand inside"),
        ("[1,2]/0", "divides by zero"),
        ("e^(10^6 ln 9)", "too long to write out"),
    ],
)
def test_what_has_no_value_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        read(text, NAMES)


def test_unit_vectors_stand_for_entries_only_where_a_vector_is_asked_for():
    assert exercise("gradient", variables="x y", function="x^2 y").grade("2xy i + x^2 j").correct
    assert exercise("vector", answer=["1", "2"]).grade("i j").error == "The answer must be a vector such as [1, 2]."
    assert exercise("vector", answer=["1", "2"]).grade("i + 2").error == "The answer must be a vector such as [1, 2]."
    assert "i is not a name" in (exercise("expression", variables="x", answer="x").grade("2i").error or "")


def test_domains_and_shapes_are_checked():
    with pytest.raises(InputError, match='"domain" is one of real, positive, complex'):
        exercise("expression", answer="1", domain="integers")
    assert (
        exercise("matrix", answer=[["1"]]).grade("{1}").error
        == "The answer must be a matrix: a list of rows such as [[1, 2], [3, 4]]."
    )
    grade = exercise("matrix", answer=[["1", "2"], ["3", "4"]]).grade("[[1,2],[3,5]]")
    assert grade.where["entry"] == "row 2, column 2" and grade.score == 0.75
    grade = exercise("vector", answer=["1", "2"]).grade("(1,2,3)")
    assert grade.where == {"size": "3 entries"}


# ---- sets and equations -----------------------------------------------------------------------------------


def test_partial_credit_for_sets_takes_extra_members_away():
    ex = exercise("set", answer="{1, 2, 3, 4}")
    assert [ex.grade(a).score for a in ("{1,2,3,4}", "{1,2,3}", "{1,2,3,5}", "{5}")] == [1.0, 0.75, 0.5, 0.0]


def test_a_region_is_refuted_by_a_number():
    ex = exercise("set", answer="(0, 1] U [3, oo)")
    wrong = ex.grade("(0, 1) U [3, oo)")
    assert wrong.where == {"number": "1"} and "number_should_be_in" in [m.key for m in wrong.messages]
    wrong = ex.grade("(0, oo)")
    assert wrong.where == {"number": "2"} and "number_should_not_be_in" in [m.key for m in wrong.messages]
    assert ex.grade("(1, 0]").error == "The interval from 1 to 0 is empty; write the smaller end first."
    assert "Infinity is never in an interval" in (ex.grade("(0, oo]").error or "")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-4, 4), st.integers(1, 3), st.booleans(), st.booleans()), min_size=1, max_size=3),
    st.integers(-5, 5),
)
def test_unions_of_intervals_agree_with_sympy(parts, a):
    def text(low, width, left, right):
        return f"{'[' if left else '('}{low}, {low + width}{']' if right else ')'}"

    mine = " U ".join(text(*part) for part in parts)
    theirs = sympy.Union(*(sympy.Interval(lo, lo + w, not left, not right) for lo, w, left, right in parts))
    other = f"({a}, {a + 2}] U [0, 1)"
    same = theirs == sympy.Union(sympy.Interval(a, a + 2, True, False), sympy.Interval(0, 1, False, True))
    assert exercise("set", answer=other).grade(mine).correct is same


def test_equations_show_a_point_that_differs():
    wrong = exercise("equation", variables="x y", answer="y = 2x + 1").grade("y = 2x")
    place = {NAMES[name]: sympy.Rational(value) for name, value in wrong.where.items()}
    assert (y - 2 * x - 1).subs(place) == 0 and (y - 2 * x).subs(place) != 0
    assert "must be an equation" in (exercise("equation", variables="x y", answer="y = x").grade("x").error or "")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6), st.lists(st.integers(-2, 2), min_size=4, max_size=4))
def test_linear_systems_are_compared_by_their_solutions(c, t):
    rows = [c[:3], c[3:]]
    T = np.array(t).reshape(2, 2)
    mixed = (T @ np.array(rows)).tolist()
    text = ", ".join(f"{a}x + {b}y = {d}".replace("+ -", "- ") for a, b, d in rows)
    other = ", ".join(f"({a})x + ({b})y = {d}" for a, b, d in mixed)
    solutions = [sympy.linsolve([a * x + b * y - d for a, b, d in system], x, y) for system in (rows, mixed)]
    grade = exercise("system", variables="x y", answer=text).grade(other)
    if solutions[0] == sympy.S.EmptySet or solutions[1] == sympy.S.EmptySet:
        assert grade.correct is (solutions[0] == solutions[1])
    elif round(np.linalg.det(T)) != 0:
        assert grade.correct is True
    else:
        assert grade.correct is (sympy.Matrix(rows).rank() == sympy.Matrix(mixed).rank())


# ---- calculus ---------------------------------------------------------------------------------------------

FUNCTIONS = ["x^2 y + sin(x y)", "exp(x) cos(y) + z^2", "x y z - ln(1 + x^2)", "sqrt(1 + x^2 + y^2)", "x/(1 + y^2) + z"]


def parsed(text):
    return read(text, NAMES).value.value


def shown(value):
    return [[str(e) for e in row] for row in value.tolist()] if isinstance(value, sympy.MatrixBase) else str(value)


@pytest.mark.parametrize("text", FUNCTIONS)
def test_derivatives_agree_with_sympy(text):
    f = parsed(text)
    fields = {"variables": "x y z", "function": text}
    assert exercise("gradient", **fields).grade([str(f.diff(v)) for v in SYMBOLS]).correct
    assert exercise("hessian", **fields).grade(shown(sympy.hessian(f, SYMBOLS))).correct
    assert exercise("laplacian", **fields).grade(str(sum(f.diff(v, 2) for v in SYMBOLS))).correct
    assert exercise("partial_derivative", **fields, by="x y").grade(str(f.diff(x, y))).correct
    assert exercise("partial_derivative", **fields, variable="x", order=2).grade(str(f.diff(x, 2))).correct
    wrong = exercise("gradient", **fields).grade([str(f.diff(v)) + " + 1" * (v == y) for v in SYMBOLS])
    assert (
        wrong.correct is False and wrong.where["entry"] == "entry 2" and wrong.score == pytest.approx(2 / 3, abs=1e-6)
    )


def test_fields_and_maps():
    field = ["x^2 y", "y z", "sin(x z)"]
    F = [parsed(part) for part in field]
    assert exercise("divergence", variables="x y z", field=field).grade("2xy + z + x cos(x z)").correct
    curl = sympy.Matrix([F[2].diff(y) - F[1].diff(z), F[0].diff(z) - F[2].diff(x), F[1].diff(x) - F[0].diff(y)])
    assert exercise("curl", variables="x y z", field=field).grade([str(c) for c in curl]).correct
    assert exercise("curl", variables="x y", field=["-y", "x"]).grade("2").correct
    jacobian = sympy.Matrix(F).jacobian(SYMBOLS)
    assert exercise("jacobian", variables="x y z", map=field).grade(shown(jacobian)).correct
    assert exercise("jacobian", variables="x y z", map=field).grade(shown(jacobian.T)).diagnosis == "transpose"


def test_derivatives_at_a_point_and_in_a_direction():
    f = "x^2 + 3 x y"
    ex = exercise("directional_derivative", variables="x y", function=f, point=[1, 2], direction=[3, 4])
    assert ex.grade("36/5").correct
    assert ex.grade("36").diagnosis == "not_normalised"
    along = exercise("directional_derivative", variables="x y", function=f, point=[1, 2], direction=[3, 4], unit=False)
    assert along.grade("36").correct
    assert exercise("hessian", variables="x y", function=f, point="(1, 2)").grade("[[2,3],[3,0]]").correct
    assert exercise("gradient", variables="x", function="x^3", point=2).grade("12").correct


@pytest.mark.parametrize("text", FUNCTIONS[:4])
def test_taylor_polynomials_agree_with_a_series_along_lines(text):
    f, t = parsed(text), sympy.Symbol("t", real=True)
    truth = exercise("taylor", variables="x y z", function=text, point=[0, 0, 0], order=3).truth
    line = {x: 2 * t, y: -t, z: 3 * t}
    assert sympy.expand(truth.subs(line) - sympy.series(f.subs(line), t, 0, 4).removeO()) == 0


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("curl", {"field": ["x"], "variables": "x"}, "A curl needs 2 or 3 variables"),
        ("divergence", {"field": ["x", "y"], "variables": "x"}, "is not a name|has 2 entries"),
        ("gradient", {"function": "1/x", "variables": "x", "point": 0}, "no value at the point"),
        ("gradient", {"function": "x y", "variables": "x y", "point": [1]}, "has 1 entries, but there are 2 variables"),
        ("directional_derivative", {"function": "x", "variables": "x y", "direction": [0, 0]}, "which is no direction"),
        ("partial_derivative", {"function": "x y", "variables": "x y"}, 'needs the field "by"'),
        ("partial_derivative", {"function": "x y", "variables": "x y", "by": "q"}, "is not a variable"),
        ("taylor", {"function": "ln(x)", "variables": "x", "order": 2}, "no Taylor polynomial"),
        ("taylor", {"function": "x", "variables": "x", "order": 99}, "is between 0 and 12"),
    ],
)
def test_problems_without_a_truth_say_why(kind, fields, message):
    with pytest.raises(InputError, match=message):
        exercise(kind, **fields).truth  # noqa: B018


def test_the_kinds_of_this_family_are_there():
    wanted = "expression same_form number set list equation system matrix vector partial_derivative gradient jacobian"
    assert set(f"{wanted} hessian directional_derivative divergence curl taylor".split()) <= KINDS.keys()


def test_an_answer_that_is_not_decided_is_not_marked_wrong():
    grade = exercise("expression", answer="gamma(1/3)gamma(2/3)").grade("2pi/sqrt(3)")  # Euler's reflection
    assert grade.verdict is Verdict.UNDECIDED
    assert grade.correct is None and grade.score == 0


def test_trees_are_small():
    assert parse_answer("x+" * 400 + "x", ["x"]).tree.op == "add"
