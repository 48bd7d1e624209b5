"""Claims and points to verdicts and certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from hessmath.api.compiling import compile
from hessmath.api.formulas import by_name, domain_conditions, exact_parameters, literal_tape, scalar_function
from hessmath.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

    from hessmath.function import Function
    from hessmath.verify import Claim, Undecided, Verdict
    from hessmath.verify.certify import CertifiedPoint
    from hessmath.verify.derivative_check import DerivativeCheck
    from hessmath.verify.region_search import CriticalRegion


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

    function = scalar_function(f, "certify")
    names = [str(v) for v in function.variables]
    point = getattr(x, "x", x)
    point = by_name(point, names, "x") if isinstance(point, Mapping) else point
    values = exact_parameters(function, parameters)
    return certified(literal_tape(function), point, values, domain_conditions(function))


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

    function = scalar_function(f, "critical_points")
    names = [str(v) for v in function.variables]
    sides = by_name(box, names, "The box") if isinstance(box, Mapping) else box
    values = exact_parameters(function, parameters)
    return search(literal_tape(function), sides, values, domain_conditions(function), max_boxes=max_boxes)


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
        function = scalar_function(formula, "check_derivatives")
        if function.parameters:
            raise InputError(f"{function.name} has parameters: give a formula with their values put in.")
        truth = truth_from(partial(balls.run, function.gradient_tape), partial(balls.run, function.hessian_tape))
    return checked(fun, jac, hess, x, hessp=hessp, truth=truth, rng=rng)
