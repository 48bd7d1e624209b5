"""All critical points in a box: a tree of bisections whose leaves hold none, or lie in a box that holds one.

For X = c ± r, Y any matrix, g = ∇f and H = ∇²f: if g(x) = 0 for some x in X, then 0 = g(c) + M(x − c) for a matrix M of
the interval matrix H(X) (mean value theorem).  So a component of g(X), of g(c) + H(X)(X − c) or of that times Y that
does not contain 0 shows that X holds no critical point.  Points are proved by ``boxes``: their boxes hold exactly one
each, and it lies within ``inner`` of the centre; they differ when one's inner box is outside of the other's box.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat

from hessmath.verify.kernel.boxes import SECOND_ORDER, box, critical_box, formula, hessian, read_program
from hessmath.verify.kernel.jets import Instruction, number, precision, run
from hessmath.verify.kernel.trees import Json, Rejected, fields, integer, items, word
from hessmath.verify.kernel.trees import number as exact

Box = tuple[tuple[Fraction, Fraction], ...]
LARGEST_DIMENSION = 4


def critical_region(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of the claim that the listed critical points are all in a box."""
    found = fields(obj, "kind vars program output box points")
    names = [word(name) for name in items(found["vars"])]
    if not 1 <= len(names) <= LARGEST_DIMENSION or len(set(names)) < len(names):
        raise Rejected(f"between 1 and {LARGEST_DIMENSION} different variables were needed")
    program = read_program(found["program"], len(names))
    output = integer(found["output"], 0, len(names) + len(program) - 1)
    region = _sides(found["box"], len(names))
    shown = fields(proof, "by bits points outside leaves")
    if verdict != "proved" or shown["by"] != "bisection" or len(items(shown["points"])) != len(items(found["points"])):
        raise Rejected("all critical points in a box are proved by bisection, with a proof for each of them")
    outside = [fields(item, "point proof") for item in items(shown["outside"])]
    points = [*found["points"], *(item["point"] for item in outside)]
    common = {"kind": "critical_box", **{key: found[key] for key in ("vars", "program", "output")}}
    for point, evidence in zip(points, [*shown["points"], *(item["proof"] for item in outside)], strict=True):
        critical_box({**common, **fields(point, "centre radius inertia value")}, "proved", evidence)
    centres = [[exact(c) for c in point["centre"]] for point in points]
    places = [cube(centre, exact(point["radius"])) for centre, point in zip(centres, points, strict=True)]
    inner = [evidence["inner"] for evidence in (*shown["points"], *(item["proof"] for item in outside))]
    narrow = [cube(centre, exact(radius)) for centre, radius in zip(centres, inner, strict=True)]
    count = len(found["points"])
    for k, place in enumerate(narrow):
        if k >= count and not disjoint(region, place):
            raise Rejected("a point is not shown to lie outside of the box")
        if k < count and not (contains(region, place) and all(disjoint(place, other) for other in places[:k])):
            raise Rejected("a point is not shown to lie in the box and to differ from those before it")
    with precision(integer(shown["bits"], 32, 4096)):
        _check_leaves(program, output, region, places, items(shown["leaves"]))
    sides = " × ".join(f"[{low}, {high}]" for low, high in region)
    number_of = f"exactly {count} critical point{'s' * (count != 1)}" if count else "no critical point"
    kinds = ", ".join(f"{p['inertia'][0]}+ {p['inertia'][1]}− at ({', '.join(p['centre'])})" for p in found["points"])
    listed = f": {kinds} (signs of the Hessian's eigenvalues; each rounded)" if kinds else ""
    line = f"{formula(names, found)} has {number_of} in {sides}{listed} [trusts python-flint]"
    return line, "", {SECOND_ORDER} if count else set()


def _sides(obj: Json, n: int) -> Box:
    sides = tuple((exact(low), exact(high)) for low, high in map(_pair, items(obj)))
    if len(sides) != n or any(low >= high for low, high in sides):
        raise Rejected("a box has two ends, the lower one first, for each variable")
    return sides


def _pair(obj: Json) -> tuple[Json, Json]:
    if len(items(obj)) != 2:
        raise Rejected("a pair was needed")
    low, high = obj
    return low, high


def _check_leaves(
    program: Sequence[Instruction], output: int, region: Box, places: Sequence[Box], leaves: Sequence[Json]
) -> None:
    """The tree in preorder: ["split", axis], "none", or the number of the point whose box holds the leaf."""
    waiting = [region]
    for leaf in leaves:
        if not waiting:
            raise Rejected("the tree has too many leaves")
        here = waiting.pop()
        if leaf == "none":
            if not excluded(program, output, here):
                raise Rejected("a leaf is not shown to hold no critical point")
        elif type(leaf) is int:
            if not contains(places[integer(leaf, 0, len(places) - 1)], here):
                raise Rejected("a leaf is not inside the box of its point")
        else:
            if _pair(leaf)[0] != "split":
                raise Rejected("a leaf is not known")
            waiting += reversed(halves(here, integer(leaf[1], 0, len(here) - 1)))
    if waiting:
        raise Rejected("the tree has too few leaves")


def cube(centre: Sequence[Fraction], radius: Fraction) -> Box:
    """The box with this centre."""
    return tuple((c - radius, c + radius) for c in centre)


def contains(outer: Box, inner: Box) -> bool:
    """Whether the second box lies in the first."""
    return all(a <= c and d <= b for (a, b), (c, d) in zip(outer, inner, strict=True))


def disjoint(one: Box, other: Box) -> bool:
    """Whether two boxes have no point in common."""
    return any(b < c or d < a for (a, b), (c, d) in zip(one, other, strict=True))


def halves(here: Box, axis: int) -> tuple[Box, Box]:
    """A box cut in the middle of one side."""
    low, high = here[axis]
    middle = (low + high) / 2
    return (
        (*here[:axis], (low, middle), *here[axis + 1 :]),
        (*here[:axis], (middle, high), *here[axis + 1 :]),
    )


def excluded(program: Sequence[Instruction], output: int, here: Box) -> bool:
    """Whether the box is shown to hold no critical point; Rejected where f may fail to be smooth in it."""
    n = len(here)
    zero = arb(0)
    over = run(program, [number(low).union(number(high)) for low, high in here], output)
    if any(not over.slopes.get(i, zero).contains(0) for i in range(n)):
        return True
    centre = [(low + high) / 2 for low, high in here]
    at = run(program, [number(c) for c in centre], output)
    curvature = hessian(over, n)
    offsets = [box([Fraction(0)], (high - low) / 2)[0] for low, high in here]
    slopes = arb_mat(n, 1, [at.slopes.get(i, zero) for i in range(n)])
    if _misses_zero(slopes + curvature * arb_mat(n, 1, offsets)):
        return True
    try:
        inverse = curvature.mid().inv().mid()
    except ZeroDivisionError:
        return False
    return _misses_zero(inverse * slopes + (inverse * curvature) * arb_mat(n, 1, offsets))


def _misses_zero(vector: Any) -> bool:
    return any(entry.is_finite() and not entry.contains(0) for entry in vector.entries())
