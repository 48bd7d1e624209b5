"""The engine for concrete sizes: expressions as grids of rational functions of the entries.

A vector is a grid with one column, a scalar a grid with one cell.  Cells are word-free forms, so the
zero test of ``algebra`` decides equality of rational functions; exp, sqrt, … of cells are atoms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import lcm

from hessmath.verify.kernel.algebra import UNIT, Algebra, Derivation, Form, add, constant, known, scale
from hessmath.verify.kernel.trees import (
    DERIVATIVES,
    FUNCTIONS,
    Rejected,
    Shape,
    Tree,
    depends,
    literal,
    minus,
    size_of,
    text,
)
from hessmath.verify.kernel.words import dims, exponent

Grid = list[list[Form]]
Rationals = list[list[Fraction]]

MAX_DETERMINANT, MAX_EIGENVALUE = 7, 10_000


def extent(shape: Shape) -> tuple[int, int]:
    """Rows and columns as numbers."""
    rows, columns = (size.known for size in dims(shape))
    if rows is None or columns is None or rows * columns > 4000:
        raise Rejected("a size is not known here, or too large")
    return rows, columns


def flat(grid: Sequence[Sequence[Form]]) -> list[Form]:
    """The cells, row by row."""
    return [cell for row in grid for cell in row]


def flipped(grid: Sequence[Sequence[Form]]) -> Grid:
    """The transpose."""
    return [list(column) for column in zip(*grid, strict=True)]


class Entries:
    """Grids of plain trees at known sizes.

    ``values`` fixes variables to grids; ``structure`` names symmetric, skew and diagonal variables, whose
    entries are shared or zero; ``definitions`` gives variables that a hypothesis equates with an expression.
    ``decide`` tells whether a condition holds, for Piecewise.  All of these are equations that hold, so
    using or not using one is equally sound; the variable of a derivative must have none of them.
    """

    by_inverse = False

    def __init__(
        self,
        values: Mapping[str, Grid] | None = None,
        structure: Mapping[str, str] | None = None,
        definitions: Mapping[str, Tree] | None = None,
        decide: Callable[[Tree], bool] | None = None,
        algebra: Algebra | None = None,
    ) -> None:
        self.algebra = algebra or Algebra()
        self._values, self._decide = dict(values or {}), decide
        self._structure, self._definitions = dict(structure or {}), dict(definitions or {})
        self._free: set[str] = set()

    def is_zero(self, tree: Tree) -> bool:
        """Whether the expression is zero (True is a proof)."""
        return all(self.algebra.is_zero(cell) for row in self.normal(tree) for cell in row)

    def equal(self, a: Tree, b: Tree) -> bool:
        """Whether two expressions of one shape are equal (True is a proof)."""
        return a.shape == b.shape and self.is_zero(minus(a, b))

    def constant(self, tree: Tree) -> Fraction | None:
        """The rational number a scalar is, where it is one for every value."""
        return known(self.normal(tree)[0][0]) if tree.shape == () else None

    def rationals(self, tree: Tree) -> Rationals | None:
        """The numbers of a constant matrix, or None."""
        rows = [[known(cell) for cell in row] for row in self.normal(tree)]
        full = [[cell for cell in row if cell is not None] for row in rows]
        return full if full == rows else None

    def scalar(self, tree: Tree) -> Form:
        """The one cell of a scalar expression."""
        return self.normal(tree)[0][0]

    def atoms(self, tree: Tree) -> Grid:
        """The cells of a variable as independent atoms."""
        rows, columns = extent(tree.shape)
        return [[self.algebra.atom("var", tree.value, i, j) for j in range(columns)] for i in range(rows)]

    def _variable(self, tree: Tree) -> Grid:
        name, grid = str(tree.value), self.atoms(tree)
        if name in self._free:
            return grid
        if name in self._values:
            return self._values[name]
        if name in self._definitions:
            definition = self._definitions.pop(name)  # while it is read, the name itself stays an atom
            try:
                return self.normal(definition)
            finally:
                self._definitions[name] = definition
        structure, n = self._structure.get(name), len(grid)
        if structure == "diagonal":
            return [[grid[i][j] if i == j else {} for j in range(n)] for i in range(n)]
        if structure:
            sign = -1 if structure == "skew" else 1
            upper = [[grid[i][j] if i <= j else scale(grid[j][i], sign) for j in range(n)] for i in range(n)]
            return [[{} if i == j and sign < 0 else upper[i][j] for j in range(n)] for i in range(n)]
        return grid

    def multiply(self, a: Grid, b: Grid) -> Grid:
        """The matrix product."""
        times, columns = self.algebra.times, flipped(b)
        return [[add(*map(times, row, column)) for column in columns] for row in a]

    def determinant(self, grid: Grid) -> Form:
        """Expansion along rows, minors of the same columns computed once."""
        if len(grid) > MAX_DETERMINANT:
            raise Rejected("a determinant is too large for the checker")
        minors: dict[tuple[int, ...], Form] = {(): UNIT}
        for row in reversed(grid):
            size = len(next(iter(minors))) + 1
            wider: dict[tuple[int, ...], Form] = {}
            for columns, minor in minors.items():
                for j in set(range(len(grid))) - set(columns):
                    chosen = tuple(sorted((*columns, j)))
                    sign = (-1) ** chosen.index(j)
                    term = scale(self.algebra.times(row[j], minor), sign)
                    wider[chosen] = add(wider.get(chosen, {}), term)
            minors = {columns: minor for columns, minor in wider.items() if len(columns) == size}
        return minors[tuple(range(len(grid)))]

    def adjugate(self, grid: Grid) -> Grid:
        """The transposed cofactors."""
        n = len(grid)

        def cofactor(i: int, j: int) -> Form:
            rest = [[cell for c, cell in enumerate(row) if c != j] for r, row in enumerate(grid) if r != i]
            return scale(self.determinant(rest), (-1) ** (i + j))

        return [[cofactor(j, i) for j in range(n)] for i in range(n)]

    def normal(self, tree: Tree) -> Grid:
        """The grid of an expression."""
        algebra, op, args = self.algebra, tree.op, tree.args
        if op == "num":
            return [[constant(Fraction(str(tree.value)))]]
        if op == "pi":
            return [[algebra.atom("pi")]]
        if op == "var":
            return self._variable(tree)
        rows, columns = extent(tree.shape)
        if op in ("zeros", "ones", "eye"):
            cell = {"zeros": (0, 0), "ones": (1, 1), "eye": (0, 1)}[op]
            return [[constant(cell[i == j]) for j in range(columns)] for i in range(rows)]
        if op == "K":
            m, n = (size_of(arg).known or 0 for arg in args)
            return [[constant(int((r % n, r // n) == (c // m, c % m))) for c in range(m * n)] for r in range(m * n)]
        if op == "block":
            bands = [zip(*map(self.normal, row.args), strict=True) for row in args]
            return [flat(parts) for band in bands for parts in band]
        if op == "Piecewise":
            for case in args:
                if self._decide is None:
                    raise Rejected("Piecewise needs a point")
                if self._decide(case.args[1]):
                    return self.normal(case.args[0])
            raise Rejected("no case of Piecewise applies")
        if op in DERIVATIVES:
            return self._derivative(tree)
        grids = [self.normal(arg) for arg in args]
        if op in ("add", "mul", "div", "pow", "neg", "Max", "Min", "atan2") or op in FUNCTIONS:
            return self._entrywise(tree, grids, rows, columns)
        first, shape = grids[0], args[0].shape
        if op == "matmul":
            for arg, grid in zip(args[1:], grids[1:], strict=True):
                product = self.multiply(flipped(first) if len(shape) == 1 else first, grid)
                row = len(shape) == 1 and len(arg.shape) == 2
                first, shape = flipped(product) if row else product, shape[:-1] + arg.shape[1:]
            return first
        if op == "T":
            return flipped(first) if len(shape) == 2 else first
        if op == "inv":
            inverse = algebra.invert(self.determinant(first))
            return [[algebra.times(inverse, cell) for cell in row] for row in self.adjugate(first)]
        if op == "det":
            return [[self.determinant(first)]]
        if op == "adj":
            return self.adjugate(first)
        if op == "outer":
            return self.multiply(first, flipped(grids[1]))
        if op == "kron":
            return [[algebra.times(a, b) for a in upper for b in lower] for upper in first for lower in grids[1]]
        if op == "vec":
            return [[cell] for column in zip(*first, strict=True) for cell in column]
        if op == "diag":
            return [[first[i][0] if i == j else {} for j in range(columns)] for i in range(rows)]
        if op == "diagpart":
            return [[cell if i == j else {} for j, cell in enumerate(row)] for i, row in enumerate(first)]
        if op in ("diagvec", "trace"):
            diagonal = [[row[i]] for i, row in enumerate(first)]
            return diagonal if op == "diagvec" else [[add(*(cell for row in diagonal for cell in row))]]
        if op == "index":
            position = [int(literal(arg) or 0) for arg in args[1:]] + [0]
            if position[0] >= len(first) or position[1] >= len(first[0]):
                raise Rejected(f"{text(tree)} is out of range")
            return [[first[position[0]][position[1]]]]
        if op in ("sum", "softmax", "logsumexp"):
            cells = first if op == "sum" else [[algebra.apply("exp", cell) for cell in row] for row in first]
            total = add(*(cell for row in cells for cell in row))
            if op == "softmax":
                return [[algebra.times(algebra.invert(total), cell) for cell in row] for row in cells]
            return [[total if op == "sum" else algebra.apply("log", total)]]
        if op in ("norm1", "norminf", "normmax"):
            sizes = [[algebra.apply("Abs", cell) for cell in row] for row in first]
            lines = flipped(sizes) if op == "norm1" else sizes
            totals = [add(*line) for line in lines] if op != "normmax" else [cell for line in lines for cell in line]
            return [[algebra.extreme("Max", totals)]]
        numbers = self.rationals(args[0])
        if numbers is not None and op in ("rank", "pinv"):
            reduced, pivots = reduce_rows(numbers)
            if op == "rank":
                return [[constant(len(pivots))]]
            return self._pseudo_inverse(first, [[constant(c) for c in row] for row in reduced[: len(pivots)]], pivots)
        if numbers is not None and op in ("eigs", "lmin", "lmax", "eigL", "nspec", "nnuc", "svals", "expm"):
            return self._spectral(op, numbers)
        raise Rejected(f"the checker does not compute {op} entry by entry")

    def _spectral(self, op: str, matrix: Rationals) -> Grid:
        """Eigenvalues of a symmetric matrix, norms from those of AᵀA, exp where it has a closed form."""
        if op == "expm" and (len(matrix) == 2 or _is_diagonal(matrix)):
            return self._exponential(matrix)
        if op == "expm":
            total = power = [[Fraction(i == j) for j in range(len(matrix))] for i in range(len(matrix))]
            for k in range(1, len(matrix) + 1):
                power = [[cell / k for cell in row] for row in _product(power, matrix)]
                total = [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(total, power, strict=True)]
            if any(cell for row in power for cell in row):
                raise Rejected("the exponential of a matrix is computed only when a power of it is zero")
            return [[constant(cell) for cell in row] for row in total]
        if op in ("nspec", "nnuc", "svals"):
            squares = eigenvalues(_product([list(column) for column in zip(*matrix, strict=True)], matrix))
            roots = [self.algebra.apply("sqrt", constant(value)) for value in squares]
            if op == "svals":  # AᵀA has a zero for each column beyond the rows
                return [[root] for root in roots[::-1][: len(matrix)]]
            return [[add(*roots) if op == "nnuc" else roots[-1]]]
        values = eigenvalues(matrix)
        if op in ("lmin", "lmax"):
            return [[constant(values[0 if op == "lmin" else -1])]]
        if op == "eigs":
            return [[constant(value)] for value in values]
        return [[constant(value if i == j else 0) for j in range(len(values))] for i, value in enumerate(values)]

    def _exponential(self, matrix: Rationals) -> Grid:
        """exp of a diagonal matrix, or of sI + N of order 2 with tr N = 0, where N² = dI (Cayley–Hamilton)."""
        algebra = self.algebra
        if _is_diagonal(matrix):
            rows = range(len(matrix))
            return [[algebra.apply("exp", constant(matrix[i][i])) if i == j else {} for j in rows] for i in rows]
        (a, b), (c, e) = matrix
        s = (a + e) / 2
        d = s * s - a * e + b * c
        first, second = constant(1), constant(1)  # exp(N) = first·I + second·N
        if d:
            q = algebra.apply("sqrt", constant(abs(d)))
            pair = [algebra.apply("exp", q), algebra.apply("exp", scale(q, -1))]
            first = scale(add(*pair), Fraction(1, 2)) if d > 0 else algebra.apply("cos", q)
            second = scale(add(pair[0], scale(pair[1], -1)), Fraction(1, 2)) if d > 0 else algebra.apply("sin", q)
            second = algebra.times(second, algebra.invert(q))
        outer = algebra.apply("exp", constant(s))
        return [
            [
                algebra.times(outer, add(first if i == j else {}, scale(second, matrix[i][j] - (s if i == j else 0))))
                for j in range(2)
            ]
            for i in range(2)
        ]

    def _pseudo_inverse(self, grid: Grid, rows: Grid, pivots: list[int]) -> Grid:
        """A = CR with C of full column rank, R of full row rank: A⁺ = Rᵀ(RRᵀ)⁻¹(CᵀC)⁻¹Cᵀ."""
        if not pivots:
            return [[{} for _ in grid] for _ in grid[0]]
        columns = [[row[j] for j in pivots] for row in grid]

        def inverse(square: Grid) -> Grid:
            factor = self.algebra.invert(self.determinant(square))
            return [[self.algebra.times(factor, cell) for cell in row] for row in self.adjugate(square)]

        left = self.multiply(flipped(rows), inverse(self.multiply(rows, flipped(rows))))
        return self.multiply(left, self.multiply(inverse(self.multiply(flipped(columns), columns)), flipped(columns)))

    def _entrywise(self, tree: Tree, grids: list[Grid], rows: int, columns: int) -> Grid:
        algebra, op = self.algebra, tree.op
        power = exponent(tree) if op == "pow" else None

        def cell(*parts: Form) -> Form:
            if op == "add":
                return add(*parts)
            if op == "mul":
                return reduce(algebra.times, parts)
            if op == "div":
                return algebra.times(parts[0], algebra.invert(parts[1]))
            if op == "neg":
                return scale(parts[0], -1)
            if op in FUNCTIONS:
                return algebra.apply(op, parts[0])
            if op != "pow":
                return algebra.extreme(op, parts)
            if isinstance(power, int):
                return algebra.power(parts[0] if power >= 0 else algebra.invert(parts[0]), abs(power))
            if power is not None:
                return algebra.real_power(parts[0], power)
            return algebra.apply("exp", algebra.times(parts[1], algebra.apply("log", parts[0])))

        wide = [grid if arg.shape else [grid[0] * columns] * rows for arg, grid in zip(tree.args, grids, strict=True)]
        return [[cell(*(grid[i][j] for grid in wide)) for j in range(columns)] for i in range(rows)]

    # -------------------------------------------------------------------------------------- derivatives
    def _derivative(self, tree: Tree) -> Grid:
        """Partial derivatives with the cells of x as independent atoms; fixed values are put in afterwards."""
        f, x, *directions = tree.args
        name = str(x.value)
        if name in self._structure or any(k == name or depends(d, name) for k, d in self._definitions.items()):
            raise Rejected("the variable of a derivative varies freely")
        opened = name not in self._free
        self._free.add(name)
        try:
            grid = self._differentiate(tree.op, self.normal(f), x, [self.normal(v) for v in directions])
        finally:
            if opened:
                self._free.discard(name)
        if not opened or name not in self._values:
            return grid
        values = dict(zip(map(_number, flat(self.atoms(x))), flat(self._values[name]), strict=True))
        return [[self.algebra.substitute(cell, values) for cell in row] for row in grid]

    def _differentiate(self, op: str, f: Grid, x: Tree, directions: list[Grid]) -> Grid:
        algebra, atoms = self.algebra, self.atoms(x)

        def along(direction: Grid) -> Callable[[Form], Form]:
            return Derivation(algebra, dict(zip(map(_number, flat(atoms)), flat(direction), strict=True)))

        if op in ("dirderiv", "dirderiv2"):
            for direction in directions:
                change = along(direction)
                f = [[change(cell) for cell in row] for row in f]
            return f

        def partial(i: int, j: int) -> Callable[[Form], Form]:
            return along([[constant(int((r, c) == (i, j))) for c in range(len(atoms[0]))] for r in range(len(atoms))])

        places = [(i, j) for j in range(len(atoms[0])) for i in range(len(atoms))]  # column-major
        if op == "jacobian":
            return [[partial(i, j)(row[0]) for i, j in places] for row in f]
        first = {place: partial(*place)(f[0][0]) for place in places}
        if op == "hessian":
            return [[partial(*b)(first[a]) for b in places] for a in places]
        gradient = [[first[i, j] for j in range(len(atoms[0]))] for i in range(len(atoms))]
        if op == "gradient_diag":
            return [[gradient[i][i]] for i in range(len(gradient))]
        if op == "gradient_sym":
            n = range(len(gradient))
            return [[add(gradient[i][j], gradient[j][i]) if i != j else gradient[i][i] for j in n] for i in n]
        return gradient


def _number(atom: Form) -> int:
    """The number of the atom that a form is."""
    (((number, _),), _) = next(iter(atom))
    return number


def _product(a: Rationals, b: Rationals) -> Rationals:
    return [
        [sum((x * y for x, y in zip(row, column, strict=True)), Fraction(0)) for column in zip(*b, strict=True)]
        for row in a
    ]


def eigenvalues(matrix: Rationals) -> list[Fraction]:
    """All eigenvalues in ascending order, when they are rational (and not too large): exact.

    With d the common denominator, dA has a monic characteristic polynomial with integer coefficients
    (Faddeev–LeVerrier), so its rational roots are integers; they are found one by one and divided out.
    """
    n, d = len(matrix), lcm(*(cell.denominator for row in matrix for cell in row))
    scaled = [[cell * d for cell in row] for row in matrix]
    coefficients, power = [Fraction(1)], scaled
    for k in range(1, n + 1):
        c = -sum((power[i][i] for i in range(n)), Fraction(0)) / k
        coefficients.append(c)
        shifted = [[cell + (c if i == j else 0) for j, cell in enumerate(row)] for i, row in enumerate(power)]
        power = _product(scaled, shifted)
    bound = max(sum(abs(cell) for cell in row) for row in scaled)
    roots: list[Fraction] = []
    if bound <= MAX_EIGENVALUE:
        for root in range(-int(bound), int(bound) + 1):
            while len(roots) < n:
                quotient = [Fraction(0)]
                for c in coefficients:
                    quotient.append(quotient[-1] * root + c)
                if quotient.pop():
                    break
                coefficients = quotient[1:]
                roots.append(Fraction(root, d))
    if len(roots) < n:
        raise Rejected("the eigenvalues are not rational, or too large for the checker")
    return roots


def reduce_rows(matrix: Sequence[Sequence[Fraction]]) -> tuple[Rationals, list[int]]:
    """The reduced row echelon form and its pivot columns."""
    rows = [list(row) for row in matrix]
    pivots: list[int] = []
    for column in range(len(rows[0])):
        top = len(pivots)
        found = next((r for r in range(top, len(rows)) if rows[r][column]), None)
        if found is None:
            continue
        rows[top], rows[found] = rows[found], rows[top]
        lead = rows[top][column]
        rows[top] = [value / lead for value in rows[top]]
        for r, row in enumerate(rows):
            if r != top and (factor := row[column]):
                rows[r] = [a - factor * b if b else a for a, b in zip(row, rows[top], strict=True)]
        pivots.append(column)
    return rows, pivots


def _is_diagonal(matrix: Rationals) -> bool:
    return not any(cell for i, row in enumerate(matrix) for j, cell in enumerate(row) if i != j)
