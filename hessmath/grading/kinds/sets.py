"""Kinds whose answer is several values, a region, an equation or a system."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Interval, Items, Relation, Scalar, Value, Word, written
from hessmath.grading.comparison import compare, compare_all
from hessmath.grading.grade import Judgement, Message, Verdict
from hessmath.grading.kinds.kind import Kind, Problem
from hessmath.grading.problems import field
from hessmath.grading.regions import NOTHING, Region, difference, points, region
from hessmath.grading.solution_sets import same_relation, same_system

MAX_MEMBERS = 60

_LISTS = frozenset({"[", "(", "{", "<", "", "or", "and", "±"})


# ---- sets -------------------------------------------------------------------------------------------------


def _set_key(problem: Problem) -> Any:
    value = _enumerated(field(problem, "answer"))
    if isinstance(problem.data["answer"], str) and isinstance(value, Items) and value.bracket in ("(", "["):
        shape = region(value)  # (0, 1) as text is an interval
    else:
        shape = _region(value)
    return shape if shape is not None else tuple(_truth(member) for member in members(value))


def _region(value: Value) -> Region | None:
    """Intervals and inequalities are regions, finite lists are not."""
    if isinstance(value, Interval) or (isinstance(value, Word) and value.text not in NOTHING):
        return region(value)
    if isinstance(value, Relation):
        return region(value) if value.op != "==" else None
    if isinstance(value, Items) and _has_region(value):
        return region(value)
    return None


def _has_region(value: Items) -> bool:
    if value.bracket in ("union", "intersection", "setminus"):
        return True
    parts = [item for item in value.items if isinstance(item, Interval | Relation)]
    return any(not isinstance(part, Relation) or part.op != "==" for part in parts)


def members(value: Value) -> tuple[Value, ...]:
    """The members of a finite set; words for the empty set give none.

    Raises
    ------
    InputError
        If there are too many, or the words say nothing of a set.
    """
    if isinstance(value, Word):
        if value.text in NOTHING:
            return ()
        raise InputError("The answer must be a set such as {1, 2}.")
    if isinstance(value, Items) and value.bracket in _LISTS:
        found: list[Value] = []
        for item in value.items:  # x = 1 or x = 2, {1 ± √2}
            more = isinstance(item, Items) and item.bracket in ("or", "±")
            found += members(item) if more else [item]
        if len(found) > MAX_MEMBERS:
            raise InputError(f"A set has at most {MAX_MEMBERS} members here.")
        return tuple(found)
    return (value,)


def _truth(value: Value) -> Any:
    if isinstance(value, Items):
        return tuple(_truth(item) for item in value.items)
    return written(value, 'The field "answer"').value


def _enumerated(value: Value) -> Value:
    """{a, b} ∪ {c} as {a, b, c}; anything else as it is."""
    if not isinstance(value, Items) or value.bracket != "union":
        return value
    parts = [_enumerated(item) for item in value.items]
    if not all(isinstance(part, Items) and part.bracket == "{" for part in parts):
        return value
    return Items(tuple(item for part in parts if isinstance(part, Items) for item in part.items), "{")


def _judge_set(problem: Problem, truth: Any, answer: Value) -> Judgement:
    answer = _enumerated(answer)
    if isinstance(truth, Region):
        return _judge_region(truth, answer)
    joined = isinstance(answer, Items) and answer.bracket in ("intersection", "setminus", "union")
    if joined and not any(isinstance(member, tuple) or member.free_symbols for member in truth):
        return _judge_region(points(truth), answer)
    if _region(answer) is not None and not (isinstance(answer, Items) and answer.bracket in _LISTS):
        return Judgement(Verdict.WRONG, messages=(Message("finite_set_expected"),))
    given = members(answer)
    if truth and isinstance(truth[0], tuple) and _one_point(given, truth[0]):
        given = (answer,)
    return match(problem, given, truth)


def _one_point(given: tuple[Value, ...], truth: tuple[Any, ...]) -> bool:
    """(1, 2) alone is the set of that one point."""
    return len(given) == len(truth) and all(isinstance(item, Scalar | Relation) for item in given)


def match(problem: Problem, given: tuple[Value, ...], truth: tuple[Any, ...]) -> Judgement:
    """Members in any order; a member that is given twice counts once."""
    missing = list(range(len(truth)))
    extra, unknown, used = 0, 0, 0
    for item in given:
        verdicts = [_verdict(problem, item, right) for right in truth]
        right = [i for i, verdict in enumerate(verdicts) if verdict in (Verdict.RIGHT, Verdict.SAMPLED)]
        if right:
            used += right[0] in missing
            missing = [i for i in missing if i != right[0]]
        elif Verdict.UNDECIDED in verdicts:
            unknown += 1
        else:
            extra += 1
    share = Fraction(max(0, used - extra), len(truth)) if truth else Fraction(not extra)
    if extra or (missing and not unknown):
        messages = []
        if extra:
            messages.append(Message("wrong_members", {"count": str(extra)}))
        if missing and not unknown:
            messages.append(Message("missing_members", {"count": str(len(missing))}))
        return Judgement(Verdict.WRONG, share, tuple(messages), {"members": str(extra), "missing": str(len(missing))})
    if unknown or missing:
        return Judgement(Verdict.UNDECIDED, share)
    return Judgement(Verdict.RIGHT, Fraction(1))


def _verdict(problem: Problem, item: Value, right: Any) -> Verdict:
    """A member of another shape is another member."""
    if isinstance(right, tuple) != (isinstance(item, Items) and item.bracket != ":"):
        return Verdict.WRONG
    return compare(problem, item, right).verdict


def _judge_region(truth: Region, answer: Value) -> Judgement:
    given = region(answer)
    if given is None and isinstance(answer, Scalar):
        given = region(Items((answer,), "{"))
    if given is None:
        raise InputError("The answer must be a set of numbers such as (0, 1] or x < 3.")
    same, witness = difference(given, truth)
    if same is None:
        return Judgement(Verdict.UNDECIDED)
    if same:
        return Judgement(Verdict.RIGHT, Fraction(1))
    assert witness is not None
    key = "number_should_be_in" if truth.has(witness) else "number_should_not_be_in"
    return Judgement(Verdict.WRONG, messages=(Message(key, {"number": str(witness)}),), where={"number": str(witness)})


# ---- lists ------------------------------------------------------------------------------------------------


def _list_key(problem: Problem) -> Any:
    value = field(problem, "answer")
    return tuple(_truth(item) for item in value.items) if isinstance(value, Items) else (_truth(value),)


def _judge_list(problem: Problem, truth: Any, answer: Value) -> Judgement:
    if not isinstance(answer, Items):
        answer = Items((answer,), "")
    if problem.options.get("ordered", True):
        return compare_all(problem, answer, truth)
    return match(problem, answer.items, truth)


# ---- equations --------------------------------------------------------------------------------------------


def _relation(value: Value, what: str = "The answer") -> tuple[str, sympy.Expr]:
    """op and left − right; a = 0 or b = 0 is a·b = 0."""
    if isinstance(value, Items) and value.bracket == "or":
        parts = [_relation(item, what) for item in value.items]
        if all(op == "==" for op, _ in parts):
            return "==", sympy.Mul(*(expr for _, expr in parts))
    if isinstance(value, Items) and len(value.items) == 1:
        return _relation(value.items[0], what)
    if not isinstance(value, Relation):
        raise InputError(f"{what} must be an equation such as y = 2x + 1.")
    return value.op, value.left.value - value.right.value


def _is_equation(value: Value) -> bool:
    parts = value.items if isinstance(value, Items) and value.bracket == "or" else (value,)
    return all(isinstance(part, Relation) and part.op == "==" for part in parts)


@dataclass(frozen=True)
class Statement:
    """difference op 0."""

    op: str
    difference: sympy.Expr


def _equation_key(problem: Problem) -> Any:
    value = field(problem, "answer")
    if not _is_equation(value) and not (isinstance(value, Relation) and len(problem.variables) > 1):
        found = region(value)
        if found is not None:
            return found
    return Statement(*_relation(field(problem, "answer"), 'The field "answer"'))


def _judge_equation(problem: Problem, truth: Any, answer: Value) -> Judgement:
    if isinstance(truth, Region):
        return _judge_region(truth, answer)
    if isinstance(answer, Items) and len(answer.items) > 1 and not _is_equation(answer):
        return _on_the_line(problem, truth, answer) or same_relation(_relation(answer), _pair(truth), "real")
    given = _relation(answer)
    if given[1] == 0 and truth.difference == 0 and given[0] == truth.op:
        return Judgement(Verdict.RIGHT, Fraction(1))
    if given[1] == 0:
        return Judgement(Verdict.WRONG, messages=(Message("always_true"),))
    found = same_relation(given, _pair(truth), str(problem.options.get("domain", "real")))
    if found.verdict is Verdict.UNDECIDED:
        return _on_the_line(problem, truth, answer) or found
    return found


def _pair(truth: Statement) -> tuple[str, sympy.Expr]:
    return truth.op, truth.difference


def _on_the_line(problem: Problem, truth: Statement, answer: Value) -> Judgement | None:
    """The comparison as sets of real numbers, when the statement is about one real variable."""
    if len(truth.difference.free_symbols) != 1 or problem.options.get("domain", "real") != "real":
        return None
    names = {name for scalar in _scalars(answer) for name in scalar.value.free_symbols}
    if not names <= truth.difference.free_symbols:
        return None
    anything = next(iter(_scalars(answer)))
    zero = Scalar(sympy.Integer(0), anything.tree)
    try:
        wanted = region(Relation(truth.op, Scalar(truth.difference, anything.tree), zero))
        return _judge_region(wanted, answer) if wanted is not None and region(answer) is not None else None
    except InputError:
        return None


def _scalars(value: Value) -> list[Scalar]:
    if isinstance(value, Items):
        return [scalar for item in value.items for scalar in _scalars(item)]
    if isinstance(value, Relation):
        return [value.left, value.right]
    return [value] if isinstance(value, Scalar) else []


def _equations(value: Value, what: str = "The answer") -> tuple[sympy.Expr, ...]:
    parts = value.items if isinstance(value, Items) else (value,)
    if len(parts) > MAX_MEMBERS:
        raise InputError(f"{what} may have at most {MAX_MEMBERS} equations.")
    found = [_relation(part, what) for part in parts]
    if any(op != "==" for op, _ in found):
        raise InputError(f"{what} must be equations such as x + y = 1, x - y = 3.")
    return tuple(expr for _, expr in found)


def _system_key(problem: Problem) -> Any:
    name = "system" if "system" in problem.data else "answer"
    if name not in problem.data:
        raise InputError('An exercise of kind system needs the field "system" or "answer".')
    return _equations(field(problem, name), f'The field "{name}"')


def _judge_system(problem: Problem, truth: Any, answer: Value) -> Judgement:
    return same_system(_equations(answer), truth, problem.variables)


# ---- how truths are shown ---------------------------------------------------------------------------------


def _show_members(truth: Any) -> str:
    if isinstance(truth, Region):
        return r"\text{a set of numbers}"
    return r"\left\{" + ", ".join(map(_show_member, truth)) + r"\right\}" if truth else r"\emptyset"


def _show_member(truth: Any) -> str:
    if isinstance(truth, tuple):
        return r"\left(" + ", ".join(map(_show_member, truth)) + r"\right)"
    return str(sympy.latex(truth))


def _show_relation(truth: Any) -> str:
    if isinstance(truth, Region):
        return r"\text{a set of numbers}"
    sign = {"==": "=", "!=": r"\ne", "<=": r"\le", ">=": r"\ge"}.get(truth.op, truth.op)
    return rf"{sympy.latex(truth.difference)} {sign} 0"


def _show_system(truth: Any) -> str:
    return r",\; ".join(f"{sympy.latex(expr)} = 0" for expr in truth)


ROWS = (
    Kind("set", ("answer",), _set_key, _judge_set, _show_members),
    Kind("list", ("answer",), _list_key, _judge_list, lambda truth: ", ".join(map(_show_member, truth))),
    Kind("equation", ("answer",), _equation_key, _judge_equation, _show_relation),
    Kind("system", (), _system_key, _judge_system, _show_system, may=("answer", "system")),
)
