"""Kinds about subspaces: bases up to their span, independence, Gram and Schmidt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Parts, Reading, Value
from hessmath.grading.exact import (
    CannotTell,
    Table,
    echelon,
    expression,
    independent,
    kernel,
    number,
    reciprocal,
    times,
    vanishes,
)
from hessmath.grading.families import read_family, spanning
from hessmath.grading.grade import Judgement
from hessmath.grading.judging import choice, decided, domain_of, flag, place, right, too_few_digits, wrong
from hessmath.grading.kinds.boxes import near_orthonormal_pair, near_subspace, near_unit
from hessmath.grading.kinds.data import joined, table, vectors
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.matrices import read_words
from hessmath.grading.kinds.plain import plain
from hessmath.grading.kinds.spectrum import dot, orthogonalised
from hessmath.grading.shapes import Grid, agrees, column, columns, has_decimals
from hessmath.grading.shown import text_of
from hessmath.grading.words import word_of
from hessmath.symbolic.surds import Surd


@dataclass(frozen=True)
class Subspace:
    """A subspace of ℝⁿ by a basis, and what is wanted of the answer's vectors: "span", "basis" or "orthonormal"."""

    length: int
    basis: tuple[Table, ...]
    wanted: str

    @cached_property
    def annihilator(self) -> tuple[Table, ...]:
        """Vectors c with cᵀv = 0 exactly for the v of the subspace."""
        if not self.basis:
            return tuple(Table.identity(self.length).column(k) for k in range(self.length))
        return kernel(joined(self.basis).T)


_SPACES = ("column", "row", "null", "left null")


def _basis_of(problem: Problem) -> tuple[int, tuple[Table, ...]]:
    """The subspace that ``vectors`` span, or the ``space`` of ``matrix``."""
    if ("vectors" in problem.data) == ("matrix" in problem.data):
        raise InputError(f'An exercise of kind {problem.kind} needs one of the fields "vectors" and "matrix".')
    if "vectors" in problem.data:
        A, space = joined(vectors(problem)), "column"
    else:
        A, space = table(problem), choice(problem, "space", _SPACES, "column")
    if not A.is_constant:
        raise InputError("A subspace with symbols depends on their values: give numbers.")
    if space in ("row", "left null"):
        A, space = A.T, {"row": "column", "left null": "null"}[space]
    if space == "null":
        return A.shape[1], kernel(A)
    return A.shape[0], tuple(A.column(j) for j in echelon(A).pivots)


def _subspace(wanted: str) -> Any:
    def truth(problem: Problem) -> Subspace:
        return Subspace(*_basis_of(problem), wanted)

    return truth


def _judge_subspace(problem: Problem, truth: Subspace, answer: Value) -> Judgement:
    given = columns(answer, truth.length)
    dimension = len(truth.basis)
    nonzero = [v for v in given if has_decimals(v.entries, problem) or v.table.nonzero() is not None]
    if not dimension:
        return right() if not nonzero and (not given or truth.wanted == "span") else wrong("only_the_zero_vector")
    if not given:
        return wrong("empty_basis")
    short = too_few_digits([e for v in given for e in v.entries if has_decimals([e], problem)], problem)
    if short is not None:
        return short
    chosen: list[Table] = []
    outside: list[int] = []
    for k, v in enumerate(given, start=1):
        exact = _inside(problem, truth, v)
        if exact is None:
            outside.append(k)
        else:
            chosen.append(exact)
    if outside:
        k, witness = outside[0], _witness(problem, truth, given[outside[0] - 1])
        share = Fraction(min(len(chosen), dimension), 2 * max(dimension, len(given)))
        return wrong("vector_not_in_space", {"vector": str(k), "witness": witness}, fraction=share)
    if truth.wanted == "span":
        spanned = echelon(joined(chosen)).rank
        if spanned < dimension:
            return wrong("span_too_small", {"given": str(spanned), "needed": str(dimension)})
        return right()
    zero = next((k for k, v in enumerate(chosen, start=1) if v.nonzero() is None), None)
    if zero is not None:
        return wrong("zero_vector", {"vector": str(zero)})
    if not independent(joined(chosen)):
        return wrong("vectors_dependent", {}, fraction=Fraction(1, 4))
    if len(given) != dimension:
        fields = {"given": str(len(given)), "needed": str(dimension)}
        return wrong("wrong_number_of_vectors", fields, fraction=Fraction(len(given), 2 * dimension))
    if truth.wanted == "orthonormal":
        if any(has_decimals(v.entries, problem) for v in given):
            if dimension == 2:
                if near_orthonormal_pair(given, truth.basis, problem):
                    return right()
                return wrong("no_orthonormal_basis_with_these_digits", {}, fraction=Fraction(1, 2))
            if dimension == 1:
                if near_unit(given[0], truth.basis[0], problem):
                    return right()
                return wrong("not_normalised", {}, fraction=Fraction(1, 2))
            raise CannotTell("whether an orthonormal basis has these digits")
        V = joined(chosen)
        entry = (V.T @ V - Table.identity(dimension)).nonzero()
        if entry is not None:
            return wrong("condition_fails", place(entry, "V^T V = I"), fraction=Fraction(1, 2))
    return right()


