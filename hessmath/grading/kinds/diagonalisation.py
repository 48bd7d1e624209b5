"""Kinds PDP⁻¹ and QDQᵀ, judged as a whole: any order, scale, sign and basis inside eigenspaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations
from typing import Any

import flint
import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Items, Parts, Value
from hessmath.grading.exact import (
    CannotTell,
    Matrix,
    Table,
    characteristic,
    expression,
    independent,
    number,
    vanishes,
)
from hessmath.grading.grade import Judgement
from hessmath.grading.judging import (
    Condition,
    decided,
    domain_of,
    first_failure,
    require_shape,
    right,
    too_few_digits,
    wrong,
)
from hessmath.grading.kinds.boxes import near_orthonormal_pair, near_subspace, near_unit, projection
from hessmath.grading.kinds.data import joined, square, symmetric
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.matrices import full, read_words, with_parts
from hessmath.grading.kinds.properties import PROPERTIES
from hessmath.grading.kinds.spectra import read_numbers
from hessmath.grading.kinds.spectrum import (
    Eigenspace,
    eigenspaces,
)
from hessmath.grading.shapes import Grid, agrees, column, grid, half_width, has_decimals, parts
from hessmath.grading.shown import text_of
from hessmath.grading.words import word_of
from hessmath.symbolic import spectrum
from hessmath.symbolic.constants import enclosure
from hessmath.symbolic.surds import Surd

_D = ("D", "Λ", "Lambda", "lambda", "L", "S", "d")
_Q = ("Q", "P", "U", "V", "q", "p", "S")


def diagonal_grid(value: Value, what: str) -> Grid:
    """A diagonal matrix, also given as the list of its diagonal."""
    if isinstance(value, Items) and len(value.items) > 1 and not any(isinstance(e, Items) for e in value.items):
        entries = column(value, what)
        zero = grid(Items((Items((value.items[0],)),))).rows[0][0]
        zero = replace(zero, value=sympy.S.Zero, tree=replace(zero.tree, op="num", args=(), value=Fraction(0)))
        n = entries.shape[0]
        return Grid(tuple(tuple(entries.rows[i][0] if i == j else zero for j in range(n)) for i in range(n)))
    return grid(value, what)


# ---- diagonalisation ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Diagonalisation:
    """A matrix, or what a mistake makes of the equation AP = PD.

    ``form`` is ``columns`` for AP = PD, ``rows`` when the eigenvectors were written as rows of P, ``any order`` when
    D is a permutation of the right one.  ``orthogonal`` asks for QᵀQ = I too; ``unit`` False forgets the lengths.
    """

    matrix: Table
    orthogonal: bool
    form: str = "columns"
    unit: bool = True


def _diagonalisation(problem: Problem) -> Diagonalisation:
    return Diagonalisation(square(problem), orthogonal=False)


def _orthogonal_diagonalisation(problem: Problem) -> Diagonalisation:
    return Diagonalisation(symmetric(problem), orthogonal=True)


_EXAMPLE = {False: "P and the diagonal D with A = P D P^(-1)", True: "Q and the diagonal D with A = Q D Q^T"}
_INVERSES = ("P_inverse", "Pinv", "P_inv", "P^-1", "P^(-1)", "P^{-1}", "P⁻¹", "Q^T", "Qt", "QT", "Q_T", "Q^{T}", "Qᵀ")


def _judge_diagonalisation(problem: Problem, truth: Diagonalisation, answer: Value) -> Judgement:
    A = truth.matrix
    if word_of(answer) in ("none", "not diagonalisable", "no"):
        finding = PROPERTIES["diagonalisable_over_c" if domain_of(problem) == "complex" else "diagonalisable"](A)
        if not finding.holds:
            return right()
        return wrong("property_holds", {"property": "diagonalisable", "reason": finding.reason})
    third: Value | None = None
    if isinstance(answer, Items) and len(answer.items) == 3:
        third, answer = answer.items[2], Items(answer.items[:2], answer.bracket)
    if isinstance(answer, Parts):
        third = next((answer.parts[name] for name in _INVERSES if name in answer.parts), None)
        answer = Parts({name: part for name, part in answer.parts.items() if name not in _INVERSES})
    first = "Q" if truth.orthogonal else "P"
    spellings = {first: [s for s in _Q if s != first], "D": _D}
    found = parts(answer, spellings, _EXAMPLE[truth.orthogonal])
    P, D = grid(found[first], first), diagonal_grid(found["D"], "D")
    for given, name in ((P, first), (D, "D")):
        misfit = require_shape(given, A.shape, name)
        if misfit is not None:
            return misfit
    judged = _judge_pair(problem, truth, P.T if truth.form == "rows" else P, D, first)
    if judged.fraction == 1 and third is not None and truth.unit:
        inverse = grid(third, f"The inverse of {first}")
        misfit = require_shape(inverse, A.shape, "The third factor")
        if misfit is not None:
            return replace(misfit, fraction=Fraction(3, 4))
        check = Condition(f"{first} {first}^{{-1}} = I", lambda: P.table @ inverse.table - Table.identity(A.shape[0]))
        if has_decimals(inverse.entries, problem):
            raise CannotTell("an inverse in decimals")
        return first_failure([check], problem, Fraction(3, 4)) or judged
    return judged


def _judge_pair(problem: Problem, truth: Diagonalisation, P: Grid, D: Grid, name: str) -> Judgement:
    if has_decimals((*P.entries, *D.entries), problem):
        return _near_pair(problem, truth, P, D)
    domain = domain_of(problem)
    A, X, L = truth.matrix, P.table, D.table
    n = A.shape[0]
    if truth.form == "any order":
        return _in_another_order(problem, truth, X, L)
    diagonal = Condition("D_{ij} = 0 \\text{ for } i \\ne j", L.off_diagonal)
    product = Condition(f"A {name} = {name} D", lambda: A @ X - X @ L)
    unit = Condition("Q^T Q = I", lambda: X.T @ X - Table.identity(n))
    # With QᵀQ = I the equations AQ = QD and A = QDQᵀ are the same.
    conditions = [diagonal, unit, product] if truth.orthogonal and truth.unit else [diagonal, product]
    failure = first_failure(conditions, problem)
    if failure is None and not (truth.orthogonal and truth.unit):
        if any(all(vanishes(e, domain) for (e,) in X.column(j).rows) for j in range(n)):
            failure = wrong("zero_vector")
        elif not independent(X):
            failure = wrong("columns_dependent", {"matrix": name})
    return right() if failure is None else replace(failure, fraction=_earned(problem, truth, X, L))


def _earned(problem: Problem, truth: Diagonalisation, X: Table, L: Table) -> Fraction:
    """What a wrong answer earns: half for the right eigenvalues on the diagonal, a quarter for independent
    eigenvectors in the columns, and for these a quarter more when they are orthonormal where that is asked for.
    """
    A, n = truth.matrix, truth.matrix.shape[0]
    try:
        diagonal = Table.of(sympy.diag(*map(expression, L.diagonal())))
        pairs = zip(characteristic(diagonal), characteristic(A), strict=True)
        values = all(vanishes(number(a - b), domain_of(problem)) for a, b in pairs)
        vectors = independent(X)
        for j in range(n):
            v, image = X.column(j), A @ X.column(j)
            k = next((k for k, (e,) in enumerate(v.rows) if not vanishes(e, domain_of(problem))), None)
            parallel = k is not None and (image.scaled(v.rows[k][0]) - v.scaled(image.rows[k][0])).nonzero() is None
            vectors = vectors and parallel
        if not truth.orthogonal:
            return Fraction(1, 2) * values + Fraction(1, 4) * vectors
        unit = vectors and (X.T @ X - Table.identity(n)).nonzero(domain_of(problem)) is None
        return min(Fraction(3, 4), Fraction(1, 2) * values + Fraction(1, 4) * vectors + Fraction(1, 4) * unit)
    except CannotTell:
        return Fraction(0)


def _in_another_order(problem: Problem, truth: Diagonalisation, X: Table, L: Table) -> Judgement:
    if L.off_diagonal().nonzero() is not None or not independent(X):
        return wrong("order_differs")
    if truth.orthogonal and (X.T @ X - Table.identity(X.shape[0])).nonzero(domain_of(problem)) is not None:
        return wrong("order_differs")
    entries, n = L.diagonal(), L.shape[0]
    if n > 5:
        return wrong("order_differs")
    image = truth.matrix @ X
    for order in permutations(range(n)):
        shuffled = Table.of(sympy.diag(*(expression(entries[k]) for k in order)))
        if (shuffled - L).nonzero(domain_of(problem)) is not None and (image - X @ shuffled).nonzero(
            domain_of(problem)
        ) is None:
            return right()
    return wrong("order_differs")


def _near_pair(problem: Problem, truth: Diagonalisation, P: Grid, D: Grid) -> Judgement:
    """Decimals: exact eigenvalues and eigenvectors must lie in the intervals, column by column."""
    short = too_few_digits((*P.entries, *D.entries), problem)
    if short is not None:
        return short
    spaces = eigenspaces(truth.matrix)
    n = truth.matrix.shape[0]
    if sum(space.multiplicity for space in spaces) < n:
        raise CannotTell("decimals for complex eigenvalues")
    for i in range(n):
        for j in range(n):
            if i != j and not agrees(D.rows[i][j], Surd({}), problem):
                fields = {"condition": r"D_{ij} = 0 \text{ for } i \ne j", "row": str(i + 1), "column": str(j + 1)}
                return wrong("condition_fails", fields | {"difference": text_of(D.rows[i][j].value)})
    homes: list[list[int]] = [[] for _ in spaces]
    for j in range(n):
        near = [k for k, space in enumerate(spaces) if agrees(D.rows[j][j], space.value, problem)]
        if not near:
            return wrong("not_an_eigenvalue", {"value": text_of(D.rows[j][j].value)})
        box = Grid(tuple((row[j],) for row in P.rows))
        fitting = [k for k in near if near_subspace(box, spaces[k].basis, problem) is not None]
        if not fitting:
            return wrong("no_eigenvector_with_these_digits", {"column": str(j + 1)}, fraction=Fraction(1, 2))
        if len(fitting) > 1:
            raise CannotTell("which eigenvalue is meant by these digits")
        homes[fitting[0]].append(j)
    for space, home in zip(spaces, homes, strict=True):
        if len(home) != space.multiplicity:
            return wrong("wrong_multiplicities", {}, fraction=Fraction(1, 4))
    chosen: list[Table] = []
    for space, home in zip(spaces, homes, strict=True):
        boxes = [Grid(tuple((row[j],) for row in P.rows)) for j in home]
        if truth.orthogonal and truth.unit:
            verdict = _near_orthonormal(problem, space, boxes)
            if verdict is not None:
                return verdict
        else:
            found = [near_subspace(box, space.basis, problem) for box in boxes]
            chosen = [v for v in found if v is not None]
            if not independent(joined(chosen)):
                raise CannotTell("whether independent eigenvectors have these digits")
    return right()


def _near_orthonormal(problem: Problem, space: Eigenspace, boxes: Sequence[Grid]) -> Judgement | None:
    """None when an orthonormal basis of the eigenspace lies in the boxes."""
    if len(boxes) == 1:
        if near_unit(boxes[0], space.basis[0], problem):
            return None
        return wrong("not_normalised", {}, fraction=Fraction(3, 4))
    if len(boxes) == 2:
        if near_orthonormal_pair(boxes, space.basis, problem):
            return None
        return wrong("no_orthonormal_basis_with_these_digits", {}, fraction=Fraction(3, 4))
    projected = [projection(box.table, space.basis) for box in boxes]
    for order in permutations(range(len(boxes))):
        if len(boxes) <= 4 and _orthonormal_in_boxes(problem, projected, boxes, order):
            return None
    raise CannotTell("whether an orthonormal basis of the eigenspace has these digits")


def _orthonormal_in_boxes(problem: Problem, vectors: Sequence[Table], boxes: Sequence[Grid], order: Any) -> bool:
    """Gram and Schmidt in balls from exact vectors of the eigenspace: an enclosure inside the boxes is a proof."""
    with flint.ctx.workprec(256):
        done: list[Any] = []
        for k in order:
            v = flint.arb_mat(vectors[k].shape[0], 1, [enclosure(expression(e), 256) for (e,) in vectors[k].rows])
            for q in done:
                v = v - q * (q.transpose() * v)[0, 0]
            length = (v.transpose() * v)[0, 0].sqrt()
            if not length > 0:
                return False
            v = v * (1 / length)
            for row, q in zip(boxes[k].rows, v.entries(), strict=True):
                entry = flint.arb(flint.fmpq(int(row[0].value.p), int(row[0].value.q)))
                half = half_width(row[0], problem) or Fraction(0)
                if not abs(q - entry) <= flint.arb(flint.fmpq(half.numerator, half.denominator)):
                    return False
            done.append(v)
    return True


def _shown(problem: Problem, truth: Diagonalisation, answer: Value) -> str | None:
    """One wrong value on the diagonal, or one wrong column, when everything else is right."""
    first = "Q" if truth.orthogonal else "P"
    found = parts(answer, {first: [s for s in _Q if s != first], "D": _D}, _EXAMPLE[truth.orthogonal])
    X, L = grid(found[first], first), diagonal_grid(found["D"], "D")
    if X.shape != truth.matrix.shape or L.shape != X.shape or has_decimals((*X.entries, *L.entries), problem):
        return None
    residual = truth.matrix @ X.table - X.table @ L.table
    columns = [j for j in range(X.shape[0]) if residual.column(j).nonzero(domain_of(problem)) is not None]
    if len(columns) != 1 or L.table.off_diagonal().nonzero() is not None:
        return None
    v = X.table.column(columns[0])
    image = truth.matrix @ v
    lead = next((k for k, (e,) in enumerate(v.rows) if not vanishes(e)), None)
    if lead is None:
        return None
    parallel = (image.scaled(v.rows[lead][0]) - v.scaled(image.rows[lead][0])).nonzero() is None
    return "one_entry" if parallel else "one_column"


def _factors(truth: Diagonalisation) -> dict[str, Any] | None:
    """P and D, or Q and D; None for a matrix that is not diagonalisable over the real numbers."""
    A = truth.matrix
    if truth.orthogonal:
        found = spectrum(A.matrix)
        return {"Q": found.Q, "D": found.Lambda}
    spaces = eigenspaces(A)
    pairs = [(space.value, v) for space in spaces for v in space.basis]
    if len(pairs) < A.shape[0]:
        return None
    P = Matrix.hstack(*(v.matrix for _, v in pairs))
    D = sympy.diag(*(expression(value) for value, _ in pairs))
    return {"P": P, "D": D}


def _show_diagonalisation(truth: Diagonalisation) -> str:
    found = _factors(truth)
    if found is None:
        return r"\text{not diagonalisable over the real numbers}"
    return r",\; ".join(f"{name} = {sympy.latex(part)}" for name, part in found.items())


def _diagonalisation_answer(truth: Diagonalisation) -> Any:
    found = _factors(truth)
    if found is None and not PROPERTIES["diagonalisable_over_c"](truth.matrix).holds:
        return "not diagonalisable"
    if found is None:
        raise InputError("The eigenvectors are complex and cannot be written down here.")
    return {name: full(part) for name, part in found.items()}


def _change(**fields: Any) -> Any:
    def answers(problem: Problem, truth: Diagonalisation) -> Iterator[Diagonalisation]:
        yield replace(truth, **fields)

    return answers


def _sign(problem: Problem, truth: Diagonalisation) -> Iterator[Diagonalisation]:
    yield replace(truth, matrix=truth.matrix.scaled(Surd.rational(-1)))


def _inverted(problem: Problem, truth: Diagonalisation) -> Iterator[Diagonalisation]:
    """P⁻¹ in the place of P: PA = DP, which for the transposes is AᵀPᵀ = PᵀD."""
    yield replace(truth, matrix=truth.matrix.T, form="rows")


DIAGONALISATION = Kind(
    "diagonalisation",
    ("matrix",),
    _diagonalisation,
    decided(_judge_diagonalisation),
    _show_diagonalisation,
    answer=_diagonalisation_answer,
    slips=(
        Slip("order_of_the_eigenvalues", _change(form="any order")),
        Slip("eigenvectors_as_rows", _change(form="rows")),
        Slip("inverse_instead_of_matrix", _inverted),
        Slip("sign_of_the_eigenvalues", _sign),
    ),
    read=with_parts(read_numbers),
    shown=_shown,
)

ORTHOGONAL = Kind(
    "orthogonal_diagonalisation",
    ("matrix",),
    _orthogonal_diagonalisation,
    decided(_judge_diagonalisation),
    _show_diagonalisation,
    answer=_diagonalisation_answer,
    slips=(
        Slip("columns_not_normalised", _change(unit=False)),
        Slip("order_of_the_eigenvalues", _change(form="any order")),
        Slip("transposed", _change(form="rows")),
        Slip("sign_of_the_eigenvalues", _sign),
    ),
    read=with_parts(read_words),
    shown=_shown,
)

ROWS = (DIAGONALISATION, ORTHOGONAL)
