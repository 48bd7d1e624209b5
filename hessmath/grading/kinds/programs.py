"""Programs: the student's function, run in the sandbox and compared with the compiled truth (``code_tasks``)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hessmath.errors import InputError
from hessmath.grading import code_tasks, sandbox
from hessmath.grading.answers import Reading, Value, Word
from hessmath.grading.grade import Judgement, Message, Verdict
from hessmath.grading.kinds.kind import Kind, Problem
from hessmath.grading.reference_programs import reference_program

FIELDS = code_tasks.FIELDS - {"variables", "tolerance", "task"}


def _read(problem: Problem, answer: Any) -> Reading:
    """The text of a program, as it is; nothing runs here."""
    if not isinstance(answer, str):
        raise InputError(f"The answer must be the text of a program, but this is {type(answer).__name__}.")
    if len(answer) > sandbox.LONGEST_SOURCE:
        raise InputError(f"A program has at most {sandbox.LONGEST_SOURCE:,} characters, but this has {len(answer):,}.")
    lines = answer.count("\n") + 1
    return Reading(Word(answer), rf"\text{{a program of {lines} lines}}")


def _task(problem: Problem) -> code_tasks.CodeTask:
    """The coding task of a problem, with its fields checked."""
    given = {name: value for name, value in problem.data.items() if name != "isolation"}
    if "tolerance" in problem.options:
        given["tolerance"] = problem.options["tolerance"]
    level = problem.data.get("isolation")
    if level is not None and level not in sandbox.LEVELS:
        raise InputError(f"The isolation levels are {', '.join(sandbox.LEVELS)}, not {level!r}.")
    task = code_tasks.CodeTask.from_dict({**given, "variables": list(problem.symbols)})
    _ = task.calls  # the formula is read and compiled now, not with the first answer
    return task


def _judge(problem: Problem, truth: code_tasks.CodeTask, answer: Value) -> Judgement:
    assert isinstance(answer, Word)
    found = truth.judge(answer.text, require=problem.data.get("isolation"))
    messages = [Message("program", {"sentence": sentence}) for sentence in found.feedback]
    if found.isolation.measures:
        messages.append(Message("isolation", {"isolation": found.isolation.level}))
    if found.correct is None:
        return Judgement(Verdict.UNDECIDED, messages=tuple(messages))
    if found.correct:
        messages.insert(0, Message("program_passed", {"count": str(found.tried)}))
        return Judgement(Verdict.SAMPLED, Fraction(1), tuple(messages))
    where = {"call": found.where} if found.where else {}
    part = Fraction(found.fraction).limit_denominator(100)
    return Judgement(Verdict.WRONG, part, tuple(messages), where)


ROWS = (
    Kind(
        name="code",
        needs=("task",),
        may=(*sorted(FIELDS), "isolation"),
        truth=_task,
        judge=_judge,
        show=lambda task: rf"\text{{a function {task.entry}}}",
        read=_read,
        answer=reference_program,
    ),
)
