"""Samples of what a call costs, taken in turns so that a slow moment of the machine hits every contender.

A fast call is repeated until one sample takes about 0.2 ms: long against the clock, short against the time
slices of the system, so that the median sample was not interrupted.
"""

from __future__ import annotations

import gc
import signal
import statistics
import threading
import time
import timeit
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

SAMPLE_SECONDS = 2e-4

#: A sample of calls shorter than this has at least five, after one that does not count: caches and threads must be
#: awake again after the others' turns.
SEVERAL_BELOW = 1e-2


@dataclass(frozen=True)
class Effort:
    """How long to measure: at most ``rounds`` samples of each contender, fewer (but ``least``) when they are slow.

    Attributes
    ----------
    rounds : samples of each contender
    seconds : after so many seconds of its own a contender takes no more samples
    least : samples of the slow ones, unless they take four times as long
    patience : seconds after which building a contender is given up
    """

    rounds: int = 25
    seconds: float = 1.5
    least: int = 3
    patience: int = 60


@dataclass(frozen=True)
class Samples:
    """What was measured of one contender, in the order of the rounds."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def minimum(self) -> float:
        return min(self.values)

    def ratio(self, other: Samples) -> float:
        """The median over the rounds of this sample over the other's of the same round."""
        return statistics.median(a / b for a, b in zip(self.values, other.values, strict=False))


def timed(statement: str, names: Mapping[str, Any]) -> Callable[[], float]:
    """A sampler of the seconds that one execution of a statement takes, without a call around it."""
    timer = timeit.Timer(statement, globals=dict(names))
    count = 1
    while (seconds := _fastest(timer, count)) < SAMPLE_SECONDS:
        count = max(2 * count, min(10 * count, int(count * SAMPLE_SECONDS / seconds)))

    if seconds < SEVERAL_BELOW:
        count = max(count, 5)

    def sample() -> float:
        if seconds < SEVERAL_BELOW:
            timer.timeit(1)
        return timer.timeit(count) / count

    return sample


def _fastest(timer: timeit.Timer, count: int) -> float:
    """The time of so many executions: of three tries the fastest, since an interruption would make short calls long."""
    seconds = timer.timeit(count)
    return seconds if seconds > 0.1 else min(seconds, timer.timeit(count), timer.timeit(count))


def stopwatch(action: Callable[[], Any], before: Callable[[], Any] | None = None) -> Callable[[], float]:
    """A sampler of the seconds that one call takes; ``before`` is called before each and not counted."""

    def sample() -> float:
        if before is not None:
            before()
        gc.collect()
        start = time.perf_counter()
        action()
        return time.perf_counter() - start

    return sample


def interleave(samplers: Mapping[str, Callable[[], float]], effort: Effort) -> dict[str, Samples]:
    """Samples of all contenders in turns; who goes first changes from round to round."""
    values: dict[str, list[float]] = {name: [] for name in samplers}
    spent = dict.fromkeys(samplers, 0.0)
    names = list(samplers)
    for number in range(effort.rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            if spent[name] > (effort.seconds if number >= effort.least else 4 * effort.seconds):
                continue
            start = time.perf_counter()
            values[name].append(samplers[name]())
            spent[name] += time.perf_counter() - start
    return {name: Samples(tuple(found)) for name, found in values.items()}


class TooLong(BaseException):
    """Something was given up after its time was over; no ``except Exception`` on the way may swallow it."""


@contextmanager
def patience(seconds: int) -> Iterator[None]:
    """Give up after so many seconds, where the system has alarms and this is the main thread."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise TooLong(f"given up after {seconds} s")

    handler = signal.signal(signal.SIGALRM, stop)
    start, outer = time.monotonic(), signal.alarm(seconds)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, handler)
        signal.alarm(max(1, outer - int(time.monotonic() - start)) if outer else 0)
