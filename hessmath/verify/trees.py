"""Trees as nested tuples: the hashable twin of the JSON trees that certificates carry.

``("matmul", ("var", "A"), ("var", "x"))`` is what ``to_json`` writes, with tuples for lists.  The
searches build relations, contexts and facts from these; ``as_json`` gives the lists back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from hessmath.language.sizes import Shape, Size
from hessmath.language.tree import LEAVES, Node

Tree: TypeAlias = tuple[Any, ...]

HOLE: Tree = ("hole",)
ZERO: Tree = ("num", "0")
ONE: Tree = ("num", "1")


def tree_of(node: Node) -> Tree:
    """The nested tuples of a typed node.

    An even power of a Euclidean norm is a power of the sum of squares, and x ⊗ y of vectors is vec(y xᵀ).

    >>> tree_of(Node("pow", (Node("norm2", (Node("var", value="x"),)), Node("num", value=Fraction(4)))))
    ('pow', ('nsq', ('var', 'x')), ('num', '2'))
    """
    if node.op in LEAVES:
        return (node.op, str(node.value))
    if node.op == "kron" and node.shape is not None and len(node.shape) == 1:
        return ("vec", ("outer", tree_of(node.args[1]), tree_of(node.args[0])))
    if node.op == "pow" and node.args[0].op in ("norm2", "normF") and node.args[1].op == "num":
        half = Fraction(str(node.args[1].value)) / 2
        if half.denominator == 1 and 0 < half < 32:
            square = ("nsq", tree_of(node.args[0].args[0]))
            return square if half == 1 else ("pow", square, number(half))
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


def shape_of(tree: Tree, variables: Mapping[str, Shape]) -> Shape:
    """The shape of an expression over declared variables.

    Raises
    ------
    ValueError
        If the tree is not an expression.
    """
    op, args = tree[0], tree[1:]
    if op == "var":
        return variables[args[0]]
    if op in {"eye", "zeros", "ones", "K"}:
        sizes = tuple(size_of(arg) for arg in args)
        return sizes * 2 if op == "eye" else (sizes[0] * sizes[1],) * 2 if op == "K" else sizes
    if op in SCALAR_VALUED or not args:
        return ()
    if op == "psum":
        return shape_of(args[0][2], variables)
    if op == "block":
        return _block_shape(args, variables)
    if op == "Piecewise":
        return shape_of(args[0][1], variables)
    shapes = [shape_of(arg, variables) for arg in args if isinstance(arg, tuple)]
    first = shapes[0] if shapes else ()
    match op:
        case "matmul":
            for right in shapes[1:]:
                first = first[:-1] + right[1:]
            return first
        case "T" | "pinv":
            return first[::-1]
        case "diagvec" | "eigs" | "gradient_diag":
            return (shapes[-1] if op == "gradient_diag" else first)[:1]
        case "diag":
            return first * 2
        case "kron":
            return tuple(a * b for a, b in zip(first, shapes[1], strict=True))
        case "outer" | "jacobian":
            return first + shapes[1]
        case "vec":
            return (first[0] * first[1],)
        case "gradient" | "gradient_sym":
            return shapes[1]
        case "hessian":
            total = Size.of(1)
            for size in shapes[1]:
                total = total * size
            return (total, total) if shapes[1] else ()
        case "dirderiv" | "dirderiv2" | "mpow" | "inv" | "adj" | "expm" | "diagpart" | "eigQ" | "eigL":
            return first
    return max(shapes, key=len, default=())


SCALAR_VALUED = frozenset(
    "num size bound index det trace rank lmin lmax norm2 nsq normF norm1 norminf normmax "
    "nspec nnuc sum logsumexp pi E".split()
)


def _block_shape(rows: Sequence[Tree], variables: Mapping[str, Shape]) -> Shape:
    one = Size.of(1)
    cells = [[shape_of(cell, variables) or (one, one) for cell in row[1:]] for row in rows]
    height, width = Size.of(0), Size.of(0)
    for row in cells:
        height = height + row[0][0]
    for cell in cells[0]:
        width = width + cell[1]
    return (height, width)


def at_sizes(tree: Tree, sizes: Mapping[str, int], bound: Mapping[str, int] | None = None) -> Tree:
    """The tree with numbers for size names and every psum with known bounds written out.

    Raises
    ------
    ValueError
        If a psum has bounds that are not numbers, or more than 400 terms.
    """
    bound = bound or {}
    match tree:
        case ("size", name):
            return number(sizes[name]) if name in sizes else tree
        case ("bound", name):
            return number(bound[name]) if name in bound else tree
        case ("psum", ("lambda", ("bound", name), body), low, high):
            first, last = (size_of(at_sizes(end, sizes, bound)).known for end in (low, high))
            if first is None or last is None or last - first > 400:
                raise ValueError("a psum needs bounds that are numbers")
            terms = [at_sizes(body, sizes, {**bound, name: k}) for k in range(first, last + 1)]
            return add(*terms) if terms else ZERO
    return tuple(at_sizes(part, sizes, bound) if isinstance(part, tuple) else part for part in tree)
