"""SymPy expressions to tapes.

Numbers stay exact, integer powers become multiplications, half-integer powers square roots; equal subexpressions
share a slot.  Nothing recurses, so the depth of an expression does not matter.  Four patterns are lowered to
primitives that are accurate where the formula as written overflows or cancels: 1/(1 + eᵘ), log(1 + eᵘ), log(1 + u)
and eᵘ − 1.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.program.passes import clean
from hessmath.program.tape import NamedConstant, Tape, TapeBuilder
from hessmath.program.writing import (
    write_all,
    write_any,
    write_cases,
    write_extreme,
    write_not,
    write_polygamma,
    write_power,
    write_product,
    write_relation,
    write_sum,
)

Writer = Callable[[TapeBuilder, list[int]], int]


def lower(exprs: Any, symbols: Sequence[Any], shape: Sequence[int] | None = None) -> Tape:
    """The tape of one or many SymPy expressions.

    Parameters
    ----------
    exprs : an expression, a (possibly nested) sequence of them, or a SymPy matrix
    symbols : the inputs, in order
    shape : shape of the result; by default () for an expression, else that of the sequence or matrix

    Raises
    ------
    InputError
        If a symbol is not among ``symbols``, or the expression has a function or construct without a primitive.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> print(lower(x**3 - y / 2, [x, y]))
    0  x
    1  y
    2  mul 0 0
    3  mul 0 2
    4  1/2
    5  mul 1 4
    6  sub 3 5
    → 6
    """
    flat, natural = _flatten(exprs)
    symbols = [_known(symbol) for symbol in symbols]
    builder = TapeBuilder(_names(symbols))
    slots = _write_all(builder, [_known(e) for e in flat], {s: i for i, s in enumerate(symbols)})
    return clean(builder.build(slots, natural if shape is None else shape))


def _flatten(exprs: Any) -> tuple[list[Any], tuple[int, ...]]:
    """The expressions row by row, and their shape."""
    if isinstance(exprs, sympy.MatrixBase | sympy.NDimArray):
        return list(exprs.flat() if isinstance(exprs, sympy.MatrixBase) else sympy.flatten(exprs)), tuple(exprs.shape)
    if not isinstance(exprs, Iterable) or isinstance(exprs, str | sympy.Basic):
        return [exprs], ()
    parts = [_flatten(e) for e in exprs]
    if len({inner for _, inner in parts}) > 1:
        raise InputError("The rows of expressions have different lengths; lower needs a rectangular array.")
    inner = parts[0][1] if parts else ()
    return [e for flat, _ in parts for e in flat], (len(parts), *inner)


def _known(value: Any) -> Any:
    """A SymPy object; Python numbers are converted exactly, text is refused."""
    if isinstance(value, sympy.Basic):
        return value
    if isinstance(value, numbers.Rational) and not isinstance(value, bool):
        return sympy.Rational(int(value.numerator), int(value.denominator))
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise InputError(f"A program needs finite numbers, but got {value}.")
        return sympy.Rational(*value.as_integer_ratio())
    raise InputError(f"lower needs SymPy expressions or numbers, but got {value!r}.")


def _names(symbols: Sequence[Any]) -> list[str]:
    """The symbols' names, numbered where two symbols print alike."""
    names: dict[str, None] = {}
    for symbol in symbols:
        name, k = str(symbol), 1
        while name in names:
            name, k = f"{symbol}_{k}", k + 1
        names[name] = None
    if len(set(symbols)) != len(symbols):
        raise InputError(f"The inputs of a program must differ, but got {', '.join(map(str, symbols))}.")
    return list(names)


@dataclass(frozen=True)
class _Plan:
    """How one expression is written: from which others, and with what."""

    children: tuple[Any, ...]
    write: Writer


