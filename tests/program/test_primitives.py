"""Every row of the op table keeps the contract of a row."""

import math
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.program import PRIMITIVES, TapeBuilder, primitive
from hessmath.program.arithmetic import balls, exact, float64
from hessmath.program.partials import contribution, partials, symbolic_partials
from hessmath.program.primitives import OPCODE, rational_root

COMPUTED = PRIMITIVES[2:]
rows = pytest.mark.parametrize("row", COMPUTED, ids=lambda row: row.name)

# Points inside each domain; (1/3, 5/7) and the like suit every row that is not listed.
POINTS = {
    "acosh": [(Fraction(5, 3),), (Fraction(7),)],
    "zeta": [(Fraction(2), Fraction(1, 3)), (Fraction(4), Fraction(5, 2))],
    "select": [(1, Fraction(2), Fraction(3)), (0, Fraction(2), Fraction(3))],
    "pow": [(Fraction(2, 3), Fraction(5, 2)), (Fraction(4), Fraction(-1, 3))],
    "eq": [(Fraction(1, 4), Fraction(1, 4)), (Fraction(1, 3), Fraction(1, 2))],
    "le": [(Fraction(1, 4), Fraction(1, 4)), (Fraction(1, 2), Fraction(1, 3))],
    "mod": [(Fraction(7, 3), Fraction(5, 7)), (Fraction(-2), Fraction(3, 4))],
    "expn": [(Fraction(2), Fraction(1, 3)), (Fraction(5), Fraction(7, 3))],
    "elliptic_f": [(Fraction(1, 3), Fraction(5, 7)), (Fraction(2, 3), Fraction(-1, 2))],
    "elliptic_e_incomplete": [(Fraction(1, 3), Fraction(5, 7)), (Fraction(2, 3), Fraction(-1, 2))],
    "betainc": [
        (Fraction(1, 3), Fraction(5, 7), Fraction(1, 4)),
        (Fraction(2), Fraction(5, 2), Fraction(3, 4)),
    ],
}
USUAL = {
    1: [(Fraction(1, 3),), (Fraction(3, 4),)],
    2: [(Fraction(1, 3), Fraction(5, 7)), (Fraction(2), Fraction(1, 2))],
}


WITHOUT_DERIVATIVE = {
    *(("zeta", 0), ("gammainc", 0), ("gammaincc", 0), ("betainc", 0), ("betainc", 1), ("expn", 0)),
    *((name, 0) for name in ("besselj", "bessely", "besseli", "besselk")),
}
"""Derivatives by a parameter that exist, but that no primitive computes."""


def points(row):
    return POINTS.get(row.name) or USUAL[row.arity]


def meaning_at(row, point):
    """The row's meaning by SymPy alone, to 30 digits."""
    symbols = sympy.symbols(f"x:{row.arity}", real=True)
    meaning = row.meaning(*symbols)
    if row.name == "erfcinv":  # SymPy 1.14 evaluates erfcinv(1/3) to −2.15, where the inverse is 0.684
        meaning = sympy.erfinv(1 - symbols[0])
    value = meaning.subs(dict(zip(symbols, map(sympy.Rational, point), strict=True)))
    return sympy.N(value, 30)


@rows
def test_names_are_unique_and_opcodes_count_the_rows(row):
    assert PRIMITIVES[OPCODE[row.name]] is row is primitive(row.name)


@rows
def test_the_reference_value_agrees_with_the_meaning(row):
    for point in points(row):
        expected = float(meaning_at(row, point))
        # one rounding per float64 operation in the reference, a few inside SciPy's special functions
        assert math.isclose(float(row.value(*map(float, point))), expected, rel_tol=1e-13, abs_tol=1e-15)


@rows
def test_the_enclosure_contains_the_meaning(row):
    import flint

    for point in points(row):
        enclosed = row.enclosure(*(balls.ball(Fraction(x)) for x in point))
        truth = flint.arb(str(meaning_at(row, point)))  # 30 digits, more than the 53 bits of the ball
        assert enclosed.overlaps(truth)
        assert enclosed.rad() < 1e-12


