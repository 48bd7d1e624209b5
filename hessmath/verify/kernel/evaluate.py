"""Deciding relations and definedness at one point with rational coordinates.

Values are exact where they are rational.  Otherwise a difference is zero only when algebra shows it,
and positive or negative only when a rational enclosure (rounded outwards) shows it; else nothing is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import reduce
from itertools import combinations
from math import isqrt

from hessmath.verify.kernel.algebra import Algebra, Form, known
from hessmath.verify.kernel.entries import Entries, Grid
from hessmath.verify.kernel.trees import (
    DERIVATIVES,
    NECESSARY,
    Rejected,
    Tree,
    eye,
    make,
    minus,
    obligations,
    smoothness,
    text,
)

Interval = tuple[Fraction, Fraction]
PRECISIONS = (60, 120, 240)


class Point:
    """A rational point: ``values`` are the grids of all variables."""

    def __init__(self, values: Mapping[str, Grid], algebra: Algebra | None = None) -> None:
        self.engine = Entries(values, decide=self.holds, algebra=algebra)

    # ------------------------------------------------------------------------------------------- signs
    def sign(self, form: Form) -> int:
        """−1, 0 or 1; refused when neither algebra nor the enclosures decide."""
        value = known(form)
        if value is not None:
            return (value > 0) - (value < 0)
        if self.engine.algebra.is_zero(form):
            return 0
        for bits in PRECISIONS:
            low, high = self.enclosure(form, bits)
            if low > 0 or high < 0:
                return 1 if low > 0 else -1
        raise Rejected("a sign could not be decided at this point")

    def signs(self, tree: Tree) -> Iterator[int]:
        """The signs of all entries."""
        return (self.sign(cell) for row in self.engine.normal(tree) for cell in row)

    def enclosure(self, form: Form, bits: int) -> Interval:
        """A rational interval that holds the value."""
        low = high = Fraction(0)
        for (mono, _), c in form.items():
            factors = [_power(self._atom(atom, bits), e, 2 * bits + 64) for atom, e in mono]
            a, b = reduce(_times, factors, (c, c))
            low, high = low + a, high + b
        return _round(low, high, bits)

    def _atom(self, atom: int, bits: int) -> Interval:
        kind, *data = self.engine.algebra.keys[atom]
        if kind == "pi":
            return _pi(bits)
        if kind == "sum":
            return self.enclosure(dict(data[0]), bits)
        if kind != "fn" or data[0] not in _ENCLOSURES:
            raise Rejected(f"no enclosure is known for {data[0] if data else kind}")
        if data[0] == "pow":
            low, high = self.enclosure(dict(data[2]), bits)
            logarithm = _ENCLOSURES["log"]([(low, high)], bits)
            return _ENCLOSURES["exp"]([_times(logarithm, (data[1], data[1]))], bits)
        return _ENCLOSURES[data[0]]([self.enclosure(dict(part), bits) for part in data[1:]], bits)

    # ------------------------------------------------------------------------------------- definedness
    def undefined(self, tree: Tree) -> Tree | None:
        """The first undefined part (innermost, from the left), or None when everything is defined."""
        if tree.op == "Piecewise":
            for case in tree.args:
                if bad := self.undefined(case.args[1]):
                    return bad
                if self.holds(case.args[1]):
                    return self.undefined(case.args[0])
            return tree
        for arg in tree.args:
            if bad := self.undefined(arg):
                return bad
        for predicate, part in obligations(tree):
            if not self._satisfied(predicate, part):
                if tree.op in NECESSARY or (tree.op == "pow" and tree.args[1].op == "num"):
                    return tree
                raise Rejected(f"{text(tree)} may be undefined at this point")
        if tree.op in DERIVATIVES:
            for predicate, part in smoothness(tree, by_inverse=False):
                if not self._satisfied(predicate, part):
                    raise Rejected(f"{text(tree)} may not exist at this point")
        return None

    def _satisfied(self, predicate: str, part: Tree) -> bool:
        if predicate == "entries":
            return all(self.signs(part))
        return self.holds(make(predicate, part))

    # ---------------------------------------------------------------------------------------- relations
    def holds(self, tree: Tree) -> bool:
        """Whether a (plain) relation or predicate between defined expressions holds."""
        op, args = tree.op, tree.args
        if op in ("true", "false"):
            return op == "true"
        if op == "and":
            return all(self.holds(arg) for arg in args)
        if op == "or":
            return any(self.holds(arg) for arg in args)
        if op == "not":
            return not self.holds(args[0])
        if op in ("eq", "ne"):
            return self._zero(minus(*args)) == (op == "eq")
        if op in ("lt", "le"):
            (sign,) = self.signs(minus(args[1], args[0]))
            return sign > 0 or (op == "le" and sign == 0)
        if op == "psd_le":
            return self.holds(make("psd", minus(args[1], args[0])))
        first = args[0]
        if op in _DEFINING:
            return all(self._zero(part) for part in _DEFINING[op](*args))
        if op == "nonzero":
            return not self._zero(first)
        if op in ("positive", "nonneg"):
            return all(sign > 0 or (sign == 0 and op == "nonneg") for sign in self.signs(first))
        if op == "invertible":
            return not self._zero(make("det", first))
        if op in ("fullcol", "fullrow"):
            gram = [make("T", first), first] if op == "fullcol" else [first, make("T", first)]
            return not self._zero(make("det", make("matmul", *gram)))
        if op == "nilpotent":
            return self._zero(make("matmul", *[first] * len(self.engine.normal(first))))
        if op in ("negdef", "nsd"):
            return self.holds(make("posdef" if op == "negdef" else "psd", make("neg", first)))
        if not self._zero(minus(first, make("T", first))):
            return False
        if op == "indefinite":
            return not self.holds(make("psd", first)) and not self.holds(make("nsd", first))
        grid = self.engine.normal(first)
        n = len(grid)
        if op == "posdef":  # leading minors (Sylvester); for psd all principal minors
            return all(self._minor(grid, tuple(range(k))) > 0 for k in range(1, n + 1))
        return all(self._minor(grid, kept) >= 0 for k in range(1, n + 1) for kept in combinations(range(n), k))

    def _minor(self, grid: Grid, kept: tuple[int, ...]) -> int:
        return self.sign(self.engine.determinant([[grid[i][j] for j in kept] for i in kept]))

    def _zero(self, tree: Tree) -> bool:
        undecided: Rejected | None = None
        for row in self.engine.normal(tree):
            for cell in row:
                try:
                    if self.sign(cell):
                        return False
                except Rejected as reason:
                    undecided = reason
        if undecided:
            raise undecided
        return True


def _product(*factors: Tree) -> Tree:
    return make("matmul", *factors)


_DEFINING: dict[str, Callable[..., list[Tree]]] = {
    "symmetric": lambda A: [minus(A, make("T", A))],
    "skew": lambda A: [make("add", A, make("T", A))],
    "orthogonal": lambda A: [minus(_product(make("T", A), A), eye(A)), minus(_product(A, make("T", A)), eye(A))],
    "orthocols": lambda A: [minus(_product(make("T", A), A), eye(make("T", A)))],
    "diagonal": lambda A: [minus(A, make("diagpart", A))],
    "idempotent": lambda A: [minus(_product(A, A), A)],
    "involutory": lambda A: [minus(_product(A, A), eye(A))],
    "commute": lambda A, B: [minus(_product(A, B), _product(B, A))],
}
"""Predicates that are equations: the expressions that must vanish."""


def equations(tree: Tree) -> list[Tree] | None:
    """The expressions whose vanishing is what the relation says, or None for other relations."""
    if tree.op == "eq":
        return [minus(*tree.args)]
    return _DEFINING[tree.op](*tree.args) if tree.op in _DEFINING else None


# ------------------------------------------------------------------------------------ rational enclosures
def _round(low: Fraction, high: Fraction, bits: int) -> Interval:
    def nearby(x: Fraction, up: bool) -> Fraction:
        if x.denominator.bit_length() <= bits or not x:
            return x
        shift = bits - x.numerator.bit_length() + x.denominator.bit_length()
        scaled = x * 2**shift if shift >= 0 else x / 2**-shift
        whole = -((-scaled.numerator) // scaled.denominator) if up else scaled.numerator // scaled.denominator
        return Fraction(whole, 2**shift) if shift >= 0 else Fraction(whole * 2**-shift)

    return nearby(low, False), nearby(high, True)


def _times(a: Interval, b: Interval) -> Interval:
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)


def _power(a: Interval, e: int, bits: int = 4 * PRECISIONS[-1]) -> Interval:
    if abs(e) > 2000:
        raise Rejected("a power is too large to enclose")
    if e < 0:
        if a[0] <= 0 <= a[1]:
            raise Rejected("an enclosure of a denominator holds zero")
        a, e = (1 / a[1], 1 / a[0]), -e
    total = (Fraction(1), Fraction(1))
    for bit in bin(e)[2:]:
        total = _times(total, total) if total[0] >= 0 or total[1] <= 0 else _even(total)
        total = _round(*(_times(total, a) if bit == "1" else total), bits)
    return total


def _even(a: Interval) -> Interval:
    return Fraction(0), max(a[0] ** 2, a[1] ** 2)


def _series(x: Fraction, first: Fraction, ratio: Callable[[int], Fraction], bits: int) -> Interval:
    """first·Σ Π ratio(k), where every |ratio(k)| ≤ 1/2 from some k on: the rest is at most the last term."""
    total, term, k = first, first, 1
    while term and (abs(ratio(k)) > Fraction(1, 2) or abs(term) > Fraction(1, 2**bits)):
        term *= ratio(k)
        total, k = total + term, k + 1
    return total - abs(term), total + abs(term)


def _exp(x: Fraction, bits: int) -> Interval:
    if abs(x) > 1000:
        raise Rejected("an exponential is too large to enclose")
    halvings = max(0, (abs(x.numerator) // x.denominator).bit_length())
    small = x / 2**halvings
    result = _series(small, Fraction(1), lambda k: small / k, bits + 2 * halvings)
    for _ in range(halvings):
        result = _round(result[0] ** 2, result[1] ** 2, bits + halvings)
    return result


def _atanh(z: Fraction, bits: int) -> Interval:  # |z| ≤ 1/3
    return _series(z, z, lambda k: z * z * Fraction(2 * k - 1, 2 * k + 1), bits)


def _log(x: Fraction, bits: int) -> Interval:
    if x <= 0:
        raise Rejected("the enclosure of a logarithm's argument is not positive")
    k = x.numerator.bit_length() - x.denominator.bit_length()
    m = x / Fraction(2) ** k
    part, two = _atanh((m - 1) / (m + 1), bits), _atanh(Fraction(1, 3), bits)
    shift = _times((Fraction(2 * k), Fraction(2 * k)), two)
    return shift[0] + 2 * part[0], shift[1] + 2 * part[1]


def _atan(x: Fraction, bits: int) -> Interval:
    if x < 0:
        low, high = _atan(-x, bits)
        return -high, -low
    if x > 1:
        (low, high), (a, b) = _atan(1 / x, bits), _pi(bits)
        return a / 2 - high, b / 2 - low
    if x > Fraction(1, 2):
        half, rest = _atan(Fraction(1, 2), bits), _atan((x - Fraction(1, 2)) / (1 + x / 2), bits)
        return half[0] + rest[0], half[1] + rest[1]
    return _series(x, x, lambda k: -x * x * Fraction(2 * k - 1, 2 * k + 1), bits)


def _pi(bits: int) -> Interval:
    (a, b), (c, d) = _atan(Fraction(1, 5), bits + 8), _atan(Fraction(1, 239), bits + 8)
    return 16 * a - 4 * d, 16 * b - 4 * c


def _sqrt(x: Fraction, bits: int) -> Interval:
    if x < 0:
        raise Rejected("the enclosure of a root's argument is negative")
    root = isqrt(x.numerator * 4**bits // x.denominator)
    return Fraction(root, 2**bits), Fraction(root + 1, 2**bits)


def _sine(x: Fraction, bits: int) -> Interval:
    return _series(x, x, lambda k: -x * x / (2 * k * (2 * k + 1)), bits)


def _cosine(x: Fraction, bits: int) -> Interval:
    return _series(x, Fraction(1), lambda k: -x * x / ((2 * k - 1) * 2 * k), bits)


Enclosure = Callable[[list[Interval], int], Interval]


def _rising(f: Callable[[Fraction, int], Interval]) -> Enclosure:
    return lambda parts, bits: _round(f(parts[0][0], bits)[0], f(parts[0][1], bits)[1], bits)


def _wave(f: Callable[[Fraction, int], Interval]) -> Enclosure:
    def enclosure(parts: list[Interval], bits: int) -> Interval:
        low, high = parts[0]
        if max(abs(low), abs(high)) > 100:
            raise Rejected("an angle is too large to enclose")
        a, b = f((low + high) / 2, bits)
        return _round(a - (high - low), b + (high - low), bits)  # |f′| ≤ 1

    return enclosure


def _absolute(parts: list[Interval], _bits: int) -> Interval:
    low, high = parts[0]
    return (Fraction(0) if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))


_ENCLOSURES: dict[str, Enclosure] = {
    "exp": _rising(_exp),
    "log": _rising(_log),
    "sqrt": _rising(_sqrt),
    "atan": _rising(_atan),
    "sin": _wave(_sine),
    "cos": _wave(_cosine),
    "Abs": _absolute,
    "Max": lambda parts, _bits: (max(a for a, _ in parts), max(b for _, b in parts)),
    "Min": lambda parts, _bits: (min(a for a, _ in parts), min(b for _, b in parts)),
    "pow": lambda parts, _bits: parts[0],
}


def enclosed(name: str, x: Fraction, bits: int) -> Interval:
    """A rational interval that holds f(x), for exp, log, sqrt, atan, sin, cos."""
    return _ENCLOSURES[name]([(x, x)], bits)
