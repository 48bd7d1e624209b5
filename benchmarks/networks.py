"""The network losses of W3 and W4 as formulas: one hidden layer of tanh, mean square error, samples written out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy

import hessmath as hm
from benchmarks.handwritten.network import NetworkByHand, by_hand
from benchmarks.peers.formula import Formula

#: Samples in a loss.
SAMPLES = 4


@dataclass(frozen=True)
class NetworkLoss:
    """The loss of a network d–h–m on a few samples with entries in sixteenths, exact in float64."""

    d: int
    h: int
    m: int

    @property
    def name(self) -> str:
        return f"{self.d}-{self.h}-{self.m}"

    @cached_property
    def data(self) -> tuple[Any, Any]:
        """Inputs (N, d) and targets (N, m)."""
        rng = np.random.default_rng(self.d * 100 + self.h)
        return rng.integers(-16, 17, (SAMPLES, self.d)) / 16, rng.integers(-16, 17, (SAMPLES, self.m)) / 16

    @cached_property
    def function(self) -> Any:
        """The loss as a hessmath Function of all parameters, which is the SymPy expression that peers get too."""
        network = hm.Network(hm.Dense(self.d, self.h), hm.Tanh(), hm.Dense(self.h, self.m))
        inputs, targets = ([[sympy.Rational(x) for x in row] for row in array.tolist()] for array in self.data)
        return network.loss(inputs, targets)

    @cached_property
    def formula(self) -> Formula:
        """The expression, and array code for peers that trace."""
        return Formula(self.function.expr, self.function.variables, self.array)

    @cached_property
    def by_hand(self) -> NetworkByHand:
        """The functions written by hand."""
        return by_hand(*self.data, self.h)

    def array(self, p: Any, xp: Any) -> Any:
        """The loss with the functions of ``xp``, sample by sample in scalars of a few matrix products."""
        d, h, m = self.d, self.h, self.m
        inputs, targets = self.data
        V, c = d * h + h, d * h + h + h * m
        total = 0.0
        for x, t in zip(inputs.tolist(), targets.tolist(), strict=True):
            z = p[d * h : V]
            for i in range(d):
                z = z + p[i * h : (i + 1) * h] * x[i]
            hidden = xp.tanh(z)
            o = p[c:]
            for j in range(h):
                o = o + p[V + j * m : V + (j + 1) * m] * hidden[j]
            for k in range(m):
                total = total + (o[k] - t[k]) ** 2
        return total / (SAMPLES * m)

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.d * self.h + self.h + self.h * self.m + self.m

    def point(self) -> tuple[Any, Any]:
        """Parameters and a direction, the same in every run."""
        rng = np.random.default_rng(1)
        return rng.uniform(-1, 1, self.size), rng.standard_normal(self.size)
