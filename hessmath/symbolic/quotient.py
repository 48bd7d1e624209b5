"""Zero-dimensional polynomial systems over ℚ, solved exactly by one univariate polynomial.

For a system with finitely many complex solutions the quotient ring is a finite-dimensional algebra; multiplication by a
linear form t that separates the solutions has a characteristic polynomial whose roots are the values of t at the
solutions, with their multiplicities, and every coordinate is a polynomial in t on each irreducible factor.

References
----------
Rouillier (1999), Solving zero-dimensional systems through the rational univariate representation, AAECC 9, 433–461,
section 3; Cox, Little & O'Shea (2005), Using Algebraic Geometry, 2nd ed., chapter 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import flint
import sympy
from sympy.polys.orderings import grevlex

from hessmath.symbolic.roots import factors, integer_polynomial

MAX_SOLUTIONS = 50
"""Bézout's bound up to which a system is worked on."""


class NotFinite(Exception):
    """The system has infinitely many complex solutions."""


@dataclass(frozen=True)
class Family:
    """The solutions that belong to one irreducible factor: coordinates are polynomials in its root."""

    factor: tuple[int, ...]
    multiplicity: int
    coordinates: tuple[flint.fmpq_poly, ...]

    @property
    def modulus(self) -> flint.fmpq_poly:
        """The factor as a polynomial over ℚ."""
        return flint.fmpq_poly(list(self.factor))


def solve(polynomials: Sequence[sympy.Poly]) -> list[Family]:
    """All complex solutions, grouped by the irreducible factors of the separating polynomial.

    Raises
    ------
    NotFinite
        If there are infinitely many solutions.
    """
    variables = polynomials[0].gens
    basis = sympy.groebner([p.as_expr() for p in polynomials], *variables, order="grevlex", domain=sympy.QQ)
    if basis.exprs == [1]:
        return []
    standard = _standard_monomials(basis, len(variables))
    tables = _multiplication(basis, variables, standard)
    for weights in _weights(len(variables)):
        found = _represented(tables, weights)
        if found is not None:
            return found
    raise NotFinite  # not reached: some weights separate finitely many points


def _standard_monomials(basis: sympy.polys.polytools.GroebnerBasis, n: int) -> list[tuple[int, ...]]:
    """The monomials outside the leading ideal; finitely many exactly when every variable has a pure leading power."""
    leads = [max(poly.monoms(), key=grevlex) for poly in basis.polys]
    limits = []
    for i in range(n):
        pure = [m[i] for m in leads if m[i] and not any(e for j, e in enumerate(m) if j != i)]
        if not pure:
            raise NotFinite
        limits.append(min(pure))
    box = product(*(range(limit) for limit in limits))
    return [m for m in box if not any(all(a >= b for a, b in zip(m, lead, strict=True)) for lead in leads)]


def _multiplication(
    basis: sympy.polys.polytools.GroebnerBasis, variables: Sequence[sympy.Symbol], standard: list[tuple[int, ...]]
) -> list[flint.fmpq_mat]:
    """For each variable the matrix of multiplication by it, on the standard monomials."""
    place = {m: k for k, m in enumerate(standard)}
    tables = []
    for i in range(len(variables)):
        columns = []
        for monomial in standard:
            raised = (*monomial[:i], monomial[i] + 1, *monomial[i + 1 :])
            if raised in place:
                columns.append({place[raised]: flint.fmpq(1)})
                continue
            term = sympy.Mul(*(x**e for x, e in zip(variables, raised, strict=True)))
            rest = sympy.Poly(basis.reduce(term)[1], *variables, domain=sympy.QQ)
            columns.append({place[m]: _fraction(c) for m, c in rest.terms() if c})
        entries = [columns[c].get(r, flint.fmpq(0)) for r in range(len(standard)) for c in range(len(standard))]
        tables.append(flint.fmpq_mat(len(standard), len(standard), entries))
    return tables


