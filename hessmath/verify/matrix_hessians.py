"""Hessians with respect to a matrix, for every size: compared along two directions.

hessian(f, X) = M says D²f[U, V] = vec(U)@M@vec(V) for all U and V of the shape of X; with U and V as new variables
that is an equation of scalars, which Kronecker products and commutation matrices leave as traces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hessmath.language.sizes import Shape
from hessmath.verify.trees import Tree, add, identity_tree, mul, neg, shape_of, var


@dataclass(frozen=True)
class Directed:
    """The statement along two directions, and the variables that stand for them."""

    names: tuple[str, str]
    variables: dict[str, Shape]
    statement: Tree


def along_directions(variables: Mapping[str, Shape], statement: Tree) -> Directed | None:
    """The statement about second differentials that an equation hessian(f, X) = M in a matrix X means."""
    if statement[0] != "eq":
        return None
    for hessian, matrix in (statement[1:], statement[:0:-1]):
        if hessian[0] == "hessian" and len(shape := variables[hessian[2][1]]) == 2:
            first, second = (_unused(name, variables) for name in ("U", "V"))
            wider = {**variables, first: shape, second: shape}
            U, V = ("vec", var(first)), ("vec", var(second))
            form = add(*(mul(c, _between(U, factors, V)) for c, factors in _terms(matrix, wider)))
            differential = ("dirderiv2", hessian[1], hessian[2], var(first), var(second))
            return Directed((first, second), wider, ("eq", differential, form))
    return None


def _between(U: Tree, factors: tuple[Tree, ...], V: Tree) -> Tree:
    if len(factors) == 1 and factors[0][0] == "outer":
        return ("mul", ("matmul", U, factors[0][1]), ("matmul", factors[0][2], V))
    return ("matmul", U, *factors, V)


def _unused(name: str, variables: Mapping[str, Shape]) -> str:
    while name in variables:
        name += name[0]
    return name


def _terms(matrix: Tree, variables: Mapping[str, Shape]) -> list[tuple[Tree, tuple[Tree, ...]]]:
    """A square matrix as a sum of scalars times products."""
    one: Tree = ("num", "1")
    match matrix:
        case ("add", *parts):
            return [term for part in parts for term in _terms(part, variables)]
        case ("neg", part):
            return [(neg(c), factors) for c, factors in _terms(part, variables)]
        case ("eye", _):
            return [(one, ())]
        case ("mul", *parts):
            arrays = [part for part in parts if shape_of(part, variables)]
            if len(arrays) == 1:
                scalars = [part for part in parts if not shape_of(part, variables)]
                return [(mul(*scalars, c), factors) for c, factors in _terms(arrays[0], variables)]
        case ("div", part, bottom) if not shape_of(bottom, variables):
            return [(mul(("div", one, bottom), c), factors) for c, factors in _terms(part, variables)]
        case ("matmul", first, *rest):
            left = _terms(first, variables)
            right = _terms(rest[0] if len(rest) == 1 else ("matmul", *rest), variables)
            if len(left) * len(right) <= 64:
                return [(mul(a, b), (*p, *q)) for a, p in left for b, q in right]
        case ("T", ("kron", A, B)):
            return [(one, (("kron", ("T", A), ("T", B)),))]
        case ("kron", A, B):
            left, right = _terms(A, variables), _terms(B, variables)
            if len(left) * len(right) <= 64 and (len(left) > 1 or len(right) > 1):
                return [
                    (mul(a, b), (("kron", _product(p, A, variables), _product(q, B, variables)),))
                    for a, p in left
                    for b, q in right
                ]
    return [(one, (matrix,))]


def _product(factors: tuple[Tree, ...], whole: Tree, variables: Mapping[str, Shape]) -> Tree:
    if not factors:
        return identity_tree(shape_of(whole, variables))
    return factors[0] if len(factors) == 1 else ("matmul", *factors)
