"""The norm at the ends of the range of floats."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.linear import norm


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5), st.sampled_from([-1000, -500, 0, 500, 1000]))
def test_it_scales(entries, exponent):
    small = [math.ldexp(math.frexp(v)[0], 0) if v else 0.0 for v in entries]  # mantissas, so that scaling is exact
    expected = math.ldexp(math.hypot(*small), exponent)
    assert norm(np.ldexp(np.array(small), exponent)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("entries", "expected"), [([1.0, math.inf], math.inf), ([0.0, 0.0], 0.0), ([], 0.0)])
def test_ends(entries, expected):
    assert norm(np.array(entries)) == expected


def test_nan_stays_nan():
    assert math.isnan(norm(np.array([1.0, math.nan])))
    assert math.isnan(norm(np.array([math.inf, math.nan])))
