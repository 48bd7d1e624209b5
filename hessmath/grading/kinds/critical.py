"""Kinds about critical points, derived from the function itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Items, Parts, Reading, Relation, Scalar, Value, Word
from hessmath.grading.equality import points
from hessmath.grading.exact import CannotTell, number, sign_of, vanishes
from hessmath.grading.grade import Judgement
from hessmath.grading.judging import decided, flag, right, wrong
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.matrices import read_words
from hessmath.grading.kinds.plain import plain
from hessmath.grading.problems import expression as field_expression
from hessmath.grading.problems import vector as field_vector
from hessmath.grading.prose import kind_word, points_with_kinds
from hessmath.grading.shapes import Grid, agrees, column, has_decimals, scalar
from hessmath.grading.shown import text_of
from hessmath.grading.words import canonical, word_of
from hessmath.language import to_text
from hessmath.symbolic.critical import Kind as Nature
from hessmath.symbolic.critical import classify
from hessmath.symbolic.critical import critical_points as all_critical_points
from hessmath.symbolic.derivatives import gradient, hessian
from hessmath.symbolic.point_values import Lack, value_at
from hessmath.symbolic.to_tree import from_sympy

_ACCEPTED = {
    "minimum": ("minimum", "strict minimum"),
    "maximum": ("maximum", "strict maximum"),
    "saddle": ("saddle",),
    "weak minimum": ("minimum",),
    "weak maximum": ("maximum",),
    "degenerate": ("degenerate",),
    "not critical": ("not critical", "none", "neither"),
}
"""The words that are right for each kind of point; a weak minimum has points with the same value nearby."""

_GLOBAL = {"global minimum": "minimum", "global maximum": "maximum"}
_KINDS = ("minimum", "strict minimum", "maximum", "strict maximum", "saddle", "degenerate", "not critical", *_GLOBAL)


def _read_points(problem: Problem, answer: Any) -> Reading:
    """Points and words, also in sentences such as "minimum at (1, 1), saddle at (0, 0)"."""
    if isinstance(answer, str) and canonical(answer) is None:
        answer = points_with_kinds(answer, len(problem.variables)) or answer
    return read_words(problem, answer)


# ---- the kind of one point --------------------------------------------------------------------------------------


def nature(expr: sympy.Expr, variables: Sequence[sympy.Symbol], point: Sequence[sympy.Expr]) -> str:
    """The word for a point: from the Hessian's signs, and where these leave it open, from a proof if one is found.

    Raises
    ------
    CannotTell
        If no proof is found for a degenerate point.
    """
    values = dict(zip(variables, point, strict=True))
    slope = sympy.Matrix([entry.subs(values, simultaneous=True) for entry in gradient(expr, variables)])
    if any(not vanishes(number(entry)) for entry in slope):
        return "not critical"
    H = hessian(expr, variables).subs(values, simultaneous=True)
    found = classify(slope.applyfunc(lambda entry: sympy.S.Zero), H)
    return found.value if found is not Nature.DEGENERATE else degenerate_nature(expr, variables, point)


_CLASSIFICATIONS = {
    "strict_local_min": "minimum",
    "strict_local_max": "maximum",
    "saddle": "saddle",
    "local_min": "weak minimum",
    "local_max": "weak maximum",
}


def degenerate_nature(expr: sympy.Expr, variables: Sequence[sympy.Symbol], point: Sequence[sympy.Expr]) -> str:
    """Higher derivatives for one variable; a proof by the verification engine for several."""
    if len(variables) == 1:
        x, a = variables[0], point[0]
        derivative = expr
        for order in range(1, 13):
            derivative = sympy.diff(derivative, x)
            value = number(derivative.subs(x, a))
            if not vanishes(value):
                if order % 2:
                    return "saddle"
                return "minimum" if sign_of(value) > 0 else "maximum"
        return "degenerate"
    from hessmath.verify import check, read_claim

    for name, word in _CLASSIFICATIONS.items():
        claim = read_claim(
            {
                "id": "point",
                "kind": "critical_point",
                "vars": [str(v) for v in variables],
                "f": to_text(from_sympy(expr)),
                "point": [to_text(from_sympy(c)) for c in point],
                "classification": name,
            }
        )
        if check(claim).name == "proved":
            return word
    return "degenerate"


@dataclass(frozen=True)
class Point:
    """A point with its kind; ``singular``: the Hessian is singular there, so that "degenerate" is true as well."""

    point: tuple[sympy.Expr, ...]
    kind: str
    singular: bool = False


def function_of(problem: Problem) -> sympy.Expr:
    """The field ``function``.

    Raises
    ------
    InputError
        If there are no variables.
    """
    f = field_expression(problem, "function")
    if not problem.variables:
        raise InputError("This exercise needs variables.")
    return f


def _classified(problem: Problem) -> Point:
    f = function_of(problem)
    a = field_vector(problem, "point")
    if a.rows != len(problem.variables):
        raise InputError(f'The field "point" must have {len(problem.variables)} components, but it has {a.rows}.')
    try:
        kind = nature(f, problem.variables, tuple(a))
        H = hessian(f, problem.variables).subs(dict(zip(problem.variables, a, strict=True)), simultaneous=True)
        return Point(tuple(a), kind, kind != "not critical" and vanishes(number(H.det())))
    except CannotTell as reason:
        raise InputError(f"The kind of the point cannot be derived: it is not decided {reason}.") from None


def _judge_kind(problem: Problem, truth: Point, answer: Value) -> Judgement:
    word = word_of(_without_point(problem, truth, answer))
    if word not in (*_KINDS, "none", "neither"):
        raise InputError("The answer must be one of: minimum, maximum, saddle, degenerate, not critical.")
    if _is_kind(problem, truth, word):
        return right()
    if truth.singular and word == "degenerate":
        return wrong("true_but_more_holds", {"answer": word}, fraction=Fraction(1, 2))
    return wrong("wrong_kind_of_point", {"answer": word, "point": _point_text(truth.point)})


def _without_point(problem: Problem, truth: Point, answer: Value) -> Value:
    """The word of "(0, 0) is a saddle", if that is the point of the exercise."""
    while isinstance(answer, Items) and len(answer.items) == 1:
        answer = answer.items[0]
    if isinstance(answer, Items) and len(answer.items) == 2 and isinstance(answer.items[1], Word):
        point = _point(answer.items[0], problem)
        if not _same_point(problem, point, truth.point):
            raise InputError(f"The exercise asks for the kind of the point {_point_text(truth.point)}.")
        return answer.items[1]
    return answer


def _is_kind(problem: Problem, truth: Point, word: str | None) -> bool:
    """Whether a word is right for a point.

    Raises
    ------
    CannotTell
        If no proof was found of what the point is.
    """
    if word in _GLOBAL:
        return _is_kind(problem, truth, _GLOBAL[word]) and _is_global(problem, truth, word)
    if truth.singular and word == "degenerate":
        return truth.kind == "degenerate" or flag(problem, "accept_degenerate", False)
    if truth.kind == "degenerate" and word not in (None, "not critical"):
        raise CannotTell(f"whether the degenerate point {_point_text(truth.point)} is a {word}")
    return word in _ACCEPTED[truth.kind]


def _is_global(problem: Problem, truth: Point, word: str) -> bool:
    """Whether no value of the function is below (above) that at the point: a lower value, or a proof of convexity.

    Raises
    ------
    CannotTell
        If neither is found.
    """
    turn = 1 if word == "global minimum" else -1
    f = turn * function_of(problem)
    variables = problem.variables
    here = f.subs(dict(zip(variables, truth.point, strict=True)), simultaneous=True)
    for place_ in points(variables, "real", GLOBAL_POINTS):
        for shift in (place_, {v: a + place_[v] for v, a in zip(variables, truth.point, strict=True)}):
            if "where" not in problem.data and all(value.is_Rational for value in shift.values()):
                difference = value_at(f - here, shift)
                if not isinstance(difference, Lack) and difference < 0:
                    return False
    if "where" not in problem.data and _is_convex(f, variables):
        return True
    raise CannotTell(f"whether the {_GLOBAL[word]} at {_point_text(truth.point)} is global")


GLOBAL_POINTS = 40


def _is_convex(f: sympy.Expr, variables: Sequence[sympy.Symbol]) -> bool:
    from hessmath.verify import check, read_claim

    fields = {
        "id": "convexity",
        "kind": "convexity",
        "vars": [str(v) for v in variables],
        "f": to_text(from_sympy(f)),
        "property": "convex",
    }
    return bool(check(read_claim(fields)).name == "proved")


def _point_text(point: Sequence[sympy.Expr]) -> str:
    return f"({', '.join(map(text_of, point))})"


def _show_kind(truth: Point) -> str:
    return rf"\text{{{truth.kind}}}"


_SWAPPED = {"minimum": "maximum", "maximum": "minimum", "weak minimum": "weak maximum", "weak maximum": "weak minimum"}


def _swapped(problem: Problem, truth: Point) -> Iterator[Point]:
    if truth.kind in _SWAPPED:
        yield replace(truth, kind=_SWAPPED[truth.kind])


def _test_stopped(problem: Problem, truth: Point) -> Iterator[Point]:
    """The second derivative test says nothing, and the answer stops there."""
    if truth.singular and truth.kind != "degenerate":
        yield replace(truth, kind="degenerate")


def _determinant_sign(problem: Problem, truth: Point) -> Iterator[Point]:
    """Saddle for an extremum and an extremum for a saddle: the sign of the determinant read the wrong way."""
    if len(problem.variables) == 2 and truth.kind in ("minimum", "maximum"):
        yield replace(truth, kind="saddle")


def _first_entry_only(problem: Problem, truth: Point) -> Iterator[Point]:
    """Judged by the sign of the first second derivative alone."""
    H = hessian(function_of(problem), problem.variables).subs(dict(zip(problem.variables, truth.point, strict=True)))
    if truth.kind == "saddle" and H[0, 0].is_number and not vanishes(number(H[0, 0])):
        yield replace(truth, kind="minimum" if sign_of(number(H[0, 0])) > 0 else "maximum")


def _by_hessian(problem: Problem, truth: Point) -> Iterator[Point]:
    """The kind that the Hessian would give at a point that is not critical."""
    if truth.kind == "not critical":
        H = hessian(function_of(problem), problem.variables).subs(
            dict(zip(problem.variables, truth.point, strict=True))
        )
        yield replace(truth, kind=classify(sympy.zeros(H.rows, 1), H).value)


CLASSIFY = Kind(
    "classify_point",
    ("function", "point"),
    _classified,
    decided(_judge_kind),
    _show_kind,
    may=("accept_degenerate",),
    answer=lambda truth: truth.kind.removeprefix("weak "),
    slips=(
        Slip("minimum_and_maximum_swapped", _swapped),
        Slip("sign_of_the_determinant_misread", _determinant_sign),
        Slip("judged_by_one_second_derivative", _first_entry_only),
        Slip("second_derivative_test_only", _test_stopped),
        Slip("gradient_not_looked_at", _by_hessian),
    ),
    read=_read_points,
)


# ---- all critical points ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Points:
    """All critical points with their kinds; ``kinds`` says whether the kinds belong to the answer."""

    points: tuple[Point, ...]
    kinds: bool


def _critical_points(problem: Problem) -> Points:
    f = function_of(problem)
    found = all_critical_points(f, problem.variables, _conditions(problem))
    if not found.complete:
        raise InputError(f"The critical points cannot all be derived: {found.reason}")
    wanted = flag(problem, "kinds", True)
    points = []
    for p in found.points:
        kind = p.kind.value
        if wanted and p.kind is Nature.DEGENERATE:
            kind = degenerate_nature(f, problem.variables, p.point)
        points.append(Point(p.point, kind, p.kind is Nature.DEGENERATE))
    return Points(tuple(points), wanted)


def _conditions(problem: Problem) -> list[Any]:
    """The field ``where``: conditions such as "x > 0"."""
    from hessmath.language import parse_conditions
    from hessmath.symbolic.from_tree import to_sympy

    texts = problem.data.get("where", [])
    texts = [texts] if isinstance(texts, str) else list(texts)
    return [to_sympy(node, problem.symbols) for node in parse_conditions(texts, list(problem.symbols))]


def _judge_points(problem: Problem, truth: Points, answer: Value) -> Judgement:
    given = [] if word_of(answer) in ("none", "not critical") else _given(problem, answer)
    variables, f = problem.variables, function_of(problem)
    free = list(range(len(truth.points)))
    earned = Fraction(0)
    wrong_kind: tuple[Point, str] | None = None
    strange: tuple[Grid, int] | None = None
    unnamed = extra = 0
    for k, (point, word) in enumerate(given, start=1):
        place_ = next((j for j in range(len(truth.points)) if _same_point(problem, point, truth.points[j].point)), None)
        if place_ is None:
            strange, extra = strange or (point, k), extra + 1
            continue
        if place_ not in free:
            continue
        free.remove(place_)
        true = truth.points[place_]
        if not truth.kinds or (word is not None and _is_kind(problem, true, word)):
            earned += 1
            continue
        earned += Fraction(1, 2)
        if word is None:
            unnamed += 1
        else:
            wrong_kind = wrong_kind or (true, word)
    total = max(1, len(truth.points))
    share = min(max(Fraction(0), (earned - Fraction(extra, 2)) / total), Fraction(2 * total - 1, 2 * total))
    if strange is not None:
        return _not_critical(f, variables, *strange, fraction=share)
    if wrong_kind is not None:
        fields = {"point": _point_text(wrong_kind[0].point), "answer": wrong_kind[1]}
        return wrong("wrong_kind_of_point", fields, fraction=share)
    if free:
        return wrong("critical_points_missing", {"count": str(len(free))}, fraction=share)
    if unnamed:
        return wrong("kinds_missing", {"count": str(unnamed)}, fraction=share)
    return right()


def _same_point(problem: Problem, point: Grid, true: Sequence[sympy.Expr]) -> bool:
    return all(agrees(entry, number(c), problem) for entry, c in zip(point.entries, true, strict=True))


def _not_critical(
    f: sympy.Expr, variables: Sequence[sympy.Symbol], point: Grid, k: int, *, fraction: Fraction
) -> Judgement:
    values = {v: e.value for v, e in zip(variables, point.entries, strict=True)}
    slope = [entry.subs(values, simultaneous=True) for entry in gradient(f, variables)]
    where = {
        "number": str(k),
        "point": _point_text([e.value for e in point.entries]),
        "gradient": _point_text(slope),
    }
    return wrong("not_a_critical_point", where, fraction=fraction)


def _given(problem: Problem, answer: Value) -> list[tuple[Grid, str | None]]:
    """(point, word) from [[0, 0], …], [[[0, 0], "saddle"], …], {"saddle": [[0, 0], …]}, {"point": …, "kind": …}."""
    n = len(problem.variables)
    if isinstance(answer, Parts) and set(answer.parts) == {"point", "kind"}:
        return [(_point(answer.parts["point"], problem), word_of(answer.parts["kind"]))]
    if isinstance(answer, Parts):
        if not answer.parts:
            raise InputError("The answer is empty; if there is no such point, write none.")
        found: list[tuple[Grid, str | None]] = []
        for name, part in answer.parts.items():
            if word_of(part) in _KINDS:
                point = read_words(problem, name).value
                found += [(place, word_of(part)) for place, _ in _given(problem, point)]
                continue
            word = kind_word(name)
            if word not in _KINDS:
                raise InputError(f"{name[:30]!r} is no kind of a point: minimum, maximum, saddle or degenerate.")
            if word_of(part) != "none":
                found += [(point, word) for point, _ in _given(problem, part)]
        return found
    if not isinstance(answer, Items):
        return [(_point(answer, problem), None)]
    if not answer.items:
        raise InputError("The answer is empty; if there is no such point, write none.")
    items = answer.items
    if items and isinstance(items[-1], Word) and len(items) in (2, n + 1) and not isinstance(items[0], Parts):
        coordinates = items[0] if len(items) == 2 and (n > 1 or isinstance(items[0], Items)) else Items(items[:-1])
        word = word_of(items[-1])
        return [(point, word) for point, _ in _given(problem, coordinates)]
    if len(items) == n and any(isinstance(item, Items) and item.bracket == "±" for item in items):
        return [(_point(point, problem), None) for point in _expanded(items)]
    if items and len(items) == n and n > 1 and all(isinstance(item, Scalar | Relation) for item in items):
        return [(_point(answer, problem), None)]
    return [pair for item in items for pair in _given(problem, item)]


def _expanded(items: Sequence[Any]) -> list[Items]:
    """(±1, ±2) as four points."""
    found: list[tuple[Any, ...]] = [()]
    for item in items:
        signs = item.items if isinstance(item, Items) and item.bracket == "±" else (item,)
        found = [(*point, sign) for point in found for sign in signs]
        if len(found) > MAX_POINTS:
            raise InputError("The answer has too many points.")
    return [Items(point, "(") for point in found]


MAX_POINTS = 64


def _point(value: Value, problem: Problem) -> Grid:
    n = len(problem.variables)
    if isinstance(value, Parts):
        if set(value.parts) != {str(v) for v in problem.variables}:
            raise InputError(f"A point has the coordinates {', '.join(map(str, problem.variables))}.")
        value = Items(tuple(value.parts[str(v)] for v in problem.variables))
    if isinstance(value, Relation):
        value = scalar(value, "A point")
    point = column(value, "A point")
    if point.shape[0] != n:
        raise InputError(f"A point has {n} coordinates, but one of the answer has {point.shape[0]}.")
    if any(entry.value.free_symbols for entry in point.entries) or (
        has_decimals(point.entries, problem) and any(not entry.value.is_number for entry in point.entries)
    ):
        raise InputError("The coordinates of a point must be numbers.")
    return point


def _show_points(truth: Points) -> str:
    if not truth.points:
        return r"\text{none}"
    return r",\; ".join(
        rf"\left({', '.join(map(sympy.latex, p.point))}\right)" + (rf"\ \text{{{p.kind}}}" if truth.kinds else "")
        for p in truth.points
    )


def _points_answer(truth: Points) -> Any:
    if not truth.points:
        return "none"
    return [[plain(p.point), p.kind.removeprefix("weak ")] if truth.kinds else plain(p.point) for p in truth.points]


def _kinds_swapped(problem: Problem, truth: Points) -> Iterator[Points]:
    if truth.kinds and any(p.kind in _SWAPPED for p in truth.points):
        yield replace(truth, points=tuple(replace(p, kind=_SWAPPED.get(p.kind, p.kind)) for p in truth.points))


def _saddles_as_extrema(problem: Problem, truth: Points) -> Iterator[Points]:
    if truth.kinds and any(p.kind == "saddle" for p in truth.points):
        for word in ("minimum", "maximum"):
            changed = tuple(replace(p, kind=word) if p.kind == "saddle" else p for p in truth.points)
            yield replace(truth, points=changed)


def _extrema_as_saddles(problem: Problem, truth: Points) -> Iterator[Points]:
    if truth.kinds:
        changed = tuple(replace(p, kind="saddle") if p.kind in _SWAPPED else p for p in truth.points)
        if changed != truth.points:
            yield replace(truth, points=changed)


def _saddles_left_out(problem: Problem, truth: Points) -> Iterator[Points]:
    yield from _only(truth, _extrema(truth), _without_signs(truth))


def _negative_roots_left_out(problem: Problem, truth: Points) -> Iterator[Points]:
    """A square root taken without ±."""
    yield from _only(truth, _without_signs(truth), _extrema(truth))


def _extrema(truth: Points) -> tuple[Point, ...]:
    return tuple(p for p in truth.points if p.kind != "saddle")


def _without_signs(truth: Points) -> tuple[Point, ...]:
    return tuple(p for p in truth.points if all(sign_of(number(c)) >= 0 for c in p.point))


def _only(truth: Points, kept: tuple[Point, ...], other: tuple[Point, ...]) -> Iterator[Points]:
    """The points that are kept, unless another mistake keeps the same ones: then neither explains an answer."""
    if kept and kept != other and len(kept) < len(truth.points):
        yield replace(truth, points=kept)


def _coordinates_swapped(problem: Problem, truth: Points) -> Iterator[Points]:
    changed = tuple(replace(p, point=p.point[::-1]) for p in truth.points)
    if {p.point for p in changed} != {p.point for p in truth.points}:
        yield replace(truth, points=changed)


def _kinds_exchanged(problem: Problem, truth: Points) -> Iterator[Points]:
    """The kinds of saddles and extrema exchanged."""
    kinds = sorted({p.kind for p in truth.points})
    if truth.kinds and len(kinds) == 2 and "saddle" in kinds:
        other = dict(zip(kinds, kinds[::-1], strict=True))
        yield replace(truth, points=tuple(replace(p, kind=other[p.kind]) for p in truth.points))


CRITICAL_POINTS = Kind(
    "critical_points",
    ("function",),
    _critical_points,
    decided(_judge_points),
    _show_points,
    may=("kinds", "where", "accept_degenerate"),
    answer=_points_answer,
    slips=(
        Slip("minimum_and_maximum_swapped", _kinds_swapped),
        Slip("saddles_taken_for_extrema", _saddles_as_extrema),
        Slip("extrema_taken_for_saddles", _extrema_as_saddles),
        Slip("saddles_left_out", _saddles_left_out),
        Slip("negative_roots_left_out", _negative_roots_left_out),
        Slip("coordinates_swapped", _coordinates_swapped),
        Slip("kinds_exchanged", _kinds_exchanged),
    ),
    read=_read_points,
)

ROWS = (CRITICAL_POINTS, CLASSIFY)
