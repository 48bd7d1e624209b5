"""Losses of a batch: exact expressions with their derivative in the outputs, and the same in float64.

Each says what it is a mean over: ``"batch"`` sums over outputs and averages over samples, ``"batch and outputs"``
averages over both.  ℓ is the loss of one sample, L the mean over the batch; outputs are (N, m).

Fisher products read ℓ as −log p(y | outputs) up to a constant: a normal density with variance 1/2 (times m in the mean
over outputs) for squares, independent coin tosses for binary cross-entropy, one of m labels for softmax.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError, WrongKind
from hessmath.networks.activations import sigmoid, softplus
from hessmath.networks.lazily import Lazily

if TYPE_CHECKING:
    import sympy
else:
    sympy = Lazily("sympy")

Array = NDArray[np.float64]

BATCH, BATCH_AND_OUTPUTS = "batch", "batch and outputs"


@dataclass(frozen=True)
class MSE:
    """The mean square: Σᵢⱼ (aᵢⱼ − yᵢⱼ)² / (N m), or / N with ``over="batch"``.

    Raises
    ------
    InputError
        If ``over`` is neither "batch" nor "batch and outputs".

    Examples
    --------
    >>> MSE().value(sympy.Matrix([[1, 2]]), sympy.Matrix([[0, 0]]))
    5/2
    >>> MSE(over="batch").value(sympy.Matrix([[1, 2]]), sympy.Matrix([[0, 0]]))
    5
    """

    over: str = BATCH_AND_OUTPUTS
    code = 0

    def __post_init__(self) -> None:
        _require_mean(self)

    def value(self, outputs: sympy.Matrix, targets: sympy.Matrix) -> sympy.Expr:
        """The loss of a batch."""
        return sympy.Add(*(entry**2 for entry in outputs - targets)) / self.divisor(outputs.rows, outputs.cols)

    def derivative(self, outputs: sympy.Matrix, targets: sympy.Matrix) -> sympy.Matrix:
        """∂L/∂a, shape (N, m)."""
        return (outputs - targets) * sympy.Rational(2, self.divisor(outputs.rows, outputs.cols))

    def divisor(self, samples: int, width: int) -> int:
        """What the sum is divided by."""
        return samples if self.over == BATCH else samples * width

    def targets(self, targets: Any, width: int) -> Any:
        """Targets as rows of the outputs' width."""
        return targets

    def number(self, outputs: Array, targets: Array) -> float:
        """L in float64."""
        difference = (outputs - targets).ravel()
        return float(difference @ difference) / self.divisor(*outputs.shape)

    def means(self, outputs: Array) -> Array:
        """What the targets are expected to be: the outputs."""
        return outputs

    def slope(self, outputs: Array, targets: Array) -> Array:
        """∂L/∂outputs in float64, shape (N, m)."""
        return self.slope_at(self.means(outputs), targets)

    def curvature(self, outputs: Array, targets: Array, direction: Array) -> Array:
        """∂²L/∂outputs² · direction, shape (N, m); these losses' does not depend on the targets."""
        return self.curvature_at(self.means(outputs), direction)

    def slope_at(self, means: Array, targets: Array) -> Array:
        """∂L/∂a in float64, shape (N, m)."""
        return (means - targets) * (2.0 / self.divisor(*means.shape))

    def curvature_at(self, means: Array, direction: Array) -> Array:
        """∂²L/∂a² · direction, shape (N, m)."""
        return direction * (2.0 / self.divisor(*means.shape))

    def fisher_at(self, means: Array, direction: Array) -> Array:
        """E[s sᵀ] · direction / N for the score s of each sample: s = 2(a − y)/k with y − a of variance k/2."""
        scale = self.divisor(*means.shape) // means.shape[0]
        variance = scale / 2.0
        return direction * ((2.0 / scale) ** 2 * variance / means.shape[0])

    def sample(self, outputs: Array, rng: np.random.Generator) -> Array:
        """Targets drawn from the model: normal around the outputs with variance k/2."""
        scale = self.divisor(*outputs.shape) // outputs.shape[0]
        return outputs + rng.normal(scale=np.sqrt(scale / 2.0), size=outputs.shape)


