"""certify: known minima and saddles are proved, degenerate points and kinks stay undecided."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import hessmath as hm
from hessmath.errors import InputError, WrongKind
from hessmath.verify.certify import CertifiedPoint
from hessmath.verify.enclosure import Nature

ROOT = Path(__file__).resolve().parents[2]
HIMMELBLAU = hm.Function(hm.gallery["himmelblau"])
CHAINED = hm.Function("psum(lambda i: 100*(x[i+1] - x[i]**2)**2 + (1 - x[i])**2, 0, n - 2)", {"x": "n"})
CERTIFIED = [c for c in hm.gallery.values() if c.minimiser is not None and c.name != "powell_singular"]


@pytest.mark.parametrize("classic", CERTIFIED, ids=lambda c: c.name)
def test_the_known_minimum_of_the_gallery_is_proved(classic):
    found = hm.certify(hm.Function(classic), classic.minimiser)
    assert isinstance(found, CertifiedPoint), str(found)
    assert found.kind is Nature.MINIMUM
    assert found.certificate.check().text == found.statement
    assert float(found.value[0]) == pytest.approx(classic.minimum, rel=1e-3, abs=1e-6)  # published to a few digits


@pytest.mark.parametrize(
    ("formula", "x"),
    [("x**4", [0.0]), ("x**3 - 3*x*y**2", [0, 0]), ("x**2*y**2", [0, 0]), ("x**3", [0.0]), ("(x + y)**2", [0, 0])],
)
def test_a_degenerate_point_is_undecided(formula, x):
    found = hm.certify(formula, x)
    assert found.name == "undecided"
    assert "degenerate critical point: its Hessian is singular" in found.reason


def test_powells_singular_minimum_is_undecided():
    assert "degenerate" in hm.certify(hm.Function(hm.gallery["powell_singular"]), [0, 0, 0, 0]).reason


@pytest.mark.parametrize(("formula", "x"), [("x**4", [0.01]), ("x**4 + y**2", [1e-3, 0])])
def test_slow_convergence_is_undecided(formula, x):
    assert "does not settle" in hm.certify(formula, x).reason


def test_points_that_are_not_near_a_critical_point_are_undecided():
    assert "no critical point was found near x" in hm.certify("exp(x)", [0.0]).reason
    assert "no critical point was found near x" in hm.certify("x**2", [3.0]).reason
    assert "the Hessian at x is singular" in hm.certify("x**3 + x", [0.0]).reason


def test_a_kink_is_certified_only_at_one_side():
    assert hm.certify("x**2 + 3*x + abs(x)", [-1.0]).box[0][1] < 0
    assert hm.certify("Max(x**2 - 1, (x - 5)**2)", [0.0]).name == "undecided"
    assert "kink" in hm.certify("abs(x) + x**2", [0.0]).reason
    right = hm.certify("Piecewise(((x - 1)**2, x > 0), (x**2 + 1, True))", [1.0])
    assert right.kind is Nature.MINIMUM and right.box[0][0] > 0


def test_points_outside_of_the_domain_get_one_message():
    with pytest.raises(InputError, match=r"f is not defined at x = \(-1, 0\): certify a point inside its domain"):
        hm.certify(hm.Function("log(x) + y", "x y"), [-1, 0])
    f = hm.Function("x - log(x)", "x", domain="x > 1/2")
    with pytest.raises(InputError, match=r"is not inside f's domain x > 1/2: certify a point where it holds"):
        hm.certify(f, [0.25])
    assert hm.certify(f, [1.0]).box[0][0] > Fraction(1, 2)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([1.0], r"x should be 2 numbers, but has shape \(1,\)"),
        ("1, 2", "x should be 2 numbers, but is '1, 2'"),
        ([1.0, float("nan")], r"x should be finite, but is \(1, nan\)"),
        ({"x": 1.0}, "x needs one number for each of"),
    ],
)
def test_a_wrong_point_is_refused_with_a_reason(x, message):
    with pytest.raises(InputError, match=message):
        hm.certify(HIMMELBLAU, x)


def test_wrong_functions_are_refused_with_a_reason():
    with pytest.raises(WrongKind, match="needs a scalar function"):
        hm.certify(hm.Function(["x", "x**2"]), [0.0])
    with pytest.raises(WrongKind, match="give the sizes first"):
        hm.certify(CHAINED, [1.0, 1.0])
    with pytest.raises(InputError, match=r"needs the values of \(a\) as parameters="):
        hm.certify(hm.Function("a*x**2", "x", parameters="a"), [0.0])


def test_parameters_are_exact():
    f = hm.Function("a*x**2 + x", "x", parameters="a")
    found = hm.certify(f, [-5.0], parameters=[0.1])
    assert found.centre == (Fraction(-5),)
    assert '"1/10"' in found.certificate.to_json()


def test_a_solution_is_certified_and_a_mapping_is_a_point():
    s = hm.minimize(HIMMELBLAU, [-3.0, 3.0], hm.Newton())
    assert hm.certify(HIMMELBLAU, s).kind is Nature.MINIMUM
    assert hm.certify(HIMMELBLAU, {"x": 3, "y": 2}).x.tolist() == [3.0, 2.0]


def test_the_result_is_one_line_and_no_bool():
    found = hm.certify("x**2 - y**2 + y**4/4", [0, 0])
    assert str(found) == (
        "proved: saddle of index 1 at (0, 0), the only critical point within 0.5; "
        "f = 0; eigenvalues: 1 positive, 1 negative"
    )
    assert "<details>" in found._repr_html_() and "exactly one critical point" in found._repr_html_()
    assert found.index == 1 and (0, Fraction(1, 3)) in found and (0, 1) not in found and (0,) not in found
    with pytest.raises(TypeError, match="not a bool"):
        bool(found)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(-4, 4), min_size=3, max_size=3), min_size=3, max_size=3),
    st.lists(st.integers(-3, 3), min_size=3, max_size=3),
)
def test_the_inertia_is_that_of_the_hessian(rows, point):
    """f = ½(x − p)ᵀA(x − p) + cubic terms that vanish to third order at p."""
    A = np.array(rows) + np.array(rows).T
    v = sympy.symbols("x y z", real=True)
    d = [a - b for a, b in zip(v, point, strict=True)]
    f = sum(int(A[i, j]) * d[i] * d[j] for i in range(3) for j in range(3)) / 2 + d[0] ** 2 * d[1] - d[2] ** 3
    found = hm.certify(hm.Function(f, v), point)
    exact = sympy.Matrix(A.tolist())
    if exact.det() == 0:
        assert found.name == "undecided"
        return
    eigenvalues = np.linalg.eigvalsh(A)
    assert found.inertia == (int((eigenvalues > 0).sum()), int((eigenvalues < 0).sum()))
    assert found.centre == tuple(map(Fraction, point))


@pytest.mark.parametrize("n", [2, 10, 50])
def test_chained_rosenbrock_at_its_minimum(n):
    f = CHAINED.expand(n=n)
    found = hm.certify(f, [1.0] * n)
    assert found.kind is Nature.MINIMUM and found.inertia == (n, 0)


def test_a_banded_hessian_of_200_variables_takes_seconds_at_most():
    f = CHAINED.expand(n=200)
    start = time.perf_counter()
    found = hm.certify(f, np.full(200, 1 + 1e-9))
    assert found.inertia == (200, 0)
    assert time.perf_counter() - start < 20  # 1.5 s on an idle machine
    assert "SHA-256" in found.statement


def test_a_dense_indefinite_hessian_of_50_variables(rng_seed=3):
    rng = np.random.default_rng(rng_seed)
    n = 50
    x = sympy.symbols(f"x0:{n}", real=True)
    rows = rng.integers(-3, 4, (n, n)).tolist()
    signs = [1 if k % 3 else -1 for k in range(n)]
    f = sum(s * sum(a * b for a, b in zip(row, x, strict=True)) ** 2 for s, row in zip(signs, rows, strict=True))
    f = f + sum(sympy.cos(v) for v in x)
    found = hm.certify(hm.Function(f, x), np.zeros(n))
    H = 2 * np.array(rows).T @ np.diag(signs) @ np.array(rows) - np.eye(n)
    eigenvalues = np.linalg.eigvalsh(H)
    assert found.kind is Nature.SADDLE
    assert found.inertia == (int((eigenvalues > 0).sum()), int((eigenvalues < 0).sum()))


def test_a_fresh_process_accepts_the_certificate(tmp_path):
    file = hm.certify(HIMMELBLAU, [3, 2]).certificate.save(tmp_path / "himmelblau.json")
    assert "critical_box" in json.loads(file.read_text())["claim"]["kind"]
    run = subprocess.run(
        [sys.executable, "-m", "hessmath.verify.kernel", str(file)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert run.returncode == 0 and run.stdout.startswith("accepted: proved: f(x, y) =")


SCALED = ["brown_badly_scaled", "meyer", "osborne_one", "penalty_one"]


@pytest.mark.parametrize("name", SCALED)
def test_a_badly_scaled_function_gets_a_box_of_its_own_scale(name):
    classic = hm.collection[name]
    f = hm.Function(classic)
    found = hm.certify(f, classic.minimiser)
    assert isinstance(found, CertifiedPoint) and found.kind is Nature.MINIMUM
    sides = [float(high - low) / 2 for low, high in found.box]
    assert sides == pytest.approx([float(found.radius * s) for s in found.scale])
    # everywhere in the box, float64 sees the same signs (after the scaling that the box has)
    k, rng, s = hm.compile(f), np.random.default_rng(0), np.array([float(v) for v in found.scale])
    for _ in range(20):
        x = found.x + np.array(sides) * rng.uniform(-1, 1, len(s))
        assert np.linalg.eigvalsh(k.hessian(x) * np.outer(s, s))[0] > 0
    assert found.x.tolist() in found
    assert found.certificate.check().text == found.statement


def test_the_box_of_browns_function_is_wide_where_the_function_is():
    found = hm.certify(hm.Function(hm.gallery["brown_badly_scaled"]), [1e6, 2e-6])
    (a, b), (c, d) = found.box
    assert found.scale == (1, Fraction(1, 10**6))
    assert b - a > 10**4 and d - c > Fraction(1, 100)  # a cube would have half sides of 2e-7
    assert "times (1, 1/1000000)" in found.statement and "0.2 to 2e+05 in each coordinate" in str(found)


def _with(found, **changes):
    data = json.loads(found.certificate.to_json())
    data.pop("axioms", None)
    data["claim"] |= changes
    return data


@pytest.mark.parametrize(
    ("scale", "reason"),
    [
        (["1", "1"], "not shown to be regular"),
        (["1", "1/1000"], "not shown to be regular"),
        (["1"], "one positive number for each variable"),
        (["1", "0"], "one positive number for each variable"),
        (["1", "-1/1000000"], "one positive number for each variable"),
    ],
)
def test_the_checker_rejects_another_scale(scale, reason):
    from hessmath.verify import kernel

    found = hm.certify(hm.Function(hm.gallery["brown_badly_scaled"]), [1e6, 2e-6])
    assert kernel.check(_with(found)).text == found.statement
    with pytest.raises(kernel.Rejected, match=reason):
        kernel.check(_with(found, scale=scale))


def test_a_scaled_certificate_is_accepted_by_a_fresh_process(tmp_path):
    found = hm.certify(hm.Function(hm.collection["meyer"]), hm.collection["meyer"].minimiser)
    assert any(s != 1 for s in found.scale)
    file = found.certificate.save(tmp_path / "meyer.json")
    command = [sys.executable, "-m", "hessmath.verify.kernel", str(file)]
    run = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0 and run.stdout.startswith("accepted: proved: f(x1, x2, x3) =")
