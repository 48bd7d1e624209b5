"""SymPy expressions to tapes.

Numbers stay exact, integer powers become multiplications, half-integer powers square roots; equal subexpressions
share a slot.  Nothing recurses, so the depth of an expression does not matter.  The formula is lowered as it is
written; what is then done to it is the list of passes (``better_forms.STANDARD`` or ``passes.LITERAL``).
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.program.better_forms import STANDARD
from hessmath.program.passes import Pass, run_passes
from hessmath.program.tape import NamedConstant, Tape, TapeBuilder
from hessmath.program.user_functions import name_of
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


def lower(
    exprs: Any, symbols: Sequence[Any], shape: Sequence[int] | None = None, passes: Sequence[Pass] = STANDARD
) -> Tape:
    """The tape of one or many SymPy expressions.

    Parameters
    ----------
    exprs : an expression, a (possibly nested) sequence of them, or a SymPy matrix
    symbols : the inputs, in order
    shape : shape of the result; by default () for an expression, else that of the sequence or matrix
    passes : what is done to the tape as written: ``STANDARD`` looks for better forms, ``LITERAL`` does not

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
    return run_passes(builder.build(slots, natural if shape is None else shape), passes)


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
    user_defined = name_of(type(expr))
    if user_defined is not None:
        return _Plan(expr.args, _emitting(user_defined))
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
        return f"The formula contains the unknown function {kind}: define it with user_function."
    functions = {*_FUNCTIONS, *_REWRITTEN, *(kind for kind in _PLANS if issubclass(kind, sympy.Function))}
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


def _plan_mul(expr: Any) -> _Plan:
    coefficient = Fraction(1)
    top: list[Any] = []
    bottom: list[Any] = []
    for factor in expr.args:
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


def _plan_pow(expr: Any) -> _Plan:
    base, exponent = expr.args
    if _is_rational(exponent):
        return _Plan((base,), lambda builder, slots: write_power(builder, slots[0], _fraction(exponent)))
    return _Plan((base, exponent), _emitting("pow"))


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


def _plan_elliptic_e(expr: Any) -> _Plan:
    return _Plan(expr.args, _emitting("elliptic_e" if len(expr.args) == 1 else "elliptic_e_incomplete"))


def _plan_lambert(expr: Any) -> _Plan:
    if len(expr.args) == 2 and expr.args[1] != 0:
        raise InputError(f"A program has the principal branch of LambertW only, but got the branch {expr.args[1]}.")
    return _Plan(expr.args[:1], _emitting("LambertW"))


_LONGEST_BINOMIAL = 20


def _plan_binomial(expr: Any) -> _Plan:
    """n(n − 1)⋯(n − k + 1)/k! for an integer k, else 1/((n + 1) B(n − k + 1, k + 1))."""
    n, k = expr.args
    if isinstance(k, sympy.Integer) and 0 <= k <= _LONGEST_BINOMIAL:
        return _Plan((sympy.ff(n, k) / sympy.factorial(k),), _first)
    return _Plan((1 / ((n + 1) * sympy.beta(n - k + 1, k + 1)),), _first)


def _plan_beta(expr: Any) -> _Plan:
    x, y = expr.args if len(expr.args) == 2 else expr.args * 2  # B(x) is B(x, x)
    return _Plan((x, y), _emitting("beta"))


def _plan_expint(expr: Any) -> _Plan:
    order, argument = expr.args
    if order.is_Number and not (isinstance(order, sympy.Integer) and order >= 1):
        raise InputError(f"expint needs an order that is a positive integer, but got {order}.")
    return _Plan((argument,), _emitting("E1")) if order == 1 else _Plan(expr.args, _emitting("expn"))


def _plan_incomplete_gamma(expr: Any) -> _Plan:
    name = "gammainc" if isinstance(expr, sympy.lowergamma) else "gammaincc"

    def write(builder: TapeBuilder, slots: list[int]) -> int:
        return builder.emit("mul", builder.emit(name, *slots), builder.emit("gamma", slots[0]))

    return _Plan(expr.args, write)


def _plan_incomplete_beta(expr: Any) -> _Plan:
    a, b, low, high = expr.args

    def write(builder: TapeBuilder, slots: list[int]) -> int:
        part = builder.emit("betainc", slots[0], slots[1], slots[3])
        if low != 0:
            part = builder.emit("sub", part, builder.emit("betainc", *slots[:3]))
        return builder.emit("mul", part, builder.emit("beta", *slots[:2])) if isinstance(expr, sympy.betainc) else part

    return _Plan((a, b, low, high), write)


