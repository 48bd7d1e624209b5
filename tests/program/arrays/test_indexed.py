"""SymPy's indexed formulas as array programs: the program written out is the formula written out."""

import numpy as np
import pytest
import sympy
from sympy import Product, Sum

from hessmath import program
from hessmath.errors import InputError
from hessmath.program.arithmetic import exact
from hessmath.program.arrays.derivatives import gradient, hessian, hvp, value_and_gradient
from hessmath.program.arrays.expanding import expand
from hessmath.program.arrays.indexed import lower_indexed
from tests.indexed_formulas import FORMULAS, SIZES, SMOOTH, W, a, b, i, m, n, u, x, y


def explicit(expr, f, sizes):
    """The formula written out by SymPy with its entries renamed, and their symbols."""
    tape = expand(f, sizes)
    entries = {name: sympy.Symbol(f"e{k}", real=True) for k, name in enumerate(tape.names)}
    written = written_out(expr.subs({sympy.Symbol(name, integer=True): value for name, value in sizes.items()}))
    puts = {e: entries[f"{e.base.label}[{','.join(map(str, e.indices))}]"] for e in written.atoms(sympy.Indexed)}
    puts |= {s: entries[str(s)] for s in (a, b)} if "a" in entries else {}
    return written.xreplace(puts), list(entries.values())


def written_out(expr):
    """Sums and products term by term."""
    if isinstance(expr, Sum | Product):
        index, low, high = expr.limits[-1]
        inner = expr.func(expr.function, *expr.limits[:-1]) if len(expr.limits) > 1 else expr.function
        terms = [written_out(inner.subs(index, value)) for value in range(int(low), int(high) + 1)]
        return sympy.Add(*terms) if isinstance(expr, Sum) else sympy.Mul(*terms)
    return expr.func(*map(written_out, expr.args)) if expr.has(Sum, Product) else expr


