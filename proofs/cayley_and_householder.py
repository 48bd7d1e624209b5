"""Orthogonal matrices: Cayley transforms, Householder reflections, Givens rotations.

Statement. (I − S)(I + S)⁻¹ is orthogonal for skew S; I − 2vvᵀ/vᵀv is a symmetric orthogonal reflection that
maps x to y when v = x − y and the two have one length.

Idea. Multiply by the transpose; polynomials and inverses of one matrix commute.

Proved for every size unless a claim says otherwise.  Assumed: that I + S is invertible for skew S is proved, not
assumed, since xᵀ(I + S)x = xᵀx.
"""

import hessmath as hm

GVL = "Golub & Van Loan (2013), Matrix Computations, 5.1"
S = {"S": "n n"}
CAYLEY = "(eye(n) - S) @ inv(eye(n) + S)"
HOUSEHOLDER = "(eye(n) - 2*outer(v, v)/(v @ v))"
V = {"v": "n", "x": "n", "y": "n"}

cayley = [
    hm.claim("cayley-orthogonal", f"orthogonal({CAYLEY})", vars=S, hypotheses=["skew(S)"], expected="proved"),
    hm.claim(
        "cayley-factors-commute", f"{CAYLEY} == inv(eye(n) + S) @ (eye(n) - S)", vars=S, hypotheses=["skew(S)"],
        expected="proved",
    ),
    hm.claim("cayley-defined", "invertible(eye(n) + S)", vars=S, hypotheses=["skew(S)"], expected="proved"),
    hm.claim(
        "cayley-inverse",
        "(eye(n) - Q) @ inv(eye(n) + Q) == S",
        vars={**S, "Q": "n n"},
        hypotheses=["skew(S)", f"Q == {CAYLEY}", "invertible(eye(n) + Q)"],
        expected="proved",
    ),
    hm.claim(
        "cayley-back",
        "skew((eye(n) - Q) @ inv(eye(n) + Q))",
        vars={"Q": "n n"},
        hypotheses=["orthogonal(Q)", "invertible(eye(n) + Q)"],
        expected="proved",
    ),
    hm.claim(
        "cayley-of-symmetric", f"orthogonal({CAYLEY})", vars=S,
        hypotheses=["symmetric(S)", "invertible(eye(n) + S)"], expected="refuted",
    ),
    hm.claim("skew-form", "x @ S @ x == 0", vars={**S, "x": "n"}, hypotheses=["skew(S)"], expected="proved"),
    hm.claim("skew-congruence", "skew(A @ S @ A.T)", vars={**S, "A": "m n"}, hypotheses=["skew(S)"], expected="proved"),
]  # fmt: skip

householder = [
    hm.claim(
        "householder-orthogonal", f"orthogonal({HOUSEHOLDER})", vars=V, hypotheses=["nonzero(v)"], expected="proved",
        source=GVL,
    ),
    hm.claim(
        "householder-symmetric", f"symmetric({HOUSEHOLDER})", vars=V, hypotheses=["nonzero(v)"], expected="proved",
        source=GVL,
    ),
    hm.claim(
        "householder-involutory", f"involutory({HOUSEHOLDER})", vars=V, hypotheses=["nonzero(v)"], expected="proved",
        source=GVL,
    ),
    hm.claim(
        "householder-flips", f"{HOUSEHOLDER} @ v == -v", vars=V, hypotheses=["nonzero(v)"], expected="proved",
        source=GVL,
    ),
    hm.claim(
        "householder-fixes", f"{HOUSEHOLDER} @ x == x", vars=V, hypotheses=["nonzero(v)", "v @ x == 0"],
        expected="proved", source=GVL,
    ),
    hm.claim(
        "householder-maps", f"{HOUSEHOLDER} @ x == y", vars=V,
        hypotheses=["v == x - y", "x @ x == y @ y", "nonzero(v)"], expected="proved", source=GVL,
    ),
    hm.claim(
        "householder-needs-equal-lengths", f"{HOUSEHOLDER} @ x == y", vars=V, hypotheses=["v == x - y", "nonzero(v)"],
        expected="refuted", source=GVL,
    ),
    hm.claim(
        "householder-unit", "orthogonal(eye(n) - 2*outer(v, v))", vars=V, hypotheses=["v @ v == 1"], expected="proved",
        source=GVL,
    ),
    hm.claim(
        "householder-of-zero", f"symmetric({HOUSEHOLDER})", vars=V, expected="ill_posed", note="v = 0 has no direction"
    ),
    hm.claim(
        "householder-two-sided", f"symmetric({HOUSEHOLDER} @ A @ {HOUSEHOLDER})", vars={**V, "A": "n n"},
        hypotheses=["symmetric(A)", "nonzero(v)"], expected="proved", source=GVL,
    ),
]  # fmt: skip

orthogonal = [
    hm.claim(
        "orthogonal-product", "orthogonal(Q @ R)", vars={"Q": "n n", "R": "n n"},
        hypotheses=["orthogonal(Q)", "orthogonal(R)"], expected="proved",
    ),
    hm.claim(
        "orthogonal-transpose", "orthogonal(Q.T)", vars={"Q": "n n"}, hypotheses=["orthogonal(Q)"], expected="proved",
    ),
    hm.claim(
        "orthogonal-length", "nsq(Q @ x) == nsq(x)", vars={"Q": "n n", "x": "n"}, hypotheses=["orthogonal(Q)"],
        expected="proved",
    ),
    hm.claim(
        "orthogonal-frobenius", "nsq(Q @ A) == nsq(A)", vars={"Q": "n n", "A": "n m"}, hypotheses=["orthogonal(Q)"],
        expected="proved",
    ),
    hm.claim(
        "orthogonal-angle", "(Q @ x) @ (Q @ y) == x @ y", vars={"Q": "n n", "x": "n", "y": "n"},
        hypotheses=["orthogonal(Q)"], expected="proved",
    ),
    hm.claim(
        "orthogonal-determinant", "det(Q)**2 == 1", vars={"Q": "n n"}, hypotheses=["orthogonal(Q)"],
        expected="proved",
    ),
    hm.claim(
        "orthogonal-square-columns", "Q @ Q.T == eye(n)", vars={"Q": "n n"}, hypotheses=["orthocols(Q)"],
        expected="proved",
    ),
    hm.claim(
        "orthonormal-columns-rows", "Q @ Q.T == eye(m)", vars={"Q": "m n"}, hypotheses=["orthocols(Q)"],
        expected="refuted",
    ),
    hm.claim(
        "givens", "orthogonal(block([c, s], [-s, c]))", vars={"c": "", "s": ""}, hypotheses=["c**2 + s**2 == 1"],
        expected="proved", source=GVL,
    ),
    hm.claim(
        "trace-under-rotation", "trace(Q.T @ A @ Q) == trace(A)", vars={"Q": "n n", "A": "n n"},
        hypotheses=["orthogonal(Q)"], expected="proved",
    ),
]  # fmt: skip
