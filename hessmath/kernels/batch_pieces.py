"""The loops over points that a batch runs: compiled ones, and the interpreter with a tape's instruction list."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.kernels import interpreter, lane_interpreter
from hessmath.kernels.background import Ask
from hessmath.kernels.batch_emission import BatchCode, emit_batch
from hessmath.kernels.emission import Inputs
from hessmath.kernels.machine import Effort, Library, build, is_stored, lane_count, symbol_addresses
from hessmath.program import Tape
from hessmath.program.primitives import CONSTANT, INPUT

Float64 = NDArray[np.float64]

_COMPILED = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * 6)
_INTERPRETED = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * 7, ctypes.c_int64)


@dataclass(frozen=True)
class BatchPiece:
    """One loop over points.

    Attributes
    ----------
    run, run_streamed : the machine code as a function of the number of blocks and six addresses (``batch_emission``);
        the second is for results larger than the caches
    tier : "interpreter", "quick" or "optimised"
    width : points in a block
    work : numbers of working memory; ``buffer`` more, after a multiple of 8, for ``run_streamed``
    fixed : where in the working memory constants begin (``width`` equal numbers each), and their values
    instructions : the length of the program
    chunks : the functions that it is cut into
    seconds, from_cache, size : what making it took, whether it was on disk, and the bytes of its code
    tape : what it computes
    shape, returns_value, has_array : of the result at a point
    keep : what must live as long as it is used
    """

    run: Callable[..., None] = field(repr=False)
    run_streamed: Callable[..., None] = field(repr=False)
    tier: str
    width: int
    work: int
    buffer: int
    fixed: tuple[tuple[int, float], ...] = field(repr=False)
    instructions: int
    chunks: int
    seconds: float
    from_cache: bool
    size: int
    tape: Tape = field(repr=False)
    shape: tuple[int, ...]
    returns_value: bool
    has_array: bool
    keep: Any = field(repr=False)

    def memory(self, streams: bool) -> Float64 | None:
        """Working memory for one thread, aligned to 64 bytes, constants filled in; None where none is needed."""
        size = -(-self.work // 8) * 8 + (self.buffer if streams else 0)
        if not size:
            return None
        raw = np.empty(size + 8)
        start = (-raw.ctypes.data // 8) % 8
        work = raw[start : start + size]
        places, values = self._constants
        work[places] = values
        return work

    @cached_property
    def _constants(self) -> tuple[NDArray[np.int64], Float64]:
        """Where in the working memory constants are, one by one, and their values."""
        starts = np.array([place for place, _ in self.fixed], dtype=np.int64)
        places = (starts[:, None] + np.arange(self.width)).ravel()
        return places, np.repeat(np.array([value for _, value in self.fixed], dtype=np.float64), self.width)


@dataclass(frozen=True)
class BatchSource:
    """What a loop over points is made from.

    Attributes
    ----------
    kind : "f", "gradient", …
    tape, inputs : the program, and where its inputs come from
    shape : of the array part of the result at a point
    returns_value : whether the tape's first output is a number apart from the array
    """

    kind: str
    tape: Tape = field(repr=False)
    inputs: Inputs
    shape: tuple[int, ...]
    returns_value: bool

    @property
    def length(self) -> int:
        """Operations and stores: what compiling takes grows with it."""
        codes = self.tape.code
        return int(np.count_nonzero((codes != INPUT) & (codes != CONSTANT))) + len(self.tape.outputs)

    @property
    def can_be_interpreted(self) -> bool:
        """Whether the interpreter knows all operations: users' functions have to be compiled."""
        return interpreter.interprets(self.tape)

    @property
    def is_stored(self) -> bool:
        """Whether the optimised loop's machine code is on disk."""
        return is_stored(self._code.parts, Effort.DIRECT)

    def compiled(self, tier: str, effort: Effort, ask: Ask | None = None) -> BatchPiece:
        """The loop in machine code; ``ask`` as in ``machine.build``."""
        start = time.perf_counter()
        code = self._code
        names = ["batch", "batch_streamed"] if code.buffer else ["batch"]
        library = build(code.parts, names, symbol_addresses(code.symbols), effort, before_each=ask)
        run = _COMPILED(library.addresses["batch"])
        streamed = _COMPILED(library.addresses["batch_streamed"]) if code.buffer else run
        return BatchPiece(
            run,
            streamed,
            tier,
            code.width,
            code.work,
            code.buffer,
            code.fixed,
            code.instructions,
            code.chunks,
            time.perf_counter() - start,
            library.from_cache,
            library.object_size,
            *self._result,
            library,
        )

    def interpreted(self) -> BatchPiece:
        """The interpreter with the tape's instruction list."""
        start = time.perf_counter()
        program = interpreter.assemble(self.tape, self.inputs, returns_first=self.returns_value)
        library: Library = lane_interpreter.library(program.operations)
        function = _INTERPRETED(library.addresses["batch"])
        columns = len(self.tape.outputs) - self.returns_value

        def run(blocks: int, *addresses: int | None) -> None:
            function(blocks, *addresses, program.address, columns)

        width = lane_interpreter.width()
        fixed = tuple((place * width, float(value)) for place, value in enumerate(program.constants))
        return BatchPiece(
            run,
            run,
            "interpreter",
            width,
            program.head.register_count * width,
            0,
            fixed,
            program.instructions,
            1,
            time.perf_counter() - start,
            False,
            program.size,
            *self._result,
            (library, program),
        )

    @property
    def _result(self) -> tuple[Tape, tuple[int, ...], bool, bool]:
        """What a piece says of its tape and of the result at a point."""
        return self.tape, self.shape, self.returns_value, self.kind != "f" or not self.returns_value

    @cached_property
    def _code(self) -> BatchCode:
        return emit_batch(self.tape, self.inputs, returns_first=self.returns_value, width=lane_count())
