"""SymPy expressions: a tape read back as formulas."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.program.interpreting import Values, in_order, interpret, outputs
from hessmath.program.primitives import Primitive
from hessmath.program.tape import Constant, NamedConstant, Tape


def run(tape: Tape, values: Values) -> list[Any]:
    """The outputs as SymPy expressions, for SymPy expressions in place of the inputs."""
    inputs = in_order(tape, values)
    for value in inputs:
        if not isinstance(value, sympy.Expr):
            raise InputError(f"Reading back needs SymPy expressions for the inputs, but got {value!r}.")
    return outputs(tape, interpret(tape, inputs, constant_expression, _apply))


def read_back(tape: Tape, symbols: Sequence[Any]) -> Any:
    """The formula of a tape in these symbols: an expression, a column, a matrix, or an N-d array.

    Examples
    --------
    >>> from hessmath.program import gradient, lower
    >>> x, y = sympy.symbols("x y")
    >>> read_back(gradient(lower(x**2 * y, [x, y])), [x, y])
    Matrix([
    [2*x*y],
    [ x**2]])
    """
    expressions = run(tape, list(symbols))
    if tape.shape == ():
        return expressions[0]
    if len(tape.shape) == 1:
        return sympy.Matrix(len(expressions), 1, expressions)
    if len(tape.shape) == 2:
        return sympy.Matrix(*tape.shape, expressions)
    return sympy.ImmutableDenseNDimArray(expressions, tape.shape)


def constant_expression(constant: Constant) -> Any:
    """An exact constant in SymPy's terms."""
    if isinstance(constant, Fraction):
        return sympy.Rational(constant.numerator, constant.denominator)
    return sympy.pi if constant is NamedConstant.PI else sympy.E


def _apply(row: Primitive, operands: tuple[Any, ...]) -> Any:
    return row.meaning(*operands)
