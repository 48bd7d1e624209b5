"""Differentiability at one point and mixed derivatives there.

On a line through the point a function is followed on both sides by its expansions; slopes that differ, that have no
limit, or that are not additive in the direction show that f is not differentiable, second differences that are no
quadratic form that it is not twice differentiable (Peano's form of Taylor's theorem).  That f is differentiable is
shown by smoothness, by both sides (one variable), or by the rules of ``orders``.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from hessmath.verify.kernel.algebra import Algebra, Form, add, constant, known, scale
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.germs import Germ
from hessmath.verify.kernel.lines import Line
from hessmath.verify.kernel.orders import differentiable, twice_differentiable
from hessmath.verify.kernel.scalar import (
    Exactly,
    Scalar,
    form_of,
    require_near,
    require_none_at,
    require_smooth,
    settled,
)
from hessmath.verify.kernel.trees import Json, Rejected, fields, items, make, number, text, word

SYMMETRY = "symmetry of f'' where f is twice differentiable"
SMOOTHNESS = ["differentiable", "not differentiable", "twice differentiable", "not twice differentiable"]
ROUGH, ONCE_ONLY = {"not differentiable", "not twice differentiable"}, {"not twice differentiable"}
SMOOTH = {"differentiable", "twice differentiable"}

Shown = tuple[set[str], set[str]]


def point_claim(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of a claim about differentiability or a mixed partial derivative at a point."""
    scalar = Scalar(obj, "point claim")
    values = scalar.coordinates(obj["point"])
    where = f"{text(scalar.tree)} at {scalar.place(values)}"
    if type(obj["claim"]) is dict:
        found = fields(obj["claim"], "mixed value")
        names = [word(name) for name in items(found["mixed"])]
        if len(names) != 2 or any(name not in scalar.names for name in names):
            raise Rejected("a mixed derivative names two variables")
        line = f"{where}: d/d{names[0]} of d/d{names[1]} is {number(found['value'])}{scalar.given}"
    elif obj["claim"] in SMOOTHNESS:
        line = f"{where}: {obj['claim']}{scalar.given}"
    else:
        raise Rejected("the claim about the point is not known")
    if verdict == "vacuous":
        require_none_at(scalar, values, proof)
        return line, "", set()
    require_near(scalar, values)
    scalar.f = settled(scalar, values, scalar.f)
    if type(obj["claim"]) is dict:
        equal = _mixed_is(scalar, values, names, number(found["value"]), fields(proof, "by")["by"])
        if equal != (verdict == "proved"):
            raise Rejected(f"the mixed derivative is{'' if equal else ' not'} {found['value']}")
        return line, "", set()
    by = proof.get("by") if type(proof) is dict else None
    if type(by) is not str or by not in _FAMILIES:
        raise Rejected(f"differentiability is settled by {', '.join(_FAMILIES)}")
    shown, axioms = _FAMILIES[by](scalar, values, proof)
    opposite = {f"not {claim}" if not claim.startswith("not ") else claim[4:] for claim in shown}
    if obj["claim"] not in (shown if verdict == "proved" else opposite):
        raise Rejected(f"the proof shows that f is {', '.join(sorted(shown))}")
    return line, "", axioms


# --------------------------------------------------------------------------------------- differentiability
def _by_smoothness(scalar: Scalar, values: list[Exactly], proof: Json) -> Shown:
    fields(proof, "by")
    require_smooth(scalar.point(values), scalar.hessian())
    return SMOOTH, set()


def _by_mixed(scalar: Scalar, values: list[Exactly], proof: Json) -> Shown:
    names = [word(name) for name in items(fields(proof, "by variables")["variables"])]
    if len(names) != 2 or any(name not in scalar.names for name in names):
        raise Rejected("two variables were needed")
    if known(_mixed(scalar, values, *names)) == known(_mixed(scalar, values, *names[::-1])):
        raise Rejected("the mixed derivatives are equal")
    return ONCE_ONLY, {SYMMETRY}


def _by_line(scalar: Scalar, values: list[Exactly], proof: Json) -> Shown:
    """One line: what φ(t) = f(p + td) lacks at 0, f lacks at p; for one variable also what it has."""
    direction = scalar.numbers(fields(proof, "by direction")["direction"])
    line = Line(scalar, values, direction, Exact())
    right, left = line.slope(0), line.slope(1)
    if line.differ(right, left) or isinstance(right, str):
        return ROUGH, set()
    try:
        twice = not line.differ(line.bend(0, right), line.bend(1, right))
    except Rejected:
        if len(values) == 1 and direction[0]:
            return {"differentiable"}, set()
        raise
    if not twice:
        return ONCE_ONLY | ({"differentiable"} if len(values) == 1 and direction[0] else set()), set()
    if len(values) != 1 or not direction[0]:
        raise Rejected("on this line f is twice differentiable, which says nothing about other lines")
    return SMOOTH, set()


def _two(scalar: Scalar, proof: Json) -> list[list[Fraction]]:
    directions = [scalar.numbers(item) for item in items(fields(proof, "by directions")["directions"])]
    if len(directions) != 2:
        raise Rejected("two directions were needed")
    return directions


