"""Traces, determinants and norms.

Statement. The trace is invariant under cyclic shifts and similarity, the determinant multiplicative; low-rank
changes of a determinant are determinants of small matrices (Sylvester, matrix determinant lemma).

Idea. Traces by shifting factors; determinants from det(AB) = det A det B and block elimination.

Proved at the strength that each claim states.  Refuted: traces of products do not factor, and only cyclic shifts
are allowed.  Assumed: nothing, where no axiom is listed with the verdict.
"""

import hessmath as hm

HJ = "Horn & Johnson (2013), Matrix Analysis, 1.3"
DET = "Horn & Johnson (2013), Matrix Analysis, 0.8.5"
N2, N3 = {"A": "n n", "B": "n n"}, {"A": "n n", "B": "n n", "C": "n n"}
UV = {"A": "n n", "U": "n k", "V": "k n"}

traces = [
    hm.claim("trace-swap", "trace(A @ B) == trace(B @ A)", vars={"A": "m n", "B": "n m"}, expected="proved", source=HJ),
    hm.claim("trace-cycle", "trace(A @ B @ C) == trace(C @ A @ B)", vars=N3, expected="proved", source=HJ),
    hm.claim("trace-any-order", "trace(A @ B @ C) == trace(A @ C @ B)", vars=N3, expected="refuted", source=HJ),
    hm.claim("trace-of-product", "trace(A @ B) == trace(A)*trace(B)", vars=N2, expected="refuted", source=HJ),
    hm.claim("trace-transpose", "trace(A.T) == trace(A)", vars=N2, expected="proved", source=HJ),
    hm.claim(
        "trace-linear", "trace(A + c*B) == trace(A) + c*trace(B)", vars={**N2, "c": ""}, expected="proved", source=HJ,
    ),
    hm.claim(
        "trace-similar", "trace(inv(S) @ A @ S) == trace(A)", vars={"A": "n n", "S": "n n"},
        hypotheses=["invertible(S)"], expected="proved", source=HJ,
    ),
    hm.claim("trace-commutator", "trace(A @ B - B @ A) == 0", vars=N2, expected="proved", source=HJ),
    hm.claim(
        "no-canonical-commutator", "A @ B - B @ A == eye(n)", vars=N2, hypotheses=["trace(A @ B - B @ A) == n"],
        expected="vacuous", source=HJ,
    ),
    hm.claim("trace-outer", "trace(outer(x, y)) == x @ y", vars={"x": "n", "y": "n"}, expected="proved", source=HJ),
    hm.claim(
        "trace-form", "trace(A @ outer(x, x)) == x @ A @ x", vars={"A": "n n", "x": "n"}, expected="proved",
        source=HJ,
    ),
    hm.claim(
        "trace-symmetric-skew", "trace(A @ B) == 0", vars=N2, hypotheses=["symmetric(A)", "skew(B)"],
        expected="proved", source=HJ,
    ),
    hm.claim("trace-identity", "trace(eye(n)) == n", vars=N2, expected="proved", source=HJ),
    hm.claim("trace-gram", "trace(A.T @ A) == nsq(A)", vars={"A": "m n"}, expected="proved", source=HJ),
    hm.claim("trace-gram-positive", "trace(A.T @ A) >= 0", vars={"A": "m n"}, expected="proved", source=HJ),
    hm.claim(
        "trace-gram-zero", "A == zeros(m, n)", vars={"A": "m n"}, hypotheses=["A.T @ A == zeros(n, n)"],
        expected="proved", source=HJ,
    ),
    hm.claim(
        "parallelogram", "nsq(A + B) + nsq(A - B) == 2*nsq(A) + 2*nsq(B)", vars={"A": "m n", "B": "m n"},
        expected="proved", source=HJ,
    ),
    hm.claim(
        "polarisation", "nsq(A + B) - nsq(A - B) == 4*trace(A.T @ B)", vars={"A": "m n", "B": "m n"},
        expected="proved", source=HJ,
    ),
    hm.claim(
        "frobenius-of-sum", "nsq(A + B) == nsq(A) + 2*trace(A.T @ B) + nsq(B)", vars={"A": "m n", "B": "m n"},
        expected="proved", source=HJ,
    ),
    hm.claim(
        "frobenius-without-cross-term", "nsq(A + B) == nsq(A) + nsq(B)", vars={"A": "m n", "B": "m n"},
        expected="refuted", source=HJ,
    ),
    hm.claim(
        "symmetric-plus-skew", "nsq(A) == nsq((A + A.T)/2) + nsq((A - A.T)/2)", vars=N2, expected="proved", source=HJ,
    ),
]  # fmt: skip

