"""Kinds whose answer is an argument: derivations line by line, proofs by lemmas, counterexamples.

Lines are claims of the verification engine (docs/claims.md).  A step counts as right when its certificate was accepted
by the trusted checker, and as wrong when exact numbers refute it; everything else goes to a human.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
import sympy

from hessmath.errors import FormulaError, InputError
from hessmath.grading import answers
from hessmath.grading.answers import Items, Parts, Reading, Relation, Scalar, Value, Word
from hessmath.grading.exact import CannotTell
from hessmath.grading.grade import Judgement
from hessmath.grading.judging import choice, decided, right, whole_number, wrong
from hessmath.grading.kinds.kind import Kind, Problem
from hessmath.language import Node, Size, parse, to_text
from hessmath.symbolic.constants import enclosure
from hessmath.verify import check, read_claim
from hessmath.verify.claims import Claim
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.prove import Budget
from hessmath.verify.reading import claim_from_text
from hessmath.verify.scalars import Undecidable
from hessmath.verify.typeset import to_latex
from hessmath.verify.verdicts import Verdict as Finding
from hessmath.verify.verdicts import strength

MAX_LINES = 60
MAX_LINE = 1000
MAX_DOUBTS = 3
"""After so many steps that are not decided the rest is not looked at: a human has to."""
BUDGET = Budget(steps=60_000)
"""Work for one step: counted, so that the same answer has the same verdict everywhere."""

_SIGNS = {
    "⇔": "<=>", "<==>": "<=>", "iff": "<=>", "⟺": "<=>", "⇒": "=>", "==>": "=>", "⟹": "=>", "⇐": "<=", "≤": "<=",
    "≥": ">=", "≠": "!=",
}  # fmt: skip
_RELATIONS = ("==", "<=", ">=", "<", ">", "!=", "=>", "<=>", "psd_le", "psd_ge")
_SPELLINGS = {
    "^": "**", "·": "*", "×": "*", "−": "-", "²": "**2", "³": "**3", "≤": "<=", "≥": ">=", "≠": "!=",
}  # fmt: skip
_LEADING = re.compile(r"\s*(<==>|<=>|==>|=>|<=|>=|!=|==|=|<|>|⇔|⟺|⇒|⟹|≤|≥|≠|iff\b)\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Setting:
    """The declarations of an exercise: shapes, what is assumed, where a derivation starts and ends, and the claim."""

    shapes: Mapping[str, Any]
    hypotheses: tuple[str, ...]
    start: str | None = None
    goal: str | None = None
    least_steps: int = 1
    relation: str | None = None


def _setting(problem: Problem) -> Setting:
    declared = dict.fromkeys(problem.symbols, "")
    given = problem.data.get("declare", {})
    if not isinstance(given, Mapping):
        raise InputError('The field "declare" must be a table such as {A = "n n symmetric", x = "n"}.')
    declared.update({str(name): str(words) for name, words in given.items()})
    hypotheses = problem.data.get("hypotheses", [])
    hypotheses = [hypotheses] if isinstance(hypotheses, str) else list(hypotheses)
    frame = claim_from_text("0 == 0", hypotheses=list(map(str, hypotheses)), **declared)
    if frame.misfit:
        raise InputError(frame.misfit)
    texts = tuple(to_text(h) for h in frame.hypotheses)
    ends = [_plain(str(problem.data[name])) if name in problem.data else None for name in ("start", "goal")]
    setting = Setting(
        {name: [str(size) for size in shape] for name, shape in frame.variables},
        texts,
        ends[0],
        ends[1],
        whole_number(problem, "least_steps", 1, MAX_LINES),
        choice(problem, "relation", _RELATIONS, "==") if "relation" in problem.data else None,
    )
    for end in ends:
        if end is not None:
            _parsed(setting, end)
    return setting


def _parsed(setting: Setting, text: str) -> Node:
    return parse(text, {name: [_size(s) for s in shape] for name, shape in setting.shapes.items()})


def _size(text: str) -> int | str | Size:
    return int(text) if text.isdigit() else text


def _plain(text: str) -> str:
    """A student's line in the spelling of the language: = as ==, ^ as **, ^T as .T."""
    text = re.sub(r"\^\s*\{?\s*(T|⊤)\b\s*\}?|ᵀ", ".T", text)
    for old, new in _SPELLINGS.items():
        text = text.replace(old, new)
    return re.sub(r"(?<![<>=!])=(?![=>])", "==", text).strip()


