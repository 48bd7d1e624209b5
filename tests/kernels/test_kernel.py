"""Kernel: results, conversions, ``out=``, parameters, threads, lifetime, and every message."""

import ctypes
import gc
import subprocess
import sys
import threading

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError, WrongKind
from hessmath.kernels import cache, calling, compile_tapes
from hessmath.program import TapeBuilder, gradient, lower
from hessmath.program.arithmetic import exact, float64

x, y, a, b = sympy.symbols("x y a b", real=True)
ROSENBROCK = 100 * (y - x**2) ** 2 + (1 - x) ** 2
FORMULAS = {
    "rosenbrock": ROSENBROCK,
    "himmelblau": (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    "beale": sum((c - x * (1 - y**k)) ** 2 for k, c in ((1, sympy.Rational(3, 2)), (2, sympy.Rational(9, 4)))),
    "mixed": sympy.exp(-(x**2)) * sympy.sin(y) + sympy.log(1 + x**2) / (2 + sympy.cos(y)) + sympy.tanh(x * y),
    "piecewise": sympy.Piecewise((x**2 * y, x > y), (sympy.sqrt(1 + y**2), True)) + sympy.Abs(x - 3) + sympy.Max(x, y),
    "special": sympy.erf(x) + sympy.loggamma(2 + x**2) + sympy.atan2(y, 2 + x**2),
}


@pytest.fixture(scope="module")
def rosenbrock():
    return compile_tapes(lower(ROSENBROCK, [x, y]))


@pytest.fixture(scope="module")
def with_parameters():
    return compile_tapes(lower(a * (y - x**2) ** 2 + (b - x) ** 2, [x, y, a, b]), parameters=["a", "b"], name="g")


@pytest.fixture(scope="module")
def polar():
    return compile_tapes(lower([x * sympy.cos(y), x * sympy.sin(y), x * y], [x, y]), name="polar")


@pytest.fixture(params=["fast", "slow"])
def route(request, monkeypatch):
    """Both ways into the machine code: the emitted C function, and ctypes."""
    if request.param == "slow":
        monkeypatch.setattr(calling, "memory_is_as_expected", lambda: False)
    return request.param


@pytest.mark.parametrize("name", FORMULAS)
def test_a_kernel_agrees_with_sympys_own_derivatives(name, route, rng):
    f = FORMULAS[name]
    kernel = compile_tapes(lower(f, [x, y]))
    symbols = (x, y)
    for point in rng.standard_normal((5, 2)):
        at = dict(zip(symbols, map(sympy.Float, point), strict=True))
        v = rng.standard_normal(2)

        def value(expression, at=at):
            return float(expression.subs(at).evalf(30))

        H = np.array([[value(f.diff(p, q)) for q in symbols] for p in symbols])
        g = np.array([value(f.diff(p)) for p in symbols])
        np.testing.assert_allclose(kernel.f(point), value(f), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(kernel.gradient(point), g, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(kernel.hessian(point), H, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(kernel.hvp(point, v), H @ v, rtol=1e-10, atol=1e-10)
        both = kernel.value_and_gradient(point)
        assert both[0] == kernel.f(point)
        np.testing.assert_allclose(both[1], g, rtol=1e-11, atol=1e-11)


@settings(deadline=None, max_examples=60)
@given(st.tuples(st.integers(-8, 8), st.integers(-8, 8)), st.tuples(st.integers(-3, 3), st.integers(-3, 3)))
def test_at_small_integers_a_polynomial_kernel_is_exact(rosenbrock, point, v):
    tapes = {kind: rosenbrock.tape(kind) for kind in ("f", "gradient", "hessian", "hvp")}
    assert rosenbrock.f(point) == exact.run(tapes["f"], point)[0]
    assert rosenbrock.gradient(point).tolist() == exact.run(tapes["gradient"], point)
    assert rosenbrock.hessian(point).ravel().tolist() == exact.run(tapes["hessian"], point)
    assert rosenbrock.hvp(point, v).tolist() == exact.run(tapes["hvp"], [*point, *v])


def test_a_map_has_a_jacobian(polar, route):
    point = [2.0, 0.5]
    c, s = np.cos(0.5), np.sin(0.5)
    np.testing.assert_allclose(polar.f(point), [2 * c, 2 * s, 1.0])
    np.testing.assert_allclose(polar.jacobian(point), [[c, -2 * s], [s, 2 * c], [0.5, 2.0]])


def test_the_hessian_is_symmetric_bit_for_bit(rng):
    kernel = compile_tapes(lower(FORMULAS["mixed"], [x, y]))
    for point in rng.standard_normal((20, 2)):
        H = kernel.hessian(point)
        assert np.array_equal(H, H.T)


@pytest.mark.parametrize(
    "point",
    [
        [-1, 2],
        (-1, 2),
        np.array([-1, 2]),
        np.array([-1, 2], np.float32),
        np.array([[-1, 0], [2, 0]])[:, 0],
        [sympy.Integer(-1), sympy.Integer(2)],
        np.array([-1.0, 2.0]).astype(">f8"),
        range(-1, 3, 3),
    ],
    ids=["list", "tuple", "int", "float32", "strided", "sympy", "big-endian", "range"],
)
def test_anything_that_holds_real_numbers_is_converted(rosenbrock, point, route):
    assert rosenbrock.f(point) == 104.0
    assert rosenbrock.gradient(point).tolist() == [396.0, 200.0]
    assert rosenbrock.hvp(point, [1, 0]).tolist() == [402.0, 400.0]
    assert rosenbrock.value_and_gradient(point)[0] == 104.0


def test_arrays_that_the_fast_route_cannot_take_are_converted(rosenbrock):
    unaligned = np.frombuffer(b"\0" + np.array([-1.0, 2.0]).tobytes(), dtype=np.uint8)[1:].view(np.float64)
    subclass = np.array([-1.0, 2.0]).view(type("Sub", (np.ndarray,), {}))
    for point in (unaligned, subclass):
        assert rosenbrock.f(point) == 104.0


def test_out_is_written_and_returned(rosenbrock, polar, route):
    point = np.array([-1.0, 2.0])
    g, H = np.empty(2), np.empty((2, 2))
    assert rosenbrock.gradient(point, out=g) is g
    assert rosenbrock.hessian(point, out=H) is H
    assert g.tolist() == [396.0, 200.0]
    assert H.tolist() == [[402.0, 400.0], [400.0, 200.0]]
    assert rosenbrock.hvp(point, [0, 1], out=g) is g
    assert g.tolist() == [400.0, 200.0]
    value, same = rosenbrock.value_and_gradient(point, out=g)
    assert (value, same is g, g.tolist()) == (104.0, True, [396.0, 200.0])
    scalar = np.empty(())
    assert rosenbrock.f(point, out=scalar) is scalar
    assert scalar == 104.0
    m, J = np.empty(3), np.empty((3, 2))
    assert polar.f(point, out=m) is m
    assert polar.jacobian(point, out=J) is J


def test_out_may_share_memory_with_the_input(route):
    n = 6
    symbols = sympy.symbols(f"x:{n}")
    kernel = compile_tapes(lower(sum(symbols[i] * symbols[i - 1] for i in range(n)), symbols))
    point = np.arange(1.0, n + 1)
    expected = kernel.gradient(point)
    assert expected.tolist() == [8.0, 4.0, 6.0, 8.0, 10.0, 6.0]
    for shift in (0, 1, 2):
        buffer = np.zeros(n + 2)
        buffer[:n] = point
        assert kernel.gradient(buffer[:n], out=buffer[shift : shift + n]).tolist() == expected.tolist()
    v = np.ones(n)
    assert kernel.hvp(point, v, out=v).tolist() == kernel.hvp(point, np.ones(n)).tolist()


def test_out_may_have_another_layout(rosenbrock):
    H = np.empty((2, 2), order="F")
    assert rosenbrock.hessian([1.0, 2.0], out=H) is H
    assert np.array_equal(H, rosenbrock.hessian([1.0, 2.0]))


def test_nan_and_infinity_propagate_quietly(rosenbrock, route):
    assert np.isnan(rosenbrock.f([np.nan, 0.0]))
    assert rosenbrock.f([0.0, np.inf]) == np.inf
    assert np.isnan(rosenbrock.gradient([np.nan, 0.0])).all()
    kernel = compile_tapes(lower(sympy.log(x) + 1 / y, [x, y]))
    assert np.isnan(kernel.f([-1.0, 1.0]))
    assert kernel.f([1.0, 0.0]) == np.inf


def test_parameters_are_given_in_order_or_by_name(with_parameters, route):
    for values in ([100.0, 1.0], np.array([100.0, 1.0]), {"b": 1, "a": 100}):
        assert with_parameters.f([-1, 2], parameters=values) == 104.0
        assert with_parameters.gradient([-1, 2], parameters=values).tolist() == [396.0, 200.0]
        assert with_parameters.hvp([-1, 2], [1, 0], parameters=values).tolist() == [402.0, 400.0]
        assert with_parameters.hessian([-1, 2], parameters=values)[0, 0] == 402.0
        assert with_parameters.value_and_gradient([-1, 2], parameters=values)[0] == 104.0


def test_supplied_derivatives_are_used_and_nothing_is_made_before_it_is_needed():
    made = []

    def later(kind, tape):
        def make():
            made.append(kind)
            return tape

        return make

    f = lower(x * y, [x, y])
    swapped = lower([x, y], [x, y])  # not the gradient: shows that it is used as given
    kernel = compile_tapes(later("f", f), variables=["x", "y"], gradient=later("gradient", swapped))
    assert made == []
    assert kernel.f([2, 3]) == 6.0
    assert "gradient" not in made
    assert kernel.gradient([2, 3]).tolist() == [2.0, 3.0]
    assert "compiled: f, gradient" in repr(kernel)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda k: k.f([1, 2, 3]), InputError, r"x has length 3, but f takes 2 variables \(x, y\)\."),
        (lambda k: k.gradient(np.ones(1)), InputError, r"x has length 1, but f takes 2 variables \(x, y\)\."),
        (lambda k: k.hessian(1.0), InputError, r"x is a single number, but f takes 2 variables \(x, y\) as one vector"),
        (lambda k: k.f(np.ones((2, 1))), InputError, r"x is an array of shape \(2, 1\), but f takes 2 variables"),
        (lambda k: k.hvp([1, 2], [1]), InputError, r"v has length 1, but f takes 2 variables \(x, y\)\."),
        (lambda k: k.f([1j, 2]), InputError, "x must hold real numbers, but holds complex numbers"),
        (lambda k: k.f(["1", "2"]), InputError, "x must hold real numbers, but holds text"),
        (lambda k: k.f([None, {}]), InputError, r"x must hold real numbers, but holds objects \(object\)"),
        (lambda k: k.f([[1], [1, 2]]), InputError, "x must be one row of real numbers, but its entries have different"),
        (lambda k: k.f([1, 2], parameters=[1]), InputError, "f has no parameters, but parameters= was given"),
        (lambda k: k.gradient([1, 2], out=np.empty(3)), InputError, r"out has shape \(3,\), but the result of f has"),
        (
            lambda k: k.gradient([1, 2], out=[0, 0]),
            InputError,
            r"out must be a float64 array of shape \(2,\), but is a li",
        ),
        (lambda k: k.gradient([1, 2], out=np.empty(2, int)), InputError, "out must be a float64 array .* of int64"),
        (lambda k: k.gradient([1, 2], out=np.broadcast_to(1.0, 2)), InputError, "out is read-only"),
        (
            lambda k: k.f([1, 2], out=np.empty(2)),
            InputError,
            r"out has shape \(2,\), but the result of f has shape \(\)",
        ),
        (lambda k: k.jacobian([1, 2]), WrongKind, "f is a scalar: use gradient"),
        (lambda k: k.address("taylor"), InputError, 'A kernel has f, gradient, .* but no "taylor"'),
    ],
)
def test_a_wrong_call_is_explained(rosenbrock, call, error, message, route):
    with pytest.raises(error, match=message):
        call(rosenbrock)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (None, r"g has 2 parameters \(a, b\): give their values as parameters="),
        ([1], r"parameters has length 1, but g takes 2 parameters \(a, b\)\."),
        ({"a": 1}, r"g has 2 parameters \(a, b\), but a value for b is missing"),
        ({"a": 1, "b": 2, "c": 3}, r"g has 2 parameters \(a, b\), but c is not one of them"),
    ],
)
def test_wrong_parameters_are_explained(with_parameters, parameters, message, route):
    with pytest.raises(InputError, match=message):
        with_parameters.gradient([1, 2], parameters=parameters)


