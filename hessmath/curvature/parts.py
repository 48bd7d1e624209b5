"""Parts of an operator: its diagonal blocks, its leading eigenpairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.linear import LinearOperator
from hessmath.linear.lanczos import eigenpairs

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BlockDiagonal(LinearOperator):
    """Square blocks along the diagonal, zero elsewhere."""

    blocks: tuple[Array, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        n = sum(len(block) for block in self.blocks)
        return n, n

    @property
    def T(self) -> BlockDiagonal:
        """The blocks transposed."""
        return BlockDiagonal(tuple(block.T for block in self.blocks))

    def product(self, v: Array) -> Array:
        """Av."""
        ends = np.cumsum([len(block) for block in self.blocks])[:-1]
        return np.concatenate([B @ part for B, part in zip(self.blocks, np.split(v, ends), strict=True)])


def block_diagonal(A: LinearOperator, sizes: Sequence[int]) -> BlockDiagonal:
    """The diagonal blocks of an operator, by as many products as the operator has rows.

    Parameters
    ----------
    sizes : the number of rows of every block, such as the number of parameters of every layer

    Raises
    ------
    InputError
        If the sizes do not add up.
    """
    n = A.shape[0]
    if min(sizes, default=0) < 1 or sum(sizes) != n:
        raise InputError(f"The sizes of the blocks must be positive and add up to {n}, but are {list(sizes)}.")
    blocks, start = [], 0
    for size in sizes:
        E = np.zeros((n, size))
        E[np.arange(start, start + size), np.arange(size)] = 1.0
        blocks.append(np.array((A @ E)[start : start + size]))
        start += size
    return BlockDiagonal(tuple(blocks))


@dataclass(frozen=True, eq=False)
class LowRank(LinearOperator):
    """U diag(λ) Uᵀ with orthonormal columns U; ``bounds`` are those of the eigenpairs."""

    vectors: Array
    values: Array
    bounds: Array

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        n = len(self.vectors)
        return n, n

    @property
    def T(self) -> LowRank:
        """The operator itself: it is symmetric."""
        return self

    def product(self, v: Array) -> Array:
        """U diag(λ) Uᵀ v."""
        return np.asarray(self.vectors @ (self.values * (self.vectors.T @ v)))


def low_rank(A: LinearOperator, rank: int, *, rng: np.random.Generator | int = 0) -> LowRank:
    """The eigenpairs of largest magnitude: the best approximation of this rank in the Frobenius norm."""
    found = eigenpairs(A, rank, "magnitude", rng=rng)
    return LowRank(found.vectors, found.values, found.bounds)
