"""The typed tree to tapes."""

from fractions import Fraction

import pytest
import sympy

from hessmath.language import parse_formula
from hessmath.language.tree import Node
from hessmath.program import lower, lower_tree
from hessmath.program.arithmetic import balls, exact, float64
from hessmath.symbolic.from_tree import to_sympy

x, y = sympy.symbols("x y", real=True)
X, Y = Node("var", (), "x", (), 3), Node("var", (), "y", (), 7)


def num(value):
    return Node("num", (), Fraction(value))


def op(name, *args):
    return Node(name, args, None, (), 5)


def case(value, condition):
    return op("case", value, condition)


TREES = [
    (op("add", op("pow", X, num(2)), op("neg", Y), num("1/3")), x**2 - y + sympy.Rational(1, 3)),
    (op("add", op("neg", X), Y), y - x),
    (op("mul", num(3), X, op("pow", Y, num(-2))), 3 * x / y**2),
    (op("div", X, op("sqrt", Y)), x / sympy.sqrt(y)),
    (op("pow", X, Y), x**y),
    (op("pow", X, num("2/3")), x ** sympy.Rational(2, 3)),
    (op("mul", op("pi"), op("exp", op("mul", op("E"), X))), sympy.pi * sympy.exp(sympy.E * x)),
    (op("log", op("add", num(1), op("exp", X))), sympy.log(1 + sympy.exp(x))),
    (op("log", op("add", X, num(1))), sympy.log(1 + x)),
    (op("log", op("add", X, num(2))), sympy.log(2 + x)),
    (op("add", op("exp", X), num(-1)), sympy.exp(x) - 1),
    (op("add", op("exp", X), op("neg", num(1))), sympy.exp(x) - 1),
    (op("div", num(1), op("add", num(1), op("exp", op("neg", X)))), 1 / (1 + sympy.exp(-x))),
    (op("div", op("exp", X), op("add", num(1), op("exp", X))), 1 / (1 + sympy.exp(-x))),
    (op("div", X, op("add", num(1), op("exp", X))), x / (1 + sympy.exp(x))),
    (op("Abs", op("add", X, op("neg", Y))), sympy.Abs(x - y)),
    (op("Max", X, Y, num(2)), sympy.Max(x, y, 2)),
    (op("Min", X, Y), sympy.Min(x, y)),
    (op("polygamma", num(2), X), sympy.polygamma(2, x)),
    (op("polygamma", num(0), X), sympy.digamma(x)),
    (op("add", op("sigmoid", X), op("softplus", Y)), 1 / (1 + sympy.exp(-x)) + sympy.log(1 + sympy.exp(y))),
    (op("atan2", X, Y), sympy.atan2(x, y)),
    (op("Heaviside", X), sympy.Heaviside(x)),
    (
        op("Piecewise", case(X, op("and", op("lt", X, Y), op("ge", X, num(0)))), case(Y, op("true"))),
        sympy.Piecewise((x, (x < y) & (x >= 0)), (y, True)),
    ),
    (
        op(
            "Piecewise",
            case(X, op("or", op("gt", X, Y), op("false"))),
            case(Y, op("not", op("ne", X, Y))),
            case(num(7), op("true")),
        ),
        sympy.Piecewise((x, x > y), (y, sympy.Eq(x, y)), (7, True)),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "formula"), TREES, ids=lambda part: str(part) if not isinstance(part, Node) else "")
@pytest.mark.parametrize("point", [(0.75, 1.25), (1.5, 0.5), (0.5, 0.5)])
def test_a_tree_has_the_value_of_the_same_sympy_expression(tree, formula, point):
    (value,) = float64.run(lower_tree(tree, ["x", "y"]), point)
    expected = sympy.N(formula.subs({x: sympy.Rational(point[0]), y: sympy.Rational(point[1])}), 30)
    assert float(value) == pytest.approx(float(expected), rel=1e-12)


def test_the_same_polynomial_costs_the_same_from_text_and_from_sympy():
    rosenbrock = op(
        "add",
        op("mul", num(100), op("pow", op("add", Y, op("neg", op("pow", X, num(2)))), num(2))),
        op("pow", op("add", num(1), op("neg", X)), num(2)),
    )
    tape = lower_tree(rosenbrock, ["x", "y"])
    assert tape.cost == lower(100 * (y - x**2) ** 2 + (1 - x) ** 2, [x, y]).cost
    assert exact.run(tape, [Fraction(1, 2), 3]) == [100 * Fraction(11, 4) ** 2 + Fraction(1, 4)]


def test_stable_primitives_are_used():
    tape = lower_tree(op("log", op("add", num(1), op("exp", X))), ["x"])
    assert [name for _, name, _ in tape.instructions()] == ["softplus"]


@pytest.mark.parametrize(
    "text",
    [
        "100*(y - x**2)**2 + (1 - x)**2",
        "sin(x)*exp(-y) + sqrt(x*y)/(1 + log(y + 2)) - x**(1/3)",
        "Piecewise((x**2, x < y), (y, x >= 1), (x*y, True)) + Max(x, y, 1/2) + Abs(x - y)",
        "1/(1 + exp(-x)) + softplus(y) + tanh(x)**3 + atan2(x, y) + erf(y) + pi*E",
    ],
)
def test_text_has_one_meaning_whether_it_goes_through_sympy_or_not(text):
    tree = parse_formula(text, ["x", "y"])
    direct = lower_tree(tree, ["x", "y"])
    through_sympy = lower(to_sympy(tree, {"x": x, "y": y}), [x, y])
    for point in [(Fraction(1, 3), Fraction(5, 7)), (Fraction(2), Fraction(1, 2))]:
        assert balls.run(direct, point)[0].overlaps(balls.run(through_sympy, point)[0])
        assert balls.run(direct, point)[0].rad() < 1e-30


def test_depth_does_not_matter():
    tree = X
    for _ in range(20000):
        tree = op("sin", tree)
    assert len(lower_tree(tree, ["x"])) == 20001


def test_a_sum_without_terms_is_zero():
    assert exact.run(lower_tree(op("add"), []), []) == [0]


@pytest.mark.parametrize(
    ("tree", "message", "column"),
    [
        (op("add", X, Y), "The formula contains y, but the variables are x", 7),
        (op("det", X), "det is not an operation between scalars", 5),
        (Node("size", (), "n", (), 2), "size is not an operation", 2),
        (op("polygamma", num("1/2"), X), "polygamma needs an order that is an integer from 0 to 100", 5),
    ],
)
def test_what_cannot_be_lowered_is_named_with_its_column(tree, message, column):
    with pytest.raises(ValueError, match=message) as caught:
        lower_tree(tree, ["x"])
    assert caught.value.column == column


def test_a_formula_with_a_name_and_no_variables_is_reported():
    with pytest.raises(ValueError, match="there are no variables"):
        lower_tree(X, [])
