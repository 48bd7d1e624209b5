"""Matrices of exact numbers, and whether they vanish.

Entries are sums of square roots in normal form where possible, other exact constants (nested roots, roots of
polynomials, π) and formulas in symbols otherwise.  Whether an entry is 0 is decided exactly or not at all: then
``CannotTell`` is raised, and the answer goes to a human.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, TypeAlias

import flint
import sympy

from hessmath.errors import InputError
from hessmath.grading.equality import equal
from hessmath.grading.grade import Verdict
from hessmath.grading.shown import text_of
from hessmath.symbolic.constants import enclosure, is_zero, sign
from hessmath.symbolic.surds import Surd, surd

Matrix = sympy.ImmutableDenseMatrix

Number: TypeAlias = Any
"""A Surd, or a SymPy expression where there is no normal form."""

MAX_ENTRIES = 2500
"""Largest matrix that is worked on."""


class CannotTell(ArithmeticError):
    """Something needed for the verdict could not be decided exactly."""


def number(expr: sympy.Expr) -> Number:
    """The normal form of a constant, or the expression itself."""
    found = surd(expr)
    return expr if found is None else found


def expression(value: Number) -> sympy.Expr:
    """The number as SymPy's."""
    return value.expr if isinstance(value, Surd) else value


def plus(a: Number, b: Number) -> Number:
    """a + b."""
    if isinstance(a, Surd) and isinstance(b, Surd):
        return a + b
    if isinstance(a, Surd) and not a:
        return b
    if isinstance(b, Surd) and not b:
        return a
    return expression(a) + expression(b)


def times(a: Number, b: Number) -> Number:
    """a·b."""
    if isinstance(a, Surd) and isinstance(b, Surd):
        return a * b
    if (isinstance(a, Surd) and not a) or (isinstance(b, Surd) and not b):
        return Surd({})
    return expression(a) * expression(b)


def minus(a: Number) -> Number:
    """−a."""
    return -a


def reciprocal(a: Number) -> Number:
    """1/a for a ≠ 0."""
    return a.inverse() if isinstance(a, Surd) else 1 / a


def vanishes(value: Number, domain: str = "real") -> bool:
    """Whether a number or formula is 0.

    Raises
    ------
    CannotTell
        If that is not decided.
    """
    if isinstance(value, Surd):
        return not value
    symbols = sorted(value.free_symbols, key=str)
    if symbols:
        if value.is_rational_function(*symbols):  # 0 exactly when its numerator is
            value = sympy.together(value).as_numer_denom()[0]
        verdict = equal(value, sympy.S.Zero, symbols, domain).verdict
        found = {Verdict.RIGHT: True, Verdict.WRONG: False}.get(verdict)
    elif value.has(sympy.I):
        parts = [is_zero(part) for part in sympy.expand(value).as_real_imag()]
        found = False if False in parts else None if None in parts else True
    else:
        found = is_zero(value)
    if found is None:
        raise CannotTell(f"whether {text_of(value)} is 0")
    return found


def sign_of(value: Number) -> int:
    """−1, 0 or 1 for a real constant.

    Raises
    ------
    CannotTell
        If the sign is not decided, or the value is no real constant.
    """
    if isinstance(value, Surd) and value.is_rational:
        c = value.as_rational
        return int(c > 0) - int(c < 0)
    expr = expression(value)
    found = None if expr.free_symbols or expr.has(sympy.I) else sign(expr)
    if found is None:
        raise CannotTell(f"the sign of {text_of(expr)}")
    return found


@dataclass(frozen=True)
class Entry:
    """An entry that is not 0 where it should be: its place (from 0), its value, and a point for formulas.

    Most entries are only asked for whether there is one: the text and the point are found when they are needed.
    """

    row: int
    column: int
    number: Number
    domain: str = "real"

    @cached_property
    def value(self) -> str:
        """The value as text."""
        return text_of(expression(self.number))

    @cached_property
    def point(self) -> Mapping[str, str]:
        """Where a formula is not 0; empty for constants."""
        expr = expression(self.number)
        symbols = sorted(expr.free_symbols, key=str)
        return dict(equal(expr, sympy.S.Zero, symbols, self.domain).where) if symbols else {}


