"""Elementary functions of W lanes of float64 as LLVM IR, within 2 ULP over the whole range (measured: 1.7).

``definition("tanh", 8)`` is the text of ``@hm_tanh_v8``, a function ``<8 x double> → <8 x double>``; ``@hm_tanh_v1``
takes and gives a ``double``.  All widths do the same operations, so a number's result does not depend on its lane.
±0, ±∞, NaN, subnormal numbers, overflow and underflow come out as in the C library.

The code is straight, without branches or tables, so that LLVM can inline it and its loop vectoriser can widen
``@hm_NAME_v1``; only sin, cos and tan have a branch, for |x| > 2²⁷, where they ask the C library and are as good
as it is (``variants`` lets the vectoriser choose among their widths).

``llvm.fma`` is one instruction on every processor since 2013 (elsewhere a slow and correct library call).
"""

from __future__ import annotations

from functools import cache

from hessmath.errors import InputError
from hessmath.kernels.lanes import Lanes, Number, Writer, magnitude
from hessmath.kernels.vector_functions import CIRCULAR, CIRCULAR_LIMIT, STRAIGHT

NAMES: tuple[str, ...] = (*STRAIGHT, *CIRCULAR)
"""The functions that ``definition`` offers."""


@cache
def definition(name: str, width: int) -> tuple[str, tuple[str, ...]]:
    """The IR of ``define internal <W x double> @hm_NAME_vW(<W x double> %x)``, and the outside functions it calls.

    The outside functions are intrinsics (``llvm.fma.v8f64``) and functions double → double of the C library (``sin``);
    ``declaration`` gives the line that declares one, ``library_symbols`` those to link.

    Raises
    ------
    InputError
        If there is no vector form of the function.

    Examples
    --------
    >>> text, calls = definition("exp", 4)
    >>> text.splitlines()[0]
    'define internal <4 x double> @hm_exp_v4(<4 x double> %x) nounwind willreturn memory(none) {'
    >>> calls
    ('llvm.fma.v4f64',)
    """
    if name not in NAMES:
        raise InputError(f"There is no vector form of {name}, only of {', '.join(NAMES)}.")
    writer = Writer(width)
    x = Number(writer, "%x")
    kind = writer.lanes.double
    # Inlined, a branch would keep a loop from being vectorised; a call can be, see ``variants``.
    apart = "noinline " if width == 1 and name in CIRCULAR else ""
    head = f"define internal {kind} @hm_{name}_v{width}({kind} %x) {apart}nounwind willreturn memory(none) {{"
    if name in STRAIGHT:
        result = STRAIGHT[name](x)
        text = "\n".join([head, *writer.lines, f"ret {kind} {result.name}", "}"])
        return text, _called(text)
    near = CIRCULAR[name](x)
    large = magnitude(x) > CIRCULAR_LIMIT
    some = large.name
    if width > 1:
        packed = writer.new(f"bitcast {writer.lanes.truth} {large.name} to i{width}")
        some = writer.new(f"icmp ne i{width} {packed}, 0")
    writer.lines.append(f"br i1 {some}, label %rare, label %usual\nusual:\nret {kind} {near.name}\nrare:")
    far = Number(writer, writer.new(f"call {kind} @hm_{name}_far_v{width}({kind} %x)"))
    mixed = large.pick(far, near).name
    text = "\n".join([head, *writer.lines, f"ret {kind} {mixed}", "}"])
    text += "\n" + _lane_by_lane(f"hm_{name}_far_v{width}", name, 1, width)
    return text, _called(text)


def variants(name: str, widths: tuple[int, ...] = (4, 8)) -> str:
    """The attribute of a call of ``@hm_NAME_v1`` that lets LLVM's loop vectoriser use these widths instead.

    The module must define them and keep them by ``@llvm.compiler.used``.  Only the circular functions need this:
    the others are straight and are inlined and widened.

    Examples
    --------
    >>> variants("sin", (4,))
    '"vector-function-abi-variant"="_ZGV_LLVM_N4v_hm_sin_v1(hm_sin_v4)"'
    """
    listed = ",".join(f"_ZGV_LLVM_N{width}v_hm_{name}_v1(hm_{name}_v{width})" for width in widths)
    return f'"vector-function-abi-variant"="{listed}"'


def library_symbols(calls: tuple[str, ...]) -> tuple[str, ...]:
    """What a module that calls these must be linked with: where a processor has no fused multiply-add, C's ``fma``."""
    found = dict.fromkeys(name for name in calls if not name.startswith("llvm."))
    return (*found, "fma") if any(name.startswith("llvm.fma.") for name in calls) else tuple(found)


@cache
def lanewise(symbol: str, arity: int, width: int) -> tuple[str, tuple[str, ...]]:
    """The IR of ``@hm_SYMBOL_vW``, which calls a scalar function once for each lane, and that function's name.

    For functions without a vector form: of the C library (``atan``) or of SciPy (``scipy_psi``, which take one more
    argument that says "skip dispatch").
    """
    return _lane_by_lane(f"hm_{symbol}_v{width}", symbol, arity, width), (symbol,)


def _lane_by_lane(name: str, symbol: str, arity: int, width: int) -> str:
    kind = Lanes(width).double
    arguments = ["%x", "%y", "%z"][:arity]
    skip = ", i32 0" if symbol.startswith("scipy_") else ""
    lines = [
        f"define internal {kind} @{name}({', '.join(f'{kind} {a}' for a in arguments)}) noinline nounwind willreturn {{"
    ]
    if width == 1:
        lines.append(f"%r = call double @{symbol}({', '.join(f'double {a}' for a in arguments)}{skip})")
        return "\n".join([*lines, "ret double %r", "}"])
    last = "poison"
    for i in range(width):
        for a in arguments:
            lines.append(f"{a}{i} = extractelement {kind} {a}, i32 {i}")
        lines.append(f"%r{i} = call double @{symbol}({', '.join(f'double {a}{i}' for a in arguments)}{skip})")
        lines.append(f"%s{i} = insertelement {kind} {last}, double %r{i}, i32 {i}")
        last = f"%s{i}"
    return "\n".join([*lines, f"ret {kind} {last}", "}"])


def declaration(name: str, arity: int = 1) -> str:
    """The line that declares a function that ``definition``, or ``lanewise`` of this arity, says it calls."""
    if not name.startswith("llvm."):
        types = ["double"] * arity + ["i32"] * name.startswith("scipy_")
        return f"declare double @{name}({', '.join(types)})"
    _, short, suffix = name.split(".")
    kind = Lanes(1 if suffix == "f64" else int(suffix[1:-3])).double
    return f"declare {kind} @{name}({', '.join([kind] * {'fma': 3, 'copysign': 2}.get(short, 1))})"


def _called(text: str) -> tuple[str, ...]:
    """The functions that a text calls and does not define, in order."""
    found = (part.partition("(")[0] for part in text.split("@")[1:])
    return tuple(dict.fromkeys(name for name in found if not name.startswith("hm_")))
