"""The experiment on the deep autoencoder, shortened: updates and passes, never seconds."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from hessmath.experiments import Finding, Notebook, Size, find, run
from hessmath.experiments.autoencoder import SETTINGS, _steepness, autoencoder, conclude, conditioning
from hessmath.experiments.training import Trained
from hessmath.networks import BinaryCrossEntropy, Dense, Sigmoid, Sparse, curves
from hessmath.render import experiments as shown


@pytest.fixture(scope="module")
def short():
    return run(find("autoencoder"), Size.SHORT)


def row_of(result, method):
    return [row for row in result.rows if row["method"] == method]


def test_hessian_free_needs_fewer_updates_than_every_first_order_method(short):
    (ours,) = row_of(short, "hessian-free")
    assert ours["updates_modest"] <= 30 and ours["updates_high"] <= 40
    for method in ("sgd", "nesterov", "adam"):
        for row in row_of(short, method):
            for accuracy in ("modest", "high"):
                updates = row["updates"] if row[f"updates_{accuracy}"] is None else row[f"updates_{accuracy}"]
                assert updates > 10 * ours[f"updates_{accuracy}"]


def test_hessian_free_needs_fewer_passes_than_sgd_to_the_high_accuracy(short):
    """To the modest accuracy of the shortened problem it does not, and the verdict says that it depends."""
    (ours,) = row_of(short, "hessian-free")
    assert ours["passes_high"] <= 1000
    passes = {
        accuracy: min(row[f"passes_{accuracy}"] or row["passes"] for row in row_of(short, "sgd"))
        for accuracy in ("modest", "high")
    }
    assert passes["high"] > ours["passes_high"]
    expected = Finding.SUPPORTED if passes["modest"] > ours["passes_modest"] else Finding.DEPENDS
    assert short.conclusion.finding is expected


def test_the_conditioning_is_measured_along_every_run(short):
    for row in short.rows:
        for passes, gap, largest, smallest, _ in row["conditioning"]:
            assert passes >= 0 and gap > 0 and 0 < smallest <= largest
    assert len(row_of(short, "sgd")[0]["conditioning"]) >= 4


def test_the_ritz_values_are_those_of_the_dense_matrix(short):
    """In the Krylov space of the gradient, spanned by powers of the dense matrix, orthonormalised by QR."""
    setting = SETTINGS[Size.SHORT]
    images = curves(setting.images, setting.side)
    loss = autoencoder(setting.widths).batch_loss(images, images, BinaryCrossEntropy())
    theta = loss.network.initial(Sparse(15), rng=0)
    trained = Trained(np.array([[0.0, 0.0, 0.0, 9.0], [1.0, 2.0, 0.1, 4.0]]), theta, ((0, theta),))
    ((passes, gap, largest, smallest, speed),) = conditioning(loss, trained)
    assert (passes, gap) == (0.0, 9.0) and speed == pytest.approx(np.log(9 / 4) / 2, rel=1e-5)
    G, columns = loss.linearise(theta).ggn(), [loss.gradient(theta)]
    for _ in range(39):
        V = np.linalg.qr(np.column_stack(columns))[0]
        columns = [*V.T, G @ V[:, -1]]
    V = np.linalg.qr(np.column_stack(columns))[0]
    expected = np.linalg.eigvalsh(V.T @ G @ V)
    assert largest == pytest.approx(expected[-1], rel=1e-5)
    assert smallest == pytest.approx(max(expected[0], 1e-16 * largest), rel=1e-2)


def test_the_correlation_of_ranks_is_spearmans():
    rng = np.random.default_rng(0)
    rows = rng.uniform(0.1, 1.0, (9, 5)).tolist()
    table = np.array(rows)
    expected = scipy.stats.spearmanr(table[:, 2] / table[:, 3], table[:, 4]).statistic
    assert _steepness(rows) == pytest.approx(expected)
    assert _steepness(rows[:3]) is None


def test_the_figure_has_the_curves_and_the_conditioning(short):
    drawn = shown.figure(short)
    assert [axes.get_xlabel() for axes in drawn.axes[:4]] == ["passes", "updates", "seconds", "passes"]
    assert all(len(axes.lines) >= len(short.rows) for axes in drawn.axes[:3])
    text = shown.as_text(short)
    assert "updates_modest" in text and "curve" not in text.split("\n")[3]


def test_the_networks_are_those_of_the_issue():
    layers = autoencoder(SETTINGS[Size.STANDARD].widths).layers
    widths = [(layer.inputs, layer.outputs) for layer in layers if isinstance(layer, Dense)]
    assert widths == [(144, 100), (100, 50), (50, 25), (25, 6), (6, 25), (25, 50), (50, 100), (100, 144)]
    code = layers.index(Dense(25, 6))
    assert layers[code + 1] == Dense(6, 25)  # the code layer is linear
    assert sum(repr(layer) == repr(Sigmoid()) for layer in layers) == 6
    assert SETTINGS[Size.LARGE].widths == (784, 400, 200, 100, 50, 25, 6)
    assert (SETTINGS[Size.LARGE].images, SETTINGS[Size.LARGE].side) == (20_000, 28)


def made_up(method, modest, high, spent=1000.0, gap=0.01, rate=0.1):
    """A row in which a pass is 5 updates and takes a second."""

    def times(k):
        return None if k is None else 5 * k

    return {
        "method": method,
        "rate": None if method == "hessian-free" else rate,
        "updates_modest": times(modest),
        "passes_modest": modest,
        "seconds_modest": modest,
        "updates_high": times(high),
        "passes_high": high,
        "seconds_high": high,
        "updates": 5 * spent,
        "passes": spent,
        "gap": gap,
        "conditioning": [],
    }


@pytest.mark.parametrize(
    ("ours", "sgd", "finding", "text"),
    [
        ((50, 90), made_up("sgd", 80, 200), Finding.SUPPORTED, "Fewer passes than SGD and Adam, not than Nesterov"),
        ((90, 100), made_up("sgd", 80, 200), Finding.DEPENDS, "Fewer passes than Adam, not than SGD and Nesterov"),
        (
            (90, 300),
            made_up("sgd", 80, 200),
            Finding.NOT_SUPPORTED,
            "Fewer passes than Adam, not than SGD and Nesterov",
        ),
        ((90, 100), made_up("sgd", None, None), Finding.SUPPORTED, "SGD (rate 0.1, best of its grid) not within 1,000"),
        ((90, 2000), made_up("sgd", None, None), Finding.DEPENDS, "SGD and Adam had fewer passes to spend"),
        ((90, None), made_up("sgd", 80, 200), Finding.NOT_SUPPORTED, "did not reach a gap of 0.005: gap 0.01"),
        ((90, None), made_up("sgd", 95, 200), Finding.DEPENDS, "did not reach a gap of 0.005: gap 0.01"),
        ((90, 100), made_up("sgd", None, None, spent=3, gap=None), Finding.SUPPORTED, "(gap not finite)"),
    ],
)
def test_the_verdict_follows_the_numbers(ours, sgd, finding, text):
    rows = [made_up("hessian-free", *ours), sgd, made_up("nesterov", 40, 150), made_up("adam", None, None)]
    conclusion = conclude(rows, Size.STANDARD)
    assert conclusion.finding is finding
    assert text in conclusion.text


def test_the_best_of_the_grid_is_taken_at_each_accuracy():
    sgd = [made_up("sgd", 90, 200), made_up("sgd", 60, 400, rate=0.3)]
    others = [made_up("nesterov", 40, 50), made_up("adam", 40, 50)]
    text = conclude([made_up("hessian-free", 50, 70), *sgd, *others], Size.STANDARD).text
    assert "SGD (rate 0.3, best of its grid) 300 updates, 60 passes" in text
    assert "SGD (rate 0.1, best of its grid) 1,000 updates, 200 passes" in text


def test_a_bound_says_that_it_is_one():
    rows = [
        made_up("hessian-free", 50, 70),
        made_up("sgd", 100, None),
        made_up("nesterov", 9, 9),
        made_up("adam", 9, 9),
    ]
    effects = {effect.name: str(effect) for effect in conclude(rows, Size.STANDARD).effects}
    assert effects["passes to a gap of 0.05, SGD ÷ Hessian-free"].endswith(": 2 (one start)")
    assert effects["passes to a gap of 0.005, SGD ÷ Hessian-free"].endswith("14.29 (a lower bound: SGD did not arrive)")


def test_the_large_version_starts_and_can_be_stopped(monkeypatch):
    """One update on few images with narrow layers: the same code."""
    import dataclasses

    from hessmath.experiments import autoencoder as module

    smaller = dataclasses.replace(SETTINGS[Size.LARGE], images=40, updates=1, widths=(784, 10, 6))
    monkeypatch.setitem(module.SETTINGS, Size.LARGE, smaller)
    case = module.cases(Size.LARGE, 0)[0]
    row = module.measure(case, Notebook())
    assert row["updates"] == 1 and row["passes"] > 2 and row["gap"] > 0
    assert row["passes"] != int(row["passes"])  # products see an eighth of the images
