"""The front door: a certificate goes in, the statement it establishes comes out, or ``Rejected``.

The statement, its shapes and its obligations are always derived from the claim itself.  Every key of a
certificate is either used or a reason to reject.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hessmath.verify.kernel.algebra import constant
from hessmath.verify.kernel.entries import Grid, extent
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.identities import calculus
from hessmath.verify.kernel.local import KINDS
from hessmath.verify.kernel.proofs import Case, Claim
from hessmath.verify.kernel.trees import (
    Json,
    Rejected,
    Shape,
    Size,
    Tree,
    fields,
    integer,
    items,
    names_of_sizes,
    number,
    plain,
    text,
    word,
)

FORMAT = "hessmath-certificate-1"
VERDICTS = ("proved", "refuted", "ill_posed", "vacuous")


@dataclass(frozen=True)
class Statement:
    """What an accepted certificate establishes."""

    verdict: str
    text: str
    scope: str
    axioms: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.verdict}{f' ({self.scope})' if self.scope else ''}: {self.text}"


def check(certificate: Json) -> Statement:
    """The statement that a certificate (read from JSON) establishes.

    Raises
    ------
    Rejected
        If it establishes nothing; the message says why.

    Examples
    --------
    >>> trace = lambda a, b: ["trace", ["matmul", ["var", a], ["var", b]]]
    >>> claim = {"kind": "relation", "vars": {"A": ["n", "m"], "B": ["m", "n"]},
    ...          "claim": ["eq", trace("A", "B"), trace("B", "A")]}
    >>> case = {"sizes": "all", "definedness": [], "goals": [{"by": "combination", "terms": []}]}
    >>> print(check({"format": "hessmath-certificate-1", "claim": claim, "verdict": "proved",
    ...              "proof": {"cases": [case]}}))
    proved (all sizes): for all A (n, m), B (m, n): trace(A @ B) == trace(B @ A)
    """
    try:
        top = fields(certificate, "format claim verdict proof", "axioms")
        if top["format"] != FORMAT or type(top["verdict"]) is not str or top["verdict"] not in VERDICTS:
            raise Rejected(f"the format must be {FORMAT!r} and the verdict one of {', '.join(VERDICTS)}")
        kind = top["claim"].get("kind") if type(top["claim"]) is dict else None
        if kind == "relation":
            statement = _relation(top["claim"], top["verdict"], top["proof"])
        elif type(kind) is str and kind in KINDS and top["verdict"] in ("proved", "refuted", "vacuous"):
            line, scope, axioms = KINDS[kind](top["claim"], top["verdict"], top["proof"])
            statement = Statement(top["verdict"], line, scope, tuple(sorted(axioms)))
        else:
            raise Rejected("the kind of claim is not known, or has no such verdict")
    except RecursionError:
        raise Rejected("the certificate is nested too deeply") from None
    if "axioms" in top and top["axioms"] != list(statement.axioms):
        raise Rejected(f"the axioms used are {list(statement.axioms)}")
    return statement


# ------------------------------------------------------------------------------------------- relations
def read_claim(obj: Json) -> Claim:
    """A relation claim: its variables, hypotheses and claim, typed."""
    fields(obj, "kind vars claim", "field hypotheses")
    field = obj.get("field", "real")
    if field not in ("real", "complex") or type(obj["vars"]) is not dict or len(obj["vars"]) > 100:
        raise Rejected("the field is real or complex, and vars an object of at most 100 shapes")
    variables = {word(name): read_shape(shape) for name, shape in obj["vars"].items()}
    if names_of_sizes(variables) & variables.keys():
        raise Rejected("a variable and a size share a name")
    empty = Claim(field, variables, (), Tree("true", (), None, "truth"), {})
    hypotheses = tuple(map(empty.read, items(obj.get("hypotheses", []))))
    claim = replace(empty, hypotheses=hypotheses, claim=empty.read(obj["claim"]))
    if any(tree.sort != "truth" for tree in (*hypotheses, claim.claim)):
        raise Rejected("hypotheses and claim are relations")
    return claim


def read_shape(obj: Json) -> Shape:
    """A shape: at most two sizes, each a name or an integer."""
    if len(items(obj)) > 2:
        raise Rejected("a variable has at most two sizes")
    return tuple(Size.of(integer(size, 1) if type(size) is int else word(size)) for size in obj)


def describe(claim: Claim) -> str:
    """The claim as one line of text."""
    shapes = [
        name + (f" ({', '.join(map(str, shape))}{',' * (len(shape) == 1)})" if shape else "")
        for name, shape in claim.variables.items()
    ]
    given = " with " + ", ".join(map(text, claim.hypotheses)) if claim.hypotheses else ""
    field = " (complex)" if claim.field == "complex" else ""
    return f"for all {', '.join(shapes)}{field}{given}: {text(claim.claim)}" if shapes else text(claim.claim)


def read_sizes(obj: Json, claim: Claim) -> dict[str, int]:
    """Numbers for exactly the size names of the claim."""
    names = names_of_sizes(claim.variables)
    found = fields(obj, " ".join(sorted(names)))
    return {name: integer(found[name], 1, 60) for name in sorted(names)}


def listed(sizes: Mapping[str, int]) -> str:
    """Sizes as text."""
    return "sizes " + ", ".join(f"{name}={value}" for name, value in sizes.items()) if sizes else ""


def _relation(obj: Json, verdict: str, proof: Json) -> Statement:
    claim = read_claim(obj)
    if verdict in ("refuted", "ill_posed"):
        scope = _counterexample(claim, verdict, proof)
        return Statement(verdict, describe(claim), scope, ())
    if verdict == "proved" and type(proof) is dict and proof.get("by") == "calculus":
        fields(proof, "by")
        calculus(claim)
        return Statement(verdict, describe(claim), "", ())
    scopes, axioms = [], set()
    cases = items(fields(proof, "cases")["cases"])
    for item in cases:
        if verdict == "proved":
            fields(item, "sizes goals", "definedness")
        else:
            fields(item, "sizes contradiction", "definedness")
        sizes = None if item["sizes"] == "all" else read_sizes(item["sizes"], claim)
        if sizes is None and len(cases) > 1:
            raise Rejected("a case for all sizes stands alone")
        case = Case(claim, sizes)
        case.definedness(item.get("definedness", []))
        if verdict == "proved":
            case.goals(item["goals"])
        else:
            case.vacuous(item["contradiction"])
        names = names_of_sizes(claim.variables)
        scopes.append(("all sizes" if names else "") if sizes is None else listed(sizes))
        axioms |= case.axioms
    if not scopes or len(set(scopes)) < len(scopes):
        raise Rejected("the cases must be different, and at least one")
    parts = [scope.removeprefix("sizes ") for scope in scopes]
    if len(names_of_sizes(claim.variables)) == 1 and len(parts) > 1:  # n=1, 2, 3
        scope = "sizes " + ", ".join([parts[0], *(part.split("=")[1] for part in parts[1:])])
    else:
        scope = "; ".join([scopes[0], *parts[1:]])
    return Statement(verdict, describe(claim), scope, tuple(sorted(axioms)))


def read_values(obj: Json, shape: Shape) -> Grid:
    """The grid of a variable from nested lists of exact numbers."""
    rows, columns = extent(shape)
    nested = (
        [[obj]]
        if not shape
        else [[cell] for cell in items(obj)]
        if len(shape) == 1
        else [items(row) for row in items(obj)]
    )
    if len(nested) != rows or any(len(row) != columns for row in nested):
        raise Rejected("a value does not have the shape of its variable")
    return [[constant(number(cell)) for cell in row] for row in nested]


def _counterexample(claim: Claim, verdict: str, proof: Json) -> str:
    """Hypotheses hold at the values; the claim is defined and false, or the named part of it is undefined."""
    found = fields(proof, "sizes values" + " undefined" * (verdict == "ill_posed"))
    sizes = read_sizes(found["sizes"], claim)
    values = fields(found["values"], " ".join(sorted(claim.variables)))
    shapes = {name: tuple(size.at(sizes) for size in shape) for name, shape in claim.variables.items()}
    point = Point({name: read_values(values[name], shape) for name, shape in shapes.items()}, Exact())
    for hypothesis in claim.hypotheses:
        tree = plain(hypothesis, sizes)
        if point.undefined(tree) or not point.holds(tree):
            raise Rejected(f"the hypothesis {text(hypothesis)} does not hold at the values")
    goal = plain(claim.claim, sizes)
    if verdict == "refuted":
        bad = point.undefined(goal)
        if bad:
            raise Rejected(f"{text(bad)} is undefined at the values")
        if point.holds(goal):
            raise Rejected("the claim holds at the values")
    else:
        named = plain(claim.read(found["undefined"]), sizes)
        if named not in set(_needed(goal)) and (named not in set(goal.walk()) or not point.undefined(goal)):
            raise Rejected(f"{text(named)} is not a part that the claim needs at the values")
        if not point.undefined(named):
            raise Rejected(f"{text(named)} is defined at the values")
    return listed(sizes)


def _needed(tree: Tree) -> Iterator[Tree]:
    """The parts that must all be defined for a tree to be: those outside of cases."""
    yield tree
    if tree.op != "Piecewise":
        for arg in tree.args:
            yield from _needed(arg)
