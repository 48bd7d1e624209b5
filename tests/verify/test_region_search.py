"""All critical points in a box: counted, compared with exact algebra, and proved to be all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hessmath as hm
from hessmath.errors import InputError

HIMMELBLAU = hm.Function(hm.gallery["himmelblau"])


def test_himmelblau_has_nine_critical_points():
    found = hm.critical_points(HIMMELBLAU, [(-6, 6), (-6, 6)])
    assert str(found) == "proved: exactly 9 critical points (1 maximum, 4 minima, 4 saddles) in the box; 337 boxes"
    assert found.complete and len(found) == 9 and found.undecided == ()
    assert found.certificate.check().text == found.statement
    assert found._repr_html_().count("<li>") == 9
    assert found[0].centre == min(point.centre for point in found)


@pytest.mark.parametrize(
    ("formula", "variables", "box", "kinds"),
    [
        ("x**3 - 3*x", "x", [(-5, 5)], {"maximum": 1, "minimum": 1}),
        ("exp(x)", "x", [(0, 3)], {}),
        (hm.gallery["six_hump_camel"].formula, "x y", [(-3, 3), (-2, 2)], {"maximum": 2, "minimum": 6, "saddle": 7}),
        ("sin(x)*cos(y)", "x y", {"x": (-7, 7), "y": (-7, 7)}, {"maximum": 10, "minimum": 10, "saddle": 20}),
        ("x**2 + y**2 + z**2 + x*y*z", "x y z", [(-3, 3.5)] * 3, {"minimum": 1, "saddle": 4}),
        ("w**2 - x**2 + y**2*(2 + w) + z**2 - z", "w x y z", [(-0.5, 1)] * 4, {"saddle": 1}),
        (hm.gallery["rosenbrock"].formula, "x y", [(-2, 2), (-2, 2)], {"minimum": 1}),
    ],
)
def test_the_points_are_counted_by_kind(formula, variables, box, kinds):
    found = hm.critical_points(hm.Function(formula, variables), box)
    assert found.complete, str(found)
    values = [point.kind.value for point in found]
    assert {kind: values.count(kind) for kind in set(values)} == kinds


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=3, max_size=3))
def test_exact_algebra_finds_the_same_points(c):
    f = hm.Function(f"x**3 + ({c[0]})*x*y + y**2 + ({c[1]})*x + ({c[2]})*y", "x y")
    exact = f.critical_points()
    found = hm.critical_points(f, [(-9, 9.125), (-9, 9.125)], max_boxes=1500)
    if exact.complete and found.complete:  # degenerate points leave boxes over
        assert sorted(p.kind.value for p in found) == sorted(p.kind.value for p in exact.points)
        assert all(any(point.x == pytest.approx([float(v) for v in p.point]) for p in exact.points) for point in found)


def test_a_degenerate_point_leaves_boxes_around_it():
    found = hm.critical_points("x**4 + y**2", [(-1, 1.5), (-1, 1)], max_boxes=800)
    assert not found.complete and found.certificate is None
    assert any(all(low <= 0 <= high for low, high in box) for box in found.undecided)
    assert str(found).startswith("0 critical points proved in the box, ")


def test_the_budget_counts_boxes():
    few = hm.critical_points(HIMMELBLAU, [(-6, 6), (-6, 6)], max_boxes=50)
    assert few.boxes == 50 and not few.complete
    assert "boxes undecided; 50 boxes" in str(few)
    assert str(few) == str(hm.critical_points(HIMMELBLAU, [(-6, 6), (-6, 6)], max_boxes=50))


def test_a_point_on_the_edge_of_the_box_is_undecided():
    found = hm.critical_points("x**2 + y**2", [(0, 3), (-1, 1)])
    assert not found.complete and len(found) == 0 and len(found.undecided) == 1


def test_a_kink_is_undecided():
    found = hm.critical_points("abs(x) + x**2 + y**2", [(-1, 1.5), (-1, 1)], max_boxes=200)
    assert not found.complete


@pytest.mark.parametrize(
    ("formula", "box", "message"),
    [
        ("x**2", [(0, 1), (0, 1)], r"The box needs 1 pair \(low, high\)"),
        ("x**2", [(1, 0)], "low < high"),
        ("x**2", [(0, float("inf"))], "finite numbers"),
        ("a + b + c + d + k", [(0, 1)] * 5, "at most 4 variables, but f has 5"),
        ("x**2 + y**2", {"x": (0, 1)}, "y is missing"),
    ],
)
def test_a_wrong_box_is_refused_with_a_reason(formula, box, message):
    with pytest.raises(InputError, match=message):
        hm.critical_points(formula, box)


def test_a_wrong_budget_or_domain_is_refused():
    with pytest.raises(InputError, match="max_boxes should be between 1 and 15000"):
        hm.critical_points("x**2", [(-1, 2)], max_boxes=0)
    with pytest.raises(InputError, match="not shown to lie in f's domain x > 0: search a box where it holds"):
        hm.critical_points(hm.Function("x - log(x)", "x", domain="x > 0"), [(0, 2)])
    assert hm.critical_points(hm.Function("x - log(x)", "x", domain="x > 0"), [(0.125, 2)]).complete
