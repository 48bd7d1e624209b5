"""Matrix algebra on the builder of array programs: vectors and matrices whose positions have named axes.

Transposing only swaps positions; a product renames the axes that meet and contracts them.  Solutions of linear systems
stand where an inverse is multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from hessmath.errors import InputError
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.building import ArrayBuilder
from hessmath.program.arrays.nodes import Axes, Axis, Contract, Inverse
from hessmath.program.tape import Tape, TapeBuilder


@dataclass(frozen=True)
class Value:
    """A node as a number (no axes), vector (one) or matrix (two); it may be the same along an axis that it lacks."""

    node: int
    axes: Axes


class Algebra:
    """The operations on values; every new index gets an axis of its own."""

    def __init__(self, builder: ArrayBuilder) -> None:
        self.builder = builder
        self._count = 0

    def fresh(self, size: Affine) -> Axis:
        """A new axis."""
        self._count += 1
        return Axis(f"#{self._count}", size)

    def array(self, source: int) -> Value:
        """An input, or another node with axes that nothing else has."""
        axes = tuple(self.fresh(axis.size) for axis in self.builder.axes(source))
        return Value(self.builder.gather(source, axes, [Affine.of(axis.name) for axis in axes]), axes)

    def renamed(self, value: Value, axes: Sequence[Axis]) -> Value:
        """The same value over other axes, position by position."""
        names = {old.name: new for old, new in zip(value.axes, axes, strict=True)}
        return Value(self.builder.rename(value.node, names), tuple(axes))

    # ---- entry by entry ---------------------------------------------------------------------------

    def map(self, body: Tape, values: Sequence[Value]) -> Value:
        """A scalar program on corresponding entries; numbers go with every entry.

        Raises
        ------
        InputError
            If two shapes differ.
        """
        shaped = [value for value in values if value.axes]
        if not shaped:
            return Value(self.builder.map(body, [value.node for value in values]), ())
        axes = shaped[0].axes
        for value in shaped[1:]:
            if [a.size for a in value.axes] != [a.size for a in axes]:
                raise InputError(f"The shapes {_shape(axes)} and {_shape(value.axes)} differ, entry by entry.")
        nodes = [self.renamed(value, axes).node if value.axes else value.node for value in values]
        return Value(self.builder.map(body, nodes), axes)

    def apply(self, name: str, *values: Value) -> Value:
        """One primitive on corresponding entries."""
        return self.map(_primitive(name, len(values)), values)

    def number(self, value: int) -> Value:
        """An integer."""
        return Value(self.builder.constant(value), ())

    # ---- products ---------------------------------------------------------------------------------

    def matmul(self, left: Value, right: Value) -> Value:
        """The product of two vectors or matrices, as NumPy's @.

        Raises
        ------
        InputError
            If the inner sizes differ.
        """
        if left.axes[-1].size != right.axes[0].size:
            raise InputError(f"The inner sizes of {_shape(left.axes)} and {_shape(right.axes)} differ.")
        solved = self._solved(left, right)
        if solved is not None:
            return solved
        inner = left.axes[-1]
        outer = tuple(self.fresh(axis.size) for axis in right.axes[1:])
        right = self.renamed(right, (inner, *outer))
        return Value(self.builder.contract(left.node, right.node, [inner]), (*left.axes[:-1], *outer))

    def chain(self, factors: Sequence[Value]) -> Value:
        """A product of several factors, from the side on which a vector keeps it small."""
        if len(factors[-1].axes) == 1:
            result = factors[-1]
            for factor in reversed(factors[:-1]):
                result = self.matmul(factor, result)
            return result
        result = factors[0]
        for factor in factors[1:]:
            result = self.matmul(result, factor)
        return result

    def _solved(self, left: Value, right: Value) -> Value | None:
        """inv(A) @ B as the solution of A X = B."""
        node = self.builder.nodes[left.node]
        if not isinstance(node, Inverse) or left.axes != node.axes:
            return None
        equations = tuple(self.fresh(axis.size) for axis in right.axes)
        rows = self.builder.full(self.renamed(right, equations).node, equations)
        solution = self.builder.solve(node.source, rows)
        return self.renamed(Value(solution, self.builder.axes(solution)), (left.axes[0], *equations[1:]))

    def outer(self, left: Value, right: Value) -> Value:
        """u vᵀ."""
        right = self.renamed(right, [self.fresh(axis.size) for axis in right.axes])
        return Value(self.builder.mul(left.node, right.node), (*left.axes, *right.axes))

    def transposed(self, value: Value) -> Value:
        """Aᵀ; a vector stays as it is."""
        return Value(value.node, value.axes[::-1])

    def power(self, value: Value, exponent: int) -> Value:
        """A matrix to an integer power."""
        if exponent < 0:
            return self.power(self.inverse(value), -exponent)
        result = self.identity(value.axes[0].size) if exponent == 0 else value
        for _ in range(exponent - 1):
            result = self.matmul(result, value)
        return result

    # ---- sums -------------------------------------------------------------------------------------

    def sum(self, value: Value) -> Value:
        """The sum of all entries."""
        return Value(self.builder.sum(value.node, value.axes), ())

    def squares(self, value: Value) -> Value:
        """The sum of the squares of all entries."""
        return self.sum(self.map(_square(), [value]))

    def trace(self, value: Value) -> Value:
        """The sum of the diagonal; of a product AB it is Σ AᵢⱼBⱼᵢ, without the product."""
        row, column = value.axes
        node = self.builder.nodes[value.node]
        if isinstance(node, Contract) and set(node.axes) == {row, column}:
            over = next(axis for axis in self.builder.axes(node.left) if axis not in node.axes)
            left, right = (self.builder.rename(k, {column.name: row}) for k in (node.left, node.right))
            return Value(self.builder.contract(left, right, [over, row]), ())
        return self.sum(self.diagonal(value))

    def largest(self, value: Value) -> Value:
        """The largest entry, as a number that is not differentiated."""
        return Value(self.builder.largest(value.node, value.axes), ())

    def logsumexp(self, value: Value) -> Value:
        """log Σ exp vᵢ, shifted by the largest entry, so that nothing overflows."""
        top = self.largest(value)
        shifted = self.apply("exp", self.apply("sub", value, top))
        return self.apply("add", top, self.apply("log", self.sum(shifted)))

    def softmax(self, value: Value) -> Value:
        """exp vᵢ / Σ exp vⱼ, shifted by the largest entry."""
        weights = self.apply("exp", self.apply("sub", value, self.largest(value)))
        return self.apply("div", weights, self.sum(weights))

    # ---- special matrices -------------------------------------------------------------------------

    def identity(self, size: Affine) -> Value:
        """The identity matrix."""
        row, column = self.fresh(size), self.fresh(size)
        return Value(self.builder.identity(row, column), (row, column))

    def constant(self, number: int, sizes: Sequence[Affine]) -> Value:
        """An array with the same number everywhere."""
        return Value(self.builder.constant(number), tuple(self.fresh(size) for size in sizes))

    def diagonal_matrix(self, value: Value) -> Value:
        """diag v: the matrix with a vector on its diagonal."""
        (row,) = value.axes
        column = self.fresh(row.size)
        return Value(self.builder.mul(self.builder.identity(row, column), value.node), (row, column))

    def diagonal(self, value: Value) -> Value:
        """The vector of diagonal entries."""
        row, column = value.axes
        own = self.builder.axes(value.node)
        places = [Affine.of(row.name) if axis == column else Affine.of(axis.name) for axis in own]
        return Value(self.builder.gather(value.node, (row,), places), (row,))

    def diagonal_part(self, value: Value) -> Value:
        """The matrix without what is off its diagonal."""
        return self.diagonal_matrix(self.diagonal(value))

    # ---- linear algebra ---------------------------------------------------------------------------

    def inverse(self, value: Value) -> Value:
        """A⁻¹, or 1/a of a number."""
        if not value.axes:
            return self.apply("div", self.number(1), value)
        node = self.builder.inverse(self._whole(value))
        return Value(node, self.builder.axes(node))

    def det(self, value: Value) -> Value:
        """det A."""
        return Value(self.builder.det(self._whole(value)), ())

    def logdet(self, value: Value) -> Value:
        """log det A; not a number where the determinant is not positive."""
        return Value(self.builder.logdet(self._whole(value)), ())

    def _whole(self, value: Value) -> int:
        """The node with both axes, in the order of the positions."""
        return self.builder.full(value.node, value.axes)


def _shape(axes: Axes) -> str:
    return f"({', '.join(str(axis.size) for axis in axes)})"


@cache
def _primitive(name: str, arity: int) -> Tape:
    builder = TapeBuilder([f"a{k}" for k in range(arity)])
    return builder.build([builder.emit(name, *range(arity))])


@cache
def _square() -> Tape:
    builder = TapeBuilder(["a0"])
    return builder.build([builder.emit("mul", 0, 0)])
