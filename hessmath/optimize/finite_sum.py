"""Means of many terms, f(x) = (1/N) Σ fᵢ(x), evaluated over some of the rows at a time."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError, WrongKind
from hessmath.optimize.problem import Problem, Vector

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class FiniteSum:
    """The mean of N terms; f and ∇f are given as means over the rows of a batch.

    Parameters
    ----------
    dimension : the number n of variables
    count : the number N of terms
    f : (x, rows) ↦ the mean of fᵢ(x) over these rows, a number
    gradient : (x, rows) ↦ the mean of ∇fᵢ(x) over these rows, shape (n,)
    names, classify : as for ``Problem``

    Raises
    ------
    InputError, WrongKind
        If a size is not positive, or something that must be a function is not.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize import SGD, FiniteSum, minimize_sum
    >>> rng = np.random.default_rng(0)
    >>> A = rng.standard_normal((200, 3))
    >>> y = A @ [1.0, 2.0, 3.0]
    >>> mean_square = FiniteSum(
    ...     3, 200,
    ...     lambda x, rows: np.mean((A[rows] @ x - y[rows]) ** 2) / 2,
    ...     lambda x, rows: A[rows].T @ (A[rows] @ x - y[rows]) / len(rows),
    ... )
    >>> minimize_sum(mean_square, np.zeros(3), SGD(0.1, batch=20), epochs=50).x.round(6)
    array([1., 2., 3.])
    """

    dimension: int
    count: int
    f: Callable[[Vector, Rows], Any]
    gradient: Callable[[Vector, Rows], ArrayLike]
    names: tuple[str, ...] = ()
    classify: Callable[[Vector], Any] | None = None

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "count", operator.index(self.count))
        except TypeError as error:
            raise WrongKind(f"count must be an integer, but is {self.count!r}.") from error
        if self.count < 1:
            raise InputError(f"FiniteSum needs count ≥ 1, but count = {self.count}.")
        for name in ("f", "gradient"):
            if not callable(getattr(self, name)):
                raise WrongKind(f"{name} must be a function of x and rows, but is {getattr(self, name)!r}.")
        _ = self.whole  # which checks the rest

    @property
    def whole(self) -> Problem:
        """The same function over all rows, for every other method."""
        return self.over(np.arange(self.count))

    def over(self, rows: Rows) -> Problem:
        """The mean over these rows as a Problem."""
        return Problem(
            self.dimension,
            lambda x: self.f(x, rows),
            gradient=lambda x: self.gradient(x, rows),
            names=self.names,
            classify=self.classify,
        )

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[Rows]:
        """All rows once, in random order, so many at a time; the last batch may be smaller."""
        order = rng.permutation(self.count)
        for start in range(0, self.count, size):
            yield order[start : start + size]
