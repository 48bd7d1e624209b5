"""Names of an answer: what its runs of letters mean before the grammar reads them.

Here runs of letters become declared names, constants, functions and words (``xsin2x`` is x·sin(2x) when x is declared);
labels such as ``f'(x) =`` are dropped.  ``answer_groups`` then arranges brackets, functions and products.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from hessmath.errors import FormulaError
from hessmath.language.answer_groups import CLOSES, OPENS, arranged
from hessmath.language.answer_tokens import Token, unreadable
from hessmath.language.answer_words import (
    CONSTANTS,
    FUNCTIONS,
    GLUE,
    IMAGINARY,
    WORDS,
)

MAX_LABEL = 40

_LABEL = re.compile(
    r"V(?:W(?:OIC|I))?N*(?:ON(?:KN)*C)?"  # ∇f, ∇²f(x, y)
    r"|N+P*(?:O[NI](?:K[NI])*C)?(?:W(?:OM?IC|M?I)|T)?"  # f, f'(x), det(A), A^{-1}, A^T
    r"|[NVDSWIOCPK]*[DPV][NVDSWIOCPK]*"  # ∂f/∂x
    r"|NSN"  # dy/dx
)

_LABEL_KINDS = {"RUN": "N", "PRIME": "P", "OPEN": "O", "CLOSE": "C", "COMMA": "K", "NABLA": "V", "PARTIAL": "D",
                "OVER": "S", "POWER": "W", "NUMBER": "I", "TRANSPOSE": "T",
                "MINUS": "M"}  # fmt: skip


def resolved(
    pieces: Sequence[Token], names: Iterable[str], text: str, *, imaginary: bool = False
) -> tuple[list[Token], tuple[str, ...]]:
    """The tokens that the grammar reads, and the labels that were dropped.

    Parameters
    ----------
    pieces : tokens of ``answer_tokens``
    names : the declared names
    text : the answer, for messages
    imaginary : whether i is the imaginary unit

    Raises
    ------
    FormulaError
        If there is an undeclared name, a bracket without partner, or an ambiguous product.
    """
    known = {name.replace("_", ""): name for name in names}
    kept, labels = _without_labels(list(pieces), known)
    named = _named(kept, known, text, imaginary)
    return arranged(named, text), labels


# ---- labels -----------------------------------------------------------------------------------------------


def _without_labels(pieces: list[Token], known: Mapping[str, str]) -> tuple[list[Token], tuple[str, ...]]:
    """What stands before an = and only names the result, such as ``∇f =``, is dropped."""
    kept: list[Token] = []
    labels: list[str] = []
    depth, start, position = 0, True, 0
    while position < len(pieces):
        if start and depth == 0 and (end := _label_end(pieces, position, known)):
            labels.append("".join(piece.text for piece in pieces[position:end]))
            position, start = end + 1, False
            continue
        piece = pieces[position]
        depth += (piece.kind in OPENS) - (piece.kind in CLOSES)
        start = piece.kind in ("COMMA", "SEMICOLON") or (piece.kind == "RUN" and piece.text in ("and", "or"))
        kept.append(piece)
        position += 1
    return kept, tuple(labels)


def _label_end(pieces: list[Token], start: int, known: Mapping[str, str]) -> int | None:
    """Where the = after a label stands, if a label begins at ``start``."""
    signs: list[str] = []
    undeclared = False
    for position in range(start, min(len(pieces), start + MAX_LABEL)):
        piece = pieces[position]
        if piece.kind == "RELATION" or (piece.kind == "COLON" and position > start):
            if piece.text not in ("=", ":") or not signs:
                return None
            shape = "".join(signs)
            special = any(sign in shape for sign in "DPV")
            return position if (undeclared or special) and _LABEL.fullmatch(shape) else None
        sign = _LABEL_KINDS.get(piece.kind)
        if sign is None:
            return None
        if piece.kind == "RUN":
            word = piece.text.lstrip("\\").replace("_", "")
            if position == start or signs[-1] in "VDS":
                undeclared |= word not in known and word not in CONSTANTS
            if word.lower() in WORDS and len(word) > 2 and word.lower() not in ("det", "rank"):
                return None
        signs.append(sign)
    return None


# ---- names ------------------------------------------------------------------------------------------------


def _named(pieces: list[Token], known: Mapping[str, str], text: str, imaginary: bool) -> list[Token]:
    """Runs of letters as names, constants, functions and words."""
    found: list[Token] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        if piece.kind == "TRANSPOSE" and "T" in known:
            found += [Token("POWER", "^", piece.column), Token("NAME", known["T"], piece.column)]
            position += 1
        elif piece.kind == "RUN":
            words, end = _words(pieces, position, known)
            if words:
                found.append(Token("WORD", words, piece.column, piece.spaced))
                position = end
                continue
            if piece.text.lower() in ("and", "or") and piece.text not in known:
                found.append(Token(piece.text.upper(), piece.text, piece.column, piece.spaced))
            elif piece.text.lower() in ("u", "union") and piece.text not in known:
                found.append(Token("UNION", "∪", piece.column, piece.spaced))
            else:
                found += _split(piece, known, text, imaginary)
            position += 1
        else:
            if piece.kind in ("PRIME", "NABLA", "PARTIAL"):
                raise unreadable(text, piece.column, "write the value of the derivative, not its symbol")
            if piece.kind == "WORD" and known.get("R"):
                piece = Token("NAME", "R", piece.column)
            found.append(piece)
            position += 1
    return found


def _words(pieces: list[Token], start: int, known: Mapping[str, str]) -> tuple[str, int]:
    """The words that begin at ``start``, joined, and where they end; "" if there are none."""
    words: list[str] = []
    position = start
    while position < len(pieces):
        piece = pieces[position]
        if piece.kind == "MINUS" and words and position + 1 < len(pieces) and _is_word(pieces, position + 1, known):
            position += 1
            continue
        if piece.kind != "RUN" or not (_is_word(pieces, position, known) or _is_glue(piece, known)):
            break
        if piece.text.lower() not in GLUE:
            words.append(piece.text.lower())
        position += 1
    if words == ["or"] or not any(word in WORDS for word in words):
        return "", start
    return " ".join(words), position


def _is_word(pieces: list[Token], position: int, known: Mapping[str, str]) -> bool:
    piece = pieces[position]
    if piece.kind != "RUN" or piece.text.lower() not in WORDS or piece.text in known:
        return False
    following = pieces[position + 1].kind if position + 1 < len(pieces) else ""
    return not (piece.text.lower() in FUNCTIONS and following in ("OPEN", "BRACE"))


def _is_glue(piece: Token, known: Mapping[str, str]) -> bool:
    return piece.text.lower() in GLUE and piece.text not in known


def _split(piece: Token, known: Mapping[str, str], text: str, imaginary: bool) -> list[Token]:
    """A run of letters and digits as known pieces, the longest first."""
    greek = piece.text.startswith("\\")
    run = piece.text.lstrip("\\").replace("_", "")
    table = dict(known)
    if greek and run not in table and run != "pi":
        raise _no_name(piece, known, text)
    best: list[tuple[str, str] | None] = [None] * (len(run) + 1)  # at i: the piece that begins there
    good = [False] * len(run) + [True]
    for i in range(len(run) - 1, -1, -1):
        if run[i].isdigit():
            j = i
            while j < len(run) and run[j].isdigit():
                j += 1
            if good[j] and i > 0 and not run[i - 1].isdigit():
                best[i], good[i] = ("NUMBER", run[i:j]), True
            continue
        for j in range(min(len(run), i + 24), i, -1):
            kind = _piece(run[i:j], table, imaginary)
            if kind and good[j] and not (j < len(run) and run[j].isdigit() and kind[0] != "FUNCTION"):
                best[i], good[i] = kind, True
                break
    if not good[0]:
        raise _no_name(piece, known, text)
    found, i = [], 0
    while i < len(run):
        part = best[i]
        assert part is not None
        length = _length(run, i, part, table, imaginary)
        found.append(Token(part[0], part[1], piece.column + i, piece.spaced and i == 0))
        i += length
    return found


def _length(run: str, i: int, part: tuple[str, str], table: Mapping[str, str], imaginary: bool) -> int:
    if part[0] == "NUMBER":
        return len(part[1])
    ends = range(min(len(run), i + 24), i, -1)
    return next(j - i for j in ends if _piece(run[i:j], table, imaginary) == part and not (
        j < len(run) and run[j].isdigit() and part[0] != "FUNCTION"))  # fmt: skip


def _piece(word: str, known: Mapping[str, str], imaginary: bool) -> tuple[str, str] | None:
    if word in known:
        return "NAME", known[word]
    if imaginary and word in IMAGINARY:
        return "CONSTANT", "I"
    if word in CONSTANTS:
        return "CONSTANT", CONSTANTS[word]
    if word in FUNCTIONS:
        return "FUNCTION", FUNCTIONS[word]
    if len(word) > 1 and word.lower() in FUNCTIONS:
        return "FUNCTION", FUNCTIONS[word.lower()]
    return None


def _no_name(piece: Token, known: Mapping[str, str], text: str) -> FormulaError:
    shown = piece.text.lstrip("\\")[:40]
    base, _, sub = shown.partition("_")
    if sub.isdigit() is False and base.rstrip("0123456789") in known and base != base.rstrip("0123456789"):
        name = base.rstrip("0123456789")
        return unreadable(text, piece.column, f"for a product write {name}*{base[len(name) :]}, for a power x^2")
    names = ", ".join(sorted(known.values()))
    there = f"its names are {names}" if names else "only numbers and functions are"
    return unreadable(text, piece.column, f"{shown} is not a name of this exercise; {there}")
