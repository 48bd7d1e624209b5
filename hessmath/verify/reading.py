"""Claims from fields, from text with declarations, and the builder for pages in ``proofs/``.

The kinds are rows of a table: which fields a kind needs, which it may have, and how they become one typed
statement.  Sizes and names are checked here; whether the claim is true is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from hessmath.errors import FormulaError, InputError, ShapeError, WrongKind
from hessmath.language import Node, Shape, Size, parse, parse_conditions, parse_formula, to_text, with_shapes
from hessmath.language.tree import NUMBER, SYMBOL
from hessmath.language.vocabulary import BY_NAME, PREDICATES, RELATIONS
from hessmath.verify.claims import Asymptotic, AtPoint, Claim, Convexity, CriticalPoint, Limit, replace
from hessmath.verify.verdicts import EXPECTATIONS

COMMON = ("id", "kind", "vars", "hypotheses", "field", "expected", "repairs", "source", "note")
CLASSIFICATIONS = (
    "strict_local_min", "local_min", "strict_local_max", "local_max", "saddle", "degenerate", "not_critical",
)  # fmt: skip
CONVEXITIES = ("convex", "strictly_convex", "strongly_convex", "concave", "quasiconvex")
DEFINITENESSES = ("posdef", "psd", "negdef", "nsd", "indefinite")
SMOOTHNESS = ("differentiable", "not differentiable", "twice differentiable", "not twice differentiable")
INFINITIES = {"oo": "oo", "+oo": "oo", "inf": "oo", "∞": "oo", "-oo": "-oo", "-inf": "-oo", "-∞": "-oo"}

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of claim: needed fields, possible fields, and what makes the claim out of them."""

    needs: tuple[str, ...]
    may: tuple[str, ...]
    build: Callable[[Fields, Claim], Claim]


class _Beyond(Exception):
    """The claim is meaningful, but no decider here can state it."""


def claim(id: str, text: str | None = None, *, kind: str | None = None, **fields: Any) -> Claim:
    """A claim for a page in ``proofs/``; the keywords are the fields of claim files.

    Parameters
    ----------
    id : unique name of the claim
    text : the claim, for the kinds that have one; without ``kind`` it is a predicate or an implication
    kind, vars, hypotheses, expected, repairs, source, note, … : as in claim files

    Raises
    ------
    InputError
        If a field is missing, unknown or cannot be used.

    Examples
    --------
    >>> claim("gram", "symmetric(A.T @ A)", vars={"A": "m n"}).text
    'symmetric(A.T @ A)'
    """
    written = dict(fields)
    if text is not None:
        if "claim" in written:
            raise InputError(f"claim {id!r}: the text is given twice, as the second argument and as claim=.")
        written["claim"] = text
    return read_fields({"id": id, "kind": kind or "implication", **written})


def read_claim(what: Claim | str | Fields, **declarations: Any) -> Claim:
    """The claim that a text with declarations, a dict of fields, or a Claim says.

    Examples
    --------
    >>> read_claim("inv(A @ B) == inv(B) @ inv(A)", A="n n invertible", B="n n invertible").text
    'inv(A @ B) == inv(B) @ inv(A), given invertible(A) and invertible(B)'
    """
    if isinstance(what, str):
        return claim_from_text(what, **declarations)
    if declarations:
        raise InputError(f"Declarations such as {next(iter(declarations))}= go with a claim that is text.")
    if isinstance(what, Claim):
        return what
    if isinstance(what, Mapping):
        return read_fields(what)
    raise WrongKind(f"A claim is text, a dict of fields or a Claim, but this is {type(what).__name__}.")


