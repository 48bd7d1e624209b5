"""Semidefinite matrices as sums Σ c·GᵀMG with M known to be semidefinite and c ≥ 0, by linear programming.

A floating linear program proposes which congruences take part; the coefficients are solved for in rationals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from hessmath.verify.completion import Part
from hessmath.verify.fact_trees import Fact, FactSearch, fact
from hessmath.verify.positivstellensatz import rational_solution
from hessmath.verify.setting import Setting
from hessmath.verify.trees import Tree, add, as_json, mul, neg, number, transpose, tuple_tree
from hessmath.verify.words import UNIT, Poly

MAX_PRODUCTS = 90
MAX_MIDDLES = 8


@dataclass(frozen=True)
class Congruence:
    """GᵀMG in its normal form, what was subtracted, and the fact that it is semidefinite."""

    poly: Poly
    parts: list[Part]
    proof: Fact


class MatrixPrograms(FactSearch):
    """The part of the prover that combines known semidefinite matrices."""

    setting: Setting
    _depth: int

    def _psd_by_program(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        if len(p.shape) != 2 or p.shape[0] != p.shape[1] or UNIT in p.shape or len(p.terms) < 2 or self._depth > 3:
            return None
        goal, parts = self.setting.ideal.reduce(p)
        found = list(self._congruences(goal))
        chosen = _nonnegative(found, goal) if found else None
        if chosen is None:
            return None
        premises: list[Fact] = []
        combined: list[Part] = [(-c, frame, i) for c, frame, i in parts]
        for congruence, c in zip(found, chosen, strict=True):
            if not c:
                continue
            inner = congruence.proof
            if c != 1:
                scaled = mul(number(c), _about(inner))
                inner = fact("psd", scaled, "psd_scale", [fact("nonneg", number(c), "number"), inner])
            premises.append(inner)
            combined += [(c * d, frame, i) for d, frame, i in congruence.parts]
        terms = self.setting.terms(combined)
        if len(premises) == 1:
            one = fact("nonneg", number(1), "number")
            return fact("psd", tree, "psd_scale", [one, premises[0]], terms=terms)
        return fact("psd", tree, "psd_add", premises, terms=terms)

    def _congruences(self, goal: Poly) -> Iterator[Congruence]:
        setting, algebra = self.setting, self.setting.algebra
        n = goal.shape[0]
        seen: set[object] = set()
        count = 0
        for u in self._outer_columns(goal):
            outer: Tree = ("outer", u, u)
            poly, parts = setting.ideal.reduce(setting.reader.read(outer))
            if poly.key not in seen:
                seen.add(poly.key)
                yield Congruence(poly, parts, fact("psd", outer, "psd_outer", data=[u]))
        for M, known in self._middles(goal):
            for G in self._sides(goal, M.shape[0]):
                whole = algebra.matmul(algebra.matmul(algebra.transposed(G), M), G)
                poly, parts = setting.ideal.reduce(whole)
                if poly.key in seen or not poly.terms or poly.shape != (n, n):
                    continue
                seen.add(poly.key)
                count += 1
                if count > MAX_PRODUCTS:
                    return
                side = setting.printer.poly(G)
                about: Tree = ("matmul", transpose(side), _about(known), side)
                yield Congruence(poly, parts, fact("psd", about, "psd_congruence", [known], data=[side]))

    def _middles(self, goal: Poly) -> Iterator[tuple[Poly, Fact]]:
        """Known semidefinite matrices, the identity, multiples of it by known scalars, and definite inverses."""
        setting, algebra = self.setting, self.setting.algebra
        eye = algebra.identity(goal.shape[0])
        about = setting.printer.poly(eye)
        whole = fact("psd", about, "posdef_psd", [fact("posdef", about, "posdef_eye")])
        yield eye, whole
        rows = {algebra.letters[i].rows for _, word in goal.terms for i in word} - {goal.shape[0], UNIT}
        for n in sorted(rows, key=str)[:2]:
            other = algebra.identity(n)
            inner = setting.printer.poly(other)
            yield other, fact("psd", inner, "posdef_psd", [fact("posdef", inner, "posdef_eye")])
        count = 0
        for name, q, hypothesis in list(setting.known):
            if count >= MAX_MIDDLES:
                return
            tree = setting.printer.poly(q)
            made = {**hypothesis, "fact": [name, as_json(tree)]}
            if name in ("nonneg", "positive") and not q.shape:
                weak = made if name == "nonneg" else fact("nonneg", tree, "positive_nonneg", [made])
                yield algebra.times(q, eye), fact("psd", ("mul", tree, about), "psd_scale", [weak, whole])
            elif name in ("psd", "posdef"):
                yield q, made if name == "psd" else fact("psd", tree, "posdef_psd", [made])
            else:
                continue
            count += 1
        for i, (P, inside) in list(setting.reader.inverses.items())[:3]:
            known = self.prove("posdef", inside)
            if known is not None:
                W: Tree = ("inv", inside)
                made = fact("psd", W, "posdef_psd", [fact("posdef", W, "posdef_inv", [known])])
                yield algebra.single(i, P.shape), made
        for x in self._columns(goal):
            square = setting.reader.read(("matmul", x, x))
            outer: Tree = ("outer", x, x)
            gap: Tree = ("add", ("mul", ("matmul", x, x), about), ("neg", outer))
            poly = algebra.subtract(algebra.times(square, eye), setting.reader.read(outer))
            yield poly, fact("psd", gap, "psd_cauchy", data=[x])

    def _outer_columns(self, goal: Poly) -> list[Tree]:
        """Columns of the outer products in the goal, their sums and differences."""
        algebra = self.setting.algebra
        columns: dict[Tree, None] = {}
        for _, word in goal.terms:
            cut = next((k for k in range(1, len(word)) if algebra.letters[word[k - 1]].columns == UNIT), 0)
            if cut:
                columns[self.setting.printer.chain(word[:cut])] = None
        singles = list(columns)[:4]
        pairs = list(combinations(singles, 2))
        return [*singles, *(add(a, neg(b)) for a, b in pairs), *(add(a, b) for a, b in pairs)]

    def _posdef_by_program(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """Something definite, known or a positive multiple of I, and a semidefinite rest."""
        setting, algebra = self.setting, self.setting.algebra
        if len(p.shape) != 2 or p.shape[0] != p.shape[1] or self._depth > 2:
            return None
        eye = setting.printer.poly(algebra.identity(p.shape[0]))
        for name, q, hypothesis in list(setting.known)[:MAX_MIDDLES]:
            about = setting.printer.poly(q)
            made = {**hypothesis, "fact": [name, as_json(about)]}
            if name == "posdef" and q.shape == p.shape:
                strict, part = q, made
            elif name == "positive" and not q.shape:
                strict = algebra.times(q, algebra.identity(p.shape[0]))
                part = fact("posdef", ("mul", about, eye), "posdef_scale", [made, fact("posdef", eye, "posdef_eye")])
            else:
                continue
            rest = algebra.subtract(p, strict)
            other = self.prove("psd", setting.printer.poly(rest)) if rest else None
            if other is not None:
                return fact(predicate, tree, "posdef_add", [part, other])
        return None

    def _columns(self, goal: Poly) -> list[Tree]:
        shape = goal.shape[:1]
        return [("var", name) for name, given in self.setting.variables.items() if given == shape][:3]

    def _sides(self, goal: Poly, rows: object) -> Iterator[Poly]:
        """Matrices with these rows: the identity, letters of the goal, sums and differences of two."""
        algebra = self.setting.algebra
        n = goal.shape[0]
        singles: list[Poly] = [algebra.identity(n)] if rows == n else []
        letters = dict.fromkeys(
            i for _, word in goal.terms for letter in word for i in (letter, algebra.letters[letter].twin)
        )
        for i in letters:
            letter = algebra.letters[i]
            if letter.rows == rows and letter.columns == n:
                singles.append(algebra.single(i, (letter.rows, letter.columns)))
        singles = singles[:5]
        tails = dict.fromkeys(word[k:] for _, word in goal.terms for k in range(1, len(word) - 1))
        for tail in [t for t in tails if algebra.letters[t[0]].rows == rows][:2]:
            singles.append(Poly({((), tail): Fraction(1)}, (algebra.letters[tail[0]].rows, n)))
        yield from singles
        for a, b in combinations(singles, 2):
            yield algebra.subtract(a, b)
            yield algebra.add(a, b)


def _about(known: Fact) -> Tree:
    tree: Tree = tuple_tree(known["fact"][1])
    return tree


def _nonnegative(found: list[Congruence], goal: Poly) -> list[Fraction] | None:
    """Rationals c ≥ 0 with Σ c·congruence = goal."""
    import numpy as np
    from scipy.optimize import linprog

    monomials = list(dict.fromkeys(m for p in (goal, *(one.poly for one in found)) for m in p.terms))
    place = {m: i for i, m in enumerate(monomials)}
    reachable = {m for one in found for m in one.poly.terms}
    if not reachable.issuperset(goal.terms):
        return None
    matrix, target = np.zeros((len(monomials), len(found))), np.zeros(len(monomials))
    for j, one in enumerate(found):
        for m, c in one.poly.terms.items():
            matrix[place[m], j] = float(c)
    for m, c in goal.terms.items():
        target[place[m]] = float(c)
    cost = np.array([float(len(one.poly.terms)) for one in found])
    result = linprog(cost, A_eq=matrix, b_eq=target, bounds=(0, None), method="highs-ds")
    if not result.success or result.x is None:
        return None
    support = [j for j in range(len(found)) if result.x[j] > 1e-9]
    exact = rational_solution([found[j].poly.terms for j in support], goal.terms)
    if exact is None or any(c < 0 for c in exact):
        return None
    chosen = [Fraction(0)] * len(found)
    for j, c in zip(support, exact, strict=True):
        chosen[j] = c
    return chosen
