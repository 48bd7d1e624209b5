"""Blocks of two rows and columns: sums, multiples, transposes and products as one block, with the terms of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hessmath.language.sizes import Size
from hessmath.verify.fact_trees import Term
from hessmath.verify.setting import Setting
from hessmath.verify.trees import (
    HOLE,
    Tree,
    add,
    as_json,
    identity_tree,
    mul,
    neg,
    number,
    size_tree,
    transpose,
    tuple_tree,
)

Cells = tuple[Tree, Tree, Tree, Tree]
Found = tuple[Cells, list[Term]]
"""tree = block(cells) + Σ terms."""


class Blocks:
    """Reads trees as blocks in one setting."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def block(self, tree: Tree) -> Found | None:
        """A tree as one block."""
        match tree:
            case ("block", ("row", A, B), ("row", C, D)) if all(len(self.setting.shape(X)) == 2 for X in (A, B, C, D)):
                return (A, B, C, D), []
            case ("T", inner):
                found = self.block(inner)
                return found and self._turned(*found)
            case ("neg", inner):
                found = self.block(inner)
                return found and self._scaled(number(-1), *found)
            case ("mul", *parts):
                arrays = [part for part in parts if self.setting.shape(part)]
                found = self.block(arrays[0]) if len(arrays) == 1 else None
                return found and self._scaled(mul(*(part for part in parts if not self.setting.shape(part))), *found)
            case ("add", *parts):
                return self._joined(parts, self._sum, "add")
            case ("matmul", *parts):
                return self._joined(parts, self._product, "matmul")
        return None

    def split(self, tree: Tree, like: Found) -> Found | None:
        """An identity or zero matrix as a block cut like another."""
        A, B, C, D = like[0]
        shape = self.setting.shape
        if tree[0] == "eye" and len(set(shape(A))) == len(set(shape(D))) == 1:
            cells = identity_tree(shape(A)), _zeros(shape(B)), _zeros(shape(C)), identity_tree(shape(D))
            relation = ("block_eye", cells[0], cells[3])
            return cells, [_term(relation, neg(HOLE))]
        if tree[0] == "zeros":
            zeros = tuple(_zeros(shape(cell)) for cell in (A, B, C, D))
            cells = (zeros[0], zeros[1], zeros[2], zeros[3])
            return cells, [_term(("block_scale", number(0), *cells), HOLE)]
        return None

    def _turned(self, cells: Cells, terms: list[Term]) -> Found:
        A, B, C, D = cells
        made = transpose(A), transpose(C), transpose(B), transpose(D)
        inside = [_wrapped(term, lambda hole: ("T", hole)) for term in terms]
        return made, [*inside, _term(("block_T", A, B, C, D), HOLE)]

    def _scaled(self, c: Tree, cells: Cells, terms: list[Term]) -> Found:
        A, B, C, D = (mul(c, cell) for cell in cells)
        inside = [_wrapped(term, lambda hole: mul(c, hole)) for term in terms]
        return (A, B, C, D), [*inside, _term(("block_scale", c, *cells), HOLE)]

    def _joined(self, parts: Sequence[Tree], join: Any, op: str) -> Found | None:
        found = self.block(parts[0])
        for k in range(1, len(parts)):
            other = self.block(parts[k])
            if found is None and other is not None and k == 1:
                found = self.split(parts[0], other)
            if other is None and found is not None:
                other = self.split(parts[k], found)
            if found is None or other is None:
                return None
            (first, left), (second, right) = found, other
            block = _block(first)
            if op == "matmul" and not self._fit(first, second):
                return None
            factor = parts[k]
            before, after = left, right
            if op == "matmul":
                before = [_wrapped(term, lambda hole, f=factor: (op, hole, f)) for term in left]
                after = [_wrapped(term, lambda hole, b=block: (op, b, hole)) for term in right]
            cells, relation = join(first, second)
            found = cells, [*before, *after, _term(relation, HOLE)]
        return found

    def _fit(self, first: Cells, second: Cells) -> bool:
        shape = self.setting.shape
        return shape(first[0])[1] == shape(second[0])[0] and shape(first[1])[1] == shape(second[2])[0]

    def _sum(self, first: Cells, second: Cells) -> tuple[Cells, tuple[Any, ...]]:
        A, B, C, D = (add(a, b) for a, b in zip(first, second, strict=True))
        return (A, B, C, D), ("block_add", *first, *second)

    def _product(self, first: Cells, second: Cells) -> tuple[Cells, tuple[Any, ...]]:
        (A, B, C, D), (P, Q, R, S) = first, second
        cells = (
            add(_matmul([A, P]), _matmul([B, R])),
            add(_matmul([A, Q]), _matmul([B, S])),
            add(_matmul([C, P]), _matmul([D, R])),
            add(_matmul([C, Q]), _matmul([D, S])),
        )
        return cells, ("block_mul", *first, *second)


def _matmul(parts: Sequence[Tree]) -> Tree:
    return parts[0] if len(parts) == 1 else ("matmul", *parts)


def _block(cells: Cells) -> Tree:
    return ("block", ("row", *cells[:2]), ("row", *cells[2:]))


def _zeros(shape: Sequence[Size]) -> Tree:
    return ("zeros", *map(size_tree, shape))


def _term(relation: tuple[Any, ...], context: Tree) -> Term:
    return {"relation": as_json(relation), "context": as_json(context)}


def _wrapped(term: Term, around: Any) -> Term:
    return {**term, "context": as_json(around(tuple_tree(term["context"])))}
