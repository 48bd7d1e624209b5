"""The body of a map run on sums of guarded terms: linear operations term by term, all others by cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy

from hessmath.program.arithmetic.symbols import constant_expression
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.collecting import collected
from hessmath.program.arrays.facts import AtLeastZero, Condition, Facts, IsZero, canonical, opposites
from hessmath.program.arrays.guarded import Symbols, Term, Terms, add, mul, plain, under, value_of
from hessmath.program.interpreting import interpret
from hessmath.program.primitives import Primitive
from hessmath.program.tape import Tape

#: So many conditions are told apart in one body; what is left becomes a Piecewise.
MOST_SPLITS = 6

_ONE_WHERE: dict[str, Callable[[Affine], Condition]] = {
    "le": AtLeastZero,
    "lt": lambda difference: AtLeastZero(difference - 1),
    "eq": IsZero,
}


class _Undecided(Exception):
    """A case distinction is needed."""

    def __init__(self, condition: Condition) -> None:
        super().__init__(condition)
        self.condition = condition


def mapped(body: Tape, operands: Sequence[Terms], facts: Facts, symbols: Symbols, splits: int = MOST_SPLITS) -> Terms:
    """The value of a body.

    Where an operation is not linear in an operand that has conditions, or chooses by comparing indices, the body
    is run once where the condition holds and once where it does not.
    """

    def apply(row: Primitive, terms: tuple[Terms, ...]) -> Terms:
        return _apply(row, terms, facts, symbols, splits > 0)

    try:
        slots = interpret(body, operands, lambda c: plain(constant_expression(c)), apply)
    except _Undecided as met:
        parts = []
        for case in (met.condition, *opposites(met.condition)):
            known = facts.where(case)
            chosen = [add(*(under((Term(t.value),), t.conditions, known) for t in terms)) for terms in operands]
            parts.append(under(mapped(body, chosen, known, symbols, splits - 1), [case], facts))
        return add(*parts)
    result: Terms = slots[int(body.outputs[0])]
    return tuple(Term(collected(term.value), term.conditions) for term in result)


def _apply(row: Primitive, operands: tuple[Terms, ...], facts: Facts, symbols: Symbols, splitting: bool) -> Terms:
    values = [value_of(operand) for operand in operands]
    match row.name:
        case "add":
            return add(*operands)
        case "neg" | "sub":
            right = tuple(Term(-term.value, term.conditions) for term in operands[-1])
            return add(*operands[:-1], right)
        case "mul":
            return mul(operands[0], operands[1], facts)
        case "div" if values[1] is not None and values[1] != 0:
            return tuple(Term(term.value / values[1], term.conditions) for term in operands[0])
        case "select" if values[0] is not None and values[0].is_Rational:
            return operands[1] if values[0] != 0 else operands[2]
        case "le" | "lt" | "eq" if values[0] is not None and values[1] is not None:
            difference = symbols.as_affine(values[1] - values[0])
            if difference is not None:
                return _indicator(_ONE_WHERE[row.name](difference), facts, splitting)
    if splitting:
        for terms in operands:
            for condition in (c for term in terms for c in sorted(term.conditions, key=str)):
                if opposites(condition):
                    raise _Undecided(condition)
    return plain(row.meaning(*(symbols.by_cases(t) if v is None else v for t, v in zip(operands, values, strict=True))))


def _indicator(condition: Condition, facts: Facts, splitting: bool) -> Terms:
    truth = facts.holds(condition)
    reduced = canonical(condition)
    if truth is None and splitting and not isinstance(reduced, bool):
        raise _Undecided(reduced)
    one = Term(sympy.Integer(1), frozenset([condition] if truth is None else []))
    return () if truth is False else (one,)
