"""SymPy's formulas about arrays as array programs: sums and products over entries x[i + 1], A[i, j], and matrices.

Places and bounds are affine in the indices and sizes.  A bound may depend on outer indices (j < i): the loops then run
over the box around the region, with a condition.  An empty range gives 0, and 1 for a product (SymPy's own
convention for reversed bounds, a negative sum, is not followed).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from hessmath.errors import InputError
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.building import ArrayBuilder
from hessmath.program.arrays.matrices import Matrices
from hessmath.program.arrays.nodes import Axis, Places
from hessmath.program.lowering import lower
from hessmath.program.tape import Tape, TapeBuilder

#: Scalar expressions about whole matrices.
WHOLES = MatrixElement | sympy.Trace | sympy.Determinant

#: Sums inside others with so many terms or fewer are written out.
MOST_WRITTEN_OUT = 16

Scope = Mapping[Any, Affine]
"""The indices in force: SymPy symbols → affine expressions in axes."""


def lower_indexed(expr: Any, variables: Sequence[Any], parameters: Sequence[Any] = ()) -> ArrayProgram:
    """The array program of a scalar SymPy expression in entries of arrays.

    Parameters
    ----------
    expr : expression with ``Sum``, ``Product``, ``Indexed``, entries, traces and determinants of matrix expressions,
        or a matrix expression with one row and one column; its other functions are those of ``lower``
    variables, parameters : IndexedBase, MatrixSymbol or Symbol each; an IndexedBase without shape gets the smallest one
        that holds every entry used.  Every other symbol in bounds, places and shapes is a size.

    Raises
    ------
    InputError
        If a place or bound is not affine with integer coefficients, an array is used with the wrong number of
        indices or is not declared, or a symbol is neither declared nor a size.

    Examples
    --------
    >>> n, i = sympy.symbols("n i", integer=True)
    >>> x = sympy.IndexedBase("x", shape=(n,))
    >>> print(lower_indexed(sympy.Sum((x[i + 1] - x[i]) ** 2, (i, 0, n - 2)), [x]))
    0  Input (x.0 < n) x
    1  Gather (#0 < n - 1) 0 (#0) ()
    2  Gather (#0 < n - 1) 0 (#0 + 1) ()
    3  Map (#0 < n - 1) {2  sub 1 0; 3  mul 2 2} (1, 2)
    4  Sum () 3 (#0 < n - 1)
    → 4 ()
    in x
    """
    if isinstance(expr, int):
        expr = sympy.Integer(expr)
    named = {_name(each): each for each in (*variables, *parameters) if isinstance(each, sympy.IndexedBase)}
    lowering = _Lowering(ArrayBuilder(), named)
    lowering.declare(expr, [*variables, *parameters])
    if isinstance(expr, sympy.MatrixExpr):
        value = lowering.matrices.value(expr)
        if value.axes:
            rows, columns = expr.shape
            raise InputError(f"A function needs a formula whose value is a number, but this is {rows} × {columns}.")
        result = value.node
    else:
        result = lowering.node(expr, {}, ())
    names = [[_name(each) for each in group] for group in (variables, parameters)]
    return lowering.builder.build([result], *names)


def _name(symbol: Any) -> str:
    return str(symbol.label) if isinstance(symbol, sympy.IndexedBase) else str(symbol)


@dataclass
class _Lowering:
    builder: ArrayBuilder
    arrays: Mapping[str, Any]
    nodes: dict[str, int] = field(default_factory=dict)
    sizes: set[str] = field(default_factory=set)

    def declare(self, expr: Any, symbols: Sequence[Any]) -> None:
        """Make the inputs, with the shapes that are given or follow from the use."""
        used: dict[str, list[tuple[Affine, ...]]] = {}
        for indexed, scope, axes in _entries(expr, {}, ()):
            self.array(indexed)
            places = tuple(_largest(p, axes) for p in self.places(indexed, scope))
            used.setdefault(str(indexed.base.label), []).append(places)
        for symbol in symbols:
            name = _name(symbol)
            if name in self.nodes:
                raise InputError(f"The arrays and numbers of a formula must differ, but {name} is named twice.")
            self.nodes[name] = self.builder.input(name, self.shape(symbol, used))
        for axis in (axis for node in self.builder.nodes for axis in node.axes):
            self.sizes |= set(axis.size.names)
        clash = self.sizes & set(self.nodes)
        if clash:
            raise InputError(f"{min(clash)} is a size and cannot be a variable or parameter too.")

    @cached_property
    def matrices(self) -> Matrices:
        """The translator of matrix expressions."""
        return Matrices(
            self.builder,
            self.nodes,
            lambda expr: self.node(expr, {}, ()),
            lambda size: _affine(size, {}, "A size"),
        )

    def shape(self, base: Any, used: Mapping[str, list[tuple[Affine, ...]]]) -> tuple[Affine, ...]:
        if isinstance(base, sympy.MatrixSymbol):
            return tuple(_affine(size, {}, f"The size of {base.name}") for size in base.shape if size != 1)
        if not isinstance(base, sympy.IndexedBase):
            return ()
        if base.shape is not None:
            return tuple(_affine(size, {}, f"The size of {base.label}") for size in base.shape)
        uses = used.get(str(base.label), [])
        if not uses:
            raise InputError(f"{base.label} has no shape and is not used: give IndexedBase a shape.")
        return tuple(_above([use[d] for use in uses], str(base.label)) for d in range(len(uses[0])))

    # ---- expressions ------------------------------------------------------------------------------

    def node(self, expr: Any, scope: Scope, axes: tuple[Axis, ...], conditions: Places = ()) -> int:
        """The node of an expression under the indices in force."""
        leaves = list(dict.fromkeys(_leaves(expr)))
        stand_in = {leaf: sympy.Symbol(f"a{k}", real=True) for k, leaf in enumerate(leaves)}
        body = lower(expr.xreplace(stand_in), list(stand_in.values()))
        return self.builder.map(body, [self.leaf(leaf, scope, axes, conditions) for leaf in leaves])

    def leaf(self, leaf: Any, scope: Scope, axes: tuple[Axis, ...], conditions: Places) -> int:
        if isinstance(leaf, sympy.Indexed):
            source = self.nodes[self.array(leaf)]
            wanted = len(self.builder.axes(source))
            if len(leaf.indices) != wanted:
                raise InputError(f"{leaf} has {len(leaf.indices)} indices, but {leaf.base.label} has {wanted}.")
            return self.builder.gather(source, axes, self.places(leaf, scope), conditions)
        if isinstance(leaf, sympy.Sum | sympy.Product):
            return self.reduction(leaf, scope, axes, conditions)
        if isinstance(leaf, MatrixElement):
            return self.element(leaf, scope, axes, conditions)
        if _is_logsumexp(leaf):
            return self.logsumexp(leaf.args[0], scope, axes, conditions)
        if isinstance(leaf, sympy.log):
            return self.matrices.logdet(leaf.args[0])
        if isinstance(leaf, sympy.Trace | sympy.Determinant):
            return self.matrices.number(leaf)
        if leaf in scope:
            return self.builder.position(scope[leaf], axes)
        name = str(leaf)
        if name in self.nodes:
            if self.builder.axes(self.nodes[name]):
                raise InputError(f"{name} is an array: write its entries, as in {name}[i].")
            return self.nodes[name]
        if name in self.sizes or leaf.is_integer:
            return self.builder.position(Affine.of(name), ())
        known = ", ".join(self.nodes)
        raise InputError(f"The formula contains {name}, but the variables and parameters are {known}.")

    def element(self, leaf: Any, scope: Scope, axes: tuple[Axis, ...], conditions: Places) -> int:
        """An entry of a matrix expression; a column has one index here, the other is 0."""
        matrix, *indices = leaf.args
        value = self.matrices.value(matrix)
        moving = [index for index, size in zip(indices, matrix.shape, strict=True) if size != 1]
        places = {
            axis.name: _affine(index, scope, f"The index of {leaf}")
            for axis, index in zip(value.axes, moving, strict=True)
        }
        own = self.builder.axes(value.node)
        return self.builder.gather(value.node, axes, [places[axis.name] for axis in own], conditions)

    def array(self, indexed: Any) -> str:
        name = str(indexed.base.label)
        if name not in self.arrays:
            known = ", ".join(self.arrays) or "none"
            raise InputError(f"The formula contains entries of {name}, but the declared arrays are {known}.")
        return name

    def places(self, indexed: Any, scope: Scope) -> tuple[Affine, ...]:
        return tuple(_affine(place, scope, f"The index of {indexed}") for place in indexed.indices)

    def reduction(self, expr: Any, scope: Scope, axes: tuple[Axis, ...], outer: Places) -> int:
        terms = _few_terms(expr) if scope else None
        if terms is not None:
            nodes = [self.node(term, scope, axes, outer) for term in terms]
            return self.builder.add(nodes) if isinstance(expr, sympy.Sum) else self.multiplied(nodes)
        inner, over, new = _loops(expr, scope, axes)
        conditions = (*outer, *new)
        together = (*axes, *over)
        is_sum = isinstance(expr, sympy.Sum)
        if is_sum and not new:
            left, right = _split(expr.function, set(inner))
            factors = [self.node(part, inner, together, conditions) for part in (left, right) if part is not None]
            if len(factors) == 2:
                return self.builder.contract(factors[0], factors[1], over)
        value = self.node(expr.function, inner, together, conditions)
        if new:
            tests = [self.builder.position(c, together) for c in new]
            value = self.builder.map(_chosen(len(tests), 0 if is_sum else 1), [*tests, value])
        if is_sum:
            return self.builder.sum(value, over)
        for axis in over:
            value = self.builder.product(value, axis)
        return value

    def logsumexp(self, expr: Any, scope: Scope, axes: tuple[Axis, ...], outer: Places) -> int:
        """log Σ exp u as m + log Σ exp(u − m) with the largest u, so that nothing overflows."""
        inner, over, new = _loops(expr, scope, axes)
        if new:  # the box around the region has other entries too
            return self.builder.apply("log", self.reduction(expr, scope, axes, outer))
        u = self.node(expr.function.args[0], inner, (*axes, *over), outer)
        top = self.builder.largest(u, over)
        weights = self.builder.apply("exp", self.builder.apply("sub", u, top))
        return self.builder.apply("add", top, self.builder.apply("log", self.builder.sum(weights, over)))

    def multiplied(self, nodes: Sequence[int]) -> int:
        """A product of nodes, index by index."""
        total = self.builder.constant(1)
        for node in nodes:
            total = self.builder.mul(total, node)
        return total


def _is_logsumexp(expr: Any) -> bool:
    """Whether an expression is log Σ exp u."""
    return (
        isinstance(expr, sympy.log)
        and isinstance(expr.args[0], sympy.Sum)
        and isinstance(expr.args[0].function, sympy.exp)
    )


def _few_terms(expr: Any) -> list[Any] | None:
    """The terms of a sum or product inside another that has few, so that what is around it stays local."""
    if any(len(limit) != 3 or not all(isinstance(b, sympy.Integer) for b in limit[1:]) for limit in expr.limits):
        return None
    ranges = [range(int(low), int(high) + 1) for _, low, high in expr.limits]
    if prod(len(each) for each in ranges) > MOST_WRITTEN_OUT:
        return None
    names = [index for index, _, _ in expr.limits]
    return [
        expr.function.subs(dict(zip(names, map(sympy.Integer, values), strict=True)))
        for values in itertools.product(*ranges)
    ]


def _leaves(expr: Any) -> Iterator[Any]:
    """The largest parts that are no plain scalar operations: entries, sums, products, symbols."""
    stack = [expr]
    while stack:
        part = stack.pop()
        is_logdet = isinstance(part, sympy.log) and isinstance(part.args[0], sympy.Determinant)
        if (
            is_logdet
            or _is_logsumexp(part)
            or isinstance(part, sympy.Indexed | sympy.Sum | sympy.Product | sympy.Symbol | WHOLES)
        ):
            yield part
        elif isinstance(part, sympy.IndexedBase):
            raise InputError(f"{part.label} is an array: write its entries, as in {part.label}[i].")
        else:
            stack.extend(reversed(part.args))


def _entries(expr: Any, scope: Scope, axes: tuple[Axis, ...]) -> Iterator[tuple[Any, Scope, tuple[Axis, ...]]]:
    """Every entry of an array in an expression, with the indices in force."""
    for leaf in _leaves(expr):
        if isinstance(leaf, sympy.Indexed):
            yield leaf, scope, axes
        elif isinstance(leaf, sympy.Sum | sympy.Product) or _is_logsumexp(leaf):
            leaf = leaf.args[0] if isinstance(leaf, sympy.log) else leaf
            inner, over, _ = _loops(leaf, scope, axes)
            yield from _entries(leaf.function, inner, (*axes, *over))


def _loops(expr: Any, scope: Scope, axes: tuple[Axis, ...]) -> tuple[dict[Any, Affine], tuple[Axis, ...], Places]:
    """The indices of a sum inside others: their meaning, their axes, and the conditions where bounds move."""
    inner: dict[Any, Affine] = dict(scope)
    over: list[Axis] = []
    conditions: list[Affine] = []
    for limit in reversed(expr.limits):  # the last is the outermost
        if len(limit) != 3:
            raise InputError(f"{expr} needs both bounds of {limit[0]}, as in ({limit[0]}, 0, n - 1).")
        index, low, high = limit
        around = (*axes, *over)
        first, last = (_affine(bound, inner, f"A bound of {index}") for bound in (low, high))
        lowest, highest = -_largest(-first, around), _largest(last, around)
        axis = Axis(f"#{len(around)}", highest - lowest + 1)
        inner[index] = lowest + Affine.of(axis.name)
        over.append(axis)
        conditions += [inner[index] - first] if first != lowest else []
        conditions += [last - inner[index]] if last != highest else []
    return inner, tuple(over), tuple(conditions)


def _affine(expr: Any, scope: Scope, what: str) -> Affine:
    """An integer expression that is affine in indices and sizes."""
    if isinstance(expr, sympy.Integer | int):
        return Affine.of(int(expr))
    if isinstance(expr, sympy.Symbol):
        return scope[expr] if expr in scope else Affine.of(str(expr))
    if isinstance(expr, sympy.Add):
        return Affine.sum([(_affine(term, scope, what), 1) for term in expr.args])
    if isinstance(expr, sympy.Mul):
        factor, rest = expr.as_coeff_Mul()
        if isinstance(factor, sympy.Integer) and factor != 1:
            return _affine(rest, scope, what) * int(factor)
        expanded = expr.expand()
        if isinstance(expanded, sympy.Add):
            return _affine(expanded, scope, what)
    raise InputError(f"{what} must be affine with integer coefficients, such as i + 1 or n - 1 - 2*i, but is {expr}.")


def _largest(value: Affine, axes: Sequence[Axis]) -> Affine:
    """The largest value of an affine expression over a box of indices."""
    return value.put({a.name: a.size - 1 if value.factor(a.name) > 0 else Affine.of(0) for a in axes})


def _above(places: Sequence[Affine], name: str) -> Affine:
    """The smallest size that holds all these places."""
    top = places[0]
    for place in places[1:]:
        difference = place - top
        if not difference.is_constant:
            raise InputError(
                f"The size of {name} does not follow from its use (both {top + 1} and {place + 1}): "
                f"give the shape, as in IndexedBase({name!r}, shape=(n,))."
            )
        if difference.constant > 0:
            top = place
    return top + 1


def _split(body: Any, indices: set[Any]) -> tuple[Any, Any]:
    """A product's factors with the most indices and the others, when they differ; else the body and None."""
    if not isinstance(body, sympy.Mul):
        return body, None
    depends = {factor: frozenset(factor.free_symbols & indices) for factor in body.args}
    most = max(depends.values(), key=len)
    left = [factor for factor, found in depends.items() if found == most]
    right = [factor for factor, found in depends.items() if found != most]
    return sympy.Mul(*left), sympy.Mul(*right) if right else None


def _chosen(tests: int, otherwise: int) -> Tape:
    """The last input where all the others are ≥ 0, else a constant."""
    builder = TapeBuilder([f"a{k}" for k in range(tests + 1)])
    value = tests
    for k in range(tests):
        inside = builder.emit("le", builder.constant(0), k)
        value = builder.emit("select", inside, value, builder.constant(otherwise))
    return builder.build([value])
