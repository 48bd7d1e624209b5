"""Kernels inside Numba-compiled code."""

import gc

import numba
import numpy as np
import pytest
import sympy

from hessmath.kernels import compile_tapes
from hessmath.program import lower

x, y, a = sympy.symbols("x y a")


@pytest.fixture(scope="module")
def kernel():
    return compile_tapes(lower(a * (y - x**2) ** 2 + (1 - x) ** 2, [x, y, a]), parameters=["a"])


@pytest.mark.parametrize("kind", ["f", "gradient", "hessian"])
def test_compiled_callers_get_what_python_gets(kernel, kind, rng):
    function = getattr(kernel.jit, kind)

    @numba.njit
    def twice(point, parameters):
        return function(2 * point, parameters)

    for point in rng.standard_normal((3, 2)):
        expected = getattr(kernel, kind)(2 * point, parameters=[3.0])
        assert np.array_equal(twice(point, np.array([3.0])), expected)


def test_the_product_and_the_pair_too(kernel):
    hvp, both = kernel.jit.hvp, kernel.jit.value_and_gradient

    @numba.njit
    def run(point, v, p):
        value, g = both(point, p)
        return value, g, hvp(point, v, p)

    point, v, p = np.array([0.5, 2.0]), np.array([1.0, -1.0]), np.array([3.0])
    value, g, Hv = run(point, v, p)
    assert value == kernel.f(point, parameters=p)
    assert g.tolist() == kernel.gradient(point, parameters=p).tolist()
    assert Hv.tolist() == kernel.hvp(point, v, parameters=p).tolist()


def test_out_is_written_and_other_layouts_are_converted(kernel):
    gradient = kernel.jit.gradient
    point, out = np.array([0.5, 2.0]), np.empty(2)
    returned = gradient(point, np.array([3.0]), out)
    assert np.shares_memory(returned, out)
    assert out.tolist() == kernel.gradient(point, parameters=[3]).tolist()
    strided = np.array([[2, 0], [1, 0]])[::-1, 0]
    assert gradient(strided, np.array([3])).tolist() == kernel.gradient([1, 2], parameters=[3]).tolist()


def test_a_map_gives_an_array_and_a_jacobian():
    polar = compile_tapes(lower([x * sympy.cos(y), x * sympy.sin(y), x], [x, y]))
    point = np.array([2.0, 0.5])
    assert np.array_equal(polar.jit.f(point), polar.f(point))
    assert np.array_equal(polar.jit.jacobian(point), polar.jacobian(point))


def test_wrong_lengths_raise_in_compiled_code(kernel):
    with pytest.raises(ValueError, match="x has the wrong length: f takes 2 variables"):
        kernel.jit.f(np.ones(3), np.ones(1))
    with pytest.raises(ValueError, match="parameters has the wrong length: f has 1 parameter"):
        kernel.jit.f(np.ones(2), np.ones(2))
    with pytest.raises(ValueError, match="parameters has the wrong length"):
        kernel.jit.f(np.ones(2))
    with pytest.raises(ValueError, match="v has the wrong length: f takes 2 variables"):
        kernel.jit.hvp(np.ones(2), np.ones(1), np.ones(1))
    with pytest.raises(ValueError, match=r"out has the wrong shape: the result of f has shape \(2,\)"):
        kernel.jit.gradient(np.ones(2), np.ones(1), np.ones(3))
    with pytest.raises(numba.errors.TypingError, match="out must be a C-contiguous float64 array"):
        kernel.jit.gradient(np.ones(2), np.ones(1), np.ones(2, np.float32))


def test_compiled_callers_outlive_the_kernel():
    function = compile_tapes(lower(x**2 + 17, [x])).jit.f

    def calling(function):
        @numba.njit
        def caller(point):
            return function(point)

        return caller

    caller = calling(function)
    assert caller(np.array([2.0])) == 21.0
    del function
    gc.collect()
    assert caller(np.array([3.0])) == 26.0


def test_numba_does_not_cache_addresses_on_disk(kernel, tmp_path, monkeypatch):
    # an address from this process would be wrong in the next one
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setitem(globals(), "SHARED", kernel.jit.f)
    caller = numba.njit(cache=True)(calls_the_shared_function)
    with pytest.warns(numba.errors.NumbaWarning, match="dynamic globals"):
        assert caller(np.ones(2), np.ones(1)) == 0.0
    assert not list(tmp_path.rglob("*.nbi"))


def calls_the_shared_function(point, parameters):
    return SHARED(point, parameters)  # noqa: F821
