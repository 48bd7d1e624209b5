"""Exported modules: they run without hessmath, test themselves, and hold no code from outside."""

import os
import subprocess
import sys

import numpy as np
import pytest
import sympy

import hessmath as hm
from hessmath.cli import main
from hessmath.errors import InputError
from hessmath.kernels.export import module_text
from hessmath.program.arithmetic import float64

ROSENBROCK = "100*(y - x**2)**2 + (1 - x)**2"


def run(path):
    """The module run by itself, in a Python that has no hessmath."""
    code = f"import sys, runpy; sys.modules['hessmath'] = None; runpy.run_path({str(path)!r}, run_name='__main__')"
    env = {**os.environ, "NUMBA_CACHE_DIR": str(path.parent / "cache")}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)


def test_a_module_runs_alone_and_tests_itself(tmp_path):
    path = hm.compile(ROSENBROCK, "x y").export(tmp_path / "rosenbrock.py")
    done = run(path)
    assert (done.returncode, done.stdout.strip()) == (0, "3 points: all values as enclosed."), done.stderr
    text = path.read_text(encoding="utf-8")
    assert "hessmath" not in text.partition("import math")[2]


def test_a_wrong_number_in_a_module_is_found_by_its_test(tmp_path):
    path = hm.compile(ROSENBROCK, "x y").export(tmp_path / "rosenbrock.py")
    path.write_text(path.read_text(encoding="utf-8").replace("200.0", "201.0"), encoding="utf-8")
    done = run(path)
    assert done.returncode == 1
    assert "gradient at" in done.stdout


@pytest.mark.parametrize(
    ("formula", "options"),
    [
        ("a*x**2 + exp(-b*x)*sin(x)", {"variables": "x", "parameters": "a b"}),
        (["x*y", "x - y**3", "sqrt(x**2 + y**2)"], {"variables": "x y"}),
        ("Max(x, y)*Abs(x - 3) + Piecewise((x**2, x > 1), (x, True)) + log(1 + exp(x)) + Heaviside(y)", {}),
        ("tanh(x)/cosh(y) + atan2(x, y) + erf(x) + (x + 3)**y", {}),
        ("+".join(f"sin(x{i}*x{i + 1})**2*exp(-x{i})" for i in range(30)), {}),
    ],
    ids=["parameters", "map", "kinks", "functions", "pieces"],
)
def test_modules_compute_what_kernels_do(formula, options):
    kernel = hm.compile(hm.Function(formula, **options))
    text = module_text(kernel)
    # without Numba: the same statements as plain Python
    text = text.replace("import numba\n", "").replace('@numba.njit(cache=True, error_model="numpy")\n', "")
    space: dict = {"__name__": "exported"}
    exec(compile(text, "exported", "exec"), space)  # our own text, no word of it from outside
    assert space["self_test"]() == []
    x = np.linspace(0.3, 0.9, len(kernel.variables))
    p = np.linspace(0.5, 1.0, len(kernel.parameters))
    more = (p,) if len(p) else ()
    for kind in ("f", "jacobian") if isinstance(formula, list) else ("f", "gradient", "hessian"):
        expected = float64.run(kernel.tape(kind), [*x, *p])
        np.testing.assert_allclose(np.ravel(space[kind](x, *more)), expected, rtol=1e-11, atol=1e-12)
    with pytest.raises(ValueError, match="x must be a vector of"):
        space["f"](np.ones(99), *more)


def test_text_from_outside_stays_in_comments():
    evil = "x\n__import__('os').system('touch harmed')"
    names = [sympy.Symbol(evil, real=True), sympy.Symbol('"""', real=True)]
    text = module_text(hm.compile(hm.Function(names[0] * names[1] + 1, names)))
    lines = [line for line in text.split("\n") if "system" in line or '"""' in line]
    assert [line for line in lines if not line.startswith("#") and not line.strip().startswith('"""')] == []
    compile(text, "exported", "exec")


def test_the_text_depends_on_the_kernel_alone():
    assert module_text(hm.compile(ROSENBROCK, "x y")) == module_text(hm.compile(ROSENBROCK, "x y"))


def test_an_existing_file_is_kept(tmp_path):
    path = tmp_path / "kernel.py"
    path.write_text("precious", encoding="utf-8")
    kernel = hm.compile(ROSENBROCK, "x y")
    with pytest.raises(InputError, match=r"kernel\.py exists already: choose another name"):
        kernel.export(path)
    assert path.read_text(encoding="utf-8") == "precious"
    kernel.export(path, overwrite=True)
    assert list(tmp_path.iterdir()) == [path]


def test_what_numpy_does_not_have_is_not_exported():
    x = sympy.Symbol("x", real=True)
    with pytest.raises(InputError, match="uses besselj, which NumPy and Python's math do not have"):
        module_text(hm.compile(hm.Function(sympy.besselj(0, x), [x])))


def test_the_command_writes_a_module(tmp_path, capsys):
    path = tmp_path / "kernel.py"
    with pytest.raises(SystemExit) as stop:
        main(["compile", ROSENBROCK, "-o", str(path), "--json"])
    assert stop.value.code == 0
    assert '"f": 7' in capsys.readouterr().out
    assert "_hessian" in path.read_text(encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main(["compile", ROSENBROCK, "-o", str(path)])
    assert stop.value.code == 2
    assert "exists already" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        main(["compile", ROSENBROCK, "-o", str(path), "--force"])
    assert stop.value.code == 0
