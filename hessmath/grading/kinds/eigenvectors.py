"""Kinds about eigenvectors: right up to scale, order and the choice of bases of eigenspaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Items, Manner, Parts, Reading, Scalar, Value
from hessmath.grading.answers import read as read_text
from hessmath.grading.exact import (
    CannotTell,
    Number,
    Table,
    characteristic,
    expression,
    independent,
    kernel,
    minus,
    number,
    plus,
    times,
    vanishes,
)
from hessmath.grading.families import read_family, spanning
from hessmath.grading.grade import Judgement, Verdict
from hessmath.grading.judging import choice, decided, domain_of, flag, place, right, too_few_digits, wrong
from hessmath.grading.kinds.boxes import is_nearly_zero, near_orthonormal_pair, near_subspace, near_unit
from hessmath.grading.kinds.data import joined, square
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.plain import plain
from hessmath.grading.kinds.spectra import read_numbers
from hessmath.grading.kinds.spectrum import (
    algebraic_roots,
    dot,
    eigenspaces,
    evaluate,
    orthogonalised,
)
from hessmath.grading.problems import expression as field_expression
from hessmath.grading.prose import by_eigenvalue, without_span
from hessmath.grading.shapes import Grid, agrees, column, columns, has_decimals, scalar
from hessmath.grading.shown import text_of
from hessmath.symbolic.surds import Surd


def _read_vectors(problem: Problem, answer: Any) -> Reading:
    """Vectors, also as the span of them."""
    if isinstance(answer, str):
        answer = spanning(without_span(answer), problem.symbols)
    return read_family(problem, answer, read_numbers)


def _read_pairs(problem: Problem, answer: Any) -> Reading:
    """Pairs, also in a text with colons or labels."""
    if isinstance(answer, str):
        pairs = by_eigenvalue(answer)
        answer = pairs if isinstance(pairs, str) else [[value, _spanned(problem, v)] for value, v in pairs]
    return read_numbers(problem, answer)


def _spanned(problem: Problem, vectors: Any) -> Any:
    return spanning(vectors, problem.symbols) if isinstance(vectors, str) else vectors


# ---- one vector  ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Eigenvector:
    """A matrix, the eigenvalue that was asked for (or None), and whether the vector must have length 1."""

    matrix: Table
    value: Number | None
    unit: bool


def _eigenvector(problem: Problem) -> Eigenvector:
    A = square(problem)
    value = number(field_expression(problem, "eigenvalue")) if "eigenvalue" in problem.data else None
    if value is not None:
        require_eigenvalue(A, value, problem)
    return Eigenvector(A, value, flag(problem, "normalised", False))


def require_eigenvalue(A: Table, value: Number, problem: Problem) -> None:
    """Raise unless the number is an eigenvalue.

    Raises
    ------
    InputError
        With the number, if it is none.
    """
    at = evaluate([number(c) for c in characteristic(A)], value)
    if not vanishes(at, domain_of(problem)):
        raise InputError(f'The field "eigenvalue" is {expression(value)}, which is no eigenvalue of the matrix.')


def _judge_eigenvector(problem: Problem, truth: Eigenvector, answer: Value) -> Judgement:
    v = column(answer)
    n = truth.matrix.shape[0]
    if v.shape[0] != n:
        return wrong("wrong_shape", {"what": "The vector", "needed": str(n), "given": str(v.shape[0])})
    return judge_eigenvector(problem, truth, v)


def judge_eigenvector(problem: Problem, truth: Eigenvector, v: Grid) -> Judgement:
    """One vector against a matrix: (A − λI)v = 0 with v ≠ 0; without a λ, Av is parallel to v."""
    if has_decimals(v.entries, problem):
        return _near_eigenvector(problem, truth, v)
    x, domain = v.table, domain_of(problem)
    lead = next((k for k, (entry,) in enumerate(x.rows) if not vanishes(entry, domain)), None)
    if lead is None:
        return wrong("zero_vector")
    image = truth.matrix @ x
    if truth.value is not None:
        entry = (image - x.scaled(truth.value)).nonzero(domain)
        condition = r"Av = \lambda v"
    else:
        entry = (image.scaled(x.rows[lead][0]) - x.scaled(image.rows[lead][0])).nonzero(domain)
        condition = r"Av \parallel v"
    if entry is not None:
        return wrong("condition_fails", place(entry, condition))
    if truth.unit:
        length = (x.H @ x).rows[0][0]
        if not vanishes(plus(length, Surd.rational(-1)), domain):
            squared = text_of(expression(length))
            return wrong("not_normalised", {"squared_length": squared}, fraction=Fraction(1, 2))
    return right()


def _near_eigenvector(problem: Problem, truth: Eigenvector, v: Grid) -> Judgement:
    short = too_few_digits(v.entries, problem)
    if short is not None:
        return short
    if is_nearly_zero(v, problem):
        return wrong("zero_vector")
    spaces: list[tuple[Table, ...]]
    if truth.value is not None:
        one = Table.identity(truth.matrix.shape[0])
        spaces = [kernel(truth.matrix - one.scaled(truth.value))]
    else:
        spaces = [space.basis for space in eigenspaces(truth.matrix)]
    near = [basis for basis in spaces if near_subspace(v, basis, problem) is not None]
    if not near:
        return wrong("no_eigenvector_with_these_digits")
    if not truth.unit:
        return right()
    if any(len(basis) == 1 and near_unit(v, basis[0], problem) for basis in near):
        return right()
    if any(len(basis) > 1 for basis in near):
        raise CannotTell("whether an eigenvector of length 1 has these digits")
    return wrong("not_normalised", {}, fraction=Fraction(1, 2))


def _eigenvector_of(truth: Eigenvector) -> sympy.Matrix:
    if truth.value is not None:
        basis = kernel(truth.matrix - Table.identity(truth.matrix.shape[0]).scaled(truth.value))
    else:
        basis = next((space.basis for space in eigenspaces(truth.matrix)), ())
    if not basis:
        raise InputError("There is no real eigenvector to show.")
    v = basis[0].matrix
    return v / sympy.sqrt((v.T * v)[0, 0]) if truth.unit else v


def _show_eigenvector(truth: Eigenvector) -> str:
    return str(sympy.latex(_eigenvector_of(truth)))


def _other_eigenvalue(problem: Problem, truth: Any) -> Iterator[Any]:
    if truth.value is not None and truth.matrix.is_rational:
        for value, _ in algebraic_roots(characteristic(truth.matrix)).rational:
            if not vanishes(plus(number(value), minus(truth.value))):
                yield replace(truth, value=number(value))


def _transposed(problem: Problem, truth: Any) -> Iterator[Any]:
    yield replace(truth, matrix=truth.matrix.T)


def _minus_eigenvalue(problem: Problem, truth: Any) -> Iterator[Any]:
    if truth.value is not None:
        n = truth.matrix.shape[0]
        # (A + λI)v = 0 written with another matrix, because −λ need not be an eigenvalue
        shifted = truth.matrix + Table.identity(n).scaled(times(truth.value, Surd.rational(2)))
        yield replace(truth, matrix=shifted)


def _not_normalised(problem: Problem, truth: Any) -> Iterator[Any]:
    if truth.unit:
        yield replace(truth, unit=False)


_VECTOR_SLIPS = (
    Slip("not_normalised", _not_normalised),
    Slip("eigenvector_of_another_eigenvalue", _other_eigenvalue),
    Slip("transposed_matrix", _transposed),
    Slip("sign_of_the_eigenvalue", _minus_eigenvalue),
)

EIGENVECTOR = Kind(
    "eigenvector",
    ("matrix",),
    _eigenvector,
    decided(_judge_eigenvector),
    _show_eigenvector,
    may=("eigenvalue", "normalised"),
    answer=lambda truth: plain(_eigenvector_of(truth)),
    slips=_VECTOR_SLIPS,
    read=_read_vectors,
)


# ---- bases of eigenspaces -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Space:
    """A matrix, an eigenvalue, and whether the basis must be orthonormal (``unit``)."""

    matrix: Table
    value: Number
    unit: bool

    @property
    def shifted(self) -> Table:
        """A − λI."""
        return self.matrix - Table.identity(self.matrix.shape[0]).scaled(self.value)

    @property
    def basis(self) -> tuple[Table, ...]:
        """A basis of the eigenspace."""
        return kernel(self.shifted)


def _space(problem: Problem) -> Space:
    A = square(problem)
    value = number(field_expression(problem, "eigenvalue"))
    require_eigenvalue(A, value, problem)
    return Space(A, value, flag(problem, "orthonormal", False))


def _judge_space(problem: Problem, truth: Space, answer: Value) -> Judgement:
    n = truth.matrix.shape[0]
    given = columns(answer, n)
    dimension = len(truth.basis)
    if not given:
        return wrong("empty_basis")
    single = Eigenvector(truth.matrix, truth.value, False)
    judged = [judge_eigenvector(problem, single, v) for v in given]
    for k, found in enumerate(judged, start=1):
        if found.verdict is Verdict.WRONG:
            good = sum(j.verdict is Verdict.RIGHT for j in judged)
            share = Fraction(min(good, dimension), 2 * dimension)
            return replace(found, fraction=share, where={"vector": str(k), **found.where})
    chosen = [_exact_vector(problem, truth.basis, v) for v in given]
    if not independent(joined(chosen)):
        return wrong("vectors_dependent", {}, fraction=Fraction(1, 2 * dimension) if dimension > 1 else 0)
    if len(given) != dimension:
        fields = {"given": str(len(given)), "needed": str(dimension)}
        return wrong("wrong_number_of_vectors", fields, fraction=Fraction(len(given), dimension + 1))
    if truth.unit:
        if any(has_decimals(v.entries, problem) for v in given):
            if dimension == 1 and near_unit(given[0], truth.basis[0], problem):
                return right()
            if dimension == 1 or (dimension == 2 and not near_orthonormal_pair(given, truth.basis, problem)):
                return wrong("no_orthonormal_basis_with_these_digits", {}, fraction=Fraction(1, 2))
            if dimension == 2:
                return right()
            raise CannotTell("whether an orthonormal basis has these digits")
        V = joined([v.table for v in given])
        entry = (V.H @ V - Table.identity(dimension)).nonzero(domain_of(problem))
        if entry is not None:
            return wrong("condition_fails", place(entry, "V^T V = I"), fraction=Fraction(1, 2))
    return right()


def _exact_vector(problem: Problem, basis: Sequence[Table], v: Grid) -> Table:
    if not has_decimals(v.entries, problem):
        return v.table
    found = near_subspace(v, basis, problem)
    if found is None:
        raise CannotTell("which vector is meant by these digits")
    return found


def _basis_of(truth: Space) -> tuple[Table, ...]:
    if not truth.unit:
        return truth.basis
    return tuple(v.scaled(number(1 / sympy.sqrt(expression(dot(v, v))))) for v in orthogonalised(truth.basis))


def _show_space(truth: Space) -> str:
    return r",\; ".join(sympy.latex(v.matrix) for v in _basis_of(truth))


def _not_orthonormal(problem: Problem, truth: Space) -> Iterator[Space]:
    if truth.unit:
        yield replace(truth, unit=False)


EIGENSPACE_BASIS = Kind(
    "eigenspace_basis",
    ("matrix", "eigenvalue"),
    _space,
    decided(_judge_space),
    _show_space,
    may=("orthonormal",),
    answer=lambda truth: plain(_basis_of(truth)) or "none",
    slips=(Slip("not_orthonormal", _not_orthonormal), *_VECTOR_SLIPS[1:]),
    read=_read_vectors,
)


# ---- eigenpairs -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pairs:
    """A matrix whose eigenvalues are wanted with independent eigenvectors, of length 1 if ``unit``."""

    matrix: Table
    unit: bool
    each: str
    """``all``: a basis of every eigenspace; ``one``: one eigenvector for every eigenvalue."""


def _pairs(problem: Problem) -> Pairs:
    A = square(problem)
    return Pairs(A, flag(problem, "normalised", False), choice(problem, "vectors_each", ("all", "one"), "all"))


def _pairs_given(problem: Problem, answer: Value, n: int) -> list[tuple[Scalar, Grid]]:
    """(λ, v) from [[λ, v], …], [[λ, [v, w]], …], [[λ, multiplicity, [v, …]], …] or {"λ": v or [v, …]}."""
    if isinstance(answer, Parts):
        manner = Manner(imaginary=True)
        items: list[list[Value]] = [[read_text(k, problem.symbols, manner).value, v] for k, v in answer.parts.items()]
    elif isinstance(answer, Items):
        items = [list(item.items) for item in answer.items if isinstance(item, Items)]
        if len(items) != len(answer.items) or not all(2 <= len(item) <= 3 for item in items):
            raise InputError("The answer must be a list of pairs [eigenvalue, eigenvector].")
    else:
        raise InputError("The answer must be a list of pairs [eigenvalue, eigenvector].")
    return [(scalar(item[0]), v) for item in items for v in columns(item[-1], n)]


def _judge_pairs(problem: Problem, truth: Pairs, answer: Value) -> Judgement:
    A, n = truth.matrix, truth.matrix.shape[0]
    spaces = _spaces_of(truth)
    needed = sum(len(space) if truth.each == "all" else 1 for _, space in spaces)
    given = _pairs_given(problem, answer, n)
    if not given:
        return wrong("empty_basis")
    groups: list[list[Table]] = [[] for _ in spaces]
    first_bad: Judgement | None = None
    bad = 0
    for k, (value, v) in enumerate(given, start=1):
        home = next((j for j, (exact, _) in enumerate(spaces) if agrees(value, exact, problem)), None)
        if home is None:
            judged = wrong("not_an_eigenvalue", {"value": text_of(value.value)})
        else:
            judged = judge_eigenvector(problem, Eigenvector(A, spaces[home][0], truth.unit), v)
        if judged.verdict is Verdict.UNDECIDED:
            return judged
        if judged.verdict is Verdict.WRONG or home is None:
            bad += 1
            first_bad = first_bad or replace(judged, where={"pair": str(k), **judged.where})
        else:
            groups[home].append(_exact_vector(problem, spaces[home][1], v))
    good, dependent = 0, False
    for group, (_, basis) in zip(groups, spaces, strict=True):
        kept: list[Table] = []
        for x in group:
            if independent(joined([*kept, x])):
                kept.append(x)
            else:
                dependent = True
        good += min(len(kept), len(basis) if truth.each == "all" else 1)
    share = Fraction(max(0, good - bad), needed)
    if first_bad is not None:
        return replace(first_bad, fraction=min(share, Fraction(needed - 1, needed)))
    if good < needed:
        key = "vectors_dependent" if dependent else "eigenpairs_missing"
        return wrong(key, {"count": str(needed - good)}, fraction=share)
    return right()


def _spaces_of(truth: Pairs) -> list[tuple[Number, tuple[Table, ...]]]:
    A = truth.matrix
    if A.is_rational:
        roots = algebraic_roots(characteristic(A))
        if roots.real == roots.total:
            return [(space.value, space.basis) for space in eigenspaces(A)]
        one = Table.identity(A.shape[0])
        values = [number(v) for f, _ in roots.factors for v in _quadratic(f)]
        return [(value, kernel(A - one.scaled(value))) for value in values]
    raise CannotTell("the eigenspaces of a matrix with irrational entries")


def _quadratic(factor: Sequence[int]) -> list[sympy.Expr]:
    """All complex roots of a factor of degree 1 or 2."""
    if len(factor) == 2:
        return [sympy.Rational(-factor[0], factor[1])]
    if len(factor) == 3:
        c, b, a = map(sympy.Integer, factor)
        root = sympy.sqrt(b**2 - 4 * a * c)
        return [(-b + root) / (2 * a), (-b - root) / (2 * a)]
    raise CannotTell("complex eigenvalues of degree above 2")


def _pairs_answer(truth: Pairs) -> Any:
    found = []
    for value, basis in _spaces_of(truth):
        for v in basis[: None if truth.each == "all" else 1]:
            unit = v.scaled(number(1 / sympy.sqrt(expression(dot(v, v))))) if truth.unit else v
            found.append([plain(expression(value)), plain(unit)])
    return found


def _negated(problem: Problem, truth: Pairs) -> Iterator[Pairs]:
    yield replace(truth, matrix=truth.matrix.scaled(Surd.rational(-1)))


def _show_pairs(truth: Pairs) -> str:
    shown = []
    for value, basis in _spaces_of(truth):
        for v in basis[: None if truth.each == "all" else 1]:
            shown.append(rf"\left({sympy.latex(expression(value))},\; {sympy.latex(v.matrix)}\right)")
    return r",\; ".join(shown)


EIGENPAIRS = Kind(
    "eigenpairs",
    ("matrix",),
    _pairs,
    decided(_judge_pairs),
    _show_pairs,
    may=("normalised", "vectors_each"),
    answer=_pairs_answer,
    slips=(
        Slip("not_normalised", _not_normalised),
        Slip("transposed_matrix", _transposed),
        Slip("sign_of_the_eigenvalues", _negated),
    ),
    read=_read_pairs,
)

ROWS = (EIGENVECTOR, EIGENSPACE_BASIS, EIGENPAIRS)
