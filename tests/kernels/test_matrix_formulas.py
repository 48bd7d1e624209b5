"""Matrix formulas, from text and from SymPy, against NumPy and against differences of what they compute."""

import numpy as np
import pytest
import sympy as sp
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath import program
from hessmath.errors import FormulaError, InputError, ShapeError
from hessmath.program.arithmetic import float64
from hessmath.program.arrays.expanding import expand

DIMENSIONS = {"m": 5, "k": 3, "r": 2}

RIDGE = "norm2(X @ b - y)**2 + lam * b @ b"
LOGISTIC = "sum(softplus(-y * (X @ b))) + lam * (b @ b)"
FACTORISATION = "normF(A - U @ V.T)**2"


def inv(a):
    return np.linalg.inv(a)


def layers(W1, b1, W2, b2, x, y):
    return np.sum((np.tanh(W2 @ np.tanh(W1 @ x + b1) + b2) - y) ** 2)


FORMULAS = [
    (RIDGE, {"b": "k"}, {"X": "m k", "y": "m", "lam": ""}, lambda b, X, y, c: np.sum((X @ b - y) ** 2) + c * b @ b),
    (
        LOGISTIC,
        {"b": "k"},
        {"X": "m k", "y": "m", "lam": ""},
        lambda b, X, y, c: np.sum(np.logaddexp(0, -y * (X @ b))) + c * b @ b,
    ),
    ("x @ A @ x", {"x": "k"}, {"A": "k k"}, lambda x, A: x @ A @ x),
    ("trace(A @ X @ B)", {"X": "k m"}, {"A": "r k", "B": "m r"}, lambda X, A, B: np.trace(A @ X @ B)),
    ("trace(X.T @ X)", {"X": "k m"}, {}, lambda X: np.sum(X * X)),
    ("log(det(S)) + trace(inv(S))", {"S": "k k"}, {}, lambda S: np.linalg.slogdet(S)[1] + np.trace(inv(S))),
    ("det(S)", {"S": "k k"}, {}, np.linalg.det),
    (
        "y @ inv(S) @ y + sum(inv(S) @ B)",
        {"S": "k k", "y": "k"},
        {"B": "k m"},
        lambda S, y, B: y @ inv(S) @ y + np.sum(inv(S) @ B),
    ),
    ("x @ A @ x / (x @ x)", {"x": "k"}, {"A": "k k"}, lambda x, A: x @ A @ x / (x @ x)),
    (FACTORISATION, {"U": "m r", "V": "k r"}, {"A": "m k"}, lambda U, V, A: np.sum((A - U @ V.T) ** 2)),
    (
        "normF(A - U @ V.T)**4 + norm2(u)",
        {"U": "m r", "V": "k r", "u": "m"},
        {"A": "m k"},
        lambda U, V, u, A: np.sum((A - U @ V.T) ** 2) ** 2 + np.linalg.norm(u),
    ),
    (
        "logsumexp(X @ b) - y @ softmax(X @ b)",
        {"b": "k"},
        {"X": "m k", "y": "m"},
        lambda b, X, y: np.logaddexp.reduce(X @ b) - y @ np.exp(X @ b) / np.sum(np.exp(X @ b)),
    ),
    (
        "nsq(tanh(W2 @ tanh(W1 @ x + b1) + b2) - y)",
        {"W1": "m k", "b1": "m", "W2": "r m", "b2": "r"},
        {"x": "k", "y": "r"},
        layers,
    ),
    (
        "psum(lambda i: 100*(x[i+1] - x[i]**2)**2 + (1 - x[i])**2, 0, k - 2)",
        {"x": "k"},
        {},
        lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
    ),
    (
        "psum(lambda i: psum(lambda j: A[i, j]*x[j], 0, k - 1)**2, 0, k - 1)",
        {"x": "k"},
        {"A": "k k"},
        lambda x, A: np.sum((A @ x) ** 2),
    ),
    (
        "sum(outer(x, x)*A) + sum(diag(x) @ A) + sum(diagvec(A)*x) + sum(diagpart(A)) + ones(k) @ x + sum(eye(k) @ A)",
        {"x": "k"},
        {"A": "k k"},
        lambda x, A: x @ A @ x + np.sum(np.diag(x) @ A) + np.diag(A) @ x + np.trace(A) + x.sum() + A.sum(),
    ),
    (
        "sum(mpow(S, 3)) + sum(mpow(S, -2)) + sum(Max(x, 0) + Abs(x)*x[0]) + sum(mpow(S, 0))",
        {"S": "k k", "x": "k"},
        {},
        lambda S, x: np.sum(S @ S @ S) + np.sum(inv(S @ S)) + np.sum(np.maximum(x, 0) + np.abs(x) * x[0]) + len(x),
    ),
    (
        "norm1(x) + sum(Piecewise((x**2, x > 0), (x**3, True))) + x[k - 1] + k",
        {"x": "k"},
        {},
        lambda x: np.sum(np.abs(x)) + np.sum(np.where(x > 0, x**2, x**3)) + x[-1] + len(x),
    ),
]


