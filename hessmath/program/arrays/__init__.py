"""Programs on whole arrays: indexed sums and matrix formulas, whose code does not grow with their sizes."""
