"""What a method sees of a problem: evaluations that are counted, checked and copied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from hessmath.errors import InputError, WrongKind
from hessmath.linear import FunctionOperator, LinearOperator, MatrixOperator
from hessmath.optimize.problem import Linearised, Matrix, Problem, Vector, real_array


@dataclass(frozen=True)
class Evaluations:
    """How often f and its derivatives were evaluated."""

    f: int = 0
    gradient: int = 0
    hessian: int = 0
    hvp: int = 0
    ggn: int = 0  # products with the Gauss–Newton or the Fisher matrix

    def __repr__(self) -> str:
        shown = {name: count for name, count in vars(self).items() if count or name != "ggn"}
        return f"Evaluations({', '.join(f'{name}={count}' for name, count in shown.items())})"


class Oracle:
    """Counted access to a problem during one run, and the run's source of random numbers."""

    def __init__(self, problem: Problem, rng: np.random.Generator) -> None:
        self.problem = problem
        self.rng = rng
        self._f = self._gradient = self._hessian = self._hvp = self._ggn = 0
        self._linearised: tuple[Vector, Linearised] | None = None

    @property
    def evaluations(self) -> Evaluations:
        """The counts so far."""
        return Evaluations(self._f, self._gradient, self._hessian, self._hvp, self._ggn)

    def go_on_from(self, counts: Evaluations) -> None:
        """Count on from here."""
        self._f, self._gradient, self._hessian, self._hvp, self._ggn = vars(counts).values()

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
            if self.problem.gradient is None:
                found = self._linearise(x)
                n = self.problem.dimension
                return self._number(found.value), self._array("the gradient", found.gradient, (n,))
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

    def gauss_newton(self, x: Vector) -> LinearOperator:
        """v ↦ G(x)v with the (generalised) Gauss–Newton matrix."""
        ggn = self.problem.ggn
        return self._counted("ggn(x, v)", self._linearise(x).ggn_product if ggn is None else partial(ggn, x))

    def fisher(self, x: Vector) -> LinearOperator:
        """v ↦ F(x)v with the Fisher matrix."""
        fisher = self.problem.fisher
        if fisher is not None:
            return self._counted("fisher(x, v)", partial(fisher, x))
        product = getattr(self._linearise(x), "fisher_product", None)
        if product is None:
            raise WrongKind("linearise(x) has no fisher_product: pass fisher=, a function (x, v) ↦ F(x)v, to Problem.")
        return self._counted("fisher_product(v)", product)

    def squared_gradients(self, x: Vector) -> Vector:
        """The mean over samples of their squared gradients, (n,); none is negative."""
        if self.problem.squared_gradients is None:
            raise WrongKind("This problem has no squared gradients: check problem.can(Need.SQUARED_GRADIENTS) first.")
        found = self._array("squared_gradients(x)", self.problem.squared_gradients(x), (self.problem.dimension,))
        if found.min() < 0.0:
            raise InputError(f"squared_gradients(x) must not be negative, but one entry is {found.min():.6g}.")
        return found

    def _linearise(self, x: Vector) -> Linearised:
        """The problem linearised at x; kept until another point is asked for, and counted once."""
        if self._linearised is None or not np.array_equal(self._linearised[0], x):
            if self.problem.linearise is None:
                raise WrongKind("This problem cannot be linearised: check problem.can(Need.GGN) first.")
            self._f += 1
            self._gradient += 1
            self._linearised = x, self.problem.linearise(x)
        return self._linearised[1]

    def _counted(self, what: str, function: Callable[[Vector], Any]) -> LinearOperator:
        n = self.problem.dimension

        def product(v: Vector) -> Vector:
            self._ggn += 1
            return self._array(what, function(v), (n,))

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