# ---- reading --------------------------------------------------------------------------------------------------


def _read_lines(problem: Problem, answer: Any) -> Reading:
    """Lines with the relation before each of them (the first has none)."""
    relations: list[str] | None = None
    if isinstance(answer, Mapping):
        if "lines" not in answer or set(answer) - {"lines", "relations"}:
            raise InputError('A derivation is a list of lines, or a table with "lines" and "relations".')
        given = answer.get("relations")
        answer = answer["lines"]
        if given is not None:
            relations = [given] * (len(answer) - 1) if isinstance(given, str) else [str(r) for r in given]
    if isinstance(answer, str):
        answer = [line for line in re.split(r"[\n;]|\\\\", answer) if line.strip()]
    if not isinstance(answer, list | tuple) or not answer or not all(isinstance(line, str | int) for line in answer):
        raise InputError("The answer must be a list of lines, each an expression or a statement.")
    if len(answer) > MAX_LINES:
        raise InputError(f"A derivation may have at most {MAX_LINES} lines, but this one has {len(answer)}.")
    setting = _setting(problem)
    lines: list[Any] = []
    shown: list[str] = []
    for k, line in enumerate(map(str, answer), start=1):
        if len(line) > MAX_LINE:
            raise InputError(f"Line {k} is longer than {MAX_LINE} characters.")
        relation, text = "", line
        match = _LEADING.fullmatch(line)
        if match:
            relation, text = _SIGNS.get(match[1], match[1]), match[2]
        relation = "==" if relation == "=" else relation
        if relations is not None and k > 1:
            if len(relations) != len(answer) - 1:
                raise InputError(f"There must be {len(answer) - 1} relations between {len(answer)} lines.")
            relation = _SIGNS.get(relations[k - 2].strip(), relations[k - 2].strip())
            relation = "==" if relation == "=" else relation
        if relation and relation not in _RELATIONS:
            raise InputError(f"{relation[:20]!r} is no relation between lines; it is one of {', '.join(_RELATIONS)}.")
        try:
            node = _parsed(setting, _plain(text))
        except FormulaError as error:
            raise InputError(f"Line {k} cannot be read: {error}") from None
        lines.append(Items((Word(relation), Word(_plain(text)))))
        shown.append(rf"{_sign_latex(relation)}{to_latex(node)}")
    return Reading(Items(tuple(lines)), r" \\ ".join(shown))


def _sign_latex(relation: str) -> str:
    known = {"": "", "==": "= ", "=>": r"\Rightarrow ", "<=>": r"\Leftrightarrow ", "<=": r"\le ", ">=": r"\ge "}
    return known.get(relation, f"{relation} ")


def _lines(value: Value) -> list[tuple[str, str]]:
    items = value.items if isinstance(value, Items) else ()
    return [(line.items[0].text, line.items[1].text) for line in items]


# ---- derivations ----------------------------------------------------------------------------------------------


_IMPLIED = {
    "==": ("==", "<=", ">=", "psd_le", "psd_ge"),
    "<": ("<", "<=", "!="),
    ">": (">", ">=", "!="),
    "<=>": ("<=>", "=>", "<="),
}
"""What follows from a relation, besides itself."""


def _whole(relations: Sequence[str]) -> str | None:
    """The relation between the first and the last line of a chain; None if the relations do not make a chain."""
    found = [r for r in dict.fromkeys(relations) if r not in ("==", "<=>")]
    if not found:
        return relations[0]
    if len(found) == 1 and found[0] != "!=":
        return found[0]
    if len(found) == 1:
        return "!=" if list(relations).count("!=") == 1 else None
    return {frozenset(("<", "<=")): "<", frozenset((">", ">=")): ">"}.get(frozenset(found))


