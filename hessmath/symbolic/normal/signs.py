"""The signs of factors, as far as they are known, and the signs that roots and logarithms require."""

from __future__ import annotations

from typing import Any

import sympy

from hessmath.symbolic.constants import sign as constant_sign
from hessmath.symbolic.normal.context import Form
from hessmath.symbolic.positivity import never_zero_sign, signs_where_positive


def sign_of(form: Form, p: Any) -> int | None:
    """The sign of a factor wherever everything is defined, up to points where it is 0; None if not known."""
    if p.is_constant():
        return 1 if p.leading_coefficient() > 0 else -1
    known = form.facts.get(_fact_key(form, p))
    if known is not None:
        return known
    signs = set()
    for monomial, coefficient in p.terms():
        powers = form.tower.exponents(monomial)
        if any(e % 2 and i not in form.nonnegative for i, e in powers.items()):
            break
        signs.add(1 if coefficient > 0 else -1)
    else:
        if len(signs) == 1:
            return signs.pop()
    return _sign_by_value(form, p) or _sign_by_norm(form, p)


def _sign_by_value(form: Form, p: Any) -> int | None:
    used = form.used(p)
    names = [form.meaning.get(i) for i in used]
    if None in names:
        return None
    free = set().union(*(name.free_symbols for name in names if name is not None))
    if not free:
        found = constant_sign(form.expression(p))
        return found or None
    if len(used) == 1 and isinstance(names[0], sympy.Symbol):
        return never_zero_sign(p, form.tower.size - 1 - used.pop())
    if len(used) == 1 and isinstance(names[0], sympy.cos | sympy.sin) and max(p.degrees()) == 1:
        values = sorted((int(c) for m, c in p.terms()), key=abs)  # a ± b·cos with a ≥ b
        constant = next((int(c) for m, c in p.terms() if not any(m)), 0)
        if abs(constant) == abs(values[-1]):
            return 1 if constant > 0 else -1
    return None


def _sign_by_norm(form: Form, p: Any) -> int | None:
    """The sign of α + β√R from that of α² − β²R: √(x² + 1) + x is positive."""
    found = by_square_root(form, p)
    if found is None or found[0] not in form.nonnegative:
        return None
    _, alpha, beta, radicand = found
    norm = form.tower.reduce(alpha**2 - beta**2 * radicand)
    if norm.is_zero() or len(norm) > 200:
        return None
    sign = _sign_of_product(form, norm)
    if sign is None:
        return None
    return _sign_of_product(form, beta if sign < 0 else alpha)


def _sign_of_product(form: Form, p: Any) -> int | None:
    if p.is_zero():
        return None
    content, factors = form.tower.factors(p)
    sign = 1 if content > 0 else -1
    for part, exponent in factors:
        if exponent % 2:
            known = sign_of(form, part)
            if known is None:
                return None
            sign *= known
    return sign


def by_square_root(form: Form, p: Any) -> tuple[int, Any, Any, Any] | None:
    """(generator, α, β, R) when p = α + β·g for the newest generator g of p, and g² = R."""
    used = form.used(p)
    if not used:
        return None
    newest = max(used)
    gen = form.tower.gens[newest]
    relation = next((r for r, index in form.tower.relations if index == newest), None)
    place = form.tower.size - 1 - newest
    if relation is None or int(relation.degrees()[place]) != 2 or int(p.degrees()[place]) != 1:
        return None
    slope, rest = divmod(p, gen)
    return newest, rest, slope, gen**2 - relation


def require_positive(form: Form, content: int, factors: list[tuple[Any, int]]) -> None:
    """The fact that content·Π pᵉ ≥ 0, kept when it settles the sign of one factor."""
    sign, unknown = (1 if content > 0 else -1), []
    for p, exponent in factors:
        if exponent % 2:
            known = sign_of(form, p)
            if known is None:
                unknown.append(p)
            else:
                sign *= known
    if len(unknown) == 1:
        form.facts[_fact_key(form, unknown[0])] = sign
    elif unknown:
        _require_one_variable(form, unknown, sign)


def _require_one_variable(form: Form, unknown: list[Any], sign: int) -> None:
    """(1 − x)(1 + x) ≥ 0 leaves both factors positive."""
    used = form.used(*unknown)
    name = form.meaning.get(min(used)) if len(used) == 1 else None
    if not isinstance(name, sympy.Symbol):
        return
    signs = signs_where_positive([sympy.Poly(form.expression(p), name) for p in unknown], sign)
    for p, found in zip(unknown, signs, strict=True):
        if found is not None:
            form.facts[_fact_key(form, p)] = found


def _fact_key(form: Form, p: Any) -> str:
    """A name for a factor that is the same in every tower, where its generators stand for expressions."""
    return str(form.expression(p)) if form.used(p) <= form.meaning.keys() else str(p)
