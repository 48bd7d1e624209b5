"""What must hold for an expression to be defined, or smooth where it is differentiated.

Every inverse, quotient, logarithm and root raises an obligation that the hypotheses must discharge
before anything is proved about the expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from hessmath.language.sizes import Shape
from hessmath.verify.trees import ONE, Tree, add, contains, mul, neg, number, walk
from hessmath.verify.words import OutsideWords

Obligation = tuple[str, Tree]
ShapeOf = Callable[[Tree], Shape]

DERIVATIVES = frozenset("gradient jacobian hessian dirderiv dirderiv2 gradient_sym gradient_diag".split())
KINKS = frozenset(
    "Max Min sign Heaviside Piecewise norm1 norminf normmax nspec nnuc rank eigs lmin lmax eigQ eigL".split()
)


def obligations(tree: Tree, shape_of: ShapeOf, *, by_inverse: bool = True) -> Iterator[Obligation]:
    """The obligations of a tree, inner ones first.

    ``by_inverse``: whether the derivative of a determinant is written with an inverse.

    Raises
    ------
    OutsideWords
        If a derivative is taken of something with a kink.
    """
    for part in _inner_first(tree):
        yield from _own(part, shape_of)
        if part[0] in DERIVATIVES:
            yield from _smooth(part, shape_of, by_inverse)


def _inner_first(tree: Tree) -> Iterator[Tree]:
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from _inner_first(part)
    yield tree


def _own(tree: Tree, shape_of: ShapeOf) -> Iterator[Obligation]:
    match tree:
        case ("inv", A):
            yield ("invertible" if shape_of(A) else "nonzero", A)
        case ("div", _, bottom):
            if bottom[0] != "num":
                sizes = [size.known for size in shape_of(bottom)]
                yield ("positive" if None in sizes else "nonzero", bottom)
        case ("pow", base, exponent):
            power = literal(exponent)
            if power is None:
                if any(part[0] not in ("size", "num", "add", "mul") for part in walk(exponent)):
                    yield ("positive", base)
            elif power.denominator != 1:
                yield ("nonneg" if power > 0 else "positive", base)
            elif power < 0:
                yield ("nonzero", base)
        case ("mpow", base, exponent) if (literal(exponent) or 0) < 0:
            yield ("invertible", base)
        case ("log" | "loggamma" | "digamma", s):
            yield ("positive", s)
        case ("sqrt", s):
            yield ("nonneg", s)
        case ("norm2" | "normF", X):
            yield ("nonneg", ("nsq", X))
        case ("asin" | "acos", s):
            yield ("nonneg", add(ONE, neg(("pow", s, number(2)))))
        case ("tan", s):
            yield ("nonzero", ("cos", s))
        case ("atan2", y, x):
            yield ("nonzero", add(mul(y, y), mul(x, x)))
        case ("eigs" | "lmin" | "lmax" | "eigQ" | "eigL", A):
            yield ("symmetric", A)


def _smooth(tree: Tree, shape_of: ShapeOf, by_inverse: bool) -> Iterator[Obligation]:
    for part in _inner_first(tree[1]):
        if len(part) == 1 or not contains(part, tree[2]):
            continue
        match part:
            case (op, *_) if op in KINKS:
                raise OutsideWords(f"the derivative of {op}, which may have a kink")
            case ("sqrt", s):
                yield ("positive", s)
            case ("norm2" | "normF", X):
                yield ("positive", ("nsq", X))
            case ("pow", base, exponent) if (literal(exponent) or Fraction(1, 2)).denominator != 1:
                yield ("positive", base)
            case ("Abs", s):
                yield ("nonzero", s)
            case ("asin" | "acos", s):
                yield ("positive", add(ONE, neg(("pow", s, number(2)))))
            case ("det", P) if by_inverse:
                yield ("invertible", P)


def literal(tree: Tree) -> Fraction | None:
    """The number that an expression of numbers only is, or None."""
    match tree:
        case ("num", text):
            return Fraction(text)
        case ("neg", part):
            value = literal(part)
            return None if value is None else -value
        case ("div", top, bottom):
            a, b = literal(top), literal(bottom)
            return None if a is None or not b else a / b
        case ("add", *parts):
            values = _all(parts)
            return None if values is None else sum(values, Fraction(0))
    return None


def _all(parts: Sequence[Tree]) -> list[Fraction] | None:
    values = [literal(part) for part in parts]
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else None
