"""Critical points: all of them where the equations ∇f = 0 are polynomial, each with its kind.

Equations that become polynomial after common denominators and factors that are never zero (exponentials) are left out
are solved too.  Everything else is reported as not found, with the reason: a missing point is never claimed away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cmp_to_key, reduce
from itertools import pairwise
from typing import Any

import flint
import sympy

from hessmath.errors import InputError
from hessmath.symbolic.constants import compare, sign
from hessmath.symbolic.derivatives import gradient, hessian
from hessmath.symbolic.quadratic import Inertia, inertia
from hessmath.symbolic.quotient import MAX_SOLUTIONS, Family, NotFinite, solve
from hessmath.symbolic.roots import RealRoot, factors, integer_polynomial, roots_of_factor

MAX_VARIABLES = 8
MAX_TERMS = 20_000
"""Largest expanded derivative that is worked on."""


class Kind(Enum):
    """What a critical point is, as far as the second derivatives tell."""

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SADDLE = "saddle"
    DEGENERATE = "degenerate"

    @staticmethod
    def of(signs: Inertia) -> Kind:
        """The kind for an inertia of the Hessian; a saddle needs both signs, a zero eigenvalue leaves it open."""
        if signs.positive and signs.negative:
            return Kind.SADDLE
        if signs.zero:
            return Kind.DEGENERATE
        return Kind.MINIMUM if signs.positive else Kind.MAXIMUM


@dataclass(frozen=True)
class CriticalPoint:
    """A point with ∇f = 0, exactly.

    ``multiplicity`` is that of the solution of the polynomial system (1 unless the Hessian is singular).
    """

    point: tuple[sympy.Expr, ...]
    kind: Kind
    inertia: Inertia
    value: sympy.Expr
    multiplicity: int

    @property
    def index(self) -> int:
        """How many eigenvalues of the Hessian are negative."""
        return self.inertia.negative


@dataclass(frozen=True)
class CriticalPoints:
    """What was found: the points, whether they are all, and if not, why."""

    points: tuple[CriticalPoint, ...]
    complete: bool
    reason: str = ""


def classify(gradient_: sympy.Matrix, hessian_: sympy.Matrix) -> Kind:
    """The kind of the point where the gradient and Hessian have these exact values.

    Raises
    ------
    InputError
        If the gradient is not zero, or a sign cannot be decided.
    """
    for i, entry in enumerate(gradient_):
        if sign(entry) != 0:
            raise InputError(f"The point is not critical: entry {i} of the gradient is {entry}, not 0.")
    return Kind.of(inertia(hessian_))


def critical_points(expr: sympy.Expr, variables: Sequence[sympy.Symbol], domain: Sequence[Any] = ()) -> CriticalPoints:
    """All real solutions of ∇f = 0 that exact algebra finds.

    Parameters
    ----------
    expr : the formula
    variables : n symbols
    domain : SymPy relations that a point must satisfy

    Notes
    -----
    Cost grows with Bézout's bound on the number of solutions, which is limited to 50.

    Examples
    --------
    >>> x, y = sympy.symbols("x y", real=True)
    >>> found = critical_points(x**3 - 3*x + y**2, (x, y))
    >>> [(p.point, p.kind.value) for p in found.points], found.complete
    ([((-1, 0), 'saddle'), ((1, 0), 'minimum')], True)
    """
    variables = tuple(variables)
    if expr.free_symbols - set(variables):
        names = ", ".join(sorted(map(str, expr.free_symbols - set(variables))))
        return CriticalPoints((), False, f"the formula has parameters ({names}); put numbers in their place.")
    if expr.has(sympy.Abs, sympy.sign, sympy.Max, sympy.Min, sympy.Heaviside, sympy.Piecewise):
        return CriticalPoints((), False, "the formula has kinks, where critical points need not have ∇f = 0.")
    equations, reason = _equations(expr, variables)
    if reason:
        return CriticalPoints((), False, reason)
    try:
        families = solve(equations) if equations else None
    except NotFinite:
        families = None
    if families is None:
        shown = ", ".join(f"{p.as_expr()} = 0" for p in equations) or "0 = 0"
        return CriticalPoints((), False, f"the critical points are not isolated; they satisfy {shown}.")
    return _collect(expr, variables, families, domain)


def _equations(expr: sympy.Expr, variables: tuple[sympy.Symbol, ...]) -> tuple[list[sympy.Poly], str]:
    """Polynomials over ℚ whose common zeros hold all critical points, or the reason why there are none."""
    if len(variables) > MAX_VARIABLES:
        return [], f"the formula has {len(variables)} variables, but systems of at most {MAX_VARIABLES} are solved."
    found = []
    bound = 1
    for x, entry in zip(variables, gradient(expr, variables), strict=True):
        if any(not isinstance(part, sympy.exp) and part.free_symbols for part in entry.atoms(sympy.Function)):
            return [], f"∂f/∂{x} = 0 is not a polynomial equation."
        if _terms(entry) > MAX_TERMS:
            return [], f"∂f/∂{x} would have more than {MAX_TERMS} terms when it is multiplied out."
        numerator = _without_exponentials(sympy.together(sympy.expand(entry)).as_numer_denom()[0])
        try:
            poly = sympy.Poly(numerator, *variables)
        except sympy.PolynomialError:
            poly = None
        if poly is None or poly.has(sympy.exp, sympy.Function) or not numerator.is_polynomial(*variables):
            return [], f"∂f/∂{x} = 0 is not a polynomial equation."
        if not poly.domain.is_ZZ and not poly.domain.is_QQ:
            return [], f"∂f/∂{x} has coefficients that are not rational."
        if poly.is_zero:
            continue
        bound *= max(1, poly.total_degree())
        found.append(poly.set_domain(sympy.QQ))
    if bound > MAX_SOLUTIONS:
        return [], f"the equations ∇f = 0 may have {bound} solutions, but at most {MAX_SOLUTIONS} are worked on."
    return found, ""


def _terms(expr: sympy.Expr) -> int:
    """A bound on how many terms an expression has when it is multiplied out, cut off at one more than MAX_TERMS."""
    parts = [_terms(arg) for arg in expr.args]
    if expr.is_Add:
        return min(MAX_TERMS + 1, sum(parts))
    if expr.is_Mul:
        return min(MAX_TERMS + 1, math.prod(parts))
    if expr.is_Pow and expr.exp.is_Integer and parts[0] > 1:
        n = abs(int(expr.exp))
        return min(MAX_TERMS + 1, math.comb(parts[0] + n - 1, n))
    return 1


def _without_exponentials(numerator: sympy.Expr) -> sympy.Expr:
    """The product without factors exp(…) and positive constants, which are never zero."""
    numerator = sympy.factor_terms(sympy.factor(numerator)) if numerator.has(sympy.exp) else numerator
    kept = [f for f in sympy.Mul.make_args(numerator) if not isinstance(f, sympy.exp) and not _is_power_of_exp(f)]
    return sympy.Mul(*kept)


def _is_power_of_exp(factor: sympy.Expr) -> bool:
    return bool(factor.is_Pow and isinstance(factor.base, sympy.exp)) or (
        bool(factor.is_Pow) and factor.base is sympy.E
    )


def _collect(
    expr: sympy.Expr, variables: tuple[sympy.Symbol, ...], families: list[Family], domain: Sequence[Any]
) -> CriticalPoints:
    """The real points of the families where f is defined and differentiable, sorted by coordinates."""
    H = hessian(expr, variables)
    points: list[CriticalPoint] = []
    undecided = ""
    for family in families:
        for root in roots_of_factor(family.factor):
            coordinates = tuple(_number(c, family, root) for c in family.coordinates)
            try:
                point = _point(expr, H, variables, coordinates, family, root)
            except InputError as error:
                undecided = f"the point {coordinates} was found, but {error}"
                continue
            inside = _inside(domain, dict(zip(variables, coordinates, strict=True)))
            if inside is None:
                undecided = f"it is not decided whether the point {coordinates} lies in the domain."
            elif inside and point is not None:
                points.append(point)
    return CriticalPoints(tuple(_sorted(points)), not undecided, undecided)


def _point(
    expr: sympy.Expr,
    H: sympy.Matrix,
    variables: tuple[sympy.Symbol, ...],
    coordinates: tuple[sympy.Expr, ...],
    family: Family,
    root: RealRoot,
) -> CriticalPoint | None:
    """The critical point with its inertia and value; None where a denominator vanishes."""
    field = _Field(family, root, variables)
    if all(entry.is_rational_function(*variables) for entry in (*H, expr)):
        entries = [field.value(entry) for entry in H]
        value = field.value(expr)
        if value is None or any(entry is None for entry in entries):
            return None
        signs = field.inertia([e for e in entries if e is not None], len(variables))
        exact = _number(value, family, root)
    else:
        values = dict(zip(variables, coordinates, strict=True))
        if not _defined(expr, values):
            return None
        signs = inertia(H.subs(values, simultaneous=True))
        exact = expr.subs(values, simultaneous=True)
    return CriticalPoint(coordinates, Kind.of(signs), signs, exact, family.multiplicity)


def _defined(expr: sympy.Expr, values: dict[sympy.Symbol, sympy.Expr]) -> bool:
    """Whether every logarithm and root of the formula has a positive argument at the point."""
    for part in sympy.preorder_traversal(expr):
        root = part.is_Pow and not part.exp.is_integer and bool(part.base.free_symbols)
        if root or isinstance(part, sympy.log | sympy.loggamma):
            found = sign(part.args[0].subs(values, simultaneous=True))
            if found is None:
                raise InputError(f"it is not decided whether {part} is defined there.")
            if found <= 0:
                return False
    return True


class _Field:
    """The numbers ℚ(t) for one real root t of one irreducible factor."""

    def __init__(self, family: Family, root: RealRoot, variables: tuple[sympy.Symbol, ...]) -> None:
        self.modulus, self.root = family.modulus, root
        self.values = dict(zip(variables, family.coordinates, strict=True))
        self.variables = variables

    def value(self, expr: sympy.Expr) -> flint.fmpq_poly | None:
        """A rational function of the variables at the point; None where its denominator is zero."""
        numerator, denominator = (self._polynomial(e) for e in sympy.together(expr).as_numer_denom())
        if not denominator:
            return None
        gcd, inverse, _ = denominator.xgcd(self.modulus)
        return (numerator * inverse / gcd[0]) % self.modulus

    def _polynomial(self, expr: sympy.Expr) -> flint.fmpq_poly:
        total = flint.fmpq_poly([0])
        for powers, c in sympy.Poly(expr, *self.variables, domain=sympy.QQ).terms():
            number = sympy.Rational(c)
            term = flint.fmpq_poly([flint.fmpq(int(number.p), int(number.q))])
            for x, e in zip(self.variables, powers, strict=True):
                for _ in range(e):
                    term = (term * self.values[x]) % self.modulus
            total += term
        return total % self.modulus

    def sign(self, a: flint.fmpq_poly) -> int:
        """The sign of a number: zero exactly when its remainder is; else from balls of rising precision."""
        if not a:
            return 0
        bits = 64
        while True:
            ball = _evaluate(a, self.root, bits)
            if ball > 0 or ball < 0:
                return 1 if ball > 0 else -1
            bits *= 2  # ends, because the number is not zero

    def inertia(self, entries: Sequence[flint.fmpq_poly], n: int) -> Inertia:
        """From the characteristic polynomial by Faddeev and LeVerrier, all roots being real (Descartes)."""
        A = [list(entries[i * n : (i + 1) * n]) for i in range(n)]
        zero, one = flint.fmpq_poly([0]), flint.fmpq_poly([1])
        coefficients = [one]
        M = [[zero] * n for _ in range(n)]
        for k in range(1, n + 1):
            M = self._product(A, M, n)
            for i in range(n):
                M[i][i] = M[i][i] + coefficients[-1]
            AM = self._product(A, M, n)
            trace = reduce(lambda a, b: a + b, (AM[i][i] for i in range(n)))
            coefficients.append(trace * flint.fmpq(-1, k) % self.modulus)
        signs = [self.sign(c) for c in coefficients]
        nonzero = [s for s in signs if s]
        positive = sum(a != b for a, b in pairwise(nonzero))
        null = next(k for k, s in enumerate(reversed(signs)) if s)
        return Inertia(positive, n - positive - null, null)

    def _product(self, A: Any, B: Any, n: int) -> list[list[flint.fmpq_poly]]:
        zero = flint.fmpq_poly([0])
        return [[sum((A[i][k] * B[k][j] for k in range(n)), zero) % self.modulus for j in range(n)] for i in range(n)]


def _evaluate(a: flint.fmpq_poly, root: RealRoot, bits: int) -> flint.arb:
    """A ball around a(t)."""
    with flint.ctx.workprec(bits + 32):
        t, total = root.ball(bits), flint.arb(0)
        for c in reversed(a.coeffs()):
            total = total * t + flint.arb(c)
        return total


def _number(a: flint.fmpq_poly, family: Family, root: RealRoot) -> sympy.Expr:
    """The real number a(t) as a rational, a radical, or a root of its own minimal polynomial."""
    a = a % family.modulus
    if a.degree() <= 0:
        c = a[0]
        return sympy.Rational(int(c.numer()), int(c.denom()))
    d = family.modulus.degree()
    table = [[((a * flint.fmpq_poly([0] * k + [1])) % family.modulus)[i] for k in range(d)] for i in range(d)]
    characteristic = flint.fmpq_mat(d, d, [entry for row in table for entry in row]).charpoly()
    # An irreducible factor's conjugates are permuted transitively: the characteristic polynomial is a power.
    ((minimal, _),) = factors(integer_polynomial(characteristic.coeffs()))
    candidates, bits = roots_of_factor(minimal), 64
    while True:
        ball = _evaluate(a, root, bits)
        near = [r for r in candidates if r.ball(bits).overlaps(ball)]
        if len(near) == 1:
            return near[0].value
        bits *= 2


def _inside(domain: Sequence[Any], values: dict[sympy.Symbol, sympy.Expr]) -> bool | None:
    """Whether every condition holds at the point; None when one cannot be decided."""
    for condition in domain:
        held = _holds(condition, values)
        if held is not True:
            return held
    return True


_TESTS: dict[type, Callable[[int], bool]] = {
    sympy.Eq: lambda s: s == 0,
    sympy.Ne: lambda s: s != 0,
    sympy.StrictLessThan: lambda s: s < 0,
    sympy.LessThan: lambda s: s <= 0,
    sympy.StrictGreaterThan: lambda s: s > 0,
    sympy.GreaterThan: lambda s: s >= 0,
}


def _holds(condition: Any, values: dict[sympy.Symbol, sympy.Expr]) -> bool | None:
    test = _TESTS.get(type(condition))
    if test is None:
        held = condition.subs(values, simultaneous=True)
        return bool(held) if held in (sympy.true, sympy.false) else None
    found = sign((condition.lhs - condition.rhs).subs(values, simultaneous=True))
    return None if found is None else test(found)


def _sorted(points: list[CriticalPoint]) -> list[CriticalPoint]:
    """In lexicographic order of the coordinates."""

    def before(a: CriticalPoint, b: CriticalPoint) -> int:
        return next((c for p, q in zip(a.point, b.point, strict=True) if (c := compare(p, q) or 0)), 0)

    return sorted(points, key=cmp_to_key(before))