def _refuse_delta(expr: Any) -> _Plan:
    raise InputError(
        f"{expr} is a distribution, not a function: it has no values that a program could compute. "
        "Differentiate between the jumps, or replace Heaviside by a smooth step."
    )


def _plan_zeta(expr: Any) -> _Plan:
    args = expr.args if len(expr.args) == 2 else (*expr.args, sympy.Integer(1))  # ζ(s) = ζ(s, 1)
    return _Plan(args, _emitting("zeta"))


_PLANS: dict[type, Callable[[Any], _Plan]] = {
    sympy.Add: _plan_add,
    sympy.Mul: _plan_mul,
    sympy.Pow: _plan_pow,
    sympy.Piecewise: _plan_piecewise,
    sympy.Heaviside: _plan_heaviside,
    sympy.polygamma: _plan_polygamma,
    sympy.zeta: _plan_zeta,
    sympy.elliptic_e: _plan_elliptic_e,
    sympy.LambertW: _plan_lambert,
    sympy.beta: _plan_beta,
    sympy.binomial: _plan_binomial,
    sympy.expint: _plan_expint,
    sympy.lowergamma: _plan_incomplete_gamma,
    sympy.uppergamma: _plan_incomplete_gamma,
    sympy.betainc: _plan_incomplete_beta,
    sympy.betainc_regularized: _plan_incomplete_beta,
    sympy.DiracDelta: _refuse_delta,
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
    for name in (
        *("exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "atan2"),
        *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sign", "floor"),
        *("erf", "erfc", "erfi", "erfinv", "erfcinv", "fresnels", "fresnelc"),
        *("gamma", "loggamma", "Ei", "Si", "Ci", "Shi", "Chi"),
        *("besselj", "bessely", "besseli", "besselk", "airyai", "airyaiprime", "airybi", "airybiprime"),
        *("elliptic_k", "elliptic_f"),
    )
} | {sympy.Abs: "abs", sympy.Mod: "mod", sympy.ceiling: "ceil"}

_REWRITTEN: dict[type, Callable[..., Any]] = {
    sympy.sec: lambda x: 1 / sympy.cos(x),
    sympy.csc: lambda x: 1 / sympy.sin(x),
    sympy.cot: lambda x: sympy.cos(x) / sympy.sin(x),
    sympy.sech: lambda x: 1 / sympy.cosh(x),
    sympy.csch: lambda x: 1 / sympy.sinh(x),
    sympy.coth: lambda x: 1 / sympy.tanh(x),  # cosh x/sinh x is ∞/∞ for large x
    sympy.acot: lambda x: sympy.atan(1 / x),
    sympy.asec: lambda x: sympy.acos(1 / x),
    sympy.acsc: lambda x: sympy.asin(1 / x),
    sympy.asech: lambda x: sympy.acosh(1 / x),
    sympy.acsch: lambda x: sympy.asinh(1 / x),
    sympy.acoth: lambda x: sympy.atanh(1 / x),
    sympy.sinc: lambda x: sympy.Piecewise((sympy.sin(x) / x, sympy.Ne(x, 0)), (sympy.Integer(1), True)),
    sympy.frac: lambda x: x - sympy.floor(x),
    sympy.factorial: lambda x: sympy.gamma(x + 1),
    sympy.RisingFactorial: lambda x, k: sympy.gamma(x + k) / sympy.gamma(x),
    sympy.FallingFactorial: lambda x, k: sympy.gamma(x + 1) / sympy.gamma(x - k + 1),
    sympy.erf2: lambda x, y: sympy.erf(y) - sympy.erf(x),
    sympy.erf2inv: lambda x, y: sympy.erfinv(y + sympy.erf(x)),
    sympy.li: lambda x: sympy.Ei(sympy.log(x)),
    sympy.Li: lambda x: sympy.Ei(sympy.log(x)) - sympy.Ei(sympy.log(2)),
    sympy.dirichlet_eta: lambda s: (1 - 2 ** (1 - s)) * sympy.zeta(s),
    sympy.jn: lambda n, x: sympy.sqrt(sympy.pi / (2 * x)) * sympy.besselj(n + sympy.Rational(1, 2), x),
    sympy.yn: lambda n, x: sympy.sqrt(sympy.pi / (2 * x)) * sympy.bessely(n + sympy.Rational(1, 2), x),
    # a program computes with real numbers
    sympy.re: lambda x: x,
    sympy.im: lambda x: sympy.Integer(0),
    sympy.conjugate: lambda x: x,
}
