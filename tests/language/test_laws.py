"""Laws of reading, against Python's own parser and against NumPy's shapes."""

from __future__ import annotations

import ast
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import FormulaError
from hessmath.language import free_names, from_json, parse, to_json, to_text, with_shapes

POINT = {"s": Fraction(3, 7), "t": Fraction(-5, 4)}
SCALARS = {"s": [], "t": []}

texts = st.recursive(
    st.sampled_from(["s", "t", "2", "3", "0.5", "1e-1"]),
    lambda inner: st.one_of(
        st.builds(" ".join, st.tuples(inner, st.sampled_from("+-*/"), inner)),
        st.builds("{}**{}".format, inner, st.sampled_from(["2", "-1", "3"])),
        st.builds("-{}".format, inner),
        st.builds("({})".format, inner),
    ),
    max_leaves=12,
)


class Exact(ast.NodeTransformer):
    """Numbers of a Python expression as fractions of their own text."""

    def __init__(self, text):
        self.text = text

    def visit_Constant(self, node):
        word = ast.Constant(ast.get_source_segment(self.text, node))
        return ast.Call(ast.Name("Fraction", ast.Load()), [word], [])


def value_by_python(text):
    tree = ast.fix_missing_locations(Exact(text).visit(ast.parse(text, mode="eval")))
    return eval(compile(tree, "<formula>", "eval"), {"Fraction": Fraction, **POINT})


def value(node):
    parts = [value(arg) for arg in node.args]
    match node.op:
        case "num":
            return node.value
        case "var":
            return POINT[node.value]
        case "neg":
            return -parts[0]
        case "add":
            return sum(parts)
        case "mul":
            return np.prod(np.array(parts, dtype=object))
        case "div":
            return parts[0] / parts[1]
        case "pow":
            return parts[0] ** parts[1]
    raise AssertionError(node.op)


@settings(deadline=None, max_examples=300)
@given(texts)
def test_precedence_is_that_of_python(text):
    try:
        tree = parse(text, SCALARS)  # first: it refuses powers that Python would work on for ever
        expected = value_by_python(text)
    except FormulaError as error:
        assert any(reason in str(error) for reason in ("at most", "more than", "divides by zero"))
    except (ZeroDivisionError, OverflowError):
        return
    else:
        assert value(tree) == pytest.approx(expected, rel=0 if isinstance(expected, Fraction) else 1e-9, nan_ok=True)


conditions = st.recursive(
    st.builds(" ".join, st.tuples(st.sampled_from("st"), st.sampled_from(["<", "<=", "==", "!=", ">"]), st.just("0"))),
    lambda inner: st.one_of(
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        st.builds("not {}".format, inner),
        st.builds("({})".format, inner),
        st.just("s < t < 1"),
    ),
    max_leaves=8,
)


def truth(node):
    match node.op:
        case "and":
            return all(map(truth, node.args))
        case "or":
            return any(map(truth, node.args))
        case "not":
            return not truth(node.args[0])
    a, b = map(value, node.args)
    return {"eq": a == b, "ne": a != b, "lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b}[node.op]


@settings(deadline=None, max_examples=150)
@given(conditions)
def test_logic_is_that_of_python(text):
    tree = parse(text, SCALARS)
    assert truth(tree) == value_by_python(text)
    assert parse(to_text(tree), SCALARS) == tree


DECLARED = {"A": ["n", "n"], "B": ["n", "m"], "C": ["m", "n"], "x": ["n"], "y": ["m"], "s": []}
SIZES = {"n": 3, "m": 2}
ARRAYS = {name: np.ones([SIZES[size] for size in shape]) for name, shape in DECLARED.items()}

FUNCTIONS = {
    "kron": np.kron,
    "outer": np.outer,
    "diag": np.diag,
    "vec": lambda a: a.reshape(-1, order="F"),
    "trace": lambda a: np.trace(np.atleast_2d(a)),  # a number is a 1×1 matrix
    "sum": np.sum,
    "exp": lambda a: a,
    "T": np.transpose,
    "eye": np.eye,
    "zeros": lambda *sizes: np.zeros(sizes),
}

arrays = st.recursive(
    st.sampled_from([*DECLARED, "eye(n)", "zeros(m, n)", "zeros(m)"]),
    lambda inner: st.one_of(
        st.builds("{} @ {}".format, inner, inner),
        st.builds("{} + {}".format, inner, inner),
        st.builds("{} * ({})".format, inner, inner),
        st.builds("({}).T".format, inner),
        st.builds("-({})".format, inner),
        st.builds("{}({})".format, st.sampled_from(["diag", "vec", "trace", "sum", "exp"]), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["kron", "outer"]), inner, inner),
    ),
    max_leaves=6,
)


def array(node):
    """The value by NumPy at n = 3, m = 2; entries do not matter, only shapes."""
    match node.op:
        case "var":
            return ARRAYS[node.value]
        case "size":
            return SIZES[node.value]
        case "neg":
            return -array(node.args[0])
        case "add" | "mul" | "matmul":
            result = array(node.args[0])
            for part in node.args[1:]:
                other = array(part)
                result = result + other if node.op == "add" else result * other if node.op == "mul" else result @ other
            return result
    return FUNCTIONS[node.op](*map(array, node.args))


@settings(deadline=None, max_examples=300)
@given(arrays)
def test_shapes_are_those_of_numpy(text):
    try:
        tree = parse(text, DECLARED)
    except FormulaError:
        return  # stricter than NumPy: no broadcasting between vectors and matrices
    assert np.shape(array(tree)) == tuple(size.at(SIZES) for size in tree.shape)


@settings(deadline=None, max_examples=300)
@given(st.one_of(arrays, texts))
def test_what_was_read_prints_to_itself(text):
    try:
        tree = parse(text, {**DECLARED, "t": []})
    except FormulaError:
        return
    again = parse(to_text(tree), {**DECLARED, "t": []})
    assert again == tree
    assert to_text(again) == to_text(tree)
    assert [node.shape for node in again.walk()] == [node.shape for node in tree.walk()]
    assert with_shapes(from_json(to_json(tree)), {**DECLARED, "t": []}) == tree
    assert set(free_names(tree)) <= {*DECLARED, "t"}


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="st()[]+-*/@.,:|<>=!2 e\"'^_λ²", max_size=20))
def test_any_text_is_read_or_refused_in_one_sentence(text):
    try:
        parse(text, SCALARS)
    except FormulaError as error:
        assert str(error).endswith(".")
        assert "\n" not in str(error)
        assert error.column is None or 1 <= error.column <= len(text) + 1
