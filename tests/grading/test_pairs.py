"""Answer pairs after other graders' public suites, and laws of equality."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.grading import Exercise, Verdict
from hessmath.grading.equality import equal, equal_up_to_constant
from hessmath.symbolic.identities import agree
from hessmath.symbolic.normal import is_formally_zero
from hessmath.symbolic.point_values import Lack, value_at
from hessmath.symbolic.positivity import gaps, signs_where_positive
from tests.grading.pairs import PAIRS

x, y = sympy.symbols("x y", real=True)
p, q = sympy.symbols("p q", positive=True)
z = sympy.Symbol("z")


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.kind}: {pair.answer[:40]} ~ {pair.key[:40]}")
def test_the_verdict_on_a_pair_is_the_known_one(pair):
    fields = {"id": "1", "kind": pair.kind, "domain": pair.domain, "variables": pair.variables, "answer": pair.key}
    assert Exercise.from_dict(fields).grade(pair.answer).correct is pair.right


# ---- laws -------------------------------------------------------------------------------------------------

atoms = st.sampled_from([x, y, x + 1, sympy.Integer(2), sympy.Rational(-1, 3), sympy.sqrt(2), sympy.pi])

expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(sympy.sin, inner),
        st.builds(sympy.exp, inner),
        st.builds(sympy.Abs, inner),
        st.builds(lambda a: sympy.sqrt(a**2 + 1), inner),
        st.builds(lambda a: 1 / (a**2 + 2), inner),
    ),
    max_leaves=5,
)

REWRITINGS = [
    lambda e: e + sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1,
    lambda e: (e * (x**2 + 1) - e * x**2).expand(),
    lambda e: e * sympy.exp(x) * sympy.exp(-x, evaluate=False),
    lambda e: sympy.expand(e, deep=False),
    lambda e: e + sympy.log(x**2 + 1) * 2 - sympy.log((x**2 + 1) ** 2),
    lambda e: e + sympy.tan(x) * sympy.cos(x) - sympy.sin(x),
    lambda e: e + sympy.Abs(x) ** 2 - x**2,
    lambda e: e + sympy.cosh(y) - (sympy.exp(y) + sympy.exp(-y)) / 2,
]


@settings(max_examples=60, deadline=None)
@given(expressions, st.sampled_from(REWRITINGS))
def test_a_rewritten_expression_is_never_wrong(expr, rewrite):
    assert equal(rewrite(expr), expr, [x, y]).verdict is not Verdict.WRONG


@settings(max_examples=60, deadline=None)
@given(expressions, st.sampled_from([sympy.Rational(1, 1000), x / 7, sympy.sin(y) / 50, -(y**2) / 9, sympy.pi - 3]))
def test_a_perturbed_expression_is_never_right(expr, change):
    judgement = equal(expr + change, expr, [x, y])
    assert judgement.verdict not in (Verdict.RIGHT, Verdict.SAMPLED)
    if judgement.verdict is Verdict.WRONG and judgement.where:
        point = {{"x": x, "y": y}[name]: sympy.Rational(value) for name, value in judgement.where.items()}
        difference = change.xreplace(point)
        assert abs(float(difference)) > 0  # the witness shows the change that was made


@settings(max_examples=40, deadline=None)
@given(expressions, expressions)
def test_equality_is_symmetric_where_both_are_defined_everywhere(a, b):
    there, back = equal(a, b, [x, y]).verdict, equal(b, a, [x, y]).verdict
    assert {there, back} != {Verdict.RIGHT, Verdict.WRONG}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=3, max_size=6), st.lists(st.integers(-5, 5), min_size=3, max_size=6))
def test_polynomials_are_decided_as_sympy_does(a, b):
    f, g = (sum(c * x**k for k, c in enumerate(cs)) for cs in (a, b))
    same = sympy.Poly(f, x) == sympy.Poly(g, x)
    hidden = sympy.Mul(g * (x - 3), 1 / (x - 3), evaluate=False)
    assert equal(f, hidden, [x]).verdict is (Verdict.RIGHT if same else Verdict.WRONG)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 7), st.integers(-6, 6), st.integers(1, 12))
def test_multiple_angles_agree_with_the_chebyshev_polynomials(n, shift, turn):
    angle = sympy.pi * sympy.Rational(shift, turn)
    assert is_formally_zero(sympy.cos(n * x) - sympy.chebyshevt(n, sympy.cos(x)))
    assert agree(sympy.cos(x + angle), sympy.cos(x) * sympy.cos(angle) - sympy.sin(x) * sympy.sin(angle))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (sympy.atan(x) + sympy.atan(1 / x), sympy.pi / 2, False),
        (sympy.atan(p) + sympy.atan(1 / p), sympy.pi / 2, True),
        (4 * sympy.atan(sympy.Rational(1, 5)) - sympy.atan(sympy.Rational(1, 239)), sympy.pi / 4, True),
        (sympy.log(sympy.Abs(sympy.sec(x) + sympy.tan(x))), -sympy.log(sympy.Abs(sympy.sec(x) - sympy.tan(x))), True),
        (sympy.sqrt(1 + sympy.sin(2 * x)), sympy.Abs(sympy.sin(x) + sympy.cos(x)), True),
        (sympy.sqrt(1 + sympy.sin(2 * x)), sympy.sin(x) + sympy.cos(x), False),
        (2 * sympy.atan(x), sympy.asin(2 * x / (1 + x**2)), False),
        ((x**3) ** sympy.Rational(1, 3), x, True),
    ],
)
def test_identities_that_hold_on_every_piece_and_those_that_do_not(a, b, same):
    domain = "positive" if a.has(p) else "real"
    assert (equal(a, b, [x, p], domain).verdict is Verdict.RIGHT) is same


FALSE = [
    sympy.Abs(x) - x,
    sympy.sqrt((x + y) ** 2) - (x + y),
    sympy.sqrt((x - 10**9) ** 2) - (10**9 - x),
    (x**3) ** sympy.Rational(1, 3) - sympy.Abs(x),
    sympy.log((x + 1) ** 2) - 2 * sympy.log(sympy.Abs(x)),
    sympy.atan(x) + sympy.atan(1 / x) - sympy.pi / 2,
    sympy.sqrt(1 + sympy.sin(2 * x)) - sympy.sin(x) - sympy.cos(x),
    sympy.sqrt(x**2 * y) - x * sympy.sqrt(y),
    sympy.exp(sympy.log(sympy.Abs(x))) - x,
    sympy.sqrt(2 * x * sympy.sqrt(x**2 + 1) + 2 * x**2 + 1) - sympy.sqrt(x**2 + 1) + x,
    sympy.sqrt(x**2 - 2 * x + 1) - x + 1,
    sympy.Max(x, y) - x,
    sympy.sin(x / 2) - sympy.sqrt((1 - sympy.cos(x)) / 2),
    sympy.sqrt(sympy.exp(2 * x) - 2 + sympy.exp(-2 * x)) - sympy.exp(x) + sympy.exp(-x),
]


@pytest.mark.parametrize("difference", FALSE, ids=str)
def test_what_is_true_on_one_side_only_is_not_proved(difference):
    assert not is_formally_zero(difference)
    assert not agree(difference, sympy.Integer(0))


@settings(max_examples=60, deadline=None)
@given(expressions, st.sampled_from([sympy.Abs(x) - x, sympy.sqrt(x**2 * y**2) - x * y, sympy.sin(x) / 10**6]))
def test_no_proof_of_what_differs_on_one_side(expr, change):
    assert not agree(expr * 3 + change, expr * 3)


def test_the_domain_decides_on_logarithms():
    wrong = equal(2 * sympy.log(x), sympy.log(x**2), [x])
    assert wrong.verdict is Verdict.WRONG
    assert wrong.messages[0].key == "undefined_at_point"
    assert sympy.Rational(wrong.where["x"]) < 0
    assert equal(sympy.log(x**2), 2 * sympy.log(x), [x]).verdict is Verdict.RIGHT
    assert equal(2 * sympy.log(p), sympy.log(p**2), [p], "positive").verdict is Verdict.RIGHT


def test_principal_branches_differ_in_the_complex_domain():
    assert equal(sympy.sqrt(z**2), z, [z], "complex").verdict is Verdict.WRONG
    assert equal(sympy.exp(sympy.I * z), sympy.cos(z) + sympy.I * sympy.sin(z), [z], "complex").verdict is Verdict.RIGHT


def test_a_polynomial_too_large_to_write_out_is_only_sampled():
    a, b = sympy.symbols("a b", real=True)
    f = (x + y + a + b + 1) ** 40 * (x - y) + (x * y - a * b) ** 30
    g = (x + y + a + b + 1) ** 40 * x - y * (x + y + a + b + 1) ** 40 + (a * b - x * y) ** 30
    judgement = equal(f, g, [x, y, a, b])
    assert judgement.verdict is Verdict.SAMPLED
    assert 0 < judgement.error_bound < 1e-40
    assert equal(f + 1, g, [x, y, a, b]).verdict is Verdict.WRONG


def test_constants_of_integration():
    assert equal_up_to_constant(sympy.log(x), sympy.log(sympy.Abs(x)) + 3, [x]).verdict is Verdict.RIGHT
    assert equal_up_to_constant(-sympy.cos(2 * x) / 4, sympy.sin(x) ** 2 / 2, [x]).verdict is Verdict.RIGHT
    wrong = equal_up_to_constant(x**2, x**3, [x])
    assert wrong.messages[0].key == "derivative_differs"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fractions(-3, 3, max_denominator=4), min_size=1, max_size=5), st.booleans())
def test_there_is_a_point_in_every_gap_between_roots(roots, irrational):
    poly = sympy.prod([sympy.Poly(x - sympy.Rational(r.numerator, r.denominator), x) for r in roots])
    ends = {sympy.Rational(r.numerator, r.denominator) for r in roots}
    if irrational:
        poly, ends = poly * sympy.Poly(x**2 - 2, x), ends | {sympy.sqrt(2), -sympy.sqrt(2)}
    places = {sum(1 for end in ends if end < point) for point in gaps(poly)}
    assert places == set(range(len(ends) + 1))
    assert all(poly.eval(point) != 0 for point in gaps(poly))


@pytest.mark.parametrize(("sign", "expected"), [(1, [1, 1]), (-1, [None, None])])
def test_factors_of_what_is_positive(sign, expected):
    assert signs_where_positive([sympy.Poly(1 - x, x), sympy.Poly(1 + x, x)], sign) == expected


def test_values_at_points_say_when_they_are_undefined():
    assert value_at(sympy.log(x), {x: sympy.Integer(-1)}) is Lack.UNDEFINED
    assert value_at(1 / x, {x: sympy.Integer(0)}) is Lack.UNKNOWN
    assert value_at(x ** sympy.Rational(1, 3), {x: sympy.Integer(-8)}).contains(-2)
    assert value_at(x**y, {x: sympy.Integer(-2), y: sympy.Integer(2)}) is Lack.UNDEFINED
    assert value_at(x**y, {x: sympy.Integer(-2), y: sympy.Integer(2)}, isolated=True).contains(4)


@settings(max_examples=40, deadline=None)
@given(expressions, st.fractions(-3, 3, max_denominator=7), st.fractions(-3, 3, max_denominator=7))
def test_balls_contain_sympys_value(expr, a, b):
    place = {x: sympy.Rational(a.numerator, a.denominator), y: sympy.Rational(b.numerator, b.denominator)}
    ball = value_at(expr, place)
    if isinstance(ball, Lack):
        return
    value = sympy.N(expr.xreplace(place), 30)
    assert (
        abs(sympy.Float(str(ball.mid().str(25, radius=False)), 25) - value) <= abs(value) * sympy.Float("1e-15") + 1e-15
    )


def test_text_is_never_handed_to_sympy():
    with pytest.raises(sympy.SympifyError):
        equal("__import__('os').getpid()", sympy.Integer(1), [])
