"""Laws that hold for every program, on formulas drawn at random."""

from fractions import Fraction

import numpy as np
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hessmath.program import (
    clean,
    drop_dead,
    fold_constants,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    lower,
    read_back,
    simplify,
    stabilise,
    value_and_gradient,
    vjp,
)
from hessmath.program.arithmetic import balls, dependence, exact, float64, modular

SYMBOLS = sympy.symbols("x y z", real=True)
laws = settings(deadline=None, max_examples=40)

rationals = st.fractions(min_value=-3, max_value=3, max_denominator=8)
points = st.tuples(rationals, rationals, rationals)
_numbers = rationals.map(lambda q: sympy.Rational(q.numerator, q.denominator))
_leaves = st.one_of(st.sampled_from(SYMBOLS), _numbers)


def _field_operations(inner):
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda p: p[0] + p[1]),
        two.map(lambda p: p[0] - p[1]),
        two.map(lambda p: p[0] * p[1]),
        two.map(lambda p: p[0] / (1 + p[1] ** 2)),
        st.tuples(inner, st.integers(2, 4)).map(lambda p: p[0] ** p[1]),
    )


def _smooth_operations(inner):
    functions = (sympy.sin, sympy.tanh, sympy.atan, lambda e: sympy.exp(-(e**2)), lambda e: sympy.sqrt(1 + e**2))
    more = (lambda e: 1 / (1 + sympy.exp(-sympy.sin(e))), lambda e: sympy.log(2 + sympy.cos(e)), sympy.erf)
    called = st.tuples(st.sampled_from(functions + more), inner).map(lambda p: p[0](p[1]))
    return st.one_of(_field_operations(inner), called)


rational_formulas = st.recursive(_leaves, _field_operations, max_leaves=8)
smooth_formulas = st.recursive(_leaves, _smooth_operations, max_leaves=6)


def program(formula):
    assume(not formula.has(sympy.nan, sympy.zoo, sympy.oo))
    return lower(formula, SYMBOLS)


def at(expr, point):
    """SymPy's own value at a rational point."""
    value = expr.subs({s: sympy.Rational(q.numerator, q.denominator) for s, q in zip(SYMBOLS, point, strict=True)})
    return Fraction(int(value.p), int(value.q))


@laws
@given(rational_formulas, points)
def test_program_derivatives_are_sympys_derivatives_exactly(formula, point):
    tape = program(formula)
    assert exact.run(tape, point) == [at(formula, point)]
    assert exact.run(gradient(tape), point) == [at(formula.diff(s), point) for s in SYMBOLS]
    assert exact.run(hessian(tape), point) == [at(formula.diff(s, t), point) for s in SYMBOLS for t in SYMBOLS]


@laws
@given(smooth_formulas, points)
def test_program_derivatives_enclose_sympys_derivatives(formula, point):
    enclosed = balls.run(gradient(program(formula)), point)
    symbolic = balls.run(lower([formula.diff(s) for s in SYMBOLS], SYMBOLS), point)
    assert all(a.overlaps(b) and a.rad() < 1e-20 for a, b in zip(enclosed, symbolic, strict=True))


@laws
@given(st.lists(rational_formulas, min_size=1, max_size=4), points, points)
def test_reverse_and_forward_mode_agree_with_the_jacobian(formulas, point, direction):
    tape = lower(formulas, SYMBOLS)
    covector = [Fraction(i + 1, 3) for i in range(len(formulas))]
    j = np.array(exact.run(jacobian(tape), point), dtype=object).reshape(len(formulas), 3)
    assert exact.run(jvp(tape), [*point, *direction]) == list(j @ np.array(direction, dtype=object))
    assert exact.run(vjp(tape), [*point, *covector]) == list(j.T @ np.array(covector, dtype=object))


@laws
@given(rational_formulas, points, points)
def test_hessian_products_are_products_with_a_symmetric_hessian(formula, point, v):
    tape = program(formula)
    h = np.array(exact.run(hessian(tape), point), dtype=object).reshape(3, 3)
    assert (h == h.T).all()
    assert exact.run(hvp(tape), [*point, *v]) == list(h @ np.array(v, dtype=object))


