"""Convexity on a set given by inequalities, from the sign of the Hessian.

A constant Hessian is decided by its inertia.  Otherwise the sign of the Hessian is a relation that the provers
look at with the domain as hypotheses.  A claim is refuted by one interior point where the Hessian has a
curvature of the wrong sign, or by three points on a line that violate the defining inequality.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, islice
from typing import Any

import flint

from hessmath.language.tree import NUMBER, SYMBOL, Node
from hessmath.verify.claims import Claim, Convexity, replace
from hessmath.verify.convex_squares import squares
from hessmath.verify.critical_points import derivatives, directions
from hessmath.verify.decision import Decision
from hessmath.verify.definiteness import congruence
from hessmath.verify.dense import Matrix, entrywise
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.models import conditions, models
from hessmath.verify.polynomials import NotPolynomial, Polynomial, around, degree
from hessmath.verify.prove import Budget, Proof, prove_relation
from hessmath.verify.scalars import ZERO, Number, Undecidable, rational, sign
from hessmath.verify.verdicts import Counterexample

POINTS = 60
"""How many points of the domain are looked at."""


def decide(claim: Claim, budget: Budget | None = None) -> Iterator[Decision]:
    """Refutations first, then proofs; every one is for the checker to accept."""
    if not isinstance(claim.data, Convexity):
        return
    data = dataclasses.replace(claim.data, domain=(*claim.data.domain, *claim.hypotheses))
    with evaluation_precision():
        yield from _refutations(claim, data)
    yield from _constant_hessian(claim, data)
    yield Decision("proved", {"by": "composition"})
    yield Decision("proved", {"by": "range"})
    if len(claim.variables) == 1 and (points := _breaks(claim, data)):
        yield Decision("proved", {"by": "pieces", "points": points})
    if (found := squares(claim.to_json())) is not None:
        yield Decision("proved", found)
    yield from _by_facts(claim, data, budget)


def _names(claim: Claim) -> list[str]:
    return [name for name, _ in claim.variables]


def _target(hessian: Matrix, data: Convexity) -> Matrix:
    """The matrix that must be positive (semi)definite: H, −H, or H − mu·I."""
    if data.property == "concave":
        return entrywise(lambda a: -a, hessian)
    mu = rational(data.mu or 0)
    return tuple(tuple(a - mu if i == j else a for j, a in enumerate(row)) for i, row in enumerate(hessian))


def _constant_hessian(claim: Claim, data: Convexity) -> Iterator[Decision]:
    names = _names(claim)
    try:
        if degree(around(data.f, names, [ZERO] * len(names))) > 2:
            return
    except NotPolynomial:
        return
    _, hessian = derivatives(data.f, names, [ZERO] * len(names))
    found = congruence(_target(hessian, data))
    if not found.negative and not (found.zero and data.property == "strictly_convex"):
        yield Decision("proved", {"by": "inertia", "congruence": found.as_json()})


# --- refutations


def _refutations(claim: Claim, data: Convexity) -> Iterator[Decision]:
    points = _domain_points(claim, data)
    names = _names(claim)
    if data.property != "quasiconvex":
        for point in points:
            if _inside(point, data):
                yield from _wrong_curvature(names, data, point)
    if data.property == "strictly_convex":
        yield from _flat_lines(names, data, points)
    for i, a in enumerate(points):
        for b in points[max(0, i - 12) : i]:
            yield from _chord(names, data, a, b)


def _domain_points(claim: Claim, data: Convexity) -> list[Point]:
    domain = replace(claim, hypotheses=data.domain, data=None)
    known = conditions(domain)
    found: list[Point] = []
    for at, _ in models(domain, known, {}, random.Random(7), POINTS):
        if at is not None and at.values not in [point.values for point in found]:
            found.append(at)
    found.sort(key=lambda at: sum(abs(x.p) + x.q for x in at.values.values()))
    return found


def _inside(at: Point, data: Convexity) -> bool:
    strict = {"le": "lt", "ge": "gt", "nonneg": "positive"}
    parts = [part for node in data.domain for part in (node.args if node.op == "and" else (node,))]
    try:
        return all(at.holds(Node(strict.get(part.op, part.op), part.args)) for part in parts)
    except (Undefined, Undecidable):
        return False


def _wrong_curvature(names: list[str], data: Convexity, at: Point) -> Iterator[Decision]:
    point = [at.values[name] for name in names]
    try:
        _, hessian = derivatives(data.f, names, point)
    except (Undefined, Undecidable):
        return
    if not all(isinstance(entry, flint.fmpq) for row in hessian for entry in row):
        return
    if congruence(_target(hessian, data)).negative:
        mu = rational(data.mu or 0)
        shifted = tuple(tuple(a - mu if i == j else a for j, a in enumerate(row)) for i, row in enumerate(hessian))
        values = {name: str(x) for name, x in zip(names, point, strict=True)}
        proof = {"point": [str(x) for x in point], "congruence": congruence(shifted).as_json()}
        yield Decision("refuted", proof, Counterexample({}, values, "the Hessian has a curvature of the wrong sign"))


def _chord(names: list[str], data: Convexity, a: Point, b: Point) -> Iterator[Decision]:
    """The defining inequality at the middle of two points."""
    middle = Point({}, {name: (a.values[name] + b.values[name]) / 2 for name in names})
    points = [[str(at.values[name]) for name in names] for at in (a, b)]
    try:
        if not all(middle.holds(node) for node in data.domain):
            shown = Counterexample({}, {"a": points[0], "b": points[1]}, "the middle of a and b is not in the domain")
            yield Decision("refuted", {"points": points, "weight": "1/2"}, shown)
            return
        ends = [at.value(data.f) for at in (a, b)]
        violated = _violated(data, ends, middle.value(data.f), _distance(names, a, b))
    except Undefined:
        return
    except Undecidable:  # perhaps equal, which balls cannot tell
        violated = data.property == "strictly_convex" and _near_origin(names, a, b)
    if violated:
        shown = Counterexample({}, {"a": points[0], "b": points[1]}, "the middle of a and b violates the definition")
        yield Decision("refuted", {"points": points, "weight": "1/2"}, shown)


def _flat_lines(names: list[str], data: Convexity, points: list[Point]) -> Iterator[Decision]:
    """Chords through a point of the domain along short directions: f may be linear along one of them."""
    for at in points[:3]:
        for direction in islice(directions(len(names)), 8):
            ends = [
                Point(
                    {},
                    {name: at.values[name] + side * flint.fmpq(d, 2) for name, d in zip(names, direction, strict=True)},
                )
                for side in (1, -1)
            ]
            try:
                inside = all(end.holds(node) for end in ends for node in data.domain)
            except (Undefined, Undecidable):
                continue
            if inside:
                yield from _chord(names, data, *ends)


def _near_origin(names: list[str], a: Point, b: Point) -> bool:
    return all(abs(at.values[name]) <= 2 for at in (a, b) for name in names)


def _distance(names: list[str], a: Point, b: Point) -> Number:
    total = ZERO
    for name in names:
        total += (a.values[name] - b.values[name]) ** 2
    return total


def _violated(data: Convexity, ends: list[Number], middle: Number, distance: Number) -> bool:
    if data.property == "quasiconvex":
        return all(sign(middle - end) > 0 for end in ends)
    bend = rational(data.mu or 0) / 8 * distance  # mu/2 · w(1 − w)|a − b|² at w = 1/2
    gap = sign(middle - (ends[0] + ends[1]) / 2 + bend)
    if data.property == "concave":
        return gap < 0
    return gap > 0 or (gap == 0 and data.property == "strictly_convex")


# --- proofs


def _by_facts(claim: Claim, data: Convexity, budget: Budget | None) -> Iterator[Decision]:
    """The Hessian's sign as a relation claim; its facts carry over, because both are about the same expression."""
    statement = _sign_statement(claim, data)
    asked = replace(claim, kind="implication", hypotheses=data.domain, statement=statement, data=None)
    found = prove_relation(asked, budget)
    if not isinstance(found, Proof):
        return
    for case in found.data["cases"]:
        goals = case["goals"]
        if len(goals) == 1 and goals[0].get("by") == "fact":
            proof: dict[str, Any] = {"by": "hessian", "fact": goals[0]["fact"]}
            if case.get("definedness"):
                proof["definedness"] = case["definedness"]
            yield Decision("proved", proof)


