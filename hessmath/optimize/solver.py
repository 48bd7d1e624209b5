"""A solver that is prepared once: the loop and the functions as machine code, the memory laid out, only x0 missing.

``compiled.py`` has the loop itself; here are its arrays and what comes out of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError
from hessmath.linear import lapack
from hessmath.optimize import compiled
from hessmath.optimize.cubic_newton import CubicNewton
from hessmath.optimize.many import Solutions
from hessmath.optimize.memory import GRADIENT_NORM, HALT, NEGATIVE, POSITIVE, STEPS, VALUE
from hessmath.optimize.method import Method
from hessmath.optimize.oracle import Evaluations
from hessmath.optimize.problem import Need, Problem, notes_on, real_array
from hessmath.optimize.regularised_newton import AdaptiveShift, RegularisedNewton
from hessmath.optimize.saddle_free_newton import SaddleFreeNewton
from hessmath.optimize.solution import Solution
from hessmath.optimize.status import CODES, GOING, Status
from hessmath.optimize.stopping import StoppingTest, Table, as_table

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_C_SIGNATURE = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)  # its calls let other Python threads run


@dataclass(frozen=True, eq=False)
class MachineCode:
    """Addresses of the kernels of a function, ``double (x, v, parameters, out)``, and the values of its parameters.

    ``address`` compiles a kernel by its name if need be; ``bandwidth`` is that of the Hessian, None where it is not
    banded; ``object_call`` makes a Python function of a compiled run, as in ``kernels.object_call``; ``keep`` is what
    the addresses live on.
    """

    address: Callable[[str], int]
    parameters: Vector
    bandwidth: int | None
    object_call: Callable[..., Callable[[Any], Any]]
    keep: object = None


class Solver:
    """``solve(x0)`` runs a method from x0; everything else was fixed when the solver was made.

    It may be called from several threads.  ``solve.many(X0)`` runs from every row of X0.
    """

    def __init__(
        self,
        problem: Problem,
        code: MachineCode,
        method: Method,
        *,
        stop: StoppingTest,
        max_steps: int,
        rng: np.random.Generator | int,
        folder: Path,
        announce: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.problem, self.method, self.dimension = problem, method, problem.dimension
        self._code, self.max_steps = code, max_steps
        table = as_table(stop)
        if table is None:  # asked between compiled steps, by a WatchedSolver
            table = Table(np.array([(0.0, 0.0, 0.0)]), np.zeros(1))
        self._stop = np.concatenate([table.rows.ravel(), table.stack])
        if not all(isinstance(number, int | float) for number in leaves(method.numbers)):
            raise InputError(
                f"A prepared solver cannot take a preconditioner, a Python object: use minimize for {method!r}."
            )
        n, needs = problem.dimension, method.needs
        banded = Need.HESSIAN in needs and takes_bands(method) and worth_bands(code.bandwidth, n)
        self.banded = banded
        self._height = (code.bandwidth or 0) + 1 if banded else n if Need.HESSIAN in needs else 0
        large = Need.HESSIAN in needs and not banded and wants_lapack(method, n)
        storage: type = compiled.Banded if banded else compiled.Large if large else compiled.Dense
        self._space = lapack.workspace(n) if large else 0
        self._entry = compiled.entry(method.numbers, storage, folder, announce)
        self._addresses = {
            compiled.F: code.address("f"),
            compiled.GRADIENT: code.address("gradient"),
            compiled.VALUE_AND_GRADIENT: code.address("value_and_gradient"),
        }
        if Need.HESSIAN in needs:
            self._addresses[compiled.HESSIAN] = code.address("banded_hessian" if banded else "hessian")
        if Need.CURVATURE in needs:
            self._addresses[compiled.HVP] = code.address("hvp")
        if large:
            places = (compiled.DPOTRF, compiled.DSYTRF, compiled.DSYEVD)
            self._addresses.update(zip(places, lapack.addresses(), strict=True))
        self._noise = np.random.default_rng(rng).standard_normal(n)
        self._width = compiled.width(n)
        self._function = _C_SIGNATURE(self._entry.address)
        self._cost = n * max(self._height, 8) * max_steps
        room = self._room()
        self._solve: Callable[[Any], Any] = self._solve_carefully
        if self._cost < WATCHED:
            self._solve = code.object_call(
                self._entry.address,
                n,
                room.context.ctypes.data,
                self._width,
                (NOT_FINITE, GOING),
                Solved,
                self,
                self._solve_carefully,
                room,
            )

    def __call__(self, x0: ArrayLike) -> Solution:
        """The solution from x0, (n,).

        Raises
        ------
        InputError
            If x0 has another length or a coordinate that is not a finite real number.
        """
        found: Solution = self._solve(x0)
        return found

    def _solve_carefully(self, x0: ArrayLike) -> Solution:
        """The same where x0 is not a plain array: made one.  Where it is, a number may not be finite: look again."""
        x = self.problem.starting_point(x0)
        if type(x0) is np.ndarray and x0.dtype == x.dtype and x0.shape == x.shape and x0.flags.c_contiguous:
            return solved(self, self._rows(x[None, :], 1)[0])
        solution: Solution = self._solve(x)
        notes = notes_on(x0)
        if notes:
            solution.__dict__["notes"] = notes
        return solution

    def many(self, X0: ArrayLike, threads: int = 1) -> Solutions:
        """The solutions from every row of X0, (N, n), worked off by so many threads.

        Raises
        ------
        InputError
            If X0 has another shape, or a number that is not real and finite.
        """
        n = self.problem.dimension
        starts = real_array("X0", X0)
        if starts.ndim != 2 or starts.shape[1] != n:
            raise InputError(f"X0 has shape {starts.shape}, but each of its rows must be a start: pass shape (N, {n}).")
        if not np.isfinite(starts).all():
            i, j = np.argwhere(~np.isfinite(starts))[0]
            raise InputError(f"X0[{i}, {j}] is {starts[i, j]}: every coordinate of a start must be a finite number.")
        if threads < 1:
            raise InputError(f"threads must be at least 1, but is {threads}.")
        return Solutions(self, self._rows(starts, threads))

    def _rows(self, starts: Matrix, threads: int) -> Matrix:
        """The rows of the compiled loop, made by so many threads; a piece is given to the next that is free."""
        out = np.empty((len(starts), self._width))
        pieces = _pieces(len(starts), threads)
        rooms = [self._room() for _ in range(min(threads, len(pieces)))]

        def work(room: _Room) -> None:
            while pieces and not room.context.view(np.int64)[compiled.ASKED]:
                try:
                    part = pieces.popleft()
                except IndexError:
                    return
                self._run(room, starts[part], out[part])

        if len(rooms) == 1 and self._cost * len(starts) < WATCHED:
            work(rooms[0])
        else:
            _watched(work, rooms, many=len(starts) > 1)
        return out

    def _run(self, room: _Room, starts: Matrix, rows: Matrix) -> None:
        x0 = np.ascontiguousarray(starts)
        room.context.view(np.int64)[compiled.COUNT] = len(x0)
        self._function(x0.ctypes.data, None, room.context.ctypes.data, rows.ctypes.data)

    def _room(self) -> _Room:
        """The context and the memory of one thread, on cache lines of their own: others would slow it down."""
        n, rows, height = self.dimension, self.method.rows(self.dimension), self._height
        products = Need.CURVATURE in self.method.needs
        sizes = (
            compiled.CONTEXT,
            compiled.work_size(n, height, rows, products, self._space),
            self._stop.size,
            self._code.parameters.size + 1,
        )
        context, work, stop, parameters = _apart(sizes)
        work[7 * n : 8 * n] = self._noise
        stop[:], parameters[:-1] = self._stop, self._code.parameters
        numbers = context.view(np.int64)
        for place, address in self._addresses.items():
            numbers[place] = address
        for place, number in (
            (compiled.PARAMETERS, parameters.ctypes.data),
            (compiled.WORK, work.ctypes.data),
            (compiled.STOP, stop.ctypes.data),
            (compiled.COUNT, 1),
            (compiled.DIMENSION, n),
            (compiled.WORK_SIZE, work.size),
            (compiled.ROWS, rows),
            (compiled.STOP_ROWS, stop.size // 4),
            (compiled.MAX_STEPS, self.max_steps),
            (compiled.PARAMETER_COUNT, parameters.size),
            (compiled.CG, n if products else 0),
            (compiled.HESSIAN_ROWS, height),
            (compiled.UNTIL, self.max_steps + 1),
            (compiled.SPACE, self._space),
        ):
            numbers[place] = number
        given = compiled.flattened(self.method.numbers)
        context[compiled.NUMBERS : compiled.NUMBERS + len(given)] = given
        asked = list(compiled.asked_places(n, height, rows, products))
        return _Room(context, work, stop, asked, parameters)

    def __repr__(self) -> str:
        storage = f"banded, {self._height} diagonals" if self.banded else "dense"
        about = f", Hessian {storage}" if self._height else ""
        return f"<Solver of {self.problem.dimension} variables by {self.method!r}{about}>"


#: Runs that may cost more than this, in numbers worked on, are made in threads that can be asked to stop.
WATCHED = 1e9


@dataclass(frozen=True, eq=False)
class _Room:
    """What one thread needs: the context, the memory, and where in the memory it may be asked to stop."""

    context: Vector
    work: Vector
    stop: Vector
    asked: list[int]
    parameters: Vector

    def ask_to_stop(self) -> None:
        self.context.view(np.int64)[compiled.ASKED] = 1
        self.work[self.asked] = 1.0


def _apart(sizes: tuple[int, ...]) -> list[Vector]:
    """Arrays of zeros in one piece of memory, none of which shares a pair of cache lines with another."""
    line = 16
    lengths = [-(-size // line) * line + line for size in sizes]
    raw = np.zeros(sum(lengths) + line)
    start = (-raw.ctypes.data // 8) % line
    edges = itertools.accumulate(lengths, initial=start)
    return [raw[edge : edge + size] for edge, size in zip(edges, sizes, strict=False)]


def _pieces(count: int, threads: int) -> deque[slice]:
    """The starts in pieces, some for each thread, but not so few starts in a piece that handing it over tells."""
    several = 1 if threads == 1 else min(8 * threads, max(threads, count // 250))
    edges = np.linspace(0, count, min(several, max(1, count)) + 1).astype(int)
    return deque(slice(int(a), int(b)) for a, b in pairwise(edges))


def _watched(work: Callable[[_Room], None], rooms: list[_Room], *, many: bool) -> None:
    """Work in threads while this one waits for the keyboard; a single run that is interrupted is a result."""
    bell: queue.SimpleQueue[None] = queue.SimpleQueue()
    ended: list[_Room] = []

    def shift(room: _Room) -> None:
        try:
            work(room)
        finally:
            ended.append(room)
            bell.put(None)

    for room in rooms:
        threading.Thread(target=shift, args=(room,)).start()
    interrupted = over = False
    while not over:
        try:
            while len(ended) < len(rooms):  # not join: an interrupt makes it count the thread as ended (Python 3.11)
                if interrupted:
                    for room in rooms:
                        room.ask_to_stop()
                with contextlib.suppress(queue.Empty):
                    bell.get(timeout=0.05)
            over = True
        except KeyboardInterrupt:
            interrupted = True
    if interrupted and many:
        raise KeyboardInterrupt


NOT_FINITE = float(CODES.index(Status.NOT_FINITE))


def leaves(numbers: Any) -> list[Any]:
    """What the numbers of a method consist of."""
    return [each for part in numbers for each in (leaves(part) if isinstance(part, tuple) else [part])]


def takes_bands(method: Method) -> bool:
    """Whether a method works on banded Hessians: content with Cholesky, and with one direction where that stops."""
    return isinstance(method, RegularisedNewton) and isinstance(method.shift, AdaptiveShift)


def wants_lapack(method: Method, n: int) -> bool:
    """Whether LAPACK factorises: above 64 variables, where plain loops fall behind, and wherever it finds eigenvalues.

    LAPACK's overhead is about 2 µs a call.
    """
    return n > LARGEST_LOOPS or isinstance(method, SaddleFreeNewton | CubicNewton)


LARGEST_LOOPS = 64


def worth_bands(bandwidth: int | None, n: int) -> bool:
    """Whether factorising a band is cheaper than the whole matrix."""
    return bandwidth is not None and 4 * (bandwidth + 1) <= n


class _Field:
    """A field of ``Solved``: read from the row when it is first asked for, then kept."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read = read

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, owner: Any, kind: type) -> Any:
        found = owner.__dict__[self.name] = self.read(owner)
        return found


