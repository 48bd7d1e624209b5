"""From claim to verdict: nothing is believed that the trusted checker does not accept."""

import json
import subprocess
import sys

import pytest

from hessmath.verify import kernel, ledger, pipeline, read_claim
from hessmath.verify.pipeline import check
from hessmath.verify.reading import claim_from_text, read_fields

VAIN = [
    {"x": "", "hypotheses": ["x > 1", "x < 0"]},
    {"x": "", "hypotheses": ["x == 1", "x == 0"]},
    {"x": "", "hypotheses": ["x**2 + 1 < 0"]},
    {"A": "n n posdef", "x": "n", "hypotheses": ["x @ A @ x < 0"]},
    {"x": "n", "y": "n", "hypotheses": ["x @ y > 1", "x @ x <= 1", "y @ y <= 1"]},
    {"A": "n n", "hypotheses": ["A == zeros(n, n)", "trace(A) == 1"]},
]


@pytest.mark.parametrize("declared", VAIN, ids=lambda d: ", ".join(d["hypotheses"]))
def test_contradictory_hypotheses_make_a_claim_vacuous(declared):
    verdict = check(claim_from_text("2 > 3", **declared))
    assert verdict.name == "vacuous"
    assert verdict.certificate.check().verdict == "vacuous"


def test_hypotheses_that_are_only_hard_to_satisfy_are_not_called_contradictory():
    verdict = check(claim_from_text("x == 0", x="", hypotheses=["x**2 == 2"]))
    assert verdict.name == "undecided"


def test_what_the_checker_rejects_is_undecided(monkeypatch):
    def suspicious(certificate):
        raise kernel.Rejected("not today")

    monkeypatch.setattr(pipeline.kernel, "check", suspicious)
    for text in ("trace(A) == trace(A.T)", "trace(A) == 0"):
        verdict = check(read_claim(text, A="n n"))
        assert verdict.name == "undecided"
        assert "not today" in str(verdict)


def test_a_verdict_carries_the_statement_as_the_checker_prints_it():
    verdict = check(read_claim("trace(A) == trace(A.T)", A="n n"))
    assert verdict.statement == "for all A (n, n): trace(A) == trace(A.T)"
    assert verdict.scope == "all sizes"
    assert verdict.axioms == ()


def test_listed_sizes_are_named_in_the_scope():
    verdict = check(read_claim("psum(lambda i: x[i]**2, 0, n - 1) == x @ x", x="n"))
    assert verdict.name == "proved"
    assert verdict.scope.startswith("sizes n=1")


def test_axioms_are_listed():
    verdict = check(read_fields({
        "id": "c", "kind": "critical_point", "f": "x**2", "vars": ["x"], "point": [0],
        "classification": "strict_local_min",
    }))  # fmt: skip
    assert "second-order sufficient conditions" in verdict.axioms


def test_the_verdict_of_several_parts_is_the_weakest():
    fields = {"id": "c", "kind": "derivation", "vars": ["a"], "lines": ["2*a", "a + a", "a"]}
    assert check(read_fields(fields)).name == "refuted"


def test_the_same_claim_gets_the_same_certificate():
    claim = read_claim("(x @ y)**2 <= (x @ x)*(y @ y)", x="n", y="n")
    assert check(claim).certificate == check(claim).certificate


def test_certificates_are_checked_again_in_a_process_without_the_search(tmp_path):
    claims = [read_claim("trace(A) == trace(A.T)", A="n n"), read_claim("trace(A) == 0", A="n n")]
    paths = [str(check(claim).certificate.save(tmp_path / f"{k}.json")) for k, claim in enumerate(claims)]
    run = subprocess.run(
        [sys.executable, "-m", "hessmath.verify.kernel", *paths], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0
    assert [line.split(":")[0] for line in run.stdout.splitlines()] == ["accepted", "accepted"]


def test_importing_the_package_loads_the_standard_library_only():
    code = (
        "import sys; before = set(sys.modules); import hessmath.verify.kernel.__main__;"
        "names = {m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names);"
        "searched = [m for m in sys.modules if m.startswith('hessmath') and not m.startswith('hessmath.verify')];"
        "print(sorted(names), searched)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['hessmath'] ['hessmath']"


def test_the_ledger_counts_what_is_not_as_expected():
    claims = [
        read_fields({"id": "a", "kind": "implication", "vars": ["x"], "claim": "x**2 >= 0"}),
        read_fields({"id": "b", "kind": "implication", "vars": ["x"], "claim": "x >= 0", "expected": "proved"}),
    ]
    entries = list(ledger.settle(claims))
    totals = ledger.totals(entries)
    assert (totals["proved"], totals["refuted"], totals["unexpected"]) == (1, 1, 1)
    assert json.loads(ledger.as_json(entries))["claims"][1]["verdict"] == "refuted"


CONTRADICTIONS = [
    (["s > 0", "s < 0"], {"s": ""}, ""),
    (["s == t", "s == t + 1"], {"s": "", "t": ""}, ""),
    (["posdef(A)", "trace(A) < 0"], {"A": "n n"}, "all sizes"),
    (["orthogonal(Q)", "Q == zeros(n, n)"], {"Q": "n n"}, "sizes n=1, 2, 3"),
    (["posdef(A)", "skew(A)"], {"A": "n n"}, "sizes n=1, 2, 3"),
]


@pytest.mark.parametrize(("hypotheses", "names", "scope"), CONTRADICTIONS)
def test_hypotheses_that_contradict_each_other_prove_nothing(hypotheses, names, scope):
    for text in ("1 == 0", "1 == 1"):
        verdict = check(read_claim(text, hypotheses=hypotheses, **names))
        assert (verdict.name, verdict.scope) == ("vacuous", scope)
        assert verdict.certificate.check().verdict == "vacuous"
    assert ("at sizes" in str(verdict)) == scope.startswith("sizes")


@pytest.mark.parametrize(
    ("kind", "f", "claim", "name"),
    [
        ("gradient", "normF(X - A)**2", "2*(X - A)", "proved"),
        ("gradient", "normF(X - A)**4", "4*normF(X - A)**2*(X - A)", "proved"),
        ("gradient", "normF(X - A)**2", "X - A", "refuted"),
        ("gradient", "normF(X - A)", "(X - A)/normF(X - A)", "ill_posed"),  # no derivative at X = A
    ],
)
def test_even_powers_of_norms_are_smooth(kind, f, claim, name):
    fields = {"id": "norm", "kind": kind, "f": f, "wrt": "X", "claim": claim}
    verdict = check(read_fields({**fields, "vars": {"A": ["m", "n"], "X": ["m", "n"]}}))
    assert verdict.name == name


def test_vectors_have_kronecker_products():
    assert check(read_claim("vec(outer(x, y)) == kron(y, x)", x="m", y="n")).name == "proved"
    assert check(read_claim("vec(outer(x, y)) == kron(x, y)", x="m", y="n")).name == "refuted"


def test_a_fault_of_a_search_is_undecided_and_says_so(monkeypatch):
    def fails(*_args, **_named):
        raise ValueError("min() of nothing")

    monkeypatch.setattr(pipeline, "prove_relation", fails)
    verdict = check(claim_from_text("A + B == B + A", A="n n", B="n n"))
    assert verdict.name == "undecided"
    assert "a fault of hessmath: ValueError: min() of nothing" in str(verdict)


@pytest.mark.parametrize("text", ["sum(svals(A)) == normF(A)", "svals(A + A) == svals(A)", "svals(-A) == -svals(A)"])
def test_false_claims_about_singular_values_are_refuted(text):
    assert check(claim_from_text(text, A="m n")).name == "refuted"
