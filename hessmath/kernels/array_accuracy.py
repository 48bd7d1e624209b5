"""``ArrayKernel.verify()``: array kernels against rigorous enclosures of the formula written out at small sizes.

The machine code adds and multiplies in an order of its own.  So the bound of a sum of n terms is that of the worst
order, (n − 1) units of Σ|tᵢ| (Higham 2002, section 4.2), and a sum or product counts as beyond float64's range when
it is so in some order.  It also computes whole arrays, zeros included, and 0·∞ is NaN.  So where f or any number of the
program overflows, results that are not finite count as "wrong after an overflow" and not as disagreements.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hessmath.errors import WrongKind
from hessmath.kernels.accuracy import Accuracy, Findings
from hessmath.kernels.error_bound import Enclosure, Judgement, Outcome, Value, Way, applied
from hessmath.kernels.nasty_points import nasty_points, random_points, take
from hessmath.program import Primitive, Tape
from hessmath.program.arrays.expanding import expand
from hessmath.program.arrays.nodes import Det, Inverse, LogDet, Solve

if TYPE_CHECKING:
    from hessmath.kernels.array_kernel import ArrayKernel

#: The values that all sizes take, one after the other, when none are given.
SIZES = (2, 5)


@dataclass(frozen=True)
class _Chain(Value):
    """A sum with its ``terms`` and Σ|tᵢ|, or a product with the largest product of any of its factors."""

    terms: int
    mass: Any
    high: Any


class AnyOrder(Enclosure):
    """The outputs enclosed, sums and products in any order; ``formula`` is the enclosure of f at the same point."""

    def __init__(self, tape: Tape, inputs: Sequence[float], formula: Enclosure | None = None) -> None:
        super().__init__(tape, inputs)
        self.overflows |= formula is not None and formula.overflows

    def judge(self, output: int, computed: float, limit: float = 4.0) -> Judgement:
        """Whether a computed output is what it should be."""
        found = super().judge(output, computed, limit)
        if found.outcome is Outcome.DISAGREES and not math.isfinite(computed) and self.overflows:
            return Judgement(Outcome.BEYOND, reason=found.reason)
        return found

    @staticmethod
    def apply(row: Primitive, operands: tuple[Any, ...]) -> Value:
        """The enclosure of one instruction's value."""
        value = applied(row, operands)
        if row.name in ("add", "sub"):
            return _sum(value, operands)
        return _product(value, operands) if row.name == "mul" else value


def _sum(value: Value, operands: Sequence[Any]) -> Value:
    mass = sum(x.mass if isinstance(x, _Chain) and x.terms else abs(x.wide).upper() for x in operands)
    terms = [x.terms if isinstance(x, _Chain) and x.terms else 1 for x in operands]
    counted = sum((n - 1) * (x.mass if n > 1 else 0) for n, x in zip(terms, operands, strict=True))
    return _chain(value, (sum(terms) - 1) * mass - counted, terms=sum(terms), mass=mass)


def _product(value: Value, operands: Sequence[Any]) -> Value:
    from flint import arb

    high = arb(1)
    for x in operands:
        high *= x.high if isinstance(x, _Chain) and not x.terms else abs(x.wide).upper().max(arb(1))
    return _chain(value, arb(0), terms=0, high=high)


def _chain(value: Value, more: Any, *, terms: int, mass: Any = None, high: Any = None) -> Value:
    """The value with ``more`` units of radius, and with what an underflow in another order may lose."""
    from flint import arb

    size = mass if high is None else high
    if not (value.wide.is_finite() and size.is_finite()):
        return value
    lost = arb(2) ** -1074 * (terms if high is None else high)
    wide = value.wide + arb(0, abs(more).upper() * arb(2) ** -52)
    if not (value.wide.is_exact() and terms == 2 and value.true == arb(float(value.true))):
        wide += arb(0, abs(lost).upper())
    way = value.way if size < float(np.finfo(np.float64).max) else value.way | Way.BEYOND
    return _Chain(value.true, wide, way, terms, mass, high)


def verify(
    kernel: ArrayKernel,
    *,
    sizes: Sequence[Mapping[str, int]] | Mapping[str, int] | None = None,
    points: int = 12,
    rng: np.random.Generator | int = 0,
) -> Accuracy:
    """Compare f and all its derivatives with rigorous enclosures, at small sizes.

    Parameters
    ----------
    sizes : the sizes by name, or several of these; every size 2 and then 5 when left out
    points : how many points for each choice of sizes, half of them random, half of them nasty
    rng : generator or seed, also for directions and data

    Raises
    ------
    WrongKind
        If the formula has a determinant, an inverse or a linear system: the written-out formula computes these in
        another way, and its bound says nothing about an elimination.

    Examples
    --------
    >>> import sympy
    >>> import hessmath as hm
    >>> x, i, n = sympy.IndexedBase("x"), sympy.Symbol("i", integer=True), sympy.Symbol("n", integer=True)
    >>> k = hm.compile(sympy.Sum((x[i + 1] - x[i] ** 2) ** 2, (i, 0, n - 2)), [x])
    >>> k.verify(points=4).ok
    True
    """
    rng = np.random.default_rng(rng)
    if any(isinstance(node, Det | LogDet | Inverse | Solve) for node in kernel.program.nodes):
        raise WrongKind(
            f"{kernel.name} contains a determinant, an inverse or a linear system: verify has no error bound for these."
        )
    if sizes is None:
        sizes = [dict.fromkeys(kernel.program.size_names, n) for n in SIZES]
    findings, count = Findings(), 0
    for each in [sizes] if isinstance(sizes, Mapping) else sizes:
        count += _at_sizes(kernel, dict(each), points, rng, findings)
    return findings.report(count)


def _at_sizes(
    kernel: ArrayKernel, sizes: dict[str, int], points: int, rng: np.random.Generator, findings: Findings
) -> int:
    f = kernel.program
    n = f.dimension(sizes)
    shapes = {name: tuple(axis.size.at(sizes) for axis in f.shape(name)) for name in f.parameters}
    data = {name: kernel.data.get(name, rng.uniform(0.5, 1.5, shape)) for name, shape in shapes.items()}
    bound = kernel.bind(data, sizes=sizes)
    flat = np.concatenate([np.ravel(data[name]) for name in f.parameters]) if data else np.empty(0)
    tapes = {kind: expand(bound.piece(kind), sizes) for kind in ("f", "gradient", "hvp", "value_and_gradient")}
    if len(f.variables) == 1 and len(f.shape(f.variables[0])) == 1:
        tapes["hessian"] = expand(bound.piece("hessian"), sizes)
    nasty = take(nasty_points(tapes["f"], n, flat, rng), points // 2)
    for x in [*take(random_points(n, 2.0, rng), points - points // 2), *nasty]:
        v = rng.standard_normal(n)
        formula = AnyOrder(tapes["f"], [*x, *flat])
        for kind, tape in tapes.items():
            takes_v = kind == "hvp"
            enclosure = AnyOrder(tape, [*x, *flat, *(v if takes_v else ())], formula)
            result = bound.hvp(x, v) if takes_v else getattr(bound, kind)(x)
            pair = result if kind == "value_and_gradient" else (result,)
            computed = [float(value) for part in pair for value in np.ravel(part)]
            at = (x, v if takes_v else (), flat)
            findings.judge(enclosure, kind, computed, at)
            if kind == "hessian" and bound.is_separable:
                findings.judge(enclosure, "sparse_hessian", np.ravel(bound.sparse_hessian(x).toarray()).tolist(), at)
    return points
