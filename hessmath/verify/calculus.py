"""Claims about one point, limits and expansions.

For rational functions the trusted checker computes the answer itself (difference quotients, leading exponents),
so a decider has only to say which way to look: along which direction the slopes differ, at which numbers an
expansion fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice, product
from typing import Any

from hessmath.language import free_names
from hessmath.verify.claims import Asymptotic, AtPoint, Claim, Limit
from hessmath.verify.critical_points import directions
from hessmath.verify.decision import Decision
from hessmath.verify.scalars import Undecidable
from hessmath.verify.verdicts import Counterexample

RATIONAL: dict[str, Any] = {"by": "rational"}


def decide(claim: Claim) -> Iterator[Decision]:
    """Certificates to try, in order; the first that the checker accepts is the verdict."""
    match claim.data:
        case AtPoint(mixed=None):
            yield from _differentiability(claim, claim.data)
        case AtPoint() | Limit():
            yield Decision("proved", RATIONAL)
            yield Decision("refuted", RATIONAL, Counterexample(note="computed exactly"))
            if isinstance(claim.data, Limit) and claim.hypotheses:
                yield Decision("vacuous", RATIONAL)
        case Asymptotic(variable=variable, to=to):
            if any(variable in free_names(hypothesis) for hypothesis in claim.hypotheses):
                raise Undecidable(
                    f"the hypotheses restrict {variable}, but an expansion is decided on both sides of {to} only: "
                    f"state them about the other variables"
                )
            yield Decision("proved", {**RATIONAL, "definedness": []})
            yield from _failures(claim, claim.data)


def _differentiability(claim: Claim, data: AtPoint) -> Iterator[Decision]:
    """Smooth at the point; or slopes on two sides differ; or mixed derivatives do."""
    names = [name for name, _ in claim.variables]
    negative = data.claim.startswith("not ")
    yes, no = ("refuted", "proved") if negative else ("proved", "refuted")
    yield Decision(yes, {"by": "smooth"}, Counterexample(note="f is smooth there"))
    for direction in islice(directions(len(names)), 30):
        shown = f"the slopes on the two sides differ along ({', '.join(map(str, direction))})"
        yield Decision(no, {"by": "sides", "direction": [str(d) for d in direction]}, Counterexample(note=shown))
    for pair in combinations(names, 2):
        shown = f"the mixed derivatives by {pair[0]} and {pair[1]} differ"
        yield Decision(no, {"by": "mixed", "variables": list(pair)}, Counterexample(note=shown))


def _failures(claim: Claim, data: Asymptotic) -> Iterator[Decision]:
    """Numbers for the other variables at which the difference is of lower order."""
    others = [name for name, _ in claim.variables if name != data.variable]
    for numbers in islice(product(("1", "2", "-1"), repeat=len(others)), 9):
        values = dict(zip(others, numbers, strict=True))
        yield Decision("refuted", {**RATIONAL, "values": values}, Counterexample({}, values))
