"""Domains as conditions: ``x > 0``, ``x, y > 0``, ``|x| <= 1``, ``[-1, 1]``, ``(0, oo)``, ``R``, ``R^2``, ``all``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from hessmath.errors import InputError
from hessmath.language.reading import parse, parse_formula
from hessmath.language.tokenizer import shortened
from hessmath.language.tree import NUMBER, SYMBOL, Node
from hessmath.language.vocabulary import RELATIONS

_EVERYWHERE = re.compile(r"(R|ℝ|all|reals?)(\s*(\^|\*\*)\s*\w+|[²³ⁿ])?")
_INTERVAL = re.compile(r"([\[(])([^,]*),([^,]*)([\])])")
_UP = frozenset({"oo", "+oo", "inf", "+inf", "∞", "+∞"})
_DOWN = frozenset({"-oo", "-inf", "-∞"})
_INFINITE = _UP | _DOWN


def parse_conditions(
    domain: str | Iterable[str], names: Sequence[str], *, parameters: Sequence[str] = ()
) -> tuple[Node, ...]:
    """The conditions that a domain puts on the variables; none for the whole space.

    Parameters
    ----------
    domain : text, or a list of texts that must all hold
    names : the scalar variables, in order; an interval is meant for each of them
    parameters : other names that conditions may contain

    Raises
    ------
    FormulaError
        If a condition cannot be read.
    InputError
        If something is not a condition, or an interval is empty.

    Examples
    --------
    >>> from hessmath.language import to_text
    >>> [to_text(c) for c in parse_conditions("(0, 1]", ["x"])]
    ['x > 0', 'x <= 1']
    >>> [to_text(c) for c in parse_conditions(["x, y > 0"], ["x", "y"])]
    ['x > 0', 'y > 0']
    """
    known = [*names, *parameters]
    texts = [domain] if isinstance(domain, str) else list(domain)
    found: list[Node] = []
    for text in texts:
        if not isinstance(text, str):
            raise InputError(f'A domain is text such as "x > 0" or "[-1, 1]", but this is {str(text)[:60]!r}.')
        found += _conditions(text.strip(), names, known)
    return tuple(found)


def _two_sided(condition: Node) -> list[Node]:
    """|u| ≤ c as u ≤ c and u ≥ −c, so that it stays linear where u is."""
    turned = {"ge": "le", "gt": "lt"}
    if condition.op not in ("le", "lt", "ge", "gt"):
        return [condition]
    small, large = condition.args if condition.op in ("le", "lt") else condition.args[::-1]
    op = turned.get(condition.op, condition.op)
    if small.op != "Abs" or any(part.op == SYMBOL for part in large.walk()):
        return [condition]
    inside = small.args[0]
    low = Node("neg", (large,), shape=large.shape)
    if isinstance(large.value, Fraction):
        low = Node(NUMBER, value=-large.value, shape=large.shape)
    above = {"le": "ge", "lt": "gt"}[op]
    return [Node(op, (inside, large), column=condition.column), Node(above, (inside, low), column=condition.column)]


def _conditions(text: str, names: Sequence[str], known: Sequence[str]) -> list[Node]:
    if _EVERYWHERE.fullmatch(text):
        return []
    interval = _INTERVAL.fullmatch(text)
    if interval is not None:
        return [condition for name in names for condition in _interval(name, interval, known)]
    found: list[Node] = []
    waiting: list[str] = []  # the x of "x, y > 0"
    for part in _parts(text):
        if not part:
            raise InputError(f'A condition is missing in "{shortened(text)}"; write such as "x > 0, y > 0".')
        if part in known:
            waiting.append(part)
            continue
        condition = _condition(part, known)
        for name in waiting:
            if condition.op not in RELATIONS or condition.args[0].op != SYMBOL:
                raise InputError(f'"{shortened(text)}" lists names; write it such as "x, y > 0", or as two conditions.')
            left = Node(SYMBOL, value=name, shape=())
            found.append(Node(condition.op, (left, *condition.args[1:]), column=condition.column))
        waiting.clear()
        for each in condition.args if condition.op == "and" else (condition,):
            found += _two_sided(each)
    if waiting:
        raise InputError(f'"{shortened(text)}" does not say what holds for {waiting[-1]}; write such as "x, y > 0".')
    return found


def _condition(text: str, names: Sequence[str]) -> Node:
    condition = parse(text, dict.fromkeys(names, ()))
    if condition.op not in RELATIONS and condition.op not in ("and", "or", "not"):
        raise InputError(f'A domain is text such as "x > 0", "[-1, 1]" or "R", but this is {shortened(text)!r}.')
    return condition


def _parts(text: str) -> list[str]:
    """The text cut at the commas that stand outside all brackets."""
    depth, start, parts = 0, 0, []
    for position, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    return [*parts, text[start:].strip()]


def _interval(name: str, match: re.Match[str], names: Sequence[str]) -> list[Node]:
    opening, low, high, closing = (part.strip() for part in match.groups())
    ends = {end: parse_formula(end, names) for end in (low, high) if end not in _INFINITE}
    values = [ends[end].value for end in (low, high) if end in ends]
    numbers = [value for value in values if isinstance(value, Fraction)]
    closed = opening == "[" and closing == "]"
    crossed = len(numbers) == 2 and (numbers[0] > numbers[1] or (numbers[0] == numbers[1] and not closed))
    if low in _UP or high in _DOWN or crossed:
        raise InputError(f"The interval {shortened(match.group())} is empty; write the smaller end first.")
    variable = Node(SYMBOL, value=name, shape=())
    found = []
    if low in ends:
        found.append(Node("ge" if opening == "[" else "gt", (variable, ends[low])))
    if high in ends:
        found.append(Node("le" if closing == "]" else "lt", (variable, ends[high])))
    return found
