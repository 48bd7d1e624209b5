"""All critical points of f in a box by branch and bound, with a proof that there are no others.

A box is dropped when balls exclude a critical point from it, or when it lies in a box that is certified to hold exactly
one; else the critical point near its middle is certified, if there is one, and the box is cut in two.  The budget
counts boxes, so that the same call gives the same answer everywhere.
Moore, Kearfott & Cloud (2009), Introduction to Interval Analysis, chapter 8.
"""

from __future__ import annotations

import html
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import flint

from hessmath.errors import InputError
from hessmath.program import Tape
from hessmath.program.arithmetic import balls
from hessmath.verify import kernel
from hessmath.verify.certify import CUBES, CertifiedPoint, certified
from hessmath.verify.kernel.boxes import read_program
from hessmath.verify.kernel.checker import FORMAT
from hessmath.verify.kernel.regions import LARGEST_DIMENSION, Box, contains, cube, disjoint, excluded, halves
from hessmath.verify.smooth import Condition, Program, Smooth, instructions
from hessmath.verify.verdicts import Certificate

__all__ = ["CriticalRegion", "search"]

BITS = 80
MOST_BOXES, LARGEST_BUDGET = 5000, 15_000
SMALLEST = Fraction(1, 10**6)
"""Boxes are not cut further when their sides are below this part of the whole."""

_STARTS, _NARROW = 200, 1000
"""From how many boxes Newton's method is started at most, and from as many more that are narrow, in smallest sides."""


@dataclass(frozen=True, repr=False)
class CriticalRegion:
    """The critical points that were proved in a box, and what is left over.

    Attributes
    ----------
    box : the box searched, exact ends
    points : each certified, and different from each other, in order of their coordinates
    undecided : boxes that may hold further critical points, or where f may not be smooth
    boxes : how many boxes were looked at
    certificate : JSON that shows the list to be complete; None when boxes are left over
    statement : what the checker accepted
    """

    box: Box
    points: tuple[CertifiedPoint, ...]
    undecided: tuple[Box, ...]
    boxes: int
    certificate: Certificate | None = None
    statement: str = ""

    @property
    def complete(self) -> bool:
        """Whether it is proved that there are no others."""
        return self.certificate is not None

    def __iter__(self) -> Iterator[CertifiedPoint]:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, k: int) -> CertifiedPoint:
        return self.points[k]

    def __str__(self) -> str:
        counts: dict[str, int] = {}
        for point in self.points:
            counts[point.kind.value] = counts.get(point.kind.value, 0) + 1
        plural = {"minimum": "minima", "maximum": "maxima", "saddle": "saddles"}
        kinds = ", ".join(f"{count} {name if count == 1 else plural[name]}" for name, count in sorted(counts.items()))
        found = f"{len(self.points)} critical point{'s' * (len(self.points) != 1)}{f' ({kinds})' if kinds else ''}"
        if self.complete:
            return f"proved: exactly {found} in the box; {self.boxes} boxes"
        left = len(self.undecided)
        return f"{found} proved in the box, {left} box{'es' * (left != 1)} undecided; {self.boxes} boxes"

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        """The count in words and a list of the points."""
        rows = "".join(f"<li>{html.escape(str(point))}</li>" for point in self.points)
        return f'<div class="hessmath-verdict">{html.escape(str(self))}<ul>{rows}</ul></div>'


@dataclass
class _Cell:
    """A box of the tree: undecided until it has a leaf or two halves."""

    box: Box
    leaf: Any = None
    axis: int = -1
    parts: tuple[_Cell, ...] = field(default=())


def search(
    tape: Tape,
    box: Sequence[tuple[Any, Any]],
    parameters: Sequence[Fraction] = (),
    conditions: Sequence[Condition] = (),
    *,
    max_boxes: int = MOST_BOXES,
) -> CriticalRegion:
    """Every critical point of f in a box, as far as the budget of boxes reaches.

    Parameters
    ----------
    tape : a scalar program of n ≤ 4 variables, then the parameters, as the formula is written
    box : n pairs of exact or float ends
    conditions : the domain, which must hold on the whole box
    max_boxes : how many boxes are looked at, at most, up to 15000

    Raises
    ------
    InputError
        If n > 4, a pair is not two finite ends in order, or f has a part that the checker does not know.

    Examples
    --------
    >>> import sympy
    >>> from hessmath.program import LITERAL, lower
    >>> x = sympy.Symbol("x")
    >>> found = search(lower(x**3 - 3 * x, [x], passes=LITERAL), [(-5, 5)])
    >>> [(point.x.tolist(), point.kind.value) for point in found], found.complete
    ([([-1.0], 'maximum'), ([1.0], 'minimum')], True)
    """
    problem = Smooth(tape, parameters, conditions)
    region = _region(box, problem.n)
    with flint.ctx.workprec(BITS):
        failed = problem.outside([balls.ball(low).union(balls.ball(high)) for low, high in region])
    if failed is not None:
        raise InputError(f"The box is not shown to lie in f's domain {failed}: search a box where it holds.")
    if not 1 <= max_boxes <= LARGEST_BUDGET:
        raise InputError(f"max_boxes should be between 1 and {LARGEST_BUDGET}, but is {max_boxes}.")
    program = instructions(tape, problem.parameters)
    if isinstance(program, str):
        raise InputError(f"critical_points cannot search: {program}.")
    points: list[CertifiedPoint] = []
    root = _Cell(region)
    counted = _explored(problem, program, root, points, max_boxes)
    places = [cube(p.centre, p.radius) for p in points]
    for cell in _leaves(root):
        if cell.leaf is None:
            cell.leaf = next((k for k, place in enumerate(places) if contains(place, cell.box)), None)
    ordered = sorted(range(len(points)), key=lambda k: points[k].centre)
    inside = [k for k in ordered if contains(region, cube(points[k].centre, points[k].precision))]
    left = [cell.box for cell in _leaves(root) if cell.leaf is None]
    used = {cell.leaf for cell in _leaves(root) if isinstance(cell.leaf, int)}
    outside = [k for k in used if disjoint(region, cube(points[k].centre, points[k].precision))]
    left += [_met(region, places[k]) for k in used if k not in inside and k not in outside]
    listed = tuple(points[k] for k in inside)
    if left:
        return CriticalRegion(region, listed, tuple(left), counted)
    certificate, statement = _certificate(problem, program, region, points, (inside, outside), root)
    return CriticalRegion(region, listed, (), counted, certificate, statement)


