"""Networks: exact formulas at small sizes, a float64 loss with curvature products at any size."""

from hessmath.networks.activations import (
    GELU,
    Activation,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
)
from hessmath.networks.batch_loss import BatchLoss
from hessmath.networks.curves import curves, digits, pixel_entropy
from hessmath.networks.engine import load_loops
from hessmath.networks.layers import BatchNorm, Dense, FrozenBatchNorm, Layer, Residual
from hessmath.networks.linearisation import Linearisation
from hessmath.networks.losses import MSE, BatchMSE, BinaryCrossEntropy, Loss, SoftmaxCrossEntropy
from hessmath.networks.network import Network
from hessmath.networks.parameters import Glorot, He, Initialiser, Orthogonal, Sparse
from hessmath.networks.squared_gradients import squared_gradients

__all__ = [
    "GELU",
    "MSE",
    "Activation",
    "BatchLoss",
    "BatchMSE",
    "BatchNorm",
    "BinaryCrossEntropy",
    "Dense",
    "FrozenBatchNorm",
    "Glorot",
    "He",
    "Identity",
    "Initialiser",
    "Layer",
    "LeakyReLU",
    "Linearisation",
    "Loss",
    "Network",
    "Orthogonal",
    "ReLU",
    "Residual",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Sparse",
    "Tanh",
    "curves",
    "digits",
    "load_loops",
    "pixel_entropy",
    "squared_gradients",
]
