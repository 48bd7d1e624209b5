"""|t|, sign, Heaviside, Max and Min written with cases."""

from __future__ import annotations

from fractions import Fraction

from hessmath.verify.kernel.trees import Tree, make, num


def in_pieces(tree: Tree) -> Tree:
    """|t|, sign, Heaviside, Max and Min written as Piecewise."""
    args = [in_pieces(arg) for arg in tree.args]
    zero, otherwise = num(0), make("true")

    def cases(*pairs: tuple[Tree, Tree]) -> Tree:
        return make("Piecewise", *(make("case", value, condition) for value, condition in pairs))

    if tree.op == "Abs":
        return cases((args[0], make("le", zero, args[0])), (make("neg", args[0]), otherwise))
    if tree.op == "sign":
        return cases((zero, make("eq", args[0], zero)), (num(1), make("lt", zero, args[0])), (num(-1), otherwise))
    if tree.op == "Heaviside":
        half = num(Fraction(1, 2))
        return cases((half, make("eq", args[0], zero)), (num(1), make("lt", zero, args[0])), (zero, otherwise))
    if tree.op in ("Max", "Min"):
        best = args[0]
        for arg in args[1:]:
            low, high = (best, arg) if tree.op == "Max" else (arg, best)
            best = cases((arg, make("le", low, high)), (best, otherwise))
        return best
    return make(tree.op, *args) if args else tree
