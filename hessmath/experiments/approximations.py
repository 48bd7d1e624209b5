"""What diagonal, low-rank and mini-batch approximations of the Hessian lose (CLAIMS D1).

On networks at Glorot's start: the relative Frobenius error of diag H, of the best rank-5 approximation (which is the
Eckart–Young bound itself, checked against the eigenvalues left out), and of the Hessian of a random quarter of the
batch.

Rule: supported if every mean error has a 95 % interval above 1 %; not supported if all are below; depends otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hessmath.curvature import Hessian, diagonal, low_rank
from hessmath.experiments.ensembles import data, each_seed, plain, spectrum, start
from hessmath.experiments.experiment import Case, Conclusion, Experiment, Finding, Row, Size
from hessmath.experiments.intervals import mean_effect
from hessmath.experiments.storage import Notebook

SAMPLES, RANK = 40, 5
NAMES = {"diagonal": "diagonal", "low_rank": f"rank {RANK}", "mini_batch": "a quarter of the batch"}


def measure(case: Case, notebook: Notebook) -> Row:
    """The relative errors, and the Eckart–Young bound of the low rank."""
    rng = np.random.default_rng(case["seed"])
    network = plain(4, 6, 2, 2)
    loss = network.batch_loss(*data(rng, SAMPLES, 4, 2))
    theta = start(network, rng)
    A = Hessian.at(loss, theta)
    H = A.to_dense()
    part = loss.subset(rng.choice(SAMPLES, SAMPLES // 4, replace=False)).hessian(theta)
    size = np.linalg.norm(H)
    left = np.sort(np.abs(spectrum(H)))[:-RANK]
    return {
        "diagonal": float(np.linalg.norm(H - np.diag(diagonal(A))) / size),
        "low_rank": float(np.linalg.norm(H - low_rank(A, RANK).to_dense()) / size),
        "eckart_young": float(np.linalg.norm(left) / size),
        "mini_batch": float(np.linalg.norm(H - part) / size),
    }


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """By the mean errors."""
    effects = tuple(
        mean_effect(f"relative error, {what}", [row[name] for row in rows], basis=f"{len(rows)} seeds")
        for name, what in NAMES.items()
    )
    if all(effect.low > 0.01 for effect in effects):
        finding = Finding.SUPPORTED
    elif all(effect.high < 0.01 for effect in effects):
        finding = Finding.NOT_SUPPORTED
    else:
        finding = Finding.DEPENDS
    errors = ", ".join(f"{what} {effect.estimate:.0%}" for what, effect in zip(NAMES.values(), effects, strict=True))
    gap = max(abs(row["low_rank"] - row["eckart_young"]) for row in rows)
    text = f"Relative errors in the Frobenius norm: {errors}; the low rank meets the Eckart–Young bound to {gap:.0e}."
    return Conclusion(finding, effects, text)


EXPERIMENT = Experiment(
    name="approximations",
    title="What approximations of the Hessian lose",
    claim="Diagonal, low-rank and mini-batch approximations lose curvature (D1).",
    cases=each_seed,
    measure=measure,
    conclude=conclude,
)
