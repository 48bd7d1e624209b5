"""Classes: the workers' grades are those of one process, one answer never stops the rest, results are kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hessmath.errors import InputError
from hessmath.grading import Assignment, results, running, workers
from hessmath.grading.grade import Verdict
from hessmath.grading.running import Result, Settings, grade_class
from hessmath.grading.submissions import Submission
from hessmath.grading.workers import Pool

ROOT = Path(__file__).resolve().parents[2]
SHEET = Assignment.from_dict(
    {
        "title": "Sheet <1>",
        "exercise": [
            {"id": "1", "kind": "expression", "variables": "x", "answer": "x*x + 1", "points": 2},
            {"id": "2", "kind": "expression", "variables": "x", "answer": "2*x", "points": 1},
            {"id": "3", "kind": "expression", "variables": "x", "answer": "x**3", "points": 1},
        ],
    }
)
CLASS = [
    Submission("alice", {"1": "1 + x**2", "2": "x + x", "3": "x*x*x"}, digest="a"),
    Submission("bob", {"1": "x**2 - 1", "2": "2*x", "3": "x**"}, ("bob.toml: something",), digest="b"),
    Submission("carol", {}, digest="c"),
]


def _alone(submission: Submission) -> list[dict[str, object]]:
    return [grade.to_dict() for grade in SHEET.grade(submission.answers)]


@pytest.fixture(scope="module")
def pool():
    with Pool(2, seconds=30) as opened:
        yield opened


@pytest.fixture(scope="module")
def slow():
    """A pool whose workers hang, eat memory and die on request."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "WORKER", "tests.grading.slow_worker")
        opened = Pool(2, seconds=2.0, memory=2 << 30)
    with opened:
        yield opened


def _in(pool: Pool, submissions: list[Submission]) -> dict[str, Result]:
    settings = Settings()
    data = running.prepared(SHEET, settings)
    return {result.student: result for result in running._in_pool(pool, SHEET, data, submissions, settings)}


def test_the_workers_grades_are_those_of_this_process(pool):
    found = _in(pool, CLASS)
    for submission in CLASS:
        assert [grade.to_dict() for grade in found[submission.student].grades] == _alone(submission)
    assert found["alice"].score == found["alice"].points == 4.0
    assert found["bob"].problems == ("bob.toml: something",)


def test_the_same_answers_give_the_same_bytes(pool):
    again = [_in(pool, order) for order in (CLASS, CLASS[::-1], CLASS)]
    assert len({results.as_json({name: found[name].to_dict() for name in sorted(found)}) for found in again}) == 1


@given(
    texts=st.lists(st.sampled_from(["x*x + 1", "x", "", "(", "2*x", "x**2 + 1", "1/0", "0"]), min_size=3, max_size=3)
)
def test_any_answers_are_graded_alike_in_a_worker(pool, texts):
    answers = dict(zip("123", texts, strict=True))
    outcome = pool.grade({"assignment": SHEET.to_dict(), "student": "", "answers": answers})
    assert list(outcome.grades) == [grade.to_dict() for grade in SHEET.grade(answers)]


def test_answers_that_run_over_are_set_aside_and_the_rest_is_graded(slow):
    found = _in(
        slow,
        [
            Submission("hangs", {"1": "1 + x**2", "2": "hang", "3": "x**3"}),
            Submission("eats", {"1": "eat", "2": "2*x", "3": "x"}),
            Submission("dies", {"1": "x", "2": "2*x", "3": "die"}),
            Submission("breaks", {"1": "break", "2": "2*x", "3": "x**3"}),
            Submission("all", {"1": "hang", "2": "die", "3": "x**3"}),
            *CLASS,
        ],
    )
    undecided = {name: [grade.exercise for grade in result.undecided] for name, result in found.items()}
    assert undecided == {
        "hangs": ["2"], "eats": ["1"], "dies": ["3"], "breaks": ["1"], "all": ["1", "2"],
        "alice": [], "bob": [], "carol": [],
    }  # fmt: skip
    assert {name: result.score for name, result in found.items()} == {
        "hangs": 3.0, "eats": 1.0, "dies": 1.0, "breaks": 2.0, "all": 1.0, "alice": 4.0, "bob": 1.0, "carol": 0.0,
    }  # fmt: skip
    said = found["hangs"].undecided[0].feedback
    assert said == (
        "This answer could not be judged automatically (stopped after 2 seconds); somebody will look at it.",
    )
    assert {name for name, result in found.items() if result.ran_over} == {"hangs", "eats", "dies", "breaks", "all"}
    assert "memory" in found["eats"].undecided[0].feedback[0]
    assert "KeyError" in found["breaks"].undecided[0].feedback[0]


