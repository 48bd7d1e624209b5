"""More parameters than data (CLAIMS B22).

One hidden layer of 2 to 16 tanh units, 8 samples, 2 outputs, squares: the Gauss-Newton matrix has rank at most 16
whatever the width (proved: it is JᵀH_ℓJ with J of 16 rows), so n − 16 directions have no curvature at a minimum of
loss 0.  Measured after training by L-BFGS: the share of eigenvalues of the Hessian below 10⁻³ of the largest.

Rule: supported if the 95 % interval of the mean slope of that share in log₂ width is positive, and the bound holds in
every network; not supported if it is negative; depends otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hessmath.experiments.ensembles import (
    FLAT,
    by_sign,
    data,
    descended,
    each_seed,
    flat_share,
    plain,
    slope_effect,
    spectrum,
    start,
)
from hessmath.experiments.experiment import Case, Conclusion, Experiment, Finding, Row, Size
from hessmath.experiments.storage import Notebook

WIDTHS = (2, 4, 8, 16)
SAMPLES, OUTPUTS = 8, 2
STEPS = 300


def measure(case: Case, notebook: Notebook) -> Row:
    """The flat share, the rank of the Gauss-Newton matrix and the loss at every width."""
    rng = np.random.default_rng(case["seed"])
    X, Y = data(rng, SAMPLES, 4, OUTPUTS)
    flat, ranks, losses = [], [], []
    for width in WIDTHS:
        network = plain(4, width, 1, OUTPUTS)
        loss = network.batch_loss(X, Y)
        theta = descended(loss, start(network, rng), STEPS)
        lin = loss.linearise(theta)
        values = spectrum(lin.ggn())
        ranks.append(int((values > FLAT * values[-1]).sum()))
        flat.append(flat_share(spectrum(loss.hessian(theta))))
        losses.append(lin.value)
    return {"flat_share": flat, "rank": ranks, "loss": losses}


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """By the slope of the flat share, and the bound on the rank."""
    effect = slope_effect(
        "share of flat directions, per doubling of the width",
        np.log2(WIDTHS).tolist(),
        [row["flat_share"] for row in rows],
        f"{len(rows)} seeds",
    )
    bound = all(rank <= SAMPLES * OUTPUTS for row in rows for rank in row["rank"])
    finding = by_sign(effect)
    if finding is Finding.SUPPORTED and not bound:
        finding = Finding.DEPENDS
    widest = float(np.mean([row["flat_share"][-1] for row in rows]))
    text = (
        f"With {WIDTHS[-1]} units {widest:.0%} of the directions have less than a thousandth of the largest curvature; "
        f"per doubling of the width {effect.estimate:+.2f}. The Gauss-Newton matrix "
        f"{'has' if bound else 'does not have'} rank at most {SAMPLES * OUTPUTS} in every network."
    )
    return Conclusion(finding, (effect,), text)


EXPERIMENT = Experiment(
    name="over-parameterisation",
    title="Over-parameterisation and flat directions",
    claim="Over-parameterisation adds directions of low curvature (B22).",
    cases=each_seed,
    measure=measure,
    conclude=conclude,
)
