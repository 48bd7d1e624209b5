"""The formulas of ``vector_math``: argument reduction, polynomial, reconstruction, for any number of lanes.

Methods: additive argument reduction after Cody and Waite with fused multiply-add, then a minimax polynomial.  The
polynomials were computed for this file by Remez' exchange algorithm in 200-bit arithmetic and rounded to float64;
the tests measure their errors again.  Where a quotient or a sum would cost a further unit, the rounding error is
carried along in a second number.

References
----------
Muller (2016), Elementary Functions, 3rd ed., sections 3.4 (minimax), 4.3 (error-free sums), 11.2 (Cody and Waite).
"""

from __future__ import annotations

from collections.abc import Callable

from hessmath.kernels.lanes import Bits, Number, bits_of, fma, magnitude, polynomial, with_sign

INFINITY, NAN = float("inf"), float("nan")

LN2 = (float.fromhex("0x1.62e42fefa39efp-1"), float.fromhex("0x1.abc9e3b39803fp-56"))
HALF_PI = (
    float.fromhex("0x1.921fb54442d18p+0"),
    float.fromhex("0x1.1a62633145c07p-54"),
    float.fromhex("-0x1.f1976b7ed8fbcp-110"),
)
_ROUND = float.fromhex("0x1.8p52")
"""x + this − this is x rounded to an integer, which also stands in the sum's last bits, for |x| < 2⁵¹."""

_ONE = bits_of(1.0)
_MANTISSA = (1 << 52) - 1

#: Up to here the circular functions reduce their argument themselves.
CIRCULAR_LIMIT = 2.0**27

#: (eʳ − 1 − r − r²/2)/r³ on |r| ≤ ½ log 2; error 2⁻⁶⁰ relative to 1/r².
EXP = tuple(
    map(
        float.fromhex,
        "0x1.5555555555559p-3 0x1.555555555555ap-5 0x1.111111110f699p-7 0x1.6c16c16c1443ap-10 "
        "0x1.a01a01afeef53p-13 0x1.a01a01b0be3f7p-16 0x1.71ddf8385948dp-19 0x1.27e4c590f724bp-22 0x1.af5ef2b21fa14p-26 "
        "0x1.1f957c49d8632p-29".split(),
    )
)
#: (log((1 + s)/(1 − s)) − 2s)/s³ in s², |s| ≤ 3 − √8; error 2⁻⁵⁸ relative to 2/s².
LOG = tuple(
    map(
        float.fromhex,
        "0x1.5555555555593p-1 0x1.999999997fc76p-2 0x1.2492494204529p-2 0x1.c71c51f8b4eb5p-3 0x1.74664288ae147p-3 "
        "0x1.39a158020d15fp-3 0x1.2f0977ffd979dp-3".split(),
    )
)
#: (sin r − r)/r³ in r², |r| ≤ π/4; error 2⁻⁵⁶ relative to 1/r².
SIN = tuple(
    map(
        float.fromhex,
        "-0x1.5555555555549p-3 0x1.111111110f861p-7 -0x1.a01a019c0e4f7p-13 0x1.71de3574bc9d1p-19 "
        "-0x1.ae5e63cef5530p-26 0x1.5d924726a49dbp-33".split(),
    )
)
#: (cos r − 1 + r²/2)/r⁴ in r², |r| ≤ π/4; error 2⁻⁵⁹ relative to 1/r⁴.
COS = tuple(
    map(
        float.fromhex,
        "0x1.555555555554cp-5 -0x1.6c16c16c15162p-10 0x1.a01a019caef3fp-16 -0x1.27e4f807d5b48p-22 "
        "0x1.1ee9ea6c0d9e4p-29 -0x1.8fadcfe826cc2p-37".split(),
    )
)


# ---- the exponential's family ---------------------------------------------------------------------


def _reduced(x: Number) -> tuple[Bits, Number, Number, Number]:
    """(k in the last bits, k, rough, r) with r = rough − k·(a small part of log 2), x = k log 2 + r, |r| ≤ ½ log 2."""
    shifted = fma(x, 1 / LN2[0], _ROUND)
    k = shifted - _ROUND
    rough = fma(k, -LN2[0], x)  # exact for |k| ≤ 2, where eʳ − 1 may cancel with 2ᵏ − 1
    return shifted.bits, k, rough, fma(k, -LN2[1], rough)


def _tail(r: Number, lost: Number | float) -> Number:
    """eʳ − 1 − r + lost."""
    return fma(r * 0.5, r, fma(r * r * r, polynomial(r, EXP), lost))


