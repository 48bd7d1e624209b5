"""Hypothesis strategies for formulas, exact symmetric matrices, points and small networks.

Everything is built from structure, never filtered, and shrinks to one variable, small integers, the identity and zero.
Needs the ``test`` extra.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from hessmath.errors import InputError
from hessmath.language import Node, parse_formula, to_text
from hessmath.networks import Activation, Dense, Identity, Network, Sigmoid, Softplus, Tanh

SMOOTH_EVERYWHERE = ("exp", "sin", "cos", "tanh", "sigmoid", "softplus", "atan")
"""Functions of the language that are smooth and defined on all of ℝ."""


def rationals(*, max_numerator: int = 6, max_denominator: int = 4) -> SearchStrategy[Fraction]:
    """Small exact numbers; shrinks to 0.

    Examples
    --------
    >>> rationals().example()  # doctest: +SKIP
    Fraction(-3, 2)
    """
    return st.builds(
        Fraction,
        st.integers(-max_numerator, max_numerator),
        st.integers(1, max_denominator),
    )


def polynomials(*, min_variables: int = 1, max_variables: int = 3, max_leaves: int = 10) -> SearchStrategy[Node]:
    """Typed trees, as the reader gives them, of rational polynomials in x0, x1, …; shrink to x0 + x0*x0."""
    return _formula_trees((), min_variables, max_variables, max_leaves)


def expressions(*, min_variables: int = 1, max_variables: int = 3, max_leaves: int = 10) -> SearchStrategy[Node]:
    """Typed trees of formulas in x0, x1, … that are smooth and defined on all of ℝⁿ; shrink to x0 + x0*x0."""
    return _formula_trees(SMOOTH_EVERYWHERE, min_variables, max_variables, max_leaves)


def formulas(*, min_variables: int = 1, max_variables: int = 3, max_leaves: int = 10) -> SearchStrategy[str]:
    """The same as text in the plain grammar."""
    trees = expressions(min_variables=min_variables, max_variables=max_variables, max_leaves=max_leaves)
    return trees.map(to_text)


def _formula_trees(
    functions: tuple[str, ...], min_variables: int, max_variables: int, max_leaves: int
) -> SearchStrategy[Node]:
    if not 1 <= min_variables <= max_variables:
        raise InputError(
            f"1 ≤ min_variables ≤ max_variables is needed, but they are {min_variables} and {max_variables}."
        )
    return _trees(functions, min_variables, max_variables, max_leaves)


@st.composite
def _trees(draw: DrawFn, functions: tuple[str, ...], min_variables: int, max_variables: int, max_leaves: int) -> Node:
    count = draw(st.integers(min_variables, max_variables))
    variables = [Node("var", value=f"x{i}", shape=()) for i in range(count)]
    numbers = rationals().map(lambda q: Node("num", value=q, shape=()))
    tree: Node = draw(
        st.recursive(
            st.one_of(st.sampled_from(variables), numbers),
            lambda inner: st.one_of(*_operations(inner, functions)),
            max_leaves=max_leaves,
        )
    )
    # Every variable occurs, so that the formula has the dimension that was asked for.
    terms = (tree, *(Node("mul", (v, v), shape=()) for v in variables))
    return parse_formula(to_text(Node("add", terms, shape=())))  # flat sums and products, as everywhere


def _operations(inner: SearchStrategy[Node], functions: tuple[str, ...]) -> list[SearchStrategy[Node]]:
    def node(op: str) -> Any:
        return lambda args: Node(op, tuple(args), shape=())

    found = [
        st.lists(inner, min_size=2, max_size=3).map(node("add")),
        st.lists(inner, min_size=2, max_size=3).map(node("mul")),
        inner.map(lambda a: Node("neg", (a,), shape=())),
        st.builds(
            lambda a, e: Node("pow", (a, Node("num", value=Fraction(e), shape=())), shape=()), inner, st.integers(2, 3)
        ),
    ]
    if functions:
        found.append(st.builds(lambda name, a: Node(name, (_bounded(a),), shape=()), st.sampled_from(functions), inner))
    return found


def _bounded(a: Node) -> Node:
    """a/4, so that towers such as exp(exp(x)) stay within floating point at small points."""
    return Node("mul", (Node("num", value=Fraction(1, 4), shape=()), a), shape=())


@st.composite
def rational_matrices(draw: DrawFn, *, rows: int, columns: int) -> sympy.Matrix:
    """Exact matrices of a given shape; shrink to zero."""
    entries = draw(st.lists(rationals(), min_size=rows * columns, max_size=rows * columns))
    return sympy.Matrix(rows, columns, [sympy.Rational(q.numerator, q.denominator) for q in entries])


@st.composite
def symmetric_matrices(draw: DrawFn, *, min_size: int = 1, max_size: int = 4) -> sympy.Matrix:
    """Exact symmetric matrices (n, n); shrink to the 1×1 zero."""
    n = draw(st.integers(min_size, max_size))
    entries = draw(st.lists(rationals(), min_size=n * (n + 1) // 2, max_size=n * (n + 1) // 2))
    upper = iter(entries)
    A = sympy.zeros(n, n)
    for i in range(n):
        for j in range(i, n):
            q = next(upper)
            A[i, j] = A[j, i] = sympy.Rational(q.numerator, q.denominator)
    return A


@st.composite
def definite_matrices(draw: DrawFn, *, min_size: int = 1, max_size: int = 4) -> sympy.Matrix:
    """Positive definite exact matrices LLᵀ + dI with d > 0; shrink to the identity."""
    n = draw(st.integers(min_size, max_size))
    L = draw(rational_matrices(rows=n, columns=n))
    d = draw(st.integers(1, 3))
    return L * L.T + d * sympy.eye(n)


@st.composite
def invertible_matrices(draw: DrawFn, *, min_size: int = 1, max_size: int = 4) -> sympy.Matrix:
    """Invertible exact matrices, unit lower triangular times unit upper triangular; shrink to the identity."""
    n = draw(st.integers(min_size, max_size))
    A, B = (draw(rational_matrices(rows=n, columns=n)) for _ in range(2))
    lower = sympy.Matrix(n, n, lambda i, j: A[i, j] if i > j else sympy.Integer(i == j))
    upper = sympy.Matrix(n, n, lambda i, j: B[i, j] if i < j else sympy.Integer(i == j))
    return lower * upper


@st.composite
def congruent_pairs(draw: DrawFn, *, min_size: int = 1, max_size: int = 4) -> tuple[sympy.Matrix, sympy.Matrix]:
    """A symmetric A and PᵀAP with P invertible: by Sylvester's law they have one inertia."""
    A = draw(symmetric_matrices(min_size=min_size, max_size=max_size))
    P = draw(invertible_matrices(min_size=A.rows, max_size=A.rows))
    return A, P.T * A * P


