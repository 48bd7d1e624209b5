"""ArrayKernel: machine code of an indexed or matrix formula and of its derivatives, compiled once for all sizes."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError, WrongKind
from hessmath.kernels.array_emission import EmittedArrays, emit_arrays
from hessmath.kernels.array_report import ArrayReport, Made, array_report
from hessmath.kernels.assembly import Assembly, assemble
from hessmath.kernels.binding import Binding, bind, joined, split
from hessmath.kernels.calling import Arguments, fast_call
from hessmath.kernels.checking import check_out, real_array
from hessmath.kernels.machine import Effort, Library, build, symbol_addresses
from hessmath.kernels.scheduling import ENTRIES, INNER_BEGIN, INNER_END, UNTOUCHED
from hessmath.kernels.sparse import numbers_of
from hessmath.program.arrays import derivatives
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.dependence import hessian_pattern
from hessmath.program.arrays.separable import SeparableHessian, dense_hessian, separable_hessian
from hessmath.program.colouring import Colouring, star_colouring
from hessmath.program.pattern import Pattern

if TYPE_CHECKING:
    from hessmath.kernels.accuracy import Accuracy
    from hessmath.kernels.array_jit import ArrayJitFunctions

Float64 = NDArray[np.float64]

KINDS = ("f", "gradient", "hessian", "hvp", "value_and_gradient")

#: From this many variables on, a call lets other Python threads run.
RELEASE_FROM = 10_000

_C_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_void_p] * 4)


@dataclass(frozen=True, eq=False)
class Call:
    """One compiled function with its sizes and data: ``fast`` takes (x[, v], context[, out])."""

    fast: Callable[..., Any]
    address: int
    shape: tuple[int, ...]
    context: Float64
    data: Mapping[str, Float64]


@dataclass(frozen=True, eq=False)
class ArrayKernel:
    """Machine code of a formula over arrays, f: ℝⁿ → ℝ, and of its derivatives.

    x is one flat vector, the variables one after the other, row by row; a mapping from names to arrays is accepted as
    well.  Code is compiled on first use and serves every size.  Sizes follow from x and the data.

    Attributes
    ----------
    name : what error messages call the function
    program : f
    data : parameters that are fixed already, by ``bind``
    sizes : sizes that are fixed already
    """

    name: str
    program: ArrayProgram
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sizes: Mapping[str, int] = field(default_factory=dict)
    _assemblies: list[tuple[Assembly, Call]] = field(default_factory=list, repr=False)
    _colourings: list[tuple[Mapping[str, int], Colouring]] = field(default_factory=list, repr=False)
    _made: dict[str, Made] = field(default_factory=dict, repr=False)
    _calls: dict[str, Call] = field(default_factory=dict, repr=False)
    _bound: list[Binding] = field(default_factory=list, repr=False)

    # ---- sizes and data ---------------------------------------------------------------------------

    def bind(
        self, parameters: Mapping[str, Any] | None = None, *, sizes: Mapping[str, int] | None = None, **more: Any
    ) -> ArrayKernel:
        """The same kernel with values for parameters, which are not copied if they are C-contiguous float64.

        Raises
        ------
        InputError
            If a name is no parameter.
        """
        given = {**self.data, **(parameters or {}), **more}
        unknown = [name for name in given if name not in self.program.parameters]
        if unknown:
            has = ", ".join(self.program.parameters) or "none"
            raise InputError(f"The parameters of {self.name} are {has}; {unknown[0]} is not one of them.")
        return replace(
            self,
            data=given,
            sizes={**self.sizes, **(sizes or {})},
            _calls={},
            _bound=[],
            _assemblies=[],
            _colourings=[],
        )

    def split(self, x: ArrayLike) -> dict[str, Float64]:
        """The parts of a flat vector by the names of the variables, as views of their shapes."""
        point, sizes = self._point(x)
        return split(self.program, self._binding(point, sizes, None).sizes, point)

    def flat(self, x: Any) -> Float64:
        """One flat vector from a mapping with an array per variable; a vector stays as it is."""
        return self._point(x)[0]

    def dimension(self) -> int:
        """The length of x, as the parameters and sizes that are bound tell it.

        Raises
        ------
        InputError
            If they do not.
        """
        return bind(self.name, self.program, self.data, self.sizes, None).dimension

    def _point(self, x: Any) -> tuple[Float64, dict[str, int]]:
        """x as a flat vector, and the sizes that the shapes of its parts tell."""
        if isinstance(x, Mapping):
            return joined(self.program, x)
        return self._vector(x, "x"), {}

    def _binding(self, x: Float64, sizes: Mapping[str, int], parameters: Mapping[str, Any] | None) -> Binding:
        """The last binding if it still serves, else a new one, which is kept unless it is for one call only."""
        if parameters is None and not sizes and self._bound and self._bound[0].dimension == x.size:
            return self._bound[0]
        data = {**self.data, **(parameters or {})}
        binding = bind(self.name, self.program, data, {**sizes, **self.sizes}, x.size)
        if parameters is None:
            self._calls.clear()
            self._assemblies.clear()
            self._bound[:] = [binding]
        return binding

    # ---- evaluation -------------------------------------------------------------------------------

    def f(self, x: Any, *, parameters: Mapping[str, Any] | None = None) -> float:
        """f(x).

        Raises
        ------
        InputError
            If x or a parameter has the wrong shape or is no real array.
        """
        call = self._calls.get("f")
        if call is not None and parameters is None:
            value = call.fast(x, call.context)
            if value is not None:
                return float(value)
        return self._slowly("f", x, None, None, parameters)[0]

    def gradient(self, x: Any, *, out: Float64 | None = None, parameters: Mapping[str, Any] | None = None) -> Float64:
        """∇f(x), shape (n,)."""
        return self._run("gradient", x, None, out, parameters)[1]

    def hvp(
        self, x: Any, v: Any, *, out: Float64 | None = None, parameters: Mapping[str, Any] | None = None
    ) -> Float64:
        """∇²f(x) v, shape (n,), without forming the Hessian."""
        return self._run("hvp", x, v, out, parameters)[1]

    def value_and_gradient(
        self, x: Any, *, out: Float64 | None = None, parameters: Mapping[str, Any] | None = None
    ) -> tuple[float, Float64]:
        """f(x) and ∇f(x), which share what they compute; ``out`` takes the gradient."""
        return self._run("value_and_gradient", x, None, out, parameters)

    def hessian(self, x: Any, *, out: Float64 | None = None, parameters: Mapping[str, Any] | None = None) -> Float64:
        """∇²f(x), shape (n, n), symmetric.

        Where no program gives the whole matrix (several arrays or a matrix as variables, and f no sum of local terms),
        it costs n products.
        """
        if self.has_whole_hessian:
            return self._run("hessian", x, None, out, parameters)[1]
        point, sizes = self._point(x)
        n = point.size
        result = np.empty((n, n)) if out is None else out
        check_out(result, (n, n), self.name)
        if self.is_separable:
            result[...] = self.sparse_hessian(x, parameters=parameters).toarray()
            return result
        kernel = self.bind(parameters, sizes=sizes)
        for j, unit in enumerate(np.eye(n)):
            result[:, j] = kernel.hvp(point, unit)
            result[j, j + 1 :] = result[j + 1 :, j]
        return result

    @cached_property
    def has_whole_hessian(self) -> bool:
        """Whether a program gives the whole Hessian at once."""
        if self._separable is not None:
            return dense_hessian(self._separable) is not None
        return len(self.program.variables) == 1 and len(self.program.shape(self.program.variables[0])) == 1

    def sparse_hessian(self, x: Any, *, out: Any = None, parameters: Mapping[str, Any] | None = None) -> Any:
        """∇²f(x) as a scipy.sparse.csr_array: only what can differ from 0 is computed and stored.

        ``out`` may be an earlier result; its numbers are replaced.

        For a sum of terms with few entries each it takes one pass over the terms.  Otherwise it is recovered from as
        many products as the pattern needs colours.

        Raises
        ------
        WrongKind
            If the Hessian is full: use ``hessian`` or ``hvp``.
        """
        if not self.is_separable:
            return self._recovered(x, out, parameters)
        kept = self._assemblies[:1]  # a copy: another thread may come with another size
        if kept and parameters is None:
            assembly, call = kept[0]
            data = np.empty(call.shape) if out is None else numbers_of(out, assembly.pattern, self.name)
            if call.fast(x, call.context, data) is not None:
                return assembly.pattern.matrix(data) if out is None else out
        point, sizes = self._point(x)
        binding = self._binding(point, sizes, parameters)
        found = self._assembled(binding)
        if parameters is None:
            self._assemblies[:] = [found]
        assembly, call = found
        data = np.empty(call.shape)
        _C_SIGNATURE(call.address)(point.ctypes.data, None, call.context.ctypes.data, data.ctypes.data)
        if out is None:
            return assembly.pattern.matrix(data)
        target = numbers_of(out, assembly.pattern, self.name)
        check_out(target, call.shape, self.name)
        target[...] = data
        return out

    def _recovered(self, x: Any, out: Any, parameters: Mapping[str, Any] | None) -> Any:
        """The sparse Hessian from products with the colours' seeds."""
        point, sizes = self._point(x)
        binding = self._binding(point, sizes, parameters)
        colouring = self._colouring(binding)
        kernel = self.bind(parameters, sizes=binding.sizes)
        products = np.empty((len(point), colouring.count))
        for c in range(colouring.count):
            products[:, c] = kernel.hvp(point, (colouring.colours == c).astype(np.float64))
        data = colouring.recover(products)
        if out is None:
            return colouring.pattern.matrix(data)
        target = numbers_of(out, colouring.pattern, self.name)
        check_out(target, data.shape, self.name)
        target[...] = data
        return out

    def _colouring(self, binding: Binding) -> Colouring:
        """The pattern with its colours, kept for the last sizes."""
        for sizes, colouring in self._colourings[:1]:
            if sizes == binding.sizes:
                return colouring
        pattern = hessian_pattern(self.program, binding.sizes)
        if pattern.structure.name == "dense":
            raise WrongKind(f"The Hessian of {self.name} is full: use hessian or hvp.")
        colouring = star_colouring(pattern)
        self._colourings[:] = [(binding.sizes, colouring)]
        return colouring

    def hessian_pattern(self, x: Any, *, parameters: Mapping[str, Any] | None = None) -> Pattern:
        """Which entries of the Hessian can differ from 0, for an x of this length."""
        point, sizes = self._point(x)
        found = self._binding(point, sizes, parameters).sizes
        return (
            hessian_pattern(self.program, found)
            if self._separable is None
            else assemble(self._separable, found).pattern
        )

    @cached_property
    def _separable(self) -> SeparableHessian | None:
        return separable_hessian(self.program)

    @property
    def is_separable(self) -> bool:
        """Whether f is a sum of terms with few entries each, so that its Hessian can be sparse."""
        return self._separable is not None

    def _assembled(self, binding: Binding) -> tuple[Assembly, Call]:
        separable = self._separable
        assert separable is not None
        assembly = assemble(separable, binding.sizes)
        sizes = (*self.program.size_names, ENTRIES, INNER_BEGIN, INNER_END, UNTOUCHED)
        kind = "sparse_hessian" + ("" if assembly.inner == (0, 0) else f" with places {assembly.lines}")
        library = self._library(kind, lambda: emit_arrays(separable.program, sizes, tables=assembly.tables))
        numbers = [
            *(binding.sizes[name] for name in self.program.size_names),
            assembly.pattern.nnz,
            *assembly.inner,
            len(assembly.places[-1]) if assembly.places else 0,
            *(binding.data[name].ctypes.data for name in self.program.parameters),
            *(places.ctypes.data for places in assembly.places),
        ]
        context = np.array(numbers, dtype=np.int64).view(np.float64)
        shape = (assembly.pattern.nnz,)
        arguments = Arguments(
            binding.dimension, parameters=len(context), rows=shape[0], release=binding.dimension > RELEASE_FROM
        )
        address = library.addresses["kernel"]
        return assembly, Call(fast_call(address, arguments, library), address, shape, context, binding.data)

    def _run(
        self, kind: str, x: Any, v: Any, out: Float64 | None, parameters: Mapping[str, Any] | None
    ) -> tuple[float, Any]:
        call = self._calls.get(kind)
        if call is not None and parameters is None:
            result = np.empty(call.shape) if out is None else out
            value = call.fast(x, call.context, result) if v is None else call.fast(x, v, call.context, result)
            if value is not None:
                return value, result
        return self._slowly(kind, x, v, out, parameters)

    def _slowly(
        self, kind: str, x: Any, v: Any, out: Float64 | None, parameters: Mapping[str, Any] | None
    ) -> tuple[float, Any]:
        """Check and convert everything, then call."""
        point, sizes = self._point(x)
        binding = self._binding(point, sizes, parameters)
        direction = None if v is None else self._vector(v, "v")
        if direction is not None and direction.size != point.size:
            raise InputError(f"v has length {direction.size}, but x has length {point.size}.")
        call = self._call(kind, binding)
        if parameters is None:
            self._calls[kind] = call
        if out is not None:
            check_out(out, call.shape, self.name)
        result = np.empty(call.shape) if call.shape else None
        pointers = [None if a is None else a.ctypes.data for a in (point, direction, binding.context, result)]
        value = _C_SIGNATURE(call.address)(*pointers)
        if out is not None:
            out[...] = result
            return value, out
        return value, result

    def _vector(self, values: Any, what: str) -> Float64:
        if isinstance(values, Mapping):
            return joined(self.program, values)[0]
        array = real_array(values, what)
        if array.ndim != 1:
            raise InputError(f"{what} must be one flat vector, but has shape {array.shape}.")
        return np.ascontiguousarray(array)

    def call(self, kind: str, length: int) -> Call:
        """One compiled function for x of a length: its address, and the context to hand over as its parameters.

        The C signature is ``double (const double *x, const double *v, const double *context, double *out)``, as for
        all kernels.  The address and the context are good as long as the call is referenced.
        """
        return self._call(kind, bind(self.name, self.program, self.data, self.sizes, length))

    def jit(self, length: int) -> ArrayJitFunctions:
        """f, gradient and hvp for use inside Numba-compiled code, for x of a length."""
        from hessmath.kernels.array_jit import ArrayJitFunctions

        return ArrayJitFunctions.of(self, length)

    def report(self) -> ArrayReport:
        """The steps, sizes and times of what was compiled so far, and the better forms in it."""
        return array_report(self.name, self._made)

    def export(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """The kernel as a Python module that needs NumPy and Numba only; see ``array_export.export``."""
        from hessmath.kernels.array_export import export

        return export(self, path, overwrite=overwrite)

    def verify(self, *, sizes: Any = None, points: int = 12, rng: Any = 0) -> Accuracy:
        """Compare f and its derivatives with enclosures of the formula written out; see ``array_accuracy.verify``."""
        from hessmath.kernels.array_accuracy import verify

        return verify(self, sizes=sizes, points=points, rng=rng)

    # ---- compilation ------------------------------------------------------------------------------

    def piece(self, kind: str) -> ArrayProgram:
        """The program of f or of a derivative.

        Raises
        ------
        WrongKind
            If there is no such kind.
        """
        if kind not in KINDS:
            raise WrongKind(f'A kernel of arrays has {", ".join(KINDS)}, but no "{kind}".')
        return self._programs(kind)

    @cached_property
    def _programs(self) -> Callable[[str], ArrayProgram]:
        known: dict[str, ArrayProgram] = {"f": self.program}

        def of(kind: str) -> ArrayProgram:
            if kind not in known:
                local = self._separable if kind == "hessian" else None
                dense = None if local is None else dense_hessian(local)
                known[kind] = dense or getattr(derivatives, kind)(self.program)
            return known[kind]

        return of

    def _library(self, kind: str, emit: Callable[[], EmittedArrays]) -> Library:
        """The machine code of a kind, made now if need be."""
        if kind not in self._made:
            start = time.perf_counter()
            emitted = emit()
            library = build(emitted.text, ["kernel"], symbol_addresses(emitted.symbols), Effort.LOOPS)
            self._made[kind] = Made(library, emitted, time.perf_counter() - start)
        return self._made[kind].library

    def _emitted(self, kind: str) -> EmittedArrays:
        returns_first = kind in {"f", "value_and_gradient"}
        symmetric = kind == "hessian"
        return emit_arrays(self.piece(kind), self.program.size_names, returns_first=returns_first, symmetric=symmetric)

    def _call(self, kind: str, binding: Binding) -> Call:
        library = self._library(kind, lambda: self._emitted(kind))
        n = binding.dimension
        shape = {"f": (), "hessian": (n, n)}.get(kind, (n,))
        arguments = Arguments(
            n,
            directions=n if kind == "hvp" else -1,
            parameters=len(binding.context),
            rows=shape[0] if shape else -1,
            columns=shape[1] if len(shape) == 2 else -1,
            release=n > RELEASE_FROM,
        )
        address = library.addresses["kernel"]
        return Call(fast_call(address, arguments, library), address, shape, binding.context, binding.data)
