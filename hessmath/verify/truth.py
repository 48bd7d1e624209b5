"""Relations and predicates of exact arrays, decided exactly (or ``Undecidable`` where balls overlap)."""

from __future__ import annotations

from collections.abc import Callable

from hessmath.verify import dense
from hessmath.verify.arrays import Value, each, entries, pairwise_each
from hessmath.verify.scalars import Number, Undecidable, sign

_SIGNS: dict[str, tuple[int, ...]] = {"eq": (0,), "lt": (-1,), "le": (-1, 0), "gt": (1,), "ge": (0, 1)}


def compare(relation: str, left: Value, right: Value) -> bool:
    """Whether the relation (``eq``, ``le``, …) holds between all corresponding entries."""
    gaps = entries(pairwise_each(lambda a, b: a - b, left, right))
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
    return compare("eq", A, B)


def _definite(A: Value) -> bool:
    return dense.is_symmetric(A) and dense.inertia(A)[0] == len(A)


def semidefinite(A: Value) -> bool:
    """Whether a symmetric matrix (or a number) has no negative eigenvalue."""
    if not isinstance(A, tuple):
        return sign(A) >= 0
    return dense.is_symmetric(A) and dense.inertia(A)[1] == 0


def _gram(A: Value) -> Value:
    return dense.matmul(dense.transpose(A), A)


def _opposite(a: Number) -> Number:
    return -a


def _negative(A: Value) -> Value:
    return each(_opposite, A)


def _nilpotent(A: Value) -> bool:
    power_of_A = A
    for _ in range(len(A) - 1):
        power_of_A = dense.matmul(power_of_A, A)
    return _all_in(entries(power_of_A), (0,))


DECIDERS: dict[str, Callable[..., bool]] = {
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
    "psd": semidefinite,
    "negdef": lambda A: _definite(_negative(A)),
    "nsd": lambda A: semidefinite(_negative(A)),
    "indefinite": lambda A: dense.is_symmetric(A) and min(dense.inertia(A)[:2]) > 0,
    "fullcol": lambda A: dense.rank(A) == len(A[0]),
    "fullrow": lambda A: dense.rank(A) == len(A),
    "commute": lambda A, B: _equal(dense.matmul(A, B), dense.matmul(B, A)),
    "nonzero": lambda x: not _all_in(entries(x), (0,)),
    "positive": lambda x: _all_in(entries(x), (1,)),
    "nonneg": lambda x: _all_in(entries(x), (0, 1)),
}

PREDICATES = frozenset(DECIDERS)
"""The words that can be said of matrices, vectors and scalars."""
