"""Kinds about quadratic forms: their matrix, their signs, and properties of matrices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.grading.answers import Manner, Parts, Reading, Value
from hessmath.grading.equality import equal
from hessmath.grading.exact import Matrix, Table, expression, number, sign_of, vanishes
from hessmath.grading.grade import Judgement, Verdict
from hessmath.grading.judging import compare_entries, decided, domain_of, place, right, wrong
from hessmath.grading.kinds.data import form_or_matrix, matrix_of_form, square, table, unknowns, vector
from hessmath.grading.kinds.kind import Kind, Problem, Slip
from hessmath.grading.kinds.matrices import full, judge_number
from hessmath.grading.kinds.properties import PROPERTIES, Finding
from hessmath.grading.shapes import grid, scalar
from hessmath.grading.shown import text_of
from hessmath.grading.words import read, word_of
from hessmath.symbolic.quadratic import inertia

# ---- the form of a matrix, and the matrix of a form ---------------------------------------------------------


def _form(problem: Problem) -> sympy.Expr:
    A = square(problem)
    x = Matrix(unknowns(problem, A.shape[0]))
    return sympy.expand((x.T * A.matrix * x)[0, 0])


def _judge_form(problem: Problem, truth: sympy.Expr, answer: Value) -> Judgement:
    return equal(scalar(answer).value, truth, problem.variables, domain_of(problem))


def _with_cross_terms(factor: sympy.Rational) -> Any:
    def answers(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
        x = unknowns(problem)
        squares = sum((truth.coeff(v, 2) * v**2 for v in x), sympy.S.Zero)
        yield sympy.expand(squares + factor * (truth - squares))

    return answers


def _half_form(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    yield sympy.expand(truth / 2)


def _upper_entries_only(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    A, x = square(problem).matrix, unknowns(problem)
    n = len(x)
    if A != A.T:  # of a symmetric one the products are then not doubled
        yield sympy.expand(sum(A[i, j] * x[i] * x[j] for i in range(n) for j in range(i, n)))


QUADRATIC_FORM = Kind(
    "quadratic_form",
    ("matrix",),
    _form,
    decided(_judge_form),
    sympy.latex,
    may=("constants",),
    slips=(
        Slip("cross_terms_not_doubled", _with_cross_terms(sympy.Rational(1, 2))),
        Slip("cross_terms_doubled_twice", _with_cross_terms(sympy.Integer(2))),
        Slip("cross_terms_missing", _with_cross_terms(sympy.Integer(0))),
        Slip("cross_terms_sign", _with_cross_terms(sympy.Integer(-1))),
        Slip("factor_half", _half_form),
        Slip("lower_entries_forgotten", _upper_entries_only),
    ),
)


def _matrix(problem: Problem) -> sympy.ImmutableDenseMatrix:
    return matrix_of_form(problem).matrix


def _judge_matrix(problem: Problem, truth: sympy.ImmutableDenseMatrix, answer: Value) -> Judgement:
    given, A = grid(answer), Table.of(truth)
    judged = compare_entries(given, A, problem)
    if judged.verdict is not Verdict.WRONG or given.shape != A.shape:
        return judged
    S = given.table
    skew = (S - S.T).nonzero(domain_of(problem))
    half = Table.of(sympy.eye(S.shape[0]) / 2)
    if skew is not None and ((S + S.T) @ half - A).nonzero(domain_of(problem)) is None:
        return wrong("right_form_not_symmetric", place(skew, "A = A^T"), fraction=Fraction(1, 2))
    return judged


def _off_diagonal(factor: sympy.Rational) -> Any:
    def answers(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[sympy.ImmutableDenseMatrix]:
        n = truth.rows
        yield Matrix(n, n, lambda i, j: truth[i, j] * (1 if i == j else factor))

    return answers


def _doubled(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[sympy.ImmutableDenseMatrix]:
    yield 2 * truth


def _triangle(problem: Problem, truth: sympy.ImmutableDenseMatrix) -> Iterator[sympy.ImmutableDenseMatrix]:
    n = truth.rows
    upper = Matrix(n, n, lambda i, j: truth[i, j] * (0 if i > j else 1 if i == j else 2))
    yield from (upper, upper.T)


SYMMETRIC_MATRIX = Kind(
    "symmetric_matrix_of_form",
    ("form",),
    _matrix,
    decided(_judge_matrix),
    sympy.latex,
    answer=full,
    may=("constants",),
    slips=(
        Slip("cross_terms_not_halved", _off_diagonal(sympy.Integer(2))),
        Slip("cross_terms_halved_twice", _off_diagonal(sympy.Rational(1, 2))),
        Slip("cross_terms_sign", _off_diagonal(sympy.Integer(-1))),
        Slip("cross_terms_missing", _off_diagonal(sympy.Integer(0))),
        Slip("hessian_instead_of_matrix", _doubled),
        Slip("triangular_instead_of_symmetric", _triangle),
    ),
)


# ---- definiteness -------------------------------------------------------------------------------------------

_ACCEPTED = {
    "positive definite": ("positive definite",),
    "negative definite": ("negative definite",),
    "positive semidefinite": ("positive semidefinite",),
    "negative semidefinite": ("negative semidefinite",),
    "indefinite": ("indefinite",),
    "zero": ("zero", "positive semidefinite", "negative semidefinite"),
}
_WEAKER = {"positive definite": "positive semidefinite", "negative definite": "negative semidefinite"}
_CLAIMS = {  # the signs of q(v) that a word forbids for v ≠ 0
    "positive definite": (-1, 0),
    "negative definite": (0, 1),
    "positive semidefinite": (-1,),
    "negative semidefinite": (1,),
    "zero": (-1, 1),
}


@dataclass(frozen=True)
class Definiteness:
    """The word for a symmetric matrix."""

    word: str
    matrix: Table


def _definiteness(problem: Problem) -> Definiteness:
    A = form_or_matrix(problem)
    if not A.is_constant:
        raise InputError("The definiteness of a matrix with symbols depends on their values: give numbers.")
    return Definiteness(inertia(A.matrix).definiteness, A)


def _judge_definiteness(problem: Problem, truth: Definiteness, answer: Value) -> Judgement:
    word = word_of(answer)
    if word not in _ACCEPTED:
        raise InputError(
            "The answer must be one of: positive definite, negative definite, positive semidefinite, "
            "negative semidefinite, indefinite, zero."
        )
    if word in _ACCEPTED[truth.word]:
        return right()
    if _WEAKER.get(truth.word) == word:
        return wrong("true_but_more_holds", {"answer": word}, fraction=Fraction(1, 2))
    return wrong("wrong_word", {"answer": word}, where=_witness(truth.matrix, word))


def _witness(A: Table, word: str) -> dict[str, str]:
    """A vector with a value of the form that the word forbids; empty if none is found or needed."""
    if not A.is_rational:
        return {}
    found = {s: (v, value) for v, value, s in directions(A)}
    signs = _CLAIMS.get(word, ())
    for s in signs:
        if s in found:
            v, value = found[s]
            return {"v": str([text_of(expression(c)) for (c,) in v.rows]).replace("'", ""), "value": str(value)}
    return {}


def directions(A: Table) -> list[tuple[Table, sympy.Expr, int]]:
    """Vectors v with the values vᵀAv and their signs, one for each sign that occurs (Lagrange's reduction)."""
    n = A.shape[0]
    S, P = sympy.Matrix(A.matrix), sympy.eye(n)
    for k in range(n):
        if S[k, k] == 0:
            i = next((i for i in range(k + 1, n) if S[i, i] != 0), None)
            if i is not None:
                E = sympy.eye(n).elementary_col_op("n<->m", k, i)
            else:
                i = next((i for i in range(k + 1, n) if S[k, i] != 0), None)
                if i is None:
                    continue
                E = sympy.eye(n)
                E[i, k] = 1
            S, P = E.T * S * E, P * E
        E = sympy.eye(n)
        for j in range(k + 1, n):
            E[k, j] = -S[k, j] / S[k, k]
        S, P = E.T * S * E, P * E
    found: dict[int, tuple[Table, sympy.Expr, int]] = {}
    for k in range(n):
        s = sign_of(number(S[k, k]))
        if s not in found:
            found[s] = (Table.of(P[:, k]), S[k, k], s)
    return list(found.values())


def _of_the_word(change: dict[str, str]) -> Any:
    def answers(problem: Problem, truth: Definiteness) -> Iterator[Definiteness]:
        if truth.word in change:
            yield replace(truth, word=change[truth.word])

    return answers


def _by_entries(problem: Problem, truth: Definiteness) -> Iterator[Definiteness]:
    signs = {sign_of(entry) for _, _, entry in truth.matrix.entries()}
    word = "positive definite" if signs == {1} else "negative definite" if signs == {-1} else "indefinite"
    if word != truth.word and (word != "indefinite" or {1, -1} <= signs):
        yield replace(truth, word=word)


def _by_determinant(problem: Problem, truth: Definiteness) -> Iterator[Definiteness]:
    s = sign_of(number(truth.matrix.matrix.det()))
    word = {1: "positive definite", -1: "negative definite"}.get(s)
    if word is not None and word != truth.word:
        yield replace(truth, word=word)


def _by_diagonal(problem: Problem, truth: Definiteness) -> Iterator[Definiteness]:
    """The signs of the diagonal, where those of the other entries do not say the same."""
    entries = {sign_of(entry) for _, _, entry in truth.matrix.entries()}
    signs = {sign_of(entry) for entry in truth.matrix.diagonal()}
    word = "positive definite" if signs == {1} else "negative definite" if signs == {-1} else None
    if word is not None and word != truth.word and entries != signs and truth.word == "indefinite":
        yield replace(truth, word=word)


def _show_definiteness(truth: Definiteness) -> str:
    return rf"\text{{{truth.word}}}"


def _read(problem: Problem, answer: Any) -> Reading:
    return read(answer, problem.symbols, Manner.of(problem.options))


DEFINITENESS = Kind(
    "definiteness",
    (),
    _definiteness,
    decided(_judge_definiteness),
    _show_definiteness,
    may=("matrix", "form"),
    slips=(
        Slip(
            "sign_swapped",
            _of_the_word(
                {
                    f"{a} {kind}": f"{b} {kind}"
                    for a, b in (("positive", "negative"), ("negative", "positive"))
                    for kind in ("definite", "semidefinite")
                }
            ),
        ),
        Slip(
            "zero_eigenvalue_overlooked",
            _of_the_word({f"{a} semidefinite": f"{a} definite" for a in ("positive", "negative")}),
        ),
        Slip("judged_by_the_signs_of_entries", _by_entries),
        Slip("judged_by_the_determinant", _by_determinant),
        Slip("judged_by_the_diagonal", _by_diagonal),
    ),
    answer=lambda truth: truth.word,
    read=_read,
)


# ---- properties ---------------------------------------------------------------------------------------------


def _findings(problem: Problem) -> dict[str, Finding]:
    named = problem.data["property"]
    names = [named] if isinstance(named, str) else list(named)
    A = grid_of(problem)
    found = {}
    for name in names:
        key = str(name).strip().replace(" ", "_").replace("-", "_").replace("diagonalizable", "diagonalisable")
        if key not in PROPERTIES:
            raise InputError(f"There is no property {name!r}; the properties are {', '.join(PROPERTIES)}.")
        found[key] = PROPERTIES[key](A)
    return found


def grid_of(problem: Problem) -> Table:
    """The matrix of the exercise, of any shape."""
    A = table(problem)
    if not A.is_constant:
        raise InputError("Properties of a matrix with symbols depend on their values: give numbers.")
    return A


def _judge_property(problem: Problem, truth: dict[str, Finding], answer: Value) -> Judgement:
    said = _said(truth, answer)
    bad = [name for name, finding in truth.items() if said[name] != finding.holds]
    if not bad:
        return right()
    finding = truth[bad[0]]
    shown = bad[0].replace("_", " ")
    key = "property_holds" if finding.holds else "property_fails"
    fields = {"property": shown, "reason": finding.reason}
    return wrong(key, fields, fraction=Fraction(len(truth) - len(bad), len(truth)) if len(truth) > 1 else 0)


def _said(truth: dict[str, Finding], answer: Value) -> dict[str, bool]:
    if isinstance(answer, Parts) and set(answer.parts) <= {"answer", "reason"} and "answer" in answer.parts:
        answer = answer.parts["answer"]
    if isinstance(answer, Parts):
        given = {name.strip().replace(" ", "_"): part for name, part in answer.parts.items()}
        if set(given) != set(truth):
            raise InputError(f"The answer must say yes or no for each of: {', '.join(truth)}.")
        return {name: _yes(given[name], name) for name in truth}
    if len(truth) == 1:
        return {name: _yes(answer, name) for name in truth}
    items = getattr(answer, "items", ())
    if len(items) != len(truth):
        raise InputError(f"The answer must say yes or no for each of: {', '.join(truth)}.")
    return {name: _yes(item, name) for name, item in zip(truth, items, strict=True)}


def _yes(answer: Value, name: str) -> bool:
    """Whether the answer affirms the property: yes, or the word for it."""
    word = word_of(answer)
    plain = name.replace("_", " ")
    if word in (plain, f"not {plain}"):
        return word == plain
    if word not in ("yes", "no"):
        raise InputError("The answer must be yes or no.")
    return word == "yes"


def _show_property(truth: dict[str, Finding]) -> str:
    return r",\; ".join(
        rf"\text{{{name.replace('_', ' ')}: {'yes' if finding.holds else 'no'}}}" for name, finding in truth.items()
    )


def _property_answer(truth: dict[str, Finding]) -> Any:
    words = {name: "yes" if finding.holds else "no" for name, finding in truth.items()}
    return words if len(words) > 1 else next(iter(words.values()))


MATRIX_PROPERTY = Kind(
    "matrix_property",
    ("matrix", "property"),
    _findings,
    decided(_judge_property),
    _show_property,
    answer=_property_answer,
    read=_read,
)


# ---- Rayleigh's quotient --------------------------------------------------------------------------------------


def _rayleigh(problem: Problem) -> sympy.Expr:
    A = square(problem)
    v = vector(problem, "vector", A.shape[0])
    if v.nonzero() is None:
        raise InputError('The field "vector" must not be zero.')
    return expression((v.T @ A @ v).rows[0][0]) / expression((v.T @ v).rows[0][0])


def _numerator(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    v = vector(problem, "vector")
    yield truth * expression((v.T @ v).rows[0][0])


def _by_length(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    v = vector(problem, "vector")
    yield truth * sympy.sqrt(expression((v.T @ v).rows[0][0]))


def _reciprocal(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    if not vanishes(number(truth)):
        yield 1 / truth


def _by_sum(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
    v = vector(problem, "vector")
    total = sympy.Add(*v.matrix)
    if total != 0:
        yield truth * expression((v.T @ v).rows[0][0]) / total


def _with_cross_products(factor: sympy.Rational) -> Any:
    """The products of different entries times a factor."""

    def answers(problem: Problem, truth: sympy.Expr) -> Iterator[sympy.Expr]:
        v, A = vector(problem, "vector").matrix, square(problem).matrix
        squares = sympy.Add(*(A[i, i] * v[i] ** 2 for i in range(A.rows)))
        length = sympy.Add(*(c**2 for c in v))
        yield squares / length + factor * (truth - squares / length)

    return answers


RAYLEIGH = Kind(
    "rayleigh_quotient",
    ("matrix", "vector"),
    _rayleigh,
    decided(judge_number),
    sympy.latex,
    slips=(
        Slip("not_divided_by_the_length", _numerator),
        Slip("divided_by_the_length_not_squared", _by_length),
        Slip("upside_down", _reciprocal),
        Slip("divided_by_the_sum", _by_sum),
        Slip("cross_terms_not_doubled", _with_cross_products(sympy.Rational(1, 2))),
        Slip("cross_terms_missing", _with_cross_products(sympy.Integer(0))),
        Slip("cross_terms_sign", _with_cross_products(sympy.Integer(-1))),
    ),
)

ROWS = (QUADRATIC_FORM, SYMMETRIC_MATRIX, DEFINITENESS, MATRIX_PROPERTY, RAYLEIGH)
