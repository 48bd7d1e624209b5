"""Classical unconstrained problems beyond Moré, Garbow and Hillstrom: chains, valleys, landscapes, regressions.

References
----------
[JY]  Jamil & Yang (2013), A literature survey of benchmark functions for global optimisation problems, IJMMNO 4(2).
[AN]  Andrei (2008), An unconstrained optimization test functions collection, AMO 10(1), 147–161.
[SG]  Surjanovic & Bingham (2013), Virtual Library of Simulation Experiments: test functions and datasets.
[T]   Toint (1983), Test problems for partially separable optimization, report 83/4, FUNDP Namur.
"""

from __future__ import annotations

from hessmath.symbolic.gallery import Classic


def _x(n: int) -> tuple[str, ...]:
    return tuple(f"x{j}" for j in range(1, n + 1))


_RINGS = (
    "66 0 70 1 69 0 68 0 67 0 72 0 73 0 70 0 57 1 63 1 70 1 78 0 67 0 53 1 67 0 75 0 70 0 81 0 76 0 79 0 75 1 76 0 58 1"
).split()
_COUNTS = "18 17 15 20 10 20 25 13 12".split()
_HARTMANN = (
    ("1.0", "3 10 30", "0.3689 0.1170 0.2673"),
    ("1.2", "0.1 10 35", "0.4699 0.4387 0.7470"),
    ("3.0", "3 10 30", "0.1091 0.8732 0.5547"),
    ("3.2", "0.1 10 35", "0.03815 0.5743 0.8828"),
)
_SHEKEL = ("0.1 4 4 4 4", "0.2 1 1 1 1", "0.2 8 8 8 8", "0.4 6 6 6 6", "0.4 3 7 3 7")


def _logistic() -> str:
    pairs = zip(_RINGS[::2], _RINGS[1::2], strict=True)
    return " + ".join(f"log(1 + exp(x1 + {t}*x2)) - {y}*(x1 + {t}*x2)" for t, y in pairs)


