"""lambdify in the place of sympy.lambdify: the same arguments, results, shapes and kinds."""

from fractions import Fraction

import numba
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError, WrongKind
from hessmath.kernels import lambdify

x, y, z, t = sympy.symbols("x y z t")
f, g = sympy.Function("f"), sympy.Function("g")
d, e = sympy.Dummy("d"), sympy.Dummy("d")
A, v = sympy.MatrixSymbol("A", 2, 2), sympy.MatrixSymbol("v", 2, 1)
ROW, COLUMN = np.linspace(0.5, 1.5, 4), np.linspace(1, 2, 3)[:, None]
CUBE = np.linspace(0.1, 0.9, 24).reshape(2, 3, 4)
a, w = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0], [6.0]])

CALLS = {
    # arguments
    "one symbol": (x, x**2 + 1, (2,)),
    "a list of one": ([x], x**2 + 1, (2.5,)),
    "a tuple": ((x, y), x - y, (2, 3)),
    "no arguments": ((), sympy.pi, ()),
    "an empty list": ([], sympy.pi * 2, ()),
    "a nested list": ([x, [y, z]], x + 10 * y + 100 * z, (1, [2, 3])),
    "a nested tuple": ((x, (y, z)), x + 10 * y + 100 * z, (1, (2, 3))),
    "nested twice": ((x, (y, (z, t))), x * y + z * t, (1, (2, (3, 4)))),
    "only nested": (([x, y],), x - y, ([2, 3],)),
    "a vector as an array": (([x, y], z), x * y + z, (np.array([2.0, 3.0]), 4)),
    "a column of symbols": ((sympy.Matrix([x, y]), z), x * y + z, (np.array([2.0, 3.0]), 4)),
    "a row of symbols": ((sympy.Matrix([[x, y]]),), x - y, (np.array([2.0, 3.0]),)),
    "sympy's Tuple": (sympy.Tuple(x, y), x - y, (2, 3)),
    "a matrix symbol": (A, A[0, 0] * A[1, 1] - A[0, 1], (a,)),
    "two matrix symbols": ((A, v), A * v, (a, w)),
    "a product with a transpose": ((A, v), v.T * A * v, (a, w)),
    "Dummies": ((d, e), d - 2 * e, (5, 3)),
    "an applied function": (f(t), f(t) ** 2 + 1, (3,)),
    "time, function, derivative": ((t, f(t), f(t).diff(t)), t + 10 * f(t) + 100 * f(t).diff(t), (1, 2, 3)),
    "second derivatives": ((f(t), f(t).diff(t), f(t).diff(t, 2)), f(t).diff(t, 2) + f(t) * f(t).diff(t), (2, 3, 4)),
    "two functions": (([f(t), g(t)], t), [f(t) - g(t), t * g(t)], ([2, 3], 4)),
    "an indexed entry": ((sympy.IndexedBase("u")[0], x), sympy.IndexedBase("u")[0] + x, (2, 3)),
    "symbols with assumptions": (
        sympy.symbols("p q", positive=True),
        sympy.sqrt(sympy.Symbol("p", positive=True)),
        (4, 1),
    ),
    "odd names": (sympy.symbols("lambda_ class"), sympy.Symbol("class") * 2, (4, 1)),
    # results
    "a list": ((x, y), [x + y, x * y], (2, 3)),
    "a result tuple": ((x, y), (x + y, x * y), (2, 3)),
    "a nested result": ((x, y), [x, (y, [x + y, 1])], (2, 3)),
    "an empty list as result": (x, [], (2,)),
    "a matrix": ((x, y), sympy.Matrix([[x, 1], [y, x * y]]), (2, 3)),
    "an immutable matrix": ((x, y), sympy.ImmutableMatrix([[x, 1, y]]), (2, 3)),
    "a column": ((x, y), sympy.Matrix([x, y, x + y]), (2, 3)),
    "a list of matrices": ((x, y), [sympy.Matrix([x, y]), sympy.Matrix([[x * y]])], (2, 3)),
    "a matrix and a number": ((x, y), (sympy.Matrix([x, y]), x * y), (2, 3)),
    "a Hessian": ((x, y), sympy.hessian(x**3 * y + sympy.exp(x * y), (x, y)), (0.2, 0.3)),
    "an array": ((x, y), sympy.Array([[[x, y], [1, 2]]]), (2, 3)),
    "a Python number": (x, 5, (2,)),
    "a Python float": (x, 0.5, (2,)),
    "a rational": (x, sympy.Rational(1, 3), (2,)),
    "a condition": ((x, y), x > y, (2, 3)),
    "a condition of two": ((x, y), (x < y) & (x > 0), (2, 3)),
    "a condition in a list": ((x, y), [x > y, x <= y], (2, 3)),
    "a table": (x, {1: x**2, 2: x + 1}, (3,)),
    "an identity": (x, sympy.eye(2), (3,)),
    # formulas
    "cases": ((x, y), sympy.Piecewise((x, x > y), (y**2, True)), (1, 2)),
    "greatest and least": ((x, y), sympy.Max(x, y, 1) - sympy.Min(x, y), (0.5, 2)),
    "Heaviside and sign": (x, sympy.sign(x) + sympy.Abs(x), (-2.5,)),
    "a sum": (x, sympy.Sum(x**z, (z, 0, 4)).doit(), (0.5,)),
    "special functions": (x, sympy.gamma(x) + sympy.erf(x), (2.5,)),
    "angles": ((x, y), sympy.atan2(y, x) + sympy.sec(x), (0.5, 2)),
    # arrays
    "one array": (x, sympy.sin(x), (ROW,)),
    "an array and a number": ((x, y), sympy.sin(x) * y, (ROW, 3)),
    "a row and a column": ((x, y), x * y + 1, (ROW, COLUMN)),
    "three dimensions": ((x, y), x * y + 1, (CUBE, ROW)),
    "integers": ((x, y), x * y, (np.arange(4), 3)),
    "single precision": (x, x**2, (ROW.astype(np.float32).astype(np.float64),)),
    "a constant": (x, 5, (ROW,)),
    "an unused array": ((x, y), y**2, (ROW, 3)),
    "an unused column": ((x, y), x**2, (ROW, COLUMN)),
    "a list of unlike shapes": ((x, y, z), [x, y, z, 1, x * y], (ROW, COLUMN, 2)),
    "a matrix of arrays": ((x, y), sympy.Matrix([[x, y], [x * y, x]]), (ROW, ROW)),
    "rows of an array": ([(x, y)], x - 2 * y, (np.arange(6.0).reshape(2, 3),)),
    "no points": (x, x**2, (np.empty(0),)),
    "no points and a constant": ((x, y), [x, y, 3], (np.empty((0, 4)), 2)),
    "no points and a row": ((x, y), [x, y, x + y, 3], (np.empty((0, 4)), ROW)),
    "many points": (x, [sympy.exp(x), x], (np.linspace(0, 1, 1000),)),
    "a zero-dimensional array": (x, x**2, (np.array(3.0),)),
    "a numpy number": (x, x**2, (np.float64(3.0),)),
    "conditions at points": ((x, y), x > y, (ROW, 1)),
    "cases at points": ((x, y), sympy.Piecewise((x, x > y), (y**2, True)), (ROW, COLUMN)),
    "a strided array": (x, x + 1, (CUBE[:, ::2, 1],)),
}


