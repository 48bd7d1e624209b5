"""The language of answers: what is read, as what, and what students are told when it is not."""

from __future__ import annotations

import time
from contextlib import suppress
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import FormulaError
from hessmath.language import Node
from hessmath.language.answer_echo import to_latex
from hessmath.language.answer_reading import parse_answer
from hessmath.symbolic.from_answer import answer_to_sympy

NAMES = ("x", "y", "x1", "a_12", "lambda", "alpha", "n")
SYMBOLS = {name: sympy.Symbol(name, real=True) for name in NAMES}


def value(text: str, **manner: bool) -> sympy.Expr:
    return answer_to_sympy(parse_answer(text, NAMES, **manner).tree, SYMBOLS, real=not manner.get("imaginary", False))


SPELLINGS = (
    """
2x = 2*x = 2 x = 2·x = 2 \\cdot x = 2\\times x = x2
2(x+1) = 2*(x+1) = 2\\left(x+1\\right)
(x+1)(x-1) = (x+1)*(x-1) = (x+1)\\cdot(x−1)
xy = x*y = x y = \\mathbf{x}\\mathbf{y}
x^2 = x**2 = x² = x^{2} = x\\^2
x^(-1) = x^{-1} = x⁻¹ = x^-1 = 1/x = \\frac{1}{x} = \\frac1x = x**-1
sqrt(3) = \\sqrt{3} = √3 = \\sqrt3 = 3^(1/2) = 3^{\\frac12} = sqrt 3
\\sqrt[3]{x} = cbrt(x) = root(x,3) = ∛x = x^(1/3)
sin(x) = sin x = \\sin x = \\sin(x) = \\sin\\left(x\\right) = Sin(x) = \\sin{x} = \\operatorname{sin}(x)
sin(x)^2 = sin^2 x = sin^2(x) = \\sin^2 x = \\sin^{2}(x) = (sin x)^2
asin(x) = arcsin(x) = sin^-1 x = \\sin^{-1}(x) = \\arcsin x = sin^(-1)(x)
sin(2*x)*cos(x) = sin 2x cos x = \\sin 2x \\cos x = sin(2x)cos(x)
x*sin(2*x) = xsin2x = x sin 2x
ln(x) = log(x) = \\ln x = \\log x = ln x = \\ln{x} = \\mathrm{ln}(x)
log(8)/log(2) = log_2(8) = \\log_2 8 = \\log_{2}(8) = log(8,2) = \\log_2{8}
exp(x) = e^x = e^{x} = \\exp(x) = \\mathrm{e}^{x} = exp x = e^(x)
pi/2 = π/2 = \\frac{\\pi}{2} = \\pi/2 = ½π = 0.5pi
lambda^2 = λ^2 = \\lambda^2 = λ²
x1 + a_12 = x_1 + a12 = x_{1} + a_{12} = x₁ + a_{1,2} = \\mathbf{x}_1+a_12
|x| = abs(x) = \\left|x\\right| = \\lvert x\\rvert = Abs(x) = \\vert x \\vert
2|x| = 2*|x| = |x|2 = |-2x|
n! = factorial(n) = (n)!
binomial(n,2) = \\binom{n}{2} = \\dbinom n2
1/2 = 0.5 = .5 = \\frac{1}{2} = \\tfrac12 = ½ = 5e-1 = 0.50 = 50\\cdot10^{-2}
x/2*y = x y/2 = 1/2xy = \\frac{xy}{2} = \\frac{1}{2} x y
-x^2 = -(x^2) = −x²
2^(x*y) = 2^{xy} = 2^(xy)
x^2/y = \\frac{x^2}{y} = x²÷y = x^2∕y
e^(-x^2/2) = e^{-\\frac{x^2}{2}} = \\exp\\left(-\\frac{x^2}{2}\\right)
tan(x)/(1+tan(x)) = \\frac{\\tan x}{1+\\tan x} = tan x/(1+tan x)
""".strip()
    .replace("x2\n", "x*2\n")
    .replace("x\\^2", "x ^ 2")
)


@pytest.mark.parametrize("line", SPELLINGS.splitlines(), ids=lambda line: line.split(" = ")[0])
def test_all_spellings_mean_the_first(line):
    first, *others = line.split(" = ")
    expected = value(first)
    for other in others:
        assert sympy.simplify(value(other) - expected) == 0, other


