"""A case: one quantity, its contenders and what hessmath should reach; and what came of it.

Every contender's result is compared with the reference before anything is timed; one that differs by more than
1e-10 of the largest entry is reported and not timed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.timing import Effort, Samples, TooLong, interleave, patience, timed

OURS = "hessmath"
BY_HAND = "by hand"
AGREEMENT = 1e-10


class NotAvailable(Exception):
    """A contender that cannot take part: not installed, or without this quantity."""


class NotApplicable(NotAvailable):
    """The contender has no such thing, and nobody would expect it to."""


@dataclass(frozen=True)
class Entry:
    """A contender that is ready: its result, to be compared, and a sampler of its cost."""

    result: Any
    sample: Callable[[], float]


def call(statement: str, result: str | None = None, **names: Any) -> Entry:
    """An entry that times a statement; its result is the statement's value, or that of the expression ``result``."""
    if result is None:
        return Entry(eval(statement, names), timed(statement, names))  # our own text, from this folder
    exec(statement, names)
    return Entry(np.array(eval(result, names)), timed(statement, names))


@dataclass(frozen=True)
class AtMost:
    """hessmath's cost ≤ limit × that of ``other``: a contender, or "best peer"."""

    limit: float
    other: str

    def __str__(self) -> str:
        if self.limit < 0.9:
            return f"{1 / self.limit:.3g} × faster than {self.other}"
        return f"≤ {self.limit:.3g} × {self.other}"

    def value(self, row: Row) -> float | None:
        other = row.best_peer if self.other == "best peer" else self.other
        return row.ratio(other)

    def met(self, row: Row) -> bool | None:
        value = self.value(row)
        return None if value is None else value <= self.limit


@dataclass(frozen=True)
class Within:
    """hessmath's cost ≤ limit, in the unit of the case."""

    limit: float
    unit: str = "s"

    def __str__(self) -> str:
        from benchmarks.table import quantity

        return f"≤ {quantity(self.limit, self.unit)}"

    def value(self, row: Row) -> float | None:
        return row.samples[OURS].median if OURS in row.samples else None

    def met(self, row: Row) -> bool | None:
        value = self.value(row)
        return None if value is None else value <= self.limit


Target = AtMost | Within


@dataclass(frozen=True)
class Case:
    """One quantity to be measured.

    Attributes
    ----------
    workload : "W1", …
    name : what is measured
    contenders : by name, functions that build the entry; "hessmath" and "by hand" are special, the rest are peers
    targets : what hessmath should reach
    unit : of the samples: "s", or "×" for a plain ratio
    reference : the result, where no contender is by hand
    """

    workload: str
    name: str
    contenders: Mapping[str, Callable[[], Entry]]
    targets: tuple[Target, ...] = ()
    unit: str = "s"
    reference: Any = None


@dataclass(frozen=True)
class Row:
    """What came of a case: samples of those that agreed, and why the others have none."""

    case: Case
    samples: Mapping[str, Samples]
    differences: Mapping[str, float]
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def best_peer(self) -> str | None:
        """The peer with the smallest median."""
        peers = [name for name in self.samples if name not in (OURS, BY_HAND)]
        return min(peers, key=lambda name: self.samples[name].median, default=None)

    def ratio(self, other: str | None) -> float | None:
        """hessmath's cost over another's; None where one of them is missing."""
        if OURS not in self.samples or other not in self.samples:
            return None
        return self.samples[OURS].ratio(self.samples[other])

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "workload": self.case.workload,
            "case": self.case.name,
            "unit": self.case.unit,
            "medians": {name: s.median for name, s in self.samples.items()},
            "minima": {name: s.minimum for name, s in self.samples.items()},
            "rounds": {name: len(s.values) for name, s in self.samples.items()},
            "differences": dict(self.differences),
            "notes": dict(self.notes),
            "best_peer": self.best_peer,
            "ratio_by_hand": self.ratio(BY_HAND),
            "ratio_best_peer": self.ratio(self.best_peer),
            "targets": [{"target": str(t), "value": t.value(self), "met": t.met(self)} for t in self.case.targets],
        }


def run(case: Case, effort: Effort) -> Row:
    """Build the contenders, compare their results, and time those that agree."""
    entries: dict[str, Entry] = {}
    notes: dict[str, str] = {}
    for name, build in case.contenders.items():
        try:
            with patience(effort.patience):
                entries[name] = build()
        except NotApplicable:
            continue
        except NotAvailable as reason:
            notes[name] = str(reason)
        except (Exception, TooLong) as error:  # a peer may fail in any way; the table says how
            notes[name] = describe(error)
    reference = case.reference
    if reference is None and entries:
        reference = (entries.get(BY_HAND) or next(iter(entries.values()))).result
    differences = {name: difference(entry.result, reference) for name, entry in entries.items()}
    for name, found in differences.items():
        if not found <= AGREEMENT:
            notes[name] = f"result differs by {found:.1e} of the largest entry: not timed"
            del entries[name]
    samples = interleave({name: entry.sample for name, entry in entries.items()}, effort) if entries else {}
    return Row(case, samples, differences, notes)


def describe(error: BaseException) -> str:
    """One line that says why a contender has no numbers."""
    text = " ".join(str(error).split())
    return text if isinstance(error, TooLong) else f"not available: {type(error).__name__}: {text[:90]}"


def difference(result: Any, reference: Any) -> float:
    """The largest difference between two results over the largest entry; ∞ if they cannot be compared."""
    a, b = _flat(result), _flat(reference)
    if a.shape != b.shape:
        return float("inf")
    if not a.size:
        return 0.0
    scale = float(np.max(np.abs(b)))
    found = float(np.max(np.abs(a - b)))
    return found / scale if scale > 0 else found if found == found else float("inf")


def _flat(result: Any) -> Any:
    """All numbers of a result in a row: of an array, a number, or a list of such."""
    if isinstance(result, list | tuple):
        return np.concatenate([_flat(part) for part in result])
    return np.asarray(getattr(result, "data", result) if hasattr(result, "indptr") else result, dtype=float).ravel()
