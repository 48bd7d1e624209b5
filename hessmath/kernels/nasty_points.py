"""Points at which kernels go wrong first, if they do.

Huge, tiny and subnormal coordinates, zeros and integers, neighbours that cancel; places found by bisection along
random lines where a denominator, the argument of a logarithm or root, or the difference that a test looks at
changes sign, with their neighbours; and points just inside and outside of the range where the value is finite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.program import Tape
from hessmath.program.arithmetic import float64
from hessmath.program.interpreting import interpret
from hessmath.program.primitives import PRIMITIVES

Float64 = NDArray[np.float64]

#: Coordinates that arithmetic treats in its own way.
SPECIAL = (
    *(0.0, -0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 1e-8, -1e8, 1e16, np.pi, -np.pi / 2, 710.0, -745.0),
    *(1e-160, 1e160, -1e-300, 1e300, -1e300, 5e-324, -2.2250738585072014e-308, 1.7976931348623157e308),
)

#: Operands whose sign or size matters; of two the difference.
_CRITICAL: dict[str, Callable[..., Any]] = {
    "div": lambda a, b: b,
    "pow": lambda a, b: a,
    **dict.fromkeys(("log", "sqrt", "abs", "sign", "heaviside", "cbrt", "loggamma", "digamma"), lambda a: a),
    **dict.fromkeys(("min", "max", "lt", "le", "eq"), lambda a, b: a - b),
    **dict.fromkeys(("log1p", "sqrt1pm1", "acosh"), lambda a: a - 1),
    **dict.fromkeys(("asin", "acos", "atanh"), lambda a: abs(a) - 1),
}

_SAMPLES = 65
_BISECTIONS = 60


def random_points(n: int, scale: float, rng: np.random.Generator) -> Iterator[Float64]:
    """Normal coordinates; every fourth point is positive, every fourth is rounded to integers."""
    k = 0
    while True:
        x = scale * rng.standard_normal(n)
        yield np.abs(x) if k % 4 == 1 else np.round(x) if k % 4 == 3 else x
        k += 1


def nasty_points(tape: Tape, n: int, parameters: Float64, rng: np.random.Generator) -> Iterator[Float64]:
    """Nasty points for the first n inputs of a tape, the kinds by turns, without end."""
    if n == 0:
        while True:
            yield np.empty(0)
    kinds = [_one_special(n, rng), _neighbours(n, rng), _critical(tape, n, parameters, rng), _mixed(n, rng)]
    kinds.append(_all_special(n, rng))
    kinds.append(_near_overflow(tape, n, parameters, rng))
    while True:
        for kind in kinds:
            yield from islice(kind, 1)


def _one_special(n: int, rng: np.random.Generator) -> Iterator[Float64]:
    while True:
        for value in rng.permutation(SPECIAL):
            x = 2 * rng.standard_normal(n)
            x[rng.integers(n)] = value
            yield x


def _all_special(n: int, rng: np.random.Generator) -> Iterator[Float64]:
    while True:
        for value in rng.permutation(SPECIAL):
            yield np.full(n, value)


def _mixed(n: int, rng: np.random.Generator) -> Iterator[Float64]:
    while True:
        yield rng.choice(SPECIAL, n)
        yield rng.choice([-1.0, 1.0], n) * 10 ** rng.uniform(-30, 30, n)
        yield rng.choice([-1.0, 1.0], n) * 10 ** rng.uniform(-200, 200, n)


def _neighbours(n: int, rng: np.random.Generator) -> Iterator[Float64]:
    """All coordinates within an ulp or two of one number, or of its negative."""
    while True:
        base = rng.choice([*rng.standard_normal(3), 1.0, 2.0, *rng.integers(-4, 5, 2)])
        x = np.full(n, base)
        for _ in range(2):
            x = np.where(rng.random(n) < 0.5, np.nextafter(x, np.inf), x)
        yield np.where(rng.random(n) < 0.2, -x, x)


def _critical(tape: Tape, n: int, parameters: Float64, rng: np.random.Generator) -> Iterator[Float64]:
    """Beside and at the places where what an instruction looks at changes sign."""
    while True:
        found = False
        start, direction = 2 * rng.standard_normal(n), rng.standard_normal(n)
        values = _looked_at(tape, _line(start, direction, np.linspace(-4, 4, _SAMPLES)), parameters)
        for k in rng.permutation(len(values)):
            signs = np.sign(values[k])
            changes = np.flatnonzero((signs[1:] * signs[:-1] <= 0) & (signs[:-1] != signs[1:]))
            if len(changes):
                x = _bisected(tape, int(k), (start, direction), int(rng.choice(changes)), parameters)
                i = rng.integers(n)
                yield x
                for other in (np.nextafter(x[i], np.inf), x[i] + 1e-9, np.nextafter(x[i], -np.inf)):
                    near = x.copy()
                    near[i] = other
                    yield near
                found = True
        if not found:
            yield start


def _line(start: Float64, direction: Float64, t: Float64) -> Float64:
    return start[:, None] + direction[:, None] * t


def _bisected(tape: Tape, which: int, line: tuple[Float64, Float64], change: int, parameters: Float64) -> Float64:
    low, high = np.linspace(-4, 4, _SAMPLES)[change : change + 2]
    sign = np.sign(_looked_at(tape, _line(*line, np.array([low])), parameters)[which][0])
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        here = np.sign(_looked_at(tape, _line(*line, np.array([middle])), parameters)[which][0])
        low, high = (middle, high) if here == sign else (low, middle)
    return _line(*line, np.array([high]))[:, 0]


def _looked_at(tape: Tape, points: Float64, parameters: Float64) -> list[Float64]:
    """What the tests, quotients, roots and logarithms look at, per point."""
    count = points.shape[1]
    inputs = [*points, *(np.full(count, p) for p in parameters)]
    with np.errstate(all="ignore"):
        values = interpret(tape, inputs, float64.nearest, lambda row, operands: row.value(*operands))
        return [
            np.broadcast_to(
                _CRITICAL[PRIMITIVES[code].name](*[values[k] for k in operands[: PRIMITIVES[code].arity]]), count
            )
            for code, *operands in tape.rows
            if PRIMITIVES[code].name in _CRITICAL
        ]


def _near_overflow(tape: Tape, n: int, parameters: Float64, rng: np.random.Generator) -> Iterator[Float64]:
    """Beside the largest multiple of a random point at which the values are finite."""
    while True:
        x = rng.standard_normal(n)
        low, high = 0.0, 308.0
        for _ in range(40):
            middle = (low + high) / 2
            finite = np.isfinite(float64.run(tape, [*_scaled(x, middle), *parameters])).all()
            low, high = (middle, high) if finite else (low, middle)
        for t in (low - 0.01, low + 0.01):
            yield _scaled(x, t)


def _scaled(x: Float64, t: float) -> Float64:
    """10ᵗ x, at most the largest number."""
    with np.errstate(over="ignore"):
        return np.clip(x * 10**t, -SPECIAL[-1], SPECIAL[-1])


def take(source: Iterator[Float64], count: int) -> Sequence[Float64]:
    """The first ``count`` points."""
    return list(islice(source, count))