def assert_same(ours, theirs):
    if isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert_same(a, b)
    elif isinstance(theirs, dict):
        assert ours.keys() == theirs.keys()
        for key in theirs:
            assert_same(ours[key], theirs[key])
    else:
        assert isinstance(ours, np.ndarray) == (isinstance(theirs, np.ndarray) and theirs.ndim > 0)
        assert np.shape(ours) == np.shape(theirs)
        assert (np.asarray(ours).dtype.kind == "b") == (np.asarray(theirs).dtype.kind == "b")
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


@pytest.mark.parametrize("name", CALLS)
def test_the_call_gives_what_sympys_does(name):
    args, expr, values = CALLS[name]
    theirs = sympy.lambdify(args, expr)
    assert_same(lambdify(args, expr)(*values), theirs(*values))


def test_options_of_sympy_are_accepted():
    expected = 9 + np.sin(3)
    for modules in (None, "numpy", "scipy", "math", "numba", ["scipy", "numpy"]):
        h = lambdify((x, y), (x + y) ** 2 + sympy.sin(x + y), modules, use_imps=False, cse=sympy.cse, docstring_limit=0)
        assert h(1, 2) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: lambdify(x, x, printer=object()), WrongKind, "prints no code, so it takes no printer"),
        (lambda: lambdify(x, x, "mpmath"), WrongKind, "compiles to float64 machine code: modules must be None"),
        (lambda: lambdify(x, sympy.I * x), InputError, "I"),
        (lambda: lambdify(x, 1j), WrongKind, "expr must be a SymPy expression, .* but holds a complex"),
        (lambda: lambdify(x, x)(1j), WrongKind, "must be real numbers or arrays of them, but one is complex128"),
        (lambda: lambdify(x, x)(np.array([1j])), WrongKind, "must be real numbers .* complex128"),
        (lambda: lambdify(x, x)("1"), WrongKind, "must be real numbers .* but one is a str"),
        (lambda: lambdify(x, x)([1, [2]]), WrongKind, "must be real numbers .* but one is a list"),
        (lambda: lambdify(x, x)(1, 2), WrongKind, "too many arguments: expected 1, got 2"),
        (lambda: lambdify((x, y), x)(1), WrongKind, "not enough arguments: expected 2, got 1"),
        (
            lambda: lambdify((x, y), x + y)(np.ones(2), np.ones(3)),
            InputError,
            r"cannot be broadcast against each other: their shapes are \(2,\), \(3,\)",
        ),
        (
            lambda: lambdify(x, {1: x}).jit,
            WrongKind,
            "Numba-compiled code cannot use this function, because its result is a dictionary",
        ),
    ],
)
def test_what_is_not_taken_is_explained(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_numbers_of_every_kind_are_taken():
    h = lambdify((x, y), x - y)
    for number in (3, 3.0, True + 2, np.float64(3), np.float32(3), np.int8(3), Fraction(3), sympy.Integer(3), 3):
        assert h(number, 1) == h(1, number) * -1 == 2.0
    assert h(True, False) == 1.0
    assert h(-1, -1.0) == 0.0  # −1 is how CPython says that a conversion failed
    assert h(2**70, 0) == 2.0**70
    with pytest.raises(OverflowError, match="int too large to convert to float"):
        h(10**400, 1)


def test_more_arguments_than_fit_the_fast_call():
    many = sympy.symbols("q:1200")
    assert lambdify(many, sum(many))(*range(1200)) == 1200 * 1199 / 2


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from([(), (1,), (3,), (2, 1), (2, 3), (1, 3)]), min_size=3, max_size=3),
    st.integers(0, 2**31),
)
def test_shapes_follow_the_arguments_that_a_result_depends_on(shapes, seed):
    rng = np.random.default_rng(seed)
    values = [rng.uniform(1, 2, shape) if shape else float(rng.uniform(1, 2)) for shape in shapes]
    exprs = [x * y, y + z, x, sympy.Integer(2), z / x + y]
    assert_same(SHAPES(*values), sympy.lambdify((x, y, z), exprs)(*values))


SHAPES = lambdify((x, y, z), [x * y, y + z, x, sympy.Integer(2), z / x + y])


def test_compiled_code_takes_the_same_object():
    h, both = lambdify((x, y), x * y + 1), lambdify((x, y), [x > y, x < y])

    @numba.njit
    def inside(n):
        return h(n, 2.0), both(n, 2)[1]

    @numba.njit
    def passed(function, n):
        return function(n, 2.0)

    assert inside(3) == (7.0, False)
    assert passed(h, 3) == 7.0
    assert np.array_equal(h.jit(np.array([1.0, 2.0]), 3.0), [4.0, 7.0])


def test_a_plain_call_does_not_load_numba():
    import os
    import subprocess
    import sys

    code = (
        "import sys, sympy, hessmath as hm; x = sympy.Symbol('x'); f = hm.lambdify(x, [x**2, 1]);"
        "assert f(3) == [9.0, 1.0] and 'numba' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
