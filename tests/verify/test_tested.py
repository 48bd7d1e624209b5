"""Evidence without proof: what it says, and that a false claim never gets it."""

import pytest

from hessmath.verify import tested
from hessmath.verify.evaluate import Point
from hessmath.verify.reading import claim_from_text

TRUE = [
    ("det(kron(A, B)) == det(A)**3 * det(B)**n", {"A": "n n", "B": "3 3"}, "modulo"),
    ("inv(A @ B) == inv(B) @ inv(A)", {"A": "n n invertible", "B": "n n invertible"}, "modulo"),
    ("x @ A @ y == y @ A @ x", {"A": "n n posdef", "x": "n", "y": "n"}, "modulo"),
    ("adj(A.T) == adj(A).T", {"A": "n n"}, "modulo"),
    ("rank(A @ A.T) == rank(A)", {"A": "m n"}, "exactly"),
    ("eigs(A @ A) == eigs(A)*eigs(A)", {"A": "n n psd"}, "24 digits"),
    ("lmin(A) <= trace(A)/n", {"A": "n n symmetric"}, "exactly"),
]
FALSE = [
    ("det(kron(A, B)) == det(A)**n * det(B)**3", {"A": "n n", "B": "3 3"}),
    ("inv(A @ B) == inv(A) @ inv(B)", {"A": "n n invertible", "B": "n n invertible"}),
    ("x @ A @ y == y @ A @ x", {"A": "n n", "x": "n", "y": "n"}),
    ("A @ A.T == A.T @ A", {"A": "n n"}),
    ("lmax(A) <= trace(A)/n", {"A": "n n symmetric"}),
    ("eigs(A @ B) == eigs(A)*eigs(B)", {"A": "n n posdef", "B": "n n posdef"}),
]


@pytest.mark.parametrize(("text", "declared", "word"), TRUE, ids=[text for text, _, _ in TRUE])
def test_a_true_claim_gets_figures(text, declared, word):
    evidence = tested.decide(claim_from_text(text, **declared))
    assert word in evidence.figures


@pytest.mark.parametrize(("text", "declared"), FALSE, ids=[text for text, _ in FALSE])
def test_a_false_claim_gets_none(text, declared):
    assert tested.decide(claim_from_text(text, **declared)) is None


@pytest.mark.parametrize(("text", "declared"), FALSE[:4], ids=[text for text, _ in FALSE[:4]])
def test_a_false_equation_does_not_hold_modulo_the_prime(text, declared):
    claim = claim_from_text(text, **declared)
    assert tested._modulo_prime(claim, claim.statement) == ""


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("det(A)", (4, 0)),
        ("inv(A)", (3, 4)),
        ("trace(A @ A @ A)", (3, 0)),
        ("x @ inv(A) @ x", (5, 4)),
        ("1/det(A)", (0, 4)),
        ("adj(A)", (3, 0)),
        ("nsq(A)", (2, 0)),
        ("mpow(A, -2)", (6, 8)),
    ],
)
def test_degrees_are_those_of_the_generic_entry(text, degrees):
    claim = claim_from_text(f"{text} == {text}", A="n n", x="n")
    assert tested._degrees(claim.statement.args[0], Point({"n": 4}, {})) == degrees


def test_claims_about_nothing_that_varies_have_no_evidence():
    assert tested.decide(claim_from_text("log(E) == 1")) is None


@pytest.mark.parametrize(
    "text",
    [
        "normF(A)**2 == sum(svals(A)**2)",
        "svals(A.T) == svals(A)",
        "nspec(A) == svals(A)[0]",
        "nnuc(A) == sum(svals(A))",
    ],
)
def test_a_rectangular_matrix_has_as_many_singular_values_as_its_smaller_size(text):
    assert "24 digits" in tested.decide(claim_from_text(text, A="m n")).figures
