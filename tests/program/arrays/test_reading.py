"""Array programs read back: the formulas are the derivatives of the formula written out at small sizes."""

from functools import cache
from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import IndexedBase, Rational, Sum, exp, log, sqrt, symbols

from hessmath.errors import InputError
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import Output
from hessmath.program.arrays.building import ArrayBuilder
from hessmath.program.arrays.derivatives import gradient
from hessmath.program.arrays.indexed import lower_indexed
from hessmath.program.arrays.nodes import Axis
from hessmath.program.arrays.reading import read_back, read_gradient, read_hessian
from hessmath.program.arrays.writing_out import written_out

n, m, i, j = symbols("n m i j", integer=True)
a, b, c, lam = symbols("a b c lam")
x, y, t = (IndexedBase(name, shape=(n,)) for name in "xyt")
A, W = IndexedBase("A", shape=(m, n)), IndexedBase("W", shape=(n, n))
u, v = IndexedBase("u", shape=(2 * n,)), IndexedBase("v", shape=(m,))


def entry(name, *index):
    """The entry x[0] as a symbol of its own."""
    return sympy.Symbol(f"{name}[{','.join(map(str, index))}]")


def total(terms):
    return sympy.Add(*terms)


def X(k):
    return entry("x", k)


FORMULAS = {
    "chained Rosenbrock": (
        Sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2, (i, 0, n - 2)),
        [x],
        [],
        lambda n: total(100 * (X(i + 1) - X(i) ** 2) ** 2 + (1 - X(i)) ** 2 for i in range(n - 1)),
    ),
    "differences": (
        Sum((x[i + 1] - x[i]) ** 2, (i, 0, n - 2)),
        [x],
        [],
        lambda n: total((X(i + 1) - X(i)) ** 2 for i in range(n - 1)),
    ),
    "periodic differences": (
        Sum((x[i + 1] - x[i]) ** 4, (i, 0, n - 2)) + (x[0] - x[n - 1]) ** 4,
        [x],
        [],
        lambda n: total((X((i + 1) % n) - X(i)) ** 4 for i in range(n)),
    ),
    "second differences": (
        Sum((x[i] - 2 * x[i + 1] + x[i + 2]) ** 2, (i, 0, n - 3)),
        [x],
        [],
        lambda n: total((X(i) - 2 * X(i + 1) + X(i + 2)) ** 2 for i in range(n - 2)),
    ),
    "reversed": (
        Sum(x[i] * x[n - 1 - i], (i, 0, n - 1)),
        [x],
        [],
        lambda n: total(X(i) * X(n - 1 - i) for i in range(n)),
    ),
    "reversed and itself": (
        Sum(x[i] ** 3 * x[n - 1 - i] + x[i] ** 4, (i, 0, n - 1)),
        [x],
        [],
        lambda n: total(X(i) ** 3 * X(n - 1 - i) + X(i) ** 4 for i in range(n)),
    ),
    "strides": (
        Sum((u[2 * i] - u[2 * i + 1] ** 2) ** 2, (i, 0, n - 1)),
        [u],
        [],
        lambda n: total((entry("u", 2 * i) - entry("u", 2 * i + 1) ** 2) ** 2 for i in range(n)),
    ),
    "strides and all": (
        Sum(u[2 * i] ** 3, (i, 0, n - 1)) + Sum(u[i] * u[2 * i], (i, 0, n - 1)),
        [u],
        [],
        lambda n: total(entry("u", 2 * i) ** 3 + entry("u", i) * entry("u", 2 * i) for i in range(n)),
    ),
    "arrow": (
        Sum((x[0] - x[i]) ** 2, (i, 0, n - 1)),
        [x],
        [],
        lambda n: total((X(0) - X(i)) ** 2 for i in range(n)),
    ),
    "both ends": (
        Sum(x[0] * x[i] ** 2 * x[n - 1], (i, 0, n - 1)),
        [x],
        [],
        lambda n: total(X(0) * X(i) ** 2 * X(n - 1) for i in range(n)),
    ),
    "decay fitted to data": (
        Sum((y[i] - a * exp(-b * t[i])) ** 2, (i, 0, n - 1)),
        [a, b],
        [y, t],
        lambda n: total((entry("y", i) - a * exp(-b * entry("t", i))) ** 2 for i in range(n)),
    ),
    "quadratic form": (
        Sum(W[i, j] * x[i] * x[j], (i, 0, n - 1), (j, 0, n - 1)),
        [x],
        [W],
        lambda n: total(entry("W", i, j) * X(i) * X(j) for i in range(n) for j in range(n)),
    ),
    "least squares with a penalty": (
        Sum((Sum(A[i, j] * x[j], (j, 0, n - 1)) - c) ** 2, (i, 0, m - 1)) + lam * Sum(x[i] ** 2, (i, 0, n - 1)),
        [x],
        [A, lam, c],
        lambda n: (
            total((total(entry("A", i, j) * X(j) for j in range(n)) - c) ** 2 for i in range(n + 1))
            + lam * total(X(i) ** 2 for i in range(n))
        ),
    ),
    "triangular": (
        Sum(x[i] * x[j] ** 2, (j, 0, i), (i, 0, n - 1)),
        [x],
        [],
        lambda n: total(X(i) * X(j) ** 2 for i in range(n) for j in range(i + 1)),
    ),
    "Lennard-Jones pairs": (
        Sum(((x[i] - x[j]) ** 2) ** -6 - 2 * ((x[i] - x[j]) ** 2) ** -3, (j, i + 1, n - 1), (i, 0, n - 2)),
        [x],
        [],
        lambda n: total(1 / (X(i) - X(j)) ** 12 - 2 / (X(i) - X(j)) ** 6 for i in range(n) for j in range(i + 1, n)),
    ),
    "convolution": (
        Sum(x[i] * x[j] ** 2 * x[j - i], (j, i, n - 1), (i, 0, n - 1)),
        [x],
        [],
        lambda n: total(X(i) * X(j) ** 2 * X(j - i) for i in range(n) for j in range(i, n)),
    ),
    "product": (
        sympy.Product(x[i] + 2, (i, 0, n - 1)),
        [x],
        [],
        lambda n: sympy.Mul(*(X(i) + 2 for i in range(n))),
    ),
    "two sets of variables": (
        Sum(A[j, i] * v[j] * x[i] ** 2, (i, 0, n - 1), (j, 0, m - 1)),
        [v, x],
        [A],
        lambda n: total(entry("A", j, i) * entry("v", j) * X(i) ** 2 for i in range(n) for j in range(n + 1)),
    ),
    "log of a sum": (
        log(Sum(exp(x[i]), (i, 0, n - 1))),
        [x],
        [],
        lambda n: log(total(exp(X(i)) for i in range(n))),
    ),
    "a norm": (
        sqrt(Sum(x[i] ** 2, (i, 0, n - 1)) + 1),
        [x],
        [],
        lambda n: sqrt(total(X(i) ** 2 for i in range(n)) + 1),
    ),
    "ranges more than empty": (
        Sum(x[0] ** 2 * x[i] + x[n - 1] ** 2, (i, 0, n - 4)) + sympy.Product(x[0] + 1, (i, 0, n - 3)),
        [x],
        [],
        lambda n: total(X(0) ** 2 * X(i) + X(n - 1) ** 2 for i in range(n - 3)) + (X(0) + 1) ** max(n - 2, 0),
    ),
    "indices as numbers": (
        Sum((i + 1) * x[i] ** 3 / n, (i, 0, n - 1)),
        [x],
        [],
        lambda n: total((i + 1) * X(i) ** 3 / sympy.Integer(n) for i in range(n)),
    ),
}


