"""A class: every submission graded in workers or on any executor, one answer never stopping the rest.

An answer at which a worker ran over is set aside as not decided, and the submission is graded again without it.
The results are plain data; ``results.py`` writes them.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, replace
from typing import Any

from hessmath.errors import InputError
from hessmath.grading import sandbox
from hessmath.grading.assignment import Assignment
from hessmath.grading.grade import Grade, Message, Verdict
from hessmath.grading.submissions import Sheet, Submission
from hessmath.grading.workers import Outcome, Pool

MOST_SET_ASIDE = 5
CHUNK = 20


@dataclass(frozen=True)
class Settings:
    """How a class is graded: seconds for an answer, bytes for a worker, the weakest isolation for programs."""

    seconds: float = 2.0
    memory: int = 4 << 30
    isolation: str | None = None


@dataclass(frozen=True)
class Result:
    """One student's grades, what could not be read of the submission, and the answers as they were given."""

    student: str
    grades: tuple[Grade, ...]
    problems: tuple[str, ...] = ()
    answers: Mapping[str, Any] | None = None
    fingerprint: str = ""

    @property
    def score(self) -> float:
        """The points earned."""
        return round(sum(grade.score for grade in self.grades), 6)

    @property
    def points(self) -> float:
        """The points that could be earned."""
        return round(sum(grade.points for grade in self.grades), 6)

    @property
    def undecided(self) -> tuple[Grade, ...]:
        """The grades that need a human."""
        return tuple(grade for grade in self.grades if grade.verdict is Verdict.UNDECIDED)

    @property
    def ran_over(self) -> bool:
        """Whether an answer was set aside because it took too much time or memory."""
        return any(message.key == "set_aside" for grade in self.grades for message in grade.messages)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "student": self.student,
            "score": self.score,
            "points": self.points,
            "undecided": len(self.undecided),
            "grades": [grade.to_dict() for grade in self.grades],
            "problems": list(self.problems),
            "answers": dict(self.answers or {}),
            "fingerprint": self.fingerprint,
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Result:
        """The result that ``to_dict`` wrote."""
        grades = tuple(Grade.from_dict(each) for each in data["grades"])
        return Result(data["student"], grades, tuple(data["problems"]), data["answers"], data["fingerprint"])


def sheet(assignment: Assignment) -> Sheet:
    """What a reader of submissions has to know."""
    ids = tuple(exercise.id for exercise in assignment.exercises)
    return Sheet(ids, tuple(exercise.id for exercise in assignment.exercises if exercise.kind == "code"))


def fingerprint(assignment: Assignment, submission: Submission, settings: Settings) -> str:
    """The same for the same assignment, files and version: then a result need not be made again."""
    from hessmath import __version__

    text = json.dumps(
        [__version__, assignment.to_dict(), submission.student, submission.digest, settings.isolation], default=str
    )
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def grade_class(
    assignment: Assignment,
    submissions: Iterable[Submission],
    *,
    executor: Executor | int | None = None,
    settings: Settings | None = None,
) -> Iterator[Result]:
    """The results of a class, as they finish.

    Parameters
    ----------
    executor : how many workers (by default one for each core), or any ``concurrent.futures`` executor, such as
        Dask's ``Client.get_executor(pure=False)``; there each process or thread keeps one worker of its own

    Raises
    ------
    InputError
        If the assignment cannot be solved, or programs cannot be isolated as required.

    Examples
    --------
    >>> from hessmath.grading import Assignment
    >>> from hessmath.grading.running import grade_class
    >>> from hessmath.grading.submissions import Submission
    >>> exercise = {"id": "1", "kind": "expression", "variables": "x", "answer": "x*x"}
    >>> sheet = Assignment.from_dict({"title": "Squares", "exercise": [exercise]})
    >>> [result.score for result in grade_class(sheet, [Submission("alice", {"1": "x**2"})], executor=1)]
    [1.0]
    """
    settings = settings or Settings()
    data = prepared(assignment, settings)
    if isinstance(executor, Executor):
        yield from _on_executor(executor, assignment, data, submissions, settings)
        return
    with Pool(executor, seconds=settings.seconds, memory=settings.memory) as pool:
        yield from _in_pool(pool, assignment, data, submissions, settings)


def prepared(assignment: Assignment, settings: Settings) -> dict[str, Any]:
    """The assignment as data, with the isolation that is required written into its coding exercises."""
    data = json.loads(json.dumps(assignment.to_dict(), default=str))
    coding = [each for each in data["exercise"] if each.get("kind") == "code"]
    if coding:
        sandbox.strongest(settings.isolation)
    for exercise in coding:
        if settings.isolation is not None:
            exercise["isolation"] = sandbox.stronger(settings.isolation, exercise.get("isolation"))
    return dict(data)


def isolation(assignment: Assignment, settings: Settings) -> str:
    """The isolation that programs of this assignment run under here, in words; empty when it asks for none."""
    if not any(exercise.kind == "code" for exercise in assignment.exercises):
        return ""
    with sandbox.student(require=settings.isolation) as process:
        return str(process.isolation)


