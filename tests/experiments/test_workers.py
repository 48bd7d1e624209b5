"""Cases in processes of their own: the same rows, errors by name, and no process is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from hessmath.cli import main
from hessmath.errors import InputError
from hessmath.experiments import EXPERIMENTS, Conclusion, Experiment, Finding, MeasurementFailed, Size, find, run

ROOT = Path(__file__).resolve().parents[2]

MODULE = '''
"""An experiment whose cases do what they are told."""
import os, signal, sys, time
from pathlib import Path
import numpy as np
from hessmath.experiments import Conclusion, EXPERIMENTS, Experiment, Finding

FOLDER = Path(__file__).parent

def measure(case, notebook):
    kept = notebook.load()
    (FOLDER / f"{case['k']}.pid").write_text(str(os.getpid()))
    if case["does"] == "raise":
        raise ZeroDivisionError("nothing to divide by")
    if case["does"] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if case["does"] == "sleep" and kept is None:
        notebook.save(half=[case["k"] ** 2 / 2])
        notebook.tell(0.5, "half")
        (FOLDER / f"{case['k']}.sleeps").touch()
        time.sleep(60)
    threads = os.environ["OPENBLAS_NUM_THREADS"]
    return {"square": case["k"] ** 2 if kept is None else 2 * kept["half"][0], "began": time.time(), "threads": threads}

def conclude(rows, size):
    return Conclusion(Finding.DEPENDS, (), "As it comes.")

def made(*does):
    cases = [{"k": k, "does": each} for k, each in enumerate(does)]
    return Experiment("told", "Told", "Cases do it.", lambda size, seed: cases, measure, conclude)

EXPERIMENT = made("sleep", "sleep", "nothing")
EXPERIMENTS["told"] = "told"

if __name__ == "__main__":
    from hessmath.cli import main
    main(["experiment", "told", "--workers", "2", "-o", sys.argv[1]])
'''


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The module in its file, importable here and in workers."""
    (tmp_path / "told.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "told", raising=False)
    import told as module

    yield module
    EXPERIMENTS.pop("told", None)
    sys.modules.pop("told", None)


def without_seconds(rows):
    return [{name: value for name, value in row.items() if name not in ("began", "threads")} for row in rows]


def test_rows_are_the_same_bits_for_any_number_of_workers(tmp_path):
    """One worker is this process: started anew by the command line, so that its BLAS has one thread too."""
    command = [sys.executable, "-m", "hessmath", "experiment", "depth", "--short", "--workers", "1", "--json"]
    alone = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=120, check=True)
    together = run(find("depth"), Size.SHORT, workers=2)
    assert json.loads(json.dumps(together.rows)) == json.loads(alone.stdout)["rows"]


def test_results_come_in_the_order_of_the_cases_and_costly_ones_begin_first(told, tmp_path):
    experiment = replace(told.made("go", "go", "go"), cost=lambda case: case["k"])
    heard = []
    before = dict(os.environ)
    result = run(experiment, workers=2, output=tmp_path / "o", progress=lambda *news: heard.append(news))
    assert without_seconds(result.rows) == [{"k": k, "does": "go", "square": k * k} for k in range(3)]
    assert result.rows[0]["began"] > result.rows[2]["began"]
    assert [row["threads"] for row in result.rows] == ["1"] * 3 and os.environ == before
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions) and fractions[0] == 0.0 and fractions[-1] == pytest.approx(1.0)
    assert {text for _, text in heard} == {"0 go", "1 go", "2 go"}
    again = run(replace(experiment, measure=told.measure), workers=2, output=tmp_path / "o")
    assert again == result  # kept rows: nothing is measured


