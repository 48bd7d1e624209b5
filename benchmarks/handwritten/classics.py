"""The seven classical functions of W1: f, gradient, Hessian and Hv, each writing into ``out``.

The formulas are the textbook's, with the obvious common terms named once.
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan, cos, pi, sin, sqrt
from typing import Any

import numba
import numpy as np

compiled = numba.njit(error_model="numpy")


def returning_new(write: Any, kind: str, n: int) -> Any:
    """The function that makes a new array, calls ``write`` on it and returns it."""
    if kind == "f":
        return write
    if kind == "hvp":

        @compiled
        def product(x: Any, v: Any) -> Any:
            out = np.empty(n)
            write(x, v, out)
            return out

        return product

    shape = (n, n) if kind == "hessian" else (n,)

    @compiled
    def derivative(x: Any) -> Any:
        out = np.empty(shape)
        write(x, out)
        return out

    return derivative


@compiled
def rosenbrock_f(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


@compiled
def rosenbrock_gradient(x, out):
    r = 200 * (x[1] - x[0] ** 2)
    out[0] = -2 * x[0] * r - 2 * (1 - x[0])
    out[1] = r


@compiled
def rosenbrock_hessian(x, out):
    out[0, 0] = 1200 * x[0] ** 2 - 400 * x[1] + 2
    out[0, 1] = out[1, 0] = -400 * x[0]
    out[1, 1] = 200.0


@compiled
def rosenbrock_hvp(x, v, out):
    b = -400 * x[0]
    out[0] = (1200 * x[0] ** 2 - 400 * x[1] + 2) * v[0] + b * v[1]
    out[1] = b * v[0] + 200 * v[1]


@compiled
def beale_f(x):
    a, y = x[0], x[1]
    return (1.5 - a * (1 - y)) ** 2 + (2.25 - a * (1 - y**2)) ** 2 + (2.625 - a * (1 - y**3)) ** 2


@compiled
def beale_gradient(x, out):
    a, y = x[0], x[1]
    p, q, r = 1 - y, 1 - y**2, 1 - y**3
    t, u, w = 1.5 - a * p, 2.25 - a * q, 2.625 - a * r
    out[0] = -2 * (t * p + u * q + w * r)
    out[1] = 2 * a * (t + 2 * u * y + 3 * w * y**2)


@compiled
def _beale_second(x):
    a, y = x[0], x[1]
    p, q, r = 1 - y, 1 - y**2, 1 - y**3
    t, u, w = 1.5 - a * p, 2.25 - a * q, 2.625 - a * r
    dq, dr = -2 * y, -3 * y**2
    xx = 2 * (p * p + q * q + r * r)
    xy = 2 * (-(a * p - t) + dq * (a * q - u) + dr * (a * r - w))
    yy = 2 * a * (a + a * dq * dq + 2 * u + a * dr * dr + 6 * y * w)
    return xx, xy, yy


@compiled
def beale_hessian(x, out):
    out[0, 0], out[0, 1], out[1, 1] = _beale_second(x)
    out[1, 0] = out[0, 1]


@compiled
def beale_hvp(x, v, out):
    xx, xy, yy = _beale_second(x)
    out[0] = xx * v[0] + xy * v[1]
    out[1] = xy * v[0] + yy * v[1]


@compiled
def himmelblau_f(x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


@compiled
def himmelblau_gradient(x, out):
    u, w = x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7
    out[0] = 4 * x[0] * u + 2 * w
    out[1] = 2 * u + 4 * x[1] * w


@compiled
def himmelblau_hessian(x, out):
    u, w = x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7
    out[0, 0] = 4 * u + 8 * x[0] ** 2 + 2
    out[0, 1] = out[1, 0] = 4 * (x[0] + x[1])
    out[1, 1] = 4 * w + 8 * x[1] ** 2 + 2


@compiled
def himmelblau_hvp(x, v, out):
    u, w = x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7
    b = 4 * (x[0] + x[1])
    out[0] = (4 * u + 8 * x[0] ** 2 + 2) * v[0] + b * v[1]
    out[1] = b * v[0] + (4 * w + 8 * x[1] ** 2 + 2) * v[1]


@compiled
def mccormick_f(x):
    return sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1


@compiled
def mccormick_gradient(x, out):
    c, d = cos(x[0] + x[1]), 2 * (x[0] - x[1])
    out[0] = c + d - 1.5
    out[1] = c - d + 2.5


@compiled
def mccormick_hessian(x, out):
    s = sin(x[0] + x[1])
    out[0, 0] = out[1, 1] = 2 - s
    out[0, 1] = out[1, 0] = -2 - s


@compiled
def mccormick_hvp(x, v, out):
    s = sin(x[0] + x[1])
    out[0] = (2 - s) * v[0] - (2 + s) * v[1]
    out[1] = (2 - s) * v[1] - (2 + s) * v[0]


@compiled
def _angle(x):
    theta = atan(x[1] / x[0]) / (2 * pi)
    return theta if x[0] > 0 else theta + 0.5


@compiled
def helical_valley_f(x):
    r = sqrt(x[0] ** 2 + x[1] ** 2)
    return 100 * (x[2] - 10 * _angle(x)) ** 2 + 100 * (r - 1) ** 2 + x[2] ** 2


@compiled
def helical_valley_gradient(x, out):
    square = x[0] ** 2 + x[1] ** 2
    u, s = 200 * (x[2] - 10 * _angle(x)), 200 * (1 - 1 / sqrt(square))
    w = 10 * u / (2 * pi * square)
    out[0] = w * x[1] + s * x[0]
    out[1] = -w * x[0] + s * x[1]
    out[2] = u + 2 * x[2]


@compiled
def _helical_second(x):
    a, b = x[0], x[1]
    square = a * a + b * b
    r = sqrt(square)
    u = 2000 * (x[2] - 10 * _angle(x))
    p, q = -b / (2 * pi * square), a / (2 * pi * square)  # the angle's derivatives
    w = a * b / (pi * square**2)
    xx = 20000 * p * p - u * w + 200 * (1 - b * b / (square * r))
    xy = 20000 * p * q - u * (b * b - a * a) / (2 * pi * square**2) + 200 * a * b / (square * r)
    yy = 20000 * q * q + u * w + 200 * (1 - a * a / (square * r))
    return xx, xy, yy, -2000 * p, -2000 * q


@compiled
def helical_valley_hessian(x, out):
    xx, xy, yy, xz, yz = _helical_second(x)
    out[0, 0], out[1, 1], out[2, 2] = xx, yy, 202.0
    out[0, 1] = out[1, 0] = xy
    out[0, 2] = out[2, 0] = xz
    out[1, 2] = out[2, 1] = yz


@compiled
def helical_valley_hvp(x, v, out):
    xx, xy, yy, xz, yz = _helical_second(x)
    out[0] = xx * v[0] + xy * v[1] + xz * v[2]
    out[1] = xy * v[0] + yy * v[1] + yz * v[2]
    out[2] = xz * v[0] + yz * v[1] + 202 * v[2]


@compiled
def powell_singular_f(x):
    a, b, c, d = x[0] + 10 * x[1], x[2] - x[3], x[1] - 2 * x[2], x[0] - x[3]
    return a**2 + 5 * b**2 + c**4 + 10 * d**4


@compiled
def powell_singular_gradient(x, out):
    a, b = 2 * (x[0] + 10 * x[1]), 10 * (x[2] - x[3])
    c, d = 4 * (x[1] - 2 * x[2]) ** 3, 40 * (x[0] - x[3]) ** 3
    out[0] = a + d
    out[1] = 10 * a + c
    out[2] = b - 2 * c
    out[3] = -b - d


@compiled
def powell_singular_hessian(x, out):
    c, d = 12 * (x[1] - 2 * x[2]) ** 2, 120 * (x[0] - x[3]) ** 2
    out[0, 0], out[1, 1], out[2, 2], out[3, 3] = 2 + d, 200 + c, 10 + 4 * c, 10 + d
    out[0, 1] = out[1, 0] = 20.0
    out[0, 2] = out[2, 0] = out[1, 3] = out[3, 1] = 0.0
    out[0, 3] = out[3, 0] = -d
    out[1, 2] = out[2, 1] = -2 * c
    out[2, 3] = out[3, 2] = -10.0


@compiled
def powell_singular_hvp(x, v, out):
    a, b = 2 * (v[0] + 10 * v[1]), 10 * (v[2] - v[3])
    c = 12 * (x[1] - 2 * x[2]) ** 2 * (v[1] - 2 * v[2])
    d = 120 * (x[0] - x[3]) ** 2 * (v[0] - v[3])
    out[0] = a + d
    out[1] = 10 * a + c
    out[2] = b - 2 * c
    out[3] = -b - d


@compiled
def wood_f(x):
    value = 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2 + 90 * (x[3] - x[2] ** 2) ** 2 + (1 - x[2]) ** 2
    return value + 10 * (x[1] + x[3] - 2) ** 2 + 0.1 * (x[1] - x[3]) ** 2


@compiled
def wood_gradient(x, out):
    r, s = 200 * (x[1] - x[0] ** 2), 180 * (x[3] - x[2] ** 2)
    p, q = 20 * (x[1] + x[3] - 2), 0.2 * (x[1] - x[3])
    out[0] = -2 * x[0] * r - 2 * (1 - x[0])
    out[1] = r + p + q
    out[2] = -2 * x[2] * s - 2 * (1 - x[2])
    out[3] = s + p - q


@compiled
def wood_hessian(x, out):
    out[0, 0], out[1, 1] = 1200 * x[0] ** 2 - 400 * x[1] + 2, 220.2
    out[2, 2], out[3, 3] = 1080 * x[2] ** 2 - 360 * x[3] + 2, 200.2
    out[0, 1] = out[1, 0] = -400 * x[0]
    out[2, 3] = out[3, 2] = -360 * x[2]
    out[1, 3] = out[3, 1] = 19.8
    out[0, 2] = out[2, 0] = out[0, 3] = out[3, 0] = out[1, 2] = out[2, 1] = 0.0


@compiled
def wood_hvp(x, v, out):
    a, b = -400 * x[0], -360 * x[2]
    out[0] = (1200 * x[0] ** 2 - 400 * x[1] + 2) * v[0] + a * v[1]
    out[1] = a * v[0] + 220.2 * v[1] + 19.8 * v[3]
    out[2] = (1080 * x[2] ** 2 - 360 * x[3] + 2) * v[2] + b * v[3]
    out[3] = 19.8 * v[1] + b * v[2] + 200.2 * v[3]


def by_hand(name: str, kind: str) -> Callable[..., Any]:
    """The function of a classic and a kind that writes into ``out`` (for "f": returns the value)."""
    found: Callable[..., Any] = globals()[f"{name}_{kind}"]
    return found