def _exp_parts(x: Number) -> tuple[Bits, Number, Number]:
    """(k in the last bits, high, low) with x = k log 2 + r and eʳ − 1 = high + low, |r| ≤ ½ log 2."""
    bits, k, rough, r = _reduced(x)
    tail = _tail(r, fma(k, -LN2[1], rough - r))
    high = r + tail
    return bits, high, (r - high) + tail


def _power_of_two(k: Bits, offset: int) -> Number:
    """2^(k + offset), which must be a normal number; only the last 12 bits of k count."""
    return ((k << 52) + (_ONE + (offset << 52))).number


def _clamp(x: Number, low: float, high: float) -> Number:
    """The nearest number in [low, high]; NaN stays."""
    raised = (x < low).pick(low, x)
    return (raised > high).pick(high, raised)


def _exp(x: Number) -> Number:
    inside = _clamp(x, -746.0, 710.0)
    k, _, _, r = _reduced(inside)
    negative = inside < 0.0
    # Scaled in two steps, of which only the last rounds where the result is subnormal.
    away = negative.pick(_power_of_two(k, 128), _power_of_two(k, -128))
    return (1.0 + (r + _tail(r, 0.0))) * away * negative.pick(2.0**-128, 2.0**128)


def _decay(a: Number) -> tuple[Number, Number]:
    """e⁻ᵃ for a ≥ 0 as a sum of two numbers."""
    k, high, low = _exp_parts(-((a > 746.0).pick(746.0, a)))
    scale = _power_of_two(k, 128)
    total = high + 1.0
    rest = ((1.0 - total) + high) + low
    return total * scale * 2.0**-128, rest * scale * 2.0**-128


def _expm1_parts(x: Number, shift: int) -> tuple[Number, Number]:
    """(eˣ − 1)/2^shift as a sum of two numbers, where 2^(k − shift) is normal."""
    k, high, low = _exp_parts(x)
    scale = _power_of_two(k, -shift)
    base = scale - 2.0**-shift
    total = fma(scale, high, base)
    return total, fma(scale, low, fma(scale, high, base - total))


def _expm1(x: Number) -> Number:
    total, rest = _expm1_parts(_clamp(x, -40.0, 710.0), 1)
    return (magnitude(x) < 2.0**-54).pick(x, (total + rest) * 2.0)


def _tanh(x: Number) -> Number:
    """−E/(1 + E) with E = ½ (e^(−2|x|) − 1), so that −½ < E ≤ 0."""
    a = magnitude(x)
    k, _, _, r = _reduced((a > 20.0).pick(20.0, a) * -2.0)
    high = r + _tail(r, 0.0)
    scale = _power_of_two(k, -1)
    base = 0.5 - scale
    top = fma(-scale, high, base)
    top_rest = fma(-scale, high, base - top)
    bottom = 1.0 - top
    bottom_rest = ((1.0 - bottom) - top) - top_rest
    return with_sign(_quotient(top, top_rest, bottom, bottom_rest), x)


def _quotient(top: Number, top_rest: Number, bottom: Number, bottom_rest: Number) -> Number:
    """(top + top_rest)/(bottom + bottom_rest), corrected once."""
    inverse = 1.0 / bottom
    q = top * inverse
    residual = fma(-q, bottom, top) + fma(-q, bottom_rest, top_rest)
    return fma(residual, inverse, q)


def _sinh(x: Number) -> Number:
    """8 (E' + E'/(16 E' + 1)) with E' = (e^|x| − 1)/16, which does not overflow before sinh does."""
    a = magnitude(x)
    top, rest = _expm1_parts((a > 711.0).pick(711.0, a), 4)
    half = (top + (top / fma(top, 16.0, 1.0) + rest)) * 8.0
    return (a < 2.0**-28).pick(x, with_sign(half, x))


def _cosh(x: Number) -> Number:
    a = magnitude(x)
    k, high, low = _exp_parts((a > 711.0).pick(711.0, a))
    half = (1.0 + (high + low)) * _power_of_two(k, -4)  # e^|x|/16
    return (half + (2.0**-8 / half)) * 8.0


def _sigmoid(x: Number) -> Number:
    e, rest = _decay(magnitude(x))
    bottom = e + 1.0
    lost = (e - (bottom - 1.0)) + rest
    negative = x < 0.0
    return _quotient(negative.pick(e, 1.0), negative.pick(rest, 0.0), bottom, lost)


def _softplus(x: Number) -> Number:
    """max(x, 0) + log(1 + e^(−|x|))."""
    e, rest = _decay(magnitude(x))
    u = e + 1.0
    lost = (e - (u - 1.0)) + rest
    return (x > 0.0).pick(x, 0.0) + _log_near(u, 0.0, lost / u)


# ---- the logarithm's family -----------------------------------------------------------------------


