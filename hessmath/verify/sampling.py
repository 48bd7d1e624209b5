"""Random exact vectors and matrices with a structure: orthogonal, positive definite, idempotent and so on.

Every draw is rational and exact: orthogonal matrices by Cayley's transform, positive definite ones as
GᵀG + I, idempotent ones as S·diag·S⁻¹.  The first draws are the simplest ones (zero, ones, the identity),
because a counterexample that can be read is worth more than a large one.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any

import flint

from hessmath.verify import dense
from hessmath.verify.scalars import ONE, ZERO, Number, OutsideDomain

Value = Any

SIMPLE = tuple(
    flint.fmpq(p, q)
    for p, q in (
        (1, 1), (0, 1), (2, 1), (-1, 1), (1, 2), (-2, 1), (3, 1), (-1, 2), (1, 3), (3, 2), (-3, 1), (1, 10),
        (10, 1), (-5, 2), (5, 1), (1, 100),
    )
)  # fmt: skip
"""Numbers tried first."""

LINEAR = ("symmetric", "skew", "diagonal")
"""Structures that are linear subspaces: equations are solved inside them."""

SYMMETRIC = frozenset({"symmetric", "posdef", "psd", "negdef", "nsd", "indefinite"})
"""Words that make a matrix symmetric."""


class NoneExists(Exception):
    """No array of this shape has the structure, such as orthonormal columns with more columns than rows."""


def draw(shape: tuple[int, ...], words: Collection[str], rng: random.Random, attempt: int) -> Value:
    """An array of a shape with a structure; small ``attempt`` numbers give the simplest ones.

    Conditions that are not a recipe (``invertible``, ``fullcol``, ``nonzero``) are left for the caller to test.

    Examples
    --------
    >>> draw((2, 2), ["posdef"], random.Random(0), attempt=0)
    ((1, 0), (0, 1))
    """
    wide = 1 + min(2, attempt // 8)
    if not shape:
        return _scalar(words, rng, attempt)
    if len(shape) == 1:
        return _vector(shape[0], words, rng, attempt, wide)
    return _matrix(shape[0], shape[1], frozenset(words), rng, attempt, wide)


def _scalar(words: Collection[str], rng: random.Random, attempt: int) -> Number:
    pool = [x for x in SIMPLE if _allowed(x, words)]
    return pool[attempt % len(pool)] if attempt < 2 else rng.choice(pool)


def _allowed(x: Number, words: Collection[str]) -> bool:
    return not (("positive" in words and x <= 0) or ("nonneg" in words and x < 0) or ("nonzero" in words and x == 0))


def _vector(n: int, words: Collection[str], rng: random.Random, attempt: int, wide: int) -> Value:
    low = 1 if "positive" in words else 0 if "nonneg" in words else -wide
    match attempt % 5:
        case 0:
            return (ONE,) * n
        case 1 | 4 if "positive" not in words:
            k = rng.randrange(n)
            return tuple(ONE if i == k else ZERO for i in range(n))
        case 2 if "positive" not in words and "nonzero" not in words and attempt < 5:
            return (ZERO,) * n
        case _:
            return tuple(flint.fmpq(rng.randint(low, wide + 1)) for _ in range(n))


def _matrix(n: int, m: int, words: frozenset[str], rng: random.Random, attempt: int, wide: int) -> Value:
    symmetric = bool(words & SYMMETRIC)
    plain = attempt < 2
    if words & {"orthogonal", "orthocols"}:
        if m > n:
            raise NoneExists
        Q = _orthogonal(n, rng, plain, symmetric, "diagonal" in words)
        return tuple(row[:m] for row in Q)
    if words & {"idempotent", "involutory"}:
        return _with_eigenvalues(n, words, symmetric, rng, plain)
    if "nilpotent" in words:
        return _nilpotent(n, symmetric, rng)
    if words & {"posdef", "psd", "negdef", "nsd"}:
        A = _definite(n, words, rng, attempt, wide)
        return A if words & {"posdef", "psd"} else dense.entrywise(lambda a: -a, A)
    if "diagonal" in words:
        return dense.diagonal(_vector(n, words, rng, attempt, wide))
    A = _general(n, m, rng, attempt, wide)
    if symmetric:
        return tuple(tuple(A[min(i, j)][max(i, j)] for j in range(n)) for i in range(n))
    if "skew" in words:
        return tuple(tuple(ZERO if i == j else A[i][j] if i < j else -A[j][i] for j in range(n)) for i in range(n))
    if words & {"positive", "nonneg"}:
        return dense.entrywise(lambda a: abs(a) + int("positive" in words), A)
    return A


def _general(n: int, m: int, rng: random.Random, attempt: int, wide: int) -> Value:
    match attempt % 7:
        case 0:
            return _random(n, m, rng, 1)
        case 1:
            return tuple(tuple(ONE if i == j else ZERO for j in range(m)) for i in range(n))
        case 2 if attempt < 7:
            return ((ONE,) * m,) * n
        case 3 if attempt < 7:
            return ((ZERO,) * m,) * n
        case 2 if n == m and attempt >= 30:  # aI + S with S skew: a normal matrix
            a, S = rng.randint(-1, 1), _random(n, n, rng, wide)
            return tuple(
                tuple(flint.fmpq(a) if i == j else S[i][j] if i < j else -S[j][i] for j in range(n)) for i in range(n)
            )
        case 4:
            k, j = rng.randrange(n), rng.randrange(m)
            return tuple(tuple(ONE if (i, c) == (k, j) else ZERO for c in range(m)) for i in range(n))
        case 5:
            return tuple(tuple(flint.fmpq(rng.randint(-2, 2)) if i == j else ZERO for j in range(m)) for i in range(n))
        case _:
            return _random(n, m, rng, wide)


def _random(n: int, m: int, rng: random.Random, wide: int) -> Value:
    return tuple(tuple(flint.fmpq(rng.randint(-wide, wide)) for _ in range(m)) for _ in range(n))


def _orthogonal(n: int, rng: random.Random, plain: bool, symmetric: bool, diagonal: bool) -> Value:
    signs = [ONE if plain or rng.random() < 0.6 else -ONE for _ in range(n)]
    if diagonal or (plain and not symmetric):
        return dense.diagonal(tuple(signs))
    if symmetric:
        return _reflect(dense.diagonal(tuple(signs)), _cayley(n, rng))
    if rng.random() < 0.4:
        order = rng.sample(range(n), n)
        return tuple(tuple(signs[i] if order[i] == j else ZERO for j in range(n)) for i in range(n))
    return dense.matmul(_cayley(n, rng), dense.diagonal(tuple(signs)))


def _cayley(n: int, rng: random.Random) -> Value:
    """(I − S)(I + S)⁻¹ for a skew S."""
    S = [[ZERO] * n for _ in range(n)]
    for i in range(n):
        for j in range(i):
            S[i][j] = flint.fmpq(rng.randint(-2, 2), rng.choice((1, 1, 2)))
            S[j][i] = -S[i][j]
    skew = tuple(map(tuple, S))
    plus = dense.entrywise(lambda a, b: a + b, dense.eye(n), skew)
    minus = dense.entrywise(lambda a, b: a - b, dense.eye(n), skew)
    return dense.matmul(minus, dense.inverse(plus))


def _reflect(D: Value, Q: Value) -> Value:
    return dense.matmul(dense.matmul(Q, D), dense.transpose(Q))


def _with_eigenvalues(n: int, words: frozenset[str], symmetric: bool, rng: random.Random, plain: bool) -> Value:
    choices: tuple[Number, ...] = (ZERO, ONE) if "idempotent" in words else (ONE, -ONE)
    if {"idempotent", "involutory"} <= words or ("idempotent" in words and words & {"posdef", "invertible"}):
        choices = (ONE,)
    D = dense.diagonal(tuple(rng.choice(choices) for _ in range(n)))
    if plain or "diagonal" in words:
        return D
    if symmetric:
        return _reflect(D, _cayley(n, rng))
    S = _invertible(n, rng)
    return dense.matmul(dense.matmul(S, D), dense.inverse(S))


def _invertible(n: int, rng: random.Random) -> Value:
    """A unit lower triangular matrix times a unit upper triangular one: invertible with integer inverse."""
    lower = tuple(
        tuple(ONE if i == j else flint.fmpq(rng.randint(-1, 1)) if i > j else ZERO for j in range(n)) for i in range(n)
    )
    upper = tuple(
        tuple(ONE if i == j else flint.fmpq(rng.randint(-1, 1)) if i < j else ZERO for j in range(n)) for i in range(n)
    )
    return dense.matmul(lower, upper)


def _nilpotent(n: int, symmetric: bool, rng: random.Random) -> Value:
    if symmetric:
        return ((ZERO,) * n,) * n
    N = tuple(tuple(flint.fmpq(rng.randint(-1, 2)) if i < j else ZERO for j in range(n)) for i in range(n))
    if rng.random() < 0.5:
        return N
    S = _invertible(n, rng)
    return dense.matmul(dense.matmul(S, N), dense.inverse(S))


def _definite(n: int, words: frozenset[str], rng: random.Random, attempt: int, wide: int) -> Value:
    strict = bool(words & {"posdef", "negdef", "invertible"})
    if attempt == 0 or (attempt == 1 and strict):
        return dense.entrywise(lambda a: a * (attempt + 1), dense.eye(n))
    if attempt % 4 == 1 or "diagonal" in words:
        unit = flint.fmpq(1, 1 + attempt // 8 % 4)  # eigenvalues below 1 too
        return dense.diagonal(tuple(unit * rng.randint(int(strict), 3) for _ in range(n)))
    G = _random(rng.randint(1, n), n, rng, wide)
    gram = dense.matmul(dense.transpose(G), G)
    if not strict:
        return gram
    small = flint.fmpq(1, 1 + attempt % 3)
    return dense.entrywise(lambda a, b: small * (a + small * b), gram, dense.eye(n))


def basis(shape: tuple[int, ...], words: Collection[str]) -> list[Value]:
    """A basis of the arrays of a shape inside the linear structures among the words."""
    if not shape:
        return [ONE]
    if len(shape) == 1:
        return [tuple(ONE if i == k else ZERO for i in range(shape[0])) for k in range(shape[0])]
    n, m = shape

    def unit(places: dict[tuple[int, int], Number]) -> Value:
        return tuple(tuple(places.get((i, j), ZERO) for j in range(m)) for i in range(n))

    if "diagonal" in words:
        return [unit({(i, i): ONE}) for i in range(n)]
    if SYMMETRIC & set(words):
        return [unit({(i, j): ONE, (j, i): ONE}) for i in range(n) for j in range(i + 1)]
    if "skew" in words:
        return [unit({(i, j): ONE, (j, i): -ONE}) for i in range(n) for j in range(i)]
    return [unit({(i, j): ONE}) for i in range(n) for j in range(m)]


__all__ = ["LINEAR", "SIMPLE", "SYMMETRIC", "NoneExists", "OutsideDomain", "basis", "draw"]
