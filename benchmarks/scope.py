"""How much of each workload is run: everything, or little of it to see that it works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.timing import Effort

T = TypeVar("T")


@dataclass(frozen=True)
class Scope:
    """What to run and how long to measure."""

    effort: Effort
    is_quick: bool

    @classmethod
    def full(cls, rounds: int | None = None) -> Scope:
        """Every case."""
        return cls(Effort(rounds=rounds or 25), False)

    @classmethod
    def quick(cls, rounds: int | None = None) -> Scope:
        """The first case of each kind, few rounds."""
        return cls(Effort(rounds=rounds or 3, seconds=0.2, least=1, patience=10), True)

    def some(self, cases: Sequence[T]) -> Sequence[T]:
        """All cases, or only the first when quick."""
        return cases[:1] if self.is_quick else cases
