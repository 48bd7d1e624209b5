"""Deciders of single subjects: every verdict comes out of the pipeline, so its certificate was accepted."""

import json
import random
from fractions import Fraction

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.language import parse_formula
from hessmath.verify.definiteness import congruence
from hessmath.verify.kernel import Rejected
from hessmath.verify.kernel import check as recheck
from hessmath.verify.pipeline import check
from hessmath.verify.polynomials import NotPolynomial, around
from hessmath.verify.reading import read_fields


def settle(kind, **fields):
    verdict = check(read_fields({"id": "c", "kind": kind, **fields}))
    if verdict.evidence is not None:
        assert recheck(json.loads(verdict.evidence.to_json())).verdict == verdict.name
    return verdict


def hilbert(n):
    return [[str(Fraction(1, i + j + 1)) for j in range(n)] for i in range(n)]


DEFINITE = [
    ([["2", "-1"], ["-1", "2"]], "posdef", "proved"),
    ([["2", "-1"], ["-1", "2"]], "psd", "proved"),
    ([["2", "-1"], ["-1", "2"]], "indefinite", "refuted"),
    ([["1", "1"], ["1", "1"]], "psd", "proved"),
    ([["1", "1"], ["1", "1"]], "posdef", "refuted"),
    ([["-1", "0"], ["0", "-2"]], "negdef", "proved"),
    ([["-1", "1"], ["1", "-1"]], "nsd", "proved"),
    ([["-1", "1"], ["1", "-1"]], "negdef", "refuted"),
    ([["0", "1"], ["1", "0"]], "indefinite", "proved"),
    ([["0", "1"], ["1", "0"]], "nsd", "refuted"),
    ([["0"]], "psd", "proved"),
    ([["1", "2"], ["3", "1"]], "posdef", "refuted"),
    (hilbert(12), "posdef", "proved"),
]


@pytest.mark.parametrize(("matrix", "word", "name"), DEFINITE)
def test_definiteness_of_given_matrices(matrix, word, name):
    assert settle("definiteness", matrix=matrix, property=word).name == name


def test_a_matrix_of_fifty_rows_is_settled_in_seconds():
    rng = random.Random(1)
    G = [[rng.randint(-3, 3) for _ in range(50)] for _ in range(50)]
    A = [[sum(G[k][i] * G[k][j] for k in range(50)) + int(i == j) for j in range(50)] for i in range(50)]
    verdict = settle("definiteness", matrix=A, property="posdef")
    assert verdict.name == "proved"
    assert verdict.seconds < 20


@given(st.lists(st.lists(st.integers(-2, 2), min_size=4, max_size=4), min_size=4, max_size=4))
@settings(deadline=None, max_examples=60)
def test_the_congruence_makes_the_matrix_diagonal(rows):
    A = [[rows[min(i, j)][max(i, j)] for j in range(4)] for i in range(4)]
    found = congruence(tuple(tuple(map(flint.fmpq, row)) for row in A))
    M = [list(map(int, row)) for row in found.rows]
    half = [[sum(a * A[k][j] for k, a in enumerate(row)) for j in range(4)] for row in M]
    D = [[sum(h * m for h, m in zip(row, other, strict=True)) for other in M] for row in half]
    assert all(D[i][j] == 0 for i in range(4) for j in range(4) if i != j)
    assert found.positive == sum(D[i][i] > 0 for i in range(4))
    assert flint.fmpz_mat(M).det() != 0