def plain(expression):
    """Every entry as a symbol of its own."""
    return expression.xreplace({e: entry(e.base.label, *e.indices) for e in expression.atoms(sympy.Indexed)})


def same(left, right):
    """Whether two expressions are equal: as polynomials, rational functions at exact points, or simplified."""
    difference = plain(left) - right
    if difference == 0 or (
        (not difference.atoms(sympy.Pow) or difference.is_polynomial()) and difference.expand() == 0
    ):
        return True
    names = sorted(difference.free_symbols, key=str)
    if difference.is_rational_function(*names):
        points = [{s: Rational(3 * k**2 + shift * k + 5, 7 + k) for k, s in enumerate(names)} for shift in (1, 2, 5)]
        return all(difference.xreplace(point) == 0 for point in points)
    return sympy.simplify(difference) == 0


def variables(f, sizes):
    """The entries of every variable."""
    for name in f.variables:
        ranges = [range(axis.size.at(sizes)) for axis in f.shape(name)]
        yield [entry(name, *index) if index else sympy.Symbol(name) for index in product(*ranges)]


def entries(array):
    return list(array.reshape(len(array))) if isinstance(array, sympy.NDimArray) and len(array) else [array]


@cache
def readings(name):
    """The program of a formula, and value, gradient and Hessian read back."""
    f = lower_indexed(*FORMULAS[name][:3])
    return f, read_back(f)[0], read_gradient(f), read_hessian(f)


