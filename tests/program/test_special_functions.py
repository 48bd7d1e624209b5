"""Special functions: values and derivatives against SymPy's own, evaluated by mpmath."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from sympy import Rational, symbols

import hessmath as hm
from hessmath.program import gradient, hessian, lower, nondifferentiable_at, read_back
from hessmath.program.arithmetic import balls, exact, float64
from hessmath.program.special_functions import SPECIAL_FUNCTIONS

x, y, z = symbols("x y z", real=True)
SYMBOLS = (x, y)
POINT = (0.375, 1.25)

FORMULAS = [
    sympy.sec(x) * y + sympy.csc(y) + sympy.cot(x),
    sympy.asec(1 + y) + sympy.acsc(1 + y) + sympy.acot(x),
    sympy.sech(x) + sympy.csch(y) * sympy.coth(x),
    sympy.asech(x) + sympy.acsch(y) + sympy.acoth(y),
    sympy.sinc(x * y),
    sympy.gamma(x + 2 * y) + sympy.factorial(y),
    sympy.loggamma(x) * sympy.gamma(x / 2),
    sympy.binomial(y + 3, x) + sympy.binomial(y, 3),
    sympy.beta(x, y),
    sympy.RisingFactorial(x, y) + sympy.FallingFactorial(y + 2, x),
    sympy.lowergamma(3, x * y) + sympy.uppergamma(Rational(5, 2), y),
    sympy.lowergamma(Rational(1, 2), y) * x,
    sympy.betainc(2, Rational(3, 2), 0, x * y) + sympy.betainc_regularized(2, 3, x / 2, x),
    sympy.erf(x) * sympy.erfc(y) + sympy.erfi(x * y),
    sympy.erfinv(x) + sympy.erfcinv(y),
    sympy.erf2(x, y) + sympy.erf2inv(x / 4, x / 8),
    sympy.fresnels(x * y) + sympy.fresnelc(y),
    sympy.Ei(x * y) + sympy.expint(1, y) + sympy.expint(3, x),
    sympy.expint(2, x * y),
    sympy.li(y + 1) + sympy.Li(y + 1) * x,
    sympy.Si(x) * sympy.Ci(y) + sympy.Shi(y) * sympy.Chi(x),
    sympy.besselj(0, x) + sympy.besselj(1, y) + sympy.besselj(Rational(7, 3), x * y),
    sympy.bessely(0, y) + sympy.bessely(2, x + 1),
    sympy.besseli(0, x) + sympy.besseli(Rational(1, 2), y) + sympy.besseli(3, x * y),
    sympy.besselk(0, x) + sympy.besselk(1, y) + sympy.besselk(Rational(3, 4), x * y),
    sympy.jn(1, y) + sympy.yn(2, y) * x,
    sympy.airyai(-2 * y) + sympy.airybi(x) + sympy.airyaiprime(y) * sympy.airybiprime(x),
    sympy.zeta(y + 2) * 0 + sympy.zeta(3, y) + sympy.polygamma(2, x),
    sympy.elliptic_k(x) + sympy.elliptic_e(-y),
    sympy.elliptic_f(y, x) + sympy.elliptic_e(x, -y),
    sympy.LambertW(x) + sympy.LambertW(-x / 2) * y,
    sympy.floor(3 * x) * y + sympy.ceiling(y) * x + sympy.frac(x + y),
    sympy.real_root(x - y, 3) * y,
    sympy.cbrt(x) + sympy.root(y, 5),
    sympy.jacobi(3, 1, 2, x) + sympy.legendre(4, y) + sympy.hermite(3, x * y) + sympy.laguerre(2, y),
    sympy.chebyshevt(5, x) + sympy.chebyshevu(4, y) + sympy.gegenbauer(3, 2, x),
    sympy.atan2(x, y) + sympy.Heaviside(y - x) * x + sympy.Max(x, y, 1) + sympy.Min(x, y, 0),
]  # fmt: skip


def sympy_value(expr):
    """SymPy's value to 30 digits."""
    return complex(sympy.N(expr.subs({s: Rational(v) for s, v in zip(SYMBOLS, POINT, strict=True)}).doit(), 30)).real


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_value_gradient_and_hessian_agree_with_sympy(formula):
    # SymPy has no derivatives of floor, factorial powers and erf2inv, and a wrong value of erfcinv
    plain = formula.replace(sympy.erf2inv, lambda u, v: sympy.erfinv(v + sympy.erf(u)))
    plain = plain.replace(sympy.erf2, lambda u, v: sympy.erf(v) - sympy.erf(u))
    plain = plain.replace(sympy.rf, lambda u, v: sympy.rf(u, v).rewrite(sympy.gamma))
    plain = plain.replace(sympy.ff, lambda u, v: sympy.ff(u, v).rewrite(sympy.gamma))
    plain = plain.replace(sympy.floor, lambda u: u.subs(dict(zip(SYMBOLS, POINT, strict=True))).__floor__())
    plain = plain.replace(sympy.ceiling, lambda u: u.subs(dict(zip(SYMBOLS, POINT, strict=True))).__ceil__())
    plain = plain.replace(sympy.frac, lambda u: u - u.subs(dict(zip(SYMBOLS, POINT, strict=True))).__floor__())
    plain = plain.replace(sympy.erfcinv, lambda u: sympy.erfinv(1 - u))
    kernel = hm.compile(hm.Function(formula, SYMBOLS))
    assert kernel.f(POINT) == pytest.approx(sympy_value(plain), rel=1e-12)
    slopes = [sympy.diff(plain, s) for s in SYMBOLS]
    np.testing.assert_allclose(kernel.gradient(POINT), [sympy_value(d) for d in slopes], rtol=1e-11, atol=1e-13)
    curvatures = [[sympy_value(sympy.diff(d, s)) for s in SYMBOLS] for d in slopes]
    np.testing.assert_allclose(kernel.hessian(POINT), curvatures, rtol=1e-10, atol=1e-12)


