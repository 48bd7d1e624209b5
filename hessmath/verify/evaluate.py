"""The value of a typed tree at concrete sizes and exact values: numbers, vectors, matrices, truth.

A vector is a tuple of numbers and a matrix a tuple of rows.  ``Undefined`` names the subexpression that has
no value; ``Undecidable`` means that the arithmetic here cannot tell.  Derivative operators are evaluated
with dual numbers, one direction at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import flint

from hessmath.language.tree import BOUND, NUMBER, SIZE, SYMBOL, Node
from hessmath.verify import dense
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
    as_ball,
    divide,
    power,
    rational,
    sign,
)

Value = Any
"""A number, a tuple of numbers, or a tuple of rows."""


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
            if node.op in _ARRAYS:
                return _ARRAYS[node.op](*(self.value(arg) for arg in node.args))
            if node.op in ELEMENTARY:
                return _map(lambda x: apply(node.op, x), self.value(node.args[0]))
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
                truths = [self.holds(arg) for arg in node.args]  # all of them: each part must have a value
                return all(truths) if node.op == "and" else any(truths)
            case "not":
                return not self.holds(node.args[0])
            case "eq" | "ne" | "lt" | "le" | "gt" | "ge":
                left, right = (self.value(arg) for arg in node.args)
                return _compare(node.op, left, right)
            case "psd_le" | "psd_ge":
                left, right = (self.value(arg) for arg in node.args)
                gap = _zip(lambda a, b: b - a, left, right)
                return _semidefinite(gap if node.op == "psd_le" else _map(lambda a: -a, gap))
            case _ if node.op in _PREDICATES:
                return _PREDICATES[node.op](*(self.value(arg) for arg in node.args))
        raise Undecidable(f"{node.op} is not decided at a point")

    def shifted(self, name: str, value: Value, tag: int) -> Point:
        """The same point with one value replaced."""
        return Point(self.sizes, {**self.values, name: value}, self.bound, tag)

    def slopes(self, f: Node, name: str, direction: Value) -> Value:
        """d/dt f at x + t·direction, at t = 0."""
        tag = self.tag + 1
        moved = _zip(lambda x, d: Dual(x, d, tag), self.values[name], direction)
        at = self.shifted(name, moved, tag)
        result = _map(lambda y: y.slope if isinstance(y, Dual) and y.tag == tag else ZERO, at.value(f))
        self.steps += at.steps
        return result


def evaluation_precision() -> Any:
    """A context in which balls carry ``PRECISION`` bits."""
    return flint.ctx.workprec(PRECISION)


# --- arrays, entry by entry


def _is_matrix(value: Value) -> bool:
    return isinstance(value, tuple) and isinstance(value[0], tuple)


def _map(f: Callable[[Number], Number], value: Value) -> Value:
    return tuple(_map(f, entry) for entry in value) if isinstance(value, tuple) else f(value)


def _zip(f: Callable[[Number, Number], Number], a: Value, b: Value) -> Value:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return tuple(_zip(f, x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, tuple):
        return tuple(_zip(f, x, b) for x in a)
    if isinstance(b, tuple):
        return tuple(_zip(f, a, y) for y in b)
    return f(a, b)


def _fold(f: Callable[[Number, Number], Number]) -> Callable[..., Value]:
    def folded(first: Value, *others: Value) -> Value:
        for other in others:
            first = _zip(f, first, other)
        return first

    return folded


def entries(value: Value) -> list[Number]:
    """All entries, row by row."""
    if not isinstance(value, tuple):
        return [value]
    return [number for entry in value for number in entries(entry)]


def _matmul(first: Value, *others: Value) -> Value:
    for other in others:
        if _is_matrix(first) and _is_matrix(other):
            first = dense.matmul(first, other)
        elif _is_matrix(first):
            first = dense.matvec(first, other)
        elif _is_matrix(other):
            first = dense.matvec(dense.transpose(other), first)
        else:
            first = dense.dot(first, other)
    return first


def _vec(A: Value) -> Value:
    return tuple(entry for column in dense.transpose(A) for entry in column) if _is_matrix(A) else A


def _total(numbers: list[Number]) -> Number:
    total: Number = ZERO
    for number in numbers:
        total = total + number
    return total


def _largest(numbers: list[Number]) -> Number:
    best = numbers[0]
    for number in numbers[1:]:
        if sign(number - best) > 0:
            best = number
    return best


def _nsq(value: Value) -> Number:
    return _total([x * x for x in entries(value)])


def _sizes_of(value: Value) -> list[Number]:
    return [apply("Abs", x) for x in entries(value)]


def _norm1(value: Value) -> Number:
    columns = dense.transpose(value) if _is_matrix(value) else (value,)
    return _largest([_total(_sizes_of(column)) for column in columns])


def _norminf(value: Value) -> Number:
    if _is_matrix(value):
        return _largest([_total(_sizes_of(row)) for row in value])
    return _largest(_sizes_of(value))


def _eigenvalues(A: Value) -> Value:
    if not dense.is_symmetric(A):
        raise OutsideDomain
    return dense.eigenvalues(A)


def _kron(A: Value, B: Value) -> Value:
    if not _is_matrix(A):
        return tuple(a * b for a in A for b in B)
    return tuple(tuple(a * b for a in row_a for b in row_b) for row_a in A for row_b in B)


def _softmax(x: Value) -> Value:
    weights = [apply("exp", entry) for entry in x]
    return tuple(divide(w, _total(weights)) for w in weights)


def _atan2(y: Number, x: Number) -> Number:
    if sign(x) > 0:
        return apply("atan", divide(y, x))
    if sign(x) == 0 and sign(y) == 0:
        raise OutsideDomain
    if isinstance(x, Dual) or isinstance(y, Dual):
        raise Undecidable("atan2 is differentiated only in the right half plane")
    return flint.arb.atan2(as_ball(y), as_ball(x))


def _pinv(A: Value) -> Value:
    return dense.pseudo_inverse(A)


def _minus(a: Number) -> Number:
    return -a


_ARRAYS: dict[str, Callable[..., Value]] = {
    "add": _fold(lambda a, b: a + b),
    "mul": _fold(lambda a, b: a * b),
    "neg": lambda a: _map(_minus, a),
    "div": _fold(divide),
    "pow": _fold(power),
    "had": _fold(lambda a, b: a * b),
    "matmul": _matmul,
    "T": lambda A: dense.transpose(A) if _is_matrix(A) else A,
    "diag": dense.diagonal,
    "diagvec": lambda A: tuple(A[i][i] for i in range(min(len(A), len(A[0])))),
    "diagpart": lambda A: tuple(tuple(a if i == j else ZERO for j, a in enumerate(r)) for i, r in enumerate(A)),
    "inv": lambda A: dense.inverse(A) if _is_matrix(A) else divide(ONE, A),
    "det": dense.determinant,
    "trace": lambda A: _total([A[i][i] for i in range(len(A))]),
    "rank": lambda A: flint.fmpq(dense.rank(A)),
    "adj": dense.adjugate,
    "pinv": _pinv,
    "expm": dense.exponential,
    "kron": _kron,
    "outer": lambda x, y: tuple(tuple(a * b for b in y) for a in x),
    "vec": _vec,
    "eigs": _eigenvalues,
    "lmin": lambda A: _eigenvalues(A)[0],
    "lmax": lambda A: _eigenvalues(A)[-1],
    "eigL": lambda A: dense.diagonal(_eigenvalues(A)),
    "svals": dense.singular_values,
    "norm2": lambda x: apply("sqrt", _nsq(x)),
    "nsq": _nsq,
    "normF": lambda x: apply("sqrt", _nsq(x)),
    "norm1": _norm1,
    "norminf": _norminf,
    "normmax": lambda A: _largest(_sizes_of(A)),
    "nspec": lambda A: dense.singular_values(A)[0],
    "nnuc": lambda A: _total(list(dense.singular_values(A))),
    "sum": lambda A: _total(entries(A)),
    "Max": _fold(lambda a, b: b if sign(b - a) > 0 else a),
    "Min": _fold(lambda a, b: b if sign(b - a) < 0 else a),
    "atan2": _fold(_atan2),
    "softmax": _softmax,
    "logsumexp": lambda x: apply("log", _total([apply("exp", entry) for entry in x])),
    "pi": flint.arb.pi,
    "E": lambda: flint.arb(1).exp(),
}


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


def _mpow(at: Point, node: Node) -> Value:
    A, k = at.value(node.args[0]), at.integer(node.args[1])
    if k < 0:
        A, k = dense.inverse(A), -k
    total = dense.eye(len(A))
    for _ in range(k):
        total = dense.matmul(total, A)
    return total


def _psum(at: Point, node: Node) -> Value:
    function, low, high = node.args
    name, body = str(function.args[0].value), function.args[1]
    terms = []
    for k in range(at.integer(low), at.integer(high) + 1):
        inner = Point(at.sizes, at.values, {**at.bound, name: k}, at.tag)
        terms.append(inner.value(body))
        at.steps += inner.steps
    if terms:
        return _ARRAYS["add"](*terms)
    if body.shape:
        dims = [size.at(at.sizes) for size in body.shape]
        row = (ZERO,) * dims[-1]
        return row if len(dims) == 1 else (row,) * dims[0]
    return ZERO


def _block(at: Point, node: Node) -> Value:
    rows: list[Any] = []
    for row in node.args:
        blocks = [value if _is_matrix(value) else ((value,),) for value in map(at.value, row.args)]
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
    if not _is_matrix(value):
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
    if not _is_matrix(x):
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
    moved = at.shifted(name, _zip(lambda x, d: Dual(x, d, tag), at.values[name], v), tag)
    inner = moved.slopes(f, name, w)
    at.steps += moved.steps
    return _map(lambda y: y.slope if isinstance(y, Dual) and y.tag == tag else ZERO, inner)


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
    return _map(lambda x: apply("digamma", x), at.value(node.args[1]))


def _heaviside(at: Point, node: Node) -> Value:
    values = [at.value(arg) for arg in node.args]
    if len(values) == 1:
        return _map(lambda x: apply("Heaviside", x), values[0])
    return _zip(lambda x, middle: middle if sign(x) == 0 else apply("Heaviside", x), *values)


_FORMS: dict[str, Callable[[Point, Node], Value]] = {
    "eye": lambda at, node: dense.eye(at.integer(node.args[0])),
    "zeros": lambda at, node: _filled(at, node, ZERO),
    "ones": lambda at, node: _filled(at, node, ONE),
    "index": _index,
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


# --- truth


_SIGNS: dict[str, tuple[int, ...]] = {"eq": (0,), "lt": (-1,), "le": (-1, 0), "gt": (1,), "ge": (0, 1)}


def _compare(relation: str, left: Value, right: Value) -> bool:
    gaps = entries(_zip(lambda a, b: a - b, left, right))
    if relation == "ne":
        return not _all_in(gaps, (0,))
    return _all_in(gaps, _SIGNS[relation])


def _all_in(numbers: list[Number], signs: tuple[int, ...]) -> bool:
    """Whether every number has one of the signs; one certain exception outweighs undecided ones."""
    undecided = None
    for number in numbers:
        try:
            if sign(number) not in signs:
                return False
        except Undecidable as reason:
            undecided = reason
    if undecided is not None:
        raise undecided
    return True


def _equal(A: Value, B: Value) -> bool:
    return _compare("eq", A, B)


def _definite(A: Value) -> bool:
    return dense.is_symmetric(A) and dense.inertia(A)[0] == len(A)


def _semidefinite(A: Value) -> bool:
    if not isinstance(A, tuple):
        return sign(A) >= 0
    return dense.is_symmetric(A) and dense.inertia(A)[1] == 0


def _gram(A: Value) -> Value:
    return dense.matmul(dense.transpose(A), A)


def _negative(A: Value) -> Value:
    return _map(_minus, A)


def _nilpotent(A: Value) -> bool:
    power_of_A = A
    for _ in range(len(A) - 1):
        power_of_A = dense.matmul(power_of_A, A)
    return _all_in(entries(power_of_A), (0,))


_PREDICATES: dict[str, Callable[..., bool]] = {
    "invertible": lambda A: sign(dense.determinant(A) if isinstance(A, tuple) else A) != 0,
    "symmetric": dense.is_symmetric,
    "skew": lambda A: _equal(A, _negative(dense.transpose(A))),
    "orthogonal": lambda A: len(A) == len(A[0]) and _equal(_gram(A), dense.eye(len(A))),
    "orthocols": lambda A: _equal(_gram(A), dense.eye(len(A[0]))),
    "diagonal": lambda A: _all_in([a for i, r in enumerate(A) for j, a in enumerate(r) if i != j], (0,)),
    "idempotent": lambda A: _equal(dense.matmul(A, A), A),
    "involutory": lambda A: _equal(dense.matmul(A, A), dense.eye(len(A))),
    "nilpotent": _nilpotent,
    "posdef": _definite,
    "psd": _semidefinite,
    "negdef": lambda A: _definite(_negative(A)),
    "nsd": lambda A: _semidefinite(_negative(A)),
    "indefinite": lambda A: dense.is_symmetric(A) and min(dense.inertia(A)[:2]) > 0,
    "fullcol": lambda A: dense.rank(A) == len(A[0]),
    "fullrow": lambda A: dense.rank(A) == len(A),
    "commute": lambda A, B: _equal(dense.matmul(A, B), dense.matmul(B, A)),
    "nonzero": lambda x: not _all_in(entries(x), (0,)),
    "positive": lambda x: _all_in(entries(x), (1,)),
    "nonneg": lambda x: _all_in(entries(x), (0, 1)),
}

PREDICATES = frozenset(_PREDICATES)
"""The words that can be said of matrices, vectors and scalars."""