def _region(box: Sequence[tuple[Any, Any]], n: int) -> Box:
    if n > LARGEST_DIMENSION:
        raise InputError(f"critical_points in a box is for at most {LARGEST_DIMENSION} variables, but f has {n}.")
    sides = [tuple(side) for side in box]
    if len(sides) != n or any(len(side) != 2 for side in sides):
        raise InputError(f"The box needs {n} pair{'s' * (n != 1)} (low, high), one for each variable, but is {box!r}.")
    try:
        exact = tuple((Fraction(low), Fraction(high)) for low, high in sides)
    except (ValueError, OverflowError, TypeError):
        raise InputError(f"The ends of the box should be finite numbers, but it is {box!r}.") from None
    for low, high in exact:
        if low >= high:
            raise InputError(f"Each side of the box is (low, high) with low < high, but one is ({low}, {high}).")
    return exact


def _explored(problem: Smooth, program: Program, root: _Cell, points: list[CertifiedPoint], max_boxes: int) -> int:
    """Grow the tree, the widest boxes first; how many boxes were looked at."""
    with flint.ctx.workprec(BITS):
        read = read_program(program[0], problem.n)
    smallest = [(high - low) * SMALLEST for low, high in root.box]
    waiting = deque([root])
    counted = started = 0
    while waiting and counted < max_boxes:
        cell = waiting.popleft()
        counted += 1
        places = [cube(p.centre, p.radius) for p in points]
        cell.leaf = next((k for k, place in enumerate(places) if contains(place, cell.box)), None)
        if cell.leaf is not None:
            continue
        try:
            with flint.ctx.workprec(BITS):
                if excluded(read, program[1], cell.box):
                    cell.leaf = "none"
                    continue
        except kernel.Rejected:
            pass  # f may not be smooth here: smaller boxes may tell
        middle = [(low + high) / 2 for low, high in cell.box]
        wide = [(high - low) / unit for (low, high), unit in zip(cell.box, smallest, strict=True)]
        axis = max(range(problem.n), key=wide.__getitem__)
        if started < _STARTS * (1 + (wide[axis] < _NARROW)) and all(not _inside(place, middle) for place in places):
            started += 1
            reach = max(high - low for low, high in cell.box)
            _add(points, certified(problem, program, [float(m) for m in middle], reach, CUBES))
        if wide[axis] >= 1:
            cell.axis = axis
            cell.parts = tuple(map(_Cell, halves(cell.box, axis)))
            waiting.extend(cell.parts)
    return counted


def _inside(place: Box, point: Sequence[Fraction]) -> bool:
    return all(low <= p <= high for p, (low, high) in zip(point, place, strict=True))


def _add(points: list[CertifiedPoint], found: Any) -> None:
    """Keep a point that is proved to differ from the others."""
    if isinstance(found, CertifiedPoint):
        narrow = cube(found.centre, found.precision)
        if all(disjoint(narrow, cube(p.centre, p.radius)) for p in points):
            points.append(found)


def _leaves(cell: _Cell) -> Iterator[_Cell]:
    if not cell.parts:
        yield cell
    for part in cell.parts:
        yield from _leaves(part)


def _met(one: Box, other: Box) -> Box:
    """The common part of two boxes."""
    return tuple((max(a, c), min(b, d)) for (a, b), (c, d) in zip(one, other, strict=True))


def _tree(cell: _Cell, numbers: dict[int, int]) -> list[Any]:
    if cell.parts:
        return [["split", cell.axis], *(leaf for part in cell.parts for leaf in _tree(part, numbers))]
    return [numbers[cell.leaf] if isinstance(cell.leaf, int) else cell.leaf]


def _certificate(
    problem: Smooth,
    program: Program,
    region: Box,
    points: Sequence[CertifiedPoint],
    chosen: tuple[list[int], list[int]],
    root: _Cell,
) -> tuple[Certificate, str]:
    """The certificate, and the statement that the checker accepts for it."""
    inside, outside = ([_evidence(points[k]) for k in numbers] for numbers in chosen)
    claim = {
        "kind": "critical_region",
        "vars": problem.words,
        "program": program[0],
        "output": program[1],
        "box": [[str(low), str(high)] for low, high in region],
        "points": [item["point"] for item in inside],
    }
    proof = {
        "by": "bisection",
        "bits": BITS,
        "points": [item["proof"] for item in inside],
        "outside": outside,
        "leaves": _tree(root, {k: i for i, k in enumerate([*chosen[0], *chosen[1]])}),
    }
    data = json.loads(json.dumps({"format": FORMAT, "claim": claim, "verdict": "proved", "proof": proof}))
    statement = kernel.check(data)
    return Certificate({**data, "axioms": list(statement.axioms)}), statement.text


def _evidence(point: CertifiedPoint) -> dict[str, Any]:
    data = point.certificate.data
    return {
        "point": {key: data["claim"][key] for key in ("centre", "radius", "inertia", "value")},
        "proof": data["proof"],
    }
