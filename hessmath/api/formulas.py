"""What users have at hand as functions, exact numbers and conditions."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hessmath.errors import InputError, WrongKind

if TYPE_CHECKING:
    from hessmath.function import Function
    from hessmath.verify.smooth import Condition


def as_function(f: Any, variables: Any = None) -> Any:
    """The function itself, or a formula read as one."""
    from hessmath.function import Function

    arrays = sys.modules.get("hessmath.array_function")  # not loaded: then f is none of its functions
    if isinstance(f, Function) or (arrays is not None and isinstance(f, arrays.ArrayFunction)):
        if variables is not None:
            raise WrongKind(f"{f!r} has its variables already; give variables only with a formula.")
        return f
    return Function(f, variables)


def scalar_function(f: Any, what: str) -> Function:
    """As a Function with one value; ``what`` needs it."""
    from hessmath.function import Function

    function = as_function(f)
    if not isinstance(function, Function):
        raise WrongKind(f"{what} needs a function of numbers: give the sizes first, as in f.expand(n=10).")
    if function.is_map:
        raise WrongKind(f"{what} needs a scalar function, but {function.name} is a map.")
    return function


def literal_tape(function: Function) -> Any:
    """The program of f as it is written."""
    from hessmath.program import LITERAL

    return function.lowered(LITERAL)


def exact_parameters(function: Function, parameters: Sequence[Any] | None) -> list[Fraction]:
    """The values of the parameters as exact rationals."""
    from hessmath.symbolic.constants import exact_number

    names, values = [str(p) for p in function.parameters], list(parameters or [])
    if len(values) != len(names):
        needed = f"the values of ({', '.join(names)})" if names else "no parameters"
        raise InputError(f"{function.name} needs {needed} as parameters=, but got {len(values)} numbers.")
    exact = [exact_number(value, name) for name, value in zip(names, values, strict=True)]
    for name, value in zip(names, exact, strict=True):
        if not value.is_Rational:
            raise InputError(f"The parameter {name} should be a rational number, but is {value}.")
    return [Fraction(int(value.p), int(value.q)) for value in exact]


def domain_conditions(function: Function) -> list[Condition]:
    """The domain of a function as programs that are positive inside it."""
    from hessmath.language import to_text
    from hessmath.program import LITERAL, lower
    from hessmath.symbolic.from_tree import to_sympy
    from hessmath.verify.smooth import Condition

    found = []
    symbols = {str(s): s for s in (*function.variables, *function.parameters)}
    for written in function.domain:
        relation = to_sympy(written, symbols)
        operator = getattr(relation, "rel_op", None)
        if operator not in (">", ">=", "<", "<=", "!="):
            raise InputError(f"The domain {to_text(written)} is no inequality, so that no box lies inside it.")
        difference = relation.lhs - relation.rhs if ">" in operator else relation.rhs - relation.lhs
        tape = lower(difference, [*function.variables, *function.parameters], passes=LITERAL)
        found.append(Condition(to_text(written), tape, operator == "!="))
    return found


def by_name(point: Mapping[str, Any], names: Sequence[str], what: str = "x0") -> list[Any]:
    """The numbers of a mapping in the order of the names."""
    missing = [name for name in names if name not in point]
    unknown = [name for name in point if name not in names]
    if missing or unknown:
        wrong = f"{missing[0]} is missing" if missing else f"{unknown[0]} is not a variable"
        raise InputError(f"{what} needs one number for each of ({', '.join(names)}), but {wrong}.")
    return [point[name] for name in names]