def _weights(n: int) -> Iterator[tuple[int, ...]]:
    """Linear forms to try: (1, k, k², …) separates all points for all but finitely many k (Rouillier, lemma 2.1)."""
    yield (*([0] * (n - 1)), 1)
    for k in range(1, 10_000):
        yield tuple(k**i for i in range(n))


def _represented(tables: list[flint.fmpq_mat], weights: tuple[int, ...]) -> list[Family] | None:
    """The rational univariate representation for one linear form, or None when it does not separate."""
    d = tables[0].nrows()
    zero = flint.fmpq_mat(d, d)
    form = sum((w * table for w, table in zip(weights, tables, strict=True)), zero)
    characteristic = form.charpoly()
    squarefree = characteristic / characteristic.gcd(characteristic.derivative())
    powers = [flint.fmpq_mat(d, d, [int(i == j) for i in range(d) for j in range(d)])]
    for _ in range(squarefree.degree()):
        powers.append(powers[-1] * form)
    one = _numerator(powers, powers[0], squarefree)
    found = []
    for factor, multiplicity in factors(integer_polynomial(characteristic.coeffs())):
        modulus = flint.fmpq_poly(list(factor))
        inverse = _inverse(one % modulus, modulus)
        coordinates = tuple((_numerator(powers, table, squarefree) * inverse) % modulus for table in tables)
        found.append(Family(factor, multiplicity, coordinates))
    separated = sum((len(family.factor) - 1) for family in found) == _distinct(tables, d)
    return found if separated else None


def _numerator(powers: list[flint.fmpq_mat], table: flint.fmpq_mat, squarefree: flint.fmpq_poly) -> flint.fmpq_poly:
    """Σᵢ trace(M_v M_tⁱ) H_{d−i−1}(T), with Hⱼ the Horner polynomials of the squarefree part (Rouillier, 3.3)."""
    d = squarefree.degree()
    lead = squarefree[d]
    total = flint.fmpq_poly([0])
    horner = flint.fmpq_poly([0])
    shift = flint.fmpq_poly([0, 1])
    steps = []
    for j in range(d):
        horner = horner * shift + flint.fmpq_poly([squarefree[d - j] / lead])
        steps.append(horner)
    for i in range(d):
        total += _trace(table * powers[i]) * steps[d - 1 - i]
    return total


def _distinct(tables: list[flint.fmpq_mat], d: int) -> int:
    """The number of distinct complex solutions: the rank of the trace form (Cox, Little & O'Shea, theorem 2.5.2)."""
    basis = _monomial_tables(tables, d)
    gram = [_trace(a * b) for a in basis for b in basis]
    return int(flint.fmpq_mat(d, d, gram).rank())


def _monomial_tables(tables: list[flint.fmpq_mat], d: int) -> list[flint.fmpq_mat]:
    """Multiplication by d elements that span the algebra, found by closing 1 under the variables."""
    identity = flint.fmpq_mat(d, d, [int(i == j) for i in range(d) for j in range(d)])
    found: list[flint.fmpq_mat] = []
    rows: list[list[flint.fmpq]] = []
    queue = [identity]
    while queue and len(found) < d:
        candidate = queue.pop(0)
        row = [candidate[i, j] for i in range(d) for j in range(d)]
        if flint.fmpq_mat(len(rows) + 1, d * d, [e for r in [*rows, row] for e in r]).rank() == len(rows):
            continue
        found.append(candidate)
        rows.append(row)
        queue += [table * candidate for table in tables]
    return found


def _trace(matrix: flint.fmpq_mat) -> flint.fmpq:
    return sum((matrix[i, i] for i in range(matrix.nrows())), flint.fmpq(0))


def _inverse(a: flint.fmpq_poly, modulus: flint.fmpq_poly) -> flint.fmpq_poly:
    """1/a in ℚ[T]/(modulus), for a that is not zero there."""
    gcd, s, _ = a.xgcd(modulus)
    return s / gcd[0]


def _fraction(value: sympy.Rational) -> flint.fmpq:
    number = sympy.Rational(value)
    return flint.fmpq(int(number.p), int(number.q))
