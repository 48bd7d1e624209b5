"""The grammar of answers: resolved tokens into a tree that keeps how the answer was written.

The operations are those of formulas where there are any (add, neg, mul, div, pow, sin, eq, and …).  Of its own it has
``decimal`` (a number as it was written), ``tuple list set vector matrix interval`` with ``row``, ``pm``, ``union``,
``word`` and ``pair`` (a value with a word, such as a critical point and its kind), and ``commas`` for several values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from hessmath.errors import FormulaError
from hessmath.language.answer_tokens import Token as Piece
from hessmath.language.answer_tokens import unreadable
from hessmath.language.answer_words import ARGUMENTS
from hessmath.language.lark_parser import lark_parser
from hessmath.language.tree import NUMBER, SYMBOL, Node

DECIMAL, WORD = "decimal", "word"

GRAMMAR = r"""
start: entry | entry ((COMMA | SEMICOLON) entry)+ -> several

?entry: statement | statement WORD -> pair | statement COLON WORD -> pair
?statement: conjunction | conjunction (OR conjunction)+ -> disjoined
?conjunction: relation | relation (AND relation)+ -> conjoined
?relation: region | region (RELATION region)+ -> related | region IN region -> element
?region: sum | sum ((UNION | INTERSECTION | SETMINUS) sum)+ -> joined

?sum: term | term ((PLUS | MINUS | PM | MP) term)+ -> summed
?term: factor | factor ((TIMES | OVER) factor)+ -> multiplied
?factor: power | MINUS factor -> negative | PLUS factor -> positive | PM factor -> either | MP factor -> either
?power: postfix | postfix POWER factor -> raised
?postfix: atom | postfix FACTORIAL -> factorial | postfix TRANSPOSE -> transposed

?atom: NUMBER -> number
    | NAME -> name
    | CONSTANT -> constant
    | WORD -> word
    | EMPTY -> empty
    | FUNCTION OPEN entries CLOSE -> called
    | OPEN mixed CLOSE -> round
    | OPEN mixed CLOSESQUARE -> interval
    | OPENSQUARE entries CLOSE -> interval
    | OPENSQUARE rows CLOSE -> interval_of_rows
    | OPENSQUARE entries CLOSESQUARE -> square
    | OPENSQUARE rows CLOSESQUARE -> rectangle
    | OPENSQUARE CLOSESQUARE -> nothing
    | BRACE mixed ENDBRACE -> curly
    | BRACE ENDBRACE -> empty
    | ANGLE entries ENDANGLE -> angled
    | OPENBAR sum CLOSEBAR -> absolute
    | MATRIX cells ENDMATRIX -> cells_matrix

entries: entry (COMMA entry)*
mixed: entry ((COMMA | SEMICOLON) entry)*
rows: entries (SEMICOLON entries)+
cells: cell_row (ROWEND cell_row)*
cell_row: sum (CELL sum)*

%declare NUMBER NAME CONSTANT WORD EMPTY FUNCTION OPEN CLOSE OPENSQUARE CLOSESQUARE BRACE ENDBRACE ANGLE ENDANGLE
%declare OPENBAR CLOSEBAR MATRIX ENDMATRIX CELL ROWEND COMMA SEMICOLON COLON OR AND RELATION IN UNION INTERSECTION
%declare SETMINUS PLUS MINUS PM MP TIMES OVER POWER FACTORIAL TRANSPOSE
"""

MAX_DIAGONAL = 50

_REGIONS = frozenset({"interval", "union", "intersection", "setminus"})
"""What a set is subtracted from."""

_OF_VECTORS = {"×": "cross", "·": "dot"}

_RELATIONS = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def answer_tree(pieces: Sequence[Piece], text: str) -> Node:
    """The tree of resolved tokens.

    Raises
    ------
    FormulaError
        With the column of the first place that does not fit.
    """
    from lark.exceptions import UnexpectedToken, VisitError

    try:
        tree: Node = _parser().parse(pieces)
    except UnexpectedToken as error:
        raise _unexpected(text, error.token) from None
    except VisitError as error:
        if isinstance(error.orig_exc, _Misfit):
            raise unreadable(text, error.orig_exc.column, str(error.orig_exc)) from None
        raise
    except _Misfit as error:
        raise unreadable(text, error.column, str(error)) from None
    return tree


class _Misfit(Exception):
    """Parts that do not fit, with the column."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@cache
def _parser() -> Any:
    return lark_parser(GRAMMAR, _builder())


