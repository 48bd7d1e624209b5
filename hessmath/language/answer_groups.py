"""Brackets and invisible signs of an answer: bars and angles become brackets, functions get their parentheses and
products their signs.  Nothing here is recursive, so no answer can exhaust the stack.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hessmath.errors import FormulaError
from hessmath.language.answer_tokens import Token, unreadable
from hessmath.language.answer_words import ATOMIC, INVERSES

MAX_DEPTH = 200

OPENS = {"OPEN": "CLOSE", "OPENSQUARE": "CLOSESQUARE", "BRACE": "ENDBRACE", "OPENBAR": "CLOSEBAR",
          "ANGLE": "ENDANGLE", "MATRIX": "ENDMATRIX"}  # fmt: skip
CLOSES = {closing: opening for opening, closing in OPENS.items()}

_ENDS_VALUE = frozenset({"NUMBER", "NAME", "CONSTANT", "FACTORIAL", "TRANSPOSE", "EMPTY"}) | frozenset(CLOSES)
_STARTS_VALUE = frozenset({"NUMBER", "NAME", "CONSTANT", "FUNCTION"}) | (frozenset(OPENS) - {"BRACE"})
_FACTORS = frozenset({"NUMBER", "NAME", "CONSTANT"})


@dataclass
class _Group:
    """Brackets with what is between them; ``call`` marks a function with its argument."""

    opening: Token
    items: list[Token | _Group] = field(default_factory=list)
    closing: Token | None = None
    call: bool = False


_Item = Token | _Group


def arranged(named: list[Token], text: str) -> list[Token]:
    """The tokens with all their brackets, arguments and signs of products.

    Raises
    ------
    FormulaError
        If a bracket has no partner, a function no argument, or a product is ambiguous.
    """
    top = _grouped(_with_ends(_without_builder(_with_angles(named))), text)
    for group in _inside_out(top):
        if group.opening.kind == "OPENSQUARE":
            _separate(group)
        group.items = _applied(group.items, text)
    return _with_products(_flat(top), text)


# ---- notations of sets and vectors ------------------------------------------------------------------------


def _with_angles(named: list[Token]) -> list[Token]:
    """2<1, 2>: a < behind a value opens a vector, if a comma and a closing > follow and no value behind that."""
    found = list(named)
    relation, comma = len(named), False  # the next relation on the right, and whether a comma stands before it
    for position in range(len(named) - 1, 0, -1):
        token = named[position]
        if token.kind == "COMMA":
            comma = True
        if token.kind != "RELATION":
            continue
        opens = token.text == "<" and named[position - 1].kind in _ENDS_VALUE
        if opens and comma and relation < len(named) and named[relation].text == ">":
            behind = named[relation + 1].kind if relation + 1 < len(named) else ""
            if behind not in _STARTS_VALUE | {"MINUS", "PLUS"}:
                found[position] = Token("ANGLE", "<", token.column, token.spaced)
        relation, comma = position, False
    return found


def _without_builder(named: list[Token]) -> list[Token]:
    """{x : x > 0}, {x | x > 0} and {x ∈ ℝ : x > 0} as (x > 0)."""
    found = list(named)
    for position, token in enumerate(named):
        kinds = [t.kind for t in named[position : position + 5]]
        if token.kind != "BRACE" or kinds[1:2] != ["NAME"]:
            continue
        bar = 4 if kinds[2:4] == ["IN", "WORD"] else 2
        if kinds[bar : bar + 1] not in (["COLON"], ["BAR"]):
            continue
        end = next((k for k in range(position + bar, len(named)) if named[k].kind in ("ENDBRACE", "BRACE")), None)
        condition = any(t.kind in ("RELATION", "IN") for t in named[position + bar : end])
        if end is None or named[end].kind != "ENDBRACE" or not condition:
            continue
        for k in range(position, position + bar + 1):
            found[k] = Token("DROPPED", "", named[k].column)
        found[position] = Token("OPEN", "(", token.column, token.spaced)
        found[end] = Token("CLOSE", ")", named[end].column)
    return [token for token in found if token.kind != "DROPPED"]


def _with_ends(named: list[Token]) -> list[Token]:
    """]0, 1[ as (0, 1), when square brackets stand the other way round."""
    places = [k for k, token in enumerate(named) if token.kind in ("OPENSQUARE", "CLOSESQUARE")]
    usual = [named[k].kind == ("CLOSESQUARE" if i % 2 else "OPENSQUARE") for i, k in enumerate(places)]
    others = any(token.kind in ("OPEN", "BRACE", "MATRIX") and token.text == "[" for token in named)
    outside = {token.kind for token in named[:1]} | {token.kind for token in named[-1:]}
    if not places or len(places) % 2 or all(usual) or others or not outside & {"OPENSQUARE", "CLOSESQUARE"}:
        return named
    if "CLOSESQUARE" not in {named[0].kind} and "OPENSQUARE" not in {named[-1].kind}:
        return named
    found = list(named)
    for i, k in enumerate(places):
        token = named[k]
        if not usual[i]:
            found[k] = Token("CLOSE" if i % 2 else "OPEN", ")" if i % 2 else "(", token.column, token.spaced)
    return found


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
        if kind in OPENS:
            group = _Group(piece)
            stack[-1].items.append(group)
            stack.append(group)
            if len(stack) > MAX_DEPTH:
                raise unreadable(text, piece.column, f"it is nested more than {MAX_DEPTH} levels deep")
        elif kind in CLOSES:
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
    if opening.kind not in OPENS:
        return False
    if {opening.text, closing.text} in ({"(", "]"}, {"[", ")"}):
        return True  # half-open intervals
    if opening.kind != CLOSES[closing.kind]:
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
    base: Token | _Group | None = None
    power: list[_Item] = []
    while rest and isinstance(rest[-1], Token) and rest[-1].kind in ("BASE", "POWER"):
        sign = rest.pop()
        if isinstance(sign, Token) and sign.kind == "BASE":
            base = rest.pop() if sign.text == "{" and rest else sign
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
        place = _first(base).column
        shown = Token("NUMBER", base.text, place) if isinstance(base, Token) else base
        argument = [*argument, Token("COMMA", ",", place), shown]
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
        if kind == "BRACE" and function.text in ("Max", "Min"):
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
        while rest and isinstance(sign := rest[-1], Token) and sign.kind in ("POWER", "FACTORIAL"):
            rest.pop()
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
    for position, piece in enumerate(pieces):
        if before is not None and before.kind in _ENDS_VALUE and piece.kind in _STARTS_VALUE:
            if before.kind == "NUMBER" and _is_mixed(pieces, position):
                advice = f"{before.text} before a fraction is ambiguous; write {before.text} + … or {before.text} * …"
                raise unreadable(text, piece.column, advice)
            if piece.kind == "NUMBER" and (before.kind == "NUMBER" or (before.kind in _FACTORS and not piece.spaced)):
                advice = f"write a sign between {before.text} and {piece.text}, such as {before.text}*{piece.text}"
                raise unreadable(text, piece.column, advice)
            found.append(Token("TIMES", "", piece.column))
        if piece.kind == "BASE":
            raise unreadable(text, piece.column, "a subscript cannot stand here")
        found.append(piece)
        before = piece
    return found


def _is_mixed(pieces: list[Token], position: int) -> bool:
    """Whether a proper fraction of whole numbers stands here, behind a whole number that is no exponent: 3½."""
    inside = [p for p in pieces[position : position + 9] if p.kind not in ("OPEN", "CLOSE")][:3]
    if pieces[position].text != "{" or [p.kind for p in inside] != ["NUMBER", "OVER", "NUMBER"]:
        return False
    above, below, whole = inside[0].text, inside[2].text, pieces[position - 1].text
    behind = position > 1 and pieces[position - 2].kind in ("POWER", "OVER")
    return not behind and all(n.isdigit() for n in (above, below, whole)) and int(above) < int(below)
