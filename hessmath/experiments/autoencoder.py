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
from hessmath.linear import FunctionOperator, lanczos
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
    patience: int  # passes without a gap 1 % lower, after which a first-order run ends
    hessian_free_seeds: int
    grids: dict[str, tuple[float, ...]]  # the rates of each first-order method


SETTINGS = {
    Size.SHORT: Setting(
        side=6,
        images=40,
        widths=(36, 16, 8, 3),
        batch=20,
        parts=1,
        gaps=(1.0, 0.5),
        updates=60,
        passes=1_500,
        patience=1_500,
        hessian_free_seeds=1,
        grids={"sgd": (0.3, 0.6, 1.0), "nesterov": (0.03,), "adam": (0.01,)},
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
        patience=4_000,
        hessian_free_seeds=3,
        grids={"sgd": (0.2, 0.3, 0.4), "nesterov": (0.01, 0.03, 0.1), "adam": (0.003, 0.01)},
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
        patience=400,
        hessian_free_seeds=1,
        grids={"sgd": (0.1, 0.2), "nesterov": (0.03,), "adam": (0.003,)},
    ),
}

RULES = {"sgd": SGD, "nesterov": NesterovMomentum, "adam": AdamRule}
LINKS = 15  # of each unit at the start
RITZ_STEPS = 40


def autoencoder(widths: Sequence[int]) -> Network:
    """The encoder of these widths and its mirror image: logistic units, but a linear code layer; logits at the end.

    Examples
    --------
    >>> [getattr(layer, "outputs", layer) for layer in autoencoder((4, 3, 2)).layers]
    [3, Sigmoid(), 2, 3, Sigmoid(), 4]
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


def cost(case: Case) -> float:
    """Most first-order runs go to the end of their passes; on many images a pass of Hessian-free costs more."""
    order = ("nesterov", "sgd", "adam")
    if case["method"] == "hessian-free":
        return -1.0 if case["size"] != Size.LARGE.value else len(order)
    return order.index(case["method"])


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
        goal = Goal(floor, setting.gaps, passes=setting.passes, patience=setting.patience)
        rule: Rule = RULES[case["method"]](case["rate"])
        trained = by_gradients(loss, start, rule, goal, notebook, batch=setting.batch, seed=case["seed"])
    found: dict[str, Any] = {}
    for name, gap in zip(ACCURACIES, setting.gaps, strict=True):
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
        if not at.gradient.any():
            continue
        G = FunctionOperator((loss.n, loss.n), at.ggn_product, at.ggn_product)
        values = lanczos(G, at.gradient, RITZ_STEPS).ritz[0]
        speed = math.log(here[GAP] / after[GAP]) / passes
        numbers = (here[PASSES], here[GAP], values[-1], max(values[0], 1e-16 * values[-1]), speed)
        found.append([float(f"{value:.6g}") for value in numbers])
    return found


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """Supported if Hessian-free needs fewer passes (epochs) than the best of the SGD grid to both accuracies.

    It depends if that is so, or known, for one of them only.
    """
    gaps = SETTINGS[size].gaps
    free = [row for row in rows if row["method"] == "hessian-free"]
    ours = free[0]
    effects: list[Effect] = []
    said: list[str] = []
    fewer: list[bool | None] = []
    for accuracy, gap in zip(ACCURACIES, gaps, strict=True):
        for what in ("updates", "passes"):
            values = [row[f"{what}_{accuracy}"] for row in free]
            if None not in values:
                effects.append(Effect(f"Hessian-free: {what} to a gap of {gap:g}", *_range(values)))
        best = {
            method: min((row for row in rows if row["method"] == method), key=lambda row: _order(row, accuracy))
            for method in RULES
        }
        if ours[f"passes_{accuracy}"] is None:
            fewer.append(False)
            said.append(f"Hessian-free did not reach a gap of {gap:g}: {_gap(ours)}.")
            continue
        effects += [
            _ratio(f"{what} to a gap of {gap:g}, SGD ÷ Hessian-free", best["sgd"], ours, what, accuracy)
            for what in ("passes", "updates")
        ]
        more = {method: _more(row, ours, accuracy) for method, row in best.items()}
        fewer.append(more["sgd"])
        said.append(_compared(gap, accuracy, ours, best, more))
    along = min((row for row in rows if row["method"] == "sgd"), key=lambda row: _order(row, "modest"))
    steepness = _steepness(along["conditioning"])
    if steepness is not None:
        name = "rank correlation of κ(GGN) and speed along SGD"
        effects.append(Effect(name, steepness, steepness, steepness, 0.0, "one run"))
    if fewer == [True, True]:
        finding = Finding.SUPPORTED
    else:
        finding = Finding.NOT_SUPPORTED if fewer == [False, False] else Finding.DEPENDS
    return Conclusion(finding, tuple(effects), " ".join(said))


ACCURACIES = ("modest", "high")
_TITLES = {"sgd": "SGD", "nesterov": "Nesterov momentum", "adam": "Adam"}


def _order(row: Row, accuracy: str) -> tuple[float, float]:
    """The best rate is that with the fewest passes to the accuracy, else with the smallest gap."""
    passes, gap = row[f"passes_{accuracy}"], row["gap"]
    return (math.inf if passes is None else passes, math.inf if gap is None else gap)


def _range(values: Sequence[float | None]) -> tuple[float, float, float, float, str]:
    """Median, lowest, highest, level and basis."""
    known = [math.inf if value is None else float(value) for value in values]
    level, basis = (1.0, f"{len(known)} starts") if len(known) > 1 else (0.0, "one start")
    return float(np.median(known)), min(known), max(known), level, basis


def _ratio(name: str, other: Row, ours: Row, what: str, accuracy: str) -> Effect:
    """Other ÷ ours, or a lower bound where the other did not arrive."""
    key = f"{what}_{accuracy}"
    arrived = other[key] is not None
    ratio = (other[key] if arrived else other[what]) / ours[key]
    return Effect(name, ratio, ratio, ratio, 0.0, "one start" if arrived else "a lower bound: SGD did not arrive")


def _steepness(rows: Sequence[Sequence[float]]) -> float | None:
    """Spearman's correlation of the condition number with the speed of descent along a run."""
    if len(rows) < 4:
        return None
    table: NDArray[np.float64] = np.array(rows)
    kappa, speed = table[:, 2] / table[:, 3], table[:, 4]
    ranks = np.array([np.argsort(np.argsort(values)) for values in (kappa, speed)], dtype=np.float64)
    return float(np.atleast_2d(np.corrcoef(ranks))[0, 1])


