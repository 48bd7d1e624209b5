"""The entry without checks gives what the checked one gives."""

import gc

import numpy as np
import pytest
import sympy

from hessmath.kernels import calling, compile_tapes
from hessmath.program import lower

x, y, a = sympy.symbols("x y a")


@pytest.fixture(params=["built in", "through ctypes"])
def route(request, monkeypatch):
    if request.param == "through ctypes":
        monkeypatch.setattr(calling, "memory_is_as_expected", lambda: False)


def test_every_function_agrees_with_the_checked_one(route):
    kernel = compile_tapes(lower(a * sympy.exp(x * y) + y**3, [x, y, a]), parameters=["a"])
    point, v, p = np.array([0.3, -1.2]), np.array([2.0, 0.5]), np.array([1.7])
    u = kernel.unchecked
    assert u.f(point, p) == kernel.f(point, parameters=p)
    for kind, arguments in [("gradient", (point,)), ("hessian", (point,)), ("hvp", (point, v))]:
        expected = getattr(kernel, kind)(*arguments, parameters=p)
        out = np.empty_like(expected)
        assert getattr(u, kind)(*arguments, p, out) is None
        np.testing.assert_array_equal(out, expected)
    value, g = kernel.value_and_gradient(point, parameters=p)
    out = np.empty(2)
    assert u.value_and_gradient(point, p, out) == value
    np.testing.assert_array_equal(out, g)


def test_kernels_without_parameters_and_maps(route):
    kernel = compile_tapes(lower(x**2 * y, [x, y]))
    point, data = np.array([2.0, 3.0]), np.empty(3)
    assert kernel.unchecked.f(point) == 12.0
    kernel.unchecked.sparse_hessian(point, data)
    assert data.tolist() == [6.0, 4.0, 4.0]
    many = compile_tapes(lower([x * y, x + y, x], [x, y]))
    values, J = np.empty(3), np.empty((3, 2))
    assert many.unchecked.f(point, values) is None and values.tolist() == [6.0, 5.0, 2.0]
    many.unchecked.jacobian(point, J)
    assert J.tolist() == [[3, 2], [1, 1], [1, 0]]


def test_a_call_keeps_its_machine_code():
    f = compile_tapes(lower(x + 1, [x])).unchecked.f
    gc.collect()
    assert f(np.array([2.0])) == 3.0
