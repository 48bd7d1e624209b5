"""Exactly one critical point in a box, with the signs of its Hessian's eigenvalues and its value, in balls.

With X = c ± r s (sᵢ > 0 is the scale, 1 where none is given), ‖v‖ = max |vᵢ|/sᵢ, so that X is a ball, Y any matrix,
g = ∇f, H = ∇²f (``jets`` encloses both):
- ‖I − Y H(X)‖ < 1 makes every matrix of the interval matrix H(X) regular.  If g(a) = g(b) in X, then M(a − b) = 0 with
  M = ∫H(b + t(a − b)) dt in H(X), so a = b: at most one critical point.  The Hessians over X are a connected set of
  regular symmetric matrices: they all have the inertia of H(c).
- If ‖Y g(c)‖ + ‖I − Y H(c ± t s)‖ t < t, then x ↦ x − Y g(x) maps c ± t s into itself (mean value theorem) and has a
  fixed point there (Brouwer); Y is regular since YH is, so g vanishes: a critical point exists, and f there is in
  f(c ± t s).
- A symmetric matrix has as many positive and negative eigenvalues as its LDLᵀ has positive and negative pivots, where a
  2 × 2 pivot of negative determinant counts once each (Sylvester's law of inertia).
Krawczyk (1969); Rump (2010), Verification methods, Acta Numerica 19, section 13.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat

from hessmath.verify.kernel.jets import ARITY, NAMED, Instruction, Jet, number, precision, run
from hessmath.verify.kernel.trees import Json, Rejected, fields, integer, items, word
from hessmath.verify.kernel.trees import number as exact

SECOND_ORDER = "second-order sufficient conditions"
LONGEST_TEXT = 300
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "lt": "<", "le": "<=", "eq": "=="}


def critical_box(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    """Text, scope and axioms of ``certify``'s claim."""
    found = fields(obj, "kind vars program output centre radius inertia value", "scale")
    names = [word(name) for name in items(found["vars"])]
    centre = [exact(c) for c in items(found["centre"])]
    if not 1 <= len(names) <= 1000 or len(set(names)) < len(names) or len(centre) != len(names):
        raise Rejected("between 1 and 1000 different variables were needed, with one coordinate each")
    program = read_program(found["program"], len(names))
    output = integer(found["output"], 0, len(names) + len(program) - 1)
    radius = exact(found["radius"])
    scale = [exact(s) for s in items(found["scale"])] if "scale" in found else [Fraction(1)] * len(names)
    if len(scale) != len(names) or not all(s > 0 for s in scale):
        raise Rejected("the scale has one positive number for each variable")
    low, high = (exact(v) for v in _two(found["value"]))
    positive, negative = (integer(k, 0, len(names)) for k in _two(found["inertia"]))
    shown = fields(proof, "by bits inner")
    inner, bits = exact(shown["inner"]), integer(shown["bits"], 32, 4096)
    if verdict != "proved" or shown["by"] != "krawczyk" or not 0 < inner <= radius:
        raise Rejected("a critical point in a box is proved by krawczyk, with 0 < inner ≤ radius")
    with precision(bits):
        if _unique(program, output, centre, radius, inner, scale) != (positive, negative):
            raise Rejected("the Hessian has another inertia")
        value = run(program, box(centre, inner, scale), output).value
        if not (value >= number(low) and value <= number(high)):
            raise Rejected("the value is not shown to lie between the bounds")
    return _line(names, found, (positive, negative)), "", {SECOND_ORDER}


def _two(obj: Json) -> list[Json]:
    if len(items(obj)) != 2:
        raise Rejected("a pair was needed")
    return list(obj)


