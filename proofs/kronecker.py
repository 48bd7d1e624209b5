"""Kronecker and Hadamard products, vec and the commutation matrix.

Statement. (A ⊗ B)(C ⊗ D) = AC ⊗ BD, vec(AXB) = (Bᵀ ⊗ A) vec X, and what follows from the two.

Idea. Entry by entry: (A ⊗ B) has the entry a_ij b_kl, and vec stacks columns.

Proved at the strength that each claim states; where it says (sizes), at all sizes up to 2 or 3 with symbolic
entries.  Refuted: ⊗ does not commute.  Open, so not claimed: inverses and definiteness
of A ⊗ B, and Schur's theorem for semidefinite matrices.  Assumed: nothing, where no axiom is listed with the verdict.
"""

import hessmath as hm

HJ = "Horn & Johnson (1991), Topics in Matrix Analysis, 4.2"
VEC = "Horn & Johnson (1991), Topics in Matrix Analysis, 4.3"
HAD = "Horn & Johnson (1991), Topics in Matrix Analysis, 5.1"
AB = {"A": "m n", "B": "p q"}
SQUARE = {"A": "n n", "B": "m m"}
SAME = {"A": "m n", "B": "m n", "C": "m n"}

kron = [
    hm.claim(
        "kron-mixed", "kron(A, B) @ kron(C, D) == kron(A @ C, B @ D)",
        vars={"A": "n n", "B": "m m", "C": "n n", "D": "m m"}, expected="proved (sizes)", source=HJ,
    ),
    hm.claim("kron-transpose", "kron(A, B).T == kron(A.T, B.T)", vars=AB, expected="proved (sizes)", source=HJ),
    hm.claim(
        "kron-add-left", "kron(A + C, B) == kron(A, B) + kron(C, B)", vars={**AB, "C": "m n"},
        expected="proved (sizes)", source=HJ,
    ),
    hm.claim("kron-scalar", "kron(c*A, B) == c*kron(A, B)", vars={**AB, "c": ""}, expected="proved (sizes)", source=HJ),
    hm.claim(
        "kron-associative", "kron(kron(A, B), C) == kron(A, kron(B, C))", vars={"A": "2 2", "B": "2 2", "C": "2 2"},
        expected="proved", source=HJ,
    ),
    hm.claim(
        "kron-identity", "kron(eye(m), eye(n)) == eye(m*n)", vars={"A": "m n"}, expected="proved (sizes)", source=HJ,
    ),
    hm.claim("kron-trace", "trace(kron(A, B)) == trace(A)*trace(B)", vars=SQUARE, expected="proved (sizes)", source=HJ),
    hm.claim("kron-frobenius", "nsq(kron(A, B)) == nsq(A)*nsq(B)", vars=AB, expected="proved (sizes)", source=HJ),
    hm.claim(
        "kron-symmetric", "symmetric(kron(A, B))", vars=SQUARE, hypotheses=["symmetric(A)", "symmetric(B)"],
        expected="proved (sizes)", source=HJ,
    ),
    hm.claim(
        "kron-orthogonal", "orthogonal(kron(A, B))", vars={"A": "2 2", "B": "2 2"},
        hypotheses=["orthogonal(A)", "orthogonal(B)"], expected="proved (sizes)", source=HJ,
    ),
    hm.claim(
        "kron-determinant", "det(kron(A, B)) == det(A)**2*det(B)**2", vars={"A": "2 2", "B": "2 2"},
        expected="proved", source=HJ,
    ),
    hm.claim("kron-commutes", "kron(A, B) == kron(B, A)", vars={"A": "n n", "B": "n n"}, expected="refuted", source=HJ),
    hm.claim(
        "kron-of-sums-of-squares", "kron(A, B) @ kron(A, B) == kron(A @ A, B @ B)", vars=SQUARE,
        expected="proved (sizes)", source=HJ,
    ),
    hm.claim(
        "kron-left-right", "kron(A, eye(m)) @ kron(eye(n), B) == kron(A, B)", vars=SQUARE, expected="proved (sizes)",
        source=HJ,
    ),
    hm.claim(
        "kron-sum-commutes", "commute(kron(A, eye(m)), kron(eye(n), B))", vars=SQUARE, expected="proved (sizes)",
        source=HJ,
    ),
    hm.claim(
        "kron-idempotent", "idempotent(kron(A, B))", vars={"A": "2 2", "B": "2 2"},
        hypotheses=["idempotent(A)", "idempotent(B)"], expected="proved (sizes)", source=HJ,
    ),
]  # fmt: skip