def _log_near(x: Number, exponent: Number | float, low: Number | float) -> Number:
    """log x + exponent·log 2 + low for a positive normal x and a small ``low``."""
    moved = x.bits + (_ONE - bits_of(0.5**0.5))
    biased = ((moved >> 52) | bits_of(2.0**52)).number - (2.0**52 + 1023.0)
    k = biased + exponent
    f = ((moved & _MANTISSA) + bits_of(0.5**0.5)).number - 1.0
    s = f / (f + 2.0)
    z = s * s
    half = f * 0.5
    square = half * f
    bent = fma(s, fma(z, polynomial(z, LOG), square), fma(k, LN2[1], low))
    return fma(k, LN2[0], f + fma(-half, f, bent))


def _log(x: Number) -> Number:
    tiny = x < 2.0**-1022
    result = _log_near(tiny.pick(x * 2.0**54, x), tiny.pick(-54.0, 0.0), 0.0)
    return _log_ends(x, result)


def _log_ends(x: Number, result: Number) -> Number:
    """−∞ at 0, NaN below, ∞ and NaN as they are."""
    outside = x.compare("oeq", 0.0).pick(-INFINITY, (x < 0.0).pick(NAN, x))
    finite = (x > 0.0).pick(result, outside)
    return (x < INFINITY).pick(finite, outside)


def _log1p(x: Number) -> Number:
    u = x + 1.0
    part = u - 1.0
    lost = (1.0 - (u - part)) + (x - part)
    result = _log_ends(u, _log_near(u, 0.0, lost / u))
    return (magnitude(x) < 2.0**-54).pick(x, result)


# ---- circular functions ---------------------------------------------------------------------------


def _circle(x: Number) -> tuple[Bits, Number, Number]:
    """(k in the last bits, r, rest) with x = k π/2 + r + rest, |r| ≤ π/4, for |x| ≤ 2²⁷."""
    shifted = fma(x, 2 / 3.141592653589793, _ROUND)
    k = shifted - _ROUND
    rough = fma(k, -HALF_PI[0], x)  # exact: a multiple of 2⁻⁵³ below 1
    product = k * HALF_PI[1]
    product_rest = fma(k, HALF_PI[1], -product)
    r = rough - product
    part = r - rough
    lost = (rough - (r - part)) - (product + part)
    rest = fma(k, -HALF_PI[2], lost - product_rest)
    total = r + rest
    return shifted.bits, total, (r - total) + rest


def _sin_parts(r: Number, rest: Number) -> tuple[Number, Number]:
    """sin(r + rest) as a sum of two numbers."""
    z = r * r
    tail = fma(z * r, polynomial(z, SIN), fma(z * rest, -0.5, rest))
    total = r + tail
    return total, (r - total) + tail


def _cos_parts(r: Number, rest: Number) -> tuple[Number, Number]:
    """cos(r + rest) as a sum of two numbers."""
    z = r * r
    half = z * 0.5
    most = 1.0 - half
    lost = (1.0 - most) - half + fma(r, r, -z) * -0.5
    tail = fma(z * z, polynomial(z, COS), fma(-r, rest, lost))
    total = most + tail
    return total, (most - total) + tail


def _sin(x: Number) -> Number:
    k, r, rest = _circle(x)
    return (magnitude(x) < 2.0**-27).pick(x, _quarter(k, r, rest))


def _cos(x: Number) -> Number:
    k, r, rest = _circle(x)
    return _quarter(k + 1, r, rest)


def _quarter(k: Bits, r: Number, rest: Number) -> Number:
    """sin(k π/2 + r + rest)."""
    even = (k & 1).equals(0)
    value = even.pick(sum_of(_sin_parts(r, rest)), sum_of(_cos_parts(r, rest)))
    return (value.bits ^ ((k & 2) << 62)).number


def sum_of(parts: tuple[Number, Number]) -> Number:
    """The first number: the rounded sum of both."""
    return parts[0]


def _tan(x: Number) -> Number:
    k, r, rest = _circle(x)
    sine, cosine = _sin_parts(r, rest), _cos_parts(r, rest)
    even = (k & 1).equals(0)
    top, top_rest = (even.pick(a, b) for a, b in zip(sine, cosine, strict=True))
    bottom, bottom_rest = (even.pick(b, a) for a, b in zip(sine, cosine, strict=True))
    value = _quotient(top, top_rest, bottom, bottom_rest)
    signed = (value.bits ^ ((k & 1) << 63)).number
    return (magnitude(x) < 2.0**-27).pick(x, signed)


STRAIGHT: dict[str, Callable[[Number], Number]] = {
    "exp": _exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
}
CIRCULAR: dict[str, Callable[[Number], Number]] = {"sin": _sin, "cos": _cos, "tan": _tan}
