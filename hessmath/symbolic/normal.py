"""Normal forms of formulas with exponentials, logarithms, roots, trigonometric functions and absolute values.

An expression becomes an element of a tower (``tower``) whose generators are functions with known relations:

- exp: exp(Σ cₖ tₖ) = Π exp(tₖ/L)^(cₖ L) over the terms tₖ of the exponent
- sin, cos: angles split the same way; s² = 1 − c²; tan, sec, … and hyperbolic functions through these
- roots: |p|^(1/q) over the irreducible factors p of the radicand; |p|² = p²
- log: log|p| over the factors of the argument
- factorials: Γ shifted by whole numbers

In the real domain, what an even root or a logarithm needs (its argument is positive) is taken as a fact: the result
holds wherever all parts of the expression are defined.  If the element of a difference is 0, the two sides agree
wherever both are defined and nothing divides by zero.  If it is not 0, nothing follows.

References
----------
Bronstein (2005), Symbolic Integration I, 2nd ed., chapter 9: the structure theorems behind such towers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import flint
import sympy

from hessmath.symbolic.constants import sign as constant_sign
from hessmath.symbolic.positivity import never_zero_sign, signs_where_positive
from hessmath.symbolic.tower import Element, NoForm, Tower

MAX_ANGLE = 60
MAX_SHIFT = 60
MAX_ORDER = 60
TRIAL = 10_000
MAX_EXPONENT = 20_000
LARGE = 64
"""Powers above this are not written out: their bases become generators."""


def is_formally_zero(expr: sympy.Expr, *, domain: str = "real", defined: Sequence[sympy.Expr] = ()) -> bool:
    """Whether the expression is 0 wherever it (and all of ``defined``) is defined, by its normal form.

    ``False`` means only that the normal form is not 0.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> is_formally_zero(sympy.sin(2*x) - 2*sympy.sin(x)*sympy.cos(x))
    True
    >>> is_formally_zero(sympy.sqrt((x + 1)**2*x**4) - x**2*sympy.Abs(x + 1))
    True
    """
    facts: dict[str, int] = {}
    for _ in range(3):
        known = dict(facts)
        try:
            form = NormalForm(domain, facts, _angle_parts([expr, *defined]), _turn_parts([expr, *defined]))
            for other in defined:
                form.element(other)
            element = form.element(expr)
        except (NoForm, RecursionError, ArithmeticError):
            return False
        if element.is_zero:
            return True
        facts = form.facts
        if facts == known:
            return False
    return False


def _angle_parts(exprs: Sequence[sympy.Expr]) -> int:
    """The common denominator of the coefficients of angles."""
    found = 1
    for expr in exprs:
        for node in sympy.preorder_traversal(expr):
            if isinstance(node, _TRIGONOMETRIC):
                for term in sympy.Add.make_args(node.args[0]):
                    q = int(term.as_coeff_Mul()[0].q) if term.as_coeff_Mul()[0].is_Rational else 1
                    if not term.has(sympy.pi) and math.lcm(found, q) <= 12:
                        found = math.lcm(found, q)
    return found


def _turn_parts(exprs: Sequence[sympy.Expr]) -> int:
    """The common denominator of the parts of π in angles."""
    found = 1
    for expr in exprs:
        for node in sympy.preorder_traversal(expr):
            if isinstance(node, _TRIGONOMETRIC):
                for term in sympy.Add.make_args(node.args[0]):
                    turn = term / sympy.pi
                    if turn.is_Rational and math.lcm(found, int(turn.q)) <= MAX_ORDER:
                        found = math.lcm(found, int(turn.q))
    return found


class NormalForm:
    """One tower and the table from expressions to its elements."""

    def __init__(self, domain: str, facts: dict[str, int], parts: int = 1, turns: int = 1) -> None:
        self.tower = Tower()
        self.real = domain != "complex"
        self.positive = domain == "positive"
        self.facts = dict(facts)
        self.parts = parts
        self.turns = turns
        self.memo: dict[Any, Element] = {}
        self.meaning: dict[int, sympy.Expr] = {}
        self.nonnegative: set[int] = set()
        self.bases: list[tuple[Any, Any]] = []
        self.roots: dict[str, tuple[int, int]] = {}
        self.exponentials: dict[Any, tuple[Element, int]] = {}
        self.logarithms: dict[int, tuple[str, Any]] = {}
        self.inverses: dict[int, tuple[str, Element]] = {}
        self.angles: dict[Any, tuple[Element, Element]] = {}

    # ---- expressions --------------------------------------------------------------------------------------

    def element(self, expr: Any) -> Element:
        """The element of an expression."""
        known = self.memo.get(expr)
        if known is None:
            known = self._element(expr)
            self.memo[expr] = known
        return known

    def _element(self, expr: Any) -> Element:
        tower = self.tower
        if expr.is_Rational:
            return tower.fraction(Fraction(int(expr.p), int(expr.q)))
        if expr.is_Symbol:
            return self._free(expr, expr, nonnegative=self.positive)
        if expr is sympy.pi:
            return self._free(expr, expr, nonnegative=True)
        if expr is sympy.E:
            return self.exponential(tower.integer(1))
        if expr is sympy.I:
            if self.real:
                raise NoForm("i in the real domain")
            return tower.algebraic("I", 2, -tower.one)
        if expr.is_Add:
            return tower.add(*(self.element(arg) for arg in expr.args))
        if expr.is_Mul:
            return tower.multiply(*(self.element(arg) for arg in expr.args))
        if isinstance(expr, sympy.exp):
            return self.exponential(self.element(expr.exp))
        if expr.is_Pow:
            return self._power(expr.base, expr.exp)
        rule = _RULES.get(expr.func)
        if rule is not None:
            return rule(self, *expr.args)
        if isinstance(expr, sympy.Function):
            return self._opaque(expr)
        raise NoForm(f"no rule for {expr.func}")

    def _free(self, name: Any, meaning: Any, *, nonnegative: bool = False) -> Element:
        element = self.tower.free(name)
        self._means(name, meaning, nonnegative)
        return element

    def _means(self, name: Any, meaning: Any, nonnegative: bool) -> int:
        index = self.tower.index(name)
        assert index is not None
        self.meaning[index] = meaning
        if nonnegative and self.real:
            self.nonnegative.add(index)
        return index

    def _opaque(self, expr: Any) -> Element:
        """A function about which nothing is known but that equal arguments give equal values."""
        key = (expr.func.__name__, *(_key(self.element(arg)) for arg in expr.args))
        return self._free(key, expr, nonnegative=False)

    def _power(self, base: Any, exponent: Any) -> Element:
        if exponent.is_Integer:
            if abs(exponent) > MAX_EXPONENT:
                raise NoForm("a large exponent")
            return self._whole_power(self.element(base), int(exponent))
        if exponent.is_Rational:
            if exponent.q > MAX_ORDER:
                raise NoForm("a root of high order")
            return self.root(self.element(base), Fraction(int(exponent.p), int(exponent.q)))
        whole, rest = exponent.as_coeff_Add()
        if whole.is_Rational and whole != 0:
            return self.tower.multiply(self._power(base, whole), self._power(base, rest))
        log = self.logarithm(self.element(base))
        return self.exponential(self.tower.multiply(self.element(exponent), log))

    def _whole_power(self, base: Element, n: int) -> Element:
        """baseⁿ; for a large n a power of the factors of the base, as generators without relations."""
        tower = self.tower
        if abs(n) <= LARGE or base.is_zero or max(len(base.above), len(base.below)) == 1:
            return tower.power(base, n)
        parts = []
        for side, sign in ((base.above, n), (base.below, -n)):
            content, factors = tower.factors(side)
            parts.append(tower.power(tower.integer(content), sign))
            parts += [tower.power(tower.free(("factor", str(p))), e * sign) for p, e in factors]
        return tower.multiply(*parts)

    def expression(self, p: Any) -> sympy.Expr:
        """A polynomial of the tower as an expression again."""
        terms = []
        for monomial, coefficient in p.terms():
            powers = (self.meaning[i] ** e for i, e in self.tower.exponents(monomial).items())
            terms.append(sympy.Mul(sympy.Integer(int(coefficient)), *powers))
        return sympy.Add(*terms)

    # ---- signs --------------------------------------------------------------------------------------------

    def sign_of(self, p: Any) -> int | None:
        """The sign of a factor wherever everything is defined, up to points where it is 0; None if not known."""
        if p.is_constant():
            return 1 if p.leading_coefficient() > 0 else -1
        known = self.facts.get(self._fact_key(p))
        if known is not None:
            return known
        signs = set()
        for monomial, coefficient in p.terms():
            powers = self.tower.exponents(monomial)
            if any(e % 2 and i not in self.nonnegative for i, e in powers.items()):
                break
            signs.add(1 if coefficient > 0 else -1)
        else:
            if len(signs) == 1:
                return signs.pop()
        return self._sign_by_value(p) or self._sign_by_norm(p)

    def _by_square_root(self, p: Any) -> tuple[int, Any, Any, Any] | None:
        """(generator, α, β, R) when p = α + β·g for the newest generator g of p, and g² = R."""
        used = {i for monomial, _ in p.terms() for i in self.tower.exponents(monomial)}
        if not used:
            return None
        newest = max(used)
        gen = self.tower.gens[newest]
        relation = next((r for r, index in self.tower.relations if index == newest), None)
        place = self.tower.size - 1 - newest
        if relation is None or int(relation.degrees()[place]) != 2 or int(p.degrees()[place]) != 1:
            return None
        slope, rest = divmod(p, gen)
        return newest, rest, slope, gen**2 - relation

    def _sign_by_norm(self, p: Any) -> int | None:
        """The sign of α + β√R from that of α² − β²R: √(x² + 1) + x is positive."""
        found = self._by_square_root(p)
        if found is None or found[0] not in self.nonnegative:
            return None
        _, alpha, beta, radicand = found
        norm = self.tower.reduce(alpha**2 - beta**2 * radicand)
        if norm.is_zero() or len(norm) > 200:
            return None
        sign = self._sign_of_product(norm)
        if sign is None:
            return None
        return self._sign_of_product(beta if sign < 0 else alpha)

    def _sign_of_product(self, p: Any) -> int | None:
        if p.is_zero():
            return None
        content, factors = self.tower.factors(p)
        sign = 1 if content > 0 else -1
        for part, exponent in factors:
            if exponent % 2:
                known = self.sign_of(part)
                if known is None:
                    return None
                sign *= known
        return sign

    def _perfect_root(self, p: Any) -> Any:
        """The square root of a polynomial that is a square."""
        if p.is_zero() or len(p) > 200:
            return None
        content, factors = self.tower.factors(p)
        if content < 0 or math.isqrt(content) ** 2 != content or any(e % 2 for _, e in factors):
            return None
        root = self.tower.context.constant(math.isqrt(content))
        for part, exponent in factors:
            root *= part ** (exponent // 2)
        return root

    def _square_root_of(self, p: Any) -> Any:
        """q = α′ + β′√R with q² = p, when p = α + β√R has one."""
        found = self._by_square_root(p)
        if found is None:
            return None
        newest, alpha, beta, radicand = found
        norm = self.tower.reduce(alpha**2 - beta**2 * radicand)
        root = self._perfect_root(norm)
        if root is None:
            return None
        for c in (root, -root):
            half, rest = divmod(alpha + c, self.tower.context.constant(2))
            if not rest.is_zero() or half.is_zero():
                continue
            first = self._perfect_root(half)
            if first is None:
                continue
            second, rest = divmod(beta, 2 * first)
            candidate = first + second * self.tower.gens[newest]
            if rest.is_zero() and self.tower.reduce(candidate**2 - p).is_zero():
                return candidate
        return None

    def _sign_by_value(self, p: Any) -> int | None:
        used = {i for monomial, _ in p.terms() for i in self.tower.exponents(monomial)}
        names = [self.meaning.get(i) for i in used]
        if None in names:
            return None
        free = set().union(*(name.free_symbols for name in names if name is not None))
        if not free:
            found = constant_sign(self.expression(p))
            return found or None
        if len(used) == 1 and isinstance(names[0], sympy.Symbol):
            return never_zero_sign(p, self.tower.size - 1 - used.pop())
        if len(used) == 1 and isinstance(names[0], sympy.cos | sympy.sin) and max(p.degrees()) == 1:
            values = sorted((int(c) for m, c in p.terms()), key=abs)  # a ± b·cos with a ≥ b
            constant = next((int(c) for m, c in p.terms() if not any(m)), 0)
            if abs(constant) == abs(values[-1]):
                return 1 if constant > 0 else -1
        return None

    def _fact_key(self, p: Any) -> str:
        return str(self.expression(p)) if all(
            i in self.meaning for m, _ in p.terms() for i in self.tower.exponents(m)) else str(p)  # fmt: skip

    def _require_positive(self, content: int, factors: list[tuple[Any, int]]) -> None:
        """The fact that content·Π pᵉ ≥ 0, kept when it settles the sign of one factor."""
        sign, unknown = (1 if content > 0 else -1), []
        for p, exponent in factors:
            if exponent % 2:
                known = self.sign_of(p)
                if known is None:
                    unknown.append(p)
                else:
                    sign *= known
        if len(unknown) == 1:
            self.facts[self._fact_key(unknown[0])] = sign
        elif unknown:
            self._require_one_variable(unknown, sign)

    def _require_one_variable(self, unknown: list[Any], sign: int) -> None:
        """(1 − x)(1 + x) ≥ 0 leaves both factors positive."""
        used = {i for p in unknown for m, _ in p.terms() for i in self.tower.exponents(m)}
        name = self.meaning.get(min(used)) if len(used) == 1 else None
        if not isinstance(name, sympy.Symbol):
            return
        signs = signs_where_positive([sympy.Poly(self.expression(p), name) for p in unknown], sign)
        for p, found in zip(unknown, signs, strict=True):
            if found is not None:
                self.facts[self._fact_key(p)] = found

    # ---- roots and absolute values ------------------------------------------------------------------------

    def root(self, u: Element, power: Fraction) -> Element:
        """u to a rational power."""
        tower = self.tower
        if u.is_zero:
            if power > 0:
                return u
            raise NoForm("a division by zero")
        if not self.real:
            return self._complex_root(u, power)
        content, factors = self._factored(u)
        even = power.denominator % 2 == 0
        if even:
            self._require_positive(content.numerator, factors)
            if content < 0 and not factors:
                raise NoForm("an even root of a negative number")
        parts = [self._integer_power(abs(content.numerator), power), self._integer_power(content.denominator, -power)]
        negative = content < 0
        for p, exponent in factors:
            total = exponent * power
            parts.append(self.absolute_power(p, total))
            if not even and power.numerator * exponent % 2:
                known = self.sign_of(p)
                if known is None:  # sign p = |p|/p
                    parts.append(tower.divide(self.absolute_power(p, Fraction(1)), tower.element(p)))
                else:
                    negative ^= known < 0
        result = tower.multiply(*parts)
        return tower.negative(result) if negative and not even and power.numerator % 2 else result

    def _factored(self, u: Element) -> tuple[Fraction, list[tuple[Any, int]]]:
        """content · Π pᵉ with irreducible p of positive leading coefficient."""
        above, over = self._split(u.above)
        below, under = self._split(u.below)
        return Fraction(above, below), over + [(p, -e) for p, e in under]

    def _split(self, p: Any) -> tuple[int, list[tuple[Any, int]]]:
        extra: list[tuple[Any, int]] = []
        for cosine, sine in self.angles.values():
            circle = self.tower.one - cosine.above**2
            count = 0
            while not p.is_constant() and len(p) > 1:
                quotient, rest = divmod(p, circle)
                if not rest.is_zero():
                    break
                p, count = quotient, count + 2
            if count:
                extra.append((sine.above, count))
        content, factors = self.tower.factors(self._with_roots(p))
        return content, [*factors, *extra]

    def _with_roots(self, p: Any) -> Any:
        """x written as (√x)² where √x is a generator, so that x + 2√x + 1 shows its square."""
        for name, (index, order) in self.roots.items():
            base = self.tower.index(("plain", name))
            if base is None or len(p) == 1:
                continue
            gens = self.tower.gens
            pieces = self.tower.context.constant(0)
            for monomial, coefficient in p.terms():
                term = self.tower.context.constant(int(coefficient))
                for i, e in self.tower.exponents(monomial).items():
                    term *= gens[index] ** (order * e) if i == base else gens[i] ** e
                pieces += term
            p = pieces
        return p

    def _integer_power(self, value: int, power: Fraction) -> Element:
        """value^power for a positive integer, over its prime factors."""
        parts = [self.tower.integer(1)]
        for prime, exponent in _primes(value):
            total = exponent * power
            whole = math.floor(total)
            parts.append(self.tower.power(self.tower.integer(prime), whole))
            rest = total - whole
            if rest:
                parts.append(self._algebraic_power(self.tower.context.constant(prime), rest))
        return self.tower.multiply(*parts)

    def absolute_power(self, p: Any, power: Fraction) -> Element:
        """|p| to a rational power, for an irreducible factor p."""
        tower = self.tower
        sign = self.sign_of(p)
        if sign is not None and power.denominator == 1:
            value = tower.power(tower.element(p), int(power))
            return tower.negative(value) if sign < 0 and power % 2 else value
        if power.denominator == 1 and power % 2 == 0:
            return tower.power(tower.element(p), int(power))
        for base, square in self.bases:  # |p| = q² or p² = q for what is known already
            if tower.reduce(p - square).is_zero() or tower.reduce(p + square).is_zero():
                return self.absolute_power(base, 2 * power)
            if tower.reduce(p * p - square).is_zero():
                p, sign = base, self.sign_of(base)
                break
            if tower.reduce(p * p - base).is_zero() or tower.reduce(p * p + base).is_zero():
                return self.absolute_power(base, power / 2)
        square_root = self._square_root_of(p)
        if square_root is not None:
            content, factors = self.tower.factors(square_root)
            parts = [self._integer_power(abs(content), 2 * power)]
            return tower.multiply(*parts, *(self.absolute_power(q, 2 * e * power) for q, e in factors))
        return self._algebraic_power(p, power, sign)

    def _algebraic_power(self, p: Any, power: Fraction, sign: int | None = 1) -> Element:
        tower = self.tower
        key = str(p)
        known = self.roots.get(key)
        order = power.denominator
        if known is None:
            if sign is None:
                element = tower.algebraic(("root", key, order), 2 * order, tower.reduce(p * p))
            else:
                element = tower.algebraic(("root", key, order), order, p if sign > 0 else -p)
            self.bases.append((p, tower.reduce(p * p)))
        elif known[1] % order:
            new = math.lcm(known[1], order)
            element = tower.algebraic(("root", key, new), new // known[1], tower.gens[known[0]])
            order = new
        else:
            order = known[1]
            element = tower.element(tower.gens[known[0]])
        if known is None or known[1] != order:
            meaning = sympy.Abs(self.expression(p)) ** sympy.Rational(1, order)
            self.roots[key] = (self._means(("root", key, order), meaning, True), order)
            self._mark_plain(p, key, sign)
        return tower.power(element, int(power * order))

    def _mark_plain(self, p: Any, key: str, sign: int | None) -> None:
        """Remembers which generator is the base of a root, when it is one generator known to be positive."""
        if sign == 1 and len(p) == 1 and p.total_degree() == 1 and p.leading_coefficient() == 1:
            (index,) = self.tower.exponents(next(iter(p.terms()))[0])
            self.tower._made[("plain", key)] = index

    def _complex_root(self, u: Element, power: Fraction) -> Element:
        """u^power with its principal branch: only positive rational factors come out of it."""
        tower = self.tower
        value = u.rational
        if value is not None:
            if value > 0:
                return self.root_of_positive(value, power)
            turn = sympy.Rational(power.numerator, power.denominator)
            unit = self.element(sympy.cos(sympy.pi * turn) + sympy.I * sympy.sin(sympy.pi * turn))
            return tower.multiply(self.root_of_positive(-value, power), unit)
        content = Fraction(int(u.above.content()), int(u.below.content()))
        primitive = tower.divide(u, tower.fraction(content))
        whole = math.floor(power)
        rest = power - whole
        if not primitive.below.is_constant():
            key = ("power", _key(primitive), rest.denominator)
            element = self._free(key, None)
            return tower.multiply(self.root_of_positive(content, power), tower.power(primitive, whole),
                                  tower.power(element, rest.numerator))  # fmt: skip
        key = ("power", _key(primitive), rest.denominator)
        element = tower.algebraic(key, rest.denominator, primitive.above)
        parts = tower.power(primitive, whole), tower.power(element, rest.numerator)
        return tower.multiply(self.root_of_positive(content, power), *parts)

    def root_of_positive(self, value: Fraction, power: Fraction) -> Element:
        """A positive rational number to a rational power."""
        return self.tower.multiply(
            self._integer_power(value.numerator, power), self._integer_power(value.denominator, -power)
        )

    def absolute(self, argument: Any) -> Element:
        """|u|."""
        if not self.real:
            return self._opaque(sympy.Abs(argument, evaluate=False))
        u = self.element(argument)
        if u.is_zero:
            return u
        content, factors = self._factored(u)
        return self.tower.multiply(
            self.tower.fraction(abs(content)), *(self.absolute_power(p, Fraction(e)) for p, e in factors)
        )

    def sign(self, argument: Any) -> Element:
        """u/|u|."""
        return self.tower.divide(self.element(argument), self.absolute(argument))

    # ---- logarithms and exponentials ----------------------------------------------------------------------

    def logarithm(self, u: Element) -> Element:
        """log u, over the factors of u in the real domain."""
        tower = self.tower
        if u.is_zero:
            raise NoForm("log 0")
        if not self.real:
            return self._complex_logarithm(u)
        content, factors = self._factored(u)
        self._require_positive(content.numerator, factors)
        if content < 0 and not factors:
            raise NoForm("the logarithm of a negative number")
        parts = [self._rational_logarithm(abs(content))]
        for p, exponent in factors:
            parts.append(tower.multiply(tower.integer(exponent), self._factor_logarithm(p)))
        return tower.add(*parts)

    def _rational_logarithm(self, value: Fraction) -> Element:
        parts = [self.tower.integer(0)]
        for number, sign in ((value.numerator, 1), (value.denominator, -1)):
            for prime, exponent in _primes(number):
                name = ("log", str(prime))
                log = self._free(name, sympy.log(prime), nonnegative=True)
                self.logarithms[self.tower._made[name]] = (str(prime), self.tower.context.constant(prime))
                parts.append(self.tower.multiply(self.tower.integer(sign * exponent), log))
        return self.tower.add(*parts)

    def _factor_logarithm(self, p: Any) -> Element:
        """log|p| for an irreducible factor."""
        tower = self.tower
        if len(p) == 1 and p.total_degree() == 1:
            (index,) = tower.exponents(next(iter(p.terms()))[0])
            for exponent, parts in self.exponentials.values():
                if tower._made.get(("exp", _key(exponent), parts)) == index:
                    return tower.multiply(exponent, tower.fraction(Fraction(1, parts)))
            for key, (root, order) in self.roots.items():
                if root == index:
                    return tower.multiply(tower.fraction(Fraction(1, order)), self.log_of_key(key))
        name = ("log", str(p))
        log = self._free(name, sympy.log(sympy.Abs(self.expression(p))))
        self.logarithms[tower._made[name]] = (str(p), p)
        return log

    def log_of_key(self, key: str) -> Element:
        """log|p| for the base of a root."""
        base = next(p for p, _ in self.bases if str(p) == key)
        if base.is_constant():
            return self._rational_logarithm(Fraction(int(base.leading_coefficient())))
        return self._factor_logarithm(base)

    def _complex_logarithm(self, u: Element) -> Element:
        value = u.rational
        if value is not None and value > 0:
            return self._rational_logarithm(value)
        if value is not None:
            turn = self.tower.multiply(self.element(sympy.I), self.element(sympy.pi))
            return self.tower.add(self._rational_logarithm(-value), turn)
        content = Fraction(int(u.above.content()), int(u.below.content()))
        primitive = self.tower.divide(u, self.tower.fraction(content))
        log = self._free(("log", _key(primitive)), None)
        return self.tower.add(self._rational_logarithm(content), log)

    def exponential(self, u: Element) -> Element:
        """exp u, over the terms of u."""
        parts = [self.tower.integer(1)]
        self.tower.map_terms(u, lambda c, powers, below: parts.append(self._exp_term(c, powers, below)))
        return self.tower.multiply(*parts)

    def _exp_term(self, c: Fraction, powers: dict[int, int], below: Any) -> Element:
        tower = self.tower
        imaginary = tower.index("I")
        if imaginary is not None and imaginary in powers:
            rest = {i: e for i, e in powers.items() if i != imaginary}
            cosine, sine = self._angle(c, rest, below)
            return tower.add(cosine, tower.multiply(self.element(sympy.I), sine))
        if below.is_one() and len(powers) == 1:
            ((index, exponent),) = powers.items()
            if exponent == 1 and index in self.logarithms and c.denominator <= MAX_ORDER and abs(c) < 500:
                p = self.logarithms[index][1]
                if p.is_constant():
                    return self._integer_power(int(p.leading_coefficient()), c)
                return self.absolute_power(p, c)
        if c.denominator > MAX_ORDER or abs(c.numerator) > 1000:
            raise NoForm("a large multiple in an exponent")
        term = self._term(powers, below)
        key = _key(term)
        known = self.exponentials.get(key)
        order = c.denominator
        if known is None:
            self._free(("exp", key, order), self._exp_meaning(term, order), nonnegative=True)
        elif known[1] % order:
            new = math.lcm(known[1], order)
            old = tower.free(("exp", key, known[1])).above
            tower.algebraic(("exp", key, new), new // known[1], old)
            self._means(("exp", key, new), self._exp_meaning(term, new), True)
            order = new
        else:
            order = known[1]
        self.exponentials[key] = (term, order)
        return tower.power(tower.free(("exp", key, order)), int(c * order))

    def _exp_meaning(self, term: Element, order: int) -> Any:
        try:
            return sympy.exp(self.expression(term.above) / self.expression(term.below) / order)
        except (KeyError, TypeError):
            return None

    def _term(self, powers: dict[int, int], below: Any) -> Element:
        monomial = self.tower.one
        for i, e in powers.items():
            monomial = monomial * self.tower.gens[i] ** e
        return self.tower.element(monomial, below)

    # ---- angles -------------------------------------------------------------------------------------------

    def circular(self, u: Element) -> tuple[Element, Element]:
        """cos u and sin u."""
        tower = self.tower
        found = [(tower.integer(1), tower.integer(0))]

        def use(c: Fraction, powers: dict[int, int], below: Any) -> None:
            found.append(self._turned(found.pop(), self._angle(c, powers, below)))

        tower.map_terms(u, use)
        return found[0]

    def _turned(self, a: tuple[Element, Element], b: tuple[Element, Element]) -> tuple[Element, Element]:
        """cos and sin of a sum of two angles."""
        t = self.tower
        cosine = t.add(t.multiply(a[0], b[0]), t.negative(t.multiply(a[1], b[1])))
        return cosine, t.add(t.multiply(a[1], b[0]), t.multiply(a[0], b[1]))

    def _angle(self, c: Fraction, powers: dict[int, int], below: Any) -> tuple[Element, Element]:
        """cos and sin of one term c·m/D."""
        tower = self.tower
        imaginary = tower.index("I")
        if imaginary is not None and imaginary in powers:
            rest = {i: e for i, e in powers.items() if i != imaginary}
            up = self._exp_term(c, rest, below)
            down = tower.inverse(up)
            half = tower.fraction(Fraction(1, 2))
            sinh = tower.multiply(half, tower.add(up, tower.negative(down)))
            return tower.multiply(half, tower.add(up, down)), tower.multiply(self.element(sympy.I), sinh)
        position = tower.index(sympy.pi)
        if powers == {position: 1} and below.is_one():
            return self._rational_turn(sympy.Rational(c.numerator, c.denominator))
        if len(powers) == 1 and below.is_one() and c.denominator == 1:
            ((index, exponent),) = powers.items()
            if exponent == 1 and index in self.inverses:
                return self._multiple(self._inverse_angle(index), int(c))
        parts = self.parts if self.parts % c.denominator == 0 else c.denominator
        term = self._term(powers, below)
        key = (_key(term), parts)
        if key not in self.angles:
            cosine = tower.free(("cos", *key))
            sine = tower.algebraic(("sin", *key), 2, tower.one - cosine.above**2)
            inner = self._angle_meaning(term, parts)
            if inner is not None:
                self._means(("cos", *key), sympy.cos(inner), False)
                self._means(("sin", *key), sympy.sin(inner), False)
            self.angles[key] = (cosine, sine)
        return self._multiple(self.angles[key], int(c * parts))

    def _angle_meaning(self, term: Element, parts: int) -> Any:
        try:
            return self.expression(term.above) / self.expression(term.below) / parts
        except (KeyError, TypeError):
            return None

    def _multiple(self, angle: tuple[Element, Element], n: int) -> tuple[Element, Element]:
        """cos and sin of n times an angle."""
        if abs(n) > MAX_ANGLE:
            raise NoForm("a large multiple of an angle")
        cosine, sine = angle if n >= 0 else (angle[0], self.tower.negative(angle[1]))
        result = (self.tower.integer(1), self.tower.integer(0))
        for _ in range(abs(n)):
            result = self._turned(result, (cosine, sine))
        return result

    def _rational_turn(self, turn: sympy.Rational) -> tuple[Element, Element]:
        """cos and sin of a rational multiple of π."""
        if turn.q > MAX_ORDER:
            raise NoForm("a small part of π")
        cosine, sine = sympy.cos(sympy.pi * turn), sympy.sin(sympy.pi * turn)
        if cosine.has(sympy.cos, sympy.sin) or sine.has(sympy.cos, sympy.sin):
            quarter = self.turns if self.turns % int(turn.q) == 0 else int(turn.q)
            order = 4 * quarter
            poly = flint.fmpz_poly.cos_minpoly(order)
            degree = poly.degree()
            name = ("2cos", order)
            index = self.tower.index(name)
            gen = self.tower.gens[index if index is not None else len(self.tower.names)]
            value = reduce(lambda a, b: a + b, (-int(poly[k]) * gen**k for k in range(degree)))
            twice = self.tower.algebraic(name, degree, value)
            self._means(name, 2 * sympy.cos(2 * sympy.pi / order), True)
            steps = int(turn * order / 2)
            return self._half_chebyshev(twice, steps), self._half_chebyshev(twice, quarter - steps)
        return self.element(cosine), self.element(sine)

    def _half_chebyshev(self, twice: Element, n: int) -> Element:
        """cos(nθ) from 2·cos θ."""
        tower = self.tower
        a, b = tower.integer(2), twice
        for _ in range(abs(n)):
            a, b = b, tower.add(tower.multiply(twice, b), tower.negative(a))
        return tower.multiply(tower.fraction(Fraction(1, 2)), a)

    def _inverse_angle(self, index: int) -> tuple[Element, Element]:
        """cos and sin of asin u or atan u."""
        kind, u = self.inverses[index]
        tower = self.tower
        square = tower.power(u, 2)
        if kind == "asin":
            return self.root(tower.add(tower.integer(1), tower.negative(square)), Fraction(1, 2)), u
        cosine = self.root(tower.add(tower.integer(1), square), Fraction(-1, 2))
        return cosine, tower.multiply(u, cosine)

    def inverse_function(self, kind: str, argument: Any) -> Element:
        """asin or atan: odd, so that its argument has a positive leading coefficient."""
        if not self.real:
            return self._opaque({"asin": sympy.asin, "atan": sympy.atan}[kind](argument))
        u = self.element(argument) if isinstance(argument, sympy.Basic) else argument
        if u.is_zero:
            return u
        negative = u.above.leading_coefficient() < 0
        if negative:
            u = self.tower.negative(u)
        name = (kind, _key(u))
        element = self.tower.free(name)
        try:
            inner = self.expression(u.above) / self.expression(u.below)
            self._means(name, {"asin": sympy.asin, "atan": sympy.atan}[kind](inner), False)
        except (KeyError, TypeError):
            pass
        self.inverses[self.tower._made[name]] = (kind, u)
        return self.tower.negative(element) if negative else element

    # ---- factorials ---------------------------------------------------------------------------------------

    def gamma(self, u: Element) -> Element:
        """Γ(u) as Γ(v)·Π(v + j), where the constant term of v is at least 0 and less than 1."""
        tower = self.tower
        constant = Fraction(0)
        if u.below.is_constant():
            for monomial, coefficient in u.above.terms():
                if not any(monomial):
                    constant = Fraction(int(coefficient), int(u.below.leading_coefficient()))
        shift = math.floor(constant)
        if abs(shift) > MAX_SHIFT:
            raise NoForm("a large factorial")
        base = tower.add(u, tower.integer(-shift))
        if base.is_zero:
            base, shift = tower.integer(1), shift - 1
            result = tower.integer(1)
            if shift < 0:
                raise NoForm("Γ at a pole")
        else:
            result = self._free(("gamma", _key(base)), None)
        for j in range(shift):
            result = tower.multiply(result, tower.add(base, tower.integer(j)))
        for j in range(shift, 0):
            result = tower.divide(result, tower.add(base, tower.integer(j)))
        return result


def _key(element: Element) -> str:
    return f"{element.above}/{element.below}"


def _primes(value: int) -> list[tuple[int, int]]:
    """The prime factors up to a bound; what is left counts as one."""
    if value == 1:
        return []
    return sorted((int(p), int(e)) for p, e in sympy.factorint(value, limit=TRIAL).items())


# ---- rules ------------------------------------------------------------------------------------------------


def _cos(form: NormalForm, u: Any) -> Element:
    return form.circular(form.element(u))[0]


def _sin(form: NormalForm, u: Any) -> Element:
    return form.circular(form.element(u))[1]


def _quotient_of(above: int, below: int) -> Callable[[NormalForm, Any], Element]:
    def rule(form: NormalForm, u: Any) -> Element:
        pair = (*form.circular(form.element(u)), form.tower.integer(1))
        return form.tower.divide(pair[above], pair[below])

    return rule


def _hyperbolic(form: NormalForm, u: Any) -> tuple[Element, Element]:
    t = form.tower
    up = form.exponential(form.element(u))
    down = t.inverse(up)
    half = t.fraction(Fraction(1, 2))
    return t.multiply(half, t.add(up, down)), t.multiply(half, t.add(up, t.negative(down)))


def _hyperbolic_quotient(above: int, below: int) -> Callable[[NormalForm, Any], Element]:
    def rule(form: NormalForm, u: Any) -> Element:
        pair = (*_hyperbolic(form, u), form.tower.integer(1))
        return form.tower.divide(pair[above], pair[below])

    return rule


def _acos(form: NormalForm, u: Any) -> Element:
    quarter = form.tower.multiply(form.tower.fraction(Fraction(1, 2)), form.element(sympy.pi))
    return form.tower.add(quarter, form.tower.negative(form.inverse_function("asin", u)))


def _rewritten(rule: Callable[[Any], Any]) -> Callable[[NormalForm, Any], Element]:
    def convert(form: NormalForm, u: Any) -> Element:
        if not form.real:
            raise NoForm("an inverse function in the complex domain")
        return form.element(rule(u))

    return convert


def _largest(sign: int) -> Callable[..., Element]:
    def rule(form: NormalForm, *args: Any) -> Element:
        value = args[0]
        for arg in args[1:]:
            value = (value + arg + sign * sympy.Abs(value - arg)) / 2
        return form.element(value)

    return rule


def _binomial(form: NormalForm, n: Any, k: Any) -> Element:
    if k.is_Integer and 0 <= k <= MAX_SHIFT:
        top = form.element(n)
        t = form.tower
        parts = [t.add(top, t.integer(-j)) for j in range(int(k))]
        return t.multiply(t.fraction(Fraction(1, math.factorial(int(k)))), *parts)
    return form.element(sympy.factorial(n) / (sympy.factorial(k) * sympy.factorial(n - k)))


_TRIGONOMETRIC = (sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec, sympy.csc)

_RULES: dict[Any, Callable[..., Element]] = {
    sympy.sin: _sin,
    sympy.cos: _cos,
    sympy.tan: _quotient_of(1, 0),
    sympy.cot: _quotient_of(0, 1),
    sympy.sec: _quotient_of(2, 0),
    sympy.csc: _quotient_of(2, 1),
    sympy.cosh: lambda form, u: _hyperbolic(form, u)[0],
    sympy.sinh: lambda form, u: _hyperbolic(form, u)[1],
    sympy.tanh: _hyperbolic_quotient(1, 0),
    sympy.coth: _hyperbolic_quotient(0, 1),
    sympy.sech: _hyperbolic_quotient(2, 0),
    sympy.csch: _hyperbolic_quotient(2, 1),
    sympy.log: lambda form, u: form.logarithm(form.element(u)),
    sympy.Abs: lambda form, u: form.absolute(u),
    sympy.sign: lambda form, u: form.sign(u) if form.real else form._opaque(sympy.sign(u)),
    sympy.Max: _largest(1),
    sympy.Min: _largest(-1),
    sympy.asin: lambda form, u: form.inverse_function("asin", u),
    sympy.atan: lambda form, u: form.inverse_function("atan", u),
    sympy.acos: lambda form, u: _acos(form, u) if form.real else form._opaque(sympy.acos(u)),
    sympy.acot: _rewritten(lambda u: sympy.atan(1 / u)),
    sympy.asec: _rewritten(lambda u: sympy.acos(1 / u)),
    sympy.acsc: _rewritten(lambda u: sympy.asin(1 / u)),
    sympy.asinh: _rewritten(lambda u: sympy.log(u + sympy.sqrt(u**2 + 1))),
    sympy.acosh: _rewritten(lambda u: sympy.log(u + sympy.sqrt(u - 1) * sympy.sqrt(u + 1))),
    sympy.atanh: _rewritten(lambda u: (sympy.log(1 + u) - sympy.log(1 - u)) / 2),
    sympy.acoth: _rewritten(lambda u: (sympy.log(1 + 1 / u) - sympy.log(1 - 1 / u)) / 2),
    sympy.factorial: lambda form, u: form.gamma(form.element(u + 1)),
    sympy.gamma: lambda form, u: form.gamma(form.element(u)),
    sympy.binomial: _binomial,
}