vec = [
    hm.claim(
        "vec-product", "vec(A @ X @ B) == kron(B.T, A) @ vec(X)", vars={"A": "m n", "X": "n p", "B": "p q"},
        expected="proved (sizes)", source=VEC,
    ),
    hm.claim(
        "vec-left", "vec(A @ X) == kron(eye(p), A) @ vec(X)", vars={"A": "m n", "X": "n p"},
        expected="proved (sizes)", source=VEC,
    ),
    hm.claim(
        "vec-right", "vec(X @ B) == kron(B.T, eye(n)) @ vec(X)", vars={"X": "n p", "B": "p q"},
        expected="proved (sizes)", source=VEC,
    ),
    hm.claim(
        "vec-trace", "trace(A.T @ B) == vec(A) @ vec(B)", vars={"A": "m n", "B": "m n"}, expected="proved (sizes)",
        source=VEC,
    ),
    hm.claim("vec-frobenius", "nsq(vec(A)) == nsq(A)", vars={"A": "m n"}, expected="proved (sizes)", source=VEC),
    hm.claim(
        "vec-trace-three", "trace(A @ X @ B) == vec(A.T) @ kron(B.T, eye(n)) @ vec(X)",
        vars={"A": "m n", "X": "n p", "B": "p m"}, expected="proved (sizes)", source=VEC,
    ),
    hm.claim(
        "sylvester-operator", "(kron(eye(m), A) + kron(B.T, eye(n))) @ vec(X) == vec(A @ X + X @ B)",
        vars={"A": "n n", "B": "m m", "X": "n m"}, expected="proved (sizes)", source=VEC,
    ),
    hm.claim(
        "lyapunov-operator", "(kron(eye(n), A) + kron(A, eye(n))) @ vec(X) == vec(A @ X + X @ A.T)",
        vars={"A": "n n", "X": "n n"}, expected="proved (sizes)", source=VEC,
    ),
    hm.claim(
        "vec-forgets-the-transpose", "vec(A @ X @ B) == kron(B, A) @ vec(X)",
        vars={"A": "n n", "X": "n n", "B": "n n"}, expected="refuted", source=VEC,
    ),
    hm.claim(
        "vec-linear", "vec(A + c*B) == vec(A) + c*vec(B)", vars={"A": "m n", "B": "m n", "c": ""},
        expected="proved (sizes)", source=VEC,
    ),
    hm.claim(
        "commutation", "K(m, n) @ vec(A) == vec(A.T)", vars={"A": "m n"}, expected="proved (sizes)",
        source="Magnus & Neudecker (2019), 3.7",
    ),
    hm.claim(
        "commutation-involution", "K(n, m) @ K(m, n) == eye(m*n)", vars={"A": "m n"}, expected="proved (sizes)",
        source="Magnus & Neudecker (2019), 3.7",
    ),
    hm.claim(
        "commutation-transpose", "K(m, n).T == K(n, m)", vars={"A": "m n"}, expected="proved (sizes)",
        source="Magnus & Neudecker (2019), 3.7",
    ),
    hm.claim(
        "commutation-swaps", "K(p, m) @ kron(A, B) @ K(n, q) == kron(B, A)", vars=AB, expected="proved (sizes)",
        source="Magnus & Neudecker (2019), 3.7",
    ),
]  # fmt: skip

hadamard = [
    hm.claim("had-commutes", "A*B == B*A", vars=SAME, expected="proved", source=HAD),
    hm.claim("had-distributes", "A*(B + C) == A*B + A*C", vars=SAME, expected="proved", source=HAD),
    hm.claim("had-transpose", "(A*B).T == A.T*B.T", vars=SAME, expected="proved", source=HAD),
    hm.claim("had-sum", "sum(A*B) == trace(A.T @ B)", vars=SAME, expected="proved (sizes)", source=HAD),
    hm.claim(
        "had-form", "x @ (A*B) @ y == trace(diag(x) @ A @ diag(y) @ B.T)",
        vars={"A": "m n", "B": "m n", "x": "m", "y": "n"}, expected="proved (sizes)", source=HAD,
    ),
    hm.claim(
        "had-diagonal-scaling", "diag(x) @ (A*B) @ diag(y) == (diag(x) @ A @ diag(y))*B",
        vars={"A": "m n", "B": "m n", "x": "m", "y": "n"}, expected="proved (sizes)", source=HAD,
    ),
    hm.claim(
        "had-rank-one", "A*outer(x, y) == diag(x) @ A @ diag(y)", vars={"A": "m n", "x": "m", "y": "n"},
        expected="proved (sizes)", source=HAD,
    ),
    hm.claim(
        "had-row-sums", "diagvec(A @ B.T) == (A*B) @ ones(n)", vars={"A": "m n", "B": "m n"},
        expected="proved (sizes)", source=HAD,
    ),
    hm.claim("had-identity", "A*eye(n) == diagpart(A)", vars={"A": "n n"}, expected="proved", source=HAD),
    hm.claim(
        "diag-product", "diag(x) @ diag(y) == diag(x*y)", vars={"x": "n", "y": "n"}, expected="proved (sizes)",
        source=HAD,
    ),
    hm.claim(
        "diag-times-vector", "diag(x) @ y == x*y", vars={"x": "n", "y": "n"}, expected="proved (sizes)", source=HAD,
    ),
    hm.claim("diag-trace", "trace(diag(x)) == sum(x)", vars={"x": "n"}, expected="proved", source=HAD),
    hm.claim(
        "had-vector-product", "(x*y) @ z == x @ (y*z)", vars={"x": "n", "y": "n", "z": "n"}, expected="proved",
        source=HAD,
    ),
    hm.claim("had-is-not-matmul", "A*B == A @ B", vars={"A": "n n", "B": "n n"}, expected="refuted", source=HAD),
]  # fmt: skip
