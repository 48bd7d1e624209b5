"""Rows as a table on the terminal (plain text when it is not one) and as JSON in a file."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.cases import BY_HAND, OURS, Row

COLUMNS = ("case", "hessmath", "by hand", "÷ by hand", "best peer", "÷ peer", "target")


def quantity(value: float, unit: str = "s") -> str:
    """A number with three digits and a fitting unit: 0.24 µs, 12 ms, 1.5 ×."""
    if unit != "s":
        return f"{value:.3g} {unit}"
    for factor, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= factor:
            return f"{value / factor:.3g} {name}"
    return f"{value / 1e-9:.3g} ns"


def show(title: str, rows: Sequence[Row]) -> None:
    """Print the rows of one workload and, below, what has no number and why."""
    console = Console()
    if console.is_terminal:
        table = Table(*COLUMNS, title=title, title_justify="left", title_style="bold")
        for row in rows:
            table.add_row(*_cells(row)[:-1], Text(_cells(row)[-1], style=_style(row)))
        console.print(table)
    else:
        print(f"\n{title}\n")
        print(aligned([COLUMNS, *map(_cells, rows)]))
    for line in _notes(rows):
        print(f"  {line}")
    print(f"  {verdict(rows)}", flush=True)


def aligned(cells: Sequence[Sequence[str]]) -> str:
    """Columns of text, padded, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells)


def verdict(rows: Iterable[Row]) -> str:
    """How many targets are met, and how many have no number."""
    found = [target.met(row) for row in rows for target in row.case.targets]
    missing = found.count(None)
    unknown = f", {missing} without a measurement" if missing else ""
    return f"targets: {found.count(True)} met, {found.count(False)} missed{unknown}"


def write(path: Path, content: Mapping[str, Any]) -> None:
    """JSON in a file that is there as a whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
            file.write("\n")
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _cells(row: Row) -> tuple[str, ...]:
    unit = row.case.unit
    cost = {name: quantity(samples.median, unit) for name, samples in row.samples.items()}
    peer = row.best_peer
    return (
        row.case.name,
        cost.get(OURS, "–"),
        cost.get(BY_HAND, "–"),
        _ratio(row.ratio(BY_HAND)),
        f"{cost[peer]} {peer}" if peer else "–",
        _ratio(row.ratio(peer)),
        "; ".join(f"{_MARK[t.met(row)]} {t}" for t in row.case.targets),
    )


_MARK = {True: "✓", False: "✗", None: "?"}


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def _style(row: Row) -> str:
    found = [target.met(row) for target in row.case.targets]
    return "red" if False in found else "green" if True in found else ""


def _notes(rows: Sequence[Row]) -> list[str]:
    """One line for each reason, with the cases it holds for."""
    cases: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for name, reason in row.notes.items():
            if reason != NOT_INSTALLED:
                cases.setdefault((name, reason), []).append(row.case.name)
    return [
        f"{name}, {names[0] if len(names) == 1 else f'{len(names)} cases'}: {reason}"
        for (name, reason), names in cases.items()
    ]


NOT_INSTALLED = "not installed"
