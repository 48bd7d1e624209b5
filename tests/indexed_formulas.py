"""Indexed formulas that several test files use: (formula, variables, parameters) by name."""

from sympy import Abs, IndexedBase, Max, Piecewise, Product, Sum, cos, exp, log, sin, sqrt, symbols

n, m, i, j, k = symbols("n m i j k", integer=True)
a, b = symbols("a b", real=True)
x, y = IndexedBase("x", shape=(n,)), IndexedBase("y", shape=(n,))
A, W = IndexedBase("A", shape=(m, n)), IndexedBase("W", shape=(n, n))
u = IndexedBase("u")

FORMULAS = {
    "chained Rosenbrock": (Sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2, (i, 0, n - 2)), [x], []),
    "reversed": (Sum(x[i] * x[n - 1 - i], (i, 0, n - 1)), [x], []),
    "stride": (Sum((u[2 * i] - u[2 * i + 1] ** 2) ** 2, (i, 0, n - 1)), [u], []),
    "arrow": (Sum((x[0] - x[i]) ** 4 * x[0], (i, 1, n - 1)), [x], []),
    "curve fit": (Sum((y[i] - a * x[i] ** b) ** 2, (i, 0, n - 1)), [a, b], [x, y]),
    "quadratic form": (Sum(W[i, j] * x[i] * x[j], (i, 0, n - 1), (j, 0, n - 1)), [x], [W]),
    "least squares": (Sum((Sum(A[i, j] * x[j], (j, 0, n - 1)) - u[i]) ** 2, (i, 0, m - 1)), [x], [A, u]),
    "factorisation": (Sum((A[i, j] - u[i] * x[j]) ** 2, (i, 0, m - 1), (j, 0, n - 1)), [u, x], [A]),
    "pairs": (Sum((x[i] - x[j]) ** 2 + x[i] * x[j] ** 3, (j, 0, i - 1), (i, 0, n - 1)), [x], []),
    "band of pairs": (Sum(x[i] * x[j] ** 2 * x[j - i], (j, i, n - 1), (i, 0, n - 1)), [x], []),
    "product": (Product(x[i] + 2, (i, 0, n - 1)), [x], []),
    "product of sums": (Product(Sum(W[i, j] * x[j], (j, 0, n - 1)), (i, 0, n - 1)), [x], [W]),
    "products summed": (Sum(Product(x[j] - i, (j, 0, n - 1)), (i, 0, m - 1)), [x], []),
    "square of a sum": (Sum(x[i] ** 2, (i, 0, n - 1)) ** 2 + Sum(x[i], (i, 0, n - 1)), [x], []),
    "quotient": (Sum(W[i, j] * x[i] * x[j], (i, 0, n - 1), (j, 0, n - 1)) / Sum(x[i] ** 2, (i, 0, n - 1)), [x], [W]),
    "indices as numbers": (Sum((i + 1) * x[i] ** 2 / n + n, (i, 0, n - 1)), [x], []),
    "one entry": (x[0] ** 2 * x[n - 1] + 3, [x], []),
    "trace": (Sum(W[i, i] ** 2, (i, 0, n - 1)), [W], []),
    "a symmetric square": (Sum(W[i, j] * W[j, i] * W[i, i], (i, 0, n - 1), (j, 0, n - 1)), [W], []),
    "independent": (Sum(2, (i, 0, n - 1)) + Sum(x[0], (j, 0, m)), [x], []),
    "window": (
        Sum((Sum((j + 1) * u[i + j], (j, 0, 2)) - 1) ** 2 * Product(u[i + j], (j, 0, 1)), (i, 0, n - 1)),
        [u],
        [],
    ),
    "bilinear": (Sum(A[j, i] * u[j] * x[i] ** 2, (i, 0, n - 1), (j, 0, m - 1)), [u, x], [A]),
}
SMOOTH = {
    "log of a sum": (log(Sum(exp(x[i]), (i, 0, n - 1))), [x], []),
    "norm": (sqrt(Sum(x[i] ** 2, (i, 0, n - 1)) + 1), [x], []),
    "waves": (Sum(sin(x[i]) * cos(x[i + 1]), (i, 0, n - 2)) * exp(x[0]), [x], []),
    "distances": (Sum(1 / sqrt((x[i] - x[j]) ** 2 + 1), (j, 0, i - 1), (i, 1, n - 1)), [x], []),
    "cases": (
        Sum(Piecewise((x[i] ** 2, x[i] > 0), (x[i] ** 3, True)) + Max(x[i], 0) + Abs(x[i]), (i, 0, n - 1)),
        [x],
        [],
    ),
}
SIZES = [{"n": 2, "m": 1}, {"n": 3, "m": 2}, {"n": 4, "m": 3}]
