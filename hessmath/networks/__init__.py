"""Small networks as exact formulas."""

from hessmath.networks.curves import curves, digits, pixel_entropy
from hessmath.networks.layers import Activation, Dense, Identity, Layer, ReLU, Sigmoid, Softplus, Tanh
from hessmath.networks.losses import MSE, BatchMSE, Loss
from hessmath.networks.network import Network

__all__ = [
    "MSE",
    "Activation",
    "BatchMSE",
    "Dense",
    "Identity",
    "Layer",
    "Loss",
    "Network",
    "ReLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "curves",
    "digits",
    "pixel_entropy",
]
