"""Images of curves, made by a formula: a re-creation of the CURVES data, and scikit-learn's digits.

Hinton & Salakhutdinov's CURVES are synthetic images of smooth curves whose true dimension is six: a test for deep
autoencoders with a code layer of six units.  Here image i = 1, 2, … is a quadratic Bézier curve through points of the
additive recurrence u_{i,d} = frac(1/2 + i·g⁻ᵈ), d = 1 … 6, with g⁷ = g + 1: spread evenly in six dimensions, without
a random number, so that the same count and size give the same images everywhere.
"""

from __future__ import annotations

import operator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError, MissingExtra

Images = NDArray[np.float64]

POINTS = 60  # of the curve that leave ink
INK = 0.6
MARGIN = 6 / 28  # of the side, free of control points


def curves(count: int, size: int = 28) -> Images:
    """Images of curves with intensities in [0, 1], one a row: (count, size²), pixels by rows from the top.

    Control points P₁ = (u₁, u₂), P₂ = (u₃, u₄), P₃ = (u₅, u₆), as (row, column), are mapped to [m, size − 1 − m]²
    with m = 6·size/28.  At t = (k + 1/2)/60, k = 0 … 59, the curve (1 − t)²P₁ + 2t(1 − t)P₂ + t²P₃ leaves ink 0.6,
    spread bilinearly over the four nearest pixels; a pixel holds at most 1.

    Raises
    ------
    InputError
        If count < 1 or size < 4.

    References
    ----------
    Hinton & Salakhutdinov (2006), Reducing the dimensionality of data with neural networks (supporting material);
    Roberts (2018), The unreasonable effectiveness of quasirandom sequences (the recurrence).

    Examples
    --------
    >>> images = curves(500, 12)
    >>> images.shape, float(images.max())
    ((500, 144), 1.0)
    >>> round(pixel_entropy(images), 3)
    2.273
    """
    count, size = _whole("count", count, 1), _whole("size", size, 4)
    margin = MARGIN * size
    P = (margin + _spread(count) * (size - 1 - 2 * margin)).reshape(count, 3, 2)
    t = ((np.arange(POINTS) + 0.5) / POINTS)[:, None]
    places = (1 - t) ** 2 * P[:, None, 0] + 2 * t * (1 - t) * P[:, None, 1] + t**2 * P[:, None, 2]  # (count, 60, 2)
    corner = np.floor(places).astype(np.int64)  # at most size − 2, because the margin is positive
    part = places - corner
    images = np.zeros((count, size, size))
    image = np.arange(count)[:, None]
    for down in (0, 1):
        for right in (0, 1):
            share = np.abs(1 - down - part[..., 0]) * np.abs(1 - right - part[..., 1])
            np.add.at(images, (image, corner[..., 0] + down, corner[..., 1] + right), INK * share)
    return np.minimum(images, 1.0).reshape(count, size * size)


def digits() -> Images:
    """The 8×8 digits of scikit-learn with intensities in [0, 1], (1797, 64).

    Raises
    ------
    MissingExtra
        If scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise MissingExtra(
            "The digits come with scikit-learn, which is not installed: pip install scikit-learn, or use curves()."
        ) from error
    return np.asarray(load_digits().data, dtype=np.float64) / 16.0


def pixel_entropy(images: ArrayLike) -> float:
    """The mean over images of Σ −y log y − (1 − y) log(1 − y), in nats: no cross-entropy of these targets is lower.

    Parameters
    ----------
    images : (N, pixels), entries in [0, 1]

    Raises
    ------
    InputError
        If an entry is outside [0, 1].

    Examples
    --------
    >>> round(pixel_entropy([[0.5, 0.0], [1.0, 0.0]]), 6)  # (log 2)/2
    0.346574
    """
    y = np.asarray(images, dtype=np.float64)
    if not ((y >= 0.0) & (y <= 1.0)).all():
        raise InputError(f"Pixels must be in [0, 1], but they go from {y.min():.4g} to {y.max():.4g}.")
    safe = np.where((y == 0.0) | (y == 1.0), 0.5, y)
    each = np.where(safe == y, -y * np.log(safe) - (1 - y) * np.log1p(-safe), 0.0)
    return float(each.sum() / y.shape[0])


def _spread(count: int) -> NDArray[np.float64]:
    """u_{i,d} for i = 1 … count and d = 1 … 6, (count, 6)."""
    g = 1.0
    for _ in range(20):  # Newton's method; products and quotients only, so that the bits are the same everywhere
        power = g * g * g * g * g * g
        g -= (power * g - g - 1.0) / (7.0 * power - 1.0)
    steps = np.cumprod(np.full(6, 1.0 / g))
    return np.asarray((0.5 + np.arange(1, count + 1)[:, None] * steps) % 1.0, dtype=np.float64)


def _whole(name: str, value: int, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{name} must be an integer, but is {value!r}.") from None
    if number < least:
        raise InputError(f"{name} must be at least {least}, but is {number}.")
    return number
