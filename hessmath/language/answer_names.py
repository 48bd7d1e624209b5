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
    NUMBERS,
    WORDS,
)

MAX_LABEL = 40
MAX_SHORT_MATRICES = 12
"""Most matrices of an answer that are written by their diagonal."""

_LABEL = re.compile(
    r"V(?:W(?:OIC|I))?N*(?:ON(?:KN)*C)?"  # ∇f, ∇²f(x, y)
    r"|N+P*(?:O[NI](?:K[NI])*C)?(?:W(?:OM?IC|M?I)|T)?"  # f, f'(x), det(A), A^{-1}, A^T
    r"|[NVDSWIOCPK]*[DPV][NVDSWIOCPK]*"  # ∂f/∂x
    r"|NSN"  # dy/dx
    r"|VXN|BNB"  # ∇·F, |A|
)

_SECOND = re.compile(r"NW(?:OIC|I)N+(?:O[NI](?:K[NI])*C)?")  # D^2 f(x, y)

_QUOTIENT = re.compile(r"O+NC*SO*NC+")  # \\frac{df}{dx}

_LABEL_KINDS = {"RUN": "N", "PRIME": "P", "OPEN": "O", "CLOSE": "C", "COMMA": "K", "NABLA": "V", "PARTIAL": "D",
                "OVER": "S", "POWER": "W", "NUMBER": "I", "TRANSPOSE": "T",
                "MINUS": "M", "TIMES": "X", "BAR": "B"}  # fmt: skip


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
    kept, labels = _without_labels(_without_approximations(list(pieces), known, text), known)
    named = _enumerated(_named(kept, known, text, imaginary))
    written_short = [token for token in named if token.kind == "FUNCTION" and token.text in ("diag", "eye")]
    if len(written_short) > MAX_SHORT_MATRICES:
        column = written_short[MAX_SHORT_MATRICES].column
        raise unreadable(text, column, f"at most {MAX_SHORT_MATRICES} matrices may be written as diag(…) or I_n")
    return arranged(named, text), labels


def _enumerated(tokens: list[Token]) -> list[Token]:
    """The last "and" of ``1, 2 and 3`` as a comma; conditions are left as they are."""
    depth = 0
    commas: list[int] = []
    ands: list[int] = []
    for position, token in enumerate(tokens):
        depth += (token.kind in OPENS) - (token.kind in CLOSES)
        if depth == 0 and (token.kind == "OR" or (token.kind == "RELATION" and token.text != "=")):
            return tokens
        if depth == 0 and token.kind in ("COMMA", "AND"):
            (commas if token.kind == "COMMA" else ands).append(position)
    if len(ands) != 1 or not commas or commas[-1] > ands[0]:
        return tokens
    comma = Token("COMMA", ",", tokens[ands[0]].column, tokens[ands[0]].spaced)
    return [*tokens[: ands[0]], comma, *tokens[ands[0] + 1 :]]


# ---- labels -----------------------------------------------------------------------------------------------


def _without_labels(pieces: list[Token], known: Mapping[str, str]) -> tuple[list[Token], tuple[str, ...]]:
    """What stands before an = and only names the result, such as ``∇f =``, is dropped."""
    kept: list[Token] = []
    labels: list[str] = []
    depth, start, position = 0, True, 0
    if pieces and pieces[0].kind == "RELATION" and pieces[0].text == "=":
        position = 1  # = 2x
    while position < len(pieces):
        if start and depth == 0 and (end := _label_end(pieces, position, known)):
            labels.append("".join(piece.text for piece in pieces[position:end]))
            position = end + 1
            continue
        if start and depth == 0 and (end := _tuple_end(pieces, position, known)):
            position, start = end + 1, False
            continue
        piece = pieces[position]
        if start and depth == 0 and _is_valued(pieces, position, known):
            kept += [piece, Token("RELATION", "=", piece.column)]  # x: 1
            position, start = position + 2, False
            continue
        depth += (piece.kind in OPENS) - (piece.kind in CLOSES)
        start = piece.kind in ("COMMA", "SEMICOLON") or (piece.kind == "RUN" and piece.text in ("and", "or"))
        kept.append(piece)
        position += 1
    return kept, tuple(labels)


