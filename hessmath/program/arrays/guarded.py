"""Sums of guarded terms Σ [conditions]·value: what an entry of an array is when its index is a symbol.

Values are SymPy expressions; [conditions] is 1 where all of them hold and 0 elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy

from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.facts import (
    AtLeastZero,
    Condition,
    Divides,
    Facts,
    IsZero,
    canonical,
    opposites,
    put,
    weakened,
)

Expr = Any


@dataclass(frozen=True)
class Term:
    """A value where all conditions hold, 0 elsewhere."""

    value: Expr
    conditions: frozenset[Condition] = frozenset()


Terms = tuple[Term, ...]


def plain(value: Expr) -> Terms:
    """A value without conditions."""
    return () if value == 0 else (Term(value),)


def value_of(terms: Terms) -> Expr | None:
    """The value of a sum without conditions, None where there are some."""
    if not terms:
        return sympy.Integer(0)
    return terms[0].value if len(terms) == 1 and not terms[0].conditions else None


def add(*parts: Terms) -> Terms:
    """The sum; terms under the same conditions are one."""
    total: dict[frozenset[Condition], Expr] = {}
    for terms in parts:
        for term in terms:
            total[term.conditions] = total.get(term.conditions, 0) + term.value
    return tuple(Term(value, conditions) for conditions, value in total.items() if value != 0)


def under(terms: Terms, conditions: Iterable[Condition], facts: Facts) -> Terms:
    """The terms under more conditions, without those that never hold."""
    more = set()
    given = list(conditions)
    for condition in (weakened(each, given) for each in given):
        truth = facts.holds(condition)
        if truth is False:
            return ()
        if truth is None:
            more.add(_reduced(condition))
    if not more:
        return terms
    guarded = [Term(term.value, term.conditions | more) for term in terms]
    return add(tuple(term for term in guarded if not facts.excludes(term.conditions)))


def _reduced(condition: Condition) -> Condition:
    reduced = canonical(condition)
    return condition if isinstance(reduced, bool) else reduced


def mul(left: Terms, right: Terms, facts: Facts) -> Terms:
    """The product."""
    parts = []
    for a in left:
        for b in right:
            conditions = a.conditions | b.conditions
            if conditions in (a.conditions, b.conditions) or not facts.excludes(conditions):
                parts.append((Term(a.value * b.value, conditions),))
    return add(*parts)


@dataclass(frozen=True)
class Symbols:
    """The SymPy expression of every name of a size or index, and the conditions that were written as relations."""

    of: dict[str, Expr]
    written: set[Condition] = field(default_factory=set)

    def affine(self, value: Affine) -> Expr:
        """c + Σ aₖ·nameₖ as an expression."""
        return sympy.Add(sympy.Integer(value.constant), *(a * self.of[name] for name, a in value.terms))

    def as_affine(self, expression: Expr) -> Affine | None:
        """The other way round, where it is affine with integers."""
        names = {symbol: name for name, symbol in self.of.items() if isinstance(symbol, sympy.Symbol)}
        parts = []
        constant = 0
        for term in sympy.Add.make_args(expression):
            factor, rest = term.as_coeff_Mul()
            if not isinstance(factor, sympy.Integer):
                return None
            if rest == 1:
                constant += int(factor)
            elif rest in names:
                parts.append((Affine.of(names[rest]), int(factor)))
            else:
                return None
        return Affine.sum(parts, constant)

    def relation(self, condition: Condition) -> Expr:
        """The condition as a SymPy relation, solved for the last index in it where that is possible."""
        value = condition.value
        self.written.add(condition)
        if isinstance(condition, Divides):
            return sympy.Eq(sympy.Mod(self.affine(value), condition.modulus), 0)
        name, rest = solved(value, list(self.of))
        if name is None:
            left, right = self.affine(value), sympy.Integer(0)
        else:
            left, right = self.of[name], self.affine(rest)
        if isinstance(condition, AtLeastZero):
            return left <= right if name is not None and value.factor(name) < 0 else left >= right
        return sympy.Eq(left, right)

    def by_cases(self, terms: Terms) -> Expr:
        """The sum as one expression."""
        parts = []
        for term in terms:
            if term.conditions:
                where = sympy.And(*(self.relation(condition) for condition in sorted(term.conditions, key=str)))
                parts.append(sympy.Piecewise((term.value, where), (sympy.Integer(0), True)))
            else:
                parts.append(term.value)
        return sympy.Add(*parts)


def solved(value: Affine, names: Iterable[str]) -> tuple[str | None, Affine]:
    """The last of the names with coefficient ±1, and what it is where value = 0."""
    chosen = [name for name in names if abs(value.factor(name)) == 1]
    if not chosen:
        return None, value
    name = chosen[-1]
    a = value.factor(name)
    return name, (value - a * Affine.of(name)) * -a


def substituted(terms: Terms, names: Mapping[str, Affine], symbols: Symbols) -> Terms:
    """With affine expressions in the place of names, in the values only."""
    replaced = {symbols.of[name]: symbols.affine(value) for name, value in names.items()}
    return tuple(Term(term.value.xreplace(replaced), term.conditions) for term in terms)


def settled(terms: Terms, facts: Facts, symbols: Symbols, indices: Iterable[str]) -> Terms:
    """Equations for indices put in, and conditions left out that others imply."""
    found = []
    for term in terms:
        conditions = sorted(term.conditions, key=str)
        value = term.value
        for equation in [c for c in conditions if isinstance(c, IsZero)]:
            name, solution = solved(equation.value, indices)
            if name is not None:
                value = value.xreplace({symbols.of[name]: symbols.affine(solution)})
                rest = [put(c, {name: solution}) for c in conditions if c != equation]
                conditions = [equation, *(_reduced(c) for c in rest if canonical(c) is not True)]
        for condition in [c for c in conditions if isinstance(c, AtLeastZero)]:
            others = [c for c in conditions if c != condition]
            if facts.excludes([*others, *opposites(condition)]):
                conditions = others
        found.append((Term(value, frozenset(conditions)),))
    return add(*found)
