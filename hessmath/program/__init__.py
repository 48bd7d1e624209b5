"""Straight-line programs: one formula as one immutable list of instructions, run in many arithmetics."""

from hessmath.program.cost import Cost
from hessmath.program.primitives import PRIMITIVES, Primitive, primitive
from hessmath.program.tape import NamedConstant, Tape, TapeBuilder

__all__ = ["PRIMITIVES", "Cost", "NamedConstant", "Primitive", "Tape", "TapeBuilder", "primitive"]
