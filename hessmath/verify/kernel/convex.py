"""Convexity on a set given by inequalities: by the sign of the Hessian, or refuted at points.

That f is convex on a set says that the set is convex too: it is refuted by two of its points with one between them
outside, and a proof shows it first.
"""

from __future__ import annotations

from fractions import Fraction

from hessmath.verify.kernel.algebra import add, constant, scale
from hessmath.verify.kernel.convex_rules import Rule, by_composition, by_pieces, by_range
from hessmath.verify.kernel.curvature import Curvature, require_defined
from hessmath.verify.kernel.entries import Entries
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.proofs import Case, Claim, conjuncts, facts_of, inertia
from hessmath.verify.kernel.ranges import Domain
from hessmath.verify.kernel.scalar import (
    TRUE,
    Scalar,
    contradiction,
    rational_matrix,
    require_smooth,
)
from hessmath.verify.kernel.squares import CONVEXITY, by_squares
from hessmath.verify.kernel.trees import (
    Json,
    Rejected,
    Tree,
    fields,
    items,
    make,
    minus,
    num,
    number,
    plain,
    text,
)

PROPERTIES = ("convex", "strictly_convex", "strongly_convex", "concave", "quasiconvex")


def convexity(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of a convexity claim on a set given by inequalities."""
    scalar = Scalar(obj, "domain property", "mu")
    wanted = obj["property"]
    if type(wanted) is not str or wanted not in PROPERTIES or ("mu" in obj) != (wanted == "strongly_convex"):
        raise Rejected("the property is not known, or mu is not where it belongs")
    mu = number(obj.get("mu", "0"))
    if "mu" in obj and mu <= 0:
        raise Rejected("mu must be positive")
    domain = (*(scalar.claim.read(item) for item in items(obj["domain"])), *scalar.hypotheses)
    where = " on " + ", ".join(map(text, domain)) if domain else ""
    line = f"{text(scalar.tree)} is {wanted}{f' with mu = {mu}' if mu else ''} in ({', '.join(scalar.names)}){where}"
    if verdict == "vacuous":
        return line, "", contradiction(scalar, domain, proof)
    if verdict == "proved":
        return line, "", _convex(scalar, domain, wanted, mu, proof)
    _not_convex(scalar, domain, wanted, mu, proof)
    return line, "", set()


def _require_convex(scalar: Scalar, domain: tuple[Tree, ...]) -> None:
    """The domain is convex: affine inequalities, and there superlevel sets of quasiconcave functions."""
    area = Domain(scalar.names, ())
    linear: list[Tree] = []
    others: list[Tree] = []
    for part in (part for tree in domain for part in conjuncts(tree)):
        facts = facts_of(plain(part, {}))
        if [predicate for predicate, _ in facts] not in (["positive"], ["nonneg"]):
            raise Rejected(f"{text(part)} is not an inequality")
        affine = area.affine(area.engine.scalar(facts[0][1])) is not None
        (linear if affine else others).append(plain(part, {}))
    area = Domain(scalar.names, linear)
    for part in others:
        ((_, difference),) = facts_of(part)
        require_defined(area, difference)
        curvature = Curvature(area)
        shown = curvature.of(difference).quasiconcave
        if len(part.args) == 2:
            small, large = part.args if part.op in ("lt", "le") else part.args[::-1]
            below, above = (area.vector(area.engine.scalar(side)) for side in (small, large))
            shown = shown or (below is not None and not any(below) and curvature.of(large).quasiconcave)
            shown = shown or (above is not None and not any(above) and curvature.of(small).quasiconvex)
        if not shown:
            raise Rejected(f"{text(part)} is not shown to describe a convex set")


def _convex(scalar: Scalar, domain: tuple[Tree, ...], wanted: str, mu: Fraction, proof: Json) -> set[str]:
    _require_convex(scalar, domain)
    hessian = scalar.hessian()
    case = Case(Claim("real", scalar.claim.variables, domain, TRUE, {"hessian_of_f": hessian}), {})
    by = proof.get("by") if type(proof) is dict else None
    if type(by) is str and by in _BY_RULES:
        return _BY_RULES[by](scalar, domain, wanted, mu, proof)
    found = fields(proof, "by fact" if by == "hessian" else "by congruence", "definedness")
    case.definedness(found.get("definedness", []))
    target = case.admit(hessian)
    if wanted == "concave":
        target = make("neg", target)
    if mu:
        shift = make("eye", num(len(scalar.names))) if len(scalar.names) > 1 else num(1)
        target = minus(target, make("mul", num(mu), shift))
    scalar_case = len(scalar.names) == 1
    strict = "positive" if scalar_case else "posdef"
    if by == "hessian":
        shown, about = case.fact(found["fact"])
        if not case.engine.equal(about, target) or shown not in (strict, "nonneg" if scalar_case else "psd"):
            raise Rejected("the fact is not about the Hessian that the property needs")
        enough = shown == strict or wanted != "strictly_convex"
    elif by == "inertia":
        matrix = case.engine.rationals(target) if isinstance(case.engine, Entries) else None
        if matrix is None:
            raise Rejected("the Hessian is not constant and rational")
        _, negative, zero = inertia(matrix, found["congruence"])
        enough = not negative and not (zero and wanted == "strictly_convex")
    else:
        raise Rejected("convexity is proved by hessian or inertia")
    if not enough:
        raise Rejected(f"this does not show that f is {wanted}")
    return case.axioms | {CONVEXITY}


_BY_RULES: dict[str, Rule] = {
    "composition": by_composition,
    "range": by_range,
    "pieces": by_pieces,
    "squares": by_squares,
}


def _not_convex(scalar: Scalar, domain: tuple[Tree, ...], wanted: str, mu: Fraction, proof: Json) -> None:
    if type(proof) is dict and "point" in proof:
        found = fields(proof, "point congruence")
        point = Point(scalar.at(scalar.numbers(found["point"])))
        _require_inside(scalar, point, domain, strictly=True)
        require_smooth(point, scalar.hessian())
        matrix = rational_matrix(point, scalar.hessian())
        shifted = [[cell - (mu if i == j else 0) for j, cell in enumerate(row)] for i, row in enumerate(matrix)]
        positive, negative, _ = inertia(shifted, found["congruence"])
        if wanted == "quasiconvex" or not (positive if wanted == "concave" else negative):
            raise Rejected(f"this Hessian does not refute {wanted}")
        return
    found = fields(proof, "points weight")
    ends = [scalar.numbers(item) for item in items(found["points"])]
    weight = number(found["weight"])
    if len(ends) != 2 or ends[0] == ends[1] or not 0 < weight < 1:
        raise Rejected("two different points and a weight between 0 and 1 were needed")
    a, b = ends
    between = [weight * p + (1 - weight) * q for p, q in zip(a, b, strict=True)]
    algebra, forms, judge = Exact(), [], Point({})
    for values in (a, b):
        _require_inside(scalar, Point(scalar.at(values)), domain, strictly=False)
    if _outside(Point(scalar.at(between)), domain):
        return
    for values in (a, b, between):
        point = Point(scalar.at(values), algebra)
        _require_inside(scalar, point, domain, strictly=False)
        require_smooth(point, scalar.f)
        forms.append(point.engine.scalar(scalar.f))
        judge = point
    at_a, at_b, middle = forms
    if wanted == "quasiconvex":
        violated = all(judge.sign(add(middle, scale(end, -1))) > 0 for end in (at_a, at_b))
    else:
        bend = mu / 2 * weight * (1 - weight) * sum((p - q) ** 2 for p, q in zip(a, b, strict=True))
        gap = judge.sign(add(middle, scale(at_a, -weight), scale(at_b, weight - 1), constant(bend)))
        violated = gap < 0 if wanted == "concave" else gap > 0 or (gap == 0 and wanted == "strictly_convex")
    if not violated:
        raise Rejected("the points do not violate the defining inequality")


def _outside(point: Point, domain: tuple[Tree, ...]) -> bool:
    """One condition has a value and does not hold: a domain with points on both sides is not convex."""
    parts = [plain(part, {}) for tree in domain for part in conjuncts(tree)]
    return any(not point.undefined(part) and not point.holds(part) for part in parts)


def _require_inside(scalar: Scalar, point: Point, domain: tuple[Tree, ...], strictly: bool) -> None:
    """The conditions hold at the point; strictly: at all points near it, since they are continuous where defined."""
    for part in (plain(part, {}) for tree in domain for part in conjuncts(tree)):
        facts = facts_of(part)
        if bad := point.undefined(part):
            raise Rejected(f"{text(bad)} is undefined at the point")
        if strictly and (len(facts) != 1 or facts[0][0] not in ("positive", "nonneg", "nonzero")):
            raise Rejected(f"{text(part)} may fail near the point")
        if strictly:
            for x in scalar.variables:
                require_smooth(point, make("gradient", facts[0][1], x))
        if not point.holds(make("positive", facts[0][1]) if strictly and facts[0][0] == "nonneg" else part):
            raise Rejected(f"{text(part)} does not hold{' strictly' if strictly else ''} at the point")
