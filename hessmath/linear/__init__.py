"""Linear operators, conjugate gradients and symmetric factorisations in float64."""

from hessmath.linear.cg import CGResult, CGStatus, conjugate_gradient
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

__all__ = [
    "LDLT",
    "CGResult",
    "CGStatus",
    "DiagonalOperator",
    "FloatInertia",
    "FunctionOperator",
    "IncompleteCholesky",
    "LinearOperator",
    "MINRESResult",
    "MINRESStatus",
    "MatrixOperator",
    "ScaledOperator",
    "ShiftedOperator",
    "SumOperator",
    "SupportsProduct",
    "conjugate_gradient",
    "jacobi",
    "ldlt",
    "minres",
    "modified_cholesky",
    "norm",
]