@pytest.mark.parametrize(
    ("text", "op", "count"),
    [
        ("{1, 2}", "set", 2),
        ("\\{1, 2\\}", "set", 2),
        ("{}", "set", 0),
        ("\\emptyset", "set", 0),
        ("∅", "set", 0),
        ("(1, 2)", "tuple", 2),
        ("[1, 2]", "list", 2),
        ("<1, 2>", "vector", 2),
        ("\\langle 1, 2\\rangle", "vector", 2),
        ("[[1,2],[3,4]]", "matrix", 2),
        ("[1 2; 3 -4]", "matrix", 2),
        ("[1, 2; 3, 4]", "matrix", 2),
        ("[1; 2]", "matrix", 2),
        ("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "matrix", 2),
        ("[1 2 3]", "list", 3),
        ("[1 -2]", "list", 2),
        ("\\left[\\begin{array}{cc} 1 & 2 \\end{array}\\right]", "list", 1),
        ("(0, 1]", "interval", 2),
        ("[0,∞)", "interval", 2),
        ("(-oo, 0) U (1, oo)", "union", 2),
        ("(1,2) \\cup (3,4) \\cup (5,6)", "union", 3),
        ("0 < x <= 1", "and", 2),
        ("x = 1 or x = 2", "or", 2),
        ("x=1 \\text{ or } x=2", "or", 2),
        ("x >= 0 and y ≥ 0", "and", 2),
        ("x ≠ 1", "ne", 2),
        ("1, 2, 3", "commas", 3),
        ("1; 2", "commas", 2),
        ("2 ± x", "pm", 2),
        ("\\pm 2", "pm", 1),
        ("x ∈ {1,2}", "in", 2),
        ("(0,0): saddle", "pair", 2),
        ("(0,0) is a saddle point", "pair", 2),
        ("[1,2]^T", "T", 1),
        ("(1,2)^\\top", "T", 1),
        ("[1,2]ᵀ", "T", 1),
        ("ℝ \\setminus {0}", "setminus", 2),
    ],
)
def test_structures_keep_their_brackets(text, op, count):
    tree = parse_answer(text, NAMES).tree
    assert (tree.op, len(tree.args)) == (op, count)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("saddle", "saddle"),
        ("Saddle Point", "saddle point"),
        ("local minimum", "local minimum"),
        ("DNE", "dne"),
        ("positive definite", "positive definite"),
        ("positive semi-definite", "positive semi definite"),
        ("no", "no"),
        ("no solution", "no solution"),
        ("it is a saddle", "saddle"),
        ("\\text{saddle point}", "saddle point"),
        ("does not exist", "does not exist"),
        ("all real numbers", "all real numbers"),
        ("not convex", "not convex"),
    ],
)
def test_words_stand_for_themselves(text, word):
    assert parse_answer(text, NAMES).tree == Node("word", value=word)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("f = 2x", ("f",)),
        ("f(x) = 2x", ("f(x)",)),
        ("f'(x) = 2x", ("f'(x)",)),
        ("\\nabla f = (2x, 2y)", ("∇f",)),
        ("∇f(x,y) = (2x,2y)", ("∇f(x,y)",)),
        ("\\frac{\\partial f}{\\partial x} = 2x", ("{{∂f}/{∂x}}",)),
        ("mu = 3", ("mu",)),
        ("mu_1 = 3, mu_2 = 5", ("mu_1", "mu_2")),
        ("H = [[1,2],[2,1]]", ("H",)),
        ("f_{xy} = 4", ("f_xy",)),
        ("dy/dx = 2x", ("dy/dx",)),
        ("x = 2", ()),
        ("x + y = 2", ()),
        ("det(A) = 3", ("det(A)",)),
        ("A^{-1} = [[1]]", ("A^{-1}",)),
        ("A^T = [[1]]", ("AT",)),
        ("f: x^2", ("f",)),
    ],
)
def test_labels_are_dropped_where_they_only_name_the_result(text, labels):
    assert parse_answer(text, NAMES).labels == labels


def test_the_imaginary_unit_and_decimal_commas_are_options():
    assert value("2 + 3i", imaginary=True) == 2 + 3 * sympy.I
    with pytest.raises(FormulaError, match="i is not a name of this exercise"):
        value("2 + 3i")
    assert value("0,5x", decimal_comma=True) == SYMBOLS["x"] / 2
    assert len(parse_answer("(0,5; 2)", NAMES, decimal_comma=True).tree.args) == 2


