"""Definite matrices and the Loewner order.

Statement. A ⪰ B means that A − B is positive semidefinite.  The order survives sums, congruences and nonnegative
multiples; it does not survive products.

Idea. xᵀ(GᵀG)x = |Gx|²; everything else is adding, scaling and congruence.

Proved at the strength that each claim states.  Refuted: products and differences.  Open, so not claimed: that
inverses reverse the order, that squares do not keep it, and that it is antisymmetric.  Assumed: nothing, where no
axiom is listed with the verdict.
"""

import hessmath as hm

HJ = "Horn & Johnson (2013), Matrix Analysis, 7.1 and 7.7"
N1, N2 = {"A": "n n"}, {"A": "n n", "B": "n n"}
G = {"G": "m n", "A": "m m"}

definite = [
    hm.claim("gram-psd", "psd(G.T @ G)", vars=G, expected="proved", source=HJ),
    hm.claim("gram-definite", "posdef(G.T @ G)", vars=G, hypotheses=["fullcol(G)"], expected="proved", source=HJ),
    hm.claim("gram-definite-slip", "posdef(G.T @ G)", vars=G, expected="refuted", source=HJ),
    hm.claim(
        "gram-damped", "posdef(G.T @ G + lam*eye(n))", vars={**G, "lam": ""}, hypotheses=["lam > 0"],
        expected="proved", source=HJ,
    ),
    hm.claim("congruence-psd", "psd(G.T @ A @ G)", vars=G, hypotheses=["psd(A)"], expected="proved", source=HJ),
    hm.claim(
        "congruence-definite", "posdef(G.T @ A @ G)", vars=G, hypotheses=["posdef(A)", "fullcol(G)"],
        expected="proved", source=HJ,
    ),
    hm.claim("sum-psd", "psd(A + B)", vars=N2, hypotheses=["psd(A)", "psd(B)"], expected="proved", source=HJ),
    hm.claim(
        "sum-definite", "posdef(A + B)", vars=N2, hypotheses=["posdef(A)", "psd(B)"], expected="proved", source=HJ,
    ),
    hm.claim(
        "cone", "psd(s*A + t*B)", vars={**N2, "s": "", "t": ""}, hypotheses=["psd(A)", "psd(B)", "s >= 0", "t >= 0"],
        expected="proved", source=HJ,
    ),
    hm.claim("difference-psd", "psd(A - B)", vars=N2, hypotheses=["psd(A)", "psd(B)"], expected="refuted", source=HJ),
    hm.claim("inverse-definite", "posdef(inv(A))", vars=N1, hypotheses=["posdef(A)"], expected="proved", source=HJ),
    hm.claim("definite-invertible", "invertible(A)", vars=N1, hypotheses=["posdef(A)"], expected="proved", source=HJ),
    hm.claim("semidefinite-invertible", "invertible(A)", vars=N1, hypotheses=["psd(A)"], expected="refuted", source=HJ),
    hm.claim(
        "product-of-definite", "psd(A @ B)", vars=N2, hypotheses=["posdef(A)", "posdef(B)"], expected="refuted",
        source=HJ,
    ),
    hm.claim("aba", "psd(A @ B @ A)", vars=N2, hypotheses=["symmetric(A)", "psd(B)"], expected="proved", source=HJ),
    hm.claim("square-of-symmetric", "psd(A @ A)", vars=N1, hypotheses=["symmetric(A)"], expected="proved", source=HJ),
    hm.claim("cube-of-psd", "psd(A @ A @ A)", vars=N1, hypotheses=["psd(A)"], expected="proved", source=HJ),
    hm.claim(
        "symmetric-part", "psd((A + A.T)/2)", vars={**N1, "x": "n"}, hypotheses=["psd(A)"], expected="proved",
        source=HJ,
    ),
    hm.claim(
        "diagonal-of-definite", "A[0, 0] > 0", vars={"A": "3 3"}, hypotheses=["posdef(A)"], expected="proved",
        source=HJ,
    ),
    hm.claim("diagonal-of-psd", "A[1, 1] >= 0", vars={"A": "3 3"}, hypotheses=["psd(A)"], expected="proved", source=HJ),
    hm.claim(
        "minor-of-psd", "A[0, 1]**2 <= A[0, 0]*A[1, 1]", vars={"A": "2 2"}, hypotheses=["psd(A)"], expected="proved",
        source=HJ,
    ),
    hm.claim("trace-of-psd", "trace(A) >= 0", vars=N1, hypotheses=["psd(A)"], expected="proved", source=HJ),
    hm.claim(
        "definite-null-form", "x == zeros(n)", vars={**N1, "x": "n"}, hypotheses=["posdef(A)", "x @ A @ x == 0"],
        expected="proved", source=HJ,
    ),
    hm.claim("rank-one-psd", "psd(outer(x, x))", vars={"x": "n"}, expected="proved", source=HJ),
    hm.claim(
        "rank-one-update-definite", "posdef(A + outer(x, x))", vars={**N1, "x": "n"}, hypotheses=["posdef(A)"],
        expected="proved", source=HJ,
    ),
]  # fmt: skip

order = [
    hm.claim(
        "order-add", kind="identity", lhs="A + C", rhs="B + C", rel="psd_ge", vars={**N2, "C": "n n"},
        hypotheses=["psd(A - B)"], expected="proved", source=HJ,
    ),
    hm.claim(
        "order-transitive", "psd(A - C)", vars={**N2, "C": "n n"}, hypotheses=["psd(A - B)", "psd(B - C)"],
        expected="proved", source=HJ,
    ),
    hm.claim(
        "order-congruence", "psd(G.T @ A @ G - G.T @ B @ G)", vars={"A": "m m", "B": "m m", "G": "m n"},
        hypotheses=["psd(A - B)"], expected="proved", source=HJ,
    ),
    hm.claim(
        "order-forms", "x @ A @ x >= x @ B @ x", vars={**N2, "x": "n"}, hypotheses=["psd(A - B)"], expected="proved",
        source=HJ,
    ),
    hm.claim(
        "order-trace", "trace(A) >= trace(B)", vars=N2, hypotheses=["psd(A - B)"], expected="proved (sizes)",
        source=HJ,
    ),
    hm.claim(
        "strict-order-positive-form", "x @ A @ x > x @ B @ x", vars={**N2, "x": "n"},
        hypotheses=["posdef(A - B)", "nonzero(x)"], expected="proved", source=HJ,
    ),
]  # fmt: skip
