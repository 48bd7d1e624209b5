"""Where a formula is differentiable: what stands in the way at one exact point.

Composite formulas of smooth functions are smooth where they are defined; trouble comes from kinks (Abs, sign, Max,
Min, Heaviside, Piecewise) whose switching argument is zero at the point, and from functions at the edge of their domain
(√ and fractional powers at 0, log at 0, asin and acos at ±1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy

from hessmath.symbolic.constants import sign


def obstacle(expr: sympy.Expr, values: Mapping[sympy.Symbol, sympy.Expr], order: int = 1) -> str | None:
    """Why the formula need not have derivatives of the given order at the point, in one sentence, or None.

    None is a proof where every parameter has a value: near the point the formula is a composition of smooth functions.
    What depends on parameters without a value is not looked at.  A reason is a proof too where
    the kink acts alone (Abs(x) at 0); where a smooth factor may cancel it (x*Abs(x)) the first derivative is looked at
    through one-sided limits along the axes.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> obstacle(sympy.Abs(x), {x: sympy.Integer(0)})
    'Abs(x) is not differentiable at x = 0: the one-sided derivatives in x are -1 and 1.'
    >>> obstacle(sympy.Abs(x), {x: sympy.Integer(-2)}) is None
    True
    """
    where = ", ".join(f"{x} = {value}" for x, value in values.items())
    return next((f"{reason}" for reason in _reasons(expr, values, order, where)), None)


def _reasons(expr: sympy.Expr, values: Mapping[sympy.Symbol, sympy.Expr], order: int, where: str) -> Iterator[str]:
    for part, argument in _switches(expr):
        at = argument.subs(values, simultaneous=True)
        if not at.free_symbols and (sign(at) in (0, None) or not at.is_finite):
            yield _explain(expr, part, values, order, where)
    for part, argument in _edges(expr):
        at = argument.subs(values, simultaneous=True)
        if not at.free_symbols and sign(at) in (0, None):
            yield f"{expr} is not differentiable at {where}: {part} is at the edge of its domain there."


def _switches(expr: sympy.Expr) -> Iterator[tuple[sympy.Expr, sympy.Expr]]:
    """Every kink and the argument whose zero is the kink."""
    for part in sympy.preorder_traversal(expr):
        if isinstance(part, sympy.Abs | sympy.sign | sympy.Heaviside):
            yield part, part.args[0]
        elif isinstance(part, sympy.Max | sympy.Min):
            for i, a in enumerate(part.args):
                for b in part.args[i + 1 :]:
                    yield part, a - b
        elif isinstance(part, sympy.Piecewise):
            for _, condition in part.args:
                for relation in condition.atoms(sympy.core.relational.Relational):
                    yield part, relation.lhs - relation.rhs


def _edges(expr: sympy.Expr) -> Iterator[tuple[sympy.Expr, sympy.Expr]]:
    """Every function that is not smooth where its argument is zero, with that argument."""
    for part in sympy.preorder_traversal(expr):
        if isinstance(part, sympy.Pow) and not part.exp.is_integer and part.base.free_symbols:
            yield part, part.base
        elif isinstance(part, sympy.log | sympy.loggamma):
            yield part, part.args[0]
        elif isinstance(part, sympy.asin | sympy.acos):
            yield part, 1 - part.args[0] ** 2
        elif isinstance(part, sympy.atan2):
            yield part, part.args[0] ** 2 + part.args[1] ** 2


def _explain(
    expr: sympy.Expr, part: sympy.Expr, values: Mapping[sympy.Symbol, sympy.Expr], order: int, where: str
) -> str:
    t = sympy.Symbol("t", positive=True)
    if order == 1 and not expr.has(sympy.Piecewise):
        for x in values:
            sides = []
            for direction in (-1, 1):
                moved = {y: value + (direction * t if y == x else 0) for y, value in values.items()}
                quotient = (expr.subs(moved, simultaneous=True) - expr.subs(values, simultaneous=True)) / (
                    direction * t
                )
                sides.append(sympy.limit(quotient, t, 0, "+"))
            if sides[0] != sides[1] and all(side.is_number for side in sides):
                return (
                    f"{expr} is not differentiable at {where}: the one-sided derivatives in {x} are "
                    f"{sides[0]} and {sides[1]}."
                )
    times = "twice differentiable" if order == 2 else "differentiable"
    return f"{expr} cannot be shown to be {times} at {where}: {part} has its kink there."
