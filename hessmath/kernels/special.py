"""Special functions that no library offers by address as double → double, written as LLVM IR.

Hurwitz' ζ(s, a) = Σ (a + k)⁻ˢ for s > 1 and a > 0, which the derivatives of digamma need and
``scipy.special.cython_special`` lacks; Lambert's W, which it has for complex numbers only; and the functions that it
computes several at a time into places in memory (Airy, Fresnel, sine and cosine integrals), here one at a time.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction

#: (number of terms summed, order of the last correction): the remainder is below 10⁻¹⁷ of the sum.
_TERMS, _CORRECTIONS = 12, 10

#: B₂, B₄, … : Bernoulli numbers.
_BERNOULLI = (
    *(Fraction(1, 6), Fraction(-1, 30), Fraction(1, 42), Fraction(-1, 30), Fraction(5, 66)),
    *(Fraction(-691, 2730), Fraction(7, 6), Fraction(-3617, 510), Fraction(43867, 798), Fraction(-174611, 330)),
)


def _zeta() -> str:
    """Euler–Maclaurin: Σ_{k<N} (a + k)⁻ˢ + w⁻ˢ (w/(s − 1) + ½ + Σⱼ B₂ⱼ/(2j)! s(s+1)…(s+2j−2) w^(1−2j)), w = a + N.

    The terms are added from the smallest to the largest.  Outside s > 1, a > 0 the result is NaN.

    References
    ----------
    Johansson (2015), Rigorous high-precision computation of the Hurwitz zeta function, section 2.
    """
    lines = [
        f"%w = fadd double %a, {_TERMS}.0",
        "%minus.s = fneg double %s",
        "%last = call double @pow(double %w, double %minus.s)",
        "%s1 = fsub double %s, 1.0",
        "%integral = fdiv double %w, %s1",
        "%c0 = fadd double %integral, 0.5",
        "%f1 = fdiv double %s, %w",
        "%w2 = fmul double %w, %w",
    ]
    factorial = Fraction(1)
    for j in range(1, _CORRECTIONS + 1):
        factorial *= 2 * j * (2 * j - 1)
        bits = struct.unpack("<Q", struct.pack("<d", float(_BERNOULLI[j - 1] / factorial)))[0]
        lines += [f"%e{j} = fmul double %f{j}, 0x{bits:016X}", f"%c{j} = fadd double %c{j - 1}, %e{j}"]
        if j < _CORRECTIONS:  # two more factors of s(s + 1)…, two more powers of w
            lines += [
                f"%g{j} = fadd double %s, {2 * j - 1}.0",
                f"%h{j} = fadd double %s, {2 * j}.0",
                f"%i{j} = fmul double %g{j}, %h{j}",
                f"%j{j} = fdiv double %i{j}, %w2",
                f"%f{j + 1} = fmul double %f{j}, %j{j}",
            ]
    lines.append(f"%t{_TERMS} = fmul double %last, %c{_CORRECTIONS}")
    for k in reversed(range(_TERMS)):
        lines += [
            f"%x{k} = fadd double %a, {k}.0",
            f"%p{k} = call double @pow(double %x{k}, double %minus.s)",
            f"%t{k} = fadd double %t{k + 1}, %p{k}",
        ]
    lines += [
        "%s.fits = fcmp ogt double %s, 1.0",
        "%a.fits = fcmp ogt double %a, 0.0",
        "%fits = and i1 %s.fits, %a.fits",
        "%zeta = select i1 %fits, double %t0, double 0x7FF8000000000000",
        "ret double %zeta",
    ]
    return "\n".join(
        ["define internal double @scipy_zeta(double %s, double %a, i32 %skip) noinline nounwind {", *lines, "}"]
    )


#: Halley steps from the first guess of Lambert's W: each triples the digits, and the guess has one.
_HALLEY_STEPS = 4

#: Below this p = √(2(ex + 1)) the series around the branch point serves, with this many terms: the rest is below 10⁻¹⁷.
_BRANCH, _BRANCH_TERMS = 0.4, 30


def _branch_series(terms: int) -> list[Fraction]:
    """The coefficients of W = Σ μₖ pᵏ around x = −1/e.

    References
    ----------
    Corless, Gonnet, Hare, Jeffrey & Knuth (1996), On the Lambert W function, equations (4.23) and (4.24).
    """
    mu, alpha = [Fraction(-1), Fraction(1)], [Fraction(2), Fraction(-1)]
    for k in range(2, terms):
        alpha.append(sum((mu[j] * mu[k + 1 - j] for j in range(2, k)), Fraction(0)))
        mu.append(Fraction(k - 1, k + 1) * (mu[k - 2] / 2 + alpha[k - 2] / 4) - alpha[k] / 2 - mu[k - 1] / (k + 1))
    return mu


def _hexadecimal(value: float) -> str:
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def _lambert() -> str:
    """W₀: Halley's iteration on w − x e⁻ʷ, which cannot overflow; near −1/e a series in p = √(2(ex + 1)).

    1/e is kept in two pieces, so that ex + 1 keeps its digits where it is small.
    """
    high = math.exp(-1)
    low = float(_INVERSE_E - Fraction(high))
    lines = [
        f"%near = fadd double %x, {_hexadecimal(high)}",
        f"%t = fadd double %near, {_hexadecimal(low)}",
        f"%q = fmul double %t, {_hexadecimal(2 * math.e)}",
        "%p = call double @llvm.sqrt.f64(double %q)",
    ]
    series = _branch_series(_BRANCH_TERMS)
    lines.append(f"%s{len(series) - 1} = fadd double 0.0, {_hexadecimal(float(series[-1]))}")
    for k in reversed(range(len(series) - 1)):
        lines += [
            f"%m{k} = fmul double %s{k + 1}, %p",
            f"%s{k} = fadd double %m{k}, {_hexadecimal(float(series[k]))}",
        ]
    lines += [
        "%l = call double @log1p(double %x)",
        "%ll = call double @log1p(double %l)",
        "%l2 = fadd double %l, 2.0",
        "%ratio = fdiv double %ll, %l2",
        "%rest = fsub double 1.0, %ratio",
        "%w0 = fmul double %l, %rest",
    ]
    for k in range(_HALLEY_STEPS):
        lines += [
            f"%minus{k} = fneg double %w{k}",
            f"%e{k} = call double @exp(double %minus{k})",
            f"%xe{k} = fmul double %x, %e{k}",
            f"%g{k} = fsub double %w{k}, %xe{k}",
            f"%a{k} = fadd double %w{k}, 1.0",
            f"%b{k} = fadd double %w{k}, 2.0",
            f"%bg{k} = fmul double %b{k}, %g{k}",
            f"%aa{k} = fmul double %a{k}, 2.0",
            f"%c{k} = fdiv double %bg{k}, %aa{k}",
            f"%d{k} = fsub double %a{k}, %c{k}",
            f"%step{k} = fdiv double %g{k}, %d{k}",
            f"%w{k + 1} = fsub double %w{k}, %step{k}",
        ]
    lines += [
        f"%at.branch = fcmp olt double %p, {_hexadecimal(_BRANCH)}",
        f"%w = select i1 %at.branch, double %s0, double %w{_HALLEY_STEPS}",
        "%infinite = fcmp oeq double %x, 0x7FF0000000000000",
        "%inside = fcmp oge double %t, 0.0",
        "%or.nan = select i1 %inside, double %w, double 0x7FF8000000000000",
        "%value = select i1 %infinite, double %x, double %or.nan",
        "ret double %value",
    ]
    return "\n".join(["define internal double @scipy_lambertw(double %x, i32 %skip) noinline nounwind {", *lines, "}"])


#: 1/e to 40 digits.
_INVERSE_E = Fraction("0.3678794411714423215955237701614608674458")


def _expn() -> str:
    """E_n for an integer n ≥ 0, else NaN: SciPy would cut n off, with a warning."""
    return """define internal double @scipy_En(double %n, double %x, i32 %skip) noinline nounwind {
%whole = call double @llvm.floor.f64(double %n)
%integer = fcmp oeq double %n, %whole
%above = fcmp oge double %n, 0.0
%below = fcmp olt double %n, 2147483648.0
%fits1 = and i1 %integer, %above
%fits = and i1 %fits1, %below
%safe = select i1 %fits, double %n, double 0.0
%value = call double @scipy_expn(double %safe, double %x, i32 0)
%result = select i1 %fits, double %value, double 0x7FF8000000000000
ret double %result
}"""


def _one_of(name: str, source: str, which: int, count: int) -> str:
    """One of the ``count`` results that a function of SciPy's writes; NaN where it is the real part only."""
    places = [f"%r{i}" for i in range(count)]
    real = ["%real = fcmp uge double %x, 0.0", "%kept = select i1 %real, double %value, double 0x7FF8000000000000"]
    result = ["ret double %value"] if name not in _REAL_FROM_ZERO else [*real, "ret double %kept"]
    return "\n".join(
        [
            f"define internal double @{name}(double %x, i32 %skip) noinline nounwind {{",
            *(f"{place} = alloca double" for place in places),
            f"call void @{source}(double %x, {', '.join(f'ptr {place}' for place in places)})",
            f"%value = load double, ptr %r{which}",
            *result,
            "}",
        ]
    )


