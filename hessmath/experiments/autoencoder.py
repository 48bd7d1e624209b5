"""Hessian-free training of a deep autoencoder against first-order methods (Martens 2010).

Images of curves are compressed to six numbers and restored: logistic units, a linear code layer, cross-entropy summed
over pixels and averaged over images.  What is left is the gap, the loss minus the entropy of the pixels.  Updates,
passes over the data and seconds are counted until the gap is small, and the conditioning of the Gauss-Newton matrix is
measured along the runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.experiments.experiment import Case, Conclusion, Effect, Experiment, Finding, Row, Size
from hessmath.experiments.ritz import ritz_values
from hessmath.experiments.storage import Notebook
from hessmath.experiments.training import (
    GAP,
    PASSES,
    SGD,
    UPDATES,
    AdamRule,
    Goal,
    NesterovMomentum,
    Rule,
    Trained,
    by_gradients,
    by_hessian_free,
)
from hessmath.networks import (
    BatchLoss,
    BinaryCrossEntropy,
    Dense,
    Network,
    Sigmoid,
    Sparse,
    curves,
    pixel_entropy,
)
from hessmath.optimize import HessianFree, SquaredGradients


@dataclass(frozen=True)
class Setting:
    """One size of the experiment."""

    side: int  # of the images
    images: int
    widths: tuple[int, ...]  # of the encoder; the decoder mirrors it
    batch: int  # of first-order methods
    parts: int  # of the data, for products with the Gauss–Newton matrix
    gaps: tuple[float, float]  # the modest and the high accuracy
    updates: int  # at most, of Hessian-free
    passes: int  # at most, of first-order methods
    hessian_free_seeds: int
    grids: dict[str, tuple[float, ...]]  # the rates of each first-order method


SETTINGS = {
    Size.SHORT: Setting(
        side=8,
        images=60,
        widths=(64, 24, 12, 3),
        batch=20,
        parts=1,
        gaps=(1.5, 0.5),
        updates=60,
        passes=1_200,
        hessian_free_seeds=1,
        grids={"sgd": (0.1, 0.3, 1.0), "nesterov": (0.03,), "adam": (0.01,)},
    ),
    Size.STANDARD: Setting(
        side=12,
        images=500,
        widths=(144, 100, 50, 25, 6),
        batch=100,
        parts=1,
        gaps=(0.05, 0.005),
        updates=150,
        passes=15_000,
        hessian_free_seeds=3,
        grids={"sgd": (0.02, 0.05, 0.1), "nesterov": (0.001, 0.003, 0.01), "adam": (0.001, 0.003)},
    ),
    Size.LARGE: Setting(
        side=28,
        images=20_000,
        widths=(784, 400, 200, 100, 50, 25, 6),
        batch=500,
        parts=8,
        gaps=(1.0, 0.1),
        updates=500,
        passes=1_000,
        hessian_free_seeds=1,
        grids={"sgd": (0.02, 0.05), "nesterov": (0.003,), "adam": (0.001,)},
    ),
}

RULES = {"sgd": SGD, "nesterov": NesterovMomentum, "adam": AdamRule}
LINKS = 15  # of each unit at the start
RITZ_STEPS = 40


def autoencoder(widths: Sequence[int]) -> Network:
    """The encoder of these widths and its mirror image: logistic units, but a linear code layer; logits at the end.

    Examples
    --------
    >>> autoencoder((4, 3, 2))
    Network(Dense(4, 3), Sigmoid(), Dense(3, 2), Dense(2, 3), Sigmoid(), Dense(3, 4))
    """
    layers: list[Any] = []
    through = [*widths, *reversed(widths[:-1])]
    for number, (inputs, outputs) in enumerate(pairwise(through), start=1):
        layers.append(Dense(inputs, outputs))
        if number not in (len(widths) - 1, len(through) - 1):
            layers.append(Sigmoid())
    return Network(*layers)


def cases(size: Size, seed: int) -> Sequence[Case]:
    """Hessian-free from several starts, each first-order method at every rate of its grid from the first of them."""
    setting = SETTINGS[size]
    free = [
        {"method": "hessian-free", "rate": None, "seed": seed + k, "size": size.value}
        for k in range(setting.hessian_free_seeds)
    ]
    first_order = [
        {"method": method, "rate": rate, "seed": seed, "size": size.value}
        for method, rates in setting.grids.items()
        for rate in rates
    ]
    return free + first_order


def measure(case: Case, notebook: Notebook) -> Row:
    """Train, and look at the Gauss–Newton matrix along the run."""
    setting = SETTINGS[Size(case["size"])]
    images = curves(setting.images, setting.side)
    network = autoencoder(setting.widths)
    loss = network.batch_loss(images, images, BinaryCrossEntropy())
    start = network.initial(Sparse(LINKS), rng=case["seed"])
    floor = pixel_entropy(images)
    if case["method"] == "hessian-free":
        goal = Goal(floor, setting.gaps, updates=setting.updates)
        method = HessianFree(preconditioner=SquaredGradients())
        trained = by_hessian_free(loss, start, method, goal, notebook, parts=setting.parts)
    else:
        goal = Goal(floor, setting.gaps, passes=setting.passes)
        rule: Rule = RULES[case["method"]](case["rate"])
        trained = by_gradients(loss, start, rule, goal, notebook, batch=setting.batch, seed=case["seed"])
    found: dict[str, Any] = {}
    for name, gap in zip(("modest", "high"), setting.gaps, strict=True):
        updates, passes, seconds = trained.first_below(gap) or (None, None, None)
        found[f"updates_{name}"] = None if updates is None else int(updates)
        found[f"passes_{name}"] = None if passes is None else round(passes, 1)
        found[f"seconds_{name}"] = None if seconds is None else round(seconds, 2)
    last = trained.curve[-1]
    return {
        **found,
        "updates": int(last[UPDATES]),
        "passes": round(float(last[PASSES]), 1),
        "gap": float(last[GAP]) if math.isfinite(last[GAP]) else None,
        "curve": [[float(f"{value:.6g}") for value in row] for row in trained.curve if math.isfinite(row[GAP])],
        "conditioning": conditioning(loss.subset(slice(0, 500)), trained),
    }


def conditioning(loss: BatchLoss, trained: Trained) -> list[list[float]]:
    """Rows (passes, gap, largest Ritz value, smallest, relative decrease of the gap a pass) at the snapshots.

    Ritz values of the Gauss–Newton matrix in the Krylov space of the gradient, of dimension 40: the curvatures that
    the gradient sees.  The decrease is −d log gap / d passes up to the next snapshot.
    """
    found = []
    for (row, theta), following in zip(trained.snapshots, [*trained.snapshots[1:], None], strict=True):
        here = trained.curve[row]
        after = trained.curve[-1] if following is None else trained.curve[following[0]]
        passes = after[PASSES] - here[PASSES]
        if not (
            passes > 0.0 and np.isfinite(theta).all() and math.isfinite(after[GAP]) and min(here[GAP], after[GAP]) > 0
        ):
            continue
        at = loss.linearise(theta)
        values = ritz_values(at.ggn_product, at.gradient, RITZ_STEPS)
        speed = math.log(here[GAP] / after[GAP]) / passes
        numbers = (here[PASSES], here[GAP], values[-1], max(values[0], 1e-16 * values[-1]), speed)
        found.append([float(f"{value:.6g}") for value in numbers])
    return found


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """Supported if Hessian-free needs fewer passes (epochs) than the best of the SGD grid to the modest accuracy."""
    modest, high = SETTINGS[size].gaps
    free = [row for row in rows if row["method"] == "hessian-free"]
    ours = free[0]
    best = {method: min((row for row in rows if row["method"] == method), key=_order) for method in RULES}
    sgd = best["sgd"]
    effects = [
        Effect(f"Hessian-free: updates to a gap of {modest:g}", *_range([row["updates_modest"] for row in free])),
        Effect(f"Hessian-free: passes to a gap of {modest:g}", *_range([row["passes_modest"] for row in free])),
    ]
    effects = [effect for effect in effects if math.isfinite(effect.high)]
    if ours["passes_modest"] is None:
        return Conclusion(
            Finding.NOT_SUPPORTED, tuple(effects), f"Hessian-free did not reach a gap of {modest:g}: {ours['gap']:.3g}."
        )
    effects.append(_ratio("passes, SGD ÷ Hessian-free", sgd, ours, "passes"))
    effects.append(_ratio("updates, SGD ÷ Hessian-free", sgd, ours, "updates"))
    steepness = _steepness(sgd["conditioning"])
    if steepness is not None:
        effects.append(
            Effect("rank correlation of κ(GGN) and SGD's speed", steepness, steepness, steepness, 0.0, "one run")
        )
    more = {method: _more(row, ours) for method, row in best.items()}
    parts = [f"To a gap of {modest:g}: {_said('Hessian-free', ours)}"]
    parts += [_said(f"{_TITLES[method]} (rate {row['rate']:g}, best of its grid)", row) for method, row in best.items()]
    beaten = [_TITLES[method] for method in best if more[method]]
    not_beaten = [_TITLES[method] for method in best if more[method] is False]
    unknown = [_TITLES[method] for method in best if more[method] is None]
    text = "; ".join(parts) + f". Fewer passes than {_and(beaten)}"
    text += f", not than {_and(not_beaten)}." if not_beaten else "."
    text += f" {_and(unknown)} had fewer passes to spend, so that nothing is known." if unknown else ""
    reached = [
        name
        for name, row in (("Hessian-free", ours), *((_TITLES[m], r) for m, r in best.items()))
        if row["passes_high"] is not None
    ]
    text += f" A gap of {high:g} was reached by {_and(reached)}."
    finding = {True: Finding.SUPPORTED, False: Finding.NOT_SUPPORTED, None: Finding.DEPENDS}[more["sgd"]]
    return Conclusion(finding, tuple(effects), text)


_TITLES = {"sgd": "SGD", "nesterov": "Nesterov momentum", "adam": "Adam"}


def _order(row: Row) -> tuple[float, float]:
    """The best rate is that with the fewest passes to the modest accuracy, else with the smallest gap."""
    passes, gap = row["passes_modest"], row["gap"]
    return (math.inf if passes is None else passes, math.inf if gap is None else gap)


def _range(values: Sequence[float | None]) -> tuple[float, float, float, float, str]:
    """Median, lowest, highest, level and basis."""
    known = [math.inf if value is None else float(value) for value in values]
    level, basis = (1.0, f"{len(known)} starts") if len(known) > 1 else (0.0, "one start")
    return float(np.median(known)), min(known), max(known), level, basis


def _ratio(name: str, other: Row, ours: Row, what: str) -> Effect:
    """Other ÷ ours, or a lower bound where the other did not arrive."""
    arrived = other[f"{what}_modest"] is not None
    ratio = (other[f"{what}_modest"] if arrived else other[what]) / ours[f"{what}_modest"]
    return Effect(name, ratio, ratio, ratio, 0.0, "one start" if arrived else "a lower bound: SGD did not arrive")


def _steepness(rows: Sequence[Sequence[float]]) -> float | None:
    """Spearman's correlation of the condition number with the speed of descent along a run."""
    if len(rows) < 4:
        return None
    table: NDArray[np.float64] = np.array(rows)
    kappa, speed = table[:, 2] / table[:, 3], table[:, 4]
    ranks = np.array([np.argsort(np.argsort(values)) for values in (kappa, speed)], dtype=np.float64)
    return float(np.atleast_2d(np.corrcoef(ranks))[0, 1])


def _more(theirs: Row, ours: Row) -> bool | None:
    """Whether they need more passes; None where they stopped earlier than that could be seen."""
    if theirs["passes_modest"] is not None:
        return bool(theirs["passes_modest"] > ours["passes_modest"])
    diverged = theirs["gap"] is None
    return True if diverged or theirs["passes"] >= ours["passes_modest"] else None


def _said(name: str, row: Row) -> str:
    if row["passes_modest"] is None:
        gap = "not finite" if row["gap"] is None else f"{row['gap']:.3g}"
        return f"{name} not within {row['passes']:,.0f} passes (gap {gap})"
    return (
        f"{name} {row['updates_modest']:,} updates, {row['passes_modest']:,.0f} passes, {row['seconds_modest']:.1f} s"
    )


def _and(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else (names[0] if names else "no method")


EXPERIMENT = Experiment(
    name="autoencoder",
    title="Hessian-free training of a deep autoencoder",
    claim="Hessian-free optimisation of a deep autoencoder needs fewer epochs than SGD (F1; Martens 2010).",
    cases=cases,
    measure=measure,
    conclude=conclude,
    sizes=(Size.SHORT, Size.STANDARD, Size.LARGE),
)
