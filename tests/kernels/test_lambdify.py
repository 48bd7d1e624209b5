"""lambdify against sympy.lambdify, from Python and from Numba-compiled code."""

import numba
import numpy as np
import pytest
import sympy

from hessmath.errors import InputError, WrongKind
from hessmath.kernels import lambdify

# Numba takes lists, and says that it will take them in another way one day.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:\s*Encountered the use of a type:numba.core.errors.NumbaPendingDeprecationWarning"
)

x, y, z = sympy.symbols("x y z")


def assert_same(ours, theirs):
    if isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert_same(a, b)
    else:
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


@pytest.mark.parametrize(
    ("args", "expr", "values"),
    [
        (x, sympy.sin(x) ** 2, (0.5,)),
        ((x, y), sympy.exp(x) * y - x / y, (0.5, 3)),
        ([x, y, z], [x + y, y * z, z], (1, 2, 3)),
        ((x, y), (x, x * y), (2, 5.0)),
        ((x, y), sympy.Matrix([[x, 1], [y, x * y]]), (2, 5)),
        ((x, y), sympy.Matrix([x, y]), (2, 5)),
        ((x, y), [sympy.Matrix([[x, y]]), sympy.Matrix([[1, 2]])], (2, 5)),
        (([x, y], z), x * y + z, ((2, 3), 4)),
        (([x, y], z), x * y + z, ([2, 3], 4)),
        (([x, y], z), x * y + z, (np.array([2.0, 3.0]), 4)),
        ((sympy.Matrix([x, y]), z), [x * y, z], (np.array([2.0, 3.0]), 4)),
        ((x, [y, [z]]), x + 10 * y + 100 * z, (1, (2, (3,)))),
        ((x, y), sympy.Piecewise((x, x > y), (y**2, True)), (1, 2)),
        ((), sympy.Integer(3), ()),
        (x, 5, (1,)),
        (x, [], (1,)),
        (x, (x, [x, 1], (x, 2)), (3,)),
    ],
)
def test_the_result_is_sympys(args, expr, values):
    assert_same(lambdify(args, expr)(*values), sympy.lambdify(args, expr, "numpy")(*values))


def test_the_types_are_pythons():
    assert isinstance(lambdify(x, x**2)(3), float)
    assert isinstance(lambdify(x, [x, x])(3), list)
    assert isinstance(lambdify(x, (x, x))(3), tuple)
    assert isinstance(lambdify(x, sympy.Matrix([[x]]))(3), np.ndarray)


def test_arrays_broadcast_as_in_numpy():
    f = sympy.exp(-x) * y + z**2
    row, column = np.linspace(0, 1, 4), np.linspace(1, 2, 3)[:, None]
    assert_same(lambdify((x, y, z), f)(row, column, 2), sympy.lambdify((x, y, z), f)(row, column, 2))
    assert_same(lambdify((x, y, z), f)(row, row, row), sympy.lambdify((x, y, z), f)(row, row, row))
    pair = [x + y, x * y]
    assert_same(lambdify((x, y), pair)(row, column), [row + column, row * column])
    matrix = lambdify((x, y), sympy.Matrix([[x, y], [y, 1]]))(row, 2)
    assert matrix.shape == (2, 2, 4)
    assert np.array_equal(matrix[0, 0], row)
    assert (matrix[1, 1] == 1).all()


def test_rows_of_an_array_serve_as_a_vector_argument():
    points = np.arange(6.0).reshape(2, 3)
    assert_same(lambdify([(x, y)], x - 2 * y)(points), points[0] - 2 * points[1])


def test_shapes_that_do_not_broadcast_are_refused():
    with pytest.raises(ValueError, match=r"[Bb]roadcast"):
        lambdify((x, y), x + y)(np.ones(2), np.ones(3))


def test_a_matrix_symbol_is_passed_as_an_array():
    A, v = sympy.MatrixSymbol("A", 2, 2), sympy.MatrixSymbol("v", 2, 1)
    a, w = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0], [6.0]])
    assert np.array_equal(lambdify((A, v), A * v)(a, w), a @ w)
    n = sympy.Symbol("n")
    with pytest.raises(InputError, match="The size of the matrix B must be known, but is n × 2"):
        lambdify(sympy.MatrixSymbol("B", n, 2), x)


def test_it_can_be_called_from_compiled_code():
    f, pair = lambdify((x, y), x * y + 1), lambdify((x, y), (x + y, x - y))

    @numba.njit
    def total(n):
        s = 0.0
        for i in range(n):
            a, b = pair(i, 1.0)
            s += f(a, b)
        return s

    assert total(5) == sum((i + 1) * (i - 1) + 1 for i in range(5))


def test_names_of_symbols_never_matter():
    odd = [sympy.Symbol(name) for name in ("lambda", "x; import os", "a0", "point", "x0", "λ", "2", "")]
    f = lambdify(odd, sum(i * s for i, s in enumerate(odd)))
    assert f(*range(8)) == sum(i * i for i in range(8))
    first, second = sympy.Dummy("t"), sympy.Dummy("t")
    assert lambdify((first, second), first - second)(5, 3) == 2.0
    x0, x1 = sympy.symbols("x0 x1")
    assert lambdify((x1, x0), x1 - 2 * x0)(5, 3) == -1.0


def test_an_applied_function_may_be_an_argument():
    f = sympy.Function("f")(x)
    assert lambdify((x, f), x + f**2)(1, 3) == 10.0


def test_cse_and_dummify_are_accepted():
    f = lambdify((x, y), (x + y) ** 2 + sympy.sin(x + y), modules="numpy", cse=True, dummify=True)
    assert f(1, 2) == pytest.approx(9 + np.sin(3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: lambdify(x, x + y), InputError, "The expression contains y, but the arguments are x"),
        (lambda: lambdify((x, x), x), InputError, "The argument x appears twice"),
        (lambda: lambdify("x", x), WrongKind, "args must be a symbol or a list or tuple of symbols, but is a str"),
        (lambda: lambdify([x, "y"], x), WrongKind, "Each argument must be a symbol, but 'y' is a str"),
        (lambda: lambdify([x, 2], x), WrongKind, "Each argument must be a symbol, but 2 is a int"),
        (lambda: lambdify(x, "__import__('os')"), WrongKind, "expr must be a SymPy expression, .* but holds a str"),
        (lambda: lambdify(x, [x, None]), WrongKind, "expr must be .* but holds a NoneType"),
        (
            lambda: lambdify(x, x, "tensorflow"),
            WrongKind,
            "modules must be None, 'numpy', .* or 'numba', but is 'tensorf",
        ),
        (lambda: lambdify(x, x, [{"sin": np.cos}]), WrongKind, "Use sympy.lambdify for other libraries"),
    ],
)
def test_what_cannot_be_compiled_is_explained(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (((1, 2, 3), 1), ValueError, "Argument 1 must have 2 entries, but has 3"),
        (([1, 2, 3], 1), ValueError, "Argument 1 must have 2 entries"),
        ((1, 1), WrongKind, "Argument 1 must be an array, tuple or list with 2 entries, but is a int"),
        (((1, 2), 1j), WrongKind, "Arguments must be real numbers or arrays of them, but one is complex128 numbers"),
        (((1, 2), "3"), WrongKind, "Arguments must be real numbers or arrays of them, but one is a str"),
        (((1, 2), None), WrongKind, "Arguments must be real numbers"),
        ((1,), TypeError, "not enough arguments: expected 2, got 1"),
    ],
)
def test_wrong_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        lambdify([(x, y), z], x + y + z)(*arguments)
