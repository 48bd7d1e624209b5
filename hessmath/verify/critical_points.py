"""Kinds of critical points: gradient and Hessian at the point exactly, and the function itself where H is singular.

A definite or indefinite Hessian decides (second-order sufficient conditions).  A singular semidefinite one does
not: then f − f(p) is looked at along curves (values of both signs make a saddle), along the valley of a direction in
which f is flat, by its lowest homogeneous part, or recognised as a sum of even powers.  What none of these settles
stays undecided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice, product
from typing import Any

import flint

from hessmath.language.tree import SYMBOL, Node
from hessmath.verify.claims import Claim, CriticalPoint
from hessmath.verify.decision import Decision
from hessmath.verify.definiteness import congruence
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.kernel import Rejected
from hessmath.verify.kernel.critical import classes, lowest_sign
from hessmath.verify.polynomials import NotPolynomial, along, around
from hessmath.verify.scalars import Number, Undecidable, rational
from hessmath.verify.valleys import valley
from hessmath.verify.verdicts import Counterexample

DIRECTIONS = 4000
"""How many lines through the point are looked at."""
CURVES = 60
"""How many curves are looked at where f is no polynomial, or all lines show one sign."""

Proof = dict[str, Any]


def decide(claim: Claim) -> Iterator[Decision]:
    """Proofs of the classification, or of another one that excludes it; the checker decides which holds."""
    if not isinstance(claim.data, CriticalPoint):
        return
    wanted, written, reasons = claim.data.classification, claim.to_json(), []
    for proof in _proofs(claim, claim.data, written):
        try:
            shown, excluded = classes(written, proof)
        except Rejected as reason:
            reasons.append(f"{proof['by']}: {reason}")
            continue
        if wanted in shown:
            yield Decision("proved", proof)
        for kind in sorted(shown, key=lambda kind: (not kind.startswith("strict"), kind)):
            note = f"the point is of kind {kind.replace('_', ' ')}"
            if kind != wanted and kind != "critical":
                yield Decision("refuted", {"shows": kind, **proof}, Counterexample(note=note))
        if wanted in excluded:
            note = f"f takes values near the point that a {wanted.replace('_', ' ')} excludes"
            yield Decision("refuted", {"shows": "critical", **proof}, Counterexample(note=note))
    raise Undecidable("; ".join(reasons[-2:]))


def _proofs(claim: Claim, data: CriticalPoint, written: Any) -> Iterator[Proof]:
    names = [name for name, _ in claim.variables]
    yield {"by": "gradient"}
    numbers = [rational(x) for x in data.point if isinstance(x, Fraction)]
    exact = len(numbers) == len(names)
    if exact:
        with evaluation_precision():
            _, hessian = derivatives(data.f, names, numbers)
        if all(isinstance(entry, flint.fmpq) for row in hessian for entry in row):
            yield {"by": "inertia", "congruence": congruence(hessian).as_json()}
    yield {"by": "minors"}
    if len(names) == 1:
        yield {"by": "sides"}
    yield {"by": "even_monomials"}
    yield {"by": "form"}
    if exact and len(names) > 1:
        yield from _by_lines(data.f, names, numbers)
    if len(names) > 1:
        for name in names:
            yield from ({"by": "valley", "variable": name, "curve": curve} for curve in valley(written, name))
        yield from _by_curves(written, len(names))


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


def _by_lines(f: Node, names: list[str], point: list[flint.fmpq]) -> Iterator[Proof]:
    """For polynomials: two lines that show both signs, among very many."""
    try:
        change = around(f, names, point)
    except NotPolynomial:
        return
    change.pop((0,) * len(names), None)
    chosen: dict[int, tuple[int, ...]] = {}
    for direction in directions(len(names)):
        terms = along(change, direction)
        if not terms:
            continue
        lowest = min(terms)
        leading = 1 if terms[lowest] > 0 else -1
        for value in (leading,) if lowest % 2 == 0 else (leading, -leading):
            chosen.setdefault(value, direction)
        if len(chosen) == 2:
            lines = list(dict.fromkeys(chosen.values()))
            yield {"by": "curves", "curves": [[[str(d)] if d else [] for d in line] for line in lines]}
            return


def _by_curves(written: Any, width: int) -> Iterator[Proof]:
    """Lines and parabolas, until values above, below or equal to f(p) are seen."""
    seen: dict[int, list[list[str]]] = {}
    for curve in islice(curves(width), CURVES):
        for side in (1, -1):
            try:
                seen.setdefault(lowest_sign(written, curve, side), curve)
            except Rejected:
                continue
        if {1, -1} <= seen.keys():
            break
    if seen:
        yield {"by": "curves", "curves": list({str(curve): curve for curve in seen.values()}.values())}


def curves(width: int) -> Iterator[list[list[str]]]:
    """Lines through the point, then parabolas in the planes of two variables."""
    for direction in islice(directions(width), 24):
        yield [[str(d)] if d else [] for d in direction]
    for bend in ("1", "-1", "3/2", "-3/2", "1/2", "-1/2", "2", "-2", "3", "-3"):
        for i, j in product(range(width), repeat=2):
            if i != j:
                yield [["1"] if k == i else ["0", bend] if k == j else [] for k in range(width)]


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
