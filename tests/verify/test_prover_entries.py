"""Claims at listed sizes: entry by entry, accepted by the trusted checker."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hessmath.verify.kernel import check
from hessmath.verify.prove import Budget, NotProved, Proof, prove_relation, prove_vacuous
from hessmath.verify.reading import claim


def settled(text: str, shapes: dict[str, str], hypotheses: list[str], **fields: Any) -> tuple[Any, Proof | NotProved]:
    made = claim("test", text or None, vars=shapes, hypotheses=hypotheses, **fields)
    return made, prove_relation(made)


def certified(made: Any, proof: Proof | NotProved, verdict: str = "proved") -> Any:
    """The checker's statement for the certificate after a trip through JSON."""
    assert isinstance(proof, Proof), proof
    certificate = {
        "format": "hessmath-certificate-1",
        "claim": made.to_json(),
        "verdict": verdict,
        "proof": proof.data,
    }
    return check(json.loads(json.dumps(certificate)))


FORM = {"H": "n n", "x": "n"}
SUM = "psum(lambda i: psum(lambda j: H[i, j]*x[i]*x[j], 0, n - 1), 0, n - 1)"
ABOVE = "psum(lambda i: psum(lambda j: H[i, j]*x[i]*x[j], i + 1, n - 1), 0, n - 2)"
TWICE = f"psum(lambda i: H[i, i]*x[i]**2, 0, n - 1) + 2*{ABOVE}"
IN_THE_PLANE = ["x @ u == 0", "x @ v == 0", "u @ v == 0", "u != zeros(2)", "v != zeros(2)"]
MOMENTS = ["b < 1", "g > 0", "p == (1 - b)*g", "q == (1 - b)*g**2"]
ROOT = "sqrt((a - c)**2 + 4*b**2)"

