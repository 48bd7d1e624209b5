"""Boundary cases: the range of the indices split into intervals and bands, each with one formula.

The entry is asked for with symbolic indices; every condition that stays undecided cuts the range, and the entry is
asked for again in each part, until nothing is undecided.  Sizes are taken to be as large as the order of the cuts
needs, and what was taken is part of the result: for 0 < 1 ≤ n − 1 it is n ≥ 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from itertools import pairwise, product
from math import lcm
from typing import Any

from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.collecting import collected
from hessmath.program.arrays.facts import AtLeastZero, Condition, Divides, Facts, IsZero, canonical, put, tightened
from hessmath.program.arrays.guarded import Symbols, Term, Terms, add, solved, substituted

Expr = Any
Places = tuple[Affine, ...]
Evaluate = Callable[[Places, Facts], tuple[Terms, frozenset[Condition]]]

#: More parts than these are not told apart.
MOST_PARTS = 48
#: So often cuts may lead to new cuts.
MOST_ROUNDS = 6
#: Residues are told apart up to this modulus.
LARGEST_MODULUS = 4


class NoCases(Exception):
    """The range cannot be split: the order of the cuts depends on the sizes, or there are too many."""


@dataclass(frozen=True)
class Part:
    """A part of the range of the indices: what holds there, and the entry.

    ``where`` has, for each index, its value or the bounds of its interval, then relations between indices.
    """

    where: tuple[Condition, ...]
    terms: Terms


@dataclass(frozen=True)
class Interval:
    """low ≤ index < end."""

    low: Affine
    end: Affine

    @property
    def is_point(self) -> bool:
        """Whether there is one index in it, whatever the sizes."""
        return self.end - self.low == Affine((), 1)


@dataclass
class Splitting:
    """Splits the box of the indices of one array.

    Attributes
    ----------
    names, sizes : the indices and the sizes of the array
    facts : what is known before
    evaluate : places and facts → the entry and the conditions left open
    symbols : the expressions of indices and sizes
    taken : what the sizes were taken to satisfy: affine expressions that are ≥ 0
    """

    names: tuple[str, ...]
    sizes: tuple[Affine, ...]
    facts: Facts
    evaluate: Evaluate
    symbols: Symbols
    taken: list[Affine] = field(default_factory=list)

    def parts(self) -> list[Part]:
        """The parts; an entry belongs to the first one that it satisfies.

        Raises
        ------
        NoCases
            If the range cannot be split.
        """
        for _ in range(MOST_ROUNDS):
            before = len(self.taken)
            found = self._parts()
            if len(self.taken) == before:
                parts = [each for part in found for each in by_residues(part, self.names)]
                return [part for part in parts if part.terms or not self._is_zero_elsewhere(part, parts)]
        raise NoCases

    def _is_zero_elsewhere(self, part: Part, parts: list[Part]) -> bool:
        """Whether a zero on a band need not be said: all is zero beside the bands, which have their whole entries."""
        *bands, last = parts
        between = all(any(isinstance(c, IsZero) and self._couples(c) for c in band.where) for band in bands)
        return part is not last and last == Part((), ()) and between

    def _parts(self) -> list[Part]:
        indices = tuple(map(Affine.of, self.names))
        terms, unknown = self._ask(indices, self.box())
        if not unknown:
            return [Part((), terms)]
        if len(self.names) == 1:
            whole = Interval(Affine(), self.sizes[0])
            return self._line(self.names[0], lambda place: (place,), whole, ())
        if len(self.names) == 2:
            return self._plane(unknown)
        raise NoCases

    # ---- what is known ----------------------------------------------------------------------------

    def box(self) -> Facts:
        """That the indices lie in their ranges."""
        facts = self.facts.with_sizes(*self.taken)
        for name, size in zip(self.names, self.sizes, strict=True):
            facts = facts.with_index(name, Affine.of(name), size - 1 - Affine.of(name))
        return facts

    def _ask(self, places: Places, facts: Facts) -> tuple[Terms, frozenset[Condition]]:
        """The entry, and the conditions on indices and sizes that are left."""
        for _ in range(MOST_ROUNDS):
            terms, unknown = self.evaluate(places, facts.with_sizes(*self.taken))
            on_sizes = [c for c in unknown if not set(c.value.names) & set(self.names)]
            for condition in on_sizes:
                self._take(condition)
            if not on_sizes:
                return terms, unknown
        raise NoCases

    def needed(self) -> list[Affine]:
        """What the sizes were taken to satisfy, without what follows from the rest."""
        kept = list(dict.fromkeys(self.taken))
        for row in list(kept):
            others = [other for other in kept if other != row]
            if self.facts.with_sizes(*others).holds(AtLeastZero(row)):
                kept = others
        return kept

    def _take(self, condition: Condition) -> None:
        """Take the sizes to be so large that a condition on them is decided."""
        value = condition.value
        growing = all(a > 0 for _, a in value.terms)
        if isinstance(condition, Divides) or not (growing or all(a < 0 for _, a in value.terms)):
            raise NoCases
        strict = 1 if isinstance(condition, IsZero) else 0
        self.taken.append(tightened(value - strict if growing else -value - 1))

    def _order(self, a: Affine, b: Affine) -> int:
        """−1 where a ≤ b, 1 where b ≤ a, 0 where a is b; for sizes large enough."""
        if a == b:
            return 0
        facts = self.facts.with_sizes(*self.taken)
        if facts.holds(AtLeastZero(b - a)):
            return -1
        if facts.holds(AtLeastZero(a - b)):
            return 1
        growing = all(factor > 0 for _, factor in (b - a).terms)
        self._take(AtLeastZero(b - a if growing else a - b))
        return -1 if growing else 1

    def _sorted(self, cuts: Iterable[Affine]) -> list[Affine]:
        return sorted(sorted(cuts), key=cmp_to_key(self._order))

    def _is_empty(self, interval: Interval) -> bool:
        facts = self.facts.with_sizes(*self.taken)
        return facts.holds(AtLeastZero(interval.end - interval.low - 1)) is False

    # ---- one index --------------------------------------------------------------------------------

    def _line(
        self,
        name: str,
        places: Callable[[Affine], Places],
        whole: Interval,
        bands: tuple[Condition, ...],
    ) -> list[Part]:
        """The range of one index cut into intervals; the places of the entry are functions of it."""
        cuts: set[Affine] = set()
        for _ in range(MOST_ROUNDS):
            inside = [cut for cut in cuts if self._order(whole.low, cut) < 0 and self._order(cut, whole.end) < 0]
            ordered = [whole.low, *self._sorted(inside), whole.end]
            found, new = [], set()
            for interval in (Interval(low, end) for low, end in pairwise(ordered)):
                if self._is_empty(interval):
                    continue
                place = interval.low if interval.is_point else Affine.of(name)
                terms, unknown = self._ask(places(place), self._within(self.box(), {name: interval}))
                new |= {cut for condition in unknown for cut in _cuts(condition, name)}
                found.append((interval, terms))
            if new <= cuts:
                joined = self._joined(name, found)
                return [Part((*bands, *_within(name, interval, whole)), terms) for interval, terms in joined]
            cuts |= new
            if len(cuts) > MOST_PARTS:
                break
        raise NoCases

    def _joined(self, name: str, found: list[tuple[Interval, Terms]]) -> list[tuple[Interval, Terms]]:
        """Neighbours with the same formula as one."""
        kept: list[tuple[Interval, Terms]] = []
        for interval, terms in found:
            if kept:
                before, earlier = kept[-1]
                if self._agree(name, before, earlier, terms) or self._agree(name, interval, terms, earlier):
                    general = earlier if interval.is_point else terms
                    kept[-1] = Interval(before.low, interval.end), general
                    continue
            kept.append((interval, terms))
        return kept

    def _agree(self, name: str, point: Interval, at_point: Terms, general: Terms) -> bool:
        """Whether a formula is another one at a point."""
        if at_point == general:
            return True
        if not point.is_point or any(term.conditions for term in (*at_point, *general)):
            return False
        moved = substituted(general, {name: point.low}, self.symbols)
        return add(*((Term(collected(term.value)),) for term in moved)) == at_point

    def _within(self, facts: Facts, intervals: dict[str, Interval]) -> Facts:
        for name, interval in intervals.items():
            facts = facts.with_sizes(interval.end - interval.low - 1)
            facts = facts.with_index(name, Affine.of(name) - interval.low, interval.end - 1 - Affine.of(name))
        return facts

    # ---- two indices ------------------------------------------------------------------------------

    def _plane(self, unknown: frozenset[Condition]) -> list[Part]:
        """Bands k = j + c first, each cut like a line; then what lies beside them."""
        bands = sorted((c for c in unknown if isinstance(c, IsZero) and self._couples(c)), key=_from_the_diagonal)
        parts = [part for band in bands for part in self._band(band)]
        return parts + self._beside(frozenset(bands))

    def _couples(self, condition: Condition) -> bool:
        return all(condition.value.factor(name) for name in self.names)

    def _band(self, band: Condition) -> list[Part]:
        dependent, value = solved(band.value, self.names)
        if dependent is None:
            raise NoCases
        free = next(name for name in self.names if name != dependent)
        sizes = dict(zip(self.names, self.sizes, strict=True))
        lows, ends = [Affine()], [sizes[free]]
        for row in map(tightened, (value, sizes[dependent] - 1 - value)):
            a = row.factor(free)
            if abs(a) != 1:
                raise NoCases
            edge = (row - a * Affine.of(free)) * -a
            if a > 0:
                lows.append(edge)
            else:
                ends.append(edge + 1)

        def places(place: Affine) -> Places:
            at = {free: place, dependent: value.put({free: place})}
            return tuple(at[name] for name in self.names)

        whole = Interval(self._sorted(set(lows))[-1], self._sorted(set(ends))[0])
        if self._is_empty(whole):
            return []
        return self._line(free, places, whole, (band,))

    def _beside(self, bands: frozenset[Condition]) -> list[Part]:
        """The entries on no band: a grid of intervals, and strips between inequalities that couple the indices."""
        cuts: dict[str, set[Affine]] = {name: set() for name in self.names}
        strips: set[Condition] = set()
        for _ in range(MOST_ROUNDS):
            found: list[Part] = []
            new: set[Condition] = set()
            for intervals in product(*(self._intervals(name, cuts[name]) for name in self.names)):
                for sides in product(*((s, AtLeastZero(-s.value - 1)) for s in sorted(strips))):
                    part, unknown = self._cell(dict(zip(self.names, intervals, strict=True)), sides, bands)
                    new |= unknown
                    found += [part] if part else []
                    if len(found) > MOST_PARTS:
                        raise NoCases
            before = sum(map(len, cuts.values())) + len(strips)
            for condition in new:
                if self._couples(condition):
                    strips |= {condition} if isinstance(condition, AtLeastZero) else set()
                else:
                    for name in self.names:
                        cuts[name] |= _cuts(condition, name)
            if sum(map(len, cuts.values())) + len(strips) == before:
                if all(part.terms == found[0].terms for part in found[1:]):
                    return [Part((), found[0].terms)] if found else []
                nonzero = [part for part in found if part.terms]
                return nonzero if len(nonzero) == len(found) else [*nonzero, Part((), ())]
        raise NoCases

    def _intervals(self, name: str, cuts: set[Affine]) -> list[Interval]:
        end = self.sizes[self.names.index(name)]
        inside = [cut for cut in cuts if self._order(Affine(), cut) < 0 and self._order(cut, end) < 0]
        pieces = (Interval(low, high) for low, high in pairwise([Affine(), *self._sorted(inside), end]))
        return [piece for piece in pieces if not self._is_empty(piece)]

    def _cell(
        self, intervals: dict[str, Interval], sides: Sequence[Condition], bands: frozenset[Condition]
    ) -> tuple[Part | None, frozenset[Condition]]:
        points = {name: interval.low for name, interval in intervals.items() if interval.is_point}
        apart = [canonical(put(band, points)) for band in bands]
        facts = self._within(self.box(), intervals)
        for side in sides:
            facts = facts.with_index(self.names[-1], side.value).with_index(self.names[0], side.value)
        everything = [Affine.of(name) - intervals[name].low for name in self.names]
        if True in apart or facts.excludes(map(AtLeastZero, everything)):
            return None, frozenset()
        if any(facts.holds(band) for band in apart if not isinstance(band, bool)):
            return None, frozenset()
        facts = facts.without(*(band for band in apart if not isinstance(band, bool)))
        places = tuple(points.get(name, Affine.of(name)) for name in self.names)
        terms, unknown = self._ask(places, facts)
        where = [
            condition
            for name, size in zip(self.names, self.sizes, strict=True)
            for condition in _within(name, intervals[name], Interval(Affine(), size))
        ]
        return Part((*where, *_needed(sides, self._within(self.box(), intervals))), terms), unknown


def _from_the_diagonal(band: Condition) -> tuple[int, int]:
    return abs(band.value.constant), -band.value.constant


def _needed(sides: Sequence[Condition], facts: Facts) -> list[Condition]:
    """The conditions that the others do not imply."""
    kept = list(sides)
    for side in sides:
        others = [other for other in kept if other != side]
        if facts.excludes([*others, AtLeastZero(-side.value - 1)]):
            kept = others
    return kept


def _cuts(condition: Condition, name: str) -> set[Affine]:
    """Where a condition on one index changes its truth: the first indices of the parts."""
    a = condition.value.factor(name)
    if abs(a) != 1 or isinstance(condition, Divides):
        return set()
    edge = (condition.value - a * Affine.of(name)) * -a
    if isinstance(condition, IsZero):
        return {edge, edge + 1}
    return {edge} if a > 0 else {edge + 1}


def _within(name: str, interval: Interval, whole: Interval) -> list[Condition]:
    """That an index lies in an interval; nothing if that is the whole range."""
    index = Affine.of(name)
    if interval.is_point:
        return [IsZero(index - interval.low)]
    if interval == whole:
        return []
    return [AtLeastZero(index - interval.low), AtLeastZero(interval.end - 1 - index)]


def by_residues(part: Part, names: Sequence[str]) -> list[Part]:
    """A part told apart by the residues of an index, where divisibility decides; the part itself elsewhere."""
    divisions = {c for term in part.terms for c in term.conditions if isinstance(c, Divides)}
    used = {name for c in divisions for name in c.value.names}
    if len(used) != 1 or not used <= set(names):
        return [part]
    (name,) = used
    modulus = lcm(*(c.modulus for c in divisions))
    if modulus > LARGEST_MODULUS:
        return [part]
    found = []
    for residue in range(modulus):
        at = {name: Affine((), residue)}
        kept = [term for term in part.terms if all(canonical(put(c, at)) for c in term.conditions & divisions)]
        terms = add(tuple(Term(term.value, term.conditions - divisions) for term in kept))
        where = canonical(Divides(Affine.of(name) - residue, modulus))
        found.append(Part((*part.where, *([] if isinstance(where, bool) else [where])), terms))
    return found
