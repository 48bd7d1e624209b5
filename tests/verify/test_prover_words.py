"""Textbook identities for every size: found by the search, accepted by the trusted checker."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hessmath.verify.kernel import check
from hessmath.verify.prove import NotProved, Proof, prove_relation
from hessmath.verify.reading import claim

SHAPES = {
    **dict.fromkeys("A B C H P Q L S M W".split(), "n n"),
    **dict.fromkeys("x y z u v w p g s".split(), "n"),
    **dict.fromkeys("lam mu t alpha eps least".split(), ""),
    "X": "m n",
    "U": "n k",
    "V": "k n",
    "D": "k k",
    "b": "m",
    "F": "m n",
    "G": "n m",
    "J": "n m",
}


def attempt(text: str, hypotheses: list[str], **fields: Any) -> tuple[Any, Proof | NotProved]:
    import re

    words = set(re.findall(r"[A-Za-z]\w*", " ".join([text, *hypotheses, *map(str, fields.values())])))
    declared = {name: shape for name, shape in SHAPES.items() if name in words}
    made = claim("test", text or None, vars=declared, hypotheses=hypotheses, **fields)
    return made, prove_relation(made)


def certified(made: Any, proof: Proof | NotProved) -> Any:
    """The checker's statement for the certificate after a trip through JSON."""
    assert isinstance(proof, Proof), proof
    certificate = {
        "format": "hessmath-certificate-1",
        "claim": made.to_json(),
        "verdict": "proved",
        "proof": proof.data,
    }
    return check(json.loads(json.dumps(certificate)))


