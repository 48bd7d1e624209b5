"""Signs of scalars by sums of squares: e = Σ c·g·p² (+ a positive number), multipliers g that are known to be ≥ 0.

The certificate is a contradiction: the denial of the claim plus these products is zero, although one of them is
positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from hessmath.verify.fact_trees import Fact, fact
from hessmath.verify.positivstellensatz import Sign, SignPool
from hessmath.verify.sums_of_squares import MAX_BASIS, Block, Exponents, sum_of_squares
from hessmath.verify.sums_of_squares import Poly as Plain
from hessmath.verify.trees import Tree, number
from hessmath.verify.words import Poly

MAX_ATOMS = 6
MAX_DEGREE = 8
MAX_FACTORS = 5
ATTEMPTS = 12
"""How many scalars of one claim are written as sums of squares."""


class SquareSums(SignPool):
    """The part of the prover that writes scalars as sums of squares."""

    _attempts = 0

    def _by_squares(self, predicate: str, tree: Tree, p: Poly, strict: bool) -> Fact | None:
        rest, _ = self.setting.ideal.reduce(p)
        if any(word for _, word in rest.terms) or not 2 <= _degree(rest) <= MAX_DEGREE:
            return None
        self._attempts += 1
        if self._attempts > ATTEMPTS:
            return None
        own = {i for atoms, _ in rest.terms for i in atoms}
        signs = self._multipliers(own)
        for used in ([], signs) if signs else ([],):
            found = self._with(predicate, tree, p, rest, used, strict)
            if found is not None:
                return found
        return None

    def _multipliers(self, own: set[int]) -> list[Sign]:
        """Hypotheses about these atoms, and their own signs."""
        found: list[Sign] = []
        for name, q, hypothesis in self.setting.known:
            if name in {"positive", "nonneg"} and not q.shape and own & {i for atoms, _ in q.terms for i in atoms}:
                found.append(Sign(q, name == "positive", hypothesis))
        for i in sorted(own):
            sign = self.atom_sign(i)
            if sign is not None and sign.poly.key not in [other.poly.key for other in found]:
                found.append(sign)
        return found[:MAX_FACTORS]

    def _with(
        self, predicate: str, tree: Tree, p: Poly, rest: Poly, signs: Sequence[Sign], strict: bool
    ) -> Fact | None:
        algebra = self.setting.algebra
        groups: list[tuple[int, ...]] = [(), *((k,) for k in range(len(signs)))]
        groups += combinations(range(min(len(signs), 4)), 2)
        polys: list[Poly] = []
        for group in groups:
            total = algebra.number(1)
            for k in group:
                total = algebra.times(total, signs[k].poly)
            polys.append(self.setting.ideal.reduce(total)[0])
        groups = [group for group, q in zip(groups, polys, strict=True) if q.terms]
        polys = [q for q in polys if q.terms]  # a product that vanishes under the hypotheses helps nobody
        atoms = sorted({i for q in (rest, *polys) for group, _ in q.terms for i in group})
        if len(atoms) > MAX_ATOMS or any(word for q in polys for _, word in q.terms):
            return None
        target, *factors = (_plain(q, atoms) for q in (rest, *polys))
        blocks = [Block(g, _basis(target, g)) for g in factors]
        if max(len(block.basis) for block in blocks) > MAX_BASIS:
            return None
        if strict:
            blocks.append(Block(factors[0], ({(0,) * len(atoms): Fraction(1)},), needed=True))
            groups.append(())
        squares = sum_of_squares(target, blocks)
        if squares is None:
            return None
        used = sorted({k for square in squares for k in groups[square.block]})
        premises = [signs[k].proof for k in used]
        listed: list[dict[str, Any]] = [{"coef": "1", "factors": [-1]}]
        total = algebra.scale(p, -1)
        for square in squares:
            places = [used.index(k) for k in groups[square.block]]
            term = algebra.scale(algebra.number(1), square.coefficient)
            for k in groups[square.block]:
                term = algebra.times(term, signs[k].poly)
            (alone, c), *others = square.root.items()
            coefficient = square.coefficient
            if others or any(alone):
                root = Poly({(_listed(e, atoms), ()): v for e, v in square.root.items()}, ())
                term = algebra.times(term, algebra.times(root, root))
                written = self.setting.printer.poly(root)
                premises.append(fact("nonneg", ("pow", written, number(2)), "nonneg_square", data=[written]))
                places.append(len(premises) - 1)
            else:
                coefficient *= c * c
                term = algebra.scale(term, c * c)
            listed.append({"coef": str(coefficient), "factors": places})
            total = algebra.add(total, term)
        left, parts = self.setting.ideal.reduce(total)
        if left:
            return None
        made = fact(predicate, tree, "contradiction", premises, terms=self.setting.terms(parts))
        made["products"] = listed
        return made


def _degree(p: Poly) -> int:
    return max((len(atoms) for atoms, _ in p.terms), default=0)


def _plain(p: Poly, atoms: Sequence[int]) -> Plain:
    return {tuple(group.count(i) for i in atoms): c for (group, _), c in p.terms.items()}


def _listed(exponents: Exponents, atoms: Sequence[int]) -> tuple[int, ...]:
    return tuple(i for i, e in zip(atoms, exponents, strict=True) for _ in range(e))


def _basis(target: Plain, factor: Plain) -> tuple[Plain, ...]:
    """Monomials with degrees at most half of what the target leaves."""
    width = len(next(iter(target)))
    room = [(max(e[k] for e in target) - min(e[k] for e in factor)) // 2 for k in range(width)]
    total = (max(map(sum, target)) - min(map(sum, factor))) // 2
    least = (min(map(sum, target)) - max(map(sum, factor)) + 1) // 2
    if any(r < 0 for r in room) or total < 0:
        return ()
    ranges = (range(r + 1) for r in room)
    return tuple({powers: Fraction(1)} for powers in product(*ranges) if least <= sum(powers) <= total)