@rows
def test_a_wide_enclosure_contains_the_values_at_its_points(row):
    for point in points(row):
        exact_balls = [balls.ball(Fraction(x)) for x in point]
        wide = [b.union(b * 9 / 8) for b in exact_balls]
        if row.name == "zeta":
            wide[0] = exact_balls[0]
        assert row.enclosure(*wide).overlaps(row.enclosure(*exact_balls))
        inside = row.enclosure(*(b.mid() for b in wide))
        assert row.enclosure(*wide).overlaps(inside)


@rows
def test_a_rational_value_agrees_with_the_meaning(row):
    candidates = [*points(row), *[(Fraction(k),) * row.arity for k in (1, 2, 4)], (Fraction(0),) * row.arity]
    for point in candidates:
        try:
            value = row.exact(*map(Fraction, point))
        except ZeroDivisionError:
            continue
        if value is not None:
            assert abs(meaning_at(row, point) - sympy.Rational(value)) < sympy.Rational(1, 10**25)


@rows
def test_the_domain_is_stated_as_a_condition(row):
    if row.domain is not None:
        condition = row.domain(*sympy.symbols(f"x:{row.arity}", real=True))
        for point in points(row):
            at = dict(zip(sympy.symbols(f"x:{row.arity}", real=True), map(sympy.Rational, point), strict=True))
            if row.name not in ("eq", "le"):  # these two are also tried at the tie
                assert condition.subs(at) in (sympy.true, True)


def value_of(row, point):
    return float(row.value(*point))


@rows
def test_partial_derivatives_agree_with_difference_quotients(row):
    for k in range(row.arity):
        if row.name == "select" and k == 0:
            continue
        if (row.name, k) in WITHOUT_DERIVATIVE:
            assert partials(row.name)[k].sign == 0
            continue
        for point in points(row):
            if row.name in ("eq", "le") and point[0] == point[1]:
                continue
            names = tuple("abc"[: row.arity])
            builder = TapeBuilder(names)
            operands = tuple(range(row.arity))
            value = builder.emit(row.name, *operands)
            slot = contribution(builder, row.name, operands, value, k, builder.constant(1))
            (derivative,) = float64.run(builder.build([builder.constant(0) if slot is None else slot]), point)
            h = 1e-6
            shifted = [[float(x) + (j == k) * s * h for j, x in enumerate(point)] for s in (1, -1)]
            quotient = (value_of(row, shifted[0]) - value_of(row, shifted[1])) / (2 * h)
            # central differences: h² truncation and 1e-16/h rounding
            assert float(derivative) == pytest.approx(quotient, rel=1e-7, abs=1e-8)


def test_no_smooth_derivative_is_typed_by_hand():
    typed = {row.name for row in PRIMITIVES if row.partials is not None}
    steps = {
        "sign",
        "heaviside",
        "select",
        "lt",
        "le",
        "eq",
        "floor",
        "ceil",
        "mod",
    }  # SymPy differentiates none of these
    assert typed == steps | {"cbrt", "Si", "Shi"}  # SymPy's forms are undefined where these have derivatives


def test_a_quotient_gives_its_own_value_back_in_its_derivative():
    x, y, v = sympy.symbols("x y v")
    assert symbolic_partials(primitive("div"), [x, y], v) == (1 / y, -v / y)


def test_the_derivative_of_zeta_by_its_order_is_refused():
    builder = TapeBuilder(("s", "a"))
    value = builder.emit("zeta", 0, 1)
    with pytest.raises(ValueError, match=r"No primitive computes the derivative of zeta by its operand 1"):
        contribution(builder, "zeta", (0, 1), value, 0, builder.constant(1))
    assert partials("zeta")[0].sign == 0


def test_inputs_and_constants_are_never_computed():
    with pytest.raises(AssertionError):
        primitive("input").value()


def test_a_row_prints_as_its_name_and_arity():
    assert repr(primitive("atan2")) == "<primitive atan2/2>"


@settings(deadline=None, max_examples=60)
@given(st.fractions(min_value=0, max_value=50, max_denominator=60), st.integers(2, 6))
def test_rational_roots_are_found_exactly_when_they_exist(x, n):
    assert rational_root(x**n, n) == x
    if x not in (0, 1):
        assert rational_root(x**n * 2, n) is None  # 2^(1/n) is irrational