TRUE: list[tuple[str, dict[str, str], list[str], str]] = [
    (f"x @ H @ x == {SUM}", FORM, [], "sizes n=1, 2, 3"),
    (f"x @ H @ x == {TWICE}", FORM, ["symmetric(H)"], "sizes n=1, 2, 3"),
    ("trace(H) == psum(lambda i: H[i, i], 0, n - 1)", FORM, [], "sizes n=1, 2, 3"),
    ("A @ adj(A) == det(A)*eye(n)", {"A": "n n"}, [], "all sizes"),
    ("kron(A, B) @ kron(C, D) == kron(A @ C, B @ D)", dict.fromkeys("ABCD", "n n"), [], "all sizes"),
    ("vec(A @ X @ B) == kron(B.T, A) @ vec(X)", dict.fromkeys("AXB", "n n"), [], "all sizes"),
    ("det(adj(A)) == det(A)**(n - 1)", {"A": "n n"}, [], "sizes n=1, 2, 3"),
    ("A @ A - trace(A)*A + det(A)*eye(2) == zeros(2, 2)", {"A": "2 2"}, [], ""),
    ("inv(A) == adj(A)/det(A)", {"A": "2 2"}, ["invertible(A)"], ""),
    (f"det(block([a, b], [b, c]) - ((a + c + {ROOT})/2)*eye(2)) == 0", dict.fromkeys("abc", ""), [], ""),
    ("A[0, 1] == A[1, 0]", {"A": "2 2"}, ["symmetric(A)"], ""),
    ("x == zeros(2)", {"x": "2", "u": "2", "v": "2"}, IN_THE_PLANE, ""),
    ("q/p == (1 - b)*g**2/((1 - b)*g)", dict.fromkeys("pqbg", ""), MOMENTS, ""),
    ("psum(lambda k: mpow(A, k), 0, 3) @ (eye(n) - A) == eye(n) - mpow(A, 4)", {"A": "n n"}, [], "all sizes"),
    ("A[0, 0] > 0", {"A": "2 2"}, ["posdef(A)"], ""),
    ("A[0, 0]*A[1, 1] > A[0, 1]**2", {"A": "2 2"}, ["posdef(A)"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shapes", "hypotheses", "scope"), TRUE)
def test_a_claim_is_proved_at_listed_sizes_or_more(
    text: str, shapes: dict[str, str], hypotheses: list[str], scope: str
) -> None:
    made, outcome = settled(text, shapes, hypotheses)
    statement = certified(made, outcome)
    assert isinstance(outcome, Proof)
    assert statement.scope.startswith(scope)
    assert outcome.scope == statement.scope


FALSE: list[tuple[str, dict[str, str], list[str]]] = [
    (f"x @ H @ x == {TWICE}", FORM, []),
    ("A[0, 1] == A[1, 0]", {"A": "2 2"}, []),
    ("kron(A, B) == kron(B, A)", {"A": "n n", "B": "n n"}, []),
    (f"det(block([a, b], [b, c]) - ((a + c + 2*{ROOT})/2)*eye(2)) == 0", dict.fromkeys("abc", ""), []),
    ("inv(A) == adj(A)/det(A)", {"A": "2 2"}, []),
    ("x == zeros(2)", {"x": "2", "u": "2"}, ["x @ u == 0", "u != zeros(2)"]),
    ("A[0, 1] > 0", {"A": "2 2"}, ["posdef(A)"]),
]


@pytest.mark.parametrize(("text", "shapes", "hypotheses"), FALSE)
def test_a_false_claim_at_listed_sizes_is_not_proved(text: str, shapes: dict[str, str], hypotheses: list[str]) -> None:
    _, outcome = settled(text, shapes, hypotheses)
    assert isinstance(outcome, NotProved)


def test_a_gradient_with_index_sums_is_proved_at_listed_sizes() -> None:
    made, outcome = settled("", FORM, [], kind="gradient", f=SUM, wrt="x", claim="(H + H.T) @ x")
    assert certified(made, outcome).scope == "sizes n=1, 2, 3"


def test_one_unit_with_tanh_has_the_gradient_of_the_chain_rule() -> None:
    made, outcome = settled(
        "",
        {"w": "", "v": "", "x": "", "y": ""},
        [],
        kind="gradient",
        f="(v*tanh(w*x) - y)**2",
        wrt="w",
        claim="2*(v*tanh(w*x) - y)*v*(1 - tanh(w*x)**2)*x",
    )
    assert certified(made, outcome).verdict == "proved"


def test_the_scope_names_only_sizes_that_were_proved() -> None:
    made = claim("test", "det(adj(A)) == det(A)**(n - 1)", vars={"A": "n n"})
    outcome = prove_relation(made, Budget(sizes=(1, 2)))
    assert isinstance(outcome, Proof)
    assert outcome.scope == "sizes n=1, 2" == certified(made, outcome).scope


def test_a_tiny_budget_is_an_honest_no() -> None:
    made = claim("test", "det(A @ B) == det(A)*det(B)", vars={"A": "4 4", "B": "4 4"})
    outcome = prove_relation(made, Budget(steps=10))
    assert isinstance(outcome, NotProved)
    assert "budget of steps" in outcome.reason


def test_hypotheses_that_exclude_each_other_are_found_out() -> None:
    made = claim("test", "t == 5", vars={"t": ""}, hypotheses=["t > 0", "t < 0"])
    assert certified(made, prove_vacuous(made), "vacuous").verdict == "vacuous"


def test_a_nonzero_vector_in_the_kernel_of_a_definite_matrix_cannot_exist() -> None:
    hypotheses = ["posdef(A)", "A @ v == zeros(n)", "nonzero(v)"]
    made = claim("test", "t == 5", vars={"A": "n n", "v": "n", "t": ""}, hypotheses=hypotheses)
    assert certified(made, prove_vacuous(made), "vacuous").scope == "all sizes"


def test_hypotheses_that_can_hold_are_not_vacuous() -> None:
    made = claim("test", "t == 5", vars={"t": ""}, hypotheses=["t > 0", "t < 1"])
    assert isinstance(prove_vacuous(made), NotProved)
