"""Proofs at concrete sizes: every entry of the claim as a combination of entries of the hypotheses.

Denominators are multiplied away on both sides, definitions ``name == expression`` are put in by
reduction, and a bounded commutative completion finds the remaining cofactors.  Facts about matrices
are those of the search for all sizes, which hold at every size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import combinations
from typing import Any

from hessmath.language.sizes import Shape, Size
from hessmath.verify.completion import Ideal, Part
from hessmath.verify.entries import EntryReader, extent
from hessmath.verify.fact_trees import Fact, Term, fact
from hessmath.verify.facts import Prover
from hessmath.verify.obligations import Obligation, obligations
from hessmath.verify.positivstellensatz import Sign
from hessmath.verify.search_words import Case, Goal, WordSearch
from hessmath.verify.setting import (
    DEFINITE,
    Assertion,
    Equation,
    Setting,
    atomic,
    conjuncts,
    difference,
)
from hessmath.verify.trees import HOLE, Tree, as_json, at_sizes, mul, number, shape_of, walk
from hessmath.verify.word_trees import DERIVATIVES, Printer
from hessmath.verify.words import Algebra, OutOfSteps, OutsideWords, Poly

ROUNDS = 12
PAIRS = 8


class EntrySetting(Setting):
    """Hypotheses at concrete sizes, entry by entry."""

    def __init__(
        self,
        variables: Mapping[str, Shape],
        hypotheses: Sequence[Tree],
        *,
        unsymmetric: Iterable[str] = (),
        rewriting: bool = False,
        max_steps: int = 300_000,
    ) -> None:
        self.variables = dict(variables)
        self.hypotheses = tuple(hypotheses)
        self.unread = []
        self.mentioned = []
        free = set(unsymmetric)
        self.algebra = Algebra({}, self._weights())
        self.reader: EntryReader = EntryReader(self.algebra, self.variables, self._structure(free), rewriting=rewriting)
        self.printer = Printer(self.algebra)
        self.ideal = Ideal(self.algebra, max_steps=max_steps, max_weight=60)
        self.known = []
        self.quotients: list[tuple[int, Poly, Poly, Poly, tuple[Any, ...]]] = []
        """(v, D, N, v·D − N, name) for every definition of an entry as a quotient, in order."""
        self._schemas = set()
        self._defined = set()
        self._read_hypotheses()

    def _structure(self, free: set[str]) -> dict[str, str]:
        structure: dict[str, str] = {}
        for hypothesis in self.hypotheses:
            for part in conjuncts(hypothesis):
                if part[0] in {"symmetric", "skew", "diagonal", *DEFINITE} and part[1][0] == "var":
                    kind = "symmetric" if part[0] in DEFINITE else part[0]
                    structure.setdefault(part[1][1], kind)
        return {name: kind for name, kind in structure.items() if name not in free}

    def _definition_weights(self, defined: Mapping[str, Tree]) -> dict[str, int]:
        """A defined name outweighs everything that its definition mentions."""
        weights: dict[str, int] = {}
        for _ in range(len(defined)):
            for name, expression in defined.items():
                inner = [weights.get(part[1], 0) for part in walk(expression) if part[0] == "var"]
                weights[name] = 1 + 8 * max(inner, default=0)
        return weights

    def _assume(self, name: Any, tree: Tree) -> None:
        shape = self.shape(tree)
        for i, row in enumerate(self.reader.grid(tree)):
            for j, cell in enumerate(row):
                places = (i, j)[: len(shape)]
                p, bottoms = self.reader.cleared(cell)
                relation = ("entry", name, places, tuple(bottoms))
                quotient = self._quotient(tree, p, i, j) if bottoms else None
                if quotient is None:
                    self.ideal.add(p, relation)
                else:
                    self.quotients.append((*quotient, p, relation))

    def _quotient(self, tree: Tree, p: Poly, i: int, j: int) -> tuple[int, Poly, Poly] | None:
        """(v, D, N) for a definition v = N/D of one entry of a variable, as v·D − N."""
        for name in (part[1] for part in tree[1:] if part[0] == "var"):
            if name in self.definitions:
                v = next(iter(self.reader.entry(name, i, j).terms))[0][0]
                if max(atoms.count(v) for atoms, _ in p.terms) == 1:
                    D, N = _split_linear(self.algebra, p, v)
                    return v, D, N
        return None

    def nonzero_vectors(self) -> Iterator[tuple[Tree, Shape]]:
        """Vectors that a hypothesis says are not zero."""
        for hypothesis in self.hypotheses:
            for part in conjuncts(hypothesis):
                for assertion in atomic(part, self.shape):
                    if isinstance(assertion, Assertion) and assertion.predicate == "nonzero":
                        shape = self.shape(assertion.tree)
                        if len(shape) == 1:
                            yield assertion.tree, shape

    def _know(self, i: int, predicate: str, tree: Tree) -> None:
        hypothesis = {"fact": [predicate, as_json(tree)], "rule": "hypothesis", "index": i}
        shape = self.shape(tree)
        if not shape:
            self.known.append((predicate, self.reader.read(tree), hypothesis))
        elif predicate in {"posdef", "psd"} and extent(shape)[0] <= 3:
            self._know_minors(predicate, tree, hypothesis, extent(shape)[0])

    def _know_minors(self, predicate: str, tree: Tree, hypothesis: Fact, n: int) -> None:
        sign = "positive" if predicate == "posdef" else "nonneg"
        for k in range(1, n + 1):
            for kept in combinations(range(n), k):
                rows = (("row", *(("index", tree, number(i), number(j)) for j in kept)) for i in kept)
                p = self.reader.read(("det", ("block", *rows)))
                data = [number(i) for i in kept]
                made = fact(sign, self.printer.poly(p), f"{sign}_minor", [hypothesis], data=data)
                self.known.append((sign, p, made))

    def terms(self, parts: list[Part]) -> list[Term]:
        """The TERMs of a scalar combination."""
        return self.placed_terms(self.cofactor_polys(parts), (), (), ())

    def cofactor_polys(self, parts: list[Part]) -> dict[tuple[Any, ...], Poly]:
        """The cofactor of every relation used, equal relations collected."""
        collected: dict[tuple[Any, ...], Poly] = {}
        for c, frame, i in self.ideal.cofactors(parts):
            name = self.ideal.relations[i].name
            if name[0] == "entry":
                cofactor = Poly({(frame.atoms, ()): Fraction(c)}, ())
                collected[name] = self.algebra.add(collected[name], cofactor) if name in collected else cofactor
        return collected

    def placed_terms(
        self,
        cofactors: Mapping[tuple[Any, ...], Poly],
        place: tuple[int, ...],
        extents: tuple[int, ...],
        bottoms: Sequence[Tree],
    ) -> list[Term]:
        """TERMs of one entry of an array, divided by denominators."""
        result = []
        for (_, source, places, cleared), cofactor in cofactors.items():
            if not cofactor:
                continue
            entry: Tree = ("index", HOLE, *(number(k) for k in places)) if places else HOLE
            factors = [self.printer.poly(cofactor), *cleared, entry, *(("inv", bottom) for bottom in bottoms)]
            if extents:
                factors.append(unit_array(place, extents))
            result.append({"relation": as_json(source), "context": as_json(mul(*factors))})
        return result

    def eliminated(self, p: Poly) -> tuple[dict[tuple[Any, ...], Poly], list[Tree]] | None:
        """Cofactors and denominators with D·p = Σ cofactor·relation, or None.

        Relations reduce p; entries defined as quotients v = N/D leave by pseudo-division, the last defined first.
        """
        algebra = self.algebra
        cofactors: dict[tuple[Any, ...], Poly] = {}
        bottoms: list[Tree] = []

        def collect(more: Mapping[tuple[Any, ...], Poly]) -> None:
            for name, q in more.items():
                cofactors[name] = algebra.add(cofactors[name], q) if name in cofactors else q

        while True:
            p, parts = self.ideal.reduce(p)
            collect(self.cofactor_polys(parts))
            if not p:
                return cofactors, bottoms
            present = {i for atoms, _ in p.terms for i in atoms}
            found = next((q for q in reversed(self.quotients) if q[0] in present), None)
            if found is None or len(bottoms) > 60:
                return None
            v, D, N, _, name = found
            k = max(atoms.count(v) for atoms, _ in p.terms)
            power = self.reader.repeated(D, k)
            for other in cofactors:
                cofactors[other] = algebra.times(cofactors[other], power)
            p, cofactor = self._divided(p, v, D, N, k)
            collect({name: cofactor})
            bottoms += list(name[3]) * k

    def _divided(self, p: Poly, v: int, D: Poly, N: Poly, k: int) -> tuple[Poly, Poly]:
        """D^k·p with N for v·D, and the cofactor of v·D − N."""
        algebra, repeated = self.algebra, self.reader.repeated
        rest, cofactor = Poly({}, ()), Poly({}, ())
        top = algebra.times(algebra.scalar(v), D)
        for (atoms, _), c in p.terms.items():
            j = atoms.count(v)
            g = algebra.times(Poly({(tuple(i for i in atoms if i != v), ()): c}, ()), repeated(D, k - j))
            rest = algebra.add(rest, algebra.times(g, repeated(N, j)))
            for i in range(j):
                cofactor = algebra.add(
                    cofactor, algebra.times(g, algebra.times(repeated(top, i), repeated(N, j - 1 - i)))
                )
        return rest, cofactor


def _split_linear(algebra: Algebra, p: Poly, v: int) -> tuple[Poly, Poly]:
    """D and N with p = v·D − N."""
    D, N = {}, {}
    for (atoms, word), c in p.terms.items():
        if v in atoms:
            D[(tuple(i for i in atoms if i != v), word)] = c
        else:
            N[(atoms, word)] = -c
    return Poly(D, ()), Poly(N, ())


def unit_array(place: tuple[int, ...], extents: tuple[int, ...]) -> Tree:
    """The array with a single 1."""
    if len(extents) == 1:
        return ("diagvec", unit_array(place * 2, extents * 2))
    rows, columns = extents
    cells = [[number(int((i, j) == place)) for j in range(columns)] for i in range(rows)]
    return ("block", *(("row", *row) for row in cells))


class EntryProver(Prover):
    """Scalar facts from entries; facts about matrices from the search for all sizes."""

    def _forms(self, polys: Sequence[Poly]) -> Iterator[Sign]:
        """Forms belong to the search for all sizes."""
        return iter(())

    def __init__(self, setting: EntrySetting, words: Prover | None, counterparts: Mapping[Tree, Tree]) -> None:
        super().__init__(setting)
        self.words = words
        self.counterparts = counterparts

    def prove(self, predicate: str, tree: Tree) -> Fact | None:
        """A FACT, or None when none was found."""
        original = self.counterparts.get(tree)
        if self.words is not None and original is not None:
            found = self.words.prove(predicate, original)
            if found is not None:
                return found
        if not self.setting.shape(tree):
            return super().prove(predicate, tree)
        for i, hypothesis in enumerate(self.setting.hypotheses):
            if hypothesis == (predicate, tree):
                return {"fact": [predicate, as_json(tree)], "rule": "hypothesis", "index": i}
        if predicate == "invertible":
            inner = super().prove("nonzero", ("det", tree))
            if inner is not None and inner["rule"] != "nonzero_det":
                return fact(predicate, tree, "invertible_det", [inner])
        return None

    def nonzero(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """e ≠ 0; the determinant of an invertible matrix first."""
        if tree[0] == "det" and tree[1] in self.counterparts and self.words is not None:
            inner = self.words.prove("invertible", self.counterparts[tree[1]])
            if inner is not None:
                return fact(predicate, tree, "nonzero_det", [inner])
        return super().nonzero(predicate, tree, p)


def prove_at_sizes(
    variables: Mapping[str, Shape],
    hypotheses: Sequence[Tree],
    statement: Tree,
    sizes: Mapping[str, int],
    *,
    steps: int,
    rewriting: bool = False,
) -> Case | str:
    """The CASE of a proof at the given sizes, or the reason why none was found.

    Raises
    ------
    OutsideWords
        If the claim has an operation that is not computed entry by entry.
    """
    try:
        shapes = {name: tuple(Size.of(size.at(sizes)) for size in shape) for name, shape in variables.items()}
        concrete = [at_sizes(h, sizes) for h in hypotheses]
        goal = at_sizes(statement, sizes)
    except ValueError as error:
        raise OutsideWords(str(error)) from error
    moving = {part[2][1] for tree in (*concrete, goal) for part in walk(tree) if part[0] in DERIVATIVES}
    try:
        setting = EntrySetting(shapes, concrete, unsymmetric=moving, rewriting=rewriting, max_steps=steps)
        words = _words_search(variables, hypotheses, statement, steps)
        counterparts = {at_sizes(t, sizes): t for tree in (*hypotheses, statement) for t in _closed_parts(tree)}
        return EntrySearch(setting, words, counterparts).case_at(goal, sizes)
    except OutOfSteps:
        return "the budget of steps is used up"


def _closed_parts(tree: Tree) -> Iterator[Tree]:
    """Subtrees outside every psum."""
    yield tree
    if tree[0] != "psum":
        for part in tree[1:]:
            if isinstance(part, tuple):
                yield from _closed_parts(part)


def _words_search(
    variables: Mapping[str, Shape], hypotheses: Sequence[Tree], statement: Tree, steps: int
) -> WordSearch:
    """The search for all sizes, with every inverse that can be shown to be defined."""
    search = WordSearch(Setting(variables, hypotheses, max_steps=steps))
    for tree in (*hypotheses, statement):
        with suppress(OutsideWords):
            needed = list(obligations(tree, search.setting.shape))
            search.definedness([(p, t) for p, t in needed if _readable(search.setting, t)])
    return search


def _readable(setting: Setting, tree: Tree) -> bool:
    try:
        setting.reader.read(tree)
    except OutsideWords:
        return False
    return True


class EntrySearch(WordSearch):
    """The search at one choice of sizes."""

    setting: EntrySetting

    def __init__(self, setting: EntrySetting, words: WordSearch, counterparts: Mapping[Tree, Tree]) -> None:
        self.setting = setting
        self.words = words
        self.counterparts = counterparts
        self.prover = EntryProver(setting, words.prover, counterparts)

    def case_at(self, statement: Tree, sizes: Mapping[str, int]) -> Case | str:
        """Definedness and goals of the statement at these sizes."""
        goals = atomic(statement, self.setting.shape)
        for goal in goals:
            for tree in (goal.left, goal.right) if isinstance(goal, Equation) else ():
                self.setting.reader.grid(tree)
        needed = [
            o
            for tree in (*self.setting.hypotheses, statement)
            for o in obligations(tree, self._shape, by_inverse=False)
        ]
        definedness = self._defined(needed)
        if isinstance(definedness, str):
            return definedness
        found: list[Goal] = []
        for goal in goals:
            proof = self.goal(goal)
            if proof is None:
                return f"no combination was found at {_sizes(sizes)}"
            found.append(proof)
        ordered = self.in_order(definedness, found)
        if isinstance(ordered, str):
            return ordered
        return {"sizes": dict(sizes), "definedness": ordered, "goals": found}

    def _shape(self, tree: Tree) -> Shape:
        return shape_of(tree, self.setting.variables)

    def _key(self, predicate: str, tree: Tree) -> object:
        return predicate, tree

    def _mentioned(self, obj: list[Any]) -> Iterator[Obligation]:
        return self._split(super()._mentioned(obj))

    def _defined(self, needed: Sequence[Obligation]) -> list[Fact] | str:
        facts: list[Fact] = []
        seen: set[Obligation] = set()
        waiting = [o for o in dict.fromkeys(self._split(needed)) if o[1][0] != "num"]
        progress = True
        while waiting and progress:
            progress, left = False, []
            for predicate, tree in waiting:
                found = None if (predicate, tree) in seen else self.prover.prove(predicate, tree)
                if found is None:
                    left.append((predicate, tree))
                    continue
                facts.append(found)
                seen.add((predicate, tree))
                progress = True
                if not self.setting.shape(tree):
                    self.setting.admit(tree)
            if self.setting.bring_schemas() or progress:
                self.prover.forget_failures()
            waiting = left
        if waiting:
            predicate, tree = waiting[0]
            return f"{predicate} of a {tree[0]} was not shown, so the claim may be undefined"
        return facts

    def _split(self, needed: Iterable[Obligation]) -> Iterator[Obligation]:
        """Signs of arrays, entry by entry."""
        for predicate, tree in needed:
            shape = self.setting.shape(tree)
            if not shape or predicate not in {"nonzero", "positive", "nonneg"}:
                yield predicate, tree
                continue
            rows, columns = extent(shape)
            for i in range(rows):
                for j in range(columns):
                    yield predicate, ("index", tree, *(number(k) for k in (i, j)[: len(shape)]))

    def goal(self, goal: Equation | Assertion) -> Goal | None:
        """The GOAL for one atomic part of the claim."""
        if isinstance(goal, Assertion):
            found = self.prover.prove(goal.predicate, goal.tree)
            return None if found is None else {"by": "fact", "fact": found}
        tree = difference(goal.left, goal.right)
        shape = self.setting.shape(tree)
        extents = extent(shape)[: len(shape)]
        cells = [
            ((i, j)[: len(shape)], *self.setting.reader.cleared(cell))
            for i, row in enumerate(self.setting.reader.grid(tree))
            for j, cell in enumerate(row)
        ]
        multipliers: list[tuple[Tree, Fact] | None] = [None]
        for round_number in range(ROUNDS):
            for multiplier in multipliers:
                made = self._combined(cells, extents, multiplier)
                if made is not None:
                    return made
            if round_number == 0:
                multipliers += self._scalars()
            elif not self.setting.ideal.complete(PAIRS):
                break
        return None

    def _scalars(self) -> list[tuple[Tree, Fact]]:
        found = []
        single = [*dict.fromkeys(self._nonzero_candidates())][:6]
        for tree in [*single, *(mul(a, b) for a, b in combinations(single, 2))]:
            known = self.prover.prove("nonzero", tree)
            if known is not None:
                found.append((tree, known))
        return found[:12]

    def _combined(
        self,
        cells: Sequence[tuple[tuple[int, ...], Poly, list[Tree]]],
        extents: tuple[int, ...],
        multiplier: tuple[Tree, Fact] | None,
    ) -> Goal | None:
        terms: list[Term] = []
        for place, p, bottoms in cells:
            if multiplier is not None:
                p = self.setting.algebra.times(self.setting.reader.read(multiplier[0]), p)
            found = self.setting.eliminated(p)
            if found is None:
                return None
            cofactors, further = found
            terms += self.setting.placed_terms(cofactors, place, extents, [*bottoms, *further])
        goal: Goal = {"by": "combination", "terms": terms}
        if multiplier is not None:
            goal |= {"multiplier": as_json(multiplier[0]), "nonzero": multiplier[1]}
        return goal


def _sizes(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {k}" for name, k in sizes.items()) or "the declared sizes"
