"""Noise of mini-batches and the escape from saddles.

f is the mean of 64 functions (x² − y²)/2 + y⁴/4 + noise·(ξᵢx + ηᵢy) with Σξᵢ = Σηᵢ = 0: a saddle at the origin,
minima at (0, ±1).  Started exactly at the saddle, plain gradient descent stays.  Two kinds of noise are compared:
gradients of the parts that differ at the saddle (noise 0.1), and parts that all vanish there (noise 0, the parts'
curvatures differing instead), as in a deep linear network at zero.

Rule: supported if mini-batches of one leave the saddle (f below −0.2) within 2,000 steps in every run with noise at
the saddle and in every run without; not supported if in none; depends otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hessmath.experiments.ensembles import seeds
from hessmath.experiments.experiment import Case, Conclusion, Effect, Experiment, Finding, Row, Size
from hessmath.experiments.storage import Notebook

PARTS, STEPS, RATE = 64, 2000, 0.05
SADDLE = np.array([1.0, -1.0])
KINDS = {"gradients differ at the saddle": (0.1, 0.0), "only curvatures differ": (0.0, 0.5)}


def cases(size: Size, seed: int) -> Sequence[Case]:
    """One for each kind of noise and seed."""
    return [{"noise": name, "seed": k} for name in KINDS for k in seeds(size, seed)]


def measure(case: Case, notebook: Notebook) -> Row:
    """The steps to leave the saddle for full batches and for batches of one; None if they stay."""
    linear, quadratic = KINDS[case["noise"]]
    rng = np.random.default_rng(case["seed"])
    shifts = linear * _centred(rng, (PARTS, 2))
    curvatures = SADDLE + quadratic * _centred(rng, (PARTS, 2))

    def slope(part: int | None, x: np.ndarray) -> np.ndarray:
        linear = SADDLE * x if part is None else shifts[part] + curvatures[part] * x  # the mean, without rounding
        return np.asarray(linear + np.array([0.0, x[1] ** 3]))

    def left(parts: Sequence[int | None]) -> int | None:
        x = np.zeros(2)
        for step, part in enumerate(parts):
            if (x[0] ** 2 - x[1] ** 2) / 2 + x[1] ** 4 / 4 < -0.2:
                return step
            x = x - RATE * slope(part, x)
        return None

    return {"full_batch": left([None] * STEPS), "single": left(rng.integers(0, PARTS, STEPS).tolist())}


def _centred(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Normal numbers whose columns sum to 0 exactly: each with its opposite."""
    half = rng.standard_normal((shape[0] // 2, shape[1]))
    return np.concatenate([half, -half])


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """By the shares of runs that left."""
    effects = []
    for kind in KINDS:
        own = [row for row in rows if row["noise"] == kind]
        for name in ("single", "full_batch"):
            effects.append(share(f"left the saddle, {name.replace('_', ' ')}, {kind}", [r[name] for r in own]))
    single = [effects[0], effects[2]]
    if all(effect.estimate == 1.0 for effect in single):
        finding = Finding.SUPPORTED
    elif all(effect.estimate == 0.0 for effect in single):
        finding = Finding.NOT_SUPPORTED
    else:
        finding = Finding.DEPENDS
    text = (
        f"From the exact saddle batches of one leave in {effects[0].estimate:.0%} of the runs where the parts' "
        f"gradients differ there and in {effects[2].estimate:.0%} where they all vanish; full batches in "
        f"{effects[1].estimate:.0%} and {effects[3].estimate:.0%}."
    )
    return Conclusion(finding, tuple(effects), text)


def share(name: str, steps: Sequence[int | None]) -> Effect:
    """The share of runs that left, with Clopper and Pearson's interval."""
    from scipy.stats import beta

    n, k = len(steps), sum(step is not None for step in steps)
    low = float(beta.ppf(0.025, k, n - k + 1)) if k else 0.0
    high = float(beta.ppf(0.975, k + 1, n - k)) if k < n else 1.0
    return Effect(name, k / n, low, high, 0.95, f"{n} seeds")


EXPERIMENT = Experiment(
    name="sgd-noise",
    title="Noise of mini-batches at a saddle",
    claim="The noise of mini-batches lets SGD escape from saddles.",
    cases=cases,
    measure=measure,
    conclude=conclude,
)
