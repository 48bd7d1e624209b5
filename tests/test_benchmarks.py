"""The benchmarks run, their contenders agree, and their JSON says what was measured.  Times are never tested."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent

pytest.importorskip("benchmarks", reason="the benchmarks are not part of the installed package")


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The JSON of a quick run of W1."""
    folder = tmp_path_factory.mktemp("benchmarks")
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "W1", "--json", str(folder / "w1.json")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    assert "rosenbrock gradient" in run.stdout
    assert [path.name for path in folder.iterdir()] == ["w1.json"]  # nothing half-written stays
    return json.loads((folder / "w1.json").read_text(encoding="utf-8"))


def test_a_run_says_on_what_machine_it_was(result):
    assert result["machine"]["versions"]["numpy"] == np.__version__
    assert isinstance(result["missing"], list)


def test_hessmath_agrees_with_the_functions_written_by_hand(result):
    compared = [row for row in result["rows"] if "by hand" in row["medians"] and "hessmath" in row["medians"]]
    assert {row["case"].split(",")[0] for row in compared} >= {f"rosenbrock {k}" for k in ("f", "gradient", "hvp")}
    for row in compared:
        assert row["differences"]["hessmath"] <= 1e-10


def test_every_number_is_a_positive_time_and_every_ratio_follows(result):
    for row in result["rows"]:
        assert row["unit"] == "s"
        for name, median in row["medians"].items():
            assert 0 < row["minima"][name] <= median < math.inf
        both = {"by hand", "hessmath"} <= set(row["medians"])
        assert (row["ratio_by_hand"] is not None) == both
        for target in row["targets"]:
            assert (target["met"] is None) == (target["value"] is None)


def test_a_wrong_result_is_reported_and_not_timed():
    from benchmarks.cases import Case, call, run
    from benchmarks.timing import Effort

    right, wrong = np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9])
    contenders = {"by hand": lambda: call("x + 0", x=right), "hessmath": lambda: call("x + 0", x=wrong)}
    row = run(Case("W0", "sum", contenders), Effort(rounds=1))
    assert list(row.samples) == ["by hand"]
    assert row.notes["hessmath"] == "result differs by 5.0e-10 of the largest entry: not timed"


def test_a_contender_that_is_missing_is_named():
    from benchmarks.cases import Case, NotAvailable, call, run
    from benchmarks.timing import Effort

    def absent():
        raise NotAvailable("not installed")

    row = run(Case("W0", "one", {"by hand": lambda: call("1.0"), "jax": absent}), Effort(rounds=1))
    assert row.notes == {"jax": "not installed"}
    assert row.best_peer is None
    assert row.ratio("jax") is None


def test_a_performance_profile_counts_problems_within_a_ratio_of_the_best():
    from benchmarks.w5_profile import profile

    costs = {"a": {"p": 1.0, "q": 4.0, "r": math.inf}, "b": {"p": 3.0, "q": 2.0, "r": math.inf}}
    assert profile(costs, [1.0, 2.0, 3.0]) == {"a": [1 / 3, 2 / 3, 2 / 3], "b": [1 / 3, 1 / 3, 2 / 3]}


def test_the_profile_judges_runs_by_certificates(tmp_path):
    import hessmath as hm
    from benchmarks.w5_profile import Run, draw, judge, runs_on, start_of, summary

    runs = [run for name in ("beale", "linear_rank_one") for run in runs_on(name, timed=False)]
    text = summary(runs)
    assert "hessmath RegularisedNewton        2 of 2  0" in text and "✓ no saddle reported as a minimum: 0" in text
    assert {run.judged for run in runs if run.solved} == {"minimum", "degenerate minimum"}
    classic = hm.collection["himmelblau"]
    f = hm.Function(classic)
    assert judge(classic, f, hm.compile(f), np.array([-0.1279613, -1.9537150])) == "saddle"
    assert judge(classic, f, hm.compile(f), np.array([np.nan, 0.0])) == "not finite"
    assert "no critical point was found near x" in judge(classic, f, hm.compile(f), np.array([1.0, 1.0]))
    wrong = [Run(p, "hessmath Wrong", "saddle", p == "beale", 1.0, 1.0) for p in ("beale", "linear_rank_one")]
    wrong += runs
    assert "✗ no saddle reported as a minimum: 1" in summary(wrong)
    assert start_of(classic).tolist() == [0.0, 0.0]
    pytest.importorskip("matplotlib")
    draw(runs, tmp_path / "profile.png")
    assert (tmp_path / "profile.png").stat().st_size > 10_000
