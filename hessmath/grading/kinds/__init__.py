"""The kinds of exercises: one table, put together from one file for each family."""

from hessmath.grading.kinds import (
    arrays,
    calculus,
    conjugate_gradients,
    convexity,
    critical,
    diagonalisation,
    eigenvectors,
    expressions,
    factorisations,
    forms,
    iterates,
    matrices,
    programs,
    reasoning,
    sets,
    spaces,
    spectra,
    systems,
)
from hessmath.grading.kinds.kind import Kind, Problem, Slip

FAMILIES = (
    expressions,
    sets,
    arrays,
    calculus,
    forms,
    critical,
    convexity,
    spectra,
    eigenvectors,
    diagonalisation,
    factorisations,
    matrices,
    spaces,
    systems,
    iterates,
    conjugate_gradients,
    reasoning,
    programs,
)

KINDS: dict[str, Kind] = {kind.name: kind for family in FAMILIES for kind in family.ROWS}

__all__ = ["KINDS", "Kind", "Problem", "Slip"]
