"""Classical test functions: formula, standard start, known minimum, source.

The table holds text in the plain grammar, exact data, and minima as published (rounded where the source rounds); the
tests refine every minimiser and compare.

References
----------
[MGH] Moré, Garbow & Hillstrom (1981), Testing unconstrained optimization software, ACM TOMS 7(1), 17–41,
      section 3; the number is the problem's.
[JY]  Jamil & Yang (2013), A literature survey of benchmark functions for global optimisation problems,
      IJMMNO 4(2), 150–194; the number is the function's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Classic:
    """One test function.

    Attributes
    ----------
    name : its key in the gallery
    formula : text in the plain grammar
    variables : in order
    start : the standard start, exact texts
    minimum : the value at the minimiser, as published
    minimiser : the point, rounded where it has no short form; None where the source gives none
    source : where it comes from
    local : other local minima, as (value, point)
    other_values : values of other local minima whose points are not listed
    degenerate : whether the Hessian is singular at the minimiser
    """

    name: str
    formula: str
    variables: tuple[str, ...]
    start: tuple[str, ...]
    minimum: float
    minimiser: tuple[float, ...] | None
    source: str
    local: tuple[tuple[float, tuple[float, ...]], ...] = ()
    other_values: tuple[float, ...] = ()
    degenerate: bool = False


def _squares(terms: list[str]) -> str:
    return " + ".join(f"({term})**2" for term in terms)


def _sum(term: Callable[[int], str], count: int) -> str:
    return _squares([term(i) for i in range(1, count + 1)])


_BARD = "0.14 0.18 0.22 0.25 0.29 0.32 0.35 0.39 0.37 0.58 0.73 0.96 1.34 2.10 4.39".split()
_GAUSSIAN = "0.0009 0.0044 0.0175 0.0540 0.1295 0.2420 0.3521 0.3989".split()
_GAUSSIAN += _GAUSSIAN[-2::-1]
_KOWALIK_Y = "0.1957 0.1947 0.1735 0.1600 0.0844 0.0627 0.0456 0.0342 0.0323 0.0235 0.0246".split()
_KOWALIK_U = "4 2 1 0.5 0.25 0.167 0.125 0.1 0.0833 0.0714 0.0625".split()
_HELIX = "Piecewise((atan(y/x)/(2*pi), x > 0), (atan(y/x)/(2*pi) + 1/2, True))"

_XY, _XYZ, _WXYZ = ("x", "y"), ("x", "y", "z"), ("x1", "x2", "x3", "x4")

_TABLE = (
    Classic("rosenbrock", "100*(y - x**2)**2 + (1 - x)**2", _XY, ("-1.2", "1"), 0, (1, 1), "[MGH] 1"),
    Classic(
        "freudenstein_roth",
        _squares(["-13 + x + ((5 - y)*y - 2)*y", "-29 + x + ((y + 1)*y - 14)*y"]),
        _XY,
        ("0.5", "-2"),
        0,
        (5, 4),
        "[MGH] 2",
        ((48.98425368, (11.41277899, -0.8968052533)),),
    ),
    Classic(
        "powell_badly_scaled",
        _squares(["10000*x*y - 1", "exp(-x) + exp(-y) - 1.0001"]),
        _XY,
        ("0", "1"),
        0,
        (1.098159329e-5, 9.106146740),
        "[MGH] 3",
    ),
    Classic(
        "brown_badly_scaled",
        _squares(["x - 1000000", "y - 0.000002", "x*y - 2"]),
        _XY,
        ("1", "1"),
        0,
        (1e6, 2e-6),
        "[MGH] 4",
    ),
    Classic(
        "beale",
        _squares(["1.5 - x*(1 - y)", "2.25 - x*(1 - y**2)", "2.625 - x*(1 - y**3)"]),
        _XY,
        ("1", "1"),
        0,
        (3, 0.5),
        "[MGH] 5",
    ),
    Classic(
        "jennrich_sampson",
        _sum(lambda i: f"{2 + 2 * i} - exp({i}*x) - exp({i}*y)", 10),
        _XY,
        ("0.3", "0.4"),
        124.3621824,
        (0.2578252137, 0.2578252137),
        "[MGH] 6",
    ),
    Classic(
        "helical_valley",
        _squares([f"10*(z - 10*{_HELIX})", "10*(sqrt(x**2 + y**2) - 1)", "z"]),
        _XYZ,
        ("-1", "0", "0"),
        0,
        (1, 0, 0),
        "[MGH] 7",
    ),
    Classic(
        "bard",
        _sum(lambda i: f"{_BARD[i - 1]} - x - {i}/({16 - i}*y + {min(i, 16 - i)}*z)", 15),
        _XYZ,
        ("1", "1", "1"),
        8.214877306e-3,
        (0.08241055976, 1.133036065, 2.343695183),
        "[MGH] 8",
    ),
    Classic(
        "gaussian",
        _sum(lambda i: f"x*exp(-y*({8 - i}/2 - z)**2/2) - {_GAUSSIAN[i - 1]}", 15),
        _XYZ,
        ("0.4", "1", "0"),
        1.127932769e-8,
        (0.3989561379, 1.000019084, 0),
        "[MGH] 9",
    ),
    Classic(
        "box_three_dimensional",
        _sum(lambda i: f"exp(-{i}/10*x) - exp(-{i}/10*y) - z*(exp(-{i}/10) - exp(-{i}))", 10),
        _XYZ,
        ("0", "10", "20"),
        0,
        (1, 10, 1),
        "[MGH] 12",
    ),
    Classic(
        "powell_singular",
        "(x1 + 10*x2)**2 + 5*(x3 - x4)**2 + (x2 - 2*x3)**4 + 10*(x1 - x4)**4",
        _WXYZ,
        ("3", "-1", "0", "1"),
        0,
        (0, 0, 0, 0),
        "[MGH] 13",
        degenerate=True,
    ),
    Classic(
        "wood",
        "100*(x2 - x1**2)**2 + (1 - x1)**2 + 90*(x4 - x3**2)**2 + (1 - x3)**2 + 10*(x2 + x4 - 2)**2 + (x2 - x4)**2/10",
        _WXYZ,
        ("-3", "-1", "-3", "-1"),
        0,
        (1, 1, 1, 1),
        "[MGH] 14",
    ),
    Classic(
        "kowalik_osborne",
        _sum(
            lambda i: (
                f"{_KOWALIK_Y[i - 1]} - x1*({_KOWALIK_U[i - 1]}**2 + {_KOWALIK_U[i - 1]}*x2)"
                f"/({_KOWALIK_U[i - 1]}**2 + {_KOWALIK_U[i - 1]}*x3 + x4)"
            ),
            11,
        ),
        _WXYZ,
        ("0.25", "0.39", "0.415", "0.39"),
        3.075056039e-4,
        (0.1928069346, 0.1912823287, 0.1230565069, 0.1360623307),
        "[MGH] 15",
    ),
    Classic(
        "brown_dennis",
        _sum(
            lambda i: f"(x1 + {i}/5*x2 - exp({i}/5))**2 + (x3 + x4*sin({i}/5) - cos({i}/5))**2",
            20,
        ),
        _WXYZ,
        ("25", "5", "-5", "-1"),
        85822.20163,
        (-11.59443990, 13.20363005, -0.4034394882, 0.2367787747),
        "[MGH] 16",
    ),
    Classic(
        "penalty_one",
        " + ".join(f"(x{i} - 1)**2/100000" for i in range(1, 5)) + " + (x1**2 + x2**2 + x3**2 + x4**2 - 1/4)**2",
        _WXYZ,
        ("1", "2", "3", "4"),
        2.249977501e-5,
        (0.2500074995, 0.2500074995, 0.2500074995, 0.2500074995),
        "[MGH] 23, n = 4",
    ),
    Classic(
        "variably_dimensioned",
        "(x1 - 1)**2 + (x2 - 1)**2 + (x3 - 1)**2 + (x4 - 1)**2 + (x1 + 2*x2 + 3*x3 + 4*x4 - 10)**2"
        " + (x1 + 2*x2 + 3*x3 + 4*x4 - 10)**4",
        _WXYZ,
        ("3/4", "1/2", "1/4", "0"),
        0,
        (1, 1, 1, 1),
        "[MGH] 25, n = 4",
    ),
    Classic(
        "trigonometric",
        _squares([f"3 - cos(x) - cos(y) - cos(z) + {i}*(1 - cos({v})) - sin({v})" for i, v in enumerate(_XYZ, 1)]),
        _XYZ,
        ("1/3", "1/3", "1/3"),
        0,
        (0, 0, 0),
        "[MGH] 26, n = 3",
    ),
    Classic(
        "broyden_tridiagonal",
        _squares(
            [
                "(3 - 2*x1)*x1 - 2*x2 + 1",
                "(3 - 2*x2)*x2 - x1 - 2*x3 + 1",
                "(3 - 2*x3)*x3 - x2 - 2*x4 + 1",
                "(3 - 2*x4)*x4 - x3 + 1",
            ]
        ),
        _WXYZ,
        ("-1", "-1", "-1", "-1"),
        0,
        (-0.5545767269, -0.6394204363, -0.5907007855, -0.4152683780),
        "[MGH] 30, n = 4",
    ),
    Classic(
        "himmelblau",
        "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
        _XY,
        ("0", "0"),
        0,
        (3, 2),
        "Himmelblau (1972), Applied Nonlinear Programming, McGraw-Hill; [JY] 65",
        (
            (0, (-2.805118087, 3.131312518)),
            (0, (-3.779310253, -3.283185991)),
            (0, (3.584428340, -1.848126527)),
        ),
    ),
    Classic("booth", "(x + 2*y - 7)**2 + (2*x + y - 5)**2", _XY, ("0", "0"), 0, (1, 3), "[JY] 17"),
    Classic("matyas", "0.26*(x**2 + y**2) - 0.48*x*y", _XY, ("5", "-5"), 0, (0, 0), "[JY] 71"),
    Classic(
        "mccormick",
        "sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1",
        _XY,
        ("0", "0"),
        -1.913222955,
        (-0.5471975512, -1.547197551),
        "[JY] 72",
    ),
    Classic(
        "three_hump_camel",
        "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2",
        _XY,
        ("1/2", "1/2"),
        0,
        (0, 0),
        "[JY] 29",
        ((0.2986384422, (1.747552345, -0.8737761726)), (0.2986384422, (-1.747552345, 0.8737761726))),
    ),
    Classic(
        "six_hump_camel",
        "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (4*y**2 - 4)*y**2",
        _XY,
        ("0.1", "-0.6"),
        -1.031628453,
        (0.0898420131, -0.7126564030),
        "[JY] 30",
        ((-1.031628453, (-0.0898420131, 0.7126564030)),),
    ),
    Classic(
        "goldstein_price",
        "(1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))"
        "*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))",
        _XY,
        ("0.2", "-0.8"),
        3,
        (0, -1),
        "[JY] 49",
    ),
    Classic(
        "branin",
        "(y - 5.1/(4*pi**2)*x**2 + 5/pi*x - 6)**2 + 10*(1 - 1/(8*pi))*cos(x) + 10",
        _XY,
        ("3", "2"),
        0.3978873577,
        (3.141592654, 2.275),
        "[JY] 22",
        ((0.3978873577, (-3.141592654, 12.275)), (0.3978873577, (9.424777961, 2.475))),
    ),
    Classic(
        "rastrigin",
        "20 + x**2 - 10*cos(2*pi*x) + y**2 - 10*cos(2*pi*y)",
        _XY,
        ("0.2", "-0.1"),
        0,
        (0, 0),
        "Rastrigin (1974), Systems of Extremal Control, Nauka; n = 2",
    ),
    Classic(
        "styblinski_tang",
        "(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/2",
        _XY,
        ("-2", "-2"),
        -78.33233141,
        (-2.903534028, -2.903534028),
        "[JY] 144, n = 2",
    ),
)

gallery: Mapping[str, Classic] = MappingProxyType({classic.name: classic for classic in _TABLE})
"""The test functions by name: ``gallery["rosenbrock"]``."""