UNCHANGED = [
    *(f(x) for f in (sympy.gamma, sympy.erfi, sympy.erfinv, sympy.erfcinv, sympy.fresnels, sympy.fresnelc, sympy.Ei)),
    *(f(x) for f in (sympy.Si, sympy.Ci, sympy.Shi, sympy.Chi, sympy.airyai, sympy.airybi, sympy.elliptic_k)),
    *(f(x) for f in (sympy.elliptic_e, sympy.LambertW, sympy.floor, sympy.ceiling, sympy.airyaiprime, sympy.erfc)),
    *(f(3, x) for f in (sympy.besselj, sympy.bessely, sympy.besseli, sympy.besselk, sympy.expint)),
    *(sympy.beta(x, y), sympy.Mod(x, y), sympy.elliptic_f(x, y), sympy.elliptic_e(x, y), sympy.expint(1, x)),
    *(sympy.lowergamma(x, y), sympy.uppergamma(x, y), sympy.betainc_regularized(x, y, 0, z), sympy.real_root(x, 3)),
]  # fmt: skip


@pytest.mark.parametrize("formula", UNCHANGED, ids=str)
def test_reading_back_gives_the_function_back(formula):
    assert read_back(lower(formula, [x, y, z]), [x, y, z]) == formula


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_kernels_are_within_their_bound_of_the_balls(formula):
    kernel = hm.compile(hm.Function(formula, SYMBOLS))
    points = np.random.default_rng(1).uniform([0.1, 1.01], [0.6, 1.6], (4, 2))
    assert kernel.verify(points=points).ok


@pytest.mark.parametrize(
    ("formula", "operand"),
    [
        (sympy.besselj(x, y), 1),
        (sympy.lowergamma(x, y), 1),
        (sympy.uppergamma(x, y), 1),
        (sympy.betainc_regularized(x, 2, 0, y), 1),
        (sympy.expint(x, y), 1),
    ],
    ids=str,
)
def test_a_derivative_by_an_order_is_refused_and_by_the_argument_is_not(formula, operand):
    tape = lower(formula, [x, y])
    with pytest.raises(ValueError, match=f"No primitive computes the derivative of .* by its operand {operand}"):
        gradient(tape)
    by_argument = balls.run(gradient(tape, ["y"]), [2, Fraction(1, 3)])[0]
    expected = sympy.N(sympy.diff(formula, y).subs({x: 2, y: Rational(1, 3)}), 20)
    assert float(by_argument.mid()) == pytest.approx(float(expected), rel=1e-12)


def test_integrals_that_start_at_zero_have_derivatives_there():
    for formula, slope in (
        (sympy.Si(x), 1),
        (sympy.Shi(x), 1),
        (sympy.fresnelc(x), 1),
        (sympy.erfi(x), 2 / math.sqrt(math.pi)),
    ):
        assert float64.run(gradient(lower(formula, [x])), [0.0])[0] == pytest.approx(slope, rel=1e-15)
        assert float64.run(hessian(lower(formula, [x])), [0.0])[0] == 0.0


