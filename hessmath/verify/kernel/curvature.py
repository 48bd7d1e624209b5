"""Convexity by composition: what is known about an expression on a convex domain, from its parts upwards.

Every rule is a textbook one (Boyd & Vandenberghe, Convex Optimization, chapter 3): sums and multiples; h(u) convex when
h is convex and increasing on the range of a convex u, or decreasing with u concave, or u affine; maxima; quadratics by
inertia; a quadratic over a positive affine function (what remains modulo that function must be semidefinite);
u^p/Π vᵢ^qᵢ with p ≥ 1 + Σq; geometric means; roots of quadratics (norms); u·log(u/v); perspectives u·h(v/u);
logarithmically convex functions, closed under sums, products and positive powers, and logarithmically concave ones.
Quasiconvex: sublevel sets are kept by increasing functions, and a ratio of a nonnegative convex function to a positive
concave one has convex ones.  ``strict`` lists vectors a: where f is convex (concave), it is strictly so along
every line whose direction d has a·d ≠ 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from hessmath.verify.kernel.algebra import Form, add, constant, known
from hessmath.verify.kernel.entries import reduce_rows
from hessmath.verify.kernel.quadratics import augmented, eliminated, semidefinite
from hessmath.verify.kernel.ranges import Domain, Range
from hessmath.verify.kernel.shapes import Outer, Shape, Vector, outer, outer_power
from hessmath.verify.kernel.trees import Rejected, Tree, depends, literal, make, num, obligations


class Curvature:
    """Shapes of expressions on a domain."""

    def __init__(self, domain: Domain) -> None:
        self.domain, self.algebra = domain, domain.algebra
        self._cache: dict[Tree, Shape] = {}

    def of(self, tree: Tree) -> Shape:
        """The shape of a plain scalar tree that is defined on the domain."""
        if tree not in self._cache:
            self._cache[tree] = self._of(tree).completed(self.domain.of(tree))
        return self._cache[tree]

    def _form(self, tree: Tree) -> Form | None:
        try:
            return self.domain.engine.scalar(tree)
        except Rejected:
            return None

    def _vector(self, tree: Tree) -> Vector | None:
        """The gradient of an affine expression (zeros for a constant)."""
        form = self._form(tree)
        found = None if form is None else self.domain.vector(form)
        return None if found is None else tuple(found)

    def _of(self, tree: Tree) -> Shape:
        r = self.domain.of(tree)
        vector = self._vector(tree)
        if vector is not None:
            constant_ = not any(vector)
            return Shape(True, True, constant_ and r.positive, r.positive, True, True)
        form = self._form(tree)
        if form is not None and (quadratic := self.quadratic(form)) is not None:
            found = self._by_inertia(quadratic[0])
            if found.convex or found.concave:
                return found
        found = self._by_operation(tree, r)
        for rule in (self._ratio, self._powers, self._norm, self._entropy, self._perspective):
            other = rule(tree, form)
            found = found.joined(other)
        return found

    def _by_operation(self, tree: Tree, r: Range) -> Shape:
        op, args = tree.op, tree.args
        if op == "neg":
            return self.of(args[0]).negated()
        if op == "add":
            return self.sum(_terms(tree))
        if op == "mul":
            return self._product(args)
        if op == "div":
            return self._product((args[0], make("pow", args[1], num(-1))))
        if op == "inv":
            return self.of(make("pow", args[0], num(-1)))
        if op in ("Max", "Min"):
            parts = [self.of(arg) if op == "Max" else self.of(arg).negated() for arg in args]
            logs = op == "Max" and all(part.log_convex for part in parts)
            shared = frozenset.intersection(*(part.strict for part in parts))
            shape = Shape(
                all(p.convex for p in parts), False, logs, False, all(p.quasiconvex for p in parts), False, shared
            )
            return shape if op == "Max" else shape.negated()
        if op == "pow" and (power := literal(args[1])) is not None:
            return self._power(args[0], power)
        if op == "log":
            inner = self.of(args[0])
            shape = self._composed("log", args[0])
            return replace(
                shape,
                convex=shape.convex or inner.log_convex,
                concave=shape.concave or inner.log_concave,
                strict=shape.strict | self._log_sum(args[0]),
            )
        if len(args) == 1:
            return self._composed(op, args[0])
        return Shape()

    def _composed(self, name: str, u: Tree) -> Shape:
        inner = self.of(u)
        shape = self._through(outer(name, self.domain.of(u)), inner, u)
        if name == "exp":
            shape = replace(shape, log_convex=inner.convex, log_concave=inner.concave)
        if name == "sigmoid":
            shape = replace(shape, log_concave=inner.concave)
        if name == "cosh":
            shape = replace(shape, log_convex=self._vector(u) is not None)
        return shape

    def _power(self, u: Tree, p: Fraction) -> Shape:
        if p == 1:
            return self.of(u)
        if not p:
            return Shape(True, True, True, True, True, True)
        inner, r = self.of(u), self.domain.of(u)
        if p.denominator != 1 and p < 0 and not r.positive:
            return Shape()
        shape = self._through(outer_power(p, r), inner, u)
        if r.positive:
            grows, falls = inner.log_convex, inner.log_concave
            shape = replace(shape, log_convex=grows if p > 0 else falls, log_concave=falls if p > 0 else grows)
        return shape

    def _through(self, h: Outer, u: Shape, tree: Tree) -> Shape:
        """h(u)."""
        vector = self._vector(tree)
        affine = vector is not None
        convex = h.convex and (affine or (h.up and u.convex) or (h.down and u.concave))
        concave = h.concave and (affine or (h.up and u.concave) or (h.down and u.convex))
        strict: frozenset[Vector] = frozenset()
        if not (convex or concave):
            strict = frozenset()
        elif affine and h.strict and vector is not None and any(vector):
            strict = frozenset([vector])
        elif h.steep and (h.up or h.down):
            strict = u.strict
        return Shape(
            convex,
            concave,
            False,
            False,
            (h.up and u.quasiconvex) or (h.down and u.quasiconcave),
            (h.up and u.quasiconcave) or (h.down and u.quasiconvex),
            strict,
        )

    # ---------------------------------------------------------------------------------------------- sums
    def sum(self, terms: Sequence[Tree], extra: Form | None = None) -> Shape:
        """A sum: polynomials of degree two together, the other terms one by one."""
        together, others = extra or {}, []
        for term in terms:
            form = self._form(term)
            if form is not None and self.quadratic(form) is not None:
                together = add(together, form)
            else:
                others.append(self.of(term))
        quadratic = self.quadratic(together)
        parts = [*others, *([self._by_inertia(quadratic[0])] if quadratic else [])]
        return Shape(
            all(p.convex for p in parts),
            all(p.concave for p in parts),
            not extra and all(self.of(term).log_convex for term in terms),
            strict=frozenset().union(*(p.strict for p in parts)),
        )

    def quadratic(self, form: Form) -> tuple[list[list[Fraction]], list[Fraction], Form] | None:
        """H, g, c with form = ½xᵀHx + gᵀx + c; None when it is no polynomial of degree at most two."""
        place = {self.algebra.number("var", name, 0, 0): i for i, name in enumerate(self.domain.names)}
        n = len(place)
        H = [[Fraction(0)] * n for _ in range(n)]
        g = [Fraction(0)] * n
        rest: Form = {}
        for (mono, word), c in form.items():
            inside = [place[a] for a, e in mono for _ in range(max(e, 0)) if a in place]
            if not inside and all(a not in place for a, _ in mono):
                rest[mono, word] = c
                continue
            if len(inside) != sum(abs(e) for _, e in mono) or len(inside) > 2:
                return None
            if len(inside) == 1:
                g[inside[0]] += c
            else:
                i, j = inside
                H[i][j] += c
                H[j][i] += c
        if rest and self.domain.vector(rest) is None:
            return None
        return H, g, rest

    def _by_inertia(self, H: list[list[Fraction]]) -> Shape:
        rows = frozenset(tuple(row) for row in H if any(row))
        convex, concave = semidefinite(H), semidefinite([[-c for c in row] for row in H])
        return Shape(convex, concave, strict=rows if convex or concave else frozenset())

    def _log_sum(self, tree: Tree) -> frozenset[Vector]:
        """log Σ cᵢ·exp(aᵢ·x + bᵢ) is strictly convex along d unless all aᵢ·d are equal."""
        vectors = [self._exponent(term) for term in _terms(tree)]
        found = [v for v in vectors if v is not None]
        if len(found) < len(vectors):
            return frozenset()
        differences = [tuple(a - b for a, b in zip(v, found[0], strict=True)) for v in found[1:]]
        return frozenset(v for v in differences if any(v))

    def _exponent(self, term: Tree) -> Vector | None:
        """a for c·exp(a·x + b) with c > 0."""
        if term.op == "exp":
            return self._vector(term.args[0])
        vector = self._vector(term)
        if vector is not None:
            return vector if not any(vector) and self.domain.of(term).positive else None
        if term.op == "mul" and len(term.args) == 2:
            for c, e in (term.args, term.args[::-1]):
                numbers = self._vector(c)
                if e.op == "exp" and numbers is not None and not any(numbers) and self.domain.of(c).positive:
                    return self._vector(e.args[0])
        return None

    # ------------------------------------------------------------------------------------------ products
    def _product(self, args: Sequence[Tree]) -> Shape:
        if odd := sum(arg.op == "neg" for arg in args):
            shape = self._product([arg.args[0] if arg.op == "neg" else arg for arg in args])
            return shape.completed(Range(Fraction(0), None, True)).negated() if odd % 2 else shape
        numbers = [arg for arg in args if (v := self._vector(arg)) is not None and not any(v)]
        rest = [arg for arg in args if arg not in numbers]
        ranges = [self.domain.of(c) for c in numbers]
        negative = sum(r.negated().positive for r in ranges) % 2 == 1
        if not rest or not all(r.positive or r.negated().positive for r in ranges):
            return Shape()
        if len(rest) == 1:
            shape = self.of(rest[0])
            return shape.negated() if negative else shape
        if len(rest) == 2 and rest[0] == rest[1]:
            shape = self._power(rest[0], Fraction(2))
            return shape.negated() if negative else shape
        shapes = [self.of(arg) for arg in rest]
        shape = Shape(
            log_convex=all(s.log_convex for s in shapes),
            log_concave=all(s.log_concave for s in shapes),
            quasiconvex=self._monotone_ratio(rest),
        )
        return shape.completed(Range(Fraction(0), None, True)).negated() if negative else shape

    def _monotone_ratio(self, args: Sequence[Tree]) -> bool:
        """u/v with u ≥ 0 convex and v > 0 concave, or u and v both affine, v > 0."""
        if len(args) != 2:
            return False
        for u, w in (args, args[::-1]):
            if w.op != "pow" or literal(w.args[1]) != -1:
                continue
            v = w.args[0]
            if self.domain.of(v).positive and self.of(v).concave:
                affine = self._vector(u) is not None and self._vector(v) is not None
                if affine or (self.domain.of(u).nonneg and self.of(u).convex):
                    return True
        return False

    def _ratio(self, tree: Tree, form: Form | None) -> Shape:
        """A quadratic q over an affine l > 0: q = l·(affine) + r with r = q where l = 0; r/l is convex for r ⪰ 0."""
        if tree.op != "div" or form is None:
            return Shape()
        top, bottom = self._form(tree.args[0]), self._form(tree.args[1])
        if top is None or bottom is None or (q := self.quadratic(top)) is None:
            return Shape()
        line_, r = self.quadratic(bottom), self.domain.of(tree.args[1])
        if line_ is None or any(map(any, line_[0])) or known(line_[2]) is None or known(q[2]) is None:
            return Shape()
        if not r.positive and not r.negated().positive:
            return Shape()
        sign = 1 if r.positive else -1
        matrix = augmented(q, sign)
        line = [*(sign * c for c in line_[1]), sign * (known(line_[2]) or Fraction(0))]
        i = next((k for k, c in enumerate(line[:-1]) if c), None)
        if i is None:
            return Shape()
        rest = eliminated(matrix, line, i)
        strict = frozenset([tuple(line_[1])]) if len(rest) == 1 and rest[0][0] else frozenset()
        return Shape(
            semidefinite(rest),
            semidefinite([[-c for c in row] for row in rest]),
            quasiconvex=not any(any(row) for row in q[0]),
            quasiconcave=not any(any(row) for row in q[0]),
            strict=strict,
        )

    def _factors(self, tree: Tree, p: Fraction = Fraction(1)) -> tuple[Fraction, list[tuple[Tree, Fraction]]]:
        """c and powers with tree = c·Π u^e, the bases that need it being nonnegative."""
        op, args = tree.op, tree.args
        if op == "neg":
            c, found = self._factors(args[0], p)
            return -c, found
        if op == "mul" or op == "div":
            total = Fraction(1)
            factors: list[tuple[Tree, Fraction]] = []
            for k, arg in enumerate(args):
                c, found = self._factors(arg, -p if op == "div" and k else p)
                total, factors = total * c, factors + found
            return total, factors
        value = literal(tree)
        if value is not None and p.denominator == 1 and value:
            return value**p.numerator, []
        power = Fraction(1, 2) if op == "sqrt" else literal(args[1]) if op == "pow" else None
        if power is not None:
            c, found = self._factors(args[0])
            if power.denominator == 1:
                return c ** int(power * p), [(u, e * power * p) for u, e in found]
            if c == 1 and all(self.domain.of(u).nonneg for u, _ in found):
                return c, [(u, e * power * p) for u, e in found]
            return Fraction(1), [(args[0], power * p)]
        return Fraction(1), [(tree, p)]

    def _powers(self, tree: Tree, form: Form | None) -> Shape:
        """c·Π uᵢ^pᵢ: geometric means, and one power ≥ 1 + Σq over positive powers."""
        if tree.op not in ("mul", "div", "pow", "sqrt"):
            return Shape()
        c, listed = self._factors(tree)
        exponents: dict[Tree, Fraction] = {}
        for u, e in listed:
            exponents[u] = exponents.get(u, Fraction(0)) + e
        ups = [(u, e) for u, e in exponents.items() if e > 0]
        downs = [(u, -e) for u, e in exponents.items() if e < 0]
        shape = Shape()
        if all(self.domain.of(u).nonneg and self.of(u).concave for u, _ in ups) and not downs:
            shape = replace(shape, concave=sum(e for _, e in ups) <= 1)
        if len(ups) == 1 and all(self.domain.of(v).positive and self.of(v).concave for v, _ in downs):
            u, p = ups[0]
            even = p.denominator == 1 and p % 2 == 0 and self._vector(u) is not None
            fits = even or (self.domain.of(u).nonneg and self.of(u).convex)
            shape = replace(shape, convex=fits and p >= 1 + sum(q for _, q in downs))
        return shape if c > 0 else shape.negated()

    def _norm(self, tree: Tree, form: Form | None) -> Shape:
        """q^p, p ≥ 1/2, for a quadratic q that is a sum of squares of affine functions; q^(1/2) is a Euclidean norm."""
        power = Fraction(1, 2) if tree.op == "sqrt" else literal(tree.args[1]) if tree.op == "pow" else None
        if power is None or power < Fraction(1, 2):
            return Shape()
        inside = self._form(tree.args[0])
        q = None if inside is None else self.quadratic(inside)
        if q is None or known(q[2]) is None:
            return Shape()
        matrix = augmented(q, 1)
        strict: frozenset[Vector] = frozenset()
        if semidefinite(matrix) and len(reduce_rows(matrix)[1]) == len(matrix):
            strict = frozenset(tuple(Fraction(int(i == j)) for j in range(len(q[1]))) for i in range(len(q[1])))
        return Shape(convex=semidefinite(matrix), strict=strict)

    def _entropy(self, tree: Tree, form: Form | None) -> Shape:
        """u·log w with u ≥ 0 affine: convex where u/w is affine, concave where u·w is."""
        if tree.op != "mul":
            return Shape()
        c, rest = Fraction(1), []
        for arg in tree.args:
            value = literal(arg)
            if value is not None:
                c *= value
            elif arg.op == "neg":
                c = -c
                rest.append(arg.args[0])
            else:
                rest.append(arg)
        if len(rest) != 2 or not c:
            return Shape()
        for u, w in (rest, rest[::-1]):
            vector = self._vector(u)
            if w.op != "log" or vector is None or not self.domain.of(u).nonneg:
                continue
            same = self.domain.engine.equal(u, w.args[0])
            v = self._vector(num(1) if same else make("div", u, w.args[0]))
            other = self._vector(make("mul", u, w.args[0]))
            if v is None and other is None:
                continue
            fixed = v is not None and not any(v)
            shape = Shape(
                v is not None, other is not None, strict=frozenset([vector]) if fixed and any(vector) else frozenset()
            )
            return shape if c > 0 else shape.negated()
        return Shape()

    def _perspective(self, tree: Tree, form: Form | None) -> Shape:
        """u·h(v/u) for affine u > 0 and v: convex (concave) where h is."""
        if tree.op != "mul" or len(tree.args) != 2:
            return Shape()
        for u, part in (tree.args, tree.args[::-1]):
            vector = self._vector(u)
            if vector is None or not any(vector) or not self.domain.of(u).positive:
                continue
            ratios = {node for node in part.walk() if node.op == "div" and node.args[1] == u}
            tops = {node.args[0] for node in ratios}
            if len(tops) != 1 or self._vector(next(iter(tops))) is None:
                continue
            name = "perspective"
            inner = _replaced(part, next(iter(ratios)), Tree("var", (), name))
            if any(depends(inner, other) for other in self.domain.names) or name in self.domain.names:
                continue
            r = self.domain.of(next(iter(ratios)))
            z = Tree("var", (), name)
            conditions = [make("lt", num(0), z)] if r.positive else []
            try:
                domain = Domain([name], conditions)
                require_defined(domain, inner)
                shape = Curvature(domain).of(inner)
            except Rejected:
                continue
            return Shape(shape.convex, shape.concave)
        return Shape()


def _replaced(tree: Tree, part: Tree, by: Tree) -> Tree:
    if tree == part:
        return by
    return make(tree.op, *(_replaced(arg, part, by) for arg in tree.args)) if tree.args else tree


def _terms(tree: Tree) -> list[Tree]:
    """The terms of a sum, signs inside."""
    if tree.op == "add":
        return [term for arg in tree.args for term in _terms(arg)]
    if tree.op == "neg":
        return [make("neg", term) for term in _terms(tree.args[0])] if tree.args[0].op == "add" else [tree]
    if tree.op == "div" and tree.args[0].op in ("add", "neg"):
        return [make("div", term, tree.args[1]) for term in _terms(tree.args[0])]
    return [tree]


def require_defined(domain: Domain, tree: Tree) -> None:
    """Every part of the tree has a value on the domain."""
    for node in tree.walk():
        if node.sort == () and node.op not in ("case", "Piecewise"):
            for predicate, part in obligations(node):
                domain.require(predicate, part)


def strongly(curvature: Curvature, tree: Tree, mu: Fraction) -> Shape:
    """The shape of f − mu/2·|x|²."""
    total: Form = {}
    for name in curvature.domain.names:
        x = curvature.algebra.atom("var", name, 0, 0)
        total = add(total, curvature.algebra.times(x, curvature.algebra.times(x, constant(-mu / 2))))
    return curvature.sum(_terms(tree), total)
