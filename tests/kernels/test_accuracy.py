"""verify: kernels pass, wrong kernels are caught, and the yardstick is the one that is stated."""

import math

import numpy as np
import pytest
import sympy

import hessmath as hm
from hessmath.errors import InputError
from hessmath.kernels import compile_tapes
from hessmath.kernels.accuracy import BOUND, verify
from hessmath.kernels.error_bound import Enclosure, Outcome, errors
from hessmath.kernels.nasty_points import nasty_points, take
from hessmath.program import gradient, lower
from hessmath.symbolic import gallery

x, y, a = sympy.symbols("x y a", real=True)
FORMULAS = {
    "rosenbrock": 100 * (y - x**2) ** 2 + (1 - x) ** 2,
    "cancelling": (x + 10**8 * y) - 10**8 * y,
    "exponential": sympy.exp(x * y) - sympy.exp(-(x**2)) * sympy.tanh(y),
    "pole": 1 / (x - y) + sympy.log(x**2 + y**2),
    "kinks": sympy.Abs(x) * sympy.Max(x, y) + sympy.Piecewise((x**3, x < y), (y, True)),
    "trigonometry": sympy.sin(10 * x) * sympy.atan(y) + sympy.cos(x) / (2 + sympy.sin(y)),
    "map": sympy.Matrix([x * y, sympy.sqrt(1 + x**2), sympy.pi * x]),
}


def outcome(expr, point, computed):
    return Enclosure(lower(expr, [x, y][: len(point)]), point).judge(0, computed).outcome


@pytest.mark.parametrize("name", sorted(gallery))
def test_the_gallery_passes_at_random_and_at_nasty_points(name):
    classic = gallery[name]
    report = hm.compile(hm.Function(classic.formula, " ".join(classic.variables))).verify(points=24, rng=3)
    assert report.ok, str(report)
    assert report.compared > 400
    assert set(report.errors) == {
        *("f", "gradient", "hessian", "hvp", "value_and_gradient", "batch.f", "batch.gradient"),
        *("batch.hessian", "batch.hvp", "batch.value_and_gradient"),
    }


@pytest.mark.parametrize("name", FORMULAS)
def test_kernels_are_within_the_stated_bound(name):
    report = compile_tapes(lower(FORMULAS[name], [x, y])).verify(points=12, rng=1)
    assert report.ok, report
    assert report.compared > 12
    assert 0 <= report.worst.error <= BOUND == 4


def test_parameters_are_drawn_too():
    report = compile_tapes(lower(a * sympy.exp(x), [x, a]), parameters=["a"]).verify(points=5)
    assert report.ok
    assert len(report.worst.parameters) == 1


def test_points_can_be_given_and_must_fit():
    kernel = compile_tapes(lower(x / y, [x, y]))
    report = verify(kernel, points=[[1.0, 3.0], [1e300, 1e-5], [2.0, 0.0]])
    assert report.ok
    assert report.outcomes[Outcome.AGREED] > 0  # 10³⁰⁵ squared and 2/0 are beyond float64
    with pytest.raises(
        InputError, match=r"points must be a number or an array of shape \(m, 2\), but has shape \(3,\)"
    ):
        verify(kernel, points=[1.0, 2.0, 3.0])


def test_a_wrong_derivative_is_caught_with_its_place():
    f = lower(sympy.exp(x) * y, [x, y])
    right = gradient(f)
    kernel = compile_tapes(f, gradient=right)
    point = [0.5, 2.0]
    good = errors(right, point, kernel.gradient(point).tolist())
    assert max(good) <= BOUND
    value, second = kernel.gradient(point).tolist()
    (off, _) = errors(right, point, [value * (1 + 2**-45), second])
    assert off > 30
    assert errors(right, point, [value, math.nan])[1] == math.inf
    # within the tolerance of one unit: the neighbouring number passes
    (near, _) = errors(right, point, [np.nextafter(value, 9.0), second])
    assert near <= BOUND


def test_the_yardstick_is_the_running_error_bound():
    # x + y is one instruction: an error of one unit is |x + y| 2⁻⁵²
    tape = lower(x + y, [x, y])
    big = 1 / 3 + 1e6
    exact_sum = math.fsum([1 / 3, 1e6])
    for units in (1, 3, 10):
        (error,) = errors(tape, [1 / 3, 1e6], [exact_sum + units * big * 2**-52])
        assert error == pytest.approx(units, abs=0.6)


def test_exact_operations_have_no_tolerance():
    tape = lower(x * y, [x, y])
    assert errors(tape, [3.0, 5.0], [15.0]) == [0.0]
    assert errors(tape, [3.0, 5.0], [np.nextafter(15.0, 16.0)]) == [math.inf]


