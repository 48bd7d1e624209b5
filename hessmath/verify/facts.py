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
from hessmath.verify.fact_trees import Fact, Term, fact, restated
from hessmath.verify.matrix_programs import MatrixPrograms
from hessmath.verify.positivity import ScalarFacts
from hessmath.verify.setting import Setting
from hessmath.verify.trees import Tree, add, as_json, identity_tree, mul, neg, number, transpose, tuple_tree
from hessmath.verify.words import UNIT, OutOfSteps, OutsideWords, Poly, Word

MAX_DEPTH = 12


class Prover(DefiniteFacts, MatrixPrograms, ScalarFacts):
    """Facts that follow from the hypotheses of one setting."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._proved: dict[tuple[str, object], Fact] = {}
        self._open: set[tuple[str, object]] = set()
        self._failed: set[tuple[str, object]] = set()
        self._depth = 0
        self._clearing = False

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
            "posdef": (self._posdef_by_text, self._definite_by_words, self._part_of_block, self._posdef_by_program),
            "psd": (
                *(self._psd_by_text, self._definite_by_words, self._psd_by_square, self._psd_weakened),
                *(self._part_of_block, self._psd_by_program),
            ),
            "fullcol": (self._fullcol,),
            "fullrow": (self._fullrow,),
            "positive": (self.positive,),
            "nonneg": (self.nonneg,),
            "nonzero": (self.nonzero,),
            "symmetric": (self._defect,),
            "skew": (self._defect,),
            "orthogonal": (self._exponential, self._defect),
            "nilpotent": (self._nilpotent,),
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
            case ("eigL", A):
                found = done("invertible_eigL", ("invertible", A))
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
            or self._shifted(tree, p)
            or self._by_determinant(tree, p)
            or self._by_elimination(tree, p)
            or self._negative_definite(tree)
            or self._one_sided(tree, p)
            or self._turned(tree, p)
            or self._cleared(tree, p)
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

    def _shifted(self, tree: Tree, p: Poly) -> Fact | None:
        """c·I + S with S skew or nilpotent and c ≠ 0."""
        algebra = self.setting.algebra
        c = p.terms.get(((), ()))
        if c is None:
            return None
        S = algebra.subtract(algebra.scale(p, 1 / c), algebra.identity(p.shape[0]))
        for kind, rule in (("skew", "invertible_skew"), ("nilpotent", "invertible_unipotent")):
            known = self.prove(kind, self.setting.printer.poly(S)) if S else None
            if known is None:
                continue
            if c == 1:
                return fact("invertible", tree, rule, [known])
            inner = fact("invertible", self.setting.printer.poly(algebra.scale(p, 1 / c)), rule, [known])
            nonzero = self.prove("nonzero", number(c))
            return nonzero and fact("invertible", tree, "invertible_scale", [nonzero, inner])
        return None

    def _by_determinant(self, tree: Tree, p: Poly) -> Fact | None:
        """A scalar that is known not to be zero is the determinant."""
        setting = self.setting
        known = [item for item in setting.known if item[0] in ("nonzero", "positive") and not item[1].shape]
        if not known or not any(op == "det" for op, _, _ in setting.reader.arguments.values()):
            return None
        det = setting.reader.read(("det", tree))
        for name, q, hypothesis in known:
            for sign in (1, -1):
                rest, parts = setting.ideal.reduce(setting.algebra.subtract(setting.algebra.scale(q, sign), det))
                if not rest:
                    s = setting.printer.poly(q)
                    made = {**hypothesis, "fact": [name, as_json(s)]}
                    if name == "positive":
                        made = fact("nonzero", s, "positive_nonzero", [made])
                    if sign < 0:
                        made = fact("nonzero", neg(s), "nonzero_neg", [made])
                    return fact("invertible", tree, "invertible_det", [made], terms=setting.terms(parts))
        return None

    def _by_elimination(self, tree: Tree, p: Poly) -> Fact | None:
        """What is left of a known invertible block by its first cell."""
        if tree[0] != "add":
            return None
        for name, _, hypothesis in self.setting.known:
            block = tuple_tree(hypothesis["fact"][1])
            if name != "invertible" or block[0] != "block" or [len(row) for row in block[1:]] != [3, 3]:
                continue
            (A, B), (C, D) = block[1][1:], block[2][1:]
            whole = ("add", D, neg(("matmul", C, ("inv", A), B)))
            if all(len(self.setting.shape(X)) == 2 for X in (A, B, C, D)) and self._square(A) and tree == whole:
                first = self.prove("invertible", A)
                return first and fact("invertible", tree, "invertible_complement", [hypothesis, first])
        return None

    def _turned(self, tree: Tree, p: Poly) -> Fact | None:
        """A right inverse makes the transpose invertible."""
        if len(p.terms) != 1 or tree[0] == "T":
            return None
        turned = transpose(tree)
        made = self._one_sided(turned, self.setting.algebra.transposed(p))
        return made and fact("invertible", tree, "invertible_T", [made])

    def _cleared(self, tree: Tree, p: Poly) -> Fact | None:
        """W·Q, Q·W or W·Q·W′ with inverses W, W′ of invertible matrices and Q without them."""
        algebra, setting = self.setting.algebra, self.setting
        if len(p.terms) < 2 or self._clearing:
            return None
        inverses = [(i, P) for i, (P, _) in setting.reader.inverses.items() if P.shape == p.shape][:3]
        sides = [*((w, None) for w in inverses), *((None, w) for w in inverses)]
        sides += [(v, w) for v in inverses for w in inverses]
        self._clearing = True
        try:
            for left, right in sides:
                q = algebra.matmul(left[1], p) if left else p
                q = setting.ideal.reduce(algebra.matmul(q, right[1]) if right else q)[0]
                core = setting.printer.poly(q)
                letters = [w and setting.printer.chain((w[0],)) for w in (left, right)]
                factors = [t for t in (letters[0], core, letters[1]) if t]
                whole = ("matmul", *factors)
                rest, parts = setting.ideal.reduce(algebra.subtract(setting.reader.read(whole), p))
                premises = None if rest else self.all(("invertible", t) for t in factors)
                if premises is not None:
                    return fact("invertible", tree, "invertible_mul", premises, terms=setting.terms(parts))
        finally:
            self._clearing = False
        return None

    def _nilpotent(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """Products and sums of what commutes, transposes, multiples; A² = 0 and A³ = 0."""
        setting = self.setting
        made: Fact | None = None

        def vanishing(difference: Tree) -> list[Term] | None:
            rest, parts = setting.ideal.reduce(setting.reader.read(difference))
            return None if rest else setting.terms(parts)

        match tree:
            case ("T", A):
                made = self.derived(predicate, tree, "nilpotent_T", ("nilpotent", A))
            case ("neg", A):
                made = self.derived(predicate, tree, "nilpotent_scale", ("nilpotent", A), data=[number(-1)])
            case ("mul", *parts):
                arrays = [part for part in parts if setting.shape(part)]
                scalars = [part for part in parts if not setting.shape(part)]
                if len(arrays) == 1 and scalars:
                    made = self.derived(
                        predicate, tree, "nilpotent_scale", ("nilpotent", arrays[0]), data=[mul(*scalars)]
                    )
            case ("matmul", *parts) if len(parts) > 1:
                for k in (1, len(parts) - 1):
                    pair = [t[0] if len(t) == 1 else ("matmul", *t) for t in (parts[:k], parts[k:])]
                    for A, B in (pair, pair[::-1]):
                        gap = ("add", ("matmul", A, B), neg(("matmul", B, A)))
                        if not (self._square(A) and self._square(B)) or (zero := vanishing(gap)) is None:
                            continue
                        inner = self.prove("nilpotent", A)
                        terms = vanishing(add(("matmul", A, B), neg(tree)))
                        if inner and terms is not None:
                            return fact(predicate, tree, "nilpotent_mul", [inner], data=[B], terms=terms, zeros=[zero])
            case ("add", A, B) if (zero := vanishing(add(("matmul", A, B), neg(("matmul", B, A))))) is not None:
                premises = self.all([("nilpotent", A), ("nilpotent", B)])
                made = fact(predicate, tree, "nilpotent_add", premises, zeros=[zero]) if premises else None
        for rule, power in (("nilpotent_square", 2), ("nilpotent_cube", 3)):
            if made is None and len(p.terms) < 4:
                terms = vanishing(("matmul", *[tree] * power))
                made = fact(predicate, tree, rule, terms=terms) if terms is not None else None
        return made

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
        yield from self._factor_candidates(p)
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

    def _factor_candidates(self, p: Poly) -> Iterable[Poly]:
        """W·A…, from W = inv(A…P) for a product that ends in P."""
        if len(p.terms) != 1:
            return
        (((atoms, word), a),) = p.terms.items()
        algebra = self.setting.algebra
        for i, (P, _) in list(self.setting.reader.inverses.items()):
            for j, q in ((i, P), (algebra.letters[i].twin, algebra.transposed(P))):
                if atoms or len(q.terms) != 1 or q.shape != p.shape:
                    continue
                (((others, whole), c),) = q.terms.items()
                if not others and len(whole) > len(word) and whole[len(whole) - len(word) :] == word:
                    yield Poly({((), (j, *whole[: len(whole) - len(word)])): c / a}, p.shape)

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

    def _exponential(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        return self.derived(predicate, tree, "orthogonal_expm", ("skew", tree[1])) if tree[0] == "expm" else None

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
