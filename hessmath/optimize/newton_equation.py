"""∇²f(x)p = −∇f(x) by products with the Hessian: conjugate gradients and MINRES, with or without a preconditioner."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from hessmath.errors import InputError, WrongKind
from hessmath.linear import cg
from hessmath.linear.cg import apply, iterate
from hessmath.linear.minres import MINRESWork
from hessmath.linear.minres import iterate as iterate_minres
from hessmath.linear.operators import SupportsProduct
from hessmath.linear.twofold import family, twofold
from hessmath.linear.vectors import copy_to, fill, scale_to
from hessmath.optimize.evaluation import hessian_at
from hessmath.optimize.memory import GRADIENT_NORM, Memory
from hessmath.optimize.problem import Vector

Preconditioner = SupportsProduct | Callable[[Vector], SupportsProduct]


@family
def newton_step(inner, oracle, memory, rtol, max_steps):  # type: ignore[no-untyped-def]
    """Memory.p ← an approximate solution of ∇²f(x)p = −∇f(x); how it ended, as conjugate gradients say it.

    At curvature that is not positive the direction is in memory.cg.d and its curvature in memory.cg.notes.
    """


@family
def precondition(M, memory, r, z):  # type: ignore[no-untyped-def]
    """z ← Mr; False if that is r itself."""


class Nothing(NamedTuple):
    """No preconditioner."""


class Given(NamedTuple):
    """A preconditioner that is a Python object: a matrix or operator, or a function of x that gives one."""

    given: Any


@precondition.of(Nothing)
def _(M: Nothing, memory: Memory, r: Vector, z: Vector) -> bool:
    copy_to(z, r)
    return False


@precondition.of(Given)
def _(M: Given, memory: Memory, r: Vector, z: Vector) -> bool:
    z[:] = operator_at(M.given, memory.x) @ r
    return True


def operator_at(given: Any, x: Vector) -> SupportsProduct:
    """The preconditioner at x, of the right shape."""
    found = given(x.copy()) if callable(given) and not hasattr(given, "shape") else given
    if tuple(getattr(found, "shape", ())) != (x.size, x.size):
        raise InputError(
            f"The preconditioner must have shape ({x.size}, {x.size}), but has shape {getattr(found, 'shape', None)}."
        )
    return cast("SupportsProduct", found)


def checked_preconditioner(given: Preconditioner | None) -> Nothing | Given:
    """The preconditioner for ``precondition``; WrongKind if it is none."""
    if given is None:
        return Nothing()
    if not (callable(given) or hasattr(given, "__matmul__")):
        raise WrongKind(f"preconditioner must be a matrix, an operator or a function of x, but is {given!r}.")
    return Given(given)


@family
def conjugate_step(M, oracle, memory, sign, b, rtol, max_steps):  # type: ignore[no-untyped-def]
    """Conjugate gradients on ∇²f(x)p = sign·b from p = 0, in memory.p; how they ended."""


@conjugate_step.of(Nothing)
def _(M: Nothing, oracle: Any, memory: Memory, sign: float, b: Vector, rtol: float, max_steps: int) -> int:
    fill(memory.p, 0.0)
    scale_to(memory.d, sign, b)
    H = hessian_at(oracle, memory.x)
    return iterate(H, memory.d, memory.p, memory.cg, rtol, 0.0, max_steps, False, H)


@conjugate_step.of(Given)
def _(M: Given, oracle: Any, memory: Memory, sign: float, b: Vector, rtol: float, max_steps: int) -> int:
    fill(memory.p, 0.0)
    scale_to(memory.d, sign, b)
    operator = cg.Applied(operator_at(M.given, memory.x))
    H = hessian_at(oracle, memory.x)
    return iterate(H, memory.d, memory.p, memory.cg, rtol, 0.0, max_steps, True, operator)


class PreconditionedBy(NamedTuple):
    """A preconditioner as ``apply`` takes it."""

    M: Any
    memory: Memory


@apply.of(PreconditionedBy)
def _(A: PreconditionedBy, v: Vector, out: Vector) -> None:
    precondition(A.M, A.memory, v, out)


@twofold
def minimum_residual(M: Any, oracle: Any, memory: Memory, rtol: float, max_steps: int, until_negative: bool) -> int:
    """MINRES on ∇²f(x)p = −∇f(x) from p = 0; its residual is in memory.cg.d, what it noted in memory.cg.notes."""
    work = memory.cg
    rooms = MINRESWork(work.d, work.r, work.Ad, work.z, work.y, memory.w, memory.trial_x, memory.trial_g, work.notes)
    size = memory.s[GRADIENT_NORM]
    fill(memory.p, 0.0)
    scale_to(memory.d, -1.0 / size, memory.g)  # lest squares overflow
    H = hessian_at(oracle, memory.x)
    work.notes[cg.SMALLEST] = math.inf
    code: int = iterate_minres(
        H, memory.d, memory.p, rooms, rtol, max_steps, True, PreconditionedBy(M, memory), until_negative
    )
    scale_to(memory.p, size, memory.p)
    return code
