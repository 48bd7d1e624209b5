"""Linear maps that are known by what they do to a vector.

An operator offers ``A @ v``, ``A @ V`` (column by column), ``A.shape``, ``A.T``, ``A.to_dense()`` and
``A.to_scipy()``.  Sums, multiples and shifts of operators are operators, so H + εI is written
``A.shifted(epsilon)`` and costs no matrix.  Solvers here ask only for ``A.shape`` and ``A @ v``: a NumPy or a
SciPy sparse matrix may stand wherever an operator is wanted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError, WrongKind

if TYPE_CHECKING:
    import scipy.sparse.linalg

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Product = Callable[[Vector], ArrayLike]


class SupportsProduct(Protocol):
    """Anything with ``A.shape`` and ``A @ v``: an operator, a NumPy matrix, a SciPy sparse matrix."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(m, n)."""
        ...

    def __matmul__(self, other: Any, /) -> Any:
        """A v."""
        ...


class LinearOperator(ABC):
    """A linear map v ↦ Av from n to m numbers; a final class says how Av is found."""

    __array_ufunc__ = None  # NumPy must not take an operator for an array of objects

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """(m, n): Av has m entries where v has n."""

    @property
    @abstractmethod
    def T(self) -> LinearOperator:
        """The transpose Aᵀ."""

    @abstractmethod
    def product(self, v: Vector) -> Vector:
        """Av for one float64 vector of the right length: what a final class defines; callers write ``A @ v``."""

    def __matmul__(self, other: ArrayLike) -> NDArray[np.float64]:
        """Av for a vector of shape (n,), AV for a matrix of shape (n, k), column by column."""
        V = np.asarray(other, dtype=np.float64)
        m, n = self.shape
        if V.ndim not in (1, 2) or V.shape[0] != n:
            raise InputError(
                f"A @ v needs v of shape ({n},) or ({n}, k), because A has shape ({m}, {n}), but v has shape {V.shape}."
            )
        if V.ndim == 1:
            return self.product(V)
        AV = np.empty((m, V.shape[1]))
        for j in range(V.shape[1]):
            AV[:, j] = self.product(np.ascontiguousarray(V[:, j]))
        return AV

    def __add__(self, other: LinearOperator) -> LinearOperator:
        if not isinstance(other, LinearOperator):
            return NotImplemented
        return SumOperator(self, other)

    def __sub__(self, other: LinearOperator) -> LinearOperator:
        if not isinstance(other, LinearOperator):
            return NotImplemented
        return SumOperator(self, ScaledOperator(-1.0, other))

    def __mul__(self, factor: float) -> LinearOperator:
        if not isinstance(factor, (int, float, np.integer, np.floating)):
            return NotImplemented
        return ScaledOperator(float(factor), self)

    __rmul__ = __mul__

    def __neg__(self) -> LinearOperator:
        return ScaledOperator(-1.0, self)

    def shifted(self, shift: float) -> LinearOperator:
        """A + shift·I."""
        return ShiftedOperator(self, float(shift))

    def to_dense(self) -> Matrix:
        """The (m, n) matrix; costs n products."""
        return self @ np.eye(self.shape[1])

    def to_scipy(self) -> scipy.sparse.linalg.LinearOperator:
        """The same map for SciPy's iterative solvers; ``rmatvec`` works where the transpose is known."""
        from scipy.sparse.linalg import LinearOperator as ScipyOperator  # 0.2 s, so on first use

        return ScipyOperator(
            self.shape,
            matvec=lambda v: self @ np.ravel(v),
            rmatvec=lambda w: self.T @ np.ravel(w),
            matmat=lambda V: self @ V,
            dtype=np.float64,
        )


