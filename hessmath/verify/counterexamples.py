"""Exact search for counterexamples: sizes 1, 2, 3, smallest first, then the smallest numbers.

A point where every hypothesis holds exactly refutes the claim when the claim is false there, and shows it
ill-posed when some subexpression of it has no value there.  Not finding such a point proves nothing.
The search is deterministic: its own generator, and a budget counted in visited nodes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import flint

from hessmath.language.tree import Node, to_json
from hessmath.language.vocabulary import DERIVATIVES
from hessmath.verify.claims import Claim
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.models import Conditions, Plan, completed, conditions, models
from hessmath.verify.scalars import ONE, ZERO, Number, Undecidable
from hessmath.verify.verdicts import Counterexample

LARGEST = 3
"""Sizes are tried from 1 up to this."""

BUDGET = 60_000
"""Visited nodes of trees, hypotheses and claim together."""


CANDIDATES = 8
"""How many points where a claim is false are kept, in case the checker cannot evaluate the first."""


@dataclass(frozen=True)
class Search:
    """What the search found: ``refuted``, ``ill_posed`` or nothing (``outcome`` empty), and what it cost."""

    outcome: str = ""
    counterexample: Counterexample | None = None
    proof: Mapping[str, Any] | None = None
    undefined: Node | None = None
    models: int = 0
    steps: int = 0


def search(claim: Claim, budget: int = BUDGET) -> Search:
    """Look for a point where the hypotheses hold and the claim is false or undefined.

    An undefined point outranks a false one: a claim that can be undefined is ill-posed, whatever algebra says.

    Examples
    --------
    >>> from hessmath.verify.reading import claim_from_text
    >>> found = search(claim_from_text("A @ B == B @ A", A="n n", B="n n"))
    >>> found.outcome, found.counterexample.sizes
    ('refuted', {'n': 2})
    """
    return next(searches(claim, budget))


def searches(claim: Claim, budget: int = BUDGET) -> Iterator[Search]:
    """The first points found, for when the checker cannot evaluate one of them; at the end one without outcome."""
    if claim.statement is None:
        yield Search()
        return
    with evaluation_precision():
        yield from _search(claim, claim.statement, budget)


def assignments(names: tuple[str, ...], limit: int = 30) -> list[dict[str, int]]:
    """Choices of sizes in order of their sum, each size varied by itself; a long list is cut, keeping 2…2 and 3…3."""
    choices = sorted(product(range(1, LARGEST + 1), repeat=len(names)), key=lambda sizes: (sum(sizes), sizes))
    if len(choices) > limit:
        square = [(2,) * len(names), (LARGEST,) * len(names)]
        choices = choices[: limit - 2] + [sizes for sizes in square if sizes not in choices[: limit - 2]]
    return [dict(zip(names, sizes, strict=True)) for sizes in choices]


def _search(claim: Claim, statement: Node, budget: int) -> Iterator[Search]:
    known = conditions(claim)
    rng = random.Random(20250521)
    steps = tried = 0
    false: list[tuple[Point, Plan]] = []
    for at, way in _stream(claim, known, rng):
        steps += 1 if at is None else at.steps
        if steps > budget:
            break
        if at is None:
            continue
        tried += 1
        before = at.steps
        outcome = _judge(at, statement)
        steps += at.steps - before
        if outcome == "ill_posed":
            yield _report(claim, known, statement, (at, way), outcome, tried, steps)
            false.clear()
            break
        if outcome == "refuted" and len(false) < CANDIDATES:
            if not false:
                budget = min(budget, 3 * steps + budget // 8)  # a look further for undefined points
            false.append((at, way))
    for found in false:
        yield _report(claim, known, statement, found, "refuted", tried, steps)
    yield Search(models=tried, steps=steps)


def sampled_models(claim: Claim, total: int) -> Iterator[Point]:
    """Points where the hypotheses hold, from about as many attempts, spread over all sizes."""
    known, rng = conditions(claim), random.Random(20250521)
    choices = [sizes for sizes in assignments(claim.size_names) if claim.fits(sizes)]
    for sizes in choices:
        attempts = max(3, total // len(choices))
        yield from (at for at, _ in models(claim, known, sizes, rng, attempts) if at is not None)


def _stream(claim: Claim, known: Conditions, rng: random.Random) -> Iterator[tuple[Point | None, Plan]]:
    choices = assignments(claim.size_names)
    attempts = max(16, 240 // len(choices))
    for sizes in filter(claim.fits, choices):
        yield from models(claim, known, sizes, rng, attempts)


def _judge(at: Point, statement: Node) -> str:
    """``holds``, ``refuted``, ``ill_posed``, or ``unknown`` where balls cannot tell."""
    try:
        return "holds" if at.holds(statement) else "refuted"
    except Undefined:
        return "ill_posed"
    except Undecidable:
        return "unknown"


def _report(
    claim: Claim, known: Conditions, statement: Node, found: tuple[Point, Plan], outcome: str, tried: int, steps: int
) -> Search:
    at = simplest(claim, known, found[1], found[0], lambda point: _judge(point, statement) == outcome)
    values = {name: _written(at.values[name]) for name, _ in claim.variables}
    proof: dict[str, Any] = {"sizes": dict(at.sizes), "values": values}
    undefined = None
    if outcome == "ill_posed":
        undefined = _undefined_part(at, statement)
        proof["undefined"] = to_json(undefined)
    return Search(outcome, Counterexample(dict(at.sizes), values), proof, undefined, tried, steps)


def _undefined_part(at: Point, statement: Node) -> Node:
    """A part without a value: one outside derivatives where there is one, since it is easier to check."""
    for side in statement.args:
        if side.op not in DERIVATIVES:
            try:
                at.value(side)
            except Undefined as undefined:
                return undefined.node
            except Undecidable:
                continue
    try:
        at.holds(statement)
    except Undefined as undefined:
        return undefined.node
    raise AssertionError("the point was chosen because the claim is undefined there")


def simplest(claim: Claim, known: Conditions, way: Plan, at: Point, still: Callable[[Point], bool]) -> Point:
    """The same kind of point with as many zeros and as small numbers as greedy replacement reaches."""
    best, price, improved, trials = at, _price(at), True, 0
    while improved and trials < 400:
        improved = False
        for values in _simpler(claim, known, best):
            trials += 1
            other = completed(claim, known, way, best.sizes, values)
            if other is not None and _price(other) < price and still(other):
                best, price, improved = other, _price(other), True
                break
            if trials >= 400:
                break
    return best


def _price(at: Point) -> int:
    return sum(_cost(value) for value in at.values.values())


def _cost(value: Any) -> int:
    if isinstance(value, tuple):
        return sum(map(_cost, value))
    if not isinstance(value, flint.fmpq):
        return 1000
    if value == 0:
        return 0
    return int(abs(value.p)) + 3 * int(value.q - 1) + int(value < 0)


def _simpler(claim: Claim, known: Conditions, at: Point) -> Iterator[dict[str, Any]]:
    for name, _ in claim.variables:
        value = at.values[name]
        if not isinstance(value, tuple):
            for number in _smaller(value):
                yield {**at.values, name: number}
        elif not isinstance(value[0], tuple):
            yield {**at.values, name: (ZERO,) * len(value)}
            for i, entry in enumerate(value):
                for number in _smaller(entry):
                    yield {**at.values, name: (*value[:i], number, *value[i + 1 :])}
        else:
            yield from ({**at.values, name: matrix} for matrix in _simpler_matrices(value, known.words[name]))


def _simpler_matrices(A: Any, words: frozenset[str]) -> Iterator[Any]:
    n, m = len(A), len(A[0])
    yield ((ZERO,) * m,) * n
    yield tuple(tuple(ONE if i == j else ZERO for j in range(m)) for i in range(n))
    mirrored = n == m and all(A[i][j] == A[j][i] for i in range(n) for j in range(i))
    opposed = n == m and "skew" in words
    for i, j in product(range(n), range(m)):
        for number in _smaller(A[i][j]):
            places = {(i, j): number}
            if mirrored:
                places[j, i] = number
            elif opposed:
                places[j, i] = -number
            yield tuple(tuple(places.get((r, c), A[r][c]) for c in range(m)) for r in range(n))


def _smaller(x: Number) -> list[Number]:
    if not isinstance(x, flint.fmpq):
        return []
    options = [flint.fmpq(v) for v in (0, 1, -1, 2, -2, 3)] + [flint.fmpq(1, 2), flint.fmpq(x.p // x.q)]
    return [option for option in options if _cost(option) < _cost(x)]


def _written(value: Any) -> Any:
    """Exact values as certificates carry them: nested lists of text."""
    if isinstance(value, tuple):
        return [_written(entry) for entry in value]
    if not isinstance(value, flint.fmpq):
        raise Undecidable("a counterexample must be rational")
    return str(value)