def test_after_several_that_ran_over_the_rest_of_that_submission_is_not_tried(slow, monkeypatch):
    monkeypatch.setattr(running, "MOST_SET_ASIDE", 1)
    (found,) = _in(slow, [Submission("eve", {"1": "die", "2": "die", "3": "x**3"})]).values()
    assert [grade.verdict for grade in found.grades] == [Verdict.UNDECIDED] * 3
    assert "not tried" in found.grades[2].feedback[0]


def test_a_pool_leaves_no_process_behind():
    with Pool(1) as pool:
        pool.grade({"exercise": SHEET.exercises[0].to_dict(), "answer": "x"})
        ids = [worker._process.pid for worker in pool._workers]
    for number in ids:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def test_a_worker_that_died_while_idle_is_replaced(slow):
    task = {"exercise": SHEET.exercises[0].to_dict(), "answer": "x*x + 1"}
    assert slow.grade(task).grades[0]["correct"] is True
    for worker in slow._workers:
        worker._process.kill()
        worker._process.wait()
    assert slow.grade(task).grades[0]["correct"] is True


def test_a_run_that_is_given_up_does_not_spoil_the_next(slow):
    task = {"exercise": SHEET.exercises[0].to_dict(), "answer": "x*x + 1"}
    run = slow.run([task, {**task, "answer": "hang"}])
    assert next(run)[1].grades[0]["correct"] is True
    run.close()
    assert slow.grade(task).grades[0]["correct"] is True


def test_any_executor_works():
    with ThreadPoolExecutor(2) as executor:
        found = {result.student: result for result in grade_class(SHEET, CLASS, executor=executor)}
    for submission in CLASS:
        assert [grade.to_dict() for grade in found[submission.student].grades] == _alone(submission)
    assert found["alice"].fingerprint == running.fingerprint(SHEET, CLASS[0], Settings())


