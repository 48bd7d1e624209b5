"""Exact operation counts of a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Cost(Mapping[str, int]):
    """How many operations of each kind one evaluation of a program takes.

    ``adds`` counts additions, subtractions and changes of sign; ``calls`` transcendental functions;
    ``tests`` comparisons, selections, abs, sign, min and max.

    Examples
    --------
    >>> cost = Cost(adds=2, muls=3, calls=1)
    >>> cost.total, cost["muls"]
    (6, 3)
    """

    adds: int = 0
    muls: int = 0
    divs: int = 0
    roots: int = 0
    calls: int = 0
    tests: int = 0

    @property
    def total(self) -> int:
        """All operations."""
        return sum(self.values())

    @staticmethod
    def of(classes: Iterable[str]) -> Cost:
        """The cost of instructions given by their cost classes."""
        count = Counter(classes)
        return Cost(*(count[name] for name in ("add", "mul", "div", "root", "call", "test")))

    def __getitem__(self, kind: str) -> int:
        if kind not in self.__dataclass_fields__:
            raise KeyError(kind)
        return int(getattr(self, kind))

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in fields(self))

    def __len__(self) -> int:
        return len(fields(self))