def values_for(shapes, seed=0):
    rng = np.random.default_rng(seed)
    found = {}
    for name, shape in shapes.items():
        array = rng.normal(size=[DIMENSIONS[size] for size in shape.split()])
        found[name] = array @ array.T + 3 * np.eye(len(array)) if name == "S" else array
    return found


def differences(function, x, v):
    """The derivative of function along v at x by central differences."""
    h = 1e-6
    return (function(x + h * v) - function(x - h * v)) / (2 * h)


def check(kernel, x, reference, seed=1):
    v = np.random.default_rng(seed).normal(size=len(x))
    assert_allclose(kernel.f(x), reference, rtol=1e-11, atol=1e-11)
    gradient, product = kernel.gradient(x), kernel.hvp(x, v)
    # differences with h = 1e-6 are good to about 1e-9 of the function's size
    assert_allclose(gradient @ v, differences(kernel.f, x, v), rtol=1e-6, atol=1e-6 * (1 + abs(reference)))
    assert_allclose(product, differences(kernel.gradient, x, v), rtol=1e-6, atol=1e-6 * (1 + np.max(abs(product))))
    H = kernel.hessian(x)
    scale = 1e-10 * (1 + np.max(np.abs(H)))
    assert_allclose(H @ v, product, rtol=1e-9, atol=scale)
    assert_allclose(H, H.T, rtol=1e-9, atol=scale)


@pytest.mark.parametrize(("text", "variables", "parameters", "reference"), FORMULAS, ids=[row[0] for row in FORMULAS])
def test_formulas_in_text_compute_what_numpy_does(text, variables, parameters, reference):
    f = hm.Function(text, variables, parameters=parameters)
    values = values_for({**variables, **parameters})
    kernel = hm.compile(f).bind({name: values[name] for name in parameters})
    sizes = {name: DIMENSIONS[name] for name in f.sizes}
    kernel = kernel.bind(sizes=sizes)
    x = np.concatenate([values[name].ravel() for name in variables])
    check(kernel, x, reference(*(values[name] for name in (*variables, *parameters))))


@pytest.mark.parametrize(
    ("text", "variables", "parameters"), [row[:3] for row in FORMULAS], ids=[r[0] for r in FORMULAS]
)
def test_programs_written_out_agree_with_the_kernel(text, variables, parameters):
    f = hm.Function(text, variables, parameters=parameters)
    values = values_for({**variables, **parameters}, 2)
    small = {"m": 2, "k": 2, "r": 1}
    cut = {
        name: array[tuple(slice(small[size]) for size in {**variables, **parameters}[name].split())]
        for name, array in values.items()
    }
    tape = expand(f.program, {name: small[name] for name in f.sizes})
    inputs = [number for name in (*variables, *parameters) for number in np.ravel(cut[name])]
    kernel = hm.compile(f).bind({name: cut[name] for name in parameters}, sizes={n: small[n] for n in f.sizes})
    x = np.concatenate([np.ravel(cut[name]) for name in variables])
    assert_allclose(kernel.f(x), float64.run(tape, inputs)[0], rtol=1e-10, atol=1e-10)
    names = tape.names[: len(x)]
    assert_allclose(kernel.gradient(x), float64.run(program.gradient(tape, names), inputs), rtol=1e-8, atol=1e-8)


