"""The one loop that runs a tape; every arithmetic gives it what a constant and what an operation is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hessmath.errors import InputError
from hessmath.program.primitives import CONSTANT, INPUT, PRIMITIVES, Primitive
from hessmath.program.tape import Constant, Tape

Values = Sequence[Any] | Mapping[str, Any]
"""What the inputs are: in the order of ``tape.names``, or by name."""


@dataclass(frozen=True)
class Undefined:
    """A value that does not exist, and why; harmless in the branch that a selection does not take."""

    reason: str


def in_order(tape: Tape, values: Values) -> list[Any]:
    """One value per input, in order.

    Raises
    ------
    InputError
        If a value is missing or there are too many.
    """
    if isinstance(values, Mapping):
        missing = [name for name in tape.names if name not in values]
        unknown = [str(name) for name in values if name not in tape.names]
        if missing or unknown:
            what = f"a value for {missing[0]} is missing" if missing else f"{unknown[0]} is not one of them"
            raise InputError(f"The program has the inputs {', '.join(tape.names)}, but {what}.")
        return [values[name] for name in tape.names]
    if len(values) != len(tape.names):
        wanted = f"{len(tape.names)} inputs ({', '.join(tape.names)})" if tape.names else "no inputs"
        raise InputError(f"The program takes {wanted}, but got {len(values)} values.")
    return list(values)


def interpret(
    tape: Tape,
    inputs: Sequence[Any],
    constant: Callable[[Constant], Any],
    apply: Callable[[Primitive, tuple[Any, ...]], Any],
) -> list[Any]:
    """The value of every slot, in order."""
    constants = [constant(c) for c in tape.constants]
    values: list[Any] = []
    for code, a, b, c in tape.rows:
        if code == INPUT:
            values.append(inputs[a])
        elif code == CONSTANT:
            values.append(constants[a])
        else:
            row = PRIMITIVES[code]
            if row.arity == 2:
                operands: tuple[Any, ...] = (values[a], values[b])
            elif row.arity == 1:
                operands = (values[a],)
            else:
                operands = (values[a], values[b], values[c])
            values.append(apply(row, operands))
    return values


def outputs(tape: Tape, values: Sequence[Any]) -> list[Any]:
    """The output values, after every slot has one.

    Raises
    ------
    InputError
        If an output is undefined, with the operation at fault.
    """
    chosen = [values[slot] for slot in tape.outputs.tolist()]
    for value in chosen:
        if isinstance(value, Undefined):
            raise InputError(value.reason)
    return chosen


def strictly(apply: Callable[[Primitive, tuple[Any, ...]], Any]) -> Callable[[Primitive, tuple[Any, ...]], Any]:
    """The same operations where an operand may be undefined: only a selection can leave it behind."""

    def guarded(row: Primitive, operands: tuple[Any, ...]) -> Any:
        if row.name == "select" and not isinstance(operands[0], Undefined):
            return operands[1] if operands[0] != 0 else operands[2]
        for operand in operands:
            if isinstance(operand, Undefined):
                return operand
        return apply(row, operands)

    return guarded
