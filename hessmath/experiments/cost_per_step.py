"""The cost of one step against the number of parameters (CLAIMS B26).

Counted, not timed: the operations of the derivative programs of the loss of one sample, log(1 + exp(−y wᵀx)) with n
weights, plus those of the update: n multiplications and additions for SGD, 10n for Adam, n³/3 for Newton's
factorisation, and 10 products with n-vectors for Newton-CG.  The exponents in n are fitted on logarithms from n = 32
to 256.

Rule: supported if the exponents are within 0.1 of 1 (SGD, Adam, Newton-CG), within 0.2 of 3 (Newton), and that of the
Hessian's memory within 0.1 of 2; not supported if none of them is; depends otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from hessmath.experiments.experiment import Case, Conclusion, Effect, Experiment, Finding, Row, Size
from hessmath.experiments.intervals import exponent
from hessmath.experiments.storage import Notebook
from hessmath.function import Function
from hessmath.program import derivatives

SIZES = {Size.SHORT: (8, 16, 32), Size.STANDARD: (32, 64, 128, 256)}
PRODUCTS = 10
EXPECTED = {"sgd": (1.0, 0.1), "adam": (1.0, 0.1), "newton": (3.0, 0.2), "newton_cg": (1.0, 0.1), "memory": (2.0, 0.1)}


def cases(size: Size, seed: int) -> Sequence[Case]:
    """One for each n."""
    return [{"n": n} for n in SIZES[size]]


def measure(case: Case, notebook: Notebook) -> Row:
    """Operations of one step, and numbers of memory for the Hessian."""
    n = case["n"]
    w = sympy.symbols(f"w0:{n}", real=True)
    inner = sympy.Add(*(sympy.Rational(2 * k + 1, n + k) * v for k, v in enumerate(w)))
    f = Function(sympy.log(1 + sympy.exp(-inner)), w)
    gradient = derivatives.value_and_gradient(f.tape).cost.total
    hessian = f.hessian_tape.cost.total
    product = derivatives.hvp(f.tape).cost.total
    return {
        "sgd": gradient + 2 * n,
        "adam": gradient + 10 * n,
        "newton": gradient + hessian + n**3 / 3 + 2 * n**2,
        "newton_cg": gradient + PRODUCTS * (product + 10 * n),
        "memory": n * n,
    }


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """By the fitted exponents; counts are exact, so there are no intervals."""
    n = [row["n"] for row in rows]
    effects, within = [], []
    for name, (expected, tolerance) in EXPECTED.items():
        found = exponent(n, [row[name] for row in rows])
        effects.append(Effect(f"exponent of n, {name}", found, found, found, 0.0, "exact counts"))
        within.append(abs(found - expected) <= tolerance)
    finding = Finding.SUPPORTED if all(within) else Finding.DEPENDS if any(within) else Finding.NOT_SUPPORTED
    shown = ", ".join(f"{effect.name.removeprefix('exponent of n, ')} {effect.estimate:.2f}" for effect in effects)
    return Conclusion(
        finding, tuple(effects), f"Exponents of the cost of a step for n from {n[0]} to {n[-1]}: {shown}."
    )


EXPERIMENT = Experiment(
    name="cost-per-step",
    title="The cost of a step against the number of parameters",
    claim="SGD and Adam cost O(n) a step, second-order methods O(n³) with O(n²) memory (B26).",
    cases=cases,
    measure=measure,
    conclude=conclude,
)
