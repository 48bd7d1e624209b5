"""What is refused before it can grow, and how quickly."""

from __future__ import annotations

import time

import pytest

from hessmath.errors import FormulaError, InputError, ShapeError
from hessmath.language import from_json, parse, parse_formula, to_json, to_text, with_shapes
from hessmath.language.bounds import MAX_LEVELS

DECLARED = {"A": ["n", "n"], "C": ["n", "m"], "x": ["n"], "s": []}


def blocks(times):
    text = "block([A, C])"
    for _ in range(times):
        text = f"kron({text}, {text})"
    return text


REFUSED = [
    ("powers of powers", "9**9**9", "an exponent may be at most 1000"),
    ("a power tower", "2**2**2**2**2", "an exponent may be at most 1000"),
    ("a long constant", "99999999**1000", "this number would have more than 4096 bits"),
    ("many long factors", "(" + "*".join(["9**999"] * 20_000) + ")**2", "more than 4096 bits"),
    ("many denominators", "+".join(f"1/{k}" for k in range(1, 15_000)), "more than 4096 bits"),
    ("long quotients", "/".join(["1e300"] + ["1e-300"] * 20_000), "nested more than 150 levels deep"),
    ("a huge degree", "((s**1000)**1000)", "its degree may be 1000000, but at most 10000"),
    ("a product of a huge degree", "*".join(["s"] * 10_001), "its degree may be 10001"),
    ("huge coefficients", "((9**999*s + 1)**31)**32", "its coefficients may have more than 100000 bits"),
    ("a product of huge coefficients", "*".join(["(9**999*s + 1)"] * 40), "more than 100000 bits"),
    ("parentheses", "(" * 99_000 + "s" + ")" * 99_000, "nested more than 100 levels deep"),
    ("square brackets", "[" * 1000, "nested more than 100 levels deep"),
    ("signs", "-" * 150_000 + "s", "nested more than 150 levels deep"),
    ("bars", "|-" * 40_000 + "s" + "|" * 40_000, "nested more than 150 levels deep"),
    ("right-hand powers", "s**" * 40_000 + "s", "nested more than 150 levels deep"),
    ("negations", "not " * 40_000 + "s > 0", "nested more than 150 levels deep"),
    ("comparisons", "<".join(["s"] * 90_000), "more than 200,000 parts"),
    ("length", "s" * 300_000, "has 300,000 characters, but at most 200,000 are read"),
    ("a long name", "y" * 190_000, "a name may have at most 100 characters"),
    ("a long number", "9" * 401, "at most 400 digits, but this one has 401"),
    ("a long fraction", "0." + "1" * 200 + "e-300", "at most 400 digits when it is written out"),
    ("a power of ten", "1e301", "a power of ten may be at most e300"),
    ("a long power of ten", "1e" + "9" * 5000, "a power of ten may be at most e300"),
    ("a huge matrix", "eye(" + "9" * 300 + ")", "a size may be at most 1,000,000"),
    ("a long sum over k", "psum(lambda k: s**k, 0, 1000000)", "psum adds at most 100,000 terms"),
]


