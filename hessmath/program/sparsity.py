"""Which derivatives are structurally zero: index sets as the bits of Python integers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hessmath.program.partials import partials
from hessmath.program.primitives import CONSTANT, INPUT, PRIMITIVES
from hessmath.program.tape import Tape


@cache
def _active_operands(code: int) -> tuple[int, ...]:
    """The operands by which a primitive has a derivative that is not identically 0."""
    row = PRIMITIVES[code]
    return tuple(k for k, partial in enumerate(partials(row.name)) if partial is not None)


def derivative_masks(tape: Tape) -> list[int]:
    """For every slot, bit i is set when its derivative by input i need not vanish.

    Comparisons and steps cut dependence: their derivative is 0 wherever it exists.
    """
    masks: list[int] = []
    for code, *operands in tape.rows:
        if code == INPUT:
            masks.append(1 << operands[0])
        elif code == CONSTANT:
            masks.append(0)
        else:
            mask = 0
            for k in _active_operands(code):
                mask |= masks[operands[k]]
            masks.append(mask)
    return masks


def depends(tape: Tape, inputs: Sequence[int]) -> bytearray:
    """For every slot, 1 when its derivative by one of these inputs need not vanish; as in ``derivative_masks``."""
    wanted = set(inputs)
    found = bytearray(len(tape))
    for slot, (code, *operands) in enumerate(tape.rows):
        if code == INPUT:
            found[slot] = operands[0] in wanted
        elif code != CONSTANT:
            for k in _active_operands(code):
                if found[operands[k]]:
                    found[slot] = 1
                    break
    return found


def jacobian_pattern(tape: Tape) -> list[frozenset[int]]:
    """For every output, the inputs by which its derivative need not vanish.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x, y = sympy.symbols("x y")
    >>> jacobian_pattern(lower([x + sympy.sign(y), x * y], [x, y]))
    [frozenset({0}), frozenset({0, 1})]
    """
    masks = derivative_masks(tape)
    n = len(tape.names)
    return [frozenset(i for i in range(n) if masks[slot] >> i & 1) for slot in tape.outputs.tolist()]
