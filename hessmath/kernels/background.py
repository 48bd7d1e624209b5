"""Compilation beside the running program: one thread that works through jobs, and ends with the process.

LLVM cannot be interrupted, and must not be at work while the process takes itself apart.  So each job asks before
every module whether it should go on, and at exit the process waits for the module at hand (some ten milliseconds).
"""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Callable

Ask = Callable[[], None]
"""Raises ``Abandoned`` when the process is about to end."""


class Abandoned(Exception):
    """The process is about to end: what is being compiled will not be needed."""


class _Worker:
    """The thread, started with the first job."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[Ask], None] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, job: Callable[[Ask], None]) -> None:
        with self._starting:
            if self._stopping.is_set():
                return
            if self._thread is None or not self._thread.is_alive():  # none yet, or lost in a fork
                self._thread = threading.Thread(target=self._work, name="hessmath compiles", daemon=True)
                self._thread.start()
        self._jobs.put(job)

    def ask(self) -> None:
        if self._stopping.is_set():
            raise Abandoned

    def stop(self) -> None:
        with self._starting:
            self._stopping.set()
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None or self._stopping.is_set():
                return
            try:
                job(self.ask)
            except Abandoned:
                return
            del job  # what it holds need not live until the next one comes


_WORKER = _Worker()


def submit(job: Callable[[Ask], None]) -> None:
    """Have a job done in the background, after those before it; it calls what it is given between its steps."""
    _WORKER.submit(job)


atexit.register(_WORKER.stop)
