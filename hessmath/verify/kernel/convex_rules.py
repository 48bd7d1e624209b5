"""Convexity shown by rules: of composition, by ranges of the second derivatives, and piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from hessmath.verify.kernel.algebra import add, constant, scale
from hessmath.verify.kernel.curvature import Curvature, require_defined, strongly
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.lines import Line
from hessmath.verify.kernel.pieces import in_pieces
from hessmath.verify.kernel.proofs import conjuncts
from hessmath.verify.kernel.quadratics import spans
from hessmath.verify.kernel.ranges import Domain, Range
from hessmath.verify.kernel.scalar import Scalar
from hessmath.verify.kernel.squares import CONVEXITY, require_twice_smooth
from hessmath.verify.kernel.trees import (
    Json,
    Rejected,
    Tree,
    fields,
    items,
    make,
    minus,
    number,
    plain,
    text,
)

Rule = Callable[[Scalar, tuple[Tree, ...], str, Fraction, Json], set[str]]


def by_composition(scalar: Scalar, domain: tuple[Tree, ...], wanted: str, mu: Fraction, proof: Json) -> set[str]:
    """The rules of ``curvature``."""
    fields(proof, "by")
    area = Domain(scalar.names, domain)
    require_defined(area, scalar.f)
    curvature = Curvature(area)
    shape = strongly(curvature, scalar.f, mu) if mu else curvature.of(scalar.f)
    if wanted == "strictly_convex":
        shown = shape.convex and spans(shape.strict, len(scalar.names))
    else:
        shown = {"concave": shape.concave, "quasiconvex": shape.quasiconvex}.get(wanted, shape.convex)
    if not shown:
        raise Rejected(f"the rules do not show that f is {wanted}")
    return set()


def by_range(scalar: Scalar, domain: tuple[Tree, ...], wanted: str, mu: Fraction, proof: Json) -> set[str]:
    """Ranges of the second derivatives: Hᵢᵢ ≥ Σ|Hᵢⱼ| everywhere (Gershgorin), for one variable f″ ≥ 0.

    Quasiconvex, one variable: f′ has one sign.
    """
    fields(proof, "by")
    area, hessian = Domain(scalar.names, domain), scalar.hessian()
    require_twice_smooth(area, scalar.f, hessian)
    if wanted == "quasiconvex":
        slope = area.of(scalar.gradient()[0])
        if len(scalar.names) > 1 or not (slope.nonneg or slope.negated().nonneg):
            raise Rejected("the derivative is not shown to have one sign")
        return set()
    grid = area.engine.normal(hessian)
    for i, row in enumerate(grid):
        own = area.of_form(add(scale(row[i], -1 if wanted == "concave" else 1), constant(-mu)))
        for j, cell in enumerate(row):
            size = area.of_form(cell) if i != j else Range(Fraction(0), Fraction(0))
            if size.low is None or size.high is None:
                raise Rejected("a second derivative is not bounded")
            bound = max(abs(size.low), abs(size.high))
            own = own + Range(-bound, -bound)
        if not (own.positive if wanted == "strictly_convex" else own.nonneg):
            raise Rejected("the second derivatives do not show the sign that the property needs")
    return {CONVEXITY}


def by_pieces(scalar: Scalar, domain: tuple[Tree, ...], wanted: str, mu: Fraction, proof: Json) -> set[str]:
    """One variable: convex between the given points, where f is continuous with slopes that do not fall.

    On an open piece every condition and kink of f has to be decided by ranges.
    """
    found = fields(proof, "by points")
    points = sorted({number(item) for item in items(found["points"])})
    if len(scalar.names) != 1 or not 1 <= len(points) <= 20 or wanted not in ("convex", "concave", "strictly_convex"):
        raise Rejected("pieces are those of a convex function of one variable")
    sign = -1 if wanted == "concave" else 1
    for low, high in pairwise([None, *points, None]):
        area = Domain(scalar.names, domain).inside(scalar.names[0], low, high)
        piece = on_piece(area, in_pieces(scalar.f))
        require_defined(area, piece)
        shape = Curvature(area).of(piece)
        shown = shape.concave if wanted == "concave" else shape.convex
        if not shown or (wanted == "strictly_convex" and not spans(shape.strict, 1)):
            raise Rejected(f"on a piece f is not shown to be {wanted}")
    for p in points:
        if not all(scalar.point([p]).holds(plain(part, {})) for tree in domain for part in conjuncts(tree)):
            raise Rejected("the points must lie in the domain")
        line = Line(scalar, [p], [Fraction(1)], Exact())
        right, left = line.slope(0), line.slope(1)
        if isinstance(right, str) or isinstance(left, str):
            raise Rejected("a slope is not finite")
        if sign * line.sides[0].sign(add(right, scale(left, -1))) < 0:
            raise Rejected("the slopes change the other way")
    return set()


def on_piece(area: Domain, tree: Tree, strictly: bool = False) -> Tree:
    """The tree without cases, on a set where ranges decide the conditions (strictly: near its points too)."""
    if tree.op == "Piecewise":
        for case in tree.args:
            if _decided(area, case.args[1], strictly):
                return on_piece(area, case.args[0], strictly)
        raise Rejected("no case holds on the piece")
    return make(tree.op, *(on_piece(area, arg, strictly) for arg in tree.args)) if tree.args else tree


def _decided(area: Domain, tree: Tree, strictly: bool) -> bool:
    if tree.op in ("true", "false"):
        return tree.op == "true"
    if tree.op in ("and", "or"):
        return (all if tree.op == "and" else any)([_decided(area, arg, strictly) for arg in tree.args])
    if tree.op == "not":
        return not _decided(area, tree.args[0], strictly)
    if tree.op not in ("eq", "ne", "lt", "le"):
        raise Rejected(f"{text(tree)} is not decided on the piece")
    gap = on_piece(area, minus(tree.args[1], tree.args[0]), strictly)
    require_defined(area, gap)
    r = area.of(gap)
    if r.positive or (not strictly and tree.op == "le" and r.nonneg):
        return tree.op != "eq"
    if r.negated().positive or (not strictly and tree.op == "lt" and r.negated().nonneg):
        return tree.op == "ne"
    raise Rejected(f"{text(tree)} is not decided on the piece")
