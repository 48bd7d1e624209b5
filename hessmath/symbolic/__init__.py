"""Functions on SymPy expressions, exact: derivatives, forms, spectra, Taylor, critical points, gallery."""