def test_a_dask_cluster_works():
    distributed = pytest.importorskip("distributed", reason="needs dask.distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor(pure=False)
        found = {result.student: result for result in grade_class(SHEET, CLASS, executor=executor)}
    for submission in CLASS:
        assert [grade.to_dict() for grade in found[submission.student].grades] == _alone(submission)


def test_an_assignment_that_cannot_be_solved_is_refused(pool):
    broken = Assignment.from_dict({"exercise": [{"id": "1", "kind": "expression", "variables": "x", "answer": "x*("}]})
    with pytest.raises(InputError, match=r"^The assignment cannot be used: "):
        list(running._in_pool(pool, broken, running.prepared(broken, Settings()), CLASS, Settings()))


def test_a_submission_whose_worker_was_gone_is_tried_once_more():
    attempt = running._Attempt(CLASS[0], {})
    gone = workers.Outcome(problem="the worker used up its memory or broke down", over=True)
    again = running._following(attempt, gone)
    assert again is not None and again.submission == CLASS[0] and again.aside == {}
    assert running._following(again, gone) is None


def test_a_pool_checks_its_limits():
    with pytest.raises(InputError, match=r"at least one worker, .* size = 0, seconds = 2.0"):
        Pool(0)
    with pytest.raises(InputError, match="not open: use it as `with Pool"):
        list(Pool(1).run([]))


def test_an_assignment_passes_through_its_tables_unchanged():
    sheet = Assignment.from_dict(
        {
            "title": "T",
            "seed": "s",
            "intro": "Hello",
            "total": 3,
            "options": {"domain": "positive"},
            "exercise": [
                {"id": "a", "kind": "expression", "variables": "x", "answer": "x", "points": 2, "prompt": "?"},
                {"id": "b", "kind": "expression", "variables": ["x"], "depends": {"answer": "a"}, "reveal": "verdict"},
                {"id": "c", "kind": "code", "task": "value", "function": "x", "variables": "x", "samples": 2},
            ],
        }
    )
    assert Assignment.from_dict(json.loads(json.dumps(sheet.to_dict()))) == sheet
    assert running.sheet(sheet).code == ("c",)


# --- results on disk


def _results() -> list[Result]:
    return [
        Result(each.student, tuple(SHEET.grade(each.answers)), each.problems, each.answers, each.digest)
        for each in CLASS
    ]


def test_a_result_is_read_back_only_for_its_fingerprint(tmp_path):
    for result in _results():
        results.write_result(tmp_path, result)
        assert results.read_result(tmp_path, result.student, result.fingerprint) == result
        assert results.read_result(tmp_path, result.student, "other") is None
    (tmp_path / "students" / "bob.json").write_text('{"fingerprint": "b"')
    assert results.read_result(tmp_path, "bob", "b") is None


def test_the_fingerprint_changes_with_everything_that_matters():
    one = running.fingerprint(SHEET, CLASS[0], Settings())
    other = Assignment.from_dict({**SHEET.to_dict(), "title": "other"})
    assert one == running.fingerprint(SHEET, CLASS[0], Settings(seconds=9))
    assert one != running.fingerprint(other, CLASS[0], Settings())
    assert one != running.fingerprint(SHEET, CLASS[1], Settings())
    assert one != running.fingerprint(SHEET, CLASS[0], Settings(isolation="limits"))


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    results.write_text(path, "old")

    def refuse(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results.os, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        results.write_text(path, "new")
    assert path.read_text() == "old" and [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_the_summary_counts_what_the_grades_say():
    found = results.summary(SHEET, _results())
    assert (found.students, found.mean, found.median, found.points) == (3, round(5 / 3, 4), 1.0, 4.0)
    parts = {each.exercise: each.part for each in found.hardest}
    assert parts == {"1": round(1 / 3, 4), "2": round(2 / 3, 4), "3": round(1 / 3, 4)}
    assert [each.part for each in found.hardest] == sorted(parts.values())
    slips = [grade.diagnosis for result in _results() for grade in result.grades if grade.diagnosis]
    assert dict(found.slips) == {name: slips.count(name) for name in slips}
    assert found.problems == (("bob", "bob.toml: something"),)
    assert found == results.summary(SHEET, _results()[::-1])
    json.dumps(found.to_dict(), allow_nan=False)


def test_the_class_table_cannot_start_a_formula(tmp_path):
    evil = Result("=cmd()", tuple(SHEET.grade({})), ("@x",))
    results.write_class(tmp_path, SHEET, [*_results(), evil])
    lines = (tmp_path / "class.csv").read_text().splitlines()
    assert lines[0] == "student,score,points,undecided,1,2,3,problems"
    assert lines[1] == "'=cmd(),0,4,0,0,0,0,'@x"
    assert lines[2] == "alice,4,4,0,2,1,1,"


def test_a_name_that_is_no_file_name_is_refused(tmp_path):
    for name in ("", "..", "a/b", "a\0b"):
        with pytest.raises(InputError, match="cannot be the name of a file of results"):
            results.write_result(tmp_path, Result(name, ()))


def test_interrupting_a_run_keeps_what_is_done_and_leaves_no_process(tmp_path):
    sheet = tmp_path / "sheet.toml"
    sheet.write_text(
        'title = "Loops"\n[[exercise]]\nid = "1"\nkind = "code"\ntask = "gradient"\nfunction = "x**2"\n'
        'variables = "x"\nseconds = 60\n'
    )
    (tmp_path / "temporary").mkdir()
    answers = tmp_path / "answers"
    answers.mkdir()
    (answers / "a.py").write_text("def gradient(v):\n    return [2 * v[0]]")
    for name in "bcdefgh":
        (answers / f"{name}.py").write_text("def gradient(v):\n    while True:\n        pass")
    command = [sys.executable, "-m", "hessmath", "grade", str(sheet), str(answers), "-o", str(tmp_path / "out")]
    run = subprocess.Popen(
        [*command, "--jobs", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "temporary")},
    )
    done = tmp_path / "out" / "students" / "a.html"
    deadline = time.monotonic() + 60
    while not done.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    mine = _descendants(run.pid)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130
    assert b"interrupted after" in errors and b"run it again to go on" in errors
    assert not any((tmp_path / "temporary").iterdir())
    assert mine and not [number for number in mine if _runs(number)]
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["students"] >= 1


def _descendants(parent: int) -> list[int]:
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    except OSError:
        return []
    return [number for child in map(int, children) for number in (child, *_descendants(child))]


def _runs(number: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return False
        except OSError:
            return False
        time.sleep(0.05)
    return True