def _judge_derivation(problem: Problem, truth: Setting, answer: Value) -> Judgement:
    lines = _lines(answer)
    statements = _parsed(truth, lines[0][1]).shape is None
    demanded = truth.relation or ("=>" if statements else "==")
    chain = [(text, relation or demanded, k) for k, (relation, text) in enumerate(lines, start=1)]
    if truth.start is not None and _parsed(truth, truth.start) != _parsed(truth, chain[0][0]):
        chain[0] = (chain[0][0], "<=>" if statements else "==", 1)
        chain.insert(0, (truth.start, "", 0))
    if truth.goal is not None and _parsed(truth, truth.goal) != _parsed(truth, chain[-1][0]):
        chain.append((truth.goal, "<=>" if statements else "==", len(lines) + 1))
    total = len(chain) - 1
    if total < 1 or len(lines) - 1 < truth.least_steps - (truth.least_steps == 1):
        return wrong("too_few_steps", {"needed": str(truth.least_steps)})
    whole = _whole([relation for _, relation, _ in chain[1:]])
    if whole is None:
        return wrong("relations_mixed")
    doubts: list[str] = []
    for k, ((before, _, _), (after, relation, line)) in enumerate(itertools.pairwise(chain)):
        outcome, where = _step(truth, before, relation, after)
        said = {"line": str(line), "before": before, "after": after, **where}
        if outcome in ("wrong", "undefined"):
            return wrong(f"step_{outcome}", said, fraction=0 if doubts else Fraction(k, total))
        if outcome == "unknown":
            doubts.append(f"the step from {before} to {after}")
        if len(doubts) == MAX_DOUBTS:
            break
    if doubts:
        raise CannotTell(doubts[0])
    if truth.goal is not None and demanded != whole and demanded not in _IMPLIED.get(whole, ()):
        return wrong("relation_too_weak", {"relation": whole, "needed": demanded}, fraction=Fraction(1, 2))
    return right()


def _step(truth: Setting, before: str, relation: str, after: str) -> tuple[str, dict[str, str]]:
    """("⇔", "⇒", "⇐", "=", "wrong", "undefined" or "unknown") with the numbers that refute a step."""
    statements = _parsed(truth, before).shape is None
    if statements != (_parsed(truth, after).shape is None):
        return "wrong", {"why": "a value and a statement stand side by side"}
    if not statements:
        finding = _checked(truth, before, relation, after)
        if finding is None or strength(finding) not in ("proved", "refuted", "ill_posed"):
            return "unknown", {}
        return ("=", {}) if finding.name == "proved" else _refuted(truth, finding, before, "==")
    forward, backward = _checked(truth, before, "=>", after), _checked(truth, after, "=>", before)
    there, back = (f is not None and strength(f) == "proved" for f in (forward, backward))
    needed = {"=>": [forward], "<=": [backward]}.get(relation, [forward, backward])
    if all(f is not None and strength(f) == "proved" for f in needed):
        return ("⇔" if there and back else "⇒" if there else "⇐"), {}
    for finding in needed:
        if finding is not None and finding.name in ("refuted", "ill_posed"):
            outcome, where = _refuted(truth, finding, before, "=>")
            only = "⇒" if there else "⇐" if back else ""
            return outcome, where | ({"only": only} if only else {})
    return "unknown", {}


def _checked(truth: Setting, before: str, relation: str, after: str) -> Finding | None:
    table = {
        "id": "step",
        "kind": "derivation",
        "vars": dict(truth.shapes),
        "hypotheses": list(truth.hypotheses),
        "lines": [before, after],
        "relations": [relation],
    }
    return _finding(json.dumps(table))


@lru_cache(maxsize=512)
def _finding(step: str) -> Finding | None:
    """The finding on a step as JSON, kept: the students of a class write many of the same steps."""
    try:
        claim = read_claim(json.loads(step))
    except InputError:
        return None
    return check(claim, BUDGET)


def _refuted(truth: Setting, finding: Finding, before: str, relation: str) -> tuple[str, dict[str, str]]:
    leaf = next((f for f in finding.leaves() if f.name in ("refuted", "ill_posed")), finding)
    if leaf.name == "refuted":
        return "wrong", {"counterexample": str(getattr(leaf, "counterexample", ""))}
    alone = _checked(truth, before, relation, before)
    if alone is None or alone.name != "proved":
        return "unknown", {}  # the line before is not defined everywhere: the exercise lacks a hypothesis
    return "undefined", {"why": str(getattr(leaf, "missing", ""))}


