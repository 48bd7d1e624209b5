"""Positivstellensatz certificates by linear programming: e > 0 because Σ c Π factors = 0 is impossible.

The factors are known to be ≥ 0 or > 0, the negated claim −e ≥ 0 is among them, and one product is > 0.
A floating linear program only proposes which products take part; the coefficients are then solved for
in exact rationals.

References
----------
Stengle (1974), A Nullstellensatz and a Positivstellensatz in semialgebraic geometry, Math. Ann. 207.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from typing import Any

from hessmath.verify.completion import Part
from hessmath.verify.fact_trees import Fact, FactSearch, fact
from hessmath.verify.setting import Setting
from hessmath.verify.trees import Tree, add, as_json, mul, neg, number, var
from hessmath.verify.words import Monomial, Poly

MAX_COLUMNS = 700
MAX_POOL = 32


@dataclass(frozen=True)
class Sign:
    """A scalar known to be nonnegative, or positive when ``strict``."""

    poly: Poly
    strict: bool
    proof: Fact


@dataclass(frozen=True)
class Product:
    """A product of factors of the certificate, its normal form modulo the relations, and what was subtracted."""

    factors: tuple[int, ...]
    poly: Poly
    parts: list[Part]
    strict: bool


class SignPool(FactSearch):
    """Known signs, and linear programs over their products."""

    setting: Setting

    @abstractmethod
    def atom_sign(self, i: int) -> Sign | None:
        """What is known of the sign of an atom."""

    def _by_program(self, predicate: str, tree: Tree, p: Poly, strict: bool) -> Fact | None:
        pool = self._pool(p)
        products = list(self._products(pool, p, strict))
        chosen = _solve(products)
        if chosen is None:
            return None
        parts: list[Part] = []
        listed: list[dict[str, Any]] = []
        used = sorted({k for k in range(len(products)) if chosen[k] for k in products[k].factors if k >= 0})
        place = {k: i for i, k in enumerate(used)} | {-1: -1}
        for product, c in zip(products, chosen, strict=True):
            if c:
                listed.append({"coef": str(c), "factors": [place[k] for k in product.factors]})
                parts.extend((c * d, frame, i) for d, frame, i in product.parts)
        premises = [pool[k].proof for k in used]
        made = fact(predicate, tree, "contradiction", premises, terms=self.setting.terms(parts))
        made["products"] = listed
        return made

    def contradiction(self) -> Fact | None:
        """A proof that the hypotheses cannot all hold: Σ c Π factors = 0 with a positive product."""
        pool = self._pool(self.setting.algebra.number(1))
        products = list(self._products(pool, None, True))
        chosen = _solve(products)
        if chosen is None:
            return None
        parts: list[Part] = []
        listed: list[dict[str, Any]] = []
        used = sorted({k for j, c in enumerate(chosen) if c for k in products[j].factors})
        for product, c in zip(products, chosen, strict=True):
            if c:
                listed.append({"coef": str(c), "factors": [used.index(k) for k in product.factors]})
                parts.extend((c * d, frame, i) for d, frame, i in product.parts)
        made: Fact = {"fact": ["false"], "rule": "contradiction", "products": listed}
        if used:
            made["premises"] = [pool[k].proof for k in used]
        if terms := self.setting.terms(parts):
            made["terms"] = terms
        return made

    def _pool(self, p: Poly) -> list[Sign]:
        """Signs that may take part: hypotheses, atoms that occur, squares of small combinations."""
        pool: list[Sign] = []
        seen: set[object] = set()

        def put(sign: Sign) -> None:
            if sign.poly.key not in seen and sign.poly.constant is None:
                seen.add(sign.poly.key)
                pool.append(sign)

        polys = [p, self.setting.ideal.reduce(p)[0]]
        for name, q, hypothesis in self.setting.known:
            if name in {"positive", "nonneg"} and not q.shape:
                put(Sign(q, name == "positive", hypothesis))
                polys.append(q)
        atoms = dict.fromkeys(i for q in polys for a, _ in q.terms for i in a)
        for i in atoms:
            sign = self.atom_sign(i)
            if sign is not None:
                put(sign)
        for sign in [*self._forms(polys), *self._squares(polys)]:
            put(sign)
        return pool[:MAX_POOL]

    def _forms(self, polys: Sequence[Poly]) -> Iterator[Sign]:
        """|v|², |Mv|² and vᵀKv for vectors v of the claim and their differences, matrices M and K ⪰ 0."""
        read = self.setting.reader.read
        names = self._vectors(polys)
        vectors = [var(name) for name in names]
        vectors += [add(var(a), neg(var(b))) for a, b in combinations(names, 2) if self._alike(a, b)]
        rectangles = [name for name, shape in self.setting.variables.items() if len(shape) == 2]
        for v in vectors:
            shape = self.setting.shape(v)
            for name, q, hypothesis in self.setting.known:
                if name in {"psd", "posdef"} and q.shape == shape * 2:
                    yield self._form(name, self.setting.printer.poly(q), hypothesis, v)
            images = [v] + [("matmul", var(M), v) for M in rectangles if self.setting.variables[M][1:] == shape]
            for image in images:
                square = ("matmul", image, image) if image == v else ("nsq", image)
                strict = self.prove("nonzero", image) if image == v else None
                if strict is not None:
                    yield Sign(read(square), True, fact("positive", square, "positive_nsq", [strict]))
                else:
                    yield Sign(read(square), False, fact("nonneg", square, "nonneg_nsq", data=[image]))

    def _form(self, name: str, matrix: Tree, hypothesis: Fact, v: Tree) -> Sign:
        known = {**hypothesis, "fact": [name, as_json(matrix)]}
        form = ("matmul", v, matrix, v)
        poly = self.setting.reader.read(form)
        direction = self.prove("nonzero", v) if name == "posdef" else None
        if direction is not None:
            return Sign(poly, True, fact("positive", form, "positive_form", [known, direction]))
        if name == "posdef":
            known = fact("psd", matrix, "posdef_psd", [known])
        return Sign(poly, False, fact("nonneg", form, "nonneg_form", [known], data=[v]))

    def _vectors(self, polys: Sequence[Poly]) -> list[str]:
        """Vector variables: those that occur, else all of them when they are few."""
        algebra = self.setting.algebra
        letters = {i for q in polys for atoms, _ in q.terms for a in atoms for i in algebra.atoms[a].word}
        occurring = {algebra.letters[i].key[-1] for i in letters}
        names = [name for name, shape in self.setting.variables.items() if len(shape) == 1]
        chosen = [name for name in names if name in occurring] or names
        return chosen[:4]

    def _alike(self, a: str, b: str) -> bool:
        return self.setting.variables[a] == self.setting.variables[b]

    def _squares(self, polys: Sequence[Poly]) -> Iterator[Sign]:
        """(a)² and (a ± b)² for monomials a, b whose squares or products occur."""
        algebra, printer = self.setting.algebra, self.setting.printer
        halves: dict[Monomial, None] = {}
        for q in polys:
            for atoms, _ in q.terms:
                root = tuple(i for i in dict.fromkeys(atoms) for _ in range(atoms.count(i) // 2))
                if atoms and all(atoms.count(i) % 2 == 0 for i in atoms):
                    halves[(root, ())] = None
                elif len(atoms) == 2:
                    halves.update({((i,), ()): None for i in atoms})
        roots = [printer.monomial(m, Fraction(1), ()) for m in halves][:6]
        candidates = list(roots)
        for a, b in combinations([*roots, number(1)], 2):
            candidates += [add(a, neg(b)), add(a, b)]
        for a, b in combinations([*roots, number(1)], 2):
            candidates += [add(a, mul(number(c), b)) for c in (2, -2, Fraction(1, 2), Fraction(-1, 2))]
        for root in candidates:
            q = self.setting.reader.read(root)
            square = ("pow", root, number(2))
            strict_proof = None
            for name, known, hypothesis in self.setting.known:
                if name == "nonzero" and known.key in {q.key, algebra.scale(q, -1).key}:
                    base = {**hypothesis, "fact": ["nonzero", as_json(self.setting.printer.poly(known))]}
                    strict_proof = fact("positive", square, "positive_square", [base])
            poly = algebra.times(q, q)
            if strict_proof is not None:
                yield Sign(poly, True, strict_proof)
            else:
                yield Sign(poly, False, fact("nonneg", square, "nonneg_square", data=[root]))

    def _products(self, pool: Sequence[Sign], p: Poly | None, strict: bool) -> Iterator[Product]:
        """Products of up to two or three signs, and the negated claim times the empty product or one sign."""
        algebra, ideal = self.setting.algebra, self.setting.ideal
        indices = range(len(pool))
        groups: list[tuple[int, ...]] = [(), *((k,) for k in indices), *combinations_with_replacement(indices, 2)]
        triples = range(min(len(pool), 7))  # hypotheses come first
        groups[len(pool) + 1 : len(pool) + 1] = combinations_with_replacement(triples, 3)
        made: list[tuple[tuple[int, ...], Poly, bool]] = []
        if p is not None:
            negated = algebra.scale(p, -1)
            made.append(((-1,), negated, not strict))
            for k in indices:
                made.append(((-1, k), algebra.times(negated, pool[k].poly), not strict and pool[k].strict))
        for group in groups[:MAX_COLUMNS]:
            total = algebra.number(1)
            for k in group:
                total = algebra.times(total, pool[k].poly)
            made.append((group, total, all(pool[k].strict for k in group)))
        for factors, total, positive in made:
            rest, parts = ideal.reduce(total)
            yield Product(factors, rest, parts, positive)


def _solve(products: Sequence[Product]) -> list[Fraction] | None:
    """Nonnegative rationals c with Σ c·product = 0 and the strict products' coefficients summing to 1."""
    import numpy as np
    from scipy.optimize import linprog

    rows: dict[Monomial, int] = {}
    for product in products:
        for monomial in product.poly.terms:
            rows.setdefault(monomial, len(rows))
    if not any(product.strict for product in products):
        return None
    matrix = np.zeros((len(rows) + 1, len(products)))
    for j, product in enumerate(products):
        for monomial, c in product.poly.terms.items():
            matrix[rows[monomial], j] = float(c)
        matrix[-1, j] = float(product.strict)
    target = np.zeros(len(rows) + 1)
    target[-1] = 1.0
    cost = np.array([1.0 + len(product.factors) for product in products])
    result = linprog(cost, A_eq=matrix, b_eq=target, bounds=(0, None), method="highs-ds")
    if not result.success or result.x is None:
        return None
    support = [j for j in range(len(products)) if result.x[j] > 1e-9]
    exact = _exactly(products, support)
    if exact is None:
        return None
    chosen = [Fraction(0)] * len(products)
    for j, c in zip(support, exact, strict=True):
        chosen[j] = c
    return chosen