def _more(theirs: Row, ours: Row, accuracy: str) -> bool | None:
    """Whether they need more passes; None where they stopped earlier than that could be seen."""
    key = f"passes_{accuracy}"
    if theirs[key] is not None:
        return bool(theirs[key] > ours[key])
    diverged = theirs["gap"] is None
    return True if diverged or theirs["passes"] >= ours[key] else None


def _compared(gap: float, accuracy: str, ours: Row, best: dict[str, Row], more: dict[str, bool | None]) -> str:
    parts = [f"To a gap of {gap:g}: {_said('Hessian-free', ours, accuracy)}"]
    parts += [
        _said(f"{_TITLES[method]} (rate {row['rate']:g}, best of its grid)", row, accuracy)
        for method, row in best.items()
    ]
    beaten, not_beaten, unknown = ([_TITLES[m] for m in best if more[m] is is_more] for is_more in (True, False, None))
    text = "; ".join(parts) + f". Fewer passes than {_and(beaten)}"
    text += f", not than {_and(not_beaten)}." if not_beaten else "."
    return text + (f" {_and(unknown)} had fewer passes to spend, so that nothing is known." if unknown else "")


def _said(name: str, row: Row, accuracy: str) -> str:
    updates, passes, seconds = (row[f"{what}_{accuracy}"] for what in ("updates", "passes", "seconds"))
    if passes is None:
        return f"{name} not within {row['passes']:,.0f} passes ({_gap(row)})"
    return f"{name} {updates:,} updates, {passes:,.0f} passes, {seconds:.1f} s"


def _gap(row: Row) -> str:
    return "gap not finite" if row["gap"] is None else f"gap {row['gap']:.3g}"


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
    cost=cost,
)
