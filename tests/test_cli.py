"""The command line: its answers, its exit codes, and one clear sentence for every bad input."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from hessmath.cli import main

ROOT = Path(__file__).resolve().parent.parent
ROSENBROCK = "100*(y - x**2)**2 + (1 - x)**2"


@pytest.fixture
def run(capsys):
    """Run the command line in this process; gives exit code, standard output, standard error."""

    def call(*args):
        with pytest.raises(SystemExit) as stop:
            main(list(args))
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return call


def test_derive_prints_gradient_hessian_form_and_critical_points(run):
    code, out, _ = run("derive", ROSENBROCK)
    assert code == 0
    for part in ("gradient", "Hessian", "quadratic form", "critical points", "(x = 1, y = 1): minimum, f = 0"):
        assert part in out


def test_derive_json_can_be_read_back(run):
    import sympy

    import hessmath as hm

    code, out, _ = run("derive", ROSENBROCK, "--json", "--at", "1,1")
    data = json.loads(out)
    assert code == 0
    f = hm.Function(data["formula"], data["variables"])
    again = [hm.Function(text, data["variables"]).expr for text in data["gradient"]]
    assert all(sympy.expand(a - b) == 0 for a, b in zip(again, f.gradient, strict=True))
    assert data["critical_points"] == [
        {"point": {"x": "1", "y": "1"}, "kind": "minimum", "index": 0, "value": "0", "multiplicity": 1}
    ]
    assert data["at"]["hessian"] == [["802", "-400"], ["-400", "200"]]


def test_derive_latex_is_an_align_block(run):
    code, out, _ = run("derive", "x**2 + y**2", "--latex")
    assert code == 0
    assert out.startswith("\\begin{align*}")
    assert "\\nabla^2 f" in out


def test_derive_reads_the_formula_from_standard_input(run, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("x**2 - 2*x\n"))
    code, out, _ = run("derive", "-")
    assert code == 0
    assert "(x = 1): minimum, f = -1" in out


def test_solve_reaches_the_minimum_and_says_so(run):
    code, out, _ = run("solve", ROSENBROCK, "--start", "-1.2,1", "--method", "newton", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["x"] == pytest.approx({"x": 1.0, "y": 1.0}, abs=1e-8)
    assert data["kind"] == "minimum"
    assert data["evaluations"]["hessian"] > 0


def test_solve_takes_named_and_fractional_coordinates(run):
    code, out, _ = run("solve", "(x - y)**2 + y**2", "--start", "y=1/2, x=-3")
    assert code == 0
    assert "kind      minimum" in out


def test_solve_that_does_not_converge_exits_with_1(run):
    code, out, _ = run("solve", ROSENBROCK, "--start", "-1.2,1", "--method", "newton", "--max-steps", "1")
    assert code == 1
    assert "steps" in out


def test_a_saddle_is_not_a_success(run):
    code, out, _ = run("solve", "x**2 - y**2 + y**4/4", "--start", "1,0", "--method", "gradient-descent")
    assert code == 1
    assert "kind      saddle" in out


def test_derive_at_a_point_that_is_not_critical_says_so(run):
    code, out, _ = run("derive", "x**2*y", "--at", "1,2")
    assert code == 0
    assert "at (x = 1, y = 2): not critical" in out


CLAIMS = """
[[claims]]
id = "inverse-of-product"
kind = "identity"
vars = {A = ["n", "n"], B = ["n", "n"]}
hypotheses = ["invertible(A)", "invertible(B)"]
lhs = "inv(A @ B)"
rhs = "inv(B) @ inv(A)"
expected = "proved"

