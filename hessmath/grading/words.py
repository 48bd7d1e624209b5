"""Words that answers may consist of, with their other spellings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading import answers
from hessmath.grading.answers import Items, Manner, Parts, Reading, Value, Word

_SPELLINGS: dict[str, str] = {
    "yes": "yes|true|y|correct",
    "no": "no|false|n|incorrect",
    "none": "none|no solution|no solutions|has no solution|inconsistent|the system is inconsistent|empty|empty set|"
    "does not exist|doesn't exist|dne|not possible|impossible|no such matrix|no inverse|no critical points|"
    "there are none|there is none|there are no critical points|"
    "the inverse does not exist|it does not exist|"
    "inconsistent system|no solution exists|no solutions exist|there exists no solution|there exist no solutions|"
    "there are no solutions|there are no real eigenvalues|there is no solution|no eigenvalues|no real eigenvalues",
    "singular": "singular|not invertible|noninvertible|non invertible|not regular",
    "not diagonalisable": "not diagonalisable|not diagonalizable|nondiagonalizable|nondiagonalisable|defective",
    "minimum": "minimum|min|local minimum|local min|relative minimum|relative min|a minimum|a local minimum|"
    "minimum point|local minimum point|minimizer|minimiser|local minimizer|local minimiser",
    "strict minimum": "strict minimum|strict local minimum|strict min|strict local min|isolated minimum",
    "maximum": "maximum|max|local maximum|local max|relative maximum|relative max|a maximum|a local maximum|"
    "maximum point|local maximum point|maximizer|maximiser|local maximizer|local maximiser",
    "strict maximum": "strict maximum|strict local maximum|strict max|strict local max|isolated maximum",
    "global minimum": "global minimum|global min|absolute minimum|absolute min|strict global minimum|a global minimum|"
    "an absolute minimum|global minimizer|global minimiser|global and local minimum|local and global minimum",
    "global maximum": "global maximum|global max|absolute maximum|absolute max|strict global maximum|a global maximum|"
    "an absolute maximum|global maximizer|global maximiser|global and local maximum|local and global maximum",
    "saddle": "saddle|saddle point|a saddle|a saddle point|saddlepoint|sp|neither a minimum nor a maximum|"
    "neither minimum nor maximum|neither a maximum nor a minimum|neither max nor min|neither min nor max|"
    "inflection|inflection point|point of inflection|neither extremum",
    "degenerate": "degenerate|degenerate critical point|inconclusive|test inconclusive|the test is inconclusive|"
    "second derivative test inconclusive|no conclusion",
    "not critical": "not critical|not a critical point|no critical point|not stationary|not a stationary point|regular",
    "positive definite": "positive definite|posdef|pos def|pd|spd|strictly positive definite",
    "negative definite": "negative definite|negdef|neg def|nd|strictly negative definite",
    "positive semidefinite": "positive semidefinite|positive semi definite|psd|possemidef|pos semidef|"
    "positive semidefinite but not definite|positive semidefinite not definite|nonnegative definite",
    "negative semidefinite": "negative semidefinite|negative semi definite|nsd|negsemidef|neg semidef|"
    "negative semidefinite but not definite|negative semidefinite not definite|nonpositive definite",
    "indefinite": "indefinite|not definite|neither positive nor negative semidefinite",
    "zero": "zero|zero form|zero matrix|the zero matrix|identically zero",
    "convex": "convex|convex up|convex function",
    "strictly convex": "strictly convex",
    "concave": "concave|convex down|concave function|concave down",
    "strictly concave": "strictly concave|strictly concave down",
    "both": "both|convex and concave|concave and convex|both convex and concave|both concave and convex|affine|linear",
    "neither": "neither|neither convex nor concave|neither concave nor convex|not convex and not concave|"
    "not convex not concave|not concave and not convex|not convex nor concave",
    "independent": "independent|linearly independent|lin independent|li",
    "dependent": "dependent|linearly dependent|not linearly independent|not independent|lin dependent|ld",
    "all": "all|everything|all real numbers|every vector|all vectors",
}  # fmt: skip


def _table() -> dict[str, str]:
    table = {}
    for canonical, text in _SPELLINGS.items():
        for spelling in text.split("|"):
            table[spelling] = canonical
    return table


_WORDS = _table()
_SUBJECT = re.compile(
    r"^(?:(?:(?:the|this|these) )?(?:it|they|f|a|b|q|matrix|function|form|quadratic form|point|vectors?|columns?|"
    r"inverse|system|hessian) )?(?:is|are|has|have) (?:(?:a|an|the) )?|^(?:the|a|an) "
)
MAX_LENGTH = 200


def canonical(text: str) -> str | None:
    """The word that a text means, or None.

    Examples
    --------
    >>> canonical("Local  Min."), canonical("positive semi-definite"), canonical("x + 1")
    ('minimum', 'positive semidefinite', None)
    """
    if len(text) > MAX_LENGTH:
        return None
    plain = _REASON.sub("", text.strip().lower())
    remark = _IN_PARENTHESES.fullmatch(plain)
    if remark:
        return _with_remark(_of_table(remark[1]), _of_table(remark[2]))
    return _of_table(plain)


_REASON = re.compile(r"(?<=[a-z])[\s,;:]+(?:since|because|as(?!\s+(?:long|well|far))|due to)\s[^?]*$")
"""What follows is why, not what."""

_IN_PARENTHESES = re.compile(r"([^()]*[a-z])\s*\(((?:[^()]|\([^()]*\))*)\)[\s.!]*")


def _with_remark(word: str | None, remark: str | None) -> str | None:
    """The word before a remark in parentheses, if the remark does not say something else."""
    if word == "neither" and remark is not None:
        return remark
    return word if remark in (None, word) else None


def _of_table(text: str) -> str | None:
    plain = re.sub(r"[\s\-_‐–,.]+", " ", text.replace("it's", "it is").replace("it’s", "it is")).strip(" !")
    plain = plain.replace("diagonalizable", "diagonalisable")
    return _WORDS.get(plain) or _WORDS.get(_SUBJECT.sub("", plain))


def word_of(value: Value) -> str | None:
    """The canonical word of an answer that is one; None for anything else."""
    if isinstance(value, Word):
        return canonical(value.text) or value.text
    if isinstance(value, Items) and len(value.items) == 1 and isinstance(value.items[0], Word):
        return word_of(value.items[0])
    return "none" if isinstance(value, Items) and value.bracket == "{" and not value.items else None


MAX_PARTS = 1000


def read(answer: Any, symbols: Mapping[str, sympy.Symbol], manner: Manner | None = None) -> Reading:
    """The value of an answer in which texts may be words.

    Raises
    ------
    InputError
        With one sentence for the student, if the answer cannot be read.
    """
    value, latex = _value(answer, symbols, manner, 1)
    return Reading(value, latex)


def _value(answer: Any, symbols: Mapping[str, sympy.Symbol], manner: Manner | None, level: int) -> tuple[Value, str]:
    if level > answers.MAX_NESTING:
        raise InputError(f"Lists in an answer may be nested at most {answers.MAX_NESTING} deep.")
    if isinstance(answer, str) and answer.strip() not in symbols:
        found = canonical(answer)
        if found is not None:
            return Word(found), rf"\text{{{found}}}"
    if isinstance(answer, bool):
        return Word("yes" if answer else "no"), rf"\text{{{'yes' if answer else 'no'}}}"
    if isinstance(answer, Mapping) and 0 < len(answer) <= MAX_PARTS:
        parts = {str(name): _value(part, symbols, manner, level + 1) for name, part in answer.items()}
        latex = r",\; ".join(rf"{_name(name)} = {text}" for name, (_, text) in parts.items())
        return Parts({name: part for name, (part, _) in parts.items()}), latex
    if isinstance(answer, list | tuple) and len(answer) <= MAX_PARTS and _has_words(answer, 0):
        items = [_value(part, symbols, manner, level + 1) for part in answer]
        return Items(tuple(part for part, _ in items)), r"\left[" + ", ".join(text for _, text in items) + r"\right]"
    reading = answers.read(answer, symbols, manner)
    return reading.value, reading.latex


def _has_words(answer: Any, level: int) -> bool:
    if isinstance(answer, str):
        return canonical(answer) is not None
    if isinstance(answer, Mapping):
        return True
    if isinstance(answer, list | tuple) and level < 5:
        return any(_has_words(part, level + 1) for part in answer[:MAX_PARTS])
    return False


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z]", name) else rf"\text{{{re.sub(r'[^A-Za-z0-9 ,._()+*/^-]', '', name)}}}"
