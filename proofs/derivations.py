"""Derivations line by line: every step is a claim of its own.

Statement. Worked calculations of a course, right ones and printed ones with a slip.

Idea. A derivation is a chain of lines; a wrong step is shown with an exact counterexample, and
``verdict.repair()`` finds the single edit that makes it true.

Proved: every step of the right ones, for every size.  Refuted: the first wrong step of each slip.  Assumed: nothing.
"""

import hessmath as hm

REGRESSION = {"X": "m p", "b": "p", "y": "m"}

least_squares = hm.claim(
    "derive-least-squares",
    kind="derivation",
    vars=REGRESSION,
    lines=[
        "nsq(X @ b - y)",
        "(X @ b - y) @ (X @ b - y)",
        "b @ X.T @ X @ b - 2*(y @ X @ b) + y @ y",
    ],
    expected="proved",
)
least_squares_with_a_lost_sign = hm.claim(
    "derive-least-squares-sign",
    kind="derivation",
    vars=REGRESSION,
    lines=[
        "nsq(X @ b - y)",
        "(X @ b - y) @ (X @ b - y)",
        "b @ X.T @ X @ b + 2*(y @ X @ b) + y @ y",
    ],
    expected="refuted",
)
normal_equations = hm.claim(
    "derive-normal-equations",
    kind="derivation",
    vars=REGRESSION,
    hypotheses=["fullcol(X)"],
    lines=["X.T @ (X @ b - y) == zeros(p)", "X.T @ X @ b == X.T @ y", "b == inv(X.T @ X) @ X.T @ y"],
    relations=["<=>", "<=>"],
    expected="proved",
)
normal_equations_without_rank = hm.claim(
    "derive-normal-equations-slip",
    kind="derivation",
    vars=REGRESSION,
    lines=["X.T @ (X @ b - y) == zeros(p)", "X.T @ X @ b == X.T @ y", "b == inv(X.T @ X) @ X.T @ y"],
    relations=["<=>", "=>"],
    expected="ill_posed",
    note="XᵀX may be singular",
)
eigenvectors_orthogonal = hm.claim(
    "derive-eigenvectors-orthogonal",
    kind="derivation",
    vars={"A": "n n", "v": "n", "w": "n", "lam": "", "mu": ""},
    hypotheses=["symmetric(A)", "A @ v == lam*v", "A @ w == mu*w"],
    lines=["lam*(v @ w)", "(A @ v) @ w", "v @ A @ w", "mu*(v @ w)"],
    expected="proved",
    source="T7",
)
spectral_form = hm.claim(
    "derive-spectral-form",
    kind="derivation",
    vars={"H": "n n", "Q": "n n", "L": "n n", "x": "n"},
    hypotheses=["orthogonal(Q)", "diagonal(L)", "H == Q @ L @ Q.T"],
    lines=["x @ H @ x", "x @ Q @ L @ Q.T @ x", "(Q.T @ x) @ L @ (Q.T @ x)"],
    expected="proved",
    source="T8",
)
completing_the_square = hm.claim(
    "derive-completing-the-square",
    kind="derivation",
    vars={"A": "n n", "x": "n", "b": "n"},
    hypotheses=["posdef(A)"],
    lines=[
        "(x + inv(A) @ b) @ A @ (x + inv(A) @ b)/2",
        "(x @ A @ x + 2*(b @ x) + b @ inv(A) @ b)/2",
        "x @ A @ x/2 + b @ x + b @ inv(A) @ b/2",
    ],
    expected="proved",
)
inequality_chain = hm.claim(
    "derive-means",
    kind="derivation",
    vars=["x", "y"],
    lines=["4*x*y", "(x + y)**2", "2*(x**2 + y**2)"],
    relations=["<=", "<="],
    expected="proved",
)
squaring_is_not_reversible = hm.claim(
    "derive-squaring",
    kind="derivation",
    vars=["x"],
    lines=["x == 2", "x**2 == 4", "x == 2"],
    relations=["=>", "=>"],
    expected="refuted",
    note="the second step forgets −2",
)
geometric_series = hm.claim(
    "derive-geometric-series",
    kind="derivation",
    vars=["x"],
    lines=["1/(1 - x)", "1 + x + x**2", "1 + x"],
    relations=["approx O(x**3)", "approx O(x**2)"],
    expected="proved",
)
newton_step = hm.claim(
    "derive-newton-step",
    kind="derivation",
    vars={"H": "n n", "g": "n", "p": "n"},
    hypotheses=["invertible(H)"],
    lines=["g + H @ p == zeros(n)", "H @ p == -g", "p == -inv(H) @ g"],
    relations=["<=>", "<=>"],
    expected="proved",
)
newton_step_sign_lost = hm.claim(
    "derive-newton-step-slip",
    kind="derivation",
    vars={"H": "n n", "g": "n", "p": "n"},
    hypotheses=["invertible(H)"],
    lines=["g + H @ p == zeros(n)", "H @ p == -g", "p == inv(H) @ g"],
    relations=["<=>", "=>"],
    expected="refuted",
)
transposed_product = hm.claim(
    "derive-symmetric-product",
    kind="derivation",
    vars={"A": "n n", "B": "n n"},
    hypotheses=["symmetric(A)", "symmetric(B)", "commute(A, B)"],
    lines=["(A @ B).T", "B.T @ A.T", "B @ A", "A @ B"],
    expected="proved",
)
