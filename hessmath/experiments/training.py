"""Training a network with everything counted: updates, passes over the data, seconds; resumable bit by bit.

A pass is one evaluation of f, or of f and ∇f together, or one product with a vector, over all samples; over a part of
them it counts as that part.  The loss curves of stochastic methods are evaluated on all samples between epochs, and
neither those passes nor their seconds count.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.experiments.storage import Notebook
from hessmath.networks import BatchLoss, load_loops, squared_gradients
from hessmath.optimize import HessianFree, Problem, Run, ValueBelow

Vector = NDArray[np.float64]

SAVE_EVERY = 15.0  # seconds between two checkpoints, at the least

UPDATES, PASSES, SECONDS, GAP = range(4)


@dataclass(frozen=True)
class Goal:
    """When a training run ends: at the last of these gaps, or after so many updates or passes.

    It also ends when the lowest gap has not fallen by 1 % for ``patience`` passes.  A gap is the loss minus ``floor``,
    the least that it can be; ``gaps`` fall.
    """

    floor: float
    gaps: tuple[float, ...]
    updates: float = math.inf
    passes: float = math.inf
    patience: float = math.inf


@dataclass(frozen=True)
class Trained:
    """A training run: the curve with rows (updates, passes, seconds, gap), the last θ, and θ along the way.

    ``snapshots`` are (row of the curve, θ).
    """

    curve: NDArray[np.float64]
    theta: Vector
    snapshots: tuple[tuple[int, Vector], ...] = field(repr=False)

    def first_below(self, gap: float) -> list[float] | None:
        """Updates, passes and seconds when a gap of the goal was reached for the first time."""
        reached = np.flatnonzero(self.curve[:, GAP] <= gap)
        return self.curve[reached[0], :GAP].tolist() if reached.size else None


class Counted:
    """The loss as a Problem whose evaluations are counted in passes.

    The samples are worked on in ``parts``, one after another, so that memory is that of one part.  With more than one,
    products with vectors use one part only, another one in every step; values and gradients use all.  ``step`` is the
    number of the step that is being made.
    """

    def __init__(self, loss: BatchLoss, parts: int = 1) -> None:
        self.loss, self.passes, self.step = loss, 0.0, 0
        self.parts = [loss.subset(slice(k, None, parts)) for k in range(parts)]
        self.shares = [part.samples / loss.samples for part in self.parts]
        self.known = False  # whether the next linearisation was counted before a stop
        self._last: CountedLinearisation | None = None

    def value(self, theta: Vector) -> float:
        """The loss: one pass."""
        self.passes += 1
        return sum(share * part.value(theta) for share, part in zip(self.shares, self.parts, strict=True))

    def linearise(self, theta: Vector) -> CountedLinearisation:
        """Loss and gradient: one pass; the squared gradients come with them."""
        if not self.known:
            self.passes += 1
        self.known = False
        self._last = CountedLinearisation(self, theta)
        return self._last

    def squared_gradients(self, theta: Vector) -> Vector:
        """From the linearisation that was made last, if it was made at θ."""
        last = self._last
        if last is None or not np.array_equal(last.theta, theta):
            last = self.linearise(theta)
        return last.squares

    def problem(self) -> Problem:
        """What methods see."""
        return Problem(self.loss.n, self.value, linearise=self.linearise, squared_gradients=self.squared_gradients)


class CountedLinearisation:
    """Value, gradient and squared gradients of all samples, and products that are counted."""

    def __init__(self, counted: Counted, theta: Vector) -> None:
        self._counted, self.theta = counted, theta
        self.value, self.gradient, self.squares = 0.0, np.zeros(theta.size), np.zeros(theta.size)
        for share, part in zip(counted.shares, counted.parts, strict=True):
            self._at = part.linearise(theta)
            self.value += share * self._at.value
            self.gradient += share * self._at.gradient
            self.squares += share * squared_gradients(self._at)

    def ggn_product(self, v: Vector) -> Vector:
        """G v on the part of the samples that belongs to the step."""
        counted = self._counted
        number = counted.step % len(counted.parts)
        if self._at.loss is not counted.parts[number]:
            self._at = counted.parts[number].linearise(self.theta)
        counted.passes += counted.shares[number]
        return self._at.ggn_product(v)


def by_hessian_free(
    loss: BatchLoss, theta: ArrayLike, method: HessianFree, goal: Goal, notebook: Notebook, *, parts: int = 1
) -> Trained:
    """Train by Hessian-free steps; the state is kept in the notebook between steps."""
    load_loops()  # from the start, so that a run does not change its rounding on the way
    counted = Counted(loss, parts)
    run = Run(counted.problem(), theta, method, stop=ValueBelow(goal.floor + goal.gaps[-1]))
    log = Log(notebook, goal)
    kept = notebook.load()
    if kept is not None:
        run.resumed(kept)
        counted.passes, counted.known = float(kept["passes"]), True
        log.resume(kept)
    while run.going and not log.finished:
        begin = time.perf_counter()
        counted.step = run.steps
        run.advance(1 if log.rows else 0)
        now = run.now
        log.note(run.steps, counted.passes, time.perf_counter() - begin, now.value, now.x)
        log.keep(lambda: {**run.state(), "passes": np.array(counted.passes)})
    return log.trained(run.now.x)


class Rule(Protocol):
    """One update of a stochastic method from the gradient of a mini-batch."""

    def update(self, theta: Vector, memory: Vector, gradient: Callable[[Vector], Vector], number: int) -> Vector:
        """The new θ; ``memory`` (2, n) is the method's own, zero at first; ``number`` counts updates from 1."""
        ...


