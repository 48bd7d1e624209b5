"""Cases measured in this process, or in processes of their own with one thread for BLAS each.

A worker process gets one case after another through a pipe, and sends back how far it is and what came out.  These are
plain processes and not an executor's, because they have to be stopped in the middle of a case: at Ctrl-C the parent
ends them, and when the parent is killed they see its end and end too.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from hessmath.errors import HessmathError, InputError
from hessmath.experiments.experiment import Case, Row
from hessmath.experiments.storage import Notebook
from hessmath.networks import load_loops

Measure = Callable[[Case, Notebook], Row]
Tell = Callable[[int, float, str], None]

ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""What NumPy's and SciPy's BLAS read when they are loaded."""

TELL_EVERY = 0.1  # seconds between two messages about progress, at the least
PATIENCE = 5.0  # seconds in which a worker may end by itself


@dataclass(frozen=True)
class Task:
    """A case, and where its state is kept while it is measured."""

    case: Case
    path: Path | None = None


@dataclass(frozen=True)
class Failed:
    """What a measurement raised, as text; ``known`` if it was one of hessmath's own errors."""

    text: str
    trace: str
    known: bool


Outcomes = Generator[tuple[int, Row | Failed], None, None]


@dataclass(frozen=True)
class _Told:
    """How far a case is."""

    fraction: float
    text: str


def measured_here(measure: Measure, tasks: Sequence[Task], tell: Tell) -> Outcomes:
    """The number of each task and what came of it, in order; ``tell(number, fraction, text)`` hears how far it is."""
    if tasks:
        _prepare()
    for number, task in enumerate(tasks):
        tell(number, 0.0, "")
        yield number, _outcome(measure, task, partial(tell, number))


def measured_by_workers(measure: Measure, tasks: Sequence[Task], tell: Tell, workers: int) -> Outcomes:
    """The same by processes: tasks are begun in order, and come as they finish.  To be closed after use.

    Raises
    ------
    InputError
        If the measurement cannot be sent to another process, or no worker can be started.
    """
    _require_sendable(measure)
    _prepare()  # what has to be compiled once on a machine is compiled by one process
    waiting, crew = deque(enumerate(tasks)), Crew(measure)
    try:
        for _ in range(min(workers, len(tasks))):
            crew.hire()
        while waiting or crew.busy:
            for worker in crew.with_news():
                number, message = worker.number, worker.news()
                match message:
                    case None:  # it has ended
                        crew.dismiss(worker)
                        how = worker.end()
                        if number is not None:
                            yield number, Failed(how, "", known=False)
                        if waiting:
                            crew.hire()
                        continue
                    case _Told(fraction, text) if number is not None:
                        tell(number, fraction, text)
                        continue
                    case _ if number is not None:
                        yield number, message
                worker.number = None
                if waiting:
                    number, task = waiting.popleft()
                    worker.begin(number, task)
                    tell(number, 0.0, "")
    finally:
        crew.stop()


class Worker:
    """A process, the parent's end of its pipe, and the number of the task that it is at."""

    def __init__(self, measure: Measure) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_work, args=(theirs, measure), daemon=True)
        self.number: int | None = None
        self.is_ready = False
        with _one_thread(), _without_interrupts():
            self.process.start()
        theirs.close()

    def begin(self, number: int, task: Task) -> None:
        """Send a task."""
        self.number = number
        with suppress(OSError):  # a worker that has just ended is noticed when it is listened to
            self.connection.send(task)

    def news(self) -> Any:
        """The next message; None when the worker has ended."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            return None
        self.is_ready = True
        return message

    def end(self) -> str:
        """How it ended.

        Raises
        ------
        InputError
            If it has never been ready.
        """
        self.process.join(PATIENCE)
        code = self.process.exitcode
        if not self.is_ready:
            raise InputError(
                f"A worker process ended with exit code {code} before it could begin. A script that runs experiments "
                'with workers must do so under `if __name__ == "__main__":`; otherwise use workers=1.'
            )
        return f"its process ended with exit code {code}, as when it is killed or memory runs out"


class Crew:
    """The workers of one run."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._workers: dict[Connection, Worker] = {}

    @property
    def busy(self) -> bool:
        """Whether some worker has a task."""
        return any(worker.number is not None for worker in self._workers.values())

    def hire(self) -> None:
        """Start one more."""
        worker = Worker(self._measure)
        self._workers[worker.connection] = worker

    def with_news(self) -> list[Worker]:
        """Wait until some have sent something, or have ended."""
        return [
            self._workers[connection] for connection in wait(list(self._workers)) if isinstance(connection, Connection)
        ]

    def dismiss(self, worker: Worker) -> None:
        """Forget one that has ended."""
        del self._workers[worker.connection]
        worker.connection.close()

    def stop(self) -> None:
        """End all of them, whatever they are at."""
        for worker in self._workers.values():
            worker.process.terminate()
        deadline = time.monotonic() + PATIENCE
        for worker in self._workers.values():
            worker.process.join(max(deadline - time.monotonic(), 0.0))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.connection.close()
        self._workers.clear()


# ---- the worker's side ---------------------------------------------------------------------------------------


def _work(connection: Connection, measure: Measure) -> None:
    """What a worker process does: measure what it is sent until the pipe is closed."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # files that are being written go
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    _prepare()
    connection.send(_Told(0.0, ""))
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(_outcome(measure, task, _Teller(connection)))


def _end_with_parent() -> None:
    """End this process when its parent has ended, however that came."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


class _Teller:
    """Sends progress, but not too often."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._last = connection, 0.0

    def __call__(self, fraction: float, text: str) -> None:
        if time.monotonic() - self._last >= TELL_EVERY:
            self._last = time.monotonic()
            self._connection.send(_Told(fraction, text))


# ---- both ----------------------------------------------------------------------------------------------------


def _prepare() -> None:
    """Load the loops of small networks, so that rounding does not depend on what this process did before."""
    with suppress(ImportError, RuntimeError):  # no folder for Numba's cache: then every process does without
        load_loops()


def _outcome(measure: Measure, task: Task, tell: Callable[[float, str], None]) -> Row | Failed:
    try:
        return measure(task.case, Notebook(task.path, tell))
    except Exception as error:
        return Failed(
            f"{type(error).__name__}: {error}",
            "".join(traceback.format_exception(error)),
            isinstance(error, HessmathError),
        )


def _require_sendable(measure: Measure) -> None:
    try:
        pickle.dumps(measure)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(
            f"Workers need a measurement at the top of a module, which other processes can import, but {error}. "
            "Put it there, or use workers=1."
        ) from error


@contextmanager
def _one_thread() -> Iterator[None]:
    """The environment of processes that are started here; it must be there before NumPy is loaded."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Block SIGINT for processes that are started here: Ctrl-C goes to the parent, which ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which unblocks SIGINT when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
