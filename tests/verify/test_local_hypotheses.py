"""Hypotheses and field of claims about one scalar function: used, found contradictory, or refused; never dropped."""

import json

import pytest

from hessmath.errors import InputError
from hessmath.verify.claims import AtPoint, Claim, replace
from hessmath.verify.kernel import Rejected
from hessmath.verify.kernel import check as recheck
from hessmath.verify.pipeline import check
from hessmath.verify.reading import read_fields

X = {"vars": ["x"]}
XY = {"vars": ["x", "y"]}
CUBIC = {"kind": "critical_point", **X, "f": "x**3 - 3*x", "point": [1], "classification": "strict_local_min"}
SQUARE = {"kind": "critical_point", **X, "f": "x**2", "point": [0], "classification": "strict_local_min"}
KINK = {"kind": "point", **X, "f": "Abs(x)", "point": [0], "claim": "differentiable"}
PRODUCT = {"kind": "point", **XY, "f": "x*y", "point": [0, 0], "claim": "d/dx of d/dy", "value": 1}
CUBE = {"kind": "convexity", **X, "f": "x**3", "property": "convex"}
POLE = {"kind": "limit", **X, "f": "1/x", "to": 0, "claim": "oo"}
STEP = {"kind": "limit", **X, "f": "Abs(x)/x", "to": 0, "claim": 1}
TAIL = {"kind": "limit", **X, "f": "1/x", "to": "oo", "claim": 0}
SERIES = {
    "kind": "asymptotic", "vars": ["a", "e"], "f": "1/(a + e)", "to": 0, "variable": "e", "claim": "1/a", "order": 1,
}  # fmt: skip
RATIO = {"kind": "asymptotic", **X, "f": "x + 1", "to": "oo", "claim": "x"}
SLOPE = {"kind": "grad_hess", **X, "f": "x**2", "gradient": ["2*x"]}

CASES = [
    (CUBIC, ["x > 0"], "proved"),
    (CUBIC, ["x > 1"], "vacuous"),
    (CUBIC, ["x >= 1"], "undecided"),  # the point lies on the edge
    (CUBIC, ["x == 1"], "undecided"),
    (CUBIC | {"classification": "saddle"}, ["x > 0"], "refuted"),
    (CUBIC | {"classification": "saddle"}, ["x < 0"], "vacuous"),
    (CUBIC | {"classification": "saddle"}, ["x > 0", "x < 0"], "vacuous"),
    (SQUARE | {"f": "x**3", "classification": "local_min"}, ["x >= 0"], "undecided"),  # true there, false without
    (SQUARE | {"f": "x", "classification": "local_min"}, ["nonneg(x)"], "undecided"),  # the same
    (SQUARE, ["x**2 < 1", "nonzero(x + 1)", "positive(x + 3)"], "proved"),
    (SQUARE, ["sqrt(x) < 1"], "undecided"),  # holds on one side only
    (SQUARE, ["x > -1 or x > 0"], "undecided"),
    (SQUARE, ["posdef(block([x + 1, 0], [0, 1]))"], "undecided"),
    (KINK, ["x > -1"], "refuted"),
    (KINK, ["x >= 0"], "undecided"),
    (KINK, ["x > 0"], "vacuous"),
    (KINK | {"point": [1]}, ["x > 0"], "proved"),
    (PRODUCT, ["x > -1", "y < 1"], "proved"),
    (PRODUCT | {"value": 2}, ["x > -1", "y < 1"], "refuted"),
    (PRODUCT | {"value": 2}, ["y < 0"], "vacuous"),
    (CUBE, [], "refuted"),
    (CUBE, ["x > 0"], "proved"),
    (CUBE, ["nonneg(x)"], "proved"),
    (CUBE, ["positive(-x)"], "refuted"),
    (CUBE, ["x > 1", "x < 0"], "vacuous"),
    (CUBE | {"domain": "[-1, 1]"}, ["x >= 0"], "proved"),
    (CUBE | {"domain": "[-1, 1]"}, ["x > 2"], "vacuous"),
    (CUBE, ["x**2 > 1"], "refuted"),  # the domain is not convex, nor is x³ for x < −1
    (CUBE, ["x == 1"], "undecided"),
    (POLE, [], "refuted"),
    (POLE, ["x > 0"], "proved"),
    (POLE, ["x < 0"], "refuted"),
    (POLE | {"claim": "-oo"}, ["x < 0"], "proved"),
    (POLE, ["x > 1"], "vacuous"),
    (POLE, ["x > 0", "x < 0"], "vacuous"),
    (POLE, ["x == 0"], "vacuous"),
    (POLE, ["sqrt(x) > 0"], "undecided"),
    (STEP, [], "refuted"),
    (STEP, ["x > 0"], "proved"),
    (STEP, ["x < 0"], "refuted"),
    (TAIL, ["x > 5"], "proved"),
    (TAIL, ["x < 5"], "vacuous"),
    (SERIES, ["a > 0"], "proved"),
    (SERIES, ["a > 0", "a < 0"], "vacuous"),
    (SERIES, ["a > 0", "e > 0"], "undecided"),
    (SERIES | {"claim": "2/a"}, ["a > 0"], "refuted"),
    (RATIO, ["x > 0"], "proved"),
    (RATIO, ["x < 0"], "vacuous"),
    (SLOPE, ["x > 0"], "proved"),
    (SLOPE | {"gradient": ["3*x"]}, ["x == 0"], "proved"),
    (SLOPE | {"gradient": ["3*x"]}, ["x > 0", "x < 0"], "vacuous"),
]


def settled(fields, hypotheses):
    return check(read_fields({"id": "c", **fields, "hypotheses": hypotheses}))