def _builder() -> Any:
    from lark import Transformer, v_args

    @v_args(inline=True)
    class Builder(Transformer):
        """Builds nodes; nothing is folded, so that the tree shows what was written."""

        def start(self, entry: Node) -> Node:
            return entry

        def several(self, *parts: Any) -> Node:
            return Node("commas", parts[::2], column=parts[0].column)

        def pair(self, value: Node, *rest: Any) -> Node:
            return Node("pair", (value, self.word(rest[-1])), column=value.column)

        def disjoined(self, *parts: Any) -> Node:
            return Node("or", parts[::2], column=parts[1].column)

        def conjoined(self, *parts: Any) -> Node:
            return Node("and", parts[::2], column=parts[1].column)

        def related(self, *parts: Any) -> Node:
            links = [
                Node(_RELATIONS[parts[i]], (parts[i - 1], parts[i + 1]), column=parts[i].column)
                for i in range(1, len(parts), 2)
            ]
            return links[0] if len(links) == 1 else Node("and", tuple(links), column=links[0].column)

        def element(self, left: Node, sign: Any, right: Node) -> Node:
            return Node("in", (left, right), column=sign.column)

        def joined(self, *parts: Any) -> Node:
            return _from_left(parts, "union", _unites, _region)

        def summed(self, *parts: Any) -> Node:
            return _from_left(parts, "add", _adds, _difference)

        def either(self, sign: Any, value: Node) -> Node:
            return Node("pm" if sign.type == "PM" else "mp", (value,), column=sign.column)

        def multiplied(self, *parts: Any) -> Node:
            return _from_left(parts, "mul", _multiplies, _quotient)

        def negative(self, sign: Any, value: Node) -> Node:
            return Node("neg", (_single(value),), column=sign.column)

        def positive(self, sign: Any, value: Node) -> Node:
            return value

        def raised(self, base: Node, sign: Any, exponent: Node) -> Node:
            return Node("pow", (_single(base), _open(exponent)), column=sign.column)

        def factorial(self, value: Node, sign: Any) -> Node:
            return Node("factorial", (value,), column=sign.column)

        def transposed(self, value: Node, sign: Any) -> Node:
            return Node("T", (value,), column=sign.column)

        def number(self, token: Any) -> Node:
            if token.isdigit():
                return Node(NUMBER, value=Fraction(int(token)), column=token.column)
            return Node(DECIMAL, value=str(token), column=token.column)

        def name(self, token: Any) -> Node:
            return Node(SYMBOL, value=str(token), column=token.column)

        def constant(self, token: Any) -> Node:
            return Node(str(token), column=token.column)

        def word(self, token: Any) -> Node:
            return Node(WORD, value=str(token), column=token.column)

        def empty(self, *signs: Any) -> Node:
            return Node("set", (), column=signs[0].column)

        def nothing(self, left: Any, right: Any) -> Node:
            return Node("list", (), column=left.column)

        def called(self, name: Any, left: Any, entries: tuple[Node, ...], right: Any) -> Node:
            least, most = ARGUMENTS.get(name, (1, 1))
            if not least <= len(entries) <= most:
                needed = str(least) if least == most else f"{least} to {most}"
                message = f"{name} takes {needed} argument{'s' * (needed != '1')}, but here are {len(entries)}"
                raise _Misfit(message, name.column)
            if name in ("diag", "eye"):
                return _diagonal(name, entries, left.column)
            args = entries if len(entries) > 1 else (_open(entries[0]),)
            name = "log" if name == "log10" and len(args) == 2 else str(name)
            return Node(name, args, column=left.column)

        def round(self, left: Any, entries: tuple[Node, ...], right: Any) -> Node:
            if len(entries) > 1:
                return Node("tuple", entries, column=left.column)
            if left == "{":
                return _open(entries[0])
            # Parentheses that the student wrote: kept, since 2(x + 1) is a product of two.
            return Node("group", entries, column=left.column)

        def interval(self, left: Any, entries: tuple[Node, ...], right: Any) -> Node:
            if len(entries) != 2:
                raise _Misfit(f"{left} … {right} is an interval and needs two ends", left.column)
            return Node("interval", entries, value=f"{left}{right}", column=left.column)

        def interval_of_rows(self, left: Any, rows: tuple[tuple[Node, ...], ...], right: Any) -> Node:
            return self.interval(left, tuple(entry for row in rows for entry in row), right)

        def square(self, left: Any, entries: tuple[Node, ...], right: Any) -> Node:
            if entries and all(entry.op == "list" and entry.args for entry in entries):
                return _matrix(entries, left.column)
            return Node("list", entries, column=left.column)

        def rectangle(self, left: Any, rows: tuple[tuple[Node, ...], ...], right: Any) -> Node:
            return _matrix([Node("row", row) for row in rows], left.column)

        def curly(self, left: Any, entries: tuple[Node, ...], right: Any) -> Node:
            return Node("set", entries, column=left.column)

        def angled(self, left: Any, entries: tuple[Node, ...], right: Any) -> Node:
            return Node("vector", entries, column=left.column)

        def absolute(self, left: Any, value: Node, right: Any) -> Node:
            return Node("Abs", (value,), column=left.column)

        def cells_matrix(self, left: Any, rows: tuple[tuple[Node, ...], ...], right: Any) -> Node:
            return _matrix([Node("row", row) for row in rows], left.column)

        def entries(self, *parts: Any) -> tuple[Node, ...]:
            return parts[::2]

        def mixed(self, *parts: Any) -> tuple[Node, ...]:
            return parts[::2]

        def rows(self, *parts: Any) -> tuple[tuple[Node, ...], ...]:
            return parts[::2]

        def cells(self, *parts: Any) -> tuple[tuple[Node, ...], ...]:
            return parts[::2]

        def cell_row(self, *parts: Any) -> tuple[Node, ...]:
            return parts[::2]

    return Builder()


