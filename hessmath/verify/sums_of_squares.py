"""Polynomials as sums of squares with polynomial multipliers: Σ gₖ·vₖᵀGₖvₖ with rational positive semidefinite Gₖ.

All Gram matrices with the right coefficients are G(y) = G₀ + Σ yⱼNⱼ, exactly.  A barrier method proposes the y whose
least eigenvalue is largest; rounded y keep the equations, so only semidefiniteness remains, and LDLᵀ shows it exactly.
Where no G is positive definite, the common kernel is guessed and split off (facial reduction), and the search repeats.

References
----------
Peyrl & Parrilo (2008), Computing sum of squares decompositions with rational coefficients, Theor. Comput. Sci. 409.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

Exponents = tuple[int, ...]
Poly = Mapping[Exponents, Fraction]

MAX_UNKNOWNS = 500
MAX_BASIS = 40
ROUNDS = 3
DENOMINATORS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 60, 120, 1000, 10**6)


@dataclass(frozen=True)
class Block:
    """A multiplier of squares of combinations of the basis; where ``needed`` the squares must not vanish."""

    factor: Poly
    basis: tuple[Poly, ...]
    needed: bool = False


@dataclass(frozen=True)
class Square:
    """coefficient · factor of the block · root²."""

    block: int
    coefficient: Fraction
    root: Poly


@dataclass(frozen=True)
class _Family:
    """All solutions of the equations: unknown k is start[k] + Σ yⱼ·columns[j][k]."""

    places: list[tuple[int, int, int]]
    start: list[Fraction]
    columns: list[list[Fraction]]

    def at(self, y: Sequence[Fraction]) -> list[Fraction]:
        found = list(self.start)
        for c, column in zip(y, self.columns, strict=True):
            if c:
                found = [u + c * v if v else u for u, v in zip(found, column, strict=True)]
        return found


def times(p: Poly, q: Poly) -> dict[Exponents, Fraction]:
    """p q."""
    total: dict[Exponents, Fraction] = {}
    for a, c in p.items():
        for b, d in q.items():
            key = tuple(i + j for i, j in zip(a, b, strict=True))
            total[key] = total.get(key, Fraction(0)) + c * d
    return {key: c for key, c in total.items() if c}


def sum_of_squares(target: Poly, blocks: Sequence[Block]) -> list[Square] | None:
    """Terms that add up to the target, or None where the search finds none.

    Examples
    --------
    >>> one, x = {(0,): Fraction(1)}, {(1,): Fraction(1)}
    >>> found = sum_of_squares({(0,): Fraction(1), (1,): Fraction(2), (2,): Fraction(1)}, [Block(one, (one, x))])
    >>> [(str(s.coefficient), {e: str(c) for e, c in s.root.items()}) for s in found]
    [('1', {(0,): '1', (1,): '1'})]
    """
    listed = _pruned(target, list(blocks))
    for _ in range(ROUNDS):
        if sum(len(b.basis) * (len(b.basis) + 1) // 2 for b in listed) > MAX_UNKNOWNS:
            return None
        if any(block.needed and not block.basis for block in listed):
            return None
        family = _family(target, listed)
        if family is None:
            return None
        y, least = _centre(family, listed)
        if least < -1e-3:
            return None
        for d in DENOMINATORS:
            unknowns = family.at([Fraction(round(float(c) * d), d) for c in y])
            found = _squares(family, unknowns, listed)
            if found is not None:
                return found
        smaller = _reduced(family, y, listed)
        if smaller is None:
            return None
        listed = smaller
    return None


def _pruned(target: Poly, blocks: list[Block]) -> list[Block]:
    """Drop a monomial whose square nothing can cancel: its diagonal entry has to be zero."""
    changed = True
    while changed:
        changed = False
        seen: dict[Exponents, set[tuple[int, int, int]]] = {}
        for k, block in enumerate(blocks):
            for i, a in enumerate(block.basis):
                for j, b in enumerate(block.basis[: i + 1]):
                    for key in times(block.factor, times(a, b)):
                        seen.setdefault(key, set()).add((k, i, j))
        for key, places in seen.items():
            if len(places) == 1 and key not in target:
                ((k, i, j),) = places
                if i == j:
                    basis = blocks[k].basis
                    blocks[k] = replace(blocks[k], basis=(*basis[:i], *basis[i + 1 :]))
                    changed = True
                    break
    return blocks


def _family(target: Poly, blocks: Sequence[Block]) -> _Family | None:
    import flint

    places: list[tuple[int, int, int]] = []
    rows: dict[Exponents, int] = {key: k for k, key in enumerate(target)}
    entries: list[tuple[int, int, Fraction]] = []
    for k, block in enumerate(blocks):
        for i, a in enumerate(block.basis):
            for j, b in enumerate(block.basis[: i + 1]):
                for key, c in times(block.factor, times(a, b)).items():
                    entries.append((rows.setdefault(key, len(rows)), len(places), c if i == j else 2 * c))
                places.append((k, i, j))
    n = len(places)
    system = flint.fmpq_mat(len(rows), n + 1)
    for r, k, c in entries:
        system[r, k] += flint.fmpq(c.numerator, c.denominator)
    for key, value in target.items():
        system[rows[key], n] = flint.fmpq(value.numerator, value.denominator)
    reduced, rank = system.rref()
    pivots: list[int] = []
    for r in range(rank):
        pivots.append(next(c for c in range(n + 1) if reduced[r, c] != 0))
    if n in pivots:
        return None
    start = [Fraction(0)] * n
    columns: list[list[Fraction]] = []
    for r, p in enumerate(pivots):
        start[p] = _fraction(reduced[r, n])
    for free in sorted(set(range(n)) - set(pivots)):
        column = [Fraction(0)] * n
        column[free] = Fraction(1)
        for r, p in enumerate(pivots):
            column[p] = -_fraction(reduced[r, free])
        columns.append(column)
    return _Family(places, start, columns)


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _centre(family: _Family, blocks: Sequence[Block]) -> tuple[list[float], float]:
    """y and t for which all G(y) − tI are well inside the cone, t ≤ 1 as large as the barrier method finds."""
    import numpy as np

    sizes = [len(block.basis) for block in blocks]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    n, d = int(offsets[-1]), len(family.columns)
    layers = np.zeros((d + 2, n, n))  # G₀, Nⱼ, −I
    for k, column in enumerate([family.start, *family.columns]):
        for (block, i, j), c in zip(family.places, column, strict=True):
            if c:
                a, b = offsets[block] + i, offsets[block] + j
                layers[k, a, b] = layers[k, b, a] = float(c)
    layers[d + 1] = -np.eye(n)
    moves = layers[1:].reshape(d + 1, n, n)
    z = np.zeros(d + 1)
    z[d] = min(np.linalg.eigvalsh(layers[0])[0] - 1.0, 0.5) if n else 0.0

    def inside(point: Any) -> Any:
        if point[d] >= 1:
            return None
        try:
            return np.linalg.cholesky(layers[0] + np.tensordot(point, moves, 1))
        except np.linalg.LinAlgError:
            return None

    def value(point: Any, factor: Any, weight: float) -> float:
        small = 1e-9 * float(point @ point)
        return float(-weight * point[d] - 2 * np.log(np.diag(factor)).sum() - np.log(1 - point[d])) + small

    weight = 1.0
    for _ in range(14):
        for _ in range(12):
            factor = inside(z)
            inverse = np.linalg.inv(layers[0] + np.tensordot(z, moves, 1))
            products = np.matmul(inverse, moves)
            slope = -np.trace(products, axis1=1, axis2=2) + 2e-9 * z
            slope[d] += -weight + 1 / (1 - z[d])
            bend = products.reshape(d + 1, -1) @ products.transpose(0, 2, 1).reshape(d + 1, -1).T
            bend[d, d] += 1 / (1 - z[d]) ** 2
            step = -np.linalg.solve(bend + 1e-9 * np.eye(d + 1), slope)
            decrease = float(-slope @ step)
            if decrease < 1e-6:
                break
            length, before = 1.0, value(z, factor, weight)
            while length > 1e-8:
                other = inside(z + length * step)
                if other is not None and value(z + length * step, other, weight) < before - 0.1 * length * decrease:
                    break
                length /= 2
            else:
                break
            z = z + length * step
        if z[d] > 1e-2 and weight > 10:
            break
        weight *= 4
    return [float(c) for c in z[:d]], float(z[d])


def _gram(family: _Family, unknowns: Sequence[Any], k: int, n: int, zero: Any) -> list[list[Any]]:
    matrix = [[zero] * n for _ in range(n)]
    for (block, i, j), c in zip(family.places, unknowns, strict=True):
        if block == k:
            matrix[i][j] = matrix[j][i] = c
    return matrix


def _squares(family: _Family, unknowns: Sequence[Fraction], blocks: Sequence[Block]) -> list[Square] | None:
    found: list[Square] = []
    for k, block in enumerate(blocks):
        n = len(block.basis)
        rows = _ldl(_gram(family, unknowns, k, n, Fraction(0)))
        if rows is None or (block.needed and not rows):
            return None
        for c, row in rows:
            root: dict[Exponents, Fraction] = {}
            for weight, p in zip(row, block.basis, strict=True):
                for key, value in p.items():
                    root[key] = root.get(key, Fraction(0)) + weight * value
            found.append(Square(k, c, {key: value for key, value in root.items() if value}))
    return found


def _ldl(matrix: list[list[Fraction]]) -> list[tuple[Fraction, list[Fraction]]] | None:
    """c and ℓ with matrix = Σ c·ℓℓᵀ, c > 0; None when it is not positive semidefinite."""
    n, found = len(matrix), []
    rest = [list(row) for row in matrix]
    for k in range(n):
        c = rest[k][k]
        if c < 0 or (c == 0 and any(rest[k])):
            return None
        if c:
            row = [value / c for value in rest[k]]
            found.append((c, row))
            for i in range(k, n):
                if row[i]:
                    rest[i] = [a - c * row[i] * b for a, b in zip(rest[i], row, strict=True)]
    return found


def _reduced(family: _Family, y: Sequence[float], blocks: Sequence[Block]) -> list[Block] | None:
    """The same blocks without the directions in which G seems to be zero for every solution."""
    import numpy as np

    unknowns = np.array([float(u) for u in family.start])
    for c, column in zip(y, family.columns, strict=True):
        unknowns = unknowns + c * np.array([float(v) for v in column])
    found, changed = [], False
    for k, block in enumerate(blocks):
        n = len(block.basis)
        values, vectors = np.linalg.eigh(np.array(_gram(family, list(unknowns), k, n, 0.0)).reshape(n, n))
        top = max([1.0, *map(abs, values)])
        null = [vectors[:, i] for i in range(n) if values[i] < 3e-4 * top]
        kernel = _rational_rows(null)
        if kernel is None:
            return None
        changed = changed or bool(kernel)
        found.append(replace(block, basis=tuple(_combined(block.basis, row) for row in _orthogonal(kernel, n))))
    return found if changed else None


def _rational_rows(vectors: Sequence[Any]) -> list[list[Fraction]] | None:
    """The reduced echelon form of the span, rounded to small rationals; None where it is not near them."""
    import numpy as np

    rows = np.array(vectors, dtype=float)
    r = 0
    for column in range(rows.shape[1] if len(vectors) else 0):
        if r == len(rows):
            break
        best = r + int(np.argmax(np.abs(rows[r:, column])))
        if abs(rows[best, column]) < 0.05:
            continue
        rows[[r, best]] = rows[[best, r]]
        rows[r] /= rows[r, column]
        for i in range(len(rows)):
            if i != r:
                rows[i] -= rows[i, column] * rows[r]
        r += 1
    exact = [[Fraction(float(c)).limit_denominator(24) for c in row] for row in rows]
    close = all(
        abs(float(a) - b) < 5e-2 for ar, br in zip(exact, rows, strict=True) for a, b in zip(ar, br, strict=True)
    )
    return exact if close else None


def _orthogonal(rows: list[list[Fraction]], n: int) -> Iterator[list[Fraction]]:
    """A basis of the vectors that are orthogonal to rows in reduced echelon form."""
    pivots = [next(k for k, c in enumerate(row) if c) for row in rows]
    for free in range(n):
        if free not in pivots:
            vector = [Fraction(int(k == free)) for k in range(n)]
            for p, row in zip(pivots, rows, strict=True):
                vector[p] = -row[free]
            yield vector


def _combined(basis: Sequence[Poly], weights: Sequence[Fraction]) -> Poly:
    total: dict[Exponents, Fraction] = {}
    for weight, p in zip(weights, basis, strict=True):
        for key, value in p.items():
            total[key] = total.get(key, Fraction(0)) + weight * value
    return {key: value for key, value in total.items() if value}
