"""Solutions to reports and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hessmath.errors import InputError, WrongKind

if TYPE_CHECKING:
    from hessmath.optimize import Solution
    from hessmath.optimize.theory import Theory
    from hessmath.render.reports import Report


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