def claim_from_text(text: str, **declarations: Any) -> Claim:
    """A claim from text; each keyword declares a name by its sizes and, after them, what is assumed of it.

    ``hypotheses=[…]`` adds further conditions.

    Examples
    --------
    >>> claim_from_text("trace(A) > 0", A="n n posdef").size_names
    ('n',)
    """
    extra = declarations.pop("hypotheses", [])
    sizes: dict[str, list[str]] = {}
    assumed: list[str] = []
    for name, declared in declarations.items():
        if not isinstance(declared, str):
            raise InputError(f'{name} is declared by text such as "n n symmetric", but got {declared!r}.')
        words = declared.split()
        split = next((k for k, word in enumerate(words) if word in BY_NAME and BY_NAME[word].predicate), len(words))
        sizes[name] = [word for word in words[:split] if word != "scalar"]
        for word in words[split:]:
            if word not in BY_NAME or not BY_NAME[word].predicate or BY_NAME[word].least != 1:
                raise InputError(f"{word!r} in the declaration of {name} is not a property such as symmetric.")
            assumed.append(f"{word}({name})")
    extra = [extra] if isinstance(extra, str) else list(extra)
    return read_fields(
        {"id": "claim", "kind": "implication", "vars": sizes, "hypotheses": assumed + extra, "claim": text}
    )


def read_fields(fields: Fields) -> Claim:
    """The claim that a table of a claim file says.

    Raises
    ------
    InputError
        In one sentence that begins with the claim's id and names the field.
    """
    name = fields.get("id", "claim")
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"The id of a claim is text, but this one is {name!r}.")
    with located(f"claim {name!r}"):
        kind = _kind(fields)
        _check_fields(fields, KINDS[kind])
        return _built(fields, kind, name)


def _built(fields: Fields, kind: str, name: str) -> Claim:
    variables = _variables(fields.get("vars", {}))
    base = Claim(
        id=name,
        kind=kind,
        variables=tuple(variables.items()),
        field=_one_of(fields, "field", ("real", "complex"), "real"),
        expected=_one_of(fields, "expected", EXPECTATIONS, None),
        repairs=_text_or_none(fields, "repairs"),
        source=_text_or_none(fields, "source") or "",
        note=_text_or_none(fields, "note") or "",
        written=_written(fields, kind),
    )
    try:
        base = replace(base, hypotheses=_hypotheses(fields, variables))
        return KINDS[kind].build(fields, base)
    except ShapeError as error:
        return replace(base, misfit=str(error))
    except _Beyond as reason:
        return replace(base, beyond=str(reason))


@contextmanager
def located(place: str) -> Iterator[None]:
    """Put a place in front of the message of any input error that is raised inside."""
    try:
        yield
    except FormulaError as error:
        raise type(error)(f"{place}: {error}", error.text, error.column) from None
    except InputError as error:
        raise type(error)(f"{place}: {error}") from None


def _kind(fields: Fields) -> str:
    kind = fields.get("kind")
    if kind is None:
        raise InputError("the field kind is missing; it says what is claimed, such as identity or predicate.")
    if kind not in KINDS:
        raise InputError(f"there is no kind {kind!r}{_hint(str(kind), KINDS)}")
    return str(kind)


def _hint(word: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(known)}."


def _check_fields(fields: Fields, kind: Kind) -> None:
    known = (*COMMON, *kind.needs, *kind.may)
    for name in fields:
        if name not in known:
            raise InputError(f"there is no field {name!r} in a claim of kind {fields['kind']}{_hint(str(name), known)}")
    for name in kind.needs:
        if name not in fields:
            raise InputError(f"the field {name} is missing; a claim of kind {fields['kind']} needs it.")


def _written(fields: Fields, kind: str) -> str:
    if "lhs" in fields:
        return f"{fields['lhs']} {fields.get('rel', '==')} {fields.get('rhs', '')}"
    if "wrt" in fields:
        return f"{kind} of {fields.get('f', '')} by {fields['wrt']} is {fields.get('claim', '')}"
    return str(fields.get("claim", fields.get("f", "")))


# --- parts of fields


def _one_of(fields: Fields, name: str, allowed: Sequence[str], default: str | None) -> Any:
    value = fields.get(name, default)
    if value is not default and value not in allowed:
        raise InputError(f"{name} is {value!r}, but it is one of: {', '.join(allowed)}.")
    return value


def _text_or_none(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return None if value is None else _text(value, name)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"the field {name} is text, but got {value!r}.")
    return value


def _formula_text(fields: Fields, name: str) -> str:
    value = fields[name]
    if isinstance(value, bool) or not isinstance(value, str | int | Fraction):
        raise InputError(f"the field {name} is text, but got {value!r}.")
    if not str(value).strip():
        raise InputError(f"the field {name} is empty.")
    return str(value)


