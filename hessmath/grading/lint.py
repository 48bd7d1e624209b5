"""What an author should know before students see an assignment.

Every exercise is solved, its own right answer is judged, the author's key is compared with the truth, and wording
that leaves a convention open is pointed out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from hessmath.errors import HessmathError
from hessmath.grading.assignment import Assignment
from hessmath.grading.exercise import Exercise
from hessmath.grading.grade import Verdict


class Level(Enum):
    """Whether the assignment can be used as it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing to look at, in one sentence."""

    exercise: str
    level: Level
    text: str


@dataclass(frozen=True)
class _Convention:
    """A choice that a prompt should settle: what is open, and words that settle it."""

    text: str
    settled: str


CONVENTIONS: dict[str, _Convention] = {
    "directional_derivative": _Convention(
        "say whether the direction is divided by its length (it is)", r"unit|normali|direction of|length"
    ),
    "quadratic_form": _Convention("say whether the form is xᵀAx (it is) or ½xᵀAx", r"\^\s*\{?\\?T|ᵀ|transpose|top"),
    "taylor": _Convention("say up to which order", r"order|degree|linear|quadratic|second|first|third"),
    "jacobian": _Convention("say that row i is the gradient of the i-th function", r"row|J_|partial f_i"),
    "eigenvalues": _Convention("say whether multiplicities are asked for", r"multiplicit|distinct|all"),
    "qr": _Convention("say whether R has a positive diagonal", r"positive|diagonal|sign"),
    "gram_schmidt": _Convention("say in which order the vectors are taken", r"order|given|Gram"),
    "cg_iterates": _Convention("say with which index the iterates begin", r"x_?\{?0|x_?\{?1|start|first"),
    "newton_iterates": _Convention("say with which index the iterates begin", r"x_?\{?0|x_?\{?1|start|first"),
    "gradient_descent_iterates": _Convention("say with which index the iterates begin", r"x_?\{?0|x_?\{?1|start|first"),
}


def lint(assignment: Assignment, total: float | None = None) -> list[Finding]:
    """What is wrong or open, in the order of the exercises.

    Parameters
    ----------
    total : the points that the exercises should add up to, if that was stated
    """
    found: list[Finding] = []
    for exercise in assignment.for_student("").exercises:
        found += _of(exercise, assignment)
    stated = assignment.total if total is None else total
    if stated is not None and abs(stated - assignment.points) > 1e-9:
        found.append(
            Finding("", Level.ERROR, f"The points add up to {assignment.points:g}, but {stated:g} were stated.")
        )
    return found


def _of(exercise: Exercise, assignment: Assignment) -> list[Finding]:
    try:
        solved = assignment.for_student("").solved[exercise.id]
        answer = solved.right_answer
    except HessmathError as error:
        return [Finding(exercise.id, Level.ERROR, f"It cannot be solved: {error}")]
    found: list[Finding] = []
    own = solved.grade(answer)
    if own.verdict not in (Verdict.RIGHT, Verdict.SAMPLED):
        said = own.error or own.verdict.value
        found.append(Finding(exercise.id, Level.ERROR, f"Its own right answer {answer} is not judged right: {said}."))
    if exercise.key is not None:
        found += _key(exercise, solved)
    if not exercise.prompt.strip():
        found.append(Finding(exercise.id, Level.WARNING, "It has no prompt."))
    convention = CONVENTIONS.get(exercise.kind)
    if convention is not None and not re.search(convention.settled, exercise.prompt, re.IGNORECASE):
        found.append(Finding(exercise.id, Level.WARNING, f"The prompt leaves a convention open: {convention.text}."))
    if exercise.points == 0:
        found.append(Finding(exercise.id, Level.WARNING, "It is worth 0 points."))
    return found


def _key(exercise: Exercise, solved: Exercise) -> list[Finding]:
    """What the author's key has against it."""
    grade = solved.grade(exercise.key)
    match grade.verdict:
        case Verdict.RIGHT:
            return []
        case Verdict.SAMPLED:
            text = "The key was compared with the truth at points only; that it is right is not proved."
            return [Finding(exercise.id, Level.WARNING, text)]
        case Verdict.NOT_READ:
            return [Finding(exercise.id, Level.ERROR, f"The key cannot be read: {grade.error}")]
        case Verdict.UNDECIDED:
            text = f"Whether the key is right is not decided; the truth is {solved.right_answer}."
            return [Finding(exercise.id, Level.WARNING, text)]
        case Verdict.WRONG:
            where = ", ".join(f"{name} = {value}" for name, value in grade.where.items())
            at = f" ({where})" if where else ""
            text = f"The key {exercise.key} is wrong{at}; the truth is {solved.right_answer}."
            return [Finding(exercise.id, Level.ERROR, text)]
