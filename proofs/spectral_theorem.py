"""H = QΛQᵀ and what follows from it.

Statement. Let H = QΛQᵀ with Q orthogonal and Λ = diag(λ). Then H is symmetric, Q⁻¹ = Qᵀ, the columns of Q
are eigenvectors, trace and determinant are sum and product of the λᵢ, and xᵀHx = (Qᵀx)ᵀΛ(Qᵀx) = Σ λᵢ
(qᵢᵀx)².

Idea. Every step is an identity between words in Q, Qᵀ and Λ once QᵀQ = QQᵀ = I is used.

Proved for every size: R4, T8, B4, B5 with the product of the λᵢ written det Λ. Proved for the listed sizes:
the forms with index sums. Proved for three eigenvalues: the product written out; for any 2×2 matrix: B6.
Refuted: T8b as printed. Assumed: that such Q and Λ exist for every symmetric H (the spectral theorem) enters
as a hypothesis, so each claim here holds for any factorisation there is.
"""

import hessmath as hm

FACTORS = {"H": "n n", "Q": "n n", "l": "n"}
SPECTRAL = ["orthogonal(Q)", "H == Q @ diag(l) @ Q.T"]

# R4: from the factorisation to the eigen equations and back.

the_factorisation_is_symmetric = hm.claim(
    "R4-symmetric", "symmetric(H)", vars=FACTORS, hypotheses=SPECTRAL, expected="proved", source="R4"
)
the_inverse_is_the_transpose = hm.claim(
    "R4-inverse", "inv(Q) == Q.T", vars={"Q": "n n"}, hypotheses=["orthogonal(Q)"], expected="proved", source="R4"
)
the_columns_are_orthonormal = hm.claim(
    "R4-columns", "Q.T @ Q == eye(n)", vars={"Q": "n n"}, hypotheses=["orthogonal(Q)"], expected="proved", source="R4"
)
columns_are_eigenvectors = hm.claim(
    "R4-eigen", "H @ Q == Q @ diag(l)", vars=FACTORS, hypotheses=SPECTRAL, expected="proved", source="R4"
)
eigen_equations_give_the_factorisation = hm.claim(
    "R4",
    "H == Q @ diag(l) @ Q.T",
    vars=FACTORS,
    hypotheses=["orthogonal(Q)", "H @ Q == Q @ diag(l)"],
    expected="proved",
    source="R4",
)
diagonalised = hm.claim(
    "R4-diagonalised", "Q.T @ H @ Q == diag(l)", vars=FACTORS, hypotheses=SPECTRAL, expected="proved", source="R4"
)

# T8: the quadratic form in the eigenbasis.

FORM = FACTORS | {"x": "n"}

form_in_the_eigenbasis = hm.claim(
    "T8",
    "x @ H @ x == (Q.T @ x) @ diag(l) @ (Q.T @ x)",
    vars=FORM,
    hypotheses=SPECTRAL,
    expected="proved",
    source="T8",
)
form_as_a_sum_of_squares = hm.claim(
    "T8-sum",
    "x @ H @ x == psum(lambda i: l[i]*(Q.T @ x)[i]**2, 0, n - 1)",
    vars=FORM,
    hypotheses=SPECTRAL,
    expected="proved (sizes)",
    source="T8",
)
form_with_cross_terms = hm.claim(
    "T8b",
    "x @ H @ x == psum(lambda i: l[i]*(Q.T @ x)[i]**2, 0, n - 1)"
    " + 2*psum(lambda i: psum(lambda j: l[i]*(Q.T @ x)[i]*(Q.T @ x)[j], i + 1, n - 1), 0, n - 1)",
    vars=FORM,
    hypotheses=SPECTRAL,
    expected="refuted",
    source="T8b",
    note="the printed cross terms carry λᵢ where Λᵢⱼ = 0 belongs",
)
form_with_the_right_cross_terms = hm.claim(
    "T8b-repair",
    "x @ H @ x == psum(lambda i: psum(lambda j: diag(l)[i, j]*(Q.T @ x)[i]*(Q.T @ x)[j], 0, n - 1), 0, n - 1)",
    vars=FORM,
    hypotheses=SPECTRAL,
    expected="proved (sizes)",
    repairs="T8b",
    source="T8b",
)

