"""Critical points: classes that a gradient, an inertia or the lowest terms of f − f(p) show or exclude."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from hessmath.verify.kernel.algebra import Algebra, Form, Mono, add, constant, scale
from hessmath.verify.kernel.entries import Entries
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.proofs import inertia
from hessmath.verify.kernel.scalar import (
    Exactly,
    Scalar,
    form_of,
    rational_matrix,
    require_near,
    require_none_at,
    require_smooth,
    settled,
)
from hessmath.verify.kernel.series import ONE, Key, Near, Series, compare, exactly, raised
from hessmath.verify.kernel.slopes import derivative
from hessmath.verify.kernel.trees import (
    Json,
    Rejected,
    Tree,
    fields,
    items,
    make,
    number,
    text,
    word,
)

SECOND_ORDER = "second-order sufficient conditions"

_MINIMA, _MAXIMA = {"strict_local_min", "local_min"}, {"strict_local_max", "local_max"}
CLASSES = _MINIMA | _MAXIMA | {"saddle", "degenerate", "not_critical"}
EXCLUDED = {
    "strict_local_min": _MAXIMA | {"saddle", "not_critical"},
    "local_min": {"strict_local_max", "saddle", "not_critical"},
    "strict_local_max": _MINIMA | {"saddle", "not_critical"},
    "local_max": {"strict_local_min", "saddle", "not_critical"},
    "saddle": _MINIMA | _MAXIMA | {"not_critical"},
    "degenerate": {"not_critical"},
    "not_critical": CLASSES - {"not_critical"},
}
"""What a class rules out: ``saddle`` is critical and no extremum, ``degenerate`` critical with singular Hessian."""


def critical_point(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of a classification shown or excluded."""
    scalar = Scalar(obj, "point classification")
    values, wanted = scalar.coordinates(obj["point"]), obj["classification"]
    if type(wanted) is not str or wanted not in CLASSES:
        raise Rejected("the classification is not known")
    line = f"{text(scalar.tree)} at {scalar.place(values)}: {wanted}{scalar.given}"
    if verdict == "vacuous":
        require_none_at(scalar, values, proof)
        return line, "", set()
    require_near(scalar, values)
    scalar.f = settled(scalar, values, scalar.f)
    shows = wanted
    if verdict == "refuted" and type(proof) is dict:
        shows = str(proof.get("shows"))
        proof = {key: value for key, value in proof.items() if key != "shows"}
    by = proof.get("by") if type(proof) is dict else None
    shown, excluded, axioms = _classes(scalar, values, by, proof)
    if verdict == "refuted" and shows == "critical" and wanted in excluded:
        return line, "", axioms
    if shows not in shown:
        raise Rejected(f"the proof shows {', '.join(sorted(shown))}, not {shows:.40}")
    if verdict == "refuted" and wanted not in EXCLUDED.get(shows, set()) | excluded:
        raise Rejected(f"{shows} does not exclude {wanted}")
    return line, "", axioms


Found = tuple[set[str], set[str], set[str]]
"""The classes that hold, the ones excluded besides, the axioms used."""


def _classes(scalar: Scalar, values: list[Exactly], by: Json, proof: Json) -> Found:
    point = scalar.point(values)
    require_smooth(point, scalar.hessian())
    if by == "gradient":
        fields(proof, "by")
        if not any(_surely_nonzero(point, g) for g in scalar.gradient()):
            raise Rejected("the gradient is not shown to be different from zero at the point")
        return {"not_critical"}, set(), set()
    if any(point.sign(point.engine.scalar(g)) for g in scalar.gradient()):
        raise Rejected("the gradient is not zero at the point")
    if type(by) is not str or by not in _FAMILIES:
        raise Rejected(f"a critical point is classified by gradient, {', '.join(_FAMILIES)}")
    return _FAMILIES[by](scalar, values, proof)


