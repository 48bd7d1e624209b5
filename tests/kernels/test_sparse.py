"""Sparse and banded Hessians against the dense one, bit for bit."""

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError, WrongKind
from hessmath.kernels import compile_tapes
from hessmath.program import TapeBuilder, lower, sparse_hessian


def chain(n):
    x = sympy.symbols(f"x0:{n}")
    return lower(sympy.Add(*(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(n - 1))), x)


@st.composite
def sums(draw):
    """A sum of terms, each in a few of the variables."""
    n = draw(st.integers(1, 7))
    builder = TapeBuilder([f"x{i}" for i in range(n)])
    total = builder.constant(1)
    for _ in range(draw(st.integers(0, 5))):
        i, j, k = (draw(st.integers(0, n - 1)) for _ in range(3))
        name = draw(st.sampled_from(["mul", "add", "max", "atan2"]))
        term = builder.emit(draw(st.sampled_from(["sin", "neg", "abs", "exp"])), builder.emit(name, i, j))
        if draw(st.booleans()):
            term = builder.emit("select", builder.emit("lt", i, k), term, builder.emit("mul", term, k))
        total = builder.emit("add", total, term)
    return builder.build([total])


@settings(deadline=None, max_examples=40)
@given(sums(), st.randoms(use_true_random=False))
def test_the_sparse_hessian_is_the_dense_one_with_zeros_left_out(tape, random):
    kernel = compile_tapes(tape)
    x = np.array([random.uniform(-1, 1) for _ in tape.names])
    sparse, dense = kernel.sparse_hessian(x), kernel.hessian(x)
    assert isinstance(sparse, scipy.sparse.csr_array) and sparse.has_canonical_format
    # two programs, whose sums may be in another order: a few roundings of terms of size 1 to 10
    np.testing.assert_allclose(sparse.toarray(), dense, rtol=1e-13, atol=1e-14)
    np.testing.assert_array_equal(sparse.toarray(), sparse.toarray().T)
    assert kernel.hessian_pattern.is_symmetric and sparse.nnz == kernel.hessian_pattern.nnz


