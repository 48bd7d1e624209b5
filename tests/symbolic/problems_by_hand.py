"""The test problems written by hand in NumPy, from the sources: nothing here comes from hessmath's formulas."""

from __future__ import annotations

import numpy as np

pi, exp, sin, cos, log, sqrt = np.pi, np.exp, np.sin, np.cos, np.log, np.sqrt


def squares(residuals):
    return lambda x: float(np.sum(np.asarray(residuals(x), dtype=float) ** 2))


def steps(n):
    return np.arange(1, n + 1, dtype=float)


def numbers(text):
    return np.array(text.split(), dtype=float)


BARD = numbers("0.14 0.18 0.22 0.25 0.29 0.32 0.35 0.39 0.37 0.58 0.73 0.96 1.34 2.10 4.39")
GAUSS = numbers(
    "0.0009 0.0044 0.0175 0.0540 0.1295 0.2420 0.3521 0.3989 0.3521 0.2420 0.1295 0.0540 0.0175 0.0044 0.0009"
)
MEYER = numbers("34780 28610 23650 19630 16370 13720 11540 9744 8261 7030 6005 5147 4427 3820 3307 2872")
KOWALIK_Y = numbers("0.1957 0.1947 0.1735 0.1600 0.0844 0.0627 0.0456 0.0342 0.0323 0.0235 0.0246")
KOWALIK_U = numbers("4 2 1 0.5 0.25 0.167 0.125 0.1 0.0833 0.0714 0.0625")
OSBORNE_1 = numbers(
    "0.844 0.908 0.932 0.936 0.925 0.908 0.881 0.850 0.818 0.784 0.751 0.718 0.685 0.658 0.628 0.603 0.580 "
    "0.558 0.538 0.522 0.506 0.490 0.478 0.467 0.457 0.448 0.438 0.431 0.424 0.420 0.414 0.411 0.406"
)
OSBORNE_2 = numbers(
    "1.366 1.191 1.112 1.013 0.991 0.885 0.831 0.847 0.786 0.725 0.746 0.679 0.608 0.655 0.616 0.606 0.602 "
    "0.626 0.651 0.724 0.649 0.649 0.694 0.644 0.624 0.661 0.612 0.558 0.533 0.495 0.500 0.423 0.395 0.375 "
    "0.372 0.391 0.396 0.405 0.428 0.429 0.523 0.562 0.607 0.653 0.672 0.708 0.633 0.668 0.645 0.632 0.591 "
    "0.559 0.597 0.625 0.739 0.710 0.729 0.720 0.636 0.581 0.428 0.292 0.162 0.098 0.054"
)
TEMPERATURE = numbers("66 70 69 68 67 72 73 70 57 63 70 78 67 53 67 75 70 81 76 79 75 76 58")
DISTRESS = numbers("0 1 0 0 0 0 0 0 1 1 1 0 0 1 0 0 0 0 0 0 1 0 1")
COUNTS = numbers("18 17 15 20 10 20 25 13 12")


def helical(x):
    angle = np.arctan(x[1] / x[0]) / (2 * pi) + (0.5 if x[0] <= 0 else 0.0)
    return [10 * (x[2] - 10 * angle), 10 * (np.hypot(x[0], x[1]) - 1), x[2]]


def kowalik(x):
    u = KOWALIK_U
    return KOWALIK_Y - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


def gulf(x):
    t = steps(10) / 100
    return exp(-(np.abs(25 + (-50 * log(t)) ** (2 / 3) - x[1]) ** x[2]) / x[0]) - t


def biggs(x):
    t = steps(13) / 10
    y = exp(-t) - 5 * exp(-10 * t) + 3 * exp(-4 * t)
    return x[2] * exp(-t * x[0]) - x[3] * exp(-t * x[1]) + x[5] * exp(-t * x[4]) - y


def osborne_two(x):
    t = np.arange(65) / 10
    bells = sum(x[k] * exp(-((t - x[k + 7]) ** 2) * x[k + 4]) for k in (1, 2, 3))
    return OSBORNE_2 - (x[0] * exp(-t * x[4]) + bells)


def watson(x):
    x = np.asarray(x)
    P = np.polynomial.Polynomial(x)
    t = steps(29) / 29
    return [*(P.deriv()(t) - P(t) ** 2 - 1), x[0], x[1] - x[0] ** 2 - 1]


def paired(pair):
    return lambda x: float(sum(pair(x[i], x[i + 1]) for i in range(0, len(x), 2)))


def rosenbrock(a, b):
    return 100 * (b - a**2) ** 2 + (1 - a) ** 2


