"""Curvature of losses as operators: Hessian, Gauss-Newton, Fisher, K-FAC, diagonals, low rank."""

from hessmath.curvature.diagonals import diagonal, ggn_diagonal
from hessmath.curvature.kfac import EKFAC, KFAC
from hessmath.curvature.operators import GGN, EmpiricalFisher, Fisher, Hessian, SampledFisher
from hessmath.curvature.parts import BlockDiagonal, LowRank, block_diagonal, low_rank
from hessmath.curvature.sampling import VectorEstimate, minibatch_product
from hessmath.curvature.second_moments import Comparison, along_adam

__all__ = [
    "EKFAC",
    "GGN",
    "KFAC",
    "BlockDiagonal",
    "Comparison",
    "EmpiricalFisher",
    "Fisher",
    "Hessian",
    "LowRank",
    "SampledFisher",
    "VectorEstimate",
    "along_adam",
    "block_diagonal",
    "diagonal",
    "ggn_diagonal",
    "low_rank",
    "minibatch_product",
]
