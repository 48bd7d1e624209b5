"""Array kernels against the formula written out: one compiled program for every size."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sympy import Sum, exp

import hessmath as hm
from hessmath import program
from hessmath.errors import InputError, WrongKind
from hessmath.kernels.array_kernel import ArrayKernel
from hessmath.program.arithmetic import float64
from hessmath.program.arrays.expanding import expand
from hessmath.program.arrays.indexed import lower_indexed
from tests.indexed_formulas import FORMULAS, SIZES, SMOOTH, W, a, b, i, k, n, u, x, y

EVERY = FORMULAS | SMOOTH


@pytest.fixture(scope="module")
def kernels():
    return {name: ArrayKernel(name, lower_indexed(*row)) for name, row in EVERY.items()}


def values_for(f, sizes, seed):
    """x, v, and data by name, for sizes."""
    rng = np.random.default_rng(seed)
    shapes = {name: tuple(axis.size.at(sizes) for axis in f.shape(name)) for name in f.inputs}
    count = f.dimension(sizes)
    data = {name: rng.uniform(0.5, 1.5, shapes[name]) for name in f.parameters}
    return rng.uniform(0.5, 1.5, count), rng.normal(size=count), data


def compare(kernel, sizes, seed, *, rtol=1e-12):
    """Every product against the slow reference on the tape of the formula written out."""
    f = kernel.program
    sizes = {name: value for name, value in sizes.items() if name in f.size_names}
    tape = expand(f, sizes)
    x, v, data = values_for(f, sizes, seed)
    names = tape.names[: len(x)]
    flat = [*x, *(number for name in f.parameters for number in data[name].ravel())]
    bound = kernel.bind(data, sizes=sizes)
    value, gradient = bound.value_and_gradient(x)
    expected = float64.run(tape, flat)[0]
    slope = float64.run(program.gradient(tape, names), flat)
    product = float64.run(program.hvp(tape, names), [*flat, *v])
    hessian = np.reshape(float64.run(program.hessian(tape, names), flat), (len(x), len(x)))
    scale = 1 + max(abs(expected), np.max(np.abs(slope)), np.max(np.abs(hessian)))
    close = {"rtol": rtol, "atol": rtol * scale}  # relative to the largest number: entries may cancel
    assert_allclose(bound.f(x), expected, **close)
    assert_allclose(value, expected, **close)
    assert_allclose(gradient, slope, **close)
    for _ in range(2):  # the second call takes the fast way
        assert_allclose(bound.gradient(x), slope, **close)
        assert_allclose(bound.hvp(x, v), product, **close)
        assert_allclose(bound.hessian(x), hessian, **close)
        if str(bound.hessian_pattern(x).structure) != "dense":
            assert_allclose(bound.sparse_hessian(x).toarray(), hessian, **close)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_kernels_compute_what_the_formula_written_out_does(kernels, name, sizes):
    compare(kernels[name], sizes, 3)


@settings(deadline=None, max_examples=60)
@given(name=st.sampled_from(list(EVERY)), n=st.integers(2, 6), m=st.integers(1, 5), seed=st.integers(0, 2**31))
def test_kernels_serve_every_size(kernels, name, n, m, seed):
    compare(kernels[name], {"n": n, "m": m}, seed, rtol=1e-10)


@pytest.mark.parametrize("count", [3, 63, 64, 65, 66, 200])
@pytest.mark.parametrize("name", ["chained Rosenbrock", "arrow", "reversed", "stride", "waves", "pairs"])
def test_sparse_hessians_agree_with_products_at_sizes_with_long_loops(kernels, name, count):
    kernel = kernels[name]
    f = kernel.program
    x, v, _ = values_for(f, {"n": count}, count)
    H = kernel.sparse_hessian(x)
    assert_allclose(H @ v, kernel.hvp(x, v), rtol=1e-9, atol=1e-9)
    assert H.nnz == kernel.hessian_pattern(x).nnz
    assert abs(H - H.T).max() == 0
    assert kernel.sparse_hessian(2 * x, out=H) is H
    assert_allclose(H @ v, kernel.hvp(2 * x, v), rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_ranges_that_are_more_than_empty_take_no_memory_and_add_nothing(size):
    product = sympy.Product(x[0] + x[i], (i, 0, n - 3)) + sympy.Product(x[0] + 1, (i, 0, n - 3))
    sums = Sum(x[0] ** 2 * x[i] + x[n - 1] ** 2, (i, 0, n - 4))
    compare(ArrayKernel("f", lower_indexed(product + sums, [x])), {"n": size}, 1)


def test_places_that_bend_inside_are_looked_up():
    f = hm.Function(Sum(x[i] ** 2 * x[i + 2] * x[i + 5] ** 2 + x[0] * x[i], (i, 0, n - 6)), x)
    kernel = hm.compile(f)
    point, v, _ = values_for(f.program, {"n": 150}, 1)
    assert_allclose(kernel.sparse_hessian(point) @ v, kernel.hvp(point, v), rtol=1e-10)


def test_only_what_can_differ_from_zero_is_stored(kernels):
    kernel = kernels["chained Rosenbrock"]
    pattern = kernel.hessian_pattern(np.ones(1000))
    assert pattern.nnz == 3 * 1000 - 2
    assert str(pattern.structure) == "banded (1, 1)"
    assert str(kernels["arrow"].hessian_pattern(np.ones(50)).structure) == "arrow (1, 0)"


def test_compiled_code_serves_all_sizes(kernels):
    kernel = kernels["chained Rosenbrock"]
    kernel.gradient(np.ones(3))
    code = dict(kernel._made)
    kernel.gradient(np.ones(10**5))
    assert kernel._made["gradient"] is code["gradient"]


def test_one_vector_holds_all_variables():
    f = hm.Function(FORMULAS["factorisation"][0], [u, x], parameters=FORMULAS["factorisation"][2])
    kernel = hm.compile(f)
    A = np.arange(6.0).reshape(2, 3)
    parts = {"u": [1.0, 2.0], "x": [1.0, 0.0, -1.0]}
    assert kernel.f(parts, parameters={"A": A}) == kernel.f([1, 2, 1, 0, -1], parameters={"A": A})
    bound = kernel.bind(A=A)
    split = bound.split([1, 2, 3, 4, 5])
    assert split["u"].tolist() == [1, 2]
    assert split["x"].tolist() == [3, 4, 5]


def test_results_go_where_they_are_wanted(kernels):
    kernel = kernels["chained Rosenbrock"]
    point = np.linspace(0, 1, 7)
    out = np.empty(7)
    assert kernel.gradient(point, out=out) is out
    assert_allclose(out, kernel.gradient(point.tolist()))
    strided = np.empty((7, 2))[:, 0]
    assert kernel.gradient(point, out=strided) is strided
    assert_allclose(strided, out)
    overlapping = point.copy()
    kernel.gradient(overlapping, out=overlapping)
    assert_allclose(overlapping, out)


def test_a_kernel_minimises_with_scipy_and_with_hessmath(kernels):
    import scipy.optimize

    kernel = kernels["chained Rosenbrock"]
    start = np.full(20, 0.8)
    found = scipy.optimize.minimize(kernel.f, start, jac=kernel.gradient, hess=kernel.hessian, method="trust-exact")
    assert_allclose(found.x, 1, atol=1e-6)
    found = scipy.optimize.minimize(kernel.f, start, jac=kernel.gradient, hessp=kernel.hvp, method="trust-ncg")
    assert_allclose(found.x, 1, atol=1e-4)
    assert_allclose(hm.minimize(kernel, start).x, 1, atol=1e-8)


def test_a_curve_is_fitted_by_name():
    t = np.linspace(0, 2, 40)
    formula = Sum((y[i] - a * exp(-b * x[i])) ** 2, (i, 0, n - 1))
    f = hm.Function(formula, [a, b], parameters=[x, y])
    solution = hm.minimize(f, {"a": 1.0, "b": 1.0}, parameters={"x": t, "y": 2 * np.exp(-0.7 * t)})
    assert_allclose(solution.x, [2, 0.7], atol=1e-8)


def test_nan_and_infinity_propagate(kernels):
    kernel = kernels["chained Rosenbrock"]
    assert np.isnan(kernel.f([1.0, np.nan, 1.0]))
    assert kernel.f([1.0, np.inf, 1.0]) == np.inf


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda k: k.f("text"), InputError, "x must hold real numbers, but holds text"),
        (lambda k: k.f(np.ones((2, 2))), InputError, r"x must be one flat vector, but has shape \(2, 2\)"),
        (lambda k: k.f([1.0, 2.0]), InputError, "a value for W is missing"),
        (lambda k: k.bind(z=1), InputError, "The parameters of f are W; z is not one of them"),
        (lambda k: k.bind(W=np.ones(3)).f([1, 2]), InputError, r"W should be n × n, but has shape \(3,\)"),
        (lambda k: k.bind(W=np.ones((2, 3))).f([1, 2]), InputError, r"W has shape \(2, 3\), but should have 2"),
        (lambda k: k.bind(W=np.ones((3, 3))).f([1, 2]), InputError, "x has length 2, but f takes 3 variables"),
        (lambda k: k.bind(sizes={"q": 1}).f([1, 2], parameters={"W": np.ones((2, 2))}), InputError, "but no q"),
        (lambda k: k.bind(W=np.eye(2)).hvp([1, 2], [1, 2, 3]), InputError, "v has length 3, but x has length 2"),
        (lambda k: k.bind(W=np.eye(2)).gradient([1, 2], out=np.ones(3)), InputError, r"out has shape \(3,\)"),
        (lambda k: k.bind(W=np.eye(2)).gradient([1, 2], out=[0, 0]), InputError, "out must be a float64 array"),
        (lambda k: k.piece("jacobian"), WrongKind, 'but no "jacobian"'),
    ],
)
def test_wrong_use_is_explained(act, kind, message):
    kernel = hm.compile(hm.Function(FORMULAS["quadratic form"][0], x, parameters=W))
    with pytest.raises(kind, match=message):
        act(kernel)


def test_entries_outside_an_array_are_refused():
    kernel = hm.compile(hm.Function(Sum(x[i + 1], (i, 0, n - 1)), x))
    with pytest.raises(InputError, match="uses entry 3 of x, whose entries are counted from 0 to 2"):
        kernel.f([1.0, 2.0, 3.0])


def test_sizes_that_do_not_follow_are_asked_for():
    m, p = sympy.symbols("m p", integer=True)
    U, V = sympy.IndexedBase("U", shape=(m, p)), sympy.IndexedBase("V", shape=(n, p))
    j, k = sympy.symbols("j k", integer=True)
    f = hm.Function(Sum(U[i, k] * V[j, k], (i, 0, m - 1), (j, 0, n - 1), (k, 0, p - 1)), [U, V])
    kernel = hm.compile(f)
    with pytest.raises(InputError, match="do not follow from what is given"):
        kernel.f(np.ones(10))
    assert kernel.bind(sizes={"m": 2, "n": 3, "p": 2}).f(np.ones(10)) == 12
    assert kernel.f({"U": np.ones((2, 2)), "V": np.ones((3, 2))}) == 12


def test_a_full_hessian_is_not_given_as_sparse(kernels):
    with pytest.raises(WrongKind, match="The Hessian of log of a sum is full"):
        kernels["log of a sum"].sparse_hessian(np.ones(3))


def test_the_report_tells_steps_and_rewrites():
    f = hm.Function(
        Sum(sympy.log(1 + exp(x[i])) + x[i] * Sum(W[i, k] * x[k], (k, 0, n - 1)), (i, 0, n - 1)), x, parameters=W
    )
    kernel = hm.compile(f).bind(W=np.eye(3))
    assert "nothing has been compiled yet" in str(kernel.report())
    kernel.f(np.ones(3))
    text = str(kernel.report())
    assert "f: matrix product, then loop of n, " in text
    assert "rewritten: " in text and "softplus" in text


WINDOWS = Sum(sympy.sqrt(1 + Sum(x[k] ** 2, (k, i, i + 20)) ** 2), (i, 0, n - 21)) + x[0] ** 3


def test_sparse_hessians_of_sums_inside_functions_are_recovered_from_products():
    kernel = hm.compile(hm.Function(WINDOWS, x))
    assert not kernel.is_separable
    point, v, _ = values_for(kernel.program, {"n": 120}, 4)
    H = kernel.sparse_hessian(point)
    assert str(kernel.hessian_pattern(point).structure) == "banded (20, 20)"
    assert_allclose(H @ v, kernel.hvp(point, v), rtol=1e-10, atol=1e-12)
    assert abs(H - H.T).max() == 0
    assert kernel.sparse_hessian(2 * point, out=H) is H
    assert_allclose(H @ v, kernel.hvp(2 * point, v), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", EVERY)
def test_patterns_hold_exactly_what_the_tape_couples(name):
    from hessmath.program import sparse_hessian
    from hessmath.program.arrays.dependence import hessian_pattern

    f = lower_indexed(*EVERY[name])
    sizes = {size: value for size, value in {"n": 5, "m": 3}.items() if size in f.size_names}
    tape = expand(f, sizes)
    _, exact = sparse_hessian(tape, tape.names[: f.dimension(sizes)])
    found = hessian_pattern(f, sizes)
    assert found == exact


def test_array_kernels_serve_numba_code():
    import numba

    kernel = hm.compile(hm.Function(FORMULAS["quadratic form"][0], x, parameters=W)).bind(W=np.diag([1.0, 2.0, 3.0]))
    functions = kernel.jit(3)
    value, gradient, product = functions.f, functions.gradient, functions.hvp

    @numba.njit
    def all_three(point, v):
        return value(point), gradient(point), product(point, v)

    point, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
    found = all_three(point, v)
    assert found[0] == kernel.f(point)
    assert_allclose(found[1], kernel.gradient(point))
    assert_allclose(found[2], kernel.hvp(point, v))
    with pytest.raises(ValueError, match="x has the wrong length: 3 numbers are needed"):
        value(np.ones(2))
    with pytest.raises(ValueError, match="x or v has the wrong length"):
        product(point, np.ones(2))


def test_a_matrix_with_another_pattern_is_refused(kernels):
    kernel = kernels["chained Rosenbrock"]
    other = kernels["arrow"].sparse_hessian(np.ones(5))
    kernel.sparse_hessian(np.ones(5))
    assert other.nnz == 13 == kernel.hessian_pattern(np.ones(5)).nnz
    with pytest.raises(InputError, match="out must be a csr_array with the pattern of the Hessian"):
        kernel.sparse_hessian(np.ones(5), out=other)


def test_logarithms_of_sums_of_exponentials_do_not_overflow(kernels):
    kernel = kernels["log of a sum"]
    assert kernel.f([1000.0, 1000.0]) == 1000 + np.log(2)
    assert_allclose(kernel.gradient([1000.0, 0.0]), [1, 0])
    assert_allclose(kernel.hessian([1000.0, 1000.0]), [[0.25, -0.25], [-0.25, 0.25]])


@pytest.mark.parametrize("name", [*FORMULAS, *SMOOTH])
def test_hessians_are_symmetric_bit_for_bit(name, rng):
    formula, variables, parameters = {**FORMULAS, **SMOOTH}[name]
    kernel = hm.compile(hm.Function(formula, variables, parameters=parameters))
    f = kernel.program
    sizes = dict.fromkeys(f.size_names, 37)  # more than one tile of the copy of the upper half
    data = {each: rng.uniform(0.5, 1.5, [axis.size.at(sizes) for axis in f.shape(each)]) for each in f.parameters}
    if f.dimension(sizes) > 200:
        pytest.skip("a matrix is the variable")
    hessian = kernel.bind(data, sizes=sizes).hessian(rng.uniform(0.5, 1.5, f.dimension(sizes)))
    np.testing.assert_array_equal(hessian, hessian.T)
