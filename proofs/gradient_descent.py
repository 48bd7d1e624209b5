"""Gradient descent on ½xᵀHx.

Statement. In the eigenbasis z = Qᵀx the step x ← x − αHx is z ← (I − αΛ)z, one coordinate at a time. Along
an eigenvalue λ > 0 it contracts exactly when 0 < α < 2/λ; λ = 0 freezes the coordinate; λ < 0 expands it
for every α > 0.

Proved for every size: the step in the eigenbasis. The statements about one factor 1 − αλ are inequalities
between real numbers; each certificate is a combination of products of the hypotheses. That repeated
contraction means convergence (a geometric sequence) is not claimed here.
"""

import hessmath as hm

step_in_the_eigenbasis = hm.claim(
    "B13",
    "Q.T @ (x - alpha*H @ x) == (eye(n) - alpha*diag(l)) @ (Q.T @ x)",
    vars={"H": "n n", "Q": "n n", "l": "n", "x": "n", "alpha": ""},
    hypotheses=["orthogonal(Q)", "H == Q @ diag(l) @ Q.T"],
    expected="proved",
    source="B13",
)

FACTOR = {"alpha": "", "lam": "", "z": ""}
contracts = hm.claim(
    "B13-contracts",
    "(1 - alpha*lam)**2 < 1",
    vars=FACTOR,
    hypotheses=["lam > 0", "alpha > 0", "alpha*lam < 2"],
    expected="proved",
    source="B13",
)
only_if_positive = hm.claim(
    "B13-only-if-positive",
    "alpha > 0",
    vars=FACTOR,
    hypotheses=["lam > 0", "(1 - alpha*lam)**2 < 1"],
    expected="proved",
    source="B13",
)
only_if_small = hm.claim(
    "B13-only-if-small",
    "alpha*lam < 2",
    vars=FACTOR,
    hypotheses=["lam > 0", "(1 - alpha*lam)**2 < 1"],
    expected="proved",
    source="B13",
)
freezes = hm.claim(
    "B13-freezes",
    "(1 - alpha*lam)*z == z",
    vars=FACTOR,
    hypotheses=["lam == 0"],
    expected="proved",
    source="B13",
)
expands = hm.claim(
    "B13-expands",
    "(1 - alpha*lam)**2 > 1",
    vars=FACTOR,
    hypotheses=["lam < 0", "alpha > 0"],
    expected="proved",
    source="B13",
)
capped_at_two_over_lambda = hm.claim(
    "B13b",
    "(1 - alpha*lam)**2 < 1",
    vars=FACTOR,
    hypotheses=["lam > 0", "alpha > 0", "alpha*lam <= 2"],
    expected="refuted",
    source="B13b",
    note="at α = 2/λ the iteration oscillates",
)
