"""Signs of a symmetric matrix of rational numbers, with the congruence that shows them.

Symmetric elimination gives M with M A Mᵀ diagonal; by Sylvester's law the signs on that diagonal are the
signs of the eigenvalues of A.  A zero pivot is replaced by another diagonal entry, or else made nonzero by
adding one row and column to another.  Exact; 50×50 in well under a second.

References
----------
Horn & Johnson (2013), Matrix Analysis, 2nd ed., section 4.5 (Sylvester's law of inertia).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import flint

from hessmath.language.tree import Node
from hessmath.verify.claims import Claim
from hessmath.verify.decision import Decision
from hessmath.verify.dense import Matrix, is_symmetric
from hessmath.verify.evaluate import Point
from hessmath.verify.verdicts import Counterexample

WORDS = ("posdef", "psd", "negdef", "nsd", "indefinite")


@dataclass(frozen=True)
class Congruence:
    """An invertible integer M (rows as text) and how many signs of M A Mᵀ are positive, negative, zero."""

    rows: tuple[tuple[str, ...], ...]
    positive: int
    negative: int
    zero: int

    def as_json(self) -> list[list[str]]:
        """M as certificates carry it."""
        return [list(row) for row in self.rows]

    def shows(self, word: str) -> bool:
        """Whether these signs make the matrix positive definite, indefinite and so on."""
        return {
            "posdef": not self.negative and not self.zero,
            "psd": not self.negative,
            "negdef": not self.positive and not self.zero,
            "nsd": not self.positive,
            "indefinite": self.positive > 0 and self.negative > 0,
        }[word]


def congruence(A: Matrix) -> Congruence:
    """The inertia of a symmetric rational matrix with its certificate.

    Examples
    --------
    >>> zero, one = flint.fmpq(0), flint.fmpq(1)
    >>> found = congruence(((zero, one), (one, zero)))
    >>> found.positive, found.negative, found.zero
    (1, 1, 0)
    """
    n = len(A)
    rows = [list(row) for row in A]
    moves = [[flint.fmpq(int(i == j)) for j in range(n)] for i in range(n)]

    def add(target: int, source: int, factor: flint.fmpq) -> None:
        """Row and column ``target`` += factor · row and column ``source``; M's row alike."""
        rows[target] = [a + factor * b for a, b in zip(rows[target], rows[source], strict=True)]
        for row in rows:
            row[target] = row[target] + factor * row[source]
        moves[target] = [a + factor * b for a, b in zip(moves[target], moves[source], strict=True)]

    left = list(range(n))
    while left:
        pivot = next((i for i in left if rows[i][i] != 0), None)
        if pivot is None:
            pair = next(((i, j) for i in left for j in left if rows[i][j] != 0), None)
            if pair is None:
                break
            pivot = pair[0]
            add(pivot, pair[1], flint.fmpq(1))  # the new diagonal entry is 2·A[i, j]
        left.remove(pivot)
        for i in left:
            if rows[i][pivot] != 0:
                add(i, pivot, -rows[i][pivot] / rows[pivot][pivot])
    signs = [(rows[i][i] > 0) - (rows[i][i] < 0) for i in range(n)]
    return Congruence(tuple(map(_integers, moves)), signs.count(1), signs.count(-1), signs.count(0))


def _integers(row: list[flint.fmpq]) -> tuple[str, ...]:
    """A positive multiple of the row with integer entries."""
    scale = flint.fmpz(1)
    for entry in row:
        scale = scale.lcm(entry.q)
    return tuple(str((entry * scale).p) for entry in row)


def literal_matrix(statement: Node | None) -> Matrix | None:
    """The matrix of numbers that a definiteness word is said of, if the statement is of this form."""
    if statement is None or statement.op not in WORDS:
        return None
    if any(node.op not in ("block", "row", "num", *WORDS) for node in statement.walk()):
        return None
    matrix: Matrix = Point({}, {}).value(statement.args[0])
    return matrix


def is_about_numbers(claim: Claim) -> bool:
    """Whether a definiteness word is said of a matrix of real numbers, some of them irrational."""
    return claim.statement is not None and claim.statement.op in WORDS and not claim.variables and not claim.hypotheses


def decide_numbers(claim: Claim) -> Iterator[Decision]:
    """Definiteness from the signs of minors, which the checker computes."""
    yield Decision("proved", {"cases": [{"sizes": {}, "definedness": [], "goals": [{"by": "numbers"}]}]})
    yield Decision("refuted", {"sizes": {}, "values": {}}, Counterexample(note="by the signs of its minors"))


def decide(claim: Claim, matrix: Matrix) -> Iterator[Decision]:
    """Whether the matrix of a definiteness claim has the property."""
    assert claim.statement is not None
    word = claim.statement.op
    if not is_symmetric(matrix):
        yield Decision("refuted", {"sizes": {}, "values": {}}, Counterexample(note="the matrix is not symmetric"))
        return
    found = congruence(matrix)
    if found.shows(word):
        goal = {"by": "inertia", "congruence": found.as_json()}
        yield Decision("proved", {"cases": [{"sizes": {}, "definedness": [], "goals": [goal]}]})
        return
    signs = f"{found.positive} positive, {found.negative} negative, {found.zero} zero eigenvalues"
    yield Decision("refuted", {"sizes": {}, "values": {}}, Counterexample(note=signs))
