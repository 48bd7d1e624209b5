"""The setting of a claim: its hypotheses read as relations and facts of one algebra.

Equations become relations that the ideal carries as cofactors; predicates and inequalities become
known facts.  Inverses, pseudo-inverses and square roots bring their defining laws as schemas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hessmath.language.sizes import Shape
from hessmath.verify.completion import Ideal, Part
from hessmath.verify.fact_trees import Fact, Term
from hessmath.verify.trees import (
    Tree,
    add,
    as_json,
    identity_tree,
    mul,
    neg,
    number,
    shape_of,
    transpose,
    walk,
)
from hessmath.verify.word_trees import Printer, Reader
from hessmath.verify.words import Algebra, Frame, OutsideWords, Poly, Word

STRUCTURAL = {"symmetric", "skew", "orthogonal", "orthocols", "diagonal", "idempotent", "involutory", "commute"}
DEFINITE = {"posdef": 1, "psd": 1, "negdef": -1, "nsd": -1}


@dataclass(frozen=True)
class Equation:
    """An atomic equation left = right; ``shape`` is filled by whoever reads it."""

    left: Tree
    right: Tree


@dataclass(frozen=True)
class Assertion:
    """An atomic fact: a predicate of one expression, as facts of certificates state it."""

    predicate: str
    tree: Tree


Atomic = Equation | Assertion


def atomic(tree: Tree, shape_of: Any) -> list[Atomic]:
    """A claim or hypothesis as equations and facts, in the order of the certificate format.

    ``shape_of`` gives the shape of a tree (needed for the identity in AᵀA = I).
    """
    op = str(tree[0])
    if op == "and":
        return [part for arg in conjuncts(tree) for part in atomic(arg, shape_of)]
    if op == "eq":
        return [Equation(tree[1], tree[2])]
    if op in STRUCTURAL:
        return _structural(op, tree[1:], shape_of)
    if op in DEFINITE:
        A = tree[1]
        predicate = "posdef" if op in {"posdef", "negdef"} else "psd"
        return [Assertion(predicate, A if DEFINITE[op] == 1 else neg(A))]
    match tree:
        case ("true",) | ("false",):
            return []  # nothing that a proof can use; the checker decides what they mean as a claim
        case ("le", a, b) | ("ge", b, a):
            return [Assertion("nonneg", difference(b, a))]
        case ("lt", a, b) | ("gt", b, a):
            return [Assertion("positive", difference(b, a))]
        case ("ne", a, b):
            return [Assertion("nonzero", difference(a, b))]
        case ("psd_le", a, b) | ("psd_ge", b, a):
            return [Assertion("psd", difference(b, a))]
    return [Assertion(op, tree[1])]


def conjuncts(tree: Tree) -> list[Tree]:
    """The parts of a conjunction, in order."""
    return [part for arg in tree[1:] for part in conjuncts(arg)] if tree[0] == "and" else [tree]


def _structural(op: str, args: Sequence[Tree], shape_of: Any) -> list[Atomic]:
    A = args[0]
    turned = transpose(A)
    n = identity_tree
    match op:
        case "symmetric":
            return [Equation(A, turned)]
        case "skew":
            return [Equation(turned, neg(A))]
        case "orthocols":
            return [Equation(("matmul", turned, A), n(shape_of(A)[1:] * 2))]
        case "orthogonal":
            eye = n(shape_of(A))
            return [Equation(("matmul", turned, A), eye), Equation(("matmul", A, turned), eye)]
        case "idempotent":
            return [Equation(("matmul", A, A), A)]
        case "involutory":
            return [Equation(("matmul", A, A), n(shape_of(A)))]
        case "commute":
            return [Equation(("matmul", A, args[1]), ("matmul", args[1], A))]
    return [Equation(A, ("diagpart", A))]


def difference(a: Tree, b: Tree) -> Tree:
    """a − b, without the zero."""
    if b == ("num", "0") or b[0] == "zeros":
        return a
    if a == ("num", "0") or a[0] == "zeros":
        return neg(b)
    return add(a, neg(b))


def _solved(left: Tree, right: Tree) -> Iterator[tuple[str, Tree]]:
    """Names that an equation defines: a whole side first, then a term of a sum such as r − r1 = s·Ar."""
    for side, other in ((left, right), (right, left)):
        if side[0] == "var":
            yield side[1], other
    for side, other in ((left, right), (right, left)):
        terms = side[1:] if side[0] == "add" else ()
        for k, term in enumerate(terms):
            if (term[0] == "var" and len(terms) > 1) or (term[0] == "neg" and term[1][0] == "var"):
                name = term[1] if term[0] == "var" else term[1][1]
                yield name, ("add", *terms[:k], *terms[k + 1 :], other)


KNOWN_TO_CHECKER = frozenset({"inv_left", "sqrt", "pythagoras", "abs_square"})
"""Laws of scalars that the checker's zero test contains: no TERM is written for them."""


