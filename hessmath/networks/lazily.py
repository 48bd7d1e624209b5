"""SymPy when it is first used: a network in float64 starts in half the time without it."""

from __future__ import annotations

import importlib
from typing import Any


class Lazily:
    """A module that is imported when an attribute is asked for.

    Examples
    --------
    >>> fractions = Lazily("fractions")
    >>> fractions.Fraction(1, 2)
    Fraction(1, 2)
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)