def _show_setting(truth: Setting) -> str:
    parts = [to_latex(_parsed(truth, text)) for text in (truth.start, truth.goal) if text is not None]
    return r" \;\to\; ".join(parts) if parts else r"\text{every chain of true steps}"


def _setting_answer(truth: Setting) -> list[str]:
    lines = [text for text in (truth.start, truth.goal) if text is not None]
    if not lines:
        raise InputError("There is no one right answer: the exercise has neither start nor goal.")
    return lines


DERIVATION = Kind(
    "derivation",
    (),
    _setting,
    decided(_judge_derivation),
    _show_setting,
    may=("declare", "hypotheses", "start", "goal", "relation", "least_steps"),
    answer=_setting_answer,
    read=_read_lines,
)


# ---- proofs by lemmas -----------------------------------------------------------------------------------------


def _proof_setting(problem: Problem) -> Setting:
    found = _setting(problem)
    claim = _plain(str(problem.data["claim"]))
    if _parsed(found, claim).shape is not None:
        raise InputError(f'The field "claim" must be a statement such as x @ x >= 0, but it is {claim!r}.')
    return Setting(found.shapes, found.hypotheses, None, claim, found.least_steps)


def _judge_proof(problem: Problem, truth: Setting, answer: Value) -> Judgement:
    """Every line must follow from the hypotheses and the lines before it; the claim must follow at the end."""
    lines = [text for _, text in _lines(answer)]
    if len(lines) < truth.least_steps:
        return wrong("too_few_steps", {"needed": str(truth.least_steps)})
    assert truth.goal is not None
    if _parsed(truth, lines[-1]) != _parsed(truth, truth.goal):
        lines.append(truth.goal)
    known = list(truth.hypotheses)
    doubt: str | None = None
    for k, line in enumerate(lines):
        if _parsed(truth, line).shape is not None:
            raise InputError(f"Line {k + 1} of a proof must be a statement, but {line[:60]!r} is a value.")
        finding = _following(truth, known, line)
        if finding is not None and finding.name == "refuted" and doubt is None:
            where = {"line": str(k + 1), "after": line, "counterexample": str(getattr(finding, "counterexample", ""))}
            return wrong("lemma_wrong", where, fraction=Fraction(k, 2 * len(lines)))
        if finding is None or strength(finding) != "proved":
            doubt = doubt or f"line {k + 1} of the proof: {line}"
        known.append(line)
    if doubt is not None:
        raise CannotTell(doubt)
    return right()


def _following(truth: Setting, known: Sequence[str], line: str) -> Finding | None:
    fields = {
        "id": "lemma",
        "kind": "implication",
        "vars": dict(truth.shapes),
        "hypotheses": list(known),
        "claim": line,
    }
    try:
        return check(read_claim(fields), BUDGET)
    except InputError:
        return None


PROOF = Kind(
    "proof",
    ("claim",),
    _proof_setting,
    decided(_judge_proof),
    _show_setting,
    may=("declare", "hypotheses", "least_steps"),
    answer=_setting_answer,
    read=_read_lines,
)


# ---- counterexamples ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """A claim that is to be refuted by values."""

    claim: Claim


def _statement(problem: Problem) -> Statement:
    found = _proof_setting(problem)
    fields = {
        "id": "claim",
        "kind": "implication",
        "vars": dict(found.shapes),
        "hypotheses": list(found.hypotheses),
        "claim": found.goal,
    }
    claim = read_claim(fields)
    if claim.misfit or claim.beyond or claim.statement is None:
        raise InputError(f"The claim cannot be checked at values: {claim.misfit or claim.beyond}.")
    return Statement(claim)


