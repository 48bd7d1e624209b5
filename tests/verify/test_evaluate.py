"""Exact values of trees: compared with NumPy on random matrices, and with known values."""

import random

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.language import parse
from hessmath.language.sizes import Size
from hessmath.language.tree import Node
from hessmath.verify.dense import inertia
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.sampling import NoneExists, draw
from hessmath.verify.scalars import Dual, Undecidable, apply, rational, sign

SHAPES = {"A": ["n", "n"], "B": ["n", "n"], "C": ["n", "m"], "x": ["n"], "y": ["n"], "t": []}
SIZES = {"n": 3, "m": 2}

WORDS = {
    "A @ B - 2*B.T": lambda A, B, C, x, y, t: A @ B - 2 * B.T,
    "x @ A @ y": lambda A, B, C, x, y, t: x @ A @ y,
    "inv(A + 10*eye(n))": lambda A, B, C, x, y, t: np.linalg.inv(A + 10 * np.eye(3)),
    "det(A)": lambda A, B, C, x, y, t: np.linalg.det(A),
    "trace(A @ B)": lambda A, B, C, x, y, t: np.trace(A @ B),
    "rank(outer(x, y))": lambda A, B, C, x, y, t: np.linalg.matrix_rank(np.outer(x, y)),
    "pinv(C)": lambda A, B, C, x, y, t: np.linalg.pinv(C),
    "kron(A, C)": lambda A, B, C, x, y, t: np.kron(A, C),
    "vec(C)": lambda A, B, C, x, y, t: C.flatten(order="F"),
    "K(n, m) @ vec(C)": lambda A, B, C, x, y, t: C.T.flatten(order="F"),
    "had(A, B) + A*B": lambda A, B, C, x, y, t: 2 * A * B,
    "diag(x) + diagpart(A)": lambda A, B, C, x, y, t: np.diag(x) + np.diag(np.diag(A)),
    "diagvec(A)": lambda A, B, C, x, y, t: np.diag(A),
    "block([A, C], [C.T, eye(m)])": lambda A, B, C, x, y, t: np.block([[A, C], [C.T, np.eye(2)]]),
    "eigs(A + A.T)": lambda A, B, C, x, y, t: np.linalg.eigvalsh(A + A.T),
    "lmax(A + A.T) - lmin(A + A.T)": lambda A, B, C, x, y, t: np.ptp(np.linalg.eigvalsh(A + A.T)),
    "nspec(C) + nnuc(C)": lambda A, B, C, x, y, t: np.linalg.norm(C, 2) + np.linalg.norm(C, "nuc"),
    "normF(A) + norm2(x)": lambda A, B, C, x, y, t: np.linalg.norm(A) + np.linalg.norm(x),
    "norm1(A) + norm1(x)": lambda A, B, C, x, y, t: np.linalg.norm(A, 1) + np.linalg.norm(x, 1),
    "norminf(A) + norminf(x)": lambda A, B, C, x, y, t: np.linalg.norm(A, np.inf) + np.linalg.norm(x, np.inf),
    "normmax(A) + sum(A) + nsq(A)": lambda A, B, C, x, y, t: np.abs(A).max() + A.sum() + (A**2).sum(),
    "mpow(A, 3)": lambda A, B, C, x, y, t: A @ A @ A,
    "adj(A + 9*eye(n))": lambda A, B, C, x, y, t: np.linalg.det(A + 9 * np.eye(3)) * np.linalg.inv(A + 9 * np.eye(3)),
    "psum(lambda k: mpow(A, k), 0, 2)": lambda A, B, C, x, y, t: np.eye(3) + A + A @ A,
    "psum(lambda i: x[i]*A[i, n - 1], 0, n - 1)": lambda A, B, C, x, y, t: x @ A[:, 2],
    "tanh(A) + exp(x[0])*sin(B)": lambda A, B, C, x, y, t: np.tanh(A) + np.exp(x[0]) * np.sin(B),
    "sigmoid(x)": lambda A, B, C, x, y, t: 1 / (1 + np.exp(-x)),
    "softmax(x)": lambda A, B, C, x, y, t: np.exp(x) / np.exp(x).sum(),
    "logsumexp(x) + softplus(t)": lambda A, B, C, x, y, t: np.log(np.exp(x).sum()) + np.log1p(np.exp(t)),
    "Max(x, y) - Min(x, 0)": lambda A, B, C, x, y, t: np.maximum(x, y) - np.minimum(x, 0),
    "Abs(x) + sign(y) + Heaviside(x, 1/2)": lambda A, B, C, x, y, t: np.abs(x) + np.sign(y) + np.heaviside(x, 0.5),
    "Piecewise((t, t > 0), (-t, True))": lambda A, B, C, x, y, t: abs(t),
    "sqrt(t**2 + 2) + (t**2 + 1)**(3/2)": lambda A, B, C, x, y, t: np.sqrt(t**2 + 2) + (t**2 + 1) ** 1.5,
    "log(1 + t**2) + atan(t) + cosh(t) + sinh(t) + cos(t) + tan(t/7) + erf(0)": lambda A, B, C, x, y, t: (
        np.log(1 + t**2) + np.arctan(t) + np.cosh(t) + np.sinh(t) + np.cos(t) + np.tan(t / 7)
    ),
    "asin(t/17) + acos(t/17) + atan2(t, 1)": lambda A, B, C, x, y, t: np.pi / 2 + np.arctan2(t, 1),
    "pi + E": lambda A, B, C, x, y, t: np.pi + np.e,
}  # fmt: skip