def _exactly(products: Sequence[Product], support: Sequence[int]) -> list[Fraction] | None:
    """Solve the equations on the support in rationals; None unless every coefficient is ≥ 0."""
    total: Monomial = ((-1,), ())  # the row that says that the strict coefficients sum to 1
    columns = [{**products[j].poly.terms, total: Fraction(int(products[j].strict))} for j in support]
    solution = rational_solution(columns, {total: Fraction(1)})
    return solution if solution is not None and all(c >= 0 for c in solution) else None


def rational_solution(
    columns: Sequence[Mapping[Monomial, Fraction]], target: Mapping[Monomial, Fraction]
) -> list[Fraction] | None:
    """Exact c with Σ cₖ·columnₖ = target, free coefficients 0; None when there is none."""
    n = len(columns)
    system: dict[Monomial, list[Fraction]] = {m: [Fraction(0)] * n + [c] for m, c in target.items()}
    for k, column in enumerate(columns):
        for monomial, c in column.items():
            system.setdefault(monomial, [Fraction(0)] * (n + 1))[k] = c
    pivots: list[tuple[int, list[Fraction]]] = []
    for row in system.values():
        for column_number, pivot in pivots:
            if factor := row[column_number]:
                row = [a - factor * b for a, b in zip(row, pivot, strict=True)]
        lead = next((k for k in range(n) if row[k]), -1)
        if lead < 0:
            if row[n]:
                return None
            continue
        row = [a / row[lead] for a in row]
        pivots = [
            (k, [a - other[lead] * b for a, b in zip(other, row, strict=True)] if other[lead] else other)
            for k, other in pivots
        ]
        pivots.append((lead, row))
    solution = [Fraction(0)] * n
    for lead, row in pivots:
        solution[lead] = row[n]
    return solution
