"""Limits and expansions: by ``series`` on the sides that count, or as quotients of polynomials with parameters.

For a limit hypotheses choose the sides that count; a hypothesis that is false near the point on a side excludes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cmp_to_key

from hessmath.verify.kernel.algebra import Algebra, Form, Mono, add, constant, known, scale
from hessmath.verify.kernel.entries import Entries
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.germs import Germ
from hessmath.verify.kernel.proofs import Case, Claim
from hessmath.verify.kernel.scalar import (
    TRUE,
    Exactly,
    Scalar,
    contradiction,
    form_of,
    written,
)
from hessmath.verify.kernel.series import ONE, Near, Series, compare, exactly, small
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
    """Text, scope and axioms of a limit of a function of one variable, where the hypotheses hold."""
    scalar = Scalar(obj, "to claim")
    to, target = _ends(scalar)
    line = f"{text(scalar.tree)} tends to {written(target)} as {scalar.names[0]} tends to {written(to)}{scalar.given}"
    reached = limit_reached(obj, proof)
    if not reached:
        if verdict != "vacuous":
            raise Rejected("the hypotheses hold at no points near")
    elif all(reached) != (verdict == "proved") or verdict == "vacuous":
        raise Rejected(f"this limit is{'' if all(reached) else ' not'} {written(target)}")
    return line, "", set()


def _ends(scalar: Scalar) -> list[Exactly | str]:
    """Where x tends to, and f."""
    given = [scalar.obj[key] for key in ("to", "claim")]
    return [end if end in ("oo", "-oo") else scalar.coordinates([end])[0] for end in given]


def limit_reached(obj: Json, proof: Json) -> list[bool]:
    """For each side that counts, whether f tends to the claimed limit."""
    scalar = Scalar(obj, "to claim")
    found = fields(proof, "by", "depth")
    depth = integer(found.get("depth", 8), 1, 30)
    if len(scalar.names) != 1 or found["by"] != "series":
        raise Rejected("a limit has one variable and is computed by 'series'")
    to, target = _ends(scalar)
    sides = [1, -1] if not isinstance(to, str) else [1] if to == "oo" else [-1]
    return [answer for side in sides if (answer := _reaches(scalar, to, side, target, depth)) is not None]


def _reaches(scalar: Scalar, to: Exactly | str, side: int, target: Exactly | str, depth: int) -> bool | None:
    """Whether f tends to the target from one side; None where a hypothesis is false near it."""
    algebra = Exact()
    if isinstance(to, str):
        x = small(-1, side)
    else:
        x = Series({ONE: form_of(to, algebra)} | dict(small(1, side).terms))
    near = Near(algebra, {scalar.names[0]: x}, depth)
    if not all(near.holds(plain(tree, {})) for tree in scalar.hypotheses):
        return None
    found = near.limit(near.value(scalar.f))
    if isinstance(found, str):
        if found == "none" and isinstance(target, str):
            raise Rejected("there is no finite limit, but perhaps an infinite one")
        return found == target
    return not isinstance(target, str) and near.sign(add(found, scale(form_of(target, algebra), -1))) == 0


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
    if type(proof) is dict and proof.get("by") == "series":
        axioms = _of_order(scalar, claimed, order, verdict, fields(proof, "by", "definedness values depth"))
        return line, "", axioms
    found = fields(proof, "by", "definedness") if verdict == "proved" else fields(proof, "by values")
    if found["by"] != "rational":
        raise Rejected("an asymptotic claim is shown by 'rational' or 'series'")
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


def _of_order(scalar: Scalar, claimed: Tree, order: int, verdict: str, proof: Mapping[str, Json]) -> set[str]:
    """f − claim by expansions on both sides; the other variables are parameters, or numbers in a refutation."""
    variable, to = str(scalar.obj["variable"]), number(scalar.obj["to"])
    if any(node.op == "var" and node.value == variable for tree in scalar.hypotheses for node in tree.walk()):
        raise Rejected("the hypotheses must not restrict the small variable")
    algebra, depth = Exact(), integer(proof.get("depth", 8), 1, 30)
    others = [name for name in scalar.names if name != variable]
    cells: dict[str, Form] = {name: algebra.atom("var", name, 0, 0) for name in others}
    axioms: set[str] = set()
    signs = Signs(algebra, [])
    if verdict == "refuted":
        found = fields(proof.get("values"), " ".join(others))
        cells = {name: constant(number(found[name])) for name in others}
        point = Point(scalar.at([to if name == variable else number(found[name]) for name in scalar.names]), algebra)
        for tree in (plain(hypothesis, {}) for hypothesis in scalar.hypotheses):
            if point.undefined(tree) or not point.holds(tree):
                raise Rejected(f"the hypothesis {text(tree)} does not hold at the values")
    else:
        case = Case(Claim("real", scalar.claim.variables, scalar.hypotheses, TRUE, {}), {})
        case.definedness(proof.get("definedness", []))
        axioms, engine = case.axioms, Entries(algebra=algebra)
        signs = Signs(algebra, [(p, engine.scalar(tree)) for p, tree in case.known if not tree.shape])
    reached = []
    for side in (1, -1):
        x = Series({ONE: constant(to)} | dict(small(1, side).terms))
        values = {**{name: exactly(form) for name, form in cells.items()}, variable: x}
        near = Near(algebra, values, depth, signs.sign, signs.nonzero)
        gap = near.minus(near.value(scalar.f), near.value(plain(claimed, {})))
        reached.append(_is_order(near, gap, order))
    if all(reached) != (verdict == "proved"):
        raise Rejected(f"the difference is{'' if all(reached) else ' not'} of the claimed order")
    return axioms


def _is_order(near: Near, gap: Series, order: int) -> bool:
    """Whether a function is O(t^order): no larger term, each one met shown to be zero or not."""
    bound = ((), Fraction(order), Fraction(0))
    for key, form in sorted(gap.terms.items(), key=lambda item: cmp_to_key(compare)(item[0]), reverse=True):
        if compare(key, bound) <= 0:
            break
        if not near.algebra.is_zero(form):
            near.nonzero(form)
            return False
    if gap.rest is not None and compare(gap.rest, bound) > 0:
        raise Rejected("the order of the difference is not determined")
    return True


class Signs:
    """Signs of coefficients that hold parameters, by enclosures, known facts and evident factors."""

    def __init__(self, algebra: Algebra, facts: Sequence[tuple[str, Form]]) -> None:
        self.algebra, self.facts = algebra, facts
        self._at = Point({}, algebra).sign

    def sign(self, form: Form) -> int:
        """The sign of a form whatever the parameters are."""
        try:
            return self._at(form)
        except Rejected:
            pass
        for predicate, fact in self.facts:
            if predicate == "positive" and (ratio := self._ratio(form, fact)):
                return 1 if ratio > 0 else -1
        signs = {self._term(mono, c) for (mono, _), c in form.items()}
        if len(signs) == 1:
            return signs.pop()
        raise Rejected("the sign of a coefficient is not known for all values of the other variables")

    def _term(self, mono: Mono, c: Fraction) -> int:
        total = 1 if c > 0 else -1
        for atom, e in mono:
            total *= self._factor(atom, e)
        return total

    def _factor(self, atom: int, e: int) -> int:
        """The sign of a power of an atom; a negative exponent shows that the atom is not zero."""
        key = self.algebra.keys[atom]
        alone: Form = {(((atom, 1),), ()): Fraction(1)}
        root = key[:2] in (("fn", "sqrt"), ("fn", "pow"))
        if key[:2] == ("fn", "exp") or (e < 0 and (root or e % 2 == 0)):
            return 1
        if root or key[0] == "sum":
            return self.sign(dict(key[-1])) ** (1 if e % 2 else 2)
        for predicate, fact in self.facts:
            if ratio := self._ratio(alone, fact):
                if e % 2 == 0 and predicate in ("positive", "nonzero"):
                    return 1
                if predicate == "positive":
                    return 1 if ratio > 0 else -1
        return self._at(alone) ** (1 if e % 2 else 2)

    def nonzero(self, form: Form) -> None:
        """Refuse unless the form is nonzero whatever the parameters are."""
        try:
            if self.sign(form):
                return
        except Rejected:
            pass
        factors = [fact for predicate, fact in self.facts if predicate in ("nonzero", "positive")]
        if not _nonvanishing(self.algebra, form, factors):
            raise Rejected("a leading coefficient is not shown to be nonzero")

    def _ratio(self, form: Form, fact: Form) -> Fraction | None:
        """c when the form is c times the fact."""
        if not form or not fact or form.keys() != fact.keys():
            return None
        ratios = {form[key] / fact[key] for key in form}
        return ratios.pop() if len(ratios) == 1 else None


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
