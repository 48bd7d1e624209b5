"""Checking a proof of a relation in one case: all sizes, or one choice of numbers for them.

Order is what keeps definedness honest.  A tree is used only after it is *admitted*: every obligation of its
parts is a known fact.  Facts become known one after another, each from admitted trees and earlier facts, so
no fact can help to define itself.  Every known fact holds at all values that satisfy the hypotheses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from hessmath.verify.kernel import facts
from hessmath.verify.kernel.entries import Entries, Rationals, reduce_rows
from hessmath.verify.kernel.evaluate import Point, equations
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.facts import FACTS, IMPLIED, SIGNS, fill, path_is_linear, shows_sign
from hessmath.verify.kernel.matrix_facts import MATRIX_RULES, MATRIX_SCHEMAS
from hessmath.verify.kernel.matrix_laws import LAW_RULES, LAW_SCHEMAS, LAWS
from hessmath.verify.kernel.scalar_facts import SCALAR_RULES, SCALAR_SCHEMAS
from hessmath.verify.kernel.trees import (
    DEFINITE,
    DERIVATIVES,
    Json,
    Rejected,
    Shape,
    Tree,
    depends,
    fields,
    integer,
    items,
    literal,
    make,
    minus,
    named,
    num,
    number,
    obligations,
    plain,
    read,
    smoothness,
    text,
    word,
)
from hessmath.verify.kernel.words import Words

RING = named(
    "num var size hole add neg mul div pow mpow matmul T eye zeros ones inv det trace adj diag diagvec diagpart index "
    "sum kron had outer vec K block row eq ne and true invertible symmetric skew orthogonal diagonal idempotent "
    "involutory nilpotent commute nonzero gradient jacobian hessian dirderiv dirderiv2"
)
"""What a claim over the complex numbers may use: algebra, with plain transposes and no order."""

FALSE = ["false"]
RULES = {**facts.RULES, **MATRIX_RULES, **LAW_RULES, **SCALAR_RULES}
SCHEMAS = {**facts.SCHEMAS, **MATRIX_SCHEMAS, **LAW_SCHEMAS, **SCALAR_SCHEMAS}


@dataclass(frozen=True)
class Claim:
    """A relation between typed trees, as declared in a certificate."""

    field: str
    variables: Mapping[str, Shape]
    hypotheses: tuple[Tree, ...]
    claim: Tree
    given: Mapping[str, Tree]

    def read(self, obj: Json, hole: Shape | None = None) -> Tree:
        """A tree over the claim's variables, within the claim's field."""
        tree = read(obj, self.variables, hole, self.given)
        if self.field == "complex" and not all(map(_in_ring, tree.walk())):
            raise Rejected(f"{text(tree)} is not algebra over the complex numbers")
        return tree


def _in_ring(node: Tree) -> bool:
    """Whether the operation has one meaning over the complex numbers; a root such as x**(1/2) has not."""
    if node.op != "pow":
        return node.op in RING
    exponent = literal(node.args[1])
    return exponent.denominator == 1 if exponent is not None else not any(obligations(node))


def conjuncts(tree: Tree) -> list[Tree]:
    """The parts of a conjunction, in order."""
    return [part for arg in tree.args for part in conjuncts(arg)] if tree.op == "and" else [tree]


def facts_of(tree: Tree) -> list[tuple[str, Tree]]:
    """What a relation says as facts."""
    op, args = tree.op, tree.args
    if op in FACTS:
        return [(op, args[0])]
    if op in ("lt", "le", "gt", "ge"):
        low, high = args if op in ("lt", "le") else args[::-1]
        return [("positive" if op in ("lt", "gt") else "nonneg", minus(high, low))]
    if op in ("psd_le", "psd_ge"):
        low, high = args if op == "psd_le" else args[::-1]
        return [("psd", minus(high, low))]
    if op == "ne":
        return [("nonzero", minus(*args))]
    if op in ("negdef", "nsd"):
        return [("posdef" if op == "negdef" else "psd", make("neg", args[0]))]
    return [("symmetric", args[0])] if op == "diagonal" else []


def relations_of(tree: Tree) -> list[Tree]:
    """What a hypothesis says as expressions that vanish, in order."""
    found: list[Tree] = []
    for part in conjuncts(tree):
        found += equations(part) or []
        if part.op in DEFINITE:
            found.append(minus(part.args[0], make("T", part.args[0])))
    return found


class Case:
    """One case of a proof, with what is known so far."""

    def __init__(self, claim: Claim, sizes: Mapping[str, int] | None) -> None:
        self.claim, self.sizes = claim, sizes or {}
        self.axioms: set[str] = set()
        self.known: list[tuple[str, Tree]] = []
        self._admitted: set[Tree] = set()
        self._waiting = [plain(tree, self.sizes) for tree in claim.hypotheses]
        self._hypotheses = list(self._waiting)
        trees = [*self._waiting, plain(claim.claim, self.sizes)]
        varied = {str(node.args[1].value) for tree in trees for node in tree.walk() if node.op in DERIVATIVES}
        structure, definitions = self._simple_hypotheses(varied)
        self.engine = (
            Words(structure.keys() - _skew(structure)) if sizes is None else Entries(None, structure, definitions)
        )
        self._settle()

    def _simple_hypotheses(self, varied: set[str]) -> tuple[dict[str, str], dict[str, Tree]]:
        """Symmetric, skew and diagonal variables; variables equated with an expression that is always defined."""
        structure: dict[str, str] = {}
        definitions: dict[str, Tree] = {}
        for tree in (part for hypothesis in self._hypotheses for part in conjuncts(hypothesis)):
            first = tree.args[0] if tree.args else tree
            if (
                first.op == "var"
                and tree.op in ("symmetric", "skew", "diagonal", *DEFINITE)
                and first.value not in varied
            ):
                structure.setdefault(str(first.value), "symmetric" if tree.op in DEFINITE else tree.op)
            if tree.op == "eq" and tree.args[0].shape == tree.args[1].shape:
                for left, right in (tree.args, tree.args[::-1]):
                    safe = not any(any(obligations(node)) or node.op in DERIVATIVES for node in right.walk())
                    fixed = not any(node.op == "var" and node.value in varied for node in (left, *right.walk()))
                    name = str(left.value)
                    if left.op == "var" and safe and fixed and name not in definitions and not depends(right, name):
                        definitions[name] = right
                        break
        return {name: kind for name, kind in structure.items() if name not in definitions}, definitions

    # -------------------------------------------------------------------------------------- definedness
    def read(self, obj: Json) -> Tree:
        """A tree of the proof at this case's sizes, admitted."""
        return self.admit(plain(self.claim.read(obj), self.sizes))

    def admit(self, tree: Tree) -> Tree:
        """The same tree, once every obligation of its parts is known."""
        for node in tree.walk():
            if node not in self._admitted:
                for predicate, part in [*obligations(node), *smoothness(node, self.engine.by_inverse)]:
                    self._require(predicate, part)
                self._admitted.add(node)
        return tree

    def _require(self, predicate: str, tree: Tree) -> None:
        if tree.shape and predicate in ("entries", "positive", "nonneg") and isinstance(self.engine, Entries):
            for index in self._places(tree):
                self._require("nonzero" if predicate == "entries" else predicate, index)
            return
        wanted = "positive" if predicate == "entries" else predicate
        if not (self._obvious(wanted, tree) or any(wanted == p and self.engine.equal(t, tree) for p, t in self.known)):
            raise Rejected(f"not shown: {predicate}({text(tree)})")

    def _places(self, tree: Tree) -> Iterable[Tree]:
        ranges = [range(size.known or 0) for size in tree.shape]
        rows = [[num(i)] for i in ranges[0]]
        for index in rows if len(ranges) == 1 else [[i, num(j)] for (i,) in rows for j in ranges[1]]:
            yield make("index", tree, *index)

    def _obvious(self, predicate: str, tree: Tree) -> bool:
        """Signs of numbers (pi and exp(1) too), of sizes (they are at least 1), and evident symmetry."""
        if predicate == "symmetric":
            return self.engine.equal(tree, make("T", tree))
        if predicate not in SIGNS or tree.shape:
            return False
        value = self.engine.constant(tree)
        if value is not None:
            return shows_sign(predicate, value)
        if self.claim.field == "real" and all(node.op not in ("var", "size", "bound", "hole") for node in tree.walk()):
            return _enclosed(predicate, tree)
        if not isinstance(self.engine, Words):
            return False
        keys = self.engine.algebra.keys
        return all(
            c > 0 and all(keys[atom][0] == "size" and e > 0 for atom, e in mono)
            for (mono, _), c in self.engine.normal(tree).items()
        )

    def _learn(self, predicate: str, tree: Tree) -> None:
        if tree.shape and predicate in ("positive", "nonneg") and isinstance(self.engine, Entries):
            for index in self._places(tree):
                self._learn(predicate, index)
        self.known += [(p, tree) for p in (predicate, *IMPLIED.get(predicate, ()))]

    def _settle(self) -> None:
        """Learn every hypothesis that is admitted by now."""
        progress = True
        while progress:
            progress = False
            for tree in list(self._waiting):
                try:
                    self.admit(tree)
                except Rejected:
                    continue
                self._waiting.remove(tree)
                progress = True
                for part in conjuncts(tree):
                    for predicate, about in facts_of(part):
                        self._learn(predicate, about)

    # ------------------------------------------------------------------------------------- combinations
    def terms(self, obj: Json) -> list[Tree]:
        """Expressions that vanish: contexts of relations."""
        return [self._term(fields(item, "relation context")) for item in items(obj)]

    def _term(self, obj: Mapping[str, Json]) -> Tree:
        relation = self._relation(items(obj["relation"]))
        context = self.claim.read(obj["context"], relation.shape)
        if not path_is_linear(context):
            raise Rejected(f"the context {text(context)} is not linear in one hole")
        return self.admit(plain(fill(context, relation), self.sizes))

    def _relation(self, obj: list[Json]) -> Tree:
        name = word(obj[0]) if obj else ""
        if name == "hyp" and len(obj) == 3:
            return self._hypothesis(obj[1], obj[2])
        if name == "equal_args" and len(obj) == 5:
            a, b = self.claim.read(obj[2]), self.claim.read(obj[3])
            self.vanishes(minus(self.admit(plain(a, self.sizes)), self.admit(plain(b, self.sizes))), self.terms(obj[4]))
            if a.shape != b.shape:
                raise Rejected("equal_args needs arguments of one shape")
            return minus(make(word(obj[1]), a), make(word(obj[1]), b))
        if name in LAWS and len(obj) == 4:
            return self._law(name, *obj[1:])
        if name == "pinv" and len(obj) == 3:
            obj, name = obj[:2], f"pinv {integer(obj[2], 1, 4)}"
        if name not in SCHEMAS or len(obj) != SCHEMAS[name].count + 1:
            raise Rejected(f"there is no relation {name!r} with {len(obj) - 1} parts")
        schema = SCHEMAS[name]
        if self.claim.field == "complex" and not schema.ring:
            raise Rejected(f"the relation {name!r} is not available over the complex numbers")
        self.axioms |= {schema.axiom} - {""}
        return schema.build(*(self.claim.read(part) for part in obj[1:]))

    def _law(self, name: str, premises: Json, data: Json, zeros: Json) -> Tree:
        """What vanishes by a law: its premises are proved, and what it needs to vanish is the sum of terms."""
        law = LAWS[name]
        shown = [self.fact(item) for item in items(premises)]
        parts = [self.read(item) for item in items(data)]
        if (tuple(p for p, _ in shown), len(parts)) != (law.premises, law.data):
            raise Rejected(f"the law {name!r} does not fit its premises or data")
        if self.claim.field == "complex" and not law.ring:
            raise Rejected(f"the law {name!r} is not available over the complex numbers")
        about = [tree for _, tree in shown]
        self._vanish(law.zeros(about, parts), zeros)
        self.axioms |= {law.axiom} - {""}
        return law.build(about, parts)

    def _vanish(self, needed: Sequence[Tree], zeros: Json) -> None:
        if len(needed) != len(items(zeros)):
            raise Rejected(f"{len(needed)} expressions have to vanish")
        for tree, terms in zip(needed, zeros, strict=True):
            self.vanishes(self.admit(plain(tree, self.sizes)), self.terms(terms))

    def _hypothesis(self, i: Json, j: Json) -> Tree:
        tree = self.claim.hypotheses[integer(i, 0, len(self.claim.hypotheses) - 1)]
        found = relations_of(tree)
        return found[integer(j, 0, len(found) - 1)]

    def vanishes(self, tree: Tree, terms: Sequence[Tree]) -> None:
        """Refuse unless the tree is the sum of the terms."""
        rest = make("add", tree, *(make("neg", term) for term in terms)) if terms else tree
        if not self.engine.is_zero(rest):
            raise Rejected(f"{text(tree)} is not the sum of the {len(terms)} given terms")

    # ------------------------------------------------------------------------------------------- facts
    def fact(self, obj: Json, depth: int = 0) -> tuple[str, Tree]:
        """A fact with its proof, which becomes known."""
        if depth > 30:
            raise Rejected("a fact is nested too deeply")
        head = fields(obj, "fact rule", "premises data terms index products zeros")
        predicate, name = word((items(head["fact"]) or [None])[0]), word(head["rule"])
        if predicate not in FACTS or len(head["fact"]) != 2:
            raise Rejected(f"{predicate} is not a fact about one expression")
        tree = self.read(head["fact"][1])
        make(predicate, tree)  # typed: square, matrix, …
        if name == "hypothesis":
            self._from_hypothesis(predicate, tree, integer(fields(obj, "fact rule index")["index"]))
        elif name == "number":
            fields(obj, "fact rule")
            if predicate not in SIGNS or not self._obvious(predicate, tree):
                raise Rejected(f"{text(tree)} is not a number that is {predicate}")
        elif name == "contradiction":
            if predicate not in ("positive", "nonneg") or tree.shape:
                raise Rejected("contradiction proves that a scalar is positive or nonnegative")
            self.contradiction(fields(obj, "fact rule products", "premises terms"), predicate, tree, depth)
        else:
            self._by_rule(name, predicate, tree, fields(obj, "fact rule", "premises data terms zeros"), depth)
        self._learn(predicate, tree)
        return predicate, tree

    def _from_hypothesis(self, predicate: str, tree: Tree, index: int) -> None:
        if index >= len(self._hypotheses):
            raise Rejected(f"there is no hypothesis {index}")
        hypothesis = self.admit(self._hypotheses[index])
        said = [(p, t) for part in conjuncts(hypothesis) for q, t in facts_of(part) for p in (q, *IMPLIED.get(q, ()))]
        if not any(p == predicate and self.engine.equal(t, tree) for p, t in said):
            raise Rejected(f"hypothesis {index} does not say {predicate}({text(tree)})")

    def _by_rule(self, name: str, predicate: str, tree: Tree, obj: Mapping[str, Json], depth: int) -> None:
        terms = self.terms(obj.get("terms", []))
        premises = [self.fact(item, depth + 1) for item in items(obj.get("premises", []))]
        data = [self.read(item) for item in items(obj.get("data", []))] if name != "nonzero_factor" else []
        if self.claim.field == "complex" and not (name in RULES and RULES[name].ring):
            raise Rejected(f"the rule {name!r} is not available over the complex numbers")
        if name == "nonzero_factor":  # context[claimed] ≠ 0 and the context vanishes at 0
            (context,) = (self.claim.read(item, tree.shape) for item in items(obj.get("data", []))[:1] or [None])
            if not path_is_linear(context) or [p for p, _ in premises] != ["nonzero"] or len(obj["data"]) != 1:
                raise Rejected("nonzero_factor needs one nonzero premise and one linear context")
            image = self.admit(fill(plain(context, self.sizes), tree))
            if predicate != "nonzero":
                raise Rejected("nonzero_factor concludes nonzero")
            return self.vanishes(minus(premises[0][1], image), terms)
        if name not in RULES:
            raise Rejected(f"there is no rule {name!r}")
        rule = RULES[name]
        if (predicate, tuple(p for p, _ in premises)) != (rule.gives, rule.premises) or rule.data not in (
            -1,
            len(data),
        ):
            raise Rejected(f"the rule {name!r} does not fit its premises, data or conclusion")
        self._vanish(rule.zeros(tree, [t for _, t in premises], data) if rule.zeros else [], obj.get("zeros", []))
        built = self.admit(plain(rule.build(tree, [t for _, t in premises], data), self.sizes))
        signs = [(p, t) for p, t in [*premises, (predicate, tree if rule.defect else built)] if p in SIGNS]
        if not rule.arrays and any(t.shape for _, t in signs):
            raise Rejected(f"the rule {name!r} is about scalars")
        if not rule.defect and built.shape != tree.shape:
            raise Rejected(f"the rule {name!r} concludes about another shape")
        self.axioms |= {rule.axiom} - {""}
        return self.vanishes(built if rule.defect else minus(built, tree), terms)

    def contradiction(self, obj: Mapping[str, Json], predicate: str, tree: Tree, depth: int) -> None:
        """Σ c·Π factors = Σ terms = 0 with c ≥ 0, nonnegative factors, and one product that is positive.

        Factor k is the k-th premise; factor −1 is the denial of the goal: −e > 0 against nonneg(e), −e ≥ 0
        against positive(e).
        """
        if self.claim.field == "complex":
            raise Rejected("there is no order over the complex numbers")
        terms = self.terms(obj.get("terms", []))
        premises = [self.fact(item, depth + 1) for item in items(obj.get("premises", []))]
        if any(p not in ("positive", "nonneg") or t.shape for p, t in premises):
            raise Rejected("contradiction multiplies scalars that are positive or nonnegative")
        if predicate != "false":
            premises.append(("positive" if predicate == "nonneg" else "nonneg", make("neg", tree)))
        total, strict = num(0), False
        for item in items(obj["products"]):
            product = fields(item, "coef factors")
            coefficient = number(product["coef"])
            places = [integer(k, -1, len(premises) - 1) for k in items(product["factors"])]
            if coefficient < 0 or len(places) > 12 or (predicate == "false" and -1 in places):
                raise Rejected("a product needs a coefficient ≥ 0 and factors among the premises")
            chosen = [premises[k] for k in places]
            strict = strict or (coefficient > 0 and all(p == "positive" for p, _ in chosen))
            total = make("add", total, make("mul", num(coefficient), *(t for _, t in chosen)))
        if not strict:
            raise Rejected("no product is strictly positive")
        self.vanishes(total, terms)

    # ------------------------------------------------------------------------------------------- goals
    def definedness(self, obj: Json) -> None:
        """The listed facts in order; then every hypothesis must be admitted."""
        for item in items(obj):
            self.fact(item)
            self._settle()
        for tree in self._waiting:
            self.admit(tree)

    def goals(self, obj: Json) -> None:
        """The atomic goals of the claim, each with its proof."""
        claim = self.admit(plain(self.claim.claim, self.sizes))
        wanted: list[tuple[str, Tree]] = []
        for part in conjuncts(claim):
            found = equations(part)
            if found is not None:
                wanted += [("zero", tree) for tree in found]
            elif part.op != "true":
                facts = facts_of(part) or ([("indefinite", part.args[0])] if part.op == "indefinite" else [])
                if not facts:
                    raise Rejected(f"the checker has no proofs of {text(part)}")
                wanted += facts
        if len(wanted) != len(items(obj)):
            raise Rejected(f"the claim has {len(wanted)} goals, but {len(obj)} proofs are given")
        for (predicate, tree), item in zip(wanted, obj, strict=True):
            self.goal(predicate, tree, item)

    def vacuous(self, obj: Json) -> None:
        """No values satisfy the hypotheses: a sum of positive products vanishes, or a nonzero number does."""
        if type(obj) is dict and obj.get("by") == "combination":
            found = fields(obj, "by terms constant")
            if not number(found["constant"]):
                raise Rejected("the constant must not be zero")
            self.vanishes(num(number(found["constant"])), self.terms(found["terms"]))
            return
        found = fields(obj, "fact rule products", "premises terms")
        if found["fact"] != FALSE or found["rule"] != "contradiction":
            raise Rejected("vacuous needs the fact ['false'] by contradiction")
        self.contradiction(found, "false", num(0), 0)

    def goal(self, predicate: str, tree: Tree, obj: Json) -> None:
        """One goal: an expression vanishes, or has a property."""
        by = obj.get("by") if type(obj) is dict else None
        if by == "combination" and predicate == "zero":
            self._combination(tree, fields(obj, "by terms", "multiplier nonzero"))
        elif by == "null" and predicate == "zero":
            self._null(tree, fields(obj, "by form posdef terms"))
        elif by == "directions" and predicate == "zero":
            self._directions(tree, fields(obj, "by names terms"))
        elif by == "fact" and predicate != "zero":
            shown, about = self.fact(fields(obj, "by fact")["fact"])
            if predicate not in (shown, *IMPLIED.get(shown, ())) or not self.engine.equal(about, tree):
                raise Rejected(f"the goal was {predicate}({text(tree)}), but the fact is {shown}({text(about)})")
        elif by == "entries" and predicate == "zero" and tree.shape and isinstance(self.engine, Entries):
            places = list(self._places(tree))
            if len(places) != len(items(fields(obj, "by entries")["entries"])):
                raise Rejected(f"{len(places)} entries were needed")
            for place, part in zip(places, obj["entries"], strict=True):
                self.goal("zero", place, part)
        elif by == "inertia" and isinstance(self.engine, Entries):
            matrix = self.engine.rationals(tree)
            if matrix is None or len(tree.shape) != 2:
                raise Rejected("inertia is read off a matrix of rational numbers")
            positive, negative, zero = inertia(matrix, fields(obj, "by congruence")["congruence"])
            if not _SHOWN.get(predicate, _never)(positive, negative, zero):
                raise Rejected(
                    f"with {positive} positive, {negative} negative and {zero} zero signs it is not {predicate}"
                )
        elif by == "numbers" and predicate in DEFINITE | {"indefinite"} and not self.claim.variables:
            fields(obj, "by")  # signs of the minors of a matrix of real numbers
            if not Point({}, Exact()).holds(make(predicate, tree)):
                raise Rejected(f"{text(tree)} is not {predicate}")
        else:
            raise Rejected(f"{predicate}({text(tree)}) cannot be proved by {str(by)[:40]!r}")

    def _combination(self, tree: Tree, obj: Mapping[str, Json]) -> None:
        """The goal, or m·goal, is the sum of the terms; m is a number ≠ 0, or for a scalar goal an array ≠ 0.

        In a field s·m = 0 at an entry where m is not zero makes s = 0.
        """
        if ("multiplier" in obj) != ("nonzero" in obj):
            raise Rejected("a multiplier needs the fact that it is not zero")
        terms = self.terms(obj["terms"])
        if "multiplier" in obj:
            multiplier = self.read(obj["multiplier"])
            shown, about = self.fact(obj["nonzero"])
            if (
                "nonzero" not in (shown, *IMPLIED.get(shown, ()))
                or (multiplier.shape and tree.shape)
                or not self.engine.equal(about, multiplier)
            ):
                raise Rejected("the multiplier is not shown to be nonzero")
            tree = make("mul", multiplier, tree)
        self.vanishes(tree, terms)

    def _null(self, tree: Tree, obj: Mapping[str, Json]) -> None:
        """X = 0 because trace(XᵀPX) = 0 and P is positive definite."""
        form, (shown, about) = self.read(obj["form"]), self.fact(obj["posdef"])
        if self.claim.field == "complex" or shown != "posdef" or not self.engine.equal(about, form) or not tree.shape:
            raise Rejected("the form is not shown to be positive definite")
        square = make("matmul", make("T", tree), form, tree)
        self.vanishes(make("trace", square) if len(tree.shape) == 2 else square, self.terms(obj["terms"]))

    def _directions(self, tree: Tree, obj: Mapping[str, Json]) -> None:
        """hessian(f, X) − M = 0 because D²f[U, V] = vec(U)@M@vec(V) for new variables U and V: all directions."""
        names = [word(name) for name in items(obj["names"])]
        if len(set(names)) != 2 or not set(names).isdisjoint([*self.claim.variables, *self.claim.given]):
            raise Rejected("two new names of directions were needed")
        if tree.op != "add" or len(tree.args) != 2 or tree.args[1].op != "neg":
            raise Rejected("the goal is not about a Hessian")
        hessian, matrix = (tree.args[0], tree.args[1].args[0])
        if hessian.op != "hessian":
            hessian, matrix = matrix, hessian
        if hessian.op != "hessian" or len(hessian.args[1].shape) != 2:
            raise Rejected("the goal is not about a Hessian in a matrix")
        f, x = hessian.args
        outer, self.claim = (
            self.claim,
            replace(self.claim, variables={**self.claim.variables, **dict.fromkeys(names, x.shape)}),
        )
        U, V = (Tree("var", (), name, x.shape) for name in names)
        form = make("matmul", make("vec", U), matrix, make("vec", V))
        self.vanishes(self.admit(minus(make("dirderiv2", f, x, U, V), form)), self.terms(obj["terms"]))
        self.claim = outer