@dataclass(frozen=True)
class _Attempt:
    """A submission with the answers that were set aside, and why."""

    submission: Submission
    aside: Mapping[str, str]
    again: bool = False

    def task(self, data: Mapping[str, Any]) -> dict[str, Any]:
        given = {name: answer for name, answer in self.submission.answers.items() if name not in self.aside}
        return {"assignment": data, "student": self.submission.student, "answers": given}

    def without(self, name: str, reason: str) -> _Attempt:
        return _Attempt(self.submission, {**self.aside, name: reason})

    def without_rest(self, grades: Sequence[Mapping[str, Any]]) -> _Attempt:
        """Too many answers ran over: those that no worker came to are not tried."""
        seen = {grade["exercise"] for grade in grades}
        rest = [name for name in self.submission.answers if name not in seen and name not in self.aside]
        return _Attempt(self.submission, {**self.aside, **dict.fromkeys(rest, "not tried after several that ran over")})


def _in_pool(
    pool: Pool,
    assignment: Assignment,
    data: Mapping[str, Any],
    submissions: Iterable[Submission],
    settings: Settings,
) -> Iterator[Result]:
    check = pool.grade({"assignment": data, "student": "", "answers": {}})
    if check.problem is not None:
        raise InputError(f"The assignment cannot be used: {check.problem}")
    waiting: Iterable[_Attempt] = (_Attempt(submission, {}) for submission in submissions)
    while True:
        again: list[_Attempt] = []
        taken: dict[int, _Attempt] = {}
        for index, outcome in pool.run(_tasks(waiting, taken, data)):
            attempt = taken.pop(index)
            following = _following(attempt, outcome)
            if following is None:
                yield _result(assignment, attempt, outcome, settings)
            else:
                again.append(following)
        if not again:
            return
        waiting = again


def _tasks(attempts: Iterable[_Attempt], taken: dict[int, _Attempt], data: Mapping[str, Any]) -> Iterator[Any]:
    for index, attempt in enumerate(attempts):
        taken[index] = attempt
        yield attempt.task(data)


def _following(attempt: _Attempt, outcome: Outcome) -> _Attempt | None:
    """What to try next; None when the outcome is complete."""
    if outcome.problem is None:
        return None
    if outcome.over and outcome.at is None and not attempt.again:
        return replace(attempt, again=True)  # the worker was gone before it began
    if outcome.at not in attempt.submission.answers or outcome.at in attempt.aside:
        return None  # it is not this answer's fault: nothing more is tried
    following = attempt.without(str(outcome.at), outcome.problem)
    return following if len(following.aside) < MOST_SET_ASIDE else following.without_rest(outcome.grades)


def _result(assignment: Assignment, attempt: _Attempt, outcome: Outcome, settings: Settings) -> Result:
    """The grades in order; those that are missing, or were set aside, are not decided."""
    found = {each["exercise"]: Grade.from_dict(each) for each in outcome.grades}
    grades = []
    for exercise in assignment.exercises:
        reason = attempt.aside.get(exercise.id) or (None if exercise.id in found else outcome.problem)
        if reason is None:
            grades.append(found[exercise.id])
        else:
            said = (Message("set_aside", {"reason": reason}),)
            grades.append(Grade(exercise.id, exercise.points, 0.0, Verdict.UNDECIDED, said))
    submission = attempt.submission
    mark = fingerprint(assignment, submission, settings)
    return Result(submission.student, tuple(grades), submission.problems, submission.answers, mark)


# --- other executors

_LOCAL = threading.local()


def _on_executor(
    executor: Executor,
    assignment: Assignment,
    data: Mapping[str, Any],
    submissions: Iterable[Submission],
    settings: Settings,
) -> Iterator[Result]:
    listed = list(submissions)
    source = assignment.to_dict()
    futures: list[Future[list[dict[str, Any]]]] = []
    try:
        for start in range(0, len(listed), CHUNK):
            chunk = [
                (each.student, dict(each.answers), each.problems, each.digest) for each in listed[start : start + CHUNK]
            ]
            futures.append(executor.submit(grade_chunk, source, dict(data), chunk, settings))
        for future in as_completed(futures):
            yield from (Result.from_dict(each) for each in future.result())
    finally:
        for future in futures:
            future.cancel()


def grade_chunk(
    source: Mapping[str, Any],
    data: Mapping[str, Any],
    chunk: Sequence[tuple[str, Mapping[str, Any], Sequence[str], str]],
    settings: Settings,
) -> list[dict[str, Any]]:
    """Some submissions graded where an executor runs this, in one worker that is kept for the next chunk."""
    assignment = Assignment.from_dict(source)
    submissions = [
        Submission(student, answers, tuple(problems), digest) for student, answers, problems, digest in chunk
    ]
    pool = _kept_pool(settings)
    return [result.to_dict() for result in _in_pool(pool, assignment, data, submissions, settings)]


def _kept_pool(settings: Settings) -> Pool:
    """This thread's pool of one worker, which ends with the process (a worker ends with its parent)."""
    pool: Pool | None = getattr(_LOCAL, "pool", None)
    if pool is None or _LOCAL.settings != settings:
        if pool is not None:
            pool.close()
        pool = Pool(1, seconds=settings.seconds, memory=settings.memory).__enter__()
        _LOCAL.pool, _LOCAL.settings = pool, settings
    return pool