@pytest.mark.parametrize(("fields", "hypotheses", "name"), CASES)
def test_hypotheses_of_claims_about_one_function_count(fields, hypotheses, name):
    verdict = settled(fields, hypotheses)
    assert verdict.name == name, str(verdict)
    if verdict.evidence is not None:
        assert recheck(json.loads(verdict.evidence.to_json())).verdict == name


SETTLED = [case for case in CASES if case[1] and case[2] != "undecided"]


@pytest.mark.parametrize(("fields", "hypotheses", "name"), SETTLED)
def test_the_statement_of_a_certificate_names_every_hypothesis(fields, hypotheses, name):
    said = str(recheck(json.loads(settled(fields, hypotheses).evidence.to_json())))
    assert " with " in said or " on " in said
    assert all(hypothesis in said for hypothesis in hypotheses)


MOVED = [  # the same evidence does not certify the claim with other hypotheses
    (CUBIC, ["x > 0"], "x >= 1"),
    (KINK, ["x > -1"], "x >= 0"),
    (PRODUCT, ["x > -1"], "x >= 0"),
    (POLE, ["x > 0"], "x < 0"),
    (STEP, ["x > 0"], "x < 0"),
    (TAIL, ["x > 5"], "x < 5"),
    (CUBIC | {"classification": "saddle"}, ["x < 0"], "x > 0"),
    (POLE, ["x > 1"], "x > 0"),
]


@pytest.mark.parametrize(("fields", "hypotheses", "other"), MOVED)
def test_a_certificate_does_not_serve_a_claim_with_other_hypotheses(fields, hypotheses, other):
    data = json.loads(settled(fields, hypotheses).evidence.to_json())
    data["claim"]["hypotheses"] = read_fields({"id": "c", **fields, "hypotheses": [other]}).to_json()["hypotheses"]
    with pytest.raises(Rejected):
        recheck(data)


def test_a_vacuous_certificate_needs_its_hypotheses():
    for fields, hypotheses in ((SQUARE, ["x > 0"]), (CUBE, ["x > 1", "x < 0"]), (SERIES, ["a > 0", "a < 0"])):
        data = json.loads(settled(fields, hypotheses).evidence.to_json())
        del data["claim"]["domain" if fields is CUBE else "hypotheses"]
        if fields is CUBE:
            data["claim"]["domain"] = []
        with pytest.raises(Rejected):
            recheck(data)


@pytest.mark.parametrize("fields", [CUBIC, KINK, PRODUCT, CUBE, POLE, SERIES, RATIO])
def test_claims_about_one_function_are_about_real_numbers(fields):
    with pytest.raises(InputError, match=f"field is 'complex', but a claim of kind {fields['kind']} is about real"):
        read_fields({"id": "c", **fields, "field": "complex"})


def test_a_claim_built_by_hand_over_the_complex_numbers_is_not_decided():
    claim = read_fields({"id": "c", **KINK})
    assert isinstance(claim.data, AtPoint)
    assert isinstance(claim, Claim)
    assert "its field is complex" in str(check(replace(claim, field="complex")))


def test_hypotheses_added_by_hand_to_a_convexity_claim_restrict_its_domain():
    claim = read_fields({"id": "c", **CUBE})
    positive = read_fields({"id": "c", **CUBE, "hypotheses": ["x > 0"]}).data.domain
    assert check(replace(claim, hypotheses=positive)).name == "proved"
    assert " with " not in str(recheck(check(claim).evidence.data))


@pytest.mark.parametrize("extra", [{"hypotheses": ["1 == 2"]}, {"vars": ["x"]}])
def test_a_matrix_of_numbers_takes_no_hypotheses(extra):
    with pytest.raises(InputError, match="leave vars and hypotheses out"):
        read_fields({"id": "c", "kind": "definiteness", "matrix": [["1"]], "property": "posdef", **extra})


def test_a_matrix_of_numbers_is_real():
    fields = {"id": "c", "kind": "definiteness", "matrix": [["1"]], "property": "posdef", "field": "complex"}
    with pytest.raises(InputError, match="field is 'complex', but a claim of kind definiteness"):
        read_fields(fields)


def test_what_the_domain_of_a_convexity_claim_may_be_is_said():
    assert "inequalities, but x == 1 is not one" in str(settled(CUBE, ["x == 1"]))
    assert "state them about the other variables" in str(settled(SERIES, ["e > 0"]))


def test_where_a_vacuous_claim_is_empty_is_said():
    assert "no values satisfy the hypotheses at the point, given that x > 0" in str(settled(SQUARE, ["x > 0"]))
    assert "no values satisfy the hypotheses near 0, given that x > 1" in str(settled(POLE, ["x > 1"]))


UNDEFINED = ["log(x) - log(x)", "sqrt(x) - sqrt(x)", "0*log(0)", "asin(2) - asin(2)", "x*(log(-1) - log(-1))"]


@pytest.mark.parametrize("f", UNDEFINED)
def test_a_function_without_values_near_the_place_has_no_limit(f):
    """Parts that cancel in algebra must have values all the same."""
    for claim in ("0", "oo"):
        assert settled({"kind": "limit", **X, "f": f, "to": -1, "claim": claim}, []).name == "undecided"
    quotient = {"kind": "asymptotic", **X, "f": "x + asin(2)", "to": 0, "claim": "x + asin(2)"}
    assert settled(quotient, []).name == "undecided"
    mixed = {"kind": "point", **XY, "f": f"x*y + {f}", "point": [-1, 0], "claim": "d/dx of d/dy", "value": 1}
    assert settled(mixed, []).name == "undecided"
