"""Kernel: a function and its derivatives as machine code, called with NumPy arrays.

Everything is compiled on first use and only what is used: ``kernel.f`` alone pays for f alone.  Calls go through
``calling.fast_call``; what it will not take (lists, integers, other layouts, wrong shapes, ``out`` that overlaps
the input) is converted or explained here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath import program
from hessmath.errors import InputError, WrongKind
from hessmath.kernels.calling import Arguments, fast_call
from hessmath.kernels.emission import Inputs
from hessmath.kernels.tiers import Automatic, Served, Tier
from hessmath.program import Tape, cost
from hessmath.program.better_forms import refined

if TYPE_CHECKING:
    from hessmath.kernels.accuracy import Accuracy
    from hessmath.kernels.batch import Batch
    from hessmath.kernels.jit import JitFunctions
    from hessmath.program.passes import Pass

Float64 = NDArray[np.float64]
Parameters = ArrayLike | Mapping[str, float]

KINDS = ("f", "gradient", "hessian", "hvp", "value_and_gradient", "jacobian")

#: From this many instructions on, a call lets other Python threads run (about 20 µs against 0.1 µs of switching).
RELEASE_FROM = 20_000

_C_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_void_p] * 4)


@dataclass(frozen=True)
class Piece:
    """One compiled function: f, or one of its derivatives.

    ``address`` is that of ``double (const double *x, const double *v, const double *parameters, double *out)``,
    good as long as ``served`` is referenced, which says what runs there.  ``call`` is the fast entry of
    ``calling.fast_call``.
    """

    kind: str
    tape: Tape = field(repr=False)
    arguments: Arguments
    returns_value: bool
    address: int
    call: Callable[..., Any] = field(repr=False)
    served: Served = field(repr=False)

    @property
    def code(self) -> Callable[..., float]:
        """The machine code as a ctypes function on four addresses; the caller keeps the piece alive."""
        return _C_SIGNATURE(self.address)


@dataclass(frozen=True, eq=False)
class Kernel:
    """Machine code of f: ℝⁿ → ℝ (or ℝᵐ) and of its derivatives; build it with ``compile_tapes``.

    All numbers are float64.  Lists, integers and other layouts are converted; NaN and ∞ are allowed and propagate.
    With ``out``, a C-contiguous float64 array of the result's shape, the result is written there and ``out`` itself
    is returned.  Functions with parameters take them as ``parameters=``, an array in order or a mapping by name.
    A kernel may be used from several threads at once.

    Attributes
    ----------
    name : what error messages call the function
    variables : names of the entries of x
    parameters : names of the parameters
    tapes : per kind ("f", "gradient", …) a Tape or a function that makes it; what is missing is derived from f
    tier : how tapes are made to run: ``Automatic()``, ``Optimised()``, ``Quick()``, ``Interpreter()``
    passes : what is done to the derived tapes
    """

    name: str
    variables: tuple[str, ...]
    parameters: tuple[str, ...]
    tapes: Mapping[str, Tape | Callable[[], Tape]] = field(repr=False)
    tier: Tier = field(default_factory=Automatic, repr=False)
    passes: Sequence[Pass] = field(default=program.STANDARD, repr=False)

    # ---- evaluation -------------------------------------------------------------------------------

    def f(self, x: ArrayLike, *, out: Float64 | None = None, parameters: Parameters | None = None) -> Any:
        """f(x): a float, or for a map an array (m,).

        Raises
        ------
        InputError
            If x, out or parameters have the wrong length or are no real numbers.

        Examples
        --------
        >>> import sympy
        >>> from hessmath.kernels import compile_tapes
        >>> from hessmath.program import lower
        >>> x, y = sympy.symbols("x y")
        >>> k = compile_tapes(lower(100 * (y - x**2) ** 2 + (1 - x) ** 2, [x, y]))
        >>> k.f([-1, 2])
        104.0
        >>> k.gradient([-1, 2])
        array([396., 200.])
        """
        piece = self._f
        if piece.returns_value:
            value = piece.call(x) if parameters is None else piece.call(x, parameters)
            if value is not None and out is None:
                return value
            return self._scalar(piece, x, out, parameters)
        return self._array(piece, x, None, out, parameters)

    def gradient(self, x: ArrayLike, *, out: Float64 | None = None, parameters: Parameters | None = None) -> Float64:
        """∇f(x), shape (n,)."""
        piece = self._gradient
        if out is None:
            out = np.empty(len(self.variables))
        done = piece.call(x, out) if parameters is None else piece.call(x, parameters, out)
        return out if done is not None else self._array(piece, x, None, out, parameters)

    def hessian(self, x: ArrayLike, *, out: Float64 | None = None, parameters: Parameters | None = None) -> Float64:
        """∇²f(x), shape (n, n), symmetric bit for bit."""
        piece = self._hessian
        if out is None:
            out = np.empty((len(self.variables), len(self.variables)))
        done = piece.call(x, out) if parameters is None else piece.call(x, parameters, out)
        return out if done is not None else self._array(piece, x, None, out, parameters)

    def hvp(
        self,
        x: ArrayLike,
        v: ArrayLike,
        *,
        out: Float64 | None = None,
        parameters: Parameters | None = None,
    ) -> Float64:
        """∇²f(x) v, shape (n,), without forming the Hessian; costs a small multiple of one f."""
        piece = self._hvp
        if out is None:
            out = np.empty(len(self.variables))
        done = piece.call(x, v, out) if parameters is None else piece.call(x, v, parameters, out)
        return out if done is not None else self._array(piece, x, v, out, parameters)

    def value_and_gradient(
        self, x: ArrayLike, *, out: Float64 | None = None, parameters: Parameters | None = None
    ) -> tuple[float, Float64]:
        """f(x) and ∇f(x), which share their subexpressions; ``out`` takes the gradient."""
        piece = self._value_and_gradient
        if out is None:
            out = np.empty(len(self.variables))
        value = piece.call(x, out) if parameters is None else piece.call(x, parameters, out)
        return (value, out) if value is not None else self._slowly(piece, x, None, out, parameters)

    def jacobian(self, x: ArrayLike, *, out: Float64 | None = None, parameters: Parameters | None = None) -> Float64:
        """The Jacobian of a map, shape (m, n): row i is ∇fᵢ, where matrix values count row by row."""
        return self._array(self._jacobian, x, None, out, parameters)

    # ---- use from elsewhere -----------------------------------------------------------------------

    def address(self, kind: str) -> int:
        """Where the machine code of "f", "gradient", "hessian", … is, for callers that are compiled themselves.

        Its C signature is ``double (const double *x, const double *v, const double *parameters, double *out)``: it
        returns the scalar part (f for "f" and "value_and_gradient", else 0) and writes the array part.  Null is
        allowed for what is not used; ``out`` must not overlap the inputs.  Dead when the kernel is.
        """
        return self.piece(kind).address

    def piece(self, kind: str) -> Piece:
        """One compiled function by its kind, compiled now if need be."""
        if kind not in KINDS:
            raise InputError(f'A kernel has {", ".join(KINDS)}, but no "{kind}".')
        piece: Piece = getattr(self, f"_{kind}")
        return piece

    @cached_property
    def jit(self) -> JitFunctions:
        """The same functions for use inside Numba-compiled code: ``kernel.jit.f``, ``kernel.jit.gradient``, …"""
        from hessmath.kernels.jit import JitFunctions

        return JitFunctions(self)

    @cached_property
    def batch(self) -> Batch:
        """The same functions at many points, rows of an array: ``kernel.batch.f``, ``kernel.batch.gradient``, …"""
        from hessmath.kernels.batch import Batch

        return Batch(self)

    @cached_property
    def costs(self) -> program.CostTable:
        """Exact operation counts of f and its derivatives, ``k.costs["hvp"].total``; printed as a table."""
        kinds = [kind for kind in KINDS if (kind == "jacobian") != self._is_scalar or kind == "f"]
        return cost.table({kind: self.tape(kind) for kind in kinds})

    def verify(
        self, *, points: int | ArrayLike = 64, scale: float = 2.0, rng: np.random.Generator | int = 0
    ) -> Accuracy:
        """Compare f and its derivatives with enclosures at random and at nasty points; see ``accuracy.verify``."""
        from hessmath.kernels.accuracy import verify

        return verify(self, points=points, scale=scale, rng=rng)

    def __repr__(self) -> str:
        compiled = [kind for kind in KINDS if f"_{kind}" in self.__dict__]
        arguments = ", ".join(self.variables) + ("; " + ", ".join(self.parameters) if self.parameters else "")
        return f"<Kernel {self.name}({arguments}), compiled: {', '.join(compiled) or 'nothing yet'}>"

    # ---- compilation ------------------------------------------------------------------------------

    @cached_property
    def _f(self) -> Piece:
        tape = self.tape("f")
        return self._compile("f", tape, returns_value=tape.shape == ())

    @cached_property
    def _gradient(self) -> Piece:
        self._need_scalar("gradient")
        return self._compile("gradient", self.tape("gradient"))

    @cached_property
    def _hessian(self) -> Piece:
        self._need_scalar("hessian")
        return self._compile("hessian", self.tape("hessian"))

    @cached_property
    def _hvp(self) -> Piece:
        self._need_scalar("hvp")
        return self._compile("hvp", self.tape("hvp"))

    @cached_property
    def _value_and_gradient(self) -> Piece:
        self._need_scalar("value_and_gradient")
        return self._compile("value_and_gradient", self.tape("value_and_gradient"), returns_value=True)

    @cached_property
    def _jacobian(self) -> Piece:
        if self._f.returns_value:
            raise WrongKind(f"{self.name} is a scalar: use gradient, or give a map as a vector of formulas.")
        return self._compile("jacobian", self.tape("jacobian"))

    def tape(self, kind: str) -> Tape:
        """The program of f or of a derivative: what was given, else derived from f's."""
        given = self.tapes.get(kind)
        if given is not None:
            return given if isinstance(given, Tape) else given()
        f = self.tape("f")
        derive: Mapping[str, Callable[..., Tape]] = {
            "gradient": program.gradient,
            "hessian": program.hessian,
            "hvp": program.hvp,
            "value_and_gradient": program.value_and_gradient,
            "jacobian": program.jacobian,
        }
        return refined(derive[kind](f, self.variables), self.passes)

    def _compile(self, kind: str, tape: Tape, *, returns_value: bool = False) -> Piece:
        n = len(self.variables)
        takes_v = kind == "hvp"
        inputs = Inputs(n, len(self.parameters), n if takes_v else 0)
        shape = self._shape(kind, tape)
        if prod(shape) + (returns_value and bool(shape)) != len(tape.outputs):
            wanted = f"the value and {prod(shape)} entries" if returns_value and shape else f"shape {shape}"
            raise InputError(f"The tape of {kind} must give {wanted}, but gives {len(tape.outputs)} numbers.")
        served = self.tier.serve(tape, inputs, returns_first=returns_value)
        arguments = Arguments(
            n,
            directions=n if takes_v else -1,
            parameters=len(self.parameters) or -1,
            rows=shape[0] if shape else -1,
            columns=shape[1] if len(shape) == 2 else -1,
            release=served.code.instructions >= RELEASE_FROM,
        )
        call = fast_call(served.address, arguments, served)
        return Piece(kind, tape, arguments, returns_value, served.address, call, served)

    def _shape(self, kind: str, tape: Tape) -> tuple[int, ...]:
        """The shape of the array part: what the kernel promises, whatever the tape says."""
        n = len(self.variables)
        if kind == "f":
            if len(tape.shape) > 2:
                raise InputError(
                    f"{self.name} has values of shape {tape.shape}: kernels give numbers, vectors, matrices."
                )
            return tape.shape
        if kind == "hessian":
            return (n, n)
        return (len(self.tape("f").outputs), n) if kind == "jacobian" else (n,)

    def _need_scalar(self, what: str) -> None:
        if not self._is_scalar:
            raise WrongKind(f"{what} needs a scalar function, but {self.name} is a map: use jacobian.")

    @cached_property
    def _is_scalar(self) -> bool:
        return self.tape("f").shape == ()

    # ---- the slow and explaining route ------------------------------------------------------------

    def _array(
        self, piece: Piece, x: ArrayLike, v: ArrayLike | None, out: Float64 | None, parameters: Parameters | None
    ) -> Float64:
        """The array part: the fast call where it can be, else the slow route."""
        if out is None:
            out = np.empty(piece.arguments.out_shape)
        given = [a for a in (x, v, parameters) if a is not None]
        if piece.call(*given, out) is not None:
            return out
        return self._slowly(piece, x, v, out, parameters)[1]

    def _scalar(
        self, piece: Piece, x: ArrayLike, out: Float64 | None, parameters: Parameters | None
    ) -> float | Float64:
        if out is None:
            return self._slowly(piece, x, None, None, parameters)[0]
        self._check_out(out, ())
        value, _ = self._slowly(piece, x, None, None, parameters)
        out[()] = value
        return out

    def _slowly(
        self,
        piece: Piece,
        x: ArrayLike,
        v: ArrayLike | None,
        out: Float64 | None,
        parameters: Parameters | None,
    ) -> tuple[float, Any]:
        """Check and convert everything, then call; returns the scalar and the array part."""
        point = self._vector(x, "x", self.variables, "variables")
        direction = self._vector(v, "v", self.variables, "variables") if piece.arguments.directions >= 0 else None
        constants = self._parameters(parameters)
        if out is not None:
            self._check_out(out, piece.arguments.out_shape)
        # A result of its own, so that out may share memory with what is read.
        result = np.empty(piece.arguments.out_shape) if out is not None else None
        value = piece.code(*(None if a is None else a.ctypes.data for a in (point, direction, constants, result)))
        if out is not None:
            out[...] = result
        return value, out

    def _vector(self, values: Any, what: str, names: Sequence[str], nouns: str) -> Float64:
        array = _real_array(values, what)
        if array.ndim != 1:
            kind = "a single number" if array.ndim == 0 else f"an array of shape {array.shape}"
            raise InputError(f"{what} is {kind}, but {self.name} takes {_count(names, nouns)} as one vector.")
        if len(array) != len(names):
            raise InputError(f"{what} has length {len(array)}, but {self.name} takes {_count(names, nouns)}.")
        return np.ascontiguousarray(array)

    def _parameters(self, given: Parameters | None) -> Float64 | None:
        if not self.parameters:
            if given is not None and np.size(given if not isinstance(given, Mapping) else list(given)):
                raise InputError(f"{self.name} has no parameters, but parameters= was given.")
            return None
        if given is None:
            raise InputError(
                f"{self.name} has {_count(self.parameters, 'parameters')}: give their values as parameters=."
            )
        if isinstance(given, Mapping):
            missing = [name for name in self.parameters if name not in given]
            unknown = [str(name) for name in given if name not in self.parameters]
            if missing or unknown:
                fault = f"{unknown[0]} is not one of them" if unknown else f"a value for {missing[0]} is missing"
                raise InputError(f"{self.name} has {_count(self.parameters, 'parameters')}, but {fault}.")
            given = [given[name] for name in self.parameters]
        return self._vector(given, "parameters", self.parameters, "parameters")

    def _check_out(self, out: Any, shape: tuple[int, ...]) -> None:
        if not isinstance(out, np.ndarray) or out.dtype != np.float64:
            had = f"an array of {out.dtype}" if isinstance(out, np.ndarray) else f"a {type(out).__name__}"
            raise InputError(f"out must be a float64 array of shape {shape}, but is {had}.")
        if out.shape != shape:
            raise InputError(f"out has shape {out.shape}, but the result of {self.name} has shape {shape}.")
        if not out.flags.writeable:
            raise InputError("out is read-only: pass an array that can be written.")


