"""Linear operators, conjugate gradients and symmetric factorisations in float64."""

from hessmath.linear.cg import CGResult, CGStatus, conjugate_gradient
from hessmath.linear.ldlt import LDLT, FloatInertia, ldlt
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
from hessmath.linear.stencil import Stencil, poisson

__all__ = [
    "LDLT",
    "CGResult",
    "CGStatus",
    "DiagonalOperator",
    "FloatInertia",
    "FunctionOperator",
    "LinearOperator",
    "MatrixOperator",
    "ScaledOperator",
    "ShiftedOperator",
    "Stencil",
    "SumOperator",
    "SupportsProduct",
    "conjugate_gradient",
    "ldlt",
    "modified_cholesky",
    "norm",
    "poisson",
]