def points(*, dimension: int) -> SearchStrategy[tuple[Fraction, ...]]:
    """Exact points of ℝⁿ with small coordinates; shrink to the origin."""
    return st.tuples(*[rationals(max_numerator=3)] * dimension)


@st.composite
def networks(
    draw: DrawFn, *, min_layers: int = 1, max_layers: int = 2, min_width: int = 1, max_width: int = 2
) -> Network:
    """Networks of dense layers, each with a smooth activation; shrink to one linear layer of the least width."""
    widths = draw(st.lists(st.integers(min_width, max_width), min_size=min_layers + 1, max_size=max_layers + 1))
    layers: list[Dense | Activation] = []
    for inputs, outputs in pairwise(widths):
        layers.append(Dense(inputs, outputs, bias=draw(st.booleans())))
        layers.append(draw(st.sampled_from([Identity(), Tanh(), Sigmoid(), Softplus()])))
    return Network(*layers)


@st.composite
def batches(
    draw: DrawFn, network: Network, *, min_samples: int = 1, max_samples: int = 2
) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    """Exact inputs (N, d) and targets (N, m) for a network; shrink to one sample of zeros."""
    count = draw(st.integers(min_samples, max_samples))

    def rows(width: int) -> list[list[Fraction]]:
        return [draw(st.lists(rationals(), min_size=width, max_size=width)) for _ in range(count)]

    return rows(network.inputs), rows(network.outputs)
