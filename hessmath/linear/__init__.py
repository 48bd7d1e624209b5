"""Linear operators, conjugate gradients and symmetric factorisations in float64."""

from hessmath.linear.cg import CGResult, CGStatus, conjugate_gradient
from hessmath.linear.cg_path import cg_path
from hessmath.linear.estimates import Estimate, SpectralDensity, spectral_density, trace, trace_plus_plus
from hessmath.linear.lanczos import Eigenpairs, Lanczos, condition_number, eigenpairs, lanczos
from hessmath.linear.ldlt import LDLT, FloatInertia, ldlt
from hessmath.linear.minres import MINRESResult, MINRESStatus, minres
from hessmath.linear.modified_cholesky import modified_cholesky
from hessmath.linear.norms import norm
from hessmath.linear.operators import (
    DiagonalOperator,
    FunctionOperator,
    LinearOperator,
    MatrixOperator,
    ScaledOperator,
    ShiftedOperator,
    SumOperator,
    SupportsProduct,
)
from hessmath.linear.preconditioners import IncompleteCholesky, jacobi
from hessmath.linear.stencil import Stencil, poisson

__all__ = [
    "LDLT",
    "CGResult",
    "CGStatus",
    "DiagonalOperator",
    "Eigenpairs",
    "Estimate",
    "FloatInertia",
    "FunctionOperator",
    "IncompleteCholesky",
    "Lanczos",
    "LinearOperator",
    "MINRESResult",
    "MINRESStatus",
    "MatrixOperator",
    "ScaledOperator",
    "ShiftedOperator",
    "SpectralDensity",
    "Stencil",
    "SumOperator",
    "SupportsProduct",
    "cg_path",
    "condition_number",
    "conjugate_gradient",
    "eigenpairs",
    "jacobi",
    "lanczos",
    "ldlt",
    "minres",
    "modified_cholesky",
    "norm",
    "poisson",
    "spectral_density",
    "trace",
    "trace_plus_plus",
]
