"""False textbook claims have counterexamples at small sizes; true ones never do."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.verify import pipeline
from hessmath.verify.counterexamples import Search, assignments, search
from hessmath.verify.pipeline import check
from hessmath.verify.reading import claim_from_text

FALSE = [
    ("A @ B == B @ A", {"A": "n n", "B": "n n"}, 2),
    ("(A + B) @ (A - B) == A @ A - B @ B", {"A": "n n", "B": "n n"}, 2),
    ("(A @ B).T == A.T @ B.T", {"A": "n n", "B": "n n"}, 2),
    ("inv(A @ B) == inv(A) @ inv(B)", {"A": "n n invertible", "B": "n n invertible"}, 2),
    ("det(A + B) == det(A) + det(B)", {"A": "n n", "B": "n n"}, 2),
    ("det(2*A) == 2*det(A)", {"A": "n n"}, 2),
    ("trace(A @ B) == trace(A)*trace(B)", {"A": "n n", "B": "n n"}, 2),
    ("rank(A + B) == rank(A) + rank(B)", {"A": "n n", "B": "n n"}, 1),
    ("symmetric(A @ B)", {"A": "n n symmetric", "B": "n n symmetric"}, 2),
    ("posdef(A @ B)", {"A": "n n posdef", "B": "n n posdef"}, 2),
    ("posdef(A.T @ A)", {"A": "n n"}, 1),
    ("psd(A - B)", {"A": "n n psd", "B": "n n psd"}, 1),
    ("invertible(A + B)", {"A": "n n invertible", "B": "n n invertible"}, 1),
    ("invertible(A)", {"A": "n n symmetric"}, 1),
    ("det(Q) == 1", {"Q": "n n orthogonal"}, 1),
    ("symmetric(Q)", {"Q": "n n orthogonal"}, 2),
    ("A == eye(n)", {"A": "n n idempotent"}, 1),
    ("symmetric(P)", {"P": "n n idempotent"}, 2),
    ("N == zeros(n, n)", {"N": "n n nilpotent"}, 2),
    ("commute(A, B)", {"A": "n n diagonal", "B": "n n symmetric"}, 2),
    ("A @ A.T == A.T @ A", {"A": "n n"}, 2),
    ("norm2(x + y) == norm2(x) + norm2(y)", {"x": "n", "y": "n"}, 1),
    ("norm2(x) <= norminf(x)", {"x": "n"}, 2),
    ("norm1(x) <= norm2(x)", {"x": "n"}, 2),
    ("kron(A, B) == kron(B, A)", {"A": "n n", "B": "m m"}, 2),
    ("lmax(A + B) == lmax(A) + lmax(B)", {"A": "n n symmetric", "B": "n n symmetric"}, 2),
    ("x @ y == 0", {"A": "n n", "x": "n", "y": "n", "hypotheses": ["A @ x == 2*x", "A @ y == 3*y"]}, 2),
    ("A == B", {"A": "n n", "B": "n n", "x": "n nonzero", "hypotheses": ["A @ x == B @ x"]}, 2),
    ("A == zeros(n, n)", {"A": "n n", "x": "n", "hypotheses": ["x @ A @ x == 0"]}, 1),
    ("a*b <= 1", {"a": "positive", "b": "positive", "hypotheses": ["a + b <= 3"]}, None),
    ("exp(x) >= 1 + 2*x", {"x": ""}, None),
    ("sqrt(x + y) == sqrt(x) + sqrt(y)", {"x": "nonneg", "y": "nonneg"}, None),
    ("(1 - a*l)**2 < 1", {"a": "positive", "l": "positive"}, None),
]

TRUE = [
    ("(A @ B).T == B.T @ A.T", {"A": "n m", "B": "m k"}),
    ("inv(A @ B) == inv(B) @ inv(A)", {"A": "n n invertible", "B": "n n invertible"}),
    ("det(A @ B) == det(A)*det(B)", {"A": "n n", "B": "n n"}),
    ("trace(A @ B) == trace(B @ A)", {"A": "n m", "B": "m n"}),
    ("psd(A.T @ A)", {"A": "m n"}),
    ("posdef(A.T @ A)", {"A": "m n fullcol"}),
    ("invertible(A)", {"A": "n n posdef"}),
    ("posdef(A + B)", {"A": "n n posdef", "B": "n n psd"}),
    ("posdef(inv(A))", {"A": "n n posdef"}),
    ("symmetric(inv(A))", {"A": "n n symmetric invertible"}),
    ("Q @ Q.T == eye(n)", {"Q": "n n orthogonal"}),
    ("orthogonal(P @ Q)", {"P": "n n orthogonal", "Q": "n n orthogonal"}),
    ("idempotent(eye(n) - P)", {"P": "n n idempotent"}),
    ("rank(P) == trace(P)", {"P": "n n idempotent"}),
    ("mpow(N, 3) == zeros(2, 2)", {"N": "2 2 nilpotent"}),
    ("invertible(eye(n) + S)", {"S": "n n skew"}),
    ("x @ S @ x == 0", {"S": "n n skew", "x": "n"}),
    ("vec(A @ X @ B) == kron(B.T, A) @ vec(X)", {"A": "n n", "X": "n m", "B": "m m"}),
    ("K(m, n) @ vec(A) == vec(A.T)", {"A": "m n"}),
    ("kron(A, B) @ kron(C, D) == kron(A @ C, B @ D)", {"A": "n n", "B": "m m", "C": "n n", "D": "m m"}),
    ("A @ pinv(A) @ A == A", {"A": "m n"}),
    ("symmetric(pinv(A) @ A)", {"A": "m n"}),
    ("A @ adj(A) == det(A)*eye(n)", {"A": "n n"}),
    ("(x @ y)**2 <= (x @ x)*(y @ y)", {"x": "n", "y": "n"}),
    ("norm2(x + y) <= norm2(x) + norm2(y)", {"x": "n", "y": "n"}),
    ("nspec(A) <= normF(A)", {"A": "m n"}),
    ("trace(A) == sum(eigs(A))", {"A": "n n symmetric"}),
    ("lmin(A)*(x @ x) <= x @ A @ x", {"A": "n n symmetric", "x": "n"}),
    ("sum(diagvec(A)) == trace(A)", {"A": "n n"}),
    ("x @ y == 0", {"A": "n n symmetric", "x": "n", "y": "n", "hypotheses": ["A @ x == 2*x", "A @ y == 3*y"]}),
    ("exp(x) >= 1 + x", {"x": ""}),
    ("Max(x, y) + Min(x, y) == x + y", {"x": "", "y": ""}),
    ("sigmoid(x) + sigmoid(-x) == 1", {"x": ""}),
]

UNDEFINED = [
    ("inv(A @ B) == inv(B) @ inv(A)", {"A": "n n invertible", "B": "n n"}, "inv"),
    ("inv(A.T @ A) @ A.T @ A == eye(n)", {"A": "m n"}, "inv"),
    ("inv(A + B) == inv(A) + inv(B)", {"A": "n n invertible", "B": "n n invertible"}, "inv"),
    ("x/x == 1", {"x": ""}, "div"),
    ("log(x*y) == log(x) + log(y)", {"x": "", "y": ""}, "log"),
    ("sqrt(x)**2 == x", {"x": ""}, "sqrt"),
    ("log(det(A)) <= trace(A) - n", {"A": "n n psd"}, "log"),
    ("inv(eye(n) - A) @ (eye(n) - A) == eye(n)", {"A": "n n idempotent"}, "inv"),
    ("x**(-1)*x == 1", {"x": "nonneg"}, "pow"),
]


@pytest.mark.parametrize(("text", "declared", "size"), FALSE, ids=[text for text, _, _ in FALSE])
def test_a_false_claim_has_a_counterexample_of_the_smallest_size(text, declared, size):
    found = search(claim_from_text(text, **declared))
    assert found.outcome == "refuted"
    if size is not None:
        assert max(found.counterexample.sizes.values()) == size


@pytest.mark.parametrize(("text", "declared"), TRUE, ids=[text for text, _ in TRUE])
def test_a_true_claim_has_no_counterexample_though_many_models_are_tried(text, declared):
    found = search(claim_from_text(text, **declared))
    assert found.outcome == ""
    assert found.models >= 20


@pytest.mark.parametrize(("text", "declared", "op"), UNDEFINED, ids=[text for text, _, _ in UNDEFINED])
def test_a_claim_without_its_hypothesis_is_ill_posed_and_the_part_is_named(text, declared, op):
    found = search(claim_from_text(text, **declared))
    assert found.outcome == "ill_posed"
    assert found.undefined.op == op


@pytest.mark.parametrize(("text", "declared", "size"), FALSE, ids=[text for text, _, _ in FALSE])
def test_a_false_claim_is_never_proved(text, declared, size):
    verdict = check(claim_from_text(text, **declared))
    assert verdict.name == "refuted" or "cannot follow its evaluation" in str(verdict)


@pytest.mark.parametrize(("text", "declared", "_"), FALSE + UNDEFINED, ids=[row[0] for row in FALSE + UNDEFINED])
def test_no_proof_of_a_false_claim_is_accepted_when_the_search_is_blind(text, declared, _, monkeypatch):
    monkeypatch.setattr(pipeline, "searches", lambda claim, budget: iter([Search(models=1)]))
    assert check(claim_from_text(text, **declared)).name == "undecided"


@pytest.mark.parametrize(("text", "declared"), TRUE, ids=[text for text, _ in TRUE])
def test_a_true_claim_is_proved_or_left_open(text, declared):
    assert check(claim_from_text(text, **declared)).name in ("proved", "tested", "undecided")


@pytest.mark.parametrize(("text", "declared", "op"), UNDEFINED, ids=[text for text, _, _ in UNDEFINED])
def test_a_claim_that_can_be_undefined_is_ill_posed(text, declared, op):
    verdict = check(claim_from_text(text, **declared))
    assert verdict.name == "ill_posed"
    assert "can be undefined" in str(verdict)


def test_a_counterexample_is_made_of_small_numbers():
    found = search(claim_from_text("A @ B == B @ A", A="n n", B="n n"))
    numbers = [Fraction(x) for name in "AB" for row in found.counterexample.values[name] for x in row]
    assert set(numbers) <= {0, 1}
    assert sum(numbers) == 2


def test_the_search_gives_the_same_answer_twice():
    claim = claim_from_text("symmetric(A @ B)", A="n n symmetric", B="n n symmetric")
    assert search(claim) == search(claim)


def test_sizes_are_tried_in_the_order_of_their_sum():
    sums = [sum(sizes.values()) for sizes in assignments(("m", "n"))]
    assert sums == sorted(sums)
    assert len(sums) == 9


def test_many_size_names_are_cut_but_keep_two_and_three():
    listed = assignments(("a", "b", "c", "d", "e"))
    assert len(listed) <= 30
    assert dict.fromkeys("abcde", 3) in listed


@given(st.fractions(min_value=-5, max_value=5, max_denominator=6))
@settings(deadline=None, max_examples=25)
def test_a_threshold_between_hypothesis_and_claim_is_found(t):
    """x > t does not imply x > t + 1, and does imply x > t − 1."""
    claim = claim_from_text(f"x > ({t}) + 1", x="", hypotheses=[f"x > {t}"])
    assert search(claim).outcome == "refuted"
    claim = claim_from_text(f"x > ({t}) - 1", x="", hypotheses=[f"x > {t}"])
    assert search(claim).outcome == ""
