"""What may be inferred: the rows of two tables.

``RULES``: from facts about premises a fact about another expression.  ``SCHEMAS``: expressions that are
zero wherever they are defined.  Each row carries the reason why it is sound; a row that rests on a named
theorem beyond algebra says so in ``axiom``, and every statement that used it lists it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hessmath.verify.kernel.trees import Rejected, Tree, eye, literal, make, minus, named, num, size_tree

Build = Callable[[Tree, Sequence[Tree], Sequence[Tree]], Tree]

SIGNS = named("nonzero positive nonneg")
FACTS = SIGNS | named("invertible posdef psd fullcol fullrow symmetric skew orthogonal nilpotent")

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
    predicates about arrays; ``ring`` rows hold over every field; every expression of ``zeros`` has to vanish too.
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
    zeros: Callable[[Tree, Sequence[Tree], Sequence[Tree]], list[Tree]] | None = None


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


def minor(matrix: Tree, data: Sequence[Tree]) -> Tree:
    """The principal minor of the kept row numbers (different, in range)."""
    kept = [int(value) if (value := literal(tree)) is not None and value >= 0 else -1 for tree in data]
    if not kept or len(set(kept)) < len(kept) or min(kept) < 0:
        raise Rejected("a principal minor keeps different rows")
    rows = [_f("row", *(_f("index", matrix, num(i), num(j)) for j in kept)) for i in kept]
    return _f("det", _f("block", *rows))


def _same(pred: str, stronger: str, why: str, ring: bool = False) -> Rule:
    return Rule((stronger,), 0, pred, lambda c, p, d: p[0], why, ring=ring)


RULES: dict[str, Rule] = {
    # weaker words for the same expression
    "posdef_psd": _same("psd", "posdef", "x@P@x > 0 for x ≠ 0 and = 0 for x = 0"),
    "posdef_invertible": _same("invertible", "posdef", "P@x = 0 makes x@P@x = 0, so x = 0"),
    "positive_nonneg": _same("nonneg", "positive", "order"),
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
