"""Laws about methods that use first derivatives: contractions, conjugate gradients, quasi-Newton."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hessmath.optimize.course import NEAR, Course
from hessmath.optimize.gradient_descent import GradientDescent
from hessmath.optimize.law import Assumption, Law, Outcome, Vector, nearly_quadratic, positive_definite
from hessmath.optimize.line_search import Armijo, ExactStep, FixedStep
from hessmath.optimize.wolfe import Wolfe


def _contraction(
    seen: Course, sizes: Vector, rate: Any, name: str, formula: str, source: str, more: tuple[Assumption, ...] = ()
) -> Law:
    """The law size(k+1) ≤ rate·size(k), a number or one for each step."""
    assumptions = (positive_definite(seen), nearly_quadratic(seen), *more)
    if not seen.is_minimum or not all(a.seen is not False for a in more):
        return Law(name, formula, source, Outcome.NO_CLAIM, assumptions=assumptions)
    rates = np.broadcast_to(np.asarray(rate, dtype=np.float64), len(seen.records) - 1)
    steps, found = seen.contractions(sizes)
    bound = np.full(len(seen.records), np.nan)
    if seen.tail < len(bound) and seen.gaps[seen.tail] > 0.0:
        # a size squared is about twice a gap; in the Euclidean norm up to κ times that
        first = (
            seen.gaps[seen.tail] if sizes is not seen.distances else seen.eigenvalues[-1] * sizes[seen.tail] ** 2 / 2
        )
        growth = np.cumprod(np.concatenate([[1.0], rates[seen.tail :]])) ** 2
        bound[seen.tail :] = first * growth
    if not found.size:
        note = "too few steps near x* stand clear of rounding"
        return Law(name, formula, source, Outcome.UNMEASURED, float(rates.max()), None, assumptions, note)
    slack = np.maximum(seen.drift[steps], seen.drift[steps + 1]) + 20.0 * seen.uncertainty / seen.distances[steps + 1]
    excess = found - rates[steps] * (1.0 + slack) - slack
    worst = int(np.argmax(found - rates[steps]))
    outcome = Outcome.HOLDS if (excess <= 1e-6).all() else Outcome.MISSED
    note = f"the worst of {found.size} steps"
    return Law(
        name, formula, source, outcome, float(rates[steps][worst]), float(found[worst]), assumptions, note, bound
    )


# ---- gradient descent --------------------------------------------------------------------------------


def gradient_descent(seen: Course, method: GradientDescent) -> Iterator[Law]:
    """One law for each rule of the step."""
    rule, k = method.step, seen.condition
    low, high = float(seen.eigenvalues[0]), float(seen.eigenvalues[-1])
    if isinstance(rule, ExactStep):
        yield _contraction(
            seen,
            seen.energies,
            (k - 1) / (k + 1),
            "contraction of ‖x − x*‖ in the norm of the Hessian",
            "(κ−1)/(κ+1)",
            "Nocedal & Wright (2006), Theorem 3.3",
        )
    elif isinstance(rule, FixedStep):
        rate = max(abs(1 - rule.size * low), abs(1 - rule.size * high))
        stable = Assumption(f"the step {rule.size:g} is below 2/λmax = {2 / high:.4g}", rule.size < 2 / high)
        yield _contraction(
            seen,
            seen.distances,
            rate,
            "contraction of ‖x − x*‖",
            "max(|1 − α λmin|, |1 − α λmax|)",
            "Polyak (1987), Introduction to Optimization, section 1.4",
            (stable,),
        )
    elif isinstance(rule, Armijo | Wolfe):
        sizes = np.array([record.step_size for record in seen.records[1:]])
        rates = np.sqrt(np.maximum(1.0 - 2.0 * rule.decrease * sizes * max(low, 0.0), 0.0))
        yield _contraction(
            seen,
            seen.energies,
            rates,
            "contraction of ‖x − x*‖ in the norm of the Hessian",
            "√(1 − 2 c αₖ λmin), from f(xₖ₊₁) ≤ f(xₖ) − c αₖ‖∇f‖² and ‖∇f‖² ≥ 2 λmin (f − f*)",
            "Nocedal & Wright (2006), sections 3.1 and 3.3",
        )


def two_step(seen: Course, method: Any) -> Iterator[Law]:
    """Momentum and Nesterov: the spectral radius of the linear recurrence; a law of the limit, not of each step."""
    name = type(method).__name__
    a, b = method.rate, method.momentum
    roots = []
    for value in seen.eigenvalues.tolist():
        shrunk = 1.0 - a * value
        polynomial = [1.0, -(b + shrunk), b] if name == "Momentum" else [1.0, -(1 + b) * shrunk, b * shrunk]
        roots.append(float(np.abs(np.roots(polynomial)).max()))
    rate = max(roots)
    formula = (
        "largest root of z² − (1 + β − αλ)z + β over the eigenvalues λ"
        if name == "Momentum"
        else "largest root of z² − (1 + β)(1 − αλ)z + β(1 − αλ) over the eigenvalues λ"
    )
    assumptions = (
        positive_definite(seen),
        nearly_quadratic(seen),
        Assumption("the largest root is below 1", rate < 1.0),
    )
    source = "Polyak (1964); Lessard, Recht & Packard (2016), section 2.2"
    title = "mean contraction of ‖x − x*‖ over the end of the run"
    steps, _ = seen.contractions(seen.distances)
    if not seen.is_minimum or rate >= 1.0:
        yield Law(title, formula, source, Outcome.NO_CLAIM, rate, None, assumptions)
        return
    if steps.size < 20:
        note = "a law of the limit: it needs 20 steps near x*"
        yield Law(title, formula, source, Outcome.UNMEASURED, rate, None, assumptions, note)
        return
    first, last = int(steps[0]), int(steps[-1]) + 1
    observed = float((seen.distances[last] / seen.distances[first]) ** (1.0 / (last - first)))
    # ‖Mᵏ‖ may exceed the k-th power of the radius by a factor that grows like k where roots are double
    allowed = rate * (2.0 * (last - first)) ** (1.0 / (last - first)) * (1.0 + NEAR * (not seen.is_quadratic))
    outcome = Outcome.HOLDS if observed <= allowed else Outcome.MISSED
    yield Law(title, formula, source, outcome, rate, observed, assumptions, f"over {last - first} steps")


# ---- conjugate gradients -----------------------------------------------------------------------------


def conjugate_gradients(seen: Course, method: Any) -> Iterator[Law]:
    """Chebyshev's bound, and the number of steps."""
    k, n = seen.condition, len(seen.records)
    plain = getattr(method, "preconditioner", None) is None
    exact = Assumption("f is quadratic: its Hessian is the same at all points looked at", seen.is_quadratic)
    assumptions = (positive_definite(seen), exact, Assumption("no preconditioner", plain))
    applies = seen.is_minimum and seen.is_quadratic and plain
    rate = (np.sqrt(k) - 1) / (np.sqrt(k) + 1)
    powers = np.minimum(2.0 * rate ** np.arange(n), 1.0)
    name, formula = "‖xₖ − x*‖ / ‖x₀ − x*‖ in the norm of the Hessian", "min(1, 2((√κ−1)/(√κ+1))^k)"
    source = "Nocedal & Wright (2006), equation (5.36)"
    ratios = seen.energies / seen.energies[0]
    good = np.flatnonzero(seen.measured)
    if not applies or good.size < 2:
        yield Law(name, formula, source, Outcome.UNMEASURED if applies else Outcome.NO_CLAIM, None, None, assumptions)
    else:
        worst = int(good[1:][np.argmax(ratios[good[1:]] / powers[good[1:]])])
        holds = bool((ratios[good] <= powers[good] * (1 + 1e-6)).all())
        yield Law(
            name,
            formula,
            source,
            Outcome.HOLDS if holds else Outcome.MISSED,
            float(powers[worst]),
            float(ratios[worst]),
            assumptions,
            f"the tightest of {good.size - 1} steps, the {_th(worst)}",
            seen.gaps[0] * powers**2,
        )
    steps = len(seen.records) - 1
    rounding = "" if steps <= seen.distinct else "; more are due to rounding"
    yield Law(
        "steps until the end",
        "the number of distinct eigenvalues, in exact arithmetic",
        "Nocedal & Wright (2006), Theorem 5.4",
        Outcome.NO_CLAIM if not applies else Outcome.HOLDS if steps <= seen.distinct else Outcome.MISSED,
        float(seen.distinct),
        float(steps),
        assumptions,
        f"{seen.distinct} distinct eigenvalues, up to 10⁻⁸ of the largest{rounding}",
    )


