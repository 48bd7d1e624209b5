"""Normal forms have the value of the tree they come from, at every size and for every operation."""

import math
import random

import numpy as np
import pytest

from hessmath.verify.kernel.entries import Entries
from hessmath.verify.kernel.trees import Rejected, Size, Tree, make, num, plain, size_tree, text
from hessmath.verify.kernel.words import Words

SIZES = {"n": 2, "m": 3}
n, m = Size.of("n"), Size.of("m")
VARIABLES = {
    "A": (n, n),
    "B": (n, n),
    "S": (n, n),
    "R": (n, m),
    "C": (m, n),
    "x": (n,),
    "y": (n,),
    "z": (m,),
    "t": (),
    "s": (),
    "row": (Size.of(1), n),
    "col": (n, Size.of(1)),
    "cell": (Size.of(1), Size.of(1)),
    "one": (Size.of(1),),
}
FLOAT = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "atan": np.arctan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "Abs": np.abs,
    "sign": np.sign,
    "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
    "softplus": lambda v: np.log1p(np.exp(v)),
    "recip": lambda v: 1 / v,
    "erf": np.vectorize(math.erf, otypes=[float]),
    "loggamma": np.vectorize(math.lgamma, otypes=[float]),
    "Heaviside": lambda v: np.heaviside(v, 0.5),
}


def environment(rng):
    env = {
        name: rng.uniform(0.3, 1.2, tuple(size.at(SIZES).known for size in shape)) for name, shape in VARIABLES.items()
    }
    env["S"] = env["S"] + env["S"].T
    return env


def adjugate(v):
    return np.linalg.det(v) * np.linalg.inv(v)


def commutation(rows, columns):
    K = np.zeros((rows * columns, rows * columns))
    for i in range(rows):
        for j in range(columns):
            K[i * columns + j, j * rows + i] = 1
    return K


def apply(op, v):
    """The NumPy meaning of an operation on float arrays."""
    a = v[0] if v else None
    if op == "add":
        return sum(v[1:], a)
    if op == "mul":
        return math.prod(v[1:], start=a)
    if op == "matmul":
        for b in v[1:]:
            a = a @ b
        return a
    simple = {
        "neg": lambda: -a,
        "div": lambda: a / v[1],
        "pow": lambda: a ** v[1],
        "T": lambda: np.transpose(a),
        "inv": lambda: np.linalg.inv(a) if np.ndim(a) else 1 / a,
        "det": lambda: np.linalg.det(a),
        "trace": lambda: np.trace(a),
        "adj": lambda: adjugate(a),
        "pinv": lambda: np.linalg.pinv(a),
        "kron": lambda: np.kron(a, v[1]),
        "outer": lambda: np.outer(a, v[1]),
        "vec": lambda: a.T.reshape(-1),
        "diag": lambda: np.diag(a),
        "diagvec": lambda: np.diag(a),
        "diagpart": lambda: np.diag(np.diag(a)),
        "sum": lambda: np.sum(a),
        "softmax": lambda: np.exp(a) / np.exp(a).sum(),
        "logsumexp": lambda: np.log(np.exp(a).sum()),
        "Max": lambda: np.maximum.reduce(v),
        "Min": lambda: np.minimum.reduce(v),
        "atan2": lambda: np.arctan2(*v),
        "normmax": lambda: np.max(np.abs(a)),
        "norm1": lambda: np.abs(a).sum() if a.ndim == 1 else np.abs(a).sum(axis=0).max(),
        "norminf": lambda: np.abs(a).max() if a.ndim == 1 else np.abs(a).sum(axis=1).max(),
    }
    return simple[op]() if op in simple else FLOAT[op](a)


