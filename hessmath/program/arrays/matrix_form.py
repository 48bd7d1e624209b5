"""Nodes as matrix expressions: 2·Xᵀ(Xb − y) rather than a sum over indices, where all that is used are whole arrays.

A vector is a column; an array over two axes is a matrix; which axis is which goes by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

from hessmath.program.arithmetic.symbols import constant_expression
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram, Output
from hessmath.program.arrays.guarded import Symbols
from hessmath.program.arrays.matrix_algebra import (
    diagonal,
    grand_total,
    hadamard,
    number_in,
    plus,
    times,
    total,
    transposed,
)
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
    Position,
    Scatter,
    Solve,
    Sum,
)
from hessmath.program.arrays.notation import Notation
from hessmath.program.interpreting import interpret
from hessmath.program.primitives import Primitive

Expr = Any


class _NoForm(Exception):
    """There is no matrix expression for this."""


@dataclass(frozen=True)
class Form:
    """A number (no axes), a column (one) or a matrix (two)."""

    value: Expr
    axes: tuple[Axis, ...] = ()

    def over(self, *axes: Axis) -> Expr:
        """The expression with its axes in this order."""
        if axes == self.axes:
            return self.value
        if len(axes) == 2 and axes[::-1] == self.axes:
            return transposed(self.value)
        raise _NoForm


class MatrixForms:
    """The matrix expressions of the nodes that have one."""

    def __init__(self, f: ArrayProgram, notation: Notation) -> None:
        self.f, self.notation = f, notation
        self.symbols = Symbols(dict(notation.sizes))
        self._known: dict[int, Form | None] = {}

    def output(self, output: Output) -> Expr | None:
        """An output as a matrix expression or number, or None."""
        try:
            form = self.form(output.node)
            if form.value == 0 and 0 < len(output.axes) <= 2:
                rows, *columns = [self.symbols.affine(axis.size) for axis in output.axes]
                return sympy.ZeroMatrix(rows, *(columns or [1]))
            return form.over(*output.axes)
        except _NoForm:
            return None

    def square(self, node: int) -> Expr | None:
        """A matrix over its axes, or None."""
        try:
            return self.form(node).over(*self.f.nodes[node].axes)
        except _NoForm:
            return None

    def form(self, k: int) -> Form:
        """The form of a node; raises _NoForm where there is none."""
        if k not in self._known:
            try:
                self._known[k] = self._form(self.f.nodes[k])
            except _NoForm:
                self._known[k] = None
        known = self._known[k]
        if known is None:
            raise _NoForm
        return known

    def _form(self, node: Node) -> Form:
        match node:
            case Input():
                return self._input(node)
            case Position() if not node.axes:
                return Form(self.symbols.affine(node.value))
            case Identity():
                return Form(sympy.Identity(self._size(node.axes[0])), node.axes)
            case Map():
                operands = [self.form(k) for k in node.operands]
                slots = interpret(node.body, operands, lambda c: Form(constant_expression(c)), _apply)
                return Form(slots[int(node.body.outputs[0])].over(*node.axes), node.axes)
            case Gather():
                return self._gathered(node)
            case Scatter():
                return self._scattered(node)
            case Sum():
                return self._summed(self.form(node.source), node.over)
            case Largest() if not node.axes:
                return Form(sympy.Integer(0))  # a shift on which the whole does not depend
            case Contract():
                return _contracted(self.form(node.left), self.form(node.right), node.axes)
            case Inverse():
                return Form(sympy.Inverse(self._matrix(node.source)), node.axes)
            case Solve():
                equations, *columns = self.f.nodes[node.right].axes
                right = self.form(node.right).over(equations, *columns)
                return Form(times(sympy.Inverse(self._matrix(node.matrix)), right), node.axes)
            case Det():
                return Form(sympy.Determinant(self._matrix(node.source)))
            case LogDet():
                return Form(sympy.log(sympy.Determinant(self._matrix(node.source))))
            case _:
                raise _NoForm

    def _size(self, axis: Axis) -> Expr:
        return self.symbols.affine(axis.size)

    def _matrix(self, node: int) -> Expr:
        return self.form(node).over(*self.f.nodes[node].axes)

    def _input(self, node: Input) -> Form:
        if len(node.axes) > 2:
            raise _NoForm
        if not node.axes:
            return Form(self.notation.inputs[node.name])
        sizes = [self._size(axis) for axis in node.axes]
        return Form(sympy.MatrixSymbol(node.name, sizes[0], sizes[1] if len(sizes) == 2 else 1), node.axes)

    def _gathered(self, node: Gather) -> Form:
        source = self.form(node.source)
        own = self.f.nodes[node.source].axes
        if node.conditions:
            raise _NoForm
        if not node.axes:
            return Form(MatrixElement(source.over(*own), *self._indices(node)))
        moved = _along(node.places, {axis.name: axis for axis in node.axes}, own)
        if len(set(moved)) < len(moved):
            return Form(sympy.DiagonalOf(source.over(*own)), node.axes)
        return Form(Form(source.over(*own), tuple(moved)).over(*node.axes), node.axes)

    def _indices(self, node: Gather) -> list[Expr]:
        places = [self.symbols.affine(place) for place in node.places]
        return places if len(places) == 2 else [*places, sympy.Integer(0)]

    def _scattered(self, node: Scatter) -> Form:
        source = self.form(node.source)
        moved = _along(node.places, {axis.name: axis for axis in node.over}, node.axes)
        if node.conditions or len(node.over) != 1 or len(moved) != 2:
            raise _NoForm
        if source.axes:
            return Form(diagonal(source.over(*node.over)), node.axes)
        return Form(times(source.value, sympy.Identity(self._size(node.over[0]))), node.axes)

    def _summed(self, source: Form, over: Sequence[Axis]) -> Form:
        left = tuple(axis for axis in source.axes if axis not in over)
        if len(source.axes) == 1:
            return Form(total(source.value))
        if not left:
            return Form(grand_total(source.value))
        return Form(times(source.over(*left, *over), sympy.OneMatrix(self._size(over[0]), 1)), left)


def _along(places: Sequence[Affine], axes: Mapping[str, Axis], own: Sequence[Axis]) -> list[Axis]:
    """The axis along which each index of an array runs in full."""
    found = []
    for place, axis in zip(places, own, strict=True):
        moving = axes.get(str(place))
        if moving is None or place != Affine.of(moving.name) or moving.size != axis.size:
            raise _NoForm
        found.append(moving)
    return found


def _contracted(left: Form, right: Form, axes: tuple[Axis, ...]) -> Form:
    over = next((axis for axis in left.axes if axis not in axes), None)
    if over is None:
        raise _NoForm
    rows = [axis for axis in left.axes if axis != over]
    columns = [axis for axis in right.axes if axis != over]
    if rows:
        product = Form(times(left.over(*rows, over), right.over(over, *columns)), (*rows, *columns))
    elif columns:
        product = Form(times(right.over(*columns, over), left.value), tuple(columns))
    else:
        product = Form(number_in(transposed(left.value), right.value))
    return Form(product.over(*axes), axes)


# ---- entry by entry -----------------------------------------------------------------------------------


def _apply(row: Primitive, operands: tuple[Form, ...]) -> Form:
    if not any(operand.axes for operand in operands):
        return Form(row.meaning(*(operand.value for operand in operands)))
    match row.name, operands:
        case "neg", (a,):
            return Form(times(-1, a.value), a.axes)
        case "add" | "sub", (a, b) if a.axes and b.axes:
            other = b.over(*a.axes)
            return Form(plus(a.value, other if row.name == "add" else times(-1, other)), a.axes)
        case "add" | "sub", (a, b) if b.value == 0:
            return a
        case "mul", (a, b):
            return _product(a, b)
        case "div", (a, b):
            return _product(a, Form(sympy.HadamardPower(b.value, -1) if b.axes else 1 / b.value, b.axes))
        case "pow", (a, b) if a.axes and not b.axes:
            return Form(sympy.HadamardPower(a.value, b.value), a.axes)
        case _, (a,):
            d = sympy.Dummy("d")
            return Form(ElementwiseApplyFunction(sympy.Lambda(d, row.meaning(d)), a.value), a.axes)
        case _:
            raise _NoForm


def _product(a: Form, b: Form) -> Form:
    if not a.axes or not b.axes:
        return Form(times(a.value, b.value) if a.axes or b.axes else a.value * b.value, a.axes or b.axes)
    if set(a.axes) == set(b.axes):
        other = b.over(*a.axes)
        if a.value == other:
            return Form(sympy.HadamardPower(a.value, 2), a.axes)
        return Form(hadamard(a.value, other), a.axes)
    if len(a.axes) == len(b.axes) == 1:
        return Form(times(a.value, transposed(b.value)), (*a.axes, *b.axes))
    if len(a.axes) > len(b.axes):
        a, b = b, a
    if len(a.axes) != 1 or a.axes[0] not in b.axes:
        raise _NoForm
    rows, columns = b.axes
    scaling = diagonal(a.value)
    return Form(times(scaling, b.value) if a.axes[0] == rows else times(b.value, scaling), (rows, columns))
