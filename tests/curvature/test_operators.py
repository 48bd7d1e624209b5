"""Every curvature operator against dense algebra on exact small networks."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.curvature import (
    EKFAC,
    GGN,
    KFAC,
    BlockDiagonal,
    EmpiricalFisher,
    Fisher,
    Hessian,
    LowRank,
    SampledFisher,
    block_diagonal,
    diagonal,
    ggn_diagonal,
    low_rank,
    minibatch_product,
)
from hessmath.errors import InputError, WrongKind
from hessmath.networks import MSE, BatchNorm, BinaryCrossEntropy, Dense, Network, Sigmoid, SoftmaxCrossEntropy, Tanh

LOSSES = [MSE(), MSE(over="batch"), BinaryCrossEntropy(), SoftmaxCrossEntropy()]


def small(loss, penalty=0.0, samples=5, seed=0, width=3):
    rng = np.random.default_rng(seed)
    network = Network(Dense(2, width), Tanh(), Dense(width, 2))
    X = rng.integers(-8, 9, (samples, 2)) / 4
    Y = rng.integers(0, 2, samples) if isinstance(loss, SoftmaxCrossEntropy) else rng.integers(0, 2, (samples, 2))
    theta = rng.integers(-8, 9, network.size) / 8
    return network.batch_loss(X, Y, loss, penalty=penalty), theta


def jacobian(lin):
    """(N, m, n) by products with the unit vectors."""
    return lin.jvp(np.eye(lin.theta.size))


def loss_hessians(lin):
    """Per sample, of the summed loss: by second differences of exact slopes along every output."""
    samples, m = lin.outputs.shape
    H = np.empty((samples, m, m))
    for c in range(m):
        e = np.zeros((samples, m))
        e[:, c] = 1e-6
        loss = lin.loss
        H[:, :, c] = (
            loss.loss.slope(lin.outputs + e, loss.targets) - loss.loss.slope(lin.outputs - e, loss.targets)
        ) / 2e-6
    return H


MAKERS = {
    "hessian": Hessian.at,
    "ggn": GGN.at,
    "fisher": Fisher.at,
    "empirical": EmpiricalFisher.at,
    "sampled": lambda L, theta: SampledFisher(L.linearise(theta), 3, rng=1),
    "kfac": KFAC.at,
    "ekfac": EKFAC.at,
    "kfac inverse": lambda L, theta: KFAC.at(L, theta).inverse(0.1),
    "ekfac inverse": lambda L, theta: EKFAC.at(L, theta).inverse(0.1),
    "low rank": lambda L, theta: low_rank(Hessian.at(L, theta), 3),
    "blocks": lambda L, theta: block_diagonal(Hessian.at(L, theta), [9, 8]),
}
POSITIVE = [name for name in MAKERS if name not in ("hessian", "low rank", "blocks")]


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("name", MAKERS)
def test_every_operator_is_linear_and_symmetric_and_takes_blocks(name, loss):
    L, theta = small(loss)
    A = MAKERS[name](L, theta)
    rng = np.random.default_rng(2)
    V = rng.standard_normal((L.n, 3))
    assert A.shape == (L.n, L.n)
    assert A.T.shape == A.shape
    dense = A.to_dense()
    assert_allclose(dense, dense.T, atol=1e-13 * np.abs(dense).max())
    for B in (A, A.T):
        assert_allclose(B @ V, dense @ V, atol=1e-12 * np.abs(dense).max())
        assert_allclose(B @ V[:, 0], dense @ V[:, 0], atol=1e-12 * np.abs(dense).max())
    assert_allclose(A.to_scipy().matvec(V[:, 1]), dense @ V[:, 1], atol=1e-12 * np.abs(dense).max())
    if name in POSITIVE:
        assert np.linalg.eigvalsh(dense).min() >= -1e-12 * np.abs(dense).max()
    with pytest.raises(InputError, match="needs v of shape"):
        A @ np.ones(L.n + 1)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_the_hessian_is_the_exact_one_to_13_digits(loss):
    L, theta = small(loss, penalty=0.25, samples=2, width=1)
    f = L.function()
    values = dict(zip(f.variables, map(sympy.Rational, theta), strict=True))
    exact = np.array(f.hessian.xreplace(values).evalf(30), dtype=float)
    found = Hessian.at(L, theta).to_dense()
    assert np.linalg.norm(found - exact) <= 1e-13 * np.linalg.norm(exact)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_the_gauss_newton_matrix_is_the_one_of_its_definition(loss):
    L, theta = small(loss, penalty=0.25)
    lin = L.linearise(theta)
    J = jacobian(lin)
    expected = np.einsum("ncp,ncd,ndq->pq", J, loss_hessians(lin), J) + 0.25 * np.eye(L.n)
    assert_allclose(GGN(lin).to_dense(), expected, atol=1e-8)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_the_fisher_matrix_is_the_gauss_newton_matrix_of_these_losses(loss):
    L, theta = small(loss)
    G = GGN.at(L, theta).to_dense()
    F = Fisher.at(L, theta).to_dense()
    assert np.linalg.norm(F - G) <= 1e-13 * np.linalg.norm(G)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_the_empirical_fisher_is_the_mean_of_squared_gradients(loss):
    L, theta = small(loss)
    rows = L.per_sample_gradients(theta)
    expected = rows.T @ rows / L.samples
    assert_allclose(EmpiricalFisher.at(L, theta).to_dense(), expected, atol=1e-13 * np.abs(expected).max())


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_labels_drawn_from_the_model_give_the_fisher_matrix_on_average(loss):
    L, theta = small(loss, samples=3)
    F = Fisher.at(L, theta).to_dense()
    draws = [SampledFisher(L.linearise(theta), rng=k).to_dense() for k in range(400)]
    error = np.std(draws, axis=0, ddof=1) / 20
    inside = np.abs(np.mean(draws, axis=0) - F) <= 4 * error + 1e-12
    assert inside.mean() > 0.98  # 4 standard errors: a normal mean is outside once in 16,000


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_diagonals_are_those_of_the_dense_matrices(loss):
    L, theta = small(loss, penalty=0.5)
    lin = L.linearise(theta)
    H, G = Hessian(lin), GGN(lin)
    assert_allclose(diagonal(H), np.diag(H.to_dense()), atol=1e-13)
    assert_allclose(ggn_diagonal(lin), np.diag(G.to_dense()), atol=1e-13)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_kfac_is_the_gauss_newton_block_for_one_sample(loss):
    L, theta = small(loss, samples=1)
    sizes = [9, 8]
    blocks = block_diagonal(GGN.at(L, theta), sizes).to_dense()
    assert_allclose(KFAC.at(L, theta).to_dense(), blocks, atol=1e-13)
    assert_allclose(EKFAC.at(L, theta).to_dense(), blocks, atol=1e-13)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_ekfac_is_at_least_as_close_to_the_blocks_as_kfac(loss):
    L, theta = small(loss)
    blocks = block_diagonal(GGN.at(L, theta), [9, 8]).to_dense()
    errors = [np.linalg.norm(kind.at(L, theta).to_dense() - blocks) for kind in (EKFAC, KFAC)]
    assert errors[0] <= errors[1] * (1 + 1e-12)


def test_kfac_is_the_kronecker_product_of_its_factors():
    L, theta = small(MSE())
    K = KFAC.at(L, theta)
    expected = BlockDiagonal(tuple(map(np.kron, K.input_factors, K.output_factors))).to_dense()
    assert_allclose(K.to_dense(), expected, atol=1e-14)
    damped = K.inverse(0.3)
    for A, G, Ai, Gi in zip(
        K.input_factors, K.output_factors, damped.input_factors, damped.output_factors, strict=True
    ):
        pi = np.sqrt((np.trace(A) / len(A)) / (np.trace(G) / len(G)))
        factor = np.kron(A + pi * np.sqrt(0.3) * np.eye(len(A)), G + np.sqrt(0.3) / pi * np.eye(len(G)))
        assert_allclose(np.kron(Ai, Gi) @ factor, np.eye(len(factor)), atol=1e-9)


def test_ekfac_inverse_undoes_the_damped_operator():
    L, theta = small(BinaryCrossEntropy())
    K = EKFAC.at(L, theta)
    v = np.arange(1.0, L.n + 1)
    assert_allclose(K.inverse(0.3) @ (K @ v + 0.3 * v), v, rtol=1e-10)


def test_the_best_low_rank_approximation_is_found():
    L, theta = small(MSE())
    H = Hessian.at(L, theta)
    values = np.linalg.eigvalsh(H.to_dense())
    tail = np.sort(np.abs(values))[:-4]
    found = low_rank(H, 4)
    assert isinstance(found, LowRank)
    assert_allclose(np.linalg.norm(H.to_dense() - found.to_dense()), np.linalg.norm(tail), rtol=1e-10)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 100), size=st.integers(1, 5))
def test_mini_batches_are_unbiased_within_their_standard_error(seed, size):
    L, theta = small(MSE(), seed=seed)
    v = np.ones(L.n)
    found = minibatch_product(GGN, L, theta, v, size, draws=60, rng=seed)
    exact = GGN.at(L, theta) @ v
    assert (np.abs(found.mean - exact) <= 6 * found.standard_error + 1e-12).all()
    if size == L.samples:
        assert_allclose(found.mean, exact, atol=1e-12)


def test_a_compiled_function_has_a_hessian_operator():
    f = hm.compile(hm.Function("100*(y - x**2)**2 + (1 - x)**2", "x y"))
    H = Hessian.at(f, [1.0, 1.0])
    assert_allclose(H.to_dense(), [[802, -400], [-400, 200]])
    assert_allclose(H @ [1.0, 0.0], [802, -400])


def test_what_cannot_be_is_said():
    L, theta = small(MSE())
    with pytest.raises(WrongKind, match="A loss such as"):
        Hessian.at(3, theta)
    with pytest.raises(InputError, match="draws must be at least 1"):
        SampledFisher(L.linearise(theta), 0)
    with pytest.raises(InputError, match="damping must be positive"):
        KFAC.at(L, theta).inverse(0)
    with pytest.raises(InputError, match="damping must be positive"):
        EKFAC.at(L, theta).inverse(-1)
    with pytest.raises(InputError, match="add up to 17"):
        block_diagonal(GGN.at(L, theta), [9, 9])
    with pytest.raises(InputError, match="size must be from 1 to the 5 samples"):
        minibatch_product(GGN, L, theta, np.ones(17), 6)
    with pytest.raises(InputError, match="At least two draws"):
        minibatch_product(GGN, L, theta, np.ones(17), 2, draws=1)
    network = Network(Dense(2, 3), BatchNorm(3), Sigmoid(), Dense(3, 1))
    normed = network.batch_loss(np.eye(2), np.zeros((2, 1)))
    with pytest.raises(InputError, match="batch normalisation"):
        KFAC.at(normed, np.ones(network.size))
    with pytest.raises(InputError, match="couples the samples"):
        minibatch_product(GGN, normed, np.ones(network.size), np.ones(network.size), 1)