@pytest.mark.parametrize("size", range(1, 6))
@pytest.mark.parametrize("name", FORMULAS)
def test_what_is_read_is_the_derivative_of_the_formula_written_out(name, size):
    f, value, gradients, hessians = readings(name)
    sizes, formula = {"n": size, "m": size + 1}, FORMULAS[name][3](size)
    assert same(value.at(sizes), formula)
    groups = list(variables(f, sizes))
    for read, group in zip(gradients, groups, strict=True):
        check(read, sizes, [sympy.diff(formula, e) for e in group])
    for read, (rows, columns) in zip(hessians, product(groups, groups), strict=True):
        check(read, sizes, [sympy.diff(formula, e, d) for e in rows for d in columns])


def check(read, sizes, truth):
    """The cases, where they hold, and the general expression at small sizes."""
    assert all(same(found, true) for found, true in zip(entries(read.at(sizes)), truth, strict=True)), str(read)
    if sizes["n"] > 3:
        return
    values = {symbol: sympy.Integer(sizes[symbol.name]) for symbol in read.sizes}
    shape = [int(size.xreplace(values)) for size in read.shape]
    for index, true in zip(product(*map(range, shape)), truth, strict=True):
        assert same(written_out(read.entry(*index), values, read.inputs), true), (read.label, index)


UNSPLIT = {"convolution", "reversed and itself", "strides and all"}


@pytest.mark.parametrize("name", FORMULAS)
def test_every_case_has_a_formula_without_conditions(name):
    _, value, gradients, hessians = readings(name)
    for read in (value, *gradients, *hessians):
        split = bool(read.cases) and not any(case.formula.has(sympy.Piecewise) for case in read.cases)
        assert split or name in UNSPLIT, str(read)


def test_the_gradient_of_the_chained_rosenbrock_function_reads_as_in_a_book():
    _, value, (gradient,), (hessian,) = readings("chained Rosenbrock")
    assert str(value) == "value = Sum((1 - x[i])**2 + 100*(x[i + 1] - x[i]**2)**2, (i, 0, n - 2))"
    assert str(gradient).split("\n") == [
        "∂f/∂x[j] for n ≥ 2:",
        "  j = 0:          400*x[0]**3 - 400*x[0]*x[1] + 2*x[0] - 2",
        "  1 ≤ j ≤ n - 2:  -400*x[j + 1]*x[j] - 200*x[j - 1]**2 + 400*x[j]**3 + 202*x[j] - 2",
        "  j = n - 1:      200*x[n - 1] - 200*x[n - 2]**2",
    ]
    assert str(hessian).split("\n") == [
        "∂²f/∂x[j]∂x[k] for n ≥ 2:",
        "  k = j, j = 0:          1200*x[0]**2 - 400*x[1] + 2",
        "  k = j, 1 ≤ j ≤ n - 2:  -400*x[j + 1] + 1200*x[j]**2 + 202",
        "  k = j, j = n - 1:      200",
        "  k = j + 1:             -400*x[j]",
        "  k = j - 1:             -400*x[j - 1]",
        "  otherwise:             0",
    ]


def test_a_case_reads_as_a_condition_and_a_formula():
    (hessian,) = readings("arrow")[3]
    assert str(hessian.cases[1]) == "k = j, 1 ≤ j ≤ n - 1: 2"
    assert str(hessian.cases[-1]) == "otherwise: 0"


def test_what_is_the_same_everywhere_is_one_formula():
    assert str(readings("reversed")[2][0]) == "∂f/∂x[j] = 2*x[-j + n - 1]"
    assert str(readings("product")[2][0]) == (
        "∂f/∂x[j] = Product(x[i] + 2, (i, 0, j - 1))*Product(x[i] + 2, (i, j + 1, n - 1))"
    )


def test_strides_are_told_apart_by_residues():
    assert str(readings("strides")[2][0]).split("\n") == [
        "∂f/∂u[j]:",
        "  2 divides j:      -2*u[j + 1]**2 + 2*u[j]",
        "  2 divides j + 1:  -4*(u[j - 1] - u[j]**2)*u[j]",
    ]


