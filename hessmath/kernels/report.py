"""What a kernel consists of: tiers, operations, sizes and times of its functions, kinks and rewrites of its formula."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hessmath.program import Cost, Kink, Tape, drop_dead, kinks, read_back

if TYPE_CHECKING:
    from hessmath.kernels.kernel import Kernel, Piece
    from hessmath.kernels.tiers import Served, ServedBatch

#: Kinks are written out as formulas for programs up to this length, and up to this many of them; others are counted.
_FORMULAS_UP_TO, _LISTED = 2_000, 8


@dataclass(frozen=True)
class PieceReport:
    """One function of a kernel as it runs at present.

    Attributes
    ----------
    kind : "f", "gradient", …, "batch f", …
    tier : "interpreter", "quick" or "optimised"
    settled : no other code will come; False while better code is being compiled
    operations : how many of each kind a call takes
    chunks : the number of functions that the machine code is cut into
    seconds : what making it took
    from_cache : whether the machine code was on disk
    size : bytes of machine code or of the instruction list
    failure : why better code did not come; empty when it did or was not wanted
    """

    kind: str
    tier: str
    settled: bool
    operations: Cost
    chunks: int
    seconds: float
    from_cache: bool
    size: int
    failure: str = ""

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self.operations.items() if count)
        source = "from disk" if self.from_cache else f"made in {1000 * self.seconds:.1f} ms"
        state = self.tier if self.settled else f"{self.tier}, better code is being compiled"
        chunks = f" in {self.chunks} functions" if self.chunks > 1 else ""
        words = [state, f"{self.operations.total} operations" + (f" ({counts})" if counts else "")]
        words += [f"{_bytes(self.size)}{chunks}", source]
        if self.failure:
            words.append(f"not improved: {self.failure}")
        return f"{self.kind}: {'; '.join(words)}"


@dataclass(frozen=True)
class Report:
    """What ``kernel.report()`` gives; ``str`` is for reading.

    Attributes
    ----------
    name : what error messages call the function
    variables, parameters : how many there are
    pieces : the functions made so far
    rewrites : numerically better forms that were put in place of the formula's own, as words
    smoothness : where the formula has kinks or steps, as words
    """

    name: str
    variables: int
    parameters: int
    pieces: tuple[PieceReport, ...]
    rewrites: tuple[str, ...] = ()
    smoothness: tuple[str, ...] = ()

    def __getitem__(self, kind: str) -> PieceReport:
        for piece in self.pieces:
            if piece.kind == kind:
                return piece
        made = ", ".join(piece.kind for piece in self.pieces) or "none"
        raise KeyError(f"{self.name} has made no {kind} yet; made so far: {made}.")

    def __str__(self) -> str:
        takes = f"{self.variables} variable{'s' * (self.variables != 1)}"
        if self.parameters:
            takes += f", {self.parameters} parameter{'s' * (self.parameters != 1)}"
        lines = [f"{self.name} of {takes}"]
        lines += [f"  {piece}" for piece in self.pieces] or ["  nothing has been compiled yet"]
        lines += [f"  rewritten: {text}" for text in self.rewrites]
        lines += [f"  not smooth: {text}" for text in self.smoothness]
        return "\n".join(lines)


def report(kernel: Kernel, made: list[Piece]) -> Report:
    """The report on the functions of a kernel that were made so far."""
    loops = kernel.__dict__["batch"].loops if "batch" in kernel.__dict__ else {}  # a cached property
    return Report(
        kernel.name,
        len(kernel.variables),
        len(kernel.parameters),
        (
            *(_piece_report(piece.kind, piece.served, piece.tape) for piece in made),
            *(_piece_report(f"batch {kind}", served, served.code.tape) for kind, served in loops.items()),
        ),
        tuple(dict.fromkeys(text for piece in made for text in piece.tape.rewrites)),
        smoothness(kernel.tape("f")),
    )


def _piece_report(kind: str, served: Served | ServedBatch, tape: Tape) -> PieceReport:
    settled, code = served.settled.is_set(), served.code  # in this order: what is settled stays
    failure = "" if served.failure is None else str(served.failure)
    return PieceReport(
        kind, code.tier, settled, tape.cost, code.chunks, code.seconds, code.from_cache, code.size, failure
    )


def smoothness(tape: Tape) -> tuple[str, ...]:
    """Words on every place where derivatives need not exist, as formulas where these stay short.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import lower
    >>> x, y = sympy.symbols("x y", real=True)
    >>> smoothness(lower(abs(x - 1) + sympy.Max(x, y), [x, y]))
    ('abs has a kink where x - 1 = 0', 'max has a kink where x = y')
    """
    found = kinks(tape)
    if len(tape) > _FORMULAS_UP_TO or len(found) > _LISTED:
        return tuple(
            f"{name} occurs {count} time{'s' * (count != 1)}"
            for name, count in Counter(kink.primitive for kink in found).items()
        )
    return tuple(dict.fromkeys(_words(tape, kink) for kink in found))


def _words(tape: Tape, kink: Kink) -> str:
    import sympy

    symbols = [sympy.Symbol(name, real=True) for name in tape.names]
    chosen = Tape(
        tape.names,
        tape.code,
        tape.operands,
        tape.constants,
        np.array(kink.arguments, dtype=np.int32),
        (len(kink.arguments),),
    )
    sides = [str(side) for side in sympy.flatten(read_back(drop_dead(chosen), symbols))]
    what = {"abs": "has a kink", "min": "has a kink", "max": "has a kink"}.get(kink.primitive, "jumps")
    if kink.primitive in ("lt", "le", "eq"):
        return f"the case changes where {sides[0]} = {sides[1]}"
    return f"{kink.primitive} {what} where {sides[0]} = {sides[1] if len(sides) == 2 else 0}"


def _bytes(size: int) -> str:
    return f"{size} bytes" if size < 1000 else f"{size / 1000:.1f} kB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"
