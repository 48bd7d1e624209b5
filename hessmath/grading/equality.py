"""Whether two expressions are one function on a domain."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy

from hessmath.grading.grade import Judgement, Message, Verdict
from hessmath.symbolic.constants import is_zero

POINTS = 20
"""How many rational points are looked at for a difference."""


def equal(answer: sympy.Expr, truth: sympy.Expr, variables: Sequence[sympy.Symbol], domain: str = "real") -> Judgement:
    """Right if the difference is 0 as a rational function, wrong if it is not 0 at an exact point."""
    difference = sympy.together(answer - truth)
    if sympy.expand(difference.as_numer_denom()[0]) == 0:
        return Judgement(Verdict.RIGHT, Fraction(1))
    for k in range(POINTS):
        point = {v: sympy.Rational(3 * k + 2 * i + 1, i + k + 2) for i, v in enumerate(variables)}
        if is_zero(difference.xreplace(point)) is False:
            where = {str(v): str(value) for v, value in point.items()}
            return Judgement(
                Verdict.WRONG,
                messages=(
                    Message(
                        "differs_at_point", {"point": ", ".join(f"{name} = {value}" for name, value in where.items())}
                    ),
                ),
                where=where,
            )
    return Judgement(Verdict.UNDECIDED)