def read_program(obj: Json, inputs: int) -> list[Instruction]:
    """Instructions ``["mul", 0, 1]`` or ``["constant", "1/2"]``; operands are earlier slots."""
    program: list[Instruction] = []
    for item in items(obj):
        if len(items(item)) < 2:
            raise Rejected("an instruction is a name with its operands")
        name, *operands = item
        if name == "constant" and len(operands) == 1:
            value = operands[0] if operands[0] in tuple(NAMED) else exact(operands[0])
            program.append((name, (value,)))
        elif type(name) is str and ARITY.get(name) == len(operands):
            last = inputs + len(program) - 1
            program.append((name, tuple(integer(k, 0, last) for k in operands)))
        else:
            raise Rejected(f"the instruction {str(name)[:40]!r} is not known, or has another number of operands")
    return program


def box(centre: Sequence[Fraction], radius: Fraction, scale: Sequence[Fraction] | None = None) -> list[Any]:
    """Balls that contain the coordinates of the box c ± r s; of the cube c ± r without a scale."""
    sides = [radius] * len(centre) if scale is None else [radius * s for s in scale]
    return [number(c) + number(side).union(-number(side)) for c, side in zip(centre, sides, strict=True)]


def hessian(jet: Jet, n: int) -> Any:
    """The symmetric matrix of a jet's second derivatives."""
    rows = [[arb(0)] * n for _ in range(n)]
    for (i, j), entry in jet.curves.items():
        rows[i][j] = rows[j][i] = entry
    return arb_mat(rows)


def _unique(
    program: Sequence[Instruction],
    output: int,
    centre: Sequence[Fraction],
    radius: Fraction,
    inner: Fraction,
    scale: Sequence[Fraction],
) -> tuple[int, int]:
    """The inertia of the Hessian over the box, once existence and uniqueness are shown."""
    n = len(centre)
    at = run(program, [number(c) for c in centre], output)
    curvature = hessian(at, n)
    try:
        inverse = curvature.mid().inv().mid()
    except ZeroDivisionError:
        raise Rejected("the Hessian at the centre is singular, or too nearly so for this precision") from None
    if not all(entry.is_finite() for entry in inverse.entries()):
        raise Rejected("the Hessian at the centre is singular, or too nearly so for this precision")
    newton = inverse * arb_mat(n, 1, [at.slopes.get(i, arb(0)) for i in range(n)])
    step = largest([entry.abs_upper() / number(s) for entry, s in zip(newton.entries(), scale, strict=True)])
    if not contraction(inverse, hessian(run(program, box(centre, radius, scale), output), n), scale) < 1:
        raise Rejected("the Hessian is not shown to be regular over the box")
    near = contraction(inverse, hessian(run(program, box(centre, inner, scale), output), n), scale)
    if not step + near * number(inner) < number(inner):
        raise Rejected("Krawczyk's test does not show a critical point in the inner box")
    return inertia(at, n)


def contraction(inverse: Any, curvature: Any, scale: Sequence[Fraction]) -> Any:
    """An upper bound of ‖I − Y H‖ in the norm max |vᵢ|/sᵢ: row sums of |I − Y H|ᵢⱼ sⱼ/sᵢ."""
    n, s = inverse.nrows(), [number(value) for value in scale]
    entries = (inverse * curvature).entries()
    for i in range(n):
        entries[i * n + i] = entries[i * n + i] - 1
    sizes = [entry.abs_upper() for entry in entries]
    rows = (zip(sizes[i * n : i * n + n], s, strict=True) for i in range(n))
    return largest([sum((size * side for size, side in row), arb(0)) / s[i] for i, row in enumerate(rows)])


def largest(bounds: Sequence[Any]) -> Any:
    """An upper bound of all; nan when one of them is not finite."""
    found = arb(0)
    for bound in bounds:
        if not bound.is_finite():
            return arb("nan")
        found = found.max(bound)
    return found