_SEVERAL = {
    "scipy_sici": ("scipy_si", "scipy_ci"),
    "scipy_shichi": ("scipy_shi", "scipy_chi"),
    "scipy_fresnel": ("scipy_fresnels", "scipy_fresnelc"),
    "scipy_airy": ("scipy_airyai", "scipy_airyaiprime", "scipy_airybi", "scipy_airybiprime"),
}
"""Functions of SciPy that write several results, and what each result is called here."""

_REAL_FROM_ZERO = frozenset({"scipy_ci", "scipy_chi"})
"""Those that are real for x ≥ 0 only."""

DECLARATIONS: dict[str, str] = {
    source: f"declare void @{source}(double, {', '.join(['ptr'] * len(names))})" for source, names in _SEVERAL.items()
}
"""Functions from outside that are not double → double."""

DEFINITIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "scipy_zeta": (_zeta(), ("pow",)),
    "scipy_En": (_expn(), ("llvm.floor.f64", "scipy_expn")),
    "scipy_lambertw": (_lambert(), ("exp", "log1p", "llvm.sqrt.f64")),
} | {
    name: (_one_of(name, source, i, len(names)), (source,))
    for source, names in _SEVERAL.items()
    for i, name in enumerate(names)
}
"""Text of the function under its symbol, and the functions that it calls."""
