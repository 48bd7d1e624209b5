"""The op table's special functions: rows with a SciPy or C implementation and an enclosure by FLINT.

Partial derivatives are SymPy's wherever it has them in closed form; a derivative by the order of a Bessel function or
by a parameter of an incomplete function exists, but no primitive computes it, and asking for it is refused.  SciPy's
implementations are less accurate than the C library's; ``units`` says by how much, as measured on a grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from hessmath.program.row import CALL, TEST, Primitive

_LARGEST_FACTORIAL = 1000


def scipy_special(name: str, which: int | None = None) -> Callable[..., Any]:
    """A function of scipy.special, imported on first use; ``which`` of its results when it gives several."""

    def value(*x: Any) -> Any:
        import scipy.special

        found = getattr(scipy.special, name)(*x)
        return found if which is None else found[which]

    return value


def where_not_negative(name: str, which: int | None = None) -> Callable[..., Any]:
    """A function of scipy.special that gives the real part where the value is not real: for x < 0."""
    function = scipy_special(name, which)

    def value(x: Any) -> Any:
        real: Any = np.where(x < 0, np.nan, function(x))
        return real[()]

    return value


def _float_lambertw(x: Any) -> Any:
    w = scipy_special("lambertw")(x)
    real: Any = np.where(np.imag(w) == 0, np.real(w), np.nan)
    return real[()]


def _float_expn(n: Any, x: Any) -> Any:
    whole = (n >= 0) & (n < 2**31) & (n == np.floor(n))
    found: Any = np.where(whole, scipy_special("expn")(np.where(whole, n, 0).astype(int), x), np.nan)
    return found[()]


def _at(*points: tuple[int, int]) -> Callable[[Fraction], Fraction | None]:
    """Rational at these (argument, value) pairs; nowhere else, or not known to be."""
    table = {Fraction(x): Fraction(y) for x, y in points}
    return table.get


def _never(*_: Fraction) -> None:
    """Not rational, or not known to be."""


def _exact_gamma(x: Fraction) -> Fraction | None:
    if x.denominator > 1 or x > _LARGEST_FACTORIAL:
        return None
    if x <= 0:
        raise ZeroDivisionError("a pole")
    return Fraction(math.factorial(x.numerator - 1))


def _exact_cbrt(x: Fraction) -> Fraction | None:
    from hessmath.program.primitives import rational_root

    root = rational_root(abs(x), 3)
    return root if root is None or x >= 0 else -root


def _exact_mod(x: Fraction, y: Fraction) -> Fraction:
    return x - y * math.floor(x / y)


# ---- balls ----------------------------------------------------------------------------------------


def _ball_cbrt(x: Any) -> Any:
    from flint import arb

    def at(end: Any) -> Any:
        end = arb(end)
        return end.root(3) if end >= 0 else -((-end).root(3))

    return at(x.lower()).union(at(x.upper())) if x.is_finite() else x * 0  # increasing: the ends enclose


def _ball_elliptic_k(m: Any) -> Any:
    from flint import arb

    return arb.pi() / (2 * (1 - m).sqrt().agm())


def _ball_elliptic_e(m: Any) -> Any:
    from flint import acb

    return _real(acb(m).elliptic_e(), m < 1)


def _ball_elliptic_f(z: Any, m: Any) -> Any:
    from flint import acb

    return _real(acb.elliptic_f(acb(z), acb(m)), m < 1)


def _ball_elliptic_e_incomplete(z: Any, m: Any) -> Any:
    from flint import acb

    return _real(acb.elliptic_e_inc(acb(z), acb(m)), m < 1)


def _real(value: Any, is_real: bool) -> Any:
    """The real part where the function is known to be real, else nan."""
    from flint import arb

    return value.real if is_real else arb("nan")


def _positive(function: Callable[..., Any], count: int = 1) -> Callable[..., Any]:
    """Defined when the last ``count`` arguments are positive."""

    def enclosure(*x: Any) -> Any:
        return function(*x) if all(each > 0 for each in x[-count:]) else x[-1] * math.nan

    return enclosure


def _ball_expn(n: Any, x: Any) -> Any:
    return x.expint(n) if n.is_integer() and n >= 0 and x > 0 else x * math.nan


def _sinhc(x: Any) -> Any:
    return sympy.Piecewise((sympy.sinh(x) / x, sympy.Ne(x, 0)), (sympy.Integer(1), True))


def _row(
    name: str,
    arity: int,
    emission: str,
    meaning: Callable[..., Any],
    value: Callable[..., Any],
    exact: Callable[..., Fraction | None],
    enclosure: Callable[..., Any],
    domain: Callable[..., Any] | None = None,
    **more: Any,
) -> Primitive:
    return Primitive(name, arity, CALL, emission, meaning, value, exact, enclosure, domain, **more)


SPECIAL_FUNCTIONS: tuple[Primitive, ...] = (
    # integer parts
    Primitive(
        "floor",
        1,
        TEST,
        "intrinsic:llvm.floor",
        sympy.floor,
        np.floor,
        lambda x: Fraction(math.floor(x)),
        lambda x: x.floor(),
        domain=lambda x: sympy.Ne(x, sympy.floor(x)),
        partials=lambda x: (sympy.Integer(0),),
    ),
    Primitive(
        "ceil",
        1,
        TEST,
        "intrinsic:llvm.ceil",
        sympy.ceiling,
        np.ceil,
        lambda x: Fraction(math.ceil(x)),
        lambda x: x.ceil(),
        domain=lambda x: sympy.Ne(x, sympy.floor(x)),
        partials=lambda x: (sympy.Integer(0),),
    ),
    _row(
        "mod",
        2,
        "inline:mod",
        sympy.Mod,
        np.mod,
        _exact_mod,
        lambda x, y: x - y * (x / y).floor(),
        domain=lambda x, y: sympy.Ne(y, 0),
        partials=lambda x, y: (sympy.Integer(1), -sympy.floor(x / y)),
    ),
    # the real cube root of any number
    _row(
        "cbrt",
        1,
        "libm:cbrt",
        lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
        np.cbrt,
        _exact_cbrt,
        _ball_cbrt,
        domain=lambda x: sympy.Ne(x, 0),
        partials=lambda x: (1 / (3 * sympy.Abs(x) ** sympy.Rational(2, 3)),),
    ),
    # the Gamma function's family
    _row(
        "gamma",
        1,
        "libm:tgamma",
        sympy.gamma,
        scipy_special("gamma"),
        _exact_gamma,
        lambda x: x.gamma(),
        domain=lambda x: sympy.Or(x > 0, sympy.Ne(x, sympy.floor(x))),
    ),
    _row(
        "beta",
        2,
        "scipy:beta",
        sympy.beta,
        scipy_special("beta"),
        _never,
        lambda x, y: x.gamma() * y.gamma() * (x + y).rgamma(),
        domain=lambda x, y: sympy.And(x > 0, y > 0),
        units=4,
    ),
    _row(
        "gammainc",  # regularised: P(a, x)
        2,
        "scipy:gammainc",
        lambda a, x: sympy.lowergamma(a, x) / sympy.gamma(a),
        scipy_special("gammainc"),
        _never,
        _positive(lambda a, x: x.gamma_lower(a, regularized=1), 2),
        domain=lambda a, x: sympy.And(a > 0, x > 0),
        units=2,
    ),
    _row(
        "gammaincc",  # regularised: Q(a, x)
        2,
        "scipy:gammaincc",
        lambda a, x: sympy.uppergamma(a, x) / sympy.gamma(a),
        scipy_special("gammaincc"),
        _never,
        _positive(lambda a, x: x.gamma_upper(a, regularized=1), 2),
        domain=lambda a, x: sympy.And(a > 0, x > 0),
        units=8,
    ),
    _row(
        "betainc",  # regularised: I_x(a, b)
        3,
        "scipy:betainc",
        lambda a, b, x: sympy.betainc_regularized(a, b, 0, x),
        scipy_special("betainc"),
        _never,
        _positive(lambda a, b, x: x.beta_lower(a, b, regularized=1) if x < 1 else x * math.nan, 3),
        domain=lambda a, b, x: sympy.And(a > 0, b > 0, x > 0, x < 1),
        units=2,
    ),
    # error functions
    _row("erfi", 1, "scipy:erfi", sympy.erfi, scipy_special("erfi"), _at((0, 0)), lambda x: x.erfi(), units=2),
    _row(
        "erfinv",
        1,
        "scipy:erfinv",
        sympy.erfinv,
        scipy_special("erfinv"),
        _at((0, 0)),
        lambda x: x.erfinv(),
        domain=lambda x: sympy.Abs(x) < 1,
    ),
    _row(
        "erfcinv",
        1,
        "scipy:erfcinv",
        sympy.erfcinv,
        scipy_special("erfcinv"),
        _at((1, 0)),
        lambda x: x.erfcinv(),
        domain=lambda x: sympy.And(x > 0, x < 2),
    ),
    _row(
        "fresnels",
        1,
        "scipy:fresnels",
        sympy.fresnels,
        scipy_special("fresnel", 0),
        _at((0, 0)),
        lambda x: x.fresnel_s(),
        units=2,
    ),
    _row(
        "fresnelc",
        1,
        "scipy:fresnelc",
        sympy.fresnelc,
        scipy_special("fresnel", 1),
        _at((0, 0)),
        lambda x: x.fresnel_c(),
        units=2,
    ),
    # exponential and trigonometric integrals
    _row(
        "Ei",
        1,
        "scipy:expi",
        sympy.Ei,
        scipy_special("expi"),
        _never,
        lambda x: x.ei(),
        domain=lambda x: sympy.Ne(x, 0),
        units=2,
    ),
    _row(
        "E1",
        1,
        "scipy:exp1",
        lambda x: sympy.expint(1, x),
        scipy_special("exp1"),
        _never,
        _positive(lambda x: x.expint(1)),
        domain=lambda x: x > 0,
        units=2,
    ),
    _row(
        "expn",  # E_n for an integer n ≥ 0
        2,
        "scipy:En",
        sympy.expint,
        _float_expn,
        _never,
        _ball_expn,
        domain=lambda n, x: sympy.And(n >= 0, sympy.Eq(n, sympy.floor(n)), x > 0),
        units=2,
    ),
    _row(
        "Si",
        1,
        "scipy:si",
        sympy.Si,
        scipy_special("sici", 0),
        _at((0, 0)),
        lambda x: x.si(),
        partials=lambda x: (sympy.sinc(x),),
    ),
    _row(
        "Ci",
        1,
        "scipy:ci",
        sympy.Ci,
        where_not_negative("sici", 1),
        _never,
        _positive(lambda x: x.ci()),
        domain=lambda x: x > 0,
        units=2,
    ),
    _row(
        "Shi",
        1,
        "scipy:shi",
        sympy.Shi,
        scipy_special("shichi", 0),
        _at((0, 0)),
        lambda x: x.shi(),
        partials=lambda x: (_sinhc(x),),
    ),
    _row(
        "Chi",
        1,
        "scipy:chi",
        sympy.Chi,
        where_not_negative("shichi", 1),
        _never,
        _positive(lambda x: x.chi()),
        domain=lambda x: x > 0,
        units=2,
    ),
    # Bessel and Airy functions
    _row(
        "besselj",
        2,
        "scipy:jv",
        sympy.besselj,
        scipy_special("jv"),
        _never,
        lambda n, x: x.bessel_j(n),
        domain=lambda n, x: sympy.Or(x > 0, sympy.Eq(n, sympy.floor(n))),
        units=64,
    ),
    _row(
        "bessely",
        2,
        "scipy:yv",
        sympy.bessely,
        scipy_special("yv"),
        _never,
        _positive(lambda n, x: x.bessel_y(n)),
        domain=lambda n, x: x > 0,
        units=32,
    ),
    _row(
        "besseli",
        2,
        "scipy:iv",
        sympy.besseli,
        scipy_special("iv"),
        _never,
        lambda n, x: x.bessel_i(n),
        domain=lambda n, x: sympy.Or(x > 0, sympy.Eq(n, sympy.floor(n))),
        units=2,
    ),
    _row(
        "besselk",
        2,
        "scipy:kv",
        sympy.besselk,
        scipy_special("kv"),
        _never,
        _positive(lambda n, x: x.bessel_k(n)),
        domain=lambda n, x: x > 0,
        units=8,
    ),
    _row("airyai", 1, "scipy:airyai", sympy.airyai, scipy_special("airy", 0), _never, lambda x: x.airy_ai(), units=16),
    _row(
        "airyaiprime",
        1,
        "scipy:airyaiprime",
        sympy.airyaiprime,
        scipy_special("airy", 1),
        _never,
        lambda x: x.airy_ai(1),
        units=16,
    ),
    _row("airybi", 1, "scipy:airybi", sympy.airybi, scipy_special("airy", 2), _never, lambda x: x.airy_bi(), units=16),
    _row(
        "airybiprime",
        1,
        "scipy:airybiprime",
        sympy.airybiprime,
        scipy_special("airy", 3),
        _never,
        lambda x: x.airy_bi(1),
        units=16,
    ),
    # elliptic integrals, by the parameter m
    _row(
        "elliptic_k",
        1,
        "scipy:ellipk",
        sympy.elliptic_k,
        scipy_special("ellipk"),
        _never,
        _ball_elliptic_k,
        domain=lambda m: sympy.And(m < 1, sympy.Ne(m, 0)),  # at 0 SymPy's derivative is 0/0
    ),
    _row(
        "elliptic_e",
        1,
        "scipy:ellipe",
        sympy.elliptic_e,
        scipy_special("ellipe"),
        _at((1, 1)),
        _ball_elliptic_e,
        domain=lambda m: sympy.And(m < 1, sympy.Ne(m, 0)),
    ),
    _row(
        "elliptic_f",
        2,
        "scipy:ellipkinc",
        sympy.elliptic_f,
        scipy_special("ellipkinc"),
        _never,
        _ball_elliptic_f,
        domain=lambda z, m: sympy.And(m < 1, sympy.Ne(m, 0)),
    ),
    _row(
        "elliptic_e_incomplete",
        2,
        "scipy:ellipeinc",
        sympy.elliptic_e,
        scipy_special("ellipeinc"),
        _never,
        _ball_elliptic_e_incomplete,
        domain=lambda z, m: sympy.And(m < 1, sympy.Ne(m, 0)),
    ),
    # the principal branch of w·eʷ = x
    _row(
        "LambertW",
        1,
        "scipy:lambertw",
        sympy.LambertW,
        _float_lambertw,
        _at((0, 0)),
        lambda x: x.lambertw(),
        domain=lambda x: x > -sympy.exp(-1),
    ),
)
"""The rows, in the order of their opcodes."""
