"""Hypotheses, sizes and counterexamples in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hessmath.language import Node, to_text

_PROPERTY = {
    "invertible": "is invertible", "symmetric": "is symmetric", "skew": "is skew-symmetric",
    "orthogonal": "is orthogonal", "orthocols": "has orthonormal columns", "diagonal": "is diagonal",
    "idempotent": "is idempotent", "involutory": "is involutory", "nilpotent": "is nilpotent",
    "posdef": "is positive definite", "psd": "is positive semidefinite", "negdef": "is negative definite",
    "nsd": "is negative semidefinite", "indefinite": "is indefinite", "fullcol": "has full column rank",
    "fullrow": "has full row rank", "nonzero": "is not zero", "positive": "is positive", "nonneg": "is not negative",
}  # fmt: skip


def in_words(condition: Node) -> str:
    """A hypothesis as words.

    Examples
    --------
    >>> from hessmath.language import parse
    >>> A = {"A": ["n", "n"], "B": ["n", "n"]}
    >>> in_words(parse("symmetric(A)", A)), in_words(parse("commute(A, B)", A)), in_words(parse("A @ B == B", A))
    ('A is symmetric', 'A and B commute', 'A @ B == B')
    """
    return property_in_words(condition.op, [to_text(arg) for arg in condition.args]) or to_text(condition)


def property_in_words(word: str, about: Sequence[str]) -> str:
    """``A is symmetric`` for a property of a text; empty for other relations."""
    if word == "commute":
        return f"{about[0]} and {about[1]} commute"
    return f"{about[0]} {_PROPERTY[word]}" if word in _PROPERTY else ""


def given(conditions: Iterable[Node]) -> str:
    """`` given that …``, or nothing without hypotheses."""
    said = [in_words(condition) for condition in conditions]
    return f", given that {listed(said)}" if said else ""


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def for_sizes(scope: str, names: Sequence[str]) -> str:
    """For which sizes a proof holds: `` for all n and m``, `` for n = 1, 2``, or nothing.

    Examples
    --------
    >>> for_sizes("all sizes", ["m", "n"]), for_sizes("sizes m=1, n=1; m=1, n=2", ["m", "n"])
    (' for all m and n', ' for 2 choices of sizes with m ≤ 1, n ≤ 2')
    """
    if scope == "all sizes" and names:
        return f" for all {listed(names)}"
    if not scope.startswith("sizes "):
        return f" for {scope}" if scope else ""
    listed_sizes = scope.removeprefix("sizes ")
    if ";" not in listed_sizes:
        return f" for {listed_sizes.replace('=', ' = ')}"
    largest: dict[str, int] = {}
    for name, size in _SIZE.findall(listed_sizes):
        largest[name] = max(largest.get(name, 0), int(size))
    shown = ", ".join(f"{name} ≤ {size}" for name, size in largest.items())
    return f" for {listed_sizes.count(';') + 1} choices of sizes with {shown}"


_SIZE = re.compile(r"(\w+)=(\d+)")
