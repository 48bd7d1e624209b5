"""Facts as certificates write them, and what every search for facts can do.

A FACT says that a predicate holds of an expression, by a rule of the trusted checker from premises
(facts again), data (trees) and terms (relations that make up the difference).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from hessmath.verify.trees import Tree, as_json, number, tuple_tree

Fact = dict[str, Any]
Term = dict[str, Any]


def fact(
    predicate: str,
    tree: Tree,
    rule: str,
    premises: Sequence[Fact] = (),
    *,
    data: Sequence[Tree] = (),
    terms: Sequence[Term] = (),
    zeros: Sequence[Sequence[Term]] = (),
) -> Fact:
    """A FACT; empty parts are left out, and sums and products of several premises are joined two at a time."""
    joined = _JOINED.get(rule)
    if joined is not None and len(premises) > 2:
        *first, last = premises
        inside = (joined, *(tuple_tree(premise["fact"][1]) for premise in first))
        premises = [fact(predicate, inside, rule, first), last]
    made: Fact = {"fact": [predicate, as_json(tree)], "rule": rule}
    if premises:
        made["premises"] = list(premises)
    if data:
        made["data"] = [as_json(part) for part in data]
    if terms:
        made["terms"] = list(terms)
    if zeros:
        made["zeros"] = [list(part) for part in zeros]
    return made


def restated(predicate: str, tree: Tree, known: Fact, terms: Sequence[Term]) -> Fact | None:
    """The same fact about an expression that differs from the known one by relations: 1 · known."""
    if not terms:
        return {**known, "fact": [predicate, as_json(tree)]}
    if predicate not in _ONE_TIMES:
        return None
    rule, sign = _ONE_TIMES[predicate]
    one = fact(sign, number(1), "number")
    return fact(predicate, tree, rule, [one, known], terms=terms)


_ONE_TIMES = {
    "posdef": ("posdef_scale", "positive"),
    "psd": ("psd_scale", "nonneg"),
    "invertible": ("invertible_scale", "nonzero"),
    "positive": ("positive_mul", "positive"),
    "nonneg": ("nonneg_mul", "nonneg"),
    "nonzero": ("nonzero_mul", "nonzero"),
}

_JOINED = {
    **dict.fromkeys(("psd_add", "posdef_add", "nonneg_add", "positive_add"), "add"),
    **dict.fromkeys(("nonneg_mul", "positive_mul", "nonzero_mul"), "mul"),
    "invertible_mul": "matmul",
}


class FactSearch(ABC):
    """Backward search: a goal is split by rules until hypotheses remain."""

    @abstractmethod
    def prove(self, predicate: str, tree: Tree) -> Fact | None:
        """A proof that the predicate holds of the expression, or None when none was found."""

    def all(self, goals: Iterable[tuple[str, Tree]]) -> list[Fact] | None:
        """Proofs of all goals, or None as soon as one fails."""
        proofs = []
        for predicate, tree in goals:
            found = self.prove(predicate, tree)
            if found is None:
                return None
            proofs.append(found)
        return proofs

    def derived(
        self, predicate: str, tree: Tree, rule: str, *goals: tuple[str, Tree], data: Sequence[Tree] = ()
    ) -> Fact | None:
        """The fact by one rule, once its premises are proved."""
        premises = self.all(goals)
        return None if premises is None else fact(predicate, tree, rule, premises, data=data)
