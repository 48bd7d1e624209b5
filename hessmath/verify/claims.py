"""Claims: statements with names, hypotheses and a typed tree, ready to be settled.

Every claim that is an equation, an inequality or a predicate keeps one tree in ``statement``, with
derivative operators where the claim is about a derivative.  The kinds that say something else
(critical points, convexity, single points, limits) keep a small record in ``data``.  ``to_json`` is
what certificates carry and what the trusted checker reads.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from hessmath.errors import WrongKind
from hessmath.language.sizes import Shape, Size
from hessmath.language.tree import SIZE, Node, to_json

Exactly = Fraction | Node
"""A real number: rational, or a formula without variables."""


@dataclass(frozen=True)
class CriticalPoint:
    """``f`` has a critical point of the named kind at ``point`` (or none there: ``not_critical``)."""

    f: Node
    point: tuple[Exactly, ...]
    classification: str


@dataclass(frozen=True)
class Convexity:
    """``f`` has ``property`` on the convex set where every condition in ``domain`` holds."""

    f: Node
    domain: tuple[Node, ...]
    property: str
    mu: Fraction | None = None


@dataclass(frozen=True)
class AtPoint:
    """Differentiability of ``f`` at one point, or the value of d/d ``mixed[0]`` of d/d ``mixed[1]`` there."""

    f: Node
    point: tuple[Exactly, ...]
    claim: str = ""
    mixed: tuple[str, str] | None = None
    value: Fraction | None = None


@dataclass(frozen=True)
class Limit:
    """``f`` tends to ``claim`` as its variable tends to ``to`` (numbers, ``oo`` or ``-oo``)."""

    f: Node
    to: Exactly | str
    claim: Exactly | str


@dataclass(frozen=True)
class Asymptotic:
    """f − claim = O(variable**order) as ``variable`` tends to ``to``."""

    f: Node
    to: Fraction
    variable: str
    claim: Node
    order: int


MAX_ENTRIES = 4000
"""Arrays with more entries are not looked at entry by entry; neither does the trusted checker."""

ScalarStatement = CriticalPoint | Convexity | AtPoint | Limit | Asymptotic


@dataclass(frozen=True)
class Claim:
    """Something said about all values of the variables that satisfy the hypotheses.

    ``kind`` is the word the claim was written with.  A relation claim has a ``statement``; the other
    kinds have ``data``; a claim that is several (``grad_hess``, ``derivation``) has ``steps``.  A claim whose
    parts do not fit (``misfit``: both shapes) is ill-posed; one that no decider here can even state (``beyond``:
    why) is undecided; both keep their text in ``written``.

    Examples
    --------
    >>> from hessmath.language.sizes import Size
    >>> n = Size.of("n")
    >>> A = Node("var", value="A", shape=(n, n))
    >>> claim = Claim("c", "predicate", (("A", (n, n)),), statement=Node("symmetric", (A,)))
    >>> claim.to_json()["vars"], sorted(claim.size_names)
    ({'A': ['n', 'n']}, ['n'])
    """

    id: str
    kind: str
    variables: tuple[tuple[str, Shape], ...] = ()
    hypotheses: tuple[Node, ...] = ()
    statement: Node | None = None
    data: ScalarStatement | None = None
    steps: tuple[Claim, ...] = ()
    misfit: str = ""
    beyond: str = ""
    field: str = "real"
    expected: str | None = None
    repairs: str | None = None
    source: str = ""
    note: str = ""
    written: str = ""

    def parts(self) -> tuple[Claim, ...]:
        """The claims that get one verdict each: the steps of a composite claim, else the claim itself."""
        return self.steps or (self,)

    @property
    def shapes(self) -> dict[str, Shape]:
        """The declared shape of every variable."""
        return dict(self.variables)

    @property
    def size_names(self) -> tuple[str, ...]:
        """The size names that are free in the claim, sorted."""
        names = {name for _, shape in self.variables for size in shape for name in size.names}
        for tree in self._trees():
            names.update(str(node.value) for node in tree.walk() if node.op == SIZE)
        return tuple(sorted(names))

    def _trees(self) -> Iterator[Node]:
        yield from self.hypotheses
        if self.statement is not None:
            yield self.statement
        for part in vars(self.data).values() if self.data is not None else ():
            yield from (node for node in (part if isinstance(part, tuple) else (part,)) if isinstance(node, Node))

    def fits(self, sizes: Mapping[str, int]) -> bool:
        """Whether every array in the claim is small enough at these sizes to be looked at entry by entry."""
        shapes = {node.shape for tree in self._trees() for node in tree.walk() if node.shape}
        shapes.update(shape for _, shape in self.variables)
        return all(prod(size.at(sizes) for size in shape) <= MAX_ENTRIES for shape in shapes)

    def to_json(self) -> dict[str, Any]:
        """The claim as certificates carry it: trees as lists, exact numbers as text."""
        if self.steps:
            raise WrongKind(f'Claim "{self.id}" is several claims; ask each of its parts() for JSON.')
        if self.data is None and self.statement is not None:
            return {
                "kind": "relation",
                "field": self.field,
                "vars": {name: [_size(s) for s in shape] for name, shape in self.variables},
                "hypotheses": [to_json(h) for h in self.hypotheses],
                "claim": to_json(self.statement),
            }
        return _data_json(self)

    @property
    def text(self) -> str:
        """The claim in one line, with its hypotheses."""
        return "; ".join(part.text for part in self.steps) if self.steps else self._one_line()

    def _one_line(self) -> str:
        from hessmath.language import to_text

        if self.misfit or self.beyond:
            body = self.written
        elif self.statement is not None:
            body = to_text(self.statement)
        else:
            body = _data_text(self.data, [name for name, _ in self.variables])
        if not self.hypotheses:
            return body
        return f"{body}, given {' and '.join(to_text(h) for h in self.hypotheses)}"

    def with_shapes_at(self, sizes: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        """Every variable's shape in numbers once the size names have values."""
        return {name: tuple(size.at(sizes) for size in shape) for name, shape in self.variables}


