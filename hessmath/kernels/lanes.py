"""W float64 numbers side by side: the types of emitted code, and a small language to write straight-line code in.

Code for one number (W = 1, ``double``) and code for W lanes (``<W x double>``) is written by the same Python lines, so
that both do the same operations and round alike.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Lanes:
    """How LLVM writes the types and constants of W numbers side by side.

    Examples
    --------
    >>> Lanes(4).double, Lanes(4).suffix, Lanes(1).double
    ('<4 x double>', 'v4f64', 'double')
    """

    width: int

    def of(self, scalar: str) -> str:
        """The type of W values of a scalar type."""
        return scalar if self.width == 1 else f"<{self.width} x {scalar}>"

    @property
    def double(self) -> str:
        """The type of the numbers."""
        return self.of("double")

    @property
    def truth(self) -> str:
        """The type of comparisons."""
        return self.of("i1")

    @property
    def suffix(self) -> str:
        """What ends the name of an intrinsic on this type."""
        return "f64" if self.width == 1 else f"v{self.width}f64"

    def literal(self, value: float) -> str:
        """The same float64 in every lane: its bits in hexadecimal."""
        return self.repeat("double", float_bits(value))

    def repeat(self, scalar: str, text: str) -> str:
        """A constant in every lane."""
        if self.width == 1:
            return text
        return f"<{', '.join([f'{scalar} {text}'] * self.width)}>"


def float_bits(value: float) -> str:
    """A float64 as LLVM writes it."""
    return f"0x{bits_of(value):016X}"


def bits_of(value: float) -> int:
    """The 64 bits of a float64 as an integer."""
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


class Writer:
    """Collects lines of IR; every result gets a new name."""

    def __init__(self, width: int, prefix: str = "t") -> None:
        self.lanes = Lanes(width)
        self.lines: list[str] = []
        self._prefix = prefix
        self._count = 0

    def new(self, text: str) -> str:
        """The name of a new result of this instruction."""
        self._count += 1
        name = f"%{self._prefix}{self._count}"
        self.lines.append(f"{name} = {text}")
        return name

    def number(self, value: Number | float) -> Number:
        """A constant as a value."""
        return value if isinstance(value, Number) else Number(self, self.lanes.literal(value))


@dataclass(frozen=True)
class Number:
    """float64 lanes; ``+ - * /`` and unary minus round as IEEE 754 says, comparisons with NaN are false."""

    writer: Writer
    name: str

    def _binary(self, operation: str, left: Number | float, right: Number | float) -> Number:
        w = self.writer
        return Number(w, w.new(f"{operation} {w.lanes.double} {w.number(left).name}, {w.number(right).name}"))

    def __add__(self, other: Number | float) -> Number:
        return self._binary("fadd", self, other)

    __radd__ = __add__

    def __sub__(self, other: Number | float) -> Number:
        return self._binary("fsub", self, other)

    def __rsub__(self, other: float) -> Number:
        return self._binary("fsub", other, self)

    def __mul__(self, other: Number | float) -> Number:
        return self._binary("fmul", self, other)

    def __truediv__(self, other: Number | float) -> Number:
        return self._binary("fdiv", self, other)

    def __rtruediv__(self, other: float) -> Number:
        return self._binary("fdiv", other, self)

    def __neg__(self) -> Number:
        return Number(self.writer, self.writer.new(f"fneg {self.writer.lanes.double} {self.name}"))

    def __lt__(self, other: Number | float) -> Truth:
        return self.compare("olt", other)

    def __gt__(self, other: Number | float) -> Truth:
        return self.compare("ogt", other)

    def compare(self, relation: str, other: Number | float) -> Truth:
        """A comparison by LLVM's name: olt, oeq, une, …"""
        w = self.writer
        return Truth(w, w.new(f"fcmp {relation} {w.lanes.double} {self.name}, {w.number(other).name}"))

    @property
    def bits(self) -> Bits:
        """The same 64 bits as an integer."""
        w = self.writer
        return Bits(w, w.new(f"bitcast {w.lanes.double} {self.name} to {w.lanes.of('i64')}"))

    def intrinsic(self, name: str, *others: Number | float) -> Number:
        """``llvm.NAME`` of this and further numbers."""
        w = self.writer
        arguments = ", ".join(f"{w.lanes.double} {w.number(a).name}" for a in (self, *others))
        return Number(w, w.new(f"call {w.lanes.double} @llvm.{name}.{w.lanes.suffix}({arguments})"))


@dataclass(frozen=True)
class Bits:
    """64-bit integer lanes, modulo 2⁶⁴."""

    writer: Writer
    name: str

    def _binary(self, operation: str, other: Bits | int) -> Bits:
        w = self.writer
        right = other.name if isinstance(other, Bits) else w.lanes.repeat("i64", str(other))
        return Bits(w, w.new(f"{operation} {w.lanes.of('i64')} {self.name}, {right}"))

    def __add__(self, other: Bits | int) -> Bits:
        return self._binary("add", other)

    def __and__(self, other: int) -> Bits:
        return self._binary("and", other)

    def __or__(self, other: int) -> Bits:
        return self._binary("or", other)

    def __xor__(self, other: Bits) -> Bits:
        return self._binary("xor", other)

    def __lshift__(self, other: int) -> Bits:
        return self._binary("shl", other)

    def __rshift__(self, other: int) -> Bits:
        """Zeros come in from the left."""
        return self._binary("lshr", other)

    def equals(self, other: int) -> Truth:
        """Comparison with a constant."""
        w = self.writer
        return Truth(w, w.new(f"icmp eq {w.lanes.of('i64')} {self.name}, {w.lanes.repeat('i64', str(other))}"))

    @property
    def number(self) -> Number:
        """The float64 with these bits."""
        w = self.writer
        return Number(w, w.new(f"bitcast {w.lanes.of('i64')} {self.name} to {w.lanes.double}"))


@dataclass(frozen=True)
class Truth:
    """The outcome of a comparison, lane by lane."""

    writer: Writer
    name: str

    def pick(self, yes: Number | float, no: Number | float) -> Number:
        """``yes`` where true, else ``no``."""
        w = self.writer
        first, second = w.number(yes).name, w.number(no).name
        kind = w.lanes.double
        return Number(w, w.new(f"select {w.lanes.truth} {self.name}, {kind} {first}, {kind} {second}"))


def fma(a: Number, b: Number | float, c: Number | float) -> Number:
    """a·b + c, rounded once."""
    return a.intrinsic("fma", b, c)


def magnitude(x: Number) -> Number:
    """|x|."""
    return x.intrinsic("fabs")


def with_sign(x: Number | float, sign: Number) -> Number:
    """x with the sign of another number."""
    return sign.writer.number(x).intrinsic("copysign", sign)


def polynomial(x: Number, coefficients: Sequence[float]) -> Number:
    """Σ cᵢ xⁱ in Estrin's order: neighbours are joined by x, then by x², x⁴, …: a short chain."""
    terms: list[Number | float] = list(coefficients)
    power = x
    while len(terms) > 1:
        joined: list[Number | float] = [
            fma(power, high, low) for low, high in zip(terms[::2], terms[1::2], strict=False)
        ]
        terms = joined + ([terms[-1]] if len(terms) % 2 else [])
        if len(terms) > 1:
            power = power * power
    return x.writer.number(terms[0])
