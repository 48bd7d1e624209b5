"""Edits and slips: each is something else than the truth, and a single one is named."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.grading import Exercise
from hessmath.grading.derivative_slips import slipped
from hessmath.grading.edits import PARTS, WHOLE
from hessmath.grading.follow_through import easier

x, y = sympy.symbols("x y", real=True)


@st.composite
def formulas(draw, depth=2):
    if depth == 0:
        return draw(st.sampled_from([x, y, x**2, x * y, 3 * x, x + 1]))
    inner = draw(formulas(depth=depth - 1))
    match draw(st.sampled_from(["sin", "exp", "log", "root", "product", "quotient", "sum"])):
        case "sin":
            return sympy.sin(inner)
        case "exp":
            return sympy.exp(inner)
        case "log":
            return sympy.log(inner**2 + 1)
        case "root":
            return sympy.sqrt(inner**2 + 2)
        case "product":
            return inner * draw(formulas(depth=depth - 1))
        case "quotient":
            return inner / (x**2 + 3)
        case _:
            return inner + draw(formulas(depth=depth - 1))


@settings(deadline=None, max_examples=60)
@given(f=formulas())
def test_a_slipped_derivative_is_not_the_derivative(f):
    right = sympy.lambdify((x, y), sympy.diff(f, x), "mpmath")
    for name, wrong in slipped(f, x):
        value = sympy.lambdify((x, y), wrong, "mpmath")
        points = [(0.37, 1.31), (-0.91, 0.43), (1.73, -0.59)]
        differences = []
        for point in points:
            try:
                differences.append(abs(value(*point) - right(*point)))
            except ZeroDivisionError:
                differences.append(1)
        assert max(differences) > 1e-9, name


@pytest.mark.parametrize(
    ("f", "wrong", "name"),
    [
        (sympy.sin(3 * x), sympy.cos(3 * x), "chain_rule"),
        (x * sympy.exp(x), sympy.exp(x), "product_rule"),
        (x / (x**2 + 1), (1 + 3 * x**2) / (x**2 + 1) ** 2, "quotient_rule"),
        (x**5, x**4, "power_rule"),
        (sympy.cos(x), sympy.sin(x), "sign_of_trigonometric_derivative"),
        (sympy.sin(x**2), sympy.sin(2 * x), "derivative_inside"),
    ],
)
def test_the_slips_of_textbooks_are_found(f, wrong, name):
    assert [found for found, value in slipped(f, x) if sympy.expand(value - wrong) == 0] == [name]


@pytest.mark.parametrize("name", [*WHOLE, *PARTS])
@pytest.mark.parametrize(
    "value", [x**2 + 3 * x * y, sympy.ImmutableDenseMatrix([[1, x, 3], [4, 5, y]]), (x, sympy.Integer(7))]
)
def test_an_edit_changes_the_value(name, value):
    for edited in {**WHOLE, **PARTS}[name](value, (x, y)):
        assert edited != value


def expression(answer, **fields):
    return Exercise.from_dict({"id": "1", "kind": "expression", "variables": "x y", "answer": answer, **fields})


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("-(x**2 + 3*x*y + 5)", "sign"),
        ("2*x**2 + 6*x*y + 10", "factor_two"),
        ("1/(x**2 + 3*x*y + 5)", "reciprocal"),
        ("y**2 + 3*x*y + 5", "swapped_variables"),
        ("x**2 - 3*x*y + 5", "sign_of_a_term"),
        ("x**2 + 5", "lost_term"),
        ("x**2 + 6*x*y + 5", "factor_in_a_term"),
        ("x**3 - 7*y", None),
    ],
)
def test_a_single_slip_is_named(answer, name):
    grade = expression("x**2 + 3*x*y + 5").grade(answer)
    assert grade.diagnosis == name
    assert (len(grade.feedback) == 3) == (name is not None)


def test_a_wrong_coefficient_is_named_where_a_factor_of_two_does_not_explain_it():
    assert expression("2*x").grade("x").diagnosis == "factor_two"
    assert expression("x/2 - 2").grade("2*x - 2").diagnosis == "coefficient_of_a_term"
    assert expression("x/2 - 2").grade("2*x - 3").diagnosis is None


@pytest.mark.parametrize(
    ("own", "right", "reason"),
    [
        (sympy.Matrix([[1, 0], [0, 2]]), sympy.Matrix([[1, 1], [1, 2]]), "own_value_diagonal"),
        (sympy.Matrix([[1, 0], [2, 2]]), sympy.Matrix([[1, 1], [1, 2]]), None),
        (sympy.Matrix([[1, 0], [0, 0], [0, 0]]), sympy.Matrix([[1, 1], [1, 2], [2, 3]]), "own_value_simpler"),
        (sympy.Matrix([1, 2]), sympy.Matrix([[1, 2]]), "own_value_other_shape"),
        (sympy.Integer(3), x, "own_value_simpler"),
        (sympy.Matrix([1]), x, "own_value_other_shape"),
        ((1, 2), (1, 2, 3), "own_value_other_shape"),
        (2 * x, x, None),
    ],
)
def test_an_own_value_may_not_make_the_rest_easier(own, right, reason):
    assert easier(own, right) == reason