CRITICAL = [
    ("x**2 + x*y + y**2 + x**3", ["0", "0"], "strict_local_min", "proved"),
    ("x**2 + x*y + y**2 + x**3", ["0", "0"], "saddle", "refuted"),
    ("x**2 + x*y + y**2", ["1", "0"], "not_critical", "proved"),
    ("x**2 + x*y + y**2", ["1", "0"], "local_min", "refuted"),
    ("x**2 + x*y + y**2", ["0", "0"], "not_critical", "refuted"),
    ("-x**2 - 3*y**2", ["0", "0"], "strict_local_max", "proved"),
    ("-x**2 - 3*y**2", ["0", "0"], "local_max", "proved"),
    ("x**2 - y**2", ["0", "0"], "saddle", "proved"),
    ("x**4 + y**2", ["0", "0"], "degenerate", "proved"),
    ("x**4 + y**2", ["0", "0"], "strict_local_min", "proved"),
    ("x**4 + y**2", ["0", "0"], "saddle", "refuted"),
    ("-x**4 - y**2", ["0", "0"], "local_max", "proved"),
    ("-x**4 + y**2", ["0", "0"], "saddle", "proved"),
    ("x**3 + y**2", ["0", "0"], "saddle", "proved"),
    ("x**3 + y**2", ["0", "0"], "local_min", "refuted"),
    ("x**3 - 3*x*y**2", ["0", "0"], "saddle", "proved"),
    ("100*(y - x**2)**2 + (1 - x)**2", ["1", "1"], "strict_local_min", "proved"),
    ("1 - cos(x) + y**2", ["0", "0"], "strict_local_min", "proved"),
    ("exp(x) - x + y**2", ["0", "0"], "strict_local_min", "proved"),
    ("exp(x) + y**2", ["0", "0"], "not_critical", "proved"),
    ("(y - x**2)*(y - 2*x**2)", ["0", "0"], "saddle", "proved"),  # Peano: a minimum along every line
    ("Abs(x) + y**2", ["0", "0"], "local_min", "undecided"),
]


@pytest.mark.parametrize(("f", "point", "word", "name"), CRITICAL)
def test_kinds_of_critical_points(f, point, word, name):
    verdict = settle("critical_point", f=f, vars=["x", "y"], point=point, classification=word)
    assert verdict.name == name, str(verdict)


CONVEX = [
    ("x**2 + x*y + y**2", "R^2", "strictly_convex", None, "proved"),
    ("x**2 + 2*x*y + y**2", "R^2", "convex", None, "proved"),
    ("x**2 + 2*x*y + y**2", "R^2", "strictly_convex", None, "refuted"),
    ("x**2 + 3*x*y + y**2", "R^2", "convex", None, "refuted"),
    ("-x**2 - y**2", "R^2", "concave", None, "proved"),
    ("x**2 - y**2", "R^2", "concave", None, "refuted"),
    ("x**2 + y**2", "R^2", "strongly_convex", "2", "proved"),
    ("x**2 + y**2", "R^2", "strongly_convex", "3", "refuted"),
    ("x**2 + y**2", "R^2", "quasiconvex", None, "proved"),
    ("-x**2", "R^2", "quasiconvex", None, "refuted"),
    ("x**3 + y**2", "R^2", "convex", None, "refuted"),
    ("x*y", ["x > 0", "y > 0"], "convex", None, "refuted"),
]

CONVEX_1D = [
    ("exp(x)", "R", "convex", None, "proved"),
    ("exp(x)", "R", "strictly_convex", None, "proved"),
    ("exp(x)", "R", "strongly_convex", "1", "refuted"),
    ("-log(x)", "x > 0", "convex", None, "proved"),
    ("x**3", "x > 0", "convex", None, "proved"),
    ("x**3", "R", "convex", None, "refuted"),
    ("x**4", "R", "convex", None, "proved"),
    ("1 - cos(x)", "R", "convex", None, "refuted"),
    ("1/x", "x > 0", "strictly_convex", None, "proved"),
    ("Abs(x)", "R", "strictly_convex", None, "refuted"),
]


@pytest.mark.parametrize(("f", "domain", "word", "mu", "name"), CONVEX)
def test_convexity_in_two_variables(f, domain, word, mu, name):
    extra = {} if mu is None else {"mu": mu}
    verdict = settle("convexity", f=f, vars=["x", "y"], domain=domain, property=word, **extra)
    assert verdict.name == name, str(verdict)


@pytest.mark.parametrize(("f", "domain", "word", "mu", "name"), CONVEX_1D)
def test_convexity_in_one_variable(f, domain, word, mu, name):
    extra = {} if mu is None else {"mu": mu}
    verdict = settle("convexity", f=f, vars=["x"], domain=domain, property=word, **extra)
    assert verdict.name == name, str(verdict)


PEANO = "Piecewise((x*y*(x**2 - y**2)/(x**2 + y**2), Ne(x**2 + y**2, 0)), (0, True))"
MIXED = [
    ("d/dy of d/dx", -1, "proved"),
    ("d/dx of d/dy", 1, "proved"),
    ("d/dx of d/dy", -1, "refuted"),
]


