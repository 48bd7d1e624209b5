"""Width and how the spectrum is filled (CLAIMS B22).

One hidden layer of 2 to 16 tanh units on the same data, at Glorot's start.  "Fills" is read as: the gaps between
neighbouring eigenvalues shrink, measured by the largest gap of log₁₀|λ| among the eigenvalues above 10⁻⁶ of the
largest.

Rule: supported if the 95 % interval of its mean slope in log₂ width is negative, not supported if it is positive,
depends if it holds 0.  The share of flat directions (below 10⁻³ of the largest) is reported beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hessmath.experiments.ensembles import (
    Array,
    by_sign,
    data,
    each_seed,
    flat_share,
    plain,
    slope_effect,
    spectrum,
    start,
)
from hessmath.experiments.experiment import Case, Conclusion, Experiment, Row, Size
from hessmath.experiments.storage import Notebook

WIDTHS = (2, 4, 8, 16)


def measure(case: Case, notebook: Notebook) -> Row:
    """The largest gap and the flat share at every width."""
    rng = np.random.default_rng(case["seed"])
    X, Y = data(rng, 40, 4, 2)
    gaps, flat = [], []
    for width in WIDTHS:
        network = plain(4, width, 1, 2)
        values = spectrum(network.batch_loss(X, Y).hessian(start(network, rng)))
        gaps.append(largest_gap(values))
        flat.append(flat_share(values))
    return {"largest_gap": gaps, "flat_share": flat}


def largest_gap(values: Array) -> float:
    """The largest step of log₁₀|λ| between neighbours."""
    sizes = np.sort(np.abs(values))
    logs = np.log10(sizes[sizes > 1e-6 * sizes[-1]])
    return float(np.diff(logs).max())


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """By the sign of the slope of the gap."""
    at, basis = np.log2(WIDTHS).tolist(), f"{len(rows)} seeds"
    gap = slope_effect("largest gap in decades, per doubling", at, [row["largest_gap"] for row in rows], basis)
    flat = slope_effect("share of flat directions, per doubling", at, [row["flat_share"] for row in rows], basis)
    text = (
        f"From {WIDTHS[0]} to {WIDTHS[-1]} units the largest gap of the spectrum changes by {gap.estimate:+.2f} "
        f"decades per doubling of the width, the share of flat directions by {flat.estimate:+.3f}."
    )
    return Conclusion(by_sign(gap, positive=False), (gap, flat), text)


EXPERIMENT = Experiment(
    name="width",
    title="Width and the gaps of the spectrum",
    claim="Width fills the spectrum of the Hessian (B22).",
    cases=each_seed,
    measure=measure,
    conclude=conclude,
)