determinants = [
    hm.claim("det-product", "det(A @ B) == det(A)*det(B)", vars=N2, expected="proved", source=DET),
    hm.claim("det-transpose", "det(A.T) == det(A)", vars=N2, expected="proved", source=DET),
    hm.claim(
        "det-inverse", "det(inv(A)) == 1/det(A)", vars=N2, hypotheses=["invertible(A)"], expected="proved",
        source=DET,
    ),
    hm.claim(
        "det-similar", "det(inv(S) @ A @ S) == det(A)", vars={"A": "n n", "S": "n n"}, hypotheses=["invertible(S)"],
        expected="proved", source=DET,
    ),
    hm.claim(
        "det-multiple", "det(c*A) == c**n*det(A)", vars={"A": "n n", "c": ""}, expected="proved (sizes)", source=DET,
    ),
    hm.claim("det-multiple-naive", "det(c*A) == c*det(A)", vars={"A": "n n", "c": ""}, expected="refuted", source=DET),
    hm.claim("det-sum-naive", "det(A + B) == det(A) + det(B)", vars=N2, expected="refuted", source=DET),
    hm.claim(
        "det-sylvester", "det(eye(n) + U @ V) == det(eye(k) + V @ U)", vars=UV, expected="proved (sizes)", source=DET,
    ),
    hm.claim(
        "det-lemma", "det(A + outer(u, v)) == det(A)*(1 + v @ inv(A) @ u)", vars={"A": "n n", "u": "n", "v": "n"},
        hypotheses=["invertible(A)"], expected="proved (sizes)", source=DET,
    ),
    hm.claim(
        "det-lemma-adjugate", "det(A + outer(u, v)) == det(A) + v @ adj(A) @ u",
        vars={"A": "n n", "u": "n", "v": "n"}, expected="proved (sizes)", source=DET,
    ),
    hm.claim(
        "det-rank-one", "det(eye(n) + outer(u, v)) == 1 + u @ v", vars={"u": "n", "v": "n"},
        expected="proved (sizes)", source=DET,
    ),
    hm.claim(
        "det-schur", "det(block([A, B], [C, D])) == det(A)*det(D - C @ inv(A) @ B)",
        vars={"A": "n n", "B": "n m", "C": "m n", "D": "m m"}, hypotheses=["invertible(A)"],
        expected="proved (sizes)", source=DET,
    ),
    hm.claim(
        "det-triangular-blocks", "det(block([A, B], [zeros(m, n), D])) == det(A)*det(D)",
        vars={"A": "n n", "B": "n m", "D": "m m"}, expected="proved (sizes)", source=DET,
    ),
    hm.claim("det-power", "det(A @ A @ A) == det(A)**3", vars=N2, expected="proved", source=DET),
    hm.claim("det-gram", "det(A.T @ A) == det(A)**2", vars=N2, expected="proved", source=DET),
    hm.claim("det-gram-nonnegative", "det(A.T @ A) >= 0", vars={"A": "m n"}, expected="proved (sizes)", source=DET),
    hm.claim("det-definite", "det(A) > 0", vars=N2, hypotheses=["posdef(A)"], expected="proved", source=DET),
    hm.claim(
        "det-householder", "det(eye(n) - 2*outer(v, v)/(v @ v)) == -1", vars={"v": "n"}, hypotheses=["nonzero(v)"],
        expected="proved (sizes)", source=DET,
    ),
    hm.claim(
        "adjugate", "A @ adj(A) == det(A)*eye(n)", vars=N2, expected="proved (sizes)",
        source="Horn & Johnson (2013), 0.8.2",
    ),
    hm.claim(
        "adjugate-inverse", "adj(A) == det(A)*inv(A)", vars=N2, hypotheses=["invertible(A)"],
        expected="proved (sizes)", source="Horn & Johnson (2013), 0.8.2",
    ),
    hm.claim(
        "adjugate-transpose", "adj(A.T) == adj(A).T", vars={"A": "3 3"}, expected="proved",
        source="Horn & Johnson (2013), 0.8.2",
    ),
    hm.claim(
        "adjugate-product", "adj(A @ B) == adj(B) @ adj(A)", vars={"A": "2 2", "B": "2 2"}, expected="proved",
        source="Horn & Johnson (2013), 0.8.2",
    ),
    hm.claim(
        "cayley-hamilton", "A @ A - trace(A)*A + det(A)*eye(2) == zeros(2, 2)", vars={"A": "2 2"}, expected="proved",
        source="Horn & Johnson (2013), 2.4.3",
    ),
    hm.claim("cauchy-schwarz", "(x @ y)**2 <= (x @ x)*(y @ y)", vars={"x": "n", "y": "n"}, expected="proved (sizes)"),
    hm.claim(
        "lagrange-identity", "(x @ x)*(y @ y) - (x @ y)**2 == (x[0]*y[1] - x[1]*y[0])**2", vars={"x": "2", "y": "2"},
        expected="proved",
    ),
]  # fmt: skip
