"""Runs as figures: contours with the path for two variables, and convergence curves with the bound that applies.

Figures are made without pyplot: nothing is shown, no backend is chosen, no setting is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hessmath.optimize.solution import Solution
    from hessmath.optimize.theory import Theory

__all__ = ["figure_of", "new_figure"]

GRID = 121
"""Points a side of the contour plot."""

LEVELS = 24

Runs = Sequence[tuple["Solution", "Theory | None"]]


def new_figure(width: float, height: float) -> Figure:
    """An empty figure.

    Raises
    ------
    MissingExtra
        If Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra('Plots need Matplotlib: install it with pip install "hessmath[plot]".') from error
    return Figure(figsize=(width, height), layout="constrained")


def figure_of(runs: Runs) -> Figure:
    """The figure of one or more runs, each with its theory where there is one.

    Raises
    ------
    InputError
        If a solution has no trace.
    MissingExtra
        If Matplotlib is not installed.
    """
    for solution, _ in runs:
        if len(solution.trace) < 2:
            raise InputError(
                "A plot shows the way of a run, but this solution has no trace of two points or more: "
                "solve with minimize(…, trace=True)."
            )
    flat = all(s.x.size == 2 and s.problem is not None for s, _ in runs)
    figure = new_figure(13.0 if flat else 9.0, 4.2)
    panels = list(np.atleast_1d(np.array(figure.subplots(1, 3 if flat else 2), dtype=object)))
    colours = [f"C{i % 10}" for i, _ in enumerate(runs)]
    if flat:
        _contours(panels.pop(0), runs, colours)
    _gaps(panels[0], runs, colours)
    _gradients(panels[1], runs, colours)
    return figure


def _names(runs: Runs) -> list[str]:
    """A short name for each run; numbered where two are the same."""
    short = [type(s.method).__name__ for s, _ in runs]
    return [name if short.count(name) == 1 else repr(s.method) for name, (s, _) in zip(short, runs, strict=True)]


def _contours(axes: Any, runs: Runs, colours: Sequence[str]) -> None:
    """Level lines of f, evenly spaced in the logarithm of f − min f, and the way of each run."""
    paths = [np.array([record.x for record in s.trace]) for s, _ in runs]
    points = np.vstack(paths)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.15 * np.maximum(high - low, 0.2 * float((high - low).max()) + 1e-12)
    low, high = low - margin, high + margin
    xs, ys = (np.linspace(a, b, GRID) for a, b in zip(low, high, strict=True))
    problem = runs[0][0].problem
    assert problem is not None
    with np.errstate(all="ignore"):
        values = np.array([[float(problem.f(np.array([x, y]))) for x in xs] for y in ys])
    values[~np.isfinite(values)] = np.nan
    bottom = min(float(np.nanmin(values)), *(record.value for s, _ in runs for record in s.trace))
    shifted = values - bottom
    span = float(np.nanmax(shifted))
    if span > 0.0:
        positive = shifted[np.isfinite(shifted) & (shifted > 0.0)]
        first = max(float(np.quantile(positive, 0.002)), 1e-9 * span)
        levels = np.unique(np.geomspace(first, span, LEVELS))
        if levels.size > 1:
            axes.contour(xs, ys, shifted, levels=levels, colors="0.7", linewidths=0.6)
    for path, colour, name, (solution, _) in zip(paths, colours, _names(runs), runs, strict=True):
        axes.plot(*path.T, ".-", color=colour, linewidth=1.0, markersize=3.0, label=name)
        axes.plot(*solution.x, "o", color=colour, markersize=7.0, fillstyle="none")
    axes.plot(*paths[0][0], "ks", markersize=4.0)
    names = runs[0][0].names or ("x[0]", "x[1]")
    axes.set(xlabel=names[0], ylabel=names[1], title="level lines of f and the way")
    axes.legend(fontsize="small")


def _gaps(axes: Any, runs: Runs, colours: Sequence[str]) -> None:
    """F − f*, and the bound of each law that has one; where x* is not known, f* is the lowest value of all runs."""
    bottom = min(record.value for solution, _ in runs for record in solution.trace)
    for name, colour, (solution, theory) in zip(_names(runs), colours, runs, strict=True):
        values = np.array([record.value for record in solution.trace])
        gaps = values - bottom if theory is None else theory.course.gaps
        axes.semilogy(_positive(gaps), ".-", color=colour, markersize=3.0, linewidth=1.0, label=name)
        styles = cycle(("--", ":"))
        for law in theory.laws if theory is not None else ():
            if law.gap_bound is not None and np.isfinite(law.gap_bound).any():
                shown = np.clip(law.gap_bound, max(float(_least(gaps)), 1e-300), None)
                axes.semilogy(shown, next(styles), color=colour, linewidth=1.0, label=f"bound: {law.formula}"[:60])
    axes.set(xlabel="step", ylabel="f − f*", title="value")
    axes.legend(fontsize="small")


def _gradients(axes: Any, runs: Runs, colours: Sequence[str]) -> None:
    for name, colour, (solution, _) in zip(_names(runs), colours, runs, strict=True):
        norms = np.array([record.gradient_norm for record in solution.trace])
        axes.semilogy(_positive(norms), ".-", color=colour, markersize=3.0, linewidth=1.0, label=name)
    axes.set(xlabel="step", ylabel="‖∇f‖", title="gradient")
    axes.legend(fontsize="small")


def _positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nan where there is nothing to show on a logarithmic scale."""
    return np.where(values > 0.0, values, np.nan)


def _least(values: NDArray[np.float64]) -> float:
    positive = values[values > 0.0]
    return 0.1 * float(positive.min()) if positive.size else 1e-300