def test_exact_values():
    assert exact.run(lower([sympy.gamma(x), sympy.factorial(x), sympy.binomial(x, 2)], [x]), [5]) == [24, 120, 10]
    assert exact.run(lower([sympy.floor(x), sympy.ceiling(x), sympy.frac(x)], [x]), [Fraction(-7, 2)]) == [
        *(-4, -3, Fraction(1, 2)),
    ]
    assert exact.run(lower(sympy.Mod(x, y), [x, y]), [Fraction(-7, 2), 2]) == [Fraction(1, 2)]
    assert exact.run(lower(sympy.Mod(x, y), [x, y]), [Fraction(7, 2), -2]) == [Fraction(-1, 2)]
    assert exact.run(lower(sympy.real_root(x, 3), [x]), [Fraction(-8, 27)]) == [Fraction(-2, 3)]
    with pytest.raises(ValueError, match=r"gamma\(-2\) is a division by zero"):
        exact.run(lower(sympy.gamma(x), [x]), [-2])
    with pytest.raises(ValueError, match=r"gamma\(1/2\), which is not rational"):
        exact.run(lower(sympy.gamma(x), [x]), [Fraction(1, 2)])
    with pytest.raises(ValueError, match=r"cbrt\(2\), which is not rational"):
        exact.run(lower(sympy.real_root(x, 3), [x]), [2])


def test_the_remainder_is_exact_and_has_the_divisors_sign():
    kernel = hm.compile(hm.Function(sympy.Mod(x, y), SYMBOLS))
    for a, b in ((1e18, 0.1), (-7.5, 2.0), (7.5, -2.0), (-6.0, 2.0), (0.3, 0.1), (5.0, math.inf)):
        assert kernel.f([a, b]) == a % b
    assert math.isnan(kernel.f([1.0, 0.0]))
    np.testing.assert_array_equal(kernel.gradient([7.5, 2.0]), [1.0, -3.0])


def test_jumps_are_no_points_of_differentiability():
    tape = lower(sympy.floor(x) + y, [x, y])
    assert nondifferentiable_at(tape, [2, 1]) == "floor(x) at x = 2"
    assert nondifferentiable_at(tape, [Fraction(5, 2), 1]) is None
    assert nondifferentiable_at(lower(sympy.Mod(x, y), [x, y]), [6, 2]) == "Mod(x, y) at x = 6, y = 2"
    assert nondifferentiable_at(lower(sympy.Mod(x, y), [x, y]), [5, 2]) is None
    assert nondifferentiable_at(lower(sympy.sin(sympy.pi * x) * sympy.floor(x), [x]), [2]) is not None
    assert nondifferentiable_at(lower(x**2 * sympy.floor(x), [x]), [Fraction(1, 2)]) is None
    assert nondifferentiable_at(lower((x - 2) ** 2 * sympy.floor(x), [x]), [2]) is None
    assert nondifferentiable_at(lower(sympy.floor(sympy.exp(x)), [x]), [1]) is None
    assert nondifferentiable_at(lower(sympy.ceiling(x) * (x - 1), [x]), [1]) == "ceiling(x) at x = 1"
    assert nondifferentiable_at(lower(sympy.floor(sympy.log(x)), [x]), [1]) == "floor(log(x)) at x = 1"


def test_lamberts_function_near_its_branch_point_and_at_its_ends():
    kernel = hm.compile(hm.Function(sympy.LambertW(x), [x]))
    edge = -math.exp(-1)
    for point in (math.nextafter(edge, 0), edge + 1e-12, edge + 1e-4, -0.2, 0.0, 1e-300, 2.5, 1e300, 1.7e308):
        (truth,) = balls.run(lower(sympy.LambertW(x), [x]), [point], 200)
        assert kernel.f([point]) == pytest.approx(float(truth.mid()), rel=1e-15)
    assert kernel.f([math.inf]) == math.inf
    assert math.isnan(kernel.f([-0.4]))
    assert math.isnan(float64.run(lower(sympy.LambertW(x), [x]), [-0.4])[0])


def test_real_parts_of_real_numbers_are_themselves():
    u = symbols("u")
    assert str(lower(sympy.re(u) * sympy.conjugate(u) + sympy.im(u), [u])) == "0  u\n1  mul 0 0\n→ 1"


@pytest.mark.parametrize("row", SPECIAL_FUNCTIONS, ids=lambda row: row.name)
def test_outside_the_domain_there_is_no_finite_enclosure(row):
    outside = {
        **dict.fromkeys(("gammainc", "gammaincc", "bessely", "besselk"), (Fraction(2), Fraction(-1))),
        **dict.fromkeys(("E1", "Ci", "Chi", "LambertW"), (Fraction(-1),)),
        **dict.fromkeys(("elliptic_k", "elliptic_e", "erfinv"), (Fraction(3, 2),)),
        **dict.fromkeys(("elliptic_f", "elliptic_e_incomplete"), (Fraction(1), Fraction(2))),
        "betainc": (Fraction(1), Fraction(1), Fraction(2)),
        "expn": (Fraction(1, 2), Fraction(1)),
        "gamma": (Fraction(-3),),
        "erfcinv": (Fraction(3),),
        "mod": (Fraction(1), Fraction(0)),
        "Ei": (Fraction(0),),
    }
    if row.name in outside:
        assert not row.enclosure(*(balls.ball(v) for v in outside[row.name])).is_finite()