def _variables(declared: Any) -> dict[str, Shape]:
    if isinstance(declared, str):
        declared = declared.replace(",", " ").split()
    if isinstance(declared, Mapping):
        return {_name(name): _shape(name, sizes) for name, sizes in declared.items()}
    if isinstance(declared, list | tuple):
        return {_name(name): () for name in declared}
    raise InputError(f'vars maps names to sizes, such as {{"A": ["n", "n"]}}, or lists scalars, but got {declared!r}.')


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("__"):
        raise InputError(f"vars: {name!r} cannot be the name of a variable.")
    return name


def _shape(name: str, sizes: Any) -> Shape:
    listed = sizes.split() if isinstance(sizes, str) else sizes
    if not isinstance(listed, list | tuple) or len(listed) > 2:
        raise InputError(f'vars: the sizes of {name} are a list of at most two, such as ["n", "m"], but got {sizes!r}.')
    return tuple(_size(name, size) for size in listed)


def _size(name: str, size: Any) -> Size:
    if isinstance(size, str) and size.isdecimal():
        size = int(size)
    if isinstance(size, bool) or not isinstance(size, int | str) or (isinstance(size, str) and not size.isidentifier()):
        raise InputError(f"vars: a size of {name} is {size!r}, but a size is a name such as n or a number.")
    if isinstance(size, int) and size < 1:
        raise InputError(f"vars: a size of {name} is {size}, but sizes are at least 1.")
    return Size.of(size)


def _hypotheses(fields: Fields, shapes: Mapping[str, Shape]) -> tuple[Node, ...]:
    texts = fields.get("hypotheses", [])
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list | tuple):
        raise InputError(f"hypotheses is a list of texts, but got {texts!r}.")
    return tuple(_condition(_text(text, "hypotheses"), shapes, f"hypothesis {text!r}") for text in texts)


def _condition(text: str, shapes: Mapping[str, Shape], place: str) -> Node:
    with located(place):
        node = parse(text, shapes)
        if node.shape is not None:
            raise InputError("an equation, an inequality or a property such as symmetric(A) is needed here.")
    return node


def _expression(fields: Fields, name: str, shapes: Mapping[str, Shape]) -> Node:
    with located(name):
        return _value(_formula_text(fields, name), shapes)


def _value(text: str, shapes: Mapping[str, Shape]) -> Node:
    node = parse(text, shapes)
    if node.shape is None:
        raise InputError(f"a value is needed here, but {text!r} is a relation.")
    return node


def _scalar(fields: Fields, name: str, claim_: Claim) -> Node:
    """A field that is a scalar formula in scalar variables."""
    for variable, shape in claim_.variables:
        if shape:
            raise InputError(f"a claim of kind {claim_.kind} has scalar variables, but {variable} is an array.")
    with located(name):
        return parse_formula(_formula_text(fields, name), [variable for variable, _ in claim_.variables])


def exact(value: Any, name: str) -> Fraction:
    """An exact rational number from a field.

    Raises
    ------
    InputError
        If it is not a number.
    """
    if isinstance(value, bool) or not isinstance(value, int | str | Fraction | float):
        raise InputError(f"{name}: {value!r} is not a number.")
    try:
        return Fraction(str(value).replace(" ", "") if isinstance(value, str | float) else value)
    except (ValueError, OverflowError):
        pass
    except ZeroDivisionError:
        raise InputError(f"{name}: {value!r} divides by zero.") from None
    return _constant(str(value), name)


def _constant(text: str, name: str) -> Fraction:
    from hessmath.verify.evaluate import Point, Undefined
    from hessmath.verify.scalars import Undecidable

    with located(name):
        tree = parse_formula(text, [])
    try:
        number = Point({}, {}).value(tree)
    except (Undefined, Undecidable):
        raise InputError(f"{name}: {text!r} has no value.") from None
    if not hasattr(number, "p"):
        raise _Beyond(f"{name} {text} is not rational, and only rational ones are decided here")
    return Fraction(int(number.p), int(number.q))


