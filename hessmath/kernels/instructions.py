"""Single instructions in LLVM IR: what each primitive of the op table becomes, for one number or several side by side.

The op table says it by a word: ``inline`` (a template of this file), ``intrinsic:NAME`` of LLVM, ``libm:NAME`` of the C
library, ``scipy:NAME`` of SciPy's compiled functions.
"""

from __future__ import annotations

import math
from fractions import Fraction

from hessmath.errors import InputError
from hessmath.kernels.lanes import Lanes
from hessmath.kernels.special import DECLARATIONS, DEFINITIONS
from hessmath.program import NamedConstant, Primitive
from hessmath.program.primitives import CONSTANT, INPUT

#: What the emission ``"inline"`` (of the primitive itself) or ``"inline:NAME"`` stands for: ``{r}`` is the result,
#: ``{a} {b} {c}`` the operands; names that begin with ``{r}.`` are temporaries.  ``{T}`` is the type of the numbers
#: (``double``, or several side by side), ``{B}`` that of comparisons, ``{S}`` the end of an intrinsic's name;
#: ``{zero} {half} {one}`` are constants.
INLINE = {
    "add": "{r} = fadd {T} {a}, {b}",
    "sub": "{r} = fsub {T} {a}, {b}",
    "mul": "{r} = fmul {T} {a}, {b}",
    "div": "{r} = fdiv {T} {a}, {b}",
    "neg": "{r} = fneg {T} {a}",
    "abs": "{r} = call {T} @llvm.fabs.{S}({T} {a})",
    "min": "{r} = call {T} @llvm.minimum.{S}({T} {a}, {T} {b})",
    "max": "{r} = call {T} @llvm.maximum.{S}({T} {a}, {T} {b})",
    "lt": "{r}.i = fcmp olt {T} {a}, {b}\n{r} = uitofp {B} {r}.i to {T}",
    "le": "{r}.i = fcmp ole {T} {a}, {b}\n{r} = uitofp {B} {r}.i to {T}",
    "eq": "{r}.i = fcmp oeq {T} {a}, {b}\n{r} = uitofp {B} {r}.i to {T}",
    "select": "{r}.i = fcmp une {T} {a}, {zero}\n{r} = select {B} {r}.i, {T} {b}, {T} {c}",
    # ±1 where |a| > 0; at 0 and NaN a + 0, since the sign of −0 is 0
    "sign": (
        "{r}.i = fcmp one {T} {a}, {zero}\n"
        "{r}.s = call {T} @llvm.copysign.{S}({T} {one}, {T} {a})\n"
        "{r}.z = fadd {T} {a}, {zero}\n{r} = select {B} {r}.i, {T} {r}.s, {T} {r}.z"
    ),
    # H(0) = ½, as in SymPy; NaN stays
    "heaviside": (
        "{r}.i = fcmp ogt {T} {a}, {zero}\n{r}.j = fcmp olt {T} {a}, {zero}\n{r}.k = fcmp oeq {T} {a}, {zero}\n"
        "{r}.a = select {B} {r}.k, {T} {half}, {T} {a}\n{r}.b = select {B} {r}.j, {T} {zero}, {T} {r}.a\n"
        "{r} = select {B} {r}.i, {T} {one}, {T} {r}.b"
    ),
    # with e = exp(−|a|): 1/(1 + e) for a ≥ 0 and e/(1 + e) below, so that no exponential overflows
    "sigmoid": (
        "{r}.a = call {T} @llvm.fabs.{S}({T} {a})\n{r}.n = fneg {T} {r}.a\n"
        "{r}.e = call {T} @exp({T} {r}.n)\n{r}.i = fcmp olt {T} {a}, {zero}\n"
        "{r}.t = select {B} {r}.i, {T} {r}.e, {T} {one}\n{r}.d = fadd {T} {one}, {r}.e\n"
        "{r} = fdiv {T} {r}.t, {r}.d"
    ),
    # log(1 + exp a) = max(a, 0) + log1p(exp(−|a|))
    "softplus": (
        "{r}.a = call {T} @llvm.fabs.{S}({T} {a})\n{r}.n = fneg {T} {r}.a\n"
        "{r}.e = call {T} @exp({T} {r}.n)\n{r}.l = call {T} @log1p({T} {r}.e)\n"
        "{r}.m = call {T} @llvm.maximum.{S}({T} {a}, {T} {zero})\n{r} = fadd {T} {r}.m, {r}.l"
    ),
    # log(exp a + exp b) = max(a, b) + log1p(exp(−|a − b|)); a = b is apart, since ∞ − ∞ is no number
    "logaddexp": (
        "{r}.i = fcmp oeq {T} {a}, {b}\n{r}.s = fsub {T} {a}, {b}\n"
        "{r}.d = select {B} {r}.i, {T} {zero}, {T} {r}.s\n{r}.a = call {T} @llvm.fabs.{S}({T} {r}.d)\n"
        "{r}.n = fneg {T} {r}.a\n{r}.e = call {T} @exp({T} {r}.n)\n"
        "{r}.l = call {T} @log1p({T} {r}.e)\n"
        "{r}.m = call {T} @llvm.maximum.{S}({T} {a}, {T} {b})\n{r} = fadd {T} {r}.m, {r}.l"
    ),
    # log Γ(a) is not real for a < 0, where the C library gives its real part
    "loggamma": (
        "{r}.i = fcmp olt {T} {a}, {zero}\n{r}.g = call {T} @lgamma({T} {a})\n"
        "{r} = select {B} {r}.i, {T} 0x7FF8000000000000, {T} {r}.g"
    ),
    # cos a − 1 = −2 sin²(a/2)
    "cosm1": (
        "{r}.h = fmul {T} {a}, {half}\n{r}.s = call {T} @sin({T} {r}.h)\n"
        "{r}.q = fmul {T} {r}.s, {r}.s\n{r} = fmul {T} {r}.q, -2.0"
    ),
    # the remainder with the sign of b
    "mod": (
        "{r}.m = call {T} @fmod({T} {a}, {T} {b})\n{r}.i = fcmp one {T} {r}.m, {zero}\n"
        "{r}.s = fcmp olt {T} {r}.m, {zero}\n{r}.t = fcmp olt {T} {b}, {zero}\n{r}.j = xor {B} {r}.s, {r}.t\n"
        "{r}.k = and {B} {r}.i, {r}.j\n{r}.a = fadd {T} {r}.m, {b}\n"
        "{r} = select {B} {r}.k, {T} {r}.a, {T} {r}.m"
    ),
    # √(a² + b²) = √((ca)² + (cb)²)/c with c = 2⁻⁶⁰⁰, 1 or 2⁶⁰⁰, so that no square overflows or vanishes; twice as
    # fast as the C library's
    "hypot": (
        "{r}.a = call {T} @llvm.fabs.{S}({T} {a})\n{r}.b = call {T} @llvm.fabs.{S}({T} {b})\n"
        "{r}.m = call {T} @llvm.maximum.{S}({T} {r}.a, {T} {r}.b)\n"
        "{r}.i = fcmp ogt {T} {r}.m, 0x5F30000000000000\n{r}.j = fcmp olt {T} {r}.m, 0x20B0000000000000\n"
        "{r}.k = select {B} {r}.j, {T} 0x6570000000000000, {T} {one}\n"
        "{r}.c = select {B} {r}.i, {T} 0x1A70000000000000, {T} {r}.k\n"
        "{r}.l = select {B} {r}.j, {T} 0x1A70000000000000, {T} {one}\n"
        "{r}.d = select {B} {r}.i, {T} 0x6570000000000000, {T} {r}.l\n"
        "{r}.x = fmul {T} {r}.a, {r}.c\n{r}.y = fmul {T} {r}.b, {r}.c\n"
        "{r}.p = fmul {T} {r}.x, {r}.x\n{r}.q = fmul {T} {r}.y, {r}.y\n{r}.s = fadd {T} {r}.p, {r}.q\n"
        "{r}.t = call {T} @llvm.sqrt.{S}({T} {r}.s)\n{r} = fmul {T} {r}.t, {r}.d"
    ),
    # √(1 + a) − 1 = a/(1 + √(1 + a)); ∞ stays
    "sqrt1pm1": (
        "{r}.p = fadd {T} {a}, {one}\n{r}.q = call {T} @llvm.sqrt.{S}({T} {r}.p)\n"
        "{r}.d = fadd {T} {r}.q, {one}\n{r}.f = fdiv {T} {a}, {r}.d\n"
        "{r}.i = fcmp oeq {T} {a}, 0x7FF0000000000000\n{r} = select {B} {r}.i, {T} {a}, {T} {r}.f"
    ),
}

