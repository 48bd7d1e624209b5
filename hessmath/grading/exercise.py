"""An exercise, and the grading of one answer to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sympy

from hessmath.errors import HessmathError, InputError
from hessmath.grading.answers import Manner, Reading, Value, read
from hessmath.grading.diagnosis import diagnose
from hessmath.grading.grade import Grade, Judgement, Message, Verdict
from hessmath.grading.kinds import KINDS, Kind, Problem

COMMON = frozenset(
    {"id", "kind", "points", "prompt", "title", "variables", "depends", "method", "reveal", "parameters", "key"}
)
"""Fields that every exercise may have, whatever its kind."""

OPTIONS = frozenset(
    {"domain", "tolerance", "mode", "decimals", "digits", "decimal_comma", "up_to", "form", "ordered", "imaginary"}
)
"""Fields that say how answers are compared; a kind looks at those that it knows."""

_SYMBOLS: dict[str, Callable[[str], sympy.Symbol]] = {
    "real": lambda name: sympy.Symbol(name, real=True),
    "positive": lambda name: sympy.Symbol(name, positive=True),
    "complex": sympy.Symbol,
}
"""The symbols of each domain."""

REVEAL = ("everything", "verdict", "nothing")
"""How much the feedback may say: all of it; right or wrong only; not even that."""


@dataclass(frozen=True)
class Exercise:
    """One question: a kind, the problem's data, and how much it is worth.

    ``depends`` names, for a field of the problem, the exercise whose answer it is; ``method`` is the part of the
    points that an answer earns which is right for the student's own earlier value.  ``key`` is the author's answer,
    which ``lint`` compares with the truth; nothing is graded by it.  Where the truth comes from the problem, a field
    ``answer`` is taken for the key.

    Examples
    --------
    >>> from hessmath.grading import Exercise
    >>> square = Exercise.from_dict({"id": "1", "kind": "expression", "variables": "x", "answer": "(x + 1)**2"})
    >>> square.grade("x**2 + 2*x + 1").verdict
    <Verdict.RIGHT: 'proved right'>
    >>> square.grade("x**2 + 1").correct
    False
    """

    id: str
    kind: str
    data: Mapping[str, Any]
    points: float = 1.0
    prompt: str = ""
    title: str = ""
    variables: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    depends: Mapping[str, str] = field(default_factory=dict)
    method: float = 0.5
    reveal: str = "everything"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    key: Any = None

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Exercise:
        """The exercise that a table of an assignment describes.

        Raises
        ------
        InputError
            If a field is missing, unknown or of the wrong type, or the kind does not exist.
        """
        if not isinstance(data, Mapping):
            raise InputError(f"An exercise is a table of fields, but this is {type(data).__name__}.")
        name = data.get("kind")
        if not isinstance(name, str) or name not in KINDS:
            raise InputError(f"There is no kind {name!r}; the kinds are {', '.join(sorted(KINDS))}.")
        kind = KINDS[name]
        data = {kind.synonyms.get(key, key): value for key, value in data.items()}
        if "answer" not in (*kind.needs, *kind.may) and "answer" in data:
            data = {"key": data["answer"], **{key: value for key, value in data.items() if key != "answer"}}
        options = OPTIONS - {*kind.needs, *kind.may}  # a kind may have a field of its own by that name
        fields = {key: value for key, value in data.items() if key not in COMMON | options}
        depends = _mapping(data, "depends")
        unknown = (fields.keys() | depends.keys()) - {*kind.needs, *kind.may}
        if unknown:
            raise InputError(
                f"An exercise of kind {name} has no field {sorted(unknown)[0]!r}; "
                f"its fields are {', '.join((*kind.needs, *kind.may))}."
            )
        missing = [key for key in kind.needs if key not in fields and key not in depends]
        if missing:
            raise InputError(f'An exercise of kind {name} needs the field "{missing[0]}".')
        if data.get("domain", "real") not in _SYMBOLS:
            raise InputError(f'"domain" is one of {", ".join(_SYMBOLS)}, but is {data["domain"]!r}.')
        reveal = data.get("reveal", "everything")
        if reveal not in REVEAL:
            raise InputError(f'"reveal" is one of {", ".join(REVEAL)}, but is {reveal!r}.')
        return Exercise(
            id=str(data.get("id", "")),
            kind=name,
            data=fields,
            points=_number(data, "points", 1.0, None),
            prompt=str(data.get("prompt", "")),
            title=str(data.get("title", "")),
            variables=_names(data.get("variables", ())),
            options={key: data[key] for key in sorted(options & data.keys())},
            depends={key: str(value) for key, value in depends.items()},
            method=_number(data, "method", 0.5, 1.0),
            reveal=reveal,
            parameters=_mapping(data, "parameters"),
            key=data.get("key"),
        )

    def to_dict(self) -> dict[str, Any]:
        """The table that ``from_dict`` reads."""
        table: dict[str, Any] = {"id": self.id, "kind": self.kind, "points": self.points, **self.options, **self.data}
        for name in ("prompt", "title", "variables", "depends", "parameters"):
            if getattr(self, name):
                value = getattr(self, name)
                table[name] = list(value) if name == "variables" else value
        if self.key is not None:
            table["key"] = self.key
        if self.depends:
            table["method"] = self.method
        if self.reveal != "everything":
            table["reveal"] = self.reveal
        return table

    def with_data(self, **data: Any) -> Exercise:
        """The same exercise with other fields of the problem, which then depend on nothing."""
        depends = {name: source for name, source in self.depends.items() if name not in data}
        return replace(self, data={**self.data, **data}, depends=depends)

    @cached_property
    def problem(self) -> Problem:
        """The data, with symbols for the variables.

        Raises
        ------
        InputError
            If a field is the answer of another exercise, which only an assignment knows.
        """
        if self.depends:
            source = next(iter(self.depends.values()))
            raise InputError(f"Exercise {self.id} needs the answer of exercise {source}: grade it in its assignment.")
        symbols = {name: _SYMBOLS[str(self.options.get("domain", "real"))](name) for name in self.variables}
        return Problem(self.kind, self.data, symbols, self.options)

    @cached_property
    def truth(self) -> Any:
        """The right answer, derived from the problem."""
        return self._row.truth(self.problem)

    @property
    def right_answer(self) -> Any:
        """A right answer as texts and lists."""
        return self._row.answer(self.truth)

    @property
    def latex(self) -> str:
        """A right answer typeset."""
        return self._row.show(self.truth)

    @property
    def _row(self) -> Kind:
        return KINDS[self.kind]

    def value(self, answer: Any) -> Value:
        """An answer as it is understood.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        return self._reading(answer).value

    def _reading(self, answer: Any) -> Reading:
        if self._row.read is not None:
            return self._row.read(self.problem, answer)
        return read(answer, self.problem.symbols, Manner.of(self.options, self.kind))

    def grade(self, answer: Any) -> Grade:
        """Judge an answer; what cannot be read gives a Grade with an ``error``, not an exception.

        Raises
        ------
        InputError
            If the exercise itself cannot be solved.
        """
        problem, truth, latex = self.problem, self.truth, None
        try:
            reading = self._reading(answer)
            latex = reading.latex
            judgement = self._row.judge(problem, truth, reading.value)
        except HessmathError as error:
            return Grade(self.id, self.points, 0.0, Verdict.NOT_READ, understood_as=latex, error=_one_line(str(error)))
        slip = None
        if judgement.verdict is Verdict.WRONG:
            slip = diagnose(self._row, problem, truth, reading.value)
        return self._graded(judgement, latex, slip)

    def _graded(self, judgement: Judgement, latex: str | None, slip: str | None) -> Grade:
        open_ = self.reveal == "everything"
        explained = (Message(f"slip_{slip}"),) if slip else ()
        return Grade(
            exercise=self.id,
            points=self.points,
            score=_rounded(self.points * float(judgement.fraction)),
            verdict=judgement.verdict,
            messages=self._said(judgement) + (judgement.messages + explained if open_ else ()),
            diagnosis=slip,
            understood_as=latex,
            where=judgement.where if open_ else {},
            error_bound=None if judgement.error_bound is None else float(judgement.error_bound),
        )

    def _said(self, judgement: Judgement) -> tuple[Message, ...]:
        if self.reveal == "nothing":
            return (Message("received"),)
        if judgement.verdict is Verdict.WRONG and judgement.fraction > 0:
            return (Message("partly_right"),)
        return (Message(_HEADLINES[judgement.verdict]),)


_HEADLINES = {
    Verdict.RIGHT: "right",
    Verdict.WRONG: "wrong",
    Verdict.SAMPLED: "sampled",
    Verdict.UNDECIDED: "undecided",
}


def _rounded(score: float) -> float:
    return round(score, 6)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:600]


def _names(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        return tuple(given.replace(",", " ").split())
    if not isinstance(given, list | tuple) or not all(isinstance(name, str) for name in given):
        raise InputError(f'"variables" are names such as ["x", "y"], but are {given!r}.')
    return tuple(given)


def _mapping(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name, {})
    if not isinstance(value, Mapping):
        raise InputError(f'"{name}" is a table, but is {value!r}.')
    return value


def _number(data: Mapping[str, Any], name: str, default: float, most: float | None) -> float:
    value = data.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise InputError(f'"{name}" is a number of at least 0, but is {value!r}.')
    if most is not None and value > most:
        raise InputError(f'"{name}" is at most {most:g}, but is {value!r}.')
    return float(value)
