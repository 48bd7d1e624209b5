"""Special functions that no library offers by address, written as LLVM IR.

So far one: Hurwitz' ζ(s, a) = Σ (a + k)⁻ˢ for s > 1 and a > 0, which the derivatives of digamma need and
``scipy.special.cython_special`` lacks.
"""

from __future__ import annotations

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


DEFINITIONS: dict[str, tuple[str, tuple[str, ...]]] = {"scipy_zeta": (_zeta(), ("pow",))}
"""Text of the function under its symbol, and the functions of the C library that it calls."""
