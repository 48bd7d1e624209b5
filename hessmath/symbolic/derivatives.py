"""Derivatives of SymPy expressions: gradient, Jacobian, Hessian, Hessian-vector product.

Everything is exact.  Where a formula has kinks (Abs, Max, Min, sign, Heaviside, Piecewise) the result is the
derivative away from them; ``smoothness.py`` says what holds at a point.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from hessmath.errors import InputError, NotDifferentiable

Matrix = sympy.ImmutableDenseMatrix
"""Immutable, so that results can be hashed and kept."""


def partial(expr: sympy.Expr, variable: sympy.Symbol) -> sympy.Expr:
    """∂f/∂x away from kinks.

    Raises
    ------
    NotDifferentiable
        If the formula has a function without a known derivative, such as ``floor``.
    """
    derivative = sympy.diff(expr, variable)
    if derivative.has(sympy.DiracDelta):  # lives on the kink itself
        derivative = derivative.replace(sympy.DiracDelta, lambda *_: sympy.S.Zero)
    if derivative.has(sympy.Derivative, sympy.Subs):
        unknown = next(iter(derivative.atoms(sympy.Derivative, sympy.Subs)))
        raise NotDifferentiable(f"{expr} cannot be differentiated: no rule is known for {unknown}.")
    return derivative


def gradient(expr: sympy.Expr, variables: Sequence[sympy.Symbol]) -> sympy.ImmutableDenseMatrix:
    """∇f as a column.

    Parameters
    ----------
    variables : n symbols

    Returns
    -------
    (n, 1) Matrix

    Examples
    --------
    >>> from sympy.abc import x, y
    >>> gradient(x**2*y, (x, y)).T
    Matrix([[2*x*y, x**2]])
    """
    return Matrix(len(variables), 1, [partial(expr, x) for x in variables])


def jacobian(exprs: Sequence[sympy.Expr], variables: Sequence[sympy.Symbol]) -> sympy.ImmutableDenseMatrix:
    """J with row i = ∇fᵢ, shape (m, n).

    Examples
    --------
    >>> from sympy.abc import x, y
    >>> jacobian((x*y, x - y), (x, y))
    Matrix([
    [y,  x],
    [1, -1]])
    """
    return Matrix(len(exprs), len(variables), [partial(f, x) for f in exprs for x in variables])


def hessian(expr: sympy.Expr, variables: Sequence[sympy.Symbol]) -> sympy.ImmutableDenseMatrix:
    """∇²f, shape (n, n); the upper half is computed and mirrored.

    The mirror is right where f is twice differentiable (symmetry of f″).

    Examples
    --------
    >>> from sympy.abc import x, y
    >>> hessian(x**2*y, (x, y))
    Matrix([
    [2*y, 2*x],
    [2*x,   0]])
    """
    first = [partial(expr, x) for x in variables]
    n = len(variables)
    upper = {(i, j): partial(first[i], variables[j]) for i in range(n) for j in range(i, n)}
    return Matrix(n, n, lambda i, j: upper[min(i, j), max(i, j)])


def hvp(
    expr: sympy.Expr, variables: Sequence[sympy.Symbol], direction: Sequence[sympy.Expr]
) -> sympy.ImmutableDenseMatrix:
    """∇²f·v without forming the Hessian: the gradient of ∇f·v, shape (n, 1).

    Examples
    --------
    >>> from sympy.abc import x, y
    >>> hvp(x**2*y, (x, y), (1, 2)).T
    Matrix([[4*x + 2*y, 2*x]])
    """
    v = _direction(variables, direction)
    along = _directional(expr, variables, v)
    return gradient(along, variables)


def directional_second_derivative(
    expr: sympy.Expr, variables: Sequence[sympy.Symbol], direction: Sequence[sympy.Expr]
) -> sympy.Expr:
    """vᵀ∇²f v = d²/dt² f(x + t·v) at t = 0.

    Examples
    --------
    >>> from sympy.abc import x, y
    >>> directional_second_derivative(x**2*y, (x, y), (1, 2))
    8*x + 2*y
    """
    v = _direction(variables, direction)
    return sympy.expand(_directional(_directional(expr, variables, v), variables, v))


def _directional(expr: sympy.Expr, variables: Sequence[sympy.Symbol], v: Sequence[sympy.Expr]) -> sympy.Expr:
    return sympy.Add(*(partial(expr, x) * d for x, d in zip(variables, v, strict=True)))


def _direction(variables: Sequence[sympy.Symbol], direction: Sequence[sympy.Expr]) -> tuple[sympy.Expr, ...]:
    v = tuple(direction)
    if len(v) != len(variables):
        names = ", ".join(map(str, variables))
        raise InputError(f"v has length {len(v)}, but f takes {_count(len(variables))} ({names}).")
    if any(isinstance(d, sympy.Expr) and d.free_symbols & set(variables) for d in v):
        raise InputError("v must not depend on the variables of f.")
    return v


def _count(n: int) -> str:
    return "1 variable" if n == 1 else f"{n} variables"
