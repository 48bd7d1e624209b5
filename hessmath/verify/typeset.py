"""Formulas and claims as LaTeX, for notebooks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hessmath.language import Node

_RELATION = {
    "eq": "=", "ne": r"\neq", "lt": "<", "le": r"\leq", "gt": ">", "ge": r"\geq", "psd_le": r"\preceq",
    "psd_ge": r"\succeq",
}  # fmt: skip
_PROPERTY = {
    "posdef": r"{0} \succ 0", "psd": r"{0} \succeq 0", "negdef": r"{0} \prec 0", "nsd": r"{0} \preceq 0",
    "symmetric": r"{0} = {0}^{{\top}}", "skew": r"{0} = -{0}^{{\top}}", "nonzero": r"{0} \neq 0",
    "positive": "{0} > 0", "nonneg": r"{0} \geq 0",
}  # fmt: skip
_BARS = {"norm2": r"\lVert {0} \rVert", "nsq": r"\lVert {0} \rVert^2", "normF": r"\lVert {0} \rVert_F", "Abs": "|{0}|"}
_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
_FUNCTIONS = frozenset("exp log sin cos tan sinh cosh tanh det".split())
_SUM, _TERM, _POWER, _ATOM = range(4)
_TIMES = r" \times "


def to_latex(node: Node) -> str:
    r"""The formula or claim as LaTeX, without dollar signs.

    Examples
    --------
    >>> from hessmath.language import parse
    >>> print(to_latex(parse("inv(A) @ x.T == x/2", {"A": ["n", "n"], "x": ["n"]})))
    A^{-1} x^{\top} = \frac{x}{2}
    """
    return _latex(node)[0]


def _at(node: Node, level: int) -> str:
    body, own = _latex(node)
    return body if own >= level else rf"\left({body}\right)"


def _latex(node: Node) -> tuple[str, int]:
    op, args = node.op, node.args
    if op in _WRITERS:
        return _WRITERS[op](node)
    if op in _RELATION:
        return f"{_at(args[0], _SUM)} {_RELATION[op]} {_at(args[1], _SUM)}", _SUM
    if op in _PROPERTY:
        return _PROPERTY[op].format(_at(args[0], _SUM)), _SUM
    if op in _BARS:
        return _BARS[op].format(_at(args[0], _SUM)), _ATOM
    name = rf"\{op}" if op in _FUNCTIONS else rf"\operatorname{{{_plain(op)}}}"
    return rf"{name}\left({', '.join(_at(arg, _SUM) for arg in args)}\right)", _ATOM


def _number(node: Node) -> tuple[str, int]:
    value = Fraction(str(node.value))
    if value.denominator == 1:
        return str(value), _ATOM if value >= 0 else _SUM
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}", _SUM if sign else _TERM


def _name(node: Node) -> tuple[str, int]:
    text = str(node.value)
    if text in ("lam", "lamda"):
        return r"\lambda", _ATOM
    if text == "eps":
        return r"\varepsilon", _ATOM
    head = text.rstrip("0123456789")
    digits, head = text[len(head) :], head.rstrip("_")
    body = rf"\{head}" if head in _GREEK else head if len(head) == 1 else rf"\mathrm{{{_plain(head or text)}}}"
    return (f"{body}_{{{digits}}}" if digits else body), _ATOM


def _plain(text: str) -> str:
    return text.replace("_", r"\_")


def _sum(node: Node) -> tuple[str, int]:
    body = _at(node.args[0], _SUM)
    for arg in node.args[1:]:
        body += f" - {_at(arg.args[0], _TERM)}" if arg.op == "neg" else f" + {_at(arg, _TERM)}"
    return body, _SUM


def _product(node: Node) -> tuple[str, int]:
    return (r" \, " if node.op == "mul" else " ").join(_at(arg, _TERM) for arg in node.args), _TERM


def _power(node: Node) -> tuple[str, int]:
    return f"{_at(node.args[0], _ATOM)}^{{{_at(node.args[1], _SUM)}}}", _POWER


def _marked(mark: str) -> Callable[[Node], tuple[str, int]]:
    return lambda node: (f"{_at(node.args[0], _ATOM)}^{{{mark}}}", _POWER)


def _block(node: Node) -> tuple[str, int]:
    rows = r" \\ ".join(" & ".join(_at(cell, _SUM) for cell in row.args) for row in node.args)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}", _ATOM


def _derivative(node: Node) -> tuple[str, int]:
    sign = r"\nabla^2" if node.op == "hessian" else r"\nabla"
    return rf"{sign}_{{{_at(node.args[1], _SUM)}}} {_at(node.args[0], _TERM)}", _TERM


def _sized(name: str) -> Callable[[Node], tuple[str, int]]:
    return lambda node: (f"{name}_{{{_TIMES.join(_at(arg, _SUM) for arg in node.args)}}}", _ATOM)


def _index(node: Node) -> tuple[str, int]:
    places = ",".join(_at(arg, _SUM) for arg in node.args[1:])
    return f"{_at(node.args[0], _ATOM)}_{{{places}}}", _ATOM


def _commute(node: Node) -> tuple[str, int]:
    a, b = (_at(arg, _TERM) for arg in node.args)
    return f"{a} {b} = {b} {a}", _SUM


def _psum(node: Node) -> tuple[str, int]:
    function, low, high = node.args
    k = _at(function.args[0], _SUM)
    return rf"\sum_{{{k} = {_at(low, _SUM)}}}^{{{_at(high, _SUM)}}} {_at(function.args[1], _TERM)}", _TERM


_WRITERS: dict[str, Callable[[Node], tuple[str, int]]] = {
    "num": _number,
    **dict.fromkeys(("var", "size", "bound"), _name),
    "pi": lambda node: (r"\pi", _ATOM),
    "E": lambda node: (r"\mathrm{e}", _ATOM),
    "add": _sum,
    "neg": lambda node: (f"-{_at(node.args[0], _TERM)}", _SUM),
    "mul": _product,
    "matmul": _product,
    "had": lambda node: (r" \odot ".join(_at(arg, _POWER) for arg in node.args), _SUM),
    "kron": lambda node: (r" \otimes ".join(_at(arg, _POWER) for arg in node.args), _SUM),
    "div": lambda node: (rf"\frac{{{_at(node.args[0], _SUM)}}}{{{_at(node.args[1], _SUM)}}}", _TERM),
    "pow": _power,
    "mpow": _power,
    "T": _marked(r"\top"),
    "inv": _marked("-1"),
    "pinv": _marked("+"),
    "sqrt": lambda node: (rf"\sqrt{{{_at(node.args[0], _SUM)}}}", _ATOM),
    "trace": lambda node: (rf"\operatorname{{tr}}\left({_at(node.args[0], _SUM)}\right)", _ATOM),
    "eye": _sized("I"),
    "zeros": _sized("0"),
    "ones": _sized(r"\mathbf{1}"),
    "index": _index,
    "block": _block,
    "psum": _psum,
    **dict.fromkeys(("gradient", "hessian"), _derivative),
    "and": lambda node: (r" \;\wedge\; ".join(_at(arg, _SUM) for arg in node.args), _SUM),
    "or": lambda node: (r" \;\vee\; ".join(_at(arg, _SUM) for arg in node.args), _SUM),
    "commute": _commute,
}
"""How operations with a notation of their own are written; the others are functions."""


def words_in_latex(text: Any) -> str:
    """Words for use inside LaTeX mathematics."""
    escaped = "".join(_ESCAPES.get(letter, letter) for letter in str(text))
    return rf"\text{{{escaped}}}"


_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "^": r"\^{}", "&": r"\&", "%": r"\%", "#": r"\#",
    "$": r"\$", "~": r"\textasciitilde{}",
}  # fmt: skip
