"""Formulas with numbers for sizes and indices written out: sums term by term, matrices entry by entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

Expr = Any


def written_out(formula: Expr, values: Mapping[Expr, Expr], inputs: Sequence[Expr]) -> Expr:
    """The formula in the entries of its arrays; a matrix expression gives a matrix.

    Parameters
    ----------
    values : integers for sizes and indices
    inputs : the IndexedBase of every array, which a MatrixSymbol of the same name stands for

    Examples
    --------
    >>> n, i = sympy.symbols("n i", integer=True)
    >>> x = sympy.IndexedBase("x")
    >>> written_out(sympy.Sum(i * x[i], (i, 1, n)), {n: sympy.Integer(3)}, [x])
    x[1] + 2*x[2] + 3*x[3]
    """
    arrays = {base.label.name: base.xreplace(dict(values)) for base in inputs if isinstance(base, sympy.IndexedBase)}
    return _Writing(arrays).of(formula.xreplace(dict(values)))


class _Writing:
    def __init__(self, arrays: Mapping[str, Expr]) -> None:
        self.arrays = arrays
        self._matrices: dict[Expr, Expr] = {}

    def of(self, formula: Expr) -> Expr:
        if isinstance(formula, sympy.MatrixExpr):
            return self.matrix(formula)
        match formula:
            case sympy.Indexed() | sympy.Atom():
                return formula
            case sympy.Sum() | sympy.Product():
                return self._range(formula)
            case MatrixElement():
                return self.matrix(formula.parent)[int(formula.i), int(formula.j)]
            case sympy.Determinant():
                return self.matrix(formula.arg).det(method="berkowitz")
            case sympy.Trace():
                return self.matrix(formula.arg).trace()
            case _:
                return formula.func(*map(self.of, formula.args))

    def _range(self, formula: Expr) -> Expr:
        """A sum or product over numbers; a reversed range means what SymPy takes it to mean."""
        index, low, high = formula.limits[-1]
        inner = formula.func(formula.function, *formula.limits[:-1]) if len(formula.limits) > 1 else formula.function
        is_reversed = int(high) < int(low) - 1
        places = range(int(high) + 1, int(low)) if is_reversed else range(int(low), int(high) + 1)
        terms = [self.of(inner.xreplace({index: sympy.Integer(place)})) for place in places]
        if isinstance(formula, sympy.Sum):
            return -sympy.Add(*terms) if is_reversed else sympy.Add(*terms)
        return 1 / sympy.Mul(*terms) if is_reversed else sympy.Mul(*terms)

    def matrix(self, formula: Expr) -> Expr:
        """The explicit matrix."""
        if formula not in self._matrices:
            self._matrices[formula] = self._matrix(formula)
        return self._matrices[formula]

    def _matrix(self, formula: Expr) -> Expr:  # one case per kind of matrix expression
        shape = [int(size) for size in formula.shape]
        match formula:
            case sympy.MatrixSymbol():
                base = self.arrays[formula.name]
                one = shape[1] == 1 and len(base.shape or (1,)) == 1
                return sympy.ImmutableMatrix(*shape, lambda r, c: base[int(r)] if one else base[int(r), int(c)])
            case sympy.FunctionMatrix():
                entry = formula.lamda
                return sympy.ImmutableMatrix(*shape, lambda r, c: self.of(entry(r, c)))
            case sympy.MatMul():
                product = self.of(formula.args[0])
                for factor in formula.args[1:]:
                    product = product * self.of(factor)
                return product
            case sympy.MatAdd():
                total, *others = (self.matrix(term) for term in formula.args)
                for term in others:
                    total = total + term
                return total
            case sympy.Transpose():
                return self.matrix(formula.arg).T
            case sympy.Inverse():
                matrix = self.matrix(formula.arg)
                return matrix.adjugate() / matrix.det(method="berkowitz")
            case sympy.HadamardProduct():
                first, *others = (self.matrix(factor) for factor in formula.args)
                for factor in others:
                    first = first.multiply_elementwise(factor)
                return first
            case sympy.HadamardPower():
                return self.matrix(formula.base).applyfunc(lambda entry: entry**formula.exp)
            case ElementwiseApplyFunction():
                return self.matrix(formula.expr).applyfunc(formula.function)
            case sympy.DiagMatrix():
                column = self.matrix(formula.args[0])
                return sympy.ImmutableMatrix(*shape, lambda r, c: column[r] if r == c else 0)
            case sympy.DiagonalOf():
                matrix = self.matrix(formula.arg)
                return sympy.ImmutableMatrix(shape[0], 1, lambda r, _: matrix[r, r])
            case _:  # identities, ones and zeros
                return sympy.ImmutableMatrix(formula.as_explicit())
