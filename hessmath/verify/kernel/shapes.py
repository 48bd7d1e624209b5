"""What may be known about the curvature of an expression, and how elementary functions behave on an interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from hessmath.verify.kernel.ranges import Range

Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class Shape:
    """What is known about the curvature of an expression."""

    convex: bool = False
    concave: bool = False
    log_convex: bool = False
    log_concave: bool = False
    quasiconvex: bool = False
    quasiconcave: bool = False
    strict: frozenset[Vector] = frozenset()

    def negated(self) -> Shape:
        """The shape of −f."""
        return Shape(self.concave, self.convex, False, False, self.quasiconcave, self.quasiconvex, self.strict)

    def joined(self, other: Shape) -> Shape:
        """What two rules show together."""
        return Shape(
            self.convex or other.convex,
            self.concave or other.concave,
            self.log_convex or other.log_convex,
            self.log_concave or other.log_concave,
            self.quasiconvex or other.quasiconvex,
            self.quasiconcave or other.quasiconcave,
            self.strict | other.strict,
        )

    def completed(self, r: Range) -> Shape:
        """What follows: log-convex functions are convex, positive concave ones log-concave, convex ones quasiconvex."""
        positive = r.positive
        convex = self.convex or self.log_convex
        log_concave = self.log_concave or (self.concave and positive)
        return replace(
            self,
            convex=convex,
            log_concave=log_concave,
            quasiconvex=self.quasiconvex or convex,
            quasiconcave=self.quasiconcave or self.concave or log_concave,
        )


@dataclass(frozen=True)
class Outer:
    """How a function of one variable behaves on a range: ``strict`` curvature, ``steep`` (strict) monotonicity."""

    convex: bool = False
    concave: bool = False
    up: bool = False
    down: bool = False
    strict: bool = False
    steep: bool = True


def outer(name: str, r: Range) -> Outer:
    """The behaviour of an elementary function on an interval."""
    right, left = r.nonneg, r.negated().nonneg
    if name == "exp" or name == "softplus":
        return Outer(convex=True, up=True, strict=True)
    if name in ("log", "sqrt"):
        return Outer(concave=True, up=True, strict=True)
    if name == "Abs":
        return Outer(convex=True, concave=right or left, up=right, down=left)
    if name in ("tanh", "atan", "erf", "sigmoid"):
        return Outer(convex=left, concave=right, up=True, strict=True)
    if name in ("sinh", "tan"):
        return Outer(convex=right and name == "sinh", concave=left and name == "sinh", up=name == "sinh", strict=True)
    if name == "cosh":
        return Outer(convex=True, up=right, down=left, strict=True)
    if name == "loggamma":
        return Outer(convex=r.positive, strict=True)
    return Outer()


def outer_power(p: Fraction, r: Range) -> Outer:
    """The behaviour of t^p on an interval; p is not 0 or 1."""
    right, left = r.nonneg, r.negated().nonneg
    if p.denominator == 1 and p > 0:
        if p % 2 == 0:
            return Outer(convex=True, up=right, down=left, strict=True)
        return Outer(convex=right, concave=left, up=True, strict=True)
    if p > 0:
        return Outer(convex=p > 1, concave=p < 1, up=True, strict=True)
    if r.positive:
        return Outer(convex=True, down=True, strict=True)
    if r.negated().positive and p.denominator == 1:
        even = p % 2 == 0
        return Outer(convex=even, concave=not even, up=even, down=not even, strict=True)
    return Outer()