def value(tree, env):
    """The tree by NumPy."""
    if tree.op == "num":
        return float(tree.value)
    if tree.op == "size":
        return float(SIZES[tree.value])
    if tree.op == "var":
        return env[tree.value]
    if tree.op == "pi":
        return math.pi
    if tree.op in ("eye", "zeros", "ones", "K"):
        sizes = [int(value(arg, env)) for arg in tree.args]
        return {"eye": np.eye, "zeros": lambda *s: np.zeros(s), "ones": lambda *s: np.ones(s), "K": commutation}[
            tree.op
        ](*sizes)
    if tree.op == "index":
        return value(tree.args[0], env)[tuple(int(value(arg, env)) for arg in tree.args[1:])]
    if tree.op == "block":
        return np.block([[np.atleast_2d(value(cell, env)) for cell in row.args] for row in tree.args])
    return apply(tree.op, [value(arg, env) for arg in tree.args])


class Meaning:
    """The float value of atoms, letters and forms, each from what its table entry says."""

    def __init__(self, algebra, env):
        self.algebra, self.env, self.cache = algebra, env, {}

    def size(self, size):
        return size.at(SIZES).known

    def form(self, form, rows=1, columns=1):
        total = np.zeros((rows, columns))
        for (mono, word), c in form.items():
            scalar = float(c) * math.prod(self.number(a) ** e for a, e in mono)
            total = total + scalar * (self.word(word) if word else np.eye(rows, columns))
        return total

    def word(self, word):
        product = self.letter(word[0])
        for letter in word[1:]:
            product = product @ self.letter(letter)
        return product

    def entrywise(self, words, rows, columns):
        total = np.ones((rows, columns))
        for word in words:
            total = total * (self.word(word) if word else np.eye(rows, columns))
        return total

    def number(self, atom):
        if atom not in self.cache:
            self.cache[atom] = self.compute(atom)
        return self.cache[atom]

    def compute(self, atom):
        kind, *data = self.algebra.keys[atom]
        if kind == "var":
            return (
                float(self.env[data[0]])
                if len(data) == 1
                else float(
                    np.atleast_1d(self.env[data[0]]).reshape(-1, *np.shape(self.env[data[0]])[1:])[data[1]]
                    if np.ndim(self.env[data[0]]) < 2
                    else self.env[data[0]][data[1], data[2]]
                )
            )
        if kind == "size":
            return float(SIZES[data[0]])
        if kind == "pi":
            return math.pi
        if kind == "tr":
            return float(np.trace(self.word(data[0])))
        if kind == "dot":
            return float(self.entrywise(data[0], self.size(data[1]), self.size(data[2])).sum())
        if kind == "sum":
            return self.form(dict(data[0])).item()
        if kind == "fn" and data[0] == "det":
            k = self.size(data[1])
            return float(np.linalg.det(self.form(dict(data[2]), k, k)))
        if kind == "fn" and data[0] == "pow":
            return self.form(dict(data[2])).item() ** float(data[1])
        if kind == "fn":
            return float(apply(data[0], [self.form(dict(part)).item() for part in data[1:]]))
        raise AssertionError(kind)

    def letter(self, letter):
        kind, rows, columns, *data = self.algebra.keys[letter]
        r, c = self.size(rows), self.size(columns)
        if kind == "var":
            return np.reshape(self.env[data[0]], (r, c))
        if kind == "T":
            return self.letter(data[0]).T
        if kind == "ones":
            return np.ones((r, c))
        if kind == "unit":
            return np.eye(r)[:, [int(data[0])]]
        if kind == "K":
            return commutation(*map(self.size, data))
        if kind == "had":
            return self.entrywise(data[0], r, c)
        if kind == "map":
            return FLOAT[data[0]](self.form(dict(data[1]), r, c))
        if kind in ("inv", "adj", "pinv"):
            return apply(kind, [self.form(dict(data[0]), *((c, r) if kind == "pinv" else (r, c)))])
        if kind in ("kron", "vec"):
            parts = [self.word(w) if w else np.eye(self.size(a), self.size(b)) for a, b, w in data]
            return np.kron(*parts) if kind == "kron" else parts[0].T.reshape(-1, 1)
        raise AssertionError(kind)


UNARY = ["exp", "sin", "cos", "tanh", "atan", "sigmoid", "softplus", "sinh", "cosh"]


