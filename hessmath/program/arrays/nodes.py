"""The nodes of array programs: what each computes, and over which named axes.

A node's value is an array with one dimension per axis, in order.  Operands meet by the names of their axes: what
lacks an axis is the same along it.  Places in arrays are affine in the axes, so that x[i + 1], A[i, i], x[2*i] and
y[n − 1 − i] are gathers, and what is assembled from them (gradients, Hessians) are scatters, their adjoints.
"""

from __future__ import annotations

from dataclasses import dataclass

from hessmath.program.arrays.affine import Affine
from hessmath.program.tape import Tape


@dataclass(frozen=True)
class Axis:
    """A dimension with a name; its index runs over 0, …, size − 1."""

    name: str
    size: Affine

    def __str__(self) -> str:
        return f"{self.name} < {self.size}"


Axes = tuple[Axis, ...]
Places = tuple[Affine, ...]


class OfSource:
    """What is computed from one node."""

    source: int

    @property
    def operands(self) -> tuple[int, ...]:
        """The source."""
        return (self.source,)


@dataclass(frozen=True)
class Input:
    """An array given from outside; its axes are called name.0, name.1, …"""

    axes: Axes
    name: str

    operands = ()


@dataclass(frozen=True)
class Position:
    """An affine expression in the axes and sizes, as a real number: i + 1, or n."""

    axes: Axes
    value: Affine

    operands = ()


@dataclass(frozen=True)
class Identity:
    """The Kronecker delta δ of two axes of equal size."""

    axes: Axes

    operands = ()


@dataclass(frozen=True)
class Map:
    """A scalar program applied to every index; its inputs are the operands."""

    axes: Axes
    body: Tape
    operands: tuple[int, ...]


@dataclass(frozen=True)
class Gather(OfSource):
    """value[axes] = source[places(axes)] where every condition is ≥ 0, else 0."""

    axes: Axes
    source: int
    places: Places
    conditions: Places = ()


@dataclass(frozen=True)
class Scatter(OfSource):
    """value[places(over)] += source[over] for every index of ``over`` where every condition is ≥ 0."""

    axes: Axes
    source: int
    over: Axes
    places: Places
    conditions: Places = ()


@dataclass(frozen=True)
class Sum(OfSource):
    """The sum of source along axes."""

    axes: Axes
    source: int
    over: Axes


@dataclass(frozen=True)
class Largest(OfSource):
    """The largest entry of source along axes; its derivative counts as 0.

    It serves as a shift m in log Σ exp(v − m) + m, which does not depend on m.
    """

    axes: Axes
    source: int
    over: Axes


@dataclass(frozen=True)
class Product(OfSource):
    """The product of source along one axis."""

    axes: Axes
    source: int
    over: Axis


@dataclass(frozen=True)
class Others(OfSource):
    """At each index of an axis the product of source at all the others: the derivative of ``Product``."""

    axes: Axes
    source: int
    over: Axis


@dataclass(frozen=True)
class OthersTangent:
    """The tangent of ``Others``: Σ_{j≠i} direction_j · Π_{k≠i,j} source_k."""

    axes: Axes
    source: int
    direction: int
    over: Axis

    @property
    def operands(self) -> tuple[int, ...]:
        """Source and direction."""
        return (self.source, self.direction)


@dataclass(frozen=True)
class Contract:
    """Σ left · right over the axes of either that the result lacks: matrix and vector products."""

    axes: Axes
    left: int
    right: int

    @property
    def operands(self) -> tuple[int, ...]:
        """Left and right."""
        return (self.left, self.right)


@dataclass(frozen=True)
class Inverse(OfSource):
    """The inverse of a square matrix, given over two axes."""

    axes: Axes
    source: int


@dataclass(frozen=True)
class LogDet(OfSource):
    """log det of a square matrix; not a number where the determinant is not positive."""

    axes: Axes
    source: int


@dataclass(frozen=True)
class Det(OfSource):
    """The determinant of a square matrix."""

    axes: Axes
    source: int


@dataclass(frozen=True)
class Solve:
    """The solution of matrix · value = right; the first axis of ``right`` is the equations'."""

    axes: Axes
    matrix: int
    right: int

    @property
    def operands(self) -> tuple[int, ...]:
        """Matrix and right-hand side."""
        return (self.matrix, self.right)


Node = (
    Input
    | Position
    | Identity
    | Map
    | Gather
    | Scatter
    | Sum
    | Largest
    | Product
    | Others
    | OthersTangent
    | Contract
    | Inverse
    | LogDet
    | Det
    | Solve
)
