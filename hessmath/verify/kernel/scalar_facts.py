"""Relations and inequalities between functions of numbers: logarithms, roots, absolute values, largest and smallest.

The tables go on where those of ``facts`` end, in the same form; each row says why it is sound.
"""

from __future__ import annotations

from collections.abc import Callable

from hessmath.verify.kernel.facts import Rule, Schema, _f, _mul
from hessmath.verify.kernel.trees import Rejected, Tree, minus, num


def _scalars(build: Callable[..., Tree]) -> Callable[..., Tree]:
    def checked(*parts: Tree) -> Tree:
        if any(part.shape for part in parts):
            raise Rejected("this relation is about numbers")
        return build(*parts)

    return checked


def _row(count: int, build: Callable[..., Tree], why: str) -> Schema:
    return Schema(count, _scalars(build), why)


def _given(zero: Tree, witness: Tree) -> Tree:
    """An expression that vanishes wherever the witness is defined."""
    return _f("add", zero, _mul(num(0), witness))


def _half(*parts: Tree) -> Tree:
    return _f("div", _f("add", *parts), num(2))


def _right_angle() -> Tree:
    return _f("div", _f("pi"), num(2))


def _bound(build: Callable[..., Tree], why: str, *, count: int = 1, gives: str = "nonneg") -> Rule:
    """An inequality between functions of numbers: what is built from the data is nonnegative, or positive."""
    checked = _scalars(build)
    return Rule((), count, gives, lambda c, p, d: checked(*d), why)


def _below(name: str) -> Rule:
    """f(x) ≤ x for x ≥ 0."""
    checked = _scalars(lambda x: minus(x, _f(name, x)))
    return Rule(("nonneg",), 0, "nonneg", lambda c, p, d: checked(p[0]), "equal at 0, and the slope is at most 1")


SCALAR_RULES: dict[str, Rule] = {
    "exp_tangent": _bound(lambda x: minus(_f("exp", x), _f("add", num(1), x)), "exp is above its tangent at 0"),
    "log_tangent": _bound(lambda x: minus(minus(x, num(1)), _f("log", x)), "log is below its tangent at 1"),
    "sin_chord": _bound(lambda x: minus(_mul(x, x), _mul(_f("sin", x), _f("sin", x))), "|sin x| ≤ |x|, by its slope"),
    "tanh_chord": _bound(
        lambda x: minus(_mul(x, x), _mul(_f("tanh", x), _f("tanh", x))), "|tanh x| ≤ |x|, by its slope"
    ),
    "cos_parabola": _bound(
        lambda x: _f("add", minus(_f("cos", x), num(1)), _half(_mul(x, x))), "1 − cos x = 2 sin²(x/2) ≤ x²/2"
    ),
    "cosh_parabola": _bound(
        lambda x: minus(minus(_f("cosh", x), num(1)), _half(_mul(x, x))), "the other terms of the series are ≥ 0"
    ),
    "abs_above": _bound(lambda x: minus(_f("Abs", x), x), "x ≥ 0 and x < 0"),
    "abs_above_minus": _bound(lambda x: _f("add", _f("Abs", x), x), "x ≥ 0 and x < 0"),
    "abs_triangle": _bound(
        lambda x, y: minus(_f("add", _f("Abs", x), _f("Abs", y)), _f("Abs", _f("add", x, y))),
        "the triangle inequality",
        count=2,
    ),
    "max_above": _bound(lambda x, y: minus(_f("Max", x, y), x), "the largest", count=2),
    "max_above_second": _bound(lambda x, y: minus(_f("Max", x, y), y), "the largest", count=2),
    "min_below": _bound(lambda x, y: minus(x, _f("Min", x, y)), "the smallest", count=2),
    "min_below_second": _bound(lambda x, y: minus(y, _f("Min", x, y)), "the smallest", count=2),
    "sin_one": _bound(lambda x: minus(num(1), _f("sin", x)), "sin² + cos² = 1"),
    "sin_minus_one": _bound(lambda x: _f("add", num(1), _f("sin", x)), "sin² + cos² = 1"),
    "cos_one": _bound(lambda x: minus(num(1), _f("cos", x)), "sin² + cos² = 1"),
    "cos_minus_one": _bound(lambda x: _f("add", num(1), _f("cos", x)), "sin² + cos² = 1"),
    "sin_below": _below("sin"),
    "tanh_below": _below("tanh"),
    "atan_below": _below("atan"),
    "positive_softplus": _bound(lambda x: _f("softplus", x), "log of more than 1", gives="positive"),
    "softplus_above": _bound(lambda x: minus(_f("softplus", x), x), "log(1 + exp x) > log exp x", gives="positive"),
}

SCALAR_SCHEMAS: dict[str, Schema] = {
    "log_mul": _row(
        2,
        lambda x, y: minus(_f("log", _mul(x, y)), _f("add", _f("log", x), _f("log", y))),
        "exp(log x + log y) = x y for x, y > 0",
    ),
    "log_div": _row(
        2,
        lambda x, y: minus(_f("log", _f("div", x, y)), minus(_f("log", x), _f("log", y))),
        "exp(log x − log y) = x/y for x, y > 0",
    ),
    "log_pow": _row(
        2, lambda x, y: minus(_f("log", _f("pow", x, y)), _mul(y, _f("log", x))), "exp(y log x) is x**y for x > 0"
    ),
    "sqrt_mul": _row(
        2,
        lambda x, y: minus(_f("sqrt", _mul(x, y)), _mul(_f("sqrt", x), _f("sqrt", y))),
        "both are ≥ 0 with square x y, for x, y ≥ 0",
    ),
    "sqrt_square": _row(1, lambda x: minus(_f("sqrt", _mul(x, x)), _f("Abs", x)), "|x| is ≥ 0 with square x²"),
    "abs_mul": _row(2, lambda x, y: minus(_f("Abs", _mul(x, y)), _mul(_f("Abs", x), _f("Abs", y))), "four signs"),
    "abs_nonneg": _row(1, lambda x: _given(minus(_f("Abs", x), x), _f("sqrt", x)), "x ≥ 0 where its root is defined"),
    "sign_abs": _row(1, lambda x: minus(_mul(_f("sign", x), _f("Abs", x)), x), "x > 0, x = 0, x < 0"),
    "sign_mul": _row(2, lambda x, y: minus(_f("sign", _mul(x, y)), _mul(_f("sign", x), _f("sign", y))), "nine cases"),
    "max_abs": _row(2, lambda x, y: minus(_f("Max", x, y), _half(x, y, _f("Abs", minus(x, y)))), "x ≥ y and x < y"),
    "min_abs": _row(
        2, lambda x, y: minus(_f("Min", x, y), _half(x, y, _f("neg", _f("Abs", minus(x, y))))), "x ≥ y and x < y"
    ),
    "heaviside_sign": _row(1, lambda x: minus(_f("Heaviside", x), _half(num(1), _f("sign", x))), "H(0) = 1/2"),
    "softplus_neg": _row(
        1,
        lambda x: _f("add", minus(_f("softplus", _f("neg", x)), _f("softplus", x)), x),
        "1 + exp(−x) = exp(−x)(1 + exp(x))",
    ),
    "asin_acos": _row(
        1, lambda x: minus(_f("add", _f("asin", x), _f("acos", x)), _right_angle()), "complementary angles"
    ),
    "atan2_right": _row(
        2,
        lambda y, x: _given(minus(_f("atan2", y, x), _f("atan", _f("div", y, x))), _f("log", x)),
        "the right half-plane, where log x is defined",
    ),
}
