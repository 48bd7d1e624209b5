"""The loss of a network d–h–m (tanh, then linear; mean square error) and its derivatives, for given sizes and data.

The parameters are one vector: W (d, h) by rows, b (h), V (h, m) by rows, c (m).  Samples are rows of ``X`` (N, d),
targets rows of ``T`` (N, m); L = Σ (oₖ − tₖ)² / (N m) with o = Vᵀ tanh(Wᵀx + b) + c.  Derivatives are those of the
chain rule by layers; the Hessian sums ∇oₖ∇oₖᵀ + (oₖ − tₖ)∇²oₖ over samples and outputs.  Sizes and data are
constants of the compiled code, so that LLVM can unroll the loops.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import tanh
from typing import Any

import numba
import numpy as np

compiled = numba.njit(error_model="numpy")


@dataclass(frozen=True)
class NetworkByHand:
    """The compiled functions; ``work`` is what they need as last argument but ``out``."""

    value: Any  # (p, work)
    gradient: Any  # (p, work, out)
    hvp: Any  # (p, v, work, out)
    hessian: Any  # (p, work, out)
    gradients: Any  # (points, out)
    hessians: Any  # (points, out)
    work: Any


def by_hand(X: Any, T: Any, h: int) -> NetworkByHand:
    """The functions for these data and h hidden units."""
    N, d = X.shape
    m = T.shape[1]
    b, V, c = d * h, d * h + h, d * h + h + h * m
    size = c + m

    @compiled
    def run_hidden(p, s, hidden):
        for j in range(h):
            z = p[b + j]
            for i in range(d):
                z += p[i * h + j] * X[s, i]
            hidden[j] = tanh(z)

    @compiled
    def output(p, k, hidden):
        o = p[c + k]
        for j in range(h):
            o += p[V + j * m + k] * hidden[j]
        return o

    @compiled
    def value(p, work):
        total = 0.0
        for s in range(N):
            run_hidden(p, s, work)
            for k in range(m):
                error = output(p, k, work) - T[s, k]
                total += error * error
        return total / (N * m)

    @compiled
    def gradient(p, work, out):
        hidden, back = work[:h], work[h : 2 * h]
        out[:] = 0.0
        for s in range(N):
            run_hidden(p, s, hidden)
            back[:] = 0.0
            for k in range(m):
                e = 2 * (output(p, k, hidden) - T[s, k]) / (N * m)
                out[c + k] += e
                for j in range(h):
                    out[V + j * m + k] += e * hidden[j]
                    back[j] += e * p[V + j * m + k]
            for j in range(h):
                delta = back[j] * (1 - hidden[j] * hidden[j])
                out[b + j] += delta
                for i in range(d):
                    out[i * h + j] += delta * X[s, i]

    @compiled
    def hvp(p, v, work, out):
        hidden, back, hidden_v, back_v = work[:h], work[h : 2 * h], work[2 * h : 3 * h], work[3 * h : 4 * h]
        out[:] = 0.0
        for s in range(N):
            run_hidden(p, s, hidden)
            for j in range(h):
                z = v[b + j]
                for i in range(d):
                    z += v[i * h + j] * X[s, i]
                hidden_v[j] = (1 - hidden[j] * hidden[j]) * z
            back[:] = 0.0
            back_v[:] = 0.0
            for k in range(m):
                e = 2 * (output(p, k, hidden) - T[s, k]) / (N * m)
                e_v = v[c + k]
                for j in range(h):
                    e_v += v[V + j * m + k] * hidden[j] + p[V + j * m + k] * hidden_v[j]
                e_v *= 2 / (N * m)
                out[c + k] += e_v
                for j in range(h):
                    out[V + j * m + k] += e_v * hidden[j] + e * hidden_v[j]
                    back[j] += e * p[V + j * m + k]
                    back_v[j] += e_v * p[V + j * m + k] + e * v[V + j * m + k]
            for j in range(h):
                delta_v = back_v[j] * (1 - hidden[j] * hidden[j]) - 2 * back[j] * hidden[j] * hidden_v[j]
                out[b + j] += delta_v
                for i in range(d):
                    out[i * h + j] += delta_v * X[s, i]

    @compiled
    def hessian(p, work, out):
        hidden, slope, outer, inner = work[:h], work[h : 2 * h], work[2 * h : 3 * h], work[3 * h : 4 * h]
        scale = 2 / (N * m)
        out[:, :] = 0.0
        for s in range(N):
            run_hidden(p, s, hidden)
            slope[:] = 1 - hidden * hidden
            inner[:] = 0.0  # Σₖ eₖ Vⱼₖ: what multiplies tanh″ in the block of W
            for k in range(m):
                e = output(p, k, hidden) - T[s, k]
                for j in range(h):
                    inner[j] += e * p[V + j * m + k]
                    outer[j] = p[V + j * m + k] * slope[j]  # ∂oₖ/∂zⱼ
                for j in range(h):
                    for i in range(d + 1):  # i = d is the bias
                        x_i = X[s, i] if i < d else 1.0
                        row = i * h + j
                        for j2 in range(h):
                            for i2 in range(i + 1):
                                x_2 = X[s, i2] if i2 < d else 1.0
                                out[row, i2 * h + j2] += scale * outer[j] * x_i * outer[j2] * x_2
                            out[V + j2 * m + k, row] += scale * outer[j] * x_i * hidden[j2]
                        out[V + j * m + k, row] += scale * e * slope[j] * x_i
                        out[c + k, row] += scale * outer[j] * x_i
                    for j2 in range(h):
                        out[V + j * m + k, V + j2 * m + k] += scale * hidden[j] * hidden[j2]
                    out[c + k, V + j * m + k] += scale * hidden[j]
                out[c + k, c + k] += scale
            for j in range(h):
                bend = -2 * scale * inner[j] * hidden[j] * slope[j]
                for i in range(d + 1):
                    x_i = X[s, i] if i < d else 1.0
                    for i2 in range(i + 1):
                        out[i * h + j, i2 * h + j] += bend * x_i * (X[s, i2] if i2 < d else 1.0)
        for row in range(size):
            for column in range(row):
                out[column, row] = out[row, column]

    @compiled
    def gradients(points, out):
        work = np.empty(5 * h)
        for r in range(len(points)):
            gradient(points[r], work, out[r])

    @compiled
    def hessians(points, out):
        work = np.empty(5 * h)
        for r in range(len(points)):
            hessian(points[r], work, out[r])

    return NetworkByHand(value, gradient, hvp, hessian, gradients, hessians, np.empty(5 * h))
