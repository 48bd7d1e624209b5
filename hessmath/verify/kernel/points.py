"""Differentiability at one point and mixed derivatives there."""

from __future__ import annotations

from fractions import Fraction

from hessmath.verify.kernel.algebra import Algebra, Form, add, constant, known, scale
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.germs import Germ
from hessmath.verify.kernel.scalar import (
    Scalar,
    require_near,
    require_none_at,
    require_smooth,
)
from hessmath.verify.kernel.trees import (
    Json,
    Rejected,
    fields,
    items,
    number,
    text,
    word,
)

SYMMETRY = "symmetry of f'' where f is twice differentiable"
SMOOTHNESS = ["differentiable", "not differentiable", "twice differentiable", "not twice differentiable"]


def point_claim(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of a claim about differentiability or a mixed partial derivative at a point."""
    scalar = Scalar(obj, "point claim")
    values = scalar.numbers(obj["point"])
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
    if type(obj["claim"]) is dict:
        fields(proof, "by")
        if proof["by"] != "rational":
            raise Rejected("a mixed derivative is computed by 'rational'")
        value = known(_mixed(scalar, values, *names))
        if (value == number(found["value"])) != (verdict == "proved"):
            raise Rejected(f"the mixed derivative is {value}")
        return line, "", set()
    shown, axioms = _differentiability(scalar, values, proof)
    opposite = {f"not {claim}" if not claim.startswith("not ") else claim[4:] for claim in shown}
    if obj["claim"] not in (shown if verdict == "proved" else opposite):
        raise Rejected(f"the proof shows that f is {', '.join(sorted(shown))}")
    return line, "", axioms


def _differentiability(scalar: Scalar, values: list[Fraction], proof: Json) -> tuple[set[str], set[str]]:
    by = proof.get("by") if type(proof) is dict else None
    if by == "smooth":
        fields(proof, "by")
        require_smooth(Point(scalar.at(values)), scalar.hessian())
        return {"differentiable", "twice differentiable"}, set()
    if by == "mixed":
        names = [word(name) for name in items(fields(proof, "by variables")["variables"])]
        if len(names) != 2 or any(name not in scalar.names for name in names):
            raise Rejected("two variables were needed")
        if known(_mixed(scalar, values, *names)) == known(_mixed(scalar, values, *names[::-1])):
            raise Rejected("the mixed derivatives are equal")
        return {"not twice differentiable"}, {SYMMETRY}
    if by != "sides":
        raise Rejected("differentiability is settled by smooth, sides or mixed")
    direction = scalar.numbers(fields(proof, "by direction")["direction"])
    slopes = []
    for side in (1, -1):
        algebra = Algebra()
        t = algebra.atom("small", 0)
        germ = Germ(algebra, [algebra.number("small", 0)], one_sided=True)
        moved: list[Form | Fraction] = [
            add(constant(p), scale(t, side * d)) for p, d in zip(values, direction, strict=True)
        ]
        change = add(germ.value(scalar, moved), scale(germ.value(scalar, values), -1))
        slopes.append(known(germ.limit(algebra.times(change, algebra.invert(scale(t, side))), germ.small[0])))
    if None in slopes or slopes[0] == slopes[1]:
        raise Rejected("the slopes on the two sides are equal")
    return {"not differentiable", "not twice differentiable"}, set()


def _mixed(scalar: Scalar, values: list[Fraction], outer: str, inner: str) -> Form:
    """d/d outer of d/d inner at the point, as limits of difference quotients."""
    algebra = Algebra()
    h, k = algebra.atom("small", 0), algebra.atom("small", 1)
    germ = Germ(algebra, [algebra.number("small", 0), algebra.number("small", 1)], one_sided=False)

    def slope(offset: Form) -> Form:
        def f(step: Form) -> Form:
            return germ.value(
                scalar,
                [
                    add(constant(p), offset if name == outer else {}, step if name == inner else {})
                    for name, p in zip(scalar.names, values, strict=True)
                ],
            )

        return germ.limit(algebra.times(add(f(h), scale(f({}), -1)), algebra.invert(h)), germ.small[0])

    change = add(slope(k), scale(slope({}), -1))
    return germ.limit(algebra.times(change, algebra.invert(k)), germ.small[1])
