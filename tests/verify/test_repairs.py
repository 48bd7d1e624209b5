"""Repairs: one small edit, shown by a proof of the edited claim."""

import pytest

from hessmath.verify import check, read_claim
from hessmath.verify.edits import EDITS, missing_terms
from hessmath.verify.repairs import repair

N = "n n"


def of(claim, hypotheses=(), kind="implication", **fields):
    said = {} if claim is None else {"claim": claim}
    return read_claim({"id": "c", "kind": kind, "hypotheses": list(hypotheses), **said, **fields})


CASES = [
    ("sign", of("(x - y)**2 == x**2 + 2*x*y + y**2", vars=["x", "y"]), "(x - y)**2 == x**2 - 2*x*y + y**2"),
    ("factor", of("A.T @ (A @ x - b)", kind="gradient", f="nsq(A @ x - b)", wrt="x",
                  vars={"A": "m n", "x": "n", "b": "m"}), "2*(A.T @ (A @ x - b))"),
    ("transpose", of("2*A @ (A @ x - b)", kind="gradient", f="nsq(A @ x - b)", wrt="x",
                     vars={"A": N, "x": "n", "b": "n"}), "2*A.T @ (A @ x - b)"),
    ("order", of("(A @ B).T == A.T @ B.T", vars={"A": N, "B": N}), "(A @ B).T == B.T @ A.T"),
    ("order", of("inv(A @ B) == inv(A) @ inv(B)", ["invertible(A)", "invertible(B)"], vars={"A": N, "B": N}),
     "inv(B) @ inv(A)"),
    ("index", of("trace(eye(n)) == n + 1", vars={"A": N}), "trace(eye(n)) == n"),
    ("missing term", of("(x + y)**2 == x**2 + y**2", vars=["x", "y"]), "2*x*y"),
    ("missing term", of("A @ x", kind="gradient", f="x @ A @ x", wrt="x", vars={"A": N, "x": "n"}), "A @ x + A.T @ x"),
    ("missing hypothesis", of("A.T == A", vars={"A": N}), "given symmetric(A)"),
    ("missing hypothesis", of("inv(A) @ A == eye(n)", vars={"A": N}), "given invertible(A)"),
    ("missing hypothesis", of("x/y*y == x", vars=["x", "y"]), "given y != 0"),
    ("missing hypothesis", of("(A + B) @ (A + B) == A @ A + 2*A @ B + B @ B", vars={"A": N, "B": N}),
     "given commute(A, B)"),
    ("relation", of("x**2 + y**2 > 2*x*y", vars=["x", "y"]), "x**2 + y**2 >= 2*x*y"),
    ("property", of("posdef(A.T @ A)", vars={"A": "m n"}), "psd(A.T @ A)"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "claim", "shown"), CASES, ids=[f"{case[0]}-{k}" for k, case in enumerate(CASES)])
def test_a_slip_is_found_and_its_repair_proved(edit, claim, shown):
    assert check(claim).name in ("refuted", "ill_posed")
    found = repair(claim)
    assert found is not None
    assert found.edit == edit
    assert shown in found.claim.text
    assert found.verdict.certificate.check().verdict == "proved"
    assert str(found).startswith(found.words)


def test_the_kind_of_a_point_and_of_a_curve_is_repaired():
    point = of(None, kind="critical_point", f="x**2 - y**2", vars=["x", "y"], point=[0, 0], classification="local_min")
    assert "saddle" in repair(point).claim.text
    curve = of(None, kind="convexity", f="x**4", vars=["x"], domain="R", property="concave")
    assert "convex" in repair(curve).claim.text


def test_an_expansion_is_repaired():
    claim = of("1 - x", kind="asymptotic", f="1/(1 - x)", vars=["x"], to=0, order=2)
    assert repair(claim).edit == "sign"


def test_what_no_single_edit_repairs_has_no_repair():
    both = ["invertible(A)", "invertible(B)"]
    assert repair(of("inv(A + B) == inv(A) + inv(B)", both, vars={"A": N, "B": N})) is None


def test_a_proved_claim_needs_no_repair():
    assert check(of("A.T.T == A", vars={"A": N})).repair() is None


def test_an_added_hypothesis_has_models():
    claim = of("x == zeros(n)", ["A @ x == zeros(n)"], vars={"A": N, "x": "n"})
    assert "invertible(A)" in repair(claim).claim.text


def test_the_table_of_edits_names_each_row_once():
    assert len({edit.name for edit in EDITS}) == len(EDITS)


def test_missing_terms_are_not_the_whole_other_side():
    det = read_claim("det(2*A) == 2*det(A)", A="n n").statement
    assert missing_terms(*det.args) is None
