"""Quadratic forms q(v) = vᵀAv, kept as their symmetric matrix A, and the signs of their eigenvalues.

Everything here is exact: no routine returns a float, and a sign that cannot be decided is an error, not a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import flint
import sympy

from hessmath.errors import InputError
from hessmath.symbolic.constants import is_zero, rational_bounds, sign
from hessmath.symbolic.derivatives import Matrix


@dataclass(frozen=True)
class Inertia:
    """How many eigenvalues are positive, negative and zero."""

    positive: int
    negative: int
    zero: int

    @property
    def signature(self) -> int:
        """n₊ − n₋."""
        return self.positive - self.negative

    @property
    def rank(self) -> int:
        """n₊ + n₋."""
        return self.positive + self.negative

    @property
    def definiteness(self) -> str:
        """The word for it: positive definite, positive semidefinite, …, indefinite, zero."""
        if not self.rank:
            return "zero"
        if self.positive and self.negative:
            return "indefinite"
        return ("positive" if self.positive else "negative") + (" semidefinite" if self.zero else " definite")


def inertia(A: sympy.Matrix) -> Inertia:
    """The inertia of a symmetric matrix.

    Parameters
    ----------
    A : (n, n) Matrix of real constants, symmetric; rationals are fast (n = 50 takes milliseconds)

    Raises
    ------
    InputError
        If A is not symmetric, holds symbols, or the sign of an irrational entry's combination cannot be decided.

    References
    ----------
    Horn & Johnson (2013), Matrix Analysis, 2nd ed., section 4.5 (Sylvester's law).

    Examples
    --------
    >>> from hessmath.symbolic import inertia
    >>> inertia(sympy.Matrix([[1, 2], [2, 1]]))  # eigenvalues 3 and -1
    Inertia(positive=1, negative=1, zero=0)
    """
    require_symmetric(A, "inertia")
    _require_constant(A)
    if all(entry.is_Rational for entry in A):
        return _rational_inertia(A)
    found = _inertia_by_enclosure(A) or _inertia_by_signs(A)
    if found is None:
        raise InputError("inertia cannot decide the signs of the eigenvalues: an irrational entry may cancel exactly.")
    return found


def _rational_inertia(A: sympy.Matrix) -> Inertia:
    coefficients = to_flint(A).charpoly().coeffs()  # constant term first
    return _inertia_of_signs([_rational_sign(c) for c in coefficients])


def _rational_sign(c: flint.fmpq) -> int:
    return int(c > 0) - int(c < 0)


def _inertia_of_signs(signs: Sequence[int]) -> Inertia:
    """From the signs of the characteristic polynomial's coefficients, constant term first."""
    zero = next(k for k, s in enumerate(signs) if s)  # multiplicity of the root 0
    nonzero = [s for s in signs if s]
    # Every root is real, so Descartes' bound on the positive ones is attained.
    positive = sum(1 for a, b in pairwise(nonzero) if a != b)
    return Inertia(positive, len(signs) - 1 - positive - zero, zero)


def to_flint(A: sympy.Matrix) -> flint.fmpq_mat:
    """A rational matrix as FLINT's."""
    return flint.fmpq_mat(A.rows, A.cols, [flint.fmpq(int(a.p), int(a.q)) for a in A])


def _inertia_by_enclosure(A: sympy.Matrix) -> Inertia | None:
    """By Weyl: if M − r·I and M + r·I are nonsingular with one inertia, so is every A with ‖A − M‖ ≤ r."""
    for bits in (64, 256, 1024):
        bounds = [rational_bounds(entry, bits) for entry in A]
        if any(b is None for b in bounds):
            return None
        pairs = [b for b in bounds if b is not None]
        middle = Matrix(A.rows, A.cols, [(low + high) / 2 for low, high in pairs])
        middle = (middle + middle.T) / 2
        # The spectral norm of the symmetric difference is at most its largest row sum; twice the radius
        # covers the averaging above.
        widths = Matrix(A.rows, A.cols, [high - low for low, high in pairs])
        radius = max(sum(widths.row(i)) for i in range(A.rows))
        one = sympy.eye(A.rows) * radius
        below, above = _rational_inertia(middle - one), _rational_inertia(middle + one)
        if below == above and not below.zero:
            return below
    return None


def _inertia_by_signs(A: sympy.Matrix) -> Inertia | None:
    """Signs of the characteristic polynomial's coefficients as exact constants."""
    signs: list[int] = []
    for coefficient in reversed(characteristic_coefficients(A)):
        s = sign(coefficient)
        if s is None:
            return None
        signs.append(s)
    return _inertia_of_signs(signs)


def characteristic_coefficients(A: sympy.Matrix) -> list[sympy.Expr]:
    """Coefficients of det(λI − A), leading one first, by a division-free recurrence in the irrational parts.

    Each irrational part of an entry (a root, a constant, exp(2)) is carried as a symbol, so nothing is
    simplified on the way.
    """
    irrational = sorted({part for entry in A for part in _irrational_parts(entry)}, key=sympy.default_sort_key)
    names = {part: sympy.Dummy(f"c{k}") for k, part in enumerate(irrational)}
    symbolic = sympy.Matrix(A.rows, A.cols, [_replace_parts(entry, names) for entry in A])
    back = {name: part for part, name in names.items()}
    matrix = symbolic.to_DM()
    return [matrix.domain.to_sympy(c).subs(back) for c in matrix.charpoly()]


def _irrational_parts(entry: sympy.Expr) -> set[sympy.Expr]:
    if entry.is_Rational:
        return set()
    if entry.is_Add or entry.is_Mul or _is_integer_power(entry):
        return set().union(*(_irrational_parts(a) for a in entry.args))
    return {entry}


def _replace_parts(entry: sympy.Expr, names: dict[sympy.Expr, sympy.Symbol]) -> sympy.Expr:
    if entry in names:
        return names[entry]
    if entry.is_Add or entry.is_Mul or _is_integer_power(entry):
        return entry.func(*(_replace_parts(a, names) for a in entry.args))
    return entry


def _is_integer_power(entry: sympy.Expr) -> bool:
    return bool(
        entry.is_Pow and not isinstance(entry, sympy.exp) and entry.exp.is_Integer and entry.base is not sympy.E
    )


def require_symmetric(A: sympy.Matrix, caller: str) -> None:
    """Raise unless A is square and symmetric, entry by entry."""
    if A.rows != A.cols:
        raise InputError(f"{caller} needs a square matrix, but A has shape ({A.rows}, {A.cols}).")
    if not A.rows:
        raise InputError(f"{caller} needs a matrix with at least one row.")
    for i in range(A.rows):
        for j in range(i):
            if not _same(A[i, j], A[j, i]):
                raise InputError(
                    f"{caller} needs a symmetric matrix, but A[{j}, {i}] = {A[j, i]} and A[{i}, {j}] = {A[i, j]}. "
                    "For the form vᵀAv, pass (A + A.T)/2."
                )


def _same(a: sympy.Expr, b: sympy.Expr) -> bool:
    if a == b:
        return True
    difference = a - b
    return bool(sympy.expand(difference) == 0) if difference.free_symbols else bool(is_zero(difference))


def _require_constant(A: sympy.Matrix) -> None:
    for i in range(A.rows):
        for j in range(A.cols):
            if A[i, j].free_symbols or A[i, j].has(sympy.Float) or A[i, j].is_finite is False:
                raise InputError(f"A must hold exact numbers, but A[{i}, {j}] = {A[i, j]}.")


@dataclass(frozen=True)
class QuadraticForm:
    """q(v) = vᵀAv.

    ``given`` may be any square matrix of numbers or expressions; ``matrix`` is its symmetric part
    (given + givenᵀ)/2, which has the same values.

    Examples
    --------
    >>> q = QuadraticForm.of(sympy.Matrix([[1, 4], [0, 3]]))
    >>> q.matrix
    Matrix([
    [1, 2],
    [2, 3]])
    >>> q((1, 1))
    8
    """

    given: sympy.ImmutableDenseMatrix

    @staticmethod
    def of(A: sympy.Matrix) -> QuadraticForm:
        """The form vᵀAv of a square matrix, symmetric or not."""
        if A.rows != A.cols:
            raise InputError(f"A quadratic form needs a square matrix, but A has shape ({A.rows}, {A.cols}).")
        return QuadraticForm(Matrix(A))

    @cached_property
    def matrix(self) -> sympy.ImmutableDenseMatrix:
        """The symmetric matrix, shape (n, n)."""
        return self.given if self.is_symmetric else Matrix((self.given + self.given.T) / 2)

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether the matrix that was given is symmetric."""
        A = self.given
        return all(_same(A[i, j], A[j, i]) for i in range(A.rows) for j in range(i))

    @property
    def dimension(self) -> int:
        """Length of v."""
        return int(self.given.rows)

    def __call__(self, v: Sequence[sympy.Expr]) -> sympy.Expr:
        """q(v)."""
        return self.bilinear(v, v)

    def bilinear(self, u: Sequence[sympy.Expr], v: Sequence[sympy.Expr]) -> sympy.Expr:
        """uᵀAv with the symmetric matrix, the polar form: q(u + v) = q(u) + 2·uᵀAv + q(v)."""
        n = self.dimension
        for name, w in (("u", u), ("v", v)):
            if len(w) != n:
                raise InputError(f"{name} has length {len(w)}, but the form takes {n} components.")
        A = self.matrix
        return sympy.expand(sympy.Add(*(A[i, j] * u[i] * v[j] for i in range(n) for j in range(n))))

    def full_expansion(self, v: Sequence[sympy.Expr] | None = None) -> sympy.Expr:
        """Σ aᵢᵢvᵢ² + Σ_{i≠j} aᵢⱼvᵢvⱼ with the entries as given, term by term (not collected).

        It holds for every square matrix.
        """
        v, A, n = self._components(v), self.given, self.dimension
        squares = [A[i, i] * v[i] ** 2 for i in range(n)]
        products = [A[i, j] * v[i] * v[j] for i in range(n) for j in range(n) if i != j]
        return sympy.Add(*(term for term in (*squares, *products) if term != 0), evaluate=False)

    def folded_expansion(self, v: Sequence[sympy.Expr] | None = None) -> sympy.Expr:
        """Σ aᵢᵢvᵢ² + 2·Σ_{i<j} aᵢⱼvᵢvⱼ with the entries of the symmetric matrix, term by term: equal to q(v)."""
        return self._folded(self.matrix, v)

    def folded_as_given(self, v: Sequence[sympy.Expr] | None = None) -> sympy.Expr:
        """The same sum with the entries as given: equal to q(v) exactly when that matrix is symmetric."""
        return self._folded(self.given, v)

    def _folded(self, A: sympy.Matrix, v: Sequence[sympy.Expr] | None) -> sympy.Expr:
        v, n = self._components(v), self.dimension
        squares = [A[i, i] * v[i] ** 2 for i in range(n)]
        products = [2 * A[i, j] * v[i] * v[j] for i in range(n) for j in range(i + 1, n)]
        return sympy.Add(*(term for term in (*squares, *products) if term != 0), evaluate=False)

    def _components(self, v: Sequence[sympy.Expr] | None) -> tuple[sympy.Expr, ...]:
        if v is None:
            taken = {str(s) for s in self.given.free_symbols}
            n = range(self.dimension)
            letter = next(c for c in ("v", "u", "w", "p", "q", "v_") if not any(f"{c}{i}" in taken for i in n))
            return tuple(sympy.Symbol(f"{letter}{i}", real=True) for i in range(self.dimension))
        if len(v) != self.dimension:
            raise InputError(f"v has length {len(v)}, but the form takes {self.dimension} components.")
        return tuple(v)

    @cached_property
    def inertia(self) -> Inertia:
        """Signs of the eigenvalues of the symmetric matrix, counted."""
        return inertia(self.matrix)

    @property
    def definiteness(self) -> str:
        """Positive definite, …, indefinite, zero."""
        return self.inertia.definiteness

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle q(v) = v^T {sympy.latex(self.matrix)} v$"
