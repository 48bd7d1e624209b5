"""Looking on at a run: callbacks every few steps, the trace, and an end by the keyboard or StopIteration."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from hessmath.errors import InputError, WrongKind
from hessmath.optimize.memory import HALT, STEPS
from hessmath.optimize.solution import Record
from hessmath.optimize.status import GOING, INTERRUPTED, STOPPED_BY_CALLBACK


@dataclass(frozen=True)
class Every:
    """A callback for every ``steps`` steps, and for the last one.

    Examples
    --------
    >>> import hessmath as hm
    >>> from hessmath.optimize import Every
    >>> seen = []
    >>> s = hm.minimize("100*(y - x**2)**2 + (1 - x)**2", [-1.2, 1.0], hm.Newton(),
    ...                 callback=Every(4, lambda record: seen.append(record.steps)))
    >>> seen
    [4, 6]
    """

    steps: int
    callback: Callable[[Record], object]

    def __post_init__(self) -> None:
        try:
            steps = operator.index(self.steps)
        except TypeError as error:
            raise WrongKind(f"Every needs a whole number of steps, but steps = {self.steps!r}.") from error
        if steps < 1:
            raise InputError(f"Every needs steps ≥ 1, but steps = {steps}.")
        if not callable(self.callback):
            raise WrongKind(f"Every needs a function of a Record, but callback = {self.callback!r}.")

    def __call__(self, record: Record) -> object:
        """Call the function."""
        return self.callback(record)


class Run(Protocol):
    """A run that can be continued."""

    s: Any

    def advance(self, until: int) -> None:
        """Steps until the run ends, or until so many were made."""
        ...

    def record(self) -> Record:
        """Where the run is."""
        ...


def follow(run: Run, callback: Callable[[Record], object] | None, trace: bool, longest: int) -> list[Record]:
    """Run to the end; return to Python in between only as often as somebody looks; the trace if it is asked for."""
    records = [run.record()] if trace else []
    every = callback.steps if isinstance(callback, Every) else 1
    stride = 1 if trace else every if callback is not None else longest
    s = run.s
    try:
        while s[HALT] == GOING:
            before = s[STEPS]
            run.advance(int(before) + stride)
            if s[STEPS] > before and (trace or callback is not None):
                record = run.record()
                if trace:
                    records.append(record)
                due = s[STEPS] % every == 0 or s[HALT] != GOING
                if callback is not None and due and _asks_to_stop(callback, record):
                    s[HALT] = STOPPED_BY_CALLBACK
            elif s[HALT] != GOING and callback is not None and s[STEPS] % every and s[STEPS] > 0:
                _asks_to_stop(callback, run.record())  # the last step, seen only now to be the last
    except KeyboardInterrupt:
        s[HALT] = INTERRUPTED
    return records


def _asks_to_stop(callback: Callable[[Record], object], record: Record) -> bool:
    try:
        callback(record)
    except StopIteration:
        return True
    return False