def _without_approximations(pieces: list[Token], known: Mapping[str, str], text: str) -> list[Token]:
    """x ≈ 1.41 is x = 1.41; in √2 ≈ 1.41 only the first counts."""
    if all(piece.kind != "APPROX" for piece in pieces):
        return pieces
    kept: list[Token] = []
    depth, start, dropped = 0, 0, False
    for piece in pieces:
        depth += (piece.kind in OPENS) - (piece.kind in CLOSES)
        if depth == 0 and piece.kind in ("COMMA", "SEMICOLON"):
            kept.append(piece)
            start, dropped = len(kept), False
        elif piece.kind == "APPROX":
            if depth:
                raise unreadable(text, piece.column, "write the exact value, or = before a decimal")
            equals = Token("RELATION", "=", piece.column)
            before = [*kept[start:], equals]
            label = len(before) <= 2 and all(p.kind == "RUN" for p in before[:-1])
            if not dropped and (label or _label_end(before, 0, known) == len(before) - 1):
                kept.append(equals)
            else:
                dropped = True
        elif not dropped:
            kept.append(piece)
    return kept


def _is_valued(pieces: list[Token], position: int, known: Mapping[str, str]) -> bool:
    """Whether a declared name with a colon stands here, and no word of a class behind it."""
    if position + 2 >= len(pieces) or pieces[position + 1].kind != "COLON" or pieces[position].kind != "RUN":
        return False
    return pieces[position].text.lstrip("\\").replace("_", "") in known and not _is_word(pieces, position + 2, known)


def _tuple_end(pieces: list[Token], start: int, known: Mapping[str, str]) -> int | None:
    """Where the = of ``(x, y) = (1, 2)`` stands, if declared names in their order are set equal to a vector."""
    position, named = start + 1, []
    if pieces[start].kind != "OPEN":
        return None
    while position + 1 < len(pieces) and pieces[position].kind == "RUN":
        named.append(pieces[position].text.lstrip("\\").replace("_", ""))
        position += 1
        if pieces[position].kind != "COMMA":
            break
        position += 1
    declared = [name for name in known if name in named]
    if len(named) < 2 or declared not in (named, []) or position + 2 >= len(pieces):
        return None
    if not declared and any(name in CONSTANTS or name in FUNCTIONS for name in named):
        return None
    closing, sign, opening = pieces[position : position + 3]
    fits = closing.kind == "CLOSE" and sign.kind == "RELATION" and sign.text == "="
    return position + 1 if fits and opening.kind in OPENS else None


def _label_end(pieces: list[Token], start: int, known: Mapping[str, str]) -> int | None:
    """Where the = after a label stands, if a label begins at ``start``."""
    signs: list[str] = []
    undeclared, depth = False, 0
    for position in range(start, min(len(pieces), start + MAX_LABEL)):
        piece = pieces[position]
        if piece.kind == "RELATION" or (piece.kind == "COLON" and position > start):
            if piece.text not in ("=", ":") or not signs:
                return None
            shape = "".join(signs)
            special = any(sign in shape for sign in "DPV")
            if _QUOTIENT.fullmatch(shape):
                above, below = (p.text for p in pieces[start:position] if p.kind == "RUN")
                return position if above[0] == below[0] == "d" and above not in known else None
            if pieces[start].text == "D" and undeclared and _SECOND.fullmatch(shape):
                return position
            return position if (undeclared or special) and _LABEL.fullmatch(shape) else None
        if piece.kind == "IN":
            return position if undeclared and len(signs) == 1 else None  # λ ∈ {1, 3}
        sign = _LABEL_KINDS.get(piece.kind)
        if sign is None:
            return None
        if piece.kind == "RUN":
            word = piece.text.lstrip("\\").replace("_", "")
            if word in FUNCTIONS or word.lower() in ("and", "or"):
                return None
            if position == start or signs[-1] in "VDSB":
                undeclared |= word not in CONSTANTS and not _is_product(word, known)
            if word.lower() in WORDS and len(word) > 2 and word.lower() not in ("det", "rank"):
                return None
        depth += (sign == "O") - (sign == "C")
        if sign == "K" and not depth:
            return None
        signs.append(sign)
    return None


# ---- names ------------------------------------------------------------------------------------------------


