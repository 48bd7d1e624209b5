"""Kinds about methods carried out by hand: steps and iterates as exact numbers, and which one goes wrong first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Value
from hessmath.grading.exact import (
    CannotTell,
    Matrix,
    Number,
    Table,
    expression,
    inverse,
    number,
    reciprocal,
    times,
    vanishes,
)
from hessmath.grading.grade import Judgement
from hessmath.grading.judging import choice, compare_entries, decided, right, whole_number, wrong
from hessmath.grading.kinds.calculus_slips import WRONG_POINT
from hessmath.grading.kinds.data import vector
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.matrices import read_words
from hessmath.grading.kinds.plain import plain
from hessmath.grading.kinds.spectrum import dot
from hessmath.grading.problems import expression as field_expression
from hessmath.grading.problems import field as field_value
from hessmath.grading.shapes import Grid, agrees, column, columns, has_decimals
from hessmath.symbolic.derivatives import gradient, hessian
from hessmath.symbolic.surds import Surd

MAX_BITS = 6000
"""Longest number in an iterate."""

Advance = Callable[[Table], Table | None]
"""The next iterate after a point, or None where the step is not defined."""


def _point(problem: Problem) -> Table:
    return vector(problem, "point", len(problem.variables))


def _equations(problem: Problem) -> tuple[sympy.Matrix, sympy.Matrix]:
    """F and its Jacobian: the gradient and Hessian of ``function``, or the ``map`` itself."""
    if ("function" in problem.data) == ("map" in problem.data):
        raise InputError(f'An exercise of kind {problem.kind} needs one of the fields "function" and "map".')
    variables = problem.variables
    if not variables:
        raise InputError("This exercise needs variables.")
    if "function" in problem.data:
        f = field_expression(problem, "function")
        return Matrix(gradient(f, variables)), Matrix(hessian(f, variables))
    F = column(field_value(problem, "map"), 'The field "map"').matrix
    if F.rows != len(variables):
        raise InputError(f'The field "map" must have {len(variables)} components, but it has {F.rows}.')
    return F, F.jacobian(variables)


def _at(M: sympy.Matrix, variables: Sequence[sympy.Symbol], x: Table) -> Table:
    values = {v: expression(e) for v, (e,) in zip(variables, x.rows, strict=True)}
    return Table.of(Matrix(M.xreplace(values)))


def newton_map(F: sympy.Matrix, J: sympy.Matrix, variables: Sequence[sympy.Symbol], damping: Number = None) -> Advance:
    """x ↦ x − (J(x) + λI)⁻¹F(x)."""

    def advance(x: Table) -> Table | None:
        matrix = _at(J, variables, x)
        if damping is not None:
            matrix = matrix + Table.identity(matrix.shape[0]).scaled(damping)
        inverted = inverse(matrix)
        return None if inverted is None else x - inverted @ _at(F, variables, x)

    return advance


def _iterated(advance: Advance, start: Table, count: int) -> tuple[Table, ...]:
    points = [start]
    for k in range(count):
        following = advance(points[-1])
        if following is None:
            raise InputError(f"Step {k + 1} is not defined: the matrix is singular there.")
        if bits(following) > MAX_BITS:
            raise InputError(f"Iterate {k + 1} has numbers of more than {MAX_BITS} bits; ask for fewer iterates.")
        points.append(following)
    return tuple(points[1:])


def bits(x: Table) -> int:
    """The length of the longest number."""
    found = 0
    for _, _, entry in x.entries():
        for c in entry.terms.values() if isinstance(entry, Surd) else ():
            found = max(found, int(c.p).bit_length(), int(c.q).bit_length())
    return found


# ---- one step -------------------------------------------------------------------------------------------------


def _step(problem: Problem, damping: Number = None, sign: int = 1, jacobian_factor: Any = 1) -> Table:
    F, J = _equations(problem)
    x = _point(problem)
    following = newton_map(F, J * jacobian_factor, problem.variables, damping)(x)
    if following is None:
        raise InputError("The step is not defined: the matrix is singular at the point.")
    p = (following - x).scaled(Surd.rational(sign))
    return p if choice(problem, "give", ("step", "point"), "step") == "step" else x + p


def _newton_step(problem: Problem) -> sympy.ImmutableDenseMatrix:
    return _step(problem).matrix


def _judge_vector(problem: Problem, truth: sympy.ImmutableDenseMatrix, answer: Value) -> Judgement:
    return compare_entries(column(answer), Table.of(truth), problem)


def _minus_lost(problem: Problem, truth: Any) -> Iterator[Any]:
    yield _step(problem, _damping(problem), sign=-1).matrix


def _half_hessian(problem: Problem, truth: Any) -> Iterator[Any]:
    for factor in (sympy.Rational(1, 2), sympy.Integer(2)):
        yield _step(problem, _damping(problem), jacobian_factor=factor).matrix


def _point_for_step(problem: Problem, truth: Any) -> Iterator[Any]:
    """The new point where the step is wanted, or the other way round."""
    other = "point" if choice(problem, "give", ("step", "point"), "step") == "step" else "step"
    yield _step(replace(problem, data={**problem.data, "give": other}), _damping(problem)).matrix


def _gradient_step(problem: Problem, truth: Any) -> Iterator[Any]:
    """The matrix left out: −∇f."""
    F, _ = _equations(problem)
    x = _point(problem)
    p = _at(F, problem.variables, x).scaled(Surd.rational(-1))
    yield (p if choice(problem, "give", ("step", "point"), "step") == "step" else x + p).matrix


def _matrix_not_inverted(problem: Problem, truth: Any) -> Iterator[Any]:
    F, J = _equations(problem)
    x = _point(problem)
    p = (_at(J, problem.variables, x) @ _at(F, problem.variables, x)).scaled(Surd.rational(-1))
    yield (p if choice(problem, "give", ("step", "point"), "step") == "step" else x + p).matrix


def _damping(problem: Problem) -> Number:
    return number(field_expression(problem, "damping")) if "damping" in problem.data else None


def _damping_forgotten(problem: Problem, truth: Any) -> Iterator[Any]:
    yield _step(problem).matrix


def _damping_subtracted(problem: Problem, truth: Any) -> Iterator[Any]:
    yield _step(problem, -_damping(problem)).matrix


def _step_with(problem: Problem, change: Callable[[Table], Table | None]) -> Iterator[Any]:
    """−M∇f with what a mistake makes of the inverse of the matrix."""
    F, J = _equations(problem)
    x = _point(problem)
    matrix, damping = _at(J, problem.variables, x), _damping(problem)
    if damping is not None:
        matrix = matrix + Table.identity(matrix.shape[0]).scaled(damping)
    changed = change(matrix)
    if changed is not None:
        p = (changed @ _at(F, problem.variables, x)).scaled(Surd.rational(-1))
        yield (p if choice(problem, "give", ("step", "point"), "step") == "step" else x + p).matrix


def _with_cross_terms(factor: int) -> Any:
    """The entries of the matrix off the diagonal times a factor."""

    def change(matrix: Table) -> Table | None:
        off = matrix.off_diagonal()
        return None if off.nonzero() is None else inverse(matrix - off + off.scaled(Surd.rational(factor)))

    return lambda problem, truth: _step_with(problem, change)


def _adjugate_step(problem: Problem, truth: Any) -> Iterator[Any]:
    """The adjugate in the place of the inverse."""

    def change(matrix: Table) -> Table | None:
        inverted = inverse(matrix)
        return None if inverted is None else inverted.scaled(number(matrix.matrix.det()))

    yield from _step_with(problem, change) if len(problem.variables) > 1 else ()


_STEP_SLIPS = (
    Slip("cross_terms_lost", _with_cross_terms(0)),
    Slip("cross_terms_sign", _with_cross_terms(-1)),
    Slip("not_divided_by_the_determinant", _adjugate_step),
    *WRONG_POINT[:1],
    Slip("minus_lost", _minus_lost),
    Slip("point_and_step_confused", _point_for_step),
    Slip("gradient_step_instead", _gradient_step),
    Slip("matrix_not_inverted", _matrix_not_inverted),
    Slip("factor_two_in_the_hessian", _half_hessian),
)

NEWTON_STEP = Kind(
    "newton_step",
    ("point",),
    _newton_step,
    decided(_judge_vector),
    sympy.latex,
    may=("function", "map", "give"),
    slips=_STEP_SLIPS,
    read=read_words,
)


def _damped_otherwise(change: Callable[[Table, Number], Table]) -> Any:
    """The matrix with the damping in the wrong place."""

    def answers(problem: Problem, truth: Any) -> Iterator[Any]:
        damping = _damping(problem)
        plain_ = replace(problem, data={k: v for k, v in problem.data.items() if k != "damping"})
        yield from _step_with(plain_, lambda matrix: inverse(change(matrix, damping)))

    return answers


def _all_ones(matrix: Table) -> Table:
    return Table.of(sympy.ones(*matrix.shape))


def _corner(matrix: Table) -> Table:
    first = Table.identity(matrix.shape[0]).matrix.as_mutable()
    first[1:, 1:] = sympy.zeros(first.rows - 1)
    return Table.of(first)


def _regularised_step(problem: Problem) -> sympy.ImmutableDenseMatrix:
    return _step(problem, _damping(problem)).matrix


REGULARISED = Kind(
    "regularised_newton_step",
    ("function", "point", "damping"),
    _regularised_step,
    decided(_judge_vector),
    sympy.latex,
    may=("give",),
    slips=(
        Slip("damping_forgotten", _damping_forgotten),
        Slip("damping_subtracted", _damping_subtracted),
        Slip("damping_in_every_entry", _damped_otherwise(lambda H, c: H + _all_ones(H).scaled(c))),
        Slip("damping_in_one_entry", _damped_otherwise(lambda H, c: H + _corner(H).scaled(c))),
        Slip("damping_doubled", _damped_otherwise(lambda H, c: H + Table.identity(H.shape[0]).scaled(c + c))),
        Slip("damping_multiplied", _damped_otherwise(lambda H, c: H.scaled(c))),
        Slip("hessian_forgotten", _damped_otherwise(lambda H, c: Table.identity(H.shape[0]).scaled(c))),
        *_STEP_SLIPS,
    ),
    read=read_words,
)


# ---- iterates -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Iterates:
    """A start, the exact iterates after it, and the map from one to the next where each depends on the last alone."""

    start: Table
    points: tuple[Table, ...]
    advance: Advance | None = field(default=None, compare=False)


def judge_iterates(problem: Problem, truth: Iterates, answer: Value) -> Judgement:
    """Point by point, with marks for points that follow from a wrong one."""
    n, count = truth.start.shape[0], len(truth.points)
    given = list(columns(answer, n))
    if len(given) == count + 1 and _is(problem, given[0], truth.start):
        given = given[1:]  # the start was written too
    if not given:
        return wrong("iterates_missing", {"given": "0", "needed": str(count)})
    for k, (mine, true) in enumerate(zip(given, truth.points, strict=False)):
        if not _is(problem, mine, true):
            follows = _following(problem, truth, given, k)
            share = Fraction(2 * k + follows, 2 * count)
            fields = {"iterate": str(k + 1), "yours": ", ".join(str(e.value) for e in mine.entries)}
            return wrong("iterate_wrong", fields | {"followed": str(follows)}, fraction=share)
    if len(given) != count:
        fields = {"given": str(len(given)), "needed": str(count)}
        return wrong("iterates_missing", fields, fraction=Fraction(min(len(given), count - 1), count))
    return right()


def _is(problem: Problem, mine: Grid, true: Table) -> bool:
    return all(agrees(e, t, problem) for e, (t,) in zip(mine.entries, true.rows, strict=True))


def _following(problem: Problem, truth: Iterates, given: Sequence[Grid], bad: int) -> int:
    """How many iterates after the first wrong one are what the method makes of the student's own value before."""
    if truth.advance is None or any(has_decimals(v.entries, problem) for v in given):
        return 0
    followed = 0
    for before, after in zip(given[bad:], given[bad + 1 : len(truth.points)], strict=False):
        try:
            following = truth.advance(before.table) if bits(before.table) <= MAX_BITS // 4 else None
            stands = following is None or (following - before.table).nonzero() is None
            if stands or following is None or (following - after.table).nonzero() is not None:
                break  # where the method would stay, repeating a value earns nothing
        except CannotTell:
            break
        followed += 1
    return followed


