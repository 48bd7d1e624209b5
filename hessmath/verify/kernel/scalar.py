"""The function of a claim about one scalar function: its variables, its point, the hypotheses near that point.

Functions are plain scalar trees in scalar variables.  Hypotheses restrict the function to the set where they hold.
At a point they must hold at all points near it, so that the restricted function is the same there.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from fractions import Fraction

from hessmath.verify.kernel.algebra import Algebra, Form, constant
from hessmath.verify.kernel.entries import Rationals
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.exact import Exact, value_of
from hessmath.verify.kernel.pieces import in_pieces
from hessmath.verify.kernel.proofs import Case, Claim, conjuncts, facts_of
from hessmath.verify.kernel.trees import (
    Json,
    Rejected,
    Tree,
    fields,
    integer,
    items,
    make,
    minus,
    number,
    plain,
    read,
    text,
    word,
)

TRUE = Tree("true", (), None, "truth")


Exactly = Fraction | Tree
"""A real number: rational, or a plain tree without variables."""


def form_of(value: Exactly, algebra: Algebra) -> Form:
    """The number as a form, once it is shown to have a value."""
    return constant(value) if isinstance(value, Fraction) else value_of(value, algebra)


def written(value: Exactly | str) -> str:
    """The number as text."""
    return text(value) if isinstance(value, Tree) else str(value)


class Scalar:
    """The function of a claim, its variables and, where the claim has one, its point."""

    def __init__(self, obj: Json, keys: str, optional: str = "") -> None:
        self.obj = fields(obj, "kind vars f " + keys, "hypotheses " + optional)
        self.names = [word(name) for name in items(self.obj["vars"])]
        if not 1 <= len(self.names) <= 30 or len(set(self.names)) < len(self.names):
            raise Rejected("between 1 and 30 different variables were needed")
        self.claim = Claim("real", dict.fromkeys(self.names, ()), (), TRUE, {})
        self.tree = self.claim.read(self.obj["f"])
        self.f = plain(self.tree, {})
        if self.f.shape != ():
            raise Rejected("f must be a scalar")
        self.variables = [Tree("var", (), name) for name in self.names]
        self.hypotheses = tuple(self.claim.read(item) for item in items(self.obj.get("hypotheses", [])))
        if any(tree.sort != "truth" for tree in self.hypotheses):
            raise Rejected("hypotheses are relations")
        self.given = " with " + ", ".join(map(text, self.hypotheses)) if self.hypotheses else ""

    def numbers(self, obj: Json) -> list[Fraction]:
        """Exact coordinates, one for each variable."""
        values = [number(cell) for cell in items(obj)]
        if len(values) != len(self.names):
            raise Rejected("a point has one coordinate for each variable")
        return values

    def coordinates(self, obj: Json) -> list[Exactly]:
        """Coordinates that may be irrational: a rational as text, or a tree without variables."""
        values = [number(cell) if type(cell) is str else plain(read(cell, {}), {}) for cell in items(obj)]
        if len(values) != len(self.names):
            raise Rejected("a point has one coordinate for each variable")
        return values

    def at(self, values: Sequence[Form | Fraction]) -> dict[str, list[list[Form]]]:
        """Grids for the variables."""
        forms = [constant(value) if isinstance(value, Fraction) else value for value in values]
        return {name: [[form]] for name, form in zip(self.names, forms, strict=True)}

    def point(self, values: Sequence[Exactly], algebra: Algebra | None = None) -> Point:
        """The engine that evaluates at a point."""
        algebra = algebra or Exact()
        return Point(self.at([form_of(value, algebra) for value in values]), algebra)

    def with_function(self, tree: Tree) -> Scalar:
        """Another function of the same variables."""
        other = copy(self)
        other.f = tree
        return other

    def gradient(self) -> list[Tree]:
        """The partial derivatives as trees."""
        return [make("gradient", self.f, x) for x in self.variables]

    def hessian(self) -> Tree:
        """The Hessian: a scalar for one variable, else a matrix."""
        rows = [[make("gradient", g, x) for x in self.variables] for g in self.gradient()]
        return rows[0][0] if len(rows) == 1 else make("block", *(make("row", *row) for row in rows))

    def place(self, values: Sequence[Exactly]) -> str:
        """A point as text."""
        names, numbers = ", ".join(self.names), ", ".join(map(written, values))
        return f"({names}) = ({numbers})" if len(values) > 1 else f"{names} = {numbers}"


def require_smooth(point: Point, tree: Tree) -> None:
    """Every derivative in the tree exists at the point, and near it."""
    if bad := point.undefined(tree):
        raise Rejected(f"{text(bad)} is undefined at the point")


# -------------------------------------------------------------------------------------------------- cases
def settled(scalar: Scalar, values: Sequence[Exactly], tree: Tree) -> Tree:
    """The same function near p without the cases of Piecewise, Max, Min and sign that are decided there.

    A comparison of functions that are smooth near p and differ at p has one outcome at all points near p.
    """
    if tree.op == "Piecewise":
        cases = []
        for case in tree.args:
            truth = _near(scalar, values, case.args[1])
            if truth is not False:
                cases.append(make("case", settled(scalar, values, case.args[0]), case.args[1]))
            if truth:
                break
        first = cases[0] if cases else tree.args[-1]
        return (
            first.args[0] if cases and _near(scalar, values, first.args[1]) else make("Piecewise", *(cases or [first]))
        )
    if tree.op in ("Max", "Min", "sign", "Heaviside"):
        chosen = settled(scalar, values, in_pieces(tree))
        if all(node.op != "Piecewise" for node in chosen.walk()):
            return chosen
    return make(tree.op, *(settled(scalar, values, arg) for arg in tree.args)) if tree.args else tree


def _near(scalar: Scalar, values: Sequence[Exactly], tree: Tree) -> bool | None:
    """The truth of a condition at all points near p; None when it is not known."""
    op = tree.op
    if op in ("true", "false"):
        return op == "true"
    if op in ("and", "or"):
        parts = [_near(scalar, values, arg) for arg in tree.args]
        return None if None in parts else all(parts) if op == "and" else any(parts)
    if op == "not":
        inner = _near(scalar, values, tree.args[0])
        return None if inner is None else not inner
    if op not in ("eq", "ne", "lt", "le"):
        return None
    difference = minus(tree.args[1], tree.args[0])
    point = scalar.point(values)
    try:
        for x in scalar.variables:
            require_smooth(point, make("gradient", difference, x))
        sign = point.sign(point.engine.scalar(difference))
    except Rejected:
        return None
    return None if not sign else op == "ne" if op in ("eq", "ne") else sign > 0


# ------------------------------------------------------------------------------------------- hypotheses
def require_near(scalar: Scalar, values: Sequence[Exactly]) -> None:
    """Every hypothesis holds at all points near this one: a strict inequality between functions smooth here."""
    point = scalar.point(values)
    for part in (part for tree in scalar.hypotheses for part in conjuncts(tree)):
        facts = facts_of(plain(part, {}))
        if not facts or any(predicate not in ("positive", "nonneg", "nonzero") for predicate, _ in facts):
            raise Rejected(f"the hypothesis {text(part)} is not an inequality, so it may hold at no point nearby")
        for predicate, tree in facts:
            for x in scalar.variables:
                require_smooth(point, make("gradient", tree, x))
            if not point.holds(make("nonzero" if predicate == "nonzero" else "positive", tree)):
                where = scalar.place(values)
                raise Rejected(f"the hypothesis {text(part)} is not shown to hold at all points near {where}")


def require_none_at(scalar: Scalar, values: Sequence[Exactly], proof: Json) -> None:
    """The named hypothesis is false at the point, which is the only one that the claim is about."""
    found = integer(fields(proof, "hypothesis")["hypothesis"], 0, len(scalar.hypotheses) - 1)
    tree, point = plain(scalar.hypotheses[found], {}), scalar.point(values)
    if point.undefined(tree) or point.holds(tree):
        raise Rejected(f"the hypothesis {text(tree)} is not false at the point")


def contradiction(scalar: Scalar, hypotheses: tuple[Tree, ...], proof: Json) -> set[str]:
    """The hypotheses contradict each other."""
    (item,) = items(fields(proof, "cases")["cases"])[:1] or [None]
    found = fields(item, "sizes contradiction", "definedness")
    if len(proof["cases"]) != 1 or found["sizes"] not in ("all", {}):
        raise Rejected("a contradiction between scalars is one case, without sizes")
    claim = Claim("real", scalar.claim.variables, hypotheses, TRUE, {})
    case = Case(claim, None if found["sizes"] == "all" else {})
    case.definedness(found.get("definedness", []))
    case.vacuous(found["contradiction"])
    return case.axioms


def rational_matrix(point: Point, tree: Tree) -> Rationals:
    """The entries of a matrix at the point, which must be rational."""
    matrix = point.engine.rationals(tree)
    if matrix is None:
        raise Rejected("the Hessian at the point is not rational")
    return matrix
