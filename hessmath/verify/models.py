"""Models: exact values that satisfy the hypotheses of a claim at given sizes.

Structure words on a variable choose how it is drawn (``sampling.py``).  An equation is solved exactly for a
variable it is affine in (A @ v == lam*v for A, inside A's structure), moving the drawn value as little as
its pivots allow; bounds on scalars choose an interval.  Everything else is tested, and what fails is thrown away.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import flint

from hessmath.language.sizes import Size
from hessmath.language.tree import SYMBOL, Node
from hessmath.verify import dense
from hessmath.verify.arrays import entries
from hessmath.verify.claims import Claim
from hessmath.verify.evaluate import Point, Undefined
from hessmath.verify.sampling import SIMPLE, SYMMETRIC, NoneExists, basis, draw
from hessmath.verify.scalars import ZERO, Number, Undecidable, sign
from hessmath.verify.truth import PREDICATES

Value = Any

_LINEAR_OPERATIONS = frozenset(
    {"add", "neg", "T", "trace", "index", "sum", "diag", "diagvec", "diagpart", "vec", "block", "row", "psum", "lambda"}
)
_PRODUCTS = frozenset({"mul", "matmul", "had", "kron", "outer"})
_NOT_LINEAR = frozenset({"orthogonal", "orthocols", "idempotent", "involutory", "nilpotent"})
COPIES = 0.2
"""How often a value drawn before is taken again for another variable of the same shape and structure."""

NEVER = 99
"""The degree of an expression that is not a polynomial in a variable."""


@dataclass(frozen=True)
class Equation:
    """A hypothesis left = right, with the names in it."""

    left: Node
    right: Node
    names: frozenset[str]


@dataclass(frozen=True)
class Gap:
    """A matrix that a hypothesis calls definite, equated with one that is drawn."""

    name: str
    shape: tuple[Size, ...]
    words: frozenset[str]
    equation: Equation


@dataclass(frozen=True)
class Conditions:
    """The hypotheses of a claim, sorted by what a search can do with them."""

    words: Mapping[str, frozenset[str]]
    equations: tuple[Equation, ...]
    inequalities: tuple[Node, ...]
    gaps: tuple[Gap, ...] = ()


def conditions(claim: Claim) -> Conditions:
    """Sort the hypotheses: structure words of variables, equations, inequalities."""
    words: dict[str, set[str]] = {name: set() for name, _ in claim.variables}
    equations: list[Equation] = []
    inequalities: list[Node] = []
    gaps: list[Gap] = []
    for node in _atoms(claim.hypotheses):
        plain = len(node.args) == 1 and node.args[0].op == SYMBOL
        if node.op in PREDICATES and plain:
            words[str(node.args[0].value)].add(node.op)
        elif node.op == "eq":
            equations.append(_equation(node.args[0], node.args[1]))
        elif node.op == "commute":
            A, B = node.args
            equations.append(_equation(Node("matmul", (A, B)), Node("matmul", (B, A))))
        elif node.op == "symmetric":
            equations.append(_equation(node.args[0], Node("T", node.args)))
        elif node.op in ("lt", "le", "gt", "ge"):
            inequalities.append(node)
        elif node.op in ("psd", "posdef", "nsd", "negdef", "psd_le", "psd_ge"):
            gaps.append(_gap(node, len(gaps)))
    return Conditions({k: frozenset(v) for k, v in words.items()}, tuple(equations), tuple(inequalities), tuple(gaps))


def _gap(node: Node, number: int) -> Gap:
    name, left = f"gap {number}", node.args[0]
    if len(node.args) == 2:
        low, high = node.args if node.op == "psd_le" else node.args[::-1]
        left = Node("add", (high, Node("neg", (low,), shape=low.shape)), shape=low.shape)
    right = Node(SYMBOL, value=name, shape=left.shape)
    word = node.op if len(node.args) == 1 else "psd"
    return Gap(name, left.shape or (), frozenset({word}), Equation(left, right, _names(left)))


def _atoms(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        if node.op == "and":
            yield from _atoms(node.args)
        else:
            yield node


def _names(node: Node) -> frozenset[str]:
    return frozenset(str(n.value) for n in node.walk() if n.op == SYMBOL)


def _equation(left: Node, right: Node) -> Equation:
    return Equation(left, right, _names(left) | _names(right))


def degree(node: Node, name: str) -> int:
    """The degree of an expression as a polynomial in one variable, as far as its form shows it."""
    if node.op == SYMBOL:
        return int(node.value == name)
    if name not in _names(node):
        return 0
    degrees = [degree(arg, name) for arg in node.args]
    if node.op in _LINEAR_OPERATIONS:
        return max(degrees)
    if node.op in _PRODUCTS:
        return min(NEVER, sum(degrees))
    if node.op == "div" and degrees[1] == 0:
        return degrees[0]
    return NEVER


@dataclass(frozen=True)
class Plan:
    """In which order variables are drawn, and for which ones equations are solved."""

    drawn: tuple[str, ...]
    solved: tuple[tuple[str, tuple[Equation, ...]], ...]


def plan(claim: Claim, known: Conditions, rng: random.Random) -> Plan:
    """Choose unknowns so that as many equations as possible are solved rather than hoped for."""
    left = list(known.equations)
    free = [name for name, _ in claim.variables]
    chosen: list[tuple[str, tuple[Equation, ...]]] = []
    while left:
        scores = []
        for name in free:
            mine = [e for e in left if name in e.names]
            defined = [e for e in mine if _defines(e, name)]
            affine = all(degree(e.left, name) <= 1 and degree(e.right, name) <= 1 for e in mine)
            if mine and (len(defined) == len(mine) == 1 or (affine and not known.words[name] & _NOT_LINEAR)):
                size = len(dict(claim.variables)[name])
                peeled = 10 * (len(defined) == len(mine) == 1)
                scores.append((peeled + len(mine) + size + bool(defined) + rng.random() * 1.5, name))
        if not scores:
            break
        name = max(scores)[1]
        chosen.append((name, tuple(e for e in left if name in e.names)))
        left = [e for e in left if name not in e.names]
        free.remove(name)
    order = [name for name in free if dict(claim.variables)[name]]
    scalars = [name for name in free if not dict(claim.variables)[name]]
    rng.shuffle(scalars)
    return Plan((*order, *scalars), tuple(reversed(chosen)))


def _defines(equation: Equation, name: str) -> bool:
    for side, other in ((equation.left, equation.right), (equation.right, equation.left)):
        if side.op == SYMBOL and side.value == name and name not in _names(other):
            return True
    return False


def models(
    claim: Claim, known: Conditions, sizes: Mapping[str, int], rng: random.Random, attempts: int
) -> Iterator[tuple[Point | None, Plan]]:
    """Attempted models at one choice of sizes: a point where every hypothesis holds, or None for a failed attempt."""
    shapes = claim.with_shapes_at(sizes)
    for attempt in range(attempts):
        gaps = known.gaps if attempt % 2 else ()
        way = plan(claim, replace(known, equations=(*known.equations, *(gap.equation for gap in gaps))), rng)
        values: dict[str, Value] = {}
        try:
            for name in way.drawn:
                values[name] = _draw(name, shapes[name], known, sizes, values, rng, attempt)
            for name, _ in way.solved:
                values[name] = draw(shapes[name], known.words[name], rng, rng.randrange(2 + attempt))
            for gap in gaps:
                shape = tuple(size.at(sizes) for size in gap.shape)
                values[gap.name] = draw(shape, gap.words, rng, attempt // 2)
        except NoneExists:
            return
        yield completed(claim, known, way, sizes, values), way


def completed(
    claim: Claim, known: Conditions, way: Plan, sizes: Mapping[str, int], values: Mapping[str, Value]
) -> Point | None:
    """The point with its solved variables adjusted; None when some hypothesis does not hold there."""
    at = Point(sizes, dict(values))
    try:
        for name, equations in way.solved:
            adjusted = _solved(at, name, equations, known.words[name])
            if adjusted is None:
                return None
            at = Point(sizes, {**at.values, name: adjusted}, steps=at.steps)
        return at if all(at.holds(h) for h in claim.hypotheses) else None
    except (Undefined, Undecidable):
        return None


def _draw(
    name: str,
    shape: tuple[int, ...],
    known: Conditions,
    sizes: Mapping[str, int],
    values: Mapping[str, Value],
    rng: random.Random,
    attempt: int,
) -> Value:
    if rng.random() < COPIES:  # equal arguments are where many claims fail
        alike = [value for other, value in values.items() if _shape(value) == shape and _alike(known, name, other)]
        if alike:
            return rng.choice(alike)
    if shape:
        return draw(shape, known.words[name], rng, attempt if rng.random() < 0.5 else rng.randrange(attempt + 1))
    low, high = _interval(name, known, sizes, values)
    if low is None and high is None:
        return draw(shape, known.words[name], rng, attempt)
    inside = [x for x in SIMPLE if (low is None or x >= low) and (high is None or x <= high)]
    if inside and (attempt < 2 or rng.random() < 0.6):
        return rng.choice(inside)
    step = rng.choice(SIMPLE)
    if low is not None and high is not None:
        return low + (high - low) * rng.choice((flint.fmpq(1, 2), flint.fmpq(1, 4), flint.fmpq(9, 10), flint.fmpq(1)))
    return low + abs(step) if low is not None else high - abs(step)


def _alike(known: Conditions, name: str, other: str) -> bool:
    return known.words[name] == known.words[other]


def _interval(
    name: str, known: Conditions, sizes: Mapping[str, int], values: Mapping[str, Value]
) -> tuple[Number | None, Number | None]:
    """What the inequalities that are affine in a scalar say about it, the values so far being known."""
    low: Number | None = ZERO if known.words[name] & {"positive", "nonneg"} else None
    high: Number | None = None
    for node in known.inequalities:
        names = _names(node)
        if name not in names or not names - {name} <= values.keys():
            continue
        small, large = node.args if node.op in ("lt", "le") else reversed(node.args)
        if degree(small, name) > 1 or degree(large, name) > 1:
            continue
        gap = Node("add", (large, Node("neg", (small,))))
        try:
            start = _rational(Point(sizes, {**values, name: ZERO}).value(gap))
            slope = _rational(Point(sizes, {**values, name: flint.fmpq(1)}).value(gap)) - start
        except (Undefined, Undecidable):
            continue
        if sign(slope) > 0:
            low = -start / slope if low is None else max(low, -start / slope)
        elif sign(slope) < 0:
            high = -start / slope if high is None else min(high, -start / slope)
    return low, high


def _rational(value: Number) -> Number:
    """The value, or a nearby rational for a ball: it only guides where to look."""
    if isinstance(value, flint.arb):
        return flint.fmpq(round(float(value) * 1024), 1024)
    return value


def _solved(at: Point, name: str, equations: tuple[Equation, ...], words: frozenset[str]) -> Value | None:
    """The value of a variable moved so that the equations hold, or None when no move does it."""
    if len(equations) == 1 and _defines(equations[0], name):
        left, right = equations[0].left, equations[0].right
        return at.value(right if left.op == SYMBOL and left.value == name else left)
    start = at.values[name]
    shape = _shape(start)
    directions = basis(shape, words)

    def residual(value: Value) -> list[Number]:
        here = Point(at.sizes, {**at.values, name: value})
        found = []
        for equation in equations:
            left, right = entries(here.value(equation.left)), entries(here.value(equation.right))
            found += [a - b for a, b in zip(left, right, strict=True)]
        at.steps += here.steps
        return found

    base = residual(start)
    if all(sign(r) == 0 for r in base):
        return start
    if not directions:
        return None
    columns = [[b - a for a, b in zip(base, residual(_plus(start, d)), strict=True)] for d in directions]
    matrix = dense.transpose(tuple(map(tuple, columns)))
    move = dense.solve_affine(matrix, tuple(-r for r in base), lambda: ZERO)
    if move is None:
        return None
    for amount, direction in zip(move, directions, strict=True):
        start = _plus(start, _times(amount, direction))
    return start


def _shape(value: Value) -> tuple[int, ...]:
    if not isinstance(value, tuple):
        return ()
    return (len(value),) if not isinstance(value[0], tuple) else (len(value), len(value[0]))


def _plus(a: Value, b: Value) -> Value:
    return tuple(_plus(x, y) for x, y in zip(a, b, strict=True)) if isinstance(a, tuple) else a + b


def _times(c: Number, a: Value) -> Value:
    return tuple(_times(c, x) for x in a) if isinstance(a, tuple) else c * a


__all__ = ["SYMMETRIC", "Conditions", "Equation", "Plan", "completed", "conditions", "degree", "models", "plan"]
