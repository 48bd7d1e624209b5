"""Each operation on vectors does the same as NumPy calls and as a loop; the loops run here as Python."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hessmath.linear import norm, norms, twofold, vectors

numbers = st.floats(-1e6, 1e6)
pairs = st.integers(1, 5).flatmap(lambda n: st.tuples(*[st.lists(numbers, min_size=n, max_size=n).map(np.array)] * 2))


@settings(deadline=None)
@given(pairs, numbers)
def test_loops_and_calls_agree(pair, alpha):
    x, p = pair
    one, other = np.empty_like(x), np.empty_like(x)
    for ours, loops, arguments in (
        (vectors.step_to, vectors._step_to, (x, alpha, p)),
        (vectors.scale_to, vectors._scale_to, (alpha, p)),
        (vectors.copy_to, vectors._copy_to, (x,)),
        (vectors.fill, vectors._fill, (alpha,)),
    ):
        ours(one, *arguments)
        loops(other, *arguments)
        assert one.tolist() == other.tolist()
    assert_allclose(vectors.dot(x, p), vectors._dot(x, p), atol=1e-3)
    assert vectors.largest(x) == vectors._largest(x)
    assert vectors.largest_entry(np.outer(x, p)) == vectors._largest_entry(np.outer(x, p))
    assert vectors.differ_in_last_digit(x, p) == vectors._differ_in_last_digit(x, p)
    assert vectors._differ_in_last_digit(x, np.nextafter(x, math.inf))
    assert_allclose(norm(x), norms._norm_by_loops(x), rtol=1e-14)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_found(bad):
    x = np.array([1.0, bad, 2.0])
    A = np.array([[1.0, 2.0], [bad, 3.0]])
    assert not vectors.all_finite(x) and not vectors._all_finite(x)
    assert not vectors.matrix_is_finite(A) and not vectors._matrix_is_finite(A)
    assert vectors._matrix_is_finite(np.eye(2)) and vectors._all_finite(np.ones(2))
    assert norms._norm_by_loops(x) == norm(x) or math.isnan(norm(x)) == math.isnan(norms._norm_by_loops(x))


@pytest.mark.parametrize("scale", [1e-200, 1e200, 0.0])
def test_the_norm_by_loops_neither_overflows_nor_vanishes(scale):
    with np.errstate(over="ignore", under="ignore"):
        assert norms._norm_by_loops(np.array([3.0, 4.0]) * scale) == pytest.approx(5.0 * scale)


def test_a_family_is_chosen_by_the_class_and_compiled_by_it():
    import numba

    from hessmath.optimize.line_search import ExactNumbers, FixedNumbers

    @twofold.family
    def length(rule): ...

    @length.of(FixedNumbers)
    def _(rule):
        return rule.size

    @length.of(ExactNumbers)
    def _(rule):
        return -1.0

    @twofold.twofold
    def twice(rule):
        return 2.0 * length(rule)

    twofold.enable()
    compiled = numba.njit(twice)
    for rule in (FixedNumbers(0.5), ExactNumbers()):
        assert compiled(rule) == twice(rule)
    with pytest.raises(KeyError):
        length(3.0)
