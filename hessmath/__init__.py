"""hessmath: a formula in, exact derivatives, checked claims, fast kernels and certified solutions out.

Names are loaded when they are first used (PEP 562), so that ``import hessmath`` costs a few milliseconds
and loads neither SymPy nor Numba.  ``__init__.pyi`` lists the same names for type checkers.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES: dict[str, tuple[str, ...]] = {
    "hessmath.api": (
        "certify",
        "check",
        "check_derivatives",
        "compile",
        "critical_points",
        "fit",
        "lambdify",
        "minimize",
        "minimize_many",
        "plot",
        "report",
        "problem",
        "solver",
    ),
    "hessmath.array_function": ("ArrayFunction",),
    "hessmath.function": ("Function",),
    "hessmath.program": ("LITERAL", "STANDARD"),
    "hessmath.program.user_functions": ("user_function",),
    "hessmath.symbolic": ("gallery",),
    "hessmath.symbolic.collection": ("collection",),
    "hessmath.kernels": ("ArrayKernel", "Automatic", "Interpreter", "Kernel", "Optimised", "Quick"),
    "hessmath.render.progress": ("progress_bar",),
    "hessmath.networks": (
        "BatchNorm",
        "BinaryCrossEntropy",
        "Dense",
        "GELU",
        "Glorot",
        "He",
        "Identity",
        "LeakyReLU",
        "MSE",
        "Network",
        "Orthogonal",
        "ReLU",
        "Residual",
        "Sigmoid",
        "SoftmaxCrossEntropy",
        "Softplus",
        "Sparse",
        "Tanh",
    ),
    "hessmath.optimize": (
        "Adam",
        "AdaptiveShift",
        "Armijo",
        "BFGS",
        "ConjugateGradient",
        "Constant",
        "Cosine",
        "CubicNewton",
        "Direct",
        "Every",
        "ExactStep",
        "FiniteSum",
        "FixedStep",
        "GaussNewton",
        "GradientBelow",
        "GradientDescent",
        "HessianFree",
        "LBFGS",
        "InverseTime",
        "LanczosSubproblem",
        "LevenbergMarquardt",
        "MINRES",
        "ModifiedCholesky",
        "Momentum",
        "NaturalGradient",
        "Nesterov",
        "Newton",
        "NewtonCG",
        "NoProgress",
        "PerturbedGradientDescent",
        "RegularisedNewton",
        "SGD",
        "SaddleFreeNewton",
        "Solution",
        "SquaredGradients",
        "Status",
        "StepDecay",
        "SteihaugCG",
        "TrustRegion",
        "Wolfe",
        "minimize_sum",
    ),
    "hessmath.verify.certify": ("CertifiedPoint",),
    "hessmath.verify": (
        "Certificate",
        "Claim",
        "IllPosed",
        "Proved",
        "Refuted",
        "Tested",
        "Undecided",
        "Vacuous",
        "Verdict",
        "claim",
    ),
    "hessmath.errors": (
        "FormulaError",
        "HessmathError",
        "InputError",
        "MissingExtra",
        "NotDifferentiable",
        "ShapeError",
        "WrongKind",
    ),
}

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    """The public name, imported from its home on first use."""
    if name not in _HOME:
        from difflib import get_close_matches

        close = get_close_matches(name, __all__, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise AttributeError(f"hessmath has no {name!r}.{hint}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return list(__all__)
