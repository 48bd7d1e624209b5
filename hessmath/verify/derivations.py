"""Derivations: lines with a relation between each two, every step a claim of its own.

Between values stand ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``psd_le``, ``psd_ge`` and ``approx O(x**k)``;
between statements stand ``=>`` and ``<=>``.  A step is judged by itself: the line before and the
hypotheses of the derivation are all that may be used, and ``<=>`` is both implications.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from hessmath.errors import InputError, ShapeError
from hessmath.language import Node, parse, parse_formula, with_shapes
from hessmath.language.tree import NUMBER, SYMBOL
from hessmath.verify.claim_fields import Beyond, Fields, exact, located, read_value
from hessmath.verify.claims import Asymptotic, Claim, replace

RELATION_NAMES = {
    "==": "eq", "=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
    "psd_le": "psd_le", "psd_ge": "psd_ge",
}  # fmt: skip
"""The relations between values, as ``rel`` of an identity and between lines."""

IMPLIES, IFF, APPROX = "=>", "<=>", "approx"
MAX_ORDER, MAX_LINES = 50, 200

_WRITTEN = {
    "≤": "<=", "≥": ">=", "≠": "!=", "⪯": "psd_le", "⪰": "psd_ge",
    "⇒": IMPLIES, "==>": IMPLIES, "implies": IMPLIES, "⇔": IFF, "<==>": IFF, "iff": IFF, "≈": APPROX, "~": APPROX,
}  # fmt: skip
_ORDER = re.compile(r"(\S+?)\s*O\((.+)\)")


def derivation(fields: Fields, base: Claim) -> Claim:
    """The claim whose steps are the steps of the derivation.

    Examples
    --------
    >>> from hessmath.verify.claims import Claim
    >>> base = Claim("d", "derivation", (("x", ()),))
    >>> fields = {"lines": ["x == 2", "x**2 == 4", "x == 2"], "relations": ["=>", "=>"]}
    >>> [step.text for step in derivation(fields, base).steps]
    ['x**2 == 4, given x == 2', 'x == 2, given x**2 == 4']
    """
    lines, relations = fields["lines"], fields.get("relations")
    if not isinstance(lines, list | tuple) or len(lines) < 2:
        raise InputError(f"lines is a list of at least two expressions, but got {lines!r}.")
    if len(lines) > MAX_LINES:
        raise InputError(f"a derivation has at most {MAX_LINES} lines, but this one has {len(lines)}.")
    if relations is None:
        relations = ["=="] * (len(lines) - 1)
    if isinstance(relations, str):
        relations = [relations] * (len(lines) - 1)
    if not isinstance(relations, list | tuple) or len(relations) != len(lines) - 1:
        raise InputError(f"relations has one entry between two lines, {len(lines) - 1} here, but got {relations!r}.")
    texts = [_line(line, k) for k, line in enumerate(lines, start=1)]
    steps = []
    for k, relation in enumerate(relations, start=1):
        before, after = texts[k - 1], texts[k]
        part = replace(base, id=f"{base.id}/{k}", written=f"{before} {relation} {after}")
        with located(f"line {k} to {k + 1}"):
            steps.append(_step(part, before, relation, after, fields))
    return replace(base, steps=tuple(steps))


def _line(line: Any, number: int) -> str:
    if isinstance(line, bool) or not isinstance(line, str | int | Fraction) or not str(line).strip():
        raise InputError(f"line {number} is an expression or a statement, but got {line!r}.")
    return str(line)


def _step(part: Claim, before: str, relation: Any, after: str, fields: Fields) -> Claim:
    word, order = _relation(relation)
    try:
        if word in (IMPLIES, IFF):
            return _implication(part, before, after, both=word == IFF)
        if word == APPROX:
            return _approximation(part, before, after, order, fields)
        left, right = read_value(before, part.shapes), read_value(after, part.shapes)
        return _typed(part, Node(RELATION_NAMES[word], (left, right)))
    except ShapeError as error:
        return replace(part, misfit=str(error))
    except Beyond as reason:
        return replace(part, beyond=str(reason))


def _relation(relation: Any) -> tuple[str, Any]:
    """The relation in its plain spelling and, of ``approx``, what was said about the order."""
    order: Any = None
    if isinstance(relation, Mapping):
        unknown = [name for name in relation if name not in ("rel", "order", "to", "variable")]
        if unknown or "rel" not in relation:
            raise InputError(f"a relation in a table has rel and may have order, to, variable, but got {relation!r}.")
        relation, order = relation["rel"], dict(relation)
    text = str(relation).strip()
    match = _ORDER.fullmatch(text)
    if match:
        text, order = match.group(1), match.group(2)
    word = _WRITTEN.get(text, text)
    if word not in RELATION_NAMES and word not in (IMPLIES, IFF, APPROX):
        known = ", ".join([*RELATION_NAMES, IMPLIES, IFF, "approx O(x**2)"])
        raise InputError(f"the relation is {relation!r}, but it is one of: {known}.")
    if match and word != APPROX:
        raise InputError(f"only approx has an order, but the relation is {relation!r}.")
    return word, order


def _implication(part: Claim, before: str, after: str, both: bool) -> Claim:
    first, second = (_statement(text, part) for text in (before, after))
    forward = _following(part, first, second)
    if not both:
        return forward
    there, back = replace(forward, id=f"{part.id}/=>"), replace(_following(part, second, first), id=f"{part.id}/<=")
    return replace(part, kind="derivation", steps=(there, back))


def _following(part: Claim, given: Node, claimed: Node) -> Claim:
    return replace(part, kind="implication", hypotheses=(*part.hypotheses, given), statement=claimed)


def _statement(text: str, part: Claim) -> Node:
    node = parse(text, part.shapes)
    if node.shape is not None:
        raise InputError(f"=> and <=> stand between statements, but {text!r} is a value; between values use ==.")
    return node


def _typed(part: Claim, statement: Node) -> Claim:
    return replace(part, kind="identity", statement=with_shapes(statement, dict(part.variables)))


def _approximation(part: Claim, before: str, after: str, order: Any, fields: Fields) -> Claim:
    """before − after = O((x − a)**k) as x → a."""
    if any(shape for _, shape in part.variables):
        raise Beyond("approximation up to an order is decided for scalar variables only")
    names = [name for name, _ in part.variables]
    variable, to, k = _order_text(order, names) if isinstance(order, str) else _order_fields(order, names, fields)
    f, g = (parse_formula(text, names) for text in (before, after))
    return replace(part, kind="asymptotic", data=Asymptotic(f, to, variable, g, k))


def _order_text(text: str, names: list[str]) -> tuple[str, Fraction, int]:
    """The variable, the place and the order in ``x**3`` or ``(x - 1)**2``."""
    node = parse_formula(text, names)
    base, k = (node.args[0], node.args[1].value) if node.op == "pow" else (node, Fraction(1))
    found = [str(n.value) for n in base.walk() if n.op == SYMBOL]
    to = Fraction(0)
    if base.op == "add" and len(base.args) == 2 and base.args[0].op == SYMBOL:
        shift = base.args[1]
        if shift.op == "neg" and shift.args[0].op == NUMBER:
            to = Fraction(shift.args[0].value or 0)
        elif shift.op == NUMBER:
            to = -Fraction(shift.value or 0)
        else:
            found = []
    elif base.op != SYMBOL:
        found = []
    if len(found) != 1 or not isinstance(k, Fraction) or k.denominator != 1:
        raise InputError(f"an order is written as O(x**3) or O((x - 1)**2), but got O({text}).")
    return found[0], to, _checked(int(k))


def _order_fields(order: Any, names: list[str], fields: Fields) -> tuple[str, Fraction, int]:
    said = {name: fields[name] for name in ("order", "to", "variable") if name in fields} | dict(order or {})
    if "order" not in said:
        raise InputError("approx needs an order: write it as approx O(x**3), or give the field order.")
    variable = said.get("variable", names[0] if names else "")
    if variable not in names:
        raise InputError(f"variable is {variable!r}, but it is one of vars ({', '.join(names)}).")
    return str(variable), exact(said.get("to", 0), "to"), _checked(said["order"])


def _checked(order: Any) -> int:
    if isinstance(order, bool) or not isinstance(order, int) or not 1 <= order <= MAX_ORDER:
        raise InputError(f"order is an integer from 1 to {MAX_ORDER}, but got {order!r}.")
    return order
