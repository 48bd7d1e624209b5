"""A function along a line through a point: slopes and second differences from both sides."""

from __future__ import annotations

from fractions import Fraction

from hessmath.verify.kernel.algebra import Form, add, constant, scale
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.scalar import Exactly, Scalar, form_of
from hessmath.verify.kernel.series import ONE, Near, Series, exactly, small
from hessmath.verify.kernel.slopes import derivative
from hessmath.verify.kernel.trees import Rejected, text


class Line:
    """f along the line p + t·d, from both sides."""

    def __init__(self, scalar: Scalar, values: list[Exactly], direction: list[Fraction], algebra: Exact) -> None:
        self.scalar, self.direction, self.algebra = scalar, direction, algebra
        centre = [form_of(value, algebra) for value in values]
        at_point = scalar.point(values, algebra)
        if bad := at_point.undefined(scalar.f):
            raise Rejected(f"{text(bad)} is undefined at the point")
        self.value = exactly(at_point.engine.scalar(scalar.f))
        self.sides = [
            Near(
                algebra,
                {
                    name: Series({ONE: p} | dict(small(1, side * d).terms))
                    for name, p, d in zip(scalar.names, centre, direction, strict=True)
                },
            )
            for side in (1, -1)
        ]

    def slope(self, side: int) -> Form | str:
        """The limit of (f(p + td) − f(p))/t as t tends to 0 from one side: a form, "oo", "-oo" or "none"."""
        near = self.sides[side]
        change = near.minus(near.value(self.scalar.f), self.value)
        return near.limit(near.times(change, small(-1, 1 - 2 * side)))

    def second(self, side: int) -> Form | str:
        """The limit of (f(p + td) + f(p − td) − 2f(p))/t²."""
        near = self.sides[0]
        both = near.add(*(part.value(self.scalar.f) for part in self.sides))
        return near.limit(near.times(near.minus(both, near.scale(self.value, constant(2))), small(-2)))

    def bend(self, side: int, slope: Form) -> Form | str:
        """The limit of (φ′(t) − φ′(0))/t from one side, for φ(t) = f(p + td); φ is smooth for small t ≠ 0."""
        near = self.sides[side]
        branch = near.branch(self.scalar.f)
        parts = [
            near.scale(near.value(derivative(branch, name)), constant(d))
            for name, d in zip(self.scalar.names, self.direction, strict=True)
            if d
        ]
        return near.limit(near.times(near.minus(near.add(*parts), exactly(slope)), small(-1, 1 - 2 * side)))

    def differ(self, a: Form | str, b: Form | str) -> bool:
        """Whether two limits are different, or one of them is not a number."""
        if isinstance(a, str) or isinstance(b, str):
            return True
        return self.sides[0].sign(add(a, scale(b, -1))) != 0