def point(seed):
    rng = random.Random(seed)
    shapes = {name: tuple(Size.of(s).at(SIZES) for s in shape) for name, shape in SHAPES.items()}
    return Point(SIZES, {name: draw(shape, (), rng, 13) for name, shape in shapes.items()})


def floats(value):
    if isinstance(value, tuple):
        return np.array([floats(entry) for entry in value])
    return float(flint.arb(value))


@pytest.mark.parametrize("text", [text for text, value in WORDS.items() if value])
@pytest.mark.parametrize("seed", [1, 2])
def test_values_agree_with_numpy(text, seed):
    at = point(seed)
    with evaluation_precision():
        value = floats(at.value(parse(text, SHAPES)))
    expected = WORDS[text](**{name: floats(v) for name, v in at.values.items()})
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)


DERIVATIVES = [
    "x @ A @ x + t*(x @ y)",
    "nsq(tanh(A @ x) - y)",
    "log(1 + x @ x)*sqrt(1 + x @ x)",
    "det(A + outer(x, y))",
    "x @ inv(A + 10*eye(n)) @ x",
]


@pytest.mark.parametrize("text", DERIVATIVES)
def test_gradients_and_second_derivatives_agree_with_difference_quotients(text):
    at = point(3)
    f = parse(text, SHAPES)
    x = Node("var", value="x", shape=f.shape)
    h = 2.0**-40

    def value(tree, **moved):
        with evaluation_precision():
            return floats(Point(SIZES, {**at.values, **moved}).value(tree))

    def shifted(k):
        step = flint.fmpq(1, 2**40)
        return tuple(entry + step if i == k else entry for i, entry in enumerate(at.values["x"]))

    gradient, hessian = Node("gradient", (f, x)), Node("hessian", (f, x))
    slopes = [(value(f, x=shifted(k)) - value(f)) / h for k in range(3)]
    np.testing.assert_allclose(value(gradient), slopes, rtol=1e-2, atol=1e-2)
    # second differences of doubles lose everything, so the quotient is taken of the exact gradient
    columns = [(value(gradient, x=shifted(k)) - value(gradient)) / h for k in range(3)]
    np.testing.assert_allclose(value(hessian), np.transpose(columns), rtol=1e-2, atol=1e-2)
    second = Node("dirderiv2", (f, x, parse("x", SHAPES), parse("y", SHAPES)))
    v, w = floats(at.values["x"]), floats(at.values["y"])
    np.testing.assert_allclose(value(second), v @ value(hessian) @ w, rtol=1e-9)
    first = Node("dirderiv", (f, x, parse("y", SHAPES)))
    np.testing.assert_allclose(value(first), value(gradient) @ w, rtol=1e-9)


def test_derivatives_by_matrices_follow_the_layout():
    at = point(4)
    trace = parse("trace(A @ B)", SHAPES)
    A = Node("var", value="A")
    B = floats(at.values["B"])
    np.testing.assert_array_equal(floats(at.value(Node("gradient", (trace, A)))), B.T)
    np.testing.assert_array_equal(floats(at.value(Node("gradient_diag", (trace, A)))), np.diag(B))
    off = B + B.T - np.diag(np.diag(B))
    np.testing.assert_array_equal(floats(at.value(Node("gradient_sym", (trace, A)))), off)
    product = parse("A @ x", SHAPES)
    x = Node("var", value="x")
    np.testing.assert_array_equal(floats(at.value(Node("jacobian", (product, x)))), floats(at.values["A"]))