def classes(obj: Json, proof: Json) -> tuple[set[str], set[str]]:
    """What a proof shows and what it excludes besides; for the search, which need not guess."""
    scalar = Scalar(obj, "point classification")
    values = scalar.coordinates(obj["point"])
    shown, excluded, _ = _classes(scalar, values, proof["by"], proof)
    return shown, excluded


def lowest_sign(obj: Json, curve: Json, side: int) -> int:
    """The sign of f − f(p) on one side of a curve through p."""
    scalar = Scalar(obj, "point classification")
    values = scalar.coordinates(obj["point"])
    return _leading(along(scalar, values, _curve(scalar, curve), side), scalar, values)[1]


def _surely_nonzero(point: Point, tree: Tree) -> bool:
    try:
        return point.sign(point.engine.scalar(tree)) != 0
    except Rejected:
        return False


# ------------------------------------------------------------------------------------------- the Hessian
def _by_inertia(scalar: Scalar, values: list[Exactly], proof: Json) -> Found:
    matrix = rational_matrix(scalar.point(values), scalar.hessian())
    plus, minus_, zero = inertia(matrix, fields(proof, "by congruence")["congruence"])
    if zero and not (plus and minus_):
        return {"degenerate"}, set(), set()
    if zero:
        return {"degenerate", "saddle"}, set(), {SECOND_ORDER}
    return ({"saddle"} if plus and minus_ else _MINIMA if plus else _MAXIMA), {"degenerate"}, {SECOND_ORDER}


def _by_minors(scalar: Scalar, values: list[Exactly], proof: Json) -> Found:
    """Definiteness of a Hessian with irrational entries from the signs of its minors (Sylvester)."""
    fields(proof, "by")
    point, tree = scalar.point(values), scalar.hessian()
    hessian = tree if tree.shape else make("block", make("row", tree))
    if point.holds(make("posdef", hessian)):
        return _MINIMA, {"degenerate"}, {SECOND_ORDER}
    if point.holds(make("negdef", hessian)):
        return _MAXIMA, {"degenerate"}, {SECOND_ORDER}
    singular = not point.holds(make("invertible", hessian))
    if point.holds(make("indefinite", hessian)):
        return {"saddle"} | ({"degenerate"} if singular else set()), set(), {SECOND_ORDER}
    if not singular:
        raise Rejected("the signs of the minors do not fit together")
    return {"degenerate"}, set(), set()


# --------------------------------------------------------------------------------------- beyond second order
def _by_even_monomials(scalar: Scalar, values: list[Exactly], proof: Json) -> Found:
    """f − f(p) is a sum of even monomials of one sign: an extremum, strict if it has pure powers of all variables."""
    fields(proof, "by")
    engine = Entries(algebra=Exact())
    atoms = [engine.algebra.atom("small", i) for i in range(len(values))]
    moved = [add(form_of(p, engine.algebra), a) for p, a in zip(values, atoms, strict=True)]
    form = _change(engine, scalar, values, moved)
    return _even(engine.algebra, form, len(values))


def _even(algebra: Algebra, form: Form, width: int) -> Found:
    sign = Point({}, algebra).sign
    parts: dict[Mono, Form] = {}
    for (mono, letters), c in form.items():  # coefficients may be irrational
        powers = tuple((a, e) for a, e in mono if algebra.keys[a][0] == "small")
        rest = tuple((a, e) for a, e in mono if algebra.keys[a][0] != "small")
        parts[powers] = add(parts.get(powers, {}), {(rest, letters): c})
    signed = {mono: sign(c) for mono, c in parts.items()}
    signs = {s for s in signed.values() if s}
    if any(e < 0 or e % 2 or not mono for mono, s in signed.items() if s for _, e in mono or [(0, 1)]):
        raise Rejected("f − f(p) is not a sum of even monomials")
    pure = {mono[0][0] for mono, s in signed.items() if s and len(mono) == 1}
    if len(signs) > 1:
        raise Rejected("f − f(p) is not a sum of even monomials of one sign")
    if not signs:
        return {"local_min", "local_max"}, {"strict_local_min", "strict_local_max"}, set()
    extremum = _MINIMA if signs == {1} else _MAXIMA
    return (extremum if len(pure) == width else {name for name in extremum if name.startswith("local")}), set(), set()


