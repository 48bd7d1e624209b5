"""Runs of experiments: rows are kept, stopped runs go on, results survive JSON."""

from __future__ import annotations

import builtins
import itertools
import json
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from hessmath.cli import main
from hessmath.errors import InputError, MissingExtra
from hessmath.experiments import (
    EXPERIMENTS,
    Conclusion,
    Effect,
    Experiment,
    Finding,
    Notebook,
    Result,
    Size,
    find,
    run,
)
from hessmath.experiments.intervals import exponent, mean_effect
from hessmath.experiments.storage import write_atomically, write_json
from hessmath.render import experiments as shown
from hessmath.render import progress


def counting(measured, fail_at=None):
    """Squares of 0 … 3; the measurement of ``fail_at`` is interrupted once half of it is in the notebook."""

    def measure(case, notebook):
        k = case["k"]
        kept = notebook.load()
        measured.append((k, "resumed" if kept else "new"))
        if k == fail_at and not kept:
            notebook.save(half=[k * k / 2])
            raise KeyboardInterrupt
        return {"square": k * k if kept is None else float(2 * kept["half"][0])}

    def conclude(rows, size):
        return Conclusion(Finding.DEPENDS, (Effect("sum", sum(r["square"] for r in rows), 0.0, 20.0),), "As it comes.")

    return Experiment(
        "squares", "Squares", "k² grows.", lambda size, seed: [{"k": k} for k in range(4)], measure, conclude
    )


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    measured = []
    with pytest.raises(KeyboardInterrupt):
        run(counting(measured, fail_at=2), output=tmp_path)
    assert measured == [(0, "new"), (1, "new"), (2, "new")]
    result = run(counting(measured, fail_at=2), output=tmp_path)
    assert measured[3:] == [(2, "resumed"), (3, "new")]
    assert [row["square"] for row in result.rows] == [0, 1, 4.0, 9]
    assert result.conclusion.effects[0].estimate == 14
    assert not list(tmp_path.glob("*.npz")) and not list(tmp_path.glob("*.tmp*"))
    again = run(counting(measured), output=tmp_path)
    assert len(measured) == 5 and again == result  # nothing is measured twice


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(counting([]))
    assert list(tmp_path.iterdir()) == []


def test_rows_of_other_code_are_not_used(tmp_path):
    measured = []
    run(counting(measured), output=tmp_path)
    rows = next(tmp_path.glob("*.rows.json"))
    data = json.loads(rows.read_text())
    write_json(rows, {**data, "code": "other"})
    run(counting(measured), output=tmp_path)
    assert len(measured) == 8


def test_the_result_is_what_the_file_says(tmp_path):
    result = run(counting([]), output=tmp_path, seed=5)
    data = json.loads((tmp_path / "squares-standard-5.json").read_text(encoding="utf-8"))
    assert Result.from_dict(data) == result
    assert data["verdict"] == "depends" and data["rows"][3] == {"k": 3, "square": 9}


def test_a_damaged_file_is_named(tmp_path):
    run(counting([]), output=tmp_path)
    rows = next(tmp_path.glob("*.rows.json"))
    rows.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"rows\.json cannot be read as JSON .*: delete it to start again"):
        run(counting([]), output=tmp_path)
    broken = tmp_path / "state.npz"
    for content in (b"", b"PK\x03\x04 not a zip file"):
        broken.write_bytes(content)
        with pytest.raises(InputError, match=r"checkpoint .*state\.npz is damaged .*: delete it"):
            Notebook(broken).load()


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})

    def half(temporary):
        temporary.write_text("{")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, half)
    with pytest.raises(ValueError):
        write_json(path, {"a": math.nan})
    assert json.loads(path.read_text()) == {"a": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_a_notebook_returns_what_was_saved_last(tmp_path):
    notebook = Notebook(tmp_path / "n.npz")
    assert notebook.load() is None
    notebook.save(x=np.arange(3.0), steps=7)
    notebook.save(x=np.arange(4.0), steps=8)
    kept = notebook.load()
    assert kept["x"].tolist() == [0.0, 1.0, 2.0, 3.0] and int(kept["steps"]) == 8
    notebook.discard()
    assert notebook.load() is None


def test_progress_goes_from_0_to_1_without_turning_back():
    told = []

    def measure(case, notebook):
        notebook.tell(0.5, "half")
        notebook.tell(7.0, "too much")
        return {"x": 1}

    experiment = counting([])
    experiment = Experiment(
        "p", "P", "c", experiment.cases, measure, lambda rows, size: Conclusion(Finding.DEPENDS, (), "")
    )
    run(experiment, progress=lambda fraction, text: told.append(fraction))
    assert told[0] == 0.0 and told[-1] == 1.0
    assert all(a <= b for a, b in itertools.pairwise(told))


def test_a_size_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match="'squares' has the sizes short, standard, but not large"):
        run(counting([]), Size.LARGE)


