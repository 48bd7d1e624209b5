"""Derivations: every step has its verdict, and the first bad one is shown."""

import json

import pytest

from hessmath.errors import InputError
from hessmath.verify import check, ledger, read_claim
from hessmath.verify.verdicts import strength

SQUARES = {
    "kind": "derivation",
    "id": "d",
    "vars": {"X": "m p", "b": "p", "y": "m"},
    "lines": ["nsq(X @ b - y)", "(X @ b - y) @ (X @ b - y)", "b @ X.T @ X @ b - 2*(y @ X @ b) + y @ y"],
}


def derivation(lines, relations=None, **fields):
    written = {"id": "d", "kind": "derivation", "vars": ["x", "y"], "lines": lines, **fields}
    return read_claim(written if relations is None else {**written, "relations": relations})


def verdicts(claim):
    return [strength(part) for part in check(claim).parts]


def test_a_right_chain_is_proved_step_by_step():
    verdict = check(read_claim(SQUARES))
    assert [strength(part) for part in verdict.parts] == ["proved", "proved"]
    assert str(verdict).startswith("All 2 steps: Proved for all m and p")
    assert verdict.first_bad is None


def test_the_first_bad_step_is_shown_with_its_counterexample_and_repair():
    lines = [*SQUARES["lines"][:2], "b @ X.T @ X @ b + 2*(y @ X @ b) + y @ y"]
    verdict = check(read_claim({**SQUARES, "lines": lines}))
    assert verdict.name == "refuted"
    assert str(verdict).startswith("Step 2 of 2 (")
    assert verdict.first_bad is verdict.parts[1]
    shown = verdict.explain()
    assert "Refuted by m = 1, p = 1, X = [[1]], b = [1], y = [1]" in shown
    assert "What repairs the first bad step: the sign of" in shown
    repair = verdict.repair()
    assert repair.edit == "sign"
    assert repair.verdict.certificate.check().verdict == "proved"


def test_inequalities_are_steps():
    assert verdicts(derivation(["2*x*y", "x**2 + y**2", "(x + y)**2"], ["<=", "≤"])) == ["proved", "refuted"]


def test_an_implication_uses_the_line_before_and_nothing_else():
    claim = derivation(["x == 2", "x**2 == 4", "x == 2"], ["=>", "⇒"])
    assert verdicts(claim) == ["proved", "refuted"]
    assert check(claim).parts[1].counterexample.values == {"x": "-2", "y": "0"}


def test_an_equivalence_is_both_implications():
    fields = {"vars": {"A": "n n", "x": "n", "b": "n"}, "hypotheses": ["invertible(A)"]}
    claim = derivation(["A @ x == b", "x == inv(A) @ b"], ["<=>"], **fields)
    verdict = check(claim)
    assert verdict.name == "proved"
    assert len(verdict.parts) == 1
    assert [leaf.claim.id for leaf in verdict.leaves()] == ["d/1/=>", "d/1/<="]
    assert verdicts(derivation(["x == y", "x**2 == y**2"], "iff")) == ["refuted"]


def test_every_certificate_of_an_equivalence_is_rechecked():
    claim = derivation(["x == y", "x - y == 0"], ["<=>"])
    (entry,) = ledger.settle([claim])
    assert len(entry.certificates) == 2
    assert ledger.recheck([entry])[0].rechecked is True
    (written,) = json.loads(ledger.as_json([entry]))["claims"]
    assert written["message"].startswith("Proved") or "Proved" in written["message"]


@pytest.mark.parametrize(
    ("relation", "more"),
    [
        ("approx O(x**2)", {}),
        ("≈ O((x - 0)**2)", {}),
        ("approx", {"order": 2}),
        ({"rel": "~", "order": 2, "to": 0, "variable": "x"}, {}),
    ],
)
def test_approximation_has_a_stated_order(relation, more):
    assert verdicts(derivation(["1/(1 - x)", "1 + x"], [relation], vars=["x"], **more)) == ["proved"]


def test_a_wrong_order_is_refuted():
    assert verdicts(derivation(["1/(1 - x)", "1 + x"], ["approx O(x**3)"], vars=["x"])) == ["refuted"]


