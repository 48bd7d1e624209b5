"""Student programs: honest ones are understood, attacks gain nothing, and the report says what was in force."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError
from hessmath.grading import sandbox
from hessmath.grading.code_tasks import CodeTask
from hessmath.grading.jail import filters
from hessmath.grading.sandbox import Failed, Limits, Returned, array, student
from tests.grading.attacks import CHANNEL, LOUD, PREAMBLE, QUIET

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="student programs are run on Linux")

TASK = CodeTask.from_dict({"task": "gradient", "function": "x**2*y", "variables": "x y", "samples": 3})
RIGHT = "def gradient(v):\n    return [2 * v[0] * v[1], v[0] ** 2]"
QUICK = Limits(seconds=4.0, call_seconds=0.4)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the key, one that stays empty, and a listening socket."""
    folder = tmp_path_factory.mktemp("grader")
    (folder / "key.toml").write_text("answer = [12.0, 4.0]")
    (folder / "canary").mkdir()
    (folder / "canary").chmod(0o777)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield folder, listening.getsockname()[1]


def _armed(text: str, folder: Path, port: int) -> str:
    clone = filters.REFUSED["clone"][platform.machine() == "aarch64"]
    names = {"SECRET": str(folder / "key.toml"), "CANARY": str(folder / "canary"), "PORT": port}
    constants = {**names, "OUTSIDE": os.getpid(), "CLONE": clone}
    return PREAMBLE + "".join(f"{name} = {value!r}\n" for name, value in constants.items()) + text


def _children() -> set[int]:
    return {
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and b"jail/child.py" in _command(entry)
    }


def _command(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


def _points(process: sandbox.Student, text: str) -> float:
    """The part of the points that a program gets; 0 when it cannot be loaded."""
    if process.load(text, ["gradient"]) is not None:
        return 0.0
    found = process.call("gradient", [array([2.0, 3.0])])
    return float(isinstance(found, Returned) and found.numbers == (12.0, 4.0))


@pytest.fixture(scope="module", params=sandbox.LEVELS)
def survivor(request):
    """A process at each level that works, for attacks which it survives."""
    if request.param not in sandbox.available():
        pytest.skip(f"the level {request.param} does not work here")
    with student(limits=Limits(seconds=120.0, call_seconds=3.0), level=request.param) as process:
        if len(process.isolation.measures) < 4 and request.param in ("user", "limits"):
            pytest.skip("the kernel has neither Landlock nor seccomp")
        yield process


@pytest.mark.parametrize("name", QUIET)
def test_an_attack_gains_nothing_at_any_level(name, survivor, place):
    folder, port = place
    assert survivor.load(RIGHT, ["gradient"]) is None  # the process still answers
    assert survivor.call("gradient", [array([3.0, 5.0])]).numbers == (30.0, 9.0)
    assert _points(survivor, _armed(QUIET[name], folder, port)) == 0.0
    assert (folder / "key.toml").read_text() == "answer = [12.0, 4.0]"
    assert not any((folder / "canary").iterdir())


@pytest.mark.parametrize("name", LOUD)
def test_an_attack_on_its_own_process_ends_at_once_and_gains_nothing(name, place):
    begun = time.monotonic()
    with student(limits=QUICK) as process:
        assert _points(process, _armed(LOUD[name], *place)) == 0.0
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("endless line", "size"),
        ("forged sizes", "forged"),
        ("forged NaN", "forged"),
        ("forged text for numbers", "forged"),
        ("forged grade with the token", "forged"),
        ("forged line", "forged"),
        ("nested line", "forged"),
        ("endless loop", "time"),
        ("crash", "ended"),
        ("huge array", "type"),
        ("nothing", "type"),
    ],
)
def test_a_failure_has_its_own_code(name, code, place):
    with student() as process:
        assert process.load(_armed({**QUIET, **LOUD}[name], *place), ["gradient"]) is None
        found = process.call("gradient", [array([2.0, 3.0])])
        assert isinstance(found, Failed) and found.code == code
        assert found.fatal is (code not in ("type", "error"))


def test_a_reply_that_was_prepared_in_an_earlier_call_is_noticed(place):
    line = "{'token': token(), 'shape': [], 'dtype': 'float64', 'numbers': [1.0], 'changed': []}"
    text = f"{CHANNEL}def f(x):\n    to_all(json.dumps({line}).encode() + b'\\n')\n    return x"
    with student() as process:
        assert process.load(PREAMBLE + text, ["f"]) is None
        assert process.call("f", [5.0]).numbers == (1.0,)  # its own call: as if it had returned 1
        assert process.call("f", [5.0]).code == "forged"


def test_the_attacks_would_win_without_the_sandbox(place):
    """The attacks on files, environment and processes are real: run plainly, each of these gets the points."""
    folder, port = place
    for name in ("read the key", "list the folder of the key", "read the list of users", "shell", "thread", "TCP"):
        program = _armed(QUIET[name], folder, port) + "\nassert gradient([2.0, 3.0]) == [12.0, 4.0]"
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
        assert run.returncode == 0, name


def test_no_process_is_left_behind():
    before = _children()
    with student(limits=QUICK) as process:
        assert _points(process, "def gradient(v):\n    while True:\n        pass") == 0.0
    deadline = time.monotonic() + 5
    while _children() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _children() - before


