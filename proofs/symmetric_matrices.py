"""Symmetric matrices: real eigenvalues, orthogonal eigenvectors.

Statement. A real symmetric matrix A has only real eigenvalues, and eigenvectors of distinct eigenvalues are
orthogonal.

Idea. Let A v = λ v with λ = a + ib and v = u + iw, where u and w are real and not both zero. Separating
real and imaginary parts, A u = a u − b w and A w = a w + b u. Computing uᵀA w twice, once with each
equation, gives b (uᵀu + wᵀw) = 0, and the second factor is not zero. Nothing about λ or v was assumed to be
real: an argument that starts with λ ∈ ℝ and v ∈ ℝ² assumes what it wants to show.

Proved: R1/T5, T7 and the repair of T6, for every size. Refuted: T6 and T7b as printed, each by the smallest
example. Ill-posed: T7c, whose shapes do not fit. Assumed: nothing. That an orthonormal eigenbasis always
exists (the repair of T7b) is the spectral theorem; see ``spectral_theorem.py``.
"""

import hessmath as hm

EIGEN_EQUATIONS = ["symmetric(A)", "A @ u == a*u - b*w", "A @ w == a*w + b*u", "u @ u + w @ w > 0"]
PARTS = {"A": "n n", "u": "n", "w": "n", "a": "", "b": ""}

real_eigenvalues = hm.claim(
    "R1",
    "b == 0",
    vars=PARTS,
    hypotheses=EIGEN_EQUATIONS,
    expected="proved",
    source="R1, T5",
)

every_eigenvector_is_real = hm.claim(
    "T6",
    "w == zeros(n)",
    vars={"A": "n n", "u": "n", "w": "n", "a": ""},
    hypotheses=["symmetric(A)", "A @ u == a*u", "A @ w == a*w", "u @ u + w @ w > 0"],
    expected="refuted",
    source="T6",
)

the_real_part_is_an_eigenvector = hm.claim(
    "T6-repair",
    "A @ u == a*u",
    vars=PARTS,
    hypotheses=EIGEN_EQUATIONS,
    expected="proved",
    repairs="T6",
    source="T6",
)

the_imaginary_part_is_an_eigenvector = hm.claim(
    "T6-repair-imaginary",
    "A @ w == a*w",
    vars=PARTS,
    hypotheses=EIGEN_EQUATIONS,
    expected="proved",
    repairs="T6",
    source="T6",
)

TWO_EIGENVECTORS = ["symmetric(A)", "A @ v == lam*v", "A @ w == mu*w"]
TWO = {"A": "n n", "v": "n", "w": "n", "lam": "", "mu": ""}

eigenvectors_of_distinct_eigenvalues = hm.claim(
    "T7",
    "v @ w == 0",
    vars=TWO,
    hypotheses=[*TWO_EIGENVECTORS, "nonzero(lam - mu)"],
    expected="proved",
    source="T7",
)

# Linear independence of v and w is the strict Cauchy–Schwarz inequality.
all_eigenvectors_are_orthogonal = hm.claim(
    "T7b",
    "v @ w == 0",
    vars=TWO,
    hypotheses=[*TWO_EIGENVECTORS, "(v @ v)*(w @ w) - (v @ w)**2 > 0"],
    expected="refuted",
    source="T7b",
)

orthogonality_without_symmetry = hm.claim(
    "T7-without-symmetry",
    "v @ w == 0",
    vars=TWO,
    hypotheses=["A @ v == lam*v", "A @ w == mu*w", "nonzero(lam - mu)"],
    expected="refuted",
    source="T7",
    note="symmetry is needed",
)

# T7c: the printed line equates a vector with a number.  Its shapes do not fit, so it says nothing.
a_vector_is_not_a_number = hm.claim(
    "T7c",
    "A @ w == (v @ A @ w).T",
    vars={"A": "n n", "v": "n", "w": "n"},
    hypotheses=["symmetric(A)"],
    expected="ill_posed",
    source="T7c",
)
