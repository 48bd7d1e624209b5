"""What ``lambdify`` returns: plain calls run the machine code directly, Numba is asked for only inside its own code.

A plain call flattens its arguments to one row of numbers, or to one row per point when there are arrays among
them, and groups the results again.  Numba sees the same object through ``_numba_type_``, which builds the Numba
function (``wrapper.py``) when it is first looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError, WrongKind
from hessmath.kernels.calling import never
from hessmath.kernels.kernel import Kernel
from hessmath.kernels.number_call import number_call
from hessmath.kernels.structure import Block, Group, Table, Truth

#: From this many points on, they go through the machine code several at a time.
BATCH_FROM = 64

_PLAIN = frozenset({float, int, np.float64, bool})

Float64 = NDArray[np.float64]


class Lambdified:
    """A function of the arguments that evaluates an expression in float64; ``lambdify`` makes it.

    Attributes
    ----------
    kernel : the function of one flat vector behind it
    """

    def __init__(
        self, kernel: Kernel, arguments: Sequence[Any], result: Any, outputs: int, uses: Sequence[frozenset[int]]
    ) -> None:
        self.kernel = kernel
        self._arguments, self._result, self._outputs = tuple(arguments), result, outputs
        self._uses = tuple(uses)
        self._inputs = len(kernel.variables)
        self._single = isinstance(result, int)
        piece = kernel.piece("f")
        self._call: Callable[..., Any] = piece.call
        self._numbers: Callable[..., Any] = never
        if all(isinstance(each, int) for each in arguments) and outputs and not piece.arguments.release:
            self._numbers = number_call(piece.address, self._inputs, has_out=not self._single, keep=piece.served)
        self._pack = _packing(result, outputs)

    def __call__(self, *arguments: Any) -> Any:
        """The value of the expression, grouped as the expression is."""
        if self._single:
            value = self._numbers(*arguments)
            return self._slowly(arguments) if value is None else value
        out = np.empty(self._outputs)
        return self._slowly(arguments) if self._numbers(*arguments, out) is None else self._pack(out)

    def _slowly(self, arguments: tuple[Any, ...]) -> Any:
        leaves = self._leaves(arguments)
        if any(isinstance(leaf, np.ndarray) for leaf in leaves):
            return self._at_many(leaves)
        point = np.array(leaves, dtype=np.float64)
        if self._single:
            return self.kernel.f(point)
        return self._pack(self.kernel.f(point) if self._outputs else np.empty(0))

    @cached_property
    def jit(self) -> Any:
        """The same as a Numba function; there all results have the shape that all arguments broadcast to."""
        from hessmath.kernels.wrapper import wrap  # imports Numba

        return wrap(self.kernel.piece("f"), self._arguments, self._result, self._outputs)

    @property
    def _numba_type_(self) -> Any:
        """What Numba takes this object for when it meets it in a function that it compiles."""
        import numba

        return numba.typeof(self.jit)

    def __repr__(self) -> str:
        return f"<lambdified expression of {len(self._arguments)} arguments>"

    # ---- arguments --------------------------------------------------------------------------------

    def _leaves(self, arguments: tuple[Any, ...]) -> list[Any]:
        """A float or an array for each input."""
        if len(arguments) != len(self._arguments):
            few = "not enough" if len(arguments) < len(self._arguments) else "too many"
            raise WrongKind(f"{few} arguments: expected {len(self._arguments)}, got {len(arguments)}.")
        leaves: list[Any] = []
        for k, (structure, value) in enumerate(zip(self._arguments, arguments, strict=True)):
            _collect(structure, value, k + 1, leaves)
        return leaves

    def _at_many(self, leaves: Sequence[Any]) -> Any:
        shapes = [np.shape(leaf) for leaf in leaves]
        shape = _common(shapes)
        points = np.empty((*shape, self._inputs))
        for i, leaf in enumerate(leaves):
            points[..., i] = leaf
        values = self._rows(points.reshape(-1, self._inputs))

        def own(k: int) -> Any:
            """Output k in the shape to which the arguments broadcast that it depends on."""
            used = [shapes[i] for i in self._uses[k]]
            whole = values[:, k].reshape(shape)
            if shape in used:
                return whole.copy()
            kept = _common(used)
            if not whole.size:
                return self._alone(k, leaves, kept)
            if not kept:
                return float(whole[(0,) * len(shape)])
            ends = shape[len(shape) - len(kept) :]
            place = [slice(0, n) for n in (*[1] * (len(shape) - len(kept)), *map(min, kept, ends))]
            return whole[tuple(place)].reshape(kept)

        def block(part: Block) -> Any:
            return values[:, part.first : part.end].T.copy().reshape(part.shape + shape)

        return _grouped(self._result, own, block)

    def _alone(self, k: int, leaves: Sequence[Any], shape: tuple[int, ...]) -> Any:
        """Output k in its own shape where there are no points because of arguments that it does not depend on."""
        points = np.zeros((*shape, self._inputs))
        for i in self._uses[k]:
            points[..., i] = leaves[i]
        values = self._rows(points.reshape(-1, self._inputs))[:, k]
        return values.reshape(shape) if shape else float(values[0])

    def _rows(self, rows: Float64) -> Float64:
        """The outputs at each row."""
        if len(rows) >= BATCH_FROM:
            return self.kernel.batch.f(rows).reshape(len(rows), self._outputs)
        values = np.empty((len(rows), max(self._outputs, 1)))
        for row, target in zip(rows, values, strict=True):
            if self._single:
                target[0] = self._call(row)
            elif self._outputs:
                self.kernel.f(row, out=target)
        return values


def _collect(structure: int | Group, value: Any, which: int, leaves: list[Any]) -> None:
    if not isinstance(structure, Group):
        leaves.append(_number(value))
        return
    size = len(structure.parts)
    try:
        length = len(value)
    except TypeError:
        raise WrongKind(
            f"Argument {which} must be an array, tuple or list with {size} entries, but is a {type(value).__name__}."
        ) from None
    if length != size:
        raise InputError(f"Argument {which} must have {size} entries, but has {length}.")
    for part, entry in zip(structure.parts, value, strict=True):
        _collect(part, entry, which, leaves)


def _number(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    try:
        numbers = np.asarray(value)
        if numbers.dtype.kind == "O":
            numbers = np.reshape([float(each) for each in numbers.flat], numbers.shape)  # not astype: None is no NaN
    except (TypeError, ValueError, OverflowError):
        numbers = np.asarray("")
    if numbers.dtype.kind not in "fiub":
        what = f"{numbers.dtype} numbers" if numbers.dtype.kind == "c" else f"a {type(value).__name__}"
        raise WrongKind(f"Arguments must be real numbers or arrays of them, but one is {what}.")
    return numbers.astype(np.float64, copy=False) if numbers.ndim else float(numbers)


def _common(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape to which arrays of these shapes broadcast."""
    arrays = {shape for shape in shapes if shape}
    if len(arrays) <= 1:
        return arrays.pop() if arrays else ()
    try:
        return np.broadcast_shapes(*arrays)
    except ValueError:
        listed = ", ".join(str(shape) for shape in shapes if shape)
        raise InputError(f"The arguments cannot be broadcast against each other: their shapes are {listed}.") from None


# ---- results ----------------------------------------------------------------------------------------


def _packing(structure: Any, outputs: int) -> Callable[[Float64], Any]:
    """How the results of one point are grouped; the ways that occur most have a short cut."""
    if isinstance(structure, Block):
        return lambda row: row.reshape(structure.shape)
    if isinstance(structure, Group) and structure.parts == tuple(range(outputs)):
        return (lambda row: row.tolist()) if structure.is_list else (lambda row: tuple(row.tolist()))
    return lambda row: _grouped(
        structure, lambda k: float(row[k]), lambda part: row[part.first : part.end].reshape(part.shape)
    )


def _grouped(structure: Any, entry: Callable[[int], Any], block: Callable[[Block], Any]) -> Any:
    match structure:
        case int():
            return entry(structure)
        case Truth():
            value = entry(structure.place)
            return value != 0
        case Block():
            return block(structure)
        case Table():
            return {
                key: _grouped(part, entry, block) for key, part in zip(structure.keys, structure.parts, strict=True)
            }
        case _:
            parts = [_grouped(part, entry, block) for part in structure.parts]
            return parts if structure.is_list else tuple(parts)
