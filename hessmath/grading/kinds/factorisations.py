"""Kinds whose answer is a factorisation, judged as a whole: PDP⁻¹, QDQᵀ, USVᵀ, QR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise, permutations
from typing import Any

import flint
import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Items, Parts, Value
from hessmath.grading.exact import (
    CannotTell,
    Matrix,
    Number,
    Table,
    characteristic,
    expression,
    independent,
    number,
    sign_of,
    vanishes,
)
from hessmath.grading.grade import Judgement
from hessmath.grading.judging import (
    Condition,
    choice,
    decided,
    domain_of,
    first_failure,
    require_shape,
    right,
    too_few_digits,
    wrong,
)
from hessmath.grading.kinds.boxes import near_orthonormal_pair, near_subspace, near_unit, projection
from hessmath.grading.kinds.data import joined, square, symmetric, table
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.matrices import full, read_words
from hessmath.grading.kinds.properties import PROPERTIES
from hessmath.grading.kinds.spectra import read_numbers
from hessmath.grading.kinds.spectrum import (
    Eigenspace,
    eigenspaces,
)
from hessmath.grading.shapes import Grid, agrees, column, grid, half_width, has_decimals, parts
from hessmath.grading.words import word_of
from hessmath.symbolic import spectrum
from hessmath.symbolic.constants import enclosure
from hessmath.symbolic.surds import Surd

_D = ("D", "Λ", "Lambda", "lambda", "L", "S", "d")
_Q = ("Q", "P", "U", "V", "q", "p", "S")


def _diagonal_grid(value: Value, what: str) -> Grid:
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
    P, D = grid(found[first], first), _diagonal_grid(found["D"], "D")
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
                return wrong("condition_fails", fields | {"difference": str(D.rows[i][j].value)})
    homes: list[list[int]] = [[] for _ in spaces]
    for j in range(n):
        near = [k for k, space in enumerate(spaces) if agrees(D.rows[j][j], space.value, problem)]
        if not near:
            return wrong("not_an_eigenvalue", {"value": str(D.rows[j][j].value)})
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
    read=read_numbers,
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
    read=read_words,
)


# ---- singular values ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Svd:
    """A matrix with its singular value decomposition; ``form`` says what a mistake makes of A = USVᵀ."""

    matrix: Table
    form: str = "U S V^T"


def _svd(problem: Problem) -> Svd:
    return Svd(table(problem))


def _judge_svd(problem: Problem, truth: Svd, answer: Value) -> Judgement:
    A = truth.matrix
    m, n = A.shape
    transposed = isinstance(answer, Parts) and any(name in answer.parts for name in ("VT", "Vt", "V^T", "Vh", "Vᵀ"))
    found = parts(
        answer,
        {
            "U": ("u",),
            "S": ("Sigma", "Σ", "D", "s", "sigma"),
            "V": ("v", "VT", "Vt", "V^T", "Vh", "Vᵀ"),
        },
        "U, S, V with A = U S V^T",
    )
    U, V = grid(found["U"], "U"), grid(found["V"], "V")
    V = V.T if transposed else V
    S = _diagonal_grid(found["S"], "S")
    if has_decimals((*U.entries, *S.entries, *V.entries), problem):
        return _near_svd(problem, A, U, S, V)
    if truth.form == "U S V":
        V = V.T
    if U.shape[0] != m or V.shape[0] != n or S.shape != (U.shape[1], V.shape[1]) or min(S.shape) > min(m, n):
        return wrong("wrong_shape", {"what": "U S V^T", "needed": f"{m} × {n}", "given": _sizes(U, S, V)})
    values = S.table.diagonal()
    off = S.table.off_diagonal()
    I_u, I_v = Table.identity(U.shape[1]), Table.identity(V.shape[1])
    conditions = [
        Condition(r"S_{ij} = 0 \text{ for } i \ne j", lambda: off),
        Condition("U^T U = I", lambda: U.table.T @ U.table - I_u),
        Condition("V^T V = I", lambda: V.table.T @ V.table - I_v),
        Condition("A = U S V^T", lambda: A - U.table @ S.table @ V.table.T),
    ]
    if truth.form == "lengths":
        conditions = [conditions[0], Condition("A V = U S", lambda: A @ V.table - U.table @ S.table)]
    failure = first_failure(conditions, problem)
    if failure is not None:
        return replace(failure, fraction=_earned_svd(A, values))
    negative = next((value for value in values if sign_of(value) < 0), None)
    if negative is not None:
        return wrong("negative_singular_value", {"value": str(expression(negative))}, fraction=Fraction(1, 2))
    if choice(problem, "order", ("any", "descending"), "any") == "descending":
        for a, b in pairwise(values):
            if sign_of(number(expression(a) - expression(b))) < 0:
                return wrong("not_descending", {}, fraction=Fraction(3, 4))
    return right()


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
            return wrong("value_wrong", {"yours": str(S.rows[j][j].value)})
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


SVD = Kind(
    "svd",
    ("matrix",),
    _svd,
    decided(_judge_svd),
    _show_svd,
    may=("order",),
    answer=lambda truth: {n: full(M) for n, M in zip("USV", decomposed(truth.matrix), strict=True)},
    slips=(Slip("transpose_of_v_given", _svd_form("U S V")), Slip("columns_not_normalised", _svd_form("lengths"))),
    read=read_words,
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


QR = Kind(
    "qr",
    ("matrix",),
    _qr,
    decided(_judge_qr),
    _show_qr,
    may=("signs",),
    answer=lambda truth: {n: full(M) for n, M in zip("QR", truth.matrix.matrix.QRdecomposition(), strict=True)},
    slips=(Slip("columns_not_normalised", _lengths_forgotten),),
    read=read_words,
)

ROWS = (DIAGONALISATION, ORTHOGONAL, SVD, QR)
