"""Straight-line programs: one formula as one immutable list of instructions, run in many arithmetics."""

from hessmath.program.arithmetic.symbols import read_back
from hessmath.program.better_forms import FORMS, STANDARD, stabilise
from hessmath.program.colouring import Colouring, column_colouring, star_colouring
from hessmath.program.cost import Cost, CostTable
from hessmath.program.derivatives import (
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    sparse_hessian,
    value_and_gradient,
    vjp,
)
from hessmath.program.lowering import lower
from hessmath.program.lowering_tree import lower_tree
from hessmath.program.passes import LITERAL, clean, drop_dead, fold_constants, run_passes, simplify
from hessmath.program.pattern import Pattern, Structure
from hessmath.program.primitives import PRIMITIVES, Primitive, primitive
from hessmath.program.smoothness import Kink, kinks, nondifferentiable_at
from hessmath.program.sparsity import jacobian_pattern
from hessmath.program.tape import NamedConstant, Tape, TapeBuilder

__all__ = [
    "FORMS",
    "LITERAL",
    "PRIMITIVES",
    "STANDARD",
    "Colouring",
    "Cost",
    "CostTable",
    "Kink",
    "NamedConstant",
    "Pattern",
    "Primitive",
    "Structure",
    "Tape",
    "TapeBuilder",
    "clean",
    "column_colouring",
    "drop_dead",
    "fold_constants",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jacobian_pattern",
    "jvp",
    "kinks",
    "lower",
    "lower_tree",
    "nondifferentiable_at",
    "primitive",
    "read_back",
    "run_passes",
    "simplify",
    "sparse_hessian",
    "stabilise",
    "star_colouring",
    "value_and_gradient",
    "vjp",
]