@pytest.mark.parametrize(("text", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_would_grow_is_refused_in_a_moment(text, message):
    started = time.process_time()
    with pytest.raises(FormulaError) as caught:
        parse(text, DECLARED)
    assert time.process_time() - started < 30  # about 1 s alone, 5 s under coverage; minutes without bounds
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text", [blocks(9), "eye(" + "*".join(["(n + m + 1)"] * 2000) + ")", "kron(eye(99999), eye(99999))"]
)
def test_sizes_stay_simple(text):
    with pytest.raises(ShapeError, match="too complicated or too large"):
        parse(text, DECLARED)


@pytest.mark.parametrize(
    "text",
    [
        "sin(" * 100 + "s" + ")" * 100,
        "-" * (MAX_LEVELS - 1) + "s",
        "2**1000*s",
        "(s + 1)**1000",
        "1e300/1e-99",
        " + ".join(f"{k}/10*s**{k % 7}" for k in range(3000)),
        "*".join(f"(s - 0.{k})" for k in range(1000, 3000)),
    ],
    ids=["deep", "many signs", "large number", "large power", "long quotient", "long sum", "long product"],
)
def test_what_is_large_but_bounded_is_read_and_printed_back(text):
    tree = parse(text, {"s": []})
    assert parse(to_text(tree), {"s": []}) == tree
    assert with_shapes(from_json(to_json(tree)), {"s": []}) == tree


def test_long_sums_take_time_in_proportion_to_their_length():
    def seconds(count):
        started = time.process_time()
        tree = parse_formula("+".join(["x"] * count))
        assert len(tree.args) == count
        return time.process_time() - started

    seconds(1_000)
    small, large = min(seconds(15_000) for _ in range(3)), seconds(60_000)
    assert large < 10 * small  # 4 times the length; quadratic copying takes 16 times as long


BAD_TREES = [
    (["foo", ["num", "1"]], "There is no operation 'foo'"),
    (["call:sin", ["num", "1"]], "There is no operation 'call:sin'"),
    (["num", "1/0"], "is not an exact number"),
    (["num", "1e999999999"], "is not an exact number"),
    (["num", " 1"], "is not an exact number"),
    (["num", "nan"], "is not an exact number"),
    (["num", 1], "A leaf is"),
    (["var", "a b"], "'a b' is not a name"),
    (["var", "__import__"], "is not a name"),
    ("x", "A tree is a list"),
    ([], "A tree is a list"),
    ([["num", "1"]], "A tree is a list"),
    *(
        ([op], f"The operation {op} cannot have 0 arguments")
        for op in ("neg", "pow", "matmul", "index", "case", "T", "eq")
    ),
    (["pi", ["num", "1"]], "The operation pi cannot have 1 arguments"),
    (["Abs", ["num", "1"], ["num", "2"]], "The operation Abs cannot have 2 arguments"),
    (["block", ["row"]], "The operation row cannot have 0 arguments"),
]


@pytest.mark.parametrize(("data", "message"), BAD_TREES)
def test_a_bad_tree_is_refused(data, message):
    with pytest.raises(FormulaError) as caught:
        from_json(data)
    assert message in str(caught.value)


TWO_ONES = [["num", "1"], ["num", "1"]]

MISPLACED = [
    (
        ["psum", ["lambda", ["num", "1"], ["num", "1"]], ["num", "1"], ["num", "1"]],
        "the variable of a lambda is a name",
    ),
    (["Piecewise", ["row", ["num", "1"]]], "Piecewise takes pairs"),
    (["block", ["num", "1"]], "block takes rows"),
    (["lambda", ["bound", "k"], ["num", "1"]], "a lambda stands only in psum"),
    (["case", ["num", "1"], ["true"]], "a pair ( , ) stands only in Piecewise"),
    (["bound", "k"], "k is not one of the declared names"),
    (["gradient", ["var", "s"], ["num", "1"]], "gradient needs the name it differentiates by"),
    (["dirderiv", ["var", "s"], ["var", "x"], ["var", "s"]], "a direction must have the shape of the variable"),
    (["hessian", ["var", "x"], ["var", "x"]], "the function must be a scalar"),
]


@pytest.mark.parametrize(("data", "message"), MISPLACED)
def test_parts_in_the_wrong_place_are_refused(data, message):
    with pytest.raises(FormulaError) as caught:
        with_shapes(from_json(data), DECLARED)
    assert message in str(caught.value)


def test_a_deep_tree_is_refused():
    data = ["var", "s"]
    for _ in range(MAX_LEVELS - 1):
        data = ["neg", data]
    assert with_shapes(from_json(data), DECLARED).op == "neg"
    with pytest.raises(FormulaError, match="nested too deeply"):
        from_json(["neg", data])


DERIVATIVES = [
    (["gradient", ["var", "s"], ["var", "C"]], ["n", "m"]),
    (["jacobian", ["var", "x"], ["var", "y"]], ["n", "m"]),
    (["hessian", ["var", "s"], ["var", "C"]], ["m*n", "m*n"]),
    (["hessian", ["var", "s"], ["var", "s"]], []),
    (["gradient_sym", ["var", "s"], ["var", "A"]], ["n", "n"]),
    (["gradient_diag", ["var", "s"], ["var", "A"]], ["n"]),
    (["dirderiv", ["var", "x"], ["var", "C"], ["var", "C"]], ["n"]),
    (["dirderiv2", ["var", "s"], ["var", "x"], ["var", "x"], ["var", "x"]], []),
]


@pytest.mark.parametrize(("data", "shape"), DERIVATIVES)
def test_derivatives_have_the_shapes_of_the_layout(data, shape):
    tree = with_shapes(from_json(data), {**DECLARED, "y": ["m"]})
    assert [str(size) for size in tree.shape] == shape


BAD_DECLARATIONS = [
    ({"a b": []}, "'a b' cannot be the name of a variable"),
    ({"__a": []}, "'__a' cannot be the name of a variable"),
    ({"lambda": []}, "'lambda' cannot be the name of a variable"),
    ({"A": "nn"}, "must be a list such as"),
    ({"A": ["n", "n", "n"]}, "A has 3 sizes"),
    ({"A": ["n-1"]}, "a size is a name such as n or a number"),
    ({"A": [1.5]}, "a size is a name such as n or a number"),
    ({"A": [True]}, "a size is a name such as n or a number"),
    ({"A": [0]}, "A size of A is 0, but sizes are at least 1"),
    ({"A": [10**9]}, "at most 1,000,000"),
]


@pytest.mark.parametrize(("declared", "message"), BAD_DECLARATIONS)
def test_bad_declarations_are_said(declared, message):
    with pytest.raises(InputError) as caught:
        parse("1", declared)
    assert message in str(caught.value)