def _point(fields: Fields, claim_: Claim) -> tuple[Fraction, ...]:
    names = [name for name, _ in claim_.variables]
    given = fields["point"]
    if isinstance(given, Mapping):
        unknown = [name for name in given if name not in names]
        missing = [name for name in names if name not in given]
        if unknown or missing:
            wrong = f"{unknown[0]} is not one of them" if unknown else f"{missing[0]} is missing"
            raise InputError(f"point gives a number for each of {', '.join(names)}, but {wrong}.")
        given = [given[name] for name in names]
    if not isinstance(given, list | tuple):
        raise InputError(f"point is a list of numbers, but got {given!r}.")
    if len(given) != len(names):
        raise InputError(
            f"point has {len(given)} coordinates, but there are {len(names)} variables ({', '.join(names)})."
        )
    return tuple(exact(value, "point") for value in given)


# --- the kinds


def _typed(base: Claim, statement: Node) -> Claim:
    return replace(base, statement=with_shapes(statement, dict(base.variables)))


def _identity(fields: Fields, base: Claim) -> Claim:
    relation = str(fields.get("rel", "=="))
    if relation not in _RELATIONS:
        raise InputError(f"rel is {relation!r}, but it is one of: {', '.join(_RELATIONS)}.")
    left, right = (_expression(fields, side, base.shapes) for side in ("lhs", "rhs"))
    return _typed(base, Node(_RELATIONS[relation], (left, right)))


_RELATIONS = {
    "==": "eq", "=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
    "psd_le": "psd_le", "psd_ge": "psd_ge",
}  # fmt: skip


def _asserted(fields: Fields, base: Claim) -> Claim:
    text = _formula_text(fields, "claim")
    with located("claim"):
        node = parse(text, base.shapes)
        if node.shape is not None:
            raise InputError(f"a claim is an equation, an inequality or a property, but {text!r} is a value.")
    words = PREDICATES - RELATIONS
    return replace(base, kind="predicate" if node.op in words else base.kind, statement=node)


def _derivative(fields: Fields, base: Claim) -> Claim:
    f = _expression(fields, "f", base.shapes)
    operator = Node(base.kind, (f, _variable(fields, base), *_directions(fields, base)))
    return _typed(base, Node("eq", (operator, _expression(fields, "claim", base.shapes))))


def _variable(fields: Fields, base: Claim) -> Node:
    name = _text(fields["wrt"], "wrt").strip()
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
        return [_value(_text(text, "direction"), base.shapes) for text in listed]


def _grad_hess(fields: Fields, base: Claim) -> Claim:
    names = [name for name, _ in base.variables]
    f = _scalar(fields, "f", base)
    if "gradient" not in fields and "hessian" not in fields:
        raise InputError("the field gradient or hessian is missing; a claim of kind grad_hess needs one of them.")
    given = base.hypotheses + _domain(fields, names)
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
    equations = tuple(Node("eq", (derivative, _value(text, part.shapes))) for derivative, text in pairs)
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


def _domain(fields: Fields, names: Sequence[str]) -> tuple[Node, ...]:
    domain = fields.get("domain", "R")
    if not isinstance(domain, str | list | tuple):
        raise InputError(f"domain is text or a list of conditions, but got {domain!r}.")
    with located("domain"):
        return parse_conditions(domain if isinstance(domain, str) else list(domain), names)


def _at_point(fields: Fields, base: Claim) -> Claim:
    f, point, words = _scalar(fields, "f", base), _point(fields, base), _text(fields["claim"], "claim").strip()
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
    kind = _one_of(fields, "property", CONVEXITIES, "")
    if ("mu" in fields) != (kind == "strongly_convex"):
        raise InputError("mu is the constant of strong convexity: give it with strongly_convex and only there.")
    mu = exact(fields["mu"], "mu") if "mu" in fields else None
    if mu is not None and mu <= 0:
        raise InputError(f"mu must be positive, but it is {mu}.")
    domain = _domain(fields, [name for name, _ in base.variables]) + base.hypotheses
    return replace(base, data=Convexity(_scalar(fields, "f", base), domain, kind, mu), hypotheses=())


