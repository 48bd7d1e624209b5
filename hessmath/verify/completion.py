"""Ideal membership with cofactors: goal = Σ cᵢ · contextᵢ(relationᵢ), in the algebra of ``words.py``.

A bounded noncommutative Buchberger completion: relations become rules (leading monomial → rest), a
few critical pairs are resolved per round, the goal is reduced after each.  Every derived relation
remembers how it was made, so that a proof ends as a combination of the relations given.  Bounded in
steps, so the same goal gives the same answer everywhere.

References
----------
Mora (1994), An introduction to commutative and noncommutative Gröbner bases, TCS 134; PROVING.md.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hessmath.language.sizes import Shape, Size
from hessmath.verify.words import UNIT, Algebra, Frame, Monomial, OutOfSteps, Poly, Word


@dataclass
class Relation:
    """A polynomial that vanishes: given (``name``) or made from others (``parts``)."""

    poly: Poly
    name: Any = None
    parts: list[Part] = field(default_factory=list)


Part = tuple[Fraction, Frame, int]
"""Coefficient, context and number of the relation that goes in."""

Cofactor = tuple[Fraction, Frame, int]
"""The same with a given relation."""


@dataclass(frozen=True)
class Rule:
    """A relation, or its transpose, with its leading monomial."""

    relation: int
    transposed: bool
    poly: Poly
    lead: Monomial


class _Largest:
    """A monomial in a queue that gives the largest first."""

    __slots__ = ("key", "monomial")

    def __init__(self, key: tuple[Any, ...], monomial: Monomial) -> None:
        self.key = key
        self.monomial = monomial

    def __lt__(self, other: _Largest) -> bool:
        return self.key > other.key


class Ideal:
    """Relations of one algebra, their completion so far, and reduction modulo them."""

    def __init__(self, algebra: Algebra, *, max_steps: int = 400_000, max_weight: int = 14) -> None:
        self.algebra = algebra
        self.max_steps = max_steps
        algebra.limit = max_steps
        self.max_weight = max_weight
        self.relations: list[Relation] = []
        self.rules: list[Rule] = []
        self._by_first: dict[int, list[Rule]] = {}
        self._scalar_rules: list[Rule] = []
        self._pairs: list[tuple[tuple[int, int, int], int, int, int, Frame, Frame]] = []
        self._seen: set[tuple[object, ...]] = set()
        self._serial = 0
        self._matches: dict[tuple[Monomial, Shape], tuple[Rule, Frame, Poly] | None] = {}
        self._normal: dict[tuple[object, ...], tuple[Poly, list[Part]]] = {}

    # --- relations ---------------------------------------------------------------------------

    def add(self, poly: Poly, name: Any) -> None:
        """Assume that a polynomial vanishes; ``name`` comes back in cofactors."""
        self.relations.append(Relation(poly, name))
        self._insert(len(self.relations) - 1)

    def _insert(self, number: int) -> None:
        """Reduce a relation and make it a rule, moving aside the rules that it simplifies."""
        todo = [number]
        while todo:
            number = todo.pop()
            poly, parts = self.reduce(self.relations[number].poly)
            if not poly:
                continue
            if parts:
                minus = [(-c, frame, i) for c, frame, i in parts]
                one = (Fraction(1), Frame(poly.shape), number)
                self.relations.append(Relation(poly, None, [one, *minus]))
                number = len(self.relations) - 1
            rule = Rule(number, False, poly, self.algebra.leading(poly))
            fresh = [rule]
            turned = self.algebra.transposed(poly)
            if turned.shape and (turned.shape != poly.shape or not self._proportional(turned, poly)):
                rest, parts = self.reduce(turned)
                if not parts:
                    fresh.append(Rule(number, True, turned, self.algebra.leading(turned)))
                elif rest:
                    minus = [(-c, frame, i) for c, frame, i in parts]
                    one = (Fraction(1), Frame(turned.shape, transposed=True), number)
                    self.relations.append(Relation(rest, None, [one, *minus]))
                    todo.append(len(self.relations) - 1)
            stale = {
                rule.relation
                for rule in self.rules
                if any(next(self._occurrences(new, rule.lead, rule.poly.shape), None) for new in fresh)
            }
            if stale:
                self._forget(stale)
                todo.extend(sorted(stale, reverse=True))
            for rule in fresh:
                self._activate(rule)

    def _proportional(self, p: Poly, q: Poly) -> bool:
        if p.terms.keys() != q.terms.keys():
            return False
        lead = next(iter(p.terms))
        return all(p.terms[m] * q.terms[lead] == q.terms[m] * p.terms[lead] for m in p.terms)

    def _forget(self, numbers: set[int]) -> None:
        self.rules = [rule for rule in self.rules if rule.relation not in numbers]
        for first, rules in self._by_first.items():
            self._by_first[first] = [rule for rule in rules if rule.relation not in numbers]
        self._scalar_rules = [rule for rule in self._scalar_rules if rule.relation not in numbers]

    def _activate(self, rule: Rule) -> None:
        self._matches.clear()
        self._normal.clear()
        self.rules.append(rule)
        word = rule.lead[1]
        if word:
            self._by_first.setdefault(word[0], []).append(rule)
        else:
            self._scalar_rules.append(rule)
        for other in self.rules:
            self._pair(rule, other)
            if other is not rule:
                self._pair(other, rule)

    # --- critical pairs ----------------------------------------------------------------------

    def _pair(self, first: Rule, second: Rule) -> None:
        (a, u), (b, v) = first.lead, second.lead
        lcm = _union(a, b)
        if u and v:
            for k in range(1, min(len(u), len(v)) + (first.poly.shape != second.poly.shape)):
                if u[-k:] == v[:k] and (k < len(u) or k < len(v)):
                    word = u + v[k:]
                    shape = self._shape(word)
                    one = Frame(shape, _without(lcm, a) or (), (), v[k:], transposed=first.transposed)
                    two = Frame(shape, _without(lcm, b) or (), u[:-k], (), transposed=second.transposed)
                    self._push(lcm, word, first, second, one, two)
        elif first.relation != second.relation and set(a) & set(b) and not first.poly.shape and not u:
            shape = second.poly.shape
            one = Frame(shape, _without(lcm, a) or (), v, ())
            two = Frame(shape, _without(lcm, b) or (), transposed=second.transposed)
            self._push(lcm, v, first, second, one, two)
        if not u and v and not first.poly.shape:
            self._pair_around(first, second)

    def _pair_around(self, first: Rule, second: Rule) -> None:
        """Overlaps of a word rule with a closed word in the leading monomial of a scalar rule."""
        (a, _), (b, v) = first.lead, second.lead
        letters = self.algebra.letters
        for i in dict.fromkeys(a):
            atom = self.algebra.atoms[i]
            if atom.kind != "closed":
                continue
            for w in dict.fromkeys((atom.word, self.algebra.reversed(atom.word))):
                for k in range(1, min(len(w), len(v))):
                    atoms = _union(_without(a, (i,)) or (), b)
                    extra = _without(atoms, b) or ()
                    for left, right, hit in (((), w[k:], v[-k:] == w[:k]), (w[:-k], (), v[:k] == w[-k:])):
                        if not hit:
                            continue
                        if (left and letters[v[k - 1]].columns != UNIT) or (right and letters[v[-k]].rows != UNIT):
                            continue
                        word = left + v + right
                        shape = self._shape(word)
                        two = Frame(shape, extra, left, right, transposed=second.transposed)
                        joined, kept = self.algebra.joined(atoms, word)
                        rest = _without(joined, a)
                        if rest is not None:
                            self._push(joined, kept, first, second, Frame(shape, rest, kept, ()), two)

    def _push(self, atoms: Word, word: Word, first: Rule, second: Rule, one: Frame, two: Frame) -> None:
        mirrored = min(word, self.algebra.reversed(word))
        key = (atoms, mirrored, frozenset((first.relation, second.relation)))
        if key in self._seen:
            return
        self._seen.add(key)
        weight = sum(self.algebra.letters[i].weight for i in word)
        weight += sum(self.algebra.atoms[i].weight for i in atoms)
        degree = sum(self.algebra.atoms[i].degree for i in atoms)
        if weight + degree > self.max_weight:
            return
        self._serial += 1
        priority = (weight + degree, len(first.poly.terms) + len(second.poly.terms), self._serial)
        heapq.heappush(self._pairs, (priority, self._serial, first.relation, second.relation, one, two))

    def _shape(self, word: Word) -> Shape:
        rows, columns = self.algebra.letters[word[0]].rows, self.algebra.letters[word[-1]].columns
        if columns == UNIT:
            return () if rows == UNIT else (rows,)
        return (rows, columns)

    def complete(self, pairs: int) -> bool:
        """Resolve up to ``pairs`` critical pairs; False when none was left."""
        done = 0
        active = {rule.relation for rule in self.rules}
        while self._pairs and done < pairs:
            _, _, i, j, one, two = heapq.heappop(self._pairs)
            if i not in active or j not in active:
                continue
            done += 1
            p = self.algebra.framed(one, self.relations[i].poly)
            q = self.algebra.framed(two, self.relations[j].poly)
            if not p or not q:
                continue
            lead = self.algebra.leading(p)
            if lead not in q.terms:
                continue
            c, d = 1 / p.terms[lead], 1 / q.terms[lead]
            difference = self.algebra.subtract(self.algebra.scale(p, c), self.algebra.scale(q, d))
            if difference:
                self.relations.append(Relation(difference, None, [(c, one, i), (-d, two, j)]))
                self._insert(len(self.relations) - 1)
                active = {rule.relation for rule in self.rules}
        return done > 0

    # --- reduction ---------------------------------------------------------------------------

    def reduce(self, p: Poly) -> tuple[Poly, list[Part]]:
        """The remainder of p and what was subtracted: p = remainder + Σ parts."""
        known = self._normal.get(p.key)
        if known is not None:
            return known
        algebra = self.algebra
        work, rest = dict(p.terms), {}
        parts: list[Part] = []
        queue = [_Largest(algebra.order(m), m) for m in work]
        heapq.heapify(queue)
        while queue:
            monomial = heapq.heappop(queue).monomial
            if monomial not in work:
                continue
            algebra.steps += 1
            if algebra.steps > self.max_steps:
                raise OutOfSteps
            found = self._match(monomial, p.shape)
            if found is None:
                rest[monomial] = work.pop(monomial)
                continue
            rule, frame, framed = found
            c = work[monomial] / framed.terms[monomial]
            for m in framed.terms:
                if m not in work:
                    heapq.heappush(queue, _Largest(algebra.order(m), m))
            algebra.accumulate(work, framed.terms, -c)
            parts.append((c, frame, rule.relation))
        result = Poly(rest, p.shape), parts
        self._normal[p.key] = result
        return result

    def _match(self, monomial: Monomial, shape: Shape) -> tuple[Rule, Frame, Poly] | None:
        key = (monomial, shape)
        if key not in self._matches:
            self._matches[key] = self._search(monomial, shape)
        return self._matches[key]

    def _search(self, monomial: Monomial, shape: Shape) -> tuple[Rule, Frame, Poly] | None:
        for rule in self._candidates(monomial):
            for frame in self._occurrences(rule, monomial, shape):
                framed = self.algebra.framed(frame, self.relations[rule.relation].poly)
                if framed and self.algebra.leading(framed) == monomial:
                    return rule, frame, framed
        return None

    def _candidates(self, monomial: Monomial) -> Iterator[Rule]:
        atoms, word = monomial
        firsts = dict.fromkeys(word)
        for i in atoms:
            inner = self.algebra.atoms[i].word
            firsts.update(dict.fromkeys(inner))
            firsts.update(dict.fromkeys(self.algebra.reversed(inner)))
        for first in firsts:
            yield from self._by_first.get(first, ())
        yield from self._scalar_rules

    def _occurrences(self, rule: Rule, monomial: Monomial, shape: Shape) -> Iterator[Frame]:
        """Frames that put the rule's leading monomial onto a monomial of the given shape."""
        (a, lead), (b, word) = rule.lead, monomial
        turned = rule.transposed
        if not lead:
            rest = _without(b, a)
            if rest is None:
                return
            if not rule.poly.shape:
                yield Frame(shape, rest, word, ())
            elif len(rule.poly.shape) == 2 and len(shape) > 0 and shape[0] == rule.poly.shape[0]:
                yield Frame(shape, rest, (), word, transposed=turned)
            return
        rest = _without(b, a)
        if rest is None:
            return
        k = len(lead)
        for i in range(len(word) - k + 1):
            if word[i : i + k] == lead:
                yield Frame(shape, rest, word[:i], word[i + k :], transposed=turned)
        for j in dict.fromkeys(rest):
            atom = self.algebra.atoms[j]
            if len(atom.word) < k:
                continue
            others = _without(rest, (j,)) or ()
            for w in dict.fromkeys((atom.word, self.algebra.reversed(atom.word))):
                yield from self._inside(lead, w, atom.kind, shape, others, word, turned)

    def _inside(
        self, lead: Word, w: Word, kind: str, shape: Shape, others: Word, word: Word, turned: bool
    ) -> Iterator[Frame]:
        k = len(lead)
        if kind == "closed":
            for i in range(len(w) - k + 1):
                if w[i : i + k] == lead:
                    yield Frame(shape, others, w[:i], w[i + k :], "closed", word, turned)
        else:
            for i in range(len(w)):
                rotated = w[i:] + w[:i]
                if rotated[:k] == lead:
                    yield Frame(shape, others, (), rotated[k:], "trace", word, turned)

    # --- certificates ------------------------------------------------------------------------

    def cofactors(self, parts: list[Part]) -> list[Cofactor]:
        """The same sum written with given relations only, equal contexts collected."""
        total: dict[tuple[int, Frame], Fraction] = {}
        pending: dict[int, dict[Frame, Fraction]] = {}

        def put(number: int, frame: Frame, c: Fraction) -> None:
            bucket = pending.setdefault(number, {})
            bucket[frame] = bucket.get(frame, Fraction(0)) + c
            if not bucket[frame]:
                del bucket[frame]

        for c, frame, number in parts:
            put(number, frame, c)
        while pending:
            number = max(pending)  # a relation is made from earlier ones only
            bucket = pending.pop(number)
            relation = self.relations[number]
            self.algebra.steps += len(bucket) * max(1, len(relation.parts))
            if self.algebra.steps > self.max_steps:
                raise OutOfSteps
            for frame, c in bucket.items():
                if relation.name is not None:
                    total[(number, frame)] = c
                    continue
                for d, inner, source in relation.parts:
                    scalar = not self.relations[source].poly.shape
                    put(source, self.algebra.composed(frame, inner, scalar), c * d)
        return [(c, frame, number) for (number, frame), c in sorted(total.items(), key=lambda item: item[0][0])]


def _union(a: Word, b: Word) -> Word:
    """The least common multiple of two sorted monomials in atoms."""
    if not a or not b:
        return a or b
    counts = {i: max(a.count(i), b.count(i)) for i in {*a, *b}}
    return tuple(i for i in sorted(counts) for _ in range(counts[i]))


def _without(b: Word, a: Word) -> Word | None:
    """b divided by a, or None when a does not divide b."""
    if not a:
        return b
    left = list(b)
    for i in a:
        if i not in left:
            return None
        left.remove(i)
    return tuple(left)


def sides(shape: Shape) -> tuple[Size, Size]:
    """Rows and columns of a shape, 1 where there is none."""
    return (shape[0] if shape else UNIT, shape[1] if len(shape) == 2 else UNIT)
