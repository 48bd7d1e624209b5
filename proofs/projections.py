"""Projections and least squares.

Statement. P² = P makes P a projection, Pᵀ = P an orthogonal one; X(XᵀX)⁻¹Xᵀ projects onto the columns of X, and
least squares is that projection.

Idea. All of it is algebra with P² = P and Pᵀ = P; the residual of the normal equations is orthogonal to the columns.

Proved for every size unless a claim says otherwise.  Refuted: products and sums of projections need not be
projections.  Open, so not claimed: 0 ⪯ P ⪯ I for an orthogonal projection.  Assumed: nothing.
"""

import hessmath as hm

TB = "Trefethen & Bau (1997), Numerical Linear Algebra, lecture 6"
ESL = "Hastie, Tibshirani & Friedman (2009), Elements of Statistical Learning, 3.2"
P = {"P": "n n"}
PQ = {"P": "n n", "Q": "n n"}
PROJECTION, ORTHOGONAL = ["idempotent(P)"], ["idempotent(P)", "symmetric(P)"]
REGRESSION = {"X": "m p", "y": "m", "b": "p"}
HAT = "X @ inv(X.T @ X) @ X.T"

one = [
    hm.claim(
        "complement-projects", "idempotent(eye(n) - P)", vars=P, hypotheses=PROJECTION, expected="proved", source=TB,
    ),
    hm.claim(
        "complement-annihilates", "P @ (eye(n) - P) == zeros(n, n)", vars=P, hypotheses=PROJECTION, expected="proved",
        source=TB,
    ),
    hm.claim("transpose-projects", "idempotent(P.T)", vars=P, hypotheses=PROJECTION, expected="proved", source=TB),
    hm.claim("reflection-through-range", "involutory(2*P - eye(n))", vars=P, hypotheses=PROJECTION, expected="proved"),
    hm.claim(
        "reflection-is-orthogonal", "orthogonal(eye(n) - 2*P)", vars=P, hypotheses=ORTHOGONAL, expected="proved",
        source=TB,
    ),
    hm.claim(
        "projection-pythagoras", "nsq(x) == nsq(P @ x) + nsq(x - P @ x)", vars={**P, "x": "n"}, hypotheses=ORTHOGONAL,
        expected="proved", source=TB,
    ),
    hm.claim(
        "projection-form", "x @ P @ x == nsq(P @ x)", vars={**P, "x": "n"}, hypotheses=ORTHOGONAL, expected="proved"
    ),
    hm.claim(
        "oblique-projection-lengthens", "nsq(P @ x) <= nsq(x)", vars={**P, "x": "n"}, hypotheses=PROJECTION,
        expected="refuted", source=TB,
    ),
    hm.claim("invertible-projection", "P == eye(n)", vars=P, hypotheses=["idempotent(P)", "invertible(P)"],
             expected="proved"),
    hm.claim(
        "conjugate-projection", "idempotent(S @ P @ inv(S))", vars={**P, "S": "n n"},
        hypotheses=["idempotent(P)", "invertible(S)"], expected="proved",
    ),
]  # fmt: skip

two = [
    hm.claim(
        "commuting-projections", "idempotent(P @ Q)", vars=PQ,
        hypotheses=["idempotent(P)", "idempotent(Q)", "commute(P, Q)"], expected="proved",
    ),
    hm.claim(
        "product-of-projections", "idempotent(P @ Q)", vars=PQ, hypotheses=["idempotent(P)", "idempotent(Q)"],
        expected="refuted",
    ),
    hm.claim(
        "orthogonal-sum", "idempotent(P + Q)", vars=PQ,
        hypotheses=["idempotent(P)", "idempotent(Q)", "P @ Q == zeros(n, n)", "Q @ P == zeros(n, n)"],
        expected="proved",
    ),
    hm.claim(
        "sum-of-projections", "idempotent(P + Q)", vars=PQ, hypotheses=["idempotent(P)", "idempotent(Q)"],
        expected="refuted",
    ),
    hm.claim(
        "commuting-union", "idempotent(P + Q - P @ Q)", vars=PQ,
        hypotheses=["idempotent(P)", "idempotent(Q)", "commute(P, Q)"], expected="proved",
    ),
    hm.claim(
        "same-range-and-symmetric", "P == Q", vars=PQ,
        hypotheses=["symmetric(P)", "symmetric(Q)", "P @ Q == Q", "Q @ P == P"], expected="proved", source=TB,
    ),
    hm.claim(
        "difference-projects", "idempotent(Q - P)", vars=PQ,
        hypotheses=["idempotent(P)", "idempotent(Q)", "P @ Q == P", "Q @ P == P"], expected="proved",
    ),
]  # fmt: skip

# The hat matrix of regression.

hat = [
    hm.claim(
        "hat-projects", f"idempotent({HAT})", vars=REGRESSION, hypotheses=["fullcol(X)"], expected="proved",
        source=ESL,
    ),
    hm.claim(
        "hat-symmetric", f"symmetric({HAT})", vars=REGRESSION, hypotheses=["fullcol(X)"], expected="proved",
        source=ESL,
    ),
    hm.claim(
        "hat-keeps-columns", f"{HAT} @ X == X", vars=REGRESSION, hypotheses=["fullcol(X)"], expected="proved",
        source=ESL,
    ),
    hm.claim(
        "hat-trace", f"trace({HAT}) == p", vars=REGRESSION, hypotheses=["fullcol(X)"], expected="proved", source=ESL,
    ),
    hm.claim(
        "residual-orthogonal", f"X.T @ (y - {HAT} @ y) == zeros(p)", vars=REGRESSION, hypotheses=["fullcol(X)"],
        expected="proved", source=ESL,
    ),
    hm.claim(
        "normal-equations-solution", "b == inv(X.T @ X) @ X.T @ y", vars=REGRESSION,
        hypotheses=["fullcol(X)", "X.T @ X @ b == X.T @ y"], expected="proved", source=ESL,
    ),
    hm.claim(
        "least-squares-decomposition", "nsq(X @ c - y) == nsq(X @ b - y) + nsq(X @ (c - b))",
        vars={**REGRESSION, "c": "p"}, hypotheses=["X.T @ X @ b == X.T @ y"], expected="proved", source=ESL,
    ),
    hm.claim(
        "least-squares-minimum", "nsq(X @ b - y) <= nsq(X @ c - y)",
        vars={**REGRESSION, "c": "p"}, hypotheses=["X.T @ X @ b == X.T @ y"], expected="proved", source=ESL,
    ),
    hm.claim(
        "residual-sum-of-squares", "nsq(y - X @ b) == y @ y - y @ X @ b", vars=REGRESSION,
        hypotheses=["X.T @ X @ b == X.T @ y"], expected="proved", source=ESL,
    ),
    hm.claim(
        "orthonormal-columns-project", "idempotent(Q @ Q.T)", vars={"Q": "m p"}, hypotheses=["orthocols(Q)"],
        expected="proved", source=TB,
    ),
    hm.claim(
        "rank-one-projection", "idempotent(outer(x, x)/(x @ x))", vars={"x": "n"}, hypotheses=["nonzero(x)"],
        expected="proved", source=TB,
    ),
    hm.claim(
        "gram-schmidt-step", "q @ (v - (q @ v)*q) == 0", vars={"q": "n", "v": "n"}, hypotheses=["q @ q == 1"],
        expected="proved", source=TB,
    ),
    hm.claim(
        "centring-projects", "idempotent(eye(n) - ones(n, n)/n)", vars={"A": "n n"}, expected="proved (sizes)",
        note="subtracts the mean of the entries",
    ),
]  # fmt: skip
