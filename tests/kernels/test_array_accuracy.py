"""ArrayKernel.verify: indexed formulas within the bound of sums in any order, and wrong results caught."""

import numpy as np
import pytest
import sympy

from hessmath.errors import WrongKind
from hessmath.kernels.array_accuracy import AnyOrder
from hessmath.kernels.array_kernel import ArrayKernel
from hessmath.kernels.error_bound import Enclosure, Outcome
from hessmath.program import lower
from hessmath.program.arrays.building import ArrayBuilder
from hessmath.program.arrays.indexed import lower_indexed
from tests.indexed_formulas import FORMULAS, SMOOTH

EVERY = FORMULAS | SMOOTH


@pytest.mark.parametrize("name", EVERY)
def test_array_kernels_are_within_the_bound(name):
    kernel = ArrayKernel(name, lower_indexed(*EVERY[name]))
    report = kernel.verify(points=8, sizes=dict.fromkeys(kernel.program.size_names, 3), rng=1)
    assert report.ok, str(report)
    assert report.compared > 10
    assert {"f", "gradient", "hvp", "value_and_gradient"} <= set(report.errors)


def test_sums_in_any_order_have_a_larger_bound():
    names = sympy.symbols("x:4")
    tape = lower(sum(names), names)
    point = [1e16, 1.0, -1e16, 1.0]
    for computed in (0.0, 1.0, 2.0):  # what the orders of adding give
        assert AnyOrder(tape, point).judge(0, computed).error <= 4
    assert AnyOrder(tape, point).judge(0, 100.0).error > 4
    assert AnyOrder(tape, [1e308, -1e308, 1e308, 1e308]).judge(0, np.nan).outcome is not Outcome.DISAGREES
    small = [1.0, 2.0, 3.0, 4.0]
    assert AnyOrder(tape, small).judge(0, 10.0 + 2e-14).error < Enclosure(tape, small).judge(0, 10.0 + 2e-14).error


def test_a_wrong_result_is_caught(monkeypatch):
    kernel = ArrayKernel("pairs", lower_indexed(*FORMULAS["pairs"]))
    right = ArrayKernel.gradient
    monkeypatch.setattr(ArrayKernel, "gradient", lambda self, x: right(self, x) * (1 + 1e-12))
    report = kernel.verify(points=6, sizes=[{"n": 3}, {"n": 4}])
    assert not report.ok
    assert report.points == 12
    assert report.worst.kind == "gradient"


def test_overflow_on_the_way_is_told_apart():
    kernel = ArrayKernel("square", lower_indexed(*FORMULAS["square of a sum"]))
    report = kernel.verify(points=24, sizes={"n": 3}, rng=11)  # S I + 8 x xᵀ has 0·S off the diagonal
    assert report.ok
    assert report.overflow.kind == "hessian"
    assert np.isnan(report.overflow.computed)


def test_eliminations_are_refused():
    builder = ArrayBuilder()
    f = builder.build([builder.logdet(builder.input("A", [2, 2]))], ["A"])
    with pytest.raises(WrongKind, match="f contains a determinant, an inverse or a linear system: verify has no error"):
        ArrayKernel("f", f).verify()