def powell(a, b, c, d):
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def penalty_one(x):
    x = np.asarray(x)
    return float(1e-5 * np.sum((x - 1) ** 2) + (np.sum(x**2) - 0.25) ** 2)


def penalty_two(x):
    x = np.asarray(x)
    n, i = len(x), steps(len(x))
    y = exp(i[1:] / 10) + exp(i[:-1] / 10)
    rises = exp(x[1:] / 10) + exp(x[:-1] / 10) - y
    falls = exp(x[1:] / 10) - exp(-0.1)
    return float((x[0] - 0.2) ** 2 + 1e-5 * (rises @ rises + falls @ falls) + (np.sum((n - i + 1) * x**2) - 1) ** 2)


def variably(x):
    x = np.asarray(x)
    s = np.sum(steps(len(x)) * (x - 1))
    return float(np.sum((x - 1) ** 2) + s**2 + s**4)


def trigonometric(x):
    x = np.asarray(x)
    return len(x) - np.sum(cos(x)) + steps(len(x)) * (1 - cos(x)) - sin(x)


def brown_almost_linear(x):
    x = np.asarray(x)
    r = x + np.sum(x) - (len(x) + 1)
    r[-1] = np.prod(x) - 1
    return r


def boundary_value(x):
    n = len(x)
    h, padded = 1 / (n + 1), np.array([0.0, *x, 0.0])
    return 2 * padded[1:-1] - padded[:-2] - padded[2:] + h**2 * (padded[1:-1] + steps(n) * h + 1) ** 3 / 2


def integral_equation(x):
    n = len(x)
    h = 1 / (n + 1)
    t = steps(n) * h
    kernel = np.minimum.outer(t, t) * (1 - np.maximum.outer(t, t))
    return x + h / 2 * kernel @ (x + t + 1) ** 3


def broyden_tridiagonal(x):
    padded = np.array([0.0, *x, 0.0])
    return (3 - 2 * padded[1:-1]) * padded[1:-1] - padded[:-2] - 2 * padded[2:] + 1


def broyden_banded(x):
    n = len(x)
    r = []
    for i in range(n):
        near = [j for j in range(max(0, i - 5), min(n - 1, i + 1) + 1) if j != i]
        r.append(x[i] * (2 + 5 * x[i] ** 2) + 1 - sum(x[j] * (1 + x[j]) for j in near))
    return r


def full_rank(x):
    r = np.full(20, -2 / 20 * np.sum(x) - 1)
    r[:10] += x
    return r


def rank_one(x):
    return steps(20) * (steps(10) @ x) - 1


def rank_one_with_zeros(x):
    inside = steps(10)[1:-1] @ np.asarray(x)[1:-1]
    r = (steps(20) - 1) * inside - 1
    r[0] = r[-1] = -1
    return r


def chebyquad(x):
    n, x = len(x), np.asarray(x)
    angle = np.arccos(2 * x - 1)  # the points of the tests lie in [0, 1]
    return [np.mean(cos(i * angle)) + (1 / (i**2 - 1) if i % 2 == 0 else 0) for i in range(1, n + 1)]


def levy(x):
    w = 1 + (np.asarray(x) - 1) / 4
    middle = np.sum((w[:-1] - 1) ** 2 * (1 + 10 * sin(pi * w[:-1] + 1) ** 2))
    return float(sin(pi * w[0]) ** 2 + middle + (w[-1] - 1) ** 2 * (1 + sin(2 * pi * w[-1]) ** 2))


def hartmann(x):
    A = np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]])
    P = np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381.5, 5743, 8828]]) * 1e-4
    return float(-np.array([1, 1.2, 3, 3.2]) @ exp(-np.sum(A * (x - P) ** 2, axis=1)))


def shekel(x):
    C = np.array([[4, 4, 4, 4], [1, 1, 1, 1], [8, 8, 8, 8], [6, 6, 6, 6], [3, 7, 3, 7]])
    return float(-np.sum(1 / (np.array([0.1, 0.2, 0.2, 0.4, 0.4]) + np.sum((x - C) ** 2, axis=1))))


def engval_two(x):
    a, b, c = x
    return [
        a * a + b * b + c * c - 1,
        a * a + b * b + (c - 2) ** 2 - 1,
        a + b + c - 1,
        a + b - c + 1,
        a**3 + 3 * b * b + (5 * c - a + 1) ** 2 - 36,
    ]


def logistic(x):
    eta = x[0] + TEMPERATURE * x[1]
    return float(np.sum(np.logaddexp(0, eta) - DISTRESS * eta))


