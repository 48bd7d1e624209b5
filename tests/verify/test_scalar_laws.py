"""Identities between functions of numbers: logarithms, roots, absolute values, largest and smallest; and false ones."""

import random

import pytest

from hessmath.verify import check, kernel
from hessmath.verify.evaluate import Point, Undefined, evaluation_precision
from hessmath.verify.kernel.scalar_facts import SCALAR_SCHEMAS
from hessmath.verify.kernel.trees import Rejected, Tree, make
from hessmath.verify.reading import claim_from_text

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


@pytest.mark.parametrize("name", SCALAR_SCHEMAS)
def test_each_relation_vanishes_wherever_it_is_defined(name):
    """Against the evaluation of the search, which knows nothing of the table."""
    from hessmath.language.tree import Node

    def node(tree):
        return Node(tree.op, tuple(node(arg) for arg in tree.args), tree.value, shape=())

    schema = SCALAR_SCHEMAS[name]
    names = ["x", "y"][: schema.count]
    expression = node(schema.build(*(Tree("var", (), each) for each in names)))
    rng, seen = random.Random(1), 0
    from fractions import Fraction

    from hessmath.verify.scalars import Undecidable, as_ball, rational

    with evaluation_precision():
        for _ in range(200):
            values = {each: rational(Fraction(rng.randint(-12, 12), rng.choice((1, 2, 3, 13)))) for each in names}
            try:
                value = as_ball(Point({}, values).value(expression))
            except (Undefined, Undecidable):
                continue
            seen += 1
            assert value.contains(0), (values, value)
            assert value.rad() < 1e-20
    assert seen > 10


def test_relations_are_about_numbers():
    from hessmath.verify.kernel.trees import Size

    vector = Tree("var", (), "x", (Size.of("n"),))
    with pytest.raises(Rejected, match="about numbers"):
        SCALAR_SCHEMAS["sqrt_square"].build(vector)
    assert make("Abs", vector).shape == vector.shape
