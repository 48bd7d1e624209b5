"""Smooth functions over boxes: a scalar program with its gradient and sparse Hessian, run in balls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from hessmath.errors import InputError
from hessmath.program import Tape, gradient, kinks, sparse_hessian
from hessmath.program.arithmetic import balls
from hessmath.program.primitives import CLOSED, CONSTANT, INPUT, PRIMITIVES
from hessmath.program.sparsity import derivative_masks
from hessmath.program.tape import NamedConstant

__all__ = ["Condition", "Program", "Smooth", "around", "instructions"]

Program = tuple[list[list[Any]], int]
"""Instructions as the checker reads them, and the slot of the result."""


@dataclass(frozen=True)
class Condition:
    """A condition of f's domain: the program is positive (or, for ``nonzero``, not zero)."""

    text: str
    tape: Tape
    nonzero: bool = False

    def holds(self, box: Sequence[Any]) -> bool:
        """Whether it is shown on the whole box."""
        (value,) = balls.run(self.tape, box, flint.ctx.prec)
        return bool(value.is_finite() and (value > 0 or (self.nonzero and not value.contains(0))))


class Smooth:
    """f, its gradient and its Hessian over boxes; the Hessian by its stored entries."""

    def __init__(self, tape: Tape, parameters: Sequence[Fraction] = (), conditions: Sequence[Condition] = ()) -> None:
        self.tape = tape
        self.conditions = tuple(conditions)
        self.n = len(tape.names) - len(parameters)
        self.parameters = tuple(parameters)
        if tape.shape != ():
            raise InputError(f"A critical point is one of a scalar function, but this one has shape {tape.shape}.")
        if self.n < 1:
            raise InputError(f"The function has {len(tape.names)} inputs, but {len(parameters)} parameters were given.")
        names = tape.names[: self.n]
        self.gradient = gradient(tape, names)
        self.hessian, self.pattern = sparse_hessian(tape, names)
        masks, variables = derivative_masks(tape), (1 << self.n) - 1
        self._kinks = [kink for kink in kinks(tape) if any(masks[k] & variables for k in kink.arguments)]

    def value_in(self, box: Sequence[Any]) -> Any:
        """The ball of f over a box."""
        return balls.run(self.tape, [*box, *self.parameters], flint.ctx.prec)[0]

    def gradient_in(self, box: Sequence[Any]) -> Any:
        """∇f over a box, (n, 1)."""
        return flint.arb_mat(self.n, 1, balls.run(self.gradient, [*box, *self.parameters], flint.ctx.prec))

    def hessian_in(self, box: Sequence[Any]) -> Any:
        """∇²f over a box, (n, n)."""
        values = balls.run(self.hessian, [*box, *self.parameters], flint.ctx.prec)
        zero = flint.arb(0)
        rows = [[zero] * self.n for _ in range(self.n)]
        for i, j, value in zip(self.pattern.rows.tolist(), self.pattern.indices.tolist(), values, strict=True):
            rows[i][j] = value
        return flint.arb_mat(rows)

    def obstacle(self, box: Sequence[Any]) -> str | None:
        """Why f may fail to be smooth somewhere in the box, as far as balls can tell."""
        slots = balls.slot_values(self.tape, [*box, *self.parameters], flint.ctx.prec)
        for kink in self._kinks:
            argument = slots[kink.arguments[0]]
            if len(kink.arguments) == 2:
                argument = argument - slots[kink.arguments[1]]
            if argument.is_nan() or argument.contains(0):
                return f"{kink.primitive} in the formula has a kink or a jump there"
        if not slots[int(self.tape.outputs[0])].is_finite():
            return "the formula may be undefined there"
        failed = self.outside(box)
        return None if failed is None else f"the domain's condition {failed} may fail there"

    def outside(self, box: Sequence[Any]) -> str | None:
        """A condition of the domain that is not shown on the whole box."""
        whole = [*box, *self.parameters]
        return next((c.text for c in self.conditions if not c.holds(whole)), None)

    @property
    def words(self) -> list[str]:
        """The names as the checker reads them: x1, x2, … where one is no word, such as x[0]."""
        names = self.tape.names[: self.n]
        fine = all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,50}", name) for name in names)
        return list(names) if fine else [f"x{i}" for i in range(1, self.n + 1)]


def instructions(tape: Tape, parameters: Sequence[Fraction]) -> Program | str:
    """A program as the checker reads it, parameters as constants, and its output; else why there is none."""
    n = len(tape.names) - len(parameters)
    program: list[list[Any]] = []
    place: list[int] = []
    for code, *operands in tape.rows:
        if code == INPUT and operands[0] < n:
            place.append(operands[0])
            continue
        if code >= CLOSED:
            return f"the checker does not know the user's function {PRIMITIVES[code].name}"
        if code in (INPUT, CONSTANT):
            constant = parameters[operands[0] - n] if code == INPUT else tape.constants[operands[0]]
            program.append(["constant", constant.value if isinstance(constant, NamedConstant) else str(constant)])
        else:
            row = PRIMITIVES[code]
            program.append([row.name, *(place[k] for k in operands[: row.arity])])
        place.append(n + len(program) - 1)
    return program, place[int(tape.outputs[0])]


def around(centre: Sequence[Fraction], radius: Fraction, scale: Sequence[Fraction] | None = None) -> list[Any]:
    """Balls that contain the box c ± radius·scale; the cube c ± radius without a scale."""
    sides = [radius] * len(centre) if scale is None else [radius * s for s in scale]
    return [balls.ball(c) + balls.ball(side).union(balls.ball(-side)) for c, side in zip(centre, sides, strict=True)]
