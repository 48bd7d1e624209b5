"""Critical points, second derivatives and their symmetry.

Statement. At a critical point the form Q(v) = vᵀHv decides: positive definite, a strict local minimum;
negative definite, a strict local maximum; both signs, a saddle. A singular semidefinite H decides nothing:
x⁴ + y², −x⁴ + y² and x³ + y² have the same Hessian at 0 and are a minimum and two saddles.

Idea. For a quadratic function the claim is an identity; for the others the second-order sufficient
conditions (Taylor) are the listed axiom. Where H is singular, the function itself is looked at along lines,
or as a sum of even powers.

Mixed partial derivatives are equal where the function is twice differentiable; xy(x² − y²)/(x² + y²) shows
that their existence is not enough.

Proved: T4, B14 on the generic 2-jet c + gᵀy + ½yᵀHy for every size, the two mixed partials of R3's example.
Refuted: that these are equal. Assumed: Taylor's theorem, by which a smooth f agrees with its 2-jet up to the
second order (both sides of B14 depend on nothing else); the second-order sufficient conditions.
"""

import hessmath as hm

# T4: quadratic functions, every size; then given functions.

definite_form_gives_a_strict_minimum = hm.claim(
    "T4",
    "c + x @ H @ x/2 > c",
    vars={"H": "n n", "x": "n", "c": ""},
    hypotheses=["posdef(H)", "nonzero(x)"],
    expected="proved",
    source="T4",
)
semidefinite_form_gives_a_strict_minimum = hm.claim(
    "T4-semidefinite",
    "c + x @ H @ x/2 > c",
    vars={"H": "n n", "x": "n", "c": ""},
    hypotheses=["psd(H)", "nonzero(x)"],
    expected="refuted",
    source="T4",
)
minimum = hm.claim(
    "T4-minimum",
    kind="critical_point",
    f="x**2 + x*y + y**2 + x**3",
    vars=["x", "y"],
    point=["0", "0"],
    classification="strict_local_min",
    expected="proved",
    source="T4",
)
maximum = hm.claim(
    "T4-maximum",
    kind="critical_point",
    f="4*x*y - 3*x**2 - 2*y**2",
    vars=["x", "y"],
    point=["0", "0"],
    classification="strict_local_max",
    expected="proved",
    source="T4",
)
saddle = hm.claim(
    "T4-saddle",
    kind="critical_point",
    f="x**2 - y**2",
    vars=["x", "y"],
    point=["0", "0"],
    classification="saddle",
    expected="proved",
    source="T4, B8",
)
same_hessian_minimum = hm.claim(
    "T4-degenerate-minimum",
    kind="critical_point",
    f="x**4 + y**2",
    vars=["x", "y"],
    point=["0", "0"],
    classification="strict_local_min",
    expected="proved",
    source="T4",
)
same_hessian_saddle = hm.claim(
    "T4-degenerate-saddle",
    kind="critical_point",
    f="-x**4 + y**2",
    vars=["x", "y"],
    point=["0", "0"],
    classification="saddle",
    expected="proved",
    source="T4",
)
same_hessian_cubic = hm.claim(
    "T4-degenerate-cubic",
    kind="critical_point",
    f="x**3 + y**2",
    vars=["x", "y"],
    point=["0", "0"],
    classification="saddle",
    expected="proved",
    source="T4",
)
not_a_minimum = hm.claim(
    "T4-singular-is-minimum",
    kind="critical_point",
    f="x**3 + y**2",
    vars=["x", "y"],
    point=["0", "0"],
    classification="local_min",
    expected="refuted",
    source="T4",
)

# B14: curvature along a direction is the second derivative of t ↦ f(x + tv).

curvature_along_a_direction = hm.claim(
    "B14",
    kind="dirderiv2",
    f="c + g @ y + y @ H @ y/2",
    wrt="y",
    direction=["v", "v"],
    claim="v @ H @ v",
    vars={"c": "", "g": "n", "H": "n n", "y": "n", "v": "n"},
    hypotheses=["symmetric(H)"],
    expected="proved",
    source="B14",
)
curvature_without_symmetry = hm.claim(
    "B14-any-matrix",
    kind="dirderiv2",
    f="y @ M @ y",
    wrt="y",
    direction=["v", "w"],
    claim="v @ (M + M.T) @ w",
    vars={"M": "n n", "y": "n", "v": "n", "w": "n"},
    expected="proved",
    source="B14, R3",
)

# R3: the Hessian of a smooth formula is symmetric; of a merely twice partially differentiable one it need not be.

hessian_of_a_form = hm.claim(
    "R3",
    kind="hessian",
    f="x @ M @ x",
    wrt="x",
    claim="M + M.T",
    vars={"M": "n n", "x": "n"},
    expected="proved",
    source="R3",
)
and_it_is_symmetric = hm.claim("R3-symmetric", "symmetric(M + M.T)", vars={"M": "n n"}, expected="proved", source="R3")
PEANO = "Piecewise((x*y*(x**2 - y**2)/(x**2 + y**2), Ne(x**2 + y**2, 0)), (0, True))"
first_x_then_y = hm.claim(
    "R3-xy",
    kind="point",
    f=PEANO,
    vars=["x", "y"],
    point={"x": 0, "y": 0},
    claim="d/dy of d/dx",
    value=-1,
    expected="proved",
    source="R3",
)
first_y_then_x = hm.claim(
    "R3-yx",
    kind="point",
    f=PEANO,
    vars=["x", "y"],
    point={"x": 0, "y": 0},
    claim="d/dx of d/dy",
    value=1,
    expected="proved",
    source="R3",
)
the_orders_agree = hm.claim(
    "R3-without-continuity",
    kind="point",
    f=PEANO,
    vars=["x", "y"],
    point={"x": 0, "y": 0},
    claim="d/dx of d/dy",
    value=-1,
    expected="refuted",
    source="R3",
    note="equality of the mixed partials would make this −1",
)
