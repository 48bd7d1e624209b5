"""The tree of an answer as LaTeX, as it was written: nothing is evaluated, ordered or cancelled."""

from __future__ import annotations

from fractions import Fraction

from hessmath.language.answer_words import GREEK_NAMES
from hessmath.language.tree import Node

_OR, _AND, _RELATION, _SUM, _TERM, _FACTOR, _POWER, _ATOM = range(8)

_SIGN = {"eq": "=", "ne": r"\ne", "lt": "<", "le": r"\le", "gt": ">", "ge": r"\ge", "in": r"\in"}
_REGION = {"union": r"\cup", "intersection": r"\cap", "setminus": r"\setminus"}
_CONSTANT = {"pi": r"\pi", "E": "e", "I": "i", "oo": r"\infty"}
_NAMED = {"log": r"\ln", "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "log10": r"\log_{10}",
          "gamma": r"\Gamma", "Max": r"\max", "Min": r"\min"}  # fmt: skip
_COMMANDS = frozenset("sin cos tan cot sec csc sinh cosh tanh coth exp".split())
_BRACKETS = {"list": ("[", "]"), "tuple": ("(", ")"), "set": (r"\{", r"\}"), "vector": (r"\langle", r"\rangle")}


def to_latex(node: Node) -> str:
    """The answer as LaTeX, as the student wrote it.

    Examples
    --------
    >>> from hessmath.language.answer_reading import parse_answer
    >>> to_latex(parse_answer("1/2x + sin^2 x", ["x"]).tree)
    '\\\\frac{1}{2} x + \\\\left(\\\\sin\\\\left(x\\\\right)\\\\right)^{2}'
    """
    return _latex(node)[0]


def name_latex(name: str) -> str:
    """A variable: Greek letters by their command, digits after a name as its subscript."""
    base, _, sub = name.partition("_")
    if not sub and base.rstrip("0123456789") != base and base[0].isalpha():
        base, sub = base.rstrip("0123456789"), base[len(base.rstrip("0123456789")) :]
    shown = f"\\{base}" if base in GREEK_NAMES else base if len(base) == 1 else rf"\mathrm{{{base}}}"
    return f"{shown}_{{{sub.replace('_', ',')}}}" if sub else shown


def _at(node: Node, level: int) -> str:
    text, own = _latex(node)
    return text if own >= level else rf"\left({text}\right)"


def _latex(node: Node) -> tuple[str, int]:
    op, args = node.op, node.args
    if op == "num":
        return _number(node.value)
    if op == "decimal":
        digits, _, exponent = str(node.value).lower().partition("e")
        return (rf"{digits} \cdot 10^{{{int(exponent)}}}", _TERM) if exponent else (digits, _ATOM)
    if op == "var":
        return name_latex(str(node.value)), _ATOM
    if op in _CONSTANT:
        return _CONSTANT[op], _ATOM
    if op == "word":
        return rf"\text{{{node.value}}}", _ATOM
    if op == "group":
        text, own = _latex(args[0])
        return (text, own) if own == _ATOM else (rf"\left({text}\right)", _ATOM)
    if op in ("add", "neg", "mul", "div", "pow", "pm", "mp", "factorial", "T", "cross", "dot"):
        return _arithmetic(node)
    if op in _SIGN:
        return f"{_at(args[0], _SUM)} {_SIGN[op]} {_at(args[1], _SUM)}", _RELATION
    if op in ("and", "or"):
        joiner = r" \;\text{and}\; " if op == "and" else r" \;\text{or}\; "
        return joiner.join(_at(arg, _RELATION) for arg in args), _AND if op == "and" else _OR
    if op in _REGION:
        return f" {_REGION[op]} ".join(_at(arg, _SUM) for arg in args), _RELATION
    return _structure(node)


def _number(value: object) -> tuple[str, int]:
    number = Fraction(str(value))
    if number.denominator == 1:
        return str(number), _ATOM if number >= 0 else _SUM
    text = rf"\frac{{{abs(number.numerator)}}}{{{number.denominator}}}"
    return (text, _TERM) if number > 0 else (f"-{text}", _SUM)


def _arithmetic(node: Node) -> tuple[str, int]:
    op, args = node.op, node.args
    if op == "add":
        text = _at(args[0], _SUM)
        for arg in args[1:]:
            text += f" - {_at(arg.args[0], _TERM)}" if arg.op == "neg" else f" + {_at(arg, _TERM)}"
        return text, _SUM
    if op == "neg":
        return f"-{_at(args[0], _TERM)}", _SUM
    if op in ("pm", "mp"):
        sign = rf"\{op}"
        if len(args) == 1:
            return f"{sign} {_at(args[0], _TERM)}", _SUM
        return f"{_at(args[0], _SUM)} {sign} {_at(args[1], _TERM)}", _SUM
    if op in ("cross", "dot"):
        sign = r"\times" if op == "cross" else r"\cdot"
        return f"{_at(args[0], _FACTOR)} {sign} {_at(args[1], _FACTOR)}", _TERM
    if op == "mul":
        return _product([_at(arg, _FACTOR) for arg in args]), _TERM
    if op == "div":
        return rf"\frac{{{_inner(args[0])}}}{{{_inner(args[1])}}}", _FACTOR
    if op == "pow":
        return f"{_at(args[0], _ATOM)}^{{{_inner(args[1])}}}", _POWER
    return f"{_at(args[0], _ATOM)}{'!' if op == 'factorial' else '^{T}'}", _POWER


def _inner(node: Node) -> str:
    """What stands between braces needs no parentheses of its own."""
    return _latex(node.args[0] if node.op == "group" else node)[0]


def _product(factors: list[str]) -> str:
    text = factors[0]
    for factor in factors[1:]:
        digits = factor[0].isdigit() or factor.startswith((".", r"\frac", "-"))
        text += rf" \cdot {factor}" if digits else f" {factor}"
    return text


def _structure(node: Node) -> tuple[str, int]:
    op, args = node.op, node.args
    if op == "matrix":
        rows = r" \\ ".join(" & ".join(_latex(cell)[0] for cell in row.args) for row in args)
        return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}", _ATOM
    inner = [_latex(arg)[0] for arg in args]
    if op == "commas":
        return ",\\; ".join(inner), _OR
    if op == "pair":
        return rf"{inner[0]}:\; {inner[1]}", _OR
    if op == "set" and not args:
        return r"\emptyset", _ATOM
    if op in _BRACKETS:
        left, right = _BRACKETS[op]
        return rf"\left{left} {', '.join(inner)} \right{right}", _ATOM
    if op == "interval":
        left, right = str(node.value)[0], str(node.value)[1]
        return rf"\left{left} {inner[0]}, {inner[1]} \right{right}", _ATOM
    if op == "Abs":
        return rf"\left|{inner[0]}\right|", _ATOM
    if op == "sqrt":
        return rf"\sqrt{{{inner[0]}}}", _ATOM
    if op == "cbrt":
        return rf"\sqrt[3]{{{inner[0]}}}", _ATOM
    if op == "root":
        return rf"\sqrt[{inner[1]}]{{{inner[0]}}}", _ATOM
    if op == "binomial":
        return rf"\binom{{{inner[0]}}}{{{inner[1]}}}", _ATOM
    if op == "log" and len(args) == 2:
        return rf"\log_{{{inner[1]}}}\left({inner[0]}\right)", _FACTOR
    name = _NAMED.get(op) or (rf"\{op}" if op in _COMMANDS else rf"\operatorname{{{op}}}")
    return rf"{name}\left({', '.join(inner)}\right)", _FACTOR