def _write_all(builder: TapeBuilder, exprs: Sequence[Any], inputs: dict[Any, int]) -> list[int]:
    """The slots of the expressions; children before parents, on an explicit stack."""
    kinds = {type(symbol) for symbol in inputs}
    slots: dict[int, int] = {}  # by identity: comparing deep expressions would recurse
    plans: dict[int, _Plan] = {}
    kept: list[Any] = list(exprs)  # so that no identity is reused
    stack = list(reversed(kept))
    while stack:
        expr = stack[-1]
        key = id(expr)
        if key in slots:
            stack.pop()
            continue
        if type(expr) in kinds and expr in inputs:
            slots[key] = inputs[expr]
            continue
        if key not in plans:
            plans[key] = _plan(expr, inputs)
            kept.extend(plans[key].children)
        plan = plans[key]
        missing = [child for child in plan.children if id(child) not in slots]
        if missing:
            stack.extend(reversed(missing))
            continue
        slots[key] = plan.write(builder, [slots[id(child)] for child in plan.children])
    return [slots[id(expr)] for expr in exprs]


def _emitting(name: str) -> Writer:
    return lambda builder, slots: builder.emit(name, *slots)


def _first(_builder: TapeBuilder, slots: list[int]) -> int:
    return slots[0]


# ---- one plan for each kind of expression -----------------------------------------------------------


def _plan(expr: Any, inputs: dict[Any, int]) -> _Plan:
    if isinstance(expr, sympy.Symbol):
        raise InputError(_unknown_symbol(expr, inputs))
    if isinstance(expr, sympy.Number | sympy.NumberSymbol):
        return _plan_number(expr)
    for kind, plan in _PLANS.items():
        if isinstance(expr, kind):
            return plan(expr)
    name = _FUNCTIONS.get(type(expr))
    if name is not None:
        return _Plan(expr.args, _emitting(name))
    rewriting = _REWRITTEN.get(type(expr))
    if rewriting is not None:
        return _Plan((rewriting(*expr.args),), _first)
    raise InputError(_cannot_lower(expr))


def _unknown_symbol(symbol: Any, inputs: dict[Any, int]) -> str:
    if any(str(known) == str(symbol) for known in inputs):
        return (
            f"The formula's symbol {symbol} has other assumptions than the variable {symbol}: use one Symbol for both."
        )
    known = f"the variables are {', '.join(map(str, inputs))}" if inputs else "there are no variables"
    return f"The formula contains {symbol}, but {known}."


def _cannot_lower(expr: Any) -> str:
    kind = type(expr).__name__
    if isinstance(expr, sympy.Sum | sympy.Product | sympy.Integral | sympy.Derivative | sympy.Limit | sympy.Subs):
        return f"A program cannot hold an unevaluated {kind}: call .doit() so that it is written out."
    if expr in (sympy.I, sympy.zoo) or expr is sympy.nan:
        return f"A program computes with real numbers, but the formula contains {expr}."
    if isinstance(expr, sympy.core.function.AppliedUndef):
        return f"The formula contains the unknown function {kind}."
    functions = {*_FUNCTIONS, *_REWRITTEN, *(kind for kind in _PLANS if issubclass(kind, sympy.Function))} - {_Sigmoid}
    known = ", ".join(sorted((function.__name__ for function in functions), key=str.lower))
    return f"No primitive computes {kind}. Known functions are {known}."


def _plan_number(expr: Any) -> _Plan:
    if expr is sympy.pi or expr is sympy.E:
        named = NamedConstant.PI if expr is sympy.pi else NamedConstant.E
        return _Plan((), lambda builder, _: builder.constant(named))
    if isinstance(expr, sympy.NumberSymbol):
        expanded = expr.expand(func=True)
        if expanded == expr:
            raise InputError(f"A program has no constant {expr}; pi and E are the named ones.")
        return _Plan((expanded,), _first)
    exact = _fraction(expr)
    return _Plan((), lambda builder, _: builder.constant(exact))


def _fraction(number: Any) -> Fraction:
    """The exact value of a SymPy number; a Float means its binary value."""
    if isinstance(number, sympy.Rational) and number.is_finite:
        return Fraction(int(number.p), int(number.q))
    if isinstance(number, sympy.Float) and number.is_finite:
        sign, mantissa, exponent, _ = number._mpf_
        return Fraction(-int(mantissa) if sign else int(mantissa)) * Fraction(2) ** int(exponent)
    raise InputError(f"A program needs finite numbers, but the formula contains {number}.")


def _is_rational(expr: Any) -> bool:
    return isinstance(expr, sympy.Number) and bool(expr.is_finite)


