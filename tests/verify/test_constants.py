"""Claims about numbers: E, pi and other constants in every kind of claim, and arrays that are too large."""

import json
import math

import pytest

from hessmath.errors import InputError
from hessmath.verify import kernel
from hessmath.verify.files import read_file
from hessmath.verify.ledger import recheck, settle
from hessmath.verify.pipeline import check
from hessmath.verify.reading import KINDS, read_claim, read_fields


def settled(claim, **declarations):
    verdict = check(read_claim(claim, **declarations))
    if verdict.evidence is not None:
        assert kernel.check(json.loads(verdict.evidence.to_json())).verdict == verdict.name
    return verdict


DECIDED = [
    ("pi < 4", "proved"),
    ("3 < pi", "proved"),
    ("E == exp(1)", "proved"),
    ("E != pi", "proved"),
    ("nonneg(pi - 3)", "proved"),
    ("sqrt(pi)**2 == pi", "proved"),
    ("cos(1) > 0", "proved"),
    ("sin(4) < 0", "proved"),
    ("pi == 22/7", "refuted"),
    ("E > 3", "refuted"),
    ("log(0) == log(0)", "ill_posed"),
    ("log(E) == 1", "proved"),
    ("erf(1) > 0", "undecided"),
]


@pytest.mark.parametrize(("text", "name"), DECIDED)
def test_a_claim_without_variables_is_decided_by_enclosures(text, name):
    assert settled(text).name == name


NUMBERS = {
    "E": math.e, "pi": math.pi, "3": 3, "-1/2": -0.5, "sqrt(2)": 2**0.5, "exp(-1)": math.exp(-1), "E**2": math.e**2,
    "1/pi": 1 / math.pi, "cos(2)": math.cos(2), "Abs(-pi)": math.pi, "2 - E": 2 - math.e, "atan(5)": math.atan(5),
}  # fmt: skip


@pytest.mark.parametrize("left", NUMBERS)
def test_verdicts_on_two_numbers_agree_with_floating_point(left):
    for right, value in NUMBERS.items():
        truth = {"<": NUMBERS[left] < value - 1e-12, "<=": NUMBERS[left] <= value + 1e-12}
        for sign, holds in truth.items():
            verdict = settled(f"{left} {sign} {right}")
            assert verdict.name in (("proved", "undecided") if holds else ("refuted", "undecided")), (right, sign)


def test_a_refutation_without_values_says_what_it_rests_on():
    assert str(settled("pi == 3")).startswith("Refuted by the numbers in it")


def test_enclosures_do_not_certify_a_false_sign_of_a_number():
    goal = {"by": "fact", "fact": {"fact": ["positive", ["add", ["num", "3"], ["neg", ["pi"]]]], "rule": "number"}}
    claim = {"kind": "relation", "vars": {}, "claim": ["lt", ["pi"], ["num", "3"]]}
    case = {"sizes": {}, "definedness": [], "goals": [goal]}
    with pytest.raises(kernel.Rejected, match="not a number that is positive"):
        kernel.check(
            {"format": "hessmath-certificate-1", "claim": claim, "verdict": "proved", "proof": {"cases": [case]}}
        )


CONSTANT = ["E", "pi", "3", "1/2", "0", "sqrt(2)", "log(0)", "sin(pi)", "Max(1, 2)", "0**0", "1/(E - E)"]


def claims_about(c):
    x = {"vars": ["x"], "f": c}
    yield {"kind": "identity", "lhs": c, "rhs": c}
    yield {"kind": "predicate", "claim": f"nonzero({c})"}
    yield {"kind": "implication", "claim": "1 == 1", "hypotheses": [f"{c} > 0"]}
    yield {"kind": "derivation", "lines": [c, c, "E"]}
    yield {"kind": "definiteness", "matrix": [[c]], "property": "posdef"}
    yield {"kind": "grad_hess", **x, "gradient": ["0"], "hessian": [["0"]]}
    yield {"kind": "point", **x, "point": {"x": 0}, "claim": "differentiable"}
    yield {"kind": "convexity", **x, "property": "convex", "domain": [f"x > {c}"]}
    yield {"kind": "critical_point", **x, "point": [0], "classification": "degenerate"}
    yield {"kind": "critical_point", **x, "point": [c], "classification": "degenerate"}
    yield {"kind": "limit", **x, "to": "oo", "claim": c}
    yield {"kind": "asymptotic", **x, "to": 0, "claim": c}
    for kind in ("gradient", "jacobian", "hessian", "gradient_sym", "gradient_diag"):
        for sizes in ([], ["n"], ["n", "n"]):
            yield {"kind": kind, "vars": {"X": sizes}, "f": c, "wrt": "X", "claim": "0*X"}
    yield {"kind": "dirderiv", "vars": {"x": [], "v": []}, "f": c, "wrt": "x", "direction": "v", "claim": "0"}
    yield {"kind": "dirderiv2", "vars": {"x": []}, "f": "x**2", "wrt": "x", "direction": [c, c], "claim": f"2*({c})**2"}


