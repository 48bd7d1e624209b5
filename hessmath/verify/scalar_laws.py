"""Steps of rewriting for functions of numbers: logarithms and roots of products, absolute values, largest and smallest.

Each step uses a relation of ``kernel/scalar_facts``; what must be positive for it is proved before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from hessmath.verify.fact_trees import Fact, fact
from hessmath.verify.trees import HOLE, ONE, Tree, add, mul, neg, number

Step = tuple[tuple[Any, ...], Tree, Tree]
Known = Callable[[str, Tree], bool]

REWRITTEN = frozenset("log sqrt Abs Max Min asin softplus Heaviside atan2 sign".split())
"""The functions that a law here is about."""

_HALF: Tree = ("num", "1/2")


def steps(tree: Tree, known: Known, tidy: Callable[[Tree], Tree]) -> Iterator[Step]:
    """The steps for a scalar tree; ``known`` says whether a fact can be proved, ``tidy`` writes a tree normally."""

    def positive(part: Tree) -> bool:
        return Fraction(part[1]) > 0 if part[0] == "num" else known("positive", part)

    match tree:
        case ("log", ("mul", a, *rest)) if positive(a) and positive(mul(*rest)):
            b = mul(*rest)
            yield ("log_mul", a, b), HOLE, add(("log", a), ("log", b))
        case ("log", ("div", ("num", "1"), a)) if positive(a):
            yield ("log_div", ONE, a), HOLE, neg(("log", a))
        case ("log", ("sigmoid", a)):
            yield ("log_div", ("exp", a), add(ONE, ("exp", a))), HOLE, add(a, neg(("softplus", a)))
        case ("log", ("add", ("num", "1"), ("neg", ("sigmoid", a)))):
            share = ("div", ONE, add(ONE, ("exp", a)))
            yield ("equal_args", "log", tree[1], share, ()), HOLE, ("log", share)
        case ("log", ("div", a, b)) if positive(a) and positive(b):
            yield ("log_div", a, b), HOLE, add(("log", a), neg(("log", b)))
        case ("log", ("inv", a)) if positive(a):
            yield ("log_div", ONE, a), HOLE, neg(("log", a))
        case ("log", ("pow", a, k)) if positive(a):
            yield ("log_pow", a, k), HOLE, mul(k, ("log", a))
        case ("log", ("sqrt", a)) if positive(a):
            yield ("log_pow", a, _HALF), HOLE, mul(_HALF, ("log", a))
        case ("sqrt", ("pow", a, ("num", k))) if Fraction(k) == 2:
            yield ("sqrt_square", a), HOLE, ("Abs", a)
        case ("sqrt", ("mul", a, b)) if a == b:
            yield ("sqrt_square", a), HOLE, ("Abs", a)
        case ("sqrt", ("mul", a, *rest)) if known("nonneg", a) and known("nonneg", mul(*rest)):
            b = mul(*rest)
            yield ("sqrt_mul", a, b), HOLE, mul(("sqrt", a), ("sqrt", b))
        case ("Abs", ("num", k)):
            yield (), HOLE, number(abs(Fraction(k)))
        case ("Abs", ("add", *_)) if (short := tidy(tree[1]))[0] != "add":
            yield (), HOLE, ("Abs", short)
        case ("sign", ("neg", a)):
            yield (), HOLE, neg(("sign", a))
        case ("Abs", ("neg", a)):
            yield (), HOLE, ("Abs", a)
        case ("Abs", ("mul", a, *rest)):
            b = mul(*rest)
            yield ("abs_mul", a, b), HOLE, mul(("Abs", a), ("Abs", b))
        case ("Abs", a) if a[0] != "num" and known("nonneg", a):
            yield ("abs_nonneg", a), HOLE, a
        case ("sign", ("mul", a, *rest)):
            b = mul(*rest)
            yield ("sign_mul", a, b), HOLE, mul(("sign", a), ("sign", b))
        case ("Max" | "Min" as op, a, b):
            gap = ("Abs", add(a, neg(b)))
            yield (f"{op.lower()}_abs", a, b), HOLE, ("div", add(a, b, gap if op == "Max" else neg(gap)), number(2))
        case ("Heaviside", a):
            yield ("heaviside_sign", a), HOLE, ("div", add(ONE, ("sign", a)), number(2))
        case ("softplus", ("neg", a)):
            yield ("softplus_neg", a), HOLE, add(("softplus", a), neg(a))
        case ("asin", a):
            yield ("asin_acos", a), HOLE, add(("div", ("pi",), number(2)), neg(("acos", a)))
        case ("atan2", b, a) if positive(a):
            yield ("atan2_right", b, a), HOLE, ("atan", ("div", b, a))
        case ("mul", *parts):
            yield from _signed(list(parts))


_BOUNDS: dict[str, tuple[tuple[str, Callable[..., Tree]], ...]] = {
    "exp": (("exp_tangent", lambda x: add(("exp", x), neg(add(ONE, x)))),),
    "log": (("log_tangent", lambda x: add(x, neg(ONE), neg(("log", x)))),),
    "sin": (
        ("sin_chord", lambda x: add(mul(x, x), neg(mul(("sin", x), ("sin", x))))),
        ("sin_one", lambda x: add(ONE, neg(("sin", x)))),
        ("sin_minus_one", lambda x: add(ONE, ("sin", x))),
    ),
    "tanh": (("tanh_chord", lambda x: add(mul(x, x), neg(mul(("tanh", x), ("tanh", x))))),),
    "cos": (
        ("cos_parabola", lambda x: add(("cos", x), neg(ONE), ("div", mul(x, x), number(2)))),
        ("cos_one", lambda x: add(ONE, neg(("cos", x)))),
        ("cos_minus_one", lambda x: add(ONE, ("cos", x))),
    ),
    "cosh": (("cosh_parabola", lambda x: add(("cosh", x), neg(ONE), neg(("div", mul(x, x), number(2))))),),
    "Abs": (
        ("abs_above", lambda x: add(("Abs", x), neg(x))),
        ("abs_above_minus", lambda x: add(("Abs", x), x)),
    ),
    "Max": (
        ("max_above", lambda x, y: add(("Max", x, y), neg(x))),
        ("max_above_second", lambda x, y: add(("Max", x, y), neg(y))),
    ),
    "Min": (
        ("min_below", lambda x, y: add(x, neg(("Min", x, y)))),
        ("min_below_second", lambda x, y: add(y, neg(("Min", x, y)))),
    ),
}
"""For each function the checker's inequalities about it, with the tree that is not negative."""