def BatchMSE() -> MSE:
    """The mean over the batch of squared distances: Σᵢ ‖aᵢ − yᵢ‖² / N; the convention with the factor 2/N."""
    return MSE(over=BATCH)


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """Cross-entropy of independent outputs σ(z), from the logits z: Σᵢⱼ (log(1 + e^zᵢⱼ) − yᵢⱼ zᵢⱼ) / N.

    Targets are probabilities: numbers from 0 to 1.  The least value is the entropy of the targets.

    Raises
    ------
    InputError
        If ``over`` is neither "batch" nor "batch and outputs".
    """

    over: str = BATCH
    code = 1

    def __post_init__(self) -> None:
        _require_mean(self)

    def value(self, outputs: sympy.Matrix, targets: sympy.Matrix) -> sympy.Expr:
        """The loss of a batch."""
        terms = (sympy.log(1 + sympy.exp(z)) - y * z for z, y in zip(outputs, targets, strict=True))
        return sympy.Add(*terms) / self.divisor(outputs.rows, outputs.cols)

    def derivative(self, outputs: sympy.Matrix, targets: sympy.Matrix) -> sympy.Matrix:
        """∂L/∂z = (σ(z) − y)/N, shape (N, m)."""
        probabilities = outputs.applyfunc(lambda z: 1 / (1 + sympy.exp(-z)))
        return (probabilities - targets) / self.divisor(outputs.rows, outputs.cols)

    def divisor(self, samples: int, width: int) -> int:
        """What the sum is divided by."""
        return samples if self.over == BATCH else samples * width

    def targets(self, targets: Any, width: int) -> Any:
        """Targets as rows, which must hold probabilities."""
        if isinstance(targets, np.ndarray) and targets.dtype.kind == "f":
            wrong = targets[~((targets >= 0) & (targets <= 1))]
        else:
            entries = [entry for row in _rows(targets) if isinstance(row, list | tuple) for entry in row]
            wrong = [y for y in entries if isinstance(y, int | float | Fraction) and not 0 <= y <= 1]  # type: ignore[assignment]
        if len(wrong):
            raise InputError(f"BinaryCrossEntropy needs targets from 0 to 1, but one is {wrong[0]}.")
        return targets

    def number(self, outputs: Array, targets: Array) -> float:
        """L in float64."""
        return float((softplus(outputs) - targets * outputs).sum()) / self.divisor(*outputs.shape)

    def means(self, outputs: Array) -> Array:
        """The probabilities σ(z)."""
        return sigmoid(outputs)

    def slope(self, outputs: Array, targets: Array) -> Array:
        """∂L/∂outputs in float64, shape (N, m)."""
        return self.slope_at(self.means(outputs), targets)

    def curvature(self, outputs: Array, targets: Array, direction: Array) -> Array:
        """∂²L/∂outputs² · direction, shape (N, m); these losses' does not depend on the targets."""
        return self.curvature_at(self.means(outputs), direction)

    def slope_at(self, means: Array, targets: Array) -> Array:
        """∂L/∂z in float64, shape (N, m)."""
        slope = means - targets
        slope /= self.divisor(*means.shape)
        return slope

    def curvature_at(self, means: Array, direction: Array) -> Array:
        """∂²L/∂z² · direction: σ(1 − σ), entry by entry."""
        curved = 1.0 - means
        curved *= means
        curved *= direction
        curved /= self.divisor(*means.shape)
        return curved

    def fisher_at(self, means: Array, direction: Array) -> Array:
        """The mean over both labels, y = 1 with probability p, of the squared score (p − y)².

        The mean over outputs is read as a likelihood of weight 1/m.
        """
        squared_score = means * (means - 1.0) ** 2 + (1.0 - means) * means**2
        return squared_score * direction / self.divisor(*means.shape)

    def sample(self, outputs: Array, rng: np.random.Generator) -> Array:
        """Targets drawn from the model: every output is 1 with probability σ(z)."""
        return (rng.random(outputs.shape) < sigmoid(outputs)).astype(np.float64)