def build(rng, shape, depth):
    """A random tree of a shape."""
    names = [name for name, other in VARIABLES.items() if other == shape]
    if depth == 0:
        return Tree("var", (), rng.choice(names), shape) if names and rng.random() < 0.9 else leaf(rng, shape)

    def sub(other):
        return build(rng, other, depth - 1)

    square, vector = len(shape) == 2 and shape[0] == shape[1], (n,)
    options = [
        lambda: make("add", sub(shape), sub(shape)),
        lambda: make("neg", sub(shape)),
        lambda: make("mul", sub(()), sub(shape)),
        lambda: make("mul", sub(shape), sub(shape)),
        lambda: make(rng.choice(UNARY), sub(shape)),
        lambda: make("add", sub(()), sub(shape)),
        lambda: make("div", sub(shape), make("exp", sub(()))),
        lambda: make("pow", sub(shape), num(rng.choice([0, 2, 3]))),
        lambda: make("div", sub(shape), make("exp", sub(shape))),
        lambda: make("pow", make("exp", sub(shape)), num(-2)),
    ]
    if len(shape) == 2:
        k = rng.choice([n, m, Size.of(1)])
        options += [
            lambda: make("matmul", sub((shape[0], k)), sub((k, shape[1]))),
            lambda: make("T", sub(shape[::-1])),
            lambda: make("outer", sub((shape[0],)), sub((shape[1],))),
            lambda: make("ones", *map(size_tree, shape)),
        ] * 2
    if square:
        options += [
            lambda: make("diag", sub(shape[:1])),
            lambda: make("diagpart", sub(shape)),
            lambda: make("eye", size_tree(shape[0])),
            lambda: make(
                "inv", make("add", make("eye", size_tree(shape[0])), make("matmul", (w := sub(shape)), make("T", w)))
            ),
        ] * 2
    if len(shape) == 1:
        options += [
            lambda: make("matmul", sub((shape[0], n)), sub(vector)),
            lambda: make("matmul", sub(vector), sub((n, shape[0]))),
            lambda: make("diagvec", sub(shape * 2)),
            lambda: make("softmax", sub(shape)),
            lambda: make("T", sub(shape)),
        ] * 2
    if not shape:
        options += [
            lambda: make("matmul", sub(vector), sub(vector)),
            lambda: make("matmul", sub(vector), sub((n, m)), sub((m,))),
            lambda: make("trace", sub((n, n))),
            lambda: make("sum", sub((n, m))),
            lambda: make("logsumexp", sub(vector)),
            lambda: make("index", sub((n, m)), num(0), num(0)),
            lambda: make("det", sub((n, n))),
            lambda: make("index", sub(vector), num(0)),
            lambda: make("trace", make("kron", sub((n, n)), sub((m, m)))),
            lambda: make("matmul", make("vec", sub((n, m))), make("vec", sub((n, m)))),
            lambda: make("trace", make("matmul", sub((n, n)), make("mul", sub((n, n)), sub((n, n)), sub((n, n))))),
        ] * 2
    return rng.choice(options)()


def leaf(rng, shape):
    if not shape:
        return rng.choice([num(2), num(-1), Tree("size", (), "n"), make("pi")])
    return make(rng.choice(["ones", "zeros"]), *map(size_tree, shape))


def shape_of(tree):
    return [size.at(SIZES).known for size in (*tree.shape, Size.of(1), Size.of(1))][:2]


SHAPES = [(), (n,), (n, n), (n, m), (m, m), (Size.of(1), n), (Size.of(1),), (Size.of(1), Size.of(1))]


@pytest.mark.parametrize("seed", range(240))
def test_a_form_has_the_value_of_its_tree(seed):
    rng, env = random.Random(seed), environment(np.random.default_rng(seed))
    tree = plain(build(rng, SHAPES[seed % len(SHAPES)], 3), {})
    expected = np.reshape(value(tree, env), shape_of(tree))
    words = Words({"S"})
    try:
        form = words.normal(tree)
    except Rejected as reason:
        assert "too large" in str(reason)
        return
    meaning = Meaning(words.algebra, env)
    scale = 1 + np.abs(expected).max()
    np.testing.assert_allclose(
        meaning.form(form, *shape_of(tree)) / scale, expected / scale, atol=1e-6, err_msg=text(tree)
    )
    turned = words.algebra.transpose(form)
    np.testing.assert_allclose(meaning.form(turned, *shape_of(tree)[::-1]) / scale, expected.T / scale, atol=1e-6)


