"""The gallery against itself: the published minima are minima of the published formulas."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy

from hessmath.function import Function
from hessmath.language import free_names, parse_formula
from hessmath.symbolic import gallery

NAMES = sorted(gallery)


def _refined(f, start):
    """Newton's method in 50 digits from a published point."""
    mp = mpmath
    gradient = sympy.lambdify(f.variables, list(f.gradient), "mpmath")
    hessian = sympy.lambdify(f.variables, f.hessian.tolist(), "mpmath")
    x = mp.matrix([mp.mpf(value) for value in start])
    for _ in range(60):
        g = mp.matrix(gradient(*x))
        if mp.norm(g) < mp.mpf(10) ** -40:
            break
        x = x - mp.lu_solve(mp.matrix(hessian(*x)), g)
    return x, gradient, hessian, mp


def test_there_are_enough_and_they_cite_their_source():
    assert len(gallery) >= 20
    assert sum("[MGH]" in classic.source for classic in gallery.values()) >= 12
    assert all(classic.source for classic in gallery.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_formula_has_its_variables_and_start(name):
    classic = gallery[name]
    assert set(free_names(parse_formula(classic.formula, classic.variables))) == set(classic.variables)
    assert len(classic.start) == len(classic.variables)
    assert Function(classic).at(classic.start).is_finite


@pytest.mark.parametrize("name", NAMES)
def test_the_published_minimum_is_a_minimum(name):
    with mpmath.workdps(50):
        _compare(name)


def _compare(name):
    classic = gallery[name]
    f = Function(classic)
    value = sympy.lambdify(f.variables, f.expr, "mpmath")
    for minimum, point in [(classic.minimum, classic.minimiser), *classic.local]:
        if name == "powell_singular":  # the Hessian is singular at the minimiser: Newton only creeps towards it
            assert f.at(point) == 0
            assert not any(f.gradient_at(point))
            continue
        x, _, hessian, mp = _refined(f, point)
        # Published to about nine digits; badly scaled problems move in the last of them.
        scale = [max(1, abs(p)) if abs(p) > 1e-3 else abs(p) or 1 for p in point]
        moved = [abs(a - b) / s for a, b, s in zip(x, point, scale, strict=True)]
        assert max(moved) < 1e-6, (name, [mp.nstr(v, 12) for v in x])
        assert abs(value(*x) - minimum) <= 1e-8 * max(1, abs(minimum)), mp.nstr(value(*x), 15)
        H = np.array([[float(h) for h in row] for row in hessian(*x)])
        D = np.diag(1 / np.sqrt(np.abs(np.diag(H))))
        assert np.linalg.eigvalsh(D @ H @ D)[0] > 0
