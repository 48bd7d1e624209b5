"""Limits and expansions of rational functions of x, or of exp(x).

For a limit hypotheses choose the sides that count.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hessmath.verify.kernel.algebra import Algebra, Form, add, constant, freeze, known, scale
from hessmath.verify.kernel.entries import Entries
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.germs import Germ
from hessmath.verify.kernel.proofs import Case, Claim
from hessmath.verify.kernel.scalar import (
    TRUE,
    Scalar,
    contradiction,
)
from hessmath.verify.kernel.trees import (
    Json,
    Rejected,
    Tree,
    fields,
    integer,
    minus,
    number,
    obligations,
    plain,
    text,
    word,
)


def limit(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of a limit of a rational function of x, or of exp(x), where the hypotheses hold."""
    scalar = Scalar(obj, "to claim")
    if len(scalar.names) != 1 or fields(proof, "by")["by"] != "rational":
        raise Rejected("a limit has one variable and is computed by 'rational'")
    to, claim = obj["to"], obj["claim"]
    target = claim if claim in ("oo", "-oo") else str(number(claim))
    line = f"{text(scalar.tree)} tends to {target} as {scalar.names[0]} tends to {to}{scalar.given}"
    if to in ("oo", "-oo"):
        values = {_towards(scalar, None, 1 if to == "oo" else -1)} - {""}
    else:
        values = {_towards(scalar, number(to), side) for side in (1, -1)} - {""}
    if not values:
        if verdict != "vacuous":
            raise Rejected("the hypotheses hold at no points near")
    elif (values == {target}) != (verdict == "proved") or verdict == "vacuous":
        raise Rejected(f"the limit is {' or '.join(sorted(values))}")
    return line, "", set()


def _towards(scalar: Scalar, to: Fraction | None, side: int) -> str:
    """The limit from one side of a number (None: at side·∞); empty where a hypothesis is false near it."""
    algebra = Algebra()
    t = algebra.atom("small", 0)
    x = scale(t, side) if to is not None else scale(algebra.invert(t), side)
    x = add(constant(to or 0), x)
    rewrite = None if to is not None else lambda form: _exponentials(algebra, form, t)
    germ = Germ(algebra, [algebra.number("small", 0)], one_sided=True, rewrite=rewrite)
    if not all(germ.holds(scalar, [x], tree) for tree in scalar.hypotheses):
        return ""
    top, bottom = germ.quotient(germ.rewrite(germ.value(scalar, [x])))
    (m, a), (n, b) = germ.lead(top, germ.small[0]), germ.lead(bottom, germ.small[0])
    ratio = (known(a) or Fraction(0)) / (known(b) or Fraction(1))
    if not top or m >= n:
        return str(ratio) if top and m == n else "0"
    return "oo" if ratio > 0 else "-oo"


def _exponentials(algebra: Algebra, form: Form, t: Form) -> Form:
    """A rational function of exp(1/t) alone, 1/t → ∞, as a rational function of another small positive t."""
    grows = algebra.invert(t)
    atom = algebra.number("fn", "exp", freeze(grows))
    atoms = _deep(algebra, form)
    if atom not in atoms:
        return form
    if atoms - {atom}:
        raise Rejected("only rational functions of x, or of exp(x), have their limits computed")

    def replaced(part: Form) -> Form:
        total: Form = {}
        for (mono, _), value in part.items():
            term = constant(value)
            for a, e in mono:
                factor = grows if a == atom else replaced(dict(algebra.keys[a][1]))
                term = algebra.times(term, algebra.power(factor if e > 0 else algebra.invert(factor), abs(e)))
            total = add(total, term)
        return total

    return replaced(form)


def _deep(algebra: Algebra, form: Form) -> set[int]:
    found: set[int] = set()
    for mono, _ in form:
        for atom, _ in mono:
            found |= _deep(algebra, dict(algebra.keys[atom][1])) if algebra.keys[atom][0] == "sum" else {atom}
    return found