def test_every_kind_is_among_the_claims_about_constants():
    assert {fields["kind"] for fields in claims_about("E")} == set(KINDS)


@pytest.mark.parametrize("c", CONSTANT)
def test_constants_in_claims_of_every_kind_end_in_a_verdict_or_one_sentence(c):
    for fields in claims_about(c):
        try:
            verdict = settled({"id": "c", **fields})
        except InputError as error:
            assert "\n" not in str(error)
        else:
            assert verdict.explain()


def test_constants_in_files_are_checked_and_checked_again(tmp_path):
    path = tmp_path / "claims.toml"
    path.write_text(
        '[[claim]]\nkind = "identity"\nlhs = 3\nrhs = "9/3"\n'
        '[[claim]]\nkind = "implication"\nclaim = "pi < 4"\n'
        '[[claim]]\nkind = "convexity"\nf = "pi"\nvars = ["x"]\nproperty = "convex"\n'
        '[[claim]]\nkind = "limit"\nf = 3\nvars = ["x"]\nto = 0\nclaim = 3\n',
        encoding="utf-8",
    )
    entries = recheck(list(settle(read_file(path))))
    assert [(entry.verdict.name, entry.rechecked) for entry in entries] == [("proved", True)] * 4


def test_a_claim_about_a_function_names_a_variable():
    with pytest.raises(InputError, match="has at least one variable, but vars names none"):
        read_fields({"id": "c", "kind": "convexity", "f": "3", "vars": [], "property": "convex"})


@pytest.mark.parametrize("kind", [[], {}, 3, None])
def test_a_kind_that_is_no_text_is_an_input_error(kind):
    with pytest.raises(InputError, match="kind"):
        read_fields({"id": "c", "kind": kind, "claim": "1 == 1"})


def test_truth_values_are_hypotheses():
    assert settled("x**2 >= 0", x="", hypotheses=["True"]).name == "proved"
    assert settled("x > 0", x="", hypotheses=["False"]).name in ("undecided", "vacuous")


@pytest.mark.parametrize(
    "text", ["symmetric(s)", "posdef(3)", "trace(s) == s", "det(s) == s", "rank(s) == 1", "pinv(s) == s", "fullcol(s)"]
)
def test_what_is_said_of_matrices_is_ill_posed_of_scalars(text):
    verdict = settled(text, s="")
    assert verdict.name == "ill_posed"
    assert "matrix is needed, but this is a scalar" in str(verdict)


def test_identities_too_large_to_be_written_out_are_compared_by_their_laws():
    assert settled("kron(eye(1000), eye(1000)) == eye(1000000)").name == "proved"


@pytest.mark.parametrize("text", ["sum(ones(1000000)) == 1000000", "exp(1000000) == 1"])
def test_what_is_too_large_for_the_checker_is_undecided_at_once(text):
    assert settled(text).name == "undecided"


def test_large_arrays_of_a_size_that_is_given_are_not_drawn():
    assert settled("A == A.T", A="100000 100000").name == "undecided"
    verdict = settled({"id": "c", "kind": "limit", "f": "x*sum(ones(100000))", "vars": ["x"], "to": 0, "claim": 0})
    assert "too large" in str(verdict)


def test_roots_are_not_judged_over_the_complex_numbers():
    fields = {"id": "c", "kind": "identity", "vars": {"x": []}, "lhs": "(x**(1/2))**2", "rhs": "x"}
    assert settled(fields).name == "ill_posed"
    assert settled({**fields, "field": "complex"}).name == "undecided"
