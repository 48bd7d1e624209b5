"""Results of experiments as text and as figures."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hessmath.errors import MissingExtra
from hessmath.experiments import EXPERIMENTS, Result, Row, Size, find, run
from hessmath.experiments.running import Files
from hessmath.experiments.storage import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Experiments that have a figure of their own: the module whose ``draw(result, figure)`` fills it.
FIGURES: dict[str, str] = {"autoencoder": "hessmath.render.autoencoder"}


def listed() -> list[dict[str, Any]]:
    """Every experiment as plain data: name, title, claim, sizes."""
    found = map(find, EXPERIMENTS)
    return [
        {"name": each.name, "title": each.title, "claim": each.claim, "sizes": [size.value for size in each.sizes]}
        for each in found
    ]


def list_as_text() -> str:
    """The list of experiments, one claim below each name."""
    return "\n".join(f"{each['name']}: {each['title']}\n    {each['claim']}" for each in listed())


def carried_out(
    name: str, size: str, seed: int, output: str | None, progress: Callable[[float, str], None], workers: int = 1
) -> tuple[Result, list[str]]:
    """The result of a run, and what is to be said about files; the figure is written next to the result."""
    result = run(find(name), Size(size), seed=seed, output=output, progress=progress, workers=workers)
    if output is None:
        return result, []
    files = Files(Path(output), f"{name}-{size}-{seed}")
    try:
        save_figure(result, files.figure)
    except MissingExtra as missing:
        return result, [f"{files.result} written, no figure: {missing}"]
    return result, [f"{files.result} and {files.figure.name} written"]


def as_text(result: Result) -> str:
    """Title, claim, the table of rows, effects, verdict."""
    conclusion = result.conclusion
    parts = [
        f"{result.title} ({result.size.value}, seed {result.seed})",
        f"Claim: {result.claim}",
        "",
        table(result.rows),
        "",
        *map(str, conclusion.effects),
        f"Verdict: {conclusion.finding.value}. {conclusion.text}",
    ]
    return "\n".join(parts)


def table(rows: Sequence[Row]) -> str:
    """Rows under their names, with single values only; what is missing is a dash.

    Examples
    --------
    >>> print(table([{"method": "a", "steps": 12}, {"method": "bb", "steps": None}]))
    method  steps
    a          12
    bb          –
    """
    names = [name for name in dict.fromkeys(key for row in rows for key in row) if _is_single(rows, name)]
    lines = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(names))]
    words = [any(isinstance(row.get(name), str) for row in rows) for name in names]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if word else cell.rjust(width)
            for cell, width, word in zip(line, widths, words, strict=True)
        ).rstrip()
        for line in lines
    )


def _is_single(rows: Sequence[Row], name: str) -> bool:
    return not any(isinstance(row.get(name), list | dict) for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def figure(result: Result) -> Figure:
    """The experiment's own figure, or its effects with their intervals.

    Raises
    ------
    MissingExtra
        If Matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("Figures need Matplotlib: pip install 'hessmath[plot]'.") from error
    drawn = Figure(figsize=(8.0, 4.8), layout="constrained")
    FigureCanvasAgg(drawn)
    if result.name in FIGURES:
        importlib.import_module(FIGURES[result.name]).draw(result, drawn)
    else:
        _draw_effects(result, drawn)
    return drawn


def _draw_effects(result: Result, drawn: Figure) -> None:
    axes = drawn.add_subplot()
    effects = result.conclusion.effects
    for place, effect in enumerate(effects):
        axes.plot([effect.low, effect.high], [place, place], "-", color="tab:blue", linewidth=3)
        axes.plot([effect.estimate], [place], "o", color="tab:blue")
    axes.set_yticks(range(len(effects)), [effect.name for effect in effects])
    axes.set_ylim(len(effects) - 0.5, -0.5)
    axes.set_title(f"{result.title}: {result.conclusion.finding.value}")
    axes.grid(axis="x", alpha=0.3)


def save_figure(result: Result, path: Path) -> None:
    """Write the figure as PNG, atomically."""
    drawn = figure(result)
    write_atomically(path, lambda temporary: drawn.savefig(temporary, format="png", dpi=120))
