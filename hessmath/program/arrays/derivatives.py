"""Derivatives of array programs, as array programs: reverse mode, forward mode, and forward over reverse.

Adjoints and tangents may lack axes of what they belong to: they are the same along them.  A tangent may have more
axes than its node, those of the direction, so that forward mode carries a whole matrix of directions at once.
Giles (2008), "Collected matrix derivative results for forward and reverse mode algorithmic differentiation",
section 2, for the linear-algebra nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from hessmath import program
from hessmath.errors import InputError, WrongKind
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram, Output, reachable
from hessmath.program.arrays.building import ArrayBuilder
from hessmath.program.arrays.nodes import (
    Axes,
    Axis,
    Contract,
    Det,
    Gather,
    Identity,
    Input,
    Inverse,
    Largest,
    LogDet,
    Map,
    Node,
    Others,
    Position,
    Product,
    Scatter,
    Solve,
    Sum,
)
from hessmath.program.sparsity import derivative_masks
from hessmath.program.tape import Tape


def gradient(f: ArrayProgram) -> ArrayProgram:
    """∇f of a scalar program: one array per variable, of its shape.

    Raises
    ------
    WrongKind
        If f is not one number.
    """
    builder, parts = _gradient(f, "gradient")
    return builder.build(parts, f.variables, f.parameters)


def value_and_gradient(f: ArrayProgram) -> ArrayProgram:
    """f, then ∇f, which share what they compute."""
    builder, parts = _gradient(f, "value_and_gradient")
    return builder.build([f.outputs[0], *parts], f.variables, f.parameters)


def hvp(f: ArrayProgram) -> ArrayProgram:
    """∇²f·v: for every variable x there is one more input d.x, a part of v."""
    builder, parts = _gradient(f, "hvp")
    tangents = {
        builder.input(name, [axis.size for axis in f.shape(name)]): _direction(builder, f, name) for name in f.variables
    }
    moved = _forward(builder, tangents, tuple(part.node for part in parts))
    outputs = [Output(_present(builder, moved.get(part.node)), part.axes) for part in parts]
    return builder.build(outputs, f.variables, (*f.parameters, *(f"d.{name}" for name in f.variables)))


def hessian(f: ArrayProgram) -> ArrayProgram:
    """∇²f by blocks ∂²f/∂x∂y over the variables x, y, row by row; every variable must be a vector or a number.

    The tangents are Kronecker deltas, which contractions absorb: for f = φ(Ax) the block is Aᵀ·diag(φ″)·A.

    Raises
    ------
    WrongKind
        If a variable is a matrix: use ``hvp``.
    """
    builder, parts = _gradient(f, "hessian")
    outputs: dict[tuple[int, int], Output] = {}
    for j, name in enumerate(f.variables):
        source = f.inputs[name]
        axes = builder.axes(source)
        if len(axes) > 1:
            raise WrongKind(f"The Hessian by blocks needs vectors, but {name} is an array with {len(axes)} indices.")
        directions = tuple(Axis(f"{axis.name}'", axis.size) for axis in axes)
        seed = builder.identity(axes[0], directions[0]) if axes else builder.constant(1)
        moved = _forward(builder, {source: seed}, tuple(part.node for part in parts))
        for i, part in enumerate(parts):
            outputs[i, j] = Output(_present(builder, moved.get(part.node)), (*part.axes, *directions))
    return builder.build([outputs[key] for key in sorted(outputs)], f.variables, f.parameters)


def _direction(builder: ArrayBuilder, f: ArrayProgram, name: str) -> int:
    axes = f.shape(name)
    direction = builder.input(f"d.{name}", [axis.size for axis in axes])
    return builder.rename(direction, {f"d.{axis.name}": axis for axis in axes})


def _present(builder: ArrayBuilder, node: int | None) -> int:
    return builder.constant(0) if node is None else node


def _gradient(f: ArrayProgram, what: str) -> tuple[ArrayBuilder, list[Output]]:
    if not f.is_scalar:
        raise WrongKind(f"{what} needs a program with one number as its result, but this one gives an array.")
    builder = ArrayBuilder(f)
    adjoints = _reverse(builder, {f.outputs[0].node: builder.constant(1)})
    sources = [(f.inputs[name], f.shape(name)) for name in f.variables]
    return builder, [Output(_present(builder, adjoints.get(source)), axes) for source, axes in sources]


# ---- reverse ------------------------------------------------------------------------------------------


def _reverse(builder: ArrayBuilder, seeds: Mapping[int, int]) -> dict[int, int]:
    """The adjoint of every node that the seeded ones depend on."""
    terms: dict[int, list[int]] = {node: [seed] for node, seed in seeds.items()}
    adjoints: dict[int, int] = {}
    for k in reversed(reachable(builder.nodes, tuple(seeds))):
        if k not in terms:
            continue
        adjoint = adjoints[k] = builder.add(terms[k])
        if not builder.is_zero(adjoint):
            for operand, term in _pull_back(builder, k, builder.nodes[k], adjoint):
                terms.setdefault(operand, []).append(term)
    return adjoints


def _pull_back(builder: ArrayBuilder, k: int, node: Node, w: int) -> list[tuple[int, int]]:
    """What an adjoint w of a node contributes to those of its operands."""
    match node:
        case Map():
            return [
                (operand, builder.sum(builder.map(_weighted(node.body, i), (*node.operands, w)), missing))
                for i, operand in enumerate(node.operands)
                if _is_active(node.body, i)
                for missing in [[a for a in node.axes if a not in builder.axes(operand)]]
            ]
        case Gather():
            axes = builder.axes(node.source)
            return [(node.source, builder.scatter(w, node.axes, axes, node.places, node.conditions))]
        case Scatter():
            return [(node.source, builder.gather(w, node.over, _put_in(builder, w, node), node.conditions))]
        case Sum():
            return [(node.source, w)]
        case Product():
            return [(node.source, builder.mul(w, builder.others(node.source, node.over)))]
        case Others():
            return [(node.source, builder.others_tangent(node.source, w, node.over))]
        case Contract():
            return [
                (node.left, _contract_onto(builder, node, w, node.right, node.left)),
                (node.right, _contract_onto(builder, node, w, node.left, node.right)),
            ]
        case Inverse():
            return [(node.source, builder.apply("neg", _conjugated(builder, k, node, w)))]
        case LogDet():
            return [(node.source, builder.mul(w, _inverse_transposed(builder, node.source)))]
        case Det():
            return [(node.source, builder.mul(builder.mul(w, k), _inverse_transposed(builder, node.source)))]
        case Solve():
            return _pull_back_solve(builder, k, node, w)
        case Input() | Position() | Identity() | Largest():
            return []
        case _:
            raise InputError("A product along an axis can be differentiated twice, but not a third time.")


def _put_in(builder: ArrayBuilder, w: int, node: Scatter) -> list[Affine]:
    """The places of those of the scatter's axes that the adjoint has."""
    places = dict(zip(node.axes, node.places, strict=True))
    return [places[axis] for axis in builder.axes(w)]


