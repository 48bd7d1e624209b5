"""The argument of certificates about one formula, in words: what each family shows, read from claim and proof."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hessmath.verify.kernel import Rejected
from hessmath.verify.kernel.curvature import Curvature
from hessmath.verify.kernel.proofs import Claim
from hessmath.verify.kernel.ranges import Domain, Range
from hessmath.verify.kernel.scalar import TRUE, Scalar
from hessmath.verify.kernel.shapes import Shape
from hessmath.verify.kernel.trees import Tree, text

Json = Any
MAX_LINES = 16

SENTENCES = {
    "calculus": "Derivatives are written out by the chain rule, and both sides have the same normal form.",
    "curves": "Along these curves through the point, f − f(p) has the signs of its first terms there.",
    "even_monomials": "f − f(p) is a sum of even monomials of one sign.",
    "form": "The lowest homogeneous part of f − f(p) has one sign away from the point.",
    "gradient": "A partial derivative is not zero at the point.",
    "hessian": "The second derivatives have the sign that the property needs:",
    "inertia": "A change of variables makes the Hessian diagonal, which shows its signs (Sylvester).",
    "line": "On the line through the point in this direction, the difference quotients from the two sides decide.",
    "minors": "The leading minors of the Hessian at the point have the signs that the class needs (Sylvester).",
    "mixed": "The mixed second derivatives in the two orders differ.",
    "nearby": "At points near this one the slopes on the two sides differ.",
    "orders": "f differs from a smooth function by terms of high enough order.",
    "parallelogram": "Second differences do not satisfy the parallelogram law, so they are no quadratic form.",
    "pieces": "Between these points f has the curvature by composition, and at them its slope changes the same way.",
    "sides": "On both sides of the point the first term of the expansion of f − f(p) shows its sign.",
    "smooth": "Every part of f is smooth at the point.",
    "sum": "The slopes along two directions and their sum are not additive.",
    "valley": "In the other variables f is smallest along this curve; the sign of f − f(p) on the curve decides.",
}


def steps(claim: Json, proof: Json) -> list[str]:
    """Lines about a proof; none for what is not known here.

    Examples
    --------
    >>> claim = {"kind": "convexity", "vars": ["x"], "f": ["exp", ["var", "x"]], "domain": [], "property": "convex"}
    >>> steps(claim, {"by": "composition"})
    ['  exp(x) is convex and log-convex and log-concave, > 0', 'So f is convex.']
    """
    by = proof.get("by")
    try:
        match by:
            case "squares":
                return list(_squares(claim, proof))
            case "composition":
                return list(_composition(claim))
            case "range":
                return list(_ranges(claim))
    except Rejected:
        return []
    return [SENTENCES[by]] if by in SENTENCES else []


def _scalar(claim: Json) -> tuple[Scalar, Domain]:
    scalar = Scalar(claim, "domain property", "mu")
    domain = (*(scalar.claim.read(item) for item in claim["domain"]), *scalar.hypotheses)
    return scalar, Domain(scalar.names, domain)


def _squares(claim: Json, proof: Json) -> Iterator[str]:
    scalar, _ = _scalar(claim)
    letters = proof["direction"]
    reader = Claim("real", dict.fromkeys([*scalar.names, *letters], ()), (), TRUE, {})
    minus = " minus mu times its squared length" if "mu" in claim else ""
    sign = "minus the" if claim["property"] == "concave" else "the"
    yield f"Along the direction ({', '.join(letters)}), {sign} second derivative of f{minus} is the sum of"
    for term in proof["terms"][:MAX_LINES]:
        factors = [] if term["coef"] == "1" else [term["coef"]]
        factors += [f"({text(reader.read(term['factor']))})"] if "factor" in term else []
        yield "  " + "·".join([*factors, f"({text(reader.read(term['root']))})²"])
    if len(proof["terms"]) > MAX_LINES:
        yield f"  … and {len(proof['terms']) - MAX_LINES} more in the certificate"
    yield "and none of these is negative on the domain."


def _composition(claim: Json) -> Iterator[str]:
    scalar, area = _scalar(claim)
    curvature, seen = Curvature(area), 0
    for part in _parts(scalar.f):
        said = _said(curvature.of(part))
        if said and seen < MAX_LINES:
            seen += 1
            yield f"  {text(part)} is {said}{_bounds(area.of(part))}"
    less = ", also without mu/2 times the squared length of x" if "mu" in claim else ""
    yield f"So f is {str(claim['property']).replace('_', ' ')}{less}."


def _parts(tree: Tree) -> Iterator[Tree]:
    """Scalar parts with variables, the smallest first, each once."""
    found: dict[Tree, None] = {}

    def visit(part: Tree) -> None:
        for arg in part.args:
            visit(arg)
        if part.sort == () and part.args and any(node.op == "var" for node in part.walk()):
            found[part] = None

    visit(tree)
    yield from found


def _said(shape: Shape) -> str:
    if shape.convex and shape.concave:
        return "affine"
    names = [("convex", shape.convex), ("concave", shape.concave), ("log-convex", shape.log_convex)]
    names += [("log-concave", shape.log_concave and not shape.concave)]
    if not (shape.convex or shape.concave):
        names += [("quasiconvex", shape.quasiconvex), ("quasiconcave", shape.quasiconcave)]
    return " and ".join(name for name, holds in names if holds)


def _bounds(r: Range) -> str:
    if r.positive:
        return ", > 0"
    if r.negated().positive:
        return ", < 0"
    return ", ≥ 0" if r.nonneg else ", ≤ 0" if r.negated().nonneg else ""


def _ranges(claim: Json) -> Iterator[str]:
    scalar, area = _scalar(claim)
    if claim["property"] == "quasiconvex":
        yield f"The derivative lies in {_interval(area.of(scalar.gradient()[0]))}, so it has one sign."
        return
    grid = area.engine.normal(scalar.hessian())
    for i, row in enumerate(grid):
        for j, cell in enumerate(row[: i + 1]):
            yield f"  d²f/d{scalar.names[i]} d{scalar.names[j]} lies in {_interval(area.of_form(cell))}"
    if len(grid) > 1:
        yield "In every row the diagonal outweighs the other entries (Gershgorin)."


def _interval(r: Range) -> str:
    low = "-oo" if r.low is None else _short(r.low)
    high = "oo" if r.high is None else _short(r.high)
    return f"{'(' if r.above or r.low is None else '['}{low}, {high}{')' if r.below or r.high is None else ']'}"


def _short(value: Any) -> str:
    return str(value) if value.denominator < 1000 else f"about {float(value):.4g}"