def poisson(x):
    outcome, treatment = np.tile([0, 1, 2], 3), np.repeat([0, 1, 2], 3)
    eta = x[0] + np.array([0, x[1], x[2]])[outcome] + np.array([0, x[3], x[4]])[treatment]
    return float(np.sum(exp(eta) - COUNTS * eta))


def goldstein_price(x):
    a, b = x
    first = 1 + (a + b + 1) ** 2 * (19 - 14 * a + 3 * a**2 - 14 * b + 6 * a * b + 3 * b**2)
    return first * (30 + (2 * a - 3 * b) ** 2 * (18 - 32 * a + 12 * a**2 + 48 * b - 36 * a * b + 27 * b**2))


def wood(x):
    a, b, c, d = x
    return rosenbrock(a, b) + 90 * (d - c * c) ** 2 + (1 - c) ** 2 + 10 * (b + d - 2) ** 2 + 0.1 * (b - d) ** 2


def colville(x):
    a, b, c, d = x
    return (
        rosenbrock(a, b) + 90 * (c * c - d) ** 2 + (c - 1) ** 2 + 10.1 * ((b - 1) ** 2 + (d - 1) ** 2)
        + 19.8 * (b - 1) * (d - 1)
    )  # fmt: skip


def dixon_price(x):
    return (x[0] - 1) ** 2 + sum(i * (2 * x[i - 1] ** 2 - x[i - 2]) ** 2 for i in range(2, len(x) + 1))


def nondquar(x):
    return (x[0] - x[1]) ** 2 + (x[-2] + x[-1]) ** 2 + sum((x[i] + x[i + 1] + x[-1]) ** 4 for i in range(len(x) - 2))


def zakharov(x):
    s = 0.5 * steps(len(x)) @ x
    return float(np.dot(x, x) + s**2 + s**4)


TENTH = steps(10) / 10

