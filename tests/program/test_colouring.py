"""Colourings recover what they compress, and what they promise about paths is checked on the graph."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError
from hessmath.program import colouring as module
from hessmath.program.colouring import column_colouring, star_colouring
from hessmath.program.pattern import Pattern


def of(mask):
    return Pattern.of(*np.nonzero(mask), mask.shape)


def band(n, b):
    i, j = np.indices((n, n))
    return abs(i - j) <= b


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 14))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40))
    mask = np.zeros((n, n), dtype=bool)
    for i, j in pairs:
        mask[i, j] = mask[j, i] = True
    return mask


def is_star(mask, colours):
    """No edge has one colour, no path of four vertices has two."""
    n = len(mask)
    edges = [[j for j in range(n) if mask[i, j] and i != j] for i in range(n)]
    for a in range(n):
        for b in edges[a]:
            if colours[a] == colours[b]:
                return False
            for c in edges[b]:
                for d in edges[c]:
                    if len({a, b, c, d}) == 4 and colours[a] == colours[c] and colours[b] == colours[d]:
                        return False
    return True


@settings(deadline=None)
@given(graphs())
def test_a_star_colouring_recovers_every_entry_and_is_one(mask):
    pattern = of(mask)
    colouring = star_colouring(pattern)
    assert is_star(mask, colouring.colours)
    A = np.random.default_rng(0).standard_normal(mask.shape)
    A = np.where(mask, A + A.T, 0.0)
    data = colouring.recover(A @ colouring.seeds)
    np.testing.assert_array_equal(data, A[mask])
    # from products that are not quite symmetric comes a matrix that is
    data = colouring.recover(np.random.default_rng(1).standard_normal((len(mask), colouring.count)))
    np.testing.assert_array_equal(data, data[pattern.mirror])


@settings(deadline=None)
@given(graphs(), st.integers(1, 14))
def test_a_column_colouring_recovers_every_entry(mask, rows):
    mask = mask[:rows]
    colouring = column_colouring(of(mask))
    A = np.where(mask, np.random.default_rng(0).standard_normal(mask.shape), 0.0)
    np.testing.assert_array_equal(colouring.recover(A @ colouring.seeds), A[mask])


def test_full_forms_take_the_known_number_of_colours():
    arrow = band(40, 1)
    arrow[[0, 1]], arrow[:, [0, 1]] = True, True
    counts = [
        star_colouring(of(mask)).count for mask in (band(40, 0), band(40, 1), band(40, 3), arrow, arrow[::-1, ::-1])
    ]
    assert counts == [1, 3, 7, 5, 5]


def test_few_colours_serve_a_hub_a_grid_and_a_band_with_holes():
    hub = np.eye(60, dtype=bool)
    hub[30], hub[:, 30] = True, True
    i, j = np.indices((400, 400))
    grid = (abs(i // 20 - j // 20) + abs(i % 20 - j % 20)) <= 1
    holes = (i == j) | (abs(i - j) == 10)
    assert star_colouring(of(hub)).count == 2
    assert star_colouring(of(grid)).count <= 8
    assert star_colouring(of(holes)).count == 3


def test_ten_thousand_rows_of_a_band_are_coloured_greedily_too():
    n = 10_000
    i = np.arange(n)
    pattern = Pattern.of(np.r_[i, i[1:], i[:-1]], np.r_[i, i[:-1], i[1:]], n)
    assert module._greedy_star(pattern).max() == 2
    assert star_colouring(pattern).count == 3


def test_an_unsymmetric_pattern_is_refused():
    with pytest.raises(InputError, match="needs a symmetric pattern, but <Pattern 2 × 2, 1 entries"):
        star_colouring(Pattern.of([0], [1], 2))


def test_colours_that_mix_entries_are_noticed():
    with pytest.raises(InputError, match=r"does not separate the entry \(0, 0\)"):
        module._symmetric_recovery(of(np.ones((2, 2), dtype=bool)), np.zeros(2, dtype=np.int32))
