"""Vector functions against FLINT's balls, in units in the last place; widths against each other; coefficients."""

import ctypes
import math

import mpmath
import numpy as np
import pytest
from flint import arb, ctx

from hessmath.errors import InputError
from hessmath.kernels import vector_functions
from hessmath.kernels.lanes import Lanes
from hessmath.kernels.machine import Effort, build, symbol_addresses
from hessmath.kernels.vector_functions import COS, EXP, LOG, SIN
from hessmath.kernels.vector_math import NAMES, declaration, definition, lanewise, library_symbols, variants

LARGEST = float(np.finfo(np.float64).max)
BOUND = 2.0  # ULP, what the module promises

LOOP = """
define void @run(ptr %x, ptr %y, i64 %n) {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %loop]
  %p = getelementptr double, ptr %x, i64 %i
  %q = getelementptr double, ptr %y, i64 %i
  %v = load {T}, ptr %p, align 8
  %r = call {T} @{name}({T} %v)
  store {T} %r, ptr %q, align 8
  %j = add i64 %i, {width}
  %c = icmp slt i64 %j, %n
  br i1 %c, label %loop, label %done
done:
  ret void
}}
"""


def compiled(name, width, given=definition, effort=Effort.DIRECT):
    """A function of arrays whose length is a multiple of the width."""
    text, calls = given(name, width)
    loop = LOOP.format(T=Lanes(width).double, name=f"hm_{name}_v{width}", width=width)
    module = "\n".join([*map(declaration, calls), text, loop])
    library = build(module, ["run"], symbol_addresses(library_symbols(calls)), effort)
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(library.addresses["run"])

    def run(x, library=library):
        x = np.ascontiguousarray(x, dtype=np.float64)
        padded = np.concatenate([x, np.zeros(-len(x) % 8)])
        y = np.full_like(padded, 7.0)
        function(padded.ctypes.data, y.ctypes.data, len(padded))
        return y[: len(x)]

    return run


def ball(name, x):
    """The value at a float64, enclosed."""
    x = arb(x)
    if name == "sigmoid":
        return 1 / (1 + (-x).exp())
    if name == "softplus":
        return x.exp().log1p() if x < 0 else x + (-x).exp().log1p()
    return getattr(x, name)()


def limit(name, x):
    """What the result must be where exp of a huge number would stand, else None."""
    if name in ("exp", "expm1", "sinh", "cosh", "sigmoid", "softplus") and abs(x) > 1e4:
        low = {"exp": 0.0, "expm1": -1.0, "sinh": -math.inf, "cosh": math.inf, "sigmoid": 0.0, "softplus": 0.0}
        high = {"sigmoid": 1.0, "softplus": x}
        return low[name] if x < 0 else high.get(name, math.inf)
    return math.copysign(1.0, x) if name == "tanh" and abs(x) > 1e4 else None


def ulps(name, x, y):
    """|y − f(x)| in units in the last place of f(x)."""
    exact = limit(name, x)
    if exact is not None:
        return 0.0 if y == exact else math.inf
    with ctx.workprec(1200 if abs(x) > 2.0**100 else 320):
        truth = ball(name, x)
        nearest = float(truth.mid())
        if math.isinf(nearest) or math.isinf(y):
            return 0.0 if math.isinf(y) and abs(truth) > LARGEST and y * nearest > 0 else math.inf
        return float((abs(truth - arb(y)) / arb(math.ulp(nearest))).upper())


def worst(name, run, points):
    errors = [ulps(name, float(x), float(y)) for x, y in zip(points, run(points), strict=True)]
    place = int(np.argmax(errors))
    return errors[place], float(points[place])


CIRCULAR = ("sin", "cos", "tan")


def in_domain(name, points):
    """Those at which the function is defined and not left to the C library."""
    if name in CIRCULAR:
        return points[np.abs(points) <= 2.0**27]
    if name == "log":
        return points[points > 0]
    return points[points > -1] if name == "log1p" else points


def random_points(name, rng, m):
    """m points of each kind: small, moderate, over exp's range, over all exponents, near multiples of π/2, …"""
    signs = rng.choice([-1.0, 1.0], m)
    kinds = [
        1e-3 * rng.standard_normal(m),
        rng.standard_normal(m),
        30 * rng.standard_normal(m),
        rng.uniform(-750, 715, m),
        signs * np.ldexp(rng.uniform(1, 2, m), rng.integers(-1074, 1024, m)),
        1 + 1e-3 * rng.standard_normal(m),
        -1 + np.exp(-30 * rng.random(m)),
        rng.integers(-(10**8), 10**8, m) * (math.pi / 2),
        (rng.integers(-1200, 1200, m) + rng.uniform(-1e-3, 1e-3, m)) * math.log(2) / 2,
    ]
    return in_domain(name, np.concatenate(kinds))


