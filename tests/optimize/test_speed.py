"""What makes prepared solvers fast changes nothing else: objects made by machine code, threads, large problems."""

import _thread
import gc
import sys
import threading
import time

import numpy as np
import pytest
import sympy
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.errors import InputError
from hessmath.kernels.array_bands import banded_hessian
from hessmath.kernels.object_call import object_call
from hessmath.optimize import GradientBelow, GradientDescent, Newton, NewtonCG, RegularisedNewton, Solution, Status
from hessmath.optimize import solver as solvers
from hessmath.optimize.stopping import StoppingTest

ROSENBROCK = hm.Function("100*(y - x**2)**2 + (1 - x)**2", "x y")


def chain():
    n, i = sympy.symbols("n i", integer=True)
    x = sympy.IndexedBase("x", shape=(n,))
    return hm.Function(sympy.Sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2, (i, 0, n - 2)), x)


def test_a_solution_made_by_machine_code_is_one_made_in_python():
    solve = hm.solver(ROSENBROCK, Newton())
    start = np.array([-1.2, 1.0])
    fast, careful = solve(start), solve._solve_carefully(start)
    assert solve._solve is not solve._solve_carefully
    assert type(fast) is type(careful) and isinstance(fast, Solution)
    assert fast == careful and repr(fast) == repr(careful)
    assert fast.x.flags.owndata and fast.x.flags.writeable and fast.gradient.flags.writeable
    assert solve(x0=start) == fast
    with pytest.raises(AttributeError):
        fast.x = start  # frozen, as every solution


def test_the_answers_of_a_solver_are_freed():
    solve = hm.solver(ROSENBROCK, Newton())
    start = np.array([-1.2, 1.0])
    references = sys.getrefcount(solve)
    many = [solve(start) for _ in range(1000)]
    assert sys.getrefcount(solve) == references + 1000
    del many
    gc.collect()
    assert sys.getrefcount(solve) == references
    for wrong in (np.array([np.nan, 1.0]), "text", None):
        with pytest.raises((InputError, TypeError)):
            solve(wrong)
    assert sys.getrefcount(solve) == references


def test_the_slow_route_is_taken_where_the_machine_code_does_not_serve():
    asked = []
    solve = hm.solver(ROSENBROCK, Newton())
    room = solve._room()
    call = object_call(
        solve._entry.address, 2, room.context.ctypes.data, solve._width, (1.0, 0.0), Solution, None, asked.append, room
    )
    for given in ([1.0, 2.0], np.zeros(3), np.zeros(2, np.float32), np.zeros((2, 1)), np.zeros(2)):
        assert call(given) is None
    assert len(asked) == 5  # the last because the run ended with 1, CONVERGED
    with pytest.raises(TypeError):
        call()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(threads):
    himmelblau = hm.Function("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", "x y")
    solve = hm.solver(himmelblau, Newton())
    starts = np.random.default_rng(1).uniform(-5, 5, (2003, 2))
    found = solve.many(starts, threads)
    assert all(found[i] == solve(starts[i]) for i in range(0, 2003, 97))
    assert_allclose(found.gradient_norm.max(), 0.0, atol=1e-8)
    assert solve.many(starts[:3], threads).x.tolist() == found.x[:3].tolist()


