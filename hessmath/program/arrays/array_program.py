"""ArrayProgram: an immutable program on whole arrays, whose length does not depend on their sizes.

Node k may use earlier nodes only.  Sizes are affine in named sizes, which get their values when the program runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from math import prod

from hessmath.errors import InputError
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.nodes import Axes, Gather, Input, Node, Position, Scatter
from hessmath.program.tape import Tape


@dataclass(frozen=True)
class Output:
    """One array of the result: a node's value over these axes, repeated along those that the node lacks."""

    node: int
    axes: Axes


@dataclass(frozen=True, eq=False)
class ArrayProgram:
    """Nodes in order, which inputs are variables, and the outputs.

    Attributes
    ----------
    nodes : each uses earlier ones only
    variables : names of the inputs to differentiate by, in the order of the flat vector x
    parameters : names of the other inputs: data
    outputs : the arrays of the result, in order
    """

    nodes: tuple[Node, ...]
    variables: tuple[str, ...]
    parameters: tuple[str, ...]
    outputs: tuple[Output, ...]

    @cached_property
    def inputs(self) -> Mapping[str, int]:
        """The node of each input."""
        return {node.name: k for k, node in enumerate(self.nodes) if isinstance(node, Input)}

    @cached_property
    def size_names(self) -> tuple[str, ...]:
        """The names of the sizes, sorted."""
        found = {name for node in self.nodes for affine in _affines(node) for name in affine.names}
        axes = {axis.name for node in self.nodes for axis in (*node.axes, *over_axes(node))}
        return tuple(sorted(found - axes))

    def shape(self, name: str) -> Axes:
        """The axes of an input.

        Raises
        ------
        InputError
            If there is no such input.
        """
        if name not in self.inputs:
            raise InputError(f"{name!r} is not an input of this program, which has {', '.join(self.inputs)}.")
        return self.nodes[self.inputs[name]].axes

    def dimension(self, sizes: Mapping[str, int]) -> int:
        """The number n of variables when the sizes have values."""
        return sum(prod(axis.size.at(sizes) for axis in self.shape(name)) for name in self.variables)

    @property
    def is_scalar(self) -> bool:
        """Whether the result is one number."""
        return len(self.outputs) == 1 and not self.outputs[0].axes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, 64 hexadecimal digits."""
        return hashlib.sha256("\n".join(self._lines(lambda tape: tape.digest)).encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArrayProgram) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __len__(self) -> int:
        return len(self.nodes)

    def _lines(self, show: Callable[[Tape], str]) -> Iterator[str]:
        for k, node in enumerate(self.nodes):
            parts = [type(node).__name__]
            for field in fields(node):
                value = getattr(node, field.name)
                parts.append(show(value) if isinstance(value, Tape) else _text(value))
            yield f"{k}  " + " ".join(parts)
        for output in self.outputs:
            yield f"→ {output.node} {_text(output.axes)}"
        yield f"in {' '.join((*self.variables, *(f'({name})' for name in self.parameters)))}"

    def __str__(self) -> str:
        return "\n".join(self._lines(_in_one_line))

    def __repr__(self) -> str:
        return f"<ArrayProgram {', '.join(self.variables)} ↦ {len(self.outputs)} arrays, {len(self)} nodes>"


def over_axes(node: Node) -> Axes:
    """The axes that a node runs over besides those of its value."""
    over = getattr(node, "over", ())
    return over if isinstance(over, tuple) else (over,)


def _affines(node: Node) -> Iterator[Affine]:
    for axis in (*node.axes, *over_axes(node)):
        yield axis.size
    if isinstance(node, Gather | Scatter):
        yield from node.places
        yield from node.conditions
    if isinstance(node, Position):
        yield node.value


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(_text(part) for part in value) + ")"
    return str(value)


def _in_one_line(tape: Tape) -> str:
    """{add 0 1; mul 2 2}: the instructions of a body."""
    lines = str(tape).split("\n")[len(tape.names) : -1]
    return "{" + "; ".join(line.strip() for line in lines) + "}"


def reachable(nodes: tuple[Node, ...] | list[Node], outputs: tuple[int, ...]) -> list[int]:
    """The nodes that the outputs need, in order; inputs are not added."""
    needed = set(outputs)
    for k in range(len(nodes) - 1, -1, -1):
        if k in needed:
            needed |= set(nodes[k].operands)
    return sorted(needed)
