"""Slips of exercises on derivatives: a rule applied wrongly, cross terms forgotten, the wrong point.

``entries`` gives, for one entry of a gradient, Jacobian or Hessian, what one wrong rule makes of it; the rest are
slips of the whole answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import sympy

from hessmath.errors import HessmathError, InputError
from hessmath.grading import edits, problems
from hessmath.grading.derivative_slips import slipped
from hessmath.grading.kinds.kind import Problem, Slip

Named = tuple[str, sympy.Expr]
Entries = Callable[[Problem, int, int], Sequence[Named]]


def of_partial_derivative(problem: Problem, i: int, j: int) -> list[Named]:
    """What one wrong rule, in one of the derivatives, makes of the derivative by the field "by"."""
    f, names = problems.expression(problem, "function"), differentiated_by(problem)
    found: list[Named] = []
    for k, name in enumerate(names):
        for slip, value in slipped(_differentiated(problem, f, names[:k]), problem.symbols[name]):
            found.append((slip, _differentiated(problem, value, names[k + 1 :])))
    if len(names) > 1:
        shorter = [[*names[:k], *names[k + 1 :]] for k in range(len(names))]
        found += [("one_derivative_missing", _differentiated(problem, f, some)) for some in shorter]
    for k in range(len(names)):
        for other in problem.symbols:
            changed = [*names[:k], other, *names[k + 1 :]]
            if sorted(changed) != sorted(names):
                found.append(("wrong_variable", _differentiated(problem, f, changed)))
    return _at_point(problem, found + _parts(problem, _differentiated(problem, f, names)))


def differentiated_by(problem: Problem) -> list[str]:
    """The names of the variables of a partial derivative, in order.

    Raises
    ------
    InputError
        If none is given and there are several variables.
    """
    by = next((problem.data[name] for name in ("by", "variable", "wrt") if name in problem.data), None)
    if by is None:
        if len(problem.variables) != 1:
            raise InputError('An exercise of kind partial_derivative needs the field "by", such as "x" or "x y".')
        by = str(problem.variables[0])
    names = by.replace(",", " ").split() if isinstance(by, str) else [str(name) for name in by]
    return names * (int(problem.data.get("order", 1)) if len(names) == 1 else 1)


def _differentiated(problem: Problem, value: sympy.Expr, names: Sequence[str]) -> sympy.Expr:
    for name in names:
        value = value.diff(problem.symbols[name])
    return value


def of_gradient(problem: Problem, i: int, j: int) -> list[Named]:
    """What one wrong rule makes of entry i (or j, of a row) of ∇f."""
    return _first_derivative(problem, problems.expression(problem, "function"), max(i, j))


def of_jacobian(problem: Problem, i: int, j: int) -> list[Named]:
    """What one wrong rule makes of ∂fᵢ/∂xⱼ."""
    return _first_derivative(problem, problems.vector(problem, "map")[i], j)


def _first_derivative(problem: Problem, f: sympy.Expr, k: int) -> list[Named]:
    x = problem.variables[k]
    others = [("wrong_variable", f.diff(y)) for y in problem.variables if y != x]
    return _at_point(problem, slipped(f, x) + others + _parts(problem, f.diff(x)))


def of_hessian(problem: Problem, i: int, j: int) -> list[Named]:
    """What one wrong rule, in the first or in the second derivative, makes of ∂²f/∂xᵢ∂xⱼ."""
    f, (x, y) = problems.expression(problem, "function"), (problem.variables[i], problem.variables[j])
    found: list[Named] = []
    for a, b in dict.fromkeys(((x, y), (y, x))):  # the other entry is often copied
        found += slipped(sympy.diff(f, a), b)
        # A constant factor that is lost and then differentiated is a lost term.
        first = [(name, value) for name, value in slipped(f, a) if a == b or name != "constant_factor_lost"]
        found += [(name, sympy.diff(value, b)) for name, value in first]
    right = f.diff(x, y)
    found += [("one_derivative_missing", f.diff(v)) for v in dict.fromkeys((x, y))]
    found += [("one_derivative_too_many", right.diff(v)) for v in dict.fromkeys((x, y)) if right.diff(v) != 0]
    return _at_point(problem, found + _parts(problem, right))


def _parts(problem: Problem, right: sympy.Expr) -> list[Named]:
    """Edits of one term, for a derivative whose value at a point hides its terms."""
    if "point" not in problem.data:
        return []
    return [(name, value) for name, edit in edits.PARTS.items() for value in edit(right, problem.variables)]


def _at_point(problem: Problem, named: Sequence[Named]) -> list[Named]:
    if "point" not in problem.data:
        return list(named)
    values = dict(zip(problem.variables, point_of(problem), strict=False))
    found = [(name, value.xreplace(values)) for name, value in named]
    return [(name, value) for name, value in found if not value.has(sympy.zoo, sympy.nan, sympy.oo)]


def point_of(problem: Problem) -> list[sympy.Expr]:
    """The field ``point``, which of one variable may be a number."""
    if len(problem.variables) == 1 and not isinstance(problem.data["point"], list | tuple):
        return [problems.expression(problem, "point")]
    return list(problems.vector(problem, "point"))


# ---- sums of derivatives --------------------------------------------------------------------------------------

Piece = tuple[sympy.Expr, tuple[sympy.Symbol, ...], sympy.Expr]
"""A function, the variables that it is differentiated by, and the weight of that in the sum."""


def of_sum(pieces: Callable[[Problem], Sequence[Piece]]) -> tuple[Slip, ...]:
    """Slips of a sum of derivatives: one of them with a wrong rule, lost, or with the wrong sign."""

    def changed(name: str) -> Callable[[Problem, Any], Iterator[sympy.Expr]]:
        def answers(problem: Problem, truth: Any) -> Iterator[sympy.Expr]:
            if isinstance(truth, sympy.Expr):
                parts = pieces(problem)
                for change in _changes(problem, parts).get(name, ()):
                    yield truth + change

        return answers

    return tuple(Slip(name, changed(name)) for name in SUM_SLIPS)


def of_vector_of_sums(pieces: Callable[[Problem, int], Sequence[Piece]]) -> Entries:
    """The same for one entry of a vector whose entries are sums of derivatives."""

    def entries(problem: Problem, i: int, j: int) -> list[Named]:
        parts = pieces(problem, max(i, j))
        whole = _at_point(problem, [("", sympy.Add(*(w * f.diff(*by) for f, by, w in parts)))])[0][1]
        return [(name, whole + change) for name, found in _changes(problem, parts).items() for change in found]

    return entries


def _changes(problem: Problem, pieces: Sequence[Piece]) -> dict[str, list[sympy.Expr]]:
    """By the name of the slip: what it adds to the sum."""
    named: list[Named] = []
    for f, by, weight in pieces:
        right = f.diff(*by)
        if right == 0 or weight == 0:
            continue
        named += [("lost_term", -weight * right), ("sign_of_a_term", -2 * weight * right)]
        steps = [slipped(f, by[0])] if len(by) == 1 else []
        if len(by) == 2:
            steps = [slipped(f.diff(by[0]), by[1]), [(n, v.diff(by[1])) for n, v in slipped(f, by[0])]]
            named.append(("one_derivative_missing", weight * (f.diff(by[0]) - right)))
        named += [(name, weight * (value - right)) for step in steps for name, value in step]
        named += [("wrong_variable", weight * (f.diff(x) - right)) for x in problem.variables if len(by) == 1]
        if "point" in problem.data:
            named += [(n, weight * (v - right)) for n, v in _parts(problem, right)]
    if len(pieces) == 2 and all(len(by) == 1 for _, by, _ in pieces):
        (f, (x,), a), (g, (y,), b) = pieces
        named.append(("wrong_variable", a * (f.diff(y) - f.diff(x)) + b * (g.diff(x) - g.diff(y))))
    if len(pieces) > 1 and all(len(by) == 2 for _, by, _ in pieces):
        changes = [weight * (f.diff(by[0]) - f.diff(*by)) for f, by, weight in pieces]
        named.append(("one_derivative_missing", sympy.Add(*changes)))
    found: dict[str, list[sympy.Expr]] = {}
    for name, change in _at_point(problem, named):
        if change != 0:
            found.setdefault(name, []).append(change)
    return found


SUM_SLIPS = (
    "chain_rule",
    "product_rule",
    "quotient_rule",
    "power_rule",
    "constant_factor_lost",
    "constant_kept",
    "other_variable_differentiated",
    "exponential_as_power",
    "derivative_inside",
    "sign_of_trigonometric_derivative",
    "derivative_of_log",
    "function_kept",
    "wrong_variable",
    "one_derivative_missing",
    "lost_term",
    "sign_of_a_term",
    "factor_in_a_term",
)


def _cross_terms_lost(problem: Problem, truth: Any) -> Iterator[Any]:
    if isinstance(truth, sympy.MatrixBase) and truth.is_square and not truth.is_diagonal():
        yield sympy.ImmutableDenseMatrix(sympy.diag(*truth.diagonal()))


def _cross_terms_twice(problem: Problem, truth: Any) -> Iterator[Any]:
    if isinstance(truth, sympy.MatrixBase) and truth.is_square and not truth.is_diagonal():
        D = sympy.diag(*truth.diagonal())
        yield sympy.ImmutableDenseMatrix(2 * truth - D)
        yield sympy.ImmutableDenseMatrix((truth + D) / 2)


def _cross_terms_negated(problem: Problem, truth: Any) -> Iterator[Any]:
    if isinstance(truth, sympy.MatrixBase) and truth.is_square and not truth.is_diagonal():
        yield sympy.ImmutableDenseMatrix(2 * sympy.diag(*truth.diagonal()) - truth)


def _elsewhere(problem: Problem, truth: Any) -> Iterator[Any]:
    """The truth at another point: coordinates exchanged, a sign lost, or the origin."""
    if "point" not in problem.data:
        return
    point = point_of(problem)
    others: list[list[sympy.Expr]] = []
    for i, j in combinations(range(len(point)), 2):
        swapped = list(point)
        swapped[i], swapped[j] = point[j], point[i]
        others.append(swapped)
    others += [[-c if k == i else c for k, c in enumerate(point)] for i in range(len(point)) if point[i] != 0]
    others += [[-c for c in point], [sympy.S.Zero] * len(point)]
    for other in others:
        if other != point:
            yield from _truth_with(problem, point=[str(c) for c in other])


def _point_not_put_in(problem: Problem, truth: Any) -> Iterator[Any]:
    if "point" in problem.data and problem.variables:
        yield from _truth_with(problem, point=[str(x) for x in problem.variables])


def _truth_with(problem: Problem, **data: Any) -> Iterator[Any]:
    """The right answer to a problem with other data, if there is one."""
    from hessmath.grading.kinds import KINDS

    try:
        yield KINDS[problem.kind].truth(replace(problem, data={**problem.data, **data}))
    except (HessmathError, ArithmeticError, ValueError):
        return


def _lengths(problem: Problem) -> Any:
    v = problems.vector(problem, "direction")
    return sympy.sqrt(v.dot(v))


def _by_length(power: int) -> Any:
    """The slope with another power of the length of the direction."""

    def answers(problem: Problem, truth: Any) -> Iterator[Any]:
        length = _lengths(problem)
        if isinstance(truth, sympy.Expr) and length != 1 and problem.data.get("unit", True):
            yield sympy.expand(truth * length**power)

    return answers


def _by_sum(problem: Problem, truth: Any) -> Iterator[Any]:
    total = sympy.Add(*problems.vector(problem, "direction"))
    if problem.data.get("unit", True) and total != 0 and total != _lengths(problem):
        yield truth * _lengths(problem) / total


def _direction_swapped(problem: Problem, truth: Any) -> Iterator[Any]:
    v = [str(c) for c in problems.vector(problem, "direction")]
    for i, j in combinations(range(len(v)), 2):
        if v[i] != v[j]:
            swapped = list(v)
            swapped[i], swapped[j] = v[j], v[i]
            yield from _truth_with(problem, direction=swapped)


def _gradient_length(problem: Problem, truth: Any) -> Iterator[Any]:
    f = problems.expression(problem, "function")
    yield _at_point(problem, [("", sympy.sqrt(sympy.Add(*(f.diff(x) ** 2 for x in problem.variables))))])[0][1]


def _order_off_by_one(problem: Problem, truth: Any) -> Iterator[Any]:
    order = int(problem.data["order"])
    for other in (order - 1, order + 1):
        if other >= 0:
            yield from _truth_with(problem, order=other)


def _moved(change: Callable[[tuple[int, ...], sympy.Expr], sympy.Expr], sign: int = -1) -> Any:
    """A Taylor polynomial with changed coefficients, in powers of x − a (``sign`` −1), x (0) or x + a (1)."""

    def answers(problem: Problem, truth: Any) -> Iterator[Any]:
        h = [sympy.Dummy(f"h{i}") for i in range(len(problem.variables))]
        point = point_of(problem) if "point" in problem.data else [sympy.S.Zero] * len(h)
        if not isinstance(truth, sympy.Expr) or (sign >= 0 and not any(point)):
            return
        moved = dict(zip(problem.variables, (p + d for p, d in zip(point, h, strict=True)), strict=True))
        polynomial = sympy.Poly(truth.xreplace(moved), *h)
        back = {d: v + sign * p for d, v, p in zip(h, problem.variables, point, strict=True)}
        terms = (
            change(powers, c) * sympy.Mul(*(d**k for d, k in zip(h, powers, strict=True)))
            for powers, c in polynomial.terms()
        )
        yield sympy.Add(*terms).xreplace(back)

    return answers


def _in_one_term(factor: Any) -> Any:
    """One coefficient times a factor."""

    def answers(problem: Problem, truth: Any) -> Iterator[Any]:
        found: list[tuple[int, ...]] = []

        def noted(powers: tuple[int, ...], c: sympy.Expr) -> sympy.Expr:
            found.append(powers)
            return c

        def changed(chosen: tuple[int, ...], powers: tuple[int, ...], c: sympy.Expr) -> sympy.Expr:
            return factor * c if powers == chosen else c

        list(_moved(noted)(problem, truth))
        for chosen in found:
            yield from _moved(partial(changed, chosen))(problem, truth)

    return answers


def _is_mixed(powers: tuple[int, ...]) -> bool:
    return sum(k > 0 for k in powers) > 1


CROSS_TERMS = (
    Slip("cross_terms_lost", _cross_terms_lost),
    Slip("cross_terms_twice", _cross_terms_twice),
    Slip("cross_terms_sign", _cross_terms_negated),
)
WRONG_POINT = (Slip("wrong_point", _elsewhere, 1), Slip("point_not_put_in", _point_not_put_in))
DIRECTION = (
    Slip("not_normalised", _by_length(1)),
    Slip("multiplied_by_the_length", _by_length(2)),
    Slip("divided_by_the_squared_length", _by_length(-1)),
    Slip("divided_by_the_sum", _by_sum),
    Slip("direction_swapped", _direction_swapped),
    Slip("gradient_length_instead", _gradient_length),
)
TAYLOR = (
    Slip("order_off_by_one", _order_off_by_one),
    Slip("factorials_lost", _moved(lambda powers, c: c * sympy.factorial(sum(powers)))),
    Slip("cross_terms_not_doubled", _moved(lambda powers, c: c / 2 if _is_mixed(powers) else c)),
    Slip("cross_terms_twice", _moved(lambda powers, c: 2 * c if _is_mixed(powers) else c)),
    Slip("cross_terms_lost", _moved(lambda powers, c: sympy.S.Zero if _is_mixed(powers) else c)),
    Slip("cross_terms_sign", _moved(lambda powers, c: -c if _is_mixed(powers) else c)),
    *(Slip(name, _in_one_term(factor)) for name, factor in (("lost_term", 0), ("sign_of_a_term", -1))),
    *(Slip("factor_in_a_term", _in_one_term(factor)) for factor in (2, sympy.Rational(1, 2))),
    Slip("constant_term_lost", _moved(lambda powers, c: c if any(powers) else sympy.S.Zero)),
    Slip("centre_not_subtracted", _moved(lambda powers, c: c, 0)),
    Slip("centre_added", _moved(lambda powers, c: c, 1)),
)
