"""The first radius of a trust region, and what is done where f itself cannot tell up from down."""

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.optimize import (
    CubicNewton,
    Direct,
    LanczosSubproblem,
    Problem,
    Status,
    SteihaugCG,
    TrustRegion,
    default_method,
    minimize,
)

SUBPROBLEMS = [Direct(), SteihaugCG(), LanczosSubproblem()]
small = st.integers(-4, 4)


def bowl(M, b):
    """¼‖x‖⁴ + ½xᵀ(M + Mᵀ)x − bᵀx: every kind of curvature, and always a minimum."""
    H, n = M + M.T, len(b)

    def hessian(x):
        return H + x @ x * np.eye(n) + 2 * np.outer(x, x)

    return Problem(
        n,
        lambda x: (x @ x) ** 2 / 4 + x @ H @ x / 2 - b @ x,
        lambda x: (x @ x) * x + H @ x - b,
        hessian,
        hvp=lambda x, v: hessian(x) @ v,
    )


@settings(deadline=None, max_examples=30)
@given(data=st.data(), n=st.integers(1, 4), subproblem=st.sampled_from(SUBPROBLEMS))
def test_the_first_radius_is_half_of_the_way_to_the_minimum_along_the_gradient(data, n, subproblem):
    M = np.array(data.draw(st.lists(small, min_size=n * n, max_size=n * n)), float).reshape(n, n)
    b, x0 = (np.array(data.draw(st.lists(small, min_size=n, max_size=n)), float) for _ in range(2))
    problem = bowl(M, b)
    g = problem.gradient(x0)
    bend = abs(g @ problem.hessian(x0) @ g)
    if not g.any():
        return
    radius = 0.5 * np.linalg.norm(g) ** 3 / bend if bend > 0 else 1.0
    chosen = minimize(problem, x0, TrustRegion(subproblem=subproblem), max_steps=1, trace=True)
    given_one = minimize(problem, x0, TrustRegion(radius=radius, subproblem=subproblem), max_steps=1, trace=True)
    assert_allclose(chosen.x, given_one.x, rtol=1e-6, atol=1e-9)
    # An honest count: without the Hessian the radius costs a product.
    more = 0 if subproblem == Direct() else 1
    assert chosen.evaluations == dataclasses.replace(given_one.evaluations, hvp=given_one.evaluations.hvp + more)


@pytest.mark.parametrize("subproblem", SUBPROBLEMS, ids=repr)
def test_without_curvature_the_first_radius_is_one(subproblem):
    line = Problem(2, lambda x: x[0], lambda x: [1.0, 0.0], lambda x: np.zeros((2, 2)), hvp=lambda x, v: 0 * v)
    first = minimize(line, [0.0, 0.0], TrustRegion(subproblem=subproblem), max_steps=1, trace=True).trace[1]
    assert_allclose(first.step_norm, 1.0, rtol=0.11)  # within CLOSE of the radius
    short = TrustRegion(largest=0.25, subproblem=subproblem)
    first = minimize(line, [0.0, 0.0], short, max_steps=1, trace=True).trace[1]
    assert_allclose(first.step_norm, 0.25, rtol=0.11)


@pytest.mark.parametrize("units", [1e-60, 1e-6, 1e6, 1e60])
def test_the_first_radius_has_the_units_of_x(units):
    """f(x/c) from c·x0 goes c times as far: nothing is measured against 1."""
    quartic = bowl(np.diag([1.0, 3.0]), np.array([1.0, -2.0]))
    stretched = Problem(
        2,
        lambda x: quartic.f(x / units),
        lambda x: quartic.gradient(x / units) / units,
        lambda x: quartic.hessian(x / units) / units / units,
    )
    plain = minimize(quartic, [2.0, 3.0], TrustRegion(), max_steps=3)
    far = minimize(stretched, [2.0 * units, 3.0 * units], TrustRegion(), max_steps=3, stop=lambda state: None)
    assert_allclose(far.x / units, plain.x, rtol=1e-6)


CANCELLING = hm.compile(hm.Function(hm.collection["bohachevsky"]))


@settings(deadline=None, max_examples=40)
@given(
    x0=st.lists(st.floats(-0.3, 0.3), min_size=2, max_size=2),
    method=st.sampled_from([TrustRegion(), TrustRegion(radius=1.0), CubicNewton()]),
)
@example(x0=[0.1, -0.2], method=TrustRegion(radius=1.0))
def test_where_large_terms_cancel_the_slopes_decide(x0, method):
    """0.7 − 0.3cos(3πx) − 0.4cos(4πy) ≈ 0 is rounded by 10⁻¹⁶, more than Newton's last steps win."""
    found = hm.minimize(CANCELLING, x0, method)
    assert found.status is Status.CONVERGED
    assert found.evaluations.f <= 40
    assert np.linalg.norm(CANCELLING.gradient(found.x)) <= 1e-8


def test_large_hessians_without_products_are_factorised_once_a_step():
    large = Problem(501, lambda x: x @ x, lambda x: 2 * x, lambda x: 2 * np.eye(501))
    assert type(default_method(large)).__name__ == "RegularisedNewton"
    assert default_method(dataclasses.replace(large, dimension=500)) == TrustRegion()


@settings(deadline=None, max_examples=30)
@given(data=st.data(), n=st.integers(1, 4))
def test_the_first_sigma_makes_the_cubic_model_fall_half_of_that_way(data, n):
    M = np.array(data.draw(st.lists(small, min_size=n * n, max_size=n * n)), float).reshape(n, n)
    b, x0 = (np.array(data.draw(st.lists(small, min_size=n, max_size=n)), float) for _ in range(2))
    problem = bowl(M, b)
    g, H = problem.gradient(x0), problem.hessian(x0)
    if not g.any() or g @ H @ g == 0:
        return
    size = np.linalg.norm(g)
    bend = g @ H @ g / size**2
    r = size / abs(bend) / 2
    sigma = (size - bend * r) / r**2  # the slope −‖g‖ + bend·r + σr² of the model along −g is zero there
    chosen = minimize(problem, x0, CubicNewton(sigma=None), max_steps=1)
    given_one = minimize(problem, x0, CubicNewton(sigma=sigma), max_steps=1)
    assert_allclose(chosen.x, given_one.x, rtol=1e-6, atol=1e-9)
    assert chosen.evaluations == given_one.evaluations