def compile_tapes(
    f: Tape | Callable[[], Tape],
    *,
    name: str = "f",
    variables: Sequence[str] | None = None,
    parameters: Sequence[str] = (),
    tier: Tier | None = None,
    passes: Sequence[Pass] | None = None,
    **derivatives: Tape | Callable[[], Tape],
) -> Kernel:
    """A Kernel of a tape whose inputs are the variables, then the parameters.

    Parameters
    ----------
    f : the tape, or a function that makes it when it is first needed (then ``variables`` must be given)
    name : what error messages call the function
    variables : names of the entries of x; by default the tape's inputs save the parameters
    parameters : names of the inputs that stay fixed, the last ones of the tape
    tier : how tapes are made to run; ``Automatic()`` when left out
    passes : what is done to the derivatives that are derived from f; ``program.STANDARD`` if not given
    derivatives : tapes for gradient, hessian, hvp, value_and_gradient or jacobian where they exist already; what is
        missing is derived from f on first use.  The inputs of hvp are variables, parameters, direction.

    Raises
    ------
    InputError
        If the tape's inputs are not the variables followed by the parameters.
    """
    unknown = set(derivatives) - set(KINDS)
    if unknown:
        raise InputError(f'A kernel has {", ".join(KINDS)}, but no "{sorted(unknown)[0]}".')
    if variables is None:
        if not isinstance(f, Tape):
            raise InputError("A tape that is made later needs variables=: their names, in order.")
        variables = [each for each in f.names if each not in parameters]
    if isinstance(f, Tape) and f.names != (*variables, *parameters):
        expected = ", ".join((*variables, *parameters))
        raise InputError(f"The inputs of the tape are {', '.join(f.names)}, but must be {expected} in this order.")
    tapes = {"f": f, **derivatives}
    chosen = program.STANDARD if passes is None else passes
    return Kernel(name, tuple(variables), tuple(parameters), tapes, tier or Automatic(), chosen)


def _real_array(values: Any, what: str) -> Float64:
    """Real numbers as float64.

    Raises
    ------
    InputError
        If they are complex, text or ragged.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise InputError(f"{what} must be one row of real numbers, but its entries have different lengths.") from None
    if array.dtype.kind in "fiub":
        return array.astype(np.float64, copy=False)
    if array.dtype.kind == "O":
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            pass
    kind = {"c": "complex numbers", "U": "text", "S": "bytes"}.get(array.dtype.kind, f"objects ({array.dtype})")
    raise InputError(f"{what} must hold real numbers, but holds {kind}.")


def _count(names: Sequence[str], noun: str) -> str:
    """'2 variables (x, y)': how many, and the first few names."""
    shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    return f"{len(names)} {noun if len(names) != 1 else noun[:-1]}" + (f" ({shown})" if names else "")