@pytest.fixture(params=SIZES, ids=str)
def sizes(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def needed(f, sizes):
    return {name: value for name, value in sizes.items() if name in f.size_names}


@pytest.mark.parametrize("name", [*FORMULAS, *SMOOTH])
def test_the_program_written_out_is_the_formula_written_out(name, sizes):
    expr, variables, parameters = (FORMULAS | SMOOTH)[name]
    f = lower_indexed(expr, variables, parameters)
    sizes = needed(f, sizes)
    written, symbols_ = explicit(expr, f, sizes)
    difference = program.read_back(expand(f, sizes), symbols_) - written
    assert difference == 0 or sympy.simplify(difference) == 0


@pytest.mark.parametrize("name", FORMULAS)
def test_derivatives_of_the_program_are_those_of_the_tape(name, sizes, rng):
    expr, variables, parameters = FORMULAS[name]
    if name == "curve fit":
        expr = Sum((y[i] - a * (x[i] * b + b**2)) ** 2, (i, 0, n - 1))
    f = lower_indexed(expr, variables, parameters)
    sizes = needed(f, sizes)
    tape = expand(f, sizes)
    count = f.dimension(sizes)
    variables = tape.names[:count]
    values = [int(v) for v in rng.integers(1, 100, len(tape.names))]
    direction = [int(v) for v in rng.integers(1, 100, count)]
    run = exact.run
    assert run(expand(gradient(f), sizes), values) == run(program.gradient(tape, variables), values)
    assert run(expand(value_and_gradient(f), sizes), values) == run(program.value_and_gradient(tape, variables), values)
    assert run(expand(hvp(f), sizes), values + direction) == run(program.hvp(tape, variables), values + direction)


@pytest.mark.parametrize("name", [name for name, row in FORMULAS.items() if W not in row[1]])
def test_hessian_blocks_are_those_of_the_tape(name, sizes, rng):
    expr, variables, parameters = FORMULAS[name]
    if name == "curve fit":
        expr = Sum((y[i] - a * (x[i] * b + b**2)) ** 2, (i, 0, n - 1))
    f = lower_indexed(expr, variables, parameters)
    sizes = needed(f, sizes)
    tape = expand(f, sizes)
    values = [int(v) for v in rng.integers(1, 100, len(tape.names))]
    full = exact.run(program.hessian(tape, tape.names[: f.dimension(sizes)]), values)
    blocks = exact.run(expand(hessian(f), sizes), values)
    assert blocks == in_blocks(full, f, sizes)


def in_blocks(full, f, sizes):
    """The entries of a Hessian row by row, block after block."""
    total = f.dimension(sizes)
    lengths = []
    for name in f.variables:
        lengths.append(1)
        for axis in f.shape(name):
            lengths[-1] *= axis.size.at(sizes)
    starts = [sum(lengths[:r]) for r in range(len(lengths))]
    return [
        full[(r0 + r) * total + c0 + c]
        for r0, rows in zip(starts, lengths, strict=True)
        for c0, columns in zip(starts, lengths, strict=True)
        for r in range(rows)
        for c in range(columns)
    ]


def test_code_does_not_grow_with_the_sizes():
    f = lower_indexed(FORMULAS["chained Rosenbrock"][0], [x])
    assert f.size_names == ("n",)
    assert len(f) < 10
    assert f.dimension({"n": 10**9}) == 10**9


def test_sizes_follow_from_the_use():
    f = lower_indexed(Sum(u[3 * i + 2] + u[3 * i], (i, 0, n - 1)), [u])
    assert str(f.shape("u")[0].size) == "3*n"


@pytest.mark.parametrize(
    ("expr", "variables", "parameters", "message"),
    [
        (Sum(x[i**2], (i, 0, n - 1)), [x], [], r"The index of x\[i\*\*2\] must be affine with integer coefficients"),
        (Sum(x[i], (i, 0, n**2)), [x], [], "A bound of i must be affine"),
        (Sum(x[i] * y[i], (i, 0, n - 1)), [x], [], "contains entries of y, but the declared arrays are x"),
        (Sum(x[i] * a, (i, 0, n - 1)), [x], [], "contains a, but the variables and parameters are x"),
        (Sum(u[i] + u[2 * i], (i, 0, n - 1)) + Sum(u[i], (i, 0, m)), [u], [], "size of u does not follow from its use"),
        (sympy.sin(x), [x], [], r"x is an array: write its entries, as in x\[i\]"),
        (Sum(x[i], (i, 0, n - 1)), [x, u], [], "u has no shape and is not used"),
        (Sum(x[i], (i, 0, n - 1)), [x, x], [], "x is named twice"),
        (Sum(x[i], (i, 0, n - 1)) * n, [x, n], [], "n is a size and cannot be a variable"),
    ],
)
def test_what_cannot_be_lowered_is_explained(expr, variables, parameters, message):
    with pytest.raises(InputError, match=message):
        lower_indexed(expr, variables, parameters)


def test_a_place_outside_its_array_is_named():
    f = lower_indexed(Sum(x[i + 1], (i, 0, n - 1)), [x])
    with pytest.raises(InputError, match=r"The formula uses x\[3\], but x has 3 entries"):
        expand(f, {"n": 3})


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_range_that_is_more_than_empty_still_gives_nothing(size):
    sums = Sum(x[0] ** 2, (i, 0, n - 3)) * x[0] + Product(x[0] + 1, (i, 0, n - 3)) + Sum(x[0] * x[i], (i, 0, n - 4))
    f = lower_indexed(sums, [x])
    point = [sympy.Rational(k + 2, 3) for k in range(size)]
    first, terms, others = point[0], max(size - 2, 0), point[: max(size - 3, 0)]
    assert exact.run(expand(f, {"n": size}), point) == [first**3 * terms + (first + 1) ** terms + first * sum(others)]
    slope = 3 * first**2 * terms + terms * (first + 1) ** (terms - 1) + sum(others) + (first if others else 0)
    assert exact.run(expand(gradient(f), {"n": size}), point)[0] == slope