def _from_left(parts: Sequence[Any], op: str, joins: Callable[..., bool], other: Callable[..., Node]) -> Node:
    """a − b + c ± d: what is joined becomes one node ``op``, another sign takes all on its left.

    ``joins(lefts, sign, right)`` sees what has been joined so far, or the one part on the left.
    """
    left, run, column = parts[0], list[Node](), 0
    for sign, right in zip(parts[1::2], parts[2::2], strict=True):
        if joins(run or (left,), sign, right):
            if not run:
                run = list(left.args) if left.op == op else [left if op == "union" else _single(left)]
            run.append(_item(op, sign, right))
            column = sign.column
            continue
        if run:
            left, run = Node(op, tuple(run), column=column), []
        left = other(left, sign, right)
    return Node(op, tuple(run), column=column) if run else left


def _item(op: str, sign: Any, value: Node) -> Node:
    if op == "union":
        return value
    return Node("neg", (_single(value),), column=sign.column) if sign.type == "MINUS" else _single(value)


def _unites(lefts: Sequence[Node], sign: Any, right: Node) -> bool:
    return bool(sign.type == "UNION")


def _region(left: Node, sign: Any, right: Node) -> Node:
    return Node("intersection" if sign.type == "INTERSECTION" else "setminus", (left, right), column=sign.column)


def _adds(lefts: Sequence[Node], sign: Any, right: Node) -> bool:
    left = lefts[0]
    from_set = len(lefts) == 1 and (left.op in _REGIONS or (left.op == WORD and left.value == "reals"))
    return sign.type == "PLUS" or (sign.type == "MINUS" and not from_set)


def _difference(left: Node, sign: Any, right: Node) -> Node:
    """A set without another, or a ± b."""
    return Node({"MINUS": "setminus", "PM": "pm"}.get(sign.type, "mp"), (left, right), column=sign.column)


def _multiplies(lefts: Sequence[Node], sign: Any, right: Node) -> bool:
    between_vectors = str(sign) in _OF_VECTORS and _is_vector(right) and sum(map(_is_vector, lefts)) == 1
    return sign.type == "TIMES" and not between_vectors


def _quotient(left: Node, sign: Any, right: Node) -> Node:
    """A quotient, or a product of vectors."""
    if sign.type == "TIMES":
        return Node(_OF_VECTORS[str(sign)], (left, right), column=sign.column)
    return Node("div", (_single(left), _open(_single(right))), column=sign.column)


def _is_vector(node: Node) -> bool:
    """A vector as it was written, perhaps with a sign, in parentheses or the result of a cross product."""
    while node.op in ("group", "neg", "T", "div"):
        node = node.args[0]
    if node.op == "mul":
        return sum(map(_is_vector, node.args)) == 1
    columns = node.op == "matrix" and (len(node.args) == 1 or len(node.args[0].args) == 1)
    return columns or node.op in ("tuple", "vector", "list", "cross")


def _open(node: Node) -> Node:
    """Parentheses that only mark where an argument ends are not kept."""
    return node.args[0] if node.op == "group" else node


def _single(node: Node) -> Node:
    """{x} with one member, which stands in arithmetic, is x in braces."""
    return Node("group", node.args, column=node.column) if node.op == "set" and len(node.args) == 1 else node


def _matrix(rows: Sequence[Node], column: int) -> Node:
    widths = {len(row.args) for row in rows}
    if len(widths) > 1:
        raise _Misfit(f"the rows of a matrix have one length, but here they have {sorted(widths)}", column)
    return Node("matrix", tuple(Node("row", row.args, column=row.column) for row in rows), column=column)


def _diagonal(name: str, entries: Sequence[Node], column: int) -> Node:
    """diag(a, b), and the identity matrix as eye(n) with a number n that was bounded when it was read."""
    if name == "eye":
        entries = [Node(NUMBER, value=Fraction(1), column=column)] * int(str(entries[0].value))
    elif len(entries) == 1 and entries[0].op in ("list", "tuple") and entries[0].args:
        entries = entries[0].args
    if len(entries) > MAX_DIAGONAL:
        raise _Misfit(f"diag takes at most {MAX_DIAGONAL} entries, but here are {len(entries)}", column)
    zero = Node(NUMBER, value=Fraction(0), column=column)
    rows = [[entry if i == j else zero for j in range(len(entries))] for i, entry in enumerate(entries)]
    return _matrix([Node("row", tuple(row)) for row in rows], column)


def _unexpected(text: str, token: Any) -> FormulaError:
    if token.type == "$END":
        return unreadable(text, len(text.rstrip()), "it ends too early; something is missing after this")
    if token.type.startswith(("CLOSE", "END")):
        return unreadable(text, token.column, f"a value is missing before {token}")
    if token.type == "COMMA":
        return unreadable(text, token.column, "a value is missing beside this comma")
    return unreadable(text, token.column, f"{str(token) or 'this'} cannot stand here")