def _plan_add(expr: Any) -> _Plan:
    args = expr.args
    if len(args) == 2 and args[0] is sympy.S.NegativeOne and isinstance(args[1], sympy.exp):
        return _Plan(args[1].args, _emitting("expm1"))
    positive, negative = [], []
    for term in args:
        number = term.args[0] if term.is_Mul else term
        if _is_rational(number) and number.is_negative:
            is_minus = number is sympy.S.NegativeOne and len(term.args) == 2  # −y: no need to build y anew
            negative.append(term.args[1] if is_minus else -term)
        else:
            positive.append(term)
    k = len(positive)
    return _Plan((*positive, *negative), lambda builder, slots: write_sum(builder, slots[:k], slots[k:]))


def _logistic(base: Any) -> Any:
    """The u of 1 + eᵘ, or None."""
    if (
        isinstance(base, sympy.Add)
        and len(base.args) == 2
        and base.args[0] == 1
        and isinstance(base.args[1], sympy.exp)
    ):
        return base.args[1].args[0]
    return None


class _Sigmoid(sympy.Function):
    """1/(1 + e⁻ᵘ), while it waits to be written."""

    nargs = 1


def _plan_mul(expr: Any) -> _Plan:
    coefficient = Fraction(1)
    top: list[Any] = []
    bottom: list[Any] = []
    for factor in _with_sigmoids(expr.args):
        base, exponent = factor.as_base_exp() if isinstance(factor, sympy.Pow) else (factor, sympy.Integer(1))
        if _is_rational(factor):
            coefficient *= _fraction(factor)
        elif _is_rational(exponent) and exponent < 0:
            bottom.append(base**-exponent)
        else:
            top.append(factor)
    k = len(top)

    def write(builder: TapeBuilder, slots: list[int]) -> int:
        product = write_product(builder, slots[:k]) if k else builder.constant(coefficient)
        if coefficient != 1 and k:
            product = builder.emit("mul", product, builder.constant(coefficient))
        return builder.emit("div", product, write_product(builder, slots[k:])) if slots[k:] else product

    return _Plan((*top, *bottom), write)


def _with_sigmoids(factors: Sequence[Any]) -> list[Any]:
    """The factors with (1 + eᵘ)⁻ᵏ written by sigmoids: eᵘ/(1 + eᵘ) is σ(u) and 1/(1 + eᵘ) is σ(−u)."""
    factors = list(factors)
    for i, factor in enumerate(factors):
        base, exponent = factor.as_base_exp() if isinstance(factor, sympy.Pow) else (factor, None)
        u = _logistic(base)
        if u is None or not (isinstance(exponent, sympy.Integer) and exponent < 0):
            continue
        k = int(-exponent)
        growing = 0
        for j, other in enumerate(factors):
            if isinstance(other, sympy.exp):
                ratio = other.args[0] / u
                if isinstance(ratio, sympy.Integer) and 0 < ratio <= k:
                    growing, factors[j] = int(ratio), sympy.Integer(1)
        factors[i] = _Sigmoid(u) ** growing
        factors.append(_Sigmoid(-u) ** (k - growing))
    return factors


def _plan_pow(expr: Any) -> _Plan:
    base, exponent = expr.args
    u = _logistic(base)
    if u is not None and isinstance(exponent, sympy.Integer) and exponent < 0:
        return _Plan((_Sigmoid(-u),), lambda builder, slots: write_power(builder, slots[0], -_fraction(exponent)))
    if _is_rational(exponent):
        return _Plan((base,), lambda builder, slots: write_power(builder, slots[0], _fraction(exponent)))
    return _Plan((base, exponent), _emitting("pow"))


def _plan_log(expr: Any) -> _Plan:
    (argument,) = expr.args
    u = _logistic(argument)
    if u is not None:
        return _Plan((u,), _emitting("softplus"))
    if isinstance(argument, sympy.Add) and argument.args[0] == 1:
        return _Plan((sympy.Add(*argument.args[1:]),), _emitting("log1p"))
    return _Plan((argument,), _emitting("log"))


def _plan_piecewise(expr: Any) -> _Plan:
    k = len(expr.args)
    values = [value for value, _ in expr.args]
    conditions = [condition for _, condition in expr.args]
    return _Plan((*values, *conditions), lambda builder, slots: write_cases(builder, slots[:k], slots[k:]))


