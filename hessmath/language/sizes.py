"""Sizes of vectors and matrices: polynomials with integer coefficients in size names.

``n``, ``3``, ``n*m`` (Kronecker products) and ``n + m`` (block matrices) are sizes.  Two sizes are
equal when they are the same polynomial, so equality never depends on which numbers are put in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Monomial = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """A polynomial in size names; ``terms`` maps sorted monomials to nonzero coefficients.

    Examples
    --------
    >>> n, m = Size.of("n"), Size.of("m")
    >>> n * m == m * n
    True
    >>> str(n + n * m)
    'n + m*n'
    >>> (n + 1).at({"n": 2})
    3
    """

    terms: tuple[tuple[Monomial, int], ...]

    @staticmethod
    def of(value: int | str | Size) -> Size:
        """The size that a number or a name stands for."""
        if isinstance(value, Size):
            return value
        if isinstance(value, str):
            return Size((((value,), 1),))
        return Size((((), value),)) if value else Size(())

    @staticmethod
    def _collect(terms: Mapping[Monomial, int]) -> Size:
        kept = [(m, c) for m, c in terms.items() if c]
        return Size(tuple(sorted(kept, key=lambda term: (len(term[0]), term[0]))))

    def __add__(self, other: int | Size) -> Size:
        total = dict(self.terms)
        for monomial, c in Size.of(other).terms:
            total[monomial] = total.get(monomial, 0) + c
        return Size._collect(total)

    def __mul__(self, other: int | Size) -> Size:
        total: dict[Monomial, int] = {}
        for a, c in self.terms:
            for b, d in Size.of(other).terms:
                monomial = tuple(sorted(a + b))
                total[monomial] = total.get(monomial, 0) + c * d
        return Size._collect(total)

    __radd__ = __add__
    __rmul__ = __mul__

    def __sub__(self, other: int | Size) -> Size:
        return self + Size.of(other) * -1

    @property
    def known(self) -> int | None:
        """The number this size is, or None while it has names in it."""
        if not self.terms:
            return 0
        return self.terms[0][1] if self.terms[-1][0] == () else None

    @property
    def names(self) -> frozenset[str]:
        """The size names that occur."""
        return frozenset(name for monomial, _ in self.terms for name in monomial)

    def at(self, sizes: Mapping[str, int]) -> int:
        """The number this size is once its names have numbers."""
        total = 0
        for monomial, c in self.terms:
            for name in monomial:
                c *= sizes[name]
            total += c
        return total

    def __str__(self) -> str:
        def one(monomial: Monomial, c: int) -> str:
            if not monomial:
                return str(c)
            body = "*".join(monomial)
            return body if c == 1 else f"{c}*{body}"

        return " + ".join(one(*term) for term in self.terms).replace("+ -", "- ") or "0"


Shape = tuple[Size, ...]


def shape_text(shape: Shape) -> str:
    """A shape in words a message can use: ``scalar``, ``(n,)`` or ``(n, m)``."""
    if not shape:
        return "scalar"
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"
