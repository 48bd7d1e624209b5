"""Rules that show a function of several variables differentiable, or twice, at a point p.

``upper`` gives k with |g(p + h)| ≤ C|h|^k and ``lower`` k with |g(p + h)| ≥ c|h|^k, c > 0, for all small h ≠ 0, where
g is then also defined.  A function with f − f(p) = O(|h|^k), k > 1, is differentiable at p with derivative zero;
where moreover its partial derivatives off p are O(|h|^k), k > 1, it is twice differentiable there.  Sums, products,
quotients and smooth functions of (twice) differentiable functions are so too, and a function of one variable is if
it is along that line.  A product is differentiable if one factor is and vanishes at p, and the others are continuous.
"""

from __future__ import annotations

from fractions import Fraction

from hessmath.verify.kernel.critical import lowest_form, sign_of_definite
from hessmath.verify.kernel.exact import Exact
from hessmath.verify.kernel.lines import Line
from hessmath.verify.kernel.scalar import Exactly, Scalar, require_smooth
from hessmath.verify.kernel.slopes import derivative
from hessmath.verify.kernel.trees import Rejected, Tree, depends, literal, make, minus, named, num, obligations, text

FLAT = Fraction(1000)
"""The order of the zero function, for want of an infinite fraction."""
_SMOOTH = named("exp log sin cos tan sinh cosh tanh sigmoid softplus atan erf asin acos")
_BELOW_IDENTITY = {"sin", "tanh", "atan"}
_BOUNDED = {"cos", "sigmoid", "erf", "sign", "Heaviside"}


def differentiable(scalar: Scalar, values: list[Exactly]) -> bool:
    """Whether the rules show it."""
    return _Rules(scalar, values).differentiable(scalar.f)


def twice_differentiable(scalar: Scalar, values: list[Exactly]) -> bool:
    """Whether the rules show it."""
    return _Rules(scalar, values).twice(scalar.f)


