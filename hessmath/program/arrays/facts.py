"""Conditions on integers that are affine in indices and sizes, and what follows from known ones.

Whether known inequalities contradict each other is decided by Fourier–Motzkin elimination, every inequality being
tightened to integers (Σ aₖ·nameₖ + c ≥ 0 is divided by gcd(aₖ), c rounded down).  A contradiction found is a proof;
none found means that nothing is known.  Schrijver (1986), Theory of Linear and Integer Programming, section 12.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import gcd

from hessmath.program.arrays.affine import Affine

#: Elimination gives up beyond this many inequalities.
MOST_ROWS = 200


@dataclass(frozen=True, order=True)
class AtLeastZero:
    """value ≥ 0."""

    value: Affine


@dataclass(frozen=True, order=True)
class IsZero:
    """value = 0."""

    value: Affine


@dataclass(frozen=True, order=True)
class Divides:
    """The modulus divides the value."""

    value: Affine
    modulus: int


Condition = AtLeastZero | IsZero | Divides


def put(condition: Condition, values: Mapping[str, Affine]) -> Condition:
    """With affine expressions in the place of names."""
    value = condition.value.put(values)
    return Divides(value, condition.modulus) if isinstance(condition, Divides) else type(condition)(value)


def canonical(condition: Condition) -> Condition | bool:
    """The condition in lowest terms, or its truth when it is constant."""
    value = condition.value
    if isinstance(condition, Divides):
        d = condition.modulus
        value = Affine(tuple((name, a % d) for name, a in value.terms if a % d), value.constant % d)
        common = gcd(d, value.constant, *(a for _, a in value.terms))
        value, d = _divided(value, common), d // common
        return Divides(value, d) if value.terms and d > 1 else d == 1 or value.constant == 0
    if isinstance(condition, AtLeastZero):
        return AtLeastZero(tightened(value)) if value.terms else value.constant >= 0
    if not value.terms:
        return value.constant == 0
    common = gcd(*(a for _, a in value.terms))
    if value.constant % common:
        return False
    return IsZero(_divided(value, common * (1 if value.terms[0][1] > 0 else -1)))


def tightened(value: Affine) -> Affine:
    """value ≥ 0 between integers, in lowest terms."""
    common = gcd(*(a for _, a in value.terms)) if value.terms else 1
    return _divided(value, common)


def _divided(value: Affine, d: int) -> Affine:
    """Divided by an integer; the constant is rounded down."""
    if d == 1:
        return value
    return Affine(tuple((name, a // d) for name, a in value.terms), value.constant // d)


def inequalities(condition: Condition) -> tuple[Affine, ...]:
    """Affine expressions that are ≥ 0 where the condition holds."""
    match condition:
        case AtLeastZero(value):
            return (value,)
        case IsZero(value):
            return (value, -value)
        case _:
            return ()


def weakened(condition: Condition, given: Iterable[Condition]) -> Condition:
    """The weakest v + c ≥ 0 that is the same as v ≥ 0 where the given divisibilities hold: j ≥ 0 for odd j ≥ 1."""
    if not isinstance(condition, AtLeastZero):
        return condition
    value = condition.value
    for each in given:
        if isinstance(each, Divides):
            for sign in (1, -1):
                rest = value - sign * each.value
                if all(a % each.modulus == 0 for _, a in rest.terms):  # the residue of the value is known
                    return AtLeastZero(value + each.modulus - 1 - rest.constant % each.modulus)
    return condition


def opposites(condition: Condition) -> tuple[Condition, ...]:
    """Conditions of which exactly one holds where this one does not; none are known for divisibility."""
    match condition:
        case AtLeastZero(value):
            return (AtLeastZero(-value - 1),)
        case IsZero(value):
            return AtLeastZero(value - 1), AtLeastZero(-value - 1)
        case _:
            return ()


@lru_cache(maxsize=1 << 14)
def contradictory(rows: frozenset[Affine]) -> bool:
    """Whether no integers make all these expressions ≥ 0; False also where elimination gives up."""
    while rows:
        if any(not row.terms and row.constant < 0 for row in rows):
            return True
        names = {name for row in rows for name in row.names}
        if not names:
            return False
        split = {name: _split(rows, name) for name in names}
        name = min(sorted(names), key=lambda each: len(split[each][0]) * len(split[each][1]))
        lower, upper, rest = split[name]
        if len(lower) * len(upper) + len(rest) > MOST_ROWS:
            return False
        rows = frozenset(rest) | {
            tightened(Affine.sum([(a, -b.factor(name)), (b, a.factor(name))])) for a in lower for b in upper
        }
    return False


def _split(rows: Iterable[Affine], name: str) -> tuple[list[Affine], list[Affine], list[Affine]]:
    found: tuple[list[Affine], list[Affine], list[Affine]] = ([], [], [])
    for row in rows:
        a = row.factor(name)
        found[0 if a > 0 else 1 if a < 0 else 2].append(row)
    return found


@dataclass(frozen=True)
class Facts:
    """What is known: inequalities between sizes, and for each index those that bound it.

    What bounds an index counts only where the index occurs: it says nothing of sizes alone, for there may be no
    such index at all.

    Examples
    --------
    >>> j, n = Affine.of("j"), Affine.of("n")
    >>> known = Facts((n - 1,), {"j": (j, n - 1 - j)})
    >>> known.holds(AtLeastZero(n - j)), known.holds(IsZero(j - n)), known.holds(IsZero(j))
    (True, False, None)
    """

    sizes: tuple[Affine, ...] = ()
    indices: Mapping[str, tuple[Affine, ...]] = field(default_factory=dict)
    apart: frozenset[Condition] = frozenset()

    def holds(self, condition: Condition) -> bool | None:
        """Whether a condition is true, false, or not known."""
        reduced = canonical(condition)
        if isinstance(reduced, bool):
            return reduced
        if reduced in self.apart:
            return False
        if isinstance(reduced, Divides):
            return None
        value = reduced.value
        if self.excludes([reduced]):
            return False
        surely = self.excludes([AtLeastZero(-value - 1)])
        if surely and isinstance(reduced, IsZero):
            surely = self.excludes([AtLeastZero(value - 1)])
        return True if surely else None

    def excludes(self, conditions: Iterable[Condition]) -> bool:
        """Whether the conditions contradict each other or what is known."""
        rows = [row for condition in conditions for row in inequalities(condition)]
        return contradictory(frozenset(map(tightened, (*rows, *self.about(rows)))))

    def about(self, rows: Iterable[Affine]) -> list[Affine]:
        """The inequalities between sizes, and those on the indices that occur."""
        found = list(self.sizes)
        waiting = [name for row in rows for name in row.names]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                bounds = self.indices.get(name, ())
                found += bounds
                waiting += [other for row in bounds for other in row.names]
        return found

    def where(self, condition: Condition) -> Facts:
        """Where a condition holds too; that one integer divides another is not kept."""
        rows = inequalities(condition)
        index = [name for name in condition.value.names if name in self.indices]
        return self.with_index(index[-1], *rows) if index else self.with_sizes(*rows)

    def with_sizes(self, *rows: Affine) -> Facts:
        """With more inequalities between sizes."""
        return Facts((*self.sizes, *rows), self.indices, self.apart)

    def with_index(self, name: str, *rows: Affine) -> Facts:
        """With more inequalities on an index."""
        return Facts(self.sizes, {**self.indices, name: (*self.indices.get(name, ()), *rows)}, self.apart)

    def without(self, *conditions: Condition) -> Facts:
        """Where these conditions do not hold."""
        return Facts(self.sizes, self.indices, self.apart | set(conditions))
