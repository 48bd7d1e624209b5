"""The kinds of exercises: one table, put together from one file for each family."""

from hessmath.grading.kinds import expressions, programs
from hessmath.grading.kinds.kind import Kind, Problem, Slip

FAMILIES = (expressions, programs)

KINDS: dict[str, Kind] = {kind.name: kind for family in FAMILIES for kind in family.ROWS}

__all__ = ["KINDS", "Kind", "Problem", "Slip"]
