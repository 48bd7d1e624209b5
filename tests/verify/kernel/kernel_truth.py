"""A second meaning of claim trees, sharing nothing with the checker: NumPy object arrays of SymPy numbers.

Used by the tests to ask whether a statement that the checker printed is true at random exact values.
"""

from __future__ import annotations

import random

import numpy as np
import sympy as sp


class Undefined(Exception):
    """A part of a claim has no value here."""


SCALAR = {
    name: getattr(sp, name)
    for name in [
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "asin",
        "acos",
        "atan",
        "erf",
        "Abs",
        "sign",
        "Max",
        "Min",
        "atan2",
    ]
}


def each(function, *arrays):
    """A scalar function applied entry by entry."""
    result = np.vectorize(lambda *xs: function(*map(sp.sympify, xs)), otypes=[object])(*arrays)
    return result if result.shape else result.item()


def matrix(array):
    return sp.Matrix(np.atleast_2d(array).tolist())


def array(M):
    return np.array(M.tolist(), dtype=object).reshape(M.shape)


def real(x):
    x = sp.sympify(x)
    if x.has(sp.zoo, sp.nan, sp.oo, sp.I):
        raise Undefined
    return x


def positive(x):
    return bool(sp.N(x, 50) > 0) if not x.free_symbols else True


def checked(x, condition):
    x = sp.sympify(x)
    if not x.free_symbols and not condition(x):
        raise Undefined
    return x


FUNCTIONS = {
    **SCALAR,
    "exp": sp.exp,
    "log": lambda x: sp.log(checked(x, positive)),
    "sqrt": lambda x: sp.sqrt(checked(x, lambda v: v == 0 or positive(v))),
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
}


def divide(a, b):
    return a / checked(b, lambda v: sp.simplify(v) != 0)


def power(a, b):
    if a == 0 and b < 0:
        raise Undefined
    return sp.sympify(a) ** b


def inverse(a):
    if not isinstance(a, np.ndarray):
        return divide(sp.Integer(1), a)
    M = matrix(a)
    if not M.free_symbols and sp.simplify(M.det()) == 0:
        raise Undefined
    return array(M.inv())


def numeric(x):
    return sp.simplify(x) if sp.sympify(x).free_symbols or not sp.sympify(x).is_Rational else x


def zero(x):
    return all(
        v == 0 or (not sp.sympify(v).is_Rational and abs(sp.N(v, 40)) < 1e-25)
        for v in np.ravel(np.array(x, dtype=object))
    )