class Setting:
    """Hypotheses of one claim as relations of an ideal and as known facts.

    ``unsymmetric`` names keep letters for their transposes even under a symmetry hypothesis (the variable of a
    derivative moves in all directions).
    """

    def __init__(
        self,
        variables: Mapping[str, Shape],
        hypotheses: Sequence[Tree],
        *,
        unsymmetric: Iterable[str] = (),
        max_steps: int = 300_000,
    ) -> None:
        self.variables = dict(variables)
        self.hypotheses = tuple(hypotheses)
        symmetric = {h[1][1] for h in self.hypotheses if h[0] in {"symmetric", *DEFINITE} and h[1][0] == "var"} - set(
            unsymmetric
        )
        self.algebra = Algebra(variables, self._weights(), symmetric)
        self.reader = Reader(self.algebra)
        self.printer = Printer(self.algebra)
        self.ideal = Ideal(self.algebra, max_steps=max_steps)
        self.known: list[tuple[str, Poly, Fact]] = []
        self.unread: list[str] = []
        self.mentioned: list[Tree] = []
        """Square matrices that the claim mentions: candidates for inverses."""
        self._schemas: set[Any] = set()
        self._defined: set[object] = set()
        self._read_hypotheses()

    def shape(self, tree: Tree) -> Shape:
        """The shape of a tree."""
        return shape_of(tree, self.variables)

    def _weights(self) -> dict[str, int]:
        """Names defined by a hypothesis ``name == expression`` outweigh it, so that rules replace the name."""
        defined: dict[str, Tree] = {}
        for hypothesis in self.hypotheses:
            for part in conjuncts(hypothesis):
                if part[0] != "eq":
                    continue
                for name, other in _solved(part[1], part[2]):
                    if name not in defined and not self._depends(other, name, defined):
                        defined[name] = other
                        break
        self.definitions: dict[str, Tree] = defined
        return self._definition_weights(defined)

    def _definition_weights(self, defined: Mapping[str, Tree]) -> dict[str, int]:
        weights: dict[str, int] = {}
        for _ in range(len(defined)):
            changed = False
            scratch = Reader(Algebra(self.variables, weights))
            for name, expression in defined.items():
                try:
                    p = scratch.read(expression)
                except OutsideWords:
                    continue
                weight = 1 + max((scratch.algebra.weight(m) for m in p.terms), default=0)
                if weights.get(name) != weight:
                    weights[name] = weight
                    changed = True
            if not changed:
                break
        return weights

    def _depends(self, tree: Tree, name: str, defined: Mapping[str, Tree]) -> bool:
        for part in walk(tree):
            if part[0] == "var" and (
                part[1] == name or (part[1] in defined and self._depends(defined[part[1]], name, {}))
            ):
                return True
        return False

    def _read_hypotheses(self) -> None:
        for i, hypothesis in enumerate(self.hypotheses):
            try:
                self._read_hypothesis(i, hypothesis)
            except OutsideWords as error:
                self.unread.append(f"hypothesis {i} ({error})")

    def _read_hypothesis(self, i: int, hypothesis: Tree) -> None:
        j = 0
        for conjunct in conjuncts(hypothesis):
            for part in atomic(conjunct, self.shape):
                if isinstance(part, Equation):
                    self._assume(("hyp", i, j), difference(part.left, part.right))
                    j += 1
                else:
                    self._know(i, part.predicate, part.tree)
            if conjunct[0] in DEFINITE:
                self._assume(("hyp", i, j), difference(conjunct[1], transpose(conjunct[1])))
                j += 1
            if conjunct[0] == "orthogonal":
                self._know(i, "orthogonal", conjunct[1])

    def _know(self, i: int, predicate: str, tree: Tree) -> None:
        fact = {"fact": [predicate, as_json(tree)], "rule": "hypothesis", "index": i}
        self.known.append((predicate, self.reader.read(tree), fact))

    def _assume(self, name: Any, tree: Tree) -> None:
        self.ideal.add(self.reader.read(tree), name)

    def admit(self, tree: Tree) -> None:
        """Note that inv(tree), or sqrt(tree), has been shown to be defined, so that its laws may be used."""
        p = self.reader.read(tree)
        self._defined.update((p.key, self.algebra.transposed(p).key))

    def _admitted(self, p: Poly) -> bool:
        """Whether 1/p or sqrt(p) may be used; sums of exponentials and positive numbers always may."""
        if p.key in self._defined:
            return True
        exponentials = {i for i, (op, _, _) in self.reader.arguments.items() if op == "exp"}
        return not p.shape and all(c > 0 and exponentials.issuperset(atoms) for (atoms, _), c in p.terms.items())

    def bring_schemas(self) -> bool:
        """Add the defining laws of every admitted inverse and root and every pseudo-inverse; whether any was new."""
        algebra, reader = self.algebra, self.reader
        before = len(self._schemas)
        for i, (p, tree) in list(reader.inverses.items()):
            if ("letter", i) not in self._schemas and self._admitted(p):
                self._schemas.add(("letter", i))
                W, eye = algebra.single(i, p.shape), algebra.identity(p.shape[0])
                self.ideal.add(algebra.subtract(algebra.matmul(W, p), eye), ("inv_right", tree))
                self.ideal.add(algebra.subtract(algebra.matmul(p, W), eye), ("inv_left", tree))
        for i, (op, p, tree) in list(reader.arguments.items()):
            if op in {"cos", "Abs"} and (op, i) not in self._schemas:
                self._schemas.add((op, i))
                self._square(op, i, p, tree)
            if (op, i) in self._schemas or op not in {"inv", "sqrt"} or not self._admitted(p):
                continue
            self._schemas.add((op, i))
            atom = algebra.scalar(i)
            if op == "inv":
                self.ideal.add(algebra.subtract(algebra.times(atom, p), algebra.number(1)), ("inv_left", tree))
            else:
                self.ideal.add(algebra.subtract(algebra.times(atom, atom), p), ("sqrt", tree))
        for i, (p, tree) in list(reader.pseudoinverses.items()):
            if ("pinv", i) not in self._schemas:
                self._schemas.add(("pinv", i))
                self._penrose(i, p, tree)
        for tree in reader.spectral - self._schemas:
            if self.algebra.transposed(reader.read(tree)).key == reader.read(tree).key:
                self._schemas.add(tree)
                self._diagonalised(tree)
        return len(self._schemas) > before

    def _diagonalised(self, A: Tree) -> None:
        """A = QΛQᵀ with Q orthogonal and Λ = diag(eigs(A))."""
        Q, L, eye = ("eigQ", A), ("eigL", A), identity_tree(self.shape(A))
        turned = ("T", Q)
        for name, tree in (
            ("eig", add(A, neg(("matmul", Q, L, turned)))),
            ("eig_left", add(("matmul", turned, Q), neg(eye))),
            ("eig_right", add(("matmul", Q, turned), neg(eye))),
        ):
            self._assume((name, A), tree)

    def _square(self, op: str, i: int, p: Poly, tree: Tree) -> None:
        """cos² = 1 − sin² and |t|² = t²."""
        algebra = self.algebra
        square = algebra.times(algebra.scalar(i), algebra.scalar(i))
        if op == "Abs":
            self.ideal.add(algebra.subtract(square, algebra.times(p, p)), ("abs_square", tree))
            return
        sine = self.reader.read(("sin", tree))
        total = algebra.add(square, algebra.times(sine, sine))
        self.ideal.add(algebra.subtract(total, algebra.number(1)), ("pythagoras", tree))

    def _penrose(self, i: int, A: Poly, tree: Tree) -> None:
        algebra = self.algebra
        P = algebra.single(i, (A.shape[1], A.shape[0]))
        AP, PA = algebra.matmul(A, P), algebra.matmul(P, A)
        laws = (
            algebra.subtract(algebra.matmul(AP, A), A),
            algebra.subtract(algebra.matmul(PA, P), P),
            algebra.subtract(algebra.transposed(AP), AP),
            algebra.subtract(algebra.transposed(PA), PA),
        )
        for k, law in enumerate(laws, 1):
            self.ideal.add(law, ("pinv", tree, k))

    def terms(self, parts: list[Part]) -> list[Term]:
        """The TERMs of a combination, each relation one that was given."""
        collected: dict[tuple[int, Frame], Fraction] = {}
        for c, frame, i in self.ideal.cofactors(parts):
            name = self.ideal.relations[i].name
            if not self.ideal.relations[i].poly.shape and name[0] in KNOWN_TO_CHECKER:
                continue
            key = (i, frame._replace(atoms=self._cancelled(frame.atoms)))
            collected[key] = collected.get(key, Fraction(0)) + c
        result = []
        for (i, frame), c in collected.items():
            relation = self.ideal.relations[i]
            context = self.printer.context(frame, relation.poly.shape)
            if c:
                context = context if c == 1 else mul(number(c), context)
                result.append({"relation": as_json(relation.name), "context": as_json(context)})
        return result

    def _cancelled(self, atoms: Word) -> Word:
        """The monomial without pairs s · 1/s."""
        left = list(atoms)
        for i in atoms:
            op, p, _ = self.reader.arguments.get(i, ("", None, ()))
            if op == "inv" and p is not None and len(p.terms) == 1 and i in left:
                (((inside, _), c),) = p.terms.items()
                if c == 1 and len(inside) == 1 and inside[0] in left:
                    left.remove(i)
                    left.remove(inside[0])
        return tuple(left)

    def nonzero_vectors(self) -> Iterator[tuple[Tree, Shape]]:
        """Vectors that a hypothesis says are not zero."""
        for name, q, _ in self.known:
            if name == "nonzero" and len(q.shape) == 1:
                yield self.printer.poly(q), q.shape
