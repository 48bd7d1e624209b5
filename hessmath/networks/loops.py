"""Small networks as compiled loops: one set of functions for all networks, whose layers come as a table of numbers.

Arrays are kept as (features, samples), so that the innermost loop runs over samples in SIMD lanes.  Every slot of
``steps.py`` has six panels of (width, N) numbers in one workspace: value, bar, dot, dotted bar, f′, and bar · f″.

Importing this module imports Numba; ``engine.py`` does so when it pays.  All loops are in this file, because Numba's
cache on disk looks at the file of the outermost function only.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numba.core import types
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic

from hessmath.networks.engine import (
    BACKWARD,
    CURVED_BARS,
    FORWARD,
    GAUSS_NEWTON_PRODUCT,
    HESSIAN_PRODUCT,
    LOSS_VALUE,
)

DENSE, ACTIVATION, ADD = range(3)
"""Kinds of steps."""

(OP, SOURCE, INPUTS, OUTPUTS, BIAS, START, CODE, SKIP, WANTS, ADDS, ADDS_SKIP, PLACE, PLACE_SOURCE, PLACE_SKIP) = range(
    14
)
"""Columns of the table, one row for each step; PLACE is where its output slot begins in the workspace."""

VALUE, BAR, DOT, BAR_DOT, FIRST, CURVED, PANELS = map(np.int64, range(7))
"""Panels of a slot, and their number; NumPy's integers, because Numba compiles again for each constant of Python's."""

SAMPLES, LOSS, TARGETS, PROBABILITIES, LOGS, SCRATCH, ROOM = range(7)
"""The last row of the table: N, the loss's code, places in the workspace, and half the size of the scratch."""

SCALE, PENALTY, SLOPES = range(3)
"""Numbers: 1/divisor of the loss, the penalty, then LeakyReLU's slope for each step."""

_ZERO, _ONE, _TWO = map(np.int64, range(3))

FOR_BLAS = 4_000
"""Multiplications from which a matrix product is left to BLAS."""

ENTRY = {"error_model": "numpy", "fastmath": {"contract"}, "nogil": True, "cache": True}
"""How functions that Python calls are compiled."""

