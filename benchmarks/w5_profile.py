"""``python -m benchmarks.w5_profile``: the collection of problems from their standard starts, hessmath beside SciPy.

    python -m benchmarks.w5_profile                            evaluations (about two minutes)
    python -m benchmarks.w5_profile --time --plot profile.png  times too, and the performance profiles as a figure
    python -m benchmarks.w5_profile --only 10 --json out.json  the first ten problems; all numbers as JSON

SciPy's methods get hessmath's compiled derivatives, 5,000 steps and a tolerance of 10⁻⁸ where they have one.  What a
run reached is judged for all alike, by ``hm.certify`` at its last point: a minimum proved; a degenerate minimum, where
the Hessian is known to be singular, by the published value; anything else is not solved.  A saddle under the name of a
minimum is counted on its own.  The cost of a run is the number of evaluations of f and its gradient (each 1) and of
Hessians (each as many as there are variables, or 1 for a product).  Times are the least of three, hessmath's those of
prepared solvers.

References
----------
Dolan & Moré (2002), Benchmarking optimization software with performance profiles, Math. Program. 91, 201–213.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import hessmath as hm
from benchmarks.table import aligned

MAX_STEPS = 5000

OURS: dict[str, Any] = {
    "RegularisedNewton": hm.RegularisedNewton(),
    "TrustRegion": hm.TrustRegion(),
    "TrustRegion(radius=0.5)": hm.TrustRegion(radius=0.5),
    "TrustRegion(SteihaugCG)": hm.TrustRegion(subproblem=hm.SteihaugCG()),
    "CubicNewton": hm.CubicNewton(),
    "SaddleFreeNewton": hm.SaddleFreeNewton(),
    "NewtonCG": hm.NewtonCG(),
    "BFGS": hm.BFGS(),
    "LBFGS": hm.LBFGS(),
}

SCIPY: dict[str, tuple[str, dict[str, float]]] = {
    "BFGS": ("", {"gtol": 1e-8}),
    "L-BFGS-B": ("", {"gtol": 1e-8, "ftol": 1e-20, "maxfun": 100_000}),
    "CG": ("", {"gtol": 1e-8}),
    "TNC": ("", {"gtol": 1e-8, "ftol": 1e-20, "maxfun": 100_000}),
    "Newton-CG": ("hess", {"xtol": 1e-12}),
    "trust-exact": ("hess", {"gtol": 1e-8}),
    "trust-krylov": ("hess", {"gtol": 1e-8}),
    "trust-ncg": ("hess", {"gtol": 1e-8}),
    "dogleg": ("hess", {"gtol": 1e-8}),
}


@dataclass(frozen=True)
class Run:
    """One method on one problem."""

    problem: str
    method: str
    judged: str
    claims_minimum: bool
    value: float
    cost: float
    seconds: float | None = None

    @property
    def solved(self) -> bool:
        """A minimum that is proved, or a degenerate one with the published value."""
        return self.judged in ("minimum", "degenerate minimum")


def start_of(classic: Any) -> Any:
    """The standard start in float64."""
    return np.array([float(Fraction(text)) for text in classic.start])


def judge(classic: Any, function: Any, kernel: Any, x: Any) -> str:
    """What x is, by a certificate; or why there is none."""
    if not np.isfinite(x).all():
        return "not finite"
    if classic.degenerate and kernel.f(x) - classic.minimum <= 1e-8 * max(1.0, abs(classic.minimum)):
        return "degenerate minimum"
    try:
        found = hm.certify(function, x)
    except hm.HessmathError as reason:
        return str(reason)
    return found.kind.value if isinstance(found, hm.CertifiedPoint) else found.reason


def ours(method: Any, kernel: Any, x0: Any) -> tuple[Any, bool, float]:
    """The last point, whether it claims to be a minimum, and the cost."""
    s = hm.minimize(kernel, x0, method, max_steps=MAX_STEPS)
    e = s.evaluations
    return s.x, s.status.success, e.f + e.gradient + e.hvp + len(x0) * e.hessian


def scipys(name: str, kernel: Any, x0: Any) -> tuple[Any, bool, float]:
    """The same for a method of SciPy."""
    from scipy.optimize import minimize

    needs, options = SCIPY[name]
    count = {"n": 0.0}

    def counted(function: Callable[..., Any], price: float) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            count["n"] += price
            return function(*given)

        return call

    more = {"hess": counted(kernel.hessian, len(x0))} if needs else {}
    steps = {} if name == "TNC" else {"maxiter": MAX_STEPS}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            r = minimize(
                counted(kernel.f, 1), x0, jac=counted(kernel.gradient, 1), method=name, options=options | steps, **more
            )
    except (ValueError, np.linalg.LinAlgError, ArithmeticError):  # dogleg on an indefinite Hessian, overflow
        return np.full(len(x0), np.nan), False, np.inf
    return r.x, bool(r.success), count["n"]


def least_of_three(run: Callable[[], Any]) -> float:
    """The shortest of three calls."""
    found = []
    for _ in range(3):
        begin = time.perf_counter()
        run()
        found.append(time.perf_counter() - begin)
    return min(found)


def runs_on(name: str, timed: bool) -> list[Run]:
    """Every method on one problem."""
    classic = hm.collection[name]
    function = hm.Function(classic)
    kernel, x0 = hm.compile(function), start_of(classic)
    solvers: dict[str, Callable[[], tuple[Any, bool, float]]] = {}
    fast: dict[str, Callable[[], Any]] = {}
    for label, method in OURS.items():
        solvers[f"hessmath {label}"] = lambda method=method: ours(method, kernel, x0)
        if timed:
            solve = hm.solver(kernel, method, max_steps=MAX_STEPS)
            fast[f"hessmath {label}"] = lambda solve=solve: solve(x0)
    for label in SCIPY:
        solvers[f"SciPy {label}"] = fast[f"SciPy {label}"] = lambda label=label: scipys(label, kernel, x0)
    found = []
    for label, solve in solvers.items():
        x, claims, cost = solve()
        seconds = least_of_three(fast[label]) if timed else None
        with np.errstate(all="ignore"):
            value = float(kernel.f(x))
        found.append(Run(name, label, judge(classic, function, kernel, x), claims, value, cost, seconds))
    return found


def profile(costs: Mapping[str, Mapping[str, float]], ratios: Sequence[float]) -> dict[str, list[float]]:
    """For each method, the part of the problems that it solves at a cost of at most ratio times the least.

    ``costs`` is by method and problem, inf where it was not solved.
    """
    problems = list(next(iter(costs.values())))
    best = {p: min(row[p] for row in costs.values()) for p in problems}
    return {
        method: [
            sum(np.isfinite(row[p]) and row[p] <= ratio * best[p] for p in problems) / len(problems) for ratio in ratios
        ]
        for method, row in costs.items()
    }


def costs_of(runs: Sequence[Run], quantity: str) -> dict[str, dict[str, float]]:
    """Costs by method and problem."""
    found: dict[str, dict[str, float]] = {}
    for run in runs:
        found.setdefault(run.method, {})[run.problem] = getattr(run, quantity) if run.solved else np.inf
    return found


def draw(runs: Sequence[Run], path: Path) -> None:
    """The profiles as a figure: solid lines hessmath, dashed lines SciPy."""
    from hessmath.render.plots import new_figure

    quantities = ["cost"] + ["seconds"] * (runs[0].seconds is not None)
    figure = new_figure(7.0 * len(quantities), 4.5)
    ratios = np.geomspace(1.0, 1e3, 200)
    for axes, quantity in zip(np.atleast_1d(figure.subplots(1, len(quantities))), quantities, strict=True):
        for i, (method, parts) in enumerate(profile(costs_of(runs, quantity), ratios.tolist()).items()):
            style = "-" if method.startswith("hessmath") else "--"
            axes.plot(ratios, parts, style, color=f"C{i % 10}", linewidth=1.2, label=method)
        title = "evaluations" if quantity == "cost" else "time"
        axes.set(xscale="log", xlabel=f"{title} ÷ the least", ylabel="part of the problems solved", ylim=(0, 1.02))
        axes.legend(fontsize="xx-small", loc="lower right")
    figure.savefig(path, dpi=120)


def summary(runs: Sequence[Run]) -> str:
    """One line for each method, then the targets."""
    rows: list[tuple[str, ...]] = [("method", "solved", "saddles called minima", "within 2× of the least evaluations")]
    near = profile(costs_of(runs, "cost"), [2.0])
    count: dict[str, int] = {}
    false = 0
    for method in near:
        mine = [run for run in runs if run.method == method]
        count[method] = sum(run.solved for run in mine)
        wrong = sum(run.claims_minimum and run.judged in ("saddle", "maximum") for run in mine)
        false += wrong if method.startswith("hessmath") else 0
        rows.append((method, f"{count[method]} of {len(mine)}", str(wrong), f"{near[method][0]:.0%}"))
    best = {who: max(n for m, n in count.items() if m.startswith(who)) for who in ("hessmath", "SciPy")}
    total = len({run.problem for run in runs})
    targets = [
        (f"at least 95 % solved: {best['hessmath'] / total:.1%}", best["hessmath"] >= 0.95 * total),
        (f"no saddle reported as a minimum: {false}", false == 0),
        (f"not fewer than SciPy's best: {best['hessmath']} and {best['SciPy']}", best["hessmath"] >= best["SciPy"]),
    ]
    lines = [f"{'✓' if met else '✗'} {text}" for text, met in targets]
    missed = [
        f"  {run.method} on {run.problem}: f = {run.value:.6g}, {run.judged}"
        for run in runs
        if run.method.startswith("hessmath") and not run.solved
    ]
    return "\n".join([aligned(rows), "", *lines, "", "not solved by hessmath's methods:", *missed])


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.w5_profile", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", metavar="N", type=int, help="the first N problems")
    parser.add_argument("--time", action="store_true", help="measure times as well")
    parser.add_argument("--plot", metavar="PATH", type=Path, help="draw the performance profiles")
    parser.add_argument("--json", metavar="PATH", type=Path, help="write all runs")
    options = parser.parse_args()
    runs = [run for name in list(hm.collection)[: options.only] for run in runs_on(name, options.time)]
    print(summary(runs))
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(run) for run in runs], indent=1), encoding="utf-8")
    if options.plot is not None:
        draw(runs, options.plot)


if __name__ == "__main__":
    main()
