"""Natural gradient: the steepest direction where distance is measured between a model's distributions.

For losses that are negative log-likelihoods of the exponential family in the outputs (squares, cross-entropy) the
Fisher matrix is the Gauss–Newton matrix, and the method is Gauss–Newton with a fixed damping.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.errors import InputError
from hessmath.linear import CGStatus, conjugate_gradient
from hessmath.optimize.line_search import Armijo, LineSearch, require_line_search, step_along
from hessmath.optimize.memory import Memory, halt, see
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import NOT_FINITE, STATIONARY


@dataclass(frozen=True)
class NaturalGradient(ForSciPy):
    """Steps along p = −(F + damping·I)⁻¹∇f, found by conjugate gradients from products with the Fisher matrix F.

    It runs as Python.  ``solution.evaluations.ggn`` counts products.

    Parameters
    ----------
    line_search : LineSearch
        ``FixedStep(rate)`` for the method with a fixed rate.
    damping : float, positive
    rtol : float in (0, 1)
        Of the residual of conjugate gradients, relative to ‖∇f‖.
    cg_steps : int, at least 1

    References
    ----------
    Amari (1998), Natural gradient works efficiently in learning;
    Martens (2020), New insights and perspectives on the natural gradient method, sections 5 and 9.2.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize import NaturalGradient, Problem, minimize
    >>> F = np.diag([1.0, 100.0])
    >>> bowl = Problem(2, lambda x: x @ F @ x / 2, gradient=lambda x: F @ x, fisher=lambda x, v: F @ v)
    >>> minimize(bowl, [1.0, 1.0], NaturalGradient(damping=1e-6)).steps
    2
    """

    line_search: LineSearch = field(default_factory=Armijo)
    damping: float = 1e-3
    rtol: float = 1e-6
    cg_steps: int = 250

    def __post_init__(self) -> None:
        require_line_search("line_search", self.line_search)
        if not 0.0 < self.damping < math.inf:
            raise InputError(
                f"NaturalGradient needs damping to be positive and finite, but damping = {self.damping}: "
                "Fisher matrices of networks are singular."
            )
        if not 0.0 < self.rtol < 1.0:
            raise InputError(f"NaturalGradient needs rtol in (0, 1), but rtol = {self.rtol}.")
        if self.cg_steps < 1:
            raise InputError(f"NaturalGradient needs cg_steps ≥ 1, but cg_steps = {self.cg_steps}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f, products with F, and what the line search evaluates."""
        return frozenset({Need.GRADIENT, Need.FISHER}) | self.line_search.needs

    @property
    def numbers(self) -> NaturalGradientNumbers:
        """The parameters."""
        return NaturalGradientNumbers(
            self.line_search.numbers, float(self.damping), float(self.rtol), int(self.cg_steps)
        )

    def rows(self, n: int) -> int:
        """Nothing is kept."""
        return 0


class NaturalGradientNumbers(NamedTuple):
    """Parameters of NaturalGradient."""

    line_search: Any
    damping: float
    rtol: float
    cg_steps: int


@advance.of(NaturalGradientNumbers)
def _(method: NaturalGradientNumbers, oracle: Any, memory: Memory) -> None:
    F = oracle.fisher(memory.x.copy())
    found = conjugate_gradient(F.shifted(method.damping), -memory.g, rtol=method.rtol, max_steps=method.cg_steps)
    if found.status is CGStatus.NOT_FINITE:
        halt(memory, NOT_FINITE)
        return
    see(memory, True, False)
    memory.p[:] = found.x
    step_along(method.line_search, oracle, memory, method.damping)


@confirm.of(NaturalGradientNumbers)
def _(method: NaturalGradientNumbers, oracle: Any, memory: Memory) -> None:
    halt(memory, STATIONARY)
