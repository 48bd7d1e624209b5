"""Derivatives of tapes, as tapes: reverse mode, forward mode, and forward over reverse.

``wrt`` names the inputs to differentiate by, all of them when left out; their order is the order of the result.
Reverse and forward sweeps take time linear in the length of the tape; what is structurally zero is not computed.
Griewank & Walther (2008), Evaluating Derivatives, 2nd ed., chapters 3 and 4.

Where ``select`` chooses, a sweep passes only the chosen branch on, even when the other one is undefined: adjoints of
slots that only a branch needs are selected again after each product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hessmath.errors import InputError
from hessmath.program.partials import contribution, factor, weighted
from hessmath.program.passes import clean, drop_dead
from hessmath.program.pattern import Pattern
from hessmath.program.primitives import CONSTANT, INPUT, PRIMITIVES
from hessmath.program.sparsity import depends, derivative_masks
from hessmath.program.tape import Tape, TapeBuilder

Names = Sequence[str] | None


def gradient(tape: Tape, wrt: Names = None) -> Tape:
    """∇f of a scalar program, by one reverse sweep.

    Returns
    -------
    Tape of shape (n,)

    Raises
    ------
    InputError
        If the program is not scalar: a map has a ``jacobian``.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x, y = sympy.symbols("x y")
    >>> print(gradient(lower(x**2 * y, [x, y])))
    0  x
    1  y
    2  mul 0 0
    3  mul 0 1
    4  add 3 3
    → 4 2
    """
    key = ("gradient", tape.input_numbers(wrt))
    if key not in tape.derived:
        tape.derived[key] = _reverse_scalar(tape, wrt, "gradient", with_value=False)
    return tape.derived[key]


def value_and_gradient(tape: Tape, wrt: Names = None) -> Tape:
    """(f, ∂f/∂x₁, …, ∂f/∂xₙ) of a scalar program, of shape (1 + n,)."""
    return _reverse_scalar(tape, wrt, "value_and_gradient", with_value=True)


def vjp(tape: Tape, wrt: Names = None) -> Tape:
    """Jᵀw: the inputs are followed by one covector entry w_0, w_1, … per output.

    Returns
    -------
    Tape of shape (n,)
    """
    wanted = tape.input_numbers(wrt)
    count = len(tape.outputs)
    builder, slots = TapeBuilder.extending(tape, _fresh(tape.names, [f"w_{i}" for i in range(count)]))
    seeds = _Adjoints(builder)
    for i, slot in enumerate(tape.outputs.tolist()):
        seeds.add(slot, len(tape.names) + i)
    adjoints = _reverse(builder, tape, slots, seeds, wanted)
    return clean(builder.build(adjoints, (len(wanted),)))


def jvp(tape: Tape, wrt: Names = None) -> Tape:
    """Jv: the inputs are followed by one direction entry d_x per input x in ``wrt``; of the shape of f."""
    wanted = tape.input_numbers(wrt)
    builder, slots = TapeBuilder.extending(tape, _fresh(tape.names, [f"d_{tape.names[i]}" for i in wanted]))
    directions = {i: len(tape.names) + k for k, i in enumerate(wanted)}
    tangents = _forward(builder, tape, slots, directions, range(len(tape)))
    return clean(builder.build(_or_zero(builder, tangents, tape.outputs.tolist()), tape.shape))


def hvp(tape: Tape, wrt: Names = None) -> Tape:
    """Hv of a scalar program, without H: forward over reverse, with directions as in ``jvp``."""
    _require_scalar(tape, "hvp")
    return jvp(gradient(tape, wrt), wrt)


def jacobian(tape: Tape, wrt: Names = None) -> Tape:
    """J: entry (i, j) is ∂fᵢ/∂xⱼ; the shape of f followed by (n,).

    One forward sweep per input or one reverse sweep per output, whichever are fewer; each goes only where
    the derivative can differ from 0.
    """
    wanted = tape.input_numbers(wrt)
    builder, slots = TapeBuilder.extending(tape)
    outputs = tape.outputs.tolist()
    shape = (*tape.shape, len(wanted))
    if len(wanted) <= len(outputs):
        columns = _columns(builder, tape, slots, wanted, [outputs] * len(wanted))
        entries = [columns[j][i] for i in range(len(outputs)) for j in range(len(wanted))]
    else:
        entries = []
        for slot in outputs:
            seeds = _Adjoints(builder)
            seeds.add(slot, builder.constant(1))
            entries += _reverse(builder, tape, slots, seeds, wanted)
    return clean(builder.build(entries, shape))


def hessian(tape: Tape, wrt: Names = None) -> Tape:
    """∇²f of a scalar program, (n, n): forward over reverse.

    Entry (i, j) with i ≥ j is computed once and serves as (j, i); structural zeros are not computed.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x, y = sympy.symbols("x y")
    >>> print(hessian(lower(x * y + y**3, [x, y])))
    0  x
    1  y
    2  1
    3  0
    4  add 1 1
    5  add 4 4
    6  add 4 5
    → 3 2 2 6
    """
    builder, entries, n = _hessian_entries(tape, wrt, "hessian")
    zero = builder.constant(0)
    outputs = [entries.get((max(i, j), min(i, j)), zero) for i in range(n) for j in range(n)]
    return clean(builder.build(outputs, (n, n)))


def sparse_hessian(tape: Tape, wrt: Names = None) -> tuple[Tape, Pattern]:
    """The entries of ∇²f that need not vanish, and where they are; the others are neither computed nor stored.

    Entry (i, j) with i ≥ j is computed once and given at both of its places.

    Returns
    -------
    Tape of shape (nnz,) with the values in the pattern's order, and the symmetric Pattern (n, n)

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x, y, z = sympy.symbols("x y z")
    >>> values, pattern = sparse_hessian(lower(x * y + z**2, [x, y, z]))
    >>> pattern.rows.tolist(), pattern.indices.tolist()
    ([0, 1, 2], [1, 0, 2])
    >>> print(values)
    0  x
    1  y
    2  z
    3  1
    4  2
    → 3 3 4
    """
    builder, entries, n = _hessian_entries(tape, wrt, "sparse_hessian")
    # What the standard passes find to be 0 is not stored either.
    tidy = clean(builder.build(list(entries.values()), (len(entries),)))
    kept = [(i, j, k) for k, (i, j) in enumerate(entries) if tidy.constant_at(tidy.outputs.item(k)) != 0]
    lower_half = np.array(kept, dtype=np.int64).reshape(-1, 3)
    mirrored = lower_half[lower_half[:, 0] != lower_half[:, 1]][:, [1, 0, 2]]
    rows, columns, which = np.concatenate((lower_half, mirrored)).T
    pattern = Pattern.of(rows, columns, n)
    outputs = tidy.outputs[which[np.lexsort((columns, rows))]]
    values = Tape(tidy.names, tidy.code, tidy.operands, tidy.constants, outputs, (pattern.nnz,))
    return drop_dead(values), pattern


def _hessian_entries(tape: Tape, wrt: Names, name: str) -> tuple[TapeBuilder, dict[tuple[int, int], int], int]:
    """The slots of the entries (i, j) with i ≥ j that need not vanish, and n.

    One forward sweep through the gradient that carries, for each slot, its derivatives by those inputs alone on which
    it depends: the work is proportional to the number of these derivatives.
    """
    _require_scalar(tape, name)
    g = gradient(tape, wrt)
    wanted = g.input_numbers(wrt)
    builder, slots = TapeBuilder.extending(g)
    outputs = g.outputs.tolist()
    rows = g.rows
    # The last row of H that needs a slot: its derivatives by later inputs belong to the upper half.
    last = [-1] * len(g)
    for i, slot in enumerate(outputs):
        last[slot] = i
    for slot in range(len(g) - 1, -1, -1):
        code, *used = rows[slot]
        if last[slot] >= 0 and code not in (INPUT, CONSTANT):
            for k in used[: PRIMITIVES[code].arity]:
                last[k] = max(last[k], last[slot])
    one, zero = builder.constant(1), builder.constant(0)
    column = {number: j for j, number in enumerate(wanted)}
    tangents: list[dict[int, int]] = []  # of each slot: column → derivative
    for slot, (code, *used) in enumerate(rows):
        found: dict[int, int] = {}
        tangents.append(found)
        end = last[slot]
        if code == INPUT:
            if used[0] in column and column[used[0]] <= end:
                found[column[used[0]]] = one
            continue
        if end < 0 or code == CONSTANT:
            continue
        row = PRIMITIVES[code]
        operands = tuple(slots[k] for k in used[: row.arity])
        if row.name == "select":
            taken, other = tangents[used[1]], tangents[used[2]]
            for j in taken | other:
                if j <= end:
                    found[j] = builder.emit("select", operands[0], taken.get(j, zero), other.get(j, zero))
            continue
        for k in range(row.arity):
            known = tangents[used[k]]
            by = factor(builder, row.name, operands, slots[slot], k) if known else None
            if by is None:
                continue
            for j, tangent in known.items():
                if j <= end:
                    term = weighted(builder, by, tangent)
                    found[j] = builder.emit("add", found[j], term) if j in found else term
    entries = {(i, j): tangents[slot][j] for i, slot in enumerate(outputs) for j in sorted(tangents[slot]) if j <= i}
    return builder, entries, len(wanted)


# ---- sweeps ------------------------------------------------------------------------------------------


class _Adjoints:
    """The sum of what flows into each slot; nothing is written until a second term comes."""

    def __init__(self, builder: TapeBuilder) -> None:
        self._builder = builder
        self._sums: dict[int, int] = {}

    def add(self, slot: int, term: int) -> None:
        known = self._sums.get(slot)
        self._sums[slot] = term if known is None else self._builder.emit("add", known, term)

    def at(self, slot: int) -> int | None:
        return self._sums.get(slot)


def _reverse_scalar(tape: Tape, wrt: Names, name: str, *, with_value: bool) -> Tape:
    _require_scalar(tape, name)
    wanted = tape.input_numbers(wrt)
    builder, slots = TapeBuilder.extending(tape)
    output = int(tape.outputs[0])
    seeds = _Adjoints(builder)
    seeds.add(output, builder.constant(1))
    entries = _reverse(builder, tape, slots, seeds, wanted)
    if with_value:
        entries.insert(0, slots[output])
    return clean(builder.build(entries, (len(entries),)))


def _reverse(
    builder: TapeBuilder, tape: Tape, slots: Sequence[int], adjoints: _Adjoints, wanted: Sequence[int]
) -> list[int]:
    """One reverse sweep from seeded adjoints; the slots of the wanted inputs' adjoints."""
    active = depends(tape, wanted)
    guards = _guards(tape)
    rows = tape.rows
    for slot in range(len(tape) - 1, -1, -1):
        weight = adjoints.at(slot)
        if weight is None or not active[slot]:
            continue
        code, *used = rows[slot]
        if code == INPUT:
            continue
        row = PRIMITIVES[code]
        operands = tuple(slots[k] for k in used[: row.arity])
        for k in range(row.arity):
            if not active[used[k]]:
                continue
            if row.name == "select":
                if k == 0:
                    continue
                zero = builder.constant(0)
                sides = (weight, zero) if k == 1 else (zero, weight)
                adjoints.add(used[k], builder.emit("select", operands[0], *sides))
                continue
            term = contribution(builder, row.name, operands, slots[slot], k, weight)
            if term is not None:
                if guards:
                    term = _guarded(builder, term, guards.get(slot), slots, row.name not in _LINEAR)
                adjoints.add(used[k], term)
    entries = [adjoints.at(i) for i in wanted]
    return [builder.constant(0) if entry is None else entry for entry in entries]


