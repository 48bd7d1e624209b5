"""The pytest plugin and ``hessmath.testing``: what passes, what each failure says, and xdist."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from hessmath.testing import assert_derivative, assert_proved, assert_refuted

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parent.parent
INSTALLED = bool(entry_points(group="pytest11", name="hessmath"))  # then pytest loads it by itself
PLUGIN = (*(() if INSTALLED else ("-p", "hessmath.pytest_plugin")), "-p", "no:cacheprovider")


@pytest.fixture
def run(pytester, monkeypatch):
    """pytest with the plugin, in a process of its own, as after an installation."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def call(*args):
        return pytester.runpytest_subprocess(*PLUGIN, *args)

    return call


# ------------------------------------------------------------------------------------- the assertions
def message(assertion, *args, **declarations):
    with pytest.raises(AssertionError) as caught:
        assertion(*args, **declarations)
    return str(caught.value)


def test_what_holds_passes_and_gives_the_verdict():
    assert assert_proved("(A @ B).T == B.T @ A.T", A="m n", B="n k").scope == "all sizes"
    assert assert_refuted("A @ B == B @ A", A="n n", B="n n").counterexample.sizes == {"n": 2}
    assert assert_proved("vec(A @ X @ B) == kron(B.T, A) @ vec(X)", A="2 2", X="2 2", B="2 2").name == "proved"


def test_a_false_claim_fails_with_its_counterexample_and_repair():
    shown = message(assert_proved, "(A @ B).T == A.T @ B.T", A="n n", B="n n")
    assert shown.startswith("The claim should be proved for every size, but it is not.")
    assert "Refuted by n = 2, A = [[" in shown
    assert "What would repair it: the order in A.T @ B.T: (A @ B).T == B.T @ A.T" in shown


def test_a_claim_that_can_be_undefined_fails_with_the_witness():
    shown = message(assert_proved, "inv(A) @ A == eye(n)", A="n n")
    assert "Ill-posed: inv(A) can be undefined at n = 1, A = [[0]]" in shown
    assert "the missing hypothesis invertible(A)" in shown


def test_a_true_claim_is_not_refuted():
    shown = message(assert_refuted, "trace(A @ B) == trace(B @ A)", A="n n", B="n n")
    assert shown.startswith("The claim should be refuted, but it is not.")
    assert "Proved for all n" in shown


def test_derivatives_as_text_are_proved():
    assert assert_derivative("exp(x*y)", ["y*exp(x*y)", "x*exp(x*y)"]).name == "proved"
    assert assert_derivative("x @ A @ x", "(A + A.T) @ x", wrt="x", A="n n", x="n").scope == "all sizes"


def test_derivatives_of_sympy_expressions_and_functions_are_proved():
    import sympy

    import hessmath as hm

    x, y = sympy.symbols("x y")
    assert assert_derivative(x**2 * y, [2 * x * y, x**2]).name == "proved"
    assert assert_derivative(hm.Function("x**3", "x"), "3*x**2").name == "proved"


def test_a_wrong_derivative_fails_with_the_point():
    assert "Refuted by x = " in message(assert_derivative, "x**3", "2*x**2")
    shown = message(assert_derivative, "x @ A @ x", "2*A @ x", wrt="x", A="n n", x="n")
    assert "the missing hypothesis symmetric(A)" in shown


def test_a_python_function_is_compared_at_points():
    assert assert_derivative("x**2 + y**4", lambda p: [2 * p[0], 4 * p[1] ** 3]).name == "tested"
    shown = message(assert_derivative, "x**2 + y**4", lambda p: [2 * p[0], 3 * p[1] ** 3])
    assert "This is not the derivative of x**2 + y**4: at x = " in shown
    assert "but the gradient is [" in shown


def test_a_python_function_of_the_wrong_shape_is_named():
    shown = message(assert_derivative, "x**2 + y**4", lambda p: [2 * p[0]])
    assert shown == "The derivative has shape (1,), but the gradient has (2,)."


def test_a_function_that_is_finite_nowhere_is_not_compared():
    assert "is finite at none of 20 points" in message(assert_derivative, "log(-1 - x**2)", lambda p: [0.0])


# ----------------------------------------------------------------------------------------- the plugin
TESTS = """
def test_right(assert_proved):
    assert_proved("trace(A @ B) == trace(B @ A)", A="n n", B="n n")

def test_wrong(assert_proved):
    assert_proved("A @ B == B @ A", A="n n", B="n n")

def test_false(assert_refuted):
    assert_refuted("x**2 > 0", x="")

def test_derivative(assert_derivative):
    assert_derivative("x**2", "2*x")
"""

CLAIMS = """
[[claims]]
id = "gram"
kind = "predicate"
vars = {A = ["m", "n"]}
claim = "psd(A.T @ A)"

[[claims]]
id = "square"
kind = "implication"
vars = ["x"]
claim = "x**2 > 0"
"""

PAGE = '''
"""Statement. Gram matrices are positive semidefinite."""
import hessmath as hm
gram = hm.claim("gram", "psd(A.T @ A)", vars={"A": "m n"}, expected="proved")
'''


def test_fixtures_pass_and_fail_with_the_counterexample(pytester, run):
    pytester.makepyfile(TESTS)
    result = run()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*Refuted by n = 2, A = *"])


def test_the_ledger_lists_what_was_settled(pytester, run):
    pytester.makepyfile(TESTS)
    result = run("--hessmath-ledger")
    result.stdout.fnmatch_lines([
        "*claims settled by hessmath*", "*::test_right: trace(A @ B) == trace(B @ A)", "    Proved for all n*",
        "4 claims: 2 proved, 2 refuted",
    ])  # fmt: skip


def test_without_the_option_there_is_no_ledger(pytester, run):
    pytester.makepyfile(TESTS)
    assert "claims settled" not in run().stdout.str()


def test_claim_files_are_collected(pytester, run):
    pytester.makefile(".claims.toml", algebra=CLAIMS)
    result = run("-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*::gram PASSED*", "*::square FAILED*", "*Refuted by x = 0*"])


def test_a_claim_file_that_cannot_be_read_gets_one_sentence(pytester, run):
    pytester.makefile(".claims.toml", broken='kind = "identity"\nlhs = "x +"\nrhs = "x"\nvars = ["x"]\n')
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*broken.claims.toml: claim 'claim 1': lhs: Cannot read*"])


def test_pages_in_proofs_are_collected_and_others_are_not(pytester, run):
    (pytester.mkdir("proofs") / "grams.py").write_text(PAGE)
    (pytester.mkdir("other") / "grams.py").write_text(PAGE)
    result = run("-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["proofs/grams.py::gram PASSED*"])


def test_the_plugin_works_under_xdist(pytester, run):
    pytest.importorskip("xdist")
    pytester.makepyfile(TESTS)
    pytester.makefile(".claims.toml", algebra=CLAIMS)
    result = run("-n", "2", "--hessmath-ledger")
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["6 claims: 3 proved, 3 refuted"])


def test_the_header_names_the_version(pytester, run):
    import hessmath

    pytester.makepyfile("def test_nothing(): pass")
    run().stdout.fnmatch_lines([f"hessmath {hessmath.__version__}"])


def test_the_plugin_imports_pytest_and_the_standard_library_only():
    code = (
        "import sys, pytest; before = set(sys.modules); import hessmath.pytest_plugin;"
        "new = {m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names);"
        "print(sorted(new), 'hessmath.verify' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "['hessmath'] False"
