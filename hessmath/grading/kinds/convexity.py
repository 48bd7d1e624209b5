"""The kind `convexity`: convex, concave, strictly so, both or neither, on a domain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Value
from hessmath.grading.exact import CannotTell
from hessmath.grading.grade import Judgement
from hessmath.grading.judging import decided, flag, right, wrong
from hessmath.grading.kinds.critical import function_of
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.matrices import read_words
from hessmath.grading.words import word_of
from hessmath.language import to_text
from hessmath.symbolic.to_tree import from_sympy


@dataclass(frozen=True)
class Convexity:
    """What holds of a function on the domain: each True, False, or None where it is not decided."""

    convex: bool | None
    concave: bool | None
    strictly_convex: bool | None
    strictly_concave: bool | None


def _convexity(problem: Problem) -> Convexity:
    f = function_of(problem)
    domain = problem.data.get("where")
    found = {}
    for name in ("convex", "concave"):
        found[name] = _holds(problem, f, name, domain)
    for name, g in (("strictly_convex", f), ("strictly_concave", -f)):
        weak = found[name.removeprefix("strictly_")]
        found[name] = _holds(problem, g, "strictly_convex", domain) if weak is not False else False
    truth = Convexity(**found)
    if truth.convex is None or truth.concave is None:
        raise InputError("Whether the function is convex or concave could not be decided.")
    return truth


def _holds(problem: Problem, f: sympy.Expr, name: str, domain: Any) -> bool | None:
    from hessmath.verify import check, read_claim

    fields: dict[str, Any] = {
        "id": "convexity",
        "kind": "convexity",
        "vars": [str(v) for v in problem.variables],
        "f": to_text(from_sympy(f)),
        "property": name,
    }
    if domain:
        fields["domain"] = domain
    verdict = check(read_claim(fields))
    return {"proved": True, "refuted": False}.get(verdict.name)


_CONVEXITY_WORDS = ("convex", "strictly convex", "concave", "strictly concave", "both", "neither")


def _judge_convexity(problem: Problem, truth: Convexity, answer: Value) -> Judgement:
    word = word_of(answer)
    if word not in _CONVEXITY_WORDS:
        raise InputError(f"The answer must be one of: {', '.join(_CONVEXITY_WORDS)}.")
    holds = {
        "convex": truth.convex,
        "concave": truth.concave,
        "strictly convex": truth.strictly_convex,
        "strictly concave": truth.strictly_concave,
        "both": truth.convex and truth.concave,
        "neither": not truth.convex and not truth.concave,
    }[word]
    if holds is None:
        raise CannotTell(f"whether the function is {word}")
    if not holds:
        return wrong("wrong_word", {"answer": word})
    if truth.convex and truth.concave and word != "both":
        return wrong("true_but_more_holds", {"answer": word}, fraction=Fraction(1, 2))
    if flag(problem, "strict", False) and word in ("convex", "concave"):
        stronger = truth.strictly_convex if word == "convex" else truth.strictly_concave
        if stronger is None:
            raise CannotTell(f"whether the function is strictly {word}")
        if stronger:
            return wrong("true_but_more_holds", {"answer": word}, fraction=Fraction(1, 2))
    return right()


def _convexity_word(truth: Convexity) -> str:
    if truth.convex and truth.concave:
        return "convex and concave"
    if truth.convex:
        return "strictly convex" if truth.strictly_convex else "convex"
    if truth.concave:
        return "strictly concave" if truth.strictly_concave else "concave"
    return "neither"


def _show_convexity(truth: Convexity) -> str:
    return rf"\text{{{_convexity_word(truth)}}}"


def _convexity_swapped(problem: Problem, truth: Convexity) -> Iterator[Convexity]:
    if truth.convex != truth.concave:
        yield Convexity(truth.concave, truth.convex, truth.strictly_concave, truth.strictly_convex)


def _strictness_overlooked(problem: Problem, truth: Convexity) -> Iterator[Convexity]:
    if truth.convex != truth.concave:
        yield replace(truth, strictly_convex=truth.convex, strictly_concave=truth.concave)


def _by_pure_derivatives(problem: Problem, truth: Convexity) -> Iterator[Convexity]:
    """The signs of ∂²f/∂xᵢ² alone, where they are constant."""
    f = function_of(problem)
    pure = [f.diff(x, 2) for x in problem.variables]
    if not truth.convex and not truth.concave and all(entry.is_Rational and entry != 0 for entry in pure):
        signs = {bool(entry > 0) for entry in pure}
        if len(signs) == 1:
            yield Convexity(True in signs, False in signs, True in signs, False in signs)


CONVEXITY = Kind(
    "convexity",
    ("function",),
    _convexity,
    decided(_judge_convexity),
    _show_convexity,
    may=("where", "strict"),
    answer=_convexity_word,
    slips=(
        Slip("convex_and_concave_swapped", _convexity_swapped),
        Slip("strictness_not_given", _strictness_overlooked),
        Slip("judged_by_the_diagonal", _by_pure_derivatives),
    ),
    read=read_words,
)

ROWS = (CONVEXITY,)