def test_the_tree_keeps_how_decimals_were_written():
    assert parse_answer("0.50").tree == Node("decimal", value="0.50")
    assert to_latex(parse_answer("1.50e-3").tree) == r"1.50 \cdot 10^{-3}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The answer is empty"),
        ("2y + q", "q is not a name of this exercise; its names are"),
        ("2 3", "write a sign between 2 and 3"),
        ("x2", "for a product write x\\*2"),
        ("(x", "the \\( is never closed"),
        ("x)", "this \\) closes nothing"),
        ("(x]", "needs two ends"),
        ("(x}", "} closes nothing"),
        ("sin", "sin needs an argument"),
        ("sin x(y)", "with parentheses around its argument"),
        ("5%", "as a fraction such as 5/100"),
        ("x' + 1", "write the value of the derivative"),
        ("1, , 2", "a value is missing beside this comma"),
        ("x +", "it ends too early"),
        ("\\foo{x}", "\\\\foo is not a command"),
        ("\\input{x}", "\\\\input is not a command"),
        ("x\u200b", "invisible character at column 2"),
        ("х", "is not part of answers"),
        ("9^9^9^9", "an exponent may be at most 10000"),
        ("2^5000", "this number is too long"),
        ("1000!", "a factorial is read up to 400"),
        ("1" * 1001, "at most 1000 digits"),
        ("1e999", "a power of ten may be at most e300"),
        ("(" * 201 + "x" + ")" * 201, "nested more than 200"),
        ("x" * 10_001, "at most 10,000 are read"),
        ("[[1,2],[3]]", "the rows of a matrix have one length"),
        ("\\begin{pmatrix} 1", "is never ended"),
        ("\\end{pmatrix}", "ends nothing"),
        ("\\begin{vmatrix} 1 \\end{vmatrix}", "this is a determinant"),
        ("\\begin{tabular} x \\end{tabular}", "is not part of answers"),
        ("binomial(3)", "binomial takes 2 arguments"),
        ("ln^-1 x", "write 1/log"),
        ("\\frac{1}", "an argument in braces is missing"),
        ("{1, 2", "a } is missing"),
        ("1\\\\2", "a new row stands only in a matrix"),
        ("[" + ",".join("1" * 1001) + "]", "at most 1,000 values"),
        ("<".join("x" * 23), "at most 20 conditions can be joined or chained"),
        ("+".join(["sin(x)"] * 251), "at most 250 functions and roots can stand in one answer"),
        ("sqrt(2+sqrt(3)*" * 9 + "1" + ")" * 9, "functions of products are nested more than 8 levels deep"),
        ("+".join(["x^(1/3)"] * 251), "at most 250 functions and roots can stand in one answer"),
        ("[" + ",".join(["[" + ",".join("1" * 51) + "]"] * 51) + "]", "at most 50 rows and columns"),
        ("x" + "^9" * 5, "too large|too long|exponent may be|degree"),
        ("cos_2 x", "cos has no subscript"),
        ("sin_x(2)", "sin has no subscript"),
        ("a_{", "_|} is missing"),
        ("\\left. x", "write the missing bracket"),
        ("sin{1,2}", "with round parentheses"),
        ("x^", "it ends too early"),
        ("sin^ x^", "ends too early|exponent is missing"),
        ("((((x+y+1)^99)^99)^99)", "too large|degree"),
    ],
)
def test_messages_say_what_to_write(text, message):
    with pytest.raises(FormulaError, match=message) as caught:
        parse_answer(text, NAMES)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


leaves = st.one_of(
    st.integers(0, 99).map(lambda k: Node("num", value=Fraction(k))),
    st.sampled_from(["0.5", "1.25", "3.", ".75"]).map(lambda d: Node("decimal", value=d)),
    st.sampled_from(["x", "y", "x1", "lambda", "a_12"]).map(lambda name: Node("var", value=name)),
    st.sampled_from(["pi", "E"]).map(Node),
)

trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda op, a, b: Node(op, (a, b)), st.sampled_from(["add", "mul", "div"]), inner, inner),
        st.builds(lambda a: Node("neg", (a,)), inner),
        st.builds(lambda a, k: Node("pow", (a, Node("num", value=Fraction(k)))), inner, st.integers(1, 3)),
        st.builds(
            lambda op, a: Node(op, (a,)), st.sampled_from(["sin", "exp", "Abs", "atan", "cosh", "factorial"]), leaves
        ),
        st.builds(lambda a: Node("sqrt", (Node("pow", (a, Node("num", value=Fraction(2)))),)), inner),
    ),
    max_leaves=8,
)


def meaning(tree):
    try:
        return answer_to_sympy(tree, SYMBOLS)
    except ValueError:
        return None


@settings(max_examples=150, deadline=None)
@given(trees)
def test_the_echo_reads_back_to_the_same_value(tree):
    expected = meaning(tree)
    if expected is None:  # a division by zero has no value to compare
        return
    again = meaning(parse_answer(to_latex(tree), NAMES).tree)
    assert again is not None
    point = {symbol: sympy.Rational(k + 2, 7) for k, symbol in enumerate(SYMBOLS.values())}
    difference = abs(sympy.N((again - expected).xreplace(point), 30))
    assert difference == 0 or difference < 1e-15 * (1 + abs(sympy.N(expected.xreplace(point), 30)))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="xy12.+-*/^()[]{}|,;=<> \\_'!sincoflg", max_size=40))
def test_any_text_is_read_or_refused_with_one_sentence(text):
    try:
        written = parse_answer(text, NAMES)
    except FormulaError as error:
        assert "\n" not in str(error) and str(error).endswith(".")
    else:
        assert to_latex(written.tree)


@pytest.mark.parametrize("part", ["<x", "1", "x", "x+", "the ", "x∪"])
def test_reading_takes_time_in_proportion_to_the_length(part):
    def seconds(length):
        started = time.process_time()
        with suppress(FormulaError):
            parse_answer("x" + part * (length // len(part)), ["x"])
        return time.process_time() - started

    seconds(1_000)
    small, large = min(seconds(2_400) for _ in range(3)), min(seconds(9_600) for _ in range(2))
    assert large < 10 * small + 0.05  # 4 times the length; what is quadratic takes 16 times as long


def test_nested_matrices_are_echoed_once_for_each_level():
    tree = parse_answer(r"\begin{pmatrix}" * 50 + "1" + r"\end{pmatrix}" * 50).tree
    assert to_latex(tree).count("pmatrix") == 100
