"""Critical points: classes that a gradient, an inertia or the lowest terms of f − f(p) show or exclude."""

from __future__ import annotations

from fractions import Fraction

from hessmath.verify.kernel.algebra import Form, add, constant, scale
from hessmath.verify.kernel.entries import Entries
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.proofs import inertia
from hessmath.verify.kernel.scalar import (
    Scalar,
    rational_matrix,
    require_near,
    require_none_at,
    require_smooth,
)
from hessmath.verify.kernel.trees import (
    Json,
    Rejected,
    fields,
    items,
    text,
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
    values, wanted = scalar.numbers(obj["point"]), obj["classification"]
    if type(wanted) is not str or wanted not in CLASSES:
        raise Rejected("the classification is not known")
    line = f"{text(scalar.tree)} at {scalar.place(values)}: {wanted}{scalar.given}"
    if verdict == "vacuous":
        require_none_at(scalar, values, proof)
        return line, "", set()
    require_near(scalar, values)
    shows = wanted
    if verdict == "refuted" and type(proof) is dict:
        shows = str(proof.get("shows"))
        proof = {key: value for key, value in proof.items() if key != "shows"}
    by = proof.get("by") if type(proof) is dict else None
    shown, excluded, axioms = _classes(scalar, values, by, proof)
    if shows not in shown:
        raise Rejected(f"the proof shows {', '.join(sorted(shown))}, not {shows:.40}")
    if verdict == "refuted" and wanted not in EXCLUDED[shows] | excluded:
        raise Rejected(f"{shows} does not exclude {wanted}")
    return line, "", axioms


def _classes(scalar: Scalar, values: list[Fraction], by: Json, proof: Json) -> tuple[set[str], set[str], set[str]]:
    """The classes that hold, the ones excluded besides, the axioms used."""
    point = Point(scalar.at(values))
    require_smooth(point, scalar.hessian())
    slopes = [point.sign(point.engine.scalar(g)) for g in scalar.gradient()]
    if by == "gradient":
        fields(proof, "by")
        if not any(slopes):
            raise Rejected("the gradient is zero at the point")
        return {"not_critical"}, set(), set()
    if any(slopes):
        raise Rejected("the gradient is not zero at the point")
    if by == "inertia":
        plus, minus_, zero = inertia(
            rational_matrix(point, scalar.hessian()), fields(proof, "by congruence")["congruence"]
        )
        if zero and not (plus and minus_):
            return {"degenerate"}, set(), set()
        if zero:
            return {"degenerate", "saddle"}, set(), {SECOND_ORDER}
        return ({"saddle"} if plus and minus_ else _MINIMA if plus else _MAXIMA), {"degenerate"}, {SECOND_ORDER}
    if by == "lines":
        return _lines(scalar, values, fields(proof, "by directions")["directions"])
    fields(proof, "by")
    if by != "even_monomials":
        raise Rejected("a critical point is classified by inertia, gradient, lines or even_monomials")
    engine = Entries()
    atoms = [engine.algebra.atom("small", i) for i in range(len(values))]
    form = _change(engine, scalar, values, [add(constant(p), a) for p, a in zip(values, atoms, strict=True)])
    signs = {c > 0 for c in form.values()}
    even = all(e > 0 and e % 2 == 0 for mono, _ in form for _, e in mono)
    pure = {mono[0][0] for mono, _ in form if len(mono) == 1}
    if len(signs) != 1 or not even or len(pure) != len(values) or any(not mono for mono, _ in form):
        raise Rejected("f − f(p) is not a sum of even monomials of one sign with a pure power of each variable")
    return (_MINIMA if signs == {True} else _MAXIMA), set(), set()


def _change(engine: Entries, scalar: Scalar, values: list[Fraction], moved: list[Form]) -> Form:
    """f(moved) − f(p) as a polynomial in the small parameters."""
    algebra = engine.algebra
    near, at = (Entries(scalar.at(cells), algebra=algebra).scalar(scalar.f) for cells in (moved, values))
    form = add(near, scale(at, -1))
    if any(not mono or any(algebra.keys[atom][0] != "small" or e < 0 for atom, e in mono) for mono, _ in form):
        raise Rejected("f must be a polynomial here")
    return form


def _lines(scalar: Scalar, values: list[Fraction], obj: Json) -> tuple[set[str], set[str], set[str]]:
    """Values of both signs arbitrarily near: the lowest term of f(p + td) − f(p) along each direction."""
    seen: set[int] = set()
    for item in items(obj):
        engine = Entries()
        t = engine.algebra.atom("small", 0)
        moved = [add(constant(p), scale(t, d)) for p, d in zip(values, scalar.numbers(item), strict=True)]
        form = _change(engine, scalar, values, moved)
        if form:
            ((atom, power),) = min((mono for mono, _ in form), key=lambda mono: mono[0][1])
            sign = 1 if form[((atom, power),), ()] > 0 else -1
            seen |= {sign} if power % 2 == 0 else {1, -1}
    if seen != {1, -1}:
        raise Rejected("the lines do not show both signs")
    return {"saddle"}, set(), set()
