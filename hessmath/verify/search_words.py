"""Proofs for all sizes: obligations by facts, equations by completion in the free algebra.

An equation is first reduced by the hypotheses alone, then after a few rounds of completion; inverses
are also cleared by multiplying with what they invert (claim = W·(P·claim) − (W·P − I)·claim), and a
scalar that is known not to be zero may multiply the whole claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

from hessmath.language.sizes import Shape
from hessmath.verify import scalar_laws
from hessmath.verify.completion import Part
from hessmath.verify.differentials import Derivatives
from hessmath.verify.fact_trees import Fact
from hessmath.verify.fact_trees import fact as fact_tree
from hessmath.verify.facts import Prover
from hessmath.verify.inequalities import instances
from hessmath.verify.laws import Laws, data_of
from hessmath.verify.matrix_hessians import along_directions
from hessmath.verify.obligations import Obligation, obligations
from hessmath.verify.rewriting import Rewriter, worth_rewriting
from hessmath.verify.setting import STRUCTURAL, Assertion, Equation, Setting, atomic, difference
from hessmath.verify.trees import (
    HOLE,
    Tree,
    add,
    as_json,
    contains,
    identity_tree,
    mul,
    transpose,
    tuple_tree,
    var,
    walk,
)
from hessmath.verify.uniqueness import Uniqueness
from hessmath.verify.word_trees import DERIVATIVES
from hessmath.verify.words import Frame, OutOfSteps, OutsideWords, Poly

Case = dict[str, Any]
Goal = dict[str, Any]

ROUNDS = 14
PAIRS = 6
MAX_TERMS = 400


@dataclass
class Variant:
    """The goal in another form: a multiple by a nonzero scalar, or multiplied by what an inverse inverts."""

    poly: Poly
    parts: list[Part]
    """goal (times ``multiplier``) = wrap(poly) + Σ parts."""
    wrap: Frame | None
    multiplier: Tree | None = None
    nonzero: Fact | None = None


def prove_all_sizes(
    variables: Mapping[str, Shape], hypotheses: Sequence[Tree], statement: Tree, *, steps: int
) -> Case | str:
    """The CASE of a proof for all sizes, or the reason why none was found.

    Raises
    ------
    OutsideWords
        If the claim has an operation without a normal form.
    """
    moving = {part[2][1] for part in walk(statement) if part[0] in DERIVATIVES}
    directed = along_directions(variables, statement)
    if directed is not None:
        variables, statement = directed.variables, directed.statement
    setting = Setting(variables, hypotheses, unsymmetric=moving, max_steps=steps)
    Derivatives(setting.reader)
    try:
        case = WordSearch(setting).case(statement)
    except OutOfSteps:
        return "the budget of steps is used up"
    if directed is None or isinstance(case, str):
        return case
    (goal,) = case["goals"]
    if "multiplier" in goal:
        return "the second differential was compared only up to a factor"
    return case | {"goals": [{"by": "directions", "names": list(directed.names), "terms": goal["terms"]}]}


def contradict_all_sizes(variables: Mapping[str, Shape], hypotheses: Sequence[Tree], *, steps: int) -> Case | str:
    """The CASE of a proof that the hypotheses exclude each other, or the reason why none was found.

    Raises
    ------
    OutsideWords
        If a hypothesis has an operation without a normal form.
    """
    setting = Setting(variables, hypotheses, max_steps=steps)
    search = WordSearch(setting)
    try:
        setting.bring_schemas()
        needed = [o for hypothesis in hypotheses for o in obligations(hypothesis, setting.shape)]
        definedness = search.definedness(needed)
        if isinstance(definedness, str):
            return definedness
        setting.ideal.complete(4 * PAIRS)
        found = search.prover.contradiction()
    except OutOfSteps:
        return "the budget of steps is used up"
    if found is None:
        return "no contradiction was found"
    ordered = search.in_order(definedness, [found])
    if isinstance(ordered, str):
        return ordered
    return {"sizes": "all", "definedness": ordered, "contradiction": found}


class WordSearch:
    """The search in one setting."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.prover = Prover(setting)
        self.laws: Laws | None = None
        self.nested = 0
        self.blocks: list[Tree] = []

    def case(self, statement: Tree) -> Case | str:
        """Definedness and goals of a statement."""
        goals = atomic(statement, self.setting.shape)
        for goal in goals:  # read everything first, so that every inverse brings its laws
            for tree in (goal.left, goal.right) if isinstance(goal, Equation) else (goal.tree,):
                with suppress(OutsideWords):  # rewriting may help when its turn comes
                    self.setting.reader.read(tree)
        self.blocks = [part for part in dict.fromkeys(walk(statement)) if part[0] == "block"][:4]
        self._mention(statement)
        self._bring_inequalities(statement)
        self.setting.bring_schemas()
        definedness = self.definedness(list(self._obligations(statement)))
        if isinstance(definedness, str):
            return definedness
        self.laws = Laws(self.setting, self.prover, statement)
        found: list[Goal] = []
        for goal in goals:
            proof = self.goal(goal)
            if proof is None and self._bring_laws():
                proof = self.goal(goal)
            if proof is None:
                return f"no combination was found for {_name(goal)}"
            found.append(proof)
        ordered = self.in_order(definedness, found)
        if isinstance(ordered, str):
            return ordered
        return {"sizes": "all", "definedness": ordered, "goals": found}

    def _mention(self, statement: Tree) -> None:
        for part in dict.fromkeys(walk(statement)):
            if part[0] in {"matmul", "add", "div", "mul", "var", "inv"} and len(self.setting.mentioned) < 12:
                with suppress(OutsideWords):
                    p = self.setting.reader.read(part)
                    if len(p.shape) == 2 and p.shape[0] == p.shape[1]:
                        self.setting.mentioned.append(part)

    def _bring_inequalities(self, statement: Tree) -> None:
        """Inequalities about norms, ranks and eigenvalues that the statement mentions."""
        if statement[0] in {"eq", *STRUCTURAL}:
            return
        parts = dict.fromkeys(walk(statement))
        scalar = scalar_laws.bounds(parts, lambda part: not self.setting.shape(part), self.prover.prove)
        for made in (*instances(statement, self.setting.shape), *scalar):
            predicate, tree = made["fact"][0], tuple_tree(made["fact"][1])
            with suppress(OutsideWords):
                self.setting.known.append((predicate, self.setting.reader.read(tree), made))

    # --- definedness -------------------------------------------------------------------------

    def definedness(self, needed: Sequence[Obligation]) -> list[Fact] | str:
        """Facts for all obligations, or what could not be shown.

        The laws of an inverse or root join the relations only after it has been shown to be defined, so
        that no definedness rests on itself; what fails at first is tried again when more is known.
        """
        facts: list[Fact] = []
        seen: set[object] = set()
        waiting = list(needed)
        progress = True
        while waiting and progress:
            progress, left = False, []
            for predicate, tree in waiting:
                key = self._key(predicate, tree)
                fact = None if key in seen else self.prover.prove(predicate, tree) or self._block(predicate, tree)
                if fact is not None:
                    facts.append(fact)
                    seen.add(key)
                    self.setting.admit(tree)
                    progress = True
                elif key not in seen:
                    left.append((predicate, tree))
            if self.setting.bring_schemas() or progress:
                self.prover.forget_failures()
            waiting = left
        if waiting:
            predicate, tree = waiting[0]
            return f"{predicate}({_brief(tree)}) was not shown, so the claim may be undefined"
        return facts

    def _block(self, predicate: str, tree: Tree) -> Fact | None:
        """A block is invertible because another block that the claim mentions undoes it."""
        if predicate != "invertible" or tree[0] != "block":
            return None
        setting = self.setting
        eye = identity_tree(setting.shape(tree))
        for other in self.blocks:
            found = None
            if other != tree and setting.shape(other) == setting.shape(tree):
                found = Uniqueness(self).cells(Equation(("matmul", other, tree), eye))
            if found is not None:
                made = fact_tree(predicate, tree, "invertible_left_inverse", data=[other], terms=found["terms"])
                setting.known.append((predicate, setting.reader.read(tree), made))
                return made
        return None

    def _obligations(self, statement: Tree) -> Iterator[Obligation]:
        for hypothesis in self.setting.hypotheses:
            yield from obligations(hypothesis, self.setting.shape)
        yield from obligations(statement, self.setting.shape)

    def in_order(self, facts: Sequence[Fact], goals: Sequence[Goal]) -> list[Fact] | str:
        """The facts, each after those that its own trees need to be defined, then those that the goals need."""
        result: list[Fact] = []
        seen: set[object] = set()

        def needs(part: Any) -> str:
            for predicate, tree in self._mentioned(part):
                if self._key(predicate, tree) in seen:
                    continue
                found = self.prover.prove(predicate, tree)
                failure = put(found) if found is not None else f"{predicate}({_brief(tree)}) was not shown"
                if failure:
                    return failure
            return ""

        def put(fact: Fact) -> str:
            key = self._key(fact["fact"][0], tuple_tree(fact["fact"][1]))
            if key in seen:
                return ""
            seen.add(key)
            failure = needs([fact])
            result.append(fact)
            return failure

        failures = [*map(put, facts), needs(list(goals))]
        return next((failure for failure in failures if failure), result)

    def _key(self, predicate: str, tree: Tree) -> object:
        return predicate, self.setting.reader.read(tree).key

    def _mentioned(self, obj: list[Any]) -> Iterator[Obligation]:
        """The obligations of all trees in facts and goals."""
        for part in _dicts(obj):
            about = part.get("fact", [])
            trees = [*about[1:]] if isinstance(about, list) else []
            trees += [*part.get("data", []), *part.get("relation", [])[1:]]
            trees += _implied_inverses(part.get("relation", []))
            trees += scalar_laws.implied(part.get("relation", []))
            trees += data_of(part.get("relation", []))
            trees += [part[name] for name in ("context", "multiplier", "form") if name in part]
            for tree in map(tuple_tree, trees):
                if isinstance(tree, tuple) and tree and isinstance(tree[0], str):
                    yield from self._outside_hole(tree)

    def _outside_hole(self, tree: Tree) -> Iterator[Obligation]:
        if not contains(tree, HOLE):
            yield from obligations(tree, self.setting.shape)
            return
        for part in tree[1:]:
            if isinstance(part, tuple):
                yield from self._outside_hole(part)

    # --- goals -------------------------------------------------------------------------------

    def goal(self, goal: Equation | Assertion) -> Goal | None:
        """The GOAL for one atomic part of the claim."""
        if isinstance(goal, Assertion):
            fact = self.prover.prove(goal.predicate, goal.tree)
            if fact is None and goal.predicate == "invertible" and self._bring_inverses():
                fact = Prover(self.setting).prove(goal.predicate, goal.tree)
            if fact is None and goal.predicate != "invertible":
                self._complete(2)
                fact = Prover(self.setting).prove(goal.predicate, goal.tree)
            if fact is None and goal.predicate not in {"invertible", "positive", "nonneg"} and self._bring_inverses():
                self._complete(2)
                fact = Prover(self.setting).prove(goal.predicate, goal.tree)
            return None if fact is None else {"by": "fact", "fact": fact}
        tree = difference(goal.left, goal.right)
        try:
            p = self.setting.reader.read(tree)
        except OutsideWords:  # laws may lead back to words
            found = self._rewritten(tree)
            if found is None:
                raise
            return found
        found = self._rewritten(tree) if any(part[0] == "dirderiv2" for part in walk(tree)) else None
        found = found or self.equation(p) or self._rewritten(tree) or self._null(goal, p)
        if found is None and self._bring_inverses():
            found = self.equation(p) or self._rewritten(tree)
        return found or Uniqueness(self).goal(goal)

    def _rewritten(self, tree: Tree) -> Goal | None:
        """tree = 0 because the checker's schemas rewrite it to something that is."""
        if not worth_rewriting(tree):
            return None
        rewriter = Rewriter(self.setting, lambda name, about: self.prover.prove(name, about) is not None)
        after, terms = rewriter.normal(tree)
        if not terms and after == tree:
            return None
        goal = self.setting.reader.read(after)
        for _, inside in list(self.setting.reader.inverses.values()):
            if self.prover.prove("invertible", inside) is not None:
                self.setting.admit(inside)
        self.setting.bring_schemas()
        found = self.equation(goal)
        if found is None:
            return None
        if "multiplier" in found:
            m = tuple_tree(found["multiplier"])
            terms = [{**term, "context": as_json(mul(tuple_tree(term["context"]), m))} for term in terms]
        return found | {"terms": [*terms, *found["terms"]]}

    def _bring_laws(self) -> bool:
        """Laws whose premises and conditions hold here, as relations and known facts; once."""
        if self.laws is None:
            return False
        setting, laws, self.laws = self.setting, self.laws, None
        before = len(setting.ideal.relations), len(setting.known)
        for _ in range(2):
            for name, tree in list(laws.relations()):
                with suppress(OutsideWords):
                    setting.ideal.add(setting.reader.read(tree), name)
            self.prover.forget_failures()
        for made in list(laws.inequalities()):
            predicate, tree = made["fact"][0], tuple_tree(made["fact"][1])
            with suppress(OutsideWords):
                setting.known.append((predicate, setting.reader.read(tree), made))
        self.prover.forget_failures()
        return (len(setting.ideal.relations), len(setting.known)) != before

    def _bring_inverses(self) -> bool:
        """Inverses of what the hypotheses call invertible, although nobody mentions them."""
        setting = self.setting
        for name, q, _ in list(setting.known):
            if name in {"invertible", "posdef"} and len(q.shape) == 2:
                tree = setting.printer.poly(q)
                setting.reader.read(("inv", tree))
                setting.admit(tree)
            if name in {"fullcol", "fullrow"}:
                G = setting.printer.poly(q)
                gram = ("matmul", transpose(G), G) if name == "fullcol" else ("matmul", G, transpose(G))
                setting.reader.read(("inv", gram))
                setting.admit(gram)
        for name, shape in setting.variables.items():  # AB = I makes square matrices invertible
            if len(shape) == 2 and shape[0] == shape[1] and self.prover.prove("invertible", var(name)) is not None:
                setting.reader.read(("inv", var(name)))
                setting.admit(var(name))
        return setting.bring_schemas()

    def equation(self, p: Poly) -> Goal | None:
        """p = 0 as a combination of relations."""
        self._bring_equal_arguments()
        variants = [Variant(p, [], None)]
        for round_number in range(ROUNDS):
            for variant in variants:
                rest, parts = self.setting.ideal.reduce(variant.poly)
                if not rest:
                    return self._finished(variant, parts)
            if round_number == 0:
                variants += [*self._cleared(p), *self._multiplied(p)]
                continue
            if not self._complete(1):
                break
        return None

    def _complete(self, rounds: int) -> bool:
        return self.setting.ideal.complete(PAIRS * rounds)

    def _finished(self, variant: Variant, parts: Sequence[Part]) -> Goal | None:
        algebra = self.setting.algebra
        combined = list(variant.parts)
        for c, frame, i in parts:
            if variant.wrap is not None:
                scalar = not self.setting.ideal.relations[i].poly.shape
                frame = algebra.composed(variant.wrap, frame, scalar)
            combined.append((c, frame, i))
        terms = self.setting.terms(combined)
        if len(terms) > MAX_TERMS:
            return None
        goal: Goal = {"by": "combination", "terms": terms}
        if variant.multiplier is not None:
            goal |= {"multiplier": as_json(variant.multiplier), "nonzero": variant.nonzero}
        return goal

    def _cleared(self, p: Poly) -> Iterator[Variant]:
        """P·goal, goal·P and P·goal·P′ for the inverses inv(P) that fit; W·P − I are the last two relations of P."""
        if len(p.shape) != 2:
            sides: list[str] = ["left"] if len(p.shape) == 1 else []
        else:
            sides = ["left", "right", "both"]
        for side in sides:
            for W, P in self._inverses(p.rows):
                if side == "left":
                    yield self._times_left(p, W, P)
                    continue
                for W2, P2 in self._inverses(p.columns):
                    if side == "right":
                        yield self._times_right(p, W2, P2)
                    else:
                        yield self._both(p, W, P, W2, P2)
                if side == "right":
                    break

    def _inverses(self, n: object) -> list[tuple[int, Poly]]:
        found = []
        letters = self.setting.algebra.letters
        for i, (P, _) in self.setting.reader.inverses.items():
            if P.shape[0] == n:
                found.append((i, P))
                if letters[i].twin != i:
                    found.append((letters[i].twin, self.setting.algebra.transposed(P)))
        return found[:6]

    def _law(self, W: int, P: Poly, left: bool) -> tuple[int, bool]:
        """The number of the given relation W·P − I (left) or P·W − I, and whether it enters transposed."""
        letters = self.setting.algebra.letters
        base = W in self.setting.reader.inverses
        i = W if base else letters[W].twin
        wanted = "inv_right" if left == base else "inv_left"
        tree = self.setting.reader.inverses[i][1]
        for k, relation in enumerate(self.setting.ideal.relations):
            if relation.name == (wanted, tree):
                return k, not base
        raise OutsideWords("an inverse without its laws")

    def _times_left(self, p: Poly, W: int, P: Poly) -> Variant:
        """goal = W·(P·goal) − (W·P − I)·goal."""
        algebra = self.setting.algebra
        number, turned = self._law(W, P, left=True)
        parts = [
            (-c, Frame(p.shape, atoms, (), word, transposed=turned), number) for (atoms, word), c in p.terms.items()
        ]
        return Variant(algebra.matmul(P, p), parts, Frame(p.shape, (), (W,), ()))

    def _times_right(self, p: Poly, W: int, P: Poly) -> Variant:
        algebra = self.setting.algebra
        number, turned = self._law(W, P, left=False)
        parts = [
            (-c, Frame(p.shape, atoms, word, (), transposed=turned), number) for (atoms, word), c in p.terms.items()
        ]
        return Variant(algebra.matmul(p, P), parts, Frame(p.shape, (), (), (W,)))

    def _both(self, p: Poly, W: int, P: Poly, W2: int, P2: Poly) -> Variant:
        algebra = self.setting.algebra
        first = self._times_left(p, W, P)
        second = self._times_right(first.poly, W2, P2)
        assert first.wrap is not None
        inner = [(c, algebra.composed(first.wrap, frame, False), k) for c, frame, k in second.parts]
        return Variant(second.poly, [*first.parts, *inner], Frame(p.shape, (), (W,), (W2,)))

    def _multiplied(self, p: Poly) -> Iterator[Variant]:
        """The goal times a scalar that is known not to be zero."""
        algebra = self.setting.algebra
        seen: set[object] = set()
        if not p.shape:
            yield from self._times_arrays(p)
        single = list(self._nonzero_candidates())
        for tree in [*single, *(mul(a, b) for a, b in combinations(single[:6], 2))]:
            q = self.setting.reader.read(tree)
            if q.key in seen or q.constant is not None:
                continue
            seen.add(q.key)
            fact = self.prover.prove("nonzero", tree)
            if fact is not None:
                yield Variant(algebra.times(q, p), [], None, tree, fact)

    def _times_arrays(self, p: Poly) -> Iterator[Variant]:
        """A scalar goal times a vector that is known not to be zero."""
        for tree, _ in self.setting.nonzero_vectors():
            fact = self.prover.prove("nonzero", tree)
            if fact is not None:
                poly = self.setting.algebra.times(p, self.setting.reader.read(tree))
                yield Variant(poly, [], None, tree, fact)

    def _nonzero_candidates(self) -> Iterator[Tree]:
        """Scalars of the hypotheses, and u@u, u@u + v@v for vectors u ≠ 0."""
        vectors = {name: shape for name, shape in self.setting.variables.items() if len(shape) == 1}
        for name, q, _ in list(self.setting.known):
            if name in {"nonzero", "positive"} and not q.shape:
                yield self.setting.printer.poly(q)
        for u, shape in self.setting.nonzero_vectors():
            square = ("matmul", u, u)
            yield square
            for other, others in vectors.items():
                if others == shape and var(other) != u:
                    yield add(square, ("matmul", var(other), var(other)))

    # --- other routes ------------------------------------------------------------------------

    def _bring_equal_arguments(self) -> None:
        """f(P) = f(P′) where the hypotheses give P = P′, and the laws of the determinant."""
        setting = self.setting
        algebra, reader, ideal, printer = setting.algebra, setting.reader, setting.ideal, setting.printer
        done: set[int] = set()
        for _ in range(4):
            fresh = [(i, *a) for i, a in reader.arguments.items() if i not in done and a[0] not in {"inv", "exp"}]
            if not fresh:
                break
            for i, op, p, tree in fresh:
                done.add(i)
                rest, parts = ideal.reduce(p)
                if parts and rest:
                    other = printer.poly(rest)
                    q = reader.read((op, other))
                    name = ("equal_args", op, tree, other, setting.terms(parts))
                    ideal.add(algebra.subtract(algebra.scalar(i), q), name)
                if op == "det":
                    self._determinant(i, p, tree)
        if any(op == "det" for op, _, _ in reader.arguments.values()):
            self._unit_determinants()

    def _determinant(self, i: int, p: Poly, tree: Tree) -> None:
        """det(AB) = det A det B, det(Aᵀ) = det A, det(A⁻¹) det A = 1 for a single word."""
        algebra, reader, ideal = self.setting.algebra, self.setting.reader, self.setting.ideal
        if len(p.terms) != 1:
            return
        (((atoms, word), c),) = p.terms.items()
        if atoms or c != 1 or not word:
            return
        letters = [algebra.letters[k] for k in word]
        if any(letter.rows != letter.columns for letter in letters):
            return
        if len(word) > 1:
            first, others = self.setting.printer.chain(word[:1]), self.setting.printer.chain(word[1:])
            product = algebra.times(reader.read(("det", first)), reader.read(("det", others)))
            ideal.add(algebra.subtract(algebra.scalar(i), product), ("det_mul", first, others))
            return
        letter = self.setting.printer.chain(word)
        if letter[0] == "T":
            ideal.add(algebra.subtract(algebra.scalar(i), reader.read(("det", letter[1]))), ("det_T", letter[1]))
        elif letter[0] == "inv":
            product = algebra.times(algebra.scalar(i), reader.read(("det", letter[1])))
            ideal.add(algebra.subtract(product, algebra.number(1)), ("det_inv", letter[1]))

    def _unit_determinants(self) -> None:
        """det A det B = 1 for every given AB = I, and det P = det P′ where P = A P′ B."""
        algebra, reader, ideal = self.setting.algebra, self.setting.reader, self.setting.ideal
        one = (((), ()), Fraction(1))
        pairs: list[tuple[Tree, Tree]] = []
        for relation in list(ideal.relations):
            terms = relation.poly.terms
            if relation.name is None or len(relation.poly.shape) != 2 or len(terms) != 2 or terms.get(one[0]) is None:
                continue
            (((atoms, word), c),) = [item for item in terms.items() if item[0] != one[0]]
            letters = [algebra.letters[k] for k in word]
            if atoms or len(word) != 2 or terms[one[0]] != -c or letters[0].rows != letters[0].columns:
                continue
            A, B = (self.setting.printer.chain((k,)) for k in word)
            pairs.append((A, B))
            rest, parts = ideal.reduce(
                reader.read(("add", ("matmul", A, B), ("neg", identity_tree(relation.poly.shape))))
            )
            if rest:
                continue
            eye = identity_tree(relation.poly.shape)
            determinant = reader.read(("det", ("matmul", A, B)))
            name = ("equal_args", "det", ("matmul", A, B), eye, self.setting.terms(parts))
            ideal.add(algebra.subtract(determinant, algebra.number(1)), name)
        self._conjugate_determinants(pairs)
        for i, (op, p, tree) in list(reader.arguments.items()):
            if op == "det":
                self._determinant(i, p, tree)

    def _conjugate_determinants(self, pairs: Sequence[tuple[Tree, Tree]]) -> None:
        algebra, reader, ideal = self.setting.algebra, self.setting.reader, self.setting.ideal
        found = [(p, tree) for op, p, tree in reader.arguments.values() if op == "det" and len(p.terms) > 1]
        for (p, tree), (q, other) in permutations(found[:6], 2):
            for A, B in pairs[:6]:
                turned = ("matmul", A, other, B)
                if p.shape != q.shape or reader.read(A).shape != p.shape:
                    continue
                rest, parts = ideal.reduce(algebra.subtract(p, reader.read(turned)))
                if not rest and parts:
                    name = ("equal_args", "det", tree, turned, self.setting.terms(parts))
                    ideal.add(algebra.subtract(reader.read(("det", tree)), reader.read(("det", turned))), name)
                    inner = ("matmul", other, B)
                    for left, right in ((A, inner), (other, B)):
                        whole = reader.read(("det", ("matmul", left, right)))
                        product = algebra.times(reader.read(("det", left)), reader.read(("det", right)))
                        ideal.add(algebra.subtract(whole, product), ("det_mul", left, right))

    def _null(self, goal: Equation, p: Poly) -> Goal | None:
        """X = 0 because tr(XᵀPX) = 0 and P is positive definite."""
        algebra = self.setting.algebra
        if not p.shape:
            return None
        candidates = [
            (q, self.setting.printer.poly(q), hypothesis)
            for name, q, hypothesis in self.setting.known
            if name == "posdef" and q.shape[0] == p.shape[0]
        ]
        identity = identity_tree((p.shape[0], p.shape[0]))
        eye = self.prover.prove("posdef", identity)
        if eye is not None:
            candidates.append((algebra.identity(p.shape[0]), identity, eye))
        for q, tree, fact in candidates:
            image = algebra.matmul(q, p)
            form = algebra.matmul(p, image) if len(p.shape) == 1 else None
            if form is None:
                form = algebra.trace(algebra.matmul(algebra.transposed(p), image))
            rest, parts = self.setting.ideal.reduce(form)
            if not rest:
                known = {**fact, "fact": ["posdef", as_json(tree)]}
                return {"by": "null", "form": as_json(tree), "posdef": known, "terms": self.setting.terms(parts)}
        return None


