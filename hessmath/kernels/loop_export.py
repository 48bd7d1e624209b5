"""Schedules of array programs → Python: loops as Numba functions, products and factorisations as NumPy calls.

Names say what they are and come from nowhere outside: a0, a1, … are the inputs, d0, … their directions, n0, … the
sizes, i0, i1, … the indices of loops, s0, … scratch arrays, r0, … results, t0, … the values of a loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from hessmath.kernels.loop_body import loop_body
from hessmath.kernels.python_forms import JIT, literal, statement
from hessmath.kernels.scheduling import (
    Accumulate,
    Buffer,
    Clear,
    Factorise,
    Loop,
    Mirror,
    Multiply,
    Schedule,
    Sink,
    Step,
    schedule,
)
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.nodes import (
    Axes,
    Axis,
    Det,
    Gather,
    Identity,
    Inverse,
    LogDet,
    Others,
    OthersTangent,
    Position,
    Product,
    Solve,
)
from hessmath.program.primitives import CONSTANT, INPUT, PRIMITIVES

Placed = tuple[str, int]
"""An expression, and the number of loops around the place where it is known."""

RUNNING = {
    "_product": """def _product(v):
    total = 1.0
    for k in range(len(v)):
        total *= v[k]
    return total""",
    # products of what comes before, times those of what comes after
    "_others": """def _others(v, out):
    before = 1.0
    for k in range(len(v)):
        out[k] = before
        before *= v[k]
    after = 1.0
    for k in range(len(v) - 1, -1, -1):
        out[k] *= after
        after *= v[k]""",
    # the same with tangents: d(p s) = dp s + p ds
    "_others_tangent": """def _others_tangent(v, w, out):
    before, before_t = np.empty(len(v)), np.empty(len(v))
    p, dp = 1.0, 0.0
    for k in range(len(v)):
        before[k], before_t[k] = p, dp
        p, dp = p * v[k], dp * v[k] + p * w[k]
    s, ds = 1.0, 0.0
    for k in range(len(v) - 1, -1, -1):
        out[k] = before_t[k] * s + before[k] * ds
        s, ds = s * v[k], ds * v[k] + s * w[k]""",
    "_mirror": """def _mirror(a):
    for i in range(len(a)):
        for j in range(i):
            a[i, j] = a[j, i]""",
}
"""Products along an axis, and the lower half of a symmetric matrix."""

LINEAR_ALGEBRA = {
    "_inverse": """def _inverse(a):
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.full(a.shape, np.nan)""",
    "_solve": """def _solve(a, rows):
    try:
        return np.linalg.solve(a, rows.reshape(-1, len(a)).T).T.reshape(rows.shape)
    except np.linalg.LinAlgError:
        return np.full(rows.shape, np.nan)""",
    "_logdet": """def _logdet(a):
    sign, value = np.linalg.slogdet(a)
    return value if sign > 0 else np.nan""",
}
"""What Python calls between the loops."""


class Names:
    """How sizes and axes are written."""

    def __init__(self, sizes: Sequence[str]) -> None:
        self.sizes = {name: f"n{k}" for k, name in enumerate(sizes)}

    def affine(self, value: Affine, indices: Mapping[str, str] | None = None) -> str:
        """c + Σ aₖ·nameₖ as Python."""
        known = {**self.sizes, **(indices or {})}
        return str(Affine(tuple((known[name], a) for name, a in value.terms), value.constant))

    def shape(self, axes: Axes) -> str:
        """The tuple of an array's sizes; an axis of size n − 2 has none for n = 1."""
        sizes = [self.affine(axis.size) for axis in axes]
        parts = [s if a.size.is_never_negative else f"max({s}, 0)" for s, a in zip(sizes, axes, strict=True)]
        return f"({', '.join(parts)},)" if parts else "()"

    def count(self, axes: Axes) -> str:
        """The number of an array's entries."""
        sizes = [(self.affine(axis.size), axis.size) for axis in axes]
        parts = [f"({s})" if a.is_never_negative else f"max({s}, 0)" for s, a in sizes]
        return " * ".join(parts) or "1"


