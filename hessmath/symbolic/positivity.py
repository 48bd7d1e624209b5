"""Signs of polynomials that have no real root."""

from __future__ import annotations

from typing import Any

import flint


def never_zero_sign(p: Any, position: int) -> int | None:
    """The sign of a polynomial in one variable that has no real root; None if it has one.

    ``position`` is the place of the variable among the generators of p.
    """
    coefficients = [0] * (int(p.degrees()[position]) + 1)
    for monomial, coefficient in p.terms():
        coefficients[int(monomial[position])] = int(coefficient)
    if len(coefficients) % 2 == 0 or len(coefficients) > 41:
        return None
    roots = flint.fmpz_poly(coefficients).complex_roots()
    if any(root.imag.contains(0) for root, _ in roots):
        return None
    return 1 if coefficients[-1] > 0 else -1
