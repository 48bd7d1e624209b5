"""Derivatives of plain scalar trees without Piecewise, as trees: true where all parts are smooth."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from hessmath.verify.kernel.trees import Rejected, Tree, depends, literal, make, minus, num, text


def derivative(tree: Tree, name: str) -> Tree:
    """∂tree/∂name by the chain rule."""
    op, args = tree.op, tree.args
    if not depends(tree, name):
        return num(0)
    if op == "var":
        return num(1)
    slopes = [derivative(arg, name) for arg in args]
    if op in ("add", "neg"):
        return make(op, *slopes)
    if op == "mul":
        parts = [make("mul", *args[:i], slope, *args[i + 1 :]) for i, slope in enumerate(slopes)]
        return make("add", *parts)
    if op == "div":
        top = minus(make("mul", slopes[0], args[1]), make("mul", args[0], slopes[1]))
        return make("div", top, make("mul", args[1], args[1]))
    if op == "inv":
        return make("neg", make("div", slopes[0], make("mul", args[0], args[0])))
    if op == "pow":
        power = literal(args[1])
        if power is not None:
            return make("mul", num(power), make("pow", args[0], num(power - 1)), slopes[0])
        inner = make("mul", args[1], make("log", args[0]))
        return make("mul", tree, derivative(inner, name))
    if op == "Abs":  # at points where the argument is not zero
        return make("mul", make("div", args[0], tree), slopes[0])
    if op == "atan2":  # where the second argument is positive
        y, x = args
        top = minus(make("mul", x, slopes[0]), make("mul", y, slopes[1]))
        return make("div", top, make("add", make("mul", x, x), make("mul", y, y)))
    if op in _OUTER:
        return make("mul", _OUTER[op](args[0]), slopes[0])
    raise Rejected(f"{text(tree)} is not differentiated")


def _reciprocal_root(x: Tree) -> Tree:
    return make("div", num(1), make("sqrt", minus(num(1), make("mul", x, x))))


def _one_minus_square(f: str, x: Tree) -> Tree:
    return minus(num(1), make("mul", make(f, x), make(f, x)))


_OUTER: dict[str, Callable[[Tree], Tree]] = {
    "exp": lambda x: make("exp", x),
    "log": lambda x: make("div", num(1), x),
    "sqrt": lambda x: make("div", num(Fraction(1, 2)), make("sqrt", x)),
    "sin": lambda x: make("cos", x),
    "cos": lambda x: make("neg", make("sin", x)),
    "tan": lambda x: make("add", num(1), make("mul", make("tan", x), make("tan", x))),
    "sinh": lambda x: make("cosh", x),
    "cosh": lambda x: make("sinh", x),
    "tanh": lambda x: _one_minus_square("tanh", x),
    "sigmoid": lambda x: minus(make("sigmoid", x), make("mul", make("sigmoid", x), make("sigmoid", x))),
    "softplus": lambda x: make("sigmoid", x),
    "atan": lambda x: make("div", num(1), make("add", num(1), make("mul", x, x))),
    "asin": _reciprocal_root,
    "acos": lambda x: make("neg", _reciprocal_root(x)),
    "loggamma": lambda x: make("digamma", x),
    "erf": lambda x: make("div", make("mul", num(2), make("exp", make("neg", make("mul", x, x)))),
                          make("sqrt", make("pi"))),
}  # fmt: skip