@dataclass(frozen=True)
class SoftmaxCrossEntropy:
    """Cross-entropy of one label among m, from the logits z: Σᵢ (log Σⱼ e^zᵢⱼ − zᵢ,label) / N.

    Targets are labels 0, 1, …, or rows of probabilities that sum to 1, such as one-hot rows.
    """

    code = 2

    def value(self, outputs: sympy.Matrix, targets: sympy.Matrix) -> sympy.Expr:
        """The loss of a batch."""
        terms = []
        for i in range(outputs.rows):
            terms.append(sympy.log(sympy.Add(*(sympy.exp(z) for z in outputs.row(i)))))
            terms += [-y * z for z, y in zip(outputs.row(i), targets.row(i), strict=True)]
        return sympy.Add(*terms) / outputs.rows

    def derivative(self, outputs: sympy.Matrix, targets: sympy.Matrix) -> sympy.Matrix:
        """∂L/∂z = (softmax(z) − y)/N, shape (N, m)."""

        def entry(i: int, j: int) -> sympy.Expr:
            p = sympy.exp(outputs[i, j]) / sympy.Add(*(sympy.exp(z) for z in outputs.row(i)))
            return (p - targets[i, j]) / outputs.rows

        return sympy.Matrix(outputs.rows, outputs.cols, entry)

    def divisor(self, samples: int, width: int) -> int:
        """What the sum is divided by."""
        return samples

    def targets(self, targets: Any, width: int) -> Any:
        """Targets as rows of probabilities; labels become one-hot rows."""
        rows = _rows(targets)
        if rows and not any(isinstance(row, list | tuple) for row in rows):
            return _one_hot(rows, width)
        for number, row in enumerate(rows):
            entries = row if isinstance(row, list | tuple) else [row]
            known = all(isinstance(y, int | float | Fraction) for y in entries)
            if known and (any(y < 0 for y in entries) or abs(sum(entries) - 1) > 1e-9):
                raise InputError(
                    f"SoftmaxCrossEntropy needs rows of probabilities, but row {number} of targets is {row}."
                )
        return targets

    def number(self, outputs: Array, targets: Array) -> float:
        """L in float64; the largest logit is taken out first, so that nothing overflows."""
        top = outputs.max(axis=1)
        logs = top + np.log(np.exp(outputs - top[:, None]).sum(axis=1))
        return float(logs.sum() - (targets * outputs).sum()) / outputs.shape[0]

    def means(self, outputs: Array) -> Array:
        """The probabilities softmax(z)."""
        return softmax(outputs)

    def slope(self, outputs: Array, targets: Array) -> Array:
        """∂L/∂outputs in float64, shape (N, m)."""
        return self.slope_at(self.means(outputs), targets)

    def curvature(self, outputs: Array, targets: Array, direction: Array) -> Array:
        """∂²L/∂outputs² · direction, shape (N, m); these losses' does not depend on the targets."""
        return self.curvature_at(self.means(outputs), direction)

    def slope_at(self, means: Array, targets: Array) -> Array:
        """∂L/∂z in float64, shape (N, m)."""
        return (means - targets) / means.shape[0]

    def curvature_at(self, means: Array, direction: Array) -> Array:
        """∂²L/∂z² · direction: (diag p − ppᵀ) for each sample."""
        weighted = means * direction
        return (weighted - means * weighted.sum(axis=1, keepdims=True)) / means.shape[0]

    def fisher_at(self, means: Array, direction: Array) -> Array:
        """Σ_k p_k (p − e_k)(p − e_k)ᵀ · direction / N: the mean over the labels k, written out."""
        along = (means * direction).sum(axis=1, keepdims=True) - direction  # (p − e_k)ᵀ direction, for each k
        weighted = means * along
        return (means * weighted.sum(axis=1, keepdims=True) - weighted) / means.shape[0]

    def sample(self, outputs: Array, rng: np.random.Generator) -> Array:
        """Targets drawn from the model: one-hot rows, label k with probability pₖ."""
        reached = np.cumsum(softmax(outputs), axis=1)
        labels = (reached < rng.random((outputs.shape[0], 1)) * reached[:, -1:]).sum(axis=1)
        return np.eye(outputs.shape[1])[labels]


Loss = MSE | BinaryCrossEntropy | SoftmaxCrossEntropy


def softmax(outputs: Array) -> Array:
    """e^z / Σ e^z for each row, without overflow."""
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def require_loss(loss: Any) -> Loss:
    """The loss, MSE() for none.

    Raises
    ------
    WrongKind
        If it is something else.
    """
    if loss is None:
        return MSE()
    if not isinstance(loss, Loss):
        raise WrongKind(f"loss must be a loss such as MSE() or SoftmaxCrossEntropy(), but is {loss!r}.")
    return loss


def _rows(targets: Any) -> list[Any]:
    found = targets.tolist() if hasattr(targets, "tolist") else targets
    return list(found) if isinstance(found, list | tuple) else []


def _one_hot(labels: list[Any], width: int) -> list[list[int]]:
    for number, label in enumerate(labels):
        if not isinstance(label, int) or isinstance(label, bool) or not 0 <= label < width:
            raise InputError(f"Labels must be integers from 0 to {width - 1}, but label {number} is {label!r}.")
    return [[int(j == label) for j in range(width)] for label in labels]


def _require_mean(loss: MSE | BinaryCrossEntropy) -> None:
    if loss.over not in (BATCH, BATCH_AND_OUTPUTS):
        raise InputError(
            f"{type(loss).__name__} is a mean over {BATCH!r} or over {BATCH_AND_OUTPUTS!r}, but over is {loss.over!r}."
        )
