"""The Tape: an immutable straight-line program, and the builder that shares equal slots.

Slot i holds the value of one instruction; operands are earlier slots, so that one pass in order evaluates
everything.  Instructions are kept as a structure of arrays.  The builder is hash-consing: an instruction that
already exists gives its old slot back, so common subexpressions are shared within and across outputs.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.program.cost import Cost
from hessmath.program.primitives import CLOSED, CONSTANT, INPUT, OPCODE, PRIMITIVES

Int32 = NDArray[np.int32]


class NamedConstant(enum.Enum):
    """A constant that is not rational."""

    PI = "pi"
    E = "E"


Constant = Fraction | NamedConstant

_TABLE = ",".join(row.name for row in PRIMITIVES[:CLOSED])


@dataclass(frozen=True, eq=False)
class Tape:
    """A straight-line program in single-assignment form.

    Attributes
    ----------
    names : names of the inputs, which are slots 0 … len(names) − 1
    code : (slots,) int32, the row of each instruction in the op table
    operands : (slots, 3) int32, operand slots, −1 where unused; of a constant its place in ``constants``,
        of an input its number
    constants : the exact constants
    outputs : (outputs,) int32, the slots whose values are the result, row by row
    shape : shape of the result, () for a scalar
    rewrites : the better forms that passes put in, as words; they explain the program and are no part of it

    Examples
    --------
    >>> builder = TapeBuilder(("x", "y"))
    >>> product = builder.emit("mul", 0, 1)
    >>> print(builder.build([builder.emit("add", product, product)]))
    0  x
    1  y
    2  mul 0 1
    3  add 2 2
    → 3
    """

    names: tuple[str, ...]
    code: Int32
    operands: Int32
    constants: tuple[Constant, ...]
    outputs: Int32
    shape: tuple[int, ...] = ()
    rewrites: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("code", "operands", "outputs"):
            array = np.array(getattr(self, name), dtype=np.int32)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if len(self.outputs) != int(np.prod(self.shape, dtype=np.int64)):
            raise InputError(f"A tape of shape {self.shape} cannot have {len(self.outputs)} outputs.")

    def __len__(self) -> int:
        return len(self.code)

    @cached_property
    def rows(self) -> tuple[tuple[int, int, int, int], ...]:
        """The instructions as Python integers: (code, operand, operand, operand)."""
        return tuple(zip(self.code.tolist(), *self.operands.T.tolist(), strict=True))

    @cached_property
    def derived(self) -> dict[object, Tape]:
        """Programs made from this one that others are made from again: its gradient, for products and Hessians."""
        return {}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, 64 hexadecimal digits; the inputs' names do not matter."""
        text = repr((_TABLE, len(self.names), self.shape, [str(c) for c in self.constants]))
        content = hashlib.sha256(text.encode())
        code = self.code
        if len(code) and int(code.max()) >= CLOSED:  # user-defined: their opcodes depend on what else the process did
            own, places = np.unique(code[code >= CLOSED], return_inverse=True)
            identities = [PRIMITIVES[c].identity for c in own.tolist()]
            order = np.argsort(np.argsort(identities))
            code = code.copy()
            code[code >= CLOSED] = CLOSED + order[places]
            content.update(repr(sorted(identities)).encode())
        for array in (code, self.operands, self.outputs):
            content.update(b"|" + array.astype("<i4").tobytes())
        return content.hexdigest()

    @cached_property
    def cost(self) -> Cost:
        """How many operations of each kind one evaluation takes."""
        return Cost.of(PRIMITIVES[c].cost for c in self.code.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tape) and self.names == other.names and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def instructions(self) -> Iterator[tuple[int, str, tuple[int, ...]]]:
        """Slot, primitive and operand slots of everything computed, in order; inputs and constants left out."""
        for slot, (code, *operands) in enumerate(self.rows):
            if code not in (INPUT, CONSTANT):
                yield slot, PRIMITIVES[code].name, tuple(operands[: PRIMITIVES[code].arity])

    def constant_at(self, slot: int) -> Constant | None:
        """The constant that a slot holds, or None when it is computed."""
        code, which, _, _ = self.rows[slot]
        return self.constants[which] if code == CONSTANT else None

    def input_numbers(self, names: Sequence[str] | None = None) -> tuple[int, ...]:
        """The numbers of the named inputs, of all inputs for None."""
        if names is None:
            return tuple(range(len(self.names)))
        if isinstance(names, str):
            names = (names,)
        place = {name: i for i, name in enumerate(self.names)}
        for name in names:
            if name not in place:
                raise InputError(f"{name!r} is not an input of this program, which has {', '.join(self.names)}.")
        return tuple(place[name] for name in names)

    def __str__(self) -> str:
        lines = []
        for slot, (code, *operands) in enumerate(self.rows):
            if code == INPUT:
                text = self.names[operands[0]]
            elif code == CONSTANT:
                constant = self.constants[operands[0]]
                text = constant.value if isinstance(constant, NamedConstant) else str(constant)
            else:
                used = operands[: PRIMITIVES[code].arity]
                text = " ".join([PRIMITIVES[code].name, *map(str, used)])
            lines.append(f"{slot}  {text}")
        return "\n".join([*lines, "→ " + " ".join(map(str, self.outputs.tolist()))])

    def __repr__(self) -> str:
        return f"<Tape {', '.join(self.names)} ↦ {self.shape or 'scalar'}, {len(self)} slots>"