def test_bands_and_arrows_come_first_and_zero_last():
    assert str(readings("arrow")[3][0]).split("\n") == [
        "∂²f/∂x[j]∂x[k]:",
        "  k = j, j = 0:          2*n - 2",
        "  k = j, 1 ≤ j ≤ n - 1:  2",
        "  j = 0, 1 ≤ k ≤ n - 1:  -2",
        "  1 ≤ j ≤ n - 1, k = 0:  -2",
        "  otherwise:             0",
    ]


def test_the_whole_array_is_shown_in_matrix_notation_where_there_is_one():
    residuals = Sum((Sum(W[i, j] * x[j], (j, 0, n - 1)) - y[i]) ** 2, (i, 0, n - 1))
    f = lower_indexed(residuals + lam * Sum(x[i] ** 2, (i, 0, n - 1)), [x], [W, y, lam])
    (gradient,), (hessian,) = read_gradient(f), read_hessian(f)
    assert str(gradient).endswith("as a whole: 2*lam*x + 2*W.T*(W*x - y)"), str(gradient)
    assert str(hessian).endswith("as a whole: 2*lam*I + 2*W.T*W"), str(hessian)
    assert readings("chained Rosenbrock")[2][0].matrix is None


MATRIX_FORMULAS = ["quadratic form", "decay fitted to data", "log of a sum", "a norm", "two sets of variables"]


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("name", MATRIX_FORMULAS)
def test_the_matrix_expression_has_the_entries_of_the_formula(name, size):
    _, value, gradients, hessians = readings(name)
    sizes = {"n": size, "m": size + 1}
    for read in (value, *gradients, *hessians):
        assert read.matrix is not None, str(read)
        values = {symbol: sympy.Integer(sizes[symbol.name]) for symbol in read.sizes}
        whole = written_out(read.matrix, values, read.inputs)
        found = list(whole) if read.shape else [whole]
        for left, right in zip(found, entries(read.at(sizes)), strict=True):
            assert same(left, plain(right)), (str(read), left, right)


def linear_algebra(kind):
    """A scalar program in an inverse, a solution, a determinant; and the same in SymPy's explicit matrices."""
    builder = ArrayBuilder()
    size = Affine.of("n")
    matrix, vector, shift = builder.input("W", [size, size]), builder.input("x", [size]), builder.input("s", [])
    row, column = builder.axes(matrix)
    shifted = builder.add([matrix, builder.mul(shift, builder.identity(row, column))])
    if kind == "inverse":
        inverse = builder.inverse(shifted)
        p, q = builder.axes(inverse)
        left = builder.rename(vector, {"x.0": p})
        right = builder.contract(inverse, builder.rename(vector, {"x.0": q}), [q])
        result = builder.sum(builder.mul(left, right), [p])
    elif kind == "solve":
        solution = builder.solve(shifted, builder.rename(vector, {"x.0": row}))
        result = builder.sum(builder.mul(solution, solution), builder.axes(solution))
    elif kind == "logdet":
        result = builder.logdet(builder.mul(shifted, shifted))
    else:
        result = builder.mul(builder.det(shifted), shift)
    return builder.build([result], ["x", "s"], ["W"])


def explicit_linear_algebra(kind, size):
    W = sympy.Matrix(size, size, lambda r, c: entry("W", r, c)) + sympy.Symbol("s") * sympy.eye(size)
    v = sympy.Matrix([X(k) for k in range(size)])
    match kind:
        case "inverse":
            return (v.T * W.inv() * v)[0, 0]
        case "solve":
            return sympy.Add(*((W.inv() * v)[k] ** 2 for k in range(size)))
        case "logdet":
            return log(W.multiply_elementwise(W).det())
        case _:
            return W.det() * sympy.Symbol("s")


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("kind", ["inverse", "solve", "logdet", "det"])
def test_linear_algebra_is_read_in_terms_of_inverses_and_determinants(kind, size):
    f, sizes = linear_algebra(kind), {"n": size}
    formula = explicit_linear_algebra(kind, size)
    assert same(read_back(f)[0].at(sizes), formula)
    groups = list(variables(f, sizes))
    for read, group in zip(read_gradient(f), groups, strict=True):
        check(read, sizes, [sympy.diff(formula, e) for e in group])
    for read, (rows, columns) in zip(read_hessian(f), product(groups, groups), strict=True):
        check(read, sizes, [sympy.diff(formula, e, d) for e in rows for d in columns])


