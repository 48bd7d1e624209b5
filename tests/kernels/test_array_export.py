"""Exported array kernels: they run without hessmath, test themselves, and compute what the kernels do."""

import os
import subprocess
import sys

import numpy as np
import pytest
import sympy

import hessmath as hm
from hessmath.cli import main
from hessmath.errors import InputError
from hessmath.kernels.array_export import module_text
from tests.indexed_formulas import FORMULAS, SMOOTH

RIDGE = "norm2(X @ b - y)**2 + lam * (b @ b)"
MATRICES = {
    "ridge": (RIDGE, {"b": "k"}, {"X": "m k", "y": "m", "lam": ""}),
    "logistic": ("sum(softplus(-y * (X @ b)))", {"b": "k"}, {"X": "m k", "y": "m"}),
    "logdet": ("log(det(S)) + trace(inv(S))", {"S": "k k"}, {}),
    "det": ("det(S)**2", {"S": "k k"}, {}),
    "solve": ("y @ inv(S) @ y + sum(inv(S) @ B)", {"S": "k k", "y": "k"}, {"B": "k m"}),
    "factorisation": ("normF(A - U @ V.T)**2", {"U": "m r", "V": "k r"}, {"A": "m k"}),
    "softmax": ("logsumexp(X @ b) - y @ softmax(X @ b)", {"b": "k"}, {"X": "m k", "y": "m"}),
    "network": (
        "sum((tanh(W2 @ tanh(W1 @ x + c) + d) - y)**2)",
        {"W1": "m k", "c": "m", "W2": "r m", "d": "r"},
        {"x": "k", "y": "r"},
    ),
}


def as_plain_python(text):
    """The module's functions without Numba: the same statements."""
    text = text.replace("import numba\n", "").replace('@numba.njit(cache=True, error_model="numpy")\n', "")
    space: dict = {"__name__": "exported"}
    exec(compile(text, "exported", "exec"), space)  # our own text, no word of it from outside
    return space


def run(path):
    """The module run by itself, in a Python that has no hessmath, SciPy or SymPy."""
    blocked = "for name in ('hessmath', 'scipy', 'sympy'): sys.modules[name] = None"
    code = f"import sys, runpy\n{blocked}\nrunpy.run_path({str(path)!r}, run_name='__main__')"
    env = {**os.environ, "NUMBA_CACHE_DIR": str(path.parent / "cache")}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)


def indexed_kernel(name):
    formula, variables, parameters = {**FORMULAS, **SMOOTH}[name]
    return hm.compile(hm.Function(formula, variables, parameters=parameters))


@pytest.mark.parametrize("name", [*FORMULAS, *SMOOTH])
def test_indexed_formulas_as_modules(name):
    kernel = indexed_kernel(name)
    try:
        text = module_text(kernel)
    except InputError:
        kernel = kernel.bind(sizes=dict.fromkeys(kernel.program.size_names, 3))
        text = module_text(kernel)
    space = as_plain_python(text)
    assert space["_CASES"]
    assert space["self_test"]() == []


