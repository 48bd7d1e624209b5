"""Value, gradient and Hessian of a straight-line program over a box, enclosed in balls.

Every instruction is pushed through Taylor's rules of second order, so that no derivative comes from the search:
    (uv)″ = u″v + u′v′ᵀ + v′u′ᵀ + uv″  and  φ(u)″ = φ′(u) u″ + φ″(u) u′u′ᵀ.
What is returned is rigorous when python-flint's balls are.  Every instruction must be twice continuously
differentiable on the whole box: the operand of sqrt or log is positive, kinks and case distinctions are decided to one
side, and anything else is ``Rejected``.  Only this file of the checker needs python-flint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from hessmath.verify.kernel.trees import Rejected

Ball = Any
Instruction = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Jet:
    """A value with its derivatives of first and second order; what is left out is 0, and i ≤ j in ``curves``."""

    value: Ball
    slopes: dict[int, Ball] = field(default_factory=dict)
    curves: dict[tuple[int, int], Ball] = field(default_factory=dict)

    def __add__(self, other: Jet) -> Jet:
        small, large = (self, other) if len(self.curves) < len(other.curves) else (other, self)
        slopes, curves = dict(large.slopes), dict(large.curves)
        for i, s in small.slopes.items():
            slopes[i] = slopes[i] + s if i in slopes else s
        for ij, c in small.curves.items():
            curves[ij] = curves[ij] + c if ij in curves else c
        return Jet(self.value + other.value, slopes, curves)

    def scaled(self, factor: Ball) -> Jet:
        """A constant times this."""
        return Jet(
            factor * self.value,
            {i: factor * s for i, s in self.slopes.items()},
            {ij: factor * c for ij, c in self.curves.items()},
        )

    def __sub__(self, other: Jet) -> Jet:
        return self + other.scaled(arb(-1))

    def __mul__(self, other: Jet) -> Jet:
        if not other.slopes:
            return self.scaled(other.value)
        if not self.slopes:
            return other.scaled(self.value)
        u, v = self.value, other.value
        found = Jet(arb(0), self.slopes, self.curves).scaled(v) + Jet(arb(0), other.slopes, other.curves).scaled(u)
        curves = found.curves
        for i, s in self.slopes.items():
            for j, t in other.slopes.items():
                ij = (i, j) if i <= j else (j, i)
                product = 2 * s * t if i == j else s * t
                curves[ij] = curves[ij] + product if ij in curves else product
        return Jet(u * v, found.slopes, curves)

    def through(self, value: Ball, first: Ball, second: Ball) -> Jet:
        """φ(u) for φ, φ′ and φ″ over u."""
        curves = {ij: first * c for ij, c in self.curves.items()}
        slopes = list(self.slopes.items())
        for k, (i, s) in enumerate(slopes):
            bent = second * s
            for j, t in slopes[k:]:
                ij = (i, j) if i <= j else (j, i)
                product = bent * t
                curves[ij] = curves[ij] + product if ij in curves else product
        return Jet(value, {i: first * s for i, s in slopes}, curves)


def number(value: Fraction) -> Ball:
    """A ball around a rational."""
    return arb(fmpq(value.numerator, value.denominator))


def variable(value: Ball, i: int) -> Jet:
    """The i-th coordinate."""
    return Jet(value, {i: arb(1)})


# ------------------------------------------------------------------------------------- functions of one argument
Derivatives = tuple[Ball, Ball, Ball]


def _root(x: Ball) -> Derivatives:
    s = x.sqrt()
    return s, 1 / (2 * s), -1 / (4 * s * x)


def _arc(value: Ball, sign: int, under: Ball, x: Ball) -> Derivatives:
    """Values whose derivative is ±1/√under, under = 1 − x²."""
    s = under.sqrt()
    return value, sign / s, sign * x / (under * s)


def _sigmoid(x: Ball) -> Derivatives:
    s = 1 / (1 + (-x).exp())
    slope = s / (1 + x.exp())  # s(1 − s)
    return s, slope, slope * (1 - 2 * s)


def _softplus(x: Ball) -> Derivatives:
    s, slope, _ = _sigmoid(x)
    value = x + (-x).exp().log1p() if x > 0 else x.exp().log1p()
    return value, s, slope


def _tan(x: Ball) -> Derivatives:
    t = x.tan()
    return t, 1 + t * t, 2 * t * (1 + t * t)


def _tanh(x: Ball) -> Derivatives:
    t, slope = x.tanh(), 1 / x.cosh() ** 2
    return t, slope, -2 * t * slope


def _atan(x: Ball) -> Derivatives:
    d = 1 + x * x
    return x.atan(), 1 / d, -2 * x / (d * d)


def _atanh(x: Ball) -> Derivatives:
    d = 1 - x * x
    return x.atanh(), 1 / d, 2 * x / (d * d)


def _asinh(x: Ball) -> Derivatives:
    d = 1 + x * x
    return x.asinh(), 1 / d.sqrt(), -x / (d * d.sqrt())


def _acosh(x: Ball) -> Derivatives:
    d = x * x - 1
    return x.acosh(), 1 / d.sqrt(), -x / (d * d.sqrt())


def _erf(value: Ball, sign: int, x: Ball) -> Derivatives:
    slope = sign * 2 / arb.pi().sqrt() * (-x * x).exp()
    return value, slope, -2 * x * slope


def _reciprocal(x: Ball) -> Derivatives:
    r = 1 / x
    return r, -r * r, 2 * r * r * r


UNARY: dict[str, Callable[[Ball], Derivatives]] = {
    "neg": lambda x: (-x, arb(-1), arb(0)),
    "sqrt": _root,
    "sqrt1pm1": lambda x: ((1 + x).sqrt() - 1, *_root(1 + x)[1:]),
    "exp": lambda x: (x.exp(),) * 3,
    "expm1": lambda x: (x.expm1(), x.exp(), x.exp()),
    "log": lambda x: (x.log(), 1 / x, -1 / (x * x)),
    "log1p": lambda x: (x.log1p(), 1 / (1 + x), -1 / (1 + x) ** 2),
    "sin": lambda x: (x.sin(), x.cos(), -x.sin()),
    "cos": lambda x: (x.cos(), -x.sin(), -x.cos()),
    "cosm1": lambda x: (-2 * (x / 2).sin() ** 2, -x.sin(), -x.cos()),
    "tan": _tan,
    "asin": lambda x: _arc(x.asin(), 1, 1 - x * x, x),
    "acos": lambda x: _arc(x.acos(), -1, 1 - x * x, x),
    "atan": _atan,
    "sinh": lambda x: (x.sinh(), x.cosh(), x.sinh()),
    "cosh": lambda x: (x.cosh(), x.sinh(), x.cosh()),
    "tanh": _tanh,
    "asinh": _asinh,
    "acosh": _acosh,
    "atanh": _atanh,
    "erf": lambda x: _erf(x.erf(), 1, x),
    "erfc": lambda x: _erf(x.erfc(), -1, x),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
}
"""φ, φ′, φ″ over a ball; what is not finite there is rejected, so that no domain has to be stated twice."""

POSITIVE = {"sqrt": 0, "log": 0, "sqrt1pm1": -1, "log1p": -1, "acosh": 1}
"""The argument must exceed this bound when it is not constant."""


def _unary(name: str, u: Jet) -> Jet:
    if name in ("abs", "sign", "heaviside"):
        side = _side(name, u)
        if name == "abs":
            return u.scaled(arb(side))
        return Jet(arb(side) if name == "sign" else arb(max(side, 0)))
    if u.slopes and name in POSITIVE and not u.value > POSITIVE[name]:
        raise Rejected(f"the argument of {name} is not shown to stay above {POSITIVE[name]} in the box")
    if not u.slopes:
        if name == "sqrt":
            return Jet(u.value.sqrt())
        return Jet(UNARY[name](u.value)[0])
    return u.through(*UNARY[name](u.value))


def _side(name: str, u: Jet) -> int:
    if u.value > 0:
        return 1
    if u.value < 0:
        return -1
    raise Rejected(f"{name} in the formula has a kink or a jump that the box is not shown to avoid")


# ------------------------------------------------------------------------------------ functions of two arguments
def _power(u: Jet, v: Jet) -> Jet:
    if not v.slopes and v.value.is_integer():
        n, x = int(v.value.unique_fmpz()), u.value
        if abs(n) > 10**6:
            raise Rejected("an exponent is too large")
        first = n * x ** (n - 1) if n else arb(0)
        second = n * (n - 1) * x ** (n - 2) if n not in (0, 1) else arb(0)
        return u.through(x**n, first, second)
    if not u.value > 0:
        raise Rejected("the base of a power is not shown to be positive in the box")
    return _unary("exp", v * _unary("log", u))


def _atan2(y: Jet, x: Jet) -> Jet:
    if x.value > 0:
        return _unary("atan", y * x.through(*_reciprocal(x.value)))
    if y.value > 0 or y.value < 0:
        quarter = Jet(arb.pi() / 2 if y.value > 0 else -arb.pi() / 2)
        return quarter - _unary("atan", x * y.through(*_reciprocal(y.value)))
    raise Rejected("atan2 in the formula has a jump that the box is not shown to avoid")


def _relation(name: str, u: Jet, v: Jet) -> Jet:
    less = _side(name, v - u) > 0
    return Jet(arb(int(less and name != "eq")))


BINARY: dict[str, Callable[[Jet, Jet], Jet]] = {
    "add": lambda u, v: u + v,
    "sub": lambda u, v: u - v,
    "mul": lambda u, v: u * v,
    "div": lambda u, v: u * v.through(*_reciprocal(v.value)),
    "pow": _power,
    "hypot": lambda u, v: _unary("sqrt", u * u + v * v),
    "logaddexp": lambda u, v: u + _unary("softplus", v - u),
    "atan2": _atan2,
    "min": lambda u, v: v if _side("min", u - v) > 0 else u,
    "max": lambda u, v: u if _side("max", u - v) > 0 else v,
    "lt": lambda u, v: _relation("lt", u, v),
    "le": lambda u, v: _relation("le", u, v),
    "eq": lambda u, v: _relation("eq", u, v),
}

NAMED = {"pi": arb.pi, "E": arb.const_e}

ARITY = {**dict.fromkeys(UNARY, 1), "abs": 1, "sign": 1, "heaviside": 1, **dict.fromkeys(BINARY, 2), "select": 3}
"""Every operation with its number of operands."""


def run(program: Sequence[Instruction], box: Sequence[Ball], output: int) -> Jet:
    """The jet of slot ``output``; slots are the variables, then one for each instruction."""
    slots = [variable(ball, i) for i, ball in enumerate(box)]
    for name, operands in program:
        if name == "constant":
            (value,) = operands
            jet = Jet(NAMED[value]() if isinstance(value, str) else number(value))
        elif name == "select":
            test, yes, no = (slots[k] for k in operands)
            if test.slopes or not test.value.is_exact():
                raise Rejected("a case distinction is not decided in the box")
            jet = no if test.value.is_zero() else yes
        elif len(operands) == 1:
            jet = _unary(name, slots[operands[0]])
        else:
            jet = BINARY[name](slots[operands[0]], slots[operands[1]])
        if not jet.value.is_finite():
            raise Rejected(f"{name} may be undefined in the box")
        slots.append(jet)
    found = slots[output]
    if not all(ball.is_finite() for ball in (*found.slopes.values(), *found.curves.values())):
        raise Rejected("a derivative is not shown to be finite in the box")
    return found


def precision(bits: int) -> Any:
    """A context in which balls have so many bits."""
    return ctx.workprec(bits)
