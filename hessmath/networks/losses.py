"""Losses of a batch, as exact expressions with their derivative in the outputs."""

from __future__ import annotations

from dataclasses import dataclass

import sympy


@dataclass(frozen=True)
class MSE:
    """The mean square over batch and outputs: Σᵢⱼ (aᵢⱼ − yᵢⱼ)² / (N m), with a of shape (N, m)."""

    def value(self, outputs: sympy.Matrix, targets: sympy.Matrix) -> sympy.Expr:
        """The loss of a batch."""
        return _squares(outputs - targets) / (outputs.rows * outputs.cols)

    def derivative(self, outputs: sympy.Matrix, targets: sympy.Matrix) -> sympy.Matrix:
        """∂L/∂a, shape (N, m)."""
        return (outputs - targets) * sympy.Rational(2, outputs.rows * outputs.cols)


@dataclass(frozen=True)
class BatchMSE:
    """The mean over the batch of squared distances: Σᵢ ‖aᵢ − yᵢ‖² / N; the convention with the factor 2/N."""

    def value(self, outputs: sympy.Matrix, targets: sympy.Matrix) -> sympy.Expr:
        """The loss of a batch."""
        return _squares(outputs - targets) / outputs.rows

    def derivative(self, outputs: sympy.Matrix, targets: sympy.Matrix) -> sympy.Matrix:
        """∂L/∂a, shape (N, m)."""
        return (outputs - targets) * sympy.Rational(2, outputs.rows)


def _squares(difference: sympy.Matrix) -> sympy.Expr:
    return sympy.Add(*(entry**2 for entry in difference))


Loss = MSE | BatchMSE