SCALAR = Lanes(1)

#: The functions of two arguments among those that inline templates call.
_BINARY = ("llvm.minimum.", "llvm.maximum.", "llvm.copysign.", "fmod")


def forms(lanes: Lanes) -> dict[str, str]:
    """What the marks of templates stand for besides operands and result."""
    return {
        "T": lanes.double,
        "B": lanes.truth,
        "S": lanes.suffix,
        **{name: lanes.literal(value) for name, value in (("zero", 0.0), ("half", 0.5), ("one", 1.0))},
    }


def operation(row: Primitive, lanes: Lanes = SCALAR) -> tuple[str, tuple[tuple[str, int], ...]]:
    """The line or lines of one primitive in terms of {r}, {a}, {b}, {c}, and the functions (name, arity) it calls.

    Functions of the C library and of SciPy take one number only.

    Raises
    ------
    InputError
        If the row asks for an emission that kernels does not know.
    """
    kind, _, symbol = row.emission.partition(":")
    if kind == "inline":
        operands = {letter: f"{{{letter}}}" for letter in "rabc"}
        text = INLINE[symbol or row.name].format(**operands, **forms(lanes))
        functions = [part.partition("(")[0] for part in text.split("@")[1:]]
        return text, tuple((function, 2 if function.startswith(_BINARY) else 1) for function in functions)
    kinds = {"intrinsic": lanes.double, "libm": "double", "scipy": "double", "user": "double"}
    if kind not in kinds:
        raise InputError(f'The op table asks for the emission "{row.emission}" of {row.name}; kernels knows no {kind}.')
    arguments = ", ".join(f"{kinds[kind]} {{{letter}}}" for letter in "abc"[: row.arity])
    if kind == "intrinsic":
        symbol = f"{symbol}.{lanes.suffix}"
    elif kind == "scipy":
        symbol = f"scipy_{symbol}"
        arguments += ", i32 0"  # Cython's "skip dispatch"
    elif kind == "user":
        symbol = f"user_{symbol}"
    return f"{{r}} = call {kinds[kind]} @{symbol}({arguments})", ((symbol, row.arity),)