def _contract_onto(builder: ArrayBuilder, node: Contract, w: int, other: int, onto: int) -> int:
    wanted = builder.axes(onto)
    over = [a for a in dict.fromkeys((*node.axes, *builder.axes(other))) if a not in wanted]
    return builder.contract(w, other, over)


def _conjugated(builder: ArrayBuilder, k: int, node: Inverse, w: int) -> int:
    """YᵀWYᵀ with Y = A⁻¹, over the axes of A."""
    p, q = node.axes
    i, j = builder.axes(node.source)
    left = builder.rename(k, {q.name: i})  # Y[p, i]
    right = builder.rename(k, {p.name: j})  # Y[j, q]
    return builder.contract(builder.contract(left, w, [p]), right, [q])


def _inverse_transposed(builder: ArrayBuilder, matrix: int) -> int:
    """A⁻ᵀ over the axes of A."""
    row, column = builder.axes(matrix)
    y = builder.inverse(matrix)
    p, q = builder.axes(y)
    return builder.rename(y, {p.name: column, q.name: row})


def _pull_back_solve(builder: ArrayBuilder, k: int, node: Solve, w: int) -> list[tuple[int, int]]:
    row, column = builder.axes(node.matrix)
    transposed = builder.gather(node.matrix, (column, row), [Affine.of(row.name), Affine.of(column.name)])
    transposed = builder.full(transposed, (column, row))
    weight = builder.solve(transposed, builder.full(w, node.axes))  # A⁻ᵀW over (row~, …)
    equations = builder.axes(node.right)[0]
    to_right = builder.rename(weight, {f"{row.name}~": equations})
    to_matrix = builder.contract(
        builder.rename(weight, {f"{row.name}~": row}), builder.rename(k, {node.axes[0].name: column}), node.axes[1:]
    )
    return [(node.right, to_right), (node.matrix, builder.apply("neg", to_matrix))]


# ---- forward ------------------------------------------------------------------------------------------


def _forward(builder: ArrayBuilder, tangents: Mapping[int, int], wanted: tuple[int, ...]) -> dict[int, int]:
    """The tangent of every node that the wanted ones need; what has none does not move."""
    moved = dict(tangents)
    for k in reachable(builder.nodes, wanted):
        if k in moved:
            continue
        node = builder.nodes[k]
        if any(operand in moved for operand in node.operands):
            tangent = builder.add(_push(builder, k, node, moved))
            if not builder.is_zero(tangent):
                moved[k] = tangent
    return moved


