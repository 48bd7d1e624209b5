"""Formal sums: rational × commuting scalar atoms × word of letters, and when such a sum is zero.

A ``Form`` maps (monomial, word) to a coefficient.  A monomial is a sorted tuple of (atom, exponent),
a word a tuple of letters, the empty word an identity (for scalars: the number 1).  Atoms and
letters are numbers of a table that says what each one stands for.  Every rewriting below is an
equation that holds for all real values at which the expressions are defined; that they are defined is
shown elsewhere (obligations) before a form is used.  Vectors are matrices with one column.

Where the size between two letters is the literal 1, a word falls apart: what lies between two such
places is a 1×1 matrix, so it commutes, equals its transpose and its trace, and becomes an atom that
is the same for all rotations and transposes.  Sizes that are names never split a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from itertools import product as choices
from math import isqrt
from typing import Any

from hessmath.verify.kernel.trees import MAX_POWER, ONE, Rejected, Size, named

Mono = tuple[tuple[int, int], ...]
Word = tuple[int, ...]
Form = dict[tuple[Mono, Word], Fraction]
Frozen = tuple[tuple[tuple[Mono, Word], Fraction], ...]

MAX_WORK = 600_000
"""How many products of terms one check may form."""

UNIT: Form = {((), ()): Fraction(1)}
ODD, EVEN = named("sin atan asin erf sign"), named("cos Abs")


class Undefined(Rejected):
    """A division by zero or another undefined value was met while computing."""


def constant(value: Fraction | int) -> Form:
    """The form of a number."""
    return {((), ()): Fraction(value)} if value else {}


def known(form: Form) -> Fraction | None:
    """The number a form is, or None."""
    return Fraction(0) if not form else form.get(((), ())) if len(form) == 1 else None


def freeze(form: Form) -> Frozen:
    """The form as a sorted tuple, a key for tables."""
    return tuple(sorted(form.items()))


def add(*forms: Form) -> Form:
    """The sum."""
    total: Form = {}
    for form in forms:
        for key, c in form.items():
            if value := total.get(key, 0) + c:
                total[key] = value
            else:
                total.pop(key, None)
    return total


def scale(form: Form, c: Fraction | int) -> Form:
    """A rational multiple."""
    return {key: c * value for key, value in form.items()} if c else {}


def _join(a: Mono, b: Mono) -> Mono:
    if not a or not b:
        return a or b
    powers = dict(a)
    for atom, e in b:
        powers[atom] = powers.get(atom, 0) + e
    return tuple(sorted((atom, e) for atom, e in powers.items() if e))


class Algebra:
    """The table of atoms and letters, and the operations on forms that need it.

    ``symmetric`` names the variables that hypotheses make symmetric: such a letter is its own transpose.
    """

    def __init__(self, symmetric: Iterable[str] = ()) -> None:
        self.keys: list[tuple[Any, ...]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._flips: dict[int, int] = {}
        self.symmetric = frozenset(symmetric)
        self._work = 0

    # ------------------------------------------------------------------------------- atoms and letters
    def number(self, *key: Any) -> int:
        """The number of an atom (kind, data…) or letter (kind, rows, columns, data…)."""
        if key not in self._numbers:
            self._numbers[key] = len(self.keys)
            self.keys.append(key)
        return self._numbers[key]

    def atom(self, *key: Any) -> Form:
        """An atom as a form."""
        return {(((self.number(*key), 1),), ()): Fraction(1)}

    def letter(self, *key: Any) -> Form:
        """A letter as a form; with one row and one column it is a scalar."""
        return self._word((self.number(*key),))

    def size(self, size: Size) -> Form:
        """A size as a scalar."""
        products = [
            (reduce(self.times, (self.atom("size", name) for name in names), UNIT), c) for names, c in size.terms
        ]
        return add(*(scale(product, c) for product, c in products))

    def flip(self, letter: int) -> int:
        """The transpose of a letter."""
        if letter in self._flips:
            return self._flips[letter]
        kind, rows, columns, *data = self.keys[letter]
        if kind == "var" and data[0] in self.symmetric:
            flipped = letter
        elif kind == "had":
            flipped = self.number(kind, columns, rows, tuple(sorted(map(self.flip_word, data[0]))))
        elif kind in ("inv", "pinv", "adj", "expm", "map"):
            flipped = self.number(kind, columns, rows, *data[:-1], freeze(self.transpose(dict(data[-1]))))
        elif kind == "kron":
            flipped = self.number(kind, columns, rows, *((c, r, self.flip_word(w)) for r, c, w in data))
        elif kind == "K":
            flipped = self.number(kind, rows, columns, data[1], data[0])
        elif kind == "eigL":
            flipped = letter
        else:
            flipped = self.number("T", columns, rows, letter)
        self._flips[letter], self._flips[flipped] = flipped, letter
        return flipped

    def flip_word(self, word: Word) -> Word:
        """The transpose of a word."""
        return tuple(self.flip(letter) for letter in reversed(word))

    def transpose(self, form: Form) -> Form:
        """The transpose of a form."""
        return {(mono, self.flip_word(word)): c for (mono, word), c in form.items()}

    def ones(self, rows: Size, columns: Size) -> Word:
        """The all-ones matrix, as 1·1ᵀ."""
        left = (self.number("ones", rows, ONE),) if rows != ONE else ()
        return left + ((self.flip(self.number("ones", columns, ONE)),) if columns != ONE else ())

    # ------------------------------------------------------------------------------------------ products
    def times(self, a: Form, b: Form) -> Form:
        """The product, words concatenated."""
        total: Form = {}
        for (m, u), c in a.items():
            for (n, v), d in b.items():
                self._work += 1
                if u or v:
                    pieces = self._word(u + v)
                else:
                    pieces = UNIT
                for (extra, word), e in pieces.items():
                    key = (_join(_join(m, n), extra), word)
                    if value := total.get(key, 0) + c * d * e:
                        total[key] = value
                    else:
                        total.pop(key, None)
        if self._work > MAX_WORK:
            raise Rejected("the computation is too large for the checker")
        return total

    def power(self, form: Form, k: int) -> Form:
        """A small natural power."""
        if len(form) == 1 and k:
            ((mono, word), c) = next(iter(form.items()))
            if not word and k < 1000:
                return {(tuple((atom, e * k) for atom, e in mono), ()): c**k}
        if k > MAX_POWER:
            raise Rejected(f"the power {k} is too large for the checker")
        return reduce(self.times, [form] * k, UNIT)

    def _word(self, word: Word) -> Form:
        cuts = [p for p, letter in enumerate(word) if self.keys[letter][1] == ONE]
        cuts += [len(word)] if word and self.keys[word[-1]][2] == ONE else []
        if len(cuts) < 2:
            return {((), word): Fraction(1)}
        total: Form = {((), word[: cuts[0]] + word[cuts[-1] :]): Fraction(1)}
        for start, end in pairwise(cuts):
            total = self.times(self._loop(word[start:end]), total)
        return total

    def trace(self, form: Form, rows: Size) -> Form:
        """The trace of a square form with the given number of rows."""
        parts = [self.times({(mono, ()): c}, self._trace(word, rows)) for (mono, word), c in form.items()]
        return add(*parts)

    def _trace(self, word: Word, rows: Size) -> Form:
        if not word:
            return self.size(rows)
        for p, letter in enumerate(word):
            if self.keys[letter][1] == ONE:  # trace(uv) = trace(vu), and vu is 1×1
                return self._word(word[p:] + word[:p])
        return self._loop(word)

    def _loop(self, word: Word) -> Form:
        """trace(word) for a nonempty closed word without inner cuts: canonical over rotations and transposes."""
        turns = [w[p:] + w[:p] for w in (word, self.flip_word(word)) for p in range(len(word))]
        products = [self._factors(w) for w in turns if self.keys[w[-1]][0] == "had"]
        if products:
            rows, columns, factors = min(products, key=lambda item: (len(item[2]), item[2]))
            return self._dot(rows, columns, factors)
        if len(word) == 2 and self.keys[word[1]][0] == "ones" and word[0] == self.flip(word[1]):
            return self.size(self.keys[word[1]][1])
        return self.atom("tr", min(turns))

    def _factors(self, word: Word) -> tuple[Size, Size, tuple[Word, ...]]:
        """trace(u·(F∘G)) = Σ uᵀ∘F∘G: the factors of the entrywise product."""
        _, rows, columns, factors = self.keys[word[-1]]
        return rows, columns, self._merge(rows, columns, [self.flip_word(word[:-1]), *factors])

    def _dot(self, rows: Size, columns: Size, factors: tuple[Word, ...]) -> Form:
        """The sum of all entries of an entrywise product."""
        if len(factors) <= 1:
            inside = factors[0] if factors else self.ones(rows, columns)
            left, right = self.ones(ONE, rows), self.ones(columns, ONE)
            return self._word(left + inside + right) if left + inside + right else UNIT
        if len(factors) == 2:
            return self._trace(self.flip_word(factors[0]) + factors[1], columns)
        flipped = tuple(sorted(map(self.flip_word, factors)))
        return self.atom("dot", *min((factors, rows, columns), (flipped, columns, rows)))

    def _merge(self, rows: Size, columns: Size, words: Iterable[Word]) -> tuple[Word, ...]:
        flat: list[Word] = []
        for word in words:
            inner = len(word) == 1 and self.keys[word[0]][0] == "had"
            flat += self.keys[word[0]][3] if inner else [word]
        ones = self.ones(rows, columns)
        kept = [word for word in flat if word != ones]
        if () in kept:  # I∘w = I∘wᵀ and I∘I = I
            kept = [()] + [min(word, self.flip_word(word)) for word in kept if word]
        return tuple(sorted(kept))

    def entrywise(self, forms: Sequence[Form], rows: Size, columns: Size) -> Form:
        """The entrywise (Hadamard) product of matrices of one shape."""
        if rows == columns == ONE:
            return reduce(self.times, forms, UNIT)
        total: Form = {}
        for terms in choices(*(form.items() for form in forms)):
            self._work += 1
            factors = self._merge(rows, columns, [word for (_, word), _ in terms])
            if len(factors) <= 1:
                word = factors[0] if factors else self.ones(rows, columns)
            else:
                word = (self.number("had", rows, columns, factors),)
            scalars: Form = {
                (_join_all(m for (m, _), _ in terms), ()): reduce(lambda a, b: a * b, (c for _, c in terms))
            }
            total = add(total, self.times(scalars, {((), word): Fraction(1)}))
        return total

    def linear(self, kind: str, rows: Size, columns: Size, *parts: tuple[Size, Size, Form]) -> Form:
        """A multilinear operation (kron, vec): a letter for each choice of words."""
        total: Form = {}
        for terms in choices(*(form.items() for _, _, form in parts)):
            data = [(r, c, word) for (r, c, _), ((_, word), _) in zip(parts, terms, strict=True)]
            letter = self.letter(kind, rows, columns, *data) if kind == "vec" or any(w for _, _, w in data) else UNIT
            for (mono, _), c in terms:
                letter = self.times({(mono, ()): c}, letter)
            total = add(total, letter)
        return total

    # ---------------------------------------------------------------------------- scalars and functions
    def invert(self, form: Form) -> Form:
        """1/s for a scalar that is not zero."""
        if not form:
            raise Undefined("a division by zero")
        if any(word for _, word in form):
            raise Rejected("a division by a matrix")
        lead, c = min(form.items())
        if len(form) == 1:
            return {(tuple((atom, -e) for atom, e in lead[0]), ()): 1 / c}
        if self.is_zero(form):
            raise Undefined("a division by zero")
        return {(((self.number("sum", freeze(scale(form, 1 / c))), -1),), ()): 1 / c}

    def apply(self, name: str, form: Form, rows: Size = ONE, columns: Size = ONE) -> Form:
        """A function of one argument, entry by entry on arrays; recip is 1/x."""
        if (rows, columns) != (ONE, ONE):
            return self.letter("map", rows, columns, name, freeze(form))
        if name == "recip":
            return self.invert(form)
        if name in ("sinh", "cosh", "tanh", "sigmoid", "softplus", "tan"):
            e = self.apply("exp", form)
            inverse, square = self.invert(e), self.times(e, e)
            if name in ("sinh", "cosh"):
                return scale(add(e, scale(inverse, -1 if name == "sinh" else 1)), Fraction(1, 2))
            if name == "tanh":
                return self.times(add(square, constant(-1)), self.invert(add(square, UNIT)))
            if name == "sigmoid":
                return self.times(e, self.invert(add(UNIT, e)))
            if name == "softplus":
                return self.apply("log", add(UNIT, e))
            return self.times(self.apply("sin", form), self.invert(self.apply("cos", form)))
        if name == "exp":  # exp(Σ p/q·m) = Π exp(m/q)^p
            total = UNIT
            for (mono, _), c in form.items():
                inside: Form = {(mono, ()): Fraction(1, c.denominator)}
                total = self.times(
                    total, {(((self.number("fn", "exp", freeze(inside)), c.numerator),), ()): Fraction(1)}
                )
            return total
        value = known(form)
        if value is not None and (exact := _value(name, value)) is not None:
            return constant(exact)
        if name in ODD | EVEN and form and min(form.items())[1] < 0:
            return scale(self.apply(name, scale(form, -1)), -1 if name in ODD else 1)
        return self.atom("fn", name, freeze(form))

    def clear(self, form: Form) -> Form:
        """A form that is zero exactly when this one is: denominators multiplied away, s^(1/2), cos, |t| reduced.

        Atoms are met from the newest to the oldest; what a sum atom stands for holds older atoms only.
        A negative exponent shows that its atom is not zero, so multiplying by its power loses nothing.
        """
        done: set[int] = set()
        while todo := {a for mono, _ in form for a, _ in mono if a not in done and self._square(a, 0) is not None}:
            atom = max(todo)
            done.add(atom)
            exponents = [dict(mono).get(atom, 0) for mono, _ in form]
            shift = max(0, -min(exponents))
            parts: list[Form] = []
            for (mono, word), c in form.items():
                e = dict(mono).get(atom, 0) + shift
                rest: Form = {(tuple(pair for pair in mono if pair[0] != atom), word): c}
                if self.keys[atom][0] == "sum":
                    rest = self.times(self.power(dict(self.keys[atom][1]), e), rest)
                elif e:
                    rest = self.times(self.power(self._square(atom, e) or {}, e // 2), rest)
                    rest = self.times({(((atom, 1),) if e % 2 else (), ()): Fraction(1)}, rest)
                parts.append(rest)
            form = add(*parts)
        return form

    def _square(self, atom: int, _e: int) -> Form | None:
        kind, *data = self.keys[atom]
        if kind == "sum":
            return {}
        if kind == "fn" and data[0] in ("sqrt", "Abs"):
            inside = dict(data[1])
            return inside if data[0] == "sqrt" else self.times(inside, inside)
        if kind == "fn" and data[0] == "cos":
            sine = self.apply("sin", dict(data[1]))
            return add(UNIT, scale(self.times(sine, sine), -1))
        return None

    def is_zero(self, form: Form) -> bool:
        """Whether the form is the zero of the algebra (then the value is zero; the converse may fail)."""
        return not form or not self.clear(form)

    # ---------------------------------------------------------------------------------------- mappings
    def substitute(self, form: Form, values: Mapping[int, Form]) -> Form:
        """A scalar form with scalar forms put in for variable atoms."""
        total: Form = {}
        for (mono, word), c in form.items():
            term: Form = {((), word): c}
            for atom, e in mono:
                value = self._substituted(atom, values)
                term = self.times(self.power(value if e > 0 else self.invert(value), abs(e)), term)
            total = add(total, term)
        return total

    def _substituted(self, atom: int, values: Mapping[int, Form]) -> Form:
        kind, *data = self.keys[atom]
        if kind == "sum":
            return self.substitute(dict(data[0]), values)
        if kind == "fn" and data[0] == "pow":
            return self.real_power(self.substitute(dict(data[2]), values), data[1])
        if kind == "fn" and len(data) == 2:
            return self.apply(data[0], self.substitute(dict(data[1]), values))
        if kind == "fn":
            return self.extreme(data[0], [self.substitute(dict(part), values) for part in data[1:]])
        if kind not in ("var", "size", "pi"):
            raise Rejected(f"the checker does not evaluate {kind}")
        return values.get(atom, {(((atom, 1),), ()): Fraction(1)})

    def real_power(self, base: Form, exponent: Fraction) -> Form:
        """base^exponent for a nonnegative base and an exponent that is not an integer."""
        if base in ({}, UNIT):
            if not base and exponent < 0:
                raise Undefined("a negative power of zero")
            return base
        return self.atom("fn", "pow", exponent, freeze(base))

    def extreme(self, name: str, forms: Sequence[Form]) -> Form:
        """Max, Min or atan2."""
        if len(forms) == 1:
            return forms[0]
        values = [value for form in forms if (value := known(form)) is not None]
        if name != "atan2" and len(values) == len(forms):
            return constant(max(values) if name == "Max" else min(values))
        parts = [freeze(form) for form in forms]
        return self.atom("fn", name, *(parts if name == "atan2" else sorted(parts)))


def _join_all(monos: Iterable[Mono]) -> Mono:
    return reduce(_join, monos, ())


def _value(name: str, x: Fraction) -> Fraction | None:
    """The value of a function at a number where it is rational and known."""
    if name == "sqrt" and x >= 0:
        root = Fraction(isqrt(x.numerator), isqrt(x.denominator))
        return root if root * root == x else None
    if name == "Abs":
        return abs(x)
    if name == "sign":
        return Fraction((x > 0) - (x < 0))
    if name == "Heaviside":
        return Fraction(1 + (x > 0) - (x < 0), 2)
    at_zero = {"sin": 0, "cos": 1, "asin": 0, "atan": 0, "erf": 0}
    at_one = {"log": 0, "acos": 0, "loggamma": 0}
    value = at_zero.get(name) if x == 0 else at_one.get(name) if x == 1 else None
    return None if value is None else Fraction(value)


Slope = Callable[["Derivation", Form, Size, Size], Form]


def _slopes() -> dict[str, Slope]:
    """f′(x) for every differentiable function of one argument, entry by entry."""

    def row(make: Callable[[Callable[..., Form], Callable[..., Form], Form, Form], Form]) -> Slope:
        def slope(d: Derivation, x: Form, rows: Size, columns: Size) -> Form:
            algebra = d.algebra
            one: Form = {((), algebra.ones(rows, columns)): Fraction(1)}
            return make(
                lambda name, y: algebra.apply(name, y, rows, columns),
                lambda *ys: algebra.entrywise(ys, rows, columns),
                x,
                one,
            )

        return slope

    def less(a: Form, b: Form) -> Form:
        return add(a, scale(b, -1))

    half = Fraction(1, 2)
    return {
        "exp": row(lambda f, t, x, one: f("exp", x)),
        "log": row(lambda f, t, x, one: f("recip", x)),
        "recip": row(lambda f, t, x, one: scale(t(f("recip", x), f("recip", x)), -1)),
        "sqrt": row(lambda f, t, x, one: scale(f("recip", f("sqrt", x)), half)),
        "sin": row(lambda f, t, x, one: f("cos", x)),
        "cos": row(lambda f, t, x, one: scale(f("sin", x), -1)),
        "tan": row(lambda f, t, x, one: add(one, t(f("tan", x), f("tan", x)))),
        "sinh": row(lambda f, t, x, one: f("cosh", x)),
        "cosh": row(lambda f, t, x, one: f("sinh", x)),
        "tanh": row(lambda f, t, x, one: less(one, t(f("tanh", x), f("tanh", x)))),
        "sigmoid": row(lambda f, t, x, one: less(f("sigmoid", x), t(f("sigmoid", x), f("sigmoid", x)))),
        "softplus": row(lambda f, t, x, one: f("sigmoid", x)),
        "asin": row(lambda f, t, x, one: f("recip", f("sqrt", less(one, t(x, x))))),
        "acos": row(lambda f, t, x, one: scale(f("recip", f("sqrt", less(one, t(x, x)))), -1)),
        "atan": row(lambda f, t, x, one: f("recip", add(one, t(x, x)))),
        "Abs": row(lambda f, t, x, one: f("sign", x)),
        "loggamma": row(lambda f, t, x, one: f("digamma", x)),
    }


_SLOPES = _slopes()


class Derivation:
    """The differential of forms: linear, with the product rule, and given on variables.

    ``base`` maps the numbers of variable atoms and letters to their differentials; a variable that
    is not there is constant.  Anything whose derivative is not known is refused unless it is constant.
    """

    def __init__(self, algebra: Algebra, base: Mapping[int, Form]) -> None:
        self.algebra = algebra
        self._cache = dict(base)

    def __call__(self, form: Form) -> Form:
        """D form."""
        parts: list[Form] = []
        times = self.algebra.times
        for (mono, word), c in form.items():
            for position, (atom, e) in enumerate(mono):
                if inner := self._of(atom):
                    left = mono[:position] + (((atom, e - 1),) if e != 1 else ()) + mono[position + 1 :]
                    parts.append(times(times({(left, ()): c * e}, inner), {((), word): Fraction(1)}))
            for position, letter in enumerate(word):
                if inner := self._of(letter):
                    tail: Form = {((), word[position + 1 :]): Fraction(1)}
                    parts.append(times(times({(mono, word[:position]): c}, inner), tail))
        return add(*parts)

    def _of(self, number: int) -> Form:
        if number not in self._cache:
            self._cache[number] = self._compute(number)
        return self._cache[number]

    def _compute(self, number: int) -> Form:
        algebra = self.algebra
        kind, *data = algebra.keys[number]
        if kind in ("var", "size", "ones", "unit", "K", "pi"):
            return {}
        if kind == "T":
            return algebra.transpose(self._of(data[2]))
        if kind == "tr":
            closed: Form = {((), data[0]): Fraction(1)}
            return algebra.trace(self(closed), algebra.keys[data[0][0]][1])
        if kind in ("dot", "had"):
            rows, columns = (data[1], data[2]) if kind == "dot" else (data[0], data[1])
            factors: list[Form] = [{((), w): Fraction(1)} for w in (data[0] if kind == "dot" else data[2])]
            total: Form = {}
            for position, factor in enumerate(factors):
                others = [*factors[:position], self(factor), *factors[position + 1 :]]
                total = add(total, algebra.entrywise(others, rows, columns))
            if kind == "had":
                return total
            ones: Form = {((), algebra.ones(columns, rows)): Fraction(1)}
            return algebra.trace(algebra.times(total, ones), rows)
        if kind in ("kron", "vec"):
            rows, columns, *parts = data
            forms: list[tuple[Size, Size, Form]] = [(r, c, {((), w): Fraction(1)}) for r, c, w in parts]
            varied = [[*forms[:i], (r, c, self(f)), *forms[i + 1 :]] for i, (r, c, f) in enumerate(forms)]
            return add(*(algebra.linear(kind, rows, columns, *choice) for choice in varied))
        inside = [dict(part) for part in data if isinstance(part, tuple)]
        changes = [self(form) for form in inside]
        if all(algebra.is_zero(change) for change in changes):
            return {}
        if kind == "sum":
            return changes[0]
        if kind == "inv":
            itself: Form = {((), (number,)): Fraction(-1)}
            return algebra.times(algebra.times(itself, changes[0]), scale(itself, -1))
        if kind == "fn" and data[0] == "det":  # D det P = det P · trace(P⁻¹ DP)
            inverse = algebra.letter("inv", data[1], data[1], data[2])
            return algebra.times(
                {(((number, 1),), ()): Fraction(1)}, algebra.trace(algebra.times(inverse, changes[0]), data[1])
            )
        if kind == "fn" and data[0] == "pow":
            itself = {(((number, 1),), ()): data[1]}
            return algebra.times(algebra.times(itself, algebra.invert(inside[0])), changes[0])
        if kind == "fn" and data[0] == "erf":
            bell = algebra.apply("exp", scale(algebra.times(inside[0], inside[0]), -1))
            root = algebra.apply("sqrt", algebra.atom("pi"))
            return scale(algebra.times(algebra.times(bell, algebra.invert(root)), changes[0]), 2)
        if kind == "fn" and len(data) == 2 and data[0] in _SLOPES:
            return algebra.times(_SLOPES[data[0]](self, inside[0], ONE, ONE), changes[0])
        if kind == "map" and data[2] in _SLOPES:
            rows, columns, name = data[:3]
            return algebra.entrywise([_SLOPES[name](self, inside[0], rows, columns), changes[0]], rows, columns)
        raise Rejected(f"the checker does not differentiate {data[0] if kind == 'fn' else kind}")