@pytest.mark.parametrize("name", MATRICES)
def test_matrix_formulas_as_modules(name, rng):
    formula, variables, parameters = MATRICES[name]
    kernel = hm.compile(hm.Function(formula, variables, parameters=parameters))
    space = as_plain_python(module_text(kernel))
    assert space["_CASES"]
    assert space["self_test"]() == []
    sizes = {"m": 6, "k": 4, "r": 3}
    shapes = {each: tuple(sizes[s] for s in shape.split()) for each, shape in {**variables, **parameters}.items()}
    data = {each: rng.standard_normal(shapes[each]) for each in parameters}
    x = rng.standard_normal(sum(int(np.prod(shapes[each])) for each in variables))
    v = rng.standard_normal(len(x))
    bound, given = kernel.bind(data), tuple(data.values())
    for kind in ("f", "gradient", *(["hessian"] if kernel.has_whole_hessian else [])):
        np.testing.assert_allclose(space[kind](x, *given), getattr(bound, kind)(x), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(space["hvp"](x, v, *given), bound.hvp(x, v), rtol=1e-9, atol=1e-9)
    value, gradient = space["value_and_gradient"](x, *given)
    assert value == space["f"](x, *given) or np.isnan(value)
    np.testing.assert_array_equal(gradient, space["gradient"](x, *given))


@pytest.mark.parametrize("name", ["softmax", "solve"])
def test_a_module_runs_alone(name, tmp_path):
    formula, variables, parameters = MATRICES[name]
    path = hm.compile(hm.Function(formula, variables, parameters=parameters)).export(tmp_path / "kernel.py")
    done = run(path)
    assert (done.returncode, done.stdout.strip()) == (0, "3 points: all values as enclosed."), done.stderr


def test_a_module_with_running_products_runs_alone(tmp_path):
    done = run(indexed_kernel("product").export(tmp_path / "kernel.py"))
    assert (done.returncode, done.stdout.strip()) == (0, "3 points: all values as enclosed."), done.stderr


def test_a_wrong_number_is_found_by_the_test():
    text = module_text(indexed_kernel("chained Rosenbrock"))
    assert as_plain_python(text.replace("200.0", "201.0"))["self_test"]() != []


def test_wrong_arguments_are_explained(rng):
    space = as_plain_python(
        module_text(hm.compile(hm.Function(*MATRICES["ridge"][:2], parameters=MATRICES["ridge"][2])))
    )
    X, y = rng.standard_normal((5, 2)), rng.standard_normal(5)
    with pytest.raises(ValueError, match="y must have shape"):
        space["f"](np.ones(2), X, y[:3], 1.0)
    with pytest.raises(ValueError, match=r"x must have shape \(2,\), but has shape \(3,\)"):
        space["f"](np.ones(3), X, y, 1.0)
    with pytest.raises(ValueError, match="X must have 2 dimensions"):
        space["f"](np.ones(2), y, y, 1.0)
    with pytest.raises(ValueError, match="v must be a vector of 2 numbers"):
        space["hvp"](np.ones(2), np.ones(3), X, y, 1.0)


def test_entries_outside_an_array_are_refused():
    i, n, x = (
        sympy.Symbol("i", integer=True),
        sympy.Symbol("n", integer=True),
        sympy.IndexedBase("x", shape=(sympy.Symbol("n", integer=True),)),
    )
    kernel = hm.compile(hm.Function(sympy.Sum(x[i] ** 2, (i, 0, n - 1)) + x[5], [x]))
    space = as_plain_python(module_text(kernel))
    assert space["f"](np.arange(6.0)) == 60.0
    with pytest.raises(ValueError, match="uses entries outside an array"):
        space["f"](np.arange(3.0))


def test_a_size_that_follows_from_nothing_is_named():
    with pytest.raises(InputError, match="follow from nothing that an exported function is given: fix them"):
        module_text(indexed_kernel("products summed").bind(sizes={}))


def test_names_from_outside_stay_in_comments_and_strings():
    n = sympy.Symbol("n\nimport os", integer=True)
    i = sympy.Symbol("i", integer=True)
    x = sympy.IndexedBase("x\n__import__('os')", shape=(n,))
    text = module_text(hm.compile(hm.Function(sympy.Sum(x[i] ** 2, (i, 0, n - 1)), [x])))
    assert not [line for line in text.split("\n") if "os" in line.split("#")[0].replace("cos", "") and "import" in line]
    as_plain_python(text)


def test_the_command_takes_arrays(tmp_path, capsys):
    path = tmp_path / "ridge.py"
    with pytest.raises(SystemExit) as stop:
        main(["compile", RIDGE, "-o", str(path), "--variables", "b: k", "--parameters", "X: m k; y: m; lam:", "--json"])
    assert stop.value.code == 0
    assert '"parameters": [' in capsys.readouterr().out
    assert as_plain_python(path.read_text(encoding="utf-8"))["self_test"]() == []
