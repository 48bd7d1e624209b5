"""The chained Rosenbrock function f = Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², by fused loops over the entries."""

from __future__ import annotations

import numba
import numpy as np

compiled = numba.njit(error_model="numpy")


@numba.njit(error_model="numpy", fastmath={"reassoc"})  # so that the sum runs in several lanes
def f(x):
    total = 0.0
    for i in range(len(x) - 1):
        r, s = x[i + 1] - x[i] * x[i], 1 - x[i]
        total += 100 * r * r + s * s
    return total


@compiled
def gradient(x, out):
    last = len(x) - 1
    out[0] = -400 * x[0] * (x[1] - x[0] * x[0]) - 2 * (1 - x[0])
    for i in range(1, last):
        inner = 200 * (x[i] - x[i - 1] * x[i - 1])
        out[i] = inner - 400 * x[i] * (x[i + 1] - x[i] * x[i]) - 2 * (1 - x[i])
    out[last] = 200 * (x[last] - x[last - 1] * x[last - 1])


@compiled
def hvp(x, v, out):
    last = len(x) - 1
    out[0] = (1200 * x[0] * x[0] - 400 * x[1] + 2) * v[0] - 400 * x[0] * v[1]
    for i in range(1, last):
        diagonal = 1200 * x[i] * x[i] - 400 * x[i + 1] + 202
        out[i] = diagonal * v[i] - 400 * (x[i] * v[i + 1] + x[i - 1] * v[i - 1])
    out[last] = 200 * v[last] - 400 * x[last - 1] * v[last - 1]


@compiled
def sparse_hessian(x, data):
    """The entries of the tridiagonal Hessian row by row: 3 n − 2 numbers."""
    last = len(x) - 1
    data[0] = 1200 * x[0] * x[0] - 400 * x[1] + 2
    data[1] = -400 * x[0]
    for i in range(1, last):
        data[3 * i - 1] = -400 * x[i - 1]
        data[3 * i] = 1200 * x[i] * x[i] - 400 * x[i + 1] + 202
        data[3 * i + 1] = -400 * x[i]
    data[3 * last - 1] = -400 * x[last - 1]
    data[3 * last] = 200.0


@compiled
def hessian(x, out):
    """The dense Hessian."""
    last = len(x) - 1
    out[:, :] = 0.0
    for i in range(last):
        out[i, i] = 1200 * x[i] * x[i] - 400 * x[i + 1] + (2 if i == 0 else 202)
        out[i, i + 1] = out[i + 1, i] = -400 * x[i]
    out[last, last] = 200.0


@compiled
def new_gradient(x):
    out = np.empty(len(x))
    gradient(x, out)
    return out


@compiled
def new_hvp(x, v):
    out = np.empty(len(x))
    hvp(x, v, out)
    return out


@compiled
def new_sparse_hessian(x):
    data = np.empty(3 * len(x) - 2)
    sparse_hessian(x, data)
    return data


@compiled
def new_hessian(x):
    out = np.empty((len(x), len(x)))
    hessian(x, out)
    return out


RETURNING_NEW = {
    "f": f,
    "gradient": new_gradient,
    "hvp": new_hvp,
    "sparse_hessian": new_sparse_hessian,
    "hessian": new_hessian,
}
INTO_OUT = {"gradient": gradient, "hvp": hvp, "sparse_hessian": sparse_hessian}
