"""Results as text, LaTeX, JSON and tables.  Rich is used here and nowhere else."""
