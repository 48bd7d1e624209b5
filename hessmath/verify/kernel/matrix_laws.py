"""Laws: equations about matrices that hold under premises.

Each row says which facts it needs, which expressions have to vanish besides, and which expression vanishes
then wherever it is defined; with the reason why it is sound.  ``LAW_RULES`` goes on with the rows about facts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hessmath.verify.kernel.facts import (
    FINITE,
    MINORS,
    SPECTRAL,
    Rule,
    Schema,
    _dot,
    _f,
    _matrix,
    _mul,
    _square,
    _t,
    _vector,
)
from hessmath.verify.kernel.matrix_facts import _K, _block, _form
from hessmath.verify.kernel.trees import Rejected, Tree, eye, make, minus, num, size_tree, zero_like

Parts = Sequence[Tree]


def _none(_p: Parts, _d: Parts) -> list[Tree]:
    return []


@dataclass(frozen=True)
class Law:
    """``build(premises, data)`` vanishes where the premises hold and every expression of ``zeros`` vanishes."""

    premises: tuple[str, ...]
    data: int
    build: Callable[[Parts, Parts], Tree]
    why: str
    zeros: Callable[[Parts, Parts], list[Tree]] = _none
    axiom: str = ""
    ring: bool = False


def _scalar(x: Tree) -> Tree:
    if x.shape:
        raise Rejected("a scalar was needed")
    return x


def _same_shape(a: Tree, b: Tree) -> Tree:
    if a.shape != b.shape:
        raise Rejected("the two need one shape")
    return a


def _commute(A: Tree, B: Tree) -> Tree:
    return minus(_dot(_matrix(A), _matrix(B)), _dot(B, A))


def _squares_gap(a: Tree, b: Tree) -> Tree:
    return minus(_square(_scalar(a)), _square(_scalar(b)))


def _image(A: Tree, v: Tree, c: Tree) -> Tree:
    return minus(_dot(_matrix(A), _vector(v)), _mul(_scalar(c), v))


def _cells(cells: Parts) -> Tree:
    return _block(*cells)


def _penrose(A: Tree, X: Tree) -> list[Tree]:
    AX, XA = _dot(_matrix(A), _matrix(X)), _dot(X, A)
    return [minus(_dot(AX, A), A), minus(_dot(XA, X), X), minus(_t(AX), AX), minus(_t(XA), XA)]


def _off(d: Parts) -> list[Tree]:
    """What vanishes where every matrix is diagonal."""
    return [minus(_matrix(A), _f("diagpart", A)) for A in d]


def _plus_eye(A: Tree) -> Tree:
    return _f("add", eye(A), A)


LAWS: dict[str, Law] = {
    # nonnegative numbers and semidefinite matrices
    "nonneg_antisymmetry": Law(
        *(("nonneg", "nonneg"), 0, lambda p, d: _scalar(p[0]), "0 ≤ a = −b ≤ 0"),
        lambda p, d: [_f("add", p[0], _scalar(p[1]))],
    ),
    "nonneg_root": Law(
        *(("nonneg", "nonneg"), 0, lambda p, d: minus(*p), "(a − b)(a + b) = 0, and a + b = 0 makes both zero"),
        lambda p, d: [_squares_gap(*p)],
    ),
    "psd_antisymmetry": Law(
        *(("psd", "psd"), 0, lambda p, d: _same_shape(*p), "x@A@x = 0 for all x, and A is symmetric"),
        lambda p, d: [_f("add", *p)],
    ),
    "psd_trace_zero": Law(
        *(("psd",), 0, lambda p, d: p[0], "A = GᵀG, and tr GᵀG = |G|²"), lambda p, d: [_f("trace", p[0])], SPECTRAL
    ),
    "psd_null": Law(
        *(("psd",), 1, lambda p, d: _dot(p[0], d[0]), "P = GᵀG, and x@P@x = |Gx|² = 0 makes Gx = 0"),
        lambda p, d: [_form(p[0], d[0]) if len(d[0].shape) == 1 else _f("trace", _dot(_t(_matrix(d[0])), p[0], d[0]))],
        SPECTRAL,
    ),
    "psd_product_zero": Law(
        *(("psd", "psd"), 0, lambda p, d: _dot(*p), "A = GᵀG, B = KᵀK: tr AB = |GKᵀ|² = 0, so GKᵀ = 0"),
        lambda p, d: [_f("trace", _dot(*p))],
        SPECTRAL,
    ),
    "psd_root": Law(
        *(("psd", "psd"), 0, lambda p, d: minus(*p), "a semidefinite matrix has one semidefinite root"),
        lambda p, d: [minus(_dot(p[0], p[0]), _dot(p[1], p[1]))],
        SPECTRAL,
    ),
    # facts as equations
    "orthogonal_left": Law(
        ("orthogonal",), 0, lambda p, d: minus(_dot(_t(p[0]), p[0]), eye(p[0])), "definition", ring=True
    ),
    "orthogonal_right": Law(
        ("orthogonal",), 0, lambda p, d: minus(_dot(p[0], _t(p[0])), eye(p[0])), "definition", axiom=FINITE, ring=True
    ),
    "psd_symmetric": Law(("psd",), 0, lambda p, d: minus(p[0], _t(p[0])), "definition"),
    # uniqueness
    "inv_unique": Law(
        *((), 2, lambda p, d: minus(_f("inv", _matrix(d[0])), d[1]), "A⁻¹ = XAA⁻¹ = X"),
        lambda p, d: [minus(_dot(_matrix(d[1]), d[0]), eye(d[0]))],
        ring=True,
    ),
    "pinv_unique": Law(
        *((), 2, lambda p, d: minus(_f("pinv", d[0]), d[1]), "Penrose: his four equations have one solution"),
        lambda p, d: _penrose(*d),
    ),
    "block_cells": Law(
        *((), 8, lambda p, d: minus(_cells(d[:4]), _cells(d[4:])), "cell by cell"),
        lambda p, d: [minus(_same_shape(a, b), b) for a, b in zip(d[:4], d[4:], strict=True)],
        ring=True,
    ),
    # diagonal matrices
    "diagonal_symmetric": Law(
        *((), 1, lambda p, d: minus(d[0], _t(d[0])), "both are zero off the diagonal"), lambda p, d: _off(d)
    ),
    "diagonal_commute": Law(*((), 2, lambda p, d: _commute(*d), "numbers dᵢeᵢ on the diagonal"), lambda p, d: _off(d)),
    "diagonal_product": Law(
        *((), 2, lambda p, d: _off([_dot(*d)])[0], "numbers dᵢeᵢ on the diagonal"), lambda p, d: _off(d)
    ),
    "diagonal_inverse": Law(
        *((), 1, lambda p, d: _off([_f("inv", d[0])])[0], "numbers 1/dᵢ on the diagonal"), lambda p, d: _off(d)
    ),
    # nilpotent matrices
    "nilpotent_trace": Law(("nilpotent",), 0, lambda p, d: _f("trace", p[0]), "every eigenvalue is 0"),
    "nilpotent_det": Law(("nilpotent",), 0, lambda p, d: _f("det", p[0]), "det(A)ᵏ = det(Aᵏ) = 0"),
    "unipotent_det": Law(
        ("nilpotent",), 0, lambda p, d: minus(_f("det", _plus_eye(p[0])), num(1)), "every eigenvalue of I + A is 1"
    ),
    "nilpotent_normal": Law(
        *(("nilpotent",), 0, lambda p, d: p[0], "(AᵀA)ᵏ = (Aᵏ)ᵀAᵏ = 0 with AᵀA symmetric, so AᵀA = 0"),
        lambda p, d: [_commute(p[0], _t(p[0]))],
    ),
    "nilpotent_eigenvalue": Law(
        *(("nilpotent", "nonzero"), 1, lambda p, d: d[0], "0 = Aᵏv = cᵏv"),
        lambda p, d: [_image(p[0], p[1], d[0])],
    ),
    # idempotent matrices, exponentials
    "idempotent_rank": Law(
        *((), 1, lambda p, d: minus(_f("trace", d[0]), _f("rank", d[0])), "P is similar to diag(I, 0)"),
        lambda p, d: [minus(_dot(d[0], d[0]), d[0])],
    ),
    "expm_idempotent": Law(
        *(
            (),
            1,
            lambda p, d: minus(_f("expm", d[0]), _f("add", eye(d[0]), _mul(minus(_f("exp", num(1)), num(1)), d[0]))),
            "every power of P but the first is P",
        ),
        lambda p, d: [minus(_dot(d[0], d[0]), d[0])],
    ),
    "expm_square_zero": Law(
        *((), 1, lambda p, d: minus(_f("expm", d[0]), _plus_eye(d[0])), "the series ends"),
        lambda p, d: [_dot(d[0], d[0])],
    ),
    "expm_involutory": Law(
        *(
            (),
            1,
            lambda p, d: minus(
                _f("expm", d[0]), _f("add", _mul(_f("cosh", num(1)), eye(d[0])), _mul(_f("sinh", num(1)), d[0]))
            ),
            "even powers are I, odd powers P",
        ),
        lambda p, d: [minus(_dot(d[0], d[0]), eye(d[0]))],
    ),
    "expm_add": Law(
        *(
            (),
            2,
            lambda p, d: minus(_f("expm", _f("add", *d)), _dot(_f("expm", d[0]), _f("expm", d[1]))),
            "the product of commuting series",
        ),
        lambda p, d: [_commute(*d)],
    ),
    "expm_commutes_with": Law(
        *((), 2, lambda p, d: _commute(_f("expm", d[0]), d[1]), "B commutes with every power of A"),
        lambda p, d: [_commute(*d)],
    ),
    "expm_vector": Law(
        *((), 3, lambda p, d: _image(_f("expm", d[0]), d[1], _f("exp", d[2])), "Aᵏv = cᵏv"),
        lambda p, d: [_image(*d)],
    ),
    # determinants and rank
    "det_singular": Law(
        *(("nonzero",), 1, lambda p, d: _f("det", d[0]), "an invertible matrix takes v ≠ 0 to a vector ≠ 0"),
        lambda p, d: [_dot(_matrix(d[0]), _vector(p[0]))],
        ring=True,
    ),
    "det_block_commuting": Law(
        *(
            (),
            4,
            lambda p, d: minus(_f("det", _block(*d)), _f("det", minus(_dot(d[0], d[3]), _dot(d[2], d[1])))),
            "[[A, B], [C, D]] with AC = CA: Schur where A is invertible, so as polynomials in t for A + tI",
        ),
        lambda p, d: [_commute(d[0], d[2])],
    ),
    "rank_zero": Law(*((), 1, lambda p, d: d[0], "the range is {0}"), lambda p, d: [_f("rank", d[0])]),
    # eigenvalues and singular values
    "nspec_psd": Law(
        *(("psd",), 0, lambda p, d: minus(_f("nspec", p[0]), _f("lmax", p[0])), "singular values are eigenvalues"),
        axiom=SPECTRAL,
    ),
    "nnuc_psd": Law(
        *(("psd",), 0, lambda p, d: minus(_f("nnuc", p[0]), _f("trace", p[0])), "singular values are eigenvalues"),
        axiom=SPECTRAL,
    ),
    **{
        f"{f}_orthogonal_{side}": Law(
            ("orthogonal",),
            1,
            lambda p, d, f=f, side=side: minus(  # type: ignore[misc]
                _f(f, _dot(p[0], d[0]) if side == "left" else _dot(_matrix(d[0]), p[0])), _f(f, d[0])
            ),
            "(QA)ᵀQA = AᵀA",
        )
        for f in ("nspec", "nnuc")
        for side in ("left", "right")
    },
    **{
        f"{f}_orthogonal": Law(
            ("orthogonal",),
            1,
            lambda p, d, f=f: minus(_f(f, _dot(_t(p[0]), d[0], p[0])), _f(f, d[0])),  # type: ignore[misc]
            "similar matrices have one characteristic polynomial",
            axiom=SPECTRAL,
        )
        for f in ("eigs", "lmin", "lmax")
    },
    **{
        f"{f}_scale": Law(
            ("nonneg",),
            1,
            lambda p, d, f=f: minus(  # type: ignore[misc]
                _f(f, _mul(_scalar(p[0]), _matrix(d[0]))), _mul(p[0], _f(f, d[0]))
            ),
            "(cA)v = cλv, and c ≥ 0 keeps the order",
            axiom=SPECTRAL,
        )
        for f in ("eigs", "lmin", "lmax")
    },
    **{
        f"{f}_scale_nonneg": Law(
            ("nonneg",),
            1,
            lambda p, d, f=f: minus(_f(f, _mul(_scalar(p[0]), d[0])), _mul(p[0], _f(f, d[0]))),  # type: ignore[misc]
            "absolute homogeneity, with |c| = c",
        )
        for f in ("norm2", "normF", "norm1", "norminf", "normmax", "nspec", "nnuc")
    },
    "lmax_inverse": Law(
        ("posdef",),
        0,
        lambda p, d: minus(_mul(_f("lmax", _f("inv", p[0])), _f("lmin", p[0])), num(1)),
        "the eigenvalues of A⁻¹ are 1/λ with λ > 0",
        axiom=SPECTRAL,
    ),
    "lmin_inverse": Law(
        ("posdef",),
        0,
        lambda p, d: minus(_mul(_f("lmin", _f("inv", p[0])), _f("lmax", p[0])), num(1)),
        "the eigenvalues of A⁻¹ are 1/λ with λ > 0",
        axiom=SPECTRAL,
    ),
    "eig_logdet": Law(
        ("posdef",),
        0,
        lambda p, d: minus(_f("sum", _f("log", _f("eigs", p[0]))), _f("log", _f("det", p[0]))),
        "det A = Πλᵢ with λᵢ > 0",
        axiom=SPECTRAL,
    ),
}


def _whole_block(tree: Tree) -> tuple[Tree, Tree, Tree, Tree]:
    """The cells of a block [[A, B], [C, D]] with A square."""
    if tree.op != "block" or [len(row.args) for row in tree.args] != [2, 2]:
        raise Rejected("a block of two rows and columns was needed")
    (A, B), (C, D) = (row.args for row in tree.args)
    if len(A.shape) != 2 or A.shape[0] != A.shape[1]:
        raise Rejected("the first cell has to be square")
    return A, B, C, D


def _first(tree: Tree) -> Tree:
    return _whole_block(tree)[0]


def _last(tree: Tree) -> Tree:
    return _whole_block(tree)[3]


def _complement(tree: Tree, last: bool) -> Tree:
    A, B, C, D = _whole_block(tree)
    return minus(D, _dot(C, _f("inv", A), B)) if last else minus(A, _dot(B, _f("inv", D), C))


def _cell_premise(p: Parts, last: bool) -> Tree:
    """The complement of a semidefinite block whose cell is definite by the second premise."""
    if p[1] != (_first if last else _last)(p[0]):
        raise Rejected("the second premise has to be about a cell of the first")
    return _complement(p[0], last)


def _albert(A: Tree, S: Tree, B: Tree) -> Tree:
    """[[A, B], [Bᵀ, S + BᵀA⁺B]]."""
    return _block(A, B, _t(B), _f("add", S, _dot(_t(B), _f("pinv", A), B)))


def _block_gram(M: Tree, G: Tree, H: Tree) -> Tree:
    return _block(
        *(_dot(_t(_matrix(X)), M, _matrix(Y)) for X, Y in ((G, G), (G, H), (H, G), (H, H))),
    )


def _fischer(whole: Tree) -> Tree:
    A, _, _, D = _whole_block(whole)
    return minus(_mul(_f("det", A), _f("det", D)), _f("det", whole))


_PART = "the form at vectors whose other part is zero"
_COMPLEMENT = "the form at (−A⁻¹By, y)"

LAW_RULES: dict[str, Rule] = {
    "nilpotent_square": Rule((), 0, "nilpotent", lambda c, p, d: _dot(c, c), "A² = 0", defect=True),
    "nilpotent_cube": Rule((), 0, "nilpotent", lambda c, p, d: _dot(c, c, c), "A³ = 0", defect=True),
    "nilpotent_T": Rule(("nilpotent",), 0, "nilpotent", lambda c, p, d: _t(p[0]), "(Aᵀ)ᵏ = (Aᵏ)ᵀ"),
    "nilpotent_scale": Rule(("nilpotent",), 1, "nilpotent", lambda c, p, d: _mul(_scalar(d[0]), p[0]), "(cA)ᵏ = cᵏAᵏ"),
    "nilpotent_mul": Rule(
        *(("nilpotent",), 1, "nilpotent", lambda c, p, d: _dot(p[0], d[0]), "(AB)ᵏ = AᵏBᵏ where AB = BA"),
        zeros=lambda c, p, d: [_commute(p[0], d[0])],
    ),
    "nilpotent_add": Rule(
        *(("nilpotent", "nilpotent"), 0, "nilpotent", lambda c, p, d: _f("add", *p), "the binomial formula"),
        zeros=lambda c, p, d: [_commute(*p)],
    ),
    "invertible_unipotent": Rule(
        ("nilpotent",), 0, "invertible", lambda c, p, d: _plus_eye(p[0]), "I − A + A² − … ends"
    ),
    "orthogonal_expm": Rule(
        ("skew",), 0, "orthogonal", lambda c, p, d: _f("expm", p[0]), "exp(S)ᵀexp(S) = exp(−S)exp(S) = I"
    ),
    "invertible_eigL": Rule(("invertible",), 0, "invertible", lambda c, p, d: _f("eigL", p[0]), "Λ = QᵀAQ", SPECTRAL),
    "invertible_complement": Rule(
        ("invertible", "invertible"), 0, "invertible", lambda c, p, d: _cell_premise(p, True), "block elimination"
    ),
    "posdef_first": Rule(("posdef",), 0, "posdef", lambda c, p, d: _first(p[0]), _PART),
    "posdef_last": Rule(("posdef",), 0, "posdef", lambda c, p, d: _last(p[0]), _PART),
    "psd_first": Rule(("psd",), 0, "psd", lambda c, p, d: _first(p[0]), _PART),
    "psd_last": Rule(("psd",), 0, "psd", lambda c, p, d: _last(p[0]), _PART),
    "posdef_complement": Rule(("posdef",), 0, "posdef", lambda c, p, d: _complement(p[0], True), _COMPLEMENT),
    "posdef_complement_first": Rule(("posdef",), 0, "posdef", lambda c, p, d: _complement(p[0], False), _COMPLEMENT),
    "psd_complement": Rule(("psd", "posdef"), 0, "psd", lambda c, p, d: _cell_premise(p, True), _COMPLEMENT),
    "psd_complement_first": Rule(("psd", "posdef"), 0, "psd", lambda c, p, d: _cell_premise(p, False), _COMPLEMENT),
    "psd_albert": Rule(
        *(("psd", "psd"), 1, "psd", lambda c, p, d: _albert(p[0], p[1], d[0]), "a congruence makes it diag(A, S)"),
        zeros=lambda c, p, d: [minus(_dot(p[0], _f("pinv", p[0]), d[0]), d[0])],
    ),
    "psd_block_gram": Rule(
        *(("psd",), 2, "psd", lambda c, p, d: _block_gram(p[0], *d), "[G, H]ᵀM[G, H]"),
    ),
    "det_fischer": Rule(
        *(("psd",), 0, "nonneg", lambda c, p, d: _fischer(p[0]), "Fischer: det S ≤ det D for the complement S", MINORS),
    ),
    "psd_cauchy": Rule(
        *(
            (),
            1,
            "psd",
            lambda c, p, d: minus(
                _mul(_dot(_vector(d[0]), d[0]), eye(_f("outer", d[0], d[0]))), _f("outer", d[0], d[0])
            ),
        ),
        "Cauchy–Schwarz: (x@y)² ≤ x@x y@y",
    ),
    "posdef_commuting": Rule(
        *(("posdef", "posdef"), 0, "posdef", lambda c, p, d: _dot(*p), "A^½BA^½ where A^½ commutes with B", SPECTRAL),
        zeros=lambda c, p, d: [_commute(*p)],
    ),
    "psd_commuting": Rule(
        *(("psd", "psd"), 0, "psd", lambda c, p, d: _dot(*p), "A^½BA^½ where A^½ commutes with B", SPECTRAL),
        zeros=lambda c, p, d: [_commute(*p)],
    ),
    "posdef_lmin": Rule(
        *(("positive",), 1, "posdef", lambda c, p, d: d[0], "x@A@x ≥ λ x@x", SPECTRAL),
        zeros=lambda c, p, d: [minus(_scalar(p[0]), _f("lmin", d[0]))],
    ),
    "psd_lmin": Rule(
        *(("nonneg",), 1, "psd", lambda c, p, d: d[0], "x@A@x ≥ λ x@x", SPECTRAL),
        zeros=lambda c, p, d: [minus(_scalar(p[0]), _f("lmin", d[0]))],
    ),
    "eigs_positive": Rule(
        ("posdef",), 0, "positive", lambda c, p, d: _f("eigs", p[0]), "v@P@v = λ v@v", SPECTRAL, arrays=True
    ),
    "eigs_nonneg": Rule(
        ("psd",), 0, "nonneg", lambda c, p, d: _f("eigs", p[0]), "v@P@v = λ v@v", SPECTRAL, arrays=True
    ),
    "trace_of_product": Rule(
        *(("psd", "psd"), 0, "nonneg"),
        lambda c, p, d: minus(_mul(_f("trace", p[0]), _f("trace", p[1])), _f("trace", _dot(*p))),
        "tr AB ≤ λmax(A) tr B ≤ tr A tr B",
        SPECTRAL,
    ),
    "trace_of_inverse": Rule(
        *(("posdef",), 0, "nonneg"),
        lambda c, p, d: minus(_mul(_f("trace", p[0]), _f("trace", _f("inv", p[0]))), _square(size_tree(p[0].shape[0]))),
        "Cauchy–Schwarz for √λ and 1/√λ",
        SPECTRAL,
    ),
    "det_superadditive": Rule(
        *(("psd", "psd"), 0, "nonneg"),
        lambda c, p, d: minus(_f("det", _f("add", *p)), _f("add", _f("det", p[0]), _f("det", p[1]))),
        "det(I + C) ≥ 1 + det C for C ⪰ 0; a limit where both are singular",
        MINORS,
    ),
    "cauchy_dual": Rule(
        *(("posdef",), 2, "nonneg"),
        lambda c, p, d: minus(
            _mul(_form(p[0], d[0]), _form(_f("inv", p[0]), d[1])), _square(_dot(d[0], _vector(d[1])))
        ),
        "Cauchy–Schwarz for A^½x and A^−½y",
        SPECTRAL,
    ),
    **{
        f"{f}_monotone": Rule(
            ("psd",),
            1,
            "nonneg",
            lambda c, p, d, f=f: minus(  # type: ignore[misc]
                _f(f, _f("add", _same_shape(d[0], p[0]), p[0])), _f(f, d[0])
            ),
            "x@(A + P)@x ≥ x@A@x",
            SPECTRAL,
        )
        for f in ("lmin", "lmax")
    },
    "normF_below_nspec_rows": Rule(
        (),
        1,
        "nonneg",
        lambda c, p, d: minus(
            _mul(_f("sqrt", size_tree(_matrix(d[0]).shape[0])), _f("nspec", d[0])), _f("normF", d[0])
        ),
        "at most that many singular values, none above the largest",
    ),
    "normF_below_nspec_columns": Rule(
        (),
        1,
        "nonneg",
        lambda c, p, d: minus(
            _mul(_f("sqrt", size_tree(_matrix(d[0]).shape[1])), _f("nspec", d[0])), _f("normF", d[0])
        ),
        "at most that many singular values, none above the largest",
    ),
    "nnuc_below_normF_rows": Rule(
        (),
        1,
        "nonneg",
        lambda c, p, d: minus(_mul(_f("sqrt", size_tree(_matrix(d[0]).shape[0])), _f("normF", d[0])), _f("nnuc", d[0])),
        "Cauchy–Schwarz with ones",
    ),
    "nnuc_below_normF_columns": Rule(
        (),
        1,
        "nonneg",
        lambda c, p, d: minus(_mul(_f("sqrt", size_tree(_matrix(d[0]).shape[1])), _f("normF", d[0])), _f("nnuc", d[0])),
        "Cauchy–Schwarz with ones",
    ),
}


def _block_sum(d: Parts) -> Tree:
    total = (_f("add", a, b) for a, b in zip(d[:4], d[4:], strict=True))
    return minus(_f("add", _block(*d[:4]), _block(*d[4:])), _block(*total))


def _block_product(d: Parts) -> Tree:
    A, B, C, D, P, Q, R, S = d
    made = _block(
        _f("add", _dot(A, P), _dot(B, R)),
        _f("add", _dot(A, Q), _dot(B, S)),
        _f("add", _dot(C, P), _dot(D, R)),
        _f("add", _dot(C, Q), _dot(D, S)),
    )
    return minus(_dot(_block(A, B, C, D), _block(P, Q, R, S)), made)


def _block_eye(A: Tree, D: Tree) -> Tree:
    n, m = _matrix(A).shape[0], _matrix(D).shape[0]
    return minus(_block(eye(A), zero_like((n, m)), zero_like((m, n)), eye(D)), make("eye", size_tree(n + m)))


def _diagonal_block(A: Tree, D: Tree) -> Tree:
    (m, n), (p, q) = _matrix(A).shape, _matrix(D).shape
    return _block(A, zero_like((m, q)), zero_like((p, n)), D)


def _same_size(A: Tree, D: Tree) -> Tree:
    return _same_shape(_matrix(A), D)


LAW_SCHEMAS: dict[str, Schema] = {
    "recip_had": Schema(2, lambda x, y: minus(_mul(_same_shape(x, y), y, _f("div", num(1), x)), y), "xᵢ·(1/xᵢ) = 1"),
    "sign_ratio": Schema(1, lambda s: minus(_f("sign", s), _f("div", s, _f("Abs", s))), "s = sign(s)·|s|"),
    "block_add": Schema(8, lambda *d: _block_sum(d), "cell by cell", ring=True),
    "block_mul": Schema(8, lambda *d: _block_product(d), "sums over the two parts of the inner index", ring=True),
    "block_scale": Schema(
        5, lambda c, *d: minus(_mul(_scalar(c), _block(*d)), _block(*(_mul(c, x) for x in d))), "entries", ring=True
    ),
    "block_T": Schema(
        4, lambda A, B, C, D: minus(_t(_block(A, B, C, D)), _block(_t(A), _t(C), _t(B), _t(D))), "entries", ring=True
    ),
    "block_eye": Schema(2, _block_eye, "entries", ring=True),
    "block_trace": Schema(
        4,
        lambda A, B, C, D: minus(_f("trace", _block(A, B, C, D)), _f("add", _f("trace", A), _f("trace", D))),
        "the diagonal in two parts",
        ring=True,
    ),
    "det_lower": Schema(
        3,
        lambda A, C, D: minus(
            _f("det", _block(A, zero_like((A.shape[0], D.shape[1])), C, D)), _mul(_f("det", A), _f("det", D))
        ),
        "Leibniz formula",
        ring=True,
    ),
    "det_twins": Schema(
        2,
        lambda A, B: minus(
            _f("det", _block(_same_size(A, B), B, B, A)), _mul(_f("det", _f("add", A, B)), _f("det", minus(A, B)))
        ),
        "add the rows, subtract the columns",
        ring=True,
    ),
    "rank_of_zero": Schema(1, lambda A: _f("rank", _mul(num(0), _matrix(A))), "the range is {0}"),
    "rank_diagonal_blocks": Schema(
        2,
        lambda A, D: minus(_f("rank", _diagonal_block(A, D)), _f("add", _f("rank", A), _f("rank", D))),
        "the range is the sum of the ranges",
    ),
    "rank_guttman": Schema(
        4,
        lambda A, B, C, D: minus(
            _f("rank", _block(A, B, C, D)),
            _f("add", size_tree(_matrix(A).shape[0]), _f("rank", minus(D, _dot(C, _f("inv", A), B)))),
        ),
        "Guttman: row and column steps make it diag(A, D − CA⁻¹B)",
    ),
    "expm_diag": Schema(1, lambda x: minus(_f("expm", _f("diag", x)), _f("diag", _f("exp", x))), "the series"),
    "expm_multiple": Schema(
        2, lambda c, A: minus(_f("expm", _mul(_scalar(c), eye(A))), _mul(_f("exp", c), eye(A))), "the series"
    ),
    "nspec_square": Schema(
        1, lambda A: minus(_square(_f("nspec", A)), _f("lmax", _dot(_t(_matrix(A)), A))), "definition", SPECTRAL
    ),
    "nspec_outer": Schema(
        2,
        lambda x, y: minus(_f("nspec", _f("outer", x, y)), _mul(_f("norm2", x), _f("norm2", y))),
        "one singular value besides zeros",
    ),
    "nnuc_outer": Schema(
        2,
        lambda x, y: minus(_f("nnuc", _f("outer", x, y)), _mul(_f("norm2", x), _f("norm2", y))),
        "one singular value besides zeros",
    ),
    "nspec_eye": Schema(1, lambda A: minus(_f("nspec", eye(A)), num(1)), "|x| = |x|"),
    "nnuc_eye": Schema(1, lambda A: minus(_f("nnuc", eye(A)), size_tree(A.shape[0])), "n singular values 1"),
    "det_eigL": Schema(1, lambda A: minus(_f("det", _f("eigL", A)), _f("det", A)), "det QᵀAQ", SPECTRAL),
    **{
        f"{f}_multiple": Schema(
            2,
            lambda c, A, f=f: minus(_f(f, _mul(_scalar(c), eye(A))), c),
            "c is the only eigenvalue",
        )
        for f in ("lmin", "lmax")
    },
    "eigs_shift": Schema(
        2,
        lambda c, A: minus(_f("eigs", _f("add", A, _mul(_scalar(c), eye(A)))), _f("add", _f("eigs", A), c)),
        "the spectrum moves by c",
        SPECTRAL,
    ),
    "trace_commutation": Schema(
        1, lambda A: minus(_f("trace", _K(_same_size(A, _t(A)))), size_tree(A.shape[0])), "the fixed places (i, i)"
    ),
}