BY_HAND = {
    "rosenbrock": lambda x: rosenbrock(*x),
    "freudenstein_roth": squares(
        lambda x: [-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]]
    ),
    "powell_badly_scaled": squares(lambda x: [1e4 * x[0] * x[1] - 1, exp(-x[0]) + exp(-x[1]) - 1.0001]),
    "brown_badly_scaled": squares(lambda x: [x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2]),
    "beale": squares(lambda x: numbers("1.5 2.25 2.625") - x[0] * (1 - x[1] ** steps(3))),
    "jennrich_sampson": squares(lambda x: 2 + 2 * steps(10) - (exp(steps(10) * x[0]) + exp(steps(10) * x[1]))),
    "helical_valley": squares(helical),
    "bard": squares(
        lambda x: BARD - (x[0] + steps(15) / ((16 - steps(15)) * x[1] + np.minimum(steps(15), 16 - steps(15)) * x[2]))
    ),
    "gaussian": squares(lambda x: x[0] * exp(-x[1] * ((8 - steps(15)) / 2 - x[2]) ** 2 / 2) - GAUSS),
    "box_three_dimensional": squares(
        lambda x: exp(-TENTH * x[0]) - exp(-TENTH * x[1]) - x[2] * (exp(-TENTH) - exp(-10 * TENTH))
    ),
    "powell_singular": lambda x: powell(*x),
    "wood": wood,
    "kowalik_osborne": squares(kowalik),
    "brown_dennis": squares(
        lambda x: (
            (x[0] + steps(20) / 5 * x[1] - exp(steps(20) / 5)) ** 2
            + (x[2] + x[3] * sin(steps(20) / 5) - cos(steps(20) / 5)) ** 2
        )
    ),
    "penalty_one": penalty_one,
    "variably_dimensioned": variably,
    "trigonometric": squares(trigonometric),
    "broyden_tridiagonal": squares(broyden_tridiagonal),
    "himmelblau": squares(lambda x: [x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7]),
    "booth": squares(lambda x: [x[0] + 2 * x[1] - 7, 2 * x[0] + x[1] - 5]),
    "matyas": lambda x: 0.26 * (x[0] ** 2 + x[1] ** 2) - 0.48 * x[0] * x[1],
    "mccormick": lambda x: sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1,
    "three_hump_camel": lambda x: 2 * x[0] ** 2 - 1.05 * x[0] ** 4 + x[0] ** 6 / 6 + x[0] * x[1] + x[1] ** 2,
    "six_hump_camel": lambda x: (
        4 * x[0] ** 2 - 2.1 * x[0] ** 4 + x[0] ** 6 / 3 + x[0] * x[1] - 4 * x[1] ** 2 + 4 * x[1] ** 4
    ),
    "goldstein_price": goldstein_price,
    "branin": lambda x: (
        (x[1] - 5.1 * x[0] ** 2 / (4 * pi**2) + 5 * x[0] / pi - 6) ** 2 + 10 * (1 - 1 / (8 * pi)) * cos(x[0]) + 10
    ),
    "rastrigin": lambda x: 20 + sum(v**2 - 10 * cos(2 * pi * v) for v in x),
    "styblinski_tang": lambda x: sum(v**4 - 16 * v**2 + 5 * v for v in x) / 2,
    "meyer": squares(lambda x: x[0] * exp(x[1] / (45 + 5 * steps(16) + x[2])) - MEYER),
    "gulf": squares(gulf),
    "osborne_one": squares(
        lambda x: OSBORNE_1 - (x[0] + x[1] * exp(-10 * np.arange(33) * x[3]) + x[2] * exp(-10 * np.arange(33) * x[4]))
    ),
    "biggs_exp6": squares(biggs),
    "osborne_two": squares(osborne_two),
    **dict.fromkeys(("watson_6", "watson_9", "watson_12"), squares(watson)),
    "extended_rosenbrock": paired(rosenbrock),
    "extended_powell": lambda x: sum(powell(*x[i : i + 4]) for i in range(0, 12, 4)),
    "penalty_one_10": penalty_one,
    "penalty_two_4": penalty_two,
    "penalty_two_10": penalty_two,
    "variably_dimensioned_10": variably,
    "trigonometric_10": squares(trigonometric),
    "brown_almost_linear": squares(brown_almost_linear),
    "discrete_boundary_value": squares(boundary_value),
    "discrete_integral_equation": squares(integral_equation),
    "broyden_tridiagonal_10": squares(broyden_tridiagonal),
    "broyden_banded": squares(broyden_banded),
    "linear_full_rank": squares(full_rank),
    "linear_rank_one": squares(rank_one),
    "linear_rank_one_zero_columns": squares(rank_one_with_zeros),
    **dict.fromkeys(("chebyquad_8", "chebyquad_9", "chebyquad_10"), squares(chebyquad)),
    "colville": colville,
    "cube": lambda x: 100 * (x[1] - x[0] ** 3) ** 2 + (1 - x[0]) ** 2,
    "chained_rosenbrock": lambda x: sum(rosenbrock(x[i], x[i + 1]) for i in range(19)),
    "chained_singular": lambda x: sum(powell(*x[i : i + 4]) for i in (0, 2, 4)),
    "zakharov": zakharov,
    "dixon_price": dixon_price,
    "levy": levy,
    "griewank": lambda x: 1 + (x[0] ** 2 + x[1] ** 2) / 4000 - cos(x[0]) * cos(x[1] / sqrt(2)),
    "easom": lambda x: -cos(x[0]) * cos(x[1]) * exp(-((x[0] - pi) ** 2) - (x[1] - pi) ** 2),
    "bohachevsky": lambda x: x[0] ** 2 + 2 * x[1] ** 2 - 0.3 * cos(3 * pi * x[0]) - 0.4 * cos(4 * pi * x[1]) + 0.7,
    "trid": lambda x: sum((v - 1) ** 2 for v in x) - sum(a * b for a, b in zip(x[1:], x[:-1], strict=True)),
    "hartmann": hartmann,
    "shekel": shekel,
    "engval_1": lambda x: sum((x[i] ** 2 + x[i + 1] ** 2) ** 2 - 4 * x[i] + 3 for i in range(9)),
    "engval_2": squares(engval_two),
    "arwhead": lambda x: sum((v**2 + x[-1] ** 2) ** 2 - 4 * v + 3 for v in x[:-1]),
    "nondquar": nondquar,
    "cragg_levy": lambda x: (
        (exp(x[0]) - x[1]) ** 4 + 100 * (x[1] - x[2]) ** 6 + np.tan(x[2] - x[3]) ** 4 + x[0] ** 8 + (x[3] - 1) ** 2
    ),
    "tridia": lambda x: (x[0] - 1) ** 2 + sum((i + 1) * (2 * x[i] - x[i - 1]) ** 2 for i in range(1, 10)),
    "dqdrtic": lambda x: sum(x[i] ** 2 + 100 * x[i + 1] ** 2 + 100 * x[i + 2] ** 2 for i in range(8)),
    "liarwhd": lambda x: sum(4 * (v**2 - x[0]) ** 2 + (v - 1) ** 2 for v in x),
    "o_ring_logistic": logistic,
    "dobson_poisson": poisson,
    "powell_quartic_sum": lambda x: sum((v - i) ** 4 for i, v in enumerate(x, 1)),
}
