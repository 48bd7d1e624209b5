"""Adam against SGD: dense and sparse gradients, at first and in fine-tuning (CLAIMS B17).

Logistic regression on 30 features, dense normal ones or sparse ones that occur with probability 1/(2k), single
samples in the same order for both.  Each method takes the rate of a grid (powers of 10^½ from 10⁻³ to 10) with which
the loss is lowest at the end of the phase.  First phase: one pass from 0.  Fine-tuning: five passes from the minimum
of a slightly different data set.  The effect is the mean of log₁₀ of the ratio of what is left to gain, SGD over
Adam: positive where Adam is ahead.

Rule: supported if Adam is ahead (interval positive) in the first phase on sparse gradients, and at least not behind
on dense ones, and SGD is not behind in fine-tuning; not supported if Adam is behind in the first phase on sparse
gradients; depends otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hessmath.experiments.ensembles import Array, seeds
from hessmath.experiments.experiment import Case, Conclusion, Experiment, Finding, Row, Size
from hessmath.experiments.intervals import mean_effect
from hessmath.experiments.storage import Notebook

FEATURES, SAMPLES, PENALTY = 30, 200, 1e-3
RATES = tuple(10.0 ** (k / 2) for k in range(-6, 3))
PASSES = {"first phase": 1, "fine-tuning": 5}


def cases(size: Size, seed: int) -> Sequence[Case]:
    """One for each kind of gradients and seed."""
    return [{"gradients": kind, "seed": k} for kind in ("dense", "sparse") for k in seeds(size, seed)]


def measure(case: Case, notebook: Notebook) -> Row:
    """log₁₀ of (SGD's excess loss / Adam's) in both phases, each at its best rate."""
    rng = np.random.default_rng(case["seed"])
    X = rng.standard_normal((SAMPLES, FEATURES))
    if case["gradients"] == "sparse":
        X *= rng.random((SAMPLES, FEATURES)) < 1 / (2 + 2 * np.arange(FEATURES))
    truth = rng.standard_normal(FEATURES)
    y = np.where(rng.random(SAMPLES) < 1 / (1 + np.exp(-X @ truth)), 1.0, -1.0)
    other = np.where(rng.random(SAMPLES) < 1 / (1 + np.exp(-X @ truth)), 1.0, -1.0)
    best = minimum(X, y)
    starts = {"first phase": np.zeros(FEATURES), "fine-tuning": minimum(X, other)}
    row: Row = {}
    for phase, w in starts.items():
        order = np.concatenate([rng.permutation(SAMPLES) for _ in range(PASSES[phase])])
        left = {method: _best(method, X, y, w, order) - loss(X, y, best) for method in ("sgd", "adam")}
        row[phase] = float(np.log10(max(left["sgd"], 1e-12) / max(left["adam"], 1e-12)))
    return row


def loss(X: Array, y: Array, w: Array) -> float:
    """Mean logistic loss plus the penalty."""
    return float(np.logaddexp(0.0, -y * (X @ w)).mean() + PENALTY * (w @ w) / 2)


def minimum(X: Array, y: Array) -> Array:
    """The minimum, by Newton's method to rounding."""
    w = np.zeros(X.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(y * (X @ w)))
        g = -(X * (y * p)[:, None]).mean(axis=0) + PENALTY * w
        H = (X.T * (p * (1 - p))) @ X / len(y) + PENALTY * np.eye(len(w))
        step = np.linalg.solve(H, g)
        scale = 1.0
        while loss(X, y, w - scale * step) > loss(X, y, w) and scale > 1e-8:
            scale /= 2
        w = w - scale * step
        if np.linalg.norm(g) < 1e-12:
            break
    return w


def _best(method: str, X: Array, y: Array, start: Array, order: Array) -> float:
    """The lowest final loss over the grid of rates."""
    finals = [loss(X, y, _run(method, rate, X, y, start, order)) for rate in RATES]
    return min((value for value in finals if np.isfinite(value)), default=np.inf)


def _run(method: str, rate: float, X: Array, y: Array, start: Array, order: Array) -> Array:
    w, mean, second = start.copy(), np.zeros(len(start)), np.zeros(len(start))
    with np.errstate(over="ignore", invalid="ignore"):
        for step, i in enumerate(order, 1):
            g = -y[i] * X[i] / (1 + np.exp(y[i] * (X[i] @ w))) + PENALTY * w
            if method == "adam":
                mean, second = 0.9 * mean + 0.1 * g, 0.999 * second + 0.001 * g * g
                g = mean / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
            w = w - rate * g
    return w


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """Four effects: positive where Adam is ahead."""
    effects = {}
    for kind in ("dense", "sparse"):
        own = [row for row in rows if row["gradients"] == kind]
        for phase in PASSES:
            name = f"{kind} gradients, {phase}: log10 of SGD's excess over Adam's"
            effects[kind, phase] = mean_effect(name, [row[phase] for row in own], basis=f"{len(own)} seeds")
    sparse, dense = effects["sparse", "first phase"], effects["dense", "first phase"]
    fine = [effects[kind, "fine-tuning"] for kind in ("dense", "sparse")]
    if sparse.high < 0:
        finding = Finding.NOT_SUPPORTED
    elif sparse.low > 0 and dense.high >= 0 and all(effect.low <= 0 for effect in fine):
        finding = Finding.SUPPORTED
    else:
        finding = Finding.DEPENDS
    ratios = ", ".join(f"{kind} {phase} {10**effect.estimate:.2f}" for (kind, phase), effect in effects.items())
    return Conclusion(
        finding,
        tuple(effects.values()),
        f"Ratio of what SGD leaves to gain to what Adam leaves, each at its best rate: {ratios}.",
    )


EXPERIMENT = Experiment(
    name="adam-against-sgd",
    title="Adam against SGD",
    claim="Adam beats SGD at first and with sparse gradients; SGD can win in fine-tuning (B17).",
    cases=cases,
    measure=measure,
    conclude=conclude,
)