def _inside(problem: Problem, truth: Subspace, v: Grid) -> Table | None:
    """A vector of the subspace that the answer's vector stands for; None if there is none."""
    if has_decimals(v.entries, problem):
        return near_subspace(v, truth.basis, problem)
    return v.table if _broken(problem, truth, v) is None else None


def _broken(problem: Problem, truth: Subspace, v: Grid) -> tuple[Table, Any] | None:
    """A vector orthogonal to the subspace but not to this one, and its product with it."""
    for c in truth.annihilator:
        value = dot(c, v.table)
        if not vanishes(value, domain_of(problem)):
            return c, value
    return None


def _witness(problem: Problem, truth: Subspace, v: Grid) -> str:
    """Why a vector is not in the subspace."""
    broken = None if has_decimals(v.entries, problem) else _broken(problem, truth, v)
    if broken is None:
        return "no vector of the subspace has these digits"
    normal = ", ".join(text_of(expression(e)) for (e,) in broken[0].rows)
    return f"({normal}) is orthogonal to the subspace, but its product with it is {text_of(expression(broken[1]))}"


def _shown_basis(truth: Subspace) -> tuple[Table, ...]:
    return tuple(_unit(u) for u in orthogonalised(truth.basis)) if truth.wanted == "orthonormal" else truth.basis


def _subspace_answer(truth: Subspace) -> Any:
    return plain(_shown_basis(truth)) if truth.basis else "none"


def _show_subspace(truth: Subspace) -> str:
    basis = _shown_basis(truth)
    return r",\; ".join(sympy.latex(v.matrix) for v in basis) if basis else r"\text{none}"


def _unit(u: Table) -> Table:
    return u.scaled(number(1 / sympy.sqrt(expression(dot(u, u)))))


def _complement(problem: Problem, truth: Subspace) -> Iterator[Subspace]:
    found = truth.annihilator
    if found:
        yield replace(truth, basis=found)


def _other_space(problem: Problem, truth: Subspace) -> Iterator[Subspace]:
    """The row space in the place of the column space, and so on, of a matrix."""
    if "matrix" in problem.data:
        A = table(problem)
        space = choice(problem, "space", _SPACES, "column")
        transposed = {"column": "row", "row": "column", "null": "left null", "left null": "null"}[space]
        swapped = replace(problem, data={**problem.data, "space": transposed})
        length, basis = _basis_of(swapped)
        if length == truth.length or A.shape[0] == A.shape[1]:
            yield replace(truth, length=length, basis=basis)


def _pivot_columns_of_the_echelon_form(problem: Problem, truth: Subspace) -> Iterator[Subspace]:
    """The pivot columns of the reduced matrix instead of those of the matrix."""
    if problem.data.get("space", "column") == "column" and "matrix" in problem.data:
        reduced = echelon(table(problem))
        yield replace(truth, basis=tuple(reduced.table.column(j) for j in reduced.pivots))


def _orthonormal_forgotten(problem: Problem, truth: Subspace) -> Iterator[Subspace]:
    yield replace(truth, wanted="basis")


def _null_space(problem: Problem, truth: Subspace) -> Iterator[Subspace]:
    """The null space where the column space is wanted."""
    if "matrix" in problem.data and choice(problem, "space", _SPACES, "column") == "column":
        length, basis = _basis_of(replace(problem, data={**problem.data, "space": "null"}))
        if length == truth.length and basis:
            yield replace(truth, basis=basis)


_SPAN = re.compile(r"\s*(\\operatorname\{span\}|\\mathrm\{span\}|\\text\{span\}|\\?span|Span|lin)\s*(?=[\\({\[<])")


