"""Backward search for facts: invertible, positive definite, nonzero, positive, full column rank.

``Prover.prove(predicate, tree)`` returns the FACT of CERTIFICATES.md, a small proof tree whose rules
the trusted checker recomputes, or None.  Definedness obligations and fact goals both come here.
Matrices are taken apart as the text is written (sums, products, inverses, AᵀMA) and, failing that,
as their normal form is; scalars go on to ``positivity.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from hessmath.language.sizes import Size
from hessmath.verify.definite_matrices import DefiniteFacts
from hessmath.verify.fact_trees import Fact, fact, restated
from hessmath.verify.positivity import ScalarFacts
from hessmath.verify.setting import Setting
from hessmath.verify.trees import Tree, as_json, identity_tree, mul, neg, number, transpose
from hessmath.verify.words import UNIT, OutOfSteps, OutsideWords, Poly, Word

MAX_DEPTH = 12


class Prover(DefiniteFacts, ScalarFacts):
    """Facts that follow from the hypotheses of one setting."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._proved: dict[tuple[str, object], Fact] = {}
        self._open: set[tuple[str, object]] = set()
        self._failed: set[tuple[str, object]] = set()
        self._depth = 0

    def prove(self, predicate: str, tree: Tree) -> Fact | None:
        """A proof that the predicate holds of the expression, or None when none was found."""
        try:
            p = self.setting.reader.read(tree)
        except OutsideWords:
            return None
        key = (predicate, p.key)
        if key in self._proved:
            return {**self._proved[key], "fact": [predicate, as_json(tree)]}
        if key in self._open or key in self._failed or self._depth >= MAX_DEPTH:
            return None
        self._open.add(key)
        self._depth += 1
        found: Fact | None
        try:
            found = self._search(predicate, tree, p)
        except OutOfSteps:
            found = None
        finally:
            self._open.discard(key)
            self._depth -= 1
        if found is not None:
            self._proved[key] = found
        elif not self._open:
            self._failed.add(key)
        return found

    def forget_failures(self) -> None:
        """Try failed goals again: more relations are known now."""
        self._failed.clear()
        self._atom_signs.clear()

    def _search(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        found = self.from_hypotheses(predicate, tree, p)
        if found is not None:
            return found
        routes = {
            "invertible": (self._invertible,),
            "posdef": (self._posdef_by_text, self._definite_by_words),
            "psd": (self._psd_by_text, self._definite_by_words, self._psd_by_square, self._psd_weakened),
            "fullcol": (self._fullcol,),
            "fullrow": (self._fullrow,),
            "positive": (self.positive,),
            "nonneg": (self.nonneg,),
            "nonzero": (self.nonzero,),
            "symmetric": (self._defect,),
            "skew": (self._defect,),
            "orthogonal": (self._defect,),
        }.get(predicate, ())
        for route in routes:
            found = route(predicate, tree, p)
            if found is not None:
                return found
        return self._after_reduction(predicate, tree, p)

    def _after_reduction(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        rest, parts = self.setting.ideal.reduce(p)
        if not parts or not rest:
            return None
        reduced = self.setting.printer.poly(rest)
        found = self.prove(predicate, reduced)
        if found is None:
            return None
        minus = [(-c, frame, i) for c, frame, i in parts]
        return restated(predicate, tree, found, self.setting.terms(minus))

    # --- invertible, full rank ---------------------------------------------------------------

    def _invertible(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        def done(rule: str, *goals: tuple[str, Tree]) -> Fact | None:
            return self.derived(predicate, tree, rule, *goals)

        if not p.shape:
            return self.prove("nonzero", tree)
        found: Fact | None = None
        match tree:
            case ("eye", _):
                return fact(predicate, tree, "invertible_eye")
            case ("T", A):
                found = done("invertible_T", ("invertible", A))
            case ("inv", A):
                found = done("invertible_inv", ("invertible", A))
            case ("neg", A):
                found = done("invertible_neg", ("invertible", A))
            case ("kron", A, B) if self._square(A) and self._square(B):
                found = done("invertible_kron", ("invertible", A), ("invertible", B))
            case ("expm", A):
                return fact(predicate, tree, "invertible_expm", data=[A])
            case ("matmul", *parts) if all(self._square(part) for part in parts):
                found = done("invertible_mul", *(("invertible", part) for part in parts))
            case ("mul", *parts):
                scalars = [part for part in parts if not self.setting.shape(part)]
                arrays = [part for part in parts if self.setting.shape(part)]
                if len(arrays) == 1:
                    found = done("invertible_scale", ("nonzero", mul(*scalars)), ("invertible", arrays[0]))
        return (
            found
            or done("orthogonal_invertible", ("orthogonal", tree))
            or done("posdef_invertible", ("posdef", tree))
            or self._invertible_by_words(tree, p)
            or self._shifted_skew(tree, p)
            or self._negative_definite(tree)
            or self._one_sided(tree, p)
        )

    def _square(self, tree: Tree) -> bool:
        shape = self.setting.shape(tree)
        return len(shape) == 2 and shape[0] == shape[1]

    def _negative_definite(self, tree: Tree) -> Fact | None:
        inner = self.prove("posdef", neg(tree))
        if inner is None:
            return None
        premise = fact("invertible", neg(tree), "posdef_invertible", [inner])
        return fact("invertible", tree, "invertible_neg", [premise])

    def _invertible_by_words(self, tree: Tree, p: Poly) -> Fact | None:
        if len(p.terms) != 1:
            return None
        (((atoms, word), c),) = p.terms.items()
        printer, letters = self.setting.printer, self.setting.algebra.letters
        if not all(letters[i].rows == letters[i].columns for i in word):
            return None
        parts = [printer.chain((i,)) for i in word] or [identity_tree(p.shape)]
        if len(parts) == 1 and not atoms and c == 1 and parts[0] == tree:
            return None
        premises = self.all(("invertible", part) for part in parts)
        if premises is None:
            return None
        core = parts[0] if len(parts) == 1 else ("matmul", *parts)
        made = premises[0] if len(parts) == 1 else fact("invertible", core, "invertible_mul", premises)
        if atoms or c != 1:
            scalar = printer.monomial((atoms, ()), c, ())
            nonzero = self.prove("nonzero", scalar)
            if nonzero is None:
                return None
            made = fact("invertible", tree, "invertible_scale", [nonzero, made])
        return {**made, "fact": ["invertible", as_json(tree)]}

    def _shifted_skew(self, tree: Tree, p: Poly) -> Fact | None:
        """c·I + S with S skew and c ≠ 0."""
        algebra = self.setting.algebra
        c = p.terms.get(((), ()))
        if c is None:
            return None
        S = algebra.subtract(algebra.scale(p, 1 / c), algebra.identity(p.shape[0]))
        skew = self.prove("skew", self.setting.printer.poly(S)) if S else None
        if skew is None:
            return None
        if c == 1:
            return fact("invertible", tree, "invertible_skew", [skew])
        inner = fact("invertible", self.setting.printer.poly(algebra.scale(p, 1 / c)), "invertible_skew", [skew])
        nonzero = self.prove("nonzero", number(c))
        return nonzero and fact("invertible", tree, "invertible_scale", [nonzero, inner])

    def _one_sided(self, tree: Tree, p: Poly) -> Fact | None:
        """B P = I for some square B made of what the hypotheses multiply."""
        algebra, ideal = self.setting.algebra, self.setting.ideal
        for B in self._left_inverse_candidates(p):
            defect = algebra.subtract(algebra.matmul(B, p), algebra.identity(p.shape[0]))
            rest, parts = ideal.reduce(defect)
            if not rest:
                data = [self.setting.printer.poly(B)]
                return fact("invertible", tree, "invertible_left_inverse", data=data, terms=self.setting.terms(parts))
        return None

    def _left_inverse_candidates(self, p: Poly) -> Iterable[Poly]:
        algebra = self.setting.algebra
        shape = p.shape
        for relation in list(self.setting.ideal.relations):
            if relation.name is None or relation.poly.shape != shape:
                continue
            for (atoms, word), c in relation.poly.terms.items():
                if atoms or not word:
                    continue
                for turned in (word, algebra.reversed(word)):
                    for i in range(1, len(turned)):
                        piece = turned[:i]
                        first, last = algebra.letters[piece[0]], algebra.letters[piece[-1]]
                        if first.rows == shape[0] and last.columns == shape[0]:
                            yield Poly({((), piece): 1 / abs(c)}, shape)
        yield from self._polynomial_candidates(p)
        yield from self._low_rank_candidates(p)
        for tree in self.setting.mentioned:
            q = self.setting.reader.read(tree)
            if q.shape == shape and q.terms:
                yield q

    def _polynomial_candidates(self, p: Poly) -> Iterable[Poly]:
        """B with B P = I from a relation B₀ P + c I = 0."""
        if len(p.terms) != 1:
            return
        (((atoms, word), a),) = p.terms.items()
        for relation in list(self.setting.ideal.relations):
            terms = relation.poly.terms
            c = terms.get(((), ()))
            others = [(key, d) for key, d in terms.items() if key != ((), ())]
            if atoms or not word or relation.name is None or relation.poly.shape != p.shape or c is None:
                continue
            if all(key[1][-len(word) :] == word for key, _ in others):
                yield Poly({(key[0], key[1][: -len(word)]): -d / (a * c) for key, d in others}, p.shape)

    def _low_rank_candidates(self, p: Poly) -> Iterable[Poly]:
        """K⁻¹ − c K⁻¹ N S M K⁻¹ for P = K + c N…M, with inverses S that the claim mentions (Woodbury)."""
        algebra = self.setting.algebra
        for core, a in p.terms.items():
            inverse = self._known_inverse(core, a, p)
            if inverse is None:
                continue
            for (atoms, word), c in p.terms.items():
                if (atoms, word) == core or len(p.terms) != 2:
                    continue
                for i in range(1, len(word)):
                    for j in range(i, len(word)):
                        for inner in self._between(algebra.letters[word[i - 1]].columns, algebra.letters[word[j]].rows):
                            left = Poly({(atoms, word[:i]): c}, self._shape_of_word(word[:i]))
                            right = Poly({((), word[j:]): Fraction(1)}, self._shape_of_word(word[j:]))
                            middle = self._chain(left, inner, right, p)
                            correction = algebra.matmul(algebra.matmul(inverse, middle), inverse)
                            yield algebra.subtract(inverse, correction)

    def _shape_of_word(self, word: Word) -> tuple[Size, ...]:
        letters = self.setting.algebra.letters
        return (letters[word[0]].rows, letters[word[-1]].columns)

    def _chain(self, left: Poly, inner: Poly, right: Poly, p: Poly) -> Poly:
        """left · inner · right as a square matrix; inner may be a scalar between a column and a row."""
        algebra = self.setting.algebra
        return algebra.product(algebra.product(left, inner, left.shape), right, p.shape)

    def _known_inverse(self, core: tuple[Word, Word], c: Fraction, p: Poly) -> Poly | None:
        atoms, word = core
        algebra, inverses = self.setting.algebra, self.setting.reader.inverses
        if atoms:
            return None
        if not word:
            return algebra.scale(algebra.identity(p.shape[0]), 1 / c)
        if len(word) != 1:
            return None
        if word[0] in inverses:
            return algebra.scale(inverses[word[0]][0], 1 / c)
        for i, (q, _) in inverses.items():
            if q.terms == {((), word): Fraction(1)}:
                return algebra.scale(algebra.single(i, p.shape), 1 / c)
        return None

    def _between(self, rows: Size, columns: Size) -> Iterable[Poly]:
        algebra, reader = self.setting.algebra, self.setting.reader
        if rows == columns == UNIT:
            for i, (op, _, _) in list(reader.arguments.items()):
                if op == "inv":
                    yield algebra.scalar(i)
        for i, (q, _) in list(reader.inverses.items()):
            if q.shape[0] == rows == columns:
                yield algebra.single(i, q.shape)

    def _fullcol(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        if len(p.shape) != 2:
            return None
        if tree[0] == "T":
            inner = self.prove("fullrow", tree[1])
            if inner is not None:
                return fact(predicate, tree, "fullcol_T", [inner])
        if p.shape[0] == p.shape[1]:
            inner = self.prove("invertible", tree)
            if inner is not None:
                return fact(predicate, tree, "fullcol_invertible", [inner])
        if tree[0] == "matmul" and len(tree) == 3:
            product = self.derived(predicate, tree, "fullcol_mul", ("fullcol", tree[1]), ("fullcol", tree[2]))
            if product is not None:
                return product
        algebra = self.setting.algebra
        defect = algebra.subtract(algebra.matmul(algebra.transposed(p), p), algebra.identity(p.shape[1]))
        rest, parts = self.setting.ideal.reduce(defect)
        if not rest:
            data = [transpose(tree)]
            return fact(predicate, tree, "fullcol_left_inverse", data=data, terms=self.setting.terms(parts))
        return None

    def _fullrow(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        if tree[0] == "T":
            inner = self.prove("fullcol", tree[1])
            return inner and fact(predicate, tree, "fullrow_T", [inner])
        return None

    def _defect(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """Symmetric, skew and orthogonal are equations."""
        if len(p.shape) != 2 or p.shape[0] != p.shape[1]:
            return None
        algebra = self.setting.algebra
        turned = algebra.transposed(p)
        if predicate == "symmetric":
            defect = algebra.subtract(p, turned)
        elif predicate == "skew":
            defect = algebra.add(p, turned)
        else:
            defect = algebra.subtract(algebra.matmul(turned, p), algebra.identity(p.shape[0]))
        rest, parts = self.setting.ideal.reduce(defect)
        return None if rest else fact(predicate, tree, predicate, terms=self.setting.terms(parts))
