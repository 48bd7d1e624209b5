"""The problems of Moré, Garbow and Hillstrom that the gallery does not have, at the dimensions of the paper.

Where the paper leaves n open it is 10.  Sums of squares r₁² + … + r_m², exact data, minima as published.

References
----------
[MGH] Moré, Garbow & Hillstrom (1981), Testing unconstrained optimization software, ACM TOMS 7(1), 17–41, section 3.
      Problem 11 (Gulf) is taken as |yᵢ − x₂|, without the misprinted factor of the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hessmath.symbolic.gallery import Classic

_MEYER = "34780 28610 23650 19630 16370 13720 11540 9744 8261 7030 6005 5147 4427 3820 3307 2872".split()
_OSBORNE_1 = (
    "0.844 0.908 0.932 0.936 0.925 0.908 0.881 0.850 0.818 0.784 0.751 0.718 0.685 0.658 0.628 0.603 0.580 0.558 0.538 "
    "0.522 0.506 0.490 0.478 0.467 0.457 0.448 0.438 0.431 0.424 0.420 0.414 0.411 0.406"
).split()
_OSBORNE_2 = (
    "1.366 1.191 1.112 1.013 0.991 0.885 0.831 0.847 0.786 0.725 0.746 0.679 0.608 0.655 0.616 0.606 0.602 0.626 0.651 "
    "0.724 0.649 0.649 0.694 0.644 0.624 0.661 0.612 0.558 0.533 0.495 0.500 0.423 0.395 0.375 0.372 0.391 0.396 0.405 "
    "0.428 0.429 0.523 0.562 0.607 0.653 0.672 0.708 0.633 0.668 0.645 0.632 0.591 0.559 0.597 0.625 0.739 0.710 0.729 "
    "0.720 0.636 0.581 0.428 0.292 0.162 0.098 0.054"
).split()


def _x(n: int) -> tuple[str, ...]:
    return tuple(f"x{j}" for j in range(1, n + 1))


def _squares(residuals: Sequence[str]) -> str:
    return " + ".join(f"({r})**2" for r in residuals)


def _plus(terms: Sequence[str]) -> str:
    return " + ".join(terms) if terms else "0"


def _sum(terms: Callable[[int], str], first: int, last: int) -> str:
    return _plus([terms(j) for j in range(first, last + 1)])


def _gulf() -> list[str]:
    return [f"exp(-abs(25 + (-50*log({i}/100))**(2/3) - x2)**x3/x1) - {i}/100" for i in range(1, 11)]


def _biggs(i: int) -> str:
    model = f"x3*exp(-{i}/10*x1) - x4*exp(-{i}/10*x2) + x6*exp(-{i}/10*x5)"
    return f"{model} - exp(-{i}/10) + 5*exp(-{i}) - 3*exp(-4*{i}/10)"


def _osborne_2(i: int) -> str:
    t = f"{i - 1}/10"
    bells = " + ".join(f"x{k}*exp(-({t} - x{k + 7})**2*x{k + 4})" for k in (2, 3, 4))
    return f"{_OSBORNE_2[i - 1]} - (x1*exp(-{t}*x5) + {bells})"


def _watson(n: int) -> list[str]:
    found = []
    for i in range(1, 30):
        slope = _plus([f"{j - 1}*({i}/29)**{j - 2}*x{j}" for j in range(2, n + 1)])
        value = _plus([f"({i}/29)**{j - 1}*x{j}" for j in range(1, n + 1)])
        found.append(f"{slope} - ({value})**2 - 1")
    return [*found, "x1", "x2 - x1**2 - 1"]


def _penalty_one(n: int) -> str:
    return f"{_sum(lambda j: f'(x{j} - 1)**2/100000', 1, n)} + ({_sum(lambda j: f'x{j}**2', 1, n)} - 1/4)**2"


def _penalty_two(n: int) -> str:
    rises = [f"exp(x{i}/10) + exp(x{i - 1}/10) - exp({i}/10) - exp({i - 1}/10)" for i in range(2, n + 1)]
    falls = [f"exp(x{i}/10) - exp(-1/10)" for i in range(2, n + 1)]
    small = " + ".join(f"({r})**2/100000" for r in (*rises, *falls))
    return f"(x1 - 1/5)**2 + {small} + ({_sum(lambda j: f'{n - j + 1}*x{j}**2', 1, n)} - 1)**2"


def _variably(n: int) -> str:
    weighted = f"({_sum(lambda j: f'{j}*(x{j} - 1)', 1, n)})"
    return f"{_sum(lambda j: f'(x{j} - 1)**2', 1, n)} + {weighted}**2 + {weighted}**4"


def _trigonometric(n: int) -> list[str]:
    cosines = _sum(lambda j: f"cos(x{j})", 1, n)
    return [f"{n} - ({cosines}) + {i}*(1 - cos(x{i})) - sin(x{i})" for i in range(1, n + 1)]


def _brown_almost_linear(n: int) -> list[str]:
    total = _plus(_x(n))
    return [*(f"x{i} + {total} - {n + 1}" for i in range(1, n)), f"{'*'.join(_x(n))} - 1"]


def _cubed(j: int, n: int) -> str:
    return f"(x{j} + {j}/{n + 1} + 1)**3"


def _boundary_value(n: int) -> list[str]:
    def x(j: int) -> str:
        return f"x{j}" if 1 <= j <= n else "0"

    return [f"2*x{i} - {x(i - 1)} - {x(i + 1)} + {_cubed(i, n)}/(2*{n + 1}**2)" for i in range(1, n + 1)]


def _integral_equation(n: int) -> list[str]:
    found = []
    for i in range(1, n + 1):
        below = _sum(lambda j: f"{j}/{n + 1}*{_cubed(j, n)}", 1, i)
        above = _sum(lambda j: f"(1 - {j}/{n + 1})*{_cubed(j, n)}", i + 1, n)
        found.append(f"x{i} + ((1 - {i}/{n + 1})*({below}) + {i}/{n + 1}*({above}))/(2*{n + 1})")
    return found


def _broyden_tridiagonal(n: int) -> list[str]:
    def x(j: int) -> str:
        return f"x{j}" if 1 <= j <= n else "0"

    return [f"(3 - 2*x{i})*x{i} - {x(i - 1)} - 2*{x(i + 1)} + 1" for i in range(1, n + 1)]


def _broyden_banded(n: int) -> list[str]:
    found = []
    for i in range(1, n + 1):
        near = [j for j in range(max(1, i - 5), min(n, i + 1) + 1) if j != i]
        found.append(f"x{i}*(2 + 5*x{i}**2) + 1 - ({_plus([f'x{j}*(1 + x{j})' for j in near])})")
    return found


def _full_rank(n: int, m: int) -> list[str]:
    mean = f"2/{m}*({_plus(_x(n))})"
    return [f"{f'x{i} - ' if i <= n else '-'}{mean} - 1" for i in range(1, m + 1)]


def _rank_one(n: int, m: int) -> list[str]:
    return [f"{i}*({_sum(lambda j: f'{j}*x{j}', 1, n)}) - 1" for i in range(1, m + 1)]


def _rank_one_with_zeros(n: int, m: int) -> list[str]:
    inside = _sum(lambda j: f"{j}*x{j}", 2, n - 1)
    return ["-1", *(f"{i - 1}*({inside}) - 1" for i in range(2, m)), "-1"]


def _chebyshev(i: int, x: str) -> str:
    """The shifted Chebyshev polynomial Tᵢ(2x − 1) by its coefficients in 2x − 1."""
    before, now = [1], [0, 1]
    for _ in range(i - 1):
        doubled = [0, *(2 * c for c in now)]
        before, now = now, [a - b for a, b in zip(doubled, [*before, 0, 0], strict=True)]
    return _plus([f"({c})*(2*{x} - 1)**{k}" for k, c in enumerate(now) if c])


def _chebyquad(n: int) -> list[str]:
    found = []
    for i in range(1, n + 1):
        mean = f"({_plus([_chebyshev(i, x) for x in _x(n)])})/{n}"
        found.append(f"{mean} + 1/{i * i - 1}" if i % 2 == 0 else mean)
    return found


def _starts(n: int, start: Callable[[int], str]) -> tuple[str, ...]:
    return tuple(start(j) for j in range(1, n + 1))


TABLE = (
    Classic(
        "meyer",
        _squares([f"x1*exp(x2/({45 + 5 * i} + x3)) - {y}" for i, y in enumerate(_MEYER, 1)]),
        _x(3),
        ("0.02", "4000", "250"),
        87.9458,
        (0.00560963647, 6181.34635, 345.223635),
        "[MGH] 10",
    ),
    Classic("gulf", _squares(_gulf()), _x(3), ("5", "2.5", "0.15"), 0, (50, 25, 1.5), "[MGH] 11, m = 10"),
    Classic(
        "osborne_one",
        _squares([f"{y} - (x1 + x2*exp(-{10 * i}*x4) + x3*exp(-{10 * i}*x5))" for i, y in enumerate(_OSBORNE_1)]),
        _x(5),
        ("0.5", "1.5", "-1", "0.01", "0.02"),
        5.46489e-5,
        (0.3754100521, 1.935846913, -1.464687137, 0.01286753464, 0.02212269966),
        "[MGH] 17",
    ),
    Classic(
        "biggs_exp6",
        _squares([_biggs(i) for i in range(1, 14)]),
        _x(6),
        ("1", "2", "1", "1", "1", "1"),
        0,
        (1, 10, 1, 5, 4, 3),
        "[MGH] 18, m = 13",
        other_values=(5.65565e-3,),
    ),
    Classic(
        "osborne_two",
        _squares([_osborne_2(i) for i in range(1, 66)]),
        _x(11),
        ("1.3", "0.65", "0.65", "0.7", "0.6", "3", "5", "7", "2", "4.5", "5.5"),
        4.01377e-2,
        None,
        "[MGH] 19",
    ),
    *(
        Classic(f"watson_{n}", _squares(_watson(n)), _x(n), ("0",) * n, minimum, None, f"[MGH] 20, n = {n}")
        for n, minimum in ((6, 2.28767e-3), (9, 1.39976e-6), (12, 4.72238e-10))
    ),
    Classic(
        "extended_rosenbrock",
        _squares([r for j in range(1, 11, 2) for r in (f"10*(x{j + 1} - x{j}**2)", f"1 - x{j}")]),
        _x(10),
        ("-1.2", "1") * 5,
        0,
        (1,) * 10,
        "[MGH] 21, n = 10",
    ),
    Classic(
        "extended_powell",
        " + ".join(
            f"(x{j} + 10*x{j + 1})**2 + 5*(x{j + 2} - x{j + 3})**2"
            f" + (x{j + 1} - 2*x{j + 2})**4 + 10*(x{j} - x{j + 3})**4"
            for j in range(1, 13, 4)
        ),
        _x(12),
        ("3", "-1", "0", "1") * 3,
        0,
        (0,) * 12,
        "[MGH] 22, n = 12",
        degenerate=True,
    ),
    Classic("penalty_one_10", _penalty_one(10), _x(10), _starts(10, str), 7.08765e-5, None, "[MGH] 23, n = 10"),
    Classic("penalty_two_4", _penalty_two(4), _x(4), ("1/2",) * 4, 9.37629e-6, None, "[MGH] 24, n = 4"),
    Classic("penalty_two_10", _penalty_two(10), _x(10), ("1/2",) * 10, 2.93660e-4, None, "[MGH] 24, n = 10"),
    Classic(
        "variably_dimensioned_10",
        _variably(10),
        _x(10),
        _starts(10, lambda j: f"{10 - j}/10"),
        0,
        (1,) * 10,
        "[MGH] 25, n = 10",
    ),
    Classic(
        "trigonometric_10",
        _squares(_trigonometric(10)),
        _x(10),
        ("1/10",) * 10,
        0,
        (0,) * 10,
        "[MGH] 26, n = 10",
        other_values=(2.79506e-5,),
    ),
    Classic(
        "brown_almost_linear",
        _squares(_brown_almost_linear(10)),
        _x(10),
        ("1/2",) * 10,
        0,
        (1,) * 10,
        "[MGH] 27, n = 10",
        other_values=(1.0,),
    ),
    Classic(
        "discrete_boundary_value",
        _squares(_boundary_value(10)),
        _x(10),
        _starts(10, lambda j: f"{j * (j - 11)}/121"),
        0,
        None,
        "[MGH] 28, n = 10",
    ),
    Classic(
        "discrete_integral_equation",
        _squares(_integral_equation(10)),
        _x(10),
        _starts(10, lambda j: f"{j * (j - 11)}/121"),
        0,
        None,
        "[MGH] 29, n = 10",
    ),
    Classic(
        "broyden_tridiagonal_10",
        _squares(_broyden_tridiagonal(10)),
        _x(10),
        ("-1",) * 10,
        0,
        None,
        "[MGH] 30, n = 10",
    ),
    Classic("broyden_banded", _squares(_broyden_banded(10)), _x(10), ("-1",) * 10, 0, None, "[MGH] 31, n = 10"),
    Classic(
        "linear_full_rank",
        _squares(_full_rank(10, 20)),
        _x(10),
        ("1",) * 10,
        10,
        (-1,) * 10,
        "[MGH] 32, n = 10, m = 20",
    ),
    Classic(
        "linear_rank_one",
        _squares(_rank_one(10, 20)),
        _x(10),
        ("1",) * 10,
        20 * 19 / (2 * 41),
        None,
        "[MGH] 33, n = 10, m = 20",
        degenerate=True,
    ),
    Classic(
        "linear_rank_one_zero_columns",
        _squares(_rank_one_with_zeros(10, 20)),
        _x(10),
        ("1",) * 10,
        (400 + 60 - 6) / (2 * 37),
        None,
        "[MGH] 34, n = 10, m = 20",
        degenerate=True,
    ),
    Classic(
        "chebyquad_8",
        _squares(_chebyquad(8)),
        _x(8),
        _starts(8, lambda j: f"{j}/9"),
        3.51687e-3,
        None,
        "[MGH] 35, n = 8",
    ),
    Classic("chebyquad_9", _squares(_chebyquad(9)), _x(9), _starts(9, lambda j: f"{j}/10"), 0, None, "[MGH] 35, n = 9"),
    Classic(
        "chebyquad_10",
        _squares(_chebyquad(10)),
        _x(10),
        _starts(10, lambda j: f"{j}/11"),
        4.77271e-3,
        None,
        "[MGH] 35, n = 10; the paper lists the local minimum",
        other_values=(6.50395e-3,),
    ),
)
"""Problems 10, 11, 17–22, 24, 27–29, 31–35, and 23, 25, 26 and 30 at n = 10."""
