"""A worker process: grades one task after another, and can be killed at any moment.

Started as ``python -m hessmath.grading.worker``.  A task is one line of JSON on standard input, its result one line on
the first standard output; what libraries print goes nowhere.  The process ends when its input ends or its parent dies.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, BinaryIO

from hessmath.errors import HessmathError

SIGNAL_ON_PARENTS_DEATH = 1


def work(task: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The grades of a task as plain dicts: one exercise with its answer, or an assignment with the answers.

    Raises
    ------
    InputError
        If the exercise or the assignment cannot be read.

    Examples
    --------
    >>> from hessmath.grading.worker import work
    >>> square = {"id": "1", "kind": "expression", "variables": "x", "answer": "(x + 1)**2"}
    >>> work({"exercise": square, "answer": "x**2 + 2*x + 1"})[0]["correct"]
    True
    """
    if "exercise" in task:
        return [_exercise(_text(task["exercise"])).grade(task["answer"]).to_dict()]
    assignment = _assignment(_text(task["assignment"]))
    return [grade.to_dict() for grade in assignment.grade(task["answers"])]


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, sort_keys=False)


@lru_cache(maxsize=256)
def _exercise(text: str) -> Any:
    """An exercise, read once; its truth is derived once."""
    from hessmath.grading import Exercise

    return Exercise.from_dict(json.loads(text))


@lru_cache(maxsize=16)
def _assignment(text: str) -> Any:
    from hessmath.grading import Assignment

    return Assignment.from_dict(json.loads(text))


def answer(line: bytes) -> dict[str, Any]:
    """The reply to one line: ``grades``, or ``problem`` with one sentence."""
    try:
        return {"grades": work(json.loads(line))}
    except MemoryError:
        return {"problem": "memory"}
    except RecursionError:
        return {"problem": "This answer is nested too deeply to be worked on."}
    except HessmathError as error:
        return {"problem": str(error)}
    except Exception as error:
        if os.environ.get("HESSMATH_TRACEBACK"):
            raise
        return {"problem": f"internal error ({type(error).__name__}: {str(error)[:200]})"}


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer lines until there are no more."""
    for line in source:
        target.write(json.dumps(answer(line), allow_nan=False).encode() + b"\n")
        target.flush()


def main(memory: int) -> None:
    """Import what grading needs, limit the memory, say so, and serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the workers
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(SIGNAL_ON_PARENTS_DEATH, signal.SIGKILL, 0, 0, 0)
    channel = os.fdopen(os.dup(1), "wb")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    import hessmath.grading  # noqa: F401

    _limit(memory)
    channel.write(b"{}\n")
    channel.flush()
    serve(sys.stdin.buffer, channel)
    os._exit(0)


def _limit(memory: int) -> None:
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(int(sys.argv[1]))