@pytest.mark.parametrize(
    ("text", "op"),
    [("1/t", "div"), ("log(t)", "log"), ("sqrt(t - 1)", "sqrt"), ("inv(t*eye(2))", "inv"), ("asin(t + 2)", "asin"),
     ("t**(-1)", "pow"), ("(t - 1)**(1/2)", "pow"), ("Piecewise((1, t > 0))", "Piecewise"), ("atan2(t, t)", "atan2")],
)  # fmt: skip
def test_the_part_without_a_value_is_named(text, op):
    with pytest.raises(Undefined) as caught:
        Point({}, {"t": rational(0)}).value(parse(f"2*({text})" if op != "inv" else text, {"t": []}))
    assert caught.value.node.op == op


def test_a_kink_has_no_derivative():
    f = Node("gradient", (parse("Abs(t)", {"t": []}), Node("var", value="t")))
    assert Point({}, {"t": rational(-2)}).value(f) == -1
    with pytest.raises(Undefined):
        Point({}, {"t": rational(0)}).value(f)


def test_what_balls_cannot_tell_is_undecided():
    at = Point({}, {"t": rational(2)})
    assert at.holds(parse("sqrt(t)**2 > 1", {"t": []}))
    assert not at.holds(parse("sqrt(t) == 1", {"t": []}))
    with pytest.raises(Undecidable):
        at.holds(parse("sqrt(t)**2 == t", {"t": []}))


def test_nested_derivatives_do_not_mix_their_infinitesimals():
    """d/dx (x · d/dy (x + y)) = 1 at y = x: the classical perturbation confusion would give 2."""
    inner = Node("gradient", (parse("x + y", {"x": [], "y": []}), Node("var", value="y")))
    outer = Node("gradient", (Node("mul", (parse("x", {"x": []}), inner)), Node("var", value="x")))
    assert Point({}, {"x": rational(5), "y": rational(7)}).value(outer) == 1


def test_duals_follow_the_product_and_quotient_rules():
    x = Dual(rational(3), rational(1), 1)
    assert (x * x - 2 * x).slope == 4
    assert (1 - x).real == -2
    assert apply("sqrt", Dual(rational(4), rational(1), 1)).slope == flint.fmpq(1, 4)


STRUCTURES = [
    ["symmetric"], ["skew"], ["diagonal"], ["orthogonal"], ["orthogonal", "symmetric"], ["posdef"], ["psd"], ["negdef"],
    ["nsd"], ["idempotent"], ["idempotent", "symmetric"], ["involutory"], ["nilpotent"], ["posdef", "diagonal"],
    ["orthogonal", "diagonal"], ["idempotent", "diagonal"], ["nilpotent", "symmetric"], ["positive"], ["nonneg"],
]  # fmt: skip


@pytest.mark.parametrize("words", STRUCTURES, ids=" ".join)
@given(n=st.integers(1, 3), attempt=st.integers(0, 30), seed=st.integers(0, 10**6))
@settings(deadline=None, max_examples=20)
def test_what_is_drawn_has_the_structure_exactly(words, n, attempt, seed):
    A = draw((n, n), words, random.Random(seed), attempt)
    at = Point({"n": n}, {"A": A})
    for word in words:
        assert at.holds(parse(f"{word}(A)", {"A": ["n", "n"]}))


def test_orthonormal_columns_need_enough_rows():
    assert len(draw((3, 2), ["orthocols"], random.Random(0), 5)) == 3
    with pytest.raises(NoneExists):
        draw((2, 3), ["orthocols"], random.Random(0), 5)


@given(st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=3, max_size=3))
@settings(deadline=None, max_examples=50)
def test_inertia_counts_the_signs_of_the_eigenvalues(rows):
    A = np.array(rows) + np.array(rows).T
    values = np.linalg.eigvalsh(A)
    exact = inertia(tuple(tuple(flint.fmpq(int(a)) for a in row) for row in A))
    assert exact == (sum(values > 1e-9), sum(values < -1e-9), sum(abs(values) <= 1e-9))


def test_signs_of_numbers():
    assert [sign(rational(x)) for x in (-2, 0, 3)] == [-1, 0, 1]
    assert sign(flint.arb(2).sqrt()) == 1