TRUE = {
    # inverses and transposes
    "inv(A @ B) == inv(B) @ inv(A)": ["invertible(A)", "invertible(B)"],
    "inv(A).T == inv(A.T)": ["invertible(A)"],
    "inv(inv(A)) == A": ["invertible(A)"],
    "inv(2*A) == inv(A)/2": ["invertible(A)"],
    "inv(eye(n) + A @ B) @ A == A @ inv(eye(n) + B @ A)": ["invertible(eye(n) + A @ B)"],
    "inv(eye(n) + A) == eye(n) - inv(eye(n) + A) @ A": ["invertible(eye(n) + A)"],
    "inv(A + U @ D @ V) == inv(A) - inv(A) @ U @ inv(inv(D) + V @ inv(A) @ U) @ V @ inv(A)": [
        "invertible(A)",
        "invertible(D)",
        "invertible(A + U @ D @ V)",
    ],
    "inv(A + outer(u, v)) == inv(A) - outer(inv(A) @ u, v @ inv(A))/(1 + v @ inv(A) @ u)": [
        "invertible(A)",
        "nonzero(1 + v @ inv(A) @ u)",
    ],
    "inv(A + B) == inv(A) - inv(A) @ inv(inv(A) + inv(B)) @ inv(A)": [
        "invertible(A)",
        "invertible(B)",
        "invertible(A + B)",
        "invertible(inv(A) + inv(B))",
    ],
    "A @ inv(A + B) @ B == B @ inv(A + B) @ A": ["invertible(A + B)"],
    "inv(A) @ B == B @ inv(A)": ["invertible(A)", "commute(A, B)"],
    "inv(A) @ inv(B) == inv(B) @ inv(A)": ["invertible(A)", "invertible(B)", "commute(A, B)"],
    "symmetric(inv(A))": ["symmetric(A)", "invertible(A)"],
    "B @ A == eye(n)": ["A @ B == eye(n)"],
    # pseudo-inverses
    "idempotent(F @ pinv(F))": [],
    "pinv(F).T == pinv(F.T)": [],
    "pinv(pinv(F)) == F": [],
    "pinv(X) == inv(X.T @ X) @ X.T": ["fullcol(X)"],
    "G == J": [
        "F @ G @ F == F",
        "G @ F @ G == G",
        "symmetric(F @ G)",
        "symmetric(G @ F)",
        "F @ J @ F == F",
        "J @ F @ J == J",
        "symmetric(F @ J)",
        "symmetric(J @ F)",
    ],
    # projections, rotations, reflections
    "idempotent(X @ inv(X.T @ X) @ X.T)": ["fullcol(X)"],
    "symmetric(X @ inv(X.T @ X) @ X.T)": ["fullcol(X)"],
    "trace(X @ inv(X.T @ X) @ X.T) == n": ["fullcol(X)"],
    "idempotent(eye(n) - P)": ["idempotent(P)"],
    "orthogonal((eye(n) - S) @ inv(eye(n) + S))": ["skew(S)"],
    "orthogonal(eye(n) - 2*outer(v, v))": ["v @ v == 1"],
    "involutory(eye(n) - 2*outer(v, v)/(v @ v))": ["nonzero(v)"],
    "Q @ Q.T == eye(n)": ["Q.T @ Q == eye(n)"],
    "inv(Q) == Q.T": ["orthogonal(Q)"],
    "nsq(Q @ x) == nsq(x)": ["orthogonal(Q)"],
    # eigenvectors and spectra
    "mu == 0": ["symmetric(A)", "A @ u == lam*u - mu*w", "A @ w == mu*u + lam*w", "u @ u + w @ w > 0"],
    "u @ v == 0": ["symmetric(A)", "A @ u == lam*u", "A @ v == mu*v", "lam != mu"],
    "v @ A @ v == lam": ["A @ v == lam*v", "v @ v == 1"],
    "x @ H @ x == (Q.T @ x) @ L @ (Q.T @ x)": ["H == Q @ L @ Q.T"],
    "inv(H) == Q @ inv(L) @ Q.T": ["orthogonal(Q)", "H == Q @ L @ Q.T", "invertible(L)"],
    "trace(H) == trace(L)": ["orthogonal(Q)", "H == Q @ L @ Q.T"],
    "det(H) == det(L)": ["orthogonal(Q)", "H == Q @ L @ Q.T"],
    "det(H + eps*eye(n)) == det(L + eps*eye(n))": ["orthogonal(Q)", "H == Q @ L @ Q.T"],
    "(H + eps*eye(n)) @ v == (lam + eps)*v": ["H @ v == lam*v"],
    "trace(H + eps*eye(n)) == trace(H) + eps*n": [],
    "v == zeros(n)": ["invertible(H)", "H @ v == zeros(n)"],
    # traces and determinants
    "trace(A @ B @ C) == trace(C @ A @ B)": [],
    "trace(inv(P) @ A @ P) == trace(A)": ["invertible(P)"],
    "det(A @ B) == det(B @ A)": [],
    "det(inv(A)) == 1/det(A)": ["invertible(A)"],
    "trace(outer(x, y)) == x @ y": [],
    # optimisation
    "x - inv(A) @ (A @ x - y) == inv(A) @ y": ["posdef(A)"],
    "nsq(X @ x - b) + lam*nsq(x) == (x - z) @ (X.T @ X + lam*eye(n)) @ (x - z) + b @ b - b @ X @ z": [
        "(X.T @ X + lam*eye(n)) @ z == X.T @ b"
    ],
    "(B - outer(B @ s, B @ s)/(s @ B @ s) + outer(y, y)/(y @ s)) @ s == y": [
        "posdef(B)",
        "y @ s > 0",
        "s @ B @ s > 0",
    ],
    # functions of one number
    "sigmoid(t) == 1/(1 + exp(-t))": [],
    "tanh(t) == sinh(t)/cosh(t)": [],
    "exp(t + lam) == exp(t)*exp(lam)": [],
    "sin(t)**2 + cos(t)**2 == 1": [],
    "sigmoid(t)*(1 - sigmoid(t)) <= 1/4": [],
    "1 - tanh(t)**2 <= 1": [],
    # definiteness
    "psd(X.T @ X)": [],
    "posdef(X.T @ X)": ["fullcol(X)"],
    "posdef(X.T @ X + lam*eye(n))": ["lam > 0"],
    "posdef(A + lam*eye(n))": ["psd(A)", "lam > 0"],
    "posdef(H + eps*eye(n))": ["psd(H - least*eye(n))", "eps > -least"],
    "invertible(A)": ["posdef(A)"],
    "psd_le(A, C)": ["psd_le(A, B)", "psd_le(B, C)"],
    "posdef(inv(A) + B.T @ B)": ["posdef(A)"],
    # inequalities
    "(1 - alpha*lam)**2 < 1": ["lam > 0", "alpha > 0", "alpha*lam < 2"],
    "alpha*lam < 2": ["lam > 0", "(1 - alpha*lam)**2 < 1"],
    "(1 - alpha*lam)**2 > 1": ["lam < 0", "alpha > 0"],
    "v @ H @ v >= least": ["psd(H - least*eye(n))", "v @ v == 1"],
    "lam > 0": ["posdef(A)", "A @ v == lam*v", "nonzero(v)"],
    "2*(x @ y) <= nsq(x) + nsq(y)": [],
    "nsq(X @ z - b) >= nsq(X @ x - b)": ["X.T @ X @ x == X.T @ b"],
}


