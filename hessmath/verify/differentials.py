"""Differentials of polynomials in words, and gradients, Jacobians and Hessians read off from them.

D f[V] is linear in the direction V: D inv(P) = −inv(P) DP inv(P), D det P = det P tr(inv(P) DP), D trace
= trace D, and the chain rule for functions of one argument.  The gradient is what stands next to a
fresh V in the trace: D f[V] = tr(GᵀV).

References
----------
Magnus & Neudecker (2019), Matrix Differential Calculus, 3rd ed., chapters 8 and 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hessmath.language.sizes import Shape
from hessmath.verify.trees import HOLE, ONE, Tree, number, replace
from hessmath.verify.word_trees import Reader
from hessmath.verify.words import UNIT, Algebra, Monomial, OutsideWords, Poly, Word

SLOPES: Mapping[str, Tree] = {
    "exp": ("exp", HOLE),
    "log": ("div", ONE, HOLE),
    "recip": ("neg", ("mul", ("div", ONE, HOLE), ("div", ONE, HOLE))),
    "sqrt": ("div", number(Fraction(1, 2)), ("sqrt", HOLE)),
    "sin": ("cos", HOLE),
    "cos": ("neg", ("sin", HOLE)),
    "tan": ("add", ONE, ("pow", ("tan", HOLE), number(2))),
    "sinh": ("cosh", HOLE),
    "cosh": ("sinh", HOLE),
    "tanh": ("add", ONE, ("neg", ("pow", ("tanh", HOLE), number(2)))),
    "sigmoid": ("add", ("sigmoid", HOLE), ("neg", ("pow", ("sigmoid", HOLE), number(2)))),
    "softplus": ("sigmoid", HOLE),
    "atan": ("div", ONE, ("add", ONE, ("pow", HOLE, number(2)))),
    "asin": ("div", ONE, ("sqrt", ("add", ONE, ("neg", ("pow", HOLE, number(2)))))),
    "acos": ("div", number(-1), ("sqrt", ("add", ONE, ("neg", ("pow", HOLE, number(2)))))),
    "erf": ("div", ("mul", number(2), ("exp", ("neg", ("pow", HOLE, number(2))))), ("sqrt", ("pi",))),
    "Abs": ("sign", HOLE),
    "loggamma": ("digamma", HOLE),
}
"""f′ for every differentiable function f of one argument, with the argument as the hole."""


class Differential:
    """D[·] with ``directions`` for the letters and atoms that move, by their keys; all others stand still."""

    def __init__(self, reader: Reader, directions: Mapping[tuple[object, ...], Poly]) -> None:
        self.reader = reader
        self.algebra: Algebra = reader.algebra
        self.directions = directions
        self._known: dict[tuple[str, int], Poly | None] = {}

    def __call__(self, p: Poly) -> Poly:
        """The differential of a polynomial, of the same shape.

        Raises
        ------
        OutsideWords
            If a letter or atom that depends on the variable has no rule.
        """
        algebra = self.algebra
        total = Poly({}, p.shape)
        for (atoms, word), c in p.terms.items():
            for k, atom in enumerate(atoms):
                if (inner := self._atom(atom)) is not None:
                    rest = atoms[:k] + atoms[k + 1 :]
                    total = algebra.add(total, algebra.scale(algebra.sandwich(word, inner, (), rest, p.shape), c))
            for k, letter in enumerate(word):
                if (inner := self._letter(letter)) is not None:
                    term = algebra.sandwich(word[:k], inner, word[k + 1 :], atoms, p.shape)
                    total = algebra.add(total, algebra.scale(term, c))
        return total

    def _letter(self, i: int) -> Poly | None:
        key = ("letter", i)
        if key not in self._known:
            self._known[key] = self._nonzero(self._letter_rule(i))
        return self._known[key]

    def _atom(self, i: int) -> Poly | None:
        key = ("atom", i)
        if key not in self._known:
            self._known[key] = self._nonzero(self._atom_rule(i))
        return self._known[key]

    def _nonzero(self, p: Poly | None) -> Poly | None:
        return p if p else None

    def _letter_rule(self, i: int) -> Poly | None:
        algebra, reader = self.algebra, self.reader
        letter = algebra.letters[i]
        if letter.key in self.directions:
            return self.directions[letter.key]
        if letter.key[0] in {"var", "ones"}:
            return None
        if i in reader.inverses:
            inner = self(reader.inverses[i][0])
            W = algebra.single(i, inner.shape)
            return algebra.scale(algebra.matmul(algebra.matmul(W, inner), W), -1) if inner else None
        if i in algebra.products:
            return self._product(i)
        if i in reader.functions:
            op, p, tree = reader.functions[i]
            inner = self(p)
            return algebra.entrywise([self._slope(op, tree), inner], p.shape) if inner else None
        if i in reader.linear:
            return self._linear(*reader.linear[i])
        if letter.key[0] == "T" or (letter.twin < i and letter.twin != i):
            twin = self._letter(letter.twin)
            return None if twin is None else algebra.transposed(twin)
        if i in reader.pseudoinverses and not self(reader.pseudoinverses[i][0]):
            return None
        raise OutsideWords(f"the derivative of {letter.key[0]}")

    def _linear(self, op: str, parts: tuple[Poly, ...]) -> Poly:
        """D kron(P, Q) = kron(DP, Q) + kron(P, DQ) and D vec(P) = vec(DP)."""
        if op == "vec":
            return self.reader.stacked(self(parts[0]))
        first, second = parts
        moved = self.reader.kronecker(self(first), second), self.reader.kronecker(first, self(second))
        return self.algebra.add(*moved)

    def _product(self, i: int) -> Poly:
        rows, columns, factors = self.algebra.products[i]
        shape = (rows, columns) if columns != UNIT else (rows,)
        polys = [Poly({((), word): Fraction(1)}, shape) for word in factors]
        total = Poly({}, shape)
        for k, factor in enumerate(polys):
            inner = self(factor)
            if inner:
                total = self.algebra.add(total, self.algebra.entrywise([*polys[:k], inner, *polys[k + 1 :]], shape))
        return total

    def _slope(self, op: str, argument: Tree) -> Poly:
        if op not in SLOPES:
            raise OutsideWords(f"the derivative of {op}")
        return self.reader.read(replace(SLOPES[op], HOLE, argument))

    def _atom_rule(self, i: int) -> Poly | None:
        algebra, reader = self.algebra, self.reader
        atom = algebra.atoms[i]
        if atom.kind == "var":
            return self.directions.get(atom.key)
        if atom.kind == "size":
            return None
        if atom.kind == "closed":
            return self(Poly({((), atom.word): Fraction(1)}, ())) if atom.word else None
        if atom.kind == "trace":
            n = algebra.letters[atom.word[0]].rows
            return algebra.trace(self(Poly({((), atom.word): Fraction(1)}, (n, n))))
        if i not in reader.arguments:
            return None  # a constant such as pi
        op, p, tree = reader.arguments[i]
        inner = self(p)
        if not inner:
            return None
        itself = algebra.scalar(i)
        if op == "inv":
            return algebra.scale(algebra.times(algebra.times(itself, itself), inner), -1)
        if op == "det":
            inverse = reader.read(("inv", tree))
            return algebra.times(itself, algebra.trace(algebra.matmul(inverse, inner)))
        return algebra.times(self._slope(op, tree), inner)


class Derivatives:
    """Reads derivative operators as polynomials."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.algebra = reader.algebra
        self._directions = 0
        reader.derivative = self.read

    def read(self, tree: Tree) -> Poly:
        """gradient, jacobian, hessian, dirderiv, dirderiv2, gradient_sym, gradient_diag.

        Raises
        ------
        OutsideWords
            If the operator has no words for all sizes.
        """
        op, f, (_, name), *directions = tree
        algebra = self.algebra
        p, shape = self.reader.read(f), self.algebra.variables[name]
        if op in {"dirderiv", "dirderiv2"}:
            for direction in directions:
                p = Differential(self.reader, {("var", name): self.reader.read(direction)})(p)
            return p
        if not shape:
            for _ in range(2 if op == "hessian" else 1):
                p = Differential(self.reader, {("var", name): algebra.number(1)})(p)
            return p
        if op == "jacobian":
            return self._jacobian(p, name, shape)
        G = self._gradient(p, name, shape)
        if op == "gradient":
            return G
        if op == "hessian" and len(shape) == 1:
            return self._jacobian(G, name, shape)
        if op in {"gradient_sym", "gradient_diag"}:
            diagonal = algebra.entrywise([algebra.identity(shape[0]), G], shape)
            if op == "gradient_diag":
                return algebra.matmul(diagonal, algebra.all_ones(shape[:1]))
            return algebra.subtract(algebra.add(G, algebra.transposed(G)), diagonal)
        raise OutsideWords("the Hessian with respect to a matrix")

    def _fresh(self, shape: Shape) -> tuple[int, Poly]:
        self._directions += 1
        name = f"direction {self._directions}"
        i = self.algebra.letter(("var", name), shape, ("var", name))
        return i, self.algebra.single(i, shape)

    def _gradient(self, p: Poly, name: str, shape: Shape) -> Poly:
        v, V = self._fresh(shape)
        moved = Differential(self.reader, {("var", name): V})(p)
        total: dict[Monomial, Fraction] = {}
        for (atoms, _), c in moved.terms.items():
            rest, word = self._beside(atoms, v)
            self.algebra.accumulate(total, {self.algebra.joined(rest, word): c})
        return Poly(total, shape)

    def _beside(self, atoms: Word, v: int) -> tuple[Word, Word]:
        """A scalar term linear in V as (atoms, w) with value atoms · tr(wᵀV)."""
        algebra = self.algebra
        for k, i in enumerate(atoms):
            atom = algebra.atoms[i]
            for word in {atom.word, algebra.reversed(atom.word)}:
                found = self._cut(word, v, atom.kind)
                if found is not None:
                    return atoms[:k] + atoms[k + 1 :], found
        raise OutsideWords("the direction cannot be separated from this differential")

    def _cut(self, word: Word, v: int, kind: str) -> Word | None:
        """w with value tr(wᵀV) for one closed or traced word."""
        algebra = self.algebra
        if v in word:
            cut = word.index(v)
            return algebra.reversed(word[cut + 1 :] + word[:cut])
        for k, letter in enumerate(word):
            if letter not in algebra.products:
                continue
            rows, columns, factors = algebra.products[letter]
            for place, factor in enumerate(factors):
                if v in factor:
                    around = algebra.reversed(word[k + 1 :] + word[:k])  # Σ around ∘ factors
                    others = algebra.merged([around, *factors[:place], *factors[place + 1 :]], rows, columns)
                    middle = algebra.entrywise_word(others, rows, columns)
                    cut = factor.index(v)
                    return algebra.reversed(factor[:cut]) + middle + algebra.reversed(factor[cut + 1 :])
        return None

    def _jacobian(self, p: Poly, name: str, shape: Shape) -> Poly:
        """D p[v] = J v for vectors."""
        algebra = self.algebra
        if len(shape) != 1 or len(p.shape) != 1:
            raise OutsideWords("a Jacobian that is not of a vector in a vector")
        v, V = self._fresh(shape)
        moved = Differential(self.reader, {("var", name): V})(p)
        result = (p.shape[0], shape[0])
        total = Poly({}, result)
        for (atoms, word), c in moved.terms.items():
            if word[-1] == v:
                part = Poly({(atoms, word[:-1]): c}, result)
            elif word[-1] in algebra.products and any(v in w for w in algebra.products[word[-1]][2]):
                part = algebra.scale(self._through_product(atoms, word, v, result), c)
            else:
                rest, beside = self._beside(atoms, v)
                part = Poly({algebra.joined(rest, word + algebra.reversed(beside)): c}, result)
            total = algebra.add(total, part)
        return total

    def _through_product(self, atoms: Word, word: Word, v: int, shape: Shape) -> Poly:
        """d∘(p v) = diag(d) p v."""
        algebra = self.algebra
        n, _, factors = algebra.products[word[-1]]
        place = next(k for k, w in enumerate(factors) if v in w)
        if factors[place][-1] != v:
            raise OutsideWords("the direction cannot be separated from this differential")
        others = [Poly({((), w): Fraction(1)}, (n,)) for k, w in enumerate(factors) if k != place]
        column = algebra.entrywise(others, (n,))
        spread = algebra.outer(column, algebra.all_ones((n,)))
        diagonal = algebra.entrywise([algebra.identity(n), spread], (n, n))
        return algebra.sandwich(word[:-1], diagonal, factors[place][:-1], atoms, shape)
