"""Equations because only one thing has the property: inverses, pseudo-inverses, square roots, blocks cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hessmath.verify.blocks import Blocks
from hessmath.verify.fact_trees import Fact, Term
from hessmath.verify.laws import law
from hessmath.verify.setting import Equation, difference
from hessmath.verify.trees import HOLE, Tree, as_json, identity_tree, neg, transpose, walk
from hessmath.verify.words import OutsideWords

if TYPE_CHECKING:
    from hessmath.verify.search_words import WordSearch


class Uniqueness:
    """The search for one goal; ``search`` proves the equations that are left."""

    def __init__(self, search: WordSearch) -> None:
        self.search = search
        self.setting = search.setting

    def goal(self, goal: Equation) -> dict[str, Any] | None:
        """The goal by a law, or None."""
        if self.search.nested >= 2:
            return None
        self.search.nested += 1
        try:
            for left, right, sign in ((goal.left, goal.right, 1), (goal.right, goal.left, -1)):
                for route in (self._inverse, self._pseudoinverse, self._root, self._semidefinite_root):
                    with suppress(OutsideWords):
                        found = route(left, right)
                        if found is not None:
                            return _combination(found, sign)
            return self._opposite(goal) or self.cells(goal)
        finally:
            self.search.nested -= 1

    def vanishing(self, left: Tree, right: Tree) -> list[Term] | None:
        """The terms of left − right, by everything the search can do."""
        with suppress(OutsideWords):
            found = self.search.goal(Equation(left, right))
            if found is not None and found["by"] == "combination" and "multiplier" not in found:
                terms: list[Term] = found["terms"]
                return terms
        return None

    def _all(self, *equations: tuple[Tree, Tree]) -> list[list[Term]] | None:
        zeros = []
        for left, right in equations:
            terms = self.vanishing(left, right)
            if terms is None:
                return None
            zeros.append(terms)
        return zeros

    def _inverse(self, left: Tree, right: Tree) -> tuple[Any, ...] | None:
        if left[0] != "inv" or not self.setting.shape(left):
            return None
        A = left[1]
        zeros = self._all((("matmul", right, A), identity_tree(self.setting.shape(A))))
        return None if zeros is None else law("inv_unique", [], (A, right), zeros)

    def _pseudoinverse(self, left: Tree, X: Tree) -> tuple[Any, ...] | None:
        if left[0] != "pinv":
            return None
        A = left[1]
        AX, XA = ("matmul", A, X), ("matmul", X, A)
        laws = ((("matmul", AX, A), A), (("matmul", XA, X), X), (transpose(AX), AX), (transpose(XA), XA))
        zeros = self._all(*laws)
        return None if zeros is None else law("pinv_unique", [], (A, X), zeros)

    def _root(self, left: Tree, right: Tree) -> tuple[Any, ...] | None:
        """a = b from a² = b² and a, b ≥ 0."""
        if self.setting.shape(left):
            return None
        signs = self._facts("nonneg", left, right)
        if signs is None:
            return None
        zeros = self._all((_square(left), _square(right)))
        return None if zeros is None else law("nonneg_root", signs, (), zeros)

    def _semidefinite_root(self, left: Tree, right: Tree) -> tuple[Any, ...] | None:
        if len(shape := self.setting.shape(left)) != 2 or shape[0] != shape[1]:
            return None
        signs = self._facts("psd", left, right)
        if signs is None:
            return None
        zeros = self._all((("matmul", left, left), ("matmul", right, right)))
        return None if zeros is None else law("psd_root", signs, (), zeros)

    def _facts(self, predicate: str, *about: Tree) -> list[Fact] | None:
        return self.search.prover.all((predicate, tree) for tree in about)

    def _opposite(self, goal: Equation) -> dict[str, Any] | None:
        """a = b from a ≤ b and b ≤ a."""
        shape = self.setting.shape(goal.left)
        predicate = "nonneg" if not shape else "psd"
        if len(shape) == 1 or len(set(shape)) > 1:
            return None
        gaps = difference(goal.left, goal.right), difference(goal.right, goal.left)
        signs = self._facts(predicate, *gaps)
        return _combination(law(f"{predicate}_antisymmetry", signs, (), [[]]), 1) if signs else None

    def cells(self, goal: Equation) -> dict[str, Any] | None:
        """Blocks, once products of blocks are multiplied out."""
        trees = (goal.left, goal.right)
        if not any(part[0] == "block" for tree in trees for part in walk(tree)):
            return None
        blocks = Blocks(self.setting)
        found = [blocks.block(tree) for tree in trees]
        if found[0] is None and found[1] is not None:
            found[0] = blocks.split(trees[0], found[1])
        if found[1] is None and found[0] is not None:
            found[1] = blocks.split(trees[1], found[0])
        if found[0] is None or found[1] is None:
            return None
        (first, left), (second, right) = found[0], found[1]
        if [self.setting.shape(cell) for cell in first] != [self.setting.shape(cell) for cell in second]:
            return None
        zeros = self._all(*zip(first, second, strict=True))
        if zeros is None:
            return None
        relation = law("block_cells", [], (*first, *second), zeros)
        turned = [{**term, "context": ["neg", term["context"]]} for term in right]
        return {"by": "combination", "terms": [*left, *turned, {"relation": as_json(relation), "context": ["hole"]}]}


def _square(tree: Tree) -> Tree:
    match tree:
        case ("normF" | "norm2", X):
            return ("nsq", X)
        case ("sqrt", s):
            return s
        case ("mul", *parts):
            return ("mul", *map(_square, parts))
    return ("mul", tree, tree)


def _combination(relation: Sequence[Any], sign: int) -> dict[str, Any]:
    context = HOLE if sign > 0 else neg(HOLE)
    return {"by": "combination", "terms": [{"relation": as_json(tuple(relation)), "context": as_json(context)}]}