def _named(pieces: list[Token], known: Mapping[str, str], text: str, imaginary: bool) -> list[Token]:
    """Runs of letters as names, constants, functions and words."""
    found: list[Token] = []
    position = wordless = 0  # no words begin before ``wordless``
    while position < len(pieces):
        piece = pieces[position]
        if piece.kind == "TRANSPOSE" and "T" in known:
            found += [Token("POWER", "^", piece.column), Token("NAME", known["T"], piece.column)]
            position += 1
        elif piece.kind == "RUN":
            words, end = _words(pieces, position, known) if position >= wordless else ("", wordless)
            wordless = end
            if words:
                found.append(Token("WORD", words, piece.column, piece.spaced))
                position = end
                continue
            following = pieces[position + 1].kind if position + 1 < len(pieces) else ""
            if (size := _IDENTITY.fullmatch(piece.text)) and piece.text.replace("_", "") not in known:
                found += _call_of("eye", size[1], piece)
            elif (base := _BASE.fullmatch(piece.text)) and following == "OPEN" and piece.text not in known:
                found += [Token("FUNCTION", "log", piece.column, piece.spaced), Token("BASE", base[1], piece.column)]
            elif piece.text in ("lb", "ld") and following == "OPEN" and piece.text not in known:
                found += [Token("FUNCTION", "log", piece.column, piece.spaced), Token("BASE", "2", piece.column)]
            elif piece.text == "nCr" and following == "OPEN":
                found.append(Token("FUNCTION", "binomial", piece.column, piece.spaced))
            elif piece.text in ("matrix", "Matrix") and following == "OPEN" and piece.text not in known:
                pass  # matrix([1, 2], [3, 4])
            elif piece.text == "R" and "R" not in known and following in _AFTER_REALS:
                found.append(Token("WORD", "reals", piece.column, piece.spaced))
            elif piece.text.lower() in ("and", "or") and piece.text not in known:
                if found and found[-1].kind in ("COMMA", "SEMICOLON") and piece.text.lower() == "and":
                    position += 1  # 1, 2, and 3
                    continue
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
            if piece.kind == "BASE" and piece.text.isalnum() and not piece.text.isdigit():
                found += _symbolic_base(piece, known, text, imaginary)
            else:
                found.append(piece)
            position += 1
    return found


_IDENTITY = re.compile(r"I_([1-9]|1[0-9]|20)")
_AFTER_REALS = ("", "SETMINUS", "UNION", "COMMA", "COLON", "BAR", "MINUS")
_BASE = re.compile(r"[Ll]og(2|10)")


def _symbolic_base(piece: Token, known: Mapping[str, str], text: str, imaginary: bool) -> list[Token]:
    """The base of log_a in braces."""
    inner = _split(Token("RUN", piece.text, piece.column), known, text, imaginary)
    opening, closing = Token("OPEN", "{", piece.column), Token("CLOSE", "}", piece.column)
    return [Token("BASE", "{", piece.column), opening, *inner, closing]


def _call_of(name: str, argument: str, piece: Token) -> list[Token]:
    parts = (("FUNCTION", name), ("OPEN", "("), ("NUMBER", argument), ("CLOSE", ")"))
    return [Token(kind, text, piece.column, piece.spaced and kind == "FUNCTION") for kind, text in parts]


def _words(pieces: list[Token], start: int, known: Mapping[str, str]) -> tuple[str, int]:
    """The words that begin at ``start``, joined, and where they end; "" if none begins before there."""
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
        return "", position
    return " ".join(words), position


def _is_word(pieces: list[Token], position: int, known: Mapping[str, str]) -> bool:
    piece = pieces[position]
    if piece.kind != "RUN" or piece.text.lower() not in WORDS or piece.text in known:
        return False
    if piece.text.lower() in NUMBERS and _is_product(piece.text, {**known, **CONSTANTS}):
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
    longest = min(24, max(map(len, (*table, *CONSTANTS, *FUNCTIONS, *IMAGINARY))))
    best: list[tuple[str, str, int] | None] = [None] * (len(run) + 1)  # at i: the piece that begins there, and its end
    good = [False] * len(run) + [True]
    j = len(run)  # where the digits end
    for i in range(len(run) - 1, -1, -1):
        if run[i].isdigit():
            j = j if run[i + 1 : i + 2].isdigit() else i + 1
            if good[j] and i > 0 and not run[i - 1].isdigit():
                best[i], good[i] = ("NUMBER", run[i:j], j), True
            continue
        for end in range(min(len(run), i + longest), i, -1):
            kind = _piece(run[i:end], table, imaginary)
            if kind and good[end] and not (end < len(run) and run[end].isdigit() and kind[0] != "FUNCTION"):
                best[i], good[i] = (*kind, end), True
                break
    if not good[0]:
        raise _no_name(piece, known, text)
    found, i = [], 0
    while i < len(run):
        part = best[i]
        assert part is not None
        found.append(Token(part[0], part[1], piece.column + i, piece.spaced and i == 0))
        i = part[2]
    return found


def _is_product(word: str, known: Mapping[str, str]) -> bool:
    """Whether a run of letters is a declared name or a product of them: xy = 1 has no label."""
    rest = [True] + [False] * len(word)
    for end in range(1, len(word) + 1):
        rest[end] = any(rest[start] and word[start:end] in known for start in range(max(0, end - 24), end))
    return bool(word) and rest[-1]


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
