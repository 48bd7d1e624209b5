"""Exact operation counts of a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Protocol


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


class _HasCost(Protocol):
    @property
    def cost(self) -> Cost: ...


@dataclass(frozen=True)
class CostTable(Mapping[str, Cost]):
    """The costs of several programs by name; the first one is what the others are compared with."""

    costs: tuple[tuple[str, Cost], ...]

    def ratio(self, name: str) -> float:
        """How many times the operations of the first program one evaluation takes; inf when that one takes none."""
        first, asked = self.costs[0][1].total, self[name].total
        return asked / first if first else float("inf") if asked else 1.0

    def __getitem__(self, name: str) -> Cost:
        return dict(self.costs)[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.costs)

    def __len__(self) -> int:
        return len(self.costs)

    def __str__(self) -> str:
        head = ["", *Cost(), "total", f"× {self.costs[0][0]}"] if self.costs else [""]
        lines = [head]
        for name, cost in self.costs:
            lines.append([name, *map(str, cost.values()), str(cost.total), f"{self.ratio(name):.2f}"])
        widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
        return "\n".join(
            "  ".join(
                [line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))]
            )
            for line in lines
        )


def table(programs: Mapping[str, _HasCost]) -> CostTable:
    """The costs of programs by name, such as f and its derivatives, in order.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import gradient, lower
    >>> x, y = sympy.symbols("x y")
    >>> f = lower(x**2 * sympy.exp(y), [x, y])
    >>> print(table({"f": f, "gradient": gradient(f)}))
              adds  muls  divs  roots  calls  tests  total   × f
    f            0     2     0      0      1      0      3  1.00
    gradient     1     3     0      0      1      0      5  1.67
    """
    return CostTable(tuple((name, one.cost) for name, one in programs.items()))
