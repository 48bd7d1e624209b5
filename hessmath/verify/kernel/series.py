"""Expansions of a function of one small positive parameter t, with a remainder: Σ c·m(t) + O(r(t)) as t → 0+.

A monomial m is exp(Σ cⱼ t^(−pⱼ))·t^a·log(1/t)^b; it stands for its key ((pⱼ, cⱼ)…), a, b, and any two are
comparable: one is o of the other unless they are equal.  Coefficients are forms (numbers, or expressions of
parameters).  The statement about a ``Series`` is: for all small enough t > 0 the function has a value, and the
difference from the sum is at most a constant times r(t).  It is kept by every operation: sums and products
termwise; 1/f, log f and f^p by f = c·m·(1 + u) with c shown to be nonzero (positive) and u → 0; an analytic
function at a finite limit by Taylor's formula; exp of growing terms as a monomial.  sin and cos of an argument
that grows without bound stay as bounded atoms; where even that is not known they are O(1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key, reduce

from hessmath.verify.kernel.algebra import UNIT, Form, Undefined, add, constant, freeze, known, scale
from hessmath.verify.kernel.evaluate import Point
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.pieces import in_pieces
from hessmath.verify.kernel.trees import Rejected, Tree, literal, make, minus, num, text

Key = tuple[tuple[tuple[Fraction, Fraction], ...], Fraction, Fraction]
ZERO, HALF = Fraction(0), Fraction(1, 2)
ONE: Key = ((), ZERO, ZERO)
MAX_TERMS, MAX_WORK = 24, 30_000


def compare(a: Key, b: Key) -> int:
    """Positive when the monomial a is the larger one for small t, zero when they are equal."""
    (ea, pa, la), (eb, pb, lb) = a, b
    grows = dict(ea)
    for power, c in eb:
        grows[power] = grows.get(power, ZERO) - c
    for power in sorted(grows, reverse=True):
        if grows[power]:
            return 1 if grows[power] > 0 else -1
    return (pa < pb) - (pa > pb) or (la > lb) - (la < lb)


_ORDER = cmp_to_key(compare)


def product(a: Key, b: Key) -> Key:
    """The product of two monomials."""
    grows = dict(a[0])
    for power, c in b[0]:
        grows[power] = grows.get(power, ZERO) + c
    return tuple(sorted((p, c) for p, c in grows.items() if c)), a[1] + b[1], a[2] + b[2]


def raised(a: Key, p: Fraction | int) -> Key:
    """The real power of a monomial."""
    return (tuple((q, c * p) for q, c in a[0]) if p else ()), a[1] * p, a[2] * p


def _larger(*keys: Key | None) -> Key | None:
    return max((key for key in keys if key is not None), key=_ORDER, default=None)


@dataclass(frozen=True)
class Series:
    """Terms by monomial, and the monomial of the remainder (None: there is none)."""

    terms: Mapping[Key, Form]
    rest: Key | None = None

    @property
    def top(self) -> Key | None:
        """A monomial m with f = O(m); None for zero."""
        return _larger(self.rest, *self.terms)


def exactly(form: Form) -> Series:
    """A constant."""
    return Series({ONE: form} if form else {})


def small(power: Fraction | int = 1, c: Fraction | int = 1) -> Series:
    """c·t^power."""
    return Series({((), Fraction(power), ZERO): constant(c)} if c else {})


class Near:
    """Expansions of trees whose variables are given expansions.

    ``sign`` decides the sign of a coefficient (or refuses), ``depth`` is how many terms of a composition are kept.
    """

    def __init__(
        self,
        algebra: Exact,
        values: Mapping[str, Series],
        depth: int = 8,
        sign: Callable[[Form], int] | None = None,
        nonzero: Callable[[Form], None] | None = None,
    ) -> None:
        self.algebra, self.values, self.depth = algebra, values, depth
        self.sign = sign or Point({}, algebra).sign
        self.nonzero = nonzero or self._by_sign

    def _by_sign(self, form: Form) -> None:
        if not self.sign(form):
            raise Rejected("a coefficient is zero")

    # ------------------------------------------------------------------------------------ arithmetic
    def _kept(self, terms: Mapping[Key, Form], rest: Key | None) -> Series:
        keys = sorted((key for key, form in terms.items() if form), key=_ORDER, reverse=True)
        keys = [key for key in keys if rest is None or compare(key, rest) > 0]
        if len(keys) > MAX_TERMS:
            rest, keys = _larger(rest, keys[MAX_TERMS]), keys[:MAX_TERMS]
        return Series({key: terms[key] for key in keys}, rest)

    def add(self, *parts: Series) -> Series:
        """The sum."""
        terms: dict[Key, Form] = {}
        for part in parts:
            for key, form in part.terms.items():
                terms[key] = add(terms.get(key, {}), form)
        return self._kept(terms, _larger(*(part.rest for part in parts)))

    def scale(self, f: Series, form: Form) -> Series:
        """A multiple by a coefficient."""
        return Series({key: self.algebra.times(form, c) for key, c in f.terms.items()} if form else {}, f.rest)

    def minus(self, f: Series, g: Series) -> Series:
        """f − g."""
        return self.add(f, self.scale(g, constant(-1)))

    def times(self, f: Series, g: Series) -> Series:
        """The product."""
        terms: dict[Key, Form] = {}
        self.algebra.afford(MAX_WORK)
        for a, c in f.terms.items():
            for b, d in g.terms.items():
                key = product(a, b)
                terms[key] = add(terms.get(key, {}), self.algebra.times(c, d))
        rests = [
            product(rest, top)
            for rest, top in ((f.rest, g.top), (g.rest, f.top))
            if rest is not None and top is not None
        ]
        return self._kept(terms, _larger(*rests))

    def lead(self, f: Series, decided: bool = True) -> tuple[Key, Form] | None:
        """The largest term, its coefficient shown to be nonzero; None when f is exactly zero."""
        for key in sorted(f.terms, key=_ORDER, reverse=True):
            if self.algebra.is_zero(f.terms[key]):
                continue
            if decided:
                self.nonzero(f.terms[key])
            return key, f.terms[key]
        if f.rest is None:
            return None
        raise Rejected("the leading term of an expansion is not determined")

    def _factored(self, f: Series) -> tuple[Key, Form, Series]:
        """m, c, u with f = c·m·(1 + u) and u → 0."""
        found = self.lead(f)
        if found is None:
            raise Undefined("a division by zero near the point")
        key, c = found
        back, inverse = raised(key, -1), self.algebra.invert(c)
        terms = {product(back, k): self.algebra.times(inverse, v) for k, v in f.terms.items() if compare(k, key) < 0}
        return key, c, Series(terms, None if f.rest is None else product(back, f.rest))

    def _taylor(self, u: Series, coefficients: list[Form]) -> Series:
        """Σ aₖ uᵏ + O(u^n) for u → 0 and n given coefficients."""
        top = u.top
        if top is None:
            return exactly(coefficients[0])
        if compare(top, ONE) >= 0:
            raise Rejected("an expansion does not converge")
        total, power = exactly(coefficients[0]), Series({ONE: UNIT})
        for a in coefficients[1:]:
            power = self.times(power, u)
            total = self.add(total, self.scale(power, a))
        return self.add(total, Series({}, raised(top, len(coefficients))))

    def inverse(self, f: Series) -> Series:
        """1/f."""
        return self.power(f, Fraction(-1))

    def power(self, f: Series, p: Fraction) -> Series:
        """f^p; for p that is not an integer f must be positive (or zero, and p > 0)."""
        if p.denominator == 1 and 0 <= p <= 64:
            return reduce(self.times, [f] * int(p), exactly(UNIT))
        if p.denominator != 1 and p > 0 and f.top is None:
            return f
        key, c, u = self._factored(f)
        if p.denominator == 1:
            factor = self.algebra.power(c if p > 0 else self.algebra.invert(c), abs(int(p)))
        else:
            if self.sign(c) < 0:
                raise Undefined("a root of a negative number near the point")
            factor = self._root(c, p)
        binomials = [UNIT]
        for k in range(self.depth):
            binomials.append(scale(binomials[-1], (p - k) / (k + 1)))
        return self.times(Series({raised(key, p): factor}), self._taylor(u, binomials))

    def _root(self, c: Form, p: Fraction) -> Form:
        if p.denominator != 2:
            return self.algebra.real_power(c, p)
        root = self.algebra.apply("sqrt", c)
        return self.algebra.power(root if p > 0 else self.algebra.invert(root), abs(int(2 * p)))

    # ------------------------------------------------------------------------------------- functions
    def split(self, f: Series) -> tuple[dict[Key, Form], Form, Series]:
        """Terms that grow, the constant term, and what tends to zero."""
        if f.rest is not None and compare(f.rest, ONE) >= 0:
            raise Rejected("an argument is not known up to o(1)")
        grows = {k: c for k, c in f.terms.items() if compare(k, ONE) > 0 and not self.algebra.is_zero(c)}
        falls = {k: c for k, c in f.terms.items() if compare(k, ONE) < 0}
        if any(self._oscillates(form) for form in (f.terms.get(ONE, {}), *grows.values())):
            raise Rejected("a function of an oscillation is not expanded")
        return grows, f.terms.get(ONE, {}), Series(falls, f.rest)

    def exp(self, f: Series) -> Series:
        """exp(f)."""
        if f.rest is not None and compare(f.rest, ONE) == 0 and not any(compare(k, ONE) > 0 for k in f.terms):
            return Series({}, ONE)
        grows, c, u = self.split(f)
        key = ONE
        for (e, a, b), form in grows.items():
            number = known(form)
            if e or number is None or (b and (a != 0 or b != 1)):
                raise Rejected("the growth of an exponential is not computed")
            key = product(key, ((), -number, ZERO) if b else (((-a, number),), ZERO, ZERO))
        coefficients = [UNIT]
        for k in range(self.depth):
            coefficients.append(scale(coefficients[-1], Fraction(1, k + 1)))
        return self.times(Series({key: self.algebra.apply("exp", c)}), self._taylor(u, coefficients))

    def log(self, f: Series) -> Series:
        """log(f) for f > 0."""
        (e, a, b), c, u = self._factored(f)
        if self.sign(c) < 0:
            raise Undefined("a logarithm of a negative number near the point")
        if b:
            raise Rejected("iterated logarithms are not expanded")
        terms: dict[Key, Form] = {((), -p, ZERO): constant(x) for p, x in e}
        terms |= {((), ZERO, Fraction(1)): constant(-a)} if a else {}
        logarithm: list[Form] = [{}] + [constant(Fraction((-1) ** (k + 1), k)) for k in range(1, self.depth + 1)]
        return self.add(Series(terms), exactly(self.algebra.apply("log", c)), self._taylor(u, logarithm))

    def wave(self, name: str, f: Series) -> Series:
        """sin(f) or cos(f)."""
        if f.rest is not None and compare(f.rest, ONE) >= 0:
            return Series({}, ONE)
        grows, c, u = self.split(f)
        if grows:
            if f.rest is not None:
                return Series({}, ONE)
            self.lead(f)
            argument = tuple(sorted((key, freeze(form)) for key, form in f.terms.items()))
            return exactly(self.algebra.atom("wave", name, argument))
        sine, cosine = self.algebra.apply("sin", c), self.algebra.apply("cos", c)
        turn = [sine, cosine, scale(sine, -1), scale(cosine, -1)]
        coefficients, factor = [], Fraction(1)
        for k in range(self.depth + 1):
            coefficients.append(scale(turn[(k + (name == "cos")) % 4], factor))
            factor /= k + 1
        return self._taylor(u, coefficients)

    def primitive(self, name: str, f: Series) -> Series:
        """atan, asin, acos, erf: from the expansion of the derivative at the limit of f."""
        if name in ("atan", "erf") and (f.top is None or compare(f.top, ONE) > 0) and (found := self.lead(f)):
            side, back = self.sign(found[1]), self.inverse(f)
            if name == "erf":  # 1 − erf(y) ≤ 1/y for y > 0
                return self.add(exactly(constant(side)), Series({}, back.top))
            right = exactly(scale(self.algebra.atom("pi"), Fraction(side, 2)))
            return self.minus(right, self.primitive("atan", back))
        grows, c, u = self.split(f)
        if grows:
            raise Rejected(f"{name} of an unbounded argument")
        x = Tree("var", (), "x")
        square = make("mul", x, x)
        slope = {
            "atan": make("div", num(1), make("add", num(1), square)),
            "asin": make("pow", minus(num(1), square), num(-HALF)),
            "acos": make("neg", make("pow", minus(num(1), square), num(-HALF))),
            "erf": make("div", make("mul", num(2), make("exp", make("neg", square))), make("sqrt", make("pi"))),
        }[name]
        at = self.add(exactly(c), small())
        derivative = Near(self.algebra, {"x": at}, self.depth, self.sign, self.nonzero).value(slope)
        coefficients = [self.algebra.apply(name, c)]
        for k in range(self.depth):
            coefficients.append(scale(derivative.terms.get(((), Fraction(k), ZERO), {}), Fraction(1, k + 1)))
        if derivative.rest is not None and compare(derivative.rest, ((), Fraction(self.depth - 1), ZERO)) >= 0:
            raise Rejected(f"{name} is not expanded far enough")
        return self._taylor(u, coefficients)

    def _oscillates(self, form: Form) -> bool:
        """Whether a sine or cosine of an unbounded argument occurs, however deep."""
        for atom in {a for mono, _ in form for a, _ in mono}:
            kind, *data = self.algebra.keys[atom]
            if kind == "wave" or any(self._oscillates(dict(part)) for part in data if isinstance(part, tuple)):
                return True
        return False

    # ----------------------------------------------------------------------------------------- trees
    def value(self, tree: Tree) -> Series:
        """The expansion of a plain scalar tree."""
        return self._value(in_pieces(tree))

    def _value(self, tree: Tree) -> Series:
        op, args = tree.op, tree.args
        if op == "num":
            return exactly(constant(Fraction(str(tree.value))))
        if op == "pi":
            return exactly(self.algebra.atom("pi"))
        if op == "var":
            return self.values[str(tree.value)]
        if op == "Piecewise":
            return self._value(self._case(tree))
        if op == "pow":
            p = literal(args[1])
            if p is None:
                return self.exp(self.times(self._value(args[1]), self.log(self._value(args[0]))))
            return self.power(self._value(args[0]), p)
        if op in _REWRITTEN:
            return self._value(_REWRITTEN[op](args[0]))
        parts = [self._value(arg) for arg in args]
        if op == "add":
            return self.add(*parts)
        if op == "neg":
            return self.scale(parts[0], constant(-1))
        if op == "mul":
            return reduce(self.times, parts)
        if op in ("div", "inv"):
            inverse = self.inverse(parts[-1])
            return self.times(parts[0], inverse) if op == "div" else inverse
        if op == "sqrt":
            return self.power(parts[0], HALF)
        if op == "exp":
            return self.exp(parts[0])
        if op == "log":
            return self.log(parts[0])
        if op in ("sin", "cos"):
            return self.wave(op, parts[0])
        if op in ("atan", "asin", "acos", "erf"):
            return self.primitive(op, parts[0])
        if op == "atan2" and self.sign_of(parts[1]) > 0:
            return self.primitive("atan", self.times(parts[0], self.inverse(parts[1])))
        raise Rejected(f"{text(tree)} is not expanded")

    def _case(self, tree: Tree) -> Tree:
        for case in tree.args:
            if self.holds(case.args[1]):
                return case.args[0]
        raise Undefined("no case of Piecewise applies near the point")

    def branch(self, tree: Tree) -> Tree:
        """The tree without Piecewise that is equal to this one for all small enough t."""
        return self._branch(in_pieces(tree))

    def _branch(self, tree: Tree) -> Tree:
        if tree.op == "Piecewise":
            return self._branch(self._case(tree))
        return make(tree.op, *map(self._branch, tree.args)) if tree.args else tree

    def sign_of(self, f: Series) -> int:
        """The sign of f for all small enough t."""
        found = self.lead(f)
        return 0 if found is None else self.sign(found[1])

    def holds(self, tree: Tree) -> bool:
        """Whether a condition is true (False: false) for all small enough t."""
        op, args = tree.op, tree.args
        if op in ("true", "false"):
            return op == "true"
        if op in ("and", "or"):
            return (all if op == "and" else any)([self.holds(arg) for arg in args])
        if op == "not":
            return not self.holds(args[0])
        if op in ("positive", "nonneg", "nonzero"):
            sign = self.sign_of(self.value(args[0]))
            return sign != 0 if op == "nonzero" else sign > 0 or (sign == 0 and op == "nonneg")
        if op not in ("eq", "ne", "lt", "le") or args[0].shape or args[1].shape:
            raise Rejected(f"{text(tree)} is not decided near the point")
        sign = self.sign_of(self.value(minus(args[1], args[0])))
        return {"eq": sign == 0, "ne": sign != 0, "lt": sign > 0, "le": sign >= 0}[op]

    # ----------------------------------------------------------------------------------------- limits
    def limit(self, f: Series) -> Form | str:
        """The limit: a form, "oo", "-oo", or "none" when there is no finite limit."""
        for key in sorted(f.terms, key=_ORDER, reverse=True):
            form = f.terms[key]
            if compare(key, ONE) < 0:
                break
            if self._wavering(form):
                if f.rest is None or compare(f.rest, key) < 0:
                    return "none"
                raise Rejected("the limit is not determined")
            if compare(key, ONE) == 0:
                break
            if not self.algebra.is_zero(form):
                return "oo" if self.sign(form) > 0 else "-oo"
        if f.rest is not None and compare(f.rest, ONE) >= 0:
            raise Rejected("the limit is not determined")
        return f.terms.get(ONE, {})

    def _wavering(self, form: Form) -> bool:
        """Whether a polynomial in the sine and cosine of one unbounded argument is not constant.

        cos² is replaced by 1 − sin²; the powers of sin and their products with cos are linearly independent on the
        circle, all of whose points are met again and again, so then there is no limit.
        """
        algebra = self.algebra
        waves = {a for mono, _ in form for a, _ in mono if algebra.keys[a][0] == "wave"}
        if not waves:
            if any(algebra.keys[a][0] == "sum" for mono, _ in form for a, _ in mono):
                self.sign(form)  # refuses what it cannot enclose
            return False
        arguments = {algebra.keys[a][2] for a in waves}
        if len(arguments) != 1:
            raise Rejected("a limit with two oscillations is not decided")
        (argument,) = arguments
        sine, cosine = (algebra.number("wave", name, argument) for name in ("sin", "cos"))
        total: Form = {}
        for (mono, _), c in form.items():
            powers = dict(mono)
            e = powers.pop(cosine, 0)
            if e < 0 or powers.get(sine, 0) < 0 or any(algebra.keys[a][0] == "sum" for a in powers):
                raise Rejected("a limit with a quotient of oscillations is not decided")
            square = add(UNIT, {(((sine, 2),), ()): Fraction(-1)})
            kept = tuple(sorted([*powers.items(), *([(cosine, 1)] if e % 2 else [])]))
            total = add(total, algebra.times({(kept, ()): c}, algebra.power(square, e // 2) if e > 1 else UNIT))
        groups: dict[tuple[int, int], Form] = {}
        for (mono, _), c in total.items():
            powers = dict(mono)
            place = powers.pop(sine, 0), powers.pop(cosine, 0)
            groups[place] = add(groups.get(place, {}), {(tuple(sorted(powers.items())), ()): c})
        varying = [form for place, form in groups.items() if place != (0, 0)]
        if any(self.sign(form) for form in varying):
            return True
        raise Rejected("a limit with an oscillation is not decided")


def _exp(x: Tree) -> Tree:
    return make("exp", x)


def _times(c: Fraction | int, x: Tree) -> Tree:
    return make("mul", num(c), x)


def _one(x: Tree, sign: int = 1) -> Tree:
    return make("add", num(1), x if sign > 0 else make("neg", x))


_REWRITTEN: dict[str, Callable[[Tree], Tree]] = {
    "sinh": lambda x: _times(HALF, minus(_exp(x), _exp(make("neg", x)))),
    "cosh": lambda x: _times(HALF, make("add", _exp(x), _exp(make("neg", x)))),
    "tanh": lambda x: make("div", _one(_exp(_times(-2, x)), -1), _one(_exp(_times(-2, x)))),
    "sigmoid": lambda x: make("div", num(1), _one(_exp(make("neg", x)))),
    "softplus": lambda x: make("log", _one(_exp(x))),
    "tan": lambda x: make("div", make("sin", x), make("cos", x)),
}
