"""Random vectors inside loops that Numba compiles: one seed per run, the same numbers in Python and in machine code."""

from __future__ import annotations

import math
from typing import Any

from hessmath.linear.twofold import twofold

MODULUS, FACTOR = 2147483647.0, 16807.0  # 2³¹ − 1: products stay below 2⁵³, exact in float64


@twofold
def seed_of(v: Any) -> float:
    """An integer in [1, 2³¹ − 2] made of the first digits of a random vector."""
    seed = 1.0
    for i in range(min(v.size, 4)):
        part = math.floor(abs(v[i]) * 1e8) % MODULUS
        seed = (seed * FACTOR + part) % MODULUS
    return max(1.0, seed % (MODULUS - 1.0))


@twofold
def uniform_in_ball(seed: float, radius: float, out: Any) -> float:
    """out ← uniform in the ball of this radius; the next seed.

    References
    ----------
    Park & Miller (1988), Random number generators: good ones are hard to find; Box & Muller (1958).
    """
    total = 0.0
    for i in range(out.size):
        seed = (seed * FACTOR) % MODULUS
        u = seed / MODULUS
        seed = (seed * FACTOR) % MODULUS
        out[i] = math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * seed / MODULUS)
        total += out[i] * out[i]
    seed = (seed * FACTOR) % MODULUS
    scale = radius * (seed / MODULUS) ** (1.0 / out.size) / math.sqrt(total) if total > 0.0 else 0.0
    for i in range(out.size):
        out[i] *= scale
    return seed
