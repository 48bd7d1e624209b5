"""Hypotheses that contradict each other: 1 = 0 follows, or a sum of positive products vanishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hessmath.verify.claims import Claim
from hessmath.verify.decision import Decision
from hessmath.verify.obligations import obligations
from hessmath.verify.search_words import WordSearch
from hessmath.verify.setting import Equation, Setting
from hessmath.verify.trees import number, tree_of
from hessmath.verify.words import OutOfSteps, OutsideWords


def decide(claim: Claim, steps: int) -> Iterator[Decision]:
    """Certificates that no values satisfy the hypotheses, for every size.

    Examples
    --------
    >>> from hessmath.verify.reading import read_claim
    >>> [found.verdict for found in decide(read_claim("x == 2", x="", hypotheses=["x > 1", "x < 0"]), 10_000)]
    ['vacuous']
    """
    if claim.field != "real":
        return
    try:
        for found in _contradictions(claim, steps):
            yield Decision("vacuous", {"cases": [found]})
    except (OutsideWords, OutOfSteps):
        return


def _contradictions(claim: Claim, steps: int) -> Iterator[dict[str, Any]]:
    hypotheses = [tree_of(h) for h in claim.hypotheses]
    setting = Setting(claim.shapes, hypotheses, unsymmetric=set(), max_steps=steps)
    search = WordSearch(setting)
    setting.bring_schemas()
    needed = [need for hypothesis in setting.hypotheses for need in obligations(hypothesis, setting.shape)]
    definedness = search.definedness(needed)
    if isinstance(definedness, str):
        return
    case = {"sizes": "all", "definedness": definedness}
    fact = search.prover.contradiction()
    if fact is not None:
        yield case | {"contradiction": {**fact, "fact": ["false"]}}
    goal = search.goal(Equation(number(1), number(0)))
    if goal is not None and goal.get("by") == "combination" and "multiplier" not in goal:
        yield case | {"contradiction": {"by": "combination", "terms": goal["terms"], "constant": "1"}}
