"""The front desk: joins formulas, kernels, solvers and verdicts; decides nothing itself.

Every function here takes what users have at hand (text, a SymPy expression, a :class:`Function`) and hands it
to the part that does the work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from hessmath.errors import InputError, WrongKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from hessmath.function import Function
    from hessmath.kernels import Kernel, Tier
    from hessmath.optimize import Method, Problem, Solution
    from hessmath.program.passes import Pass
    from hessmath.verify import Claim, Verdict
    from hessmath.verify.enclosure import PointKind

__all__ = ["check", "compile", "lambdify", "minimize"]


def compile(f: Any, variables: Any = None, *, tier: Tier | None = None, passes: Sequence[Pass] | None = None) -> Any:
    """The kernel of a function: compiled f, gradient, Hessian and Hessian-vector product.

    Parameters
    ----------
    f : Function, or anything ``Function`` takes (text, SymPy expression, callable)
    variables : as for ``Function``; only when f is not a Function yet
    tier : how it is made to run, an object of ``hessmath.kernels``: ``Interpreter()``, ``Quick()``, ``Optimised()``,
        or ``Automatic()``, the default
    passes : what is done to the programs of f and its derivatives; by default ``program.STANDARD``, which computes
        log(1 + exp(u)) as softplus(u) and the like (``k.tape("f").rewrites``); ``program.LITERAL`` computes the
        formula as it is written

    Raises
    ------
    InputError
        If the formula has an operation that cannot be run in float64.

    Notes
    -----
    Nothing is compiled before it is called; each of f, gradient, Hessian and product is emitted on its own
    first call (milliseconds) and kept on disk by content.

    Examples
    --------
    >>> import hessmath as hm
    >>> k = hm.compile("100*(y - x**2)**2 + (1 - x)**2", "x y")
    >>> k.f([-1.2, 1.0])
    24.199999999999996
    >>> k.hvp([1.0, 1.0], [1.0, 2.0])
    array([2., 0.])
    """
    from hessmath.function import Function
    from hessmath.kernels import compile_tapes

    function = _function(f, variables)
    if not isinstance(function, Function):
        from hessmath.kernels import ArrayKernel

        if tier is not None or passes is not None:
            raise InputError("A function of arrays has one way to run: leave tier= and passes= out.")
        return ArrayKernel(function.name, function.program)
    return compile_tapes(
        function.tape if passes is None else function.lowered(passes),
        name=function.name,
        variables=[str(v) for v in function.variables],
        parameters=[str(p) for p in function.parameters],
        tier=tier,
        passes=passes,
    )


def lambdify(args: Any, expr: Any, modules: Any = None, **options: Any) -> Callable[..., Any]:
    """A machine-code function of ``args``; the same call as ``sympy.lambdify``.

    Examples
    --------
    >>> import hessmath as hm, sympy
    >>> x, y = sympy.symbols("x y")
    >>> f = hm.lambdify((x, y), sympy.sin(x) + y**2)
    >>> f(0.0, 3.0)
    9.0
    """
    from hessmath import kernels

    return kernels.lambdify(args, expr, modules, **options)


def minimize(
    f: Any,
    x0: ArrayLike | Mapping[str, float],
    method: Method | None = None,
    *,
    parameters: Sequence[float] | Mapping[str, Any] | None = None,
    **options: Any,
) -> Solution:
    """A stationary point of f from x0, with what was found out about it.

    Parameters
    ----------
    f : Function, Kernel, Problem, or anything ``Function`` takes
    x0 : (n,) array, or a mapping from variable names to numbers
    method : Method, optional
        An object such as ``Newton()``; chosen by ``hessmath.optimize.default_method`` if not given.
    parameters : values of the function's parameters, in their order; for a function of arrays a mapping by name
    **options
        ``stop``, ``max_steps``, ``callback``, ``rng``, ``trace``: see ``hessmath.optimize.minimize``.

    Raises
    ------
    InputError
        If x0 has the wrong length or is not finite, f has no gradient there, or bounds are given.

    Notes
    -----
    ``solution.kind`` is computed when it is asked for: ball arithmetic encloses the critical point near
    ``solution.x`` and the signs of the Hessian's eigenvalues there.

    Examples
    --------
    >>> import hessmath as hm
    >>> s = hm.minimize("100*(y - x**2)**2 + (1 - x)**2", [-1.2, 1.0], hm.Newton())
    >>> s.x.round(9), s.status.name, s.kind.nature.value
    (array([1., 1.]), 'CONVERGED', 'minimum')
    """
    from hessmath import optimize
    from hessmath.function import Function
    from hessmath.kernels import Kernel

    is_ready = isinstance(f, Kernel | optimize.Problem) or type(f).__name__ == "ArrayKernel"
    given = f if is_ready else _function(f)
    if not isinstance(given, Kernel | Function | optimize.Problem):
        problem, x0 = _array_problem(given, x0, parameters)
    elif isinstance(parameters, Mapping):
        raise InputError("The values of scalar parameters are given in their order, as parameters=[…].")
    else:
        problem = _problem(given, parameters)
    start = problem.starting_point(_by_name(x0, problem.names) if isinstance(x0, Mapping) else x0)
    if isinstance(given, Function):
        constants = zip(map(str, given.parameters), parameters or [], strict=False)
        given.require_differentiable(dict(zip(problem.names, start.tolist(), strict=True)) | dict(constants))
    return optimize.minimize(problem, start, method, **options)


def check(claim: Claim | str | Mapping[str, Any], **declarations: Any) -> Verdict:
    """The verdict on a claim: proved, refuted, ill-posed, vacuous, tested or undecided.

    Parameters
    ----------
    claim : Claim, text, or a mapping with the fields of a claim file
    **declarations
        For text: each name with its sizes and properties, such as ``A="n n invertible"``.

    Examples
    --------
    >>> import hessmath as hm
    >>> v = hm.check("inv(A @ B) == inv(B) @ inv(A)", A="n n invertible", B="n n invertible")
    >>> v.name, v.scope
    ('proved', 'all sizes')
    >>> hm.check("A @ B == B @ A", A="n n", B="n n").name
    'refuted'
    """
    from hessmath import verify

    return verify.check(verify.read_claim(claim, **declarations))


def _function(f: Any, variables: Any = None) -> Any:
    from hessmath.function import Function

    arrays = sys.modules.get("hessmath.array_function")  # not loaded: then f is none of its functions
    if isinstance(f, Function) or (arrays is not None and isinstance(f, arrays.ArrayFunction)):
        if variables is not None:
            raise WrongKind(f"{f!r} has its variables already; give variables only with a formula.")
        return f
    return Function(f, variables)


def _by_name(point: Mapping[str, float], names: Sequence[str]) -> list[float]:
    missing = [name for name in names if name not in point]
    unknown = [name for name in point if name not in names]
    if missing or unknown:
        wrong = f"{missing[0]} is missing" if missing else f"{unknown[0]} is not a variable"
        raise InputError(f"x0 needs one number for each of ({', '.join(names)}), but {wrong}.")
    return [point[name] for name in names]


def _array_problem(f: Any, x0: Any, parameters: Any) -> tuple[Problem, Any]:
    """The problem of a function of arrays, for a start of this length."""
    from hessmath.kernels import ArrayKernel
    from hessmath.optimize import Problem

    kernel = (f if isinstance(f, ArrayKernel) else compile(f)).bind(parameters)
    x0 = kernel.flat(x0)
    problem = Problem(
        dimension=len(x0),
        f=kernel.f,
        gradient=kernel.gradient,
        hessian=kernel.hessian,
        hvp=kernel.hvp,
        value_and_gradient=kernel.value_and_gradient,
    )
    return problem, x0


def _problem(f: Function | Kernel | Problem, parameters: Sequence[float] | None) -> Problem:
    from hessmath.kernels import Kernel
    from hessmath.optimize import Problem

    if isinstance(f, Problem):
        return f
    if isinstance(f, Kernel):
        return _problem_of_kernel(f, parameters, None)
    return _problem_of_kernel(compile(f), parameters, partial(_kind, f, parameters))


def _problem_of_kernel(
    kernel: Kernel, parameters: Sequence[float] | None, classify: Callable[[NDArray[np.float64]], PointKind] | None
) -> Problem:
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


def _kind(function: Function, parameters: Sequence[float] | None, x: NDArray[np.float64]) -> PointKind:
    from hessmath.verify.enclosure import critical_point_kind

    return critical_point_kind(
        function.gradient_tape, function.hessian_tape, x, parameters=tuple(parameters or ()), value_tape=function.tape
    )
