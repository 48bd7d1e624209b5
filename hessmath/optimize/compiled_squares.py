"""½‖r‖², Jᵀr and JᵀJ as machine code, for residuals and a Jacobian given by address.

The three functions have the signature of kernels, ``double (x, v, block, out)``.  What stands for the parameters is a
block that also holds the two addresses, the sizes, and room for r and J: every run has its own copy of it, so runs in
several threads do not meet.  Compiled once per machine, like the loops in ``compiled.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from hessmath.linear.twofold import enable
from hessmath.optimize.compiled import call, fingerprint, load

Vector = NDArray[np.float64]

RESIDUALS, JACOBIAN, COUNT, DIMENSION, PARAMETERS, HEAD = range(6)


def squares_code(
    residuals: int, jacobian: int, count: int, dimension: int, parameters: Vector, folder: Path
) -> tuple[Callable[[str], int], Vector]:
    """Addresses by the name of what is evaluated, and the block.

    Parameters
    ----------
    residuals, jacobian : addresses of kernels that write r, (m,), and J, (m, n)
    count, dimension : m and n
    parameters : the values of the formula's parameters
    folder : where the machine code is kept
    """
    enable()
    name = "squares_" + hashlib.sha256((fingerprint() + _TEXT).encode()).hexdigest()[:32]
    module = load(name, _TEXT, folder)
    block = np.zeros(HEAD + parameters.size + count * (1 + dimension))
    block.view(np.int64)[:HEAD] = residuals, jacobian, count, dimension, parameters.size
    block[HEAD : HEAD + parameters.size] = parameters
    found = {
        "f": module.value.address,
        "gradient": module.gradient.address,
        "value_and_gradient": module.gradient.address,
        "hessian": module.matrix.address,
    }
    return found.__getitem__, block


_TEXT = """\
from numba import carray, cfunc, types
import numpy as np
from hessmath.optimize.compiled_squares import HEAD, size_of, value_of, write_gradient, write_matrix

pointer = types.CPointer(types.float64)
signature = types.float64(pointer, types.voidptr, types.voidptr, pointer)


@cfunc(signature, cache=True, error_model="numpy")
def value(x, v, block, out):
    head = carray(block, (HEAD,), np.int64)
    return value_of(carray(x, (head[3],)), head, carray(block, (size_of(head),), np.float64))


@cfunc(signature, cache=True, error_model="numpy")
def gradient(x, v, block, out):
    head = carray(block, (HEAD,), np.int64)
    whole = carray(block, (size_of(head),), np.float64)
    return write_gradient(carray(x, (head[3],)), head, whole, carray(out, (head[3],)))


@cfunc(signature, cache=True, error_model="numpy")
def matrix(x, v, block, out):
    head = carray(block, (HEAD,), np.int64)
    whole = carray(block, (size_of(head),), np.float64)
    return write_matrix(carray(x, (head[3],)), head, whole, carray(out, (head[3], head[3])))
"""


@register_jitable(error_model="numpy")
def size_of(head: Any) -> Any:  # pragma: no cover (Numba runs it)
    """How many numbers the block has."""
    return HEAD + head[PARAMETERS] + head[COUNT] * (1 + head[DIMENSION])


@register_jitable(error_model="numpy")
def evaluate(x: Any, head: Any, whole: Any, jacobian: Any) -> Any:  # pragma: no cover (Numba runs it)
    """Write r, and J if wanted, into the block; where they begin."""
    start = HEAD + head[PARAMETERS]
    call(head[RESIDUALS], x, x, whole[HEAD:], whole[start:])
    if jacobian:
        call(head[JACOBIAN], x, x, whole[HEAD:], whole[start + head[COUNT] :])
    return start


@register_jitable(error_model="numpy")
def value_of(x: Any, head: Any, whole: Any) -> Any:  # pragma: no cover (Numba runs it)
    """½‖r‖²."""
    start, m = evaluate(x, head, whole, False), head[COUNT]
    total = 0.0
    for k in range(start, start + m):
        total += whole[k] * whole[k]
    return 0.5 * total


@register_jitable(error_model="numpy")
def write_gradient(x: Any, head: Any, whole: Any, g: Any) -> Any:  # pragma: no cover (Numba runs it)
    """g ← Jᵀr; ½‖r‖²."""
    start, m, n = evaluate(x, head, whole, True), head[COUNT], head[DIMENSION]
    total = 0.0
    g[:] = 0.0
    for k in range(m):
        r, row = whole[start + k], start + m + k * n
        total += r * r
        for i in range(n):
            g[i] += r * whole[row + i]
    return 0.5 * total


@register_jitable(error_model="numpy")
def write_matrix(x: Any, head: Any, whole: Any, H: Any) -> Any:  # pragma: no cover (Numba runs it)
    """H ← JᵀJ."""
    start, m, n = evaluate(x, head, whole, True), head[COUNT], head[DIMENSION]
    H[:, :] = 0.0
    for k in range(m):
        row = start + m + k * n
        for i in range(n):
            for j in range(i + 1):
                H[i, j] += whole[row + i] * whole[row + j]
    for i in range(n):
        for j in range(i):
            H[j, i] = H[i, j]
    return 0.0
