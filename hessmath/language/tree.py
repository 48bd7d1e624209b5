"""The one syntax tree of hessmath: formulas, claims and answers are read into it and nothing else.

A node is an operation with arguments, a number, or a name.  The operations are the rows of
``vocabulary.py`` under their canonical names; aliases are resolved while reading.  Subtraction is
``add`` with ``neg``, so that sums and products are flat.  ``to_json`` gives the form that
certificates carry and that the trusted checker reads without this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hessmath.language.sizes import Shape

NUMBER, SYMBOL, SIZE, BOUND = "num", "var", "size", "bound"
"""Leaves: an exact number, a declared name, a size used as a number, the variable of a lambda."""

LEAVES = frozenset({NUMBER, SYMBOL, SIZE, BOUND})


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of a formula.

    ``op`` is a leaf kind or a canonical operation name, ``value`` the content of a leaf,
    ``shape`` its typed sizes (``None`` for cases, rows, lambdas and relations), ``column`` (from 1) where
    it stood in the text.  Equality and hash ignore where a node stood.
    """

    op: str
    args: tuple[Node, ...] = ()
    value: Fraction | str | None = None
    shape: Shape | None = field(default=None, compare=False)
    column: int = field(default=0, compare=False)

    def walk(self) -> Iterator[Node]:
        """Every node of the tree, parents before children, without recursion."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.args))


def to_json(node: Node) -> list[Any]:
    """The tree as nested lists: ``["num", "1/10"]``, ``["var", "A"]``, ``["matmul", …, …]``."""
    if node.op in LEAVES:
        return [node.op, str(node.value)]
    return [node.op, *(to_json(arg) for arg in node.args)]
