"""Classical hard problems from random starts: every method of second order ends well, and says the truth.

Moré, Garbow & Hillstrom (1981), Testing unconstrained optimization software, problems 1–5, 8, 12–14.
"""

import numpy as np
import pytest

import hessmath as hm
from hessmath.optimize import (
    BFGS,
    LBFGS,
    MINRES,
    CubicNewton,
    LanczosSubproblem,
    LevenbergMarquardt,
    ModifiedCholesky,
    NewtonCG,
    RegularisedNewton,
    SaddleFreeNewton,
    Status,
    SteihaugCG,
    TrustRegion,
    minimize,
)

DENSE = [
    TrustRegion(),
    TrustRegion(subproblem=SteihaugCG()),
    TrustRegion(subproblem=LanczosSubproblem()),
    RegularisedNewton(),
    RegularisedNewton(ModifiedCholesky()),
    SaddleFreeNewton(),
    CubicNewton(),
]
ALL = [*DENSE, NewtonCG(), NewtonCG(inner=MINRES())]

_HEIGHTS = (0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39)
BARD = [f"{y} - (x + {i}/({16 - i}*y + {min(i, 16 - i)}*z))" for i, y in enumerate(_HEIGHTS, 1)]
BOX = [f"exp(-{i}*x/10) - exp(-{i}*y/10) - z*(exp(-{i}/10) - exp(-{i}))" for i in range(1, 11)]
RESIDUALS = {
    "rosenbrock": (["10*(y - x**2)", "1 - x"], "x y", (-1.2, 1.0)),
    "freudenstein and roth": (["-13 + x + ((5 - y)*y - 2)*y", "-29 + x + ((y + 1)*y - 14)*y"], "x y", (0.5, -2.0)),
    "powell badly scaled": (["10000*x*y - 1", "exp(-x) + exp(-y) - 1.0001"], "x y", (0.0, 1.0)),
    "brown badly scaled": (["x - 1e6", "y - 2e-6", "x*y - 2"], "x y", (1.0, 1.0)),
    "beale": (["1.5 - x*(1 - y)", "2.25 - x*(1 - y**2)", "2.625 - x*(1 - y**3)"], "x y", (1.0, 1.0)),
    "bard": (BARD, "x y z", (1.0, 1.0, 1.0)),
    "box three-dimensional": (BOX, "x y z", (0.0, 10.0, 20.0)),
    "powell singular": (
        ["a + 10*b", "5**(1/2)*(c - d)", "(b - 2*c)**2", "10**(1/2)*(a - d)**2"],
        "a b c d",
        (3, -1, 0, 1),
    ),
    "wood": (
        ["10*(b - a**2)", "1 - a", "90**(1/2)*(d - c**2)", "1 - c", "10**(1/2)*(b + d - 2)", "(b - d)/10**(1/2)"],
        "a b c d",
        (-3.0, -1.0, -3.0, -1.0),
    ),
}
ENDLESS = ("beale", "bard")  # from some starts f falls for ever towards infinity, where x² loses the digits of f


@pytest.fixture(scope="module", params=RESIDUALS)
def problem(request):
    residuals, names, start = RESIDUALS[request.param]
    f = hm.Function(" + ".join(f"({r})**2" for r in residuals), names)
    k = hm.compile(f)
    n = len(start)
    p = hm.optimize.Problem(n, k.f, hessian=k.hessian, hvp=k.hvp, value_and_gradient=k.value_and_gradient)
    rng = np.random.default_rng(0)
    starts = [np.array(start, float)]
    starts += [starts[0] + scale * rng.standard_normal(n) for scale in (0.1, 1.0, 3.0)]
    return request.param, p, starts


@pytest.mark.parametrize("method", ALL, ids=repr)
def test_runs_end_well(problem, method):
    name, p, starts = problem
    for start in starts:
        s = minimize(p, start, method, max_steps=300 if name in ENDLESS else 1000)
        good = {Status.CONVERGED, Status.DEGENERATE}
        if name in ENDLESS:
            good |= {Status.STALLED, Status.STEPS_EXHAUSTED}
        if isinstance(method, NewtonCG) and name in ENDLESS:
            good |= {Status.LINE_SEARCH_FAILED}  # conditions above 1e15, where conjugate gradients see only noise
        if name == "powell badly scaled":
            good |= {Status.STEPS_EXHAUSTED}  # f falls to 1e-8 for ever as y grows
        assert s.status in good, (start, s)
        assert np.isfinite(s.x).all()
        assert s.value <= p.f(start)
        if s.status is Status.CONVERGED:
            eigenvalues = np.linalg.eigvalsh(p.hessian(s.x))
            assert s.gradient_norm <= 1e-8
            assert eigenvalues[0] >= -1e-12 * eigenvalues[-1]


