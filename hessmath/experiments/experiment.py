"""What an experiment is made of, and what comes out of it: plain data that can be written as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hessmath.experiments.storage import Notebook

#: What is to be measured: names and plain values (numbers, texts), the seed among them.
Case = dict[str, Any]
#: What was measured: names and plain values; curves are lists of numbers.
Row = dict[str, Any]


class Size(Enum):
    """How much is run: SHORT in seconds (the suite), STANDARD in minutes on two cores, LARGE as long as it takes."""

    SHORT = "short"
    STANDARD = "standard"
    LARGE = "large"


class Finding(Enum):
    """What the measurements say about the claim."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not supported"
    DEPENDS = "depends"


@dataclass(frozen=True)
class Effect:
    """One measured quantity: its estimate and an interval at the stated level; ``low`` and ``high`` may be equal.

    ``basis`` says what the interval is over, such as "20 seeds"; a single run has the level 0 and no interval; the
    level 1 stands for the whole range, around the median.
    """

    name: str
    estimate: float
    low: float
    high: float
    level: float = 0.95
    basis: str = ""

    def __str__(self) -> str:
        if self.level == 0.0:
            return f"{self.name}: {self.estimate:.4g} ({self.basis or 'one run'})"
        if self.level == 1.0:
            return f"{self.name}: {self.estimate:.4g}, from {self.low:.4g} to {self.high:.4g} ({self.basis})"
        interval = f"{self.level:.0%} interval [{self.low:.4g}, {self.high:.4g}]"
        return f"{self.name}: {self.estimate:.4g}, {interval}" + (f" over {self.basis}" if self.basis else "")


@dataclass(frozen=True)
class Conclusion:
    """The verdict, the effects that it rests on, and one or two sentences: where it holds, and where not."""

    finding: Finding
    effects: tuple[Effect, ...]
    text: str


@dataclass(frozen=True)
class Experiment:
    """An empirical claim and how it is tested.

    Parameters
    ----------
    name : what the command line calls it
    title : a few words
    claim : the claim as it is made, with its number in the list of claims if it has one
    cases : (size, seed) ↦ what is to be measured, in order
    measure : (case, notebook) ↦ row
        It depends on the case alone, so that a row can be kept; long measurements keep their state in the notebook.
    conclude : (rows, size) ↦ conclusion
        Each row holds its case as well.
    sizes : the sizes that it can be run at
    cost : case ↦ about how long it takes, in any unit; those that take longest are begun first
    """

    name: str
    title: str
    claim: str
    cases: Callable[[Size, int], Sequence[Case]]
    measure: Callable[[Case, Notebook], Row]
    conclude: Callable[[Sequence[Row], Size], Conclusion]
    sizes: tuple[Size, ...] = (Size.SHORT, Size.STANDARD)
    cost: Callable[[Case], float] | None = None


@dataclass(frozen=True)
class Result:
    """What a run found: the case and the measurement of every row, and the conclusion."""

    name: str
    title: str
    claim: str
    size: Size
    seed: int
    rows: tuple[Row, ...] = field(repr=False)
    conclusion: Conclusion

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "experiment": self.name,
            "title": self.title,
            "claim": self.claim,
            "size": self.size.value,
            "seed": self.seed,
            "verdict": self.conclusion.finding.value,
            "text": self.conclusion.text,
            "effects": [vars(effect) for effect in self.conclusion.effects],
            "rows": list(self.rows),
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Result:
        """The result that ``to_dict`` wrote."""
        effects = tuple(Effect(**effect) for effect in data["effects"])
        return Result(
            data["experiment"],
            data["title"],
            data["claim"],
            Size(data["size"]),
            data["seed"],
            tuple(data["rows"]),
            Conclusion(Finding(data["verdict"]), effects, data["text"]),
        )
