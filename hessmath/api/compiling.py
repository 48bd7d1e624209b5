"""Formulas to kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from hessmath.api.formulas import as_function
from hessmath.errors import InputError

if TYPE_CHECKING:
    from hessmath.kernels import Tier
    from hessmath.program.passes import Pass


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

    function = as_function(f, variables)
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
