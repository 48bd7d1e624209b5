"""What people see of a verdict: one line of words, the argument of the certificate, LaTeX and HTML."""

import pytest

from hessmath.language import parse
from hessmath.verify import check, read_claim
from hessmath.verify.typeset import to_latex


def verdict(claim, hypotheses=(), kind="implication", **fields):
    said = {} if claim is None else {"claim": claim}
    return check(read_claim({"id": "c", "kind": kind, "hypotheses": list(hypotheses), **said, **fields}))


SKEW = verdict("x @ A @ x == 0", ["skew(A)"], vars={"A": "n n", "x": "n"})
EIGEN = verdict(
    "lam > 0",
    ["A @ v == lam*v", "posdef(A)", "nonzero(v)", "lam >= 0"],
    vars={"A": "n n", "v": "n", "lam": ""},
)


def test_one_line_in_words():
    assert str(SKEW).startswith("Proved for all n, given that A is skew-symmetric; axioms: none; 1 term")
    assert str(verdict("A == A.T", vars={"A": "2 2"})).startswith("Refuted by A = [[")
    rows = verdict("x*(y + z) == x*y + x*z", vars={"x": "n", "y": "n", "z": "n"})
    assert str(rows).startswith("Proved for ")


def test_the_argument_is_written_out():
    assert "1/2*(x @ (A + A.T) @ x)   [hypothesis 1: skew(A)]" in SKEW.explain()


def test_a_contradiction_is_written_out():
    shown = EIGEN.explain()
    assert "lam > 0: suppose not. Then" in shown
    assert "d·p2 + p1 > 0, but it is zero by the hypotheses: a contradiction." in shown


def test_hypotheses_used_and_not_needed_are_told_apart():
    assert EIGEN.hypotheses_used == ("A @ v == lam*v", "posdef(A)", "nonzero(v)")
    assert EIGEN.hypotheses_not_needed == ("lam >= 0",)
    assert "Not needed: lam >= 0." in EIGEN.explain()
    assert SKEW.hypotheses_not_needed == ()
    assert SKEW.sizes == ("n",)


def test_a_counterexample_is_shown_with_both_sides():
    shown = verdict("A @ B == B @ A", vars={"A": "n n", "B": "n n"}).explain()
    assert "Left, A @ B, is [[0, 0], [0, 0]]; right, B @ A, is [[0, 1], [0, 0]]." in shown


def test_what_is_undefined_is_named():
    assert "inv(A) has no value there." in verdict("inv(A) @ A == eye(n)", vars={"A": "n n"}).explain()


@pytest.mark.parametrize(
    ("shown", "part"),
    [
        (verdict("inv(A @ B) == inv(B) @ inv(A)", ["invertible(A)", "invertible(B)"],
                 vars={"A": "n n", "B": "n n"}), "A @ B is invertible ((AB)⁻¹ = B⁻¹A⁻¹), because"),
        (verdict("lam == mu", ["A @ v == lam*v", "A @ v == mu*v", "nonzero(v)"],
                 vars={"A": "n n", "v": "n", "lam": "", "mu": ""}), "Multiply by v, which may be cancelled"),
        (verdict("A == zeros(m, n)", ["A.T @ A == zeros(n, n)"], vars={"A": "m n"}), "so X = 0, since"),
        (verdict("posdef(A.T @ A + eye(n))", vars={"A": "m n"}), "forms add"),
        (verdict("x == 1", ["x > 0", "x < 0"], vars=["x"]), "the hypotheses contradict each other:"),
        (verdict("A @ pinv(A) @ A == A", vars={"A": "m n"}), "Penrose's"),
        (verdict(None, kind="definiteness", matrix=[[2, 1], [1, 2]], property="posdef"), "Sylvester"),
        (verdict(None, kind="critical_point", f="x**2 - y**2", vars=["x", "y"], point=[0, 0],
                 classification="saddle"), "Shown by: inertia."),
        (verdict(None, kind="convexity", f="x**4 + exp(x)", vars=["x"], property="convex"), "Shown by: composition."),
        (verdict(None, kind="convexity", f="x**4 + exp(x)", vars=["x"], property="convex"), "exp(x) is convex and log"),
        (verdict(None, kind="convexity", f="x**4 + y**4 + 6*x**2*y**2", vars=["x", "y"], property="convex"),
         "Along the direction (dx, dy), the second derivative of f is the sum of"),
        (verdict(None, kind="convexity", f="x**2 + sin(x)", vars=["x"], property="convex"), "lies in [1, 3]"),
        (verdict("A @ A - trace(A)*A + det(A)*eye(2) == zeros(2, 2)", vars={"A": "2 2"}),
         "when multiplied out"),
    ],
)  # fmt: skip
def test_every_kind_of_proof_can_be_read(shown, part):
    assert part in shown.explain()
    assert shown.explain().splitlines()[-1] == "verdict.certificate.check() repeats the check without any search."


SHAPES = {"A": ["n", "n"], "B": ["n", "n"], "x": ["n"], "lam": []}


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("inv(A) @ x", "A^{-1} x"),
        ("(A @ B).T == B.T @ A.T", r"\left(A B\right)^{\top} = B^{\top} A^{\top}"),
        ("lam*x - 1/2*x", r"\lambda \, x - \frac{1}{2} \, x"),
        ("kron(A, B) @ vec(A)", r"\left(A \otimes B\right) \operatorname{vec}\left(A\right)"),
        ("nsq(x)/2 <= exp(lam)", r"\frac{\lVert x \rVert^2}{2} \leq \exp\left(\lambda\right)"),
        ("posdef(A + eye(n))", r"A + I_{n} \succ 0"),
        ("A[0, 1] == sqrt(pi)", r"A_{0,1} = \sqrt{\pi}"),
        ("psum(lambda k: mpow(A, k), 0, n)", r"\sum_{k = 0}^{n} A^{k}"),
        ("block([A, B], [B, A])", r"\begin{pmatrix} A & B \\ B & A \end{pmatrix}"),
        ("commute(A, B)", "A B = B A"),
    ],
)
def test_formulas_are_typeset(text, latex):
    assert to_latex(parse(text, SHAPES)) == latex


def test_notebooks_get_latex_and_html():
    assert SKEW._repr_latex_() == r"$\text{proved: } x A x = 0 \quad (A = -A^{\top})$"
    shown = verdict("x < x", vars=["x"])._repr_html_()
    assert "x &lt; x" in shown and "<details>" in shown
