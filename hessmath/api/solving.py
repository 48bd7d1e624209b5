"""Formulas to solutions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from hessmath.api.compiling import compile
from hessmath.api.formulas import as_function, by_name
from hessmath.api.machine_code import machine_code, machine_code_of_arrays, machine_code_of_squares
from hessmath.api.problems import (
    array_problem,
    kind_of,
    problem_of,
    problem_of_arrays,
    problem_of_kernel,
    problem_of_network,
    squares_problem,
)
from hessmath.errors import InputError, WrongKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

    from hessmath.optimize import Method, Record, Solution, StoppingTest
    from hessmath.optimize.many import Solutions
    from hessmath.optimize.solver import Solver
    from hessmath.optimize.watched import WatchedSolver

#: ``minimize`` runs the compiled loop for functions of arrays with so many variables: compiling it pays at once.
COMPILED_FROM = 100_000

_IN_ORDER = "The values of scalar parameters are given in their order, as parameters=[…]."


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
    f : Function, Kernel, Problem, BatchLoss, or anything ``Function`` takes
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

    Functions of arrays of 100,000 variables or more are solved by the compiled loop of ``solver``, unless ``trace``,
    ``callback`` or a stopping test of your own ask for Python.

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

    if type(f).__name__ == "BatchLoss":
        f = problem_of_network(f)
    if isinstance(f, optimize.FiniteSum):
        raise WrongKind(
            f"minimize needs a function of x alone, but got a FiniteSum of {f.count} terms: use minimize_sum(f, x0, "
            "SGD(…), epochs=…) for steps on mini-batches, or pass f.whole, the mean over all rows."
        )
    is_ready = isinstance(f, Kernel | optimize.Problem) or type(f).__name__ == "ArrayKernel"
    given = f if is_ready else as_function(f)
    if not isinstance(given, Kernel | Function | optimize.Problem):
        problem, flat = array_problem(given, x0, parameters)
        x0 = problem.starting_point(flat)
        if problem.dimension >= COMPILED_FROM and _can_be_prepared(method, options):
            found: Solution = solver(given, method, parameters=parameters, dimension=len(x0), **options)(x0)
            return found
    elif isinstance(parameters, Mapping):
        raise InputError(_IN_ORDER)
    else:
        problem = problem_of(given, parameters)
    x0 = by_name(x0, problem.names) if isinstance(x0, Mapping) else x0
    start = problem.starting_point(x0)
    if isinstance(given, Function):
        constants = zip(map(str, given.parameters), parameters or [], strict=False)
        given.require_differentiable(dict(zip(problem.names, start.tolist(), strict=True)) | dict(constants))
    return optimize.minimize(problem, x0, method, **options)


def solver(
    f: Any,
    method: Method | None = None,
    *,
    parameters: Sequence[float] | Mapping[str, Any] | None = None,
    stop: StoppingTest | None = None,
    max_steps: int = 1000,
    rng: np.random.Generator | int = 0,
    callback: Callable[[Record], object] | None = None,
    trace: bool = False,
    dimension: int | None = None,
) -> Solver | WatchedSolver:
    """A method prepared for f as machine code: ``solve = hm.solver(f, hm.Newton())``, then ``solve(x0)``.

    Parameters
    ----------
    f : Function, Kernel, or anything ``Function`` takes; a Function with a list of residuals for least squares
    method, stop, max_steps, rng, callback, trace : as for ``minimize``
        ``callback=Every(k, function)`` enters Python once in k steps; a callback, a trace, or a stopping test of your
        own after every step.  Without them a run does not enter Python.
    parameters : values of the function's parameters, in their order; for a function of arrays a mapping by name
    dimension : the length of x; only for a function of arrays whose data do not tell it

    Raises
    ------
    WrongKind
        If f is a Problem of Python functions: ``minimize`` takes these.
    InputError
        If the problem lacks what the method needs.

    Notes
    -----
    The loop of each method is compiled once per machine, which takes some seconds, and kept on disk; a new formula
    compiles nothing but itself.  A run then takes microseconds and does not enter Python.  RegularisedNewton factorises
    a banded Hessian as a band, and is taken for one of up to 500 variables if no method is given.

    Examples
    --------
    >>> import hessmath as hm
    >>> solve = hm.solver("100*(y - x**2)**2 + (1 - x)**2", hm.Newton())
    >>> solve([-1.2, 1.0]).status, solve([0.5, 0.5]).x.round(9)
    (Status.CONVERGED, array([1., 1.]))
    """
    from hessmath import optimize
    from hessmath.function import Function
    from hessmath.kernels import Kernel, cache
    from hessmath.optimize.loop import DEFAULT_STOP, checked
    from hessmath.optimize.solver import worth_bands
    from hessmath.optimize.watched import watched

    is_ready = isinstance(f, Kernel | optimize.Problem) or type(f).__name__ == "ArrayKernel"
    given = f if is_ready else as_function(f)
    if isinstance(given, optimize.Problem):
        raise WrongKind(f"solver needs a formula or a Kernel, but got {given!r}: use minimize.")
    folder = cache.folder() / "solvers"
    folder.mkdir(mode=0o700, exist_ok=True)
    stop = DEFAULT_STOP if stop is None else stop
    if isinstance(given, Kernel | Function) and isinstance(parameters, Mapping):
        raise InputError(_IN_ORDER)
    if isinstance(given, Function) and given.is_map:
        method = _for_squares(method)
        kernel = compile(given)
        problem = squares_problem(given, kernel, parameters)
        code = machine_code_of_squares(kernel, parameters, folder)
    elif isinstance(given, Kernel | Function):
        scalars: Any = parameters
        kernel = given if isinstance(given, Kernel) else compile(given)
        problem = problem_of_kernel(
            kernel, scalars, None if isinstance(given, Kernel) else partial(kind_of, given, scalars)
        )
        code = machine_code(kernel, scalars)
    else:
        arrays = (given if is_ready else compile(given)).bind(parameters)
        length = arrays.dimension() if dimension is None else dimension
        problem = problem_of_arrays(arrays, length)
        code = machine_code_of_arrays(arrays, length)
    if method is None and optimize.default_method(problem) == optimize.TrustRegion():
        method = optimize.RegularisedNewton() if worth_bands(code.bandwidth, problem.dimension) else None
    method, max_steps = checked(problem, method, stop, max_steps)
    prepared = _solver_class()(
        problem,
        code,
        method,
        stop=stop,
        max_steps=max_steps,
        rng=rng,
        folder=folder,
        announce=_announce,
    )
    return watched(prepared, stop, callback, trace)


def minimize_many(
    f: Any,
    X0: ArrayLike,
    method: Method | None = None,
    *,
    parameters: Sequence[float] | None = None,
    threads: int = 1,
    **options: Any,
) -> Solutions:
    """The solutions from every row of X0, (N, n), and the distinct critical points among them.

    Parameters
    ----------
    f, method, parameters : as for ``solver``
    threads : how many threads share the rows; a row's result does not depend on it
    **options
        ``stop``, ``max_steps``, ``rng``: see ``solver``.

    Examples
    --------
    >>> import hessmath as hm, numpy as np
    >>> starts = np.random.default_rng(0).uniform(-5, 5, (200, 2))
    >>> found = hm.minimize_many("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", starts)
    >>> len(found.points), found.points[0].solution.status
    (4, Status.CONVERGED)
    """
    return solver(f, method, parameters=parameters, **options).many(X0, threads)


def fit(
    residuals: Any,
    x0: ArrayLike | Mapping[str, float],
    method: Method | None = None,
    *,
    variables: Any = None,
    parameters: Sequence[float] | None = None,
    **options: Any,
) -> Solution:
    """A stationary point of ½‖r(x)‖² from x0, by default with ``LevenbergMarquardt()``.

    Parameters
    ----------
    residuals : list of formulas, or a Function with a list of them
    x0 : (n,) array, or a mapping from variable names to numbers
    method : LevenbergMarquardt, GaussNewton, or a method that needs first derivatives only, optional
    variables : as for ``Function``; only with formulas
    parameters : values of the function's parameters, in their order
    **options
        ``stop``, ``max_steps``, ``callback``, ``trace``: see ``hessmath.optimize.minimize``.

    Raises
    ------
    WrongKind
        If ``residuals`` is one formula, or the method would take JᵀJ for the Hessian.

    Examples
    --------
    >>> import hessmath as hm
    >>> s = hm.fit(["10*(y - x**2)", "1 - x"], [-1.2, 1.0], variables="x y")
    >>> s.status, s.x.round(6), s.kind.nature.value
    (Status.STATIONARY, array([1., 1.]), 'minimum')
    """
    from hessmath import optimize
    from hessmath.function import Function

    function = as_function(residuals, variables)
    if not isinstance(function, Function) or not function.is_map:
        raise WrongKind("fit needs residuals as a list of formulas: for one formula use minimize.")
    method = _for_squares(method)
    problem = squares_problem(function, compile(function), parameters)
    start = by_name(x0, problem.names) if isinstance(x0, Mapping) else x0
    return optimize.minimize(problem, start, method, **options)


def _announce(text: str) -> None:
    """Tell what takes its time, if somebody watches."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


def _can_be_prepared(method: Any, options: Mapping[str, Any]) -> bool:
    """Whether a prepared solver takes this method and these options of ``minimize``."""
    from hessmath.optimize.solver import leaves
    from hessmath.optimize.stopping import as_table

    known = not options.keys() - {"stop", "max_steps", "rng"}
    numbers = isinstance(method, type) or all(
        isinstance(n, int | float) for n in leaves(getattr(method, "numbers", ()))
    )
    return known and numbers and (options.get("stop") is None or as_table(options["stop"]) is not None)


def _for_squares(method: Method | None) -> Method:
    from hessmath import optimize

    method = optimize.LevenbergMarquardt() if method is None else method
    for_squares = isinstance(method, optimize.LevenbergMarquardt | optimize.GaussNewton)
    if not for_squares and getattr(method, "needs", None) != {optimize.Need.GRADIENT}:
        raise WrongKind(
            f"fit takes LevenbergMarquardt() or GaussNewton(), but got {method!r}: use minimize with ½‖r‖²."
        )
    return method


def _solver_class() -> type[Solver]:
    from hessmath.optimize.solver import Solver  # loads Numba

    return Solver
