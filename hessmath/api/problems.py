"""Functions, kernels and networks as problems to minimise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from hessmath.api.compiling import compile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hessmath.function import Function
    from hessmath.kernels import ArrayKernel, Kernel
    from hessmath.networks import BatchLoss
    from hessmath.optimize import Problem
    from hessmath.verify.enclosure import PointKind


def problem(loss: BatchLoss) -> Problem:
    """A network's loss as what methods minimise: value, gradient, Hessian, products Hv, Gv and Fv.

    Examples
    --------
    >>> import hessmath as hm
    >>> loss = hm.Network(hm.Dense(1, 1)).batch_loss([[1.0], [3.0]], [[0.0], [1.0]])
    >>> hm.minimize(hm.problem(loss), [0.0, 0.0], hm.Newton()).x.round(9)
    array([ 0.5, -0.5])
    """
    return problem_of_network(loss)


def problem_of(f: Function | Kernel | Problem, parameters: Sequence[float] | None) -> Problem:
    """The problem of a function of numbers or its kernel."""
    from hessmath.kernels import Kernel
    from hessmath.optimize import Problem

    if isinstance(f, Problem):
        return f
    if isinstance(f, Kernel):
        return problem_of_kernel(f, parameters, None)
    return problem_of_kernel(compile(f), parameters, partial(kind_of, f, parameters))


def array_problem(f: Any, x0: Any, parameters: Any) -> tuple[Problem, Any]:
    """The problem of a function of arrays, for a start of this length."""
    from hessmath.kernels import ArrayKernel

    kernel = (f if isinstance(f, ArrayKernel) else compile(f)).bind(parameters)
    x0 = kernel.flat(x0)
    return problem_of_arrays(kernel, len(x0)), x0


def problem_of_arrays(kernel: ArrayKernel, dimension: int) -> Problem:
    """The problem of a kernel of arrays, for so many variables."""
    from hessmath.optimize import Problem

    return Problem(
        dimension=dimension,
        f=kernel.f,
        gradient=kernel.gradient,
        hessian=kernel.hessian,
        hvp=kernel.hvp,
        value_and_gradient=kernel.value_and_gradient,
    )


def problem_of_kernel(
    kernel: Kernel, parameters: Sequence[float] | None, classify: Callable[[NDArray[np.float64]], PointKind] | None
) -> Problem:
    """The problem of a kernel of numbers; ``classify`` proves what kind a point is."""
    from hessmath.optimize import Problem

    return Problem(
        dimension=len(kernel.variables),
        f=partial(kernel.f, parameters=parameters),
        gradient=partial(kernel.gradient, parameters=parameters),
        hessian=partial(kernel.hessian, parameters=parameters),
        hvp=partial(kernel.hvp, parameters=parameters),
        value_and_gradient=partial(kernel.value_and_gradient, parameters=parameters),
        names=kernel.variables,
        classify=classify,
    )


def problem_of_network(loss: BatchLoss) -> Problem:
    """The problem of a loss."""
    from hessmath.networks import squared_gradients
    from hessmath.networks.kept import kept_hvp
    from hessmath.optimize import Problem

    return Problem(
        loss.n,
        loss.value,
        gradient=loss.gradient,
        hessian=loss.hessian,
        hvp=kept_hvp(loss),
        value_and_gradient=loss.value_and_gradient,
        linearise=loss.linearise,
        squared_gradients=None if loss.couples_samples else lambda theta: squared_gradients(loss.linearise(theta)),
        names=loss.names,
    )


def squares_problem(function: Function, kernel: Any, parameters: Any) -> Problem:
    """The problem of ½‖r‖²."""
    from hessmath import optimize
    from hessmath.function import Function

    squares = Function(
        sum(r**2 for r in function.exprs) / 2, function.variables, parameters=function.parameters, name=function.name
    )
    return optimize.least_squares(
        len(kernel.variables),
        partial(kernel.f, parameters=parameters),
        partial(kernel.jacobian, parameters=parameters),
        names=kernel.variables,
        classify=partial(kind_of, squares, parameters),
    )


def kind_of(function: Function, parameters: Sequence[float] | None, x: NDArray[np.float64]) -> PointKind:
    """What kind of critical point is near x, by ball arithmetic."""
    from hessmath.verify.enclosure import critical_point_kind

    return critical_point_kind(
        function.gradient_tape, function.hessian_tape, x, parameters=tuple(parameters or ()), value_tape=function.tape
    )