def _by_sum(scalar: Scalar, values: list[Exactly], proof: Json) -> Shown:
    """Slopes that are not additive: f′(p)(d + e) is f′(p)d + f′(p)e where f is differentiable."""
    d, e = _two(scalar, proof)
    algebra = Exact()
    slopes = [Line(scalar, values, w, algebra).slope(0) for w in (d, e, [a + b for a, b in zip(d, e, strict=True)])]
    if any(isinstance(slope, str) for slope in slopes):
        return ROUGH, set()
    forms = [slope for slope in slopes if not isinstance(slope, str)]
    if not scalar.point(values, algebra).sign(add(forms[0], forms[1], scale(forms[2], -1))):
        raise Rejected("the slopes are additive")
    return ROUGH, set()


def _by_parallelogram(scalar: Scalar, values: list[Exactly], proof: Json) -> Shown:
    """Second differences q with q(d + e) + q(d − e) ≠ 2q(d) + 2q(e), or with no limit: no quadratic form."""
    d, e = _two(scalar, proof)
    algebra = Exact()
    pairs = [list(zip(d, e, strict=True))] * 2
    directions = [d, e, [a + b for a, b in pairs[0]], [a - b for a, b in pairs[1]]]
    q = [Line(scalar, values, w, algebra).second(0) for w in directions]
    if any(isinstance(value, str) for value in q):
        return ONCE_ONLY, set()
    forms = [value for value in q if not isinstance(value, str)]
    law = add(forms[2], forms[3], scale(forms[0], -2), scale(forms[1], -2))
    if not scalar.point(values, algebra).sign(law):
        raise Rejected("the parallelogram law holds")
    return ONCE_ONLY, set()


def _by_nearby(scalar: Scalar, values: list[Exactly], proof: Json) -> Shown:
    """At the points p + s·e, s small and positive, the slopes on the two sides along d differ."""
    found = fields(proof, "by offset direction")
    offset, direction = scalar.numbers(found["offset"]), scalar.numbers(found["direction"])
    if any(not isinstance(value, Fraction) for value in values):
        raise Rejected("points nearby are studied at rational points")
    slopes = []
    algebra = Algebra()
    t, s = algebra.atom("small", 0), algebra.atom("small", 1)
    germ = Germ(algebra, [algebra.number("small", 0), algebra.number("small", 1)], one_sided=True)
    base = [add(constant(p), scale(s, e)) for p, e in zip(values, offset, strict=True) if isinstance(p, Fraction)]
    for side in (1, -1):
        moved: list[Form | Fraction] = [add(p, scale(t, side * d)) for p, d in zip(base, direction, strict=True)]
        change = add(germ.value(scalar, moved), scale(germ.value(scalar, list(base)), -1))
        slopes.append(_first(germ, algebra.times(change, algebra.invert(scale(t, side)))))
    difference = germ.quotient(add(slopes[0], scale(slopes[1], -1)))[0]
    if not difference:
        raise Rejected("the slopes on the two sides are equal at the points nearby")
    return ONCE_ONLY, set()


def _first(germ: Germ, form: Form) -> Form:
    """The limit in the first parameter, a rational function of the second."""
    top, bottom = germ.quotient(form)
    (m, a), (n, b) = germ.lead(top, germ.small[0]), germ.lead(bottom, germ.small[0])
    if not top or m > n:
        return {}
    if m < n:
        raise Rejected("the limit is not finite")
    return germ.algebra.times(a, germ.algebra.invert(b))


def _by_orders(scalar: Scalar, values: list[Exactly], proof: Json) -> Shown:
    fields(proof, "by")
    if not differentiable(scalar, values):
        raise Rejected("the rules do not show that f is differentiable")
    return (SMOOTH if twice_differentiable(scalar, values) else {"differentiable"}), set()


_FAMILIES: dict[str, Callable[[Scalar, list[Exactly], Json], Shown]] = {
    "smooth": _by_smoothness,
    "line": _by_line,
    "orders": _by_orders,
    "sum": _by_sum,
    "parallelogram": _by_parallelogram,
    "nearby": _by_nearby,
    "mixed": _by_mixed,
}


# --------------------------------------------------------------------------------------- mixed derivatives
def _mixed_is(scalar: Scalar, values: list[Exactly], names: list[str], claimed: Fraction, by: Json) -> bool:
    outer, inner = names
    if by == "smooth":
        algebra = Exact()
        point = scalar.point(values, algebra)
        variables = {str(x.value): x for x in scalar.variables}
        tree = make("gradient", make("gradient", scalar.f, variables[inner]), variables[outer])
        require_smooth(point, scalar.hessian())
        return point.sign(add(point.engine.scalar(tree), constant(-claimed))) == 0
    if by != "rational":
        raise Rejected("a mixed derivative is computed by 'smooth' or 'rational'")
    value = known(_mixed(scalar, values, outer, inner))
    if value is None:
        raise Rejected("the mixed derivative is not computed")
    return value == claimed


def _mixed(scalar: Scalar, values: list[Exactly], outer: str, inner: str) -> Form:
    """d/d outer of d/d inner at the point, as limits of difference quotients."""
    algebra = Algebra()
    h, k = algebra.atom("small", 0), algebra.atom("small", 1)
    germ = Germ(algebra, [algebra.number("small", 0), algebra.number("small", 1)], one_sided=False)

    def slope(offset: Form) -> Form:
        def f(step: Form) -> Form:
            return germ.value(
                scalar,
                [
                    add(form_of(p, algebra), offset if name == outer else {}, step if name == inner else {})
                    for name, p in zip(scalar.names, values, strict=True)
                ],
            )

        return germ.limit(algebra.times(add(f(h), scale(f({}), -1)), algebra.invert(h)), germ.small[0])

    change = add(slope(k), scale(slope({}), -1))
    return germ.limit(algebra.times(change, algebra.invert(k)), germ.small[1])
