"""The compiled loops of small networks against the passes in NumPy, which are checked against exact formulas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hessmath.networks import BatchNorm, Dense, Network, Tanh, engine, load_loops
from hessmath.networks.engine import Loops
from tests.networks.architectures import ACTIVATIONS, losses_at
from tests.networks.test_batch_loss import close

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def without_loops(monkeypatch):
    monkeypatch.setattr(engine._Count, "loaded", False)
    monkeypatch.setattr(engine._Count, "passes", 0)


@pytest.fixture(scope="module")
def loaded():
    load_loops()


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(losses_at(max_samples=9, with_norms=False, max_layers=5), st.integers(0, 99))
def test_the_loops_give_what_the_passes_in_numpy_give(loaded, case, seed):
    batch, theta = case
    v = np.random.default_rng(seed).standard_normal(batch.n)
    engine._Count.loaded = False
    slow = batch.linearise(theta)
    expected = [slow.value, slow.gradient, slow.hvp(v), slow.ggn_product(v), slow.hessian(), slow.hvp(np.eye(batch.n))]
    engine._Count.loaded = True
    at = batch.linearise(theta)
    found = [batch.value(theta), batch.gradient(theta), batch.hvp(theta, v), batch.ggn_product(theta, v)]
    found += [batch.hessian(theta), at.hessian()]
    assert batch._made is not None
    for one, other in zip(found, expected, strict=True):
        close(one, other, 1e-12)
    close(at.hvp(v), expected[2], 1e-12)
    close(at.ggn_product(v), expected[3], 1e-12)
    close(at.hessian(), at.hessian().T, 1e-15)
    both = batch.value_and_gradient(theta)
    assert both[0] == found[0]
    assert np.array_equal(both[1], found[1])


def wide(activation=None, samples=64):
    net = Network(Dense(16, 32), activation or Tanh(), Dense(32, 8))
    rng = np.random.default_rng(3)
    batch = net.batch_loss(rng.standard_normal((samples, 16)), rng.standard_normal((samples, 8)), penalty=0.5)
    return batch, 0.3 * rng.standard_normal(batch.n)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_layers_wide_enough_for_blas(loaded, activation):
    batch, theta = wide(activation)
    v = np.random.default_rng(0).standard_normal(batch.n)
    engine._Count.loaded = False
    slow = batch.linearise(theta)
    expected = [slow.value, slow.gradient, slow.hvp(v), slow.ggn_product(v)]
    columns = slow.hvp(np.eye(batch.n)[:, ::37])
    engine._Count.loaded = True
    found = [batch.value(theta), batch.gradient(theta), batch.hvp(theta, v), batch.ggn_product(theta, v)]
    for one, other in zip(found, expected, strict=True):
        close(one, other, 1e-13)
    close(batch.hessian(theta)[:, ::37], columns, 1e-13)


def test_elementary_functions_are_accurate_over_the_whole_range(loaded):
    z = np.concatenate([np.linspace(-40, 40, 4001), np.logspace(-300, 2.8, 500), -np.logspace(-300, 2.8, 500)])
    for activation in ACTIVATIONS:
        net = Network(Dense(1, 1), activation)
        loops = Loops(
            net.batch_loss(z[:, None], 0 * z[:, None]).steps,
            z[:, None],
            0 * z[:, None],
            net.batch_loss([[0]], [[0]]).loss,
            0,
        )
        work = loops.workspace()
        loops.run(engine.FORWARD, np.array([1.0, 0.0]), np.zeros(2), work)
        found, expected = loops.outputs(work)[:, 0], activation.value(z)
        # 8 roundings: exp and the division after it; GELU's erfc loses more in its tail, where e^(−z²/2) is steep
        atol = 1e-307 if activation.name != "GELU" else 1e-16
        np.testing.assert_allclose(found, expected, rtol=2e-15, atol=atol, err_msg=str(activation))


def test_a_number_that_is_none_stays_visible(loaded):
    batch, theta = wide()
    theta[3] = np.nan
    assert np.isnan(batch.value(theta))
    assert np.isnan(batch.gradient(theta)).any()


def test_loops_come_after_many_passes_and_for_small_networks_only(loaded, without_loops, monkeypatch):
    batch, theta = wide(samples=3)
    for _ in range(5):
        batch.gradient(theta)
    assert batch._made is None
    assert engine._Count.passes == 5
    monkeypatch.setattr(engine, "PATIENCE", 6)
    batch.gradient(theta)
    assert batch._made is None
    batch.gradient(theta)
    assert batch._made is not None
    with_statistics = Network(Dense(1, 1), BatchNorm(1)).batch_loss([[1], [2]], [[0], [1]])
    with_statistics.gradient(np.ones(4))
    assert with_statistics._made is None
    monkeypatch.setattr(engine, "SMALL", 10)
    large, _ = wide()
    large.gradient(theta)
    assert large._made is None


def test_threads_have_workspaces_of_their_own(loaded):
    from concurrent.futures import ThreadPoolExecutor

    batch, theta = wide()
    points = [theta + k for k in range(24)]
    expected = [batch.gradient(point) for point in points]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(pool.map(batch.gradient, points), expected, strict=True):
            assert np.array_equal(one, other)


def test_a_fresh_process_needs_neither_sympy_nor_numba_for_a_hessian():
    import subprocess
    import sys

    script = (
        "import sys, hessmath as hm\n"
        "hm.Network(hm.Dense(1, 2), hm.Tanh(), hm.Dense(2, 1)).batch_loss([[1.0]], [[1.0]]).hessian([0.5] * 7)\n"
        "print({'sympy', 'numba', 'scipy'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "set()"


def test_hessians_of_larger_networks_are_made_by_blocks_too(loaded, monkeypatch):
    monkeypatch.setattr(engine, "SMALL", 10)
    batch, theta = wide()
    columns = batch.linearise(theta).hvp(np.eye(batch.n)[:, ::50])  # in NumPy
    close(batch.hessian(theta)[:, ::50], columns, 1e-13)
    assert batch._made is not None
    monkeypatch.setattr(engine, "ROOM_FOR_PRODUCTS", 100)
    other, theta = wide(samples=2)
    close(other.hessian(theta)[:, ::50], other.hvp(theta, np.eye(other.n)[:, ::50]), 1e-13)
    assert other._made is None


def test_damaged_files_in_the_cache_are_replaced_once(loaded, without_loops, monkeypatch, tmp_path):
    from hessmath.networks import loops

    class Cache:
        cache_path = str(tmp_path)

    calls, warm_up = [], engine._warm_up

    def fails_first():
        calls.append(1)
        if len(calls) == 1:
            raise EOFError
        warm_up()

    for name in ("loops.run-1.py311.nbi", "loops.run-1.py311.1.nbc", "other.nbi"):
        (tmp_path / name).write_bytes(b"")
    monkeypatch.setattr(loops.run, "_cache", Cache())
    monkeypatch.setattr(engine, "_warm_up", fails_first)
    load_loops()
    assert len(calls) == 2 and engine._Count.loaded
    assert [path.name for path in tmp_path.iterdir()] == ["other.nbi"]


def test_without_a_place_for_the_cache_numpy_goes_on(without_loops, monkeypatch):
    def no_place():
        raise RuntimeError("no locator available")

    monkeypatch.setattr(engine._Count, "unavailable", False)
    monkeypatch.setattr(engine, "PATIENCE", 1)
    monkeypatch.setattr(engine, "load_loops", no_place)
    batch, theta = wide(samples=2)
    first = batch.gradient(theta)
    with pytest.warns(RuntimeWarning, match=r"without compiled loops \(no locator available\). Set NUMBA_CACHE_DIR"):
        batch.gradient(theta)
    assert np.array_equal(batch.gradient(theta), first)