def nasty_points(name):
    """Where range, reduction or formula change, with both neighbours."""
    centres = [
        0.0,
        5e-324,
        2.0**-1022,
        2.0**-1000,
        2.0**-54,
        2.0**-53,
        2.0**-28,
        2.0**-27,
        0.5,
        1.0,
        2.0,
        19.0,
        20.0,
        22.0,
    ]
    centres += [
        36.7,
        40.0,
        745.133,
        708.396,
        709.782712893384,
        710.475860073944,
        711.0,
        746.0,
        2.0**27,
        2.0**60,
        1e300,
        LARGEST,
    ]
    centres += [
        math.sqrt(0.5),
        math.sqrt(2),
        math.log(2) / 2,
        1.5 * math.log(2),
        math.pi / 4,
        math.pi / 2,
        math.pi,
        1e22,
    ]
    centres += [math.log(2) * k / 2 for k in (2047, 2048, 2049, 2050, 2051, 2149, 2150)]
    centres += [6381956970095103 * 2.0**797, 5319372648326541 * 2.0**-26]  # very near multiples of π/2
    points = [p for c in centres for p in (c, math.nextafter(c, -math.inf), math.nextafter(c, math.inf))]
    return in_domain(name, np.array([q for p in points if math.isfinite(p) for q in (p, -p)]))


@pytest.fixture(scope="module", params=NAMES)
def function(request):
    return request.param, compiled(request.param, 8)


def test_random_points_are_within_2_ulp(function, rng):
    name, run = function
    error, point = worst(name, run, random_points(name, rng, 150))
    assert error <= BOUND, point.hex()


def test_nasty_points_are_within_2_ulp(function):
    name, run = function
    error, point = worst(name, run, nasty_points(name))
    assert error <= BOUND, point.hex()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_many_random_points_are_within_2_ulp(name, seed):
    run = compiled(name, 8)
    error, point = worst(name, run, random_points(name, np.random.default_rng(seed), 20_000))
    assert error <= BOUND, point.hex()


@pytest.mark.parametrize("width", [1, 2, 4])
def test_every_width_gives_the_same_bits(function, rng, width):
    name, run = function
    points = np.concatenate([random_points(name, rng, 500), nasty_points(name), [math.inf, -math.inf, math.nan, -0.0]])
    np.testing.assert_array_equal(compiled(name, width)(points).view(np.int64), run(points).view(np.int64))


SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 800.0, -800.0, -2.0])


def test_special_values_are_the_c_librarys(function):
    name, run = function
    values = run(SPECIAL)
    with np.errstate(all="ignore"):
        if name == "sigmoid":
            expected = 1 / (1 + np.exp(-SPECIAL))
        elif name == "softplus":
            expected = np.logaddexp(0, SPECIAL)
        else:
            expected = compiled(name, 1, lambda name, width: lanewise(name, 1, width))(SPECIAL)
    np.testing.assert_allclose(values, expected, rtol=1e-15, atol=0)
    same = np.signbit(values) == np.signbit(expected)
    assert np.all(same | np.isnan(expected))


@pytest.mark.parametrize("name", CIRCULAR)
def test_circular_functions_of_huge_numbers_are_the_c_librarys(name, rng):
    # glibc 2.36 is 8 ULP off at the float64 nearest to a multiple of π/2, and so are we
    points = [*rng.uniform(2.0**27, 2.0**40, 100), *np.ldexp(rng.uniform(1, 2, 100), rng.integers(28, 1024, 100))]
    points = np.array([*points, 6381956970095103 * 2.0**797, 1e22, 1.0])
    expected = compiled(name, 1, lambda name, width: lanewise(name, 1, width))(points)
    np.testing.assert_array_equal(compiled(name, 8)(points)[:-1], expected[:-1])


def test_infinite_and_undefined_values_do_not_spread_to_other_lanes(function):
    _, run = function
    clean = run(np.full(8, 0.75))
    for bad in (math.nan, math.inf, -math.inf, 1e300, -1e300):
        points = np.full(8, 0.75)
        points[3] = bad
        np.testing.assert_array_equal(np.delete(run(points), 3), np.delete(clean, 3))


