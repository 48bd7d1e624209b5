"""Intervals for what an ensemble shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from hessmath.errors import InputError
from hessmath.experiments.experiment import Effect


def mean_effect(name: str, values: Sequence[float], *, level: float = 0.95, basis: str = "") -> Effect:
    """The mean of independent values with Student's interval.

    Raises
    ------
    InputError
        If there are fewer than two values.

    Examples
    --------
    >>> print(mean_effect("ratio", [1.0, 2.0, 3.0], basis="3 seeds"))
    ratio: 2, 95% interval [-0.4841, 4.484] over 3 seeds
    """
    from scipy.special import stdtrit

    if len(values) < 2:
        raise InputError(f"An interval needs at least two values, but {name} has {len(values)}.")
    x = np.asarray(values, dtype=np.float64)
    half = float(stdtrit(x.size - 1, 0.5 + level / 2) * x.std(ddof=1) / np.sqrt(x.size))
    mean = float(x.mean())
    return Effect(name, mean, mean - half, mean + half, level, basis)


def exponent(sizes: ArrayLike, values: ArrayLike) -> float:
    """The p of the least-squares fit values ≈ c·sizesᵖ, on logarithms.

    Examples
    --------
    >>> round(exponent([1, 2, 4], [3, 12, 48]), 12)
    2.0
    """
    slope, _ = np.polyfit(np.log(np.asarray(sizes, dtype=float)), np.log(np.asarray(values, dtype=float)), 1)
    return float(slope)
