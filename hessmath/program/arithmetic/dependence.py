"""Dependence: which inputs a value can change with."""

from __future__ import annotations

from hessmath.program.interpreting import Values, in_order, interpret
from hessmath.program.tape import Tape


def run(tape: Tape, values: Values | None = None) -> list[frozenset[int]]:
    """The set of inputs that each output is computed from.

    Parameters
    ----------
    values : one set per input, in order or by name; {i} for input i when left out

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x, y = sympy.symbols("x y")
    >>> run(lower([x + 1, x * y], [x, y]))
    [frozenset({0}), frozenset({0, 1})]
    """
    inputs = [frozenset({i}) for i in range(len(tape.names))] if values is None else in_order(tape, values)
    slots = interpret(tape, inputs, lambda _: frozenset(), lambda _, operands: frozenset().union(*operands))
    return [slots[k] for k in tape.outputs.tolist()]