class World:
    """Values for variables and sizes."""

    def __init__(self, env, sizes):
        self.env, self.sizes = env, sizes

    def __call__(self, t, bound=None):
        op, args = t[0], t[1:]
        bound = bound or {}
        if op == "num":
            return sp.Rational(args[0])
        if op == "var":
            return self.env[args[0]]
        if op == "size":
            return sp.Integer(self.sizes[args[0]])
        if op == "bound":
            return sp.Integer(bound[args[0]])
        if op == "pi":
            return sp.pi
        if op == "psum":
            (_, (_, name), body), low, high = args[0], self(args[1], bound), self(args[2], bound)
            return sum(self(body, {**bound, name: k}) for k in range(low, high + 1))
        if op in ("gradient", "hessian", "jacobian", "dirderiv"):
            return self.derivative(op, *args)
        if op == "Piecewise":
            for _, value, condition in args:
                if self.holds(condition):
                    return self(value)
            raise Undefined
        if op == "block":
            rows = [np.hstack([np.atleast_2d(self(cell, bound)) for cell in row[1:]]) for row in args]
            return np.vstack(rows)
        v = [self(a, bound) for a in args]
        if op in ("eye", "zeros", "ones", "K"):
            n = [int(x) for x in v]
            if op == "K":
                m, k = n
                K = np.full((m * k, m * k), sp.Integer(0), dtype=object)
                for i in range(m):
                    for j in range(k):
                        K[i * k + j, j * m + i] = sp.Integer(1)
                return K
            return np.array({"eye": np.eye, "zeros": np.zeros, "ones": np.ones}[op](n[0] if len(n) == 1 else n)).astype(
                int
            ).astype(object) * sp.Integer(1)
        x = v[0]
        if op == "add":
            return sum(v[1:], v[0])
        if op == "neg":
            return -x
        if op in ("mul", "had"):
            return (
                np.prod(np.array([*v, None], dtype=object)[:-1])
                if all(not isinstance(a, np.ndarray) for a in v)
                else self.product(v)
            )
        if op == "div":
            return each(divide, x, v[1])
        if op == "pow":
            return each(power, x, v[1])
        if op == "matmul":
            for y in v[1:]:
                x = x @ y
            return x
        if op == "T":
            return x.T if isinstance(x, np.ndarray) else x
        if op == "inv":
            return inverse(x)
        if op == "mpow":
            return array(matrix(x) ** v[1]) if v[1] >= 0 else array(matrix(inverse(x)) ** -v[1])
        if op == "index":
            return x[tuple(int(i) for i in v[1:])]
        if op in ("det", "trace", "rank"):
            return getattr(matrix(x), op)()
        if op == "adj":
            return array(matrix(x).adjugate())
        if op == "pinv":
            return array(matrix(x).pinv())
        if op == "kron":
            return np.kron(x, v[1])
        if op == "outer":
            return np.outer(x, v[1])
        if op == "vec":
            return x.T.reshape(-1)
        if op == "diag":
            return np.diag(x)
        if op == "diagvec":
            return np.diag(x).copy()
        if op == "diagpart":
            return np.diag(np.diag(x))
        if op == "sum":
            return np.sum(x)
        if op in ("nsq", "norm2", "normF"):
            total = np.sum(x * x)
            return total if op == "nsq" else sp.sqrt(total)
        if op in FUNCTIONS:
            return each(FUNCTIONS[op], *v)
        raise NotImplementedError(op)

    @staticmethod
    def product(values):
        total = values[0]
        for value in values[1:]:
            total = total * value
        return total

    def derivative(self, op, f, x, *direction):
        name = x[1]
        here = self.env[name]
        shape = np.shape(here)
        symbols = np.array(
            [sp.Symbol(f"{name}_{i}", real=True) for i in range(int(np.prod(shape)))], dtype=object
        ).reshape(shape)
        symbol = symbols if shape else symbols.item()
        world = World({**self.env, name: symbol}, self.sizes)
        value = world(f)
        point = dict(zip(np.ravel(symbols), np.ravel(np.array(here, dtype=object)), strict=True))

        def at(expression):
            return real(sp.sympify(expression).subs(point))

        self(f)  # defined at the point itself
        if op == "dirderiv":
            way = np.ravel(np.array(self(direction[0]), dtype=object))
            return each(
                lambda e: at(sum(sp.diff(e, s) * w for s, w in zip(np.ravel(symbols), way, strict=True))), value
            )
        if op == "gradient":
            return each(lambda s: at(sp.diff(value, s)), symbol)
        flat = np.ravel(symbols.T if symbols.ndim == 2 else symbols)
        first = list(value) if op == "jacobian" else [sp.diff(value, s) for s in flat]
        if not shape:
            return at(sp.diff(value, symbol, 2))
        return np.array([[at(sp.diff(e, s)) for s in flat] for e in first], dtype=object)

    def sign(self, x):
        x = sp.sympify(x)
        if x.is_Rational:
            return int(sp.sign(x))
        return 0 if zero(x) else (1 if sp.N(x, 40) > 0 else -1)

    def holds(self, t):
        op, args = t[0], t[1:]
        if op in ("true", "false"):
            return op == "true"
        if op in ("and", "or"):
            return (all if op == "and" else any)([self.holds(a) for a in args])
        if op == "not":
            return not self.holds(args[0])
        v = [self(a) for a in args]
        x = v[0]
        if op in ("eq", "ne"):
            return zero(x - v[1]) == (op == "eq")
        if op in ("lt", "le", "gt", "ge"):
            s = self.sign(v[1] - x) if op in ("lt", "le") else self.sign(x - v[1])
            return s > 0 or (op in ("le", "ge") and s == 0)
        if op in ("psd_le", "psd_ge"):
            return self.definite("psd", v[1] - x if op == "psd_le" else x - v[1])
        if op in ("posdef", "psd", "negdef", "nsd", "indefinite"):
            return self.definite(op, x)
        if op == "invertible":
            return sp.simplify(matrix(x).det()) != 0
        if op == "nonzero":
            return not zero(x)
        if op in ("positive", "nonneg"):
            return all(
                self.sign(e) > 0 or (op == "nonneg" and self.sign(e) == 0) for e in np.ravel(np.array(x, dtype=object))
            )
        if op in ("fullcol", "fullrow"):
            return matrix(x).rank() == x.shape[op == "fullcol"]
        eye = np.array(np.eye(len(x)).astype(int), dtype=object)
        equations = {
            "symmetric": lambda: x - x.T,
            "skew": lambda: x + x.T,
            "orthogonal": lambda: x.T @ x - eye,
            "orthocols": lambda: x.T @ x - np.array(np.eye(x.shape[1]).astype(int), dtype=object),
            "diagonal": lambda: x - np.diag(np.diag(x)),
            "idempotent": lambda: x @ x - x,
            "involutory": lambda: x @ x - eye,
            "commute": lambda: x @ v[1] - v[1] @ x,
            "nilpotent": lambda: array(matrix(x) ** len(x)),
        }
        return zero(equations[op]())

    @staticmethod
    def definite(op, x):
        M = matrix(x)
        if not zero(x - x.T):
            return False
        values = [sp.N(v, 30) for v, k in M.eigenvals().items() for _ in range(k)]
        signs = [0 if abs(v) < 1e-15 else (1 if sp.re(v) > 0 else -1) for v in values]
        return {
            "posdef": min(signs) > 0,
            "psd": min(signs) >= 0,
            "negdef": max(signs) < 0,
            "nsd": max(signs) <= 0,
            "indefinite": min(signs) < 0 < max(signs),
        }[op]


