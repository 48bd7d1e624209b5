"""Residual connections and batch normalisation against plain networks (CLAIMS B22).

Three networks of the same width and depth on the same data with Glorot's start: plain, with residual connections,
with batch normalisation (batch statistics differentiated).  The condition number is taken of the Gauss-Newton matrix
on its range (the Hessian is indefinite), at the start and after 50 steps of L-BFGS; the effect is the mean of its
log₁₀ minus that of the plain network with the same seed.

Rule for each of the two: supported if both 95 % intervals are negative, not supported if both are positive, depends
otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hessmath.experiments.ensembles import (
    by_sign,
    data,
    descended,
    each_seed,
    log_condition,
    plain,
    spectrum,
    start,
    together,
)
from hessmath.experiments.experiment import Case, Conclusion, Experiment, Row, Size
from hessmath.experiments.intervals import mean_effect
from hessmath.experiments.storage import Notebook
from hessmath.networks import Network

WIDTH, DEPTH = 5, 4
STEPS = 50


def against_plain(name: str, other: Callable[[], Network], what: str) -> Experiment:
    """The experiment for one change to the plain network."""

    def measure(case: Case, notebook: Notebook) -> Row:
        """log₁₀ of the condition number of both networks, at the start and after training."""
        rng = np.random.default_rng(case["seed"])
        X, Y = data(rng, 40, 4, 2)
        row: Row = {}
        for label, network in (("plain", plain(4, WIDTH, DEPTH, 2)), (name, other())):
            loss = network.batch_loss(X, Y)
            theta = start(network, rng)
            for when, at in (("start", theta), ("trained", descended(loss, theta, STEPS))):
                row[f"{label}_{when}"] = log_condition(spectrum(loss.linearise(at).ggn()))
        return row

    def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
        """By the signs of the paired differences."""
        effects = []
        for when in ("start", "trained"):
            differences = [row[f"{name}_{when}"] - row[f"plain_{when}"] for row in rows]
            effects.append(
                mean_effect(f"log10 of the ratio of condition numbers, {when}", differences, basis=f"{len(rows)} pairs")
            )
        text = (
            f"With {what} the condition number of the Gauss-Newton matrix on its range is "
            f"{10 ** effects[0].estimate:.2g} times that of the plain network at the start and "
            f"{10 ** effects[1].estimate:.2g} times after {STEPS} steps of L-BFGS."
        )
        return Conclusion(together(*(by_sign(effect, positive=False) for effect in effects)), tuple(effects), text)

    return Experiment(
        name=name,
        title=f"{what[0].upper()}{what[1:]} and the condition number",
        claim=f"{what[0].upper()}{what[1:]} lowers the condition number (B22).",
        cases=each_seed,
        measure=measure,
        conclude=conclude,
    )
