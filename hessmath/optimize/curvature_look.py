"""What kind of point this is, by products with the Hessian alone: conjugate gradients on a random vector."""

from __future__ import annotations

from typing import Any

from hessmath.linear import cg, norm
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import copy_to
from hessmath.optimize.line_search import ArmijoNumbers
from hessmath.optimize.memory import Memory, halt, see, see_curvature
from hessmath.optimize.negative_curvature import escape
from hessmath.optimize.newton_equation import Nothing, conjugate_step
from hessmath.optimize.status import CONVERGED, DEGENERATE, NOT_A_MINIMUM, NOT_FINITE


@twofold
def look_by_products(oracle: Any, memory: Memory, steps: int) -> int:
    """How conjugate gradients on the run's random vector end: with enough steps they find negative curvature."""
    n = memory.x.size
    code: int = conjugate_step(
        Nothing(),
        oracle,
        memory,
        1.0 / norm(memory.noise),
        memory.noise,
        1e-10,
        steps if steps > 0 else min(2 * n + 10, 500),
    )
    see(memory, memory.cg.notes[cg.STEPS] > 0.0, code == cg.NEGATIVE_CURVATURE)
    see_curvature(memory, memory.cg.notes[cg.SMALLEST])
    return code


@twofold
def confirm_by_products(oracle: Any, memory: Memory, rule: ArmijoNumbers, steps: int) -> None:
    """Stop unless conjugate gradients on a random vector find negative curvature; leave along it if they do."""
    code = look_by_products(oracle, memory, steps)
    if code == cg.NEGATIVE_CURVATURE:
        copy_to(memory.d, memory.cg.d)
        escape(oracle, memory, memory.cg.notes[cg.CURVATURE], rule)
    else:
        halt(memory, status_by_look(code))


@twofold
def status_by_look(code: int) -> int:
    """What a critical point may be called after such a look."""
    if code == cg.NEGATIVE_CURVATURE:
        return NOT_A_MINIMUM
    if code == cg.ZERO_CURVATURE:
        return DEGENERATE
    return NOT_FINITE if code == cg.NOT_FINITE else CONVERGED
