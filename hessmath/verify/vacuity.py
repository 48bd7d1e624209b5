"""Claims about one scalar function whose hypotheses no values satisfy.

At a point the numbers decide; on a set no model may have been found before a contradiction is looked for.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

from hessmath.verify.claims import Asymptotic, AtPoint, Claim, Convexity, CriticalPoint, replace
from hessmath.verify.decision import Decision
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.models import conditions, models
from hessmath.verify.prove import Budget, Proof, prove_vacuous
from hessmath.verify.scalars import Undecidable, rational

ATTEMPTS = 60
"""How often a point where the hypotheses hold is drawn."""


def decide(claim: Claim, budget: Budget | None = None) -> Iterator[Decision]:
    """Evidence that the claim says nothing, for the checker to accept; for limits the checker finds it itself."""
    match claim.data:
        case CriticalPoint() | AtPoint():
            yield from _false_at_point(claim, claim.data)
        case Convexity(domain=domain):
            yield from _contradictory(replace(claim, hypotheses=(*domain, *claim.hypotheses)), budget)
        case Asymptotic():
            yield from _contradictory(claim, budget)


def _false_at_point(claim: Claim, data: CriticalPoint | AtPoint) -> Iterator[Decision]:
    names = [name for name, _ in claim.variables]
    numbers = [x for x in data.point if isinstance(x, Fraction)]
    if len(numbers) < len(names):
        return
    at = Point({}, dict(zip(names, map(rational, numbers), strict=True)))
    with evaluation_precision():
        for number, hypothesis in enumerate(claim.hypotheses):
            try:
                if not at.holds(hypothesis):
                    yield Decision("vacuous", {"hypothesis": number})
            except (Undefined, Undecidable):
                continue


def _contradictory(claim: Claim, budget: Budget | None) -> Iterator[Decision]:
    if not claim.hypotheses:
        return
    with evaluation_precision():
        drawn = models(replace(claim, data=None), conditions(claim), {}, random.Random(7), ATTEMPTS)
        if any(at is not None for at, _ in drawn):
            return
    found = prove_vacuous(claim, budget)
    if isinstance(found, Proof):
        yield Decision("vacuous", found.data)
