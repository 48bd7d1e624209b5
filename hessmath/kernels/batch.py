"""Many points at once: f and its derivatives at the rows of an array.

The loop over points is in the machine code, W points side by side in SIMD lanes (``batch_emission``).  Here the rows
are cut into slabs of bounded size, which one or several threads work off with Python's lock released.  So arrays
on disk (``numpy.memmap``) are never read as a whole, and rows in another layout or type are converted slab by slab.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError, WrongKind
from hessmath.kernels.batch_pieces import BatchPiece, BatchSource
from hessmath.kernels.emission import Inputs
from hessmath.kernels.kernel import KINDS
from hessmath.kernels.rows import Rows, check_results, points
from hessmath.kernels.tiers import ServedBatch

if TYPE_CHECKING:
    from hessmath.kernels.kernel import Kernel, Parameters

Float64 = NDArray[np.float64]
Progress = Callable[[int, int], object]

#: Bytes of inputs and results that one thread works on before it looks up.
SLAB = 1 << 26

#: Bytes of results from which they are written past the caches.
STREAM = 3 << 24

#: Instructions times rows, about half a millisecond, from which another thread is worth its start.
LEAST_WORK = 4_000_000


@dataclass(frozen=True, eq=False)
class Batch:
    """f and its derivatives at many points, the rows of X: what ``kernel.batch`` is.

    A row's result does not depend on the other rows, on its place, or on the number of threads.  It is bit for bit what
    the kernel gives for that point, except that exp, log, tanh and the other functions of ``vector_math.NAMES`` are
    computed in SIMD lanes, within 2 ULP, instead of by the C library.

    X may have any real dtype and layout.  ``out`` is a float64 array of the result's shape that shares no memory with
    the inputs.  Either may be a ``numpy.memmap``.  Ctrl-C is noticed between slabs, then ``out`` is written in part.

    Attributes
    ----------
    kernel : what is evaluated
    threads : how many threads work on one call
    progress : called with (rows done, rows in all) after every slab, in the caller's thread

    Examples
    --------
    >>> import numpy as np, sympy
    >>> from hessmath.kernels import compile_tapes
    >>> from hessmath.program import lower
    >>> x, y = sympy.symbols("x y")
    >>> batch = compile_tapes(lower(x**2 * y, [x, y])).batch
    >>> batch.f([[1, 2], [3, 4]])
    array([ 2., 36.])
    >>> batch.gradient([[1, 2], [3, 4]])
    array([[ 4.,  1.],
           [24.,  9.]])
    >>> batch.with_threads(2).hessian(np.ones((1000, 2))).shape
    (1000, 2, 2)
    """

    kernel: Kernel
    threads: int = 1
    progress: Progress | None = field(default=None, repr=False)
    _pieces: dict[str, ServedBatch] = field(default_factory=dict, repr=False)

    def with_threads(self, threads: int) -> Batch:
        """The same batch worked off by so many threads.

        Raises
        ------
        InputError
            If the number is below 1.
        """
        if isinstance(threads, bool) or not isinstance(threads, int):
            raise WrongKind(f"threads must be a whole number, but is {threads!r}.")
        if threads < 1:
            raise InputError(f"threads must be at least 1, but is {threads}.")
        return replace(self, threads=threads)

    def with_progress(self, progress: Progress | None) -> Batch:
        """The same batch that calls ``progress(done, total)`` after every slab of rows."""
        return replace(self, progress=progress)

    # ---- evaluation -------------------------------------------------------------------------------

    def f(self, X: ArrayLike, *, out: Float64 | None = None, parameters: Parameters | None = None) -> Float64:
        """f at each row of X (m, n): shape (m,), for a map (m, …).

        Raises
        ------
        InputError
            If X, out or parameters have the wrong shape or are no real numbers.
        """
        return self._one("f", X, None, out, parameters)

    def gradient(self, X: ArrayLike, *, out: Float64 | None = None, parameters: Parameters | None = None) -> Float64:
        """∇f at each row of X: shape (m, n)."""
        return self._one("gradient", X, None, out, parameters)

    def hessian(self, X: ArrayLike, *, out: Float64 | None = None, parameters: Parameters | None = None) -> Float64:
        """∇²f at each row of X: shape (m, n, n), symmetric bit for bit."""
        return self._one("hessian", X, None, out, parameters)

    def hvp(
        self, X: ArrayLike, V: ArrayLike, *, out: Float64 | None = None, parameters: Parameters | None = None
    ) -> Float64:
        """∇²f(x) v for each row x of X and v of V, both (m, n): shape (m, n)."""
        return self._one("hvp", X, V, out, parameters)

    def value_and_gradient(
        self,
        X: ArrayLike,
        *,
        out: tuple[Float64, Float64] | None = None,
        parameters: Parameters | None = None,
    ) -> tuple[Float64, Float64]:
        """f and ∇f at each row of X, shapes (m,) and (m, n), which share their subexpressions; ``out`` is a pair."""
        piece, rows = self.piece("value_and_gradient"), points(self.kernel, X, "X")
        wanted = ((len(rows),), (len(rows), *piece.shape))
        if out is None:
            values, gradients = np.empty(wanted[0]), np.empty(wanted[1])
        else:
            if not isinstance(out, tuple) or len(out) != 2:
                raise InputError(
                    "out of value_and_gradient must be a pair of arrays: for the values, for the gradients."
                )
            values, gradients = out
            check_results(self.kernel.name, [(values, wanted[0], "out[0]"), (gradients, wanted[1], "out[1]")], [rows])
        self._run(piece, rows, None, values, gradients, parameters)
        return values, gradients

    def jacobian(self, X: ArrayLike, *, out: Float64 | None = None, parameters: Parameters | None = None) -> Float64:
        """The Jacobian of a map at each row of X: shape (m, outputs, n)."""
        return self._one("jacobian", X, None, out, parameters)

    def _one(
        self, kind: str, X: ArrayLike, V: ArrayLike | None, out: Float64 | None, parameters: Parameters | None
    ) -> Float64:
        """The kinds with one array as result."""
        piece, rows = self.piece(kind), points(self.kernel, X, "X")
        directions = None if V is None else points(self.kernel, V, "V")
        if directions is not None and len(directions) != len(rows):
            raise InputError(f"X has {len(rows)} rows, but V has {len(directions)}: each point needs its direction.")
        shape = (len(rows), *piece.shape)
        if out is None:
            out = np.empty(shape)
        else:
            check_results(self.kernel.name, [(out, shape, "out")], [rows, directions])
        values, arrays = (None, out) if piece.has_array else (out, None)
        self._run(piece, rows, directions, values, arrays, parameters)
        return out

    # ---- compilation ------------------------------------------------------------------------------

    def piece(self, kind: str) -> BatchPiece:
        """One loop by its kind, as it runs at present; made now if need be."""
        return self.served(kind).code

    def served(self, kind: str) -> ServedBatch:
        """One loop by its kind, which better code may replace."""
        found = self._pieces.get(kind)
        if found is None:
            found = self._pieces[kind] = self._make(kind)
        return found

    @property
    def loops(self) -> dict[str, ServedBatch]:
        """The loops made so far, by kind."""
        return dict(self._pieces)

    def _make(self, kind: str) -> ServedBatch:
        kernel = self.kernel
        if kind not in KINDS:
            raise InputError(f'A batch has {", ".join(KINDS)}, but no "{kind}".')
        if kind == "jacobian" and kernel._is_scalar:
            raise WrongKind(f"{kernel.name} is a scalar: use gradient, or give a map as a vector of formulas.")
        if kind not in ("f", "jacobian"):
            kernel._need_scalar(kind)
        tape, n = kernel.tape(kind), len(kernel.variables)
        shape = kernel._shape(kind, tape)
        returns_value = kind == "value_and_gradient" or (kind == "f" and tape.shape == ())
        if prod(shape) + (returns_value and bool(shape)) != len(tape.outputs):
            wanted = f"the value and {prod(shape)} entries" if returns_value and shape else f"shape {shape}"
            raise InputError(f"The tape of {kind} must give {wanted}, but gives {len(tape.outputs)} numbers.")
        inputs = Inputs(n, len(kernel.parameters), n if kind == "hvp" else 0)
        return kernel.tier.serve_batch(BatchSource(kind, tape, inputs, shape, returns_value))

    # ---- the run ----------------------------------------------------------------------------------

    def _run(
        self,
        piece: BatchPiece,
        X: Rows,
        V: Rows | None,
        values: Float64 | None,
        arrays: Float64 | None,
        parameters: Parameters | None,
    ) -> None:
        """Work off all rows, slab by slab, in one or several threads."""
        task = _Task(piece, X, V, values, arrays, self.kernel._parameters(parameters))
        total, done, report = len(X), 0, self.progress
        size = _slab_size(total, piece, task.bytes_per_row, self.threads)
        slabs = [(first, min(first + size, total)) for first in range(0, total, size)]
        if self.threads == 1 or len(slabs) < 2:
            for first, last in slabs:
                task.run(first, last)
                if report is not None:
                    report(last, total)
            return
        pool = ThreadPoolExecutor(self.threads, thread_name_prefix="hessmath")
        running: dict[Future[None], int] = {}
        try:
            for first, last in slabs:
                while len(running) > self.threads:  # one slab waits, so that no thread does
                    done = _collect(running, report, done, total)
                running[pool.submit(task.run, first, last)] = last - first
            while running:
                done = _collect(running, report, done, total)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _collect(running: dict[Future[None], int], report: Progress | None, done: int, total: int) -> int:
    """Wait until some slab is finished; how many rows are done now."""
    finished, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in finished:
        done += running.pop(future)
        future.result()
        if report is not None:
            report(done, total)
    return done


def _slab_size(count: int, piece: BatchPiece, bytes_per_row: int, threads: int) -> int:
    """Rows in a slab, whole blocks: bounded in memory, a share for each thread, but worth a thread's start."""
    most = SLAB // (threads * bytes_per_row)
    least = LEAST_WORK // (piece.instructions + bytes_per_row // 8)
    size = min(most, max(-(-count // threads), least))
    return max(1, -(-size // piece.width)) * piece.width


@dataclass(frozen=True)
class _Task:
    """What all slabs of one call have in common."""

    piece: BatchPiece
    X: Rows
    V: Rows | None
    values: Float64 | None
    arrays: Float64 | None
    parameters: Float64 | None

    @property
    def bytes_per_row(self) -> int:
        """What one point reads and writes."""
        return 8 * (self.X.columns * (2 if self.V is not None else 1) + prod(self.piece.shape) + 1)

    def run(self, first: int, last: int) -> None:
        """Evaluate at the rows first … last − 1."""
        x = self.X.slab(first, last)
        v = None if self.V is None else self.V.slab(first, last)
        values, arrays = _target(self.values, first, last), _target(self.arrays, first, last)
        streams = self.arrays is not None and self.arrays.nbytes >= STREAM
        work, width, count = self.piece.memory(streams), self.piece.width, last - first
        whole = count - count % width
        run = self.piece.run_streamed if streams else self.piece.run
        self._call(run, whole // width, x, v, values, arrays, work)
        if whole < count:  # the last rows, the last of them repeated to a whole block
            again = np.minimum(np.arange(whole, whole + width), count - 1)
            some, many = _block(values, width), _block(arrays, width)
            self._call(self.piece.run, 1, x[again], None if v is None else v[again], some, many, work)
            for part, result in ((values, some), (arrays, many)):
                if part is not None and result is not None:
                    part[whole:] = result[: count - whole]
        for part, rows in ((values, self.values), (arrays, self.arrays)):
            if part is not None and rows is not None and part.base is None:  # memory of its own
                rows[first:last] = part

    def _call(
        self,
        run: Callable[..., None],
        blocks: int,
        x: Float64,
        v: Float64 | None,
        values: Float64 | None,
        arrays: Float64 | None,
        work: Float64 | None,
    ) -> None:
        """The machine code; ctypes lets other threads run meanwhile."""
        given = (x, v, self.parameters, values, arrays, work)
        run(blocks, *[None if array is None else array.ctypes.data for array in given])


def _target(result: Float64 | None, first: int, last: int) -> Float64 | None:
    """Where a slab's results are written: the rows themselves, or memory of its own to copy from."""
    if result is None:
        return None
    rows = result[first:last]
    return rows if rows.flags.c_contiguous and rows.flags.aligned else np.empty(rows.shape)


def _block(part: Float64 | None, width: int) -> Float64 | None:
    """Memory for one block of results like these."""
    return None if part is None else np.empty((width, *part.shape[1:]))