def _definiteness(fields: Fields, base: Claim) -> Claim:
    rows, word = fields["matrix"], _one_of(fields, "property", DEFINITENESSES, "")
    if not isinstance(rows, list | tuple) or not rows or not all(isinstance(row, list | tuple) for row in rows):
        raise InputError(f"matrix is a list of rows of exact numbers, but got {rows!r}.")
    n = len(rows)
    for row in rows:
        if len(row) != n:
            raise InputError(f"matrix has {n} rows, but one of them has {len(row)} entries: it must be square.")
    cells = [[Node(NUMBER, value=exact(cell, "matrix"), shape=()) for cell in row] for row in rows]
    block = Node("block", tuple(Node("row", tuple(row)) for row in cells))
    return _typed(base, Node(word, (block,)))


def _critical_point(fields: Fields, base: Claim) -> Claim:
    classification = _one_of(fields, "classification", CLASSIFICATIONS, "")
    return replace(base, data=CriticalPoint(_scalar(fields, "f", base), _point(fields, base), classification))


def _limit(fields: Fields, base: Claim) -> Claim:
    if "order" in fields:
        return _asymptotic(fields, base)
    if len(base.variables) != 1:
        raise InputError(f"a limit has one variable, but vars has {len(base.variables)}.")
    to, value = _place(fields, "to"), _place(fields, "claim")
    return replace(base, data=Limit(_scalar(fields, "f", base), to, value))


def _place(fields: Fields, name: str) -> Fraction | str:
    """A number, or oo or -oo."""
    value = fields[name]
    if isinstance(value, str) and value.replace(" ", "") in INFINITIES:
        return INFINITIES[value.replace(" ", "")]
    return exact(value, name)


def _asymptotic(fields: Fields, base: Claim) -> Claim:
    names = [name for name, _ in base.variables]
    variable = _text(fields.get("variable", names[0] if names else ""), "variable")
    if variable not in names:
        raise InputError(f"variable is {variable!r}, but it is one of vars ({', '.join(names)}).")
    f, expansion = _scalar(fields, "f", base), _scalar(fields, "claim", base)
    to = _place(fields, "to")
    if "order" not in fields:
        quotient = Node("div", (f, expansion), shape=())
        if len(names) != 1:
            raise _Beyond("asymptotic equality without an order is decided for one variable only")
        return replace(base, data=Limit(quotient, to, Fraction(1)))
    order = fields["order"]
    if isinstance(order, bool) or not isinstance(order, int) or not 1 <= order <= 50:
        raise InputError(f"order is an integer from 1 to 50, but got {order!r}.")
    if isinstance(to, str):
        raise _Beyond("an expansion is decided at finite points only")
    return replace(base, data=Asymptotic(f, to, variable, expansion, order))


def _derivation(fields: Fields, base: Claim) -> Claim:
    lines, relations = fields["lines"], fields.get("relations")
    if not isinstance(lines, list | tuple) or len(lines) < 2:
        raise InputError(f"lines is a list of at least two expressions, but got {lines!r}.")
    if relations is None:
        relations = ["=="] * (len(lines) - 1)
    if not isinstance(relations, list | tuple) or len(relations) != len(lines) - 1:
        raise InputError(f"relations has one entry between two lines, {len(lines) - 1} here, but got {relations!r}.")
    steps = []
    for k, relation in enumerate(relations):
        step = {"lhs": lines[k], "rhs": lines[k + 1], "rel": relation}
        part = replace(base, id=f"{base.id}/{k + 1}", written=f"{lines[k]} {relation} {lines[k + 1]}")
        try:
            with located(f"line {k + 1} to {k + 2}"):
                steps.append(_identity(step, part))
        except ShapeError as error:
            steps.append(replace(part, misfit=str(error)))
    return replace(base, steps=tuple(steps))


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
    "point": Kind(("f", "vars", "point", "claim"), ("value",), _at_point),
    "convexity": Kind(("f", "vars", "property"), ("domain", "mu"), _convexity),
    "definiteness": Kind(("matrix", "property"), (), _definiteness),
    "critical_point": Kind(("f", "vars", "point", "classification"), (), _critical_point),
    "limit": Kind(("f", "vars", "to", "claim"), ("order", "variable"), _limit),
    "asymptotic": Kind(("f", "vars", "to", "claim"), ("order", "variable"), _asymptotic),
    "derivation": Kind(("lines",), ("relations",), _derivation),
}
"""Every kind of claim, as in docs/claims.md."""

__all__ = ["KINDS", "claim", "claim_from_text", "exact", "located", "read_claim", "read_fields", "to_text"]
