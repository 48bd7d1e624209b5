"""What may be inferred: the rows of two tables.

``RULES``: from facts about premises a fact about another expression.  ``SCHEMAS``: expressions that are
zero wherever they are defined.  Each row carries the reason why it is sound; a row that rests on a named
theorem beyond algebra says so in ``axiom``, and every statement that used it lists it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hessmath.verify.kernel.trees import Rejected, Tree, eye, literal, make, minus, named, num, size_tree, zero_like

Build = Callable[[Tree, Sequence[Tree], Sequence[Tree]], Tree]

SIGNS = named("nonzero positive nonneg")
FACTS = SIGNS | named("invertible posdef psd fullcol fullrow symmetric skew orthogonal")

IMPLIED = {
    "posdef": ("psd", "invertible", "symmetric", "fullcol", "fullrow"),
    "psd": ("symmetric",),  # definite and semidefinite matrices are symmetric by definition here
    "orthogonal": ("invertible", "fullcol", "fullrow"),
    "invertible": ("fullcol", "fullrow"),
    "positive": ("nonneg", "nonzero"),
}
"""What a fact says besides itself, about the same expression."""

FINITE = "finite dimension (a left inverse of a square matrix is its inverse)"
SCHUR = "Schur product theorem"
KRON = "Kronecker products of definite matrices are definite"
MINORS = "determinants of definite matrices are positive"
SPECTRAL = "spectral theorem"


@dataclass(frozen=True)
class Rule:
    """A row: premises (predicates), how many data trees, the predicate concluded, the expression it is about.

    ``build(claimed, premises, data)`` gives that expression.  In a ``defect`` row it gives an expression
    that has to vanish instead, and the conclusion is about what was claimed.  ``arrays`` allows sign
    predicates about arrays; ``ring`` rows hold over every field.
    """

    premises: tuple[str, ...]
    data: int
    gives: str
    build: Build
    why: str
    axiom: str = ""
    defect: bool = False
    arrays: bool = False
    ring: bool = False


def _mul(*factors: Tree) -> Tree:
    return make("mul", *factors)


def _dot(*factors: Tree) -> Tree:
    return make("matmul", *factors)


def _t(tree: Tree) -> Tree:
    return make("T", tree)


def _f(name: str, *args: Tree) -> Tree:
    return make(name, *args)


def _square(s: Tree) -> Tree:
    return _mul(s, s)


def _vector(x: Tree) -> Tree:
    if len(x.shape) != 1:
        raise Rejected("a form is taken at a vector")
    return x


def _matrix(x: Tree) -> Tree:
    if len(x.shape) != 2:
        raise Rejected("a matrix was needed")
    return x


def _reversed_order(p: Sequence[Tree]) -> Tree:
    """A⁻¹ − B⁻¹ from A, B definite and B − A semidefinite (the third premise must say exactly that)."""
    A, B, gap = p
    if gap != minus(B, A):
        raise Rejected("the third premise must be the second matrix minus the first")
    return minus(_f("inv", A), _f("inv", B))


def minor(matrix: Tree, data: Sequence[Tree]) -> Tree:
    """The principal minor of the kept row numbers (different, in range)."""
    kept = [int(value) if (value := literal(tree)) is not None and value >= 0 else -1 for tree in data]
    if not kept or len(set(kept)) < len(kept) or min(kept) < 0:
        raise Rejected("a principal minor keeps different rows")
    rows = [_f("row", *(_f("index", matrix, num(i), num(j)) for j in kept)) for i in kept]
    return _f("det", _f("block", *rows))


def _same(pred: str, stronger: str, why: str, ring: bool = False) -> Rule:
    return Rule((stronger,), 0, pred, lambda c, p, d: p[0], why, ring=ring)


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


_NORMS = ("norm1", "norminf", "normmax", "nspec", "nnuc")


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
    one = (lambda x: _vector(x)) if "norm2" in (a, b) or (a, b) == ("norm1", "norminf") else _matrix
    return lambda c, p, d: minus(_f(a, one(d[0])), _f(b, one(d[0])))


def _schur_block(A: Tree, S: Tree, B: Tree) -> Tree:
    """[[A, B], [Bᵀ, S + BᵀA⁻¹B]]."""
    return _f("block", _f("row", A, B), _f("row", _t(B), _f("add", S, _dot(_t(B), _f("inv", A), B))))


RULES: dict[str, Rule] = {
    # weaker words for the same expression
    "posdef_psd": _same("psd", "posdef", "x@P@x > 0 for x ≠ 0 and = 0 for x = 0"),
    "posdef_invertible": _same("invertible", "posdef", "P@x = 0 makes x@P@x = 0, so x = 0"),
    "positive_nonneg": _same("nonneg", "positive", "order"),
    "positive_nonneg_array": Rule(("positive",), 0, "nonneg", lambda c, p, d: p[0], "entry by entry", arrays=True),
    "positive_nonzero": _same("nonzero", "positive", "order"),
    "orthogonal_invertible": _same("invertible", "orthogonal", "the transpose is the inverse", ring=True),
    "fullcol_invertible": _same("fullcol", "invertible", "A@x = 0 makes x = 0"),
    "fullrow_invertible": _same("fullrow", "invertible", "the transpose is invertible too"),
    "negative_nonzero": Rule(("positive",), 0, "nonzero", lambda c, p, d: _f("neg", p[0]), "s > 0 makes −s < 0"),
    # equations that are facts
    "symmetric": Rule((), 0, "symmetric", lambda c, p, d: minus(c, _t(c)), "definition", defect=True, ring=True),
    "skew": Rule((), 0, "skew", lambda c, p, d: _f("add", c, _t(c)), "definition", defect=True, ring=True),
    "orthogonal": Rule(
        *((), 0, "orthogonal", lambda c, p, d: minus(_dot(_t(c), c), eye(c))),
        "Qᵀ is a left inverse",
        FINITE,
        True,
        ring=True,
    ),
    # (semi)definite matrices
    "psd_gram": Rule((), 1, "psd", lambda c, p, d: _dot(_t(_matrix(d[0])), d[0]), "xᵀGᵀGx = |Gx|² ≥ 0"),
    "psd_congruence": Rule(
        *(("psd",), 1, "psd", lambda c, p, d: _dot(_t(_matrix(d[0])), p[0], d[0])), "xᵀGᵀMGx = (Gx)ᵀM(Gx) ≥ 0"
    ),
    "psd_outer": Rule((), 1, "psd", lambda c, p, d: _f("outer", d[0], d[0]), "vᵀxxᵀv = (xᵀv)² ≥ 0"),
    "posdef_gram": Rule(
        ("fullcol",), 0, "posdef", lambda c, p, d: _dot(_t(p[0]), p[0]), "Gx ≠ 0 for x ≠ 0, so |Gx|² > 0"
    ),
    "posdef_congruence": Rule(
        *(("posdef", "fullcol"), 0, "posdef", lambda c, p, d: _dot(_t(p[1]), p[0], p[1])), "Gx ≠ 0 for x ≠ 0"
    ),
    "psd_add": Rule(("psd", "psd"), 0, "psd", lambda c, p, d: _f("add", *p), "forms add"),
    "posdef_add": Rule(("posdef", "psd"), 0, "posdef", lambda c, p, d: _f("add", *p), "forms add"),
    "psd_scale": Rule(("nonneg", "psd"), 0, "psd", lambda c, p, d: _mul(*p), "forms scale"),
    "posdef_scale": Rule(("positive", "posdef"), 0, "posdef", lambda c, p, d: _mul(*p), "forms scale"),
    "posdef_inv": Rule(("posdef",), 0, "posdef", lambda c, p, d: _f("inv", p[0]), "P⁻¹ = (P⁻¹)ᵀP(P⁻¹)"),
    "posdef_eye": Rule((), 0, "posdef", lambda c, p, d: eye(c), "xᵀx > 0 for x ≠ 0"),
    "psd_zero": Rule((), 0, "psd", lambda c, p, d: _mul(num(0), c), "0 ≥ 0"),
    "psd_had": Rule(("psd", "psd"), 0, "psd", lambda c, p, d: _mul(*p), "Schur", SCHUR),
    "posdef_had": Rule(("posdef", "posdef"), 0, "posdef", lambda c, p, d: _mul(*p), "Schur", SCHUR),
    "psd_kron": Rule(("psd", "psd"), 0, "psd", lambda c, p, d: _f("kron", *p), "GᵀG ⊗ KᵀK = (G⊗K)ᵀ(G⊗K)", KRON),
    "posdef_kron": Rule(("posdef", "posdef"), 0, "posdef", lambda c, p, d: _f("kron", *p), "as psd, invertible", KRON),
    # invertible and full rank
    "invertible_mul": Rule(
        *(("invertible", "invertible"), 0, "invertible", lambda c, p, d: _dot(*p)), "(AB)⁻¹ = B⁻¹A⁻¹", ring=True
    ),
    "invertible_kron": Rule(
        ("invertible", "invertible"), 0, "invertible", lambda c, p, d: _f("kron", *p), "(A⊗B)⁻¹ = A⁻¹⊗B⁻¹"
    ),
    "invertible_expm": Rule((), 1, "invertible", lambda c, p, d: _f("expm", d[0]), "exp(−A) undoes exp(A)"),
    "posdef_expm": Rule(("symmetric",), 0, "posdef", lambda c, p, d: _f("expm", p[0]), "exp(A/2) squared", SPECTRAL),
    "psd_pinv": Rule(("psd",), 0, "psd", lambda c, p, d: _f("pinv", p[0]), "A⁺ = A⁺AA⁺ with A⁺ symmetric"),
    "posdef_diag": Rule(
        ("positive",), 0, "posdef", lambda c, p, d: _f("diag", _vector(p[0])), "Σ dᵢxᵢ²", arrays=True
    ),
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
    "invertible_T": Rule(("invertible",), 0, "invertible", lambda c, p, d: _t(p[0]), "(Aᵀ)⁻¹ = (A⁻¹)ᵀ", ring=True),
    "invertible_inv": Rule(
        ("invertible",), 0, "invertible", lambda c, p, d: _f("inv", p[0]), "A undoes A⁻¹", ring=True
    ),
    "invertible_neg": Rule(("invertible",), 0, "invertible", lambda c, p, d: _f("neg", p[0]), "−A⁻¹", ring=True),
    "invertible_eye": Rule((), 0, "invertible", lambda c, p, d: eye(c), "I·I = I", ring=True),
    "invertible_scale": Rule(
        *(("nonzero", "invertible"), 0, "invertible", lambda c, p, d: _mul(*p)), "A⁻¹/c", ring=True
    ),
    "invertible_left_inverse": Rule(
        *((), 1, "invertible", lambda c, p, d: minus(_dot(d[0], c), eye(c))), "BA = I", FINITE, True, ring=True
    ),
    "invertible_det": Rule(
        *(("nonzero",), 0, "invertible", lambda c, p, d: minus(p[0], _f("det", c))),
        "adj(A)/det(A)",
        defect=True,
        ring=True,
    ),
    "invertible_skew": Rule(
        *(("skew",), 0, "invertible", lambda c, p, d: _f("add", eye(p[0]), p[0])), "(I+S)x = 0 makes |x|² = −xᵀSx = 0"
    ),
    "fullcol_left_inverse": Rule(
        *((), 1, "fullcol", lambda c, p, d: minus(_dot(d[0], c), eye(_t(c)))), "Ax = 0 makes x = BAx = 0", defect=True
    ),
    "fullcol_mul": Rule(("fullcol", "fullcol"), 0, "fullcol", lambda c, p, d: _dot(*p), "injective after injective"),
    "fullcol_T": Rule(("fullrow",), 0, "fullcol", lambda c, p, d: _t(p[0]), "definition"),
    "fullrow_T": Rule(("fullcol",), 0, "fullrow", lambda c, p, d: _t(p[0]), "definition"),
    # numbers
    "nonneg_form": Rule(("psd",), 1, "nonneg", lambda c, p, d: _dot(_vector(d[0]), p[0], d[0]), "definition"),
    "positive_form": Rule(
        *(("posdef", "nonzero"), 0, "positive", lambda c, p, d: _dot(_vector(p[1]), p[0], p[1])),
        "definition",
        arrays=True,
    ),
    "nonneg_square": Rule((), 1, "nonneg", lambda c, p, d: _square(d[0]), "squares"),
    "positive_square": Rule(("nonzero",), 0, "positive", lambda c, p, d: _square(p[0]), "squares"),
    "nonneg_nsq": Rule((), 1, "nonneg", lambda c, p, d: _f("nsq", d[0]), "a sum of squares"),
    "positive_nsq": Rule(
        ("nonzero",), 0, "positive", lambda c, p, d: _f("nsq", p[0]), "one square is > 0", arrays=True
    ),
    "nonneg_trace": Rule(("psd",), 0, "nonneg", lambda c, p, d: _f("trace", p[0]), "the sum of eᵢ@P@eᵢ"),
    "positive_trace": Rule(("posdef",), 0, "positive", lambda c, p, d: _f("trace", p[0]), "the sum of eᵢ@P@eᵢ"),
    "positive_det": Rule(("posdef",), 0, "positive", lambda c, p, d: _f("det", p[0]), "path to I", MINORS),
    "nonneg_det": Rule(("psd",), 0, "nonneg", lambda c, p, d: _f("det", p[0]), "limit of P + εI", MINORS),
    "positive_minor": Rule(("posdef",), -1, "positive", lambda c, p, d: minor(p[0], d), "a definite part of P", MINORS),
    "nonneg_minor": Rule(("psd",), -1, "nonneg", lambda c, p, d: minor(p[0], d), "a semidefinite part of P", MINORS),
    "nonzero_det": Rule(("invertible",), 0, "nonzero", lambda c, p, d: _f("det", p[0]), "det A det A⁻¹ = 1", ring=True),
    "nonneg_add": Rule(("nonneg", "nonneg"), 0, "nonneg", lambda c, p, d: _f("add", *p), "order"),
    "positive_add": Rule(
        ("positive", "nonneg"), 0, "positive", lambda c, p, d: _f("add", *p), "order, entry by entry", arrays=True
    ),
    "nonneg_mul": Rule(("nonneg", "nonneg"), 0, "nonneg", lambda c, p, d: _mul(*p), "order"),
    "positive_mul": Rule(
        ("positive", "positive"), 0, "positive", lambda c, p, d: _mul(*p), "order, entry by entry", arrays=True
    ),
    "nonzero_mul": Rule(("nonzero", "nonzero"), 0, "nonzero", lambda c, p, d: _mul(*p), "no zero divisors", ring=True),
    "nonzero_neg": Rule(("nonzero",), 0, "nonzero", lambda c, p, d: _f("neg", p[0]), "order", arrays=True, ring=True),
    "positive_inv": Rule(("positive",), 0, "positive", lambda c, p, d: _f("div", num(1), p[0]), "order"),
    "nonzero_inv": Rule(("nonzero",), 0, "nonzero", lambda c, p, d: _f("div", num(1), p[0]), "s·(1/s) = 1", ring=True),
    "positive_exp": Rule((), 1, "positive", lambda c, p, d: _f("exp", d[0]), "exp is positive", arrays=True),
    "positive_sqrt": Rule(("positive",), 0, "positive", lambda c, p, d: _f("sqrt", p[0]), "the square is positive"),
    "nonneg_sqrt": Rule((), 1, "nonneg", lambda c, p, d: _f("sqrt", d[0]), "the root is the nonnegative one"),
    "nonneg_abs": Rule((), 1, "nonneg", lambda c, p, d: _f("Abs", d[0]), "definition"),
    "nonneg_abs_minus": Rule((), 1, "nonneg", lambda c, p, d: minus(_f("Abs", d[0]), d[0]), "s ≤ |s|"),
    "positive_abs": Rule(("nonzero",), 0, "positive", lambda c, p, d: _f("Abs", p[0]), "definition"),
    "nonneg_max": Rule((), 2, "nonneg", lambda c, p, d: minus(_f("Max", *d), d[0]), "a ≤ Max(a, b)"),
    "positive_cosh": Rule((), 1, "positive", lambda c, p, d: _f("cosh", d[0]), "a sum of exponentials"),
    "positive_sigmoid": Rule((), 1, "positive", lambda c, p, d: _f("sigmoid", d[0]), "1/(1 + exp(−t))"),
    "positive_softplus": Rule((), 1, "positive", lambda c, p, d: _f("softplus", d[0]), "log(1 + exp(t)) > log 1"),
    "sigmoid_below_one": Rule(
        (), 1, "positive", lambda c, p, d: minus(num(1), _f("sigmoid", d[0])), "it is sigmoid(−t)"
    ),
    "tanh_below_one": Rule(
        (), 1, "positive", lambda c, p, d: minus(num(1), _square(_f("tanh", d[0]))), "it is 1/cosh²"
    ),
    "sin_bounded": Rule((), 1, "nonneg", lambda c, p, d: minus(num(1), _square(_f("sin", d[0]))), "it is cos²"),
    "cos_bounded": Rule((), 1, "nonneg", lambda c, p, d: minus(num(1), _square(_f("cos", d[0]))), "it is sin²"),
    "exp_above_tangent": Rule(
        *((), 1, "nonneg", lambda c, p, d: minus(_f("exp", d[0]), _f("add", num(1), d[0]))), "exp is convex"
    ),
}
RULES |= {
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
    "cauchy": Rule((), 2, "nonneg", lambda c, p, d: minus(_mul(*map(_norm, d)), _f("Abs", _inner(*d))), "Cauchy–Schwarz"),
    "cauchy_squared": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_mul(_f("nsq", d[0]), _f("nsq", d[1])), _square(_inner(*d)))),
        "Cauchy–Schwarz",
    ),
    "cauchy_form": Rule(
        ("psd",), 2, "nonneg", lambda c, p, d: minus(_mul(_form(p[0], d[0]), _form(p[0], d[1])), _square(_dot(d[0], p[0], _vector(d[1])))),
        "Cauchy–Schwarz for the form of P",
    ),
    "hoelder": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_mul(_f("norm1", _vector(d[0])), _f("norminf", d[1])), _f("Abs", _dot(*d)))),
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
    "lmin_below_lmax": Rule((), 1, "nonneg", lambda c, p, d: minus(_f("lmax", d[0]), _f("lmin", d[0])), "order", SPECTRAL),
    "lmin_positive": Rule(("posdef",), 0, "positive", lambda c, p, d: _f("lmin", p[0]), "v@P@v = λ v@v", SPECTRAL),
    "lmin_nonneg": Rule(("psd",), 0, "nonneg", lambda c, p, d: _f("lmin", p[0]), "v@P@v = λ v@v", SPECTRAL),
    "lmax_below_trace": Rule(
        ("psd",), 0, "nonneg", lambda c, p, d: minus(_f("trace", p[0]), _f("lmax", p[0])), "the others are ≥ 0", SPECTRAL
    ),
    "rank_of_product_left": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_f("rank", d[0]), _f("rank", _dot(*d)))), "the range of AB is in that of A"
    ),
    "rank_of_product_right": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_f("rank", d[1]), _f("rank", _dot(*d)))), "AB is zero where B is"
    ),
    "rank_triangle": Rule(
        *((), 2, "nonneg", lambda c, p, d: minus(_f("add", *(_f("rank", A) for A in d)), _f("rank", _total(d)))),
        "the range of A + B is in the sum of ranges",
    ),
    "rank_sylvester": Rule(
        (), 2, "nonneg",
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
        ("posdef", "psd"), 1, "psd", lambda c, p, d: _schur_block(*p, d[0]), "a congruence makes it diag(A, S)"
    ),
    "posdef_schur": Rule(
        ("posdef", "posdef"), 1, "posdef", lambda c, p, d: _schur_block(*p, d[0]), "a congruence makes it diag(A, S)"
    ),
}
"""``hypothesis``, ``number``, ``nonzero_factor`` and ``contradiction`` are not rows: they are in proofs.py."""


def _power(c: Tree, matrix: Tree) -> Tree:
    return make("pow", c, size_tree(matrix.shape[0]))


def _sub(name: str, A: Tree) -> Tree:
    return make(name, A)


@dataclass(frozen=True)
class Schema:
    """An expression in ``count`` trees that is zero wherever it is defined; being defined is checked apart."""

    count: int
    build: Callable[..., Tree]
    why: str
    axiom: str = ""
    ring: bool = False


def _penrose(k: int) -> Callable[[Tree], Tree]:
    def build(A: Tree) -> Tree:
        P = make("pinv", A)
        AP, PA = _dot(A, P), _dot(P, A)
        return [minus(_dot(AP, A), A), minus(_dot(PA, P), P), minus(_t(AP), AP), minus(_t(PA), PA)][k - 1]

    return build


def _inverse(P: Tree, left: bool) -> Tree:
    W = make("inv", P)
    if not P.shape:
        return minus(_mul(P, W), num(1))
    return minus(_dot(W, P) if left else _dot(P, W), eye(P))


def _eig(A: Tree) -> tuple[Tree, Tree]:
    return make("eigQ", A), make("eigL", A)


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


_TURNED = {"norm1": "norminf", "norminf": "norm1", "nspec": "nspec", "nnuc": "nnuc", "normmax": "normmax"}


def _turned(f: str, g: str) -> Callable[[Tree], Tree]:
    return lambda A: minus(_f(f, _t(_matrix(A))), _f(g, A))


def _scaled(f: str) -> Callable[[Tree, Tree], Tree]:
    def build(c: Tree, x: Tree) -> Tree:
        if c.shape:
            raise Rejected("a norm is scaled by a scalar")
        return minus(_f(f, _mul(c, x)), _mul(_f("Abs", c), _f(f, x)))

    return build


_INVERSE = "the defining equations of an inverse"
SCHEMAS: dict[str, Schema] = {
    "inv_left": Schema(1, lambda P: _inverse(P, False), _INVERSE, ring=True),
    "inv_right": Schema(1, lambda P: _inverse(P, True), _INVERSE, ring=True),
    **{f"pinv {k}": Schema(1, _penrose(k), "one of Penrose's four defining equations") for k in (1, 2, 3, 4)},
    "sqrt": Schema(1, lambda s: minus(_square(_f("sqrt", s)), s), "definition"),
    "sqrt_mul": Schema(
        2, lambda a, b: minus(_f("sqrt", _mul(a, b)), _mul(_f("sqrt", a), _f("sqrt", b))), "both ≥ 0, equal squares"
    ),
    "sqrt_square": Schema(1, lambda s: minus(_f("sqrt", _square(s)), _f("Abs", s)), "both ≥ 0, equal squares"),
    "pythagoras": Schema(
        1, lambda t: minus(_f("add", _square(_f("sin", t)), _square(_f("cos", t))), num(1)), "sin² + cos² = 1"
    ),
    "hyperbolic": Schema(1, lambda t: minus(minus(_square(_f("cosh", t)), _square(_f("sinh", t))), num(1)), "by exp"),
    "exp_add": Schema(
        2, lambda a, b: minus(_f("exp", _f("add", a, b)), _mul(_f("exp", a), _f("exp", b))), "functional equation"
    ),
    "log_exp": Schema(1, lambda a: minus(_f("log", _f("exp", a)), a), "log undoes exp on the reals"),
    "exp_log": Schema(1, lambda s: minus(_f("exp", _f("log", s)), s), "exp undoes log where log is defined"),
    "log_mul": Schema(
        2, lambda a, b: minus(_f("log", _mul(a, b)), _f("add", _f("log", a), _f("log", b))), "both logs are defined"
    ),
    "tanh_exp": Schema(
        1,
        lambda t: minus(
            _mul(_f("tanh", t), _f("add", _f("exp", _mul(num(2), t)), num(1))),
            minus(_f("exp", _mul(num(2), t)), num(1)),
        ),
        "definition",
    ),
    "sigmoid_exp": Schema(
        1, lambda t: minus(_mul(_f("sigmoid", t), _f("add", num(1), _f("exp", _f("neg", t)))), num(1)), "definition"
    ),
    "det_mul": Schema(
        2, lambda A, B: minus(_f("det", _dot(A, B)), _mul(_f("det", A), _f("det", B))), "Cauchy–Binet", ring=True
    ),
    "det_T": Schema(1, lambda A: minus(_f("det", _t(A)), _f("det", A)), "Leibniz formula", ring=True),
    "det_inv": Schema(
        1, lambda A: minus(_mul(_f("det", _f("inv", A)), _f("det", A)), num(1)), "det(A⁻¹A) = 1", ring=True
    ),
    "det_scale": Schema(
        2,
        lambda c, A: minus(_f("det", _mul(c, A)), _mul(_power(c, A), _f("det", A))),
        "n rows, each times c",
        ring=True,
    ),
    "adj_left": Schema(1, lambda A: minus(_dot(_f("adj", A), A), _mul(_f("det", A), eye(A))), "Laplace", ring=True),
    "adj_right": Schema(1, lambda A: minus(_dot(A, _f("adj", A)), _mul(_f("det", A), eye(A))), "Laplace", ring=True),
    "adj_inv": Schema(1, lambda A: minus(_f("adj", A), _mul(_f("det", A), _f("inv", A))), "Laplace", ring=True),
    "diag_mul": Schema(2, lambda x, y: minus(_dot(_f("diag", x), _f("diag", y)), _f("diag", _mul(x, y))), "entries"),
    "diag_vec": Schema(2, lambda x, y: minus(_dot(_f("diag", x), y), _mul(x, y)), "entries"),
    "recip_mul": Schema(
        *(2, lambda x, y: minus(_f("div", num(1), _mul(x, y)), _mul(_f("div", num(1), x), _f("div", num(1), y)))),
        "entries",
    ),
    "diag_outer": Schema(2, lambda x, y: minus(_mul(eye(x), _f("outer", x, y)), _f("diag", _mul(x, y))), "entries"),
    "diagvec_diag": Schema(1, lambda x: minus(_f("diagvec", _f("diag", x)), x), "entries"),
    "diag_diagvec": Schema(1, lambda A: minus(_f("diag", _f("diagvec", A)), _f("diagpart", A)), "entries"),
    "diagvec_product": Schema(
        2, lambda A, B: minus(_f("diagvec", _dot(A, _t(B))), _dot(_mul(A, B), make("ones", size_tree(_matrix(A).shape[1])))), "entries"
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
    **{
        f"{f}_scale": Schema(2, _scaled(f), "absolute homogeneity")
        for f in ("norm2", "normF", *_NORMS)
    },
    "diag_had": Schema(
        3, lambda x, A, y: minus(_dot(_f("diag", x), A, _f("diag", y)), _mul(_f("outer", x, y), A)), "entries"
    ),
    "kron_mul": Schema(
        4,
        lambda A, B, C, D: minus(_dot(_f("kron", A, B), _f("kron", C, D)), _f("kron", _dot(A, C), _dot(B, D))),
        "mixed products",
    ),
    "vec_mul": Schema(
        3, lambda A, X, B: minus(_f("vec", _dot(A, X, B)), _dot(_f("kron", _t(B), A), _f("vec", X))), "columns of AXB"
    ),
    "K_vec": Schema(
        1, lambda A: minus(_dot(_f("K", *map(size_tree, A.shape)), _f("vec", A)), _f("vec", _t(A))), "definition of K"
    ),
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
    "K_kron": Schema(2, lambda A, B: _k_kron(A, B), "both take vec(X) to vec(AXᵀBᵀ)"),
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
    "expm_zero": Schema(
        1, lambda A: minus(_f("expm", _mul(num(0), A)), eye(A)), "the series' first term"
    ),
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
    "eig": Schema(1, lambda A: minus(A, _dot(_eig(A)[0], _eig(A)[1], _t(_eig(A)[0]))), "A = QΛQᵀ", SPECTRAL),
    "eig_left": Schema(1, lambda A: minus(_dot(_t(_eig(A)[0]), _eig(A)[0]), eye(A)), "QᵀQ = I", SPECTRAL),
    "eig_right": Schema(1, lambda A: minus(_dot(_eig(A)[0], _t(_eig(A)[0])), eye(A)), "QQᵀ = I", SPECTRAL),
    "eig_values": Schema(
        1, lambda A: minus(_eig(A)[1], _f("diag", _f("eigs", A))), "Λ holds the eigenvalues", SPECTRAL
    ),
}

LINEAR: dict[str, Sequence[int] | None] = {
    **dict.fromkeys(
        ("neg", "mul", "matmul", "T", "trace", "sum", "diag", "diagvec", "diagpart", "kron", "outer", "vec")
    ),
    "index": (0,),
    "div": (0,),
    "had": None,
}
"""Operations that give zero when one argument (None: any; else these positions) is zero."""


def path_is_linear(tree: Tree) -> bool:
    """Whether the tree has exactly one hole and vanishes when the hole is zero, everything being defined."""
    holes = [[arg for arg in node.walk() if arg.op == "hole"] for node in tree.args]
    if tree.op == "hole":
        return True
    if sum(map(len, holes)) != 1:
        return False
    position = next(i for i, found in enumerate(holes) if found)
    allowed = LINEAR.get(tree.op, ())
    return (allowed is None or position in allowed) and path_is_linear(tree.args[position])


def fill(tree: Tree, hole: Tree) -> Tree:
    """The tree with its hole replaced."""
    if tree.op == "hole":
        return hole
    return make(tree.op, *(fill(arg, hole) for arg in tree.args)) if tree.args and tree.sort != "lambda" else tree


def shows_sign(predicate: str, value: Fraction) -> bool:
    """Whether a rational number is nonzero, positive or nonnegative."""
    return value != 0 if predicate == "nonzero" else value > 0 if predicate == "positive" else value >= 0
