"""Equations between scalar formulas and their derivatives, on a set given by inequalities, one variable letter each.

Definedness: every denominator, logarithm, root and kink keeps its sign by the ranges of ``ranges`` on the set where
the hypotheses hold (every obligation is an open condition or holds on the whole set, and derivatives are taken only
where what they need is strict).  Derivatives are written out by the chain rule, cases are replaced by the one that
holds strictly, and both sides are compared in an algebra that knows the addition theorems of sine and cosine.
"""

from __future__ import annotations

from fractions import Fraction

from hessmath.verify.kernel.algebra import UNIT, Form, add, scale
from hessmath.verify.kernel.convex_rules import on_piece
from hessmath.verify.kernel.curvature import require_defined
from hessmath.verify.kernel.entries import Entries
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.pieces import in_pieces
from hessmath.verify.kernel.proofs import Claim, conjuncts
from hessmath.verify.kernel.ranges import Domain
from hessmath.verify.kernel.slopes import derivative
from hessmath.verify.kernel.trees import ONE, Rejected, Size, Tree, make, minus, plain, smoothness, text

MAX_MULTIPLE = 8


class Angles(Exact):
    """Sine and cosine of sums written out: sin(a + b) = sin a cos b + cos a sin b, and so for integer multiples."""

    def apply(self, name: str, form: Form, rows: Size = ONE, columns: Size = ONE) -> Form:
        """A function of one argument."""
        if name in ("sin", "cos") and (rows, columns) == (ONE, ONE):
            parts = [({key: Fraction(1)}, c) for key, c in form.items()]
            if len(parts) <= 3 and all(c.denominator == 1 and abs(c) <= MAX_MULTIPLE for _, c in parts):
                sine: Form = {}
                cosine = UNIT
                for part, c in parts:
                    s, t = super().apply("sin", part), super().apply("cos", part)
                    s = scale(s, 1 if c > 0 else -1)
                    for _ in range(abs(int(c))):
                        sine, cosine = (
                            add(self.times(sine, t), self.times(cosine, s)),
                            add(self.times(cosine, t), scale(self.times(sine, s), -1)),
                        )
                return sine if name == "sin" else cosine
        return super().apply(name, form, rows, columns)


def calculus(claim: Claim) -> None:
    """Refuse unless the claim, a conjunction of equations, holds on its set."""
    if claim.field != "real" or any(claim.variables.values()):
        raise Rejected("calculus is about real scalar variables")
    names = list(claim.variables)
    area = Domain(names, claim.hypotheses)
    for hypothesis in claim.hypotheses:
        require_defined(Domain(names, []), plain(hypothesis, {}))
    parts = conjuncts(plain(claim.claim, {}))
    engine = Entries(algebra=Angles())
    for part in parts:
        if part.op != "eq" or part.args[0].shape or part.args[1].shape:
            raise Rejected(f"{text(part)} is not an equation between scalars")
        sides = [_written_out(area, arg) for arg in part.args]
        for side in sides:
            require_defined(area, side)
        if not engine.is_zero(minus(*sides)):
            raise Rejected(f"the two sides of {text(part)} are not shown to be equal")


def _written_out(area: Domain, tree: Tree) -> Tree:
    """The tree without derivatives and cases, once it is shown to be smooth where derivatives are taken."""
    if tree.op == "gradient" and tree.args[1].op == "var":
        inner = _written_out(area, tree.args[0])
        require_defined(area, inner)
        for predicate, part in smoothness(make("gradient", inner, tree.args[1]), by_inverse=False):
            area.require(predicate, part)
        return derivative(inner, str(tree.args[1].value))
    if tree.op in ("Max", "Min", "sign", "Heaviside", "Piecewise"):
        return _written_out(area, on_piece(area, in_pieces(tree), strictly=True))
    if not tree.args:
        return tree
    return make(tree.op, *(_written_out(area, arg) for arg in tree.args))