def test_an_unknown_experiment_is_refused_with_a_hint():
    with pytest.raises(InputError, match=r"no experiment 'conditionning': choose one of .*Did you mean 'conditioning'"):
        find("conditionning")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_row_of_the_table_is_an_experiment(name):
    experiment = find(name)
    assert experiment.name == name
    assert Size.SHORT in experiment.sizes
    for size in experiment.sizes:
        cases = experiment.cases(size, 0)
        texts = [json.dumps(case, sort_keys=True, allow_nan=False) for case in cases]
        assert 0 < len(cases) == len(set(texts))


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20).filter(lambda x: np.std(x) > 1e-6))
def test_the_interval_of_a_mean_is_students(values):
    effect = mean_effect("m", values)
    expected = scipy.stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=scipy.stats.sem(values))
    np.testing.assert_allclose((effect.low, effect.high), expected, rtol=1e-9, atol=1e-9)


def test_one_value_has_no_interval():
    with pytest.raises(InputError, match="at least two values, but m has 1"):
        mean_effect("m", [1.0])
    assert str(Effect("ratio", 2.0, 2.0, 2.0, level=0.0)) == "ratio: 2 (one run)"


@given(st.floats(-3, 3), st.floats(0.1, 10))
def test_the_exponent_of_a_power_is_found(p, c):
    sizes = np.array([1.0, 2.0, 5.0, 10.0])
    assert exponent(sizes, c * sizes**p) == pytest.approx(p, abs=1e-9)


def cli(capsys, *args):
    with pytest.raises(SystemExit) as stop:
        main(list(args))
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


def test_the_command_lists_experiments(capsys):
    code, out, _ = cli(capsys, "experiment")
    assert code == 0 and all(f"{name}: " in out for name in EXPERIMENTS)
    code, out, _ = cli(capsys, "experiment", "--json")
    assert [each["name"] for each in json.loads(out)] == list(EXPERIMENTS)


def test_the_command_writes_result_and_figure(capsys, tmp_path):
    code, out, err = cli(capsys, "experiment", "conditioning", "--short", "--output", str(tmp_path))
    assert code == 0
    assert "Verdict: supported." in out and "gradient_descent_exponent" in out
    assert "conditioning-short-0.png written" in err
    assert (tmp_path / "conditioning-short-0.png").read_bytes().startswith(b"\x89PNG")
    code, out, _ = cli(capsys, "experiment", "conditioning", "--short", "--output", str(tmp_path), "--json")
    assert json.loads(out) == json.loads((tmp_path / "conditioning-short-0.json").read_text(encoding="utf-8"))


def test_the_command_refuses_what_it_cannot_run(capsys):
    code, _, err = cli(capsys, "experiment", "conditioning", "--large")
    assert code == 2 and "has the sizes short, standard, but not large" in err
    code, _, err = cli(capsys, "experiment", "nothing")
    assert code == 2 and "There is no experiment 'nothing'" in err


def test_without_matplotlib_the_result_is_still_written(capsys, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    code, _, err = cli(capsys, "experiment", "conditioning", "--short", "--output", str(tmp_path))
    assert code == 0 and "no figure: Figures need Matplotlib: pip install 'hessmath[plot]'." in err
    assert [each.name for each in tmp_path.glob("*-0.json")] == ["conditioning-short-0.json"]
    with pytest.raises(MissingExtra):
        shown.figure(run(counting([])))


def test_the_bar_is_silent_when_nobody_looks(capsys):
    with progress.fraction_bar("x") as tell:
        tell(0.5, "half")
    assert capsys.readouterr() == ("", "")