@dataclass(frozen=True)
class Table:
    """An (m, n) matrix as rows of numbers.

    Examples
    --------
    >>> Q = Table.of(Matrix([[1, 1], [1, -1]]) / sympy.sqrt(2))
    >>> (Q.T @ Q).matrix
    Matrix([
    [1, 0],
    [0, 1]])
    """

    rows: tuple[tuple[Number, ...], ...]

    @staticmethod
    def of(matrix: sympy.Matrix) -> Table:
        """The table of a SymPy matrix."""
        if matrix.rows * matrix.cols > MAX_ENTRIES:
            raise InputError(f"A matrix may have at most {MAX_ENTRIES} entries, but this one is {matrix.shape}.")
        m, n = matrix.shape
        return Table(tuple(tuple(number(matrix[i, j]) for j in range(n)) for i in range(m)))

    @staticmethod
    def identity(n: int) -> Table:
        """I."""
        return Table(tuple(tuple(Surd.rational(int(i == j)) for j in range(n)) for i in range(n)))

    @staticmethod
    def columns(vectors: Sequence[sympy.Matrix]) -> Table:
        """The matrix with these columns."""
        return Table.of(Matrix.hstack(*vectors))

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return len(self.rows), len(self.rows[0]) if self.rows else 0

    @property
    def T(self) -> Table:
        """The transpose."""
        return Table(tuple(zip(*self.rows, strict=True)))

    @property
    def H(self) -> Table:
        """The conjugate transpose."""
        return Table(tuple(tuple(map(_conjugate, row)) for row in self.T.rows))

    @property
    def matrix(self) -> sympy.ImmutableDenseMatrix:
        """As SymPy's matrix."""
        return Matrix([[expression(entry) for entry in row] for row in self.rows])

    @property
    def is_rational(self) -> bool:
        """Whether all entries are rational."""
        return all(isinstance(entry, Surd) and entry.is_rational for row in self.rows for entry in row)

    @property
    def is_surd(self) -> bool:
        """Whether all entries have a normal form, so that elimination is exact."""
        return all(isinstance(entry, Surd) for row in self.rows for entry in row)

    @property
    def is_constant(self) -> bool:
        """Whether no entry has symbols."""
        return all(isinstance(entry, Surd) or not entry.free_symbols for row in self.rows for entry in row)

    def column(self, j: int) -> Table:
        """Column j, shape (m, 1)."""
        return Table(tuple((row[j],) for row in self.rows))

    def __matmul__(self, other: Table) -> Table:
        if self.shape[0] * self.shape[1] * other.shape[1] > 200 and self.is_rational and other.is_rational:
            return _from_flint(self.flint * other.flint)
        columns = other.T.rows
        zero = Surd({})
        return Table(
            tuple(
                tuple(reduce(plus, (times(a, b) for a, b in zip(row, column, strict=True)), zero) for column in columns)
                for row in self.rows
            )
        )

    def __add__(self, other: Table) -> Table:
        return self._paired(other, plus)

    def __sub__(self, other: Table) -> Table:
        return self._paired(other, lambda a, b: plus(a, minus(b)))

    def _paired(self, other: Table, join: Callable[[Number, Number], Number]) -> Table:
        return Table(
            tuple(
                tuple(join(a, b) for a, b in zip(row, others, strict=True))
                for row, others in zip(self.rows, other.rows, strict=True)
            )
        )

    def scaled(self, factor: Number) -> Table:
        """Every entry times a number."""
        return Table(tuple(tuple(times(factor, entry) for entry in row) for row in self.rows))

    def off_diagonal(self) -> Table:
        """The matrix with zeros on its diagonal."""
        return self._masked(lambda i, j: i != j)

    def lower(self) -> Table:
        """What stands strictly below the diagonal."""
        return self._masked(lambda i, j: i > j)

    def upper(self) -> Table:
        """What stands strictly above the diagonal."""
        return self._masked(lambda i, j: i < j)

    def _masked(self, keep: Callable[[int, int], bool]) -> Table:
        zero = Surd({})
        return Table(
            tuple(tuple(e if keep(i, j) else zero for j, e in enumerate(row)) for i, row in enumerate(self.rows))
        )

    def diagonal(self) -> tuple[Number, ...]:
        """The diagonal entries."""
        return tuple(row[i] for i, row in enumerate(self.rows) if i < len(row))

    @property
    def flint(self) -> flint.fmpq_mat:
        """A rational matrix as FLINT's."""
        m, n = self.shape
        return flint.fmpq_mat(m, n, [entry.as_rational for row in self.rows for entry in row])

    def entries(self) -> Iterator[tuple[int, int, Number]]:
        """(row, column, value), row by row."""
        for i, row in enumerate(self.rows):
            for j, entry in enumerate(row):
                yield i, j, entry

    def nonzero(self, domain: str = "real") -> Entry | None:
        """The first entry that is not 0; None when all are.

        Raises
        ------
        CannotTell
            If none is known to be nonzero, but one is not known to be zero either.
        """
        doubt: CannotTell | None = None
        for i, j, value in self.entries():
            try:
                if not vanishes(value, domain):
                    return Entry(i, j, value, domain)
            except CannotTell as error:
                doubt = error
        if doubt is not None:
            raise doubt
        return None


