"""Positive (semi)definite matrices: sums, multiples, GᵀG, GᵀMG, inverses, and what hypotheses say.

Matrices are taken apart as the text is written and, failing that, as their normal form is.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hessmath.language.sizes import Shape
from hessmath.verify.fact_trees import Fact, FactSearch, Term, fact, restated
from hessmath.verify.setting import Setting
from hessmath.verify.trees import Tree, add, as_json, identity_tree, mul, neg, number, tuple_tree
from hessmath.verify.words import UNIT, Monomial, Poly, Word


def _schur_complement(A: Tree, B: Tree, D: Tree) -> Tree:
    return ("add", D, ("neg", ("matmul", ("T", B), ("inv", A), B)))


class DefiniteFacts(FactSearch):
    """The part of the prover that settles definiteness."""

    setting: Setting
    _depth: int

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
                return self.derived(predicate, tree, f"posdef_{tree[0]}", ("posdef", A), ("posdef", B))
            case ("diag", x):
                return self.derived(predicate, tree, "posdef_diag", ("positive", x))
            case ("expm", A):
                return self.derived(predicate, tree, "posdef_expm", ("symmetric", A))
            case ("block", ("row", A, B), ("row", _, D)) if all(len(self.setting.shape(X)) == 2 for X in (A, B, D)):
                goals = ("posdef", A), ("posdef", _schur_complement(A, B, D))
                return self.derived(predicate, tree, "posdef_schur", *goals, data=[B])
        return self._other(predicate, tree)

    def _block_gram(self, tree: Tree, p: Poly, A: Tree, B: Tree, D: Tree) -> Fact | None:
        """[G, H]ᵀM[G, H] with M = I, or with what stands in the middle of both cells."""
        read, printer, algebra = self.setting.reader.read, self.setting.printer, self.setting.algebra
        halves = []
        for cell in (A, D):
            q = read(cell)
            if len(q.terms) != 1:
                return None
            (((atoms, word), c),) = q.terms.items()
            if atoms or c != 1 or len(word) < 2 or algebra.reversed(word) != word:
                return None
            half = len(word) // 2
            halves.append((word[half : len(word) - half], word[len(word) - half :]))
        (middle, G), (same, H) = halves
        if middle != same:
            return None
        n = algebra.letters[G[0]].rows
        M = printer.chain(middle) if middle else identity_tree((n, n))
        known = self.prove("psd", M)
        g, h = printer.chain(G), printer.chain(H)
        gap = read(add(("matmul", ("T", g), M, h), neg(B)))
        return None if known is None or gap else fact("psd", tree, "psd_block_gram", [known], data=[g, h])

    def _albert(self, tree: Tree, A: Tree, B: Tree, D: Tree) -> Fact | None:
        """A ⪰ 0, AA⁺B = B and a semidefinite complement by A⁺."""
        setting = self.setting
        first = self.prove("psd", A)
        if first is None:
            return None
        setting.reader.read(("pinv", A))
        setting.bring_schemas()
        rest, parts = setting.ideal.reduce(setting.reader.read(add(("matmul", A, ("pinv", A), B), neg(B))))
        core = add(D, neg(("matmul", ("T", B), ("pinv", A), B)))
        left, _ = setting.ideal.reduce(setting.reader.read(core))
        zero = identity_tree(setting.shape(D)) if not left else None
        if rest:
            return None
        second = (
            fact("psd", core, "psd_zero", terms=self._terms_of(core)) if zero is not None else self.prove("psd", core)
        )
        return second and fact("psd", tree, "psd_albert", [first, second], data=[B], zeros=[setting.terms(parts)])

    def _terms_of(self, tree: Tree) -> list[Term]:
        """The terms of a tree that the relations reduce to zero, with the sign that a conclusion wants."""
        _, parts = self.setting.ideal.reduce(self.setting.reader.read(tree))
        return self.setting.terms([(-c, frame, i) for c, frame, i in parts])

    def _other(self, predicate: str, tree: Tree) -> Fact | None:
        found = self._product(predicate, tree) or self._commuting(predicate, tree)
        return found or self._by_eigenvalue(predicate, tree)

    def _commuting(self, predicate: str, tree: Tree) -> Fact | None:
        """A @ B with AB = BA."""
        if tree[0] != "matmul" or len(tree) != 3:
            return None
        A, B = tree[1:]
        if self.setting.shape(A) != self.setting.shape(B) or len(self.setting.shape(A)) != 2:
            return None
        gap = self.setting.reader.read(add(tree, neg(("matmul", B, A))))
        rest, parts = self.setting.ideal.reduce(gap)
        premises = None if rest else self.all([(predicate, A), (predicate, B)])
        terms = [self.setting.terms(parts)]
        return fact(predicate, tree, f"{predicate}_commuting", premises, zeros=terms) if premises else None

    def _by_eigenvalue(self, predicate: str, tree: Tree) -> Fact | None:
        """The smallest eigenvalue has the sign."""
        lowest = ("lmin", tree)
        if not any(op == "lmin" for op, _, _ in self.setting.reader.arguments.values()):
            return None
        if self.prove("symmetric", tree) is None:
            return None
        sign = self.prove("positive" if predicate == "posdef" else "nonneg", lowest)
        return sign and fact(predicate, tree, f"{predicate}_lmin", [sign], data=[tree], zeros=[[]])

    def _part_of_block(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """A cell on the diagonal of a known block, or what is left of it by the other cell."""
        for name, _, hypothesis in self.setting.known:
            block = tuple_tree(hypothesis["fact"][1])
            if name not in (predicate, "posdef") or block[0] != "block" or [len(row) for row in block[1:]] != [3, 3]:
                continue
            (A, B), (C, D) = block[1][1:], block[2][1:]
            shape, read = self.setting.shape, self.setting.reader.read
            if any(len(shape(cell)) != 2 for cell in (A, B, C, D)) or len(set(shape(A))) != 1:
                continue
            known = hypothesis if name == predicate else fact("psd", block, "posdef_psd", [hypothesis])
            complements = (
                ("complement", add(D, neg(("matmul", C, ("inv", A), B))), A),
                ("complement_first", add(A, neg(("matmul", B, ("inv", D), C))), D),
            )
            for rule, cell in (("first", A), ("last", D)):
                if shape(cell) == p.shape and read(cell).key == p.key:
                    return fact(predicate, tree, f"{predicate}_{rule}", [known])
            for rule, whole, cell in complements:
                if shape(whole) != p.shape or tree[0] == "var":
                    continue
                rest, parts = self.setting.ideal.reduce(self.setting.algebra.subtract(read(whole), p))
                other = None if rest else self.prove("posdef", cell)
                if other:
                    premises = [known] if predicate == "posdef" else [known, other]
                    terms = self.setting.terms(parts)
                    return fact(predicate, tree, f"{predicate}_{rule}", premises, terms=terms)
        return None

    def _psd_by_text(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        match tree:
            case ("add", *parts) if {part[0] for part in parts} != {"inv", "neg"}:
                return self._sum_of(predicate, tree, parts)
            case ("kron" | "had", A, B):
                return self.derived(predicate, tree, f"psd_{tree[0]}", ("psd", A), ("psd", B))
            case ("pinv", A):
                return self.derived(predicate, tree, "psd_pinv", ("psd", A))
            case ("diag", x):
                return self.derived(predicate, tree, "psd_diag", ("nonneg", x))
            case ("block", ("row", A, B), ("row", _, D)) if all(len(self.setting.shape(X)) == 2 for X in (A, B, D)):
                goals = ("posdef", A), ("psd", _schur_complement(A, B, D))
                found = self.derived(predicate, tree, "psd_schur", *goals, data=[B])
                return found or self._block_gram(tree, p, A, B, D) or self._albert(tree, A, B, D)
            case ("add", ("inv", A), ("neg", ("inv", B))) | ("add", ("neg", ("inv", B)), ("inv", A)):
                ordered = ("posdef", A), ("posdef", B), ("psd", ("add", B, ("neg", A)))
                return self.derived(predicate, tree, "psd_inverse_order", *ordered)
            case ("outer", x, y) if x == y:
                return fact(predicate, tree, "psd_outer", data=[x])
        return self._other(predicate, tree)

    def _self_transposed(self, p: Poly) -> bool:
        return self.setting.algebra.transposed(p).key == p.key

    def _psd_by_square(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """P = GᵀG by the hypotheses, for G = P (a projection) or half of a product (S skew: −SS = SᵀS)."""
        setting, algebra = self.setting, self.setting.algebra
        if len(p.shape) != 2 or p.shape[0] != p.shape[1]:
            return None
        halves = [word[len(word) // 2 :] for (atoms, word) in p.terms if not atoms and word and len(word) % 2 == 0]
        sides = [p, *(Poly({((), half): Fraction(1)}, (algebra.letters[half[0]].rows, p.shape[1])) for half in halves)]
        for G in sides[:4]:
            if UNIT in G.shape:
                continue
            gap = algebra.subtract(algebra.matmul(algebra.transposed(G), G), p)
            rest, parts = setting.ideal.reduce(gap)
            if not rest:
                data = [tree if G is p else setting.printer.poly(G)]
                return fact(predicate, tree, "psd_gram", data=data, terms=setting.terms(parts))
        return None

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
                goals = ((sign, mul(*scalars)), (predicate, arrays[0]))
                return self.derived(predicate, tree, f"{predicate}_scale", *goals)
            case ("div", A, s) if shape(A):
                goals = ((sign, ("div", number(1), s)), (predicate, A))
                return self.derived(predicate, tree, f"{predicate}_scale", *goals)
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
            return self.from_hypotheses(predicate, tree, p)
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
