"""Sizes of vectors and matrices: polynomials with integer coefficients in size names.

``n``, ``3``, ``n*m`` (Kronecker products) and ``n + m`` (block matrices) are sizes.  Two sizes are
equal when they are the same polynomial, so equality never depends on which numbers are put in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hessmath.errors import ShapeError

MAX_TERMS, MAX_DEGREE, MAX_COEFFICIENT = 64, 16, 10**9

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
    def smaller(a: Size, b: Size) -> Size:
        """The smaller of two sizes, each a name or a number: what a matrix has of singular values.

        >>> least = Size.smaller(Size.of("m"), Size.of(3))
        >>> str(least), least.at({"m": 2}), sorted(least.names)
        ('min(3, m)', 2, ['m'])
        """
        if a == b:
            return a
        if a.known is not None and b.known is not None:
            return a if a.known < b.known else b
        if any(len(each.terms) != 1 or len(each.terms[0][0]) > 1 or str(each).startswith("min(") for each in (a, b)):
            raise ShapeError("The smaller of two sizes is known here only for names and numbers.")
        return Size.of(f"min({', '.join(sorted((str(a), str(b))))})")

    @staticmethod
    def _collect(terms: Mapping[Monomial, int]) -> Size:
        kept = [(m, c) for m, c in terms.items() if c]
        if len(kept) > MAX_TERMS or any(len(m) > MAX_DEGREE or abs(c) > MAX_COEFFICIENT for m, c in kept):
            raise ShapeError(
                "The size of a part is too complicated or too large: at most "
                f"{MAX_TERMS} terms of degree {MAX_DEGREE} with coefficients up to {MAX_COEFFICIENT:,}."
            )
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
    def is_never_positive(self) -> bool:
        """Whether it is at most 0 for all sizes, seen from its coefficients (sizes are at least 1).

        Examples
        --------
        >>> (Size.of("n") * -1 + 1).is_never_positive
        True
        """
        constant = dict(self.terms).get((), 0)
        rest = [c for monomial, c in self.terms if monomial]
        return all(c <= 0 for c in rest) and constant + sum(rest) <= 0

    @property
    def names(self) -> frozenset[str]:
        """The size names that occur."""
        parts = (part for monomial, _ in self.terms for name in monomial for part in _parts(name))
        return frozenset(part for part in parts if not part.isdecimal())

    def at(self, sizes: Mapping[str, int]) -> int:
        """The number this size is once its names have numbers."""
        total = 0
        for monomial, c in self.terms:
            for name in monomial:
                c *= min(int(part) if part.isdecimal() else sizes[part] for part in _parts(name))
            total += c
        return total

    def __str__(self) -> str:
        def one(monomial: Monomial, c: int) -> str:
            if not monomial:
                return str(c)
            body = "*".join(monomial)
            return {1: body, -1: f"-{body}"}.get(c, f"{c}*{body}")

        ordered = sorted(self.terms, key=lambda term: not term[0])  # the constant last, as in n - 1
        return " + ".join(one(*term) for term in ordered).replace("+ -", "- ") or "0"


def _parts(name: str) -> list[str]:
    """The name itself, or the two of ``min(m, n)``."""
    return name[4:-1].split(", ") if name.startswith("min(") else [name]


Shape = tuple[Size, ...]


def shape_text(shape: Shape) -> str:
    """A shape in words a message can use: ``scalar``, ``(n,)`` or ``(n, m)``."""
    if not shape:
        return "scalar"
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"