# B4: curvature along a direction.

curvature_along_an_eigenvector = hm.claim(
    "B4",
    "v @ H @ v == lam",
    vars={"H": "n n", "v": "n", "lam": ""},
    hypotheses=["H @ v == lam*v", "v @ v == 1"],
    expected="proved",
    source="B4",
)
BOUNDS = {"H": "n n", "v": "n", "least": "", "most": ""}
curvature_is_at_least_the_smallest = hm.claim(
    "B4-least",
    "v @ H @ v >= least",
    vars=BOUNDS,
    hypotheses=["psd(H - least*eye(n))", "v @ v == 1"],
    expected="proved",
    source="B4",
)
curvature_is_at_most_the_largest = hm.claim(
    "B4-most",
    "v @ H @ v <= most",
    vars=BOUNDS,
    hypotheses=["psd(most*eye(n) - H)", "v @ v == 1"],
    expected="proved",
    source="B4",
)

# B5: determinant and trace; what a zero eigenvalue means.

trace_is_that_of_the_diagonal = hm.claim(
    "B5-trace",
    "trace(H) == trace(L)",
    vars={"H": "n n", "Q": "n n", "L": "n n"},
    hypotheses=["orthogonal(Q)", "H == Q @ L @ Q.T"],
    expected="proved",
    source="B5",
)
trace_is_the_sum = hm.claim("B5-trace-sum", "trace(diag(l)) == sum(l)", vars={"l": "n"}, expected="proved", source="B5")
determinant_is_that_of_the_diagonal = hm.claim(
    "B5-det", "det(H) == det(diag(l))", vars=FACTORS, hypotheses=SPECTRAL, expected="proved", source="B5"
)
determinant_is_the_product = hm.claim(
    "B5-product",
    "det(diag(l)) == l[0]*l[1]*l[2]",
    vars={"l": "3"},
    expected="proved",
    source="B5",
)
no_kernel_when_invertible = hm.claim(
    "B5-singular",
    "v == zeros(n)",
    vars={"H": "n n", "v": "n"},
    hypotheses=["invertible(H)", "H @ v == zeros(n)"],
    expected="proved",
    source="B5",
    note="so an eigenvalue 0 makes H singular",
)

no_zero_eigenvalue_means_invertible = hm.claim(
    "B5-invertible",
    "invertible(H)",
    vars=FACTORS,
    hypotheses=[*SPECTRAL, "invertible(diag(l))"],
    expected="proved",
    source="B5",
    note="invertible(diag(l)): no λᵢ is zero",
)

# B6: the eigenvalues of a symmetric 2×2 matrix.

ENTRIES = {"a": "", "b": "", "c": "", "x": ""}
larger_root = hm.claim(
    "B6-plus",
    "det(block([a - x, b], [b, c - x])) == 0",
    vars=ENTRIES,
    hypotheses=["x == (a + c + sqrt((a - c)**2 + 4*b**2))/2"],
    expected="proved",
    source="B6",
)
smaller_root = hm.claim(
    "B6-minus",
    "det(block([a - x, b], [b, c - x])) == 0",
    vars=ENTRIES,
    hypotheses=["x == (a + c - sqrt((a - c)**2 + 4*b**2))/2"],
    expected="proved",
    source="B6",
)
lost_square = hm.claim(
    "B6-lost-square",
    "det(block([a - x, b], [b, c - x])) == 0",
    vars=ENTRIES,
    hypotheses=["x == (a + c + sqrt((a - c)**2 + 4*b))/2", "b >= 0"],
    expected="refuted",
    source="B6",
    note="a slip that the same check catches",
)
