"""Mini-batches: the steps of Momentum, Nesterov or Adam with gradients over a few rows, a new batch for every step.

The gradient of a batch says nothing certain about ∇f, so nothing is concluded from it: f and ∇f over all rows are
evaluated at the end of every epoch, and stopping tests see these.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from hessmath.errors import InputError, WrongKind
from hessmath.optimize.adam import Adam
from hessmath.optimize.evaluation import gradient, value, value_and_gradient
from hessmath.optimize.finite_sum import FiniteSum, Rows
from hessmath.optimize.following import follow
from hessmath.optimize.loop import begin, room
from hessmath.optimize.memory import BOTTOM, GRADIENT_NORM, HALT, START_GRADIENT_NORM, STEPS, VALUE, Memory, halt
from hessmath.optimize.method import advance
from hessmath.optimize.momentum import Momentum, Nesterov
from hessmath.optimize.oracle import Evaluations, Oracle
from hessmath.optimize.problem import Vector
from hessmath.optimize.schedules import Constant, Schedule
from hessmath.optimize.solution import Record, Solution
from hessmath.optimize.state import State
from hessmath.optimize.status import CODES, GOING, NOT_FINITE, STALLED, STEPS_EXHAUSTED, UNBOUNDED_BELOW, Status
from hessmath.optimize.stopping import GradientBelow, StoppingTest


@dataclass(frozen=True)
class SGD:
    """Steps with gradients of random batches; every row is used once in an epoch.

    Parameters
    ----------
    rate : a number, or a schedule: Constant, InverseTime, StepDecay, Cosine, or any function of the step
    batch : int
        How many rows; the last batch of an epoch may be smaller.
    rule : Momentum, Nesterov or Adam
        What to do with the gradient; its own ``rate`` is not used.  Plain steps by default.  Nesterov takes two
        gradients of a batch per step, the others one.

    References
    ----------
    Robbins & Monro (1951), A stochastic approximation method; Bottou, Curtis & Nocedal (2018), Optimization methods
    for large-scale machine learning, section 4.
    """

    rate: float | Schedule = 0.01
    batch: int = 32
    rule: Momentum | Nesterov | Adam = field(default_factory=lambda: Momentum(momentum=0.0))

    def __post_init__(self) -> None:
        if not callable(self.rate):
            Constant(self.rate)
        if not isinstance(self.rule, Momentum | Nesterov | Adam):
            raise WrongKind(f"rule must be an object, Momentum(), Nesterov() or Adam(), but is {self.rule!r}.")
        try:
            operator.index(self.batch)
        except TypeError as error:
            raise WrongKind(f"batch must be an integer, but is {self.batch!r}.") from error
        if self.batch < 1:
            raise InputError(f"SGD needs batch ≥ 1, but batch = {self.batch}.")

    @property
    def schedule(self) -> Schedule:
        """The rate as a function of the step."""
        return self.rate if callable(self.rate) else Constant(self.rate)


@dataclass
class NoProgress(StoppingTest):
    """Stop where the least f of all epochs has not fallen by rtol·|f| for ``patience`` epochs, with status PLATEAU.

    It says nothing about the gradient: with a constant rate the noise of the batches may be all that is left.  The
    object remembers, so give every run its own.
    """

    patience: int = 5
    rtol: float = 1e-3

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise InputError(f"NoProgress needs patience ≥ 1, but patience = {self.patience}.")
        if not 0.0 <= self.rtol < 1.0:
            raise InputError(f"NoProgress needs rtol in [0, 1), but rtol = {self.rtol}.")
        self._least, self._waited = math.inf, 0

    def __call__(self, state: State) -> Status | None:
        """PLATEAU after too many epochs without progress."""
        if not state.value >= self._least - self.rtol * abs(self._least):
            self._waited = 0
        else:
            self._waited += 1
        self._least = min(self._least, state.value)
        return Status.PLATEAU if self._waited >= self.patience else None


class BatchOracle:
    """f and ∇f over batches: the next batch whenever both are asked for."""

    def __init__(self, problem: FiniteSum, size: int, rng: np.random.Generator) -> None:
        self.problem, self.size, self.rng = problem, size, rng
        self._order: Iterator[Rows] = iter(())
        self.f = self.gradients = 0
        self.next_batch()

    def next_batch(self) -> None:
        """Go on to the next rows, in a new order after the last."""
        rows = next(self._order, None)
        if rows is None:
            self._order = self.problem.batches(self.size, self.rng)
            rows = next(self._order)
        self._count()
        self._now = Oracle(self.problem.over(rows), self.rng)

    def _count(self) -> None:
        if hasattr(self, "_now"):
            self.f += self._now.evaluations.f
            self.gradients += self._now.evaluations.gradient

    @property
    def now(self) -> Oracle:
        """The batch."""
        return self._now

    def all_rows(self, x: Vector) -> tuple[float, Vector]:
        """f and ∇f over all rows."""
        self.f += 1
        self.gradients += 1
        return Oracle(self.problem.whole, self.rng).value_and_gradient(x)

    @property
    def evaluations(self) -> Evaluations:
        """Calls, of batches and of all rows."""
        return Evaluations(self.f + self._now.evaluations.f, self.gradients + self._now.evaluations.gradient)


@value.of(BatchOracle)
def _(oracle: BatchOracle, x: Vector) -> float:
    return oracle.now.value(x.copy())


@gradient.of(BatchOracle)
def _(oracle: BatchOracle, x: Vector, g: Vector) -> None:
    g[:] = oracle.now.gradient(x.copy())


@value_and_gradient.of(BatchOracle)
def _(oracle: BatchOracle, x: Vector, g: Vector) -> float:
    oracle.next_batch()
    found, g[:] = oracle.now.value_and_gradient(x.copy())
    return found


def minimize_sum(
    problem: FiniteSum,
    x0: ArrayLike,
    method: SGD | None = None,
    *,
    epochs: int = 10,
    stop: StoppingTest | None = None,
    callback: Callable[[Record], object] | None = None,
    rng: np.random.Generator | int = 0,
    trace: bool = False,
) -> Solution:
    """Go down from x0 with gradients of mini-batches.

    At the end of every epoch f and ∇f are evaluated over all rows; the stopping test, the callback (``Every(k, …)``
    counts epochs), the trace and the solution see these.  Statuses say no more than that: STATIONARY where the whole
    gradient is small, STEPS_EXHAUSTED after the last epoch.

    Parameters
    ----------
    problem : FiniteSum
    x0 : (n,), real and finite
    method : SGD, optional
    epochs : int
    stop : StoppingTest, optional
        GradientBelow(1e-8) if not given; ``NoProgress()`` suits constant rates.
    callback, rng, trace : as for ``minimize``

    Raises
    ------
    WrongKind
        If the problem is no FiniteSum or the method no SGD.
    InputError
        If x0 does not fit the problem, or epochs is negative.

    Examples
    --------
    See FiniteSum.
    """
    if not isinstance(problem, FiniteSum):
        raise WrongKind(f"minimize_sum needs a FiniteSum, but got {problem!r}: for other problems use minimize.")
    method = SGD() if method is None else method
    if not isinstance(method, SGD):
        raise WrongKind(f"minimize_sum needs SGD(…), but got {method!r}: for other methods minimize problem.whole.")
    if epochs < 0:
        raise InputError(f"epochs must be at least 0, but is {epochs}.")
    x = problem.whole.starting_point(x0)
    with np.errstate(all="ignore"):  # nan and inf are looked at, not warned about
        run = _Run(problem, method, GradientBelow() if stop is None else stop, epochs, np.random.default_rng(rng), x)
        records = follow(run, callback, trace, epochs + 1)
    return run.solution(tuple(records))


class _Run:
    """One run; the number of steps that ``follow`` sees is that of epochs."""

    def __init__(
        self, problem: FiniteSum, method: SGD, stop: StoppingTest, epochs: int, rng: np.random.Generator, x: Vector
    ) -> None:
        self._problem, self._method, self._stop, self._epochs = problem, method, stop, epochs
        self._oracle = BatchOracle(problem, method.batch, rng)
        self._memory = room(problem.dimension, method.rule, rng)
        self._memory.x[:] = x
        begin(self._oracle, self._memory)
        self._steps = 0
        self.s = np.zeros_like(self._memory.s)
        self._whole(0)

    def _whole(self, epoch: int) -> None:
        """What is known at the end of an epoch, from all rows."""
        memory: Memory = self._memory
        halted = memory.s[HALT]
        self.s[:] = memory.s
        self.x, self.g = memory.x.copy(), np.empty_like(memory.g)
        self.s[VALUE], self.g[:] = self._oracle.all_rows(memory.x)
        self.s[GRADIENT_NORM] = float(np.linalg.norm(self.g))
        self.s[STEPS], self.s[HALT] = epoch, halted
        if epoch == 0:
            self._start = self.s[GRADIENT_NORM]
        self.s[START_GRADIENT_NORM] = self._start
        if halted == GOING and not (math.isfinite(self.s[VALUE]) and np.isfinite(self.g).all()):
            self.s[HALT] = NOT_FINITE

    def advance(self, until: int) -> None:
        """Epochs until the run ends, or until so many were made."""
        s, memory = self.s, self._memory
        while s[HALT] == GOING and s[STEPS] < until:
            status = CODES.index(self._stop(State.read(self.x, self.g, s)))
            if status != GOING:
                s[HALT] = status
            elif s[STEPS] >= self._epochs:
                s[HALT] = STEPS_EXHAUSTED
            else:
                for _ in range(-(-self._problem.count // self._method.batch)):
                    self._step()
                    if memory.s[HALT] != GOING:
                        break
                self._whole(int(s[STEPS]) + 1)

    def _step(self) -> None:
        memory, method = self._memory, self._method
        advance(method.rule.numbers._replace(rate=float(method.schedule(self._steps))), self._oracle, memory)
        if memory.s[HALT] == STALLED:  # this batch moves nothing: the next may
            memory.s[HALT] = GOING
            memory.g[:] = memory.trial_g
        self._steps += 1
        memory.s[STEPS] = self._steps
        if memory.s[VALUE] < memory.s[BOTTOM]:
            halt(memory, UNBOUNDED_BELOW)

    def record(self) -> Record:
        """The last epoch."""
        return Record.read(self.x, self.s, self._oracle.evaluations)

    def solution(self, trace: tuple[Record, ...]) -> Solution:
        """The last epoch as a solution, whose ``steps`` are epochs."""
        p = self._problem
        return Solution.read(self.x, self.g, self.s, self._oracle.evaluations, self._method, trace, p.names, p.classify)
