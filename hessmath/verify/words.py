"""Polynomials in matrices of unspecified sizes: rational × commuting scalars × word of letters.

A word is a product of letters (variables, their transposes, inverses, opaque operations).  Where a
word passes through a dimension of size 1 it is cut: a closed piece such as xᵀAx is a scalar *atom*
that commutes with everything, so that only true matrix products stay ordered.  The normal form
knows associativity, linearity, transposition, the trace's rotations, and nothing else: whatever
needs a hypothesis is a relation that ``completion.py`` carries as a cofactor.

References
----------
Raab, Regensburger & Hossein Poor (2019), arXiv:1910.06165: ideal membership with compatible shapes
proves an operator identity in every representation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import product as choices
from typing import NamedTuple, TypeAlias

from hessmath.language.sizes import Shape, Size
from hessmath.verify.trees import Tree, size_tree, transpose

Word: TypeAlias = tuple[int, ...]
Monomial: TypeAlias = tuple[Word, Word]
"""Sorted atom numbers with repetition, and the word of letter numbers."""

UNIT = Size.of(1)
EMPTY: Monomial = ((), ())


class OutsideWords(Exception):
    """The tree has a part that the free algebra does not model; the message says which."""


class OutOfSteps(Exception):
    """The budget of steps is used up."""


class Letter(NamedTuple):
    """A letter: ``key`` says what it is, ``twin`` is the number of its transpose."""

    key: tuple[object, ...]
    rows: Size
    columns: Size
    twin: int
    weight: int
    tree: Tree


class Atom(NamedTuple):
    """A scalar: ``word`` holds the letters of a closed word or a trace."""

    key: tuple[object, ...]
    kind: str
    word: Word
    weight: int
    degree: int
    tree: Tree


class Frame(NamedTuple):
    """A linear map of relations: atoms · left · X · right, closed or traced, times a further word.

    ``kind`` is ``plain``, ``closed`` (left · X · right is 1×1) or ``trace``; ``outer`` is the word that the
    scalar of a closed or traced frame multiplies.  ``shape`` is the shape of the result, ``transposed`` says that
    the transpose of the relation goes in.  A scalar X simply multiplies atoms · left · right.
    """

    shape: Shape
    atoms: Word = ()
    left: Word = ()
    right: Word = ()
    kind: str = "plain"
    outer: Word = ()
    transposed: bool = False


class Poly:
    """A linear combination of monomials of one shape; treated as immutable."""

    __slots__ = ("_key", "shape", "terms")

    def __init__(self, terms: dict[Monomial, Fraction], shape: Shape) -> None:
        self.terms = terms
        self.shape = shape
        self._key: tuple[object, ...] | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What two equal polynomials share: a hashable normal form."""
        if self._key is None:
            self._key = (self.shape, tuple(sorted(self.terms.items())))
        return self._key

    @property
    def rows(self) -> Size:
        """Number of rows (1 for a scalar)."""
        return self.shape[0] if self.shape else UNIT

    @property
    def columns(self) -> Size:
        """Number of columns (1 for scalars and vectors)."""
        return self.shape[1] if len(self.shape) == 2 else UNIT

    @property
    def constant(self) -> Fraction | None:
        """The rational number that this scalar is, or None."""
        if not self.terms:
            return Fraction(0)
        if len(self.terms) == 1 and EMPTY in self.terms and not self.shape:
            return self.terms[EMPTY]
        return None

    def __bool__(self) -> bool:
        return bool(self.terms)