def show_iterates(truth: Iterates) -> str:
    """The points, typeset."""
    return r",\; ".join(sympy.latex(x.matrix) for x in truth.points)


def _with(truth: Iterates, advance: Advance) -> Iterator[Iterates]:
    try:
        yield replace(truth, points=_iterated(advance, truth.start, len(truth.points)), advance=advance)
    except InputError:
        return  # the mistake leads nowhere


def _newton_iterates(problem: Problem) -> Iterates:
    F, J = _equations(problem)
    advance = newton_map(F, J, problem.variables)
    start = _point(problem)
    return Iterates(start, _iterated(advance, start, whole_number(problem, "count", 2, 8)), advance)


def _newton_with_plus(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    F, J = _equations(problem)
    yield from _with(truth, newton_map(-F, J, problem.variables))


def _newton_for_a_root(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    """f/f′ instead of f′/f″."""
    if len(problem.variables) == 1 and "function" in problem.data:
        F = Matrix([field_expression(problem, "function")])
        yield from _with(truth, newton_map(F, F.jacobian(problem.variables), problem.variables))


def _jacobian_frozen(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    """The matrix of the start in every step."""
    F, J = _equations(problem)
    fixed = _at(J, problem.variables, truth.start).matrix
    yield from _with(truth, newton_map(F, fixed, problem.variables))


def _count_off_by_one(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    """One iterate more or less, or the counting begun one later."""
    points = truth.points
    if len(points) > 1:
        yield replace(truth, points=points[:-1])
    if truth.advance is not None:
        try:
            longer = (*points, *_iterated(truth.advance, points[-1], 1))
        except InputError:
            return
        yield from (replace(truth, points=longer), replace(truth, points=longer[1:]))
    elif len(points) > 1:
        yield replace(truth, points=points[1:])


def _steps_given(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    """The steps in the place of the points."""
    before = (truth.start, *truth.points[:-1])
    yield replace(truth, points=tuple(x - y for x, y in zip(truth.points, before, strict=True)))


def _coordinates_swapped(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    if truth.start.shape[0] > 1:
        yield replace(truth, points=tuple(Table(x.rows[::-1]) for x in truth.points))


ITERATE_SLIPS = (
    Slip("index_off_by_one", _count_off_by_one),
    Slip("point_and_step_confused", _steps_given),
    Slip("coordinates_swapped", _coordinates_swapped),
    *WRONG_POINT[:1],
)


def entries_of(truth: Iterates) -> sympy.MatrixBase:
    """One row for each iterate."""
    return Matrix.vstack(*(x.matrix.T for x in truth.points))


def _gradient_steps(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    """The matrix left out."""
    F, _ = _equations(problem)
    yield from _with(truth, lambda x: x - _at(F, problem.variables, x))


def _upside_down(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    """Of one variable: f″/f′ in the place of f′/f″."""
    if len(problem.variables) == 1:
        F, J = _equations(problem)
        yield from _with(truth, newton_map(J, Matrix([F[0]]), problem.variables))


NEWTON = Kind(
    "newton_iterates",
    ("point",),
    _newton_iterates,
    decided(judge_iterates),
    show_iterates,
    may=("function", "map", "count"),
    answer=lambda truth: plain(truth.points),
    slips=(
        Slip("minus_lost", _newton_with_plus),
        Slip("root_instead_of_minimum", _newton_for_a_root),
        Slip("matrix_not_updated", _jacobian_frozen),
        Slip("gradient_step_instead", _gradient_steps),
        Slip("upside_down", _upside_down),
        *ITERATE_SLIPS,
    ),
    read=read_words,
    entries=entries_of,
)


# ---- gradient descent -----------------------------------------------------------------------------------------


def _gradient_descent(problem: Problem) -> Iterates:
    start = _point(problem)
    advance = _descent(problem, Surd.rational(1))
    return Iterates(start, _iterated(advance, start, whole_number(problem, "count", 2, 20)), advance)


def _descent(problem: Problem, factor: Number) -> Advance:
    """x ↦ x − c·α∇f(x), with a fixed α or the exact minimiser along the line of a quadratic function."""
    f = field_expression(problem, "function")
    variables = problem.variables
    g, H = Matrix(gradient(f, variables)), Matrix(hessian(f, variables))
    step = problem.data["step"]
    if step != "exact":
        fixed = number(field_expression(problem, "step"))
    elif H.free_symbols:
        raise InputError("The exact line search is derived for quadratic functions; give a step.")

    def advance(x: Table) -> Table | None:
        slope = _at(g, variables, x)
        if step != "exact":
            alpha = fixed
        else:
            curvature = dot(slope, Table.of(H) @ slope)
            if slope.nonzero() is None:
                return x
            if vanishes(curvature):
                return None
            alpha = times(dot(slope, slope), reciprocal(curvature))
        return x - slope.scaled(times(factor, alpha))

    return advance


def _descent_slip(factor: Fraction) -> Any:
    def answers(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
        yield from _with(truth, _descent(problem, number(sympy.Rational(factor.numerator, factor.denominator))))

    return answers


def _step_length_forgotten(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    g = Matrix(gradient(field_expression(problem, "function"), problem.variables))
    yield from _with(truth, lambda x: x - _at(g, problem.variables, x))


def _gradient_frozen(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    """The gradient of the start in every step."""
    step = truth.points[0] - truth.start
    yield from _with(truth, lambda x: x + step)


def _newton_instead(problem: Problem, truth: Iterates) -> Iterator[Iterates]:
    F, J = _equations(problem)
    yield from _with(truth, newton_map(F, J, problem.variables))


GRADIENT_DESCENT = Kind(
    "gradient_descent_iterates",
    ("function", "point", "step"),
    _gradient_descent,
    decided(judge_iterates),
    show_iterates,
    may=("count",),
    answer=lambda truth: plain(truth.points),
    slips=(
        Slip("minus_lost", _descent_slip(Fraction(-1))),
        Slip("factor_half", _descent_slip(Fraction(1, 2))),
        Slip("factor_two", _descent_slip(Fraction(2))),
        Slip("step_length_forgotten", _step_length_forgotten),
        Slip("gradient_not_updated", _gradient_frozen),
        Slip("newton_step_instead", _newton_instead),
        *ITERATE_SLIPS,
    ),
    read=read_words,
    entries=entries_of,
)


ROWS = (NEWTON_STEP, REGULARISED, NEWTON, GRADIENT_DESCENT)
