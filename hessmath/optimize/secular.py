"""The global minimum of a quadratic model with a bound or a cubic term, when the eigenvalues of H are known.

In the eigenbasis the minimiser is hᵢ = −cᵢ/(λᵢ + λ), where λ ≥ max(0, −λ₁) makes ‖h‖ equal to the radius, or to λ/σ.
"""

from __future__ import annotations

import math
from typing import Any

from hessmath.linear.twofold import twofold


@twofold
def secular_step(k: int, eigenvalues: Any, c: Any, radius: float, sigma: float, h: Any) -> float:
    """h ← the minimiser of cᵀh + ½Σλᵢhᵢ², and λ: within ``radius`` if ``sigma`` is 0, else with σ/3‖h‖³ added.

    λ is searched as an offset μ from −λ₁ where that is positive, so that nothing is lost in the hard case, in which c
    has no component along the first eigenvector: then h gets one.

    Parameters
    ----------
    k : how many entries of the arrays count
    eigenvalues : rising
    c : the gradient in the eigenbasis

    References
    ----------
    Conn, Gould & Toint (2000), Trust-region methods, section 7.3;
    Cartis, Gould & Toint (2011), Adaptive cubic regularisation methods, Part I, section 6.1.
    """
    low = max(0.0, -eigenvalues[0])
    size = 0.0
    for i in range(k):
        size = math.hypot(size, c[i])
    if sigma == 0.0 and eigenvalues[0] > 0.0 and _shifted(k, eigenvalues, c, 0.0, 0.0, h) <= radius:
        return 0.0
    high = math.sqrt(sigma * size) if sigma > 0.0 else size / radius
    bottom, top = 0.0, max(high, 1e-290)
    mu, length, target = top, 0.0, radius
    for _ in range(200):
        length = _shifted(k, eigenvalues, c, low, mu, h)
        target = (low + mu) / sigma if sigma > 0.0 else radius
        if abs(length - target) <= 1e-12 * target or top <= bottom * (1.0 + 4e-16) or top < 1e-300:
            break
        if length > target:
            bottom = mu
        else:
            top = mu
        # Newton's method on 1/‖h‖ − 1/target, which is nearly linear.
        slope = 0.0
        for i in range(k):
            slope += h[i] / length * (h[i] / length) / (eigenvalues[i] + low + mu) if length > 0.0 else 0.0
        bend = slope + (length / target) / (low + mu) if sigma > 0.0 else slope
        mu = mu - (1.0 - length / target) / bend if bend > 0.0 else 0.0
        if not bottom < mu < top:
            mu = math.sqrt(bottom * top) if bottom > 0.0 else 1e-6 * top
    if sigma == 0.0 and low == 0.0 and length < (1.0 - 1e-6) * target:
        return 0.0  # λ₁ = 0, and c has no component there: the minimum is inside
    if length < (1.0 - 1e-6) * target and low > 0.0:  # the hard case
        rest = math.sqrt((target - length) * (target + length))
        h[0] += rest if h[0] >= 0.0 else -rest
    return low + mu


@twofold
def _shifted(k: int, eigenvalues: Any, c: Any, low: float, mu: float, h: Any) -> float:
    """hᵢ ← −cᵢ/(λᵢ + low + μ); its length."""
    length = 0.0
    for i in range(k):
        h[i] = -c[i] / ((eigenvalues[i] + low) + mu) if c[i] != 0.0 else 0.0
        length = math.hypot(length, h[i])
    return length