[[claims]]
id = "products-commute"
kind = "identity"
vars = {A = ["n", "n"], B = ["n", "n"]}
lhs = "A @ B"
rhs = "B @ A"
expected = "refuted"
"""


@pytest.fixture
def claim_file(tmp_path):
    path = tmp_path / "claims.toml"
    path.write_text(CLAIMS, encoding="utf-8")
    return path


def test_check_prints_a_ledger_and_exits_with_0_when_all_is_as_expected(run, claim_file):
    code, out, _ = run("check", str(claim_file))
    assert code == 0
    assert "inverse-of-product" in out
    assert "2 claims: 1 proved, 1 refuted; 2 as expected, 0 not" in out


def test_check_explains_verdicts_and_repairs_what_is_wrong(run, claim_file):
    code, out, _ = run("check", str(claim_file), "--explain")
    assert code == 0
    assert "Claim inverse-of-product: inv(A @ B) == inv(B) @ inv(A)" in out
    assert "[the defining equations of an inverse]" in out
    assert "What would repair it: the missing hypothesis" in out


def test_check_json_has_the_promised_fields(run, claim_file):
    code, out, _ = run("check", str(claim_file), "--json", "--recheck")
    data = json.loads(out)
    assert code == 0
    first = data["claims"][0]
    assert {"id", "verdict", "scope", "seconds", "axioms", "expected", "certificate"} <= set(first)
    assert (first["verdict"], first["scope"], first["rechecked"]) == ("proved", "all sizes", True)
    assert data["totals"]["claims"] == 2


def test_check_exits_with_1_when_a_verdict_is_not_the_expected_one(run, claim_file):
    claim_file.write_text(CLAIMS.replace('"refuted"', '"proved"'), encoding="utf-8")
    code, out, _ = run("check", str(claim_file))
    assert code == 1
    assert "✗ products-commute: expected proved, but: Refuted by" in out


def test_check_only_takes_the_claims_whose_id_contains_the_text(run, claim_file):
    code, out, _ = run("check", str(claim_file), "--only", "commute", "--json")
    assert code == 0
    assert [c["id"] for c in json.loads(out)["claims"]] == ["products-commute"]
    code, _, err = run("check", str(claim_file), "--only", "nothing-like-it")
    assert code == 2
    assert "No claim has an id that contains 'nothing-like-it'" in err


def test_a_claim_that_cannot_be_read_does_not_stop_the_others(run, claim_file):
    claim_file.write_text(
        CLAIMS + '\n[[claims]]\nid = "odd"\nkind = "identity"\nlhs = "q"\nrhs = "1"\n', encoding="utf-8"
    )
    code, out, err = run("check", str(claim_file), "--json")
    data = json.loads(out)
    assert code == 2
    assert [claim["id"] for claim in data["claims"]] == ["inverse-of-product", "products-commute"]
    assert "'odd'" in err
    assert "q is not one of the declared names" in err
    assert data["unreadable"] == [err.strip().removeprefix("hessmath: ")]


BAD_FORMULAS = [
    pytest.param(["derive", "x + y", "--variables", "x"], "y", id="unknown symbol"),
    pytest.param(["derive", "foo(x)"], "foo", id="unknown function"),
    pytest.param(["derive", "2x + 1"], 'Cannot read "2x + 1" at column 2: write the product as 2*x.', id="2x"),
    pytest.param(["derive", "(" * 60_000 + "x" + ")" * 60_000], "nested", id="nested parentheses"),
    pytest.param(["derive", "9**9**9"], "9**9**9", id="tower of powers"),
    pytest.param(["derive", "__import__('os')"], "__import__('os')", id="import"),
    pytest.param(["derive", ""], "empty", id="empty formula"),
    pytest.param(["derive", "Abs(x)", "--at", "0"], "differentiable at", id="derivative at a kink"),
    pytest.param(["derive", "x*y", "--at", "1"], "has 1 coordinates, but f takes 2 variables", id="short point"),
    pytest.param(["derive", "x*y", "--at", "x=1,z=2"], "z is not one of them", id="point with a wrong name"),
    pytest.param(["derive", "x", "--latex", "--json"], "one of --latex and --json", id="two formats"),
    pytest.param(["solve", "x**2 + y**2", "--start", "1,2,3"], "3 coordinates, but f takes 2", id="wrong dimension"),
    pytest.param(["solve", "x**2", "--start", "nan"], "must be finite, but x = nan", id="start nan"),
    pytest.param(["solve", "x**2", "--start", "inf"], "must be finite, but x = inf", id="start inf"),
    pytest.param(["solve", "x**2", "--start", "one"], "a number for x, but 'one' is none", id="start text"),
    pytest.param(["solve", "Abs(x)", "--start", "0"], "differentiable at", id="start at a kink"),
    pytest.param(["solve", "x**2", "--start", "1", "--method", "magic"], "magic", id="unknown method"),
    pytest.param(["check", "no-such-folder"], "no-such-folder", id="missing path"),
    pytest.param(["check"], "PATH", id="no path"),
    pytest.param(["nonsense"], "nonsense", id="unknown command"),
]


@pytest.mark.parametrize(("args", "message"), BAD_FORMULAS)
def test_bad_input_ends_in_one_clear_sentence_and_exit_code_2(run, args, message):
    code, out, err = run(*args)
    assert code == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert "internal error" not in err
    assert len(err) < 600


BAD_FILES = [
    pytest.param("empty.toml", "", "empty", id="empty file"),
    pytest.param("broken.toml", "[[claims]\nid = ", "line 1", id="malformed TOML"),
    pytest.param("broken.json", '{"id": ', "line 1", id="malformed JSON"),
    pytest.param("kind.toml", 'id = "a"\nkind = "prophecy"\n', "prophecy", id="unknown kind"),
    pytest.param("notes.txt", "x == x", ".toml", id="unknown ending"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD_FILES)
def test_a_bad_claim_file_is_named_in_one_sentence(run, tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    code, out, err = run("check", str(path))
    assert code == 2
    assert out == ""
    assert name in err
    assert message in err
    assert "internal error" not in err


def test_a_folder_without_claims_is_said(run, tmp_path):
    code, _, err = run("check", str(tmp_path))
    assert code == 2
    assert str(tmp_path) in err


@pytest.mark.parametrize(
    "args", [["derive", "__import__('os')"], ["solve", "x**2 + y**2", "--start", "nan,1"], ["derive", "9**9**9"]]
)
def test_bad_input_is_answered_within_two_seconds_in_a_fresh_process(args):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        [sys.executable, "-m", "hessmath", *args],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    # Of the CPU, since the suite may share its cores with other work; about half a second.
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2.0


def test_the_cache_can_be_looked_at_and_cleared(run, monkeypatch, tmp_path):
    monkeypatch.setenv("HESSMATH_CACHE_DIR", str(tmp_path / "cache"))
    assert run("solve", "(x - 3)**2", "--start", "0")[0] == 0
    code, out, _ = run("cache", "info", "--json")
    assert code == 0
    assert json.loads(out)["entries"] > 0
    assert run("cache", "clear")[0] == 0
    assert json.loads(run("cache", "info", "--json")[1])["entries"] == 0


def test_an_internal_error_is_one_sentence_too(run, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("hessmath.function.Function", broken)
    code, _, err = run("derive", "x")
    assert code == 70
    assert "internal error (ZeroDivisionError: boom)" in err
    monkeypatch.setenv("HESSMATH_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        main(["derive", "x"])