def sample(claim, sizes, rng: random.Random):
    """Random exact values, shaped by the hypotheses about plain variables."""
    env = {}
    for name, shape in claim["vars"].items():
        dims = [sizes[s] if isinstance(s, str) else s for s in shape]
        words = {h[0] for h in claim.get("hypotheses", []) if len(h) == 2 and h[1] == ["var", name]}

        def draw(*dims):
            out = np.array(
                [sp.Rational(rng.randint(-4, 4), rng.randint(1, 2)) for _ in range(int(np.prod(dims)))], dtype=object
            )
            return out.reshape(dims) if dims else out.item()

        x = draw(*dims)
        if words & {"positive", "nonneg"}:
            x = x * x + 1
        if words & {"symmetric", "indefinite"}:
            x = x + x.T
        if "skew" in words:
            x = x - x.T
        if "diagonal" in words:
            x = np.diag(np.diag(x))
        if words & {"posdef", "psd"}:
            x = x.T @ x + (0 if "posdef" not in words else np.array(np.eye(dims[0]).astype(int), dtype=object))
        if words & {"orthogonal", "orthocols"}:
            S, eye = x - x.T, np.array(np.eye(dims[0]).astype(int), dtype=object)
            x = array(matrix(eye - S) * matrix(eye + S).inv())
        env[name] = x
    return env


def world_of(values, sizes):
    """A world from the nested strings of a certificate."""

    def convert(v):
        return np.array([convert(x) for x in v], dtype=object) if isinstance(v, list) else sp.Rational(v)

    return World({name: convert(v) for name, v in values.items()}, sizes)
