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
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, BinaryIO

from hessmath.errors import HessmathError

SIGNAL_ON_PARENTS_DEATH = 1
SANDBOX_SECONDS = 30.0
"""What starting a student's process may take on top of the time that its exercise allows."""


def work(task: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a task gives, step by step.

    ``{"next": id, "seconds": …}`` before each answer that is judged (with a limit of its own or None) and
    ``{"grade": …}`` after it.  A task is one exercise with its answer, or an assignment with a student's answers.

    Raises
    ------
    InputError
        If the exercise or the assignment cannot be read or solved.

    Examples
    --------
    >>> from hessmath.grading.worker import work
    >>> square = {"id": "1", "kind": "expression", "variables": "x", "answer": "(x + 1)**2"}
    >>> first, second = work({"exercise": square, "answer": "x**2 + 2*x + 1"})
    >>> first["next"], second["grade"]["correct"]
    ('1', True)
    """
    if "exercise" in task:
        exercise = _exercise(json.dumps(task["exercise"]))
        yield _next(exercise)
        yield {"grade": exercise.grade(task["answer"]).to_dict()}
        return
    assignment = _assignment(json.dumps(task["assignment"]), str(task.get("student", "")))
    following = iter(assignment.exercises)
    yield _next(next(following))
    for grade in assignment.graded(task["answers"]):
        yield {"grade": grade.to_dict()}
        exercise = next(following, None)
        if exercise is not None:
            yield _next(exercise)


def _next(exercise: Any) -> dict[str, Any]:
    own = float(exercise.data.get("seconds", 10.0)) + SANDBOX_SECONDS if exercise.kind == "code" else None
    return {"next": exercise.id, "seconds": own}


@lru_cache(maxsize=256)
def _exercise(text: str) -> Any:
    """An exercise, read once; its truth is derived once."""
    from hessmath.grading import Exercise

    exercise = Exercise.from_dict(json.loads(text))
    _ = exercise.truth
    return exercise


@lru_cache(maxsize=16)
def _assignment(text: str, student: str) -> Any:
    """A student's assignment with everything derived; the same one for all where there are no parameters."""
    assignment = _sheet(text)
    own = assignment.for_student(student)
    if own is not assignment:
        _derive(own)
    return own


@lru_cache(maxsize=4)
def _sheet(text: str) -> Any:
    from hessmath.grading import Assignment

    assignment = Assignment.from_dict(json.loads(text))
    if not any(exercise.parameters for exercise in assignment.exercises):
        _derive(assignment)
    return assignment


def _derive(assignment: Any) -> None:
    for exercise in assignment.solved.values():
        _ = exercise.truth


def steps(line: bytes) -> Iterator[dict[str, Any]]:
    """The replies to one line; the last is ``{"end": true}`` or ``{"problem": one sentence}``."""
    try:
        yield from work(json.loads(line))
        yield {"end": True}
    except MemoryError:
        yield {"problem": "memory"}
    except RecursionError:
        yield {"problem": "This answer is nested too deeply to be worked on."}
    except HessmathError as error:
        yield {"problem": str(error)}
    except Exception as error:
        if os.environ.get("HESSMATH_TRACEBACK"):
            raise
        yield {"problem": f"internal error ({type(error).__name__}: {str(error)[:200]})"}


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer lines until there are no more."""
    for line in source:
        for step in steps(line):
            target.write(json.dumps(step, allow_nan=False).encode() + b"\n")
            if "grade" not in step:
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
    serve(sys.stdin.buffer, channel)
    os._exit(0)


def _limit(memory: int) -> None:
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(int(sys.argv[1]))
