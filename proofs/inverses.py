"""Inverses of products, sums and low-rank changes.

Statement. The inverse of a product, of a transpose and of a small change of a matrix with known inverse are
formulas in the inverses of the parts (Sherman–Morrison–Woodbury and its relatives).

Idea. Each is checked by multiplying: a matrix that gives I from both sides is the inverse.  Every formula needs
all its inverses to exist; where a hypothesis about one of them is missing, the claim is ill-posed.

Proved for every size unless a claim says otherwise.  Refuted: the inverse of a sum is not the sum of inverses.
Open, so not claimed: formulas whose inner inverses exist only because of a longer argument, such as
inv(A) + inv(B) for the inverse of A + B.  Assumed: nothing.
"""

import hessmath as hm

HJ = "Horn & Johnson (2013), Matrix Analysis, 0.7.4"
BOTH = ["invertible(A)", "invertible(B)"]
TWO = {"A": "n n", "B": "n n"}
LOW_RANK = {"A": "n n", "U": "n k", "C": "k k", "V": "k n"}

# Products, transposes, multiples.

products = [
    hm.claim("inverse-product", "inv(A @ B) == inv(B) @ inv(A)", vars=TWO, hypotheses=BOTH, expected="proved"),
    hm.claim(
        "inverse-product-three",
        "inv(A @ B @ C) == inv(C) @ inv(B) @ inv(A)",
        vars={**TWO, "C": "n n"},
        hypotheses=[*BOTH, "invertible(C)"],
        expected="proved",
    ),
    hm.claim("inverse-transpose", "inv(A.T) == inv(A).T", vars=TWO, hypotheses=["invertible(A)"], expected="proved"),
    hm.claim("inverse-inverse", "inv(inv(A)) == A", vars=TWO, hypotheses=["invertible(A)"], expected="proved"),
    hm.claim(
        "inverse-multiple",
        "inv(c*A) == inv(A)/c",
        vars={"A": "n n", "c": ""},
        hypotheses=["invertible(A)", "nonzero(c)"],
        expected="proved",
    ),
    hm.claim(
        "inverse-symmetric", "symmetric(inv(A))", vars=TWO, hypotheses=["invertible(A)", "symmetric(A)"],
        expected="proved",
    ),
    hm.claim(
        "inverse-similar",
        "inv(P @ A @ inv(P)) == P @ inv(A) @ inv(P)",
        vars={"A": "n n", "P": "n n"},
        hypotheses=["invertible(A)", "invertible(P)"],
        expected="proved",
    ),
    hm.claim(
        "inverse-of-orthogonal", "inv(Q) == Q.T", vars={"Q": "n n"}, hypotheses=["orthogonal(Q)"], expected="proved",
    ),
    hm.claim(
        "inverse-of-involution", "inv(A) == A", vars=TWO, hypotheses=["involutory(A)"], expected="proved"
    ),
    hm.claim(
        "inverse-commutes",
        "inv(A) @ B == B @ inv(A)",
        vars=TWO,
        hypotheses=["invertible(A)", "A @ B == B @ A"],
        expected="proved",
    ),
    hm.claim(
        "left-inverse-is-right-inverse", "B @ A == eye(n)", vars=TWO, hypotheses=["A @ B == eye(n)"], expected="proved"
    ),
    hm.claim(
        "cancel-left", "B == C", vars={**TWO, "C": "n n"}, hypotheses=["invertible(A)", "A @ B == A @ C"],
        expected="proved",
    ),
    hm.claim(
        "inverse-power", "mpow(inv(A), 2) == inv(mpow(A, 2))", vars=TWO, hypotheses=["invertible(A)"], expected="proved"
    ),
]  # fmt: skip

# Sums.  The printed wish is false already for numbers.

inverse_of_a_sum = hm.claim(
    "inverse-sum-naive",
    "inv(A + B) == inv(A) + inv(B)",
    vars=TWO,
    hypotheses=[*BOTH, "invertible(A + B)"],
    expected="refuted",
)
sums = [
    hm.claim(
        "sum-of-inverses",
        "inv(A) + inv(B) == inv(A) @ (A + B) @ inv(B)",
        vars=TWO,
        hypotheses=BOTH,
        expected="proved",
    ),
    hm.claim(
        "parallel-sum",
        "A @ inv(A + B) @ B == B @ inv(A + B) @ A",
        vars=TWO,
        hypotheses=["invertible(A + B)"],
        expected="proved",
        source="Anderson & Duffin (1969)",
    ),
    hm.claim(
        "resolvent-difference",
        "inv(A) - inv(B) == inv(A) @ (B - A) @ inv(B)",
        vars=TWO,
        hypotheses=BOTH,
        expected="proved",
        source="Horn & Johnson (2013), 5.8",
    ),
    hm.claim(
        "resolvent-equation",
        "inv(A - s*eye(n)) - inv(A - t*eye(n)) == (s - t)*(inv(A - s*eye(n)) @ inv(A - t*eye(n)))",
        vars={"A": "n n", "s": "", "t": ""},
        hypotheses=["invertible(A - s*eye(n))", "invertible(A - t*eye(n))"],
        expected="proved",
    ),
    hm.claim(
        "one-minus-inverse",
        "eye(n) - inv(eye(n) + A) == A @ inv(eye(n) + A)",
        vars={"A": "n n"},
        hypotheses=["invertible(eye(n) + A)"],
        expected="proved",
    ),
    hm.claim(
        "neumann-one-step",
        "inv(eye(n) - A) == eye(n) + A @ inv(eye(n) - A)",
        vars={"A": "n n"},
        hypotheses=["invertible(eye(n) - A)"],
        expected="proved",
    ),
    hm.claim(
        "newton-schulz",
        "eye(n) - A @ (2*X - X @ A @ X) == (eye(n) - A @ X) @ (eye(n) - A @ X)",
        vars={"A": "n n", "X": "n n"},
        expected="proved",
        source="Schulz (1933): Newton's iteration for the inverse squares the residual",
    ),
]