INNER = {**ENTRY, "cache": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""How the others are compiled."""

SUMS = {**INNER, "fastmath": {"contract", "reassoc", "nsz"}}
"""The same for sums over samples in any order: they run in SIMD lanes."""


@intrinsic
def _part(context: Any, array: Any, start: Any, shape: Any) -> Any:
    """The numbers of a contiguous array from ``start`` on, as an array of this shape, with nothing checked.

    A slice and ``reshape`` cost 45 ns, which is most of what a small network costs; this costs 1 ns.
    """
    result = types.Array(array.dtype, len(shape), "C", readonly=not array.mutable, aligned=array.aligned)

    def build(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = target.make_array(signature.args[0])(target, builder, arguments[0])
        begin, *lengths = (
            target.cast(builder, value, kind, types.intp)
            for value, kind in zip(
                [arguments[1], *(builder.extract_value(arguments[2], k) for k in range(len(shape)))],
                [signature.args[1], *signature.args[2]],
                strict=True,
            )
        )
        strides = [whole.itemsize]
        for length in reversed(lengths[1:]):
            strides.insert(0, builder.mul(length, strides[0]))
        part = target.make_array(result)(target, builder)
        target.populate_array(
            part,
            data=builder.gep(whole.data, [begin]),
            shape=lengths,
            strides=strides,
            itemsize=whole.itemsize,
            meminfo=whole.meminfo,
        )
        return impl_ret_borrowed(target, builder, result, part._getvalue())

    return result(array, start, shape), build


@numba.njit(**INNER)
def _panel(k: int, panel: int, table: Any, work: Any) -> Any:
    """A panel of the slot that step k writes, as (width, N)."""
    N, width = table[table.shape[0] - 1, SAMPLES], table[k, OUTPUTS]
    start = table[k, PLACE] + panel * width * N
    return _part(work, start, (width, N))


@numba.njit(**INNER)
def _source(k: int, panel: int, table: Any, work: Any) -> Any:
    """A panel of the slot that step k reads."""
    N, width = table[table.shape[0] - 1, SAMPLES], table[k, INPUTS]
    start = table[k, PLACE_SOURCE] + panel * width * N
    return _part(work, start, (width, N))


@numba.njit(**INNER)
def _skipped(k: int, panel: int, table: Any, work: Any) -> Any:
    """A panel of the slot that the end of a residual connection adds."""
    N, width = table[table.shape[0] - 1, SAMPLES], table[k, INPUTS]
    start = table[k, PLACE_SKIP] + panel * width * N
    return _part(work, start, (width, N))


@numba.njit(**INNER)
def _flat(panel: Any) -> Any:
    """All numbers of a panel in a row."""
    return _part(panel, 0, (panel.size,))


@numba.njit(**INNER)
def _extra(column: int, table: Any, work: Any) -> Any:
    """Targets, probabilities or the scratch, as (outputs, N)."""
    last = table.shape[0] - 1
    N, width = table[last, SAMPLES], table[last - 1, OUTPUTS]
    return _part(work, table[last, column], (width, N))


@numba.njit(**INNER)
def _scratch(number: int, size: int, table: Any, work: Any) -> Any:
    """The first or second half of the room for intermediate numbers."""
    last = table.shape[0] - 1
    start = table[last, SCRATCH] + number * table[last, ROOM]
    return work[start : start + size]


@numba.njit(**INNER)
def _add_four(z: Any, w0: float, a0: Any, w1: float, a1: Any, w2: float, a2: Any, w3: float, a3: Any) -> None:
    for i in range(z.size):
        z[i] += w0 * a0[i] + w1 * a1[i] + w2 * a2[i] + w3 * a3[i]


@numba.njit(**SUMS)
def _dot(a: Any, b: Any) -> float:
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@numba.njit(**SUMS)
def _sum(a: Any) -> float:
    total = 0.0
    for i in range(a.size):
        total += a[i]
    return total


@numba.njit(**INNER)
def _product(A: Any, B: Any, out: Any) -> None:
    """out ← A B by BLAS."""
    np.dot(A, B, out)


@numba.njit(**INNER)
def _add(z: Any, M: Any, A: Any, room: Any) -> None:
    """z ← z + M A; by BLAS where that pays."""
    J, P, N = M.shape[0], M.shape[1], A.shape[1]
    if J * P * N > FOR_BLAS:
        product = _part(room, 0, (J, N))
        _product(M, A, product)
        flat, added = _flat(z), room[: J * N]
        for i in range(flat.size):
            flat[i] += added[i]
        return
    for j in range(J):
        row = z[j]
        p = 0
        while p + 4 <= P:
            _add_four(row, M[j, p], A[p], M[j, p + 1], A[p + 1], M[j, p + 2], A[p + 2], M[j, p + 3], A[p + 3])
            p += 4
        while p < P:
            w, a = M[j, p], A[p]
            for i in range(row.size):
                row[i] += w * a[i]
            p += 1


@numba.njit(**INNER)
def _gram_to(out: Any, A: Any, B: Any) -> None:
    """out ← A Bᵀ; by BLAS where that pays."""
    if A.shape[0] * B.shape[0] * A.shape[1] > FOR_BLAS:
        _product(A, B.T, out)
        return
    for i in range(A.shape[0]):
        a = A[i]
        for j in range(B.shape[0]):
            out[i, j] = _dot(a, B[j])


@numba.njit(**INNER)
def _weights(k: int, flat: Any, table: Any) -> Any:
    """A dense layer's W, (inputs, outputs), in a flat vector."""
    start, d, m = table[k, START], table[k, INPUTS], table[k, OUTPUTS]
    return _part(flat, start, (d, m))


@numba.njit(**INNER)
def _biases(k: int, flat: Any, table: Any) -> Any:
    """A dense layer's b; empty where there is none."""
    start = table[k, START] + table[k, INPUTS] * table[k, OUTPUTS]
    return flat[start : start + table[k, BIAS] * table[k, OUTPUTS]]


# ---- elementary functions, without branches so that they run in SIMD lanes -------------------------------

_LOG2E, _LN2_HIGH, _LN2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
_SHIFT = 6755399441055744.0  # 1.5 · 2⁵²: adding it rounds to an integer, which is then in the low bits


@numba.njit(**INNER)
def _exp(x: Any, out: Any, bits: Any) -> None:
    """out ← eˣ for x in [−708, 708], clipped to it; within 2 ULP.  ``bits``: room for integers."""
    for i in range(x.size):
        t = min(max(x[i], -708.0), 708.0)
        shifted = t * _LOG2E + _SHIFT
        k = shifted - _SHIFT
        r = (t - k * _LN2_HIGH) - k * _LN2_LOW
        p = 1 / 6227020800.0
        p = p * r + 1 / 479001600.0
        p = p * r + 1 / 39916800.0
        p = p * r + 1 / 3628800.0
        p = p * r + 1 / 362880.0
        p = p * r + 1 / 40320.0
        p = p * r + 1 / 5040.0
        p = p * r + 1 / 720.0
        p = p * r + 1 / 120.0
        p = p * r + 1 / 24.0
        p = p * r + 1 / 6.0
        p = p * r + 0.5
        out[i] = r * r * p + r + 1.0
        bits[i] = k
    integers = bits.view(np.int64)
    for i in range(x.size):
        bits[i] = bits[i] + _SHIFT
    for i in range(x.size):
        integers[i] = (integers[i] + 1023) << 52
    for i in range(x.size):
        out[i] *= bits[i]
        out[i] = out[i] if x[i] == x[i] else x[i]


@numba.njit(**INNER)
def _tanh(z: Any, a: Any, bits: Any, room: Any) -> None:
    """a ← tanh z: 1 − 2/(e^2|z| + 1), near zero a rational approximation (Cephes, tanh.c)."""
    for i in range(z.size):
        room[i] = 2.0 * min(abs(z[i]), 20.0)
    _exp(room, a, bits)
    for i in range(z.size):
        x = z[i]
        s = x * x
        top = (-9.64399179425052238628e-1 * s - 9.92877231001918586564e1) * s - 1.61468768441708447952e3
        bottom = ((s + 1.12811678491632931402e2) * s + 2.23548839060100448583e3) * s + 4.84406305325125486048e3
        near = x + x * s * (top / bottom)
        far = math.copysign(1.0 - 2.0 / (a[i] + 1.0), x)
        a[i] = near if abs(x) < 0.625 else far
        a[i] = a[i] if x == x else x


@numba.njit(**INNER)
def _sigmoid(z: Any, a: Any, bits: Any, room: Any) -> None:
    """a ← 1/(1 + e⁻ᶻ)."""
    for i in range(z.size):
        room[i] = -z[i]
    _exp(room, a, bits)
    for i in range(z.size):
        a[i] = 1.0 / (1.0 + a[i])


@numba.njit(**INNER)
def _activate(code: int, slope: float, z: Any, a: Any, first: Any, bits: Any, room: Any) -> None:
    """a ← f(z) and f′(z)."""
    if code == 0:
        for i in range(z.size):
            a[i] = z[i]
            first[i] = 1.0
    elif code == 1:
        for i in range(z.size):
            first[i] = 1.0 if z[i] > 0.0 else slope
            a[i] = first[i] * z[i]
    elif code == 2:
        _tanh(z, a, bits, room)
        for i in range(z.size):
            first[i] = 1.0 - a[i] * a[i]
    elif code == 3:
        _sigmoid(z, a, bits, room)
        for i in range(z.size):
            first[i] = a[i] * (1.0 - a[i])
    elif code == 4:
        _sigmoid(z, first, bits, room)
        for i in range(z.size):
            a[i] = max(z[i], 0.0) + math.log1p(math.exp(-abs(z[i])))
            a[i] = a[i] if z[i] == z[i] else z[i]
    else:
        for i in range(z.size):
            below = 0.5 * math.erfc(-z[i] * 0.7071067811865476)
            first[i] = below + z[i] * math.exp(-0.5 * z[i] * z[i]) * 0.3989422804014327
            a[i] = z[i] * below


@numba.njit(**INNER)
def _curve(code: int, z: Any, a: Any, first: Any, bar: Any, curved: Any) -> None:
    """curved ← bar · f″(z)."""
    if code == 2:
        for i in range(z.size):
            curved[i] = bar[i] * (-2.0 * a[i] * first[i])
    elif code == 3:
        for i in range(z.size):
            curved[i] = bar[i] * (first[i] * (1.0 - 2.0 * a[i]))
    elif code == 4:
        for i in range(z.size):
            curved[i] = bar[i] * (first[i] * (1.0 - first[i]))
    elif code == 5:
        for i in range(z.size):
            density = math.exp(-0.5 * z[i] * z[i]) * 0.3989422804014327
            curved[i] = bar[i] * ((2.0 - z[i] * z[i]) * density)
    else:
        for i in range(z.size):
            curved[i] = 0.0


# ---- passes ------------------------------------------------------------------------------------------------


@numba.njit(**INNER)
def _begin(z: Any, bias: Any) -> None:
    """Every row ← its bias, or 0."""
    for j in range(z.shape[0]):
        row, b = z[j], bias[j] if bias.size else 0.0
        for i in range(row.size):
            row[i] = b


@numba.njit(**INNER)
def _forward(theta: Any, table: Any, numbers: Any, work: Any) -> None:
    for k in range(table.shape[0] - 1):
        z, a = _panel(k, VALUE, table, work), _source(k, VALUE, table, work)
        bits, room = _scratch(_ZERO, z.size, table, work), _scratch(_ONE, z.size, table, work)
        if table[k, OP] == DENSE:
            _begin(z, _biases(k, theta, table))
            _add(z, _weights(k, theta, table).T, a, room)
        elif table[k, OP] == ACTIVATION:
            first = _panel(k, FIRST, table, work)
            _activate(table[k, CODE], numbers[SLOPES + k], _flat(a), _flat(z), _flat(first), bits, room)
        else:
            b, total = _flat(_skipped(k, VALUE, table, work)), _flat(z)
            below = _flat(a)
            for i in range(total.size):
                total[i] = below[i] + b[i]


@numba.njit(**INNER)
def _likelihoods(table: Any, work: Any) -> None:
    """The probabilities that cross-entropies see; for softmax also the logarithms of its sums."""
    last = table.shape[0] - 1
    z, p = _panel(last - 1, VALUE, table, work), _extra(np.int64(PROBABILITIES), table, work)
    bits, room = _scratch(_ZERO, z.size, table, work), _scratch(_ONE, z.size, table, work)
    if table[last, LOSS] == 1:
        _sigmoid(_flat(z), _flat(p), bits, room)
    elif table[last, LOSS] == 2:
        m, N = z.shape
        logs = work[table[last, LOGS] : table[last, LOGS] + N]
        top, total = _scratch(_TWO, N, table, work), logs
        powers = room
        for i in range(N):
            top[i] = -np.inf
            total[i] = 0.0
        for j in range(m):
            for i in range(N):
                top[i] = max(top[i], z[j, i])
        for j in range(m):
            row = z[j]
            for i in range(N):
                powers[j * N + i] = row[i] - top[i]
        _exp(powers, _flat(p), bits)
        for j in range(m):
            for i in range(N):
                total[i] += p[j, i]
        for j in range(m):
            for i in range(N):
                p[j, i] /= total[i]
        for i in range(N):
            logs[i] = top[i] + math.log(total[i])


@numba.njit(**SUMS)
def _squares(z: Any, y: Any) -> float:
    total = 0.0
    for i in range(z.size):
        total += (z[i] - y[i]) * (z[i] - y[i])
    return total


@numba.njit(**INNER)
def _loss(theta: Any, table: Any, numbers: Any, work: Any) -> float:
    last = table.shape[0] - 1
    z, y = _flat(_panel(last - 1, VALUE, table, work)), _flat(_extra(np.int64(TARGETS), table, work))
    if table[last, LOSS] == 0:
        total = _squares(z, y)
    elif table[last, LOSS] == 1:
        total = -_dot(y, z)
        for i in range(z.size):
            total += max(z[i], 0.0) + math.log1p(math.exp(-abs(z[i])))
    else:
        total = _sum(work[table[last, LOGS] : table[last, LOGS] + table[last, SAMPLES]]) - _dot(y, z)
    total *= numbers[SCALE]
    if numbers[PENALTY] != 0.0:
        total += 0.5 * numbers[PENALTY] * _dot(theta, theta)
    return total


@numba.njit(**INNER)
def _slope(table: Any, numbers: Any, work: Any) -> None:
    """The output's bar ← ∂L/∂output."""
    last = table.shape[0] - 1
    bar, y = _flat(_panel(last - 1, BAR, table, work)), _flat(_extra(np.int64(TARGETS), table, work))
    if table[last, LOSS] == 0:
        z, scale = _flat(_panel(last - 1, VALUE, table, work)), 2.0 * numbers[SCALE]
    else:
        z, scale = _flat(_extra(np.int64(PROBABILITIES), table, work)), numbers[SCALE]
    for i in range(bar.size):
        bar[i] = scale * (z[i] - y[i])


@numba.njit(**INNER)
def _curvature(table: Any, numbers: Any, work: Any) -> None:
    """The output's dotted bar ← H_ℓ · its dot."""
    last = table.shape[0] - 1
    p, scale = _extra(np.int64(PROBABILITIES), table, work), numbers[SCALE]
    dot, bar_dot = _panel(last - 1, DOT, table, work), _panel(last - 1, BAR_DOT, table, work)
    m, N = dot.shape
    if table[last, LOSS] == 0:
        scale *= 2.0
        for j in range(m):
            for i in range(N):
                bar_dot[j, i] = scale * dot[j, i]
    elif table[last, LOSS] == 1:
        for j in range(m):
            for i in range(N):
                bar_dot[j, i] = scale * (p[j, i] * (1.0 - p[j, i]) * dot[j, i])
    else:
        mean = _scratch(_ZERO, N, table, work)
        for i in range(N):
            mean[i] = 0.0
        for j in range(m):
            for i in range(N):
                mean[i] += p[j, i] * dot[j, i]
        for j in range(m):
            for i in range(N):
                bar_dot[j, i] = scale * (p[j, i] * (dot[j, i] - mean[i]))


@numba.njit(**INNER)
def _multiply(target: Any, a: Any, b: Any, adds: int) -> None:
    """target ← a ⊙ b, or target + a ⊙ b."""
    if adds:
        for i in range(target.size):
            target[i] += a[i] * b[i]
    else:
        for i in range(target.size):
            target[i] = a[i] * b[i]


@numba.njit(**INNER)
def _write(target: Any, a: Any, adds: int) -> None:
    """target ← a, or target + a."""
    if adds:
        for i in range(target.size):
            target[i] += a[i]
    else:
        for i in range(target.size):
            target[i] = a[i]


@numba.njit(**INNER)
def _down(k: int, panel: int, theta: Any, table: Any, work: Any) -> None:
    """The panel of bars of step k's input, from that of its output."""
    target, bar = _source(k, panel, table, work), _panel(k, panel, table, work)
    if table[k, OP] == DENSE:
        if not table[k, ADDS]:
            _begin(target, target[0, :0])
        _add(target, _weights(k, theta, table), bar, _scratch(_ZERO, target.size, table, work))
    elif table[k, OP] == ACTIVATION:
        _multiply(_flat(target), _flat(_panel(k, FIRST, table, work)), _flat(bar), table[k, ADDS])
    else:
        _write(_flat(target), _flat(bar), table[k, ADDS])
        _write(_flat(_skipped(k, panel, table, work)), _flat(bar), table[k, ADDS_SKIP])


@numba.njit(**INNER)
def _backward(panel: int, theta: Any, table: Any, work: Any, out: Any) -> None:
    """out ← Jᵀ of the output's bars in a panel."""
    for k in range(table.shape[0] - 2, -1, -1):
        if table[k, OP] == DENSE:
            bar, biases = _panel(k, panel, table, work), _biases(k, out, table)
            _gram_to(_weights(k, out, table), _source(k, VALUE, table, work), bar)
            for j in range(biases.size):
                biases[j] = _sum(bar[j])
        if table[k, WANTS]:
            _down(k, panel, theta, table, work)


@numba.njit(**INNER)
def _curve_all(table: Any, work: Any) -> None:
    """bar · f″ of every activation, which products with the Hessian need."""
    for k in range(table.shape[0] - 1):
        if table[k, OP] == ACTIVATION:
            _curve(
                table[k, CODE],
                _flat(_source(k, VALUE, table, work)),
                _flat(_panel(k, VALUE, table, work)),
                _flat(_panel(k, FIRST, table, work)),
                _flat(_panel(k, BAR, table, work)),
                _flat(_panel(k, CURVED, table, work)),
            )


@numba.njit(**INNER)
def _push(begin: int, along: int, theta: Any, v: Any, table: Any, work: Any) -> None:
    """Dots of all outputs from step ``begin`` on; ``along``: 1 if parameters move along v, else 0."""
    for k in range(begin, table.shape[0] - 1):
        dot, below = _panel(k, DOT, table, work), _source(k, DOT, table, work)
        if table[k, OP] == DENSE:
            room = _scratch(_ZERO, dot.size, table, work)
            _begin(dot, _biases(k, v, table)[: along * dot.shape[0]])
            if along:
                _add(dot, _weights(k, v, table).T, _source(k, VALUE, table, work), room)
            if table[k, SOURCE] > 0:
                _add(dot, _weights(k, theta, table).T, below, room)
        elif table[k, OP] == ACTIVATION:
            _multiply(_flat(dot), _flat(_panel(k, FIRST, table, work)), _flat(below), _ZERO)
        else:
            _write(_flat(dot), _flat(below), _ZERO)
            _write(_flat(dot), _flat(_skipped(k, DOT, table, work)), _ONE)


@numba.njit(**INNER)
def _down_dotted(k: int, theta: Any, table: Any, work: Any) -> None:
    """Dotted bars of step k's input: those of its output, and what an activation's curvature adds."""
    _down(k, BAR_DOT, theta, table, work)
    if table[k, OP] == ACTIVATION:
        target, dot = _source(k, BAR_DOT, table, work), _source(k, DOT, table, work)
        _multiply(_flat(target), _flat(_panel(k, CURVED, table, work)), _flat(dot), _ONE)


@numba.njit(**INNER)
def _push_back(theta: Any, v: Any, table: Any, work: Any, out: Any) -> None:
    """The tangent of ``_backward``."""
    for k in range(table.shape[0] - 2, -1, -1):
        bar = _panel(k, BAR, table, work)
        if table[k, OP] == DENSE:
            bar_dot, biases = _panel(k, BAR_DOT, table, work), _biases(k, out, table)
            W, start = _weights(k, out, table), table[k, START]
            _gram_to(W, _source(k, VALUE, table, work), bar_dot)
            if table[k, SOURCE] > 0:
                room = _part(_scratch(_ZERO, W.size, table, work), 0, W.shape)
                _gram_to(room, _source(k, DOT, table, work), bar)
                _write(out[start : start + W.size], _flat(room), _ONE)
            for j in range(biases.size):
                biases[j] = _sum(bar_dot[j])
        if table[k, WANTS]:
            _down_dotted(k, theta, table, work)
            if table[k, OP] == DENSE:
                target = _source(k, BAR_DOT, table, work)
                _add(target, _weights(k, v, table), bar, _scratch(_ZERO, target.size, table, work))


@numba.njit(**ENTRY)
def run(what: int, theta: Any, v: Any, table: Any, numbers: Any, work: Any, out: Any) -> float:
    """The parts of ``what`` in order; the value, if it is asked for, and a vector in ``out``.

    The gradient and the Gauss-Newton product share one backward pass, so that only one of them can be asked for.
    """
    value, vector, panel = 0.0, theta, BAR
    if what & FORWARD:
        _forward(theta, table, numbers, work)
        _likelihoods(table, work)
    if what & LOSS_VALUE:
        value = _loss(theta, table, numbers, work)
    if what & BACKWARD:
        _slope(table, numbers, work)
    if what & GAUSS_NEWTON_PRODUCT:
        vector, panel = v, BAR_DOT
        _push(_ZERO, _ONE, theta, v, table, work)
        _curvature(table, numbers, work)
    if what & (BACKWARD | GAUSS_NEWTON_PRODUCT):
        _backward(panel, theta, table, work, out)
    if what & (CURVED_BARS | HESSIAN_PRODUCT):
        _curve_all(table, work)
    if what & HESSIAN_PRODUCT:
        vector = v
        _push(_ZERO, _ONE, theta, v, table, work)
        _curvature(table, numbers, work)
        _push_back(theta, v, table, work, out)
    if numbers[PENALTY] != 0.0:
        for i in range(out.size):
            out[i] += numbers[PENALTY] * vector[i]
    return value


# ---- the whole Hessian ---------------------------------------------------------------------------------------
#
# A unit of a dense layer is moved in every sample at once: z_lq + e.  That gives for each sample the second
# derivatives h of L in the units, and how the inputs of later layers move, t.  With inputs a and δ = ∂L/∂z, for l ≤ m
#   ∂²L / ∂W_l[p,q] ∂W_m[r,s] = Σ_i a_l[p] a_m[r] h[q,s] + Σ_i a_l[p] δ_m[s] t[q,r]
# (sums over samples, the second for l < m): two matrix products for each pair of layers.


@numba.njit(**INNER)
def _products(A: Any, B: Any) -> Any:
    """Rows a ⊙ b for all rows of A and B."""
    C = np.empty((A.shape[0] * B.shape[0], A.shape[1]))
    for p in range(A.shape[0]):
        a = A[p]
        for r in range(B.shape[0]):
            b, c = B[r], C[p * B.shape[0] + r]
            for i in range(c.size):
                c[i] = a[i] * b[i]
    return C


@numba.njit(**INNER)
def _pairs(A: Any) -> Any:
    """Rows a_p ⊙ a_r for p ≤ r."""
    width = A.shape[0]
    C = np.empty((width * (width + 1) // 2, A.shape[1]))
    row = 0
    for p in range(width):
        a = A[p]
        for r in range(p, width):
            b, c = A[r], C[row]
            for i in range(c.size):
                c[i] = a[i] * b[i]
            row += 1
    return C


@numba.njit(**INNER)
def _inputs(k: int, table: Any, work: Any) -> Any:
    """A dense layer's inputs as rows, with a row of ones for its bias."""
    a = _flat(_source(k, VALUE, table, work))
    N, d = table[table.shape[0] - 1, SAMPLES], table[k, INPUTS]
    A = np.empty((d + table[k, BIAS], N))
    flat = _flat(A)
    for i in range(flat.size):
        flat[i] = a[i] if i < a.size else 1.0
    return A


@numba.njit(**INNER)
def _move_unit(k: int, q: int, theta: Any, table: Any, numbers: Any, work: Any) -> None:
    """Dots of all slots after step k, and dotted bars down to its output, as its unit q moves."""
    dot = _panel(k, DOT, table, work)
    for j in range(dot.shape[0]):
        for i in range(dot.shape[1]):
            dot[j, i] = 1.0 if j == q else 0.0
    _push(k + 1, _ZERO, theta, theta, table, work)
    _curvature(table, numbers, work)
    for later in range(table.shape[0] - 2, k, -1):
        if table[later, WANTS]:
            _down_dotted(later, theta, table, work)


@numba.njit(**INNER)
def _own_block(k: int, A: Any, h: Any, table: Any, H: Any) -> None:
    """The block of a layer with itself; h: rows for q ≤ s."""
    m, start, inputs = table[k, OUTPUTS], table[k, START], A.shape[0]
    pairs = _pairs(A)
    G = np.empty((pairs.shape[0], h.shape[0]))
    _gram_to(G, pairs, h)
    row = 0
    for p in range(inputs):
        for r in range(p, inputs):
            g = G[row]
            column = 0
            for q in range(m):
                for s in range(q, m):
                    value = g[column]
                    pq, ps = start + p * m + q, start + p * m + s
                    rq, rs = start + r * m + q, start + r * m + s
                    H[pq, rs] = value
                    H[ps, rq] = value
                    H[rs, pq] = value
                    H[rq, ps] = value
                    column += 1
            row += 1


@numba.njit(**INNER)
def _other_block(k: int, later: int, A: Any, B: Any, h: Any, t: Any, delta: Any, table: Any, H: Any) -> None:
    """The blocks of two layers; h: rows (q, s), t: rows (q, r) without the bias."""
    m, c = table[k, OUTPUTS], table[later, OUTPUTS]
    first, second = table[k, START], table[later, START]
    left, right = _products(A, B), _products(A, delta)
    G, T = np.empty((left.shape[0], h.shape[0])), np.empty((right.shape[0], t.shape[0]))
    _gram_to(G, left, h)
    _gram_to(T, right, t)
    inner, moving = B.shape[0], table[later, INPUTS]
    for p in range(A.shape[0]):
        for q in range(m):
            row = H[first + p * m + q]
            for r in range(inner):
                g = G[p * inner + r]
                for s in range(c):
                    value = g[q * c + s]
                    if r < moving:
                        value += T[p * c + s, q * moving + r]
                    row[second + r * c + s] = value
    for j in range(second, second + inner * c):
        row = H[j]
        for i in range(first, first + A.shape[0] * m):
            row[i] = H[i, j]


@numba.njit(**ENTRY)
def hessian(theta: Any, table: Any, numbers: Any, work: Any, H: Any) -> None:
    """H ← ∇²L for a workspace in which forward and backward pass and ``_curve_all`` have been run."""
    last = table.shape[0] - 1
    N = table[last, SAMPLES]
    moved = 0
    for k in range(last):
        if table[k, OP] != DENSE:
            continue
        for before in range(moved, k):  # nothing before this layer moves
            dots = _panel(before, DOT, table, work)
            _begin(dots, dots[0, :0])
        moved = k
        m = table[k, OUTPUTS]
        units = inner = 0
        for later in range(k + 1, last):
            if table[later, OP] == DENSE:
                units += table[later, OUTPUTS]
                inner += table[later, INPUTS]
        own, h, t = np.empty(m * (m + 1) // 2 * N), np.empty(m * units * N), np.empty(m * inner * N)
        row = 0
        for q in range(m):
            _move_unit(k, q, theta, table, numbers, work)
            _write(own[row * N : (row + m - q) * N], _flat(_panel(k, BAR_DOT, table, work))[q * N :], _ZERO)
            row += m - q
            place_h = place_t = 0
            for later in range(k + 1, last):
                if table[later, OP] == DENSE:
                    c, d = table[later, OUTPUTS] * N, table[later, INPUTS] * N
                    to_h, to_t = place_h + q * c, place_t + q * d
                    _write(h[to_h : to_h + c], _flat(_panel(later, BAR_DOT, table, work)), _ZERO)
                    _write(t[to_t : to_t + d], _flat(_source(later, DOT, table, work)), _ZERO)
                    place_h += m * c
                    place_t += m * d
        A = _inputs(k, table, work)
        _own_block(k, A, own.reshape((row, N)), table, H)
        place_h = place_t = 0
        for later in range(k + 1, last):
            if table[later, OP] == DENSE:
                c, d = table[later, OUTPUTS], table[later, INPUTS]
                B, delta = _inputs(later, table, work), _panel(later, BAR, table, work)
                here = h[place_h : place_h + m * c * N].reshape((m * c, N))
                moving = t[place_t : place_t + m * d * N].reshape((m * d, N))
                _other_block(k, later, A, B, here, moving, delta, table, H)
                place_h += m * c * N
                place_t += m * d * N
    if numbers[PENALTY] != 0.0:
        for i in range(theta.size):
            H[i, i] += numbers[PENALTY]