def inertia(at: Jet, n: int) -> tuple[int, int]:
    """How many eigenvalues are positive and negative: LDLᵀ by sparse rows, with pivots of size 1 or 2."""
    rows: dict[int, dict[int, Any]] = {i: {} for i in range(n)}
    for (i, j), entry in at.curves.items():
        if not entry.is_zero():
            rows[i][j] = rows[j][i] = entry
    positive = negative = 0
    for k in range(n):
        if k not in rows:
            continue
        pivot = rows[k].get(k, arb(0))
        others = [(abs(entry).mid(), j) for j, entry in rows[k].items() if j != k]
        if others:
            size, j = max(others, key=lambda pair: (float(pair[0]), -pair[1]))
            d = rows[j].get(j, arb(0))
            off = rows[k][j]
            determinant = pivot * d - off * off
            if 8 * abs(pivot).mid() < size and determinant < 0:
                a, b = rows.pop(k), rows.pop(j)
                _eliminate(rows, k, j, ((a, d / determinant), (b, pivot / determinant)), -off / determinant)
                positive, negative = positive + 1, negative + 1
                continue
        if not (pivot > 0 or pivot < 0):
            raise Rejected("the sign of a pivot of the Hessian at the centre stays open")
        positive, negative = positive + (1 if pivot > 0 else 0), negative + (1 if pivot < 0 else 0)
        _eliminate(rows, k, k, ((rows.pop(k), 1 / pivot),), arb(0))
    return positive, negative


def _eliminate(rows: dict[int, dict[int, Any]], k: int, j: int, pivots: Any, cross: Any) -> None:
    """S ← S − Bᵀ P⁻¹ B, where B are the pivot rows and P⁻¹ has these diagonal entries and ``cross`` beside them."""
    touched: dict[int, list[Any]] = {}
    for place, (row, _) in enumerate(pivots):
        for i, entry in row.items():
            if i not in (k, j):
                touched.setdefault(i, [arb(0), arb(0)])[place] = entry
    first = pivots[0][1]
    second = pivots[1][1] if len(pivots) == 2 else arb(0)
    for i, (a, b) in touched.items():
        rows[i].pop(k, None)
        rows[i].pop(j, None)
        left, right = first * a + cross * b, cross * a + second * b
        for m, (c, e) in touched.items():
            rows[i][m] = rows[i].get(m, arb(0)) - (left * c + right * e)


# --------------------------------------------------------------------------------------------------------- text
def _line(names: Sequence[str], found: dict[str, Any], signs: tuple[int, int]) -> str:
    n = len(names)
    kind = "a strict minimum" if signs[0] == n else "a strict maximum" if signs[1] == n else "a saddle"
    centre = ", ".join(found["centre"]) if n <= 6 else f"{found['centre'][0]}, …"
    radius = found["radius"]
    if "scale" in found:
        radius += f" times ({', '.join(found['scale']) if n <= 6 else found['scale'][0] + ', …'})"
    return (
        f"{formula(names, found)} has exactly one critical point within {radius} of ({centre}) in each "
        f"coordinate: {kind}; over the whole box its Hessian has {signs[0]} positive and {signs[1]} negative "
        f"eigenvalues; its value there is between {found['value'][0]} and {found['value'][1]} [trusts python-flint]"
    )


def formula(names: Sequence[str], found: dict[str, Any]) -> str:
    """The formula written out, or the digest of the program when that would be long."""
    texts: list[str | None] = list(names)
    for name, *operands in found["program"]:
        if name == "constant":
            texts.append(operands[0] if operands[0][0] not in "-" and "/" not in operands[0] else f"({operands[0]})")
            continue
        parts = [texts[k] for k in operands]
        text = None
        if all(part is not None for part in parts):
            sign = _SIGNS.get(name)
            text = f"({f' {sign} '.join(map(str, parts))})" if sign else f"{name}({', '.join(map(str, parts))})"
        texts.append(text if text is not None and len(text) <= LONGEST_TEXT else None)
    whole = texts[found["output"]]
    if whole is None:
        content = json.dumps([list(names), found["program"], found["output"]], separators=(",", ":"))
        digest = hashlib.sha256(content.encode()).hexdigest()
        whole = f"the program of {len(found['program'])} instructions with SHA-256 {digest}"
    return f"f({', '.join(names) if len(names) <= 10 else f'{names[0]}, …, {names[-1]}'}) = {whole}"
