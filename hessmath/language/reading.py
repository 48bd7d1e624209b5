"""The front of the language: text or JSON in, a typed tree out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from hessmath.errors import FormulaError, InputError
from hessmath.language.bounds import MAX_LEVELS, MAX_NODES
from hessmath.language.grammar import untyped
from hessmath.language.sizes import Shape, Size
from hessmath.language.tokenizer import is_name, shortened
from hessmath.language.tree import LEAVES, NUMBER, SYMBOL, Node
from hessmath.language.typing import MAX_SIZE, typed
from hessmath.language.vocabulary import CALLABLE, CONSTANT_SPELLINGS, COUNTS

Declared = Shape | Sequence[str | int | Size]

_NUMBER = re.compile(r"-?[0-9]+(/[0-9]+)?")

_NOT_VARIABLES = frozenset({"oo", "inf", "nan"}) | frozenset(CONSTANT_SPELLINGS) | CALLABLE
"""Names that a formula whose variables are not declared cannot have as variables."""


def parse(text: str, variables: Mapping[str, Declared] | None = None, *, sizes: Iterable[str] = ()) -> Node:
    """A claim or expression as a typed tree.

    Parameters
    ----------
    text : the grammar of docs/claims.md
    variables : name → sizes: ``()`` scalar, ``("n",)`` vector, ``("n", "m")`` matrix
    sizes : size names that no variable has

    Raises
    ------
    FormulaError
        If the text cannot be read, with the column.
    ShapeError
        If parts do not fit each other, with their shapes.

    Examples
    --------
    >>> tree = parse("x @ A @ x", {"A": ["n", "n"], "x": ["n"]})
    >>> tree.op, tree.shape
    ('matmul', ())
    >>> parse("A @ x", {"A": ["n", "m"], "x": ["n"]})
    Traceback (most recent call last):
    ...
    hessmath.errors.ShapeError: `A @ x` (column 3): the inner sizes must agree, but the sides are (n, m) and (n,).
    """
    shapes = _shapes(variables or {})
    return typed(untyped(text), shapes, {*sizes, *_size_names(shapes)}, text)


def parse_formula(text: str, names: Sequence[str] | None = None) -> Node:
    """A scalar formula; with no names given, those in the text are its variables.

    Examples
    --------
    >>> free_names(parse_formula("100*(y - x**2)**2 + (1 - x)**2"))
    ('x', 'y')
    """
    tree = untyped(text)
    if names is None:
        shapes = dict.fromkeys(_found(tree), ())
    else:
        shapes = dict.fromkeys(names, ())
    result = typed(tree, shapes, (), text)
    if result.shape is None:
        raise FormulaError(f"A formula is a value such as x**2, but {shortened(text)!r} is a relation.", text)
    if result.shape:
        raise FormulaError(f"A formula has one number as its value, but {shortened(text)!r} is an array.", text)
    return result


def free_names(node: Node) -> tuple[str, ...]:
    """The declared names that occur, sorted."""
    return tuple(sorted({str(part.value) for part in node.walk() if part.op == SYMBOL}))


def with_shapes(node: Node, variables: Mapping[str, Declared], *, sizes: Iterable[str] = ()) -> Node:
    """The same tree typed again for other declarations."""
    shapes = _shapes(variables)
    return typed(node, shapes, {*sizes, *_size_names(shapes)})


def from_json(data: Any) -> Node:
    """The tree that ``to_json`` wrote, without shapes (see :func:`with_shapes`).

    Raises
    ------
    FormulaError
        If the data is not a tree, has an operation that does not exist, or is too large or too deep.
    """
    return _node(data, 1, [0])


def _node(data: Any, level: int, count: list[int]) -> Node:
    count[0] += 1
    if level > MAX_LEVELS or count[0] > MAX_NODES:
        raise FormulaError("This tree is too large or nested too deeply to be read.")
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise FormulaError(f"A tree is a list that begins with an operation, but this is {str(data)[:60]!r}.")
    op, *rest = data
    if op in LEAVES:
        if len(rest) != 1 or not isinstance(rest[0], str) or len(rest[0]) > 1000:
            raise FormulaError(f"A leaf is [kind, text], but this is {str(data)[:60]!r}.")
        if op != NUMBER:
            if not is_name(rest[0]):
                raise FormulaError(f"{rest[0][:60]!r} is not a name.")
            return Node(op, value=rest[0])
        try:
            # Only digits: Fraction would read 1e999999999 too, and compute it.
            return Node(NUMBER, value=Fraction(rest[0] if _NUMBER.fullmatch(rest[0]) else "nan"))
        except (ValueError, ZeroDivisionError):
            raise FormulaError(f"{rest[0][:60]!r} is not an exact number.") from None
    if op not in COUNTS:
        raise FormulaError(f"There is no operation {op[:60]!r}.")
    least, most = COUNTS[op]
    if len(rest) < least or (most is not None and len(rest) > most):
        raise FormulaError(f"The operation {op} cannot have {len(rest)} arguments.")
    return Node(op, tuple(_node(arg, level + 1, count) for arg in rest))


def _shapes(variables: Mapping[str, Declared]) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    for name, declared in variables.items():
        if not is_name(name):
            raise InputError(f"{str(name)[:60]!r} cannot be the name of a variable.")
        if isinstance(declared, str):
            raise InputError(f"The sizes of {name} must be a list such as ['n', 'm'], but are {declared!r}.")
        if len(declared) > 2:
            raise InputError(f"{name} has {len(declared)} sizes, but scalars, vectors and matrices have 0, 1 or 2.")
        shapes[name] = tuple(_declared_size(name, size) for size in declared)
    return shapes


def _declared_size(name: str, size: str | int | Size) -> Size:
    if isinstance(size, Size):
        return size
    if isinstance(size, bool) or not (isinstance(size, int) or is_name(size)):
        raise InputError(f"A size of {name} is {str(size)[:60]!r}, but a size is a name such as n or a number.")
    if isinstance(size, int) and not 1 <= size <= MAX_SIZE:
        raise InputError(f"A size of {name} is {size}, but sizes are at least 1 and at most {MAX_SIZE:,}.")
    return Size.of(size)


def _size_names(shapes: Mapping[str, Shape]) -> set[str]:
    return {name for shape in shapes.values() for size in shape for name in size.names}


def _found(tree: Node) -> list[str]:
    """The names of an untyped tree that are not constants, functions or variables of lambdas."""
    bound = {str(node.args[0].value) for node in tree.walk() if node.op == "lambda"}
    named = {str(node.value) for node in tree.walk() if node.op == SYMBOL}
    return sorted(named - bound - _NOT_VARIABLES)
