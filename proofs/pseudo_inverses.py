"""The Moore–Penrose inverse.

Statement. A⁺ is the one matrix with A A⁺ A = A, A⁺ A A⁺ = A⁺ and A A⁺, A⁺ A symmetric (Penrose 1955).

Idea. Every law follows from the four equations and their transposes; uniqueness shows that a candidate which
satisfies them is the pseudo-inverse.

Proved for every size unless a claim says otherwise.  Refuted: the reverse-order law.
Open, so not claimed: the minimum properties of A⁺b as inequalities, and full row rank.  Assumed: nothing.
"""

import hessmath as hm

PENROSE = "Penrose (1955), A generalized inverse for matrices"
GVL = "Golub & Van Loan (2013), Matrix Computations, 5.5.2"
A = {"A": "m n"}

laws = [
    hm.claim("pinv-1", "A @ pinv(A) @ A == A", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-2", "pinv(A) @ A @ pinv(A) == pinv(A)", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-3", "symmetric(A @ pinv(A))", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-4", "symmetric(pinv(A) @ A)", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-transpose", "pinv(A.T) == pinv(A).T", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-twice", "pinv(pinv(A)) == A", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-range", "A @ pinv(A) @ A @ pinv(A) == A @ pinv(A)", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-row-projector", "idempotent(pinv(A) @ A)", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-kernel", "A @ (eye(n) - pinv(A) @ A) == zeros(m, n)", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-normal-equation", "A.T @ A @ pinv(A) == A.T", vars=A, expected="proved", source=GVL),
    hm.claim("pinv-normal-equation-rows", "pinv(A) @ A @ A.T == A.T", vars=A, expected="proved", source=GVL),
    hm.claim("pinv-gram", "pinv(A.T @ A) == pinv(A) @ pinv(A).T", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-by-gram", "pinv(A) == pinv(A.T @ A) @ A.T", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-by-gram-rows", "pinv(A) == A.T @ pinv(A @ A.T)", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-double", "A == A @ A.T @ pinv(A).T", vars=A, expected="proved", source=PENROSE),
    hm.claim("pinv-projector-gram", "A @ pinv(A) == A @ pinv(A.T @ A) @ A.T", vars=A, expected="proved", source=GVL),
]

special = [
    hm.claim(
        "pinv-unique",
        "X == pinv(A)",
        vars={"A": "m n", "X": "n m"},
        hypotheses=["A @ X @ A == A", "X @ A @ X == X", "symmetric(A @ X)", "symmetric(X @ A)"],
        expected="proved",
        source=PENROSE,
    ),
    hm.claim(
        "pinv-two-candidates",
        "X == Y",
        vars={"A": "m n", "X": "n m", "Y": "n m"},
        hypotheses=[
            "A @ X @ A == A", "X @ A @ X == X", "symmetric(A @ X)", "symmetric(X @ A)",
            "A @ Y @ A == A", "Y @ A @ Y == Y", "symmetric(A @ Y)", "symmetric(Y @ A)",
        ],
        expected="proved",
        source=PENROSE,
    ),
    hm.claim(
        "pinv-of-inverse", "pinv(B) == inv(B)", vars={"B": "n n"}, hypotheses=["invertible(B)"], expected="proved",
    ),
    hm.claim(
        "pinv-full-column-rank", "pinv(A) == inv(A.T @ A) @ A.T", vars=A, hypotheses=["fullcol(A)"], expected="proved",
        source=GVL,
    ),
    hm.claim(
        "pinv-of-orthonormal", "pinv(Q) == Q.T", vars={"Q": "m n"}, hypotheses=["orthocols(Q)"], expected="proved",
    ),
    hm.claim(
        "pinv-of-projection", "pinv(P) == P", vars={"P": "n n"}, hypotheses=["symmetric(P)", "idempotent(P)"],
        expected="proved",
    ),
    hm.claim(
        "pinv-orthogonal-factors",
        "pinv(U @ A @ V) == V.T @ pinv(A) @ U.T",
        vars={"A": "m n", "U": "m m", "V": "n n"},
        hypotheses=["orthogonal(U)", "orthogonal(V)"],
        expected="proved",
        source=PENROSE,
    ),
    hm.claim("pinv-symmetric", "symmetric(pinv(B))", vars={"B": "n n"}, hypotheses=["symmetric(B)"], expected="proved"),
    hm.claim(
        "pinv-symmetric-commutes", "B @ pinv(B) == pinv(B) @ B", vars={"B": "n n"}, hypotheses=["symmetric(B)"],
        expected="proved",
    ),
    hm.claim(
        "pinv-reverse-order",
        "pinv(A @ B) == pinv(B) @ pinv(A)",
        vars={"A": "m k", "B": "k n"},
        expected="refuted",
        source="Greville (1966)",
    ),
]  # fmt: skip

least_squares = [
    hm.claim(
        "pinv-solves",
        "A @ pinv(A) @ b == b",
        vars={"A": "m n", "b": "m", "x": "n"},
        hypotheses=["A @ x == b"],
        expected="proved",
        source=GVL,
    ),
    hm.claim(
        "pinv-residual-is-normal", "A.T @ (A @ pinv(A) @ b - b) == zeros(n)", vars={"A": "m n", "b": "m"},
        expected="proved", source=GVL,
    ),
    hm.claim(
        "pinv-pythagoras",
        "nsq(A @ x - b) == nsq(A @ x - A @ pinv(A) @ b) + nsq(A @ pinv(A) @ b - b)",
        vars={"A": "m n", "b": "m", "x": "n"},
        expected="proved",
        source=GVL,
    ),
]  # fmt: skip