@dataclass(frozen=True, eq=False)
class MatrixOperator(LinearOperator):
    """A matrix (NumPy or SciPy sparse) as an operator.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.linear import MatrixOperator
    >>> A = MatrixOperator(np.array([[2.0, 1.0], [1.0, 3.0]]))
    >>> (A.shifted(10.0) @ [1.0, 0.0]).tolist()
    [12.0, 1.0]
    """

    matrix: Any

    def __post_init__(self) -> None:
        if not hasattr(self.matrix, "tocsr"):
            dense = np.asarray(self.matrix)
            if dense.dtype.kind not in "biuf":
                raise WrongKind(
                    f"MatrixOperator needs a matrix of real numbers, but got an array of {dense.dtype}: "
                    "convert it to float first."
                )
            object.__setattr__(self, "matrix", dense.astype(np.float64))
        if self.matrix.ndim != 2:
            raise InputError(f"MatrixOperator needs a matrix of shape (m, n), but got shape {self.matrix.shape}.")

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        m, n = self.matrix.shape
        return int(m), int(n)

    @property
    def T(self) -> MatrixOperator:
        """Aᵀ."""
        return MatrixOperator(self.matrix.T)

    def product(self, v: Vector) -> Vector:
        """Av."""
        return np.asarray(self.matrix @ v, dtype=np.float64)

    def to_dense(self) -> Matrix:
        """A copy of the matrix."""
        sparse = hasattr(self.matrix, "toarray")
        return np.array(self.matrix.toarray() if sparse else self.matrix, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class DiagonalOperator(LinearOperator):
    """diag(d), kept as the vector d; a Jacobi preconditioner is ``DiagonalOperator(1 / A.diagonal())``."""

    diagonal: Vector

    def __post_init__(self) -> None:
        object.__setattr__(self, "diagonal", np.array(self.diagonal, dtype=np.float64))
        if self.diagonal.ndim != 1:
            raise InputError(f"DiagonalOperator needs a vector of shape (n,), but got shape {self.diagonal.shape}.")

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return self.diagonal.size, self.diagonal.size

    @property
    def T(self) -> DiagonalOperator:
        """Aᵀ."""
        return self

    def product(self, v: Vector) -> Vector:
        """Av."""
        return self.diagonal * v


class FunctionOperator(LinearOperator):
    """A linear map given as a function, such as v ↦ ∇²f(x)v.

    Parameters
    ----------
    shape : (m, n)
    function : vector of shape (n,) to vector of shape (m,); must be linear, which is not checked
    transpose : vector of shape (m,) to vector of shape (n,), optional
        Needed only for ``.T``.  For a symmetric map pass the same function twice.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.linear import FunctionOperator
    >>> cumulative = FunctionOperator((3, 3), np.cumsum)
    >>> cumulative.to_dense().astype(int).tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    """

    def __init__(self, shape: tuple[int, int], function: Product, transpose: Product | None = None) -> None:
        if len(shape) != 2 or min(shape) < 0:
            raise InputError(f"FunctionOperator needs a shape (m, n), but got {shape}.")
        self._shape = shape
        self.function = function
        self.transpose = transpose

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return self._shape

    @property
    def T(self) -> FunctionOperator:
        """Aᵀ."""
        if self.transpose is None:
            raise InputError(
                "The transpose of this FunctionOperator is not known: pass transpose=, a function w ↦ Aᵀw "
                "(for a symmetric map the same function again)."
            )
        return FunctionOperator((self.shape[1], self.shape[0]), self.transpose, self.function)

    def product(self, v: Vector) -> Vector:
        """Av."""
        Av = np.array(self.function(v), dtype=np.float64)  # a copy: the function may reuse its output
        if Av.shape != (self.shape[0],):
            raise InputError(
                f"The function of a FunctionOperator of shape {self.shape} must return shape "
                f"({self.shape[0]},), but it returned shape {Av.shape}."
            )
        return Av


@dataclass(frozen=True, eq=False)
class SumOperator(LinearOperator):
    """A + B."""

    first: LinearOperator
    second: LinearOperator

    def __post_init__(self) -> None:
        if self.first.shape != self.second.shape:
            raise InputError(
                f"A + B needs operators of the same shape, but A has {self.first.shape} and B has {self.second.shape}."
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return self.first.shape

    @property
    def T(self) -> SumOperator:
        """Aᵀ."""
        return SumOperator(self.first.T, self.second.T)

    def product(self, v: Vector) -> Vector:
        """Av."""
        return self.first.product(v) + self.second.product(v)


@dataclass(frozen=True, eq=False)
class ScaledOperator(LinearOperator):
    """factor · A."""

    factor: float
    operator: LinearOperator

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return self.operator.shape

    @property
    def T(self) -> ScaledOperator:
        """Aᵀ."""
        return ScaledOperator(self.factor, self.operator.T)

    def product(self, v: Vector) -> Vector:
        """Av."""
        return self.factor * self.operator.product(v)


@dataclass(frozen=True, eq=False)
class ShiftedOperator(LinearOperator):
    """A + shift·I for a square A."""

    operator: LinearOperator
    shift: float

    def __post_init__(self) -> None:
        m, n = self.operator.shape
        if m != n:
            raise InputError(f"A + λI needs a square A, but A has shape ({m}, {n}).")

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return self.operator.shape

    @property
    def T(self) -> ShiftedOperator:
        """Aᵀ."""
        return ShiftedOperator(self.operator.T, self.shift)

    def product(self, v: Vector) -> Vector:
        """Av."""
        return self.operator.product(v) + self.shift * v
