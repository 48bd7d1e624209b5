"""Quadratic forms and definiteness.

Statement. xᵀHx splits into a diagonal and an off-diagonal part for every H; the off-diagonal part may be
written with i < j and a factor 2 exactly when H is symmetric. A positive definite H is invertible; a
symmetric one need not be.

Proved for every size: the splitting, R2's repair and what it says of the inverse. Proved for the listed
sizes: the splittings written with indices. Refuted: R2 and the second expansion without symmetry.
"""

import hessmath as hm

FORM = {"H": "n n", "x": "n"}
DIAGONAL = "psum(lambda i: H[i, i]*x[i]**2, 0, n - 1)"

first_expansion = hm.claim(
    "T3-first",
    f"x @ H @ x == {DIAGONAL}"
    " + psum(lambda i: psum(lambda j: H[i, j]*x[i]*x[j], 0, n - 1) - H[i, i]*x[i]**2, 0, n - 1)",
    vars=FORM,
    expected="proved (sizes)",
    source="T3",
)
first_expansion_as_matrices = hm.claim(
    "T3-first-matrices",
    "x @ H @ x == x @ diagpart(H) @ x + x @ (H - diagpart(H)) @ x",
    vars=FORM,
    expected="proved",
    source="T3",
)
SECOND = f"x @ H @ x == {DIAGONAL} + 2*psum(lambda i: psum(lambda j: H[i, j]*x[i]*x[j], i + 1, n - 1), 0, n - 1)"
second_expansion = hm.claim(
    "T3-second", SECOND, vars=FORM, hypotheses=["symmetric(H)"], expected="proved (sizes)", source="T3"
)
second_expansion_without_symmetry = hm.claim("T3-second-any-H", SECOND, vars=FORM, expected="refuted", source="T3")
only_the_symmetric_part_counts = hm.claim(
    "T3-symmetric-part", "x @ H @ x == x @ ((H + H.T)/2) @ x", vars=FORM, expected="proved", source="T3"
)

# R2: when H can be inverted.

symmetric_is_invertible = hm.claim(
    "R2", "invertible(H)", vars={"H": "n n"}, hypotheses=["symmetric(H)"], expected="refuted", source="R2"
)
definite_is_invertible = hm.claim(
    "R2-repair",
    "invertible(H)",
    vars={"H": "n n"},
    hypotheses=["posdef(H)"],
    expected="proved",
    repairs="R2",
    source="R2",
)
the_inverse_is_definite = hm.claim(
    "R2-inverse", "posdef(inv(H))", vars={"H": "n n"}, hypotheses=["posdef(H)"], expected="proved", source="R2"
)
eigenvalues_of_the_inverse = hm.claim(
    "R2-eigenvalues",
    "inv(H) @ v == v/lam",
    vars={"H": "n n", "v": "n", "lam": ""},
    hypotheses=["invertible(H)", "H @ v == lam*v", "nonzero(lam)"],
    expected="proved",
    source="R2",
    note="so the largest eigenvalue of the inverse, its norm, is 1/λ_min",
)
condition_number_is_unbounded = hm.claim(
    "R2-condition",
    "1/eps > C",
    vars={"eps": "", "C": ""},
    hypotheses=["C > 0", "eps == 1/(C + 1)"],
    expected="proved",
    source="R2",
    note="diag(1, ε) has the condition number 1/ε: it exceeds every C",
)

# A semidefinite matrix is not definite: the zero eigenvalue matters.

semidefinite_is_definite = hm.claim(
    "B1-nonnegative-eigenvalues",
    "posdef(H)",
    vars={"H": "n n"},
    hypotheses=["psd(H)"],
    expected="refuted",
    source="B1",
)
