"""What values a function takes on a set given by inequalities: rational intervals, rounded outwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from hessmath.verify.kernel.algebra import Form, Mono, add, known, scale
from hessmath.verify.kernel.entries import Entries
from hessmath.verify.kernel.evaluate import Point, enclosed
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.proofs import conjuncts, facts_of
from hessmath.verify.kernel.trees import Rejected, Tree, literal, make, num, plain, text

ZERO, ONE = Fraction(0), Fraction(1)
BITS = 80


@dataclass(frozen=True)
class Range:
    """low ≤ value ≤ high (None: no bound), strictly where ``above`` or ``below`` say so."""

    low: Fraction | None = None
    high: Fraction | None = None
    above: bool = False
    below: bool = False

    @property
    def positive(self) -> bool:
        """All values are > 0."""
        return self.low is not None and (self.low > 0 or (self.low == 0 and self.above))

    @property
    def nonneg(self) -> bool:
        """All values are ≥ 0."""
        return self.low is not None and self.low >= 0

    def negated(self) -> Range:
        """The range of −f."""
        return Range(_minus(self.high), _minus(self.low), self.below, self.above)

    def __add__(self, other: Range) -> Range:
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Range(low, high, self.above or other.above, self.below or other.below)

    def times(self, c: Fraction) -> Range:
        """The range of c·f."""
        if c < 0:
            return self.negated().times(-c)
        low, high = (None if x is None else x * c for x in (self.low, self.high))
        return Range(low, high, self.above, self.below) if c else AT_0

    def __mul__(self, other: Range) -> Range:
        if self.nonneg and other.nonneg:
            assert self.low is not None and other.low is not None
            high = None if self.high is None or other.high is None else self.high * other.high
            strict = (self.above and other.positive) or (other.above and self.positive)
            return Range(
                self.low * other.low, high, strict or (self.positive and other.positive and not self.low * other.low)
            )
        if self.high is not None and self.high <= 0:
            return (self.negated() * other).negated()
        if other.high is not None and other.high <= 0:
            return (self * other.negated()).negated()
        if self.nonneg:
            return Range(self._least(other), _minus(self._least(other.negated())))
        if other.nonneg:
            return other * self
        ends = [
            a * b for a in (self.low, self.high) for b in (other.low, other.high) if a is not None and b is not None
        ]
        return Range(min(ends), max(ends)) if len(ends) == 4 else Range()

    def _least(self, other: Range) -> Fraction | None:
        """A lower bound of the product for self ≥ 0."""
        if other.low is None or (other.low < 0 and self.high is None):
            return None
        factor = self.high if other.low < 0 else self.low
        return other.low * (factor or ZERO)

    def inverse(self) -> Range:
        """The range of 1/f for f ≠ 0."""
        if self.positive:
            if self.high is not None and self.high <= 0:
                raise Rejected("the range is empty")
            high = None if not self.low else 1 / self.low
            low = ZERO if self.high is None else 1 / self.high
            return Range(low, high, self.high is None or self.below, self.above)
        if self.negated().positive:
            return self.negated().inverse().negated()
        raise Rejected("a denominator may be zero in the domain")

    def meet(self, other: Range) -> Range:
        """What both ranges say."""
        lows = [(x, s) for x, s in ((self.low, self.above), (other.low, other.above)) if x is not None]
        highs = [(x, not s) for x, s in ((self.high, self.below), (other.high, other.below)) if x is not None]
        low, above = max(lows, default=(None, False))
        high, open_ = min(highs, default=(None, True))
        return Range(low, high, above, not open_)


AT_0 = Range(ZERO, ZERO)


def _minus(x: Fraction | None) -> Fraction | None:
    return None if x is None else -x


def _raised(name: str, r: Range) -> Range:
    """The range of an increasing function."""
    low = None if r.low is None else enclosed(name, r.low, BITS)[0]
    high = None if r.high is None else enclosed(name, r.high, BITS)[1]
    return Range(low, high, r.above and r.low is not None, r.below and r.high is not None)


class Domain:
    """A set of points given by inequalities, with an engine for expressions of its variables."""

    def __init__(self, names: Sequence[str], conditions: Sequence[Tree]) -> None:
        self.names, self.algebra = list(names), Exact()
        self.engine = Entries(algebra=self.algebra)
        self.conditions = list(conditions)
        self.limits: list[tuple[Form, bool]] = []
        self.nonzero: list[Form] = []
        for part in (part for tree in conditions for part in conjuncts(tree)):
            facts = facts_of(plain(part, {}))
            if len(facts) != 1 or facts[0][1].shape or facts[0][0] not in ("positive", "nonneg", "nonzero"):
                raise Rejected(f"{text(part)} is not an inequality between scalars")
            ((predicate, difference),) = facts
            form = self.engine.scalar(difference)
            if predicate == "nonzero":
                self.nonzero.append(form)
            else:
                self.limits.append((form, predicate == "positive"))
        self._cache: dict[Tree, Range] = {}
        self.boxes = {self._var(name): self._bounded(self.algebra.atom("var", name, 0, 0)) for name in names}

    def _var(self, name: str) -> int:
        return self.algebra.number("var", name, 0, 0)

    def inside(self, name: str, low: Fraction | None, high: Fraction | None) -> Domain:
        """The part of the domain where a variable lies strictly between two values."""
        x = Tree("var", (), name)
        added = [make("lt", num(low), x)] if low is not None else []
        added += [make("lt", x, num(high))] if high is not None else []
        return Domain(self.names, [*self.conditions, *added])

    # ------------------------------------------------------------------------------------------- affine
    def affine(self, form: Form) -> tuple[dict[int, Fraction], Form] | None:
        """Rational coefficients of the variables and the constant part of an affine form."""
        coefficients: dict[int, Fraction] = {}
        rest: Form = {}
        variables = {self._var(name) for name in self.names}
        for (mono, word), c in form.items():
            if any(self._meets(atom, variables) for atom, _ in mono):
                if len(mono) != 1 or mono[0][1] != 1 or mono[0][0] not in variables:
                    return None
                coefficients[mono[0][0]] = c
            else:
                rest[mono, word] = c
        return coefficients, rest

    def _meets(self, atom: int, variables: set[int]) -> bool:
        if atom in variables:
            return True
        inside = [dict(part) for part in self.algebra.keys[atom][1:] if isinstance(part, tuple)]
        return any(self._meets(a, variables) for form in inside for mono, _ in form for a, _ in mono)

    def vector(self, form: Form) -> list[Fraction] | None:
        """The gradient of an affine form."""
        found = self.affine(form)
        return None if found is None else [found[0].get(self._var(name), ZERO) for name in self.names]

    def constant_range(self, form: Form) -> Range:
        """An enclosure of a number."""
        value = known(form)
        if value is not None:
            return Range(value, value)
        low, high = Point({}, self.algebra).enclosure(form, BITS)
        return Range(low, high)

    def _split(self, form: Form) -> tuple[Form, Form]:
        """Terms that depend on the variables, and the others."""
        variables = {self._var(name) for name in self.names}
        varying = {key: c for key, c in form.items() if any(self._meets(a, variables) for a, _ in key[0])}
        return varying, {key: c for key, c in form.items() if key not in varying}

    def _bounded(self, form: Form) -> Range:
        """Bounds of a form that one inequality of the domain gives."""
        total = Range()
        for limit, strict in self.limits:
            for sign in (1, -1):
                found, other = self._split(scale(form, sign)), self._split(limit)
                if not found[0] or found[0].keys() != other[0].keys():
                    continue
                ratios = {found[0][a] / other[0][a] for a in found[0]}
                ratio = ratios.pop()
                if ratios or ratio <= 0:
                    continue
                try:  # form·sign − ratio·limit is a number, and limit ≥ 0
                    gap = self.constant_range(add(found[1], scale(other[1], -ratio)))
                except Rejected:
                    continue
                below = Range(gap.low, None, strict)
                total = total.meet(below if sign > 0 else below.negated())
        return total

    # -------------------------------------------------------------------------------------------- forms
    def of_form(self, form: Form) -> Range:
        """The range of a sum of products of atoms."""
        found = self.affine(form)
        if found is not None:
            total = self.constant_range(found[1])
            for atom, c in found[0].items():
                total = total + self.boxes[atom].times(c)
            return total.meet(self._bounded(form))
        total = AT_0
        for (mono, _), c in form.items():
            term = Range(ONE, ONE)
            for atom, e in mono:
                term = term * self._power(self._atom(atom), e)
            total = total + term.times(c)
        total = total.meet(self._bounded(form)).meet(self._reciprocals(form))
        return total.meet(self._common(form)) if len(form) > 1 else total

    def _reciprocals(self, form: Form) -> Range:
        """c·m + d/m ≥ 2·sqrt(cd) for m > 0."""
        total = AT_0
        seen: set[tuple[Mono, tuple[int, ...]]] = set()
        for (mono, word), c in form.items():
            if (mono, word) in seen:
                continue
            other = (tuple((a, -e) for a, e in mono), word)
            d = form.get(other, ZERO)
            if mono and other not in seen and c > 0 and d > 0 and self._term(mono).positive:
                seen.add(other)
                total = total + Range(2 * enclosed("sqrt", c * d, BITS)[0])
            else:
                total = total + self._term(mono).times(c)
            seen.add((mono, word))
        return Range(total.low)

    def _term(self, mono: Mono) -> Range:
        total = Range(ONE, ONE)
        for atom, e in mono:
            total = total * self._power(self._atom(atom), e)
        return total

    def _common(self, form: Form) -> Range:
        """The range after a common monomial of known sign is taken out."""
        shared = dict(next(iter(form))[0])
        for mono, _ in form:
            powers = dict(mono)
            shared = {a: min(e, powers.get(a, 0), key=abs) for a, e in shared.items() if e * powers.get(a, 0) > 0}
        if not shared:
            return Range()
        factor: Form = {(tuple(sorted((a, -e) for a, e in shared.items())), ()): ONE}
        outside = Range(ONE, ONE)
        for a, e in shared.items():
            outside = outside * self._power(self._atom(a), e)
        return outside * self.of_form(self.algebra.times(form, factor))

    def _power(self, base: Range, e: int) -> Range:
        if e < 0:
            return self._power(base.inverse(), -e)
        total = base
        if e % 2 == 0:
            total = _square(base)
            base, e = total, e // 2
        for _ in range(e - 1):
            total = total * base
        return total

    def _atom(self, atom: int) -> Range:
        if atom in self.boxes:
            return self.boxes[atom]
        key = self.algebra.keys[atom]
        if key[0] == "sum":
            return self.of_form(dict(key[1]))
        if key[0] != "fn":
            return self.constant_range({(((atom, 1),), ()): ONE})
        inside = [dict(part) for part in key[1:] if isinstance(part, tuple)]
        if key[1] == "pow":
            return real_power(self.of_form(inside[0]), key[2])
        if key[1] in ("Max", "Min", "atan2"):
            return extreme(key[1], [self.of_form(form) for form in inside])
        return self.function(key[1], inside[0])

    def function(self, name: str, form: Form) -> Range:
        """The range of a function of one argument."""
        if name in ("sin", "cos") and (found := self._half_turn(name, form)) is not None:
            return found
        return image(name, self.of_form(form))

    def _half_turn(self, name: str, form: Form) -> Range | None:
        """sin is ≥ 0 on [0, π], cos on [−π/2, π/2]."""
        pi = self.algebra.atom("pi")
        low, high = ({}, pi) if name == "sin" else (scale(pi, Fraction(-1, 2)), scale(pi, Fraction(1, 2)))
        try:
            left, right = self.of_form(add(form, scale(low, -1))), self.of_form(add(high, scale(form, -1)))
        except Rejected:
            return None
        if left.nonneg and right.nonneg:
            return Range(ZERO, ONE, left.positive and right.positive)
        return None

    # -------------------------------------------------------------------------------------------- trees
    def of(self, tree: Tree) -> Range:
        """The range of a plain scalar tree that is defined on the domain."""
        if tree not in self._cache:
            self._cache[tree] = self._of(tree)
        return self._cache[tree]

    def _of(self, tree: Tree) -> Range:
        found = Range()
        with suppress(Rejected):
            found = self._by_operation(tree)
        try:
            return found.meet(self.of_form(self.engine.scalar(tree)))
        except Rejected:
            return found

    def _by_operation(self, tree: Tree) -> Range:
        op, args = tree.op, tree.args
        if op in ("Max", "Min"):
            return extreme(op, [self.of(arg) for arg in args])
        if op == "neg":
            return self.of(args[0]).negated()
        if op == "add":
            total = AT_0
            for arg in args:
                total = total + self.of(arg)
            return total
        if op == "mul":
            total = Range(ONE, ONE)
            for arg in args:
                total = total * self.of(arg)
            return total
        if op == "div":
            return self.of(args[0]) * self.of(args[1]).inverse()
        if op == "pow":
            power = literal(args[1])
            if power is None:
                return Range(ZERO, None, True)
            base = self.of(args[0])
            return self._power(base, int(power)) if power.denominator == 1 and power else real_power(base, power)
        if len(args) == 1:
            return image(op, self.of(args[0]))
        return Range()

    def _is_nonzero(self, tree: Tree) -> bool:
        """Whether the expression is a product of a number and factors that hypotheses make nonzero."""
        if tree.op in ("mul", "pow", "neg", "Abs") and tree.args:
            parts = tree.args[:1] if tree.op == "pow" else tree.args
            if all(self._is_nonzero(part) or _sure(self.of(part)) for part in parts):
                return True
        try:
            form = self.engine.scalar(tree)
        except Rejected:
            return False
        return any(_multiple(form, other) for other in self.nonzero)

    def require(self, predicate: str, tree: Tree) -> None:
        """Refuse unless an expression is positive, nonnegative or nonzero on the domain."""
        if predicate in ("nonzero", "entries") and self._is_nonzero(tree):
            return
        if tree.op == "Abs" and self._is_nonzero(tree.args[0]):
            return
        found = self.of(tree)
        if not (
            (predicate == "nonneg" and found.nonneg)
            or found.positive
            or (predicate in ("nonzero", "entries") and found.negated().positive)
        ):
            raise Rejected(f"{predicate} is not shown on the domain")


def _sure(r: Range) -> bool:
    return r.positive or r.negated().positive


def _multiple(form: Form, other: Form) -> bool:
    """Whether the form is a nonzero multiple of the other."""
    return bool(form) and form.keys() == other.keys() and len({form[key] / other[key] for key in form}) == 1


def _square(r: Range) -> Range:
    if r.nonneg:
        return r * r
    if r.negated().nonneg:
        return r.negated() * r.negated()
    ends = [(abs(x), not open_) for x, open_ in ((r.low, r.above), (r.high, r.below)) if x is not None]
    if len(ends) < 2:
        return Range(ZERO)
    high, reached = max(ends)
    return Range(ZERO, high**2, False, not reached)


def real_power(r: Range, p: Fraction) -> Range:
    """base^p for a base ≥ 0 and p > 0, or a base > 0."""
    if not (r.nonneg and p > 0) and not r.positive:
        raise Rejected("the base of a power may be negative")
    if p < 0:
        return real_power(r, -p).inverse()
    assert r.low is not None
    low = ONE if r.low >= 1 else ZERO  # monotone: 1^p = 1 and 0^p = 0
    high = ONE if r.high is not None and r.high <= 1 else None
    return Range(low, high, r.positive if low == 0 else (r.above or r.low > 1), r.below and r.high == 1)


def extreme(name: str, parts: Sequence[Range]) -> Range:
    """Max or Min of values in the ranges."""
    if name == "Min":
        return extreme("Max", [part.negated() for part in parts]).negated()
    if name != "Max":
        return Range()
    lows = [(part.low, part.above) for part in parts if part.low is not None]
    low, above = max(lows, default=(None, False))
    highs = [part.high for part in parts if part.high is not None]
    return Range(low, max(highs) if len(highs) == len(parts) else None, above)


_FIXED: Mapping[str, Range] = {
    "exp": Range(ZERO, None, True),
    "softplus": Range(ZERO, None, True),
    "cosh": Range(ONE, None),
    "sigmoid": Range(ZERO, ONE, True, True),
    "tanh": Range(-ONE, ONE, True, True),
    "erf": Range(-ONE, ONE, True, True),
    "sin": Range(-ONE, ONE),
    "cos": Range(-ONE, ONE),
    "Abs": Range(ZERO, None),
    "sqrt": Range(ZERO, None),
    "acos": Range(ZERO, None),
    "atan": Range(Fraction(-2), Fraction(2), True, True),
}
_ODD = {"sinh", "tanh", "atan", "erf", "asin"}


def image(name: str, r: Range) -> Range:
    """The range of a function whose argument has a range."""
    fixed = _FIXED.get(name, Range())
    if name in _ODD:  # increasing and zero at zero
        if r.nonneg:
            fixed = fixed.meet(Range(ZERO, None, r.positive))
        if r.negated().nonneg:
            fixed = fixed.meet(Range(None, ZERO, False, r.negated().positive))
        return fixed
    if name == "Abs":
        if r.nonneg:
            return r
        return r.negated() if r.negated().nonneg else fixed.meet(Range(ZERO, None))
    if name == "sqrt":
        return real_power(r, Fraction(1, 2)).meet(_raised("sqrt", r)) if r.nonneg else fixed
    if name == "log" and not r.positive:
        return Range()
    if name in ("exp", "log"):
        part = Range(r.low if name == "exp" or r.low else None, r.high, r.above, r.below)
        return fixed.meet(_raised(name, part))
    return fixed