@pytest.mark.parametrize("kind", ["gradient", "hessian", "value_and_gradient"])
def test_a_map_has_no(kind, polar):
    with pytest.raises(WrongKind, match=f"{kind} needs a scalar function, but polar is a map: use jacobian"):
        getattr(polar, kind)([1, 2])


def test_tapes_that_do_not_fit_are_refused():
    tape = lower(x * a, [x, a])
    with pytest.raises(InputError, match="The inputs of the tape are x, a, but must be a, x in this order"):
        compile_tapes(tape, variables=["a"], parameters=["x"])
    with pytest.raises(InputError, match="needs variables=: their names, in order"):
        compile_tapes(lambda: tape)
    with pytest.raises(InputError, match='but no "laplacian"'):
        compile_tapes(tape, laplacian=tape)
    with pytest.raises(InputError, match=r"The tape of gradient must give shape \(2,\), but gives 1 numbers"):
        compile_tapes(lower(x * y, [x, y]), gradient=lower([y], [x, y])).gradient([1, 2])
    with pytest.raises(
        InputError, match="The tape of value_and_gradient must give the value and 2 entries, but gives 2"
    ):
        compile_tapes(lower(x * y, [x, y]), value_and_gradient=lower([x, y], [x, y])).value_and_gradient([1, 2])
    with pytest.raises(InputError, match=r"f has values of shape \(1, 1, 1\)"):
        builder = TapeBuilder(["x"])
        compile_tapes(builder.build([0], (1, 1, 1))).f([1])