def _change(engine: Entries, scalar: Scalar, values: list[Exactly], moved: list[Form]) -> Form:
    """f(moved) − f(p) as a polynomial in the small parameters."""
    algebra = engine.algebra
    at_point = [form_of(value, algebra) for value in values]
    near, at = (Entries(scalar.at(cells), algebra=algebra).scalar(scalar.f) for cells in (moved, at_point))
    form = add(near, scale(at, -1))
    if any(algebra.keys[a][0] != "small" and _meets_small(algebra, a) for mono, _ in form for a, _ in mono):
        raise Rejected("f must be a polynomial here")
    return form


def _meets_small(algebra: Algebra, atom: int) -> bool:
    kind, *data = algebra.keys[atom]
    inside = [dict(part) for part in data if isinstance(part, tuple)]
    return kind == "small" or any(_meets_small(algebra, a) for form in inside for mono, _ in form for a, _ in mono)


def along(scalar: Scalar, values: list[Exactly], curve: list[list[Fraction]], side: int = 1) -> Near:
    """Coordinates p + c₁(st) + c₂(st)² + …, with s the side."""
    algebra = Exact()
    cells = {
        name: Series({ONE: form_of(p, algebra)} | {((), Fraction(k + 1), Fraction(0)): constant(c * side ** (k + 1))
                                                   for k, c in enumerate(coefficients) if c})
        for name, p, coefficients in zip(scalar.names, values, curve, strict=True)
    }  # fmt: skip
    return Near(algebra, cells)


def _curve(scalar: Scalar, obj: Json) -> list[list[Fraction]]:
    curve = [[number(c) for c in items(cell)] for cell in items(obj)]
    if len(curve) != len(scalar.names) or any(len(cell) > 12 for cell in curve) or not any(any(c) for c in curve):
        raise Rejected("a curve has a few coefficients for each variable")
    return curve


def _leading(near: Near, scalar: Scalar, values: list[Exactly]) -> tuple[Key | None, int]:
    """The lowest term of f − f(p) along a curve: its monomial and its sign (None and 0: f is constant there)."""
    at_point = scalar.point(values, near.algebra).engine.scalar(scalar.f)
    found = near.lead(near.minus(near.value(scalar.f), exactly(at_point)))
    return (None, 0) if found is None else (found[0], near.sign(found[1]))


def _by_curves(scalar: Scalar, values: list[Exactly], proof: Json) -> Found:
    """Values above and below f(p) arbitrarily near make a saddle; equal values exclude strict extrema."""
    curves = [_curve(scalar, item) for item in items(fields(proof, "by curves")["curves"])]
    seen = {_leading(along(scalar, values, curve, side), scalar, values)[1] for curve in curves for side in (1, -1)}
    if seen >= {1, -1}:
        return {"saddle"}, set(), set()
    excluded = {"strict_local_min", "strict_local_max"} if 0 in seen else set()
    return {"critical"}, excluded | (_MINIMA if -1 in seen else set()) | (_MAXIMA if 1 in seen else set()), set()


def _by_sides(scalar: Scalar, values: list[Exactly], proof: Json) -> Found:
    """One variable: the signs of f − f(p) on both sides."""
    fields(proof, "by")
    if len(values) != 1:
        raise Rejected("sides are those of one variable")
    signs = [_leading(along(scalar, values, [[Fraction(1)]], side), scalar, values)[1] for side in (1, -1)]
    if 0 in signs:
        raise Rejected("f is constant on one side")
    return ({"saddle"} if signs[0] != signs[1] else _MINIMA if signs[0] > 0 else _MAXIMA), set(), set()