@pytest.mark.parametrize("text", TRUE)
def test_a_true_claim_is_proved_and_its_certificate_accepted(text: str) -> None:
    statement = certified(*attempt(text, TRUE[text]))
    assert statement.verdict == "proved"
    assert statement.scope in {"all sizes", ""}


FALSE = {
    # a hypothesis is missing
    "inv(A @ B) == inv(B) @ inv(A)": ["invertible(A)"],
    "A @ inv(A) == eye(n)": [],
    "u @ v == 0": ["A @ u == lam*u", "A @ v == mu*v", "lam != mu"],
    "mu == 0": ["symmetric(A)", "A @ u == lam*u - mu*w", "A @ w == mu*u + lam*w"],
    "posdef(X.T @ X)": [],
    "posdef(A + lam*eye(n))": ["psd(A)", "lam >= 0"],
    "invertible(A)": ["psd(A)"],
    "idempotent(X @ inv(X.T @ X) @ X.T)": [],
    "(1 - alpha*lam)**2 < 1": ["lam > 0", "alpha > 0"],
    "orthogonal(eye(n) - 2*outer(v, v))": [],
    "x @ y/(y @ y) == 0": ["x @ y == 0"],
    # a wrong order or sign
    "inv(A @ B) == inv(A) @ inv(B)": ["invertible(A)", "invertible(B)"],
    "A @ B == B @ A": ["symmetric(A)", "symmetric(B)"],
    "symmetric(A @ B)": ["symmetric(A)", "symmetric(B)"],
    "trace(A @ B) == trace(A)*trace(B)": [],
    "trace(A @ B @ C) == trace(A @ C @ B)": [],
    "inv(A + B) == inv(A) + inv(B)": ["invertible(A)", "invertible(B)", "invertible(A + B)"],
    "x + inv(A) @ (A @ x - y) == inv(A) @ y": ["posdef(A)"],
    "psd(A @ B)": ["psd(A)", "psd(B)"],
    "nsq(x + y) == nsq(x) + nsq(y)": [],
    "2*(x @ y) < nsq(x) + nsq(y)": [],
    "det(2*A) == 2*det(A)": [],
}


@pytest.mark.parametrize("text", FALSE)
def test_a_false_claim_is_not_proved(text: str) -> None:
    _, outcome = attempt(text, FALSE[text])
    assert isinstance(outcome, NotProved)
    assert outcome.reason


