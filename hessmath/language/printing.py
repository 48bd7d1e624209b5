"""A tree as text that reads back to the same tree."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hessmath.language.tree import LEAVES, NUMBER, Node
from hessmath.language.vocabulary import CONSTANTS

_OR, _AND, _NOT, _COMPARE, _SUM, _TERM, _FACTOR, _POWER, _ATOM = range(9)

_SIGN = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def to_text(node: Node) -> str:
    """The formula or claim in the plain grammar, with as few parentheses as reading it back needs.

    Examples
    --------
    >>> from hessmath.language import parse
    >>> to_text(parse("(A@B).T == B.T@A.T", {"A": ["n", "m"], "B": ["m", "k"]}))
    '(A @ B).T == B.T @ A.T'
    """
    return _text(node)[0]


def _at(node: Node, level: int) -> str:
    """The text of a part that stands where only operations of this level or tighter may."""
    text, own = _text(node)
    return text if own >= level else f"({text})"


def _text(node: Node) -> tuple[str, int]:
    op, args = node.op, node.args
    if op == NUMBER:
        return _number(node.value)
    if op in LEAVES:
        return str(node.value), _ATOM
    if op in CONSTANTS:
        return op, _ATOM
    if op in ("true", "false"):
        return op.capitalize(), _ATOM
    if op in _SIGN:
        return f"{_at(args[0], _SUM)} {_SIGN[op]} {_at(args[1], _SUM)}", _COMPARE
    if op == "and":
        return _chain(node) or (" and ".join(_at(arg, _NOT) for arg in args), _AND)
    if op == "or":
        return " or ".join(_at(arg, _AND) for arg in args), _OR
    if op == "not":
        return f"not {_at(args[0], _NOT)}", _NOT
    if op == "add":
        return _sum(args), _SUM
    if op in ("mul", "matmul"):
        sign = "*" if op == "mul" else " @ "
        # The first factor may be a product of the other kind, since reading goes from left to right.
        first = _at(args[0], _FACTOR if args[0].op == op else _TERM)
        return sign.join([first, *(_at(arg, _FACTOR) for arg in args[1:])]), _TERM
    if op == "div":
        return f"{_at(args[0], _TERM)}/{_at(args[1], _FACTOR)}", _TERM
    if op == "neg":
        inner = _at(args[0], _FACTOR)
        return (f"-({inner})" if args[0].op == NUMBER else f"-{inner}"), _FACTOR
    if op == "pow":
        return f"{_at(args[0], _ATOM)}**{_at(args[1], _FACTOR)}", _POWER
    if op == "T":  # a number needs parentheses: 2. is a number
        inner = f"({_text(args[0])[0]})" if args[0].op == NUMBER else _at(args[0], _ATOM)
        return f"{inner}.T", _ATOM
    if op == "index":
        return f"{_at(args[0], _ATOM)}[{', '.join(_at(arg, _OR) for arg in args[1:])}]", _ATOM
    if op == "case":
        return f"({_text(args[0])[0]}, {_text(args[1])[0]})", _ATOM
    if op == "row":
        return f"[{', '.join(_text(arg)[0] for arg in args)}]", _ATOM
    if op == "lambda":
        return f"lambda {args[0].value}: {_text(args[1])[0]}", _ATOM
    return f"{op}({', '.join(_text(arg)[0] for arg in args)})", _ATOM


def _number(value: object) -> tuple[str, int]:
    number = Fraction(str(value))
    if number.denominator != 1:
        return str(number), _TERM
    return str(number), _ATOM if number >= 0 else _FACTOR


def _sum(args: tuple[Node, ...]) -> str:
    parts = [_at(args[0], _TERM)]
    for arg in args[1:]:
        if arg.op == "neg":
            parts.append(f" - {_at(arg.args[0], _TERM)}" if arg.args[0].op != NUMBER else f" + {_at(arg, _ATOM)}")
        elif arg.op == NUMBER and Fraction(str(arg.value)) < 0:
            parts.append(f" - {_number(-Fraction(str(arg.value)))[0]}")
        else:
            parts.append(f" + {_at(arg, _TERM)}")
    return "".join(parts)


def _chain(node: Node) -> tuple[str, int] | None:
    """a <= b <= c, when the parts of an ``and`` share their middle sides."""
    links = node.args
    if len(links) < 2 or any(link.op not in _SIGN for link in links):
        return None
    if any(a.args[1] != b.args[0] for a, b in pairwise(links)):
        return None
    parts = [_at(links[0].args[0], _SUM)]
    parts += [f"{_SIGN[link.op]} {_at(link.args[1], _SUM)}" for link in links]
    return " ".join(parts), _COMPARE
