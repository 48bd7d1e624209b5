"""Sets of real numbers: unions of intervals and points with exact ends, compared piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key, lru_cache
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Interval, Items, Relation, Scalar, Value, Word
from hessmath.symbolic.constants import compare as compare_numbers
from hessmath.symbolic.constants import enclosure, sign

EVERYTHING = frozenset({"all real numbers", "all reals", "reals", "real numbers", "all numbers", "all"})
NOTHING = frozenset(
    {"none", "no solution", "no solutions", "empty set", "empty", "dne", "does not exist", "nothing", "no"}
)


@dataclass(frozen=True)
class Region:
    """A set of real numbers: where its membership may change, and membership itself.

    ``ends`` are finite numbers; ``has(x)`` says whether x is in the set, None if that is not known.
    """

    ends: tuple[sympy.Expr, ...]
    has: Callable[[sympy.Expr], bool | None]


def region(value: Value) -> Region | None:
    """The set that intervals, unions, inequalities or words describe; None if the value describes no region.

    Raises
    ------
    InputError
        If an interval is empty or an inequality is not about one variable and a number.
    """
    if isinstance(value, Word):
        if value.text in EVERYTHING:
            return Region((), lambda x: True)
        return Region((), lambda x: False) if value.text in NOTHING else None
    if isinstance(value, Interval):
        return _interval(value)
    if isinstance(value, Relation):
        return _inequality(value)
    if isinstance(value, Items):
        if value.bracket in ("union", "or"):
            return _joined(value, any)
        if value.bracket in ("intersection", "and") or (value.bracket == "" and _all_relations(value)):
            return _joined(value, all)
        if value.bracket == "setminus" and len(value.items) == 2:
            return _without(value)
        if value.bracket == "(" and len(value.items) == 2 and all(isinstance(v, Scalar) for v in value.items):
            return _interval(Interval(*value.items, has_low=False, has_high=False))
        if value.bracket == "[" and len(value.items) == 2 and all(isinstance(v, Scalar) for v in value.items):
            return _interval(Interval(*value.items, has_low=True, has_high=True))
        if value.bracket in ("{", "±") and all(isinstance(v, Scalar) for v in value.items):
            return points(tuple(v.value for v in value.items))
    return None


def _all_relations(value: Items) -> bool:
    return bool(value.items) and all(isinstance(item, Relation) for item in value.items)


def _number(value: sympy.Expr) -> sympy.Expr:
    if value.free_symbols:
        raise InputError(f"The ends of an interval are numbers, but here is {value}.")
    return value


def _order(a: sympy.Expr, b: sympy.Expr) -> int | None:
    if a == b:
        return 0
    if a.is_Rational and b.is_Rational:
        return 1 if a > b else -1
    for x, s in ((a, 1), (b, -1)):
        if x in (sympy.oo, -sympy.oo):
            return s if x == sympy.oo else -s
    p, q = _ball(a), _ball(b)
    if p is not None and q is not None and (p < q or p > q):
        return 1 if p > q else -1
    return compare_numbers(a, b)


@lru_cache(maxsize=1000)
def _ball(x: sympy.Expr) -> Any:
    return enclosure(x, 64)


def _interval(value: Interval) -> Region:
    low, high = _number(value.low.value), _number(value.high.value)
    if _order(low, high) == 1:
        raise InputError(f"The interval from {low} to {high} is empty; write the smaller end first.")
    if sympy.oo in (-low, high) and ((value.has_low and low == -sympy.oo) or (value.has_high and high == sympy.oo)):
        raise InputError("Infinity is never in an interval; write ( or ) there.")

    def has(x: sympy.Expr) -> bool | None:
        left, right = _order(low, x), _order(x, high)
        if left is None or right is None:
            return None
        return (left < 0 or (left == 0 and value.has_low)) and (right < 0 or (right == 0 and value.has_high))

    return Region(_finite(low, high), has)


def _finite(*ends: sympy.Expr) -> tuple[sympy.Expr, ...]:
    return tuple(end for end in ends if end not in (sympy.oo, -sympy.oo))


def points(values: tuple[sympy.Expr, ...]) -> Region:
    """The set of these numbers."""

    def has(x: sympy.Expr) -> bool | None:
        found = [_order(x, _number(value)) for value in values]
        return True if 0 in found else None if None in found else False

    return Region(values, has)


_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

_HOLDS: dict[str, Callable[[int], bool]] = {
    "<": lambda s: s < 0, "<=": lambda s: s <= 0, ">": lambda s: s > 0, ">=": lambda s: s >= 0,
    "==": lambda s: s == 0, "!=": lambda s: s != 0,
}  # fmt: skip


MAX_DEGREE = 12
MAX_ENDS = 60


def _inequality(value: Relation) -> Region:
    """A polynomial inequality in one variable: it can change only at the real roots."""
    left, right, op = value.left.value, value.right.value, value.op
    if right.is_Symbol and not left.free_symbols:
        left, right, op = right, left, _FLIPPED[op]
    if left.is_Symbol and not right.free_symbols:

        def known(x: sympy.Expr) -> bool | None:
            order = _order(x, right)
            return None if order is None else _HOLDS[op](order)

        return Region(_finite(right), known)
    difference_ = left - right
    parts = _without_absolute_value(difference_, op)
    if parts is not None:
        rule = any if parts[0] == "or" else all
        zero = Scalar(sympy.Integer(0), value.right.tree)
        pieces = [_inequality(Relation(op, Scalar(part, value.left.tree), zero)) for part in parts[1]]
        return _combined(pieces, rule)
    names = sorted(difference_.free_symbols, key=str)
    if len(names) != 1 or not difference_.is_polynomial(*names):
        raise InputError("Write an inequality with the variable alone on one side, such as x < 3.")
    polynomial = sympy.Poly(difference_, names[0])
    if not (polynomial.domain.is_ZZ or polynomial.domain.is_QQ) or polynomial.degree() > MAX_DEGREE:
        raise InputError("Write an inequality with the variable alone on one side, such as x < 3.")

    def has(x: sympy.Expr) -> bool | None:
        order = sign(polynomial.as_expr().xreplace({names[0]: x}))
        return None if order is None else _HOLDS[op](order)

    return Region(tuple(dict.fromkeys(sympy.real_roots(polynomial))), has)


def _without_absolute_value(difference_: sympy.Expr, op: str) -> tuple[str, list[sympy.Expr]] | None:
    """a|p| + q op 0 as two relations without the absolute value: |p| < c is p < c and −p < c."""
    found = sorted(difference_.atoms(sympy.Abs), key=str)
    if len(found) != 1 or found[0].args[0].has(sympy.Abs):
        return None
    size = sympy.Dummy("size", real=True)
    plain = sympy.expand(difference_.xreplace({found[0]: size}))
    if not plain.is_polynomial(size) or sympy.degree(plain, size) != 1 or not plain.coeff(size, 1).is_Rational:
        return None
    a, q = plain.coeff(size, 1), plain.coeff(size, 0)
    if q.free_symbols and op in ("==", "!="):
        return None  # |p| = x also asks for x >= 0
    if not q.free_symbols and op in ("==", "!=") and (q / a).is_nonnegative is not True:
        inside = found[0].args[0]
        roots = [a * inside + q, -a * inside + q] if (q / a).is_negative else [sympy.Integer(1)]
        return None if roots == [sympy.Integer(1)] else ("or" if op == "==" else "and", roots)
    if op in ("==", "!="):
        return None
    upper = (op in ("<", "<=")) == bool(a > 0)
    return "and" if upper else "or", [plain.xreplace({size: side * found[0].args[0]}) for side in (1, -1)]


def _combined(known: list[Region], rule: Callable[[Any], bool]) -> Region:
    def has(x: sympy.Expr) -> bool | None:
        found = [part.has(x) for part in known]
        settled = rule is any
        if settled in found:
            return settled
        return None if None in found else not settled

    return Region(tuple(end for part in known for end in part.ends), has)


def _joined(value: Items, rule: Callable[[Any], bool]) -> Region | None:
    parts = [region(item) for item in value.items]
    known = [part for part in parts if part is not None]
    return _combined(known, rule) if len(known) == len(parts) else None


def _without(value: Items) -> Region | None:
    whole, hole = (region(Items((item,), "{") if isinstance(item, Scalar) else item) for item in value.items)
    if whole is None or hole is None:
        return None

    def has(x: sympy.Expr) -> bool | None:
        inside, taken = whole.has(x), hole.has(x)
        return None if inside is None or taken is None else inside and not taken

    return Region(whole.ends + hole.ends, has)


def difference(a: Region, b: Region) -> tuple[bool | None, sympy.Expr | None]:
    """Whether two regions are one set, and a number that is in only one of them.

    Raises
    ------
    InputError
        If they have too many ends: every gap between ends is looked at in every part.
    """
    if len(a.ends) + len(b.ends) > MAX_ENDS:
        raise InputError(f"A set may have at most {MAX_ENDS} ends of intervals here, together with the right one.")
    ends: list[sympy.Expr] = []
    for end in a.ends + b.ends:
        orders = [_order(end, other) for other in ends]
        if None in orders:
            return None, None
        if 0 not in orders:
            ends.append(end)
    ends.sort(key=cmp_to_key(lambda x, y: _order(x, y) or 0))
    for x in _representatives(ends):
        first, second = a.has(x), b.has(x)
        if first is None or second is None:
            return None, None
        if first != second:
            return False, x
    return True, None


def _representatives(ends: list[sympy.Expr]) -> list[sympy.Expr]:
    """A number in every gap between the ends, and the ends."""
    if not ends:
        return [sympy.Integer(0)]
    found = [ends[0] - 1]
    for left, right in zip(ends, [*ends[1:], None], strict=True):
        found += [left, left + 1 if right is None else (left + right) / 2]
    return found
