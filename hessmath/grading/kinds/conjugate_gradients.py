"""The kind `cg_iterates`: the iterates of conjugate gradients as exact numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.exact import Number, Table, reciprocal, times, vanishes
from hessmath.grading.judging import decided, whole_number
from hessmath.grading.kinds.data import square, symmetric, vector
from hessmath.grading.kinds.iterates import (
    ITERATE_SLIPS,
    MAX_BITS,
    Iterates,
    bits,
    entries_of,
    judge_iterates,
    show_iterates,
)
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.matrices import read_words
from hessmath.grading.kinds.plain import plain
from hessmath.grading.kinds.spectrum import dot
from hessmath.symbolic.surds import Surd


def _cg(problem: Problem) -> Iterates:
    A = symmetric(problem)
    n = A.shape[0]
    start = vector(problem, "point", n) if "point" in problem.data else Table.of(sympy.zeros(n, 1))
    points = conjugate_gradients(A, vector(problem, "vector", n), start, whole_number(problem, "count", n, 20))
    if not points:
        raise InputError("The start solves the system already; choose another one.")
    return Iterates(start, points)


Numbers = Callable[[Number, Number], Number]


def _quotient(a: Number, b: Number) -> Number:
    return times(a, reciprocal(b))


def conjugate_gradients(
    A: Table, b: Table, x: Table, count: int, alpha: Numbers = _quotient, beta: Numbers = _quotient
) -> tuple[Table, ...]:
    """The iterates of Hestenes and Stiefel until the residual is 0.

    ``alpha`` makes the step length of rᵀr and pᵀAp, ``beta`` the share of the old direction of the squared lengths
    of the new and the old residual: quotients, or what a mistake makes of them.
    """
    r = b - A @ x
    p = r
    points: list[Table] = []
    while len(points) < count and r.nonzero() is not None:
        curvature = dot(p, A @ p)
        if vanishes(curvature):
            raise InputError(f"Step {len(points) + 1} is not defined: p^T A p = 0.")
        length = alpha(dot(r, p), curvature)
        x = x + p.scaled(length)
        following = r - (A @ p).scaled(length)
        if following.nonzero() is not None:
            p = following + p.scaled(beta(dot(following, following), dot(r, r)))
        r = following
        points.append(x)
        if bits(x) > MAX_BITS:
            raise InputError(f"Iterate {len(points)} has numbers of more than {MAX_BITS} bits; ask for fewer.")
    return tuple(points)


def _cg_slip(**change: Numbers) -> Any:
    def answers(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
        A = square(problem)
        b = vector(problem, "vector", A.shape[0])
        yield replace(truth, points=conjugate_gradients(A, b, truth.start, len(truth.points), **change))

    return answers


def _upwards(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    """Steps x − αp, with the residuals of the right steps."""
    if truth.start.nonzero() is None:
        return  # from 0 this is the sign of the right-hand side
    points, before = [truth.start], truth.start
    for x in truth.points:
        points.append(points[-1] - (x - before))
        before = x
    yield replace(truth, points=tuple(points[1:]))


def _right_side_negated(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    A = square(problem)
    b = vector(problem, "vector", A.shape[0]).scaled(Surd.rational(-1))
    yield replace(truth, points=conjugate_gradients(A, b, truth.start, len(truth.points)))


CG = Kind(
    "cg_iterates",
    ("matrix", "vector"),
    _cg,
    decided(judge_iterates),
    show_iterates,
    may=("point", "count"),
    answer=lambda truth: plain(truth.points),
    slips=(
        Slip("steepest_descent_instead", _cg_slip(beta=lambda a, b: Surd.rational(0))),
        Slip("sign_of_beta", _cg_slip(beta=lambda a, b: -_quotient(a, b))),
        Slip("beta_upside_down", _cg_slip(beta=lambda a, b: _quotient(b, a))),
        Slip("alpha_upside_down", _cg_slip(alpha=lambda a, b: _quotient(b, a))),
        Slip("minus_lost", _upwards),
        Slip("sign_of_the_right_side", _right_side_negated),
        *ITERATE_SLIPS,
    ),
    read=read_words,
    entries=entries_of,
)

ROWS = (CG,)
