"""Reading, typing and printing formulas and claims."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import FormulaError, ShapeError
from hessmath.language import (
    Node,
    Size,
    free_names,
    from_json,
    parse,
    parse_formula,
    to_json,
    to_text,
    with_shapes,
)

DECLARED = {"A": ["n", "n"], "B": ["n", "n"], "C": ["n", "m"], "x": ["n"], "y": ["m"], "s": [], "t": []}

READABLE = [
    ("inv(A @ B) == inv(B) @ inv(A)", "inv(A @ B) == inv(B) @ inv(A)"),
    ("x@A@x", "x @ A @ x"),
    ("2*A@x", "2*A @ x"),
    ("-s**2", "-s**2"),
    ("(-s)**2", "(-s)**2"),
    ("-2**2", "-2**2"),
    ("s - (s - 3)", "s - (s - 3)"),
    ("s/2/3", "s/2/3"),
    ("s/(2/3)", "s/(2/3)"),
    ("s**t**2", "s**t**2"),
    ("(s**t)**2", "(s**t)**2"),
    ("0.1*s", "1/10*s"),
    ("1e-3*s", "1/1000*s"),
    ("0 <= s <= 1", "0 <= s <= 1"),
    ("not s > 0 or s < 1 and s != 2", "not s > 0 or s < 1 and s != 2"),
    ("A[0, n-1]", "A[0, n - 1]"),
    ("psum(lambda k: mpow(A, 2)[k, k], 0, n - 1)", "psum(lambda k: mpow(A, 2)[k, k], 0, n - 1)"),
    ("block([A, C], [C.T, eye(m)])", "block([A, C], [C.T, eye(m)])"),
    ("Piecewise((s, s > 0), (0, True))", "Piecewise((s, s > 0), (0, True))"),
    ("|s - 1| <= 1", "Abs(s - 1) <= 1"),
    ("Ne(s, 0)", "s != 0"),
    ("A @ x == 0", "A @ x == 0"),
    ("x >= 0", "x >= 0"),
    ("positive_definite(A.T @ A)", "posdef(A.T @ A)"),
    ("commutation(n, m) @ vec(C)", "K(n, m) @ vec(C)"),
    ("sumall(A)", "sum(A)"),
    ("trace(eye(n)) == n", "trace(eye(n)) == n"),
    ("pi*E", "pi*E"),
    ("2*π", "2*pi"),
    ("(2).T", "(2).T"),
    ("x[n - 1]", "x[n - 1]"),
    ("A @ (B @ x)", "A @ (B @ x)"),
    ("(A @ B) @ x", "A @ B @ x"),
    ("s*(t*s)", "s*t*s"),
    ("A @ x/2*s", "A @ x/2*s"),
    ("orthonormal_columns(C)", "orthocols(C)"),
    ("commute(A, B)", "commute(A, B)"),
    ("full_row_rank(C)", "fullrow(C)"),
    ("nonnegative(x)", "nonneg(x)"),
    ("psd_le(A, B)", "psd_le(A, B)"),
]


@pytest.mark.parametrize(("text", "printed"), READABLE)
def test_text_is_read_and_printed_back(text, printed):
    tree = parse(text, DECLARED)
    assert to_text(tree) == printed
    assert parse(printed, DECLARED) == tree


SHAPES = [
    ("A @ x", ("n",)),
    ("x @ C", ("m",)),
    ("x @ x", ()),
    ("C.T @ A", ("m", "n")),
    ("kron(A, C)", ("n*n", "m*n")),
    ("vec(C)", ("m*n",)),
    ("block([A, C])", ("n", "m + n")),
    ("outer(x, y)", ("n", "m")),
    ("s + A", ("n", "n")),
    ("x*x", ("n",)),
    ("diag(x) - diagpart(A)", ("n", "n")),
    ("pinv(C)", ("m", "n")),
    ("K(n, m)", ("m*n", "m*n")),
    ("eigs(A)", ("n",)),
    ("x.T", ("n",)),
    ("zeros(n, 2)", ("n", "2")),
    ("eigQ(A) @ eigL(A) @ eigQ(A).T", ("n", "n")),
    ("lmin(A)*eye(n)", ("n", "n")),
    ("svals(A)", ("n",)),
    ("svals(ones(3, 2))", ("2",)),
    ("mpow(A, 3)", ("n", "n")),
    ("expm(A)", ("n", "n")),
    ("diagvec(A)", ("n",)),
    ("det(A) + trace(A) + rank(C)", ()),
    ("norm2(x) + logsumexp(y) + normF(C)", ()),
    ("softmax(y)", ("m",)),
    ("Max(x, 0)", ("n",)),
    ("Piecewise((x, s > 0), (0, True))", ("n",)),
    ("psum(lambda k: x[k]*C, 0, n - 1)", ("n", "m")),
]


@pytest.mark.parametrize(("text", "shape"), SHAPES)
def test_every_value_has_its_sizes(text, shape):
    tree = parse(text, DECLARED)
    assert tuple(map(str, tree.shape)) == shape


UNREADABLE = [
    ("2x + 1", FormulaError, 'Cannot read "2x + 1" at column 2: write the product as 2*x.'),
    ("s t", FormulaError, "write the product as s*t"),
    ("(s)(t)", FormulaError, "write the product as …)*(…"),
    ("3(s)", FormulaError, "write the product as 3*(…"),
    ("sin s", FormulaError, "write sin(…), with parentheses around the argument"),
    ("s if t else 1", FormulaError, "write cases as Piecewise((x, x > 0), (0, True))"),
    ("s²", FormulaError, 'Cannot read "s²" at column 2: write a square as **2.'),
    ("2²", FormulaError, "write a square as **2"),
    ("s\u2212t", FormulaError, "write the minus sign as -"),
    ("s·t", FormulaError, "write products with *"),
    ("s ≤ t", FormulaError, "write <="),
    ("√s", FormulaError, "write a square root as sqrt(…)"),
    ("s♭", FormulaError, "'♭' is not part of formulas"),
    ("s^2", FormulaError, "write powers with **"),
    ("s = 1", FormulaError, "write an equation with =="),
    ("__import__('os')", FormulaError, "names do not begin with two underscores"),
    ("s.__class__", FormulaError, "names do not begin with two underscores"),
    ("'s'", FormulaError, "quotes are not part of formulas"),
    ("", FormulaError, "The formula is empty"),
    ("(s", FormulaError, "it ends too early"),
    ("s)", FormulaError, "closes nothing"),
    ("s, t", FormulaError, "a comma stands only between the arguments"),
    ("s + * t", FormulaError, "'*' cannot stand here"),
    ("[s]", FormulaError, "cannot stand here"),
    ("f(s)", FormulaError, "there is no function f"),
    ("sinn(s)", FormulaError, "did you mean sin"),
    ("sin", FormulaError, "sin is a function; write sin(…)"),
    ("s(3)", FormulaError, "s is not a function"),
    ("q + s", FormulaError, "q is not one of the declared names (A, B, C, m, n, s, t, x, y)"),
    ("sin(s, t)", FormulaError, "sin takes 1 argument, but got 2"),
    ("Ne(s)", FormulaError, "Ne takes 2 arguments, but got 1"),
    ("zeros(n, n, n)", FormulaError, "zeros takes 1 to 2 arguments, but got 3"),
    ("polygamma(s, t)", FormulaError, "the order of polygamma is a whole number from 0 to 100"),
    ("eye(n - n)", FormulaError, "a size must be at least 1, but this is 0"),
    ("eye(-n)", FormulaError, "a size must be at least 1, but this is -n"),
    ("oo*s", FormulaError, "oo is not one of the declared names"),
    ("A.X", FormulaError, "the only attribute is .T"),
    ("1/0", FormulaError, "this divides by zero"),
    ("0**-1", FormulaError, "this divides by zero"),
    ("(s == t) + 1", FormulaError, "a value is needed here, not a relation"),
    ("s and t", FormulaError, "a condition such as x > 0 is needed here"),
    ("mpow(A, s)", FormulaError, "an integer is needed here"),
    ("eye(s)", FormulaError, "an integer is needed here"),
    ("eye(0)", FormulaError, "a size must be at least 1"),
    ("psum(s, 0, 1)", FormulaError, "psum takes a lambda first"),
    ("psum(lambda s: s, 0, 1)", FormulaError, "the name s is taken"),
    ("lambda k: k", FormulaError, "'lambda' cannot stand here"),
    ("sin(lambda k: k)", FormulaError, "a lambda stands only in psum"),
    ("sin([s])", FormulaError, "a list [ ] stands only in block"),
    ("Piecewise(s)", FormulaError, "Piecewise takes pairs"),
    ("block(A)", FormulaError, "block takes rows"),
    ("psum(lambda k: eye(k)[0, 0], 0, 1)", FormulaError, "a size cannot depend on the variable of a lambda"),
    ("A @ y", ShapeError, "`A @ y` (column 3): the inner sizes must agree, but the sides are (n, n) and (m,)"),
    ("A @ s", ShapeError, "one side is a scalar: write *"),
    ("A + x", ShapeError, "both sides need one shape, but they are (n, n) and (n,)"),
    ("C @ C", ShapeError, "the inner sizes must agree"),
    ("inv(C)", ShapeError, "a square matrix is needed, but this is a matrix of shape (n, m)"),
    ("diag(A)", ShapeError, "a vector is needed"),
    ("vec(x)", ShapeError, "a matrix is needed, but this is a vector of shape (n,)"),
    ("commute(A, C)", ShapeError, "a square matrix is needed"),
    ("commute(A, eye(2))", ShapeError, "two square matrices of one size are needed, but they are (n, n) and (2, 2)"),
    (
        "svals(kron(C, C))",
        ShapeError,
        "the number of singular values is not determined for a matrix of shape (n*n, m*m)",
    ),
    ("norm2(A)", ShapeError, "a vector is needed, but this is a matrix of shape (n, n)"),
    ("eigs(s)", ShapeError, "a square matrix is needed, but this is a scalar"),
    ("mpow(A, x)", ShapeError, "the exponent must be a scalar, but it is a vector of shape (n,)"),
    ("Piecewise((x, s > 0), (y, True))", ShapeError, "both sides need one shape, but they are (n,) and (m,)"),
    ("x[s]", FormulaError, "an integer is needed here"),
    ("x[x]", ShapeError, "an index must be a scalar"),
    ("A == x", ShapeError, "the two sides have different shapes, (n, n) and (n,)"),
    ("A @ x == (x @ A @ x).T", ShapeError, "the two sides have different shapes, (n,) and scalar"),
    ("psd_le(C, C)", ShapeError, "both sides must be square matrices"),
    ("s**A", ShapeError, "the exponent must be a scalar"),
    ("x[0, 1]", ShapeError, "a vector takes one index"),
    ("s[0]", ShapeError, "it is a scalar"),
    ("block([A, y])", ShapeError, "the parts of a block matrix must be matrices or scalars"),
    ("block([A], [C])", ShapeError, "the parts of one column must have one number of columns"),
    ("block([A, C.T])", ShapeError, "the parts of one row must have one number of rows"),
    ("x[n]", ShapeError, "`x[n]` (column 2): indices run from 0 to n - 1."),
    ("x[-1]", ShapeError, "indices run from 0 to n - 1"),
    ("A[0, n + 1]", ShapeError, "indices run from 0 to n - 1"),
    ("eye(2)[0, 2]", ShapeError, "indices run from 0 to 1"),
]


@pytest.mark.parametrize(("text", "error", "message"), UNREADABLE)
def test_what_cannot_be_read_is_said_in_one_sentence(text, error, message):
    with pytest.raises(error) as caught:
        parse(text, DECLARED)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_long_sum_is_read():
    tree = parse_formula(" + ".join(f"x{i}**2*x{i + 1}" for i in range(2000)))
    assert len(tree.args) == 2000
    assert len(free_names(tree)) == 2001


def test_a_formula_is_a_number():
    with pytest.raises(FormulaError, match="is a relation"):
        parse_formula("x == 1")
    with pytest.raises(FormulaError, match="is an array"):
        parse_formula("eye(2)")
    with pytest.raises(FormulaError, match="oo is not one of the declared names"):
        parse_formula("x + oo")
    with pytest.raises(FormulaError, match="y is not one of the declared names"):
        parse_formula("x + y", ["x"])


def test_names_of_constants_can_be_declared():
    assert free_names(parse_formula("E*x")) == ("x",)
    assert free_names(parse_formula("E*x", ["E", "x"])) == ("E", "x")


def test_sizes_are_polynomials():
    n, m = Size.of("n"), Size.of("m")
    assert (n + m) * n == n * n + n * m
    assert (n - n).known == 0
    assert Size.of(Size.of(3)).known == 3
    assert (n * 2 - 1).at({"n": 4}) == 7
    assert str(n * 2 - 1) == "2*n - 1"
    assert (n * m).names == {"n", "m"}


SCALARS = st.recursive(
    st.one_of(
        st.fractions(min_value=-5, max_value=5, max_denominator=4).map(lambda q: Node("num", value=q)),
        st.sampled_from("st").map(lambda name: Node("var", value=name)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda a: Node("add", tuple(a))),
        st.lists(inner, min_size=2, max_size=3).map(lambda a: Node("mul", tuple(a))),
        st.tuples(inner, inner).map(lambda a: Node("div", a)),
        inner.map(lambda a: Node("neg", (a,))),
        inner.map(lambda a: Node("exp", (a,))),
        inner.map(lambda a: Node("pow", (a, Node("num", value=Fraction(2))))),
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(SCALARS)
def test_printed_trees_read_back_to_the_same_value_and_text(tree):
    # The reader flattens sums and folds numbers, so compare what it reads from its own printing.
    try:
        once = parse(to_text(tree), {"s": [], "t": []})
    except FormulaError as error:
        assert "divides by zero" in str(error)
        return
    assert parse(to_text(once), {"s": [], "t": []}) == once
    point = {"s": 1.25, "t": -0.75}
    assert _value(once, point) == pytest.approx(_value(tree, point), rel=1e-9, abs=1e-9, nan_ok=True)


def _value(node, point):
    """A float evaluator that shares nothing with the reader."""
    import math

    parts = [_value(arg, point) for arg in node.args]
    try:
        match node.op:
            case "num":
                return float(node.value)
            case "var":
                return point[node.value]
            case "add":
                return math.fsum(parts)
            case "mul":
                return math.prod(parts)
            case "div":
                return parts[0] / parts[1]
            case "neg":
                return -parts[0]
            case "exp":
                return math.exp(parts[0])
            case "pow":
                return parts[0] ** parts[1]
    except (ZeroDivisionError, OverflowError):
        return math.nan
    raise AssertionError(node.op)


@settings(deadline=None, max_examples=50)
@given(SCALARS)
def test_json_keeps_the_tree(tree):
    assert from_json(to_json(tree)) == tree


def test_shapes_can_be_given_again():
    tree = parse("A @ x", DECLARED)
    again = with_shapes(from_json(to_json(tree)), {"A": [2, 3], "x": [3]})
    assert again == tree
    assert [size.known for size in again.shape] == [2]
