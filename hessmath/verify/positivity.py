"""Signs of scalars and arrays that are not zero: by text, by monomials, by atoms; the rest by linear programs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations_with_replacement

from hessmath.errors import InputError
from hessmath.language import from_json
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.fact_trees import Fact, fact
from hessmath.verify.positivstellensatz import Sign, rational_solution
from hessmath.verify.scalars import Undecidable, sign
from hessmath.verify.setting import Setting
from hessmath.verify.square_sums import SquareSums
from hessmath.verify.trees import HOLE, Tree, add, as_json, mul, neg, number, var, walk
from hessmath.verify.words import UNIT, Poly, Word

_ROOTS = frozenset("sqrt norm2 normF nspec nnuc Abs norm1 norminf normmax".split())


def constant_sign(tree: Tree) -> int | None:
    """−1, 0 or 1 for a number such as 4 − pi that balls separate from zero; None for everything else."""
    if any(part[0] in ("var", "size", "bound", "hole") for part in walk(tree)):
        return None
    try:
        with evaluation_precision():
            return sign(Point({}, {}).value(from_json(as_json(tree))))
    except (Undefined, Undecidable, InputError):
        return None


class ScalarFacts(SquareSums):
    """The part of the prover that settles signs of scalars."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._atom_signs: dict[int, Sign | None] = {}
        self._squaring = False

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
        if constant_sign(tree):
            return fact(predicate, tree, "number")
        opposite = self._known_multiple(tree, p)
        if opposite is not None:
            return opposite
        if len(p.terms) == 1:
            found = self._nonzero_monomial(tree, p)
            if found is not None:
                return found
        found = self._nonzero_by_text(tree) or self._nonzero_eigenvalue(tree)
        if found is not None:
            return found
        for signed in (tree, neg(tree)):
            inner = self.prove("positive", signed)
            if inner is not None:
                known = fact("nonzero", signed, "positive_nonzero", [inner])
                return known if signed == tree else self._times_minus_one(tree, known)
        return None

    def _nonzero_eigenvalue(self, tree: Tree) -> Fact | None:
        """c ≠ 0 because v = c·A⁻¹v for some v ≠ 0 and an invertible A."""
        setting = self.setting
        if tree[0] != "var":
            return None
        matrices = [q for name, q, _ in setting.known if name in {"invertible", "posdef"} and len(q.shape) == 2]
        for v, shape in list(setting.nonzero_vectors()):
            for q in matrices[:4]:
                A = setting.printer.poly(q)
                gap = setting.reader.read(add(("matmul", A, v), neg(mul(tree, v)))) if q.shape[1:] == shape else None
                if gap is None or setting.ideal.reduce(gap)[0] or self.prove("invertible", A) is None:
                    continue
                image = ("matmul", ("inv", A), v)
                setting.reader.read(image)
                setting.admit(A)
                setting.bring_schemas()
                claimed = setting.reader.read(add(v, neg(mul(tree, image))))
                if setting.ideal.reduce(claimed)[0]:
                    setting.ideal.complete(6)
                left, parts = setting.ideal.reduce(claimed)
                known = self.prove("nonzero", v)
                if known is not None and not left:
                    terms = setting.terms(parts)
                    return fact("nonzero", tree, "nonzero_factor", [known], data=[("mul", HOLE, image)], terms=terms)
        return None

    def _nonzero_by_text(self, tree: Tree) -> Fact | None:
        match tree:
            case ("mul", *parts):
                return self.derived("nonzero", tree, "nonzero_mul", *(("nonzero", part) for part in parts))
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

    def _positive_array(self, tree: Tree) -> Fact | None:
        """Every entry is positive: exponentials, products, sums with positive numbers."""
        match tree:
            case ("exp", x):
                return fact("positive", tree, "positive_exp", data=[x])
            case ("mul" | "had", *parts):
                return self.derived("positive", tree, "positive_mul", *(("positive", part) for part in parts))
            case ("pow", x, ("num", "2")):
                return self.derived("positive", tree, "positive_mul", ("positive", x), ("positive", x))
            case ("add", first, second):
                inner = self.prove("positive", second)
                weak = inner and fact("nonneg", second, "positive_nonneg_array", [inner])
                outer = self.prove("positive", first)
                return fact("positive", tree, "positive_add", [outer, weak]) if outer and weak else None
        return None

    def _signed(self, predicate: str, tree: Tree, p: Poly, *, strict: bool) -> Fact | None:
        if p.shape:
            return self._positive_array(tree) if strict else None
        c = p.constant
        if c is not None:
            good = c > 0 if strict else c >= 0
            return fact(predicate, tree, "number") if good else None
        if constant_sign(tree) == 1:
            return fact(predicate, tree, "number")
        if len(p.terms) == 1:
            (((atoms, _), c),) = p.terms.items()
            if c > 0:
                found = self._monomial_sign(predicate, tree, atoms, c, strict)
                if found is not None:
                    return found
        found = self._sign_by_text(predicate, tree, strict)
        return (
            found
            or self._as_form(predicate, tree, p, strict)
            or self._by_program(predicate, tree, p, strict)
            or self._by_squared_gap(predicate, tree, strict)
            or self._by_squares(predicate, tree, p, strict)
        )

    def _as_form(self, predicate: str, tree: Tree, p: Poly, strict: bool) -> Fact | None:
        """x@M@x with M collected from several terms."""
        algebra, setting = self.setting.algebra, self.setting
        if strict or len(p.terms) < 2:
            return None
        words = [algebra.atoms[atoms[0]].word for (atoms, _) in p.terms if len(atoms) == 1]
        if len(words) < len(p.terms) or not all(
            len(w) > 1 and w[-1] == words[0][-1] and algebra.letters[w[-1]].twin == w[0] for w in words
        ):
            return None
        x, n = words[0][-1], algebra.letters[words[0][-1]].rows
        M = algebra.add(
            *(
                algebra.scale(algebra.add(one, algebra.transposed(one)), c / 2)
                for w, c in zip(words, p.terms.values(), strict=True)
                for one in [Poly({((), w[1:-1]): Fraction(1)}, (n, n))]
            )
        )
        found = self.prove("psd", setting.printer.poly(M))
        return found and fact(predicate, tree, "nonneg_form", [found], data=[setting.printer.chain((x,))])

    def _by_squared_gap(self, predicate: str, tree: Tree, strict: bool) -> Fact | None:
        """b − a because b ≥ 0 and b² − a² has the sign: −(b − a) would make (a − b)² + 2(a − b)b + b² − a² positive."""
        if self._squaring or tree[0] != "add" or len(tree) != 3 or not any(part[0] in _ROOTS for part in walk(tree)):
            return None
        for b, minus in (tree[1:], tree[:0:-1]):
            if minus[0] != "neg":
                continue
            a = minus[1]
            upper = self.prove("nonneg", b)
            gap = add(mul(b, b), neg(mul(a, a)))
            if upper is None or len(self.setting.reader.read(gap).terms) > 12:
                continue
            self._squaring = True
            rest = self.prove(predicate, self.setting.printer.poly(self.setting.reader.read(gap)))
            self._squaring = False
            if rest is not None:
                made = fact(predicate, tree, "contradiction", [upper, rest])
                made["products"] = [
                    {"coef": "1", "factors": [-1, -1]},
                    {"coef": "2", "factors": [-1, 0]},
                    {"coef": "1", "factors": [1]},
                ]
                return made
        return None

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
        if constant_sign(tree) == 1:
            return fact(predicate, tree, "number")
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
            if strict:
                definite = any(known == "posdef" for known, _, _ in self.setting.known)
                goal = ("posdef", self.setting.printer.chain(word))
                return self.derived(name, tree, "positive_trace", goal) if definite else None
            return self._trace_sign(word, tree)
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
            ("det", False): ("nonneg_det", [("psd", argument)]),
            ("lmin", True): ("lmin_positive", [("posdef", argument)]),
            ("lmin", False): ("lmin_nonneg", [("psd", argument)]),
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
        return self.derived("positive", tree, "positive_form", ("posdef", matrix), ("nonzero", column))

    def _trace_sign(self, word: Word, tree: Tree) -> Fact | None:
        algebra, printer = self.setting.algebra, self.setting.printer
        for k in range(len(word)):
            turned = word[k:] + word[:k]
            half = len(turned) // 2
            if len(turned) % 2 == 0 and turned[:half] == algebra.reversed(turned[half:]):
                return fact("nonneg", tree, "nonneg_nsq", data=[printer.chain(turned[half:])])
        for k in range(1, len(word)):
            parts = printer.chain(word[:k]), printer.chain(word[k:])
            if all(shape[:1] == shape[1:] for shape in map(self.setting.shape, parts)):
                found = self.derived("nonneg", tree, "nonneg_trace_mul", *(("psd", part) for part in parts))
                if found is not None:
                    return found
        inner = self.prove("psd", printer.chain(word))
        return inner and fact("nonneg", tree, "nonneg_trace", [inner])