class ProgramText:
    """One array program as Python: Numba functions for its loops, and a function that runs its steps.

    Attributes
    ----------
    functions : the texts of the Numba functions
    helpers : the names of the helpers that they or the steps need
    """

    def __init__(self, kind: str, program: ArrayProgram, sizes: Sequence[str]) -> None:
        self.kind, self.program = kind, program
        self.returns_first = kind in ("f", "value_and_gradient")
        self.names = Names(sizes)
        self.made: Schedule = schedule(program, symmetric=kind == "hessian")
        self.functions: list[str] = []
        self.helpers: dict[str, None] = {}
        self.inputs: dict[str, str] = {}
        for k, name in enumerate((*program.variables, *data_names(program))):
            self.inputs[name] = f"a{k}"
            self.inputs[f"d.{name}"] = f"d{k}"

    def text(self) -> str:
        """The function ``_KIND(x, v, a…, n…, out)``; with ``returns_first`` it returns a number."""
        program = self.program
        data = [self.inputs[name] for name in data_names(program)]
        arguments = ", ".join(["x", "v", *data, *self.names.sizes.values(), "out"])
        lines = ["at = 0"]
        for name in program.variables:
            axes, count = program.shape(name), self.names.count(program.shape(name))
            shape = self.names.shape(axes)
            lines.append(f"{self.inputs[name]} = x[at : at + {count}].reshape({shape})")
            if f"d.{name}" in program.inputs:
                lines.append(f"{self.inputs[f'd.{name}']} = v[at : at + {count}].reshape({shape})")
            lines.append(f"at += {count}")
        lines.append("at = 0")
        for number, output in enumerate(program.outputs):
            if number == 0 and self.returns_first:
                lines.append("r0 = np.empty(())")
                continue
            count = self.names.count(output.axes)
            lines.append(f"r{number} = out[at : at + {count}].reshape({self.names.shape(output.axes)})")
            lines.append(f"at += {count}")
        for number, buffer in enumerate(self.made.scratch):
            lines.append(f"s{number} = np.empty({self.names.shape(buffer.axes)})")
        for step in self.made.steps:
            lines += self.step(step)
        lines.append("return float(r0)" if self.returns_first else "return 0.0")
        body = "\n    ".join(lines)
        return "\n\n\n".join([*self.functions, f"def _{self.kind}({arguments}):\n    {body}"])

    def buffer(self, buffer: Buffer) -> str:
        """The name of an array."""
        kind, which = buffer.place
        return self.inputs[str(which)] if kind == "input" else f"{'r' if kind == 'out' else 's'}{which}"

    def step(self, step: Step) -> list[str]:
        """The lines of one step."""
        match step:
            case Loop():
                return [self.call(_LoopText(self, step, f"_{self.kind}_loop{len(self.functions)}"))]
            case Clear():
                return [f"{self.buffer(step.buffer)}[...] = 0.0"]
            case Multiply():
                return [self.multiply(step)]
            case Factorise():
                return [self.factorise(step)]
            case Accumulate():
                return [self.call(_LoopText(self, step, f"_{self.kind}_loop{len(self.functions)}"))]
            case Mirror():
                self.helpers["_mirror"] = None
                return [f"_mirror({self.buffer(step.buffer)})"]
            case _:
                raise AssertionError(step)

    def call(self, loop: _LoopText) -> str:
        """The line that runs a loop, whose text is kept."""
        self.functions.append(loop.text())
        return f"{loop.name}({', '.join([*loop.arrays, *self.names.sizes.values()])})"

    def multiply(self, step: Multiply) -> str:
        """A product as NumPy's; the matrices may be views into arrays."""
        node = step.node
        left, right = self.program.nodes[node.left].axes, self.program.nodes[node.right].axes
        over = next(axis for axis in left if axis not in node.axes)
        rows = [axis for axis in left if axis != over]
        columns = [axis for axis in right if axis != over]
        first, second = self.view(node.left, [*rows, over]), self.view(node.right, [over, *columns])
        if rows and columns and step.buffer.axes[0] != rows[0]:
            first, second = self.view(node.right, [*columns, over]), self.view(node.left, [over, *rows])
        out = self.buffer(step.buffer)
        return f"{out} += {first} @ {second}" if step.adds else f"{out}[...] = {first} @ {second}"

    def view(self, k: int, axes: Sequence[Axis]) -> str:
        """A node as an array over axes in this order."""
        node = self.program.nodes[k]
        if k in self.made.buffers:
            buffer = self.made.buffers[k]
            text, order = self.buffer(buffer), list(buffer.axes)
        else:
            assert isinstance(node, Gather)
            buffer = self.made.buffers[node.source]
            by_axis = dict(zip(self.program.nodes[node.source].axes, node.places, strict=True))
            own = {axis.name: axis for axis in node.axes}
            parts, order = [], []
            for axis in buffer.axes:
                place = by_axis[axis]
                moving = next((own[name] for name in place.names if name in own), None)
                if moving is None:
                    parts.append(self.names.affine(place))
                    continue
                order.append(moving)
                first = place.put({moving.name: 0})
                parts.append(f"{self.names.affine(first)} : {self.names.affine(first + moving.size)}")
            whole = all(
                f"0 : {self.names.affine(axis.size)}" == part for axis, part in zip(buffer.axes, parts, strict=True)
            )
            text = self.buffer(buffer) + ("" if whole else f"[{', '.join(parts)}]")
        return text if order == list(axes) else f"{text}.T"

    def factorise(self, step: Factorise) -> str:
        """The line that computes an inverse, a solution or a determinant."""
        matrix, out = self.buffer(step.matrix), self.buffer(step.buffer)
        match step.node:
            case Inverse():
                text = f"_inverse({matrix})"
            case Solve():
                text = f"_solve({matrix}, {out})"
            case LogDet():
                text = f"_logdet({matrix})"
            case Det():
                return f"{out}[...] = np.linalg.det({matrix})"
        self.helpers[text.partition("(")[0]] = None
        return f"{out}[...] = {text}"


