"""Quadratic forms, critical points, convexity: derived from the problem, with witnesses for what is wrong."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.grading import Exercise, Verdict
from hessmath.grading.exact import Table
from hessmath.grading.kinds.forms import directions
from hessmath.symbolic import inertia

x, y, z = sympy.symbols("x y z", real=True)
small = st.integers(-3, 3)


def made(kind, **fields):
    return Exercise.from_dict({"id": "1", "kind": kind, **fields})


@st.composite
def symmetric(draw, n):
    A = sympy.zeros(n)
    for i in range(n):
        for j in range(i + 1):
            A[i, j] = A[j, i] = draw(small)
    return A


def texts(A):
    return [[str(e) for e in row] for row in sympy.Matrix(A).tolist()]


@settings(deadline=None, max_examples=25)
@given(A=symmetric(3), data=st.data())
def test_a_form_and_its_matrix(A, data):
    v = sympy.Matrix([x, y, z])
    form = (v.T * A * v)[0]
    exercise = made("quadratic_form", matrix=texts(A), variables="x y z")
    assert exercise.grade(str(form)).verdict is Verdict.RIGHT
    assert exercise.grade(str(sympy.expand(form))).verdict is Verdict.RIGHT
    assert exercise.grade(str(sympy.expand(form) + data.draw(st.sampled_from([x * y, z**2, 1])))).correct is False
    back = made("symmetric_matrix_of_form", form=str(sympy.expand(form)), variables="x y z")
    assert back.grade(texts(A)).verdict is Verdict.RIGHT
    i, j = data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))
    A[i, j] += 1
    assert back.grade(texts(A)).verdict is Verdict.WRONG


def test_slips_of_forms_are_named():
    form = made("quadratic_form", matrix=[[1, 2], [2, 5]], variables="x y")
    assert form.grade("x^2 + 2xy + 5y^2").diagnosis == "cross_terms_not_doubled"
    assert form.grade("x^2 + 5y^2").diagnosis == "cross_terms_missing"
    assert form.grade("x^2 - 4xy + 5y^2").diagnosis == "cross_terms_sign"
    back = made("symmetric_matrix_of_form", form="x^2 + 4xy + 5y^2", variables="x y")
    assert back.grade([["1", "4"], ["4", "5"]]).diagnosis == "cross_terms_not_halved"
    assert back.grade([["2", "4"], ["4", "10"]]).diagnosis == "hessian_instead_of_matrix"
    triangular = back.grade([["1", "4"], ["0", "5"]])
    assert triangular.diagnosis == "triangular_instead_of_symmetric"
    assert triangular.messages[1].key == "right_form_not_symmetric"
    assert triangular.score == 0.5


@settings(deadline=None, max_examples=40)
@given(A=symmetric(3))
def test_definiteness_with_a_witness_for_what_is_wrong(A):
    exercise = made("definiteness", matrix=texts(A))
    truth = inertia(A).definiteness
    for word in ("positive definite", "negative definite", "positive semidefinite", "negative semidefinite"):
        grade = exercise.grade(word)
        accepted = word == truth or (truth == "zero" and "semi" in word)
        assert grade.verdict is (Verdict.RIGHT if accepted else Verdict.WRONG)
        if "v" in grade.where:
            v = sympy.Matrix(sympy.sympify(grade.where["v"]))
            value = (v.T * A * v)[0]
            assert v != sympy.zeros(3, 1)
            assert str(value) == grade.where["value"]
            assert value <= 0 if "positive" in word else value >= 0
        elif not accepted:
            assert grade.score == 0.5
    assert exercise.grade("indefinite").correct is (truth == "indefinite")


@settings(deadline=None, max_examples=30)
@given(A=symmetric(3))
def test_the_directions_have_every_sign_of_the_inertia(A):
    signs = inertia(A)
    counted = ((1, signs.positive), (-1, signs.negative), (0, signs.zero))
    expected = {s for s, n in counted if n}
    found = directions(Table.of(A))
    assert {s for _, _, s in found} == expected
    for v, value, s in found:
        assert (v.matrix.T * A * v.matrix)[0] == value
        assert sympy.sign(value) == s


@pytest.mark.parametrize(
    ("matrix", "holding"),
    [
        ([[0, 1], [-1, 0]], {"orthogonal", "skew_symmetric", "normal", "invertible", "square",
                              "diagonalisable_over_c"}),
        ([[1, 1], [0, 0]], {"idempotent", "upper_triangular", "triangular", "singular", "diagonalisable", "square",
                            "diagonalisable_over_c"}),
        ([[0, 1], [0, 0]], {"nilpotent", "upper_triangular", "triangular", "singular", "square"}),
        ([["1/2", "1/2"], ["1/2", "1/2"]], {"symmetric", "idempotent", "orthogonal_projection", "singular", "normal",
                                            "diagonalisable", "diagonalisable_over_c", "orthogonally_diagonalisable",
                                            "positive_semidefinite", "square"}),
        ([[2, 0], [0, 2]], {"symmetric", "scalar", "diagonal", "triangular", "upper_triangular", "lower_triangular",
                            "invertible", "normal", "diagonalisable", "diagonalisable_over_c", "positive_definite",
                            "positive_semidefinite", "orthogonally_diagonalisable", "square"}),
    ],
)  # fmt: skip
def test_properties(matrix, holding):
    from hessmath.grading.kinds.properties import PROPERTIES

    for name in PROPERTIES:
        exercise = made("matrix_property", matrix=matrix, property=name)
        assert exercise.grade("yes").verdict is (Verdict.RIGHT if name in holding else Verdict.WRONG), name
        assert exercise.grade("no").verdict is (Verdict.WRONG if name in holding else Verdict.RIGHT), name


def test_the_reason_of_a_property_is_said():
    exercise = made("matrix_property", matrix=[[1, 2], [3, 4]], property="symmetric")
    assert "row 1, column 2, where the difference is -1" in exercise.grade("yes").where["reason"]
    several = made("matrix_property", matrix=[[1, 2], [3, 4]], property=["symmetric", "invertible"])
    assert several.grade({"symmetric": "no", "invertible": "yes"}).verdict is Verdict.RIGHT
    assert several.grade({"symmetric": "yes", "invertible": "yes"}).score == 0.5


def test_rayleigh_quotients():
    exercise = made("rayleigh_quotient", matrix=[[2, 1], [1, 2]], vector=[1, 2])
    assert exercise.grade("14/5").verdict is Verdict.RIGHT
    assert exercise.grade("2.8").verdict is Verdict.RIGHT
    assert exercise.grade("14").diagnosis == "not_divided_by_the_length"
    assert exercise.grade("14/sqrt(5)").diagnosis == "divided_by_the_length_not_squared"


# ---- critical points ------------------------------------------------------------------------------------------


def points(**fields):
    return made("critical_points", **({"function": "x^3 - 3x + y^2", "variables": "x y"} | fields))


FORMS = [
    [[["1", "0"], "minimum"], [["-1", "0"], "saddle point"]],
    [[["-1", "0"], "saddle"], [["1", "0"], "local min"]],
    {"saddle": ["-1", "0"], "minimum": [["1", "0"]]},
    {"saddles": [["-1", "0"]], "minimum": ["1", "0"], "maximum": "none"},
    [{"point": ["1", "0"], "kind": "minimum"}, {"point": {"x": "-1", "y": "0"}, "kind": "saddle"}],
    ["(1, 0) minimum", "(-1, 0) saddle"],
]


@pytest.mark.parametrize("answer", FORMS, ids=range(len(FORMS)))
def test_forms_of_one_list_of_critical_points(answer):
    assert points().grade(answer).verdict is Verdict.RIGHT


@pytest.mark.parametrize(
    ("answer", "key", "score"),
    [
        ([[["1", "0"], "minimum"]], "critical_points_missing", 0.5),
        ([[["1", "0"], "maximum"], [["-1", "0"], "saddle"]], "wrong_kind_of_point", 0.75),
        ([["1", "0"], ["-1", "0"]], "kinds_missing", 0.5),
        ([[["1", "0"], "minimum"], [["-1", "0"], "saddle"], [["0", "0"], "saddle"]], "not_a_critical_point", 0.75),
        ([[["1", "0"], "minimum"], [["1", "0"], "minimum"]], "critical_points_missing", 0.5),
        ([[["2", "0"], "minimum"], [["-2", "0"], "saddle"]], "not_a_critical_point", 0),
        ("none", "critical_points_missing", 0),
    ],
)
def test_partial_marks_by_points_and_kinds(answer, key, score):
    grade = points().grade(answer)
    assert grade.verdict is Verdict.WRONG
    assert grade.messages[1].key == key
    assert grade.score == score


def test_the_gradient_is_shown_where_it_is_not_zero():
    where = points().grade([[["2", "0"], "minimum"]]).where
    assert (where["point"], where["gradient"]) == ("(2, 0)", "(9, 0)")


def test_slips_of_critical_points_are_named():
    swapped = points(function="x^3 - 3x - y^2")
    assert swapped.grade([[["1", "0"], "saddle"], [["-1", "0"], "minimum"]]).diagnosis == "minimum_and_maximum_swapped"
    assert points().grade([[["1", "0"], "minimum"]]).diagnosis == "part_missing"  # a saddle and a negative root
    two = points(function="x^4 - 2x^2 + y^2")
    assert two.grade([[["1", "0"], "minimum"], [["0", "0"], "saddle"]]).diagnosis == "negative_roots_left_out"
    assert two.grade([[["1", "0"], "minimum"], [["-1", "0"], "minimum"]]).diagnosis == "saddles_left_out"


def test_irrational_and_decimal_points():
    exercise = made("critical_points", function="x^3 - 6x", variables="x")
    assert exercise.grade([["sqrt(2)", "minimum"], ["-sqrt(2)", "maximum"]]).verdict is Verdict.RIGHT
    assert exercise.grade([["1.414", "minimum"], ["-1.414", "maximum"]]).verdict is Verdict.WRONG
    rounded = made("critical_points", function="x^3 - 6x", variables="x", decimals="rounded")
    assert rounded.grade([["1.414", "minimum"], ["-1.414", "maximum"]]).verdict is Verdict.RIGHT
    assert rounded.grade([["1.415", "minimum"], ["-1.414", "maximum"]]).verdict is Verdict.WRONG


@settings(deadline=None, max_examples=15)
@given(a=st.integers(1, 3), b=small, c=small)
def test_critical_points_agree_with_sympys_solve(a, b, c):
    f = x**3 - 3 * a**2 * x + y**2 + b * y + c
    exercise = points(function=str(f))
    found = sympy.solve([f.diff(x), f.diff(y)], [x, y])
    H = sympy.hessian(f, (x, y))
    answer = [[[str(p), str(q)], "minimum" if H.subs({x: p, y: q}).det() > 0 else "saddle"] for p, q in found]
    assert exercise.grade(answer).verdict is Verdict.RIGHT
    answer[0][0][1] = str(found[0][1] + 1)
    assert exercise.grade(answer).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("function", "variables", "point", "kind"),
    [
        ("x^2 + y^2", "x y", [0, 0], "minimum"),
        ("x y", "x y", [0, 0], "saddle"),
        ("x^4 + y^4", "x y", [0, 0], "minimum"),
        ("-x^4 - y^4", "x y", [0, 0], "maximum"),
        ("x^2 y^2", "x y", [0, 0], "minimum"),
        ("x^3", "x", [0], "saddle"),
        ("x^4", "x", [0], "minimum"),
        ("x^2", "x", [1], "not critical"),
        ("cos(x)", "x", [0], "maximum"),
    ],
)
def test_kinds_of_points(function, variables, point, kind):
    exercise = made("classify_point", function=function, variables=variables, point=point)
    for word in ("minimum", "maximum", "saddle", "not critical"):
        assert exercise.grade(word).verdict is (Verdict.RIGHT if word == kind else Verdict.WRONG)


def test_a_weak_minimum_is_not_strict_and_an_inconclusive_test_is_half_an_answer():
    exercise = made("classify_point", function="x^2 y^2", variables="x y", point=[0, 0])
    assert exercise.grade("strict minimum").verdict is Verdict.WRONG
    assert exercise.grade("degenerate").score == 0.5
    assert exercise.grade("inconclusive").diagnosis == "second_derivative_test_only"
    lenient = made("classify_point", function="x^2 y^2", variables="x y", point=[0, 0], accept_degenerate=True)
    assert lenient.grade("degenerate").verdict is Verdict.RIGHT


def test_a_point_whose_kind_is_not_proved_goes_to_a_human(monkeypatch):
    import hessmath.grading.kinds.critical as critical

    monkeypatch.setattr(critical, "degenerate_nature", lambda *_: "degenerate")
    exercise = made("classify_point", function="x^4 + y^4", variables="x y", point=[0, 0])
    assert exercise.grade("minimum").verdict is Verdict.UNDECIDED
    assert exercise.grade("degenerate").verdict is Verdict.RIGHT
    assert exercise.grade("not critical").verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("function", "variables", "where", "right", "half", "wrong"),
    [
        ("x^2 + y^2", "x y", None, ["convex", "strictly convex"], [], ["concave", "neither", "both"]),
        ("-x^2", "x", None, ["concave", "strictly concave"], [], ["convex", "neither"]),
        ("x^3", "x", None, ["neither"], [], ["convex", "concave"]),
        ("x^3", "x", "x > 0", ["convex", "strictly convex"], [], ["neither"]),
        ("2x + 1", "x", None, ["both", "linear"], ["convex", "concave"], ["neither", "strictly convex"]),
        ("x^2", "x y", None, ["convex"], [], ["strictly convex", "neither"]),
        ("x y", "x y", None, ["neither"], [], ["convex"]),
    ],
)
def test_convexity(function, variables, where, right, half, wrong):
    fields = {"where": where} if where else {}
    exercise = made("convexity", function=function, variables=variables, **fields)
    for word in right:
        assert exercise.grade(word).verdict is Verdict.RIGHT, word
    for word in half:
        assert exercise.grade(word).score == 0.5, word
    for word in wrong:
        assert (exercise.grade(word).verdict, exercise.grade(word).score) == (Verdict.WRONG, 0), word


def test_strictness_can_be_asked_for():
    exercise = made("convexity", function="x^2", variables="x", strict=True)
    assert exercise.grade("strictly convex").verdict is Verdict.RIGHT
    assert exercise.grade("convex").score == 0.5


def test_both_signs_stand_for_several_points():
    exercise = made("critical_points", function="x^3 - 3x + y^3 - 3y", variables="x y", kinds=False)
    assert exercise.grade("(±1, ±1)").verdict is Verdict.RIGHT
    assert exercise.grade("(±1, 1)").score == 0.5
    assert made("critical_points", function="x^4 - 2x^2", variables="x", kinds=False).grade("0, ±1").correct
