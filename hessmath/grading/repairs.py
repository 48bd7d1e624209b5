"""A wrong answer with one thing put right: what the answer would be without one slip.

For answers that are right in many ways (bases, factorisations, sets of values) no list of wrong truths is complete,
but the answer itself can be repaired: if it becomes right when one sign is changed, that sign was the slip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import sympy

from hessmath.grading import edits
from hessmath.grading.answers import Items, Parts, Scalar, Value

MAX_LEAVES = 20
"""Entries of an answer that are changed one by one."""

Path = tuple[Any, ...]


def repaired(value: Value) -> Iterator[tuple[str, Value]]:
    """The answer with one edit undone, as (name of the slip, answer).

    Examples
    --------
    >>> from hessmath.grading.answers import read
    >>> [name for name, _ in repaired(read("[1, -2]", {}).value)][:3]
    ['sign', 'factor_two', 'factor_two']
    """
    places = list(_leaves(value))[:MAX_LEAVES]
    for name, factor in (("sign", -1), ("factor_two", 2), ("factor_two", sympy.Rational(1, 2))):
        changed = value
        for path, leaf in places:
            changed = _with(changed, path, _scaled(leaf, factor))
        yield name, changed
    yield from _transposed(value)
    yield from _in_one_leaf("sign_of_a_term", value, places)
    yield from _swapped(value)
    yield from _in_one_leaf("factor_in_a_term", value, places)


def size(value: Value) -> int:
    """How many operations, numbers and names an answer has, at least 1."""
    return max(1, sum(sum(1 for _ in leaf.tree.walk()) for _, leaf in _leaves(value)))


def _in_one_leaf(name: str, value: Value, places: list[tuple[Path, Scalar]]) -> Iterator[tuple[str, Value]]:
    for path, leaf in places:
        if leaf.value != 0:
            for edited in edits.PARTS[name](leaf.value, ()):
                yield name, _with(value, path, replace(leaf, value=edited))


def without_one(value: Value) -> Iterator[Value]:
    """The answer without one of its items."""
    if isinstance(value, Items) and len(value.items) > 1:
        for k in range(min(len(value.items), MAX_LEAVES)):
            yield replace(value, items=(*value.items[:k], *value.items[k + 1 :]))


def _scaled(leaf: Scalar, factor: Any) -> Scalar:
    return replace(leaf, value=leaf.value * factor)


def _leaves(value: Value, path: Path = ()) -> Iterator[tuple[Path, Scalar]]:
    if isinstance(value, Scalar):
        yield path, value
    elif isinstance(value, Items):
        for k, item in enumerate(value.items):
            yield from _leaves(item, (*path, k))
    elif isinstance(value, Parts):
        for name, part in value.parts.items():
            yield from _leaves(part, (*path, name))


def _with(value: Any, path: Path, new: Any) -> Any:
    """The value with another one at the end of a path."""
    if not path:
        return new
    first, rest = path[0], path[1:]
    if isinstance(value, Parts):
        return replace(value, parts={**value.parts, first: _with(value.parts[first], rest, new)})
    items = value.items
    return replace(value, items=(*items[:first], _with(items[first], rest, new), *items[first + 1 :]))


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value.parts[step] if isinstance(value, Parts) else value.items[step]
    return value


def _lists(value: Value, path: Path = ()) -> Iterator[Path]:
    """Where lists stand, outer ones first."""
    children = enumerate(value.items) if isinstance(value, Items) else ()
    if isinstance(value, Items):
        yield path
    if isinstance(value, Parts):
        children = value.parts.items()  # type: ignore[assignment]
    for name, child in children:
        yield from _lists(child, (*path, name))


def _transposed(value: Value) -> Iterator[tuple[str, Value]]:
    if isinstance(value, Parts):
        for name, part in value.parts.items():
            rows = part.items if isinstance(part, Items) else ()
            widths = {len(row.items) if isinstance(row, Items) else 0 for row in rows}
            if len(widths) == 1 and widths != {0}:
                columns = tuple(Items(column) for column in zip(*(row.items for row in rows), strict=True))
                yield "transposed", _with(value, (name,), Items(columns))


def _swapped(value: Value) -> Iterator[tuple[str, Value]]:
    """Two members of one list exchanged, numbers or rows; or two numbers on the diagonal."""
    for path in list(_lists(value))[:MAX_LEAVES]:
        members = _at(value, path)
        for i, j in list(combinations(range(len(members.items)), 2))[:MAX_LEAVES]:
            items = list(members.items)
            if isinstance(items[i], Scalar) == isinstance(items[j], Scalar):
                items[i], items[j] = items[j], items[i]
                name = "swapped_entries" if isinstance(items[i], Scalar) else "swapped_rows"
                yield name, _with(value, path, replace(members, items=tuple(items)))
        for place in range(2):  # the first members of two pairs, or two numbers on a diagonal
            for i, j in list(combinations(range(len(members.items)), 2))[:MAX_LEAVES]:
                first, second = ((i, 0), (j, 0)) if place == 0 else ((i, i), (j, j))
                if _has(members, first) and _has(members, second):
                    a, b = _at(members, first), _at(members, second)
                    changed = _with(_with(members, first, b), second, a)
                    yield "swapped_entries", _with(value, path, changed)


def _has(members: Items, path: tuple[int, int]) -> bool:
    row = members.items[path[0]]
    return isinstance(row, Items) and path[1] < len(row.items) and isinstance(row.items[path[1]], Scalar)
