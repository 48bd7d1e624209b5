"""Identities between functions of numbers: logarithms, roots, absolute values, largest and smallest; and false ones."""

import random
from fractions import Fraction

import pytest

from hessmath.language.tree import Node
from hessmath.verify import check, kernel
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.kernel.scalar_facts import SCALAR_RULES, SCALAR_SCHEMAS
from hessmath.verify.kernel.trees import Rejected, Size, Tree, make
from hessmath.verify.reading import claim_from_text
from hessmath.verify.scalars import Undecidable, as_ball, rational

TWO = {"x": "", "y": ""}
ONE = {"x": ""}
TRUE = [
    ("log(x*y) == log(x) + log(y)", TWO, ["x > 0", "y > 0"]),
    ("log(x/y) == log(x) - log(y)", TWO, ["positive(x)", "positive(y)"]),
    ("log(1/x) == -log(x)", ONE, ["x > 0"]),
    ("log(3*x**2*y) == log(3) + 2*log(x) + log(y)", TWO, ["x > 0", "y > 0"]),
    ("log(x**y) == y*log(x)", TWO, ["x > 0"]),
    ("log(sqrt(x)) == log(x)/2", ONE, ["x > 0"]),
    ("log(1 - sigmoid(x)) == -softplus(x)", ONE, []),
    ("sqrt(x**2) == Abs(x)", ONE, []),
    ("sqrt(x**2*y) == x*sqrt(y)", TWO, ["x >= 0", "y >= 0"]),
    ("sqrt(x*y) == sqrt(x)*sqrt(y)", TWO, ["x >= 0", "y >= 0"]),
    ("Abs(x*y) == Abs(x)*Abs(y)", TWO, []),
    ("sign(x)*Abs(x) == x", ONE, []),
    ("Max(x, y) == (x + y + Abs(x - y))/2", TWO, []),
    ("Max(x, y) + Min(x, y) == x + y", TWO, []),
    ("Max(x, -x) == Abs(x)", ONE, []),
    ("Max(x, 0) - Max(-x, 0) == x", ONE, []),
    ("Heaviside(x) + Heaviside(-x) == 1", ONE, []),
    ("softplus(x) - softplus(-x) == x", ONE, []),
    ("asin(x) + acos(x) == pi/2", ONE, ["x >= -1", "x <= 1"]),
    ("atan2(y, x) == atan(y/x)", TWO, ["x > 0"]),
]
FALSE = [
    ("log(x + y) == log(x) + log(y)", TWO, ["x > 0", "y > 0"]),
    ("log(x*y) == log(x)*log(y)", TWO, ["x > 0", "y > 0"]),
    ("sqrt(x**2) == x", ONE, []),
    ("sqrt(x + y) == sqrt(x) + sqrt(y)", TWO, ["x >= 0", "y >= 0"]),
    ("Abs(x + y) == Abs(x) + Abs(y)", TWO, []),
    ("Max(x, y) == (x + y - Abs(x - y))/2", TWO, []),
    ("Max(x, 0) == x*sign(x)", ONE, []),
    ("softplus(x) - softplus(-x) == 1", ONE, []),
]


@pytest.mark.parametrize(("text", "declared", "given"), TRUE, ids=[text for text, _, _ in TRUE])
def test_a_true_identity_is_proved(text, declared, given):
    verdict = check(claim_from_text(text, hypotheses=given, **declared))
    assert verdict.name == "proved"
    assert kernel.check(verdict.certificate.data).verdict == "proved"


@pytest.mark.parametrize(("text", "declared", "given"), FALSE, ids=[text for text, _, _ in FALSE])
def test_a_false_identity_is_refuted(text, declared, given):
    assert check(claim_from_text(text, hypotheses=given, **declared)).name == "refuted"


def test_a_logarithm_of_a_product_may_be_undefined():
    assert check(claim_from_text("log(x*y) == log(x) + log(y)", **TWO)).name == "ill_posed"
    assert check(claim_from_text("log(x*y) == log(x) + log(y)", hypotheses=["x*y > 0"], **TWO)).name == "ill_posed"


def node(tree):
    """The checker's tree as one of the language."""
    return Node(tree.op, tuple(node(arg) for arg in tree.args), tree.value, shape=())


def values_where_defined(expression, names, allowed=lambda values: True):
    """Balls of an expression at rational points; the search's evaluation knows nothing of the tables."""
    rng = random.Random(1)
    with evaluation_precision():
        for _ in range(300):
            values = {each: rational(Fraction(rng.randint(-12, 12), rng.choice((1, 2, 3, 13)))) for each in names}
            if not allowed(values):
                continue
            try:
                yield as_ball(Point({}, values).value(node(expression)))
            except (Undefined, Undecidable):
                continue


@pytest.mark.parametrize("name", SCALAR_SCHEMAS)
def test_each_relation_vanishes_wherever_it_is_defined(name):
    schema = SCALAR_SCHEMAS[name]
    names = ["x", "y"][: schema.count]
    found = list(values_where_defined(schema.build(*(Tree("var", (), each) for each in names)), names))
    assert len(found) > 10
    assert all(value.contains(0) and value.rad() < 1e-20 for value in found)


@pytest.mark.parametrize("name", SCALAR_RULES)
def test_each_inequality_holds_wherever_it_is_defined(name):
    rule = SCALAR_RULES[name]
    x, y = (Tree("var", (), each) for each in "xy")
    built = rule.build(None, [x], []) if rule.premises else rule.build(None, [], [x, y][: rule.data])
    found = list(values_where_defined(built, ["x", "y"], lambda values: not rule.premises or values["x"] >= 0))
    assert len(found) > 10
    assert not any(value < 0 for value in found)
    assert rule.gives == "nonneg" or all(value > 0 for value in found)


INEQUALITIES = [
    ("1 + x <= exp(x)", []),
    ("log(1 + x) <= x", ["x > -1"]),
    ("sin(x) <= x", ["x >= 0"]),
    ("1 - x**2/2 <= cos(x)", []),
    ("Abs(x + y) <= Abs(x) + Abs(y)", []),
    ("x <= Max(x, y)", []),
    ("Max(x, y) >= Min(x, y)", []),
    ("0 < softplus(x)", []),
    ("sin(x) <= 1", []),
]


@pytest.mark.parametrize(("text", "given"), INEQUALITIES, ids=[text for text, _ in INEQUALITIES])
def test_an_inequality_is_proved_and_its_reverse_is_not(text, given):
    assert check(claim_from_text(text, hypotheses=given, **TWO)).name == "proved"
    turned = text.replace("<", "\0").replace(">", "<").replace("\0", ">")
    assert check(claim_from_text(turned, hypotheses=given, **TWO)).name in ("refuted", "ill_posed")


def test_what_is_open_is_left_open_without_a_crash():
    assert check(claim_from_text("Abs(sin(x) - sin(y)) <= Abs(x - y)", **TWO)).name in ("proved", "tested")


def test_relations_are_about_numbers():
    vector = Tree("var", (), "x", (Size.of("n"),))
    with pytest.raises(Rejected, match="about numbers"):
        SCALAR_SCHEMAS["sqrt_square"].build(vector)
    assert make("Abs", vector).shape == vector.shape