def asymptotic(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of f − claim = O(eᵏ) as e tends to a number, other variables fixed."""
    scalar = Scalar(obj, "to variable claim order")
    variable, order = word(obj["variable"]), integer(obj["order"], 1, 50)
    if variable not in scalar.names:
        raise Rejected("an asymptotic claim names one of its variables")
    claimed, hypotheses = scalar.claim.read(obj["claim"]), scalar.hypotheses
    line = f"{text(scalar.tree)} == {text(claimed)} + O(({variable} - {number(obj['to'])})**{order})"
    line = f"{line} as {variable} tends to {number(obj['to'])}{scalar.given}"
    if verdict == "vacuous":
        return line, "", contradiction(scalar, hypotheses, proof)
    found = fields(proof, "by", "definedness") if verdict == "proved" else fields(proof, "by values")
    if found["by"] != "rational":
        raise Rejected("an asymptotic claim is shown by 'rational'")
    if any(node.op == "var" and node.value == variable for tree in hypotheses for node in tree.walk()):
        raise Rejected("the hypotheses must not restrict the small variable")
    if verdict == "refuted":
        _lower_order(scalar, claimed, hypotheses, order, found["values"])
        return line, "", set()
    case = Case(Claim("real", scalar.claim.variables, hypotheses, TRUE, {}), {})
    case.definedness(found.get("definedness", []))
    algebra = Algebra()
    engine = Entries(algebra=algebra)
    cells: dict[str, Form] = {name: algebra.atom("var", name, 0, 0) for name in scalar.names}
    e = algebra.number("small", 0)
    cells[variable] = add(constant(number(obj["to"])), algebra.atom("small", 0))
    moved = Entries({name: [[cell]] for name, cell in cells.items()}, algebra=algebra)
    germ = Germ(algebra, [e], one_sided=False)
    difference = minus(scalar.f, plain(claimed, {}))
    top, bottom = germ.quotient(moved.scalar(difference), parameters=True)
    (m, _), (n, lead) = germ.lead(top, e), germ.lead(bottom, e)
    if top and m - n < order:
        raise Rejected(f"the difference is of order {m - n}")
    divisors = [part for node in difference.walk() for part in obligations(node)]
    leads = [germ.lead(germ.quotient(moved.scalar(part), parameters=True)[0], e)[1] for _, part in divisors]
    known_nonzero = [engine.scalar(tree) for predicate, tree in case.known if predicate == "nonzero" and not tree.shape]
    if any(predicate != "nonzero" for predicate, _ in divisors):
        raise Rejected("only divisions may need a condition here")
    if not all(_nonvanishing(algebra, coefficient, known_nonzero) for coefficient in [lead, *leads]):
        raise Rejected("the leading coefficient of a denominator is not shown to be nonzero")
    return line, "", case.axioms


def _lower_order(scalar: Scalar, claimed: Tree, hypotheses: Sequence[Tree], order: int, values: Json) -> None:
    """At exact values of the other variables f − claim is defined near the point and of lower order."""
    variable, to = scalar.obj["variable"], number(scalar.obj["to"])
    found = fields(values, " ".join(name for name in scalar.names if name != variable))
    numbers = [to if name == variable else number(found[name]) for name in scalar.names]
    point = Point(scalar.at(numbers))
    for hypothesis in hypotheses:
        tree = plain(hypothesis, {})
        if point.undefined(tree) or not point.holds(tree):
            raise Rejected(f"the hypothesis {text(hypothesis)} does not hold at the values")
    algebra = Algebra()
    e = algebra.number("small", 0)
    near = [
        add(constant(to), algebra.atom("small", 0)) if n == variable else constant(x)
        for n, x in zip(scalar.names, numbers, strict=True)
    ]
    engine = Entries(scalar.at(near), algebra=algebra)
    germ = Germ(algebra, [e], one_sided=False)
    difference = minus(scalar.f, plain(claimed, {}))
    divisors = [part for node in difference.walk() for part in obligations(node)]
    if any(predicate != "nonzero" or not germ.quotient(engine.scalar(part))[0] for predicate, part in divisors):
        raise Rejected("f or the claim is not defined near the point at these values")
    top, bottom = germ.quotient(engine.scalar(difference))
    if not top or germ.lead(top, e)[0] - germ.lead(bottom, e)[0] >= order:
        raise Rejected("the difference is of the claimed order at these values")


def _nonvanishing(algebra: Algebra, form: Form, factors: Sequence[Form]) -> bool:
    """Whether exact division by known nonzero polynomials leaves a nonzero number."""
    for factor in factors:
        while known(form) is None and known(factor) is None and (divided := _divide(algebra, form, factor)) is not None:
            form = divided
    return bool(known(form))


def _divide(algebra: Algebra, form: Form, factor: Form) -> Form | None:
    """The exact quotient of polynomials, by leading terms in lexicographic order."""
    atoms = sorted({a for part in (form, factor) for mono, _ in part for a, _ in mono})

    def rank(key: tuple[tuple[tuple[int, int], ...], tuple[int, ...]]) -> list[int]:
        return [dict(key[0]).get(atom, 0) for atom in atoms]

    if any(e < 0 for part in (form, factor) for key in part for e in rank(key)):
        return None
    lead = max(factor, key=rank)
    total: Form = {}
    for _ in range(1000):
        if not form:
            return total
        top = max(form, key=rank)
        powers = [p - q for p, q in zip(rank(top), rank(lead), strict=True)]
        if min(powers) < 0:
            return None
        step: Form = {(tuple((a, p) for a, p in zip(atoms, powers, strict=True) if p), ()): form[top] / factor[lead]}
        total, form = add(total, step), add(form, scale(algebra.times(step, factor), -1))
    return None
