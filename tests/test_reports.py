"""hm.report and hm.plot: what they say, what they draw, what they refuse."""

from __future__ import annotations

import json
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import hessmath as hm
from hessmath.errors import InputError, MissingExtra, WrongKind
from hessmath.optimize import Problem, minimize

Q = hm.Function("x**2 + 9*y**2", "x y")


def run(method, start=(9.0, 1.0), f=Q, **options):
    return hm.minimize(f, list(start), method, trace=True, **options)


def test_a_report_says_the_bound_what_was_observed_and_what_is_assumed():
    text = str(hm.report(run(hm.GradientDescent(hm.ExactStep()))))
    assert "κ = 9 (eigenvalues of the Hessian at x* from 2 to 18, 2 distinct)" in text
    assert "observed 0.8, bound 0.8: holds" in text
    assert "(κ−1)/(κ+1); Nocedal & Wright (2006), Theorem 3.3" in text
    assert "assumed: f is quadratic: its Hessian is the same at all points looked at: yes" in text


def test_a_report_is_json_and_escaped_html():
    report = hm.report(run(hm.GradientDescent(hm.ExactStep())))
    data = json.loads(json.dumps(report.as_json()))
    assert data["condition"] == 9.0 and data["distinct_eigenvalues"] == 2 and data["quadratic"] is True
    (law,) = data["laws"]
    assert law["outcome"] == "holds" and law["bound"] == pytest.approx(0.8) and law["assumptions"][0]["seen"] is True
    tree = ElementTree.fromstring(report._repr_html_().replace("<br>", "<br/>"))
    assert [cell.text for cell in tree.iter("th")] == ["law", "bound", "observed", None, "assumed", "source"]
    assert "Nocedal &amp; Wright" in report._repr_html_()


def test_a_report_without_a_trace_says_how_to_get_one():
    report = hm.report(hm.minimize(Q, [9.0, 1.0]))
    assert "solve with minimize(…, trace=True)" in str(report)
    assert report.as_json()["reason"] and "laws" not in report.as_json()
    assert "trace=True" in report._repr_html_()
    assert "trace=True" in str(hm.report(hm.solver(Q)([9.0, 1.0])))


def test_a_method_without_a_law_is_named():
    report = hm.report(run(hm.Adam(0.3), max_steps=5000))
    assert "No bound with numbers is known for Adam." in str(report)
    assert "No bound with numbers is known for Adam." in report._repr_html_()
    assert report.as_json()["laws"] == []


def test_at_a_saddle_kappa_is_not_defined_and_at_a_singular_minimum_infinite():
    saddle = run(hm.Newton(), (0.3, 0.2), hm.Function("x**2 - y**2 + y**4/4", "x y"))
    assert "x* is not a minimum, so that κ is not defined" in str(hm.report(saddle))
    assert hm.report(saddle).as_json()["condition"] is None
    flat = run(hm.GradientDescent(hm.FixedStep(0.1)), (0.3, 0.2), hm.Function("x**2 + 0*y", "x y"))
    assert "κ = ∞: the Hessian at x* is singular to rounding" in str(hm.report(flat))


def test_what_is_no_solution_is_refused():
    with pytest.raises(WrongKind, match="report takes what minimize or fit returns, but got str"):
        hm.report("x**2")
    with pytest.raises(WrongKind, match="plot takes what minimize or fit returns, but got Function"):
        hm.plot(Q)
    with pytest.raises(InputError, match="plot needs one solution or more, but got none"):
        hm.plot()


def test_two_variables_are_drawn_as_contours_with_the_path_and_as_curves(tmp_path):
    pytest.importorskip("matplotlib")
    s = run(hm.GradientDescent(hm.ExactStep()))
    figure = hm.plot(s)
    level, value, gradient = figure.axes
    path = np.column_stack(level.lines[0].get_data())
    assert np.array_equal(path, [r.x for r in s.trace])
    assert level.get_xlabel() == "x" and level.collections  # the level lines
    gaps, bound = (np.asarray(line.get_ydata()) for line in value.lines)
    assert np.allclose(gaps, [r.value for r in s.trace])  # the minimum is 0
    assert np.allclose(bound, gaps[0] * 0.8 ** (2 * np.arange(len(gaps))))
    assert np.allclose(gradient.lines[0].get_ydata(), [r.gradient_norm for r in s.trace])
    assert value.get_yscale() == gradient.get_yscale() == "log"
    figure.savefig(tmp_path / "run.png")
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
    assert figure.canvas.manager is None  # made without pyplot: there is no window


def test_several_runs_share_a_figure_and_have_their_names():
    pytest.importorskip("matplotlib")
    f = hm.Function("x**2 + 9*y**2 + z**4 + z**2", "x y z")
    runs = [run(m, (1, 1, 1), f) for m in (hm.Newton(), hm.GradientDescent(), hm.GradientDescent(hm.FixedStep(0.05)))]
    value, gradient = hm.plot(*runs).axes
    names = [text.get_text() for text in gradient.get_legend().get_texts()]
    assert names[0] == "Newton" and names[2] == "GradientDescent(step=FixedStep(size=0.05))"
    assert len(gradient.lines) == 3 <= len(value.lines)


def test_runs_without_second_derivatives_or_with_undefined_values_are_drawn_too():
    pytest.importorskip("matplotlib")
    problem = Problem(2, lambda x: x @ x - np.log(x[0] + 1), gradient=lambda x: 2 * x - np.array([1 / (x[0] + 1), 0]))
    s = minimize(problem, [-0.9, 1.0], hm.GradientDescent(), trace=True)
    level, value, _ = hm.plot(s).axes
    assert level.get_xlabel() == "x[0]"
    assert np.nanmin(value.lines[0].get_ydata()) > 0


def test_a_plot_needs_a_trace_and_matplotlib(monkeypatch):
    pytest.importorskip("matplotlib")
    with pytest.raises(InputError, match=r"no trace of two points or more: solve with minimize\(…, trace=True\)"):
        hm.plot(hm.minimize(Q, [1.0, 1.0]))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtra, match=r'Plots need Matplotlib: install it with pip install "hessmath\[plot\]"'):
        hm.plot(run(hm.Newton()))
