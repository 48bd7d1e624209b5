"""What comes out of judging one answer: data that reports and exports translate and nobody decides on again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Any


class Verdict(Enum):
    """How much is known about an answer."""

    RIGHT = "proved right"
    WRONG = "refuted"
    SAMPLED = "only sampled"
    UNDECIDED = "not decided"
    NOT_READ = "not read"


@dataclass(frozen=True)
class Message:
    """A line of feedback: the name of a template and what fills it (texts; mathematics as LaTeX under ``…_math``)."""

    key: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """What a kind says of one answer, before points.

    ``fraction`` is the part of the points that the answer earns by rule (1 for a right one).  ``where`` is the exact
    point or entry at which a refuted answer differs, as texts.  ``error_bound`` goes with SAMPLED: the chance that
    a wrong answer passes.
    """

    verdict: Verdict
    fraction: Fraction = Fraction(0)
    messages: tuple[Message, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    error_bound: Fraction | None = None


@dataclass(frozen=True)
class Grade:
    """The grade of one answer; ``to_dict`` and ``from_dict`` are its plain JSON form.

    ``score`` is between 0 and ``points``.  ``correct`` is True, False, or None when it is not decided.  ``diagnosis``
    is the name of the slip that explains the answer, if exactly one does.  ``understood_as`` is LaTeX.  ``error`` is
    one sentence when the answer could not be read: that costs the student no attempt.
    """

    exercise: str
    points: float
    score: float
    verdict: Verdict
    messages: tuple[Message, ...] = ()
    diagnosis: str | None = None
    understood_as: str | None = None
    error: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    error_bound: float | None = None

    @property
    def correct(self) -> bool | None:
        """Whether the answer is right; None when that is not known."""
        if self.verdict in (Verdict.RIGHT, Verdict.SAMPLED):
            return True
        return False if self.verdict is Verdict.WRONG else None

    @property
    def feedback(self) -> tuple[str, ...]:
        """The messages as plain English; ``hessmath.grading.feedback.texts`` writes them for other places."""
        from hessmath.grading.feedback import texts

        return texts(self.messages)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "exercise": self.exercise,
            "points": self.points,
            "score": self.score,
            "correct": self.correct,
            "verdict": self.verdict.value,
            "feedback": list(self.feedback),
            "messages": [[message.key, dict(message.fields)] for message in self.messages],
            "diagnosis": self.diagnosis,
            "understood_as": self.understood_as,
            "error": self.error,
            "where": dict(self.where),
            "error_bound": self.error_bound,
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Grade:
        """The grade that ``to_dict`` wrote."""
        return Grade(
            exercise=data["exercise"],
            points=data["points"],
            score=data["score"],
            verdict=Verdict(data["verdict"]),
            messages=tuple(Message(key, dict(fields)) for key, fields in data["messages"]),
            diagnosis=data["diagnosis"],
            understood_as=data["understood_as"],
            error=data["error"],
            where=dict(data["where"]),
            error_bound=data["error_bound"],
        )
