"""Slips of exercises on derivatives: a rule applied wrongly, cross terms forgotten, the wrong point.

``entries`` gives, for one entry of a gradient, Jacobian or Hessian, what one wrong rule makes of it; the rest are
slips of the whole answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import sympy

from hessmath.errors import HessmathError
from hessmath.grading import problems
from hessmath.grading.derivative_slips import slipped
from hessmath.grading.kinds.kind import Problem, Slip

Named = tuple[str, sympy.Expr]


def of_partial_derivative(problem: Problem, i: int, j: int) -> list[Named]:
    """What one wrong rule makes of the derivative in the field "variable"."""
    variable = problem.symbols[str(problem.data.get("variable", next(iter(problem.symbols))))]
    return _at_point(problem, slipped(problems.expression(problem, "function"), variable))


def of_gradient(problem: Problem, i: int, j: int) -> list[Named]:
    """What one wrong rule makes of entry i (or j, of a row) of ∇f."""
    return _at_point(problem, slipped(problems.expression(problem, "function"), problem.variables[max(i, j)]))


def of_jacobian(problem: Problem, i: int, j: int) -> list[Named]:
    """What one wrong rule makes of ∂fᵢ/∂xⱼ."""
    return _at_point(problem, slipped(problems.vector(problem, "map")[i], problem.variables[j]))


def of_hessian(problem: Problem, i: int, j: int) -> list[Named]:
    """What one wrong rule, in the first or in the second derivative, makes of ∂²f/∂xᵢ∂xⱼ."""
    f, (x, y) = problems.expression(problem, "function"), (problem.variables[i], problem.variables[j])
    second = slipped(sympy.diff(f, x), y)
    first = [(name, sympy.diff(value, y)) for name, value in slipped(f, x)]
    return _at_point(problem, second + first)


def _at_point(problem: Problem, named: Sequence[Named]) -> list[Named]:
    if "point" not in problem.data:
        return list(named)
    values = dict(zip(problem.variables, problems.vector(problem, "point"), strict=False))
    return [(name, value.xreplace(values)) for name, value in named]


def _cross_terms_lost(problem: Problem, truth: Any) -> Iterator[Any]:
    if isinstance(truth, sympy.MatrixBase) and truth.is_square and not truth.is_diagonal():
        yield sympy.ImmutableDenseMatrix(sympy.diag(*truth.diagonal()))


def _cross_terms_twice(problem: Problem, truth: Any) -> Iterator[Any]:
    if isinstance(truth, sympy.MatrixBase) and truth.is_square and not truth.is_diagonal():
        D = sympy.diag(*truth.diagonal())
        yield sympy.ImmutableDenseMatrix(2 * truth - D)
        yield sympy.ImmutableDenseMatrix((truth + D) / 2)


def _elsewhere(problem: Problem, truth: Any) -> Iterator[Any]:
    """The truth at another point: coordinates exchanged, a sign lost, the origin, or no point put in at all."""
    from hessmath.grading.kinds import KINDS

    if "point" not in problem.data:
        return
    point = list(problems.vector(problem, "point"))
    others: list[list[sympy.Expr]] = []
    for i, j in combinations(range(len(point)), 2):
        swapped = list(point)
        swapped[i], swapped[j] = point[j], point[i]
        others.append(swapped)
    others += [[-c if k == i else c for k, c in enumerate(point)] for i in range(len(point)) if point[i] != 0]
    others += [[-c for c in point], [sympy.S.Zero] * len(point), list(problem.variables)]
    for other in others:
        if other == point:
            continue
        data = {**problem.data, "point": [str(c) for c in other]}
        try:
            yield KINDS[problem.kind].truth(Problem(problem.kind, data, problem.symbols, problem.options))
        except (HessmathError, ArithmeticError, ValueError):
            continue


def _not_normalised(problem: Problem, truth: Any) -> Iterator[Any]:
    if isinstance(truth, sympy.Expr) and "direction" in problem.data:
        v = problems.vector(problem, "direction")
        length = sympy.sqrt(v.dot(v))
        if length not in (0, 1):
            yield sympy.expand(truth * length)
            yield sympy.expand(truth * length**2)


def _factorials_lost(problem: Problem, truth: Any) -> Iterator[Any]:
    """A Taylor polynomial without 1/k!."""
    if isinstance(truth, sympy.Expr) and "point" in problem.data:
        h = [sympy.Dummy(f"h{i}") for i in range(len(problem.variables))]
        point = problems.vector(problem, "point")
        moved = dict(zip(problem.variables, (p + d for p, d in zip(point, h, strict=True)), strict=True))
        polynomial = sympy.Poly(truth.xreplace(moved), *h)
        back = {d: v - p for d, v, p in zip(h, problem.variables, point, strict=True)}
        terms = (
            c * sympy.factorial(sum(powers)) * sympy.Mul(*(d**k for d, k in zip(h, powers, strict=True)))
            for powers, c in polynomial.terms()
        )
        yield sympy.Add(*terms).xreplace(back)


CROSS_TERMS = (Slip("cross_terms_lost", _cross_terms_lost), Slip("cross_terms_twice", _cross_terms_twice))
WRONG_POINT = (Slip("wrong_point", _elsewhere),)
DIRECTION = (Slip("not_normalised", _not_normalised),)
TAYLOR = (Slip("factorials_lost", _factorials_lost),)
