"""Text in, one typed syntax tree out: formulas, claims and answers are read here and nowhere else."""

from hessmath.language.conditions import parse_conditions
from hessmath.language.printing import to_text
from hessmath.language.reading import free_names, from_json, parse, parse_formula, with_shapes
from hessmath.language.sizes import Shape, Size, shape_text
from hessmath.language.tree import Node, to_json

__all__ = [
    "Node",
    "Shape",
    "Size",
    "free_names",
    "from_json",
    "parse",
    "parse_conditions",
    "parse_formula",
    "shape_text",
    "to_json",
    "to_text",
    "with_shapes",
]
