"""Adam's v̂ beside the diagonals."""

import numpy as np
import pytest

from hessmath.curvature import along_adam
from hessmath.errors import InputError
from hessmath.networks import BinaryCrossEntropy, Dense, Network, Tanh


def loss():
    rng = np.random.default_rng(0)
    net = Network(Dense(3, 4), Tanh(), Dense(4, 1))
    X = rng.normal(size=(40, 3)) * [1.0, 3.0, 0.3]
    return net.batch_loss(X, (X[:, :1] > 0).astype(float), BinaryCrossEntropy()), rng.normal(size=net.size)


def by_name(found):
    return {item.diagonal: item for item in found if item.step == max(other.step for other in found)}


def test_single_samples_with_labels_of_the_model_give_the_fisher_diagonal():
    L, theta = loss()
    # a rate of 0 keeps θ where it is, so that v̂ tends to the mean square itself
    last = by_name(along_adam(L, theta, 4000, rate=0.0, labels="model", beta2=0.9995))
    assert last["fisher"].correlation > 0.97
    assert 0.8 < last["fisher"].ratio < 1.25
    assert last["ggn"].ratio == pytest.approx(last["fisher"].ratio, rel=1e-9)


def test_single_samples_with_labels_of_the_data_give_the_empirical_fisher():
    L, theta = loss()
    last = by_name(along_adam(L, theta, 4000, rate=0.0, beta2=0.9995))
    assert last["empirical fisher"].correlation > 0.97
    assert 0.8 < last["empirical fisher"].ratio < 1.25


def test_a_large_batch_makes_v_hat_much_smaller_than_the_curvature():
    L, theta = loss()
    single, whole = (by_name(along_adam(L, theta, 300, rate=1e-3, batch=b))["ggn"].ratio for b in (1, 40))
    assert whole < single / 3


def test_a_run_repeats_and_looks_as_often_as_asked():
    L, theta = loss()
    first, second = (along_adam(L, theta, 30, looks=3, rng=5) for _ in range(2))
    assert first == second
    assert sorted({item.step for item in first}) == [10, 20, 30]


def test_wrong_words_are_refused():
    L, theta = loss()
    with pytest.raises(InputError, match='labels must be "data" or "model"'):
        along_adam(L, theta, 3, labels="both")
    with pytest.raises(InputError, match="looks must be from 1 to the 2 steps"):
        along_adam(L, theta, 2)