def _implied_inverses(relation: Sequence[Any]) -> Iterator[Any]:
    """Inverses that a schema's expression holds although its data do not."""
    if relation and relation[0] in {"det_lemma", "det_schur", "adj_inv"}:
        yield ["inv", relation[1]]
    elif relation and relation[0] == "det_schur_last":
        yield ["inv", relation[4]]
    elif relation and relation[0] in {"rank_tall", "rank_full"}:
        yield ["inv", ["matmul", ["T", relation[1]], relation[1]]]
    elif relation and relation[0] == "rank_wide":
        yield ["inv", ["matmul", relation[1], ["T", relation[1]]]]
    elif relation and relation[0] == "rank_outer":
        yield from (["inv", ["matmul", x, x]] for x in relation[1:])
    elif relation and relation[0] == "rank_scale":
        yield ["inv", relation[1]]


def _name(goal: Equation | Assertion) -> str:
    if isinstance(goal, Assertion):
        return f"{goal.predicate}({_brief(goal.tree)})"
    return f"{_brief(goal.left)} == {_brief(goal.right)}"


def _brief(tree: Tree) -> str:
    text = str(tree[1]) if tree[0] in {"var", "num", "size"} else f"{tree[0]}(…)"
    return text if tree[0] != "T" else f"{_brief(tree[1])}.T"


def _dicts(obj: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object inside a JSON value."""
    if isinstance(obj, dict):
        yield obj
        obj = list(obj.values())
    if isinstance(obj, list):
        for part in obj:
            yield from _dicts(part)
