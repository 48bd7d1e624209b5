"""Functions on SymPy expressions, exact: derivatives, forms, spectra, Taylor, critical points, gallery."""

from hessmath.symbolic.critical import CriticalPoint, CriticalPoints, Kind, classify, critical_points
from hessmath.symbolic.diagonal import DiagonalApproximation, diagonal_approximation
from hessmath.symbolic.gallery import Classic, gallery
from hessmath.symbolic.quadratic import Inertia, QuadraticForm, inertia
from hessmath.symbolic.spectrum import Spectrum, eigenvalue_enclosures, spectrum
from hessmath.symbolic.taylor import Taylor, taylor

__all__ = [
    "Classic",
    "CriticalPoint",
    "CriticalPoints",
    "DiagonalApproximation",
    "Inertia",
    "Kind",
    "QuadraticForm",
    "Spectrum",
    "Taylor",
    "classify",
    "critical_points",
    "diagonal_approximation",
    "eigenvalue_enclosures",
    "gallery",
    "inertia",
    "spectrum",
    "taylor",
]