class _Rules:
    def __init__(self, scalar: Scalar, values: list[Exactly]) -> None:
        self.scalar, self.values = scalar, values

    # ------------------------------------------------------------------------------------- at the point
    def _smooth(self, tree: Tree) -> bool:
        try:
            require_smooth(self.scalar.point(self.values), self.scalar.with_function(tree).hessian())
        except Rejected:
            return False
        return True

    def _value(self, tree: Tree) -> Fraction | None:
        point = self.scalar.point(self.values)
        if point.undefined(tree):
            raise Rejected(f"{text(tree)} is undefined at the point")
        return point.engine.constant(tree)

    def _regular(self, tree: Tree) -> bool:
        """Whether the outermost operation is smooth at the values of its arguments."""
        point = self.scalar.point(self.values)
        if tree.op in ("add", "neg", "mul"):
            return True
        if tree.op == "pow" and (power := literal(tree.args[1])) is not None:
            natural = power.denominator == 1 and power >= 0
            return natural or point.holds(make("nonzero" if power.denominator == 1 else "positive", tree.args[0]))
        if tree.op == "sqrt":
            return point.holds(make("positive", tree.args[0]))
        if tree.op in ("asin", "acos"):
            return point.holds(make("positive", minus(num(1), make("mul", tree.args[0], tree.args[0]))))
        if tree.op in _SMOOTH or tree.op in ("div", "inv"):
            return all(point.holds(make(predicate, part)) for predicate, part in obligations(tree))
        return False

    def _only(self, tree: Tree) -> list[str]:
        return [name for name in self.scalar.names if depends(tree, name)]

    def _line(self, tree: Tree, name: str) -> Line:
        direction = [Fraction(int(other == name)) for other in self.scalar.names]
        return Line(self.scalar.with_function(tree), self.values, direction, Exact())

    # -------------------------------------------------------------------------------------------- rules
    def differentiable(self, tree: Tree) -> bool:
        """Whether the rules show that the tree is differentiable at the point."""
        if self._smooth(tree):
            return True
        names = self._only(tree)
        if len(names) == 1:
            try:
                line = self._line(tree, names[0])
                return not line.differ(line.slope(0), line.slope(1))
            except Rejected:
                pass
        return self._is_flat(tree) or self._by_parts(tree) or self._by_zero_factor(tree)

    def _by_parts(self, tree: Tree) -> bool:
        try:
            return bool(tree.args) and self._regular(tree) and all(map(self.differentiable, tree.args))
        except Rejected:
            return False

    def _is_flat(self, tree: Tree, above: int = 1) -> bool:
        """Whether g − g(p) = O(|h|^k) with k above the number."""
        try:
            value = self._value(tree)
            return value is not None and self.upper(_shifted(tree, value)) > above
        except Rejected:
            return False

    def _by_zero_factor(self, tree: Tree) -> bool:
        if tree.op != "mul":
            return False
        for factor in tree.args:
            others = [arg for arg in tree.args if arg is not factor]
            try:
                if self._value(factor) == 0 and self.differentiable(factor) and all(map(self._continuous, others)):
                    return True
            except Rejected:
                continue
        return False

    def _continuous(self, tree: Tree) -> bool:
        return self._is_flat(tree, 0) or self.differentiable(tree)

    def twice(self, tree: Tree) -> bool:
        """Whether the rules show that the tree is twice differentiable at the point."""
        if self._smooth(tree):
            return True
        names = self._only(tree)
        try:
            if len(names) == 1:
                line = self._line(tree, names[0])
                right, left = line.slope(0), line.slope(1)
                if line.differ(right, left) or isinstance(right, str):
                    return False
                return not line.differ(line.bend(0, right), line.bend(1, right))
            if tree.args and self._regular(tree) and all(map(self.twice, tree.args)):
                return True
            branch = self._off_point(tree)
            slopes = [derivative(branch, name) for name in names]
            return self._is_flat(tree) and all(self.upper(slope) > 1 for slope in slopes)
        except Rejected:
            return False

    def _off_point(self, tree: Tree) -> Tree:
        """The case of a Piecewise that holds at all points near p but not at p."""
        if tree.op != "Piecewise":
            return tree
        expression, condition = tree.args[0].args
        if not self._holds_off_point(condition):
            raise Rejected("the first case does not hold at all points near the point")
        return expression

    def _holds_off_point(self, condition: Tree) -> bool:
        if condition.op in ("ne", "lt"):
            gap = minus(*condition.args[::-1])
            return self.lower(gap)[1] > 0 if condition.op == "lt" else bool(self.lower(gap))
        if condition.op == "or" and all(part.op == "ne" for part in condition.args):
            parts = [make("pow", minus(*part.args), num(2)) for part in condition.args]
            return self.lower(make("add", *parts))[1] > 0
        return False

    # ------------------------------------------------------------------------------------------- orders
    def upper(self, tree: Tree) -> Fraction:
        """k with |g(p + h)| ≤ C|h|^k for all small h ≠ 0, where g is defined."""
        op, args = tree.op, tree.args
        if self._smooth(tree):
            found = lowest_form(self.scalar.with_function(tree), self.values, keep_value=True)
            return FLAT if found is None else found[1]
        if op == "add":
            return min(map(self.upper, args))
        if op in ("neg", "Abs"):
            return self.upper(args[0])
        if op == "mul":
            return sum(map(self.upper, args), Fraction(0))
        if op in ("Max", "Min"):
            return min(map(self.upper, args))
        if op == "div":
            return self.upper(args[0]) - self.lower(args[1])[0]
        if op in ("sqrt", "pow"):
            power = Fraction(1, 2) if op == "sqrt" else literal(args[1])
            if power is None:
                raise Rejected("the exponent is not a number")
            if power < 0 or power.denominator != 1:
                if power > 0 and self._nonnegative(args[0]):
                    return self.upper(args[0]) * power
                order, sign = self.lower(args[0])
                if power.denominator != 1 and sign < 0:
                    raise Rejected("a root of negative numbers")
                return (order if power < 0 else self.upper(args[0])) * power
            return self.upper(args[0]) * power
        if op in _BELOW_IDENTITY:
            return max(self.upper(args[0]), Fraction(0))
        if op in _BOUNDED:
            self.upper(args[0])
            return Fraction(0)
        if op == "exp" and self.upper(args[0]) >= 0:
            return Fraction(0)
        if op == "Piecewise":
            for case in tree.args:
                if not all(self._everywhere(part) for part in case.args[1].walk() if part.sort != "truth"):
                    raise Rejected("a condition of Piecewise may be undefined")
            if tree.args[-1].args[1].op != "true":
                raise Rejected("no case of Piecewise is left for the rest")
            first, condition = tree.args[0].args
            try:
                alone = self._holds_off_point(condition)
            except Rejected:
                alone = False
            return self.upper(first) if alone else min(self.upper(case.args[0]) for case in tree.args)
        raise Rejected(f"no order of {text(tree)} is known")

    def _everywhere(self, tree: Tree) -> bool:
        """Whether the operation always has a value."""
        return not any(obligations(tree)) and tree.op != "Piecewise"

    def _nonnegative(self, tree: Tree) -> bool:
        if tree.op == "Abs":
            return True
        if tree.op == "pow" and (power := literal(tree.args[1])) is not None:
            return power > 0 and power.denominator == 1 and power.numerator % 2 == 0
        return tree.op in ("add", "mul") and all(map(self._nonnegative, tree.args))

    def lower(self, tree: Tree) -> tuple[Fraction, int]:
        """k and a sign with |g(p + h)| ≥ c|h|^k for all small h ≠ 0; 0 for a sign that is not fixed."""
        if tree.op in ("sqrt", "pow") and not self._smooth(tree):
            power = Fraction(1, 2) if tree.op == "sqrt" else literal(tree.args[1])
            order, sign = self.lower(tree.args[0])
            if power is None or power < 0 or sign <= 0:
                raise Rejected("no lower bound is known")
            return order * power, 1
        if tree.op == "Abs":
            return self.lower(tree.args[0])[0], 1
        if not self._smooth(tree):
            raise Rejected("no lower bound is known")
        scalar = self.scalar.with_function(tree)
        found = lowest_form(scalar, self.values, keep_value=True)
        if found is None:
            raise Rejected("it is zero")
        form, degree, algebra, steps = found
        return degree, sign_of_definite(form, algebra, steps)


def _shifted(tree: Tree, value: Fraction) -> Tree:
    """g − g(p), inside the cases of Piecewise."""
    if not value:
        return tree
    if tree.op == "Piecewise":
        cases = [make("case", _shifted(case.args[0], value), case.args[1]) for case in tree.args]
        return make("Piecewise", *cases)
    return minus(tree, num(value))
