"""Text into tokens, with every bound on untrusted text.

Nothing after this module sees a text that is too long, nested too deeply, or has a character that no formula has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hessmath.errors import FormulaError
from hessmath.language.vocabulary import CALLABLE

MAX_LENGTH = 200_000
MAX_DEPTH = 100
MAX_NAME = 100
MAX_DIGITS = 400
MAX_DECIMAL_EXPONENT = 300

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<NUMBER>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<NAME>[^\W\d_]\w*|_(?!_)\w*)
      | (?P<OPERATOR>\*\*|==|!=|<=|>=|[-+*/@<>()\[\],:.|])
    """,
    re.VERBOSE,
)

_KINDS = {
    "**": "POWER", "==": "COMPARISON", "!=": "COMPARISON", "<=": "COMPARISON", ">=": "COMPARISON", "<": "COMPARISON",
    ">": "COMPARISON", "+": "PLUS", "-": "MINUS", "*": "TIMES", "/": "OVER", "@": "AT", "(": "OPEN", ")": "CLOSE",
    "[": "OPENSQUARE", "]": "CLOSESQUARE", ",": "COMMA", ":": "COLON", ".": "DOT", "|": "BAR",
}  # fmt: skip

_WORDS = {"lambda": "LAMBDA", "and": "AND", "or": "OR", "not": "NOT", "True": "TRUE", "False": "FALSE"}

_ADVICE = {
    "^": "write powers with **",
    "=": "write an equation with ==",
    "!": "write a factorial or a negation in words; != means not equal",
    "−": "write the minus sign as -",
    "·": "write products with *",
    "⋅": "write products with *",
    "×": "write products with *",
    "÷": "write quotients with /",
    "≤": "write <=",
    "≥": "write >=",
    "≠": "write !=",
    "√": "write a square root as sqrt(…)",
    "²": "write a square as **2",
    "³": "write a cube as **3",
    "&": "join conditions with and",
    "'": "quotes are not part of formulas; a transpose is written A.T",
    '"': "quotes are not part of formulas",
    "{": "braces are not part of formulas; use ( )",
    "}": "braces are not part of formulas; use ( )",
    ";": "give one formula",
}

_CASES = frozenset({"if", "else", "elif"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One token: its kind, its text, and the column (from 1) where it stands."""

    kind: str
    text: str
    column: int


def shortened(text: str, column: int = 1, width: int = 60) -> str:
    """The text for a message: at most ``width`` characters, those around the column."""
    flat = " ".join(text.split()) if "\n" in text else text
    if len(flat) <= width:
        return flat
    start = max(0, min(column - 1 - width // 2, len(flat) - width))
    return f"{'…' if start else ''}{flat[start : start + width]}{'…' if start + width < len(flat) else ''}"


def cannot_read(text: str, column: int, advice: str) -> FormulaError:
    """The error for a place in the text that cannot be understood."""
    return FormulaError(f'Cannot read "{shortened(text, column)}" at column {column}: {advice}.', text, column)


def tokens(text: str) -> Iterator[Piece]:
    """The tokens of a text, in order.

    Raises
    ------
    FormulaError
        If the text is empty, too long, nested too deeply, has a number with too many digits, or has a character
        that no formula has.
    """
    if not isinstance(text, str):
        raise FormulaError(f"A formula must be text, but this is {type(text).__name__}.")
    if not text.strip():
        raise FormulaError('The formula is empty; write one such as "x**2 + y**2".', text, 1)
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"The formula has {len(text):,} characters, but at most {MAX_LENGTH:,} are read; "
            "build long formulas in Python instead.",
            shortened(text),
        )
    return _scan(text)


def _scan(text: str) -> Iterator[Piece]:
    _check_depth(text)
    position, before = 0, None
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            sign = text[position]
            advice = _ADVICE.get(sign, f"{sign!r} is not part of formulas")
            if text.startswith("__", position):
                advice = "names do not begin with two underscores"
            raise cannot_read(text, position + 1, advice)
        column, position = position + 1, match.end()
        kind, word = str(match.lastgroup), match.group()
        if kind == "space":
            continue
        if kind == "OPERATOR":
            kind = _KINDS[word]
        elif kind == "NAME":
            _check_name(text, word, column)
            kind = _WORDS.get(word, "NAME")
        else:
            _check_number(text, word, column)
        piece = Piece(kind, word, column)
        if before is not None:
            _check_neighbours(text, before, piece)
        yield piece
        before = piece


def _check_depth(text: str) -> None:
    depth = 0
    for column, sign in enumerate(text, 1):
        if sign in "([":
            depth += 1
            if depth > MAX_DEPTH:
                raise cannot_read(text, column, f"it is nested more than {MAX_DEPTH} levels deep; split it into parts")
        elif sign in ")]":
            depth -= 1


def _check_name(text: str, word: str, column: int) -> None:
    if len(word) > MAX_NAME:
        raise cannot_read(text, column, f"a name may have at most {MAX_NAME} characters, but this one has {len(word)}")
    if not word.isidentifier():  # x² is made of word characters, but it is not a name
        strange = next(i for i in range(len(word)) if not word[: i + 1].isidentifier())
        advice = _ADVICE.get(word[strange], f"{word[strange]!r} is not part of formulas")
        raise cannot_read(text, column + strange, advice)


def _check_number(text: str, word: str, column: int) -> None:
    digits, _, exponent = word.lower().partition("e")
    if len(digits) > MAX_DIGITS:
        raise cannot_read(
            text, column, f"a number may have at most {MAX_DIGITS} digits, but this one has {len(digits)}"
        )
    if exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_DECIMAL_EXPONENT):
        raise cannot_read(text, column, f"a power of ten may be at most e{MAX_DECIMAL_EXPONENT}")
    if not writable(number(word)):
        raise cannot_read(text, column, f"a number may have at most {MAX_DIGITS} digits when it is written out")


def _check_neighbours(text: str, before: Piece, piece: Piece) -> None:
    """Juxtaposition is not multiplication: say where the * is missing."""
    ends_value = before.kind in ("NUMBER", "NAME", "CLOSE", "CLOSESQUARE")
    starts_value = piece.kind in ("NUMBER", "NAME") or (piece.kind == "OPEN" and before.kind != "NAME")
    if not (ends_value and starts_value):
        return
    if {before.text, piece.text} & _CASES:
        raise cannot_read(text, piece.column, "write cases as Piecewise((x, x > 0), (0, True))")
    if before.kind == "NAME" and before.text in CALLABLE:
        raise cannot_read(text, piece.column, f"write {before.text}(…), with parentheses around the argument")
    left = before.text if before.kind in ("NUMBER", "NAME") else "…" + before.text
    right = piece.text if piece.kind in ("NUMBER", "NAME") else piece.text + "…"
    raise cannot_read(text, piece.column, f"write the product as {shortened(left)}*{shortened(right)}")


def number(word: str) -> Fraction:
    """The exact value of a number token: 0.1 is 1/10."""
    return Fraction(word.rstrip(".") if "e" not in word.lower() else word.replace(".e", "e").replace(".E", "e"))


def is_name(word: object) -> bool:
    """Whether a variable or a size can have this name."""
    return (
        isinstance(word, str)
        and word.isidentifier()
        and len(word) <= MAX_NAME
        and not word.startswith("__")
        and word not in _WORDS
    )


def writable(value: Fraction) -> bool:
    """Whether numerator and denominator are short enough to be read again."""
    return max(abs(value.numerator), value.denominator) < _FIRST_TOO_LONG


_FIRST_TOO_LONG: int = 10**MAX_DIGITS
