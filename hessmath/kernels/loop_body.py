"""What a loop of a schedule computes in each iteration: one tape for all sinks, so that they share subexpressions."""

from __future__ import annotations

from dataclasses import dataclass

from hessmath.kernels.scheduling import Loop, Schedule
from hessmath.program.arrays.nodes import Map
from hessmath.program.better_forms import STANDARD
from hessmath.program.passes import run_passes
from hessmath.program.tape import Tape, TapeBuilder


@dataclass(frozen=True)
class LoopBody:
    """The inside of a loop.

    Attributes
    ----------
    tape : its outputs are the values of the sinks, in order
    entries : what its inputs are: nodes, each with whether it is computed here though it has memory
    """

    tape: Tape
    entries: tuple[tuple[int, bool], ...]


def loop_body(loop: Loop, made: Schedule) -> LoopBody:
    """The body of a loop, in the standard passes' form."""
    writer = _Writer(made)
    entries: dict[tuple[int, bool], int] = {}
    for sink in loop.sinks:
        for k in writer.entries(sink.node):
            entries.setdefault((k, k == sink.node), len(entries))
    builder = TapeBuilder([f"v{number}" for number in range(len(entries))])
    roots = []
    for sink in loop.sinks:
        slots = {k: slot for (k, is_root), slot in entries.items() if is_root == (k == sink.node)}
        roots.append(writer.written(builder, slots, sink.node))
    tape = run_passes(builder.build(roots, (len(roots),), tuple(writer.rewrites)), STANDARD)
    return LoopBody(tape, tuple(entries))


class _Writer:
    def __init__(self, made: Schedule) -> None:
        self.made, self.nodes = made, made.program.nodes
        self.rewrites: dict[str, None] = {}

    def is_inside(self, k: int, root: int) -> bool:
        """Whether a node is computed here by its tape, not loaded."""
        return isinstance(self.nodes[k], Map) and (k == root or k not in self.made.buffers)

    def entries(self, root: int) -> list[int]:
        """The nodes whose values a node's tape reads."""
        found: dict[int, None] = {}
        stack, seen = [root], set()
        while stack:
            k = stack.pop()
            if k in seen:
                continue
            seen.add(k)
            if self.is_inside(k, root):
                stack.extend(reversed(self.nodes[k].operands))
            else:
                found[k] = None
        return list(found)

    def written(self, builder: TapeBuilder, slots: dict[int, int], root: int) -> int:
        """The slot of a node, its maps written in line."""
        stack = [root]
        while stack:
            k = stack[-1]
            if k in slots:
                stack.pop()
                continue
            node = self.nodes[k]
            missing = [operand for operand in node.operands if operand not in slots]
            if missing:
                stack.extend(missing)
                continue
            assert isinstance(node, Map)
            self.rewrites |= dict.fromkeys(node.body.rewrites)
            slots[k] = builder.inline(node.body, [slots[o] for o in node.operands])[int(node.body.outputs[0])]
        return slots[root]
