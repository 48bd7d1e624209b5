"""Repairs: what small change makes a claim true, shown by a proof of the changed claim.

Every candidate is first held against exact models of the hypotheses; the few that survive are settled like any
claim, and only one that is proved is offered.  Nothing here runs unless it is asked for.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Any

from hessmath.errors import HessmathError
from hessmath.language import Node, to_text, with_shapes
from hessmath.language.tree import SYMBOL
from hessmath.language.vocabulary import DERIVATIVES, RELATIONS
from hessmath.verify.claims import Asymptotic, Claim, Convexity, CriticalPoint, replace
from hessmath.verify.counterexamples import assignments, search
from hessmath.verify.edits import EDITS, missing_terms, other_relations, tidy, total
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.models import conditions, models
from hessmath.verify.pipeline import check
from hessmath.verify.prove import Budget
from hessmath.verify.scalars import Undecidable, rational
from hessmath.verify.verdicts import Proved

MODELS = 24
"""Exact models that a candidate must not contradict before it is settled."""

CANDIDATES, CHECKS = 1500, 12
"""How many candidates are looked at, and how many of them are settled at most."""

BUDGET = Budget(steps=60_000)
SEARCH = 12_000


@dataclass(frozen=True)
class Repair:
    """One edit that makes the claim true.

    ``edit`` is the row of the table (``sign``, ``factor``, ``missing hypothesis``, …), ``words`` says where.
    """

    edit: str
    words: str
    claim: Claim
    verdict: Proved

    def __str__(self) -> str:
        return f"{self.words}: {self.claim.text} ({str(self.verdict).split(';')[0].split(', given')[0].lower()})"


def repair(claim: Claim) -> Repair | None:
    """The likeliest single edit that makes the claim provable; None when none was found.

    Parameters
    ----------
    claim : Claim
        Of a derivation, or another claim that is several, the first part that is not proved is repaired.

    Notes
    -----
    At most 12 changed claims are settled, so this takes seconds at most.

    Examples
    --------
    >>> from hessmath.verify.reading import read_claim
    >>> print(repair(read_claim("(A @ B).T == A.T @ B.T", A="n n", B="n n")))
    the order in A.T @ B.T: (A @ B).T == B.T @ A.T (proved for all n)
    >>> print(repair(read_claim("A.T == A", A="n n")))
    the missing hypothesis symmetric(A): A.T == A, given symmetric(A) (proved for all n)
    """
    if claim.steps:
        return next((repair(part) for part in claim.steps if check(part).name != "proved"), None)
    return next(repairs(claim), None)


def repairs(claim: Claim) -> Iterator[Repair]:
    """Single edits that make the claim provable, the likeliest first."""
    if claim.statement is None:
        changed = _other_data(claim)
    else:
        with evaluation_precision():
            changed = iter(list(_survivors(claim, claim.statement)))
    for edit, words, other in islice(changed, CHECKS):
        verdict = check(other, BUDGET)
        if isinstance(verdict, Proved):
            yield Repair(edit, words, other, verdict)


Candidate = tuple[str, str, Claim]


def _survivors(claim: Claim, statement: Node) -> Iterator[Candidate]:
    """Edited claims that hold at exact models; what became trivial comes last.

    What is undefined somewhere, or is a property, more likely lacks a hypothesis than that it has a slip.
    """
    points = list(_models(claim))
    derivatives = _differentiated(statement)
    if statement.op not in RELATIONS:
        properties = (("property", words, tree) for tree, words in other_relations(statement))
        yield from _true_ones(claim, statement, points, properties)[0]
    doubtful = statement.op not in RELATIONS or any(_undefined(at, statement) for at in points)
    if doubtful:
        yield from _with_hypothesis(claim, statement)
    edited, trivial = _true_ones(claim, statement, points, _edited(statement))
    # What is differentiated is given: the slip is in what is claimed of it.
    yield from (candidate for candidate in edited if _differentiated(candidate[2].statement) == derivatives)
    if not doubtful:
        yield from _with_hypothesis(claim, statement)
    yield from trivial


def _differentiated(statement: Node | None) -> list[Node]:
    """The derivatives in a statement."""
    return [] if statement is None else [node for node in statement.walk() if node.op in DERIVATIVES]


def _true_ones(
    claim: Claim, statement: Node, points: list[Point], edited: Iterator[tuple[str, str, Node]]
) -> tuple[list[Candidate], list[Candidate]]:
    """Those edits that hold at every model: with two sides that differ, and with equal ones."""
    found: list[Candidate] = []
    trivial: list[Candidate] = []
    seen = {statement, *claim.hypotheses}
    for edit, words, tree in islice(edited, CANDIDATES):
        if tree in seen:
            continue
        seen.add(tree)
        typed = _typed(tidy(tree), claim)
        if typed is None or typed == statement or not points or not all(_holds(at, typed) for at in points):
            continue
        candidate = (edit, words, replace(claim, id=f"{claim.id}-repaired", statement=typed))
        if len(typed.args) == 2 and typed.args[0] == typed.args[1]:
            trivial.append(candidate)
        else:
            found.append(candidate)
    return found, trivial


def _undefined(at: Point, statement: Node) -> bool:
    try:
        at.holds(statement)
    except Undefined:
        return True
    except Undecidable:
        pass
    return False


def _edited(statement: Node) -> Iterator[tuple[str, str, Node]]:
    """The statement with one edit: the relation of an inequality, the right side, then the left; predicates whole."""
    if statement.op not in RELATIONS or len(statement.args) != 2:
        for edit in EDITS:
            for tree, words in edit.edited(statement):
                yield edit.name, words, tree
        return
    left, right = statement.args
    if statement.op != "eq":
        for tree, words in other_relations(statement):
            yield "relation", words, tree
    for edit in EDITS:
        for tree, words in edit.edited(right):
            yield edit.name, words, Node(statement.op, (left, tree))
    rest = missing_terms(left, right) if statement.op == "eq" else None
    if rest is not None:
        yield "missing term", f"the missing term {to_text(rest)}", Node("eq", (left, total([right, rest])))
    if statement.op == "eq":
        for tree, words in other_relations(statement):
            yield "relation", words, tree
    if left.op in DERIVATIVES:
        return
    for edit in EDITS:
        for tree, words in edit.edited(left):
            yield edit.name, words, Node(statement.op, (tree, right))


def _typed(tree: Node, claim: Claim) -> Node | None:
    try:
        return with_shapes(tree, claim.shapes)
    except HessmathError:
        return None


def _holds(at: Point, statement: Node) -> bool:
    """Whether the statement holds at the model, or balls cannot tell."""
    try:
        return at.holds(statement)
    except Undefined:
        return False
    except Undecidable:
        return True


def _models(claim: Claim) -> Iterator[Point]:
    """Models at different sizes, several each."""
    known, rng = conditions(claim), random.Random(20250521)
    for sizes in [sizes for sizes in assignments(claim.size_names, limit=12) if claim.fits(sizes)]:
        found = (at for at, _ in models(claim, known, sizes, rng, 12) if at is not None)
        yield from islice(found, max(3, MODELS // 12) if claim.size_names else MODELS)


# ---------------------------------------------------------------------------------- missing hypotheses
def _with_hypothesis(claim: Claim, statement: Node) -> Iterator[Candidate]:
    """The claim with one more hypothesis that has models, none of which the search finds to contradict the claim."""
    for condition in dict.fromkeys(_conditions(claim, statement)):
        if condition in claim.hypotheses or condition == statement:
            continue
        other = replace(claim, id=f"{claim.id}-repaired", hypotheses=(*claim.hypotheses, condition))
        found = search(other, SEARCH)
        if not found.outcome and (found.models or _has_small_model(other)) and _leaves_choice(other, condition):
            yield "missing hypothesis", f"the missing hypothesis {to_text(condition)}", other


def _leaves_choice(claim: Claim, condition: Node) -> bool:
    """Whether a matrix that the new hypothesis is about can still be something else than 0 and I."""
    about = condition.args[0]
    if about.op != SYMBOL or not about.shape or len(about.shape) != 2:
        return True
    with evaluation_precision():
        values = [at.values[str(about.value)] for at in _models(claim)]
    values = [value for value in values if len(value) > 1]
    return not values or any(
        any(entry != (1 if i == j else 0) for i, row in enumerate(value) for j, entry in enumerate(row))
        and any(entry != 0 for row in value for entry in row)
        for value in values
    )


def _has_small_model(claim: Claim) -> bool:
    """Whether the hypotheses hold at some small integers, every size being 1."""
    sizes = dict.fromkeys(claim.size_names, 1)
    shapes = claim.with_shapes_at(sizes)
    if len(shapes) > 4 or any(k != 1 for shape in shapes.values() for k in shape):
        return False
    with evaluation_precision():
        for chosen in product((0, 1, 2, -1, 3), repeat=len(shapes)):
            values = {name: _filled(shapes[name], k) for name, k in zip(shapes, chosen, strict=True)}
            at = Point(sizes, values)
            if all(_holds(at, hypothesis) for hypothesis in claim.hypotheses):
                return True
    return False


def _filled(shape: tuple[int, ...], entry: int) -> Any:
    value: Any = rational(entry)
    for _ in shape:
        value = (value,)
    return value


def _conditions(claim: Claim, statement: Node) -> Iterator[Node]:
    """Conditions that people forget: what must be defined first, then properties of single variables."""
    zero = Node("num", value=0, shape=())  # type: ignore[arg-type]
    for part in statement.walk():
        argument = part.args[0] if part.args else part
        if part.op == "inv":
            yield Node("invertible" if argument.shape else "ne", (argument,) if argument.shape else (argument, zero))
        elif part.op == "div" and part.args[1].op != "num":
            yield Node("ne", (part.args[1], zero))
        elif part.op in ("log", "sqrt") and not argument.shape:
            yield Node("gt" if part.op == "log" else "ge", (argument, zero))
            yield Node("gt", (argument, zero))
    used = {str(node.value) for tree in (statement, *claim.hypotheses) for node in tree.walk() if node.op == SYMBOL}
    names = [(name, shape) for name, shape in claim.variables if name in used]
    matrices = [(name, shape) for name, shape in names if len(shape) == 2]
    for name, shape in matrices:
        properties = _SQUARE if shape[0] == shape[1] else ("fullcol", "fullrow")
        yield from (Node(word, (_var(name, shape),)) for word in properties)
    for (a, rows), (b, columns) in combinations(matrices, 2):
        if rows == columns and rows[0] == rows[1]:
            yield Node("commute", (_var(a, rows), _var(b, rows)))
    for name, extent in names:
        if len(extent) < 2:
            signs = ("nonzero",) if extent else ("nonneg", "positive", "nonzero")
            yield from (Node(word, (_var(name, extent),)) for word in signs)


_SQUARE = ("symmetric", "invertible", "psd", "posdef", "orthogonal", "idempotent", "skew", "diagonal", "involutory")


def _var(name: str, shape: tuple[object, ...]) -> Node:
    return Node(SYMBOL, value=name, shape=shape)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- other kinds
def _other_data(claim: Claim) -> Iterator[Candidate]:
    """Another word for what kind of point, curvature or order it is."""
    from hessmath.verify.kinds import CLASSIFICATIONS, CONVEXITIES

    match claim.data:
        case CriticalPoint(_, _, said):
            data = [(word, replace_data(claim, classification=word)) for word in CLASSIFICATIONS if word != said]
            yield from (("classification", f"the kind of point, {word}", other) for word, other in data)
        case Convexity(_, _, said, _):
            others = [word for word in CONVEXITIES if word not in (said, "strongly_convex")]
            data = [(word, replace_data(claim, property=word, mu=None)) for word in others]
            yield from (("property", f"the property, {word.replace('_', ' ')}", other) for word, other in data)
        case Asymptotic(_, _, _, expansion, order):
            for edit in EDITS:
                for tree, words in edit.edited(expansion):
                    typed = _typed(tree, claim)
                    if typed is not None and edit.name in ("sign", "factor", "index"):
                        yield edit.name, words, replace_data(claim, claim=typed)
            if order > 1:
                yield "order", f"the order, {order - 1}", replace_data(claim, order=order - 1)


def replace_data(claim: Claim, /, **changes: object) -> Claim:
    """The claim with some fields of its data changed."""
    import dataclasses

    assert claim.data is not None
    data = dataclasses.replace(claim.data, **changes)  # type: ignore[arg-type]
    return replace(claim, id=f"{claim.id}-repaired", data=data)