Row = tuple[int, int, int, int]


class TapeBuilder:
    """Collects instructions, giving equal ones the same slot; ``build`` freezes them into a Tape.

    Attributes
    ----------
    names : names of the inputs
    rows : what was written so far, (code, operand, operand, operand); to be read only
    constants : the constants of these rows; to be read only
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        if len(set(self.names)) != len(self.names):
            raise InputError(f"The inputs of a program need different names, but got {', '.join(self.names)}.")
        self.rows: list[Row] = [(INPUT, i, -1, -1) for i in range(len(self.names))]
        self.constants: list[Constant] = []
        self._slots: dict[Row, int] = {}
        self._places: dict[Constant, int] = {}

    @staticmethod
    def extending(tape: Tape, names: Sequence[str] = ()) -> tuple[TapeBuilder, list[int]]:
        """A builder that holds a tape with further inputs after its own, and where each of its slots went."""
        builder = TapeBuilder((*tape.names, *names))
        n, k = len(tape.names), len(names)
        slots = [*range(n), *range(n + k, len(tape) + k)]
        if k == 0:
            builder.rows = list(tape.rows)
        else:
            computed = np.array([row.arity for row in PRIMITIVES])[tape.code] > 0
            moved = tape.operands + np.where((tape.operands >= n) & computed[:, None], k, 0)
            builder.rows += zip(tape.code[n:].tolist(), *moved[n:].T.tolist(), strict=True)
        builder._slots = dict(zip(builder.rows[n + k :], range(n + k, len(tape) + k), strict=True))
        builder.constants = list(tape.constants)
        builder._places = {constant: place for place, constant in enumerate(tape.constants)}
        return builder, slots

    def __len__(self) -> int:
        return len(self.rows)

    def _slot(self, row: Row) -> int:
        slot = self._slots.get(row)
        if slot is None:
            slot = self._slots[row] = len(self.rows)
            self.rows.append(row)
        return slot

    def constant(self, value: Constant | int) -> int:
        """The slot of an exact constant."""
        exact = value if isinstance(value, (Fraction, NamedConstant)) else Fraction(value)
        place = self._places.get(exact)
        if place is None:
            place = self._places[exact] = len(self.constants)
            self.constants.append(exact)
        return self._slot((CONSTANT, place, -1, -1))

    def emit(self, name: str, *operands: int) -> int:
        """The slot of one operation on earlier slots."""
        code = OPCODE[name]
        if len(operands) != PRIMITIVES[code].arity:
            raise InputError(f"{name} takes {PRIMITIVES[code].arity} operands, but got {len(operands)}.")
        return self.put(code, *operands)

    def put(self, code: int, a: int, b: int = -1, c: int = -1) -> int:
        """The slot of one operation, by its row in the op table; as many operands as it takes."""
        if a > b >= 0 and PRIMITIVES[code].commutative:
            a, b = b, a
        row = (code, a, b, c)
        slot = self._slots.get(row)
        if slot is None:
            slot = self._slots[row] = len(self.rows)
            self.rows.append(row)
        return slot

    def inline(self, tape: Tape, inputs: Sequence[int]) -> list[int]:
        """Append another tape with its inputs taken from these slots; the slots of all its instructions."""
        slots: list[int] = []
        for code, a, b, c in tape.rows:
            if code == INPUT:
                slots.append(inputs[a])
            elif code == CONSTANT:
                slots.append(self.constant(tape.constants[a]))
            elif b < 0:
                slots.append(self.put(code, slots[a]))
            else:
                slots.append(self.put(code, slots[a], slots[b], slots[c] if c >= 0 else -1))
        return slots

    def row(self, slot: int) -> tuple[str, tuple[int, ...]]:
        """The primitive and the operand slots of a slot; both empty of meaning for inputs and constants."""
        code, *operands = self.rows[slot]
        return PRIMITIVES[code].name, tuple(operands[: PRIMITIVES[code].arity])

    def constant_at(self, slot: int) -> Constant | None:
        """The constant that a slot holds, or None when it is computed."""
        code, which, _, _ = self.rows[slot]
        return self.constants[which] if code == CONSTANT else None

    def build(self, outputs: Sequence[int], shape: Sequence[int] | None = None, rewrites: Sequence[str] = ()) -> Tape:
        """The tape with these output slots; ``shape`` defaults to () for one output, else (outputs,)."""
        if shape is None:
            shape = () if len(outputs) == 1 else (len(outputs),)
        rows = np.fromiter(chain.from_iterable(self.rows), dtype=np.int32, count=4 * len(self.rows)).reshape(-1, 4)
        tape = Tape(
            self.names,
            rows[:, 0],
            rows[:, 1:],
            tuple(self.constants),
            np.array(outputs, dtype=np.int32),
            tuple(int(n) for n in shape),
            tuple(rewrites),
        )
        tape.__dict__["rows"] = tuple(self.rows)  # what the cached property would make of the arrays again
        return tape
