"""Rosenbrock's chain in four variables at many points: loops over the rows of an array."""

from __future__ import annotations

import numba

compiled = numba.njit(error_model="numpy")


@compiled
def values(points, out):
    for r in range(len(points)):
        a, b, c, d = points[r, 0], points[r, 1], points[r, 2], points[r, 3]
        p, q, s = b - a * a, c - b * b, d - c * c
        u, v, w = 1 - a, 1 - b, 1 - c
        out[r] = 100 * (p * p + q * q + s * s) + u * u + v * v + w * w


@compiled
def gradients(points, out):
    for r in range(len(points)):
        a, b, c, d = points[r, 0], points[r, 1], points[r, 2], points[r, 3]
        p, q, s = 200 * (b - a * a), 200 * (c - b * b), 200 * (d - c * c)
        out[r, 0] = -2 * a * p - 2 * (1 - a)
        out[r, 1] = p - 2 * b * q - 2 * (1 - b)
        out[r, 2] = q - 2 * c * s - 2 * (1 - c)
        out[r, 3] = s


@compiled
def hessians(points, out):
    for r in range(len(points)):
        a, b, c, d = points[r, 0], points[r, 1], points[r, 2], points[r, 3]
        out[r, 0, 0] = 1200 * a * a - 400 * b + 2
        out[r, 1, 1] = 1200 * b * b - 400 * c + 202
        out[r, 2, 2] = 1200 * c * c - 400 * d + 202
        out[r, 3, 3] = 200.0
        out[r, 0, 1] = out[r, 1, 0] = -400 * a
        out[r, 1, 2] = out[r, 2, 1] = -400 * b
        out[r, 2, 3] = out[r, 3, 2] = -400 * c
        out[r, 0, 2] = out[r, 2, 0] = out[r, 0, 3] = out[r, 3, 0] = out[r, 1, 3] = out[r, 3, 1] = 0.0


@compiled
def products(points, directions, out):
    for r in range(len(points)):
        a, b, c, d = points[r, 0], points[r, 1], points[r, 2], points[r, 3]
        s, t, u, w = directions[r, 0], directions[r, 1], directions[r, 2], directions[r, 3]
        out[r, 0] = (1200 * a * a - 400 * b + 2) * s - 400 * a * t
        out[r, 1] = (1200 * b * b - 400 * c + 202) * t - 400 * (a * s + b * u)
        out[r, 2] = (1200 * c * c - 400 * d + 202) * u - 400 * (b * t + c * w)
        out[r, 3] = 200 * w - 400 * c * u