def _conjugate(value: Number) -> Number:
    if isinstance(value, Surd):
        return value.conjugate
    return sympy.conjugate(value) if value.has(sympy.I) else value


def is_real(value: Number) -> bool:
    """Whether a constant is real.

    Raises
    ------
    CannotTell
        If that is not decided.
    """
    if isinstance(value, Surd):
        return value.is_real
    if value.has(sympy.I):
        return vanishes(number(sympy.expand(value).as_real_imag()[1]))
    ball = enclosure(value, 64)
    if ball is None or not ball.is_finite():
        raise CannotTell(f"whether {text_of(value)} is real")
    return True


def _from_flint(A: flint.fmpq_mat) -> Table:
    m, n = A.nrows(), A.ncols()
    return Table(tuple(tuple(Surd({1: A[i, j]}) for j in range(n)) for i in range(m)))


# ---- elimination ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Echelon:
    """The reduced row echelon form with the columns of its pivots."""

    table: Table
    pivots: tuple[int, ...]

    @property
    def rank(self) -> int:
        """How many pivots there are."""
        return len(self.pivots)


def echelon(A: Table) -> Echelon:
    """Gauss–Jordan elimination.

    Raises
    ------
    CannotTell
        If a pivot cannot be told from 0.
    """
    if A.is_rational:
        reduced, rank = A.flint.rref()
        table = _from_flint(reduced)
        pivots = tuple(next(j for j, entry in enumerate(table.rows[i]) if entry) for i in range(rank))
        return Echelon(table, pivots)
    if not A.is_constant:
        return _symbolic_echelon(A)
    rows = [list(row) for row in A.rows]
    found: list[int] = []
    for column in range(A.shape[1]):
        place = next((r for r in range(len(found), len(rows)) if not vanishes(rows[r][column])), None)
        if place is None:
            continue
        top = len(found)
        rows[top], rows[place] = rows[place], rows[top]
        scale = reciprocal(rows[top][column])
        rows[top] = [times(scale, entry) for entry in rows[top]]
        rows[top][column] = Surd.rational(1)
        for r, row in enumerate(rows):
            c = row[column]
            if r != top and not (isinstance(c, Surd) and not c):
                rows[r] = [plus(a, minus(times(c, b))) for a, b in zip(row, rows[top], strict=True)]
                rows[r][column] = Surd({})
        found.append(column)
    return Echelon(Table(tuple(map(tuple, rows))), tuple(found))


def _symbolic_echelon(A: Table) -> Echelon:
    """Over the field of rational functions: what holds for all values of the symbols but a few."""
    domain_matrix = A.matrix.to_DM().to_field()
    reduced, pivots = domain_matrix.rref()
    return Echelon(Table.of(Matrix(reduced.to_Matrix())), tuple(pivots))