@pytest.mark.parametrize("method", ALL, ids=repr)
@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("exp(x**2) + y**2", (20.0, 1.0)),  # the Hessian is about 1e177
        ("exp(x**4) + y**2", (5.0, 1.0)),
        ("(x**2 + y**2)**100", (30.0, 1.0)),
        ("-log(1 - x**2 - y**2) + x", (0.999999, 0.0)),  # nan beyond the circle
        ("x - log(x) + y**4 - log(y)", (1e-8, 1e8)),
        ("sqrt(1 + x**2) + y**2", (1e8, 1.0)),  # Newton's own step overshoots
    ],
)
def test_overflow_and_undefined_regions_are_kept_away_from(method, text, start):
    f = hm.Function(text, "x y")
    s = hm.minimize(f, start, method)
    assert s.status in (Status.CONVERGED, Status.DEGENERATE), s
    assert np.isfinite(s.x).all() and np.isfinite(s.gradient).all()


@pytest.mark.parametrize("method", ALL, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.int64, list])
def test_float32_and_integer_starts(method, dtype):
    start = [2, 1] if dtype is list else np.array([2, 1], dtype=dtype)
    s = hm.minimize("(x - 1)**4/4 + (x - 1)**2 + (y + x)**2", start, method)
    assert s.status is Status.CONVERGED
    assert s.x.dtype == np.float64
    assert np.abs(s.x - [1.0, -1.0]).max() < 1e-7
    assert s.notes == (("x0 was float32 (about 7 digits) and is widened to float64",) if dtype is np.float32 else ())
    assert ("widened" in repr(s)) == (dtype is np.float32)


def test_a_prepared_solver_notes_what_it_widened():
    solve = hm.solver("(x - 1)**2 + y**2", hm.Newton())
    assert solve(np.zeros(2)).notes == ()
    assert solve(np.zeros(2, np.float16)).notes == ("x0 was float16 (about 3 digits) and is widened to float64",)


@pytest.mark.parametrize("name", RESIDUALS)
def test_least_squares_ends_well(name):
    residuals, names, start = RESIDUALS[name]
    s = hm.fit(residuals, start, LevenbergMarquardt(), variables=names)
    assert s.status in (Status.STATIONARY, Status.STALLED), s
    if name not in ("freudenstein and roth", "bard"):
        assert s.value < 1e-12


EVERY = [*ALL, hm.Newton(), BFGS(), LBFGS(), hm.GradientDescent()]
FALLING = {  # f, start: without a minimum, though the gradient gets as small as one likes
    "-log(x)": [1.0],
    "-log(log(x))": [10.0],
    "-(x**(1/2))": [1.0],
    "5 - log(1 + x**2 + y**2)": [1.0, 2.0],
    "(y - 1)**2 - log(x)": [1.0, 3.0],
}


@pytest.mark.parametrize("method", EVERY, ids=repr)
@pytest.mark.parametrize("text", FALLING)
def test_a_small_gradient_far_out_is_no_minimum_where_f_still_falls(method, text):
    solution = hm.minimize(text, FALLING[text], method)
    assert not solution.status.stationary
    if method in (TrustRegion(), NewtonCG(), CubicNewton()):
        assert solution.status is Status.UNBOUNDED_BELOW
    assert solution.value < hm.compile(text).f(FALLING[text])


@pytest.mark.parametrize("method", EVERY, ids=repr)
@pytest.mark.parametrize(
    "text, minimum",
    [("(x - 1000000)**2/1000000000000", 1e6), ("x - 10000*log(x)", 1e4), ("x**4/10**20 - x", 2.5e19 ** (1 / 3))],
)
def test_a_minimum_far_out_is_one(method, text, minimum):
    solution = hm.minimize(text, [1.0], method)
    assert solution.status.stationary
    assert abs(solution.x[0] - minimum) < 1e-3 * minimum


def test_a_line_along_which_f_falls_for_ever_is_unbounded():
    """The slope of -x²/(1 + |x|) falls to -1: no step has enough rise."""
    for method in (BFGS(), LBFGS()):
        assert hm.minimize("-x**2/(1 + abs(x))", [0.1], method).status is Status.UNBOUNDED_BELOW


def test_a_compiled_run_says_so_too():
    assert hm.solver("-log(x)")([1.0]).status is Status.UNBOUNDED_BELOW
