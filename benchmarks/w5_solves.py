"""W5: whole solves, compiled and warm: Rosenbrock's function, its chain, Himmelblau's function from 10,000 starts.

SciPy's methods get our compiled derivatives.  What counts is the whole call from Python: ``solve(x0).x``.  Solvers end
at slightly different points, so results are compared to five digits; of many starts, how many reached ‖∇f‖ ≤ 10⁻⁸.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import hessmath as hm
from benchmarks import peers
from benchmarks.cases import BY_HAND, OURS, AtMost, Case, Entry, call
from benchmarks.handwritten import newton
from benchmarks.peers import jax_jit
from benchmarks.scope import Scope
from benchmarks.timing import timed
from benchmarks.w2_chain import formula as chain
from benchmarks.w2_chain import indexed_kernel

TITLE = "whole solves"

SCIPY = ("L-BFGS-B", "BFGS", "Newton-CG", "trust-exact", "trust-ncg", "dogleg")


def cases(scope: Scope) -> Iterator[Case]:
    """One start, a hundred variables, many starts."""
    yield _rosenbrock()
    yield _chain(20 if scope.is_quick else 100)
    for threads in (1, 2):
        yield _many(200 if scope.is_quick else 10_000, threads)
    yield from _large(1_000 if scope.is_quick else 1_000_000)


def _rosenbrock() -> Case:
    function = hm.Function("100*(y - x**2)**2 + (1 - x)**2", "x y")
    x0 = np.array([-1.2, 1.0])
    contenders = {
        BY_HAND: lambda: _by_hand(x0),
        OURS: lambda: _ours(hm.solver(function, hm.Newton()), x0),
        "by hand, no arrays": lambda: _in_registers(x0),
        **{name: _scipy(name, function, x0) for name in SCIPY if name != "dogleg"},
    }
    targets = (AtMost(1.5, BY_HAND), *(AtMost(1 / 200, name) for name in SCIPY if name != "dogleg"))
    return Case("W5", "Rosenbrock from (-1.2, 1), Newton", contenders, targets)


def _chain(n: int) -> Case:
    given = chain(n)
    function = hm.Function(given.expr, given.variables)
    x0 = np.full(n, 0.5)
    methods = ("L-BFGS-B", "trust-exact", "trust-ncg")
    contenders: dict[str, Callable[[], Entry]] = {
        OURS: lambda: _ours(hm.solver(function, hm.RegularisedNewton()), x0),
        **{name: _scipy(name, function, x0) for name in methods},
    }
    targets = (AtMost(1 / 100, "trust-exact"), AtMost(1, "best peer"))
    return Case("W5", f"chain, n = {n}, banded Hessian, to the same minimum", contenders, targets)


def _many(count: int, threads: int) -> Case:
    starts = np.random.default_rng(5).uniform(-5.0, 5.0, (count, 2))
    function = hm.Function("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", "x y")

    def ours() -> Entry:
        solve = hm.solver(function, hm.Newton())
        names = {"solve": solve.many, "X": starts, "threads": threads}
        return Entry(_reached(solve.many(starts).gradient), timed("solve(X, threads)", names))

    def by_hand() -> Entry:
        solve = newton.newton_many(newton.newton(newton.himmelblau, newton.himmelblau_hessian))
        X, G = np.empty_like(starts), np.empty_like(starts)
        solve(starts, X, G)
        return Entry(_reached(G), timed("solve(X0, X, G)", {"solve": solve, "X0": starts, "X": X, "G": G}))

    contenders = {BY_HAND: by_hand, OURS: ours, "jax vmap": lambda: _vmapped(starts)}
    targets = (AtMost(1 / threads, BY_HAND), AtMost(0.5, "jax vmap"))
    label = "one thread" if threads == 1 else f"{threads} threads (the others one)"
    return Case("W5", f"Himmelblau, {count:,} starts, Newton, {label}", contenders, targets)


def _vmapped(starts: Any) -> Entry:
    """Newton's method in JAX, from all starts at once; each stops by the same test."""
    peers.need(jax_jit)
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def f(x: Any) -> Any:
        return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2

    gradient, hessian = jax.grad(f), jax.hessian(f)

    def go_on(state: Any) -> Any:
        return (jnp.linalg.norm(state[1]) > 1e-8) & (state[2] < 1000)

    def step(state: Any) -> Any:
        H, (g, h) = hessian(state[0]), state[1]  # by Cramer's rule: a call of LAPACK for each start costs more
        p = jnp.array([H[0, 1] * h - H[1, 1] * g, H[0, 1] * g - H[0, 0] * h])
        x = state[0] + p / (H[0, 0] * H[1, 1] - H[0, 1] ** 2)
        return x, gradient(x), state[2] + 1

    solve = jax.jit(jax.vmap(lambda x: jax.lax.while_loop(go_on, step, (x, gradient(x), 0))))
    found = solve(starts)
    names = {"solve": lambda: jax.block_until_ready(solve(starts))}
    return Entry(_reached(np.asarray(found[1])), timed("solve()", names))


def _large(n: int) -> Iterator[Case]:
    """Functions of arrays, so that nothing grows faster than n; the peak of the process's memory is in the label."""
    start = np.full(n, 0.5)
    for method in (hm.NewtonCG(), hm.RegularisedNewton()):
        solve = hm.solver(indexed_kernel(), method, dimension=n)
        names = {"solve": solve, "start": start}
        solution = solve(start)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        label = f"chain, n = {n:,}, {type(method).__name__}: {solution.status.name} after {solution.steps} steps"
        entry = Entry(solution.x.round(5) + 0.0, timed("solve(start)", names))
        yield Case("W5", f"{label}, the process has used {used} MiB", {OURS: partial(_ready, entry)})


def _ready(entry: Entry) -> Entry:
    return entry


def _reached(gradients: Any) -> Any:
    return np.count_nonzero(np.linalg.norm(gradients, axis=1) <= 1e-8)


def _ours(solve: Any, x0: Any) -> Entry:
    return Entry(solve(x0).x.round(5) + 0.0, timed("solve(x0).x", {"solve": solve, "x0": x0}))


def _by_hand(x0: Any) -> Entry:
    n = len(x0)
    solve = newton.newton(newton.rosenbrock, newton.rosenbrock_hessian)
    names = {"solve": solve, "x0": x0, "x": np.empty(n), "g": np.empty(n), "H": np.empty((n, n)), "p": np.empty(n)}
    return call("solve(x0, x, g, H, p)", "x.round(5)", **names)


def _in_registers(x0: Any) -> Entry:
    return call("solve(x0, x)", "x.round(5)", solve=newton.rosenbrock_in_registers, x0=x0, x=np.empty(2))


def _scipy(name: str, function: Any, x0: Any) -> Callable[[], Entry]:
    def build() -> Entry:
        from scipy.optimize import minimize

        kernel = hm.compile(function)
        options: dict[str, Any] = {"jac": kernel.gradient, "tol": 1e-8, "options": {"maxiter": 10_000}}
        if name == "L-BFGS-B":
            options["options"] |= {"ftol": 1e-20, "gtol": 1e-8, "maxfun": 100_000}
        if name in ("Newton-CG", "trust-exact", "trust-ncg", "dogleg"):
            options["hess"] = kernel.hessian
        names = {"minimize": minimize, "f": kernel.f, "x0": x0, "options": options, "name": name}
        found = minimize(kernel.f, x0, method=name, **options)
        return Entry(found.x.round(5) + 0.0, timed("minimize(f, x0, method=name, **options)", names))

    return build
