"""Products, sums and transposes of SymPy's matrix expressions, by our own rules.

SymPy's ``doit`` and ``.T`` would write every 1 × 1 product out as a sum; here the parts stay as they are.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

Expr = Any


def times(*factors: Expr) -> Expr:
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
    return (
        matrices[0]
        if number == 1 and len(matrices) == 1
        else sympy.MatMul(*(sympy.Mul.make_args(number) if number != 1 else ()), *matrices)
    )


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
    return common, sympy.MatAdd(*(times(factor / common, rest) for factor, rest in split))


def transposed(matrix: Expr) -> Expr:
    """The transpose, its parts untouched."""
    match matrix:
        case sympy.MatMul():
            factor, matrices = matrix.as_coeff_matrices()
            return times(factor, *(transposed(each) for each in reversed(matrices)))
        case sympy.MatAdd():
            return plus(*map(transposed, matrix.args))
        case sympy.HadamardProduct():
            return sympy.HadamardProduct(*map(transposed, matrix.args))
        case sympy.HadamardPower():
            return sympy.HadamardPower(transposed(matrix.base), matrix.exp)
        case sympy.Identity() | sympy.DiagMatrix():
            return matrix
        case sympy.Transpose():
            return matrix.arg
        case sympy.OneMatrix():
            return sympy.OneMatrix(matrix.cols, matrix.rows)
        case ElementwiseApplyFunction():
            return ElementwiseApplyFunction(matrix.function, transposed(matrix.expr))
        case _:
            return sympy.Transpose(matrix)


def plus(*terms: Expr) -> Expr:
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
    parts = [times(factor, rest) for rest, factor in total.items() if factor != 0]
    if not parts:
        return sympy.ZeroMatrix(*terms[0].shape)
    return parts[0] if len(parts) == 1 else sympy.MatAdd(*parts)


def diagonal(column: Expr) -> Expr:
    """The diagonal matrix, its number in front."""
    factor, rest = _factored(column)
    return times(factor, sympy.DiagMatrix(rest))


def _factored(matrix: Expr) -> tuple[Expr, Expr]:
    """(number, matrix)."""
    if not isinstance(matrix, sympy.MatMul):
        return sympy.Integer(1), matrix
    factor, matrices = matrix.as_coeff_matrices()
    return factor, matrices[0] if len(matrices) == 1 else sympy.MatMul(*matrices)


def number_in(*factors: Expr) -> Expr:
    """The entry of a 1 × 1 matrix."""
    factor, rest = _factored(times(*factors))
    return factor * MatrixElement(rest, 0, 0)


def total(column: Expr) -> Expr:
    """The sum of a column's entries."""
    factor, rest = _factored(column)
    match rest:
        case sympy.MatAdd():
            return factor * sympy.Add(*(total(part) for part in rest.args))
        case sympy.HadamardProduct():
            first, *others = rest.args
            return factor * number_in(transposed(first), *([sympy.HadamardProduct(*others)] if others[1:] else others))
        case sympy.HadamardPower() if rest.exp == 2:
            return factor * number_in(transposed(rest.base), rest.base)
        case sympy.DiagonalOf():
            return factor * sympy.Trace(rest.arg)
        case _:
            return factor * number_in(sympy.OneMatrix(1, rest.rows), rest)


def grand_total(matrix: Expr) -> Expr:
    """The sum of a matrix's entries: uᵀMv for (u·vᵀ) ∘ M, tr(AᵀB) for A ∘ B."""
    factor, rest = _factored(matrix)
    match rest:
        case sympy.MatAdd():
            return factor * sympy.Add(*(grand_total(part) for part in rest.args))
        case sympy.HadamardProduct() if len(rest.args) == 2:
            for outer, inner in (rest.args, rest.args[::-1]):
                if isinstance(outer, sympy.MatMul) and len(outer.args) == 2 and outer.args[0].cols == 1:
                    left, right = outer.args
                    return factor * number_in(transposed(left), inner, transposed(right))
            return factor * sympy.Trace(times(transposed(rest.args[0]), rest.args[1]))
        case sympy.HadamardPower() if rest.exp == 2:
            return factor * sympy.Trace(times(transposed(rest.base), rest.base))
        case _:
            return factor * number_in(sympy.OneMatrix(1, rest.rows), rest, sympy.OneMatrix(rest.cols, 1))


def hadamard(a: Expr, b: Expr) -> Expr:
    """a ∘ b with the numbers in front."""
    c, left = _factored(a)
    d, right = _factored(b)
    return times(c * d, sympy.HadamardProduct(left, right))
