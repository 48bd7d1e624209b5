"""Rows about matrices: Kronecker products and vec, determinants, ranks, exponentials, norms, eigenvalues.

The tables go on where those of ``facts`` end, in the same form: each row with the reason why it is sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hessmath.verify.kernel.facts import (
    MINORS,
    SPECTRAL,
    Build,
    Rule,
    Schema,
    _dot,
    _f,
    _matrix,
    _mul,
    _power,
    _square,
    _t,
    _vector,
)
from hessmath.verify.kernel.trees import Rejected, Tree, eye, make, minus, num, size_tree, zero_like

_TURNED = {"norm1": "norminf", "norminf": "norm1", "nspec": "nspec", "nnuc": "nnuc", "normmax": "normmax"}


_NORMS = ("norm1", "norminf", "normmax", "nspec", "nnuc")


def _reversed_order(p: Sequence[Tree]) -> Tree:
    """A⁻¹ − B⁻¹ from A, B definite and B − A semidefinite (the third premise must say exactly that)."""
    A, B, gap = p
    if gap != minus(B, A):
        raise Rejected("the third premise must be the second matrix minus the first")
    return minus(_f("inv", A), _f("inv", B))


def _norm(x: Tree) -> Tree:
    return _f("normF" if len(x.shape) == 2 else "norm2", x)


def _total(d: Sequence[Tree]) -> Tree:
    if d[0].shape != d[1].shape:
        raise Rejected("the two need one shape")
    return _f("add", *d)


def _inner(x: Tree, y: Tree) -> Tree:
    if x.shape != y.shape:
        raise Rejected("an inner product needs equal shapes")
    return _f("trace", _dot(_t(x), y)) if len(x.shape) == 2 else _dot(x, _vector(y))


def _form(P: Tree, x: Tree) -> Tree:
    return _dot(_vector(x), P, x)


def _length(x: Tree) -> Tree:
    return size_tree(_vector(x).shape[0])


def _about(f: str) -> Build:
    return lambda c, p, d: _f(f, d[0])


def _triangle(f: str) -> Rule:
    return Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_f("add", *(_f(f, x) for x in d)), _f(f, _total(d)))),
        "the triangle inequality, for lmax that of the largest x@A@x",
        SPECTRAL if f == "lmax" else "",
    )


def _submultiplicative(f: str) -> Rule:
    """A subordinate norm: the second factor may be a vector where f is a norm of vectors too."""
    return Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_mul(_f(f, _matrix(d[0])), _f(f, d[1])), _f(f, _dot(*d)))),
        "a subordinate norm",
    )


def _above(a: str, b: str) -> Build:
    one = (_vector) if "norm2" in (a, b) or (a, b) == ("norm1", "norminf") else _matrix
    return lambda c, p, d: minus(_f(a, one(d[0])), _f(b, one(d[0])))


def _schur_block(A: Tree, S: Tree, B: Tree) -> Tree:
    """[[A, B], [Bᵀ, S + BᵀA⁻¹B]]."""
    return _f("block", _f("row", A, B), _f("row", _t(B), _f("add", S, _dot(_t(B), _f("inv", A), B))))


def _trace_dot(A: Tree, B: Tree) -> Tree:
    return _f("trace", _dot(_t(A), B))


def _K(A: Tree) -> Tree:
    return make("K", *map(size_tree, A.shape))


def _k_kron(A: Tree, B: Tree) -> Tree:
    (m, n), (p, q) = (tuple(map(size_tree, X.shape)) for X in (A, B))
    return minus(_dot(make("K", p, m), _f("kron", A, B)), _dot(_f("kron", B, A), make("K", q, n)))


def _one_plus(A: Tree, B: Tree) -> Tree:
    product = _dot(A, B)
    return _f("det", _f("add", eye(product), product))


def _block(A: Tree, B: Tree, C: Tree, D: Tree) -> Tree:
    return _f("block", _f("row", A, B), _f("row", C, D))


def _undone(W: Tree) -> Tree:
    """P for W = inv(P): using W makes the checker ask for P to be invertible."""
    if W.op != "inv" or len(W.shape) != 2:
        raise Rejected("an inverse was needed")
    return W.args[0]


def _gram_inverse(G: Tree) -> Tree:
    return _f("inv", _dot(_t(_matrix(G)), G))


def _given(zero: Tree, witness: Tree) -> Tree:
    """An expression that vanishes wherever the witness is defined."""
    return _f("add", zero, _mul(num(0), witness))


def _turned(f: str, g: str) -> Callable[[Tree], Tree]:
    return lambda A: minus(_f(f, _t(_matrix(A))), _f(g, A))


def _scaled(f: str) -> Callable[[Tree, Tree], Tree]:
    def build(c: Tree, x: Tree) -> Tree:
        if c.shape:
            raise Rejected("a norm is scaled by a scalar")
        return minus(_f(f, _mul(c, x)), _mul(_f("Abs", c), _f(f, x)))

    return build


MATRIX_RULES: dict[str, Rule] = {
    "positive_nonneg_array": Rule(("positive",), 0, "nonneg", lambda c, p, d: p[0], "entry by entry", arrays=True),
    "invertible_kron": Rule(
        ("invertible", "invertible"), 0, "invertible", lambda c, p, d: _f("kron", *p), "(A⊗B)⁻¹ = A⁻¹⊗B⁻¹"
    ),
    "invertible_expm": Rule((), 1, "invertible", lambda c, p, d: _f("expm", d[0]), "exp(−A) undoes exp(A)"),
    "posdef_expm": Rule(("symmetric",), 0, "posdef", lambda c, p, d: _f("expm", p[0]), "exp(A/2) squared", SPECTRAL),
    "psd_pinv": Rule(("psd",), 0, "psd", lambda c, p, d: _f("pinv", p[0]), "A⁺ = A⁺AA⁺ with A⁺ symmetric"),
    "posdef_diag": Rule(("positive",), 0, "posdef", lambda c, p, d: _f("diag", _vector(p[0])), "Σ dᵢxᵢ²", arrays=True),
    "psd_diag": Rule(("nonneg",), 0, "psd", lambda c, p, d: _f("diag", _vector(p[0])), "Σ dᵢxᵢ²", arrays=True),
    "nonneg_trace_mul": Rule(
        ("psd", "psd"), 0, "nonneg", lambda c, p, d: _f("trace", _dot(*p)), "tr RAR with R² = B", SPECTRAL
    ),
    "psd_inverse_order": Rule(
        *(("posdef", "posdef", "psd"), 0, "psd", lambda c, p, d: _reversed_order(p)), "antitone inverse", SPECTRAL
    ),
    "nonneg_det_order": Rule(
        *(("psd", "psd"), 0, "nonneg", lambda c, p, d: minus(_f("det", _f("add", *p)), _f("det", p[0]))),
        "det(A + B) ≥ det A",
        MINORS,
    ),
    **{f"{f}_triangle": _triangle(f) for f in (*_NORMS, "lmax")},
    **{f"{f}_product": _submultiplicative(f) for f in ("norm1", "norminf", "nspec")},
    **{f"{f}_nonneg": Rule((), 1, "nonneg", _about(f), "a norm") for f in (*_NORMS, "rank")},
    "norm_triangle": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_f("add", *map(_norm, d)), _norm(_total(d)))), "Minkowski"
    ),
    "norm_product": Rule(
        (), 2, "nonneg", lambda c, p, d: minus(_mul(*map(_norm, d)), _norm(_dot(*d))), "Cauchy–Schwarz for each entry"
    ),
    "nspec_bound": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_mul(_f("nspec", d[0]), _norm(d[1])), _norm(_dot(*d)))),
        "|AB|² = Σ |Abⱼ|²",
    ),
    "cauchy": Rule(
        (), 2, "nonneg", lambda c, p, d: minus(_mul(*map(_norm, d)), _f("Abs", _inner(*d))), "Cauchy–Schwarz"
    ),
    "cauchy_squared": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_mul(_f("nsq", d[0]), _f("nsq", d[1])), _square(_inner(*d)))),
        "Cauchy–Schwarz",
    ),
    "cauchy_form": Rule(
        ("psd",),
        2,
        "nonneg",
        lambda c, p, d: minus(_mul(_form(p[0], d[0]), _form(p[0], d[1])), _square(_dot(d[0], p[0], _vector(d[1])))),
        "Cauchy–Schwarz for the form of P",
    ),
    "hoelder": Rule(
        *(
            (),
            2,
            "nonneg",
            lambda c, p, d: minus(_mul(_f("norm1", _vector(d[0])), _f("norminf", d[1])), _f("Abs", _dot(*d))),
        ),
        "Hölder",
    ),
    **{
        f"{a}_above_{b}": Rule((), 1, "nonneg", _above(a, b), "norms of ℝⁿ or of singular values")
        for a, b in (
            *(("norm2", "norminf"), ("norm1", "norm2"), ("norm1", "norminf")),
            *(("normF", "nspec"), ("nnuc", "normF"), ("nnuc", "nspec"), ("normF", "normmax"), ("nspec", "normmax")),
        )
    },
    "norm1_above_root": Rule(
        *((), 1, "nonneg", lambda c, p, d: minus(_mul(_f("sqrt", _length(d[0])), _norm(d[0])), _f("norm1", d[0]))),
        "Cauchy–Schwarz with ones",
    ),
    "norm1_squared": Rule(
        *((), 1, "nonneg", lambda c, p, d: minus(_mul(_length(d[0]), _f("nsq", d[0])), _square(_f("norm1", d[0])))),
        "Cauchy–Schwarz with ones",
    ),
    "norminf_root": Rule(
        *((), 1, "nonneg", lambda c, p, d: minus(_mul(_f("sqrt", _length(d[0])), _f("norminf", d[0])), _norm(d[0]))),
        "n squares, none above the largest",
    ),
    "norminf_times": Rule(
        *((), 1, "nonneg", lambda c, p, d: minus(_mul(_length(d[0]), _f("norminf", d[0])), _f("norm1", d[0]))),
        "n absolute values, none above the largest",
    ),
    "lmin_triangle": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_f("lmin", _total(d)), _f("add", *(_f("lmin", A) for A in d)))),
        "x@(A + B)@x ≥ (λ + μ) x@x",
        SPECTRAL,
    ),
    "lmax_bound": Rule(
        (), 1, "psd", lambda c, p, d: minus(_mul(_f("lmax", d[0]), eye(d[0])), d[0]), "QᵀAQ = Λ ≤ λ I", SPECTRAL
    ),
    "lmin_bound": Rule(
        (), 1, "psd", lambda c, p, d: minus(d[0], _mul(_f("lmin", d[0]), eye(d[0]))), "QᵀAQ = Λ ≥ λ I", SPECTRAL
    ),
    "lmin_below_lmax": Rule(
        (), 1, "nonneg", lambda c, p, d: minus(_f("lmax", d[0]), _f("lmin", d[0])), "order", SPECTRAL
    ),
    "lmin_positive": Rule(("posdef",), 0, "positive", lambda c, p, d: _f("lmin", p[0]), "v@P@v = λ v@v", SPECTRAL),
    "lmin_nonneg": Rule(("psd",), 0, "nonneg", lambda c, p, d: _f("lmin", p[0]), "v@P@v = λ v@v", SPECTRAL),
    "lmax_below_trace": Rule(
        ("psd",),
        0,
        "nonneg",
        lambda c, p, d: minus(_f("trace", p[0]), _f("lmax", p[0])),
        "the others are ≥ 0",
        SPECTRAL,
    ),
    "rank_of_product_left": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_f("rank", d[0]), _f("rank", _dot(*d)))),
        "the range of AB is in that of A",
    ),
    "rank_of_product_right": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_f("rank", d[1]), _f("rank", _dot(*d)))), "AB is zero where B is"
    ),
    "rank_triangle": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_f("add", *(_f("rank", A) for A in d)), _f("rank", _total(d)))),
        "the range of A + B is in the sum of ranges",
    ),
    "rank_sylvester": Rule(
        (),
        2,
        "nonneg",
        lambda c, p, d: minus(
            _f("add", _f("rank", _dot(*d)), size_tree(_matrix(d[1]).shape[0])), _f("add", *(_f("rank", A) for A in d))
        ),
        "A restricted to the range of B has a kernel of dimension at most n − rank A",
    ),
    "rank_below_rows": Rule(
        (), 1, "nonneg", lambda c, p, d: minus(size_tree(_matrix(d[0]).shape[0]), _f("rank", d[0])), "rank of a family"
    ),
    "rank_below_columns": Rule(
        (), 1, "nonneg", lambda c, p, d: minus(size_tree(_matrix(d[0]).shape[1]), _f("rank", d[0])), "rank of a family"
    ),
    "psd_schur": Rule(
        ("posdef", "psd"), 1, "psd", lambda c, p, d: _schur_block(p[0], p[1], d[0]), "a congruence makes it diag(A, S)"
    ),
    "posdef_schur": Rule(
        ("posdef", "posdef"),
        1,
        "posdef",
        lambda c, p, d: _schur_block(p[0], p[1], d[0]),
        "a congruence makes it diag(A, S)",
    ),
}

MATRIX_SCHEMAS: dict[str, Schema] = {
    "recip_mul": Schema(
        *(2, lambda x, y: minus(_f("div", num(1), _mul(x, y)), _mul(_f("div", num(1), x), _f("div", num(1), y)))),
        "entries",
    ),
    "diag_outer": Schema(2, lambda x, y: minus(_mul(eye(x), _f("outer", x, y)), _f("diag", _mul(x, y))), "entries"),
    "diagvec_diag": Schema(1, lambda x: minus(_f("diagvec", _f("diag", x)), x), "entries"),
    "diag_diagvec": Schema(1, lambda A: minus(_f("diag", _f("diagvec", A)), _f("diagpart", A)), "entries"),
    "diagvec_product": Schema(
        2,
        lambda A, B: minus(
            _f("diagvec", _dot(A, _t(B))), _dot(_mul(A, B), make("ones", size_tree(_matrix(A).shape[1])))
        ),
        "entries",
    ),
    "had_outer": Schema(
        *(4, lambda u, v, x, y: minus(_mul(_f("outer", u, v), _f("outer", x, y)), _f("outer", _mul(u, x), _mul(v, y)))),
        "entries",
    ),
    "had_form": Schema(
        4,
        lambda x, A, B, y: minus(
            _dot(_vector(x), _mul(A, B), _vector(y)), _f("trace", _dot(_f("diag", x), A, _f("diag", y), _t(B)))
        ),
        "both Σ xᵢaᵢⱼbᵢⱼyⱼ",
    ),
    **{f"{f}_T": Schema(1, _turned(f, g), "rows and columns change places") for f, g in _TURNED.items()},
    **{f"{f}_scale": Schema(2, _scaled(f), "absolute homogeneity") for f in ("norm2", "normF", *_NORMS)},
    "kron_inv": Schema(
        2, lambda A, B: minus(_f("inv", _f("kron", A, B)), _f("kron", _f("inv", A), _f("inv", B))), "mixed products"
    ),
    "kron_trace": Schema(
        2, lambda A, B: minus(_f("trace", _f("kron", A, B)), _mul(_f("trace", A), _f("trace", B))), "blocks aᵢᵢB"
    ),
    "kron_assoc": Schema(
        3, lambda A, B, C: minus(_f("kron", _f("kron", A, B), C), _f("kron", A, _f("kron", B, C))), "entries"
    ),
    "kron_det": Schema(
        2,
        lambda A, B: minus(_f("det", _f("kron", A, B)), _mul(_power(_f("det", A), B), _power(_f("det", B), A))),
        "A⊗B = (A⊗I)(I⊗B), block diagonal up to a permutation of both sides",
    ),
    "vec_dot": Schema(2, lambda A, B: minus(_dot(_f("vec", A), _f("vec", B)), _trace_dot(A, B)), "both Σ aᵢⱼbᵢⱼ"),
    "K_inverse": Schema(1, lambda A: minus(_dot(_K(_t(A)), _K(A)), eye(_K(A))), "transposing twice"),
    "K_kron": Schema(2, _k_kron, "both take vec(X) to vec(AXᵀBᵀ)"),
    "det_sylvester": Schema(2, lambda A, B: minus(_one_plus(A, B), _one_plus(B, A)), "Sylvester", ring=True),
    "det_lemma": Schema(
        3,
        lambda A, u, v: minus(
            _f("det", _f("add", A, _f("outer", u, v))),
            _mul(_f("det", A), _f("add", num(1), _dot(v, _f("inv", A), u))),
        ),
        "A(I + A⁻¹uvᵀ) and Sylvester",
        ring=True,
    ),
    "det_lemma_adj": Schema(
        3,
        lambda A, u, v: minus(
            _f("det", _f("add", A, _f("outer", u, v))), _f("add", _f("det", A), _dot(v, _f("adj", A), u))
        ),
        "a polynomial identity, true where det A ≠ 0",
        ring=True,
    ),
    "det_schur": Schema(
        4,
        lambda A, B, C, D: minus(
            _f("det", _block(A, B, C, D)), _mul(_f("det", A), _f("det", minus(D, _dot(C, _f("inv", A), B))))
        ),
        "block LU",
        ring=True,
    ),
    "det_schur_last": Schema(
        4,
        lambda A, B, C, D: minus(
            _f("det", _block(A, B, C, D)), _mul(_f("det", D), _f("det", minus(A, _dot(B, _f("inv", D), C))))
        ),
        "block UL",
        ring=True,
    ),
    "det_upper": Schema(
        3,
        lambda A, B, D: minus(
            _f("det", _block(A, B, zero_like((D.shape[0], A.shape[0])), D)), _mul(_f("det", A), _f("det", D))
        ),
        "Leibniz formula",
        ring=True,
    ),
    "adj_mul": Schema(2, lambda A, B: minus(_f("adj", _dot(A, B)), _dot(_f("adj", B), _f("adj", A))), "Cauchy–Binet"),
    "adj_T": Schema(1, lambda A: minus(_f("adj", _t(A)), _t(_f("adj", A))), "Leibniz formula"),
    "rank_T": Schema(1, lambda A: minus(_f("rank", _t(A)), _f("rank", A)), "row rank is column rank"),
    "rank_gram": Schema(1, lambda A: minus(_f("rank", _dot(_t(A), A)), _f("rank", A)), "AᵀAx = 0 makes |Ax|² = 0"),
    "rank_pinv": Schema(1, lambda A: minus(_f("rank", _f("pinv", A)), _f("rank", A)), "A⁺ = A⁺AA⁺ and A = AA⁺A"),
    "rank_pinv_trace": Schema(
        1, lambda A: minus(_f("trace", _dot(A, _f("pinv", A))), _f("rank", A)), "AA⁺ projects on the range of A"
    ),
    "rank_kron": Schema(
        2, lambda A, B: minus(_f("rank", _f("kron", A, B)), _mul(_f("rank", A), _f("rank", B))), "normal forms of A, B"
    ),
    "rank_left": Schema(
        2,
        lambda W, A: _given(minus(_f("rank", _dot(_undone(W), A)), _f("rank", A)), _f("trace", W)),
        "an invertible map keeps dimensions",
    ),
    "rank_right": Schema(
        2,
        lambda A, W: _given(minus(_f("rank", _dot(A, _undone(W))), _f("rank", A)), _f("trace", W)),
        "an invertible map keeps dimensions",
    ),
    "rank_tall": Schema(
        2,
        lambda G, A: _given(minus(_f("rank", _dot(G, A)), _f("rank", A)), _f("trace", _gram_inverse(G))),
        "GᵀG invertible makes G injective",
    ),
    "rank_full": Schema(
        1,
        lambda G: _given(minus(_f("rank", G), size_tree(G.shape[1])), _f("trace", _gram_inverse(G))),
        "GᵀG invertible makes G injective",
    ),
    "rank_wide": Schema(
        1,
        lambda G: _given(minus(_f("rank", G), size_tree(G.shape[0])), _f("trace", _gram_inverse(_t(G)))),
        "GGᵀ invertible makes Gᵀ injective",
    ),
    "rank_scale": Schema(
        2,
        lambda c, A: _given(minus(_f("rank", _mul(c, A)), _f("rank", A)), _f("inv", c)),
        "c ≠ 0 keeps the range",
    ),
    "rank_outer": Schema(
        2,
        lambda x, y: _given(
            minus(_f("rank", _f("outer", x, y)), num(1)), _mul(_f("inv", _dot(x, x)), _f("inv", _dot(y, y)))
        ),
        "its range is spanned by x ≠ 0",
    ),
    "expm_zero": Schema(1, lambda A: minus(_f("expm", _mul(num(0), A)), eye(A)), "the series' first term"),
    "expm_inverse": Schema(
        1, lambda A: minus(_dot(_f("expm", A), _f("expm", _f("neg", A))), eye(A)), "product of commuting series"
    ),
    "expm_T": Schema(1, lambda A: minus(_f("expm", _t(A)), _t(_f("expm", A))), "the series"),
    "expm_commutes": Schema(1, lambda A: minus(_dot(A, _f("expm", A)), _dot(_f("expm", A), A)), "the series"),
    "expm_similar": Schema(
        2,
        lambda W, A: minus(_f("expm", _dot(W, A, _undone(W))), _dot(W, _f("expm", A), _undone(W))),
        "the series, term by term",
    ),
    "det_expm": Schema(1, lambda A: minus(_f("det", _f("expm", A)), _f("exp", _f("trace", A))), "Jacobi (Liouville)"),
    "eig_sum": Schema(1, lambda A: minus(_f("sum", _f("eigs", A)), _f("trace", A)), "tr QΛQᵀ = tr Λ", SPECTRAL),
    "eig_squares": Schema(
        1,
        lambda A: minus(_f("sum", _square(_f("eigs", A))), _f("trace", _dot(A, A))),
        "tr QΛ²Qᵀ = tr Λ²",
        SPECTRAL,
    ),
    "eig_similar": Schema(
        2,
        lambda W, A: minus(_f("eigs", _dot(W, A, _undone(W))), _f("eigs", A)),
        "similar matrices have one characteristic polynomial",
        SPECTRAL,
    ),
    "lmin_neg": Schema(
        1, lambda A: _f("add", _f("lmin", _f("neg", A)), _f("lmax", A)), "the spectrum of −A is turned round", SPECTRAL
    ),
    "lmax_shift": Schema(
        2,
        lambda c, A: minus(_f("lmax", _f("add", A, _mul(c, eye(A)))), _f("add", _f("lmax", A), c)),
        "the spectrum moves by c",
        SPECTRAL,
    ),
    "lmin_shift": Schema(
        2,
        lambda c, A: minus(_f("lmin", _f("add", A, _mul(c, eye(A)))), _f("add", _f("lmin", A), c)),
        "the spectrum moves by c",
        SPECTRAL,
    ),
}
