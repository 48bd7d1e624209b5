"""Saturated units and the curvature of the weights around them (CLAIMS B21).

The bias of one hidden unit is raised, so that it saturates at every sample; the largest entry of the Hessian's block
of its incoming weights and of its outgoing weights is followed.  ReLU is measured with the bias lowered: the unit
dies.

Rule: supported if, for tanh and the logistic function, the incoming block falls below 5 % of what it was (upper end
of the interval) while the outgoing one stays above 20 % (lower end); not supported if the incoming block stays above
50 %; depends otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hessmath.experiments.ensembles import data, seeds, start
from hessmath.experiments.experiment import Case, Conclusion, Effect, Experiment, Finding, Row, Size
from hessmath.experiments.intervals import mean_effect
from hessmath.experiments.storage import Notebook
from hessmath.networks import Dense, Network, ReLU, Sigmoid, Tanh

SHIFTS = (0.0, 2.0, 4.0, 6.0, 8.0, 12.0)
ACTIVATIONS = {"tanh": (Tanh(), 1.0), "sigmoid": (Sigmoid(), 1.0), "relu, dying": (ReLU(), -1.0)}


def cases(size: Size, seed: int) -> Sequence[Case]:
    """One for each activation and seed."""
    return [{"activation": name, "seed": k} for name in ACTIVATIONS for k in seeds(size, seed)]


def measure(case: Case, notebook: Notebook) -> Row:
    """The largest entries of both blocks at every shift, relative to those without."""
    activation, sign = ACTIVATIONS[case["activation"]]
    rng = np.random.default_rng(case["seed"])
    network = Network(Dense(3, 4), activation, Dense(4, 2))
    loss = network.batch_loss(*data(rng, 30, 3, 2))
    theta = start(network, rng)
    index = network.unflatten(np.arange(network.size, dtype=float))
    incoming = np.append(index["W0"][:, 0], index["b0"][0]).astype(int)
    outgoing = index["W1"][0].astype(int)
    found: dict[str, list[float]] = {"incoming": [], "outgoing": []}
    for shift in SHIFTS:
        shifted = theta.copy()
        network.unflatten(shifted)["b0"][0] = sign * shift
        H = np.abs(loss.hessian(shifted))
        found["incoming"].append(float(H[np.ix_(incoming, incoming)].max()))
        found["outgoing"].append(float(H[np.ix_(outgoing, outgoing)].max()))
    return {name: [value / values[0] for value in values] for name, values in found.items()}


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """What is left at the largest shift."""
    effects: list[Effect] = []
    for name in ACTIVATIONS:
        own = [row for row in rows if row["activation"] == name]
        for block in ("incoming", "outgoing"):
            values = [row[block][-1] for row in own]
            effects.append(mean_effect(f"{name}: {block} curvature left", values, basis=f"{len(own)} seeds"))
    smooth = [effects[k : k + 2] for k in (0, 2)]
    if all(inner.high < 0.05 and outer.low > 0.2 for inner, outer in smooth):
        finding = Finding.SUPPORTED
    elif all(inner.low > 0.5 for inner, _ in smooth):
        finding = Finding.NOT_SUPPORTED
    else:
        finding = Finding.DEPENDS
    text = (
        f"With a bias of {SHIFTS[-1]:g} the Hessian's block of the incoming weights keeps "
        f"{effects[0].estimate:.1e} (tanh) and {effects[2].estimate:.1e} (logistic) of its size, that of the outgoing "
        f"weights {effects[1].estimate:.2f} and {effects[3].estimate:.2f}. A ReLU unit that dies loses both."
    )
    return Conclusion(finding, tuple(effects), text)


EXPERIMENT = Experiment(
    name="saturation",
    title="Saturated units and curvature",
    claim="Saturated units flatten the loss in their incoming weights, not in their outgoing ones (B21).",
    cases=cases,
    measure=measure,
    conclude=conclude,
)