@pytest.mark.parametrize(("claim", "value", "name"), MIXED)
def test_the_mixed_derivatives_of_the_classical_example(claim, value, name):
    point = {"x": 0, "y": 0}
    assert settle("point", f=PEANO, vars=["x", "y"], point=point, claim=claim, value=value).name == name


POINTS = [
    ("Abs(x)", "0", "differentiable", "refuted"),
    ("Abs(x)", "0", "not differentiable", "proved"),
    ("Abs(x)", "1", "differentiable", "proved"),
    ("Max(x, 0)", "0", "not differentiable", "proved"),
    ("x**2", "0", "twice differentiable", "proved"),
    ("x**2", "0", "not twice differentiable", "refuted"),
    ("exp(x)", "0", "differentiable", "proved"),
]


@pytest.mark.parametrize(("f", "at", "claim", "name"), POINTS)
def test_differentiability_at_a_point(f, at, claim, name):
    assert settle("point", f=f, vars=["x"], point=[at], claim=claim).name == name


def test_unequal_mixed_derivatives_mean_not_twice_differentiable():
    verdict = settle("point", f=PEANO, vars=["x", "y"], point=[0, 0], claim="twice differentiable")
    assert verdict.name == "refuted"


LIMITS = [
    ("1/x", "oo", "0", "proved"),
    ("1/x", "oo", "1", "refuted"),
    ("(x**2 - 1)/(x - 1)", "1", "2", "proved"),
    ("(2*x**2 + 1)/(x**2 - x)", "oo", "2", "proved"),
    ("x**3", "-oo", "-oo", "proved"),
    ("1/x**2", "0", "oo", "proved"),
    ("1/x", "0", "oo", "refuted"),
    ("sigmoid(x)*(1 - sigmoid(x))", "oo", "0", "proved"),
    ("sin(x)", "oo", "0", "refuted"),
]


@pytest.mark.parametrize(("f", "to", "value", "name"), LIMITS)
def test_limits(f, to, value, name):
    assert settle("limit", f=f, vars=["x"], to=to, claim=value).name == name


def test_expansions_hold_up_to_their_order_only():
    fields = {"f": "1/(1 - e)", "vars": ["e"], "to": 0, "claim": "1 + e"}
    assert settle("asymptotic", **fields, order=2).name == "proved"
    assert settle("asymptotic", **fields, order=3).name == "refuted"
    fields = {"f": "1/(a + e)", "vars": ["e", "a"], "to": 0, "claim": "1/a - 2*e/a**2", "hypotheses": ["nonzero(a)"]}
    assert settle("asymptotic", **fields, order=2).name == "refuted"
    assert settle("asymptotic", **fields, order=1).name == "proved"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"a": "0"}, "the hypothesis nonzero.a. does not hold|a != 0 does not hold"),
        ({"a": "2"}, "the difference is of the claimed order"),
        ({}, "the key 'a' is missing"),
        ({"a": "1", "b": "1"}, "the key 'b' is not known"),
    ],
)
def test_a_refutation_of_an_expansion_is_checked(values, reason):
    fields = {
        "f": "e**2/(a - 1 + e)",
        "vars": ["e", "a"],
        "to": 0,
        "claim": "0",
        "order": 2,
        "hypotheses": ["nonzero(a)"],
    }
    verdict = settle("asymptotic", **fields)
    assert verdict.name == "refuted"
    assert verdict.counterexample.values == {"a": "1"}
    data = json.loads(verdict.evidence.to_json())
    data["proof"]["values"] = values
    with pytest.raises(Rejected, match=reason):
        recheck(data)


def test_a_division_that_may_fail_keeps_an_expansion_undecided():
    fields = {"f": "1/(a + e)", "vars": ["e", "a"], "to": 0, "claim": "1/a", "order": 1}
    assert settle("asymptotic", **fields).name == "undecided"
    assert settle("asymptotic", **fields, hypotheses=["nonzero(a)"]).name == "proved"


def test_polynomials_are_expanded_around_a_point():
    f = parse_formula("(x + 1)*(x - y)/2")
    one = flint.fmpq(1)
    assert around(f, ["x", "y"], [one, one]) == {
        (1, 0): 1,
        (0, 1): -1,
        (2, 0): flint.fmpq(1, 2),
        (1, 1): flint.fmpq(-1, 2),
    }
    with pytest.raises(NotPolynomial):
        around(parse_formula("1/x"), ["x"], [one])
