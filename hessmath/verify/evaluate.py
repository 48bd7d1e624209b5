"""The value of a typed tree at concrete sizes and exact values: numbers, vectors, matrices, truth.

A vector is a tuple of numbers and a matrix a tuple of rows.  ``Undefined`` names the subexpression that has
no value; ``Undecidable`` means that the arithmetic here cannot tell.  Derivative operators are evaluated
with dual numbers, one direction at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

import flint

from hessmath.language.tree import BOUND, NUMBER, SIZE, SYMBOL, Node
from hessmath.verify import dense
from hessmath.verify.arrays import OPERATIONS, Value, each, is_matrix, pairwise_each
from hessmath.verify.scalars import (
    ELEMENTARY,
    ONE,
    PRECISION,
    ZERO,
    Dual,
    Number,
    OutsideDomain,
    Undecidable,
    apply,
    integer_power,
    rational,
    sign,
)
from hessmath.verify.truth import DECIDERS, compare, semidefinite

MAX_POWER, MAX_TERMS = 64, 400
"""The largest matrix power and the longest psum that are evaluated; the trusted checker's bounds."""


class Undefined(Exception):
    """A subexpression without a value at these arguments."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.op)
        self.node = node


@dataclass
class Point:
    """Sizes and values for the names of a claim; evaluates trees and counts the nodes it visits.

    Examples
    --------
    >>> from hessmath.language import parse
    >>> Point({}, {"x": rational(2)}).value(parse("x**2 + 1/2", {"x": []}))
    9/2
    """

    sizes: Mapping[str, int]
    values: Mapping[str, Value]
    bound: Mapping[str, int] = field(default_factory=dict)
    tag: int = 0
    steps: int = 0

    def value(self, node: Node) -> Value:
        """The value of an expression.

        Raises
        ------
        Undefined
            If a subexpression has no value here.
        Undecidable
            If the arithmetic cannot tell.
        """
        self.steps += 1
        try:
            if node.op == SYMBOL:
                return self.values[str(node.value)]
            if node.op == NUMBER:
                return rational(node.value)  # type: ignore[arg-type]
            if node.op in (SIZE, BOUND):
                return flint.fmpq(self.integer(node))
            if node.op in _FORMS:
                return _FORMS[node.op](self, node)
            if node.op in OPERATIONS:
                return OPERATIONS[node.op](*(self.value(arg) for arg in node.args))
            if node.op in ELEMENTARY:
                return each(lambda x: apply(node.op, x), self.value(node.args[0]))
        except OutsideDomain:
            raise Undefined(node) from None
        raise Undecidable(f"{node.op} is not evaluated")

    def integer(self, node: Node) -> int:
        """The value of an integer node: a size, an index, a bound of a sum."""
        match node.op:
            case "num":
                return int(node.value)  # type: ignore[arg-type]
            case "size":
                return self.sizes[str(node.value)]
            case "bound":
                return self.bound[str(node.value)]
            case "add":
                return sum(self.integer(arg) for arg in node.args)
            case "neg":
                return -self.integer(node.args[0])
            case "mul":
                total = 1
                for arg in node.args:
                    total *= self.integer(arg)
                return total
            case _:
                raise Undecidable(f"{node.op} is not an integer expression")

    def holds(self, node: Node) -> bool:
        """Whether a relation, predicate or condition is true."""
        self.steps += 1
        match node.op:
            case "true" | "false":
                return node.op == "true"
            case "and" | "or":
                return self._joined(node)
            case "not":
                return not self.holds(node.args[0])
            case "eq" | "ne" | "lt" | "le" | "gt" | "ge":
                left, right = (self.value(arg) for arg in node.args)
                return compare(node.op, left, right)
            case "psd_le" | "psd_ge":
                left, right = (self.value(arg) for arg in node.args)
                gap = pairwise_each(lambda a, b: b - a, left, right)
                return semidefinite(gap if node.op == "psd_le" else each(lambda a: -a, gap))
            case _ if node.op in DECIDERS:
                return DECIDERS[node.op](*(self.value(arg) for arg in node.args))
        raise Undecidable(f"{node.op} is not decided at a point")

    def _joined(self, node: Node) -> bool:
        """A conjunction or disjunction: each part must have a value, and one part may decide although others do not."""
        decisive, unknown = node.op == "or", None
        truths = []
        for arg in node.args:
            try:
                truths.append(self.holds(arg))
            except Undecidable as reason:
                unknown = reason
        if unknown is not None and decisive not in truths:
            raise unknown
        return decisive if decisive in truths else not decisive

    def shifted(self, name: str, value: Value, tag: int) -> Point:
        """The same point with one value replaced."""
        return Point(self.sizes, {**self.values, name: value}, self.bound, tag)

    def slopes(self, f: Node, name: str, direction: Value) -> Value:
        """d/dt f at x + t·direction, at t = 0."""
        tag = self.tag + 1
        moved = pairwise_each(lambda x, d: Dual(x, d, tag), self.values[name], direction)
        at = self.shifted(name, moved, tag)
        result = each(lambda y: y.slope if isinstance(y, Dual) and y.tag == tag else ZERO, at.value(f))
        self.steps += at.steps
        return result


def evaluation_precision() -> Any:
    """A context in which balls carry ``PRECISION`` bits."""
    return flint.ctx.workprec(PRECISION)


# --- forms that need sizes, cases or a moving variable


def _filled(at: Point, node: Node, entry: Number) -> Value:
    sizes = [at.integer(arg) for arg in node.args]
    if len(sizes) == 1:
        return (entry,) * sizes[0]
    return ((entry,) * sizes[1],) * sizes[0]


def _index(at: Point, node: Node) -> Value:
    value = at.value(node.args[0])
    for arg in node.args[1:]:
        k = at.integer(arg)
        if not -len(value) <= k < len(value):
            raise OutsideDomain
        value = value[k]
    return value


def _pow(at: Point, node: Node) -> Value:
    base, exponent = node.args
    power = exponent.value if exponent.op == NUMBER else None
    if base.op in ("norm2", "normF") and isinstance(power, Fraction) and power > 0 and (power / 2).denominator == 1:
        # |x|² is a sum of squares also where |x| has a kink
        return integer_power(OPERATIONS["nsq"](at.value(base.args[0])), int(power / 2))
    return OPERATIONS["pow"](at.value(base), at.value(exponent))


def _mpow(at: Point, node: Node) -> Value:
    A, k = at.value(node.args[0]), at.integer(node.args[1])
    if abs(k) > MAX_POWER:
        raise Undecidable(f"a matrix power above {MAX_POWER} is not evaluated")
    if k < 0:
        A, k = dense.inverse(A), -k
    total = dense.eye(len(A))
    for _ in range(k):
        total = dense.matmul(total, A)
    return total


def _psum(at: Point, node: Node) -> Value:
    function, low, high = node.args
    name, body = str(function.args[0].value), function.args[1]
    first, last = at.integer(low), at.integer(high)
    if last - first > MAX_TERMS:
        raise Undecidable(f"a sum of more than {MAX_TERMS} terms is not evaluated")
    terms = []
    for k in range(first, last + 1):
        inner = Point(at.sizes, at.values, {**at.bound, name: k}, at.tag)
        terms.append(inner.value(body))
        at.steps += inner.steps
    if terms:
        return OPERATIONS["add"](*terms)
    if body.shape:
        dims = [size.at(at.sizes) for size in body.shape]
        row = (ZERO,) * dims[-1]
        return row if len(dims) == 1 else (row,) * dims[0]
    return ZERO


def _block(at: Point, node: Node) -> Value:
    rows: list[Any] = []
    for row in node.args:
        blocks = [value if is_matrix(value) else ((value,),) for value in map(at.value, row.args)]
        rows += [tuple(entry for part in parts for entry in part) for parts in zip(*blocks, strict=True)]
    return tuple(rows)


def _commutation(at: Point, node: Node) -> Value:
    m, n = (at.integer(arg) for arg in node.args)
    # vec(A)[i + m·j] = A[i, j] = vec(Aᵀ)[j + n·i]
    rows = [[ZERO] * (m * n) for _ in range(m * n)]
    for i, j in product(range(m), range(n)):
        rows[j + n * i][i + m * j] = ONE
    return tuple(map(tuple, rows))


def _piecewise(at: Point, node: Node) -> Value:
    for case in node.args:
        expression, condition = case.args
        if at.holds(condition):
            return at.value(expression)
    raise OutsideDomain


def _directions(value: Value) -> list[Value]:
    """The unit directions in the space of a value, in column-major order for matrices."""
    if not isinstance(value, tuple):
        return [ONE]
    if not is_matrix(value):
        return [tuple(ONE if i == k else ZERO for i in range(len(value))) for k in range(len(value))]
    rows, columns = len(value), len(value[0])
    return [_unit(rows, columns, [(i, j)]) for j in range(columns) for i in range(rows)]


def _unit(rows: int, columns: int, ones: list[tuple[int, int]]) -> Value:
    return tuple(tuple(ONE if (i, j) in ones else ZERO for j in range(columns)) for i in range(rows))


def _gradient(at: Point, node: Node) -> Value:
    f, name = node.args[0], str(node.args[1].value)
    x = at.values[name]
    slopes = [at.slopes(f, name, direction) for direction in _directions(x)]
    if not isinstance(x, tuple):
        return slopes[0]
    if not is_matrix(x):
        return tuple(slopes)
    rows = len(x)
    return tuple(tuple(slopes[i + rows * j] for j in range(len(x[0]))) for i in range(rows))


def _jacobian(at: Point, node: Node) -> Value:
    f, name = node.args[0], str(node.args[1].value)
    columns = [at.slopes(f, name, direction) for direction in _directions(at.values[name])]
    if not isinstance(at.values[name], tuple):
        return columns[0]
    return tuple(zip(*columns, strict=True)) if isinstance(columns[0], tuple) else tuple(columns)


def _hessian(at: Point, node: Node) -> Value:
    f, name = node.args[0], str(node.args[1].value)
    x = at.values[name]
    if not isinstance(x, tuple):
        return _second(at, f, name, ONE, ONE)
    directions = _directions(x)
    return tuple(tuple(_second(at, f, name, v, w) for w in directions) for v in directions)


def _second(at: Point, f: Node, name: str, v: Value, w: Value) -> Number:
    """d²/dsdt f(x + s·v + t·w) at 0."""
    tag = at.tag + 1
    moved = at.shifted(name, pairwise_each(lambda x, d: Dual(x, d, tag), at.values[name], v), tag)
    inner = moved.slopes(f, name, w)
    at.steps += 3 * moved.steps  # numbers with two slopes cost that much more
    return each(lambda y: y.slope if isinstance(y, Dual) and y.tag == tag else ZERO, inner)


def _gradient_sym(at: Point, node: Node) -> Value:
    f, name = node.args[0], str(node.args[1].value)
    n = len(at.values[name])
    return tuple(tuple(at.slopes(f, name, _unit(n, n, [(i, j), (j, i)])) for j in range(n)) for i in range(n))


def _gradient_diag(at: Point, node: Node) -> Value:
    f, name = node.args[0], str(node.args[1].value)
    n = len(at.values[name])
    return tuple(at.slopes(f, name, _unit(n, n, [(i, i)])) for i in range(n))


def _dirderiv(at: Point, node: Node) -> Value:
    f, x, v = node.args
    return at.slopes(f, str(x.value), at.value(v))


def _dirderiv2(at: Point, node: Node) -> Value:
    f, x, v, w = node.args
    return _second(at, f, str(x.value), at.value(v), at.value(w))


def _polygamma(at: Point, node: Node) -> Value:
    if at.integer(node.args[0]) != 0:
        raise Undecidable("polygamma of positive order is not evaluated")
    return each(lambda x: apply("digamma", x), at.value(node.args[1]))


def _heaviside(at: Point, node: Node) -> Value:
    values = [at.value(arg) for arg in node.args]
    if len(values) == 1:
        return each(lambda x: apply("Heaviside", x), values[0])
    return pairwise_each(lambda x, middle: middle if sign(x) == 0 else apply("Heaviside", x), *values)


_FORMS: dict[str, Callable[[Point, Node], Value]] = {
    "eye": lambda at, node: dense.eye(at.integer(node.args[0])),
    "zeros": lambda at, node: _filled(at, node, ZERO),
    "ones": lambda at, node: _filled(at, node, ONE),
    "index": _index,
    "pow": _pow,
    "mpow": _mpow,
    "psum": _psum,
    "block": _block,
    "K": _commutation,
    "Piecewise": _piecewise,
    "polygamma": _polygamma,
    "Heaviside": _heaviside,
    "gradient": _gradient,
    "jacobian": _jacobian,
    "hessian": _hessian,
    "gradient_sym": _gradient_sym,
    "gradient_diag": _gradient_diag,
    "dirderiv": _dirderiv,
    "dirderiv2": _dirderiv2,
}
