"""Names, brackets and invisible signs of an answer: what its tokens mean before the grammar reads them.

Here runs of letters become declared names, constants, functions and words (``xsin2x`` is x·sin(2x) when x is declared);
bars and angles become brackets; labels such as ``f'(x) =`` are dropped; functions get their parentheses and products
their signs.  Nothing here is recursive, so no answer can exhaust the stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hessmath.errors import FormulaError
from hessmath.language.answer_tokens import Token, unreadable
from hessmath.language.answer_words import (
    ATOMIC,
    CONSTANTS,
    FUNCTIONS,
    GLUE,
    IMAGINARY,
    INVERSES,
    WORDS,
)

MAX_DEPTH = 200
MAX_LABEL = 40

_OPENS = {"OPEN": "CLOSE", "OPENSQUARE": "CLOSESQUARE", "BRACE": "ENDBRACE", "OPENBAR": "CLOSEBAR",
          "ANGLE": "ENDANGLE", "MATRIX": "ENDMATRIX"}  # fmt: skip
_CLOSES = {closing: opening for opening, closing in _OPENS.items()}

_ENDS_VALUE = frozenset({"NUMBER", "NAME", "CONSTANT", "FACTORIAL", "TRANSPOSE", "EMPTY"}) | frozenset(_CLOSES)
_STARTS_VALUE = frozenset({"NUMBER", "NAME", "CONSTANT", "FUNCTION"}) | (frozenset(_OPENS) - {"BRACE"})
_FACTORS = frozenset({"NUMBER", "NAME", "CONSTANT"})

_LABEL = re.compile(
    r"V(?:W(?:OIC|I))?N*(?:ON(?:KN)*C)?"  # ∇f, ∇²f(x, y)
    r"|N+P*(?:O[NI](?:K[NI])*C)?(?:W(?:OM?IC|M?I)|T)?"  # f, f'(x), det(A), A^{-1}, A^T
    r"|[NVDSWIOCPK]*[DPV][NVDSWIOCPK]*"  # ∂f/∂x
    r"|NSN"  # dy/dx
)

_LABEL_KINDS = {"RUN": "N", "PRIME": "P", "OPEN": "O", "CLOSE": "C", "COMMA": "K", "NABLA": "V", "PARTIAL": "D",
                "OVER": "S", "POWER": "W", "NUMBER": "I", "TRANSPOSE": "T",
                "MINUS": "M"}  # fmt: skip


@dataclass
class _Group:
    """Brackets with what is between them; ``call`` marks a function with its argument."""

    opening: Token
    items: list[Token | _Group] = field(default_factory=list)
    closing: Token | None = None
    call: bool = False


_Item = Token | _Group


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
    top = _grouped(named, text)
    for group in _inside_out(top):
        if group.opening.kind == "OPENSQUARE":
            _separate(group)
        group.items = _applied(group.items, text)
    return _with_products(_flat(top), text), labels


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
        depth += (piece.kind in _OPENS) - (piece.kind in _CLOSES)
        start = piece.kind in ("COMMA", "SEMICOLON") or (piece.kind == "RUN" and piece.text in ("and", "or"))
        kept.append(piece)
        position += 1
    return kept, tuple(labels)


def _label_end(pieces: list[Token], start: int, known: Mapping[str, str]) -> int | None:
    """Where the = after a label stands, if a label begins at ``start``."""
    signs, undeclared = [], False
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
            if word.lower() in WORDS and len(word) > 2 and not word.lower() in ("det", "rank"):
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


# ---- brackets ---------------------------------------------------------------------------------------------


def _grouped(pieces: list[Token], text: str) -> _Group:
    """Nested groups; bars and angles become brackets by where they stand."""
    top = _Group(Token("TOP", "", 0))
    stack = [top]
    before: Token | None = None
    for piece in pieces:
        kind = _bracket_kind(piece, before, stack[-1].opening.kind)
        if kind != piece.kind:
            piece = Token(kind, piece.text, piece.column, piece.spaced)
        if kind in _OPENS:
            group = _Group(piece)
            stack[-1].items.append(group)
            stack.append(group)
            if len(stack) > MAX_DEPTH:
                raise unreadable(text, piece.column, f"it is nested more than {MAX_DEPTH} levels deep")
        elif kind in _CLOSES:
            opening = stack[-1].opening
            if not _partners(opening, piece):
                raise _unbalanced(opening, piece, text)
            stack.pop().closing = piece
        else:
            stack[-1].items.append(piece)
        before = piece
    if len(stack) > 1:
        opening = stack[-1].opening
        raise unreadable(text, opening.column, f"the {_shown(opening)} is never closed")
    return top


def _bracket_kind(piece: Token, before: Token | None, inside: str) -> str:
    after_value = before is not None and before.kind in _ENDS_VALUE
    if piece.kind == "LEFTBAR":
        return "OPENBAR"
    if piece.kind == "RIGHTBAR":
        return "CLOSEBAR"
    if piece.kind == "BAR":
        return "CLOSEBAR" if after_value and inside == "OPENBAR" else "OPENBAR"
    if piece.kind == "RELATION" and piece.text == "<" and not after_value:
        return "ANGLE"
    if piece.kind == "RELATION" and piece.text == ">" and inside == "ANGLE":
        return "ENDANGLE"
    return piece.kind


def _partners(opening: Token, closing: Token) -> bool:
    if opening.kind not in _OPENS:
        return False
    if {opening.text, closing.text} in ({"(", "]"}, {"[", ")"}):
        return True  # half-open intervals
    if opening.kind != _CLOSES[closing.kind]:
        return False
    return not (opening.kind == "OPEN" and {opening.text, closing.text} in ({"(", "}"}, {"{", ")"}))


def _unbalanced(opening: Token, closing: Token, text: str) -> FormulaError:
    if opening.kind == "TOP":
        return unreadable(text, closing.column, f"this {_shown(closing)} closes nothing")
    return unreadable(text, closing.column, f"{_shown(closing)} does not close {_shown(opening)}")


def _shown(piece: Token) -> str:
    return f"matrix {piece.text}" if piece.kind in ("MATRIX", "ENDMATRIX") else piece.text


def _inside_out(top: _Group) -> list[_Group]:
    """All groups, inner ones before those around them."""
    found, stack = [], [top]
    while stack:
        group = stack.pop()
        found.append(group)
        stack.extend(item for item in group.items if isinstance(item, _Group))
    return found[::-1]


def _flat(top: _Group) -> list[Token]:
    found: list[Token] = []
    stack: list[_Item] = [top]
    while stack:
        item = stack.pop()
        if isinstance(item, Token):
            found.append(item)
            continue
        if item.closing is not None:
            stack.append(item.closing)
        stack.extend(reversed(item.items))
        if item.opening.kind != "TOP":
            stack.append(item.opening)
    return found


def _first(item: _Item) -> Token:
    return item if isinstance(item, Token) else item.opening


def _starts(item: _Item) -> bool:
    return _first(item).kind in _STARTS_VALUE


def _ends(item: _Item) -> bool:
    return isinstance(item, _Group) or item.kind in _ENDS_VALUE


def _separate(group: _Group) -> None:
    """[1 2; 3 4]: spaces separate the cells of a row when no comma does."""
    kinds = [item.kind for item in group.items if isinstance(item, Token)]
    if "COMMA" in kinds:
        return
    rows = "SEMICOLON" in kinds
    found: list[_Item] = []
    for position, item in enumerate(group.items):
        first = _first(item)
        if found and _ends(found[-1]) and first.spaced:
            following = group.items[position + 1] if position + 1 < len(group.items) else None
            signed = first.kind in ("MINUS", "PLUS") and following is not None and not _first(following).spaced
            both = isinstance(item, Token) and isinstance(found[-1], Token) and item.kind == found[-1].kind == "NUMBER"
            if (_starts(item) and (rows or both)) or (signed and (rows or _only_numbers(group.items))):
                found.append(Token("COMMA", ",", first.column))
        found.append(item)
    group.items = found


def _only_numbers(items: list[_Item]) -> bool:
    return all(isinstance(item, Token) and item.kind in ("NUMBER", "MINUS", "PLUS") for item in items)


# ---- functions --------------------------------------------------------------------------------------------


def _applied(items: list[_Item], text: str) -> list[_Item]:
    """Each function with its argument in parentheses, from right to left: sin^2 2x is (sin(2x))^2."""
    rest: list[_Item] = []  # reversed: what stands right of here
    for item in reversed(items):
        if isinstance(item, Token) and item.kind == "FUNCTION":
            rest.append(_call(item, rest, text))
        else:
            rest.append(item)
    return rest[::-1]


def _call(function: Token, rest: list[_Item], text: str) -> _Group:
    """The function with the argument that it takes from ``rest``."""
    base, power = None, []
    while rest and isinstance(rest[-1], Token) and rest[-1].kind in ("BASE", "POWER"):
        sign = rest.pop()
        if isinstance(sign, Token) and sign.kind == "BASE":
            base = sign
        else:
            power = [sign, *_exponent(rest, text, function)]
    if power and _is_minus_one(power):
        if function.text not in INVERSES:
            advice = f"write 1/{function.text}(…) or the inverse function by its name"
            raise unreadable(text, function.column, advice)
        function, power = Token("FUNCTION", INVERSES[function.text], function.column), []
    argument = _argument(function, rest, text)
    if base is not None:
        if function.text != "log":
            raise unreadable(text, function.column, f"{function.text} has no subscript")
        kind = "NUMBER" if base.text.isdigit() else "CONSTANT"
        if kind == "CONSTANT" and base.text != "e":
            raise unreadable(text, base.column, "the base of a logarithm is a number or e")
        value = base.text if kind == "NUMBER" else "E"
        argument = [*argument, Token("COMMA", ",", base.column), Token(kind, value, base.column)]
    column = function.column
    closing = Token("CLOSE", ")", column)
    inner = _Group(Token("OPEN", "(", column), argument, closing)
    call = _Group(Token("OPEN", "{", column, function.spaced), [function, inner], Token("CLOSE", "}", column), True)
    if power:
        wrapped: list[_Item] = [call, *power]
        return _Group(Token("OPEN", "{", column, function.spaced), wrapped, Token("CLOSE", "}", column), True)
    return call


def _exponent(rest: list[_Item], text: str, function: Token) -> list[_Item]:
    """The exponent that follows a ^: a number, a name or a group, perhaps with a sign."""
    found: list[_Item] = []
    if rest and isinstance(rest[-1], Token) and rest[-1].kind in ("MINUS", "PLUS"):
        found.append(rest.pop())
    if not rest or not (isinstance(rest[-1], _Group) or rest[-1].kind in _FACTORS):
        raise unreadable(text, function.column, "an exponent is missing")
    return [*found, rest.pop()]


def _is_minus_one(power: list[_Item]) -> bool:
    items = power[1:]
    if len(items) == 1 and isinstance(items[0], _Group):
        items = items[0].items
    return [item.text if isinstance(item, Token) else "" for item in items] == ["-", "1"]


def _argument(function: Token, rest: list[_Item], text: str) -> list[_Item]:
    if rest and isinstance(rest[-1], _Group) and not rest[-1].call:
        group = rest[-1]
        kind = group.opening.kind
        if kind == "OPEN" and (group.opening.text == "(" or function.text in ATOMIC):
            rest.pop()
            return group.items
        if kind == "OPENBAR" or (kind in ("OPENSQUARE", "BRACE") and not _has_comma(group)):
            rest.pop()
            return [group] if kind == "OPENBAR" else group.items
        if kind == "OPENSQUARE" or kind == "BRACE":
            raise unreadable(text, function.column, f"write {function.text}(…) with round parentheses")
    found: list[_Item] = []
    if rest and isinstance(rest[-1], Token) and rest[-1].kind == "MINUS" and function.text not in ATOMIC:
        found.append(rest.pop())
    if rest and isinstance(rest[-1], _Group) and rest[-1].call:
        return [*found, rest.pop()]
    if function.text in ATOMIC:
        if rest and isinstance(rest[-1], Token) and rest[-1].kind in _FACTORS:
            return [*found, rest.pop()]
        raise unreadable(text, function.column, f"{function.text} needs an argument: write {function.text}(…)")
    count = 0
    while rest and _is_factor(rest[-1]):
        if count and isinstance(rest[-1], Token) and rest[-1].kind == "NUMBER":
            break
        found.append(rest.pop())
        count += 1
        while rest and isinstance(rest[-1], Token) and rest[-1].kind in ("POWER", "FACTORIAL"):
            sign = rest.pop()
            found += [sign, *_exponent(rest, text, function)] if sign.kind == "POWER" else [sign]
    if not count:
        raise unreadable(text, function.column, f"{function.text} needs an argument: write {function.text}(…)")
    following = rest[-1] if rest else None
    if isinstance(following, _Group) and not following.call and following.opening.kind in ("OPEN", "OPENSQUARE"):
        raise unreadable(text, function.column, f"write {function.text}(…) with parentheses around its argument")
    return found


def _has_comma(group: _Group) -> bool:
    return any(isinstance(item, Token) and item.kind in ("COMMA", "SEMICOLON") for item in group.items)


def _is_factor(item: _Item) -> bool:
    if isinstance(item, Token):
        return item.kind in _FACTORS
    return item.opening.kind == "OPEN" and item.opening.text == "{" and not item.call


# ---- products ---------------------------------------------------------------------------------------------


def _with_products(pieces: list[Token], text: str) -> list[Token]:
    """The signs of products that were not written."""
    found: list[Token] = []
    before: Token | None = None
    for piece in pieces:
        if before is not None and before.kind in _ENDS_VALUE and piece.kind in _STARTS_VALUE:
            if piece.kind == "NUMBER" and (before.kind == "NUMBER" or (before.kind in _FACTORS and not piece.spaced)):
                advice = f"write a sign between {before.text} and {piece.text}, such as {before.text}*{piece.text}"
                raise unreadable(text, piece.column, advice)
            found.append(Token("TIMES", "", piece.column))
        if piece.kind == "BASE":
            raise unreadable(text, piece.column, "a subscript cannot stand here")
        found.append(piece)
        before = piece
    return found
