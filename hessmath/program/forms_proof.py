"""Proofs of the better forms, by the programs of both sides run over SymPy.

Both sides of a row are written as tapes and read back as expressions a, b in real variables.  They are equal where
both are defined when a − b is 0 as a fraction of polynomials in the variables, exponentials and square roots; or when
this holds for every ∂(a − b) and a − b = 0 at the origin, around which the domain of such a row is connected.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import sympy

from hessmath.program.arithmetic.symbols import read_back
from hessmath.program.better_forms import FORMS, Family, Form
from hessmath.program.tape import Tape, TapeBuilder
from hessmath.program.terms import Term, text, write_term


def sides(before: Term, after: Term) -> tuple[Tape, Tape]:
    """The programs of both sides, in the same inputs; nothing is rewritten in the first one."""
    names = sorted(_variables(before))
    builders = [TapeBuilder(names), TapeBuilder(names)]
    bound = {name: i for i, name in enumerate(names)}
    slots = [_written(builders[0], before, bound), write_term(builders[1], after, bound)]
    first, second = (builder.build([slot]) for builder, slot in zip(builders, slots, strict=True))
    return first, second


def prove(form: Form | Family) -> None:
    """Prove every instance of a row.

    Raises
    ------
    AssertionError
        If a difference does not vanish; with the instance.
    """
    for before, after in form.examples:
        tapes = sides(before, after)
        symbols = [sympy.Symbol(name, real=True) for name in tapes[0].names]
        a, b = (read_back(tape, symbols) for tape in tapes)
        if a == b:
            continue
        if _normal_form(a - b) == 0:
            continue
        slopes = [_normal_form(sympy.diff(a - b, s)) for s in symbols]
        if any(slopes) or (a - b).subs(dict.fromkeys(symbols, 0)) != 0:
            raise AssertionError(f"{text(before)} → {text(after)} is not proved: {a - b} may differ from 0.")


def prove_all() -> int:
    """Prove every row of ``FORMS``; the number of instances proved."""
    for form in FORMS:
        prove(form)
    return sum(len(form.examples) for form in FORMS)


def _variables(term: Term) -> set[str]:
    if isinstance(term, str):
        return {term}
    return set().union(*(_variables(part) for part in term[1:])) if isinstance(term, tuple) else set()


def _written(builder: TapeBuilder, term: Term, bound: dict[str, int]) -> int:
    """The slot of a term, exactly as it is written."""
    if isinstance(term, str):
        return bound[term]
    if not isinstance(term, tuple):
        return builder.constant(Fraction(term))
    return builder.emit(str(term[0]), *(_written(builder, part, bound) for part in term[1:]))


def _normal_form(expr: Any) -> Any:
    """The expression as a reduced fraction of polynomials in new symbols for exp(u/d) and √w: 0 if it is that fraction.

    d is the least common denominator of the coefficients c in exp(c·u), so that every power is an integer.
    """
    expr = sympy.expand_power_exp(sympy.together(expr.rewrite(sympy.exp)))
    parts = {power: power.args[0].as_coeff_Mul() for power in expr.atoms(sympy.exp)}
    denominators: dict[Any, int] = {}
    for c, u in parts.values():
        denominators[u] = math.lcm(denominators.get(u, 1), int(c.q))
    symbols = {u: sympy.Dummy() for u in denominators}
    expr = expr.xreplace({power: symbols[u] ** (c * denominators[u]) for power, (c, u) in parts.items()})
    roots: dict[Any, Any] = {}
    for power in expr.atoms(sympy.Pow):
        if power.exp.is_Rational and power.exp.q == 2:
            expr = expr.xreplace({power: roots.setdefault(power.base, sympy.Dummy()) ** (2 * power.exp)})
    return sympy.cancel(sympy.together(expr))
