"""What an array kernel consists of: the steps of its functions, their sizes and times, rewrites of its formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hessmath.kernels.array_emission import EmittedArrays
from hessmath.kernels.machine import Library


@dataclass(frozen=True, eq=False)
class Made:
    """Machine code of one function, its program in steps, and what making it took."""

    library: Library
    emitted: EmittedArrays
    seconds: float


@dataclass(frozen=True)
class ArrayPieceReport:
    """One function of an array kernel.

    Attributes
    ----------
    kind : "f", "gradient", …
    steps : loops, matrix products and factorisations in order, as words
    seconds : what making it took
    from_cache : whether the machine code was on disk
    size : bytes of machine code
    """

    kind: str
    steps: tuple[str, ...]
    seconds: float
    from_cache: bool
    size: int

    def __str__(self) -> str:
        source = "from disk" if self.from_cache else f"made in {1000 * self.seconds:.1f} ms"
        return f"{self.kind}: {', then '.join(self.steps) or 'nothing to compute'}; {self.size} bytes, {source}"


@dataclass(frozen=True)
class ArrayReport:
    """What ``kernel.report()`` gives; ``str`` is for reading.

    Attributes
    ----------
    name : what error messages call the function
    pieces : the functions made so far
    rewrites : numerically better forms that were put in place of the formula's own, as words
    """

    name: str
    pieces: tuple[ArrayPieceReport, ...]
    rewrites: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.name}, a function of arrays"]
        lines += [f"  {piece}" for piece in self.pieces] or ["  nothing has been compiled yet"]
        return "\n".join([*lines, *(f"  rewritten: {text}" for text in self.rewrites)])


def array_report(name: str, made: Mapping[str, Made]) -> ArrayReport:
    """The report on the functions that were made so far."""
    pieces = tuple(
        ArrayPieceReport(kind, each.emitted.steps, each.seconds, each.library.from_cache, each.library.object_size)
        for kind, each in made.items()
    )
    rewrites = dict.fromkeys(text for each in made.values() for body in each.emitted.bodies for text in body.rewrites)
    return ArrayReport(name, pieces, tuple(rewrites))
