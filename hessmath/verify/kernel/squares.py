"""Convexity by sums of squares: the second derivative along every direction, written as a sum of nonnegative terms.

For the direction d with one letter for each variable, dᵀ∇²f(x)d − mu·|d|² (for concave f: −dᵀ∇²f(x)d) is
Σ c·g(x)·p(x, d)², each c > 0 a number, each factor g ≥ 0 on the domain by its range.  So it is nonnegative.  Where
for every variable x one of the terms has p = c·xᵏ·d_x·h with h ≠ 0 and g > 0 on the domain, f is strictly convex:
along a line whose direction has d_x ≠ 0 this term vanishes at no more than one point, hence the derivative along the
line grows strictly.
"""

from __future__ import annotations

from fractions import Fraction

from hessmath.verify.kernel.curvature import require_defined
from hessmath.verify.kernel.proofs import Claim
from hessmath.verify.kernel.ranges import Domain
from hessmath.verify.kernel.scalar import TRUE, Scalar
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
    smoothness,
    word,
)

MAX_TERMS = 200


def by_squares(scalar: Scalar, domain: tuple[Tree, ...], wanted: str, mu: Fraction, proof: Json) -> set[str]:
    """The terms of the certificate add up to the second derivative along the direction."""
    found = fields(proof, "by direction terms")
    letters = [word(name) for name in items(found["direction"])]
    names = dict.fromkeys([*scalar.names, *letters], ())
    if len(letters) != len(scalar.names) or len(names) != 2 * len(letters):
        raise Rejected("the direction has one new letter for each variable")
    claim = Claim("real", names, (), TRUE, {})
    area = Domain(scalar.names, domain)
    require_twice_smooth(area, scalar.f, scalar.hessian())
    directions = [Tree("var", (), name) for name in letters]
    total, alone = num(0), set()
    if len(items(found["terms"])) > MAX_TERMS:
        raise Rejected("there are too many terms")
    for item in items(found["terms"]):
        term = fields(item, "coef root", "factor")
        c, root = number(term["coef"]), plain(claim.read(term["root"]), {})
        factor = plain(scalar.claim.read(term.get("factor", ["num", "1"])), {})
        if c <= 0 or root.shape != () or factor.shape != ():
            raise Rejected("a term is a positive multiple of the square of a scalar")
        require_defined(Domain([*names], domain), root)
        require_defined(area, factor)
        area.require("nonneg", factor)
        if area.of(factor).positive:
            alone |= _alone(area, scalar.names, letters, root)
        total = make("add", total, make("mul", num(c), factor, root, root))
    if not area.engine.is_zero(minus(_second(scalar, directions, wanted, mu), total)):
        raise Rejected("the terms do not add up to the second derivative along the direction")
    if wanted == "strictly_convex" and alone != set(scalar.names):
        raise Rejected("the second derivative may vanish along a line")
    return {CONVEXITY}


CONVEXITY = "second-order characterisation of convexity"


def require_twice_smooth(area: Domain, f: Tree, hessian: Tree) -> None:
    """f has a value and continuous second derivatives at every point of the domain."""
    require_defined(area, f)
    for node in hessian.walk():
        if node.sort == () or not isinstance(node.sort, str):
            for predicate, part in smoothness(node, by_inverse=False):
                area.require(predicate, part)


def _second(scalar: Scalar, directions: list[Tree], wanted: str, mu: Fraction) -> Tree:
    """dᵀ∇²f d − mu·|d|², or −dᵀ∇²f d."""
    sign = num(-1 if wanted == "concave" else 1)
    terms = [make("mul", num(-mu), d, d) for d in directions]
    for g, d in zip(scalar.gradient(), directions, strict=True):
        for x, e in zip(scalar.variables, directions, strict=True):
            terms.append(make("mul", sign, d, e, make("gradient", g, x)))
    return make("add", *terms)


def _alone(area: Domain, names: list[str], letters: list[str], root: Tree) -> set[str]:
    """The variable x for which the root is c·xᵏ·d_x times powers of expressions that are not zero on the domain."""
    form = area.engine.scalar(root)
    if len(form) != 1:
        return set()
    (((mono, letters_of_arrays), _),) = form.items()
    powers = {area.algebra.keys[atom]: e for atom, e in mono}
    for name, letter in zip(names, letters, strict=True):
        rest = {key: e for key, e in powers.items() if key[:2] not in (("var", name), ("var", letter))}
        others = any(key[:2] == ("var", other) for key in rest for other in letters)
        if letters_of_arrays or others or powers.get(("var", letter, 0, 0)) != 1:
            continue
        if all(_keeps_its_sign(area, area.algebra.number(*key)) for key in rest):
            return {name}
    return set()


def _keeps_its_sign(area: Domain, atom: int) -> bool:
    r = area.of_form({(((atom, 1),), ()): Fraction(1)})
    return r.positive or r.negated().positive
