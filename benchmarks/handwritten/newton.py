"""Newton's method written out for Numba: loops for any n with the formula compiled in, and once without arrays."""

from __future__ import annotations

import math

import numba
import numpy as np

compiled = numba.njit(error_model="numpy")


@compiled
def rosenbrock(x, g):
    u, v = x[1] - x[0] * x[0], 1.0 - x[0]
    g[0] = -400.0 * x[0] * u - 2.0 * v
    g[1] = 200.0 * u
    return 100.0 * u * u + v * v


@compiled
def rosenbrock_hessian(x, H):
    H[0, 0] = 1200.0 * x[0] * x[0] - 400.0 * x[1] + 2.0
    H[0, 1] = H[1, 0] = -400.0 * x[0]
    H[1, 1] = 200.0


@compiled
def himmelblau(x, g):
    u, v = x[0] * x[0] + x[1] - 11.0, x[0] + x[1] * x[1] - 7.0
    g[0] = 4.0 * x[0] * u + 2.0 * v
    g[1] = 2.0 * u + 4.0 * x[1] * v
    return u * u + v * v


@compiled
def himmelblau_hessian(x, H):
    u, v = x[0] * x[0] + x[1] - 11.0, x[0] + x[1] * x[1] - 7.0
    H[0, 0] = 8.0 * x[0] * x[0] + 4.0 * u + 2.0
    H[0, 1] = H[1, 0] = 4.0 * (x[0] + x[1])
    H[1, 1] = 8.0 * x[1] * x[1] + 4.0 * v + 2.0


@compiled
def eliminate(H, g, p):
    """p ← −H⁻¹g by elimination with partial pivoting; H is overwritten."""
    n = len(g)
    for i in range(n):
        p[i] = -g[i]
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(H[i, k]) > abs(H[pivot, k]):
                pivot = i
        if pivot != k:
            for j in range(k, n):
                H[k, j], H[pivot, j] = H[pivot, j], H[k, j]
            p[k], p[pivot] = p[pivot], p[k]
        for i in range(k + 1, n):
            factor = H[i, k] / H[k, k]
            for j in range(k, n):
                H[i, j] -= factor * H[k, j]
            p[i] -= factor * p[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            p[i] -= H[i, j] * p[j]
        p[i] /= H[i, i]


def newton(function, hessian):
    """A compiled Newton loop for one function: (x, g, H, p) are room; the number of steps."""

    @compiled
    def solve(x0, x, g, H, p):
        n = len(x0)
        for i in range(n):
            x[i] = x0[i]
        for step in range(1000):
            value = function(x, g)
            squared = 0.0
            for i in range(n):
                squared += g[i] * g[i]
            if math.sqrt(squared) <= 1e-8 or not math.isfinite(value):
                return step
            hessian(x, H)
            eliminate(H, g, p)
            for i in range(n):
                x[i] += p[i]
        return 1000

    return solve


def newton_many(solve):
    """The same from every row."""

    @compiled
    def solve_many(X0, X, G):
        n = X0.shape[1]
        H, p = np.empty((n, n)), np.empty(n)
        for i in range(len(X0)):
            solve(X0[i], X[i], G[i], H, p)

    return solve_many


@compiled
def rosenbrock_in_registers(x0, out):
    """Only this function, only two variables, Cramer's rule, no arrays: what nobody would call a solver."""
    x, y = x0[0], x0[1]
    for _ in range(1000):
        g, h = -400.0 * x * (y - x * x) - 2.0 * (1.0 - x), 200.0 * (y - x * x)
        if g * g + h * h <= 1e-16:
            break
        a, b, c = 1200.0 * x * x - 400.0 * y + 2.0, -400.0 * x, 200.0
        determinant = a * c - b * b
        x, y = x - (c * g - b * h) / determinant, y - (a * h - b * g) / determinant
    out[0], out[1] = x, y