def read_vectors(problem: Problem, answer: Any) -> Reading:
    """Vectors, also as the span{…} of them."""
    if isinstance(answer, str):
        answer = _SPAN.sub("", answer, count=1) if _SPAN.match(answer) else answer
        answer = spanning(answer, problem.symbols)
    return read_family(problem, answer, read_words)


_FIELDS = ("vectors", "matrix", "space")
_SLIPS = (
    Slip("orthogonal_complement", _complement),
    Slip("space_of_the_transpose", _other_space),
    Slip("columns_of_the_reduced_matrix", _pivot_columns_of_the_echelon_form),
    Slip("null_space_instead", _null_space),
)

BASIS, SAME_SUBSPACE = (
    Kind(
        name,
        (),
        _subspace(wanted),
        decided(_judge_subspace),
        _show_subspace,
        _FIELDS,
        _SLIPS,
        answer=_subspace_answer,
        read=read_vectors,
    )
    for name, wanted in (("basis", "basis"), ("same_subspace", "span"))
)
ORTHONORMAL = Kind(
    "orthonormal_basis",
    (),
    _subspace("orthonormal"),
    decided(_judge_subspace),
    _show_subspace,
    _FIELDS,
    (Slip("not_orthonormal", _orthonormal_forgotten), *_SLIPS),
    answer=_subspace_answer,
    read=read_vectors,
)


# ---- independence ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Independence:
    """Vectors, and whether they are independent."""

    vectors: tuple[Table, ...]
    holds: bool


def _independence(problem: Problem) -> Independence:
    given = vectors(problem)
    if not joined(given).is_constant:
        raise InputError("Independence of vectors with symbols depends on their values: give numbers.")
    return Independence(given, independent(joined(given)))


def _judge_independence(problem: Problem, truth: Independence, answer: Value) -> Judgement:
    relation: Value | None = None
    if isinstance(answer, Parts):
        relation = answer.parts.get("relation")
        answer = answer.parts.get("answer", answer)
    word = word_of(answer)
    said = {"yes": True, "independent": True, "no": False, "dependent": False}.get(word or "")
    if said is None:
        raise InputError("The answer must be independent or dependent.")
    if said != truth.holds:
        if truth.holds:
            return wrong("vectors_independent")
        return wrong("vectors_dependent", {}, where={"relation": _relation(truth)})
    if relation is None or truth.holds:
        return right()
    c = column(relation, "The relation").table
    if c.shape[0] != len(truth.vectors):
        return wrong(
            "wrong_shape", {"what": "The relation", "needed": str(len(truth.vectors)), "given": str(c.shape[0])}
        )
    if c.nonzero() is None:
        return wrong("zero_vector", {}, fraction=Fraction(1, 2))
    entry = (joined(truth.vectors) @ c).nonzero()
    if entry is not None:
        return wrong("condition_fails", place(entry, "c_1 v_1 + \\dots + c_k v_k = 0"), fraction=Fraction(1, 2))
    return right()


def _relation(truth: Independence) -> str:
    c = kernel(joined(truth.vectors))[0]
    return ", ".join(str(expression(e)) for (e,) in c.rows)


def _show_independence(truth: Independence) -> str:
    return r"\text{independent}" if truth.holds else rf"\text{{dependent, with the relation }} ({_relation(truth)})"


INDEPENDENT = Kind(
    "linearly_independent",
    ("vectors",),
    _independence,
    decided(_judge_independence),
    _show_independence,
    answer=lambda truth: "independent" if truth.holds else "dependent",
    read=read_words,
)


# ---- Gram and Schmidt -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Orthogonalised:
    """The vectors that the process gives, in order; ``signs`` is "free" (up to sign or scale) or "fixed"."""

    vectors: tuple[Table, ...]
    unit: bool
    signs: str


def _gram_schmidt(problem: Problem) -> Orthogonalised:
    found = orthogonalised(vectors(problem))
    if not found:
        raise InputError('The field "vectors" must have a vector that is not zero.')
    unit = flag(problem, "normalised", True)
    return Orthogonalised(
        tuple(map(_unit, found)) if unit else found, unit, choice(problem, "signs", ("free", "fixed"), "free")
    )