m, k, r = sp.symbols("m k r", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
X, b, y = sp.MatrixSymbol("X", m, k), sp.MatrixSymbol("b", k, 1), sp.MatrixSymbol("y", m, 1)
S, A = sp.MatrixSymbol("S", k, k), sp.MatrixSymbol("A", k, k)
U, V = sp.MatrixSymbol("U", m, r), sp.MatrixSymbol("V", k, r)
lam = sp.Symbol("lam", real=True)

SYMBOLIC = [
    (((X * b - y).T * (X * b - y))[0, 0] + lam * (b.T * b)[0, 0], [b], [X, y, lam], RIDGE),
    ((X * b - y).T * (X * b - y) + lam * b.T * b, [b], [X, y, lam], RIDGE),
    (sp.Trace((U * V.T - X).T * (U * V.T - X)), [U, V], [X], "normF(X - U @ V.T)**2"),
    (sp.Trace(A.T * S) + sp.log(sp.Determinant(S)), [S], [A], "trace(A.T @ S) + log(det(S))"),
    (sp.Trace(S * A * S.I) + (b.T * S.I * b)[0, 0], [S, b], [A], "trace(S @ A @ inv(S)) + b @ inv(S) @ b"),
    (
        sp.Sum((X * b).applyfunc(lambda t: sp.log(1 + sp.exp(t)))[i, 0], (i, 0, m - 1)) + lam * sp.Trace(b * b.T),
        [b],
        [X, lam],
        "sum(softplus(X @ b)) + lam * b @ b",
    ),
    (sp.Sum(sp.HadamardPower(X * b, 3)[i, 0] * y[i, 0], (i, 0, m - 1)), [b], [X, y], "sum((X @ b)**3 * y)"),
    (
        sp.Determinant(S) + sp.Trace(S**3) + sp.Trace(sp.HadamardProduct(S, A, S)) + (sp.OneMatrix(1, k) * S * b)[0, 0],
        [S, b],
        [A],
        "det(S) + trace(S @ S @ S) + trace(S * A * S) + sum(S @ b)",
    ),
    (2 * b.T * sp.DiagMatrix(b) * (A + sp.Identity(k)) * b, [b], [A], "2 * b @ diag(b) @ (A + eye(k)) @ b"),
]


@pytest.mark.parametrize(("expr", "variables", "parameters", "text"), SYMBOLIC, ids=[row[3] for row in SYMBOLIC])
def test_sympy_and_text_give_the_same_function(expr, variables, parameters, text):
    def shapes(symbols):
        return {
            str(s): " ".join(str(size) for size in s.shape if size != 1) if isinstance(s, sp.MatrixSymbol) else ""
            for s in symbols
        }

    given = shapes(variables), shapes(parameters)
    first, second = (
        hm.Function(expr, variables, parameters=parameters),
        hm.Function(text, given[0], parameters=given[1]),
    )
    values = values_for({**given[0], **given[1]}, 5)
    x = np.concatenate([values[name].ravel() for name in given[0]])
    sizes = {name: DIMENSIONS[name] for name in first.sizes}
    kernels = [hm.compile(f).bind({name: values[name] for name in given[1]}, sizes=sizes) for f in (first, second)]
    v = np.linspace(-1, 1, len(x))
    assert_allclose(kernels[0].f(x), kernels[1].f(x), rtol=1e-11)
    assert_allclose(kernels[0].gradient(x), kernels[1].gradient(x), rtol=1e-9, atol=1e-9)
    assert_allclose(kernels[0].hvp(x, v), kernels[1].hvp(x, v), rtol=1e-8, atol=1e-8)


def test_a_regression_is_minimised_to_the_solution_of_its_equations():
    values = values_for({"X": "m k", "y": "m"})
    f = hm.Function(RIDGE, {"b": "k"}, parameters={"X": "m k", "y": "m", "lam": ""})
    found = hm.minimize(f, np.zeros(3), parameters={**values, "lam": 0.1})
    design = values["X"]
    assert_allclose(found.x, np.linalg.solve(design.T @ design + 0.1 * np.eye(3), design.T @ values["y"]), rtol=1e-8)


def test_exponentials_that_overflow_are_shifted():
    kernel = hm.compile(hm.Function("logsumexp(x)", {"x": "n"}))
    assert kernel.f([1000.0, 1000.0]) == 1000 + np.log(2)
    assert_allclose(kernel.gradient([1000.0, 0.0]), [1, 0])


def test_determinants_are_kept_in_logarithms():
    kernel = hm.compile(hm.Function("log(det(S))", {"S": "n n"}))
    assert_allclose(kernel.f(np.ravel(1e-200 * np.eye(4))), 4 * np.log(1e-200))
    assert np.isnan(kernel.f(np.ravel(np.diag([1.0, -1.0]))))


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: hm.Function("X @ b", {"b": "k"}, parameters={"X": "m k"}), FormulaError, r"value is a number.*\(m\)"),
        (lambda: hm.Function("X @ b == b", {"b": "k"}, parameters={"X": "k k"}), FormulaError, "this is a relation"),
        (lambda: hm.Function("sum(kron(A, A))", {"A": "n n"}), FormulaError, "kron has no program on arrays"),
        (lambda: hm.Function("sum(mpow(A, 65))", {"A": "n n"}), FormulaError, "exponent from −64 to 64"),
        (lambda: hm.Function("x @ A @ x", {"x": "k"}, parameters={"A": "m k"}), ShapeError, "inner sizes must agree"),
        (lambda: hm.Function("x @ x", {"x": "k"}, parameters="A"), InputError, "parameters are one too"),
        (lambda: hm.Function("x @ x", {"x": "k"}, parameters={"x": "k"}), InputError, "named as a variable and as a"),
        (lambda: hm.Function(X * b, [b], parameters=[X]), InputError, "value is a number, but this is m × 1"),
        (lambda: hm.Function(sp.Trace(S**65), [S]), InputError, "integer exponent from −64 to 64, but has 65"),
        (lambda: hm.Function(sp.Trace(S * A), [S]), InputError, "contains the matrix A, but the declared ones are S"),
        (lambda: hm.Function(sp.Trace(sp.KroneckerProduct(S, S)), [S]), InputError, "KroneckerProduct has no program"),
    ],
)
def test_what_has_no_program_is_explained(make, kind, message):
    with pytest.raises(kind, match=message):
        make()
