"""What is left where neither a proof nor a counterexample was found: evidence, with its figures.

Two kinds.  An equation between rational functions of the entries is evaluated modulo a prime p at random points, at
sizes beyond those of the search for counterexamples: where it is false it holds at such a point with probability at
most (degree)/p (Schwartz 1980, Zippel 1979).  Everything else is evaluated at random exact models of the hypotheses,
exactly or in balls.  Neither is a proof, and the verdict is ``Tested``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flint

from hessmath.language.tree import SYMBOL, Node
from hessmath.verify.arrays import entries, pairwise_each
from hessmath.verify.claims import Claim
from hessmath.verify.counterexamples import sampled_models
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.models import Conditions, conditions
from hessmath.verify.scalars import Number, OutsideDomain, Undecidable, primal
from hessmath.verify.verdicts import Tested

PRIME = 2**61 - 1

SIZES, POINTS = (4, 5), 3
"""The sizes at which equations are evaluated modulo p, and how many points at each."""

LEAST, MOST, STEPS = 8, 90, 60_000
"""How many models must confirm a claim, how many are tried, and the budget in visited nodes."""

_CLOSE = flint.arb(2) ** -80

_LINEAR = frozenset({"symmetric", "skew", "diagonal"})
_GENERIC = frozenset({"invertible", "fullcol", "fullrow", "nonzero", "positive", "nonneg"})
_DEFINITE = frozenset({"posdef", "psd", "negdef", "nsd"})


def decide(claim: Claim) -> Tested | None:
    """The evidence for a relation claim over the reals, or None where there is none."""
    if claim.statement is None or claim.field != "real" or not claim.variables:
        return None
    at_models = _at_models(claim, claim.statement)
    if at_models is None:
        return None
    found = [text for text in (_modulo_prime(claim, claim.statement), at_models) if text]
    return Tested("; ".join(found)) if found else None


# ---- modulo a prime -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Residue:
    """A number modulo ``PRIME``; its only order is "0 or not", as elimination needs it."""

    value: Any

    def _of(self, other: Number) -> Any:
        return other.value if isinstance(other, Residue) else other

    def __add__(self, other: Number) -> Residue:
        return Residue(self.value + self._of(other))

    __radd__ = __add__

    def __sub__(self, other: Number) -> Residue:
        return Residue(self.value - self._of(other))

    def __rsub__(self, other: Number) -> Residue:
        return Residue(self._of(other) - self.value)

    def __mul__(self, other: Number) -> Residue:
        return Residue(self.value * self._of(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Residue:
        return Residue(self.value / self._of(other))

    def __rtruediv__(self, other: Number) -> Residue:
        return Residue(self._of(other) / self.value)

    def __neg__(self) -> Residue:
        return Residue(-self.value)

    def __gt__(self, other: int) -> bool:
        return not self.is_zero()

    def __lt__(self, other: int) -> bool:
        return False

    def is_zero(self) -> bool:
        """Whether it is 0."""
        return bool(self.value == 0)


class _NoDegree(Exception):
    """The expression is no rational function that is known here."""


def _modulo_prime(claim: Claim, statement: Node) -> str:
    known = conditions(claim)
    words = set().union(*known.words.values())
    if statement.op != "eq" or known.equations or known.inequalities or not words <= _LINEAR | _GENERIC | _DEFINITE:
        return ""
    if len(claim.hypotheses) != sum(map(len, known.words.values())) or not claim.size_names:
        return ""
    rng = random.Random(20250521)
    worst = 0
    try:
        for size in SIZES:
            sizes = dict.fromkeys(claim.size_names, size)
            if not claim.fits(sizes):
                return ""
            worst = max(worst, _degree_of_gap(statement, sizes))
            for _ in range(POINTS):
                if not _holds_modulo_prime(claim, statement, known, sizes, rng):
                    return ""
    except (_NoDegree, Undecidable, Undefined, OutsideDomain, ZeroDivisionError, TypeError, AttributeError):
        return ""
    where = ", ".join(str(size) for size in SIZES)
    error = (worst / PRIME) ** POINTS
    return (
        f"holds modulo 2⁶¹ − 1 at {POINTS} random points of size {where} each (error below {error:.0e} at these sizes)"
    )


def _holds_modulo_prime(
    claim: Claim, statement: Node, known: Conditions, sizes: dict[str, int], rng: random.Random
) -> bool:
    values = {name: _residues(shape, known.words[name], rng) for name, shape in claim.with_shapes_at(sizes).items()}
    at = Point(sizes, values)
    left, right = (at.value(side) for side in statement.args)
    return all(_is_zero(gap) for gap in entries(pairwise_each(lambda a, b: a - b, left, right)))


def _is_zero(value: Number) -> bool:
    value = primal(value)
    return value.is_zero() if isinstance(value, Residue) else bool(flint.nmod(0, PRIME) + value == 0)


def _residues(shape: tuple[int, ...], words: frozenset[str], rng: random.Random) -> Any:
    """A random array inside the linear structure among the words."""

    def number() -> Residue:
        return Residue(flint.nmod(rng.randrange(1, PRIME), PRIME))

    if not shape:
        return number()
    if len(shape) == 1:
        return tuple(number() for _ in range(shape[0]))
    n, m = shape
    rows = [[number() for _ in range(m)] for _ in range(n)]
    zero = Residue(flint.nmod(0, PRIME))
    for i in range(n):
        for j in range(m):
            if "diagonal" in words and i != j:
                rows[i][j] = zero
            elif words & ({"symmetric"} | _DEFINITE) and j < i:
                rows[i][j] = rows[j][i]
            elif "skew" in words:
                rows[i][j] = zero if i == j else rows[i][j] if j > i else -rows[j][i]
    return tuple(map(tuple, rows))


def _degree_of_gap(statement: Node, sizes: dict[str, int]) -> int:
    """The degree of the numerator of left − right, at most."""
    (n1, d1), (n2, d2) = (_degrees(side, Point(sizes, {})) for side in statement.args)
    return max(n1 + d2, n2 + d1)


def _degrees(node: Node, at: Point) -> tuple[int, int]:
    """Bounds for the degrees of numerators and of a common denominator of an array's entries."""
    if node.op == SYMBOL:
        return 1, 0
    if node.op in _CONSTANTS:
        return 0, 0
    if node.op in _ENTRYWISE:
        return _degrees(node.args[0], at)
    if node.op in ("mpow", "pow"):
        n, d = _degrees(node.args[0], at)
        if node.op == "mpow" and at.integer(node.args[1]) < 0:
            n, d = _inverse(n, d, node.args[0], at)
        exponent = abs(at.integer(node.args[1]))
        return (max(n, d) * exponent,) * 2 if node.op == "pow" else (n * exponent, d * exponent)
    if node.op in _RULES:
        return _RULES[node.op](node, at)
    raise _NoDegree(node.op)