def test_a_negative_number_has_no_rational_root():
    assert rational_root(Fraction(-4), 2) is None


def run_exact(name, *point):
    builder = TapeBuilder(tuple("abc"[: len(point)]))
    return exact.run(builder.build([builder.emit(name, *range(len(point)))]), point)[0]


def test_exact_powers():
    assert run_exact("pow", Fraction(8, 27), Fraction(-2, 3)) == Fraction(9, 4)
    assert run_exact("pow", 0, 3) == 0
    assert run_exact("pow", 0, 0) == 1
    assert run_exact("pow", 1, Fraction(1, 10**9)) == 1
    assert run_exact("pow", -2, 3) == -8
    with pytest.raises(ValueError, match=r"pow\(0, -1\) is a division by zero"):
        run_exact("pow", 0, -1)
    with pytest.raises(ValueError, match="not rational"):
        run_exact("pow", 2, 10**9)
    with pytest.raises(ValueError, match="not rational"):
        run_exact("pow", 10**3000, 4000)


def test_exact_steps():
    assert [run_exact("sign", k) for k in (-3, 0, 3)] == [-1, 0, 1]
    assert [run_exact("heaviside", k) for k in (-3, 0, 3)] == [0, Fraction(1, 2), 1]
    assert run_exact("atan2", 0, 3) == 0


@pytest.mark.parametrize("x", [-800.0, -1.0, 0.0, 1.0, 800.0])
def test_sigmoid_and_softplus_do_not_overflow(x):
    sigmoid, softplus = primitive("sigmoid").value(x), primitive("softplus").value(x)
    assert math.isfinite(sigmoid)
    assert math.isclose(softplus, max(x, 0) + math.log1p(math.exp(-abs(x))), rel_tol=1e-15)
    assert primitive("sigmoid").enclosure(balls.ball(x)).overlaps(balls.ball(sigmoid)) or x == -800.0
    assert float(primitive("softplus").enclosure(balls.ball(x)).mid()) == pytest.approx(softplus)


def test_undecidable_comparisons_give_both_answers():
    from flint import arb

    unit = arb(0).union(arb(1))
    half = arb("0.5")
    for name in ("lt", "le", "eq"):
        both = primitive(name).enclosure(unit, half)
        assert both.contains(0)
        assert both.contains(1)
        assert primitive(name).enclosure(arb("nan"), half).is_nan()
    assert primitive("lt").enclosure(unit, arb(3)) == 1
    assert primitive("lt").enclosure(arb(3), unit) == 0
    assert primitive("eq").enclosure(arb(3), unit) == 0
    assert primitive("eq").enclosure(half, half) == 1


def test_a_selection_by_an_undecided_condition_is_the_hull_of_both_sides():
    from flint import arb

    unit, select = arb(0).union(arb(1)), primitive("select").enclosure
    hull = select(unit, arb(3), arb(5))
    assert hull.contains(3)
    assert hull.contains(5)
    assert select(arb("nan"), arb(1), arb(2)).is_nan()
    assert select(arb(0), arb("nan"), arb(2)) == 2


def test_steps_on_balls():
    from flint import arb

    around = arb(0, 1)
    sign, heaviside = primitive("sign").enclosure, primitive("heaviside").enclosure
    assert sign(around).contains(-1)
    assert sign(around).contains(1)
    assert heaviside(around).contains(0)
    assert (sign(arb(0)), heaviside(arb(0))) == (0, arb("0.5"))
    assert (sign(arb(-2)), heaviside(arb(-2)), sign(arb(2))) == (-1, 0, 1)
    assert sign(arb("nan")).is_nan()


def test_powers_of_balls_that_touch_zero():
    from flint import arb

    power = primitive("pow").enclosure
    touching = power(arb("0.5", "0.5"), arb("1.5"))
    assert touching.contains(0)
    assert touching.contains(1)
    assert power(arb(0), arb("1.5")) == 0
    assert power(arb(-1), arb("1.5")).is_nan()


def test_the_sigmoid_of_an_infinite_ball_is_not_a_number():
    from flint import arb

    assert not primitive("sigmoid").enclosure(arb("inf")).is_finite()
