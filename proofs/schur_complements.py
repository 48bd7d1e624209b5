"""Block matrices and Schur complements.

Statement. Eliminating one block of [[A, B], [C, D]] leaves the Schur complement D − C A⁻¹ B, which carries the
inverse, the determinant and, in the symmetric case, definiteness.

Idea. Block elimination is a factorisation into triangular block matrices, checked by multiplying out.

Proved for every size unless a claim says otherwise.  Open, so not claimed: that a symmetric block matrix is
semidefinite exactly when A and its Schur complement are.  Assumed: nothing.
"""

import hessmath as hm

HJ = "Horn & Johnson (2013), Matrix Analysis, 0.8.5"
BLOCKS = {"A": "n n", "B": "n m", "C": "m n", "D": "m m"}
CORNERS = ["invertible(A)", "invertible(D)"]
BOTH_COMPLEMENTS = [*CORNERS, "invertible(A - B @ inv(D) @ C)", "invertible(D - C @ inv(A) @ B)"]

factorisations = [
    hm.claim(
        "block-ldu",
        "block([A, B], [C, D]) == block([eye(n), zeros(n, m)], [C @ inv(A), eye(m)])"
        " @ block([A, zeros(n, m)], [zeros(m, n), D - C @ inv(A) @ B])"
        " @ block([eye(n), inv(A) @ B], [zeros(m, n), eye(m)])",
        vars=BLOCKS,
        hypotheses=["invertible(A)"],
        expected="proved (sizes)",
        source=HJ,
    ),
    hm.claim(
        "block-elimination",
        "block([eye(n), zeros(n, m)], [-C @ inv(A), eye(m)]) @ block([A, B], [C, D])"
        " == block([A, B], [zeros(m, n), D - C @ inv(A) @ B])",
        vars=BLOCKS,
        hypotheses=["invertible(A)"],
        expected="proved (sizes)",
        source=HJ,
    ),
    hm.claim(
        "block-unit-triangular-inverse",
        "block([eye(n), B], [zeros(m, n), eye(m)]) @ block([eye(n), -B], [zeros(m, n), eye(m)])"
        " == block([eye(n), zeros(n, m)], [zeros(m, n), eye(m)])",
        vars=BLOCKS,
        expected="proved (sizes)",
    ),
    hm.claim(
        "block-inverse",
        "block([A, B], [C, D])"
        " @ block([inv(A) + inv(A) @ B @ inv(D - C @ inv(A) @ B) @ C @ inv(A), -inv(A) @ B @ inv(D - C @ inv(A) @ B)],"
        " [-inv(D - C @ inv(A) @ B) @ C @ inv(A), inv(D - C @ inv(A) @ B)])"
        " == block([eye(n), zeros(n, m)], [zeros(m, n), eye(m)])",
        vars=BLOCKS,
        hypotheses=["invertible(A)", "invertible(D - C @ inv(A) @ B)"],
        expected="proved (sizes)",
        source=HJ,
    ),
    hm.claim(
        "schur-complements-agree",
        "inv(A - B @ inv(D) @ C) == inv(A) + inv(A) @ B @ inv(D - C @ inv(A) @ B) @ C @ inv(A)",
        vars=BLOCKS,
        hypotheses=BOTH_COMPLEMENTS,
        expected="proved",
        source=HJ,
    ),
    hm.claim(
        "schur-off-diagonal",
        "inv(A) @ B @ inv(D - C @ inv(A) @ B) == inv(A - B @ inv(D) @ C) @ B @ inv(D)",
        vars=BLOCKS,
        hypotheses=BOTH_COMPLEMENTS,
        expected="proved",
        source=HJ,
    ),
]

products = [
    hm.claim(
        "block-product",
        "block([A, B], [C, D]) @ block([E1], [F1]) == block([A @ E1 + B @ F1], [C @ E1 + D @ F1])",
        vars={**BLOCKS, "E1": "n k", "F1": "m k"},
        expected="proved (sizes)",
    ),
    hm.claim(
        "block-transpose",
        "block([A, B], [C, D]).T == block([A.T, C.T], [B.T, D.T])",
        vars=BLOCKS,
        expected="proved (sizes)",
    ),
    hm.claim(
        "block-trace",
        "trace(block([A, B], [C, D])) == trace(A) + trace(D)",
        vars=BLOCKS,
        expected="proved (sizes)",
    ),
    hm.claim(
        "block-square",
        "block([zeros(n, n), B], [C, zeros(m, m)]) @ block([zeros(n, n), B], [C, zeros(m, m)])"
        " == block([B @ C, zeros(n, m)], [zeros(m, n), C @ B])",
        vars=BLOCKS,
        expected="proved (sizes)",
    ),
]

# Definiteness: completing the square in the first block of variables.

QUADRATIC = {"A": "n n", "B": "n m", "D": "m m", "x": "n", "y": "m"}
definiteness = [
    hm.claim(
        "complete-the-square-in-blocks",
        "x @ A @ x + 2*(x @ B @ y) + y @ D @ y"
        " == (x + inv(A) @ B @ y) @ A @ (x + inv(A) @ B @ y) + y @ (D - B.T @ inv(A) @ B) @ y",
        vars=QUADRATIC,
        hypotheses=["symmetric(A)", "invertible(A)"],
        expected="proved",
        source="Boyd & Vandenberghe (2004), A.5.5",
    ),
    hm.claim(
        "diagonal-blocks-are-not-enough",
        "psd(block([A, B], [B.T, D]))",
        vars=QUADRATIC,
        hypotheses=["posdef(A)", "posdef(D)"],
        expected="refuted",
    ),
]
