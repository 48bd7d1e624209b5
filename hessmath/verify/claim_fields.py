"""The fields of a claim: text, sizes, points and domains, each checked with a message that names the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from hessmath.errors import FormulaError, InputError
from hessmath.language import Node, Shape, Size, parse, parse_conditions, parse_formula
from hessmath.verify.claims import Claim, Exactly

INFINITIES = {"oo": "oo", "+oo": "oo", "inf": "oo", "∞": "oo", "-oo": "-oo", "-inf": "-oo", "-∞": "-oo"}

Fields = Mapping[str, Any]


class Beyond(Exception):
    """The claim is meaningful, but no decider here can state it."""


@contextmanager
def located(place: str) -> Iterator[None]:
    """Put a place in front of the message of any input error that is raised inside."""
    try:
        yield
    except FormulaError as error:
        raise type(error)(f"{place}: {error}", error.text, error.column) from None
    except InputError as error:
        raise type(error)(f"{place}: {error}") from None


def hint(word: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    """What to say about a word that is not known."""
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(known)}."


def one_of(fields: Fields, name: str, allowed: Sequence[str], default: str | None) -> Any:
    """A field that is one of several words."""
    value = fields.get(name, default)
    if value is not default and value not in allowed:
        raise InputError(f"{name} is {value!r}, but it is one of: {', '.join(allowed)}.")
    return value


def text_or_none(fields: Fields, name: str) -> str | None:
    """A field that may be left out."""
    value = fields.get(name)
    return None if value is None else text_field(value, name)


def text_field(value: Any, name: str) -> str:
    """A field that is text."""
    if not isinstance(value, str):
        raise InputError(f"the field {name} is text, but got {value!r}.")
    return value


def formula_text(fields: Fields, name: str) -> str:
    """The text of a formula; a bare number is one too."""
    value = fields[name]
    if isinstance(value, bool) or not isinstance(value, str | int | Fraction):
        raise InputError(f"the field {name} is text, but got {value!r}.")
    if not str(value).strip():
        raise InputError(f"the field {name} is empty.")
    return str(value)


def declared_shapes(declared: Any) -> dict[str, Shape]:
    """``vars``: name → shape, from a table, a list of scalars or text."""
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


def read_hypotheses(fields: Fields, shapes: Mapping[str, Shape]) -> tuple[Node, ...]:
    """The typed conditions of ``hypotheses``."""
    texts = fields.get("hypotheses", [])
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list | tuple):
        raise InputError(f"hypotheses is a list of texts, but got {texts!r}.")
    return tuple(_condition(text_field(text, "hypotheses"), shapes, f"hypothesis {text!r}") for text in texts)


def _condition(text: str, shapes: Mapping[str, Shape], place: str) -> Node:
    with located(place):
        node = parse(text, shapes)
        if node.shape is not None:
            raise InputError("an equation, an inequality or a property such as symmetric(A) is needed here.")
    return node


def expression(fields: Fields, name: str, shapes: Mapping[str, Shape]) -> Node:
    """A field that is a number, vector or matrix."""
    with located(name):
        return read_value(formula_text(fields, name), shapes)


def read_value(text: str, shapes: Mapping[str, Shape]) -> Node:
    """Text that is a number, vector or matrix."""
    node = parse(text, shapes)
    if node.shape is None:
        raise InputError(f"a value is needed here, but {text!r} is a relation.")
    return node


def scalar_formula(fields: Fields, name: str, claim_: Claim) -> Node:
    """A field that is a scalar formula in scalar variables."""
    if not claim_.variables:
        raise InputError(f"a claim of kind {claim_.kind} has at least one variable, but vars names none.")
    for variable, shape in claim_.variables:
        if shape:
            raise InputError(f"a claim of kind {claim_.kind} has scalar variables, but {variable} is an array.")
    with located(name):
        return parse_formula(formula_text(fields, name), [variable for variable, _ in claim_.variables])


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


def real(value: Any, name: str) -> Exactly:
    """An exact real number: a rational, or a formula such as sqrt(2) or pi/2."""
    if not isinstance(value, str):
        return exact(value, name)
    try:
        return Fraction(value.replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        pass
    try:
        return exact(value, name)
    except Beyond:
        return parse_formula(value, [])


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
        raise Beyond(f"{name} {text} is not rational, and only rational ones are decided here")
    return Fraction(int(number.p), int(number.q))


def read_point(fields: Fields, claim_: Claim) -> tuple[Exactly, ...]:
    """The coordinates of a point, in the order of the variables."""
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
    return tuple(real(value, "point") for value in given)


def read_domain(fields: Fields, names: Sequence[str]) -> tuple[Node, ...]:
    """The conditions of ``domain``; none for the whole space."""
    domain = fields.get("domain", "R")
    if not isinstance(domain, str | list | tuple):
        raise InputError(f"domain is text or a list of conditions, but got {domain!r}.")
    with located("domain"):
        return parse_conditions(domain if isinstance(domain, str) else list(domain), names)


def read_target(fields: Fields, names: Sequence[str]) -> tuple[Exactly | str, str]:
    """Where a limit goes and its variable: a number or oo, ``{"x": 0}``, ``"x -> 0"``; the variable may be apart."""
    to, variable = fields["to"], fields.get("variable")
    if isinstance(to, Mapping) and len(to) == 1:
        ((variable, to),) = to.items()
    elif isinstance(to, list | tuple) and len(to) == 1:
        (to,) = to
    elif isinstance(to, str) and "->" in to.replace("→", "->"):
        variable, _, to = (part.strip() for part in to.replace("→", "->").partition("->"))
    variable = text_field(names[0] if variable is None and names else variable, "variable")
    if variable not in names:
        raise InputError(f"variable is {variable!r}, but it is one of vars ({', '.join(names)}).")
    return read_place({"to": to}, "to"), variable


def read_place(fields: Fields, name: str) -> Exactly | str:
    """A number, or oo or -oo."""
    value = fields[name]
    if isinstance(value, str) and value.replace(" ", "") in INFINITIES:
        return INFINITIES[value.replace(" ", "")]
    return real(value, name)
