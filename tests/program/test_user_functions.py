"""Functions that users define, in formulas, derivatives, kernels, and where nothing is known about them."""

import math

import numba
import numpy as np
import pytest
import scipy.integrate
import sympy

import hessmath as hm
from hessmath.program import gradient, hessian, lower, nondifferentiable_at, read_back
from hessmath.program.arithmetic import balls, exact, float64
from hessmath.program.user_functions import user_function

x, y = sympy.symbols("x y", real=True)


def bump_value(u):
    return math.exp(-u * u) * math.cos(u)


def test_a_user_defined_function_works_in_formulas_derivatives_and_kernels():
    slope = user_function(
        "slope", lambda u: -math.exp(-u * u) * (2 * u * math.cos(u) + math.sin(u)), [lambda u: 1 * curve(u)]
    )
    curve = user_function(
        "curve", lambda u: math.exp(-u * u) * ((4 * u * u - 3) * math.cos(u) + 4 * u * math.sin(u)), [None]
    )
    bump = user_function("bump", bump_value, [slope])
    formula = bump(x * y) + y * bump(x)
    truth = sympy.exp(-((x * y) ** 2)) * sympy.cos(x * y) + y * sympy.exp(-(x**2)) * sympy.cos(x)
    kernel, expected = (hm.compile(hm.Function(f, [x, y])) for f in (formula, truth))
    point, v = np.array([0.7, -0.4]), np.array([1.0, 2.0])
    assert kernel.f(point) == pytest.approx(expected.f(point), rel=1e-14)
    np.testing.assert_allclose(kernel.gradient(point), expected.gradient(point), rtol=1e-13)
    np.testing.assert_allclose(kernel.hessian(point), expected.hessian(point), rtol=1e-12)
    np.testing.assert_allclose(kernel.hvp(point, v), expected.hvp(point, v), rtol=1e-12)
    assert read_back(lower(formula, [x, y]), [x, y]) == formula
    assert sympy.diff(bump(x), x) == slope(x)
    with pytest.raises(ValueError, match="No primitive computes the derivative of curve by its operand 1"):
        hessian(lower(slope(x), [x]))


def test_a_subclass_of_sympys_function_brings_its_own_derivative():
    class Dawson(sympy.Function):
        """exp(−x²) ∫₀ˣ exp(t²) dt."""

        nargs = 1

        def fdiff(self, argindex=1):
            return 1 - 2 * self.args[0] * self

    import scipy.special

    dawson = user_function(Dawson, scipy.special.dawsn, arguments=1)
    assert dawson is Dawson
    kernel = hm.compile(hm.Function(dawson(x) ** 2, [x]))
    d = scipy.special.dawsn(0.3)
    assert kernel.f([0.3]) == pytest.approx(d * d, rel=1e-14)
    assert kernel.gradient([0.3])[0] == pytest.approx(2 * d * (1 - 0.6 * d), rel=1e-13)


def test_compiled_implementations_are_called_by_address():
    @numba.cfunc("float64(float64, float64)")
    def by_address(a, b):
        return a * a + b

    @numba.njit
    def jitted(a):
        return a**3

    square = user_function("square_plus", by_address, [lambda a, b: 2 * a, lambda a, b: sympy.Integer(1)])
    cube = user_function("cube", jitted, [lambda a: 3 * a**2])
    kernel = hm.compile(hm.Function(square(x, cube(y)), [x, y]))
    assert kernel.f([3.0, 2.0]) == 17.0
    np.testing.assert_array_equal(kernel.gradient([3.0, 2.0]), [6.0, 12.0])
    np.testing.assert_array_equal(kernel.hessian([3.0, 2.0]), [[2.0, 0.0], [0.0, 12.0]])
    assert float64.run(lower(square(x, y), [x, y]), [3.0, 1.0])[0] == 10.0


def test_the_slow_reference_takes_arrays():
    f = user_function("reference_only", bump_value, [None])
    points = np.linspace(-1, 1, 5)
    np.testing.assert_allclose(float64.run(lower(f(x), [x]), [points])[0], np.exp(-(points**2)) * np.cos(points))


def test_implementations_may_be_anything_that_gives_a_number():
    def area(u):
        return scipy.integrate.quad(lambda t: math.exp(-t * t), 0, u)[0]

    f = user_function("area", area, [lambda u: sympy.exp(-(u**2))])
    kernel = hm.compile(hm.Function(f(x), [x]))
    assert kernel.f([1.0]) == pytest.approx(math.sqrt(math.pi) / 2 * math.erf(1), rel=1e-12)
    assert kernel.gradient([1.0])[0] == math.exp(-1.0)


