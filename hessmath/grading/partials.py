"""Derivatives given one by one: ``f_xx = 2, f_xy = 3, f_yy = 2`` for a Hessian, a table by variables for a gradient."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hessmath.grading.prose import MAX_LENGTH, parts_outside

MAX_NAMES = 6


def hessian_of_parts(text: str, names: Sequence[str]) -> list[list[str]] | None:
    """The rows of the Hessian whose entries a text names; f_yx may be left out when f_xy is there.

    Examples
    --------
    >>> hessian_of_parts("f_xx = 2y, f_xy = f_yx = 2x, f_yy = 0", ["x", "y"])
    [['2y', '2x'], ['2x', '0']]
    >>> hessian_of_parts("f_xx = 2y", ["x", "y"]) is None
    True
    """
    if len(text) > MAX_LENGTH or not 0 < len(names) <= MAX_NAMES:
        return None
    found: dict[tuple[int, int], str] = {}
    for part in parts_outside(_plain(text)):
        *labels, value = (side.strip() for side in part.split("="))
        places = [_place(label, names) for label in labels]
        if not labels or not value or None in places:
            return None
        for place in places:
            if place is None or found.get(place, value) != value:
                return None
            found[place] = value
    size = range(len(names))
    rows = [[found.get((i, j)) or found.get((j, i)) for j in size] for i in size]
    return None if any(entry is None for row in rows for entry in row) else [[str(e) for e in row] for row in rows]


def _plain(text: str) -> str:
    text = re.sub(r"\$|\\(?:left|right|quad|qquad|[,;:! ])(?![A-Za-z])", " ", text).strip().rstrip(".")
    return re.sub(r"(?<![A-Za-z])(?:and|where)(?![A-Za-z])", ",", text)


def _place(label: str, names: Sequence[str]) -> tuple[int, int] | None:
    """The places of the variables of ``f_xy``, ``f_{xy}(1, 2)`` or ∂²f/∂x∂y."""
    plain = re.sub(r"[\s{}]|\\(?:partial|,)|\\frac", lambda m: "∂" if "partial" in m.group() else "", label)
    plain = re.sub(r"\([^()=]*\)$", "", plain)
    one = "|".join(sorted(map(_spelled, names), key=len, reverse=True))
    subscript = re.fullmatch(rf"[A-Za-z]_?({one})({one})", plain)
    if subscript:
        return _index(subscript[1], names), _index(subscript[2], names)
    quotient = re.fullmatch(rf"∂(?:\^2|²)[A-Za-z]/?∂({one})(?:(?:\^2|²)|∂({one}))", plain)
    if quotient:
        first = _index(quotient[1], names)
        return (first, _index(quotient[2], names)) if quotient[2] else (first, first)
    return None


def _spelled(name: str) -> str:
    return re.escape(name).replace("_", "_?")


def _index(written: str, names: Sequence[str]) -> int:
    return [name.replace("_", "") for name in names].index(written.replace("_", ""))


def gradient_of_parts(table: Mapping[Any, Any], names: Sequence[str]) -> list[Any] | None:
    """The entries of a gradient from a table by variables: {x: …, y: …}, {f_x: …, f_y: …}, {∂f/∂x: …, …}.

    Examples
    --------
    >>> gradient_of_parts({"f_y": "x", "f_x": "y"}, ["x", "y"])
    ['y', 'x']
    """
    if len(table) != len(names):
        return None
    found = {}
    for label, value in table.items():
        plain = re.sub(r"[\s{}$]|\\partial|\\frac", lambda m: "∂" if "partial" in m.group() else "", str(label)[:60])
        plain = re.sub(r"\([^()]*\)$", "", plain).replace("_", "")
        for name in names:
            if plain in (short := name.replace("_", ""), f"f{short}", f"∂f/∂{short}", f"∂f∂{short}", f"df/d{short}"):
                found[name] = value
    return [found[name] for name in names] if len(found) == len(names) else None
