"""The batch's part in the Hessian of a batch-normalised network (CLAIMS B20b).

Without batch statistics the Hessian of the mean loss is the mean of the Hessians of single samples, so that changing
one sample changes only its own term.  With them every sample's loss depends on the others.  Measured: one sample of
the batch is replaced, and the Hessian of the sum of the *other* samples' losses is compared before and after,
relative to its norm.

Rule: supported if the change is 0 to rounding (below 10⁻¹²) in every network without and above 10⁻³ in every network
with batch statistics; not supported if it is below 10⁻¹² with them; depends otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hessmath.experiments.ensembles import data, each_seed, plain, start
from hessmath.experiments.experiment import Case, Conclusion, Experiment, Finding, Row, Size
from hessmath.experiments.intervals import mean_effect
from hessmath.experiments.storage import Notebook
from hessmath.networks import BatchNorm, Dense, Network, Tanh

SAMPLES = 6


def measure(case: Case, notebook: Notebook) -> Row:
    """The relative change of the others' Hessian, without and with batch statistics."""
    rng = np.random.default_rng(case["seed"])
    X, Y = data(rng, SAMPLES + 1, 3, 2)
    row: Row = {}
    networks = {
        "plain": plain(3, 4, 1, 2),
        "normalised": Network(Dense(3, 4), BatchNorm(4), Tanh(), Dense(4, 2)),
    }
    for name, network in networks.items():
        theta = start(network, rng)
        before, after = (_of_others(network, X[rows], Y[rows], theta) for rows in _batches())
        row[name] = float(np.linalg.norm(after - before) / np.linalg.norm(before))
    return row


def _batches() -> tuple[list[int], list[int]]:
    """The first SAMPLES samples, and the same with the last of them replaced."""
    first = list(range(SAMPLES))
    return first, [*first[:-1], SAMPLES]


def _of_others(network: Network, X: np.ndarray, Y: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """The Hessian of the summed squares of all samples of the batch but the last.

    The last sample's target is set to its own output, so that its residual is 0 there: of its squares only 2JᵀJ is left
    in the Hessian, which is taken off.
    """
    lin = network.batch_loss(X, Y).linearise(theta)
    targets = Y.copy()
    targets[-1] = lin.outputs[-1]
    loss = network.batch_loss(X, targets)
    at = loss.linearise(theta)
    J = at.jvp(np.eye(network.size))[-1]
    scale = Y.size
    return np.asarray(at.hessian() * scale - 2 * J.T @ J)


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """By the smallest and largest changes."""
    effects = tuple(
        mean_effect(f"relative change, {name}", [row[name] for row in rows], basis=f"{len(rows)} seeds")
        for name in ("plain", "normalised")
    )
    plain_most = max(row["plain"] for row in rows)
    least, most = min(row["normalised"] for row in rows), max(row["normalised"] for row in rows)
    if plain_most < 1e-12 and least > 1e-3:
        finding = Finding.SUPPORTED
    elif most < 1e-12:
        finding = Finding.NOT_SUPPORTED
    else:
        finding = Finding.DEPENDS
    text = (
        f"Replacing one of {SAMPLES} samples changes the Hessian of the others' loss by {effects[1].estimate:.0%} of "
        f"its norm with batch statistics (at least {least:.1%}) and by at most {plain_most:.0e} without."
    )
    return Conclusion(finding, effects, text)


EXPERIMENT = Experiment(
    name="batch-norm-batch",
    title="The batch's part in the Hessian of batch normalisation",
    claim="Batch normalisation makes the Hessian depend on the batch (B20b).",
    cases=each_seed,
    measure=measure,
    conclude=conclude,
)
