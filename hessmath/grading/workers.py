"""A pool of warm worker processes with a wall-clock and a memory limit; one that runs over is killed and replaced.

Tasks and results are JSON, so that no script has to guard its main module and nothing is pickled.  Budgets of the
judging are counted in steps; the clock here only kills, so that one answer cannot stop the rest.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from hessmath.errors import InputError

START_SECONDS = 120.0
WORKER = "hessmath.grading.worker"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
PACKAGES = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True)
class Outcome:
    """The grades of a task as plain dicts; if it did not end, one sentence why and the exercise where it stopped.

    ``over`` tells a task that was killed for time or memory from one that could not be read.
    """

    grades: tuple[dict[str, Any], ...] = ()
    problem: str | None = None
    at: str | None = None
    over: bool = False


class Pool:
    """Worker processes that grade; a context manager that leaves no process and no file behind.

    Parameters
    ----------
    size : how many processes; by default one for each core
    seconds : wall-clock limit of judging one answer (of programs: what their exercise allows)
    memory : bytes of address space of each worker

    Examples
    --------
    >>> from hessmath.grading.workers import Pool
    >>> square = {"id": "1", "kind": "expression", "variables": "x", "answer": "(x + 1)**2"}
    >>> with Pool(1) as pool:
    ...     outcome = pool.grade({"exercise": square, "answer": "x**2 + 1"})
    >>> outcome.grades[0]["correct"]
    False
    """

    def __init__(self, size: int | None = None, *, seconds: float = 2.0, memory: int = 4 << 30) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.size = cores if size is None else size
        if self.size < 1 or not seconds > 0 or memory < 1 << 30:
            raise InputError(
                f"A pool needs at least one worker, a positive limit of time and 1 GiB of memory, "
                f"but size = {size}, seconds = {seconds}, memory = {memory}."
            )
        self.seconds, self.memory = seconds, memory
        self._module = WORKER
        self._folder = ""
        self._clean: Callable[[], object] = lambda: None
        self._workers: list[_Worker] = []

    def __enter__(self) -> Pool:
        self._folder = tempfile.mkdtemp(prefix="hessmath-grading-")
        os.chmod(self._folder, 0o711)  # students' processes may run as another user
        self._clean = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._workers = [self._new() for _ in range(self.size)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill every worker, wait for its end, and remove what it left in its folder."""
        for worker in self._workers:
            worker.kill()
        self._workers = []
        self._clean()

    def _new(self) -> _Worker:
        return _Worker(self.memory, self._module, self._folder)

    def grade(self, task: Mapping[str, Any]) -> Outcome:
        """The outcome of one task."""
        ((_, outcome),) = self.run([task])
        return outcome

    def run(self, tasks: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Outcome]]:
        """Each task's index and outcome, as they finish; tasks are taken when a worker is free.

        A task is ``{"exercise": …, "answer": …}`` or ``{"assignment": …, "student": …, "answers": …}``, with
        ``seconds`` if the limit of its answers is another one.
        """
        if not self._workers:
            raise InputError("The pool is not open: use it as `with Pool() as pool`.")
        waiting = enumerate(tasks)
        busy: dict[_Worker, int] = {}
        try:
            while True:
                for place, worker in enumerate(self._workers):
                    if worker in busy:
                        continue
                    task = next(waiting, None)
                    if task is None:
                        break
                    if worker.ended:
                        worker = self._workers[place] = self._replaced(worker)
                    busy[worker] = task[0]
                    worker.begin(task[1], float(task[1].get("seconds", self.seconds)))
                if not busy:
                    return
                yield from self._finished(busy)
        finally:
            for worker in busy:  # the caller gave up: what still runs is of no use
                self._workers[self._workers.index(worker)] = self._replaced(worker)

    def _finished(self, busy: dict[_Worker, int]) -> Iterator[tuple[int, Outcome]]:
        """Wait until some worker is done or over its limit."""
        with selectors.DefaultSelector() as selector:
            for worker in busy:
                selector.register(worker.output, selectors.EVENT_READ, worker)
            patience = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
            readable = {key.data for key, _ in selector.select(patience)}
        now = time.monotonic()
        for worker in list(busy):
            outcome = worker.read() if worker in readable else None
            if outcome is None and now >= worker.deadline:
                outcome = worker.stopped(f"stopped after {worker.allowed:g} seconds")
            if outcome is None:
                continue
            index = busy.pop(worker)
            if outcome.over:
                self._workers[self._workers.index(worker)] = self._replaced(worker)
            yield index, outcome

    def _replaced(self, worker: _Worker) -> _Worker:
        worker.kill()
        return self._new()


class _Worker:
    """One process and the line it is writing."""

    def __init__(self, memory: int, module: str, folder: str) -> None:
        paths = [PACKAGES, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("HESSMATH_TRACEBACK") else subprocess.DEVNULL,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(paths),
                "TMPDIR": folder,
                **ONE_THREAD,
            },
            start_new_session=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input, self.output = self._process.stdin, self._process.stdout
        self._end = weakref.finalize(self, _end, self._process)
        self._buffer = bytearray()
        self._grades: list[dict[str, Any]] = []
        self._at: str | None = None
        self._seconds = self.allowed = self.deadline = 0.0

    @property
    def ended(self) -> bool:
        """Whether the process is gone (it may have died while idle)."""
        return self._process.poll() is not None

    def begin(self, task: Mapping[str, Any], seconds: float) -> None:
        """Send a task; starting and deriving the truth have a limit of their own."""
        self._seconds, self.allowed = seconds, START_SECONDS
        self._grades, self._at = [], None
        self.deadline = time.monotonic() + START_SECONDS
        try:
            self._input.write(json.dumps(task).encode() + b"\n")
            self._input.flush()
        except BrokenPipeError:
            self.deadline = 0.0

    def stopped(self, reason: str) -> Outcome:
        """The outcome of a task that will not end."""
        return Outcome(tuple(self._grades), reason, self._at, over=True)

    def read(self) -> Outcome | None:
        """What has arrived: an outcome, or None while the task goes on."""
        part = os.read(self.output.fileno(), 1 << 20)
        if not part:
            return self.stopped("the worker used up its memory or broke down")
        self._buffer += part
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = bytearray(rest)
        for line in lines:
            step = json.loads(line)
            if "end" in step:
                return Outcome(tuple(self._grades))
            if "problem" in step:
                if step["problem"] == "memory":
                    return self.stopped("the memory allowed was used up")
                return Outcome(tuple(self._grades), step["problem"], self._at)
            if "grade" in step:
                self._grades.append(step["grade"])
            elif "next" in step:
                self._at = step["next"]
                self.allowed = step["seconds"] or self._seconds
                self.deadline = time.monotonic() + self.allowed
        return None

    def kill(self) -> None:
        """End the process and what it started, at once."""
        self._end()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with its group and close its pipes; called once, at the latest when its worker is collected."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
