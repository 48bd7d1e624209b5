"""Backward search for facts: invertible, positive definite, nonzero, positive, full column rank.

``Prover.prove(predicate, tree)`` returns the FACT of CERTIFICATES.md, a small proof tree whose rules
the trusted checker recomputes, or None.  Definedness obligations and fact goals both come here.
Matrices are taken apart as the text is written (sums, products, inverses, AᵀMA) and, failing that,
as their normal form is; scalars go on to ``positivity.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from hessmath.language.sizes import Shape, Size
from hessmath.verify.positivity import ScalarFacts
from hessmath.verify.setting import Fact, Setting, fact, restated
from hessmath.verify.trees import Tree, as_json, identity_tree, mul, neg, number, transpose
from hessmath.verify.words import UNIT, Monomial, OutOfSteps, OutsideWords, Poly, Word

MAX_DEPTH = 12


class Prover(ScalarFacts):
    """Facts that follow from the hypotheses of one setting."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._proved: dict[tuple[str, object], tuple[Fact, Tree]] = {}
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
            found, _ = self._proved[key]
            return {**found, "fact": [predicate, as_json(tree)]}
        if key in self._open or key in self._failed or self._depth >= MAX_DEPTH:
            return None
        self._open.add(key)
        self._depth += 1
        try:
            found = self._search(predicate, tree, p)
        except OutOfSteps:
            found = None
        finally:
            self._open.discard(key)
            self._depth -= 1
        if found is not None:
            self._proved[key] = (found, tree)
        elif not self._open:
            self._failed.add(key)
        return found

    def forget_failures(self) -> None:
        """Try failed goals again: more relations are known now."""
        self._failed.clear()
        self._atom_signs.clear()

    def all(self, goals: Iterable[tuple[str, Tree]]) -> list[Fact] | None:
        """Proofs of all goals, or None as soon as one fails."""
        proofs = []
        for predicate, tree in goals:
            found = self.prove(predicate, tree)
            if found is None:
                return None
            proofs.append(found)
        return proofs

    def _search(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        found = self.from_hypotheses(predicate, tree, p)
        if found is not None:
            return found
        routes = {
            "invertible": (self._invertible,),
            "posdef": (self._posdef_by_text, self._definite_by_words),
            "psd": (self._psd_by_text, self._definite_by_words, self._psd_weakened),
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

    def from_hypotheses(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """The fact itself among the hypotheses, up to relations."""
        for name, q, hypothesis in self.setting.known:
            if name == predicate and q.shape == p.shape and q.key == p.key:
                return {**hypothesis, "fact": [predicate, as_json(tree)]}
        for name, q, hypothesis in self.setting.known:
            if name == predicate and q.shape == p.shape:
                rest, parts = self.setting.ideal.reduce(self.setting.algebra.subtract(q, p))
                if not rest:
                    return restated(predicate, tree, hypothesis, self.setting.terms(parts))
        return None

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
        def done(rule: str, *goals: tuple[str, Tree], data: Sequence[Tree] = ()) -> Fact | None:
            premises = self.all(goals)
            return None if premises is None else fact(predicate, tree, rule, premises, data=data)

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
        yield from self._low_rank_candidates(p)

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
                return fact(predicate, tree, "fullrow_T", [inner])
        if p.shape[0] == p.shape[1]:
            inner = self.prove("invertible", tree)
            if inner is not None:
                return fact(predicate, tree, "fullcol_invertible", [inner])
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
            return inner and fact(predicate, tree, "fullcol_T", [inner])
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

    # --- definiteness ------------------------------------------------------------------------

    def _posdef_by_text(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        match tree:
            case ("eye", _):
                return fact(predicate, tree, "posdef_eye")
            case ("inv", A):
                inner = self.prove("posdef", A)
                return inner and fact(predicate, tree, "posdef_inv", [inner])
            case ("T", A):
                inner = self.prove("posdef", A)
                return inner and {**inner, "fact": [predicate, as_json(tree)]} if self._self_transposed(p) else None
            case ("add", *parts):
                return self._sum_of(predicate, tree, parts)
            case ("kron" | "had", A, B):
                premises = self.all((("posdef", A), ("posdef", B)))
                return premises and fact(predicate, tree, f"posdef_{tree[0]}", premises)
        return self._product(predicate, tree)

    def _psd_by_text(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        match tree:
            case ("add", *parts):
                return self._sum_of(predicate, tree, parts)
            case ("kron" | "had", A, B):
                premises = self.all((("psd", A), ("psd", B)))
                return premises and fact(predicate, tree, f"psd_{tree[0]}", premises)
            case ("outer", x, y) if x == y:
                return fact(predicate, tree, "psd_outer", data=[x])
        return self._product(predicate, tree)

    def _self_transposed(self, p: Poly) -> bool:
        return self.setting.algebra.transposed(p).key == p.key

    def _psd_weakened(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        inner = self.prove("posdef", tree)
        return inner and fact(predicate, tree, "posdef_psd", [inner])

    def _sum_of(self, predicate: str, tree: Tree, parts: Sequence[Tree]) -> Fact | None:
        """psd + … + psd, with one positive definite part when that is asked for."""
        proofs: list[Fact] = []
        strict = predicate == "psd"
        for part in parts:
            found = None if strict else self.prove("posdef", part)
            if found is not None:
                strict = True
                proofs.insert(0, found)
                continue
            found = self.prove("psd", part)
            if found is None:
                return None
            proofs.append(found)
        return fact(predicate, tree, f"{predicate}_add", proofs) if strict else None

    def _product(self, predicate: str, tree: Tree) -> Fact | None:
        """c·M, GᵀG and GᵀMG as they are written."""
        shape = self.setting.shape
        sign, rank = ("positive", "fullcol") if predicate == "posdef" else ("nonneg", "")
        match tree:
            case ("mul", *parts):
                scalars = [part for part in parts if not shape(part)]
                arrays = [part for part in parts if shape(part)]
                if len(arrays) != 1 or not scalars:
                    return None
                premises = self.all(((sign, mul(*scalars)), (predicate, arrays[0])))
                return premises and fact(predicate, tree, f"{predicate}_scale", premises)
            case ("div", A, s) if shape(A):
                premises = self.all(((sign, ("div", number(1), s)), (predicate, A)))
                return premises and fact(predicate, tree, f"{predicate}_scale", premises)
            case ("matmul", *parts):
                return self._congruence(predicate, tree, parts, rank)
        return None

    def _congruence(self, predicate: str, tree: Tree, parts: Sequence[Tree], rank: str) -> Fact | None:
        read, algebra = self.setting.reader.read, self.setting.algebra
        polys = [read(part) for part in parts]
        k = 0
        while k < len(parts) // 2 and algebra.transposed(polys[k]).key == polys[-1 - k].key:
            k += 1
        if k == 0:
            return None
        G = parts[-k] if k == 1 else ("matmul", *parts[len(parts) - k :])
        middle = parts[k : len(parts) - k]
        return self._congruent(predicate, tree, _joined(middle) if middle else None, G, rank)

    def _congruent(self, predicate: str, tree: Tree, middle: Tree | None, G: Tree, rank: str) -> Fact | None:
        goals: list[tuple[str, Tree]] = [] if middle is None else [(predicate, middle)]
        if rank:
            goals.append((rank, G))
        premises = self.all(goals)
        if premises is None:
            return None
        if middle is None:
            return fact(predicate, tree, f"{predicate}_gram", premises, data=[] if rank else [G])
        return fact(predicate, tree, f"{predicate}_congruence", premises, data=[] if rank else [G])

    def _definite_by_words(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        if len(p.shape) != 2 or p.shape[0] != p.shape[1] or not p.terms:
            return None
        groups: dict[Word, dict[Monomial, Fraction]] = {}
        for (atoms, word), c in p.terms.items():
            groups.setdefault(word, {})[(atoms, ())] = c
        strict = predicate == "psd"
        proofs: list[Fact] = []
        for word, scalars in groups.items():
            scalar = Poly(scalars, ())
            part = self.setting.printer.poly(Poly({(a, word): c for (a, _), c in scalars.items()}, p.shape))
            found = None if strict else self._definite_multiple("posdef", part, scalar, word, p.shape)
            if found is not None:
                strict = True
                proofs.insert(0, found)
                continue
            found = self._definite_multiple("psd", part, scalar, word, p.shape)
            if found is None:
                return self._stripped(predicate, tree, p) or self._beyond_known(predicate, tree, p)
            proofs.append(found)
        if not strict:
            return self._beyond_known(predicate, tree, p)
        return (
            {**proofs[0], "fact": [predicate, as_json(tree)]}
            if len(proofs) == 1
            else fact(predicate, tree, f"{predicate}_add", proofs)
        )

    def _definite_multiple(self, predicate: str, tree: Tree, scalar: Poly, word: Word, shape: Shape) -> Fact | None:
        """s·W for one word W and a scalar polynomial s."""
        if len(scalar.terms) == 1:
            (((atoms, _), c),) = scalar.terms.items()
            return self._definite_monomial(predicate, tree, (atoms, word), c, Poly({(atoms, word): c}, shape))
        core = Poly({((), word): Fraction(1)}, shape)
        sign = "positive" if predicate == "posdef" else "nonneg"
        matrix = self._definite_monomial(predicate, self.setting.printer.poly(core), ((), word), Fraction(1), core)
        premise = matrix and self.prove(sign, self.setting.printer.poly(scalar))
        return fact(predicate, tree, f"{predicate}_scale", [premise, matrix]) if matrix and premise else None

    def _definite_monomial(self, predicate: str, tree: Tree, m: tuple[Word, Word], c: Fraction, p: Poly) -> Fact | None:
        algebra, printer = self.setting.algebra, self.setting.printer
        atoms, word = m
        if algebra.reversed(word) != word:
            found = self.from_hypotheses(predicate, tree, p)
            return found
        if atoms or c != 1:
            core = Poly({((), word): Fraction(1)}, p.shape)
            core_tree = printer.poly(core)
            scalar = printer.monomial((atoms, ()), c, ())
            sign = "positive" if predicate == "posdef" else "nonneg"
            matrix = self._definite_monomial(predicate, core_tree, ((), word), Fraction(1), core)
            premise = matrix and self.prove(sign, scalar)
            return fact(predicate, tree, f"{predicate}_scale", [premise, matrix]) if matrix and premise else None
        rank = "fullcol" if predicate == "posdef" else ""
        if not word:
            eye = fact("posdef", tree, "posdef_eye")
            return eye if predicate == "posdef" else fact("psd", tree, "posdef_psd", [eye])
        half = len(word) // 2
        if len(word) == 1:
            bare = printer.chain(word)
            return None if bare == tree and bare[0] == "var" else self._leaf(predicate, tree, bare)
        G = word[len(word) - half :]
        if len(word) % 2:
            return self._congruent(predicate, tree, printer.chain(word[half : half + 1]), printer.chain(G), rank)
        if algebra.letters[G[0]].rows == UNIT:
            column = printer.chain(word[:half])
            return None if predicate == "posdef" else fact(predicate, tree, "psd_outer", data=[column])
        return self._congruent(predicate, tree, None, printer.chain(G), rank)

    def _leaf(self, predicate: str, tree: Tree, letter: Tree) -> Fact | None:
        found = self.from_hypotheses(predicate, letter, self.setting.reader.read(letter))
        if found is None:
            route = self._posdef_by_text if predicate == "posdef" else self._psd_by_text
            found = route(predicate, letter, self.setting.reader.read(letter))
        if found is None and predicate == "psd":
            inner = self.prove("posdef", letter)
            found = inner and fact("psd", letter, "posdef_psd", [inner])
        return found and {**found, "fact": [predicate, as_json(tree)]}

    def _stripped(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """Lᵀ(…)L with the same L in every term."""
        algebra, letters = self.setting.algebra, self.setting.algebra.letters
        words = [word for _, word in p.terms]
        if not all(len(word) >= 2 and word[-1] == words[0][-1] for word in words):
            return None
        last = words[0][-1]
        if not all(word[0] == letters[last].twin for word in words) or letters[last].rows == UNIT:
            return None
        n = letters[last].rows
        middle = Poly({(atoms, word[1:-1]): c for (atoms, word), c in p.terms.items()}, (n, n))
        rank = "fullcol" if predicate == "posdef" else ""
        if middle.key == p.key or algebra.transposed(middle).key == p.key:
            return None
        return self._congruent(
            predicate, tree, self.setting.printer.poly(middle), self.setting.printer.chain((last,)), rank
        )

    def _beyond_known(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """Known definite matrix plus a semidefinite rest."""
        algebra = self.setting.algebra
        for name, q, hypothesis in self.setting.known:
            if name not in {"psd", "posdef"} or q.shape != p.shape or len(q.terms) < 2:
                continue
            rest = algebra.subtract(p, q)
            if not rest or len(rest.terms) > len(p.terms) or self._depth > 6:
                continue
            known = dict(hypothesis)
            if predicate == "posdef" and name == "psd":
                other = self.prove("posdef", self.setting.printer.poly(rest))
                if other is not None:
                    return fact(predicate, tree, "posdef_add", [other, known])
                continue
            other = self.prove("psd", self.setting.printer.poly(rest))
            if other is not None:
                if predicate == "psd" and name == "posdef":
                    known = fact("psd", self.setting.printer.poly(q), "posdef_psd", [known])
                return fact(predicate, tree, f"{predicate}_add", [known, other])
        return None


def _joined(parts: Sequence[Tree]) -> Tree:
    return parts[0] if len(parts) == 1 else ("matmul", *parts)
