"""The search for proofs of relation claims: for every size first, then for listed sizes.

A proof is data: which relations and facts combine to the claim.  Nothing here is trusted: the
checker in ``kernel`` recomputes statement, obligations and combination from the claim's own tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from hessmath.language.sizes import Shape
from hessmath.verify.claims import Claim
from hessmath.verify.search_entries import prove_at_sizes
from hessmath.verify.search_words import contradict_all_sizes, prove_all_sizes
from hessmath.verify.trees import Tree, number, tree_of, walk
from hessmath.verify.word_trees import HYPERBOLIC
from hessmath.verify.words import OutsideWords


@dataclass(frozen=True)
class Budget:
    """How much work one claim may take, in deterministic steps (monomials handled).

    ``steps`` bounds each engine, ``sizes`` are the numbers tried for every size name when no proof for
    all sizes is found.
    """

    steps: int = 150_000
    sizes: tuple[int, ...] = (1, 2, 3)


@dataclass(frozen=True)
class Proof:
    """A certificate's ``proof`` with what the verdict says about it; ``scope`` is empty without size names."""

    data: Mapping[str, Any]
    scope: str
    axioms: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotProved:
    """No proof was found, and why."""

    reason: str
    reasons: tuple[str, ...] = field(default=())


def prove_relation(claim: Claim, budget: Budget | None = None) -> Proof | NotProved:
    """A proof of a relation claim, the strongest scope first.

    Parameters
    ----------
    claim : Claim with a ``statement``; over the complex numbers the checker accepts proofs by algebra only

    Examples
    --------
    >>> from hessmath.language.sizes import Size
    >>> from hessmath.language.tree import Node
    >>> n = Size.of("n")
    >>> A = Node("var", value="A", shape=(n, n))
    >>> gram = Node("matmul", (Node("T", (A,)), A))
    >>> claim = Claim("gram", "predicate", (("A", (n, n)),), statement=Node("symmetric", (gram,)))
    >>> prove_relation(claim).scope
    'all sizes'
    """
    budget = budget or Budget()
    if claim.statement is None:
        return NotProved("the claim is not a relation")
    return prove_trees(claim, [tree_of(h) for h in claim.hypotheses], tree_of(claim.statement), budget)


def prove_vacuous(claim: Claim, budget: Budget | None = None) -> Proof | NotProved:
    """A proof that no values satisfy the hypotheses: facts that exclude each other, or 1 = 0.

    Parameters
    ----------
    claim : Claim with a ``statement`` over the reals

    Examples
    --------
    >>> from fractions import Fraction
    >>> from hessmath.language.tree import Node
    >>> t, zero = Node("var", value="t", shape=()), Node("num", value=Fraction(0), shape=())
    >>> both = (Node("gt", (t, zero)), Node("lt", (t, zero)))
    >>> claim = Claim("none", "implication", (("t", ()),), both, statement=Node("eq", (t, zero)))
    >>> prove_vacuous(claim).data["cases"][0]["contradiction"]["rule"]
    'contradiction'
    """
    budget = budget or Budget()
    hypotheses = [tree_of(h) for h in claim.hypotheses]
    if claim.field != "real" or not hypotheses:
        return NotProved("only claims over the reals with hypotheses are searched")
    try:
        case = contradict_all_sizes(claim.shapes, hypotheses, steps=budget.steps)
    except OutsideWords as error:
        case = f"no normal form for {error}"
    if not isinstance(case, str):
        return Proof({"cases": [case]}, "all sizes" if claim.size_names else "")
    found = prove_trees(claim, hypotheses, ("eq", number(1), number(0)), budget)
    if isinstance(found, NotProved):
        return NotProved(case, found.reasons)
    return Proof({"cases": [_contradicting(one) for one in found.data["cases"]]}, found.scope)


def _contradicting(case: Mapping[str, Any]) -> dict[str, Any]:
    """A case that proves 1 = 0 as a case without values.

    Where 1 = 0 was proved by cancelling a multiplier m ≠ 0, the terms sum to m, so m² > 0 is also Σ m·terms.
    """
    (goal,) = case["goals"]
    kept = {"sizes": case["sizes"], "definedness": case["definedness"]}
    if "multiplier" not in goal:
        return kept | {"contradiction": {"by": "combination", "terms": goal["terms"], "constant": "1"}}
    m = goal["multiplier"]
    square = {"fact": ["positive", ["mul", m, m]], "rule": "positive_square", "premises": [goal["nonzero"]]}
    terms = [{**term, "context": ["mul", m, term["context"]]} for term in goal["terms"]]
    contradiction: dict[str, Any] = {"fact": ["false"], "rule": "contradiction", "premises": [square]}
    return kept | {"contradiction": contradiction | {"products": [{"coef": "1", "factors": [0]}], "terms": terms}}


def prove_trees(claim: Claim, hypotheses: Sequence[Tree], statement: Tree, budget: Budget) -> Proof | NotProved:
    """``prove_relation`` for another statement about the variables and sizes of a claim."""
    variables, size_names = claim.shapes, claim.size_names
    reasons: list[str] = []
    try:
        case = prove_all_sizes(variables, hypotheses, statement, steps=budget.steps)
    except OutsideWords as error:
        reasons.append(f"all sizes: no normal form for {error}")
    else:
        if not isinstance(case, str):
            return Proof({"cases": [case]}, "all sizes" if size_names else "")
        reasons.append(f"all sizes: {case}")
    return _at_listed_sizes(claim, hypotheses, statement, budget, reasons)


def _at_listed_sizes(
    claim: Claim, hypotheses: Sequence[Tree], statement: Tree, budget: Budget, reasons: list[str]
) -> Proof | NotProved:
    """One case for every choice of sizes; the first two sizes of every name must succeed."""
    variables, size_names = claim.shapes, claim.size_names
    cases = []
    shown: list[dict[str, int]] = []
    for choice in product(budget.sizes, repeat=len(size_names)):
        sizes = dict(zip(size_names, choice, strict=True))
        needed = all(k in budget.sizes[:2] for k in choice)
        case: dict[str, Any] | str = "an array is too large to be looked at entry by entry"
        if claim.fits(sizes):
            case = _one_size(variables, hypotheses, statement, sizes, budget.steps)
        if not isinstance(case, str):
            cases.append(case)
            shown.append(sizes)
        elif needed:
            reasons.append(case)
            return NotProved("; ".join(reasons), tuple(reasons))
    return Proof({"cases": cases}, _scope(shown, size_names))


def _one_size(
    variables: Mapping[str, Shape],
    hypotheses: Sequence[Tree],
    statement: Tree,
    sizes: Mapping[str, int],
    steps: int,
) -> dict[str, Any] | str:
    case: dict[str, Any] | str = ""
    for rewriting in (False, True):
        try:
            case = prove_at_sizes(variables, hypotheses, statement, sizes, steps=steps, rewriting=rewriting)
        except OutsideWords as error:
            return f"entries: {error} is not computed"
        if not isinstance(case, str) or not _has_hyperbolic(statement):
            return case
    return case


def _has_hyperbolic(statement: Tree) -> bool:
    return any(part[0] in HYPERBOLIC for part in walk(statement))


def _scope(shown: Sequence[Mapping[str, int]], size_names: Sequence[str]) -> str:
    if not size_names:
        return ""
    if len(size_names) == 1:
        return f"sizes {size_names[0]}={', '.join(str(sizes[size_names[0]]) for sizes in shown)}"
    return "sizes " + "; ".join(", ".join(f"{name}={k}" for name, k in sizes.items()) for sizes in shown)