class Solved(Solution):
    """A solution read from a row of the compiled loop; its fields are made when they are asked for."""

    _array: Any = _Field(lambda s: np.frombuffer(s._row))
    _numbers: Any = _Field(lambda s: s._array[2 * s._solver.dimension :].tolist())
    x: Any = _Field(lambda s: s._array[: s._solver.dimension].copy())
    gradient: Any = _Field(lambda s: s._array[s._solver.dimension : 2 * s._solver.dimension].copy())
    value: Any = _Field(lambda s: s._numbers[VALUE])
    gradient_norm: Any = _Field(lambda s: s._numbers[GRADIENT_NORM])
    status: Any = _Field(lambda s: CODES[int(s._numbers[HALT])])
    steps: Any = _Field(lambda s: int(s._numbers[STEPS]))
    evaluations: Any = _Field(lambda s: Evaluations(*map(int, s._numbers[compiled.SHOWN :])))
    positive_curvature_seen: Any = _Field(lambda s: s._numbers[POSITIVE] == 1.0)
    negative_curvature_seen: Any = _Field(lambda s: s._numbers[NEGATIVE] == 1.0)
    method: Any = _Field(lambda s: s._solver.method)
    names: Any = _Field(lambda s: s._solver.problem.names)
    classify: Any = _Field(lambda s: s._solver.problem.classify)
    problem: Any = _Field(lambda s: s._solver.problem)


def solved(solver: Solver, row: Vector) -> Solution:
    """The solution in a row."""
    solution: Solution = object.__new__(Solved)
    solution.__dict__.update(_solver=solver, _row=row)
    return solution
