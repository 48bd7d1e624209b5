"""W6: conjugate gradients on Poisson's equation on a square, from zero to a fixed number of steps.

SciPy gets the matrix in compressed rows with 32-bit indices.  hessmath gets the same matrix, whose conversion is
counted, and once the stencil without a matrix.  What is timed is a whole call of ``STEPS`` steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

from benchmarks.cases import OURS, AtMost, Case, Entry
from benchmarks.scope import Scope
from benchmarks.timing import timed
from hessmath.linear import conjugate_gradient, poisson

TITLE = "conjugate gradients"

STEPS = 50
SCIPY = "scipy.sparse.linalg.cg"


def cases(scope: Scope) -> Iterator[Case]:
    """The matrix, then the stencil."""
    n = 150 if scope.is_quick else 1000
    A, b = matrix(n), np.random.default_rng(0).standard_normal(n * n)
    scipy_cg = {SCIPY: _of(lambda: scipy.sparse.linalg.cg(A, b, rtol=1e-14, maxiter=STEPS)[0])}
    ours = {OURS: _of(lambda: conjugate_gradient(A, b, rtol=1e-14, max_steps=STEPS).x)}
    yield Case("W6", f"{STEPS} steps on {n}² points, matrix", ours | scipy_cg, (AtMost(1, SCIPY),))
    stencil = poisson(n, n)
    free = {OURS: _of(lambda: conjugate_gradient(stencil, b, rtol=1e-14, max_steps=STEPS).x)}
    yield Case("W6", f"{STEPS} steps on {n}² points, stencil", free | scipy_cg, (AtMost(1 / 2, SCIPY),))


def matrix(n: int) -> Any:
    """The five-point stencil as a matrix."""
    one = scipy.sparse.diags_array([-np.ones(n - 1), 2.0 * np.ones(n), -np.ones(n - 1)], offsets=[-1, 0, 1])
    unit = scipy.sparse.eye_array(n)
    return scipy.sparse.csr_array(scipy.sparse.kron(one, unit) + scipy.sparse.kron(unit, one))


def _of(solve: Callable[[], Any]) -> Callable[[], Entry]:
    return lambda: Entry(solve(), timed("solve()", {"solve": solve}))
