"""Signs of scalars: products of known signs, and Positivstellensatz certificates by linear programming.

A certificate of e > 0 is Σ c Π factors = 0 with factors that are known to be ≥ 0 or > 0 and the negated
claim −e ≥ 0 among them, and one product that is > 0.  A floating linear program only proposes which
products take part; the coefficients are then solved for in exact rationals.

References
----------
Stengle (1974), A Nullstellensatz and a Positivstellensatz in semialgebraic geometry, Math. Ann. 207.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from typing import TYPE_CHECKING, Any

from hessmath.verify.completion import Part
from hessmath.verify.setting import Fact, Setting, fact
from hessmath.verify.trees import HOLE, Tree, add, as_json, mul, neg, number, var
from hessmath.verify.words import UNIT, Monomial, Poly, Word

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


class ScalarFacts:
    """The part of the prover that settles signs of scalars."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._atom_signs: dict[int, Sign | None] = {}

    if TYPE_CHECKING:

        def prove(self, predicate: str, tree: Tree) -> Fact | None: ...
        def all(self, goals: Iterable[tuple[str, Tree]]) -> list[Fact] | None: ...

    # --- positive, nonneg, nonzero -----------------------------------------------------------

    def positive(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """e > 0."""
        return self._signed(predicate, tree, p, strict=True)

    def nonneg(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """e ≥ 0."""
        return self._signed(predicate, tree, p, strict=False)

    def nonzero(self, predicate: str, tree: Tree, p: Poly) -> Fact | None:
        """e ≠ 0, or an array that is not all zero."""
        if p.shape:
            return self._nonzero_array(tree, p)
        if p.constant is not None:
            return fact(predicate, tree, "number") if p.constant else None
        opposite = self._known_multiple(tree, p)
        if opposite is not None:
            return opposite
        if len(p.terms) == 1:
            found = self._nonzero_monomial(tree, p)
            if found is not None:
                return found
        found = self._nonzero_by_text(tree)
        if found is not None:
            return found
        for sign in (tree, neg(tree)):
            inner = self.prove("positive", sign)
            if inner is not None:
                known = fact("nonzero", sign, "positive_nonzero", [inner])
                return known if sign == tree else self._times_minus_one(tree, known)
        return None

    def _nonzero_by_text(self, tree: Tree) -> Fact | None:
        match tree:
            case ("mul", *parts):
                premises = self.all(("nonzero", part) for part in parts)
                return premises and fact("nonzero", tree, "nonzero_mul", premises)
            case ("pow", base, ("num", k)) if Fraction(k).denominator == 1 and 0 < int(Fraction(k)) <= 8:
                inner = self.prove("nonzero", base)
                return inner and fact("nonzero", tree, "nonzero_mul", [inner] * int(Fraction(k)))
            case ("det", A):
                inner = self.prove("invertible", A)
                return inner and fact("nonzero", tree, "nonzero_det", [inner])
        return None

    def _times_minus_one(self, tree: Tree, known: Fact) -> Fact:
        minus = fact("nonzero", number(-1), "number")
        return fact("nonzero", tree, "nonzero_mul", [minus, known])

    def _known_multiple(self, tree: Tree, p: Poly) -> Fact | None:
        """A rational multiple of a scalar that a hypothesis says is not zero."""
        for name, q, hypothesis in self.setting.known:
            if name not in {"nonzero", "positive"} or q.shape or q.terms.keys() != p.terms.keys():
                continue
            m = next(iter(p.terms))
            c = p.terms[m] / q.terms[m]
            if all(p.terms[k] == c * q.terms[k] for k in p.terms):
                base = self.setting.printer.poly(q)
                known = {**hypothesis, "fact": [name, as_json(base)]}
                if name == "positive":
                    known = fact("nonzero", base, "positive_nonzero", [known])
                scale = fact("nonzero", number(c), "number")
                return fact("nonzero", tree, "nonzero_mul", [scale, known])
        return None

    def _nonzero_monomial(self, tree: Tree, p: Poly) -> Fact | None:
        (((atoms, _), c),) = p.terms.items()
        premises = [] if c == 1 else [fact("nonzero", number(c), "number")]
        for i in atoms:
            atom = self.setting.printer.atom(i)
            found = self._nonzero_atom(i, atom) if len(p.terms) == 1 and (len(atoms) > 1 or c != 1) else None
            found = found or self._nonzero_atom(i, atom)
            if found is None:
                return None
            premises.append(found)
        if len(premises) == 1:
            return {**premises[0], "fact": ["nonzero", as_json(tree)]}
        return fact("nonzero", tree, "nonzero_mul", premises)

    def _nonzero_atom(self, i: int, atom: Tree) -> Fact | None:
        for name, q, hypothesis in self.setting.known:
            if name == "nonzero" and not q.shape and q.terms == {((i,), ()): Fraction(1)}:
                return {**hypothesis, "fact": ["nonzero", as_json(atom)]}
        operation = self.setting.reader.arguments.get(i)
        if operation is not None:
            op, _, argument = operation
            if op == "inv":
                inner = self.prove("nonzero", argument)
                return inner and fact("nonzero", atom, "nonzero_inv", [inner])
            if op == "det":
                inner = self.prove("invertible", argument)
                if inner is not None:
                    return fact("nonzero", atom, "nonzero_det", [inner])
        sign = self.atom_sign(i)
        if sign is not None and sign.strict:
            return fact("nonzero", atom, "positive_nonzero", [sign.proof])
        return None

    def _nonzero_array(self, tree: Tree, p: Poly) -> Fact | None:
        """x ≠ 0 because a scalar that is linear in x is not zero."""
        algebra, printer = self.setting.algebra, self.setting.printer
        if len(p.terms) != 1 or len(p.shape) != 1:
            return None
        (((_, word), c),) = p.terms.items()
        for name, q, hypothesis in self.setting.known:
            if name not in {"nonzero", "positive"} or q.shape or len(q.terms) != 1:
                continue
            (((atoms, _), d),) = q.terms.items()
            for i in atoms:
                inner = algebra.atoms[i]
                if inner.kind != "closed":
                    continue
                for w in {inner.word, algebra.reversed(inner.word)}:
                    if w[-len(word) :] != word or len(w) == len(word):
                        continue
                    others = list(atoms)
                    others.remove(i)
                    context = mul(
                        number(d / c),
                        *(printer.atom(j) for j in others),
                        printer.chain((*w[: -len(word)], -1), (p.shape[0], UNIT, HOLE)),
                    )
                    known = hypothesis
                    if name == "positive":
                        known = fact("nonzero", printer.poly(q), "positive_nonzero", [hypothesis])
                    return fact("nonzero", tree, "nonzero_factor", [known], data=[context])
        return self._nonzero_by_factor(tree, word) if c == 1 else None

    def _nonzero_by_factor(self, tree: Tree, word: Word) -> Fact | None:
        """x ≠ 0 because u@u = s·(x@x) for some u ≠ 0 and a scalar s made of scalar variables."""
        setting = self.setting
        read, reduced = setting.reader.read, setting.ideal.reduce
        square = ("matmul", tree, tree)
        names = [var(name) for name, shape in setting.variables.items() if not shape][:5]
        candidates = [number(1), *names, *(mul(a, b) for a, b in combinations_with_replacement(names, 2))]
        columns = [reduced(read(mul(candidate, square)))[0].terms for candidate in candidates]
        for u, _ in list(setting.nonzero_vectors()):
            known = ("matmul", u, u)
            found = None if u == tree else rational_solution(columns, reduced(read(known))[0].terms)
            if found is None or not any(found):
                continue
            scalar = add(*(mul(number(c), s) for c, s in zip(found, candidates, strict=True) if c))
            rest, parts = reduced(read(add(known, neg(mul(scalar, square)))))
            premise = self.prove("nonzero", known)
            if premise is not None and not rest:
                context = mul(scalar, ("matmul", tree, HOLE))
                return fact("nonzero", tree, "nonzero_factor", [premise], data=[context], terms=setting.terms(parts))
        return None

    def _signed(self, predicate: str, tree: Tree, p: Poly, *, strict: bool) -> Fact | None:
        if p.shape:
            return None
        c = p.constant
        if c is not None:
            good = c > 0 if strict else c >= 0
            return fact(predicate, tree, "number") if good else None
        if len(p.terms) == 1:
            (((atoms, _), c),) = p.terms.items()
            if c > 0:
                found = self._monomial_sign(predicate, tree, atoms, c, strict)
                if found is not None:
                    return found
        found = self._sign_by_text(predicate, tree, strict)
        return found or self._by_program(predicate, tree, p, strict)

    def _sign_by_text(self, predicate: str, tree: Tree, strict: bool) -> Fact | None:
        match tree:
            case ("pow", base, ("num", "2")):
                inner = self.prove("nonzero", base) if strict else None
                if inner is not None:
                    return fact(predicate, tree, "positive_square", [inner])
                return None if strict else fact(predicate, tree, "nonneg_square", data=[base])
            case ("nsq", X):
                inner = self.prove("nonzero", X) if strict else None
                if inner is not None:
                    return fact(predicate, tree, "positive_nsq", [inner])
                return None if strict else fact(predicate, tree, "nonneg_nsq", data=[X])
            case ("matmul", x, y) if x == y and len(self.setting.shape(x)) == 1:
                inner = self.prove("nonzero", x) if strict else None
                if inner is not None:
                    return fact(predicate, tree, "positive_nsq", [inner])
                return None if strict else fact(predicate, tree, "nonneg_nsq", data=[x])
            case ("add", *parts) if len(parts) <= 6:
                return self._sum_sign(predicate, tree, parts, strict)
            case ("matmul", x, *middle, y) if x == y and len(self.setting.shape(x)) == 1 and middle:
                definite = "posdef" if strict else "psd"
                matrix = middle[0] if len(middle) == 1 else ("matmul", *middle)
                inner = self.prove(definite, matrix)
                if inner is None:
                    return None
                if not strict:
                    return fact(predicate, tree, "nonneg_form", [inner], data=[x])
                direction = self.prove("nonzero", x)
                return direction and fact(predicate, tree, "positive_form", [inner, direction])
        return None

    def _sum_sign(self, predicate: str, tree: Tree, parts: Sequence[Tree], strict: bool) -> Fact | None:
        """nonneg + … + nonneg, with one positive part when that is asked for; parts are taken as they are written."""
        proofs: list[Fact] = []
        for part in parts:
            wanted = ("positive", "nonneg") if strict else ("nonneg",)
            found = next((proof for name in wanted if (proof := self._plain_sign(name, part)) is not None), None)
            if found is None:
                return None
            if found["fact"][0] == "positive":
                strict = False
                proofs.insert(0, found)
            else:
                proofs.append(found)
        return None if strict else fact(predicate, tree, f"{predicate}_add", proofs)

    def _plain_sign(self, predicate: str, tree: Tree) -> Fact | None:
        """A sign without the linear program."""
        p = self.setting.reader.read(tree)
        strict = predicate == "positive"
        c = p.constant
        if c is not None:
            return fact(predicate, tree, "number") if c > 0 or (c == 0 and not strict) else None
        if len(p.terms) == 1:
            (((atoms, _), c),) = p.terms.items()
            found = self._monomial_sign(predicate, tree, atoms, c, strict) if c > 0 else None
            if found is not None:
                return found
        for name, q, hypothesis in self.setting.known:
            if name == predicate and not q.shape and q.key == p.key:
                return {**hypothesis, "fact": [predicate, as_json(tree)]}
        return self._sign_by_text(predicate, tree, strict)

    def _monomial_sign(self, predicate: str, tree: Tree, atoms: Word, c: Fraction, strict: bool) -> Fact | None:
        """c · Π atoms, even powers taken as squares."""
        premises = [] if c == 1 else [fact(predicate, number(c), "number")]
        for i in dict.fromkeys(atoms):
            k = atoms.count(i)
            atom = self.setting.printer.atom(i)
            sign = self.atom_sign(i)
            if sign is not None and (sign.strict or not strict):
                proof = sign.proof
                if sign.strict and not strict:
                    proof = fact("nonneg", atom, "positive_nonneg", [sign.proof])
                premises.extend([proof] * k)
                continue
            if k % 2:
                return None
            square = ("pow", atom, number(2))
            if strict:
                inner = self._nonzero_atom(i, atom)
                if inner is None:
                    return None
                premises.extend([fact("positive", square, "positive_square", [inner])] * (k // 2))
            else:
                premises.extend([fact("nonneg", square, "nonneg_square", data=[atom])] * (k // 2))
        if len(premises) == 1:
            return {**premises[0], "fact": [predicate, as_json(tree)]}
        return fact(predicate, tree, f"{predicate}_mul", premises)

    # --- signs of atoms ----------------------------------------------------------------------

    def atom_sign(self, i: int) -> Sign | None:
        """What is known of the sign of an atom."""
        if i not in self._atom_signs:
            self._atom_signs[i] = None  # while it is being worked out
            self._atom_signs[i] = self._find_atom_sign(i)
        return self._atom_signs[i]

    def _find_atom_sign(self, i: int) -> Sign | None:
        algebra, printer = self.setting.algebra, self.setting.printer
        poly, tree = algebra.scalar(i), printer.atom(i)
        for strict, name in ((True, "positive"), (False, "nonneg")):
            for known, q, hypothesis in self.setting.known:
                if known == name and not q.shape and q.key == poly.key:
                    return Sign(poly, strict, {**hypothesis, "fact": [name, as_json(tree)]})
        atom = algebra.atoms[i]
        for strict in (True, False):
            proof = self._atom_proof(i, atom.kind, atom.word, tree, strict)
            if proof is not None:
                return Sign(poly, strict, proof)
        return None

    def _atom_proof(self, i: int, kind: str, word: Word, tree: Tree, strict: bool) -> Fact | None:
        name = "positive" if strict else "nonneg"
        if kind == "size":
            return fact(name, tree, "number")
        if kind == "closed":
            return self._form_sign(word, tree, strict)
        if kind == "trace":
            return None if strict else self._trace_sign(word, tree)
        operation = self.setting.reader.arguments.get(i)
        if operation is None:
            return fact(name, tree, "number") if strict and tree in {("pi",), ("E",)} else None
        op, _, argument = operation
        rules: dict[tuple[str, bool], tuple[str, list[tuple[str, Tree]]]] = {
            ("inv", True): ("positive_inv", [("positive", argument)]),
            ("exp", True): ("positive_exp", []),
            ("cosh", True): ("positive_cosh", []),
            ("sigmoid", True): ("positive_sigmoid", []),
            ("sqrt", True): ("positive_sqrt", [("positive", argument)]),
            ("sqrt", False): ("nonneg_sqrt", []),
            ("Abs", False): ("nonneg_abs", []),
            ("det", True): ("positive_det", [("posdef", argument)]),
        }
        if (op, strict) not in rules:
            return None
        rule, goals = rules[(op, strict)]
        premises = self.all(goals)
        if premises is None:
            return None
        data = [argument] if not goals else []
        return fact(name, tree, rule, premises, data=data)

    def _form_sign(self, word: Word, tree: Tree, strict: bool) -> Fact | None:
        """xᵀMx and xᵀx."""
        algebra, printer = self.setting.algebra, self.setting.printer
        if algebra.reversed(word) != word:
            return None
        half = len(word) // 2
        column = printer.chain(word[len(word) - half :])
        if len(word) % 2 == 0:
            if not strict:
                return fact("nonneg", tree, "nonneg_nsq", data=[column])
            inner = self.prove("nonzero", column)
            return inner and fact("positive", tree, "positive_nsq", [inner])
        matrix = algebra.letters[word[half]].tree
        if not strict:
            inner = self.prove("psd", matrix)
            return inner and fact("nonneg", tree, "nonneg_form", [inner], data=[column])
        premises = self.all((("posdef", matrix), ("nonzero", column)))
        return premises and fact("positive", tree, "positive_form", premises)

    def _trace_sign(self, word: Word, tree: Tree) -> Fact | None:
        algebra, printer = self.setting.algebra, self.setting.printer
        for k in range(len(word)):
            turned = word[k:] + word[:k]
            half = len(turned) // 2
            if len(turned) % 2 == 0 and turned[:half] == algebra.reversed(turned[half:]):
                return fact("nonneg", tree, "nonneg_nsq", data=[printer.chain(turned[half:])])
        inner = self.prove("psd", printer.chain(word))
        return inner and fact("nonneg", tree, "nonneg_trace", [inner])

    # --- Positivstellensatz ------------------------------------------------------------------

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
    if not result.success:
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
