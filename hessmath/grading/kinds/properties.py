"""Properties of matrices that an exercise may ask for, each decided exactly, with its reason in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy

from hessmath.errors import InputError
from hessmath.grading.exact import Entry, Table, characteristic, determinant, kernel, number, rank, vanishes
from hessmath.grading.kinds.spectrum import algebraic_roots
from hessmath.symbolic.quadratic import inertia


@dataclass(frozen=True)
class Finding:
    """Whether a property holds, and why, as a sentence."""

    holds: bool
    reason: str


Property = Callable[[Table], Finding]


def _square(A: Table) -> Finding:
    m, n = A.shape
    return Finding(m == n, f"the matrix has {m} rows and {n} columns")


def _vanishing(residual: Callable[[Table], Table], equation: str) -> Property:
    """The property that an expression in a square matrix is zero."""

    def find(A: Table) -> Finding:
        if A.shape[0] != A.shape[1]:
            return Finding(False, _square(A).reason)
        entry = residual(A).nonzero()
        return Finding(True, f"{equation} holds") if entry is None else Finding(False, _differs(entry, equation))

    return find


def _differs(entry: Entry, equation: str) -> str:
    return f"{equation} fails in row {entry.row + 1}, column {entry.column + 1}, where the difference is {entry.value}"


def _of_entries(residual: Callable[[Table], Table], where: str) -> Property:
    """The property that some entries are zero."""

    def find(A: Table) -> Finding:
        if A.shape[0] != A.shape[1]:
            return Finding(False, _square(A).reason)
        entry = residual(A).nonzero()
        if entry is None:
            return Finding(True, f"every entry {where} is 0")
        return Finding(False, f"the entry in row {entry.row + 1}, column {entry.column + 1} is {entry.value}, not 0")

    return find


def _triangular(A: Table) -> Finding:
    upper, lower = PROPERTIES["upper_triangular"](A), PROPERTIES["lower_triangular"](A)
    return upper if upper.holds or not lower.holds else lower


def _power(A: Table, k: int) -> Table:
    result = A
    for _ in range(k - 1):
        result = result @ A
    return result


def _invertible(A: Table) -> Finding:
    if A.shape[0] != A.shape[1]:
        return Finding(False, _square(A).reason)
    if A.is_surd:
        r, n = rank(A), A.shape[0]
        return Finding(r == n, f"the rank is {r} and the size is {n}")
    holds = not vanishes(number(determinant(A)))
    return Finding(holds, "the determinant is not 0" if holds else "the determinant is 0")


def _not(name: str) -> Property:
    def find(A: Table) -> Finding:
        finding = PROPERTIES[name](A)
        return Finding(not finding.holds, finding.reason)

    return find


def diagonalisable_over(field: str) -> Property:
    """Whether a basis of eigenvectors exists over the real or the complex numbers."""

    def find(A: Table) -> Finding:
        if A.shape[0] != A.shape[1]:
            return Finding(False, _square(A).reason)
        if field == "real" and (A - A.T).nonzero() is None and A.is_constant and _is_real(A):
            return Finding(True, "the matrix is real and symmetric")
        if not A.is_rational:
            raise InputError("Whether a matrix is diagonalisable is decided for rational or symmetric matrices.")
        roots = algebraic_roots(characteristic(A))
        if field == "real" and roots.real < roots.total:
            return Finding(False, f"only {roots.real} of the {roots.total} eigenvalues are real")
        # Diagonalisable over ℂ exactly when the squarefree part of the characteristic polynomial kills A.
        radical = Table.identity(A.shape[0]).scaled(number(sympy.S.Zero))
        for c in roots.squarefree:
            radical = radical @ A + Table.identity(A.shape[0]).scaled(number(c))
        if radical.nonzero() is None:
            return Finding(True, "every eigenvalue has as many independent eigenvectors as its multiplicity")
        for value, multiplicity in roots.rational:
            found = len(kernel(A - Table.identity(A.shape[0]).scaled(number(value))))
            if found < multiplicity:
                return Finding(False, f"the eigenvalue {value} has multiplicity {multiplicity}, its eigenspace {found}")
        return Finding(False, "an eigenvalue has fewer independent eigenvectors than its multiplicity")

    return find


def _is_real(A: Table) -> bool:
    return not any(entry.has(sympy.I) for entry in A.matrix)


def _definite(*words: str) -> Property:
    def find(A: Table) -> Finding:
        symmetric = PROPERTIES["symmetric"](A)
        if not symmetric.holds:
            return symmetric
        signs = inertia(A.matrix)
        counted = f"{signs.positive} eigenvalues are positive, {signs.negative} negative and {signs.zero} zero"
        return Finding(signs.definiteness in words, counted)

    return find


def _scalar_multiple(A: Table) -> Table:
    return A - Table.identity(A.shape[0]).scaled(A.rows[0][0])


PROPERTIES: dict[str, Property] = {
    "square": _square,
    "symmetric": _vanishing(lambda A: A - A.T, "A = A^T"),
    "skew_symmetric": _vanishing(lambda A: A + A.T, "A = -A^T"),
    "orthogonal": _vanishing(lambda A: A.T @ A - Table.identity(A.shape[0]), "A^T A = I"),
    "normal": _vanishing(lambda A: A.T @ A - A @ A.T, "A^T A = A A^T"),
    "idempotent": _vanishing(lambda A: A @ A - A, "A^2 = A"),
    "involutory": _vanishing(lambda A: A @ A - Table.identity(A.shape[0]), "A^2 = I"),
    "nilpotent": _vanishing(lambda A: _power(A, A.shape[0]), "A^n = 0"),
    "identity": _vanishing(lambda A: A - Table.identity(A.shape[0]), "A = I"),
    "scalar": _vanishing(_scalar_multiple, "A = cI"),
    "zero": _of_entries(lambda A: A, "of the matrix"),
    "diagonal": _of_entries(Table.off_diagonal, "off the diagonal"),
    "upper_triangular": _of_entries(Table.lower, "below the diagonal"),
    "lower_triangular": _of_entries(Table.upper, "above the diagonal"),
    "triangular": _triangular,
    "invertible": _invertible,
    "singular": _not("invertible"),
    "orthogonal_projection": _vanishing(lambda A: A.T @ A - A, "A^T A = A"),
    "diagonalisable": diagonalisable_over("real"),
    "diagonalisable_over_c": diagonalisable_over("complex"),
    "orthogonally_diagonalisable": _vanishing(lambda A: A - A.T, "A = A^T"),
    "positive_definite": _definite("positive definite"),
    "negative_definite": _definite("negative definite"),
    "positive_semidefinite": _definite("positive definite", "positive semidefinite", "zero"),
    "negative_semidefinite": _definite("negative definite", "negative semidefinite", "zero"),
    "indefinite": _definite("indefinite"),
}