@pytest.mark.parametrize("workers", [1, 2])
def test_a_case_that_fails_is_named_after_the_others_are_kept(told, tmp_path, workers, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    does = ("go", "raise", "die", "go") if workers > 1 else ("go", "raise", "go")
    with pytest.raises(MeasurementFailed, match="the case 1 raise: ZeroDivisionError: nothing to divide by") as failure:
        run(told.made(*does), workers=workers, output=tmp_path / "o")
    assert 'raise ZeroDivisionError("nothing to divide by")' in "".join(failure.value.__notes__)
    if workers > 1:
        assert "2 cases could not be measured" in str(failure.value)
        assert "the case 2 die: its process ended with exit code -9" in str(failure.value)
    kept = json.loads(next((tmp_path / "o").glob("*.rows.json")).read_text(encoding="utf-8"))["rows"]
    assert [json.loads(key)["does"] for key in kept] == ["go", "go"]


def test_without_a_folder_a_failure_ends_the_run_at_once(told):
    experiment = told.made("raise", "sleep")
    start = time.monotonic()
    with pytest.raises(MeasurementFailed, match="1 case could not be measured, the case 0 raise"):
        run(experiment, workers=2)
    assert time.monotonic() - start < 30.0


def test_an_error_of_hessmath_stays_one(tmp_path):
    def measure(case, notebook):
        raise InputError("The checkpoint is damaged: delete it.")

    experiment = Experiment("e", "E", "c", lambda size, seed: [{"k": 7}], measure, lambda rows, size: None)
    with pytest.raises(InputError, match="the case 7: InputError: The checkpoint is damaged: delete it"):
        run(experiment)


def test_what_cannot_be_run_is_refused():
    def measure(case, notebook):
        return {}

    conclusion = Conclusion(Finding.DEPENDS, (), "")
    experiment = Experiment("e", "E", "c", lambda size, seed: [{"k": 7}], measure, lambda rows, size: conclusion)
    with pytest.raises(InputError, match=r"Workers need a measurement at the top of a module.*or use workers=1"):
        run(experiment, workers=2)
    with pytest.raises(InputError, match="at least one worker, but workers = 0"):
        run(experiment, workers=0)


def test_a_script_without_its_guard_is_told_so(told, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import told\nfrom hessmath.experiments import run\nrun(told.made('go', 'go'), workers=2)\n")
    ended = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ended.returncode == 1
    assert "ended with exit code 1 before it could begin. A script that runs" in ended.stderr.splitlines()[-1]


def started(tmp_path):
    """The command in a session of its own, when both workers are in the middle of their cases, and their ids."""
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "told.py"), str(tmp_path / "o")],
        start_new_session=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    wait_until(lambda: len(list(tmp_path.glob("*.sleeps"))) == 2 or process.poll() is not None)
    return process, [int((tmp_path / f"{k}.pid").read_text()) for k in range(2)]


def wait_until(holds, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid):
    """Whether a process is there and not just waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_an_interrupt_stops_all_workers_and_a_later_run_goes_on(told, tmp_path):
    process, workers = started(tmp_path)
    assert process.pid not in workers and all(map(is_running, workers))
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and said.strip() == "hessmath: interrupted"
    assert not any(map(is_running, workers))
    assert len(list((tmp_path / "o").glob("*.npz"))) == 2 and not list((tmp_path / "o").glob(".*"))
    result = run(told.EXPERIMENT, output=tmp_path / "o", workers=2)
    assert [row["square"] for row in result.rows] == [0, 1, 4]
    assert not list((tmp_path / "o").glob("*.npz"))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_when_the_parent_is_killed(told, tmp_path, number):
    process, workers = started(tmp_path)
    process.send_signal(number)
    process.communicate(timeout=60)
    wait_until(lambda: not any(map(is_running, workers)), 10.0)


def test_the_command_takes_the_number_of_workers(told, monkeypatch):
    asked = []
    from hessmath.render import experiments

    real = experiments.run
    monkeypatch.setattr(
        experiments, "run", lambda *args, workers, **kwargs: asked.append(workers) or real(*args, workers=1, **kwargs)
    )
    monkeypatch.setattr("hessmath.cli._usable_cpus", lambda: 7)
    monkeypatch.setattr(told, "EXPERIMENT", replace(told.made("go"), measure=lambda case, notebook: {"square": 0}))
    for options in ([], ["--short"], ["--workers", "3"]):
        with pytest.raises(SystemExit) as stop:
            main(["experiment", "told", *options])
        assert stop.value.code == 0
    assert asked == [7, 1, 3]
