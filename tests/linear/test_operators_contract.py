"""Laws of every operator: it is the dense matrix that it stands for."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
from numpy.testing import assert_allclose

from hessmath.errors import InputError, WrongKind
from hessmath.linear import (
    DiagonalOperator,
    FunctionOperator,
    MatrixOperator,
    ScaledOperator,
    ShiftedOperator,
    SumOperator,
)


def square(rng):
    return rng.standard_normal((5, 5))


def as_matrix(M, rng):
    return MatrixOperator(M), M


def as_sparse(M, rng):
    return MatrixOperator(scipy.sparse.csr_array(M)), M


def as_function(M, rng):
    return FunctionOperator(M.shape, lambda v: M @ v, lambda w: M.T @ w), M


def as_diagonal(M, rng):
    return DiagonalOperator(M[0]), np.diag(M[0])


def as_sum(M, rng):
    N = square(rng)
    return SumOperator(MatrixOperator(M), MatrixOperator(N)), M + N


def as_difference(M, rng):
    N = square(rng)
    return MatrixOperator(M) - MatrixOperator(N), M - N


def as_scaled(M, rng):
    return -2.5 * MatrixOperator(M), -2.5 * M


def as_negative(M, rng):
    return -MatrixOperator(M), -M


def as_shifted(M, rng):
    return MatrixOperator(M).shifted(3.0), M + 3.0 * np.eye(5)


OPERATORS = [
    as_matrix,
    as_sparse,
    as_function,
    as_diagonal,
    as_sum,
    as_difference,
    as_scaled,
    as_negative,
    as_shifted,
]


@pytest.fixture(params=OPERATORS, ids=lambda make: make.__name__.removeprefix("as_"))
def operator_and_matrix(request):
    rng = np.random.default_rng(1)
    return request.param(square(rng), rng)


def test_product_agrees_with_the_dense_matrix(operator_and_matrix):
    A, M = operator_and_matrix
    v = np.random.default_rng(2).standard_normal(5)
    assert A.shape == M.shape
    assert_allclose(A @ v, M @ v, rtol=1e-13, atol=1e-13)  # sums of five products
    assert_allclose(A.to_dense(), M, rtol=1e-13)


def test_a_matrix_is_multiplied_column_by_column(operator_and_matrix):
    A, M = operator_and_matrix
    V = np.random.default_rng(3).standard_normal((5, 3))
    assert_allclose(A @ V, M @ V, rtol=1e-13, atol=1e-13)


def test_transpose_is_the_adjoint(operator_and_matrix):
    A, _ = operator_and_matrix
    v, w = np.random.default_rng(4).standard_normal((2, 5))
    assert_allclose(w @ (A @ v), (A.T @ w) @ v, rtol=1e-12)


def test_scipy_sees_the_same_map(operator_and_matrix):
    A, M = operator_and_matrix
    S = A.to_scipy()
    V = np.random.default_rng(5).standard_normal((5, 2))
    assert_allclose(S.matvec(V[:, 0]), M @ V[:, 0], rtol=1e-13, atol=1e-13)
    assert_allclose(S.rmatvec(V[:, 0]), M.T @ V[:, 0], rtol=1e-13, atol=1e-13)
    assert_allclose(S.matmat(V), M @ V, rtol=1e-13, atol=1e-13)


def test_a_wrong_length_is_reported_with_both_shapes(operator_and_matrix):
    A, _ = operator_and_matrix
    with pytest.raises(InputError, match=r"v of shape \(5,\) or \(5, k\).*but v has shape \(4,\)"):
        A @ np.ones(4)


def test_numpy_does_not_take_an_operator_for_an_array(operator_and_matrix):
    A, _ = operator_and_matrix
    with pytest.raises(TypeError):
        np.ones(5) + A
    with pytest.raises(TypeError):
        A + np.ones(5)
    with pytest.raises(TypeError):
        A - np.ones(5)
    with pytest.raises(TypeError):
        A * "2"


def test_a_rectangular_function_has_a_rectangular_transpose():
    A = FunctionOperator((1, 3), lambda v: [v.sum()], lambda w: np.full(3, w[0]))
    assert A.to_dense().tolist() == [[1.0, 1.0, 1.0]]
    assert A.T.to_dense().tolist() == [[1.0], [1.0], [1.0]]


def test_a_function_may_reuse_its_output():
    buffer = np.empty(2)

    def double(v):
        np.multiply(v, 2.0, out=buffer)
        return buffer

    A = FunctionOperator((2, 2), double)
    first = A @ np.array([1.0, 2.0])
    A @ np.array([5.0, 6.0])
    assert first.tolist() == [2.0, 4.0]


def test_integers_are_taken_as_floats():
    assert (MatrixOperator([[1, 2], [3, 4]]) @ [1, 1]).tolist() == [3.0, 7.0]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: MatrixOperator([1.0, 2.0]), r"needs a matrix of shape \(m, n\), but got shape \(2,\)"),
        (lambda: DiagonalOperator(np.eye(2)), r"needs a vector of shape \(n,\), but got shape \(2, 2\)"),
        (lambda: FunctionOperator((2,), np.cumsum), r"needs a shape \(m, n\), but got \(2,\)"),
        (lambda: FunctionOperator((2, 2), np.cumsum).T, "transpose of this FunctionOperator is not known: pass"),
        (lambda: FunctionOperator((3, 2), np.cumsum) @ [1.0, 2.0], r"must return shape \(3,\).*returned shape \(2,\)"),
        (lambda: MatrixOperator(np.eye(2)) + MatrixOperator(np.eye(3)), r"A has \(2, 2\) and B has \(3, 3\)"),
        (lambda: MatrixOperator(np.ones((2, 3))).shifted(1.0), r"needs a square A, but A has shape \(2, 3\)"),
    ],
)
def test_bad_operators_are_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_a_complex_matrix_is_refused():
    with pytest.raises(WrongKind, match="needs a matrix of real numbers, but got an array of complex128"):
        MatrixOperator(np.eye(2) * 1j)


def test_parts_are_where_they_were_put():
    A = MatrixOperator(np.eye(2))
    assert isinstance(2 * A, ScaledOperator)
    assert isinstance(A.shifted(1), ShiftedOperator)
    assert isinstance(A + A, SumOperator)
