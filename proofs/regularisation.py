"""H + εI and ridge regression.

Statement. Adding εI shifts every eigenvalue by ε and keeps the eigenvectors; the sum is positive definite
exactly when ε > −λ_min. The ridge problem ‖Xb − y‖² + λ‖b‖² has the Hessian 2(XᵀX + λI), and its normal
equations give its minimum.

Idea. With λ_min written as a number m for which H − mI is semidefinite, H + εI = (H − mI) + (ε + m)I.

Proved for every size: B11, the repair of B11b in both directions, B12. Refuted: B11b as printed, and B12b
as a general formula; its repair is proved both ways.
"""

import hessmath as hm

SHIFT = {"H": "n n", "v": "n", "lam": "", "eps": ""}

eigenvalues_move = hm.claim(
    "B11",
    "(H + eps*eye(n)) @ v == (lam + eps)*v",
    vars=SHIFT,
    hypotheses=["H @ v == lam*v"],
    expected="proved",
    source="B11",
)
trace_moves = hm.claim(
    "B11-trace", "trace(H + eps*eye(n)) == trace(H) + eps*n", vars=SHIFT, expected="proved", source="B11"
)
determinant_moves = hm.claim(
    "B11-det",
    "det(H + eps*eye(n)) == det(diag(l) + eps*eye(n))",
    vars={"H": "n n", "Q": "n n", "l": "n", "eps": ""},
    hypotheses=["orthogonal(Q)", "H == Q @ diag(l) @ Q.T"],
    expected="proved",
    source="B11",
)
determinant_written_out = hm.claim(
    "B11-product",
    "det(diag(l) + eps*eye(3)) == (l[0] + eps)*(l[1] + eps)*(l[2] + eps)",
    vars={"l": "3", "eps": ""},
    expected="proved",
    source="B11",
)

any_shift_is_enough = hm.claim(
    "B11b",
    "posdef(H + eps*eye(n))",
    vars={"H": "n n", "eps": ""},
    hypotheses=["symmetric(H)", "eps > 0"],
    expected="refuted",
    source="B11b",
)
large_shifts_are_enough = hm.claim(
    "B11b-repair",
    "posdef(H + eps*eye(n))",
    vars={"H": "n n", "eps": "", "m": ""},
    hypotheses=["psd(H - m*eye(n))", "eps > -m"],
    expected="proved",
    repairs="B11b",
    source="B11b",
)
and_needed = hm.claim(
    "B11b-repair-converse",
    "eps > -m",
    vars={"H": "n n", "v": "n", "eps": "", "m": ""},
    hypotheses=["posdef(H + eps*eye(n))", "H @ v == m*v", "nonzero(v)"],
    expected="proved",
    repairs="B11b",
    source="B11b",
)

# B12: ridge regression.

RIDGE = {"X": "m p", "y": "m", "b": "p", "lam": ""}
LOSS = "nsq(X @ b - y) + lam*nsq(b)"

ridge_gradient = hm.claim(
    "B12-gradient",
    kind="gradient",
    f=LOSS,
    wrt="b",
    claim="2*((X.T @ X + lam*eye(p)) @ b - X.T @ y)",
    vars=RIDGE,
    expected="proved",
    source="B12",
)
ridge_hessian = hm.claim(
    "B12-hessian",
    kind="hessian",
    f=LOSS,
    wrt="b",
    claim="2*(X.T @ X + lam*eye(p))",
    vars=RIDGE,
    expected="proved",
    source="B12",
)
ridge_form = hm.claim(
    "B12-form",
    "v @ (2*(X.T @ X + lam*eye(p))) @ v == 2*(nsq(X @ v) + lam*nsq(v))",
    vars={"X": "m p", "v": "p", "lam": ""},
    expected="proved",
    source="B12",
)
ridge_is_definite = hm.claim(
    "B12-definite",
    "posdef(2*(X.T @ X + lam*eye(p)))",
    vars={"X": "m p", "lam": ""},
    hypotheses=["lam > 0"],
    expected="proved",
    source="B12",
)
least_squares_is_definite = hm.claim(
    "B12-definite-without-penalty",
    "posdef(2*(X.T @ X + lam*eye(p)))",
    vars={"X": "m p", "lam": ""},
    hypotheses=["lam >= 0"],
    expected="refuted",
    source="B12",
)
normal_equations_minimise = hm.claim(
    "B12",
    "nsq(X @ c - y) + lam*nsq(c) >= nsq(X @ b - y) + lam*nsq(b)",
    vars=RIDGE | {"c": "p"},
    hypotheses=["lam >= 0", "(X.T @ X + lam*eye(p)) @ b == X.T @ y"],
    expected="proved",
    source="B12",
)

# B12b: XᵀX + λI has the eigenvalues λᵢ + λ, so its condition number is (most + λ)/(least + λ).

SPREAD = {"most": "", "least": "", "lam": ""}
condition_number = hm.claim(
    "B12b",
    "(most + lam)/(least + lam) == (most + lam)/lam",
    vars=SPREAD,
    hypotheses=["lam > 0", "least >= 0", "most >= least"],
    expected="refuted",
    source="B12b",
)
condition_number_of_a_singular_gram_matrix = hm.claim(
    "B12b-repair",
    "(most + lam)/(least + lam) == (most + lam)/lam",
    vars=SPREAD,
    hypotheses=["lam > 0", "most >= 0", "least == 0"],
    expected="proved",
    repairs="B12b",
    source="B12b",
    note="the printed formula needs the smallest eigenvalue of XᵀX to be 0, and the converse below says: only then",
)
only_then = hm.claim(
    "B12b-repair-converse",
    "least == 0",
    vars=SPREAD,
    hypotheses=["lam > 0", "least >= 0", "most + lam > 0", "(most + lam)/(least + lam) == (most + lam)/lam"],
    expected="proved",
    repairs="B12b",
    source="B12b",
)
