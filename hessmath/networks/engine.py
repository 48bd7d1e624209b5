"""Which loss runs as compiled loops, when, and the tables that the loops read.

Small networks spend their time between calls to NumPy.  For them the same passes exist as loops (``loops.py``) that
Numba compiles: once on a machine (some seconds), and a few tenths of a second to load afterwards.  So a process takes
them up when it has made ``PATIENCE`` passes without, or when ``load_loops`` asks for them.  Results of the two ways
agree to rounding.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.networks.losses import Loss
from hessmath.networks.steps import ActivationStep, AddStep, DenseStep, Step, steps_of

Array = NDArray[np.float64]

FORWARD, LOSS_VALUE, BACKWARD, HESSIAN_PRODUCT, GAUSS_NEWTON_PRODUCT, CURVED_BARS = 1, 2, 4, 8, 16, 32
"""What ``Loops.run`` is to do; sums of these."""


SMALL = 200_000
"""Parameters times samples up to which loops are used: beyond, products by BLAS dominate everything."""

PATIENCE = 2_000
"""Passes in this process before loops are taken up unasked."""


class _Count:
    """Passes that could have run as loops, and whether loops are there."""

    passes = 0
    loaded = False
    unavailable = False


def load_loops() -> None:
    """Load the compiled loops for small networks now; the first time on a machine they are compiled, which takes
    some seconds.

    Without it a process that makes a few thousand passes through small networks does so by itself.
    """
    try:
        _warm_up()
    except (EOFError, pickle.UnpicklingError):  # damaged files in Numba's cache
        _forget()
        _warm_up()
    _Count.loaded = True


def _warm_up() -> None:
    """One call of each function of ``loops.py``."""
    from hessmath.networks.layers import Dense
    from hessmath.networks.losses import MSE

    one = np.zeros((1, 1))
    loops = Loops(steps_of([Dense(1, 1)]), one, one, MSE(), 0.0)
    work = loops.workspace()
    loops.run(FORWARD | BACKWARD, np.zeros(2), np.zeros(2), work)
    loops.hessian(np.zeros(2), work)


def _forget() -> None:
    """Remove what Numba has kept of ``loops.py``."""
    from hessmath.networks import loops

    for damaged in Path(loops.run._cache.cache_path).glob("loops.*.nb[ic]"):
        damaged.unlink(missing_ok=True)


ROOM_FOR_PRODUCTS = 20_000_000
"""Most numbers in the products of two layers' inputs over all samples, which the Hessian by blocks writes down."""


def is_small(steps: Sequence[Step], samples: int) -> bool:
    """Whether loops are faster than NumPy for single passes."""
    return steps[-1].stop * samples <= SMALL


def has_blocks(steps: Sequence[Step], samples: int) -> bool:
    """Whether the Hessian is made by blocks, which is faster than column by column."""
    widest = max(step.inputs + 1 for step in steps if isinstance(step, DenseStep)) if has_loops(steps) else 0
    return has_loops(steps) and widest**2 * samples <= ROOM_FOR_PRODUCTS


def wants_loops(steps: Sequence[Step], passes: int) -> bool:
    """Whether a loss should run as loops now; counts the passes."""
    if not has_loops(steps):
        return False
    if not _Count.loaded:
        _Count.passes += passes
        if _Count.passes > PATIENCE and not _Count.unavailable:
            try:
                load_loops()
            except (ImportError, RuntimeError) as error:  # Numba finds no folder for its cache, or is not there
                _Count.unavailable = True
                warnings.warn(
                    f"Small networks run without compiled loops ({error}). Set NUMBA_CACHE_DIR to a folder that can be "
                    "written to.",
                    RuntimeWarning,
                    stacklevel=4,
                )
    return _Count.loaded