def _judge_gram_schmidt(problem: Problem, truth: Orthogonalised, answer: Value) -> Judgement:
    given = columns(answer, truth.vectors[0].shape[0])
    for k, (mine, true) in enumerate(zip(given, truth.vectors, strict=False), start=1):
        if not _same_direction(problem, truth, mine, true):
            fields = {"vector": str(k), "yours": ", ".join(str(e.value) for e in mine.entries)}
            return wrong("vector_wrong", fields, fraction=Fraction(k - 1, len(truth.vectors)))
    if len(given) != len(truth.vectors):
        fields = {"given": str(len(given)), "needed": str(len(truth.vectors))}
        share = Fraction(min(len(given), len(truth.vectors) - 1), len(truth.vectors))
        return wrong("wrong_number_of_vectors", fields, fraction=share)
    return right()


def _same_direction(problem: Problem, truth: Orthogonalised, mine: Grid, true: Table) -> bool:
    if truth.unit or truth.signs == "fixed":
        signs = (1,) if truth.signs == "fixed" else (1, -1)
        return any(
            all(agrees(e, times(Surd.rational(s), t), problem) for e, (t,) in zip(mine.entries, true.rows, strict=True))
            for s in signs
        )
    if has_decimals(mine.entries, problem):
        return near_subspace(mine, (true,), problem) is not None
    v = mine.table
    lead = next(k for k, (e,) in enumerate(true.rows) if not vanishes(e))
    scale = times(v.rows[lead][0], reciprocal(true.rows[lead][0]))
    return not vanishes(scale) and (v - true.scaled(scale)).nonzero() is None


def _lengths_forgotten(problem: Problem, truth: Orthogonalised) -> Iterator[Orthogonalised]:
    if truth.unit:
        yield replace(truth, vectors=orthogonalised(vectors(problem)), unit=False)


def _only_normalised(problem: Problem, truth: Orthogonalised) -> Iterator[Orthogonalised]:
    yield replace(truth, vectors=tuple(_unit(v) for v in vectors(problem) if v.nonzero() is not None), unit=True)


def _not_divided(problem: Problem, truth: Orthogonalised) -> Iterator[Orthogonalised]:
    """The projection without division by the squared length."""
    done: list[Table] = []
    for v in vectors(problem):
        u = v
        for w in done:
            u = u - w.scaled(dot(w, v))
        if u.nonzero() is None:
            return
        done.append(u)
    yield replace(truth, vectors=tuple(map(_unit, done)) if truth.unit else tuple(done))


def _divided_by_length(problem: Problem, truth: Orthogonalised) -> Iterator[Orthogonalised]:
    """The projection divided by the length instead of its square."""
    done: list[Table] = []
    for v in vectors(problem):
        u = v
        for w in done:
            u = u - w.scaled(number(expression(dot(w, v)) / sympy.sqrt(expression(dot(w, w)))))
        if u.nonzero() is None:
            return
        done.append(u)
    yield replace(truth, vectors=tuple(map(_unit, done)) if truth.unit else tuple(done))


def _projection_added(problem: Problem, truth: Orthogonalised) -> Iterator[Orthogonalised]:
    done: list[Table] = []
    for v in vectors(problem):
        u = v
        for w in done:
            u = u + w.scaled(times(dot(w, v), reciprocal(dot(w, w))))
        if u.nonzero() is None:
            return
        done.append(u)
    yield replace(truth, vectors=tuple(map(_unit, done)) if truth.unit else tuple(done))


def _other_order(problem: Problem, truth: Orthogonalised) -> Iterator[Orthogonalised]:
    found = orthogonalised(vectors(problem)[::-1])
    yield replace(truth, vectors=tuple(map(_unit, found)) if truth.unit else found)


def _show_vectors(truth: Orthogonalised) -> str:
    return r",\; ".join(sympy.latex(v.matrix) for v in truth.vectors)


GRAM_SCHMIDT = Kind(
    "gram_schmidt",
    ("vectors",),
    _gram_schmidt,
    decided(_judge_gram_schmidt),
    _show_vectors,
    may=("normalised", "signs"),
    answer=lambda truth: plain(truth.vectors),
    slips=(
        Slip("not_normalised", _lengths_forgotten),
        Slip("normalised_only", _only_normalised),
        Slip("projection_not_divided", _not_divided),
        Slip("projection_added", _projection_added),
        Slip("other_order", _other_order),
        Slip("divided_by_the_length_not_squared", _divided_by_length),
    ),
    read=read_words,
)

ROWS = (BASIS, SAME_SUBSPACE, ORTHONORMAL, INDEPENDENT, GRAM_SCHMIDT)
