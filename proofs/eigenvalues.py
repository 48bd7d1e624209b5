"""Eigenvalues by cancelling what is not zero.

Statement. From A v = λ v and v ≠ 0 follow: λ is unique for v, polynomials of A have the polynomials of λ, and
structure of A restricts λ.

Idea. Compute a scalar or a vector in two ways and cancel v, vᵀv or λ − μ, which are known not to be zero.  Where
vᵀv is cancelled the numbers are real; cancelling v itself works over the complex numbers too.

Proved for every size unless a claim says otherwise.  Assumed: nothing.
"""

import hessmath as hm

HJ = "Horn & Johnson (2013), Matrix Analysis, 1.1"
VARS = {"A": "n n", "B": "n n", "v": "n", "w": "n", "lam": "", "mu": "", "c": ""}
PAIR = ["A @ v == lam*v", "nonzero(v)"]

values = [
    hm.claim("eig-unique", "lam == mu", vars=VARS, hypotheses=[*PAIR, "A @ v == mu*v"], expected="proved", source=HJ),
    hm.claim(
        "eig-unique-complex", "lam == mu", vars=VARS, hypotheses=[*PAIR, "A @ v == mu*v"], field="complex",
        expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-not-unique-at-zero", "lam == mu", vars=VARS, hypotheses=["A @ v == lam*v", "A @ v == mu*v"],
        expected="refuted", source=HJ,
    ),
    hm.claim(
        "eig-square", "A @ A @ v == lam**2*v", vars=VARS, hypotheses=["A @ v == lam*v"], expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-square-complex", "A @ A @ v == lam**2*v", vars=VARS, hypotheses=["A @ v == lam*v"], field="complex",
        expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-cube", "A @ A @ A @ v == lam**3*v", vars=VARS, hypotheses=["A @ v == lam*v"], expected="proved",
        source=HJ,
    ),
    hm.claim(
        "eig-shift", "(A + c*eye(n)) @ v == (lam + c)*v", vars=VARS, hypotheses=["A @ v == lam*v"], expected="proved",
        source=HJ,
    ),
    hm.claim(
        "eig-polynomial", "(A @ A - 3*A + 2*eye(n)) @ v == (lam - 1)*(lam - 2)*v", vars=VARS,
        hypotheses=["A @ v == lam*v"], expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-similar", "(S @ A @ inv(S)) @ (S @ v) == lam*(S @ v)", vars={**VARS, "S": "n n"},
        hypotheses=["A @ v == lam*v", "invertible(S)"], expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-inverse", "lam*(inv(A) @ v) == v", vars=VARS, hypotheses=["A @ v == lam*v", "invertible(A)"],
        expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-inverse-nonzero", "inv(A) @ v == v/lam", vars=VARS,
        hypotheses=["A @ v == lam*v", "invertible(A)", "lam != 0"], expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-commuting", "A @ (B @ v) == lam*(B @ v)", vars=VARS, hypotheses=["A @ v == lam*v", "commute(A, B)"],
        expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-multiple", "A @ (c*v) == lam*(c*v)", vars=VARS, hypotheses=["A @ v == lam*v"], expected="proved",
        source=HJ,
    ),
    hm.claim(
        "eig-sum-of-eigenvectors", "A @ (v + w) == lam*(v + w)", vars=VARS,
        hypotheses=["A @ v == lam*v", "A @ w == lam*w"], expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-sum-different", "A @ (v + w) == lam*(v + w)", vars=VARS, hypotheses=["A @ v == lam*v", "A @ w == mu*w"],
        expected="refuted", source=HJ,
    ),
    hm.claim("eig-rayleigh", "lam == (v @ A @ v)/(v @ v)", vars=VARS, hypotheses=PAIR, expected="proved", source=HJ),
    hm.claim(
        "eig-deflation", "(A - lam*outer(v, v)) @ v == zeros(n)", vars=VARS,
        hypotheses=["A @ v == lam*v", "v @ v == 1"], expected="proved",
    ),
    hm.claim(
        "eig-deflation-others", "(A - lam*outer(v, v)) @ w == mu*w", vars=VARS,
        hypotheses=["A @ v == lam*v", "A @ w == mu*w", "v @ w == 0"], expected="proved",
    ),
    hm.claim("eig-rank-one", "outer(v, w) @ v == (w @ v)*v", vars=VARS, expected="proved"),
]  # fmt: skip

structure = [
    hm.claim(
        "eig-idempotent", "lam*(lam - 1) == 0", vars=VARS, hypotheses=[*PAIR, "idempotent(A)"], field="complex",
        expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-involutory", "lam**2 == 1", vars=VARS, hypotheses=[*PAIR, "involutory(A)"], field="complex",
        expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-nilpotent", "lam**2 == 0", vars=VARS, hypotheses=[*PAIR, "A @ A == zeros(n, n)"], field="complex",
        expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-orthogonal", "lam**2 == 1", vars=VARS, hypotheses=[*PAIR, "orthogonal(A)"], expected="proved", source=HJ,
        note="real eigenvalues only: rotations have others",
    ),
    hm.claim(
        "eig-skew", "lam == 0", vars=VARS, hypotheses=[*PAIR, "skew(A)"], expected="proved", source=HJ,
        note="real eigenvalues only",
    ),
    hm.claim("eig-definite", "lam > 0", vars=VARS, hypotheses=[*PAIR, "posdef(A)"], expected="proved", source=HJ),
    hm.claim("eig-semidefinite", "lam >= 0", vars=VARS, hypotheses=[*PAIR, "psd(A)"], expected="proved", source=HJ),
    hm.claim(
        "eig-semidefinite-slip", "lam > 0", vars=VARS, hypotheses=[*PAIR, "psd(A)"], expected="refuted", source=HJ,
    ),
    hm.claim(
        "eig-gram", "lam >= 0", vars={**VARS, "G": "m n"}, hypotheses=["G.T @ G @ v == lam*v", "nonzero(v)"],
        expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-singular-vector", "G @ G.T @ (G @ v) == lam*(G @ v)", vars={**VARS, "G": "m n"},
        hypotheses=["G.T @ G @ v == lam*v"], expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-left-right", "w @ v == 0", vars=VARS, hypotheses=["A @ v == lam*v", "A.T @ w == mu*w", "lam != mu"],
        field="complex", expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-symmetric-orthogonal", "v @ w == 0", vars=VARS,
        hypotheses=["symmetric(A)", "A @ v == lam*v", "A @ w == mu*w", "lam != mu"], field="complex",
        expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-generalised-orthogonal", "v @ B @ w == 0", vars=VARS,
        hypotheses=["symmetric(A)", "symmetric(B)", "A @ v == lam*(B @ v)", "A @ w == mu*(B @ w)", "lam != mu"],
        field="complex", expected="proved", source="Golub & Van Loan (2013), 8.7",
    ),
    hm.claim(
        "eig-swapped-product", "B @ A @ (B @ v) == lam*(B @ v)", vars=VARS, hypotheses=["A @ B @ v == lam*v"],
        field="complex", expected="proved", source=HJ,
    ),
    hm.claim(
        "eig-null-of-singular", "A @ x == zeros(n)", vars={**VARS, "x": "n"},
        hypotheses=["A @ x == lam*x", "lam == 0"], expected="proved", source=HJ,
    ),
]  # fmt: skip