def test_the_loop_vectoriser_keeps_the_bits(function, rng):
    name, run = function
    points = random_points(name, rng, 64)
    optimised = compiled(name, 1, effort=Effort.LOOPS)
    np.testing.assert_array_equal(optimised(points), run(points))


def test_the_loop_vectoriser_finds_the_variants_of_circular_functions():
    parts = [definition("sin", width) for width in (1, 4, 8)]
    calls = tuple(dict.fromkeys(call for _, calls in parts for call in calls))
    loop = LOOP.format(T="double", name="hm_sin_v1", width=1).replace("(double %v)", "(double %v) #9")
    loop = loop.replace("ptr %x, ptr %y", "ptr noalias %x, ptr noalias %y")
    keep = '@llvm.compiler.used = appending global [2 x ptr] [ptr @hm_sin_v4, ptr @hm_sin_v8], section "llvm.metadata"'
    attribute = f"attributes #9 = {{ {variants('sin')} }}"
    text = "\n".join([*map(declaration, calls), *(text for text, _ in parts), keep, loop, attribute])
    library = build(text, ["run"], symbol_addresses(library_symbols(calls)), Effort.LOOPS)
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(library.addresses["run"])
    x, y = np.linspace(-9, 9, 64), np.empty(64)
    function(x.ctypes.data, y.ctypes.data, 64)
    np.testing.assert_array_equal(y, compiled("sin", 8)(x))


def test_a_processor_without_fused_multiply_add_asks_for_cs():
    assert library_symbols(("llvm.fma.v8f64", "llvm.fabs.v8f64", "sin")) == ("sin", "fma")
    assert library_symbols(("psi",)) == ("psi",)


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize(("symbol", "arity"), [("atan", 1), ("pow", 2), ("scipy_psi", 1)])
def test_what_has_no_vector_form_is_called_lane_by_lane(symbol, arity, width):
    text, calls = lanewise(symbol, arity, width)
    assert calls == (symbol,)
    assert text.count(f"@{symbol}(") == width
    assert declaration(symbol, arity).count("double") == arity + 1
    if arity == 1:
        run = compiled(symbol, width, lambda name, width: (text, calls))
        assert run(np.full(8, 1.0)) == pytest.approx(math.pi / 4 if symbol == "atan" else -np.euler_gamma, rel=1e-15)


def test_an_unknown_function_is_named():
    with pytest.raises(InputError, match="There is no vector form of besselj, only of exp, expm1, log"):
        definition("besselj", 4)


# ---- the polynomials ------------------------------------------------------------------------------

LN2, SPREAD = math.log(2), 3 - math.sqrt(8)
POLYNOMIALS = {
    # name: (coefficients, function, largest argument, bits of the error relative to the result)
    "exp": (EXP, lambda r: (mpmath.expm1(r) - r - r * r / 2) / r**3, LN2 / 2, lambda r: r**2, 60),
    "log": (LOG, lambda z: (2 * mpmath.atanh(mpmath.sqrt(z)) / mpmath.sqrt(z) - 2) / z, SPREAD**2, lambda z: z / 2, 58),
    "sin": (SIN, lambda z: (mpmath.sin(mpmath.sqrt(z)) / mpmath.sqrt(z) - 1) / z, (math.pi / 4) ** 2, lambda z: z, 56),
    "cos": (COS, lambda z: (mpmath.cos(mpmath.sqrt(z)) - 1 + z / 2) / z**2, (math.pi / 4) ** 2, lambda z: z**2, 59),
}


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_a_polynomial_is_as_near_as_its_comment_says(name):
    coefficients, function, end, weight, bits = POLYNOMIALS[name]
    with mpmath.workprec(200):
        starts = -300 if name == "exp" else 1
        for k in range(starts, 301):
            t = mpmath.mpf(end) * k / 300
            if k:
                error = (mpmath.polyval([mpmath.mpf(c) for c in reversed(coefficients)], t) - function(t)) * weight(t)
                assert abs(error) < mpmath.mpf(2) ** -bits


def test_the_constants_of_the_reductions_are_exact_to_their_last_bit():
    with mpmath.workprec(300):
        for parts, truth in ((vector_functions.LN2, mpmath.log(2)), (vector_functions.HALF_PI, mpmath.pi / 2)):
            for part in parts:
                assert part == float(truth)
                truth -= mpmath.mpf(part)
