"""Taylor polynomials at an exact point."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sympy

from hessmath.errors import InputError
from hessmath.symbolic.derivatives import partial


@dataclass(frozen=True)
class Taylor:
    """f(x) = polynomial + O(‖x − point‖^(order + 1)) near the point.

    ``exact`` says that f is that polynomial, so nothing is left out.
    """

    polynomial: sympy.Expr
    variables: tuple[sympy.Symbol, ...]
    point: tuple[sympy.Expr, ...]
    order: int
    exact: bool

    @property
    def remainder_order(self) -> int | None:
        """The order of what is left out in ‖x − point‖; None when nothing is."""
        return None if self.exact else self.order + 1

    def _repr_latex_(self) -> str:
        rest = "" if self.exact else rf" + O(\|x - p\|^{{{self.order + 1}}})"
        return f"$\\displaystyle {sympy.latex(self.polynomial)}{rest}$"


def taylor(expr: sympy.Expr, variables: Sequence[sympy.Symbol], point: Sequence[sympy.Expr], order: int = 2) -> Taylor:
    """The Taylor polynomial Σ_{|α| ≤ order} ∂^α f(p) (x − p)^α / α!.

    Raises
    ------
    InputError
        If the order is not a nonnegative integer, or a derivative is not defined at the point.

    Notes
    -----
    Computes binomial(n + order, order) derivatives, each from one of lower order.

    References
    ----------
    Apostol (1974), Mathematical Analysis, 2nd ed., section 12.14.

    Examples
    --------
    >>> from sympy.abc import x, y
    >>> taylor(sympy.exp(x) * y, (x, y), (0, 1), 1).polynomial
    x + y
    """
    if not isinstance(order, int) or isinstance(order, bool) or order < 0:
        raise InputError(f"The order of a Taylor polynomial is 0, 1, 2, …, but this is {order!r}.")
    variables, point = tuple(variables), tuple(sympy.S.One * p for p in point)
    values = dict(zip(variables, point, strict=True))
    total = sympy.S.Zero
    for powers, derivative in _derivatives(expr, variables, order):
        value = derivative.subs(values, simultaneous=True)
        if value.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
            where = ", ".join(f"{x} = {p}" for x, p in values.items())
            raise InputError(f"The formula has no Taylor polynomial of order {order} at {where}.")
        factors = [(x - p) ** k / math.factorial(k) for x, p, k in zip(variables, point, powers, strict=True)]
        total += value * sympy.Mul(*factors)
    exact = bool(expr.is_polynomial(*variables)) and sympy.Poly(expr, *variables).total_degree() <= order
    return Taylor(sympy.expand(total), variables, point, order, exact)


def _derivatives(
    expr: sympy.Expr, variables: tuple[sympy.Symbol, ...], order: int
) -> Iterator[tuple[tuple[int, ...], sympy.Expr]]:
    """Every partial derivative up to the order, with its multi-index; each multi-index once."""
    level = {(0,) * len(variables): expr}
    for degree in range(order + 1):
        yield from level.items()
        if degree == order:
            return
        following: dict[tuple[int, ...], sympy.Expr] = {}
        for powers, derivative in level.items():
            for i, x in enumerate(variables):
                raised = (*powers[:i], powers[i] + 1, *powers[i + 1 :])
                if raised not in following:
                    following[raised] = partial(derivative, x)
        level = following
