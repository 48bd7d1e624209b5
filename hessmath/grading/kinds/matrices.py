"""Kinds whose answer is a matrix or a number made from one matrix: rank, determinant, inverses, echelon forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Manner, Reading, Value
from hessmath.grading.equality import equal
from hessmath.grading.exact import Table, determinant, echelon, expression, inverse, number, rank, vanishes
from hessmath.grading.grade import Judgement, Verdict
from hessmath.grading.judging import (
    choice,
    compare_entries,
    decided,
    domain_of,
    require_shape,
    right,
    wrong,
)
from hessmath.grading.kinds.data import joined, square, table, vectors
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.plain import plain
from hessmath.grading.prose import labelled
from hessmath.grading.shapes import agrees, grid, scalar
from hessmath.grading.shown import text_of
from hessmath.grading.words import canonical, read, word_of


def read_words(problem: Problem, answer: Any) -> Reading:
    """Answers in which words may stand."""
    return read(answer, problem.symbols, Manner.of(problem.options))


def with_parts(reader: Callable[[Problem, Any], Reading]) -> Callable[[Problem, Any], Reading]:
    """A reader of factorisations as one text, ``P = …, D = …``, in which a part may be the identity I."""

    def read_parts(problem: Problem, answer: Any) -> Reading:
        if isinstance(answer, str) and canonical(answer) is None:
            parts = labelled(answer)
            answer = parts if parts is not None and len(parts) > 1 else answer
        if isinstance(answer, Mapping):
            m, n = table(problem).shape
            identity = f"I_{n}" if m == n <= 20 else "I"
            answer = {name: identity if part == "I" else part for name, part in answer.items()}
        return reader(problem, answer)

    return read_parts


def full(matrix: Any) -> list[list[Any]]:
    """Rows of texts, also of a matrix with one column."""
    return [[plain(matrix[i, j]) for j in range(matrix.cols)] for i in range(matrix.rows)]


# ---- rank and determinant -------------------------------------------------------------------------------------


_RANK = re.compile(
    r"^\s*(?:[Tt]he\s+)?[Rr]ank(?:\s*\(\s*[A-Z]\s*\)|\s+of\s+(?:the\s+matrix|[A-Z])|\s+[A-Z])?\s*(?:is|equals|=|:)?\s*"
    r"(?=[0-9]|[a-z]+\s*\.?\s*$)"
)
_FULL = re.compile(r"\s*[,(]?\s*(?:full|maximal)\s+rank\s*\)?\s*\.?\s*$", re.IGNORECASE)


def _read_rank(problem: Problem, answer: Any) -> Reading:
    """A number, also as "rank two" and "2 (full rank)"."""
    if isinstance(answer, str):
        stripped = _RANK.sub("", answer[:200], count=1)
        answer = (_FULL.sub("", stripped) or answer) if len(answer) <= 200 else answer
    return read_words(problem, answer)


def _rank(problem: Problem) -> sympy.Expr:
    return sympy.Integer(rank(table(problem)))


def judge_number(problem: Problem, truth: sympy.Expr, answer: Value) -> Judgement:
    """One number or formula; decimals as intervals where they are allowed."""
    given = scalar(answer)
    if truth.free_symbols or given.value.free_symbols:
        return equal(given.value, truth, problem.variables, domain_of(problem))
    if agrees(given, number(truth), problem):
        return right()
    return wrong("value_wrong", {"yours": text_of(given.value)})


def _nullity(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    A = table(problem)
    if A.shape[1] - truth != _nonzero_rows(A):
        yield A.shape[1] - truth


def _rows_that_are_not_zero(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    A = table(problem)
    if A.shape[1] - truth != _nonzero_rows(A):
        yield sympy.Integer(_nonzero_rows(A))


def _nonzero_rows(A: Table) -> int:
    return sum(any(not vanishes(e) for e in row) for row in A.rows)


RANK = Kind(
    "rank",
    ("matrix",),
    _rank,
    decided(judge_number),
    sympy.latex,
    slips=(Slip("nullity_instead_of_rank", _nullity), Slip("rows_counted_not_reduced", _rows_that_are_not_zero)),
    read=_read_rank,
)


def _determinant(problem: Problem) -> sympy.Expr:
    return expression(determinant(square(problem)))


def _minus(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    yield -truth


def _permanent(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    A = square(problem).matrix
    if A.rows <= 4:
        yield sympy.expand(A.per())


def _diagonal_product(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    yield sympy.prod(map(expression, square(problem).diagonal()))


def _without_alternating_signs(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    A = square(problem).matrix
    if 2 < A.rows <= 5:
        yield sympy.expand(sum(A[0, j] * A.minor(0, j) for j in range(A.rows)))


def _one_cofactor(factor: int) -> Any:
    """The expansion along a row or column with one of its terms changed."""

    def answers(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
        A = square(problem).matrix
        if 3 <= A.rows <= 4:
            terms = dict.fromkeys(A[i, j] * A.cofactor(i, j) for i in range(A.rows) for j in range(A.cols))
            yield from (truth + (factor - 1) * term for term in terms if term != 0)

    return answers


DETERMINANT = Kind(
    "determinant",
    ("matrix",),
    _determinant,
    decided(judge_number),
    sympy.latex,
    slips=(
        Slip("sign_of_the_determinant", _minus),
        Slip("signs_of_the_cofactors", _without_alternating_signs),
        Slip("products_added_not_subtracted", _permanent),
        Slip("only_the_diagonal", _diagonal_product),
        Slip("cofactor_left_out", _one_cofactor(0)),
        Slip("signs_of_the_cofactors", _one_cofactor(-1)),
    ),
)


# ---- inverses -------------------------------------------------------------------------------------------------


def _inverse(problem: Problem) -> sympy.ImmutableDenseMatrix | None:
    A = square(problem)
    found = inverse(A)
    return None if found is None else found.matrix


def _judge_inverse(problem: Problem, truth: sympy.ImmutableDenseMatrix | None, answer: Value) -> Judgement:
    word = word_of(answer)
    if truth is None:
        if word in ("none", "singular", "no"):
            return right()
        return wrong("matrix_is_singular")
    if word is not None:
        if word in ("none", "singular", "no"):
            return wrong("matrix_has_an_inverse")
        raise InputError("The answer must be a matrix, or none.")
    return compare_entries(grid(answer), Table.of(truth), problem)


def show_matrix(truth: sympy.ImmutableDenseMatrix | None) -> str:
    """The matrix, or that there is none."""
    return r"\text{none}" if truth is None else str(sympy.latex(truth))


def _adjugate(problem: Problem, truth: sympy.ImmutableDenseMatrix | None) -> Iterator[Any]:
    if truth is not None:
        yield truth * _determinant(problem)


def _cofactors(problem: Problem, truth: sympy.ImmutableDenseMatrix | None) -> Iterator[Any]:
    if truth is not None:
        yield truth.T


def _times_determinant(problem: Problem, truth: sympy.ImmutableDenseMatrix | None) -> Iterator[Any]:
    if truth is not None:
        yield truth * _determinant(problem) ** 2


def _sign_of_inverse(problem: Problem, truth: sympy.ImmutableDenseMatrix | None) -> Iterator[Any]:
    if truth is not None:
        yield -truth


def _entries_inverted(problem: Problem, truth: sympy.ImmutableDenseMatrix | None) -> Iterator[Any]:
    A = square(problem)
    if truth is not None and not any(vanishes(entry) for _, _, entry in A.entries()):
        yield A.matrix.applyfunc(lambda entry: 1 / entry)


def _minors_without_signs(problem: Problem, truth: sympy.ImmutableDenseMatrix | None) -> Iterator[Any]:
    if truth is not None:
        yield truth.__class__(truth.rows, truth.cols, lambda i, j: truth[i, j] * (-1) ** (i + j))


def _diagonal_not_exchanged(problem: Problem, truth: sympy.ImmutableDenseMatrix | None) -> Iterator[Any]:
    """Of a 2×2 matrix: only the signs off the diagonal were changed."""
    if truth is not None and truth.rows == 2 and truth[0, 0] != truth[1, 1]:
        yield truth.__class__(2, 2, [truth[1, 1], truth[0, 1], truth[1, 0], truth[0, 0]])


def _products_added_in_the_inverse(problem: Problem, truth: sympy.ImmutableDenseMatrix | None) -> Iterator[Any]:
    """Of a 2×2 matrix: ad + bc in the place of ad − bc."""
    if truth is not None and truth.rows == 2:
        A = square(problem).matrix
        other = A[0, 0] * A[1, 1] + A[0, 1] * A[1, 0]
        if other != 0:
            yield truth * _determinant(problem) / other


INVERSE = Kind(
    "inverse",
    ("matrix",),
    _inverse,
    decided(_judge_inverse),
    show_matrix,
    answer=lambda truth: "none" if truth is None else full(truth),
    slips=(
        Slip("not_divided_by_the_determinant", _adjugate),
        Slip("multiplied_by_the_determinant", _times_determinant),
        Slip("cofactors_not_transposed", _cofactors),
        Slip("signs_of_the_cofactors", _minors_without_signs),
        Slip("sign_of_the_determinant", _sign_of_inverse),
        Slip("entries_inverted_one_by_one", _entries_inverted),
        Slip("diagonal_not_exchanged", _diagonal_not_exchanged),
        Slip("products_added_not_subtracted", _products_added_in_the_inverse),
        Slip("matrix_not_inverted", lambda problem, truth: [square(problem).matrix]),
        Slip("transpose_instead_of_inverse", lambda problem, truth: [square(problem).matrix.T]),
    ),
    read=read_words,
)


def _pseudo_inverse(problem: Problem) -> sympy.ImmutableDenseMatrix:
    return pseudo_inverse(table(problem)).matrix


def pseudo_inverse(A: Table) -> Table:
    """A⁺ by a factorisation A = CF of full rank: Fᵀ(FFᵀ)⁻¹(CᵀC)⁻¹Cᵀ (Ben-Israel and Greville, theorem 1.5)."""
    reduced = echelon(A)
    if not reduced.pivots:
        return Table.of(sympy.zeros(A.shape[1], A.shape[0]))
    C = joined([A.column(j) for j in reduced.pivots])
    F = Table(reduced.table.rows[: reduced.rank])
    right_part, left_part = inverse(F @ F.T), inverse(C.T @ C)
    if right_part is None or left_part is None:
        raise InputError("The pseudo-inverse is derived for real matrices.")
    return F.T @ right_part @ left_part @ C.T


def judge_matrix(problem: Problem, truth: sympy.ImmutableDenseMatrix, answer: Value) -> Judgement:
    """A matrix entry by entry."""
    return compare_entries(grid(answer), Table.of(truth), problem)


def _transposed(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[Any]:
    if truth != truth.T:
        yield truth.T


def _plain_transpose(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[Any]:
    yield table(problem).matrix.T


def _gram_not_inverted(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[Any]:
    A = table(problem)
    yield (A.T @ A @ A.T).matrix


def _gram_determinant(A: Table) -> sympy.Expr:
    gram = (A.T @ A).matrix if A.shape[1] <= A.shape[0] else (A @ A.T).matrix
    return gram.det()


def _gram_adjugate(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[Any]:
    """The adjugate of AᵀA in the place of its inverse."""
    A = table(problem) if problem.kind == "pseudo_inverse" else _spanning(problem)
    if min(A.shape) > 1 and _gram_determinant(A) != 0:
        yield truth * _gram_determinant(A)


PSEUDO_INVERSE = Kind(
    "pseudo_inverse",
    ("matrix",),
    _pseudo_inverse,
    decided(judge_matrix),
    sympy.latex,
    answer=full,
    slips=(
        Slip("transposed", _transposed),
        Slip("transpose_instead_of_inverse", _plain_transpose),
        Slip("gram_matrix_not_inverted", _gram_not_inverted),
        Slip("not_divided_by_the_determinant", _gram_adjugate),
    ),
)


# ---- projections ----------------------------------------------------------------------------------------------


def _spanning(problem: Problem) -> Table:
    if ("vectors" in problem.data) == ("matrix" in problem.data):
        raise InputError(f'An exercise of kind {problem.kind} needs one of the fields "vectors" and "matrix".')
    return joined(vectors(problem)) if "vectors" in problem.data else table(problem)


def _projection(problem: Problem) -> sympy.ImmutableDenseMatrix:
    A = _spanning(problem)
    return (A @ pseudo_inverse(A)).matrix


def _complement(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[Any]:
    yield sympy.eye(truth.rows) - truth


def _gram_left_out(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[Any]:
    A = _spanning(problem)
    yield (A @ A.T).matrix


def _reflection(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[Any]:
    yield 2 * truth - sympy.eye(truth.rows)


def _one_length(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[Any]:
    """vvᵀ divided by the length instead of its square."""
    A = _spanning(problem)
    if A.shape[1] == 1:
        yield truth * sympy.sqrt(expression((A.T @ A).rows[0][0]))


def _by_sum(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[Any]:
    """vvᵀ divided by the sum of the entries."""
    A = _spanning(problem)
    total = sympy.Add(*A.matrix)
    if A.shape[1] == 1 and total != 0:
        yield truth * expression((A.T @ A).rows[0][0]) / total


def _gram_kept(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[Any]:
    """A(AᵀA)Aᵀ."""
    A = _spanning(problem)
    yield (A @ A.T @ A @ A.T).matrix


PROJECTION = Kind(
    "projection_matrix",
    (),
    _projection,
    decided(judge_matrix),
    sympy.latex,
    answer=full,
    may=("matrix", "vectors"),
    slips=(
        Slip("projection_onto_the_complement", _complement),
        Slip("gram_matrix_left_out", _gram_left_out),
        Slip("reflection_instead_of_projection", _reflection),
        Slip("divided_by_the_length_not_squared", _one_length),
        Slip("divided_by_the_sum", _by_sum),
        Slip("not_divided_by_the_determinant", _gram_adjugate),
        Slip("gram_matrix_not_inverted", _gram_kept),
        Slip("pseudo_inverse_instead", lambda problem, truth: [pseudo_inverse(_spanning(problem)).matrix]),
    ),
)


# ---- echelon forms --------------------------------------------------------------------------------------------


def _rref(problem: Problem) -> sympy.ImmutableDenseMatrix:
    A = table(problem)
    if not A.is_constant:
        raise InputError("The reduced echelon form of a matrix with symbols depends on their values: give numbers.")
    return echelon(A).table.matrix


def _judge_rref(problem: Problem, truth: sympy.ImmutableDenseMatrix, answer: Value) -> Judgement:
    given, R = grid(answer), Table.of(truth)
    judged = compare_entries(given, R, problem)
    if judged.verdict is not Verdict.WRONG or given.shape != R.shape or not given.table.is_surd:
        return judged
    if (echelon(given.table).table - R).nonzero() is None:
        return wrong("row_equivalent_not_reduced", dict(judged.where), fraction=Fraction(1, 2))
    return judged


RREF = Kind("rref", ("matrix",), _rref, decided(_judge_rref), sympy.latex, answer=full)


@dataclass(frozen=True)
class RowSpace:
    """The reduced echelon form that the answer must have, and what form it must be in."""

    reduced: Table
    form: str


def _row_space(problem: Problem) -> RowSpace:
    A = table(problem)
    if not A.is_constant:
        raise InputError("Row equivalence of matrices with symbols depends on their values: give numbers.")
    return RowSpace(echelon(A).table, choice(problem, "form", ("any", "echelon", "reduced"), "any"))


def _judge_row_equivalent(problem: Problem, truth: RowSpace, answer: Value) -> Judgement:
    given = grid(answer)
    misfit = require_shape(given, truth.reduced.shape)
    if misfit is not None:
        return misfit
    reduced = echelon(given.table)
    if (reduced.table - truth.reduced).nonzero() is not None:
        return wrong("not_row_equivalent", {"rank": str(reduced.rank)})
    if truth.form != "any":
        place_ = _not_echelon(given.table.rows)
        if place_ is not None:
            return wrong("not_echelon", {"row": str(place_ + 1)}, fraction=Fraction(1, 2))
    if truth.form == "reduced" and (given.table - truth.reduced).nonzero() is not None:
        return wrong("row_equivalent_not_reduced", {}, fraction=Fraction(1, 2))
    return right()


def _not_echelon(rows: Sequence[Sequence[Any]]) -> int | None:
    """The first row whose leading entry does not stand to the right of the one above."""
    last = -1
    for i, row in enumerate(rows):
        lead = next((j for j, entry in enumerate(row) if not vanishes(entry)), len(row) + i)  # rows of zeros last
        if lead <= last:
            return i
        last = lead
    return None


def _show_row_space(truth: RowSpace) -> str:
    return str(sympy.latex(truth.reduced.matrix))


ROW_EQUIVALENT = Kind(
    "row_equivalent",
    ("matrix",),
    _row_space,
    decided(_judge_row_equivalent),
    _show_row_space,
    may=("form",),
    answer=lambda truth: full(truth.reduced.matrix),
)

ROWS = (RANK, DETERMINANT, INVERSE, PSEUDO_INVERSE, PROJECTION, RREF, ROW_EQUIVALENT)
