"""Array programs read back: the formulas are the derivatives of the formula written out at small sizes."""

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
from hessmath.program.arrays.reading import read_back, read_gradient, read_hessian, written_out

n, m, i, j = symbols("n m i j", integer=True)
a, b, lam = symbols("a b lam")
x, y, t = (IndexedBase(name, shape=(n,)) for name in "xyt")
A, W = IndexedBase("A", shape=(m, n)), IndexedBase("W", shape=(n, n))
u = IndexedBase("u", shape=(2 * n,))


def entry(name, *index):
    """The entry x[0] as a symbol of its own."""
    return sympy.Symbol(f"{name}[{','.join(map(str, index))}]")


def total(terms):
    return sympy.Add(*terms)


def X(k):
    return entry("x", k)


def pair_energy(r):
    return 1 / r**6 - 2 / r**3


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
        Sum((Sum(A[i, j] * x[j], (j, 0, n - 1)) - entry("c", 0)) ** 2, (i, 0, m - 1)) + lam * Sum(x[i] ** 2, (i, 0, n - 1)),
        [x],
        [A, lam, entry("c", 0)],
        lambda n: total((total(entry("A", i, j) * X(j) for j in range(n)) - entry("c", 0)) ** 2 for i in range(n + 1))
        + lam * total(X(i) ** 2 for i in range(n)),
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
        lambda n: total(
            1 / (X(i) - X(j)) ** 12 - 2 / (X(i) - X(j)) ** 6 for i in range(n) for j in range(i + 1, n)
        ),
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
        Sum(A[j, i] * y[j] * x[i] ** 2, (i, 0, n - 1), (j, 0, m - 1)),
        [IndexedBase("y", shape=(m,)), x],
        [A],
        lambda n: total(entry("A", j, i) * entry("y", j) * X(i) ** 2 for i in range(n) for j in range(n + 1)),
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
    "indices as numbers": (
        Sum((i + 1) * x[i] ** 3 / n, (i, 0, n - 1)),
        [x],
        [],
        lambda n: total((i + 1) * X(i) ** 3 / sympy.Integer(n) for i in range(n)),
    ),
}
FORMULAS["two sets of variables"] = (
    Sum(A[j, i] * IndexedBase("v", shape=(m,))[j] * x[i] ** 2, (i, 0, n - 1), (j, 0, m - 1)),
    [IndexedBase("v", shape=(m,)), x],
    [A],
    lambda n: total(entry("A", j, i) * entry("v", j) * X(i) ** 2 for i in range(n) for j in range(n + 1)),
)


def plain(expression):
    """Every entry as a symbol of its own."""
    return expression.xreplace({e: entry(e.base.label, *e.indices) for e in expression.atoms(sympy.Indexed)})


def same(left, right):
    """Whether two expressions are equal: as polynomials, else as rational functions at exact points, else simplified."""
    difference = sympy.expand(plain(left) - right)
    if difference == 0:
        return True
    names = sorted(difference.free_symbols, key=str)
    if difference.is_rational_function(*names):
        points = [{s: Rational(3 * k**2 + c * k + 5, 7 + k) for k, s in enumerate(names)} for c in (1, 2, 5)]
        return all(difference.xreplace(point) == 0 for point in points)
    return sympy.simplify(difference) == 0


def variables(f, sizes):
    """The entries of every variable."""
    for name in f.variables:
        ranges = [range(axis.size.at(sizes)) for axis in f.shape(name)]
        yield [entry(name, *index) if index else sympy.Symbol(name) for index in product(*ranges)]


def entries(array):
    return list(array.reshape(len(array))) if isinstance(array, sympy.NDimArray) and len(array) else [array]


@pytest.mark.parametrize("size", range(1, 6))
@pytest.mark.parametrize("name", FORMULAS)
def test_what_is_read_is_the_derivative_of_the_formula_written_out(name, size):
    expr, inputs, parameters, explicit = FORMULAS[name]
    f = lower_indexed(expr, inputs, parameters)
    sizes, formula = {"n": size, "m": size + 1}, explicit(size)
    assert same(read_back(f)[0].at(sizes), formula)
    groups = list(variables(f, sizes))
    for read, group in zip(read_gradient(f), groups, strict=True):
        check(read, sizes, [sympy.diff(formula, e) for e in group])
    for read, (rows, columns) in zip(read_hessian(f), product(groups, groups), strict=True):
        check(read, sizes, [sympy.diff(formula, e, d) for e in rows for d in columns])


def check(read, sizes, truth):
    """The cases, where they hold, and the general expression."""
    assert all(same(found, true) for found, true in zip(entries(read.at(sizes)), truth, strict=True)), str(read)
    values = {symbol: sympy.Integer(sizes[symbol.name]) for symbol in read.sizes}
    shape = [int(size.xreplace(values)) for size in read.shape]
    for index, true in zip(product(*map(range, shape)), truth, strict=True):
        assert same(written_out(read.entry(*index), values, read.inputs), true), (read.label, index)