class Loops:
    """The loops of ``loops.py`` for one loss; made when they are used.

    Parameters
    ----------
    steps, loss, penalty : of the BatchLoss
    inputs, targets : (N, d) and (N, m)
    """

    def __init__(self, steps: Sequence[Step], inputs: Array, targets: Array, loss: Loss, penalty: float) -> None:
        from hessmath.networks import loops

        samples, width = inputs.shape
        outputs = targets.shape[1]
        widths = [width]
        for step in steps:
            widths.append(step.outputs if isinstance(step, DenseStep) else widths[step.source])
        places = np.concatenate([[0], np.cumsum(widths)]) * (loops.PANELS * samples)
        end = int(places[-1])
        table = np.zeros((len(steps) + 1, 14), dtype=np.int64)
        numbers = np.zeros(loops.SLOPES + len(steps))
        for k, step in enumerate(steps):
            row = table[k]
            row[loops.SOURCE], row[loops.INPUTS], row[loops.OUTPUTS] = step.source, widths[step.source], widths[k + 1]
            row[loops.START], row[loops.PLACE], row[loops.PLACE_SOURCE] = step.start, places[k + 1], places[step.source]
            row[loops.WANTS] = step.source > 0
            match step:
                case DenseStep():
                    row[loops.OP], row[loops.BIAS] = loops.DENSE, step.bias
                case ActivationStep():
                    row[loops.OP], row[loops.CODE] = loops.ACTIVATION, step.activation.code
                    numbers[loops.SLOPES + k] = step.activation.slope
                case AddStep():
                    row[loops.OP], row[loops.SKIP], row[loops.PLACE_SKIP] = loops.ADD, step.skip, places[step.skip]
                    row[loops.WANTS] = 1
        reached: set[int] = set()
        for k in reversed(range(len(steps))):
            for column, slot in ((loops.ADDS, steps[k].source), (loops.ADDS_SKIP, _skip(steps[k]))):
                if table[k, loops.WANTS] and slot is not None:
                    table[k, column] = slot in reached
                    reached.add(slot)
        last = table[-1]
        room = max(max(widths) * samples, *(step.stop - step.start for step in steps), 1)
        last[loops.SAMPLES], last[loops.LOSS], last[loops.ROOM] = samples, loss.code, room
        last[loops.TARGETS] = end
        last[loops.PROBABILITIES] = end + outputs * samples
        last[loops.LOGS] = end + 2 * outputs * samples
        last[loops.SCRATCH] = last[loops.LOGS] + samples
        numbers[loops.SCALE], numbers[loops.PENALTY] = 1 / loss.divisor(samples, outputs), penalty
        self.table, self.numbers = table, numbers
        self._fresh = np.zeros(int(last[loops.SCRATCH]) + 3 * room)
        self._fresh[: width * samples] = inputs.T.ravel()
        self._fresh[end : end + outputs * samples] = targets.T.ravel()
        self._size = steps[-1].stop
        self._output = (int(places[-2]), outputs, samples)
        self._run, self._hessian = loops.run, loops.hessian

    def workspace(self) -> Array:
        """A new workspace with the batch in its place."""
        return self._fresh.copy()

    def outputs(self, work: Array) -> Array:
        """The network's outputs (N, m) after a forward pass."""
        place, outputs, samples = self._output
        return work[place : place + outputs * samples].reshape(outputs, samples).T

    def run(self, what: int, theta: Array, v: Array, work: Array) -> tuple[float, Array]:
        """The value and the vector of ``loops.run``."""
        out = np.empty(self._size)
        return self._run(what, theta, v, self.table, self.numbers, work, out), out

    def hessian(self, theta: Array, work: Array) -> Array:
        """∇²L after forward and backward pass."""
        H = np.empty((self._size, self._size))
        self._hessian(theta, self.table, self.numbers, work, H)
        return H


def has_loops(steps: Sequence[Step]) -> bool:
    """Whether there are loops for every step: batch normalisation has none."""
    return all(isinstance(step, DenseStep | ActivationStep | AddStep) for step in steps)


def _skip(step: Step) -> Any:
    return step.skip if isinstance(step, AddStep) else None
