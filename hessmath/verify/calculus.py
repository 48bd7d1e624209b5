"""Claims about one point, limits and expansions.

The trusted checker computes the answers itself (expansions, difference quotients), so a decider has only to say which
way to look: along which direction the slopes differ, at which numbers an expansion fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice, product
from typing import Any

from hessmath.language import free_names
from hessmath.verify.claims import Asymptotic, AtPoint, Claim, Limit
from hessmath.verify.critical_points import directions
from hessmath.verify.decision import Decision
from hessmath.verify.kernel import Rejected
from hessmath.verify.kernel.limits import limit_reached
from hessmath.verify.scalars import Undecidable
from hessmath.verify.verdicts import Counterexample

DEPTHS = (2, 8, 16)
"""How many terms of an expansion are kept, at first and at last."""


def decide(claim: Claim) -> Iterator[Decision]:
    """Certificates to try, in order; the first that the checker accepts is the verdict."""
    match claim.data:
        case AtPoint(mixed=None):
            yield from _differentiability(claim, claim.data)
        case AtPoint():
            for by in ("smooth", "rational"):
                yield from _either({"by": by})
        case Limit():
            yield from _limit(claim)
        case Asymptotic(variable=variable, to=to):
            if any(variable in free_names(hypothesis) for hypothesis in claim.hypotheses):
                raise Undecidable(
                    f"the hypotheses restrict {variable}, but an expansion is decided on both sides of {to} only: "
                    f"state them about the other variables"
                )
            yield Decision("proved", {"by": "rational", "definedness": []})
            depth = max(8, claim.data.order + 4)
            yield Decision("proved", {"by": "series", "definedness": [], "depth": min(depth, 30)})
            yield from _failures(claim, claim.data, min(depth, 30))


def _limit(claim: Claim) -> Iterator[Decision]:
    reason = ""
    for depth in DEPTHS:
        proof = {"by": "series", "depth": depth}
        try:
            reached = limit_reached(claim.to_json(), proof)
        except Rejected as rejected:
            reason = str(rejected)
            continue
        verdict = "vacuous" if not reached else "proved" if all(reached) else "refuted"
        yield Decision(verdict, proof, Counterexample(note="computed exactly"))
        return
    raise Undecidable(reason)


def _either(proof: dict[str, Any]) -> Iterator[Decision]:
    yield Decision("proved", proof)
    yield Decision("refuted", proof, Counterexample(note="computed exactly"))


def _differentiability(claim: Claim, data: AtPoint) -> Iterator[Decision]:
    """Smooth at the point; or differentiable by rules; or slopes or second differences contradict it."""
    names = [name for name, _ in claim.variables]
    negative = data.claim.startswith("not ")
    yes, no = ("refuted", "proved") if negative else ("proved", "refuted")
    yield Decision(yes, {"by": "smooth"}, Counterexample(note="f is smooth there"))
    if len(names) == 1:
        proof = {"by": "line", "direction": ["1"]}
        yield Decision(yes, proof, Counterexample(note="the expansions on the two sides agree"))
        yield Decision(no, proof, Counterexample(note="the expansions on the two sides differ"))
        return
    yield Decision(yes, {"by": "orders"}, Counterexample(note="f is differentiable there by the rules for orders"))
    listed = [[str(d) for d in direction] for direction in islice(directions(len(names)), 12)]
    for direction in listed:
        shown = f"the behaviour on the two sides differs along ({', '.join(direction)})"
        yield Decision(no, {"by": "line", "direction": direction}, Counterexample(note=shown))
    pairs = [list(pair) for pair in islice(combinations(listed, 2), 6)]
    for pair in pairs:
        note = Counterexample(note="the slopes are not additive in the direction")
        yield Decision(no, {"by": "sum", "directions": pair}, note)
    if "twice" not in data.claim:
        return
    for pair in pairs:
        note = Counterexample(note="the second differences are no quadratic form of the direction")
        yield Decision(no, {"by": "parallelogram", "directions": pair}, note)
    for offset, direction in product(listed[:8], listed[:4]):
        note = Counterexample(note="f is not differentiable at points arbitrarily near")
        yield Decision(no, {"by": "nearby", "offset": offset, "direction": direction}, note)
    for first, second in combinations(names, 2):
        note = Counterexample(note=f"the mixed derivatives by {first} and {second} differ")
        yield Decision(no, {"by": "mixed", "variables": [first, second]}, note)


def _failures(claim: Claim, data: Asymptotic, depth: int) -> Iterator[Decision]:
    """Numbers for the other variables at which the difference is of lower order."""
    others = [name for name, _ in claim.variables if name != data.variable]
    for numbers in islice(product(("1", "2", "-1"), repeat=len(others)), 9):
        values = dict(zip(others, numbers, strict=True))
        yield Decision("refuted", {"by": "rational", "values": values}, Counterexample({}, values))
        yield Decision("refuted", {"by": "series", "values": values, "depth": depth}, Counterexample({}, values))
