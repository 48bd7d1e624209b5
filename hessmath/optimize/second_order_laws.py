"""Laws about methods that use second derivatives or a model: Newton, truncated Newton, trust regions, least squares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hessmath.optimize.course import EPS, Course, true_hessian
from hessmath.optimize.law import Assumption, Law, Outcome, Vector, nearly_quadratic, positive_definite
from hessmath.optimize.least_squares import LeastSquares
from hessmath.optimize.trust_region import Direct

# ---- Newton and its relatives ------------------------------------------------------------------------


def _full_steps(seen: Course) -> list[int]:
    """The full, undamped steps near x* whose start stands clear of rounding."""
    return [
        k
        for k, record in enumerate(seen.records[1:])
        if k >= seen.tail and record.step_size == 1.0 and record.damping == 0.0 and seen.measured[k]
    ]


def newton(seen: Course, method: Any) -> Iterator[Law]:
    """e′ = H⁻¹(H − H̄)e with H̄ the mean Hessian between x and x*: with both within δ of H*, ‖e′‖ ≤ 2δ/(1−δ)‖e‖."""
    regular = Assumption("the Hessian at x* is regular", seen.is_regular)
    steps = _full_steps(seen)
    full = Assumption("full steps without damping near x*", len(steps) > 0 or None)
    name, formula = (
        "error after a full step ÷ error before it, in the norm of |H*|",
        "2δ/(1−δ), δ = ‖H*^(-½)(H−H*)H*^(-½)‖",
    )
    source = "Nocedal & Wright (2006), Theorem 3.5 and its proof"
    if not seen.is_regular:
        note = f"x* is located to {seen.uncertainty:.1g} only: with a singular Hessian convergence is linear"
        for title, law in ((name, formula), ("order of convergence", "at least 2")):
            yield Law(title, law, source, Outcome.NO_CLAIM, assumptions=(regular, full), note=note)
        return
    root = _root_of(seen)
    sizes = np.linalg.norm(seen.errors @ root, axis=1)
    floor = 20.0 * seen.uncertainty * float(np.linalg.norm(root, 2))
    bounds = np.array([2.0 * seen.drift[k] / (1.0 - seen.drift[k]) for k in steps])
    found = np.array([max(sizes[k + 1] - floor, 0.0) / sizes[k] for k in steps])
    if not steps:
        note = "no full step near x* stands clear of rounding"
        yield Law(name, formula, source, Outcome.UNMEASURED, None, None, (regular, full), note)
    else:
        worst = int(np.argmax(found - bounds))
        outcome = Outcome.HOLDS if (found <= bounds + 1e-6).all() else Outcome.MISSED
        note = f"the tightest of {len(steps)} step{'s' * (len(steps) != 1)}"
        yield Law(name, formula, source, outcome, float(bounds[worst]), float(found[worst]), (regular, full), note)
    within = bool((found <= bounds + 1e-6).all())
    yield _order(seen, seen.distances, 2.0, source, (regular, full), within)


def _root_of(seen: Course) -> Any:
    values, vectors = np.linalg.eigh(seen.hessian)
    return vectors * np.sqrt(np.abs(values))


def truncated(seen: Course, method: Any) -> Iterator[Law]:
    """‖∇f + Hp‖ ≤ min(forcing, √‖∇f‖)·‖∇f‖ at full steps, and the order 3/2 of the gradients that follows."""
    forcing = getattr(method, "forcing", None) or method.subproblem.forcing
    regular = Assumption("the Hessian at x* is regular", seen.is_regular)
    steps = _full_steps(seen)
    full = Assumption("full steps near x*", len(steps) > 0 or None)
    name, formula = "‖∇f + Hp‖ ÷ ‖∇f‖ at full steps near x*", "min(forcing, √‖∇f‖)"
    source = "Nocedal & Wright (2006), Theorems 7.1 and 7.2"
    if not seen.is_minimum or not seen.is_regular or not steps:
        outcome = Outcome.UNMEASURED if seen.is_regular and seen.is_minimum else Outcome.NO_CLAIM
        yield Law(name, formula, source, outcome, assumptions=(positive_definite(seen), regular, full))
        return
    found, bounds = [], []
    for k in steps:
        g, p = seen.gradients[k], seen.records[k + 1].x - seen.records[k].x
        size = float(np.linalg.norm(g))
        left = g + true_hessian(seen.problem, seen.records[k].x) @ p
        # what rounding x + p and Hp leave behind
        noise = 8 * EPS * float(seen.eigenvalues[-1]) * float(np.linalg.norm(seen.records[k + 1].x) + np.linalg.norm(p))
        found.append(max(float(np.linalg.norm(left)) - noise, 0.0) / size)
        bounds.append(min(forcing, np.sqrt(size)))
    worst = int(np.argmax(np.array(found) / np.array(bounds)))
    holds = all(a <= b * (1 + 1e-6) for a, b in zip(found, bounds, strict=True))
    note = f"the tightest of {len(steps)} step{'s' * (len(steps) != 1)}"
    outcome = Outcome.HOLDS if holds else Outcome.MISSED
    yield Law(name, formula, source, outcome, float(bounds[worst]), float(found[worst]), (regular, full), note)
    yield _order(seen, np.linalg.norm(seen.gradients, axis=1), 1.5, source, (regular, full), holds)


def _order(
    seen: Course, sizes: Vector, order: float, source: str, assumptions: tuple[Assumption, ...], within: bool
) -> Law:
    """The slope of log size(k+1) in log size(k) over full steps.

    An order is about the limit: a slope over few steps that is too small says nothing while each step is ``within`` the
    bound that the order follows from.
    """
    name, formula = "order of convergence", f"at least {order:g}"
    if seen.is_quadratic:
        left = int(seen.measured[1:].sum())
        note = f"f is quadratic: there is no order to fit; {left} point{'s' * (left != 1)} before x*"
        return Law(name, formula, source, Outcome.UNMEASURED, order, None, assumptions, note)
    clear = [k for k in _full_steps(seen) if seen.measured[k + 1]]
    if len(clear) < 2:
        note = f"{len(clear)} full step{'s' * (len(clear) != 1)} near x* clear of rounding: two or more are needed"
        return Law(name, formula, source, Outcome.UNMEASURED, order, None, assumptions, note)
    logs = np.log(sizes)
    fitted = float(np.polyfit(logs[clear], logs[np.array(clear) + 1], 1)[0])
    note = f"fitted to {len(clear)} steps near x*"
    if fitted >= order - 0.25:
        outcome = Outcome.HOLDS
    elif within:
        outcome, note = Outcome.UNMEASURED, f"{note}, each within the bound above: too few to show the order"
    else:
        outcome = Outcome.MISSED
    return Law(name, formula, source, outcome, order, fitted, assumptions, note)


def trust_region(seen: Course, method: Any) -> Iterator[Law]:
    """The laws of Newton or truncated Newton for steps inside the radius, and the ratios."""
    yield from (newton if isinstance(method.subproblem, Direct) else truncated)(seen, method)
    yield from model_ratios(seen, method)


# ---- models: trust regions and least squares ---------------------------------------------------------


def model_ratios(seen: Course, method: Any) -> Iterator[Law]:
    """Actual over predicted decrease, at the steps that were taken."""
    ratios = []
    for k, (before, after) in enumerate(zip(seen.records, seen.records[1:], strict=False)):
        p = after.x - before.x
        if isinstance(seen.problem, LeastSquares):
            assert seen.problem.hessian is not None
            H = np.asarray(seen.problem.hessian(before.x), dtype=np.float64)
        else:
            H = true_hessian(seen.problem, before.x)
        predicted = -(float(seen.gradients[k] @ p) + 0.5 * float(p @ H @ p))
        if predicted > 1e3 * EPS * max(abs(before.value), abs(after.value)) and predicted > 0.0:
            ratios.append((before.value - after.value) / predicted)
    name, formula = "actual ÷ predicted decrease at the steps taken", "→ 1 near x*, at least 10⁻⁴ on the way"
    source = "Conn, Gould & Toint (2000), Theorem 6.4.6"
    if isinstance(seen.problem, LeastSquares):
        source, formula = "Madsen, Nielsen & Tingleff (2004), section 3.2", "at least 10⁻⁴ on the way"
    if not ratios:
        yield Law(name, formula, source, Outcome.UNMEASURED, note="every predicted decrease is lost in rounding")
        return
    low, last = min(ratios), ratios[-1]
    near = isinstance(seen.problem, LeastSquares) or not seen.is_minimum or abs(last - 1.0) <= 0.25
    outcome = Outcome.HOLDS if low >= 1e-4 * (1 - 1e-6) and near else Outcome.MISSED
    note = f"smallest {low:.3g}, last {last:.4g}, over {len(ratios)} steps"
    target = None if isinstance(seen.problem, LeastSquares) else 1.0
    yield Law(name, formula, source, outcome, target, last, (positive_definite(seen),), note)


def gauss_newton(seen: Course, method: Any) -> Iterator[Law]:
    """The iteration matrix I − (JᵀJ + λI)⁻¹∇²f at x*: its radius is the rate of the limit, 0 for zero residuals."""
    name, formula = "contraction of ‖x − x*‖ at the end", "spectral radius of I − (JᵀJ + λI)⁻¹∇²f at x*"
    source = "Nocedal & Wright (2006), equation (10.30)"
    problem = seen.problem
    if not isinstance(problem, LeastSquares) or problem.hessian is None:
        yield Law(name, formula, source, Outcome.NO_CLAIM, note="the problem is not one of least squares")
        return
    G = np.asarray(problem.hessian(seen.limit), dtype=np.float64)
    damping = seen.records[-1].damping
    values = np.linalg.eigvalsh(G)
    regular = Assumption("J has full rank at x*", bool(values[0] > 1e3 * EPS * len(values) * values[-1]))
    if not regular.seen:
        yield Law(name, formula, source, Outcome.NO_CLAIM, assumptions=(regular,))
        return
    n = len(values)
    matrix = np.eye(n) - np.linalg.solve(G + damping * np.eye(n), seen.hessian)
    rate = float(np.abs(np.linalg.eigvals(matrix)).max())
    steps, found = seen.contractions(seen.distances)
    note = f"λ = {damping:.3g} at the end"
    if not found.size:
        note += "; too few steps near x* stand clear of rounding"
        yield Law(name, formula, source, Outcome.UNMEASURED, rate, None, (regular, nearly_quadratic(seen)), note)
        return
    last = found[-3:]
    observed = float(np.exp(np.log(last).mean()))
    slack = float(np.nanmax(seen.drift[steps[-3:]]))
    # λ was larger before the end, and JᵀJ changes by about as much as the Hessian
    earlier = seen.records[int(steps[-3:][0]) + 1].damping
    first = float(np.abs(np.linalg.eigvals(np.eye(n) - np.linalg.solve(G + earlier * np.eye(n), seen.hessian))).max())
    outcome = Outcome.HOLDS if observed <= max(rate, first) + 2.0 * slack + 1e-6 else Outcome.MISSED
    note += f"; the mean of the last {last.size} steps"
    yield Law(name, formula, source, outcome, rate, observed, (regular, nearly_quadratic(seen)), note)
