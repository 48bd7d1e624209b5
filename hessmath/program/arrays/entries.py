"""The entry of a node at symbolic places, in pull form: what is scattered there, rather than where things go.

Every array is asked for one entry, its places being affine in the indices of the result, the sizes and the bound
indices of sums.  A scatter Σ_i [place(i) = j]·source[i] is solved for i; what cannot be solved stays a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.collecting import collected
from hessmath.program.arrays.facts import AtLeastZero, Condition, Divides, Facts, IsZero, canonical, opposites, put
from hessmath.program.arrays.guarded import Symbols, Term, Terms, add, mul, plain, substituted, under, value_of
from hessmath.program.arrays.mapping import mapped
from hessmath.program.arrays.matrix_form import MatrixForms
from hessmath.program.arrays.nodes import (
    Axis,
    Contract,
    Det,
    Gather,
    Identity,
    Input,
    Inverse,
    Largest,
    LogDet,
    Map,
    Node,
    Others,
    OthersTangent,
    Position,
    Product,
    Scatter,
    Solve,
    Sum,
)

Expr = Any
Places = tuple[Affine, ...]


class Entries:
    """Entries of the nodes of a program, under given facts about sizes and indices."""

    def __init__(self, f: ArrayProgram, facts: Facts, symbols: Symbols, forms: MatrixForms) -> None:
        self.f, self.forms = f, forms
        self.symbols = Symbols(dict(symbols.of))
        self.facts = facts
        self._open: set[Condition] = set()
        self._known: dict[tuple[int, Places], Terms] = {}
        self._quotients: dict[str, tuple[Affine, int]] = {}
        self._bounds: dict[str, tuple[Condition, ...]] = {}

    # ---- entries of nodes -------------------------------------------------------------------------

    def at(self, node: int, axes: Iterable[Axis], places: Iterable[Affine]) -> Terms:
        """The entry of a node whose index along each of these axes is given."""
        where = {axis.name: place for axis, place in zip(axes, places, strict=True)}
        return self._at(node, where)

    def _at(self, node: int, where: Mapping[str, Affine]) -> Terms:
        places = tuple(where[axis.name] for axis in self.f.nodes[node].axes)
        known = self._known.get((node, places))
        if known is None:
            known = self._known[node, places] = self._entry(node, self.f.nodes[node], places)
        return known

    def _entry(self, k: int, node: Node, places: Places) -> Terms:
        where = dict(zip((axis.name for axis in node.axes), places, strict=True))
        match node:
            case Input():
                base = self.forms.notation.inputs[node.name]
                return plain(base[tuple(self.affine(p) for p in places)] if places else base)
            case Position():
                return plain(self.affine(node.value.put(where)))
            case Identity():
                return self._under(plain(sympy.Integer(1)), [IsZero(places[0] - places[1])])
            case Map():
                return mapped(node.body, [self._at(k, where) for k in node.operands], self.facts, self.symbols)
            case Gather():
                inner = self.at(node.source, self.f.nodes[node.source].axes, [p.put(where) for p in node.places])
                return self._under(inner, [AtLeastZero(c.put(where)) for c in node.conditions])
            case Scatter():
                return self._pulled(node, where)
            case Sum():
                bound = {axis.name: self._index(axis) for axis in node.over}
                return self._summed(self._at(node.source, {**where, **_as_places(bound)}), bound.values())
            case Largest():
                return plain(sympy.Integer(0))  # a shift on which the whole does not depend
            case Contract():
                over = [a for a in self.f.nodes[node.left].axes if a not in node.axes]
                bound = {axis.name: self._index(axis) for axis in over}
                inside = {**where, **_as_places(bound)}
                return self._summed(
                    self._times(self._at(node.left, inside), self._at(node.right, inside)), bound.values()
                )
            case Product():
                return plain(self._product(node.source, node.over, where, Affine(), node.over.size - 1))
            case Others():
                here = where[node.over.name]
                before = self._product(node.source, node.over, where, Affine(), here - 1)
                return plain(before * self._product(node.source, node.over, where, here + 1, node.over.size - 1))
            case OthersTangent():
                return add(self._others_moved(node, where, before=True), self._others_moved(node, where, before=False))
            case Solve():
                row, _ = self.f.nodes[node.matrix].axes
                equations, *_ = self.f.nodes[node.right].axes
                bound_name = self._index(row)
                inverse = self._inverse(node.matrix, self.affine(places[0]), self.symbols.of[bound_name])
                inside = dict(zip((a.name for a in self.f.nodes[node.right].axes[1:]), places[1:], strict=True))
                right = self._at(node.right, {**inside, equations.name: Affine.of(bound_name)})
                return self._summed(self._times(plain(inverse), right), [bound_name])
            case Inverse():
                return plain(self._inverse(node.source, *map(self.affine, places)))
            case Det() | LogDet():
                det = sympy.Determinant(self._matrix(node.source))
                return plain(det if isinstance(node, Det) else sympy.log(det))

    @property
    def open(self) -> frozenset[Condition]:
        """The conditions inside values that the facts do not decide."""
        reduced = [canonical(c) for c in self._open | self.symbols.written]
        return frozenset(c for c in reduced if not isinstance(c, bool) and not set(c.value.names) & set(self._bounds))

    def affine(self, value: Affine) -> Expr:
        """An affine expression in SymPy's terms."""
        return self.symbols.affine(value)

    def _times(self, left: Terms, right: Terms) -> Terms:
        return mul(left, right, self.facts)

    def _inverse(self, node: int, row: Expr, column: Expr) -> Expr:
        return MatrixElement(sympy.Inverse(self._matrix(node)), row, column)

    def _matrix(self, node: int) -> Expr:
        """A matrix as a whole: in matrix notation where it has one, else by its entries."""
        form = self.forms.square(node)
        if form is not None:
            return form
        indices = [self._index(axis) for axis in self.f.nodes[node].axes]
        entry = self._one(self.at(node, self.f.nodes[node].axes, map(Affine.of, indices)))
        own = sympy.symbols("row column", integer=True)
        entry = entry.xreplace({self.symbols.of[name]: symbol for name, symbol in zip(indices, own, strict=True)})
        rows, columns = (self.affine(axis.size) for axis in self.f.nodes[node].axes)
        return sympy.FunctionMatrix(rows, columns, sympy.Lambda(own, entry))

    # ---- indices ----------------------------------------------------------------------------------

    def _index(self, axis: Axis) -> str:
        """A new bound index that runs along an axis."""
        return self._between(Affine(), axis.size - 1)

    def _between(self, low: Affine, high: Affine) -> str:
        name = f"@{len(self._bounds)}"
        index = Affine.of(name)
        self._bounds[name] = (AtLeastZero(index - low), AtLeastZero(high - index))
        self.facts = self.facts.with_index(name, index - low, high - index)
        self.symbols.of[name] = sympy.Symbol(name, integer=True)
        return name

    def _quotient(self, value: Affine, divisor: int) -> str:
        """The index value/divisor, where the divisor divides."""
        name = f"({value})/{divisor}"
        self._quotients[name] = value, divisor
        self.symbols.of[name] = self.affine(value) / divisor
        return name

    def _free(self, condition: Condition) -> Condition:
        """The same condition without quotients: multiplied by what divides."""
        names = [name for name in condition.value.names if name in self._quotients]
        if not names:
            return condition
        value, divisor = self._quotients[names[0]]
        multiple = condition.value * divisor
        multiple = multiple.put({names[0]: Affine()}) + value * condition.value.factor(names[0])
        if isinstance(condition, Divides):
            return self._free(Divides(multiple, condition.modulus * divisor))
        return self._free(type(condition)(multiple))

    def _under(self, terms: Terms, conditions: Iterable[Condition]) -> Terms:
        return under(terms, map(self._free, conditions), self.facts)

    # ---- scatters ---------------------------------------------------------------------------------

    def _pulled(self, node: Scatter, where: Mapping[str, Affine]) -> Terms:
        bound = {axis.name: self._index(axis) for axis in node.over}
        inside = _as_places(bound)
        equations = [p.put(inside) - where[axis.name] for p, axis in zip(node.places, node.axes, strict=True)]
        values, conditions = self._solve(equations, list(bound.values()))
        inside = {name: values.get(index, Affine.of(index)) for name, index in bound.items()}
        conditions += [put(c, values) for index in values for c in self._bounds[index]]
        conditions += [AtLeastZero(c.put(inside)) for c in node.conditions]
        left = [index for index in bound.values() if index not in values]
        return self._summed(self._under(self._at(node.source, inside), conditions), left)

    def _solve(self, equations: Sequence[Affine], unknowns: Sequence[str]) -> tuple[dict[str, Affine], list[Condition]]:
        """Unknown indices from equations = 0, and the conditions under which they exist."""
        values: dict[str, Affine] = {}
        waiting = [self._free(IsZero(e)).value for e in equations]
        conditions: list[Condition] = []
        while waiting:
            choices = [(e, u) for u in reversed(unknowns) for e in waiting if abs(e.factor(u)) == 1]
            if not choices:
                choices = [(e, u) for e in waiting for u in unknowns if e.factor(u) and _alone(e, u, unknowns)]
            if not choices:
                break
            equation, unknown = choices[0]
            a = equation.factor(unknown)
            found = (equation - a * Affine.of(unknown)) * (-1 if a > 0 else 1)
            if abs(a) > 1:
                conditions.append(Divides(found, abs(a)))
                found = Affine.of(self._quotient(found, abs(a)))
            waiting.remove(equation)
            waiting = [self._free(IsZero(e.put({unknown: found}))).value for e in waiting]
            values = {name: value.put({unknown: found}) for name, value in values.items()}
            values[unknown] = found
        return values, conditions + [IsZero(e) for e in waiting]

    # ---- sums -------------------------------------------------------------------------------------

    def _summed(self, terms: Terms, indices: Iterable[str]) -> Terms:
        """Σ over bound indices: equations are solved, inequalities become limits."""
        names = list(indices)
        return add(*(self._summed_term(term, names) for term in terms)) if names else terms

    def _summed_term(self, term: Term, indices: list[str]) -> Terms:
        equations = [c for c in term.conditions if isinstance(c, IsZero)]
        values, conditions = self._solve([c.value for c in sorted(equations)], indices)
        conditions += [put(c, values) for c in term.conditions if c not in equations]
        conditions += [put(c, values) for index in values for c in self._bounds[index]]
        terms = self._under(substituted((Term(term.value),), values, self.symbols), conditions)
        for index in reversed([index for index in indices if index not in values]):
            terms = add(*(self._sum_along(each, index) for each in terms))
        return terms

    def _sum_along(self, term: Term, index: str) -> Terms:
        inside = [c for c in term.conditions if index in c.value.names]
        limits = [c for c in inside if isinstance(c, AtLeastZero) and abs(c.value.factor(index)) == 1]
        rest = frozenset(c for c in inside if c not in limits)
        bounds = [c.value for c in (*self._bounds[index], *limits)]
        lows = self._sharpest([Affine.of(index) - b for b in bounds if b.factor(index) > 0], 1)
        highs = self._sharpest([b + Affine.of(index) for b in bounds if b.factor(index) < 0], -1)
        not_empty = [
            AtLeastZero(high - low)
            for low in lows
            for high in highs
            if not self.facts.holds(AtLeastZero(high - low + 1))
        ]
        value = self.symbols.by_cases((Term(collected(term.value), rest),))
        total = self._sum_expression(value, index, lows, highs)
        running = [*self._bounds[index], *limits]
        outside = term.conditions - set(inside)
        needed = {c for c in outside if not self._empty_without(c, running)}
        return self._under(plain(total), [*needed, *not_empty])

    def _empty_without(self, condition: Condition, running: list[Condition]) -> bool:
        """Whether the range of a sum is empty where a condition does not hold."""
        others = opposites(condition)
        return bool(others) and all(self.facts.excludes([other, *running]) for other in others)

    def _sharpest(self, bounds: list[Affine], sign: int) -> list[Affine]:
        """Without the lower bounds (sign 1) or upper bounds (−1) that others imply."""
        kept: list[Affine] = []
        for bound in dict.fromkeys(bounds):
            if not any(self.facts.holds(AtLeastZero((other - bound) * sign)) for other in kept):
                kept = [other for other in kept if not self.facts.holds(AtLeastZero((bound - other) * sign))]
                kept.append(bound)
        self._open |= {AtLeastZero(bound - kept[0]) for bound in kept[1:]}
        return kept

    def _sum_expression(self, value: Expr, index: str, lows: list[Affine], highs: list[Affine]) -> Expr:
        symbol = self.symbols.of[index]
        if len(lows) == len(highs) == 1 and highs[0] - lows[0] == Affine():
            return value.xreplace({symbol: self.affine(lows[0])})
        low = sympy.Max(*map(self.affine, lows))
        high = sympy.Min(*map(self.affine, highs))
        free = [part for part in sympy.Add.make_args(value) if not part.has_free(symbol)]
        same = sympy.Add(*free)
        outside, inside = _split_factors(value - same if free else value, symbol)
        total = same * (high - low + 1)
        if inside != 0:
            own = self._bound_symbol(inside)
            total += outside * sympy.Sum(inside.xreplace({symbol: own}), (own, low, high))
        return total

    def _bound_symbol(self, body: Expr) -> Expr:
        """The first bound index that the sums inside do not use, so that equal sums are equal expressions."""
        used = body.atoms(sympy.Symbol)
        return next(symbol for symbol in self.forms.notation.bound_symbols() if symbol not in used)

    # ---- products ---------------------------------------------------------------------------------

    def _product(self, source: int, over: Axis, where: Mapping[str, Affine], low: Affine, high: Affine) -> Expr:
        """Π of source from low to high."""
        count = high - low + 1
        if count == Affine():
            return sympy.Integer(1)
        if count == Affine((), 1):
            return self._one(self._at(source, {**where, over.name: low}))
        index = self._between(low, high)
        body = self._one(self._at(source, {**where, over.name: Affine.of(index)}))
        own = self._bound_symbol(body)
        body = body.xreplace({self.symbols.of[index]: own})
        product = sympy.Product(body, (own, self.affine(low), self.affine(high)))
        if self.facts.holds(AtLeastZero(count)):
            return product
        return sympy.Piecewise((product, self.symbols.relation(AtLeastZero(count))), (sympy.Integer(1), True))

    def _one(self, terms: Terms) -> Expr:
        value = value_of(terms)
        return self.symbols.by_cases(terms) if value is None else value

    def _others_moved(self, node: OthersTangent, where: Mapping[str, Affine], *, before: bool) -> Terms:
        """Σ over the moved index before (or after) the left-out one, of the product of all the rest."""
        here, last = where[node.over.name], node.over.size - 1
        index = self._between(Affine(), here - 1) if before else self._between(here + 1, last)
        moved = Affine.of(index)
        first, second = (moved, here) if before else (here, moved)
        product = plain(sympy.Integer(1))
        for low, high in ((Affine(), first - 1), (first + 1, second - 1), (second + 1, last)):
            product = self._times(product, plain(self._product(node.source, node.over, where, low, high)))
        direction = self._at(node.direction, {**where, node.over.name: moved})
        return self._summed(self._times(direction, product), [index])


def _as_places(bound: Mapping[str, str]) -> dict[str, Affine]:
    return {name: Affine.of(index) for name, index in bound.items()}


def _alone(equation: Affine, unknown: str, unknowns: Sequence[str]) -> bool:
    return not any(equation.factor(other) for other in unknowns if other != unknown)


def _split_factors(value: Expr, symbol: Expr) -> tuple[Expr, Expr]:
    """(factors without the symbol, factors with it); a common number of all terms goes outside."""
    outside, inside = [], []
    for factor in sympy.Mul.make_args(value):
        if not factor.has_free(symbol):
            outside.append(factor)
            continue
        content, rest = factor.primitive() if factor.is_Add else (sympy.Integer(1), factor)
        outside.append(content)
        inside.append(rest)
    return sympy.Mul(*outside), sympy.Mul(*inside)