def _judge_counterexample(problem: Problem, truth: Statement, answer: Value) -> Judgement:
    claim = truth.claim
    given = _assigned(answer, [name for name, _ in claim.variables], claim.size_names)
    sizes: dict[str, int] = {}
    values: dict[str, Any] = {}
    for name, shape in claim.variables:
        values[name] = _array(given[name], name, len(shape))
        for size, actual in zip(shape, _lengths(values[name]), strict=True):
            text = str(size)
            expected = int(text) if text.isdigit() else sizes.setdefault(text, actual)
            if expected != actual:
                raise InputError(f"{name} has a side of length {actual}, but {text} is {expected} here.")
    with evaluation_precision():
        at = Point(sizes, values)
        try:
            for hypothesis in claim.hypotheses:
                if not at.holds(hypothesis):
                    return wrong("hypothesis_fails", {"hypothesis": to_text(hypothesis)})
            assert claim.statement is not None
            if at.holds(claim.statement):
                return wrong("claim_holds_there", {"claim": to_text(claim.statement)})
        except Undefined as undefined:
            return wrong("undefined_there", {"part": to_text(undefined.node)})
        except Undecidable as reason:
            raise CannotTell(f"whether the claim fails there ({reason})") from None
    return right()


def _assigned(answer: Value, names: Sequence[str], sizes: Sequence[str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    if isinstance(answer, Parts):
        found = {name.strip(): part for name, part in answer.parts.items()}
    elif isinstance(answer, Relation):
        found = {str(answer.left.value): answer.right}
    elif isinstance(answer, Items) and answer.items and all(isinstance(item, Relation) for item in answer.items):
        found = {str(item.left.value): item.right for item in answer.items}
    elif len(names) == 1:
        found = {names[0]: answer}
    elif isinstance(answer, Items) and len(answer.items) == len(names):
        found = dict(zip(names, answer.items, strict=True))
    found = {name: part for name, part in found.items() if name not in sizes}
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(f"A counterexample gives a value to each of {', '.join(names)}, but {missing[0]} has none.")
    for name in found:
        if name not in names:
            raise InputError(f"{name[:20]} is no name of the claim; its names are {', '.join(names)}.")
    return found


def _array(value: Value, name: str, rank: int) -> Any:
    if rank == 0:
        if isinstance(value, Items) and len(value.items) == 1:
            value = value.items[0]
        if not isinstance(value, Scalar):
            raise InputError(f"The value of {name} must be a number.")
        return _constant(value.value, name)
    if not isinstance(value, Items) or not value.items:
        raise InputError(f"The value of {name} must be a {'vector' if rank == 1 else 'matrix'}.")
    rows = tuple(_array(item, name, rank - 1) for item in value.items)
    if rank == 2 and len({len(row) for row in rows}) != 1:
        raise InputError(f"The rows of {name} must have one length.")
    return rows


def _constant(expr: sympy.Expr, name: str) -> Any:
    if expr.is_Rational:
        return flint.fmpq(int(expr.p), int(expr.q))
    if expr.free_symbols:
        raise InputError(f"The value of {name} must be made of numbers.")
    ball = enclosure(expr, 256)
    if ball is None or not ball.is_finite():
        raise InputError(f"The value of {name} must be a real number.")
    return ball


def _lengths(value: Any) -> tuple[int, ...]:
    if not isinstance(value, tuple):
        return ()
    return (len(value), *_lengths(value[0]))


def _read_values(problem: Problem, answer: Any) -> Reading:
    return answers.read(answer, {})


def _show_statement(truth: Statement) -> str:
    finding = check(truth.claim, BUDGET)
    example = getattr(finding, "counterexample", None)
    return rf"\text{{{example}}}" if finding.name == "refuted" and example is not None else r"\text{not found}"


def _statement_answer(truth: Statement) -> Any:
    finding = check(truth.claim, BUDGET)
    example = getattr(finding, "counterexample", None)
    if finding.name != "refuted" or example is None:
        raise InputError("No counterexample was found; the claim may be true.")
    return {name: _texts(value) for name, value in example.values.items()}


def _texts(value: Any) -> Any:
    return [_texts(part) for part in value] if isinstance(value, list | tuple) else str(value)


COUNTEREXAMPLE = Kind(
    "counterexample",
    ("claim",),
    _statement,
    decided(_judge_counterexample),
    _show_statement,
    may=("declare", "hypotheses"),
    answer=_statement_answer,
    read=_read_values,
)

ROWS = (DERIVATION, PROOF, COUNTEREXAMPLE)
