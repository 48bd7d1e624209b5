"""Ridge and logistic regression by hand: with NumPy's products, and as Numba loops over the rows of the data.

Ridge: ‖Xb − y‖² + λ b·b.  Logistic: Σ log(1 + exp(−yᵢ (Xb)ᵢ)) + λ b·b with yᵢ = ±1.
"""

from __future__ import annotations

from math import exp, log1p
from typing import Any

import numba
import numpy as np

# Dot products in several lanes: without reassociation a loop of additions waits for each of them.
compiled = numba.njit(error_model="numpy", fastmath={"reassoc", "contract"})


# ---- ridge, NumPy ---------------------------------------------------------------------------------


def ridge_f(b: Any, X: Any, y: Any, lam: float) -> Any:
    r = X @ b - y
    return r @ r + lam * (b @ b)


def ridge_gradient(b: Any, X: Any, y: Any, lam: float) -> Any:
    return 2 * ((X @ b - y) @ X) + 2 * lam * b


def ridge_hessian(b: Any, X: Any, y: Any, lam: float) -> Any:
    H = 2 * (X.T @ X)
    H.flat[:: len(b) + 1] += 2 * lam
    return H


def ridge_hvp(b: Any, v: Any, X: Any, y: Any, lam: float) -> Any:
    return 2 * ((X @ v) @ X) + 2 * lam * v


# ---- logistic, NumPy ------------------------------------------------------------------------------


def logistic_f(b: Any, X: Any, y: Any, lam: float) -> Any:
    return np.logaddexp(0, -y * (X @ b)).sum() + lam * (b @ b)


def logistic_gradient(b: Any, X: Any, y: Any, lam: float) -> Any:
    return (-y / (1 + np.exp(y * (X @ b)))) @ X + 2 * lam * b


def _weights(b: Any, X: Any, y: Any) -> Any:
    s = 1 / (1 + np.exp(y * (X @ b)))
    return s * (1 - s)


def logistic_hessian(b: Any, X: Any, y: Any, lam: float) -> Any:
    H = X.T @ (X * _weights(b, X, y)[:, None])
    H.flat[:: len(b) + 1] += 2 * lam
    return H


def logistic_hvp(b: Any, v: Any, X: Any, y: Any, lam: float) -> Any:
    return (_weights(b, X, y) * (X @ v)) @ X + 2 * lam * v


NUMPY = {
    "ridge": {"f": ridge_f, "gradient": ridge_gradient, "hessian": ridge_hessian, "hvp": ridge_hvp},
    "logistic": {"f": logistic_f, "gradient": logistic_gradient, "hessian": logistic_hessian, "hvp": logistic_hvp},
}


# ---- loops: one pass over the data ----------------------------------------------------------------


@compiled
def _dot(row, b):
    total = 0.0
    for j in range(len(b)):
        total += row[j] * b[j]
    return total


@compiled
def ridge_f_loop(b, X, y, lam):
    total = 0.0
    for i in range(len(y)):
        r = _dot(X[i], b) - y[i]
        total += r * r
    return total + lam * _dot(b, b)


@compiled
def ridge_gradient_loop(b, X, y, lam):
    out = 2 * lam * b
    for i in range(len(y)):
        r = 2 * (_dot(X[i], b) - y[i])
        for j in range(len(b)):
            out[j] += r * X[i, j]
    return out


@compiled
def _symmetric(out, diagonal):
    for j in range(len(out)):
        out[j, j] += diagonal
        for k in range(j):
            out[k, j] = out[j, k]


@compiled
def ridge_hessian_loop(b, X, y, lam):
    out = np.zeros((len(b), len(b)))
    for i in range(len(y)):
        for j in range(len(b)):
            for k in range(j + 1):
                out[j, k] += 2 * X[i, j] * X[i, k]
    _symmetric(out, 2 * lam)
    return out


@compiled
def ridge_hvp_loop(b, v, X, y, lam):
    out = 2 * lam * v
    for i in range(len(y)):
        r = 2 * _dot(X[i], v)
        for j in range(len(b)):
            out[j] += r * X[i, j]
    return out


@compiled
def logistic_f_loop(b, X, y, lam):
    total = 0.0
    for i in range(len(y)):
        t = -y[i] * _dot(X[i], b)
        total += (t if t > 0 else 0.0) + log1p(exp(-abs(t)))
    return total + lam * _dot(b, b)


@compiled
def logistic_gradient_loop(b, X, y, lam):
    out = 2 * lam * b
    for i in range(len(y)):
        r = -y[i] / (1 + exp(y[i] * _dot(X[i], b)))
        for j in range(len(b)):
            out[j] += r * X[i, j]
    return out


@compiled
def logistic_hessian_loop(b, X, y, lam):
    out = np.zeros((len(b), len(b)))
    for i in range(len(y)):
        s = 1 / (1 + exp(y[i] * _dot(X[i], b)))
        w = s * (1 - s)
        for j in range(len(b)):
            for k in range(j + 1):
                out[j, k] += w * X[i, j] * X[i, k]
    _symmetric(out, 2 * lam)
    return out


@compiled
def logistic_hvp_loop(b, v, X, y, lam):
    out = 2 * lam * v
    for i in range(len(y)):
        s = 1 / (1 + exp(y[i] * _dot(X[i], b)))
        r = s * (1 - s) * _dot(X[i], v)
        for j in range(len(b)):
            out[j] += r * X[i, j]
    return out


LOOPS = {
    "ridge": {
        "f": ridge_f_loop,
        "gradient": ridge_gradient_loop,
        "hessian": ridge_hessian_loop,
        "hvp": ridge_hvp_loop,
    },
    "logistic": {
        "f": logistic_f_loop,
        "gradient": logistic_gradient_loop,
        "hessian": logistic_hessian_loop,
        "hvp": logistic_hvp_loop,
    },
}
