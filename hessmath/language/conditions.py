"""Domains as conditions: ``x > 0``, ``x, y > 0``, ``|x| <= 1``, ``[-1, 1]``, ``(0, oo)``, ``R``, ``R^2``, ``all``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hessmath.errors import InputError
from hessmath.language.reading import parse
from hessmath.language.sizes import Shape
from hessmath.language.tree import SYMBOL, Node
from hessmath.language.vocabulary import RELATIONS

_EVERYWHERE = re.compile(r"(R|ℝ|all|reals?)(\s*(\^|\*\*)\s*\w+|[²³ⁿ])?")
_INTERVAL = re.compile(r"([\[(])([^,]*),([^,]*)([\])])")
_INFINITE = ("oo", "+oo", "-oo", "inf", "+inf", "-inf", "∞", "+∞", "-∞")


def parse_conditions(domain: str | Iterable[str], names: Sequence[str]) -> tuple[Node, ...]:
    """The conditions that a domain puts on the variables; none for the whole space.

    Parameters
    ----------
    domain : text, or a list of texts that must all hold
    names : the scalar variables, in order; an interval is meant for each of them

    Raises
    ------
    FormulaError
        If a condition cannot be read, or is not a relation.

    Examples
    --------
    >>> from hessmath.language import to_text
    >>> [to_text(c) for c in parse_conditions("(0, 1]", ["x"])]
    ['x > 0', 'x <= 1']
    >>> [to_text(c) for c in parse_conditions(["x, y > 0"], ["x", "y"])]
    ['x > 0', 'y > 0']
    """
    texts = [domain] if isinstance(domain, str) else list(domain)
    found: list[Node] = []
    for text in texts:
        if not isinstance(text, str):
            raise InputError(f'A domain is text such as "x > 0" or "[-1, 1]", but this is {text!r}.')
        found += _conditions(text.strip(), names)
    return tuple(found)


def _conditions(text: str, names: Sequence[str]) -> list[Node]:
    if _EVERYWHERE.fullmatch(text):
        return []
    interval = _INTERVAL.fullmatch(text)
    if interval is not None:
        return [condition for name in names for condition in _interval(name, interval, names)]
    shapes: dict[str, Shape] = dict.fromkeys(names, ())
    listed = re.match(r"((?:\s*[^\W\d]\w*\s*,)+)\s*[^\W\d]\w*\s*(<|>|<=|>=|!=|==)[^=]", text)
    if listed is not None and all(name.strip() in names for name in listed.group(1).split(",")[:-1]):
        last = parse(text[listed.end(1) :], shapes)
        firsts = [name.strip() for name in listed.group(1).split(",")[:-1]]
        return [_with_left(last, name) for name in firsts] + [last]
    condition = parse(text, shapes)
    if condition.op == "and":
        return list(condition.args)
    if condition.op not in RELATIONS and condition.op not in ("or", "not"):
        raise InputError(f'A domain is text such as "x > 0", "[-1, 1]" or "R", but this is {text!r}.')
    return [condition]


def _with_left(relation: Node, name: str) -> Node:
    left = Node(SYMBOL, value=name, shape=())
    return Node(relation.op, (left, *relation.args[1:]), column=relation.column)


def _interval(name: str, match: re.Match[str], names: Sequence[str]) -> list[Node]:
    opening, low, high, closing = match.groups()
    shapes: dict[str, Shape] = dict.fromkeys(names, ())
    found = []
    if low.strip() not in _INFINITE:
        found.append(parse(f"{name} {'>=' if opening == '[' else '>'} {low}", shapes))
    if high.strip() not in _INFINITE:
        found.append(parse(f"{name} {'<=' if closing == ']' else '<'} {high}", shapes))
    return found
