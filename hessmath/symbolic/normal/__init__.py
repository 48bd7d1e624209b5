"""Normal forms of formulas with exponentials, logarithms, roots, trigonometric functions and absolute values.

An expression becomes an element of a tower (``tower``) whose generators are functions with known relations:

- exp: exp(Σ cₖ tₖ) = Π exp(tₖ/L)^(cₖ L) over the terms tₖ of the exponent
- sin, cos: angles split the same way; s² = 1 − c²; tan, sec, … and hyperbolic functions through these
- roots: |p|^(1/q) over the irreducible factors p of the radicand; |p|² = p²
- log: log|p| over the factors of the argument
- factorials: Γ shifted by whole numbers

In the real domain, what an even root or a logarithm needs (its argument is positive) is taken as a fact: the result
holds wherever all parts of the expression are defined.  If the element of a difference is 0, the two sides agree
wherever both are defined and nothing divides by zero.  If it is not 0, nothing follows.

References
----------
Bronstein (2005), Symbolic Integration I, 2nd ed., chapter 9: the structure theorems behind such towers.
"""

from hessmath.symbolic.normal.elements import is_formally_zero

__all__ = ["is_formally_zero"]
