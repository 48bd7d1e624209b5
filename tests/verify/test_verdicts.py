"""Verdicts are results with evidence, never truth values."""

import json

import pytest

from hessmath.errors import InputError
from hessmath.verify import (
    Certificate,
    Counterexample,
    IllPosed,
    Proved,
    Refuted,
    Tested,
    Undecided,
    Vacuous,
    meets,
    strength,
    weakest,
)
from hessmath.verify.pipeline import check
from hessmath.verify.reading import claim_from_text

EMPTY = Certificate({})
ALL = Proved(EMPTY, scope="all sizes")
LISTED = Proved(EMPTY, scope="sizes n=1, 2")
FALSE = Refuted(Counterexample({"n": 1}, {"A": [["0"]]}), EMPTY)
ILL = IllPosed("inv(B) can be undefined")
VAIN = Vacuous(EMPTY)
MEASURED = Tested("1000 samples")
OPEN = Undecided("nothing was found")
EVERY = [ALL, LISTED, FALSE, ILL, VAIN, MEASURED, OPEN]


@pytest.mark.parametrize("verdict", EVERY, ids=lambda v: v.name)
def test_a_verdict_is_not_a_bool_and_says_what_to_do(verdict):
    with pytest.raises(TypeError, match=f"this one is '{verdict.name}'.*match/case"):
        bool(verdict)


def test_verdicts_are_told_apart_by_pattern():
    def seen(verdict):
        match verdict:
            case Proved(certificate):
                return certificate
            case Refuted(counterexample):
                return counterexample.sizes
            case Undecided(reason):
                return reason

    assert seen(ALL) is EMPTY
    assert seen(FALSE) == {"n": 1}
    assert seen(OPEN) == "nothing was found"


def test_every_verdict_has_its_name():
    names = ["proved", "proved", "refuted", "ill_posed", "vacuous", "tested", "undecided"]
    assert [verdict.name for verdict in EVERY] == names


@pytest.mark.parametrize("verdict", EVERY, ids=lambda v: v.name)
def test_a_verdict_is_one_line_of_words(verdict):
    assert "\n" not in str(verdict)
    assert str(verdict) in repr(verdict)


def test_a_proof_says_for_which_sizes_and_on_which_axioms():
    assert str(ALL) == "Proved for all sizes; axioms: none"
    assert str(Proved(EMPTY, axioms=("spectral theorem",))) == "Proved; axioms: spectral theorem"


def test_a_counterexample_is_shown_with_its_sizes_and_values():
    assert str(FALSE) == "Refuted by n = 1, A = [[0]]"
    assert str(Counterexample(note="the matrix is not symmetric")) == "the matrix is not symmetric"


@pytest.mark.parametrize(
    ("verdict", "expected", "is_met"),
    [
        (ALL, "proved", True),
        (ALL, "proved (sizes)", True),
        (ALL, "tested", True),
        (ALL, "refuted", False),
        (ALL, "undecided", False),
        (LISTED, "proved", False),
        (LISTED, "proved (sizes)", True),
        (LISTED, "tested", True),
        (FALSE, "refuted", True),
        (FALSE, "proved", False),
        (FALSE, "ill_posed", False),
        (ILL, "ill_posed", True),
        (VAIN, "vacuous", True),
        (VAIN, "proved", False),
        (MEASURED, "tested", True),
        (MEASURED, "proved (sizes)", False),
        (OPEN, "undecided", True),
        (OPEN, "tested", False),
    ],
)
def test_an_expectation_is_met_by_the_same_verdict_or_a_stronger_one(verdict, expected, is_met):
    assert meets(verdict, expected) is is_met


def test_an_unknown_expectation_is_refused():
    with pytest.raises(InputError, match="expected is 'true', but a verdict is one of: proved"):
        meets(ALL, "true")


def test_a_whole_is_as_strong_as_its_weakest_part():
    assert weakest([ALL, LISTED]) is LISTED
    assert weakest([ALL, OPEN, LISTED]) is OPEN
    assert weakest([FALSE, OPEN]) is FALSE
    assert strength(weakest([ALL, ALL])) == "proved"


def test_nothing_has_no_weakest_verdict():
    with pytest.raises(InputError, match="at least one verdict"):
        weakest([])


def test_a_certificate_survives_json_and_can_be_checked_from_a_file(tmp_path):
    verdict = check(claim_from_text("trace(A @ B) == trace(B @ A)", A="n m", B="m n"))
    path = verdict.certificate.save(tmp_path / "trace.json")
    again = Certificate(json.loads(path.read_text(encoding="utf-8")))
    assert again.check().scope == "all sizes"
    assert [file.name for file in tmp_path.iterdir()] == ["trace.json"]


def test_a_certificate_for_another_claim_is_rejected():
    from hessmath.verify.kernel import Rejected

    verdict = check(claim_from_text("trace(A @ B) == trace(B @ A)", A="n m", B="m n"))
    data = json.loads(verdict.certificate.to_json())
    data["claim"]["claim"][0] = "ne"
    with pytest.raises(Rejected):
        Certificate(data).check()


def test_an_explanation_shows_claim_verdict_and_the_accepted_statement():
    verdict = check(claim_from_text("symmetric(A.T @ A)", A="m n"))
    lines = verdict.explain().splitlines()
    assert lines[0].startswith("Claim claim: symmetric(A.T @ A)")
    assert any("Accepted by the trusted checker as proved: for all A (m, n)" in line for line in lines)
    assert lines[-1].startswith("verdict.certificate.check()")
