"""What the parts of a normal form share: the tower, what its generators stand for, and what is known about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sympy

from hessmath.symbolic.tower import Element, Tower

MAX_ORDER = 60
MAX_SHIFT = 60


@dataclass
class Form:
    """One tower and the tables that grow with it.

    Attributes
    ----------
    build : how an expression that was not met yet becomes an element
    real : whether symbols are real, roots and logarithms real where they are used
    positive : whether symbols are positive
    facts : factor → its sign, where the expressions are defined
    parts, turns : the common denominators of coefficients of angles, and of parts of π in them
    meaning : generator → the expression that it stands for
    nonnegative : generators that are never negative
    bases : (p, q) with |p| known through a root, and q = p² reduced
    roots : base → (generator, order) of its root
    plain : base of a root → its own generator, when it is one that is positive
    exponentials : term → (term t, n) where exp(t/n) is a generator
    logarithms : generator → (its name, p) for log|p|
    inverses : generator → ("asin" or "atan", argument)
    angles : (term, parts) → cos and sin
    """

    build: Callable[[Form, Any], Element]
    real: bool
    positive: bool
    facts: dict[str, int]
    parts: int = 1
    turns: int = 1
    tower: Tower = field(default_factory=Tower)
    memo: dict[Any, Element] = field(default_factory=dict)
    meaning: dict[int, Any] = field(default_factory=dict)
    nonnegative: set[int] = field(default_factory=set)
    bases: list[tuple[Any, Any]] = field(default_factory=list)
    roots: dict[str, tuple[int, int]] = field(default_factory=dict)
    plain: dict[str, int] = field(default_factory=dict)
    exponentials: dict[Any, tuple[Element, int]] = field(default_factory=dict)
    logarithms: dict[int, tuple[str, Any]] = field(default_factory=dict)
    inverses: dict[int, tuple[str, Element]] = field(default_factory=dict)
    angles: dict[Any, tuple[Element, Element]] = field(default_factory=dict)

    def element(self, expr: Any) -> Element:
        """The element of an expression."""
        known = self.memo.get(expr)
        if known is None:
            known = self.build(self, expr)
            self.memo[expr] = known
        return known

    def free(self, name: Any, meaning: Any, *, nonnegative: bool = False) -> Element:
        """The generator of this name, without a relation, and what it stands for."""
        element = self.tower.free(name)
        self.means(name, meaning, nonnegative)
        return element

    def means(self, name: Any, meaning: Any, nonnegative: bool) -> int:
        """Notes what a generator stands for; its position."""
        index = self.position(name)
        self.meaning[index] = meaning
        if nonnegative and self.real:
            self.nonnegative.add(index)
        return index

    def position(self, name: Any) -> int:
        """The position of a generator that exists."""
        index = self.tower.index(name)
        assert index is not None
        return index

    def opaque(self, expr: Any) -> Element:
        """A function about which nothing is known but that equal arguments give equal values."""
        key = (expr.func.__name__, *(key_of(self.element(arg)) for arg in expr.args))
        return self.free(key, expr, nonnegative=False)

    def expression(self, p: Any) -> sympy.Expr:
        """A polynomial of the tower as an expression again."""
        terms = []
        for monomial, coefficient in p.terms():
            powers = (self.meaning[i] ** e for i, e in self.tower.exponents(monomial).items())
            terms.append(sympy.Mul(sympy.Integer(int(coefficient)), *powers))
        return sympy.Add(*terms)

    def monomial(self, powers: dict[int, int], below: Any) -> Element:
        """The element Π gᵢ^eᵢ/below."""
        monomial = self.tower.one
        for i, e in powers.items():
            monomial = monomial * self.tower.gens[i] ** e
        return self.tower.element(monomial, below)

    def used(self, *polynomials: Any) -> set[int]:
        """The generators that occur in the polynomials."""
        return {i for p in polynomials for monomial, _ in p.terms() for i in self.tower.exponents(monomial)}


def key_of(element: Element) -> str:
    """A name for an element of one tower."""
    return f"{element.above}/{element.below}"
