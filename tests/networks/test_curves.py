"""The images against a slow reading of their definition in many digits, and laws that they obey."""

from __future__ import annotations

import builtins
import math
import sys
import types

import mpmath
import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError, MissingExtra
from hessmath.networks import curves, digits, pixel_entropy


def by_definition(i, size):
    """Image i (from 1) point by point, in 30 digits."""
    with mpmath.workdps(30):
        g = mpmath.findroot(lambda x: x**7 - x - 1, 1.1)
        margin = mpmath.mpf(6) * size / 28
        u = [mpmath.frac(mpmath.mpf(1) / 2 + i / g**d) for d in range(1, 7)]
        place = [margin + each * (size - 1 - 2 * margin) for each in u]
        image = [[mpmath.mpf(0)] * size for _ in range(size)]
        for k in range(60):
            t = (k + mpmath.mpf(1) / 2) / 60
            y, x = ((1 - t) ** 2 * place[a] + 2 * t * (1 - t) * place[a + 2] + t**2 * place[a + 4] for a in (0, 1))
            row, column = int(mpmath.floor(y)), int(mpmath.floor(x))
            for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
                weight = (1 - abs(y - row - down)) * (1 - abs(x - column - right))
                image[row + down][column + right] += mpmath.mpf("0.6") * weight
        return [float(min(value, 1)) for line in image for value in line]


@pytest.mark.parametrize(("i", "size"), [(1, 12), (2, 16), (7, 28), (500, 12)])
def test_an_image_is_what_its_definition_says(i, size):
    np.testing.assert_allclose(curves(i, size)[i - 1], by_definition(i, size), atol=1e-11)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 40), st.integers(4, 28), st.integers(1, 20))
def test_images_do_not_depend_on_how_many_are_made(count, size, more):
    images = curves(count, size)
    assert images.shape == (count, size**2)
    assert np.array_equal(curves(count + more, size)[:count], images)
    assert images.min() >= 0.0 and images.max() <= 1.0
    # Ink is conserved except where it is clipped.
    total = images.sum(axis=1)
    assert (total <= 36.0 + 1e-9).all()
    unclipped = (images < 1.0).all(axis=1)
    np.testing.assert_allclose(total[unclipped], 36.0, rtol=1e-12)


def test_curves_stay_off_the_edge():
    images = curves(200, 28).reshape(200, 28, 28)
    edge = np.ones((28, 28), dtype=bool)
    edge[5:23, 5:23] = False
    assert images[:, edge].max() == 0.0


def test_the_entropy_is_that_of_the_issue_and_of_scipy():
    images = curves(500, 12)
    assert pixel_entropy(images) == pytest.approx(2.27, abs=0.005)
    expected = (scipy.special.entr(images) + scipy.special.entr(1.0 - images)).sum() / 500
    assert pixel_entropy(images) == pytest.approx(expected, rel=1e-13)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=9))
def test_no_prediction_has_a_lower_cross_entropy_than_the_entropy(pixels):
    y = np.array([pixels])
    p = np.clip(y + 0.01 * np.arange(1, y.size + 1) / y.size, 1e-9, 1 - 1e-9)
    loss = -(y * np.log(p) + (1 - y) * np.log1p(-p)).sum()
    assert -1e-12 <= pixel_entropy(y) <= min(loss, y.size * math.log(2)) + 1e-12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: curves(0), "count must be at least 1, but is 0"),
        (lambda: curves(1, 3), "size must be at least 4, but is 3"),
        (lambda: curves(1.5), "count must be an integer, but is 1.5"),
        (lambda: pixel_entropy([[0.0, 2.0]]), r"Pixels must be in \[0, 1\], but they go from 0 to 2"),
        (lambda: pixel_entropy([[np.nan]]), "Pixels must be in"),
    ],
)
def test_what_cannot_be_used_is_said(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_digits_need_scikit_learn(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match="scikit-learn, which is not installed: pip install scikit-learn, or use"):
        digits()


def test_digits_are_scaled_to_the_unit_interval(monkeypatch):
    """With scikit-learn if it is there, else with a stand-in for its loader."""
    try:
        import sklearn.datasets  # noqa: F401
    except ImportError:
        data = types.SimpleNamespace(data=np.arange(17.0 * 64).reshape(-1, 64) % 17)
        module = types.ModuleType("sklearn.datasets")
        module.load_digits = lambda: data
        monkeypatch.setitem(sys.modules, "sklearn", types.ModuleType("sklearn"))
        monkeypatch.setitem(sys.modules, "sklearn.datasets", module)
    images = digits()
    assert images.shape[1] == 64 and images.min() == 0.0 and images.max() == 1.0
