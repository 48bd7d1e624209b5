"""Patterns against dense Boolean matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError
from hessmath.program.pattern import Pattern


@st.composite
def masks(draw, symmetric=False):
    m = draw(st.integers(1, 9))
    n = m if symmetric else draw(st.integers(1, 9))
    rows = draw(st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=m, max_size=m))
    mask = np.array(rows, dtype=bool)
    return mask | mask.T if symmetric else mask


def band(n, lower, upper):
    i, j = np.indices((n, n))
    return (j - i <= upper) & (i - j <= lower)


def arrow(n, border, width, first=False):
    mask = band(n, width, width)
    edge = slice(0, border) if first else slice(n - border, n)
    mask[edge], mask[:, edge] = True, True
    return mask


def of(mask):
    return Pattern.of(*np.nonzero(mask), mask.shape)


@settings(deadline=None)
@given(masks(), st.randoms(use_true_random=False))
def test_a_pattern_is_the_same_whatever_the_order_and_however_often_an_entry_is_given(mask, random):
    entries = [tuple(e) for e in np.argwhere(mask).tolist()]
    shuffled = entries + entries[: random.randint(0, len(entries))]
    random.shuffle(shuffled)
    pattern = Pattern.of([i for i, _ in shuffled], [j for _, j in shuffled], mask.shape)
    assert pattern == of(mask) and hash(pattern) == hash(of(mask))
    assert list(zip(pattern.rows.tolist(), pattern.indices.tolist(), strict=True)) == entries
    assert pattern.nnz == mask.sum()
    data = np.arange(1.0, pattern.nnz + 1)
    dense = np.zeros(mask.shape)
    dense[mask] = data
    np.testing.assert_array_equal(pattern.matrix(data).toarray(), dense)
    np.testing.assert_array_equal(data[pattern.places(pattern.rows, pattern.indices)], data)


@settings(deadline=None)
@given(masks(symmetric=True))
def test_the_mirror_is_the_transposed_entry(mask):
    pattern = of(mask)
    assert pattern.is_symmetric
    np.testing.assert_array_equal(pattern.rows[pattern.mirror], pattern.indices)
    np.testing.assert_array_equal(pattern.indices[pattern.mirror], pattern.rows)


@settings(deadline=None)
@given(masks(symmetric=True))
def test_a_structure_holds_every_entry(mask):
    form = of(mask).structure
    n = len(mask)
    if form.name in ("diagonal", "banded"):
        assert not (mask & ~band(n, form.lower, form.upper)).any()
    elif form.name == "arrow":
        assert not (mask & ~arrow(n, form.border, form.lower, form.border_first)).any()


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.ones((4, 4), dtype=bool), "dense"),
        (np.eye(5, dtype=bool), "diagonal"),
        (np.eye(1, dtype=bool), "diagonal"),
        (np.zeros((3, 3), dtype=bool), "diagonal"),
        (band(3, 1, 1), "banded (1, 1)"),
        (band(30, 2, 5), "banded (2, 5)"),
        (arrow(30, 1, 0), "arrow (1, 0)"),
        (arrow(30, 2, 3, first=True), "arrow (2, 3)"),
        (band(40, 1, 1) | np.fliplr(np.eye(40, dtype=bool) & (np.arange(40) % 39 == 0)), "arrow (1, 1)"),
        (np.eye(20, dtype=bool)[np.arange(20) * 7 % 20], "sparse"),
        (np.ones((10, 10), dtype=bool) & ~np.eye(10, dtype=bool), "dense"),
        (np.ones((2, 5), dtype=bool), "dense"),
        (np.arange(50).reshape(5, 10) % 3 == 0, "sparse"),
    ],
)
def test_the_structure_is_found(mask, words):
    assert str(of(mask).structure) == words


def test_a_border_says_on_which_side_it_is():
    assert of(arrow(30, 2, 1, first=True)).structure.border_first
    assert not of(arrow(30, 2, 1)).structure.border_first


def test_the_representation_says_size_and_form():
    assert repr(of(band(10, 1, 1))) == "<Pattern 10 × 10, 28 entries, banded (1, 1)>"


def test_wrong_coordinates_are_named():
    with pytest.raises(InputError, match="as many rows as columns, but got 2 rows and 1 columns"):
        Pattern.of([0, 1], [0], 2)
    with pytest.raises(InputError, match=r"of shape \(2, 2\) cannot have an entry in row 1 or column 2"):
        Pattern.of([0, 1], [0, 2], 2)
    with pytest.raises(InputError, match=r"does not store the entry \(0, 1\)"):
        of(np.eye(3, dtype=bool)).places([0, 0], [0, 1])
    with pytest.raises(InputError, match=r"does not store the entry \(2, 2\)"):
        of(np.zeros((3, 3), dtype=bool)).places([2], [2])
    with pytest.raises(InputError, match=r"Only a symmetric pattern .* 1 entries"):
        _ = Pattern.of([0], [1], 2).mirror
    with pytest.raises(InputError, match="needs indptr of length 3 that ends with 1"):
        Pattern(np.array([0, 1]), np.array([0]), (2, 2))
