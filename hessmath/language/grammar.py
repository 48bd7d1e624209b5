"""The plain grammar: tokens into an untyped tree, by Lark's LALR parser.

NumPy's syntax and precedences.  The parser keeps its own stack and builds nodes bottom-up, so no text can exhaust
Python's.  Names are not looked up here; ``typing`` does that.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

from hessmath.errors import FormulaError
from hessmath.language.tokenizer import Piece, cannot_read, number, tokens
from hessmath.language.tree import NUMBER, SYMBOL, Node

GRAMMAR = r"""
start: disjunction

?disjunction: conjunction | conjunction (OR conjunction)+ -> disjoined
?conjunction: negation | negation (AND negation)+ -> conjoined
?negation: comparison | NOT negation -> negated
?comparison: sum | sum (COMPARISON sum)+ -> compared

?sum: term | sum PLUS term -> added | sum MINUS term -> subtracted
?term: factor | term TIMES factor -> multiplied | term OVER factor -> divided | term AT factor -> matrix_multiplied
?factor: power | MINUS factor -> minus | PLUS factor -> plus
?power: postfix | postfix POWER factor -> raised
?postfix: atom | postfix DOT NAME -> attribute | postfix OPENSQUARE arguments CLOSESQUARE -> indexed

?atom: NUMBER -> number
    | NAME -> name
    | TRUE -> true
    | FALSE -> false
    | NAME OPEN arguments? CLOSE -> called
    | OPEN disjunction CLOSE -> grouped
    | BAR sum BAR -> absolute

arguments: argument (COMMA argument)*
?argument: disjunction | case | row | function
case: OPEN disjunction COMMA disjunction CLOSE
row: OPENSQUARE disjunction (COMMA disjunction)* CLOSESQUARE
function: LAMBDA NAME COLON disjunction

%declare NUMBER NAME LAMBDA AND OR NOT TRUE FALSE POWER COMPARISON PLUS MINUS TIMES OVER AT OPEN CLOSE
%declare OPENSQUARE CLOSESQUARE COMMA COLON DOT BAR
"""

_COMPARISONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def untyped(text: str) -> Node:
    """The tree of a text, before names and sizes are looked at; ``call:NAME`` stands for a call.

    Raises
    ------
    FormulaError
        With the column of the first place that cannot be read.
    """
    from lark.exceptions import UnexpectedToken

    pieces = list(tokens(text))
    try:
        tree: Node = _parser().parse(pieces)
    except UnexpectedToken as error:
        raise _unexpected(text, error) from None
    return tree


@cache
def _parser() -> Any:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", lexer=_lexer(), transformer=_builder())


def _lexer() -> Any:
    from lark import Token
    from lark.lexer import Lexer

    class Pieces(Lexer):
        """Hands our tokens to Lark."""

        def __init__(self, configuration: Any) -> None:
            """Nothing to configure."""

        def lex(self, data: Any) -> Iterator[Any]:
            """One Lark token for each piece."""
            for piece in data:
                yield Token(piece.kind, piece.text, column=piece.column)

    return Pieces


def _builder() -> Any:
    from lark import Transformer, v_args

    @v_args(inline=True)
    class Builder(Transformer):  # type: ignore[misc]
        """Builds nodes; flat sums and products, exact numbers folded where the text has one number."""

        start = staticmethod(lambda node: node)
        number = staticmethod(lambda token: Node(NUMBER, value=number(token), column=token.column))
        name = staticmethod(lambda token: Node(SYMBOL, value=str(token), column=token.column))
        true = staticmethod(lambda token: Node("true", column=token.column))
        false = staticmethod(lambda token: Node("false", column=token.column))
        grouped = staticmethod(lambda left, node, right: node)
        plus = staticmethod(lambda token, node: node)
        minus = staticmethod(lambda token, node: negative(node, token.column))
        added = staticmethod(lambda a, token, b: _flat("add", a, b, token.column))
        subtracted = staticmethod(lambda a, token, b: _flat("add", a, negative(b, token.column), token.column))
        multiplied = staticmethod(lambda a, token, b: _flat("mul", a, b, token.column))
        matrix_multiplied = staticmethod(lambda a, token, b: _flat("matmul", a, b, token.column))
        divided = staticmethod(lambda a, token, b: _quotient(a, b, token.column))
        raised = staticmethod(lambda a, token, b: Node("pow", (a, b), column=token.column))
        absolute = staticmethod(lambda left, node, right: Node("Abs", (node,), column=left.column))
        negated = staticmethod(lambda token, node: Node("not", (node,), column=token.column))
        attribute = staticmethod(lambda node, dot, name: Node(f"attribute:{name}", (node,), column=dot.column))

        def conjoined(self, *parts: Any) -> Node:
            return Node("and", parts[::2], column=parts[1].column)

        def disjoined(self, *parts: Any) -> Node:
            return Node("or", parts[::2], column=parts[1].column)

        def compared(self, *parts: Any) -> Node:
            links = [
                Node(_COMPARISONS[parts[i]], (parts[i - 1], parts[i + 1]), column=parts[i].column)
                for i in range(1, len(parts), 2)
            ]
            return links[0] if len(links) == 1 else Node("and", tuple(links), column=links[0].column)

        def indexed(self, node: Node, left: Any, indices: tuple[Node, ...], right: Any) -> Node:
            return Node("index", (node, *indices), column=left.column)

        def called(self, name: Any, left: Any, *rest: Any) -> Node:
            arguments = rest[0] if len(rest) == 2 else ()
            return Node(f"call:{name}", arguments, column=name.column)

        def arguments(self, *parts: Any) -> tuple[Node, ...]:
            return parts[::2]

        def case(self, left: Any, value: Node, comma: Any, condition: Node, right: Any) -> Node:
            return Node("case", (value, condition), column=left.column)

        def row(self, left: Any, *parts: Any) -> Node:
            return Node("row", parts[:-1:2], column=left.column)

        def function(self, word: Any, name: Any, colon: Any, body: Node) -> Node:
            return Node("lambda", (Node(SYMBOL, value=str(name), column=name.column), body), column=word.column)

    return Builder()


def _flat(op: str, a: Node, b: Node, column: int) -> Node:
    # Only the left side is opened: a + b + c is one sum, a + (b + c) stays as it was written for @.
    left = a.args if a.op == op else (a,)
    right = b.args if b.op == op and op != "matmul" else (b,)
    return Node(op, left + right, column=a.column if a.op == op else column)


def negative(node: Node, column: int = 0) -> Node:
    """−node, with the sign of a number taken into it."""
    if node.op == NUMBER and isinstance(node.value, Fraction):
        return Node(NUMBER, value=-node.value, column=node.column)
    return Node("neg", (node,), column=column)


def _quotient(a: Node, b: Node, column: int) -> Node:
    if a.op == b.op == NUMBER and isinstance(a.value, Fraction) and isinstance(b.value, Fraction) and b.value:
        return Node(NUMBER, value=a.value / b.value, column=a.column)
    return Node("div", (a, b), column=column)


def _unexpected(text: str, error: Any) -> FormulaError:
    token = error.token
    if token.type == "$END":
        return cannot_read(text, len(text.rstrip()) + 1, "it ends too early; something is missing here")
    if token.type in ("CLOSE", "CLOSESQUARE"):
        return cannot_read(text, token.column, f"a value is missing before {token}, or it closes nothing")
    if token.type == "COMMA":
        return cannot_read(text, token.column, "a comma stands only between the arguments of a function")
    return cannot_read(text, token.column, f"{str(token)!r} cannot stand here")


__all__ = ["Piece", "negative", "untyped"]