def test_matrices_and_empty_inputs_work(route):
    kernel = compile_tapes(lower(sympy.Matrix([[x, y, 0], [1, x * y, 2]]), [x, y]))
    assert kernel.f([2, 3]).tolist() == [[2.0, 3.0, 0.0], [1.0, 6.0, 2.0]]
    assert kernel.jacobian([2, 3]).tolist() == [[1, 0], [0, 1], [0, 0], [0, 0], [3, 2], [0, 0]]
    constant = compile_tapes(lower(sympy.Integer(5), []))
    assert constant.f([]) == 5.0
    assert constant.gradient([]).shape == (0,)
    assert constant.hessian([]).shape == (0, 0)


def test_the_address_follows_the_documented_signature(with_parameters):
    run = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_void_p] * 4)(with_parameters.address("value_and_gradient"))
    point, parameters, out = np.array([-1.0, 2.0]), np.array([100.0, 1.0]), np.empty(2)
    assert run(point.ctypes.data, None, parameters.ctypes.data, out.ctypes.data) == 104.0
    assert out.tolist() == [396.0, 200.0]


def test_machine_code_lives_as_long_as_something_can_call_it():
    call = compile_tapes(lower(x + 1, [x])).piece("f").call
    gc.collect()
    assert call(np.array([2.0])) == 3.0


