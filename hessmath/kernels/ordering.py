"""The order in which a tape's instructions are written: each just before it is first needed.

Derivatives come out of their sweeps with values that wait long for their use.  In machine code a waiting value is a
store and a load; depth first from the outputs, most values are used while they are still in a register.  Each value
stays what it was, bit for bit, since no operation changes its operands.
"""

from __future__ import annotations

from hessmath.program import PRIMITIVES, Tape

ARITY = tuple(row.arity for row in PRIMITIVES)


def depth_first(tape: Tape) -> list[int]:
    """The slots of the operations that the outputs need, operands before what uses them; linear time."""
    done = bytearray(len(tape))
    order: list[int] = []
    rows = tape.rows
    for output in tape.outputs.tolist():
        if done[output]:
            continue
        stack = [output]
        while stack:
            slot = stack[-1]
            if done[slot]:
                stack.pop()
                continue
            code, a, b, c = rows[slot]
            arity = ARITY[code]
            if arity:
                waiting = len(stack)
                # the oldest operand first: in a long sum it is all that came before
                if arity > 2 and not done[c]:
                    stack.append(c)
                if arity > 1 and not done[b]:
                    stack.append(b)
                if not done[a]:
                    stack.append(a)
                if len(stack) > waiting:
                    continue
                order.append(slot)
            done[slot] = 1
            stack.pop()
    return order
