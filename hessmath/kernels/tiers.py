"""Tiers: how a tape becomes something that runs, from at once and slowly to later and fast.

=================  =====================  ============  ==========================================
tier               set-up per operation   run           per operation
=================  =====================  ============  ==========================================
``Interpreter``    about 1 µs             1–6 ns        nothing is compiled
``Quick``          about 6 µs             0.3–0.7 ns    LLVM without optimisation
``Optimised``      20–150 µs              0.2–0.6 ns    LLVM with optimisation
``Automatic``      that of its choice                   by length; may improve while it is in use
=================  =====================  ============  ==========================================

All give the same results, bit for bit.

The loops over many points (``batch``) follow the same tiers: the interpreter fetches an instruction for a whole block
of points, about 0.3 ns an operation and point; compiling takes 50–100 µs an operation.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from hessmath.errors import InputError
from hessmath.kernels import background, interpreter
from hessmath.kernels.emission import Emitted, Inputs, emit
from hessmath.kernels.entrance import Entrance
from hessmath.kernels.machine import Effort, build, is_stored, symbol_addresses
from hessmath.program import Tape

if TYPE_CHECKING:
    from hessmath.kernels.batch_pieces import BatchPiece, BatchSource

if TYPE_CHECKING:
    from hessmath.kernels.batch_pieces import BatchPiece, BatchSource


@dataclass(frozen=True)
class Code:
    """What runs a tape: where it is and how it was made.

    Attributes
    ----------
    address : of ``double (const double *x, const double *v, const double *parameters, double *out)``
    tier : "interpreter", "quick" or "optimised"
    instructions, chunks : its length, and the number of functions that it is cut into
    seconds : what making it took
    from_cache : whether the machine code was on disk already
    size : bytes of machine code or of the instruction list
    keep : what must live as long as the code is used
    """

    address: int
    tier: str
    instructions: int
    chunks: int
    seconds: float
    from_cache: bool
    size: int
    keep: Any


Made = TypeVar("Made")


class Improving(Generic[Made]):
    """Code that may be replaced by a faster one.

    Attributes
    ----------
    code : what runs at present
    settled : set once no other code will come
    failure : why the faster code did not come, or None
    """

    def __init__(self, code: Made) -> None:
        self.code = code
        self.settled = threading.Event()
        self.failure: Exception | None = None

    def improve(self, make: Callable[[background.Ask], Made]) -> None:
        """Have better code made in the background, and use it once it is there."""
        here = weakref.ref(self)

        def job(ask: background.Ask) -> None:
            if here() is None:
                return  # nobody can call it any more
            code: Made | None = None
            failure: Exception | None = None
            try:
                code = make(ask)
            except (InputError, RuntimeError, MemoryError) as error:
                failure = error
            served = here()
            if served is None:
                return
            if code is not None:
                served.replace(code)
            served.failure = failure
            served.settled.set()

        background.submit(job)

    def settle(self) -> Self:
        """This object, after no other code will come."""
        self.settled.set()
        return self

    def replace(self, code: Made) -> None:
        """Use this code from now on."""
        self.code = code


class Served(Improving[Code]):
    """A tape that can be called: its address stays, the code behind it may be replaced by a faster one.

    Attributes
    ----------
    address : what callers jump to; dead when this object is
    """

    def __init__(self, code: Code, entrance: Entrance | None = None) -> None:
        super().__init__(code)
        self.address = code.address if entrance is None else entrance.address
        self._entrance = entrance
        self._first = code  # a call that is under way may still be in it

    def replace(self, code: Code) -> None:
        """Jump there from now on."""
        if self._entrance is not None:
            self.code = code  # kept alive before anybody jumps there
            self._entrance.redirect(code.address)


class ServedBatch(Improving[Any]):
    """A loop over many points; a call keeps the code with which it began."""

    code: BatchPiece


class Tier(Protocol):
    """A way to run tapes."""

    def serve(self, tape: Tape, inputs: Inputs, *, returns_first: bool) -> Served:
        """The tape ready to be called; results go where ``emission.emit`` has them."""

    def serve_batch(self, source: BatchSource) -> ServedBatch:
        """The loop over many points, ready to run."""


@dataclass(frozen=True)
class Interpreter:
    """Runs the instruction list as it is: no compilation, 1–6 ns an operation.

    Examples
    --------
    >>> from hessmath.kernels import compile_tapes
    >>> from hessmath.program import TapeBuilder
    >>> builder = TapeBuilder(["x", "y"])
    >>> k = compile_tapes(builder.build([builder.emit("mul", 0, 1)]), tier=Interpreter())
    >>> k.f([2, 3]), k.gradient([2, 3])
    (6.0, array([3., 2.]))
    """

    def serve(self, tape: Tape, inputs: Inputs, *, returns_first: bool) -> Served:
        """The tape, interpreted."""
        code, entrance = _interpreted(tape, inputs, returns_first)
        return Served(code, entrance).settle()

    def serve_batch(self, source: BatchSource) -> ServedBatch:
        """The loop, interpreted."""
        return ServedBatch(source.interpreted()).settle()


@dataclass(frozen=True)
class Quick:
    """Machine code as soon as possible: LLVM's fastest code generator and no optimisation."""

    def serve(self, tape: Tape, inputs: Inputs, *, returns_first: bool) -> Served:
        """The tape, compiled quickly."""
        return Served(_compiled(_Text.of(tape, inputs, returns_first), "quick", Effort.QUICK)).settle()

    def serve_batch(self, source: BatchSource) -> ServedBatch:
        """The loop, compiled quickly."""
        return ServedBatch(source.compiled("quick", Effort.QUICK)).settle()