def _th(k: int) -> str:
    return f"{k}{'th' if 10 <= k % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(k % 10, 'th')}"


# ---- quasi-Newton ----------------------------------------------------------------------------------


def superlinear(seen: Course, method: Any) -> Iterator[Law]:
    """Dennis–Moré: ‖(Bₖ − H*)pₖ‖/‖pₖ‖ → 0, where Bₖpₖ = −αₖ∇f(xₖ); and that the contraction itself falls."""
    name, formula = "Dennis–Moré quotient ‖(Bₖ − H*)pₖ‖ / (‖H*‖‖pₖ‖) over the end of the run", "→ 0"
    source = "Nocedal & Wright (2006), Theorem 3.7"
    assumptions = (positive_definite(seen), nearly_quadratic(seen))
    steps, found = seen.contractions(seen.distances)
    if not seen.is_minimum:
        yield Law(name, formula, source, Outcome.NO_CLAIM, assumptions=assumptions)
        return
    if steps.size < 3:
        note = "too few steps near x* stand clear of rounding"
        yield Law(name, formula, source, Outcome.UNMEASURED, assumptions=assumptions, note=note)
        return
    p = np.diff(seen.errors, axis=0)[steps]
    sizes = np.array([seen.records[k + 1].step_size for k in steps])
    left = np.linalg.norm(seen.gradients[steps] / sizes[:, None] + p @ seen.hessian, axis=1)
    quotients = left / np.linalg.norm(p, axis=1) / seen.eigenvalues[-1]
    third = max(1, quotients.size // 3)
    first, last = float(np.median(quotients[:third])), float(np.median(quotients[-third:]))
    outcome = Outcome.HOLDS if last < 0.5 * first or last < 0.05 else Outcome.MISSED
    note = f"from {first:.2g} to {last:.2g} over {steps.size} steps; contraction of ‖x − x*‖ last {found[-1]:.2g}"
    yield Law(name, formula, source, outcome, None, last, assumptions, note)


def linear_only(seen: Course, method: Any) -> Iterator[Law]:
    """L-BFGS: linear convergence, without numbers."""
    _, found = seen.contractions(seen.distances)
    observed = float(np.exp(np.log(found).mean())) if found.size else None
    yield Law(
        "mean contraction of ‖x − x*‖ over the end of the run",
        "below 1; no bound with numbers is known",
        "Liu & Nocedal (1989), Theorem 6.1 (linear, not superlinear)",
        Outcome.UNMEASURED if observed is None else Outcome.HOLDS if observed < 1.0 else Outcome.MISSED,
        1.0,
        observed,
        (positive_definite(seen), nearly_quadratic(seen)),
        f"over {found.size} steps",
    )
