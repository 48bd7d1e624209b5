"""Functions on SymPy expressions, exact: derivatives, forms, spectra, Taylor, critical points, gallery."""

from hessmath.symbolic.gallery import Classic, gallery
from hessmath.symbolic.quadratic import Inertia, QuadraticForm, inertia

__all__ = ["Classic", "Inertia", "QuadraticForm", "gallery", "inertia"]