@laws
@given(rational_formulas, points)
def test_value_and_gradient_are_value_and_gradient(formula, point):
    tape = program(formula)
    both = exact.run(value_and_gradient(tape), point)
    assert both == exact.run(tape, point) + exact.run(gradient(tape), point)


@laws
@given(rational_formulas, points)
def test_every_arithmetic_agrees_on_rational_programs(formula, point):
    tape = program(formula)
    (truth,) = exact.run(tape, point)
    (enclosed,) = balls.run(tape, point)
    assert enclosed.contains(balls.ball(truth).mid()) or enclosed.overlaps(balls.ball(truth))
    (rounded,) = float64.run(tape, [float(q) for q in point])
    widened = balls.run(tape, [balls.ball(float(q)) for q in point])[0]
    # some tens of roundings; the scale is the largest value on the way, for cancellation
    scale = max(abs(float(v)) for v in exact.slot_values(tape, point)) + 1
    assert abs(float(rounded) - float(widened.mid())) <= 1e-13 * scale
    p = modular.DEFAULT_PRIME
    assert modular.run(tape, point) == [truth.numerator * pow(truth.denominator, -1, p) % p]
    assert at(read_back(tape, SYMBOLS), point) == truth


@laws
@given(smooth_formulas, points)
def test_balls_and_floats_agree_on_smooth_programs(formula, point):
    tape = program(formula)
    floats = [float(q) for q in point]
    (enclosed,), (rounded,) = balls.run(tape, floats), float64.run(tape, floats)
    largest = max((abs(float(b.mid())) for b in balls.slot_values(tape, floats)), default=0.0)
    assert abs(float(enclosed.mid()) - float(rounded)) <= 1e-12 * (largest + 1)


@laws
@given(smooth_formulas, points)
def test_a_wide_ball_contains_the_values_inside_it(formula, point):
    tape = program(formula)
    centre = [balls.ball(q) for q in point]
    (wide,) = balls.run(tape, [b.union(b + 1) for b in centre])
    for shift in (0, Fraction(1, 3), 1):
        (inside,) = balls.run(tape, [q + shift for q in point])
        assert wide.overlaps(inside)
        assert not wide.is_finite() or wide.contains(inside.mid())


@laws
@given(smooth_formulas, points)
def test_a_value_depends_on_no_more_than_its_dependence_set(formula, point):
    tape = program(formula)
    (depends,) = dependence.run(tape)
    moved = [q if i in depends else q + 1 for i, q in enumerate(point)]
    here, there = (float64.run(tape, [float(q) for q in p])[0] for p in (point, moved))
    assert here == there
    assert depends <= {SYMBOLS.index(s) for s in formula.free_symbols}


@laws
@given(rational_formulas, points)
def test_passes_keep_exact_values(formula, point):
    tape = program(formula)
    for one in (fold_constants, simplify, drop_dead, clean, stabilise):
        for derived in (tape, gradient(tape), hvp(tape)):
            at_point = [*point, 1, Fraction(1, 2), -2][: len(derived.names)]
            shorter = one(derived)
            assert exact.run(shorter, at_point) == exact.run(derived, at_point)
            assert shorter.cost.total <= derived.cost.total
            assert one(shorter).digest == shorter.digest


@laws
@given(smooth_formulas, points)
def test_stable_forms_keep_values(formula, point):
    tape = program(formula)
    before, after = (balls.run(t, point) for t in (tape, stabilise(tape)))
    assert before[0].overlaps(after[0])


@laws
@given(smooth_formulas, points)
def test_reading_back_undoes_lowering_up_to_value(formula, point):
    tape = program(formula)
    again = program(read_back(tape, SYMBOLS))
    assert balls.run(tape, point)[0].overlaps(balls.run(again, point)[0])


@laws
@given(smooth_formulas)
def test_lowering_is_deterministic_and_cleaning_is_idempotent(formula):
    tape = program(formula)
    assert program(formula).digest == tape.digest
    assert clean(tape) == tape
