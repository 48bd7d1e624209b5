"""verify: kernels pass, wrong kernels are caught, and the yardstick is the one that is stated."""

import math

import numpy as np
import pytest
import sympy

from hessmath.errors import InputError
from hessmath.kernels import compile_tapes
from hessmath.kernels.accuracy import BOUND, errors, verify
from hessmath.program import gradient, lower

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
    assert report.skipped > 0  # 10³⁰⁵ squared and 2/0 are beyond float64
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


def test_undefined_values_are_not_compared():
    assert errors(lower(sympy.log(x), [x]), [-1.0], [math.nan]) == [None]


def test_the_report_of_a_bad_kernel_is_not_ok(monkeypatch):
    kernel = compile_tapes(lower(x**2, [x]), gradient=lower([2 * x], [x]))
    object.__setattr__(kernel.piece("f"), "call", lambda point: float(point[0]) ** 2 * (1 + 1e-9))
    report = kernel.verify(points=8)
    assert not report.ok
    assert report.worst.kind == "f"
    assert report.worst.error > 1000
