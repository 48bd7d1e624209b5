"""Adam's second moments beside the diagonals that they are taken for.

Adam divides by √v̂, v̂ the running mean of squared gradients.  With gradients of single samples and labels drawn from
the model the mean of squares is the diagonal of the Fisher matrix, which for these losses is that of the Gauss-Newton
matrix; with the data's labels it is that of the empirical Fisher; with gradients of the whole batch it is only (∇L)²,
which vanishes at a minimum where no curvature does.  ``along_adam`` measures which of these holds on a real run.

References
----------
Kingma & Ba (2015), Adam, algorithm 1; Kunstner, Balles & Hennig (2019), sections 3 and 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.curvature.diagonals import diagonal
from hessmath.curvature.operators import GGN, EmpiricalFisher, Fisher, Hessian
from hessmath.errors import InputError

Array = NDArray[np.float64]

DIAGONALS = {"hessian": Hessian, "ggn": GGN, "fisher": Fisher, "empirical fisher": EmpiricalFisher}


@dataclass(frozen=True)
class Comparison:
    """v̂ and one diagonal at one step of the run.

    ``correlation`` is Spearman's rank correlation of v̂ with the diagonal's absolute values (nan where one of them is
    constant), ``ratio`` the median of v̂ over diagonal, where that is positive.
    """

    step: int
    diagonal: str
    correlation: float
    ratio: float


def along_adam(
    loss: Any,
    theta: ArrayLike,
    steps: int,
    *,
    rate: float = 1e-3,
    batch: int = 1,
    labels: str = "data",
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    looks: int = 3,
    rng: np.random.Generator | int = 0,
) -> list[Comparison]:
    """Run Adam on mini-batches and compare v̂ with diag H, diag GGN, diag F and the empirical diag F.

    Parameters
    ----------
    loss : ``network.batch_loss(X, Y, …)`` without batch statistics
    batch : samples drawn with replacement for every step
    labels : "data", or "model" for labels drawn from the model's own distribution
    looks : how many times along the run the diagonals are taken, n products each

    Raises
    ------
    InputError
        If labels is neither, or there are fewer steps than looks.
    """
    if labels not in ("data", "model"):
        raise InputError(f'labels must be "data" or "model", but is {labels!r}.')
    if not 1 <= looks <= steps:
        raise InputError(f"looks must be from 1 to the {steps} steps, but is {looks}.")
    generator = np.random.default_rng(rng)
    x = np.array(theta, dtype=np.float64)
    mean, second = np.zeros_like(x), np.zeros_like(x)
    found: list[Comparison] = []
    looked = {round(steps * (k + 1) / looks) for k in range(looks)}
    for step in range(1, steps + 1):
        lin = loss.subset(generator.integers(0, loss.samples, batch)).linearise(x)
        g = lin.gradient
        if labels == "model":
            drawn = loss.loss.sample(lin.outputs, generator)
            g = lin.vjp(loss.loss.slope(lin.outputs, drawn)) + loss.penalty * x
        mean = beta1 * mean + (1 - beta1) * g
        second = beta2 * second + (1 - beta2) * g * g
        v_hat = second / (1 - beta2**step)
        x = x - rate * (mean / (1 - beta1**step)) / (np.sqrt(v_hat) + epsilon)
        if step in looked:
            found += [_compared(step, name, v_hat, diagonal(kind.at(loss, x))) for name, kind in DIAGONALS.items()]
    return found


def _compared(step: int, name: str, v_hat: Array, d: Array) -> Comparison:
    from scipy.stats import rankdata  # 0.3 s, so on first use

    a, b = rankdata(v_hat), rankdata(np.abs(d))
    spread = float(a.std() * b.std())
    correlation = float(np.mean((a - a.mean()) * (b - b.mean()))) / spread if spread else math.nan
    positive = d > 0
    return Comparison(
        step, name, correlation, float(np.median(v_hat[positive] / d[positive])) if positive.any() else math.nan
    )
