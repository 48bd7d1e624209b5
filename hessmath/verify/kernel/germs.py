"""Rational functions of small parameters: a condition or sign is read off the lowest term.

The lowest term decides for all small enough values of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from hessmath.verify.kernel.algebra import UNIT, Algebra, Form, Undefined, add
from hessmath.verify.kernel.entries import Entries
from hessmath.verify.kernel.pieces import in_pieces
from hessmath.verify.kernel.scalar import Scalar
from hessmath.verify.kernel.trees import (
    Rejected,
    Tree,
    make,
    minus,
    num,
    obligations,
    plain,
    text,
)


class Germ:
    """f as a quotient of polynomials in small parameters, the first much smaller than the second.

    ``one_sided`` parameters are positive; otherwise they have either sign.  ``rewrite`` brings other forms into
    this shape, as far as signs are concerned.  Abs, sign, Max, Min and
    Piecewise are resolved by the sign of a lowest term, which holds for all small enough values.
    """

    def __init__(
        self, algebra: Algebra, small: Sequence[int], one_sided: bool, rewrite: Callable[[Form], Form] | None = None
    ) -> None:
        self.algebra, self.small, self.one_sided = algebra, small, one_sided
        self.rewrite = rewrite or (lambda form: form)

    def value(self, scalar: Scalar, values: Sequence[Form | Fraction]) -> Form:
        """The form of f at coordinates that contain the parameters; f has a value for all small enough ones."""
        engine, f = self._engine(scalar, values), in_pieces(scalar.f)
        self._require_defined(engine, f)
        return engine.scalar(f)

    def holds(self, scalar: Scalar, values: Sequence[Form | Fraction], tree: Tree) -> bool:
        """Whether a condition is true (False: false) for all small enough parameters."""
        engine, condition = self._engine(scalar, values), in_pieces(plain(tree, {}))
        self._require_defined(engine, condition)
        return self._holds(engine, condition)

    def _engine(self, scalar: Scalar, values: Sequence[Form | Fraction]) -> Entries:
        engine = Entries(scalar.at(values), decide=lambda tree: self._holds(engine, tree), algebra=self.algebra)
        return engine

    def _require_defined(self, engine: Entries, tree: Tree) -> None:
        if tree.op == "Piecewise":
            for case in tree.args:
                self._require_defined(engine, case.args[1])
                if self._holds(engine, case.args[1]):
                    self._require_defined(engine, case.args[0])
                    return
            raise Undefined("no case of Piecewise applies near the point")
        for arg in tree.args:
            self._require_defined(engine, arg)
        for predicate, part in obligations(tree):
            if part.shape or predicate not in AS_RELATION or not self._holds(engine, make(predicate, part)):
                raise Undefined(f"{text(tree)} is not shown to have a value near the point")

    def _holds(self, engine: Entries, tree: Tree) -> bool:
        if tree.op in ("true", "false"):
            return tree.op == "true"
        if tree.op in ("and", "or"):
            return (all if tree.op == "and" else any)(self._holds(engine, arg) for arg in tree.args)
        if tree.op == "not":
            return not self._holds(engine, tree.args[0])
        if tree.op in AS_RELATION and not tree.args[0].shape:
            tree = make(AS_RELATION[tree.op], num(0), tree.args[0])
        if tree.op not in ("eq", "ne", "lt", "le"):
            raise Rejected(f"{text(tree)} is not decided near the point")
        top, bottom = self.quotient(self.rewrite(engine.scalar(minus(tree.args[1], tree.args[0]))))
        if not top or tree.op in ("eq", "ne"):
            return (not top) == (tree.op in ("eq", "le"))
        return self._sign(top) * self._sign(bottom) > 0

    def _sign(self, form: Form) -> int:
        for atom in self.small:
            low = min(dict(mono).get(atom, 0) for mono, _ in form)
            if low % 2 and not self.one_sided:
                raise Rejected("a sign differs on the two sides")
            form = {key: c for key, c in form.items() if dict(key[0]).get(atom, 0) == low}
        ((_, c),) = form.items()
        return 1 if c > 0 else -1

    def quotient(self, form: Form, parameters: bool = False) -> tuple[Form, Form]:
        """Numerator and denominator: polynomials in the parameters (or also in the variables)."""
        algebra, bottom = self.algebra, UNIT
        while sums := [a for mono, _ in form for a, _ in mono if algebra.keys[a][0] == "sum"]:
            atom = max(sums)
            base = dict(algebra.keys[atom][1])
            exponents = [dict(mono).get(atom, 0) for mono, _ in form]
            shift = max(0, -min(exponents))
            total: Form = {}
            for (mono, _), c in form.items():
                rest: Form = {(tuple(pair for pair in mono if pair[0] != atom), ()): c}
                total = add(total, algebra.times(algebra.power(base, dict(mono).get(atom, 0) + shift), rest))
            inner_top, inner_bottom = self.quotient(algebra.power(base, shift), parameters)
            form, bottom = algebra.times(total, inner_bottom), algebra.times(bottom, inner_top)
        for atom in sorted({a for mono, _ in form for a, _ in mono} | {a for mono, _ in bottom for a, _ in mono}):
            if atom not in self.small and not (parameters and algebra.keys[atom][0] == "var"):
                raise Rejected("only rational functions are studied near a point")
            shift = max(0, -min((dict(mono).get(atom, 0) for part in (form, bottom) for mono, _ in part), default=0))
            factor: Form = {(((atom, shift),) if shift else (), ()): Fraction(1)}
            form, bottom = algebra.times(form, factor), algebra.times(bottom, factor)
        if not bottom:
            raise Undefined("a division by zero near the point")
        return form, bottom

    def lead(self, form: Form, atom: int) -> tuple[int, Form]:
        """The lowest power of a parameter and its coefficient; any power for zero."""
        low = min((dict(mono).get(atom, 0) for mono, _ in form), default=0)
        kept = {key: c for key, c in form.items() if dict(key[0]).get(atom, 0) == low}
        return low, {(tuple(pair for pair in mono if pair[0] != atom), w): c for (mono, w), c in kept.items()}

    def limit(self, form: Form, atom: int) -> Form:
        """The limit as a parameter goes to zero, when it is finite."""
        top, bottom = self.quotient(form)
        (m, a), (n, b) = self.lead(top, atom), self.lead(bottom, atom)
        if not top or m > n:
            return {}
        if m < n:
            raise Rejected("the limit is not finite")
        return self.algebra.times(a, self.algebra.invert(b))


AS_RELATION = {"positive": "lt", "nonneg": "le", "nonzero": "ne"}
"""What a sign of a scalar says as a relation with 0 on the left."""