def declare(
    function: str, arity: int, declared: dict[str, str], symbols: dict[str, None], lanes: Lanes = SCALAR
) -> None:
    """Add the declaration (or definition) of a called function, and its name where it comes from outside."""
    if function in declared:
        return
    if function in DEFINITIONS:
        text, calls = DEFINITIONS[function]
        for called in calls:
            declare(called, 2 if called in ("pow", "scipy_expn") else 1, declared, symbols)
        declared[function] = text
        return
    kind = lanes.double if function.startswith("llvm.") else "double"
    types = [kind] * arity + ["i32"] * function.startswith("scipy_")
    outside = not function.startswith("llvm.")
    # "nobuiltin": LLVM must not replace a call by what it holds to be equal, pow(x, 0.5) by a root for one
    usual = f"declare {kind} @{function}({', '.join(types)})" + " nobuiltin" * outside
    declared[function] = DECLARATIONS.get(function, usual)
    if outside:
        symbols[function] = None


def is_for_lanes(template: str) -> bool:
    """Whether a template can be written on several numbers at once: no function of a library, no number spelled out."""
    text = INLINE[template]
    called = [part.partition("(")[0] for part in text.split("@")[1:]]
    return "0x" not in text and all(function.startswith("llvm.") for function in called)


def scalar_function(name: str, template: str, arity: int, declared: dict[str, str], symbols: dict[str, None]) -> str:
    """A template as a function of its own on single numbers; what it calls is declared."""
    operands = {letter: f"%{letter}" for letter in "abc"[:arity]}
    text = INLINE[template].format(r="%r", **operands, **forms(SCALAR))
    for function in (part.partition("(")[0] for part in text.split("@")[1:]):
        declare(function, 2 if function.startswith(_BINARY) else 1, declared, symbols)
    arguments = ", ".join(f"double {operand}" for operand in operands.values())
    return f"define internal double @{name}({arguments}) alwaysinline nounwind {{\n{text}\nret double %r\n}}"


class Instructions:
    """Writes single instructions on numbers of a type, and collects the declarations that they need."""

    def __init__(self, lanes: Lanes = SCALAR) -> None:
        self.lanes = lanes
        self.form = forms(lanes)
        self.declared: dict[str, str] = {}
        self.symbols: dict[str, None] = {}

    def instruction(self, name: str, emission: str, result: str, values: list[str]) -> str:
        """The line or lines of one instruction; the functions that it calls are declared."""
        kind, _, symbol = emission.partition(":")
        if kind == "inline":
            return self.inline(symbol or name, result, values)
        if kind == "intrinsic":
            function = f"{symbol}.{self.lanes.suffix}"
            self.declare(function, len(values))
            arguments = ", ".join(f"{self.lanes.double} {value}" for value in values)
            return f"{result} = call {self.lanes.double} @{function}({arguments})"
        if kind not in ("libm", "scipy", "user"):
            raise InputError(f'The op table asks for the emission "{emission}" of {name}; kernels knows no {kind}.')
        return self.call(symbol if kind == "libm" else f"{kind}_{symbol}", result, values)

    def inline(self, template: str, result: str, values: list[str]) -> str:
        """The lines of a template."""
        text = INLINE[template].format(r=result, **self.form, **dict(zip("abc", values, strict=False)))
        for called in text.split("@")[1:]:
            function = called.partition("(")[0]
            self.declare(function, 2 if function.startswith(_BINARY) else 1)
        return text

    def call(self, function: str, result: str, values: list[str]) -> str:
        """A call of a function of the C library or of SciPy."""
        self.declare(function, len(values))
        skip = ", i32 0" * function.startswith("scipy_")  # Cython's "skip dispatch"
        return f"{result} = call double @{function}({', '.join(f'double {value}' for value in values)}{skip})"

    def declare(self, function: str, arity: int) -> None:
        """Declare a function, or define it where no library has it."""
        declare(function, arity, self.declared, self.symbols, self.lanes)


LEAVES = frozenset({INPUT, CONSTANT})
INTERNAL = "internal "
ZERO = "0x0000000000000000"


def nearest(constant: Fraction | NamedConstant) -> float:
    """The float64 nearest to an exact constant."""
    if isinstance(constant, NamedConstant):
        return math.pi if constant is NamedConstant.PI else math.e
    try:
        return float(constant)
    except OverflowError:
        return math.inf if constant > 0 else -math.inf