def _sum(node: Node, at: Point) -> tuple[int, int]:
    n, d = 0, 0
    for arg in node.args:
        n1, d1 = _degrees(arg, at)
        n, d = max(n + d1, n1 + d), d + d1
    return n, d


def _product(node: Node, at: Point) -> tuple[int, int]:
    parts = [_degrees(arg, at) for arg in node.args]
    return sum(n for n, _ in parts), sum(d for _, d in parts)


def _quotient(node: Node, at: Point) -> tuple[int, int]:
    (n1, d1), (n2, d2) = (_degrees(arg, at) for arg in node.args)
    if node.args[1].shape:  # each entry has a denominator of its own
        raise _NoDegree("div")
    return n1 + d2, d1 + n2


def _order(node: Node, at: Point) -> int:
    return node.shape[0].at(at.sizes) if node.shape else 1


def _inverse(n: int, d: int, matrix: Node, at: Point) -> tuple[int, int]:
    k = _order(matrix, at)
    return d + (k - 1) * n, k * n


def _power_of(times: Callable[[int], int]) -> Callable[[Node, Point], tuple[int, int]]:
    def degrees(node: Node, at: Point) -> tuple[int, int]:
        n, d = _degrees(node.args[0], at)
        k = times(_order(node.args[0], at))
        return k * n, k * d

    return degrees


_CONSTANTS = frozenset({"num", "size", "eye", "zeros", "ones", "commutation"})
_ENTRYWISE = frozenset({"neg", "T", "trace", "sum", "diag", "diagvec", "diagpart", "vec", "index"})
_RULES: dict[str, Callable[[Node, Point], tuple[int, int]]] = {
    "add": _sum,
    "block": _sum,
    "row": _sum,
    **dict.fromkeys(("mul", "matmul", "had", "kron", "outer"), _product),
    "div": _quotient,
    "inv": lambda node, at: _inverse(*_degrees(node.args[0], at), node.args[0], at),
    "det": _power_of(lambda k: k),
    "adj": _power_of(lambda k: k - 1),
    "nsq": _power_of(lambda k: 2),
}


# ---- at models ----------------------------------------------------------------------------------------


def _at_models(claim: Claim, statement: Node) -> str | None:
    """Words on the models where the claim holds, "" where too few tell; None if one speaks against it."""
    exact = close = steps = 0
    with evaluation_precision():
        for at in sampled_models(claim, MOST):
            try:
                if not at.holds(statement):
                    return None
                exact += 1
            except Undefined:
                return None
            except Undecidable:
                close += _agrees(at, statement)
            steps += at.steps
            if steps > STEPS:
                return ""
    if exact + close < LEAST:
        return ""
    digits = f", to 24 digits at {close}" if close else ""
    return f"holds exactly at {exact} random models of the hypotheses{digits}, at sizes up to 3"


def _agrees(at: Point, statement: Node) -> bool:
    """Whether both sides of an equation are equal up to 2⁻⁸⁰."""
    if statement.op != "eq":
        return False
    try:
        left, right = (at.value(side) for side in statement.args)
        gaps = entries(pairwise_each(lambda a, b: a - b, left, right))
        return all(bool(abs(flint.arb(primal(gap))) < _CLOSE) for gap in gaps)
    except (Undecidable, Undefined):
        return False
