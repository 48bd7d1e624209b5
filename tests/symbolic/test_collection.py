"""The collection: values against problems written by hand, gradients against SymPy, published minima proved."""

from __future__ import annotations

import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy

import hessmath as hm
from hessmath.symbolic.collection import collection
from hessmath.verify.certify import CertifiedPoint

sys.path.insert(0, str(Path(__file__).parent))
from problems_by_hand import BY_HAND, COUNTS

NAMES = list(collection)


@pytest.fixture(scope="module")
def kernels():
    """Kernels by name, each made once."""
    made = {}

    def kernel(name):
        if name not in made:
            made[name] = hm.compile(hm.Function(collection[name]))
        return made[name]

    return kernel


def start_of(classic):
    return np.array([float(sympy.Rational(v)) for v in classic.start])


def published(value, figure):
    """Whether a value is the figure in a table, which has about six digits."""
    return abs(value - figure) <= 6e-6 * max(abs(figure), 1e-6 if figure == 0 else 0.0) + 1e-12


def test_there_are_sixty_problems_and_all_of_the_paper():
    assert len(collection) >= 60
    numbers = {
        int(c.source.split("[MGH] ")[1].split(",")[0].split(";")[0]) for c in collection.values() if "[MGH]" in c.source
    }
    assert numbers == set(range(1, 36))
    assert list(collection)[: len(hm.gallery)] == list(hm.gallery)
    assert all(c.name == name and c.source for name, c in collection.items())
    assert set(BY_HAND) == set(collection)


@pytest.mark.parametrize("name", NAMES)
def test_values_agree_with_the_problem_written_by_hand(name, kernels):
    classic, k = collection[name], kernels(name)
    x0 = start_of(classic)
    rng = np.random.default_rng(1)
    assert len(classic.start) == len(classic.variables) == len(k.variables)
    for x in (x0, x0 * (1 + 0.02 * rng.standard_normal(x0.size)), x0 + 1e-3 * rng.random(x0.size)):
        assert k.f(x) == pytest.approx(BY_HAND[name](x), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_that_of_differences_in_sixty_digits(name, kernels):
    """SymPy writes the formula for mpmath, where central differences have 30 right digits."""
    f, k = hm.Function(collection[name]), kernels(name)
    x0 = start_of(collection[name]) + 0.01
    value = sympy.lambdify(f.variables, f.expr, "mpmath", cse=True)
    with mpmath.workdps(60):
        at, h = [mpmath.mpf(v) for v in x0], mpmath.mpf(10) ** -18

        def along(i):
            ends = [value(*(v + sign * h * (j == i) for j, v in enumerate(at))) for sign in (1, -1)]
            return float((ends[0] - ends[1]) / (2 * h))

        right = [along(i) for i in range(x0.size)]
    assert k.gradient(x0) == pytest.approx(right, rel=1e-9, abs=1e-11 * max(map(abs, right)))


@pytest.mark.parametrize("name", [n for n in NAMES if n not in hm.gallery])
def test_a_minimum_with_the_published_value_is_proved(name, kernels):
    classic, k = collection[name], kernels(name)
    f = hm.Function(classic)
    if classic.minimiser is not None:
        point = np.array(classic.minimiser, dtype=float)
    else:
        point = lowest(classic, k)
    if classic.degenerate:
        assert published(k.f(point), classic.minimum)
        eigenvalues = np.linalg.eigvalsh(k.hessian(point))
        assert eigenvalues[0] <= 1e-6 * max(eigenvalues[-1], 1.0)
        assert not isinstance(hm.certify(f, point), CertifiedPoint)
        return
    found = hm.certify(f, point)
    assert isinstance(found, CertifiedPoint), str(found)
    assert found.kind.value == "minimum"
    low, high = map(float, found.value)
    assert published((low + high) / 2, classic.minimum), (low, high)
    if classic.minimiser is not None:
        assert found.x == pytest.approx(point, rel=2e-6, abs=2e-6)


def lowest(classic, k):
    """The end of the best of a few runs by SciPy from the standard start: an independent solver."""
    from scipy.optimize import minimize

    x0 = start_of(classic)
    options = {"gtol": 1e-9, "maxiter": 5000}
    runs = [minimize(k.f, x0, jac=k.gradient, method=m, options=options).x for m in ("BFGS", "L-BFGS-B")]
    runs.append(minimize(k.f, x0, jac=k.gradient, hess=k.hessian, method="trust-exact", options={"gtol": 1e-10}).x)
    best = min(runs, key=k.f)
    return minimize(k.f, best, jac=k.gradient, hess=k.hessian, method="trust-exact", options={"gtol": 1e-11}).x


def test_regressions_have_the_published_deviance():
    y = COUNTS
    assert 2 * (np.sum(y * np.log(y) - y) + collection["dobson_poisson"].minimum) == pytest.approx(5.12914, abs=1e-5)
    assert 2 * collection["o_ring_logistic"].minimum == pytest.approx(20.31519, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "method", "x"),
    [
        ("trigonometric_10", hm.TrustRegion(), None),
        ("griewank", hm.TrustRegion(), [3.14, 4.44]),
        ("chained_rosenbrock", hm.TrustRegion(), None),
        ("biggs_exp6", hm.BFGS(), None),
        ("chebyquad_10", hm.BFGS(), None),
    ],
)
def test_other_minima_have_the_published_values(name, method, x):
    classic = collection[name]
    found = hm.minimize(hm.Function(classic), start_of(classic) if x is None else x, method)
    assert any(published(found.value, v) for v in classic.other_values), found.value
