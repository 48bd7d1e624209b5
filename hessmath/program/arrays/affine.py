"""Integer affine expressions c + Σ aₖ·nameₖ: sizes (n − 1) and places of entries (2·i + 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hessmath.errors import InputError


@dataclass(frozen=True, order=True)
class Affine:
    """c + Σ aₖ·nameₖ with integers c and aₖ ≠ 0; the names are those of axes and of sizes.

    Examples
    --------
    >>> i, n = Affine.of("i"), Affine.of("n")
    >>> print(n - 1 - 2 * i)
    -2*i + n - 1
    >>> (n - 1 - 2 * i).at({"i": 1, "n": 5})
    2
    """

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    @staticmethod
    def of(value: str | int | Affine) -> Affine:
        """A name, an integer, or what is affine already."""
        if isinstance(value, Affine):
            return value
        return Affine(((value, 1),)) if isinstance(value, str) else Affine((), int(value))

    @staticmethod
    def sum(parts: Iterable[tuple[Affine, int]], constant: int = 0) -> Affine:
        """Σ factor·part + constant."""
        total: dict[str, int] = {}
        for part, factor in parts:
            constant += factor * part.constant
            for name, a in part.terms:
                total[name] = total.get(name, 0) + factor * a
        return Affine(tuple(sorted((name, a) for name, a in total.items() if a)), constant)

    def __add__(self, other: Affine | int) -> Affine:
        return Affine.sum([(self, 1), (Affine.of(other), 1)])

    def __sub__(self, other: Affine | int) -> Affine:
        return Affine.sum([(self, 1), (Affine.of(other), -1)])

    def __mul__(self, factor: int) -> Affine:
        return Affine.sum([(self, factor)])

    __rmul__ = __mul__

    def __neg__(self) -> Affine:
        return self * -1

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it, sorted."""
        return tuple(name for name, _ in self.terms)

    @property
    def is_constant(self) -> bool:
        """Whether no name is left."""
        return not self.terms

    @property
    def is_never_negative(self) -> bool:
        """Whether it is at least 0 whenever every name is at least 1, as sizes are."""
        return all(a > 0 for _, a in self.terms) and self.constant + sum(a for _, a in self.terms) >= 0

    def factor(self, name: str) -> int:
        """The coefficient of a name, 0 where it does not occur."""
        return dict(self.terms).get(name, 0)

    def put(self, values: Mapping[str, Affine | int]) -> Affine:
        """With affine expressions or integers in the place of names."""
        parts = [(Affine.of(values.get(name, name)), a) for name, a in self.terms]
        return Affine.sum(parts, self.constant)

    def at(self, values: Mapping[str, int]) -> int:
        """The integer, when every name has a value.

        Raises
        ------
        InputError
            If a name has none.
        """
        missing = [name for name in self.names if name not in values]
        if missing:
            raise InputError(f"The size {missing[0]} is not known: give it a value.")
        return self.constant + sum(a * values[name] for name, a in self.terms)

    def __str__(self) -> str:
        if not self.terms:
            return str(self.constant)
        text = ""
        for name, a in self.terms:
            size = name if abs(a) == 1 else f"{abs(a)}*{name}"
            text += (" - " if a < 0 else " + ") + size if text else ("-" if a < 0 else "") + size
        if self.constant:
            text += f" {'-' if self.constant < 0 else '+'} {abs(self.constant)}"
        return text
