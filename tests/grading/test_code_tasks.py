"""Coding exercises: right programs pass, each kind of mistake is said, the truth is compared with SymPy."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError
from hessmath.grading import Exercise, Verdict
from hessmath.grading.code_tasks import TASKS, CodeTask
from hessmath.grading.matrix_families import MATRICES
from hessmath.grading.reference_programs import reference_program

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="student programs are run on Linux")

FORMULA = "x**4 + x**2 + x*y + y**2 + exp(x)*sin(y)**2/5"
GRADIENT = CodeTask.from_dict({"task": "gradient", "function": "x**2*y", "variables": "x y", "samples": 3})


def _task(task: str, **fields: object) -> CodeTask:
    problem = {"function": FORMULA, "variables": "x y"} if task != "solve" else {}
    if task == "jacobian":
        problem = {"map": ["x*y", "x + log(y**2 + 1)", "3"], "variables": "x y"}
    return CodeTask.from_dict({"task": task, "samples": 4, **problem, **fields})


@pytest.mark.parametrize("name", TASKS)
def test_a_program_from_sympys_derivatives_passes(name):
    found = _task(name).judge(reference_program(_task(name)))
    assert (found.correct, found.feedback) == (True, ()) and found.tried > 5


@pytest.mark.parametrize("name", ["value", "gradient", "hvp", "newton_step", "minimise"])
def test_functions_of_separate_numbers_of_one_variable_pass(name):
    task = CodeTask.from_dict(
        {"task": name, "function": "x**2 + cos(x)/3", "variables": "x", "arguments": "scalars", "samples": 3}
    )
    assert task.judge(reference_program(task)).correct is True


@pytest.mark.parametrize("family", MATRICES)
def test_the_matrices_are_what_their_family_says(family):
    rng = np.random.default_rng(1)
    for n in (1, 2, 5, 8):
        A = MATRICES[family](rng, n)
        assert A.shape == (n, n) and np.linalg.cond(A) < 1e8
        if family in ("spd", "symmetric"):
            assert np.array_equal(A, A.T)
        if family == "spd":
            assert np.linalg.eigvalsh(A).min() > 0
        if family == "lower_triangular":
            assert np.array_equal(A, np.tril(A))


WRONG = {
    "a wrong entry": ("def gradient(v):\n    return [2*v[0]*v[1], v[0]]", r"gradient\(\[2.0, 3.0\]\) is not right"),
    "a wrong sign": ("def gradient(v):\n    return [-2*v[0]*v[1], -v[0]**2]", "is not right"),
    "the order": ("def gradient(v):\n    return [v[0]**2, 2*v[0]*v[1]]", "is not right"),
    "a row": (
        "def gradient(v):\n    return [[2*v[0]*v[1], v[0]**2]]",
        r"should have shape \(2,\), but has shape \(1, 2\)",
    ),
    "a number": ("def gradient(v):\n    return 2*v[0]*v[1]", r"should have shape \(2,\), but has shape \(\)"),
    "its argument overwritten": (
        "def gradient(v):\n    v[0], v[1] = 2*v[0]*v[1], v[0]**2\n    return v",
        "changes its argument; work on a copy",
    ),
    "integers kept": (
        "import numpy as np\ndef gradient(v):\n    g = np.zeros_like(v)\n    g[0] = 2*v[0]*v[1] + 1e-9\n"
        "    g[1] = v[0]**2 * 1.0000000001 - 0.5 * (g.dtype.kind == 'i')\n    return g",
        "for integers",
    ),
    "not a number": ("def gradient(v):\n    return [float('nan'), 1]", "is not finite"),
    "an error": ("def gradient(v):\n    return v.nothing", "AttributeError in line 2"),
    "nothing": ("def gradient(v):\n    2*v[0]*v[1]", "a value of type NoneType"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_program_is_refuted_and_told_why(name):
    program, sentence = WRONG[name]
    found = GRADIENT.judge(program)
    assert found.correct is False and found.fraction < 1
    assert len(found.feedback) == 1
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(found.feedback[0])


def test_where_a_wrong_program_differs_is_what_it_returned():
    found = GRADIENT.judge("def gradient(v):\n    return [2*v[0]*v[1], v[0]]")
    assert found.where == "gradient([2.0, 3.0]) returns [12.0, 2.0]"


def test_elimination_without_exchanging_rows_is_refuted():
    program = """
import numpy as np
def solve(A, b):
    A, b, n = np.array(A, float), np.array(b, float), len(b)
    for k in range(n):
        for i in range(k + 1, n):
            m = A[i, k] / A[k, k]
            A[i] -= m * A[k]
            b[i] -= m * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - A[i, i + 1:] @ x[i + 1:]) / A[i, i]
    return x
"""
    assert _task("solve").judge(program).correct is False
    assert _task("solve", matrices="spd").judge(program).correct is True


def test_a_minimiser_that_stops_at_a_saddle_or_early_is_refuted():
    saddle = {"task": "minimise", "function": "x**2 + y**4 - y**2", "variables": "x y", "samples": 2}
    newton = """
