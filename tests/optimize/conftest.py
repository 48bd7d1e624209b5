"""Problems written by hand, with their minima: nothing here comes from hessmath's own derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from hessmath.optimize import Problem


@dataclass(frozen=True)
class Case:
    """A problem, a start, and the minima that may be reached."""

    name: str
    problem: Problem
    start: tuple[float, ...]
    minima: tuple[tuple[float, ...], ...]

    def distance(self, x) -> float:
        return min(float(np.abs(np.asarray(x) - m).max()) for m in self.minima)


def build(n, f, gradient, hessian, **more):
    """All derivatives from f, ∇f and ∇²f."""
    return Problem(n, f, gradient=gradient, hessian=hessian, hvp=lambda x, v: np.asarray(hessian(x), float) @ v, **more)


def quadratic(A, b=None):
    """½xᵀAx − bᵀx."""
    A = np.asarray(A, float)
    b = np.zeros(len(A)) if b is None else np.asarray(b, float)
    return build(len(A), lambda x: 0.5 * x @ A @ x - b @ x, lambda x: A @ x - b, lambda x: A)


rosenbrock = build(
    2,
    lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2,
    lambda x: [-400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]), 200 * (x[1] - x[0] ** 2)],
    lambda x: [[1200 * x[0] ** 2 - 400 * x[1] + 2, -400 * x[0]], [-400 * x[0], 200]],
    names=("x", "y"),
)

# Saddle at the origin, minima at (0, ±√2).
saddle = build(
    2,
    lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4 / 4,
    lambda x: [2 * x[0], -2 * x[1] + x[1] ** 3],
    lambda x: [[2, 0], [0, -2 + 3 * x[1] ** 2]],
)

# Maximum at the origin, minima at (±1, ±1).
hilltop = build(
    2,
    lambda x: np.sum(x**4 / 4 - x**2 / 2),
    lambda x: x**3 - x,
    lambda x: np.diag(3 * x**2 - 1),
)

# Defined for x > 0 only, minimum at (1, 0).
logarithm = build(
    2,
    lambda x: x[0] - np.log(x[0]) + x[1] ** 2,
    lambda x: [1 - 1 / x[0], 2 * x[1]],
    lambda x: [[1 / x[0] ** 2, 0], [0, 2]],
)


def _powell_hessian(x):
    p, q = 12 * (x[1] - 2 * x[2]) ** 2, 120 * (x[0] - x[3]) ** 2
    return [
        [2 + q, 20, 0, -q],
        [20, 200 + p, -2 * p, 0],
        [0, -2 * p, 10 + 4 * p, -10],
        [-q, 0, -10, 10 + q],
    ]


# Singular Hessian at the minimum 0 (Moré, Garbow & Hillstrom 1981, problem 13).
powell_singular = build(
    4,
    lambda x: (x[0] + 10 * x[1]) ** 2 + 5 * (x[2] - x[3]) ** 2 + (x[1] - 2 * x[2]) ** 4 + 10 * (x[0] - x[3]) ** 4,
    lambda x: [
        2 * (x[0] + 10 * x[1]) + 40 * (x[0] - x[3]) ** 3,
        20 * (x[0] + 10 * x[1]) + 4 * (x[1] - 2 * x[2]) ** 3,
        10 * (x[2] - x[3]) - 8 * (x[1] - 2 * x[2]) ** 3,
        -10 * (x[2] - x[3]) - 40 * (x[0] - x[3]) ** 3,
    ],
    _powell_hessian,
)

# Badly scaled (Moré, Garbow & Hillstrom 1981, problem 4), minimum at (10⁶, 2·10⁻⁶).
brown = build(
    2,
    lambda x: (x[0] - 1e6) ** 2 + (x[1] - 2e-6) ** 2 + (x[0] * x[1] - 2) ** 2,
    lambda x: [2 * (x[0] - 1e6) + 2 * x[1] * (x[0] * x[1] - 2), 2 * (x[1] - 2e-6) + 2 * x[0] * (x[0] * x[1] - 2)],
    lambda x: [[2 + 2 * x[1] ** 2, 4 * x[0] * x[1] - 4], [4 * x[0] * x[1] - 4, 2 + 2 * x[0] ** 2]],
)

one_variable = build(1, lambda x: np.cosh(x[0] - 2), lambda x: [np.sinh(x[0] - 2)], lambda x: [[np.cosh(x[0] - 2)]])

constant = build(2, lambda x: 3, lambda x: np.zeros(2), lambda x: np.zeros((2, 2)))

flat = build(2, lambda x: x[0] ** 2, lambda x: [2 * x[0], 0], lambda x: [[2, 0], [0, 0]])

linear = build(2, lambda x: -x[0], lambda x: [-1, 0], lambda x: np.zeros((2, 2)))

downhill = build(2, lambda x: x[1] ** 2 - x[0] ** 2, lambda x: [-2 * x[0], 2 * x[1]], lambda x: [[-2, 0], [0, 2]])

ROOT = 2.0**0.5
CASES = (
    Case("quadratic", quadratic([[3, 1], [1, 2]], [5, 5]), (10.0, -7.0), ((1.0, 2.0),)),
    Case("one variable", one_variable, (0.5,), ((2.0,),)),
    Case("rosenbrock", rosenbrock, (-1.2, 1.0), ((1.0, 1.0),)),
    Case("beside the saddle", saddle, (1.0, 1.2), ((0.0, ROOT), (0.0, -ROOT))),
    Case("near 0 of the logarithm", logarithm, (0.01, 1.0), ((1.0, 0.0),)),
    Case("powell singular", powell_singular, (3.0, -1.0, 0.0, 1.0), ((0.0, 0.0, 0.0, 0.0),)),
    Case("brown badly scaled", brown, (1.0, 1.0), ((1e6, 2e-6),)),
)


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request):
    return request.param


@pytest.fixture(scope="session")
def problems():
    """The problems above by name, and ``quadratic`` and ``build`` to make more."""
    return SimpleNamespace(**{name: value for name, value in globals().items() if not name.startswith("_")})
