"""SymPy's matrix expressions as values of array programs.

A matrix with one column or one row is a vector here, and one with both a number; what is which follows from the
expression's shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf

from hessmath.errors import InputError
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.building import ArrayBuilder
from hessmath.program.arrays.values import Algebra, Value
from hessmath.program.lowering import lower


class Matrices:
    """Translates matrix expressions; scalars inside them and sizes are left to callbacks."""

    def __init__(
        self,
        builder: ArrayBuilder,
        inputs: Mapping[str, int],
        scalar: Callable[[Any], int],
        size: Callable[[Any], Affine],
    ) -> None:
        self.builder, self.inputs, self.scalar, self.size = builder, inputs, scalar, size
        self.algebra = Algebra(builder)
        self.known: dict[Any, Value] = {}

    def value(self, expr: Any) -> Value:
        """The value of a matrix expression.

        Raises
        ------
        InputError
            If a matrix is not declared, or an operation has no program on arrays.
        """
        if expr not in self.known:
            self.known[expr] = self._value(expr)
        return self.known[expr]

    def _value(self, expr: Any) -> Value:
        algebra = self.algebra
        match expr:
            case sympy.MatrixSymbol():
                if expr.name not in self.inputs:
                    known = ", ".join(self.inputs) or "none"
                    raise InputError(f"The formula contains the matrix {expr.name}, but the declared ones are {known}.")
                return algebra.array(self.inputs[expr.name])
            case sympy.MatAdd():
                return self._sum([self.value(arg) for arg in expr.args])
            case sympy.MatMul():
                return self._product(expr)
            case sympy.Transpose():
                return algebra.transposed(self.value(expr.arg))
            case sympy.Inverse():
                return algebra.inverse(self.value(expr.arg))
            case sympy.MatPow():
                base, exponent = expr.args
                if not isinstance(exponent, sympy.Integer) or abs(int(exponent)) > 64:
                    raise InputError(f"A matrix power needs an integer exponent from −64 to 64, but has {exponent}.")
                if tuple(base.shape) == (1, 1):
                    return self._entrywise(lambda x: x**exponent, self.value(base))
                return algebra.power(self.value(base), int(exponent))
            case sympy.HadamardProduct():
                factors = [self.value(arg) for arg in expr.args]
                result = factors[0]
                for factor in factors[1:]:
                    result = algebra.apply("mul", result, factor)
                return result
            case sympy.HadamardPower():
                base, exponent = expr.args
                return self._entrywise(lambda x: x**exponent, self.value(base))
            case ElementwiseApplyFunction():
                return self._entrywise(expr.function, self.value(expr.expr))
            case sympy.Identity():
                return algebra.identity(self.size(expr.shape[0]))
            case sympy.ZeroMatrix() | sympy.OneMatrix():
                sizes = [self.size(size) for size in expr.shape if size != 1]
                return algebra.constant(int(isinstance(expr, sympy.OneMatrix)), sizes)
            case DiagMatrix():
                return algebra.diagonal_matrix(self.value(expr.args[0]))
            case DiagonalMatrix():
                return algebra.diagonal_part(self.value(expr.args[0]))
            case DiagonalOf():
                return algebra.diagonal(self.value(expr.args[0]))
        raise InputError(
            f"{type(expr).__name__} has no program on arrays. Known are sums, products, powers, inverses, transposes, "
            "Hadamard products and powers, applyfunc, Identity, ZeroMatrix, OneMatrix and diagonals."
        )

    def number(self, expr: Any) -> int:
        """The node of a trace or determinant."""
        value = self.value(expr.arg)
        if not value.axes:
            return value.node
        return (self.algebra.trace(value) if isinstance(expr, sympy.Trace) else self.algebra.det(value)).node

    def logdet(self, expr: Any) -> int:
        """The node of the logarithm of a determinant."""
        return self.algebra.logdet(self.value(expr.arg)).node

    def _entrywise(self, function: Callable[[Any], Any], value: Value) -> Value:
        x = sympy.Symbol("x", real=True)
        return self.algebra.map(lower(function(x), [x]), [value])

    def _sum(self, terms: Sequence[Value]) -> Value:
        total = terms[0]
        for term in terms[1:]:
            total = self.algebra.apply("add", total, term)
        return total

    def _product(self, expr: Any) -> Value:
        """Factors from the side on which a vector keeps the parts small; numbers last."""
        coefficient, factors = expr.as_coeff_matrices()
        order = factors[::-1] if factors[-1].shape[1] == 1 else factors
        result, shape = self.value(order[0]), order[0].shape
        for factor in order[1:]:
            if order is factors:
                result, shape = self._times(result, shape, self.value(factor), factor.shape)
            else:
                result, shape = self._times(self.value(factor), factor.shape, result, shape)
        if coefficient == 1:
            return result
        return self.algebra.apply("mul", Value(self.scalar(coefficient), ()), result)

    def _times(self, left: Value, a: Any, right: Value, b: Any) -> tuple[Value, Any]:
        shape = (a[0], b[1])
        if not left.axes or not right.axes:
            return self.algebra.apply("mul", left, right), shape
        if a[1] == 1:  # a column times a row
            return self.algebra.outer(left, right), shape
        return self.algebra.matmul(left, right), shape
