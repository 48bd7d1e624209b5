"""How each primitive is written in Python for Numba: the table of exported modules."""

from __future__ import annotations

from fractions import Fraction

from hessmath.errors import InputError
from hessmath.kernels.instructions import nearest
from hessmath.program import NamedConstant
from hessmath.program.primitives import Primitive

_FORMS = ("sigmoid", "softplus", "cosm1", "sqrt1pm1")

#: How each primitive is written; names with an underscore are helpers below.
PYTHON = {
    "add": "{a} + {b}",
    "sub": "{a} - {b}",
    "mul": "{a} * {b}",
    "div": "{a} / {b}",
    "neg": "-{a}",
    "abs": "abs({a})",
    "floor": "np.floor({a})",
    "ceil": "np.ceil({a})",
    "cbrt": "np.cbrt({a})",
    "lt": "1.0 if {a} < {b} else 0.0",
    "le": "1.0 if {a} <= {b} else 0.0",
    "eq": "1.0 if {a} == {b} else 0.0",
    "select": "{b} if {a} != 0.0 else {c}",
    "pow": "math.pow({a}, {b})",
    "atan2": "math.atan2({a}, {b})",
    "hypot": "math.hypot({a}, {b})",
    **{name: f"math.{name}({{a}})" for name in ("sqrt", "exp", "log", "expm1", "log1p", "sin", "cos", "tan", "asin")},
    **{name: f"math.{name}({{a}})" for name in ("acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")},
    **{name: f"math.{name}({{a}})" for name in ("erf", "erfc", "gamma")},
    **{
        name: f"_{name}({{a}})"
        for name in ("loggamma", "sign", "heaviside", "sigmoid", "softplus", "cosm1", "sqrt1pm1")
    },
    **{name: f"_{name}({{a}}, {{b}})" for name in ("min", "max", "logaddexp", "mod")},
}

HELPERS = {
    "_sign": "def _sign(a):\n    return math.copysign(1.0, a) if abs(a) > 0.0 else a",
    "_heaviside": "def _heaviside(a):\n    return 1.0 if a > 0.0 else 0.0 if a < 0.0 else 0.5 if a == 0.0 else a",
    "_min": "def _min(a, b):\n    return a if a < b or a != a else b",
    "_max": "def _max(a, b):\n    return a if a > b or a != a else b",
    "_sigmoid": "def _sigmoid(a):\n    e = math.exp(-abs(a))\n    return (e if a < 0.0 else 1.0) / (1.0 + e)",
    "_softplus": (
        "def _softplus(a):\n    return a if a != a else (a if a > 0.0 else 0.0) + math.log1p(math.exp(-abs(a)))"
    ),
    "_logaddexp": (
        "def _logaddexp(a, b):\n    d = 0.0 if a == b else a - b\n"
        "    return d if d != d else (a if a > b else b) + math.log1p(math.exp(-abs(d)))"
    ),
    "_loggamma": "def _loggamma(a):\n    return np.nan if a < 0.0 else math.lgamma(a)",
    "_cosm1": "def _cosm1(a):\n    s = math.sin(0.5 * a)\n    return -2.0 * (s * s)",
    "_sqrt1pm1": "def _sqrt1pm1(a):\n    return a if a == np.inf else a / (math.sqrt(a + 1.0) + 1.0)",
    "_mod": ("def _mod(a, b):\n    m = np.fmod(a, b)\n    return m + b if m != 0.0 and (m < 0.0) != (b < 0.0) else m"),
}

JIT = '@numba.njit(cache=True, error_model="numpy")'


def statement(row: Primitive, values: list[str], helpers: dict[str, None]) -> str:
    """One operation on written operands; a helper that it needs is noted.

    Raises
    ------
    InputError
        If neither NumPy nor Python's ``math`` has the operation.
    """
    form = PYTHON.get(row.name)
    if form is None:
        raise InputError(
            f"The formula uses {row.name}, which NumPy and Python's math do not have: it cannot be exported."
        )
    if form.startswith("_"):
        helpers[form.partition("(")[0]] = None
    return form.format(**dict(zip("abc", values, strict=False)))


def literal(constant: Fraction | NamedConstant) -> str:
    """The float64 nearest to a constant."""
    value = nearest(constant)
    if value in (float("inf"), float("-inf")):
        return "np.inf" if value > 0 else "(-np.inf)"
    return repr(value) if value >= 0 else f"({value!r})"