def _enclosed(predicate: str, tree: Tree) -> bool:
    """Whether rational enclosures show the sign of a number such as 4 − pi."""
    try:
        return Point({}).undefined(tree) is None and Point({}).holds(make(predicate, tree))
    except Rejected:
        return False


def _skew(structure: Mapping[str, str]) -> set[str]:
    return {name for name, kind in structure.items() if kind == "skew"}


def _never(_positive: int, _negative: int, _zero: int) -> bool:
    return False


_SHOWN: dict[str, Callable[[int, int, int], bool]] = {
    "posdef": lambda positive, negative, zero: not negative and not zero,
    "psd": lambda positive, negative, zero: not negative,
    "indefinite": lambda positive, negative, zero: positive > 0 and negative > 0,
    "invertible": lambda positive, negative, zero: not zero,
}


def inertia(matrix: Rationals, congruence: Json) -> tuple[int, int, int]:
    """Positive, negative and zero signs, by Sylvester from M A Mᵀ = D diagonal and M invertible.

    A = M⁻¹ D M⁻ᵀ is then symmetric, so that need not be checked apart.
    """
    n = len(matrix)
    rows = [[number(cell) for cell in items(row)] for row in items(congruence)]
    if len(rows) != n or any(len(row) != n for row in rows) or any(len(row) != n for row in matrix):
        raise Rejected(f"the congruence must be a {n}×{n} matrix")
    if len(reduce_rows(rows)[1]) != n:
        raise Rejected("the congruence is not invertible")
    half = [
        [sum((a * b for a, b in zip(row, column, strict=True) if a and b), Fraction(0)) for column in matrix]
        for row in rows
    ]
    full = [
        [sum((a * b for a, b in zip(row, other, strict=True) if a and b), Fraction(0)) for other in rows]
        for row in half
    ]
    if any(full[i][j] for i in range(n) for j in range(n) if i != j):
        raise Rejected("the congruence does not make the matrix diagonal")
    signs = [full[i][i] for i in range(n)]
    return sum(s > 0 for s in signs), sum(s < 0 for s in signs), sum(s == 0 for s in signs)
