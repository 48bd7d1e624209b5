"""What a method sees of a problem: evaluations that are counted, checked and copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hessmath.errors import InputError, WrongKind
from hessmath.linear import FunctionOperator, LinearOperator, MatrixOperator
from hessmath.optimize.problem import Matrix, Problem, Vector, real_array


@dataclass(frozen=True)
class Evaluations:
    """How often f and its derivatives were evaluated."""

    f: int = 0
    gradient: int = 0
    hessian: int = 0
    hvp: int = 0


class Oracle:
    """Counted access to a problem during one run, and the run's source of random numbers."""

    def __init__(self, problem: Problem, rng: np.random.Generator) -> None:
        self.problem = problem
        self.rng = rng
        self._f = self._gradient = self._hessian = self._hvp = 0

    @property
    def evaluations(self) -> Evaluations:
        """The counts so far."""
        return Evaluations(self._f, self._gradient, self._hessian, self._hvp)

    def value(self, x: Vector) -> float:
        """f(x)."""
        self._f += 1
        return self._number(self.problem.f(x))

    def gradient(self, x: Vector) -> Vector:
        """∇f(x), (n,)."""
        if self.problem.gradient is None:
            return self.value_and_gradient(x)[1]
        self._gradient += 1
        return self._array("gradient(x)", self.problem.gradient(x), (self.problem.dimension,))

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        """f(x) and ∇f(x), together where the problem offers that."""
        if self.problem.value_and_gradient is None:
            return self.value(x), self.gradient(x)
        self._f += 1
        self._gradient += 1
        value, gradient = self.problem.value_and_gradient(x)
        return self._number(value), self._array("the gradient", gradient, (self.problem.dimension,))

    def hessian(self, x: Vector) -> Matrix:
        """∇²f(x), (n, n), exactly symmetric."""
        if self.problem.hessian is None:
            raise WrongKind("This problem has no Hessian: check problem.can(Need.HESSIAN) first.")
        self._hessian += 1
        n = self.problem.dimension
        H = self._array("hessian(x)", self.problem.hessian(x), (n, n))
        difference = np.abs(H - H.T)
        if difference.max() > 1e-8 * np.abs(H).max():  # False where an entry is nan
            i, j = sorted(np.unravel_index(int(difference.argmax()), H.shape))
            raise InputError(
                f"hessian(x) must be symmetric, but its entry [{i}, {j}] is {H[i, j]:.6g} and [{j}, {i}] is "
                f"{H[j, i]:.6g}: check the second derivatives."
            )
        return np.asarray(0.5 * H + 0.5 * H.T, dtype=np.float64)

    def curvature(self, x: Vector) -> LinearOperator:
        """v ↦ ∇²f(x)v: Hessian-vector products if the problem has them, else its Hessian."""
        hvp, n = self.problem.hvp, self.problem.dimension
        if hvp is None:
            return MatrixOperator(self.hessian(x))

        def product(v: Vector) -> Vector:
            self._hvp += 1
            return self._array("hvp(x, v)", hvp(x, v), (n,))

        return FunctionOperator((n, n), product, product)

    def look_at(self, x: Vector) -> None:
        """Make ready for ``product``: the Hessian is evaluated here if there are no products."""
        self._operator = self.curvature(x)

    def product(self, v: Vector) -> Vector:
        """∇²f(x)v at the x that was looked at."""
        return self._operator @ v

    def _number(self, value: Any) -> float:
        number = real_array("f(x)", value)
        if number.size != 1:
            raise InputError(f"f(x) must be one number, but has shape {number.shape}.")
        return float(number.reshape(()))

    def _array(self, what: str, value: Any, shape: tuple[int, ...]) -> Vector:
        result = real_array(what, value)  # a copy: the function may reuse its output
        if result.shape != shape:
            if result.size != 1 or self.problem.dimension != 1:
                raise InputError(
                    f"{what} has shape {result.shape}, but the problem has {self.problem.dimension} variables: "
                    f"it must return shape {shape}."
                )
            result = result.reshape(shape)  # one variable: a number will do
        return result