DERIVATIVES = [
    ("gradient", "x @ A @ x/2 - y @ x", "x", "A @ x - y", ["symmetric(A)"]),
    ("gradient", "x @ A @ x", "x", "(A + A.T) @ x", []),
    ("hessian", "x @ A @ x", "x", "A + A.T", []),
    ("gradient", "nsq(X @ x - b)", "x", "2*X.T @ (X @ x - b)", []),
    ("hessian", "nsq(X @ x - b) + lam*nsq(x)", "x", "2*(X.T @ X + lam*eye(n))", []),
    ("gradient", "trace(A @ W)", "W", "A.T", []),
    ("gradient", "trace(W.T @ A @ W)", "W", "(A + A.T) @ W", []),
    ("gradient", "log(det(W))", "W", "inv(W)", ["posdef(W)"]),
    ("gradient", "det(W)", "W", "det(W)*inv(W).T", ["invertible(W)"]),
    ("gradient", "trace(inv(W) @ A)", "W", "-inv(W).T @ A.T @ inv(W).T", ["invertible(W)"]),
    ("gradient", "norm2(x)", "x", "x/norm2(x)", ["nonzero(x)"]),
    ("gradient", "x @ y/(x @ x)", "x", "y/(x @ x) - 2*(x @ y)/(x @ x)**2*x", ["nonzero(x)"]),
    ("gradient", "exp(-nsq(x))", "x", "-2*exp(-nsq(x))*x", []),
    ("gradient", "sum((tanh(X @ x) - b)**2)", "x", "2*X.T @ ((tanh(X @ x) - b)*(1 - tanh(X @ x)**2))", []),
    (
        "gradient",
        "sum((sigmoid(X @ x) - b)**2)",
        "X",
        "outer(2*(sigmoid(X @ x) - b)*(sigmoid(X @ x) - sigmoid(X @ x)**2), x)",
        [],
    ),
    ("jacobian", "A @ x + x", "x", "A + eye(n)", []),
    ("jacobian", "tanh(A @ x)", "x", "diag(1 - tanh(A @ x)**2) @ A", []),
    ("gradient", "softplus(t)", "t", "sigmoid(t)", []),
    ("gradient", "log(1 + t**2)", "t", "2*t/(1 + t**2)", []),
]


@pytest.mark.parametrize(("kind", "f", "wrt", "derivative", "hypotheses"), DERIVATIVES)
def test_derivatives_of_matrix_expressions_are_proved_for_all_sizes(
    kind: str, f: str, wrt: str, derivative: str, hypotheses: list[str]
) -> None:
    made, outcome = attempt("", hypotheses, kind=kind, f=f, wrt=wrt, claim=derivative)
    assert certified(made, outcome).scope in {"all sizes", ""}


@pytest.mark.parametrize(
    ("f", "wrt", "wrong"),
    [
        ("x @ A @ x", "x", "2*A @ x"),
        ("nsq(X @ x - b)", "x", "X.T @ (X @ x - b)"),
        ("trace(A @ W)", "W", "A"),
        ("norm2(x)", "x", "x/norm2(x)"),
        ("log(det(W))", "W", "inv(W)"),
    ],
)
def test_a_wrong_or_undefined_gradient_is_not_proved(f: str, wrt: str, wrong: str) -> None:
    _, outcome = attempt("", [], kind="gradient", f=f, wrt=wrt, claim=wrong)
    assert isinstance(outcome, NotProved)


def test_the_second_directional_derivative_of_an_inverse() -> None:
    made, outcome = attempt(
        "", ["invertible(A)"], kind="dirderiv", f="inv(A)", wrt="A", direction="B", claim="-inv(A) @ B @ inv(A)"
    )
    assert certified(made, outcome).scope == "all sizes"


def test_the_same_search_gives_the_same_certificate() -> None:
    text, hypotheses = "inv(A @ B) == inv(B) @ inv(A)", ["invertible(A)", "invertible(B)"]
    assert attempt(text, hypotheses)[1] == attempt(text, hypotheses)[1]


def test_a_missing_hypothesis_is_named_in_the_reason() -> None:
    _, outcome = attempt("A @ inv(A) == eye(n)", [])
    assert isinstance(outcome, NotProved)
    assert "invertible(A) was not shown" in outcome.reason
