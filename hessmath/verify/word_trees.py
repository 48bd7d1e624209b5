"""Between trees and words: reading a tree as a polynomial and printing polynomials and contexts.

Printing uses NumPy's one-dimensional vectors as the claims do: a closed piece xᵀAx becomes
``x @ A @ x``, a piece cut at a dimension of size 1 becomes ``outer(left, right)``.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from hessmath.language.sizes import Shape, Size
from hessmath.verify.trees import (
    HOLE,
    Tree,
    at_sizes,
    mul,
    number,
    replace,
    shape_of,
    size_of,
    size_tree,
    transpose,
    walk,
)
from hessmath.verify.words import EMPTY, UNIT, Algebra, Frame, Monomial, OutsideWords, Poly, Word

HOLE_LETTER = -1
"""Stands for the hole in the words of a context."""

FUNCTIONS = frozenset(
    "exp log sqrt sin cos tan sinh cosh tanh asin acos atan erf Abs sign sigmoid softplus loggamma digamma".split()
) | {"Heaviside"}
_E: Tree = ("exp", HOLE)
_ONE: Tree = ("num", "1")
_SQUARE: Tree = ("pow", _E, ("num", "2"))
HYPERBOLIC: dict[str, Tree] = {
    "sinh": ("div", ("add", _E, ("neg", ("exp", ("neg", HOLE)))), ("num", "2")),
    "cosh": ("div", ("add", _E, ("exp", ("neg", HOLE))), ("num", "2")),
    "tanh": ("div", ("add", _SQUARE, ("num", "-1")), ("add", _SQUARE, _ONE)),
    "sigmoid": ("div", _E, ("add", _E, _ONE)),
    "softplus": ("log", ("add", _ONE, _E)),
    "tan": ("div", ("sin", HOLE), ("cos", HOLE)),
}
"""Functions of a scalar that are written with exp, log, sin and cos."""
DERIVATIVES = frozenset("gradient jacobian hessian dirderiv dirderiv2 gradient_sym gradient_diag".split())
SCALAR_OF_MATRIX = frozenset("det rank lmin lmax nspec nnuc norm1 norminf normmax".split())
OPAQUE = frozenset("K adj expm eigs eigQ eigL block".split())
"""Arrays that are letters known by their arguments."""


class Reader:
    """Reads trees as polynomials of one algebra, each tree once."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self._known: dict[Tree, Poly] = {}
        self.derivative: Callable[[Tree], Poly] | None = None
        self.arguments: dict[int, tuple[str, Poly, Tree]] = {}
        """For every atom f(s) or inv(s): the operation, its argument's polynomial and tree."""
        self.inverses: dict[int, tuple[Poly, Tree]] = {}
        """For every letter inv(P): P as polynomial and tree."""
        self.functions: dict[int, tuple[str, Poly, Tree]] = {}
        """For every letter f(X) that is applied entry by entry: f, X as polynomial and tree."""
        self.pseudoinverses: dict[int, tuple[Poly, Tree]] = {}
        """For every letter pinv(A): A as polynomial and tree."""
        self.linear: dict[int, tuple[str, tuple[Poly, ...]]] = {}
        """For every letter kron(P, Q) or vec(P): the operation and its words."""
        self.spectral: set[Tree] = set()
        """The matrices A of eigQ(A) and eigL(A)."""

    def read(self, tree: Tree) -> Poly:
        """The polynomial of a tree.

        Raises
        ------
        OutsideWords
            If an operation has no normal form in the free algebra.
        """
        if tree not in self._known:
            self._known[tree] = self._read(tree)
        return self._known[tree]

    def _read(self, tree: Tree) -> Poly:
        algebra = self.algebra
        op = tree[0]
        match tree:
            case ("num", text):
                return algebra.number(Fraction(text))
            case ("var", name):
                return algebra.variable(name)
            case ("size", name):
                return algebra.size(Size.of(name))
            case ("eye", n):
                return algebra.identity(size_of(n))
            case ("zeros", *sizes):
                return Poly({}, tuple(size_of(n) for n in sizes))
            case ("add", *parts):
                return self._sum([self.read(part) for part in parts])
            case ("neg", part):
                return algebra.scale(self.read(part), -1)
            case ("T", part):
                p = self.read(part)
                return algebra.transposed(p) if len(p.shape) == 2 else p
            case ("matmul", first, *rest):
                total = self.read(first)
                for part in rest:
                    total = algebra.matmul(total, self.read(part))
                return total
            case ("mul", *parts):
                return self._times([self.read(part) for part in parts])
            case ("div", top, bottom):
                if self.read(bottom).shape:
                    return self._quotient(top, bottom)
                return self._times([self.read(top), self._reciprocal(bottom)])
            case ("pow", base, exponent):
                return self._power(base, exponent)
            case ("mpow", base, exponent) if exponent[0] == "num":
                return self._matrix_power(base, int(Fraction(exponent[1])))
            case ("inv", part):
                return self._inverse(part)
            case ("trace", part):
                return algebra.trace(self.read(part))
            case ("nsq", part):
                return self._square_sum(self.read(part))
            case ("norm2" | "normF", part):
                return self.read(("sqrt", ("nsq", part)))
            case ("outer", left, right):
                return algebra.outer(self.read(left), self.read(right))
            case ("ones", *sizes):
                return algebra.all_ones(tuple(size_of(n) for n in sizes))
            case ("had", left, right):
                return self._times([self.read(left), self.read(right)])
            case ("sum", part):
                return self._total(self.read(part))
            case ("diag", part):
                return self._diagonal(self.read(part))
            case ("diagpart", part):
                p = self.read(part)
                return algebra.entrywise([algebra.identity(p.shape[0]), p], p.shape)
            case ("diagvec", part):
                p = self.read(part)
                n = p.shape[0]
                spread = algebra.entrywise([algebra.identity(n), p], p.shape)
                return algebra.matmul(spread, algebra.all_ones((n,)))
            case ("pinv", part):
                return self._pseudoinverse(part)
            case ("E",):
                return self.read(("exp", number(1)))
            case ("pi",):
                return algebra.scalar(algebra.atom(("pi",), "fn", tree))
            case ("psum", *_):
                return self._written_out(tree)
            case ("kron", left, right):
                return self._kronecker(left, right)
            case ("vec", part):
                return self._stacked(part)
            case ("logsumexp", part):
                return self.read(("log", ("sum", ("exp", part))))
            case ("softmax", part):
                return self.read(("div", ("exp", part), ("sum", ("exp", part))))
        if op in DERIVATIVES and self.derivative is not None:
            return self.derivative(tree)
        if op in OPAQUE:
            return self._known_by_arguments(tree)
        return self._opaque(op, tree)

    def _sum(self, parts: list[Poly]) -> Poly:
        shape = max((part.shape for part in parts), key=len)
        ones = self.algebra.all_ones(shape)
        return self.algebra.add(*(part if part.shape == shape else self.algebra.times(part, ones) for part in parts))

    def _times(self, parts: list[Poly]) -> Poly:
        arrays = [part for part in parts if part.shape]
        total = self.algebra.number(1)
        for part in parts:
            if not part.shape:
                total = self.algebra.times(total, part)
        if not arrays:
            return total
        array = arrays[0] if len(arrays) == 1 else self.algebra.entrywise(arrays, arrays[0].shape)
        return self.algebra.times(total, array)

    def _total(self, p: Poly) -> Poly:
        algebra = self.algebra
        if not p.shape:
            return p
        ones = algebra.all_ones(p.shape[:1])
        total = algebra.matmul(ones, p)
        return total if not total.shape else algebra.matmul(total, algebra.all_ones(p.shape[1:]))

    def _diagonal(self, p: Poly) -> Poly:
        algebra = self.algebra
        n = p.shape[0]
        return algebra.entrywise([algebra.identity(n), algebra.outer(p, algebra.all_ones((n,)))], (n, n))

    def _power(self, base: Tree, exponent: Tree) -> Poly:
        p = self.read(base)
        power = Fraction(exponent[1]) if exponent[0] == "num" else None
        if power is None and not p.shape and any(part[0] == "size" for part in walk(exponent)):
            key = ("pow", p.key, self.read(exponent).key)
            return self.algebra.scalar(self.algebra.atom(key, "fn", ("pow", base, exponent), weight=2))
        if power is None or abs(power) > 64:
            raise OutsideWords("a power with an exponent that is not a small whole number")
        if power.denominator == 2 and not p.shape:
            root = self.read(("sqrt", base)) if power > 0 else self._inverse(("sqrt", base))
            return self.repeated(root, abs(power.numerator))
        if power.denominator != 1:
            raise OutsideWords("a power with an exponent that is not a whole number")
        if p.shape and power > 0:
            return self.algebra.entrywise([p] * int(power), p.shape)
        return self.repeated(p if power >= 0 else self._reciprocal(base), abs(int(power)))

    def _quotient(self, top: Tree, bottom: Tree) -> Poly:
        """A quotient entry by entry, as a product with the letter 1/bottom."""
        p = self.read(bottom)
        i = self.algebra.letter(("recip", p.key), p.shape, ("div", ("num", "1"), bottom), weight=2)
        self.functions.setdefault(i, ("recip", p, bottom))
        return self._times([self.read(top), self.algebra.single(i, p.shape)])

    def _reciprocal(self, part: Tree) -> Poly:
        if self.read(part).shape:
            raise OutsideWords("a quotient entry by entry")
        return self._inverse(part)

    def repeated(self, p: Poly, k: int) -> Poly:
        """The k-th power of a scalar."""
        total = self.algebra.number(1)
        for _ in range(k):
            total = self.algebra.times(total, p)
        return total

    def _matrix_power(self, base: Tree, k: int) -> Poly:
        if abs(k) > 16:
            raise OutsideWords("a matrix power above 16")
        p = self.read(base)
        factor = p if k >= 0 else self._inverse(base)
        total = self.algebra.identity(p.shape[0])
        for _ in range(abs(k)):
            total = self.algebra.matmul(total, factor)
        return total

    def _inverse(self, part: Tree) -> Poly:
        p = self.read(part)
        if len(p.shape) == 1:
            raise OutsideWords("a quotient entry by entry")
        inverse = self.algebra.inverse(p, ("inv", part))
        ((atoms, word), _) = next(iter(inverse.terms.items()))
        if atoms:
            self.arguments.setdefault(atoms[0], ("inv", p, part))
        elif word:
            i = word[0]
            if self.algebra.letters[i].tree != ("inv", part) and i not in self.inverses:
                i = self.algebra.letters[i].twin  # the letter was made for the transpose
                p, part = self.algebra.transposed(p), transpose(part)
            self.inverses.setdefault(i, (p, part))
        return inverse

    def _pseudoinverse(self, part: Tree) -> Poly:
        p = self.read(part)
        shape = (p.shape[1], p.shape[0])
        i = self.algebra.letter(("pinv", p.key), shape, ("pinv", part), weight=2)
        self.pseudoinverses.setdefault(i, (p, part))
        return self.algebra.single(i, shape)

    def _square_sum(self, p: Poly) -> Poly:
        if not p.shape:
            return self.algebra.times(p, p)
        if len(p.shape) == 1:
            return self.algebra.matmul(p, p)
        return self.algebra.trace(self.algebra.matmul(self.algebra.transposed(p), p))

    def _written_out(self, tree: Tree) -> Poly:
        """A sum over a known range, term by term."""
        try:
            return self.read(at_sizes(tree, {}))
        except ValueError as reason:
            raise OutsideWords("a sum over a range that is not known") from reason

    def _kronecker(self, left: Tree, right: Tree) -> Poly:
        """kron is bilinear: one letter for each pair of words."""
        return self.kronecker(self.read(left), self.read(right))

    def kronecker(self, p: Poly, q: Poly) -> Poly:
        """The Kronecker product of two polynomials."""
        algebra, printer, one = self.algebra, Printer(self.algebra), Fraction(1)
        total = Poly({}, (p.shape[0] * q.shape[0], p.shape[1] * q.shape[1]))
        for (atoms, first), c in p.terms.items():
            for (others, second), d in q.terms.items():
                part = algebra.identity(total.shape[0])
                if first or second:
                    trees = [printer.monomial(((), w), Fraction(1), s.shape) for w, s in ((first, p), (second, q))]
                    turned = ("kron", algebra.reversed(first), algebra.reversed(second), p.shape[::-1], q.shape[::-1])
                    key = ("kron", first, second, p.shape, q.shape)
                    i = algebra.letter(key, total.shape, ("kron", *trees), weight=2, turned=turned)
                    words = Poly({((), first): one}, p.shape), Poly({((), second): one}, q.shape)
                    self.linear.setdefault(i, ("kron", words))
                    part = algebra.single(i, total.shape)
                for k in (*atoms, *others):
                    part = algebra.times(algebra.scalar(k), part)
                total = algebra.add(total, algebra.scale(part, c * d))
        return total

    def _stacked(self, part: Tree) -> Poly:
        """vec is linear: one letter for each word."""
        return self.stacked(self.read(part))

    def stacked(self, p: Poly) -> Poly:
        """vec of a polynomial."""
        algebra, printer = self.algebra, Printer(self.algebra)
        shape = (p.shape[0] * p.shape[1],)
        total = Poly({}, shape)
        for (atoms, word), c in p.terms.items():
            tree = ("vec", printer.monomial(((), word), Fraction(1), p.shape))
            number = algebra.letter(("vec", word, p.shape), shape, tree, weight=2)
            self.linear.setdefault(number, ("vec", (Poly({((), word): Fraction(1)}, p.shape),)))
            letter = algebra.single(number, shape)
            for i in atoms:
                letter = algebra.times(algebra.scalar(i), letter)
            total = algebra.add(total, algebra.scale(letter, c))
        return total

    def _known_by_arguments(self, tree: Tree) -> Poly:
        """An operation without laws as words: a letter or atom known by the normal forms of its arguments."""
        algebra, op = self.algebra, tree[0]
        if op in ("eigQ", "eigL"):
            self.spectral.add(tree[1])
        arguments = [part for part in tree[1:] if isinstance(part, tuple)]
        if op == "block":
            arguments = [cell for row in tree[1:] for cell in row[1:]]
        shape = shape_of(tree, algebra.variables)
        layout = tuple(len(row) for row in tree[1:]) if op == "block" else ()
        sizes = tuple(map(size_of, arguments)) if op == "K" else tuple(self.read(part).key for part in arguments)
        key = (op, layout, sizes)
        if not shape:
            return algebra.scalar(algebra.atom(key, "fn", tree, weight=2))
        return algebra.single(algebra.letter(key, shape, tree, weight=2, symmetric=op == "eigL"), shape)

    def _opaque(self, op: str, tree: Tree) -> Poly:
        """A function known only by the normal form of its argument."""
        algebra = self.algebra
        if op in ("Max", "Min", "atan2") and not any(self.read(part).shape for part in tree[1:]):
            keys = [self.read(part).key for part in tree[1:]]
            key = (op, *(keys if op == "atan2" else sorted(keys, key=repr)))
            return algebra.scalar(algebra.atom(key, "fn", tree, weight=2))
        if len(tree) != 2 or op not in FUNCTIONS | SCALAR_OF_MATRIX:
            raise OutsideWords(f"the operation {op}")
        p = self.read(tree[1])
        if p.shape and op in FUNCTIONS:
            i = algebra.letter((op, p.key), p.shape, tree, weight=2)
            self.functions.setdefault(i, (op, p, tree[1]))
            return algebra.single(i, p.shape)
        if op == "exp":
            return self._exponential(p)
        if op == "det" and p.terms == {EMPTY: Fraction(1)}:
            return algebra.number(1)
        if op in HYPERBOLIC:
            return self.read(replace(HYPERBOLIC[op], HOLE, tree[1]))
        return algebra.scalar(self._function_atom(op, p, tree))

    def _function_atom(self, op: str, p: Poly, tree: Tree) -> int:
        weight = 1 + max((self.algebra.weight(m) for m in p.terms), default=0)
        atom = self.algebra.atom((op, p.key), "fn", tree, weight=weight)
        self.arguments.setdefault(atom, (op, p, tree[1]))
        return atom

    def _exponential(self, p: Poly) -> Poly:
        """exp(Σ p/q·m) = Π exp(m/q)^p, so that exp(a + b) = exp(a) exp(b) needs no relation."""
        total = self.algebra.number(1)
        printer = Printer(self.algebra)
        for monomial, c in p.terms.items():
            if abs(c.numerator) > 1000:
                raise OutsideWords("an exponential whose exponent has a factor above 1000")
            inside = Poly({monomial: Fraction(1, c.denominator)}, ())
            tree = ("exp", printer.poly(inside))
            atom = self.algebra.scalar(self._function_atom("exp", inside, tree))
            if c < 0:
                atom = self._inverse(tree) if tree in self._known else self._inverse_of(atom, tree)
            total = self.algebra.times(total, self.repeated(atom, abs(c.numerator)))
        return total

    def _inverse_of(self, p: Poly, tree: Tree) -> Poly:
        self._known[tree] = p
        return self._inverse(tree)


