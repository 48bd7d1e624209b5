"""How a run ended.  The text of every status is advice on what to do next."""

from __future__ import annotations

from enum import Enum


class Status(Enum):
    """How a run ended; ``status.advice`` says what that means and what to do.

    Examples
    --------
    >>> from hessmath.optimize import Status
    >>> Status.SINGULAR_HESSIAN.advice.endswith("use RegularisedNewton() or NewtonCG().")
    True
    >>> Status.STATIONARY.success, Status.STATIONARY.stationary
    (False, True)
    """

    CONVERGED = (
        "The gradient is below the tolerance and the Hessian there is positive, as far as this method could see: "
        "a minimum in floating point. solution.kind says what can be proved."
    )
    STATIONARY = (
        "The gradient is below the tolerance, but this method does not look at curvature: the point may be a minimum, "
        "a saddle or a maximum. Look at solution.kind, or go on from solution.x with RegularisedNewton() or NewtonCG()."
    )
    NOT_A_MINIMUM = (
        "The gradient is below the tolerance, but the Hessian has a negative eigenvalue: a saddle or a maximum. "
        "To go down from it, start RegularisedNewton() or NewtonCG() at solution.x."
    )
    DEGENERATE = (
        "The gradient is below the tolerance and the Hessian is singular to rounding, or its negative curvature is "
        "too slight to lower f in floating point: second derivatives cannot tell a minimum from a saddle here. "
        "Compare values of f nearby, or look at solution.kind."
    )
    TARGET_REACHED = "f is at or below the value that was asked for."
    SMALL_STEP = (
        "The last step was shorter than the length that was asked for; look at gradient_norm before trusting x."
    )
    STEPS_EXHAUSTED = (
        "max_steps was reached while the gradient was still above the tolerance: raise max_steps, start from "
        "solution.x, or use a method with second derivatives such as RegularisedNewton()."
    )
    SINGULAR_HESSIAN = (
        "The Hessian is singular to rounding at x, so the Newton step does not exist: "
        "use RegularisedNewton() or NewtonCG()."
    )
    NOT_FINITE = (
        "f or one of its derivatives is nan or infinite at the start or at the next point; x is the last point that "
        "was finite. Start inside the domain, or take shorter steps: a line search such as Armijo() avoids such points."
    )
    UNBOUNDED_BELOW = (
        "f fell below -1e20 times its scale at the start, or still falls 1e15 times as far out as the start: "
        "it seems to have no minimum. Check the sign of f and whether a constraint or a penalty term is missing."
    )
    NOT_DESCENT = (
        "The direction does not lead down, because the Hessian is not positive definite at x: "
        "use RegularisedNewton() or NewtonCG()."
    )
    NO_MINIMUM_ALONG_LINE = (
        "The curvature along the search direction is not positive, so the exact step does not exist: "
        "use Armijo() instead of ExactStep(), or RegularisedNewton()."
    )
    LINE_SEARCH_FAILED = (
        "No step along the direction lowers f: either x is as accurate as rounding allows (compare gradient_norm with "
        "the tolerance and loosen it), or the derivatives do not belong to f (check them)."
    )
    STALLED = (
        "The step is too small to change x in floating point: x is as accurate as rounding allows. "
        "If gradient_norm is small enough for you, accept x and loosen GradientBelow(atol=...)."
    )
    STOPPED_BY_CALLBACK = "The callback raised StopIteration; x is the point it last saw."
    INTERRUPTED = "The run was interrupted from the keyboard; x is the last complete step, and a good place to restart."

    PLATEAU = (
        "The mean over all rows has not fallen for some epochs: noise of the mini-batches may be all that is left. "
        "Lower the rate, take larger batches, or go on from solution.x with all rows; nothing is known about curvature."
    )

    @property
    def advice(self) -> str:
        """What the status means and what to do."""
        return self.value

    @property
    def stationary(self) -> bool:
        """Whether the stopping test on the gradient held at x."""
        return self in (Status.CONVERGED, Status.STATIONARY, Status.NOT_A_MINIMUM, Status.DEGENERATE)

    @property
    def success(self) -> bool:
        """Whether the gradient is small and the curvature was seen to be positive: never at a saddle."""
        return self is Status.CONVERGED

    def __repr__(self) -> str:
        return f"Status.{self.name}"


#: Statuses by their numbers in compiled loops, where 0 is "going on".
CODES: tuple[Status | None, ...] = (None, *Status)
(
    GOING,
    CONVERGED,
    STATIONARY,
    NOT_A_MINIMUM,
    DEGENERATE,
    TARGET_REACHED,
    SMALL_STEP,
    STEPS_EXHAUSTED,
    SINGULAR_HESSIAN,
    NOT_FINITE,
    UNBOUNDED_BELOW,
    NOT_DESCENT,
    NO_MINIMUM_ALONG_LINE,
    LINE_SEARCH_FAILED,
    STALLED,
    STOPPED_BY_CALLBACK,
    INTERRUPTED,
    PLATEAU,
) = range(len(CODES))
