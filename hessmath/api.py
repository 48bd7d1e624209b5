"""The front desk: joins formulas, kernels, solvers and verdicts; decides nothing itself.

Every function here takes what users have at hand (text, a SymPy expression, a :class:`Function`) and hands it
to the part that does the work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from hessmath.errors import InputError, WrongKind

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from hessmath.function import Function
    from hessmath.kernels import ArrayKernel, Kernel, Tier
    from hessmath.networks import BatchLoss
    from hessmath.optimize import Method, Problem, Record, Solution, StoppingTest
    from hessmath.optimize.many import Solutions
    from hessmath.optimize.solver import MachineCode, Solver
    from hessmath.optimize.theory import Theory
    from hessmath.optimize.watched import WatchedSolver
    from hessmath.program.passes import Pass
    from hessmath.render.reports import Report
    from hessmath.verify import Claim, Undecided, Verdict
    from hessmath.verify.certify import CertifiedPoint
    from hessmath.verify.derivative_check import DerivativeCheck
    from hessmath.verify.enclosure import PointKind
    from hessmath.verify.region_search import CriticalRegion
    from hessmath.verify.smooth import Condition

__all__ = [
    "certify",
    "check",
    "check_derivatives",
    "compile",
    "critical_points",
    "fit",
    "lambdify",
    "minimize",
    "minimize_many",
    "plot",
    "problem",
    "report",
    "solver",
]


#: ``minimize`` runs the compiled loop for functions of arrays with so many variables: compiling it pays at once.
COMPILED_FROM = 100_000

_IN_ORDER = "The values of scalar parameters are given in their order, as parameters=[…]."


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
        f = _problem_of_network(f)
    is_ready = isinstance(f, Kernel | optimize.Problem) or type(f).__name__ == "ArrayKernel"
    given = f if is_ready else _function(f)
    if not isinstance(given, Kernel | Function | optimize.Problem):
        problem, flat = _array_problem(given, x0, parameters)
        x0 = problem.starting_point(flat)
        if problem.dimension >= COMPILED_FROM and _can_be_prepared(method, options):
            found: Solution = solver(given, method, parameters=parameters, dimension=len(x0), **options)(x0)
            return found
    elif isinstance(parameters, Mapping):
        raise InputError(_IN_ORDER)
    else:
        problem = _problem(given, parameters)
    start = problem.starting_point(_by_name(x0, problem.names) if isinstance(x0, Mapping) else x0)
    if isinstance(given, Function):
        constants = zip(map(str, given.parameters), parameters or [], strict=False)
        given.require_differentiable(dict(zip(problem.names, start.tolist(), strict=True)) | dict(constants))
    return optimize.minimize(problem, start, method, **options)


def problem(loss: BatchLoss) -> Problem:
    """A network's loss as what methods minimise: value, gradient, Hessian, products Hv, Gv and Fv.

    Examples
    --------
    >>> import hessmath as hm
    >>> loss = hm.Network(hm.Dense(1, 1)).batch_loss([[1.0], [3.0]], [[0.0], [1.0]])
    >>> hm.minimize(hm.problem(loss), [0.0, 0.0], hm.Newton()).x.round(9)
    array([ 0.5, -0.5])
    """
    return _problem_of_network(loss)


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
    a banded Hessian as a band.

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
    from hessmath.optimize.watched import watched

    is_ready = isinstance(f, Kernel | optimize.Problem) or type(f).__name__ == "ArrayKernel"
    given = f if is_ready else _function(f)
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
        problem = _squares_problem(given, kernel, parameters)
        code = _squares_code(kernel, parameters, folder)
    elif isinstance(given, Kernel | Function):
        scalars: Any = parameters
        kernel = given if isinstance(given, Kernel) else compile(given)
        problem = _problem_of_kernel(
            kernel, scalars, None if isinstance(given, Kernel) else partial(_kind, given, scalars)
        )
        code = _machine_code(kernel, scalars)
    else:
        arrays = (given if is_ready else compile(given)).bind(parameters)
        length = arrays.dimension() if dimension is None else dimension
        problem = _problem_of_arrays(arrays, length)
        code = _machine_code_of_arrays(arrays, length)
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

    function = _function(residuals, variables)
    if not isinstance(function, Function) or not function.is_map:
        raise WrongKind("fit needs residuals as a list of formulas: for one formula use minimize.")
    method = _for_squares(method)
    problem = _squares_problem(function, compile(function), parameters)
    start = _by_name(x0, problem.names) if isinstance(x0, Mapping) else x0
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


def certify(f: Any, x: Any, *, parameters: Sequence[Any] | None = None) -> CertifiedPoint | Undecided:
    """A proof that exactly one critical point lies in a box around x, with its kind and f's value there.

    Parameters
    ----------
    f : Function, or anything ``Function`` takes; a function of arrays at given sizes is ``f.expand(n=…)``
    x : a point (array or mapping by name), or a ``Solution``
    parameters : values of the function's parameters, in their order; exact, or floats read by their shortest decimal

    Returns
    -------
    CertifiedPoint, or Undecided with the reason: no critical point near x, a singular Hessian, a kink nearby

    Raises
    ------
    InputError
        If x has the wrong length, is not finite, or lies outside of f's domain.

    Examples
    --------
    >>> import hessmath as hm
    >>> f = hm.Function("x**2 - y**2 + y**4/4", "x y")
    >>> found = hm.certify(f, hm.minimize(f, [1.0, 0.5], hm.RegularisedNewton()))
    >>> found.kind.value, found.inertia, found.x.round(6).tolist(), float(found.radius)
    ('minimum', (2, 0), [0.0, 1.414214], 0.2)
    >>> print(hm.certify("x**4", [0.0]))
    Undecided: x is a degenerate critical point: its Hessian is singular, or too nearly so to decide with balls
    """
    from hessmath.verify.certify import certify as certified

    function = _scalar_function(f, "certify")
    names = [str(v) for v in function.variables]
    point = getattr(x, "x", x)
    point = _by_name(point, names, "x") if isinstance(point, Mapping) else point
    values = _exact_parameters(function, parameters)
    return certified(_literal_tape(function), point, values, _conditions(function))


def critical_points(
    f: Any,
    box: Sequence[tuple[Any, Any]] | Mapping[str, tuple[Any, Any]],
    *,
    parameters: Sequence[Any] | None = None,
    max_boxes: int = 5000,
) -> CriticalRegion:
    """All critical points of f in a box, with a proof that there are no others; for up to four variables.

    Parameters
    ----------
    f : Function, or anything ``Function`` takes
    box : a pair (low, high) for each variable, in order or by name
    parameters : as in ``certify``
    max_boxes : the budget, in boxes looked at; what is left over is listed in ``undecided``

    Examples
    --------
    >>> import hessmath as hm
    >>> hm.critical_points("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", [(-6, 6), (-6, 6)])
    <proved: exactly 9 critical points (1 maximum, 4 minima, 4 saddles) in the box; 337 boxes>
    """
    from hessmath.verify.region_search import search

    function = _scalar_function(f, "critical_points")
    names = [str(v) for v in function.variables]
    sides = _by_name(box, names, "The box") if isinstance(box, Mapping) else box
    values = _exact_parameters(function, parameters)
    return search(_literal_tape(function), sides, values, _conditions(function), max_boxes=max_boxes)


def check_derivatives(
    fun: Any,
    jac: Callable[[Any], Any] | None = None,
    hess: Callable[[Any], Any] | None = None,
    x: ArrayLike | None = None,
    *,
    hessp: Callable[[Any, Any], Any] | None = None,
    formula: Function | None = None,
    rng: np.random.Generator | int | None = None,
) -> DerivativeCheck:
    """Test a user's derivatives at x: slope test, entries, symmetry and linearity, and the truth where it is known.

    Parameters
    ----------
    fun : (n,) → number or (m,); or a ``Function``, whose own derivatives are tested where none are given
    jac, hess, hessp : gradient or Jacobian, Hessian, Hessian-vector product (x, v) ↦ Hv
    formula : a scalar ``Function`` that ``fun`` should be, for exact entries; ``fun`` itself when it is one

    Examples
    --------
    >>> import hessmath as hm
    >>> f = hm.Function("x**2*y", "x y")
    >>> print(hm.check_derivatives(f, lambda p: [2*p[0]*p[1], p[0]], x=[3.0, 2.0]))
    WRONG  slope test of jac: the remainder falls like t^1.00, but t^2 is needed
    WRONG  entries of jac: jac[1] = 3, but by central differences it is 9 (relative error 0.67)
    WRONG  jac against the formula: jac[1] = 3, but exactly it is 9 (relative error 0.67)
    """
    from hessmath.function import Function
    from hessmath.program.arithmetic import balls
    from hessmath.verify.derivative_check import check_derivatives as checked
    from hessmath.verify.derivative_check import truth_from

    if isinstance(fun, Function):
        kernel, formula = compile(fun), fun if formula is None else formula
        fun = kernel.f
        if jac is None and hess is None and hessp is None:
            jac, hess, hessp = kernel.gradient, kernel.hessian, kernel.hvp
    truth = None
    if formula is not None:
        function = _scalar_function(formula, "check_derivatives")
        if function.parameters:
            raise InputError(f"{function.name} has parameters: give a formula with their values put in.")
        truth = truth_from(partial(balls.run, function.gradient_tape), partial(balls.run, function.hessian_tape))
    return checked(fun, jac, hess, x, hessp=hessp, truth=truth, rng=rng)


def report(solution: Solution) -> Report:
    """A run beside what theory promises: the bound that applies, what was observed, and whether its assumptions hold.

    Parameters
    ----------
    solution : what ``minimize(…, trace=True)`` or ``fit(…, trace=True)`` gave

    Raises
    ------
    WrongKind
        If it is not a Solution.

    Examples
    --------
    >>> import hessmath as hm
    >>> s = hm.minimize("x**2 + 9*y**2", [9.0, 1.0], hm.GradientDescent(hm.ExactStep()), trace=True)
    >>> print("\\n".join(str(hm.report(s)).splitlines()[2:5]))
      κ = 9 (eigenvalues of the Hessian at x* from 2 to 18, 2 distinct)
      contraction of ‖x − x*‖ in the norm of the Hessian: observed 0.8, bound 0.8: holds (the worst of 98 steps)
        (κ−1)/(κ+1); Nocedal & Wright (2006), Theorem 3.3
    """
    from hessmath.render.reports import Report

    found = _theory(solution, "report")
    return Report(solution, None, found) if isinstance(found, str) else Report(solution, found)


def plot(*solutions: Solution) -> Any:
    """A Matplotlib figure of one or more runs: the way over level lines for two variables, and convergence curves.

    Parameters
    ----------
    solutions : what ``minimize(…, trace=True)`` gave, of one problem if they are to be compared

    Returns
    -------
    matplotlib.figure.Figure, made without pyplot: ``figure.savefig("runs.png")``

    Raises
    ------
    MissingExtra
        If Matplotlib, the extra ``plot``, is not installed.
    InputError
        If there is no solution, or one has no trace.
    """
    from hessmath.render.plots import figure_of

    if not solutions:
        raise InputError("plot needs one solution or more, but got none.")
    runs = [(s, _theory(s, "plot")) for s in solutions]
    return figure_of([(s, None if isinstance(found, str) else found) for s, found in runs])


def _theory(solution: Any, what: str) -> Theory | str:
    """The laws about a run, or why there are none."""
    from hessmath.optimize import Solution
    from hessmath.optimize.theory import theory

    if not isinstance(solution, Solution):
        raise WrongKind(
            f"{what} takes what minimize or fit returns, but got {type(solution).__name__}: verdicts have explain(), "
            "kernels report(), and certified points their statement."
        )
    try:
        return theory(solution)
    except InputError as reason:
        return str(reason)


def _scalar_function(f: Any, what: str) -> Function:
    from hessmath.function import Function

    function = _function(f)
    if not isinstance(function, Function):
        raise WrongKind(f"{what} needs a function of numbers: give the sizes first, as in f.expand(n=10).")
    if function.is_map:
        raise WrongKind(f"{what} needs a scalar function, but {function.name} is a map.")
    return function


def _literal_tape(function: Function) -> Any:
    from hessmath.program import LITERAL

    return function.lowered(LITERAL)


def _exact_parameters(function: Function, parameters: Sequence[Any] | None) -> list[Fraction]:
    """The values of the parameters as exact rationals."""
    from hessmath.symbolic.constants import exact_number

    names, values = [str(p) for p in function.parameters], list(parameters or [])
    if len(values) != len(names):
        needed = f"the values of ({', '.join(names)})" if names else "no parameters"
        raise InputError(f"{function.name} needs {needed} as parameters=, but got {len(values)} numbers.")
    exact = [exact_number(value, name) for name, value in zip(names, values, strict=True)]
    for name, value in zip(names, exact, strict=True):
        if not value.is_Rational:
            raise InputError(f"The parameter {name} should be a rational number, but is {value}.")
    return [Fraction(int(value.p), int(value.q)) for value in exact]


def _conditions(function: Function) -> list[Condition]:
    """The domain of a function as programs that are positive inside it."""
    from hessmath.language import to_text
    from hessmath.program import LITERAL, lower
    from hessmath.symbolic.from_tree import to_sympy
    from hessmath.verify.smooth import Condition

    found = []
    symbols = {str(s): s for s in (*function.variables, *function.parameters)}
    for written in function.domain:
        relation = to_sympy(written, symbols)
        operator = getattr(relation, "rel_op", None)
        if operator not in (">", ">=", "<", "<=", "!="):
            raise InputError(f"The domain {to_text(written)} is no inequality, so that no box lies inside it.")
        difference = relation.lhs - relation.rhs if ">" in operator else relation.rhs - relation.lhs
        tape = lower(difference, [*function.variables, *function.parameters], passes=LITERAL)
        found.append(Condition(to_text(written), tape, operator == "!="))
    return found


def _function(f: Any, variables: Any = None) -> Any:
    from hessmath.function import Function

    arrays = sys.modules.get("hessmath.array_function")  # not loaded: then f is none of its functions
    if isinstance(f, Function) or (arrays is not None and isinstance(f, arrays.ArrayFunction)):
        if variables is not None:
            raise WrongKind(f"{f!r} has its variables already; give variables only with a formula.")
        return f
    return Function(f, variables)


def _by_name(point: Mapping[str, Any], names: Sequence[str], what: str = "x0") -> list[Any]:
    missing = [name for name in names if name not in point]
    unknown = [name for name in point if name not in names]
    if missing or unknown:
        wrong = f"{missing[0]} is missing" if missing else f"{unknown[0]} is not a variable"
        raise InputError(f"{what} needs one number for each of ({', '.join(names)}), but {wrong}.")
    return [point[name] for name in names]


def _array_problem(f: Any, x0: Any, parameters: Any) -> tuple[Problem, Any]:
    """The problem of a function of arrays, for a start of this length."""
    from hessmath.kernels import ArrayKernel

    kernel = (f if isinstance(f, ArrayKernel) else compile(f)).bind(parameters)
    x0 = kernel.flat(x0)
    return _problem_of_arrays(kernel, len(x0)), x0


def _problem_of_arrays(kernel: ArrayKernel, dimension: int) -> Problem:
    from hessmath.optimize import Problem

    return Problem(
        dimension=dimension,
        f=kernel.f,
        gradient=kernel.gradient,
        hessian=kernel.hessian,
        hvp=kernel.hvp,
        value_and_gradient=kernel.value_and_gradient,
    )


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


def _squares_problem(function: Function, kernel: Any, parameters: Any) -> Problem:
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
        classify=partial(_kind, squares, parameters),
    )


def _squares_code(kernel: Any, parameters: Any, folder: Path) -> MachineCode:
    import dataclasses

    from hessmath.optimize.compiled_squares import squares_code

    plain = _machine_code(kernel, parameters)
    m, n = len(kernel.tape("f").outputs), len(kernel.variables)
    address, block = squares_code(kernel.address("f"), kernel.address("jacobian"), m, n, plain.parameters, folder)
    return dataclasses.replace(plain, address=address, parameters=block)


def _solver_class() -> type[Solver]:
    from hessmath.optimize.solver import Solver  # loads Numba

    return Solver


def _machine_code(kernel: Kernel, parameters: Any) -> MachineCode:
    import numpy as np

    from hessmath.kernels.object_call import object_call
    from hessmath.optimize.solver import MachineCode

    given = kernel._parameters(parameters)
    form = kernel.hessian_pattern.structure if kernel._is_scalar else None
    bandwidth = form.upper if form is not None and form.name in ("diagonal", "banded") else None
    return MachineCode(kernel.address, np.zeros(0) if given is None else given, bandwidth, object_call)


def _machine_code_of_arrays(kernel: ArrayKernel, dimension: int) -> MachineCode:
    from hessmath.kernels.array_bands import banded_hessian
    from hessmath.kernels.object_call import object_call
    from hessmath.optimize.solver import MachineCode

    bands = banded_hessian(kernel, dimension)
    calls = {}

    def address(kind: str) -> int:
        if kind == "banded_hessian" and bands is not None:
            return bands.address
        calls[kind] = kernel.call(kind, dimension)
        return calls[kind].address

    context = kernel.call("f", dimension).context
    bandwidth = None if bands is None else bands.bandwidth
    return MachineCode(address, context, bandwidth, object_call, (calls, bands, kernel))


def _kind(function: Function, parameters: Sequence[float] | None, x: NDArray[np.float64]) -> PointKind:
    from hessmath.verify.enclosure import critical_point_kind

    return critical_point_kind(
        function.gradient_tape, function.hessian_tape, x, parameters=tuple(parameters or ()), value_tape=function.tape
    )


def _problem_of_network(loss: BatchLoss) -> Problem:
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