class Printer:
    """Prints monomials, polynomials and contexts of one algebra as trees."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra

    def poly(self, p: Poly) -> Tree:
        """A tree that reads back as this polynomial (a row is printed as a vector)."""
        if not p.terms:
            return ("zeros", *(size_tree(n) for n in p.shape if n != UNIT)) if p.shape else number(0)
        ordered = sorted(p.terms.items(), key=lambda item: self.algebra.order(item[0]), reverse=True)
        parts = tuple(self.monomial(m, c, p.shape) for m, c in ordered)
        return parts[0] if len(parts) == 1 else ("add", *parts)

    def monomial(self, monomial: Monomial, c: Fraction, shape: Shape) -> Tree:
        """One term."""
        atoms, word = monomial
        factors = [number(c)] if c != 1 else []
        factors += [self.atom(i) for i in atoms]
        if word:
            factors.append(self.chain(word))
        elif shape:
            factors.append(("eye", size_tree(shape[0])))
        return mul(*factors) if factors else number(1)

    def atom(self, i: int) -> Tree:
        """An atom: a name, a closed word, a trace or a function."""
        atom = self.algebra.atoms[i]
        if atom.kind == "closed":
            return self.chain(atom.word)
        if atom.kind == "trace":
            return ("trace", self.chain(atom.word))
        return atom.tree

    def chain(self, word: Word, hole: tuple[Size, Size, Tree] | None = None) -> Tree:
        """A word as a product; ``hole`` gives rows, columns and tree of the hole's pseudo-letter."""

        def sides(i: int) -> tuple[Size, Size, Tree]:
            if i == HOLE_LETTER:
                assert hole is not None
                return hole
            letter = self.algebra.letters[i]
            return letter.rows, letter.columns, letter.tree or self._entrywise(i)

        parts = [sides(i) for i in word]
        cuts = [i for i in range(1, len(parts)) if parts[i][0] == UNIT]
        scalars: list[Tree] = []
        open_pieces: list[Tree] = []
        for i, j in zip([0, *cuts], [*cuts, len(parts)], strict=True):
            piece = parts[i:j]
            tree = piece[0][2] if len(piece) == 1 else ("matmul", *(part[2] for part in piece))
            closed = piece[0][0] == UNIT and piece[-1][1] == UNIT
            (scalars if closed else open_pieces).append(tree)
        if len(open_pieces) == 2:
            open_pieces = [("outer", *open_pieces)]
        return mul(*scalars, *open_pieces)

    def _entrywise(self, i: int) -> Tree:
        """The tree of a letter that is an entrywise product (rows are printed as vectors)."""
        rows, columns, factors = self.algebra.products[i]
        n = rows if rows != UNIT else columns
        return ("mul", *(self.chain(word) if word else ("eye", size_tree(n)) for word in factors))

    def context(self, frame: Frame, shape: Shape, inside: Tree = HOLE) -> Tree:
        """The tree of a frame around ``inside``, whose shape is ``shape``."""
        rows, columns = _sides(shape)
        if frame.transposed:
            if rows != UNIT and columns != UNIT:
                inside = transpose(inside)
            rows, columns = columns, rows
        factors = [self.atom(i) for i in frame.atoms]
        scalar = rows == UNIT and columns == UNIT
        if scalar or not (frame.left or frame.right):
            middle = inside
        else:
            middle = self.chain((*frame.left, HOLE_LETTER, *frame.right), (rows, columns, inside))
        if frame.kind == "trace":
            middle = ("trace", middle)
        word = frame.left + frame.right if scalar else frame.outer
        if word:
            factors.append(self.chain(word))
        elif len(frame.shape) == 2 and (scalar or frame.kind != "plain"):
            factors.append(("eye", size_tree(frame.shape[0])))
        return mul(middle, *factors)


def _sides(shape: Shape) -> tuple[Size, Size]:
    if not shape:
        return UNIT, UNIT
    return (shape[0], UNIT) if len(shape) == 1 else (shape[0], shape[1])
