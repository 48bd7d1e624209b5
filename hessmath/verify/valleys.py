"""The curve along which the gradient in all variables but one vanishes, as far as its coefficients are rational.

With H the Hessian in the other variables y, each Newton step y ← y − H⁻¹∇_y f adds a term of y(t).  The checker's own
expansions are used; it checks the curve that is found anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from hessmath.verify.kernel import Rejected
from hessmath.verify.kernel.algebra import known
from hessmath.verify.kernel.critical import along
from hessmath.verify.kernel.entries import reduce_rows
from hessmath.verify.kernel.scalar import Scalar, rational_matrix
from hessmath.verify.kernel.slopes import derivative
from hessmath.verify.kernel.trees import make

DEGREE = 6
"""The largest power of t in the curve."""


def valley(written: Any, kept: str) -> Iterator[list[list[str]]]:
    """Curves to try, with more and more terms."""
    try:
        scalar = Scalar(written, "point classification")
        values = scalar.coordinates(written["point"])
        others = [x for x in scalar.variables if x.value != kept]
        first = [make("gradient", scalar.f, x) for x in others]
        block = make("block", *(make("row", *(make("gradient", g, x) for x in others)) for g in first))
        hessian = rational_matrix(scalar.point(values), block)
        if len(reduce_rows(hessian)[1]) < len(others):
            return
        curve: dict[str, list[Fraction]] = {str(x.value): [] for x in others}
        for degree in range(1, DEGREE + 1):
            listed = [curve.get(name, [Fraction(1)]) for name in scalar.names]
            if degree > 1:
                yield [[str(c) for c in part] for part in listed]
            near = along(scalar, values, listed)
            branch = near.branch(scalar.f)
            slopes = [near.value(derivative(branch, str(x.value))) for x in others]
            term = ((), Fraction(degree), Fraction(0))
            residual = [known(slope.terms.get(term, {})) for slope in slopes]
            numbers = [c for c in residual if c is not None]
            if len(numbers) < len(others):
                return
            step = _solved(hessian, numbers)
            for x, c in zip(others, step, strict=True):
                curve[str(x.value)].append(-c)
            if degree > 1 and any(step):
                yield [[str(c) for c in curve.get(name, [Fraction(1)])] for name in scalar.names]
    except Rejected:
        return


def _solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    return [row[-1] for row in reduce_rows(rows)[0]]
