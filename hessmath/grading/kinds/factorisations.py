"""Kinds USVᵀ and QR, judged as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Parts, Value
from hessmath.grading.exact import (
    CannotTell,
    Matrix,
    Number,
    Table,
    characteristic,
    expression,
    independent,
    inverse,
    number,
    sign_of,
    vanishes,
)
from hessmath.grading.grade import Judgement
from hessmath.grading.judging import (
    Condition,
    choice,
    decided,
    first_failure,
    right,
    too_few_digits,
    wrong,
)
from hessmath.grading.kinds.data import table
from hessmath.grading.kinds.diagonalisation import diagonal_grid
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.matrices import full, read_words, with_parts
from hessmath.grading.kinds.spectrum import (
    eigenspaces,
)
from hessmath.grading.shapes import Grid, agrees, grid, has_decimals, parts
from hessmath.grading.shown import text_of
from hessmath.symbolic import spectrum
from hessmath.symbolic.surds import Surd

# ---- singular values ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Svd:
    """A matrix with its singular value decomposition; ``form`` says what a mistake makes of A = USVᵀ."""

    matrix: Table
    form: str = "U S V^T"


def _svd(problem: Problem) -> Svd:
    return Svd(table(problem))


_SVD_NAMES = {
    "U": ("u",),
    "S": ("Sigma", "Σ", "D", "s", "sigma"),
    "V": ("v", "VT", "Vt", "V^T", "Vh", "Vᵀ"),
}


def _judge_svd(problem: Problem, truth: Svd, answer: Value) -> Judgement:
    A = truth.matrix
    m, n = A.shape
    transposed = isinstance(answer, Parts) and any(name in answer.parts for name in ("VT", "Vt", "V^T", "Vh", "Vᵀ"))
    found = parts(answer, _SVD_NAMES, "U, S, V with A = U S V^T")
    U, V = grid(found["U"], "U"), grid(found["V"], "V")
    V = V.T if transposed else V
    S = diagonal_grid(found["S"], "S")
    if has_decimals((*U.entries, *S.entries, *V.entries), problem):
        return _near_svd(problem, A, U, S, V)
    if truth.form == "U S V":
        V = V.T
    if truth.form == "exchanged":
        U, V = V, U
    if truth.form == "lengths":
        U, V = _of_length_one(U), _of_length_one(V)
    if U.shape[0] != m or V.shape[0] != n or S.shape != (U.shape[1], V.shape[1]) or min(S.shape) > min(m, n):
        return wrong("wrong_shape", {"what": "U S V^T", "needed": f"{m} × {n}", "given": _sizes(U, S, V)})
    values = S.table.diagonal()
    off = S.table.off_diagonal()
    I_u, I_v = Table.identity(U.shape[1]), Table.identity(V.shape[1])
    conditions = [
        Condition(r"S_{ij} = 0 \text{ for } i \ne j", lambda: off),
        Condition("U^T U = I", lambda: U.table.T @ U.table - I_u),
        Condition("V^T V = I", lambda: V.table.T @ V.table - I_v),
        Condition("A = U S V^T", lambda: A - U.table @ _values(S.table, truth.form) @ V.table.T),
    ]
    failure = first_failure(conditions, problem)
    if failure is not None:
        return replace(failure, fraction=_earned_svd(A, values))
    negative = next((value for value in values if sign_of(value) < 0), None)
    if negative is not None:
        return wrong("negative_singular_value", {"value": text_of(expression(negative))}, fraction=Fraction(1, 2))
    if choice(problem, "order", ("any", "descending"), "any") == "descending":
        for a, b in pairwise(values):
            if sign_of(number(expression(a) - expression(b))) < 0:
                return wrong("not_descending", {}, fraction=Fraction(3, 4))
    return right()


def _values(S: Table, form: str) -> Table:
    """The singular values, of which ``squares`` have not been taken the roots."""
    if form != "squares":
        return S
    return Table.of(S.matrix.applyfunc(lambda entry: sympy.sqrt(entry) if entry.is_nonnegative else entry))


def _of_length_one(M: Grid) -> Grid:
    """The columns divided by their lengths; not real, as they are."""
    A = M.table.matrix
    if not all(entry.is_real for entry in A):
        return M
    lengths = [sympy.sqrt(sum(c**2 for c in A[:, j])) or sympy.S.One for j in range(A.cols)]
    rows = (tuple(replace(e, value=e.value / lengths[j]) for j, e in enumerate(row)) for row in M.rows)
    return Grid(tuple(rows))


def _sizes(*factors: Grid) -> str:
    return ", ".join(f"{m} × {n}" for m, n in (factor.shape for factor in factors))


def _near_svd(problem: Problem, A: Table, U: Grid, S: Grid, V: Grid) -> Judgement:
    """Decimals for different singular values: each v is ± the unit eigenvector of AᵀA, and u = Av/σ with that sign."""
    short = too_few_digits((*U.entries, *S.entries, *V.entries), problem)
    if short is not None:
        return short
    if U.shape[0] != A.shape[0] or V.shape[0] != A.shape[1] or S.shape != (U.shape[1], V.shape[1]):
        return wrong(
            "wrong_shape", {"what": "U S V^T", "needed": f"{A.shape[0]} × {A.shape[1]}", "given": _sizes(U, S, V)}
        )
    spaces = {k: space for k, space in enumerate(eigenspaces(A.T @ A)) if sign_of(space.value) > 0}
    thin = U.shape[1] == V.shape[1] == len(spaces)
    if not thin or any(space.multiplicity > 1 for space in spaces.values()):
        raise CannotTell("a singular value decomposition in decimals that is not thin or has equal singular values")
    for i, row in enumerate(S.rows):
        for j, entry in enumerate(row):
            if i != j and not agrees(entry, Surd({}), problem):
                fields = {"condition": r"S_{ij} = 0 \text{ for } i \ne j", "row": str(i + 1), "column": str(j + 1)}
                return wrong("condition_fails", fields | {"difference": str(entry.value)})
    for j in range(len(spaces)):
        sigmas = {k: sympy.sqrt(expression(space.value)) for k, space in spaces.items()}
        home = next((k for k, sigma in sigmas.items() if agrees(S.rows[j][j], number(sigma), problem)), None)
        if home is None:
            return wrong("value_wrong", {"yours": text_of(S.rows[j][j].value)})
        v = spaces.pop(home).basis[0].matrix
        v = v / sympy.sqrt((v.T * v)[0, 0])
        u = A.matrix * v / sigmas[home]
        if not any(_is_column(V, j, side * v, problem) and _is_column(U, j, side * u, problem) for side in (1, -1)):
            return wrong("column_wrong", {"column": str(j + 1)}, fraction=Fraction(1, 2))
    return right()


def _is_column(given: Grid, j: int, v: sympy.Matrix, problem: Problem) -> bool:
    return all(agrees(row[j], number(e), problem) for row, e in zip(given.rows, v, strict=True))


def _earned_svd(A: Table, values: Sequence[Number]) -> Fraction:
    """Half for the right singular values."""
    try:
        gram = A.T @ A if A.shape[1] <= A.shape[0] else A @ A.T
        squares = [expression(value) ** 2 for value in values]
        squares += [sympy.S.Zero] * (gram.shape[0] - len(squares))
        mine = characteristic(Table.of(sympy.diag(*squares)))
        good = len(squares) == gram.shape[0] and all(
            vanishes(number(a - b)) for a, b in zip(mine, characteristic(gram), strict=True)
        )
        return Fraction(1, 2) if good else Fraction(0)
    except CannotTell:
        return Fraction(0)


def _show_svd(truth: Svd) -> str:
    U, S, V = decomposed(truth.matrix)
    return rf"U = {sympy.latex(U)},\; S = {sympy.latex(S)},\; V = {sympy.latex(V)}"


def decomposed(A: Table) -> tuple[Any, Any, Any]:
    """A thin U S Vᵀ of a rational matrix, with the nonzero singular values, descending."""
    if not A.is_rational:
        raise InputError("A singular value decomposition is derived for rational matrices.")
    found = spectrum((A.T @ A).matrix)
    pairs = [(value, v) for value, v in zip(found.eigenvalues, found.eigenvectors, strict=True) if not value.is_zero][
        ::-1
    ]
    if not pairs:  # the zero matrix
        return sympy.eye(A.shape[0])[:, :1], sympy.zeros(1, 1), sympy.eye(A.shape[1])[:, :1]
    V = Matrix.hstack(*(v for _, v in pairs))
    S = sympy.diag(*(sympy.sqrt(value) for value, _ in pairs))
    U = Matrix.hstack(*(A.matrix * v / sympy.sqrt(value) for value, v in pairs))
    return U, S, V


def _svd_form(form: str) -> Any:
    def answers(problem: Problem, truth: Svd) -> Iterator[Svd]:
        yield replace(truth, form=form)

    return answers


def _shown_svd(problem: Problem, truth: Svd, answer: Value) -> str | None:
    """With the right U and V, S is UᵀAV: one wrong value in it."""
    found = parts(answer, _SVD_NAMES, "U, S, V with A = U S V^T")
    U, S, V = grid(found["U"], "U"), diagonal_grid(found["S"], "S"), grid(found["V"], "V")
    if has_decimals((*U.entries, *S.entries, *V.entries), problem) or U.shape[0] != truth.matrix.shape[0]:
        return None
    if V.shape[0] != truth.matrix.shape[1] or S.shape != (U.shape[1], V.shape[1]):
        return None
    right_s = U.table.T @ truth.matrix @ V.table
    if right_s.off_diagonal().nonzero() is not None:
        return None
    wrong_ones = [(i, j) for i, j, e in (S.table - right_s).entries() if not vanishes(e)]
    return "one_entry" if len(wrong_ones) == 1 else None


SVD = Kind(
    "svd",
    ("matrix",),
    _svd,
    decided(_judge_svd),
    _show_svd,
    may=("order",),
    answer=lambda truth: {n: full(M) for n, M in zip("USV", decomposed(truth.matrix), strict=True)},
    slips=(
        Slip("transpose_of_v_given", _svd_form("U S V")),
        Slip("columns_not_normalised", _svd_form("lengths")),
        Slip("singular_values_not_rooted", _svd_form("squares")),
        Slip("u_and_v_exchanged", _svd_form("exchanged")),
    ),
    read=with_parts(read_words),
    shown=_shown_svd,
)


# ---- QR -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Qr:
    """A matrix with independent columns or not; ``unit`` False forgets that the columns of Q have length 1."""

    matrix: Table
    positive: bool
    unit: bool = True


def _qr(problem: Problem) -> Qr:
    return Qr(table(problem), choice(problem, "signs", ("free", "positive"), "free") == "positive")


def _judge_qr(problem: Problem, truth: Qr, answer: Value) -> Judgement:
    A = truth.matrix
    found = parts(answer, {"Q": ("q",), "R": ("r",)}, "Q and R with A = Q R")
    Q, R = grid(found["Q"], "Q"), grid(found["R"], "R")
    if Q.shape[0] != A.shape[0] or R.shape[1] != A.shape[1] or Q.shape[1] != R.shape[0]:
        given = f"{Q.shape[0]} × {Q.shape[1]}, {R.shape[0]} × {R.shape[1]}"
        return wrong("wrong_shape", {"what": "Q R", "needed": f"{A.shape[0]} × {A.shape[1]}", "given": given})
    if has_decimals((*Q.entries, *R.entries), problem):
        return _near_qr(problem, truth, Q, R)
    conditions = [
        Condition("Q^T Q = I", lambda: Q.table.T @ Q.table - Table.identity(Q.shape[1])),
        Condition(r"R_{ij} = 0 \text{ for } i > j", R.table.lower),
        Condition("A = Q R", lambda: A - Q.table @ R.table),
    ]
    if not truth.unit:
        gram = Q.table.T @ Q.table
        conditions[0] = Condition("q_i^T q_j = 0", gram.off_diagonal)
    held = 0
    failure: Judgement | None = None
    for condition in conditions:
        found_bad = first_failure([condition], problem)
        failure, held = failure or found_bad, held + (found_bad is None)
    if failure is not None:
        # A = QR alone holds for Q = I, R = A: half is earned only when Q is right and one other condition fails.
        good_q = first_failure(conditions[:1], problem) is None and held == 2 and Q.table != Table.identity(Q.shape[1])
        return replace(failure, fraction=Fraction(1, 2) if good_q else Fraction(0))
    if truth.positive:
        for k, entry in enumerate(R.table.diagonal(), start=1):
            if sign_of(entry) < 0:
                return wrong("sign_convention", {"entry": f"R_{{{k}{k}}}"}, fraction=Fraction(3, 4))
    return right()


def _near_qr(problem: Problem, truth: Qr, Q: Grid, R: Grid) -> Judgement:
    """Independent columns: the thin Q and R are determined up to the sign of each column."""
    A = truth.matrix
    if not A.is_rational or not independent(A) or Q.shape[1] != A.shape[1]:
        raise CannotTell("a QR factorisation of dependent columns in decimals")
    exact_q, exact_r = A.matrix.QRdecomposition()
    for k in range(A.shape[1]):
        signs = (1,) if truth.positive else (1, -1)
        for s in signs:
            column_ok = all(agrees(Q.rows[i][k], number(s * exact_q[i, k]), problem) for i in range(A.shape[0]))
            if column_ok and all(agrees(R.rows[k][j], number(s * exact_r[k, j]), problem) for j in range(A.shape[1])):
                break
        else:
            return wrong("column_wrong", {"column": str(k + 1)}, fraction=0)
    return right()


def _show_qr(truth: Qr) -> str:
    Q, R = truth.matrix.matrix.QRdecomposition()
    return rf"Q = {sympy.latex(Q)},\; R = {sympy.latex(R)}"


def _lengths_forgotten(problem: Problem, truth: Qr) -> Iterator[Qr]:
    yield replace(truth, unit=False)


def _shown_qr(problem: Problem, truth: Qr, answer: Value) -> str | None:
    """With the right Q, R is QᵀA: what is wrong in it."""
    found = parts(answer, {"Q": ("q",), "R": ("r",)}, "Q and R with A = Q R")
    Q, R = grid(found["Q"], "Q"), grid(found["R"], "R")
    if has_decimals((*Q.entries, *R.entries), problem) or Q.shape[0] != truth.matrix.shape[0]:
        return None
    right_r = Q.table.T @ truth.matrix
    orthonormal = (Q.table.T @ Q.table - Table.identity(Q.shape[1])).nonzero() is None
    if not orthonormal or right_r.lower().nonzero() is not None or R.shape != right_r.shape:
        return None
    wrong_ones = [(i, j) for i, j, e in (R.table - right_r).entries() if not vanishes(e)]
    inverted = inverse(right_r) if R.shape[0] == R.shape[1] else None
    if inverted is not None and (R.table - inverted).nonzero() is None:
        return "inverse_instead_of_matrix"
    if any((R.table.scaled(number(c)) - right_r).nonzero() is None for c in (sympy.Integer(2), sympy.Rational(1, 2))):
        return "factor_two"
    return "one_entry" if len(wrong_ones) == 1 else None


QR = Kind(
    "qr",
    ("matrix",),
    _qr,
    decided(_judge_qr),
    _show_qr,
    may=("signs",),
    answer=lambda truth: {n: full(M) for n, M in zip("QR", truth.matrix.matrix.QRdecomposition(), strict=True)},
    slips=(Slip("columns_not_normalised", _lengths_forgotten),),
    read=with_parts(read_words),
    shown=_shown_qr,
)

ROWS = (SVD, QR)