class _LoopText:
    """One group of loops as a Numba function of its arrays and the sizes."""

    def __init__(self, program: ProgramText, step: Loop | Accumulate, name: str) -> None:
        self.program, self.step, self.name = program, step, name
        self.nodes, self.made = program.program.nodes, program.made
        axes = step.axes if isinstance(step, Loop) else self.others(step)
        self.axes = axes
        self.indices = {axis.name: f"i{d}" for d, axis in enumerate(axes)}
        self.depths = {axis.name: d for d, axis in enumerate(axes, 1)}
        self.affine = partial(program.names.affine, indices=self.indices)
        self.arrays: dict[str, None] = {}
        self.lines: list[list[str]] = [[] for _ in range(len(axes) + 1)]
        self.tails: list[list[str]] = [[] for _ in range(len(axes) + 1)]

    @staticmethod
    def others(step: Accumulate) -> Axes:
        return tuple(axis for axis in step.buffer.axes if axis != step.node.over)

    def text(self) -> str:
        """The function."""
        if isinstance(self.step, Loop):
            self.fill(self.step)
        else:
            self.accumulate(self.step)
        body = "\n".join(self.nest(0)) or "    pass"
        arguments = ", ".join([*self.arrays, *self.program.names.sizes.values()])
        return f"{JIT}\ndef {self.name}({arguments}):\n{body}"

    def nest(self, d: int) -> list[str]:
        """The lines inside ``d`` loops, with the loops further in."""
        margin = "    " * (d + 1)
        lines = [margin + line for line in self.lines[d]]
        if d < len(self.axes):
            inner = self.nest(d + 1) or [margin + "    pass"]
            begin = "i0, " if d == 1 and isinstance(self.step, Loop) and self.step.upper else ""
            lines += [f"{margin}for i{d} in range({begin}{self.affine(self.axes[d].size)}):", *inner]
        return [*lines, *(margin + line for line in self.tails[d])]

    def depth(self, values: Iterable[Affine]) -> int:
        """The number of loops around the place where these are known."""
        return max((self.depths.get(name, 0) for value in values for name in value.names), default=0)

    def array(self, buffer: Buffer) -> str:
        name = self.program.buffer(buffer)
        self.arrays[name] = None
        return name

    def place(self, buffer: Buffer, places: Sequence[Affine]) -> str:
        """An entry of an array."""
        return f"{self.array(buffer)}[{', '.join(map(self.affine, places)) or '()'}]"

    # ---- values -----------------------------------------------------------------------------------

    def fill(self, loop: Loop) -> None:
        body = loop_body(loop, self.made)
        loaded = [self.entry(k, is_root) for k, is_root in body.entries]
        values: list[Placed] = []
        for slot, (code, *operands) in enumerate(body.tape.rows):
            if code == INPUT:
                text, depth = loaded[operands[0]]
                self.lines[depth].append(f"t{slot} = {text}")
                values.append((f"t{slot}", depth))
            elif code == CONSTANT:
                values.append((literal(body.tape.constants[operands[0]]), 0))
            else:
                row = PRIMITIVES[code]
                given = [values[o] for o in operands[: row.arity]]
                depth = max((d for _, d in given), default=0)
                text = statement(row, [name for name, _ in given], self.program.helpers)
                self.lines[depth].append(f"t{slot} = {text}")
                values.append((f"t{slot}", depth))
        for number, (sink, slot) in enumerate(zip(loop.sinks, body.tape.outputs.tolist(), strict=True)):
            self.sink(number, sink, values[slot][0])

    def entry(self, k: int, is_root: bool) -> Placed:
        """The value of an entry of an array, a position, or a Kronecker delta."""
        node = self.nodes[k]
        computed = is_root and isinstance(node, Gather | Position | Identity)
        if k in self.made.buffers and not computed:
            places = [Affine.of(axis.name) for axis in self.made.buffers[k].axes]
            return self.place(self.made.buffers[k], places), self.depth(places)
        if isinstance(node, Position):
            return f"float({self.affine(node.value)})", self.depth([node.value])
        if isinstance(node, Identity):
            return self.delta([Affine.of(axis.name) for axis in node.axes], ())
        assert isinstance(node, Gather)
        source = self.nodes[node.source]
        if isinstance(source, Identity):
            return self.delta(node.places, node.conditions)
        buffer = self.made.buffers[node.source]
        by_axis = dict(zip(source.axes, node.places, strict=True))
        text = self.place(buffer, [by_axis[axis] for axis in buffer.axes])
        if node.conditions:
            text = f"{text} if {self.holds(node.conditions)} else 0.0"
        return text, self.depth([*node.places, *node.conditions])

    def delta(self, places: Sequence[Affine], conditions: Sequence[Affine]) -> Placed:
        left, right = map(self.affine, places)
        tests = [f"{left} == {right}", *([self.holds(conditions)] if conditions else [])]
        return f"1.0 if {' and '.join(tests)} else 0.0", self.depth([*places, *conditions])

    def holds(self, conditions: Sequence[Affine]) -> str:
        return " and ".join(f"{self.affine(condition)} >= 0" for condition in conditions)

    # ---- sinks ------------------------------------------------------------------------------------

    def sink(self, number: int, sink: Sink, value: str) -> None:
        """What happens with one value."""
        inner, outer = self.lines[-1], len(sink.axes)
        if sink.scatter is not None:
            text = f"{self.place(sink.buffer, sink.scatter.places)} += {value}"  # type: ignore[union-attr]
            if sink.scatter.conditions:
                inner += [f"if {self.holds(sink.scatter.conditions)}:", f"    {text}"]
            else:
                inner.append(text)
            return
        target = self.place(sink.buffer, [Affine.of(axis.name) for axis in sink.axes])
        sign = "+=" if sink.adds else "="
        if not sink.over:
            inner.append(f"{target} {sign} {value}")
            return
        total = f"total{number}"
        if sink.reduction == "sum":
            self.lines[outer].append(f"{total} = 0.0")
            inner.append(f"{total} += {value}")
        else:
            self.lines[outer].append(f"{total} = -np.inf")
            inner.append(f"{total} = _max({total}, {value})")
            self.program.helpers["_max"] = None
        self.tails[outer].append(f"{target} {sign} {total}")

    def accumulate(self, step: Accumulate) -> None:
        """Running products along one axis, for each index of the others."""
        sources = [self.along(buffer, step.node.over) for buffer in step.sources]
        out = self.along(step.buffer, step.node.over)
        match step.node:
            case Product():
                name, text = "_product", f"{out} = _product({sources[0]})"
            case Others():
                name, text = "_others", f"_others({sources[0]}, {out})"
            case OthersTangent():
                name, text = "_others_tangent", f"_others_tangent({sources[0]}, {sources[1]}, {out})"
        self.program.helpers[name] = None
        self.lines[-1].append(text)

    def along(self, buffer: Buffer, over: Axis) -> str:
        """A line of an array; where it does not depend on the axis, the same number again and again."""
        places = [":" if axis == over else self.indices[axis.name] for axis in buffer.axes]
        text = f"{self.array(buffer)}[{', '.join(places) or '()'}]"
        if over in buffer.axes or buffer == getattr(self.step, "buffer", None):
            return text
        return f"np.full({self.affine(over.size)}, {text})"


def data_names(program: ArrayProgram) -> list[str]:
    """The parameters that users give: all but directions."""
    return [name for name in program.parameters if not (name.startswith("d.") and name[2:] in program.variables)]