@pytest.mark.parametrize("seed", range(120))
def test_cells_have_the_value_of_their_tree(seed):
    rng, env = random.Random(1000 + seed), environment(np.random.default_rng(seed))
    tree = plain(build(rng, SHAPES[seed % len(SHAPES)], 2), SIZES)
    expected = np.reshape(value(tree, env), shape_of(tree))
    engine = Entries(structure={"S": "symmetric"})
    grid = engine.normal(tree)
    meaning = Meaning(engine.algebra, env)
    got = np.array([[meaning.form(cell).item() for cell in row] for row in grid])
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6, err_msg=text(tree))


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("name", ["x", "A", "t"])
def test_gradients_agree_with_differences_in_both_engines(seed, name):
    rng, env = random.Random(seed), environment(np.random.default_rng(seed))
    f = build(rng, (), 3)
    x = Tree("var", (), name, VARIABLES[name])
    step, base = 1e-5, np.array(env[name])
    expected = np.zeros(base.shape)
    for place in np.ndindex(base.shape):
        change = np.zeros(base.shape)
        change[place] = step
        ends = [value(plain(f, {}), {**env, name: base + sign * change}) for sign in (1, -1)]
        expected[place] = (ends[0] - ends[1]) / (2 * step)
    scale = 1 + np.abs(expected).max()
    tree = plain(make("gradient", f, x), {})
    for engine, at in ((Words(), {}), (Entries(), SIZES)):
        try:
            normal = engine.normal(plain(tree, at))
        except Rejected as reason:
            assert any(word in str(reason) for word in ("too large", "separate", "differentiate")), reason
            continue
        meaning = Meaning(engine.algebra, env)
        got = (
            meaning.form(normal, *shape_of(tree))
            if at == {}
            else np.array([[meaning.form(c).item() for c in row] for row in normal])
        )
        np.testing.assert_allclose(got / scale, expected.reshape(shape_of(tree)) / scale, atol=2e-4, err_msg=text(tree))


@pytest.mark.parametrize("seed", range(60))
def test_jacobians_and_hessians_agree_with_differences(seed):
    rng, env = random.Random(seed), environment(np.random.default_rng(seed))
    x = Tree("var", (), "x", VARIABLES["x"])
    f = build(rng, (n,), 2) if seed % 2 else make("gradient", build(rng, (), 2), x)
    tree = make("jacobian", f, x) if seed % 2 else make("hessian", f.args[0], x)
    words = Words()
    try:
        form = words.normal(plain(tree, {}))
        if not seed % 2:
            inner = Words()
            inner_form = inner.normal(plain(f, {}))
    except Rejected as reason:
        assert any(word in str(reason) for word in ("too large", "separate", "differentiate")), reason
        return

    def at(env):
        return value(plain(f, {}), env) if seed % 2 else Meaning(inner.algebra, env).form(inner_form, 2, 1)[:, 0]

    step = 1e-5
    columns = [
        (at({**env, "x": env["x"] + step * e}) - at({**env, "x": env["x"] - step * e})) / (2 * step) for e in np.eye(2)
    ]
    expected = np.array(columns).T
    scale = 1 + np.abs(expected).max()
    got = Meaning(words.algebra, env).form(form, 2, 2)
    np.testing.assert_allclose(got / scale, expected / scale, atol=2e-4, err_msg=text(tree))


def test_the_variable_of_a_derivative_is_never_tied():
    X = Tree("var", (), "A", (n, n))
    tree = make("gradient", make("trace", make("matmul", Tree("var", (), "B", (n, n)), X)), X)
    engines = [
        Words({"A"}),
        Entries(structure={"A": "symmetric"}),
        Entries(definitions={"A": X}),
        Entries(definitions={"B": X}),
    ]
    for engine in engines:
        with pytest.raises(Rejected, match="varies freely"):
            engine.normal(plain(tree, {} if isinstance(engine, Words) else SIZES))
