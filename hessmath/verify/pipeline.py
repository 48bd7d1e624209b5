"""The way from a claim to its verdict.

In this order: do the shapes fit; is there an exact counterexample, or a point where the claim is undefined;
is there a proof for every size, or for listed sizes.  Every certificate goes through the trusted checker before
a verdict is given: what the checker rejects is undecided, whatever the search believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from hessmath.language import to_text
from hessmath.verify import calculus, convexity, critical_points, definiteness, kernel, tested, vacuity
from hessmath.verify.claims import Claim
from hessmath.verify.counterexamples import BUDGET, Search, searches
from hessmath.verify.decision import Decision
from hessmath.verify.evaluate import Undefined
from hessmath.verify.prove import Budget, Proof, prove_relation, prove_vacuous
from hessmath.verify.scalars import Undecidable
from hessmath.verify.verdicts import (
    Certificate,
    Counterexample,
    IllPosed,
    Proved,
    Refuted,
    Undecided,
    Vacuous,
    Verdict,
    whole,
)

_REJECTED = "the trusted checker rejects"
_UNFOLLOWED = "a point where the claim fails was found, but the checker cannot follow its evaluation"

FORMAT = "hessmath-certificate-1"


@dataclass
class _Cost:
    steps: int = 0
    tried: int = 0


def check(claim: Claim, budget: Budget | None = None) -> Verdict:
    """The verdict on a claim; of a claim that is several, the weakest of theirs, with all of them in ``parts``.

    Parameters
    ----------
    claim : Claim
    budget : how much work the proofs may take, counted in steps, so that the verdict is the same everywhere

    Examples
    --------
    >>> from hessmath.verify.reading import read_claim
    >>> check(read_claim("trace(A @ B) == trace(B @ A)", A="n m", B="m n")).scope
    'all sizes'
    >>> print(check(read_claim("A @ B == B @ A", A="n n", B="n n")).counterexample)
    n = 2, A = [[0, 0], [0, 1]], B = [[0, 1], [0, 0]]
    """
    if claim.steps:
        return whole(claim, [check(part, budget) for part in claim.steps])
    start, cost = perf_counter(), _Cost()
    try:
        verdict = _decided(claim, budget, cost)
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        # a fault of a search proves nothing and must not keep other claims from being settled
        verdict = Undecided(f"a search failed, which is a fault of hessmath: {type(error).__name__}: {error}")
    return _priced(verdict, claim, cost, perf_counter() - start)


def _priced(verdict: Verdict, claim: Claim, cost: _Cost, seconds: float) -> Verdict:
    import dataclasses

    return dataclasses.replace(verdict, claim=claim, steps=cost.steps, seconds=seconds)


def _decided(claim: Claim, budget: Budget | None, cost: _Cost) -> Verdict:
    if claim.misfit:
        return IllPosed(claim.misfit)
    if claim.beyond:
        return Undecided(claim.beyond)
    if claim.data is not None and claim.field != "real":
        return Undecided(f"a {type(claim.data).__name__} claim is about real variables, but its field is {claim.field}")
    if claim.data is not None and not claim.fits({}):
        return Undecided("an array in the claim is too large to be looked at entry by entry")
    reasons: list[str] = []
    try:
        for decision in _decisions(claim, budget, cost, reasons):
            verdict = _accepted(claim, decision, reasons)
            if verdict is not None:
                return verdict
    except Undefined as undefined:
        return Undecided(f"{to_text(undefined.node)} has no value at the point")
    except Undecidable as reason:
        reasons.append(str(reason))
    doubtful = any(reason.startswith((_UNFOLLOWED, _REJECTED)) for reason in reasons)
    evidence = None if doubtful else tested.decide(claim)
    return Undecided(_last(reasons, claim)) if evidence is None else evidence


def _last(reasons: list[str], claim: Claim) -> str:
    listed = list(dict.fromkeys(reason for reason in reasons if reason))
    return "; ".join(listed[-3:]) or f"no decider knows claims of kind {claim.kind} with this formula"


def _decisions(claim: Claim, budget: Budget | None, cost: _Cost, reasons: list[str]) -> Iterator[Decision]:
    """Evidence for verdicts, from the deciders in order."""
    if claim.data is not None:
        yield from vacuity.decide(claim, budget)
        yield from critical_points.decide(claim)
        yield from convexity.decide(claim, budget)
        yield from calculus.decide(claim)
        return
    matrix = definiteness.literal_matrix(claim.statement)
    if matrix is not None:
        yield from definiteness.decide(claim, matrix)
        return
    if definiteness.is_about_numbers(claim):
        yield from definiteness.decide_numbers(claim)
    fails = False
    for found in searches(claim, BUDGET):
        cost.steps, cost.tried = found.steps, found.models
        if found.proof is not None:
            fails = True
            yield _from_search(found)
    if fails:
        reasons.append(_UNFOLLOWED)
        return
    if not found.models and claim.hypotheses:
        empty = prove_vacuous(claim, budget)
        if isinstance(empty, Proof):
            yield Decision("vacuous", empty.data)
    proof = prove_relation(claim, budget)
    if isinstance(proof, Proof):
        yield Decision("proved", proof.data)
        return
    if claim.field == "real" and not any(shape for _, shape in claim.variables) and _equations(claim):
        yield Decision("proved", {"by": "calculus"})
    reasons.append(proof.reason)
    reasons.append(f"no counterexample among {found.models} exact models at sizes up to 3")


def _equations(claim: Claim) -> bool:
    """Whether the claim is an equation, or several."""
    statement = claim.statement
    parts = statement.args if statement is not None and statement.op == "and" else (statement,)
    return all(part is not None and part.op == "eq" for part in parts)


def _from_search(found: Search) -> Decision:
    assert found.proof is not None
    missing = f"{to_text(found.undefined)} can be undefined" if found.undefined is not None else ""
    return Decision(found.outcome, found.proof, found.counterexample, missing)


def _accepted(claim: Claim, decision: Decision, reasons: list[str]) -> Verdict | None:
    """The verdict, once the trusted checker has accepted its certificate; else None, and the reason is noted."""
    data = {"format": FORMAT, "claim": claim.to_json(), "verdict": decision.verdict, "proof": decision.proof}
    data = json.loads(json.dumps(data))  # the checker sees what a file would hold
    try:
        statement = kernel.check(data)
    except kernel.Rejected as reason:
        reasons.append(f"{_REJECTED} the {decision.verdict} certificate: {reason}")
        return None
    certificate = Certificate({**data, "axioms": list(statement.axioms)})
    known: dict[str, Any] = {"scope": statement.scope, "axioms": tuple(statement.axioms), "statement": statement.text}
    shown = decision.shown or Counterexample()
    match decision.verdict:
        case "proved":
            return Proved(certificate, **known)
        case "refuted":
            return Refuted(shown, certificate, **known)
        case "ill_posed":
            return IllPosed(decision.missing, shown, certificate, **known)
        case _:
            return Vacuous(certificate, **known)