def _breaks(claim: Claim, data: Convexity) -> list[str]:
    """The rational zeros of what f compares, for one variable."""
    (name,) = _names(claim)
    found: set[Fraction] = set()
    for node in data.f.walk():
        compared = node.args if node.op in ("Max", "Min", "lt", "le", "gt", "ge", "eq", "ne") else ()
        gaps = [Node("add", (a, Node("neg", (b,), shape=())), shape=()) for a, b in combinations(compared, 2)]
        gaps += [node.args[0]] if node.op in ("Abs", "sign") else []
        for gap in gaps:
            inner = [node for node in gap.walk() if node.op == "Abs"]
            plain = [_without(gap, node, sign) for node in inner for sign in (1, -1)] or [gap]
            for tree in plain:
                try:
                    found |= set(_linear_zero(around(tree, [name], [ZERO])))
                except NotPolynomial:
                    continue
    return [str(x) for x in sorted(found)][:20]


def _without(tree: Node, absolute: Node, sign: int) -> Node:
    if tree == absolute:
        return tree.args[0] if sign > 0 else Node("neg", tree.args, shape=())
    return dataclasses.replace(tree, args=tuple(_without(arg, absolute, sign) for arg in tree.args))


def _linear_zero(p: Polynomial) -> Iterator[Fraction]:
    """The rational zeros of a polynomial of degree one, or of degree two without an even remainder."""
    c = [p.get((k,), ZERO) for k in range(3)]
    if degree(p) == 1:
        root = -c[0] / c[1]
        yield Fraction(int(root.p), int(root.q))
    if degree(p) == 2:
        square = c[1] * c[1] - 4 * c[0] * c[2]
        if square >= 0 and square.p.is_square() and square.q.is_square():
            side = rational(Fraction(int(square.p.isqrt()), int(square.q.isqrt())))
            for root in ((-c[1] - side) / (2 * c[2]), (-c[1] + side) / (2 * c[2])):
                yield Fraction(int(root.p), int(root.q))


def _sign_statement(claim: Claim, data: Convexity) -> Node:
    x = [Node(SYMBOL, value=name, shape=()) for name, _ in claim.variables]
    first = [Node("gradient", (data.f, v), shape=()) for v in x]
    cells = [[Node("gradient", (g, v), shape=()) for v in x] for g in first]
    if data.property == "concave":
        cells = [[Node("neg", (cell,), shape=()) for cell in row] for row in cells]
    if data.mu:
        shift = Node(NUMBER, value=Fraction(-data.mu), shape=())
        cells = [
            [Node("add", (c, shift), shape=()) if i == j else c for j, c in enumerate(r)] for i, r in enumerate(cells)
        ]
    strict = data.property == "strictly_convex"
    if len(x) == 1:
        zero = Node(NUMBER, value=Fraction(0), shape=())
        return Node("lt" if strict else "le", (zero, cells[0][0]))
    block = Node("block", tuple(Node("row", tuple(row)) for row in cells))
    return Node("posdef" if strict else "psd", (block,))