def replace(claim: Claim, **changes: Any) -> Claim:
    """The same claim with some fields changed."""
    return dataclasses.replace(claim, **changes)


def _size(size: Size) -> int | str:
    return size.known if size.known is not None else str(size)


def _data_json(claim: Claim) -> dict[str, Any]:
    written = _data_alone(claim)
    return written | {"hypotheses": [to_json(h) for h in claim.hypotheses]} if claim.hypotheses else written


def _data_alone(claim: Claim) -> dict[str, Any]:
    names = [name for name, _ in claim.variables]
    match claim.data:
        case CriticalPoint(f, point, classification):
            return {
                "kind": "critical_point",
                "vars": names,
                "f": to_json(f),
                "point": [_number_json(x) for x in point],
                "classification": classification,
            }
        case Convexity(f, domain, kind, mu):
            written: dict[str, Any] = {
                "kind": "convexity",
                "vars": names,
                "f": to_json(f),
                "domain": [to_json(c) for c in domain],
                "property": kind,
            }
            return written if mu is None else written | {"mu": str(mu)}
        case AtPoint(f, point, words, mixed, value):
            said: Any = words if mixed is None else {"mixed": list(mixed), "value": str(value)}
            return {
                "kind": "point",
                "vars": names,
                "f": to_json(f),
                "point": [_number_json(x) for x in point],
                "claim": said,
            }
        case Limit(f, to, value):
            return {
                "kind": "limit",
                "vars": names,
                "f": to_json(f),
                "to": _number_json(to),
                "claim": _number_json(value),
            }
        case Asymptotic(f, to, variable, expansion, order):
            return {
                "kind": "asymptotic",
                "vars": names,
                "f": to_json(f),
                "to": str(to),
                "variable": variable,
                "claim": to_json(expansion),
                "order": order,
            }
        case _:
            raise WrongKind(f'Claim "{claim.id}" says nothing: it has neither a statement nor data.')


def _data_text(data: ScalarStatement | None, names: list[str]) -> str:
    from hessmath.language import to_text

    match data:
        case CriticalPoint(f, point, classification):
            return f"{to_text(f)} at {_point(names, point)}: {classification.replace('_', ' ')}"
        case Convexity(f, domain, kind, mu):
            where = " and ".join(to_text(c) for c in domain) or "everywhere"
            constant = "" if mu is None else f" with mu = {mu}"
            return f"{to_text(f)} is {kind.replace('_', ' ')}{constant}, domain: {where}"
        case AtPoint(f, point, words, None, _):
            return f"{to_text(f)} is {words} at {_point(names, point)}"
        case AtPoint(f, point, _, (outer, inner), value):
            return f"d/d{outer} of d/d{inner} of {to_text(f)} at {_point(names, point)} is {value}"
        case Limit(f, to, value):
            return f"{to_text(f)} → {_number_text(value)} as {names[0]} → {_number_text(to)}"
        case Asymptotic(f, to, variable, expansion, order):
            gap = variable if to == 0 else f"({variable} - {to})"
            return f"{to_text(f)} = {to_text(expansion)} + O({gap}**{order}) as {variable} → {to}"
        case _:
            return "(nothing)"


def _point(names: list[str], point: tuple[Exactly, ...]) -> str:
    return f"({', '.join(f'{name} = {_number_text(x)}' for name, x in zip(names, point, strict=True))})"


def _number_text(x: Exactly | str) -> str:
    from hessmath.language import to_text

    return to_text(x) if isinstance(x, Node) else str(x)


def _number_json(x: Exactly | str) -> Any:
    return to_json(x) if isinstance(x, Node) else str(x)