_LINEAR = {"add", "sub", "neg"}
"""Their partial derivatives are ±1: an adjoint of 0 stays 0."""

Guard = frozenset[tuple[int, bool]]


def _guards(tape: Tape) -> Mapping[int, Guard]:
    """For slots that are needed in a branch only: (condition slot, side) pairs that hold whenever they are needed."""
    if not any(PRIMITIVES[code].name == "select" for code, *_ in tape.rows):
        return {}
    guards: dict[int, Guard] = {slot: frozenset() for slot in tape.outputs.tolist()}
    for slot in range(len(tape) - 1, -1, -1):
        code, *used = tape.rows[slot]
        if slot not in guards or code in (INPUT, CONSTANT):
            continue
        row = PRIMITIVES[code]
        for k in range(row.arity):
            guard = guards[slot]
            if row.name == "select" and k > 0:
                guard |= {(used[0], k == 1)}
            known = guards.get(used[k])
            guards[used[k]] = guard if known is None else known & guard
    return {slot: guard for slot, guard in guards.items() if guard}


def _guarded(builder: TapeBuilder, term: int, guard: Guard | None, slots: Sequence[int], can_fail: bool) -> int:
    """The term where its branch is taken, else 0: 0 · ∞ must not leave a branch that is not taken."""
    if not guard or not can_fail:
        return term
    zero = builder.constant(0)
    for condition, taken in sorted(guard):
        sides = (term, zero) if taken else (zero, term)
        term = builder.emit("select", slots[condition], *sides)
    return term


