"""The plain grammar: tokens into an untyped tree, by Lark's LALR parser.

NumPy's syntax and precedences.  The parser keeps its own stack and builds nodes bottom-up, so no text can exhaust
Python's.  Names are not looked up here; ``typing`` does that.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from hessmath.errors import FormulaError
from hessmath.language.lark_parser import lark_parser
from hessmath.language.tokenizer import cannot_read, number, tokens, writable
from hessmath.language.tree import NUMBER, SYMBOL, Node

GRAMMAR = r"""
start: disjunction

?disjunction: conjunction | conjunction (OR conjunction)+ -> disjoined
?conjunction: negation | negation (AND negation)+ -> conjoined
?negation: comparison | NOT negation -> negated
?comparison: sum | sum (COMPARISON sum)+ -> compared

?sum: term | term ((PLUS | MINUS) term)+ -> summed
?term: factor | factor ((TIMES | OVER | AT) factor)+ -> multiplied
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
    return lark_parser(GRAMMAR, _builder())


def _builder() -> Any:
    from lark import Transformer, v_args

    @v_args(inline=True)
    class Builder(Transformer):
        """Builds nodes; flat sums and products, exact numbers folded where the text has one number."""

        start = staticmethod(lambda node: node)
        number = staticmethod(lambda token: Node(NUMBER, value=number(token), column=token.column))
        name = staticmethod(lambda token: Node(SYMBOL, value=str(token), column=token.column))
        true = staticmethod(lambda token: Node("true", column=token.column))
        false = staticmethod(lambda token: Node("false", column=token.column))
        grouped = staticmethod(lambda left, node, right: node)
        plus = staticmethod(lambda token, node: node)
        minus = staticmethod(lambda token, node: negative(node, token.column))
        summed = staticmethod(lambda *parts: _sum(parts))
        multiplied = staticmethod(lambda *parts: _product(parts))
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


def _sum(parts: tuple[Any, ...]) -> Node:
    """a + b − c as one flat sum; time linear in its length."""
    terms = [parts[0]]
    for sign, term in zip(parts[1::2], parts[2::2], strict=True):
        terms.append(negative(term, sign.column) if sign.type == "MINUS" else term)
    args = tuple(arg for term in terms for arg in (term.args if term.op == "add" else (term,)))
    return Node("add", args, column=parts[1].column)


def _product(parts: tuple[Any, ...]) -> Node:
    """Factors from left to right, those joined by one sign together."""
    value: Node = parts[0]
    start = 1
    while start < len(parts):
        sign, end = parts[start], start
        while end < len(parts) and parts[end].type == sign.type:
            end += 2
        value, start = _JOIN[sign.type](value, parts[start + 1 : end : 2], sign.column), end
    return value


def _entrywise(first: Node, rest: tuple[Node, ...], column: int) -> Node:
    args = tuple(arg for part in (first, *rest) for arg in (part.args if part.op == "mul" else (part,)))
    return Node("mul", args, column=column)


def _matrix_product(first: Node, rest: tuple[Node, ...], column: int) -> Node:
    # Only the left side is opened: A @ (B @ x) stays as it was written.
    return Node("matmul", (first.args if first.op == "matmul" else (first,)) + rest, column=column)


def _quotient(value: Node, rest: tuple[Node, ...], column: int) -> Node:
    """a/b/c; a quotient of two numbers is a number, unless it would be too long to write."""
    for part in rest:
        folded = _ratio(value, part)
        value = Node("div", (value, part), column=column) if folded is None else folded
    return value


def _ratio(a: Node, b: Node) -> Node | None:
    if not (isinstance(a.value, Fraction) and isinstance(b.value, Fraction) and b.value):
        return None
    ratio = a.value / b.value
    return Node(NUMBER, value=ratio, column=a.column) if writable(ratio) else None


_JOIN = {"TIMES": _entrywise, "AT": _matrix_product, "OVER": _quotient}


def negative(node: Node, column: int = 0) -> Node:
    """−node, with the sign of a number taken into it."""
    if node.op == NUMBER and isinstance(node.value, Fraction):
        return Node(NUMBER, value=-node.value, column=node.column)
    return Node("neg", (node,), column=column)


def _unexpected(text: str, error: Any) -> FormulaError:
    token = error.token
    if token.type == "$END":
        return cannot_read(text, len(text.rstrip()) + 1, "it ends too early; something is missing here")
    if token.type in ("CLOSE", "CLOSESQUARE"):
        return cannot_read(text, token.column, f"a value is missing before {token}, or it closes nothing")
    if token.type == "COMMA":
        return cannot_read(text, token.column, "a comma stands only between the arguments of a function")
    return cannot_read(text, token.column, f"{str(token)!r} cannot stand here")