def test_the_users_symbols_are_used():
    size, base = sympy.Symbol("n", positive=True, integer=True), IndexedBase("x")
    f = lower_indexed(*FORMULAS["differences"][:3])
    (read,) = read_gradient(f, {"n": size, "x": base})
    j = sympy.Symbol("j", integer=True)
    assert read.cases[1].formula == -2 * base[j + 1] - 2 * base[j - 1] + 4 * base[j]
    assert read.cases[0].formula == 2 * base[0] - 2 * base[1]
    assert read.valid == (size >= 2,)
    with pytest.raises(InputError, match=r"z is neither an input nor a size: x, n\."):
        read_back(f, {"z": size})


def test_names_of_indices_keep_out_of_the_way_of_sizes_and_inputs():
    j = sympy.Symbol("j", integer=True)
    k = IndexedBase("k", shape=(j,))
    index = sympy.Symbol("r", integer=True)
    f = lower_indexed(Sum(k[index] ** 2 * sympy.Symbol("i"), (index, 0, j - 1)), [k], [sympy.Symbol("i")])
    assert str(*read_back(f)).split("\n")[0] == "value = i*Sum(k[u]**2, (u, 0, j - 1))"
    assert str(*read_gradient(f)).split("\n")[0] == "∂f/∂k[l] = 2*i*k[l]"


def test_wrong_indices_and_missing_sizes_are_reported():
    (read,) = readings("differences")[2]
    with pytest.raises(InputError, match=r"The indices of ∂f/∂x\[j\] are j, but got 2 values"):
        read.entry(0, 1)
    with pytest.raises(InputError, match="The size n is not known: give it a value"):
        read.at({})


def test_latex_has_one_line_per_case():
    (read,) = readings("differences")[2]
    assert read._repr_latex_().startswith(r"$\displaystyle \begin{cases}2 {x}_{0} - 2 {x}_{1} & j = 0 \\")
    assert r"2 {x}_{- j + n - 1}" in readings("reversed")[2][0]._repr_latex_()


def affine_scatters():
    """Gradients of Σ x[a·i + c]² · w[i] over i < m: every stride and direction."""
    return st.tuples(st.sampled_from([-3, -2, -1, 1, 2, 3]), st.integers(0, 2), st.integers(1, 4), st.integers(0, 2))


@settings(deadline=None, max_examples=40)
@given(affine_scatters())
def test_a_scatter_with_any_stride_is_solved_for_its_index(drawn):
    stride, low, count, more = drawn
    start = low if stride > 0 else low - stride * (count - 1)
    size = low + abs(stride) * (count - 1) + 1 + more
    builder = ArrayBuilder()
    vector, weights = builder.input("x", [Affine.of(size)]), builder.input("w", [Affine.of(count)])
    (axis,) = builder.axes(weights)
    moved = builder.gather(vector, [axis], [Affine.of(start) + stride * Affine.of(axis.name)])
    f = builder.build([builder.sum(builder.mul(builder.mul(moved, moved), weights), [axis])], ["x"], ["w"])
    truth = [0] * size
    for i in range(count):
        truth[start + stride * i] += 2 * X(start + stride * i) * entry("w", i)
    check(read_gradient(f)[0], {"n": 0}, truth)


def test_a_place_that_two_indices_share_stays_a_sum():
    builder = ArrayBuilder()
    vector = builder.input("x", [Affine.of("n") + Affine.of("m") - 1])
    p, q = Axis("p", Affine.of("n")), Axis("q", Affine.of("m"))
    moved = builder.gather(vector, [p, q], [Affine.of("p") + Affine.of("q")])
    f = builder.build([builder.sum(builder.mul(moved, builder.mul(moved, moved)), [p, q])], ["x"])
    for size in (1, 2, 3):
        truth = [0] * (2 * size)
        for left, right in product(range(size), range(size + 1)):
            truth[left + right] += 3 * X(left + right) ** 2
        check(read_gradient(f)[0], {"n": size, "m": size + 1}, truth)


def test_several_outputs_are_read_in_order():
    builder = ArrayBuilder()
    vector = builder.input("x", [Affine.of("n")])
    square = builder.mul(vector, vector)
    axes = builder.axes(vector)
    f = builder.build([Output(square, axes), Output(builder.constant(3), axes)], ["x"])
    assert [str(read).split("\n")[0] for read in read_back(f)] == ["value0[j] = x[j]**2", "value1[j] = 3"]
    assert read_back(gradient(lower_indexed(*FORMULAS["differences"][:3])))[0].label == "value[j]"