def test_a_step_whose_shapes_do_not_fit_is_ill_posed():
    assert verdicts(derivation(["A @ x", "x @ A @ x"], vars={"A": "n n", "x": "n"})) == ["ill_posed"]


@pytest.mark.parametrize(
    ("lines", "relations", "message"),
    [
        (["x", "y"], ["=>"], "line 1 to 2: => and <=> stand between statements, but 'x' is a value"),
        (["x", "y"], ["->"], "the relation is '->', but it is one of: =="),
        (["x", "y"], ["approx"], "approx needs an order: write it as approx O"),
        (["x", "y"], ["approx O(x*y)"], "an order is written as O"),
        (["x", "y"], ["approx O(x**99)"], "order is an integer from 1 to 50, but got 99"),
        (["x", "y"], ["<= O(x)"], "only approx has an order"),
        (["x", "y"], [{"rel": "==", "by": "magic"}], "a relation in a table has rel"),
        (["x", ""], None, "line 2 is an expression or a statement"),
        (["x"] * 300, None, "at most 200 lines"),
        (["x == 1", "y == 1"], ["=="], "a value is needed here"),
    ],
)
def test_what_is_written_wrongly_gets_one_sentence(lines, relations, message):
    with pytest.raises(InputError) as caught:
        derivation(lines, relations)
    assert message in str(caught.value)


EIGEN = {"A": "n n", "v": "n", "w": "n", "lam": "", "mu": ""}


@pytest.mark.parametrize("field", ["real", "complex"])
@pytest.mark.parametrize(
    ("claim", "hypotheses"),
    [
        ("lam == mu", ["A @ v == lam*v", "A @ v == mu*v", "nonzero(v)"]),
        ("v @ w == 0", ["symmetric(A)", "A @ v == lam*v", "A @ w == mu*w", "lam != mu"]),
        ("lam*(lam - 1) == 0", ["idempotent(A)", "A @ v == lam*v", "nonzero(v)"]),
        ("lam**2 == 1", ["involutory(A)", "A @ v == lam*v", "nonzero(v)"]),
        ("lam**2 == 0", ["A @ A == zeros(n, n)", "A @ v == lam*v", "nonzero(v)"]),
    ],
)
def test_what_is_not_zero_cancels(claim, hypotheses, field):
    read = read_claim({
        "id": "q", "kind": "implication", "vars": EIGEN, "hypotheses": hypotheses, "claim": claim, "field": field,
    })  # fmt: skip
    verdict = check(read)
    assert strength(verdict) == "proved"
    assert verdict.certificate.check().verdict == "proved"


@pytest.mark.parametrize("claim", ["v @ v != 0", "lam == 0"])
def test_over_the_complex_numbers_there_are_isotropic_vectors(claim):
    read = read_claim({
        "id": "q", "kind": "implication", "vars": EIGEN, "claim": claim, "field": "complex",
        "hypotheses": ["skew(A)", "A @ v == lam*v", "nonzero(v)"],
    })  # fmt: skip
    assert check(read).name == "undecided"


def test_cancelling_needs_a_vector_that_is_not_zero():
    read = read_claim({
        "id": "q", "kind": "implication", "vars": EIGEN, "claim": "lam == mu",
        "hypotheses": ["A @ v == lam*v", "A @ v == mu*v"],
    })  # fmt: skip
    assert check(read).name == "refuted"


@pytest.mark.parametrize(
    ("claim", "hypotheses"),
    [
        ("lam**2 + 1 != 0", []),
        ("v == zeros(n)", ["v @ v == 0"]),
        ("invertible(eye(n) + A)", ["skew(A)"]),
        ("invertible(A.T @ A + eye(n))", []),
        ("A == zeros(n, n)", ["trace(A.T @ A) == 0"]),
        ("lam == 0", ["lam*(v @ v) == 0", "nonzero(v)"]),
        ("lam == mu", ["lam**3 == mu**3"]),
    ],
)
def test_what_holds_for_real_numbers_only_is_not_proved_over_the_complex_ones(claim, hypotheses):
    read = read_claim({
        "id": "q", "kind": "implication", "vars": EIGEN, "claim": claim, "field": "complex", "hypotheses": hypotheses,
    })  # fmt: skip
    assert check(read).name == "undecided"
