"""The command line: one line for each certificate, exit codes, and nothing imported but the kernel."""

import json
import subprocess
import sys

import pytest
from kernel_gallery import ACCEPTED, FALSE_CLAIMS

from hessmath.verify.kernel.__main__ import main

GOOD, BAD = ACCEPTED["trace of a product"], FALSE_CLAIMS["AB = BA"]


@pytest.fixture
def write(tmp_path):
    def write(content, name="cert.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


def test_each_certificate_gets_its_line(write, capsys):
    assert main([write(GOOD), write([GOOD, GOOD], "two.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["accepted: proved (all sizes): for all A (n, m), B (m, n): trace(A @ B) == trace(B @ A)"] * 3


def test_a_rejected_certificate_makes_the_exit_code_one(write, capsys):
    assert main([write([BAD, GOOD])]) == 1
    out = capsys.readouterr().out
    assert out.startswith("rejected: A @ B - B @ A is not the sum of the 0 given terms") and "accepted" in out


UNUSABLE = {
    "not JSON": "hello",
    "a key twice": '{"format": "hessmath-certificate-1", "format": "hessmath-certificate-1"}',
    "a float": '{"format": 1.5}',
    "nan": '{"format": NaN}',
    "nothing": "[]",
    "deep": "[" * 200_000,
    "a huge integer": "9" * 10_000,
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_makes_the_exit_code_two(name, write, capsys):
    assert main([write(UNUSABLE[name])]) == 2
    assert capsys.readouterr().err.startswith("cannot use")


def test_a_missing_file_and_no_file_are_unusable(write, capsys, monkeypatch):
    assert main(["/nowhere/cert.json"]) == 2
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
    monkeypatch.setattr("hessmath.verify.kernel.__main__.MAX_BYTES", 10)
    assert main([write(GOOD), "/nowhere"]) == 2


def test_the_process_loads_neither_sympy_nor_numpy_nor_the_search(write):
    code = (
        "import sys, runpy; sys.argv = ['kernel', sys.argv[1]]\n"
        "try: runpy.run_module('hessmath.verify.kernel', run_name='__main__')\n"
        "except SystemExit as end: print('exit', end.code)\n"
        "heavy = ('sympy', 'numpy', 'numba', 'flint', 'lark', 'scipy', 'mpmath', 'hessmath')\n"
        "print(*sorted(m for m in sys.modules if m.split('.')[0] in heavy))"
    )
    run = subprocess.run([sys.executable, "-c", code, write(GOOD)], capture_output=True, text=True, check=True)
    _, ending, modules = run.stdout.splitlines()
    assert ending == "exit 0"
    assert all(m in ("hessmath", "hessmath.verify") or m.startswith("hessmath.verify.kernel") for m in modules.split())