def rank(A: Table) -> int:
    """The number of independent rows.

    Raises
    ------
    CannotTell
        If an entry met on the way cannot be told from 0.
    """
    return echelon(A).rank


def kernel(A: Table) -> tuple[Table, ...]:
    """A basis of {x : Ax = 0}, as columns; for rationals every vector has whole entries without common factor."""
    reduced = echelon(A)
    n = A.shape[1]
    basis = []
    for free in (j for j in range(n) if j not in reduced.pivots):
        vector: list[Number] = [Surd.rational(int(j == free)) for j in range(n)]
        for r, column in enumerate(reduced.pivots):
            vector[column] = minus(reduced.table.rows[r][free])
        basis.append(primitive(Table(tuple((entry,) for entry in vector))))
    return tuple(basis)


def primitive(vector: Table) -> Table:
    """A rational vector scaled to whole numbers without a common factor; other vectors as they are."""
    if not vector.is_rational:
        return vector
    entries = [entry.as_rational for (entry,) in vector.rows]
    common = reduce(lambda a, b: a * b // a.gcd(b), (c.q for c in entries), flint.fmpz(1))
    whole = [(c * common).p for c in entries]
    divisor = reduce(lambda a, b: a.gcd(b), whole, flint.fmpz(0)) or flint.fmpz(1)
    return Table(tuple((Surd.rational(flint.fmpq(c, divisor)),) for c in whole))


def determinant(A: Table) -> Number:
    """det A, also with symbols."""
    if A.is_rational:
        return Surd({1: A.flint.det()})
    return number(characteristic(A)[-1]) if A.shape[0] % 2 == 0 else minus(number(characteristic(A)[-1]))


def characteristic(A: Table) -> tuple[sympy.Expr, ...]:
    """Coefficients of det(λI − A), leading one first; Faddeev and LeVerrier, with divisions by whole numbers only."""
    n = A.shape[0]
    if A.is_rational:
        return tuple(sympy.Rational(int(c.p), int(c.q)) for c in reversed(A.flint.charpoly().coeffs()))
    if not A.is_surd:
        return tuple(sympy.expand(c) for c in A.matrix.charpoly().all_coeffs())
    coefficients: list[Number] = [Surd.rational(1)]
    M = Table(tuple((Surd({}),) * n for _ in range(n)))
    for k in range(1, n + 1):
        M = A @ M + Table.identity(n).scaled(coefficients[-1])
        trace = reduce(plus, (A @ M).diagonal(), Surd({}))
        coefficients.append(times(trace, Surd.rational(flint.fmpq(-1, k))))
    return tuple(expression(c) for c in coefficients)


def inverse(A: Table) -> Table | None:
    """A⁻¹; None for a singular matrix.

    Raises
    ------
    CannotTell
        If a pivot cannot be told from 0.
    """
    n = A.shape[0]
    both = Table(tuple((*row, *one) for row, one in zip(A.rows, Table.identity(n).rows, strict=True)))
    reduced = echelon(both)
    if reduced.pivots[:n] != tuple(range(n)):
        return None
    return Table(tuple(row[n:] for row in reduced.table.rows))


def independent(columns: Table) -> bool:
    """Whether the columns are linearly independent.

    Raises
    ------
    CannotTell
        If that is not decided.
    """
    m, n = columns.shape
    if n > m:
        return False
    if columns.is_constant and not columns.is_surd and _gram_is_regular(columns):
        return True
    return rank(columns) == n


def _gram_is_regular(columns: Table) -> bool:
    """Whether balls show that det(AᵀA) ≠ 0, for real A."""
    m, n = columns.shape
    for bits in (128, 1024):
        balls = [enclosure(expression(entry), bits) for row in columns.rows for entry in row]
        if any(ball is None for ball in balls):
            return False
        with flint.ctx.workprec(bits):
            A = flint.arb_mat(m, n, balls)
            if not (A.transpose() * A).det().contains(0):
                return True
    return False