# Low-rank changes.

low_rank = [
    hm.claim(
        "push-through",
        "inv(eye(n) + U @ V) @ U == U @ inv(eye(k) + V @ U)",
        vars=LOW_RANK,
        hypotheses=["invertible(eye(n) + U @ V)", "invertible(eye(k) + V @ U)"],
        expected="proved",
        source=HJ,
    ),
    hm.claim(
        "woodbury",
        "inv(A + U @ C @ V) == inv(A) - inv(A) @ U @ inv(inv(C) + V @ inv(A) @ U) @ V @ inv(A)",
        vars=LOW_RANK,
        hypotheses=["invertible(A)", "invertible(C)", "invertible(A + U @ C @ V)"],
        expected="proved",
        source=HJ,
    ),
    hm.claim(
        "woodbury-without-the-inverse-of-the-core",
        "inv(A + U @ C @ V) == inv(A) - inv(A) @ U @ C @ inv(eye(k) + V @ inv(A) @ U @ C) @ V @ inv(A)",
        vars=LOW_RANK,
        hypotheses=["invertible(A)", "invertible(eye(k) + V @ inv(A) @ U @ C)", "invertible(A + U @ C @ V)"],
        expected="proved",
        source="Henderson & Searle (1981)",
    ),
    hm.claim(
        "woodbury-identity-core",
        "inv(A + U @ V) == inv(A) - inv(A) @ U @ inv(eye(k) + V @ inv(A) @ U) @ V @ inv(A)",
        vars=LOW_RANK,
        hypotheses=["invertible(A)", "invertible(eye(k) + V @ inv(A) @ U)"],
        expected="proved",
        source=HJ,
    ),
    hm.claim(
        "sherman-morrison",
        "inv(A + outer(u, v)) == inv(A) - (inv(A) @ outer(u, v) @ inv(A))/(1 + v @ inv(A) @ u)",
        vars={"A": "n n", "u": "n", "v": "n"},
        hypotheses=["invertible(A)", "1 + v @ inv(A) @ u != 0"],
        expected="proved",
        source=HJ,
    ),
    hm.claim(
        "inverse-of-identity-plus-rank-one",
        "inv(eye(n) + outer(u, v)) == eye(n) - outer(u, v)/(1 + u @ v)",
        vars={"u": "n", "v": "n"},
        hypotheses=["1 + u @ v != 0"],
        expected="proved",
        source=HJ,
    ),
    hm.claim(
        "kalman-gain",
        "P @ H.T @ inv(H @ P @ H.T + R) == inv(inv(P) + H.T @ inv(R) @ H) @ H.T @ inv(R)",
        vars={"P": "n n", "H": "m n", "R": "m m"},
        hypotheses=["posdef(P)", "posdef(R)"],
        expected="proved",
        source="Anderson & Moore (1979), Optimal Filtering, 6.3",
    ),
    hm.claim(
        "ridge-two-forms",
        "inv(X.T @ X + lam*eye(p)) @ X.T == X.T @ inv(X @ X.T + lam*eye(m))",
        vars={"X": "m p", "lam": ""},
        hypotheses=["lam > 0"],
        expected="proved",
        source="Hastie, Tibshirani & Friedman (2009), 12.3.7",
    ),
    hm.claim(
        "woodbury-sign-lost",
        "inv(A + U @ V) == inv(A) + inv(A) @ U @ inv(eye(k) + V @ inv(A) @ U) @ V @ inv(A)",
        vars=LOW_RANK,
        hypotheses=["invertible(A)", "invertible(eye(k) + V @ inv(A) @ U)"],
        expected="refuted",
        note="the sign is the commonest slip",
    ),
    hm.claim(
        "woodbury-without-hypotheses",
        "inv(A + U @ V) == inv(A) - inv(A) @ U @ inv(eye(k) + V @ inv(A) @ U) @ V @ inv(A)",
        vars=LOW_RANK,
        hypotheses=["invertible(A)"],
        expected="ill_posed",
        note="A + UV may be singular",
    ),
]
