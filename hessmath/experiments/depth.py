"""Depth and the width of the spectrum (CLAIMS B22).

Networks of one to five hidden layers of six tanh units on the same data, at Glorot's start and after 50 steps of
L-BFGS: log₁₀ of the largest over the median size of the Hessian's eigenvalues, and its slope in depth for every seed.

Rule: supported if the 95 % interval of the mean slope is positive at the start and after training, not supported if
it is negative at both, depends otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hessmath.experiments.ensembles import (
    by_sign,
    data,
    descended,
    each_seed,
    plain,
    slope_effect,
    spectrum,
    spread,
    start,
    together,
)
from hessmath.experiments.experiment import Case, Conclusion, Experiment, Row, Size
from hessmath.experiments.storage import Notebook

DEPTHS = (1, 2, 3, 4, 5)
WIDTH = 6
STEPS = 50


def measure(case: Case, notebook: Notebook) -> Row:
    """The spread at every depth."""
    rng = np.random.default_rng(case["seed"])
    X, Y = data(rng, 40, 4, 2)
    first, trained = [], []
    for depth in DEPTHS:
        network = plain(4, WIDTH, depth, 2)
        loss = network.batch_loss(X, Y)
        theta = start(network, rng)
        first.append(spread(spectrum(loss.hessian(theta))))
        trained.append(spread(spectrum(loss.hessian(descended(loss, theta, STEPS)))))
    return {"at_start": first, "trained": trained}


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """By the signs of both slopes."""
    basis = f"{len(rows)} seeds"
    first = slope_effect("decades per layer at the start", DEPTHS, [row["at_start"] for row in rows], basis)
    trained = slope_effect("decades per layer after training", DEPTHS, [row["trained"] for row in rows], basis)
    text = (
        f"From {DEPTHS[0]} to {DEPTHS[-1]} hidden layers of {WIDTH} units the largest eigenvalue over the median one "
        f"changes by a factor of {10**first.estimate:.2f} per layer at the start and {10**trained.estimate:.2f} after "
        f"{STEPS} steps of L-BFGS."
    )
    return Conclusion(together(by_sign(first), by_sign(trained)), (first, trained), text)


EXPERIMENT = Experiment(
    name="depth",
    title="Depth and the width of the spectrum",
    claim="Depth widens the spectrum of the Hessian (B22).",
    cases=each_seed,
    measure=measure,
    conclude=conclude,
)
