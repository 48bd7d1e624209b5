"""The order in which a tape's instructions are written, each just before it is first needed; where values wait.

Derivatives come out of their sweeps with values that wait long for their use.  In machine code a waiting value is a
store and a load; depth first from the outputs, most values are used while they are still in a register.  Each value
stays what it was, bit for bit, since no operation changes its operands.
"""

from __future__ import annotations

from collections.abc import Sequence

from hessmath.program import PRIMITIVES, Tape


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
            arity = PRIMITIVES[code].arity
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


def scratch_places(
    chunks: Sequence[Sequence[int]], operands: Sequence[Sequence[int]], kept: int | None
) -> tuple[dict[int, int], int]:
    """A place in the scratch buffer for each value that leaves its chunk, and the buffer's length.

    ``operands`` are those of each slot, −1 where unused; ``kept`` is read after all chunks.  A place is free again
    after the last chunk that reads it.
    """
    home = {slot: number for number, slots in enumerate(chunks) for slot in slots}
    last: dict[int, int] = {}
    for number, slots in enumerate(chunks):
        for slot in slots:
            for operand in operands[slot]:
                if operand >= 0 and home.get(operand, number) != number:
                    last[operand] = number
    if kept is not None and kept in home:
        last[kept] = len(chunks)
    ends: list[list[int]] = [[] for _ in range(len(chunks) + 1)]
    places: dict[int, int] = {}
    free: list[int] = []
    size = 0
    for number, slots in enumerate(chunks):
        for slot in slots:
            if slot not in last:
                continue
            if free:
                place = free.pop()
            else:
                place, size = size, size + 1
            places[slot] = place
            ends[last[slot]].append(place)
        free.extend(ends[number])
    return places, size
