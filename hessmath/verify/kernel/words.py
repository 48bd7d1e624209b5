"""The engine for all sizes: expressions as forms over a free algebra of matrices.

Variables and their transposes are letters; inv(P) is a letter known by the form of P; sums, products,
transposes, traces, entrywise products, diag, outer products and differentials are computed; every other
operation is an opaque letter or atom known by the forms and shapes of its arguments.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from hessmath.verify.kernel.algebra import UNIT, Algebra, Derivation, Form, Word, add, constant, freeze, known, scale
from hessmath.verify.kernel.trees import (
    DERIVATIVES,
    FUNCTIONS,
    MAX_POWER,
    ONE,
    Rejected,
    Shape,
    Size,
    Tree,
    literal,
    minus,
    size_of,
    text,
)


def dims(shape: Shape) -> tuple[Size, Size]:
    """Rows and columns: a vector is a column, a scalar is 1×1."""
    rows, columns, *_ = (*shape, ONE, ONE)
    return rows, columns


def exponent(tree: Tree) -> int | Fraction | None:
    """The literal exponent of a power, as an int when it is one."""
    value = literal(tree.args[1])
    return int(value) if value is not None and value.denominator == 1 else value


class Words:
    """Normal forms of plain trees at every size; ``symmetric`` names the variables known to be symmetric."""

    by_inverse = True

    def __init__(self, symmetric: Iterable[str] = ()) -> None:
        self.algebra = Algebra(symmetric)
        self._fresh = 0

    def is_zero(self, tree: Tree) -> bool:
        """Whether the expression is zero (True is a proof)."""
        return self.algebra.is_zero(self.normal(tree))

    def equal(self, a: Tree, b: Tree) -> bool:
        """Whether two expressions of one shape are equal (True is a proof)."""
        return a.shape == b.shape and self.is_zero(minus(a, b))

    def constant(self, tree: Tree) -> Fraction | None:
        """The rational number a scalar is, where it is one for every value."""
        return known(self.normal(tree)) if tree.shape == () else None

    def normal(self, tree: Tree) -> Form:
        """The form of an expression."""
        algebra, args, op = self.algebra, tree.args, tree.op
        rows, columns = dims(tree.shape)
        if op == "num":
            return constant(Fraction(str(tree.value)))
        if op == "size":
            return algebra.atom("size", tree.value)
        if op == "var":
            if tree.shape == ():
                return algebra.atom("var", tree.value)
            return algebra.letter("var", rows, columns, tree.value)
        if op in ("zeros", "eye", "ones"):
            return {((), algebra.ones(rows, columns) if op == "ones" else ()): Fraction(1)} if op != "zeros" else {}
        if op in DERIVATIVES:
            return self._derivative(tree)
        if op == "pi":
            return algebra.atom("pi")
        if op == "K":
            return algebra.letter("K", rows, columns, *map(size_of, args))
        if any(isinstance(arg.sort, str) for arg in args):
            return self._opaque(tree)
        forms = [self.normal(arg) for arg in args]
        first, shape = forms[0], args[0].shape
        if op in ("add", "mul", "div", "pow"):
            return self._arithmetic(tree, forms)
        if op == "neg":
            return scale(first, -1)
        if op == "matmul":
            for arg, form in zip(args[1:], forms[1:], strict=True):
                product = algebra.times(algebra.transpose(first) if len(shape) == 1 else first, form)
                row = len(shape) == 1 and len(arg.shape) == 2
                first, shape = algebra.transpose(product) if row else product, shape[:-1] + arg.shape[1:]
            return first
        if op == "T":
            return algebra.transpose(first) if len(shape) == 2 else first
        if op == "trace":
            return algebra.trace(first, shape[0])
        if op == "inv":
            return self._inverse(first, shape)
        if op in FUNCTIONS:
            return algebra.apply(op, first, rows, columns)
        if op in ("Max", "Min", "atan2") and not tree.shape:
            return algebra.extreme(op, forms)
        if op == "det" and first != UNIT:
            return algebra.atom("fn", "det", shape[0], min(freeze(first), freeze(algebra.transpose(first))))
        if op == "det":
            return UNIT
        if op == "outer":
            return algebra.times(first, algebra.transpose(forms[1]))
        if op in ("diag", "diagpart", "diagvec"):
            size = shape[0]
            spread = algebra.times(first, self._ones(ONE, size)) if op == "diag" else first
            diagonal = algebra.entrywise([UNIT, spread], size, size)
            return algebra.times(diagonal, self._ones(size, ONE)) if op == "diagvec" else diagonal
        if op in ("sum", "softmax", "logsumexp"):
            inside = first if op == "sum" else algebra.apply("exp", first, *dims(shape))
            r, c = dims(shape)
            total = algebra.times(algebra.times(self._ones(ONE, r), inside), self._ones(c, ONE))
            if op == "softmax":
                return algebra.times(algebra.invert(total), inside)
            return total if op == "sum" else algebra.apply("log", total)
        if op in ("kron", "vec"):
            parts = [(*dims(arg.shape), form) for arg, form in zip(args, forms, strict=True)]
            return algebra.linear(op, rows, columns, *parts)
        if op == "index":
            units = [algebra.letter("unit", n, ONE, str(literal(arg))) for n, arg in zip(shape, args[1:], strict=True)]
            left = algebra.times(algebra.transpose(units[0]), first)
            return left if len(units) == 1 else algebra.times(left, units[1])
        return self._opaque(tree)

    def _ones(self, rows: Size, columns: Size) -> Form:
        return {((), self.algebra.ones(rows, columns)): Fraction(1)}

    def _arithmetic(self, tree: Tree, forms: list[Form]) -> Form:
        algebra, op, args = self.algebra, tree.op, tree.args
        rows, columns = dims(tree.shape)
        spread = [  # a scalar among arrays means that multiple of the all-ones array
            algebra.times(form, self._ones(rows, columns)) if arg.shape != tree.shape else form
            for arg, form in zip(args, forms, strict=True)
        ]
        if op == "add":
            return add(*spread)
        if op == "mul":
            scalars = [form for arg, form in zip(args, forms, strict=True) if arg.shape == ()]
            arrays = [form for arg, form in zip(args, forms, strict=True) if arg.shape != ()]
            total = algebra.entrywise(arrays, rows, columns) if arrays else UNIT
            for form in scalars:
                total = algebra.times(form, total)
            return total
        if op == "div":
            if args[1].shape == ():
                return algebra.times(algebra.invert(forms[1]), spread[0])
            return algebra.entrywise([spread[0], algebra.apply("recip", forms[1], rows, columns)], rows, columns)
        power = exponent(tree)
        if isinstance(power, int):
            base = forms[0] if power >= 0 else algebra.apply("recip", forms[0], rows, columns)
            if tree.shape == ():
                return algebra.power(base, abs(power))
            if abs(power) > MAX_POWER:
                raise Rejected(f"the power {power} is too large for the checker")
            return algebra.entrywise([base] * abs(power), rows, columns) if power else self._ones(rows, columns)
        if tree.shape != ():
            return self._opaque(tree)
        if power is not None:
            return algebra.real_power(forms[0], power)
        if any(leaf.op == "size" for leaf in args[1].walk()):
            return algebra.atom("opaque", "pow", freeze(forms[0]), freeze(forms[1]))
        return algebra.apply("exp", algebra.times(forms[1], algebra.apply("log", forms[0])))

    def _inverse(self, form: Form, shape: Shape) -> Form:
        if shape == ():
            return self.algebra.invert(form)
        if len(form) != 1:  # a zero form too: that inv is defined has been shown, or it would not be here
            return self.algebra.letter("inv", *shape, freeze(form))
        ((mono, word), c) = next(iter(form.items()))
        scalar = self.algebra.invert({(mono, ()): c})  # inv(c·w) = inv(w)/c
        bare: Form = {((), word): Fraction(1)}
        return self.algebra.times(scalar, self.algebra.letter("inv", *shape, freeze(bare)) if word else UNIT)

    def _opaque(self, tree: Tree) -> Form:
        """Known by its operation and by the forms and shapes of its arguments."""
        cells = [cell for arg in tree.args for cell in (arg.args if arg.op == "row" else (arg,))]
        if any(isinstance(cell.sort, str) for cell in cells):
            raise Rejected(f"{text(tree)} needs concrete sizes or values")
        layout = ";".join(str(len(arg.args)) for arg in tree.args if arg.op == "row")
        shapes = ";".join(",".join(map(str, cell.shape)) for cell in cells)
        data = [freeze(self.normal(cell)) for cell in cells]
        if tree.op in ("pinv", "adj", "expm", "eigL"):
            return self.algebra.letter(tree.op, *dims(tree.shape), data[0])
        key = (f"{tree.op}({layout}|{shapes})", *data)
        if tree.shape == ():
            return self.algebra.atom("opaque", *key)
        return self.algebra.letter("opaque", *dims(tree.shape), *key)

    # ---------------------------------------------------------------------------------- derivatives
    def _derivative(self, tree: Tree) -> Form:
        """D f[V] for a fresh direction V, and what stands next to V.

        Each term of D f[V] holds V once, so trace(V u) shows the gradient uᵀ, and u V the Jacobian u.
        """
        algebra, op, (f, x, *directions) = self.algebra, tree.op, tree.args
        if x.value in algebra.symmetric:
            raise Rejected("the variable of a derivative varies freely")
        form = self.normal(f)
        if op in ("dirderiv", "dirderiv2"):
            for direction in directions:
                form = self._along(form, x, self.normal(direction))
            return form
        if x.shape == ():
            return self._along(self._along(form, x, UNIT), x, UNIT) if op == "hessian" else self._along(form, x, UNIT)
        rows, columns = dims(x.shape)
        if op == "jacobian":
            return self._jacobian(form, x, *dims(f.shape))
        gradient = self._gradient(form, x)
        if op == "hessian":
            if len(x.shape) != 1:
                raise Rejected("the Hessian in a matrix needs concrete sizes")
            return self._jacobian(gradient, x, rows, columns)
        if op == "gradient":
            return gradient
        diagonal = algebra.entrywise([UNIT, gradient], rows, columns)
        if op == "gradient_diag":
            return algebra.times(diagonal, self._ones(rows, ONE))
        return add(gradient, algebra.transpose(gradient), scale(diagonal, -1))

    def _along(self, form: Form, x: Tree, direction: Form) -> Form:
        key = ("var", x.value) if x.shape == () else ("var", *dims(x.shape), x.value)
        return Derivation(self.algebra, {self.algebra.number(*key): direction})(form)

    def _direction(self, x: Tree) -> int:
        self._fresh += 1
        return self.algebra.number("var", *dims(x.shape), f"direction {self._fresh}")

    def _gradient(self, form: Form, x: Tree) -> Form:
        v = self._direction(x)
        if dims(x.shape) == (ONE, ONE):
            raise Rejected("write a variable of one entry as a scalar")
        parts = [self._beside(mono, c, v) for (mono, _), c in self._along(form, x, {((), (v,)): Fraction(1)}).items()]
        return add(*(self.algebra.times(scalar, {((), word): Fraction(1)}) for scalar, word in parts))

    def _beside(self, mono: tuple[tuple[int, int], ...], c: Fraction, v: int) -> tuple[Form, Word]:
        """A scalar term c·mono that is linear in V as (s, w) with value s·trace(wᵀV)."""
        algebra = self.algebra
        for position, (atom, e) in enumerate(mono):
            kind, *data = algebra.keys[atom]
            words = [data[0]] if kind == "tr" else list(data[0]) if kind == "dot" else []
            for place, word in enumerate(words):
                sides = [w for w in (word, algebra.flip_word(word)) if v in w]
                if not sides or e != 1:
                    continue
                rest: Form = {(mono[:position] + mono[position + 1 :], ()): c}
                if kind == "tr":
                    cut = sides[0].index(v)
                    return rest, algebra.flip_word(sides[0][cut + 1 :] + sides[0][:cut])
                if v in word:  # Σ M∘(pVq) = trace(Mᵀ p V q), so the gradient is pᵀ M qᵀ
                    cut = word.index(v)
                    others: list[Form] = [{((), w): Fraction(1)} for i, w in enumerate(words) if i != place]
                    (((_, middle), _),) = algebra.entrywise(others, data[1], data[2]).items()
                    return rest, algebra.flip_word(word[:cut]) + middle + algebra.flip_word(word[cut + 1 :])
                flipped = tuple(map(algebra.flip_word, words))
                turned = algebra.number("dot", flipped, data[2], data[1])
                return self._beside((*mono[:position], (turned, 1), *mono[position + 1 :]), c, v)
        raise Rejected("the checker cannot separate the direction from this differential")

    def _jacobian(self, form: Form, x: Tree, rows: Size, columns: Size) -> Form:
        algebra, v = self.algebra, self._direction(x)
        if len(x.shape) != 1 or columns != ONE or ONE in (rows, x.shape[0]):
            raise Rejected("a Jacobian for all sizes is of a vector in a vector")
        total: Form = {}
        for (mono, word), c in self._along(form, x, {((), (v,)): Fraction(1)}).items():
            left: Form = {(mono, word[:-1]): c}
            last = algebra.keys[word[-1]]
            if word[-1] == v:
                part = left
            elif last[0] == "had" and any(w and w[-1] == v for w in last[3]):  # d∘(pV) = diag(d) p V
                place = next(i for i, w in enumerate(last[3]) if w[-1] == v)
                others: list[Form] = [{((), w): Fraction(1)} for i, w in enumerate(last[3]) if i != place]
                n = last[1]
                column = algebra.times(algebra.entrywise(others, n, ONE), self._ones(ONE, n))
                part = algebra.times(
                    algebra.times(left, algebra.entrywise([UNIT, column], n, n)),
                    {((), last[3][place][:-1]): Fraction(1)},
                )
            else:
                scalar, beside = self._beside(mono, c, v)
                part = algebra.times(scalar, {((), word + algebra.flip_word(beside)): Fraction(1)})
            total = add(total, part)
        return total