import numpy as np
def minimise(v):
    return np.zeros(2)
"""
    task = CodeTask.from_dict(saddle)
    assert task.judge(newton).correct is False
    assert task.judge(newton.replace("np.zeros(2)", "np.array([0.0, 0.5 ** 0.5])")).correct is True
    assert task.judge(newton.replace("np.zeros(2)", "np.array([0.0, 0.7])")).correct is False


def test_finite_differences_pass_only_with_the_tolerance_for_them():
    program = """
import numpy as np
def gradient(v):
    f = lambda v: v[0] ** 2 * v[1]
    e = np.eye(2) * 1e-4
    return [(f(v + d) - f(v)) / 1e-4 for d in e]
"""
    problem = {"task": "gradient", "function": "x**2*y", "variables": "x y", "samples": 5}
    assert CodeTask.from_dict(problem).judge(program).correct is False
    assert CodeTask.from_dict({**problem, "tolerance": 1e-3}).judge(program).correct is True


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(a=st.integers(-5, 5), b=st.integers(-5, 5), c=st.integers(-3, 3), wrong=st.integers(-2, 2))
def test_a_quadratic_gradient_is_right_exactly_when_sympy_says_so(a, b, c, wrong):
    x, y = sympy.symbols("x y")
    f = a * x**2 + b * x * y + c * y**3
    g = [sympy.diff(f, x) + wrong * y, sympy.diff(f, y)]
    task = CodeTask.from_dict({"task": "gradient", "function": str(f), "variables": "x y", "samples": 1})
    found = task.judge(f"def gradient(v):\n    x, y = v\n    return [{g[0]} + 0*x, {g[1]} + 0*x]")
    assert found.correct is (wrong == 0)


def test_points_outside_the_domain_are_not_asked():
    task = CodeTask.from_dict({"task": "value", "function": "log(x)", "variables": "x", "samples": 10})
    program = "import math\ndef value(v):\n    assert v[0] > 0\n    return math.log(v[0])"
    assert task.judge(program).correct is True
    nowhere = CodeTask.from_dict({"task": "value", "function": "log(-1 - x**2)", "variables": "x", "samples": 3})
    assert nowhere.judge(program).correct is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"task": "integral"}, "The task of a coding exercise is one of value, gradient"),
        ({"entry": "two words"}, "entry names the student's function, so it cannot be 'two words'"),
        ({"arguments": "list"}, "arguments is 'vector' for f\\(x\\) or 'scalars'"),
        ({"matrices": "magic"}, "matrices is one of general, symmetric"),
        ({"at": [[1]]}, r"The point \[1.0\] of at has not one number for each of"),
        ({"at": [["a", "b"]]}, "A point of at is a list of numbers"),
        ({"box": [2, 1]}, "box is two numbers, the smaller first"),
        ({"samples": 0}, "samples takes whole numbers from 1 to 1000, not 0"),
        ({"tolerance": -1}, "tolerance is a positive number, not -1"),
        ({"colour": 1}, "A coding exercise has no field 'colour'"),
        ({"function": ""}, 'needs "function"'),
    ],
)
def test_a_wrong_field_is_said(fields, sentence):
    with pytest.raises(InputError, match=sentence):
        CodeTask.from_dict({"task": "gradient", "function": "x*y", "variables": "x y", **fields})


EXERCISE = {"id": "p", "kind": "code", "task": "gradient", "function": "x**2*y", "variables": "x y", "points": 4}


def test_as_an_exercise_a_right_program_is_only_sampled_and_the_isolation_is_named():
    grade = Exercise.from_dict(EXERCISE).grade("def gradient(v):\n    return [2*v[0]*v[1], v[0]**2]")
    assert (grade.verdict, grade.correct, grade.score) == (Verdict.SAMPLED, True, 4.0)
    assert any(line.startswith("The program ran under ") for line in grade.feedback)


def test_as_an_exercise_a_wrong_program_is_refuted_with_its_call():
    grade = Exercise.from_dict(EXERCISE).grade("def gradient(v):\n    return [2*v[0]*v[1], v[0]]")
    assert (grade.verdict, grade.score) == (Verdict.WRONG, 0.0)
    assert grade.where == {"call": "gradient([2.0, 3.0]) returns [12.0, 2.0]"}


def test_an_answer_that_is_no_text_costs_no_attempt():
    exercise = Exercise.from_dict(EXERCISE)
    assert exercise.grade([1, 2]).error == "The answer must be the text of a program, but this is list."
    assert exercise.grade("#" * 200_000).error == "A program has at most 100,000 characters, but this has 200,000."


def test_an_unknown_isolation_in_an_exercise_is_said():
    with pytest.raises(InputError, match=r"isolation levels are bubblewrap, .*, not 'strong'"):
        _ = Exercise.from_dict({**EXERCISE, "isolation": "strong"}).truth