def _poisson() -> str:
    terms = []
    for k, y in enumerate(_COUNTS):
        line = "x1" + f" + x{1 + k % 3}" * (k % 3 > 0) + f" + x{3 + k // 3}" * (k // 3 > 0)
        terms.append(f"exp({line}) - {y}*({line})")
    return " + ".join(terms)


def _hartmann() -> str:
    terms = []
    for weight, scales, centres in _HARTMANN:
        squares = zip(_x(3), scales.split(), centres.split(), strict=True)
        terms.append(f"{weight}*exp(-({' + '.join(f'{a}*({x} - {p})**2' for x, a, p in squares)}))")
    return f"-({' + '.join(terms)})"


def _shekel() -> str:
    terms = []
    for row in _SHEKEL:
        width, *centre = row.split()
        terms.append(f"1/({width} + {' + '.join(f'({x} - {c})**2' for x, c in zip(_x(4), centre, strict=True))})")
    return f"-({' + '.join(terms)})"


def _chain(term: str, n: int) -> str:
    """The sum of a term in x = xᵢ and y = xᵢ₊₁ over i < n."""
    return " + ".join(term.replace("x", f"x{i}").replace("y", f"x{i + 1}") for i in range(1, n))


_LEVY = "(1 + (x{0} - 1)/4)"

TABLE = (
    Classic(
        "colville",
        "100*(x1**2 - x2)**2 + (x1 - 1)**2 + (x3 - 1)**2 + 90*(x3**2 - x4)**2 + 10.1*((x2 - 1)**2 + (x4 - 1)**2)"
        " + 19.8*(x2 - 1)*(x4 - 1)",
        _x(4),
        ("-3", "-1", "-3", "-1"),
        0,
        (1, 1, 1, 1),
        "Colville (1968), IBM report 320-2949; Hock & Schittkowski 38 without its bounds",
    ),
    Classic("cube", "100*(x2 - x1**3)**2 + (1 - x1)**2", _x(2), ("-1.2", "1"), 0, (1, 1), "[AN] CUBE"),
    Classic(
        "chained_rosenbrock",
        _chain("100*(y - x**2)**2 + (1 - x)**2", 20),
        _x(20),
        ("-1.2", "1") * 10,
        0,
        (1,) * 20,
        "[T] 10 (chained Rosenbrock), coefficients 100",
        other_values=(3.98662385,),
    ),
    Classic(
        "chained_singular",
        " + ".join(
            f"(x{i} + 10*x{i + 1})**2 + 5*(x{i + 2} - x{i + 3})**2"
            f" + (x{i + 1} - 2*x{i + 2})**4 + 10*(x{i} - x{i + 3})**4"
            for i in (1, 3, 5)
        ),
        _x(8),
        ("3", "-1", "0", "1") * 2,
        0,
        (0,) * 8,
        "Conn, Gould & Toint (1988), chained singular function",
        degenerate=True,
    ),
    Classic(
        "zakharov",
        "x1**2 + x2**2 + x3**2 + (x1/2 + x2 + 3*x3/2)**2 + (x1/2 + x2 + 3*x3/2)**4",
        _x(3),
        ("5", "5", "5"),
        0,
        (0, 0, 0),
        "[JY] 173",
    ),
    Classic(
        "dixon_price",
        "(x1 - 1)**2 + 2*(2*x2**2 - x1)**2 + 3*(2*x3**2 - x2)**2 + 4*(2*x4**2 - x3)**2",
        _x(4),
        ("10", "10", "10", "10"),
        0,
        (1, 0.7071067812, 0.5946035575, 0.5452538663),
        "[JY] 48",
    ),
    Classic(
        "levy",
        f"sin(pi*{_LEVY.format(1)})**2"
        + "".join(f" + ({_LEVY.format(i)} - 1)**2*(1 + 10*sin(pi*{_LEVY.format(i)} + 1)**2)" for i in (1, 2))
        + f" + ({_LEVY.format(3)} - 1)**2*(1 + sin(2*pi*{_LEVY.format(3)})**2)",
        _x(3),
        ("2", "2", "2"),
        0,
        (1, 1, 1),
        "[SG] Levy, n = 3",
    ),
    Classic(
        "griewank",
        "1 + (x1**2 + x2**2)/4000 - cos(x1)*cos(x2/sqrt(2))",
        _x(2),
        ("1", "1"),
        0,
        (0, 0),
        "[JY] 59, n = 2",
        other_values=(0.00739604,),
    ),
    Classic(
        "easom",
        "-cos(x1)*cos(x2)*exp(-(x1 - pi)**2 - (x2 - pi)**2)",
        _x(2),
        ("3", "2.5"),
        -1,
        (3.141592654, 3.141592654),
        "[JY] 50",
    ),
    Classic(
        "bohachevsky",
        "x1**2 + 2*x2**2 - 0.3*cos(3*pi*x1) - 0.4*cos(4*pi*x2) + 0.7",
        _x(2),
        ("0.2", "0.1"),
        0,
        (0, 0),
        "[JY] 18",
    ),
    Classic(
        "trid",
        " + ".join(f"(x{i} - 1)**2" for i in range(1, 7)) + "".join(f" - x{i}*x{i - 1}" for i in range(2, 7)),
        _x(6),
        ("0",) * 6,
        -50,
        (6, 10, 12, 12, 10, 6),
        "[JY] 150, n = 6",
    ),
    Classic("hartmann", _hartmann(), _x(3), ("0.2", "0.5", "0.8"), -3.86278, (0.114614, 0.555649, 0.852547), "[JY] 62"),
    Classic(
        "shekel",
        _shekel(),
        _x(4),
        ("3.5", "3.5", "3.5", "3.5"),
        -10.1532,
        (4.000037, 4.000133, 4.000037, 4.000133),
        "[JY] 130, m = 5",
    ),
    Classic(
        "engval_1",
        _chain("(x**2 + y**2)**2 - 4*x + 3", 10),
        _x(10),
        ("2",) * 10,
        9.17747,
        None,
        "[T] ENGVAL1, n = 10; the value is that of the certificate",
    ),
    Classic(
        "engval_2",
        "(x1**2 + x2**2 + x3**2 - 1)**2 + (x1**2 + x2**2 + (x3 - 2)**2 - 1)**2 + (x1 + x2 + x3 - 1)**2"
        " + (x1 + x2 - x3 + 1)**2 + (3*x2**2 + x1**3 + (5*x3 - x1 + 1)**2 - 36)**2",
        _x(3),
        ("1", "2", "0"),
        0,
        (0, 0, 1),
        "Engvall (1966), IBM research report RC 1571",
    ),
    Classic(
        "arwhead",
        " + ".join(f"(x{i}**2 + x10**2)**2 - 4*x{i} + 3" for i in range(1, 10)),
        _x(10),
        ("1",) * 10,
        0,
        (1,) * 9 + (0,),
        "[AN] ARWHEAD, n = 10",
    ),
    Classic(
        "nondquar",
        "(x1 - x2)**2 + (x7 + x8)**2 + " + " + ".join(f"(x{i} + x{i + 1} + x8)**4" for i in range(1, 7)),
        _x(8),
        ("1", "-1") * 4,
        0,
        (0,) * 8,
        "[AN] NONDQUAR, n = 8",
        degenerate=True,
    ),
    Classic(
        "cragg_levy",
        "(exp(x1) - x2)**4 + 100*(x2 - x3)**6 + tan(x3 - x4)**4 + x1**8 + (x4 - 1)**2",
        _x(4),
        ("1", "2", "2", "2"),
        0,
        (0, 1, 1, 1),
        "Cragg & Levy (1969), JOTA 4(3)",
        degenerate=True,
    ),
    Classic(
        "tridia",
        "(x1 - 1)**2 + " + " + ".join(f"{i}*(2*x{i} - x{i - 1})**2" for i in range(2, 11)),
        _x(10),
        ("1",) * 10,
        0,
        tuple(2.0**-i for i in range(10)),
        "[AN] TRIDIA, n = 10",
    ),
    Classic(
        "dqdrtic",
        " + ".join(f"x{i}**2 + 100*x{i + 1}**2 + 100*x{i + 2}**2" for i in range(1, 9)),
        _x(10),
        ("3",) * 10,
        0,
        (0,) * 10,
        "[AN] DQDRTIC, n = 10",
    ),
    Classic(
        "liarwhd",
        " + ".join(f"4*(x{i}**2 - x1)**2 + (x{i} - 1)**2" for i in range(1, 11)),
        _x(10),
        ("4",) * 10,
        0,
        (1,) * 10,
        "[AN] LIARWHD, n = 10",
    ),
    Classic(
        "o_ring_logistic",
        _logistic(),
        _x(2),
        ("0", "0"),
        20.31519 / 2,
        (15.0429016, -0.232162748),
        "Dalal, Fowlkes & Hoadley (1989), JASA 84: O-ring distress by temperature; half the deviance",
    ),
    Classic(
        "dobson_poisson",
        _poisson(),
        _x(5),
        ("0",) * 5,
        -274.7377599,  # half the deviance 5.12914, − Σ y log y + Σ y
        (3.044522438, -0.4542552723, -0.2929871247, 0, 0),
        "Dobson (1990), An Introduction to Generalized Linear Models, p. 93 (randomised trial)",
    ),
    Classic(
        "powell_quartic_sum",
        " + ".join(f"(x{i} - {i})**4" for i in range(1, 5)),
        _x(4),
        ("2",) * 4,
        0,
        (1, 2, 3, 4),
        "[AN] QUARTC, n = 4",
        degenerate=True,
    ),
)
"""Chains, valleys, landscapes, regressions."""
