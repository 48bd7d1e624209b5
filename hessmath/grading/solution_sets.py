"""Whether two equations, or two systems, have the same solutions.

Right is proved by a factor: G = u·F where u is never 0 (a number), or by the same irreducible factors, or, for systems
of linear equations, by the same reduced row echelon form, or by the same polynomial ideal.  Wrong is shown by a
point that solves one and not the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, product
from math import prod
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from hessmath.grading.equality import points
from hessmath.grading.grade import Judgement, Message, Verdict
from hessmath.grading.injective import undone_injective
from hessmath.symbolic.constants import is_zero
from hessmath.symbolic.identities import agree
from hessmath.symbolic.point_values import Lack, value_at

RIGHT = Judgement(Verdict.RIGHT, Fraction(1))
MAX_DEGREE = 8
MAX_POWER = 30

_FLIPPED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def same_relation(given: tuple[str, sympy.Expr], truth: tuple[str, sympy.Expr], domain: str = "real") -> Judgement:
    """Whether ``F op 0`` and ``G op 0`` hold at the same points.

    Parameters
    ----------
    given, truth : op and left − right
    """
    (op, f), (right_op, g) = given, truth
    if op == right_op == "==":
        f, g = _plain(f), _plain(g)
    names = sorted(f.free_symbols | g.free_symbols, key=str)
    ratio = _constant_ratio(f, g, names, domain)
    if ratio is not None:
        turned = _FLIPPED[op] if ratio < 0 else op
        if turned == right_op:
            return RIGHT
        return Judgement(Verdict.WRONG, messages=(Message("wrong_relation"),), where={"relation": op})
    if {op, right_op} != {"=="}:
        return _other_inequality((op, f), (right_op, g), names, domain)
    if _same_factors(f, g, names):
        return RIGHT
    for a, b, key in ((g, f, "misses_solution"), (f, g, "extra_solution")):
        for point in chain(_solutions(a, names), _special_solutions(a, names)):
            if _certainly_not_zero(b, point) or _undefined_around(b, point):
                where = {str(name): str(value) for name, value in point.items()}
                shown = ", ".join(f"{name} = {value}" for name, value in where.items())
                return Judgement(Verdict.WRONG, messages=(Message(key, {"point": shown}),), where=where)
    return Judgement(Verdict.UNDECIDED)


def _plain(f: Any) -> Any:
    """An expression with the same real zeros: without exponentials as factors, |p| = |q| as p² = q²."""
    factors = [factor for factor in sympy.Mul.make_args(f) if not isinstance(factor, sympy.exp)]
    if len(factors) < len(sympy.Mul.make_args(f)) and factors:
        return _plain(sympy.Mul(*factors))
    undone = undone_injective(f)
    if undone is not None:
        return _plain(undone)
    terms = [term.as_coeff_Mul() for term in sympy.Add.make_args(f)]
    if len(terms) == 2 and terms[0][0] == -terms[1][0] and all(isinstance(part, sympy.Abs) for _, part in terms):
        return terms[0][1].args[0] ** 2 - terms[1][1].args[0] ** 2
    return f


def _constant_ratio(f: Any, g: Any, names: Sequence[Any], domain: str) -> sympy.Expr | None:
    """c ≠ 0 with f = c·g, proved; None if there is none or it is not known."""
    if f == 0 or g == 0:
        return sympy.Integer(1) if f == g else None
    for point in points(names, domain, 4):
        above, below = f.xreplace(point), g.xreplace(point)
        if (
            not (above.is_number and below.is_number)
            or below.has(sympy.zoo, sympy.nan)
            or above.has(sympy.zoo, sympy.nan)
        ):
            continue
        if is_zero(below) is not False or is_zero(above) is not False:
            continue
        ratio = above / below
        if ratio.is_real and agree(f, ratio * g, domain=domain):
            return ratio
        return None
    return None


def _other_inequality(given: Any, truth: Any, names: Sequence[Any], domain: str) -> Judgement:
    """Wrong at a point where one holds and the other does not."""
    for point in points(names, domain, 30):
        held = [_holds(op, value_at(expr, point)) for op, expr in (given, truth)]
        if None not in held and held[0] != held[1]:
            where = {str(name): str(value) for name, value in point.items()}
            shown = ", ".join(f"{name} = {value}" for name, value in where.items())
            return Judgement(Verdict.WRONG, messages=(Message("relation_differs", {"point": shown}),), where=where)
    return Judgement(Verdict.UNDECIDED)


def _holds(op: str, ball: Any) -> bool | None:
    if isinstance(ball, Lack) or not (ball > 0 or ball < 0):
        return None
    return {"==": False, "!=": True}.get(op, bool(ball < 0) if "<" in op else bool(ball > 0))


def _same_factors(f: Any, g: Any, names: Sequence[Any]) -> bool:
    """Polynomial equations with the same irreducible factors."""
    parts = []
    if _largest_power(f) > MAX_POWER or _largest_power(g) > MAX_POWER:
        return False
    for expr in (f, g):
        above, below = sympy.together(expr).as_numer_denom()
        if not above.is_polynomial(*names) or not below.is_polynomial(*names):
            return False
        poly = sympy.Poly(above, *names)
        if poly.domain not in (sympy.ZZ, sympy.QQ) or poly.total_degree() > 30 or len(poly.terms()) > 200:
            return False
        parts.append({factor.monic() for factor, _ in poly.factor_list()[1] if not factor.is_ground})
    return bool(parts[0]) and parts[0] == parts[1]


def _largest_power(expr: Any) -> int:
    powers = expr.atoms(sympy.Pow)
    return max((abs(int(p.exp)) for p in powers if p.exp.is_Integer and p.free_symbols), default=0)


def _certainly_not_zero(expr: Any, point: dict[Any, Any]) -> bool:
    value = expr.xreplace(point)
    return bool(value.is_number) and not value.has(sympy.I, sympy.zoo, sympy.nan) and is_zero(value) is False


def _undefined_around(expr: Any, point: dict[Any, Any]) -> bool:
    return all(value.is_Rational for value in point.values()) and value_at(expr, point) is Lack.UNDEFINED


def _solutions(f: Any, names: Sequence[Any]) -> Iterator[dict[Any, Any]]:
    """Some exact real points with f = 0: all variables but one are given, the equation is solved for that one."""
    for name in names:
        others = [other for other in names if other != name]
        for values in _grid(len(others)):
            place = dict(zip(others, values, strict=True))
            here = f.xreplace(place)
            if here.has(sympy.zoo, sympy.nan, sympy.I) or not here.is_rational_function(name):
                continue
            if _largest_power(here) > MAX_DEGREE:
                continue
            poly = sympy.together(here).as_numer_denom()[0]
            for root in _real_roots(poly, name):
                yield {**place, name: root}


def _special_solutions(f: Any, names: Sequence[Any]) -> Iterator[dict[Any, Any]]:
    """Points with f = 0 among a few that even and periodic functions do not tell apart: cosh 1 = cosh(−1)."""
    if not 0 < len(names) <= 3 or not f.has(sympy.Function):
        return
    values = [sympy.Rational(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (1, 2), (-1, 2))]
    values += [sympy.pi] if f.has(sympy.sin, sympy.cos, sympy.tan, sympy.cot) else []
    for numbers in product(values, repeat=len(names)):
        point = dict(zip(names, numbers, strict=True))
        if f.xreplace(point) == 0:
            yield point


def _grid(count: int) -> Iterator[tuple[sympy.Rational, ...]]:
    values = [sympy.Rational(n, d) for n, d in ((0, 1), (1, 1), (2, 1), (-1, 1), (1, 3), (7, 2))]
    if count <= 2:
        yield from product(values, repeat=count)
    else:
        yield from (tuple(values[(k + i * (k + 1)) % 6] for i in range(count)) for k in range(12))


def _real_roots(poly: Any, name: Any) -> list[Any]:
    if not poly.is_polynomial(name) or name not in poly.free_symbols or poly.free_symbols != {name}:
        return []
    p = sympy.Poly(poly, name)
    if p.degree() == 1:
        b, a = p.all_coeffs()
        return [-a / b]
    if p.degree() == 2:
        a, b, c = p.all_coeffs()
        disc = b**2 - 4 * a * c
        return [(-b + s * sympy.sqrt(disc)) / (2 * a) for s in (1, -1)] if disc.is_nonnegative else []
    if p.degree() > MAX_DEGREE or not (p.domain.is_ZZ or p.domain.is_QQ):
        return []
    return list(dict.fromkeys(sympy.real_roots(p)))


# ---- systems ----------------------------------------------------------------------------------------------


def same_system(given: Sequence[sympy.Expr], truth: Sequence[sympy.Expr], names: Sequence[Any]) -> Judgement:
    """Whether two systems of equations (left − right) have the same solutions."""
    matrices = [_augmented(system, names) for system in (given, truth)]
    if all(matrix is not None for matrix in matrices):
        return _same_linear(matrices[0], matrices[1], given, names)
    names = sorted({name for e in (*given, *truth) for name in e.free_symbols}, key=str)
    try:
        polys = [[sympy.Poly(sympy.together(e).as_numer_denom()[0], *names) for e in s] for s in (given, truth)]
    except sympy.PolynomialError:
        return Judgement(Verdict.UNDECIDED)
    small = all(p.total_degree() <= 4 and p.domain in (sympy.ZZ, sympy.QQ) for s in polys for p in s)
    if small and len(names) <= 3 and max(map(len, polys)) <= 4:
        bases = [sympy.groebner(s, *names, order="grevlex") for s in polys]
        if bases[0].exprs == bases[1].exprs:
            return RIGHT
        if any(prod(p.total_degree() for p in s) > MAX_BEZOUT for s in polys):
            return Judgement(Verdict.UNDECIDED)
        for system, other, key in ((truth, given, "misses_solution"), (given, truth, "extra_solution")):
            for point in _common_solutions(system, names):
                if any(_certainly_not_zero(e, point) for e in other):
                    where = {str(name): str(value) for name, value in point.items()}
                    shown = ", ".join(f"{name} = {value}" for name, value in where.items())
                    return Judgement(Verdict.WRONG, messages=(Message(key, {"point": shown}),), where=where)
    return Judgement(Verdict.UNDECIDED)


MAX_TRIED = 60
MAX_BEZOUT = 8
"""Largest product of degrees of a system for which points are looked for."""


def _common_solutions(system: Sequence[Any], names: Sequence[Any]) -> Iterator[dict[Any, Any]]:
    """Some rational points that solve every equation: from a triangular basis, free unknowns from a few numbers."""
    basis = [e for e in sympy.groebner(system, *names, order="lex").exprs if e != 0]
    found: list[dict[Any, Any]] = [{}]
    for name in reversed(names):
        extended = []
        for place in found[:MAX_TRIED]:
            here = [e.xreplace(place) for e in basis]
            conditions = [e for e in here if e.free_symbols == {name}]
            values = _real_roots(sympy.expand(conditions[0]), name) if conditions else [v for (v,) in _grid(1)]
            extended += [{**place, name: v} for v in values if v.is_Rational]
        found = extended
    for place in found:
        if all(e.xreplace(place) == 0 for e in system):
            yield place


def _augmented(system: Sequence[sympy.Expr], names: Sequence[Any]) -> sympy.Matrix | None:
    try:
        rows = [sympy.Poly(expr, *names) for expr in system]
    except sympy.PolynomialError:
        return None
    if any(row.total_degree() > 1 or row.free_symbols_in_domain for row in rows):
        return None
    unit = [[int(i == j) for i in range(len(names))] for j in range(len(names))]
    return sympy.Matrix([[row.coeff_monomial(u) for u in (*map(tuple, unit), (0,) * len(names))] for row in rows])


def _same_linear(a: Any, b: Any, given: Sequence[Any], names: Sequence[Any]) -> Judgement:
    forms = [_reduced(m) for m in (a, b)]
    if any(form is None for form in forms):
        return Judgement(Verdict.UNDECIDED)
    width = len(names)
    empty = [any(pivot == width for pivot in form[1]) for form in forms if form]
    if all(empty) or forms[0] == forms[1]:
        return RIGHT
    return Judgement(Verdict.WRONG, messages=(Message("other_solutions"),), where={"system": "solutions"})


def _reduced(m: Any) -> tuple[Any, tuple[int, ...]] | None:
    domain_matrix = DomainMatrix.from_Matrix(m, extension=True)
    domain_matrix = domain_matrix.to_field()
    if domain_matrix.domain.is_EX:
        return None
    reduced, pivots = domain_matrix.rref()
    rows = reduced.to_Matrix()[: len(pivots), :]
    return sympy.ImmutableDenseMatrix(rows), tuple(pivots)
