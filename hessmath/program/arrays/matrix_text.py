"""Matrix expressions as text on one line."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

Expr = Any


class _Printer(StrPrinter):
    """Functions of entries as exp(x), products entry by entry as A∘B, vectors of ones as 1."""

    def _print_ElementwiseApplyFunction(self, expr: Expr) -> str:
        (argument,) = expr.function.signature
        return self._print(expr.function.expr.xreplace({argument: sympy.Symbol(self._print(expr.expr))}))

    def _print_HadamardProduct(self, expr: Expr) -> str:
        return "∘".join(self.parenthesize(arg, PRECEDENCE["Pow"]) for arg in expr.args)

    def _print_MatMul(self, expr: Expr) -> str:
        number, matrices = expr.as_coeff_matrices()
        sign, number = ("-", -number) if number.could_extract_minus_sign() else ("", number)
        first = [] if number == 1 else [f"({self._print(number)})" if number.is_Add else self._print(number)]
        return sign + "*".join([*first, *(self.parenthesize(each, PRECEDENCE["Mul"]) for each in matrices)])

    def _print_DiagMatrix(self, expr: Expr) -> str:
        return f"diag({self._print(expr.args[0])})"

    def _print_DiagonalOf(self, expr: Expr) -> str:
        return f"diagonal({self._print(expr.arg)})"

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
