"""Families of vectors in one text: ``t(1, 1)``, ``(3, 0) + span{(1, 2)}``, ``{s(1, 0) + t(0, 1) : s, t ∈ ℝ}``.

As in ``prose`` nothing is evaluated: a text that has not exactly such a form is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Items, Reading, Scalar, Value
from hessmath.grading.kinds.kind import Problem
from hessmath.grading.prose import MAX_LENGTH, parts_outside, without_vector_label

_REALS = r"(?:\\mathbb\s*\{?\s*R\s*\}?|ℝ|\\R\b|R\b|(?:the\s+)?reals?\b(?:\s+numbers)?)"
_WITHOUT_ZERO = r"(?:\s*(?:\\setminus|\\|-|−)\s*\\?\{\s*0\s*\\?\})?"
_NAME = r"(?:\\?(?:alpha|beta|gamma|lambda|mu)|[a-zA-Zαβγλμ])(?:_?\{?[0-9]\}?|[₀-₉])?"
_RANGE = rf"{_NAME}(?:\s*,\s*{_NAME})*\s*(?:∈|\\in\b|\bin\b)\s*{_REALS}"
_BUILDER = re.compile(
    rf"^\s*(?:\\left\s*)?\\?\{{(?P<body>.+?)(?:\\?\s*(?::|\||\\mid\b|\\vert\b|\\colon\b|\\middle\s*\|))\s*"
    rf"(?:\\[,;:! ]\s*)*{_RANGE}\s*(?:\\right\s*)?\\?\}}\s*\.?\s*$",
    re.DOTALL,
)
_NOT_ZERO = re.compile(
    rf"\s*(?:[,;(]\s*|\b(?:where|with|for(?:\s+(?:all|any))?)\b\s*)+{_NAME}\s*(?:≠|!=|\\neq?\b)\s*0\s*\)?\s*\.?\s*$"
)
_MULTIPLES = re.compile(
    r"^(?:(?:any|all|every)\s+)?(?:(?:non-?\s?zero|scalar|real)\s+)*multiples?\s+of\s+(?:the\s+vector\s+)?",
    re.IGNORECASE,
)
_IN_REALS = re.compile(rf"\s*(?:[,;(]\s*|\b(?:where|with|for(?:\s+all)?)\b\s*)+{_RANGE}{_WITHOUT_ZERO}\s*\)?\s*\.?\s*$")
_SPAN = re.compile(
    r"(?:\\(?:operatorname|mathrm|text)\s*\{\s*span\s*\}|\\?span\b|Span\b|\blin\b)\s*(?:\\left\s*)?(?P<open>\\?\{|[(\[])"
    r"|(?:<|⟨|\\langle)\s*(?P<angle>(?=[(\[]|\\begin|\\left))"
)
_CLOSING = {"{": "}", "(": ")", "[": "]", "\\{": "\\}"}
_TERM = re.compile(
    rf"^\s*(?P<name>{_NAME})\s*(?:\*|·|⋅|\\cdot\b)?\s*(?P<vector>(?:\\left\s*)?[(\[⟨].*|<.*>|\\begin.*|\\langle.*)$",
    re.DOTALL,
)
_NO_PARAMETER = frozenset("e i E I T".split())


def read_family(problem: Problem, answer: Any, read: Callable[[Problem, Any], Reading]) -> Reading:
    """An answer that may be one vector with free parameters, such as (t, -t, 0), as the vectors that span it.

    Raises
    ------
    InputError
        As ``read`` does, if the answer is no such vector either.
    """
    try:
        return read(problem, answer)
    except InputError:
        free = {name: sympy.Symbol(name, real=True) for name in PARAMETERS if name not in problem.symbols}
        try:
            reading = read(replace(problem, symbols={**problem.symbols, **free}), answer)
        except InputError:
            reading = None
        value = _basis_of(reading.value, list(free.values())) if reading else None
        if reading is None or value is None:
            raise
        return Reading(value, reading.latex)


PARAMETERS = tuple("t s r u v w a b c k".split())


def _basis_of(value: Value, free: Sequence[sympy.Symbol]) -> Value | None:
    """The directions of the parameters of a vector that is 0 where they are 0; None for anything else."""
    if not isinstance(value, Items) or not all(isinstance(entry, Scalar) for entry in value.items):
        return None
    entries = [entry.value for entry in value.items if isinstance(entry, Scalar)]
    used = [name for name in free if any(name in entry.free_symbols for entry in entries)]
    directions = [[entry.diff(name) for entry in entries] for name in used]
    at_zero = [entry.xreplace(dict.fromkeys(used, sympy.Integer(0))) for entry in entries]
    if not used or any(at_zero) or any(part.free_symbols & set(used) for d in directions for part in d):
        return None
    trees = [entry.tree for entry in value.items if isinstance(entry, Scalar)]
    vectors = [Items(tuple(Scalar(*pair) for pair in zip(d, trees, strict=True)), "(") for d in directions]
    return vectors[0] if len(vectors) == 1 else Items(tuple(vectors), "{")


def without_builder(text: str) -> str:
    """The vectors of ``{p + t v : t ∈ ℝ}`` without the braces and the range of the parameters.

    Examples
    --------
    >>> without_builder("{(3, 0) + t(1, 2) : t in R}"), without_builder("{x : x > 0}")
    ('(3, 0) + t(1, 2)', '{x : x > 0}')
    """
    match = _BUILDER.match(text) if len(text) <= MAX_LENGTH else None
    return match["body"].strip() if match else text


def with_parameters(text: str) -> str:
    """``p + span{v, w}`` with parameters, as ``p + t1 v + t2 w``.

    Examples
    --------
    >>> with_parameters("(3, 0) + span{(1, 2)}"), with_parameters("x + 1")
    ('(3, 0) + t1*(1, 2)', 'x + 1')
    """
    match = _SPAN.search(text) if len(text) <= MAX_LENGTH else None
    before = text[: match.start()].rstrip() if match else ""
    if match is None or (before and not before.endswith("+")):
        return text
    vectors = _spanned(text, match)
    if not vectors or len(vectors) > 6:
        return text
    return " + ".join([*([before[:-1].strip()] if before else []), *(f"t{k}*{v}" for k, v in enumerate(vectors, 1))])


def _spanned(text: str, match: re.Match[str]) -> list[str]:
    """The vectors in the brackets of a span that ends the text; none if that is not what stands there."""
    rest = text[match.end() :].rstrip().rstrip(".").rstrip("$").rstrip()
    closing = ">" if match["angle"] is not None else _CLOSING[match["open"]]
    ends = (">", "⟩", "\\rangle") if closing == ">" else (closing,)
    end = next((e for e in ends if rest.endswith(e)), None)
    if end is None:
        return []
    inside = re.sub(r"\\(?:left|right)\s*$", "", rest[: -len(end)].rstrip()).strip()
    vectors = [part.strip() for part in parts_outside(inside)]
    if vectors and all(re.match(r"(?:\\left\s*)?[(\[⟨<]|\\begin|\\langle", vector) for vector in vectors):
        return vectors
    return [f"({inside})"] if closing in (")", "]") else []


def spanning(text: str, declared: Collection[str] = ()) -> str:
    """The vectors of ``s v + t w`` with free parameters s and t, as ``{v, w}``; any other text as it is.

    Examples
    --------
    >>> spanning("t(1, 1)"), spanning("s(1, 0, -1) + t(0, 1, -1)"), spanning("x = 2(1, 1)")
    ('(1, 1)', '{(1, 0, -1), (0, 1, -1)}', 'x = 2(1, 1)')
    """
    if len(text) > MAX_LENGTH:
        return text
    text = re.sub(r"\s+", " ", text)
    plain = without_builder(_MULTIPLES.sub("", re.sub(r"\$", " ", text).strip()))
    if plain != text.strip() and re.fullmatch(r"\([^()]*\)|\[[^\[\]]*\]", plain) and _MULTIPLES.match(text.strip()):
        return plain
    plain = _NOT_ZERO.sub("", plain)
    plain = re.sub(
        rf"\s*(?:[,;(]\s*|\b(?:where|with|for(?:\s+all)?)\b\s*)+{_RANGE}{_WITHOUT_ZERO}\s*\)?\s*\.?\s*$", "", plain
    )
    terms = [_TERM.match(part) for part in _terms(without_vector_label(plain).rstrip(". "))]
    names = [re.sub(r"[\s_{}\\]", "", term["name"]) for term in terms if term]
    if not names or None in terms or len(set(names)) < len(names):
        return text
    if any(name in declared or name in _NO_PARAMETER for name in names):
        return text
    vectors = [term["vector"].strip() for term in terms if term]
    return vectors[0] if len(vectors) == 1 else "{" + ", ".join(vectors) + "}"


def _terms(text: str) -> list[str]:
    """The terms of a sum, cut at plus signs outside of brackets and matrices."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"\\begin|\\end|[(\[{]|[)\]}]|\+", text):
        sign = match.group()
        if sign == "+" and depth == 0:
            parts.append(text[start : match.start()])
            start = match.end()
        depth += (sign in "([{" or sign == "\\begin") - (sign in ")]}" or sign == "\\end")
    return [*parts, text[start:]]