def test_the_pattern_is_exact_and_each_pair_is_computed_once():
    x, y, z, w = sympy.symbols("x y z w")
    values, pattern = sparse_hessian(lower(x * y * z + sympy.sin(w) + x + sympy.sign(y) * 3, [x, y, z, w]))
    assert list(zip(pattern.rows.tolist(), pattern.indices.tolist(), strict=True)) == [
        *((0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (3, 3)),
    ]
    np.testing.assert_array_equal(values.outputs[pattern.mirror], values.outputs)
    assert values.cost.total == 2  # sin and its sign: the others are x, y and z themselves


def test_what_cancels_is_not_stored():
    x, y = sympy.symbols("x y")
    builder = TapeBuilder(["x", "y"])
    both = builder.emit("sub", builder.emit("mul", 0, 1), builder.emit("mul", 1, 0))
    pattern = sparse_hessian(builder.build([builder.emit("add", both, builder.emit("exp", 0))]))[1]
    assert (pattern.rows.tolist(), pattern.indices.tolist()) == ([0], [0])
    assert sparse_hessian(lower(x + 3 * y, [x, y]))[1].nnz == 0


def test_only_the_wanted_variables_are_rows():
    x, y, a = sympy.symbols("x y a")
    kernel = compile_tapes(lower(a * x * y + a**3 * y**2, [x, y, a]), parameters=["a"])
    H = kernel.sparse_hessian([1, 2], parameters=[3])
    np.testing.assert_array_equal(H.toarray(), [[0, 3], [3, 54]])
    assert sparse_hessian(lower(x**2 * y, [x, y]), ["y", "x"])[1].nnz == 3


def test_the_work_grows_with_the_entries_only():
    lengths = [len(sparse_hessian(chain(n))[0]) for n in (50, 100, 200)]
    assert lengths[2] - lengths[1] == 2 * (lengths[1] - lengths[0])


def test_out_takes_new_values_in_place(rng):
    kernel = compile_tapes(chain(6))
    x, y = rng.standard_normal((2, 6))
    H = kernel.sparse_hessian(x)
    indices, data = H.indices, H.data
    assert kernel.sparse_hessian(y, out=H) is H
    assert H.indices is indices and H.data is data
    np.testing.assert_array_equal(H.toarray(), kernel.hessian(y))
    assert kernel.sparse_hessian(x, out=data) is data
    np.testing.assert_array_equal(H.toarray(), kernel.hessian(x))
    H.eliminate_zeros()  # a result's index arrays are its own
    np.testing.assert_array_equal(kernel.sparse_hessian(y).toarray(), kernel.hessian(y))


def test_a_wrong_out_is_explained():
    kernel = compile_tapes(chain(4))
    x = np.ones(4)
    with pytest.raises(InputError, match=r"csr_array with the pattern .*10 entries, banded \(1, 1\).* 4 × 4 with 4"):
        kernel.sparse_hessian(x, out=scipy.sparse.csr_array(np.eye(4)))
    other = kernel.sparse_hessian(x)
    other.indices = other.indices[::-1].copy()
    with pytest.raises(InputError, match="but is 4 × 4 with 10 entries"):
        kernel.sparse_hessian(x, out=other)
    with pytest.raises(InputError, match="the array of its 10 values, but is list"):
        kernel.sparse_hessian(x, out=[0.0] * 10)
    with pytest.raises(InputError, match=r"out has shape \(9,\), but the result of f has shape \(10,\)"):
        kernel.sparse_hessian(x, out=np.empty(9))
    with pytest.raises(InputError, match="but is 4 × 4 with 10 entries"):
        kernel.sparse_hessian(x, out=kernel.sparse_hessian(x).tocsc())


def test_the_banded_hessian_solves_systems(rng):
    for n in (2, 3, 9):
        kernel = compile_tapes(chain(n))
        x, b = np.ones(n), rng.standard_normal(n)
        bands = kernel.banded_hessian(x)
        assert bands.shape == (2, n)
        np.testing.assert_allclose(scipy.linalg.solveh_banded(bands, b), np.linalg.solve(kernel.hessian(x), b))
    out = np.empty((2, 9))
    assert kernel.banded_hessian(x, out=out) is out
    np.testing.assert_array_equal(out, bands)
    x = sympy.symbols("x0:5")
    diagonal = compile_tapes(lower(sum(s**4 for s in x), x))
    assert str(diagonal.hessian_pattern.structure) == "diagonal"
    np.testing.assert_array_equal(diagonal.banded_hessian(np.arange(5.0)), [12 * np.arange(5.0) ** 2])


def test_a_hessian_without_bands_is_refused_by_name():
    x = sympy.symbols("x0:9")
    kernel = compile_tapes(lower(sum(s**2 * x[-1] for s in x[:-1]) + x[-1] ** 3, x))
    assert str(kernel.hessian_pattern.structure) == "arrow (1, 0)"
    with pytest.raises(InputError, match=r"The Hessian of f is arrow \(1, 0\), not banded: use sparse_hessian"):
        kernel.banded_hessian(np.ones(9))


def test_a_map_has_no_sparse_hessian():
    x, y = sympy.symbols("x y")
    kernel = compile_tapes(lower([x, y], [x, y]))
    for ask in (lambda: kernel.sparse_hessian([1, 2]), lambda: kernel.hessian_pattern):
        with pytest.raises(WrongKind, match="sparse_hessian needs a scalar function, but f is a map"):
            ask()


def test_lists_and_other_layouts_are_converted(rng):
    kernel = compile_tapes(chain(4))
    strided = rng.standard_normal(8)[::2]
    np.testing.assert_array_equal(kernel.sparse_hessian(strided).toarray(), kernel.hessian(strided.copy()))
    np.testing.assert_array_equal(kernel.sparse_hessian([1, 2, 3, 4]).toarray(), kernel.hessian([1, 2, 3, 4]))
