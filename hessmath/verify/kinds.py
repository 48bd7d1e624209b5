"""The kinds of claims: which fields each needs or may have, and how they become one typed statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hessmath.errors import InputError
from hessmath.language import Node, parse, to_text, with_shapes
from hessmath.language.tree import NUMBER, SYMBOL
from hessmath.language.vocabulary import PREDICATES, RELATIONS
from hessmath.verify.claim_fields import (
    Beyond,
    Fields,
    exact,
    expression,
    formula_text,
    located,
    one_of,
    read_domain,
    read_place,
    read_point,
    read_target,
    read_value,
    real,
    scalar_formula,
    text_field,
)
from hessmath.verify.claims import Asymptotic, AtPoint, Claim, Convexity, CriticalPoint, Exactly, Limit, replace
from hessmath.verify.derivations import RELATION_NAMES, derivation

CLASSIFICATIONS = (
    "strict_local_min", "local_min", "strict_local_max", "local_max", "saddle", "degenerate", "not_critical",
)  # fmt: skip
CONVEXITIES = ("convex", "strictly_convex", "strongly_convex", "concave", "quasiconvex")
DEFINITENESSES = ("posdef", "psd", "negdef", "nsd", "indefinite")
SMOOTHNESS = ("differentiable", "not differentiable", "twice differentiable", "not twice differentiable")


@dataclass(frozen=True)
class Kind:
    """One kind of claim: needed fields, possible fields, what makes the claim out of them, and over which numbers."""

    needs: tuple[str, ...]
    may: tuple[str, ...]
    build: Callable[[Fields, Claim], Claim]
    over: tuple[str, ...] = ("real", "complex")


def _typed(base: Claim, statement: Node) -> Claim:
    return replace(base, statement=with_shapes(statement, dict(base.variables)))


def _identity(fields: Fields, base: Claim) -> Claim:
    relation = str(fields.get("rel", "=="))
    if relation not in RELATION_NAMES:
        raise InputError(f"rel is {relation!r}, but it is one of: {', '.join(RELATION_NAMES)}.")
    left, right = (expression(fields, side, base.shapes) for side in ("lhs", "rhs"))
    return _typed(base, Node(RELATION_NAMES[relation], (left, right)))


def _asserted(fields: Fields, base: Claim) -> Claim:
    text = formula_text(fields, "claim")
    with located("claim"):
        node = parse(text, base.shapes)
        if node.shape is not None:
            raise InputError(f"a claim is an equation, an inequality or a property, but {text!r} is a value.")
    words = PREDICATES - RELATIONS
    return replace(base, kind="predicate" if node.op in words else base.kind, statement=node)


def _derivative(fields: Fields, base: Claim) -> Claim:
    f = expression(fields, "f", base.shapes)
    operator = Node(base.kind, (f, _variable(fields, base), *_directions(fields, base)))
    return _typed(base, Node("eq", (operator, expression(fields, "claim", base.shapes))))


def _variable(fields: Fields, base: Claim) -> Node:
    name = text_field(fields["wrt"], "wrt").strip()
    if name not in base.shapes:
        raise InputError(f"wrt is {name!r}, but it is one of the declared names ({', '.join(base.shapes)}).")
    return Node(SYMBOL, value=name, shape=base.shapes[name])


def _directions(fields: Fields, base: Claim) -> list[Node]:
    if "direction" not in fields:
        return []
    given = fields["direction"]
    listed = [given] if isinstance(given, str) else given
    count = {"dirderiv": 1, "dirderiv2": 2}[base.kind]
    if isinstance(listed, list | tuple) and len(listed) == 1 and count == 2:
        listed = [*listed, *listed]
    if not isinstance(listed, list | tuple) or len(listed) != count:
        raise InputError(f"direction is {'a pair' if count == 2 else 'one expression'}, but got {given!r}.")
    with located("direction"):
        return [read_value(text_field(text, "direction"), base.shapes) for text in listed]


def _grad_hess(fields: Fields, base: Claim) -> Claim:
    names = [name for name, _ in base.variables]
    f = scalar_formula(fields, "f", base)
    if "gradient" not in fields and "hessian" not in fields:
        raise InputError("the field gradient or hessian is missing; a claim of kind grad_hess needs one of them.")
    given = base.hypotheses + read_domain(fields, names)
    steps = []
    for what, depth in (("gradient", 1), ("hessian", 2)):
        if what in fields:
            part = replace(base, id=f"{base.id}/{what}", hypotheses=given)
            steps.append(_entries_claimed(part, f, _table(fields, what, depth, names), what))
    return replace(base, steps=tuple(steps))


def _entries_claimed(part: Claim, f: Node, table: list[Any], what: str) -> Claim:
    x = [Node(SYMBOL, value=name, shape=()) for name, _ in part.variables]
    if what == "gradient":
        pairs = list(zip([Node("gradient", (f, v)) for v in x], table, strict=True))
    else:
        second = [Node("gradient", (Node("gradient", (f, v)), w)) for w in x for v in x]
        pairs = list(zip(second, [cell for row in table for cell in row], strict=True))
    equations = tuple(Node("eq", (derivative, read_value(text, part.shapes))) for derivative, text in pairs)
    return _typed(part, equations[0] if len(equations) == 1 else Node("and", equations))


def _table(fields: Fields, name: str, depth: int, names: list[str]) -> list[Any]:
    """A list of n texts, or of n lists of n texts; one text stands for one variable."""
    value, n = fields[name], len(names)
    if n == 1 and isinstance(value, str | int | Fraction):
        return [str(value)] if depth == 1 else [[str(value)]]
    if not isinstance(value, list | tuple) or len(value) != n:
        raise InputError(
            f"{name} has one {'entry' if depth == 1 else 'row'} for each of {', '.join(names)}, but got {value!r}."
        )
    if depth == 2:
        for row in value:
            if not isinstance(row, list | tuple) or len(row) != n:
                raise InputError(f"{name} is a list of {n} rows of {n} texts, but one row is {row!r}.")
        return [[str(cell) for cell in row] for row in value]
    return [str(cell) for cell in value]


def _at_point(fields: Fields, base: Claim) -> Claim:
    f, point, words = (
        scalar_formula(fields, "f", base),
        read_point(fields, base),
        text_field(fields["claim"], "claim").strip(),
    )
    if words in SMOOTHNESS:
        if "value" in fields:
            raise InputError(f"the field value goes with a claim such as 'd/dy of d/dx', not with {words!r}.")
        return replace(base, data=AtPoint(f, point, words))
    parts = words.split(" of ")
    named = tuple(part.strip().removeprefix("d/d").strip() for part in parts)
    if len(parts) != 2 or any(name not in base.shapes for name in named):
        raise InputError(f"claim is {words!r}, but a point claim is one of: {', '.join(SMOOTHNESS)}, d/dy of d/dx.")
    if "value" not in fields:
        raise InputError("the field value is missing; a claim about a mixed derivative needs it.")
    return replace(base, data=AtPoint(f, point, mixed=(named[0], named[1]), value=exact(fields["value"], "value")))


def _convexity(fields: Fields, base: Claim) -> Claim:
    kind = one_of(fields, "property", CONVEXITIES, "")
    if ("mu" in fields) != (kind == "strongly_convex"):
        raise InputError("mu is the constant of strong convexity: give it with strongly_convex and only there.")
    mu = exact(fields["mu"], "mu") if "mu" in fields else None
    if mu is not None and mu <= 0:
        raise InputError(f"mu must be positive, but it is {mu}.")
    domain = read_domain(fields, [name for name, _ in base.variables]) + base.hypotheses
    for condition in domain:
        parts = condition.args if condition.op == "and" else (condition,)
        known = ("lt", "le", "gt", "ge", "ne", "positive", "nonneg", "nonzero")
        wrong = [part for part in parts if part.op not in known]
        if wrong:
            raise Beyond(f"a domain for {kind} is given by inequalities, but {to_text(wrong[0])} is not one")
    return replace(base, data=Convexity(scalar_formula(fields, "f", base), domain, kind, mu), hypotheses=())


def _definiteness(fields: Fields, base: Claim) -> Claim:
    rows, word = fields["matrix"], one_of(fields, "property", DEFINITENESSES, "")
    if base.variables or base.hypotheses:
        raise InputError(
            f"the matrix of a definiteness claim holds numbers only, so leave vars and hypotheses out; "
            f"a matrix with variables goes into a predicate such as {word}(A)."
        )
    if not isinstance(rows, list | tuple) or not rows or not all(isinstance(row, list | tuple) for row in rows):
        raise InputError(f"matrix is a list of rows of exact numbers, but got {rows!r}.")
    n = len(rows)
    for row in rows:
        if len(row) != n:
            raise InputError(f"matrix has {n} rows, but one of them has {len(row)} entries: it must be square.")
    cells = [[_number(real(cell, "matrix")) for cell in row] for row in rows]
    block = Node("block", tuple(Node("row", tuple(row)) for row in cells))
    return _typed(base, Node(word, (block,)))


def _number(value: Exactly) -> Node:
    return value if isinstance(value, Node) else Node(NUMBER, value=value, shape=())


def _critical_point(fields: Fields, base: Claim) -> Claim:
    classification = one_of(fields, "classification", CLASSIFICATIONS, "")
    return replace(
        base, data=CriticalPoint(scalar_formula(fields, "f", base), read_point(fields, base), classification)
    )


def _limit(fields: Fields, base: Claim) -> Claim:
    if "order" in fields:
        return _asymptotic(fields, base)
    if len(base.variables) != 1:
        raise InputError(f"a limit has one variable, but vars has {len(base.variables)}.")
    (to, _), value = read_target(fields, [name for name, _ in base.variables]), read_place(fields, "claim")
    return replace(base, data=Limit(scalar_formula(fields, "f", base), to, value))


def _asymptotic(fields: Fields, base: Claim) -> Claim:
    names = [name for name, _ in base.variables]
    f, expansion = scalar_formula(fields, "f", base), scalar_formula(fields, "claim", base)
    to, variable = read_target(fields, names)
    if "order" not in fields:
        quotient = Node("div", (f, expansion), shape=())
        if len(names) != 1:
            raise Beyond("asymptotic equality without an order is decided for one variable only")
        return replace(base, data=Limit(quotient, to, Fraction(1)))
    order = fields["order"]
    if isinstance(order, bool) or not isinstance(order, int) or not 1 <= order <= 50:
        raise InputError(f"order is an integer from 1 to 50, but got {order!r}.")
    if isinstance(to, str | Node):
        raise Beyond("an expansion is decided at finite rational points only")
    return replace(base, data=Asymptotic(f, to, variable, expansion, order))


KINDS: dict[str, Kind] = {
    "identity": Kind(("lhs", "rhs"), ("rel",), _identity),
    "predicate": Kind(("claim",), (), _asserted),
    "implication": Kind(("claim",), (), _asserted),
    **dict.fromkeys(
        ("gradient", "jacobian", "hessian", "gradient_sym", "gradient_diag"),
        Kind(("f", "wrt", "claim"), (), _derivative),
    ),
    **dict.fromkeys(("dirderiv", "dirderiv2"), Kind(("f", "wrt", "direction", "claim"), (), _derivative)),
    "grad_hess": Kind(("f", "vars"), ("domain", "gradient", "hessian"), _grad_hess),
    "point": Kind(("f", "vars", "point", "claim"), ("value",), _at_point, ("real",)),
    "convexity": Kind(("f", "vars", "property"), ("domain", "mu"), _convexity, ("real",)),
    "definiteness": Kind(("matrix", "property"), (), _definiteness, ("real",)),
    "critical_point": Kind(("f", "vars", "point", "classification"), (), _critical_point, ("real",)),
    "limit": Kind(("f", "vars", "to", "claim"), ("order", "variable"), _limit, ("real",)),
    "asymptotic": Kind(("f", "vars", "to", "claim"), ("order", "variable"), _asymptotic, ("real",)),
    "derivation": Kind(("lines",), ("relations", "order", "to", "variable"), derivation),
}
"""Every kind of claim, as in docs/claims.md."""
