"""Whether two expressions are one function on a domain.

Right means proved (``hessmath.symbolic.identities``), wrong means that balls around both values at one exact point do
not meet, or that the answer is undefined around a point where the truth is defined.  Between the two: only sampled,
with the bound of Schwartz and Zippel, for polynomials too large to write out; otherwise not decided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import sympy

from hessmath.grading.grade import Judgement, Message, Verdict
from hessmath.symbolic.identities import agree
from hessmath.symbolic.normal import is_formally_zero
from hessmath.symbolic.point_values import Lack, value_at

POINTS = 14
"""How many rational points are looked at for a difference before a proof is tried."""

MORE_POINTS = 60
"""How many when no proof was found."""

PRIME = (1 << 61) - 1

RIGHT = Judgement(Verdict.RIGHT, Fraction(1))


def equal(answer: sympy.Expr, truth: sympy.Expr, variables: Sequence[sympy.Symbol], domain: str = "real") -> Judgement:
    """Whether the answer equals the truth wherever the truth is defined on the domain.

    Parameters
    ----------
    variables : the declared symbols
    domain : "real", "positive" or "complex"

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> equal(sympy.sin(2*x), 2*sympy.sin(x)*sympy.cos(x), [x]).verdict
    <Verdict.RIGHT: 'proved right'>
    >>> dict(equal(sympy.sqrt(x**2), x, [x]).where)
    {'x': '-3/2'}
    """
    answer, truth = sympy.sympify(answer, strict=True), sympy.sympify(truth, strict=True)  # never text
    if answer == truth:
        return RIGHT
    if answer.has(sympy.oo, -sympy.oo, sympy.zoo, sympy.nan) or truth.has(sympy.oo, -sympy.oo):
        return _wrong("differs", {})
    free = sorted(answer.free_symbols | truth.free_symbols, key=str)
    first = points(free, domain, POINTS)
    refuted = _refuted(answer, truth, free, domain, first, 64) or _refuted_at_exponents(answer, truth, free, domain)
    if refuted is not None:
        return refuted
    if agree(answer, truth, domain=domain) or _same_when_cleared(answer, truth):
        return RIGHT
    further = [*points(free, domain, MORE_POINTS), *_beside_kinks(answer, truth, free, domain)]
    refuted = _refuted(answer, truth, free, domain, further, 256)
    if refuted is not None:
        return refuted
    bound = _sampled(answer - truth)
    if bound is not None:
        return Judgement(Verdict.SAMPLED, Fraction(1), (Message("only_sampled"),), error_bound=bound)
    return Judgement(Verdict.UNDECIDED)


def equal_up_to_constant(
    answer: sympy.Expr, truth: sympy.Expr, variables: Sequence[sympy.Symbol], domain: str = "real"
) -> Judgement:
    """Whether answer − truth is constant on each piece of the domain: the derivative of the difference is 0."""
    worst = RIGHT
    for variable in variables:
        slope, right = answer.diff(variable), truth.diff(variable)
        if is_formally_zero(slope - right, domain=domain, defined=(answer, truth)):
            continue
        judgement = equal(slope, right, variables, domain)
        if judgement.verdict is Verdict.WRONG:
            message = Message("derivative_differs", {"variable": str(variable), **_fields(judgement.where)})
            return Judgement(Verdict.WRONG, messages=(message,), where=judgement.where)
        if judgement.verdict is not Verdict.RIGHT:
            worst = judgement
    return worst


def _wrong(key: str, where: Mapping[str, str]) -> Judgement:
    return Judgement(Verdict.WRONG, messages=(Message(key, _fields(where)),), where=where)


def _fields(where: Mapping[str, str]) -> dict[str, str]:
    return {"point": ", ".join(f"{name} = {value}" for name, value in where.items())} if where else {}


MAX_OPERATIONS = 200
"""Largest difference whose denominators are cleared."""


def _same_when_cleared(answer: sympy.Expr, truth: sympy.Expr) -> bool:
    """Whether the difference, over one denominator, has numerator 0: (x − 1)(x + 1)/√(x² − 1) is √(x² − 1)."""
    powers = [p for e in (answer, truth) for p in e.atoms(sympy.Pow) if p.exp.is_Rational]
    if sympy.count_ops(answer) + sympy.count_ops(truth) > MAX_OPERATIONS or any(abs(p.exp) > 8 for p in powers):
        return False
    if not _where_defined(answer) <= _where_defined(truth):
        return False
    return bool(sympy.expand(sympy.fraction(sympy.together(answer - truth))[0]) == 0)


def _where_defined(expr: sympy.Expr) -> set[Any]:
    """The parts of an expression that may be undefined on more than a few points."""
    roots = {p.base if p.exp.is_Rational else p for p in expr.atoms(sympy.Pow) if not p.exp.is_Integer}
    return roots | set(expr.atoms(sympy.Function))


# ---- points -----------------------------------------------------------------------------------------------


def _refuted(
    answer: sympy.Expr,
    truth: sympy.Expr,
    free: Sequence[sympy.Symbol],
    domain: str,
    places: Iterable[Mapping[sympy.Symbol, sympy.Expr]],
    bits: int,
) -> Judgement | None:
    """Wrong, if one of the points shows it."""
    complex_numbers = domain == "complex"
    for point in places:
        right = value_at(truth, point, bits, complex_numbers=complex_numbers)
        if isinstance(right, Lack):
            continue
        given = value_at(answer, point, bits, complex_numbers=complex_numbers)
        where = {str(name): str(value) for name, value in point.items()}
        if given is Lack.UNDEFINED:
            return _wrong("undefined_at_point" if where else "undefined", where)
        if not isinstance(given, Lack) and not given.overlaps(right):
            return _wrong("differs_at_point" if where else "differs", where)
    return None


def _refuted_at_exponents(
    answer: sympy.Expr, truth: sympy.Expr, free: Sequence[sympy.Symbol], domain: str
) -> Judgement | None:
    """(aᵇ)ᶜ and aᵇᶜ agree for a > 0, but differ at a = −1, b = 2, c = 1/2: powers with variable exponents."""
    if domain != "real" or not 0 < len(free) < 5:
        return None
    powers = [p for e in (answer, truth) for p in e.atoms(sympy.Pow) if p.exp.free_symbols]
    several = len(free) > 1 and any(p.base.free_symbols for p in powers)
    if not several and not any(p.base.is_negative and not p.base.free_symbols for p in powers):
        return None
    for numbers in product(_EXPONENTS, repeat=len(free)):
        point = dict(zip(free, numbers, strict=True))
        right = value_at(truth, point, isolated=True)
        given = value_at(answer, point, isolated=True)
        if not isinstance(right, Lack) and not isinstance(given, Lack) and not given.overlaps(right):
            return _wrong("differs_at_point", {str(name): str(value) for name, value in point.items()})
    return None


def _beside_kinks(
    answer: sympy.Expr, truth: sympy.Expr, free: Sequence[sympy.Symbol], domain: str
) -> Iterator[dict[sympy.Symbol, sympy.Expr]]:
    """Points on both sides of where an absolute value has its corner: |x + 1000| is 1000 + x near the usual points."""
    nodes = sorted(answer.atoms(*_CORNERS) | truth.atoms(*_CORNERS), key=str)[:MAX_CORNERS]
    for name, inside in product(free, (node.args[0] for node in nodes)):
        slope = inside.diff(name)
        if not slope.is_Rational or slope == 0:
            continue
        (others,) = points([other for other in free if other != name], domain, 1)
        corner = -inside.xreplace({name: sympy.Integer(0), **others}) / slope
        if corner.is_Rational:
            for step in (sympy.Rational(-1, 3), sympy.Rational(1, 3), sympy.Rational(-7, 2), sympy.Rational(7, 2)):
                if domain != "positive" or corner + step > 0:
                    yield {**others, name: corner + step}


_CORNERS = (sympy.Abs, sympy.sign, sympy.Heaviside)
MAX_CORNERS = 8

_EXPONENTS = tuple(sympy.Rational(p, q) for p, q in ((-1, 1), (2, 1), (1, 2), (-2, 1), (1, 3)))


def points(free: Sequence[sympy.Symbol], domain: str, count: int) -> Iterator[dict[sympy.Symbol, sympy.Expr]]:
    """Rational points of a domain: near 0 and 1 first, with all signs, then further away."""
    if not free:
        yield {}
        return
    for k in range(count):
        point = {}
        for i, name in enumerate(free):
            value = _coordinate(k, i)
            if domain == "positive" or name.is_positive:
                value = abs(value)
            if domain == "complex" and not name.is_real:
                value = value + sympy.I * _coordinate(k + 5, i + 7)
            point[name] = value
        yield point


_FIRST = (Fraction(3, 2), Fraction(-3, 2), Fraction(2, 5), Fraction(-3, 7), Fraction(7, 3), Fraction(-12, 5))


def _coordinate(k: int, i: int) -> sympy.Rational:
    """The i-th coordinate of the k-th point, from a fixed linear congruence."""
    if k < 6:
        value = _FIRST[(k + 2 * i) % 6] + Fraction(i, 11 + k)
        if k >= 2 and (k >> (i % 3)) & 1:
            value = -value
    else:
        state = (6364136223846793005 * (k * 131 + i * 17 + 1) + 1442695040888963407) % (1 << 64)
        scale = (Fraction(1), Fraction(4), Fraction(1, 8), Fraction(30), Fraction(2), Fraction(1000))[k % 6]
        value = scale * Fraction((state >> 33) % 1999 - 999, 997)
        if not value:
            value = Fraction(1, 3)
    return sympy.Rational(value.numerator, value.denominator)


# ---- large polynomials ------------------------------------------------------------------------------------


class _NotPolynomial(Exception):
    pass


def _sampled(difference: sympy.Expr) -> Fraction | None:
    """The chance that a polynomial that is not 0 vanishes at the points looked at, if it does vanish there.

    References
    ----------
    Schwartz (1980), Fast probabilistic algorithms for verification of polynomial identities, lemma 1.
    """
    names = sorted(difference.free_symbols, key=str)
    bound = Fraction(1)
    try:
        degree = _degree(difference)
        seed = hashlib.sha256(sympy.srepr(difference).encode()).digest()
        for trial in range(3):
            point = {
                name: int.from_bytes(hashlib.sha256(seed + bytes([trial, i % 256])).digest()[:8], "big") % PRIME
                for i, name in enumerate(names)
            }
            if _modular(difference, point):
                return None
            bound *= Fraction(degree, PRIME)
    except (_NotPolynomial, ZeroDivisionError, ValueError):
        return None
    return bound if names else None


def _degree(expr: Any) -> int:
    if expr.is_Rational:
        return 0
    if expr.is_Symbol:
        return 1
    if expr.is_Add:
        return max(map(_degree, expr.args))
    if expr.is_Mul:
        return sum(map(_degree, expr.args))
    if expr.is_Pow and expr.exp.is_Integer and expr.exp > 0:
        return int(expr.exp) * _degree(expr.base)
    raise _NotPolynomial


def _modular(expr: Any, point: Mapping[Any, int]) -> int:
    if expr.is_Rational:
        return int(expr.p) * pow(int(expr.q), -1, PRIME) % PRIME
    if expr.is_Symbol:
        return point[expr]
    parts = [_modular(arg, point) for arg in (expr.args if expr.is_Add or expr.is_Mul else expr.args[:1])]
    if expr.is_Add:
        return sum(parts) % PRIME
    if expr.is_Mul:
        total = 1
        for part in parts:
            total = total * part % PRIME
        return total
    return pow(parts[0], int(expr.exp), PRIME)
