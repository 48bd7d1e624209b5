"""Polynomials with rational coefficients: exponents → coefficient, read from typed trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import flint

from hessmath.language.tree import NUMBER, SYMBOL, Node
from hessmath.verify.scalars import rational

Exponents = tuple[int, ...]
Polynomial = dict[Exponents, flint.fmpq]

MAX_TERMS = 5000


class NotPolynomial(Exception):
    """The tree is not a polynomial with rational coefficients, or a very large one."""


def add(p: Polynomial, q: Polynomial) -> Polynomial:
    """p + q."""
    total = dict(p)
    for exponents, c in q.items():
        total[exponents] = total.get(exponents, flint.fmpq(0)) + c
    return {exponents: c for exponents, c in total.items() if c != 0}


def multiply(p: Polynomial, q: Polynomial) -> Polynomial:
    """p q."""
    if len(p) * len(q) > 40 * MAX_TERMS:
        raise NotPolynomial
    total: Polynomial = {}
    for a, c in p.items():
        for b, d in q.items():
            exponents = tuple(i + j for i, j in zip(a, b, strict=True))
            total[exponents] = total.get(exponents, flint.fmpq(0)) + c * d
    if len(total) > MAX_TERMS:
        raise NotPolynomial
    return {exponents: c for exponents, c in total.items() if c != 0}


def constant(value: flint.fmpq, width: int) -> Polynomial:
    """A number as a polynomial."""
    return {(0,) * width: value} if value != 0 else {}


def substituted(node: Node, values: Mapping[str, Polynomial], width: int) -> Polynomial:
    """The polynomial of a tree, its variables replaced by polynomials in ``width`` unknowns.

    Raises
    ------
    NotPolynomial
        If the tree has another operation than sums, products, integer powers and quotients by numbers.
    """
    if node.op == NUMBER:
        return constant(rational(node.value), width)  # type: ignore[arg-type]
    if node.op == SYMBOL:
        return values[str(node.value)]
    parts = [substituted(arg, values, width) for arg in node.args]
    if node.op == "neg":
        return {exponents: -c for exponents, c in parts[0].items()}
    if node.op == "add":
        total: Polynomial = {}
        for part in parts:
            total = add(total, part)
        return total
    if node.op == "mul":
        product = parts[0]
        for part in parts[1:]:
            product = multiply(product, part)
        return product
    origin = (0,) * width
    if node.op == "div" and list(parts[1]) == [origin]:
        return {exponents: c / parts[1][origin] for exponents, c in parts[0].items()}
    if node.op == "pow" and set(parts[1]) <= {origin}:
        power = parts[1].get(origin, flint.fmpq(0))
        if power.q == 1 and 0 <= power.p <= 60:
            product = constant(flint.fmpq(1), width)
            for _ in range(int(power.p)):
                product = multiply(product, parts[0])
            return product
    raise NotPolynomial


def around(node: Node, names: Sequence[str], point: Sequence[flint.fmpq]) -> Polynomial:
    """f(p + h) as a polynomial in h.

    Examples
    --------
    >>> from hessmath.language import parse_formula
    >>> around(parse_formula("x**2"), ["x"], [flint.fmpq(1)])
    {(0,): 1, (1,): 2, (2,): 1}
    """
    width = len(names)
    values = {}
    for k, name in enumerate(names):
        step = {tuple(int(i == k) for i in range(width)): flint.fmpq(1)}
        values[name] = add(constant(point[k], width), step)
    return dict(sorted(substituted(node, values, width).items()))


def along(p: Polynomial, direction: Sequence[int]) -> dict[int, flint.fmpq]:
    """t ↦ p(t·direction): power of t → coefficient."""
    total: dict[int, flint.fmpq] = {}
    for exponents, c in p.items():
        value = c
        for e, d in zip(exponents, direction, strict=True):
            value = value * flint.fmpq(d) ** e
        degree = sum(exponents)
        total[degree] = total.get(degree, flint.fmpq(0)) + value
    return {degree: c for degree, c in total.items() if c != 0}


def degree(p: Polynomial) -> int:
    """The total degree; 0 for the zero polynomial."""
    return max((sum(exponents) for exponents in p), default=0)
