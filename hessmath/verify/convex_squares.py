"""Sums of squares for the second derivative of a function along a direction, as certificates of convexity.

The second derivative is a polynomial in atoms: the variables, functions of them such as exp(x), and the letters of the
direction.  Denominators are cleared by even powers.  Inequalities of the domain and positive atoms are the multipliers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import reduce
from itertools import combinations, product
from typing import Any

from hessmath.verify.kernel import Rejected
from hessmath.verify.kernel.algebra import Algebra, Form, Mono, add, constant, scale
from hessmath.verify.kernel.ranges import Domain
from hessmath.verify.kernel.scalar import Scalar
from hessmath.verify.kernel.squares import require_twice_smooth
from hessmath.verify.kernel.trees import Tree
from hessmath.verify.sums_of_squares import MAX_BASIS, Block, Exponents, Poly, sum_of_squares

MAX_ATOMS = 7
MAX_FACTORS = 12
MAX_CANDIDATES = 4000

Json = Any


def squares(written: Json) -> dict[str, Json] | None:
    """The proof of a convexity claim by sums of squares, or None."""
    try:
        return _Search(written).proof()
    except Rejected:
        return None


class _Search:
    def __init__(self, written: Json) -> None:
        kept = {key: value for key, value in written.items() if key not in ("property", "mu")}
        self.wanted, self.mu = written["property"], Fraction(written.get("mu", "0"))
        self.scalar = Scalar(kept, "domain")
        self.domain: tuple[Tree, ...] = tuple(self.scalar.claim.read(item) for item in kept["domain"])
        self.domain += self.scalar.hypotheses
        self.area = Domain(self.scalar.names, self.domain)
        self.algebra: Algebra = self.area.algebra
        self.letters = _fresh(self.scalar.names)

    def proof(self) -> dict[str, Json] | None:
        """The second derivative itself, then times what is positive."""
        hessian = self.scalar.hessian()
        require_twice_smooth(self.area, self.scalar.f, hessian)
        form = self._second(self.area.engine.normal(hessian))
        denominator = self._denominator(form)
        cleared = self.algebra.times(form, self.algebra.times(denominator, denominator))
        cleared = self._expanded(cleared)
        lifts = [constant(1)]
        positive = [self.algebra.atom("var", name, 0, 0) for name in self.scalar.names]
        positive = [x for x in positive if self.area.of_form(x).positive]
        if positive:
            lifts.append(reduce(self.algebra.times, positive))
        for lift in lifts:
            found = self._lifted(self.algebra.times(cleared, lift), denominator, lift)
            if found is not None:
                return found
        return None

    def _lifted(self, cleared: Form, denominator: Form, lift: Form) -> dict[str, Json] | None:
        """Without and with multipliers; every term is divided by the square of the denominator and by the lift."""
        factors = self._factors(cleared)
        self.atoms = self._atoms([cleared, *factors])
        if len(self.atoms) > MAX_ATOMS:
            return None
        target = self._poly(cleared)
        one = {(0,) * len(self.atoms): Fraction(1)}
        multipliers = [(constant(1), one), *((g, self._poly(g)) for g in factors)]
        for used in (multipliers[:1], multipliers) if factors else (multipliers,):
            blocks = [Block(g, self._basis(target, g)) for _, g in used]
            if any(len(block.basis) > MAX_BASIS for block in blocks):
                continue
            extra = list(self._alone(target)) if self.wanted == "strictly_convex" else []
            if len(extra) < (len(self.letters) if self.wanted == "strictly_convex" else 0):
                return None
            found = sum_of_squares(target, [*blocks, *(Block(g, (p,), True) for g, p in extra)])
            if found is not None:
                terms = []
                for square in found:
                    k = square.block - len(used)
                    factor = used[square.block][0] if k < 0 else self._form(extra[k][0])
                    root = self.algebra.times(self._form(square.root), self.algebra.invert(denominator))
                    terms.append({"coef": str(square.coefficient), "root": self._tree(root)})
                    if factor != constant(1) or lift != constant(1):
                        terms[-1]["factor"] = ["mul", self._tree(factor), self._tree(self.algebra.invert(lift))]
                return {"by": "squares", "direction": self.letters, "terms": terms}
        return None

    def _second(self, grid: Sequence[Sequence[Form]]) -> Form:
        times = self.algebra.times
        letters = [self.algebra.atom("var", name, 0, 0) for name in self.letters]
        total: Form = {}
        for i, row in enumerate(grid):
            for j, cell in enumerate(row):
                cell = scale(cell, -1) if self.wanted == "concave" else cell
                cell = add(cell, constant(-self.mu if i == j else 0))
                total = add(total, times(cell, times(letters[i], letters[j])))
        return total

    def _denominator(self, form: Form) -> Form:
        """A monomial whose square clears the denominators."""
        lowest: dict[int, int] = {}
        for mono, _ in form:
            for atom, e in mono:
                lowest[atom] = min(lowest.get(atom, 0), e)
        mono = tuple(sorted((atom, (1 - e) // 2) for atom, e in lowest.items() if e < 0))
        return {(mono, ()): Fraction(1)}

    def _expanded(self, form: Form) -> Form:
        """The form with sums written out where they are not denominators."""
        total: Form = {}
        for (mono, word), c in form.items():
            term: Form = {(tuple((a, e) for a, e in mono if self.algebra.keys[a][0] != "sum"), word): c}
            for a, e in mono:
                if self.algebra.keys[a][0] == "sum":
                    term = self.algebra.times(term, self.algebra.power(dict(self.algebra.keys[a][1]), e))
            total = add(total, term)
        return total

    def _factors(self, form: Form) -> list[Form]:
        """What is nonnegative on the domain: its inequalities, the atoms of known sign, and products of two."""
        found = [limit for limit, _ in self.area.limits]
        for atom in sorted({atom for mono, _ in form for atom, _ in mono}):
            alone: Form = {(((atom, 1),), ()): Fraction(1)}
            if self.algebra.keys[atom][:2] not in [("var", name) for name in self.letters]:
                r = self.area.of_form(alone)
                if r.nonneg and alone not in found:
                    found.append(alone)
                if self.algebra.keys[atom][0] == "fn" and r.high is not None:
                    found.append(add(constant(r.high), scale(alone, -1)))
                if self.algebra.keys[atom][0] == "fn" and r.low:
                    found.append(add(alone, constant(-r.low)))
        pairs = [self.algebra.times(a, b) for a, b in combinations(found[:5], 2)]
        return [*found, *pairs][:MAX_FACTORS]

    def _atoms(self, forms: Sequence[Form]) -> list[int]:
        letters = [self.algebra.number("var", name, 0, 0) for name in self.letters]
        others = sorted({atom for form in forms for mono, _ in form for atom, _ in mono} - set(letters))
        return [*letters, *others]

    def _poly(self, form: Form) -> dict[Exponents, Fraction]:
        found: dict[Exponents, Fraction] = {}
        for (mono, word), c in form.items():
            powers = dict(mono)
            if word or any(e < 0 for e in powers.values()):
                raise Rejected("this is no polynomial in its atoms")
            found[tuple(powers.get(atom, 0) for atom in self.atoms)] = c
        return found

    def _form(self, p: Poly) -> Form:
        found: Form = {}
        for exponents, c in p.items():
            mono: Mono = tuple(sorted((a, e) for a, e in zip(self.atoms, exponents, strict=True) if e))
            found[mono, ()] = c
        return found

    def _basis(self, target: Poly, factor: Poly) -> tuple[Poly, ...]:
        """One letter times monomials with degrees at most half of what is left."""
        n, width = len(self.letters), len(self.atoms)
        room = [(max(e[k] for e in target) - min(e[k] for e in factor)) // 2 for k in range(n, width)]
        total = (max(map(sum, target)) - min(map(sum, factor))) // 2 - 1
        least = (min(map(sum, target)) - max(map(sum, factor)) + 1) // 2 - 1
        if any(r < 0 for r in room) or total < 0:
            return ()
        size = 1
        for r in room:
            size *= r + 1
        if size > MAX_CANDIDATES:
            raise Rejected("there are too many monomials")
        found: list[Poly] = []
        for powers in product(*(range(r + 1) for r in room)):
            if least <= sum(powers) <= total:
                for i in range(n):
                    found.append({(*(int(i == k) for k in range(n)), *powers): Fraction(1)})
        return tuple(found)

    def _alone(self, target: Poly) -> Iterator[tuple[Poly, Poly]]:
        """For every variable x a positive multiplier and a root xᵏ·d_x·h, h ≠ 0, whose product occurs."""
        n = len(self.letters)
        positive = [self.area.of_form({(((atom, 1),), ()): Fraction(1)}).positive for atom in self.atoms[n:]]
        for i, name in enumerate(self.scalar.names):
            variable = self.algebra.number("var", name, 0, 0)
            for exponents in sorted(target, key=sum):
                pairs = list(zip(self.atoms[n:], exponents[n:], positive, strict=True))
                fits = all(sure or not e or (a == variable and e % 2 == 0) for a, e, sure in pairs)
                if exponents[i] == 2 and fits:
                    odd = tuple(e % 2 for e in exponents)
                    yield {odd: Fraction(1)}, {tuple(e // 2 for e in exponents): Fraction(1)}
                    break

    def _tree(self, form: Form) -> Json:
        """A form as a tree of the certificate."""
        terms: list[Json] = []
        for (mono, _), c in form.items():
            parts: list[Json] = [] if c == 1 and mono else [["num", str(c)]]
            for atom, e in mono:
                base = self._atom_tree(atom)
                parts.append(base if e == 1 else ["pow", base, ["num", str(e)]])
            terms.append(parts[0] if len(parts) == 1 else ["mul", *parts])
        if not terms:
            return ["num", "0"]
        return terms[0] if len(terms) == 1 else ["add", *terms]

    def _atom_tree(self, atom: int) -> Json:
        kind, *data = self.algebra.keys[atom]
        match kind, data:
            case "var", [name, _, _]:
                return ["var", name]
            case "pi", []:
                return ["pi"]
            case "sum", [inside]:
                return self._tree(dict(inside))
            case "fn", ["pow", exponent, inside]:
                return ["pow", self._tree(dict(inside)), ["num", str(exponent)]]
            case "fn", [name, *parts]:
                return [name, *(self._tree(dict(part)) for part in parts)]
        raise Rejected(f"{kind} is not written as a tree")


def _fresh(names: Sequence[str]) -> list[str]:
    stem = "d"
    while any(f"{stem}{name}" in names for name in names):
        stem += "_"
    return [f"{stem}{name}" for name in names]
