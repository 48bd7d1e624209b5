"""How a flat row of numbers is grouped into arguments and results."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any


@dataclass(frozen=True)
class Group:
    """Arguments or results that belong together; ``is_list`` tells a list from a tuple."""

    parts: tuple[Any, ...]
    is_list: bool = False


@dataclass(frozen=True)
class Block:
    """An array result: its shape, and where its entries begin in the flat list of results."""

    shape: tuple[int, ...]
    first: int

    @property
    def end(self) -> int:
        """One past its last entry."""
        return self.first + prod(self.shape)


@dataclass(frozen=True)
class Truth:
    """A result that is true where the output at this place is not 0."""

    place: int


@dataclass(frozen=True)
class Table:
    """A dictionary of results."""

    keys: tuple[Any, ...]
    parts: tuple[Any, ...]
