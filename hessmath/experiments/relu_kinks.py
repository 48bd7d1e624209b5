"""ReLU networks at kinks (CLAIMS B20c).

A hidden unit's bias is set so that it is exactly 0 at one sample.  The Hessians on both sides of the kink are exact
(away from kinks the Hessian is that of the active linear pieces); their difference is a jump of the network's
curvature that no single matrix at the kink describes.  Compared are the two one-sided limits along the bias, in
rationals where the inputs are.

Rule: supported if the limits differ by more than 1 % of their norm in every network; not supported if they agree
(below 10⁻¹²) in every one; depends otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hessmath.experiments.ensembles import data, each_seed, plain, start
from hessmath.experiments.experiment import Case, Conclusion, Experiment, Finding, Row, Size
from hessmath.experiments.intervals import mean_effect
from hessmath.experiments.storage import Notebook
from hessmath.networks import ReLU, Tanh

DISTANCES = (1e-3, 1e-5, 1e-7)


def measure(case: Case, notebook: Notebook) -> Row:
    """The jump of the Hessian across the place where a unit is 0, for ReLU and for tanh, at shrinking distances."""
    rng = np.random.default_rng(case["seed"])
    X, Y = data(rng, 8, 3, 2)
    row: Row = {}
    for name, activation in (("relu", ReLU()), ("tanh", Tanh())):
        network = plain(3, 4, 1, 2, activation)
        theta = start(network, rng)
        parts = network.unflatten(theta)
        parts["b0"][0] = -float(X[0] @ parts["W0"][:, 0])
        loss = network.batch_loss(X, Y)
        jumps = []
        for distance in DISTANCES:
            sides = []
            for sign in (-1.0, 1.0):
                moved = theta.copy()
                network.unflatten(moved)["b0"][0] += sign * distance
                sides.append(loss.hessian(moved))
            jumps.append(float(np.linalg.norm(sides[1] - sides[0]) / np.linalg.norm(sides[0])))
        row[name] = jumps
    return row


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """By the jumps at the smallest distance."""
    effects = tuple(
        mean_effect(f"relative jump, {name}", [row[name][-1] for row in rows], basis=f"{len(rows)} seeds")
        for name in ("relu", "tanh")
    )
    jumps = [row["relu"][-1] for row in rows]
    if min(jumps) > 0.01:
        finding = Finding.SUPPORTED
    elif max(jumps) < 1e-12:
        finding = Finding.NOT_SUPPORTED
    else:
        finding = Finding.DEPENDS
    text = (
        f"Across a kink the Hessian jumps by {effects[0].estimate:.0%} of its norm (between {min(jumps):.1%} and "
        f"{max(jumps):.0%}); for tanh in the same place by {effects[1].estimate:.0e} at a distance of "
        f"{DISTANCES[-1]:g}."
    )
    return Conclusion(finding, effects, text)


EXPERIMENT = Experiment(
    name="relu-kinks",
    title="The Hessian of ReLU networks at kinks",
    claim="ReLU needs a generalised Hessian: its one-sided limits at a kink differ (B20c).",
    cases=each_seed,
    measure=measure,
    conclude=conclude,
)
