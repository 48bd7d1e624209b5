"""Verdicts explained: the argument that is in the certificate, step by step, in readable mathematics.

Everything here is read off the certificate, never off the search that found it; what is printed is what the
trusted checker accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hessmath.errors import HessmathError
from hessmath.language import from_json, to_text
from hessmath.language.vocabulary import RELATIONS
from hessmath.verify.kernel import Rejected
from hessmath.verify.kernel.checker import read_claim
from hessmath.verify.kernel.facts import fill
from hessmath.verify.kernel.matrix_laws import LAWS
from hessmath.verify.kernel.proofs import RULES, SCHEMAS, relations_of
from hessmath.verify.kernel.proofs import Claim as Statement
from hessmath.verify.kernel.trees import Tree, make, minus, num, text
from hessmath.verify.local_explanations import steps
from hessmath.verify.wording import property_in_words

if TYPE_CHECKING:
    from hessmath.verify.verdicts import Verdict

MAX_TERMS, MAX_FACTS = 12, 40
"""How many terms of a combination, and lines of facts, are written out; the certificate has the rest."""

Json = Any


def explained(verdict: Verdict) -> str:
    """Several lines: claim, verdict, argument, axioms, which hypotheses were used, and how to check again.

    Of a derivation every step has its verdict; the first bad one is explained, with the edit that repairs it.
    """
    lines = []
    if verdict.claim is not None:
        lines.append(f"Claim {verdict.claim.id}: {verdict.claim.text}" if not verdict.parts else verdict.claim.id)
    lines.append(str(verdict))
    if verdict.parts:
        lines += _steps(verdict)
        return "\n".join(lines)
    if verdict.evidence is not None:
        lines += argument(verdict.evidence.data)
    lines += _sides(verdict)
    if verdict.axioms:
        lines.append(f"Axioms: {', '.join(verdict.axioms)}.")
    if verdict.sizes and verdict.scope:
        lines.append(f"Sizes: {verdict.scope.removeprefix('sizes ')}.")
    if verdict.name == "proved" and verdict.claim is not None and verdict.claim.hypotheses:
        lines.append(f"Hypotheses used: {', '.join(verdict.hypotheses_used) or 'none'}.")
        if verdict.hypotheses_not_needed:
            lines.append(f"Not needed: {', '.join(verdict.hypotheses_not_needed)}.")
    if verdict.statement:
        lines.append(f"Accepted by the trusted checker as {verdict.name.replace('_', '-')}: {verdict.statement}")
    if verdict.evidence is not None:
        lines.append("verdict.certificate.check() repeats the check without any search.")
    return "\n".join(lines)


def _steps(verdict: Verdict) -> Iterator[str]:
    for k, part in enumerate(verdict.parts, start=1):
        shown = part.claim.written or part.claim.text if part.claim is not None else ""
        yield f"  step {k}: {shown}"
        yield f"    {part}"
    bad = verdict.first_bad
    if bad is not None:
        repair = bad.repair()
        if repair is not None:
            yield f"What repairs the first bad step: {repair}"


def _sides(verdict: Verdict) -> Iterator[str]:
    """Both sides of a refuted relation at the counterexample."""
    from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
    from hessmath.verify.scalars import Undecidable

    shown, claim = getattr(verdict, "counterexample", None), verdict.claim
    if verdict.name != "refuted" or shown is None or claim is None or claim.statement is None:
        return
    if claim.statement.op not in RELATIONS or set(shown.values) != set(claim.shapes):
        return
    left, right = claim.statement.args
    with evaluation_precision():
        try:
            at = Point(shown.sizes, {name: _numbers(value) for name, value in shown.values.items()})
            values = [_written(at.value(side)) for side in (left, right)]
        except (Undefined, Undecidable, ValueError):
            return
    yield f"Left, {to_text(left)}, is {values[0]}; right, {to_text(right)}, is {values[1]}."


def _numbers(value: Json) -> Any:
    from hessmath.verify.scalars import rational

    return tuple(map(_numbers, value)) if isinstance(value, list | tuple) else rational(Fraction(str(value)))


def _written(value: Any) -> str:
    return f"[{', '.join(map(_written, value))}]" if isinstance(value, tuple) else str(value)


def argument(certificate: Mapping[str, Json]) -> list[str]:
    """The argument of a certificate, one line a step.

    Examples
    --------
    >>> from hessmath.verify import check, read_claim
    >>> verdict = check(read_claim("x @ A @ x == 0", A="n n skew", x="n"))
    >>> print(chr(10).join(argument(verdict.certificate.data)))
    For every size:
      x @ A @ x is a term that is zero:
        1/2*(x @ (A + A.T) @ x)   [hypothesis 1: skew(A)]
    """
    claim, proof = certificate["claim"], certificate["proof"]
    if claim.get("kind") != "relation":
        return list(_local(claim, proof))
    reader = _Reader(read_claim(claim))
    match certificate["verdict"]:
        case "proved":
            return list(reader.proved(proof))
        case "vacuous":
            return list(reader.vacuous(proof))
        case _:
            return list(_values(proof))


class _Reader:
    """Reads the proofs of one relation claim."""

    def __init__(self, claim: Statement) -> None:
        self.claim = claim

    def proved(self, proof: Json) -> Iterator[str]:
        parts = _conjuncts(self.claim.claim)
        if "cases" not in proof:
            yield f"Shown by: {proof['by']}."
            yield from steps({}, proof)
            return
        cases = proof["cases"]
        for case in cases[:2]:
            yield f"{_where(case['sizes'], self.claim)}:"
            yield from _indented(self._definedness(case))
            for k, goal in enumerate(case["goals"]):
                shown = text(parts[k]) if len(parts) == len(case["goals"]) else ""
                yield from _indented(self._goal(goal, shown, parts[k] if shown else None))
        if len(cases) > 2:
            yield f"The same for the other {len(cases) - 2} choices of sizes."

    def vacuous(self, proof: Json) -> Iterator[str]:
        for case in proof["cases"][:2]:
            yield f"{_where(case['sizes'], self.claim)} the hypotheses contradict each other:"
            found = case["contradiction"]
            if found.get("by") == "combination":
                yield from _indented(self._combination(found["terms"], str(found["constant"])))
            else:
                yield from _indented(self._contradiction(found, None))

    def _definedness(self, case: Json) -> Iterator[str]:
        for fact in case.get("definedness", []):
            lines = list(self._fact(fact))
            yield f"Defined, since {lines[0]}"
            yield from _indented(lines[1:])

    def _goal(self, goal: Json, shown: str, part: Tree | None) -> Iterator[str]:
        match goal["by"]:
            case "combination":
                difference = _difference(part) if part is not None and part.op == "eq" else ""
                if "multiplier" in goal:
                    lines = list(self._fact(goal["nonzero"]))
                    m = self.say(goal["multiplier"])
                    yield f"Multiply by {m}, which may be cancelled: {lines[0]}"
                    yield from _indented(lines[1:])
                    difference = f"{m} times {difference}" if difference else ""
                yield from self._combination(goal["terms"], difference or shown)
            case "fact":
                yield from self._fact(goal["fact"])
            case "null":
                lines = list(self._fact(goal["posdef"]))
                form = self.say(goal["form"])
                yield f"XᵀPX = 0 for the difference X of the two sides of {shown or 'the goal'} and P = {form},"
                yield from _indented(self._combination(goal["terms"], "XᵀPX"))
                yield f"so X = 0, since {lines[0]}"
                yield from _indented(lines[1:])
            case "entries":
                yield f"{shown or 'The goal'}: entry by entry, {len(goal['entries'])} equations."
            case "directions":
                U, V = goal["names"]
                yield f"{shown or 'The goal'}: along any two directions {U} and {V} of the matrix;"
                difference = f"D²f[{U}, {V}] − vec({U})ᵀM vec({V}), with M the matrix claimed,"
                self.claim = self._with_directions(goal["names"], part)
                yield from self._combination(goal["terms"], difference)
            case "inertia":
                yield f"{shown or 'The goal'}: an invertible M with M A Mᵀ diagonal shows the signs (Sylvester)."

    def _with_directions(self, names: list[str], part: Tree | None) -> Statement:
        """The claim with two more variables of the shape of the matrix that is differentiated by."""
        found = [node.args[1].shape for node in part.walk() if node.op == "hessian"] if part is not None else []
        return replace(self.claim, variables={**self.claim.variables, **dict.fromkeys(names, *found[:1] or [()])})

    def _combination(self, terms: Sequence[Json], difference: str) -> Iterator[str]:
        what = difference or "The difference of the two sides"
        if not terms:
            yield f"{what} is zero when multiplied out."
            return
        yield f"{what} is {'the sum of these terms, each of which is' if len(terms) > 1 else 'a term that is'} zero:"
        for term in terms[:MAX_TERMS]:
            yield "  " + self._term(term)
        if len(terms) > MAX_TERMS:
            yield f"  … and {len(terms) - MAX_TERMS} more in the certificate"

    def _term(self, term: Json) -> str:
        name, *rest = term["relation"]
        try:
            relation, source = self._relation(name, rest)
            context = self.claim.read(term["context"], relation.shape)
            return f"{text(fill(context, relation))}   [{source}]"
        except (Rejected, KeyError, IndexError):
            return f"{self.say(term['context'])}   [{name}]"

    def _relation(self, name: str, rest: list[Json]) -> tuple[Tree, str]:
        if name == "hyp":
            hypothesis = self.claim.hypotheses[rest[0]]
            return relations_of(hypothesis)[rest[1]], f"hypothesis {rest[0] + 1}: {text(hypothesis)}"
        if name == "equal_args":
            op, a, b = rest[0], self.claim.read(rest[1]), self.claim.read(rest[2])
            return minus(make(op, a), make(op, b)), f"{text(a)} = {text(b)}"
        if name == "pinv":
            schema, rest = SCHEMAS[f"pinv {rest[1]}"], rest[:1]
        else:
            if name in LAWS:
                return self._law(name, *rest)
            schema = SCHEMAS[name]
        return schema.build(*map(self.claim.read, rest)), schema.axiom or schema.why

    def _law(self, name: str, premises: list[Json], data: list[Json], _zeros: Json) -> tuple[Tree, str]:
        """What vanishes by a law, with the premises in words."""
        law = LAWS[name]
        about = [self.claim.read(premise["fact"][1]) for premise in premises]
        given = ", ".join(self._assertion(premise["fact"]) for premise in premises)
        reason = law.axiom or law.why
        return law.build(about, list(map(self.claim.read, data))), f"{given}: {reason}" if given else reason

    def _fact(self, fact: Json, depth: int = 0) -> Iterator[str]:
        """A fact with its reason, the premises under it."""
        head = self._assertion(fact["fact"])
        rule = fact["rule"]
        if rule == "hypothesis":
            yield f"{head} (hypothesis {fact['index'] + 1})"
            return
        if rule == "contradiction":
            yield f"{head}: suppose not. Then"
            yield from _indented(self._contradiction(fact, fact["fact"]))
            return
        reason = RULES[rule].axiom or RULES[rule].why if rule in RULES else _OTHER.get(rule, rule)
        end = ", because" if fact.get("premises") else ""
        yield f"{head} ({reason}){end}"
        if depth < 6:
            for premise in fact.get("premises", []):
                yield from _indented(self._fact(premise, depth + 1))
        if fact.get("terms"):
            yield from _indented(self._combination(fact["terms"], "What is claimed minus what the rule gives"))

    def _contradiction(self, fact: Json, denied: Json) -> Iterator[str]:
        """Σ c·Π factors is zero by the terms, although it is positive."""
        used = sorted({k for item in fact["products"] for k in item["factors"]})
        names = {k: f"p{i}" for i, k in enumerate((k for k in used if k >= 0), start=1)}
        for k in used:
            if k >= 0:
                lines = list(self._fact(fact["premises"][k]))
                yield f"{names[k]}: {lines[0]}"
                yield from _indented(lines[1:])
            elif denied is not None:
                names[k] = "d"
                sign = "> 0" if denied[0] == "nonneg" else "≥ 0"
                yield f"d: {self.say(['neg', denied[1]])} {sign} (the opposite of the claim)"
        products = []
        for item in fact["products"]:
            factors = "·".join(names.get(k, "?") for k in item["factors"]) or "1"
            products.append(factors if item["coef"] == "1" else f"{item['coef']}·{factors}")
        zero = "is zero by the hypotheses" if fact.get("terms") else "is zero when multiplied out"
        yield f"{' + '.join(products)} > 0, but it {zero}: a contradiction."
        for term in fact.get("terms", [])[:MAX_TERMS]:
            yield "  " + self._term(term)

    def _assertion(self, fact: Json) -> str:
        about = [self.say(tree) for tree in fact[1:]]
        return _SIGN.get(fact[0], "").format(*about) or property_in_words(fact[0], about) or f"{fact[0]}({about})"

    def say(self, tree: Json) -> str:
        """A tree of the certificate as text."""
        try:
            return text(self.claim.read(tree))
        except Rejected:
            return say(tree)


_SIGN = {"positive": "{0} > 0", "nonneg": "{0} >= 0", "nonzero": "{0} is not zero"}
_OTHER = {"number": "a number, or a sum of sizes", "nonzero_factor": "a factor of something that is not zero"}


def say(tree: Json) -> str:
    """A JSON tree as text, a hole as …"""
    try:
        return to_text(from_json(_without_holes(tree)))
    except (HessmathError, ValueError, TypeError, IndexError, AttributeError):
        return str(tree)


def _without_holes(tree: Json) -> Json:
    if isinstance(tree, list):
        return ["var", "…"] if tree == ["hole"] else [_without_holes(part) for part in tree]
    return tree


def _local(claim: Json, proof: Json) -> Iterator[str]:
    """The proof of a claim about one formula: its fields, with the facts in it."""
    if proof.get("by"):
        yield f"Shown by: {str(proof['by']).replace('_', ' ')}."
        yield from steps(claim, proof)
    reader = _Reader(_scalars(claim))
    lines = 0
    for name, value in proof.items():
        if name == "by" or (name in ("terms", "direction") and proof.get("by") == "squares"):
            continue
        facts = list(_facts_in(value))
        for fact in facts:
            for line in reader._fact(fact):
                if lines < MAX_FACTS:
                    yield f"  {line}"
                lines += 1
        if not facts:
            shown = value if isinstance(value, str | int) else _short(value)
            yield f"  {name.replace('_', ' ')}: {shown}"


def _short(value: Json) -> str:
    if isinstance(value, list) and value and isinstance(value[0], str) and not value[0][:1].isdigit():
        return say(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {_short(part)}" for name, part in value.items())
    shown = f"[{', '.join(map(_short, value))}]" if isinstance(value, list) else str(value)
    return shown if len(shown) <= 300 else shown[:300] + " …"


def _facts_in(value: Json) -> Iterator[Json]:
    if isinstance(value, Mapping):
        if "fact" in value and "rule" in value:
            yield value
        else:
            for part in value.values():
                yield from _facts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from _facts_in(part)


def _scalars(claim: Json) -> Statement:
    names = claim.get("vars", [])
    nothing = Tree("true", (), None, "truth")
    return Statement("real", dict.fromkeys(names, ()), (), nothing, {})


def _values(proof: Json) -> Iterator[str]:
    sizes = [f"{name} = {size}" for name, size in proof.get("sizes", {}).items()]
    if sizes:
        yield f"At {', '.join(sizes)} take"
    for name, value in proof.get("values", {}).items():
        yield f"  {name} = {_entries(value)}"
    yield "All hypotheses hold there."
    if "undefined" in proof:
        yield f"{say(proof['undefined'])} has no value there."


def _entries(value: Json) -> str:
    return f"[{', '.join(map(_entries, value))}]" if isinstance(value, list) else str(value)


def _where(sizes: Json, claim: Statement) -> str:
    if sizes == "all":
        has_sizes = any(size.known is None for shape in claim.variables.values() for size in shape)
        return "For every size" if has_sizes else "For all values"
    return f"For {', '.join(f'{name} = {k}' for name, k in sizes.items())}" if sizes else "At the declared sizes"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"  {line}"


def _difference(part: Tree) -> str:
    left, right = part.args
    return text(left) if right == num(0) else text(minus(left, right))


def _conjuncts(tree: Tree) -> list[Tree]:
    return [part for arg in tree.args for part in _conjuncts(arg)] if tree.op == "and" else [tree]
