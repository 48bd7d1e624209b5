"""Fields of linear algebra as exact tables, with the author's mistakes named."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from hessmath.errors import InputError
from hessmath.grading import problems
from hessmath.grading.answers import Value
from hessmath.grading.exact import Matrix, Table
from hessmath.grading.kinds.kind import Problem
from hessmath.grading.shapes import columns, grid
from hessmath.symbolic.derivatives import hessian


def table(problem: Problem, name: str = "matrix") -> Table:
    """A field that is a matrix."""
    return grid(problems.field(problem, name), f'The field "{name}"').table


def square(problem: Problem, name: str = "matrix") -> Table:
    """A field that is a square matrix.

    Raises
    ------
    InputError
        If it is not square.
    """
    A = table(problem, name)
    if A.shape[0] != A.shape[1]:
        raise InputError(f'The field "{name}" must be a square matrix, but its shape is {A.shape}.')
    return A


def symmetric(problem: Problem, name: str = "matrix") -> Table:
    """A field that is a symmetric matrix.

    Raises
    ------
    InputError
        If it is not symmetric.
    """
    A = square(problem, name)
    entry = (A - A.T).nonzero()
    if entry is not None:
        i, j = sorted((entry.row, entry.column))
        a, b = A.matrix[i, j], A.matrix[j, i]
        raise InputError(
            f'The field "{name}" must be symmetric, but row {i + 1}, column {j + 1} is {a} and '
            f"row {j + 1}, column {i + 1} is {b}."
        )
    return A


def vector(problem: Problem, name: str, length: int | None = None) -> Table:
    """A field that is a vector, as a column.

    Raises
    ------
    InputError
        If its length is another one.
    """
    v = Table.of(problems.vector(problem, name))
    if length is not None and v.shape[0] != length:
        raise InputError(f'The field "{name}" must have {length} components, but it has {v.shape[0]}.')
    return v


def vectors(problem: Problem, name: str = "vectors") -> tuple[Table, ...]:
    """A field that is a list of vectors of one length.

    Raises
    ------
    InputError
        If it is none.
    """
    value = problems.field(problem, name)
    length = _length(value, name)
    found = columns(value, length, f'The field "{name}"')
    return tuple(Table.of(Matrix(v.matrix)) for v in found)


def _length(value: Value, name: str) -> int:
    items = getattr(value, "items", ())
    first = getattr(items[0], "items", None) if items else None
    if not first:
        raise InputError(f'The field "{name}" must be a list of vectors such as [[1, 0], [1, 1]].')
    return len(first)


def joined(vectors_: Sequence[Table]) -> Table:
    """The matrix with these columns."""
    return Table(tuple(tuple(v.rows[i][0] for v in vectors_) for i in range(vectors_[0].shape[0])))


def constants(problem: Problem) -> tuple[sympy.Symbol, ...]:
    """The declared symbols that the field ``constants`` names: they stand for numbers.

    Raises
    ------
    InputError
        If one is not among the variables.
    """
    named = problem.data.get("constants", ())
    names = named.split() if isinstance(named, str) else list(named)
    for name in names:
        if name not in problem.symbols:
            raise InputError(f'The field "constants" names {name!r}, which is not among the variables.')
    return tuple(problem.symbols[name] for name in names)


def unknowns(problem: Problem, count: int | None = None) -> tuple[sympy.Symbol, ...]:
    """The variables that are no constants, in order.

    Raises
    ------
    InputError
        If their number is another one than needed.
    """
    fixed = constants(problem)
    found = tuple(v for v in problem.variables if v not in fixed)
    if count is not None and len(found) != count:
        raise InputError(
            f"This exercise needs {count} variables that are no constants, but it has {len(found)} "
            f"({', '.join(map(str, found)) or 'none'})."
        )
    return found


def matrix_of_form(problem: Problem, name: str = "form") -> Table:
    """The symmetric matrix of a quadratic form.

    Raises
    ------
    InputError
        If the field is no quadratic form in the variables.
    """
    form = problems.expression(problem, name)
    variables = unknowns(problem)
    poly = sympy.Poly(form, *variables) if variables and form.is_polynomial(*variables) else None
    if poly is None or any(sum(powers) != 2 for powers in poly.monoms() if poly.coeff_monomial(powers) != 0):
        raise InputError(f'The field "{name}" must be a quadratic form in {", ".join(map(str, variables))}.')
    return Table.of(Matrix(hessian(sympy.expand(form), variables) / 2))


def form_or_matrix(problem: Problem) -> Table:
    """The symmetric matrix of the field ``form``, or the symmetric part of the field ``matrix``.

    Raises
    ------
    InputError
        If neither is given, or both.
    """
    if ("form" in problem.data) == ("matrix" in problem.data):
        raise InputError(f'An exercise of kind {problem.kind} needs one of the fields "form" and "matrix".')
    if "form" in problem.data:
        return matrix_of_form(problem)
    A = square(problem)
    return Table.of(Matrix((A.matrix + A.T.matrix) / 2))
