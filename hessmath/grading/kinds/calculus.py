"""Kinds of multivariable calculus: the truth is derived from the function, field or map of the problem."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from math import factorial
from types import MappingProxyType
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading import answers, problems
from hessmath.grading.answers import UNITS, Manner, Reading, Scalar, Value
from hessmath.grading.grade import Judgement, Message, Verdict
from hessmath.grading.kinds import calculus_slips as slipped
from hessmath.grading.kinds.arrays import judge_matrix, judge_vector
from hessmath.grading.kinds.expressions import judge_expression
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.partials import gradient_of_parts, hessian_of_parts
from hessmath.grading.prose import MAX_LENGTH

MAX_ORDER = 12

Judge = Callable[[Problem, Any, Value], Judgement]
Entries = Callable[[Problem, int, int], Sequence[tuple[str, sympy.Expr]]]


def _read_gradient(problem: Problem, answer: Any) -> Reading:
    """A vector, also as a table by variables."""
    if isinstance(answer, Mapping):
        answer = gradient_of_parts(answer, list(problem.symbols)) or answer
    return answers.read(answer, problem.symbols, Manner.of(problem.options, problem.kind))


def _read_hessian(problem: Problem, answer: Any) -> Reading:
    """A matrix, also as a list of second derivatives."""
    text = answer
    if isinstance(answer, Mapping):
        text = ", ".join(f"{name} = {value}" for name, value in answer.items())
    if isinstance(text, str):
        answer = hessian_of_parts(text, list(problem.symbols)) or answer
    return answers.read(answer, problem.symbols, Manner.of(problem.options, problem.kind))


_BALANCED = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_REMAINDER = re.compile(
    rf"\s*\+\s*(?:(?:\\mathcal\s*)?\{{?[Oo]\}}?\s*(?:\\left\s*)?{_BALANCED}|R_?\{{?[0-9n]?\}}?(?:{_BALANCED})?"
    r"|\.{2,}|…|⋯|\\[lc]?dots|h\.?\s?o\.?\s?t\.?)\s*\$?\s*\.?\s*$"
)


def _read_series(problem: Problem, answer: Any) -> Reading:
    """A polynomial, without the remainder that somebody writes behind it: + O(x³), + o(x²), + …"""
    if isinstance(answer, str) and len(answer) <= MAX_LENGTH and not {"O", "o", "R", "h"} & set(problem.symbols):
        answer = _REMAINDER.sub("$" if answer.strip().startswith("$") else "", answer)
    return answers.read(answer, problem.symbols, Manner.of(problem.options, problem.kind))


def at_point(problem: Problem, value: Any) -> Any:
    """A derivative, at the point if the problem has one.

    Raises
    ------
    InputError
        If it has no value there.
    """
    if "point" not in problem.data:
        return value
    place = dict(zip(problem.variables, point(problem), strict=True))
    found = value.xreplace(place)
    if found.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
        raise InputError("The derivative has no value at the point of this exercise.")
    return found


def point(problem: Problem, name: str = "point") -> tuple[sympy.Expr, ...]:
    """A field that has one entry for each variable."""
    given = problem.data[name]
    if isinstance(given, int | float | str) and len(problem.variables) == 1:
        entries: Sequence[Any] = (problems.expression(problem, name),)
    else:
        entries = tuple(problems.vector(problem, name))
    if len(entries) != len(problem.variables):
        message = f'The field "{name}" has {len(entries)} entries, but there are {len(problem.variables)} variables.'
        raise InputError(message)
    return tuple(entries)


def _function(problem: Problem) -> sympy.Expr:
    return problems.expression(problem, "function")


def _field(problem: Problem) -> sympy.Matrix:
    found = problems.vector(problem, "field")
    if found.rows != len(problem.variables):
        message = f'The field "field" has {found.rows} entries, but there are {len(problem.variables)} variables.'
        raise InputError(message)
    return found


def _partial(problem: Problem) -> sympy.Expr:
    names = slipped.differentiated_by(problem)
    unknown = [name for name in names if name not in problem.symbols]
    if unknown:
        raise InputError(f'The field "by" names {unknown[0]!r}, which is not a variable.')
    if not 1 <= len(names) <= MAX_ORDER:
        raise InputError(f"Derivatives are taken at most {MAX_ORDER} times.")
    value = _function(problem)
    for name in names:
        value = value.diff(problem.symbols[name])
    return at_point(problem, value)


def _gradient(problem: Problem) -> sympy.Matrix:
    f = _function(problem)
    return at_point(problem, sympy.ImmutableDenseMatrix([f.diff(x) for x in problem.variables]))


def _jacobian(problem: Problem) -> sympy.Matrix:
    rows = problems.vector(problem, "map")
    return at_point(problem, sympy.ImmutableDenseMatrix([[f.diff(x) for x in problem.variables] for f in rows]))


def _hessian(problem: Problem) -> sympy.Matrix:
    f = _function(problem)
    first = [f.diff(x) for x in problem.variables]
    return at_point(problem, sympy.ImmutableDenseMatrix([[g.diff(x) for x in problem.variables] for g in first]))


def _directional(problem: Problem) -> sympy.Expr:
    """∇f·v/‖v‖, or ∇f·v when ``unit`` is false."""
    v = sympy.ImmutableDenseMatrix(point(problem, "direction"))
    length = sympy.sqrt(sum(c**2 for c in v))
    if length == 0:
        raise InputError('The field "direction" is 0, which is no direction.')
    slope = sum(d * c for d, c in zip(_gradient(problem), v, strict=True))
    return slope / length if problem.data.get("unit", True) else slope


def _divergence(problem: Problem) -> sympy.Expr:
    entries = zip(_field(problem), problem.variables, strict=True)
    return at_point(problem, sympy.Add(*(f.diff(x) for f, x in entries)))


def _laplacian(problem: Problem) -> sympy.Expr:
    f = _function(problem)
    return at_point(problem, sympy.Add(*(f.diff(x, 2) for x in problem.variables)))


def _curl(problem: Problem) -> Any:
    f, x = _field(problem), problem.variables
    if len(x) == 2:
        return at_point(problem, f[1].diff(x[0]) - f[0].diff(x[1]))
    if len(x) != 3:
        raise InputError(f"A curl needs 2 or 3 variables, but there are {len(x)}.")
    entries = [f[(i + 2) % 3].diff(x[(i + 1) % 3]) - f[(i + 1) % 3].diff(x[(i + 2) % 3]) for i in range(3)]
    return at_point(problem, sympy.ImmutableDenseMatrix(entries))


def _judge_curl(problem: Problem, truth: Any, answer: Value) -> Judgement:
    judge = judge_vector if isinstance(truth, sympy.MatrixBase) else judge_expression
    units = set(map(str, answer.value.free_symbols)) & set(UNITS) if isinstance(answer, Scalar) else set()
    if isinstance(truth, sympy.MatrixBase) and isinstance(answer, Scalar) and not units - problem.symbols.keys():
        fields = {"what": "The curl", "needed": str(truth.rows), "given": "1"}
        return Judgement(Verdict.WRONG, messages=(Message("wrong_shape", fields),))
    return judge(problem, truth, answer)


def _taylor(problem: Problem) -> sympy.Expr:
    """Σ over |α| ≤ order of ∂^α f(a)/α! (x − a)^α, from repeated directional derivatives."""
    order = int(problem.data["order"])
    if not 0 <= order <= MAX_ORDER:
        raise InputError(f'The field "order" is between 0 and {MAX_ORDER}, but it is {order}.')
    centre = dict(zip(problem.variables, point(problem) if "point" in problem.data else _origin(problem), strict=True))
    steps = {x: x - c for x, c in centre.items()}
    derivative: dict[tuple[Any, ...], sympy.Expr] = {(): _function(problem)}
    total = sympy.Integer(0)
    for degree in range(order + 1):
        for path, value in derivative.items():
            found = value.xreplace(centre)
            if found.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
                raise InputError("The function has no Taylor polynomial at the point of this exercise.")
            total += _arrangements(path) * found / factorial(degree) * sympy.prod(steps[x] for x in path)
        derivative = {
            (*path, x): value.diff(x)
            for path, value in derivative.items()
            for x in problem.variables
            if not path or problem.variables.index(path[-1]) <= problem.variables.index(x)
        }
    return sympy.sympify(total, strict=True)


def _arrangements(path: Sequence[Any]) -> int:
    count = factorial(len(path))
    for x in set(path):
        count //= factorial(path.count(x))
    return count


def _origin(problem: Problem) -> tuple[sympy.Expr, ...]:
    return (sympy.Integer(0),) * len(problem.variables)


def _row(
    name: str,
    source: str,
    truth: Callable[[Problem], Any],
    judge: Judge,
    *may: str,
    needs: tuple[str, ...] = (),
    slips: tuple[Slip, ...] = (),
    entries: Entries | None = None,
    synonyms: Mapping[str, str] = MappingProxyType({}),
    read: Callable[[Problem, Any], Reading] | None = None,
) -> Kind:
    every = (*slips, *slipped.WRONG_POINT)
    return Kind(
        *(name, (source, *needs), truth, judge, sympy.latex, ("point", *may), every, entries),
        synonyms=synonyms,
        read=read,
    )


# ---- sums of derivatives, for the slips in one of them ----------------------------------------------------------


def _slope_pieces(problem: Problem) -> list[slipped.Piece]:
    f, v = _function(problem), point(problem, "direction")
    length = sympy.sqrt(sum(c**2 for c in v)) if problem.data.get("unit", True) else sympy.Integer(1)
    return [(f, (x,), c / length) for x, c in zip(problem.variables, v, strict=True)]


def _divergence_pieces(problem: Problem) -> list[slipped.Piece]:
    return [(f, (x,), sympy.S.One) for f, x in zip(_field(problem), problem.variables, strict=True)]


def _laplacian_pieces(problem: Problem) -> list[slipped.Piece]:
    return [(_function(problem), (x, x), sympy.S.One) for x in problem.variables]


def _curl_pieces(problem: Problem, i: int) -> list[slipped.Piece]:
    f, x = _field(problem), problem.variables
    j, k = ((i + 1) % 3, (i + 2) % 3) if len(x) == 3 else (0, 1)
    return [(f[k], (x[j],), sympy.S.One), (f[j], (x[k],), sympy.S.NegativeOne)]


def _curl_with_plus(problem: Problem, truth: Any) -> Iterator[Any]:
    sums = [
        sympy.Add(*(f.diff(*by) for f, by, _ in _curl_pieces(problem, i)))
        for i in range(len(problem.variables) * 2 - 3)
    ]
    value = at_point(problem, sympy.ImmutableDenseMatrix(sums) if len(sums) > 1 else sums[0])
    if value != -truth:
        yield value


def _divergence_instead(problem: Problem, truth: Any) -> Iterator[Any]:
    yield _divergence(problem)


def _mixed_derivatives_added(problem: Problem, truth: Any) -> Iterator[Any]:
    f, pairs = _function(problem), combinations(problem.variables, 2)
    mixed = at_point(problem, sympy.Add(*(f.diff(x, y) for x, y in pairs)))
    yield from (truth + mixed, truth + 2 * mixed)


CURL = (
    Slip("added_not_subtracted", _curl_with_plus),
    Slip("divergence_instead", _divergence_instead),
)
LAPLACIAN = (Slip("mixed_derivatives_added", _mixed_derivatives_added), *slipped.of_sum(_laplacian_pieces))

ROWS = (
    _row(
        *("partial_derivative", "function", _partial, judge_expression, "by", "variable", "wrt", "order"),
        entries=slipped.of_partial_derivative,
    ),
    _row("gradient", "function", _gradient, judge_vector, entries=slipped.of_gradient, read=_read_gradient),
    _row("jacobian", "map", _jacobian, judge_matrix, entries=slipped.of_jacobian),
    _row(
        *("hessian", "function", _hessian, judge_matrix),
        slips=slipped.CROSS_TERMS,
        entries=slipped.of_hessian,
        read=_read_hessian,
    ),
    _row(
        *("directional_derivative", "function", _directional, judge_expression, "unit"),
        needs=("direction",),
        synonyms={"vector": "direction"},
        slips=(*slipped.DIRECTION, *slipped.of_sum(_slope_pieces)),
    ),
    _row("divergence", "field", _divergence, judge_expression, slips=slipped.of_sum(_divergence_pieces)),
    _row("laplacian", "function", _laplacian, judge_expression, slips=LAPLACIAN),
    _row("curl", "field", _curl, _judge_curl, slips=CURL, entries=slipped.of_vector_of_sums(_curl_pieces)),
    _row(
        *("taylor", "function", _taylor, judge_expression),
        needs=("order",),
        slips=slipped.TAYLOR,
        read=_read_series,
    ),
)
