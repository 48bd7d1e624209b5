"""Seeded parameters: every student gets numbers of their own, the same ones every time.

A parameter is drawn by SHA-256 of seed, student, exercise and name, so that it depends on nothing else: not on the
order of exercises, the machine or the version of Python.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from hessmath.errors import InputError

MAX_RANGE = 1_000_000

_PLACE = re.compile(r"\{([A-Za-z]\w*)\}")


def drawn(parameters: Mapping[str, Any], seed: str, student: str, exercise: str) -> dict[str, str]:
    """One value for each parameter.

    A parameter is a list of values, or a table ``{from = -5, to = 5, not = [0]}`` of whole numbers.

    Raises
    ------
    InputError
        If a parameter has no values.

    Examples
    --------
    >>> drawn({"a": {"from": 2, "to": 9}}, "2026", "alice", "1")
    {'a': '7'}
    """
    return {
        name: values[_number(seed, student, exercise, name) % len(values)]
        for name, values in ((name, _values(name, given)) for name, given in parameters.items())
    }


def filled(value: Any, numbers: Mapping[str, str]) -> Any:
    """The value with ``{name}`` replaced by the parameter in every text: in parentheses if it is negative."""
    if isinstance(value, str):
        return _PLACE.sub(lambda match: _inserted(numbers[match[1]]) if match[1] in numbers else match[0], value)
    if isinstance(value, list | tuple):
        return [filled(part, numbers) for part in value]
    if isinstance(value, Mapping):
        return {name: filled(part, numbers) for name, part in value.items()}
    return value


def _inserted(number: str) -> str:
    return number if re.fullmatch(r"\w+", number) else f"({number})"


def _values(name: str, given: Any) -> list[str]:
    if isinstance(given, list) and given:
        return [str(value) for value in given]
    if isinstance(given, Mapping) and isinstance(given.get("from"), int) and isinstance(given.get("to"), int):
        low, high = given["from"], given["to"]
        if high - low > MAX_RANGE:
            raise InputError(f"The parameter {name} has more than {MAX_RANGE:,} values.")
        values = [str(k) for k in range(low, high + 1) if k not in given.get("not", ())]
        if values:
            return values
    raise InputError(
        f"The parameter {name} must be a list of values or {{from = …, to = …, not = […]}} with a value left, "
        f"but is {given!r}."
    )


def _number(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:8], "big")
