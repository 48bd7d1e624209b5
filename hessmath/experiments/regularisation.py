"""What a penalty does to the spectrum.

Networks are trained with penalties λ of 0, 10⁻³, 10⁻², 10⁻¹ from the same start.  At a fixed θ the penalty adds λ to
every eigenvalue exactly; after training θ differs too.  Measured at the trained θ: the share of eigenvalues that are
not positive, and log₁₀ of the largest over the smallest (in size, zeros counted as 10⁻¹⁰ of the largest).

Rule: supported if the 95 % intervals of the mean change from λ = 0 to 10⁻¹ are negative for both, not supported if
both are positive, depends otherwise.
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
    plain,
    spectrum,
    start,
    together,
)
from hessmath.experiments.experiment import Case, Conclusion, Experiment, Row, Size
from hessmath.experiments.intervals import mean_effect
from hessmath.experiments.storage import Notebook

PENALTIES = (0.0, 1e-3, 1e-2, 1e-1)
STEPS = 300


def measure(case: Case, notebook: Notebook) -> Row:
    """Share of eigenvalues that are not positive, and log₁₀ of the condition number, for every penalty."""
    rng = np.random.default_rng(case["seed"])
    X, Y = data(rng, 20, 4, 2)
    network = plain(4, 8, 1, 2)
    theta = start(network, rng)
    shares, conditions = [], []
    for penalty in PENALTIES:
        loss = network.batch_loss(X, Y, penalty=penalty)
        values = spectrum(loss.hessian(descended(loss, theta, STEPS)))
        sizes = np.abs(values)
        shares.append(float((values <= FLAT * sizes.max()).mean()))
        conditions.append(float(np.log10(sizes.max() / max(float(sizes.min()), FLAT * sizes.max()))))
    return {"not_positive": shares, "log_condition": conditions}


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """By the changes between no and the largest penalty."""
    effects = tuple(
        mean_effect(what, [row[name][-1] - row[name][0] for row in rows], basis=f"{len(rows)} seeds")
        for name, what in (
            ("not_positive", "change of the share of eigenvalues that are not positive"),
            ("log_condition", "change of log10 of the condition number"),
        )
    )
    text = (
        f"A penalty of {PENALTIES[-1]:g} changes the condition number at the trained point by a factor of "
        f"{10 ** effects[1].estimate:.1e} and the share of eigenvalues that are not positive by "
        f"{effects[0].estimate:+.2f}."
    )
    return Conclusion(together(*(by_sign(effect, positive=False) for effect in effects)), effects, text)


EXPERIMENT = Experiment(
    name="regularisation",
    title="A penalty and the spectrum",
    claim="Regularisation improves the conditioning of the Hessian and removes negative curvature.",
    cases=each_seed,
    measure=measure,
    conclude=conclude,
)
