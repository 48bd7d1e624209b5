"""Kinds of critical points: gradient and Hessian at the point exactly, and the function itself where H is singular.

A definite or indefinite Hessian decides (second-order sufficient conditions).  A singular semidefinite one does
not: then f − f(p) is looked at along lines (values of both signs make a saddle), or recognised as a sum of even
powers (a strict minimum).  What neither settles stays undecided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

import flint

from hessmath.language.tree import SYMBOL, Node
from hessmath.verify.claims import Claim, CriticalPoint
from hessmath.verify.decision import Decision
from hessmath.verify.definiteness import congruence
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.polynomials import NotPolynomial, Polynomial, along, around
from hessmath.verify.scalars import Number, Undecidable, rational, sign
from hessmath.verify.verdicts import Counterexample

DIRECTIONS = 4000
"""How many lines through the point are looked at."""


def decide(claim: Claim) -> Iterator[Decision]:
    """Proofs of the classification, or of another one that excludes it; the checker decides which holds."""
    if not isinstance(claim.data, CriticalPoint):
        return
    wanted = claim.data.classification
    for shown, proof in _classes(claim, claim.data):
        if shown == wanted:
            yield Decision("proved", proof)
        else:
            note = f"the point is of kind {shown.replace('_', ' ')}"
            yield Decision("refuted", {"shows": shown, **proof}, Counterexample(note=note))


def _classes(claim: Claim, data: CriticalPoint) -> Iterator[tuple[str, Mapping[str, Any]]]:
    names = [name for name, _ in claim.variables]
    with evaluation_precision():
        slopes, hessian = derivatives(data.f, names, [rational(x) for x in data.point])
        if _certainly_nonzero(slopes):
            yield "not_critical", {"by": "gradient"}
            return
    if all(isinstance(entry, flint.fmpq) for row in hessian for entry in row):
        yield from _by_inertia(hessian)
    try:
        change = around(data.f, names, [rational(x) for x in data.point])
    except NotPolynomial:
        return
    change.pop((0,) * len(names), None)
    yield from _by_even_monomials(change, len(names))
    yield from _by_lines(change, len(names))


def derivatives(f: Node, names: Sequence[str], point: Sequence[Number]) -> tuple[list[Number], tuple[Any, ...]]:
    """The gradient and the Hessian of a scalar formula at a point.

    Raises
    ------
    Undefined
        If f or a derivative does not exist there.
    """
    at = Point({}, dict(zip(names, point, strict=True)))
    variables = [Node(SYMBOL, value=name, shape=()) for name in names]
    first = [Node("gradient", (f, x), shape=()) for x in variables]
    hessian = tuple(tuple(at.value(Node("gradient", (g, y), shape=())) for y in variables) for g in first)
    return [at.value(g) for g in first], hessian


def _certainly_nonzero(numbers: Sequence[Number]) -> bool:
    for number in numbers:
        try:
            if sign(number) != 0:
                return True
        except Undecidable:
            continue
    return False


def _by_inertia(hessian: tuple[Any, ...]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    found = congruence(hessian)
    proof = {"by": "inertia", "congruence": found.as_json()}
    if found.positive and found.negative:
        yield "saddle", proof
    if found.zero:
        yield "degenerate", proof
    elif not found.negative:
        yield "strict_local_min", proof
        yield "local_min", proof
    elif not found.positive:
        yield "strict_local_max", proof
        yield "local_max", proof


def _by_even_monomials(change: Polynomial, width: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    signs = {c > 0 for c in change.values()}
    even = all(e % 2 == 0 for exponents in change for e in exponents)
    pure = {next(k for k, e in enumerate(x) if e) for x in change if sum(e > 0 for e in x) == 1}
    if len(signs) == 1 and even and len(pure) == width:
        extremum = "min" if signs == {True} else "max"
        yield f"strict_local_{extremum}", {"by": "even_monomials"}
        yield f"local_{extremum}", {"by": "even_monomials"}


def _by_lines(change: Polynomial, width: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    chosen: dict[int, tuple[int, ...]] = {}
    for direction in directions(width):
        terms = along(change, direction)
        if not terms:
            continue
        lowest = min(terms)
        leading = 1 if terms[lowest] > 0 else -1
        for value in (leading,) if lowest % 2 == 0 else (leading, -leading):
            chosen.setdefault(value, direction)
        if len(chosen) == 2:
            lines = list(dict.fromkeys(chosen.values()))
            yield "saddle", {"by": "lines", "directions": [[str(d) for d in line] for line in lines]}
            return


def directions(width: int) -> Iterator[tuple[int, ...]]:
    """Integer directions, the shortest first, without opposites."""
    small = range(-1, 2) if width > 4 else range(-2, 3)
    listed = islice(product(small, repeat=width), 50 * DIRECTIONS)
    ordered = sorted((d for d in listed if any(d)), key=lambda d: (sum(map(abs, d)), [-x for x in d]))
    seen: set[tuple[int, ...]] = set()
    for direction in ordered[: 2 * DIRECTIONS]:
        if tuple(-x for x in direction) not in seen:
            seen.add(direction)
            yield direction


__all__ = ["Undefined", "decide", "derivatives", "directions"]
