"""Every method as ``scipy.optimize.minimize(fun, x0, method=Newton(), jac=…, hess=…)``.

Convention: SciPy calls ``method(fun, x0, args=…, jac=…, hess=…, hessp=…, bounds=…, constraints=…, callback=…,
**options)`` and expects an OptimizeResult; options that a method does not know are ignored.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hessmath.errors import InputError

if TYPE_CHECKING:
    from hessmath.optimize.method import Method
    from hessmath.optimize.solution import Record


class ForSciPy:
    """What makes a method callable by SciPy."""

    def __call__(
        self,
        fun: Callable[..., Any],
        x0: Any,
        args: tuple[Any, ...] = (),
        jac: Any = None,
        hess: Any = None,
        hessp: Any = None,
        bounds: Any = None,
        constraints: Any = (),
        callback: Callable[..., Any] | None = None,
        **options: Any,
    ) -> Any:
        """An OptimizeResult, whose ``status`` is that of hessmath's and whose ``message`` is its advice.

        ``success`` is never true at a saddle.  A method of first order cannot tell: it is true there only if ``hess``
        or ``hessp`` is given, so that curvature can be looked at; else the status is STATIONARY.

        Options: ``tol`` or ``gtol`` for ‖∇f‖, ``maxiter``; the callback may raise StopIteration.

        Raises
        ------
        InputError
            If there are bounds or constraints, or derivatives are not functions.
        """
        from hessmath.optimize.loop import minimize
        from hessmath.optimize.newton_cg import NewtonCG
        from hessmath.optimize.problem import Need, Problem
        from hessmath.optimize.status import Status
        from hessmath.optimize.stopping import GradientBelow

        if constraints is not None and len(np.atleast_1d(constraints)) > 0:
            raise InputError("hessmath's methods take no constraints: leave them out.")
        for name, function in (("jac", jac), ("hess", hess), ("hessp", hessp)):
            if function is not None and not callable(function):
                raise InputError(f"hessmath's methods need {name} as a function, but {name} = {function!r}.")

        def with_args(function: Any) -> Any:
            return None if function is None else lambda *given: function(*given, *args)

        tolerance = options.get("gtol", options.get("tol"))
        problem = Problem(
            np.size(x0), with_args(fun), gradient=with_args(jac), hessian=with_args(hess), hvp=with_args(hessp)
        )
        solution = minimize(
            problem,
            np.ravel(x0),
            cast("Method", self),
            stop=GradientBelow() if tolerance is None else GradientBelow(tolerance),
            max_steps=int(options.get("maxiter", 1000)),
            callback=None if callback is None else _reporting(callback),
            bounds=bounds,
        )
        status, counts = solution.status, solution.evaluations
        if status is Status.STATIONARY and problem.can(Need.CURVATURE):  # the method did not look, but here one can
            judged = minimize(problem, solution.x, NewtonCG(), stop=GradientBelow(solution.gradient_norm), max_steps=0)
            status = judged.status
        return _result(
            x=solution.x,
            fun=solution.value,
            jac=solution.gradient,
            success=status.success,
            status=status,
            message=status.advice,
            nit=solution.steps,
            nfev=counts.f,
            njev=counts.gradient,
            nhev=counts.hessian + counts.hvp,
        )


def _result(**fields: Any) -> Any:
    from scipy.optimize import OptimizeResult

    return OptimizeResult(**fields)


def _reporting(callback: Callable[..., Any]) -> Callable[[Record], None]:
    """SciPy's rule: a single parameter of the name intermediate_result gets an OptimizeResult, any other gets x."""
    if set(inspect.signature(callback).parameters) == {"intermediate_result"}:
        return lambda record: callback(intermediate_result=_result(x=record.x, fun=record.value))
    return lambda record: callback(record.x)