class Algebra:
    """The letters and atoms of one claim, and the arithmetic of its polynomials.

    ``weights`` raises the weight of names that hypotheses define, so that rules replace the name;
    ``symmetric`` names equal their transposes.
    ``steps`` counts monomials handled: the deterministic cost that budgets are written in; a product
    beyond ``limit`` raises OutOfSteps.
    """

    def __init__(
        self,
        variables: Mapping[str, Shape],
        weights: Mapping[str, int] | None = None,
        symmetric: Iterable[str] = (),
    ) -> None:
        self.variables = dict(variables)
        self.symmetric = frozenset(symmetric)
        self.weights = dict(weights or {})
        self.letters: list[Letter] = []
        self.atoms: list[Atom] = []
        self.steps = 0
        self.limit = 2_000_000
        self._letter_of: dict[tuple[object, ...], int] = {}
        self._atom_of: dict[tuple[object, ...], int] = {}
        self._orders: dict[Monomial, tuple[object, ...]] = {}
        self.products: dict[int, tuple[Size, Size, tuple[Word, ...]]] = {}
        """For every letter that is an entrywise product: rows, columns, factors."""

    # --- letters and atoms -------------------------------------------------------------------

    def letter(
        self,
        key: tuple[object, ...],
        shape: Shape,
        tree: Tree,
        *,
        weight: int = 1,
        symmetric: bool = False,
        turned: tuple[object, ...] = (),
    ) -> int:
        """The number of a letter, made with its transpose on first use; ``turned`` is the transpose's key."""
        if key in self._letter_of:
            return self._letter_of[key]
        rows, columns = shape[0], shape[1] if len(shape) == 2 else UNIT
        if UNIT in shape:
            raise OutsideWords("an array with one row or one column")
        i = len(self.letters)
        self._letter_of[key] = i
        if symmetric or turned == key:
            self.letters.append(Letter(key, rows, columns, i, weight, tree))
            return i
        if turned:
            self._letter_of[turned] = i + 1
        flipped = transpose(tree) if tree and len(shape) == 2 else tree
        self.letters.append(Letter(key, rows, columns, i + 1, weight, tree))
        self.letters.append(Letter(("T", *key), columns, rows, i, weight, flipped))
        return i

    def atom(
        self, key: tuple[object, ...], kind: str, tree: Tree, *, word: Word = (), weight: int = 0, degree: int = 1
    ) -> int:
        """The number of an atom."""
        if key not in self._atom_of:
            self._atom_of[key] = len(self.atoms)
            self.atoms.append(Atom(key, kind, word, weight, degree, tree))
        return self._atom_of[key]

    def variable(self, name: str) -> Poly:
        """A declared name as a polynomial."""
        shape = self.variables[name]
        key, tree = ("var", name), ("var", name)
        if not shape:
            return self.scalar(self.atom(key, "var", tree, weight=self.weights.get(name, 0)))
        i = self.letter(key, shape, tree, weight=self.weights.get(name, 1), symmetric=name in self.symmetric)
        return self.single(i, shape)

    def size(self, size: Size) -> Poly:
        """A size used as a number."""
        terms: dict[Monomial, Fraction] = {}
        for names, c in size.terms:
            atoms = tuple(sorted(self.atom(("size", name), "size", ("size", name)) for name in names))
            terms[(atoms, ())] = Fraction(c)
        return Poly(terms, ())

    def scalar(self, atom: int) -> Poly:
        """One atom as a polynomial."""
        return Poly({((atom,), ()): Fraction(1)}, ())

    def single(self, letter: int, shape: Shape) -> Poly:
        """One letter as a polynomial; a closed letter is impossible."""
        return Poly({((), (letter,)): Fraction(1)}, shape)

    def number(self, value: Fraction | int) -> Poly:
        """A rational constant."""
        return Poly({EMPTY: Fraction(value)} if value else {}, ())

    def identity(self, n: Size) -> Poly:
        """The identity matrix: the empty word."""
        return Poly({EMPTY: Fraction(1)}, (n, n))

    # --- arithmetic --------------------------------------------------------------------------

    def add(self, *parts: Poly) -> Poly:
        """The sum of polynomials of one shape."""
        terms = dict(parts[0].terms)
        for part in parts[1:]:
            self.accumulate(terms, part.terms)
        return Poly(terms, parts[0].shape)

    def accumulate(
        self, terms: dict[Monomial, Fraction], more: Mapping[Monomial, Fraction], c: Fraction | int = 1
    ) -> None:
        """Add c times ``more`` to ``terms``, in place."""
        self.steps += len(more)
        for monomial, a in more.items():
            total = terms.get(monomial, 0) + c * a
            if total:
                terms[monomial] = total if isinstance(total, Fraction) else Fraction(total)
            else:
                terms.pop(monomial, None)

    def scale(self, p: Poly, c: Fraction | int) -> Poly:
        """A rational multiple."""
        return Poly({m: c * a for m, a in p.terms.items()} if c else {}, p.shape)

    def subtract(self, p: Poly, q: Poly) -> Poly:
        """p − q."""
        return self.add(p, self.scale(q, -1))

    def times(self, p: Poly, q: Poly) -> Poly:
        """A product in which at least one factor is a scalar."""
        return self.product(p, q, q.shape or p.shape)

    def matmul(self, p: Poly, q: Poly) -> Poly:
        """p @ q with NumPy's meaning for vectors: rows on the left, columns on the right."""
        left, right = p.shape, q.shape
        if len(left) == 1 and len(right) == 1:
            return self.product(self._as_row(p), q, ())
        if len(left) == 1:
            return self.product(self.transposed(q), p, (right[1],))
        if len(right) == 1:
            return self.product(p, q, (left[0],))
        return self.product(p, q, (left[0], right[1]))

    def outer(self, p: Poly, q: Poly) -> Poly:
        """p qᵀ for two vectors."""
        return self.product(p, self._as_row(q), (p.shape[0], q.shape[0]))

    def sandwich(self, left: Word, p: Poly, right: Word, atoms: Word, shape: Shape) -> Poly:
        """atoms · left · p · right."""
        self.steps += len(p.terms)
        terms: dict[Monomial, Fraction] = {}
        for (a, w), c in p.terms.items():
            monomial = self.joined(atoms + a, left + w + right)
            total = terms.get(monomial, 0) + c
            if total:
                terms[monomial] = Fraction(total)
            else:
                del terms[monomial]
        return Poly(terms, shape)

    def product(self, p: Poly, q: Poly, shape: Shape) -> Poly:
        """Words put side by side; the caller says what shape comes out."""
        terms: dict[Monomial, Fraction] = {}
        self.steps += len(p.terms) * len(q.terms)
        if self.steps > self.limit:
            raise OutOfSteps
        for (a, u), c in p.terms.items():
            for (b, v), d in q.terms.items():
                monomial = self.joined(a + b, u + v)
                total = terms.get(monomial, 0) + c * d
                if total:
                    terms[monomial] = Fraction(total)
                else:
                    del terms[monomial]
        return Poly(terms, shape)

    def _as_row(self, p: Poly) -> Poly:
        return Poly({(a, self.reversed(w)): c for (a, w), c in p.terms.items()}, (UNIT, p.shape[0]))

    def transposed(self, p: Poly) -> Poly:
        """The transpose of a matrix, of a row, or of a column turned into a row; scalars stay."""
        if not p.shape:
            return p
        if len(p.shape) == 1:
            return self._as_row(p)
        shape = (p.shape[1],) if p.shape[0] == UNIT else (p.shape[1], p.shape[0])
        return Poly({(a, self.reversed(w)): c for (a, w), c in p.terms.items()}, shape)

    def reversed(self, word: Word) -> Word:
        """The word of the transpose."""
        return tuple(self.letters[i].twin for i in reversed(word))

    def joined(self, atoms: Iterable[int], word: Word) -> Monomial:
        """The monomial with its closed pieces taken out of the word."""
        collected = list(atoms)
        letters = self.letters
        cuts = [i for i in range(1, len(word)) if letters[word[i]].rows == UNIT]
        if word and (cuts or (letters[word[0]].rows == UNIT and letters[word[-1]].columns == UNIT)):
            kept: Word = ()
            for i, j in zip([0, *cuts], [*cuts, len(word)], strict=True):
                piece = word[i:j]
                if letters[piece[0]].rows == UNIT and letters[piece[-1]].columns == UNIT:
                    collected.append(self.closed(piece))
                else:
                    kept += piece
            word = kept
        return tuple(sorted(collected)), word

    def closed(self, word: Word) -> int:
        """The atom of a 1×1 word: the smaller of the word and its transpose."""
        word = self._dot(word) or word
        word = min(word, self.reversed(word))
        weight = sum(self.letters[i].weight for i in word)
        return self.atom(("closed", word), "closed", (), word=word, weight=weight, degree=0)

    def _dot(self, word: Word) -> Word | None:
        """aᵀ(b∘c) as the sum of all entries of a∘b∘c, the smallest factor in front."""
        for turned in (word, self.reversed(word)):
            if turned[-1] in self.products and len(turned) > 1:
                rows, columns, factors = self.products[turned[-1]]
                merged = self.merged([self.reversed(turned[:-1]), *factors], rows, columns)
                if len(merged) == 1:
                    return self.reversed(self.ones(rows)) + merged[0] + (self.ones(columns) if columns != UNIT else ())
                return self.reversed(merged[0]) + self.entrywise_word(merged[1:], rows, columns)
        return None

    def trace(self, p: Poly) -> Poly:
        """The trace; words are taken up to rotation and transposition."""
        terms: dict[Monomial, Fraction] = {}
        for (atoms, word), c in p.terms.items():
            if word:
                self.accumulate(terms, {self.traced(atoms, word): c})
            else:
                scaled = self.product(Poly({(atoms, ()): c}, ()), self.size(p.shape[0]), ())
                self.accumulate(terms, scaled.terms)
        return Poly(terms, ())

    def traced(self, atoms: Word, word: Word) -> Monomial:
        """The monomial atoms · tr(word) for a word that is not empty."""
        if len(word) == 1 and word[0] in self.products:
            _, _, factors = self.products[word[0]]
            if len(factors) == 2 and factors[0] == ():  # tr(I∘w) = tr(w)
                return self.traced(atoms, factors[1])
        for i, letter in enumerate(word):
            if self.letters[letter].rows == UNIT:  # a rotation that starts with a row is a closed word
                return self.joined(atoms, word[i:] + word[:i])
        for i in range(len(word)):
            rotated = self._dot(word[i:] + word[:i])
            if rotated is not None:
                if any(self.letters[j].rows == UNIT for j in rotated):
                    return self.traced(atoms, rotated)
                word = rotated
                break
        turned = self.reversed(word)
        best = min(w[i:] + w[:i] for w in (word, turned) for i in range(len(word)))
        weight = sum(self.letters[i].weight for i in best)
        atom = self.atom(("trace", best), "trace", (), word=best, weight=weight, degree=0)
        return tuple(sorted((*atoms, atom))), ()

    def inverse(self, p: Poly, tree: Tree) -> Poly:
        """The inverse of a scalar or square matrix as one atom or letter (of a number: the number)."""
        if len(p.terms) == 1:
            ((atoms, word), c) = next(iter(p.terms.items()))
            if not atoms and not word:
                return Poly({EMPTY: 1 / c}, p.shape)
        if not p.terms:
            raise OutsideWords("the inverse of zero")
        weight = 1 + max(self.weight(m) for m in p.terms)
        if not p.shape:
            return self.scalar(self.atom(("inv", p.key), "inv", tree, weight=weight))
        turned = self.transposed(p)
        weight = 2 if weight <= 2 else 3
        if turned.key == p.key:
            return self.single(self.letter(("inv", p.key), p.shape, tree, weight=weight, symmetric=True), p.shape)
        if ("inv", turned.key) in self._letter_of:
            i = self.letters[self._letter_of[("inv", turned.key)]].twin
        else:
            i = self.letter(("inv", p.key), p.shape, tree, weight=weight)
        return self.single(i, p.shape)

    # --- entrywise products ------------------------------------------------------------------

    def ones(self, n: Size) -> Word:
        """The vector of ones as a word."""
        return (self.letter(("ones", n), (n,), ("ones", size_tree(n))),)

    def all_ones(self, shape: Shape) -> Poly:
        """The array of ones."""
        if not shape:
            return self.number(1)
        word = self.ones(shape[0]) + (self.reversed(self.ones(shape[1])) if len(shape) == 2 else ())
        return Poly({((), word): Fraction(1)}, shape)

    def merged(self, words: Iterable[Word], rows: Size, columns: Size) -> tuple[Word, ...]:
        """The sorted factors of an entrywise product, nested products opened and ones left out."""
        ones = self.ones(rows) + (self.reversed(self.ones(columns)) if columns != UNIT else ())
        flat: list[Word] = []
        for word in words:
            flat.extend(self.products[word[0]][2] if len(word) == 1 and word[0] in self.products else [word])
        kept = [word for word in flat if word != ones]
        if () in kept:  # I∘w = I∘wᵀ and I∘I = I
            kept = [(), *(min(word, self.reversed(word)) for word in kept if word)]
        return tuple(sorted(kept)) or (ones,)

    def entrywise_word(self, factors: tuple[Word, ...], rows: Size, columns: Size) -> Word:
        """The word of an entrywise product of merged factors: one letter, or the only factor."""
        if len(factors) == 1:
            return factors[0]
        shape = (rows,) if columns == UNIT else (rows, columns)
        key = ("had", shape, factors)
        if key not in self._letter_of:
            mirrored = tuple(sorted(map(self.reversed, factors)))
            twin_key = ("had", shape[::-1], mirrored) if len(shape) == 2 else ("T", *key)
            i = self.letter(key, shape, (), symmetric=twin_key == key, weight=max(2, len(factors)))
            self.products[i] = (rows, columns, factors)
            twin = self.letters[i].twin
            self.products[twin] = (columns, rows, mirrored)
            self._letter_of.setdefault(twin_key, twin)
        return (self._letter_of[key],)

    def entrywise(self, parts: Iterable[Poly], shape: Shape) -> Poly:
        """The Hadamard product of arrays of one shape."""
        rows, columns = shape[0], shape[1] if len(shape) == 2 else UNIT
        total: dict[Monomial, Fraction] = {}
        for terms in choices(*(part.terms.items() for part in parts)):
            self.steps += 1
            word = self.entrywise_word(self.merged((w for (_, w), _ in terms), rows, columns), rows, columns)
            c = Fraction(1)
            atoms: list[int] = []
            for (a, _), d in terms:
                c *= d
                atoms.extend(a)
            self.accumulate(total, {self.joined(atoms, word): c})
        return Poly(total, shape)

    # --- frames ------------------------------------------------------------------------------

    def framed(self, frame: Frame, p: Poly) -> Poly:
        """The polynomial that a frame makes of p."""
        if frame.transposed:
            p = self.transposed(p)
        if not p.shape:
            return self.sandwich(frame.left, p, frame.right, frame.atoms, frame.shape)
        inner = self.sandwich(frame.left, p, frame.right, (), frame.shape)
        if frame.kind == "plain":
            return self.sandwich((), inner, (), frame.atoms, frame.shape)
        if frame.kind == "trace":
            n = self.letters[frame.left[0]].rows if frame.left else p.rows
            inner = self.trace(Poly(inner.terms, (n, n)))
        return self.sandwich((), inner, frame.outer, frame.atoms, frame.shape)

    def composed(self, after: Frame, first: Frame, scalar_hole: bool) -> Frame:
        """The frame that applies ``first``, then ``after``; ``scalar_hole`` says what ``first`` is applied to."""
        if not first.shape:
            word = after.left + after.right
            atoms = tuple(sorted(first.atoms + after.atoms))
            if scalar_hole:
                return Frame(after.shape, atoms, word, ())
            kind = "closed" if first.kind == "plain" else first.kind
            if kind == "closed" and not word and not after.shape:
                return first._replace(atoms=atoms)
            return first._replace(shape=after.shape, atoms=atoms, kind=kind, outer=word)
        if first.kind == "plain" and not scalar_hole:
            left, right, turned = first.left, first.right, first.transposed
            if after.transposed:
                left, right, turned = self.reversed(right), self.reversed(left), not turned
            atoms = tuple(sorted(first.atoms + after.atoms))
            return after._replace(atoms=atoms, left=after.left + left, right=right + after.right, transposed=turned)
        # A scalar times a fixed word: what surrounds that word is fixed as well.
        word = first.left + first.right if scalar_hole else first.outer
        if after.transposed:
            word = self.reversed(word)
        word = after.left + word + after.right
        atoms = first.atoms + after.atoms
        if after.kind == "trace" and not word:
            raise OutsideWords("the trace of a scalar times the identity")
        atoms, word = self.traced(atoms, word) if after.kind == "trace" else self.joined(atoms, word)
        if after.outer:
            atoms, word = self.joined(atoms, word + after.outer)
        if scalar_hole:
            return Frame(after.shape, atoms, word, ())
        return first._replace(shape=after.shape, atoms=atoms, outer=word)

    def weight(self, monomial: Monomial) -> int:
        """The weight of all letters of a monomial, those inside its atoms included."""
        atoms, word = monomial
        return sum(self.letters[i].weight for i in word) + sum(self.atoms[i].weight for i in atoms)

    # --- order -------------------------------------------------------------------------------

    def order(self, monomial: Monomial) -> tuple[object, ...]:
        """The sort key: weight of all letters first, then scalar degree, length and letters."""
        known = self._orders.get(monomial)
        if known is None:
            atoms, word = monomial
            weight = self.weight(monomial)
            degree = sum(self.atoms[i].degree for i in atoms)
            closed = tuple(sorted((self.atoms[i].word for i in atoms if self.atoms[i].word), reverse=True))
            known = (weight, degree, len(word), word, closed, tuple(reversed(atoms)))
            self._orders[monomial] = known
        return known

    def leading(self, p: Poly) -> Monomial:
        """The largest monomial of a nonzero polynomial."""
        return max(p.terms, key=self.order)
