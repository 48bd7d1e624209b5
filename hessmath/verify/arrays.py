"""Operations on exact arrays that need nothing but their arguments: sums, products, norms, spectra.

A vector is a tuple of numbers and a matrix a tuple of rows; scalars go with every entry of an array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flint

from hessmath.verify import dense
from hessmath.verify.scalars import (
    ONE,
    ZERO,
    Dual,
    Number,
    OutsideDomain,
    Undecidable,
    apply,
    as_ball,
    divide,
    power,
    sign,
)

Value = Any
"""A number, a tuple of numbers, or a tuple of rows."""


def is_matrix(value: Value) -> bool:
    """Whether the value is a matrix."""
    return isinstance(value, tuple) and isinstance(value[0], tuple)


def each(f: Callable[[Number], Number], value: Value) -> Value:
    """f of every entry."""
    return tuple(each(f, entry) for entry in value) if isinstance(value, tuple) else f(value)


def pairwise_each(f: Callable[[Number, Number], Number], a: Value, b: Value) -> Value:
    """f of corresponding entries."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return tuple(pairwise_each(f, x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, tuple):
        return tuple(pairwise_each(f, x, b) for x in a)
    if isinstance(b, tuple):
        return tuple(pairwise_each(f, a, y) for y in b)
    return f(a, b)


def _fold(f: Callable[[Number, Number], Number]) -> Callable[..., Value]:
    def folded(first: Value, *others: Value) -> Value:
        for other in others:
            first = pairwise_each(f, first, other)
        return first

    return folded


def entries(value: Value) -> list[Number]:
    """All entries, row by row."""
    if not isinstance(value, tuple):
        return [value]
    return [number for entry in value for number in entries(entry)]


def _matmul(first: Value, *others: Value) -> Value:
    for other in others:
        if is_matrix(first) and is_matrix(other):
            first = dense.matmul(first, other)
        elif is_matrix(first):
            first = dense.matvec(first, other)
        elif is_matrix(other):
            first = dense.matvec(dense.transpose(other), first)
        else:
            first = dense.dot(first, other)
    return first


def vec(A: Value) -> Value:
    """The columns one below the other."""
    return tuple(entry for column in dense.transpose(A) for entry in column) if is_matrix(A) else A


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
    columns = dense.transpose(value) if is_matrix(value) else (value,)
    return _largest([_total(_sizes_of(column)) for column in columns])


def _norminf(value: Value) -> Number:
    if is_matrix(value):
        return _largest([_total(_sizes_of(row)) for row in value])
    return _largest(_sizes_of(value))


def _eigenvalues(A: Value) -> Value:
    if not dense.is_symmetric(A):
        raise OutsideDomain
    return dense.eigenvalues(A)


def _kron(A: Value, B: Value) -> Value:
    if not is_matrix(A):
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


OPERATIONS: dict[str, Callable[..., Value]] = {
    "add": _fold(lambda a, b: a + b),
    "mul": _fold(lambda a, b: a * b),
    "neg": lambda a: each(_minus, a),
    "div": _fold(divide),
    "pow": _fold(power),
    "had": _fold(lambda a, b: a * b),
    "matmul": _matmul,
    "T": lambda A: dense.transpose(A) if is_matrix(A) else A,
    "diag": dense.diagonal,
    "diagvec": lambda A: tuple(A[i][i] for i in range(min(len(A), len(A[0])))),
    "diagpart": lambda A: tuple(tuple(a if i == j else ZERO for j, a in enumerate(r)) for i, r in enumerate(A)),
    "inv": lambda A: dense.inverse(A) if is_matrix(A) else divide(ONE, A),
    "det": dense.determinant,
    "trace": lambda A: _total([A[i][i] for i in range(len(A))]),
    "rank": lambda A: flint.fmpq(dense.rank(A)),
    "adj": dense.adjugate,
    "pinv": _pinv,
    "expm": dense.exponential,
    "kron": _kron,
    "outer": lambda x, y: tuple(tuple(a * b for b in y) for a in x),
    "vec": vec,
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
"""Every operation by its canonical name."""