@pytest.mark.parametrize(
    ("expr", "point", "computed", "expected"),
    [
        (sympy.log(x), [-1.0], math.nan, Outcome.AGREED),
        (sympy.log(x), [-1.0], 0.0, Outcome.DISAGREES),
        (1 / x, [0.0], math.inf, Outcome.AGREED),
        (sympy.atan(1 / x), [0.0], math.pi / 2, Outcome.LIMIT),
        (sympy.sqrt(x - y), [1.0, 2.0], math.nan, Outcome.AGREED),
        (x * y, [1e200, 1e200], math.inf, Outcome.AGREED),
        (x * y, [1e200, 1e200], 1e308, Outcome.BEYOND),
        (x * y, [1e200, 1e100], math.inf, Outcome.DISAGREES),
        (x * y, [1e200, 1e100], 1e300, Outcome.COMPARED),
        (1 / (1 + x**2), [1e200], 0.0, Outcome.COMPARED),
        (sympy.sqrt(x**2 + y**2 + 1), [3e200, 4e200], math.inf, Outcome.BEYOND),
        (sympy.exp(-(x**2)), [1e200], 0.0, Outcome.COMPARED),
        (sympy.Piecewise((sympy.log(x), x > 0), (x, True)), [-2.0], -2.0, Outcome.COMPARED),
        (sympy.Piecewise((sympy.log(x), x > 0), (x, True)), [-2.0], math.nan, Outcome.DISAGREES),
        (sympy.exp(x), [1e10], math.inf, Outcome.AGREED),
        (x / sympy.Mul(x, x + 1, evaluate=False), [5e-324], math.nan, Outcome.DISAGREES),
        (y / (x * y), [1e-200, 1e-200], math.inf, Outcome.DISAGREES),
        (sympy.sin(y) / (x * sympy.tan(y)), [1e-200, 1e-200], math.nan, Outcome.OPEN),  # 0/0 after an underflow
        (1 / sympy.sin(sympy.pi * x), [1.0], 1e16, Outcome.OPEN),
    ],
)
def test_nan_and_infinity_must_agree_with_the_formula(expr, point, computed, expected):
    assert outcome(expr, point, computed) is expected


def test_a_report_reads_well():
    text = str(compile_tapes(lower(sympy.atan(x / y) + sympy.exp(x), [x, y])).verify(points=[[1.0, 0.0], [1.5, 2.0]]))
    first, second, third, worst, *more = text.splitlines()
    assert first.startswith("passes: errors up to ") and first.endswith("of 4 ULP")
    assert second.startswith("  2 points; results: ") and "compared" in second
    assert third.startswith("  worst per kind, in ULP of the conditioned result: f 0.")
    assert worst.startswith("  worst: ") and " at x = [1" in worst
    assert more[-1].startswith("  limit: f[0] = ") and more[-1].endswith("x = [1.0, 0.0]")


def test_nasty_points_hit_poles_kinks_neighbours_and_the_edge_of_overflow(rng):
    tape = lower(1 / (x - y) + sympy.Abs(x + y) + sympy.exp(x), [x, y])
    points = np.array(take(nasty_points(tape, 2, np.empty(0), rng), 300))
    assert np.isfinite(points).all()
    points = points[np.abs(points).max(axis=1) < 1e308]
    size = np.abs(points)
    near = np.abs(points[:, 0] - points[:, 1]) <= 4e-16 * size.max(axis=1)
    assert (near & (points[:, 0] != points[:, 1])).sum() > 20
    assert (points[:, 0] == points[:, 1]).sum() > 10
    assert (np.abs(points.sum(axis=1)) <= 4e-16 * size.max(axis=1)).sum() > 10
    assert ((size > 0) & (size < 1e-307)).any() and (size > 1e299).any() and (size == 0).any()
    assert ((points[:, 0] > 680) & (points[:, 0] < 760) & (points[:, 0] != 710)).any()  # exp overflows at 709.8


def test_a_wrong_batch_is_caught(monkeypatch):
    kernel = compile_tapes(lower(x * y, [x, y]))
    right = kernel.batch.f
    monkeypatch.setattr(type(kernel.batch), "f", lambda self, X, **options: right(X) * (1 + 1e-12))
    report = kernel.verify(points=8)
    assert not report.ok
    assert report.worst.kind == "batch.f"


def test_disagreements_are_listed():
    kernel = compile_tapes(lower(sympy.log(x), [x]))
    object.__setattr__(kernel.piece("f"), "call", lambda point: 0.0)
    text = str(kernel.verify(points=[[-1.0], [-2.0], [-3.0], [-4.0], [-5.0], [-6.0], [2.0]]))
    assert text.startswith("fails: ")
    assert "disagrees: f[0] = 0.0 at x = [-1.0]: a number where the formula has no value" in text
    assert "… and 1 more that disagree" in text


def test_the_report_of_a_bad_kernel_is_not_ok(monkeypatch):
    kernel = compile_tapes(lower(x**2, [x]), gradient=lower([2 * x], [x]))
    object.__setattr__(kernel.piece("f"), "call", lambda point: float(point[0]) ** 2 * (1 + 1e-9))
    report = kernel.verify(points=8)
    assert not report.ok
    assert report.worst.kind == "f"
    assert report.worst.error > 1000
