"""W7: how long it takes from a tape of given length to its first value, by tier.

The programs are random and reproducible: every operation takes the one before it and a recent one, so nothing is
dead, and all values stay in [−1, 1].  The reference value is computed in Python, operation by operation.
"""

from __future__ import annotations

import importlib
import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from benchmarks import building
from benchmarks.cases import OURS, Case, Entry, Within
from benchmarks.scope import Scope
from benchmarks.timing import stopwatch
from hessmath import kernels
from hessmath.program import Tape, TapeBuilder

TITLE = "length of the program against the time to its first value"

INPUTS = 10
WINDOW = 200
LENGTHS = (1_000, 10_000, 60_000, 1_000_000)

#: How each tier is asked for; the first is what a user gets who asks for nothing.
TIERS: dict[str, Callable[[Tape], Any]] = {
    "default": kernels.compile_tapes,
    "optimised": lambda tape: kernels.compile_tapes(tape, tier=_tier("Optimised")),
    "quick": lambda tape: kernels.compile_tapes(tape, tier=_tier("Quick")),
    "interpreter": lambda tape: kernels.compile_tapes(tape, tier=_tier("Interpreter")),
}
TARGETS = {
    ("optimised", 60_000): Within(2.5),
    ("quick", 60_000): Within(0.6),
    ("interpreter", 1_000_000): Within(3.0),
}


def _tier(name: str) -> Any:
    """A tier by name; fails when it is called, not when this file is read."""
    return getattr(importlib.import_module("hessmath.kernels.tiers"), name)()


def cases(scope: Scope) -> Iterator[Case]:
    """Each tier at each length, then what an operation costs in a long program against a short one."""
    lengths = scope.some(LENGTHS)
    programs = {length: random_program(length) for length in lengths}
    for tier, compile_ in TIERS.items():
        for length, (tape, value) in programs.items():
            target = TARGETS.get((tier, length))
            yield Case(
                "W7",
                f"{tier}: {length:,} operations",
                {OURS: partial(_first_value, compile_, tape)},
                (target,) if target else (),
                reference=value,
            )
    if not scope.is_quick:
        for tier, compile_ in TIERS.items():
            contenders = {OURS: partial(_growth, compile_, programs[10_000][0], programs[60_000][0])}
            name = f"{tier}: an operation of 60,000 against one of 10,000"
            yield Case("W7", name, contenders, (Within(1.5, "×"),), unit="×", reference=programs[60_000][1])


def random_program(length: int) -> tuple[Tape, float]:
    """A tape with so many operations and its value at ``point()``.

    Steps are (a + b)/2, (1 − a b)/2 and, one in fifty, sin a.
    """
    rng = random.Random(length)
    builder = TapeBuilder([f"x{i}" for i in range(INPUTS)])
    one, half = builder.constant(1), builder.constant(Fraction(1, 2))
    slots, values = list(range(INPUTS)), point().tolist()
    operations = 0
    while operations < length:
        a = len(slots) - 1
        b = rng.randrange(INPUTS) if rng.random() < 0.3 else rng.randrange(max(0, len(slots) - WINDOW), len(slots))
        kind = rng.random()
        if kind < 0.02:
            slots.append(builder.emit("sin", slots[a]))
            values.append(math.sin(values[a]))
            operations += 1
        elif kind < 0.4:
            slots.append(builder.emit("mul", builder.emit("add", slots[a], slots[b]), half))
            values.append((values[a] + values[b]) * 0.5)
            operations += 2
        else:
            slots.append(builder.emit("mul", builder.emit("sub", one, builder.emit("mul", slots[a], slots[b])), half))
            values.append((1 - values[a] * values[b]) * 0.5)
            operations += 3
    return builder.build([slots[-1]]), values[-1]


def point() -> Any:
    """Where the programs are run."""
    return np.linspace(-0.9, 0.8, INPUTS)


def _first_value(compile_: Callable[[Tape], Any], tape: Tape) -> Entry:
    return building.cold(lambda: compile_(tape).f(point()))


def _growth(compile_: Callable[[Tape], Any], short: Tape, long: Tape) -> Entry:
    """Seconds for each operation of the long program over those of the short one."""

    def seconds(tape: Tape) -> float:
        return stopwatch(lambda: compile_(tape).f(point()), building.use_new_cache)() / len(tape)

    return Entry(compile_(long).f(point()), lambda: seconds(long) / seconds(short))