def test_where_an_implementation_has_no_value_the_result_is_not_a_number(capfd):
    f = user_function("partial_log", math.log, [lambda u: 1 / u])
    broken = user_function("broken", lambda u: {}["missing"], [None])
    assert math.isnan(hm.compile(hm.Function(f(x), [x])).f([-1.0]))
    assert math.isnan(float64.run(lower(f(x), [x]), [-1.0])[0])
    assert math.isnan(hm.compile(hm.Function(broken(x), [x])).f([1.0]))
    assert "KeyError: 'missing'" in capfd.readouterr().err
    with pytest.raises(KeyError, match="missing"):
        float64.run(lower(broken(x), [x]), [1.0])


def test_exact_and_ball_arithmetic_say_that_they_know_nothing():
    f = user_function("unknown", bump_value, [lambda u: -u])
    tape = lower(f(x) + x, [x])
    with pytest.raises(ValueError, match="unknown: it is a user-defined function, known in floats"):
        exact.run(tape, [1])
    with pytest.raises(
        ValueError, match="unknown is a user-defined function: nothing is known that encloses its values"
    ):
        balls.run(tape, [1])
    with pytest.raises(ValueError, match="nothing is known that encloses"):
        hm.compile(hm.Function(f(x), [x])).verify(points=1)
    guarded = lower(sympy.Piecewise((f(x), x > 0), (x, True)), [x])
    assert exact.run(guarded, [-1]) == [-1]
    assert lower(f(sympy.Integer(1)) + x, [x]).cost.calls == 1  # not folded
    assert nondifferentiable_at(lower(abs(x), [x]), [1]) is None


def test_digests_tell_implementations_apart():
    one = lambda u: u * u  # noqa: E731
    again = lambda u: u * u  # noqa: E731
    other = lambda u: u * u * u  # noqa: E731
    digests = [
        lower(user_function("digested", f, [None])(x), [x]).digest for f in (one, again, other, math.sin, math.sin)
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4  # what math.sin does cannot be read
    names = [lower(user_function("named", math.sin, [None])(x), [x]).digest for _ in range(2)]
    assert names[0] != names[1]


def test_a_function_defined_anew_leaves_old_programs_alone():
    first = user_function("renewed", lambda u: u + 1, [lambda u: sympy.Integer(1)])
    old = hm.compile(hm.Function(first(x), [x]))
    second = user_function("renewed", lambda u: u + 2, [lambda u: sympy.Integer(1)])
    assert (old.f([1.0]), hm.compile(hm.Function(second(x), [x])).f([1.0])) == (2.0, 3.0)
    assert hm.compile(hm.Function(first(x) - second(x), [x])).f([1.0]) == -1.0


def test_two_tapes_with_two_functions_in_either_order_have_their_own_digest():
    f, g = (user_function(name, value, [None]) for name, value in (("ff", lambda u: u), ("gg", lambda u: -u)))
    assert lower(f(g(x)), [x]).digest != lower(g(f(x)), [x]).digest
    assert gradient(lower(f(x) * 0 + x, [x])).cost.total == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2f", math.sin, [None]), "must be an identifier, but is '2f'"),
        ((3, math.sin, [None]), "needs a name or a subclass of sympy.Function, but got 3"),
        (("f", 3, [None]), "value must be callable or have an address, but is 3"),
        (("f", lambda a, b, c, d: a), "takes 1 to 3 arguments, but f takes 4"),
        (("f", dict), "How many arguments f takes is not known: give arguments="),
        ((sympy.sin, math.sin, [None]), "sin is a class, whose fdiff gives its derivatives"),
    ],
)
def test_wrong_definitions_are_explained(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        user_function(*arguments)


def test_the_number_of_arguments_must_be_one_number():
    with pytest.raises(ValueError, match="f has 1 derivatives, but arguments=2"):
        user_function("f", math.atan2, [None], arguments=2)
    angle = user_function("angle", math.atan2, arguments=2)
    assert hm.compile(hm.Function(angle(x, y), [x, y])).f([1.0, 1.0]) == math.pi / 4


def test_the_interpreter_leaves_user_defined_functions_to_compiled_code():
    from hessmath.errors import InputError
    from hessmath.kernels import compile_tapes
    from hessmath.kernels.tiers import Automatic, Interpreter

    twice = user_function("interpreted_twice", lambda x: 2 * x, [lambda x: 2])
    x = sympy.Symbol("x", real=True)
    tape = lower(twice(x) + 1, [x])
    with pytest.raises(InputError, match="cannot call user-defined functions: use Quick"):
        compile_tapes(tape, tier=Interpreter()).f([3.0])
    assert compile_tapes(tape, tier=Automatic(optimised_up_to=0, quick_up_to=0)).f([3.0]) == 7