def _by_valley(scalar: Scalar, values: list[Exactly], proof: Json) -> Found:
    """f is strongly convex in all variables y but one, t, near p; f and ∇_y f along a curve (y(t), t) decide.

    With ∇²_y f ⪰ cI near p, f(y, t) ≥ f(γ(t)) + ∇_y f(γ(t))·(y − y(t)) + c/2·|y − y(t)|² ≥ f(γ(t)) − |∇_y f(γ(t))|²/2c.
    Where f(γ(t)) − f(p) has a lowest term a·t^k with a > 0 and ∇_y f(γ(t)) = O(t^m), 2m > k, on both sides, the
    right side exceeds f(p) for t ≠ 0; for t = 0 it does for y ≠ p, because ∇_y f(p) = 0.  A strict minimum then;
    where f is constant on γ and ∇_y f zero, a minimum.  For maxima, −f.
    """
    found = fields(proof, "by variable curve")
    kept, curve = word(found["variable"]), _curve(scalar, found["curve"])
    if kept not in scalar.names or len(values) < 2:
        raise Rejected("the valley runs along one of at least two variables")
    if curve[scalar.names.index(kept)] != [Fraction(1)]:
        raise Rejected("the curve is parametrised by the variable of the valley")
    others = [make("gradient", scalar.f, x) for x in scalar.variables if x.value != kept]
    rows = [[make("gradient", g, x) for x in scalar.variables if x.value != kept] for g in others]
    block, point = make("block", *(make("row", *row) for row in rows)), scalar.point(values)
    side = 1 if point.holds(make("posdef", block)) else -1 if point.holds(make("negdef", block)) else 0
    if not side:
        raise Rejected("f is neither strongly convex nor strongly concave in the other variables")
    strict = True
    for direction in (1, -1):
        near = along(scalar, values, curve, direction)
        key, sign = _leading(near, scalar, values)
        branch = near.branch(scalar.f)
        for x in scalar.variables:
            if x.value == kept:
                continue
            slope = near.value(derivative(branch, str(x.value)))
            if key is None and near.lead(slope) is not None:
                raise Rejected("the gradient is not zero along the valley")
            if key is not None and slope.top is not None and compare(raised(slope.top, 2), key) >= 0:
                raise Rejected("the gradient along the valley is not small enough")
        if sign * side < 0:
            raise Rejected("f changes the other way along the valley")
        strict = strict and key is not None
    extremum = _MINIMA if side > 0 else _MAXIMA
    if strict:
        return extremum, set(), set()
    both = {"strict_local_min", "strict_local_max"}
    return {name for name in extremum if name.startswith("local")}, both, set()


def _by_form(scalar: Scalar, values: list[Exactly], proof: Json) -> Found:
    """The lowest homogeneous part F of f − f(p) is definite: f − f(p) = F(h) + O(|h|^{k+1}) and |F(h)| ≥ c|h|^k."""
    fields(proof, "by")
    found = lowest_form(scalar, values)
    if found is None:
        raise Rejected("f is constant")
    form, _, algebra, steps = found
    return (_MINIMA if sign_of_definite(form, algebra, steps) > 0 else _MAXIMA), set(), set()


def lowest_form(
    scalar: Scalar, values: list[Exactly], keep_value: bool = False
) -> tuple[Form, Fraction, Algebra, list[Form]] | None:
    """The lowest homogeneous part of f − f(p) (or of f), its degree, and what its variables are called.

    f must be analytic near p: then the coefficient of t^k in f(p + th), h being symbols, is that part, and what
    follows is O(|h|^{k+1}).
    """
    algebra = Exact()
    steps = [algebra.atom("small", i) for i in range(len(values))]
    cells = {
        name: Series({ONE: form_of(p, algebra), ((), Fraction(1), Fraction(0)): step})
        for name, p, step in zip(scalar.names, values, steps, strict=True)
    }
    near = Near(algebra, cells)
    change = near.value(scalar.f)
    if not keep_value:
        change = near.minus(change, exactly(scalar.point(values, algebra).engine.scalar(scalar.f)))
    found = near.lead(change, decided=False)
    if found is None:
        return None
    (grows, degree, logs), form = found
    if grows or logs or degree < 0 or degree.denominator != 1:
        raise Rejected("f is not analytic at the point")
    return form, degree, algebra, steps


