"""What a row of the op table says about a primitive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

ADD, MUL, DIV, ROOT, CALL, TEST, FREE = "add", "mul", "div", "root", "call", "test", "free"
"""Cost classes: additions (also signs), products, quotients, roots, transcendental calls, tests, nothing."""


@dataclass(frozen=True)
class Primitive:
    """One row of the op table.

    Attributes
    ----------
    name : what a tape prints
    arity : number of operands, 0 for inputs and constants
    cost : class under which ``tape.cost`` counts it
    emission : how ``kernels`` writes it: "inline", "intrinsic:NAME", "libm:NAME" or "scipy:NAME"
    meaning : SymPy expressions → the SymPy expression
    value : float64 scalars or arrays → float64, nan or inf outside the domain; the slow reference
    exact : Fractions → the Fraction, or None where the value is not rational; ZeroDivisionError where undefined
    enclosure : balls (flint.arb) → a ball that contains every value; nan outside the domain
    domain : SymPy expressions → the condition under which value and derivative exist, None when always
    ring : the primitive is a field operation, so ``exact`` works on any field's elements (integers mod p)
    commutative : operands may be swapped
    partials : SymPy expressions → the partial derivatives, only where SymPy derives none
    terms : balls → rounded values that are added at the end, where the sum can be much smaller than they are as in
        log(eˣ + eʸ) = max + log(1 + e⁻ᵈ) near 0; their rounding counts as well when accuracy is judged
    units : 1 when the implementation is as good as one rounding; else it is as good as rounding its operands and its
        value by so many units in the last place (measured: SciPy states no bounds)
    identity : "" for the library's rows; of a user-defined function, what tells it from others in ``tape.digest``
    """

    name: str
    arity: int
    cost: str
    emission: str
    meaning: Callable[..., Any]
    value: Callable[..., Any]
    exact: Callable[..., Fraction | None]
    enclosure: Callable[..., Any]
    domain: Callable[..., Any] | None = None
    ring: bool = False
    commutative: bool = False
    partials: Callable[..., tuple[Any, ...]] | None = None
    terms: Callable[..., tuple[Any, ...]] | None = None
    units: int = 1
    identity: str = ""

    def __repr__(self) -> str:
        return f"<primitive {self.name}/{self.arity}>"
