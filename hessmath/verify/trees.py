"""Trees as nested tuples: the hashable twin of the JSON trees that certificates carry.

``("matmul", ("var", "A"), ("var", "x"))`` is what ``to_json`` writes, with tuples for lists.  The
searches build relations, contexts and facts from these; ``as_json`` gives the lists back.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

from hessmath.language.sizes import Shape, Size
from hessmath.language.tree import LEAVES, Node

Tree: TypeAlias = tuple[Any, ...]

HOLE: Tree = ("hole",)
ZERO: Tree = ("num", "0")
ONE: Tree = ("num", "1")


def tree_of(node: Node) -> Tree:
    """The nested tuples of a typed node."""
    if node.op in LEAVES:
        return (node.op, str(node.value))
    return (node.op, *(tree_of(arg) for arg in node.args))


def as_json(tree: Any) -> Any:
    """Lists for tuples, all the way down."""
    return [as_json(part) for part in tree] if isinstance(tree, tuple) else tree


def tuple_tree(obj: Any) -> Any:
    """Tuples for lists: the inverse of ``as_json``."""
    return tuple(tuple_tree(part) for part in obj) if isinstance(obj, list) else obj


def walk(tree: Tree) -> Iterator[Tree]:
    """Every subtree, parents before children."""
    stack = [tree]
    while stack:
        here = stack.pop()
        yield here
        stack.extend(part for part in reversed(here[1:]) if isinstance(part, tuple))


def contains(tree: Tree, part: Tree) -> bool:
    """Whether ``part`` occurs in the tree."""
    return any(here == part for here in walk(tree))


def replace(tree: Tree, old: Tree, new: Tree) -> Tree:
    """The tree with every occurrence of ``old`` replaced."""
    if tree == old:
        return new
    return tuple(replace(part, old, new) if isinstance(part, tuple) else part for part in tree)


def number(value: Fraction | int) -> Tree:
    """An exact number as a tree."""
    return ("num", str(Fraction(value)))


def var(name: str) -> Tree:
    """A declared name as a tree."""
    return ("var", name)


def add(*parts: Tree) -> Tree:
    """The sum, without needless brackets; at least one part."""
    flat: list[Tree] = []
    for part in parts:
        flat.extend(part[1:] if part[0] == "add" else (part,))
    return flat[0] if len(flat) == 1 else ("add", *flat)


def neg(part: Tree) -> Tree:
    """Minus the part."""
    if part[0] == "neg":
        return part[1]
    if part[0] == "num":
        return number(-Fraction(part[1]))
    return ("neg", part)


def mul(*parts: Tree) -> Tree:
    """The product of scalars and at most one array, without factors 1."""
    flat: list[Tree] = []
    for part in parts:
        flat.extend(part[1:] if part[0] == "mul" else (part,))
    coefficient = Fraction(1)
    rest: list[Tree] = []
    for part in flat:
        if part[0] == "num":
            coefficient *= Fraction(part[1])
        else:
            rest.append(part)
    if not rest:
        return number(coefficient)
    if coefficient == -1:
        return neg(rest[0] if len(rest) == 1 else ("mul", *rest))
    if coefficient != 1:
        rest.insert(0, number(coefficient))
    return rest[0] if len(rest) == 1 else ("mul", *rest)


def transpose(part: Tree) -> Tree:
    """The transpose of a matrix-valued tree."""
    return part[1] if part[0] == "T" else ("T", part)


def size_tree(size: Size) -> Tree:
    """A size as an integer tree.

    >>> size_tree(Size.of("n") * 2)
    ('mul', ('num', '2'), ('size', 'n'))
    """
    parts: list[Tree] = []
    for monomial, c in size.terms:
        factors = [number(c)] if c != 1 or not monomial else []
        parts.append(_product([*factors, *(("size", name) for name in monomial)]))
    if not parts:
        return ZERO
    return parts[0] if len(parts) == 1 else ("add", *parts)


def _product(factors: list[Tree]) -> Tree:
    return factors[0] if len(factors) == 1 else ("mul", *factors)


def size_of(tree: Tree) -> Size:
    """The size that an integer tree stands for.

    Raises
    ------
    ValueError
        If the tree is not built from whole numbers, size names, sums and products.
    """
    match tree:
        case ("num", text) if Fraction(text).denominator == 1:
            return Size.of(int(Fraction(text)))
        case ("size", name):
            return Size.of(name)
        case ("add", *parts):
            return sum((size_of(part) for part in parts), Size.of(0))
        case ("neg", part):
            return size_of(part) * -1
        case ("mul", *parts):
            total = Size.of(1)
            for part in parts:
                total = total * size_of(part)
            return total
    raise ValueError(f"A size is built from whole numbers and size names, but {tree} is not.")


def identity_tree(shape: Shape) -> Tree:
    """``eye(n)`` for a square shape, the number 1 for a scalar."""
    return ("eye", size_tree(shape[0])) if shape else ONE