_POSITIVE: dict[str, tuple[tuple[str, Callable[[Tree], Tree]], ...]] = {
    "softplus": (
        ("positive_softplus", lambda x: ("softplus", x)),
        ("softplus_above", lambda x: add(("softplus", x), neg(x))),
    )
}
_BELOW = ("sin", "tanh", "atan")
"""Functions with f(x) ≤ x for x ≥ 0."""


def bounds(
    parts: Iterable[Tree], is_scalar: Callable[[Tree], bool], prove: Callable[[str, Tree], Fact | None]
) -> Iterator[Fact]:
    """The inequalities about functions of numbers among these trees."""
    scalars = [part for part in parts if part[0] in {*_BOUNDS, *_POSITIVE, *_BELOW} and is_scalar(part)]
    for op, *arguments in scalars:
        for rule, build in _BOUNDS.get(op, ()):
            if len(arguments) == (2 if op in ("Max", "Min") else 1):
                yield fact("nonneg", build(*arguments), rule, data=tuple(arguments))
        for rule, positive in _POSITIVE.get(op, ()):
            yield fact("positive", positive(*arguments), rule, data=tuple(arguments))
        if op in _BELOW:
            premise = prove("nonneg", arguments[0])
            if premise is not None:
                yield fact("nonneg", add(arguments[0], neg((op, *arguments))), f"{op}_below", premises=(premise,))
    sizes = [part[1] for part in scalars if part[0] == "Abs"]
    for whole in sizes:
        for x, y in _split(whole, sizes):
            yield fact("nonneg", add(("Abs", x), ("Abs", y), neg(("Abs", add(x, y)))), "abs_triangle", data=(x, y))


def _split(whole: Tree, sizes: list[Tree]) -> Iterator[tuple[Tree, Tree]]:
    """x + y = whole: at each plus, and with y another argument of an absolute value."""
    if whole[0] == "add":
        for k in range(2, len(whole)):
            yield add(*whole[1:k]), add(*whole[k:])
    for other in sizes:
        if other != whole:
            yield add(whole, neg(other)), other
            yield add(whole, other), neg(other)


def implied(relation: Sequence[Any]) -> list[Any]:
    """What a relation of these laws holds besides its data, so that it must be defined."""
    match list(relation):
        case ["log_mul", a, b]:
            return [["log", a], ["log", b], ["log", ["mul", a, b]]]
        case ["log_div", a, b]:
            return [["log", a], ["log", b], ["log", ["div", a, b]]]
        case ["log_pow", a, k]:
            return [["log", a], ["pow", a, k], ["log", ["pow", a, k]]]
        case ["sqrt_mul", a, b]:
            return [["sqrt", a], ["sqrt", b], ["sqrt", ["mul", a, b]]]
        case ["sqrt_square", a]:
            return [["sqrt", ["mul", a, a]]]
        case ["abs_nonneg", a]:
            return [["sqrt", a]]
        case ["asin_acos", a]:
            return [["acos", a]]
        case ["atan2_right", b, a]:
            return [["log", a], ["div", b, a], ["atan2", b, a]]
        case ["equal_args", "log", a, b, *_]:
            return [["log", a], ["log", b]]
    return []


def _signed(parts: list[Tree]) -> Iterator[Step]:
    """sign(a)·|a| = a inside a product."""
    for i, part in enumerate(parts):
        for j, other in enumerate(parts):
            if part[0] == "sign" and other[0] == "Abs" and part[1] == other[1]:
                rest = [each for k, each in enumerate(parts) if k not in (i, j)]
                yield ("sign_abs", part[1]), mul(*rest, HOLE) if rest else HOLE, mul(*rest, part[1])
                return