def test_a_run_of_a_large_problem_can_be_interrupted():
    f = chain()
    solve = hm.solver(f, GradientDescent(), dimension=50_000, max_steps=10**7, stop=GradientBelow(0.0))
    assert solve._cost >= solvers.WATCHED
    threading.Timer(0.5, _thread.interrupt_main).start()
    start = time.perf_counter()
    solution = solve(np.full(50_000, 0.5))
    assert time.perf_counter() - start < 20.0
    assert solution.status is Status.INTERRUPTED
    assert solution.steps > 0 and np.isfinite(solution.x).all()
    assert solution.value < hm.compile(f).f(np.full(50_000, 0.5))
    threading.Timer(0.5, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        solve.many(np.full((3, 50_000), 0.5), threads=2)


def test_an_interrupted_step_of_newton_cg_ends_early():
    solve = hm.solver(chain(), NewtonCG(cg_steps=10**9, forcing=1e-12), dimension=50_000, max_steps=10**6)
    threading.Timer(0.3, _thread.interrupt_main).start()
    solution = solve(np.random.default_rng(0).uniform(-1, 1, 50_000))
    assert solution.status in (Status.INTERRUPTED, Status.CONVERGED)


def test_a_function_of_arrays_is_solved_as_the_formula_written_out():
    f, n = chain(), 40
    written = f.expand(n=n)
    start = np.full(n, 0.5)
    for method in (RegularisedNewton(), NewtonCG()):
        ours, theirs = hm.solver(f, method, dimension=n)(start), hm.solver(written, method)(start)
        assert ours.status is theirs.status is Status.CONVERGED
        assert ours.steps == theirs.steps
        assert_allclose(ours.x, theirs.x, atol=1e-8)
    assert hm.solver(f, RegularisedNewton(), dimension=n).banded


@pytest.mark.parametrize("n", [4, 17, 3000])
def test_the_band_of_a_function_of_arrays_is_its_hessian(n):
    import ctypes

    kernel = hm.compile(chain())
    bands = banded_hessian(kernel, n)
    evaluate = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_void_p] * 4)(bands.address)
    for seed in range(3):
        x, out = np.random.default_rng(seed).standard_normal(n), np.full((2, n), np.nan)
        evaluate(x.ctypes.data, None, None, out.ctypes.data)
        H = kernel.sparse_hessian(x)
        assert_allclose(out[1], H.diagonal(), rtol=1e-14)
        assert_allclose(out[0, 1:], H.diagonal(1), rtol=1e-14)
    assert banded_hessian(hm.compile(hm.Function("(x @ x)**2", {"x": "n"})), 5) is None


def test_the_length_of_x_may_come_from_the_data():
    least = hm.Function("(A @ x - b).T @ (A @ x - b)", {"x": "n"}, parameters={"A": "m n", "b": "m"})
    A, b = np.array([[2.0, 1.0], [1.0, 3.0], [0.0, 1.0]]), np.array([1.0, 2.0, 0.0])
    solve = hm.solver(least, NewtonCG(), parameters={"A": A, "b": b})
    assert_allclose(solve(np.zeros(2)).x, np.linalg.lstsq(A, b)[0], atol=1e-7)
    with pytest.raises(InputError, match="n"):
        hm.solver(chain(), NewtonCG())
    with pytest.raises(InputError, match="given in their order"):
        hm.solver(ROSENBROCK, Newton(), parameters={"a": 1.0})


def test_minimize_runs_large_functions_of_arrays_in_machine_code(monkeypatch):
    f, start = chain(), np.full(3000, 0.5)
    python = hm.minimize(f, start, NewtonCG())
    monkeypatch.setattr(hm.api.solving, "COMPILED_FROM", 3000)
    compiled = hm.minimize(f, start, NewtonCG())
    assert type(compiled) is not type(python)
    assert compiled.status is python.status is Status.CONVERGED
    assert_allclose(compiled.x, python.x, atol=1e-6)
    assert len(hm.minimize(f, start, NewtonCG(), trace=True).trace) == python.steps + 1

    class Never(StoppingTest):
        def __call__(self, state):
            return None

    assert hm.minimize(f, start, NewtonCG(), stop=Never(), max_steps=2).steps == 2


def test_compiling_a_loop_is_announced_once(tmp_path, monkeypatch):
    from hessmath.optimize import compiled

    monkeypatch.setattr(compiled, "load", lambda name, text, folder: None)
    monkeypatch.setattr(compiled, "_LOADED", {})
    said = []
    with pytest.raises(AttributeError):  # there is no module behind it
        compiled.entry(Newton().numbers, compiled.Dense, tmp_path, said.append)
    assert said == ["Compiling the loop of this method, once on this machine: 5 to 20 seconds."]
