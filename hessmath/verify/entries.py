"""Expressions at concrete sizes: grids of scalars in the entries of the variables.

The entry A[0, 1] is an atom of the same algebra that the words use, so relations, facts and
completion are shared; everything is commutative here.  Denominators are multiplied away before an
expression is compared with zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from hessmath.language.sizes import Shape, Size
from hessmath.verify.differentials import Differential
from hessmath.verify.trees import HOLE, Tree, number, replace, size_of, var
from hessmath.verify.word_trees import DERIVATIVES, FUNCTIONS, HYPERBOLIC, Printer, Reader
from hessmath.verify.words import Algebra, OutsideWords, Poly

Grid = list[list[Poly]]

MAX_DETERMINANT = 5


class EntryReader(Reader):
    """Reads trees at concrete sizes; ``structure`` shares or clears entries of symmetric, skew, diagonal variables.

    ``rewriting`` writes tanh, sigmoid and the like of a scalar with exp; otherwise they stay as they are.
    """

    def __init__(
        self,
        algebra: Algebra,
        shapes: Mapping[str, Shape],
        structure: Mapping[str, str],
        *,
        rewriting: bool = False,
    ) -> None:
        super().__init__(algebra)
        self.shapes = shapes
        self.structure = structure
        self.rewriting = rewriting
        self._grids: dict[Tree, Grid] = {}

    def read(self, tree: Tree) -> Poly:
        """The polynomial of a scalar tree.

        Raises
        ------
        OutsideWords
            If the tree is an array or has an operation that is not computed.
        """
        grid = self.grid(tree)
        if len(grid) != 1 or len(grid[0]) != 1:
            raise OutsideWords("an array where a scalar was needed")
        return grid[0][0]

    def grid(self, tree: Tree) -> Grid:
        """The entries of a tree, row by row; a vector is one column."""
        if tree not in self._grids:
            self._grids[tree] = self._grid(tree)
        return self._grids[tree]

    def entry(self, name: str, i: int, j: int) -> Poly:
        """One entry of a variable as an atom."""
        algebra = self.algebra
        shape = self.shapes[name]
        weight = algebra.weights.get(name, 0)
        if not shape:
            return algebra.scalar(algebra.atom(("var", name), "var", var(name), weight=weight))
        places = (i,) if len(shape) == 1 else (i, j)
        tree = ("index", var(name), *(number(k) for k in places))
        return algebra.scalar(algebra.atom(("entry", name, i, j), "var", tree, weight=weight))

    def atoms(self, name: str) -> Grid:
        """All entries of a variable as independent atoms."""
        rows, columns = extent(self.shapes[name])
        return [[self.entry(name, i, j) for j in range(columns)] for i in range(rows)]

    def _variable(self, name: str) -> Grid:
        grid = self.atoms(name)
        kind, zero = self.structure.get(name), self.algebra.number(0)
        n = range(len(grid))
        if kind == "diagonal":
            return [[grid[i][j] if i == j else zero for j in n] for i in n]
        if kind == "symmetric":
            return [[grid[min(i, j)][max(i, j)] for j in n] for i in n]
        if kind == "skew":
            turned = [[self.algebra.scale(grid[j][i], -1) for j in n] for i in n]
            return [[zero if i == j else grid[i][j] if i < j else turned[i][j] for j in n] for i in n]
        return grid

    def _grid(self, tree: Tree) -> Grid:
        algebra, op, args = self.algebra, tree[0], tree[1:]
        one, zero = algebra.number(1), algebra.number(0)
        match tree:
            case ("num", text):
                return [[algebra.number(Fraction(text))]]
            case ("var", name):
                return self._variable(name)
            case ("size", _) | ("bound", _):
                raise OutsideWords("a size without a number")
            case ("eye", n):
                k = range(_count(size_of(n)))
                return [[one if i == j else zero for j in k] for i in k]
            case ("zeros" | "ones", *sizes):
                rows, columns = extent(tuple(size_of(n) for n in sizes))
                return [[one if op == "ones" else zero] * columns for _ in range(rows)]
            case ("K", m, n):
                return self._commutation(_count(size_of(m)), _count(size_of(n)))
            case ("block", *rows):
                return [
                    [cell for part in parts for cell in part]
                    for row in rows
                    for parts in zip(*(self.grid(cell) for cell in row[1:]), strict=True)
                ]
            case ("index", A, *places):
                grid = self.grid(A)
                i, j = [int(_whole(place)) for place in places] + [0] * (2 - len(places))
                if not (0 <= i < len(grid) and 0 <= j < len(grid[0])):
                    raise OutsideWords("an index that is out of range at this size")
                return [[grid[i][j]]]
            case ("mpow", A, k):
                return self._grid_power(A, int(_whole(k)))
            case ("norm2" | "normF", A):
                return self.grid(("sqrt", ("nsq", A)))
            case ("E",) | ("pi",):
                return [[super()._read(tree)]]
        if op in DERIVATIVES:
            return self._derivative(tree)
        grids = [self.grid(arg) for arg in args]
        if op in {"add", "mul", "had", "neg", "div", "pow"} or op in FUNCTIONS:
            return self._entrywise(tree, grids)
        return self._array(tree, grids)

    def _commutation(self, m: int, n: int) -> Grid:
        one, zero = self.algebra.number(1), self.algebra.number(0)
        return [[one if (r % n, r // n) == (c // m, c % m) else zero for c in range(m * n)] for r in range(m * n)]

    def _grid_power(self, base: Tree, k: int) -> Grid:
        if abs(k) > 16:
            raise OutsideWords("a matrix power above 16")
        factor = self.grid(base if k >= 0 else ("inv", base))
        total = self.grid(("eye", number(len(factor))))
        for _ in range(abs(k)):
            total = self._multiply(total, factor)
        return total

    def _multiply(self, a: Grid, b: Grid) -> Grid:
        algebra = self.algebra
        return [
            [algebra.add(*(algebra.times(p, q[j]) for p, q in zip(row, b, strict=True))) for j in range(len(b[0]))]
            for row in a
        ]

    def _array(self, tree: Tree, grids: list[Grid]) -> Grid:
        algebra, op, first = self.algebra, tree[0], grids[0]
        zero = algebra.number(0)
        n = range(len(first))
        match op:
            case "matmul":
                return self._chain(tree, grids)
            case "T":
                return _flipped(first)
            case "inv":
                return self._inverse_grid(tree[1], first)
            case "det":
                return [[self._determinant(first)]]
            case "adj":
                return self._adjugate(first)
            case "outer":
                return self._multiply(first, _flipped(grids[1]))
            case "kron":
                return [[algebra.times(a, b) for a in up for b in low] for up in first for low in grids[1]]
            case "vec":
                return [[cell] for column in zip(*first, strict=True) for cell in column]
            case "diag":
                return [[first[i][0] if i == j else zero for j in n] for i in n]
            case "diagpart":
                return [[first[i][j] if i == j else zero for j in n] for i in n]
            case "diagvec":
                return [[first[i][i]] for i in n]
            case "trace":
                return [[algebra.add(*(first[i][i] for i in n))]]
            case "sum":
                return [[algebra.add(*(cell for row in first for cell in row))]]
            case "nsq":
                return [[algebra.add(*(algebra.times(cell, cell) for row in first for cell in row))]]
            case "logsumexp":
                return self.grid(("log", ("sum", ("exp", tree[1]))))
            case "softmax":
                return self.grid(("div", ("exp", tree[1]), ("sum", ("exp", tree[1]))))
        raise OutsideWords(f"the operation {op}")

    def _chain(self, tree: Tree, grids: list[Grid]) -> Grid:
        total = grids[0]
        vector = self._is_vector(tree[1])
        for arg, grid in zip(tree[2:], grids[1:], strict=True):
            other = self._is_vector(arg)
            total = self._multiply(_flipped(total) if vector else total, grid)
            if vector and not other:
                total = _flipped(total)
            vector = (vector or other) and not (vector and other)
        return total

    def _is_vector(self, tree: Tree) -> bool:
        from hessmath.verify.trees import shape_of

        return len(shape_of(tree, self.shapes)) == 1

    def _determinant(self, grid: Grid) -> Poly:
        algebra, n = self.algebra, len(grid)
        if n > MAX_DETERMINANT:
            raise OutsideWords("a determinant above 5 × 5")
        minors: dict[tuple[int, ...], Poly] = {(): algebra.number(1)}
        for row in reversed(grid):
            wider: dict[tuple[int, ...], Poly] = {}
            for columns, minor in minors.items():
                for j in set(range(n)) - set(columns):
                    chosen = tuple(sorted((*columns, j)))
                    term = algebra.scale(algebra.times(row[j], minor), (-1) ** chosen.index(j))
                    wider[chosen] = algebra.add(wider[chosen], term) if chosen in wider else term
            minors = wider
        return minors[tuple(range(n))]

    def _adjugate(self, grid: Grid) -> Grid:
        n = range(len(grid))

        def cofactor(i: int, j: int) -> Poly:
            rest = [[cell for c, cell in enumerate(row) if c != j] for r, row in enumerate(grid) if r != i]
            return self.algebra.scale(self._determinant(rest), (-1) ** (i + j))

        return [[cofactor(j, i) for j in n] for i in n]

    def _inverse_grid(self, argument: Tree, grid: Grid) -> Grid:
        determinant = self._determinant(grid)
        factor = self._reciprocal_of(determinant, ("det", argument) if len(grid) > 1 else None)
        return [[self.algebra.times(factor, cell) for cell in row] for row in self._adjugate(grid)]

    def _reciprocal_of(self, p: Poly, tree: Tree | None = None) -> Poly:
        """1/p as an atom, its argument kept for clearing."""
        if not p:
            raise OutsideWords("a division by zero")
        printed = tree or Printer(self.algebra).poly(p)
        inverse = self.algebra.inverse(p, ("inv", printed))
        (((atoms, _), _),) = inverse.terms.items()
        if atoms:
            self.arguments.setdefault(atoms[0], ("inv", p, printed))
        return inverse

    def _entrywise(self, tree: Tree, grids: list[Grid]) -> Grid:
        rows = max(len(grid) for grid in grids)
        columns = max(len(grid[0]) for grid in grids)

        def pick(grid: Grid, i: int, j: int) -> Poly:
            return grid[0][0] if len(grid) == 1 and len(grid[0]) == 1 else grid[i][j]

        return [[self._cell(tree, [pick(grid, i, j) for grid in grids]) for j in range(columns)] for i in range(rows)]

    def _cell(self, tree: Tree, parts: Sequence[Poly]) -> Poly:
        algebra, op = self.algebra, tree[0]
        match op:
            case "add":
                return algebra.add(*parts)
            case "neg":
                return algebra.scale(parts[0], -1)
            case "mul" | "had":
                total = parts[0]
                for part in parts[1:]:
                    total = algebra.times(total, part)
                return total
            case "div":
                return algebra.times(parts[0], self._reciprocal_of(parts[1]))
            case "pow":
                return self._cell_power(parts[0], parts[1].constant)
        return self._function(op, parts[0])

    def _cell_power(self, base: Poly, power: Fraction | None) -> Poly:
        if power is None or power.denominator > 2 or abs(power) > 64:
            raise OutsideWords("a power with an exponent that is not a small whole number")
        if power.denominator == 2:
            base = self._function("sqrt", base)
        if power < 0:
            base = self._reciprocal_of(base)
        return self.repeated(base, abs(power.numerator))

    def _function(self, op: str, p: Poly) -> Poly:
        """f(s) as an atom."""
        if op == "sqrt" and p.constant is not None and p.constant >= 0:
            root = _root(p.constant)
            if root is not None:
                return self.algebra.number(root)
        printed = Printer(self.algebra).poly(p)
        if op == "exp":
            return self._exponential(p)
        if op in HYPERBOLIC and self.rewriting:
            return self.read(replace(HYPERBOLIC[op], HOLE, printed))
        return self.algebra.scalar(self._function_atom(op, p, (op, printed)))

    # --- derivatives -------------------------------------------------------------------------

    def _derivative(self, tree: Tree) -> Grid:
        op, f, (_, name), *directions = tree
        algebra, grid, atoms = self.algebra, self.grid(f), self.atoms(name)
        if name in self.structure:
            raise OutsideWords("a derivative in a variable with a structure")

        def along(change: Grid) -> Differential:
            moved = {
                _key(algebra, atom): cell
                for row, cells in zip(atoms, change, strict=True)
                for atom, cell in zip(row, cells, strict=True)
            }
            return Differential(self, moved)

        if op in {"dirderiv", "dirderiv2"}:
            for direction in directions:
                move = along(self.grid(direction))
                grid = [[move(cell) for cell in row] for row in grid]
            return grid

        def partial(i: int, j: int) -> Differential:
            rows, columns = len(atoms), len(atoms[0])
            return along([[algebra.number(int((r, c) == (i, j))) for c in range(columns)] for r in range(rows)])

        places = [(i, j) for j in range(len(atoms[0])) for i in range(len(atoms))]  # column-major
        if op == "jacobian":
            return [[partial(i, j)(row[0]) for i, j in places] for row in grid]
        first = {place: partial(*place)(grid[0][0]) for place in places}
        if op == "hessian":
            return [[partial(*b)(first[a]) for b in places] for a in places]
        n = range(len(atoms))
        gradient = [[first[i, j] for j in range(len(atoms[0]))] for i in n]
        if op == "gradient_diag":
            return [[gradient[i][i]] for i in n]
        if op == "gradient_sym":
            return [[algebra.add(gradient[i][j], gradient[j][i]) if i != j else gradient[i][i] for j in n] for i in n]
        return gradient

    # --- zero --------------------------------------------------------------------------------

    def cleared(self, p: Poly) -> tuple[Poly, list[Tree]]:
        """p times a product of denominators without any 1/s left, and those denominators (nonzero scalars).

        Denominators are met from the newest to the oldest; what one inverts holds older atoms only.
        """
        algebra = self.algebra
        factors: list[Tree] = []
        while True:
            inverses = {i for atoms, _ in p.terms for i in atoms if self.arguments.get(i, ("",))[0] == "inv"}
            if not inverses:
                return p, factors
            newest = max(inverses)
            _, bottom, printed = self.arguments[newest]
            top = max(atoms.count(newest) for atoms, _ in p.terms)
            total: Poly = Poly({}, ())
            for (atoms, word), c in p.terms.items():
                k = atoms.count(newest)
                rest = Poly({(tuple(i for i in atoms if i != newest), word): c}, ())
                total = algebra.add(total, algebra.times(self.repeated(bottom, top - k), rest))
            p = total
            factors += [printed] * top


def extent(shape: Shape) -> tuple[int, int]:
    """Rows and columns of a shape whose sizes are numbers."""
    numbers = [_count(size) for size in shape]
    rows, columns = numbers + [1] * (2 - len(numbers))
    return rows, columns


def _count(size: Size) -> int:
    if size.known is None:
        raise OutsideWords("a size without a number")
    return size.known


def _whole(tree: Tree) -> Fraction:
    known = size_of(tree).known
    if known is None:
        raise OutsideWords("an index without a number")
    return Fraction(known)


def _flipped(grid: Grid) -> Grid:
    return [list(column) for column in zip(*grid, strict=True)]


def _key(algebra: Algebra, p: Poly) -> tuple[object, ...]:
    (((atoms, _), _),) = p.terms.items()
    return algebra.atoms[atoms[0]].key


def _root(value: Fraction) -> Fraction | None:
    from math import isqrt

    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    return root if root * root == value else None
