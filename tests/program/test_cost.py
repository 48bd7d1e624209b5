"""Operation counts: f and gradient together at most 5 times f, Hv at most 10 times f, over the whole gallery."""

import pytest
import sympy

import hessmath as hm
from hessmath.program import Cost, hvp, lower, value_and_gradient
from hessmath.program.better_forms import STANDARD, refined
from hessmath.program.cost import table
from hessmath.symbolic.gallery import gallery

x, y = sympy.symbols("x y", real=True)

TIMES = {"adds": 1, "muls": 1, "divs": 4, "roots": 5, "calls": 20, "tests": 1}
"""About how long each operation takes, in multiples of an addition."""


def weighted(cost):
    return sum(TIMES[kind] * count for kind, count in cost.items())


@pytest.mark.parametrize("classic", gallery.values(), ids=lambda classic: classic.name)
def test_derivatives_of_the_gallery_cost_a_small_multiple_of_the_function(classic):
    f = hm.Function(classic)
    names = [str(v) for v in f.variables]
    both, product = (refined(derive(f.tape, names), STANDARD) for derive in (value_and_gradient, hvp))
    assert both.cost.total <= 5 * f.tape.cost.total
    assert product.cost.total <= 10 * f.tape.cost.total
    assert weighted(both.cost) <= 5 * weighted(f.tape.cost)
    assert weighted(product.cost) <= 10 * weighted(f.tape.cost)


@pytest.mark.parametrize(
    "formula",
    [
        sympy.log(sympy.exp(x) + sympy.exp(y)),
        sympy.log(1 + sympy.exp(x * y)),
        sympy.sqrt(x**2 + y**2),
        sympy.tanh(x * y) ** 2,
        sympy.erf(x) * y,
        sympy.gamma(x) * y,
        sympy.besselj(1, x * y),
        x**y,
        sympy.atan2(x, y),
        1 / (1 + sympy.exp(-x * y)),
        sympy.sqrt(1 + x * y) - 1,
    ],
    ids=str,
)
def test_one_call_of_a_primitive_has_derivatives_that_cost_a_small_multiple(formula):
    f = lower(formula, [x, y])
    # at so few operations each derivative's own handful counts
    assert value_and_gradient(f).cost.total <= 5 * f.cost.total + 5
    assert hvp(f).cost.total <= 10 * f.cost.total + 20


def test_the_costs_of_a_kernel_are_counted_and_printed():
    costs = hm.compile("100*(y - x**2)**2 + (1 - x)**2", "x y").costs
    assert costs["f"] == Cost(adds=3, muls=4)
    assert list(costs) == ["f", "gradient", "hessian", "hvp", "value_and_gradient"]
    assert len(costs) == 5
    assert costs.ratio("hvp") == costs["hvp"].total / 7
    lines = str(costs).splitlines()
    assert lines[0].split() == ["adds", "muls", "divs", "roots", "calls", "tests", "total", "×", "f"]
    assert lines[1].split() == ["f", "3", "4", "0", "0", "0", "0", "7", "1.00"]
    assert len({len(line) for line in lines}) == 1
    assert list(hm.compile(["x*y", "x"], "x y").costs) == ["f", "jacobian"]


def test_ratios_with_a_program_that_computes_nothing():
    costs = table({"f": lower(x, [x]), "g": lower(x, [x]), "h": lower(x + 1, [x])})
    assert (costs.ratio("g"), costs.ratio("h")) == (1.0, float("inf"))
    assert str(table({})) == ""
