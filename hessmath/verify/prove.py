"""The search for proofs of relation claims: for every size first, then for listed sizes.

A proof is data: which relations and facts combine to the claim.  Nothing here is trusted: the
checker in ``kernel`` recomputes statement, obligations and combination from the claim's own tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hessmath.language.sizes import Shape
from hessmath.verify.claims import Claim
from hessmath.verify.search_words import prove_all_sizes
from hessmath.verify.trees import Tree, tree_of
from hessmath.verify.words import OutsideWords


@dataclass(frozen=True)
class Budget:
    """How much work one claim may take, in deterministic steps (monomials handled).

    ``steps`` bounds each engine, ``sizes`` are the numbers tried for every size name when no proof for
    all sizes is found.
    """

    steps: int = 300_000
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
    claim : Claim with a ``statement`` over the reals

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
    if claim.field != "real":
        return NotProved("only claims over the reals are searched")
    return prove_trees(
        claim.shapes, [tree_of(h) for h in claim.hypotheses], tree_of(claim.statement), claim.size_names, budget
    )


def prove_trees(
    variables: Mapping[str, Shape],
    hypotheses: Sequence[Tree],
    statement: Tree,
    size_names: Sequence[str],
    budget: Budget,
) -> Proof | NotProved:
    """``prove_relation`` for a claim given by its trees."""
    reasons: list[str] = []
    try:
        case = prove_all_sizes(variables, hypotheses, statement, steps=budget.steps)
    except OutsideWords as error:
        reasons.append(f"all sizes: no normal form for {error}")
    else:
        if not isinstance(case, str):
            return Proof({"cases": [case]}, "all sizes" if size_names else "")
        reasons.append(f"all sizes: {case}")
    return NotProved("; ".join(reasons), tuple(reasons))