def test_the_fast_entry_never_raises(rosenbrock):
    call = rosenbrock.piece("gradient").call
    x0, out = np.ones(2), np.empty(2)
    assert call(x0, out) == 0.0
    for wrong in ((), (x0,), (x0, out, out), (None, out), (x0, None), (x0, x0), ([1, 2], out), (x0, np.empty(3))):
        assert call(*wrong) is None


def test_where_memory_looks_different_every_call_takes_the_slow_route(monkeypatch):
    assert calling.memory_is_as_expected()
    monkeypatch.setattr(sys.implementation, "name", "pypy")
    assert not calling.memory_is_as_expected.__wrapped__()


def test_threads_may_share_a_kernel(rng):
    kernel = compile_tapes(lower(FORMULAS["mixed"], [x, y]))
    points = rng.standard_normal((50, 2))
    results = [None] * 8

    def work(k):
        results[k] = [(kernel.f(p), kernel.hessian(p).tolist(), kernel.hvp(p, p).tolist()) for p in points]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result == results[0] for result in results)


def test_a_long_kernel_lets_other_threads_run(monkeypatch):
    from hessmath.kernels import kernel as module

    monkeypatch.setattr(module, "RELEASE_FROM", 1)
    kernel = compile_tapes(lower(ROSENBROCK, [x, y]))
    assert kernel.piece("gradient").arguments.release
    assert kernel.gradient(np.array([-1.0, 2.0])).tolist() == [396.0, 200.0]