@dataclass(frozen=True)
class Optimised:
    """Machine code that runs fastest.

    LLVM's optimising passes put like operations into vectors, which makes some code up to three times as fast; in
    less than fifty operations they find nothing, and for long tapes their time grows too much.

    Attributes
    ----------
    passes_from, passes_up_to : the passes run for tapes of these lengths, in operations
    """

    passes_from: int = 50
    passes_up_to: int = 4_000

    def effort(self, instructions: int) -> Effort:
        """How hard LLVM works on a tape of this length."""
        return Effort.LOOPS if self.passes_from <= instructions <= self.passes_up_to else Effort.DIRECT

    def serve(self, tape: Tape, inputs: Inputs, *, returns_first: bool) -> Served:
        """The tape, compiled with optimisation."""
        text = _Text.of(tape, inputs, returns_first)
        return Served(_compiled(text, "optimised", self.effort(text.emitted.instructions))).settle()

    def serve_batch(self, source: BatchSource) -> ServedBatch:
        """The loop, compiled; LLVM's passes find nothing in it, since its lanes are vectors already."""
        return ServedBatch(source.compiled("optimised", Effort.DIRECT)).settle()


@dataclass(frozen=True)
class Automatic:
    """A tier by length: what is short is optimised at once, what is long runs at once and is improved meanwhile.

    A longer tape first gets quick code, a very long one is interpreted; a thread in the background compiles better
    code, which takes over when it is ready.  Better code that is on disk already is taken from there.

    Attributes
    ----------
    optimised_up_to : this many operations are optimised at once
    quick_up_to : this many get quick code at once and optimised code later; more are interpreted first
    compiled_up_to : this many get quick code later; more stay interpreted
    batch_compiled_up_to, batch_improved_up_to : loops over points of this length, in operations and stores, are
        compiled at once, or interpreted at once and compiled in the background; longer ones stay interpreted
    optimised : how optimised code is made; in the background there is more time for it
    """

    optimised_up_to: int = 50
    quick_up_to: int = 60_000
    compiled_up_to: int = 400_000
    batch_compiled_up_to: int = 1_000
    batch_improved_up_to: int = 60_000
    optimised: Optimised = field(default_factory=lambda: Optimised(passes_up_to=16_000))

    def serve(self, tape: Tape, inputs: Inputs, *, returns_first: bool) -> Served:
        """The tape, ready as soon as its length allows."""
        length = len(tape) - len(tape.names)
        if length > self.quick_up_to and interpreter.interprets(tape):
            code, entrance = _interpreted(tape, inputs, returns_first)
            served = Served(code, entrance)
            if length > self.compiled_up_to:
                return served.settle()
            served.improve(lambda ask: _compiled(_Text.of(tape, inputs, returns_first), "quick", Effort.QUICK, ask))
            return served
        text = _Text.of(tape, inputs, returns_first)
        effort = self.optimised.effort(text.emitted.instructions)
        if text.emitted.instructions <= self.optimised_up_to or is_stored(text.emitted.parts, effort):
            return Served(_compiled(text, "optimised", effort)).settle()
        code = _compiled(text, "quick", Effort.QUICK)
        served = Served(code, Entrance(code.address))
        served.improve(lambda ask: _compiled(text, "optimised", effort, ask))
        return served

    def serve_batch(self, source: BatchSource) -> ServedBatch:
        """The loop, ready as soon as its length allows."""
        length = source.length
        if length <= self.batch_compiled_up_to or not source.can_be_interpreted:
            return self.optimised.serve_batch(source)
        if length > self.batch_improved_up_to:
            return ServedBatch(source.interpreted()).settle()
        if source.is_stored:
            return self.optimised.serve_batch(source)
        served = ServedBatch(source.interpreted())
        served.improve(lambda ask: source.compiled("optimised", Effort.DIRECT, ask))
        return served


# ---- making code ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Text:
    """The modules of a tape, and how long it took to write them."""

    emitted: Emitted
    seconds: float

    @staticmethod
    def of(tape: Tape, inputs: Inputs, returns_first: bool) -> _Text:
        start = time.perf_counter()
        emitted = emit(tape, inputs, returns_first=returns_first)
        return _Text(emitted, time.perf_counter() - start)


def _compiled(text: _Text, tier: str, effort: Effort, ask: background.Ask | None = None) -> Code:
    start = time.perf_counter()
    emitted = text.emitted
    library = build(emitted.parts, ["kernel"], symbol_addresses(emitted.symbols), effort, before_each=ask)
    seconds = text.seconds + time.perf_counter() - start
    address = library.addresses["kernel"]
    size = library.object_size
    return Code(address, tier, emitted.instructions, emitted.chunks, seconds, library.from_cache, size, library)


def _interpreted(tape: Tape, inputs: Inputs, returns_first: bool) -> tuple[Code, Entrance]:
    start = time.perf_counter()
    program = interpreter.assemble(tape, inputs, returns_first=returns_first)
    entrance = Entrance(interpreter.code_address(program.operations), program.address)
    seconds = time.perf_counter() - start
    keep = (program, entrance)
    return Code(entrance.address, "interpreter", program.instructions, 1, seconds, False, program.size, keep), entrance