def _push(builder: ArrayBuilder, k: int, node: Node, moved: Mapping[int, int]) -> list[int]:
    """The terms of a node's tangent, one per operand that moves."""
    match node:
        case Map():
            return [
                builder.map(_weighted(node.body, i), (*node.operands, moved[operand]))
                if set(builder.axes(moved[operand])) <= set(node.axes)
                else builder.mul(builder.map(_partial(node.body, i), node.operands), moved[operand])
                for i, operand in enumerate(node.operands)
                if operand in moved and _is_active(node.body, i)
            ]
        case Gather():
            return [_push_gather(builder, node, moved[node.source])]
        case Scatter():
            source = moved[node.source]
            more = _more(builder, source, builder.axes(node.source))
            places = (*node.places, *(Affine.of(a.name) for a in more))
            return [builder.scatter(source, (*node.over, *more), (*node.axes, *more), places, node.conditions)]
        case Sum():
            return [builder.sum(moved[node.source], node.over)]
        case Product():
            return [builder.contract(builder.others(node.source, node.over), moved[node.source], [node.over])]
        case Others():
            return [builder.others_tangent(node.source, moved[node.source], node.over)]
        case Contract():
            over = [a for a in builder.axes(node.left) if a not in node.axes]
            terms = []
            if node.left in moved:
                terms.append(builder.contract(moved[node.left], node.right, over))
            if node.right in moved:
                terms.append(builder.contract(node.left, moved[node.right], over))
            return terms
        case Inverse():
            return [builder.apply("neg", _sandwiched(builder, k, node, moved[node.source]))]
        case LogDet() | Det():
            along = builder.contract(
                _inverse_transposed(builder, node.source), moved[node.source], builder.axes(node.source)
            )
            return [along if isinstance(node, LogDet) else builder.mul(k, along)]
        case Solve():
            return [_push_solve(builder, k, node, moved)]
        case Input() | Position() | Identity() | Largest():
            return []
        case _:
            raise InputError("A product along an axis can be differentiated twice, but not a third time.")


def _more(builder: ArrayBuilder, tangent: int, own: Axes) -> Axes:
    """The axes of the direction."""
    return tuple(a for a in builder.axes(tangent) if a not in own)


def _push_gather(builder: ArrayBuilder, node: Gather, tangent: int) -> int:
    own = builder.axes(node.source)
    places = dict(zip(own, node.places, strict=True))
    more = _more(builder, tangent, own)
    new = [places.get(a, Affine.of(a.name)) for a in builder.axes(tangent)]
    return builder.gather(tangent, (*node.axes, *more), new, node.conditions)


def _sandwiched(builder: ArrayBuilder, k: int, node: Inverse, tangent: int) -> int:
    """Y·Ȧ·Y with Y = A⁻¹, over the axes of Y."""
    p, q = node.axes
    i, j = builder.axes(node.source)
    left = builder.rename(k, {q.name: i})  # Y[p, i]
    right = builder.rename(k, {p.name: j})  # Y[j, q]
    return builder.contract(builder.contract(left, tangent, [i]), right, [j])


def _push_solve(builder: ArrayBuilder, k: int, node: Solve, moved: Mapping[int, int]) -> int:
    """A⁻¹(Ḃ − ȦX)."""
    row, column = builder.axes(node.matrix)
    equations, *others = builder.axes(node.right)
    terms = [moved[node.right]] if node.right in moved else []
    if node.matrix in moved:
        value = builder.rename(k, {node.axes[0].name: column})
        product = builder.contract(moved[node.matrix], value, [column])
        terms.append(builder.apply("neg", builder.rename(product, {row.name: equations})))
    right = builder.add(terms)
    more = [a for a in builder.axes(right) if a != equations and a not in others]
    return builder.solve(node.matrix, builder.full(right, (equations, *others, *more)))


# ---- bodies -------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _weighted(body: Tape, i: int) -> Tape:
    """weight · ∂body/∂(input i); the weight is one more input."""
    tape = program.vjp(body, [body.names[i]])
    return Tape(tape.names, tape.code, tape.operands, tape.constants, tape.outputs)


@lru_cache(maxsize=4096)
def _partial(body: Tape, i: int) -> Tape:
    """∂body/∂(input i)."""
    tape = program.gradient(body, [body.names[i]])
    return Tape(tape.names, tape.code, tape.operands, tape.constants, tape.outputs)


@lru_cache(maxsize=4096)
def _active(body: Tape) -> int:
    return derivative_masks(body)[int(body.outputs[0])]


def _is_active(body: Tape, i: int) -> bool:
    """Whether the derivative by an input need not vanish."""
    return bool(_active(body) >> i & 1)