def test_a_large_gradient_agrees_with_the_reference(rng):
    n = 150
    symbols = sympy.symbols(f"x:{n}")
    tape = lower(
        sum(100 * (symbols[i + 1] - symbols[i] ** 2) ** 2 + (1 - symbols[i]) ** 2 for i in range(n - 1)), symbols
    )
    kernel = compile_tapes(tape)
    point = rng.standard_normal(n)
    assert kernel.piece("gradient").served.code.chunks > 1
    np.testing.assert_array_equal(kernel.gradient(point), float64.run(gradient(tape), point))
    H = kernel.hessian(point)
    np.testing.assert_allclose(kernel.hvp(point, point), H @ point, rtol=1e-10)


def test_a_damaged_cache_is_repaired_while_compiling(tmp_path, monkeypatch):
    monkeypatch.setenv("HESSMATH_CACHE_DIR", str(tmp_path / "damaged"))
    tape = lower(sympy.sin(x) * 7, [x])
    assert not compile_tapes(tape).piece("f").served.code.from_cache
    assert compile_tapes(tape).piece("f").served.code.from_cache
    for entry in cache.folder().glob("*.object"):
        entry.write_bytes(b"not an object")
    kernel = compile_tapes(tape)
    assert kernel.f([0.0]) == 0.0
    assert not kernel.piece("f").served.code.from_cache
    assert compile_tapes(tape).piece("f").served.code.from_cache


def test_an_entry_that_cannot_be_linked_is_built_again(tmp_path, monkeypatch):
    monkeypatch.setenv("HESSMATH_CACHE_DIR", str(tmp_path / "other"))
    tape = lower(sympy.cos(x) * 7, [x])
    compile_tapes(tape).f([0.0])
    for entry in cache.folder().glob("*.object"):
        cache._write(entry, b"a checksum that fits, but no machine code")
    kernel = compile_tapes(tape)
    assert kernel.f([0.0]) == 7.0
    assert not kernel.piece("f").served.code.from_cache


def test_plain_kernels_do_not_import_numba():
    script = (
        "import sys, sympy; from hessmath.kernels import compile_tapes; from hessmath.program import lower\n"
        "x = sympy.Symbol('x'); assert compile_tapes(lower(x**2, [x])).f([3]) == 9.0; assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