@dataclass(frozen=True)
class SGD:
    """θ ← θ − rate·g."""

    rate: float

    def update(self, theta: Vector, memory: Vector, gradient: Callable[[Vector], Vector], number: int) -> Vector:
        """One update."""
        return theta - self.rate * gradient(theta)


@dataclass(frozen=True)
class NesterovMomentum:
    """v ← μv − rate·g(θ + μv), θ ← θ + v, with μ rising from 1/2 to ``momentum``: min(1 − 1/(2 + 2t/250), momentum).

    References
    ----------
    Sutskever et al. (2013), On the importance of initialization and momentum in deep learning, equations 3 to 5.
    """

    rate: float
    momentum: float = 0.99

    def update(self, theta: Vector, memory: Vector, gradient: Callable[[Vector], Vector], number: int) -> Vector:
        """One update, one gradient."""
        v, mu = memory[0], min(1.0 - 0.5 / (1.0 + number // 250), self.momentum)
        v *= mu
        v -= self.rate * gradient(theta + v)
        return theta + v


@dataclass(frozen=True)
class AdamRule:
    """Kingma & Ba (2015), Algorithm 1."""

    rate: float
    beta1: float = 0.9
    beta2: float = 0.999

    def update(self, theta: Vector, memory: Vector, gradient: Callable[[Vector], Vector], number: int) -> Vector:
        """One update."""
        m, v = memory
        g = gradient(theta)
        m *= self.beta1
        m += (1.0 - self.beta1) * g
        step = g * g
        step *= 1.0 - self.beta2
        v *= self.beta2
        v += step
        np.sqrt(v, out=step)
        step /= math.sqrt(1.0 - self.beta2**number)
        step += 1e-8
        np.divide(m, step, out=step)
        step *= self.rate / (1.0 - self.beta1**number)
        return np.subtract(theta, step, out=step)


def by_gradients(
    loss: BatchLoss, theta: ArrayLike, rule: Rule, goal: Goal, notebook: Notebook, *, batch: int, seed: int
) -> Trained:
    """Train on mini-batches, shuffled anew every epoch; the state is kept in the notebook between epochs.

    The loss on all samples is looked at after each of the first 100 epochs, then when the passes have grown by 1 %: a
    gap of the goal is seen at most 1 % of the passes after it was reached, if the loss stays below it until then.  A
    run that diverges, to parameters or a loss that are not finite, ends there.
    """
    load_loops()
    theta, memory, epoch, updates = np.array(theta, dtype=np.float64), np.zeros((2, loss.n)), 0, 0
    log = Log(notebook, goal)
    kept = notebook.load()
    if kept is not None:
        theta, memory, epoch, updates = kept["theta"], kept["memory"], int(kept["epoch"]), int(kept["updates"])
        log.resume(kept)
    else:
        log.note(0, 0.0, 0.0, loss.value(theta), theta)
    while not log.finished:
        begin = time.perf_counter()
        order = np.random.default_rng([seed, epoch]).permutation(loss.samples)
        with np.errstate(over="ignore", invalid="ignore"):  # divergence is seen in the loss
            for first in range(0, loss.samples, batch):
                updates += 1
                part = loss.subset(order[first : first + batch])
                theta = rule.update(theta, memory, part.gradient, updates)
            epoch += 1
            log.seconds += time.perf_counter() - begin
            finite = bool(np.isfinite(theta).all())
            if not finite or log.is_due(updates, epoch):
                log.note(updates, float(epoch), 0.0, loss.value(theta) if finite else math.inf, theta)

        def state() -> dict[str, Any]:
            return {"theta": theta, "memory": memory, "epoch": epoch, "updates": updates}  # noqa: B023

        log.keep(state)
    return log.trained(theta)


class Log:
    """The curve of a run so far, thinned as it grows, snapshots of θ, and when it was last kept.

    A row is added when the updates have grown by 2 %, the gap has fallen by 2 %, or a gap of the goal is reached.
    """

    SPACING = 1.8  # between the passes of two snapshots

    def __init__(self, notebook: Notebook, goal: Goal) -> None:
        self.notebook, self.goal = notebook, goal
        self.rows: list[list[float]] = []
        self.snapshots: list[tuple[int, Vector]] = []
        self.seconds, self._lowest = 0.0, math.inf  # the lowest gap in the rows
        self._latest: list[float] = []
        self._best = [math.inf, 0.0]  # the gap when it had last fallen by 1 %, and the passes then
        self._saved = time.monotonic()

    @property
    def finished(self) -> bool:
        """Whether the goal, or the end of its budget or patience, is reached, or the loss is not finite."""
        if not self._latest:
            return False
        (updates, passes, _, gap), goal = self._latest, self.goal
        if passes - self._best[1] >= goal.patience:
            return True
        return gap <= goal.gaps[-1] or updates >= goal.updates or passes >= goal.passes or not math.isfinite(gap)

    def is_due(self, updates: int, passes: int) -> bool:
        """Whether the loss should be looked at again: the passes have grown by 1 %, or the budget is at its end."""
        last, goal = self._latest[PASSES], self.goal
        return passes >= max(last + 1.0, math.floor(1.01 * last)) or updates >= goal.updates or passes >= goal.passes

    def note(self, updates: int, passes: float, seconds: float, value: float, theta: Vector) -> None:
        """Where the run is after ``seconds`` more."""
        self.seconds += seconds
        gap = value - self.goal.floor
        self._latest = [float(updates), float(passes), self.seconds, float(gap)]
        if gap < 0.99 * self._best[0]:
            self._best = [float(gap), float(passes)]
        crossed = any(gap <= level < self._lowest for level in self.goal.gaps)
        if not self.rows or crossed or gap < 0.98 * self._lowest or updates >= 1.02 * self.rows[-1][UPDATES] + 0.5:
            self._add(theta)
        self.notebook.tell(self._fraction(), f"{updates} updates, gap {gap:.4g}")

    def _add(self, theta: Vector) -> None:
        self.rows.append(self._latest)
        self._lowest = min(self._lowest, self._latest[GAP])
        if not self.snapshots or self._latest[PASSES] >= self.SPACING * self.rows[self.snapshots[-1][0]][PASSES] + 20.0:
            self.snapshots.append((len(self.rows) - 1, theta.copy()))

    def keep(self, state: Callable[[], dict[str, Any]]) -> None:
        """Save the state if the last time is long ago."""
        if time.monotonic() - self._saved < SAVE_EVERY:
            return
        self.notebook.save(
            **state(),
            curve=np.array(self.rows),
            latest=np.array(self._latest),
            seconds=np.array(self.seconds),
            best=np.array(self._best),
            snapshot_rows=np.array([row for row, _ in self.snapshots]),
            snapshot_points=np.array([theta for _, theta in self.snapshots]),
        )
        self._saved = time.monotonic()

    def resume(self, kept: dict[str, Any]) -> None:
        """Go on from what was saved."""
        self.rows, self._latest = kept["curve"].tolist(), kept["latest"].tolist()
        self.snapshots = list(zip(kept["snapshot_rows"].tolist(), kept["snapshot_points"], strict=True))
        self.seconds, self._lowest = float(kept["seconds"]), min(row[GAP] for row in self.rows)
        self._best = kept["best"].tolist()

    def trained(self, theta: Vector) -> Trained:
        """The run so far, its last point included."""
        if self.rows[-1] != self._latest:
            self._add(theta)
        return Trained(np.array(self.rows), theta.copy(), tuple(self.snapshots))

    def _fraction(self) -> float:
        """A guess of how much is done: of the budget, or of the way to the goal in powers of the gap."""
        updates, passes, _, gap = self._latest
        start, end = self.rows[0][GAP], self.goal.gaps[-1]
        spent = max(updates / self.goal.updates, passes / self.goal.passes)
        if not start > end > 0.0 or not 0.0 < gap < math.inf:
            return spent
        return max(spent, math.log(start / gap) / math.log(start / end))
