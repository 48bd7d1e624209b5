"""Claims from fields, from text with declarations, and the builder for pages in ``proofs/``.

Sizes and names are checked here; whether the claim is true is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hessmath.errors import FormulaError, InputError, ShapeError, WrongKind
from hessmath.language import Shape, Size
from hessmath.language.vocabulary import BY_NAME
from hessmath.verify.claim_fields import (
    Beyond,
    Fields,
    declared_shapes,
    hint,
    located,
    one_of,
    read_hypotheses,
    text_or_none,
)
from hessmath.verify.claims import Claim, replace
from hessmath.verify.kinds import KINDS, Kind
from hessmath.verify.verdicts import EXPECTATIONS

COMMON = ("id", "kind", "vars", "hypotheses", "field", "expected", "repairs", "source", "note")


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
        variables = declared_shapes(fields.get("vars", {}))
        try:
            return _built(fields, kind, name, variables)
        except FormulaError as error:
            for whole in _with_whole_numbers(variables):
                try:
                    return _built(fields, kind, name, whole)
                except InputError:
                    continue
            raise error


def _with_whole_numbers(variables: Mapping[str, Shape]) -> Iterator[dict[str, Shape]]:
    """A scalar as a whole number N = 1, 2, …, so that it may bound a sum or be an exponent.

    It becomes a size name, that of a vector ``N_`` which nothing else is said of.
    """
    for name in [name for name, shape in variables.items() if not shape]:
        if f"{name}_" not in variables:
            others = {each: shape for each, shape in variables.items() if each != name}
            yield {**others, f"{name}_": (Size.of(name),)}


def _built(fields: Fields, kind: str, name: str, variables: Mapping[str, Shape]) -> Claim:
    field = one_of(fields, "field", ("real", "complex"), "real")
    if field not in KINDS[kind].over:
        raise InputError(f"field is {field!r}, but a claim of kind {kind} is about real numbers: leave field out.")
    base = Claim(
        id=name,
        kind=kind,
        variables=tuple(variables.items()),
        field=field,
        expected=one_of(fields, "expected", EXPECTATIONS, None),
        repairs=text_or_none(fields, "repairs"),
        source=text_or_none(fields, "source") or "",
        note=text_or_none(fields, "note") or "",
        written=_written(fields, kind),
    )
    try:
        base = replace(base, hypotheses=read_hypotheses(fields, variables))
        return KINDS[kind].build(fields, base)
    except ShapeError as error:
        return replace(base, misfit=str(error))
    except Beyond as reason:
        return replace(base, beyond=str(reason))


def _kind(fields: Fields) -> str:
    kind = fields.get("kind")
    if kind is None:
        raise InputError("the field kind is missing; it says what is claimed, such as identity or predicate.")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"there is no kind {kind!r}{hint(str(kind), KINDS)}")
    return str(kind)


def _check_fields(fields: Fields, kind: Kind) -> None:
    known = (*COMMON, *kind.needs, *kind.may)
    for name in fields:
        if name not in known:
            raise InputError(f"there is no field {name!r} in a claim of kind {fields['kind']}{hint(str(name), known)}")
    for name in kind.needs:
        if name not in fields:
            raise InputError(f"the field {name} is missing; a claim of kind {fields['kind']} needs it.")


def _written(fields: Fields, kind: str) -> str:
    if "lhs" in fields:
        return f"{fields['lhs']} {fields.get('rel', '==')} {fields.get('rhs', '')}"
    if "wrt" in fields:
        return f"{kind} of {fields.get('f', '')} by {fields['wrt']} is {fields.get('claim', '')}"
    return str(fields.get("claim", fields.get("f", "")))