def sign_of_definite(form: Form, algebra: Algebra, steps: list[Form]) -> int:
    """The sign of a homogeneous form that is zero at 0 only.

    Shown as a sum of even monomials of one sign with all pure powers; for two variables also when F(1, s) has no
    real root s (Sturm) and F(0, 1) has the sign of F(1, 0).
    """
    if all(algebra.keys[a][0] != "small" for mono, _ in form for a, _ in mono):
        return Point({}, algebra).sign(form) or _never()
    try:
        shown = _even(algebra, form, len(steps))[0]
    except Rejected:
        shown = set()
    if shown in (_MINIMA, _MAXIMA):
        return 1 if shown == _MINIMA else -1
    return _binary_sign(algebra, form, steps)


def _never() -> int:
    raise Rejected("a leading coefficient is zero")


def _binary_sign(algebra: Algebra, form: Form, steps: list[Form]) -> int:
    """The sign of a definite form in two variables with rational coefficients."""
    if len(steps) != 2:
        raise Rejected("the lowest part of f is not shown to be definite")
    a, b = (next(iter(step))[0][0][0] for step in steps)
    coefficients: dict[int, Fraction] = {}
    degrees = set()
    for (mono, _), c in form.items():
        powers = dict(mono)
        p, q = powers.pop(a, 0), powers.pop(b, 0)
        if powers:
            raise Rejected("the lowest part of f has irrational coefficients")
        coefficients[q] = coefficients.get(q, Fraction(0)) + c
        degrees.add(p + q)
    if len(degrees) != 1:
        raise Rejected("the lowest part of f is not homogeneous")
    (degree,) = degrees
    polynomial = [coefficients.get(k, Fraction(0)) for k in range(degree + 1)]
    if degree % 2 or not polynomial[0] * polynomial[-1] > 0 or real_roots(polynomial):
        raise Rejected("the lowest part of f is not definite")
    return 1 if polynomial[0] > 0 else -1


def real_roots(polynomial: list[Fraction]) -> int:
    """How many different real roots a polynomial (lowest coefficient first) has, by Sturm's theorem."""

    def remainder(p: list[Fraction], q: list[Fraction]) -> list[Fraction]:
        p = list(p)
        while len(p) >= len(q):
            factor = p[-1] / q[-1]
            for k in range(1, len(q) + 1):
                p[-k] -= factor * q[-k]
            p.pop()
        return _trimmed(p)

    chain = [_trimmed(polynomial)]
    if not chain[0]:
        raise Rejected("the zero polynomial has no count of roots")
    chain.append(_trimmed([k * c for k, c in enumerate(chain[0])][1:]))
    while chain[-1]:
        chain.append([-c for c in remainder(chain[-2], chain[-1])])
    chain.pop()

    def changes(at_left: bool) -> int:
        signs = [(p[-1] > 0) != (at_left and len(p) % 2 == 0) for p in chain]
        return sum(s != t for s, t in pairwise(signs))

    return changes(True) - changes(False)


def _trimmed(polynomial: list[Fraction]) -> list[Fraction]:
    while polynomial and not polynomial[-1]:
        polynomial = polynomial[:-1]
    return polynomial


_FAMILIES: dict[str, Callable[[Scalar, list[Exactly], Json], Found]] = {
    "inertia": _by_inertia,
    "minors": _by_minors,
    "even_monomials": _by_even_monomials,
    "curves": _by_curves,
    "sides": _by_sides,
    "valley": _by_valley,
    "form": _by_form,
}