def _forward(
    builder: TapeBuilder, tape: Tape, slots: Sequence[int], directions: Mapping[int, int], active: Sequence[int]
) -> dict[int, int]:
    """The tangents of the active slots, for tangents of inputs; slots without one have tangent 0."""
    tangents: dict[int, int] = {}
    for slot in active:
        code, *used = tape.rows[slot]
        if code == INPUT:
            if used[0] in directions:
                tangents[slot] = directions[used[0]]
            continue
        if code == CONSTANT:
            continue
        row = PRIMITIVES[code]
        operands = tuple(slots[k] for k in used[: row.arity])
        if row.name == "select":
            sides = [tangents.get(k) for k in used[1:]]
            if sides != [None, None]:
                zero = builder.constant(0)
                tangents[slot] = builder.emit("select", operands[0], *(zero if s is None else s for s in sides))
            continue
        total = None
        for k in range(row.arity):
            tangent = tangents.get(used[k])
            if tangent is None:
                continue
            term = contribution(builder, row.name, operands, slots[slot], k, tangent)
            if term is not None:
                total = term if total is None else builder.emit("add", total, term)
        if total is not None:
            tangents[slot] = total
    return tangents


def _columns(
    builder: TapeBuilder, tape: Tape, slots: Sequence[int], wanted: Sequence[int], rows: Sequence[Sequence[int]]
) -> list[list[int]]:
    """∂(rows[k])/∂(wanted[k]), one forward sweep each over the slots that lie between."""
    masks = derivative_masks(tape)
    one = builder.constant(1)
    columns = []
    for i, outputs in zip(wanted, rows, strict=True):
        targets = [slot for slot in outputs if masks[slot] >> i & 1]
        active = _between(tape, masks, i, targets)
        columns.append(_or_zero(builder, _forward(builder, tape, slots, {i: one}, active), outputs))
    return columns


def _between(tape: Tape, masks: Sequence[int], i: int, targets: Sequence[int]) -> list[int]:
    """The slots on a path from input i to a target, in order."""
    found: set[int] = set()
    stack = list(targets)
    while stack:
        slot = stack.pop()
        if slot in found:
            continue
        found.add(slot)
        code, *used = tape.rows[slot]
        if code not in (INPUT, CONSTANT):
            stack.extend(k for k in used[: PRIMITIVES[code].arity] if masks[k] >> i & 1)
    return sorted(found)


def _fresh(taken: Sequence[str], names: Sequence[str]) -> list[str]:
    """The names, with underscores appended until none is taken."""
    used = set(taken)
    fresh = []
    for name in names:
        while name in used:
            name += "_"
        used.add(name)
        fresh.append(name)
    return fresh


def _or_zero(builder: TapeBuilder, tangents: Mapping[int, int], outputs: Sequence[int]) -> list[int]:
    return [tangents[slot] if slot in tangents else builder.constant(0) for slot in outputs]


def _require_scalar(tape: Tape, name: str) -> None:
    if tape.shape != ():
        raise InputError(f"{name} needs a scalar program, but this one has shape {tape.shape}. Use jacobian or jvp.")
