"""The condition number against the steps of gradient descent and of conjugate gradients.

On quadratics with eigenvalues spread evenly on a logarithmic scale between 1 and κ, theory bounds the steps to a
fixed relative accuracy by a multiple of κ for gradient descent and of √κ for conjugate gradients; the exponents are
fitted over κ for every seed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hessmath.experiments.experiment import Case, Conclusion, Experiment, Finding, Row, Size
from hessmath.experiments.intervals import exponent, mean_effect
from hessmath.experiments.storage import Notebook
from hessmath.linear import MatrixOperator, conjugate_gradient
from hessmath.optimize import FixedStep, GradientBelow, GradientDescent, Problem, minimize

SEEDS = {Size.SHORT: 3, Size.STANDARD: 20}
CONDITION_NUMBERS = (10, 30, 100, 300)
DIMENSION = 200
ACCURACY = 1e-6


def cases(size: Size, seed: int) -> Sequence[Case]:
    """One for each seed."""
    return [{"seed": 1000 * seed + k} for k in range(SEEDS[size])]


def measure(case: Case, notebook: Notebook) -> Row:
    """The steps of both methods at every κ, from a random error."""
    rng = np.random.default_rng(case["seed"])
    descent, conjugate = [], []
    for kappa in CONDITION_NUMBERS:
        weights = np.logspace(0.0, np.log10(kappa), DIMENSION)
        b = weights * rng.standard_normal(DIMENSION)
        stop = GradientBelow(0.0, rtol=ACCURACY)
        method = GradientDescent(step=FixedStep(1.0 / kappa))
        descent.append(minimize(bowl(weights, b), np.zeros(DIMENSION), method, stop=stop, max_steps=100_000).steps)
        conjugate.append(conjugate_gradient(MatrixOperator(np.diag(weights)), b, rtol=ACCURACY).steps)
    return {
        "gradient_descent_steps": descent,
        "cg_steps": conjugate,
        "gradient_descent_exponent": exponent(CONDITION_NUMBERS, descent),
        "cg_exponent": exponent(CONDITION_NUMBERS, conjugate),
    }


def bowl(weights: NDArray[np.float64], b: NDArray[np.float64]) -> Problem:
    """The quadratic Σ wᵢxᵢ²/2 − bᵀx."""
    return Problem(b.size, lambda x: x @ (weights * x) / 2 - b @ x, lambda x: weights * x - b)


def conclude(rows: Sequence[Row], size: Size) -> Conclusion:
    """Supported if gradient descent's exponent is 1 within 0.15 and that of conjugate gradients at most 0.55."""
    basis = f"{len(rows)} seeds"
    descent = mean_effect(
        "exponent of κ, gradient descent", [row["gradient_descent_exponent"] for row in rows], basis=basis
    )
    conjugate = mean_effect("exponent of κ, conjugate gradients", [row["cg_exponent"] for row in rows], basis=basis)
    linear, root = 0.85 <= descent.low <= descent.high <= 1.15, conjugate.high <= 0.55
    finding = Finding.SUPPORTED if linear and root else Finding.DEPENDS if linear or root else Finding.NOT_SUPPORTED
    text = (
        f"Steps to reduce the gradient by {ACCURACY:g} on quadratics of {DIMENSION} variables with κ from "
        f"{CONDITION_NUMBERS[0]} to {CONDITION_NUMBERS[-1]}: they grow like κ^{descent.estimate:.2f} for gradient "
        f"descent with step 1/λmax and like κ^{conjugate.estimate:.2f} for conjugate gradients."
    )
    return Conclusion(finding, (descent, conjugate), text)


EXPERIMENT = Experiment(
    name="conditioning",
    title="Condition number and the steps of first-order methods",
    claim="Ill-conditioning slows gradient descent in proportion to κ, conjugate gradients at most to √κ.",
    cases=cases,
    measure=measure,
    conclude=conclude,
)