@pytest.mark.parametrize("level", sandbox.LEVELS)
def test_a_right_program_passes_at_every_level_that_works(level):
    if level not in sandbox.available():
        pytest.skip(f"the level {level} does not work here")
    found = TASK.judge(RIGHT, level=level)
    assert (found.correct, found.fraction, found.feedback) == (True, 1.0, ())
    assert found.isolation.level == level
    assert "limits on memory, time, files and processes" in found.isolation.measures


def test_the_report_names_the_isolation_that_was_in_force():
    with student() as process:
        assert process.isolation.level == sandbox.strongest() == sandbox.available()[0]
        assert str(process.isolation).startswith(f"{process.isolation.level} (")


def test_an_isolation_that_cannot_be_had_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setattr(sandbox, "_works", lambda level: level == "limits")
    with pytest.raises(InputError, match=r"^The isolation 'namespaces' is required .* the strongest here is 'limits'"):
        sandbox.strongest("namespaces")
    assert sandbox.strongest("limits") == "limits"
    with pytest.raises(InputError, match="levels are bubblewrap, namespaces, user, limits, not 'none'"):
        sandbox.strongest("none")


@pytest.mark.parametrize("level", ["bubblewrap", "namespaces", "user", "limits"])
def test_a_level_that_does_not_work_says_so(level, monkeypatch):
    monkeypatch.setattr(sandbox, "_interpreter", lambda: "/bin/false")
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    with (
        pytest.raises(InputError, match=f"The isolation '{level}' does not work on this machine: "),
        student(level=level),
    ):
        pass


def test_the_stronger_of_two_levels_is_required():
    assert sandbox.stronger("limits", "namespaces") == sandbox.stronger("namespaces", "limits") == "namespaces"
    assert sandbox.stronger("user", None) == "user"


@settings(deadline=None, max_examples=40)
@given(values=st.lists(st.floats(allow_nan=False), min_size=1, max_size=6))
def test_numbers_come_back_as_they_went(echo, values):
    found = echo.call("echo", [array([_sent(v) for v in values])])
    assert isinstance(found, Returned)
    assert np.array_equal(np.array(found.numbers), np.array(values))
    assert np.array_equal(np.signbit(found.numbers), np.signbit(values))


def _sent(value: float) -> float | str:
    return value if abs(value) < float("inf") else str(value)


@pytest.fixture(scope="module")
def echo():
    with student(limits=Limits(seconds=60)) as process:
        assert process.load("def echo(v):\n    return v\ndef kind(v):\n    return str(type(v))", ["echo"]) is None
        yield process


def test_arguments_come_in_the_layout_that_was_asked():
    text = """
import numpy as np
def look(v):
    if isinstance(v, list):
        return 9
    return [v.flags.c_contiguous, v.flags.f_contiguous, v.flags.writeable, v.dtype == np.int64]
"""
    with student() as process:
        assert process.load(text, ["look"]) is None
        matrix = [[1.0, 2.0], [3.0, 4.0]]
        seen = {
            layout: process.call("look", [array(matrix, layout=layout)]).numbers
            for layout in ("C", "fortran", "strided", "read-only", "list")
        }
        assert seen["C"] == (1, 0, 1, 0) and seen["fortran"] == (0, 1, 1, 0)
        assert seen["strided"] == (0, 0, 1, 0) and seen["read-only"] == (1, 0, 0, 0) and seen["list"] == (9,)
        assert process.call("look", [array([1, 2], dtype="int64")]).numbers[3] == 1


def test_after_a_fatal_failure_every_call_says_the_same():
    with student(limits=QUICK) as process:
        process.load("def f(x):\n    while True:\n        pass", ["f"])
        first = process.call("f", [1.0])
        assert first == Failed("The program ran for more than 0.4 seconds and was stopped.", True, "time")
        assert process.call("f", [1.0]) == first


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("def g(x):\n    return x", "The program does not define the function gradient."),
        ("def gradient(x:\n", "SyntaxError in line 1: '(' was never closed"),
        ("x = 1\nimport nothing_like_it", "ModuleNotFoundError in line 2: No module named 'nothing_like_it'"),
        ("import os\nos._exit(0)", "The program ended its process before it gave a result."),
    ],
)
def test_a_program_that_cannot_be_loaded_is_said_in_one_sentence(text, sentence):
    assert TASK.judge(text).feedback == (sentence,)


def test_the_error_of_a_call_names_the_line():
    found = TASK.judge("def gradient(v):\n    a = 1\n    return 1 / 0")
    assert found.feedback == ("gradient([2.0, 3.0]): ZeroDivisionError in line 3: division by zero",)


def test_a_user_namespace_is_made_without_root():
    """As root the namespaces are entered directly; here the way of everybody else, with the same child."""
    if "namespaces" not in sandbox.available() or os.geteuid() != 0:
        pytest.skip("needs root, to compare both ways")
    original = sandbox.os.geteuid
    try:
        sandbox.os.geteuid = lambda: 1000  # the grader then takes the unprivileged way
        with student(level="namespaces") as process:
            assert process.load("import os\ndef f():\n    return [os.getpid(), os.getuid()]", ["f"]) is None
            assert process.call("f", []).numbers[0] == 1
    finally:
        sandbox.os.geteuid = original


def test_the_filter_ends_in_allow_and_jumps_stay_inside():
    rows = filters.program("x86_64", 7)
    assert rows[-1] == (filters.RETURN, 0, 0, filters.ALLOW)
    for place, (code, yes, no, _) in enumerate(rows):
        if code in (filters.JUMP_EQUAL, filters.JUMP_GREATER_EQUAL):
            assert place + 1 + max(yes, no) < len(rows)
    assert filters.program("vax", 7) is None
