"""The ledger: what is expected, what was reached, and what a fresh process says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hessmath.errors import HessmathError
from hessmath.verify import ledger, read_claim
from hessmath.verify.verdicts import Certificate

TRUE = read_claim("x @ y == y @ x", x="n", y="n")
FALSE = read_claim("A @ B == B @ A", A="n n", B="n n")


def _entry(claim):
    (entry,) = ledger.settle([claim])
    return entry


def test_a_claim_without_an_expectation_is_expected_to_hold():
    assert _entry(TRUE).as_expected
    assert not _entry(FALSE).as_expected


def test_the_expected_verdict_is_compared_at_its_strength():
    assert _entry(replace(TRUE, expected="proved (sizes)")).as_expected
    assert not _entry(replace(TRUE, expected="refuted")).as_expected
    assert _entry(replace(FALSE, expected="refuted")).as_expected


def test_totals_count_verdicts_and_surprises():
    entries = list(ledger.settle([TRUE, FALSE]))
    assert ledger.totals(entries)["proved"] == 1
    assert ledger.totals(entries)["refuted"] == 1
    assert ledger.totals(entries)["unexpected"] == 1


def test_the_json_ledger_carries_certificates_that_check():
    data = json.loads(ledger.as_json(list(ledger.settle([TRUE, FALSE]))))
    assert data["totals"]["claims"] == 2
    for claim in data["claims"]:
        assert Certificate(claim["certificate"]).check().verdict == claim["verdict"]


def test_several_parts_are_listed_one_by_one():
    fields = {"id": "g", "kind": "grad_hess", "f": "x**2", "vars": ["x"], "gradient": ["2*x"], "hessian": [["3"]]}
    (claim,) = json.loads(ledger.as_json([_entry(read_claim(fields))]))["claims"]
    assert claim["verdict"] == "refuted"
    assert [part["verdict"] for part in claim["parts"]] == ["proved", "refuted"]


def test_a_fresh_process_rejects_a_forged_certificate():
    entry = _entry(TRUE)
    forged = Certificate(dict(entry.verdict.evidence.data) | {"claim": _entry(FALSE).verdict.evidence.data["claim"]})
    (good, bad) = ledger.recheck([entry, replace(entry, verdicts=(replace(entry.verdict, certificate=forged),))])
    assert good.rechecked is True
    assert bad.rechecked is False
    assert not bad.as_expected


def test_a_checker_that_does_not_answer_is_said(monkeypatch):
    monkeypatch.setattr(ledger.sys, "executable", "/bin/false")
    with pytest.raises(HessmathError, match="answered for 0 of 1 certificates"):
        ledger.recheck([_entry(TRUE)])


def test_rechecking_nothing_is_nothing():
    assert ledger.recheck([]) == ()