def _plan_relation(expr: Any) -> _Plan:
    name = _RELATIONS[type(expr)]
    return _Plan(expr.args, lambda builder, slots: write_relation(builder, name, *slots))


def _plan_truth(expr: Any) -> _Plan:
    return _Plan((), lambda builder, _: builder.constant(1 if expr is sympy.true else 0))


def _plan_heaviside(expr: Any) -> _Plan:
    argument, at_zero = expr.args

    def write(builder: TapeBuilder, slots: list[int]) -> int:
        step = builder.emit("heaviside", slots[0])
        if at_zero == sympy.Rational(1, 2):
            return step
        return builder.emit("select", builder.emit("eq", slots[0], builder.constant(0)), slots[1], step)

    return _Plan((argument, at_zero), write)


def _plan_polygamma(expr: Any) -> _Plan:
    n, argument = expr.args
    if not (isinstance(n, sympy.Integer) and 0 <= n <= 100):
        raise InputError(f"polygamma needs an order from 0 to 100, but got {n}.")
    return _Plan((argument,), lambda builder, slots: write_polygamma(builder, int(n), slots[0]))


def _plan_zeta(expr: Any) -> _Plan:
    args = expr.args if len(expr.args) == 2 else (*expr.args, sympy.Integer(1))  # ζ(s) = ζ(s, 1)
    return _Plan(args, _emitting("zeta"))


_PLANS: dict[type, Callable[[Any], _Plan]] = {
    sympy.Add: _plan_add,
    sympy.Mul: _plan_mul,
    sympy.Pow: _plan_pow,
    sympy.log: _plan_log,
    sympy.Piecewise: _plan_piecewise,
    sympy.Heaviside: _plan_heaviside,
    sympy.polygamma: _plan_polygamma,
    sympy.zeta: _plan_zeta,
    sympy.Min: lambda e: _Plan(e.args, lambda builder, slots: write_extreme(builder, "min", slots)),
    sympy.Max: lambda e: _Plan(e.args, lambda builder, slots: write_extreme(builder, "max", slots)),
    sympy.core.relational.Relational: _plan_relation,
    sympy.And: lambda e: _Plan(e.args, write_all),
    sympy.Or: lambda e: _Plan(e.args, write_any),
    sympy.Not: lambda e: _Plan(e.args, lambda builder, slots: write_not(builder, slots[0])),
    sympy.logic.boolalg.BooleanAtom: _plan_truth,
    sympy.ITE: lambda e: _Plan(e.args, _emitting("select")),
}

_RELATIONS: dict[type, str] = {
    sympy.StrictLessThan: "lt",
    sympy.LessThan: "le",
    sympy.StrictGreaterThan: "gt",
    sympy.GreaterThan: "ge",
    sympy.Equality: "eq",
    sympy.Unequality: "ne",
}

_FUNCTIONS: dict[type, str] = {
    getattr(sympy, name): name
    for name in [
        "exp",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "atan2",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
        "erf",
        "sign",
        "loggamma",
    ]
} | {sympy.Abs: "abs", _Sigmoid: "sigmoid"}

_REWRITTEN: dict[type, Callable[..., Any]] = {
    sympy.sec: lambda x: 1 / sympy.cos(x),
    sympy.csc: lambda x: 1 / sympy.sin(x),
    sympy.cot: lambda x: sympy.cos(x) / sympy.sin(x),
    sympy.sech: lambda x: 1 / sympy.cosh(x),
    sympy.csch: lambda x: 1 / sympy.sinh(x),
    sympy.coth: lambda x: sympy.cosh(x) / sympy.sinh(x),
    sympy.acot: lambda x: sympy.atan(1 / x),
    sympy.asec: lambda x: sympy.acos(1 / x),
    sympy.acsc: lambda x: sympy.asin(1 / x),
    sympy.asech: lambda x: sympy.acosh(1 / x),
    sympy.acsch: lambda x: sympy.asinh(1 / x),
    sympy.acoth: lambda x: sympy.atanh(1 / x),
    sympy.erfc: lambda x: 1 - sympy.erf(x),
    sympy.sinc: lambda x: sympy.Piecewise((sympy.sin(x) / x, sympy.Ne(x, 0)), (sympy.Integer(1), True)),
}
