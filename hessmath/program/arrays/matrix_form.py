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
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from hessmath.program.arithmetic.symbols import constant_expression
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram, Output
from hessmath.program.arrays.guarded import Symbols
from hessmath.program.arrays.nodes import (
    Axis,
    Contract,
    Det,
    Gather,
    Identity,
    Input,
    Inverse,
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
            return _transposed(self.value)
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
            case Contract():
                return _contracted(self.form(node.left), self.form(node.right), node.axes)
            case Inverse():
                return Form(sympy.Inverse(self._matrix(node.source)), node.axes)
            case Solve():
                equations, *columns = self.f.nodes[node.right].axes
                right = self.form(node.right).over(equations, *columns)
                return Form(_times(sympy.Inverse(self._matrix(node.matrix)), right), node.axes)
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
            return Form(_diagonal(source.over(*node.over)), node.axes)
        return Form(_times(source.value, sympy.Identity(self._size(node.over[0]))), node.axes)

    def _summed(self, source: Form, over: Sequence[Axis]) -> Form:
        left = tuple(axis for axis in source.axes if axis not in over)
        if len(source.axes) == 1:
            return Form(_total(source.value))
        if not left:
            return Form(_grand_total(source.value))
        return Form(_times(source.over(*left, *over), sympy.OneMatrix(self._size(over[0]), 1)), left)


def _along(places: Sequence[Affine], axes: Mapping[str, Axis], own: Sequence[Axis]) -> list[Axis]:
    """The axis along which each index of an array runs in full."""
    found = []
    for place, axis in zip(places, own, strict=True):
        moving = axes.get(str(place))
        if moving is None or place != Affine.of(moving.name) or moving.size != axis.size:
            raise _NoForm
        found.append(moving)
    return found


def _times(*factors: Expr) -> Expr:
    """The product, flat, with all numbers in front; diag(v)·1 is v.  (SymPy's own ``doit`` would write 1 × 1 out.)"""
    number: Expr = sympy.Integer(1)
    kept: list[Expr] = []
    for factor in factors:
        for part in factor.args if isinstance(factor, sympy.MatMul) else (factor,):
            if not isinstance(part, sympy.MatrixExpr):
                number *= part
                continue
            common, rest = _content(part)
            number *= common
            if isinstance(rest, sympy.OneMatrix) and kept and isinstance(kept[-1], sympy.DiagMatrix):
                kept[-1] = kept[-1].args[0]
            elif not isinstance(rest, sympy.Identity):
                kept.append(rest)
            same = rest
    if number == 0:
        shape = sympy.MatMul(*(f for f in factors if isinstance(f, sympy.MatrixExpr))).shape
        return sympy.ZeroMatrix(*shape)
    matrices = kept or [same]
    return matrices[0] if number == 1 and len(matrices) == 1 else sympy.MatMul(*(sympy.Mul.make_args(number) if number != 1 else ()), *matrices)


def _content(part: Expr) -> tuple[Expr, Expr]:
    """A sum of matrices as number times sum, where its terms have a common number."""
    if not isinstance(part, sympy.MatAdd):
        return sympy.Integer(1), part
    split = [_factored(term) for term in part.args]
    common = sympy.gcd_list([factor.as_coeff_Mul()[0] for factor, _ in split])
    if all(factor.as_coeff_Mul()[0] < 0 for factor, _ in split):
        common = -common
    if common == 1 or not common.is_Rational or common == 0:
        return sympy.Integer(1), part
    return common, sympy.MatAdd(*(_times(factor / common, rest) for factor, rest in split))


def _transposed(matrix: Expr) -> Expr:
    """The transpose, its parts untouched."""
    match matrix:
        case sympy.MatMul():
            factor, matrices = matrix.as_coeff_matrices()
            return _times(factor, *(_transposed(each) for each in reversed(matrices)))
        case sympy.MatAdd():
            return _plus(*map(_transposed, matrix.args))
        case sympy.HadamardProduct():
            return sympy.HadamardProduct(*map(_transposed, matrix.args))
        case sympy.HadamardPower():
            return sympy.HadamardPower(_transposed(matrix.base), matrix.exp)
        case sympy.Identity() | sympy.DiagMatrix():
            return matrix
        case sympy.Transpose():
            return matrix.arg
        case sympy.OneMatrix():
            return sympy.OneMatrix(matrix.cols, matrix.rows)
        case ElementwiseApplyFunction():
            return ElementwiseApplyFunction(matrix.function, _transposed(matrix.expr))
        case _:
            return sympy.Transpose(matrix)


def _plus(*terms: Expr) -> Expr:
    """The sum, flat, with equal matrices collected."""
    total: dict[Expr, Expr] = {}
    waiting = [(sympy.Integer(1), term) for term in reversed(terms)]
    while waiting:
        number, part = waiting.pop()
        factor, rest = _factored(part)
        if isinstance(rest, sympy.MatAdd) and factor.is_Rational:
            waiting += [(number * factor, term) for term in reversed(rest.args)]
        elif not isinstance(rest, sympy.ZeroMatrix):
            total[rest] = total.get(rest, 0) + number * factor
    parts = [_times(factor, rest) for rest, factor in total.items() if factor != 0]
    if not parts:
        return sympy.ZeroMatrix(*terms[0].shape)
    return parts[0] if len(parts) == 1 else sympy.MatAdd(*parts)


def _diagonal(column: Expr) -> Expr:
    factor, rest = _factored(column)
    return _times(factor, sympy.DiagMatrix(rest))


def _factored(matrix: Expr) -> tuple[Expr, Expr]:
    """(number, matrix)."""
    if not isinstance(matrix, sympy.MatMul):
        return sympy.Integer(1), matrix
    factor, matrices = matrix.as_coeff_matrices()
    return factor, matrices[0] if len(matrices) == 1 else sympy.MatMul(*matrices)


def _number(*factors: Expr) -> Expr:
    """The entry of a 1 × 1 matrix."""
    factor, rest = _factored(_times(*factors))
    return factor * MatrixElement(rest, 0, 0)


def _total(column: Expr) -> Expr:
    """The sum of a column's entries."""
    factor, rest = _factored(column)
    match rest:
        case sympy.MatAdd():
            return factor * sympy.Add(*(_total(part) for part in rest.args))
        case sympy.HadamardProduct():
            first, *others = rest.args
            return factor * _number(_transposed(first), *([sympy.HadamardProduct(*others)] if others[1:] else others))
        case sympy.HadamardPower() if rest.exp == 2:
            return factor * _number(_transposed(rest.base), rest.base)
        case sympy.DiagonalOf():
            return factor * sympy.Trace(rest.arg)
        case _:
            return factor * _number(sympy.OneMatrix(1, rest.rows), rest)


def _grand_total(matrix: Expr) -> Expr:
    """The sum of a matrix's entries: uᵀMv for (u·vᵀ) ∘ M, tr(AᵀB) for A ∘ B."""
    factor, rest = _factored(matrix)
    match rest:
        case sympy.MatAdd():
            return factor * sympy.Add(*(_grand_total(part) for part in rest.args))
        case sympy.HadamardProduct() if len(rest.args) == 2:
            for outer, inner in (rest.args, rest.args[::-1]):
                if isinstance(outer, sympy.MatMul) and len(outer.args) == 2 and outer.args[0].cols == 1:
                    left, right = outer.args
                    return factor * _number(_transposed(left), inner, _transposed(right))
            return factor * sympy.Trace(_times(_transposed(rest.args[0]), rest.args[1]))
        case sympy.HadamardPower() if rest.exp == 2:
            return factor * sympy.Trace(_times(_transposed(rest.base), rest.base))
        case _:
            return factor * _number(sympy.OneMatrix(1, rest.rows), rest, sympy.OneMatrix(rest.cols, 1))


def _contracted(left: Form, right: Form, axes: tuple[Axis, ...]) -> Form:
    (over,) = [axis for axis in left.axes if axis not in axes] or [None]
    if over is None:
        raise _NoForm
    rows = [axis for axis in left.axes if axis != over]
    columns = [axis for axis in right.axes if axis != over]
    if rows:
        product = Form(_times(left.over(*rows, over), right.over(over, *columns)), (*rows, *columns))
    elif columns:
        product = Form(_times(right.over(*columns, over), left.value), tuple(columns))
    else:
        product = Form(_number(_transposed(left.value), right.value))
    return Form(product.over(*axes), axes)


# ---- entry by entry -----------------------------------------------------------------------------------


def _apply(row: Primitive, operands: tuple[Form, ...]) -> Form:
    if not any(operand.axes for operand in operands):
        return Form(row.meaning(*(operand.value for operand in operands)))
    match row.name, operands:
        case "neg", (a,):
            return Form(_times(-1, a.value), a.axes)
        case "add" | "sub", (a, b) if a.axes and b.axes:
            other = b.over(*a.axes)
            return Form(_plus(a.value, other if row.name == "add" else _times(-1, other)), a.axes)
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
        return Form(_times(a.value, b.value) if a.axes or b.axes else a.value * b.value, a.axes or b.axes)
    if set(a.axes) == set(b.axes):
        other = b.over(*a.axes)
        if a.value == other:
            return Form(sympy.HadamardPower(a.value, 2), a.axes)
        return Form(_hadamard(a.value, other), a.axes)
    if len(a.axes) == len(b.axes) == 1:
        return Form(_times(a.value, _transposed(b.value)), (*a.axes, *b.axes))
    if len(a.axes) > len(b.axes):
        a, b = b, a
    if len(a.axes) != 1 or a.axes[0] not in b.axes:
        raise _NoForm
    rows, columns = b.axes
    diagonal = _diagonal(a.value)
    return Form(_times(diagonal, b.value) if a.axes[0] == rows else _times(b.value, diagonal), (rows, columns))


def _hadamard(a: Expr, b: Expr) -> Expr:
    """a ∘ b with the numbers in front."""
    c, left = _factored(a)
    d, right = _factored(b)
    return _times(c * d, sympy.HadamardProduct(left, right))


# ---- text ---------------------------------------------------------------------------------------------


class _Printer(StrPrinter):  # type: ignore[misc]
    """Functions of entries as exp(x), products entry by entry as A∘B, vectors of ones as 1."""

    def _print_ElementwiseApplyFunction(self, expr: Expr) -> str:
        (argument,) = expr.function.signature
        return self._print(expr.function.expr.xreplace({argument: sympy.Symbol(self._print(expr.expr))}))

    def _print_HadamardProduct(self, expr: Expr) -> str:
        return "∘".join(self.parenthesize(arg, PRECEDENCE["Pow"]) for arg in expr.args)

    def _print_HadamardPower(self, expr: Expr) -> str:
        return f"{self.parenthesize(expr.base, PRECEDENCE['Pow'])}∘^{self.parenthesize(expr.exp, PRECEDENCE['Pow'])}"

    def _print_MatrixElement(self, expr: Expr) -> str:
        if tuple(expr.parent.shape) == (1, 1):
            return f"({self._print(expr.parent)})"
        if expr.parent.shape[1] == 1:
            return f"{self._print(expr.parent)}[{self._print(expr.i)}]"
        return str(super()._print_MatrixElement(expr))

    def _print_OneMatrix(self, expr: Expr) -> str:
        return "1.T" if expr.rows == 1 else "1"


def matrix_text(matrix: Expr) -> str:
    """A matrix expression on one line.

    Examples
    --------
    >>> A, x = sympy.MatrixSymbol("A", 3, 3), sympy.MatrixSymbol("x", 3, 1)
    >>> matrix_text(sympy.HadamardProduct(A * x, x))
    '(A*x)∘x'
    """
    return str(_Printer().doprint(matrix))
