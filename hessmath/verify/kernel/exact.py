"""Exact irrational numbers: an algebra that knows sqrt of rationals, the angles of pi/12, and that exp undoes log.

Every rewriting is an equation between real numbers, so it may be used anywhere ``Algebra`` is; it only makes more
forms recognisably equal.  sqrt(p/q) is written as a rational times a product of roots of different primes, each to
the power 0 or 1, so sums of such products are zero only when all coefficients are.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

from hessmath.verify.kernel.algebra import UNIT, Algebra, Form, add, constant, known, scale
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.trees import ONE, Rejected, Size, Tree, text

MAX_PRIME = 1000


class Exact(Algebra):
    """Forms in which constants are brought to one shape where that is easy."""

    def afford(self, work: int) -> None:
        """Refuse when more products of terms have been formed than the number."""
        if self._work > work:
            raise Rejected("an expansion has too many terms for the checker")

    def apply(self, name: str, form: Form, rows: Size = ONE, columns: Size = ONE) -> Form:
        """A function of one argument."""
        if (rows, columns) == (ONE, ONE):
            form = self._roots_reduced(form)
            found = self._special(name, form)
            if found is not None:
                return found
        return super().apply(name, form, rows, columns)

    def invert(self, form: Form) -> Form:
        """1/s for a scalar that is not zero."""
        return self._roots_reduced(super().invert(self._roots_reduced(form)))

    def real_power(self, base: Form, exponent: Fraction) -> Form:
        """base^(p/q) as a power of base^(1/q), with p/q = whole + rest, 0 ≤ rest < 1."""
        whole, rest = exponent.numerator // exponent.denominator, exponent % 1
        if not whole or not base or base == UNIT or abs(whole) > 8:
            return super().real_power(base, exponent)
        factor = self.power(base if whole > 0 else self.invert(base), abs(whole))
        return self.times(factor, super().real_power(base, rest))

    def _special(self, name: str, form: Form) -> Form | None:
        value = known(form)
        if name == "sqrt" and value is not None and value > 0:
            return self._root(value)
        if name in ("sin", "cos") and (turns := self._turns(form)) is not None:
            return self._cosine(turns if name == "cos" else turns - Fraction(1, 2))
        if name == "exp":
            return self._exponential(form)
        if name == "log" and len(form) == 1:
            (((mono, _), c),) = form.items()
            if mono and c > 0 and all(self.keys[a][:2] == ("fn", "exp") for a, _ in mono):
                parts = [scale(dict(self.keys[a][2]), e) for a, e in mono]
                return add(*parts, super().apply("log", constant(c)))
        if name in ("atan", "asin", "acos") and value is not None:
            quarter = {("atan", 1): 1, ("atan", -1): -1, ("asin", 1): 2, ("asin", -1): -2, ("acos", 0): 2}
            turn = {**quarter, ("acos", -1): 4}.get((name, value))  # type: ignore[arg-type]
            return None if turn is None else scale(self.atom("pi"), Fraction(turn, 4))
        return None

    def _root(self, value: Fraction) -> Form | None:
        """sqrt(p/q) = sqrt(pq)/q, a product of roots of primes."""
        left, outside, primes = value.numerator * value.denominator, Fraction(1, value.denominator), []
        for p in range(2, MAX_PRIME):
            while left % (p * p) == 0:
                left, outside = left // (p * p), outside * p
            if left % p == 0:
                left //= p
                primes.append(p)
        if left > 1:
            primes.append(left)
        roots = [super(Exact, self).apply("sqrt", constant(p)) for p in primes]
        return scale(reduce(self.times, roots, UNIT), outside)

    def _roots_reduced(self, form: Form) -> Form:
        """Roots of numbers to the power 0 or 1."""

        def of_number(atom: int) -> Fraction | None:
            key = self.keys[atom]
            return known(dict(key[2])) if key[:2] == ("fn", "sqrt") else None

        total: Form = {}
        for (mono, word), c in form.items():
            kept = []
            for atom, e in mono:
                inside = of_number(atom) if e != 1 else None
                if inside is not None:
                    c, e = c * inside ** (e // 2), e % 2
                if e:
                    kept.append((atom, e))
            total = add(total, {(tuple(kept), word): c})
        return total

    def _turns(self, form: Form) -> Fraction | None:
        """q when the form is q·pi."""
        if len(form) != 1:
            return None
        (((mono, _), c),) = form.items()
        return c if len(mono) == 1 and mono[0][1] == 1 and self.keys[mono[0][0]] == ("pi",) else None

    def _cosine(self, turns: Fraction) -> Form | None:
        """cos(q·pi) for denominators 1, 2, 3, 4, 6."""
        q = abs(turns) % 2
        q, sign = (q if q <= 1 else 2 - q), 1
        if q > Fraction(1, 2):
            q, sign = 1 - q, -1
        squares: dict[Fraction, Fraction] = {
            Fraction(0): Fraction(1),
            Fraction(1, 6): Fraction(3, 4),
            Fraction(1, 4): Fraction(1, 2),
            Fraction(1, 3): Fraction(1, 4),
        }
        if q == Fraction(1, 2):
            return {}
        return scale(self._root(squares[q]) or {}, sign) if q in squares else None

    def _exponential(self, form: Form) -> Form | None:
        """exp(c·log s) = s^c for integers c; None when no term is of this shape."""
        for key, c in form.items():
            mono = key[0]
            if len(mono) == 1 and mono[0][1] == 1 and c.denominator == 1 and abs(c) < 30:
                inner = self.keys[mono[0][0]]
                if inner[:2] == ("fn", "log"):
                    base = dict(inner[2])
                    power = self.power(base if c > 0 else self.invert(base), abs(int(c)))
                    return self.times(power, self.apply("exp", {k: v for k, v in form.items() if k != key}))
        return None


def value_of(tree: Tree, algebra: Algebra) -> Form:
    """The form of an expression without variables, once it is shown to have a value."""
    point = Point({}, algebra)
    if tree.sort != () or (bad := point.undefined(tree)):
        raise Rejected(f"{text(bad if tree.sort == () and bad else tree)} is not a number")
    return point.engine.scalar(tree)
