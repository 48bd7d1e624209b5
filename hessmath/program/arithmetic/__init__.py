"""The number systems a tape runs in, one file each; ``run(tape, values)`` gives the list of outputs."""

from hessmath.program.arithmetic import balls, dependence, exact, float64, modular, symbols

__all__ = ["balls", "dependence", "exact", "float64", "modular", "symbols"]
